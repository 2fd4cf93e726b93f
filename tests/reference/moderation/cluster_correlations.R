# Correlations and their differences under clusters, by lavaan, and pooled over imputations, by mice.
#
#   Rscript tests/reference/moderation/cluster_correlations.R
#
# Makes cluster_correlations_data.csv, 240 rows in 24 clusters. Writes cluster_correlations.csv: correlation and
# cluster-robust standard error of each pair (of a saturated model), the difference of the two that a
# shares, and pool.scalar on Fisher's z of five data sets that differ in a known way.

suppressPackageStartupMessages({ library(lavaan); library(mice) })

argument <- grep("^--file=", commandArgs(FALSE), value = TRUE)
here <- dirname(normalizePath(sub("^--file=", "", argument)))

set.seed(12)
n <- 240
g <- sample(rep(1:24, length.out = n))
of <- function(sd) rnorm(24, sd = sd)[g]
a <- rnorm(n) + of(0.6)
b <- 0.5 * a + rnorm(n) + of(0.6)
c <- 0.3 * a + 0.3 * b + rexp(n) + of(0.4)
data <- data.frame(g, a = round(a, 3), b = round(b, 3), c = round(c, 3))
write.csv(data, file.path(here, "cluster_correlations_data.csv"), row.names = FALSE, quote = FALSE)

model <- "
  a ~~ va*a + ab*b + ac*c
  b ~~ vb*b + bc*c
  c ~~ vc*c
  r_ab := ab / sqrt(va * vb)
  r_ac := ac / sqrt(va * vc)
  r_bc := bc / sqrt(vb * vc)
  r_ab_minus_ac := r_ab - r_ac
"
fit <- sem(model, data, estimator = "MLR", cluster = "g")
found <- subset(parameterEstimates(fit), op == ":=")[c("lhs", "est", "se")]
names(found) <- c("quantity", "est", "se")
found$df <- NA

z <- sapply(0:4, function(k) atanh(with(data, cor(a, b + 0.05 * k * sin(seq_len(n) * (k + 1))))))
pooled <- pool.scalar(z, rep(1 / (n - 3), 5))
found <- rbind(found, data.frame(
  quantity = "pooled_z_ab", est = pooled$qbar, se = sqrt(pooled$t), df = pooled$df
))
found[-1] <- lapply(found[-1], formatC, digits = 13, format = "g", width = 1)
write.csv(found, file.path(here, "cluster_correlations.csv"), row.names = FALSE, quote = FALSE)
writeLines(c(R.version.string, paste("lavaan", packageVersion("lavaan")),
             paste("mice", packageVersion("mice"))),
           file.path(here, "cluster_correlations_versions.txt"))
