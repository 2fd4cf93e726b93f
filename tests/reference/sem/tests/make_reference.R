# Reference values of tests of hypotheses, of Monte Carlo intervals and of lavaan's syntax.
#
#   Rscript tests/reference/sem/tests/make_reference.R      everything (4 minutes)
#
# The models and data of hypotheses.csv are those of the neighboring folders: their scripts come
# first.

suppressPackageStartupMessages({
  library(lavaan)
  library(semTools)
})

argument <- grep("^--file=", commandArgs(FALSE), value = TRUE)
here <- if (length(argument)) dirname(normalizePath(sub("^--file=", "", argument))) else getwd()
file_in <- function(...) file.path(here, ...)
for (name in c("writing.R", "fitting.R", "constraints.R", "corpus.R")) source(file_in("..", name))

RNGkind("Mersenne-Twister", "Inversion", "Rejection")

# ---- models of the neighbors -----------------------------------------------------------------

room <- function(folder, ...) {
  if (folder == "path") file_in("..", ...) else file_in("..", folder, ...)
}

model_of <- function(folder, model_id) {
  models <- read.csv(room(folder, "models.csv"), colClasses = "character")
  model <- models[models$model_id == model_id, ]
  ending <- if (folder == "path") ".csv" else ".csv.gz"
  missing <- folder == "missing" || identical(model$missing, "fiml")
  options <- if (missing) {
    list(missing = "ml", fixed.x = FALSE, em.h1.tol = 1e-11, em.h1.iter.max = 20000)
  } else {
    list(fixed.x = TRUE)
  }
  if (folder == "clusters" && !missing) options$meanstructure <- TRUE
  list(syntax = paste(readLines(room(folder, "models", paste0(model_id, ".lav"))), collapse = "\n"),
       data = read.csv(room(folder, "data", paste0(model$dataset, ending)), check.names = FALSE),
       options = options, cluster = model$cluster)
}

# A restricted model is searched for from the solution of the full one.
fits_of <- function(model, constraints = "", full = NULL) {
  syntax <- paste(c(model$syntax, gsub(";", "\n", constraints)), collapse = "\n")
  start <- if (is.null(full)) "default" else full$ML
  own <- suppressWarnings(do.call("sem", c(list(syntax, data = model$data, se = "none",
                                                test = "none", baseline = FALSE,
                                                start = start),
                                           model$options)))
  solution <- if (needs_newton(own)) {
    polish_constrained(own, model$data, model$options)
  } else {
    polish(syntax, model$data, model$options, start = start)
  }
  options <- c(model$options, if (!is.null(model$cluster)) list(cluster = model$cluster))
  lapply(estimators, function(estimator) {
    suppressWarnings(fit_at(solution, model$data, estimator, options, baseline = FALSE))
  })
}

# ---- hypotheses ------------------------------------------------------------------------------

methods_of <- function(fit) {
  if (length(lavInspect(fit, "options")$test) == 1 &&
      lavInspect(fit, "options")$test == "standard") return("standard")
  c("satorra.bentler.2001", "satorra.bentler.2010")
}

wald_row <- function(fit, constraints) {
  found <- lavTestWald(fit, gsub(";", "\n", constraints))
  data.frame(stat = found$stat, df = found$df, pvalue = found$p.value)
}

difference_rows <- function(full, restricted) {
  do.call(rbind, lapply(methods_of(full), function(method) {
    tried <- tryCatch({
      test <- muffled(lavTestLRT(full, restricted,
                                 method = if (method == "standard") "default" else method))
      data.frame(method, chisq_diff = test$value[2, "Chisq diff"],
                 df_diff = test$value[2, "Df diff"], pvalue = test$value[2, "Pr(>Chisq)"],
                 said = test$caught)
    }, error = function(e) {
      data.frame(method, chisq_diff = NA, df_diff = NA, pvalue = NA, said = conditionMessage(e))
    })
    tried$said <- gsub("\\s+", " ", sub("lavaan (ERROR|WARNING): *", "", tried$said))
    tried
  }))
}

write_hypotheses <- function() {
  rows <- read.csv(file_in("hypotheses.csv"), colClasses = "character")
  wald <- difference <- list()
  for (i in seq_len(nrow(rows))) {
    model <- model_of(rows$folder[i], rows$model_id[i])
    full <- fits_of(model)
    restricted <- fits_of(model, rows$constraints[i], full)
    for (estimator in estimators) {
      id <- data.frame(hypothesis_id = rows$hypothesis_id[i], estimator)
      wald[[length(wald) + 1]] <- data.frame(id, wald_row(full[[estimator]], rows$constraints[i]))
      found <- difference_rows(full[[estimator]], restricted[[estimator]])
      difference[[length(difference) + 1]] <- data.frame(id, found, row.names = NULL)
    }
    message(sprintf("%3d/%d  %s", i, nrow(rows), rows$hypothesis_id[i]))
  }
  write_table(do.call(rbind, wald), "wald.csv", digits = 10)
  write_table(do.call(rbind, difference), "difference_tests.csv", digits = 10)
}

# ---- Monte Carlo intervals -------------------------------------------------------------------

simulated_intervals <- list(
  c("path", "mediation_covariates"), c("path", "mediation_parallel"), c("path", "alliance_full"),
  c("path", "heavy_tails_chain"), c("latent", "holzinger_mediation"), c("latent", "latent_nine"),
  c("latent", "democracy_equal"), c("missing", "latent_mediation"), c("missing", "mar_outcome"),
  c("clusters", "therapists_30"), c("clusters", "items_two_factors"))

monte_carlo_draws <- 1e6

# The estimates and covariances of the labeled parameters that are drawn, and the limits.
write_monte_carlo <- function() {
  input <- limits <- list()
  for (pair in simulated_intervals) {
    fits <- fits_of(model_of(pair[1], pair[2]))
    for (estimator in estimators) {
      id <- data.frame(folder = pair[1], model_id = pair[2], estimator)
      fit <- fits[[estimator]]
      table <- as.data.frame(parTable(fit))
      label <- unique(table$label[table$free > 0 & table$label != ""])
      covariance <- vcov(fit)[label, label]
      at <- which(lower.tri(covariance, diag = TRUE), arr.ind = TRUE)
      input[[length(input) + 1]] <- rbind(
        data.frame(id, lhs = label, op = "est", rhs = "", value = coef(fit)[label],
                   row.names = NULL),
        data.frame(id, lhs = label[at[, 1]], op = "~~", rhs = label[at[, 2]],
                   value = covariance[at]))
      set.seed(20244)
      found <- monteCarloCI(fit, nRep = monte_carlo_draws, level = .95)
      limits[[length(limits) + 1]] <- data.frame(id, label = rownames(found), est = found$est,
                                                 ci_lower = found$ci.lower,
                                                 ci_upper = found$ci.upper, row.names = NULL)
    }
  }
  write_table(do.call(rbind, input), "monte_carlo_input.csv", digits = 12)
  write_table(do.call(rbind, limits), "monte_carlo.csv", digits = 8)
}

# ---- syntax ----------------------------------------------------------------------------------

syntax_data <- function(n = 200) {
  x <- rnorm(n)
  z <- .3 * x + rnorm(n)
  m <- .5 * x + .2 * z + rnorm(n)
  y <- .4 * m + .2 * x + rnorm(n)
  f <- rnorm(n)
  data.frame(x, z, m, y, i1 = f + rnorm(n), i2 = .8 * f + rnorm(n), i3 = .7 * f + rnorm(n),
             i4 = .6 * f + rnorm(n), score.1 = m + rnorm(n), g = rbinom(n, 1, .5) + 1)
}

# A fit or the message of an error, and the warnings.
answer_to <- function(syntax, data, control) {
  said <- character()
  fit <- tryCatch(
    withCallingHandlers(sem(syntax, data = data, control = control), warning = function(w) {
      said <<- c(said, gsub("\\s+", " ", conditionMessage(w)))
      invokeRestart("muffleWarning")
    }), error = function(e) gsub("\\s+", " ", conditionMessage(e)))
  list(fit = fit, said = paste(said, collapse = " | "))
}

has_solution <- function(fit) {
  is(fit, "lavaan") && (lavInspect(fit, "converged") || fit@optim$npar == 0)
}

# Every string on its own: what sem() answers, or the first line of its error.
write_syntax <- function() {
  write_data(list(syntax = syntax_data), first_seed = 20244000)
  data <- read_data("syntax")
  strings <- readLines(file_in("strings.txt"))
  strings <- strings[strings != ""]
  parts <- strsplit(strings, "   ", fixed = TRUE)
  answers <- parameters <- list()
  for (i in seq_along(strings)) {
    syntax <- gsub("\\n", "\n", parts[[i]][1], fixed = TRUE)
    answer <- answer_to(syntax, data, list(rel.tol = 1e-13))
    if (!has_solution(answer$fit)) answer <- answer_to(syntax, data, list())
    fit <- answer$fit
    said <- answer$said
    fitted <- is(fit, "lavaan")
    converged <- has_solution(fit)
    answers[[i]] <- data.frame(
      string = i, syntax = gsub("\n", "\\n", syntax, fixed = TRUE),
      answer = if (!fitted) "error" else if (converged) "fit" else "no convergence",
      npar = if (fitted) fit@optim$npar else NA,
      chisq = if (converged) fitMeasures(fit, "chisq")[[1]] else NA,
      df = if (converged) fitMeasures(fit, "df")[[1]] else NA,
      said = substr(if (fitted) said else fit, 1, 200))
    if (converged) {
      rows <- parameterEstimates(fit, remove.nonfree = FALSE)
      if (is.null(rows$label)) rows$label <- ""
      parameters[[i]] <- data.frame(string = i, rows[c("lhs", "op", "rhs", "label", "est", "se")])
    }
  }
  write_table(do.call(rbind, answers), "syntax.csv", digits = 9)
  write_table(do.call(rbind, parameters), "syntax_parameters.csv", digits = 9)
}

main <- function(asked = commandArgs(TRUE)) {
  if (!length(asked) || "hypotheses" %in% asked) write_hypotheses()
  if (!length(asked) || "monte_carlo" %in% asked) write_monte_carlo()
  if (!length(asked) || "syntax" %in% asked) write_syntax()
  write_versions("semTools", "numDeriv")
}

invisible(main())
