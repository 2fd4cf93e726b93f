"""Whether the cells of a column hold what its data dictionary says, and what does not."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from helpers.data.missing_codes import find_codes
from helpers.data.problems import Problems, more_like_it, show, show_label
from helpers.data.schemas import Column
from helpers.errors import InputError, did_you_mean

__all__ = ["MISSING_MARKS", "check_few", "check_labels", "check_numbers", "nearly", "settle_kind"]

MISSING_MARKS = ("", "NA", "N/A", "NaN", "nan", "na", "n/a", "null", "NULL", ".", "#N/A")
FAR = 4
"""Steps by which a code of a category is apart from two others that follow each other."""
MOST_ANSWERS = 20
"""Different words beyond which they are no answers of a scale."""
MANY_OUTSIDE = 3
"""Different values outside a scale from which on its ends are doubted and not each value."""
_SWAPPED = str.maketrans(",.", ".,")
_MONTH = r"(?:jan|feb|m[aä]r|mrz|apr|ma[iy]|jun|jul|aug|sep|o[ck]t|nov|de[cz])[a-z]{0,6}\.?"
_DATE = re.compile(
    rf"\d{{1,2}}[-. /]\s?{_MONTH}(?:[-. /]\d{{2,4}})?|{_MONTH}[-. /]\d{{2,4}}"
    r"|\d{4}-\d\d-\d\d(?:[ T]\d.*)?|\d{1,2}([./-])\d{1,2}\1\d{2,4}(?: \d.*)?",
    re.IGNORECASE,
)
_DATE_FIX = "write it again as text: spreadsheets take 3-4 or 3.4 for a date"
_SPREADSHEET_ERROR = re.compile(r"#[A-Z0-9/]+[!?]?")


def settle_kind(
    name: str,
    column: Column,
    cells: pd.Series,
    problems: Problems,
    meanings: Mapping[str, str],
    *,
    nominal: bool,
) -> Column:
    """Return a free column as numeric where every value is a number, else as categorical.

    Where the reader says that it is nominal, or the file gives each of its values a meaning, it is
    categorical, whatever stands there.
    """
    if column.kind != "free":
        return column
    if nominal or (meanings and set(cells.dropna().unique()) <= set(meanings.values())):
        return replace(column, kind="categorical")
    words = cells.str.strip()
    words = words.mask(words.isin(MISSING_MARKS))
    numeric = _check_alike(name, words, problems, free=True)
    return replace(column, kind="numeric" if numeric else "categorical")


def _check_alike(name: str, words: pd.Series, problems: Problems, *, free: bool) -> bool:
    """Return whether every word is a number; note those unlike the most."""
    is_number = pd.to_numeric(words, errors="coerce").notna()
    is_word = words.notna() & ~is_number
    if not (is_number.any() and is_word.any()):
        return bool(is_number.any())
    bad, kind = (is_word, "number") if is_number.sum() >= is_word.sum() else (is_number, "word")
    nominal = f"; if the column is nominal: categorical: [{name}]" if free else ""

    def say(word: object) -> tuple[str, str]:
        fix = (
            "correct it; if it stands for a missing value, write in the mapping: missing: "
            f"{{{name}: "
            f"[{show(word)}]}}{nominal}"
        )
        return f"{show(word)} is no {kind} as the other values are", fix

    problems.note(name, words, bad.to_numpy(), say)
    return False


def check_numbers(
    name: str, column: Column, cells: pd.Series, problems: Problems, decimal: str = "."
) -> np.ndarray:
    """Return the cells of a number column as floats, NaN where no number stands."""
    if cells.dtype == bool:
        cells = cells.astype(str)
    if cells.dtype.kind in "iuf":
        values = cells.to_numpy(dtype=float)
    else:
        words = cells.astype(str).str.strip().where(cells.notna())
        words = words.mask(words.isin(MISSING_MARKS))
        pointed = words if decimal == "." else words.str.translate(_SWAPPED)
        values = pd.to_numeric(pointed, errors="coerce").to_numpy(dtype=float)
        bad = np.isnan(values) & words.notna().to_numpy()
        if bad.any() and bad.sum() == words.notna().sum() and _are_answers(words[bad]):
            problems.note_words(name, column.name, words, bad)
        else:
            said = {word: _not_a_number(word, decimal=decimal) for word in words[bad].unique()}
            alike = _one_of_each_form(said)
            problems.note(name, words.replace(alike), bad, said.get, group="numbers")
    bad = np.isinf(values)
    problems.note(
        name,
        pd.Series(values),
        bad,
        lambda value: ("the value is infinite", "correct it"),
    )
    # beyond these, whole numbers are not exact and squares overflow
    large = (np.abs(values) > (2.0**53 if column.kind == "integer" else 1e100)) & ~bad
    problems.note(
        name,
        pd.Series(values),
        large,
        lambda value: (
            f"{value:.10g} is too large to compute with",
            "correct it",
        ),
    )
    bad |= large
    values = np.where(bad, np.nan, values) if bad.any() else values
    _check_range(name, column, values, problems)
    _check_missing_codes(name, column, values, problems)
    return values


def _one_of_each_form(said: Mapping[str, tuple[str, str]]) -> dict[str, str]:
    """Return, for words of which the same is said, such as a percent sign, the first of them."""
    first: dict[tuple[str, str], str] = {}
    return {
        word: first.setdefault((what.removeprefix(show(word)), fix), word)
        for word, (what, fix) in said.items()
        if word not in fix
    }


def _are_answers(words: pd.Series) -> bool:
    """Whether words may be the answers of a scale, and no numbers or dates written otherwise."""
    different = words.unique()
    return len(different) <= MOST_ANSWERS and not any(
        _DATE.fullmatch(word)
        or _SPREADSHEET_ERROR.fullmatch(word)
        or (re.match(r"[\W_]*\d", word) and not re.search(r"[^\W\d_]{2}", word))
        for word in different
    )


def _not_a_number(word: str, *, decimal: str) -> tuple[str, str]:
    shown = show(word)
    if _DATE.fullmatch(word):
        return f"{shown} is a date", _DATE_FIX
    if word == "#NULL!":
        fix = 'if so, write in the mapping: missing: ["#NULL!"]'
        return f"{shown} is what SPSS writes for a missing value", fix
    if _SPREADSHEET_ERROR.fullmatch(word):
        return f"{shown} is an error of a spreadsheet", "mend its formula"
    if decimal == "," and re.fullmatch(r"[+-]?[\d.]+(,\d+)?", word):
        fix = "write decimals with a comma, as the mapping says, thousands without separator"
        return f"{shown} has a point", fix
    if re.fullmatch(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?", word) and len(word.split(",")[0]) < 4:
        if re.fullmatch(r"[+-]?\d,\d{3}", word):
            return (
                f"{shown} has a comma",
                "write decimals with a point, thousands without separator",
            )
        return f"{shown} has a thousands separator", "write the number without it"
    if re.fullmatch(r"[+-]?\d*,\d+", word):
        return f"{shown} has a decimal comma", "write decimals with a point"
    if re.fullmatch(r"[+-]?\d{1,3}([ '.\u00a0\u202f]\d{3})+([.,]\d+)?", word):
        return f"{shown} has a thousands separator", "write the number without it"
    if re.fullmatch(r"[−–]\d*\.?\d+", word):
        return f"{shown} has a dash for its minus sign", "write it with '-'"
    if re.fullmatch(r"['’`´]\s*[+-]?\d*[.,]?\d+", word):
        return f"{shown} has an apostrophe in front", "delete it"
    if re.fullmatch(r"[+-]?\d*\.?\d+\s*%", word):
        return f"{shown} has a percent sign", "write the number without it"
    fix = "correct it"
    if "…" not in shown:
        fix += f"; if it stands for a missing value, write in the mapping: missing: [{shown}]"
    return f"{shown} is not a number", fix


def _check_range(name: str, column: Column, values: np.ndarray, problems: Problems) -> None:
    low = -np.inf if column.minimum is None else column.minimum
    high = np.inf if column.maximum is None else column.maximum
    scoring = f" ({column.scoring})" if column.scoring else ""
    outside = (values < low) | (values > high)
    found = np.unique(values[outside])
    if len(found) - np.isin(found, find_codes(values)).sum() >= MANY_OUTSIDE:
        n, n_all = int(outside.sum()), int(np.isfinite(values).sum())
        said = f"values are outside {column.range_words}{scoring}"
        if not _is_item(column):  # of items, one line for all
            said = f"{n} of {n_all} {said}, from {found[0]:.10g} to {found[-1]:.10g}"
        problems.note(
            name,
            pd.Series(values),
            np.flatnonzero(outside)[0] == np.arange(len(values)),
            lambda value: (said, f"{_other_ends(column)}; if not, correct them"),
            group=column.name,
        )
        problems.mark(name, outside)
    else:
        problems.note(
            name,
            pd.Series(values),
            outside,
            lambda value: (
                f"{value:.10g} is outside {column.range_words}{scoring}",
                _mend_range(column, value, low, high),
            ),
            group=column.name,
        )
    # a sum may be prorated for missing items, so only numbers of things must be whole
    if (column.kind == "integer" and column.role != "measure") or column.whole:
        broken = ~np.isnan(values) & (values != np.floor(values)) & ~outside
        problems.note(
            name,
            pd.Series(values),
            broken,
            lambda value: (
                f"{value:.10g} is not a whole number{scoring}",
                "correct it",
            ),
        )


def _mend_range(column: Column, value: float, low: float, high: float) -> str:
    """How to mend a value outside; of items one step outside, another range comes first."""
    missing = (
        "if it stands for a missing value, write in the mapping: missing: "
        f"{{{column.name}: [{value:.10g}]}}"
    )
    if _is_item(column) and low - 1 <= value <= high + 1:
        return f"{_other_ends(column)}; {missing}; if neither, correct it"
    return f"correct it; {missing}; {_other_ends(column)}"


def _is_item(column: Column) -> bool:
    return column.role == "item" or column.kind == "items"


def _other_ends(column: Column) -> str:
    """How to say that a scale, or the items of one, has other ends than the dictionary's."""
    if column.role == "item":
        return (
            "if the items have other answers, write them in the mapping: scores: "
            f"{{{column.name}: {{…, answers: [lowest, highest]}}}}"
        )
    return (
        "if your version of the scale has other ends, write in the mapping: "
        f"ranges: {{{column.name}: [lowest, highest]}}"
    )


def _check_missing_codes(name: str, column: Column, values: np.ndarray, problems: Problems) -> None:
    """Ask about values that stand apart where no range of the scale says what they are."""
    if None not in (column.minimum, column.maximum) or column.role == "identifier":
        return
    codes = find_codes(values)
    if not len(codes):
        return
    others = values[~np.isnan(values) & ~np.isin(values, codes)]
    lowest, highest = others.min(), others.max()
    listed = ", ".join(f"{code:.10g}" for code in codes)
    ends = min(lowest, codes[0]), max(highest, codes[-1])
    fix = (
        f"if it stands for a missing value, write in the mapping: missing: {{{name}: [{listed}]}}; "
        f"if it is a value, give the range: ranges: {{{name}: [{ends[0]:.10g}, {ends[1]:.10g}]}}"
    )
    problems.note(
        name,
        pd.Series(values),
        np.isin(values, codes),
        lambda value: (
            f"{value:.10g} stands apart from the other values ({lowest:.10g} to {highest:.10g})",
            fix,
        ),
    )


def check_labels(
    name: str,
    column: Column,
    cells: pd.Series,
    problems: Problems,
    settled: Sequence[str] = (),
) -> pd.Series:
    """Return the cells of a column of words, labels as categories.

    Labels are the reader's; only two spellings of one in the same file are asked about, unless
    both are among those that are `settled`.
    """
    cells = cells.astype("category")
    blank = [level for level in cells.cat.categories if not str(level).strip()]
    cells = cells.cat.remove_categories(blank)
    if column.kind == "text":
        return cells.astype(str).str.strip().where(cells.notna())
    if column.role == "covariate":
        check_few(problems.where(name), cells)
        _check_alike(name, cells.astype(str).where(cells.notna()), problems, free=False)
    known = [*column.labels, *settled]
    levels = list(cells.cat.categories)
    for level in levels:
        if problem := _no_label(level, name):
            problems.note(
                name, cells, (cells == level).to_numpy(), lambda word, problem=problem: problem
            )
        elif column.closed and level not in column.labels:
            fix = f"there are {', '.join(column.labels)}"
            problems.note(
                name,
                cells,
                (cells == level).to_numpy(),
                lambda word, fix=fix: (f"label {show_label(word)} is unknown", fix),
                hint=f".{did_you_mean(level, column.labels)}",
            )
    counts = cells.value_counts()
    for rare, usual in _two_spellings(levels, counts, column.labels, settled):
        same, different = f"{{{rare}: {usual}}}", f"{{{rare}: {rare}, {usual}: {usual}}}"
        fix = (
            f"if they are the same, write in the mapping: labels: {{{name}: {same}}}; if not, name "
            f"both as they are: labels: {{{name}: {different}}}"
        )
        problems.note(
            name,
            cells,
            (cells == rare).to_numpy(),
            lambda word, usual=usual, fix=fix: (
                f"label {show_label(word)} looks like another spelling of {show_label(usual)}",
                fix,
            ),
        )
    _check_coded_labels(name, cells, known, problems)
    return cells


def _two_spellings(
    levels: Sequence[str], counts: pd.Series, known: Sequence[str], settled: Sequence[str]
) -> list[tuple[str, str]]:
    """Pairs of labels of one file that differ by a slip, first the unknown or else the rarer."""
    pairs = []
    for i, one in enumerate(levels):
        for other in levels[i + 1 :]:
            if not (one in settled and other in settled) and nearly(one, other):
                weight = {level: (level in known, counts[level]) for level in (one, other)}
                pairs.append(tuple(sorted((one, other), key=weight.get)))
    return pairs


def _far_codes(numbers: np.ndarray) -> np.ndarray:
    """Of three codes, the one far from two that follow each other, such as 9 beside 1 and 2."""
    first, second, third = numbers
    if second - first == 1 and third - second >= FAR:
        return numbers[2:]
    if third - second == 1 and second - first >= FAR:
        return numbers[:1]
    return numbers[:0]


def _check_coded_labels(
    name: str, cells: pd.Series, known: Sequence[str], problems: Problems
) -> None:
    """Ask about codes for a missing value among categories that are numbers."""
    levels = [level for level in cells.cat.categories if level not in known]
    numbers = pd.to_numeric(pd.Series(levels, dtype=str), errors="coerce").to_numpy(dtype=float)
    if len(levels) < 3 or np.isnan(numbers).any():
        return
    at = dict(zip(levels, numbers, strict=True))
    if len(levels) < 4:
        codes = _far_codes(np.sort(numbers))
    else:
        codes = find_codes(cells.astype(object).map(at).to_numpy(dtype=float))
    for level, number in at.items():
        if number in codes:
            fix = (
                f"if it stands for a missing value, write in the mapping: missing: {{{name}: "
                f"[{level}]}}; if it is a category, say what it means: "
                f"labels: {{{name}: {{{level}: …}}}}"
            )
            problems.note(
                name,
                cells,
                (cells == level).to_numpy(),
                lambda word, fix=fix: (
                    f"{show_label(word)} stands apart from the other codes",
                    fix,
                ),
            )


ENOUGH_ROWS = 20
"""Rows from which on two equal columns are no chance."""


def check_few(where: str, cells: pd.Series) -> None:
    """Refuse a covariate with nearly as many labels as rows."""
    n_labels = cells.nunique()
    if n_labels > max(20, len(cells) / 5):
        raise InputError(
            f"{where}: {n_labels} different labels in {len(cells)} rows; group "
            "them into few categories, or leave it out of covariates"
        )


def _no_label(label: str, name: str) -> tuple[str, str] | None:
    """Return what makes a cell no label, and the remedy."""
    shown = show_label(label)
    if not label.isprintable():
        return f"label {shown} holds an invisible character", "write the label again"
    if _SPREADSHEET_ERROR.fullmatch(label.strip()):
        return f"{shown} is an error of a spreadsheet", "mend its formula, or empty the cell"
    if _DATE.fullmatch(label.strip()):
        return f"{shown} is a date", _DATE_FIX
    if not any(sign.isalnum() for sign in label):
        return f"{shown} is no word", (
            "write one; if it stands for a missing value, write in the mapping: missing: "
            f"{{{name}: [{shown}]}}"
        )
    return None


_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—−", "-"))


def _fold(label: str) -> str:
    """Return `label` without capitals, spaces and punctuation, but with signs that carry meaning.

    A hyphen counts as a space between words and as a sign elsewhere, so that ``in-person`` is
    ``in person`` while ``A-`` is not ``A+`` nor ``<30`` the same as ``>30``.
    """
    folded = label.casefold().translate(_DASHES)
    folded = re.sub(r"(?<=[^\W\d])-(?=[^\W\d])", " ", folded)
    return re.sub(r"[\s_.,;:'\"()\[\]]+", "", folded)


def nearly(label: str, known: str, *, folded: bool = False) -> bool:
    """Whether two different words differ only by case, spacing, punctuation or one letter."""
    if label == known:
        return folded
    a, b = _fold(label), _fold(known)
    if a == b:
        return True
    if re.findall(r"\d+", a) != re.findall(r"\d+", b) or min(len(a), len(b)) < 3:
        return False
    short, long = sorted((a, b), key=len)
    if len(long) - len(short) > 1:
        return False
    first = next(
        (i for i, (x, y) in enumerate(zip(short, long, strict=False)) if x != y), len(short)
    )
    if len(short) == len(long):
        swapped = short[:first] + short[first : first + 2][::-1] + short[first + 2 :]
        return short[first + 1 :] == long[first + 1 :] or swapped == long
    return short[first:] == long[first + 1 :]


def check_equal_columns(
    frame: pd.DataFrame, columns: Mapping[str, Column], problems: Problems
) -> None:
    """Refuse two columns of numbers that are one: no analysis can tell them apart.

    Among few rows items with few answers agree by chance, and nothing is said.
    """
    numbers = [name for name, column in columns.items() if column.is_number and name in frame]
    if len(frame) < ENOUGH_ROWS:
        return
    first: dict[bytes, str] = {}
    pairs = []
    for name in numbers:
        values = frame[name].to_numpy(dtype=float)
        if np.isnan(values).all() or np.nanmin(values) == np.nanmax(values):
            continue
        key = values.tobytes()
        if key in first:
            pairs.append((first[key], name))
        first.setdefault(key, name)
    if pairs:
        one, other = pairs[0]
        raise InputError(
            f"{problems.file}: columns '{problems.yours[one]}' and '{problems.yours[other]}' are "
            "equal in every row, as where one was exported or mapped twice; take the right column "
            f"for one of them, or leave the copy out{more_like_it(len(pairs))}"
        )
