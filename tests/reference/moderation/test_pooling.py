"""Pooled regressions against R: mice's pool and pool.r.squared, mitml's D1, on the same data sets.

The values stand in pooling_reference.csv, written by pooling.R.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from helpers.models.inference.linear import ResidualInference
from helpers.models.inference.pooling import pool_inference, pool_r_squared
from helpers.models.moderation.fit import probe_coefficients, probe_terms
from helpers.models.moderation.johnson_neyman import probe_johnson_neyman
from helpers.models.moderation.model import pool_moderation
from helpers.models.moderation.simple_slopes import probe_simple_slopes

HERE = Path(__file__).parent
CASES = pd.read_csv(HERE / "pooling_cases.csv").set_index("case")
DATA = pd.read_csv(HERE / "pooling_data.csv")
REFERENCE = pd.read_csv(HERE / "pooling_reference.csv", keep_default_na=False)
VALUES = {
    key: rows.set_index("key")["value"].astype(float)
    for key, rows in REFERENCE.groupby(["case", "quantity"])
}
RTOL = 1e-8
NORMAL_QUANTILE = 1.959963984540054


def expected(case, quantity):
    return VALUES.get((case, quantity), pd.Series(dtype=float))


@pytest.fixture(scope="module")
def fits():
    found = {}
    for case, row in CASES.iterrows():
        own = DATA[DATA["case"] == case]
        found[case] = pool_moderation(
            [frame for _, frame in own.groupby("imputation")],
            outcome="y",
            predictor="x",
            moderator="arm" if row["model"] == "arm" else "w",
            covariates={"xw": [], "xwc": ["c", "arm"], "arm": ["c"]}[row["model"]],
        )
    return found


def our_names(names):
    renamed = []
    for name in names:
        parts = [f"arm[{p[3:]}]" if p.startswith("arm") else p for p in name.split(":")]
        renamed.append("Intercept" if name == "(Intercept)" else ":".join(parts))
    return renamed


@pytest.mark.parametrize("case", CASES.index)
def test_coefficients(fits, case):
    se = expected(case, "se")
    tests = probe_coefficients(fits[case]).set_index("term").loc[our_names(se.index)]
    told = fits[case].missing_information.set_index("term").loc[our_names(se.index)]
    for column in ("est", "se", "df", "pvalue", "ci_lower", "ci_upper"):
        values = expected(case, column)[se.index].to_numpy()
        scale = se.to_numpy() if column in ("est", "ci_lower", "ci_upper") else 0
        gap = np.abs(tests[column].to_numpy() - values) / (np.abs(values) + scale)
        assert gap.max() < RTOL, column
    for column in ("within", "between", "riv", "fmi"):
        np.testing.assert_allclose(told[column], expected(case, column)[se.index], rtol=RTOL)


@pytest.mark.parametrize("case", CASES.index)
def test_r_squared(fits, case):
    row = fits[case].r_squared_tests.iloc[-1]
    assert row["r2"] == pytest.approx(expected(case, "r2")["est"], rel=RTOL)
    assert row["r2_adj"] == pytest.approx(expected(case, "r2_adj")["est"], rel=RTOL)
    each = [fit.r_squared_tests["r2"].iloc[-1] for fit in fits[case].completed]
    pooled = pool_r_squared(each, n=fits[case].n)
    # mice rounds the quantile to 1.96 and squares a lower limit below zero
    z = np.arctanh(np.sqrt([pooled.est, pooled.ci_lower, pooled.ci_upper]))
    assert pooled.ci_upper == pytest.approx(expected(case, "r2")["upper"], rel=1e-3)
    width = np.arctanh(np.sqrt(expected(case, "r2")["upper"])) - z[0]
    assert (z[2] - z[0]) / NORMAL_QUANTILE == pytest.approx(width / 1.96, rel=RTOL)
    assert pooled.fmi == pytest.approx(expected(case, "r2")["fmi"], rel=RTOL)


@pytest.mark.parametrize("case", CASES.index)
def test_slopes(fits, case):
    slopes = probe_simple_slopes(fits[case])
    at = expected(case, "slope_at")
    if len(at):
        np.testing.assert_allclose(slopes["moderator_value"], at, rtol=RTOL, atol=1e-9)
    for column in ("est", "se", "df"):
        np.testing.assert_allclose(slopes[column], expected(case, f"slope_{column}"), rtol=RTOL)


@pytest.mark.parametrize("case", [c for c in CASES.index if c != "arms"])
def test_johnson_neyman(fits, case):
    limits = expected(case, "range")
    bounds = probe_johnson_neyman(fits[case]).table["bound"].dropna()
    bounds = bounds[bounds.between(limits["lower"], limits["upper"])]
    np.testing.assert_allclose(bounds, expected(case, "bound"), rtol=1e-7)


@pytest.mark.parametrize("case", [c for c in CASES.index if (c, "d1") in VALUES])
def test_several_coefficients_at_once(fits, case):
    fit, values = fits[case], expected(case, "d1")
    row = probe_terms(fit).set_index("term").loc["x:arm" if case == "arms" else "arm"]
    ours, theirs = row[["f", "df1", "df2", "pvalue"]], values[["f", "df1", "df2", "p"]]
    if case == "few":  # Reiter's formula divides by q (m - 1) - 4 = 0; mitml gives 4 df
        ours, theirs = ours[:2], theirs[:2]
        assert np.isnan(row["pvalue"])
    np.testing.assert_allclose(ours.astype(float), theirs, rtol=RTOL)
    large = [ResidualInference(f.inference().est, f.inference().vcov) for f in fit.completed]
    names = fit.table["term"].to_list()
    chosen = [
        k for k, name in enumerate(names) if name.startswith("x:arm" if case == "arms" else "arm")
    ]
    test = pool_inference(large).wald(np.eye(len(names))[chosen])
    assert test.df2 == pytest.approx(expected(case, "d1_large")["df2"], rel=RTOL)
