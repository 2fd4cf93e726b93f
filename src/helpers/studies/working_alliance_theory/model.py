"""The grounded-theory study: its codebook, its paradigm model, and codings with the codebook."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from helpers.data.datasets import Dataset, load_dataset
from helpers.errors import InputError, did_you_mean
from helpers.notebook import check_data_file
from helpers.paths import project_root, twin_path
from helpers.printed.numbers import load_published

STUDY = "working_alliance_theory"

OWN_CODEBOOK = ("code_id", "open_code", "primary_code", "axial_code", "element")
"""Columns of a reader's codebook."""

NO_CODE = "none"
"""What a coder writes for a segment to which no code applies."""

LEVELS = ("open", "primary", "axial", "element")
"""Levels of the codebook from the finest to the coarsest, the columns that `code_levels` adds."""

_LEVEL_COLUMNS = {
    "open": "open_code",
    "primary": "primary_code",
    "axial": "axial_code",
    "element": "element",
}
_LEVEL_NAMES = {
    "primary_code": "a primary code",
    "axial_code": "an axial code",
    "element": "an element of the paradigm",
}
_PLAIN = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"'})


@dataclass(frozen=True)
class ParadigmModel:
    """The paradigm model of Figure 1 as a graph.

    Attributes
    ----------
    nodes : DataFrame
        node, label, role, in_table (bool), axial_code, note.
    edges : DataFrame
        source, target, relation, kind, directed (bool), stated_in, note.
    """

    nodes: pd.DataFrame
    edges: pd.DataFrame


@dataclass(frozen=True)
class Codings:
    """A coding file that agrees with the codebook.

    Attributes
    ----------
    frame : DataFrame
        One row a segment and coder: video, segment, coder, code (code_id, or none) and the labels
        open, primary, axial and element.
    dataset : Dataset
        Path, checksum and whether the file is the synthetic one.
    """

    frame: pd.DataFrame
    dataset: Dataset


def load_codebook(path: str | Path | None = None) -> pd.DataFrame:
    """Return the coding table, one row an open code in printed order.

    Parameters
    ----------
    path : str or Path, optional
        A CSV with a codebook of one's own: one row per code, with the columns code_id, open_code,
        primary_code, axial_code and element; where a codebook has fewer levels, a column repeats
        the one before it. A relative path starts at the project's folder.

    Returns
    -------
    DataFrame
        code_id, element, axial_code, primary_group, primary_code (the labels of the printed group,
        joined by " / "), open_code, as_printed, same_as (code_id of an earlier row with the same
        wording, or ""), note.

    Raises
    ------
    InputError
        When the file cannot be read, lacks a column, or has an empty cell or a code twice.

    Examples
    --------
    >>> load_codebook()["primary_group"].nunique()
    17
    """
    if path is None:
        return load_published(STUDY, "codebook").reset_index()
    path = check_data_file(project_root() / path, argument="codebook_path")
    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except (ValueError, UnicodeDecodeError) as error:
        raise InputError(f"{path.name}: not a CSV in UTF-8 ({error}).") from None
    for column in OWN_CODEBOOK:
        if column not in table:
            raise InputError(
                f"{path.name} lacks the column {column!r}; a codebook has"
                f" {', '.join(OWN_CODEBOOK)}.{did_you_mean(column, table.columns)}"
            )
        empty = table[column].str.strip() == ""
        if empty.any():
            raise InputError(f"{path.name}, line {empty.idxmax() + 2}: no {column}.")
    for column in ("code_id", "open_code"):
        twice = table[column].map(_fold).duplicated()
        if twice.any():
            raise InputError(
                f"{path.name}, line {twice.idxmax() + 2}: {column}"
                f" {table.loc[twice.idxmax(), column]!r} stands twice."
            )
    own = table[list(OWN_CODEBOOK)]
    return own.assign(
        primary_group=own["primary_code"], as_printed=own["open_code"], same_as="", note=""
    )


def load_paradigm_model() -> ParadigmModel:
    """Return the concepts and relations of the paradigm model.

    Examples
    --------
    >>> load_paradigm_model().nodes["in_table"].sum()
    np.int64(5)
    """
    nodes = load_published(STUDY, "paradigm_nodes").reset_index()
    edges = load_published(STUDY, "paradigm_edges").reset_index()
    return ParadigmModel(
        nodes=nodes.assign(in_table=nodes["in_table"] == "yes"),
        edges=edges.assign(directed=edges["directed"] == "yes"),
    )


def count_codebook(codebook: pd.DataFrame) -> pd.DataFrame:
    """Count the codebook by element, in printed order.

    Parameters
    ----------
    codebook : DataFrame
        From `load_codebook`.

    Returns
    -------
    DataFrame
        element, axial_code, n_primary (labels), n_groups (printed groups of labels), n_open (rows),
        n_distinct (wordings).
    """
    labels = codebook.drop_duplicates("primary_group").assign(
        n_primary=lambda group: group["primary_code"].str.split(" / ").str.len()
    )
    counted = codebook.groupby(["element", "axial_code"], sort=False).agg(
        n_groups=("primary_group", "nunique"),
        n_open=("code_id", "size"),
        n_distinct=("same_as", lambda same: (same == "").sum()),
    )
    counted.insert(0, "n_primary", labels.groupby(["element", "axial_code"])["n_primary"].sum())
    return counted.reset_index()


def code_levels(codings: pd.DataFrame, codebook: pd.DataFrame) -> pd.DataFrame:
    """Find each coding in the codebook and add its label at every level.

    Parameters
    ----------
    codings : DataFrame
        video, segment, coder, code; the code a code_id, an open code's wording or none. Case,
        spacing, the form of quotation marks and a final full stop do not matter.
    codebook : DataFrame
        From `load_codebook`.

    Returns
    -------
    DataFrame
        video, segment, coder, code (code_id, the first where a wording stands twice, or none),
        open, primary, axial, element.

    Raises
    ------
    InputError
        For a code that is not in the codebook, with the nearest one or, for a label of a higher
        level, with the open codes under it.
    """
    first = codebook["same_as"].where(codebook["same_as"] != "", codebook["code_id"])
    known = {NO_CODE: NO_CODE}
    for column in ("as_printed", "open_code", "code_id"):
        known.update(zip(codebook[column].map(_fold), first, strict=True))
    given = codings["code"].drop_duplicates()
    found = given.map(lambda code: known.get(_fold(code)))
    if found.isna().any():
        row = codings[codings["code"] == given[found.isna()].iloc[0]].iloc[0]
        raise InputError(_unknown_code(row, codebook))
    code = codings["code"].map(dict(zip(given, found, strict=True)))
    labels = codebook.set_index("code_id")
    result = codings[["video", "segment", "coder"]].assign(code=code)
    for level, column in _LEVEL_COLUMNS.items():
        result[level] = code.map({**labels[column], NO_CODE: NO_CODE})
    return result.reset_index(drop=True)


def load_codings(
    path: str | Path | None = None,
    *,
    codebook: pd.DataFrame | None = None,
    mapping: str | Path | None = None,
    coder_names: bool = False,
) -> Codings:
    """Read a coding file and check it against the codebook.

    Parameters
    ----------
    path : str or Path, optional
        A CSV with the columns video, segment, coder and code; the demonstration codings when not
        given.
    codebook : DataFrame, optional
        From `load_codebook`, which is called when it is not given.
    mapping : str or Path, optional
        A YAML file that says which of the file's columns is which.
    coder_names : bool
        Whether the coders of a reader's file keep their names; else they are numbered, in the order
        of their names.

    Returns
    -------
    Codings
        A segment that a coder left out, or gave no code, has no row by that coder.

    Raises
    ------
    InputError
        When the file cannot be read, lacks a column, a video, a segment or a coder, has a segment
        twice for a coder, a code that is not in the codebook, or fewer than two coders or videos.
    """
    path = twin_path(STUDY) if path is None else path
    dataset = load_dataset(path, STUDY, missing="listwise", mapping=mapping)
    codings = check_dataset(dataset, codebook=codebook)
    if dataset.synthetic or coder_names:
        return codings
    number = {name: str(k) for k, name in enumerate(sorted(codings.frame["coder"].unique()), 1)}
    return replace(codings, frame=codings.frame.replace({"coder": number}))


def check_dataset(dataset: Dataset, *, codebook: pd.DataFrame | None = None) -> Codings:
    """Check codings that fit the data dictionary against the codebook; see `load_codings`.

    A row without a code is a segment that the coder did not code.
    """
    codebook = load_codebook() if codebook is None else codebook
    if any(f"{name} " in dataset.dropped_reason for name in ("video", "segment", "coder")):
        raise InputError(
            f"{dataset.path.name}, line {dataset.dropped_lines[0]}: no video, segment or coder "
            f"({dataset.dropped_reason}); say which coding this is"
        )
    frame = code_levels(dataset.frame, codebook)
    for column, what in (("coder", "agreement needs"), ("video", "saturation needs")):
        if frame[column].nunique() < 2:
            raise InputError(
                f"{dataset.path.name}: one {column} only ({frame[column].iloc[0]!r}); {what} at "
                "least two"
            )
    if frame["code"].nunique() < 2:
        raise InputError(
            f"{dataset.path.name}: every coding is {frame['code'].iloc[0]!r}; agreement beyond "
            "chance needs at least two different codes"
        )
    return Codings(frame=frame, dataset=dataset)


def find_window(codings: Codings, *, at_most: int) -> int:
    """Return the number of consecutive segments to look at: no more than the longest video has."""
    return min(at_most, int(codings.frame.groupby("video")["segment"].nunique().max()))


def _unknown_code(row: pd.Series, codebook: pd.DataFrame) -> str:
    where = f"video {row['video']!r}, segment {row['segment']}, coder {row['coder']!r}"
    code = str(row["code"])
    for column, name in _LEVEL_NAMES.items():
        parts = codebook[column].str.split(" / ").map(lambda labels: {_fold(x) for x in labels})
        under = codebook.loc[parts.map(lambda labels: _fold(code) in labels), "code_id"]
        if len(under):
            span = under.iloc[0] if len(under) == 1 else f"{under.iloc[0]} to {under.iloc[-1]}"
            return f"{where}: {code!r} is {name}; give one of its open codes, {span}"
    first, last = codebook["code_id"].iloc[[0, -1]]
    if re.fullmatch(r"oc\s*\d+", _fold(code)):
        return f"{where}: code {code!r} is not in the codebook; codes run from {first} to {last}"
    hint = did_you_mean(code, [*codebook["open_code"], NO_CODE])
    return (
        f"{where}: code {code!r} is not in the codebook; give a code_id such as "
        f"{first}, an open code's wording, or {NO_CODE!r}.{hint}"
    )


def _fold(code: object) -> str:
    return " ".join(str(code).translate(_PLAIN).split()).rstrip(".").casefold()
