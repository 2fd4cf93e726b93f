# Common factors in place of composites, from lavaan: for test_common_factors.py.
# Run in this folder: Rscript common_factors.R
# holzinger: items that ship with lavaan. reversed: the first item times -1. coping:
# the synthetic items of the coping study, as many a construct as its notebook takes. heywood:
# simulated, few cases and one indicator that is almost its factor; single: a construct of one item.

suppressPackageStartupMessages(library(lavaan))
source("../sem/fitting.R")  # a solution, polished by Newton steps

blocks <- list(visual = paste0("x", 1:3), textual = paste0("x", 4:6), speed = paste0("x", 7:9))
paths <- list(textual = "visual", speed = c("visual", "textual"))
holzinger <- read.csv("holzinger.csv")
reversed <- holzinger
reversed$x1 <- -reversed$x1

set.seed(5)
f <- matrix(rnorm(60 * 3), 60)
f[, 2] <- 0.5 * f[, 1] + f[, 2]
f[, 3] <- 0.4 * f[, 1] + 0.3 * f[, 2] + f[, 3]
heywood <- as.data.frame(sapply(1:9, function(k) {
  strength <- if (k %% 3 == 1) 1.6 else 0.25
  strength * f[, (k + 2) %/% 3] + rnorm(60)
}))
names(heywood) <- paste0("x", 1:9)
heywood <- round(heywood, 4)
write.csv(heywood, "common_factors_heywood.csv", row.names = FALSE)

counts <- read.csv("common_factors_items.csv")
coping <- read.csv("../../../data/coping_adherence/synthetic.csv")
coping_blocks <- setNames(lapply(seq_len(nrow(counts)), function(k)
  paste0(counts$construct[k], "_", seq_len(counts$n[k]))), counts$construct)
coping_paths <- list(
  alliance = c("avoidant", "problem_focused", "emotion_focused"),
  adherence = c("avoidant", "problem_focused", "emotion_focused", "alliance"))

rows <- list()
run <- function(name, data, blocks, paths) {
  measured <- sapply(names(blocks), function(b) paste(b, "=~", paste(blocks[[b]], collapse = " + ")))
  structural <- sapply(names(paths), function(y) paste(y, "~", paste(paths[[y]], collapse = " + ")))
  data <- as.data.frame(scale(data[unlist(blocks)]))
  # lavaan's tight tolerances lead away from the solution where a marker is reversed
  solution <- polish(paste(c(measured, structural), collapse = "\n"), data, control = list())
  fit <- suppressWarnings(fit_at(solution, data, "ML"))
  std <- standardizedSolution(fit, type = "std.all")
  raw <- parameterEstimates(fit)
  for (i in which(std$op == "~")) rows[[length(rows) + 1]] <<- data.frame(
    model = name, op = "~", lhs = std$lhs[i], rhs = std$rhs[i], est = std$est.std[i], z = raw$z[i])
  r2 <- lavInspect(fit, "rsquare")
  for (y in names(paths)) rows[[length(rows) + 1]] <<- data.frame(
    model = name, op = "r2", lhs = y, rhs = "", est = r2[[y]], z = NA)
  variance <- raw[raw$op == "~~" & raw$lhs == raw$rhs & raw$est < 0, ]
  for (i in seq_len(nrow(variance))) rows[[length(rows) + 1]] <<- data.frame(
    model = name, op = "negative variance", lhs = variance$lhs[i], rhs = "", est = variance$est[i], z = NA)
}
run("holzinger", holzinger, blocks, paths)
run("reversed", reversed, blocks, paths)
run("single", holzinger, list(visual = blocks$visual, textual = "x4", speed = blocks$speed), paths)
run("heywood", heywood, blocks, paths)
run("coping", coping, coping_blocks, coping_paths)

table <- do.call(rbind, rows)
for (column in c("est", "z")) table[[column]] <-
  ifelse(is.na(table[[column]]), "", sprintf("%.12g", table[[column]]))
write.csv(table, "common_factors.csv", row.names = FALSE)
