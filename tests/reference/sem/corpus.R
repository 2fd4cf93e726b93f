# What the scripts of the folders below share: a folder's models.csv, models/*.lav and data/, each
# model solved once and asked under ML and under MLR.

estimators <- c(ML = "ML", MLR = "MLR")

read_models <- function() read.csv(file_in("models.csv"), colClasses = "character")

read_syntax <- function(model_id) {
  paste(readLines(file_in("models", paste0(model_id, ".lav"))), collapse = "\n")
}

data_file <- function(name) file.path("data", paste0(name, ".csv.gz"))

# Rounded, written and read back: lavaan and the reader of the CSV see the same numbers.
write_data <- function(makers, first_seed) {
  dir.create(file_in("data"), showWarnings = FALSE)
  for (i in seq_along(makers)) {
    set.seed(first_seed + i)
    table <- makers[[i]]()
    number <- vapply(table, is.numeric, TRUE)
    table[number] <- lapply(table[number], round, 4)
    out <- gzfile(file_in(data_file(names(makers)[i])), "wb")
    write.csv(table, out, row.names = FALSE, quote = FALSE, na = "", eol = "\n")
    close(out)
  }
}

read_data <- function(name) read.csv(file_in(data_file(name)), check.names = FALSE)

# Some values lost: by chance, or rather where the column `by` is high.
lose <- function(data, columns, share, by = NULL) {
  for (column in columns) {
    chance <- if (is.null(by)) share else plogis(qlogis(share) + 1.2 * scale(data[[by]])[, 1])
    data[[column]][runif(nrow(data)) < chance] <- NA
  }
  data
}

# Robust CFI and RMSEA under missing values rest on a fit to the saturated moments. lavaan 0.6-14
# lets that fit take exogenous variables as fixed, although the model does not, and so multiplies
# matrices of which one has zeros in their rows. Here its own function is told that they are random.
random_x_in_robust_measures <- function() {
  written <- deparse(lavaan:::lav_fit_fiml_corrected)
  told <- gsub("sample.cov.rescale = FALSE", "sample.cov.rescale = FALSE, fixed.x = FALSE", written,
               fixed = TRUE)
  stopifnot(sum(told != written) == 2)
  utils::assignInNamespace("lav_fit_fiml_corrected",
                           eval(parse(text = told), asNamespace("lavaan")), "lavaan")
}

muffled <- function(expression) {
  caught <- character()
  value <- withCallingHandlers(expression, warning = function(w) {
    caught <<- c(caught, gsub("\\s+", " ", gsub("lavaan WARNING:", "", conditionMessage(w))))
    invokeRestart("muffleWarning")
  })
  list(value = value, caught = trimws(paste(unique(caught), collapse = " | ")))
}

# The tables of all models: `fit(model, data)` gives the fits by estimator, `tables` names the
# functions that make rows of a fit, by file.
write_fits <- function(models, fit, tables, digits = 10) {
  rows <- list()
  for (i in seq_len(nrow(models))) {
    model <- models[i, ]
    began <- proc.time()[[3]]
    fits <- fit(model, read_data(model$dataset))
    for (estimator in names(fits)) {
      for (name in names(tables)) {
        found <- tables[[name]](fits[[estimator]])
        if (!NROW(found)) next
        id <- data.frame(model_id = model$model_id, estimator = estimator)
        rows[[name]] <- c(rows[[name]], list(data.frame(id, found, row.names = NULL)))
      }
    }
    message(sprintf("%3d/%d  %-32s %5.1f s", i, nrow(models), model$model_id,
                    proc.time()[[3]] - began))
  }
  for (name in names(rows)) {
    write_table(do.call(rbind, rows[[name]]), paste0(name, ".csv"), digits = digits)
  }
}

# Both estimators at the one solution; `caught` is what lavaan warned of with MLR.
fits_at <- function(solution, data, options, wanted = estimators) {
  options <- c(options, attr(solution, "options")[c("slotData", "slotSampleStats", "sloth1")])
  options <- options[!vapply(options, is.null, TRUE)]
  lapply(wanted, function(estimator) {
    done <- muffled(fit_at(solution, data, estimator, options))
    structure(done$value, caught = done$caught)
  })
}

# ---- rows ------------------------------------------------------------------------------------

# All parameters but the moments of fixed exogenous variables.
all_parameter_rows <- function(fit) {
  key <- function(rows) paste(rows$lhs, rows$op, rows$rhs)
  estimates <- parameterEstimates(fit, remove.nonfree = FALSE)
  table <- as.data.frame(parTable(fit))
  estimates <- estimates[estimates$op %in% c("=~", "~", "~~", "~1", ":=") &
                           !key(estimates) %in% key(table[table$exo == 1, ]), ]
  if (is.null(estimates$label)) estimates$label <- ""
  standardized <- standardizedSolution(fit, type = "std.all")
  at <- match(key(estimates), key(standardized))
  data.frame(estimates[c("lhs", "op", "rhs", "label", "est", "se")],
             std_all = standardized$est.std[at], std_all_se = standardized$se[at])
}

some_fit_measures <- function(fit) {
  rows <- fit_measure_rows(fit)
  shown <- paste0("^(npar|fmin|(baseline\\.)?(chisq|df|pvalue)|cfi|tli|logl|unrestricted\\.logl",
                  "|aic|bic|bic2|ntotal|rmsea(\\.ci\\.(lower|upper)|\\.pvalue)?|srmr",
                  "|(baseline\\.)?chisq\\.scaling\\.factor|scaling\\.factor\\.h[01])",
                  "(\\.scaled|\\.robust)?$")
  rows[grepl(shown, rows$measure), ]
}

moment_rows <- function(fit) {
  sampled <- lavInspect(fit, "sampstat")
  names <- colnames(sampled$cov)
  at <- which(lower.tri(sampled$cov, diag = TRUE), arr.ind = TRUE)
  rbind(data.frame(lhs = names[at[, 1]], op = "~~", rhs = names[at[, 2]], est = sampled$cov[at]),
        data.frame(lhs = names, op = "~1", rhs = "", est = as.numeric(sampled$mean)))
}

# Rows of data, used, patterns; what is left to the solution; what lavaan said.
solution_rows <- function(fit) {
  patterns <- fit@Data@Mp[[1]]$npatterns
  data.frame(n_rows = lavInspect(fit, "norig"), n_used = lavInspect(fit, "nobs"),
             n_patterns = if (is.null(patterns)) 1L else patterns,
             newton_step_in_se = signif(newton_step(fit)$in_se, 3),
             warnings = attr(fit, "caught"))
}

write_versions <- function(...) {
  packages <- c("lavaan", ...)
  writeLines(c(R.version.string, vapply(packages, function(name) {
    paste(name, packageVersion(name))
  }, "")), file_in("versions.txt"))
}
