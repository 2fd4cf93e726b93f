"""The comparison of two studies against psych, metafor and base R (see README.md)."""

from pathlib import Path

import numpy as np
import pandas as pd

from helpers.models.power.replicated import compare_replication

REFERENCE = pd.read_csv(Path(__file__).parent / "replicated.csv")


def test_difference_prediction_and_power_are_those_of_r():
    published, est = np.arctanh(REFERENCE[["r1", "r2"]].to_numpy()).T
    df_published, df = REFERENCE["n1"] - 3, REFERENCE["n2"] - 3
    se = 1 / np.sqrt(df)
    table = pd.DataFrame({"published": published, "lower": published, "upper": published})
    table = table.assign(
        se_published=1 / np.sqrt(df_published), found=True, est=est, se=se,
        ci_lower=est - 1.96 * se, ci_upper=est + 1.96 * se,
    )  # fmt: skip
    beside = compare_replication(table, n_published=df_published, n=df)
    for ours, theirs in (
        (beside["z"].abs(), REFERENCE["z_psych"]),
        (beside["pvalue"], REFERENCE["p_psych"]),
        (beside["z"] ** 2, REFERENCE["q"]),
        (beside["pvalue"], REFERENCE["p_q"]),
        (beside["pi_lower"], REFERENCE["pi_lower"]),
        (beside["pi_upper"], REFERENCE["pi_upper"]),
        (beside["power"], REFERENCE["power"]),
    ):
        np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-14)
