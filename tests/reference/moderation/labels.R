# Reference values of regressions with labels, by lm, car, emmeans and hand formulas.
# Run in this folder:  Rscript labels.R
# Writes labels_data.csv, labels_cases.csv, labels_reference.csv and labels_versions.txt.
suppressPackageStartupMessages({ library(car); library(emmeans); library(sandwich) })
options(digits = 17, contrasts = c("contr.treatment", "contr.poly"))
RNGkind("Mersenne-Twister", "Inversion", "Rejection")

out <- list()
add <- function(case, quantity, key, value)
  out[[length(out) + 1]] <<- data.frame(case = case, quantity = quantity, key = as.character(key),
                                        value = as.numeric(value))
# columns: y x c (numbers), arm site (labels, some of them digits), dose (two numbers)
make <- function(seed, n, arms, b, sites = c("a", "b")) {
  set.seed(seed); x <- round(rnorm(n, 5, 2), 5); arm <- sample(arms, n, TRUE)
  dose <- sample(c(10, 20), n, TRUE); c <- round(rnorm(n), 5); site <- sample(sites, n, TRUE)
  y <- .3 * x + b[match(arm, arms)] * (x - 5) + .05 * dose * x / 10 + .3 * c + rnorm(n)
  data.frame(y = round(y, 5), x, c, arm, site, dose)
}
data_sets <- list(
  digits = make(1, 150, c("1", "2", "3"), c(0, .5, -.3)),
  digits_many = make(2, 240, c("2", "10", "1", "3"), c(0, .2, .4, -.2), c("1", "2", "3")),
  words = make(3, 90, c("waiting list", "group", "single"), c(0, .6, .1)),
  equal = make(4, 120, c("A", "B", "C"), c(0, 0, 0)),
  two = make(5, 100, c("1", "2"), c(0, .5)),
  codes = make(6, 100, c("7", "8"), c(.2, .2)),
  iris = with(iris, data.frame(y = Sepal.Length, x = Petal.Length, c = Sepal.Width,
                               arm = as.character(Species), site = rep(c("a", "b"), 75), dose = rep(c(10, 20), 75))),
  chickwts = with(subset(ChickWeight, Time == 21), data.frame(y = weight, x = as.numeric(as.character(Chick)),
                  c = weight %% 7, arm = as.character(Diet), site = rep_len(c("a", "b", "c"), length(Diet)),
                  dose = rep_len(c(1, 2), length(Diet))))
)
stacked <- do.call(rbind, lapply(names(data_sets), function(n) cbind(data = n, data_sets[[n]])))
write.csv(stacked, "labels_data.csv", row.names = FALSE, quote = c(1, 5, 6))
cases <- rbind(
  expand.grid(data = names(data_sets), predictor = "x", moderator = "arm", covariates = c("", "c;site"),
              stringsAsFactors = FALSE),
  expand.grid(data = c("digits", "words", "chickwts"), predictor = "arm", moderator = "x", covariates = "c",
              stringsAsFactors = FALSE),
  expand.grid(data = c("digits", "codes", "chickwts"), predictor = c("x"), moderator = "dose", covariates = c("", "site"),
              stringsAsFactors = FALSE),
  data.frame(data = c("digits", "words"), predictor = "dose", moderator = "arm", covariates = "x"))
cases$case <- paste(cases$data, cases$predictor, cases$moderator, gsub(";", "_", cases$covariates), sep = "-")
write.csv(cases[c("case", "data", "predictor", "moderator", "covariates")], "labels_cases.csv",
          row.names = FALSE, quote = FALSE)

roots <- function(b1, b3, v11, v33, v13, t) {
  a <- b3^2 - t^2 * v33; b <- b1 * b3 - t^2 * v13; c <- b1^2 - t^2 * v11; d <- b^2 - a * c
  if (d <= 0) numeric(0) else sort((-b + c(-1, 1) * sqrt(d)) / a)
}
for (i in seq_len(nrow(cases))) {
  cs <- cases[i, ]; id <- cs$case; d <- data_sets[[cs$data]]
  for (v in c("arm", "site")) d[[v]] <- factor(d[[v]], levels = sort(unique(d[[v]]), method = "radix"))
  m <- c(x = mean(d$x)); d$x <- d$x - m["x"]       # centred, as the fits are
  if (!"x" %in% c(cs$predictor, cs$moderator)) { d$x <- d$x + m["x"] }
  covs <- strsplit(cs$covariates, ";")[[1]]
  fit <- lm(as.formula(paste("y ~", paste(c(paste(cs$predictor, "*", cs$moderator), covs), collapse = " + "))), d)
  co <- summary(fit)$coefficients; H <- vcovHC(fit, "HC3"); V <- vcov(fit); nm <- rownames(co)
  for (t in nm) {
    add(id, "est", t, co[t, 1]); add(id, "se", t, co[t, 2]); add(id, "pvalue", t, co[t, 4])
    add(id, "se_hc3", t, sqrt(H[t, t]))
  }
  for (kind in c("classical", "hc3")) {
    A <- if (kind == "hc3") suppressMessages(Anova(fit, type = 3, white.adjust = "hc3")) else Anova(fit, type = 3)
    for (t in setdiff(rownames(A), c("(Intercept)", "Residuals"))) {
      add(id, paste0("f_", kind), t, A[t, grep("^F", colnames(A))]); add(id, paste0("p_", kind), t, A[t, "Pr(>F)"])
    }
  }
  full <- summary(fit); main <- update(fit, as.formula(paste(". ~ . -", paste0(cs$predictor, ":", cs$moderator))))
  cmp <- anova(main, fit)
  add(id, "r2", "", full$r.squared); add(id, "r2_main", "", summary(main)$r.squared)
  add(id, "f_change", "", cmp$F[2]); add(id, "p_change", "", cmp$`Pr(>F)`[2])
  if (cs$predictor == "x" && cs$moderator == "arm") {
    em <- emtrends(fit, ~ arm, var = "x"); s <- as.data.frame(summary(em, infer = c(TRUE, TRUE)))
    L <- levels(d$arm)
    for (j in seq_along(L)) {                       # emtrends differentiates; the sum is exact
      w <- as.numeric(nm == "x") + as.numeric(nm == paste0("x:arm", L[j]))
      b <- sum(w * coef(fit)); se <- sqrt(c(w %*% V %*% w))
      stopifnot(abs(b - s$x.trend[j]) < 1e-6, abs(se - s$SE[j]) < 1e-6)
      add(id, "slope_est", L[j], b); add(id, "slope_se", L[j], se)
      add(id, "slope_p", L[j], 2 * pt(-abs(b / se), fit$df.residual))
    }
    pairs <- combn(seq_along(L), 2)                 # where along x two levels differ
    for (p in seq_len(ncol(pairs))) {
      lo <- pairs[1, p]; hi <- pairs[2, p]
      pick <- function(prefix) as.numeric(nm == paste0(prefix, L[hi])) - as.numeric(nm == paste0(prefix, L[lo]))
      w1 <- pick("arm"); w3 <- pick("x:arm"); q <- function(a, b, M = V) c(a %*% M %*% b)
      key <- paste0("arm[", L[hi], if (length(L) > 2) paste(" -", L[lo]) else "", "]")
      for (kind in c("classical", "hc3")) {
        M <- if (kind == "hc3") H else V
        r <- roots(sum(w1 * coef(fit)), sum(w3 * coef(fit)), q(w1, w1, M), q(w3, w3, M), q(w1, w3, M),
                   qt(.975, fit$df.residual)) + m["x"]
        add(id, paste0("bounds_", kind), key, length(r))
        for (j in seq_along(r)) add(id, paste0("bound_", kind), paste(key, j), r[j])
      }
      # the difference of two levels at the mean of x, checked against emmeans
      em2 <- as.data.frame(contrast(emmeans(fit, ~ arm | x, at = list(x = 0)), "revpairwise"))
      diff <- sum(w1 * coef(fit)); stopifnot(min(abs(em2$estimate - diff)) < 1e-9)
      add(id, "difference", key, diff); add(id, "difference_se", key, sqrt(q(w1, w1)))
    }
  }
}
r <- do.call(rbind, out); r$value <- formatC(r$value, digits = 17, format = "g")
write.csv(r, "labels_reference.csv", row.names = FALSE, quote = 3)
writeLines(c(R.version.string, paste(c("car", "emmeans", "sandwich"),
  vapply(c("car", "emmeans", "sandwich"), function(p) as.character(packageVersion(p)), ""))), "labels_versions.txt")
cat(nrow(cases), "cases\n")
