"""The grounded-theory study: its codebook, its paradigm model, and codings with the codebook."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from helpers.data import codings
from helpers.data.codings import Codings
from helpers.data.datasets import Dataset
from helpers.paths import twin_path
from helpers.printed.numbers import load_published

STUDY = "working_alliance_theory"


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


def load_codebook() -> pd.DataFrame:
    """Return the coding table, one row an open code in printed order.

    Returns
    -------
    DataFrame
        code_id, element, axial_code, primary_group, primary_code (the labels of the printed group,
        joined by " / "), open_code, as_printed, same_as (code_id of an earlier row with the same
        wording, or ""), note.

    Examples
    --------
    >>> load_codebook()["primary_group"].nunique()
    17
    """
    return load_published(STUDY, "codebook").reset_index()


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


def load_codings(path: str | Path | None = None, **options: object) -> Codings:
    """Read codings with the printed codebook, or with one of a reader's own.

    Parameters
    ----------
    path : str or Path, optional
        A coding file; the demonstration codings when not given.
    **options
        As of `helpers.data.codings.load_codings`.

    Returns
    -------
    Codings

    Raises
    ------
    InputError
        As `helpers.data.codings.load_codings`.

    Examples
    --------
    >>> load_codings().levels
    ('open', 'primary', 'axial', 'element')
    """
    path = twin_path(STUDY) if path is None else path
    return codings.load_codings(path, STUDY, printed=load_codebook(), **options)


def check_dataset(dataset: Dataset, given: Mapping[str, object]) -> None:
    """Refuse codings that a run with the parameters `given` would refuse."""
    taken = {name: given[name] for name in codings.READING if name in given}
    codings.read_codings(dataset, printed=load_codebook(), **taken)


def choose_parameters(dataset: Dataset, given: Mapping[str, object]) -> dict[str, object]:
    """What the notebook's parameters have to be for a file, beyond those `given`."""
    return codings.choose_parameters(dataset, printed=load_codebook(), given=given)


def find_window(read: Codings, *, at_most: int) -> int:
    """Return the number of consecutive segments to look at: no more than the longest video has."""
    return min(at_most, int(read.frame.groupby("video")["segment"].nunique().max()))
