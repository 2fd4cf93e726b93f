# A study of one's own by simulation, with base R and lavaan: shares of samples in which each effect
# is found. A path counts as found when p of its estimate over the bootstrap standard error is below
# .05, an indirect effect when its 95% percentile interval leaves zero out. The paths of a draw are
# least squares, which lavaan's maximum likelihood must equal on the first sample of each design.
# The second design has therapists of six clients (ICC .2 in every variable), drawn as wholes.
#   Rscript own_design.R
suppressMessages(library(lavaan))

set.seed(20261130)
model <- "alliance ~ a*distress
          outcome ~ b*alliance + c*distress"
paths <- c(a = -0.30, b = 0.35, c = -0.15)
names <- c("distress", "alliance", "outcome")
samples <- 1000
draws <- 400

correlation <- local({
  r_da <- paths[["a"]]
  r_do <- paths[["c"]] + paths[["b"]] * r_da
  r_ao <- paths[["b"]] + paths[["c"]] * r_da
  matrix(c(1, r_da, r_do, r_da, 1, r_ao, r_do, r_ao, 1), 3, dimnames = list(names, names))
})
root <- chol(correlation)

draw <- function(n, caseload, icc) {
  own <- matrix(rnorm(n * 3), n)
  if (caseload > 1) {
    shared <- matrix(rnorm(n / caseload * 3), ncol = 3)[rep(seq_len(n / caseload), each = caseload), ]
    own <- sqrt(1 - icc) * own + sqrt(icc) * shared
  }
  own %*% root
}

estimate <- function(S) {
  a <- S[1, 2] / S[1, 1]
  det <- S[1, 1] * S[2, 2] - S[1, 2]^2
  b <- (S[1, 1] * S[2, 3] - S[1, 2] * S[1, 3]) / det
  c <- (S[2, 2] * S[1, 3] - S[1, 2] * S[2, 3]) / det
  c(a = a, b = b, c = c, indirect = a * b)
}

found <- function(n, caseload, icc, check) {
  X <- draw(n, caseload, icc)
  est <- estimate(cov(X))
  if (check) {
    data <- setNames(as.data.frame(X), names)
    fit <- sem(model, data = data)
    stopifnot(max(abs(coef(fit)[c("a", "b", "c")] - est[1:3])) < 1e-5)
  }
  therapists <- split(seq_len(n), (seq_len(n) - 1) %/% caseload)
  again <- replicate(draws, {
    rows <- unlist(therapists[sample.int(length(therapists), replace = TRUE)], use.names = FALSE)
    estimate(cov(X[rows, ]))
  })
  z <- est / apply(again, 1, sd)
  limits <- quantile(again["indirect", ], c(0.025, 0.975))
  c(abs(z[c("a", "b", "c")]) > qnorm(0.975), indirect = prod(sign(limits)) > 0)
}

rows <- NULL
for (design in list(c(n = 90, caseload = 1, icc = 0), c(n = 90, caseload = 6, icc = 0.2))) {
  shares <- rowMeans(sapply(seq_len(samples), function(i) {
    found(design[["n"]], design[["caseload"]], design[["icc"]], check = i == 1)
  }))
  rows <- rbind(rows, data.frame(t(design), target = names(shares), power = unname(shares)))
}
rows$samples <- samples
write.csv(rows, "own_design.csv", row.names = FALSE, quote = FALSE)
cat(R.version.string, "\nlavaan", as.character(packageVersion("lavaan")), "\n")
