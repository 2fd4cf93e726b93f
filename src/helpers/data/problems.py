"""What is wrong with a reader's file, collected line by line."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import pandas as pd

from helpers.errors import InputError

__all__ = ["Problem", "Problems", "join_words", "more_like_it", "show", "show_label"]

_MOST_VALUES = 10  # different wrong values of one kind that a column is told of


def more_like_it(n: int) -> str:
    """Say that a problem was met `n` times."""
    return f" ({n - 1} more like it)" if n > 1 else ""


def join_words(words: Sequence[str]) -> str:
    """Return words as a sentence lists them: ``a, b and c``."""
    return f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else words[0]


def show(value: object) -> str:
    """Return a value in quotes, on one line and cut short."""
    text = " ".join(str(value).split()) if str(value).strip() else str(value)
    return repr(text if len(text) <= 30 else text[:29] + "…")


def show_label(label: str) -> str:
    """Return a label in quotes, as it stands but cut short."""
    return repr(label if len(label) <= 40 else label[:39] + "…")


@dataclass(frozen=True)
class Problem:
    """One line of what is wrong; `of_its_kind` counts every cell like it, `of_its_value` fewer."""

    of_its_kind: str
    of_its_value: str


class Problems:
    """What is wrong with a file, in the order in which it is met."""

    def __init__(self) -> None:
        self.file = ""
        self.unit = "line"
        self.found: list[Problem] = []

    @contextmanager
    def gathered(self) -> Iterator[None]:
        """Note an `InputError` instead of letting it through."""
        try:
            yield
        except InputError as error:
            problem = Problem(str(error), str(error))
            self.found += [problem] if problem not in self.found else []

    def place(self, number: int) -> str:
        """Return the file and the record as its owner counts it, such as ``my.csv, line 3``."""
        return f"{self.file}, {self.unit} {number}"

    def begin_cells(self, lines: np.ndarray, yours: dict[str, str], names: Iterable[str]) -> None:
        """Make ready for problems of cells in columns `names`, called `yours` in the file."""
        self.lines, self.yours = lines, yours
        self._bad = {name: np.zeros(len(lines), dtype=bool) for name in names}

    def bad_cells(self, names: Sequence[str]) -> np.ndarray:
        """Return where cells have a problem, shape (rows, columns)."""
        return (
            np.array([self._bad[name] for name in names], dtype=bool)
            .reshape(len(names), len(self.lines))
            .T
        )

    def mark(self, name: str, bad: np.ndarray) -> None:
        """Remember that cells of column `name` are wrong; the message was noted elsewhere."""
        self._bad[name] |= bad

    def where(self, name: str) -> str:
        """Return the file and the column as its owner calls it."""
        return f"{self.file}, column '{self.yours[name]}'"

    def note(
        self,
        name: str,
        cells: pd.Series,
        bad: np.ndarray,
        say: Callable[[object], tuple[str, str]],
        hint: str = "",
    ) -> None:
        """Note the cells of column `name` where `bad` holds, in a line for each value.

        `say` returns, for a value, what is wrong with it and how to mend it.
        """
        at = np.flatnonzero(bad)
        if not len(at):
            return
        self._bad[name][at] = True
        kinds, firsts, counts = np.unique(
            cells.iloc[at].astype(str), return_index=True, return_counts=True
        )
        for i in np.argsort(firsts)[:_MOST_VALUES]:
            row = at[firsts[i]]
            what, fix = say(cells.iloc[row])
            line = f"{self.place(self.lines[row])}, column '{self.yours[name]}': {what}; {fix}"
            counted = [f"{line}{more_like_it(n)}{hint}" for n in (len(at), counts[i])]
            self.found.append(Problem(*counted))
        if len(kinds) > _MOST_VALUES:
            line = f"{self.where(name)}: {len(kinds) - _MOST_VALUES} other values like these"
            self.found.append(Problem(line, line))
