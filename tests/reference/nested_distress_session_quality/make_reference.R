# Thirty therapists and missing values, by lavaan alone: nothing of src/ is used.
#
#   Rscript tests/reference/nested_distress_session_quality/make_reference.R
#
# Makes therapists.csv (300 clients of 30 therapists, in the columns of the path study) and
# incomplete.csv (the same, about 15 % of the scores missing, more often where distress is high or
# the client is no woman; a few covariates too), and fits the study's full model to both. Writes
# parameters.csv (paths and effects with three kinds of standard error), tests.csv (the two
# restricted models) and versions.txt.

suppressPackageStartupMessages(library(lavaan))

argument <- grep("^--file=", commandArgs(FALSE), value = TRUE)
here <- dirname(normalizePath(sub("^--file=", "", argument)))

# ---- data --------------------------------------------------------------------------------------

set.seed(30)
n <- 300
therapist <- sample(rep(sprintf("T%02d", 1:30), length.out = n))
of <- function(sd) rnorm(30, sd = sd)[as.integer(factor(therapist))]
age <- sample(c("18-29", "30-39", "40-49", "50 or older"), n, TRUE)
woman <- runif(n) < 0.7
distress <- rnorm(n) + of(0.3)
rri <- -0.2 * distress + 0.2 * woman + of(0.5) + rnorm(n, sd = 0.8)
shared <- of(0.4) + rnorm(n, sd = 0.5)
task <- -0.15 * distress + 0.5 * rri + shared + rnorm(n, sd = 0.4)
goal <- 0.5 * rri + shared + rnorm(n, sd = 0.4)
bond <- 0.6 * rri + 0.7 * shared + rnorm(n, sd = 0.4)
ses <- -0.1 * distress + 0.15 * rri + 0.45 * task + 0.1 * goal + 0.2 * bond + of(0.3) +
  rnorm(n, sd = 0.5)
rated <- function(x, low, high, items) {
  step <- 1 / items
  middle <- (low + high) / 2
  pmin(high, pmax(low, round((middle + (high - low) / 6 * x) / step) * step))
}
data <- data.frame(
  phq9 = pmin(27, pmax(0, round(9 + 5 * (0.9 * distress + rnorm(n, sd = 0.4))))),
  gad7 = pmin(21, pmax(0, round(8 + 4 * (0.9 * distress + rnorm(n, sd = 0.4))))),
  rri = rated(rri, 1, 5, 8), wai_task = rated(task, 0, 5, 4), wai_goal = rated(goal, 0, 5, 4),
  wai_bond = rated(bond, 0, 5, 4), ses = rated(ses, 1, 5, 5),
  age_group = age, gender = ifelse(woman, "woman", "man"), therapist = therapist
)
incomplete <- data
chance <- plogis(-2.2 + 0.6 * distress + 0.6 * !woman)
for (name in c("rri", "wai_task", "wai_goal", "wai_bond", "ses")) {
  incomplete[[name]][runif(n) < chance] <- NA
}
incomplete$phq9[runif(n) < 0.05] <- NA
incomplete$gender[runif(n) < 0.03] <- NA
write.csv(data, file.path(here, "therapists.csv"), row.names = FALSE, quote = FALSE)
write.csv(incomplete, file.path(here, "incomplete.csv"), row.names = FALSE, quote = FALSE, na = "")

# ---- scoring, as in the data dictionary ---------------------------------------------------------

score <- function(data) {
  z <- function(x) as.numeric(scale(x))
  age <- relevel(factor(data$age_group), ref = "18-29")
  data.frame(
    distress = z((data$phq9 + data$gad7) / 2), rri = z(data$rri), task = z(data$wai_task),
    goal = z(data$wai_goal), bond = z(data$wai_bond), ses = z(data$ses),
    x1 = as.numeric(age == levels(age)[2]), x2 = as.numeric(age == levels(age)[3]),
    x3 = as.numeric(age == levels(age)[4]), x4 = as.numeric(data$gender == "man"),
    therapist = data$therapist
  )
}

# ---- models ------------------------------------------------------------------------------------

covariates <- "x1 + x2 + x3 + x4"
write_model <- function(task = "ses_on_task", goal = "ses_on_goal", bond = "ses_on_bond",
                        defined = "") {
  paste0("
    rri ~ rri_on_distress*distress + ", covariates, "
    task ~ task_on_distress*distress + task_on_rri*rri + ", covariates, "
    goal ~ goal_on_distress*distress + goal_on_rri*rri + ", covariates, "
    bond ~ bond_on_distress*distress + bond_on_rri*rri + ", covariates, "
    ses ~ ", task, "*task + ", goal, "*goal + ", bond,
    "*bond + ses_on_rri*rri + ses_on_distress*distress + ", covariates, "
    task ~~ goal
    task ~~ bond
    goal ~~ bond
  ", defined)
}
effects <- "
  ind_rr := rri_on_distress*ses_on_rri
  ind_task_total := task_on_distress*ses_on_task + rri_on_distress*task_on_rri*ses_on_task
  ind_goal_total := goal_on_distress*ses_on_goal + rri_on_distress*goal_on_rri*ses_on_goal
  ind_bond_total := bond_on_distress*ses_on_bond + rri_on_distress*bond_on_rri*ses_on_bond
  ind_total := ind_rr + ind_task_total + ind_goal_total + ind_bond_total
  total := ind_total + ses_on_distress
  task_minus_goal := ind_task_total - ind_goal_total
"
full <- write_model(defined = effects)
restricted <- list(
  task_only = write_model(goal = "0", bond = "0"),
  equal_alliance = write_model("ses_on_alliance", "ses_on_alliance", "ses_on_alliance")
)

# ---- lavaan ------------------------------------------------------------------------------------

# lavaan searches to the end, and so does its EM for the unrestricted model
control <- list(rel.tol = 1e-15, abs.tol = 0, x.tol = 1e-12, xf.tol = 1e-15, iter.max = 20000,
                eval.max = 40000)
parameters <- tests <- list()
for (case in c("therapists", "incomplete")) {
  scored <- score(if (case == "therapists") data else incomplete)
  fiml <- case == "incomplete"
  fit <- function(model, ...) {
    sem(model, scored, missing = if (fiml) "fiml" else "listwise", fixed.x = !fiml,
        control = control, optim.force.converged = TRUE, em.h1.tol = 1e-11,
        em.h1.iter.max = 20000, ...)
  }
  kinds <- list(
    se_ml = fit(full), se_mlr = fit(full, estimator = "MLR"),
    se_cluster = fit(full, estimator = "MLR", cluster = "therapist")
  )
  found <- lapply(kinds, function(one) {
    table <- parameterEstimates(one)
    subset(table, (op == "~" & label != "") | op == ":=")
  })
  table <- data.frame(case, label = found$se_ml$label, est = found$se_ml$est)
  for (kind in names(found)) table[[kind]] <- found[[kind]]$se
  parameters[[case]] <- table
  for (name in names(restricted)) {
    low <- fit(restricted[[name]], estimator = "MLR", cluster = "therapist")
    test <- lavTestLRT(low, kinds$se_cluster)
    tests[[paste(case, name)]] <- data.frame(
      case, model = name, chisq_diff = test[2, "Chisq diff"], pvalue = test[2, "Pr(>Chisq)"]
    )
  }
}
digits <- function(table) {
  numbers <- sapply(table, is.numeric)
  table[numbers] <- lapply(table[numbers], formatC, digits = 12, format = "g", width = 1)
  table
}
write_table <- function(tables, name) {
  write.csv(digits(do.call(rbind, tables)), file.path(here, name), row.names = FALSE,
            quote = FALSE, eol = "\n")
}
write_table(parameters, "parameters.csv")
write_table(tests, "tests.csv")
writeLines(c(R.version.string, paste("lavaan", packageVersion("lavaan"))),
           file.path(here, "versions.txt"))
