"""The replication planner: how its plans are laid out and put into words. Nothing is simulated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np
import pandas as pd

from helpers.models.power.moderation import ModerationDesign
from helpers.models.power.path import CompositeDesign, PathDesign
from helpers.report.numbers import format_number, format_percent
from helpers.report.table_markup import FoldedTables
from helpers.report.tables import fold_tables, print_table
from helpers.report.wording import format_level
from helpers.studies.replication_planner.results import Plan
from helpers.studies.replications import load_replication

_TOO_LOW = 0.03
_MANY = 4
PACKAGES = ("numpy", "scipy", "pandas", "joblib", "matplotlib")


@cache
def name_study(study: str) -> str:
    """Return the authors and the year of a study by its slug."""
    return load_replication(study).source


def state_populations(own_values: Sequence[str]) -> str:
    """Return the banner of the report: where the samples come from."""
    text = "**Nothing here is data.** Samples are drawn from populations that the published "
    if own_values:
        return f"{text}estimates describe, but for values of your own: {', '.join(own_values)}."
    return f"{text}estimates describe."


def name_effect(plan: Plan, effect: float) -> str:
    """Return an effect size beside the published one: "0.75 × published", "slope 0.16"."""
    unit = plan.replication.published_effect
    published = np.isclose(effect, unit)
    if isinstance(plan.power.design, ModerationDesign):
        return f"slope {effect:.3g}" + (", as assumed" if published else "")
    return "as published" if published else f"{effect / unit:.2g} × published"


def label_effects(plan: Plan) -> dict[float, str]:
    """What the legend says of each effect size of a plan."""
    return {effect: name_effect(plan, effect) for effect in plan.power.table["effect"].unique()}


def name_target(plan: Plan) -> str:
    """Return the words for what a plan is made for."""
    return plan.label


def format_size(n: float, lowest: float, highest: float) -> str:
    """Print a smallest sample size, or on which side of the grid it lies.

    Examples
    --------
    >>> format_size(165.0, 100, 1175), format_size(100.0, 100, 1175), format_size(np.nan, 100, 1175)
    ('165', '≤ 100', '> 1,175')
    """
    if np.isnan(n):
        return f"> {format_number(highest, 0)}"
    return f"≤ {format_number(lowest, 0)}" if n <= lowest else format_number(n, 0)


def arrange_smallest(table: pd.DataFrame) -> pd.DataFrame:
    """Smallest sample sizes as they are printed: adds `group shown band formula`.

    `band` joins what the edges of the power curve's Monte Carlo band give.
    """
    printed: dict[str, list[str]] = {"shown": [], "band": [], "formula": []}
    for row in table.itertuples():
        grid = row.grid_lowest, row.grid_highest
        low, high = format_size(row.n_lower, *grid), format_size(row.n_upper, *grid)
        printed["shown"].append(format_size(row.n_smallest, *grid))
        printed["band"].append(low if low == high else f"{low} to {high}")
        printed["formula"].append(format_size(row.n_analytic, *grid) if row.has_formula else "–")
    return table.assign(group=table["study"].map(name_study), **printed)


def describe_main(plan: Plan, smallest: pd.DataFrame) -> str:
    """Say in one sentence how many clients a study's main target asks for."""
    row = smallest[
        (smallest["study"] == plan.replication.study) & smallest["main"] & smallest["planned"]
    ].iloc[0]
    size = format_size(row["n_smallest"], row["grid_lowest"], row["grid_highest"])
    n, at_n = row["published_n"], row["power_published"]
    study = f"the study had {n}" if np.isnan(at_n) else f"the study's {n} give {_share(at_n)}"
    return (
        f"**{plan.replication.source}**, {plan.replication.method}: *{row['label']}* takes {size} "
        f"clients for a power of {format_percent(plan.wanted, 0)} where the effect is "
        f"{_inside_sentence(plan)}; {study}"
    )


def _share(power: float) -> str:
    """Print a simulated share; all samples or none is no certainty."""
    if power > 0.995:
        return "more than 99%"
    return format_percent(power, 0)


def _inside_sentence(plan: Plan) -> str:
    name = name_effect(plan, plan.effect)
    return name.replace("slope ", "a slope of ", 1)


def describe_smaller(plans: Mapping[str, Plan], smallest: pd.DataFrame) -> str:
    """Say how many clients the smallest effect of each grid asks for."""
    parts = []
    for study, plan in plans.items():
        rows = smallest[(smallest["study"] == study) & smallest["main"]]
        rows = rows[rows["effect"] < plan.effect]
        if not rows.empty:
            row = rows.loc[rows["effect"].idxmin()]
            size = format_size(row["n_smallest"], row["grid_lowest"], row["grid_highest"])
            parts.append(f"{plan.replication.short} {size} ({name_effect(plan, row['effect'])})")
    return ", ".join(parts) or "not asked on these grids"


def describe_coverage(coverage: pd.DataFrame, level: float) -> str:
    """Say which targets' intervals hold too little, and how much."""
    low = coverage[coverage["coverage"] < level - _TOO_LOW].sort_values("coverage")
    if low.empty:
        return f"All intervals hold what they aim at in about {format_level(level)} of samples"
    listed = ", ".join(f"{row.label} ({format_percent(row.coverage)})" for row in low.itertuples())
    return f"Intervals hold less than they say for {listed}"


def explain_coverage(plans: Mapping[str, Plan], coverage: pd.DataFrame, level: float) -> str:
    """Say why intervals of a composite model hold too little; empty where they do not."""
    composite = [s for s, p in plans.items() if isinstance(p.power.design, CompositeDesign)]
    if not (coverage["study"].isin(composite) & (coverage["coverage"] < level - _TOO_LOW)).any():
        return ""
    return (
        "Intervals of the composite model take the items' weights as known; where a construct is "
        "only weakly related to the others, its weights are what is least certain. "
    )


def explain_formulas(plans: Mapping[str, Plan]) -> str:
    """Say why formulas differ from simulation, for the designs that are there."""
    designs = [plan.power.design for plan in plans.values()]
    text = ""
    if any(isinstance(design, PathDesign) for design in designs):
        text += (
            "A product of paths is skewed, so the normal approximation of its test errs in either "
            "direction. "
        )
    if any(isinstance(design, CompositeDesign) for design in designs):
        text += (
            "Composite weights are estimated too, which neither formula nor interval allows for: "
            "weak paths come out significant more often than the formula says. "
        )
    if any(isinstance(design, ModerationDesign) for design in designs):
        text += (
            "The formulas of the regression take its predictors as fixed and promise too much "
            "where samples are small. "
        )
    return text


def list_assumptions(plans: Mapping[str, Plan]) -> str:
    """What each design takes from print and what it assumes, as a list."""
    return "\n".join(
        f"- **{of.source}**, {of.method}. {of.assumptions}"
        for of in (plan.replication for plan in plans.values())
    )


def fold_designs(table: pd.DataFrame, *, note: str) -> FoldedTables:
    """The targets of each study with their values, behind a line a study."""
    columns = {
        "Target": "label: words",
        "Label": "target: text",
        "Main": "main: yes_no",
        "True value": "truth",
        "Observed": "estimand",
    }
    tables = {
        f"{name_study(study)}, {len(part)} targets": print_table(part, columns, caption="")
        for study, part in table.groupby("study", sort=False)
    }
    return fold_tables(tables, caption="<b>What a replication could look for</b>", note=note)


def arrange_checks(table: pd.DataFrame) -> pd.DataFrame:
    """Formula checks with the name of their study."""
    return table.assign(group=table["study"].map(name_study))


def arrange_reliability(table: pd.DataFrame, attrition: float) -> pd.DataFrame:
    """Smallest sizes by reliability: `study` and a printed column a reliability.

    Parameters
    ----------
    table : DataFrame
        Of `compare_reliability`.
    attrition : float
        Share lost in a further column, computed from that of the plan's reliability.
    """
    rows = []
    for study, part in table.groupby("study", sort=False):
        row = {"study": name_study(study)}
        for r in part.itertuples():
            row[f"{r.reliability:g}"] = format_size(r.n_smallest, r.grid_lowest, r.grid_highest)
        sizes = part.iloc[0][["n_smallest", "grid_lowest", "grid_highest"]].to_numpy(float)
        row["lost"] = format_size(*np.ceil(sizes / (1 - attrition) - 1e-9))
        rows.append(row)
    return pd.DataFrame(rows)


def fold_plans(table: pd.DataFrame, plans: Mapping[str, Plan], *, note: str) -> FoldedTables:
    """The preregistration tables in print, behind a line a study."""
    tables = {}
    for study, plan in plans.items():
        rows = zip(table["item"], table[study], strict=True)
        shown = [(item[:1].upper() + item[1:], _print_item(item, v, plan)) for item, v in rows]
        tables[name_study(study)] = print_table(
            pd.DataFrame(shown, columns=["item", "value"]),
            {"Item": "item: text", "Value": "value: words"},
            caption="",
        )
    return fold_tables(tables, caption="<b>The plans, number by number</b>", note=note)


def _print_item(item: str, value: object, plan: Plan) -> str:
    if item == "target":
        return plan.replication.names[value]
    if item == "intervals":
        return name_intervals(plan)
    if isinstance(value, str):
        return value or "–"
    if item in ("attrition", "power wanted", "coverage"):
        return format_percent(float(value), 1)
    if item.startswith("alpha"):
        return f"{value:g}".removeprefix("0")
    if pd.isna(value):
        return "–"
    if isinstance(value, int | np.integer) or " n" in f" {item}" or "band" in item:
        return f"{value:.0f}"
    return format_number(float(value), 3)


def name_intervals(plan: Plan) -> str:
    """What kind of interval decides about a plan's target."""
    if plan.power.settings["interval"] == "bootstrap":
        return "percentile bootstrap"
    design = plan.power.design
    if isinstance(design, ModerationDesign):
        return "Fisher z" if plan.target.startswith("r_") else "t"
    if plan.target in design.path_labels:
        return "normal, expected information"
    return "Monte Carlo, from the joint normal of the paths"


def write_preregistration(plan: Plan, smallest: pd.DataFrame) -> str:
    """One paragraph for a preregistration, with every number that the plan rests on."""
    rows = smallest[
        (smallest["study"] == plan.replication.study) & smallest["main"] & smallest["planned"]
    ]
    row = next(arrange_smallest(rows).itertuples())
    settings, sizes = plan.power.settings, plan.power.table["n"]
    near = plan.planned[plan.planned["target"] == plan.target].iloc[0]
    alpha = format_number(1 - settings["ci_level"], 3, leading_zero=False).rstrip("0")
    reliable = settings["reliability"][0][1]
    known = "assumed" if isinstance(plan.power.design, ModerationDesign) else "published"
    times = "" if np.isclose(reliable, 1) else f"{reliable:g} times "
    measures = f"of {times}the {known} reliability"
    lost = settings["attrition"]
    expected = f"expect {format_percent(lost, 0)} to be lost" if lost else "expect none to be lost"
    if row.status == "not reached on the grid":
        return (
            f"> **{plan.replication.source}.** No size up to {sizes.max()} gives a power of "
            f"{format_percent(plan.wanted, 0)} to find *{row.label}*; give larger `sizes`."
        )
    return (
        f"> **{plan.replication.source}.** We plan to recruit {row.n_smallest:.0f} clients and "
        f"{expected}. This gives a power of {format_percent(plan.wanted, 0)} at a two-sided "
        f"α of {alpha} to find *{row.label}* where its true value is "
        f"{format_number(near['truth'])} "
        f"({name_effect(plan, plan.effect)}) and all measures are {measures}; it counts as found "
        f"when its {format_level(settings['ci_level'])} interval ({name_intervals(plan)}) leaves "
        f"zero out. The size was read off {settings['n_replications']} simulated samples at each "
        f"of {sizes.nunique()} sizes from {sizes.min()} to {sizes.max()}; Monte Carlo band "
        f"{row.band}; seed {settings['seed']}. By formula it would be {row.formula}. The "
        f"published sample was {plan.replication.published_n}."
    )


def describe_curves(plan: Plan, smallest: pd.DataFrame) -> str:
    """Say how many clients a main target takes at each effect size."""
    rows = smallest[(smallest["study"] == plan.replication.study) & smallest["main"]]
    rows = rows.sort_values("effect", ascending=False)
    if len(rows) > _MANY:
        ends = rows["effect"].isin([rows["effect"].min(), rows["effect"].max()])
        rows = rows[ends | rows["planned"]]
    parts = []
    for r in rows.itertuples():
        size = format_size(r.n_smallest, r.grid_lowest, r.grid_highest)
        parts.append(f"{size} ({name_effect(plan, r.effect)})")
    return (
        f"{name_target(plan)} takes {', '.join(parts)} clients for a power of "
        f"{format_percent(plan.wanted, 0)}"
    )


def mark_published(plan: Plan) -> tuple[float, str] | None:
    """The published sample size and its name, None where it lies beyond the grid."""
    n, sizes = plan.replication.published_n, plan.power.table["n"]
    return (n, "published") if sizes.min() <= n <= sizes.max() else None


def describe_width(plans: Mapping[str, Plan]) -> str:
    """Say from which sample size on a main target's interval is narrower than its effect."""
    parts = []
    for plan in plans.values():
        rows = plan.planned[plan.planned["target"] == plan.target].sort_values("n")
        narrow = rows[rows["width"] < rows["estimand"].abs()]
        where = (
            f"from {format_number(narrow['n'].iloc[0], 0)} clients"
            if not narrow.empty
            else "at no size of the grid"
        )
        parts.append(f"{plan.replication.short} {where}")
    return f"The interval is narrower than the effect itself: {', '.join(parts)}"


def state_basis(plans: Mapping[str, Plan]) -> str:
    """Return what every result rests on: samples a cell, intervals."""
    settings = next(iter(plans.values())).power.settings
    kind = " percentile bootstrap" if settings["interval"] == "bootstrap" else ""
    return (
        f"{settings['n_replications']} simulated samples a cell, "
        f"{format_level(settings['ci_level'])}{kind} intervals."
    )


def describe_failures(plans: Mapping[str, Plan]) -> str:
    """Say how many samples could not be analysed; empty where all could."""
    cells = pd.concat([p.power.table.drop_duplicates(["n", "effect"]) for p in plans.values()])
    failed, total = cells["n_failed"].sum(), cells["n_replications"].sum()
    if not failed:
        return ""
    return f"{failed} of {total} samples could not be fitted and count as not found. "


def arrange_cost(cost: pd.DataFrame) -> pd.DataFrame:
    """Measured costs with names: adds `group sizes intervals rate`, seconds per 1000 samples."""
    low, high = cost["n_lowest"].astype(str), cost["n_highest"].astype(str)
    return cost.assign(
        group=cost["study"].map(name_study),
        sizes=low.where(low == high, low + "–" + high),
        intervals=cost["interval"].map({"monte_carlo": "Monte Carlo", "bootstrap": "Bootstrap"}),
        rate=1000 * cost["processor_seconds"] / cost["cells"] / cost["n_replications"],
    )


def describe_scaling(cost: pd.DataFrame) -> str:
    """Say what all full grids cost together."""
    full = cost[cost["cells"] > 1]
    return (
        f"The full grids of all {len(full)} studies take "
        f"{format_number(full['processor_seconds'].sum(), 0)} processor seconds."
    )


def hide_machine(parameters: Mapping[str, object]) -> dict[str, object]:
    """Leave out the parameters that change no number: processes and scheduler."""
    return {k: v for k, v in parameters.items() if k not in ("n_jobs", "scheduler")}
