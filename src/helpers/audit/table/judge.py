"""The verdict on one relation: under what is said, under readings, or under none."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from helpers.audit.findings import CONSISTENT, IMPOSSIBLE, NOT_DECIDED, Finding
from helpers.audit.findings import POSSIBLE_ONLY_IF as POSSIBLE
from helpers.audit.table.parts import Row
from helpers.audit.table.settings import Settings
from helpers.audit.table.values import Value, exact_value
from helpers.printed.cells import Cell
from helpers.printed.numbers import PrintedNumber
from helpers.printed.rounding import parse_formula

__all__ = [
    "CONSISTENT",
    "CUT_OFF",
    "IMPOSSIBLE",
    "NAMES",
    "NOT_DECIDED",
    "POSSIBLE",
    "Hypothesis",
    "Intervals",
    "Outcome",
    "as_number",
    "compare",
    "count_of",
    "formula",
    "judge",
    "outward",
]

CUT_OFF = "digits were cut off, not rounded"
NAMES = {
    "beta": "β", "se": "SE", "boot_se": "bootstrap SE", "ci_lower": "lower limit",
    "ci_upper": "upper limit", "r2": "R²", "adj_r2": "adjusted R²", "d_r2": "ΔR²", "f": "F",
    "d_f": "ΔF", "f2": "f²", "vif": "VIF", "n": "N", "stat": "statistic", "wald": "Wald",
    "mean": "M", "sd": "SD", "cr": "CR", "ave": "AVE", "root_ave": "√AVE", "chisq": "χ²",
    "chisq_df": "χ²/df", "rmsea": "RMSEA", "srmr": "SRMR", "cfi": "CFI", "tli": "TLI",
    "nfi": "NFI", "gfi": "GFI", "agfi": "AGFI", "b_path": "b", "ab": "indirect effect",
    "c": "total effect", "c_prime": "direct effect", "vaf": "share mediated", "or": "OR",
    "multiple_r": "R", "loading_min": "least loading", "loading_max": "largest loading",
    "d_chisq": "Δχ²", "d_df": "Δdf", "d_cfi": "ΔCFI", "d_tli": "ΔTLI", "d_rmsea": "ΔRMSEA",
    "d_srmr": "ΔSRMR", "d_p": "p of the change", "ss": "SS", "ms": "MS", "mean_r": "mean r",
    "npar": "parameters",
    "sobel": "Sobel z", "eta2": "η²", "percent": "%",
}  # fmt: skip
"""What roles are called in sentences, where not by their own name."""
Intervals = Mapping[str, tuple[float, float]]
_OUTWARD = 1e-11


@dataclass(frozen=True)
class Outcome:
    """Whether a relation can hold, and what the other numbers leave to the checked one.

    Attributes
    ----------
    holds : bool or None
        None where it cannot be said.
    lower, upper : float
    """

    holds: bool | None
    lower: float = math.nan
    upper: float = math.nan


@dataclass(frozen=True)
class Hypothesis:
    """A way to read a relation.

    Attributes
    ----------
    name : str
        What must be so for it, after "possible only if"; empty for what the settings say.
    test : callable
        From the intervals by role to an `Outcome`.
    """

    name: str
    test: Callable[[Intervals], Outcome]


def outward(lower: float, upper: float) -> tuple[float, float]:
    """Widen bounds by more than the error of floating point."""
    return lower - _OUTWARD * abs(lower), upper + _OUTWARD * abs(upper)


def compare(target: tuple[float, float], lower: float, upper: float) -> Outcome:
    """Compare what a number is printed as with what the others leave to it."""
    if math.isnan(lower) or math.isnan(upper):
        return Outcome(None)
    lower, upper = outward(lower, upper)
    if math.isinf(lower) and math.isinf(upper):
        return Outcome(None, lower, upper)
    return Outcome(lower <= target[1] and upper >= target[0], lower, upper)


def judge(
    row: Row,
    check: str,
    values: Mapping[str, Value],
    hypotheses: Sequence[Hypothesis],
    settings: Settings,
    *,
    escapes: Sequence[str] = (),
    names: Mapping[str, str] | None = None,
) -> Finding:
    """Try the readings of a relation in their order.

    Parameters
    ----------
    row : Row
    check : str
        The relation as it is shown.
    values : mapping of str to Value
        The numbers that enter, the checked one first.
    hypotheses : sequence of Hypothesis
        The first is what the settings say.
    settings : Settings
    escapes : sequence of str
        What would explain a contradiction and cannot be computed; any makes it less than
        impossible.
    names : mapping of str to str, optional
        What to call roles here.

    Returns
    -------
    helpers.audit.findings.Finding
        Its cells have the numbers' roles for columns.
    """
    names = {**NAMES, **(names or {})}
    printed = "; ".join(_shown(names.get(role, role), value) for role, value in values.items())
    stated = settings.rounding

    def ends(rounding: str) -> dict[str, tuple[float, float]]:
        return {role: value.ends(rounding) for role, value in values.items()}

    first = hypotheses[0].test(ends(stated))
    finding = Finding(
        row.place, check, printed, CONSISTENT, first.lower, first.upper, check=check,
        cells=tuple(Cell(row.table, row.place, role) for role in values),
    )  # fmt: skip
    if first.holds:
        return finding
    others = [h for h in hypotheses[1:] if h.test(ends(stated)).holds]
    undecided = first.holds is None or any(
        h.test(ends(stated)).holds is None for h in hypotheses[1:]
    )
    readings = [h.name for h in others]
    if stated == "any" and first.holds is False and hypotheses[0].test(ends("loose")).holds:
        readings.insert(0, CUT_OFF)
    if not readings and stated == "any":
        readings = [
            f"{h.name} and {CUT_OFF}" for h in hypotheses[1:] if h.test(ends("loose")).holds
        ]
        readings = [*readings[:2], *escapes] if readings else []
    if undecided and not readings:
        return replace(finding, verdict=NOT_DECIDED)
    readings = readings[:3] or list(escapes)
    if readings:
        reading = " or ".join(dict.fromkeys(readings))
        return replace(finding, verdict=POSSIBLE, reading=reading)
    return replace(finding, verdict=IMPOSSIBLE)


def formula(
    name: str,
    target: str,
    text: str,
    *,
    within: Mapping[str, tuple[float, float]] | None = None,
    exact: Mapping[str, float] | None = None,
) -> Hypothesis:
    """Return the hypothesis that a number is a formula of the others.

    Parameters
    ----------
    name : str
        See `Hypothesis`.
    target : str
        The role of the checked number.
    text : str
        A `helpers.printed.rounding.Formula` in the roles of the others.
    within : mapping of str to (float, float), optional
        Bounds that a number has by its nature.
    exact : mapping of str to float, optional
        Numbers that are no cells.
    """
    made = parse_formula(text)
    known = {key: (value, value) for key, value in (exact or {}).items()}

    def test(ends: Intervals) -> Outcome:
        box = dict(ends) | known
        for role, (low, high) in (within or {}).items():
            if role in box:
                box[role] = max(box[role][0], low), min(box[role][1], high)
                if box[role][0] > box[role][1]:
                    return Outcome(False)
        if any(math.isinf(end) for role in made.names for end in box[role]):
            return Outcome(None)
        try:
            bounds = made.bounds({role: box[role] for role in made.names})
        except (ZeroDivisionError, ValueError, OverflowError):
            return Outcome(None)
        return compare(box[target], bounds.lower, bounds.upper)

    return Hypothesis(name, test)


def count_of(row: Row, role: str, settings: Settings) -> Value | None:
    """Return a count of a row, else what the settings say of all rows."""
    if role in row.values:
        return row.values[role]
    said = getattr(settings, role, None)
    return None if said is None else exact_value(said)


def as_number(interval: tuple[float, float]) -> PrintedNumber:
    """Return an interval in the form that the checks of single relations take."""
    low, high = interval
    return PrintedNumber(f"{(low + high) / 2:g}", (low + high) / 2, 0, "=", low, high)


def _shown(name: str, value: Value) -> str:
    if value.raw[:1] in "<>≤≥" or value.raw == "ns":
        return f"{name} {value.raw}"
    return f"{name} = {value.raw}"
