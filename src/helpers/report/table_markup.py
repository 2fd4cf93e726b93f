"""A printed table as HTML, Markdown, LaTeX and plain text, ready to be copied into a paper.

Captions, heads and notes hold inline markup (`helpers.report.inline`), which each form renders in
its own way; cells, headings of groups and lines of folds hold plain text.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import pandas as pd
from tabulate import tabulate

from helpers.report.inline import MARKS, convert_inline, escape_text, plain

__all__ = [
    "FORMS",
    "FoldedTables",
    "PrintedTable",
    "render_folded",
    "render_table",
]

_STYLE = """
.apa{border-collapse:collapse;font-size:.92em;font-variant-numeric:tabular-nums;margin:.2em 0}
.apa th,.apa td{border:0;padding:.22em .8em;text-align:right;white-space:nowrap;background:none;
font-weight:normal}
.apa th.t,.apa td.t{text-align:left}
.apa td.w,.apa th.w{white-space:normal;min-width:16em;text-align:left}
.apa tr{background:none!important}
.apa thead th{border-top:1.5px solid;border-bottom:1px solid;vertical-align:bottom}
.apa tbody:last-child tr:last-child>*{border-bottom:1.5px solid}
.apa tr.g th{font-style:italic;padding-top:.7em;text-align:left}
.apa-box{max-width:100%}
.apa-scroll{overflow-x:auto;max-width:100%}
.apa-box p{margin:.35em 0;text-align:left}
.apa-note{font-size:.85em}
"""
_FOLD_STYLE = """
.apa-fold{margin:.3em 0}
.apa-fold>summary{cursor:pointer}
.apa-fold .apa-scroll{max-height:28em;overflow:auto}
.apa-fold thead th{position:sticky;top:0;
background:var(--pst-color-background,var(--jp-layout-color0,#fff))}
"""
_TEXT_COLUMNS = {"text": "t", "words": "t w"}
_LONG = 35
"""Rows from which a LaTeX table may break across pages."""
_LONG_TEXT = 26
"""Characters from which a column of text may wrap in a wide LaTeX table."""
_LINE, _SMALL_LINE = 68, 84
"""Characters of a table on a line of an A4 article in LaTeX, at normal and at footnote size."""

# ---------------------------------------------------------------- one table


def _is_text(shape: str) -> bool:
    return shape in _TEXT_COLUMNS


def _body(table: PrintedTable) -> list[tuple[str | None, list[list[str]]]]:
    """Rows in groups, each with its heading, None where a table has no groups."""
    rows = table.cells.to_numpy().tolist()
    if not table.groups:
        return [(None, rows)]
    ends = [number for number, _ in table.groups[1:]] + [len(rows)]
    return [(title, rows[k:end]) for (k, title), end in zip(table.groups, ends, strict=True)]


def _html(table: PrintedTable, label: str) -> str:
    classes = [_TEXT_COLUMNS.get(shape, "") for shape in table.formats]
    marks = [f' class="{c}"' if c else "" for c in classes]
    shown = [convert_inline(head, "html") for head in table.heads]
    head = "".join(f'<th scope="col"{mark}>{h}</th>' for h, mark in zip(shown, marks, strict=True))
    named = _is_text(table.formats[0])
    groups = []
    for title, rows in _body(table):
        lines = []
        if title is not None:
            spanned = f'colspan="{len(table.heads)}"'
            lines.append(f'<tr class="g"><th scope="rowgroup" {spanned}>{_escape(title)}</th></tr>')
        for row in rows:
            cells = [
                f"<td{m}>{escape_text(v, 'html')}</td>" for v, m in zip(row, marks, strict=True)
            ]
            if named:
                cells[0] = f'<th scope="row"{marks[0]}>{_escape(row[0])}</th>'
            lines.append(f"<tr>{''.join(cells)}</tr>")
        groups.append(f"<tbody>{''.join(lines)}</tbody>")
    name = html.escape(convert_inline(table.caption, "text") or label)
    caption = f"<p>{convert_inline(table.caption, 'html')}</p>" if table.caption else ""
    return (
        f'<div class="apa-box">{caption}'
        f'<div class="apa-scroll" role="group" tabindex="0" aria-label="{name}">'
        f'<table class="apa" aria-label="{name}"><thead><tr>{head}</tr></thead>{"".join(groups)}'
        f"</table></div>{_html_note(table.note)}</div>"
    )


def _escape(text: str) -> str:
    return escape_text(text, "html")


def _html_note(note: str) -> str:
    if not note:
        return ""
    return f'<p class="apa-note"><i>Note.</i> {convert_inline(note, "html")}</p>'


def _grid(table: PrintedTable, form: str, look: str) -> str:
    """Lay out rows in lines of text; the heading of a group is a row of its own."""
    rows = []
    for title, members in _body(table):
        if title is not None:
            mark = MARKS[form].get("i", ("", ""))
            rows.append(
                [mark[0] + escape_text(title, form) + mark[1]] + [""] * (len(table.heads) - 1)
            )
        rows += [[escape_text(value, form) for value in row] for row in members]
    return tabulate(
        rows,
        headers=[convert_inline(head, form) for head in table.heads],
        tablefmt=look,
        colalign=["left" if _is_text(shape) else "right" for shape in table.formats],
        disable_numparse=True,
    )


def _markdown(table: PrintedTable, label: str) -> str:
    caption = convert_inline(table.caption, "markdown") or f"**{plain(label)}**"
    note = f"*Note.* {convert_inline(table.note, 'markdown')}" if table.note else ""
    return "\n\n".join(filter(None, [caption, _grid(table, "markdown", "pipe"), note]))


def _text(table: PrintedTable, label: str) -> str:
    caption = convert_inline(table.caption, "text") or label
    note = f"Note. {convert_inline(table.note, 'text')}" if table.note else ""
    return "\n\n".join(filter(None, [caption, _grid(table, "text", "simple"), note]))


def _latex(table: PrintedTable, label: str) -> str:
    # \caption numbers the table itself
    caption = re.sub(r"^<b>(?:Table \d+\. )?(.*?)</b>", r"\1", table.caption) or plain(label)
    caption = rf"\caption{{{convert_inline(caption, 'latex')}}}"
    columns, size = _latex_columns(table)
    heads = _latex_row(convert_inline(head, "latex") for head in table.heads)
    lines = []
    for title, rows in _body(table):
        if title is not None:
            spanned = rf"\multicolumn{{{len(table.heads)}}}{{@{{}}l@{{}}}}"
            lines += [r"\addlinespace"] if lines else []
            lines.append(rf"{spanned}{{\textit{{{escape_text(title, 'latex')}}}}} \\*")
        lines += [_latex_row(escape_text(value, "latex") for value in row) for row in rows]
    note = rf"\textit{{Note.}} {convert_inline(table.note, 'latex')}" if table.note else ""
    head = [r"\toprule", heads, r"\midrule"]
    if len(lines) >= _LONG:
        return "\n".join(
            [
                rf"{{{size}\begin{{longtable}}{{{columns}}}",
                rf"{caption}\\[4pt]",
                *head,
                r"\endfirsthead",
                *head,
                r"\endhead",
                r"\bottomrule",
                r"\endfoot",
                *lines,
                r"\end{longtable}}",
                *([rf"{{\footnotesize\noindent {note}\par}}"] if note else []),
            ]
        )
    return "\n".join(
        [
            r"\begin{table}[htbp]",
            rf"\centering{size}",
            rf"{caption}\vspace{{4pt}}",
            rf"\begin{{tabular}}{{{columns}}}",
            *head,
            *lines,
            r"\bottomrule",
            r"\end{tabular}",
            *([rf"\par\smallskip{{\footnotesize\raggedright {note}\par}}"] if note else []),
            r"\end{table}",
        ]
    )


def _latex_row(cells: Iterable[str]) -> str:
    return " & ".join(cells) + r" \\"


def _latex_columns(table: PrintedTable) -> tuple[str, str]:
    """Column types, and the size of type with which the table fits a page.

    In a wide table columns of words and of long texts share what the others leave of a line.
    """
    columns = [
        [convert_inline(head, "text"), *table.cells.iloc[:, k]]
        for k, head in enumerate(table.heads)
    ]
    widths = [max(map(len, column)) + 2 for column in columns]
    if sum(widths) <= _LINE:
        types = ["l" if _is_text(shape) else "r" for shape in table.formats]
        return f"@{{}}{''.join(types)}@{{}}", ""
    wraps = [
        shape == "words" or (shape == "text" and width > _LONG_TEXT)
        for shape, width in zip(table.formats, widths, strict=True)
    ]
    free = _SMALL_LINE - sum(2 if w else n for n, w in zip(widths, wraps, strict=True))
    weight = sum(n**0.5 for n, w in zip(widths, wraps, strict=True) if w)
    types = []
    for shape, width, wrap in zip(table.formats, widths, wraps, strict=True):
        if wrap:
            share = max(free * width**0.5 / weight, 12) / _SMALL_LINE
            types.append(rf">{{\raggedright\arraybackslash}}p{{{share:.2f}\linewidth}}")
        else:
            types.append("l" if _is_text(shape) else "r")
    return f"@{{}}{''.join(types)}@{{}}", r"\footnotesize\setlength{\tabcolsep}{3pt}"


# ---------------------------------------------------------------- what a notebook keeps

FORMS: Mapping[str, tuple[str, Callable[[PrintedTable, str], str]]] = {
    "html": ("text/html", _html),
    "markdown": ("text/markdown", _markdown),
    "latex": ("text/latex", _latex),
    "text": ("text/plain", _text),
}
"""Name, MIME type and renderer of each form in which a table is kept."""


def render_table(table: PrintedTable, form: str) -> str:
    r"""Render a table.

    Parameters
    ----------
    table : PrintedTable
    form : {"html", "markdown", "latex", "text"}
        HTML is a fragment with its own style. LaTeX needs `array`, `booktabs`, and `longtable`
        where a table is longer than a page; its `\caption` numbers a table anew, so that a
        number in the caption is left out.

    Returns
    -------
    str
    """
    rendered = FORMS[form][1](table, "")
    return f"<style>{_STYLE}</style>{rendered}" if form == "html" else rendered


def render_folded(folded: FoldedTables, form: str) -> str:
    """Render tables that stand behind lines; only HTML can fold them."""
    render = FORMS[form][1]
    if form == "html":
        folds = "".join(
            f'<details class="apa-fold"><summary>{_escape(line)}</summary>'
            f"{render(table, line)}</details>"
            for line, table in folded.tables.items()
        )
        caption = convert_inline(folded.caption, "html")
        return (
            f'<style>{_STYLE}{_FOLD_STYLE}</style><div class="apa-box"><p>{caption}'
            f'<span class="apa-hint"> (a line opens its table)</span></p>'
            f"{folds}{_html_note(folded.note)}</div>"
        )
    note = f"<i>Note.</i> {folded.note}" if folded.note else ""
    parts = [render(table, line) for line, table in folded.tables.items()]
    around = [convert_inline(text, form) for text in (folded.caption, note)]
    return "\n\n".join(filter(None, [around[0], *parts, around[1]]))


@dataclass(frozen=True)
class PrintedTable:
    """A rounded table with caption and note that shows itself in a notebook.

    Attributes
    ----------
    cells : DataFrame of str
    heads : tuple of str
    formats : tuple of str
    caption, note : str
    groups : tuple of (int, str)
        Row numbers before which a heading row stands.
    """

    cells: pd.DataFrame
    heads: tuple[str, ...]
    formats: tuple[str, ...]
    caption: str
    note: str = ""
    groups: tuple[tuple[int, str], ...] = ()

    def to_html(self) -> str:
        """Return a self-contained HTML fragment."""
        return render_table(self, "html")

    def to_markdown(self) -> str:
        """Return a Markdown pipe table with its caption and note."""
        return render_table(self, "markdown")

    def to_latex(self) -> str:
        r"""Return a LaTeX table; it needs `booktabs` and `array`, a long one `longtable` too."""
        return render_table(self, "latex")

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return {mime: render_table(self, form) for form, (mime, _) in FORMS.items()}

    def __repr__(self) -> str:
        return render_table(self, "text")


@dataclass(frozen=True)
class FoldedTables:
    """Long tables that a reader opens one by one.

    Attributes
    ----------
    tables : mapping of str to PrintedTable
        By the line that stands for the closed table.
    caption, note : str
    """

    tables: Mapping[str, PrintedTable]
    caption: str
    note: str = ""

    def to_html(self) -> str:
        """Return a self-contained HTML fragment that needs no script."""
        return render_folded(self, "html")

    def to_markdown(self) -> str:
        """Return the tables one after the other."""
        return render_folded(self, "markdown")

    def to_latex(self) -> str:
        """Return the tables one after the other."""
        return render_folded(self, "latex")

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return {mime: render_folded(self, form) for form, (mime, _) in FORMS.items()}

    def __repr__(self) -> str:
        return render_folded(self, "text")
