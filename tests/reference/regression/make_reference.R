# A regression in steps on R's mtcars, classical and HC3. Run in this folder: Rscript make_reference.R
suppressPackageStartupMessages(library(sandwich))
d <- mtcars[, c("mpg", "wt", "hp", "qsec")]
write.csv(d, "mtcars.csv", row.names = FALSE, quote = FALSE)
first <- lm(mpg ~ wt, d)
second <- lm(mpg ~ wt + hp + qsec, d)
rows <- list()
for (kind in c("classical", "hc3")) for (fit in list(first, second)) {
  s <- if (kind == "hc3") sqrt(diag(vcovHC(fit, "HC3"))) else summary(fit)$coefficients[, 2]
  df <- fit$df.residual
  t <- coef(fit) / s
  last <- length(coef(fit)) == 4
  name <- names(coef(fit))[-1]
  rows[[length(rows) + 1]] <- data.frame(
    se_type = kind, label = if (last) name else paste(name, "at step 1"), est = coef(fit)[-1],
    se = s[-1], statistic = t[-1], p = 2 * pt(-abs(t[-1]), df),
    ci_lower = coef(fit)[-1] - qt(0.975, df) * s[-1], ci_upper = coef(fit)[-1] + qt(0.975, df) * s[-1]
  )
}
change <- anova(first, second)
whole <- data.frame(
  se_type = "classical", label = c("r2_step_1", "d_r2_step_2", "r2_mpg"),
  est = c(summary(first)$r.squared, summary(second)$r.squared - summary(first)$r.squared,
          summary(second)$r.squared),
  se = NA, statistic = c(NA, change$F[2], NA), p = c(NA, change$`Pr(>F)`[2], NA),
  ci_lower = NA, ci_upper = NA
)
frame <- rbind(do.call(rbind, rows), whole)
number <- vapply(frame, is.numeric, TRUE)
frame[number] <- lapply(frame[number], function(x) ifelse(is.na(x), "", trimws(formatC(x, digits = 15, format = "g"))))
write.csv(frame, "steps.csv", row.names = FALSE, quote = FALSE)
writeLines(c(R.version.string, paste("sandwich", packageVersion("sandwich"))), "versions.txt")
