# Reference values of models with latent variables, by lavaan and semTools.
#
#   Rscript tests/reference/sem/latent/make_reference.R               everything (3 minutes)
#   Rscript tests/reference/sem/latent/make_reference.R bfi_agree …   these models, printed only
#
# To add a model: write models/<model_id>.lav, name it in models.csv, run the script.

suppressPackageStartupMessages({
  library(lavaan)
  library(semTools)
})

argument <- grep("^--file=", commandArgs(FALSE), value = TRUE)
here <- if (length(argument)) dirname(normalizePath(sub("^--file=", "", argument))) else getwd()
file_in <- function(...) file.path(here, ...)
for (name in c("writing.R", "fitting.R", "constraints.R", "corpus.R")) source(file_in("..", name))

RNGkind("Mersenne-Twister", "Inversion", "Rejection")

# ---- data ------------------------------------------------------------------------------------

real <- list(
  holzinger = function() {
    with(HolzingerSwineford1939,
         data.frame(age = ageyr, sex = sex - 1, school = 1 * (school == "Pasteur"), x1, x2, x3, x4,
                    x5, x6, x7, x8, x9))
  },
  democracy = function() PoliticalDemocracy,
  bfi = function() {
    data <- na.omit(psychTools::bfi)[1:500, ]
    reversed <- c("A1", "C4", "C5", "E1", "E2", "O2", "O5")
    data[reversed] <- 7 - data[reversed]
    items <- outer(1:5, c("A", "C", "E", "N", "O"), function(number, scale) paste0(scale, number))
    data.frame(data[c(items)], age = data$age / 10, gender = data$gender - 1,
               education = data$education)
  },
  anxiety = function() {
    data <- psychTools::sai
    items <- c("anxious", "jittery", "nervous", "worrying", "calm", "secure", "at.ease", "rested")
    data <- na.omit(data[data$time == 1, items])[1:400, ]
    setNames(data, sub(".", "_", items, fixed = TRUE))
  },
  distress = function() {
    with(psychTools::epi.bfi,
         data.frame(neuroticism = bfneur / 10, extraversion = bfext / 10,
                    conscientiousness = bfcon / 10, epi_neuroticism = epiNeur,
                    epi_sociability = epiS, epi_impulsivity = epiImp, trait = traitanx / 10,
                    state = stateanx / 10, depression = bdi / 5))
  },
  growth = function() Demo.growth,
  waves = function() exLong[-1]
)

student <- function(n, df) rt(n, df) / sqrt(df / (df - 2))

items_of <- function(factor, name, loadings, noise = function() .7 * rnorm(length(factor))) {
  values <- sapply(loadings, function(loading) loading * factor + noise())
  setNames(as.data.frame(values), paste0(name, seq_along(loadings)))
}

simulated <- list(
  nine = function(n = 250) {
    g <- rbinom(n, 1, .5)
    z <- rnorm(n)
    X <- .3 * z + rnorm(n)
    M <- .5 * X + .3 * z + .2 * g + rnorm(n)
    Y <- .4 * M + .2 * X + .1 * z + rnorm(n)
    data.frame(items_of(X, "x", c(1, .9, .8)), items_of(M, "m", c(1, .8, .9)),
               items_of(Y, "y", c(1, 1.1, .7)), z, g, w = rnorm(n) + .2 * z)
  },
  twelve = function(n = 300) {
    g <- rbinom(n, 1, .4)
    X <- student(n, 6)
    M <- .5 * X + .3 * g + rnorm(n)
    W <- .3 * X + .3 * M + rnorm(n)
    Y <- .4 * M + .3 * W + .1 * X + rnorm(n)
    data.frame(items_of(X, "x", c(1, .9, .8)), items_of(M, "m", c(1, .8, .9)),
               items_of(W, "w", c(1, .7, .9)), items_of(Y, "y", c(1, 1.1, .7)), g)
  },
  skewed = function(n = 350) {
    z <- rexp(n) - 1
    f1 <- rexp(n) - 1
    f2 <- .4 * f1 + .3 * z + rexp(n) - 1
    i <- cbind(items_of(f1, "i", c(1, .8, .9, .7), function() rexp(n) - 1),
               items_of(f2, "i", c(1, .8, .9, .7), function() rexp(n) - 1))
    data.frame(setNames(i, paste0("i", 1:8)), z)
  },
  heywood = function(n = 60) {
    f <- rnorm(n)
    h1 <- f + .2 * rnorm(n)
    h2 <- .55 * h1 + rnorm(n) - .2 * f
    h3 <- .5 * h1 + rnorm(n) - .2 * f
    shared <- rnorm(n)
    data.frame(h1, h2, h3, h4 = .8 * f + .5 * shared + rnorm(n), h5 = .6 * h1 + rnorm(n),
               h6 = .7 * h1 + rnorm(n))
  },
  small = function(n = 60) {
    f <- rnorm(n)
    k <- .4 * f + rnorm(n)
    data.frame(items_of(f, "s", c(.7, .6, .5, .6)),
               setNames(items_of(k, "s", c(.8, .6, .5, .7)), paste0("s", 5:8)))
  },
  units = function(n = 280) {
    z <- rnorm(n)
    f <- .4 * z + rnorm(n)
    items <- items_of(f, "u", c(1, .8, .9, .7))
    items <- as.data.frame(t(t(items) * c(.1, 1, 20, 5)))
    data.frame(items, z, y = 3 * (.5 * f + .2 * z + rnorm(n)))
  },
  causes = function(n = 260) {
    c1 <- rnorm(n)
    c2 <- .3 * c1 + rnorm(n)
    c3 <- rbinom(n, 1, .5)
    f <- .4 * c1 + .3 * c2 + .5 * c3 + .6 * rnorm(n)
    shared <- rnorm(n)
    y <- .5 * f + .5 * shared + rnorm(n)
    w <- .4 * y + .6 * c2 + .4 * shared + rnorm(n)
    data.frame(items_of(f, "o", c(1, .8)), c1, c2, c3, y, w)
  }
)

# ---- fitting ---------------------------------------------------------------------------------

options_complete <- list(fixed.x = TRUE)

syntax_options <- function(model) {
  if (model$options == "") list() else setNames(list(TRUE), model$options)
}

fit_latent <- function(model, data) {
  syntax <- read_syntax(model$model_id)
  how <- syntax_options(model)
  own <- muffled(do.call("sem", c(list(syntax, data = data), options_complete, how)))
  if (needs_newton(own$value)) return(fit_constrained(syntax, data, how))
  solution <- do.call(polish, c(list(syntax, data, options_complete), how))
  fits <- fits_at(solution, data, options_complete)
  lapply(fits, function(fit) structure(fit, caught = said_of(own$caught, attr(fit, "caught"))))
}

said_of <- function(...) {
  said <- unlist(strsplit(c(...), " | ", fixed = TRUE))
  paste(unique(said), collapse = " | ")
}

# A bound that holds costs no degree of freedom with lavaan, an equation does: measures are those of
# lavaan's own fit, parameters those of the polished one.
fit_constrained <- function(syntax, data, how) {
  own_fit <- function(estimator) {
    muffled(do.call("sem", c(list(syntax, data = data, estimator = estimator,
                                  control = list(rel.tol = 1e-14)), options_complete, how)))
  }
  solution <- polish_constrained(own_fit("ML")$value, data, options_complete)
  lapply(estimators, function(estimator) {
    theirs <- own_fit(estimator)
    fit <- suppressWarnings(fit_at(solution, data, estimator, options_complete))
    structure(fit, caught = theirs$caught, own = theirs$value,
              newton_step_in_se = attr(solution, "lavaans_step_in_se"))
  })
}

measured <- function(rows) function(fit) {
  own <- attr(fit, "own")
  rows(if (is.null(own)) fit else own)
}

# What a constraint holds has a standard error of zero, which comes out as the root of -1e-17.
parameter_rows_held <- function(fit) {
  rows <- all_parameter_rows(fit)
  if (!is.null(attr(fit, "own"))) {
    rows$se[is.na(rows$se)] <- 0
    rows$std_all_se[is.na(rows$std_all_se)] <- 0
  }
  rows
}

lower_rows <- function(values) {
  at <- which(lower.tri(values[[1]], diag = TRUE), arr.ind = TRUE)
  names <- colnames(values[[1]])
  data.frame(lhs = names[at[, 1]], rhs = names[at[, 2]],
             lapply(values, function(matrix) as.numeric(matrix[at])))
}

# Residual correlations (Bentler) and standardized residuals (z), with the digits that z has.
residual_rows <- function(fit) {
  rows <- lower_rows(list(correlation = resid(fit, "cor.bentler")$cov,
                          z = suppressWarnings(resid(fit, "standardized"))$cov))
  transform(rows, correlation = signif(correlation, 7), z = signif(z, 7))
}

modification_rows <- function(fit) {
  rows <- tryCatch(as.data.frame(modindices(fit)), error = function(e) NULL)
  if (is.null(rows) || !nrow(rows)) return(NULL)
  rows <- rows[c("lhs", "op", "rhs", "mi", "epc", "sepc.lv", "sepc.all")]
  names(rows) <- sub(".", "_", names(rows), fixed = TRUE)
  rows[4:7] <- lapply(rows[4:7], signif, 7)
  rows[!is.na(rows$mi), ]
}

# Omega by observed and by implied variance, omega under equal loadings (alpha), AVE.
reliability_rows <- function(fit) {
  found <- function(expression) tryCatch(suppressWarnings(suppressMessages(expression)),
                                         error = function(e) NULL)
  omega <- found(compRelSEM(fit))
  if (is.null(omega)) return(NULL)
  values <- list(omega = omega, omega_implied = found(compRelSEM(fit, obs.var = FALSE)),
                 alpha = found(compRelSEM(fit, tau.eq = TRUE)), ave = found(AVE(fit)),
                 ave_implied = found(AVE(fit, obs.var = FALSE)))
  rows <- lapply(values, function(one) {
    if (is.null(one)) return(rep(NA_real_, length(omega)))
    as.numeric(unlist(one)[names(omega)])
  })
  data.frame(factor = names(omega), rows)
}

of_ml <- function(rows) function(fit) {
  if (lavInspect(fit, "options")$se == "standard") rows(fit)
}

solved_rows <- function(fit) {
  rows <- solution_rows(fit)
  own <- attr(fit, "newton_step_in_se")
  data.frame(rows, lavaans_step_in_se = if (is.null(own)) NA else signif(own, 3))[
    c("n_rows", "newton_step_in_se", "lavaans_step_in_se", "warnings")]
}

tables <- list(parameters = parameter_rows_held, fit_measures = measured(some_fit_measures),
               r_squared = of_ml(r_squared_rows), residuals = residual_rows,
               modification_indices = of_ml(modification_rows),
               reliability = of_ml(reliability_rows), solutions = solved_rows)

main <- function(asked = commandArgs(TRUE)) {
  write_data(c(real, simulated), first_seed = 20243000)
  models <- read_models()
  if (length(asked)) {
    return(write_fits(models[models$model_id %in% asked, ], fit_latent,
                      lapply(tables, function(rows) function(fit) print(rows(fit), digits = 8))))
  }
  write_fits(models, fit_latent, tables)
  write_versions("semTools", "psychTools", "numDeriv")
}

invisible(main())
