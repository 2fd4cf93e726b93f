"""Relations between printed numbers: one at a time, and all at once."""

import itertools
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import linprog

from helpers.audit.findings import CANNOT_BE_CHECKED, CONSISTENT, INCONSISTENT, Finding
from helpers.errors import InputError
from helpers.printed.cells import cells_of
from helpers.printed.numbers import PrintedNumber
from helpers.printed.rounding import Bounds, as_printed, parse_formula, prints_as

__all__ = [
    "System",
    "SystemAnswer",
    "check_relation",
    "check_system",
    "finding_from_bounds",
    "finding_of_impossible",
    "finding_of_missing",
    "finding_of_too_few",
    "join_notes",
    "one_digit_changes",
    "outward_bounds",
    "overlap",
    "show_printed",
]

Printed = str | int | PrintedNumber

_PROOF_MARGIN = 1e-6
_MAX_READINGS = 2
_OPTIMAL, _INFEASIBLE = 0, 2
"""Of the states in which scipy's `linprog` ends, the two that prove something."""


def check_relation(
    relation: str,
    printed: Mapping[str, Printed | None],
    *,
    location: str,
    within: Mapping[str, tuple[float, float]] | None = None,
    readings: Mapping[str, str] | None = None,
    look_for_slips: bool = True,
    note: str = "",
) -> Finding:
    """Check one printed number against a formula in others.

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
        rounding interval; a printed number wholly outside is inconsistent by itself.
    readings : mapping from str to str, optional
        Other formulas for the checked number, by what to call them, in the order of preference.
        When the printed digits do not give the number but those of a reading do, it is named;
        failing that, when the relation is contradicted, the first reading that is possible.
    look_for_slips : bool, default True
        Whether to look, when the relation is contradicted, for a value that differs from a printed
        one by one digit, by two digits swapped, or by a sign too many, and with which the printed
        digits satisfy the relation. It is named when at most two are found.
    note : str, optional
        Carried into the finding.

    Returns
    -------
    Finding

    Raises
    ------
    InputError
        When `relation` is not a name, an equals sign and a formula, or when `printed` lacks a name.

    Notes
    -----
    Inconsistent is a proof: the outward-rounded range of the formula over the printed intervals
    and the interval of the checked number have nothing in common.

    Examples
    --------
    >>> found = check_relation(
    ...     "t = beta / se", {"t": "2.847", "beta": ".207", "se": ".058"}, location="Table 4"
    ... )
    >>> found.verdict, round(found.recomputed_lower, 3), round(found.recomputed_upper, 3)
    ('inconsistent', 3.53, 3.609)
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
    if finding.verdict == CANNOT_BE_CHECKED or finding.nominal:
        return finding
    reading = _matching_reading(target, printed, readings or {}, finding.verdict)
    if not reading and finding.verdict == INCONSISTENT and look_for_slips:
        reading = _slip(target, formula, printed)
    return replace(finding, reading=reading)


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
        verdict = CANNOT_BE_CHECKED
        note = join_notes("the formula has no value at these numbers", note)
    elif math.isinf(bounds.lower) and math.isinf(bounds.upper):
        verdict = CANNOT_BE_CHECKED
        note = join_notes("the formula is unbounded over the intervals", note)
    elif not overlap(bounds.lower, bounds.upper, number):
        verdict = INCONSISTENT
    elif bounds.method != "enclosure" or overlap(
        bounds.reached_lower, bounds.reached_upper, number
    ):
        verdict = CONSISTENT
    else:
        verdict, note = CANNOT_BE_CHECKED, join_notes("the bounds are too coarse to decide", note)
    return Finding(
        location=location,
        relation=relation,
        printed=show_printed(printed),
        verdict=verdict,
        recomputed_lower=bounds.lower,
        recomputed_upper=bounds.upper,
        nominal=nominal if verdict != CANNOT_BE_CHECKED else None,
        reading=reading,
        method=bounds.method,
        note=note,
        cells=cells_of(target, printed),
    )


@dataclass(frozen=True)
class SystemAnswer:
    """Whether a system of relations has a solution inside the printed intervals.

    Attributes
    ----------
    verdict : str
        ``"consistent"`` (a solution was found and checked), ``"inconsistent"`` (proved to have
        none) or ``"cannot be checked"`` (neither).
    half_units : float
        Of a solution: the largest distance from a printed number, in half units of its last digit
        (1 is the edge of the rounding interval). Otherwise a bound from below on it.
    solution : dict from str to float
        The values found; empty without a solution.
    """

    verdict: str
    half_units: float
    solution: dict[str, float]


class System:
    """Several relations that one set of unrounded numbers must satisfy at once.

    Parameters
    ----------
    definitions : mapping from str to str
        A `Formula` for each defined number, in the numbers that are not defined or in other
        defined numbers, such as ``{"ind": "a*b", "total": "ind + c"}``. Definitions of numbers
        that are not printed only stand for their formulas.
    printed : mapping from str to printed number
        The printed ones among all of them.
    free : mapping from str to (float, float), optional
        Bounds for undefined numbers that are not printed.

    Notes
    -----
    With the printed intervals scaled to s half units, the smallest s with a solution is sought.
    A candidate comes from linear programs on successive linearisations and counts only when the
    formulas themselves, evaluated at it, fall into the printed intervals. No solution is proved by
    one linear program on a relaxation that contains all solutions: each formula is replaced by its
    mean value form, f(x) in f(c) + G (x - c), G the interval gradient over the whole box (Moore,
    Kearfott and Cloud, 2009, ch. 6, doi:10.1137/1.9780898717716), G's radius moved into the right
    hand side. The bounds of numbers that are not printed are first tightened the same way.
    """

    def __init__(
        self,
        definitions: Mapping[str, str],
        printed: Mapping[str, Printed],
        *,
        free: Mapping[str, tuple[float, float]] | None = None,
    ) -> None:
        self._numbers = {name: as_printed(number) for name, number in printed.items()}
        self._formulas = {
            name: parse_formula(_expand(formula, definitions))
            for name, formula in definitions.items()
        }
        self._targets = {n: f for n, f in self._formulas.items() if n in self._numbers}
        used = {name for formula in self._formulas.values() for name in formula.names}
        self._base = sorted(used)
        free = dict(free or {})
        unknown = [name for name in self._base if name not in self._numbers and name not in free]
        if unknown:
            raise InputError(f"printed and free have no entry '{unknown[0]}', which is needed")
        self._free = [name for name in self._base if name in free and name not in self._numbers]
        box = {
            name: (self._numbers[name].lower, self._numbers[name].upper)
            if name in self._numbers
            else free[name]
            for name in self._base
        }
        self._box = {name: (float(low), float(high)) for name, (low, high) in box.items()}
        self._over_box: dict = {}
        self._empty = not self._tighten()

    def solve(self, *, without: str = "") -> SystemAnswer:
        """Look for a solution, or prove that there is none.

        Parameters
        ----------
        without : str, optional
            A printed defined number to leave out.
        """
        targets = {n: f for n, f in self._targets.items() if n != without}
        if self._empty and not without:
            return SystemAnswer(INCONSISTENT, math.inf, {})
        half_units, solution = self._search(targets)
        if half_units <= 1 + 1e-9:
            return SystemAnswer(CONSISTENT, half_units, solution)
        proved = self._smallest_scale(targets)
        if proved > 1 + _PROOF_MARGIN:
            return SystemAnswer(INCONSISTENT, proved, {})
        return SystemAnswer(CANNOT_BE_CHECKED, proved, {})

    def bounds_of(self, name: str, *, without: str = "") -> tuple[float, float]:
        """Return bounds of a number, defined or not, over all solutions of the system.

        Parameters
        ----------
        name : str
            The number.
        without : str, optional
            A printed defined number to leave out, usually `name` itself, to see what the others
            say of it.
        """
        targets = {n: f for n, f in self._targets.items() if n != without}
        ends = self._range(name, targets)
        return (math.nan, math.nan) if ends is None else ends

    def _linearise(self, formula, centre: dict, *, over_box: bool):
        """Return value, slopes per name of the base, and the remainder's bound."""
        key = formula.text, tuple(self._box[name] for name in formula.names)
        if over_box and key in self._over_box:
            return self._over_box[key]
        position = {name: i for i, name in enumerate(self._base)}
        slopes = np.zeros(len(self._base))
        remainder = 0.0
        box = self._box if over_box else {n: (centre[n], centre[n]) for n in self._base}
        gradient = formula.gradient_over({n: box[n] for n in formula.names})
        for name, (low, high) in zip(formula.names, gradient, strict=True):
            slopes[position[name]] = (low + high) / 2
            if over_box:
                radius = (self._box[name][1] - self._box[name][0]) / 2
                remainder += (high - low) / 2 * radius
        answer = formula.at(centre), slopes, remainder
        if over_box:
            self._over_box[key] = answer
        return answer

    def _constraints(self, targets: Mapping, centre: dict, *, over_box: bool):
        """Rows of A d - b s <= h for d in radii from `centre` and the scale s."""
        radii = self._radii()
        rows, right = [], []
        for name, formula in targets.items():
            number = self._numbers[name]
            value, slopes, remainder = self._linearise(formula, centre, over_box=over_box)
            slack = remainder * (1 + 1e-9) + 1e-13 * max(1.0, abs(value))
            for sign, end in ((1.0, number.upper), (-1.0, number.lower)):
                if math.isfinite(end):
                    half = (number.upper - number.lower) / 2
                    half = half if math.isfinite(half) else 0.0
                    nominal_end = end - sign * half
                    unit = half or abs(end) * 1e-3 or 1.0
                    row = np.append(sign * slopes * radii, -half) / unit
                    limit = (sign * (nominal_end - value) + slack) / unit
                    # a formula that is unbounded over the box rules nothing out
                    if np.isfinite(row).all() and math.isfinite(limit):
                        rows.append(row)
                        right.append(limit)
        return rows, right

    def _radii(self) -> np.ndarray:
        return np.array([(self._box[n][1] - self._box[n][0]) / 2 for n in self._base])

    def _centre(self) -> dict:
        return {n: (low + high) / 2 for n, (low, high) in self._box.items()}

    def _bound_by_scale(self, rows: list, right: list) -> None:
        """Append that no printed number lies farther from its centre than the scale, in radii."""
        for i, name in enumerate(self._base):
            if name in self._numbers:
                for sign in (1.0, -1.0):
                    row = np.zeros(len(self._base) + 1)
                    row[i], row[-1] = sign, -1.0
                    rows.append(row)
                    right.append(0.0)

    def _smallest_scale(self, targets: Mapping) -> float:
        rows, right = self._constraints(targets, self._centre(), over_box=True)
        self._bound_by_scale(rows, right)
        result = _linear_program(rows, right, len(self._base))
        return math.inf if result.infeasible else result.smallest

    def _search(self, targets: Mapping) -> tuple[float, dict]:
        """Successive linear programs for a point with small scale."""
        centre, radii = self._centre(), self._radii()
        point = dict(centre)
        best, best_point = math.inf, dict(point)
        for _ in range(8):
            rows, right = self._constraints(targets, point, over_box=False)
            shift = np.array(
                [
                    0.0 if r == 0 else (point[n] - centre[n]) / r
                    for n, r in zip(self._base, radii, strict=True)
                ]
            )
            right = [h + row[:-1] @ shift for row, h in zip(rows, right, strict=True)]
            self._bound_by_scale(rows, right)
            result = _linear_program(rows, right, len(self._base))
            if result.solution is None:
                break
            point = {
                n: float(centre[n] + r * d)
                for n, r, d in zip(self._base, radii, result.solution, strict=True)
            }
            scale = self._scale_at(point, targets)
            if scale < best - 1e-9:
                best, best_point = scale, point
            else:
                break
            if best <= 1:
                break
        solution = best_point | {n: f.at(best_point) for n, f in self._formulas.items()}
        return best, solution

    def _scale_at(self, point: Mapping[str, float], targets: Mapping) -> float:
        scales = [0.0]
        values = {n: point[n] for n in self._base if n in self._numbers}
        values |= {n: f.at(point) for n, f in targets.items()}
        for name, value in values.items():
            number = self._numbers[name]
            half = (number.upper - number.lower) / 2
            if math.isfinite(half) and half > 0 and math.isfinite(value):
                middle = (number.upper + number.lower) / 2
                scales.append(abs(value - middle) / half)
            elif not number.lower <= value <= number.upper:
                scales.append(math.inf)
        return max(scales)

    def _range(self, name: str, targets: Mapping) -> tuple[float, float] | None:
        rows, right = self._constraints(targets, self._centre(), over_box=True)
        matrix = np.array(rows).reshape(len(rows), len(self._base) + 1)
        limits = [(-1.0, 1.0)] * len(self._base) + [(1.0, 1.0)]
        if name in self._formulas:
            value, slopes, remainder = self._linearise(
                self._formulas[name], self._centre(), over_box=True
            )
        else:
            value, remainder = self._centre()[name], 0.0
            slopes = np.array([float(n == name) for n in self._base])
        goal = np.append(slopes * self._radii(), 0.0)
        if not (np.isfinite(goal).all() and math.isfinite(value + remainder)):
            return -math.inf, math.inf
        scale = np.abs(goal).max() or 1.0
        ends = []
        for sign in (1.0, -1.0):
            result = linprog(
                sign * goal / scale,
                A_ub=matrix if len(rows) else None,
                b_ub=right if len(rows) else None,
                bounds=limits,
                method="highs",
            )
            if result.status == _INFEASIBLE:
                return None
            solved = result.status == _OPTIMAL
            ends.append(sign * (result.fun * scale if solved else -math.inf))
        margin = remainder + 1e-7 * scale
        return float(value + ends[0] - margin), float(value + ends[1] + margin)

    def _tighten(self) -> bool:
        """Narrow the bounds of the free numbers; False when nothing is left."""
        for _ in range(12):
            before = dict(self._box)
            for name in self._free:
                ends = self._range(name, self._targets)
                if ends is None:
                    return False
                low, high = self._box[name]
                self._box[name] = (max(low, ends[0]), min(high, ends[1]))
                if self._box[name][0] > self._box[name][1]:
                    return False
                for from_below in (True, False):
                    self._shave(name, from_below=from_below)
            if all(_width(self._box[n]) > 0.9 * _width(before[n]) for n in self._free):
                break
        return True

    def _shave(self, name: str, *, from_below: bool) -> None:
        """Cut slices off one end of a free number's bounds for which the system is impossible."""
        share = 0.5
        while share > 1 / 64:
            low, high = self._box[name]
            if low == high:
                return
            cut = low + share * (high - low) if from_below else high - share * (high - low)
            self._box[name] = (low, cut) if from_below else (cut, high)
            impossible = self._range(name, self._targets) is None
            self._box[name] = (low, high)
            if impossible:
                self._box[name] = (cut, high) if from_below else (low, cut)
            else:
                share /= 2


def check_system(
    definitions: Mapping[str, str],
    printed: Mapping[str, Printed],
    *,
    location: str,
    relation: str = "",
    free: Mapping[str, tuple[float, float]] | None = None,
    note: str = "",
) -> Finding:
    """Check whether one set of unrounded numbers satisfies several relations at once.

    Parameters
    ----------
    definitions, printed, free
        As for `System`.
    location : str
        Where the numbers stand.
    relation : str, optional
        What to call the system; its definitions when not given.
    note : str, optional
        Carried into the finding.

    Returns
    -------
    Finding
        Without recomputed bounds. The note gives the largest distance from a printed number, in
        half units of its last digit, or, of a contradiction, which numbers to leave out one at a
        time for the rest to hold.

    Examples
    --------
    >>> found = check_system(
    ...     {"ind": "a*b", "total": "ind + c"},
    ...     {"a": "0.52", "b": "0.71", "c": "0.21", "ind": "0.37", "total": "0.60"},
    ...     location="Table 2",
    ... )
    >>> found.verdict
    'inconsistent'
    """
    system = System(definitions, printed, free=free)
    answer = system.solve()
    if answer.verdict == CONSISTENT:
        method = "numeric optimisation"
        remark = f"one set of values holds all, at most {answer.half_units:.2f} half units away"
    elif answer.verdict == INCONSISTENT:
        method = "enclosure"
        spared = [
            n for n in definitions if n in printed and system.solve(without=n).verdict == CONSISTENT
        ]
        remark = (
            f"the rest holds without {' or without '.join(spared)}"
            if spared
            else "no single one of them explains the contradiction"
        )
    else:
        method, remark = "numeric optimisation", "neither a solution nor a proof that there is none"
    return Finding(
        location=location,
        relation=relation or "; ".join(f"{n} = {f}" for n, f in definitions.items()),
        printed=show_printed(printed),
        verdict=answer.verdict,
        method=method,
        note=join_notes(remark, note),
        cells=cells_of(printed),
    )


def finding_of_missing(
    location: str, relation: str, printed: Mapping[str, Printed | None], *, note: str = ""
) -> Finding | None:
    """Return the finding ``cannot be checked`` when a needed number is not printed, else None."""
    missing = ", ".join(name for name, number in printed.items() if number in (None, ""))
    if not missing:
        return None
    return Finding(
        location,
        relation,
        show_printed(printed),
        CANNOT_BE_CHECKED,
        note=join_notes(f"not printed: {missing}", note),
        cells=cells_of(printed),
    )


def finding_of_too_few(
    location: str,
    relation: str,
    printed: Mapping[str, Printed | None],
    least: Mapping[str, int],
    *,
    note: str = "",
) -> Finding | None:
    """Return the finding ``cannot be checked`` when a count is too small for the relation.

    `least` has, for some of the names in `printed`, the least count with which it is defined.
    """
    few = [
        f"{k} of {low} or more" for k, low in least.items() if as_printed(printed[k]).value < low
    ]
    if not few:
        return None
    return Finding(
        location,
        relation,
        show_printed(printed),
        CANNOT_BE_CHECKED,
        note=join_notes(f"the relation is defined for {' and '.join(few)}", note),
        cells=cells_of(printed),
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
    """Return the finding ``inconsistent`` for a number outside its natural bounds, else None.

    `printed` has the numbers that are shown beside it, itself among them; it alone when not given.
    """
    printed = printed or {name: number}
    if overlap(low, high, as_printed(number)):
        return None
    return Finding(
        location,
        f"{name} from {low:g} to {high:g}",
        show_printed(printed),
        INCONSISTENT,
        recomputed_lower=low,
        recomputed_upper=high,
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

    Every digit replaced by each other digit, every two neighbouring unlike digits swapped, and the
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
    return possible if verdict == INCONSISTENT else ""


def _slip(target: str, formula, printed: Mapping[str, Printed]) -> str:
    """Name the slips of the pen with which the relation holds, if there are few."""
    changes = []
    for name in (target, *formula.names):
        number = as_printed(printed[name])
        if number.relation == "=" and not isinstance(printed[name], int):
            changes += [
                (dict(printed) | {name: text}, f"{name} {text}, not {number.text}")
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


def _expand(formula: str, definitions: Mapping[str, str]) -> str:
    for _ in range(len(definitions) + 1):
        expanded = re.sub(
            r"[A-Za-z_]\w*",
            lambda word: f"({definitions[word[0]]})" if word[0] in definitions else word[0],
            formula,
        )
        if expanded == formula:
            return formula
        formula = expanded
    raise InputError(f"definitions of {formula!r} go round in a circle")


def _width(interval: tuple[float, float]) -> float:
    return interval[1] - interval[0]


@dataclass(frozen=True)
class _Program:
    """What is known of a linear program; `infeasible` only where the solver says so."""

    infeasible: bool
    smallest: float
    solution: np.ndarray | None


def _linear_program(rows: list, right: list, n: int) -> _Program:
    """Minimise the last variable, which is 0 or more, the others within -1 and 1."""
    goal = np.zeros(n + 1)
    goal[-1] = 1.0
    result = linprog(
        goal,
        A_ub=np.array(rows) if rows else None,
        b_ub=right if rows else None,
        bounds=[(-1.0, 1.0)] * n + [(0.0, None)],
        method="highs",
    )
    if result.status == _OPTIMAL:
        return _Program(False, float(result.x[-1]), result.x[:-1])
    return _Program(result.status == _INFEASIBLE, 0.0, None)
