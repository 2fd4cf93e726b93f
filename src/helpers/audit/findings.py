"""What a check reports, and the table that findings make."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field, fields, replace

import pandas as pd

from helpers.errors import InputError
from helpers.printed.cells import Cell, cells_of, read_cells, write_cells

__all__ = [
    "CANNOT_BE_CHECKED",
    "CONSISTENT",
    "INCONSISTENT",
    "METHODS",
    "Finding",
    "findings_table",
    "list_marks",
]

CONSISTENT = "consistent"
INCONSISTENT = "inconsistent"
CANNOT_BE_CHECKED = "cannot be checked"
VERDICTS = (CONSISTENT, INCONSISTENT, CANNOT_BE_CHECKED)
METHODS = (
    "monotone",
    "vertices",
    "enclosure",
    "integer count",
    "numeric optimisation",
    "comparison",
    "reading",
    "",
)
COLUMNS = [
    "study",
    "location",
    "relation",
    "printed",
    "recomputed_lower",
    "recomputed_upper",
    "verdict",
    "nominal",
    "reading",
    "method",
    "note",
    "cells",
]


@dataclass(frozen=True)
class Finding:
    """The answer of one check.

    Attributes
    ----------
    location : str
        Where the checked number stands, such as ``"Table 4, avoidant -> adherence"``.
    relation : str
        The relation in words or as a formula.
    printed : str
        The printed values that enter it.
    verdict : str
        ``"consistent"`` when unrounded values inside the printed intervals satisfy the relation,
        ``"inconsistent"`` when none do, ``"cannot be checked"`` when something that the relation
        needs is not printed; `note` then says what.
    recomputed_lower, recomputed_upper : float
        What the other printed values allow for the checked number; NaN where the relation has no
        single number.
    nominal : bool or None
        Whether the printed digits themselves give the checked number to its last digit; None where
        the question makes no sense.
    reading : str
        The reading under which the number is true, where there is one.
    method : str
        How the bounds were found; one of `METHODS`. ``monotone``: from the ends of the intervals,
        as the formula rises or falls in each of them throughout. ``vertices``: the same, of a
        formula linear in each number. ``enclosure``: outward-rounded bounds that contain every
        possible value. ``integer count``: all whole-number counts tried. ``numeric optimisation``:
        a search, no proof. ``comparison``: two printed numbers set side by side. ``reading``: what
        a sentence of the paper says against what its model or table has.
    note : str
        What else a reader should know.
    cells : tuple of Cell
        Where the printed numbers stand that entered the check, the checked one first.
    """

    location: str
    relation: str
    printed: str
    verdict: str
    recomputed_lower: float = math.nan
    recomputed_upper: float = math.nan
    nominal: bool | None = None
    reading: str = ""
    method: str = ""
    note: str = ""
    cells: tuple[Cell, ...] = field(kw_only=True)

    def __post_init__(self) -> None:
        if self.verdict not in VERDICTS:
            raise InputError(f"verdict={self.verdict!r} is not one of {', '.join(VERDICTS)}")
        if self.method not in METHODS:
            raise InputError(f"method={self.method!r} is not one of {', '.join(METHODS)}")

    def also_from(self, *values: object) -> "Finding":
        """Return the finding with the cells of further printed values that entered it."""
        return replace(self, cells=cells_of(self.cells, *values))


def findings_table(findings: Iterable[Finding], *, study: str = "") -> pd.DataFrame:
    """Gather findings into one tidy table.

    Parameters
    ----------
    findings : iterable of Finding
    study : str, optional
        Slug of the study, written in every row.

    Returns
    -------
    pandas.DataFrame
        One row a finding, in the order given: ``study`` and the attributes of `Finding`;
        ``nominal`` has pandas' ``boolean`` type, ``cells`` is text as
        `helpers.printed.cells.write_cells` writes it.

    Examples
    --------
    >>> found = Finding("Table 1", "t = b / se", "t = 2", "consistent", cells=())
    >>> findings_table([found], study="demo")[["study", "verdict"]].values.tolist()
    [['demo', 'consistent']]
    """
    rows = [
        {"study": study}
        | {part.name: getattr(finding, part.name) for part in fields(finding)}
        | {"cells": write_cells(finding.cells)}
        for finding in findings
    ]
    return pd.DataFrame(rows, columns=COLUMNS).astype(
        {"nominal": "boolean", "recomputed_lower": float, "recomputed_upper": float}
    )


def list_marks(table: pd.DataFrame) -> dict[str, dict[Cell, list[str]]]:
    """Say of each printed number which findings it enters.

    Parameters
    ----------
    table : DataFrame
        ``location``, ``verdict`` and ``cells`` of findings, as `findings_table` returns them.

    Returns
    -------
    dict
        For each verdict, the cells that enter a finding with it, each with the locations of those
        findings, in their order and each once.

    Examples
    --------
    >>> cell = Cell("table_1", "goal -> ses", "p")
    >>> found = Finding("Table 1, goal -> ses", "p of z", "p = .034", CONSISTENT, cells=(cell,))
    >>> list_marks(findings_table([found]))[CONSISTENT][cell]
    ['Table 1, goal -> ses']
    """
    marks: dict[str, dict[Cell, list[str]]] = {verdict: {} for verdict in VERDICTS}
    for finding in table.itertuples():
        for cell in read_cells(finding.cells):
            places = marks[finding.verdict].setdefault(cell, [])
            if finding.location not in places:
                places.append(finding.location)
    return marks
