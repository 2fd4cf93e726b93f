# Krippendorff's alpha for unitizing (Krippendorff et al., 2016) by counting all pairs of points, for
# test_unitizing.py; run here: Rscript unitizing.R
# Written from the definition, without the formulas of the project: each point of each coder is a
# value; observed are pairs of two coders on one point, expected all pairs of points but those of one
# stretch (and a point of a gap with itself).
set.seed(11)
draw_true <- function(length, codes) {
  rows <- NULL
  at <- sample(0:4, 1)
  while (at < length - 8) {
    end <- at + sample(3:8, 1)
    rows <- rbind(rows, data.frame(code = sample(codes, 1), start = at, end = end))
    at <- end + sample(c(0, 1:6), 1) # 0: the next stretch touches this one
  }
  rows
}
draw_coder <- function(true, codes) { # ends missed by a point, stretches left out, other codes
  end <- pmax(true$start + 1, true$end - sample(0:2, nrow(true), TRUE))
  other <- runif(nrow(true)) < .2
  code <- ifelse(other, sample(codes, nrow(true), TRUE), true$code)
  data.frame(code, start = true$start, end)[runif(nrow(true)) < .85, ]
}
sets <- list( # coders of each video
  two_coders = list(v1 = 1:2), three_coders = list(v1 = 1:3),
  four_videos = list(v1 = 1:3, v2 = 1:3, v3 = 1:3, v4 = 1:3),
  incomplete = list(v1 = 1:4, v2 = c(1, 3), v3 = c(2, 3, 4), v4 = c(1, 4))
)
marks <- do.call(rbind, lapply(names(sets), function(name) {
  do.call(rbind, lapply(names(sets[[name]]), function(video) {
    true <- draw_true(40, c("a", "b", "c"))
    do.call(rbind, lapply(sets[[name]][[video]], function(coder) {
      cbind(set = name, video = video, coder = LETTERS[coder], draw_coder(true, c("a", "b", "c")))
    }))
  }))
}))
write.csv(marks, "stretches.csv", row.names = FALSE, quote = FALSE)

alpha <- function(own) {
  same <- pairs <- 0
  values <- stretch <- NULL
  for (video in unique(own$video)) {
    here <- own[own$video == video, ]
    coders <- unique(here$coder)
    grid <- sapply(coders, function(coder) {
      value <- rep("", 40)
      for (k in which(here$coder == coder)) value[(here$start[k] + 1):here$end[k]] <- here$code[k]
      value
    })
    unit <- sapply(coders, function(coder) {
      id <- paste(video, coder, "point", 1:40)
      for (k in which(here$coder == coder))
        id[(here$start[k] + 1):here$end[k]] <- paste(video, coder, "stretch", k)
      id
    })
    m <- length(coders)
    for (i in 1:m) for (j in setdiff(1:m, i)) {
      same <- same + sum(grid[, i] == grid[, j]) / (m - 1)
      pairs <- pairs + 40 / (m - 1)
    }
    values <- c(values, grid)
    stretch <- c(stretch, unit)
  }
  counted <- outer(stretch, stretch, "!=")
  expected <- sum(outer(values, values, "==") & counted) / sum(counted)
  c(observed = 1 - same / pairs, expected = 1 - expected, alpha = 1 - (1 - same / pairs) / (1 - expected))
}
rows <- NULL
for (name in names(sets)) {
  own <- marks[marks$set == name, ]
  rows <- rbind(rows, data.frame(set = name, what = "which code", t(alpha(own))))
  rows <- rbind(rows, data.frame(set = name, what = "any code", t(alpha(transform(own, code = "any")))))
  for (code in c("a", "b", "c")) {
    # a coder without this code still saw the video: an empty stretch at its end says so
    one <- own
    one$code <- ifelse(own$code == code, code, "")
    points <- one[one$code == "", ]
    one <- rbind(one[one$code != "", ],
                 do.call(rbind, lapply(split(points, seq_len(nrow(points))), function(p)
                   data.frame(set = p$set, video = p$video, coder = p$coder, code = "",
                              start = p$start:(p$end - 1), end = (p$start + 1):p$end))))
    rows <- rbind(rows, data.frame(set = name, what = code, t(alpha(one))))
  }
}
write.csv(rows, "alpha.csv", row.names = FALSE, quote = FALSE)
writeLines(R.version.string, "versions.txt")
