"""Checks of effects: test statistics, p values, mediation, intervals, standard errors."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from helpers.audit.findings import (
    CONSISTENT,
    IMPOSSIBLE,
    POSSIBLE_ONLY_IF,
    Finding,
    audit_check,
)
from helpers.audit.relations import (
    POSITIVE,
    Printed,
    finding_from_bounds,
    finding_of_impossible,
    finding_of_missing,
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
from helpers.printed.rounding import as_printed, parse_formula

__all__ = [
    "SOBEL_FAMILY",
    "check_effects",
    "check_largest",
    "check_se_of_sum",
    "check_sobel",
    "check_vaf",
]


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


@audit_check("z of the indirect effect from its paths")
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
        Where it appears, and what else to record.
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
        relate(
            f"z = {SOBEL_FAMILY[claimed]}",
            {key: row.get(key) for key in ("z", "a", "b", "se_a", "se_b")},
            within={"se_a": POSITIVE, "se_b": POSITIVE},
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
    printed = {"z": size_of(row["z"]), "t_a": size_of(row["t_a"]), "t_b": size_of(row["t_b"])}
    target = as_printed(printed["z"])
    others = {f"{n}'s z of the t values": f for n, f in _SOBEL_OF_T.items() if n != claimed}
    finding = relate(
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
    finding = replace(finding, note=remark).also_from([row.get(key) for key in _SOBEL_KEYS])
    return finding.only_if(reading) if reading else finding


def _name_sobel(rows: Sequence[Mapping], *, claimed: str, location: str) -> Finding:
    matches = {
        name: [as_printed(row["z"]).agrees(_at_printed(text, row)) for row in rows]
        for name, text in SOBEL_FAMILY.items()
    }
    possible = all(_possible(SOBEL_FAMILY[claimed], row) for row in rows)
    in_all = [name for name, hits in matches.items() if all(hits)]
    reading = f"{in_all[0]}'s z, not {claimed}'s" if in_all and claimed not in in_all else ""
    counted = ", ".join(f"{name} {sum(hits)} of {len(hits)}" for name, hits in matches.items())
    verdict = CONSISTENT if possible else POSSIBLE_ONLY_IF if reading else IMPOSSIBLE
    return Finding(
        location=f"{location}, all rows",
        relation=f"the digits of every z are {claimed}'s",
        printed="; ".join(show_printed({"z": row["z"]}) for row in rows),
        verdict=verdict,
        nominal=claimed in in_all,
        reading=reading,
        method="monotone",
        note=f"rows whose printed digits give z: {counted}",
        cells=cells_of([row["z"] for row in rows], [[row[k] for k in _SOBEL_KEYS] for row in rows]),
    )


@audit_check("share of the total effect from the paths")
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
        Where it appears, and what else to record.

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
    return relate(
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


@audit_check("effect from its paths")
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
        relate(
            f"{name} = {formula}",
            {key: known[key] for key in (name, *parse_formula(formula).names)},
            location=places.get(name, f"{location}, {name}"),
        )
        for name, formula in definitions.items()
        if name in known and all(key in known for key in parse_formula(formula).names)
    ]
    findings.append(
        solve_system(
            definitions,
            known,
            location=f"{location}, jointly",
            relation="one set of unrounded paths gives every effect: "
            + "; ".join(f"{n} = {f}" for n, f in definitions.items()),
            free=free,
        )
    )
    return findings


@audit_check("SE of a sum against those of its parts")
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
        Where it appears, and what else to record.
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
    'impossible'
    """
    printed = {name: se} | {f"se_{key}": value for key, value in parts.items()}
    relation = f"|{name}| within the triangle inequality of {', '.join(printed)}"
    if missing := finding_of_missing(location, relation, printed, note=note):
        return missing
    for key, value in printed.items():
        if impossible := finding_of_impossible(location, key, value, *POSITIVE, note=note):
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


@audit_check("which quantity is the largest")
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
        Where it is said, what to call the claim, and what else to record.

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
        verdict=IMPOSSIBLE if beaten else CONSISTENT,
        implied_lower=sizes[claimed].lower,
        implied_upper=sizes[claimed].upper,
        reading=f"{rival} is the largest" if beaten else "",
        method=method,
        note=join_notes(remark, note),
        cells=cells_of(printed),
    )


def _at_printed(formula: str, row: Mapping[str, Printed]) -> float:
    return parse_formula(formula).at_printed(row)


def _possible(formula: str, row: Mapping[str, Printed]) -> bool:
    bounds = parse_formula(formula).bounds(row)
    return overlap(bounds.lower, bounds.upper, as_printed(row["z"]))
