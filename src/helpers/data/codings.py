"""A reader's coding file: who gave which segment of which video which code, or which rating."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd

from helpers.data.code_system import (
    FROM_FILE,
    LEVEL_COLUMNS,
    LEVELS,
    NO_CODE,
    code_levels,
    complete_levels,
    find_levels,
    fold,
    gather_codes,
    read_code_system,
)
from helpers.data.coding_projects import is_project, read_project_codes, read_project_marks
from helpers.data.csv_text import read_bytes
from helpers.data.datasets import Dataset, load_dataset
from helpers.errors import InputError, did_you_mean

__all__ = ["READING", "Codings", "choose_parameters", "load_codings", "read_codings"]

NOMINAL = "nominal"
READING = ("codebook_path", "scale", "coders", "videos", "codes", "uncoded")
"""Parameters of a notebook that say how codings are read."""
_KEYS = ["video", "segment", "coder"]
_MARK = ["video", "coder", "start", "end", "length"]


@dataclass(frozen=True, kw_only=True)
class Codings:
    """A coding file that agrees with its codebook, or holds ratings.

    Attributes
    ----------
    frame : DataFrame
        Codes: one row a segment, coder and code: video, segment, coder, code (code_id, or none) and
        the labels open, primary, axial and element. Ratings: one row a segment and coder: video,
        segment, coder and rating.
    dataset : Dataset
        Path, checksum and whether the file is the synthetic one.
    codebook : DataFrame
        The codes; empty for ratings.
    levels : tuple of str
        The levels of the codebook that differ; empty for ratings.
    n_several : int
        Segments, counted by coder, to which a coder gave several codes.
    n_left_out : int
        Segments that were left out because no coder gave them a code.
    marks : DataFrame
        Of a project, the stretches that coders marked: video, coder, start, end, length (of the
        video; missing where unknown), code and the labels. Empty where the file has no positions.
    """

    frame: pd.DataFrame
    dataset: Dataset
    codebook: pd.DataFrame
    levels: tuple[str, ...] = ()
    n_several: int = 0
    n_left_out: int = 0
    marks: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=[*_MARK, "code"]))


def load_codings(
    path: str | Path,
    study: str,
    *,
    printed: pd.DataFrame,
    codebook_path: str = "",
    scale: str = NOMINAL,
    mapping: str | Path | None = None,
    coder_names: bool = False,
    video_names: bool = False,
    coders: Sequence[str] = (),
    videos: Sequence[str] = (),
    codes: Sequence[str] = (),
    uncoded: str = "count",
) -> Codings:
    """Read a coding file and check it against a codebook.

    Parameters
    ----------
    path : str or Path
        With the columns video, segment, coder and code, or a column for each coder; or any file
        that `helpers.data.formats` reads.
    study : str
        Its data dictionary.
    printed : DataFrame
        The study's own codebook.
    codebook_path : str
        Another codebook (`read_code_system`), or "file": the codes as they stand in the file.
    scale : str
        "nominal": codes; else ratings on a scale.
    mapping : str or Path, optional
        A YAML file that says which of the file's columns is which.
    coder_names : bool
        Whether the coders of a reader's file keep their names; else they are numbered, in the order
        of their names.
    video_names : bool
        Whether its videos do; else they are numbered, in the order of the file.
    coders, videos : sequence of str
        Those to compare; all where none is named.
    codes : sequence of str
        The codes to compare, of any level; a segment with none of them counts as one without a
        code.
    uncoded : {"count", "leave out"}
        Whether segments to which no coder gave a code enter.

    Returns
    -------
    Codings
        A segment that a coder left out, or gave no value, has no row by that coder.

    Raises
    ------
    InputError
        When the file cannot be read, lacks a column, a video, a segment or a coder, has a code that
        is not in the codebook, nothing that two coders coded, or one code only.
    """
    dataset = load_dataset(path, study, missing="listwise", mapping=mapping)
    codings = read_codings(
        dataset,
        printed=printed,
        codebook_path=codebook_path,
        scale=scale,
        coders=coders,
        videos=videos,
        codes=codes,
        uncoded=uncoded,
    )
    if dataset.synthetic:
        return codings
    if not coder_names:
        codings = _number(codings, "coder", sorted(codings.frame["coder"].unique()))
    return codings if video_names else _number(codings, "video", codings.frame["video"].unique())


def _number(codings: Codings, column: str, names: Sequence[str]) -> Codings:
    """Put numbers in the place of the names of coders or videos."""
    width = len(str(len(names)))  # 01 to 12, so that they are sorted as texts, too
    number = {name: f"{k:0{width}d}" for k, name in enumerate(names, 1)}
    frame, marks = (
        table.assign(**{column: table[column].map(number)})
        for table in (codings.frame, codings.marks)
    )
    return replace(codings, frame=frame, marks=marks)


def read_codings(
    dataset: Dataset,
    *,
    printed: pd.DataFrame,
    codebook_path: str = "",
    scale: str = NOMINAL,
    coders: Sequence[str] = (),
    videos: Sequence[str] = (),
    codes: Sequence[str] = (),
    uncoded: str = "count",
) -> Codings:
    """Check codings that fit the data dictionary; see `load_codings`."""
    file = dataset.path.name
    if any(f"{name} " in dataset.dropped_reason for name in _KEYS):
        raise InputError(
            f"{file}, line {dataset.dropped_lines[0]}: no video, segment or coder "
            f"({dataset.dropped_reason}); say which coding this is"
        )
    if scale != NOMINAL and dataset.synthetic:
        raise InputError(
            f"scale={scale!r}: the demonstration codings are codes and no ratings; give ratings of "
            "your own"
        )
    rows = _choose(_choose(dataset.frame, "coder", coders, file), "video", videos, file)
    if scale != NOMINAL:
        frame = _read_ratings(rows, dataset)
        _refuse_alone(frame, dataset)
        return Codings(frame=frame, dataset=dataset, codebook=printed.iloc[:0])
    codebook = _find_codebook(codebook_path, printed, rows, dataset)
    try:
        frame = code_levels(rows, codebook)
    except InputError as error:
        raise InputError(f"{file}: {error}") from None
    frame = _choose_codes(frame, codes, file)
    n = len(frame[_KEYS[:2]].drop_duplicates())
    if uncoded == "leave out":
        frame = _leave_out_uncoded(frame)
    _refuse_alone(frame, dataset)
    if frame["code"].nunique() < 2:
        raise InputError(
            f"{file}: every coding is {frame['code'].iloc[0]!r}; agreement beyond chance needs at "
            "least two different codes"
        )
    return Codings(
        frame=frame,
        dataset=dataset,
        codebook=codebook,
        levels=find_levels(codebook),
        n_several=int((frame.groupby(_KEYS).size() > 1).sum()),
        n_left_out=n - len(frame[_KEYS[:2]].drop_duplicates()),
        marks=_read_marks(dataset, codebook, frame, codes),
    )


def choose_parameters(
    dataset: Dataset, *, printed: pd.DataFrame, given: Mapping[str, object]
) -> dict[str, object]:
    """What a notebook's parameters have to be for a file, beyond those `given`.

    Numbers that are no codes of the codebook are ratings; words none of which is a code of it are a
    codebook of their own; where no segment has a code by two coders, a code counts as found where
    one gave it.
    """
    chosen: dict[str, object] = {}
    values = dataset.frame["code"]
    labels = (
        printed[["code_id", *LEVEL_COLUMNS.values()]].melt()["value"].str.split(" / ").explode()
    )
    known = set(labels.map(fold))
    of_book = not known.isdisjoint(map(fold, values.str.split(r"[;|\n]").explode().dropna()))
    numbers = pd.to_numeric(values.str.replace(",", ".", regex=False), errors="coerce")
    if not given.get("codebook_path") and numbers.notna().all() and not of_book:
        whole = (numbers == np.floor(numbers)).all() and numbers.nunique() <= 11
        return {"scale": "ordinal" if whole else "interval"}
    if given.get("scale", NOMINAL) == NOMINAL:
        own = not (of_book or given.get("codebook_path") or is_project(read_bytes(dataset.path)))
        if own and set(values) - {NO_CODE}:
            chosen["codebook_path"] = FROM_FILE
        taken = {name: given[name] for name in READING if name in given} | chosen
        frame = read_codings(dataset, printed=printed, **taken).frame
        votes = frame[frame["code"] != NO_CODE].groupby([*_KEYS[:2], "code"]).size()
        if votes.max() < given.get("min_coders", 2):
            chosen["min_coders"] = int(votes.max())
    return chosen


def _find_codebook(
    path: str, printed: pd.DataFrame, rows: pd.DataFrame, dataset: Dataset
) -> pd.DataFrame:
    """The codebook that is given, a project's own where its codes are not the printed ones."""
    if path == FROM_FILE:
        return gather_codes(rows["code"])
    if path:
        return read_code_system(path)
    known = {NO_CODE, *printed["code_id"].map(fold), *printed["open_code"].map(fold)}
    if not known.issuperset(map(fold, rows["code"])) and not dataset.synthetic:
        raw = read_bytes(dataset.path)
        if is_project(raw):
            return complete_levels(read_project_codes(raw, file=dataset.path.name))
    return printed


def _read_marks(
    dataset: Dataset, codebook: pd.DataFrame, frame: pd.DataFrame, codes: Sequence[str]
) -> pd.DataFrame:
    """The marks of a project that are compared, with the labels of their codes."""
    raw = b"" if dataset.synthetic else read_bytes(dataset.path)
    if not is_project(raw):
        return pd.DataFrame(columns=[*_MARK, "code", *LEVELS])
    marks = read_project_marks(raw, file=dataset.path.name)
    marks = marks.merge(frame[["video", "coder"]].drop_duplicates(), on=["video", "coder"])
    labels = code_levels(marks.assign(segment=marks.index), codebook)
    labels = _choose_codes(labels, codes, dataset.path.name).set_index("segment")
    marks = marks[_MARK].join(labels[["code", *LEVELS]])
    return marks[marks["code"] != NO_CODE].reset_index(drop=True)


def _choose(rows: pd.DataFrame, column: str, names: Sequence[str], file: str) -> pd.DataFrame:
    there = rows[column].unique()
    for name in names:
        if str(name) not in there:
            raise InputError(
                f"{column}s: {str(name)!r} is no {column} of {file}."
                f"{did_you_mean(str(name), there)}"
            )
    return rows[rows[column].isin([str(name) for name in names])] if names else rows


def _choose_codes(frame: pd.DataFrame, codes: Sequence[str], file: str) -> pd.DataFrame:
    """Let every code but those named count as none."""
    if not codes:
        return frame
    labels = frame[["code", *LEVELS]].map(fold)
    for code in codes:
        if not labels.eq(fold(code)).any(axis=None):
            used = sorted(set(frame["code"]) | set(frame["open"]) - {NO_CODE})
            raise InputError(
                f"codes: no coding of {file} is {str(code)!r}, at any level."
                f"{did_you_mean(str(code), used)}"
            )
    chosen = labels.isin([fold(code) for code in codes]).any(axis=1)
    frame = frame.assign(**{c: frame[c].where(chosen, NO_CODE) for c in ("code", *LEVELS)})
    frame = frame.drop_duplicates()
    alone = frame.groupby(_KEYS, sort=False)["code"].transform("size") == 1
    return frame[alone | (frame["code"] != NO_CODE)].reset_index(drop=True)


def _leave_out_uncoded(frame: pd.DataFrame) -> pd.DataFrame:
    coded = (frame["code"] != NO_CODE).groupby([frame["video"], frame["segment"]]).transform("any")
    return frame[coded].reset_index(drop=True)


def _read_ratings(rows: pd.DataFrame, dataset: Dataset) -> pd.DataFrame:
    file = dataset.path.name
    words = rows["code"]
    if dataset.column_map.decimal != ".":
        words = words.str.replace(dataset.column_map.decimal, ".", regex=False)
    ratings = pd.to_numeric(words, errors="coerce")
    wrong = ~np.isfinite(ratings)
    if wrong.any():
        row = rows.loc[wrong.idxmax()]
        raise InputError(
            f"{file}: video {row['video']!r}, segment {row['segment']}, coder {row['coder']!r}: "
            f"{row['code']!r} is no rating, which scale asks for; codes have scale=nominal"
        )
    frame = rows[_KEYS].assign(rating=ratings).drop_duplicates()
    twice = frame.duplicated(_KEYS)
    if twice.any():
        row = frame.loc[twice.idxmax()]
        raise InputError(
            f"{file}: video {row['video']!r}, segment {row['segment']}, coder {row['coder']!r} has "
            "two ratings; give one, or a segment number of its own to each"
        )
    if frame["rating"].nunique() < 2:
        raise InputError(
            f"{file}: every rating is {ratings.iloc[0]:g}; agreement beyond chance needs at least "
            "two different ones"
        )
    return frame.reset_index(drop=True)


def _refuse_alone(frame: pd.DataFrame, dataset: Dataset) -> None:
    file = dataset.path.name
    if frame.empty:
        raise InputError(f"{file}: no segment is left to compare")
    names = frame["coder"].unique()
    if len(names) < 2:
        each = "; a folder or a zip with a project for each coder is read as one"
        raise InputError(
            f"{file}: one coder only ({names[0]!r}); agreement needs at least two"
            f"{each if is_project(read_bytes(dataset.path)) else ''}"
        )
    if frame.groupby(["video", "segment"])["coder"].nunique().max() < 2:
        raise InputError(
            f"{file}: no segment was coded by two coders, so there is nothing to compare; if they "
            "coded the same segments, give these the same video and number for each coder"
        )
