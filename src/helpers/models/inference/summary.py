"""How a fit or a bootstrap shows itself: as text where it is printed, as HTML in a notebook."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
from markupsafe import Markup

__all__ = ["Readable", "Section", "Summary", "format_number", "format_table", "say_fit"]

DIGITS = 3
ROWS = 60
"""Rows of a table that are shown; a longer one says how many are left out."""

_PVALUES = ("pvalue", "pvalue_hc3")
_COUNTS = ("n", "df", "df1", "df2", "df_diff")

Section = tuple[str, pd.DataFrame]
"""A heading and its table."""


class Summary(str):
    """Text of a summary, which shows itself as it is where a session echoes it."""

    __slots__ = ("_html",)

    def __new__(cls, head: str, sections: Iterable[Section]) -> Summary:
        """Lay out a first line and tables under their headings."""
        sections = list(sections)
        blocks = [head] if head else []
        blocks += [
            "\n".join(filter(None, [title, format_table(table)])) for title, table in sections
        ]
        text = super().__new__(cls, "\n\n".join(blocks))
        parts = [Markup("<p>{}</p>").format(line) for line in head.splitlines()]
        for title, table in sections:
            parts += [Markup("<p><b>{}</b></p>").format(title)] if title else []
            parts.append(_html_table(table))
        text._html = str(Markup("").join(parts))
        return text

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        return self._html


class Readable:
    """What every result has: `summary()`, a readable `print`, and HTML in a notebook.

    A result says in `_head` what it is, in one line or a few, and gives the tables of its summary
    in `_sections`, the one that is printed first.
    """

    def _head(self) -> str:
        raise NotImplementedError

    def _sections(self) -> list[Section]:
        raise NotImplementedError

    def summary(self) -> Summary:
        """All that there is to read, as text; in a notebook as HTML.

        Returns
        -------
        Summary
            A str. The numbers are rounded; unrounded ones are in the tables themselves.
        """
        return Summary(self._head(), self._sections())

    def _brief(self) -> Summary:
        return Summary(self._head(), self._sections()[:1])

    def __repr__(self) -> str:
        return str(self._brief())

    def _repr_html_(self) -> str:
        return self._brief()._repr_html_()


def format_number(value: object, column: str = "") -> str:
    """A number as summaries show it.

    Parameters
    ----------
    value : object
        Whole numbers, text and truth values are shown as they are.
    column : str
        The name of its column: p values below .001 are shown as such, counts and whole degrees of
        freedom without decimals.

    Returns
    -------
    str
        Three decimals; two digits and a power of ten where these would all be zeros; empty where
        missing.

    Examples
    --------
    >>> [format_number(value) for value in (0.25, 0.00012, 81, float("nan"))]
    ['0.250', '1.2e-04', '81', '']
    >>> format_number(0.0002, "pvalue")
    '<.001'
    """
    if isinstance(value, str | bool | np.bool_ | int | np.integer):
        return str(value)
    if not isinstance(value, float | np.floating):
        return "" if value is None or value is pd.NA else str(value)
    if np.isnan(value):
        return ""
    if (column in _COUNTS or column.startswith("n_")) and float(value).is_integer():
        return str(int(value))
    if column in _PVALUES:
        return "<.001" if value < 0.001 else f"{value:.{DIGITS}f}".lstrip("0")
    if value != 0 and (abs(value) < 10**-DIGITS or abs(value) >= 1e7) and np.isfinite(value):
        return f"{value:.1e}"
    shown = f"{value:.{DIGITS}f}"
    return shown.replace("-", "", 1) if float(shown) == 0 else shown


def format_table(table: pd.DataFrame) -> str:
    """Lay out a table as text, numbers to the right and names to the left.

    Parameters
    ----------
    table : DataFrame
        Its index is not shown, nor are columns without a value.

    Returns
    -------
    str

    Examples
    --------
    >>> print(format_table(pd.DataFrame({"term": ["x", "x:w"], "est": [0.5, -0.0123],
    ...                                  "pvalue": [0.00004, 0.04], "note": ["", ""]})))
    term     est  pvalue
    x      0.500   <.001
    x:w   -0.012    .040
    """
    cells, left = _cells(table)
    widths = {
        name: max(len(name), *(len(cell) for cell in column), 0) for name, column in cells.items()
    }
    lines = [
        "  ".join(
            cell.ljust(widths[name]) if name in left else cell.rjust(widths[name])
            for name, cell in row.items()
        ).rstrip()
        for row in [dict(zip(cells, cells, strict=True)), *_rows(cells)]
    ]
    if len(table) > ROWS:
        lines.append(f"… and {len(table) - ROWS} rows more")
    return "\n".join(lines)


def say_fit(measures: pd.Series) -> str:
    """The measures that a report gives first, in one line, scaled or robust where there are such.

    Parameters
    ----------
    measures : Series
        By lavaan's names, at least ``chisq df pvalue cfi rmsea srmr``.

    Returns
    -------
    str

    Examples
    --------
    >>> say_fit(pd.Series({"chisq": 3.2, "df": 2, "pvalue": 0.2, "cfi": 0.99, "rmsea": 0.04,
    ...                    "srmr": 0.02}))
    'chisq(2) 3.200, p .200; CFI 0.990, RMSEA 0.040, SRMR 0.020'
    """

    def best(name: str, *suffixes: str) -> float:
        given = [measures[name + s] for s in suffixes if name + s in measures]
        return float(next((v for v in given if np.isfinite(v)), measures[name]))

    scaled = np.isfinite(measures.get("chisq.scaled", np.nan))
    chisq, p = (best(name, ".scaled") for name in ("chisq", "pvalue"))
    indices = ", ".join(
        f"{name.upper()} {format_number(best(name, '.robust', '.scaled'))}"
        for name in ("cfi", "rmsea", "srmr")
    )
    if measures["df"] == 0:
        return "as many parameters as moments: the fit is perfect and tests nothing"
    shown = f"{'scaled ' if scaled else ''}chisq({measures['df']:g}) {format_number(chisq)}"
    return f"{shown}, p {format_number(p, 'pvalue')}; {indices}"


def _cells(table: pd.DataFrame) -> tuple[dict[str, list[str]], set[str]]:
    """The cells of each column that has a value, as text, and the columns of names."""
    shown = table.head(ROWS)
    cells = {
        str(name): [format_number(value, str(name)) for value in shown[name]] for name in shown
    }
    left = {str(name) for name in shown if not pd.api.types.is_numeric_dtype(shown[name])}
    return {name: column for name, column in cells.items() if any(column)}, left


def _rows(cells: dict[str, list[str]]) -> list[dict[str, str]]:
    return [dict(zip(cells, row, strict=True)) for row in zip(*cells.values(), strict=True)]


def _html_table(table: pd.DataFrame) -> Markup:
    cells, left = _cells(table)
    align = {name: "left" if name in left else "right" for name in cells}
    row = Markup("<tr>{}</tr>")
    name = Markup('<th style="text-align:{}">{}</th>')
    cell = Markup('<td style="text-align:{}">{}</td>')
    head = row.format(Markup("").join(name.format(align[n], n) for n in cells))
    body = Markup("").join(
        row.format(Markup("").join(cell.format(align[n], c) for n, c in given.items()))
        for given in _rows(cells)
    )
    more = Markup("<p>… and {} rows more</p>").format(len(table) - ROWS)
    laid_out = Markup("<table><thead>{}</thead><tbody>{}</tbody></table>{}")
    return laid_out.format(head, body, more if len(table) > ROWS else "")
