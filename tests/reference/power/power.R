# Reference values of power formulas, from the distribution functions of base R.
# Run in this folder:  Rscript power.R      Writes power.csv and versions.txt.
options(digits = 17)
rows <- list()
add <- function(what, ...) rows[[length(rows) + 1]] <<- data.frame(what = what, ...)

for (n in c(20, 55, 81, 120, 300)) for (k in c(1, 3, 8)) for (f2 in c(0, .02, .0994, .15, .35))
  for (alpha in c(.05, .01)) {
    df2 <- n - k - 1
    limit <- qf(1 - alpha, 1, df2)
    add("f2", n = n, k = k, effect = f2, alpha = alpha,
        value = pf(limit, 1, df2, ncp = f2 * n, lower.tail = FALSE))
  }
for (n in c(10, 29, 81, 300, 800)) for (r in c(-.5, 0, .1, .3, .6)) for (alpha in c(.05, .01)) {
  z <- qnorm(1 - alpha / 2); m <- atanh(r) * sqrt(n - 3)
  add("correlation", n = n, k = NA, effect = r, alpha = alpha,
      value = pnorm(z, m, lower.tail = FALSE) + pnorm(-z, m))
}
for (df in c(5, 40, 77)) for (ncp in c(0, .5, 2, 2.8, 5)) for (alpha in c(.05, .01)) {
  limit <- qt(1 - alpha / 2, df)
  add("t", n = df, k = NA, effect = ncp, alpha = alpha,
      value = pt(limit, df, ncp, lower.tail = FALSE) + pt(-limit, df, ncp))
}
# the f2 that is found with power .80 (uniroot on pf)
for (n in c(40, 81, 200)) for (k in c(1, 3, 6)) {
  g <- function(f2) pf(qf(.95, 1, n - k - 1), 1, n - k - 1, ncp = f2 * n, lower.tail = FALSE) - .8
  add("f2_for_power", n = n, k = k, effect = .8, alpha = .05,
      value = uniroot(g, c(1e-6, 2), tol = 1e-14)$root)
}
# the smallest n for power .80, by counting up
for (k in c(1, 3)) for (f2 in c(.02, .05, .15, .35)) {
  n <- k + 3
  while (pf(qf(.95, 1, n - k - 1), 1, n - k - 1, ncp = f2 * n, lower.tail = FALSE) < .8) n <- n + 1
  add("n_for_f2", n = NA, k = k, effect = f2, alpha = .05, value = n)
}
out <- do.call(rbind, rows)
out$value <- formatC(out$value, digits = 17, format = "g")
write.csv(out, "power.csv", row.names = FALSE, quote = FALSE, na = "")
writeLines(R.version.string, "versions.txt")
