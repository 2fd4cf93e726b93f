# The algorithm on cases, by hand, as interaction_prediction.R and staged_groups.R read it.
unit <- function(v) as.numeric(scale(v))

# path weighting, mode A; one construct, speed, is explained by all others
weigh <- function(Z, blocks, tolerance = 1e-13) {
  w <- lapply(blocks, function(b) rep(1, length(b))); change <- Inf; causes <- setdiff(names(blocks), "speed")
  while (change > tolerance) {
    score <- sapply(names(blocks), function(b) unit(Z[, blocks[[b]], drop = FALSE] %*% w[[b]]))
    proxy <- list(speed = score[, causes] %*% coef(lm(score[, "speed"] ~ score[, causes] - 1)))
    for (b in causes) proxy[[b]] <- score[, "speed"] * cor(score[, b], score[, "speed"])
    new <- lapply(setNames(nm = names(blocks)), function(b) {
      X <- Z[, blocks[[b]], drop = FALSE]; v <- as.numeric(cor(X, proxy[[b]])); v / sd(X %*% v)
    })
    change <- sum(abs(unlist(new) - unlist(w))); w <- new
  }
  w
}
score_by <- function(Z, w, blocks) sapply(names(blocks), function(b) Z[, blocks[[b]], drop = FALSE] %*% w[[b]])
