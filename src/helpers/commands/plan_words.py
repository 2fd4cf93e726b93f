"""The plan of one's own study in print: a table, what its columns mean, and a preregistration."""

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from helpers.models.power.composite import CompositeDesign
from helpers.models.power.incomplete import IncompleteDesign
from helpers.models.power.own import OwnPlan
from helpers.models.power.path import PathDesign
from helpers.models.power.simulation import PowerStudy, name_joint
from helpers.report.numbers import format_number, format_percent

__all__ = ["PlannedSize", "write_effects", "write_sizes"]

WIDTH = 92
ANALYSIS_DRAWS = 5000
"""Bootstrap draws of the analysis that is announced, as in the notebooks."""


@dataclass(frozen=True, kw_only=True)
class PlannedSize:
    """What the search for one size came to.

    Attributes
    ----------
    n : float
        The size planned; NaN where the power is not reached, or nowhere with intervals that cover.
    lower, upper : float
        Between which the size for the power lies, by the Monte Carlo error; NaN where unknown.
    n_power : float
        The size for the power alone, NaN where not reached; `at_least` where fewer might do.
    coverage : float
        At the simulated size that is planned, or the next one.
    n_short, coverage_short : float
        The simulated size at which the power alone is reached, and the coverage there.
    largest, power_at_largest : float
        The largest size simulated, and the power there.
    """

    n: float
    lower: float
    upper: float
    n_power: float
    at_least: bool
    coverage: float
    n_short: float
    coverage_short: float
    largest: float
    power_at_largest: float

    @property
    def raised(self) -> bool:
        """Whether the size for the power alone has intervals that cover too little."""
        return bool(np.isfinite(self.n) and self.n > self.n_short)


def write_sizes(
    plan: OwnPlan, study: PowerStudy, sizes: Mapping[str, PlannedSize], largest: int
) -> str:
    """The sizes, what the columns mean, and a text for a preregistration."""
    order = [*plan.targets, *(name for name in sizes if name not in plan.targets)]
    rows = [["to be found", "true value", "clients", "Monte Carlo band", "coverage"]]
    seen = any(reliability < 1 for _, reliability in study.settings["reliability"])
    if seen:
        rows[0].insert(2, "as measured")
    first = study.table.drop_duplicates("target").set_index("target")
    for name in order:
        size = sizes[name]
        cells = [_describe(plan, name), _value(first, name, "truth")]
        cells += [_value(first, name, "estimand")] * seen
        cells += [_say_size(size), _say_band(size), format_percent(size.coverage)]
        rows.append(cells)
    samples, wanted = study.settings["n_replications"], format_percent(plan.power, 0)
    notes = [
        f"Clients: {_say_counted(plan)}, for a power of {wanted}. Monte Carlo band: where this"
        f" number could lie, given {samples} simulated samples a size. Coverage: how many of the"
        f" {_level(study)} intervals contain the value that the analysis aims at"
        f"{', of several the lowest' if plan.joint else ''}."
    ]
    if seen:
        notes[0] += (
            " As measured: what error of measurement leaves of the true value, which is what an"
            " analysis of observed scores finds."
        )
    notes += [_explain_raised(name, size) for name, size in sizes.items() if size.raised]
    asked = [name_joint(plan.targets)] if plan.joint else list(plan.targets)
    text = _write_plan(plan, study, {name: sizes[name] for name in asked}, largest)
    return "\n".join([_lay_out(rows), "", *_wrap(notes), *_power_lines(plan, study, order), *text])


def write_effects(plan: OwnPlan, study: PowerStudy, multiples: Mapping[str, float]) -> str:
    """The smallest effects that a fixed number of clients finds, and a text to use."""
    design, level = plan.design, format_percent(plan.power, 0)
    rows = [["to be found", "in the file", "smallest found", "times the file's paths"]]
    given = dict(zip(design.targets, design.truth(1.0), strict=True))
    for name, multiple in multiples.items():
        there = np.isfinite(multiple)
        own = dict(zip(design.targets, design.truth(multiple if there else 1.0), strict=True))
        members = plan.targets if plan.joint else (name,)
        shown = f"{multiple:.2f}" if there else "none"
        if plan.joint:
            rows.append([_describe(plan, name), "", "", shown])
        for target in members:
            found = format_number(own[target], 3) if there else "–"
            mine = "" if plan.joint else shown
            rows.append([_describe(plan, target), format_number(given[target], 3), found, mine])
    notes = [
        f"The smallest true effects that {_say_counted(plan, plan.n)} find with a power of {level}."
        " All paths of the file are taken to be smaller or larger together, by the multiple in the"
        " last column."
    ]
    told = [
        f"{_describe(plan, target)} = {format_number(value, 3)}"
        for name, multiple in multiples.items()
        if np.isfinite(multiple)
        for target, value in zip(design.targets, design.truth(multiple), strict=True)
        if target == name or (plan.joint and target in plan.targets)
    ]
    text = ["", "No effect up to twice the file's is found with this power."]
    if told:
        text = _quote(
            f"With {_say_counted(plan, plan.n)} we have a power of {level} to find"
            f" {_join(told)}{' in the same sample' if plan.joint else ''}."
            f" {_state_analysis(plan, study)} {_state_simulation(study, 'multiple')}"
        )
    return "\n".join([_lay_out(rows), "", *_wrap(notes), *text])


def _lay_out(rows: Sequence[Sequence[str]]) -> str:
    """Columns side by side, the first one to the left and the others to the right."""
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    lines = []
    for first, *others in rows:
        cells = [cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True)]
        lines.append("  ".join([first.ljust(widths[0]), *cells]).rstrip())
    return "\n".join(lines)


def _wrap(paragraphs: Iterable[str], indent: str = "") -> list[str]:
    lines = []
    for text in paragraphs:
        lines += textwrap.wrap(
            text, WIDTH, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False
        )
    return lines


def _quote(text: str) -> list[str]:
    return ["", "Text for a preregistration", "", *_wrap([text], "  ")]


def _describe(plan: OwnPlan, name: str) -> str:
    """A target with what it is: its path, or how it is made of paths."""
    structure = plan.design.structure
    for term in structure.coefficients:
        if term.label == name:
            return f"{name} ({term.rhs} → {term.lhs})"
    for definition in structure.definitions:
        if definition.name == name:
            return f"{name} ({definition.expression})"
    return f"{name}, in one sample"


def _value(first, name: str, column: str) -> str:
    value = first.loc[name, column]
    return "" if np.isnan(value) else format_number(value, 3)


def _say_size(size: PlannedSize) -> str:
    if np.isnan(size.n):
        reached = np.isfinite(size.n_power)
        return "none" if reached else f"> {format_number(size.largest, 0)}"
    return f"{'≤ ' if size.at_least else ''}{format_number(size.n, 0)}"


def _say_band(size: PlannedSize) -> str:
    if np.isnan(size.n) or np.isnan(size.lower) or size.raised:
        return "–"
    upper = "…" if np.isnan(size.upper) else format_number(size.upper, 0)
    return f"{format_number(size.lower, 0)} to {upper}"


def _explain_raised(name: str, size: PlannedSize) -> str:
    return (
        f"{name}: {format_number(size.n_power, 0)} clients have the power, but at"
        f" {format_number(size.n_short, 0)} the intervals contain the value in only"
        f" {format_percent(size.coverage_short)} of samples, so that effects look found too often;"
        f" {format_number(size.n, 0)} is the first simulated size at which they do not."
    )


def _say_counted(plan: OwnPlan, n: float | None = None) -> str:
    """Who is counted: "120 clients in the analysis"."""
    number = "" if n is None else f"{format_number(n, 0)} "
    if isinstance(plan.design, IncompleteDesign) and plan.design.analysis == "listwise":
        return f"{number}clients measured, of whom those with a gap are then left out"
    return f"{number}clients in the analysis"


def _power_lines(plan: OwnPlan, study: PowerStudy, names: Sequence[str]) -> list[str]:
    """The simulated power at every size, as a table."""
    wide = study.table.pivot(index="target", columns="n", values="power").loc[list(names)]
    wide = wide.loc[:, wide.notna().all()]
    rows = [["power at", *(format_number(n, 0) for n in wide.columns)]]
    rows += [[name, *(format_percent(p, 0) for p in row)] for name, *row in wide.itertuples()]
    return ["", _lay_out(rows)]


def _level(study: PowerStudy) -> str:
    return f"{100 * study.settings['ci_level']:g}%"


def _join(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1])] * (len(names) > 1) + [names[-1]])


def _write_plan(
    plan: OwnPlan, study: PowerStudy, sizes: Mapping[str, PlannedSize], largest: int
) -> list[str]:
    """A text for a preregistration, with all that the plan rests on; or why there is none."""
    for name, size in sizes.items():
        if np.isnan(size.n) and np.isfinite(size.n_power):
            return ["", *_wrap([
                f"No size is given for {name}: {format_number(size.n_power, 0)} clients have the"
                f" power, but the intervals contain the value in only"
                f" {format_percent(size.coverage_short)} of samples there, and in too few up to"
                f" {format_number(size.largest, 0)} clients."
            ])]  # fmt: skip
        if np.isnan(size.n):
            return ["", *_wrap([
                f"No size up to {format_number(size.largest, 0)} clients finds {name} with a power"
                f" of {format_percent(plan.power, 0)} (there it is"
                f" {format_percent(size.power_at_largest)})."
                + (" --largest lets the search go on." if size.largest >= largest else "")
            ])]  # fmt: skip
    return _quote(
        f"{_state_size(plan, max(size.n for size in sizes.values()))} This gives a power of at"
        f" least {format_percent(plan.power, 0)} to find {_say_wanted(plan)}."
        f" {_state_analysis(plan, study)} {_state_simulation(study, 'size')}"
    )


def _say_wanted(plan: OwnPlan) -> str:
    what = _join([_describe(plan, target) for target in plan.targets])
    if plan.joint:
        return f"{'both' if len(plan.targets) == 2 else 'all of'} {what} in the same sample"
    return f"each of {what}" if len(plan.targets) > 1 else what


def _state_size(plan: OwnPlan, n: float) -> str:
    """How many are recruited, lost and analyzed."""
    design = plan.design
    if design.caseload > 1:
        n = np.ceil(n / design.caseload) * design.caseload
    recruit = np.ceil(n / plan.kept - 1e-9)
    losses = []
    if plan.attrition:
        losses.append(f"{format_percent(plan.attrition, 0)} are lost")
    if plan.missing:
        of = "of the rest " if losses else ""
        losses.append(
            f"{format_percent(plan.missing, 0)} {of}have an answer missing and are excluded"
        )
    expected = f", of whom we expect that {_join(losses)}," if losses else ""
    counted = format_number(n, 0)
    if design.caseload > 1:
        counted += f" ({n / design.caseload:.0f} therapists with {design.caseload} clients each)"
    verb = "analyze"
    if isinstance(design, IncompleteDesign) and design.analysis == "listwise":
        verb = "measure"
    return (
        f"We plan to recruit {format_number(recruit, 0)} clients{expected} and to {verb} {counted}."
    )


def _state_analysis(plan: OwnPlan, study: PowerStudy) -> str:
    """The model, its estimation, and when an effect counts as found."""
    design = plan.design
    model = "; ".join(" ".join(line.split()) for line in design.model.splitlines() if line.strip())
    drawn = "whole therapists" if design.caseload > 1 else "clients"
    alpha = format_number(1 - study.settings["ci_level"], 3, leading_zero=False).rstrip("0")
    single = any(target in design.path_labels for target in plan.targets)
    defined = any(target not in design.path_labels for target in plan.targets)
    criteria = []
    if single:
        criteria.append(
            "a path counts as found when p of its estimate over the bootstrap standard error is"
            f" below {alpha} (two-sided)"
        )
    if defined:
        criteria.append(
            f"an effect defined by paths{'' if single else ' counts as found'} when its"
            f" {_level(study)} percentile bootstrap interval excludes zero"
        )
    told = " and ".join(criteria)
    return (
        f"The model ({model}) is fitted by {_name_estimator(plan)}, with {ANALYSIS_DRAWS} bootstrap"
        f" draws of {drawn}; {told}."
    )


def _name_estimator(plan: OwnPlan) -> str:
    design = plan.design
    if isinstance(design, CompositeDesign):
        return "partial least squares (mode A, path weighting)"
    if not isinstance(design, IncompleteDesign):
        return "maximum likelihood"
    if design.analysis == "fiml":
        return (
            "full-information maximum likelihood, to every client with the answers that are there"
        )
    return "maximum likelihood, to the clients without a missing answer (listwise deletion)"


def _state_simulation(study: PowerStudy, unit: str) -> str:
    """What the number was read off: samples, draws and the population."""
    settings, design = study.settings, study.design
    assumed = [f"standardized values of {_list_values(design)}"]
    if unit == "multiple":
        assumed[0] = f"multiples of the {assumed[0]}"
    if design.caseload > 1:
        assumed.append(f"an intraclass correlation of {design.icc:g} in every variable")
    if isinstance(design, CompositeDesign):
        items = [f"{name} {count}" for name, count in design.items.items()]
        loadings = [f"{name} {design.loadings[name]:g}" for name in design.items]
        assumed.append(f"items ({_join(items)}) with loadings of {_join(loadings)}")
    less = [f"{name} {value:g}" for name, value in settings["reliability"] if value < 1]
    if less:
        assumed.append(f"reliabilities of {_join(less)}")
    if isinstance(design, IncompleteDesign):
        assumed.append(f"missing values: {_state_gaps(design)}")
    return (
        f"The number was read off {settings['n_replications']} simulated, normally distributed"
        f" samples of each {unit} ({settings['n_boot']} bootstrap draws each, seed"
        f" {settings['seed']}). Assumed are {'; '.join(assumed)}."
    )


def _state_gaps(design: IncompleteDesign) -> str:
    """Share and cause of the missing values, variable by variable."""
    told = []
    for name, share in design.missing.items():
        if not share:
            continue
        cause = design.missing_depends_on.get(name)
        why = "completely at random"
        if cause:
            low, high = (format_percent(design.missing_at(name, z), 0) for z in (-1, 1))
            why = (
                f"depending on {cause}: {low} at one standard deviation below its mean, {high} at"
                " one above"
            )
        told.append(f"{format_percent(share, 0)} of {name} ({why})")
    return _join(told) if told else "nothing"


def _list_values(design: PathDesign) -> str:
    pairs = {**design.exogenous_correlation, **design.residual_correlation}
    values = [f"{name} = {value:.3g}" for name, value in design.paths.items()]
    values += [f"{one}~~{other} = {value:.3g}" for (one, other), value in pairs.items()]
    return ", ".join(values)
