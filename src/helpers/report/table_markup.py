"""A printed table as HTML, Markdown, LaTeX and plain text, ready to be copied into a paper.

Captions, heads and notes hold inline markup (`helpers.report.inline`), which each form renders in
its own way; cells, headings of groups and lines of folds hold plain text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import pandas as pd
from tabulate import tabulate

from helpers.report.inline import (
    Html,
    Latex,
    Markdown,
    PlainText,
    Written,
    convert_inline,
    escape_text,
    form_of,
    plain,
)

__all__ = [
    "FORMS",
    "FoldedTables",
    "PrintedTable",
    "render_folded",
    "render_table",
]

_STYLE = Html("""
.apa{border-collapse:collapse;font-size:.92em;font-variant-numeric:tabular-nums;margin:.2em 0}
.apa th,.apa td{border:0;padding:.22em .8em;text-align:right;white-space:nowrap;background:none;
font-weight:normal}
.apa th.t,.apa td.t{text-align:left}
.apa td.w,.apa th.w{white-space:normal;min-width:16em;text-align:left}
.apa tr{background:none!important}
.apa thead th{border-top:1.5px solid;border-bottom:1px solid;vertical-align:bottom;
white-space:normal}
.apa tbody:last-child tr:last-child>*{border-bottom:1.5px solid}
.apa tr.g th{font-style:italic;padding-top:.7em;text-align:left}
.apa-box{max-width:100%}
.apa-scroll{overflow-x:auto;max-width:100%}
.apa-box p{margin:.35em 0;text-align:left}
.apa-note{font-size:.85em}
""")
_FOLD_STYLE = Html("""
.apa-fold{margin:.3em 0}
.apa-fold>summary{cursor:pointer}
.apa-fold .apa-scroll{max-height:28em;overflow:auto}
.apa-fold thead th{position:sticky;top:0;
background:var(--pst-color-background,var(--jp-layout-color0,#fff))}
""")
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


def _html(table: PrintedTable, label: str) -> Html:
    classes = [_TEXT_COLUMNS.get(shape, "") for shape in table.formats]
    marks = [Html(' class="{}"').format(c) if c else "" for c in classes]
    head = Html("").join(
        Html('<th scope="col"{}>{}</th>').format(mark, convert_inline(shown, "html"))
        for shown, mark in zip(table.heads, marks, strict=True)
    )
    named = _is_text(table.formats[0])
    groups = []
    for title, rows in _body(table):
        lines = []
        if title is not None:
            span = Html('<tr class="g"><th scope="rowgroup" colspan="{}">{}</th></tr>')
            lines.append(span.format(len(table.heads), escape_text(title, "html")))
        for row in rows:
            cells = [
                Html("<td{}>{}</td>").format(mark, escape_text(value, "html"))
                for value, mark in zip(row, marks, strict=True)
            ]
            if named:
                first = Html('<th scope="row"{}>{}</th>')
                cells[0] = first.format(marks[0], escape_text(row[0], "html"))
            lines.append(Html("<tr>{}</tr>").format(Html("").join(cells)))
        groups.append(Html("<tbody>{}</tbody>").format(Html("").join(lines)))
    caption = Html("<p>{}</p>").format(convert_inline(table.caption, "html"))
    return Html(
        '<div class="apa-box">{caption}'
        '<div class="apa-scroll" role="group" tabindex="0" aria-label="{name}">'
        '<table class="apa" aria-label="{name}"><thead><tr>{head}</tr></thead>{groups}'
        "</table></div>{note}</div>"
    ).format(
        caption=caption if table.caption else "",
        name=str(convert_inline(table.caption, "text")) or label,
        head=head,
        groups=Html("").join(groups),
        note=_html_note(table.note),
    )


def _html_note(note: str) -> Html:
    shown = Html('<p class="apa-note"><i>Note.</i> {}</p>').format(convert_inline(note, "html"))
    return shown if note else Html("")


def _grid(table: PrintedTable, form: str, look: str) -> str:
    """Lay out rows in lines of text; the heading of a group is a row of its own."""
    written, rows = form_of(form), []
    for title, members in _body(table):
        if title is not None:
            named = (written.mark("i"), escape_text(title, form), written.mark("i", close=True))
            rows.append([written("").join(named)] + [""] * (len(table.heads) - 1))
        rows += [[escape_text(value, form) for value in row] for row in members]
    return tabulate(
        [[str(value) for value in row] for row in rows],
        headers=[str(convert_inline(head, form)) for head in table.heads],
        tablefmt=look,
        colalign=["left" if _is_text(shape) else "right" for shape in table.formats],
        disable_numparse=True,
    )


def _markdown(table: PrintedTable, label: str) -> Markdown:
    caption = convert_inline(table.caption, "markdown")
    note = Markdown("*Note.* {}").format(convert_inline(table.note, "markdown"))
    grid = Markdown(_grid(table, "markdown", "pipe"))  # noqa: S704  (of escaped cells)
    return _paragraphs(
        caption or Markdown("**{}**").format(escape_text(label, "markdown")),
        grid,
        note if table.note else Markdown(""),
    )


def _text(table: PrintedTable, label: str) -> PlainText:
    caption = convert_inline(table.caption, "text") or PlainText.escape(label)
    note = PlainText("Note. {}").format(convert_inline(table.note, "text"))
    grid = PlainText(_grid(table, "text", "simple"))  # noqa: S704
    return _paragraphs(caption, grid, note if table.note else PlainText(""))


def _paragraphs(*parts: Written) -> Written:
    """Put parts of a form below each other, without those that are empty."""
    return type(parts[0])("\n\n").join(part for part in parts if part)


def _latex(table: PrintedTable, label: str) -> Latex:
    # \caption numbers the table itself
    caption = re.sub(r"^<b>(?:Table \d+\. )?(.*?)</b>", r"\1", table.caption) or plain(label)
    caption = Latex(r"\caption{%s}") % convert_inline(caption, "latex")
    columns, size = _latex_columns(table)
    heads = _latex_row(convert_inline(head, "latex") for head in table.heads)
    lines = []
    for title, rows in _body(table):
        if title is not None:
            lines += [Latex(r"\addlinespace")] if lines else []
            spanned = Latex(r"\multicolumn{%d}{@{}l@{}}{\textit{%s}} \\*")
            lines.append(spanned % (len(table.heads), escape_text(title, "latex")))
        lines += [_latex_row(escape_text(value, "latex") for value in row) for row in rows]
    note = Latex(r"\textit{Note.} %s") % convert_inline(table.note, "latex")
    head = [Latex(r"\toprule"), heads, Latex(r"\midrule")]
    if len(lines) >= _LONG:
        return Latex("\n").join(
            [
                Latex(r"{%s\begin{longtable}{%s}") % (size, columns),
                Latex(r"%s\\[4pt]") % caption,
                *head,
                Latex(r"\endfirsthead"),
                *head,
                Latex("\\endhead\n\\bottomrule\n\\endfoot"),
                *lines,
                Latex(r"\end{longtable}}"),
                *([Latex(r"{\footnotesize\noindent %s\par}") % note] if table.note else []),
            ]
        )
    set_note = Latex(r"\par\smallskip{\footnotesize\raggedright %s\par}") % note
    return Latex("\n").join(
        [
            Latex(r"\begin{table}[htbp]"),
            Latex(r"\centering%s") % size,
            Latex(r"%s\vspace{4pt}") % caption,
            Latex(r"\begin{tabular}{%s}") % columns,
            *head,
            *lines,
            Latex("\\bottomrule\n\\end{tabular}"),
            *([set_note] if table.note else []),
            Latex(r"\end{table}"),
        ]
    )


def _latex_row(cells: Iterable[Latex]) -> Latex:
    return Latex(r"%s \\") % Latex(" & ").join(cells)


def _latex_columns(table: PrintedTable) -> tuple[Latex, Latex]:
    """Column types, and the size of type with which the table fits a page.

    In a wide table columns of words and of long texts share what the others leave of a line.
    """
    columns = [
        [convert_inline(head, "text"), *table.cells.iloc[:, k]]
        for k, head in enumerate(table.heads)
    ]
    widths = [max(map(len, column)) + 2 for column in columns]
    if sum(widths) <= _LINE:
        types = [_latex_type(shape) for shape in table.formats]
        return Latex("@{}%s@{}") % Latex("").join(types), Latex("")
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
            types.append(Latex(r">{\raggedright\arraybackslash}p{%.2f\linewidth}") % share)
        else:
            types.append(_latex_type(shape))
    small = Latex(r"\footnotesize\setlength{\tabcolsep}{3pt}")
    return Latex("@{}%s@{}") % Latex("").join(types), small


def _latex_type(shape: str) -> Latex:
    return Latex("l") if _is_text(shape) else Latex("r")


# ---------------------------------------------------------------- what a notebook keeps

FORMS: Mapping[str, tuple[str, Callable[[PrintedTable, str], Written]]] = {
    "html": ("text/html", _html),
    "markdown": ("text/markdown", _markdown),
    "latex": ("text/latex", _latex),
    "text": ("text/plain", _text),
}
"""Name, MIME type and renderer of each form in which a table is kept."""


def render_table(table: PrintedTable, form: str) -> Written:
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
    Written
        A text, of the type of its form.
    """
    rendered = FORMS[form][1](table, "")
    return Html("<style>{}</style>{}").format(_STYLE, rendered) if form == "html" else rendered


def render_folded(folded: FoldedTables, form: str) -> Written:
    """Render tables that stand behind lines; only HTML can fold them."""
    render = FORMS[form][1]
    if form == "html":
        fold = Html('<details class="apa-fold"><summary>{}</summary>{}</details>')
        return Html(
            '<style>{}{}</style><div class="apa-box"><p>{}'
            '<span class="apa-hint"> (a line opens its table)</span></p>{}{}</div>'
        ).format(
            _STYLE,
            _FOLD_STYLE,
            convert_inline(folded.caption, form),
            Html("").join(
                fold.format(escape_text(line, form), render(table, line))
                for line, table in folded.tables.items()
            ),
            _html_note(folded.note),
        )
    parts = [render(table, line) for line, table in folded.tables.items()]
    note = convert_inline(f"<i>Note.</i> {folded.note}" if folded.note else "", form)
    return _paragraphs(convert_inline(folded.caption, form), *parts, note)


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
        return str(render_table(self, "html"))

    def to_markdown(self) -> str:
        """Return a Markdown pipe table with its caption and note."""
        return str(render_table(self, "markdown"))

    def to_latex(self) -> str:
        r"""Return a LaTeX table; it needs `booktabs` and `array`, a long one `longtable` too."""
        return str(render_table(self, "latex"))

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return {mime: str(render_table(self, form)) for form, (mime, _) in FORMS.items()}

    def __repr__(self) -> str:
        return str(render_table(self, "text"))


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
        return str(render_folded(self, "html"))

    def to_markdown(self) -> str:
        """Return the tables one after the other."""
        return str(render_folded(self, "markdown"))

    def to_latex(self) -> str:
        """Return the tables one after the other."""
        return str(render_folded(self, "latex"))

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return {mime: str(render_folded(self, form)) for form, (mime, _) in FORMS.items()}

    def __repr__(self) -> str:
        return str(render_folded(self, "text"))
