# What partial least squares on cases gives, written out with lm and cor: Rscript composites.R FOLDER
#
# FOLDER holds a folder a case with data.csv, items.csv (item, construct, mode) and paths.csv
# (from, to, weighting). Writes statistics.csv and status.csv into FOLDER.

folder <- commandArgs(TRUE)[1]
rows <- list()
status <- list()

unit <- function(v) as.numeric(scale(v))

run_case <- function(case, tolerance = 1e-13, most = 20000) {
  read <- function(name) read.csv(file.path(folder, case, name), check.names = FALSE)
  items <- read("items.csv"); paths <- read("paths.csv"); weighting <- paths$weighting[1]
  names <- unique(items$construct)
  blocks <- lapply(setNames(names, names), function(b) items$item[items$construct == b])
  mode <- setNames(items$mode, items$construct)[names]
  Z <- scale(as.matrix(read("data.csv")[items$item]))
  before <- lapply(setNames(names, names), function(b) paths$from[paths$to == b])
  after <- lapply(setNames(names, names), function(b) paths$to[paths$from == b])
  block <- function(b) Z[, blocks[[b]], drop = FALSE]
  put <- function(kind, lhs, rhs, value)
    rows[[length(rows) + 1]] <<- data.frame(case, kind, lhs, rhs, value = as.numeric(value),
                                            row.names = NULL)

  w <- lapply(blocks, function(b) rep(1, length(b)))
  scores <- function(w) sapply(names, function(b) unit(block(b) %*% w[[b]]))
  change <- Inf; rounds <- 0
  while (change > tolerance && rounds < most) {
    score <- scores(w)
    new <- lapply(setNames(names, names), function(b) {
      M <- block(b)
      if (mode[b] == "unit") return(rep(1, ncol(M)) / sd(rowSums(M)))
      proxy <- rep(0, nrow(Z))
      if (length(before[[b]])) {
        e <- if (weighting == "path") coef(lm(score[, b] ~ score[, before[[b]]] - 1)) else
          cor(score[, before[[b]]], score[, b])
        proxy <- proxy + score[, before[[b]], drop = FALSE] %*% e
      }
      for (a in after[[b]]) proxy <- proxy + score[, a] * cor(score[, a], score[, b])
      v <- if (mode[b] == "A") cor(M, proxy) else coef(lm(unit(proxy) ~ M - 1))
      as.numeric(v) / sd(M %*% as.numeric(v))
    })
    change <- sum(abs(unlist(new) - unlist(w)))
    w <- new; rounds <- rounds + 1
  }
  score <- as.data.frame(scores(w))
  for (y in names[lengths(before) > 0]) {
    x <- before[[y]]
    fit <- lm(reformulate(x, y), score)
    r2 <- summary(fit)$r.squared
    put("path", y, x, coef(fit)[x])
    put("r_squared", y, "", r2)
    for (one in x) {
      rest <- setdiff(x, one)
      less <- if (length(rest)) summary(lm(reformulate(rest, y), score))$r.squared else 0
      put("f2", y, one, (r2 - less) / (1 - r2))
    }
  }
  B <- matrix(0, length(names), length(names), dimnames = list(names, names))
  for (r in seq_len(nrow(paths)))
    B[paths$to[r], paths$from[r]] <- coef(lm(reformulate(before[[paths$to[r]]], paths$to[r]),
                                             score))[paths$from[r]]
  total <- solve(diag(length(names)) - B) - diag(length(names))
  for (y in names) for (x in names[total[y, ] != 0]) put("total", y, x, total[y, x])
  R <- cor(Z)
  loading <- lapply(setNames(names, names), function(b) as.numeric(cor(block(b), score[[b]])))
  for (b in names) {
    i <- blocks[[b]]; k <- length(i); l <- loading[[b]]; S <- R[i, i, drop = FALSE]
    put("weight", b, i, w[[b]] / sd(block(b) %*% w[[b]]))
    put("loading", b, i, l)
    put("alpha", b, "", if (k == 1) 1 else k / (k - 1) * (1 - k / sum(S)))
    put("rho_c", b, "", if (k == 1) 1 else sum(l)^2 / (sum(l)^2 + sum(1 - l^2)))
    put("ave", b, "", if (k == 1) 1 else mean(l^2))
    v <- w[[b]]
    off <- function(m) m - diag(diag(m), nrow(m))
    rho_a <- sum(v^2)^2 * sum(v * (off(S) %*% v)) / sum(v * (off(tcrossprod(v)) %*% v))
    put("rho_a", b, "", if (k == 1 || mode[b] == "B") 1 else rho_a)
  }
  within <- function(b) {
    S <- abs(R[blocks[[b]], blocks[[b]], drop = FALSE])
    if (nrow(S) == 1) 1 else mean(S[upper.tri(S)])
  }
  for (i in seq_along(names)[-1]) for (j in seq_len(i - 1)) {
    a <- names[j]; b <- names[i]
    put("correlation", b, a, cor(score[[a]], score[[b]]))
    put("htmt", b, a, mean(abs(R[blocks[[a]], blocks[[b]]])) / sqrt(within(a) * within(b)))
  }
  c(rounds, change)
}

for (case in list.dirs(folder, full.names = FALSE, recursive = FALSE)) {
  done <- run_case(case)
  status[[case]] <- data.frame(case, rounds = done[1], change = done[2])
}
text <- function(x) if (is.double(x)) formatC(x, digits = 12, format = "g", width = 1) else x
write <- function(list, name) {
  table <- do.call(rbind, list)
  table[] <- lapply(table, text)
  write.csv(table, file.path(folder, name), row.names = FALSE)
}
write(rows, "statistics.csv")
write(status, "status.csv")
