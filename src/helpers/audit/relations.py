"""Relations between printed numbers, one at a time, and what findings are made of."""

import itertools
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from helpers.audit.findings import (
    CONSISTENT,
    IMPOSSIBLE,
    NOT_DECIDED,
    Finding,
    audit_check,
)
from helpers.errors import InputError
from helpers.printed.cells import PrintedText, cells_of
from helpers.printed.numbers import PrintedNumber
from helpers.printed.rounding import Bounds, as_printed, parse_formula, prints_as

__all__ = [
    "POSITIVE",
    "Printed",
    "check_relation",
    "finding_from_bounds",
    "finding_of_bound",
    "finding_of_impossible",
    "finding_of_missing",
    "finding_of_too_few",
    "join_notes",
    "one_digit_changes",
    "outward_bounds",
    "overlap",
    "relate",
    "show_printed",
    "size_of",
]

Printed = str | int | PrintedNumber

POSITIVE = (0.0, math.inf)
"""Bounds of a standard error."""

_MAX_READINGS = 2
_INDICES = {name: name.upper() for name in ("gfi", "agfi", "cfi", "nfi", "tli", "rmsea", "srmr")}


def relate(
    relation: str,
    printed: Mapping[str, Printed | None],
    *,
    location: str,
    within: Mapping[str, tuple[float, float]] | None = None,
    readings: Mapping[str, str] | None = None,
    look_for_slips: bool = True,
    note: str = "",
) -> Finding:
    """Compare one printed number with a formula in others; `check_relation` is the check of it.

    Parameters
    ----------
    relation : str
        ``"t = beta / se"``: the checked number, an equals sign, and a `Formula` in the others.
    printed : mapping from str to str, int, PrintedNumber or None
        The printed values by the names in `relation`; an ``int`` is exact; None or ``""`` where
        nothing is printed.
    location : str
        Where the checked number stands.
    within : mapping from str to (float, float), optional
        Bounds that a number has by its nature, such as ``{"se": (0, inf)}``. They narrow the
        rounding interval; a printed number wholly outside is impossible by itself.
    readings : mapping from str to str, optional
        Other formulas for the checked number, by what to call them, in the order of preference.
        When the printed digits do not give the number but those of a reading do, it is named;
        failing that, when the relation is contradicted, the first reading that is possible. A
        contradicted number is then possible only if it is so read.
    look_for_slips : bool, default True
        Whether to look, when the relation is contradicted, for a value that differs from a printed
        one by one digit, by two digits swapped, or by a sign too many, and with which the printed
        digits satisfy the relation. It is named when at most two are found.
    note : str, optional
        Recorded in the finding.

    Returns
    -------
    Finding

    Raises
    ------
    InputError
        When `relation` is not a name, an equals sign and a formula, or when `printed` lacks a name.

    Notes
    -----
    Impossible is a proof: the outward-rounded range of the formula over the printed intervals
    and the interval of the checked number have nothing in common.

    Examples
    --------
    >>> relate("t = beta / se", {"t": "3.57", "beta": ".207", "se": ".058"}, location="x").nominal
    True
    """
    target, formula = _split(relation)
    absent = [name for name in (target, *formula.names) if name not in printed]
    if absent:
        raise InputError(f"printed has no entry '{absent[0]}', which relation={relation!r} names")
    needed = {name: printed[name] for name in (target, *formula.names)}
    if missing := finding_of_missing(location, relation, needed, note=note):
        return missing
    within = within or {}
    for name, (low, high) in within.items():
        if outside := finding_of_impossible(
            location, name, printed[name], low, high, printed=needed, note=note
        ):
            return outside
    bounds = formula.bounds(
        dict(printed) | {name: _clipped(printed[name], *ends) for name, ends in within.items()}
    )
    finding = finding_from_bounds(
        location,
        relation,
        needed,
        printed[target],
        bounds,
        nominal=_nominal(formula, printed, target),
        note=note,
    )
    if finding.verdict == NOT_DECIDED or finding.nominal:
        return finding
    reading = _matching_reading(target, printed, readings or {}, finding.verdict)
    if finding.verdict != IMPOSSIBLE:
        return replace(finding, reading=reading)
    if reading:
        return finding.only_if(reading)
    return replace(finding, reading=_slip(target, formula, printed) if look_for_slips else "")


@audit_check("one number from the others")
def check_relation(
    relation: str, printed: Mapping[str, Printed | None], *, location: str, **options: object
) -> Finding:
    """Check one printed number against a formula in others; parameters as of `relate`.

    Examples
    --------
    >>> found = check_relation(
    ...     "t = beta / se", {"t": "2.847", "beta": ".207", "se": ".058"}, location="Table 4"
    ... )
    >>> found.verdict, round(found.implied_lower, 3), round(found.implied_upper, 3)
    ('impossible', 3.53, 3.609)
    """
    return relate(relation, printed, location=location, **options)


def finding_from_bounds(
    location: str,
    relation: str,
    printed: Mapping[str, Printed | None],
    target: Printed,
    bounds: Bounds,
    *,
    nominal: bool | None,
    reading: str = "",
    note: str = "",
) -> Finding:
    """Compare a printed number with the range that the other numbers leave to it.

    `printed` has all numbers that enter, by what to call them.
    """
    number = as_printed(target)
    if math.isnan(bounds.lower) or math.isnan(bounds.upper):
        verdict = NOT_DECIDED
        note = join_notes("the formula has no value at these numbers", note)
    elif math.isinf(bounds.lower) and math.isinf(bounds.upper):
        verdict = NOT_DECIDED
        note = join_notes("the formula is unbounded over the intervals", note)
    elif not overlap(bounds.lower, bounds.upper, number):
        verdict = IMPOSSIBLE
    elif bounds.method != "enclosure" or overlap(
        bounds.reached_lower, bounds.reached_upper, number
    ):
        verdict = CONSISTENT
    else:
        verdict, note = NOT_DECIDED, join_notes("the bounds are too coarse to decide", note)
    return Finding(
        location=location,
        relation=relation,
        printed=show_printed(printed),
        verdict=verdict,
        implied_lower=bounds.lower,
        implied_upper=bounds.upper,
        nominal=nominal if verdict != NOT_DECIDED else None,
        reading=reading,
        method=bounds.method,
        note=note,
        cells=cells_of(target, printed),
    )


def _undecided(
    location: str, relation: str, printed: Mapping[str, Printed | None], reason: str, note: str
) -> Finding:
    return Finding(
        location,
        relation,
        show_printed(printed),
        NOT_DECIDED,
        note=join_notes(reason, note),
        cells=cells_of(printed),
    )


def finding_of_missing(
    location: str, relation: str, printed: Mapping[str, Printed | None], *, note: str = ""
) -> Finding | None:
    """Return the finding ``not decided`` when a needed number is not printed, else None."""
    missing = ", ".join(name for name, number in printed.items() if number in (None, ""))
    if not missing:
        return None
    return _undecided(location, relation, printed, f"not printed: {missing}", note)


def finding_of_bound(
    location: str,
    relation: str,
    printed: Mapping[str, Printed | None],
    names: Sequence[str],
    *,
    note: str = "",
) -> Finding | None:
    """Return the finding ``not decided`` when a number is printed as a bound, such as ``< 5``."""
    bounds = [name for name in names if as_printed(printed[name]).relation != "="]
    if not bounds:
        return None
    return _undecided(
        location, relation, printed, f"a bound, not a number: {', '.join(bounds)}", note
    )


def finding_of_too_few(
    location: str,
    relation: str,
    printed: Mapping[str, Printed | None],
    least: Mapping[str, int],
    *,
    note: str = "",
) -> Finding | None:
    """Return the finding ``not decided`` when a count is too small for the relation.

    `least` has, for some of the names in `printed`, the least count with which it is defined.
    """
    few = [
        f"{k} of {low} or more" for k, low in least.items() if as_printed(printed[k]).value < low
    ]
    if not few:
        return None
    return _undecided(
        location,
        relation,
        printed,
        f"the relation is defined for {' and '.join(few)}",
        note,
    )


def finding_of_impossible(
    location: str,
    name: str,
    number: Printed,
    low: float,
    high: float,
    *,
    printed: Mapping[str, Printed | None] | None = None,
    note: str = "",
) -> Finding | None:
    """Return the finding ``impossible`` for a number outside its natural bounds, else None.

    `printed` has the numbers that are shown beside it, itself among them; it alone when not given.
    """
    printed = printed or {name: number}
    if overlap(low, high, as_printed(number)):
        return None
    return Finding(
        location,
        f"{name} from {low:g} to {high:g}",
        show_printed(printed),
        IMPOSSIBLE,
        implied_lower=low,
        implied_upper=high,
        nominal=False,
        method="comparison",
        note=join_notes("no such number has this value", note),
        cells=cells_of(number, printed),
    )


def outward_bounds(lower: float, upper: float, method: str) -> Bounds:
    """Return bounds from floating-point values, widened by more than their error."""
    return Bounds(lower - 1e-11 * abs(lower), upper + 1e-11 * abs(upper), lower, upper, method)


def join_notes(*parts: str) -> str:
    """Join what is not empty by semicolons."""
    return "; ".join(part for part in parts if part)


def show_printed(printed: Mapping[str, Printed | None]) -> str:
    """Write printed values as ``name = digits``, separated by semicolons."""
    parts = []
    for name, number in printed.items():
        if number in (None, ""):
            parts.append(f"{name} not printed")
            continue
        text = number.text if isinstance(number, PrintedNumber) else str(number)
        parts.append(f"{name} {text}" if text[:1] in "<>≤≥" else f"{name} = {text}")
    return "; ".join(parts)


def one_digit_changes(text: str) -> list[str]:
    """Return what a slip of the pen could have made of a printed number.

    Every digit replaced by each other digit, every two neighboring unlike digits swapped, and the
    sign reversed.

    Examples
    --------
    >>> changes = one_digit_changes("0.94")
    >>> len(changes), "0.49" in changes, "-0.94" in changes
    (30, True, True)
    """
    changes = []
    places = [i for i, character in enumerate(text) if character.isdigit()]
    for i in places:
        changes += [text[:i] + d + text[i + 1 :] for d in "0123456789" if d != text[i]]
    for i, j in itertools.pairwise(places):
        if text[i] != text[j]:
            swapped = list(text)
            swapped[i], swapped[j] = swapped[j], swapped[i]
            changes.append("".join(swapped))
    if re.match(r"\s*[-−]", text):
        changes.append(re.sub(r"[-−]", "", text, count=1))
    elif re.match(r"\s*[\d.]", text) and any(text[i] != "0" for i in places):
        changes.append(f"-{text.strip()}")
    return list(dict.fromkeys(changes))


def _clipped(number: Printed, low: float, high: float) -> PrintedNumber:
    printed = as_printed(number)
    return replace(printed, lower=max(printed.lower, low), upper=min(printed.upper, high))


def _split(relation: str):
    left, equals, right = relation.partition("=")
    if not equals or not left.strip().isidentifier():
        raise InputError(
            f"relation={relation!r} is not a name, an equals sign and a formula, such as "
            "'t = beta / se'"
        )
    return left.strip(), parse_formula(right.strip())


def overlap(lower: float, upper: float, number: PrintedNumber) -> bool:
    """Whether some value from `lower` to `upper` can print as `number`."""
    if number.relation == "<":
        return lower < number.value
    if number.relation == ">":
        return upper > number.value
    return lower <= number.upper and upper >= number.lower


def _nominal(formula, printed: Mapping[str, Printed], target: str) -> bool | None:
    if any(as_printed(printed[name]).relation != "=" for name in formula.names):
        return None
    try:
        return prints_as(formula.at_printed(printed), printed[target])
    except (ValueError, ZeroDivisionError):
        return None


def _matching_reading(
    target: str, printed: Mapping[str, Printed], readings: Mapping[str, str], verdict: str
) -> str:
    possible = ""
    for name, text in readings.items():
        formula = parse_formula(text)
        if any(printed.get(n) in (None, "") for n in formula.names):
            continue
        if _nominal(formula, printed, target):
            return name
        if not possible and _possible(formula, printed, target):
            possible = f"{name} (within rounding)"
    return possible if verdict == IMPOSSIBLE else ""


def _slip(target: str, formula, printed: Mapping[str, Printed]) -> str:
    """Name the slips of the pen with which the relation holds, if there are few."""
    changes = []
    for name in (target, *formula.names):
        number = as_printed(printed[name])
        if number.relation == "=" and not isinstance(printed[name], int):
            changes += [
                (
                    dict(printed) | {name: text},
                    f"{_INDICES.get(name, name)} {text}, not {number.text}",
                )
                for text in one_digit_changes(number.text)
                if not text.startswith("-") or number.text.startswith("-")
            ]
    found = list(
        itertools.islice(
            (words for changed, words in changes if _nominal(formula, changed, target)),
            _MAX_READINGS + 1,
        )
    )
    if not found or len(found) > _MAX_READINGS:
        return ""
    return "one slip would explain it: " + " or ".join(found)


def _possible(formula, printed: Mapping[str, Printed], target: str) -> bool:
    bounds = formula.bounds(printed)
    return overlap(bounds.lower, bounds.upper, as_printed(printed[target]))


def size_of(number: Printed | None) -> Printed | None:
    """Return a printed number without its sign and stars."""
    if number in (None, ""):
        return number
    if isinstance(number, int):
        return abs(number)
    printed = as_printed(number)
    text = PrintedText(_SIGN.sub(r"\1", printed.text.strip().rstrip("* ")), printed.cells)
    if math.copysign(1.0, printed.value) > 0:
        return replace(printed, text=text)
    return replace(
        printed,
        text=text,
        value=-printed.value,
        relation=printed.relation.translate(_TURNED),
        lower=-printed.upper,
        upper=-printed.lower,
    )


_SIGN = re.compile(r"^([(\s]*)[-+−–‐‑﹣－]\s*")


_TURNED = str.maketrans("<>", "><")
