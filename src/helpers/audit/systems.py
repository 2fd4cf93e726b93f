"""Relations between printed numbers that one set of unrounded numbers must satisfy at once."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linprog

from helpers.audit.findings import (
    CONSISTENT,
    IMPOSSIBLE,
    NOT_DECIDED,
    Finding,
    audit_check,
)
from helpers.audit.relations import Printed, join_notes, show_printed
from helpers.errors import InputError
from helpers.printed.cells import cells_of
from helpers.printed.rounding import as_printed, parse_formula

__all__ = [
    "System",
    "SystemAnswer",
    "check_system",
    "solve_system",
]

_PROOF_MARGIN = 1e-6
_OPTIMAL, _INFEASIBLE = 0, 2
"""Of the states in which scipy's `linprog` ends, the two that prove something."""


@dataclass(frozen=True)
class SystemAnswer:
    """Whether a system of relations has a solution inside the printed intervals.

    Attributes
    ----------
    verdict : str
        ``"consistent"`` (a solution was found and checked), ``"impossible"`` (proved to have
        none) or ``"not decided"`` (neither).
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
            return SystemAnswer(IMPOSSIBLE, math.inf, {})
        half_units, solution = self._search(targets)
        if half_units <= 1 + 1e-9:
            return SystemAnswer(CONSISTENT, half_units, solution)
        proved = self._smallest_scale(targets)
        if proved > 1 + _PROOF_MARGIN:
            return SystemAnswer(IMPOSSIBLE, proved, {})
        return SystemAnswer(NOT_DECIDED, proved, {})

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

    def _linearise(self, formula, center: dict, *, over_box: bool):
        """Return value, slopes per name of the base, and the remainder's bound."""
        key = formula.text, tuple(self._box[name] for name in formula.names)
        if over_box and key in self._over_box:
            return self._over_box[key]
        position = {name: i for i, name in enumerate(self._base)}
        slopes = np.zeros(len(self._base))
        remainder = 0.0
        box = self._box if over_box else {n: (center[n], center[n]) for n in self._base}
        gradient = formula.gradient_over({n: box[n] for n in formula.names})
        for name, (low, high) in zip(formula.names, gradient, strict=True):
            slopes[position[name]] = (low + high) / 2
            if over_box:
                radius = (self._box[name][1] - self._box[name][0]) / 2
                remainder += (high - low) / 2 * radius
        answer = formula.at(center), slopes, remainder
        if over_box:
            self._over_box[key] = answer
        return answer

    def _constraints(self, targets: Mapping, center: dict, *, over_box: bool):
        """Rows of A d - b s <= h for d in radii from `center` and the scale s."""
        radii = self._radii()
        rows, right = [], []
        for name, formula in targets.items():
            number = self._numbers[name]
            value, slopes, remainder = self._linearise(formula, center, over_box=over_box)
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

    def _center(self) -> dict:
        return {n: (low + high) / 2 for n, (low, high) in self._box.items()}

    def _bound_by_scale(self, rows: list, right: list) -> None:
        """Append that no printed number lies farther from its center than the scale, in radii."""
        for i, name in enumerate(self._base):
            if name in self._numbers:
                for sign in (1.0, -1.0):
                    row = np.zeros(len(self._base) + 1)
                    row[i], row[-1] = sign, -1.0
                    rows.append(row)
                    right.append(0.0)

    def _smallest_scale(self, targets: Mapping) -> float:
        rows, right = self._constraints(targets, self._center(), over_box=True)
        self._bound_by_scale(rows, right)
        result = _linear_program(rows, right, len(self._base))
        return math.inf if result.infeasible else result.smallest

    def _search(self, targets: Mapping) -> tuple[float, dict]:
        """Successive linear programs for a point with small scale."""
        center, radii = self._center(), self._radii()
        point = dict(center)
        best, best_point = math.inf, dict(point)
        for _ in range(8):
            rows, right = self._constraints(targets, point, over_box=False)
            shift = np.array(
                [
                    0.0 if r == 0 else (point[n] - center[n]) / r
                    for n, r in zip(self._base, radii, strict=True)
                ]
            )
            right = [h + row[:-1] @ shift for row, h in zip(rows, right, strict=True)]
            self._bound_by_scale(rows, right)
            result = _linear_program(rows, right, len(self._base))
            if result.solution is None:
                break
            point = {
                n: float(center[n] + r * d)
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
        rows, right = self._constraints(targets, self._center(), over_box=True)
        matrix = np.array(rows).reshape(len(rows), len(self._base) + 1)
        limits = [(-1.0, 1.0)] * len(self._base) + [(1.0, 1.0)]
        if name in self._formulas:
            value, slopes, remainder = self._linearise(
                self._formulas[name], self._center(), over_box=True
            )
        else:
            value, remainder = self._center()[name], 0.0
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


def solve_system(
    definitions: Mapping[str, str],
    printed: Mapping[str, Printed],
    *,
    location: str,
    relation: str = "",
    free: Mapping[str, tuple[float, float]] | None = None,
    note: str = "",
) -> Finding:
    """Ask whether one set of unrounded numbers satisfies several relations at once.

    Parameters
    ----------
    definitions, printed, free
        As for `System`.
    location : str
        Where the numbers stand.
    relation : str, optional
        What to call the system; its definitions when not given.
    note : str, optional
        Recorded in the finding.

    Returns
    -------
    Finding
        Without recomputed bounds. The note gives the largest distance from a printed number, in
        half units of its last digit, or, of a contradiction, which numbers to leave out one at a
        time for the rest to hold.

    Examples
    --------
    >>> found = solve_system(
    ...     {"ind": "a*b", "total": "ind + c"},
    ...     {"a": "0.52", "b": "0.71", "c": "0.21", "ind": "0.37", "total": "0.60"},
    ...     location="Table 2",
    ... )
    >>> found.verdict
    'impossible'
    """
    system = System(definitions, printed, free=free)
    answer = system.solve()
    if answer.verdict == CONSISTENT:
        method = "numeric optimization"
        remark = f"one set of values holds all, at most {answer.half_units:.2f} half units away"
    elif answer.verdict == IMPOSSIBLE:
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
        method, remark = "numeric optimization", "neither a solution nor a proof that there is none"
    return Finding(
        location=location,
        relation=relation or "; ".join(f"{n} = {f}" for n, f in definitions.items()),
        printed=show_printed(printed),
        verdict=answer.verdict,
        method=method,
        note=join_notes(remark, note),
        cells=cells_of(printed),
    )


@audit_check("all of these numbers at once")
def check_system(
    definitions: Mapping[str, str],
    printed: Mapping[str, Printed],
    *,
    location: str,
    **options: object,
) -> Finding:
    """Check several relations at once; parameters as of `solve_system`."""
    return solve_system(definitions, printed, location=location, **options)


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
    """Minimize the last variable, which is 0 or more, the others within -1 and 1."""
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
