"""Checks of effects: test statistics, p values, mediation, intervals, standard errors."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from scipy import stats

from helpers.audit.findings import CONSISTENT, INCONSISTENT, Finding
from helpers.audit.relations import (
    Printed,
    check_relation,
    check_system,
    finding_from_bounds,
    finding_of_impossible,
    finding_of_missing,
    finding_of_too_few,
    join_notes,
    outward_bounds,
    overlap,
    show_printed,
)
from helpers.errors import InputError
from helpers.printed.cells import PrintedText, cells_of
from helpers.printed.rounding import as_printed, parse_formula

__all__ = [
    "SOBEL_FAMILY",
    "check_effects",
    "check_interval",
    "check_largest",
    "check_p_of_estimate",
    "check_p_of_statistic",
    "check_ratio",
    "check_se_of_sum",
    "check_significance_mark",
    "check_sobel",
    "check_vaf",
]

_POSITIVE = (0.0, math.inf)

SOBEL_FAMILY = {
    "Sobel": "a*b / sqrt(a**2*se_b**2 + b**2*se_a**2)",
    "Aroian": "a*b / sqrt(a**2*se_b**2 + b**2*se_a**2 + se_a**2*se_b**2)",
    "Goodman": "a*b / sqrt(a**2*se_b**2 + b**2*se_a**2 - se_a**2*se_b**2)",
}
_SOBEL_OF_T = {
    "Sobel": "t_a*t_b / sqrt(t_a**2 + t_b**2)",
    "Aroian": "t_a*t_b / sqrt(t_a**2 + t_b**2 + 1)",
    "Goodman": "t_a*t_b / sqrt(t_a**2 + t_b**2 - 1)",
}


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
        Where it stands, and what to carry along.
    name : str, default "t"
        What the statistic is called.

    Examples
    --------
    >>> check_ratio("0.207", "0.058", "2.847", location="Table 4").note
    'estimate and t imply an SE from 0.07252 to 0.0729'
    """
    printed = {name: _size(statistic), "beta": _size(estimate), "se": se}
    if _negative(statistic) and not _negative(estimate):
        printed[name] = statistic
    finding = check_relation(
        f"{name} = beta / se", printed, within={"se": _POSITIVE}, location=location, note=note
    )
    if finding.verdict != INCONSISTENT or finding.recomputed_lower <= 0:
        return finding
    if _negative(printed[name]):
        return replace(finding, note=join_notes("the signs differ", finding.note))
    implied = parse_formula("beta / t").bounds({"beta": printed["beta"], "t": printed[name]})
    remark = f"estimate and {name} imply an SE from {implied.lower:.4g} to {implied.upper:.4g}"
    return replace(finding, note=join_notes(remark, finding.note))


def check_p_of_estimate(
    estimate: Printed | None,
    se: Printed | None,
    p: Printed | None,
    *,
    location: str,
    note: str = "",
) -> Finding:
    """Check a two-sided p against the normal distribution of estimate / SE.

    p = erfc(|beta / se| / sqrt(2)). When the relation fails, the note gives the SE that estimate
    and p imply: often another program's, or another estimator's.

    Parameters
    ----------
    estimate, se, p : printed number or None
        As printed; `p` may be a bound such as ``"< .001"``.
    location, note : str
        Where it stands, and what to carry along.

    Examples
    --------
    >>> found = check_p_of_estimate("-0.046", "0.023", ".020", location="text")
    >>> found.verdict, found.note
    ('inconsistent', 'estimate and p imply an SE from 0.01948 to 0.02007')
    """
    printed = {"p": p, "beta": estimate, "se": se}
    finding = check_relation(
        "p = erfc(abs(beta / se) / sqrt(2))",
        printed,
        within={"se": _POSITIVE, "p": (0.0, 1.0)},
        location=location,
        note=note,
    )
    if finding.verdict != INCONSISTENT:
        return finding
    return replace(finding, note=join_notes(_implied_se(estimate, p), finding.note))


def _implied_se(estimate: Printed, p: Printed) -> str:
    """Say which SEs estimate and two-sided p leave; empty where they leave all or p is a bound."""
    size, number = as_printed(_size(estimate)), as_printed(p)
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


def check_p_of_statistic(
    statistic: Printed | None,
    p: Printed | None,
    *,
    location: str,
    df: int | None = None,
    note: str = "",
) -> Finding:
    """Check a two-sided p against a printed z, or t with its degrees of freedom.

    Parameters
    ----------
    statistic, p : printed number or None
        As printed.
    location, note : str
        Where it stands, and what to carry along.
    df : int, optional
        Degrees of freedom of t; the normal distribution when not given.

    Notes
    -----
    p falls as the size of the statistic grows, so its bounds are those at the two ends. The reading
    of a one-sided test is tried.

    Examples
    --------
    >>> check_p_of_statistic("2.20", ".028", df=1000, location="text").verdict
    'consistent'
    """
    of_t = df is not None
    relation = f"p = P(|t| > t), df = {df}" if of_t else "p = P(|z| > z)"
    name = "t" if of_t else "z"
    printed = {"p": p, name: _size(statistic)}
    if missing := finding_of_missing(location, relation, printed, note=note):
        return missing
    if of_t and (
        few := finding_of_too_few(location, relation, printed | {"df": df}, {"df": 1}, note=note)
    ):
        return few
    if impossible := finding_of_impossible(location, "p", p, 0.0, 1.0, note=note):
        return impossible

    def tail(size: float) -> float:
        return float(stats.t.sf(size, df) if of_t else stats.norm.sf(size))

    number = as_printed(printed[name])
    low, high = max(number.lower, 0.0), number.upper
    bounds = outward_bounds(2 * tail(high), 2 * tail(low), "monotone")
    exact = number.relation == "="
    nominal = as_printed(p).agrees(2 * tail(number.value)) if exact else None
    finding = finding_from_bounds(
        location, relation, printed, p, bounds, nominal=nominal, note=note
    )
    one_sided = exact and as_printed(p).agrees(tail(number.value))
    if finding.verdict == INCONSISTENT and one_sided:
        return replace(finding, reading="a one-sided p")
    return finding


def check_sobel(
    rows: Mapping[str, Mapping[str, Printed | None]],
    *,
    location: str,
    claimed: str = "Sobel",
    note: str = "",
) -> list[Finding]:
    """Check the z of indirect effects and name the formula that gives the printed digits.

    Parameters
    ----------
    rows : mapping from str to mapping
        For each indirect effect, by its name, the printed ``a``, ``se_a``, ``b``, ``se_b``, ``z``
        and, where printed, the sizes of their tests, ``t_a`` and ``t_b``.
    location, note : str
        Where it stands, and what to carry along.
    claimed : {"Sobel", "Aroian", "Goodman"}, default "Sobel"
        What the paper calls the test.

    Returns
    -------
    list of Finding
        One a row for the claimed formula; one a row with printed t values, from which z follows
        more sharply; and one for all rows, which names the formula of the family whose z has the
        printed digits in every row.

    Notes
    -----
    z = ab / sqrt(a² s_b² + b² s_a² + c s_a² s_b²) with c = 0 (Sobel, 1982, doi:10.2307/270723),
    c = 1 (Aroian, 1947, doi:10.1214/aoms/1177730442) or c = −1 (Goodman, 1960,
    doi:10.1080/01621459.1960.10483369); in t values, z = t_a t_b / sqrt(t_a² + t_b² + c).

    Examples
    --------
    >>> row = {"a": "0.343", "se_a": "0.058", "b": "0.710", "se_b": "0.033", "z": "5.697"}
    >>> check_sobel({"emotion": row}, location="Table 5")[-1].reading
    "Aroian's z, not Sobel's"
    """
    if claimed not in SOBEL_FAMILY:
        raise InputError(f"claimed={claimed!r} is not one of {', '.join(SOBEL_FAMILY)}")
    others = {f"{n}'s z": f for n, f in SOBEL_FAMILY.items() if n != claimed}
    findings = [
        check_relation(
            f"z = {SOBEL_FAMILY[claimed]}",
            {key: row.get(key) for key in ("z", "a", "b", "se_a", "se_b")},
            within={"se_a": _POSITIVE, "se_b": _POSITIVE},
            location=f"{location}, {label}",
            readings=others,
            note=note,
        )
        for label, row in rows.items()
    ]
    findings += [
        _sobel_of_t(row, claimed=claimed, location=f"{location}, {label}")
        for label, row in rows.items()
        if row.get("t_a") and row.get("t_b") and row.get("z")
    ]
    complete = [
        row for row in rows.values() if all(row.get(k) not in (None, "") for k in _SOBEL_KEYS)
    ]
    if complete:
        findings.append(_name_sobel(complete, claimed=claimed, location=location))
    return findings


_SOBEL_KEYS = ("a", "se_a", "b", "se_b", "z")


def _sobel_of_t(row: Mapping[str, Printed], *, claimed: str, location: str) -> Finding:
    """Check z against the printed t values, which are sharper than estimates and SEs."""
    printed = {"z": _size(row["z"]), "t_a": _size(row["t_a"]), "t_b": _size(row["t_b"])}
    target = as_printed(printed["z"])
    others = {f"{n}'s z of the t values": f for n, f in _SOBEL_OF_T.items() if n != claimed}
    finding = check_relation(
        f"z = {_SOBEL_OF_T[claimed]}", printed, location=location, look_for_slips=False
    )
    if finding.verdict == CONSISTENT:
        return finding
    of_digits = {
        f"{n}'s z of the printed, already rounded, estimates and SEs": abs(_at_printed(f, row))
        for n, f in SOBEL_FAMILY.items()
    }
    of_t = {name: parse_formula(f).at_printed(printed) for name, f in others.items()}
    reading = next((n for n, z in (of_t | of_digits).items() if target.agrees(z)), "")
    bounds = {n: parse_formula(f).bounds(printed) for n, f in _SOBEL_OF_T.items()}
    remark = ", ".join(f"{n} {b.lower:.4f} to {b.upper:.4f}" for n, b in bounds.items())
    return replace(finding, reading=reading, note=remark)


def _name_sobel(rows: Sequence[Mapping], *, claimed: str, location: str) -> Finding:
    matches = {
        name: [as_printed(row["z"]).agrees(_at_printed(text, row)) for row in rows]
        for name, text in SOBEL_FAMILY.items()
    }
    possible = all(_possible(SOBEL_FAMILY[claimed], row) for row in rows)
    in_all = [name for name, hits in matches.items() if all(hits)]
    reading = f"{in_all[0]}'s z, not {claimed}'s" if in_all and claimed not in in_all else ""
    counted = ", ".join(f"{name} {sum(hits)} of {len(hits)}" for name, hits in matches.items())
    return Finding(
        location=f"{location}, all rows",
        relation=f"the digits of every z are {claimed}'s",
        printed="; ".join(show_printed({"z": row["z"]}) for row in rows),
        verdict=CONSISTENT if possible else INCONSISTENT,
        nominal=claimed in in_all,
        reading=reading,
        method="monotone",
        note=f"rows whose printed digits give z: {counted}",
        cells=cells_of([row["z"] for row in rows], [[row[k] for k in _SOBEL_KEYS] for row in rows]),
    )


def check_vaf(
    a: Printed | None,
    b: Printed | None,
    direct: Printed | None,
    vaf: Printed | None,
    *,
    location: str,
    note: str = "",
) -> Finding:
    """Check a variance accounted for: indirect over total effect, ab / (ab + c').

    Parameters
    ----------
    a, b, direct, vaf : printed number or None
        The two paths of the indirect effect, the direct path and the share, as printed.
    location, note : str
        Where it stands, and what to carry along.

    Notes
    -----
    With effects of opposite sign the ratio is no share: it leaves [0, 1]. Formed of absolute
    values it looks like one; that reading is tried.

    Examples
    --------
    >>> check_vaf("-0.071", "0.710", "0.094", "0.349", location="Table 5").reading
    'absolute values, which make no share of a total'
    """
    printed = {"vaf": vaf, "a": a, "b": b, "direct": direct}
    return check_relation(
        "vaf = a*b / (a*b + direct)",
        printed,
        location=location,
        readings={
            "absolute values, which make no share of a total": (
                "abs(a*b) / (abs(a*b) + abs(direct))"
            ),
        },
        note=note,
    )


def check_effects(
    definitions: Mapping[str, str],
    printed: Mapping[str, Printed | None],
    *,
    location: str,
    free: Mapping[str, tuple[float, float]] | None = None,
    locations: Mapping[str, str] | None = None,
) -> list[Finding]:
    """Check defined effects one by one, and whether all can hold at once.

    Parameters
    ----------
    definitions : mapping from str to str
        A formula for each effect in the paths and in other effects, such as
        ``{"ind": "a*b", "total": "ind + c"}``.
    printed : mapping from str to printed number or None
        Paths and effects as printed.
    location : str
        Where the effects stand.
    free : mapping from str to (float, float), optional
        Bounds for paths that are not printed.
    locations : mapping from str to str, optional
        Where single effects stand, if elsewhere.

    Returns
    -------
    list of Finding
        One an effect that is printed and defined by printed numbers, then one for all of them at
        once: a single set of unrounded paths must give every printed effect, so effects that hold
        one by one may still contradict each other.

    Examples
    --------
    >>> found = check_effects(
    ...     {"ind": "a*b", "total": "ind + c"},
    ...     {"a": "0.52", "b": "0.71", "c": "0.21", "ind": "0.37", "total": "0.58"},
    ...     location="Table 2",
    ... )
    >>> [finding.verdict for finding in found]
    ['consistent', 'consistent', 'consistent']
    """
    places = dict(locations or {})
    known = {name: number for name, number in printed.items() if number not in (None, "")}
    findings = [
        check_relation(
            f"{name} = {formula}",
            {key: known[key] for key in (name, *parse_formula(formula).names)},
            location=places.get(name, f"{location}, {name}"),
        )
        for name, formula in definitions.items()
        if name in known and all(key in known for key in parse_formula(formula).names)
    ]
    findings.append(
        check_system(
            definitions,
            known,
            location=f"{location}, jointly",
            relation="one set of unrounded paths gives every effect: "
            + "; ".join(f"{n} = {f}" for n, f in definitions.items()),
            free=free,
        )
    )
    return findings


def check_interval(
    estimate: Printed | None,
    lower: Printed | None,
    upper: Printed | None,
    *,
    location: str,
    se: Printed | None = None,
    ci_level: float = 0.95,
    kind: str = "percentile",
    note: str = "",
) -> Finding:
    """Check a confidence interval against its estimate and SE.

    Parameters
    ----------
    estimate, lower, upper, se : printed number or None
        As printed.
    location, note : str
        Where it stands, and what to carry along.
    ci_level : float, default 0.95
        Level of the interval.
    kind : {"percentile", "wald"}, default "percentile"
        A Wald interval must have the ends estimate ∓ z SE, or without an SE be symmetric. Of a
        percentile interval only the order lower ≤ upper is asked, as it need not enclose the
        estimate; when it does not, or when an SE is given and the interval's length is not between
        0.75 and 1.33 times 2 z SE, the note says so.

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
    z = float(stats.norm.isf((1 - ci_level) / 2))
    if kind == "wald":
        return _check_wald(printed, se, z, location=location, note=note)
    if se not in (None, "") and (
        impossible := finding_of_impossible(location, "se", se, *_POSITIVE, note=note)
    ):
        return impossible
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
        verdict=CONSISTENT if ordered else INCONSISTENT,
        recomputed_lower=low.value,
        recomputed_upper=high.value,
        nominal=low.value <= high.value,
        method="comparison",
        note=join_notes(remark, note),
        cells=cells_of(printed, se),
    )


def _check_wald(
    printed: Mapping[str, Printed], se: Printed | None, z: float, *, location: str, note: str
) -> Finding:
    if se in (None, ""):
        return check_relation(
            "upper = 2*estimate - lower",
            printed,
            location=location,
            note=join_notes("symmetric about the estimate", note),
        )
    return check_system(
        {"lower": f"estimate - {z!r}*se", "upper": f"estimate + {z!r}*se"},
        printed | {"se": se},
        location=location,
        relation=f"lower, upper = estimate -+ {z:.3f} se",
        note=note,
    )


def check_se_of_sum(
    se: Printed | None,
    parts: Mapping[str, Printed | None],
    *,
    location: str,
    name: str = "se",
    note: str = "",
) -> Finding:
    """Check the SE of a sum or difference against those of its parts.

    Parameters
    ----------
    se : printed number or None
        SE of the sum.
    parts : mapping from str to printed number or None
        SEs of the terms, by their names.
    location, note : str
        Where it stands, and what to carry along.
    name : str, default "se"
        What the SE of the sum is called.

    Notes
    -----
    Whatever the correlations of the terms (Cauchy and Schwarz): the SE of a sum is at most the sum
    of the SEs, and at least the largest less the sum of the others. It holds of the standard
    deviations of one and the same set of bootstrap draws exactly.

    Examples
    --------
    >>> check_se_of_sum("0.030", {"a": "0.010", "b": "0.012"}, location="Table 2").verdict
    'inconsistent'
    """
    printed = {name: se} | {f"se_{key}": value for key, value in parts.items()}
    relation = f"|{name}| within the triangle inequality of {', '.join(printed)}"
    if missing := finding_of_missing(location, relation, printed, note=note):
        return missing
    for key, value in printed.items():
        if impossible := finding_of_impossible(location, key, value, *_POSITIVE, note=note):
            return impossible
    terms = [as_printed(value) for value in parts.values()]
    high = sum(term.upper for term in terms)
    low = max(0.0, *(term.lower - (high - term.upper) for term in terms))
    return finding_from_bounds(
        location,
        relation,
        printed,
        se,
        outward_bounds(low, high, "vertices"),
        nominal=None,
        note=note,
    )


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
        Where it stands, and what to carry along.

    Examples
    --------
    >>> limits = {"*": 1.96, "**": 2.58}
    >>> check_significance_mark("2.184", "**", thresholds=limits, location="Table 4").reading
    'the mark * belongs to it'
    """
    printed = {"t": _size(statistic)}
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
        verdict=CONSISTENT if mark in possible else INCONSISTENT,
        recomputed_lower=number.lower,
        recomputed_upper=number.upper,
        nominal=mark == right,
        reading=""
        if mark in possible
        else (f"the mark {right} belongs to it" if right else "no mark belongs to it"),
        method="comparison",
        note=note,
        cells=cells_of(statistic),
    )


def check_largest(
    formulas: Mapping[str, str],
    printed: Mapping[str, Printed],
    *,
    claimed: str,
    location: str,
    relation: str = "",
    note: str = "",
) -> Finding:
    """Check a sentence that says which of several quantities is the largest in size.

    Parameters
    ----------
    formulas : mapping from str to str
        A formula for each quantity, by its name.
    printed : mapping from str to printed number
        The printed values that the formulas name.
    claimed : str
        The one said to be the largest.
    location, relation, note : str
        Where it is said, what to call the claim, and what to carry along.

    Returns
    -------
    Finding
        With the bounds of the claimed quantity; the note has those of the largest other one.

    Examples
    --------
    >>> check_largest(
    ...     {"x": "a*b", "y": "c*b"}, {"a": "0.52", "b": "0.71", "c": "0.34"},
    ...     claimed="y", location="text",
    ... ).reading
    'x is the largest'
    """
    if claimed not in formulas:
        raise InputError(f"claimed={claimed!r} is not among {', '.join(formulas)}")
    sizes = {name: parse_formula(f"abs({text})").bounds(printed) for name, text in formulas.items()}
    rivals = {name: size for name, size in sizes.items() if name != claimed}
    rival = max(rivals, key=lambda name: rivals[name].lower)
    beaten = rivals[rival].lower > sizes[claimed].upper
    method = max(
        (s.method for s in sizes.values()), key=("monotone", "vertices", "enclosure").index
    )
    remark = f"{rival}: {rivals[rival].lower:.4g} to {rivals[rival].upper:.4g}"
    return Finding(
        location=location,
        relation=relation or f"{claimed} is the largest of {', '.join(formulas)}",
        printed=show_printed(printed),
        verdict=INCONSISTENT if beaten else CONSISTENT,
        recomputed_lower=sizes[claimed].lower,
        recomputed_upper=sizes[claimed].upper,
        reading=f"{rival} is the largest" if beaten else "",
        method=method,
        note=join_notes(remark, note),
        cells=cells_of(printed),
    )


def _size(number: Printed | None) -> Printed | None:
    """Drop the sign of a printed number, and its stars."""
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


def _negative(number: Printed | None) -> bool:
    return number not in (None, "") and as_printed(number).upper < 0


def _at_printed(formula: str, row: Mapping[str, Printed]) -> float:
    return parse_formula(formula).at_printed(row)


def _possible(formula: str, row: Mapping[str, Printed]) -> bool:
    bounds = parse_formula(formula).bounds(row)
    return overlap(bounds.lower, bounds.upper, as_printed(row["z"]))
