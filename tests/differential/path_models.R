# What lavaan says of path models: Rscript path_models.R FOLDER
#
# FOLDER holds a folder a case with data.csv, model.lav and, where a nested model is to be tested,
# restricted.lav. Writes parameters.csv, fit_measures.csv, r_squared.csv, difference_tests.csv and
# status.csv into FOLDER. The fits are those of tests/reference/sem/fitting.R.

suppressPackageStartupMessages(library(lavaan))
script <- normalizePath(sub("^--file=", "", grep("^--file=", commandArgs(FALSE), value = TRUE)))
source(file.path(dirname(script), "..", "reference", "sem", "fitting.R"))
folder <- commandArgs(TRUE)[1]

estimators <- c(ML = "ML", MLR = "MLR")
found <- list()
add <- function(table, ...) {
  found[[table]][[length(found[[table]]) + 1]] <<- data.frame(..., row.names = NULL)
}

read_syntax <- function(file) paste(readLines(file), collapse = "\n")

run_case <- function(case) {
  here <- function(name) file.path(folder, case, name)
  data <- read.csv(here("data.csv"), check.names = FALSE)
  solution <- polish(read_syntax(here("model.lav")), data)
  fits <- lapply(estimators, function(e) fit_at(solution, data, e))
  rows <- parameter_rows(fits$ML)
  robust <- parameterEstimates(fits$MLR, remove.nonfree = FALSE)
  key <- function(rows) paste(rows$lhs, rows$op, rows$rhs)
  add("parameters", case, rows[c("lhs", "op", "rhs", "est", "se")],
      se_robust = robust$se[match(key(rows), key(robust))], rows[c("std_all", "std_all_se")])
  measures <- fit_measure_rows(fits$MLR)
  add("fit_measures", case, measures)
  add("r_squared", case, r_squared_rows(fits$ML))
  if (file.exists(here("restricted.lav"))) {
    nested <- polish(read_syntax(here("restricted.lav")), data)
    for (e in estimators) {
      restricted <- fit_at(nested, data, e, baseline = FALSE)
      test <- lavTestLRT(fits[[e]], restricted)[2, ]
      add("difference_tests", case, estimator = e, chisq_diff = test[["Chisq diff"]],
          df_diff = test[["Df diff"]], pvalue = test[["Pr(>Chisq)"]])
    }
  }
  attr(solution, "step_in_se")
}

for (case in list.dirs(folder, full.names = FALSE, recursive = FALSE)) {
  caught <- character()
  step <- tryCatch(
    withCallingHandlers(run_case(case), warning = function(w) {
      caught <<- c(caught, conditionMessage(w))
      invokeRestart("muffleWarning")
    }),
    error = function(e) { caught <<- c(caught, conditionMessage(e)); NA })
  said <- gsub("\\s+", " ", paste(unique(caught), collapse = " | "))
  add("status", case, step_in_se = step, said = said)
}

for (table in names(found)) {
  rows <- do.call(rbind, found[[table]])
  number <- vapply(rows, is.double, TRUE)
  rows[number] <- lapply(rows[number], function(x)
    ifelse(is.na(x), "", formatC(x, digits = 12, format = "g", width = 1)))
  write.csv(rows, file.path(folder, paste0(table, ".csv")), row.names = FALSE, na = "")
}
