# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#     text_representation:
#       extension: .py
#       format_name: percent
#       format_version: '1.3'
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Mohebbi Sheikhlari et al. (2026): does the alliance mediate the link between coping and adherence?

# %% tags=["parameters"]
data_path: str = ""  # a CSV of your own; empty: the synthetic twin
mapping_path: str = ""  # a YAML file that says which of your columns is which; empty: they have our names
left_out: list[str] = []  # items that count in the scale sums but stay out of the model; empty: none of yours
weighting: str = "path"  # {"path", "factor"} inner weights: regressions on antecedents, or correlations only
mode: str = "A"  # {"A", "B", "unit"} item weights: correlations, regressions, or all equal
n_boot: int = 5000  # [2, 1000000] bootstrap draws
ci_level: float = 0.95  # (0, 1) confidence level of every interval
seed: int = 2026  # [0, inf) seed of every random draw
missing: str = "error"  # {"error", "listwise", "mean"} refuse incomplete rows, drop them, or fill in the item's mean
cluster: str = ""  # a column of your file that says which clients belong together; empty: none do
output_dir: str = ""  # where tables and figures go; empty: runs/

# %% tags=["form"]
from helpers.report.form import show_form

show_form("01_coping_adherence_pls")  # in JupyterLab, run this cell to choose the parameters in a form

# %%
from functools import partial

import matplotlib.pyplot as plt
from IPython.display import display

from helpers.data.datasets import load_dataset
from helpers.data.describe import describe_gaps
from helpers.models.pls import assessment as assess
from helpers.models.pls.counterparts import compare_with_seminr
from helpers.models.pls.prediction import cross_validate_pls
from helpers.models.pls.predictive_ability import compare_benchmarks
from helpers.notebook import start_run
from helpers.paths import twin_path
from helpers.printed.ledger import name_kinds, name_places
from helpers.printed.numbers import AGREES, load_source
from helpers.report.audit_list import count_causes, count_checks, list_undecided, print_causes
from helpers.report.compared import (
    BASIS_NOTE,
    arrange_differences,
    count_built_in,
    count_verdicts,
    find_basis,
)
from helpers.report.data_plots import (
    plot_correlations,
    plot_rainclouds,
    rainclouds_height,
)
from helpers.report.effect_plots import plot_digit_differences, plot_forest, plot_interval_series
from helpers.report.measurement_diagram import plot_measurement_diagram
from helpers.report.measurement_plots import loadings_height, plot_loadings, plot_ratios
from helpers.report.numbers import format_number as num
from helpers.report.output import Markdown, save_table, show_figure
from helpers.report.own_data import (
    print_choices,
    print_replication,
    show_gaps,
    show_replication,
)
from helpers.report.provenance import PACKAGES, describe_provenance
from helpers.report.references import cite_in_full, list_references
from helpers.report.replicated import state_replication
from helpers.report.tables import Column, fold_tables, print_table
from helpers.report.theme import use_theme
from helpers.report.wording import (
    claim_correlation,
    claim_skewness,
    count_findings,
    describe_correlations,
    describe_intervals,
    describe_ranges,
    describe_skewness,
    describe_witness,
    format_level,
    name_data,
    of_these_data,
    stamp_data,
    state_basis,
    state_data,
)
from helpers.studies.coping_adherence import (
    alternatives,
    comparison,
    measurement,
    results,
    structure,
    words,
)
from helpers.studies.coping_adherence import model as study
from helpers.studies.coping_adherence.claims import judge_claims
from helpers.studies.coping_adherence.replication import compare_findings
from helpers.studies.coping_adherence.twin_exact import simulate_exact_items
from helpers.studies.coping_adherence.twin_provenance import describe_provenance as describe_twin
from helpers.studies.registry import audit_study, list_causes

# %%
run = start_run("01_coping_adherence_pls", globals())
use_theme()
load = partial(load_dataset, run.data_path or twin_path(study.STUDY), study.STUDY, mapping=run.mapping_path, cluster=cluster)
data = load(missing="keep" if missing == "mean" else missing)
fitted = results.fit_study(
    data.frame, model=results.choose_model(data, left_out=left_out), weighting=weighting, mode=mode,
    n_boot=n_boot, ci_level=ci_level, seed=seed, missing=missing, cluster=cluster,
)
audit = audit_study(study.STUDY)
claims, compared = judge_claims(fitted), comparison.compare_with_paper(fitted, audit)
effects = structure.tabulate_effects(fitted)
fit, boot, level = fitted.fit, fitted.bootstrap, format_level(ci_level)
status, stamp = name_data(data), stamp_data(data)
n, drawn = fit.n, state_basis(data, ci_level=ci_level, n_boot=n_boot)
basis = f"{drawn}{words.state_many_failures(boot)}"

# %% tags=["published", "verdict"]
Markdown(words.give_verdict(audit))

# %% tags=["own-data", "verdict"]
if not data.synthetic:
    beside = compare_findings(boot)
    save_table(beside, name="replication", folder=run.tables)
    display(Markdown(f"""**What the paper says.** The alliance mediates between coping and adherence, for avoidant and emotion-focused but not
  for problem-focused coping. In your data the indirect effects are {words.list_effects(effects)}.

{state_replication(beside, n=n, n_published=load_source(study.STUDY)["n"], ci_level=ci_level)}"""))

# %%
Markdown(f"{cite_in_full(study.STUDY)}\n\n{state_data(data, missing=missing)}")

# %% [markdown]
# ## How much of each link runs through the alliance?

# %%
save_table(effects, name="indirect_effects", folder=run.tables)
save_table(structure.tabulate_totals(fitted), name="total_effects", folder=run.tables)
print_table(
    words.arrange_effects(effects, compared),
    {
        "Through the alliance": "name: text",
        "Indirect": "est", f"{level} CI": "ci_lower, ci_upper", "BCa CI": "bca_lower, bca_upper",
        "Direct": "direct", "Total": "total",
    },
    caption="<b>Indirect, direct and total effects on adherence</b>",
    note=basis,
)

# %%
paths, loadings = structure.tabulate_paths(fitted), measurement.tabulate_loadings(fitted)
save_table(paths, name="paths", folder=run.tables)
explained = structure.tabulate_r_squared(fitted)
fig, ax = plt.subplots(figsize=(7.0, 5.3))
plot_measurement_diagram(
    paths.assign(significant=paths["pvalue"] < 1 - ci_level), loadings, positions=words.LAYOUT,
    sides=words.SIDES, labels=words.BOX_LABELS, notes=words.write_notes(explained), criterion=0.5, ax=ax,
)
strongest = paths.loc[paths.query("lhs == 'adherence'")["est"].abs().idxmax(), "rhs"]
show_figure(
    fig, name="path_diagram", folder=run.figures, stamp=stamp, alt=words.describe_diagram(paths, explained, loadings),
    caption=f"**{study.LABELS[strongest]} has the largest path to adherence.** Standardized coefficients; "
    f"dashed: not significant at {num(1 - ci_level, 2, leading_zero=False)}; bars: the loadings of a construct's items, orange below .50. "
    f"{basis}",
)

# %% [markdown]
# ## What the conclusion rests on

# %% [markdown] tags=["published"]
# - **The paper's table of paths.** The paths and *R*² of the paper's Table 4 and the reliabilities of its Table 2 can be
#   true together. The correlations of its Table 3 cannot be true as well, if all are of the same scores. The audit below
#   shows each conflict.

# %% [markdown]
# - **The assumed order.** That coping comes first and adherence last is assumed; no interval between the
#   questionnaires is reported.
# - **One rater.** The same client rated everything. A shared mood or response style raises every association.
# - **Weights chosen by the data.** Composites are weighted so that constructs correlate with their neighbors; the
#   sensitivity analyses below use equal weights, factors and sums instead.

# %% [markdown]
# ## Limits
#
# - Avoidant coping is reported as *helping* adherence. A cross-sectional model cannot tell this from clients who adhere
#   and report more of everything.

# %% [markdown] tags=["published"]
# - Items, loadings and the number of items of a construct are not reported. The twin's choices are in the data
#   dictionary; its coping items run from 1 to 5, because the reported sums cannot come from 1 to 4.
# - Where the loadings of a bootstrap draw have the opposite sign, the draw is sign-reversed to match the sample. How the
#   paper handled signs, and how many draws it took, is not reported.

# %% [markdown]
# ## The paper's findings, one by one

# %% tags=["published", "finding"]
agree = compared["verdict"].eq(AGREES)
Markdown(count_findings(claims, synthetic=data.synthetic))

# %% tags=["published"]
save_table(claims, name="claims", folder=run.tables)
print_table(
    claims.assign(rule=claims["statistic"] + ": " + claims["rule"]),
    {
        "Finding of the paper": "claim: words", "Appears here": "holds: yes_no", "Supported when": "rule: words", "Value": "est",
        "<i>p</i>": "pvalue: p", f"{level} CI": "ci_lower, ci_upper",
    },
    caption="<b>The paper's findings on these data</b>",
    note="Paths: <i>p</i> and interval by the bootstrap <i>SE</i>; indirect effects: percentile interval (the paper: "
    "normal <i>z</i>). A nonsignificant result is only weak support for \"no association\". "
    f"{basis}{words.qualify('normality', cluster=cluster)}",
)

# %% tags=["own-data"]
if not data.synthetic:
    display(print_replication(beside, ci_level=ci_level, note=f"{words.REPLICATION_NOTE} {basis}"))

# %% tags=["own-data"]
if not data.synthetic:
    show_replication(beside, xlabel="Standardized effect", basis=basis, folder=run.figures, stamp=stamp)

# %% [markdown]
# ## Data
#
# Clients in long psychodynamic therapies rated how they cope with stress (avoidant, problem-focused,
# emotion-focused), their alliance with the therapist, and how they take part in the treatment.
# [Mohebbi Sheikhlari et al. (2026)](#ref-mohebbisheikhlari2026) ask whether the alliance mediates between coping and adherence, by partial least squares (PLS) on questionnaire
# items. This notebook refits the model and its bootstrap, and shows which conclusions depend on choices that could
# have been made differently.
#
# Each construct is measured by items; the sum of all items of a construct is its scale score, which the
# paper's Table 1 describes. A file of your own needs columns named `avoidant_1`, `avoidant_2`, …, and so on for `problem_focused`,
# `emotion_focused`, `alliance` and `adherence`, any number of each, with one row per client. It is checked before
# anything is computed. Your estimates are then shown beside the published ones, with the range in which a
# replication of your sample size would be expected to find them ([Patil et al., 2016](#ref-patil2016);
# [Spence & Stanley, 2016](#ref-spence2016)).

# %% [markdown] tags=["published"]
# Each result is shown beside the printed one, and the printed numbers are checked against each other.

# %% tags=["finding"]
Markdown(f"{n} clients are analyzed; {data.n_dropped} of {data.n_read} rows were dropped for missing values.")

# %%
scales = words.order_constructs(measurement.tabulate_scales(fitted, data.schema))
save_table(scales, name="descriptives", folder=run.tables)
print_table(
    words.arrange_scales(scales, compared),
    {
        "Construct": "name: text", "Instrument": "instrument: words",
        "Items": "items: integer", "Items in the model": "items_in_model: integer",
        "Answers": "lowest, highest: integer",
        "Skewness": "skewness: two", "<i>p</i> of <i>W</i>": "shapiro_p: p",
        **({"ICC": "icc: bounded"} if cluster else {}),
    },
    caption=f"<b>What was measured</b>, {status}",
    note=f"{data.n_read} rows read, {data.n_dropped} dropped for missing values. Skewness and <i>W</i> are of scale "
    f"scores.{words.qualify('likeness', cluster=cluster)}",
)

# %%
print_table(
    words.arrange_scales(scales, compared),
    {
        "Scale score": "short: text",
        "Printed <i>M</i>": "paper_mean: number", "<i>M</i>": "mean: two",
        "Printed <i>SD</i>": "paper_sd: number", "<i>SD</i>": "sd: two",
        "Printed range": "paper_range: number", "Range": "min, max: integer",
        "Printed <i>W</i>": "paper_shapiro_wilk: bounded_number", "<i>W</i>": "shapiro_w: bounded",
    },
    printed=data.synthetic, caption="<b>Scale scores and Shapiro–Wilk tests (the paper's Table 1)</b>",
    note=f"<i>n</i> = {n}, {status}. Scores that are not normal are not by themselves a reason to use PLS: other methods "
    "with a bootstrap need no normality either.",
)

# %% tags=["own-data"]
gaps = describe_gaps(load(missing="keep"))
show_gaps(gaps, labels=study.LABELS, status=status, folder=run.figures, stamp=stamp)

# %%
skewness = scales.set_index("construct")["skewness"]
fig = plt.figure(figsize=(7.0, rainclouds_height(len(study.LABELS))))
plot_rainclouds(fitted.scores, labels=study.LABELS, limits={}, fig=fig)
show_figure(
    fig, name="distributions", folder=run.figures, stamp=stamp, alt=describe_skewness(skewness, labels=study.LABELS),
    caption=f"**{claim_skewness(skewness, labels=study.LABELS)}.** Density, quartiles with the median, and every client's value. "
    f"<i>n</i> = {n}, {status}.",
)

# %% [markdown]
# ## Model
#
# A construct $\eta$ is a weighted sum of its standardized items, $\eta_j = \mathbf{w}_j'\mathbf{x}_j$, scaled to variance
# one. With $A, P, E$ avoidant, problem-focused and emotion-focused coping, $M$ the alliance and $Y$ adherence,
#
# $$
# \begin{aligned}
# M &= a_A A + a_P P + a_E E + e_M\\
# Y &= c_A A + c_P P + c_E E + b M + e_Y
# \end{aligned}
# $$
#
# The weights come from an iteration: each construct is approximated by its neighbors in the model (path weighting:
# by regression on those before it, by correlation with those after it), and each item is weighted by its correlation
# with that approximation (mode A). No order in time is reported, so an "effect" is a part of an
# association that the assumed order assigns to a path; it is not evidence that one thing came first.
#
# - **Direct effect** $c_A$: how much more clients adhere who cope more by avoidance, at the same alliance and other coping.
# - **Indirect effect** $a_A b$: avoidant coping is associated with a stronger alliance, which is associated with more
#   adherence.
# - **Share (VAF)** $a_A b / (a_A b + c_A)$: the indirect part of the total effect. It is a share only where both parts
#   have the same sign.
#
# In lavaan's syntax, first which items make up each composite (`<~`), then the structural model:

# %% tags=["show-input"]
print(words.write_measurement(fit.model.constructs))
print(study.MODEL)

# %% [markdown]
# ### Does the estimator find a known truth?
#
# Samples of the same size are drawn from two normal populations whose paths are the estimates below. In the first, a
# construct is a weighted sum of its items, which is what PLS estimates. In the second, it is a common factor behind them,
# as most questionnaires assume; there PLS should underestimate the paths, and consistent PLS (PLSc;
# [Dijkstra & Henseler, 2015](#ref-dijkstra2015)), which corrects for unreliability, should not.

# %%
recovery = alternatives.recover_truths(fit, n_replications=500, seed=seed)
save_table(recovery, name="recovery", folder=run.tables)
print_table(
    words.arrange_recovery(recovery),
    {
        "Path": "path: text",
        "Truth": "truth",
        "Composites, PLS": "mean_composites_pls",
        "Factors, PLS": "mean_factors_pls",
        "Factors, PLSc": "mean_factors_plsc",
        "<i>SD</i> of PLS": "sd_composites_pls",
    },
    caption="<b>Mean estimates of known paths</b>",
    note=f"500 samples of <i>n</i> = {n} from each population.",
)

# %% tags=["finding"]
Markdown(words.read_recovery(recovery))

# %% [markdown]
# ## Measurement
#
# ### Do the items measure their constructs?

# %%
save_table(loadings, name="loadings", folder=run.tables)
save_table(assess.cross_loadings(fit), name="cross_loadings", folder=run.tables)
fig = plt.figure(figsize=(7.0, loadings_height(loadings)))
plot_loadings(loadings, labels=study.LABELS, criterion=results.CRITERIA["loading"], fig=fig)
blocks = measurement.summarize_loadings(fitted, loadings)
show_figure(
    fig, name="loadings", folder=run.figures, stamp=stamp, alt=words.describe_loadings(blocks),
    caption=f"**{len(loadings) - blocks.below.sum()} of {len(loadings)} loadings reach the paper's criterion "
    f"of {num(results.CRITERIA['loading'], 2, leading_zero=False)}.** Dashed: the criterion; orange: below it. "
    f"{words.explain_weak_items(audit) if data.synthetic else ''}{basis}",
)

# %%
print_table(
    blocks.assign(name=blocks["construct"].map(study.LABELS)),
    {
        "Construct": "name: text",
        "Items": "items: integer",
        "Smallest loading": "smallest: bounded",
        "Largest": "largest: bounded",
        "Cross-loading minus own loading": "largest_cross",
        "Largest VIF": "largest_vif: one",
    },
    caption="<b>Loadings by construct</b>",
    note="Cross-loading minus own loading: for the worst item, its largest correlation with another construct minus that "
    "with its own; above zero, it fits another construct better. VIF: overlap with the other items of its construct; it "
    f"does not matter in mode A. <i>n</i> = {n}, {status}.",
)

# %%
fold_tables(
    words.fold_loadings(loadings, level),
    caption="<b>Every item</b>",
    note=f"Bootstrap <i>SE</i>; <i>t</i> = loading / <i>SE</i>. {basis}",
)

# %% [markdown]
# ### How reliable are the constructs?

# %%
reliability, limits = assess.reliability(fit), measurement.tabulate_reliability_intervals(fitted)
save_table(reliability, name="reliability", folder=run.tables)
save_table(limits, name="reliability_intervals", folder=run.tables)
print_table(
    words.arrange_reliability(limits, compared),
    {
        "Measure": "measure: text", "Printed": "paper: bounded_number", "Estimate": "est: bounded",
        f"{level} CI": "ci_lower, ci_upper: bounded", "BCa CI": "bca_lower, bca_upper: bounded",
    },
    group="name",
    printed=data.synthetic, caption="<b>Reliability and average variance extracted (AVE) (the paper's Table 2)</b>",
    note=f"α of standardized items; ρ<sub>A</sub> is not in the paper. {basis}",
)

# %% [markdown]
# ### Can the constructs be told apart?
#
# By the criterion of [Fornell and Larcker (1981)](#ref-fornell1981), the square root of a construct's AVE should exceed all of its correlations, in its
# row *and* its column. The heterotrait–monotrait ratio (HTMT; [Henseler et al., 2015](#ref-henseler2015)), the mean correlation between the items of two
# constructs relative to that within them, should stay below .85 or .90.

# %%
htmt = measurement.tabulate_htmt(fitted)
larcker = assess.fornell_larcker(fit)
save_table(htmt, name="htmt", folder=run.tables)
save_table(larcker.rename_axis("construct").reset_index(), name="fornell_larcker", folder=run.tables)
print_table(
    words.arrange_fornell_larcker(larcker, htmt),
    {"": "construct: text"} | {words.SHORT[name]: Column(name, "bounded") for name in study.CONSTRUCTS},
    caption="<b>Correlations, √AVE and HTMT</b>",
    note=f"Diagonal: √AVE; below: correlations of the construct scores; above: HTMT. <i>n</i> = {n}, {status}.",
)

# %%
pairs = measurement.tabulate_pairs(fitted, htmt)
save_table(pairs, name="construct_correlations", folder=run.tables)
print_table(
    pairs.assign(pair=words.label_pairs(pairs), paper=words.find_printed_correlations(compared, pairs)),
    {
        "Pair": "pair: text",
        "Printed <i>r</i>": "paper: bounded_number",
        "<i>r</i> of scores": "est: bounded",
        f"{level} CI": "ci_lower, ci_upper: bounded",
        "<i>r</i> of scale sums": "sums: bounded",
    },
    printed=data.synthetic, caption="<b>Correlations of the constructs (the paper's Table 3)</b>",
    note="Scores: the composites of the model. Scale sums: all items, including those left out of the model. "
    f"{basis}",
)

# %%
related = pairs.rename(columns={"lhs": "x", "rhs": "y", "est": "r"})[["x", "y", "r"]].replace(study.LABELS)
fig, ax = plt.subplots(figsize=(5.8, 3.4))
plot_correlations(related, order=study.LABELS.values(), ax=ax)
show_figure(
    fig, name="correlations", folder=run.figures, stamp=stamp, alt=describe_correlations(related),
    caption=f"**{claim_correlation(related)}.** Of the construct scores. <i>n</i> = {n}, {status}.",
)

# %%
shown = htmt.assign(label=words.label_pairs(htmt)).sort_values("est", ascending=False)
fig, ax = plt.subplots(figsize=(7.0, 3.2))
plot_ratios(shown, limits=(0.85, 0.90), xlabel="HTMT", ax=ax)
distinct = assess.compare_fornell_larcker(fit)
show_figure(
    fig, name="htmt", folder=run.figures, stamp=stamp, alt="HTMT: " + describe_intervals(shown),
    caption=f"**{(shown.ci_upper < 0.9).sum()} of {len(shown)} pairs stay below .90 with their whole interval; "
    f"by Fornell and Larcker {distinct.distinct.sum()} of {len(distinct)} constructs are distinct.** Dashed: .85 and "
    f".90; orange: the interval reaches .90. {words.note_bias(shown)}{basis}",
)

# %% tags=["finding"]
Markdown(of_these_data(
    data, f"{len(loadings) - blocks.below.sum()} of {len(loadings)} loadings reach the paper's criterion; by Fornell and "
    f"Larcker {distinct.distinct.sum()} of {len(distinct)} constructs are distinct.",
))

# %% [markdown]
# ## Results in detail

# %% tags=["finding"]
Markdown(of_these_data(
    data, f"{study.LABELS[strongest]} has the largest path to adherence; {(paths.pvalue < 1 - ci_level).sum()} of "
    f"{len(paths)} paths are significant.",
))

# %% [markdown]
# ### How are coping, alliance and adherence related?
#
# An effect size *f*² is called small from .02, medium from .15 and large from .35 ([Cohen, 1988](#ref-cohen1988)).

# %%
print_table(
    words.arrange_paths(paths, compared),
    {
        "Path": "path: text",
        "Printed β": "paper_beta: number", "β": "est",
        "Printed <i>SE</i>": "paper_se: number", "<i>SE</i>": "se",
        "Printed <i>t</i>": "paper_t: number", "<i>t</i>": "t", "<i>p</i>": "pvalue: p",
        **({} if data.synthetic else {f"{level} CI": "ci_lower, ci_upper"}),
    },
    printed=data.synthetic, caption="<b>Paths (the paper's Table 4)</b>",
    note=f"Bootstrap <i>SE</i>; <i>t</i> = β / <i>SE</i>, <i>p</i> on the normal distribution. {basis} "
    f"Draws in which a construct was sign-reversed to match the sample: {(boot.by_draw['turned'] > 0).sum()}.",
)

# %%
print_table(
    words.arrange_paths(paths, compared),
    {
        "Path": "path: text",
        f"{level} CI": "ci_lower, ci_upper", "Percentile": "percentile_lower, percentile_upper",
        "BCa": "bca_lower, bca_upper",
        "<i>f</i>²": "f2", "<i>f</i>², refitted": "f2_refit", "VIF": "vif: two",
    },
    caption="<b>Intervals, effect sizes and collinearity of the paths</b>",
    note="CI: by the bootstrap <i>SE</i>, as paths are judged. <i>f</i>²: with the scores unchanged, and with the model "
    f"refitted without the path. {words.note_disputes(paths, 1 - ci_level)}{basis}",
)

# %%
shown = words.arrange_paths_forest(paths)
fig, ax = plt.subplots(figsize=(7.0, 4.0))
plot_forest(shown, published=words.arrange_printed_forest(), xlabel="Standardized path", ax=ax)
clear = (paths["ci_lower"] * paths["ci_upper"] > 0).sum()
show_figure(
    fig, name="paths", folder=run.figures, stamp=stamp, alt=describe_intervals(shown),
    caption=f"**{clear} of {len(paths)} intervals exclude zero.** Dots and bars: computed here; open diamonds: "
    f"printed, ±1.96 printed standard errors. {basis}",
)

# %%
save_table(explained, name="r_squared", folder=run.tables)
print_table(
    words.arrange_r_squared(explained, compared),
    {
        "Construct": "name: text",
        "Printed <i>R</i>²": "paper: bounded_number", "<i>R</i>²": "r_squared: bounded",
        "Adjusted": "r_squared_adj: bounded",
        f"{level} CI": "ci_lower, ci_upper: bounded", "BCa CI": "bca_lower, bca_upper: bounded",
    },
    printed=data.synthetic, caption="<b>Variance accounted for</b>",
    note=f"Percentile intervals of <i>R</i>² are biased upwards in small samples. {basis}",
)

# %% [markdown]
# ### Does the alliance mediate?
#
# The paper tests the product of two paths by a normal approximation that it calls Sobel's. The tests of [Sobel (1982)](#ref-sobel1982),
# [Aroian (1947)](#ref-aroian1947) and [Goodman (1960)](#ref-goodman1960) differ in one term of the variance. All three assume that the product is normally distributed; the
# bootstrap does not.

# %%
print_table(
    words.arrange_effects(effects, compared),
    {
        "Through the alliance": "name: text",
        "Printed <i>z</i>": "paper_z: number", "Sobel": "sobel_z", "Aroian": "aroian_z", "Goodman": "goodman_z",
        "Bootstrap <i>t</i>": "t", "Printed VAF": "paper_vaf: number", "VAF": "vaf",
    },
    printed=data.synthetic, caption="<b>Tests of the indirect effects, and their shares (the paper's Table 5)</b>",
    note=f"The three <i>z</i> tests use the bootstrap <i>SE</i>s and assume that the two paths are independent. "
    f"{words.list_withheld(effects)} {basis}",
)

# %% [markdown]
# ### Does the model fit, and does it predict?
#
# The paper reports GoF, so it is shown; it does not test a model and cannot tell a wrong model from a right one
# ([Henseler & Sarstedt, 2013](#ref-henseler2013)). SRMR summarizes the misfit of the item correlations
# ([Henseler et al., 2014](#ref-henseler2014)). PLSpredict ([Shmueli et al., 2019](#ref-shmueli2019)) asks whether the items of held-out clients are predicted
# better than by their means ($Q^2 > 0$), and better than by a linear model on the items of the antecedents.

# %%
quality = assess.model_quality(fit)
save_table(quality, name="model_quality", folder=run.tables)
print_table(
    words.arrange_quality(quality, compared),
    {"Measure": "name: text", "Printed": "paper: number", "Here": "value"},
    printed=data.synthetic, caption="<b>Fit indices of the whole model</b>",
    note=f"For composites, the SRMR leaves correlations among the items of one construct free. <i>n</i> = {n}, {status}.",
)

# %%
prediction = cross_validate_pls(fit, n_folds=results.FOLDS, n_repeats=10, seed=seed)
save_table(prediction.items, name="prediction_items", folder=run.tables)
save_table(prediction.constructs, name="prediction_constructs", folder=run.tables)
print_table(
    words.arrange_prediction(prediction.items, prediction.constructs),
    {
        "Items of": "name: text", "Items": "items: integer",
        "<i>Q</i>² above 0": "above_mean: integer", "Median <i>Q</i>²": "q2: bounded",
        "RMSE below linear model": "above_linear: integer", "Overfit": "overfit: percent",
    },
    caption="<b>Prediction of held-out clients</b>",
    note="10-fold cross-validation, repeated 10 times. Overfit: how much larger the squared error of the construct score "
    f"is in held-out cases. <i>n</i> = {n}, {status}.{words.qualify('prediction', cluster=cluster)}",
)

# %% [markdown]
# Whether the errors of held-out clients are smaller than a benchmark's is tested by CVPAT ([Liengaard et al., 2021](#ref-liengaard2021);
# [Sharma et al., 2023](#ref-sharma2023)).

# %%
benchmarks = {"average": "The items' means", "linear": "A linear model"}
ability = compare_benchmarks(fit, n_folds=results.FOLDS, ci_level=ci_level, seed=seed)
save_table(ability, name="prediction_tests", folder=run.tables)
print_table(
    ability.assign(name=ability["construct"].replace({"all": "All", **study.LABELS}), against=ability["against"].map(benchmarks)),
    {
        "Items of": "name: text", "Loss": "loss", "Its loss": "loss_against", "Difference": "difference",
        f"{level} CI": "ci_lower, ci_upper", "<i>p</i>": "pvalue: p",
    },
    group="against", caption="<b>Prediction beside a benchmark</b>",
    note="Loss: mean squared error of the items held out, in their variances; below zero, the model predicts better. Paired "
    f"<i>t</i> test of the clients' losses. <i>n</i> = {n}, {status}.{words.qualify('prediction', cluster=cluster)}",
)

# %% [markdown] tags=["published"]
# ## Published beside reproduced

# %% tags=["published"]
save_table(compared, name="published_vs_reproduced", folder=run.tables)
fig, ax = plt.subplots(figsize=(7.0, 3.2))
plot_digit_differences(arrange_differences(compared, groups=name_places(compared, study.STUDY)), ax=ax)
built_in = f", {count_built_in(compared, describe_twin())} of them because the data were built that way" if data.synthetic else ""
show_figure(
    fig, name="printed_and_reproduced", folder=run.figures, stamp=stamp,
    alt=f"{agree.sum()} of {len(compared)} printed results agree with the computed ones to the printed digits.",
    caption=f"**{agree.sum()} of {len(compared)} printed results agree to the printed digits{built_in}.** Each mark is "
    "one printed number; the band is what rounding allows; arrowheads lie beyond the axis; results printed as a bound "
    f"(such as <i>p</i> < .001) are not shown. {basis}",
)

# %% tags=["published", "finding"]
Markdown(f"{agree.sum()} of {len(compared)} recomputed results agree with the paper to the reported digits{built_in}.")

# %% tags=["published"]
kinds, twin = name_kinds(compared, study.STUDY), describe_twin()
if data.synthetic:
    save_table(twin, name="twin_provenance", folder=run.tables)
print_table(
    count_verdicts(compared, what=kinds, basis=find_basis(compared, twin, what=kinds) if data.synthetic else {}),
    {
        "Printed results": "what: words", "Numbers": "numbers: integer", "Agree": "agree: integer",
        "Last digit off": "last_digit: integer", "Differ": "differ: integer", "Withheld": "withheld: integer",
        **({"Why": "basis: words"} if data.synthetic else {}),
    },
    caption=f"<b>What agrees{', and why' if data.synthetic else ''}</b>",
    note=f"{BASIS_NOTE} Number by number in <code>twin_provenance.csv</code>." if data.synthetic else "",
)

# %% [markdown] tags=["published"]
# Printed numbers that this analysis cannot reproduce, and why (tables are the paper's):

# %% tags=["published"]
Markdown(words.list_unreachable(compared))

# %% [markdown] tags=["published"]
# ## Audit of the printed numbers
#
# A printed 0.521 can be any number from 0.5205 to 0.5215. Each check asks whether some unrounded numbers in these
# intervals satisfy a relation that must be true. The verdict is *impossible* only when none do, whatever the paper leaves
# unsaid. Where an assumption that the paper does not state would explain them, the verdict is *possible under an
# assumption*. The audit uses the paper alone and does not depend on the data. All tables named here are the paper's.

# %% tags=["published", "finding"]
reasons = list_causes(study.STUDY, audit)
Markdown(count_causes(reasons, audit))

# %% tags=["published"]
save_table(reasons, name="causes", folder=run.tables)
print_causes(reasons)

# %% tags=["published"]
save_table(audit, name="audit", folder=run.tables)
Markdown(count_checks(audit))

# %% [markdown] tags=["published"]
# ### The paper's Tables 3 and 4 compared
#
# The paths of a model of composites follow from the correlations of the composites. Each row takes one number of Table 3
# or 4 and shows what the other numbers imply for it.

# %% tags=["published"]
contradiction = words.tabulate_contradiction(audit)
print_table(
    contradiction,
    {"Number": "what: words", "Printed": "printed: number", "The other printed numbers imply": "lower, upper"},
    caption=f"<b>{len(contradiction)} reasons why the paper's Tables 3 and 4 cannot be of the same scores</b>",
    note="Bounds over all unrounded numbers that round to the printed ones. Both tables can be right only if the "
    "correlations of Table 3 are of other scores than the model's composites, such as sums of all items; then they say "
    "nothing about whether the composites are distinct.",
)

# %% tags=["published"]
implied, reported = words.arrange_contradiction(contradiction)
fig, ax = plt.subplots(figsize=(7.0, 0.8 + 0.27 * len(implied)))
plot_forest(implied, published=reported, xlabel="Correlation, path or R²", ax=ax)
show_figure(
    fig, name="tables_3_and_4", folder=run.figures, stamp="", alt=words.describe_contradiction(contradiction),
    caption=f"**{len(implied)} reported numbers lie outside what the other table implies.** Open diamonds: reported; dots: implied by the other reported "
    "numbers, bars as wide as rounding allows; blue above zero, orange below. An implied standardized path beyond 1 shows how far apart the two tables are.",
)

# %% [markdown] tags=["published"]
# What cannot be checked, and why:

# %% tags=["published"]
Markdown(list_undecided(audit))

# %% [markdown]
# ## Sensitivity
#
# ### How items and constructs are weighted

# %%
weighted = alternatives.compare_algorithms(fitted, n_boot=n_boot, ci_level=ci_level, seed=seed)
save_table(weighted, name="sensitivity_weights", folder=run.tables)
fig, ax = plt.subplots(figsize=(7.0, 4.4))
shown = weighted.assign(label=words.label_paths(weighted))
plot_interval_series(shown, by="analysis", xlabel="Standardized path", ax=ax)
show_figure(
    fig, name="weights", folder=run.figures, stamp=stamp,
    alt=f"Standardized paths, lowest and highest: {describe_ranges(shown, by='label', value='est')}.",
    caption=f"**{words.read_algorithms(weighted)}** Bars: intervals under each choice; one thing is changed at a "
    f"time. {words.count_failures(weighted)} {state_basis(data, ci_level=ci_level, n_boot=n_boot)}",
)

# %% [markdown]
# ### Composites, factors, sums, and the printed correlations
#
# PLSc and covariance-based SEM (CB-SEM, by maximum likelihood) treat the constructs as common factors; sum scores
# weight all items equally. In every column a construct has the sign of its PLS scores. The last column uses no data: it
# shows the paths that follow from the paper's Table 3, read as the correlations of the constructs.

# %%
methods = alternatives.compare_methods(fitted)
save_table(methods.table, name="sensitivity_methods", folder=run.tables)
print_table(
    words.arrange_methods(methods.table, compared),
    {
        "Path or <i>R</i>²": "name: text", "Printed": "paper: number", "PLS": "PLS", "PLSc": "PLSc",
        "Sum scores": "sum scores", "CB-SEM": "CB-SEM", "The paper's Table 3 alone": "Table 3",
    },
    printed=data.synthetic, caption="<b>The same paths by other methods</b>",
    note=f"{words.read_estimators(methods.table)} {words.list_reasons(methods.reasons)} "
    f"{words.list_improper(methods.notes)} <i>n</i> = {n}, {status}.",
)

# %% [markdown]
# ### The same model in another program
#
# The estimates and bootstrap draws here are computed from correlation matrices, all draws at once; seminr uses the items
# themselves, one sample at a time.

# %% tags=["show-input"]
witness = compare_with_seminr(fit)
save_table(witness, name="sensitivity_seminr", folder=run.tables)
beside = witness[witness["kind"] == "path"]
print_table(
    beside.assign(name=words.label_paths(beside)),
    {"Path": "name: text", "Here": "est: four", "By seminr": "est_seminr: four"},
    caption="<b>Paths beside seminr's</b>",
    note=f"{describe_witness(witness, program='seminr', what='paths, R², weights and loadings')} <i>n</i> = {n}, {status}.",
)

# %% [markdown] tags=["own-data"]
# ### What is done with missing answers

# %% tags=["own-data"]
if len(gaps) > 1:
    choices = alternatives.compare_missing(load(missing="keep").frame, study=fitted, weighting=weighting, n_boot=n_boot, ci_level=ci_level, seed=seed)
    save_table(choices, name="sensitivity_missing", folder=run.tables)
    by_choice = print_choices(
        choices.assign(name=words.label_paths(choices)), subject="The paths", head="Path", level=level,
        note=f"Percentile bootstrap, {n_boot} draws, {status}.",
    )
if not data.synthetic:
    display(by_choice if len(gaps) > 1 else Markdown("No answer is missing."))

# %% [markdown]
# ### Number of draws

# %%
draws = alternatives.compare_draws(boot, n_boots=(100, 200, 500, 1000, 2000, 5000))
save_table(draws, name="sensitivity_draws", folder=run.tables)
print_table(
    draws,
    {
        "Draws": "n_boot: integer",
        "Largest change of an <i>SE</i>": "se_change: four",
        "Largest Monte Carlo error of a limit": "mc_error: four",
    },
    caption="<b>Precision by number of draws</b>",
    note="Change: relative to all draws. Monte Carlo error: how much a limit moves when only the seed changes (one standard "
    f"error). {drawn}{words.state_failures(boot)}",
)

# %% [markdown] tags=["published"]
# ### Can the printed estimates be true together?
#
# Answers on a questionnaire are whole numbers, so the twin matches the printed estimates only within rounding. A second
# twin, with continuous items and made for this purpose alone, shows that they can be true together exactly.

# %% tags=["published"]
exact = comparison.compare_exact_items(simulate_exact_items())
save_table(exact, name="exact_twin", folder=run.tables)
Markdown(words.read_exact(exact))

# %% tags=["finding"]
Markdown(of_these_data(data, words.read_algorithms(weighted)))

# %% [markdown]
# ## References

# %% tags=["references"]
list_references(run.notebook)

# %% [markdown]
# ## Provenance

# %% tags=["provenance"]
print_table(
    describe_provenance(
        run.notebook, data=data, parameters=run.parameters, packages=(*PACKAGES, "seminr")
    ),
    {"Item": "item: text", "Value": "value: words"},
    caption="<b>What this report was made from</b>",
)
