# Tables of R's models in the forms in which papers print them, for the audit of printed tables.
# Every number is true; only the layout, the names and the notes differ. Run in this folder:
#   Rscript make_forms.R
suppressPackageStartupMessages({
  library(lavaan); library(psych); library(lme4); library(lmerTest); library(sandwich)
  library(lmtest); library(clubSandwich); library(survival); library(MASS); library(nnet)
  library(car); library(emmeans); library(semTools); library(metafor); library(nlme)
})
options(contrasts = c("contr.sum", "contr.poly"), warn = -1)
set.seed(20261129)

f <- function(x, d = 2) ifelse(is.na(x), "", sub("^-(0\\.?0*)$", "\\1", sprintf(paste0("%.", d, "f"), x)))
f0 <- function(x, d = 2) sub("^(-?)0\\.", "\\1.", f(x, d))
pv <- function(p, d = 3) ifelse(is.na(p), "", ifelse(p < 10^-d, paste0("< ", f0(10^-d, d)), f0(p, d)))
spss <- function(p) f0(p, 3)
st <- function(p) ifelse(p < .001, "***", ifelse(p < .01, "**", ifelse(p < .05, "*", "")))
write <- function(name, rows, ext = "csv") {
  rows <- lapply(rows, function(r) paste(vapply(as.character(r), function(x) if (grepl('[,"]', x)) paste0('"', x, '"') else x, ""), collapse = ","))
  writeLines(unlist(rows), paste0(name, ".", ext), useBytes = TRUE)
}
frame <- function(name, head, ...) {
  cols <- list(...)
  n <- max(lengths(cols))
  write(name, c(list(head), lapply(seq_len(n), function(i) vapply(cols, function(x) as.character(x[i]), ""))))
}
markdown <- function(name, caption, head, rows, note = "") {
  bar <- function(r) paste0("| ", paste(r, collapse = " | "), " |")
  writeLines(c(if (nzchar(caption)) c(caption, ""), bar(head), bar(rep("---", length(head))),
               vapply(rows, bar, ""), "", note), paste0(name, ".md"), useBytes = TRUE)
}
text <- function(name, lines) writeLines(lines, paste0(name, ".txt"), useBytes = TRUE)

# ---- data: those that come with R, psych and lavaan --------------------------------------------
data(bfi, package = "psych", envir = environment()); data(sat.act, package = "psych", envir = environment())
hs <- HolzingerSwineford1939
m1 <- lm(mpg ~ wt + hp + qsec, mtcars); s1 <- summary(m1); c1 <- s1$coefficients; ci1 <- confint(m1)
z <- as.data.frame(scale(mtcars)); b1 <- coef(lm(mpg ~ wt + hp + qsec, z)); b1[1] <- NA
labels <- c("Constant", "Weight", "Power", "Quarter mile")

# 1-12 regressions
frame("regression_apa", c("Variable", "B", "SE B", "β", "t", "p"), labels, f(c1[, 1]), f(c1[, 2]), f0(b1), f(c1[, 3]), pv(c1[, 4]))
frame("regression_spss", c("", "Unstandardized Coefficients B", "Std. Error", "Standardized Coefficients Beta", "t", "Sig.", "95.0% Confidence Interval for B Lower Bound", "Upper Bound"),
      c("(Constant)", "wt", "hp", "qsec"), f(c1[, 1], 3), f(c1[, 2], 3), f(b1, 3), f(c1[, 3], 3), spss(c1[, 4]), f(ci1[, 1], 3), f(ci1[, 2], 3))
bci <- confint(lm(mpg ~ wt + hp + qsec, z)); bci[1, ] <- NA
sr <- vapply(c("wt", "hp", "qsec"), function(v) s1$r.squared - summary(update(m1, paste(". ~ . -", v)))$r.squared, 0)
frame("regression_apatables", c("Predictor", "b", "b 95% CI [LL, UL]", "beta", "beta 95% CI [LL, UL]", "sr2", "r"),
      labels, paste0(f(c1[, 1]), st(c1[, 4])), paste0("[", f(ci1[, 1]), ", ", f(ci1[, 2]), "]"), f(b1),
      ifelse(is.na(b1), "", paste0("[", f(bci[, 1]), ", ", f(bci[, 2]), "]")), c("", f0(sr)),
      c("", f0(cor(mtcars$mpg, mtcars[c("wt", "hp", "qsec")]))))
frame("regression_beta_with_ci_of_b", c("Predictor", "β", "95% CI", "p"), labels[-1], f0(b1[-1]),
      paste0("[", f(ci1[-1, 1]), ", ", f(ci1[-1, 2]), "]"), pv(c1[-1, 4]))
frame("regression_beta_with_se_of_b", c("Predictor", "β", "SE", "t", "p"), labels[-1], f0(b1[-1]), f(c1[-1, 2]), f(c1[-1, 3]), pv(c1[-1, 4]))
frame("regression_stars_only", c("Predictor", "β"), c(labels[-1], "R²", "F(3, 28)"),
      c(paste0(f0(b1[-1]), st(c1[-1, 4])), paste0(f0(s1$r.squared)), paste0(f(s1$fstatistic[1]), "***")))
frame("regression_ns", c("Predictor", "b", "SE", "t", "p"), labels, f(c1[, 1]), f(c1[, 2]), f(c1[, 3]), ifelse(c1[, 4] > .05, "ns", pv(c1[, 4])))
frame("regression_comparisons", c("Predictor", "b", "SE", "t", "p"), labels, f(c1[, 1]), f(c1[, 2]), f(c1[, 3]),
      ifelse(c1[, 4] > .05, "> .05", ifelse(c1[, 4] < .001, "< .001", ifelse(c1[, 4] < .01, "< .01", "< .05"))))
frame("regression_one_tailed", c("Predictor", "b", "SE", "t", "p (one-tailed)"), labels, f(c1[, 1]), f(c1[, 2]), f(c1[, 3]), pv(c1[, 4] / 2))
frame("regression_one_tailed_unsaid", c("Predictor", "b", "SE", "t", "p"), labels, f(c1[, 1]), f(c1[, 2]), f(c1[, 3]), pv(c1[, 4] / 2))
frame("regression_hc3_named", c("Predictor", "b", "Robust SE", "t", "p", "95% CI"), labels, f(c1[, 1]), f(sqrt(diag(vcovHC(m1)))),
      f(coeftest(m1, vcovHC(m1))[, 3]), pv(coeftest(m1, vcovHC(m1))[, 4]),
      { k <- coefci(m1, vcov. = vcovHC(m1)); paste0("[", f(k[, 1]), ", ", f(k[, 2]), "]") })
h3 <- coeftest(m1, vcovHC(m1))
frame("regression_hc3", c("Predictor", "b", "SE", "p", "95% CI"), c(labels, "R2", "F(3, 28)"),
      c(f(c1[, 1]), f(s1$r.squared), f(waldtest(m1, vcov = vcovHC(m1))$F[2])), c(f(h3[, 2]), "", ""), c(pv(h3[, 4]), "", pv(waldtest(m1, vcov = vcovHC(m1))$`Pr(>F)`[2])),
      c({ k <- coefci(m1, vcov. = vcovHC(m1)); paste0("[", f(k[, 1]), ", ", f(k[, 2]), "]") }, "", ""))
frame("regression_missing_cells", c("Predictor", "b", "SE", "t", "p"), c("Therapy (ref. none)", labels[-1], "Age", "Total"), c("—", f(c1[-1, 1]), "n/a", ""),
      c("—", f(c1[-1, 2]), "n/a", ""), c("", f(c1[-1, 3]), "", ""), c("", pv(c1[-1, 4]), "", ""))
frame("regression_footnotes", c("Predictor", "bᵃ", "SE", "t", "p"), labels, paste0(f(c1[, 1]), c("", "a", "b", "")), f(c1[, 2]), f(c1[, 3]), paste0(pv(c1[, 4]), c("", "", "†", "")))
writeLines(c("Prädiktor;B;SE;t;p", paste(labels, gsub("\\.", ",", f(c1[, 1])), gsub("\\.", ",", f(c1[, 2])), gsub("\\.", ",", f(c1[, 3])), gsub("\\.", ",", pv(c1[, 4])), sep = ";")), "regression_german.csv")

# hierarchical regressions
a1 <- lm(mpg ~ wt, mtcars); a2 <- lm(mpg ~ wt + hp, mtcars); a3 <- lm(mpg ~ wt + hp + qsec + drat, mtcars)
steps <- list(a1, a2, a3); zs <- list(lm(mpg ~ wt, z), lm(mpg ~ wt + hp, z), lm(mpg ~ wt + hp + qsec + drat, z))
r2 <- sapply(steps, function(m) summary(m)$r.squared); adj <- sapply(steps, function(m) summary(m)$adj.r.squared)
names_of <- c(wt = "Weight", hp = "Power", qsec = "Quarter mile", drat = "Axle ratio")
an <- anova(a1, a2, a3); rss <- sapply(steps, deviance); dfr <- sapply(steps, df.residual)
df_change <- c(NA, (rss[1] - rss[2]) / 1 / (rss[2] / dfr[2]), (rss[2] - rss[3]) / 2 / (rss[3] / dfr[3]))
fs <- sapply(steps, function(m) summary(m)$fstatistic[1])
body <- list(c("Variable", "B", "SE B", "β", "t", "R²", "ΔR²"))
for (k in 1:3) {
  body <- c(body, list(c(paste("Step", k), "", "", "", "", f0(r2[k]), f0(c(r2[1], diff(r2))[k]))))
  cc <- summary(steps[[k]])$coefficients[-1, , drop = FALSE]; bb <- coef(zs[[k]])[-1]
  for (i in seq_len(nrow(cc))) body <- c(body, list(c(names_of[rownames(cc)[i]], f(cc[i, 1]), f(cc[i, 2]), paste0(f0(bb[i]), st(cc[i, 4])), f(cc[i, 3]), "", "")))
}
write("hierarchical_beneath", body)
head1 <- c("", rep("Model 1", 3), rep("Model 2", 3), rep("Model 3", 3)); head2 <- c("Variable", rep(c("B", "SE B", "β"), 3))
rows <- lapply(names(names_of), function(v) c(names_of[v], unlist(lapply(1:3, function(k) {
  cc <- summary(steps[[k]])$coefficients; if (!v %in% rownames(cc)) return(c("", "", ""))
  c(f(cc[v, 1]), f(cc[v, 2]), paste0(f0(coef(zs[[k]])[v]), st(cc[v, 4])))
}))))
three <- function(x) unlist(lapply(x, function(y) c(y, "", "")))
write("hierarchical_beside", c(list(head1, head2), rows, list(c("R²", three(f0(r2))), c("F for change in R²", three(c(paste0(f(fs[1]), "***"), f(df_change[2:3])))))))
write("hierarchical_beside_sparse", c(list(c("", "Model 1", "", "", "Model 2", "", "", "Model 3", "", ""), head2), rows,
      list(c("R²", three(f0(r2))), c("ΔR²", three(c("", f0(diff(r2))))), c("F", three(f(fs))), c("df", three(c("1, 30", "2, 29", "4, 27"))))))
frame("hierarchical_summary", c("Model", "R", "R²", "Adjusted R²", "ΔR²", "ΔF", "df1", "df2", "Sig. F Change"), 1:3, f0(sqrt(r2), 3), f0(r2, 3), f0(adj, 3), f0(c(r2[1], diff(r2)), 3),
      f(c(fs[1], df_change[2:3]), 3), c(1, 1, 2), dfr, spss(c(pf(fs[1], 1, 30, lower.tail = FALSE), pf(df_change[2:3], c(1, 2), dfr[2:3], lower.tail = FALSE))))
frame("hierarchical_steps_only_betas", c("Predictor", "Step 1 β", "Step 2 β", "Step 3 β"), c(names_of, "R²", "Adj. R²", "ΔR²", "F"),
      c(f0(coef(zs[[1]])["wt"]), "", "", "", f0(r2[1]), f0(adj[1]), "", f(fs[1])), c(f0(coef(zs[[2]])[names(names_of)[1:2]]), "", "", f0(r2[2]), f0(adj[2]), f0(r2[2] - r2[1]), f(fs[2])),
      c(f0(coef(zs[[3]])[names(names_of)]), f0(r2[3]), f0(adj[3]), f0(r2[3] - r2[2]), f(fs[3])))
# economists' columns
econ <- list(c("", "(1)", "(2)", "(3)"), c("", "mpg", "mpg", "mpg"))
for (v in names(names_of)) {
  get <- function(col, fmt) sapply(steps, function(m) { cc <- summary(m)$coefficients; if (v %in% rownames(cc)) fmt(cc[v, ]) else "" })
  econ <- c(econ, list(c(names_of[v], get(1, function(r) paste0(f(r[1], 3), st(r[4])))), c("", get(2, function(r) paste0("(", f(r[2], 3), ")")))))
}
econ <- c(econ, list(c("Observations", 32, 32, 32), c("R2", f(r2, 3)), c("Adjusted R2", f(adj, 3)), c("F Statistic", paste0(f(fs, 3), "***"))))
write("econ_se_beneath", econ)
econ2 <- list(c("", "Model 1", "Model 2", "Model 3"))
for (v in names(names_of)) econ2 <- c(econ2, list(c(names_of[v], sapply(steps, function(m) { cc <- summary(m)$coefficients; if (v %in% rownames(cc)) paste0(f(cc[v, 1]), st(cc[v, 4]), " (", f(cc[v, 2]), ")") else "" }))))
write("econ_b_se_in_a_cell", c(econ2, list(c("N", 32, 32, 32), c("R²", f(r2)))))
econ3 <- list(c("", "Low group", "High group"))
for (v in names(names_of)[1:2]) econ3 <- c(econ3, list(c(names_of[v], sapply(steps[2:3], function(m) { cc <- summary(m)$coefficients; k <- confint(m); paste0(f(cc[v, 1]), " [", f(k[v, 1]), ", ", f(k[v, 2]), "]") }))))
write("econ_b_ci_in_a_cell", econ3)
tcol <- list(c("", "Model 1", "Model 2"))
for (v in names(names_of)[1:2]) { tcol <- c(tcol, list(c(names_of[v], sapply(steps[2:3], function(m) f(summary(m)$coefficients[v, 1], 3))), c("", sapply(steps[2:3], function(m) paste0("[", f(summary(m)$coefficients[v, 3]), "]"))))) }
write("econ_t_beneath", tcol)

noted <- "Note. Standard errors in parentheses. *p < .05. **p < .01. ***p < .001."
markdown("econ_noted_beneath", "Table 5. Regressions of consumption (N = 32)", econ[[1]], econ[-(1:2)], noted)
markdown("econ_noted_in_a_cell", "Table 5. Regressions of consumption (N = 32)", econ2[[1]], econ2[-1], noted)

# ---- mediation and moderation ----------------------------------------------------------------
med <- lm(hp ~ wt, mtcars); out <- lm(mpg ~ wt + hp, mtcars); tot <- lm(mpg ~ wt, mtcars)
ab <- replicate(2000, { d <- mtcars[sample(32, replace = TRUE), ]; coef(lm(hp ~ wt, d))[2] * coef(lm(mpg ~ wt + hp, d))[3] })
a <- coef(med)[2]; b <- coef(out)[3]
cs <- function(m) { k <- confint(m); s <- summary(m)$coefficients; list(s, k) }
row <- function(name, m, v) { x <- cs(m); c(name, f(x[[1]][v, 1], 3), f(x[[1]][v, 2], 3), f(x[[1]][v, 3], 3), f(x[[1]][v, 4], 4), f(x[[2]][v, 1], 3), f(x[[2]][v, 2], 3)) }
write("mediation_process", list(c("", "coeff", "se", "t", "p", "LLCI", "ULCI"), c("Outcome variable: hp", rep("", 6)), row("constant", med, 1), row("wt", med, 2),
      c("Outcome variable: mpg", rep("", 6)), row("constant", out, 1), row("wt", out, 2), row("hp", out, 3),
      c("Total effect", row("", tot, 2)[-1]), c("Direct effect", row("", out, 2)[-1])))
q <- quantile(ab, c(.025, .975))
write("mediation_effects", list(c("Effect", "Estimate", "BootSE", "BootLLCI", "BootULCI"), c("Total", f(coef(tot)[2]), f(summary(tot)$coefficients[2, 2]), f(confint(tot)[2, 1]), f(confint(tot)[2, 2])),
      c("Direct", f(coef(out)[2]), f(summary(out)$coefficients[2, 2]), f(confint(out)[2, 1]), f(confint(out)[2, 2])), c("Indirect", f(a * b), f(sd(ab)), f(q[1]), f(q[2]))))
write("mediation_skewed", list(c("Path", "Effect", "SE", "BC 95% CI Lower", "BC 95% CI Upper"), c("wt → hp → mpg", f(a * b), f(sd(ab)), f(q[1] - .2), f(q[2] - .1))))
write("mediation_columns", list(c("Mediator", "a", "b", "ab", "95% CI", "c'", "c"), c("Power", f(a, 3), f(b, 3), f(a * b, 3), paste0("[", f(q[1], 3), ", ", f(q[2], 3), "]"), f(coef(out)[2], 3), f(coef(tot)[2], 3))))
mc <- transform(mtcars, wt = wt - mean(wt), hp = hp - mean(hp))
mod <- lm(mpg ~ wt * hp, mc); mm <- summary(mod)$coefficients; V <- vcov(mod)
write("moderation", c(list(c("Predictor", "b", "SE", "t", "p")), lapply(1:4, function(i) c(c("Intercept", "Weight", "Power", "Weight × Power")[i], f(mm[i, 1], 3), f(mm[i, 2], 3), f(mm[i, 3]), pv(mm[i, 4])))))
sl <- function(w) { e <- mm[2, 1] + mm[4, 1] * w; s <- sqrt(V[2, 2] + w^2 * V[4, 4] + 2 * w * V[2, 4]); c(e, s) }
sdw <- sd(mc$hp)
write("moderation_slopes", c(list(c("Power", "Effect", "SE", "t", "p", "LLCI", "ULCI")), lapply(c(-sdw, 0, sdw), function(w) { e <- sl(w); c(f(w), f(e[1]), f(e[2]), f(e[1] / e[2]), pv(2 * pt(-abs(e[1] / e[2]), 28)), f(e[1] - qt(.975, 28) * e[2]), f(e[1] + qt(.975, 28) * e[2])) })))
write("moderation_with_slopes", c(list(c("Predictor", "b", "SE", "t", "p")), lapply(1:4, function(i) c(c("Intercept", "Weight", "Power", "Weight × Power")[i], f(mm[i, 1], 3), f(mm[i, 2], 3), f(mm[i, 3]), pv(mm[i, 4]))),
      list(c("Simple slopes of Weight", "", "", "", "")), lapply(c(-1, 0, 1), function(k) { e <- sl(k * sdw); c(c("Low Power (-1 SD)", "Mean Power", "High Power (+1 SD)")[k + 2], f(e[1], 3), f(e[2], 3), f(e[1] / e[2]), pv(2 * pt(-abs(e[1] / e[2]), 28))) })))

two <- function(name, fit, values, about) {
  s <- summary(fit)$coefficients; W <- vcov(fit)
  effect <- function(w) { e <- s[2, 1] + s[4, 1] * w; k <- sqrt(W[2, 2] + w^2 * W[4, 4] + 2 * w * W[2, 4]); c(f(w), f(e, 3), f(k, 3), f(e / k), pv(2 * pt(-abs(e / k), fit$df.residual))) }
  bar <- function(r) paste0("| ", paste(r, collapse = " | "), " |")
  writeLines(c(about, "", bar(c("Predictor", "b", "SE", "t", "p")), bar(rep("---", 5)),
    vapply(1:4, function(i) bar(c(c("Intercept", "Weight", "Power", "Weight × Power")[i], f(s[i, 1], 4), f(s[i, 2], 4), f(s[i, 3]), pv(s[i, 4]))), ""), "",
    "Table 3. Conditional effects of Weight", "", bar(c("Power", "Effect", "SE", "t", "p")), bar(rep("---", 5)), vapply(values, function(w) bar(effect(w)), "")), paste0(name, ".md"), useBytes = TRUE)
}
two("moderation_two_tables", mod, c(-sdw, 0, sdw), "Table 2. Moderated regression (N = 32); predictors are mean-centered.")
two("moderation_uncentered", lm(mpg ~ wt * hp, mtcars), quantile(mtcars$hp, c(.16, .5, .84)), "Table 2. Moderated regression (N = 32)")

# ---- correlations -------------------------------------------------------------------------------
scales <- with(bfi, data.frame(Agree = rowMeans(cbind(7 - A1, A2, A3, A4, A5)), Consc = rowMeans(cbind(C1, C2, C3, 7 - C4, 7 - C5)), Extra = rowMeans(cbind(7 - E1, 7 - E2, E3, E4, E5)),
   Neuro = rowMeans(cbind(N1, N2, N3, N4, N5)), Open = rowMeans(cbind(O1, 7 - O2, O3, O4, 7 - O5)), age = age))
al <- c(psych::alpha(cbind(7 - bfi$A1, bfi[2:5]))$total$raw_alpha, psych::alpha(cbind(bfi[6:8], 7 - bfi$C4, 7 - bfi$C5))$total$raw_alpha, psych::alpha(cbind(7 - bfi$E1, 7 - bfi$E2, bfi[13:15]))$total$raw_alpha,
        psych::alpha(bfi[16:20])$total$raw_alpha, psych::alpha(cbind(bfi$O1, 7 - bfi$O2, bfi$O3, bfi$O4, 7 - bfi$O5))$total$raw_alpha)
sc <- na.omit(scales)[1:180, ]; R <- cor(sc); n <- nrow(sc); P <- corr.test(sc, adjust = "none")$p
nm <- names(sc)
cell <- function(i, j, stars = TRUE) paste0(f0(R[i, j]), if (stars) st(P[i, j]) else "")
write("correlations_m_sd_alpha", c(list(c("Variable", "M", "SD", "α", 1:5)), lapply(1:6, function(i) c(paste0(i, ". ", nm[i]), f(mean(sc[[i]])), f(sd(sc[[i]])), if (i < 6) f0(al[i]) else "", sapply(1:5, function(j) if (j < i) cell(i, j) else if (j == i) "—" else "")))))
write("correlations_alpha_diagonal", c(list(c("", "M", "SD", 1:6)), lapply(1:6, function(i) c(paste(i, nm[i]), f(mean(sc[[i]])), f(sd(sc[[i]])), sapply(1:6, function(j) if (j < i) cell(i, j) else if (j == i && i < 6) paste0("(", f0(al[i]), ")") else "")))))
write("correlations_alpha_diagonal_bare", c(list(c("", 1:5)), lapply(1:5, function(i) c(paste(i, nm[i]), sapply(1:5, function(j) if (j < i) cell(i, j) else if (j == i) f0(al[i]) else ""))), list(c("M", f(colMeans(sc[1:5]))), c("SD", f(sapply(sc[1:5], sd))))))
g1 <- sc[1:90, ]; g2 <- sc[91:180, ]; R1 <- cor(g1); R2 <- cor(g2)
write("correlations_two_groups", c(list(c("", nm)), lapply(1:6, function(i) c(nm[i], sapply(1:6, function(j) if (j < i) f0(R1[i, j]) else if (j > i) f0(R2[i, j]) else "–")))))
write("correlations_upper", c(list(c("Measure", 2:6, "M", "SD")), lapply(1:6, function(i) c(paste0(i, ". ", nm[i]), sapply(2:6, function(j) if (j > i) cell(i, j) else ""), f(mean(sc[[i]])), f(sd(sc[[i]]))))))
pw <- as.matrix(bfi[1:200, 1:5]); pw[sample(1000, 120)] <- NA; ct <- corr.test(pw, adjust = "none")
write("correlations_pairwise_full", c(list(c("", colnames(pw))), lapply(1:5, function(i) c(colnames(pw)[i], sapply(1:5, function(j) if (i == j) "1" else paste0(f0(ct$r[i, j], 3), st(ct$p[i, j])))))))
sp <- cor(sc, method = "spearman"); spp <- corr.test(sc, method = "spearman", adjust = "none")$p
markdown("correlations_ranks", "Table 2. Spearman correlations (N = 180)", c("", 1:6), lapply(1:6, function(i) c(paste(i, nm[i]), sapply(1:6, function(j) if (j < i) paste0(f0(sp[i, j]), st(spp[i, j])) else ""))), "Note. *p < .05. **p < .01. ***p < .001.")
write("correlations_spss_rows", { r <- list(c("", "", nm[1:4])); for (i in 1:4) r <- c(r, list(c(nm[i], "Pearson Correlation", sapply(1:4, function(j) if (i == j) "1" else paste0(f0(R[i, j], 3), st(P[i, j])))), c("", "Sig. (2-tailed)", sapply(1:4, function(j) if (i == j) "" else spss(P[i, j]))), c("", "N", rep(180, 4)))); r })
write("correlations_list", c(list(c("Pair", "r", "n", "p", "95% CI")), lapply(2:6, function(i) { k <- cor.test(sc[[1]], sc[[i]]); c(paste("Agree –", nm[i]), f0(k$estimate), 180, pv(k$p.value), paste0("[", f0(k$conf.int[1]), ", ", f0(k$conf.int[2]), "]")) })))
pc <- partial.r(sc, 1:5, 6)
markdown("correlations_less_age", "Partial correlations controlling for age, N = 180", c("", 1:5), lapply(1:5, function(i) c(paste(i, nm[i]), sapply(1:5, function(j) if (j < i) f0(pc[i, j]) else ""))))
write("correlations_with_ci_beneath", { r <- list(c("Variable", "M", "SD", 1:3)); for (i in 1:4) { k <- function(j) cor.test(sc[[i]], sc[[j]])$conf.int; r <- c(r, list(c(paste0(i, ". ", nm[i]), f(mean(sc[[i]])), f(sd(sc[[i]])), sapply(1:3, function(j) if (j < i) cell(i, j) else "")), c("", "", "", sapply(1:3, function(j) if (j < i) paste0("[", f0(k(j)[1]), ", ", f0(k(j)[2]), "]") else "")))) }; r })
write("correlations_demographics", c(list(c("", "Age", "Gender", "Education")), lapply(1:3, function(i) c(c("SAT-V", "SAT-Q", "ACT")[i], sapply(c("age", "gender", "education"), function(v) { k <- cor.test(sat.act[[c("SATV", "SATQ", "ACT")[i]]], sat.act[[v]]); paste0(f0(k$estimate), st(k$p.value)) })))))

# ---- structural equations ----------------------------------------------------------------------
hm <- "visual =~ x1 + x2 + x3\ntextual =~ x4 + x5 + x6\nspeed =~ x7 + x8 + x9"
fit3 <- cfa(hm, hs); fit1 <- cfa(paste0("g =~ ", paste0("x", 1:9, collapse = " + ")), hs); fit2 <- cfa("g =~ x1+x2+x3+x4+x5+x6\nspeed =~ x7+x8+x9", hs)
fm <- lapply(list(fit1, fit2, fit3), fitMeasures)
fr <- function(name, m, extra = "") c(name, f(m["chisq"]), m["df"], pv(m["pvalue"]), f(m["chisq"] / m["df"]), f0(m["cfi"], 3), f0(m["tli"], 3), f0(m["rmsea"], 3), paste0("[", f0(m["rmsea.ci.lower"], 3), ", ", f0(m["rmsea.ci.upper"], 3), "]"), f0(m["srmr"], 3), extra)
write("fit_models", c(list(c("Model", "χ²", "df", "p", "χ²/df", "CFI", "TLI", "RMSEA", "90% CI", "SRMR", "Δχ²")), list(fr("One factor", fm[[1]]), fr("Two factors", fm[[2]], f(fm[[1]]["chisq"] - fm[[2]]["chisq"])), fr("Three factors", fm[[3]], f(fm[[2]]["chisq"] - fm[[3]]["chisq"])))))
markdown("fit_models_caption_n", "Table 3. Fit of three models (N = 301)", c("Model", "χ²(df)", "CFI", "TLI", "RMSEA [90% CI]", "SRMR", "AIC"), lapply(1:3, function(k) { m <- fm[[k]]; c(k, paste0(f(m["chisq"]), " (", m["df"], ")"), f0(m["cfi"]), f0(m["tli"]), paste0(f0(m["rmsea"]), " [", f0(m["rmsea.ci.lower"]), ", ", f0(m["rmsea.ci.upper"]), "]"), f0(m["srmr"]), f(m["aic"])) }))
frame("fit_amos", c("Model", "NPAR", "CMIN", "DF", "P", "CMIN/DF", "GFI", "AGFI", "NFI", "TLI", "CFI", "RMSEA", "LO 90", "HI 90", "PCLOSE"), c("One", "Two", "Three"), sapply(fm, `[`, "npar"), f(sapply(fm, `[`, "chisq"), 3), sapply(fm, `[`, "df"), spss(sapply(fm, `[`, "pvalue")), f(sapply(fm, function(m) m["chisq"] / m["df"]), 3),
      f0(sapply(fm, `[`, "gfi"), 3), f0(sapply(fm, `[`, "agfi"), 3), f0(sapply(fm, `[`, "nfi"), 3), f0(sapply(fm, `[`, "tli"), 3), f0(sapply(fm, `[`, "cfi"), 3), f0(sapply(fm, `[`, "rmsea"), 3), f0(sapply(fm, `[`, "rmsea.ci.lower"), 3), f0(sapply(fm, `[`, "rmsea.ci.upper"), 3), f0(sapply(fm, `[`, "rmsea.pvalue"), 3))
nul <- fm[[3]]; frame("fit_amos_baseline", c("Model", "NPAR", "CMIN", "DF", "P", "NFI", "TLI", "CFI", "RMSEA", "LO 90", "HI 90", "N"), c("Default model", "Saturated model", "Independence model"), c(21, 45, 9), c(f(nul["chisq"], 3), ".000", f(nul["baseline.chisq"], 3)), c(24, 0, nul["baseline.df"]), c(spss(nul["pvalue"]), "", ".000"),
      c(f0(nul["nfi"], 3), "1.000", ".000"), c(f0(nul["tli"], 3), "", ".000"), c(f0(nul["cfi"], 3), "1.000", ".000"), c(f0(nul["rmsea"], 3), "", ""), c(f0(nul["rmsea.ci.lower"], 3), "", ""), c(f0(nul["rmsea.ci.upper"], 3), "", ""), c(301, 301, 301))
inv <- list(cfa(hm, hs, group = "school"), cfa(hm, hs, group = "school", group.equal = "loadings"), cfa(hm, hs, group = "school", group.equal = c("loadings", "intercepts")))
im <- lapply(inv, fitMeasures)
write("fit_invariance", c(list(c("Model", "χ²", "df", "CFI", "TLI", "RMSEA", "SRMR", "Δχ²", "Δdf", "p", "ΔCFI")), lapply(1:3, function(k) { m <- im[[k]]; d <- if (k > 1) m["chisq"] - im[[k - 1]]["chisq"] else NA; g <- if (k > 1) m["df"] - im[[k - 1]]["df"] else NA
  c(c("Configural", "Metric", "Scalar")[k], f(m["chisq"]), m["df"], f0(m["cfi"], 3), f0(m["tli"], 3), f0(m["rmsea"], 3), f0(m["srmr"], 3), f(d), ifelse(is.na(g), "—", g), pv(pchisq(d, g, lower.tail = FALSE)), if (k > 1) f0(m["cfi"] - im[[k - 1]]["cfi"], 3) else "—") })))
mlr <- fitMeasures(cfa(hm, hs, estimator = "MLR"))
markdown("fit_mlr", "Fit indices, MLR (N = 301)", c("Model", "χ²", "df", "p", "CFI", "TLI", "RMSEA"), list(c("Three factors", f(mlr["chisq.scaled"]), mlr["df"], pv(mlr["pvalue.scaled"]), f0(mlr["cfi.robust"], 3), f0(mlr["tli.robust"], 3), f0(mlr["rmsea.robust"], 3))))
frame("fit_scaled", c("Model", "χ²", "df", "N", "p", "CFI", "TLI", "RMSEA"), "Three factors", f(mlr["chisq.scaled"]), mlr["df"], 301, pv(mlr["pvalue.scaled"]), f0(mlr["cfi.scaled"], 3), f0(mlr["tli.scaled"], 3), f0(mlr["rmsea.scaled"], 3))
just <- fitMeasures(sem("x1 ~ x2 + x3", hs)); frame("fit_saturated", c("Model", "χ²", "df", "p", "CFI", "TLI", "RMSEA", "N"), "Saturated", "0.00", "0", "—", "1.00", "1.00", "0.00", 301)
good <- fitMeasures(cfa("f =~ x4 + x5 + x6 + x1", hs)); frame("fit_tli_above_one", c("Model", "χ²", "df", "p", "CFI", "TLI", "RMSEA", "N"), "A", f(good["chisq"]), good["df"], pv(good["pvalue"]), f0(good["cfi"], 3), f(good["tli"], 3), f0(good["rmsea"], 3), 301)
ss <- standardizedSolution(fit3); pe <- parameterEstimates(fit3); L <- ss[ss$op == "=~", ]; U <- pe[pe$op == "=~", ]
ave <- AVE(fit3); cr <- compRelSEM(fit3, tau.eq = FALSE); cr_std <- tapply(L$est.std, L$lhs, function(l) sum(l)^2 / (sum(l)^2 + sum(1 - l^2))); ave_std <- tapply(L$est.std, L$lhs, function(l) mean(l^2))
first <- function(i) i %in% c(1, 4, 7)
write("cfa_loadings_ave_cr", c(list(c("Construct", "Item", "Loading", "CR", "AVE")), lapply(1:9, function(i) c(if (first(i)) L$lhs[i] else "", L$rhs[i], f0(L$est.std[i], 3), if (first(i)) f0(cr_std[L$lhs[i]], 3) else "", if (first(i)) f0(ave_std[L$lhs[i]], 3) else ""))))
write("cfa_loadings_ave_cr_unstandardized", c(list(c("Construct", "Item", "Standardized loading", "CR", "AVE")), lapply(1:9, function(i) c(if (first(i)) L$lhs[i] else "", L$rhs[i], f0(L$est.std[i], 3), if (first(i)) f0(cr[L$lhs[i]], 3) else "", if (first(i)) f0(ave[L$lhs[i]], 3) else ""))))
write("cfa_loadings_marker", c(list(c("Indicator", "B", "SE", "Z", "p-value", "β")), lapply(1:9, function(i) c(U$rhs[i], f(U$est[i], 3), if (is.na(U$z[i])) "—" else f(U$se[i], 3), if (is.na(U$z[i])) "" else f(U$z[i], 2), if (is.na(U$z[i])) "" else spss(U$pvalue[i]), f(L$est.std[i], 3)))))
write("cfa_loadings_marker_zero", c(list(c("Indicator", "Estimate", "SE", "z", "p", "Std.all")), lapply(1:9, function(i) c(U$rhs[i], f(U$est[i], 3), f(U$se[i], 3), if (is.na(U$z[i])) "" else f(U$z[i], 3), if (is.na(U$z[i])) "" else f(U$pvalue[i], 3), f(L$est.std[i], 3)))))
frame("cfa_standardized_z", c("Indicator", "Standardized loading", "SE", "z", "95% CI"), L$rhs, f0(L$est.std, 3), f0(L$se, 3), f(L$z), paste0("[", f0(L$ci.lower, 3), ", ", f0(L$ci.upper, 3), "]"))
frame("cfa_t_of_unstandardized", c("Item", "Std. loading", "t-value"), L$rhs, f0(L$est.std), ifelse(is.na(U$z), "—", f(U$z)))
Phi <- lavInspect(fit3, "cor.lv"); ht <- htmt(hm, hs)
write("fornell_larcker", c(list(c("Construct", "AVE", "CR", "1", "2", "3")), lapply(1:3, function(i) c(paste0(i, ". ", rownames(Phi)[i]), f0(ave_std[rownames(Phi)[i]], 3), f0(cr_std[rownames(Phi)[i]], 3), sapply(1:3, function(j) if (j < i) f0(Phi[i, j], 3) else if (i == j) f0(sqrt(ave_std[rownames(Phi)[i]]), 3) else "")))))
write("fornell_larcker_squared", c(list(c("Construct", "1", "2", "3")), lapply(1:3, function(i) c(paste0(i, ". ", rownames(Phi)[i]), sapply(1:3, function(j) if (j < i) f0(Phi[i, j]^2, 3) else if (i == j) f0(ave_std[rownames(Phi)[i]], 3) else "")))))
write("htmt", c(list(c("HTMT", "visual", "textual", "speed")), lapply(1:3, function(i) c(rownames(ht)[i], sapply(1:3, function(j) if (j < i) f0(ht[i, j], 3) else "")))))
write("htmt_above", c(list(c("", "1", "2", "3")), lapply(1:3, function(i) c(paste0(i, ". ", rownames(Phi)[i]), sapply(1:3, function(j) if (j < i) f0(Phi[i, j], 3) else if (i == j) f0(sqrt(ave_std[rownames(Phi)[i]]), 3) else f0(ht[i, j], 3))))))
pm <- sem("x7 ~ a*x1 + x4\nx9 ~ b*x7 + cp*x1 + x4\nab := a*b\ntotal := a*b + cp", hs); pp <- parameterEstimates(pm, standardized = TRUE); pp <- pp[pp$op %in% c("~", ":="), ]; sp_ <- standardizedSolution(pm); sp_ <- sp_[sp_$op %in% c("~", ":="), ]
who <- paste(pp$rhs, "→", pp$lhs)
frame("sem_paths", c("Path", "b", "SE", "z", "p", "95% CI", "β"), who, f(pp$est, 3), f(pp$se, 3), f(pp$z), pv(pp$pvalue), paste0("[", f(pp$ci.lower, 3), ", ", f(pp$ci.upper, 3), "]"), f0(pp$std.all, 3))
frame("sem_paths_amos", c("", "", "", "Estimate", "S.E.", "C.R.", "P"), pp$lhs, "<---", pp$rhs, f(pp$est, 3), f(pp$se, 3), f(pp$z, 3), ifelse(pp$pvalue < .001, "***", f(pp$pvalue, 3)))
frame("sem_paths_std_with_z_of_b", c("Path", "β", "S.E.", "C.R.", "p"), who, f0(pp$std.all, 3), f(pp$se, 3), f(pp$z, 3), pv(pp$pvalue))
frame("sem_paths_standardized", c("Path", "β", "SE", "p", "95% CI"), who, f0(sp_$est.std), f0(sp_$se), pv(sp_$pvalue), paste0("[", f0(sp_$ci.lower), ", ", f0(sp_$ci.upper), "]"))
frame("sem_paths_stars_cell", c("Path", "Standardized estimate (SE)"), who, paste0(f0(sp_$est.std), st(sp_$pvalue), " (", f0(sp_$se), ")"))

# ---- groups --------------------------------------------------------------------------------------
gr <- split(sleep$extra, sleep$group); d_av <- function(x, y) (mean(x) - mean(y)) / sqrt(((length(x) - 1) * var(x) + (length(y) - 1) * var(y)) / (length(x) + length(y) - 2))
vars <- c("mpg", "wt", "qsec", "drat")
trow <- function(v, welch) { x <- mtcars[mtcars$am == 0, v]; y <- mtcars[mtcars$am == 1, v]; k <- t.test(x, y, var.equal = !welch); list(x = x, y = y, t = k$statistic, df = k$parameter, p = k$p.value, ci = k$conf.int, d = d_av(x, y)) }
for (w in c(FALSE, TRUE)) { T <- lapply(vars, trow, w)
  write(if (w) "t_tests_welch" else "t_tests_student", c(list(c("", "Automatic (n = 19)", "Automatic (n = 19)", "Manual (n = 13)", "Manual (n = 13)", "", "", "", ""), c("Variable", "M", "SD", "M", "SD", "t", "df", "p", "d")), lapply(1:4, function(i) { k <- T[[i]]; c(vars[i], f(mean(k$x)), f(sd(k$x)), f(mean(k$y)), f(sd(k$y)), f(k$t), if (w) f(k$df) else k$df, pv(k$p), f(k$d)) })))
}
T <- lapply(vars, trow, FALSE)
write("t_tests_m_sd_cells", c(list(c("Variable", "Automatic M (SD)", "Manual M (SD)", "t(30)", "p", "Cohen's d")), lapply(1:4, function(i) { k <- T[[i]]; c(vars[i], paste0(f(mean(k$x)), " (", f(sd(k$x)), ")"), paste0(f(mean(k$y)), " (", f(sd(k$y)), ")"), f(k$t), pv(k$p), f(k$d)) })))
write("t_tests_plus_minus", c(list(c("Variable", "Automatic (n=19)", "Manual (n=13)", "p value")), lapply(1:4, function(i) { k <- T[[i]]; c(vars[i], paste0(f(mean(k$x)), " ± ", f(sd(k$x))), paste0(f(mean(k$y)), " ± ", f(sd(k$y))), pv(k$p)) })))
write("t_tests_difference", c(list(c("Variable", "Mean difference", "95% CI", "t", "df", "p")), lapply(1:4, function(i) { k <- T[[i]]; c(vars[i], f(mean(k$x) - mean(k$y)), paste0("[", f(k$ci[1]), ", ", f(k$ci[2]), "]"), f(k$t), "30", pv(k$p)) })))
pre <- gr[[1]]; post <- gr[[2]]; k <- t.test(pre, post, paired = TRUE)
write("t_tests_paired", list(c("", "Pre", "Pre", "Post", "Post", "", "", ""), c("Measure", "M", "SD", "M", "SD", "t(9)", "p", "d"), c("Sleep", f(mean(pre)), f(sd(pre)), f(mean(post)), f(sd(post)), f(k$statistic), pv(k$p.value), f(mean(pre - post) / sd(pre - post)))))
write("t_tests_paired_n", list(c("", "Pre (n = 10)", "Pre (n = 10)", "Post (n = 10)", "Post (n = 10)", "", "", ""), c("Measure", "M", "SD", "M", "SD", "t", "p", "d"), c("Sleep", f(mean(pre)), f(sd(pre)), f(mean(post)), f(sd(post)), f(k$statistic), pv(k$p.value), f(mean(pre - post) / sd(pre - post)))))
ow <- aov(weight ~ group, PlantGrowth); os <- summary(ow)[[1]]
write("anova_source", list(c("Source", "SS", "df", "MS", "F", "p", "η²"), c("Between", f(os[1, 2]), os[1, 1], f(os[1, 3]), f(os[1, 4]), pv(os[1, 5]), f0(os[1, 2] / sum(os[, 2]))), c("Within", f(os[2, 2]), os[2, 1], f(os[2, 3]), "", "", ""), c("Total", f(sum(os[, 2])), 29, "", "", "", "")))
tw <- Anova(lm(breaks ~ wool * tension, warpbreaks), type = 3); e <- tw["Residuals", 1]
write("anova_two_way", c(list(c("Effect", "df", "F", "p", "ηp²")), lapply(2:4, function(i) c(rownames(tw)[i], paste0(tw[i, 2], ", ", 48), f(tw[i, 3]), pv(tw[i, 4]), f0(tw[i, 1] / (tw[i, 1] + e))))))
write("anova_three_groups", list(c("", "Control (n = 10)", "Control (n = 10)", "Trt 1 (n = 10)", "Trt 1 (n = 10)", "Trt 2 (n = 10)", "Trt 2 (n = 10)", "", "", ""), c("Measure", "M", "SD", "M", "SD", "M", "SD", "F(2, 27)", "p", "η2"), c("Weight", unlist(lapply(split(PlantGrowth$weight, PlantGrowth$group), function(x) c(f(mean(x)), f(sd(x))))), f(os[1, 4]), pv(os[1, 5]), f0(os[1, 2] / sum(os[, 2])))))
write("anova_f_in_cells", c(list(c("Effect", "Test", "p", "ηp²")), lapply(2:4, function(i) c(rownames(tw)[i], paste0("F(", tw[i, 2], ", 48) = ", f(tw[i, 3])), pv(tw[i, 4]), f0(tw[i, 1] / (tw[i, 1] + e))))))
write("anova_greenhouse_geisser", list(c("Effect", "F", "df1", "df2", "p", "partial η²"), c("Time", "6.32", "1.43", "27.17", pv(pf(6.32, 1.43, 27.17, lower.tail = FALSE)), f0(1 / (1 + 27.17 / (1.43 * 6.32))))))
em <- emmeans(lm(breaks ~ tension, warpbreaks), "tension"); es <- as.data.frame(em); ec <- as.data.frame(pairs(em, adjust = "bonferroni")); eu <- as.data.frame(pairs(em, adjust = "none")); eh <- as.data.frame(pairs(em, adjust = "tukey"))
frame("marginal_means", c("Tension", "EMM", "SE", "df", "95% CI"), es$tension, f(es$emmean), f(es$SE), es$df, paste0("[", f(es$lower.CL), ", ", f(es$upper.CL), "]"))
frame("pairwise_times_three", c("Contrast", "Estimate", "SE", "df", "t", "p"), ec$contrast, f(ec$estimate), f(ec$SE), ec$df, f(ec$t.ratio), pv(ec$p.value))
markdown("pairwise_bonferroni_said", "Pairwise comparisons with Bonferroni correction", c("Contrast", "Estimate", "SE", "df", "t", "p"), lapply(1:3, function(i) c(as.character(ec$contrast[i]), f(ec$estimate[i]), f(ec$SE[i]), ec$df[i], f(ec$t.ratio[i]), pv(ec$p.value[i]))))
frame("pairwise_ranges", c("Contrast", "Estimate", "SE", "df", "t", "p"), eh$contrast, f(eh$estimate), f(eh$SE), eh$df, f(eh$t.ratio), pv(eh$p.value))
hp_ <- p.adjust(c1[-1, 4], "holm"); frame("regression_stepped_down", c("Predictor", "b", "SE", "t", "p"), labels[-1], f(c1[-1, 1]), f(c1[-1, 2]), f(c1[-1, 3]), pv(hp_))
bh <- p.adjust(summary(a3)$coefficients[-1, 4], "BH"); c3 <- summary(a3)$coefficients[-1, ]
frame("regression_stepped_up", c("Predictor", "b", "SE", "t", "p"), rownames(c3), f(c3[, 1]), f(c3[, 2]), f(c3[, 3]), pv(bh))

# ---- generalized and multilevel ------------------------------------------------------------------
lg <- glm(I(gender == 2) ~ age + education + ACT, binomial, sat.act); ls <- summary(lg)$coefficients; lw <- confint.default(lg); lp <- confint(lg)
frame("logistic_spss", c("", "B", "S.E.", "Wald", "df", "Sig.", "Exp(B)", "95% C.I. for EXP(B) Lower", "Upper"), rownames(ls), f(ls[, 1], 3), f(ls[, 2], 3), f(ls[, 3]^2, 3), 1, spss(ls[, 4]), f(exp(ls[, 1]), 3), f(exp(lw[, 1]), 3), f(exp(lw[, 2]), 3))
frame("logistic_or_cell", c("Predictor", "OR [95% CI]", "p"), rownames(ls)[-1], paste0(f(exp(ls[-1, 1])), " [", f(exp(lw[-1, 1])), ", ", f(exp(lw[-1, 2])), "]"), pv(ls[-1, 4]))
frame("logistic_profile", c("Predictor", "OR", "95% CI", "p"), rownames(ls)[-1], f(exp(ls[-1, 1])), paste0("(", f(exp(lp[-1, 1])), "–", f(exp(lp[-1, 2])), ")"), pv(ls[-1, 4]))
frame("logistic_se_of_or", c("Predictor", "OR", "SE", "z", "p", "95% CI"), rownames(ls)[-1], f(exp(ls[-1, 1]), 3), f(exp(ls[-1, 1]) * ls[-1, 2], 3), f(ls[-1, 3]), pv(ls[-1, 4]), paste0(f(exp(lw[-1, 1]), 3), " to ", f(exp(lw[-1, 2]), 3)))
frame("logistic_se_of_b", c("Predictor", "OR", "SE", "z", "p"), rownames(ls)[-1], f(exp(ls[-1, 1]), 3), f(ls[-1, 2], 3), f(ls[-1, 3]), pv(ls[-1, 4]))
qp <- glm(breaks ~ wool + tension, poisson, warpbreaks); qs <- summary(qp)$coefficients; qc <- confint.default(qp)
frame("poisson_irr", c("Predictor", "IRR", "95% CI", "z", "p"), rownames(qs), f(exp(qs[, 1])), paste0("[", f(exp(qc[, 1])), ", ", f(exp(qc[, 2])), "]"), f(qs[, 3]), pv(qs[, 4]))
cx <- coxph(Surv(time, status) ~ age + sex + ph.ecog, lung); xs <- summary(cx)
frame("cox_hr", c("Covariate", "HR", "95% CI lower", "95% CI upper", "p"), rownames(xs$coefficients), f(xs$conf.int[, 1]), f(xs$conf.int[, 3]), f(xs$conf.int[, 4]), pv(xs$coefficients[, 5]))
ml <- lmerTest::lmer(Reaction ~ Days + (Days | Subject), sleepstudy); ms <- summary(ml)$coefficients; mci <- confint(ml, method = "Wald")[5:6, ]
frame("multilevel_satterthwaite", c("Fixed effect", "Estimate", "SE", "df", "t", "p"), rownames(ms), f(ms[, 1]), f(ms[, 2]), f(ms[, 3]), f(ms[, 4]), pv(ms[, 5]))
frame("multilevel_no_df", c("Fixed effect", "b", "SE", "t", "p", "95% CI"), rownames(ms), f(ms[, 1]), f(ms[, 2]), f(ms[, 4]), pv(ms[, 5]), paste0("[", f(mci[, 1]), ", ", f(mci[, 2]), "]"))
vc <- as.data.frame(VarCorr(ml)); pr <- suppressMessages(confint(ml, method = "profile"))
write("multilevel_variances", list(c("Parameter", "Estimate", "SE", "p", "95% CI"), c("Intercept", f(ms[1, 1]), f(ms[1, 2]), pv(ms[1, 5]), paste0("[", f(mci[1, 1]), ", ", f(mci[1, 2]), "]")), c("Days", f(ms[2, 1]), f(ms[2, 2]), pv(ms[2, 5]), paste0("[", f(mci[2, 1]), ", ", f(mci[2, 2]), "]")),
  c("SD of intercepts", f(vc$sdcor[1]), "", "", paste0("[", f(pr[1, 1]), ", ", f(pr[1, 2]), "]")), c("Residual SD", f(vc$sdcor[4]), "", "", paste0("[", f(pr[4, 1]), ", ", f(pr[4, 2]), "]"))))
nl <- lme(distance ~ age * Sex, random = ~ age | Subject, Orthodont); ns <- summary(nl)$tTable
frame("multilevel_nlme", c("", "Value", "Std. Error", "DF", "t-value", "p-value"), rownames(ns), f(ns[, 1], 3), f(ns[, 2], 3), ns[, 3], f(ns[, 4], 3), f(ns[, 5], 4))
cl <- lm(distance ~ age * Sex, Orthodont); cr2 <- coef_test(cl, vcov = "CR2", cluster = Orthodont$Subject)
frame("cluster_cr2", c("Predictor", "b", "SE", "t", "Satterthwaite df", "p"), rownames(cr2), f(cr2$beta, 3), f(cr2$SE, 3), f(cr2$tstat), f(cr2$df), pv(cr2$p_Satt))
frame("cluster_cr2_no_df", c("Predictor", "b", "SE", "t", "p"), rownames(cr2), f(cr2$beta, 3), f(cr2$SE, 3), f(cr2$tstat), pv(cr2$p_Satt))
mn <- multinom(gear ~ wt + hp, mtcars, trace = FALSE); mns <- summary(mn); mz <- mns$coefficients / mns$standard.errors
write("multinomial", c(list(c("", "4 gears vs 3", "4 gears vs 3", "4 gears vs 3", "5 gears vs 3", "5 gears vs 3", "5 gears vs 3"), c("Predictor", "B", "SE", "OR", "B", "SE", "OR")), lapply(2:3, function(j) c(colnames(mz)[j], unlist(lapply(1:2, function(i) c(f(mns$coefficients[i, j], 3), f(mns$standard.errors[i, j], 3), f(exp(mns$coefficients[i, j]), 3))))))))
pl <- polr(factor(gear) ~ wt + hp, mtcars, Hess = TRUE); ps <- summary(pl)$coefficients
frame("ordinal", c("Parameter", "Estimate", "SE", "t value"), rownames(ps), f(ps[, 1], 3), f(ps[, 2], 3), f(ps[, 3], 3))
rm_ <- rma(yi, vi, data = escalc("RR", ai = tpos, bi = tneg, ci = cpos, di = cneg, data = dat.bcg))
frame("meta_analysis", c("Outcome", "k", "N", "g", "95% CI", "p", "Q", "I²"), "TB", 13, "357,347", f(rm_$beta), paste0("[", f(rm_$ci.lb), ", ", f(rm_$ci.ub), "]"), pv(rm_$pval), f(rm_$QE), f(rm_$I2, 1))
frame("weighted_n", c("Predictor", "b", "SE", "p", "Weighted N"), labels, f(c1[, 1]), f(c1[, 2]), pv(c1[, 4]), "1,234.5")

# ---- counts, descriptives, scales ----------------------------------------------------------------
edu <- table(sat.act$education); N <- sum(edu); pct <- 100 * edu / N
frame("counts_n_percent", c("Characteristic", "n", "%"), c("Education", names(edu)), c("", edu), c("", f(pct, 1)))
frame("counts_cell", c("Characteristic", "n (%)"), names(edu), paste0(edu, " (", f(pct, 1), ")"))
frame("counts_cell_sign", c("Characteristic", "n (%)"), names(edu), paste0(edu, " (", f(pct, 1), "%)"))
frame("counts_suppressed", c("Diagnosis", "n", "%"), c("Depression", "Anxiety", "Psychosis", "None"), c("52", "31", "< 5", "33"), c("43.3", "25.8", "< 5%", "27.5"))
frame("counts_suppressed_n", c("Diagnosis", "n", "%"), c("Depression", "Anxiety", "Psychosis", "None"), c("52", "31", "<5", "33"), c("43.3%", "25.8%", "<5%", "27.5%"))
frame("counts_multiple", c("Diagnosis (N = 120)", "n", "%"), c("Depression", "Anxiety", "Any"), c("52", "61", "98"), c("43.3", "50.8", "81.7"))
tb <- table(mtcars$cyl, mtcars$am); ch <- chisq.test(tb, correct = FALSE)
write("counts_by_group", c(list(c("", "Automatic (n = 19)", "Manual (n = 13)", "χ²", "df", "p"), c("Cylinders", "", "", f(ch$statistic), 2, pv(ch$p.value))), lapply(1:3, function(i) c(rownames(tb)[i], paste0(tb[i, 1], " (", f(100 * tb[i, 1] / 19, 1), "%)"), paste0(tb[i, 2], " (", f(100 * tb[i, 2] / 13, 1), "%)"), "", "", ""))))
markdown("descriptives_caption_n", "Table 1. Sample characteristics (N = 700)", c("Characteristic", "n", "%"), lapply(names(edu), function(k) c(k, edu[k], f(pct[k], 1))))
desc <- describe(na.omit(sat.act)[, 4:6])
frame("descriptives_range", c("Scale", "M (SD)", "Range", "Skew", "Kurtosis"), rownames(desc), paste0(f(desc$mean), " (", f(desc$sd), ")"), paste0(desc$min, "–", desc$max), f(desc$skew), f(desc$kurtosis))
frame("descriptives_range_to", c("Scale", "Mean", "SD", "Min-Max", "Median"), rownames(desc), f(desc$mean), f(desc$sd), paste(desc$min, "to", desc$max), f(desc$median))
frame("descriptives_n_missing", c("Scale", "N", "Missing", "Mean", "Std. Deviation", "Minimum", "Maximum", "SE"), rownames(desc), desc$n, 700 - desc$n, f(desc$mean), f(desc$sd), desc$min, desc$max, f(desc$se))
om <- data.frame(Scale = nm[1:5], Items = 5, alpha = f0(al), Range = "1–6"); frame("scales_alpha", c("Scale", "Items", "α", "Response range", "Sample item"), om$Scale, om$Items, om$alpha, om$Range, "I am …")
it <- psych::alpha(bfi[16:20])
frame("items_alpha_if_deleted", c("Item", "M", "SD", "Item-total r", "α if item deleted"), rownames(it$item.stats), f(it$item.stats$mean), f(it$item.stats$sd), f0(it$item.stats$r.drop), f0(it$alpha.drop$raw_alpha))
vr <- var(bfi[16:20], use = "complete.obs")
frame("scale_alpha_items", c("Scale", "Items", "Cronbach α", "Mean inter-item r", "M", "SD"), "Neuro", 5, f0(it$total$raw_alpha), f0(it$total$average_r), f(it$total$mean), f(it$total$sd))
fa3 <- fa(bfi[1:10], 2, rotate = "varimax"); Ld <- unclass(fa3$loadings)
frame("efa", c("Item", "Factor 1", "Factor 2", "h²"), c(rownames(Ld), "Eigenvalue", "% of variance"), c(f0(Ld[, 1]), f(sum(Ld[, 1]^2)), f(10 * sum(Ld[, 1]^2), 1)), c(f0(Ld[, 2]), f(sum(Ld[, 2]^2)), f(10 * sum(Ld[, 2]^2), 1)), c(f0(rowSums(Ld^2)), "", ""))
frame("pls_paths", c("Hypothesis", "Original sample (O)", "Sample mean (M)", "STDEV", "T statistics (|O/STDEV|)", "P values"), who[1:5], f(sp_$est.std[1:5], 3), f(sp_$est.std[1:5] + .002, 3), f(sp_$se[1:5], 3), f(abs(sp_$est.std / sp_$se)[1:5], 3), spss(sp_$pvalue[1:5]))
frame("pls_f2_vif", c("Path", "β", "f²", "VIF", "R²"), names_of[1:3], f0(b1[-1], 3), f0(sr / (1 - s1$r.squared), 3), f(car::vif(m1), 3), c(f0(s1$r.squared, 3), "", ""))
frame("rank_tests", c("Variable", "U", "z", "p", "r"), vars, c(42, 39, 111, 36), c("-3.47", "-3.59", "-0.69", "-3.71"), pv(2 * pnorm(-c(3.47, 3.59, .69, 3.71))), f0(c(3.47, 3.59, .69, 3.71) / sqrt(32)))
frame("bayes", c("Parameter", "Posterior mean", "Posterior SD", "95% CrI", "Rhat", "ESS"), labels, f(c1[, 1]), f(c1[, 2] * 1.03), paste0("[", f(ci1[, 1] + .05), ", ", f(ci1[, 2] + .08), "]"), "1.00", c("3,120", "2,874", "3,456", "2,990"))
frame("lca", c("Classes", "LL", "npar", "AIC", "BIC", "Entropy", "LMR p"), 1:3, c("-2345.67", "-2298.12", "-2290.55"), c(5, 11, 17), f(-2 * c(-2345.67, -2298.12, -2290.55) + 2 * c(5, 11, 17)), f(-2 * c(-2345.67, -2298.12, -2290.55) + log(300) * c(5, 11, 17)), c("—", ".84", ".79"), c("—", "< .001", ".21"))
frame("log_transformed", c("Predictor", "b", "SE", "exp(b)", "p"), c("Weight", "Power"), { lm_ <- summary(lm(log(mpg) ~ wt + hp, mtcars))$coefficients[-1, ]; f(lm_[, 1], 3) }, f(lm_[, 2], 3), f(exp(lm_[, 1]), 3), pv(lm_[, 4]))
mv <- lapply(c("mpg", "qsec"), function(y) summary(lm(reformulate(c("wt", "hp"), y), z))$coefficients[-1, ])
write("multivariate", c(list(c("", "Consumption", "", "Quarter mile", ""), c("Predictor", "β", "p", "β", "p")), lapply(1:2, function(i) c(c("Weight", "Power")[i], f0(mv[[1]][i, 1]), pv(mv[[1]][i, 4]), f0(mv[[2]][i, 1]), pv(mv[[2]][i, 4])))))
frame("statistics_in_cells", c("Comparison", "Result"), vars, vapply(T, function(k) paste0("t(30) = ", f(k$t), ", p ", ifelse(k$p < .001, "< .001", paste("=", pv(k$p))), ", d = ", f(k$d)), ""))
frame("regression_t_df_header", c("Predictor", "b", "SE", "t(28)", "p"), labels, f(c1[, 1]), f(c1[, 2]), f(c1[, 3]), pv(c1[, 4]))
write("transposed", list(c("", "wt", "hp", "qsec"), c("b", f(c1[-1, 1])), c("SE", f(c1[-1, 2])), c("t", f(c1[-1, 3])), c("p", pv(c1[-1, 4]))))
icc <- psych::ICC(as.matrix(attitude[1:3])); frame("icc", c("Rating", "ICC", "95% CI", "F", "df1", "df2", "p"), icc$results$type, f0(icc$results$ICC), paste0("[", f0(icc$results$`lower bound`), ", ", f0(icc$results$`upper bound`), "]"), f(icc$results$F), icc$results$df1, icc$results$df2, pv(icc$results$p))

# ---- manuscripts ---------------------------------------------------------------------------------
k <- T[[1]]; kk <- cor.test(sc[[1]], sc[[2]]); lr <- ls[2, ]
text("text_results", c(
  sprintf("The groups differed, t(30) = %s, p = %s, d = %s, 95%% CI [%s, %s].", f(k$t), pv(k$p), f(k$d), f(k$ci[1]), f(k$ci[2])), "",
  sprintf("Weight predicted consumption (b = %s, SE = %s, t(28) = %s, p %s, 95%% CI [%s, %s]; β = %s).", f(c1[2, 1]), f(c1[2, 2]), f(c1[2, 3]), pv(c1[2, 4]), f(ci1[2, 1]), f(ci1[2, 2]), f0(b1[2])), "",
  sprintf("The model explained %s%% of the variance, R² = %s, adjusted R² = %s, F(3, 28) = %s, p < .001, f² = %s.", f(100 * s1$r.squared, 0), f0(s1$r.squared), f0(s1$adj.r.squared), f(s1$fstatistic[1]), f(s1$r.squared / (1 - s1$r.squared))), "",
  sprintf("Fit was acceptable, χ²(24, N = 301) = %s, p < .001, CFI = %s, TLI = %s, RMSEA = %s, 90%% CI [%s, %s], SRMR = %s.", f(fm[[3]]["chisq"]), f0(fm[[3]]["cfi"]), f0(fm[[3]]["tli"]), f0(fm[[3]]["rmsea"]), f0(fm[[3]]["rmsea.ci.lower"]), f0(fm[[3]]["rmsea.ci.upper"]), f0(fm[[3]]["srmr"])), "",
  sprintf("Agreeableness correlated with conscientiousness, r(178) = %s, p = %s, 95%% CI [%s, %s].", f0(kk$estimate), pv(kk$p.value), f0(kk$conf.int[1]), f0(kk$conf.int[2])), "",
  sprintf("Age was associated with gender, OR = %s, 95%% CI [%s, %s], p = %s.", f(exp(lr[1])), f(exp(lw[2, 1])), f(exp(lw[2, 2])), pv(lr[4])), "",
  sprintf("The indirect effect was significant, ab = %s, SE = %s, 95%% CI [%s, %s].", f(a * b), f(sd(ab)), f(q[1]), f(q[2])), "",
  sprintf("There was no difference in quarter-mile time, t(30) = %s, p = %s (two-tailed), nor a main effect of wool, F(1, 48) = %s, p = %s, ηp² = %s.", f(T[[3]]$t), pv(T[[3]]$p), f(tw[2, 3]), pv(tw[2, 4]), f0(tw[2, 1] / (tw[2, 1] + e)))))
text("text_awkward", c(
  sprintf("Of the participants, 247 (35.3%%) were male; mean age was 25.6 years (SD = 9.5, range 13–65)."), "",
  sprintf("As expected, weight was related to consumption, b = %s (SE = %s), p < .001, and power was too, b = %s (%s), p = %s.", f(c1[2, 1]), f(c1[2, 2]), f(c1[3, 1]), f(c1[3, 2]), pv(c1[3, 4])), "",
  sprintf("After Bonferroni correction the contrast of low and high tension remained, t(51) = %s, p = %s.", f(ec$t.ratio[2]), pv(ec$p.value[2])), "",
  sprintf("We hypothesized a positive slope; it was, b = %s, t(28) = %s, one-tailed p = %s.", f(c1[4, 1]), f(c1[4, 3]), pv(c1[4, 4] / 2)), "",
  sprintf("Slopes of days were %s ms, 95%% CI %s to %s, t(%s) = %s, p < .001.", f(ms[2, 1]), f(mci[2, 1]), f(mci[2, 2]), f(ms[2, 3]), f(ms[2, 4])), "",
  sprintf("Robust regression gave b = %s, robust SE = %s, p = %s.", f(c1[3, 1]), f(h3[3, 2]), pv(h3[3, 4])), "",
  sprintf("Scores fell from 5.26 (SD = 1.02) to 4.11 (SD = 0.98). The α of the scale was %s; the intraclass correlation was .71.", f0(al[4])), "",
  sprintf("The test of the difference between models was Δχ²(2) = %s, p < .001, ΔCFI = .01.", f(fm[[2]]["chisq"] - fm[[3]]["chisq"])), "",
  "Power analysis (two-tailed, α = .05, power = .80, d = 0.50) required N = 128. Missing data (< 5%) were imputed.", "",
  sprintf("The odds were higher (OR = %s; %s–%s; p = %s).", f(exp(lr[1])), f(exp(lw[2, 1])), f(exp(lw[2, 2])), pv(lr[4])), "",
  sprintf("The correlations ranged from r = %s to r = %s (all ps < .05); Mann–Whitney U = 42.00, z = −3.47, p = .001.", f0(min(R[lower.tri(R)])), f0(max(R[lower.tri(R)])))))
writeLines(c(R.version.string, paste("lavaan", packageVersion("lavaan")), paste("psych", packageVersion("psych")), paste("semTools", packageVersion("semTools")),
  paste("lmerTest", packageVersion("lmerTest")), paste("clubSandwich", packageVersion("clubSandwich")), paste("emmeans", packageVersion("emmeans")), paste("metafor", packageVersion("metafor"))), "versions.txt")
