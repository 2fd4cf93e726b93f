"""Correlations under clusters beside lavaan's, and pooled ones beside mice's. Source: R."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from helpers.models.moderation.correlations import (
    compare_correlations,
    compare_dependent_correlations,
    pool_correlations,
)

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def reference():
    return pd.read_csv(HERE / "cluster_correlations.csv", index_col="quantity")


@pytest.fixture(scope="module")
def data():
    return pd.read_csv(HERE / "cluster_correlations_data.csv")


def test_correlations_and_their_cluster_robust_standard_errors_are_lavaans(data, reference):
    table = compare_correlations(data, variables=["a", "b", "c"], cluster="g")
    lavaan = reference.loc["r_" + table["x"] + table["y"]]
    r, z = table["r"].to_numpy(), np.arctanh(table["r"]).to_numpy()
    np.testing.assert_allclose(r, lavaan["est"], rtol=1e-6)
    np.testing.assert_allclose(z / table["t"] * (1 - r**2), lavaan["se"], rtol=1e-6)
    assert (table["df"] == data["g"].nunique() - 1).all()


def test_the_difference_of_two_correlations_is_lavaans(data, reference):
    row = compare_dependent_correlations(data, variable="a", others=["b", "c"], cluster="g").iloc[0]
    lavaan = reference.loc["r_ab_minus_ac"]
    assert row["difference"] == pytest.approx(lavaan["est"], rel=1e-6)
    assert row["difference"] / row["t"] == pytest.approx(lavaan["se"], rel=1e-6)
    assert row["ci_lower"] < row["difference"] < row["ci_upper"]


def test_the_pooled_correlation_is_that_of_mice(data, reference):
    rows = np.arange(1, len(data) + 1)
    completed = [data.assign(b=data["b"] + 0.05 * k * np.sin(rows * (k + 1))) for k in range(5)]
    row = pool_correlations(completed, variables=["a", "b"]).iloc[0]
    mice = reference.loc["pooled_z_ab"]
    z = np.arctanh(row["r"])
    assert z == pytest.approx(mice["est"], rel=1e-9)
    assert z / row["t"] == pytest.approx(mice["se"], rel=1e-9)
    assert row["df"] == pytest.approx(mice["df"], rel=1e-7)
