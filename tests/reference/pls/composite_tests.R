# Tests of composite models, by hand: the algorithm written out on cases with lm, for each assignment
# to two groups (MICOM, differences of paths) and for each draw under the model (exact fit).
# Run in this folder: Rscript composite_tests.R
# Reads holzinger.csv (make_reference.R). Writes groups_members.csv (who is in the first group: the
# school, then random assignments), groups_reference.csv, fit_indices.csv (cases drawn, from 0),
# fit_reference.csv (the sample is draw -1), several_members.csv and several_groups.csv (three groups).
suppressPackageStartupMessages(library(lavaan))
RNGkind("Mersenne-Twister", "Inversion", "Rejection"); set.seed(16)
items <- paste0("x", 1:9)
data <- read.csv("holzinger.csv")
stopifnot(isTRUE(all.equal(unname(as.matrix(data)), unname(as.matrix(HolzingerSwineford1939[, items])))))
blocks <- list(visual = items[1:3], textual = items[4:6], speed = items[7:9])
owner <- rep(names(blocks), lengths(blocks))
antecedents <- list(textual = "visual", speed = "textual")
unit <- function(v) as.numeric(scale(v))
number <- function(v) sprintf("%.15g", v)

pls <- function(M, mode = "A", tolerance = 1e-13) {   # path weighting
  Z <- scale(M); w <- lapply(blocks, function(b) rep(1, length(b))); change <- Inf
  while (change > tolerance) {
    score <- sapply(names(blocks), function(b) unit(Z[, blocks[[b]]] %*% w[[b]])); new <- list()
    for (b in names(blocks)) {
      proxy <- rep(0, nrow(Z)); before <- antecedents[[b]]
      after <- names(antecedents)[sapply(antecedents, function(a) b %in% a)]
      if (length(before)) proxy <- proxy + score[, before, drop = FALSE] %*% coef(lm(score[, b] ~ score[, before] - 1))
      for (a in after) proxy <- proxy + score[, a] * cor(score[, a], score[, b])
      X <- Z[, blocks[[b]]]
      v <- if (mode == "A") cor(X, proxy) else coef(lm(unit(proxy) ~ X - 1))
      v <- as.numeric(v); new[[b]] <- v / sd(X %*% v)
    }
    change <- sum(abs(unlist(new) - unlist(w))); w <- new
  }
  score <- sapply(names(blocks), function(b) unit(Z[, blocks[[b]]] %*% w[[b]]))
  list(w = w, score = score, Z = Z)
}
paths <- function(score) unlist(lapply(names(antecedents), function(y)
  coef(lm(score[, y] ~ score[, antecedents[[y]], drop = FALSE]))[-1]))

# two groups
first <- HolzingerSwineford1939$school == "Pasteur"
members <- rbind(first, t(replicate(5, sample(first))))
write.table(members * 1, "groups_members.csv", row.names = FALSE, col.names = FALSE, sep = ",")
rows <- list(); pooled <- pls(data)
for (k in seq_len(nrow(members))) {
  g <- members[k, ]; one <- pls(data[g, ]); two <- pls(data[!g, ])
  c <- sapply(names(blocks), function(b)
    cor(scale(data[, blocks[[b]]]) %*% one$w[[b]], scale(data[, blocks[[b]]]) %*% two$w[[b]]))
  m <- colMeans(pooled$score[g, ]) - colMeans(pooled$score[!g, ])
  v <- log(apply(pooled$score[g, ], 2, var)) - log(apply(pooled$score[!g, ], 2, var))
  value <- c(c, m, v, paths(one$score), paths(two$score))
  rows[[k]] <- data.frame(assignment = k - 1, statistic = seq_along(value) - 1, value = number(value))
}
write.csv(do.call(rbind, rows), "groups_reference.csv", row.names = FALSE, quote = FALSE)

# exact fit
fitted <- function(M, kind) {                          # observed and implied correlations
  f <- pls(M, if (kind == "mode B") "B" else "A"); S <- cor(M); V <- cor(f$score)
  load <- unlist(lapply(names(blocks), function(b) cor(M[, blocks[[b]]], f$score[, b])))
  if (kind == "factors") {
    q <- sapply(names(blocks), function(b) {           # root of rho_A
      w <- f$w[[b]]; R <- S[blocks[[b]], blocks[[b]]]; D <- w %o% w
      sqrt(sum(w^2)^2 * drop(t(w) %*% (R - diag(3)) %*% w) / drop(t(w) %*% (D - diag(diag(D))) %*% w))
    })
    load <- unlist(lapply(names(blocks), function(b) f$w[[b]] * q[[b]] / sum(f$w[[b]]^2)))
    V <- V / (q %o% q); diag(V) <- 1
  }
  V["visual", "speed"] <- V["speed", "visual"] <- V["visual", "textual"] * V["textual", "speed"]
  C <- (load %o% load) * V[owner, owner]
  same <- outer(owner, owner, "==")
  if (kind != "factors") C[same] <- S[same]
  diag(C) <- 1
  list(S = S, C = C)
}
distance <- function(f) {
  low <- lower.tri(f$S, diag = TRUE)
  c(sqrt(mean((f$S - f$C)[low]^2)), 0.5 * sum((f$S - f$C)^2),
    0.5 * sum(log(Re(eigen(solve(f$S) %*% f$C)$values))^2))
}
root <- function(M, power) with(eigen(M, symmetric = TRUE), vectors %*% diag(values^power) %*% t(vectors))
indices <- matrix(sample(nrow(data), 5 * nrow(data), TRUE), 5)
write.table(indices - 1, "fit_indices.csv", row.names = FALSE, col.names = FALSE, sep = ",")
rows <- list()
for (kind in c("mode A", "mode B", "factors")) {
  f <- fitted(as.matrix(data), kind); found <- list(distance(f))
  X <- scale(data) %*% root(f$S, -0.5) %*% root(f$C, 0.5); colnames(X) <- items
  for (k in 1:5) found[[k + 1]] <- distance(fitted(X[indices[k, ], ], kind))
  for (k in 0:5) rows[[length(rows) + 1]] <- data.frame(
    kind, draw = k - 1, measure = c("srmr", "d_uls", "d_g"), value = number(found[[k + 1]]))
}
write.csv(do.call(rbind, rows), "fit_reference.csv", row.names = FALSE, quote = FALSE)

# three groups: average distance of the correlations that the model implies in each
age <- findInterval(HolzingerSwineford1939$ageyr, c(13, 14))
labels <- rbind(age, t(replicate(5, sample(age))))
write.table(labels, "several_members.csv", row.names = FALSE, col.names = FALSE, sep = ",")
rows <- list()
for (k in seq_len(nrow(labels))) {
  implied <- lapply(0:2, function(g) fitted(as.matrix(data[labels[k, ] == g, ]), "mode A")$C)
  pairs <- combn(3, 2, function(i) distance(list(S = implied[[i[1]]], C = implied[[i[2]]]))[2:3])
  rows[[k]] <- data.frame(assignment = k - 1, measure = c("d_uls", "d_g"), value = number(rowMeans(pairs)))
}
write.csv(do.call(rbind, rows), "several_groups.csv", row.names = FALSE, quote = FALSE)
