# Two independent estimates of one effect: the test of their difference by psych::paired.r (correlations)
# and by metafor's test of heterogeneity of two studies (Q, 1 df: any estimate), the prediction interval of a second study by the distribution of the difference, and the
# power of the second study. Nothing of this project is used.
# Run in this folder:  Rscript replicated.R      Writes replicated.csv and replicated_versions.txt.
options(digits = 17)
suppressMessages({library(psych); library(metafor)})
rows <- list()
for (r1 in c(-.45, .05, .21, .62)) for (n1 in c(40, 213, 1175)) for (r2 in c(-.3, .18, .55))
  for (n2 in c(30, 120, 800)) {
    v <- 1 / (c(n1, n2) - 3)
    z <- atanh(c(r1, r2))
    test <- paired.r(r1, r2, n = n1, n2 = n2)
    two <- rma(yi = z, vi = v, method = "FE")
    # where 95 of 100 second studies fall: quantiles of N(z1, v1 + v2)
    limits <- qnorm(c(.025, .975), z[1], sqrt(sum(v)))
    # rejection region of the two-sided test in the second study, about the published size
    edge <- qnorm(.975) * sqrt(v[2])
    power <- pnorm(-edge, z[1], sqrt(v[2])) + pnorm(edge, z[1], sqrt(v[2]), lower.tail = FALSE)
    rows[[length(rows) + 1]] <- data.frame(
      r1, n1, r2, n2, z_psych = test$z, p_psych = test$p, q = two$QE, p_q = two$QEp,
      pi_lower = limits[1], pi_upper = limits[2], power)
  }
write.csv(do.call(rbind, rows), "replicated.csv", row.names = FALSE)
writeLines(c(R.version.string, paste("psych", packageVersion("psych")),
             paste("metafor", packageVersion("metafor"))), "replicated_versions.txt")
