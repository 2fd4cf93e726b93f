"""Tables of variance: mean squares, F and η² from sums of squares and df."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence

from helpers.audit.findings import Finding
from helpers.audit.table.judge import formula, judge
from helpers.audit.table.parts import Row
from helpers.audit.table.settings import Settings

__all__ = ["check_anova"]

_ERROR = re.compile(r"(?i)\b(error|residuals?|within)\b")
_TOTAL = re.compile(r"(?i)\b(corrected )?total\b")
_POSITIVE = (0.0, math.inf)
_OTHER_ERROR = "the effect has another error term than the row of the error"


def check_anova(rows: Sequence[Row], settings: Settings) -> Iterator[Finding]:
    """Check the rows of a table of variance; effects are tested against the row of the error."""
    for place in dict.fromkeys((row.panel, row.group) for row in rows):
        members = [row for row in rows if (row.panel, row.group) == place]
        errors = [row for row in members if _ERROR.search(row.name)]
        totals = [row for row in members if _TOTAL.search(row.name) and "ss" in row.values]
        for row in members:
            values = row.values
            if {"ms", "ss", "df"} <= values.keys():
                yield judge(
                    row, "MS = SS / df", {r: values[r] for r in ("ms", "ss", "df")},
                    [formula("", "ms", "ss / df", within={"ss": _POSITIVE})], settings,
                )  # fmt: skip
            if "f" in values and len(errors) == 1 and row not in errors:
                yield from _check_effect(row, errors[0], totals, settings)


def _check_effect(
    row: Row, error: Row, totals: Sequence[Row], settings: Settings
) -> Iterator[Finding]:
    values, of_error = row.values, error.values
    if "ms" in values and "ms" in of_error:
        yield judge(
            row, "F = MS / MS of the error",
            {"f": values["f"], "ms": values["ms"], "ms_error": of_error["ms"]},
            [formula("", "f", "ms / ms_error", within={"ms_error": _POSITIVE, "ms": _POSITIVE})],
            settings, escapes=(_OTHER_ERROR,), names={"ms_error": f"MS of {error.name}"},
        )  # fmt: skip
    if {"eta2", "ss"} <= values.keys() and "ss" in of_error:
        used = {"eta2": values["eta2"], "ss": values["ss"], "ss_error": of_error["ss"]}
        within = {"ss": _POSITIVE, "ss_error": _POSITIVE}
        hypotheses = [formula("", "eta2", "1 / (1 + ss_error / ss)", within=within)]
        names = {"ss_error": f"SS of {error.name}"}
        if len(totals) == 1:
            used["ss_total"] = totals[0].values["ss"]
            names["ss_total"] = f"SS of {totals[0].name}"
            hypotheses.append(formula("η² is of the total", "eta2", "ss / ss_total", within=within))
        yield judge(
            row, "partial η² = SS / (SS + SS of the error)", used, hypotheses, settings,
            escapes=(_OTHER_ERROR,), names=names,
        )  # fmt: skip
