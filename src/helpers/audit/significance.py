"""Checks of estimates by themselves: test statistics, p values, intervals, stars."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from scipy import special, stats

from helpers.audit.findings import (
    CONSISTENT,
    IMPOSSIBLE,
    Finding,
    audit_check,
)
from helpers.audit.relations import (
    POSITIVE,
    Printed,
    finding_from_bounds,
    finding_of_impossible,
    finding_of_missing,
    finding_of_too_few,
    join_notes,
    outward_bounds,
    overlap,
    relate,
    show_printed,
    size_of,
)
from helpers.audit.systems import solve_system
from helpers.errors import InputError
from helpers.printed.cells import cells_of
from helpers.printed.numbers import PrintedNumber
from helpers.printed.rounding import Bounds, as_printed, parse_formula

__all__ = [
    "check_interval",
    "check_p_of_estimate",
    "check_p_of_statistic",
    "check_ratio",
    "check_significance_mark",
]


@audit_check("test statistic from the estimate and its SE")
def check_ratio(
    estimate: Printed | None,
    se: Printed | None,
    statistic: Printed | None,
    *,
    location: str,
    name: str = "t",
    note: str = "",
) -> Finding:
    """Check a t or z against estimate / SE.

    A statistic without a sign may belong to a negative estimate, as tables often print the size
    of t; a negative one may not belong to a positive estimate. When the relation fails, the note
    gives the SE that estimate and statistic imply.

    Parameters
    ----------
    estimate, se, statistic : printed number or None
        As printed; see `helpers.printed.rounding.as_printed`.
    location, note : str
        Where it appears, and what else to record.
    name : str, default "t"
        What the statistic is called.

    Examples
    --------
    >>> check_ratio("0.207", "0.058", "2.847", location="Table 4").note
    'estimate and t imply an SE from 0.07252 to 0.0729'
    """
    printed = {name: size_of(statistic), "beta": size_of(estimate), "se": se}
    if _negative(statistic) and not _negative(estimate):
        printed[name] = statistic
    finding = relate(
        f"{name} = beta / se", printed, within={"se": POSITIVE}, location=location, note=note
    )
    if finding.verdict != IMPOSSIBLE or finding.implied_lower <= 0:
        return finding
    if _negative(printed[name]):
        return replace(finding, note=join_notes("the signs differ", finding.note))
    implied = parse_formula("beta / t").bounds({"beta": printed["beta"], "t": printed[name]})
    remark = f"estimate and {name} imply an SE from {implied.lower:.4g} to {implied.upper:.4g}"
    return replace(finding, note=join_notes(remark, finding.note))


@audit_check("p from the estimate and its SE")
def check_p_of_estimate(
    estimate: Printed | None,
    se: Printed | None,
    p: Printed | None,
    *,
    location: str,
    df: int | None = None,
    tails: int | None = None,
    note: str = "",
) -> Finding:
    """Check a p against estimate / SE.

    Parameters
    ----------
    estimate, se, p : printed number or None
        As printed; `p` may be a bound such as ``"< .001"``.
    location, note : str
        Where it appears, and what else to record.
    df : int, optional
        Degrees of freedom of t; the normal distribution when not given.
    tails : {1, 2}, optional
        Whether p is said to be one- or two-sided; two-sided is tried first when not given.

    Returns
    -------
    Finding
        A p that contradicts is possible only if it is one-sided, or that of t where df are not
        given, or that of z where they are, when it can be. The note gives the SE that estimate and
        a two-sided p of z imply: often another program's, or another estimator's.

    Examples
    --------
    >>> found = check_p_of_estimate("-0.046", "0.023", ".020", location="text")
    >>> found.verdict, found.note
    ('impossible', 'estimate and p imply an SE from 0.01948 to 0.02007')
    >>> check_p_of_estimate("0.40", "0.20", ".052", location="text").reading
    'p is that of t with 51 to 115 degrees of freedom'
    """
    printed = {"p": p, "beta": estimate, "se": se}
    reference = _Reference(df, tails)
    relation = f"p = {reference.describe('|beta / se|')}"
    if missing := finding_of_missing(location, relation, printed, note=note):
        return missing
    for name, (low, high) in {"se": POSITIVE, "p": (0.0, 1.0)}.items():
        if outside := finding_of_impossible(
            location, name, printed[name], low, high, printed=printed, note=note
        ):
            return outside
    if few := reference.finding_of_too_few(location, relation, printed, note):
        return few
    error = as_printed(se)
    numbers = {"beta": as_printed(estimate), "se": (max(error.lower, 0.0), error.upper)}
    sizes = parse_formula("abs(beta) / se").bounds(numbers)
    at = parse_formula("abs(beta / se)").at_printed(printed)
    finding = _compare_tail(location, relation, printed, sizes, at, reference, note)
    if finding.verdict != IMPOSSIBLE:
        return finding
    finding = replace(finding, note=join_notes(_implied_se(estimate, p), finding.note))
    return _read_tail(finding, sizes, as_printed(p), reference)


@dataclass(frozen=True)
class _Reference:
    """The distribution that a p is of: z without `df`, two-sided unless `tails` is 1."""

    df: int | None
    tails: int | None

    def __post_init__(self) -> None:
        if self.tails not in (None, 1, 2):
            raise InputError(f"tails={self.tails!r} is not 1 or 2, or None where it is not said")

    def describe(self, size: str) -> str:
        name = "z" if self.df is None else "t"
        tail = f"P({name} > {size})" if self.tails == 1 else f"P(|{name}| > {size})"
        return tail if self.df is None else f"{tail}, df = {self.df}"

    def p(self, size: float) -> float:
        # not stats: a thousand degrees of freedom are tried for one p
        tail = special.ndtr(-size) if self.df is None else special.stdtr(self.df, -size)
        return float(tail) * (self.tails or 2)

    def allows(self, sizes: Bounds, p: PrintedNumber) -> bool:
        return overlap(self.p(sizes.upper), self.p(sizes.lower), p)

    def finding_of_too_few(
        self, location: str, relation: str, printed: Mapping[str, Printed], note: str
    ) -> Finding | None:
        if self.df is None:
            return None
        shown = printed | {"df": self.df}
        return finding_of_too_few(location, relation, shown, {"df": 1}, note=note)


def _compare_tail(
    location: str,
    relation: str,
    printed: Mapping[str, Printed | None],
    sizes: Bounds,
    at: float | None,
    reference: _Reference,
    note: str,
) -> Finding:
    """Compare p with the tail beyond a statistic, whose size at the digits is `at`.

    p falls as the size grows, so its bounds are those at the two ends.
    """
    low, high = (reference.p(end) for end in (sizes.upper, sizes.lower))
    reached = (reference.p(end) for end in (sizes.reached_upper, sizes.reached_lower))
    outward = outward_bounds(low, high, sizes.method)
    return finding_from_bounds(
        location,
        relation,
        printed,
        printed["p"],
        Bounds(outward.lower, outward.upper, *reached, sizes.method),
        nominal=None if at is None else as_printed(printed["p"]).agrees(reference.p(at)),
        note=note,
    )


def _read_tail(finding: Finding, sizes: Bounds, p: PrintedNumber, reference: _Reference) -> Finding:
    """Name what an impossible p is possible only if it is: one-sided, of t, or of z."""
    if finding.verdict != IMPOSSIBLE:
        return finding
    if reference.tails is None and replace(reference, tails=1).allows(sizes, p):
        return finding.only_if("p is one-sided")
    if reference.df is not None:
        normal = replace(reference, df=None).allows(sizes, p)
        return finding.only_if("p is that of z, not of t") if normal else finding
    fits = [int(k) for k in _DFS if replace(reference, df=int(k)).allows(sizes, p)]
    if not fits:
        return finding
    span = f"{fits[0]} to {fits[-1]}" if len(fits) > 1 else f"{fits[0]}"
    return finding.only_if(f"p is that of t with {span} degrees of freedom")


_DFS = np.arange(1, 1001)
"""Degrees of freedom that are tried for a p, or an interval, whose own are not printed."""


def _implied_se(estimate: Printed, p: Printed) -> str:
    """Say which SEs estimate and two-sided p leave; empty where they leave all or p is a bound."""
    size, number = as_printed(size_of(estimate)), as_printed(p)
    if number.relation != "=" or number.lower <= 0:
        return ""
    z_low, z_high = (float(stats.norm.isf(min(q, 1.0) / 2)) for q in (number.upper, number.lower))
    least = max(size.lower, 0.0) / z_high if z_high > 0 else 0.0
    most = size.upper / z_low if z_low > 0 else math.inf
    if least > 0 and math.isfinite(most):
        return f"estimate and p imply an SE from {least:.4g} to {most:.4g}"
    if math.isfinite(most):
        return f"estimate and p imply an SE of at most {most:.4g}"
    return f"estimate and p imply an SE of at least {least:.4g}" if least > 0 else ""


@audit_check("p from the test statistic")
def check_p_of_statistic(
    statistic: Printed | None,
    p: Printed | None,
    *,
    location: str,
    df: int | None = None,
    tails: int | None = None,
    note: str = "",
) -> Finding:
    """Check a p against a printed z, or t with its degrees of freedom.

    Parameters
    ----------
    statistic, p : printed number or None
        As printed.
    location, note : str
        Where it appears, and what else to record.
    df : int, optional
        Degrees of freedom of t; the normal distribution when not given.
    tails : {1, 2}, optional
        Whether p is said to be one- or two-sided; two-sided is tried first when not given.

    Notes
    -----
    p falls as the size of the statistic grows, so its bounds are those at the two ends. A p that
    contradicts is possible only if it is one-sided, or that of t where df are not given, or that of
    z where they are, when it can be.

    Examples
    --------
    >>> check_p_of_statistic("2.20", ".028", df=1000, location="text").verdict
    'consistent'
    """
    name = "z" if df is None else "t"
    reference = _Reference(df, tails)
    relation = f"p = {reference.describe(name)}"
    printed = {"p": p, name: size_of(statistic)}
    if missing := finding_of_missing(location, relation, printed, note=note):
        return missing
    if few := reference.finding_of_too_few(location, relation, printed, note):
        return few
    if impossible := finding_of_impossible(location, "p", p, 0.0, 1.0, note=note):
        return impossible
    number = as_printed(printed[name])
    low, high = max(number.lower, 0.0), number.upper
    sizes = Bounds(low, high, low, high, "monotone")
    at = number.value if number.relation == "=" else None
    finding = _compare_tail(location, relation, printed, sizes, at, reference, note)
    return _read_tail(finding, sizes, as_printed(p), reference)


@audit_check("interval, estimate and SE")
def check_interval(
    estimate: Printed | None,
    lower: Printed | None,
    upper: Printed | None,
    *,
    location: str,
    se: Printed | None = None,
    ci_level: float = 0.95,
    kind: str = "percentile",
    df: int | None = None,
    note: str = "",
) -> Finding:
    """Check a confidence interval against its estimate and SE.

    Parameters
    ----------
    estimate, lower, upper, se : printed number or None
        As printed.
    location, note : str
        Where it appears, and what else to record.
    ci_level : float, default 0.95
        Level of the interval.
    kind : {"percentile", "wald"}, default "percentile"
        A Wald interval must have the ends estimate ∓ q SE, q of t with `df` or else of z, or
        without an SE be symmetric. One of z that contradicts is possible only if it is one of t,
        when it can be; the reading of another level is named. Of a
        percentile interval only the order lower ≤ upper is asked, as it need not enclose the
        estimate; when it does not, or when an SE is given and the interval's length is not between
        0.75 and 1.33 times 2 z SE, the note says so.
    df : int, optional
        Degrees of freedom of a Wald interval of t.

    Returns
    -------
    Finding
        For a percentile interval the bounds recomputed are the interval's; for a Wald interval
        those of its upper limit.

    Examples
    --------
    >>> check_interval("0.30", "0.10", "0.50", se="0.10", kind="wald", location="Table 1").verdict
    'consistent'
    """
    if kind not in {"percentile", "wald"}:
        raise InputError(f"kind={kind!r} is not one of percentile, wald")
    printed = {"estimate": estimate, "lower": lower, "upper": upper}
    if missing := finding_of_missing(location, "lower <= upper", printed, note=note):
        return missing
    if kind == "wald":
        return _check_wald(printed, se, ci_level, df, location=location, note=note)
    if se not in (None, "") and (
        impossible := finding_of_impossible(location, "se", se, *POSITIVE, note=note)
    ):
        return impossible
    z = _quantile((1 - ci_level) / 2, None)
    low, middle, high = (as_printed(printed[key]) for key in ("lower", "estimate", "upper"))
    ordered = low.lower <= high.upper
    outside = middle.upper < low.lower or middle.lower > high.upper
    remark = "the estimate is not inside, as it need not be" if ordered and outside else ""
    if se not in (None, "") and as_printed(se).value > 0:
        length = (high.value - low.value) / (2 * z * as_printed(se).value)
        unit = (high.upper - high.lower) / (2 * z * as_printed(se).value)
        if length + unit < 0.75 or length - unit > 4 / 3:
            shape = f"the interval is {length:.2f} times as long as 2 x {z:.2f} SE"
            remark = join_notes(remark, shape)
    return Finding(
        location=location,
        relation="lower <= upper",
        printed=show_printed(printed | ({"se": se} if se else {})),
        verdict=CONSISTENT if ordered else IMPOSSIBLE,
        implied_lower=low.value,
        implied_upper=high.value,
        nominal=low.value <= high.value,
        method="comparison",
        note=join_notes(remark, note),
        cells=cells_of(printed, se),
    )


def _check_wald(
    printed: Mapping[str, Printed],
    se: Printed | None,
    ci_level: float,
    df: int | None,
    *,
    location: str,
    note: str,
) -> Finding:
    if se in (None, ""):
        return relate(
            "upper = 2*estimate - lower",
            printed,
            location=location,
            note=join_notes("symmetric about the estimate", note),
        )
    tail = (1 - ci_level) / 2
    q = _quantile(tail, df)
    distribution = "z" if df is None else f"t with {df} df"
    finding = solve_system(
        {"lower": f"estimate - {q!r}*se", "upper": f"estimate + {q!r}*se"},
        printed | {"se": se},
        location=location,
        relation=f"lower, upper = estimate -+ {q:.3f} se, of {distribution}",
        note=note,
    )
    if finding.verdict != IMPOSSIBLE:
        return finding
    error = as_printed(se)
    numbers = printed | {"se": (max(error.lower, 0.0), error.upper)}
    spans = [
        parse_formula(f"({span}) / se").bounds(numbers)
        for span in ("upper - estimate", "estimate - lower", "(upper - lower) / 2")
    ]
    low, high = max(span.lower for span in spans), min(span.upper for span in spans)
    if df is None:
        of_t = stats.t.isf(tail, _DFS)
        fits = [int(k) for k in _DFS[(of_t >= low) & (of_t <= high)]]
        if fits:
            return finding.only_if(f"it is of t with {fits[0]} to {fits[-1]} degrees of freedom")
    elif low <= _quantile(tail, None) <= high:
        return finding.only_if("it is of z, not of t")
    other = [
        level
        for level in _LEVELS
        if level != ci_level and low <= _quantile((1 - level) / 2, df) <= high
    ]
    return replace(finding, reading=f"an interval of {other[0]:.0%}" if other else "")


def _quantile(tail: float, df: int | None) -> float:
    return float(stats.norm.isf(tail) if df is None else stats.t.isf(tail, df))


_LEVELS = (0.8, 0.9, 0.95, 0.99, 0.999)


@audit_check("stars from the test statistic")
def check_significance_mark(
    statistic: Printed | None,
    mark: str,
    *,
    thresholds: Mapping[str, float],
    location: str,
    note: str = "",
) -> Finding:
    """Check stars, or the lack of them, against the thresholds a table declares.

    Parameters
    ----------
    statistic : printed number or None
        t or z as printed; its size counts.
    mark : str
        The stars printed, ``""`` for none.
    thresholds : mapping from str to float
        For each mark the size above which it is given, such as ``{"*": 1.96, "**": 2.58}``.
    location, note : str
        Where it appears, and what else to record.

    Examples
    --------
    >>> limits = {"*": 1.96, "**": 2.58}
    >>> check_significance_mark("2.184", "**", thresholds=limits, location="Table 4").reading
    'the mark * belongs to it'
    """
    printed = {"t": size_of(statistic)}
    relation = "mark by |t|: " + ", ".join(f"{m} above {v:g}" for m, v in thresholds.items())
    if missing := finding_of_missing(location, relation, printed, note=note):
        return missing
    if mark and mark not in thresholds:
        raise InputError(f"mark={mark!r} has no threshold; there are {', '.join(thresholds)}")
    number = as_printed(printed["t"])
    ordered = sorted(thresholds.items(), key=lambda item: item[1])

    def mark_of(size: float) -> str:
        return next((m for m, limit in reversed(ordered) if size > limit), "")

    inside = [limit for limit in thresholds.values() if number.lower < limit <= number.upper]
    possible = {mark_of(size) for size in (number.lower, *inside, number.upper)}
    right = mark_of(number.value)
    return Finding(
        location=location,
        relation=relation,
        printed=f"t = {number.text}{mark}",
        verdict=CONSISTENT if mark in possible else IMPOSSIBLE,
        implied_lower=number.lower,
        implied_upper=number.upper,
        nominal=mark == right,
        reading=""
        if mark in possible
        else (f"the mark {right} belongs to it" if right else "no mark belongs to it"),
        method="comparison",
        note=note,
        cells=cells_of(statistic),
    )


def _negative(number: Printed | None) -> bool:
    return number not in (None, "") and as_printed(number).upper < 0
