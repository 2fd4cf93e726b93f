# Reference values for path models, computed by lavaan (and boot).
#
#   Rscript tests/reference/sem/make_reference.R            everything (about 6 minutes)
#   Rscript tests/reference/sem/make_reference.R models     without the bootstrap (1 minute)
#   Rscript tests/reference/sem/make_reference.R sur_two …  these models, printed only
#
# To add a model: put its syntax in models/<model_id>.lav, name it in models.csv
# (and in nested_pairs.csv where a test of nested models is wanted), run the script.

suppressPackageStartupMessages({
  library(lavaan)
  library(boot)
})

argument <- grep("^--file=", commandArgs(FALSE), value = TRUE)
here <- if (length(argument)) dirname(normalizePath(sub("^--file=", "", argument))) else getwd()
file_in <- function(...) file.path(here, ...)
source(file_in("writing.R"))
source(file_in("fitting.R"))

RNGkind("Mersenne-Twister", "Inversion", "Rejection")

# ---- data ------------------------------------------------------------------------------------
# Every data set is rounded, written, and read back, so that lavaan and the reader of the CSV
# see the same numbers.

student <- function(n, df) rt(n, df) / sqrt(df / (df - 2))

standardize <- function(x) (x - mean(x)) / sd(x)

dummies <- function(n, prefix, levels, shares) {
  drawn <- sample(c("reference", levels), n, replace = TRUE, prob = shares)
  columns <- sapply(levels, function(level) as.integer(drawn == level))
  colnames(columns) <- paste(prefix, levels, sep = "_")
  as.data.frame(columns)
}

simulate_alliance <- function(n = 1175) {
  covariates <- cbind(
    dummies(n, "age", c("25_34", "35_44", "45_54", "55_64", "65_plus"),
            c(.22, .31, .21, .14, .08, .04)),
    dummies(n, "gender", c("man", "diverse"), c(.77, .20, .03)),
    dummies(n, "ethnicity", c("asian", "black", "mixed", "other"), c(.80, .07, .05, .05, .03)),
    dummies(n, "diagnosis", "yes", c(.45, .55)),
    dummies(n, "length", c("3_6_months", "6_12_months", "1_2_years", "over_2_years"),
            c(.16, .13, .12, .13, .46)),
    dummies(n, "frequency", c("fortnightly", "monthly", "other"), c(.62, .23, .09, .06)),
    dummies(n, "setting", c("public", "online"), c(.40, .15, .45))
  )
  index <- function() as.vector(as.matrix(covariates) %*% rnorm(ncol(covariates), sd = .3))
  spread <- function(x) exp(.25 * pmin(pmax(x, -2), 2))  # residuals wider where x is high
  distress <- standardize(index() + rnorm(n))
  rri <- standardize(-.2 * distress + index() + spread(distress) * rnorm(n))
  shared <- rnorm(n)
  component <- function(path, serial, load) {
    noise <- load * shared + sqrt(1 - load^2) * student(n, 5)
    standardize(path * distress + serial * rri + .5 * index() + .8 * spread(-rri) * noise)
  }
  task <- component(-.13, .48, .85)
  goal <- component(-.01, .51, .80)
  bond <- component(-.03, .53, .60)
  ses <- standardize(.47 * task + .08 * goal + .13 * bond + .16 * rri - .05 * distress +
                       .3 * index() + .6 * spread(-task) * student(n, 6))
  cbind(round(data.frame(distress, rri, task, goal, bond, ses), 6), covariates)
}

simulate_sur <- function(n = 120) {
  x <- matrix(rnorm(4 * n), n) %*% chol(.3 + .7 * diag(4))
  e <- matrix(rnorm(3 * n), n) %*% chol(.6 + .4 * diag(3))
  y1 <- .5 * x[, 1] + .2 * x[, 2] + e[, 1]
  y2 <- .4 * x[, 3] - .3 * x[, 4] + .2 * y1 + e[, 2]
  y3 <- .3 * x[, 1] + .3 * y2 + e[, 3]
  round(data.frame(x1 = x[, 1], x2 = x[, 2], x3 = x[, 3], x4 = x[, 4], y1, y2, y3), 4)
}

simulate_small_mediation <- function(n = 150) {
  group <- sample(rep(c("a", "b", "c"), length.out = n))
  x <- rnorm(n)
  m <- .5 * x + .3 * (group == "b") + rnorm(n)
  w <- .4 * m - .2 * x + rnorm(n)
  y <- .4 * m + .3 * w + .2 * x - .3 * (group == "c") + rnorm(n)
  round(data.frame(x, m, w, y, group_b = 1 * (group == "b"), group_c = 1 * (group == "c")), 4)
}

simulate_heavy_tails <- function(n = 400) {
  x <- student(n, 4)
  m <- .4 * x + student(n, 3)
  w <- .4 * m + .1 * x + student(n, 3)
  y <- .4 * w + .1 * m + student(n, 3)
  round(data.frame(x, m, w, y), 4)
}

simulate_heteroscedastic <- function(n = 300) {
  x <- rnorm(n)
  z <- rbinom(n, 1, .4)
  shared <- rnorm(n)
  m1 <- .4 * x + .3 * z + exp(.5 * x) * (shared + rnorm(n))
  m2 <- .3 * x - .2 * z + (1 + abs(x)) * (shared + rnorm(n))
  y <- .3 * m1 + .2 * m2 + .2 * x + (.5 + x^2) * rnorm(n)
  round(data.frame(x, z, m1, m2, y), 4)
}

simulate_scales <- function(n = 250) {
  x <- rnorm(n)
  u <- rnorm(n)
  small <- .5 * x + .3 * u + rnorm(n)
  y <- .4 * small + .2 * x + rnorm(n)
  large <- .3 * x + .4 * y + rnorm(n)
  data.frame(big = round(100 * x, 3), unit = round(u, 5), small = round(.03 * small, 7),
             y = round(.03 * y, 7), large = round(5 * large, 4))
}

simulate_tiny <- function(n = 14) {
  x <- matrix(rnorm(5 * n), n, dimnames = list(NULL, paste0("x", 1:5)))
  m <- x[, 1] - .5 * x[, 2] + rnorm(n)
  y <- .6 * m + .5 * x[, 4] + rnorm(n)
  round(data.frame(x, m, y), 3)
}

simulate_likert <- function(n = 220) {
  answer <- function(x) pmin(pmax(round(3.4 + 1.1 * standardize(x)), 1), 5)
  trait <- rnorm(n)
  latent <- sapply(1:5, function(item) trait + rnorm(n))
  as.data.frame(apply(latent, 2, answer)) |> setNames(paste0("q", 1:5))
}

simulate_misspecified <- function(n = 150) {
  x <- rnorm(n)
  y1 <- rt(n, 3)
  y2 <- 2 * y1 + x + rnorm(n)
  y3 <- -y1 + rnorm(n)
  y4 <- y2 + y1 + rnorm(n)
  round(data.frame(x, y1, y2, y3, y4), 4)
}

real_data <- function() {
  children <- HolzingerSwineford1939
  children <- data.frame(sex = children$sex - 1, age = children$ageyr,
                         school = 1 * (children$school == "Pasteur"), children[paste0("x", 1:9)])
  children[paste0("x", 1:9)] <- round(children[paste0("x", 1:9)], 6)
  admission <- psych::sat.act
  admission$gender <- admission$gender - 1
  states <- setNames(as.data.frame(state.x77), gsub("[. ]", "", colnames(state.x77)))
  years <- setNames(longley, gsub("[.]", "", names(longley)))
  # In units that keep the condition of the covariance matrix below 1e6, where lavaan's baseline
  # model begins to change the exogenous variances.
  years[c("GNP", "Unemployed", "ArmedForces")] <-
    years[c("GNP", "Unemployed", "ArmedForces")] / 100
  flowers <- cbind(iris[1:4], virginica = 1 * (iris$Species == "virginica"))
  list(holzinger = children, political_democracy = round(PoliticalDemocracy, 6), mtcars = mtcars,
       swiss = setNames(swiss, gsub("[.]", "", names(swiss))), iris = flowers, attitude = attitude,
       sat_act = na.omit(admission), states = states, longley = years)
}

simulated_data <- function() {
  makers <- list(alliance = simulate_alliance, sur = simulate_sur,
                 small_mediation = simulate_small_mediation, heavy_tails = simulate_heavy_tails,
                 heteroscedastic = simulate_heteroscedastic, scales = simulate_scales,
                 tiny = simulate_tiny, likert = simulate_likert,
                 misspecified = simulate_misspecified)
  seeds <- 20240100 + seq_along(makers)
  Map(function(maker, seed) { set.seed(seed); maker() }, makers, seeds)
}

write_data <- function() {
  sets <- c(real_data(), simulated_data())
  for (name in names(sets)) write_table(sets[[name]], "data", paste0(name, ".csv"))
}

read_data <- function(name) read.csv(file_in("data", paste0(name, ".csv")), check.names = FALSE)

# ---- fitting ---------------------------------------------------------------------------------

fit_all <- function(models) {
  fits <- list()
  for (i in seq_len(nrow(models))) {
    for (estimator in c("ML", "MLR")) {
      key <- paste(models$model_id[i], estimator)
      caught <- character()
      fits[[key]] <- withCallingHandlers(
        fit_tightly(read_syntax(models$model_id[i]), read_data(models$dataset[i]), estimator),
        warning = function(w) {
          caught <<- c(caught, gsub("\\s+", " ", conditionMessage(w)))
          invokeRestart("muffleWarning")
        })
      attr(fits[[key]], "caught") <- unique(caught)
    }
    message(sprintf("%3d/%d  %s", i, nrow(models), models$model_id[i]))
  }
  fits
}

read_syntax <- function(model_id) {
  paste(readLines(file_in("models", paste0(model_id, ".lav"))), collapse = "\n")
}

stack <- function(fits, rows_of) {
  do.call(rbind, lapply(names(fits), function(key) {
    id <- strsplit(key, " ")[[1]]
    data.frame(model_id = id[1], estimator = id[2], rows_of(fits[[key]]), row.names = NULL)
  }))
}

# ---- nested models ---------------------------------------------------------------------------

difference_rows <- function(pairs, fits) {
  do.call(rbind, lapply(seq_len(nrow(pairs)), function(i) {
    do.call(rbind, lapply(c("ML", "MLR"), function(estimator) {
      restricted <- fits[[paste(pairs$restricted[i], estimator)]]
      full <- fits[[paste(pairs$full[i], estimator)]]
      test <- lavTestLRT(full, restricted)[2, ]
      change <- function(name) fitMeasures(restricted, name) - fitMeasures(full, name)
      data.frame(pairs[i, ], estimator = estimator,
                 method = if (estimator == "ML") "standard" else "satorra.bentler.2001",
                 chisq_diff = test[["Chisq diff"]], df_diff = test[["Df diff"]],
                 pvalue = test[["Pr(>Chisq)"]], row.names = NULL)
    }))
  }))
}

# ---- bootstrap -------------------------------------------------------------------------------

bootstrapped <- list(mediation_covariates = 101, mediation_constrained = 102, sur_mediators = 103)
n_draws <- 200
levels_shown <- c(.90, .95)

draw_names <- function(fit) {
  table <- parTable(fit)
  free <- table[table$free > 0, ]
  paste0(free$lhs, free$op, free$rhs)
}

defined_draws <- function(fit, draws) {
  matrix(t(apply(draws, 1, fit@Model@def.function)), nrow(draws))
}

defined_names <- function(fit) with(parTable(fit), lhs[op == ":="])

# The cases of every draw, as lavaan kept them. With iseed = s they are set.seed(s), then one
# sample.int() a draw; but a model with equality constraints takes random numbers in between.
resampled_cases <- function(fit, seed) {
  kept <- suppressWarnings(
    bootstrapLavaan(fit, R = n_draws, FUN = "coef", iseed = seed, keep.idx = TRUE))
  attr(kept, "boot.idx")[[1]]
}

plainly_drawn <- function(n, seed) {
  set.seed(seed)
  t(replicate(n_draws, sample.int(n, replace = TRUE)))
}

standardized_row <- function(fit) {
  rows <- standardizedSolution(fit, type = "std.all", se = FALSE)
  exogenous <- with(parTable(fit), paste(lhs, op, rhs)[exo == 1])
  rows <- rows[rows$op %in% c("~", "~~") & !paste(rows$lhs, rows$op, rows$rhs) %in% exogenous, ]
  r_squared <- lavInspect(fit, "rsquare")
  c(setNames(rows$est.std, paste0(rows$lhs, rows$op, rows$rhs)),
    setNames(r_squared, paste0(names(r_squared), "~r2")))
}

interval_rows <- function(fit) {
  cells <- expand.grid(ci_type = c("perc", "bca.simple"), level = levels_shown,
                       stringsAsFactors = FALSE)
  do.call(rbind, lapply(seq_len(nrow(cells)), function(i) {
    rows <- suppressWarnings(parameterEstimates(fit, boot.ci.type = cells$ci_type[i],
                                                level = cells$level[i]))
    if (is.null(rows$label)) rows$label <- ""
    exogenous <- with(parTable(fit), paste(lhs, op, rhs)[exo == 1])
    rows <- rows[!paste(rows$lhs, rows$op, rows$rhs) %in% exogenous, ]
    data.frame(rows[c("lhs", "op", "rhs", "label", "est", "se", "z", "pvalue")], cells[i, ],
               ci_lower = rows$ci.lower, ci_upper = rows$ci.upper, row.names = NULL)
  }))
}

# lavaan's own draws stop where its optimiser does, some 1e-6 from the solution; the intervals are
# of these. The polished draws are the solutions for the same cases.
bootstrap_one <- function(id, syntax, data, seed) {
  fit <- suppressWarnings(
    sem(syntax, data = data, fixed.x = TRUE, control = tight, optim.force.converged = TRUE,
        se = "bootstrap", bootstrap = n_draws, iseed = seed))
  lavaans <- matrix(as.numeric(lavInspect(fit, "boot")), n_draws)
  cases <- resampled_cases(fit, seed)
  plainly <- identical(cases, plainly_drawn(nrow(data), seed))
  refits <- apply(cases, 1, function(rows) {
    fit_tightly(syntax, data[rows, ], "ML", se = "none", test = "none", baseline = FALSE)
  })
  polished <- t(sapply(refits, coef))
  standardized <- t(sapply(refits, standardized_row))
  with_defined <- function(draws) {
    wide <- as.data.frame(cbind(draws, defined_draws(fit, draws)))
    setNames(wide, c(draw_names(fit), defined_names(fit)))
  }
  write_table(setNames(as.data.frame(cases - 1L), seq_len(ncol(cases)) - 1L),
              paste0("bootstrap_indices_", id, ".csv"))
  write_table(with_defined(lavaans), paste0("bootstrap_lavaan_draws_", id, ".csv"))
  write_table(with_defined(polished), paste0("bootstrap_draws_", id, ".csv"))
  write_table(setNames(as.data.frame(standardized), colnames(standardized)),
              paste0("bootstrap_standardized_", id, ".csv"))
  apart <- max(abs(polished - lavaans))
  stopifnot(all(is.finite(lavaans)), apart < 1e-4)
  list(parameters = data.frame(model_id = id, interval_rows(fit)),
       check = data.frame(model_id = id, seed = seed, n_draws = n_draws,
                          plain_sample_int = plainly, lavaan_apart_from_polished = apart))
}

write_bootstrap <- function(models) {
  made <- lapply(names(bootstrapped), function(id) {
    data <- read_data(models$dataset[models$model_id == id])
    message("bootstrap  ", id)
    bootstrap_one(id, read_syntax(id), data, bootstrapped[[id]])
  })
  write_table(do.call(rbind, lapply(made, `[[`, "parameters")), "bootstrap_parameters.csv")
  write_table(do.call(rbind, lapply(made, `[[`, "check")), "bootstrap_checks.csv", digits = 3)
}

# ---- intervals -------------------------------------------------------------------------------

norm_inter_draws <- function() {
  set.seed(7)
  infinite <- rnorm(120)
  infinite[c(3, 50, 77)] <- c(Inf, NaN, -Inf)
  list(normal_19 = rnorm(19), normal_39 = rnorm(39), normal_199 = rnorm(199),
       normal_200 = rnorm(200), normal_999 = rnorm(999), normal_1000 = rnorm(1000),
       ties_150 = round(rnorm(150), 1), two_values_100 = rep(c(0, 1), 50), heavy_250 = rt(250, 2),
       skewed_333 = rexp(333), not_finite_120 = infinite)
}

write_norm_inter <- function() {
  sets <- norm_inter_draws()
  alphas <- sort(c((1 - c(.8, .9, .95, .99)) / 2, (1 + c(.8, .9, .95, .99)) / 2, .5, .001, .031))
  limits <- do.call(rbind, lapply(names(sets), function(name) {
    found <- suppressWarnings(boot:::norm.inter(sets[[name]], alphas))
    data.frame(set = name, alpha = alphas, rank_rounded = found[, 1], limit = found[, 2])
  }))
  write_table(limits, "norm_inter.csv", digits = 17)
  draws <- do.call(rbind, lapply(names(sets), function(name) {
    data.frame(set = name, draw = sub(" +", "", formatC(sets[[name]], digits = 17, format = "g")))
  }))
  write.csv(draws, file_in("norm_inter_draws.csv"), row.names = FALSE, quote = FALSE, eol = "\n")
}

# BCa by boot::boot.ci with the jackknife acceleration, for the effects of models/boot_bca.lav:
# least squares, which is its ML solution.
write_bca <- function(n = 60, seed = 104) {
  data <- read_data("small_mediation")[seq_len(n), ]
  effects <- function(data, rows) {
    chosen <- data[rows, ]
    a <- coef(lm(m ~ x, chosen))[["x"]]
    slopes <- coef(lm(y ~ m + x, chosen))
    b <- slopes[["m"]]
    c <- slopes[["x"]]
    c(a = a, b = b, c = c, indirect = a * b, total = c + a * b, share = a * b / (c + a * b))
  }
  set.seed(seed)
  drawn <- boot(data, effects, R = 399)
  cases <- boot.array(drawn, indices = TRUE)
  influence <- sapply(seq_along(drawn$t0), function(i) {
    values <- empinf(drawn, index = i, type = "jack")
    values - mean(values)  # about the mean of the jackknife values, as Efron has it
  })
  colnames(influence) <- names(drawn$t0)
  limits <- do.call(rbind, lapply(seq_along(drawn$t0), function(i) {
    do.call(rbind, lapply(levels_shown, function(level) {
      found <- boot.ci(drawn, conf = level, type = c("perc", "bca"), index = i,
                       L = influence[, i])
      data.frame(name = names(drawn$t0)[i], level = level, est = drawn$t0[[i]],
                 acceleration = sum(influence[, i]^3) / (6 * sum(influence[, i]^2)^1.5),
                 bias_correction = qnorm(mean(drawn$t[, i] < drawn$t0[[i]])),
                 percentile_lower = found$percent[4], percentile_upper = found$percent[5],
                 bca_lower = found$bca[4], bca_upper = found$bca[5])
    }))
  }))
  write_table(data, "data", "boot_bca.csv")
  write_table(setNames(as.data.frame(cases - 1L), seq_len(n) - 1L),
              "bootstrap_indices_boot_bca.csv")
  write_table(setNames(as.data.frame(drawn$t), names(drawn$t0)), "bootstrap_draws_boot_bca.csv")
  write_table(as.data.frame(influence), "bca_influence.csv")
  write_table(limits, "bca_limits.csv")
}

# ---- all -------------------------------------------------------------------------------------

write_versions <- function() {
  versions <- c(R.version.string, paste("lavaan", packageVersion("lavaan")),
                paste("boot", packageVersion("boot")), paste("psych", packageVersion("psych")),
                paste("made on", format(Sys.Date())))
  writeLines(versions, file_in("versions.txt"))
}

write_models <- function(models) {
  fits <- fit_all(models)
  write_table(stack(fits, parameter_rows), "parameters.csv")
  write_table(stack(fits, fit_measure_rows), "fit_measures.csv")
  write_table(stack(fits, r_squared_rows), "r_squared.csv")
  write_table(stack(fits, convergence_rows), "convergence.csv", digits = 3)
  pairs <- read.csv(file_in("nested_pairs.csv"))
  write_table(difference_rows(pairs, fits), "difference_tests.csv")
}

print_models <- function(models) {
  fits <- fit_all(models)
  print(stack(fits, parameter_rows), digits = 10)
  print(stack(fits, convergence_rows))
}

main <- function(asked = commandArgs(TRUE)) {
  write_data()
  models <- read.csv(file_in("models.csv"))
  if (length(asked) && asked[1] != "models") {
    return(print_models(models[models$model_id %in% asked, ]))
  }
  write_models(models)
  write_versions()
  if (!length(asked)) {
    write_bootstrap(models)
    write_norm_inter()
    write_bca()
  }
}

invisible(main())
