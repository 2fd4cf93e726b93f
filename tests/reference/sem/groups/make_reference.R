# Reference values of models of several groups, by lavaan.
#
#   Rscript tests/reference/sem/groups/make_reference.R               everything (2 minutes)
#   Rscript tests/reference/sem/groups/make_reference.R scalar …      these models, printed only
#
# To add a model: write models/<syntax>.lav, name it in models.csv, run the script.

suppressPackageStartupMessages(library(lavaan))

argument <- grep("^--file=", commandArgs(FALSE), value = TRUE)
here <- if (length(argument)) dirname(normalizePath(sub("^--file=", "", argument))) else getwd()
file_in <- function(...) file.path(here, ...)
for (name in c("writing.R", "fitting.R", "corpus.R")) source(file_in("..", name))
random_x_in_robust_measures()

RNGkind("Mersenne-Twister", "Inversion", "Rejection")

# ---- data ------------------------------------------------------------------------------------

# Three clinics with unequal sizes, slopes, factor means and one intercept that differs.
simulate_alliance <- function() {
  sizes <- c(north = 180, south = 140, east = 110)
  rows <- lapply(seq_along(sizes), function(g) {
    n <- sizes[[g]]
    distress <- rnorm(n, mean = .2 * g)
    alliance <- -.4 * distress + .3 * (g == 2) + rnorm(n)
    outcome <- c(.5, .5, .2)[g] * alliance - .2 * distress + rt(n, 6)
    a <- sapply(c(1, .8, .9), function(loading) loading * alliance + .7 * rnorm(n))
    o <- sapply(c(1, 1.1, .7), function(loading) loading * outcome + .8 * rnorm(n))
    o[, 2] <- o[, 2] + .5 * (g == 3)
    colnames(a) <- paste0("a", 1:3)
    colnames(o) <- paste0("o", 1:3)
    data.frame(clinic = names(sizes)[g], distress, a, o, m = rowMeans(a), y = rowMeans(o))
  })
  do.call(rbind, rows)[sample(sum(sizes)), ]
}

# The same with therapists inside clinics, who differ in all that their clients say.
simulate_therapists <- function() {
  data <- simulate_alliance()
  count <- c(north = 24, south = 16, east = 12)[data$clinic]
  data$therapist <- paste(data$clinic, ceiling(runif(nrow(data)) * count))
  number <- match(data$therapist, unique(data$therapist))
  for (name in setdiff(names(data), c("clinic", "therapist"))) {
    data[[name]] <- data[[name]] + .4 * rnorm(max(number))[number]
  }
  data
}

makers <- list(
  holzinger = function() with(HolzingerSwineford1939, data.frame(
    school, sex = sex - 1, age = ageyr, x1, x2, x3, x4, x5, x6, x7, x8, x9)),
  bfi = function() {
    data <- na.omit(psychTools::bfi)[501:1100, ]
    reversed <- c("A1", "E1", "E2")
    data[reversed] <- 7 - data[reversed]
    data.frame(data[c(paste0("A", 1:5), paste0("E", 1:5))],
               gender = ifelse(data$gender == 1, "man", "woman"))
  },
  alliance = simulate_alliance,
  alliance_missing = function() {
    data <- simulate_alliance()
    data <- data[seq_len(240), ]
    data <- lose(data, c("a2", "o1", "y"), .2, by = "distress")
    data$distress[which(data$clinic == "north")[1:6]] <- NA
    data
  },
  therapists = simulate_therapists,
  therapists_missing = function() lose(simulate_therapists(), c("a2", "o1", "y"), .2, by = "distress")
)

# ---- fitting ---------------------------------------------------------------------------------

words <- function(text) strsplit(text, " ")[[1]]

# The search needs no clusters; with them lavaan changes `se`.
fit_groups <- function(model, data) {
  options <- list(group = model$group)
  options <- c(options, if (model$missing == "fiml") {
    list(missing = "ml", fixed.x = FALSE, em.h1.tol = 1e-11, em.h1.iter.max = 20000)
  } else list(fixed.x = TRUE))
  first <- list(read_syntax(model$syntax), data, options)
  equal <- list()
  if (model$equal != "") equal$group.equal <- words(model$equal)
  if (model$partial != "") equal$group.partial <- words(model$partial)
  if (model$options != "") equal[[model$options]] <- TRUE
  # tight tolerances lead away from the solution where parameters are equal across groups
  solution <- do.call(polish, c(first, equal, list(control = list())))
  if (model$cluster == "") return(fits_at(solution, data, options))
  attr(solution, "options") <- list()
  fits_at(solution, data, c(options, cluster = model$cluster))
}

group_of <- function(fit, rows) {
  labels <- c("", lavInspect(fit, "group.label"))
  labels[ifelse(is.na(rows$group), 0, rows$group) + 1]
}

grouped_parameters <- function(fit) {
  estimates <- parameterEstimates(fit, remove.nonfree = FALSE)
  standardized <- standardizedSolution(fit, type = "std.all")
  key <- function(rows) paste(rows$lhs, rows$op, rows$rhs, ifelse(is.na(rows$group), 0, rows$group))
  table <- as.data.frame(parTable(fit))
  estimates <- estimates[estimates$op %in% c("=~", "~", "~~", "~1", ":=") &
                           !key(estimates) %in% key(table[table$exo == 1, ]), ]
  at <- match(key(estimates), key(standardized))
  data.frame(group = group_of(fit, estimates), estimates[c("lhs", "op", "rhs", "est", "se")],
             std_all = standardized$est.std[at], std_all_se = standardized$se[at])
}

grouped_r_squared <- function(fit) {
  if (lavInspect(fit, "options")$se == "robust.huber.white") return(NULL)
  found <- lavInspect(fit, "rsquare")
  do.call(rbind, lapply(names(found), function(name) data.frame(
    group = name, variable = names(found[[name]]), r_squared = as.numeric(found[[name]]))))
}

grouped_residuals <- function(fit) {
  if (length(lavInspect(fit, "cluster"))) return(NULL)  # lavaan has none
  z <- suppressWarnings(resid(fit, "standardized"))
  do.call(rbind, lapply(names(z), function(name) {
    matrix <- z[[name]]$cov
    at <- which(lower.tri(matrix, diag = TRUE), arr.ind = TRUE)
    data.frame(group = name, lhs = rownames(matrix)[at[, 1]], op = "~~",
               rhs = colnames(matrix)[at[, 2]], z = signif(matrix[at], 7))
  }))
}

grouped_modifications <- function(fit) {
  if (lavInspect(fit, "options")$se != "standard") return(NULL)
  if (lavInspect(fit, "options")$missing != "listwise") return(NULL)
  rows <- tryCatch(as.data.frame(modindices(fit)), error = function(e) NULL)
  if (is.null(rows) || !nrow(rows)) return(NULL)
  rows <- rows[!is.na(rows$mi), ]
  data.frame(group = group_of(fit, rows), rows[c("lhs", "op", "rhs")], mi = signif(rows$mi, 7),
             epc = signif(rows$epc, 7))
}

grouped_solutions <- function(fit) {
  data.frame(n_used = lavInspect(fit, "ntotal"),
             newton_step_in_se = signif(newton_step(fit)$in_se, 3), warnings = attr(fit, "caught"))
}

kept <- list()
fit_and_keep <- function(model, data) kept[[model$model_id]] <<- fit_groups(model, data)

difference_rows <- function(pairs) {
  do.call(rbind, lapply(seq_len(nrow(pairs)), function(i) {
    do.call(rbind, lapply(names(estimators), function(estimator) {
      test <- suppressWarnings(lavTestLRT(kept[[pairs$full[i]]][[estimator]],
                                          kept[[pairs$restricted[i]]][[estimator]]))
      data.frame(pairs[i, ], estimator = estimator, chisq_diff = test[2, "Chisq diff"],
                 df_diff = test[2, "Df diff"], pvalue = test[2, "Pr(>Chisq)"], row.names = NULL)
    }))
  }))
}

tables <- list(parameters = grouped_parameters, fit_measures = some_fit_measures,
               r_squared = grouped_r_squared, residuals = grouped_residuals,
               modification_indices = grouped_modifications, solutions = grouped_solutions)

main <- function(asked = commandArgs(TRUE)) {
  write_data(makers, first_seed = 20245000)
  models <- read_models()
  if (length(asked)) {
    return(write_fits(models[models$model_id %in% asked, ], fit_groups,
                      lapply(tables, function(rows) function(fit) print(rows(fit), digits = 8))))
  }
  write_fits(models, fit_and_keep, tables)
  write_table(difference_rows(read.csv(file_in("pairs.csv"))), "difference_tests.csv", digits = 10)
  write_versions("psychTools")
}

invisible(main())
