# Fits of lavaan that stand as references: its own solution, polished, and the tables of a fit.
# Read by make_reference.R here and in the folders below, and by tests/differential/*.R.

tight <- list(rel.tol = 1e-15, abs.tol = 0, x.tol = 1e-12, xf.tol = 1e-15,
              iter.max = 20000, eval.max = 40000)

# Gradient and Hessian in the space that the equality constraints leave free.
derivatives <- function(fit) {
  gradient <- as.numeric(lavInspect(fit, "gradient"))
  hessian <- function() unclass(lavInspect(fit, "hessian"))
  if (lavInspect(fit, "ngroups") > 1 && fit@SampleStats@missing.flag) {
    # Of incomplete data in groups these two do not weight groups by their size.
    objective <- function(x) {
      lavaan:::lav_model_objective(lavaan:::lav_model_set_parameters(fit@Model, x),
                                   lavsamplestats = fit@SampleStats, lavdata = fit@Data,
                                   lavcache = fit@Cache)
    }
    gradient <- numDeriv::grad(objective, fit@optim$x)
    hessian <- function() unclass(lavTech(fit, "information.observed"))
  }
  keep <- if (fit@Model@eq.constraints) fit@Model@eq.constraints.K else diag(length(gradient))
  list(keep = keep, gradient = as.numeric(crossprod(keep, gradient)),
       hessian = crossprod(keep, hessian() %*% keep))
}

# The step to the solution, and its largest element in standard errors.
newton_step <- function(fit) {
  at <- derivatives(fit)
  scale <- 1 / sqrt(diag(at$hessian))
  inverse <- solve(at$hessian * tcrossprod(scale)) * tcrossprod(scale)
  reduced <- -inverse %*% at$gradient
  list(full = as.numeric(at$keep %*% reduced),
       in_se = max(abs(reduced) / sqrt(diag(inverse) / lavInspect(fit, "ntotal"))))
}

# lavaan's optimiser runs to the end, then Newton steps polish its solution. Gives the parameter
# table of the solution, and the step that is left in the attribute "step_in_se". `options` are
# those of sem() that make the model and read the data; `search` finds the first solution, with the
# tolerances of `control`.
polish <- function(syntax, data, options = list(fixed.x = TRUE), search = "sem",
                   control = tight, ...) {
  searched <- function(control) {
    suppressWarnings(  # that the search could not go further is what we ask of it
      do.call(search, c(list(syntax, data = data, control = control, optim.force.converged = TRUE,
                             se = "none", baseline = FALSE, test = "none"), options, list(...))))
  }
  fit <- searched(control)
  if (fit@Model@eq.constraints) {  # tight tolerances can lead away from a constraint
    plain <- searched(list())
    if (!isTRUE(abs(fit@optim$fx - plain@optim$fx) < 1e-6)) fit <- plain
  }
  options <- c(options, saturated(fit))
  for (round in 1:6) {
    step <- newton_step(fit)
    if (round > 1 && step$in_se < 1e-11) break
    table <- parTable(fit)
    free <- table$free > 0
    table$ustart[free] <- table$est[free] + step$full[table$free[free]]
    fit <- fit_at(table, data, "ML", options, se = "none", baseline = FALSE, test = "none")
  }
  structure(table, step_in_se = step$in_se, options = options)
}

# The saturated moments of data with missing values, which EM need not find again for each fit.
saturated <- function(fit) {
  if (!lavInspect(fit, "options")$missing %in% c("ml", "ml.x")) return(list())
  list(slotData = fit@Data, slotSampleStats = fit@SampleStats, sloth1 = fit@h1)
}

# The solution handed to lavaan as the answer: no further optimisation, all else is lavaan's own.
fit_at <- function(table, data, estimator, options = list(fixed.x = TRUE), ...) {
  table[c("start", "est", "se")] <- NULL
  do.call("lavaan", c(list(table, data = data, estimator = estimator, optim.method = "none"),
                      options, list(...)))
}

fit_tightly <- function(syntax, data, estimator, ...) {
  fit_at(polish(syntax, data), data, estimator, ...)
}

# ---- tables of one fit -----------------------------------------------------------------------

parameter_rows <- function(fit) {
  table <- parTable(fit)
  exogenous <- paste(table$lhs, table$op, table$rhs)[table$exo == 1]
  estimates <- parameterEstimates(fit, remove.nonfree = FALSE)
  if (is.null(estimates$label)) estimates$label <- ""
  standardized <- standardizedSolution(fit, type = "std.all")
  key <- function(rows) paste(rows$lhs, rows$op, rows$rhs)
  at <- match(key(estimates), key(standardized))
  rows <- data.frame(
    estimates[c("lhs", "op", "rhs", "label", "est", "se", "z", "pvalue")],
    ci_lower = estimates$ci.lower, ci_upper = estimates$ci.upper,
    std_all = standardized$est.std[at], std_all_se = standardized$se[at])
  rows[rows$op %in% c("~", "~~", ":=") & !key(rows) %in% exogenous, ]
}

fit_measure_rows <- function(fit) {
  values <- fitMeasures(fit)
  data.frame(measure = names(values), value = as.numeric(values))
}

r_squared_rows <- function(fit) {
  values <- lavInspect(fit, "rsquare")
  data.frame(variable = names(values), r_squared = as.numeric(values))
}

convergence_rows <- function(fit) {
  data.frame(converged = lavInspect(fit, "converged"),
             max_abs_gradient = max(abs(derivatives(fit)$gradient)),
             newton_step_in_se = newton_step(fit)$in_se,
             warnings = paste(attr(fit, "caught"), collapse = " | "))
}
