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
# # Replication planner: how many clients does a new study need?

# %% tags=["parameters"]
studies: list[str] = []  # what to plan, by the names of the folders in data/; empty: every study with a design
targets: list[str] = []  # what a plan is made for, by label, one a study; empty: each study's main claim
own_values: list[str] = []  # values of your own, such as task_on_rri=0.4 or avoidant~~problem_focused=0.3
planned: float = 1.0  # (0, inf) effect planned for, as a multiple of the published one
power: float = 0.8  # (0, 1) power wanted
attrition: float = 0.0  # [0, 1) share of the recruited who are lost before the analysis
reliability: float = 1.0  # (0, 1] of all measures, relative to the published ones
ci_level: float = 0.95  # (0, 1) level of the intervals; one minus alpha
interval: str = "as_judged"  # {"as_judged", "bootstrap", "monte_carlo"} each sample's; first: as the study's notebook
n_draws: int = 199  # [2, 1000000] draws of an interval
grid: str = "short"  # {"short", "full"} full: ten sizes by ten effects, 1000 samples per cell
sizes: list[int] = []  # [5, 1000000] numbers of clients analyzed in place of the grid's
largest: int = 20000  # [5, 1000000] where the search beyond the grid ends
effects: list[float] = []  # (0, inf) effect sizes in place of the grid's, as multiples of the published one
n_replications: int = 0  # [0, 1000000] samples per cell; 0: as many as the grid says
seed: int = 5  # [0, inf) seed of every random draw
n_jobs: int = -1  # [-1, 1024] processes; -1: one a core
scheduler: str = ""  # address of a Dask scheduler, tcp://…; empty: ALLIANCE_SCHEDULER, or this machine
output_dir: str = ""  # where tables and figures go; empty: runs/

# %% tags=["form"]
from helpers.report.form import show_form

show_form("05_replication_planner")  # in JupyterLab, run this cell to choose the parameters in a form

# %%
import matplotlib.pyplot as plt
import pandas as pd

from helpers.notebook import start_run
from helpers.paths import project_root
from helpers.report.numbers import format_percent
from helpers.report.output import Markdown, save_table, show_figure
from helpers.report.power_plots import plot_coverage, plot_power, plot_width, share_legend
from helpers.report.provenance import describe_provenance
from helpers.report.references import list_references
from helpers.report.tables import Column, print_table
from helpers.report.theme import use_theme
from helpers.report.wording import SIMULATED_STAMP, describe_ranges, format_level
from helpers.studies.replication_planner import results, words

# %%
run = start_run("05_replication_planner", globals())
use_theme()
plans = results.plan_studies(
    studies, targets=targets, own_values=own_values, grid=grid, sizes=sizes, effects=effects, planned=planned,
    wanted=power, n_replications=n_replications, reliability=reliability, attrition=attrition, ci_level=ci_level,
    interval=interval, n_draws=n_draws, n_boot=n_draws, seed=seed, n_jobs=n_jobs, scheduler=scheduler or None,
    largest=largest, store=results.find_store(),
)
smallest, designs = results.tabulate_smallest(plans), results.tabulate_designs(plans)
coverage = results.check_coverage(plans)
level, basis = format_level(ci_level), words.state_basis(plans)

# %% tags=["verdict"]
Markdown(words.give_verdict(plans, smallest, own_values))

# %%
Markdown(words.state_populations(own_values))

# %% [markdown]
# ## How many clients?

# %%
save_table(results.tabulate_power(plans), name="power", folder=run.tables)
save_table(smallest, name="smallest_n", folder=run.tables)
print_table(
    words.arrange_smallest(smallest[smallest["planned"]]),
    {
        "Target": "label: words", "Smallest <i>N</i>": "shown: number", "Monte Carlo band": "band: number",
        **({"To recruit": "recruit: number"} if attrition else {}),
        "By formula": "formula: number", "Power at the published <i>N</i>": "power_published: percent",
    },
    group="group",
    caption=f"<b>Clients in the analysis for a power of {format_percent(power, 0)}</b>",
    note=f"{words.explain_limits(plans)}{words.explain_coverage_at_n(smallest[smallest['planned']])}"
    f"{words.describe_failures(plans)}{basis}",
)

# %%
fig, axes = plt.subplots(1, len(plans), figsize=(7.0, 2.9), squeeze=False)
widths = []
for ax, plan in zip(axes[0], plans.values(), strict=True):
    part = plan.planned.query("target == @plan.target")
    plot_width(part, truth=part["estimand"].iloc[0], mark=words.mark_published(plan), ax=ax)
    widths.append(part.assign(name=plan.replication.short))
    ax.set_title(plan.replication.short)
    ax.set_ylabel("Width of the interval" if ax is axes[0][0] else "")
show_figure(
    fig, name="width", folder=run.figures, stamp=SIMULATED_STAMP,
    alt=f"Mean width of the interval over the sizes: {describe_ranges(pd.concat(widths), by='name', value='width')}.",
    caption=f"**{words.describe_width(plans)}.** Mean width of the {level} interval of each study's main "
    f"target; dashed: the size of the effect itself. {basis}",
)

# %% [markdown]
# ## What this rests on
#
# - **The published estimates.** Significant results are more likely to be published, so published effects are on average
#   too large, and a plan based on exactly these is too small.
# - **The same analysis.** Each sample is analyzed as in the study, and counts as a success if it shows what the study
#   claimed.
# - **A normal population.** The other assumptions of each design are listed below.

# %% [markdown]
# ## Limits
#
# - Power is computed for a population with exactly these effects. It is not the probability that a replication succeeds.
# - Published estimates are uncertain and, where they were selected for significance, too large. A plan for a smaller
#   effect needs more clients and fails less often.
# - Populations are normal, error variances are equal, cases are independent, and dropout is random. Clients of the same
#   therapist are not independent.
# - Covariates are left out, including those of the path model.

# %% [markdown]
# ## A study of your own
#
# These are plans to repeat a published study. A study of your own is described in a file: its model, the paths or
# correlations that you expect, the reliability of its measures, clients of the same therapist, dropout and missing
# values. `make plan FILE=examples/plan.yml` prints how many clients it needs, or which effect a given number finds, and a
# text for a preregistration. The README of the collection explains the file.

# %% [markdown]
# ## Power by sample size

# %% tags=["finding"]
Markdown(f"If the truth is smaller: {words.describe_smaller(plans, smallest)}.")

# %%
for study, plan in plans.items():
    fig, ax = plt.subplots(figsize=(7.0, 3.4))
    shown = plan.power.table.query("target == @plan.target")
    named = shown.assign(name=shown["effect"].map(words.label_effects(plan)))
    plot_power(
        shown, x="n", by="effect", wanted=power, ax=ax,
        labels=words.label_effects(plan), xlabel="Clients analyzed", mark=words.mark_published(plan),
    )
    ax.set_title(words.name_target(plan))
    show_figure(
        fig, name=f"power_{study}", folder=run.figures, stamp=SIMULATED_STAMP,
        alt=f"Power over the sizes: {describe_ranges(named, by='name', value='power')}.",
        caption=f"**{words.describe_curves(plan, smallest)}.** {plan.replication.source}. Bands: Monte "
        f"Carlo error; dotted: formula. {basis}",
    )

# %% [markdown]
# ### What if the coping strategies have other correlations?
#
# The weights of a composite are estimated from its correlations with its neighbors. Where these are near zero, the weights
# are poorly determined, and a path from the composite is harder to find than its size suggests.

# %%
floors = [0.0, 0.2, 0.4]
varied = results.vary_correlations(plans, floors=floors)
save_table(varied, name="correlations", folder=run.tables)
print_table(
    words.arrange_correlations(varied),
    {"Target": "label: words"} | {f"At least {floor:g}" if floor else "As assumed": Column(f"{floor:g}", "percent") for floor in floors},
    group="group",
    caption="<b>Power at the published <i>N</i> by the correlations of the exogenous variables</b>",
    note=f"Correlations closer to zero are set to the value of the column. {basis}",
) if len(varied) else Markdown("No design here has exogenous variables whose correlations had to be assumed.")

# %% [markdown]
# ## The designs
#
# Three of the studies in this collection can be replicated: a path model of composites and a path model with indirect
# effects, which report their estimates, and a regression with an interaction, of which only the sample size is known. This
# notebook takes each published analysis as the design of a new study, draws samples from a population in which the
# published estimates (or yours) are true, runs the analysis on each sample, and counts how often it finds what was claimed,
# how wide its intervals are and how often they contain the true value.
#
# Published estimates are on average too large, because significant results are more likely to be published. So smaller
# effects are simulated as well, and the plan for a preregistration can be made for any of them.
#
# What each design takes from the paper, and what had to be assumed:

# %% tags=["finding"]
Markdown(f"{len(plans)} designs, {len(designs)} targets.")

# %%
Markdown(words.list_assumptions(plans))

# %%
save_table(designs, name="designs", folder=run.tables)
words.fold_designs(
    designs,
    note="Values at the planned effect size; observed: attenuated by the planned reliability. A target without a value is a "
    f"pattern of tests. Use the labels in the parameter <code>targets</code>. {words.explain_units(plans)}",
)

# %% [markdown]
# ### How the power is found
#
# - Each cell of the grid (one sample size and one effect size) has samples and a random stream of its own, so its
#   numbers do not depend on the other cells, their order or the machine.
# - In the two path models the effect size multiplies all paths; in the regression it is the slope on the part of the
#   product that the two alliances do not explain, in standard deviations of both.
# - A target is found by the criterion of the study's own notebook: a path when *p* of its estimate over the bootstrap
#   standard error is below α, an indirect effect or a contrast when its percentile bootstrap interval excludes zero, a
#   regression coefficient by *t*. With `interval=monte_carlo`, paths have normal intervals and effects are drawn from the
#   joint normal distribution of the paths ([Preacher & Selig, 2012](#ref-preacher2012)), the approach of
#   [Schoemann et al. (2017)](#ref-schoemann2017); this is faster and treats the weights of composites as known.
# - Sizes are clients in the analysis; `attrition` adds clients to recruit, who are lost at random. If the grid ends before
#   the planned target reaches the power, the search goes on up to `largest` clients; for the other targets up to the limit
#   below the table of sizes, which is lower for composites, whose bootstrap costs most. Name a target in `targets` to have
#   it searched up to `largest`.
# - Where the intervals undercover by more than the Monte Carlo error at the size that has the power, the first simulated
#   size at which they do not is given, or none.
# - Measurement error attenuates every observed association.
# - Where a formula exists, its power is shown next to the simulated power as a check.

# %% [markdown]
# ## Do formula and simulation agree, and do intervals cover?

# %%
checks = results.check_formulas(plans)
save_table(checks, name="formula_checks", folder=run.tables)
print_table(
    words.arrange_checks(checks),
    {
        "Formula": "analytic_method: words", "Cells": "cells: integer", "Mean difference": "mean_difference: bounded",
        "Largest": "largest_difference: bounded",
    },
    group="group",
    caption="<b>Simulated minus analytic power</b>",
    note=f"{words.explain_formulas(plans)}{basis}",
)

# %%
save_table(coverage, name="coverage", folder=run.tables)
table = results.tabulate_power(plans).dropna(subset="coverage").merge(designs[["study", "target", "label"]])
table["name"] = table["study"].map({study: plan.replication.short for study, plan in plans.items()})
fig, axes = plt.subplots(1, len(plans), figsize=(7.0, 3.6), sharey=True, squeeze=False)
for ax, (study, plan) in zip(axes[0], plans.items(), strict=True):
    plot_coverage(table[(table["study"] == study) & (table["effect"] == plan.effect)], level=ci_level, ax=ax)
    ax.set_title(plan.replication.short)
    ax.set_ylabel("Coverage" if ax is axes[0][0] else "")
share_legend(fig)
show_figure(
    fig, name="coverage", folder=run.figures, stamp=SIMULATED_STAMP,
    alt=f"Coverage over targets and sizes: {describe_ranges(table, by='name', value='coverage')}.",
    caption=f"**{words.describe_coverage(coverage, ci_level)}.** Share of {level} intervals that contain the true "
    f"value; orange: too few at most sizes. {words.explain_coverage(plans, coverage, ci_level)}{basis}",
)

# %% tags=["finding"]
Markdown(f"{words.describe_coverage(coverage, ci_level)}.")

# %% [markdown]
# ## What if measures are less reliable, or clients are lost?

# %%
shares = [1.0, 0.9, 0.8]
by_reliability = results.compare_reliability(plans, reliabilities=shares)
save_table(by_reliability, name="reliability", folder=run.tables)
print_table(
    words.arrange_reliability(by_reliability, attrition=0.2),
    {"Study": "study: text"}
    | {f"Reliability × {share:g}": Column(f"{share:g}", "number") for share in shares}
    | {"× 1, with 20% dropout": "lost: number"},
    caption="<b>Clients needed for the planned target</b>",
    note="Reliability of all measures, relative to the plan. Published effects already reflect measurement error; the columns "
    f"below × 1 are for less reliable measures. Last column: clients to recruit. {basis}",
)

# %% tags=["finding"]
Markdown(f"With measures {shares[-1]:g} times as reliable: {words.describe_reliability(by_reliability, shares[-1])}.")

# %% [markdown]
# ## Text for a preregistration

# %%
preregistration = results.tabulate_plans(plans)
save_table(preregistration, name="preregistration", folder=run.tables)
words.fold_plans(
    preregistration, plans,
    note=f"Width and coverage: at the first size of the grid that is not below the smallest <i>N</i>. {words.explain_units(plans)}",
)

# %%
Markdown("\n\n".join(words.write_preregistration(plan, smallest) for plan in plans.values()))

# %% tags=["finding"]
Markdown(f"A paragraph for each of {len(plans)} studies.")

# %% [markdown]
# ## What a larger grid costs
#
# `make run NOTEBOOK=05 PARAMS="grid=full"` simulates ten sizes by ten effects with more samples. Finished cells are kept
# under `build/planner`, so an interrupted run continues where it stopped. With `ALLIANCE_SCHEDULER=tcp://…` the cells run
# on a Dask cluster, with the same numbers.

# %%
cost = pd.read_csv(project_root() / "benchmarks" / "power_grid.csv")
print_table(
    words.arrange_cost(cost),
    {
        "Cells": "cells: integer", "<i>N</i>": "sizes: number", "Intervals": "intervals: text",
        "Samples per cell": "n_replications: integer", "Processor seconds": "processor_seconds: one",
        "Seconds per 1,000 samples": "rate: two", "Measured": "measured: text",
    },
    group="group",
    caption="<b>Measured cost on one core</b>",
    note="By <code>benchmarks/power_grid.py</code>, with the code of that day. The cost is proportional to cells and samples. "
    f"{words.describe_scaling(cost)}",
)

# %% tags=["finding"]
Markdown(f"This page shows the {grid} grid.")

# %% [markdown]
# ## References

# %% tags=["references"]
list_references(run.notebook)

# %% [markdown]
# ## Provenance

# %% tags=["provenance"]
print_table(
    describe_provenance(
        run.notebook, data=None, parameters=words.hide_machine(run.parameters), packages=words.PACKAGES
    ),
    {"Item": "item: text", "Value": "value: words"},
    caption="<b>What this report was made from</b>",
)
