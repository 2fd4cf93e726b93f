# Values of R and lavaan that the checks of the audit recompute. Writes fit_measures.csv,
# correlations.csv, shapiro_wilk.csv and versions.txt beside itself.
# Run: Rscript make_reference.R
suppressPackageStartupMessages(library(lavaan))
options(digits = 17)

models <- list(
  three_factors = "visual =~ x1 + x2 + x3
                   textual =~ x4 + x5 + x6
                   speed =~ x7 + x8 + x9",
  two_factors = "visual =~ x1 + x2 + x3
                 rest =~ x4 + x5 + x6 + x7 + x8 + x9",
  one_factor = "g =~ x1 + x2 + x3 + x4 + x5 + x6"
)
wanted <- c("npar", "chisq", "df", "pvalue", "baseline.chisq", "baseline.df", "rmsea", "cfi", "tli",
            "nfi", "gfi", "agfi", "ntotal")
fits <- lapply(names(models), function(name) {
  fit <- cfa(models[[name]], data = HolzingerSwineford1939)
  m <- fitMeasures(fit, wanted)
  data.frame(model = name, variables = length(lavNames(fit, "ov")), t(unclass(m)))
})
write.csv(do.call(rbind, fits), "fit_measures.csv", row.names = FALSE, quote = FALSE)

set.seed(20260101)
rows <- lapply(c(10, 40, 81, 213, 1175), function(n) {
  x <- rnorm(n); y <- 0.2 * x + rnorm(n)
  test <- cor.test(x, y)
  data.frame(n = n, r = unname(test$estimate), p = test$p.value)
})
write.csv(do.call(rbind, rows), "correlations.csv", row.names = FALSE, quote = FALSE)

rows <- lapply(c(12, 30, 81, 213, 1175, 4000), function(n) {
  test <- shapiro.test(rnorm(n)^2 + 3 * rnorm(n))
  data.frame(n = n, w = unname(test$statistic), p = test$p.value)
})
write.csv(do.call(rbind, rows), "shapiro_wilk.csv", row.names = FALSE, quote = FALSE)

writeLines(c(R.version.string, paste("lavaan", packageVersion("lavaan"))), "versions.txt")
