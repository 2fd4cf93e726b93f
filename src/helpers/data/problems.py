"""What is wrong with a reader's file, collected line by line."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import pandas as pd

from helpers.errors import InputError

__all__ = ["Problem", "Problems", "join_words", "more_like_it", "show", "show_label"]

_MOST_VALUES = 10  # different wrong values of one kind that a column is told of


def more_like_it(n: int, n_columns: int = 1) -> str:
    """Say that a problem was met `n` times, in several columns where it was."""
    where = f", in {n_columns} columns" if n_columns > 1 else ""
    return f" ({n - 1} more like it{where})" if n > 1 else ""


def join_words(words: Sequence[str]) -> str:
    """Return words as a sentence lists them: ``a, b and c``."""
    return f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else words[0]


class NamedNote(str):
    """A note that names persons or their files; `unnamed` is what a report shows of it."""

    __slots__ = ("unnamed",)

    def __new__(cls, text: str, unnamed: str) -> NamedNote:
        """Make a note of a text and of what it says without names."""
        note = super().__new__(cls, text)
        note.unnamed = unnamed
        return note


def leave_out_names(notes: Iterable[str]) -> tuple[str, ...]:
    """Return notes as a report shows them."""
    return tuple(note.unnamed if isinstance(note, NamedNote) else note for note in notes)


def show(value: object) -> str:
    """Return a value in quotes, on one line and cut short."""
    text = " ".join(str(value).split()) if str(value).strip() else str(value)
    return repr(text if len(text) <= 30 else text[:29] + "…")


def show_label(label: str) -> str:
    """Return a label in quotes, as it stands but cut short."""
    return repr(label if len(label) <= 40 else label[:39] + "…")


@dataclass
class Problem:
    """One line of what is wrong, how often it was met, and in how many columns.

    `of_its_kind` counts every cell like it, `of_its_value` those with the same value.
    """

    what: str
    place: str = ""
    n_kind: int = 1
    n_value: int = 1
    n_columns: int = 1
    hint: str = ""

    @property
    def of_its_kind(self) -> str:
        """The line for the first problem of a file."""
        return f"{self.place}{self.what}{more_like_it(self.n_kind, self.n_columns)}{self.hint}"

    @property
    def of_its_value(self) -> str:
        """The line among all problems of a file."""
        return f"{self.place}{self.what}{more_like_it(self.n_value, self.n_columns)}{self.hint}"


class Problems:
    """What is wrong with a file, in the order in which it is met."""

    def __init__(self) -> None:
        self.file = ""
        self.unit = "line"
        self.found: list[Problem] = []
        self.proposed: dict[str, dict[str, str]] = {}
        self._alike: dict[tuple[str, ...], Problem] = {}
        self._words: dict[str, list[str]] = {}

    @contextmanager
    def gathered(self) -> Iterator[None]:
        """Note an `InputError` instead of letting it through."""
        try:
            yield
        except InputError as error:
            problem = Problem(str(error))
            self.found += [problem] if problem not in self.found else []

    def propose(self, entries: Mapping[str, Mapping[str, str]]) -> None:
        """Remember the lines of a mapping, by entry, that would settle a problem."""
        for entry, pairs in entries.items():
            self.proposed.setdefault(entry, {}).update(pairs)

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
        *,
        hint: str = "",
        group: str = "",
    ) -> None:
        """Note the cells of column `name` where `bad` holds, in a line for each value.

        `say` returns, for a value, what is wrong with it and how to mend it. The same in several
        columns of one `group` is one line.
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
            self._add(name, row, (group, what, fix), len(at), int(counts[i]), hint)
        if len(kinds) > _MOST_VALUES:
            line = f"{self.where(name)}: {len(kinds) - _MOST_VALUES} other values like these"
            self.found.append(Problem(line))

    def note_words(self, name: str, group: str, cells: pd.Series, bad: np.ndarray) -> None:
        """Note a column whose answers are words, in one line for all columns of a `group`."""
        at = np.flatnonzero(bad)
        self._bad[name][at] = True
        words = self._words.setdefault(group, [])
        words += [word for word in dict.fromkeys(cells.iloc[at].astype(str)) if word not in words]
        shown, more = words[:_MOST_VALUES], ", …" if len(words) > _MOST_VALUES else ""
        pairs = ", ".join(f"{show(word)}: …" for word in shown)
        problem = self._add(name, at[0], (group, "words"), len(at), len(at))
        problem.what = (
            f"{show(words[0])} is not a number; say what each answer counts, in the mapping: "
            f"labels: {{{group}: {{{pairs}{more}}}}}"
        )

    def _add(
        self, name: str, row: int, key: tuple[str, ...], n_kind: int, n_value: int, hint: str = ""
    ) -> Problem:
        """Count what was noted already of the group, or note it."""
        place = f"{self.place(self.lines[row])}, column '{self.yours[name]}': "
        known = self._alike.get(key) if key[0] else None
        if known is not None:
            known.n_kind += n_kind
            known.n_value += n_value
            known.n_columns += 1
            return known
        problem = Problem("; ".join(key[1:]), place, n_kind, n_value, hint=hint)
        self._alike[key] = problem
        self.found.append(problem)
        return problem
