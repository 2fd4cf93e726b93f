# Output of programs, and layouts with merged heads, of R's models; every number is true. The output
# of Stata, Mplus, PROCESS and SPSS is set as these programs set it, from R's numbers. Run in this
# folder: Rscript make_outputs.R
suppressPackageStartupMessages(library(lavaan))
m <- lm(mpg ~ wt + hp + qsec, mtcars); s <- summary(m); cf <- s$coefficients; ci <- confint(m)
z <- coef(lm(mpg ~ wt + hp + qsec, as.data.frame(scale(mtcars))))
put <- function(name, ...) writeLines(c(...), name, useBytes = TRUE)
n3 <- function(x) sub("^(-?)0\\.", "\\1.", sprintf("%.3f", x))

put("output_r_lm.txt", capture.output(print(s)))
fit <- sem("x7 ~ a*x1 + x2\nx9 ~ b*x7 + x1\nab := a*b", HolzingerSwineford1939)
put("output_lavaan.txt", capture.output(summary(fit, ci = TRUE)))
rule <- strrep("-", 78)
put("output_stata.txt", rule,
  "         mpg |      Coef.   Std. Err.      t    P>|t|     [95% Conf. Interval]",
  paste0(strrep("-", 13), "+", strrep("-", 64)),
  sprintf("%12s | %10.6f %10.6f %8.2f %7.3f   %10.6f %10.6f",
    c("wt", "hp", "qsec", "_cons"), cf[c(2:4, 1), 1], cf[c(2:4, 1), 2], cf[c(2:4, 1), 3],
    cf[c(2:4, 1), 4], ci[c(2:4, 1), 1], ci[c(2:4, 1), 2]), rule)
p <- parameterEstimates(fit)
mplus <- function(rows) sprintf("    %-10s %10.3f %10.3f %10.3f %10.3f", toupper(p$rhs[rows]),
  p$est[rows], p$se[rows], p$z[rows], p$pvalue[rows])
put("output_mplus.txt", "MODEL RESULTS", "", strrep(" ", 52), "Two-Tailed",
  "                 Estimate       S.E.  Est./S.E.    P-Value", "", " X7       ON", mplus(1:2), "",
  " X9       ON", mplus(3:4))
process <- function(fit, names) {
  q <- summary(fit); k <- q$coefficients; l <- confint(fit); F <- q$fstatistic
  c("Model Summary", "          R       R-sq        MSE          F        df1        df2          p",
    sprintf("%11.4f%11.4f%11.4f%11.4f%11.4f%11.4f%11.4f", sqrt(q$r.squared), q$r.squared,
      q$sigma^2, F[1], F[2], F[3], pf(F[1], F[2], F[3], lower.tail = FALSE)), "", "Model",
    "              coeff         se          t          p       LLCI       ULCI",
    sprintf("%-10s%11.4f%11.4f%11.4f%11.4f%11.4f%11.4f", names, k[, 1], k[, 2], k[, 3], k[, 4],
      l[, 1], l[, 2]))
}
hs <- HolzingerSwineford1939
put("output_process.txt", "Model  : 4", "    Y  : x9", "    X  : x1", "    M  : x7", "",
  strrep("*", 74), "OUTCOME VARIABLE:", " x7", "", process(lm(x7 ~ x1, hs), c("constant", "x1")), "",
  strrep("*", 74), "OUTCOME VARIABLE:", " x9", "",
  process(lm(x9 ~ x1 + x7, hs), c("constant", "x1", "x7")))
cells <- function(x, tag = "td") paste0("<", tag, ">", x, "</", tag, ">", collapse = "")
put("output_spss_merged.html", "<table><caption>Coefficients</caption>",
  paste0("<tr><th rowspan='2'></th><th colspan='2'>Unstandardized Coefficients</th>",
    "<th>Standardized Coefficients</th><th rowspan='2'>t</th><th rowspan='2'>Sig.</th>",
    "<th colspan='2'>95.0% Confidence Interval for B</th></tr>"),
  paste0("<tr>", cells(c("B", "Std. Error", "Beta", "Lower Bound", "Upper Bound"), "th"), "</tr>"),
  vapply(1:4, function(i) paste0("<tr>", cells(c(c("(Constant)", "wt", "hp", "qsec")[i],
    n3(cf[i, 1]), n3(cf[i, 2]), if (i > 1) n3(z[i]) else "", n3(cf[i, 3]), n3(cf[i, 4]),
    n3(ci[i, 1]), n3(ci[i, 2]))), "</tr>"), ""), "</table>")
g <- lapply(0:1, function(a) summary(lm(mpg ~ wt, mtcars, subset = am == a))$coefficients[2, ])
d <- (g[[1]][1] - g[[2]][1]) / sqrt(g[[1]][2]^2 + g[[2]][2]^2)
put("groups_compared.md", "| Path | Automatic b (SE) | Manual b (SE) | p |", "|---|---|---|---|",
  sprintf("| Weight | %.2f (%.2f) | %.2f (%.2f) | %s |", g[[1]][1], g[[1]][2], g[[2]][1],
    g[[2]][2], n3(2 * pnorm(-abs(d)))))
put("regression_siunitx.tex", "\\begin{table}\\caption{Consumption ($N = 32$)}",
  "\\begin{tabular}{lS[table-format=2.2]SSS}", "\\toprule",
  " & \\multicolumn{4}{c}{Consumption} \\\\ \\cmidrule(lr){2-5}",
  "Predictor & {$b$} & {$SE$} & {$t$} & {$p$} \\\\ \\midrule",
  sprintf("%s & %s & %.2f & %s & %s \\\\", c("Constant", "Weight", "Power", "Quarter mile"),
    sub("-", "$-$", sprintf("%.2f", cf[, 1])), cf[, 2], sub("-", "$-$", sprintf("%.2f", cf[, 3])),
    ifelse(cf[, 4] < .001, "$<$ .001", n3(cf[, 4]))), "\\bottomrule", "\\end{tabular}\\end{table}")
