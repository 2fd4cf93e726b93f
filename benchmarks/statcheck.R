# What statcheck says of statements, and GRIM of means: Rscript statcheck.R statements.csv answers.csv
# `statements.csv` has the columns id, text (a result in APA style) or mean, n, items. An answer is
# "error", "right", or "not read". GRIM is the formula of Brown and Heathers (2017): the mean is that
# of a whole number over n times the number of items, rounded either way at a tie.
suppressPackageStartupMessages(library(statcheck))
given <- commandArgs(trailingOnly = TRUE)
rows <- read.csv(given[1], colClasses = "character")
answer <- rep("not read", nrow(rows))
said <- which(nzchar(rows$text))
texts <- setNames(rows$text[said], rows$id[said])
found <- suppressMessages(suppressWarnings(statcheck(texts, messages = FALSE)))
names(found) <- tolower(names(found))
answer[match(as.character(found$source), rows$id)] <- ifelse(found$error, "error", "right")
means <- which(nzchar(rows$mean))
grim <- function(mean, n, items) {
  digits <- nchar(sub("^[^.]*[.]?", "", mean))
  value <- as.numeric(mean)
  total <- as.numeric(n) * as.numeric(items)
  near <- c(floor(value * total), ceiling(value * total)) / total
  any(abs(near - value) <= 0.5 * 10^-digits + 1e-9)
}
answer[means] <- ifelse(mapply(grim, rows$mean[means], rows$n[means], rows$items[means]), "right", "error")
write.csv(data.frame(id = rows$id, answer = answer), given[2], row.names = FALSE)
cat("statcheck", format(packageVersion("statcheck")), "\n")
