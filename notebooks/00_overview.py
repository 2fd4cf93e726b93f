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
# # The therapeutic alliance in five sources: what was claimed, and what is supported

# %% tags=["parameters"]
reports: str = ""  # the folder of the other notebooks' reports; empty: reports/
output_dir: str = ""  # where tables and figures go; empty: runs/

# %% tags=["form"]
from helpers.report.form import show_form

show_form("00_overview")  # in JupyterLab, run this cell to choose the parameters in a form

# %%
import matplotlib.pyplot as plt

from helpers.notebook import start_run
from helpers.paths import project_root
from helpers.report.output import Markdown, fill_figure, save_table, show_figure
from helpers.report.overview_plots import (
    crosswalk_size,
    plot_crosswalk,
    plot_states,
    plot_themes,
    states_size,
)
from helpers.report.provenance import describe_provenance
from helpers.report.tables import Column, fold_tables, print_table
from helpers.report.theme import use_theme
from helpers.studies.overview import model as overview
from helpers.studies.overview import words

# %%
run = start_run("00_overview", globals())
use_theme()
sources, crosswalk, themes = overview.load_sources(), overview.load_crosswalk(), overview.load_themes()
notebooks = overview.name_notebooks(sources)
found = overview.load_reports(reports or project_root() / "reports", notebooks)
summary = overview.summarize_sources(sources, crosswalk, found)
numbers = overview.trace_numbers(tuple(notebooks), found)
counts, matched = overview.count_states(numbers), overview.match_themes(themes, studies=tuple(notebooks))
short, full = (sources.set_index("study")[name].to_dict() for name in ("short", "source"))

# %% tags=["verdict", "cover"]
Markdown(f"{words.give_verdict(notebooks, sources, summary, counts)}\n\n{words.name_missing(notebooks, found)}")

# %% [markdown]
# Therapy works better, it is said, when client and therapist agree on what they are doing and get on with each
# other. That agreement and that bond are called the *therapeutic alliance*. Here are four studies of it and one
# clinician's essay. Each study has a notebook that records every number it reports, runs its analysis again, and
# checks its numbers against each other. This page sets the five side by side.

# %% [markdown] tags=["cover"]
# ## Side by side

# %% tags=["cover"]
save_table(summary, name="sources", folder=run.tables)
print_table(
    words.arrange_side_by_side(summary, counts),
    {
        "Source": "source: text", "Does the main claim follow?": "follows: words",
        "Are the numbers consistent?": "consistent: words", "Numbers checked": "checkable: number", "Size": "size: text",
    },
    caption="<b>Main claim, consistency and what could be checked</b>",
    note="From the papers alone; agreement on synthetic data is not counted. Main claim: the first finding of each "
    "audit. Numbers checked: those that can be compared with other numbers in the same paper.",
)

# %% [markdown] tags=["cover"]
# ## Every reported number, checked
#
# Each square is one number that a study reports. Blue: recomputed, with the same digits. Sand: recomputed, with different
# digits. Green: not recomputed, but consistent with other numbers in the paper. White: cannot be checked, because something
# needed is not reported. Gray: nothing else in the paper bears on it. A cross marks a number involved in a contradiction:
# numbers that cannot all be true, whichever of them is wrong.

# %% tags=["cover"]
save_table(numbers, name="numbers", folder=run.tables)
save_table(counts, name="number_states", folder=run.tables)
fig, ax = fill_figure(states_size(numbers))
plot_states(
    numbers, states=words.STATE_NAMES, sources=full, tables=words.name_tables(numbers), ax=ax
)
crossed = counts.set_index("study")["contradicted"]
show_figure(
    fig, name="numbers", folder=run.figures, stamp=words.STAMP, alt=words.describe_states(counts),
    caption=f"**{crossed.sum()} of {len(numbers)} printed numbers are involved in a contradiction, "
    f"{crossed.max()} of them in {full[crossed.idxmax()]}.** A number printed twice is "
    "counted twice. Recomputed on synthetic twins.",
)

# %% [markdown]
# ## What this rests on
#
# - **Synthetic data.** No study published its data. Results are recomputed on data built to give what the papers
#   report, so agreement shows that the numbers can be true together, not that they are.
# - **What is reported.** A number that cannot be checked need not be wrong, and a paper that reports little has
#   little that could be contradicted.
# - **Our reading.** Which variables and themes correspond to each other is our judgment; the tables below show it
#   case by case.

# %% [markdown]
# ## Limits
#
# - Counts of contradictions do not rank the papers: one cause can involve many numbers, and a few numbers can matter
#   more than many.
# - No study can tell what came first. Only one says that everything was asked at one time; none reports an order.

# %% [markdown]
# ## The five sources

# %% tags=["finding"]
Markdown(words.describe_reporters(crosswalk))

# %%
Markdown(words.list_sources(summary, sources, {study: notebooks[study] for study in found}))

# %% [markdown]
# ## What was measured, and with what

# %%
constructs = words.write_cells(overview.match_constructs(crosswalk, studies=tuple(sources["study"])))
save_table(constructs, name="constructs", folder=run.tables)
shared = constructs.groupby("construct", sort=False)["study"].nunique()
fig, ax = fill_figure(crosswalk_size(constructs, columns=short))
plot_crosswalk(constructs, columns=short, names=words.HOW, ax=ax)
show_figure(
    fig, name="crosswalk", folder=run.figures, stamp="", alt=words.describe_constructs(constructs),
    caption=f"**{(shared == 1).sum()} of {len(shared)} constructs appear in only one source; "
    f"{shared.idxmax().lower()} appears in {shared.max()}.** What the sources measure, code or describe; the names of the "
    "constructs are ours.",
)

# %%
fold_tables(
    words.fold_crosswalk(crosswalk, sources),
    caption="<b>The variables of each source</b>",
    note="Points: lowest and highest of an item's scale, as printed.",
)

# %% tags=["finding"]
Markdown(f"{(shared == 1).sum()} of {len(shared)} constructs appear in only one source; {shared.idxmax().lower()} appears in {shared.max()}.")

# %% [markdown]
# ## What the clinician writes about, and what the studies measure
#
# The essay describes what one therapist does for the alliance. Its themes, in our words, are compared with what the four
# studies measure or code. A counterpart means that both name the same thing, not that the theme was tested.

# %%
save_table(matched, name="themes", folder=run.tables)
none = (matched["best"] == "none").sum()
columns = {study: short[study] for study in notebooks}
fig, ax = plt.subplots(figsize=(7.0, 5.8))
plot_themes(matched, columns=columns, ax=ax)
show_figure(
    fig, name="themes", folder=run.figures, stamp="", alt=words.describe_themes(matched),
    caption=f"**{none} of {len(matched)} themes, in bold, have no counterpart in any study.** Themes and "
    "matching are our reading.",
)

# %%
fold_tables(
    words.fold_themes(themes, sources),
    caption="<b>Themes and counterparts by section of the essay</b>",
)

# %% tags=["finding"]
Markdown(words.describe_themes(matched))

# %% [markdown]
# ## The printed numbers by source

# %% tags=["finding"]
Markdown(words.describe_states(counts))

# %%
print_table(
    counts.assign(source=counts["study"].map(full)),
    {"Source": "source: text", "Printed": "n: integer"}
    | {head: Column(state, "integer") for state, head in words.STATE_HEADS.items()}
    | {"In a contradiction": "contradicted: integer"},
    caption="<b>Reported numbers by source</b>",
)

# %%
fold_tables(
    words.fold_contradicted(numbers, full),
    caption="<b>The numbers in a contradiction, and the checks that find it</b>",
    note="The audit in each report shows the check itself.",
)

# %% [markdown]
# ## Where to go next

# %% tags=["finding"]
Markdown("A report, a plan of your own study, or your own data.")

# %% [markdown]
# - How many clients a new study needs: the [planner](05_replication_planner.ipynb).
# - Each report begins with what its paper says, whether the numbers support it, and what to take from it. The rest is
#   in sections that open with a click; the sign `</>` beside a cell shows its code.
# - A report can be run on your own data in place of the synthetic ones. Agreement with the paper is then a finding and
#   not built in.
#
# ## Provenance

# %% tags=["provenance"]
print_table(
    describe_provenance(run.notebook, data=None, parameters=run.parameters),
    {"Item": "item: text", "Value": "value: words"},
    caption="<b>What this page was made from</b>",
)
