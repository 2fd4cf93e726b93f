"""Why each printed number of the path study holds on its twin: built in, tuned, or computed."""

import pandas as pd

from helpers.printed.numbers import melt_published

__all__ = ["describe_provenance"]

STUDY = "distress_session_quality"
BY_CONSTRUCTION = "by construction"
BY_CALIBRATION = "by calibration"
COMPUTED = "computed"

_CHOSEN = (BY_CONSTRUCTION, "an unrounded value inside the printed interval is built in")
_TUNED = (BY_CALIBRATION, "residuals are moved until a bootstrap of the twin comes near it")
_WALD = (COMPUTED, "estimate over bootstrap SE")
_RULES = {
    ("table_1", "beta"): _CHOSEN,
    ("table_2", "beta"): _CHOSEN,
    ("table_3", "estimate"): _CHOSEN,
    ("text", "printed"): _CHOSEN,
    ("table_4", "value"): (
        BY_CONSTRUCTION,
        "the residual correlation of task and goal is chosen so that the Task-only path gives it",
    ),
    **{(f"table_{k}", "se"): _TUNED for k in (1, 2, 3)},
    **{(f"table_{k}", "p"): _WALD for k in (1, 2, 3)},
    ("table_2", "ci_lower"): _TUNED,
    ("table_2", "ci_upper"): _TUNED,
    ("table_5", "chisq_diff"): (
        BY_CALIBRATION,
        "residuals are moved until the robust test gives it",
    ),
    ("table_5", "delta_cfi"): (BY_CALIBRATION, "the baseline's robust test is moved with it"),
    ("table_5", "delta_rmsea"): (COMPUTED, "follows from the robust test, df and n"),
    ("table_5", "delta_srmr"): (COMPUTED, "follows from the moments"),
    ("table_5", "df_diff"): (BY_CONSTRUCTION, "two constraints"),
    ("table_5", "p"): (COMPUTED, "follows from the robust test"),
}


def describe_provenance() -> pd.DataFrame:
    """Say number by number why the twin gives what is printed.

    Returns
    -------
    DataFrame
        `table row column status how`, the keys of `melt_published`; `status` is "by construction"
        (an exact property of the data), "by calibration" (tuned, so a fresh bootstrap seed comes
        near it) or "computed" (a genuine output of the estimator). R2 stands in the text.
    """
    printed = melt_published(STUDY)
    results = printed["table"].str.startswith("table_") | printed["row"].str.fullmatch(
        "results_r2_(rri|task|goal|bond|ses)"
    )
    keys = printed.loc[results, ["table", "row", "column"]].reset_index(drop=True)
    rules = [
        _RULES[table, column] for table, column in zip(keys["table"], keys["column"], strict=True)
    ]
    return keys.assign(status=[rule[0] for rule in rules], how=[rule[1] for rule in rules])
