"""Checks of numbers printed twice, and of sentences against tables."""

import math
from collections.abc import Sequence

from helpers.audit.findings import CONSISTENT, IMPOSSIBLE, Finding, audit_check
from helpers.audit.relations import Printed, finding_of_missing, show_printed
from helpers.printed.cells import cells_of
from helpers.printed.numbers import PrintedNumber
from helpers.printed.rounding import as_printed

__all__ = ["check_same_number", "record_reading"]


@audit_check("one number printed twice")
def check_same_number(
    first: Printed | None,
    second: Printed | None,
    *,
    location: str,
    names: tuple[str, str] = ("text", "table"),
    scale: float = 1.0,
    note: str = "",
) -> Finding:
    """Check two printings of one number against each other.

    Parameters
    ----------
    first, second : printed number or None
        As printed. With the same digits after the point they must be equal; otherwise their
        intervals must overlap. Two bounds, such as ``"< .05"`` and ``"< .001"``, agree when both
        can hold.
    location, note : str
        Where they appear, and what else to record.
    names : tuple of str, default ("text", "table")
        What to call the two.
    scale : float, default 1.0
        What `second` is multiplied by to have the unit of `first`: 100 when the first is in per
        cent and the second a proportion.

    Returns
    -------
    Finding
        The recomputed bounds are those of the second number, in the unit of the first.

    Examples
    --------
    >>> check_same_number(".613", ".629", location="distress -> goal").verdict
    'impossible'
    >>> check_same_number("76.8%", "0.768", scale=100, location="share of task").verdict
    'consistent'
    """
    printed = {names[0]: first, names[1]: second}
    relation = f"{names[0]} = {names[1]}" + ("" if scale == 1 else f" x {scale:g}")
    if missing := finding_of_missing(location, relation, printed, note=note):
        return missing
    a, b = as_printed(first), as_printed(second)
    low, high = b.lower * scale, b.upper * scale
    slack = 1e-9 * max(abs(a.value), abs(b.value * scale), 1e-12)
    both_exact = a.relation == b.relation == "="
    same_unit = both_exact and math.isclose(_unit(a), _unit(b) * scale)
    if same_unit:
        agrees = abs(a.value - b.value * scale) <= slack
    else:
        agrees = _compatible(a.relation, a.lower, a.upper, b.relation, low, high, slack)
    return Finding(
        location=location,
        relation=relation,
        printed=show_printed(printed),
        verdict=CONSISTENT if agrees else IMPOSSIBLE,
        implied_lower=low,
        implied_upper=high,
        nominal=agrees if same_unit else None,
        method="comparison",
        note=note,
        cells=cells_of(printed),
    )


def record_reading(
    claim: str,
    *,
    holds: bool,
    location: str,
    entered: Sequence[Printed],
    printed: str = "",
    reading: str = "",
    note: str = "",
) -> Finding:
    """Record what reading a paper shows and no arithmetic can: a sentence against its own model.

    Parameters
    ----------
    claim : str
        What the paper says.
    holds : bool
        Whether its own model, tables or captions bear it out.
    location, printed, reading, note : str
        Where it is said, the numbers concerned, what would be true, and what else to record.
    entered : sequence of printed number
        The printed numbers concerned, with their cells; empty when none is.

    Examples
    --------
    >>> record_reading("the shares are in Table 3", holds=False, location="text",
    ...                entered=(), reading="Table 4").verdict
    'impossible'
    """
    return Finding(
        location=location,
        relation=claim,
        printed=printed,
        verdict=CONSISTENT if holds else IMPOSSIBLE,
        reading=reading,
        method="reading",
        note=note,
        cells=cells_of(entered),
    )


def _unit(number: PrintedNumber) -> float:
    """Unit of the last digit; 0 of an exact count."""
    return 0.0 if number.lower == number.upper else 10.0**-number.decimals


def _compatible(
    first: str,
    low: float,
    high: float,
    second: str,
    other_low: float,
    other_high: float,
    slack: float,
) -> bool:
    """Whether two intervals share a point, ends of strict bounds excluded."""
    gap = min(high, other_high) - max(low, other_low)
    strict = {first, second} & {"<", ">"}
    return gap > slack if strict else gap >= -slack
