# Reference values of full-information maximum likelihood, by lavaan (and semTools).
#
#   Rscript tests/reference/sem/missing/make_reference.R             everything (5 minutes)
#   Rscript tests/reference/sem/missing/make_reference.R bfi_two …   these models, printed only
#
# To add a model: write models/<model_id>.lav, name it in models.csv, run the script.

suppressPackageStartupMessages({
  library(lavaan)
  library(semTools)
})

argument <- grep("^--file=", commandArgs(FALSE), value = TRUE)
here <- if (length(argument)) dirname(normalizePath(sub("^--file=", "", argument))) else getwd()
file_in <- function(...) file.path(here, ...)
for (name in c("writing.R", "fitting.R", "corpus.R")) source(file_in("..", name))

RNGkind("Mersenne-Twister", "Inversion", "Rejection")
random_x_in_robust_measures()

# ---- data ------------------------------------------------------------------------------------

reverse <- function(x, highest = 7) highest - x

real <- list(
  airquality = function() {
    with(airquality, data.frame(Ozone = Ozone / 10, Solar = Solar.R / 100, Wind, Temp = Temp / 10,
                                Month))
  },
  sat_act = function() {
    with(psychTools::sat.act,
         data.frame(gender = gender - 1, education, age = age / 10, ACT, SATV = SATV / 100,
                    SATQ = SATQ / 100))
  },
  beat_the_blues = function() {
    with(HSAUR3::BtheB,
         data.frame(drug = 1 * (drug == "Yes"), long = 1 * (length == ">6m"),
                    treatment = 1 * (treatment == "BtheB"), pre = bdi.pre, bdi2 = bdi.2m,
                    bdi3 = bdi.3m, bdi5 = bdi.5m, bdi8 = bdi.8m))
  },
  growth = function() {
    data <- Demo.growth
    gone <- pmin(rgeom(nrow(data), .15 + .1 * (data$x1 > 0)) + 2, 5)
    for (time in 2:4) data[gone <= time, paste0(c("t", "c"), time)] <- NA
    data
  },
  holzinger = function() {
    data <- HolzingerSwineford1939
    data <- data.frame(age = data$ageyr, sex = data$sex - 1,
                       school = 1 * (data$school == "Pasteur"), data[paste0("x", 1:9)])
    lose(data, paste0("x", 1:9), .12, by = "age")
  },
  democracy = function() lose(PoliticalDemocracy, names(PoliticalDemocracy), .08),
  bfi = function() {
    data <- psychTools::bfi[1:700, ]
    data[c("A1", "C4", "C5")] <- reverse(data[c("A1", "C4", "C5")])
    items <- outer(1:5, c("A", "C", "N"), function(number, scale) paste0(scale, number))
    data[7, items[, 1]] <- data[11, items] <- NA
    data.frame(data[c(items)], age = data$age / 10, gender = data$gender - 1,
               education = data$education)
  },
  bfi_scales = function() {
    data <- psychTools::bfi
    reversed <- c("A1", "C4", "C5", "E1", "E2", "O2", "O5")
    data[reversed] <- reverse(data[reversed])
    scale <- function(letter) rowMeans(data[paste0(letter, 1:5)])
    data.frame(agree = scale("A"), consc = scale("C"), extra = scale("E"), neurotic = scale("N"),
               open = scale("O"), age = data$age / 10, gender = data$gender - 1,
               education = data$education)
  },
  boys = function() {
    with(mice::boys, data.frame(age = age / 10, hgt = hgt / 10, wgt = wgt / 10,
                                             hc = hc / 10, tv))
  },
  nhanes = function() {
    with(mice::nhanes, data.frame(age, bmi, chl = chl / 10))
  },
  employee = function() mice::employee,
  mammals = function() {
    with(mice::mammalsleep,
         data.frame(brain = log(brw), sws, ps, span = log(mls), gestation = log(gt), danger = odi))
  },
  students = function() {
    with(MASS::survey,
         data.frame(male = 1 * (Sex == "Male"), Span = Wr.Hnd, Other = NW.Hnd, Pulse = Pulse / 10,
                    Height = Height / 10, Age = Age / 10))
  },
  slid = function() {
    with(carData::SLID[1:1500, ],
         data.frame(wages, education, age = age / 10, male = 1 * (sex == "Male")))
  },
  pima = function() {
    with(MASS::Pima.tr2,
         data.frame(npreg, glu = glu / 10, bp = bp / 10, skin = skin / 10, bmi, age = age / 10))
  },
  popular = function() {
    data <- mice::popmis
    with(data[data$school <= 30, ], data.frame(popular, sex, texp, teachpop))
  },
  cities = function() {
    with(carData::Freedman,
         data.frame(population = log(population), nonwhite, density = log(density),
                    crime = crime / 1000))
  },
  davis = function() {
    with(carData::Davis[-12, ],
         data.frame(male = 1 * (sex == "M"), weight, height, repwt, repht) / 10)
  },
  nations = function() {
    with(carData::UN,
         data.frame(fertility, gdp = log(ppgdp), life = lifeExpF / 10, urban = pctUrban / 10,
                    infant = infantMortality / 10))
  },
  chile = function() {
    with(carData::Chile[1:800, ],
         data.frame(statusquo, income = income / 1e4, age = age / 10,
                    education = as.integer(factor(education, c("P", "S", "PS")))))
  },
  media = function() {
    data <- with(psych::Tal_Or,
                 data.frame(cond, pmi, import, reaction, age = age / 10))
    lose(data, c("pmi", "import", "reaction", "age"), .1)
  },
  protest = function() {
    data <- with(psych::Garcia,
                 data.frame(individual = 1 * (protest == 1), collective = 1 * (protest == 2),
                            anger, liking, respappr))
    lose(lose(data, c("liking", "anger"), .15), "respappr", .1, by = "individual")
  }
)

student <- function(n, df) rt(n, df) / sqrt(df / (df - 2))

simulated <- list(
  alliance = function(n = 400) {
    covariates <- sapply(c(.4, .2, .15, .3, .5, .25), function(share) rbinom(n, 1, share))
    colnames(covariates) <- paste0("c", 1:6)
    index <- function() as.vector(covariates %*% rnorm(6, sd = .3))
    distress <- index() + rnorm(n)
    rri <- -.2 * distress + index() + rnorm(n)
    shared <- rnorm(n)
    component <- function(path, serial, load) {
      path * distress + serial * rri + index() + load * shared + sqrt(1 - load^2) * student(n, 5)
    }
    task <- component(-.13, .48, .85)
    goal <- component(-.05, .51, .8)
    bond <- component(-.03, .53, .6)
    ses <- .47 * task + .08 * goal + .13 * bond + .16 * rri - .05 * distress + student(n, 6)
    data <- data.frame(distress, rri, task, goal, bond, ses, covariates)
    lose(data, names(data)[1:6], .15)
  },
  latent_mediation = function(n = 300) {
    g <- rbinom(n, 1, .5)
    z <- rnorm(n)
    X <- .3 * z + rnorm(n)
    M <- .5 * X + .3 * z + .2 * g + rnorm(n)
    Y <- .4 * M + .2 * X + .3 * g + rnorm(n)
    items <- function(factor, name) {
      values <- sapply(c(1, .9, .8), function(loading) loading * factor + .8 * rnorm(n))
      setNames(as.data.frame(values), paste0(name, 1:3))
    }
    data <- data.frame(items(X, "x"), items(M, "m"), items(Y, "y"), z, g)
    lose(lose(data, names(data)[1:9], .1), "z", .05)
  },
  three_forms = function(n = 250) {
    x <- rnorm(n)
    m <- .5 * x + rnorm(n)
    w <- .4 * m + .2 * x + rnorm(n)
    y <- .4 * w + .2 * m + rnorm(n)
    data <- data.frame(x, m, w, y)
    form <- rep(1:3, length.out = n)
    data$m[form == 1] <- data$w[form == 2] <- data$y[form == 3] <- NA
    data
  },
  only_x = function(n = 200) {
    x <- rnorm(n)
    z <- .3 * x + rnorm(n)
    m <- .5 * x + .2 * z + rnorm(n)
    y <- .4 * m + .2 * x + rnorm(n)
    data <- lose(data.frame(x, z, m, y), c("m", "y"), .1)
    data[171:200, c("m", "y")] <- NA
    data$z[181:190] <- NA
    data
  },
  mar_outcome = function(n = 300) {
    x <- rnorm(n)
    m <- .4 * x + rnorm(n)
    y <- .4 * m + .1 * x + rnorm(n)
    gone <- runif(n) < plogis(-.9 - 1.5 * scale(m)[, 1])
    data.frame(x, m, y = ifelse(gone, NA, y))
  },
  dropout = function(n = 350) {
    x <- rnorm(n)
    m <- .4 * x + rnorm(n)
    y <- .4 * m + rnorm(n)
    aux1 <- .7 * y + rnorm(n)
    aux2 <- .5 * m + rexp(n)
    f <- .5 * x + rnorm(n)
    items <- sapply(1:4, function(i) f + rnorm(n))
    colnames(items) <- paste0("i", 1:4)
    data <- data.frame(x, m, y, items, aux1, aux2)
    data <- lose(lose(data, c("y", "m", "i2", "i4"), .3, by = "aux1"), "aux2", .1)
    data$aux1[sample(n, 20)] <- NA
    data
  },
  heavy_tails = function(n = 400) {
    x <- student(n, 4)
    m <- .4 * x + student(n, 3)
    w <- .4 * m + .1 * x + student(n, 3)
    y <- .4 * w + .2 * m + student(n, 3)
    lose(data.frame(x, m, w, y), c("m", "w", "y"), .2, by = "x")
  },
  tiny = function(n = 20) {
    x <- rnorm(n)
    m <- x + rnorm(n)
    y <- m + rnorm(n)
    data <- data.frame(x, m, y)
    data$m[c(2, 9, 15)] <- data$y[c(4, 9, 18)] <- data$x[6] <- NA
    data
  },
  units = function(n = 300) {
    large <- rnorm(n)
    middle <- .3 * large + rnorm(n)
    small <- .4 * large + .3 * middle + rnorm(n)
    big <- .5 * small + .2 * middle + rnorm(n)
    lose(data.frame(large = 5 * large + 20, middle, small = .2 * small, big = 15 * big),
         c("large", "middle", "small", "big"), .12)
  },
  complete = function(n = 150) {
    x <- rnorm(n)
    m <- .4 * x + rexp(n)
    data.frame(x, m, y = .5 * m + .2 * x + rexp(n))
  },
  wide = function(n = 500) {
    shared <- rnorm(n)
    data <- sapply(1:12, function(i) .3 * shared + rnorm(n))
    for (i in 2:9) data[, i] <- data[, i] + .4 * data[, i - 1]
    for (i in 4:12) data[, i] <- data[, i] + .6 * data[, 3 * ceiling(i / 3)] * (i %% 3 > 0)
    lose(setNames(as.data.frame(data), paste0("v", 1:12)), paste0("v", 1:12), .08)
  },
  panel = function(n = 300) {
    stable <- rnorm(n)
    x1 <- .5 * stable + rnorm(n)
    y1 <- .4 * stable + .3 * x1 + rnorm(n)
    x2 <- .4 * x1 + .1 * y1 + .5 * stable + rnorm(n)
    y2 <- .4 * y1 + .2 * x1 + .4 * stable + rnorm(n)
    x3 <- .4 * x2 + .1 * y2 + .5 * stable + rnorm(n)
    y3 <- .4 * y2 + .2 * x2 + .4 * stable + rnorm(n)
    data <- data.frame(x1, x2, x3, y1, y2, y3)
    gone <- runif(n) < plogis(-1.5 + .8 * y1)
    data[gone, c("x2", "y2", "x3", "y3")] <- NA
    data[runif(n) < .15, c("x3", "y3")] <- NA
    lose(data, c("x1", "x2", "y2"), .05)
  }
)

# ---- fitting ---------------------------------------------------------------------------------

options_missing <- list(missing = "ml", fixed.x = FALSE, em.h1.tol = 1e-11, em.h1.iter.max = 20000)

fit_missing <- function(model, data) {
  if (model$auxiliary != "") return(fit_auxiliary(model, data))
  fits_at(polish(read_syntax(model$model_id), data, options_missing), data, options_missing)
}

# The comparison model of sem.auxiliary(), which leaves the auxiliary variables correlated, is
# handed on; with it CFI and TLI are computed.
fit_auxiliary <- function(model, data) {
  auxiliary <- strsplit(model$auxiliary, " ")[[1]]
  syntax <- read_syntax(model$model_id)
  solution <- polish(syntax, data, options_missing, search = "sem.auxiliary", aux = auxiliary)
  fits <- fits_at(solution, data, options_missing)
  for (estimator in names(fits)) {
    own <- sem.auxiliary(syntax, data, aux = auxiliary, estimator = estimator,
                         em.h1.tol = 1e-11, em.h1.iter.max = 20000)
    fits[[estimator]]@external <- own@external
  }
  fits
}

tables <- list(parameters = all_parameter_rows, fit_measures = some_fit_measures,
               r_squared = r_squared_rows, solutions = solution_rows)

# Saturated moments once for each set of variables.
write_moments <- function(models) {
  seen <- character()
  rows <- list()
  for (i in which(models$auxiliary == "")) {
    data <- read_data(models$dataset[i])
    fit <- suppressWarnings(do.call("sem", c(
      list(read_syntax(models$model_id[i]), data = data, do.fit = FALSE), options_missing)))
    key <- paste(models$dataset[i], paste(sort(lavNames(fit)), collapse = " "))
    if (key %in% seen) next
    seen <- c(seen, key)
    rows[[key]] <- data.frame(dataset = models$dataset[i], model_id = models$model_id[i],
                              moment_rows(fit))
  }
  write_table(do.call(rbind, rows), "moments.csv", digits = 10)
}

main <- function(asked = commandArgs(TRUE)) {
  write_data(c(real, simulated), first_seed = 20241000)
  models <- read_models()
  if (length(asked)) {
    return(write_fits(models[models$model_id %in% asked, ], fit_missing,
                      lapply(tables, function(rows) function(fit) print(rows(fit), digits = 8))))
  }
  write_fits(models, fit_missing, tables)
  write_moments(models)
  write_versions("semTools", "psych", "psychTools", "MASS", "carData", "mice", "HSAUR3")
}

invisible(main())
