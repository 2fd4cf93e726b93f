"""Tables as a journal prints them: the one place where numbers are rounded."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import NamedTuple

import pandas as pd

from helpers.errors import InputError, did_you_mean
from helpers.report.numbers import FORMATS
from helpers.report.table_markup import FoldedTables, PrintedTable


class Column(NamedTuple):
    """What is in a column of a printed table.

    Attributes
    ----------
    source : str or (str, str)
        A column of the data, by whatever name, or the two that hold an interval's ends.
    shape : str
        One of `helpers.report.numbers.FORMATS`.
    """

    source: str | tuple[str, str]
    shape: str = "three"


_WRITTEN = re.compile(r"(?P<first>[^,:]+)(?:, (?P<second>[^,:]+))?(?:: (?P<shape>\w+))?")


def print_table(
    data: pd.DataFrame,
    columns: Mapping[str, str | Column],
    *,
    caption: str,
    note: str = "",
    group: str | None = None,
    printed: bool = True,
) -> PrintedTable:
    """Round a tidy table for print.

    Parameters
    ----------
    data : DataFrame
        Unrounded.
    columns : mapping of str to str or Column
        From the head of a printed column (inline markup such as `<i>p</i>` is kept) to what stands
        under it: a `Column`, or one written in short: a column of `data`, `"est"`, or two for an
        interval, `"ci_lower, ci_upper"`; then, if not three decimals, a colon and one of `FORMATS`:
        `"pvalue: p"`. This is for literals: whatever is computed, such as a column named by a
        reader, is a `Column`.
    caption, note : str
        May hold inline markup (`helpers.report.inline`); a reader's words go through its `plain`.
    group : str, optional
        Column whose changes open a new group of rows with a heading.
    printed : bool
        False leaves out the columns whose head says that they are printed: a reader's own results
        are laid out as the paper lays out its own.

    Returns
    -------
    PrintedTable

    Raises
    ------
    InputError
        When a column or a format does not exist.
    """
    if not printed:
        columns = {head: text for head, text in columns.items() if "printed" not in head.lower()}
    read = [_read_column(column) for column in columns.values()]
    for column in read:
        if column.shape not in FORMATS:
            raise InputError(
                f"format={column.shape!r} is not known.{did_you_mean(column.shape, FORMATS)}"
            )
    cells = {head: _format_cells(data, column) for head, column in zip(columns, read, strict=True)}
    groups: list[tuple[int, str]] = []
    if group is not None:
        names = data[group].tolist()
        groups = [(k, str(n)) for k, n in enumerate(names) if k == 0 or n != names[k - 1]]
    return PrintedTable(
        pd.DataFrame(cells).astype(str),
        tuple(columns),
        tuple(column.shape for column in read),
        caption,
        note,
        tuple(groups),
    )


def _read_column(column: str | Column) -> Column:
    if isinstance(column, Column):
        return column
    written = _WRITTEN.fullmatch(column)
    if written is None:
        raise InputError(
            f"the column {column!r} cannot be read; give a Column, whose source may have any name."
        )
    first, second, shape = written.group("first", "second", "shape")
    return Column((first, second) if second else first, shape or "three")


def _format_cells(data: pd.DataFrame, column: Column) -> list[str]:
    shape = FORMATS[column.shape]
    sources = (column.source,) if isinstance(column.source, str) else column.source
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


def fold_tables(
    tables: Mapping[str, PrintedTable], *, caption: str, note: str = ""
) -> FoldedTables:
    """Put long tables behind lines that open them.

    Parameters
    ----------
    tables : mapping of str to PrintedTable
        By the line that stands for the closed table, such as "Context, 21 open codes".
    caption, note : str
        May hold inline markup.

    Returns
    -------
    FoldedTables
    """
    return FoldedTables(dict(tables), caption, note)
