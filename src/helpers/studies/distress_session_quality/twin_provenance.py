"""Why each printed number of the path study holds on its twin: built in, tuned, or computed."""

import pandas as pd

from helpers.printed.ledger import explain_bases
from helpers.studies.distress_session_quality.model import STUDY

__all__ = ["describe_provenance"]

BY_CONSTRUCTION = "by construction"
BY_CALIBRATION = "by calibration"
COMPUTED = "computed"

BASES = {
    "chosen": (BY_CONSTRUCTION, "an unrounded value inside the printed interval is built in"),
    "task_only": (
        BY_CONSTRUCTION,
        "the residual correlation of task and goal is chosen so that the Task-only path gives it",
    ),
    "two_constraints": (BY_CONSTRUCTION, "two constraints"),
    "tuned": (BY_CALIBRATION, "residuals are moved until a bootstrap of the twin comes near it"),
    "test_tuned": (BY_CALIBRATION, "residuals are moved until the robust test gives it"),
    "baseline_tuned": (BY_CALIBRATION, "the baseline's robust test is moved with it"),
    "wald": (COMPUTED, "estimate over bootstrap SE"),
    "from_test": (COMPUTED, "follows from the robust test"),
    "from_test_and_n": (COMPUTED, "follows from the robust test, df and n"),
    "from_moments": (COMPUTED, "follows from the moments"),
}
"""For each basis that the ledger names, the status of the number on the twin, and how."""


def describe_provenance() -> pd.DataFrame:
    """Say number by number why the twin gives what is printed.

    Returns
    -------
    DataFrame
        `table row column status how`, the keys of `melt_published`; `status` is "by construction"
        (an exact property of the data), "by calibration" (tuned, so a fresh bootstrap seed comes
        near it) or "computed" (a genuine output of the estimator). R2 is in the text.
    """
    return explain_bases(STUDY, BASES)
