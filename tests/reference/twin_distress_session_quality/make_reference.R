# The paper's analysis of the twin, by lavaan alone: nothing of src/ is used.
#
#   Rscript tests/reference/twin_distress_session_quality/make_reference.R
#
# Writes estimates.csv (the 47 printed statistics that no bootstrap enters), standard_errors.csv
# (robust ones of paths and effects) and versions.txt (versions, checksum of the twin that was read).

suppressPackageStartupMessages(library(lavaan))

argument <- grep("^--file=", commandArgs(FALSE), value = TRUE)
here <- dirname(normalizePath(sub("^--file=", "", argument)))
twin <- file.path(here, "..", "..", "..", "data", "synthetic", "distress_session_quality.csv")

# ---- scoring -----------------------------------------------------------------------------------

data <- read.csv(twin, stringsAsFactors = FALSE)
z <- function(x) as.numeric(scale(x))
scored <- data.frame(
  distress = z(rowMeans(data[, c("phq9", "gad7")])),
  rri = z(data$rri), task = z(data$wai_task), goal = z(data$wai_goal), bond = z(data$wai_bond),
  ses = z(data$ses)
)
reference <- c(  # as in the data dictionary
  age_group = "18-29", gender = "woman", ethnicity = "White", diagnosis = "no diagnosis",
  treatment_length = "0-3 months", treatment_frequency = "once a week",
  treatment_setting = "in person"
)
for (name in names(reference)) {
  data[[name]] <- relevel(factor(data[[name]]), ref = reference[[name]])
}
dummies <- model.matrix(~ ., data[names(reference)])[, -1]
colnames(dummies) <- paste0("x", seq_len(ncol(dummies)))
scored <- cbind(scored, dummies)
covariates <- paste(colnames(dummies), collapse = " + ")

# ---- models ------------------------------------------------------------------------------------

write_model <- function(task = "b_task", goal = "b_goal", bond = "b_bond", defined = "") {
  paste0("
    rri ~ a_rr*distress + ", covariates, "
    task ~ a_task*distress + c_task*rri + ", covariates, "
    goal ~ a_goal*distress + c_goal*rri + ", covariates, "
    bond ~ a_bond*distress + c_bond*rri + ", covariates, "
    ses ~ ", task, "*task + ", goal, "*goal + ", bond, "*bond + b_rr*rri + direct*distress + ",
    covariates, "
    task ~~ goal
    task ~~ bond
    goal ~~ bond
  ", defined)
}

effects <- "
  ind_rr := a_rr*b_rr
  ind_task_direct := a_task*b_task
  ind_task_serial := a_rr*c_task*b_task
  ind_task_total := ind_task_direct + ind_task_serial
  ind_goal_direct := a_goal*b_goal
  ind_goal_serial := a_rr*c_goal*b_goal
  ind_goal_total := ind_goal_direct + ind_goal_serial
  ind_bond_direct := a_bond*b_bond
  ind_bond_serial := a_rr*c_bond*b_bond
  ind_bond_total := ind_bond_direct + ind_bond_serial
  ind_total := ind_rr + ind_task_total + ind_goal_total + ind_bond_total
  total := ind_total + direct
  task_minus_goal := ind_task_total - ind_goal_total
  task_minus_bond := ind_task_total - ind_bond_total
  goal_minus_bond := ind_goal_total - ind_bond_total
"
shares <- "
  ind_rr := a_rr*b_rr
  ind_task_direct := a_task*b_task
  ind_task_serial := a_rr*c_task*b_task
  ind_total := ind_rr + ind_task_direct + ind_task_serial
  proportion_mediated := ind_total/(ind_total + direct)
  share_task := (ind_task_direct + ind_task_serial)/ind_total
  share_task_direct := ind_task_direct/ind_total
  share_task_serial := ind_task_serial/ind_total
  share_rr := ind_rr/ind_total
"
full <- write_model(defined = effects)
task_only <- write_model(goal = "0", bond = "0", defined = shares)
equal_alliance <- write_model(task = "b_wai", goal = "b_wai", bond = "b_wai")

# ---- deterministic statistics ------------------------------------------------------------------

rows <- list()
note <- function(table, row, column, lavaan) {
  rows[[length(rows) + 1]] <<- data.frame(table, row, column, lavaan, row.names = NULL)
}

fit <- sem(full, scored)
found <- parameterEstimates(fit)
paths <- subset(found, op == "~" & label != "")
note("table_1", paste(paths$rhs, "->", paths$lhs), "beta", paths$est)
defined <- subset(found, op == ":=")
contrast <- grepl("_minus_", defined$lhs)
note("table_2", defined$lhs[!contrast], "beta", defined$est[!contrast])
note("table_3", defined$lhs[contrast], "estimate", defined$est[contrast])

of_task_only <- subset(parameterEstimates(sem(task_only, scored)), op == ":=")
of_task_only <- subset(of_task_only, grepl("^share|^proportion", lhs))
note("table_4", of_task_only$lhs, "value", of_task_only$est)

r2 <- lavInspect(fit, "r2")
note("text", paste0("results_r2_", names(r2)), "printed", as.numeric(r2))

robust <- sem(full, scored, estimator = "MLR")
constrained <- list(task_only = task_only, equal_alliance = equal_alliance)
for (name in names(constrained)) {
  restricted <- sem(constrained[[name]], scored, estimator = "MLR")
  measures <- fitMeasures(restricted)
  test <- lavTestLRT(restricted, robust)
  note("table_5", name, "delta_cfi", 1 - measures[["cfi.scaled"]])
  note("table_5", name, "delta_rmsea", measures[["rmsea.scaled"]])
  note("table_5", name, "delta_srmr", measures[["srmr"]])
  note("table_5", name, "chisq_diff", test[2, "Chisq diff"])
  note("table_5", name, "p", test[2, "Pr(>Chisq)"])
}
estimates <- do.call(rbind, rows)
estimates$lavaan <- formatC(estimates$lavaan, digits = 12, format = "g", width = 1)

# ---- robust standard errors ---------------------------------------------------------------------

of_full <- subset(parameterEstimates(robust), label != "")
row <- ifelse(of_full$op == "~", paste(of_full$rhs, "->", of_full$lhs), of_full$lhs)
se <- formatC(of_full$se, digits = 12, format = "g", width = 1)

write.csv(estimates, file.path(here, "estimates.csv"), row.names = FALSE, quote = FALSE, eol = "\n")
write.csv(data.frame(row, se), file.path(here, "standard_errors.csv"), row.names = FALSE,
          quote = FALSE, eol = "\n")

writeLines(c(
  R.version.string,
  paste("lavaan", packageVersion("lavaan")),
  paste("md5 of data/synthetic/distress_session_quality.csv", tools::md5sum(twin))
), file.path(here, "versions.txt"))
