"""The address of a printed number, which goes with it from its table to the check it enters."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import pandas as pd

from helpers.errors import InputError

__all__ = [
    "NUMBER_WORDS",
    "Cell",
    "PrintedCount",
    "PrintedText",
    "address_table",
    "cells_of",
    "count",
    "name_row",
    "read_cells",
    "rows_of",
    "write_cells",
]

_WORDS = (
    *("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
    *("eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen"),
    *("nineteen", "twenty"),
)
NUMBER_WORDS = {word: number for number, word in enumerate(_WORDS)}
"""Whole numbers that papers print as words."""


class Cell(NamedTuple):
    """Where a number is printed: the keys of `helpers.printed.numbers.melt_published`."""

    table: str
    row: str
    column: str


class PrintedText(str):
    """Characters as printed, with the cells they come from.

    What is left of it after `strip`, `lstrip`, `rstrip` or `replace` is still of those cells. Any
    other operation gives a plain `str`.

    Examples
    --------
    >>> t = PrintedText("2.847**", [Cell("table_4", "avoidant -> adherence", "t")])
    >>> cells_of(t.rstrip("*"))
    (Cell(table='table_4', row='avoidant -> adherence', column='t'),)
    """

    cells: tuple[Cell, ...]

    def __new__(cls, text: str, cells: Iterable[Cell] = ()) -> "PrintedText":
        """Make it of characters and their cells."""
        made = super().__new__(cls, text)
        made.cells = tuple(cells)
        return made

    def strip(self, chars: str | None = None) -> "PrintedText":
        """As `str.strip`."""
        return PrintedText(super().strip(chars), self.cells)

    def lstrip(self, chars: str | None = None) -> "PrintedText":
        """As `str.lstrip`."""
        return PrintedText(super().lstrip(chars), self.cells)

    def rstrip(self, chars: str | None = None) -> "PrintedText":
        """As `str.rstrip`."""
        return PrintedText(super().rstrip(chars), self.cells)

    def replace(self, old: str, new: str, number: int = -1) -> "PrintedText":
        """As `str.replace`."""
        return PrintedText(super().replace(old, new, number), self.cells)


class PrintedCount(int):
    """An exact count with the cells it comes from; sums and products keep those of their parts.

    Examples
    --------
    >>> items = count(PrintedText("7", [Cell("sample", "gad7_items", "printed")]))
    >>> top = items * count(PrintedText("3", [Cell("sample", "gad7_item_maximum", "printed")]))
    >>> top, [cell.row for cell in cells_of(top)]
    (21, ['gad7_items', 'gad7_item_maximum'])
    """

    cells: tuple[Cell, ...]

    def __new__(cls, number: int, cells: Iterable[Cell] = ()) -> "PrintedCount":
        """Make it of a number and its cells."""
        made = super().__new__(cls, number)
        made.cells = tuple(cells)
        return made

    def __add__(self, other: object) -> int:
        return self._of_both(super().__add__(other), other)

    def __mul__(self, other: object) -> int:
        return self._of_both(super().__mul__(other), other)

    __radd__, __rmul__ = __add__, __mul__

    def _of_both(self, result: int, other: object) -> int:
        if result is NotImplemented:
            return result
        return PrintedCount(result, cells_of(self, other))


def count(text: str) -> PrintedCount:
    """Read a whole number, in digits or as a word, with the cells of `text`.

    Raises
    ------
    InputError
        When `text` is no whole number.

    Examples
    --------
    >>> count("213"), count("Three")
    (213, 3)
    """
    word = text.strip().casefold()
    number = int(word) if word.isdecimal() else NUMBER_WORDS.get(word)
    if number is None:
        raise InputError(f"printed={str(text)!r} is no whole number, in digits or as a word")
    return PrintedCount(number, cells_of(text))


def cells_of(*values: object) -> tuple[Cell, ...]:
    """Return the cells that values come from, each once, in the order given.

    Parameters
    ----------
    *values
        Printed numbers, cells, and mappings and sequences of them. What has no cell adds none.
    """
    found: dict[Cell, None] = {}
    for value in values:
        if isinstance(value, Cell):
            found[value] = None
        elif isinstance(value, Mapping):
            found |= dict.fromkeys(cells_of(*value.values()))
        elif isinstance(value, Sequence) and not isinstance(value, str):
            found |= dict.fromkeys(cells_of(*value))
        else:
            found |= dict.fromkeys(getattr(value, "cells", ()))
    return tuple(found)


def name_row(key: object) -> str:
    """Return the name of a row: its key, several parts of one joined by ``" -> "``."""
    return " -> ".join(key) if isinstance(key, tuple) else str(key)


def address_table(frame: pd.DataFrame, *, table: str, text: Sequence[str]) -> pd.DataFrame:
    """Give each printed number of a table its address.

    Parameters
    ----------
    frame : DataFrame
        As `helpers.printed.numbers.load_published` returns it.
    table : str
        Its name.
    text : sequence of str
        The columns that hold words; they stay as they are.

    Returns
    -------
    DataFrame
        The same with a `PrintedText` in each cell where a number is printed.
    """
    addressed = frame.astype(object)
    for column in frame.columns.difference(list(text)):
        addressed[column] = pd.Series(
            [
                PrintedText(printed, [Cell(table, name_row(key), column)]) if printed else ""
                for key, printed in frame[column].items()
            ],
            index=frame.index,
            dtype=object,
        )
    return addressed


def rows_of(frame: pd.DataFrame) -> Iterator[tuple[object, dict[str, object]]]:
    """Yield key and cells of each row; `pandas.DataFrame.iterrows` makes plain text of them."""
    for key, *values in frame.itertuples(name=None):
        yield key, dict(zip(frame.columns, values, strict=True))


def write_cells(cells: Iterable[Cell]) -> str:
    """Write cells as ``table/row/column``, separated by ``"; "``; see `read_cells`.

    Raises
    ------
    InputError
        When a part holds one of the two separators.
    """
    for cell in (cells := tuple(cells)):
        if any("/" in part or ";" in part for part in cell):
            raise InputError(f"{cell} cannot be written: a name in it has '/' or ';'")
    return "; ".join("/".join(cell) for cell in cells)


def read_cells(text: str) -> list[Cell]:
    """Read what `write_cells` wrote.

    Examples
    --------
    >>> read_cells("table_1/goal -> ses/p; text/results_goal_ses_p/printed")[0].row
    'goal -> ses'
    """
    return [Cell(*part.split("/")) for part in text.split("; ") if part]
