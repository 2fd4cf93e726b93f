# Honest tables of R's lm, glm and lavaan, unrounded, for the audit of printed tables. Run in this folder:
#   Rscript make_corpus.R [how many of each kind] [folder]
# The stored files are those without arguments; `benchmarks/table_audit.py FOLDER` measures others.
# Every draw is kept: models that are true and models that are not, effects of 0 and large ones,
# chi-square below its df, loadings below .5. A lavaan fit that does not converge has no estimates
# to print; how many there were stands in versions.txt.
suppressPackageStartupMessages({
  library(lavaan)
  library(psych)
  library(semTools)
})
set.seed(20261129)
source("tables.R")
failed <- 0

# ---- lm: coefficients with t intervals, whole models, steps ---------------------------------
coefficients <- list()
models <- list()
for (id in 1:many(350)) {
  n <- sample(c(15, 22, 40, 83, 120, 213, 297, 600), 1)
  k <- sample(1:5, 1)
  X <- matrix(rnorm(n * k), n) %*% chol(0.3 + 0.7 * diag(k))
  beta <- sample(c(0, 0, 0.1, 0.2, 0.4, -0.3), k, replace = TRUE)
  scale <- sample(c(1, 10, 0.1), 1)
  y <- scale * (X %*% beta + rnorm(n))
  data <- data.frame(y = y, X)
  fit <- lm(y ~ ., data)
  s <- summary(fit)
  ci <- confint(fit)
  standard <- coef(lm(scale(y) ~ scale(as.matrix(X))))
  coefficients[[id]] <- data.frame(
    id = id, term = rownames(ci), b = coef(fit), se = s$coefficients[, 2], t = s$coefficients[, 3],
    p = s$coefficients[, 4], ci_lower = ci[, 1], ci_upper = ci[, 2], beta = standard,
    df = fit$df.residual, n = n
  )
  first <- if (k > 1) lm(y ~ ., data[, 1:2]) else lm(y ~ 1, data)
  change <- anova(first, fit)
  r2_first <- summary(first)$r.squared
  models[[id]] <- data.frame(
    id = id, r2 = s$r.squared, adj_r2 = s$adj.r.squared, f = s$fstatistic[1], df1 = k,
    df2 = fit$df.residual, p = pf(s$fstatistic[1], k, fit$df.residual, lower.tail = FALSE),
    n = n, multiple_r = sqrt(s$r.squared), r2_first = r2_first, d_r2 = s$r.squared - r2_first,
    d_f = change$F[2], d_df = change$Df[2]
  )
}
out(coefficients, "lm_coefficients")
out(models, "lm_models")

# ---- glm: odds ratios with Wald intervals ---------------------------------------------------
odds <- list()
for (id in 1:many(200)) {
  n <- sample(c(60, 120, 300), 1)
  x <- cbind(rnorm(n), rbinom(n, 1, 0.5))
  y <- rbinom(n, 1, plogis(-0.2 + x %*% c(sample(c(0, 0.4, -0.7), 1), 0.5)))
  fit <- glm(y ~ x, family = binomial)
  s <- summary(fit)$coefficients
  ci <- exp(confint.default(fit))
  odds[[id]] <- data.frame(id = id, term = c("0", "1", "2"), b = s[, 1], se = s[, 2], z = s[, 3],
                           p = s[, 4], or = exp(s[, 1]), ci_lower = ci[, 1], ci_upper = ci[, 2])
}
out(odds, "glm_odds")

# ---- lavaan: paths of a mediation, and factor models true and not ---------------------------
paths <- list()
effects <- list()
for (id in 1:many(150)) {
  n <- sample(c(80, 213, 500), 1)
  x <- rnorm(n)
  m <- sample(c(0, 0.2, 0.5), 1) * x + rnorm(n)
  y <- sample(c(0, 0.3, -0.4), 1) * m + sample(c(0, 0.2), 1) * x + rnorm(n)
  fit <- sem("m ~ a*x\n y ~ b*m + c*x\n ab := a*b\n total := c + a*b", data.frame(x, m, y))
  e <- parameterEstimates(fit)
  e <- e[e$op != "~~", ]
  paths[[id]] <- data.frame(id = id, term = e$label, b = e$est, se = e$se, z = e$z, p = e$pvalue,
                            ci_lower = e$ci.lower, ci_upper = e$ci.upper)
  v <- setNames(e$est, e$label)
  effects[[id]] <- data.frame(id = id, a = v["a"], b = v["b"], c_prime = v["c"], ab = v["ab"],
                              c = v["total"])
}
out(paths, "lavaan_paths")
out(effects, "lavaan_effects")

fits <- list()
loadings <- list()
for (id in 1:many(260)) {
  n <- sample(c(100, 200, 301, 800), 1)
  k <- sample(3:5, 1)
  strength <- runif(2 * k, sample(c(0.2, 0.5, 0.7), 1), 0.9)
  phi <- sample(c(0, 0.4), 1)
  f1 <- rnorm(n)
  f2 <- phi * f1 + sqrt(1 - phi^2) * rnorm(n)
  X <- sapply(seq_len(2 * k), function(j) {
    strength[j] * (if (j <= k) f1 else f2) + sqrt(1 - strength[j]^2) * rnorm(n)
  })
  if (runif(1) < 0.5) {  # a model that is not true: two items share more than their factor
    shared <- rnorm(n)
    X[, 1] <- X[, 1] + 0.6 * shared
    X[, k + 1] <- X[, k + 1] + 0.6 * shared
  }
  X <- as.data.frame(scale(X))
  names(X) <- paste0("x", seq_len(2 * k))
  model <- paste0("f1 =~ ", paste(names(X)[1:k], collapse = " + "), "\nf2 =~ ",
                  paste(names(X)[(k + 1):(2 * k)], collapse = " + "))
  fit <- suppressWarnings(cfa(model, X, std.lv = TRUE))
  if (!lavInspect(fit, "converged")) {
    failed <- failed + 1
    next
  }
  m <- fitMeasures(fit)
  fits[[length(fits) + 1]] <- data.frame(
    id = id, chisq = m["chisq"], df = m["df"], p = m["pvalue"], n = n, rmsea = m["rmsea"],
    cfi = m["cfi"], tli = m["tli"], nfi = m["nfi"], chisq_df = m["chisq"] / m["df"]
  )
  s <- standardizedSolution(fit)
  s <- s[s$op == "=~", ]
  ave <- AVE(fit)
  cr <- compRelSEM(fit, obs.var = FALSE)
  for (f in c("f1", "f2")) {
    own <- s[s$lhs == f, ]
    a <- suppressWarnings(psych::alpha(cov(X[, own$rhs]), check.keys = FALSE, warnings = FALSE))$total
    loadings[[length(loadings) + 1]] <- data.frame(
      id = id, construct = f, item = own$rhs, loading = own$est.std, ave = ave[[f]], cr = cr[[f]],
      alpha_std = a$std.alpha, items = k
    )
  }
}
out(fits, "lavaan_fit")
out(loadings, "lavaan_loadings")

writeLines(c(R.version.string, paste("lavaan", packageVersion("lavaan")),
             paste("psych", packageVersion("psych")), paste("semTools", packageVersion("semTools")),
             paste("factor models that did not converge:", failed)), file.path(folder, "versions.txt"))
