"""Rows of mediation: a, b, indirect, direct and total effects, in columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from helpers.audit.effects import SOBEL_FAMILY
from helpers.audit.findings import Finding
from helpers.audit.table.judge import Hypothesis, formula, judge
from helpers.audit.table.parts import Row
from helpers.audit.table.settings import Settings

__all__ = ["check_mediation"]


def check_mediation(rows: Sequence[Row], settings: Settings) -> Iterator[Finding]:
    """Check products, sums, shares and Sobel tests of a table."""
    for row in rows:
        values = row.values
        b = "b_path" if "b_path" in values else ""
        if b and {"a", "ab"} <= values.keys():
            yield judge(
                row, "indirect effect = a b", {r: values[r] for r in ("ab", "a", b)},
                [formula("", "ab", "a * b_path"),
                 formula("its sign was left out", "ab", "abs(a * b_path)")],
                settings,
            )  # fmt: skip
        if {"c", "c_prime"} <= values.keys() and ("ab" in values or (b and "a" in values)):
            yield from _check_total(row, rows, settings)
        if "vaf" in values and {"ab", "c"} <= values.keys():
            yield judge(
                row, "share mediated = indirect / total",
                {r: values[r] for r in ("vaf", "ab", "c")},
                [formula("", "vaf", "ab / c"), formula("it is in per cent", "vaf", "100 * ab / c"),
                 formula("it is one of absolute values", "vaf", "abs(ab / c)")],
                settings,
            )  # fmt: skip
        if {"sobel", "a", "se_a", "b_path", "se_b"} <= values.keys():
            texts = {
                name: text.replace("b", "b_path").replace("se_b_path", "se_b")
                for name, text in SOBEL_FAMILY.items()
            }
            first, *others = [
                formula("" if name == "Sobel" else f"it is {name}'s z", "sobel", text)
                for name, text in texts.items()
            ]
            yield judge(
                row, "Sobel z = a b / its SE",
                {r: values[r] for r in ("sobel", "a", "se_a", "b_path", "se_b")},
                [first, *others], settings,
            )  # fmt: skip


def _check_total(row: Row, rows: Sequence[Row], settings: Settings) -> Iterator[Finding]:
    values = row.values
    same = [r for r in rows if (r.panel, r.group) == (row.panel, row.group) and "ab" in r.values]
    used = {r: values[r] for r in ("c", "c_prime")}
    indirect = "ab" if "ab" in values else "a * b_path"
    used |= {r: values[r] for r in (("ab",) if "ab" in values else ("a", "b_path"))}
    hypotheses: list[Hypothesis] = [formula("", "c", f"c_prime + {indirect}")]
    if len(same) > 1 and "ab" in values:
        names = {f"ab{k}": r.values["ab"] for k, r in enumerate(same) if r is not row}
        used |= names
        hypotheses.append(
            formula("the indirect effects of all rows add up", "c",
                    " + ".join(["c_prime", "ab", *names]))
        )  # fmt: skip
    yield judge(
        row, "total effect = direct + indirect", used, hypotheses, settings,
        escapes=("there are indirect effects that are not in the table", "the model is not linear"),
        names={f"ab{k}": "another indirect effect" for k in range(len(same))},
    )  # fmt: skip
