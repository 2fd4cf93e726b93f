"""Abbasi et al. (2021): what is computed from codings with its codebook."""

from __future__ import annotations

import pandas as pd

from helpers.audit.findings import NOT_DECIDED
from helpers.studies.working_alliance_theory.audit import UNSUPPORTED

LEADING_AWAY = ("Action/Interaction Strategies", "Consequences")
"""Elements all of whose open codes name, in our reading, a way of leading away from the work."""

IN_TABLE = "in the coding table"
NOT_IN_TABLE = "not in the coding table"


def judge_claims(codebook: pd.DataFrame, audit: pd.DataFrame) -> pd.DataFrame:
    """Say of each main statement of the paper what its print shows.

    Parameters
    ----------
    codebook : DataFrame
        From `helpers.studies.working_alliance_theory.model.load_codebook`.
    audit : DataFrame
        From `helpers.studies.registry.audit_study`.

    Returns
    -------
    DataFrame
        claim, holds (True, False, or missing where print cannot tell), verdict ("in the coding
        table", "not in the coding table", "not decided"), because.
    """
    coded = codebook.groupby("element", sort=False).size()
    away = codebook[codebook["element"].isin(LEADING_AWAY)]
    rows = [
        (
            "Each element of the model was seen in the sessions",
            bool((coded > 0).all()),
            IN_TABLE,
            f"{coded.min()} to {coded.max()} open codes for each",
        ),
        (
            "Engagement in learning leads to an alliance that is formed or disrupted",
            False,
            NOT_IN_TABLE,
            f"The {len(away)} open codes of the two name ways of leading away from the work; none "
            "names an alliance that has formed (our reading)",
        ),
    ]
    unchecked = audit[audit["verdict"] == NOT_DECIDED].set_index("relation")["note"]
    for claim in [*UNSUPPORTED.values(), "the core category integrates all categories"]:
        if claim in unchecked.index:
            rows.append((_sentence(claim), pd.NA, NOT_DECIDED, _sentence(unchecked[claim])))
    table = pd.DataFrame(rows, columns=["claim", "holds", "verdict", "because"])
    return table.astype({"holds": "boolean"})


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
