# Reference values of intraclass correlations. Run in this folder:  Rscript clusters.R
# Equal clusters: psych::ICC (ICC1, with its interval and F) and lme4 by REML, which agree where the
# estimate is positive; unequal clusters: stats::aov and the formula by hand.
# Writes clusters_data.csv, clusters_reference.csv and clusters_versions.txt.
suppressPackageStartupMessages({ library(psych); library(lme4) })
options(digits = 17)
RNGkind("Mersenne-Twister", "Inversion", "Rejection")
sets <- list(); out <- list()
make <- function(seed, sizes, icc) {
  set.seed(seed); id <- rep(seq_along(sizes), sizes)
  d <- data.frame(y = round(sqrt(icc) * rnorm(length(sizes))[id] + sqrt(1 - icc) * rnorm(length(id)), 5), id)
  d[sample(nrow(d)), ]
}
sets$equal <- make(1, rep(5, 12), .3); sets$pairs <- make(2, rep(2, 40), .6)
sets$none <- make(3, rep(6, 10), 0); sets$large <- make(4, rep(25, 20), .1)
sets$uneven <- make(5, c(1, 2, 3, 9, 30, 4), .4); sets$singles <- make(6, c(rep(1, 10), 5, 6, 8), .2)
sets$sleep <- with(lme4::sleepstudy, data.frame(y = Reaction, id = as.integer(Subject)))
sets$penicillin <- with(lme4::Penicillin, data.frame(y = diameter, id = as.integer(plate)))
for (name in names(sets)) {
  d <- sets[[name]]; d$g <- factor(d$id); s <- table(d$g); n <- nrow(d); k <- length(s)
  a <- anova(aov(y ~ g, d)); F <- a$`F value`[1]; n0 <- (n - sum(s^2) / n) / (k - 1)
  icc <- function(f) (f - 1) / (f + n0 - 1)
  v <- c(icc = (a$`Mean Sq`[1] - a$`Mean Sq`[2]) / (a$`Mean Sq`[1] + (n0 - 1) * a$`Mean Sq`[2]),
         ci_lower = icc(F / qf(.975, k - 1, n - k)), ci_upper = icc(F / qf(.025, k - 1, n - k)),
         f = F, df1 = k - 1, df2 = n - k, pvalue = a$`Pr(>F)`[1], size = n0)
  if (length(unique(s)) == 1) {
    wide <- do.call(rbind, split(d$y, d$g)); p <- ICC(wide, lmer = FALSE)$results[1, ]
    stopifnot(abs(p$ICC - v["icc"]) < 1e-10, abs(p$F - v["f"]) < 1e-8 * v["f"])
    v["ci_lower"] <- p$`lower bound`; v["ci_upper"] <- p$`upper bound`
    if (v["icc"] > 0) {
      vc <- as.data.frame(VarCorr(lmer(y ~ 1 + (1 | g), d, control = lmerControl(optCtrl = list(ftol_abs = 1e-14, xtol_abs = 1e-10)))))$vcov
      stopifnot(abs(vc[1] / sum(vc) - v["icc"]) < 1e-5)
    }
  }
  out[[name]] <- data.frame(data = name, quantity = names(v), value = formatC(v, digits = 17, format = "g"))
}
write.csv(do.call(rbind, lapply(names(sets), function(n) cbind(data = n, sets[[n]][c("y", "id")]))),
          "clusters_data.csv", row.names = FALSE, quote = FALSE)
write.csv(do.call(rbind, out), "clusters_reference.csv", row.names = FALSE, quote = FALSE)
writeLines(c(R.version.string, paste("psych", packageVersion("psych")), paste("lme4", packageVersion("lme4"))),
           "clusters_versions.txt")
