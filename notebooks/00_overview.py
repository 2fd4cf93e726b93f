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
# # The therapeutic alliance in five sources: what was claimed, and what stands
#
# Therapy works better, it is said, when client and therapist agree on what they are doing and get on with each
# other. That agreement and that bond are called the *therapeutic alliance*. Here are four studies of it and one
# clinician's essay. Each study has a notebook that carries every number it prints, runs its analysis again, and
# checks its numbers against each other. This page sets the five side by side.

# %% tags=["parameters"]
reports: str = ""  # the folder of the other notebooks' reports; empty: reports/
output_dir: str = ""  # where tables and figures go; empty: reports/ at the defaults, else runs/

# %%
import matplotlib.pyplot as plt

from helpers.notebook import start_run
from helpers.paths import project_root
from helpers.report.numbers import format_number
from helpers.report.output import Markdown, fill_figure, save_table, show_figure
from helpers.report.overview_plots import (
    crosswalk_size,
    plot_crosswalk,
    plot_states,
    plot_themes,
    states_size,
)
from helpers.report.provenance import describe_provenance
from helpers.report.tables import fold_tables, print_table
from helpers.report.theme import use_theme
from helpers.studies.overview import model as overview
from helpers.studies.overview import words

# %%
PLANNER = "05_replication_planner"
run = start_run("00_overview", globals())
use_theme()
sources, crosswalk, themes = overview.load_sources(), overview.load_crosswalk(), overview.load_themes()
notebooks = overview.name_notebooks(sources)
found = overview.load_reports(reports or project_root() / "reports", notebooks)
summary = overview.summarise_sources(sources, crosswalk, found)
numbers = overview.trace_numbers(tuple(notebooks), found)
counts, matched = overview.count_states(numbers), overview.match_themes(themes, studies=tuple(notebooks))
short, full = (sources.set_index("study")[name].to_dict() for name in ("short", "source"))

# %% [markdown] tags=["cover"]
# ## At a glance

# %% tags=["cover"]
clients = summary.loc[summary["n_unit"] == "clients", "n"].sum()
Markdown(f"""{words.name_missing(notebooks, found)}

- **What is here:** {len(notebooks)} studies, with {format_number(clients, 0)} clients in all, and one essay.
- **Data:** none of the studies published any. The reports run on synthetic data, built to give what was printed where
  results were printed; they show whether these can be true together, and are no evidence about clients.
- **Numbers:** {words.describe_states(counts)}
- **Themes of the essay:** {words.describe_themes(matched)}""")

# %% [markdown]
# ## The five sources

# %%
Markdown(words.list_sources(summary, sources, {study: notebooks[study] for study in found}))

# %% tags=["cover"]
save_table(summary, name="sources", folder=run.tables)
print_table(
    words.arrange_side_by_side(summary),
    {
        "Source": "source: text", "Size": "size: text", "Instruments": "instruments: words",
        "Hold": "hold: number", "Agree": "agree: number", "Contradict": "contradict: number",
    },
    caption="<b>Side by side</b>",
    note="Hold: the paper's statements that hold on the synthetic data, for the grounded theory in its own print; what "
    "cannot be checked does not count as holding. Agree: of the printed numbers computed again, those with the printed "
    "digits. Contradict: of the checks of the print, those that find what cannot be true together.",
)

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
    caption=f"**{(shared == 1).sum()} of {len(shared)} constructs stand in one source only; "
    f"{shared.idxmax().lower()} stands in {shared.max()}.** What the sources measure, code or describe; the names of the "
    "constructs are ours.",
)

# %%
fold_tables(
    words.fold_crosswalk(crosswalk, sources),
    caption="<b>The variables of each source</b>",
    note="Points: lowest and highest of an item's scale, as printed.",
)

# %% [markdown]
# ## What the clinician writes about, and what the studies measure
#
# The essay describes what one therapist does for the alliance. Its themes, in our words, are held against what the four
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

# %% [markdown] tags=["cover"]
# ## The state of each printed number
#
# Every number that a study prints is carried in `data/<study>/printed/` as printed. A square is one of them. Blue: the report
# computed it and got the printed digits. Sand: it got others. Green: it could not be computed, and fits the numbers
# printed beside it. White: what would be needed is not printed. Gray: nothing printed speaks to it. A cross: it enters a
# check that finds numbers which cannot all be true; the check does not say which of them is wrong.

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
    caption=f"**{crossed.sum()} of {len(numbers)} printed numbers enter a contradiction, "
    f"{crossed.max()} of them in {full[crossed.idxmax()]}.** A number printed twice is "
    "counted twice. Computed numbers: synthetic twins.",
)

# %% tags=["cover"]
print_table(
    counts.assign(source=counts["study"].map(full)),
    {"Source": "source: text", "Printed": "n: integer"}
    | {head: f"{state}: integer" for state, head in words.STATE_HEADS.items()}
    | {"Crossed": "contradicted: integer"},
    caption="<b>The same in numbers</b>",
)

# %%
fold_tables(
    words.fold_contradicted(numbers, full),
    caption="<b>The crossed numbers, and the checks that cross them</b>",
    note="By the place that a check names; the audit of each report has the check itself.",
)

# %% [markdown]
# ## How to read on

# %%
planned = (project_root() / "notebooks" / f"{PLANNER}.py").exists()
Markdown(
    f"- {words.describe_reporters(crosswalk)}\n"
    + (f"- How many clients a new study needs: the [planner]({PLANNER}.ipynb).\n" if planned else "")
)

# %% [markdown]
# - Each report begins with a summary and ends with its limits; in between, code is folded and can be opened.
# - Your own data take the place of the synthetic ones: the report then says so, and its agreement with the paper is a
#   finding and no longer built in.
# - All questionnaire studies asked everything at one time. None can tell what came first.
#
# ## Provenance

# %% tags=["provenance"]
print_table(
    describe_provenance(run.notebook, data=None, parameters=run.parameters),
    {"Item": "item: text", "Value": "value: words"},
    caption="<b>What this page was made from</b>",
)
