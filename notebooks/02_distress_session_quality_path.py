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
# # Stefana (2026): does the alliance mediate the link between distress and session quality?

# %% tags=["parameters"]
data_path: str = ""  # a CSV of your own; empty: the synthetic twin
mapping_path: str = ""  # a YAML file that says which of your columns is which; empty: they have our names
covariates: list[str] = ["age_group", "gender", "ethnicity", "diagnosis", "treatment_length", "treatment_frequency", "treatment_setting"]  # {"age_group", "gender", "ethnicity", "diagnosis", "treatment_length", "treatment_frequency", "treatment_setting"} adjusted for in every equation; [] for none
estimator: str = "MLR"  # {"ML", "MLR"} tests and SEs of the model comparisons: normal theory or robust
n_boot: int = 5000  # [2, 1000000] bootstrap draws
ci_level: float = 0.95  # (0, 1) confidence level of every interval
seed: int = 2026  # [0, inf) seed of every random draw
smallest_cell: int = 5  # [1, inf) counts of clients below it are withheld
missing: str = "error"  # {"error", "listwise", "fiml"} refuse incomplete rows, drop them, or use what they have (maximum likelihood)
cluster: str = ""  # a column of your file that says which clients belong together; empty: none do
output_dir: str = ""  # where tables and figures go; empty: runs/

# %% tags=["form"]
from helpers.report.form import show_form

show_form("02_distress_session_quality_path")  # in JupyterLab, run this cell to choose the parameters in a form

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
from helpers.models.sem.recovery import recover_path_model
from helpers.models.sem.witness import compare_with_semopy
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
    find_printed,
)
from helpers.report.data_plots import (
    plot_correlations,
    plot_rainclouds,
    rainclouds_height,
)
from helpers.report.effect_plots import plot_digit_differences, plot_forest, plot_interval_series
from helpers.report.numbers import format_number as num
from helpers.report.output import Markdown, save_table, show_figure
from helpers.report.own_data import (
    print_choices,
    print_replication,
    show_gaps,
    show_replication,
)
from helpers.report.path_diagram import plot_path_diagram
from helpers.report.provenance import describe_provenance
from helpers.report.references import cite_in_full, list_references
from helpers.report.replicated import state_replication
from helpers.report.specification_plots import plot_specifications
from helpers.report.tables import print_table
from helpers.report.theme import use_theme
from helpers.report.wording import (
    claim_correlation,
    claim_skewness,
    count_findings,
    describe_correlations,
    describe_skewness,
    describe_witness,
    format_level,
    name_data,
    of_these_data,
    stamp_data,
    state_basis,
    state_data,
)
from helpers.studies.distress_session_quality import conclusion, results, words
from helpers.studies.distress_session_quality import model as study
from helpers.studies.distress_session_quality.replication import compare_findings
from helpers.studies.distress_session_quality.twin_provenance import (
    describe_provenance as describe_twin,
)
from helpers.studies.registry import audit_study, list_causes

# %%
run = start_run("02_distress_session_quality_path", globals())
use_theme()
load = partial(load_dataset, run.data_path or twin_path(study.STUDY), study.STUDY, covariates=covariates, mapping=run.mapping_path, cluster=cluster)
data = load(missing="keep" if missing == "fiml" else missing)
fitted = results.fit_study(
    data.frame, covariates=covariates, estimator=estimator, n_boot=n_boot, ci_level=ci_level, seed=seed, cluster=cluster
)
claims, compared = results.judge_claims(fitted), results.compare_with_paper(fitted)
audit = audit_study(study.STUDY)
full, boot = fitted.full, fitted.bootstrap
parameters = results.tabulate_parameters(boot)
effects = parameters.drop_duplicates("label").set_index("label")
status, stamp, n, level = name_data(data), stamp_data(data), len(data.frame), format_level(ci_level)
basis = " ".join([state_basis(data, ci_level=ci_level, n_boot=n_boot), *boot.notes])
limits = words.state_limits(fitted.scores, data, ci_level=ci_level) or basis

# %% tags=["published", "verdict"]
Markdown(words.give_verdict(audit))

# %% tags=["own-data", "verdict"]
if not data.synthetic:
    beside = compare_findings(boot)
    save_table(beside, name="replication", folder=run.tables)
    display(Markdown(f"""**What the paper says.** Agreement on tasks accounts for most of the link between a client's distress and
the quality of the session. {words.state_headline(beside, results.compute_task_share(effects.est, of="total"))}

{state_replication(beside, n=n, n_published=load_source(study.STUDY)["n"], ci_level=ci_level)}"""))

# %%
Markdown(f"{cite_in_full(study.STUDY)}\n\n{state_data(data, missing=missing)}")

# %% [markdown]
# ## How much of the link runs through each route?

# %%
decomposition = results.tabulate_effects(parameters)
save_table(decomposition, name="defined_effects", folder=run.tables)
routes = decomposition[~decomposition["label"].str.contains("_minus_")].reset_index(drop=True)
routes["paper"] = find_printed(compared, "table_2", routes["label"], "beta")
routes["paper_ci"] = words.find_printed_intervals(compared, "table_2", routes["label"])
print_table(
    routes.assign(route=routes["label"].map(study.QUANTITIES)),
    {
        "Effect": "route: text", "Printed": "paper: number", "Printed CI": "paper_ci: number",
        "Estimate": "est", "<i>SE</i>": "se", f"{level} CI": "ci_lower, ci_upper",
        "<i>p</i>": "pvalue: p",
    },
    printed=data.synthetic, caption="<b>Indirect and total effects of distress on session quality (the paper's Table 2)</b>",
    note=f"{basis} Monte Carlo error of a limit: at most {num(routes.filter(like='mc_error').max().max(), 4)}.",
)

# %%
paths = results.tabulate_paths(parameters)
drawn = boot.table("standardized").assign(significant=parameters["pvalue"] < 1 - ci_level)
fig, ax = plt.subplots(figsize=(7.0, 4.4))
plot_path_diagram(
    drawn, positions=study.LAYOUT, bends=study.BENDS, labels=study.LABELS, ax=ax,
    notes={y: f"R² = {num(v, leading_zero=False)}" for y, v in full.r_squared.items()},
)
strongest = paths[paths["lhs"] == "ses"].set_index("rhs")["est"].abs().idxmax()
show_figure(
    fig, name="path_diagram", folder=run.figures, stamp=stamp, alt=words.describe_diagram(paths, full.r_squared),
    caption=f"**{study.LABELS[strongest]} has the largest path to session quality.** Standardized "
    f"coefficients; dashed: not significant at {num(1 - ci_level, 2, leading_zero=False)}; double arrows: residual "
    f"correlations. {basis}",
)

# %% [markdown]
# ## What the conclusion rests on

# %% tags=["published"]
Markdown(f"- **How \"most\" is read.** {words.read_shares(audit)}")

# %%
by_order = results.compare_orders(fitted.scores, n_boot=n_boot, ci_level=ci_level, seed=seed)
task = by_order.query("label == 'ind_task_total'").set_index("analysis")["est"]
reliability = conclusion.load_reliabilities(data.frame)
confounded = conclusion.find_confounding(full, ci_level=ci_level)
without_error = conclusion.remove_measurement_error(fitted, reliability, ci_level=ci_level)
Markdown(f"""- **The assumed order.** With the alliance before the real relationship, or both side by side, the data fit equally
  well, and the route through task ranges from {num(task.min())} to {num(task.max())}.
- **One rater.** Clients rated distress, relationship, alliance and session at one time; a shared mood raises every
  association among them.
- **No omitted cause.** Whatever affects both task agreement and session quality is counted as part of the route through
  task. {words.read_confounding(confounded, synthetic=data.synthetic)}
- **Scores without error.** {words.read_measurement_error(without_error, synthetic=data.synthetic)}""")

# %% [markdown]
# ## Limits
#
# - All constructs were rated by the same person at the same time. Shared method and mood raise every
#   association among them; no model of these data can remove that.
# - The order distress → real relationship → alliance → quality is assumed, not observed.

# %% [markdown] tags=["published"]
# - The paper pools a longitudinal study with baseline assessments and control-arm follow-ups of a trial. Whether each
#   client appears only once is not reported; the analysis treats all rows as independent.
# - The number of dummies, the reference categories other than age's, and the covariate coefficients are not reported.
#   The twin's choices are in the data dictionary.

# %% [markdown]
# ## The paper's findings, one by one

# %% tags=["published", "finding"]
agree = compared["verdict"].eq(AGREES)
Markdown(f"{words.HEADLINE} {count_findings(claims, synthetic=data.synthetic, others=True)}")

# %% tags=["published"]
save_table(claims, name="claims", folder=run.tables)
print_table(
    claims.assign(quantity=claims["statistic"].map(study.QUANTITIES)),
    {
        "Finding of the paper": "claim: words", "Appears here": "holds: yes_no", "Quantity": "quantity: text", "Estimate": "est",
        "<i>p</i>": "pvalue: p", f"{level} CI": "ci_lower, ci_upper",
    },
    caption="<b>The paper's other findings on these data</b>",
    note="As in the paper, paths are judged by <i>p</i> (with the interval of the bootstrap <i>SE</i>) and effects by the "
    f"percentile interval. A nonsignificant result is only weak support for \"no association\". {basis}",
)

# %% tags=["own-data"]
if not data.synthetic:
    display(print_replication(beside, ci_level=ci_level, note=basis))

# %% tags=["own-data"]
if not data.synthetic:
    show_replication(beside, xlabel="Standardized effect", basis=basis, folder=run.figures, stamp=stamp)

# %% [markdown]
# ## Data
#
# After a session, clients rated their recent distress, the real relationship with their therapist,
# the working alliance (agreement on tasks, agreement on goals, bond) and the quality of the session.
# [Stefana (2026)](#ref-stefana2026) asks how much of the association between distress and session
# quality runs through the relationship, and through which part of it. This notebook refits its path model, its bootstrap and
# its model comparisons, and shows which conclusions depend on choices that could have been made differently.
#
# Distress is the *z* score of the mean of the PHQ-9 and GAD-7 totals; the real relationship, the three
# alliance scales and session quality are *z* scores of their scale means. Categorical covariates enter as
# dummies, with the first category as the reference. A file of your own needs the columns below, with one row per client.
# It is checked before anything is computed. Your estimates are then shown beside the published ones, with the range in which a
# replication of your sample size would be expected to find them ([Patil et al., 2016](#ref-patil2016);
# [Spence & Stanley, 2016](#ref-spence2016)).

# %% [markdown] tags=["published"]
# Each result is shown beside the printed one, and the printed numbers are checked against each other.

# %% tags=["finding"]
Markdown(f"{n:,} rows are analyzed; {data.n_dropped} of {data.n_read:,} were dropped for missing values.")

# %%
measures = describe_measures(data)
if cluster:
    measures = measures.merge(results.tabulate_likeness(data.frame, variables=measures["column"], cluster=cluster, ci_level=ci_level))
save_table(measures, name="descriptives", folder=run.tables)
print_table(
    words.set_beside_printed(measures, by=["column"]),
    {
        "Measure": "instrument: words", "Range": "minimum, maximum: integer",
        "Printed <i>M</i>": "paper_mean: number", "<i>M</i>": "mean: two",
        "Printed <i>SD</i>": "paper_sd: number", "<i>SD</i>": "sd: two", "<i>n</i>": "n: integer",
        "Skewness": "skewness: two", **({"ICC": "icc: bounded"} if cluster else {}),
    },
    printed=data.synthetic, caption=f"<b>What was measured</b>, {status}",
    note=f"{data.n_read:,} rows read, {data.n_dropped} dropped for missing values.{words.explain_chosen(data)}{words.explain_likeness(cluster)}",
)

# %% tags=["own-data"]
gaps = describe_gaps(load(missing="keep"), smallest_cell=smallest_cell)
show_gaps(gaps, labels=words.MEASURES, status=status, folder=run.figures, stamp=stamp)

# %%
skewness = measures.set_index("column")["skewness"]
fig = plt.figure(figsize=(7.0, rainclouds_height(len(words.MEASURES))))
plot_rainclouds(data.frame, labels=words.MEASURES, limits={c.name: (c.minimum, c.maximum) for c in data.schema.measures}, fig=fig)
show_figure(
    fig, name="distributions", folder=run.figures, stamp=stamp, alt=describe_skewness(skewness, labels=words.MEASURES),
    caption=f"**{claim_skewness(skewness, labels=words.MEASURES)}.** Density, quartiles with the median, and every client's value. "
    f"<i>n</i> = {n}, {status}.",
)

# %%
related = results.tabulate_correlations(full)
save_table(related, name="correlations", folder=run.tables)
fig, ax = plt.subplots(figsize=(5.6, 3.6))
plot_correlations(related.replace(study.LABELS), order=study.LABELS.values(), ax=ax)
show_figure(
    fig, name="correlations", folder=run.figures, stamp=stamp, alt=describe_correlations(related.replace(study.LABELS)),
    caption=f"**{claim_correlation(related.replace(study.LABELS))}.** Of the scores, without covariates. <i>n</i> = {n}, {status}.",
)

# %%
categories = describe_categories(data, smallest_cell=smallest_cell)
save_table(categories, name="covariates", folder=run.tables)
beside = words.set_beside_printed(categories, by=["covariate", "label"])
print_table(
    beside.assign(covariate=beside["covariate"].str.replace("_", " ").str.capitalize()),
    {
        "Category": "label: text", "Printed share": "paper_share: number", "Share": "share: percent",
        "<i>n</i>": "n: integer", "Reference": "reference: yes_no",
    },
    group="covariate", printed=data.synthetic,
    caption=f"<b>Covariates</b>, {status}",
    note=f"Counts below {smallest_cell} are withheld.{words.explain_chosen(data)}",
)

# %% [markdown]
# ## Model
#
# With $D$ distress, $R$ the real relationship, $T, G, B$ agreement on tasks, agreement on goals and bond, $Q$
# session quality and $\mathbf{c}$ the covariates,
#
# $$
# \begin{aligned}
# R &= a_R D + \boldsymbol\gamma_R'\mathbf{c} + e_R\\
# M &= a_M D + d_M R + \boldsymbol\gamma_M'\mathbf{c} + e_M, \qquad M \in \{T, G, B\}\\
# Q &= c' D + b_R R + b_T T + b_G G + b_B B + \boldsymbol\gamma_Q'\mathbf{c} + e_Q
# \end{aligned}
# $$
#
# The residuals of $T, G, B$ are free to correlate. All variables were measured once, after the same session, so
# an "indirect effect" is a part of an association that the assumed order assigns to a route; it is not
# evidence that one thing came first.
#
# - **Through the real relationship only**, $a_R b_R$: clients in more distress rate the real relationship lower, and
#   those who rate it lower rate sessions lower.
# - **Direct component of a mediator**, $a_M b_M$: at the same real relationship, distress is associated with lower task
#   agreement (for example), which is associated with lower quality.
# - **Serial component**, $a_R d_M b_M$: distress is associated with a weaker real relationship, which is associated with
#   lower task agreement, which is associated with lower quality.
# - **Total through a mediator**: the two components together. **Total effect**: all routes and the direct path $c'$.
#
# The same model in lavaan's syntax, as it is fitted; `{covariates}` stands for the dummies:

# %% tags=["show-input"]
print(study.FULL)

# %% [markdown]
# ### Does the estimator find a known truth?
#
# Estimates, standard errors and fit indices follow the definitions of lavaan ([Rosseel, 2012](#ref-rosseel2012)).
# Samples of the same size are drawn from a normal population whose parameters are the estimates below, and the
# model is fitted to each.

# %% tags=["finding"]
recovery = recover_path_model(full, n_replications=500, seed=seed)
focal = recovery[recovery["label"].isin(study.QUANTITIES)]
terms = results.name_terms(recovery, fitted.scores)
recovery = withhold_rare(recovery, data, smallest_cell=smallest_cell, by=terms)
save_table(recovery, name="recovery", folder=run.tables)
worst = (focal["bias"] / focal["mc_error"]).abs().max()
Markdown(
    f"In 500 samples with a known truth, the mean of each of the {len(focal)} paths and effects is within {num(worst, 1)} "
    f"Monte Carlo standard errors of its true value (largest bias {num(focal['bias'].abs().max(), 4)}); the standard "
    f"deviation of the estimates is {num((focal['sd'] / focal['se']).min(), 2)} to "
    f"{num((focal['sd'] / focal['se']).max(), 2)} times the normal-theory standard error."
)

# %% [markdown]
# ### Can task, goal and bond be told apart?

# %%
collinearity = results.tabulate_collinearity(full)
save_table(collinearity, name="collinearity", folder=run.tables)
print_table(
    collinearity.assign(name=collinearity["variable"].map(study.LABELS)),
    {"Predictor of session quality": "name: text", "VIF": "vif: two", "Tolerance": "tolerance: bounded_two"},
    caption="<b>Variance inflation</b>",
    note="VIF: the factor by which correlation with the other predictors and covariates inflates the variance of a "
    f"coefficient; tolerance: 1 / VIF. <i>n</i> = {n:,}, {status}.",
)

# %% [markdown]
# ## Results in detail

# %% tags=["finding"]
Markdown(of_these_data(data, words.describe_largest_path(paths)))

# %% [markdown]
# ### How are distress, the relationship and session quality related?

# %%
save_table(paths, name="direct_paths", folder=run.tables)
adjusted = results.tabulate_covariates(parameters, fitted.scores)
terms = results.name_terms(adjusted, fitted.scores)
adjusted = withhold_rare(adjusted, data, smallest_cell=smallest_cell, by=terms)
save_table(adjusted, name="covariate_coefficients", folder=run.tables)
paper = find_printed(compared, "table_1", paths["rhs"] + " -> " + paths["lhs"], "beta")
print_table(
    paths.assign(path=paths["label"].map(study.QUANTITIES), paper=paper),
    {
        "Path": "path: text", "Printed β": "paper: number", "β": "est", "<i>SE</i>": "se",
        "<i>z</i>": "z: two", "<i>p</i>": "pvalue: p", f"{level} CI": "ci_lower, ci_upper",
    },
    printed=data.synthetic, caption="<b>Direct paths of the full covariate model (the paper's Table 1)</b>",
    note=f"Bootstrap <i>SE</i>; <i>p</i> and CI by β / <i>SE</i>. {basis}",
)

# %%
explained = results.tabulate_r_squared(boot)
save_table(explained, name="r_squared", folder=run.tables)
paper = find_printed(compared, "text", "results_r2_" + explained["outcome"], "printed")
print_table(
    explained.assign(name=explained["outcome"].map(study.LABELS), paper=paper),
    {
        "Outcome": "name: text", "Printed <i>R</i>²": "paper: number", "<i>R</i>²": "est: bounded",
        f"{level} CI": "ci_lower, ci_upper: bounded",
    },
    printed=data.synthetic, caption="<b>Variance accounted for</b>",
    note=f"Percentile intervals of <i>R</i>² are biased upwards in small samples. {basis}",
)

# %% [markdown]
# ### Which pathways explain the association?

# %%
shown = words.arrange_forest(routes)
fig, ax = plt.subplots(figsize=(7.0, 5.2))
plot_forest(shown, published=words.arrange_printed_forest(), xlabel="Effect on session quality (SD)", ax=ax)
share = results.compute_task_share(effects.est)
show_figure(
    fig, name="decomposition", folder=run.figures, stamp=stamp,
    alt=words.describe_effects(routes),
    caption=f"**{words.describe_share(share)}.** Dots and bars: computed here; open diamonds: published. {basis}",
)

# %% [markdown]
# ### Is the route through task larger than the others?
#
# The contrasts have a sign: where both indirect effects are negative, as in the paper, a negative difference
# means that the first is larger in size.

# %%
contrasts = decomposition[decomposition["label"].str.contains("_minus_")].reset_index(drop=True)
print_table(
    contrasts.assign(
        contrast=contrasts["label"].map(study.QUANTITIES),
        paper=find_printed(compared, "table_3", contrasts["label"], "estimate"),
    ),
    {
        "Contrast": "contrast: text", "Printed": "paper: number", "Difference": "est",
        "<i>SE</i>": "se", f"{level} CI": "ci_lower, ci_upper", "<i>p</i>": "pvalue: p",
    },
    printed=data.synthetic, caption="<b>Contrasts among the total indirect effects (the paper's Table 3)</b>",
    note=basis,
)

# %% [markdown]
# ### Task's share if goal and bond are fixed to zero
#
# The Task-only model fixes the paths from goal and bond to session quality to zero. Where goal and bond do contribute, as
# in the full model, it counts part of their share as task's.

# %%
shares = results.tabulate_effects(fitted.task_only_bootstrap.parameters, tuple(study.SHARES))
save_table(shares, name="proportion_mediated", folder=run.tables)
print_table(
    shares.assign(
        share=shares["label"].map(study.QUANTITIES),
        paper=find_printed(compared, "table_4", shares["label"], "value"),
    ),
    {"Share": "share: text", "Printed": "paper: number", "Estimate": "est", f"{level} CI": "ci_lower, ci_upper"},
    printed=data.synthetic, caption="<b>Shares in the Task-only model (the paper's Table 4)</b>",
    note=" ".join([
        "Shares can lie outside 0 to 1 when routes differ in sign.", state_basis(data, ci_level=ci_level, n_boot=n_boot),
        *fitted.task_only_bootstrap.notes,
    ]),
)

# %% [markdown]
# ### Are the alliance dimensions exchangeable, or can goal and bond be left out?
#
# Each constrained model is tested against the full model; robust tests use the scaled difference of
# [Satorra and Bentler (2001)](#ref-satorra2001).

# %%
comparison = results.tabulate_comparisons(fitted.fits)
save_table(comparison, name="model_comparison", folder=run.tables)
save_table(results.tabulate_fit_measures(fitted.fits), name="fit_measures", folder=run.tables)
print_table(
    words.arrange_comparison(compared),
    {
        "Statistic": "statistic: text", "Task-only, printed": "task_only_printed: number",
        "Task-only, here": "task_only: number",
        "Equal-alliance, printed": "equal_alliance_printed: number",
        "Equal-alliance, here": "equal_alliance: number",
    },
    printed=data.synthetic, caption="<b>Constrained models against the full model (the paper's Table 5)</b>",
    note=words.describe_comparison_test(estimator, cluster=cluster) + f" <i>n</i> = {n}, {status}.",
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
    f"one printed number; the band is what rounding allows; results printed as `< .001` are not shown. "
    f"{basis}",
)

# %% tags=["published", "finding"]
Markdown(f"{agree.sum()} of {len(compared)} recomputed results agree with the paper to the reported digits{built_in}.")

# %% tags=["published"]
kinds = name_kinds(compared, study.STUDY)
basis_of = find_basis(compared, describe_twin(), what=kinds) if data.synthetic else {}
print_table(
    count_verdicts(compared, what=kinds, basis=basis_of),
    {
        "Printed results": "what: words", "Numbers": "numbers: integer", "Agree": "agree: integer",
        "Last digit off": "last_digit: integer", "Differ": "differ: integer",
        **({"Why": "basis: words"} if data.synthetic else {}),
    },
    caption=f"<b>What agrees{', and why' if data.synthetic else ''}</b>",
    note=BASIS_NOTE if data.synthetic else "Standard errors and limits by bootstrap vary in their last digits with the seed.",
)

# %% [markdown] tags=["published"]
# ## Audit of the printed numbers
#
# A printed 0.465 can be any number from 0.4645 to 0.4655. Each check asks whether some unrounded numbers in these
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
# What cannot be checked, and why:

# %% tags=["published"]
Markdown(list_undecided(audit))

# %% [markdown]
# ## Sensitivity
#
# ### Which covariates are adjusted for

# %%
by_covariates = results.compare_covariate_sets(
    data.frame, covariates=covariates, n_boot=n_boot, ci_level=ci_level, seed=seed, cluster=cluster
)
save_table(by_covariates, name="sensitivity_covariates", folder=run.tables)
fig, ax = plt.subplots(figsize=(7.0, 3.6))
plot_interval_series(
    by_covariates.replace({"label": study.QUANTITIES}), by="analysis", xlabel="Effect on session quality (SD)", ax=ax
)
low, high = by_covariates.query("label == 'total'")["est"].agg(["min", "max"])
show_figure(
    fig, name="covariates", folder=run.figures, stamp=stamp,
    alt=f"Over the covariate sets the total effect ranges from {num(low)} to {num(high)}.",
    caption=f"**The total effect lies between {num(low)} and {num(high)}, whichever covariates are adjusted for.** {limits}",
)

# %% [markdown]
# ### Whether the real relationship comes before the alliance
#
# Every order fits equally well: the models are saturated, so the data cannot choose between them. The total effect
# stays the same; how it is divided among the routes changes.

# %%
save_table(by_order, name="sensitivity_order", folder=run.tables)
fig, ax = plt.subplots(figsize=(7.0, 3.6))
plot_interval_series(
    by_order.replace({"label": study.QUANTITIES}), by="analysis", xlabel="Effect on session quality (SD)", ax=ax
)
show_figure(
    fig, name="order", folder=run.figures, stamp=stamp,
    alt="; ".join(f"{name}: route through task {num(value)}" for name, value in task.items()),
    caption=f"**The route through task ranges from {num(task.min())} to {num(task.max())}, depending on the assumed "
    f"order.** {limits}",
)

# %% [markdown]
# ### Every set of covariates, order and standard error
#
# A specification curve shows the route through task under all combinations of covariates, three orders and two kinds of
# standard error ([Simonsohn et al., 2020](#ref-simonsohn2020)). With the real relationship before the alliance, or beside
# it, the total through task is the same number.

# %%
specified = conclusion.trace_specifications(fitted, ci_level=ci_level)
save_table(specified, name="sensitivity_specifications", folder=run.tables)
ordered, choices = words.arrange_specifications(specified)
fig = plot_specifications(ordered, choices, ylabel="Route through task (SD)", fig=plt.figure(figsize=(7.0, 5.4)))
show_figure(
    fig, name="specifications", folder=run.figures, stamp=stamp, alt=words.list_specifications(specified),
    caption=f"**{words.describe_specifications(specified)}.** {words.read_specifications(specified)} Lower panel: the "
    f"covariates, order and standard error of each specification. <i>n</i> = {n:,}, {level} normal intervals, {status}.",
)

# %% [markdown]
# ### An omitted cause of task agreement and session quality
#
# Something that was not measured, such as a client's mood, may raise both a mediator and session quality. Let $\rho$ be
# the correlation between the part of the mediator that no other predictor explains and the residual of session quality:
# at which $\rho$ is the mediator's path zero? This is the sensitivity parameter of [Imai et al. (2010)](#ref-imai2010).

# %%
save_table(confounded, name="sensitivity_confounding", folder=run.tables)
print_table(
    confounded.assign(name=confounded["mediator"].map(study.LABELS)),
    {
        "Mediator": "name: text", "Path to session quality": "est", "ρ at which the path is 0": "rho: bounded_two",
        "ρ at which its interval includes 0": "rho_limit: bounded_two", "ρ²": "r_squared: bounded_two",
    },
    caption="<b>How strong an unmeasured cause must be</b>",
    note="A route is zero when the path of its mediator to session quality is. The unmeasured cause must be this strong "
    f"over and above all variables in the model. Normal theory; <i>n</i> = {n:,}, {status}.",
)

# %% [markdown]
# ### Measurement error
#
# Path models of scale scores assume that the scores are free of error. Here each score is a single indicator of a latent
# variable, with the error variance that its reported reliability (omega) implies.

# %%
save_table(without_error, name="sensitivity_measurement_error", folder=run.tables)
print_table(
    without_error.assign(name=without_error["label"].map(study.QUANTITIES)),
    {"Path or effect": "name: text", "Observed scores": "observed", "Without error": "est", "<i>SE</i>": "se", f"{level} CI": "ci_lower, ci_upper"},
    caption="<b>Paths corrected for measurement error</b>",
    note=f"Standardized. Reliabilities, taken as known: {words.list_reliabilities(reliability)}; that of distress follows from the "
    f"omegas of PHQ-9 and GAD-7. Robust normal intervals. <i>n</i> = {n:,}, {status}.",
)

# %% [markdown] tags=["own-data"]
# ### What is done with missing values

# %% tags=["own-data"]
if len(gaps) > 1:
    choices = results.compare_missing(load(missing="keep").frame, covariates=covariates, ci_level=ci_level, cluster=cluster)
    save_table(choices, name="sensitivity_missing", folder=run.tables)
    by_choice = print_choices(
        choices.assign(name=choices["label"].map(study.QUANTITIES)), subject="The main effects", head="Effect", level=level,
        note=f"Robust normal intervals, {status}.",
    )
if not data.synthetic:
    display(by_choice if len(gaps) > 1 else Markdown("No value is missing."))

# %% [markdown]
# ### Normal-theory, robust and bootstrap standard errors

# %%
errors = results.compare_standard_errors(fitted)
save_table(errors, name="sensitivity_standard_errors", folder=run.tables)
print_table(
    errors.assign(name=errors["label"].map(study.QUANTITIES)),
    {
        "Quantity": "name: text", "Estimate": "est", "Normal theory": "se_ml", "Robust": "se_mlr",
        **({"Cluster-robust": "se_cluster"} if cluster else {}), "Bootstrap": "se_bootstrap", "Bootstrap / normal": "ratio: two",
    },
    caption="<b>Standard errors by method</b>",
    note=f"{words.describe_errors(missing, cluster=cluster)} A ratio well above 1: residuals vary more where predictors are "
    f"extreme{', or clients of one cluster are alike' if cluster else ''}, and normal-theory tests are too lenient. {basis}",
)

# %% [markdown]
# ### The same model in another program
#
# semopy ([Igolkina & Meshcheryakov, 2020](#ref-igolkina2020)) fits the same model, apart from the lines with `:=`, with an optimizer of its own.

# %% tags=["show-input"]
witness = compare_with_semopy(full)
terms = results.name_terms(witness, fitted.scores)
witness = withhold_rare(witness, data, smallest_cell=smallest_cell, by=terms)
save_table(witness, name="sensitivity_semopy", folder=run.tables)
agreed = describe_witness(witness, program="semopy", what="coefficients, variances and covariances")
print_table(
    results.tabulate_paths(witness).assign(path=paths["label"].map(study.QUANTITIES)),
    {
        "Path": "path: text", "β": "est: four", "β by semopy": "est_semopy: four", "<i>SE</i>": "se: four",
        "<i>SE</i> by semopy": "se_semopy: four",
    },
    caption="<b>Estimates and normal-theory standard errors beside semopy's</b>",
    note=f"{agreed} <i>n</i> = {n}, {status}.",
)

# %% [markdown] tags=["published"]
# ### The residual correlations that the paper does not report
#
# The paths and $R^2$ of the paper are compatible with many residual correlations among task, goal and bond. These do not
# affect the paper's Tables 1 to 3, but they determine the Task-only shares, the model comparisons and how clearly task
# differs from goal. Here the three correlations vary together while everything in the paper's Table 1 stays the same.

# %% tags=["published"]
varied = results.vary_residual_correlations(full)
save_table(varied, name="sensitivity_residual_correlations", folder=run.tables)
print_table(
    varied,
    {
        "<i>r</i>(task, goal)": "task_goal: bounded", "<i>r</i>(task, bond)": "task_bond: bounded",
        "<i>r</i>(goal, bond)": "goal_bond: bounded", "Proportion mediated": "proportion_mediated",
        "Share via task": "share_task", "χ² Task-only": "chisq_task_only: one",
        "χ² Equal": "chisq_equal_alliance: one", "<i>z</i> of task − goal path": "z: two",
    },
    caption="<b>Results by the unreported residual correlations</b>",
    note=f"Normal-theory statistics with 2 degrees of freedom from the implied covariance matrix. <i>n</i> = {n:,}, {status}.",
)

# %% tags=["published"]
Markdown(words.read_residual_correlations(varied))

# %%
Markdown(words.read_sensitivity(by_covariates, by_order, errors))

# %% tags=["finding"]
Markdown(of_these_data(
    data, f"The total effect lies between {num(low)} and {num(high)} over the covariate sets, and the route through task "
    f"between {num(task.min())} and {num(task.max())} over the assumed orders.",
))

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
