# Reference values of cluster-robust standard errors and tests, by lavaan; intraclass correlations
# by analysis of variance and by lme4.
#
#   Rscript tests/reference/sem/clusters/make_reference.R               everything (3 minutes)
#   Rscript tests/reference/sem/clusters/make_reference.R items_equal …  these models, printed only
#
# To add a model: write models/<model_id>.lav, name it in models.csv, run the script.

suppressPackageStartupMessages({
  library(lavaan)
  library(lme4)
})

argument <- grep("^--file=", commandArgs(FALSE), value = TRUE)
here <- if (length(argument)) dirname(normalizePath(sub("^--file=", "", argument))) else getwd()
file_in <- function(...) file.path(here, ...)
for (name in c("writing.R", "fitting.R", "corpus.R")) source(file_in("..", name))

RNGkind("Mersenne-Twister", "Inversion", "Rejection")
random_x_in_robust_measures()

# ---- data ------------------------------------------------------------------------------------

first_clusters <- function(data, cluster, count) {
  data[data[[cluster]] %in% unique(data[[cluster]])[seq_len(count)], ]
}

ratings <- function() {
  with(mitml::studentratings, data.frame(
    ID, girl = 1 * (Sex == "Girl"), MathAchiev = MathAchiev / 100, MathDis, SES = SES / 10,
    ReadAchiev = ReadAchiev / 100, ReadDis, CognAbility = CognAbility / 10, SchClimate))
}

leadership <- function() {
  with(mitml::leadership, data.frame(GRPID, JOBSAT, COHES, NEGLEAD, high = 1 * (WLOAD == "high")))
}

real <- list(
  two_level = function() {
    data <- Demo.twolevel[c("y1", "y2", "y3", "x1", "x2", "x3", "w1", "w2", "cluster")]
    data[data$cluster <= 60, ]
  },
  schools = function() {
    data <- with(mlmRev::Hsb82, data.frame(school = as.integer(as.character(school)),
                                           minority = 1 * (minrty == "Yes"),
                                           female = 1 * (sx == "Female"), ses, math = mAch,
                                           catholic = 1 * (sector == "Catholic")))
    first_clusters(data[order(data$school), ], "school", 40)
  },
  exam = function() {
    data <- with(mlmRev::Exam, data.frame(school = as.integer(school), normexam, standLRT, schavg,
                                          girl = 1 * (sex == "F")))
    first_clusters(data, "school", 30)
  },
  language = function() {
    data <- with(nlme::bdf, data.frame(school = as.integer(as.character(schoolNR)),
                                       IQ = IQ.verb, ses = ses / 10, langPRET = langPRET / 10,
                                       langPOST = langPOST / 10, aritPRET = aritPRET / 10,
                                       aritPOST = aritPOST / 10))
    first_clusters(data, "school", 50)
  },
  ratings = ratings,
  ratings_complete = function() na.omit(ratings()),
  leadership = leadership,
  leadership_complete = function() na.omit(leadership()),
  junior = function() {
    with(jomo::JSPmiss, data.frame(school = as.integer(school), girl = as.integer(as.character(sex)),
                                   ravens = ravens / 10, english = english / 10))
  },
  pigs = function() {
    data <- with(geepack::dietox, data.frame(Pig, Time, Start = Start / 10, Weight = Weight / 10,
                                             Feed = Feed / 10))
    na.omit(data)
  },
  sleep = function() {
    with(sleepstudy, data.frame(Subject = as.integer(as.character(Subject)), Days,
                                Reaction = Reaction / 100))
  },
  popular = function() {
    data <- mice::popmis[c("school", "popular", "sex", "texp", "teachpop")]
    data[data$school <= 30, ]
  },
  depression_occasions = function() {
    wide <- HSAUR3::BtheB
    months <- c(2, 3, 5, 8)
    scores <- wide[c("bdi.pre", paste0("bdi.", months, "m"))]
    occasion <- function(k) {
      data.frame(client = seq_len(nrow(wide)), month = months[k], bdi = scores[[k + 1]],
                 previous = scores[[k]], pre = wide$bdi.pre,
                 treatment = 1 * (wide$treatment == "BtheB"), drug = 1 * (wide$drug == "Yes"))
    }
    na.omit(do.call(rbind, lapply(1:4, occasion)))
  },
  exercise = function() {
    data <- with(carData::Blackmore, data.frame(subject = as.integer(as.factor(subject)), age,
                                                exercise, patient = 1 * (group == "patient")))
    data[data$subject %% 4 == 0, ]
  },
  jaw = function() {
    with(as.data.frame(nlme::Orthodont),
         data.frame(Subject = as.character(Subject), distance, age, male = 1 * (Sex == "Male")))
  },
  chicks = function() {
    with(as.data.frame(ChickWeight),
         data.frame(Chick = as.integer(as.character(Chick)), weight = weight / 100,
                    Time = Time / 10, diet2 = 1 * (Diet == 2), diet3 = 1 * (Diet == 3),
                    diet4 = 1 * (Diet == 4)))
  },
  seizures = function() {
    with(MASS::epil, data.frame(subject, period, count = log(y + 1), base = lbase, age = lage,
                                treated = 1 * (trt == "progabide")))
  },
  scots = function() {
    data <- with(mlmRev::ScotsSec, data.frame(primary = as.integer(as.character(primary)),
                                              verbal = verbal / 10, attain, girl = 1 * (sex == "F"),
                                              social = social / 10))
    first_clusters(data, "primary", 60)
  }
)

# Clients within therapists: experience varies between therapists only.
clients <- function(sizes, draw = rnorm, share = .2) {
  therapist <- rep(seq_along(sizes), sizes)
  n <- length(therapist)
  between <- function() sqrt(share) * draw(length(sizes))[therapist]
  experience <- rnorm(length(sizes))[therapist]
  severity <- between() + rnorm(n)
  alliance <- .3 * experience - .2 * severity + between() + draw(n)
  outcome <- .4 * alliance + .1 * experience - .3 * severity + between() + draw(n)
  satisfaction <- .5 * alliance + .2 * outcome + between() + draw(n)
  data.frame(therapist, experience, severity, alliance, outcome, satisfaction)
}

items_of <- function(factor, name, loadings, therapist) {
  values <- sapply(loadings, function(loading) {
    loading * factor + .3 * rnorm(max(therapist))[therapist] + .7 * rnorm(length(factor))
  })
  setNames(as.data.frame(values), paste0(name, seq_along(loadings)))
}

clients_with_items <- function() {
  data <- clients(sample(4:14, 40, replace = TRUE))
  with(data, data.frame(therapist, experience, severity,
                        items_of(alliance, "i", c(1, .9, .8, .7), therapist),
                        items_of(outcome, "o", c(1, .8, .9), therapist)))
}

simulated <- list(
  therapists_10 = function() clients(c(4, 14, 9, 7, 12, 5, 10, 8, 6, 11)),
  therapists_15 = function() clients(sample(3:20, 15, replace = TRUE)),
  therapists_20 = function() clients(rep(20, 20), share = .05),
  therapists_30 = function() clients(rep(10, 30), share = .1),
  therapists_60 = function() clients(sample(2:14, 60, replace = TRUE)),
  therapists_100 = function() clients(sample(1:8, 100, replace = TRUE)),
  sizes_uneven = function() clients(c(90, 60, 45, 30, 2, 3, 2, 4, 8, 16, 5, 3, 7, 2, 9, 4, 3, 2)),
  singletons = function() clients(rep(c(1, 1, 1, 2), 30)),
  sessions = function(n = 30, occasions = 5) {
    client <- rep(seq_len(n), each = occasions)
    attachment <- rnorm(n)[client]
    alliance <- .4 * attachment + rnorm(n)[client] + .6 * rnorm(n * occasions)
    mood <- .4 * alliance + rnorm(n)[client] + .7 * rnorm(n * occasions)
    data.frame(client, session = rep(seq_len(occasions), n), attachment, alliance, mood)
  },
  items = clients_with_items,
  items_missing = function() {
    data <- clients_with_items()
    lose(lose(data, grep("^[io]", names(data), value = TRUE), .1), "severity", .08)
  },
  clients_missing = function() {
    data <- clients(sample(5:15, 30, replace = TRUE))
    data <- lose(lose(data, c("outcome", "satisfaction"), .25, by = "alliance"), "severity", .1)
    data$alliance[sample(nrow(data), 20)] <- NA
    data[1:8, c("alliance", "outcome", "satisfaction")] <- NA
    data
  },
  heavy_nested = function() {
    clients(sample(4:16, 35, replace = TRUE), draw = function(n) rt(n, 4) / sqrt(2), share = .6)
  },
  named_clusters = function() {
    data <- clients(sample(3:12, 26, replace = TRUE))
    data$therapist <- paste0("T-", letters[data$therapist])
    data[sample(nrow(data)), ]
  }
)

# ---- fitting ---------------------------------------------------------------------------------

options_of <- function(model) {
  how <- list(cluster = model$cluster)
  if (model$missing == "") return(c(how, fixed.x = TRUE, meanstructure = TRUE))
  c(how, missing = "ml", fixed.x = FALSE, em.h1.tol = 1e-11, em.h1.iter.max = 20000)
}

# The search needs no clusters; with them lavaan changes `se`.
fit_clusters <- function(model, data) {
  options <- options_of(model)
  without <- options[names(options) != "cluster"]
  solution <- polish(read_syntax(model$model_id), data, without)
  attr(solution, "options") <- list()
  fits_at(solution, data, options)
}

tables <- list(parameters = all_parameter_rows, fit_measures = some_fit_measures,
               r_squared = r_squared_rows, solutions = function(fit) {
  cbind(n_clusters = fit@Data@Lp[[1]]$nclusters[[2]], solution_rows(fit))
})

# One-way analysis of variance, with the average size that unequal clusters need, and REML.
icc_rows <- function(data, cluster, variable) {
  rows <- data.frame(y = data[[variable]], group = factor(data[[cluster]]))
  rows <- droplevels(rows[!is.na(rows$y), ])
  sizes <- table(rows$group)
  means <- anova(lm(y ~ group, rows))[["Mean Sq"]]
  n0 <- (sum(sizes) - sum(sizes^2) / sum(sizes)) / (length(sizes) - 1)
  between <- (means[1] - means[2]) / n0
  # the whole of the variance is between clusters: nothing for a mixed model to find
  mixed <- NA
  if (means[2] > 1e-10 * means[1]) {
    tight <- lmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-10),
                         check.conv.singular = "ignore")
    found <- as.data.frame(VarCorr(lmer(y ~ 1 + (1 | group), rows, control = tight)))$vcov
    mixed <- round(found[1] / sum(found), 10)
  }
  data.frame(variable, n = nrow(rows), n_clusters = length(sizes), mean_size = n0,
             anova = between / (between + means[2]), reml = mixed)
}

write_icc <- function(models) {
  sets <- unique(models[c("dataset", "cluster")])
  rows <- lapply(seq_len(nrow(sets)), function(i) {
    data <- read_data(sets$dataset[i])
    variables <- setdiff(names(data), sets$cluster[i])
    data.frame(sets[i, ], do.call(rbind, lapply(variables, icc_rows, data = data,
                                                cluster = sets$cluster[i])), row.names = NULL)
  })
  write_table(do.call(rbind, rows), "icc.csv", digits = 10)
}

main <- function(asked = commandArgs(TRUE)) {
  write_data(c(real, simulated), first_seed = 20242000)
  models <- read_models()
  if (length(asked)) {
    return(write_fits(models[models$model_id %in% asked, ], fit_clusters,
                      lapply(tables, function(rows) function(fit) print(rows(fit), digits = 8))))
  }
  write_fits(models, fit_clusters, tables)
  write_icc(models)
  write_versions("lme4", "nlme", "mlmRev", "mitml", "jomo", "geepack", "mice", "HSAUR3", "carData",
                 "MASS")
}

invisible(main())
