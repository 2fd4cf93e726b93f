"""Tables as a journal prints them: the one place where numbers are rounded."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from helpers.errors import InputError, did_you_mean
from helpers.report.table_markup import FORMS, render_folded, render_table

_MINUS = "\u2212"


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


def _text_without_zero(value: object) -> str:
    return re.sub(r"(?<![\d.,])0(?=\.\d)", "", _text(value))


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
    "bounded_two": partial(format_number, decimals=2, leading_zero=False),
    "bounded_number": _text_without_zero,
    "p": format_p,
    "percent": format_percent,
    "yes_no": _yes_no,
}
FORMATS = tuple(_FORMATS)
"""Names of the cell formats.

text, words (may wrap), number (already printed), integer, one, two, three, four and six decimals,
bounded (three decimals, no leading zero), bounded_two, bounded_number (already printed), p,
percent, yes_no.

A leading zero is left out where a statistic cannot exceed one whatever the data (APA 7, section
6.36): *p*, correlations, loadings of composites, reliabilities and coefficients of agreement, the
average variance extracted, *R*², its changes and *Q*², Shapiro and Wilk's *W*, tolerance, power,
and the standard errors and errors of these. It stays where one can be exceeded, however rarely:
standardized paths and effects, shares of an effect, *f*², differences of correlations.
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
        _format_interval(low, high, shape) if pd.notna(low) and pd.notna(high) else "–"
        for low, high in zip(data[sources[0]], data[sources[1]], strict=True)
    ]


def _format_interval(low, high, shape):
    """Print an interval; an end that is infinite does not belong to it."""
    opening, closing = "(" if low == -math.inf else "[", ")" if high == math.inf else "]"
    return f"{opening}{shape(low)}, {shape(high)}{closing}"


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
