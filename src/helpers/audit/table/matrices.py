"""Correlations: in a triangle, or one a row with N and p."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np
from scipy.stats import norm

from helpers.audit.correlations import bound_smallest_eigenvalue
from helpers.audit.findings import Finding
from helpers.audit.table.coefficients import magnitude, t_tail
from helpers.audit.table.judge import Hypothesis, Intervals, Outcome, compare, count_of, judge
from helpers.audit.table.parts import Row, Table
from helpers.audit.table.settings import Settings
from helpers.audit.table.values import Value, exact_value

__all__ = ["check_correlations", "p_of_r"]

_MOST_VARIABLES = 40
_MOST_SIZES = 1000
"""How many sizes of a subsample are tried."""
_NOT_OF_ONE_SAMPLE = "the correlations are of different cases (pairwise deletion) or not Pearson's"


def p_of_r(r: float, n: float, tails: int = 2) -> float:
    """Return the p of a Pearson correlation of `n` pairs.

    Examples
    --------
    >>> round(p_of_r(0.158, 213), 3)
    0.021
    """
    if abs(r) >= 1:
        return 0.0
    return tails * t_tail(abs(r) * math.sqrt((n - 2) / (1 - r * r)), n - 2)


def check_correlations(table: Table, settings: Settings) -> Iterator[Finding]:
    """Check all correlations of a table."""
    for row in table.rows:
        if "r" in row.values:
            yield from _check_one(row, row.values, settings)
    if table.matrix is None:
        return
    sides = {"": table.matrix.lower, "above the diagonal": table.matrix.upper}
    if not table.matrix.lower:
        sides = {"": table.matrix.upper}
    for where, side in sides.items():
        if not side or any(abs(v.value) > 1.5 for v in side.values()):
            continue
        starred = any(v.stars for v in side.values())
        for (i, j), r in side.items():
            names = table.matrix.names
            row = Row(table.name, f"{names[i]} with {names[j]}", where, "", {"r": r})
            yield from _check_one(row, {"r": r}, settings, starred=starred)
        if len(table.matrix.names) <= _MOST_VARIABLES:
            yield from _check_definite(table, where, side, settings)


def _check_one(
    row: Row, values: dict[str, Value], settings: Settings, *, starred: bool = False
) -> Iterator[Finding]:
    r = values["r"]
    yield judge(
        row, "-1 <= r <= 1", {"r": r}, [Hypothesis("", lambda e: compare(e["r"], -1.0, 1.0))],
        settings,
    )  # fmt: skip
    n = count_of(row, "n", settings)
    if n is None and "df" in values:
        n = exact_value(values["df"].value + 2)
    if n is None or n.value < 3:
        return
    ranked = ("it is not Pearson's r of two variables",) if settings.ranked else ()
    own_n = "n" in values or "df" in values
    tails = settings.tails or int(row.stated.get("tails", 2))
    if "p" in values and values["p"].raw != "ns":
        hypotheses = [Hypothesis("", _p_test(n.value, tails, _of_p))]
        if settings.tails is None and "tails" not in row.stated:
            hypotheses.append(Hypothesis("p is one-tailed", _p_test(n.value, 1, _of_p)))
        hypotheses += [] if own_n else _fewer(n.value, tails, r, _of_p, values, settings)
        if settings.adjusted:
            hypotheses.append(
                Hypothesis("p is adjusted for several tests", _p_test(n.value, tails, _not_below))
            )
        yield judge(row, "p of r", {"p": values["p"], "r": r, "n": n}, hypotheses, settings,
                    escapes=ranked)  # fmt: skip
    of_one_sample = own_n and "k" not in values and not row.bootstrap
    if {"ci_lower", "ci_upper"} <= values.keys() and of_one_sample and n.value > 3:
        yield _check_limits(row, values, n, settings)
    if r.stars:
        levels = settings.star_levels
        top = levels.get(r.stars)
        if top is None:
            return
        mark = "*" * r.stars
        shown = Value(mark, exact_value(r.stars).number, exact=True)

        def below(ends: Intervals, low: float, high: float) -> Outcome:
            return Outcome(low < top, low, high)

        used = {"stars": shown, "r": r, "n": n}
        hypotheses = [Hypothesis("", _p_test(n.value, tails, below))]
        if settings.tails is None:
            hypotheses.append(Hypothesis("p is one-tailed", _p_test(n.value, 1, below)))
        usual = () if settings.stars else (f"{mark} stands for another level than p < {top:g}",)
        yield judge(row, f"{mark} for p < {top:g}", used, hypotheses, settings,
                    escapes=usual + ranked)  # fmt: skip


def _check_limits(row: Row, values: dict[str, Value], n: Value, settings: Settings) -> Finding:
    """Check the limits of a correlation against those by Fisher's z, whose SE is 1 / √(n − 3)."""
    own = settings.level or row.stated.get("level", 0.95)

    def of(level: float) -> Callable[[Intervals], Outcome]:
        half = norm.isf((1 - level) / 2) / math.sqrt(n.value - 3)

        def test(ends: Intervals) -> Outcome:
            low, high = (math.atanh(min(max(end, -1 + 1e-15), 1 - 1e-15)) for end in ends["r"])
            below = compare(ends["ci_lower"], math.tanh(low - half), math.tanh(high - half))
            above = compare(ends["ci_upper"], math.tanh(low + half), math.tanh(high + half))
            return above if below.holds else below

        return test

    hypotheses = [Hypothesis("", of(own))]
    hypotheses += [
        Hypothesis(f"the interval is one of {100 * level:g}%", of(level))
        for level in (0.9, 0.95, 0.99)
        if level != own
    ]
    used = {role: values[role] for role in ("ci_lower", "ci_upper", "r")} | {"n": n}
    return judge(row, "limits of r by Fisher's z", used, hypotheses, settings,
                 escapes=("the interval is not Fisher's",))  # fmt: skip


def _of_p(ends: Intervals, low: float, high: float) -> Outcome:
    return compare((max(ends["p"][0], 0.0), min(ends["p"][1], 1.0)), low, high)


def _not_below(ends: Intervals, low: float, high: float) -> Outcome:
    return compare((ends["p"][0], min(ends["p"][1], 1.0)), low, 1.0)


def _p_test(
    n: float, tails: int, compare_p: Callable[[Intervals, float, float], Outcome]
) -> Callable[[Intervals], Outcome]:
    def test(ends: Intervals) -> Outcome:
        low, high = magnitude(ends["r"])
        return compare_p(ends, p_of_r(min(high, 1.0), n, tails), p_of_r(min(low, 1.0), n, tails))

    return test


def _fewer(
    n: float, tails: int, r: Value, compare_p: Callable, values: dict, settings: Settings
) -> list[Hypothesis]:
    """Return the reading that only some of the cases have both variables."""
    ends = {"r": r.ends(settings.rounding), "p": values["p"].ends(settings.rounding)}
    tried = np.unique(np.geomspace(3, max(n - 1, 3), _MOST_SIZES).astype(int))
    sizes = range(3, int(n)) if n <= _MOST_SIZES else tried.tolist()
    fits = [m for m in sizes if _p_test(m, tails, compare_p)(ends).holds]
    if not fits:
        return []
    shown = f"{fits[0]}" if len(fits) == 1 else f"{fits[0]} to {fits[-1]}"
    return [Hypothesis(f"{shown} cases entered", _p_test(fits[-1], tails, compare_p))]


def _check_definite(table: Table, where: str, side: dict, settings: Settings) -> Iterator[Finding]:
    names = table.matrix.names
    complete = [
        k for k in range(len(names))
        if sum(k in pair for pair in side) > 0
    ]  # fmt: skip
    pairs = {frozenset(pair): value for pair, value in side.items()}
    while len(complete) > 2:
        lacking = {
            i: sum(frozenset((i, j)) not in pairs for j in complete if j != i) for i in complete
        }
        worst = max(lacking, key=lambda i: (lacking[i], i))
        if not lacking[worst]:
            break
        complete.remove(worst)
    if len(complete) < 3:
        return
    if len(set(names)) < len(names):
        names = tuple(str(k) for k in range(1, len(names) + 1))
    used = {
        f"r({names[i]}, {names[j]})": pairs[frozenset((i, j))]
        for a, i in enumerate(complete)
        for j in complete[:a]
    }
    place = {(a, b): f"r({names[i]}, {names[j]})" for a, i in enumerate(complete)
             for b, j in enumerate(complete[:a])}  # fmt: skip

    def definite(ends: Intervals) -> Outcome:
        size = len(complete)
        lower, upper = np.eye(size), np.eye(size)
        for (a, b), name in place.items():
            low, high = max(ends[name][0], -1.0), min(ends[name][1], 1.0)
            if low > high:
                return Outcome(None)
            lower[a, b] = lower[b, a] = low
            upper[a, b] = upper[b, a] = high
        bounds = bound_smallest_eigenvalue(lower, upper)
        return Outcome(bounds.upper >= 0, bounds.lower, bounds.upper)

    row = Row(table.name, "all correlations", where, "", {})
    yield judge(
        row, "smallest eigenvalue of the correlations >= 0", used, [Hypothesis("", definite)],
        settings, escapes=(_NOT_OF_ONE_SAMPLE,),
    )  # fmt: skip
