# Path models whose solution must not depend on units or on where the search begins: lavaan's values.
#
#   Rscript tests/reference/sem/units.R     writes units_data.csv, units.csv
#
# Demo.growth (lavaan) and birthwt (MASS) are real data; the third set is simulated. lavaan fits
# them in units in which its own optimiser converges; the test rescales.

suppressPackageStartupMessages(library(lavaan))
argument <- grep("^--file=", commandArgs(FALSE), value = TRUE)
here <- dirname(normalizePath(sub("^--file=", "", argument)))
source(file.path(here, "fitting.R"))

set.seed(20261)
x <- rnorm(200)
y <- .5 * x + rnorm(200)
simulated <- round(data.frame(x, y, m = .3 * x + .5 * y + rnorm(200)), 6)
births <- transform(MASS::birthwt, bwt = bwt / 1000)[c("bwt", "lwt", "age", "smoke", "ht", "ui")]
data <- list(growth = Demo.growth[c("t1", "t2", "t3", "t4", "x1", "x2")], births = births,
             simulated = simulated, simulated_3 = 3 * simulated)
models <- list(
  instrument = c("growth", "t4 ~ t2; t2 ~ t1; t2 ~~ t4"),
  instruments = c("growth", "t4 ~ t2 + x1; t2 ~ t1 + x1 + x2; t2 ~~ t4"),
  chain = c("growth", "t4 ~ t3 + x2; t3 ~ t2 + x1; t2 ~ t1 + x1; t4 ~~ t3; t3 ~~ t2"),
  weight = c("births", "bwt ~ b*lwt + smoke + ui; lwt ~ age + ht + smoke; bwt ~~ lwt"),
  weight_equal = c("births", "bwt ~ lwt + a*smoke + a*ui; lwt ~ age + ht; bwt ~~ lwt"),
  fixed_covariance = c("simulated", "y ~ x; m ~ x; y ~~ 1.3*m"),
  fixed_variances = c("simulated_3", "y ~ x; m ~ x; y ~~ 1*y; m ~~ 1*m"),
  fixed_variance_low = c("simulated_3", "y ~ x; m ~ y + x; m ~~ 0.2*m"))

rows <- do.call(rbind, lapply(names(models), function(name) {
  of <- models[[name]]
  fit <- fit_at(polish(of[2], data[[of[1]]]), data[[of[1]]], "ML")
  fits <- parameter_rows(fit)[c("lhs", "op", "rhs", "est", "se")]
  measures <- fitMeasures(fit, c("chisq", "df", "logl"))
  cbind(model_id = name, dataset = of[1], syntax = of[2],
        rbind(fits, data.frame(lhs = names(measures), op = "fit", rhs = "",
                               est = as.numeric(measures), se = NA)))
}))
rows[c("est", "se")] <- lapply(rows[c("est", "se")], function(v)
  ifelse(is.na(v), "", formatC(v, digits = 15, format = "g", width = 1)))
write.csv(rows, file.path(here, "units.csv"), row.names = FALSE, quote = FALSE, eol = "\n")
for (name in c("growth", "births", "simulated"))
  write.csv(data[[name]], file.path(here, "data", paste0("units_", name, ".csv")),
            row.names = FALSE, eol = "\n")
