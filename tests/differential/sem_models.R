# What lavaan says of models with missing values, clusters or latent variables:
# Rscript sem_models.R FOLDER
#
# FOLDER holds a folder a case with data.csv, model.lav and options.csv (missing, cluster, auxiliary,
# std_lv). Writes parameters.csv, fit_measures.csv, r_squared.csv and status.csv into FOLDER. The
# fits are those of tests/reference/sem/.

suppressPackageStartupMessages({
  library(lavaan)
  library(semTools)
})
script <- normalizePath(sub("^--file=", "", grep("^--file=", commandArgs(FALSE), value = TRUE)))
for (name in c("fitting.R", "corpus.R")) {
  source(file.path(dirname(script), "..", "reference", "sem", name))
}
random_x_in_robust_measures()
folder <- commandArgs(TRUE)[1]

found <- list()
add <- function(table, ...) {
  found[[table]][[length(found[[table]]) + 1]] <<- data.frame(..., row.names = NULL)
}

run_case <- function(case) {
  here <- function(name) file.path(folder, case, name)
  data <- read.csv(here("data.csv"), check.names = FALSE)
  given <- read.csv(here("options.csv"), colClasses = "character")
  syntax <- paste(readLines(here("model.lav")), collapse = "\n")
  options <- if (given$missing == "fiml") {
    list(missing = "ml", fixed.x = FALSE, em.h1.tol = 1e-11, em.h1.iter.max = 20000)
  } else {
    list(fixed.x = TRUE)
  }
  if (given$cluster != "" && given$missing != "fiml") options$meanstructure <- TRUE
  auxiliary <- strsplit(given$auxiliary, " ")[[1]]
  solution <- if (length(auxiliary)) {
    polish(syntax, data, options, search = "sem.auxiliary", aux = auxiliary)
  } else {
    polish(syntax, data, options, std.lv = given$std_lv == "True")
  }
  if (given$cluster != "") {
    attr(solution, "options") <- list()
    options$cluster <- given$cluster
  }
  fits <- fits_at(solution, data, options)
  if (length(auxiliary)) {
    for (estimator in names(fits)) {
      own <- sem.auxiliary(syntax, data, aux = auxiliary, estimator = estimator)
      fits[[estimator]]@external <- own@external
    }
  }
  rows <- all_parameter_rows(fits$ML)
  robust <- all_parameter_rows(fits$MLR)
  measures <- some_fit_measures(fits$MLR)
  r_squared <- r_squared_rows(fits$ML)
  add("parameters", case, rows, se_robust = robust$se)
  add("fit_measures", case, measures)
  if (nrow(r_squared)) add("r_squared", case, r_squared)
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

for (table in c("parameters", "fit_measures", "r_squared", "status")) {
  rows <- if (is.null(found[[table]])) data.frame(case = character()) else
    do.call(rbind, found[[table]])
  number <- vapply(rows, is.double, TRUE)
  rows[number] <- lapply(rows[number], function(x)
    ifelse(is.na(x), "", formatC(x, digits = 12, format = "g", width = 1)))
  write.csv(rows, file.path(folder, paste0(table, ".csv")), row.names = FALSE, na = "")
}
