# Agreement by irrCAC and reliability of ratings by psych, for test_against_r.py; run here:
#   Rscript agreement.R
# irrCAC's own data of four raters (Gwet, 2014), codings drawn at random with and without gaps, and
# the ratings of Shrout & Fleiss (1979).
library(irrCAC)
library(psych)

four <- read.csv("four_raters.csv", na.strings = "", stringsAsFactors = FALSE)
set.seed(7)
draw <- function(gaps) {
  true <- sample(letters[1:5], 60, TRUE, c(.5, .2, .15, .1, .05))
  codes <- sapply(1:3, function(j) ifelse(runif(60) < .7, true, sample(letters[1:5], 60, TRUE)))
  if (gaps) codes[cbind(sample(60, 25), sample(3, 25, TRUE))] <- NA
  as.data.frame(codes)
}
sets <- list(four_raters = four[, -1], complete = draw(FALSE), incomplete = draw(TRUE))
for (name in names(sets)[-1]) {
  write.csv(sets[[name]], paste0(name, ".csv"), row.names = FALSE, na = "")
}
nominal <- do.call(rbind, lapply(names(sets), function(name) {
  x <- sets[[name]]
  data.frame(
    set = name,
    gwet_ac1 = gwet.ac1.raw(x)$est$coeff.val,
    krippendorff_alpha = krippen.alpha.raw(x)$est$coeff.val,
    percent_agreement = gwet.ac1.raw(x)$est$pa
  )
}))
write.csv(nominal, "nominal.csv", row.names = FALSE)

ratings <- matrix(c(9, 2, 5, 8, 6, 1, 3, 2, 8, 4, 6, 8, 7, 1, 2, 6, 10, 5, 6, 9, 6, 2, 4, 7), 6, 4,
                  byrow = TRUE)
icc <- ICC(ratings, lmer = FALSE)$results
write.csv(data.frame(type = icc$type, est = icc$ICC, ci_lower = icc$`lower bound`,
                     ci_upper = icc$`upper bound`), "icc.csv", row.names = FALSE)
interval <- krippen.alpha.raw(as.data.frame(ratings), weights = "quadratic")$est$coeff.val
write.csv(data.frame(alpha_interval = interval), "rating_alpha.csv", row.names = FALSE)
writeLines(c(R.version.string, paste("irrCAC", packageVersion("irrCAC")), paste("psych", packageVersion("psych"))),
           "versions.txt")
