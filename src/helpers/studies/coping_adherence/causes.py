"""Mohebbi Sheikhlari et al. (2026): why its printed numbers contradict each other, and what of it.

The places, readings and grades are a person's; every number comes from print or from the audit.
"""

from helpers.audit.causes import Cause
from helpers.audit.findings import CONCLUSION, EDITORIAL, NUMBER

HEADLINE = Cause(
    "headline",
    "Abstract, conclusion",
    "The alliance mediates the effects of avoidant and emotion-focused coping on adherence.",
    "Tables 4 and 5 support it: both paths of each route are significant, z = "
    "{p[table_5/avoidant -> alliance -> adherence/z]} and {p[table_5/emotion_focused -> alliance "
    "-> adherence/z]}. Table 3, if it is of the same scores, rules those paths out.",
    "It rests on Table 4 alone, and only if the correlations of Table 3 are of other scores.",
    CONCLUSION,
)
TABLES_3_4 = Cause(
    "tables_3_4",
    "Table 3 and Table 4",
    "Correlations of the constructs and path coefficients, for example {p[table_4/alliance -> "
    "adherence/beta]} from alliance to adherence.",
    "The correlations give {b[Tables 3 and 4, alliance -> adherence]} for that path; no "
    "correlations that round to those of Table 3 give the paths, or R², of Table 4.",
    "Both can be right only if Table 3 is of other scores than the model's composites, such as "
    "sums of all items. It then says nothing about whether the composites can be told apart.",
    CONCLUSION,
)
DISCUSSION = Cause(
    "discussion",
    "Discussion; Table 4",
    "Adaptive, problem-focused coping is said to strengthen the alliance and through it "
    "adherence; reducing avoidance is advised.",
    "In Table 4 avoidant coping has the largest path to the alliance ({p[table_4/avoidant -> "
    "alliance/beta]}), and that of problem-focused coping is not significant "
    "({p[table_4/problem_focused -> alliance/beta]}, t = {p[table_4/problem_focused -> "
    "alliance/t]}).",
    "The advice rests on the literature it cites, not on these tables. The path from "
    "problem-focused coping to adherence ({p[table_4/problem_focused -> adherence/beta]}) is in "
    "line with it.",
    CONCLUSION,
)
STRATEGIES = Cause(
    "strategies",
    "Methods, coping questionnaire",
    "The questionnaire measures {p[sample/coping_strategies/printed]} strategies, "
    "problem-focused and emotion-focused.",
    "Three are analyzed. How avoidant coping was scored is not described; its nearest subscale, "
    "escape-avoidance, is listed under emotion-focused coping.",
    "Every statement about avoidant coping depends on items that the paper does not name.",
    CONCLUSION,
)
GREATEST = Cause(
    "greatest",
    "Findings, after Table 5",
    "Emotion-focused coping has the greatest effect on adherence through the alliance.",
    "Its effect through the alliance is {b[findings, greatest effect through alliance]}; another "
    "is larger ({n[findings, greatest effect through alliance][1]}).",
    "True only of the share of its total effect (VAF {p[table_5/emotion_focused -> alliance "
    "-> adherence/vaf]}), not of the effect itself.",
    CONCLUSION,
)
DISCRIMINANT = Cause(
    "discriminant",
    "Table 3, discriminant validity",
    "The square root of every AVE exceeds the correlations, so the constructs are distinct.",
    "Emotion-focused coping: {p[table_3/emotion_focused/emotion_focused]} against a correlation "
    "of {p[table_3/emotion_focused/adherence]} with adherence.",
    "Read down the columns of the printed triangle, the sentence is true; the criterion, as the "
    "paper states it, is about all correlations of a construct.",
    CONCLUSION,
)
SAMPLE = Cause(
    "sample",
    "Methods; abstract and findings",
    "{p[text/methods_n/printed]} clients analyzed after exclusion; {p[text/findings_n/printed]} "
    "elsewhere.",
    "The abstract has {p[text/abstract_n_recruited/printed]} recruited, of whom "
    "{p[text/abstract_n/printed]} were analyzed.",
    "The methods give the number before the exclusion.",
    NUMBER,
)
AGE = Cause(
    "age",
    "Findings, age",
    "{p[sample/age_30_39/printed]} of {p[sample/n/printed]} clients are 30 to 39 years old.",
    "The nearest percentages are {b[sample, age_30_39]}.",
    "Possible only if {r[sample, age_30_39]}; {n[sample, age_30_39][0]}.",
    NUMBER,
)
ITEMS = Cause(
    "items",
    "Methods; Tables 1 and 2, adherence",
    "{p[sample/adherence_items_kept/printed]} items, scores "
    "{p[sample/adherence_minimum/printed]} to {p[sample/adherence_maximum/printed]}, α "
    "{p[sample/adherence_alpha/printed]}, CR {p[sample/adherence_rho_c/printed]}, AVE "
    "{p[sample/adherence_ave/printed]}.",
    "Table 1 has scores up to {p[table_1/adherence/maximum]}; Table 2 has α "
    "{p[table_2/adherence/alpha]}, CR {p[table_2/adherence/rho_c]} and AVE "
    "{p[table_2/adherence/ave]}, which need {r[Table 2, adherence, the scale described]}.",
    "The methods describe the items that were kept; Tables 1 and 2 are of all "
    "{p[sample/adherence_items/printed]}.",
    NUMBER,
)
SCORING = Cause(
    "scoring",
    "Methods; Table 1, coping",
    "Items scored {p[sample/coping_item_minimum/printed]} to "
    "{p[sample/coping_item_maximum/printed]}; emotion-focused coping from "
    "{p[table_1/emotion_focused/minimum]} to {p[table_1/emotion_focused/maximum]}.",
    "No number of items scored like this gives both limits: {n[Table 1, emotion_focused, "
    "range][0]}.",
    "Scored 0 to 3, as in the original questionnaire, the items described give the printed ranges.",
    NUMBER,
)
MODEL_ITEMS = Cause(
    "model_items",
    "Table 2; questionnaires described",
    "The alliance has {p[sample/alliance_items/printed]} items, AVE {p[table_2/alliance/ave]} "
    "and CR {p[table_2/alliance/rho_c]}.",
    "AVE and CR fit together only if {r[Table 2, alliance, the scale described]}; avoidant and "
    "emotion-focused coping likewise fit fewer items than their sums in Table 1 need.",
    "Possible if Table 2 is of the items that the model keeps and Table 1 of whole scales; which "
    "items are kept is not said.",
    NUMBER,
)
PROBLEM_FOCUSED = Cause(
    "problem_focused",
    "Table 2, problem-focused coping",
    "AVE {p[table_2/problem_focused/ave]}, CR {p[table_2/problem_focused/rho_c]}, all loadings "
    "above .50.",
    "No number of items that all load above .50 gives both.",
    "At least one of the three statements is about other items.",
    NUMBER,
)
FACTOR_MODEL = Cause(
    "factor_model",
    "Methods, fit of the adherence scale",
    "GFI {p[sample/adherence_gfi/printed]}, AGFI {p[sample/adherence_agfi/printed]}, CFI "
    "{p[sample/adherence_cfi/printed]}, NFI {p[sample/adherence_nfi/printed]}, RMSEA "
    "{p[sample/adherence_rmsea/printed]}.",
    "The degrees of freedom are not printed. AGFI fits GFI only if {r[measures, fit of the "
    "adherence scale]}; NFI fits CFI and RMSEA only if {r[measures, fit of the adherence scale, "
    "N = 213]}. No one number fits both.",
    "At least one index belongs to another model; {n[measures, fit of the adherence scale][0]}.",
    NUMBER,
)
ALL_SIGNIFICANT = Cause(
    "all_significant",
    "Table 3, note",
    "All correlations are significant at {p[text/findings_correlations_level/printed]}.",
    "r = {p[table_3/problem_focused/alliance]} of {p[sample/n/printed]} clients has p = {b[Table "
    "3, claim of p < .01, problem_focused with alliance]}.",
    "Significant at 5%, not at 1%.",
    NUMBER,
)
AVOIDANT_SE = Cause(
    "avoidant_se",
    "Table 4, avoidant coping → adherence",
    "β = {p[table_4/avoidant -> adherence/beta]}, SE = {p[table_4/avoidant -> adherence/se]}, t "
    "= {p[table_4/avoidant -> adherence/t]}.",
    "t would be {b[Table 4, avoidant -> adherence]}.",
    "The printed SE is also that of emotion-focused coping → alliance; {n[Table 4, avoidant -> "
    "adherence][0]}. The path is significant either way.",
    NUMBER,
)
ALLIANCE_SE = Cause(
    "alliance_se",
    "Table 4, alliance → adherence",
    "β = {p[table_4/alliance -> adherence/beta]}, SE = {p[table_4/alliance -> adherence/se]}, t "
    "= {p[table_4/alliance -> adherence/t]}.",
    "t would be {b[Table 4, alliance -> adherence]}.",
    "A matter of the third digit: {n[Table 4, alliance -> adherence][0]}.",
    NUMBER,
)
VAF = Cause(
    "vaf",
    "Table 5, problem-focused coping",
    "VAF = {p[table_5/problem_focused -> alliance -> adherence/vaf]}.",
    "Direct and indirect effect have opposite signs, and the indirect effect over the total is "
    "{b[Table 5, problem_focused, VAF]}.",
    "Computed from absolute values, which is not a share of the total. The paper rejects this "
    "route anyway.",
    NUMBER,
)
GOF = Cause(
    "gof",
    "Findings, goodness of fit",
    "GoF = {p[text/findings_gof/printed]}.",
    "The AVEs of Table 2 and R² of Table 4 give {b[findings, GoF]}.",
    "How it was computed is not said; {n[findings, GoF][0]}. Either value counts as strong by "
    "the paper's criterion.",
    NUMBER,
)
AROIAN = Cause(
    "aroian",
    "Table 5, Sobel test",
    "z = {p[table_5/avoidant -> alliance -> adherence/z]}, {p[table_5/problem_focused -> "
    "alliance -> adherence/z]} and {p[table_5/emotion_focused -> alliance -> adherence/z]}, "
    "called Sobel's.",
    "They are not Sobel's z of the printed t values.",
    "Aroian's formula, applied to the printed and already rounded numbers, gives all three. "
    "Nothing depends on the difference.",
    EDITORIAL,
)
SOFTWARE = Cause(
    "software",
    "Abstract; findings",
    "The data were analyzed with SPSS and AMOS.",
    "The findings come from partial least squares, which AMOS does not offer.",
    "AMOS may have been used for the factor model of the adherence scale; the program of the "
    "main analysis is not named.",
    EDITORIAL,
)
NORMALITY = Cause(
    "normality",
    "Text before Table 1",
    "The test of normality is Kolmogorov-Smirnov's.",
    "Table 1 has Shapiro-Wilk's.",
    "Shapiro-Wilk's.",
    EDITORIAL,
)
TABLE_NUMBER = Cause(
    "table_number",
    "Text after Table 5",
    "The indirect effects are in Table 6.",
    "There are five tables.",
    "Table 5.",
    EDITORIAL,
)
CAUSES = (
    HEADLINE,
    TABLES_3_4,
    DISCUSSION,
    STRATEGIES,
    GREATEST,
    DISCRIMINANT,
    SAMPLE,
    AGE,
    ITEMS,
    SCORING,
    MODEL_ITEMS,
    PROBLEM_FOCUSED,
    FACTOR_MODEL,
    ALL_SIGNIFICANT,
    AVOIDANT_SE,
    ALLIANCE_SE,
    VAF,
    GOF,
    AROIAN,
    SOFTWARE,
    NORMALITY,
    TABLE_NUMBER,
)
"""In the order in which they are shown, the headline claim first."""
