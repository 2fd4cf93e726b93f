"""A finding of a paper asked of data: what it needs to hold, and whether it does."""

from __future__ import annotations

from typing import Any

import pandas as pd

from helpers.inputs import check_choice

__all__ = ["ABSENT", "CLAIM_COLUMNS", "judge_sign"]

CLAIM_COLUMNS = (
    "claim",
    "statistic",
    "est",
    "pvalue",
    "ci_lower",
    "ci_upper",
    "rule",
    "holds",
)
"""Of ``claims.csv`` in every study of numbers: the finding in words, what was computed for it (NaN
where it has no such number), when it holds, and whether it does (missing where nothing decides)."""

ABSENT = "not significant"


def judge_sign(asked: str, row: pd.Series, *, ci_level: float, by: str = "p") -> dict[str, Any]:
    """Ask whether an estimate has the sign, or the want of one, that a finding says.

    Parameters
    ----------
    asked : {"positive", "negative", "not significant"}
    row : Series
        ``est pvalue ci_lower ci_upper``.
    ci_level : float
    by : {"p", "interval"}
        What tells an estimate from zero: p below one minus the level, or limits on one side of it.

    Returns
    -------
    dict
        ``est pvalue ci_lower ci_upper rule holds``. That nothing is there holds when nothing is
        found, which is weak evidence of absence. Where what tells is withheld, `holds` is None: it
        decides nothing.

    Examples
    --------
    >>> row = pd.Series({"est": -0.2, "pvalue": 0.03, "ci_lower": -0.4, "ci_upper": 0.01})
    >>> [judge_sign("negative", row, ci_level=0.95, by=by)["holds"] for by in ("p", "interval")]
    [True, False]
    >>> judge_sign("not significant", row, ci_level=0.9)["rule"]
    'p not below .1'
    """
    check_choice("asked", asked, ("positive", "negative", ABSENT))
    check_choice("by", by, ("p", "interval"))
    alpha = 1 - ci_level
    if by == "p":
        level = f"{alpha:.3g}".removeprefix("0")
        found, clear, unclear = row["pvalue"] < alpha, f"p below {level}", f"p not below {level}"
    else:
        found = row["ci_lower"] * row["ci_upper"] > 0
        clear, unclear = "interval without 0", "interval with 0"
    decided = pd.notna(row["pvalue"] if by == "p" else row["ci_lower"] * row["ci_upper"])
    if asked == ABSENT:
        rule, holds = unclear, not found
    else:
        sign = "positive" if row["est"] > 0 else "negative"
        rule, holds = f"{asked}, {clear}", found and sign == asked
    numbers = {name: row[name] for name in ("est", "pvalue", "ci_lower", "ci_upper")}
    return {**numbers, "rule": rule, "holds": bool(holds) if decided else None}
