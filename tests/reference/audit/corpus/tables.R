# What the corpus's scripts share: how many of each kind are asked for, and where a table goes.
given <- commandArgs(trailingOnly = TRUE)
many <- function(usual) if (length(given)) as.integer(given[1]) else usual
folder <- if (length(given) > 1) given[2] else "."
out <- function(rows, name) {
  frame <- do.call(rbind, rows)
  number <- vapply(frame, is.numeric, TRUE)
  frame[number] <- lapply(frame[number], function(x) trimws(formatC(x, digits = 15, format = "g")))
  write.csv(frame, file.path(folder, paste0(name, ".csv")), row.names = FALSE, quote = FALSE)
}
