# What R says of moderated regressions: Rscript moderations.R FOLDER
#
# FOLDER holds a folder a case with data.csv (y, x, w, covariates) and center.txt. Writes
# statistics.csv into FOLDER: lm, sandwich, and the formulas of
# tests/reference/moderation/formulas.R.

suppressPackageStartupMessages(library(sandwich))
script <- normalizePath(sub("^--file=", "", grep("^--file=", commandArgs(FALSE), value = TRUE)))
source(file.path(dirname(script), "..", "reference", "moderation", "formulas.R"))
options(contrasts = c("contr.treatment", "contr.poly"))
folder <- commandArgs(TRUE)[1]
rows <- list()

run_case <- function(case) {
  add <- function(quantity, key, value)
    rows[[length(rows) + 1]] <<- data.frame(case, quantity, key = as.character(key),
                                            value = as.numeric(value), row.names = NULL)
  d <- read.csv(file.path(folder, case, "data.csv"), stringsAsFactors = TRUE)
  center <- readLines(file.path(folder, case, "center.txt"))
  shift <- function(v, center) {
    if (length(unique(v)) == 2) return(list(v = as.numeric(v == sort(unique(v))[2]), m = 0, s = 1))
    m <- if (center == "none") 0 else mean(v)
    s <- if (center == "zscore") sd(v) else 1
    list(v = (v - m) / s, m = m, s = s)
  }
  fit_with <- function(center) {
    X <- shift(d$x, center); W <- shift(d$w, center)
    used <- d; used$x <- X$v; used$w <- W$v
    list(fit = lm(reformulate(c("x", "w", "x:w", setdiff(names(d), c("y", "x", "w"))), "y"), used),
         used = used, m = W$m, s = W$s)
  }
  own <- fit_with(center)
  fit <- own$fit; s <- summary(fit); H <- hc3_qr(fit)
  for (term in names(coef(fit))) {
    add("est", term, coef(fit)[term]); add("se", term, s$coefficients[term, 2])
    add("se_hc3", term, sqrt(H[term, term]))
  }
  if (center != "none") {
    V <- vcovHC(fit, type = "HC3")
    add("sandwich", "", max(abs(sqrt(diag(V)) / sqrt(diag(H)) - 1)))
  }
  main <- update(fit, . ~ . - x:w, data = own$used)
  add("r2", "", s$r.squared); add("r2_adj", "", s$adj.r.squared)
  add("f_change", "", anova(main, fit)$F[2])

  # slopes and bounds from the centered fit, which is the same model without the cancellation
  probe <- if (center == "none") fit_with("mean") else own
  b <- coef(probe$fit); df <- probe$fit$df.residual
  two <- length(unique(d$w)) == 2
  points <- if (two) c(0, 1) else (mean(d$w) + c(-1, 0, 1) * sd(d$w) - probe$m) / probe$s
  for (kind in c("classical", "hc3")) {
    M <- if (kind == "hc3") hc3_qr(probe$fit) else vcov(probe$fit)
    slope <- function(u) b[["x"]] + u * b[["x:w"]]
    se <- function(u) sqrt(M["x", "x"] + 2 * u * M["x", "x:w"] + u^2 * M["x:w", "x:w"])
    for (j in seq_along(points)) {
      add("slope_est", paste(kind, j), slope(points[j]))
      add("slope_se", paste(kind, j), se(points[j]))
    }
    if (two) next
    grid <- (seq(min(d$w), max(d$w), length.out = 1000) - probe$m) / probe$s
    p <- 2 * pt(-abs(slope(grid) / se(grid)), df)
    found <- sum(p.adjust(p, "BH") <= .05)
    t_fdr <- qt(1 - .05 * max(found, 1) / 1000 / 2, df)
    for (how in c("plain", "fdr")) {
      t <- if (how == "fdr") t_fdr else qt(.975, df)
      u <- bounds(b[["x"]], b[["x:w"]], M["x", "x"], M["x:w", "x:w"], M["x", "x:w"], t)
      add("jn_count", paste(kind, how), length(u))
      for (j in seq_along(u)) add("jn_bound", paste(kind, how, j), u[j] * probe$s + probe$m)
    }
  }
}

for (case in list.dirs(folder, full.names = FALSE, recursive = FALSE)) run_case(case)
table <- do.call(rbind, rows)
table$value <- formatC(table$value, digits = 15, format = "g", width = 1)
write.csv(table, file.path(folder, "statistics.csv"), row.names = FALSE)
