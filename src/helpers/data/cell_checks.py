"""Whether the cells of a column hold what its data dictionary says, and what does not."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from helpers.data.problems import Problems, show, show_label
from helpers.data.schemas import Column
from helpers.errors import InputError, did_you_mean

__all__ = ["MISSING_MARKS", "check_few", "check_labels", "check_numbers", "nearly", "settle_kind"]

MISSING_MARKS = ("", "NA", "N/A", "NaN", "nan", "na", "n/a", "null", "NULL", ".", "#N/A")
_SWAPPED = str.maketrans(",.", ".,")
_MONTH = r"(?:jan|feb|m[aä]r|mrz|apr|ma[iy]|jun|jul|aug|sep|o[ck]t|nov|de[cz])[a-z]{0,6}\.?"
_DATE = re.compile(
    rf"\d{{1,2}}[-. /]\s?{_MONTH}(?:[-. /]\d{{2,4}})?|{_MONTH}[-. /]\d{{2,4}}"
    r"|\d{4}-\d\d-\d\d(?:[ T]\d.*)?|\d{1,2}([./-])\d{1,2}\1\d{2,4}(?: \d.*)?",
    re.IGNORECASE,
)
_DATE_FIX = "write it again as text: spreadsheets take 3-4 or 3.4 for a date"
_SPREADSHEET_ERROR = re.compile(r"#[A-Z0-9/]+[!?]?")
_MISSING_CODE = re.compile(r"-?([789])\1+|-[789]")


def settle_kind(
    name: str, column: Column, cells: pd.Series, problems: Problems, meanings: Mapping[str, str]
) -> Column:
    """Return a free column as numeric where every value is a number, else as categorical.

    Where the file gives each of its values a meaning it is categorical, whatever stands there.
    """
    if column.kind != "free":
        return column
    if meanings and set(cells.dropna().unique()) <= set(meanings.values()):
        return replace(column, kind="categorical")
    words = cells.str.strip()
    words = words.mask(words.isin(MISSING_MARKS))
    numeric = _check_alike(name, words, problems)
    return replace(column, kind="numeric" if numeric else "categorical")


def _check_alike(name: str, words: pd.Series, problems: Problems) -> bool:
    """Return whether every word is a number; note those unlike the most."""
    is_number = pd.to_numeric(words, errors="coerce").notna()
    is_word = words.notna() & ~is_number
    if not (is_number.any() and is_word.any()):
        return bool(is_number.any())
    bad, kind = (is_word, "number") if is_number.sum() >= is_word.sum() else (is_number, "word")
    fix = "correct it, empty the cell if the value is missing, or write every value as a word"
    problems.note(
        name,
        words,
        bad.to_numpy(),
        lambda word: (f"{show(word)} is no {kind} as the other values are", fix),
    )
    return False


def check_numbers(
    name: str, column: Column, cells: pd.Series, problems: Problems, decimal: str
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
        every = bad.sum() == len(bad)
        problems.note(
            name, words, bad, lambda word: _not_a_number(word, every=every, decimal=decimal)
        )
    bad = np.isinf(values)
    problems.note(
        name,
        pd.Series(values),
        bad,
        lambda value: ("the value is infinite", "correct it, or empty the cell"),
    )
    # beyond these, whole numbers are not exact and squares overflow
    large = (np.abs(values) > (2.0**53 if column.kind == "integer" else 1e100)) & ~bad
    problems.note(
        name,
        pd.Series(values),
        large,
        lambda value: (
            f"{value:.10g} is too large to compute with",
            "correct it, or empty the cell",
        ),
    )
    bad |= large
    values = np.where(bad, np.nan, values) if bad.any() else values
    _check_range(name, column, values, problems)
    _check_missing_codes(name, column, values, problems)
    return values


def _not_a_number(word: str, *, every: bool, decimal: str) -> tuple[str, str]:
    shown = show(word)
    if _DATE.fullmatch(word):
        return f"{shown} is a date", _DATE_FIX
    if _SPREADSHEET_ERROR.fullmatch(word):
        return f"{shown} is an error of a spreadsheet", "mend its formula, or empty the cell"
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
    if re.fullmatch(r"[+-]?\d*\.?\d+\s*%", word):
        return f"{shown} has a percent sign", "write the number without it"
    if every:
        return f"{shown} is not a number", "code the answers as numbers"
    return f"{shown} is not a number", "correct it, or empty the cell if the value is missing"


def _check_range(name: str, column: Column, values: np.ndarray, problems: Problems) -> None:
    low = -np.inf if column.minimum is None else column.minimum
    high = np.inf if column.maximum is None else column.maximum
    scoring = f" ({column.scoring})" if column.scoring else ""
    outside = (values < low) | (values > high)
    problems.note(
        name,
        pd.Series(values),
        outside,
        lambda value: (
            f"{value:.10g} is outside {column.range_words}{scoring}",
            "correct it, or empty the cell if it is a code for a missing value",
        ),
    )
    if column.kind == "integer" or column.whole:
        broken = ~np.isnan(values) & (values != np.floor(values)) & ~outside
        problems.note(
            name,
            pd.Series(values),
            broken,
            lambda value: (
                f"{value:.10g} is not a whole number{scoring}",
                "correct it, or empty the cell if the value is missing",
            ),
        )


def _check_missing_codes(name: str, column: Column, values: np.ndarray, problems: Problems) -> None:
    """Note codes such as -99 or 999 where no range of the scale refuses them."""
    if None not in (column.minimum, column.maximum) or column.role == "identifier":
        return
    levels = np.unique(values[~np.isnan(values)])
    is_code = np.array([bool(_MISSING_CODE.fullmatch(f"{level:.10g}")) for level in levels])
    if is_code.all() or not is_code.any():
        return
    lowest, highest = levels[~is_code][[0, -1]]
    spread = highest - lowest
    far = ((levels < 0) & (lowest >= 0)) | (levels > highest + spread) | (levels < lowest - spread)
    fix = (
        "empty the cell, name the code under 'missing' in a mapping, or declare the column's "
        "minimum and maximum in the data dictionary"
    )
    problems.note(
        name,
        pd.Series(values),
        np.isin(values, levels[is_code & far]),
        lambda value: (
            f"{value:.10g} is far from the other values ({lowest:.10g} to {highest:.10g}) and "
            "looks like a code for a missing value",
            fix,
        ),
    )


def check_labels(name: str, column: Column, cells: pd.Series, problems: Problems) -> pd.Series:
    """Return the cells of a column of words, labels as categories."""
    cells = cells.astype("category")
    blank = [level for level in cells.cat.categories if not str(level).strip()]
    cells = cells.cat.remove_categories(blank)
    if column.kind == "text":
        return cells.astype(str).str.strip().where(cells.notna())
    if column.role == "covariate":
        check_few(problems.where(name), cells)
        _check_alike(name, cells.astype(str).where(cells.notna()), problems)
    seen: dict[str, str] = {}
    for level in cells.cat.categories:
        if level in column.labels:
            continue
        if problem := _no_label(level):
            problems.note(
                name, cells, (cells == level).to_numpy(), lambda word, problem=problem: problem
            )
            continue
        near = [known for known in column.labels if nearly(level, known)]
        twin = seen.setdefault(_fold(level), level)
        near += [twin] if twin != level else []
        if near or column.closed:
            hint = f" Did you mean '{near[0]}'?" if near else did_you_mean(level, column.labels)
            allowed = "" if near else f"; there are {', '.join(column.labels)}"
            fix = f"write every label of '{name}' in one way{allowed}"
            problems.note(
                name,
                cells,
                (cells == level).to_numpy(),
                lambda word, fix=fix: (f"label {show_label(word)} is unknown", fix),
                hint=f".{hint}",
            )
    return cells


def check_few(where: str, cells: pd.Series) -> None:
    """Refuse a covariate with nearly as many labels as rows."""
    n_labels = cells.nunique()
    if n_labels > max(20, len(cells) / 5):
        raise InputError(
            f"{where}: {n_labels} different labels in {len(cells)} rows; group "
            "them into few categories, or leave it out of covariates"
        )


def _no_label(label: str) -> tuple[str, str] | None:
    """Return what makes a cell no label, and the remedy."""
    shown = show_label(label)
    if not label.isprintable():
        return f"label {shown} holds an invisible character", "write the label again"
    if _SPREADSHEET_ERROR.fullmatch(label.strip()):
        return f"{shown} is an error of a spreadsheet", "mend its formula, or empty the cell"
    if _DATE.fullmatch(label.strip()):
        return f"{shown} is a date", _DATE_FIX
    if not any(sign.isalnum() for sign in label):
        return f"{shown} is no word", "write one, or empty the cell if the value is missing"
    return None


def _fold(label: str) -> str:
    """Return `label` without case, spaces and punctuation."""
    return re.sub(r"[\W_]+", "", label.casefold())


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
