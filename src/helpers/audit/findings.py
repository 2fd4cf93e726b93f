"""What a check reports, and the table that findings make."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, fields, replace
from functools import wraps
from typing import TypeVar

import pandas as pd

from helpers.errors import InputError
from helpers.printed.cells import Cell, cells_of, read_cells, write_cells
from helpers.printed.numbers import current_rounding, reading_as

__all__ = [
    "CONCLUSION",
    "CONSISTENT",
    "DOUBTFUL",
    "EDITORIAL",
    "EXCLUDED",
    "IMPOSSIBLE",
    "METHODS",
    "NOT_DECIDED",
    "NUMBER",
    "POSSIBLE_ONLY_IF",
    "SEVERITIES",
    "VERDICTS",
    "Finding",
    "audit_check",
    "findings_table",
    "list_marks",
]

IMPOSSIBLE = "impossible"
POSSIBLE_ONLY_IF = "possible only if"
NOT_DECIDED = "not decided"
CONSISTENT = "consistent"
EXCLUDED = "excluded"
VERDICTS = (IMPOSSIBLE, POSSIBLE_ONLY_IF, NOT_DECIDED, CONSISTENT, EXCLUDED)
DOUBTFUL = (IMPOSSIBLE, POSSIBLE_ONLY_IF)
"""The verdicts that doubt what is printed."""

CONCLUSION = "a conclusion depends on it"
NUMBER = "a number does"
EDITORIAL = "editorial"
SEVERITIES = (CONCLUSION, NUMBER, EDITORIAL)
"""From the gravest; "" where nobody has judged it."""

METHODS = (
    "monotone",
    "vertices",
    "enclosure",
    "integer count",
    "numeric optimization",
    "comparison",
    "reading",
    "",
)
COLUMNS = [
    "study",
    "location",
    "check",
    "verdict",
    "printed",
    "implied_lower",
    "implied_upper",
    "reading",
    "cause",
    "severity",
    "relation",
    "nominal",
    "method",
    "note",
    "cells",
]
_OTHER_ROUNDINGS = {
    "any": {"truncated": "further digits are cut off, not rounded"},
    "half": {
        "any": "a half is rounded in another way",
        "truncated": "further digits are cut off, not rounded",
    },
    "half-even": {
        "any": "a half is rounded in another way",
        "truncated": "further digits are cut off, not rounded",
    },
    "truncated": {"any": "the digits are rounded, not cut off"},
}
"""For each way of rounding the ways that are tried when it is contradicted, and their readings."""


@dataclass(frozen=True)
class Finding:
    """The answer of one check.

    Attributes
    ----------
    location : str
        Where the checked number stands, such as ``"Table 4, avoidant -> adherence"``.
    relation : str
        The relation as a formula where there is one, else in words.
    printed : str
        The printed values that enter it; nothing that is only assumed.
    verdict : str
        ``"impossible"``: no unrounded values inside the printed intervals satisfy the relation,
        and all that it presumes is said in print. ``"possible only if"``: they do only under an
        assumption that the print does not make, which `reading` names. ``"not decided"``: something
        needed is not printed, or neither values nor a proof were found; `note` says which.
        ``"consistent"``: some values do. ``"excluded"``: an explanation that the print does not
        give is ruled out; it accuses nobody.
    implied_lower, implied_upper : float
        What the other printed values allow for the checked number; NaN where the relation has no
        single number.
    nominal : bool or None
        Whether the printed digits themselves give the checked number to its last digit; None where
        the question makes no sense.
    reading : str
        Of ``"possible only if"`` the assumption. Else what would explain the number, where there
        is something, or what fits.
    method : str
        How the bounds were found; one of `METHODS`. ``monotone``: from the ends of the intervals,
        as the formula rises or falls in each of them throughout. ``vertices``: the same, of a
        formula linear in each number. ``enclosure``: outward-rounded bounds that contain every
        possible value. ``integer count``: all whole-number counts tried. ``numeric optimization``:
        a search, no proof. ``comparison``: two printed numbers set side by side. ``reading``: what
        a sentence of the paper says against what its model or table has.
    note : str
        What else a reader should know.
    cells : tuple of Cell
        Where the printed numbers stand that entered the check, the checked one first.
    check : str
        What was checked, in ordinary words; the relation when nothing shorter is known.
    cause : str
        What several findings have in common that contradict for one reason; "" of one that stands
        for itself.
    severity : str
        One of `SEVERITIES`, or "".
    """

    location: str
    relation: str
    printed: str
    verdict: str
    implied_lower: float = math.nan
    implied_upper: float = math.nan
    nominal: bool | None = None
    reading: str = ""
    method: str = ""
    note: str = ""
    cells: tuple[Cell, ...] = field(kw_only=True)
    check: str = field(default="", kw_only=True)
    cause: str = field(default="", kw_only=True)
    severity: str = field(default="", kw_only=True)

    def __post_init__(self) -> None:
        for name, allowed in (
            ("verdict", VERDICTS),
            ("method", METHODS),
            ("severity", ("", *SEVERITIES)),
        ):
            if (given := getattr(self, name)) not in allowed:
                raise InputError(
                    f"{name}={given!r} is not one of {', '.join(filter(None, allowed))}"
                )
        if self.verdict == POSSIBLE_ONLY_IF and not self.reading:
            raise InputError(f"reading='' of {self.location}: name what it is possible only if")

    def also_from(self, *values: object) -> "Finding":
        """Return the finding with the cells of further printed values that entered it."""
        return replace(self, cells=cells_of(self.cells, *values))

    def only_if(self, reading: str) -> "Finding":
        """Return it as possible only under a reading, if it is impossible; else as it is.

        What was said to explain it goes into the note.
        """
        if self.verdict != IMPOSSIBLE:
            return self
        note = "; ".join(filter(None, (self.reading, self.note)))
        return replace(self, verdict=POSSIBLE_ONLY_IF, reading=reading, note=note)


Found = TypeVar("Found", Finding, list[Finding])


def audit_check(name: str) -> Callable[[Callable[..., Found]], Callable[..., Found]]:
    """Make a function that returns findings a check.

    Findings that have no name of their own are called `name`. What is impossible is looked at once
    more with the printed digits read as cut off, or as rounded where they were read as cut off: if
    it is no longer impossible, it is possible only if they are; see
    `helpers.printed.numbers.reading_as`. Numbers that were read before the check was called, such
    as a `PrintedNumber`, keep their intervals.

    Parameters
    ----------
    name : str
        What is checked, in ordinary words.
    """

    def decorate(check: Callable[..., Found]) -> Callable[..., Found]:
        @wraps(check)
        def checked(*args: object, **kwargs: object) -> Found:
            found = check(*args, **kwargs)
            findings = [found] if isinstance(found, Finding) else found
            for rounding, reading in _OTHER_ROUNDINGS[current_rounding()].items():
                if not any(finding.verdict == IMPOSSIBLE for finding in findings):
                    break
                with reading_as(rounding):
                    again = check(*args, **kwargs)
                others = [again] if isinstance(again, Finding) else again
                findings = [
                    finding if other.verdict == IMPOSSIBLE else finding.only_if(reading)
                    for finding, other in zip(findings, others, strict=True)
                ]
            named = [replace(f, check=f.check or name) for f in findings]
            return named[0] if isinstance(found, Finding) else named

        return checked

    return decorate


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
        | {"check": finding.check or finding.relation, "cells": write_cells(finding.cells)}
        for finding in findings
    ]
    return pd.DataFrame(rows, columns=COLUMNS).astype(
        {"nominal": "boolean", "implied_lower": float, "implied_upper": float}
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
