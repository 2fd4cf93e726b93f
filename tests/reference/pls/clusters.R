# Composite models in draws of whole clusters, by hand: the rows of the clusters drawn, missing answers
# replaced by the mean of the draw, and the algorithm written out on cases with lm.
# Run in this folder: Rscript clusters.R
# Writes clusters_data.csv (Holzinger and Swineford's nine tests, with holes; clusters are school by
# year and month band, of 1 to 24 children), clusters_indices.csv (clusters drawn, numbered from 0 in
# order of their first row) and clusters_reference.csv.
suppressPackageStartupMessages(library(lavaan))
RNGkind("Mersenne-Twister", "Inversion", "Rejection"); set.seed(11)
items <- paste0("x", 1:9)
d <- HolzingerSwineford1939
data <- d[, items]
id <- paste(substr(d$school, 1, 1), d$ageyr, d$agemo %/% 4, sep = "")
for (i in sample(nrow(data), 40)) data[i, sample(9, 1)] <- NA
write.csv(cbind(id, data), "clusters_data.csv", row.names = FALSE, quote = FALSE, na = "")
K <- length(unique(id)); draws <- 12
indices <- matrix(sample(K, draws * K, TRUE), draws)
write.table(indices - 1, "clusters_indices.csv", row.names = FALSE, col.names = FALSE, sep = ",")
blocks <- list(visual = items[1:3], textual = items[4:6], speed = items[7:9])
antecedents <- list(textual = "visual", speed = c("visual", "textual"))
unit <- function(v) as.numeric(scale(v))

pls <- function(M, tolerance = 1e-13) {               # mode A, path weighting
  Z <- scale(M); w <- lapply(blocks, function(b) rep(1, length(b))); change <- Inf
  while (change > tolerance) {
    score <- sapply(names(blocks), function(b) unit(Z[, blocks[[b]]] %*% w[[b]])); new <- list()
    for (b in names(blocks)) {
      proxy <- rep(0, nrow(Z)); before <- antecedents[[b]]
      after <- names(antecedents)[sapply(antecedents, function(a) b %in% a)]
      if (length(before)) proxy <- proxy + score[, before, drop = FALSE] %*% coef(lm(score[, b] ~ score[, before] - 1))
      for (a in after) proxy <- proxy + score[, a] * cor(score[, a], score[, b])
      v <- as.numeric(cor(Z[, blocks[[b]]], proxy)); new[[b]] <- v / sd(Z[, blocks[[b]]] %*% v)
    }
    change <- sum(abs(unlist(new) - unlist(w))); w <- new
  }
  score <- as.data.frame(sapply(names(blocks), function(b) unit(Z[, blocks[[b]]] %*% w[[b]])))
  c(unlist(lapply(names(antecedents), function(y) coef(lm(reformulate(antecedents[[y]], y), score))[-1])), unlist(w))
}
rows <- list()
for (missing in c("mean", "listwise")) {
  keep <- if (missing == "listwise") complete.cases(data) else rep(TRUE, nrow(data))
  own <- data[keep, ]; groups <- split(seq_len(nrow(own)), factor(id[keep], unique(id[keep])))
  stopifnot(length(groups) == K)
  for (b in seq_len(draws)) {
    M <- own[unlist(groups[indices[b, ]]), ]
    M[] <- lapply(M, function(v) ifelse(is.na(v), mean(v, na.rm = TRUE), v))
    v <- pls(M)
    rows[[length(rows) + 1]] <- data.frame(missing, draw = b - 1, n = nrow(M), statistic = seq_along(v) - 1,
                                           value = sprintf("%.15g", v))
  }
}
r <- do.call(rbind, rows)
write.csv(r, "clusters_reference.csv", row.names = FALSE, quote = FALSE)
cat(K, "clusters of", range(table(id)), "\n")
