"""Rows of fit measures: χ², its p and df, RMSEA, CFI, TLI, NFI, GFI, AGFI."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence

from scipy import special

from helpers.audit.table.coefficients import magnitude
from helpers.audit.table.judge import (
    NAMES,
    Finding,
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

__all__ = ["check_fit"]

_MOST_VARIABLES = 200
_MOST_GROUPS = 4
_GROUPED = re.compile(r"(?i)configural|metric|scalar|strict|invarian|multi-?group|equal|constrain")
"""Rows of models of several groups."""
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
