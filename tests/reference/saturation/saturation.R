# Species accumulation and Chao2 of vegan's dune meadow data, taken as presence or absence.
# Run in this folder: Rscript saturation.R
suppressPackageStartupMessages(library(vegan))

data(dune)
presence <- (dune > 0) * 1L
write.csv(presence, "presence.csv", row.names = FALSE)

exact <- specaccum(presence, method = "exact")
write.csv(
  data.frame(n_videos = exact$sites, expected = sprintf("%.17g", exact$richness)),
  "accumulation.csv", row.names = FALSE, quote = FALSE
)

# The same without the species of exactly two sites, where Chao2 takes its other form.
no_pairs <- presence[, colSums(presence) != 2]
pools <- rbind(all = specpool(presence), no_pairs = specpool(no_pairs))
write.csv(
  data.frame(
    data = rownames(pools), n_codes = pools$Species, chao2 = sprintf("%.17g", pools$chao)
  ),
  "richness.csv", row.names = FALSE, quote = FALSE
)

writeLines(
  c(R.version.string, paste("vegan", packageVersion("vegan"))), "versions.txt"
)
