# Reference values of cluster-robust moderated regressions, by clubSandwich (CR2, Satterthwaite, HTZ).
# Run in this folder:  Rscript cluster_robust.R
# Writes cluster_data.csv (all data sets, one below the other), cluster_cases.csv (what is fitted),
# cluster_reference.csv (long) and cluster_versions.txt.
suppressPackageStartupMessages(library(clubSandwich))
options(digits = 17, contrasts = c("contr.treatment", "contr.poly"))
RNGkind("Mersenne-Twister", "Inversion", "Rejection")

out <- list()
add <- function(case, quantity, key, value)
  out[[length(out) + 1]] <<- data.frame(case = case, quantity = quantity, key = as.character(key),
                                        value = as.numeric(value))

# --- data sets: columns y x w a b (numeric) g (labels) id (cluster) ------------------------------
make <- function(seed, sizes, icc = 0.2, between_x = FALSE, between_w = FALSE, two = FALSE,
                 arms = 3, errors = "normal") {
  set.seed(seed)
  G <- length(sizes); id <- rep(seq_len(G), sizes); n <- length(id)
  u <- rnorm(G, sd = sqrt(icc)); s <- rnorm(G, sd = .5)
  x <- if (between_x) rnorm(G)[id] else rnorm(n) + .4 * rnorm(G)[id]
  w <- if (between_w) rnorm(G)[id] else .3 * x + rnorm(n)
  if (two) w <- as.numeric(w > 0)
  g <- sample(letters[seq_len(arms)], n, TRUE)
  e <- switch(errors, normal = rnorm(n, sd = sqrt(1 - icc)), hetero = rnorm(n) * exp(.4 * x))
  a <- rnorm(n); b <- rnorm(G)[id]
  y <- .3 * x + .2 * w + .25 * x * w + .3 * a + u[id] + s[id] * x + e
  d <- data.frame(y, x, w, a, b, g, id)
  d <- d[sample(n), ]                       # rows of a cluster need not stand together
  d[c("y", "x", "w", "a", "b")] <- round(d[c("y", "x", "w", "a", "b")], 6)
  d
}
uneven <- function(G, seed) { set.seed(seed); 2 + rpois(G, 6) + c(30, rep(0, G - 1)) }
real <- function(d, y, x, w, id) {
  n <- nrow(d); set.seed(1)
  data.frame(y = d[[y]], x = d[[x]], w = as.numeric(d[[w]]), a = round(rnorm(n), 6), b = 0,
             g = rep(c("a", "b", "c"), length.out = n), id = as.integer(factor(d[[id]])))
}
data("sleepstudy", package = "lme4"); data("cake", package = "lme4")
data("Orthodont", package = "nlme"); data("Oats", package = "nlme")
data_sets <- list(
  g60 = make(1, rep(10, 60)), g40_uneven = make(2, uneven(40, 2)), g30 = make(3, rep(8, 30)),
  g20_uneven = make(4, uneven(20, 4)), g20_between_x = make(5, rep(6, 20), between_x = TRUE),
  g15_between_w = make(6, uneven(15, 6), between_w = TRUE), g12_two = make(7, rep(7, 12), two = TRUE),
  g10 = make(8, rep(5, 10)), g10_uneven = make(9, uneven(10, 9)),
  g8_hetero = make(10, uneven(8, 10), errors = "hetero"), g6 = make(11, rep(12, 6)),
  g5_uneven = make(12, c(3, 5, 8, 20, 40)), g25_singles = make(13, c(rep(1, 15), rep(4, 10))),
  g16_arms4 = make(14, rep(9, 16), arms = 4), g100_pairs = make(15, rep(2, 100)),
  chicks = real(subset(ChickWeight, as.integer(as.character(Chick)) <= 40), "weight", "Time", "Diet", "Chick"),
  sleep = real(transform(sleepstudy, odd = as.integer(Subject) %% 3), "Reaction", "Days", "odd", "Subject"),
  co2 = real(transform(CO2, cold = as.integer(Treatment) - 1), "uptake", "conc", "cold", "Plant"),
  teeth = real(transform(as.data.frame(Orthodont), girl = as.integer(Sex) - 1), "distance", "age", "girl", "Subject"),
  oats = real(as.data.frame(Oats), "yield", "nitro", "Variety", "Block")
)
# a regressor and a moderator of a real data set are numbers here; Diet and Variety by their number
stacked <- do.call(rbind, lapply(names(data_sets), function(n) cbind(data = n, data_sets[[n]])))
write.csv(stacked, "cluster_data.csv", row.names = FALSE, quote = FALSE)

cases <- rbind(
  expand.grid(data = names(data_sets), covariates = c("", "a"), center = "mean",
              stringsAsFactors = FALSE),
  data.frame(data = c("g60", "g40_uneven", "g30", "g20_uneven", "g16_arms4", "g12_two", "chicks", "teeth"),
             covariates = "a;g", center = "mean"),
  data.frame(data = c("g40_uneven", "g10_uneven", "sleep"), covariates = "", center = "none"),
  data.frame(data = c("g30", "g20_between_x"), covariates = "b", center = "zscore"))
cases$case <- paste(cases$data, cases$center, gsub(";", "_", cases$covariates), sep = "-")
write.csv(cases[c("case", "data", "covariates", "center")], "cluster_cases.csv", row.names = FALSE, quote = FALSE)

shift <- function(v, center) {
  if (length(unique(v)) == 2 || center == "none") return(list(v = v, m = 0, s = 1))
  s <- if (center == "zscore") sd(v) else 1
  list(v = (v - mean(v)) / s, m = mean(v), s = s)
}
for (i in seq_len(nrow(cases))) {
  cs <- cases[i, ]; d <- data_sets[[cs$data]]; id <- cs$case
  X <- shift(d$x, cs$center); W <- shift(d$w, cs$center)
  two <- length(unique(d$w)) == 2
  f <- data.frame(y = d$y, x = X$v, w = W$v, a = d$a, b = d$b, g = d$g)
  covs <- strsplit(cs$covariates, ";")[[1]]
  fit <- lm(as.formula(paste(c("y ~ x * w", covs), collapse = " + ")), data = f)
  V <- vcovCR(fit, cluster = d$id, type = "CR2")
  ct <- coef_test(fit, vcov = V, test = "Satterthwaite")
  ci <- conf_int(fit, vcov = V, level = .95, test = "Satterthwaite")
  for (t in names(coef(fit))) {
    k <- match(t, names(coef(fit)))
    add(id, "est", t, coef(fit)[t]); add(id, "se", t, ct$SE[k]); add(id, "df", t, ct$df[k])
    add(id, "pvalue", t, ct$p_Satt[k])
    add(id, "ci_lower", t, ci$CI_L[k]); add(id, "ci_upper", t, ci$CI_U[k])
  }
  htz <- function(key, C) {
    w <- Wald_test(fit, constraints = C, vcov = V, test = "HTZ")
    add(id, "f", key, w$Fstat); add(id, "df2", key, w$df_denom); add(id, "pwald", key, w$p_val)
  }
  p <- length(coef(fit)); I <- diag(p); nm <- names(coef(fit))
  htz("product", I[nm == "x:w", , drop = FALSE])
  if ("g" %in% covs) htz("g", I[grepl("^g", nm), , drop = FALSE])
  htz("predictor,moderator,product", I[nm %in% c("x", "w", "x:w"), , drop = FALSE])
  row <- function(u) I[nm == "x", ] + u * I[nm == "x:w", ]
  contrast <- function(u) linear_contrast(fit, vcov = V, contrasts = t(row(u)), test = "Satterthwaite")
  at <- if (two) sort(unique(d$w)) else mean(d$w) + c(-1, 0, 1) * sd(d$w)
  for (j in seq_along(at)) {
    lc <- contrast((at[j] - W$m) / W$s)
    add(id, "slope_at", j, at[j]); add(id, "slope_est", j, lc$Est); add(id, "slope_se", j, lc$SE)
    add(id, "slope_df", j, lc$df); add(id, "slope_lower", j, lc$CI_L); add(id, "slope_upper", j, lc$CI_U)
  }
  if (!two) {                                # Johnson-Neyman: where p(u) of the t test crosses .05
    excess <- function(v) {
      lc <- contrast((v - W$m) / W$s); 2 * pt(-abs(lc$Est / lc$SE), lc$df) - .05
    }
    grid <- mean(d$w) + seq(-6, 6, by = .25) * sd(d$w); e <- vapply(grid, excess, 0)
    for (j in which(e[-1] * e[-length(e)] < 0))
      add(id, "bound", j, uniroot(excess, grid[j + 0:1], tol = 1e-13)$root)
    add(id, "bounds", "", sum(e[-1] * e[-length(e)] < 0))
    add(id, "range", "lower", grid[1]); add(id, "range", "upper", tail(grid, 1))
  }
}
r <- do.call(rbind, out)
r$value <- formatC(r$value, digits = 17, format = "g")
write.csv(r, "cluster_reference.csv", row.names = FALSE, quote = 3)
writeLines(c(R.version.string, paste("clubSandwich", packageVersion("clubSandwich"))), "cluster_versions.txt")
cat(nrow(cases), "cases\n")
