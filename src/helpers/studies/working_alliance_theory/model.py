"""The grounded-theory study: its codebook, its paradigm model, and codings with the codebook."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from helpers.printed.numbers import load_published
from helpers.studies.one_coding.model import CodingStudy

STUDY = "working_alliance_theory"
CODINGS = CodingStudy(STUDY)


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
    return CODINGS.load_codebook()


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


load_codings, check_dataset, choose_parameters = (
    CODINGS.load_codings,
    CODINGS.check_dataset,
    CODINGS.choose_parameters,
)
