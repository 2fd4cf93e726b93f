# Seconds that lavaan takes for one model: Rscript lavaan_sem.R MODEL DATA REPETITIONS OPTION=VALUE …
#
# Prints the median over the repetitions, after one that is not counted.

suppressPackageStartupMessages(library(lavaan))
given <- commandArgs(TRUE)
syntax <- paste(readLines(given[1]), collapse = "\n")
data <- read.csv(given[2], check.names = FALSE)
wanted <- lapply(strsplit(given[-(1:3)], "="), function(pair) {
  value <- pair[2]
  setNames(list(if (value %in% c("TRUE", "FALSE")) as.logical(value) else value), pair[1])
})
wanted <- do.call(c, c(list(list()), wanted))
run <- function() suppressWarnings(do.call("sem", c(list(syntax, data = data), wanted)))
invisible(run())
seconds <- vapply(seq_len(as.integer(given[3])), function(i) system.time(run())[["elapsed"]], 0)
cat(median(seconds), "\n")
