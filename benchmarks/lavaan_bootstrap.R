# Seconds that lavaan's own bootstrap of a path model takes.
#
#   Rscript benchmarks/lavaan_bootstrap.R DATA.csv MODEL.lav DRAWS
#
# prints one line, "seconds draws failed": the time of the call less that of a fit without bootstrap.

suppressPackageStartupMessages(library(lavaan))

arguments <- commandArgs(TRUE)
if (length(arguments) != 3) stop("usage: lavaan_bootstrap.R DATA.csv MODEL.lav DRAWS")
data <- read.csv(arguments[1], check.names = FALSE)
model <- paste(readLines(arguments[2]), collapse = "\n")
draws <- as.integer(arguments[3])

plain <- system.time(sem(model, data = data, fixed.x = TRUE))[["elapsed"]]
seconds <- system.time(
  fit <- suppressWarnings(
    sem(model, data = data, fixed.x = TRUE, se = "bootstrap", bootstrap = draws, iseed = 1))
)[["elapsed"]]
cat(format(seconds - plain, nsmall = 3), draws, draws - nrow(lavInspect(fit, "boot")), "\n")
