# Reference values of pooled regressions: data sets completed by mice, pooled by mice and mitml.
# Run in this folder:  Rscript pooling.R
# Writes pooling_data.csv (all completed data sets), pooling_reference.csv and pooling_versions.txt.
suppressPackageStartupMessages({ library(mice); library(mitml) })
options(digits = 17, contrasts = c("contr.treatment", "contr.poly"))
RNGkind("Mersenne-Twister", "Inversion", "Rejection")
out <- list(); stacked <- list()
add <- function(case, quantity, key, value)
  out[[length(out) + 1]] <<- data.frame(case = case, quantity = quantity, key = as.character(key),
                                        value = as.numeric(value))
make <- function(seed, n, share, arms = 3) {
  set.seed(seed); x <- rnorm(n); w <- .3 * x + rnorm(n); c <- rnorm(n); arm <- sample(letters[1:arms], n, TRUE)
  y <- .3 * x + .2 * w + .25 * x * w + .3 * c + .4 * (arm == "b") + rnorm(n)
  d <- data.frame(y, x, w, c, arm); d[1:4] <- round(d[1:4], 5)
  for (v in c("y", "x", "w")) d[sample(n, round(share * n)), v] <- NA
  d
}
settings <- data.frame(case = c("small", "medium", "large", "few", "many", "light", "arms"),
                       n = c(40, 100, 300, 80, 80, 120, 150), share = c(.15, .2, .25, .2, .2, .02, .2),
                       m = c(5, 10, 5, 3, 20, 5, 8), model = c("xw", "xw", "xwc", "xwc", "xw", "xw", "arm"))
for (i in seq_len(nrow(settings))) {
  s <- settings[i, ]; id <- s$case; d <- make(i, s$n, s$share); d$arm <- factor(d$arm)
  imp <- mice(d, m = s$m, maxit = 5, method = "pmm", seed = i, printFlag = FALSE)
  sets <- lapply(seq_len(s$m), function(k) complete(imp, k))
  for (k in seq_along(sets)) stacked[[length(stacked) + 1]] <- cbind(case = id, imputation = k, sets[[k]])
  mx <- mean(sapply(sets, function(z) mean(z$x))); mw <- mean(sapply(sets, function(z) mean(z$w)))
  sdw <- sqrt(mean(sapply(sets, function(z) var(z$w))))
  sets <- lapply(sets, function(z) transform(z, x = x - mx, w = w - mw))
  f <- switch(s$model, xw = y ~ x * w, xwc = y ~ x * w + c + arm, arm = y ~ x * arm + c)
  fits <- lapply(sets, function(z) lm(f, z))
  df_com <- fits[[1]]$df.residual
  p <- summary(pool(as.mira(fits)), conf.int = TRUE); info <- pool(as.mira(fits))$pooled
  for (j in seq_len(nrow(p))) {
    t <- as.character(p$term[j])
    add(id, "est", t, p$estimate[j]); add(id, "se", t, p$std.error[j]); add(id, "df", t, p$df[j])
    add(id, "pvalue", t, p$p.value[j]); add(id, "ci_lower", t, p$`2.5 %`[j]); add(id, "ci_upper", t, p$`97.5 %`[j])
    add(id, "within", t, info$ubar[j]); add(id, "between", t, info$b[j])
    add(id, "riv", t, info$riv[j]); add(id, "fmi", t, info$fmi[j])
  }
  R <- pool.r.squared(as.mira(fits)); A <- pool.r.squared(as.mira(fits), adjusted = TRUE)
  add(id, "r2", "est", R[1]); add(id, "r2", "lower", R[2]); add(id, "r2", "upper", R[3]); add(id, "r2", "fmi", R[4])
  add(id, "r2_adj", "est", A[1])
  scalar <- function(w) {                            # a combination of coefficients, by Rubin's rules
    b <- sapply(fits, function(z) sum(w * coef(z))); u <- sapply(fits, function(z) c(w %*% vcov(z) %*% w))
    q <- pool.scalar(b, u, n = nobs(fits[[1]]), k = length(coef(fits[[1]])))
    c(q$qbar, sqrt(q$t), q$df)
  }
  nm <- names(coef(fits[[1]])); e <- function(t) as.numeric(nm == t)
  if (s$model != "arm") {
    slope <- function(v) scalar(e("x") + (v - mw) * e("x:w"))
    sdall <- sd(unlist(lapply(sets, function(z) z$w)))
    for (j in 1:3) {
      at <- mw + (j - 2) * sdall; q <- slope(at)
      add(id, "slope_at", j, at); add(id, "slope_est", j, q[1]); add(id, "slope_se", j, q[2]); add(id, "slope_df", j, q[3])
    }
    excess <- function(v) { q <- slope(v); 2 * pt(-abs(q[1] / q[2]), q[3]) - .05 }
    grid <- mw + seq(-6, 6, by = .25) * sdall; g <- vapply(grid, excess, 0)
    for (j in which(g[-1] * g[-length(g)] < 0))
      add(id, "bound", j, uniroot(excess, grid[j + 0:1], tol = 1e-13)$root)
    add(id, "range", "lower", grid[1]); add(id, "range", "upper", tail(grid, 1))
  } else {
    for (a in c("a", "b", "c")) {
      q <- scalar(e("x") + e(paste0("x:arm", a)))
      add(id, "slope_est", a, q[1]); add(id, "slope_se", a, q[2]); add(id, "slope_df", a, q[3])
    }
  }
  if (s$model %in% c("xwc", "arm")) {
    drop <- if (s$model == "arm") ". ~ . - x:arm" else ". ~ . - arm"
    null <- lapply(sets, function(z) lm(update(f, as.formula(drop)), z))
    D <- testModels(fits, null, method = "D1", df.com = df_com)$test
    add(id, "d1", "f", D[1]); add(id, "d1", "df1", D[2]); add(id, "d1", "df2", D[3]); add(id, "d1", "p", D[4])
    D <- testModels(fits, null, method = "D1")$test
    add(id, "d1_large", "f", D[1]); add(id, "d1_large", "df2", D[3])
  }
}
write.csv(do.call(rbind, stacked), "pooling_data.csv", row.names = FALSE, quote = FALSE)
write.csv(settings, "pooling_cases.csv", row.names = FALSE, quote = FALSE)
r <- do.call(rbind, out); r$value <- formatC(r$value, digits = 17, format = "g")
write.csv(r, "pooling_reference.csv", row.names = FALSE, quote = 3)
writeLines(c(R.version.string, paste("mice", packageVersion("mice")), paste("mitml", packageVersion("mitml"))),
           "pooling_versions.txt")
