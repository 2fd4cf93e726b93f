"""Checks of fit measures: chi-square, RMSEA, CFI, TLI, NFI, GFI, AGFI."""

import math
from collections.abc import Callable, Mapping
from dataclasses import replace

from scipy import stats

from helpers.audit.findings import IMPOSSIBLE, NOT_DECIDED, Finding, audit_check
from helpers.audit.relations import (
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
)
from helpers.printed.rounding import as_printed, parse_formula

__all__ = [
    "cfa_degrees_of_freedom",
    "check_agfi",
    "check_nfi",
    "check_p_of_chisq",
    "check_rmsea",
    "check_tli_against_cfi",
]


def cfa_degrees_of_freedom(n_items: int, n_factors: int) -> tuple[int, int]:
    """Return df of a confirmatory factor model and of its baseline of uncorrelated items.

    Each item loads on one factor, the factors are correlated, the errors are not.

    Examples
    --------
    >>> cfa_degrees_of_freedom(12, 3)
    (51, 66)
    """
    moments = n_items * (n_items + 1) // 2
    parameters = 2 * n_items + n_factors * (n_factors - 1) // 2
    return moments - parameters, moments - n_items


@audit_check("p from chi-square and df")
def check_p_of_chisq(
    chisq: Printed | None, df: int | None, p: Printed | None, *, location: str, note: str = ""
) -> Finding:
    """Check a p against chi-square and its degrees of freedom.

    p falls as chi-square grows, so its bounds are those at the two ends.

    Examples
    --------
    >>> check_p_of_chisq("5.99", 2, ".05", location="Table 5").nominal
    True
    """
    printed = {"p": p, "chisq": chisq, "df": df}
    relation = "p = P(chisq_df > chisq)"
    if missing := finding_of_missing(location, relation, printed, note=note):
        return missing
    if few := finding_of_too_few(location, relation, printed, {"df": 1}, note=note):
        return few
    for name, value, top in (("chisq", chisq, math.inf), ("p", p, 1.0)):
        if impossible := finding_of_impossible(location, name, value, 0.0, top, note=note):
            return impossible
    number = as_printed(chisq)
    low, high = (float(stats.chi2.sf(end, df)) for end in (number.upper, max(number.lower, 0.0)))
    return finding_from_bounds(
        location,
        relation,
        printed,
        p,
        outward_bounds(low, high, "monotone"),
        nominal=as_printed(p).agrees(float(stats.chi2.sf(number.value, df))),
        note=note,
    )


@audit_check("RMSEA from chi-square, df and N")
def check_rmsea(
    rmsea: Printed | None,
    chisq: Printed | None,
    df: int | None,
    *,
    n: int | None,
    location: str,
    note: str = "",
) -> Finding:
    """Check an RMSEA, or its change against a saturated model, against chi-square, df and N.

    RMSEA = sqrt(max(chisq − df, 0) / (df M)) with M = N or N − 1; programs differ, and either is
    accepted (Steiger, 1990, doi:10.1207/s15327906mbr2502_4). Against a saturated model, whose RMSEA
    is 0, the change is the RMSEA itself.

    Examples
    --------
    >>> check_rmsea("0.110", "30.513", 2, n=1175, location="Table 5").verdict
    'consistent'
    """
    printed = {"rmsea": rmsea, "chisq": chisq, "df": df, "n": n}
    relation = "rmsea = sqrt(max(chisq - df, 0) / (df m)), m = n or n - 1"
    if missing := finding_of_missing(location, relation, printed, note=note):
        return missing
    if few := finding_of_too_few(location, relation, printed, {"df": 1, "n": 2}, note=note):
        return few
    for name, value in (("chisq", chisq), ("rmsea", rmsea)):
        if impossible := finding_of_impossible(location, name, value, 0.0, math.inf, note=note):
            return impossible
    number, target = as_printed(chisq), as_printed(rmsea)

    def value(x: float, m: int) -> float:
        return math.sqrt(max(x - df, 0.0) / (df * m))

    with_n = outward_bounds(value(number.lower, n), value(number.upper, n), "monotone")
    with_less = outward_bounds(value(number.lower, n - 1), value(number.upper, n - 1), "monotone")
    findings = [
        finding_from_bounds(
            location,
            relation,
            printed,
            rmsea,
            bounds,
            nominal=target.agrees(value(number.value, m)),
            note=note,
        )
        for bounds, m in ((with_n, n), (with_less, n - 1))
    ]
    best = min(findings, key=lambda f: (f.verdict == IMPOSSIBLE, not f.nominal))
    return replace(best, implied_lower=with_n.lower, implied_upper=with_less.upper)


@audit_check("AGFI from GFI and df")
def check_agfi(
    agfi: Printed | None,
    gfi: Printed | None,
    *,
    df: int | None,
    n_variables: int | None,
    location: str,
    df_assumed: bool = False,
    note: str = "",
) -> Finding:
    """Check an AGFI against the GFI: AGFI = 1 − p (p + 1) / (2 df) (1 − GFI).

    Jöreskog and Sörbom (1982), doi:10.2307/3151719; p is the number of observed variables.

    With `df_assumed`, degrees of freedom that the paper does not print are shown as assumed, and
    what contradicts them is possible only if the model has others, when it can be.

    Examples
    --------
    >>> check_agfi(".914", ".994", df=51, n_variables=12, location="Methods").reading
    'one slip would explain it: GFI .944, not .994'
    >>> check_agfi(
    ...     ".914", ".994", df=51, n_variables=12, df_assumed=True, location="Methods"
    ... ).reading
    'the model has 5 degrees of freedom, not 51'
    """

    def at(df: int | None, *, look_for_slips: bool = False) -> Finding:
        return relate(
            "agfi = 1 - p*(p + 1) / (2*df) * (1 - gfi)",
            {"agfi": agfi, "gfi": gfi, "df": df, "p": n_variables},
            within={"gfi": (-math.inf, 1.0)},
            location=location,
            look_for_slips=look_for_slips,
            note=note,
        )

    finding = at(df, look_for_slips=True)
    if not df_assumed:
        return finding
    most = n_variables * (n_variables + 1) // 2
    return _under_assumed_df(finding, at, {"df": df}, most=most)


@audit_check("TLI from CFI and df")
def check_tli_against_cfi(
    tli: Printed | None,
    cfi: Printed | None,
    *,
    df: int | None,
    df_baseline: int | None,
    location: str,
    df_assumed: bool = False,
    note: str = "",
) -> Finding:
    """Check a TLI against the CFI: 1 − TLI = (df_b / df) (1 − CFI).

    It holds wherever chi-square exceeds df, so that the CFI is below 1 (Bentler, 1990,
    doi:10.1037/0033-2909.107.2.238). Beyond 1 and 0 a CFI is cut off and a TLI is not; a CFI that
    prints as one of them contradicts no TLI.

    With `df_assumed` as of `check_agfi`.

    Examples
    --------
    >>> check_tli_against_cfi(
    ...     ".969", ".976", df=51, df_baseline=66, location="Methods"
    ... ).verdict
    'consistent'
    """
    relation = "tli = 1 - df_b / df * (1 - cfi)"
    printed = {"tli": tli, "cfi": cfi, "df": df, "df_b": df_baseline}
    if missing := finding_of_missing(location, relation, printed, note=note):
        return missing
    if few := finding_of_too_few(location, relation, printed, {"df": 1, "df_b": 1}, note=note):
        return few

    def at(df: int, *, look_for_slips: bool = False) -> Finding:
        finding = relate(
            relation,
            printed | {"df": df},
            within={"cfi": (0.0, 1.0)},
            location=location,
            look_for_slips=look_for_slips,
            note=note,
        )
        return _unless_cut_off(finding, {"CFI": (cfi, 0.0, 1.0)})

    finding = at(df, look_for_slips=True)
    if not df_assumed:
        return finding
    return _under_assumed_df(finding, at, {"df": df, "df_b": df_baseline}, most=df_baseline)


@audit_check("NFI from CFI, RMSEA, df and N")
def check_nfi(
    nfi: Printed | None,
    cfi: Printed | None,
    rmsea: Printed | None,
    *,
    df: int | None,
    df_baseline: int | None,
    n: int | None,
    location: str,
    df_assumed: bool = False,
    note: str = "",
) -> Finding:
    """Check an NFI against CFI, RMSEA and the sample size.

    Parameters
    ----------
    nfi, cfi, rmsea : printed number or None
        As printed.
    df, df_baseline : int or None
        Degrees of freedom of the model and of the baseline model.
    n : int or None
        Sample size.
    location, note : str
        Where they appear, and what else to record.
    df_assumed : bool, default False
        Whether the paper does not print the degrees of freedom; they are then shown as assumed.

    Returns
    -------
    Finding
        When they contradict each other the note gives the sample sizes with which they agree.

    Notes
    -----
    With d = chisq − df = RMSEA² df M, M = N or N − 1, and e = chisq_b − df_b = d / (1 − CFI),
    NFI = 1 − (d + df) / (e + df_b), written so that d occurs once (Bentler, 1990,
    doi:10.1037/0033-2909.107.2.238). Programs differ in M, and either is accepted. A CFI printed
    as 1 or 0 and an RMSEA printed as 0 may be cut off, and then contradict no NFI.

    Examples
    --------
    >>> check_nfi(
    ...     ".957", ".976", ".061", df=51, df_baseline=66, n=213, location="Methods"
    ... ).verdict
    'impossible'
    """
    printed = {"nfi": nfi, "cfi": cfi, "df": df, "df_b": df_baseline, "n": n, "rmsea": rmsea}
    relation = f"nfi = {_NFI.format(m='m')}, m = n or n - 1"
    if missing := finding_of_missing(location, relation, printed, note=note):
        return missing
    least = {"df": 1, "df_b": 1, "n": 2}
    if few := finding_of_too_few(location, relation, printed, least, note=note):
        return few

    def at(df: int) -> Finding:
        findings = [
            relate(
                f"nfi = {_NFI.format(m=m)}",
                printed | {"df": df},
                within={"nfi": (-math.inf, 1.0), "cfi": (0.0, 1.0), "rmsea": (0.0, math.inf)},
                location=location,
                look_for_slips=False,
                note=note,
            )
            for m in _SIZES
        ]
        best = min(findings, key=lambda f: (f.verdict == IMPOSSIBLE, not f.nominal))
        if best.relation.startswith("nfi"):
            best = replace(best, relation=relation)
        return _unless_cut_off(best, {"CFI": (cfi, 0.0, 1.0), "RMSEA": (rmsea, 0.0, math.inf)})

    finding = at(df)
    if df_assumed:
        assumed = {"df": df, "df_b": df_baseline}
        finding = _under_assumed_df(finding, at, assumed, most=df_baseline)
    if finding.verdict != IMPOSSIBLE or finding.method == "comparison":
        return finding
    formulas = [parse_formula(_NFI.format(m=m)) for m in _SIZES]
    target = as_printed(nfi)

    def fits(size: int) -> bool:
        ranges = [formula.bounds(printed | {"n": size}) for formula in formulas]
        return any(overlap(bounds.lower, bounds.upper, target) for bounds in ranges)

    grid = [round(20 * 1.1**i) for i in range(80)]
    inside = [i for i, size in enumerate(grid) if fits(size)]
    remark = "they agree for no sample size"
    if inside:
        first = _boundary(fits, grid[max(inside[0] - 1, 0)], grid[inside[0]])
        last = _boundary(fits, grid[min(inside[-1] + 1, len(grid) - 1)], grid[inside[-1]])
        remark = f"they agree for samples of {first} to {last}"
    return replace(finding, note=join_notes(remark, finding.note))


def _under_assumed_df(
    finding: Finding, at: Callable[[int], Finding], assumed: Mapping[str, int], *, most: int
) -> Finding:
    """Set apart what is assumed in a finding, and try all other degrees of freedom that can be.

    `assumed` has what the finding shows as printed, by the name under which it does.
    """
    shown = [show_printed({name: number}) for name, number in assumed.items()]
    printed = "; ".join(part for part in finding.printed.split("; ") if part not in shown)
    remark = f"assumed, not printed: {'; '.join(shown)}"
    finding = replace(finding, printed=printed, note=join_notes(remark, finding.note))
    if finding.verdict != IMPOSSIBLE:
        return finding
    others = [k for k in range(1, most + 1) if at(k).verdict != IMPOSSIBLE]
    if others:
        fits = f"{others[0]}" if len(others) == 1 else f"{others[0]} to {others[-1]}"
        return finding.only_if(f"the model has {fits} degrees of freedom, not {assumed['df']}")
    remark = f"the same for any degrees of freedom from 1 to {most}"
    return replace(finding, note=join_notes(remark, finding.note))


_SIZES = ("(n - 1)", "n")
_NFI = "1 - (1 - cfi) * (1 + (df - (1 - cfi)*df_b) / (rmsea**2*df*{m} + (1 - cfi)*df_b))"


def _unless_cut_off(
    finding: Finding, indices: Mapping[str, tuple[Printed, float, float]]
) -> Finding:
    """Leave undecided what rests on an index printed at an end at which it is cut off."""
    if finding.verdict != IMPOSSIBLE or finding.method == "comparison":
        return finding
    names = [
        name
        for name, (number, low, high) in indices.items()
        if as_printed(number).lower <= low or as_printed(number).upper >= high
    ]
    if not names:
        return finding
    remark = f"{' and '.join(names)} may be cut off at the printed value"
    return replace(
        finding,
        verdict=NOT_DECIDED,
        nominal=None,
        reading="",
        note=join_notes(remark, finding.note),
    )


def _boundary(fits: Callable[[int], bool], outside: int, inside: int) -> int:
    """Return the last size that fits on the way from one that does to one that does not."""
    while abs(outside - inside) > 1:
        middle = (outside + inside) // 2
        outside, inside = (outside, middle) if fits(middle) else (middle, inside)
    return inside
