# Predictive mean matching by mice in samples of a known population: what the product comes to.
# Run in this folder:  Rscript imputation.R        (3 minutes)
# The population is that of benchmarks/moderation_calibration.py (topic "missing"); the samples are
# R's own. Where w is missing its imputation model holds y * x and x^2, where y is missing x * w, which is
# what the function here does; "plain" leaves the products out.
# Writes imputation_reference.csv and imputation_versions.txt.
suppressPackageStartupMessages(library(mice))
RNGkind("Mersenne-Twister", "Inversion", "Rejection"); set.seed(20260402)
one <- function(n, condition, products) {
  x <- rnorm(n); w <- .3 * x + sqrt(.91) * rnorm(n); y <- .3 * x + .3 * w + .25 * x * w + rnorm(n)
  d <- data.frame(y, x, w); cause <- if (condition == "moderator") y else x + w
  target <- if (condition == "moderator") "w" else "y"
  odds <- exp(-1.2 - 1.5 * (cause - mean(cause)) / sd(cause))
  d[runif(n) < odds / (1 + odds), target] <- NA
  if (products && target == "w") { d$p <- d$y * d$x; d$q <- d$x^2 }
  if (products && target == "y") d$p <- d$x * d$w
  method <- setNames(rep("", ncol(d)), names(d)); method[target] <- "pmm"
  imp <- mice(d, m = 20, maxit = 1, method = method, printFlag = FALSE)
  gap <- is.na(d[[target]])
  each <- sapply(seq_len(20), function(k) {           # lm on each completed data set
    d[[target]][gap] <- imp$imp[[target]][, k]
    X <- cbind(1, d$x, d$w, d$x * d$w); f <- lm.fit(X, d$y)
    c(f$coefficients[4], sum(f$residuals^2) / (n - 4) * chol2inv(qr.R(f$qr))[4, 4])
  })
  p <- pool.scalar(each[1, ], each[2, ], n = n, k = 4)
  half <- qt(.975, p$df) * sqrt(p$t)
  c(estimate = p$qbar, covered = abs(p$qbar - .25) <= half, width = 2 * half)
}
rows <- list(); R <- 300
for (condition in c("moderator", "outcome")) for (n in c(100, 300)) for (products in c(TRUE, FALSE)) {
  found <- replicate(R, one(n, condition, products))
  rows[[length(rows) + 1]] <- data.frame(
    condition, n, method = if (products) "imputed" else "imputed, no products", measure = rownames(found),
    value = rowMeans(found), mc_error = apply(found, 1, sd) / sqrt(R), datasets = R)
}
r <- do.call(rbind, rows); r[c("value", "mc_error")] <- signif(r[c("value", "mc_error")], 6)
write.csv(r, "imputation_reference.csv", row.names = FALSE, quote = 3)
writeLines(c(R.version.string, paste("mice", packageVersion("mice"))), "imputation_versions.txt")
