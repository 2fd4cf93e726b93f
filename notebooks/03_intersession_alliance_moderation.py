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
# # Quirk, Smith and Owen (2018): does the therapist alliance predict between-session action only when the client's network supports therapy?

# %% tags=["parameters"]
data_path: str = ""  # a CSV of your own; empty: the synthetic twin
mapping_path: str = ""  # a YAML file that says which of your columns is which; empty: they have our names
covariates: list[str] = []  # any columns of your file, numbers or categories, adjusted for in every regression
at: str = "sd"  # where slopes are probed: sd, percentiles, or values of other-alliance such as 3, 4.5, 6
se_type: str = "classical"  # {"classical", "hc3"} standard errors of tests, bands and regions
fdr: bool = False  # control the false-discovery rate of the Johnson–Neyman regions
n_boot: int = 5000  # [2, 1000000] bootstrap draws
ci_level: float = 0.95  # (0, 1) confidence level of every interval
seed: int = 2018  # [0, inf) seed of every random draw
smallest_cell: int = 5  # [1, inf) counts of clients below it are withheld
missing: str = "error"  # {"error", "listwise", "mi"} refuse incomplete rows, drop them, or impute their gaps several times
cluster: str = ""  # a column of your file that says which clients belong together; empty: none do
output_dir: str = ""  # where tables and figures go; empty: runs/

# %% tags=["form"]
from helpers.report.form import show_form

show_form("03_intersession_alliance_moderation")  # in JupyterLab, run this cell to choose the parameters in a form

# %%
from functools import partial

import matplotlib.pyplot as plt
from IPython.display import display

from helpers.data.datasets import load_dataset
from helpers.data.describe import (
    describe_categories,
    describe_gaps,
    describe_measures,
    withhold_rare,
)
from helpers.models.moderation.predictions import probe_predictions
from helpers.notebook import start_run
from helpers.paths import twin_path
from helpers.printed.numbers import load_source
from helpers.report.data_plots import (
    plot_correlations,
    plot_rainclouds,
    rainclouds_height,
)
from helpers.report.effect_plots import plot_forest
from helpers.report.moderation_plots import (
    plot_coefficients,
    plot_influence,
    plot_interaction,
    plot_johnson_neyman,
    plot_surface,
)
from helpers.report.numbers import format_number as num
from helpers.report.output import Markdown, save_table, show_figure
from helpers.report.own_data import (
    print_choices,
    print_replication,
    show_gaps,
    show_replication,
)
from helpers.report.power_plots import plot_power
from helpers.report.provenance import describe_provenance
from helpers.report.references import cite_in_full, list_references
from helpers.report.replicated import state_replication
from helpers.report.tables import Column, print_table
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
)
from helpers.studies.intersession_alliance import conclusion, results, simulation, words
from helpers.studies.intersession_alliance import model as study
from helpers.studies.intersession_alliance.replication import compare_findings

# %%
run = start_run("03_intersession_alliance_moderation", globals())
use_theme()
load = partial(load_dataset, run.data_path or twin_path(study.STUDY), study.STUDY, covariates=covariates, mapping=run.mapping_path, cluster=cluster)
data = load(missing="keep" if missing == "mi" else missing)
fitted = results.fit_study(
    data.frame, covariates=covariates, at=at, se_type=se_type, fdr=fdr, n_boot=n_boot, ci_level=ci_level, seed=seed, cluster=cluster
)
asked, rows, se_type = study.load_claims(), fitted.rows, fitted.se_type
claims = study.evaluate_claims(rows, asked, covariates=covariates, ci_level=ci_level, se_type=se_type)
focal, others = study.OUTCOMES[0], study.OUTCOMES[1:]
slopes = results.tabulate_slopes(fitted)
boots = withhold_rare(results.tabulate_bootstraps(fitted), data, smallest_cell=smallest_cell)
regions = words.find_regions(fitted, focal)
status, stamp, n, level = name_data(data), stamp_data(data), len(data.frame), format_level(ci_level)
tests = words.state_tests(data, fitted)

# %% tags=["published", "verdict"]
Markdown(words.give_verdict())

# %% tags=["own-data", "verdict"]
if not data.synthetic:
    sizes = study.evaluate_claims(study.Rows(rows.frames, rows.observed), asked, covariates=covariates, ci_level=ci_level)
    beside = compare_findings(
        claims, asked, sizes=sizes, n=n, n_covariates=len(fitted.full[focal].covariates), ci_level=ci_level
    )
    save_table(beside, name="replication", folder=run.tables)
    display(Markdown(f"""**What the paper says.** Self-alliance is associated with more ISP-actions where other-alliance is high, and not where it is low.
  In your data {words.describe_product(claims, data.frame[study.MODERATOR])}.

{state_replication(beside, n=n, n_published=load_source(study.STUDY)["n"], ci_level=ci_level)}"""))

# %%
Markdown(f"{cite_in_full(study.STUDY)}\n\n{words.state_origin(data, missing=missing)}")

# %% [markdown]
# ## What the claim would look like in data

# %%
save_table(slopes, name="simple_slopes", folder=run.tables)
print_table(
    words.arrange_slopes(slopes, boots, se_type),
    {
        "Other-alliance": "name: text", "Value": "moderator_value: two", "Slope": "est", "<i>SE</i>": "se",
        "<i>t</i>": "t: two", "<i>p</i>": "pvalue: p", f"{level} CI": "ci_lower, ci_upper",
        **({"Bootstrap CI": "boot_lower, boot_upper"} if len(boots) else {}),
    },
    group="group",
    caption=f"<b>Simple slopes of self-alliance</b>, {status}",
    note=f"{tests} {f'Percentile bootstrap, {n_boot:,} draws. ' if len(boots) else ''}Both kinds of standard error are in <code>simple_slopes.csv</code>.",
)

# %%
own = slopes[(slopes["outcome"] == focal) & (slopes["se_type"] == se_type)]
lines = probe_predictions(fitted.full[focal], at=fitted.at, se_type=se_type)
points = results.assign_points(fitted.complete[focal], own)
fig, ax = plt.subplots(figsize=(7.0, 4.4))
plot_interaction(
    lines, points, labels=words.label_lines(own, points), title="Other-alliance", ax=ax,
    xlabel="Self-alliance", ylabel="ISP-actions",
)
first, last = own.iloc[0], own.iloc[-1]
show_figure(
    fig, name="interaction", folder=run.figures, stamp=stamp, alt=words.describe_slopes(own),
    caption=f"**The slope of self-alliance is {num(first.est)} at the lowest and {num(last.est)} at the "
    "highest of the levels shown.** A client's mark shows the level nearest to the client's other-alliance; each line "
    f"covers the range of its clients. Bands: CI of the mean. {tests}",
)

# %% [markdown]
# ## What the conclusion rests on
#
# - **The test of the product.** A slope that is significant at one level and not at another does not show that the
#   two differ; only the test of the product does, and the abstract reports none.
# - **How "high" and "low" were chosen.** The abstract does not say; the regions of significance below need no such
#   choice.
# - **The size of the sample.** With so few clients only large interactions can be found, and estimates of those that are
#   found are on average too large.

# %% [markdown]
# ## Limits

# %% [markdown] tags=["published"]
# - Only the abstract is known. Levels, tests, covariates and instruments are assumed; the data dictionary and
#   `data/intersession_alliance/printed/claims.csv` say which.

# %% [markdown]
# - A region of significance depends on the sample size: with more clients it grows. It is not a clinical threshold.
# - All five variables are the clients' own ratings, and no order in time is reported. Shared mood and method raise every
#   correlation among them.

# %% [markdown]
# ## The abstract's findings, one by one

# %% tags=["published", "finding"]
Markdown(count_findings(claims, synthetic=data.synthetic))

# %% tags=["published"]
save_table(claims, name="claims", folder=run.tables)
print_table(
    claims,
    {
        "Finding of the abstract": "claim: words", "Appears here": "holds: yes_no", "Supported when": "rule: words",
        "Value, made up" if data.synthetic else "Value": "est",
        f"{level} CI": "ci_lower, ci_upper", "<i>p</i>": "pvalue: p",
    },
    caption=f"<b>The abstract's findings on these data</b>, {status}",
    note="Values are correlations; for the interaction and the two findings after it, the coefficient of the product and two "
    f"slopes. A nonsignificant result is only weak support for \"no association\". {tests}",
)

# %% tags=["own-data"]
if not data.synthetic:
    display(print_replication(beside, ci_level=ci_level, note=f"{words.REPLICATION_NOTE} {tests}", bounded=True))

# %% tags=["own-data"]
if not data.synthetic:
    show_replication(beside, xlabel="Correlation, or partial correlation", basis=tests, folder=run.figures, stamp=stamp)

# %% [markdown]
# ## Data
#
# **Only the abstract of [Quirk et al. (2018)](#ref-quirk2018) was available.** The journal and pages are from a
# university's publication list; no DOI could be verified. The abstract reports one number, the sample size, and no instrument,
# coefficient or test. So there are no printed results to compare or to audit. Instead, each finding is stated so that data
# can support it or not, and the analysis that the abstract describes is run in full.
#
# Clients rated their alliance with the therapist (*self-alliance*), the alliance of their social network with the therapy
# (*other-alliance*), what they think and do about therapy between sessions (intersession processes: *ISP-thoughts*,
# *ISP-actions*) and the progress they see. The abstract reports that both alliances are associated with
# actions but not with thoughts, and that self-alliance is associated with actions only where other-alliance is high.
#
# The abstract gives no instruments and no ranges, so any finite number is allowed. A file of your own needs the
# five columns, with one row per client, and may have others: name them in `covariates`. Numeric covariates enter as
# numbers; text covariates enter as categories, with the most frequent one as the reference. Your
# estimates are then shown beside the published ones, with the range in which a replication of your sample size would be expected to find them ([Patil et al., 2016](#ref-patil2016);
# [Spence & Stanley, 2016](#ref-spence2016)).

# %% tags=["finding"]
Markdown(f"{n} clients are analyzed; {data.n_dropped} of {data.n_read} rows were dropped for missing values.")

# %%
measures = describe_measures(data)
sample = words.arrange_sample(measures, describe_categories(data, smallest_cell=smallest_cell))
save_table(sample, name="descriptives", folder=run.tables)
print_table(
    sample,
    {
        "Measure": "name: words", "<i>n</i>": "n: integer", "<i>M</i>": "mean: two", "<i>SD</i>": "sd: two",
        "Observed range": "lowest, highest: one", "Skewness": "skewness: two",
    },
    caption=f"<b>What was measured</b>, {status}",
    note=f"{data.n_read} rows read, {data.n_dropped} dropped for missing values. "
    + (f"Categories have their share as mean; counts below {smallest_cell} are withheld." if covariates else ""),
)

# %% tags=["own-data"]
gaps = describe_gaps(load(missing="keep"), smallest_cell=smallest_cell)
show_gaps(gaps, labels=study.LABELS, status=status, folder=run.figures, stamp=stamp)

# %%
skewness = measures.set_index("column")["skewness"]
fig = plt.figure(figsize=(7.0, rainclouds_height(len(words.SCALES))))
plot_rainclouds(data.frame, labels=words.SCALES, limits={}, fig=fig)
show_figure(
    fig, name="distributions", folder=run.figures, stamp=stamp, alt=describe_skewness(skewness, labels=words.SCALES),
    caption=f"**{claim_skewness(skewness, labels=words.SCALES)}.** Density, quartiles with the median, and every client's value. "
    f"<i>n</i> = {n}, {status}.",
)

# %% [markdown]
# ## Model
#
# With $S$ self-alliance and $O$ other-alliance, both centered at their means, covariates $\mathbf{c}$, and $Y$ one of
# ISP-actions, ISP-thoughts and progress,
#
# $$
# Y = b_0 + b_1 S + b_2 O + b_3\,S O + \boldsymbol\gamma'\mathbf{c} + e .
# $$
#
# - **Simple slope** of self-alliance at a level $O$ of other-alliance, $b_1 + b_3 O$: the difference in $Y$ between clients
#   who differ by one point of self-alliance, at that level of other-alliance. Its
#   variance is $v_{11} + 2 O v_{13} + O^2 v_{33}$, with $v$ the covariances of the estimates
#   ([Aiken & West, 1991](#ref-aiken1991)).
# - **Product**, $b_3$: how much that slope changes with each point of other-alliance. It is the only term that tests
#   whether the two alliances interact, and centering does not change its test.
# - **Johnson–Neyman region**: all levels of other-alliance at which the simple slope is significant. Its bounds solve
#   $(b_1 + b_3 O)^2 = t^2 (v_{11} + 2 O v_{13} + O^2 v_{33})$ exactly; there may be two, one or none
#   ([Bauer & Curran, 2005](#ref-bauer2005)). Testing many levels inflates false positives; on request the false discovery
#   rate is controlled as [Esarey and Sumner (2018)](#ref-esarey2018) propose.
# - **Change in $R^2$** and $f^2 = \Delta R^2 / (1 - R^2)$: what the product explains beyond the two alliances.
#
# In lavaan's syntax, where `{covariates}` stands for the covariates and `self_by_other` is the product of $S$ and $O$:

# %% tags=["show-input"]
print(study.MODEL)

# %% [markdown]
# The abstract does not say which tests were used, how high and low were chosen, or whether anything was adjusted for.
# All ratings are the clients' own; "is associated with" is meant literally.

# %% [markdown]
# ### Does the estimator find a known truth?
#
# Samples of the same size are drawn from a population whose coefficients are known.

# %%
recovery = simulation.recover_moderation(n=n, n_replications=400, ci_level=ci_level, seed=seed)
save_table(recovery, name="recovery", folder=run.tables)
print_table(
    recovery.assign(name=recovery["quantity"].map(words.QUANTITIES)),
    {
        "Quantity": "name: text", "True": "true", "Bias": "bias", "<i>SD</i>": "sd", "<i>SE</i>": "se",
        "<i>SE</i> HC3": "se_hc3", "Coverage": "coverage: percent", "Coverage, HC3": "coverage_hc3: percent",
        "Power": "rejected: percent",
    },
    caption=f"<b>Estimates in {recovery.n_replications[0]} samples of {n} clients from a known population</b>",
    note="<i>SD</i>: of the estimates; <i>SE</i>: mean standard error. The largest bias is "
    f"{num((recovery['bias'] / recovery['mc_error']).abs().max(), 1)} Monte Carlo standard errors. Slopes of self-alliance "
    f"at the population mean of other-alliance and ±1 SD; {level} intervals.",
)

# %% [markdown]
# ### Does any one client decide the result, and do the tests' assumptions hold?
#
# Where two correlated predictors have curved relations with the outcome, a product can pick up the curvature; so the
# model is also fitted with their squares ([Ganzach, 1997](#ref-ganzach1997)). HC3 standard errors do not assume equal
# error variance ([Long & Ervin, 2000](#ref-long2000)).

# %%
influence, cases = results.tabulate_influence(fitted), fitted.influence[focal].cases
save_table(influence, name="influence", folder=run.tables)
own = influence[influence["outcome"] == focal].set_index("check")
fig, ax = plt.subplots(figsize=(7.0, 3.6))
plot_influence(cases, leverage_limit=own.limit["leverage"], residual_limit=own.limit["residual_deleted"], ax=ax)
verdict = words.describe_influence(own.reset_index(), cases["flagged"].sum(), n)
show_figure(
    fig, name="influence", folder=run.figures, stamp=stamp,
    alt=f"Leverage and residual of each client in the regression of ISP-actions. {verdict}.",
    caption=f"**{verdict}.** {words.describe_removal(cases)} Larger marks: more influence on the product. Orange, with "
    "row number: beyond a limit of residual or leverage (dashed) or of another measure of influence (`influence.csv`). "
    f"{tests}",
)

# %%
assumptions = results.tabulate_assumptions(fitted)
save_table(assumptions, name="assumptions", folder=run.tables)
print_table(
    words.arrange_assumptions(assumptions, focal),
    {"Check": "name: text", "Question": "asks: words", "Statistic": "statistic: two", "<i>p</i>": "pvalue: p"},
    caption="<b>Assumptions of the tests, ISP-actions</b>",
    note="In a sample of this size such tests detect only gross violations; the HC3 and bootstrap intervals below show "
    f"how much depends on them. Other outcomes: <code>assumptions.csv</code>. <i>n</i> = {n}, {status}.",
)

# %% tags=["finding"]
Markdown(of_these_data(data, f"{verdict}."))

# %% [markdown]
# ## Results in detail

# %% tags=["finding"]
Markdown(of_these_data(data, f"{words.describe_regions(regions, focal)}."))

# %% [markdown]
# ### How are alliances, thoughts, actions and progress related?

# %%
correlations = rows.correlate(*study.COLUMNS, ci_level=ci_level)
save_table(correlations, name="correlations", folder=run.tables)
print_table(
    words.arrange_absence(correlations),
    {"Pair": "pair: text", "<i>r</i>": "r: bounded", f"{level} CI": "ci_lower, ci_upper: bounded", "<i>p</i>": "pvalue: p"},
    caption="<b>Correlations</b>",
    note=f"Intervals by Fisher's <i>z</i>{words.describe_rows(rows)}. <i>n</i> = {n}, {status}.",
)

# %%
named = correlations.replace({"x": study.LABELS, "y": study.LABELS})
fig, ax = plt.subplots(figsize=(5.6, 3.2))
plot_correlations(named[["x", "y", "r"]], order=words.SCALES.values(), ax=ax)
show_figure(
    fig, name="correlations", folder=run.figures, stamp=stamp, alt=describe_correlations(named),
    caption=f"**{claim_correlation(named)}.** The correlations of the table above. <i>n</i> = {n}, {status}.",
)

# %% [markdown]
# ### Are the alliances related more to actions than to thoughts?
#
# A significant and a nonsignificant correlation need not differ significantly. "Actions, but not thoughts" is a claim about a
# difference, which needs a test of its own: Williams' test, recommended by [Steiger (1980)](#ref-steiger1980), and the
# interval of [Zou (2007)](#ref-zou2007).

# %%
relations = results.compare_relations(fitted)
save_table(relations, name="correlation_differences", folder=run.tables)
print_table(
    words.arrange_relations(relations),
    {
        "Alliance": "name: text", "<i>r</i> with actions": "r_first: bounded", "<i>r</i> with thoughts": "r_second: bounded",
        "Difference": "difference", f"{level} CI": "ci_lower, ci_upper", "<i>t</i>": "t: two",
        "<i>p</i>": "pvalue: p",
    },
    caption="<b>Difference between the correlations with actions and thoughts</b>",
    note=f"{words.describe_difference(rows)} <i>n</i> = {relations['n'].iloc[0]}, {status}.",
)

# %%
absence = conclusion.judge_absence(asked, rows, ci_level=ci_level)
save_table(absence, name="not_related", folder=run.tables)
print_table(
    words.arrange_absence(absence),
    {
        "Reported as unrelated": "pair: text", "<i>r</i>": "r: bounded", "Smallest <i>r</i> ruled out": "excluded: bounded",
        "Smallest <i>r</i> with 80% power": "detectable: bounded",
    },
    caption="<b>What the null results cannot rule out</b>",
    note="Ruled out: by an equivalence test; smaller correlations remain possible. "
    f"<i>n</i> = {n}, {status}.",
)

# %% [markdown]
# ### Do the two alliances interact?

# %%
without = withhold_rare(results.tabulate_regressions(fitted.main_effects), data, smallest_cell=smallest_cell)
save_table(without, name="regression_without_product", folder=run.tables)

# %%
regression = withhold_rare(results.tabulate_regressions(fitted.full), data, smallest_cell=smallest_cell)
save_table(regression, name="regression", folder=run.tables)
print_table(
    words.arrange_regression(regression),
    {
        "Term": "name: text", "<i>b</i>": "est", "<i>SE</i>": "se", **words.robust_columns(cluster),
        "<i>t</i>": "t: two", "<i>p</i>": "pvalue: p", f"{level} CI": "ci_lower, ci_upper",
    },
    group="group",
    caption="<b>Regressions with the product</b>",
    note="Both alliances are centered, so each coefficient is the slope at the mean of the other. <i>t</i>, "
    f"<i>p</i> and interval: {'CR2' if cluster else 'classical'}{words.describe_rows(rows)}. Without the product: <code>regression_without_product.csv</code>. <i>n</i> = {n}, {status}."
    + (f" An en dash: withheld, of a category with fewer than {smallest_cell} clients." if covariates else ""),
)

# %%
r_squared = results.tabulate_r_squared(fitted)
sizes = withhold_rare(results.tabulate_effect_sizes(fitted), data, smallest_cell=smallest_cell)
save_table(r_squared, name="r_squared", folder=run.tables)
save_table(sizes, name="effect_sizes", folder=run.tables)
print_table(
    r_squared.assign(group=r_squared["outcome"].map(study.LABELS), name=r_squared["model"].str.capitalize()),
    {
        "Model": "name: text", "<i>R</i>²": "r2: bounded", "Adjusted": "r2_adj: bounded", "Δ<i>R</i>²": "r2_change: bounded",
        "<i>F</i>": "f: two", "df": "df1: integer", "df error": "df2: integer", "<i>p</i>": "pvalue: p", "<i>f</i>²": "f2",
    },
    group="group",
    caption="<b>Variance accounted for</b>",
    note="First row of each outcome: all predictors; second row: what the product adds. Effect sizes of each term: "
    f"<code>effect_sizes.csv</code>. <i>n</i> = {n}, {status}.",
)

# %%
basis = state_basis(data, ci_level=ci_level, n_boot=n_boot)
coefficients = results.standardize_coefficients(fitted)
save_table(coefficients, name="standardized_coefficients", folder=run.tables)
save_table(boots, name="bootstrap", folder=run.tables)
fig, ax = plt.subplots(figsize=(7.0, 4.6))
shown = words.arrange_coefficients(coefficients)
plot_coefficients(shown, xlabel="Coefficient (SD of the outcome)", ax=ax)
shown = shown[shown["interval"] == "Classical"].assign(label=shown["term"] + " to " + shown["outcome"])
finding = words.describe_coefficients(coefficients, fitted.full[focal].terms["product"])
show_figure(
    fig, name="coefficients", folder=run.figures, stamp=stamp,
    alt=f"Standardized coefficients with classical intervals: {describe_intervals(shown)}.",
    caption=f"**{finding}.** Standardized coefficients; open marks: the interval includes zero; "
    f"{'classical and CR2' if cluster else 'classical and HC3'}: *t* intervals. {words.describe_draws(boots, basis, tests)}",
)

# %% [markdown]
# ### At which levels of other-alliance is self-alliance related to action?

# %%
surface = results.predict_surface(fitted.complete[focal])
if len(surface):
    fig, ax = plt.subplots(figsize=(6.0, 4.0))
    plot_surface(surface, points, xlabel="Self-alliance", ylabel="Other-alliance", zlabel="ISP-actions", ax=ax)
    show_figure(
        fig, name="surface", folder=run.figures, stamp=stamp, alt=words.describe_surface(surface, focal),
        caption=f"**{words.claim_surface(surface, focal)}.** Predictions from both alliances within the range of the data; dots: clients. "
        f"Curved contour lines show that the slope of one alliance depends on the other. <i>n</i> = {len(points)}, {status}.",
    )

# %%
bounds = results.tabulate_bounds(fitted)
save_table(bounds, name="johnson_neyman", folder=run.tables)
save_table(results.tabulate_regions(fitted), name="johnson_neyman_regions", folder=run.tables)
found = fitted.johnson_neyman[focal, se_type]
fig, ax = plt.subplots(figsize=(7.0, 3.8))
curve = results.trace_slopes(fitted.full[focal], found, se_type=se_type)
plot_johnson_neyman(
    curve, regions, ax=ax,
    values=fitted.complete[focal].moderator_values, xlabel="Other-alliance", ylabel="Slope of self-alliance",
)
show_figure(
    fig, name="johnson_neyman", folder=run.figures, stamp=stamp, alt=words.describe_curves([curve]),
    caption=f"**{words.describe_regions(regions, focal)}.** Slope with its confidence band over the observed range; "
    f"gray: not significant; ticks at the bottom: clients. {words.describe_search(found)} {tests}",
)

# %%
print_table(
    words.arrange_bounds(bounds, results.tabulate_regions(fitted)),
    {
        "Standard error": "name: text", "Bound": "bound: two", "Region": "lower, upper: two",
        "Bound within data": "within_observed_range: yes_no", "Clients in a region": "share: percent",
    },
    group="group",
    caption="<b>Johnson–Neyman bounds of other-alliance</b>",
    note="In a region the slope of self-alliance is significant; without bounds it is significant nowhere. A region "
    f"outside the observed range concerns no client. {words.describe_search(found)}",
)

# %%
fig, axes = plt.subplots(1, len(others), figsize=(7.0, 3.0), sharey=True)
curves = []
for ax, outcome in zip(axes, others, strict=True):
    fit, own = fitted.full[outcome], words.find_regions(fitted, outcome)
    curves.append(results.trace_slopes(fit, fitted.johnson_neyman[outcome, se_type], se_type=se_type))
    plot_johnson_neyman(
        curves[-1], own, values=fitted.complete[outcome].moderator_values, xlabel="Other-alliance",
        ylabel="Slope of self-alliance" if ax is axes[0] else "", ax=ax,
    )
    ax.set_title(study.LABELS[outcome])
stated = dict.fromkeys(words.describe_regions(words.find_regions(fitted, x), x) for x in others)
show_figure(
    fig, name="other_outcomes", folder=run.figures, stamp=stamp, alt=words.describe_curves(curves),
    caption=f"**{'. '.join(stated)}.** As for ISP-actions above. {tests}",
)

# %% [markdown]
# ### From printed coefficients alone
#
# Simple slopes and regions need no raw data: two coefficients, their variances and their covariance are enough. Where a
# paper reports them, `slopes_from_published` computes both.

# %%
gap = results.repeat_from_coefficients(fitted.complete[focal])
Markdown(
    "From these five numbers and the degrees of freedom of the regression of ISP-actions, the bounds are "
    f"{words.describe_gap(gap)} of those computed from the data."
)

# %% [markdown]
# ## Published beside reproduced
#
# The abstract's sentences can be read in more than one way. Here each finding is tested under every reading that applies
# to it: the other kind of standard error; bootstrap intervals; rank correlations; regression coefficients adjusted for
# the other alliance (for progress, for the other three variables); low and high as percentiles; and Holm's correction over
# all findings of an association.

# %%
readings = conclusion.compare_readings(fitted, asked, covariates=covariates)
save_table(readings, name="claims_by_reading", folder=run.tables)
print_table(
    words.arrange_readings(readings),
    {"Finding of the abstract": "claim: words"} | {head: Column(key, "yes_no") for key, head in words.READING_HEADS.items()},
    caption="<b>Does the finding appear, by reading?</b>",
    note=f"En dash: the reading does not apply. <i>n</i> = {n}, {status}.",
)

# %%
Markdown(words.describe_readings(readings))

# %% tags=["finding"]
Markdown(of_these_data(data, words.count_readings(readings)))

# %% [markdown] tags=["published"]
# ## Audit of the printed numbers
#
# There is nothing to audit: the abstract reports no number but the sample size, so no two numbers can contradict each
# other. One can still ask what a study of this size could have found.

# %% [markdown]
# ### How large must an interaction be to be found with so few clients?

# %%
power = simulation.study_power(fitted.complete[focal], n_replications=2000, ci_level=ci_level, seed=seed, se_type=se_type)
save_table(power, name="power", folder=run.tables)
simulated, formula = (simulation.find_detectable(power, column=c) for c in ("power", "analytic_power"))
claim, beside = words.describe_power(power, simulated, formula)
fig, ax = plt.subplots(figsize=(7.0, 3.6))
plot_power(power, x="r2_change", wanted=0.8, xlabel="True change in R² by the product", ax=ax)
show_figure(
    fig, name="power", folder=run.figures, stamp=stamp,
    alt=f"Over the true changes: {describe_ranges(power.assign(what='power'), by='what', value='power')}.",
    caption=f"**{claim}.** {len(power)} true sizes, {power.n_replications[0]} samples each, with the "
    f"correlations seen here; band: Monte Carlo error. {beside}",
)

# %%
print_table(
    power,
    {
        "True Δ<i>R</i>²": "r2_change: bounded", "<i>f</i>²": "f2", "Power": "power: percent",
        "Monte Carlo band": "power_lower, power_upper: percent", "Formula": "analytic_power: percent",
        "Whole pattern": "pattern: percent", "Coverage": "coverage: percent",
    },
    caption="<b>Power of this test</b>",
    note="Whole pattern: product and upper slope significant and positive, lower slope not significant, all in one sample. "
    f"Normal variables, measured without error; unreliable scales need a larger true effect. <i>n</i> = {n}.",
)

# %% tags=["finding"]
Markdown(f"{claim}.")

# %% [markdown]
# ## Sensitivity
#
# ### The choices of the analysis

# %%
analyses = conclusion.compare_analyses(fitted)
save_table(analyses, name="sensitivity_analyses", folder=run.tables)
fig, ax = plt.subplots(figsize=(7.0, 3.2))
plot_forest(words.arrange_analyses(analyses), xlabel="Product (SD of ISP-actions)", ax=ax)
verdict = words.describe_analyses(analyses)
show_figure(
    fig, name="analyses", folder=run.figures, stamp=stamp,
    alt=f"The product: {describe_intervals(words.arrange_analyses(analyses))}.",
    caption=f"**{verdict}.** Squares compete with the product where the alliances are correlated. Flagged clients are those "
    f"of the figure of influence; dropping influential clients also costs power. {words.describe_draws(boots, basis, tests)}",
)

# %% [markdown] tags=["own-data"]
# ### What is done with missing values

# %% tags=["own-data"]
if len(gaps) > 1:
    choices = conclusion.compare_missing(load(missing="keep").frame, covariates=covariates, ci_level=ci_level, seed=seed, cluster=cluster)
    save_table(choices, name="sensitivity_missing", folder=run.tables)
    by_choice = print_choices(
        words.arrange_choices(choices), subject="The interaction", head="Quantity", level=level,
        note=f"Regression of ISP-actions, <i>t</i> intervals, {status}.",
    )
if not data.synthetic:
    display(by_choice if len(gaps) > 1 else Markdown("No value is missing."))

# %% [markdown]
# ### Which alliance is called the moderator
#
# The product does not say which alliance moderates the other: the same model can be read both ways.

# %%
roles = conclusion.compare_roles(fitted)
save_table(roles, name="sensitivity_roles", folder=run.tables)
print_table(
    words.arrange_roles(roles),
    {
        "Level": "name: text", "Value": "moderator_value: two", "Slope": "est", "<i>SE</i>": "se", "<i>p</i>": "pvalue: p",
        f"{level} CI": "ci_lower, ci_upper",
    },
    group="group",
    caption="<b>Slopes on ISP-actions, read both ways</b>",
    note=tests,
)

# %% [markdown]
# ### The same regressions in another program
#
# semopy ([Igolkina & Meshcheryakov, 2020](#ref-igolkina2020)) fits the three equations by maximum likelihood; the regressions here use least squares.

# %% tags=["show-input"]
witness = withhold_rare(results.compare_with_semopy(fitted), data, smallest_cell=smallest_cell)
save_table(witness, name="sensitivity_semopy", folder=run.tables)
print_table(
    witness.assign(term=witness["term"].map(study.LABELS).fillna(witness["term"]), group=witness["outcome"].map(study.LABELS)),
    {
        "Term": "term: text", "Estimate": "est: four", "Estimate by semopy": "est_semopy: four", "<i>SE</i>": "se: four",
        "<i>SE</i> by semopy": "se_semopy: four",
    },
    group="group",
    caption="<b>Slopes beside semopy's</b>",
    note="<i>SE</i>s use <i>n</i> as divisor, as in maximum likelihood. "
    f"{describe_witness(witness, program='semopy', what='slopes')} <i>n</i> = {n}, {status}.",
)

# %% tags=["finding"]
Markdown(of_these_data(data, f"{words.describe_analyses(analyses)}."))

# %% [markdown]
# ## References

# %% tags=["references"]
list_references(run.notebook)

# %% [markdown]
# ## Provenance

# %% tags=["provenance"]
print_table(
    describe_provenance(run.notebook, data=data, parameters=run.parameters),
    {"Item": "item: text", "Value": "value: words"},
    caption="<b>What this report was made from</b>",
)
