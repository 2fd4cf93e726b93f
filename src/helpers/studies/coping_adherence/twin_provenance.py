"""Why each printed number of the coping study holds on its twin, or cannot hold on any data."""

import pandas as pd

from helpers.printed.numbers import melt_published
from helpers.studies.coping_adherence.model import STUDY

__all__ = ["describe_provenance"]

BY_CONSTRUCTION = "by construction"
BY_CALIBRATION = "by calibration"
COMPUTED = "computed"
IMPOSSIBLE = "cannot hold"

_SUMS = (BY_CONSTRUCTION, "the sum scores are chosen to have it, and the answers add up to them")
_SWAPPED = (
    BY_CONSTRUCTION,
    "an unrounded value inside the printed interval is built in, by moving single answers",
)
_TUNED = (BY_CALIBRATION, "single answers are moved until a bootstrap of the twin comes near it")
_RULES = {
    **{("table_1", c): _SUMS for c in ("mean", "sd", "minimum", "maximum", "shapiro_wilk")},
    ("table_1", "n"): (BY_CONSTRUCTION, "as many questionnaires are made"),
    ("table_1", "p"): (COMPUTED, "follows from W and n"),
    **{("table_2", c): _SWAPPED for c in ("rho_c", "alpha", "ave")},
    ("table_4", "beta"): _SWAPPED,
    ("table_4", "r_squared"): _SWAPPED,
    ("table_4", "se"): _TUNED,
    ("table_4", "t"): (COMPUTED, "path over bootstrap standard error"),
    ("table_5", "z"): (COMPUTED, "Aroian's formula on paths and bootstrap standard errors"),
    ("table_5", "vaf"): (COMPUTED, "indirect over total effect; follows from the paths"),
}
_ON_THE_DIAGONAL = (
    BY_CONSTRUCTION,
    "the AVE lies where it prints as in Table 2 and its root as here",
)
_OFF_THE_DIAGONAL = (
    IMPOSSIBLE,
    "no correlations that print as Table 3 give the paths and R2 of Table 4",
)
_NOT_BY_ITS_SE = "the printed t is not the printed path over the printed standard error"
_CELLS = {
    ("table_4", "avoidant -> adherence", "t"): (IMPOSSIBLE, _NOT_BY_ITS_SE),
    ("table_4", "alliance -> adherence", "t"): (IMPOSSIBLE, _NOT_BY_ITS_SE),
    ("table_5", "problem_focused -> alliance -> adherence", "vaf"): (
        IMPOSSIBLE,
        "indirect over total effect is below -1; the printed number takes both without sign",
    ),
    ("text", "findings_gof", "printed"): (
        IMPOSSIBLE,
        "no weighting of the printed AVE and R2 gives so low a number",
    ),
    ("text", "findings_loadings", "printed"): (
        IMPOSSIBLE,
        "no loadings above .5 have the AVE, composite reliability and alpha of alliance, nor those "
        "of problem-focused coping, whatever the number of items",
    ),
    ("text", "findings_correlations_level", "printed"): (
        IMPOSSIBLE,
        "a correlation of .158 in 213 clients has p = .021",
    ),
}
_CLAIMED = (COMPUTED, "follows from the numbers of the tables")
_TEXT_RULES = {
    r"abstract_.*_p": (COMPUTED, "follows from the path and its bootstrap standard error"),
    r"(abstract|findings)_n": _RULES["table_1", "n"],
    r"abstract_.*_beta|.*_r2_.*": _SWAPPED,
    r"findings_vaf_.*_percent": _RULES["table_5", "vaf"],
    r"findings_normality_p": _RULES["table_1", "p"],
    r"findings_(reliabilities|aves|loadings_p|level_05|level_01)": _CLAIMED,
}


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
    keys = melt_published(STUDY)[["table", "row", "column"]]
    rules = [_find_rule(*key) for key in keys.itertuples(index=False)]
    kept = pd.Series([rule is not None for rule in rules], index=keys.index)
    statuses = pd.DataFrame([rule for rule in rules if rule], columns=["status", "how"])
    return pd.concat([keys[kept].reset_index(drop=True), statuses], axis=1)


def _find_rule(table: str, row: str, column: str) -> tuple[str, str] | None:
    if (table, row, column) in _CELLS:
        return _CELLS[table, row, column]
    if table == "table_3":
        return _ON_THE_DIAGONAL if row == column else _OFF_THE_DIAGONAL
    if table == "text":
        matches = pd.Series(row).str.fullmatch
        return next((rule for name, rule in _TEXT_RULES.items() if matches(name).all()), None)
    return _RULES.get((table, column))
