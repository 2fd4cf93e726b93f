# Results as they are written in running text, with p values of R, in forms with and without deviations
# from APA style, each once true and once with a p that is wrong; and what statcheck says of each.
# Run in this folder: Rscript make_statements.R
suppressPackageStartupMessages(library(statcheck))
p2 <- function(p) sub("^0", "", formatC(p, digits = 3, format = "f"))
pt2 <- function(t, df) 2 * pt(-abs(t), df)
r_p <- function(r, df) pt2(r * sqrt(df / (1 - r^2)), df)
true <- list(
  t = p2(pt2(2.31, 77)), F = p2(pf(3.27, 3, 79, lower.tail = FALSE)),
  chi = p2(pchisq(36.41, 24, lower.tail = FALSE)), r = p2(r_p(0.27, 78)),
  z = p2(2 * pnorm(-2.31)), Q = p2(pchisq(12.83, 5, lower.tail = FALSE)),
  b = p2(pt2(0.304 / 0.132, 77))
)
wrong <- list(t = ".041", F = ".052", chi = ".107", r = ".035", z = ".038", Q = ".074", b = ".068")
forms <- list(
  t = c("t(77) = 2.31, p = %s", "t(77)=2.31,p=%s", "t (77) = 2.31, p = %s", "t(77) = 2.31; p = %s",
        "t[77] = 2.31, p = %s", "t{77} = 2.31, p = %s", "t77 = 2.31, p = %s", "t(df = 77) = 2.31, p = %s",
        "t = 2.31, df = 77, p = %s", "t = 2.31 (df = 77), p = %s", "t(77) = \u22122.31, p = %s",
        "t(77) = -2.31, P = %s", "T(77) = 2.31, p = %s", "*t*(77) = 2.31, *p* = %s",
        "<i>t</i>(77) = 2.31, <i>p</i> = %s", "t(77) = 2.31, p-value = %s", "t(77) = 2.31 (p = %s)",
        "t(77) = 2.31, two-tailed p = %s", "t(77) = 2.31, d = 0.52, p = %s", "p = %s, t(77) = 2.31",
        "t-value(77) = 2.31, p = %s", "t(77) = 2.31, SE = 0.13, p = %s", "t(77) : 2.31, p = %s",
        "t(77) = 2.31, p value = %s", "t(77) = 2.31, p == %s"),
  F = c("F(3, 79) = 3.27, p = %s", "F(3,79)=3.27,p=%s", "F[3, 79] = 3.27, p = %s", "F(3; 79) = 3.27, p = %s",
        "F3,79 = 3.27, p = %s", "F (3, 79) = 3.27; p = %s", "F(3, 79) = 3.27, \u03B7p2 = .11, p = %s",
        "F(3, 79) = 3.27, MSE = 1.2, p = %s", "*F*(3, 79) = 3.27, *p* = %s", "F(df = 3, 79) = 3.27, p = %s",
        "f(3, 79) = 3.27, p = %s", "F(3/79) = 3.27, p = %s"),
  chi = c("\u03C72(24, N = 300) = 36.41, p = %s", "\u03C7\u00B2(24, N = 300) = 36.41, p = %s",
          "\u03C72(24) = 36.41, p = %s", "\u03C72[24] = 36.41, p = %s", "chi2(24) = 36.41, p = %s",
          "chi-square(24) = 36.41, p = %s", "X2(24) = 36.41, p = %s", "X^2(24) = 36.41, p = %s",
          "\u03C72 = 36.41, df = 24, p = %s", "\u03C72 (24) = 36.41; p = %s", "\u03C7\u00B2(24, n = 300) = 36.41, p = %s",
          "chi squared(24) = 36.41, p = %s"),
  r = c("r(78) = .27, p = %s", "r(78)=.27,p=%s", "r[78] = .27, p = %s", "r = .27, N = 80, p = %s",
        "r = .27, n = 80, p = %s", "r(78) = 0.27; p = %s", "*r*(78) = .27, *p* = %s", "r = .27, df = 78, p = %s",
        "r(N = 80) = .27, p = %s"),
  z = c("z = 2.31, p = %s", "Z = 2.31, p = %s", "z=2.31,p=%s", "z-score = 2.31, p = %s", "Z = \u22122.31; p = %s",
        "*z* = 2.31, *p* = %s"),
  Q = c("Q(5) = 12.83, p = %s", "Qb(5) = 12.83, p = %s", "Q[5] = 12.83; p = %s", "Q = 12.83, df = 5, p = %s"),
  b = c("b = 0.304, SE = 0.132, t(77) = 2.30, p = %s", "\u03B2 = .304, SE = .132, t(77) = 2.30, p = %s",
        "b = 0.304 (SE = 0.132), t(77) = 2.30, p = %s", "b = 0.304, SE = 0.132, df = 77, p = %s",
        "B = 0.304, 95%% CI [0.041, 0.567], t(77) = 2.30, p = %s")
)
rows <- list()
for (kind in names(forms)) for (form in forms[[kind]]) for (is_true in c(TRUE, FALSE)) {
  text <- sprintf(form, if (is_true) true[[kind]] else wrong[[kind]])
  sentence <- paste0("It was found, ", text, ".")
  found <- suppressMessages(suppressWarnings(statcheck(sentence, messages = FALSE)))
  seen <- is.data.frame(found) && nrow(found) > 0
  rows[[length(rows) + 1]] <- data.frame(
    kind = kind, text = text, true = is_true, statcheck_reads = seen,
    statcheck_errs = seen && any(found$error)
  )
}
frame <- do.call(rbind, rows)
write.csv(frame, "statements.csv", row.names = FALSE, fileEncoding = "UTF-8")
writeLines(c(R.version.string, paste("statcheck", packageVersion("statcheck"))), "versions.txt")
print(table(frame$statcheck_reads, frame$true))
