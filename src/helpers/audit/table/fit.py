"""Rows of fit measures: χ², its p and df, RMSEA, CFI, TLI, NFI, GFI, AGFI."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from scipy import special

from helpers.audit.findings import Finding
from helpers.audit.table.coefficients import magnitude
from helpers.audit.table.judge import (
    NAMES,
    Hypothesis,
    Intervals,
    Outcome,
    compare,
    count_of,
    formula,
    judge,
)
from helpers.audit.table.parts import Row
from helpers.audit.table.settings import Settings
from helpers.audit.table.values import Value

__all__ = ["check_fit"]

_MOST_VARIABLES = 200
_MOST_GROUPS = 4
_GROUPED = re.compile(r"(?i)configural|metric|scalar|strict|invarian|multi-?group|equal|constrain")
"""Rows of models of several groups."""
_BASELINE = re.compile(r"(?i)\b(baseline|independence|null)\b")
_CORRECTED = "an index or χ² is corrected for nonnormality, or is of several groups"


def check_fit(rows: Sequence[Row], settings: Settings) -> Iterator[Finding]:
    """Check the rows of fit measures of a table."""
    for row in rows:
        values = row.values
        known = "chisq" in values and "df" in values
        if known and "p" in values and values["p"].raw != "ns":
            used = {r: values[r] for r in ("p", "chisq", "df")}
            hypotheses = [_p_of_chisq("", *used)]
            if {"d_chisq", "d_df"} <= values.keys():
                used |= {r: values[r] for r in ("d_chisq", "d_df")}
                hypotheses.append(_p_of_chisq("p is that of Δχ²", "p", "d_chisq", "d_df"))
            yield judge(
                row, "p of χ²", used, hypotheses, settings,
                escapes=("p is not that of this χ²",) if settings.robust else (),
            )  # fmt: skip
        if known and "chisq_df" in values:
            yield judge(
                row, "χ²/df = χ² / df", {r: values[r] for r in ("chisq_df", "chisq", "df")},
                [formula("", "chisq_df", "chisq / df")], settings,
            )  # fmt: skip
        n = count_of(row, "n", settings)
        if known and "rmsea" in values and n is not None:
            used = {r: values[r] for r in ("rmsea", "chisq", "df")} | {"n": n}
            yield judge(
                row, "RMSEA = √((χ² - df) / (df (N - 1)))", used,
                [Hypothesis("", _rmsea(1)),
                 *(Hypothesis(f"the model has {g} groups", _rmsea(g)) for g in (2, 3, 4))],
                settings, escapes=(_CORRECTED,),
            )  # fmt: skip
        yield from _check_difference(row, rows, settings)
        if {"nfi", "cfi", "tli"} <= values.keys():
            yield judge(
                row, "NFI <= CFI where TLI > 0", {r: values[r] for r in ("nfi", "cfi", "tli")},
                [Hypothesis("", _nfi_below_cfi)], settings, escapes=(_CORRECTED,),
            )  # fmt: skip
        if {"agfi", "gfi", "df"} <= values.keys():
            yield _check_agfi(row, settings)
        if known and {"ci_lower", "ci_upper"} <= values.keys() and n is not None:
            yield from _check_interval_of_rmsea(row, n, settings)
    yield from _check_against_baseline(rows, settings)
    with_df = [r for r in rows if {"cfi", "tli", "df"} <= r.values.keys()]
    yield from _check_baseline(with_df, settings)


def _p_of_chisq(name: str, p: str, chisq: str, df: str) -> Hypothesis:
    def test(ends: Intervals) -> Outcome:
        (low, high), (few, many) = ends[chisq], ends[df]
        target = max(ends[p][0], 0.0), min(ends[p][1], 1.0)
        if many <= 0:
            return Outcome(None)
        least = 0.0 if math.isinf(high) else float(special.chdtrc(max(few, 1e-9), max(high, 0.0)))
        return compare(target, least, float(special.chdtrc(many, max(low, 0.0))))

    return Hypothesis(name, test)


def _check_difference(row: Row, rows: Sequence[Row], settings: Settings) -> Iterator[Finding]:
    """Check differences of fit against the models of the table, and the p of Δχ²."""
    values = row.values
    if {"d_p", "d_chisq", "d_df"} <= values.keys() and values["d_p"].raw != "ns":
        used = {r: values[r] for r in ("d_p", "d_chisq", "d_df")}
        hypotheses = [_p_of_chisq("", *used)]
        if {"chisq", "df"} <= values.keys():
            used |= {r: values[r] for r in ("chisq", "df")}
            hypotheses.append(_p_of_chisq("p is that of χ² itself", "d_p", "chisq", "df"))
        yield judge(row, "p of Δχ²", used, hypotheses, settings)
    for role in ("chisq", "df", "cfi", "tli", "rmsea", "srmr"):
        change = f"d_{role}"
        others = [r for r in rows if r is not row and role in r.values]
        if change not in values or role not in values or not others:
            continue
        used = {change: values[change], role: values[role]}
        names = {f"other{k}": r.values[role] for k, r in enumerate(others)}
        # against any other model, in either direction: which one is not always said
        hypotheses = [formula("", change, f"abs({role} - {other})") for other in names]

        def against_some(ends: Intervals, hypotheses=hypotheses, change=change) -> Outcome:
            sizes = {**ends, change: magnitude(ends[change])}
            outcomes = [h.test(sizes) for h in hypotheses]
            return next((o for o in outcomes if o.holds), outcomes[0])

        scaled = ("it is a scaled difference",) if role == "chisq" else (_CORRECTED,)
        name = NAMES.get(role, role)
        yield judge(
            row, f"Δ{name} = {name} less that of another model", used | names,
            [Hypothesis("", against_some)], settings,
            escapes=("the other model is not in the table", *(scaled if role != "df" else ())),
            names={f"other{k}": f"{name} of {r.place}" for k, r in enumerate(others)},
        )  # fmt: skip


def _rmsea(n_groups: int):
    def test(ends: Intervals) -> Outcome:
        (low, high), (df, _), (n, _) = ends["chisq"], ends["df"], ends["n"]
        if df < 1 or n < 2 or math.isinf(high):
            return Outcome(None)
        least = math.sqrt(max(low - df, 0.0) / (df * n) * n_groups)
        most = math.sqrt(max(high - df, 0.0) / (df * (n - n_groups)) * n_groups)
        return compare(ends["rmsea"], least, most)

    return test


def _check_agfi(row: Row, settings: Settings) -> Finding:
    """Check 1 - AGFI = (moments / df) (1 - GFI), the moments of some number of variables.

    Programs count p (p + 1) / 2 moments in each group, and the p means besides where they are in
    the model; the number of parameters, where it is printed, settles it.
    """
    used = {r: row.values[r] for r in ("agfi", "gfi", "df")}
    text = "1 - moments * (1 - gfi) / df"
    within = {"gfi": (-math.inf, 1.0)}
    if "npar" in row.values:
        used["npar"] = row.values["npar"]
        return judge(
            row, "1 - AGFI = (1 - GFI) (df + parameters) / df", used,
            [formula("", "agfi", "1 - (npar + df) * (1 - gfi) / df", within=within)], settings,
            escapes=(_CORRECTED,),
        )  # fmt: skip
    df = row.values["df"].value
    groups = range(1, _MOST_GROUPS + 1 if _GROUPED.search(row.place) else 2)
    moments = sorted({g * p * (p + m) // 2 for g in groups for p in range(2, _MOST_VARIABLES)
                      for m in (1, 3)})  # fmt: skip
    tests = [
        formula("", "agfi", text, within=within, exact={"moments": m}) for m in moments if m > df
    ]

    def of_some(ends: Intervals) -> Outcome:
        outcomes = (test.test(ends) for test in tests)
        return next((o for o in outcomes if o.holds is not False), Outcome(False))

    return judge(
        row, "1 - AGFI = (1 - GFI) moments / df of some number of variables", used,
        [Hypothesis("", of_some)], settings, escapes=(_CORRECTED,),
    )  # fmt: skip


def _check_interval_of_rmsea(row: Row, n: Value, settings: Settings) -> Iterator[Finding]:
    """Check the interval of an RMSEA, whose limits are those of the noncentrality of χ²."""
    level = settings.level or row.stated.get("level", 0.9)
    for role, share in (("ci_lower", (1 + level) / 2), ("ci_upper", (1 - level) / 2)):

        def limit(ends: Intervals, groups: int, role: str = role, share: float = share) -> Outcome:
            (low, high), (df, _), (size, _) = ends["chisq"], ends["df"], ends["n"]
            if df < 1 or size <= groups or math.isinf(high):
                return Outcome(None)
            least, most = (_noncentrality(max(x, 0.0), df, share) for x in (low, high))
            # N - 1 in some programs, N in others; their search stops before the last digit
            return compare(
                ends[role], math.sqrt(least * groups / (df * size)) - _SEARCH,
                math.sqrt(most * groups / (df * (size - groups))) + _SEARCH,
            )  # fmt: skip

        groups = range(2, _MOST_GROUPS + 1)
        yield judge(
            row, f"{NAMES[role]} of RMSEA from χ², df and N",
            {role: row.values[role], "chisq": row.values["chisq"], "df": row.values["df"], "n": n},
            [Hypothesis("", partial(limit, groups=1)),
             *(Hypothesis(f"the model has {g} groups", partial(limit, groups=g)) for g in groups)],
            settings,
            escapes=(_CORRECTED, f"the interval is not one of {100 * level:g}% of the RMSEA"),
        )  # fmt: skip


_SEARCH = 5e-5


def _noncentrality(chisq: float, df: float, share: float) -> float:
    """Return the noncentrality with which a χ² has the given probability below it; 0 if none."""
    if chisq <= 0 or special.chdtr(df, chisq) <= share:
        return 0.0
    return float(special.chndtrinc(chisq, df, share))


def _check_against_baseline(rows: Sequence[Row], settings: Settings) -> Iterator[Finding]:
    """Check NFI, CFI and TLI where the χ² and df of the baseline stand in a row of their own."""
    of_null = [r for r in rows if _BASELINE.search(r.place) and {"chisq", "df"} <= r.values.keys()]
    if len(of_null) != 1:
        return
    null = of_null[0]
    names = {"chisq_null": f"χ² of {null.place}", "df_null": f"df of {null.place}"}
    for row in rows:
        values = row.values
        if row is null or not {"chisq", "df"} <= values.keys():
            continue
        given = {r: values[r] for r in ("chisq", "df")}
        given |= {"chisq_null": null.values["chisq"], "df_null": null.values["df"]}
        for role, test in (("nfi", _nfi_of), ("cfi", _cfi_of), ("tli", _tli_of)):
            if role in values:
                yield judge(
                    row, f"{NAMES[role]} from χ² and df of model and baseline",
                    {role: values[role]} | given, [Hypothesis("", test)], settings,
                    escapes=(_CORRECTED,), names=names,
                )  # fmt: skip


def _nfi_of(ends: Intervals) -> Outcome:
    (low, high), (null_low, null_high) = ends["chisq"], ends["chisq_null"]
    if null_low <= 0:
        return Outcome(None)
    return compare(ends["nfi"], 1 - high / null_low, 1 - max(low, 0.0) / null_high)


def _cfi_of(ends: Intervals) -> Outcome:
    (low, high), (null_low, null_high) = ends["chisq"], ends["chisq_null"]
    (df, _), (df_null, _) = ends["df"], ends["df_null"]
    excess = max(low - df, 0.0), max(high - df, 0.0)
    of_null = max(null_low - df_null, excess[0], 0.0), max(null_high - df_null, excess[1], 0.0)
    if of_null[0] <= 0:
        return Outcome(None)
    least, most = 1 - min(excess[1] / of_null[0], 1.0), 1 - excess[0] / of_null[1]
    return compare(ends["cfi"], least, most)


def _tli_of(ends: Intervals) -> Outcome:
    (low, high), (null_low, null_high) = ends["chisq"], ends["chisq_null"]
    (df, _), (df_null, _) = ends["df"], ends["df_null"]
    if df < 1 or df_null < 1 or null_low <= df_null:
        return Outcome(None)
    corners = [
        (null / df_null - x / df) / (null / df_null - 1)
        for x in (low, high)
        for null in (null_low, null_high)
    ]
    return compare(ends["tli"], min(corners), max(corners))


def _nfi_below_cfi(ends: Intervals) -> Outcome:
    if ends["tli"][0] <= 0 or ends["cfi"][0] <= 0:
        return Outcome(True)
    return compare(ends["nfi"], -math.inf, ends["cfi"][1])


def _check_baseline(rows: Sequence[Row], settings: Settings) -> Iterator[Finding]:
    """Check TLI against CFI: 1 - TLI = (df of the baseline / df) (1 - CFI).

    The baseline of p uncorrelated variables has p (p - 1) / 2 df in each group, for the models of
    one table the same. Where a CFI may be cut off at 0 or 1 its row says nothing.
    """
    fitting: dict[str, Mapping[int, bool]] = {}
    of_one_group = [p * (p - 1) // 2 for p in range(2, _MOST_VARIABLES)]
    groups = range(1, _MOST_GROUPS + 1 if any(_GROUPED.search(r.place) for r in rows) else 2)
    sizes = sorted({g * size for g in groups for size in of_one_group})

    def holds(df_baseline: float):
        def test(ends: Intervals) -> Outcome:
            cfi, tli, (df, _) = ends["cfi"], ends["tli"], ends["df"]
            if cfi[0] <= 0 or cfi[1] >= 1 or df <= 0:
                return Outcome(None)
            ratio = df_baseline / df
            low, high = 1 - ratio * (1 - cfi[0]), 1 - ratio * (1 - cfi[1])
            return compare(tli, low, high)

        return test

    rounding = settings.rounding
    for row in rows:
        ends = {r: row.values[r].ends(rounding) for r in ("cfi", "tli", "df")}
        fitting[row.place] = {
            size: holds(size)(ends).holds is not False
            for size in sizes
            if size >= row.values["df"].value
        }
    if not rows:
        return
    counts = {s: sum(bool(f.get(s)) for f in fitting.values()) for s in sizes}
    best = max(counts, key=counts.__getitem__)
    for row in rows:
        used = {r: row.values[r] for r in ("tli", "cfi", "df")}
        others = [s for s, fits in fitting[row.place].items() if fits and s != best]
        hypotheses = [Hypothesis("", holds(best))]
        if others:
            few, many = min(others), max(others)
            shown = f"{few}" if few == many else f"{few} to {many}"
            rival = next(iter(others))
            hypotheses.append(Hypothesis(f"the baseline model has {shown} df", holds(rival)))
        yield judge(
            row, "1 - TLI = (df of the baseline / df) (1 - CFI)", used, hypotheses, settings,
            escapes=("the baseline model is not that of uncorrelated variables", _CORRECTED),
        )  # fmt: skip
