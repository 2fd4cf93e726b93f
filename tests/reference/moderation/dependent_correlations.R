# Reference values of differences of dependent correlations: psych::r.test (Williams' t) and Zou's
# interval written out, on the data sets that moderation.R keeps here.
# Run in this folder:  Rscript dependent_correlations.R
# Writes dependent_correlations.csv; versions in its last column.
suppressPackageStartupMessages(library(psych))
cases <- list(
  c("twin_like", "y", "x", "w"), c("swiss", "Fertility", "Education", "Catholic"),
  c("swiss", "Education", "Agriculture", "Fertility"), c("mtcars", "mpg", "wt", "hp"),
  c("mtcars", "qsec", "hp", "wt")
)
rows <- lapply(cases, function(case) {
  d <- read.csv(paste0("data_", case[1], ".csv"))
  n <- nrow(d)
  r <- cor(d[case[2:4]])
  r12 <- r[1, 2]; r13 <- r[1, 3]; r23 <- r[2, 3]
  williams <- r.test(n = n, r12 = r12, r13 = r13, r23 = r23)
  limits <- sapply(3:4, function(k) cor.test(d[[case[2]]], d[[case[k]]])$conf.int)
  c12 <- ((r23 - r12 * r13 / 2) * (1 - r12^2 - r13^2 - r23^2) + r23^3) /
    ((1 - r12^2) * (1 - r13^2))
  l1 <- limits[1, 1]; u1 <- limits[2, 1]; l2 <- limits[1, 2]; u2 <- limits[2, 2]
  lower <- r12 - r13 - sqrt((r12 - l1)^2 + (u2 - r13)^2 - 2 * c12 * (r12 - l1) * (u2 - r13))
  upper <- r12 - r13 + sqrt((u1 - r12)^2 + (r13 - l2)^2 - 2 * c12 * (u1 - r12) * (r13 - l2))
  data.frame(data = case[1], variable = case[2], first = case[3], second = case[4],
             difference = r12 - r13, t = williams$t, pvalue = williams$p,
             ci_lower = lower, ci_upper = upper)
})
table <- do.call(rbind, rows)
table$versions <- paste0("R ", getRversion(), "; psych ", packageVersion("psych"))
for (name in names(table)) if (is.numeric(table[[name]]))
  table[[name]] <- formatC(table[[name]], digits = 17, format = "g")
write.csv(table, "dependent_correlations.csv", row.names = FALSE, quote = FALSE)
