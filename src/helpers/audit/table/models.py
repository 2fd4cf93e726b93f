"""Rows of whole regressions: F, R², adjusted R², ΔR², effect sizes; and related statistics."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from scipy import special

from helpers.audit.findings import Finding
from helpers.audit.table.judge import (
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
from helpers.audit.table.values import Value, exact_value

__all__ = ["check_models", "f_tail"]

_SHARE = (0.0, 1.0)
_POSITIVE = (0.0, math.inf)
_MOST_PREDICTORS = 100
_STEP = re.compile(r"(?i)(step|model|block|stage)\s*\w{1,3}$")
"""Panels that stand for one regression after the other."""


def f_tail(f: float, df1: float, df2: float) -> float:
    """Return the probability above `f` of the F distribution.

    Examples
    --------
    >>> round(f_tail(4.0, 1, 60), 3)
    0.05
    """
    return 1.0 if f <= 0 else float(special.fdtrc(df1, df2, f))


def check_models(rows: Sequence[Row], settings: Settings) -> Iterator[Finding]:
    """Check the rows of whole regressions of a table."""
    chains: dict[str, list[Row]] = {}
    seen: set[tuple[str, str, str]] = set()
    for row in rows:
        values = row.values
        # a statistic in a column that panels share belongs to none of them alone
        shared = (row.group, row.name, values["f"].raw) if row.panel and "f" in values else None
        if shared in seen:
            continue
        if shared is not None and _is_shared(row, rows):
            seen.add(shared)
            values = {role: v for role, v in values.items() if role != "n"}
            row = replace(row, panel="", values=values)
        chain = chains.setdefault("" if _STEP.match(row.panel) else row.panel, [])
        if "vif" in values and "tolerance" in values:
            yield judge(
                row, "VIF = 1 / tolerance", _pick(values, "vif", "tolerance"),
                [formula("", "vif", "1 / tolerance", within={"tolerance": _SHARE})], settings,
            )  # fmt: skip
        if "multiple_r" in values and "r2" in values:
            yield judge(
                row, "R² = R × R", _pick(values, "r2", "multiple_r"),
                [formula("", "r2", "multiple_r**2", within={"multiple_r": _SHARE})], settings,
            )  # fmt: skip
        if "f" in values or "r2" in values or "d_f" in values:
            yield from _check_model(row, chain, settings)
        if "f" in values and "eta2" in values and {"df1", "df2"} <= values.keys():
            yield judge(
                row, "η² = F df1 / (F df1 + df2)", _pick(values, "eta2", "f", "df1", "df2"),
                [formula("", "eta2", "1 / (1 + df2 / (f * df1))", within={"f": _POSITIVE})],
                settings, escapes=("η² is not the partial one",),
            )  # fmt: skip
        if "r2" in values:
            if "d_r2" in values:
                yield from _check_change(row, chain[-1] if chain else None, settings)
            chain.append(row)


def _is_shared(row: Row, rows: Sequence[Row]) -> bool:
    """Whether the F of a row is in the rows of other panels, too."""
    return any(
        (other.group, other.name) == (row.group, row.name)
        and other.panel != row.panel
        and other.values.get("f") == row.values["f"]
        for other in rows
    )


def _pick(values: dict[str, Value], *roles: str) -> dict[str, Value]:
    return {role: values[role] for role in roles}


def _degrees(row: Row, settings: Settings) -> dict[str, Value]:
    """Return df1 and df2 of the F of a whole model, printed or from k and N."""
    values = row.values
    df1 = values.get("df1") or values.get("k")
    df2 = values.get("df2")
    n = count_of(row, "n", settings)
    if df2 is None and df1 is not None and n is not None and "df" not in values:
        rest = n.value - df1.value - 1
        df2 = exact_value(rest) if rest >= 1 else None
    return {} if df1 is None or df2 is None else {"df1": df1, "df2": df2}


def _check_model(row: Row, chain: Sequence[Row], settings: Settings) -> Iterator[Finding]:
    values, degrees = row.values, _degrees(row, settings)
    robust = ("F is of a robust or weighted fit",)
    of_change = "f" not in values and "d_f" in values
    f = "d_f" if of_change else "f"
    if f in values and degrees:
        if "r2" in values and not of_change:
            yield judge(
                row, "F = (R² / df1) / ((1 - R²) / df2)", _pick(values, "f", "r2") | degrees,
                _f_of_r2(), settings, escapes=robust,
            )  # fmt: skip
        if of_change and "r2" in values and "d_r2" in values:
            yield judge(
                row, "ΔF = (ΔR² / df1) / ((1 - R²) / df2)",
                _pick(values, "d_f", "d_r2", "r2") | degrees,
                [formula("", "d_f", "(d_r2 / df1) / ((1 - r2) / df2)",
                         within={"r2": _SHARE, "d_r2": _SHARE})],
                settings, escapes=robust,
            )  # fmt: skip
        p = "d_p" if of_change and "d_p" in values else "p"
        if p in values and values[p].raw != "ns" and not {"b", "beta", "t"} & values.keys():
            yield judge(
                row, "p of F", _pick(values, p, f) | degrees,
                [
                    Hypothesis("", _p_of_f(p, f, "df1", "df2")),
                    Hypothesis("df1 and df2 are exchanged", _p_of_f(p, f, "df2", "df1")),
                    Hypothesis("F and df2 are exchanged", _p_of_f(p, "df2", "df1", f)),
                    *_adjusted_p(p, f, settings),
                ],
                settings, escapes=robust if settings.robust else (),
            )  # fmt: skip
    if "adj_r2" in values and "r2" in values:
        yield _check_adjusted(row, degrees, chain if of_change else None, settings)
    if "f2" in values and "r2" in values:
        hypotheses = [formula("", "f2", "r2 / (1 - r2)", within={"r2": _SHARE})]
        used = _pick(values, "f2", "r2")
        if "d_r2" in values:
            used |= _pick(values, "d_r2")
            change = formula(
                "f² is that of the change in R²", "f2", "d_r2 / (1 - r2)",
                within={"r2": _SHARE, "d_r2": _SHARE},
            )  # fmt: skip
            hypotheses.append(change)
        yield judge(row, "f² = R² / (1 - R²)", used, hypotheses, settings,
                    escapes=("f² is not that of the whole R²",))  # fmt: skip
    n = values.get("n")
    if n is not None and {"df1", "df2"} <= values.keys() and not of_change:
        used = {"n": n} | _pick(values, "df1", "df2")
        rows_used = values["df1"].value + values["df2"].value + 1
        yield judge(
            row, "N = df1 + df2 + 1", used, [formula("", "n", "df1 + df2 + 1")], settings,
            escapes=(f"{rows_used:g} of the cases entered",) if rows_used < n.value else (),
        )  # fmt: skip


def _f_of_r2() -> list[Hypothesis]:
    within = {"r2": _SHARE, "f": _POSITIVE}
    plain = "(r2 / df1) / ((1 - r2) / df2)"
    whole = "1 - (1 - r2) * df2 / (df1 + df2)"
    return [
        formula("", "f", plain, within=within),
        formula("df1 and df2 are exchanged", "f", "(r2 / df2) / ((1 - r2) / df1)", within=within),
        formula("F and df2 are exchanged", "df2", "(r2 / df1) / ((1 - r2) / f)", within=within),
        formula("R² is the adjusted one", "f",
                f"(({whole}) / df1) / ((1 - r2) / (df1 + df2))", within=within),
    ]  # fmt: skip


def _adjusted_p(p: str, f: str, settings: Settings) -> list[Hypothesis]:
    """Return the reading that a p is adjusted, where the text speaks of it: it only rises."""

    def not_below(ends: Intervals) -> Outcome:
        return compare(ends[p], _p_of_f(p, f, "df1", "df2")(ends).lower, math.inf)

    return [Hypothesis("p is adjusted for several tests", not_below)] if settings.adjusted else []


def _p_of_f(p: str, f: str, df1: str, df2: str) -> Callable[[Intervals], Outcome]:
    def test(ends: Intervals) -> Outcome:
        low, high = ends[f]
        corners = [
            f_tail(value, a, b)
            for value in (low, high)
            for a in {*ends[df1]}
            for b in {*ends[df2]}
            if a > 0 and b > 0 and math.isfinite(value)
        ]
        if not corners:
            return Outcome(None)
        top = 1.0 if math.isinf(low) else max(corners)
        bottom = 0.0 if math.isinf(high) else min(corners)
        target = max(ends[p][0], 0.0), min(ends[p][1], 1.0)
        return compare(target, bottom, top)

    return test


def _check_adjusted(
    row: Row, degrees: dict[str, Value], chain: Sequence[Row] | None, settings: Settings
) -> Finding:
    """Check an adjusted R²; of a step whose df are of the change, N - 1 is that of the first."""
    used = _pick(row.values, "adj_r2", "r2")
    text = "1 - (1 - r2) * (df1 + df2) / df2"
    if chain and degrees:
        of_first = {f"{r}_first": chain[0].values.get(r) for r in ("df1", "df2")}
        if None not in of_first.values():
            return judge(
                row, "adjusted R² = 1 - (1 - R²) (N - 1) / df2",
                used | {"df2": degrees["df2"]} | of_first,
                [formula("", "adj_r2", "1 - (1 - r2) * (df1_first + df2_first) / df2",
                         within={"r2": _SHARE})],
                settings, names={f"{r}_first": f"{r} of {chain[0].place}" for r in ("df1", "df2")},
            )  # fmt: skip
        degrees = {}
    if degrees:
        return judge(
            row, "adjusted R² = 1 - (1 - R²) (N - 1) / df2", used | degrees,
            [formula("", "adj_r2", text, within={"r2": _SHARE})], settings,
        )  # fmt: skip
    n = count_of(row, "n", settings)
    if n is None:

        def below(ends: Intervals) -> Outcome:
            return compare(ends["adj_r2"], -math.inf, ends["r2"][1])

        return judge(row, "adjusted R² <= R²", used, [Hypothesis("", below)], settings)

    def some_k(ends: Intervals) -> Outcome:
        low, high = ends["r2"]
        outcome = Outcome(False)
        for k in range(1, int(min(_MOST_PREDICTORS, n.value - 2)) + 1):
            ratio = (n.value - 1) / (n.value - k - 1)
            outcome = compare(ends["adj_r2"], 1 - (1 - low) * ratio, 1 - (1 - high) * ratio)
            if outcome.holds:
                return outcome
        return Outcome(outcome.holds, math.nan, math.nan)

    return judge(
        row, "adjusted R² of some number of predictors", used | {"n": n},
        [Hypothesis("", some_k)], settings,
    )  # fmt: skip


def _check_change(row: Row, before: Row | None, settings: Settings) -> Iterator[Finding]:
    used = _pick(row.values, "d_r2", "r2")
    first = formula("", "d_r2", "r2", within={"r2": _SHARE})
    if before is None:
        yield judge(row, "ΔR² of the first step = R²", used, [first], settings,
                    escapes=("an earlier step is not in the table",))  # fmt: skip
        return
    used["before"] = before.values["r2"]
    yield judge(
        row, "ΔR² = R² less the R² of the step before", used,
        [formula("", "d_r2", "r2 - before"),
         Hypothesis("the step is the first of another model", first.test)],
        settings, escapes=("the change is against another step",),
        names={"before": f"R² of {before.place}"},
    )  # fmt: skip
