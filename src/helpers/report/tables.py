"""Tables as a journal prints them: the one place where numbers are rounded."""

from __future__ import annotations

import html
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from helpers.errors import InputError, did_you_mean

_MINUS = "\u2212"
_STYLE = """
.apa{border-collapse:collapse;font-size:.92em;font-variant-numeric:tabular-nums;margin:.2em 0}
.apa th,.apa td{border:0;padding:.22em .8em;text-align:right;white-space:nowrap;background:none}
.apa th.t,.apa td.t{text-align:left}
.apa td.w{white-space:normal;min-width:16em;text-align:left}
.apa thead th{border-top:1.5px solid;border-bottom:1px solid;font-weight:600;vertical-align:bottom}
.apa tbody tr:last-child td{border-bottom:1.5px solid}
.apa tr.g td{font-style:italic;padding-top:.7em;text-align:left}
.apa-box{overflow-x:auto;max-width:100%}
.apa-box p{margin:.35em 0;text-align:left}
.apa-note{font-size:.85em}
"""
_FOLD_STYLE = """
.apa-fold{margin:.3em 0}
.apa-fold>summary{cursor:pointer}
.apa-fold .apa-box{max-height:28em;overflow:auto}
.apa-fold .apa-box p:empty{display:none}
.apa-fold thead th{position:sticky;top:0;
background:var(--pst-color-background,var(--jp-layout-color0,#fff))}
"""


def format_number(value: float, decimals: int = 3, *, leading_zero: bool = True) -> str:
    """Round half away from zero to `decimals`, with a true minus sign.

    Parameters
    ----------
    value : float
        NaN gives an en dash.
    decimals : int
    leading_zero : bool
        False for statistics that cannot exceed one (APA 7, section 6.36).

    Examples
    --------
    >>> format_number(-0.0464), format_number(0.588, leading_zero=False), format_number(-0.0001)
    ('−0.046', '.588', '0.000')
    """
    if value is None or not isinstance(value, int | float | np.number) or math.isnan(value):
        return "–"
    if math.isinf(value):
        return "∞" if value > 0 else f"{_MINUS}∞"
    text = f"{abs(value):,.{decimals}f}"
    if not leading_zero and text.startswith("0."):
        text = text[1:]
    negative = value < 0 and any(digit in text for digit in "123456789")
    return (_MINUS if negative else "") + text


def format_p(value: float) -> str:
    """Print a p value to three decimals, `< .001` below that.

    Examples
    --------
    >>> format_p(0.0412), format_p(3e-9)
    ('.041', '< .001')
    """
    if value is None or math.isnan(value):
        return "–"
    return "< .001" if value < 0.0005 else format_number(value, leading_zero=False)


def format_percent(value: float, decimals: int = 1) -> str:
    """Print a share between 0 and 1 as a percentage."""
    return "–" if math.isnan(value) else f"{format_number(100 * value, decimals)}\u00a0%"


def _text(value: object) -> str:
    return "" if value is None or (isinstance(value, float) and math.isnan(value)) else str(value)


def _yes_no(value: object) -> str:
    return {True: "yes", False: "no"}.get(value, "–")


_FORMATS = {
    "text": _text,
    "words": _text,
    "number": _text,
    "integer": partial(format_number, decimals=0),
    "one": partial(format_number, decimals=1),
    "two": partial(format_number, decimals=2),
    "three": format_number,
    "four": partial(format_number, decimals=4),
    "six": partial(format_number, decimals=6),
    "bounded": partial(format_number, leading_zero=False),
    "p": format_p,
    "percent": format_percent,
    "yes_no": _yes_no,
}
FORMATS = tuple(_FORMATS)
"""Names of the cell formats.

text, words (may wrap), number (already printed), integer, one, two, three, four and six decimals,
bounded (three decimals, no leading zero), p, percent, yes_no.
"""


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
        classes = [{"text": "t", "words": "t w"}.get(f, "") for f in self.formats]
        head = "".join(
            f'<th scope="col" class="{c}">{h}</th>'
            for h, c in zip(self.heads, classes, strict=True)
        )
        headings = dict(self.groups)
        body = []
        for number, row in enumerate(self.cells.itertuples(index=False)):
            if number in headings:
                title = html.escape(headings[number])
                body.append(f'<tr class="g"><td colspan="{len(self.heads)}">{title}</td></tr>')
            cells = "".join(
                f'<td class="{c}">{html.escape(str(v))}</td>'
                for v, c in zip(row, classes, strict=True)
            )
            body.append(f"<tr>{cells}</tr>")
        note = f'<p class="apa-note"><i>Note.</i> {self.note}</p>' if self.note else ""
        return (
            f'<style>{_STYLE}</style><div class="apa-box"><p>{self.caption}</p>'
            f'<table class="apa"><thead><tr>{head}</tr></thead>'
            f"<tbody>{''.join(body)}</tbody></table>{note}</div>"
        )

    def to_markdown(self) -> str:
        """Return a Markdown table."""
        return self.cells.set_axis(self.heads, axis=1).to_markdown(index=False)

    def to_latex(self) -> str:
        """Return a LaTeX tabular with booktabs rules."""
        return self.cells.set_axis(self.heads, axis=1).to_latex(index=False, escape=True)

    def _repr_html_(self) -> str:
        return self.to_html()

    def __repr__(self) -> str:
        return f"{self.caption}\n{self.cells.set_axis(self.heads, axis=1).to_string(index=False)}"


def print_table(
    data: pd.DataFrame,
    columns: Mapping[str, str],
    *,
    caption: str,
    note: str = "",
    group: str | None = None,
) -> PrintedTable:
    """Round a tidy table for print.

    Parameters
    ----------
    data : DataFrame
        Unrounded.
    columns : mapping of str to str
        From the head of a printed column (inline HTML such as `<i>p</i>` is kept) to what stands
        under it: a column of `data`, `"est"`, or two for an interval, `"ci_lower, ci_upper"`; then,
        if not three decimals, a colon and one of `FORMATS`: `"pvalue: p"`.
    caption, note : str
        May hold inline HTML.
    group : str, optional
        Column whose changes open a new group of rows with a heading.

    Returns
    -------
    PrintedTable

    Raises
    ------
    InputError
        When a column or a format does not exist.
    """
    cells, formats = {}, []
    for head, text in columns.items():
        sources, _, shape = (part.strip() for part in text.partition(":"))
        shape = shape or "three"
        if shape not in _FORMATS:
            raise InputError(f"format={shape!r} is not known.{did_you_mean(shape, _FORMATS)}")
        cells[head] = _format_cells(data, [s.strip() for s in sources.split(",")], _FORMATS[shape])
        formats.append(shape)
    groups: list[tuple[int, str]] = []
    if group is not None:
        names = data[group].tolist()
        groups = [(k, str(n)) for k, n in enumerate(names) if k == 0 or n != names[k - 1]]
    return PrintedTable(
        pd.DataFrame(cells).astype(str),
        tuple(columns),
        tuple(formats),
        caption,
        note,
        tuple(groups),
    )


def _format_cells(data, sources, shape):
    for source in sources:
        if source not in data.columns:
            raise InputError(
                f"the table has no column {source!r}.{did_you_mean(source, data.columns)}"
            )
    if len(sources) == 1:
        return [shape(value) for value in data[sources[0]]]
    return [
        f"[{shape(low)}, {shape(high)}]" if pd.notna(low) and pd.notna(high) else "–"
        for low, high in zip(data[sources[0]], data[sources[1]], strict=True)
    ]


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
        folds = "".join(
            f'<details class="apa-fold"><summary>{html.escape(line)}</summary>'
            f"{table.to_html()}</details>"
            for line, table in self.tables.items()
        )
        note = f'<p class="apa-note"><i>Note.</i> {self.note}</p>' if self.note else ""
        return f"<style>{_FOLD_STYLE}</style><div><p>{self.caption}</p>{folds}{note}</div>"

    def _repr_html_(self) -> str:
        return self.to_html()

    def __repr__(self) -> str:
        return "\n".join([self.caption, *self.tables])


def fold_tables(
    tables: Mapping[str, PrintedTable], *, caption: str, note: str = ""
) -> FoldedTables:
    """Put long tables behind lines that open them.

    Parameters
    ----------
    tables : mapping of str to PrintedTable
        By the line that stands for the closed table, such as "Context, 21 open codes".
    caption, note : str
        May hold inline HTML.

    Returns
    -------
    FoldedTables
    """
    return FoldedTables(dict(tables), caption, note)


def label_rows(data: pd.DataFrame, labels: Mapping[str, str], *, source: str) -> list[str]:
    """Return printed names of the keys in column `source`; a key without one stands as it is."""
    return [labels.get(key, key) for key in data[source]]
