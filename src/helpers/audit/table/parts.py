"""What a table is read as: columns with roles, rows of values, a triangle of correlations."""

from __future__ import annotations

from dataclasses import dataclass, field

from helpers.audit.table.values import Value

__all__ = ["Column", "Matrix", "Row", "Table"]


@dataclass(frozen=True)
class Column:
    """A column and what it was taken for."""

    header: str
    roles: tuple[str, ...]
    panel: str = ""


@dataclass(frozen=True)
class Row:
    """One row of one panel.

    Attributes
    ----------
    table, name, group, panel : str
        Where it stands; `group` is the heading, step or model above it.
    values : dict of str to Value
        By role.
    stated : dict of str to float
        What the headers state of its numbers: level, tails.
    bootstrap : bool
        Whether a header of its interval speaks of a bootstrap.
    """

    table: str
    name: str
    group: str
    panel: str
    values: dict[str, Value]
    stated: dict[str, float] = field(default_factory=dict)
    bootstrap: bool = False

    @property
    def place(self) -> str:
        """Where the row stands, as it is shown."""
        return ", ".join(part for part in (self.panel, self.group, self.name) if part)


@dataclass(frozen=True)
class Matrix:
    """A triangle of numbers between variables, usually correlations.

    Attributes
    ----------
    names : tuple of str
    lower, upper, diagonal : dict
        The numbers below and above the diagonal, by pair of positions (row, column), and on it.
    """

    names: tuple[str, ...]
    lower: dict[tuple[int, int], Value]
    upper: dict[tuple[int, int], Value]
    diagonal: dict[int, Value]


@dataclass(frozen=True)
class Table:
    """A table as it was understood.

    Attributes
    ----------
    name : str
    columns : list of Column
        In their order; roles are empty where a column was not understood.
    rows : list of Row
    matrix : Matrix or None
    problems : list of str
        Cells that were not read, each with its row and column.
    words : str
        Title, note and headers, for what they say of estimators and adjustments.
    """

    name: str
    columns: list[Column]
    rows: list[Row]
    matrix: Matrix | None
    problems: list[str]
    words: str
