"""The page of an audit: tables as they were read, and findings by cause."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pandas as pd

from helpers.audit.findings import Finding
from helpers.audit.table.examine import VERDICTS, say, table_of
from helpers.audit.table.judge import CONSISTENT, NAMES, POSSIBLE
from helpers.report.inline import Html, Inline, plain
from helpers.report.table_markup import FoldedTables, PrintedTable, render_folded, render_table

if TYPE_CHECKING:
    from helpers.audit.table.examine import Examined

__all__ = ["audit_page"]

_STYLE = Html("""
body{font:16px/1.45 system-ui,sans-serif;max-width:70em;margin:2em auto;padding:0 1em;color:#1a1a1a;
background:#fff}
h1{font-size:1.5em}h2{font-size:1.15em;margin-top:1.6em}li{margin:.25em 0}
.impossible{border-left:4px solid #a40000;padding-left:.8em}
.possible{border-left:4px solid #b8860b;padding-left:.8em}
""")
_HEADS = ("row", "check", "printed", "implied", "verdict", "reading")


def audit_page(title: str, examined: Examined, said: str) -> str:
    """Return the page, self-contained; all that a file holds is escaped in it."""
    counts = ", ".join(f"{examined.count(v)} {v}{' …' if v == POSSIBLE else ''}" for v in VERDICTS)
    page = Html(
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        "<title>Audit of {title}</title><style>{style}</style></head><body><main>"
        "<h1>Audit of {title}</h1><p>{n} checks: {counts}.</p><p>{said}.</p>{causes}"
        "<h2>The tables as they were read</h2>{tables}<h2>All checks</h2>{checks}"
        "</main></body></html>\n"
    )
    return str(
        page.format(
            title=title,
            style=_STYLE,
            n=len(examined.findings),
            counts=counts,
            said=said,
            causes=_by_cause(examined.findings),
            tables=Html("").join(_as_read(table) for table in examined.tables if table.columns),
            checks=_all_checks(examined),
        )
    )


def _by_cause(findings: list[Finding]) -> Html:
    parts = []
    causes = dict.fromkeys(f.cause for f in findings if f.cause)
    for cause in causes:
        members = [f for f in findings if f.cause == cause]
        verdict = members[0].verdict
        kind = "possible" if verdict == POSSIBLE else "impossible"
        head = f"{verdict} {cause}" if verdict == POSSIBLE else f"{verdict}: {cause}"
        section = Html('<section class="{}"><h2>{}</h2><ul>{}</ul></section>')
        parts.append(section.format(kind, head[0].upper() + head[1:], _items(members)))
    undecided = [f for f in findings if not f.cause and f.verdict != CONSISTENT]
    if undecided:
        section = Html("<section><h2>Not decided</h2><ul>{}</ul></section>")
        parts.append(section.format(_items(undecided)))
    return Html("").join(parts)


def _items(findings: list[Finding]) -> Html:
    return Html("").join(Html("<li>{}</li>").format(say(f)) for f in findings)


def _as_read(table) -> Html:
    rows = [
        (c.panel, c.header, ", ".join(NAMES.get(r, r) for r in c.roles) or "not understood")
        for c in table.columns
    ]
    frame = pd.DataFrame(rows, columns=["panel", "column", "read as"], dtype=str)
    made = PrintedTable(
        frame, ("panel", "column", "read as"), ("text", "text", "text"),
        caption=Inline("<b>{}</b>").format(table.name),
        note=plain("; ".join(table.problems)),
    )  # fmt: skip
    return render_table(made, "html")


def _all_checks(examined: Examined) -> Html:
    tables = {}
    for table in dict.fromkeys(table_of(f) for f in examined.findings):
        members = [f for f in examined.findings if table_of(f) == table]
        rows = [
            (
                f.location,
                f.check,
                f.printed,
                _implied(f.implied_lower, f.implied_upper),
                f.verdict,
                f.reading,
            )
            for f in members
        ]
        tables[f"{table}: {len(members)} checks"] = PrintedTable(
            pd.DataFrame(rows, columns=list(_HEADS), dtype=str), _HEADS,
            ("text", "words", "words", "text", "text", "words"), caption="",
        )  # fmt: skip
    return render_folded(FoldedTables(tables, "Every check by table"), "html")


def _implied(low: float, high: float) -> str:
    if math.isnan(low) or math.isnan(high):
        return ""
    return f"{low:.4g} to {high:.4g}"
