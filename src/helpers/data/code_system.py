"""The codes that a study's coders may give, at each level of a codebook."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping
from itertools import pairwise
from pathlib import Path

import pandas as pd

from helpers.errors import InputError, did_you_mean
from helpers.notebook import check_data_file
from helpers.paths import project_root

__all__ = [
    "FROM_FILE",
    "LEVELS",
    "LEVEL_COLUMNS",
    "NO_CODE",
    "code_levels",
    "find_levels",
    "gather_codes",
    "read_code_system",
]

FROM_FILE = "file"
"""What a reader gives for a codebook whose codes are those of the coding file."""

NO_CODE = "none"
"""What a coder writes for a segment to which no code applies."""

LEVELS = ("open", "primary", "axial", "element")
"""Levels of a codebook from the finest to the coarsest, the columns that `code_levels` adds."""

_COLUMNS = ("code_id", "open_code", "primary_code", "axial_code", "element")
LEVEL_COLUMNS = dict(zip(LEVELS, _COLUMNS[1:], strict=True))
_LEVEL_NAMES = {
    "primary_code": "a primary code",
    "axial_code": "an axial code",
    "element": "an element of the paradigm",
}
_SEPARATORS = (";", "|", "\n", ",")
_PLAIN = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"'})


def read_code_system(path: str | Path) -> pd.DataFrame:
    """Read a codebook of the reader's own.

    Parameters
    ----------
    path : str or Path
        A CSV in UTF-8, with commas or semicolons, one row a code: code_id and, as far as there are
        such, open_code (its wording), primary_code, axial_code and element, each coarser than the
        one before. A column that is left out repeats the one before it. A relative path starts at
        the project's folder.

    Returns
    -------
    DataFrame
        code_id, open_code, primary_code, axial_code, element, and, for what a print adds to these,
        primary_group, as_printed, same_as and note.

    Raises
    ------
    InputError
        When the file cannot be read, lacks code_id, or has an empty cell or a code twice.
    """
    path = check_data_file(project_root() / path, argument="codebook_path")
    try:
        text = path.read_text(encoding="utf-8-sig")
        separator = ";" if ";" in text.partition("\n")[0] else ","
        table = pd.read_csv(io.StringIO(text), dtype=str, keep_default_na=False, sep=separator)
    except (ValueError, csv.Error) as error:
        raise InputError(f"{path.name}: not a CSV in UTF-8 ({error}).") from None
    if "code_id" not in table:
        raise InputError(
            f"{path.name} lacks the column 'code_id'; a codebook has"
            f" {', '.join(_COLUMNS)}.{did_you_mean('code_id', table.columns)}"
        )
    if table.empty:
        raise InputError(f"{path.name} has no code; give one a line.")
    table = table[[name for name in _COLUMNS if name in table]].apply(
        lambda cells: cells.str.strip()
    )
    for column in table:
        empty = table[column] == ""
        if empty.any():
            raise InputError(f"{path.name}, line {empty.idxmax() + 2}: no {column}.")
    for column in {"code_id", "open_code"} & set(table):
        twice = table[column].map(fold).duplicated()
        if twice.any():
            raise InputError(
                f"{path.name}, line {twice.idxmax() + 2}: {column}"
                f" {table.loc[twice.idxmax(), column]!r} stands twice."
            )
    return complete_levels(table)


def complete_levels(table: pd.DataFrame) -> pd.DataFrame:
    """A codebook with every column, each that is left out repeating the one before it.

    Examples
    --------
    >>> complete_levels(pd.DataFrame({"code_id": ["goal"]})).iloc[0, :5].tolist()
    ['goal', 'goal', 'goal', 'goal', 'goal']
    """
    whole = table.copy()
    for finer, column in pairwise(_COLUMNS):
        if column not in whole:
            whole[column] = whole[finer]
    whole = whole[list(_COLUMNS)]
    return whole.assign(
        primary_group=whole["primary_code"], as_printed=whole["open_code"], same_as="", note=""
    )


def gather_codes(codes: Iterable[str]) -> pd.DataFrame:
    """A codebook of one level from the codes that were given; spellings of one code are one.

    A cell is several codes where it has semicolons, bars or lines and a part of it is given alone
    elsewhere.

    Examples
    --------
    >>> gather_codes(["rupture", "none", "Rupture ", "repair; rupture"])["code_id"].tolist()
    ['repair', 'rupture']
    >>> gather_codes(["rupture; open", "repair"])["code_id"].tolist()
    ['repair', 'rupture; open']
    """
    cells = list(dict.fromkeys(codes))
    alone = {fold(cell) for cell in cells}
    first: dict[str, str] = {}
    for cell in cells:
        parts = next((p for sign in _SEPARATORS[:3] if len(p := _split(cell, sign)) > 1), [cell])
        several = not alone.isdisjoint(map(fold, parts))
        for code in parts if several else [cell]:
            first.setdefault(fold(code), " ".join(str(code).split()))
    first.pop(NO_CODE, None)
    return complete_levels(pd.DataFrame({"code_id": sorted(first.values())}))


def _split(cell: object, sign: str) -> list[str]:
    return [part for part in map(str.strip, str(cell).split(sign)) if part]


def find_levels(codebook: pd.DataFrame) -> tuple[str, ...]:
    """The levels of a codebook that say something new: without those that repeat the one before.

    Examples
    --------
    >>> find_levels(gather_codes(["rupture", "repair"]))
    ('open',)
    """
    new = [
        level
        for finer, level in pairwise(LEVELS)
        if (codebook[LEVEL_COLUMNS[level]] != codebook[LEVEL_COLUMNS[finer]]).any()
    ]
    return (LEVELS[0], *new)


def code_levels(codings: pd.DataFrame, codebook: pd.DataFrame) -> pd.DataFrame:
    """Find each coding in the codebook and add its label at every level.

    Parameters
    ----------
    codings : DataFrame
        video, segment, coder, code; the code a code_id, an open code's wording or none. Case,
        spacing, the form of quotation marks and a final full stop do not matter. A cell may hold
        several, separated by semicolons, bars, lines or commas, where each of them is a code.
    codebook : DataFrame
        From `read_code_system`.

    Returns
    -------
    DataFrame
        video, segment, coder, code (code_id, the first where a wording stands twice, or none),
        open, primary, axial, element; a row a code, each once a segment and coder.

    Raises
    ------
    InputError
        For a code that is not in the codebook, with the nearest one or, for a label of a higher
        level, with the open codes under it; and for none beside another code.
    """
    first = codebook["same_as"].where(codebook["same_as"] != "", codebook["code_id"])
    known = {NO_CODE: NO_CODE}
    for column in ("as_printed", "open_code", "code_id"):
        known.update(zip(codebook[column].map(fold), first, strict=True))
    given = codings["code"].drop_duplicates()
    found = given.map(lambda cell: _find_codes(cell, known))
    if found.isna().any():
        row = codings[codings["code"] == given[found.isna()].iloc[0]].iloc[0]
        raise InputError(_unknown_code(row, codebook))
    keys = ["video", "segment", "coder"]
    result = codings[keys].assign(code=codings["code"].map(dict(zip(given, found, strict=True))))
    result = result.explode("code").drop_duplicates().reset_index(drop=True)
    _refuse_none_beside(result, keys)
    labels = codebook.set_index("code_id")
    for level, column in LEVEL_COLUMNS.items():
        result[level] = result["code"].map({NO_CODE: NO_CODE, **labels[column]})
    return result


def fold(code: object) -> str:
    """A code as it is compared: without case, spacing, forms of quotation marks, a final stop."""
    return " ".join(str(code).translate(_PLAIN).split()).rstrip(".").casefold()


def _find_codes(cell: object, known: Mapping[str, str]) -> tuple[str, ...] | None:
    """The code or codes of a cell; None where one of them is unknown."""
    if (code := known.get(fold(cell))) is not None:
        return (code,)
    for separator in _SEPARATORS:
        parts = [fold(part) for part in _split(cell, separator)]
        if len(parts) > 1 and all(part in known for part in parts):
            return tuple(known[part] for part in parts)
    return None


def _refuse_none_beside(codings: pd.DataFrame, keys: list[str]) -> None:
    together = codings.groupby(keys, sort=False)["code"].transform("size") > 1
    both = together & (codings["code"] == NO_CODE)
    if both.any():
        video, segment, coder = codings.loc[both.idxmax(), keys]
        same = codings[keys].eq([video, segment, coder]).all(axis=1)
        others = ", ".join(code for code in codings.loc[same, "code"] if code != NO_CODE)
        raise InputError(
            f"video {video!r}, segment {segment}, coder {coder!r}: {NO_CODE!r} and {others}; "
            f"{NO_CODE!r} says that no code applies, so one of the two is a slip"
        )


def _unknown_code(row: pd.Series, codebook: pd.DataFrame) -> str:
    where = f"video {row['video']!r}, segment {row['segment']}, coder {row['coder']!r}"
    code = str(row["code"])
    for column, name in _LEVEL_NAMES.items():
        parts = codebook[column].str.split(" / ").map(lambda labels: {fold(x) for x in labels})
        under = codebook.loc[parts.map(lambda labels: fold(code) in labels), "code_id"]
        if len(under):
            span = under.iloc[0] if len(under) == 1 else f"{under.iloc[0]} to {under.iloc[-1]}"
            return f"{where}: {code!r} is {name}; give one of its open codes, {span}"
    first, last = codebook["code_id"].iloc[[0, -1]]
    if re.fullmatch(r"oc\s*\d+", fold(code)):
        return f"{where}: code {code!r} is not in the codebook; codes run from {first} to {last}"
    hint = did_you_mean(code, [*codebook["open_code"], NO_CODE]) or (
        f' For codes of your own, PARAMS="codebook_path={FROM_FILE}" takes them as they stand, and '
        "codebook_path=my.csv a list of them"
    )
    return (
        f"{where}: code {code!r} is not in the codebook; give a code_id such as {first}, an open "
        f"code's wording, or {NO_CODE!r}.{hint}"
    )
