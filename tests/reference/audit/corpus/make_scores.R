# Honest descriptives, correlations and tests of two groups of R, unrounded; see make_corpus.R.
# Run in this folder: Rscript make_scores.R [how many of each kind] [folder]
suppressPackageStartupMessages(library(psych))
set.seed(20261130)
source("tables.R")

# ---- psych: scores of whole numbers, alpha, correlations ------------------------------------
scores <- list()
correlations <- list()
for (id in 1:many(220)) {
  n <- sample(c(12, 19, 28, 41, 60, 95), 1)
  k <- sample(c(1, 2, 4, 5), 1)
  top <- sample(c(4, 5, 7), 1)
  base <- rnorm(n)
  items <- sapply(seq_len(k), function(j) {
    pmin(top, pmax(1, round((top + 1) / 2 + base + rnorm(n))))
  })
  colnames(items) <- paste0("x", seq_len(k))
  score <- if (runif(1) < 0.5) rowSums(items) else rowMeans(items)
  d <- describe(score)
  summed <- all(score == round(score)) && k > 1 && max(score) > top
  # raw alpha where there are items enough to have one
  raw <- if (k > 2) {
    suppressWarnings(psych::alpha(cov(items), check.keys = FALSE, warnings = FALSE))$total$raw_alpha
  } else NA
  scores[[id]] <- data.frame(row.names = NULL, id = id, n = n, items = k, mean = d$mean, sd = d$sd, se = d$se,
                             min = d$min, max = d$max, alpha_raw = raw)
  p <- sample(3:6, 1)
  N <- sample(c(25, 60, 150, 400), 1)
  Y <- matrix(rnorm(N * p), N) %*% chol(0.4 + 0.6 * diag(p))
  colnames(Y) <- paste0("y", seq_len(p))
  if ((id - 1) %% 220 >= 160) Y[sample(length(Y), round(0.1 * length(Y)))] <- NA
  ct <- suppressWarnings(corr.test(Y, adjust = "none"))
  low <- which(lower.tri(ct$r), arr.ind = TRUE)
  N_of <- if (length(ct$n) == 1) rep(ct$n, nrow(low)) else ct$n[low]
  correlations[[id]] <- data.frame(row.names = NULL, id = id, row = unname(low[, 1]),
                                   column = unname(low[, 2]), r = ct$r[low],
                                   p = ct$p[low], n = N_of, n_all = N)
}
out(scores, "psych_scores")
out(correlations, "psych_correlations")

# ---- two groups ------------------------------------------------------------------------------
groups <- list()
for (id in 1:many(250)) {
  n1 <- sample(12:80, 1)
  n2 <- sample(12:80, 1)
  a <- rnorm(n1, 3, runif(1, 0.5, 1.5))
  b <- rnorm(n2, 3 + sample(c(0, 0.3, 0.8), 1), runif(1, 0.5, 1.5))
  pooled <- t.test(a, b, var.equal = TRUE)
  welch <- t.test(a, b)
  d <- psych::cohen.d(data.frame(y = c(a, b), g = rep(1:2, c(n1, n2))), "g")$cohen.d[, "effect"]
  groups[[id]] <- data.frame(
    id = id, mean1 = mean(a), sd1 = sd(a), n1 = n1, mean2 = mean(b), sd2 = sd(b), n2 = n2,
    t = pooled$statistic, df = pooled$parameter, p = pooled$p.value, t_welch = welch$statistic,
    df_welch = welch$parameter, p_welch = welch$p.value, d = abs(d)
  )
}
out(groups, "two_groups")
