"""Rows of a file that are no participant: a second header, empty rows, notes and summaries below.

What cannot be a participant is left out, and that is said; what may be one is asked about.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from helpers.data.cell_checks import MISSING_MARKS
from helpers.data.problems import Problems, show
from helpers.data.schemas import Column
from helpers.errors import InputError

__all__ = ["find_summary_row", "mark_participants"]

FOOT = 6
"""Rows at the end that are looked at as a summary of those above."""
_SUMMARY = re.compile(
    r"(?:means?|averages?|totals?|sums?|median|std\.?\s*dev(?:iation)?|mittelwert|summe|gesamt)\.?:?"
    r"|(?:m|mean|n|sd|sum|total)\s*=\s*[\d.,]+",
    re.IGNORECASE,
)
"""What only a summary is called; `M`, `SD` and `Max` alone may be somebody's initials or name."""
_SWAPPED = str.maketrans(",.", ".,")


def mark_participants(
    cells: Mapping[str, pd.Series],
    columns: Mapping[str, Column],
    *,
    identifiers: Sequence[str],
    problems: Problems,
    lines: np.ndarray,
    decimal: str = ".",
) -> tuple[np.ndarray, list[str]]:
    """Return which rows may be participants, and what was left out.

    Parameters
    ----------
    cells : mapping of str to Series
        The columns that are used and those of `identifiers`, as they were read.
    columns : mapping of str to Column
        What the former are.
    identifiers : sequence of str
        Columns that say who, which no analysis uses.
    problems : Problems
        Names the file in messages.
    lines : array
        The line of each row.
    decimal : str

    Returns
    -------
    kept : array of bool
    notes : list of str
        A sentence for each kind of row that was left out: a second header row, whose cells are
        words in every column of numbers, and rows without a value in any column that is used.

    Raises
    ------
    InputError
        For what may be a note, or a summary of the rows above, at the end of the file.
    """
    kept = np.ones(len(lines), dtype=bool)
    names = [name for name, column in columns.items() if column.is_number]
    notes = []
    if len(names) >= 3 and len(lines) > 2:
        first, second = (
            [_reads_as_number(cells[name].iloc[i], decimal) for name in names] for i in (0, 1)
        )
        if first.count(False) == len(names) and True in second and False not in second:
            kept[0] = False
            notes.append(
                f"{problems.unit} {lines[0]} holds words in every column of numbers and was "
                "skipped as a further header row"
            )
    used = [name for name, column in columns.items() if column.role != "cluster"]
    if not used:
        return kept, notes
    empty = kept & np.all([_is_missing(cells[name]) for name in used], axis=0)
    if empty.any() and not empty[kept].all():
        kept &= ~empty
        n = int(empty.sum())
        rows = "1 row has" if n == 1 else f"{n} rows have"
        shown = ", ".join(str(line) for line in lines[empty][:5])
        notes.append(
            f"{rows} no value in any column that is used and "
            f"{'was' if n == 1 else 'were'} left out ({problems.unit} {shown}"
            f"{', …' if n > 5 else ''})"
        )
    _refuse_foot(cells, names, used, identifiers, kept, problems, lines, decimal)
    return kept, notes


def _is_missing(cells: pd.Series) -> np.ndarray:
    if cells.dtype.kind in "iufb":
        return cells.isna().to_numpy()
    return (cells.isna() | cells.astype(str).str.strip().isin(MISSING_MARKS)).to_numpy()


def _reads_as_number(value: object, decimal: str) -> bool | None:
    """Whether a cell is a number; None where it is empty."""
    text = "" if pd.isna(value) else str(value).strip()
    if text in MISSING_MARKS:
        return None
    text = text if decimal == "." else text.translate(_SWAPPED)
    return not np.isnan(pd.to_numeric(text, errors="coerce"))


def _refuse_foot(
    cells: Mapping[str, pd.Series],
    names: Sequence[str],
    used: Sequence[str],
    identifiers: Sequence[str],
    kept: np.ndarray,
    problems: Problems,
    lines: np.ndarray,
    decimal: str,
) -> None:
    at = np.flatnonzero(kept)
    if len(at) < 4:
        return
    last = at[-1]
    filled = [name for name in used if not _is_missing(cells[name].iloc[[last]])[0]]
    if len(used) >= 3 and len(filled) == 1 and filled[0] in names:
        text = cells[filled[0]].iloc[last]
        if not _reads_as_number(text, decimal):
            raise InputError(
                f"{problems.place(lines[last])}: the row holds nothing but {show(text)}, as a note "
                "does; leave the row out of a copy of the file"
            )
    for row in at[-FOOT:]:
        for name in identifiers:
            word = cells[name].iloc[row]
            if pd.notna(word) and _SUMMARY.fullmatch(str(word).strip()):
                raise InputError(
                    f"{problems.place(lines[row])}: {show(word)} in column '{name}' says that the "
                    "row sums up those above and is no participant; leave it and what stands below "
                    "it out of a copy of the file"
                )
    if not names:
        return
    numbers = pd.DataFrame({name: _to_numbers(cells[name], decimal) for name in names}).iloc[at]
    for k in range(min(FOOT, len(at) - 4)):
        if word := find_summary_row(numbers.iloc[: len(at) - k]):
            below = " and what stands below it" if k else ""
            raise InputError(
                f"{problems.place(lines[at[-1 - k]])}: the numbers are the {word} of those above, "
                f"so this is no participant; leave the row{below} out"
            )


def _to_numbers(cells: pd.Series, decimal: str) -> np.ndarray:
    if cells.dtype.kind not in "iuf":
        cells = cells.astype(str).str.strip()
        cells = cells if decimal == "." else cells.str.translate(_SWAPPED)
        cells = pd.to_numeric(cells, errors="coerce")
    return cells.to_numpy(dtype=float)


def find_summary_row(numbers: pd.DataFrame) -> str:
    """Return ``"sums"`` or ``"means"`` where the last row is that of the rows above it, else "".

    Every column that the row fills must agree to the digits it gives, at least three of them and
    not all alike, so that no participant is taken for a total by chance.
    """
    if len(numbers) < 4 or numbers.shape[1] < 3:
        return ""
    last, above = numbers.iloc[-1], numbers.iloc[:-1]
    given = [name for name in numbers if np.isfinite(last[name])]
    if len(given) < 3 or last[given].nunique() < 2:
        return ""
    for word, expected in (("sums", above[given].sum()), ("means", above[given].mean())):
        if ((last[given] - expected[given]).abs() > 0.51).any():
            continue
        digits = {name: len(f"{last[name]:.10g}".partition(".")[2]) for name in given}
        agree = all(
            abs(last[name] - expected[name]) <= 0.5000001 * 10 ** -digits[name] for name in given
        )
        # whole numbers near a mean agree by chance, so some of the means must be fractions
        if agree and (word == "sums" or sum(digits[name] > 0 for name in given) >= 3):
            return word
    return ""
