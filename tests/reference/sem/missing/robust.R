# Robust CFI, TLI and RMSEA under missing values, with exogenous variables random.
#
#   Rscript tests/reference/sem/missing/robust.R      robust.csv (3 minutes)
#
# lavaan 0.6-14 computes them from a model fitted to the saturated moments, and fits that one with
# fixed.x = TRUE whatever the model itself says: the information about the moments of exogenous
# variables is then missing from it. Here the one argument is handed on; all else is lavaan's own.

folder <- dirname(normalizePath(sub("^--file=", "",
                                    grep("^--file=", commandArgs(FALSE), value = TRUE))))
source(file.path(folder, "make_reference.R"))

text <- deparse(lavaan:::lav_fit_fiml_corrected)
mended <- gsub("sample.cov.rescale = FALSE,", "sample.cov.rescale = FALSE, fixed.x = FALSE,", text,
               fixed = TRUE)
stopifnot(sum(mended != text) == 2)
mended <- eval(parse(text = mended))
environment(mended) <- asNamespace("lavaan")
assignInNamespace("lav_fit_fiml_corrected", mended, "lavaan")

robust_rows <- function(fit) {
  if (lavInspect(fit, "test")[[1]]$df == 0) return(NULL)
  rows <- some_fit_measures(fit)
  rows[grepl("robust", rows$measure), ]
}

models <- read_models()
models <- models[models$auxiliary == "", ]
write_fits(models, fit_missing, list(robust = robust_rows))
