"""Why each printed number of the coping study holds on its twin, or cannot hold on any data."""

import pandas as pd

from helpers.audit.correlations import p_of_correlation
from helpers.printed.ledger import explain_bases
from helpers.printed.numbers import load_published, load_source, parse_printed
from helpers.report.numbers import format_number
from helpers.studies.coping_adherence.model import STUDY

__all__ = ["describe_provenance"]

BY_CONSTRUCTION = "by construction"
BY_CALIBRATION = "by calibration"
COMPUTED = "computed"
IMPOSSIBLE = "cannot hold"

BASES = {
    "as_many": (BY_CONSTRUCTION, "as many questionnaires are made"),
    "sums": (
        BY_CONSTRUCTION,
        "the sum scores are chosen to have it, and the answers add up to them",
    ),
    "swapped": (
        BY_CONSTRUCTION,
        "an unrounded value inside the printed interval is built in, by moving single answers",
    ),
    "root": (BY_CONSTRUCTION, "the AVE lies where it prints as in Table 2 and its root as here"),
    "tuned": (
        BY_CALIBRATION,
        "single answers are moved until a bootstrap of the twin comes near it",
    ),
    "from_w": (COMPUTED, "follows from W and n"),
    "over_se": (COMPUTED, "path over bootstrap standard error"),
    "path_p": (COMPUTED, "follows from the path and its bootstrap standard error"),
    "aroian": (COMPUTED, "Aroian's formula on paths and bootstrap standard errors"),
    "share": (COMPUTED, "indirect over total effect; follows from the paths"),
    "from_tables": (COMPUTED, "follows from the numbers of the tables"),
    "not_with_paths": (
        IMPOSSIBLE,
        "no correlations that print as Table 3 give the paths and R2 of Table 4",
    ),
    "not_by_its_se": (
        IMPOSSIBLE,
        "the printed t is not the printed path over the printed standard error",
    ),
    "signs_dropped": (
        IMPOSSIBLE,
        "indirect over total effect is below -1; the printed number takes both without sign",
    ),
    "no_weighting": (IMPOSSIBLE, "no weighting of the printed AVE and R2 gives so low a number"),
    "no_loadings": (
        IMPOSSIBLE,
        "no loadings above .5 have the AVE, composite reliability and alpha of alliance, nor those "
        "of problem-focused coping, whatever the number of items",
    ),
}
"""For each basis that the ledger names, the status of the number on the twin, and how."""


def describe_provenance() -> pd.DataFrame:
    """Say number by number why the twin gives what is printed, or why no data can.

    Returns
    -------
    DataFrame
        `table row column status how`, the keys of `melt_published`, for Tables 1 to 5 and the
        results in the text. `status` is "by construction" (an exact property of the data), "by
        calibration" (tuned, so a fresh bootstrap seed comes near it), "computed" (a genuine output
        of the estimator) or "cannot hold" (on any data that have the other printed numbers, by the
        audit).
    """
    return explain_bases(STUDY, BASES | {"small_r": (IMPOSSIBLE, _describe_smallest())})


def _describe_smallest() -> str:
    cells = load_published(STUDY, "table_3").to_numpy().ravel()
    r = min((parse_printed(cell) for cell in cells if cell), key=lambda number: abs(number.value))
    n = load_source(STUDY)["n"]
    p = format_number(p_of_correlation(r.value, n), leading_zero=False)
    return f"a correlation of {r.text.replace('0.', '.')} in {n} clients has p = {p}"
