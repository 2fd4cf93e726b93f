# Tables as the reference scripts write them: numbers with 15 digits, words in quotes, "" for NA.
# The script that reads this file says where its folder is: file_in().

as_text <- function(column, digits) {
  if (!is.double(column)) return(ifelse(is.na(column), "", as.character(column)))
  ifelse(is.na(column), "", formatC(column, digits = digits, format = "g", width = 1))
}

write_table <- function(table, ..., digits = 15) {
  text <- as.data.frame(lapply(table, as_text, digits = digits), check.names = FALSE)
  names(text) <- names(table)
  words <- which(vapply(table, is.character, logical(1)))
  write.csv(text, file_in(...), row.names = FALSE, quote = unname(words), na = "", eol = "\n")
}
