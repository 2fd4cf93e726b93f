# Reference values for composite models from R, on a data set that ships with lavaan.
# Run in this folder: Rscript make_reference.R
# Reliability by psych, HTMT by semTools, two blocks by svd and cancor, sum scores by lm, and
# the partial least squares algorithm written out on cases (not on
# correlations) with lm.

suppressPackageStartupMessages({library(lavaan); library(psych); library(semTools)})

items <- paste0("x", 1:9)
data <- HolzingerSwineford1939[, items]
write.csv(data, "holzinger.csv", row.names = FALSE)

blocks <- list(visual = items[1:3], textual = items[4:6], speed = items[7:9])
antecedents <- list(textual = "visual", speed = c("visual", "textual"))
rows <- list()
put <- function(source, quantity, name, value)
  rows[[length(rows) + 1]] <<- data.frame(source = source, quantity = quantity, name = name,
                                          value = sprintf("%.15g", value))

# standardized alpha
for (b in names(blocks)) {
  a <- suppressWarnings(alpha(data[, blocks[[b]]], warnings = FALSE))
  put("psych::alpha", "alpha", b, a$total$std.alpha)
}

# heterotrait-monotrait ratio of absolute correlations
factors <- paste(sapply(names(blocks), function(b)
  paste(b, "=~", paste(blocks[[b]], collapse = " + "))), collapse = "\n")
h <- htmt(factors, data, absolute = TRUE, htmt2 = FALSE)
for (i in 2:3) for (j in 1:(i - 1))
  put("semTools::htmt", "htmt", paste(rownames(h)[j], rownames(h)[i]), h[i, j])

# two blocks: mode A is the first pair of singular vectors, mode B the first canonical pair
Z <- scale(data)
X <- Z[, blocks$visual]; Y <- Z[, blocks$textual]
s <- svd(cor(X, Y))
score <- function(M, w) { v <- M %*% w; as.numeric(v * sign(sum(cor(M, v)))) }
put("svd", "two_block_A", "visual textual", cor(score(X, s$u[, 1]), score(Y, s$v[, 1])))
for (k in 1:3) {
  u <- s$u[, 1] / sqrt(drop(t(s$u[, 1]) %*% cor(X) %*% s$u[, 1])) * sign(sum(s$u[, 1]))
  put("svd", "two_block_A_weight", blocks$visual[k], u[k])
}
cc <- cancor(X, Y)
put("cancor", "two_block_B", "visual textual", cc$cor[1])
w <- cc$xcoef[, 1] * sqrt(nrow(data) - 1)
for (k in 1:3) put("cancor", "two_block_B_weight", blocks$visual[k], w[k])

# sum scores
S <- as.data.frame(scale(sapply(blocks, function(b) rowSums(data[, b]))))
for (y in names(antecedents)) {
  f <- summary(lm(reformulate(antecedents[[y]], y), S))
  for (x in antecedents[[y]]) {
    put("lm", "sum_path", paste(y, x), f$coefficients[x, 1])
    put("lm", "sum_t", paste(y, x), f$coefficients[x, 3])
    put("lm", "sum_p", paste(y, x), f$coefficients[x, 4])
  }
  put("lm", "sum_r2", y, f$r.squared)
}

# partial least squares on cases
unit <- function(v) as.numeric(scale(v))
pls <- function(scheme, mode, tolerance = 1e-14) {
  w <- lapply(blocks, function(b) rep(1, length(b)))
  change <- Inf
  while (change > tolerance) {
    score <- sapply(names(blocks), function(b) unit(Z[, blocks[[b]]] %*% w[[b]]))
    new <- list()
    for (b in names(blocks)) {
      proxy <- rep(0, nrow(Z))
      before <- antecedents[[b]]
      after <- names(antecedents)[sapply(antecedents, function(a) b %in% a)]
      if (length(before)) {
        e <- if (scheme == "path") coef(lm(score[, b] ~ score[, before] - 1)) else
          cor(score[, before], score[, b])
        proxy <- proxy + score[, before, drop = FALSE] %*% e
      }
      for (a in after) proxy <- proxy + score[, a] * cor(score[, a], score[, b])
      M <- Z[, blocks[[b]]]
      v <- if (mode == "A") cor(M, proxy) else coef(lm(unit(proxy) ~ M - 1))
      new[[b]] <- as.numeric(v) / sd(M %*% as.numeric(v))
    }
    change <- sum(abs(unlist(new) - unlist(w)))
    w <- new
  }
  score <- as.data.frame(sapply(names(blocks), function(b) unit(Z[, blocks[[b]]] %*% w[[b]])))
  label <- paste(scheme, mode)
  for (y in names(antecedents)) {
    f <- lm(reformulate(antecedents[[y]], y), score)
    for (x in antecedents[[y]]) put("R, on cases", paste(label, "path"), paste(y, x), coef(f)[x])
    put("R, on cases", paste(label, "r2"), y, summary(f)$r.squared)
    put("R, on cases", paste(label, "r2_adj"), y, summary(f)$adj.r.squared)
  }
  for (b in names(blocks)) for (k in seq_along(blocks[[b]])) {
    put("R, on cases", paste(label, "weight"), blocks[[b]][k], w[[b]][k])
    put("R, on cases", paste(label, "loading"), blocks[[b]][k],
        cor(Z[, blocks[[b]][k]], score[[b]]))
  }
}
for (scheme in c("path", "factor")) for (mode in c("A", "B")) pls(scheme, mode)

write.csv(do.call(rbind, rows), "reference.csv", row.names = FALSE, quote = 1:3)
writeLines(c(R.version.string, sapply(c("lavaan", "psych", "semTools"), function(p)
  paste(p, packageVersion(p)))), "versions.txt")
