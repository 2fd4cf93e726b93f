"""Rows of coefficients: b / SE, p, confidence interval and stars, one against the other."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import special

from helpers.audit.findings import Finding
from helpers.audit.table.adjustment import explain_adjusted
from helpers.audit.table.judge import (
    CONSISTENT,
    NAMES,
    Hypothesis,
    Intervals,
    Outcome,
    compare,
    judge,
)
from helpers.audit.table.parts import Row
from helpers.audit.table.settings import Settings
from helpers.audit.table.values import Value, exact_value

__all__ = ["check_coefficients", "magnitude", "p_range", "ratio_range", "t_tail", "wald_holds"]

_ESTIMATES = ("b", "beta", "ab", "c_prime", "c")
_STATISTICS = ("t", "z", "stat", "wald")
_LEVELS = (0.9, 0.99, 0.95, 0.8, 0.98, 0.999)
_BEYOND = np.geomspace(200, 1e6, 80).round()
_DF = np.concatenate(
    [
        np.repeat(np.arange(1, 201.0), 2).reshape(-1, 2),
        np.column_stack([_BEYOND[:-1], _BEYOND[1:]]),
        [[np.inf, np.inf]],
    ]
)
"""Degrees of freedom that are tried where none are printed, from and to; the last stand for z."""


def magnitude(interval: tuple[float, float]) -> tuple[float, float]:
    """Return the interval of the absolute values."""
    low, high = interval
    if low <= 0 <= high:
        return 0.0, max(-low, high)
    return min(abs(low), abs(high)), max(abs(low), abs(high))


def ratio_range(over: tuple[float, float], under: tuple[float, float]) -> tuple[float, float]:
    """Return the range of a quotient whose divisor is positive, though it may print as 0.

    Examples
    --------
    >>> ratio_range((0.025, 0.035), (-0.005, 0.005))
    (5.0, inf)
    """
    low, high = max(under[0], 0.0), under[1]
    if high <= 0:
        return math.nan, math.nan

    def quotient(x: float, y: float) -> float:
        if y == 0:
            return math.copysign(math.inf, x) if x else 0.0
        return x / y

    least = quotient(over[0], high if over[0] >= 0 else low)
    most = quotient(over[1], low if over[1] >= 0 else high)
    return least, most


def p_range(
    statistic: tuple[float, float], df: tuple[float, float] | None, *, tails: int = 2
) -> tuple[float, float]:
    """Return the range of p over the sizes of a statistic; of z where there are no df.

    Examples
    --------
    >>> low, high = p_range((1.975, 1.985), (77, 77))
    >>> round(low, 4), round(high, 4)
    (0.0507, 0.0518)
    """
    low, high = magnitude(statistic)
    few, many = df if df is not None else (math.inf, math.inf)
    return tails * t_tail(high, many), tails * t_tail(low, few)


def t_tail(size: float, df: float) -> float:
    """Return the probability above `size` of t, or of z for infinite df."""
    if math.isinf(size):
        return 0.0
    return float(special.ndtr(-size) if math.isinf(df) else special.stdtr(max(df, 1e-9), -size))


def t_quantile(tail: float, df: float) -> float:
    """Return the size above which t, or z for infinite df, has the probability `tail`."""
    return -float(special.ndtri(tail) if math.isinf(df) else special.stdtrit(max(df, 1e-9), tail))


def wald_holds(
    estimate: tuple[float, float],
    half: tuple[float, float],
    lower: tuple[float, float],
    upper: tuple[float, float],
) -> bool:
    """Whether some estimate m and half width h give both m - h and m + h.

    For a fixed m the four conditions on h are intervals; that they meet is linear in m.
    """
    least = max(estimate[0], half[0] + lower[0], upper[0] - half[1], (upper[0] + lower[0]) / 2)
    most = min(estimate[1], upper[1] - half[0], half[1] + lower[1], (upper[1] + lower[1]) / 2)
    slack = 1e-11 * max(1.0, abs(least), abs(most))
    return half[0] <= half[1] and least <= most + slack


def check_coefficients(rows: Sequence[Row], settings: Settings) -> Iterator[Finding]:
    """Check all rows of a table; degrees of freedom that are not printed are one for a panel."""
    most_stars = max((v.stars or 0 for row in rows for v in row.values.values()), default=0)
    for panel in dict.fromkeys((row.panel, row.group) for row in rows):
        members = [row for row in rows if (row.panel, row.group) == panel]
        tests = [test for row in members for test in _tests_of_row(row, settings)]
        common = _common_df(tests, settings)
        adjustment = _adjustment_of(tests, common, settings)
        for test in tests:
            yield test.judge(common, settings, adjustment)
        for row in members:
            yield from _check_ratio(row, settings)
            if most_stars:
                yield from _check_stars(row, settings, common, most_stars=most_stars)


@dataclass(frozen=True)
class _Test:
    """A check that rests on degrees of freedom, known or not.

    `holds` says for intervals, df, tails and level whether the relation holds; `bounds` gives what
    is left to the checked number.
    """

    row: Row
    check: str
    values: dict[str, Value]
    outcome: Callable[[Intervals, tuple[float, float] | None, int, float], Outcome]
    df: Value | None
    kind: str
    level: float
    tails: int
    uses_tails: bool
    uses_level: bool
    escapes: tuple[str, ...] = ()

    def fits(self, settings: Settings, rounding: str, *, tails: int | None = None) -> np.ndarray:
        """Say for each of the degrees of freedom tried whether the relation holds."""
        ends = {role: v.ends(rounding) for role, v in self.values.items()}
        return np.array(
            [
                bool(self.outcome(ends, (low, high), tails or self.tails, self.level).holds)
                for low, high in _allowed_df(self.row, settings)
            ]
        )

    def degrees(
        self, common: tuple[float, float] | None, rounding: str
    ) -> tuple[float, float] | None:
        """Return the degrees of freedom, `common` where the row has none; None for z."""
        if self.kind == "z":
            return None
        return common if self.df is None else self.df.ends(rounding)

    def judge(
        self,
        common: tuple[float, float] | None,
        settings: Settings,
        adjustment: str = "",
    ) -> Finding:
        """Return the finding, with `common` df where the row has none of its own.

        `adjustment` is the reading that explains every p of the panel, if there is one.
        """
        df = self.df
        values = dict(self.values)
        main = self.degrees(common, settings.rounding)
        if self.kind != "z" and df is not None:
            values["df"] = df

        def of(df_: tuple[float, float] | None, tails: int, level: float) -> Callable:
            return lambda ends: self.outcome(ends, df_, tails, level)

        hypotheses = [Hypothesis("", of(main, self.tails, self.level))]
        if self.kind == "" and main is not None:
            hypotheses.append(
                Hypothesis("it rests on z in place of t", of(None, self.tails, self.level))
            )
        if self.kind == "" and df is None:
            allowed = _allowed_df(self.row, settings)
            inside = allowed[:-1][self.fits(settings, settings.rounding)[:-1]]
            if not len(inside) and settings.rounding == "any":
                inside = allowed[:-1][self.fits(settings, "loose")[:-1]]
            if len(inside):
                ends = inside[0][0], inside[-1][1]
                name = f"the df are {_range_words(*ends)}"
                hypotheses.append(Hypothesis(name, of(ends, self.tails, self.level)))
        if self.uses_tails and settings.tails is None and "tails" not in self.row.stated:
            hypotheses += [
                Hypothesis("p is one-tailed", of(each, 1, self.level)) for each in {main, None}
            ]
            if self.kind == "" and df is None:
                allowed = _allowed_df(self.row, settings)
                inside = allowed[:-1][self.fits(settings, settings.rounding, tails=1)[:-1]]
                if len(inside):
                    ends = inside[0][0], inside[-1][1]
                    name = f"p is one-tailed and the df are {_range_words(*ends)}"
                    hypotheses.append(Hypothesis(name, of(ends, 1, self.level)))
        if self.uses_tails and adjustment:
            hypotheses.append(Hypothesis(adjustment, lambda ends: Outcome(True)))
        elif self.uses_tails and settings.adjusted:

            def not_below(ends: Intervals) -> Outcome:
                least = self.outcome(ends, main, self.tails, self.level).lower
                return compare(_unit(ends["p"]), least, 1.0)

            hypotheses.append(Hypothesis("p is adjusted for several tests", not_below))
        if self.uses_tails and settings.tails is None and self.tails == 1:
            hypotheses.append(Hypothesis("p is two-tailed", of(main, 2, self.level)))
        if self.uses_level:
            hypotheses += [
                Hypothesis(f"the interval is one of {100 * level:g}%", of(each, self.tails, level))
                for level in _LEVELS
                if level != self.level
                for each in ({main, None} if self.kind == "" else {main})
            ]
        finding = judge(self.row, self.check, values, hypotheses, settings, escapes=self.escapes)
        known = df is not None or self.kind == "z"
        if finding.verdict == CONSISTENT and not known and main is not None:
            finding = replace(finding, reading=f"df of {_range_words(*main)}")
        return finding


def _allowed_df(row: Row, settings: Settings) -> np.ndarray:
    n = row.values["n"].value if "n" in row.values else settings.n
    if n is None:
        return _DF
    z = np.isinf(_DF[:, 0])
    below = _DF[(n > _DF[:, 0]) | z]
    return np.where(np.isinf(below), below, np.minimum(below, n - 1))


def _common_df(tests: Sequence[_Test], settings: Settings) -> tuple[float, float] | None:
    """Return the df that suit most of the tests that lack them; None where z suits as many."""
    open_tests = [test for test in tests if test.df is None and test.kind == ""]
    if not open_tests:
        return None
    counts: Counter[tuple[float, float]] = Counter()
    for test in open_tests:
        fits = test.fits(settings, settings.rounding)
        counts.update(map(tuple, _allowed_df(test.row, settings)[fits].tolist()))
    if not counts or counts[math.inf, math.inf] == max(counts.values()):
        return None
    best = [df for df, count in counts.items() if count == max(counts.values())]
    return min(low for low, _ in best), max(high for _, high in best)


def _adjustment_of(
    tests: Sequence[_Test], common: tuple[float, float] | None, settings: Settings
) -> str:
    """Say which adjustment for several tests explains every p of a panel; empty where none does."""
    of_p = [test for test in tests if test.uses_tails and "p" in test.values]
    implied, printed = [], []
    for test in of_p:
        ends = {role: v.ends(settings.rounding) for role, v in test.values.items()}
        df = test.degrees(common, settings.rounding)
        outcome = test.outcome(ends, df, test.tails, test.level)
        implied.append((outcome.lower, outcome.upper))
        printed.append(_unit(ends["p"]))
    return explain_adjusted(implied, printed, [not _is_constant(test.row) for test in of_p])


def _is_constant(row: Row) -> bool:
    return bool(re.match(r"(?i)\W*(intercept|constant|cons|_cons)\b", row.name))


def _range_words(low: float, high: float) -> str:
    if high >= _DF[-2, 1]:
        return f"{low:g} or more"
    return f"{low:g}" if low == high else f"{low:g} to {high:g}"


def _df_of(row: Row, settings: Settings) -> Value | None:
    if "df" in row.values:
        return row.values["df"]
    if "df2" in row.values and row.values.get("df1", exact_value(1)).value == 1:
        return row.values["df2"]
    return exact_value(settings.df) if settings.df is not None else None


def _se_role(row: Row) -> str:
    return next((role for role in ("se", "boot_se") if role in row.values), "")


def _estimate_role(row: Row) -> str:
    return next((role for role in _ESTIMATES if role in row.values), "")


def _tests_of_row(row: Row, settings: Settings) -> Iterator[_Test]:
    values = row.values
    se, estimate = _se_role(row), _estimate_role(row)
    statistic = next((role for role in _STATISTICS if role in values), "")
    of_z = bool({"z", "wald"} & values.keys())
    df = None if of_z else _df_of(row, settings)  # the df of a Wald χ² are not those of a t
    level = settings.level or row.stated.get("level", 0.95)
    tails = settings.tails or int(row.stated.get("tails", 2))
    shared = {"df": df, "level": level, "tails": tails}
    if "p" in values and statistic and values["p"].raw != "ns":
        kind = "z" if of_z else ""

        def p_of_statistic(ends: Intervals, df: object, tails: int, level: float) -> Outcome:
            size = ends[statistic]
            if statistic == "wald":
                size = tuple(math.sqrt(max(end, 0.0)) for end in size)
            return compare(_unit(ends["p"]), *p_range(size, df, tails=tails))

        yield _Test(
            row, f"p of {NAMES.get(statistic, statistic)}",
            {"p": values["p"], statistic: values[statistic]}, p_of_statistic,
            kind=kind, uses_tails=True, uses_level=False, **shared,
        )  # fmt: skip
    elif "p" in values and se and estimate and values["p"].raw != "ns":

        def p_of_ratio(ends: Intervals, df: object, tails: int, level: float) -> Outcome:
            ratio = ratio_range(magnitude(ends[estimate]), ends[se])
            if math.isnan(ratio[0]):
                return Outcome(False)
            return compare(_unit(ends["p"]), *p_range(ratio, df, tails=tails))

        boot = ("p does not rest on the bootstrap SE",) if se == "boot_se" else ()
        yield _Test(
            row, f"p of {NAMES.get(estimate, estimate)} / {NAMES[se]}",
            {"p": values["p"], estimate: values[estimate], se: values[se]}, p_of_ratio,
            kind="", uses_tails=True, uses_level=False,
            escapes=boot + _other_scale(row, estimate, se), **shared,
        )  # fmt: skip
    if {"ci_lower", "ci_upper"} <= values.keys():
        yield from _interval_tests(row, settings, estimate, se, shared)


def _interval_tests(
    row: Row, settings: Settings, estimate: str, se: str, shared: dict
) -> Iterator[_Test]:
    values = row.values
    limits = {"ci_upper": values["ci_upper"], "ci_lower": values["ci_lower"]}

    def ordered(ends: Intervals, df: object, tails: int, level: float) -> Outcome:
        return compare(ends["ci_upper"], ends["ci_lower"][0], math.inf)

    yield _Test(
        row, "lower limit <= upper limit", limits, ordered, kind="z", uses_tails=False,
        uses_level=False, **shared,
    )  # fmt: skip
    odds = "or" in values and (not (estimate and se) or _is_about_ratio(values, estimate))
    center = "or" if odds else estimate
    # the sampling distribution of a product is skewed: its interval is seldom even about it
    resampled = row.bootstrap or (estimate == "ab" and not se)
    kind = settings.ci or ("percentile" if resampled else "")
    if not center or kind == "percentile":
        return
    not_wald = () if settings.ci else ("the interval is not estimate ∓ a quantile times SE",)
    if se == "boot_se" and not settings.ci:
        not_wald = ("the interval is one of percentiles",)
    unlike = ("the interval is that of the unstandardized coefficient",)
    unlike = unlike if center == "beta" and not se else ()

    def scale(end: tuple[float, float]) -> tuple[float, float]:
        if not odds:
            return end
        return tuple(math.log(x) if x > 0 else -math.inf for x in end)

    def quantiles(df: tuple[float, float] | None, level: float) -> tuple[float, float]:
        few, many = df if df is not None else (math.inf, math.inf)
        tail = (1 - level) / 2
        return t_quantile(tail, many), t_quantile(tail, few)

    def of_se(ends: Intervals, df: object, tails: int, level: float) -> Outcome:
        low_q, high_q = quantiles(df, level)
        low_se, high_se = max(ends[se][0], 0.0), ends[se][1]
        if high_se < 0:
            return Outcome(False)
        middle = ends[estimate] if odds else scale(ends[center])
        half = (low_q * low_se, high_q * high_se)
        holds = wald_holds(middle, half, scale(ends["ci_lower"]), scale(ends["ci_upper"]))
        return Outcome(holds, middle[0] + half[0], middle[1] + half[1])

    def symmetric(ends: Intervals, df: object, tails: int, level: float) -> Outcome:
        middle, low, high = (scale(ends[role]) for role in (center, "ci_lower", "ci_upper"))
        least, most = 2 * middle[0] - low[1], 2 * middle[1] - low[0]
        return compare(high, least, most)

    def p_of_interval(ends: Intervals, df: object, tails: int, level: float) -> Outcome:
        low_q, high_q = quantiles(df, level)
        middle, low, high = (scale(ends[role]) for role in (center, "ci_lower", "ci_upper"))
        if middle[0] == -math.inf or low[0] == -math.inf:
            return Outcome(None)
        half = (max((high[0] - low[1]) / 2, 0.0), (high[1] - low[0]) / 2)
        size = ratio_range(magnitude(middle), half)
        if math.isnan(size[0]):
            return Outcome(None)
        least = p_range((low_q * size[0], high_q * size[1]), df, tails=tails)
        return compare(_unit(ends["p"]), *least)

    of_center = {center: values[center]}
    name = NAMES.get(center, center)
    if se and estimate:
        name = NAMES.get(estimate, estimate)
        limit = "ln of the limits" if odds else "limits"
        yield _Test(
            row, f"{limit} = {name} ∓ quantile × {NAMES[se]}",
            limits | {estimate: values[estimate], se: values[se]}, of_se,
            kind="z" if kind == "z" or {"z", "wald"} & values.keys() else "",
            uses_tails=False, uses_level=True,
            escapes=not_wald + _other_scale(row, estimate, se), **shared,
        )  # fmt: skip
        return
    yield _Test(
        row, f"the limits lie evenly about {'ln ' if odds else ''}{name}", limits | of_center,
        symmetric, kind="z", uses_tails=False, uses_level=False, escapes=unlike + not_wald,
        **shared,
    )  # fmt: skip
    if "p" in values and values["p"].raw != "ns":
        yield _Test(
            row, "p of the interval", {"p": values["p"]} | of_center | limits, p_of_interval,
            kind="z" if kind == "z" or odds else "", uses_tails=True, uses_level=True,
            escapes=unlike
            + (() if settings.ci else ("interval and p come from different methods",)),
            **shared,
        )  # fmt: skip


def _is_about_ratio(values: dict[str, Value], estimate: str) -> bool:
    """Whether an interval holds the ratio of its row and not the coefficient."""
    low, high = values["ci_lower"].value, values["ci_upper"].value
    return low <= values["or"].value <= high and not low <= values[estimate].value <= high


def _other_scale(row: Row, estimate: str, se: str) -> tuple[str, ...]:
    """Return what may part a coefficient from the SE beside it."""
    if estimate == "beta" and se == "se" and "b" not in row.values:
        return ("the SE is that of the unstandardized coefficient",)
    return ()


def _unit(ends: tuple[float, float]) -> tuple[float, float]:
    return max(ends[0], 0.0), min(ends[1], 1.0)


def _check_ratio(row: Row, settings: Settings) -> Iterator[Finding]:
    values = row.values
    se, estimate = _se_role(row), _estimate_role(row)
    statistic = next((role for role in _STATISTICS if role in values), "")
    odds = "or" in values
    if not (se and statistic and (estimate or odds)):
        return
    center = estimate or "or"

    def of(role: str, transform: Callable[[float], float] | None = None) -> Callable:
        def test(ends: Intervals) -> Outcome:
            top = ends[role]
            if transform is not None:
                top = tuple(transform(end) if end > 0 else -math.inf for end in top)
            target = ends[statistic]
            if ends[se][1] <= 0:
                return Outcome(False, math.nan, math.nan)
            # a statistic without a sign may belong to a negative estimate
            if target[1] >= 0 or statistic == "wald":
                top, target = magnitude(top), magnitude(target)
            low, high = ratio_range(top, ends[se])
            if statistic == "wald":
                low, high = low * low, high * high  # which may be infinite
            return compare(target, low, high)

        return test

    hypotheses = [Hypothesis("", of(center, None if estimate else math.log))]
    used = {statistic: values[statistic], center: values[center], se: values[se]}
    if estimate == "b" and "beta" in values:
        hypotheses.append(Hypothesis("the SE is that of β", of("beta")))
        used["beta"] = values["beta"]
    if not estimate:
        hypotheses.append(
            Hypothesis("the SE is that of the ratio itself", _of_ratio(statistic, se))
        )
    name = NAMES.get(center, center)
    name = name if estimate else "ln OR"
    formula = f"({name} / {NAMES[se]})²" if statistic == "wald" else f"{name} / {NAMES[se]}"
    yield judge(
        row, f"{NAMES.get(statistic, statistic)} = {formula}", used, hypotheses, settings,
        escapes=_other_scale(row, estimate, se),
    )  # fmt: skip


def _of_ratio(statistic: str, se: str) -> Callable[[Intervals], Outcome]:
    """Return the test of z = ln OR / (SE of OR / OR), by the delta method."""

    def test(ends: Intervals) -> Outcome:
        low, high = ends["or"]
        if low <= 0 or ends[se][1] <= 0:
            return Outcome(None)
        # x ln x falls up to 1 / e and rises beyond
        products = [x * math.log(x) for x in (low, high)]
        products += [-1 / math.e] if low <= 1 / math.e <= high else []
        target = ends[statistic]
        top = min(products), max(products)
        if target[1] >= 0 or statistic == "wald":
            top, target = magnitude(top), magnitude(target)
        least, most = ratio_range(top, ends[se])
        if statistic == "wald":
            least, most = least * least, most * most
        return compare(target, least, most)

    return test


def _check_stars(
    row: Row, settings: Settings, common: tuple[float, float] | None, *, most_stars: int
) -> Iterator[Finding]:
    marked = [(role, v) for role, v in row.values.items() if v.stars is not None and role != "p"]
    stars = max((v.stars for _, v in marked), default=0)
    stars = max(stars, row.values["p"].stars or 0) if "p" in row.values else stars
    levels = settings.star_levels
    p_role = "p" in row.values and row.values["p"].raw != "ns"
    statistic = next((role for role in _STATISTICS if role in row.values), "")
    se, estimate = _se_role(row), _estimate_role(row)
    of_ratio = bool(se and estimate) and not (p_role or statistic)
    if not (p_role or statistic or of_ratio) or not stars:
        return
    # of levels that are not said, only those that the table uses part the others
    known = {n: x for n, x in levels.items() if n <= most_stars or n in settings.stars}
    mark = "*" * stars
    if stars not in known:
        return
    top = known[stars]
    more = [level for n, level in known.items() if n > stars and level < top]
    bottom = max(more, default=0.0)
    usual = () if settings.stars else (f"{mark} stands for another level than p < {top:g}",)
    unsaid = ("the stars rest on one-tailed p values",) if settings.tails is None else ()
    shown = Value(mark, exact_value(stars).number, exact=True)
    df = _df_of(row, settings)
    tails = settings.tails or int(row.stated.get("tails", 2))

    def p_between(ends: Intervals, tails: int) -> Outcome:
        if p_role:
            low, high = _unit(ends["p"])
        else:
            size = ratio_range(magnitude(ends[estimate]), ends[se]) if of_ratio else ends[statistic]
            if math.isnan(size[0]):
                return Outcome(None)
            if statistic == "wald":
                size = tuple(math.sqrt(max(end, 0.0)) for end in size)
            known_df = df.ends("any") if df is not None else common or (3.0, math.inf)
            few, many = known_df
            is_z = statistic in ("z", "wald")
            low, high = p_range(size, None if is_z else (few, math.inf if df is None else many))
            low, high = low * tails / 2, high * tails / 2
        fewer_allowed = low < top and high > bottom
        return Outcome(bool(fewer_allowed), low, high)

    used = ("p",) if p_role else (estimate, se) if of_ratio else (statistic,)
    values = {"stars": shown} | {role: row.values[role] for role in used}
    yield judge(
        row, f"{mark} for p < {top:g}" + (f" and not {bottom:g}" if bottom else ""), values,
        [Hypothesis("", lambda ends: p_between(ends, tails))],
        settings, escapes=usual + (() if p_role else unsaid)
        + (_other_scale(row, estimate, se) if of_ratio else ()),
    )  # fmt: skip
