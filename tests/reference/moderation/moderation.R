# Reference values of moderated regressions, by lm, sandwich, emmeans, lmtest, car and hand formulas.
# Run in this folder:  Rscript moderation.R
# Writes data_<name>.csv, cases.csv (what is fitted), reference.csv (long), draws_*.csv, versions.txt.
suppressPackageStartupMessages({
  library(sandwich); library(lmtest); library(emmeans); library(car)
})
options(digits = 17, contrasts = c("contr.treatment", "contr.poly"))
RNGkind("Mersenne-Twister", "Inversion", "Rejection")

fmt <- function(x) ifelse(is.na(x), "", formatC(x, digits = 17, format = "g"))
out <- list()
add <- function(case, quantity, key, value)
  out[[length(out) + 1]] <<- data.frame(case = case, quantity = quantity, key = as.character(key),
                                        value = as.numeric(value))
save_data <- function(d, name) write.csv(d, paste0("data_", name, ".csv"), row.names = FALSE,
                                         quote = FALSE)

# --- data sets ---------------------------------------------------------------------------------
make <- function(seed, n, r, b, errors = "normal", offset = c(0, 0), k = 0, two_level = FALSE) {
  set.seed(seed)
  x <- rnorm(n); w <- r * x + sqrt(1 - r^2) * rnorm(n)
  if (two_level) w <- as.numeric(w > 0)
  e <- switch(errors, normal = rnorm(n), t3 = rt(n, 3), skew = rexp(n) - 1,
              hetero = rnorm(n) * exp(0.5 * x))
  y <- b[1] * x + b[2] * w + b[3] * x * w + e
  d <- data.frame(y = y, x = x + offset[1], w = w + offset[2])
  for (j in seq_len(k)) { d[[paste0("c", j)]] <- rnorm(n); d$y <- d$y + 0.3 * d[[paste0("c", j)]] }
  round(d, 6)
}
twin <- make(1, 81, .5, c(.3, .3, .25))
data_sets <- list(
  small = make(2, 25, .3, c(.5, .2, .6)),
  twin_like = twin,
  offset = make(3, 120, .4, c(.4, 0, .2), offset = c(50, 1000)),
  heavy = make(4, 90, -.3, c(.2, .1, -.3), "t3", k = 2),
  hetero = make(5, 200, .2, c(.3, .3, .1), "hetero", k = 1),
  skewed = make(6, 60, 0, c(0, .5, 0), "skew", k = 3),
  null = make(7, 150, .1, c(0, 0, 0)),
  strong_main = make(8, 100, .2, c(1.5, 0, .02)),
  two_level = make(9, 81, .3, c(.2, .4, .5), k = 1, two_level = TRUE),
  mtcars = mtcars[, c("mpg", "wt", "hp", "am", "qsec", "cyl")],
  toothgrowth = data.frame(len = ToothGrowth$len, dose = ToothGrowth$dose,
                           supp = as.character(ToothGrowth$supp)),
  iris = data.frame(sl = iris$Sepal.Length, sw = iris$Sepal.Width, pl = iris$Petal.Length,
                    species = as.character(iris$Species)),
  swiss = swiss[, c("Fertility", "Education", "Catholic", "Agriculture")]
)
for (name in names(data_sets)) save_data(data_sets[[name]], name)

cases <- read.csv(text = "case,data,outcome,predictor,moderator,covariates,center
small,small,y,x,w,,mean
twin_like,twin_like,y,x,w,,mean
twin_like_raw,twin_like,y,x,w,,none
twin_like_z,twin_like,y,x,w,,zscore
offset_mean,offset,y,x,w,,mean
offset_raw,offset,y,x,w,,none
heavy,heavy,y,x,w,c1;c2,mean
hetero,hetero,y,x,w,c1,mean
skewed,skewed,y,x,w,c1;c2;c3,mean
null,null,y,x,w,,mean
strong_main,strong_main,y,x,w,,mean
two_level,two_level,y,x,w,c1,mean
two_level_predictor,two_level,y,w,x,,mean
mtcars_hp,mtcars,mpg,wt,hp,,mean
mtcars_cov,mtcars,mpg,wt,hp,qsec,none
mtcars_am,mtcars,mpg,wt,am,,mean
toothgrowth,toothgrowth,len,dose,supp,,mean
iris,iris,sl,sw,pl,species,mean
swiss,swiss,Fertility,Education,Catholic,Agriculture,mean", colClasses = "character")
write.csv(cases, "cases.csv", row.names = FALSE, quote = FALSE)

source("formulas.R")

for (i in seq_len(nrow(cases))) {
  cs <- cases[i, ]; d <- data_sets[[cs$data]]; id <- cs$case
  y <- d[[cs$outcome]]; x <- d[[cs$predictor]]; w <- d[[cs$moderator]]
  two <- length(unique(w)) == 2
  code <- function(v) as.numeric(v == sort(unique(v))[2])
  shift <- function(v) {
    if (length(unique(v)) == 2) return(list(v = code(v), m = 0, s = 1))
    m <- if (cs$center == "none") 0 else mean(v)
    s <- if (cs$center == "zscore") sd(v) else 1
    list(v = (v - m) / s, m = m, s = s)
  }
  X <- shift(x); W <- shift(w)
  df <- data.frame(y = y, x = X$v, w = W$v)
  covs <- strsplit(cs$covariates, ";")[[1]]
  for (cv in covs) df[[cv]] <- if (is.character(d[[cv]])) factor(d[[cv]]) else d[[cv]]
  rhs <- paste(c("x", "w", "x:w", covs), collapse = " + ")
  fit <- lm(as.formula(paste("y ~ x + w + x:w", if (length(covs)) paste("+", paste(covs,
            collapse = " + ")))), data = df)
  # lm moves x:w to the end; keep its own names
  main <- update(fit, . ~ . - x:w)
  s <- summary(fit); V <- vcov(fit); H <- hc3_qr(fit)
  if (cs$center != "none") stopifnot(all.equal(H, vcovHC(fit, type = "HC3"), tolerance = 1e-9))
  ct <- coeftest(fit, vcov. = H)
  ci <- confint(fit)
  for (term in rownames(s$coefficients)) {
    add(id, "est", term, coef(fit)[term]); add(id, "se", term, s$coefficients[term, 2])
    add(id, "t", term, s$coefficients[term, 3]); add(id, "pvalue", term, s$coefficients[term, 4])
    add(id, "se_hc3", term, ct[term, 2]); add(id, "pvalue_hc3", term, ct[term, 4])
    add(id, "ci_lower", term, ci[term, 1]); add(id, "ci_upper", term, ci[term, 2])
  }
  cmp <- anova(main, fit)
  add(id, "r2_main", "", summary(main)$r.squared); add(id, "r2", "", s$r.squared)
  add(id, "r2_adj", "", s$adj.r.squared)
  add(id, "f_change", "", cmp$F[2]); add(id, "p_change", "", cmp$`Pr(>F)`[2])
  add(id, "f2_change", "", (s$r.squared - summary(main)$r.squared) / (1 - s$r.squared))
  # partial r2 by residual sums of squares
  for (term in c("x", "w", "x:w")) {
    Xm <- model.matrix(fit); without <- lm.fit(Xm[, colnames(Xm) != term, drop = FALSE], y)
    rss0 <- sum(without$residuals^2); rss1 <- sum(residuals(fit)^2)
    add(id, "partial_r2", term, (rss0 - rss1) / rss0)
    add(id, "semipartial_r2", term, (rss0 - rss1) / sum((y - mean(y))^2))
  }
  add(id, "est_std", "x:w", coef(fit)["x:w"] * sd(df$x) * sd(df$w) / sd(y))

  # Slopes and bounds of the uncentred cases are read from the mean-centred fit, which is the same
  # model without the cancellation.
  if (cs$center == "none") {
    X$m <- mean(x); W$m <- mean(w)
    centred <- df; centred$x <- df$x - X$m; centred$w <- df$w - W$m
    slope_fit <- update(fit, data = centred)
  } else slope_fit <- fit
  V <- vcov(slope_fit); H <- hc3_qr(slope_fit); b_hat <- coef(slope_fit)

  # simple slopes by emmeans
  pts <- if (two) c(0, 1) else (mean(w) + c(-1, 0, 1) * sd(w) - W$m) / W$s
  for (se in c("classical", "hc3")) {
    em <- emtrends(slope_fit, ~ w, var = "x", at = list(w = pts), vcov. = if (se == "hc3") H else V)
    em <- as.data.frame(summary(em, infer = c(TRUE, TRUE)))
    for (j in seq_along(pts)) {
      key <- paste(se, j, sep = "/")
      # emtrends differentiates numerically; the hand formula is exact, the two are compared here
      b <- b_hat["x"] + pts[j] * b_hat["x:w"]; M <- if (se == "hc3") H else V
      sd_b <- sqrt(M["x", "x"] + 2 * pts[j] * M["x", "x:w"] + pts[j]^2 * M["x:w", "x:w"])
      stopifnot(abs(em$x.trend[j] - b) < 1e-6 * max(1, abs(b)), abs(em$SE[j] - sd_b) < 1e-6 * sd_b)
      add(id, "slope_est", key, b); add(id, "slope_se", key, sd_b)
      add(id, "slope_t", key, b / sd_b)
      add(id, "slope_p", key, 2 * pt(-abs(b / sd_b), fit$df.residual))
      add(id, "slope_lower", key, b - qt(.975, fit$df.residual) * sd_b)
      add(id, "slope_upper", key, b + qt(.975, fit$df.residual) * sd_b)
      if (!two) add(id, "slope_at", key, pts[j] * W$s + W$m)
    }
  }
  # Johnson-Neyman, with and without control of the false-discovery rate
  if (!two) for (se in c("classical", "hc3")) {
    M <- if (se == "hc3") H else V
    grid <- (seq(min(w), max(w), length.out = 1000) - W$m) / W$s
    b <- b_hat["x"] + grid * b_hat["x:w"]
    sdb <- sqrt(M["x", "x"] + 2 * grid * M["x", "x:w"] + grid^2 * M["x:w", "x:w"])
    p <- 2 * pt(-abs(b / sdb), fit$df.residual)
    found <- sum(p.adjust(p, "BH") <= .05)
    t_fdr <- qt(1 - .05 * max(found, 1) / 1000 / 2, fit$df.residual)
    add(id, "jn_t_fdr", se, t_fdr)
    for (kind in c("plain", "fdr")) {
      t <- if (kind == "fdr") t_fdr else qt(.975, fit$df.residual)
      u <- bounds(b_hat["x"], b_hat["x:w"], M["x", "x"], M["x:w", "x:w"], M["x", "x:w"], t)
      add(id, "jn_count", paste(se, kind, sep = "/"), length(u))
      for (j in seq_along(u)) {
        value <- u[j] * W$s + W$m
        add(id, "jn_bound", paste(se, kind, j, sep = "/"), value)
        # by uniroot as well, where the root is simple enough to bracket
        f <- function(z) { v <- (z - W$m) / W$s
          abs(b_hat["x"] + v * b_hat["x:w"]) / sqrt(M["x", "x"] + 2 * v * M["x", "x:w"] +
            v^2 * M["x:w", "x:w"]) - t }
        h <- 1e-3 * max(1, abs(value))
        if (sign(f(value - h)) != sign(f(value + h)))
          stopifnot(abs(uniroot(f, value + c(-h, h), tol = 1e-12)$root - value) <
                      1e-7 * max(1, abs(value)))
      }
    }
  }
  # influence and assumptions
  add(id, "max_cook", "", max(cooks.distance(fit))); add(id, "max_hat", "", max(hatvalues(fit)))
  add(id, "max_rstudent", "", max(abs(rstudent(fit))))
  add(id, "max_rstandard", "", max(abs(rstandard(fit))))
  add(id, "max_dffits", "", max(abs(dffits(fit))))
  add(id, "max_dfbetas", "", max(abs(dfbetas(fit)[, "x:w"])))
  p_without <- vapply(seq_len(nrow(df)), function(r)
    summary(update(fit, data = df[-r, ]))$coefficients["x:w", 4], 0)
  est_without <- vapply(seq_len(nrow(df)), function(r) coef(update(fit, data = df[-r, ]))["x:w"], 0)
  add(id, "min_p_without", "", min(p_without)); add(id, "max_p_without", "", max(p_without))
  add(id, "min_est_without", "", min(est_without))
  sh <- shapiro.test(residuals(fit)); add(id, "shapiro_w", "", sh$statistic)
  add(id, "shapiro_p", "", sh$p.value)
  bp <- bptest(fit); add(id, "bp", "", bp$statistic); add(id, "bp_p", "", bp$p.value)
  rs <- resettest(fit, power = 2, type = "fitted")
  add(id, "reset", "", rs$statistic); add(id, "reset_p", "", rs$p.value)
  if (!any(vapply(df, is.factor, TRUE)))
    add(id, "max_vif", "", max(vif(fit, type = "terms")))
  # with the squares of both factors
  if (!two && length(unique(x)) > 2) {
    sq <- update(slope_fit, . ~ . + I(x^2) + I(w^2))
    add(id, "curvature_est", "", coef(sq)["x:w"])
    add(id, "curvature_p", "", summary(sq)$coefficients["x:w", 4])
  }
  # correlations of outcome, predictor and moderator
  if (is.numeric(w)) for (pair in list(c("x", "y"), c("w", "y"), c("x", "w"))) {
    v <- list(x = x, w = w, y = y); test <- cor.test(v[[pair[1]]], v[[pair[2]]])
    key <- paste(pair, collapse = "/")
    add(id, "r", key, test$estimate); add(id, "r_p", key, test$p.value)
    add(id, "r_lower", key, test$conf.int[1]); add(id, "r_upper", key, test$conf.int[2])
  }
  # five bootstrap draws on stored indices
  if (id %in% c("twin_like", "offset_raw", "mtcars_cov", "two_level")) {
    set.seed(100 + i)
    idx <- t(replicate(5, sample.int(nrow(df), replace = TRUE)))
    write.table(idx - 1, paste0("draws_", id, ".csv"), sep = ",", row.names = FALSE,
                col.names = FALSE)
    for (r in 1:5) {
      b <- update(fit, data = df[idx[r, ], ]); m <- update(main, data = df[idx[r, ], ])
      add(id, "draw_est", paste("x:w", r, sep = "/"), coef(b)["x:w"])
      add(id, "draw_est", paste("x", r, sep = "/"), coef(b)["x"])
      add(id, "draw_change", r, summary(b)$r.squared - summary(m)$r.squared)
    }
  }
}
ref <- do.call(rbind, out)
ref$value <- fmt(ref$value)
write.csv(ref, "reference.csv", row.names = FALSE, quote = FALSE)
packages <- c("sandwich", "lmtest", "emmeans", "car")
writeLines(c(R.version.string, vapply(packages, function(p)
  paste(p, packageVersion(p)), "")), "versions.txt")
