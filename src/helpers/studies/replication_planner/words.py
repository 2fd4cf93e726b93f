"""The replication planner: how its plans are laid out and put into words. Nothing is simulated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np
import pandas as pd

from helpers.models.power.composite import CompositeDesign
from helpers.models.power.moderation import ModerationDesign
from helpers.models.power.path import PathDesign
from helpers.report.numbers import format_number, format_percent
from helpers.report.table_markup import FoldedTables
from helpers.report.tables import fold_tables, print_table
from helpers.report.wording import format_level
from helpers.studies.replication_planner.model import list_values, recruit
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
    text = "**No data are used.** Samples are drawn from populations that the published "
    if own_values:
        listed = ", ".join(f"`{value}`" for value in own_values)
        return f"{text}estimates describe, but for values of your own: {listed}."
    return f"{text}estimates describe."


def give_verdict(
    plans: Mapping[str, Plan], smallest: pd.DataFrame, own_values: Sequence[str]
) -> str:
    """What is asked, the sizes if what was published is true, and what to take from them."""
    rows = [(plan, _main_row(plan, smallest)) for plan in plans.values()]
    sizes = "; ".join(
        f"{plan.replication.source}: {_say_size(row, ' clients')}" for plan, row in rows
    )
    wanted = format_percent(rows[0][0].wanted, 0)
    true = "your values are" if own_values else "what was published is"
    return (
        "**The question.** How many clients does a new study need to find each study's main claim "
        f"with a power of {wanted}?\n\n"
        f"**If {true} true:** {sizes}.\n\n"
        "**What to take from it.** Published effects are on average too large, so plan for "
        f"smaller ones: {describe_smaller(plans, smallest)}. All samples are simulated."
    )


def name_effect(plan: Plan, effect: float) -> str:
    """Return an effect size beside the published one: "0.75 × published", "slope 0.16"."""
    unit = plan.replication.published_effect
    known = np.isclose(effect, unit)
    origin = "given" if plan.own_values else "published"
    if isinstance(plan.power.design, ModerationDesign):
        return f"slope {effect:.3g}" + (", as assumed" if known else "")
    return f"as {origin}" if known else f"{effect / unit:.3g} × {origin}"


def label_effects(plan: Plan) -> dict[float, str]:
    """What the legend says of each effect size of a plan."""
    return {effect: name_effect(plan, effect) for effect in plan.power.table["effect"].unique()}


def name_target(plan: Plan) -> str:
    """Return the words for what a plan is made for."""
    return plan.label


def format_size(n: float, lowest: float, highest: float) -> str:
    """Print a smallest sample size, or on which side of what was simulated it lies.

    Examples
    --------
    >>> format_size(165.0, 100, 1175), format_size(100.0, 100, 1175), format_size(np.nan, 100, 1175)
    ('165', '≤ 100', '> 1,175')
    """
    if np.isnan(n):
        return f"> {format_number(highest, 0)}"
    return f"≤ {format_number(lowest, 0)}" if n <= lowest else format_number(n, 0)


WITHHELD = "withheld"
POWER_FROM = "power from"


def _print_sizes(row: object) -> tuple[str, str]:
    """A row's smallest size and its Monte Carlo band in print, or that they are withheld."""
    if row.undercovers:
        return WITHHELD, "–"
    simulated = row.grid_lowest, row.grid_highest
    if row.raised:
        return format_number(row.n_smallest, 0), f"{POWER_FROM} {format_number(row.n_power, 0)}"
    low, high = format_size(row.n_lower, *simulated), format_size(row.n_upper, *simulated)
    return format_size(row.n_smallest, *simulated), low if low == high else f"{low} to {high}"


def _say_size(row: object, unit: str = "") -> str:
    """A row's smallest size within a sentence."""
    return "no size" if row.undercovers else f"{_print_sizes(row)[0]}{unit}"


def arrange_smallest(table: pd.DataFrame) -> pd.DataFrame:
    """Smallest sample sizes as they are printed: adds `group shown band recruit formula`.

    `band` joins what the edges of the power curve's Monte Carlo band give.
    """
    printed: dict[str, list[str]] = {"shown": [], "band": [], "recruit": [], "formula": []}
    for row in table.itertuples():
        shown, band = _print_sizes(row)
        printed["shown"].append(shown)
        printed["band"].append(band)
        found = row.status == "found" and not row.undercovers
        printed["recruit"].append(format_number(row.n_recruit, 0) if found else "–")
        formula = format_size(row.n_analytic, row.grid_lowest, row.grid_highest)
        printed["formula"].append(formula if row.has_formula else "–")
    return table.assign(group=table["study"].map(name_study), **printed)


def explain_coverage_at_n(smallest: pd.DataFrame) -> str:
    """Say which sizes are raised or withheld because intervals undercover; empty where none is."""
    text = ""
    if smallest["raised"].any():
        text = (
            f"“{POWER_FROM}”: intervals undercover at this size; <i>N</i> is the first simulated"
            " one at which they do not. "
        )
    listed = ", ".join(
        f"{row.label} ({format_percent(row.coverage)} at {row.n_coverage:.0f})"
        for row in smallest[smallest["undercovers"]].itertuples()
    )
    return text + (f"Withheld where intervals undercover at every size: {listed}. " * bool(listed))


def explain_units(plans: Mapping[str, Plan]) -> str:
    """Say why a product's slope has two values; empty where no design has a product."""
    for plan in plans.values():
        if isinstance(plan.power.design, ModerationDesign):
            design = plan.power.design
            slope = design.truth(plan.effect)[design.targets.index("product")]
            return (
                f"A slope of {plan.effect:.3g} per standard deviation of the product is "
                f"{slope:.3f} per unit of the product of <i>z</i> scores, whose "
                f"standard deviation is {plan.effect / slope:.2f}. "
            )
    return ""


def explain_limits(plans: Mapping[str, Plan]) -> str:
    """Say what ≤ and > stand for: where the search for a size ends."""
    groups: dict[int, list[str]] = {}
    for plan in plans.values():
        groups.setdefault(plan.search_limit, []).append(plan.replication.short)
    ends = ", ".join(
        f"{format_number(limit, 0)} clients" + (f" ({', '.join(names)})" if len(groups) > 1 else "")
        for limit, names in groups.items()
    )
    return f"≤: the fewest simulated. &gt;: the search ended, at {ends}. "


def describe_main(plan: Plan, smallest: pd.DataFrame) -> str:
    """Say in one sentence how many clients a study's main target asks for."""
    row = _main_row(plan, smallest)
    n, at_n = row.published_n, row.power_published
    study = f"the study had {n}" if np.isnan(at_n) else f"the study's {n} give {_share(at_n)}"
    what = f"**{plan.replication.source}**, {plan.replication.method}: *{row.label}*"
    if row.undercovers:
        return (
            f"{what} gets no size: at {row.n_coverage:.0f} clients the intervals contain the true "
            f"value in {format_percent(row.coverage)} of samples; {study}"
        )
    return (
        f"{what} takes {_print_sizes(row)[0]} clients in the analysis for a power of "
        f"{format_percent(plan.wanted, 0)} where the effect is {_inside_sentence(plan)}; {study}"
    )


def _main_row(plan: Plan, smallest: pd.DataFrame) -> object:
    """The row of what is planned for, at the effect planned for."""
    mine = smallest["study"] == plan.replication.study
    rows = smallest[mine & smallest["main"] & smallest["planned"]]
    return next(rows.itertuples())


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
            effect = name_effect(plan, row["effect"])
            parts.append(f"{plan.replication.source}, {_say_size(row)} ({effect})")
    return "; ".join(parts) or "not simulated on these grids"


def describe_coverage(coverage: pd.DataFrame, level: float) -> str:
    """Say which targets' intervals undercover, or where the least and the most cover."""
    by_coverage = coverage.sort_values("coverage")
    low = by_coverage[by_coverage["coverage"] < level - _TOO_LOW]
    if low.empty:
        least, most = (
            f"{format_percent(row.coverage)} ({row.label})"
            for row in by_coverage.iloc[[0, -1]].itertuples()
        )
        return (
            f"Averaged over sizes and effects, {format_level(level)} intervals contain the true "
            f"value in {least} to {most} of samples"
        )
    listed = ", ".join(f"{row.label} ({format_percent(row.coverage)})" for row in low.itertuples())
    return f"Intervals undercover for {listed}"


def explain_coverage(plans: Mapping[str, Plan], coverage: pd.DataFrame, level: float) -> str:
    """Say why intervals of a composite model undercover; empty where they do not."""
    composite = [
        study
        for study, plan in plans.items()
        if isinstance(plan.power.design, CompositeDesign)
        and plan.power.settings["interval"] == "monte_carlo"
    ]
    if not (coverage["study"].isin(composite) & (coverage["coverage"] < level - _TOO_LOW)).any():
        return ""
    return (
        "These intervals of the composite model treat the items' weights as known; where a "
        "construct is weakly related to the others, its weights are the most uncertain. "
    )


def explain_formulas(plans: Mapping[str, Plan]) -> str:
    """Say why formulas differ from simulation, for the designs that are there."""
    designs = [plan.power.design for plan in plans.values()]
    text = ""
    if any(isinstance(design, PathDesign) for design in designs):
        text += (
            "A product of paths is skewed, so its normal approximation errs in either direction. "
        )
    if any(isinstance(design, CompositeDesign) for design in designs):
        text += "The formula treats composite weights as known. "
    if any(isinstance(design, ModerationDesign) for design in designs):
        text += "Regression formulas treat predictors as fixed and are optimistic for small n. "
    return text


def list_assumptions(plans: Mapping[str, Plan]) -> str:
    """What each design takes from the paper and what it assumes, as a list."""
    return "\n".join(
        f"- **{plan.replication.source}**, {plan.replication.method}. {state_assumptions(plan)}"
        for plan in plans.values()
    )


def state_assumptions(plan: Plan) -> str:
    """What a design assumes, with the values that it has; where they are from, if they are so."""
    text = plan.replication.assumptions
    for name, value in list_values(plan.power.design).items():
        text = text.replace(f"{{{name}}}", format_number(value, 2, leading_zero=False))
    if not plan.own_values:
        return f"{text} {plan.replication.origin}"
    return f"{text} Given by you: {', '.join(f'`{k}={v:g}`' for k, v in plan.own_values.items())}."


def arrange_correlations(table: pd.DataFrame) -> pd.DataFrame:
    """Power under other correlations: `group label` and one column per floor."""
    wide = table.pivot_table(index=["study", "label"], columns="floor", values="power", sort=False)
    wide = wide.rename(columns="{:g}".format).reset_index()
    return wide.assign(group=wide["study"].map(name_study))


def fold_designs(table: pd.DataFrame, *, note: str) -> FoldedTables:
    """The targets of each study with their values, behind one line per study."""
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
        Share lost in a further column, `lost`: how many to recruit at the plan's reliability.
    """
    rows = []
    for study, part in table.groupby("study", sort=False):
        row = {"study": name_study(study)}
        for r in part.itertuples():
            row[f"{r.reliability:g}"] = _print_sizes(r)[0]
        first = part.iloc[0]
        sizes = [
            recruit(n, attrition) for n in first[["n_smallest", "grid_lowest", "grid_highest"]]
        ]
        row["lost"] = WITHHELD if first["undercovers"] else format_size(*sizes)
        rows.append(row)
    return pd.DataFrame(rows)


def describe_reliability(table: pd.DataFrame, reliability: float) -> str:
    """Say how many clients each study asks for with measures of one of the reliabilities."""
    rows = table[np.isclose(table["reliability"], reliability)].itertuples()
    return "; ".join(f"{name_study(row.study)}, {_say_size(row, ' clients')}" for row in rows)


def fold_plans(table: pd.DataFrame, plans: Mapping[str, Plan], *, note: str) -> FoldedTables:
    """The preregistration tables in print, behind one line per study."""
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
    if item in ("attrition", "power wanted", "coverage") and not pd.isna(value):
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
    design = plan.power.design
    single = not isinstance(design, PathDesign) or plan.target in design.path_labels
    if plan.power.settings["interval"] == "bootstrap":
        if isinstance(design, PathDesign) and single:
            return "normal, bootstrap standard error"
        return "percentile bootstrap"
    if isinstance(design, ModerationDesign):
        return "Fisher z" if plan.target.startswith("r_") else "t"
    return (
        "normal, expected information" if single else "Monte Carlo, from the joint normal of paths"
    )


def state_criterion(plan: Plan) -> str:
    """Say when the target counts as found: the criterion by which the study's notebook judges."""
    level = format_level(plan.power.settings["ci_level"])
    kind = name_intervals(plan)
    if kind == "normal, bootstrap standard error":
        alpha = _print_alpha(plan)
        return f"*p* of the estimate over its bootstrap standard error is below {alpha}"
    return f"{level} interval ({kind}) excludes zero"


def _print_alpha(plan: Plan) -> str:
    alpha = 1 - plan.power.settings["ci_level"]
    return format_number(alpha, 3, leading_zero=False).rstrip("0")


def write_preregistration(plan: Plan, smallest: pd.DataFrame) -> str:
    """One paragraph for a preregistration, with every number that the plan rests on."""
    row = _main_row(plan, smallest)
    settings, sizes = plan.power.settings, plan.planned["n"]
    near = plan.planned[plan.planned["target"] == plan.target].iloc[0]
    head = f"> **{plan.replication.source}.** "
    if row.undercovers:
        return (
            f"{head}No size is given for *{row.label}*: at {row.n_coverage:.0f} clients the "
            f"{format_level(settings['ci_level'])} intervals contain the true value in "
            f"{format_percent(row.coverage)} of samples."
        )
    if row.status == "not reached on the grid":
        return (
            f"{head}No size up to {format_number(sizes.max(), 0)} gives a power of "
            f"{format_percent(plan.wanted, 0)} to find *{row.label}*."
        )
    reliable = settings["reliability"][0][1]
    known = "assumed" if isinstance(plan.power.design, ModerationDesign) else "published"
    times = "" if np.isclose(reliable, 1) else f"{reliable:g} times "
    lost = plan.attrition
    leaves = f", of whom we expect {format_percent(lost, 0)} to be lost" if lost else ""
    truth = f"{format_number(near['truth'])} ({name_effect(plan, plan.effect)})"
    band = f"{_print_sizes(row)[1]}, but there the intervals undercover"
    if not row.raised:
        band = f"Monte Carlo band {_print_sizes(row)[1]}"
    if isinstance(plan.power.design, ModerationDesign):
        size = name_effect(plan, plan.effect)
        truth = (
            f"{format_number(near['truth'])} per unit of *z* scores ({size}, per standard deviation"
            " of the product)"
        )
    return (
        f"{head}We plan to recruit {format_number(row.n_recruit, 0)} clients{leaves}, and to "
        f"analyze {format_number(row.n_smallest, 0)}. This gives a power of "
        f"{format_percent(plan.wanted, 0)} at a two-sided α of {_print_alpha(plan)} to find "
        f"*{row.label}* if its true value is {truth} and all "
        f"measures have {times}the {known} reliability. The analysis is "
        f"{plan.replication.analysis}; the effect counts as found when its "
        f"{state_criterion(plan)}. "
        f"The size was estimated from {settings['n_replications']} simulated samples at each of "
        f"{sizes.nunique()} sizes from {sizes.min()} to {sizes.max()}; {band}; "
        f"seed {settings['seed']}. The published sample was {plan.replication.published_n}."
    )


def describe_curves(plan: Plan, smallest: pd.DataFrame) -> str:
    """Say how many clients a main target needs at each effect size."""
    rows = smallest[(smallest["study"] == plan.replication.study) & smallest["main"]]
    rows = rows.sort_values("effect", ascending=False)
    if len(rows) > _MANY:
        ends = rows["effect"].isin([rows["effect"].min(), rows["effect"].max()])
        rows = rows[ends | rows["planned"]]
    sizes = [
        f"{_say_size(row)} ({name_effect(plan, row.effect)})"
        for row in rows[~rows["undercovers"]].itertuples()
    ]
    told = [f"{', '.join(sizes)} clients for a power of {format_percent(plan.wanted, 0)}"]
    effects = [name_effect(plan, effect) for effect in rows[rows["undercovers"]]["effect"]]
    without = [f"no size {', '.join(effects)}, because the intervals undercover"]
    return f"{name_target(plan)}: {'; '.join(told * bool(sizes) + without * bool(effects))}"


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
    """Return what every result rests on: samples per cell, intervals."""
    settings = [plan.power.settings for plan in plans.values()]
    level = format_level(settings[0]["ci_level"])
    text = f"{settings[0]['n_replications']} simulated samples per cell, {level} intervals"
    draws = {s["n_boot"] for s in settings if s["interval"] == "bootstrap"}
    return text + (f", {draws.pop()} bootstrap draws." if draws else ".")


def describe_failures(plans: Mapping[str, Plan]) -> str:
    """Say how many samples could not be analyzed; empty where all could."""
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
