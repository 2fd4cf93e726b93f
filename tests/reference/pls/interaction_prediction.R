# Held-out prediction with an interaction, by hand: both stages on the training cases of each fold,
# whose means and standard deviations scale the held-out cases and their product too.
# Run in this folder: Rscript interaction_prediction.R
# Reads holzinger.csv (make_reference.R) and staged.R. Writes interaction_folds.csv (the fold of each case, from 0)
# and interaction_prediction.csv (root mean square and mean absolute error by item and technique).
RNGkind("Mersenne-Twister", "Inversion", "Rejection"); set.seed(27)
data <- read.csv("holzinger.csv"); items <- paste0("x", 1:9)
main <- list(visual = items[1:3], textual = items[4:6], speed = items[7:9])
source("staged.R")

fold <- sample(rep(0:3, length.out = nrow(data)))
errors <- matrix(NA, nrow(data), 3, dimnames = list(NULL, main$speed))
for (f in 0:3) {
  known <- fold != f
  scale_by <- function(M) scale(M, colMeans(M[known, ]), apply(M[known, ], 2, sd))
  Z <- scale_by(as.matrix(data))
  first <- score_by(Z, weigh(Z[known, ], main), main)
  blocks <- c(main, list(product = "product"))
  Z <- scale_by(cbind(as.matrix(data), product = first[, "visual"] * first[, "textual"]))
  w <- weigh(Z[known, ], blocks); score <- score_by(Z, w, blocks)
  b <- coef(lm(speed ~ visual + textual + product, as.data.frame(score)[known, ]))
  predicted <- as.numeric(cbind(1, score[, c("visual", "textual", "product")]) %*% b)
  for (item in main$speed) {
    loading <- cor(Z[known, item], score[known, "speed"])
    back <- predicted * loading * sd(data[known, item]) + mean(data[known, item])
    errors[!known, item] <- (data[[item]] - back)[!known]
  }
}
write.table(fold, "interaction_folds.csv", row.names = FALSE, col.names = FALSE)
write.csv(data.frame(item = main$speed, rmse = sprintf("%.15g", sqrt(colMeans(errors^2))),
  mae = sprintf("%.15g", colMeans(abs(errors)))), "interaction_prediction.csv", row.names = FALSE, quote = FALSE)
