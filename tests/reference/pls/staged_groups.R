# Two groups of a model in stages, by hand: a second-order construct and its product with another are
# estimated on the cases of each group, for each assignment to the groups (MICOM, paths).
# Run in this folder: Rscript staged_groups.R
# Reads holzinger.csv, groups_members.csv (composite_tests.R) and staged.R. Writes staged_groups.csv.
data <- as.matrix(read.csv("holzinger.csv")); items <- colnames(data)
members <- as.matrix(read.csv("groups_members.csv", header = FALSE)) == 1
source("staged.R")

first <- list(visual = items[1:3], textual = items[4:6], count = "x7", speed = items[8:9])
second <- list(count = "x7", speed = items[8:9], ability = c("visual", "textual"))
third <- c(second, list(product = "product"))
fit <- function(M) {
  Z <- scale(M); w1 <- weigh(Z, first); dims <- score_by(Z, w1, first)
  Z2 <- cbind(Z, dims[, c("visual", "textual")]); main <- score_by(Z2, weigh(Z2, second), second)
  product <- main[, "ability"] * main[, "count"]
  Z3 <- cbind(Z2, product = unit(product)); w3 <- weigh(Z3, third); s <- score_by(Z3, w3, third)
  b <- coef(lm(speed ~ ability + count + product, as.data.frame(s)))[-1]
  on <- function(w) { full <- setNames(rep(0, 9), items); full[names(w)] <- w; full }
  named <- function(w, own) on(setNames(w, own))
  W <- cbind(visual = named(w1$visual, first$visual), textual = named(w1$textual, first$textual),
    count = named(w3$count, "x7"), speed = named(w3$speed, items[8:9]), ability = 0)
  W[, "ability"] <- W[, "visual"] * w3$ability[1] + W[, "textual"] * w3$ability[2]
  list(W = W, b = b / c(1, 1, sd(product)))
}

everyone <- fit(data); score <- scale(data) %*% everyone$W; rows <- list()
for (k in seq_len(nrow(members))) {
  g <- members[k, ]; one <- fit(data[g, ]); two <- fit(data[!g, ])
  c <- sapply(colnames(one$W), function(n) cor(scale(data) %*% one$W[, n], scale(data) %*% two$W[, n]))
  m <- colMeans(score[g, ]) - colMeans(score[!g, ])
  v <- log(apply(score[g, ], 2, var)) - log(apply(score[!g, ], 2, var))
  value <- c(c, m, v, one$b, two$b)
  rows[[k]] <- data.frame(assignment = k - 1, statistic = seq_along(value) - 1, value = sprintf("%.15g", value))
}
write.csv(do.call(rbind, rows), "staged_groups.csv", row.names = FALSE, quote = FALSE)
