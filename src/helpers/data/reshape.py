"""What a file writes in its own way: a tick box an answer, a column a coder, numbers with a name.

The first two are put together before anything is checked. A column of tick boxes needs the reader's
word for what each box and several boxes together mean; one column per coder says itself who the
coder is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from helpers.data.problems import join_words, more_like_it, show
from helpers.errors import InputError, did_you_mean

__all__ = ["TickBoxes", "read_ordinals", "read_seconds", "read_tick_boxes", "stack_columns"]

_TICKED = {"1", "1.0", "checked", "yes", "true", "x", "selected"}
_EMPTY = {"0", "0.0", "unchecked", "no", "false", "", "not selected"}
_ENTRIES = ("boxes", "several", "none")
_NAMED = re.compile(r"(\D+?)\s*(\d+)")
_TIME = re.compile(r"(?:\d+:)?\d+:[0-5]\d(?:[.,]\d{1,3})?")


@dataclass(frozen=True, kw_only=True)
class TickBoxes:
    """How the tick boxes of one question become one column of categories.

    Attributes
    ----------
    boxes : mapping of str to str
        The column of each box, and the label of a row in which it alone is ticked.
    several, none : str
        The label of a row with several boxes ticked, and with none; "" where the reader gave none.
        Without the first such a row is refused, without the second its value is missing.
    where : str
        The entry of the mapping, for messages.
    """

    boxes: Mapping[str, str]
    several: str = ""
    none: str = ""
    where: str = ""

    def check(self, names: Sequence[str], *, file: str) -> None:
        """Refuse a box that is not a column of the file."""
        for name in self.boxes:
            if name not in names:
                raise InputError(
                    f"{self.where}: '{name}' is not a column of {file}.{did_you_mean(name, names)}"
                )

    def combine(self, cells: Mapping[str, pd.Series]) -> pd.Series:
        """Return the labels of all rows; a row without a label is missing.

        Raises
        ------
        InputError
            For a cell that is neither ticked nor empty, or rows with several boxes ticked for
            which the mapping has no label.
        """
        ticked = pd.DataFrame({name: self._read(name, cells[name]) for name in self.boxes})
        n_ticked = ticked.sum(axis=1)
        if (n_ticked > 1).any() and not self.several:
            raise InputError(
                f"{self.where}: {int((n_ticked > 1).sum())} rows have several boxes ticked; say "
                "what they are together, such as several: more than one"
            )
        labels = ticked.idxmax(axis=1).map(self.boxes)
        labels = labels.mask(n_ticked > 1, self.several).astype(object)
        return labels.mask(n_ticked == 0, self.none or np.nan)

    def _read(self, name: str, cells: pd.Series) -> pd.Series:
        words = cells.fillna("").astype(str).str.strip().str.casefold()
        unknown = ~words.isin(_TICKED | _EMPTY)
        if unknown.any():
            raise InputError(
                f"{self.where}: column '{name}' holds {show(cells[unknown].iloc[0])}, which is "
                "neither ticked (1, checked, yes) nor not (0, unchecked, no, empty)"
                f"{more_like_it(int(unknown.sum()))}"
            )
        return words.isin(_TICKED)


def read_tick_boxes(content: object, columns: Sequence[str], where: str) -> dict[str, TickBoxes]:
    """Read the mapping's entry ``tick_boxes``: by our column of categories, its boxes.

    Raises
    ------
    InputError
        For a column that holds no categories, an unknown entry, or boxes without labels.
    """
    if content in (None, ""):
        return {}
    if not isinstance(content, dict):
        raise InputError(f"{where}: write, by column, {{boxes: {{yours: label}}, several: label}}")
    found = {}
    for name, entry in content.items():
        place = f"{where}: {name}"
        if name not in columns:
            raise InputError(
                f"{place} is not a column of categories; there are {join_words(list(columns))}."
                f"{did_you_mean(name, columns)}"
            )
        boxes = entry.get("boxes") if isinstance(entry, dict) else None
        if not isinstance(boxes, dict) or not all(isinstance(v, str) and v for v in boxes.values()):
            raise InputError(f"{place}: write boxes: {{yours: label}}, one pair a box")
        for key in entry:
            if key not in _ENTRIES:
                raise InputError(
                    f"{place}: '{key}' is not an entry; there are {join_words(list(_ENTRIES))}."
                    f"{did_you_mean(key, _ENTRIES)}"
                )
        found[name] = TickBoxes(
            boxes=boxes,
            several=str(entry.get("several") or ""),
            none=str(entry.get("none") or ""),
            where=place,
        )
    return found


def stack_columns(
    cells: Mapping[str, pd.Series],
    lines: np.ndarray,
    *,
    names: Sequence[str],
    into: tuple[str, str],
) -> tuple[dict[str, pd.Series], np.ndarray]:
    """Put columns below each other: a row of the file becomes as many rows as it has of them.

    Parameters
    ----------
    cells : mapping of str to Series
    lines : array
        The line of each row.
    names : sequence of str
        The columns to stack, such as those of the coders.
    into : (str, str)
        The column that says which of them a row comes from, and the one with its value.

    Returns
    -------
    cells : dict of str to Series
    lines : array

    Examples
    --------
    >>> given = pd.DataFrame({"segment": [1, 2], "A": ["x", "y"], "B": ["x", "z"]})
    >>> stacked, lines = stack_columns(
    ...     dict(given.items()), np.array([2, 3]), names=["A", "B"], into=("coder", "code")
    ... )
    >>> pd.DataFrame(stacked).assign(line=lines)
       segment coder code  line
    0        1     A    x     2
    1        1     B    x     2
    2        2     A    y     3
    3        2     B    z     3
    """
    kept = pd.DataFrame({name: column for name, column in cells.items() if name not in names})
    repeated = kept.loc[kept.index.repeat(len(names))].reset_index(drop=True)
    values = pd.DataFrame({name: cells[name] for name in names}).astype(object)
    who, what = into
    stacked = dict(repeated.items())
    stacked[who] = pd.Series(list(names) * len(lines), dtype="str")
    stacked[what] = pd.Series(values.to_numpy().ravel(), dtype="str")
    return stacked, np.repeat(lines, len(names))


def read_ordinals(name: str, cells: pd.Series) -> tuple[pd.Series, str]:
    """Return names such as "T12" or "02:30" as whole numbers, and what was done; or as they are.

    Parameters
    ----------
    name : str
        The column, for the note.
    cells : Series
        One name before every number, or times, which become seconds (or milliseconds).

    Examples
    --------
    >>> cells, note = read_ordinals("segment", pd.Series(["T2", "T 10", None]))
    >>> cells.tolist()[:2], note
    (['2', '10'], "segment: of names such as 'T2' the number was taken")
    >>> read_ordinals("segment", pd.Series(["0:02:30"]))[0].tolist()
    ['150']
    """
    names = [str(value).strip() for value in cells.dropna().unique()]
    named = [_NAMED.fullmatch(each) for each in names]
    if named and all(named) and len({each[1].casefold() for each in named}) == 1:
        number = {each: found[2] for each, found in zip(names, named, strict=True)}
        note = f"{name}: of names such as {names[0]!r} the number was taken"
    elif names and all(map(_TIME.fullmatch, names)):
        seconds = {each: read_seconds(each) for each in names}
        unit, scale = ("seconds", 1) if all(s % 1 == 0 for s in seconds.values()) else ("ms", 1000)
        number = {each: str(round(scale * s)) for each, s in seconds.items()}
        note = f"{name}: times such as {names[0]!r} were read as {unit}"
    else:
        return cells, ""
    return cells.map(lambda value: number[str(value).strip()], na_action="ignore"), note


def read_seconds(text: str) -> float:
    """Return a time such as "1:02:30.5" in seconds, a number without colons as it is."""
    seconds = 0.0
    for part in text.replace(",", ".").split(":"):
        seconds = 60 * seconds + float(part)
    return seconds
