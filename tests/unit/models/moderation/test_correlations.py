"""Correlations beside the regression."""

import numpy as np
import pandas as pd
import pytest

from helpers.errors import InputError
from helpers.models.moderation.correlations import compare_correlations


def test_pairs_in_order(frame):
    table = compare_correlations(frame, variables=["y", "x", "w"])
    assert list(zip(table["x"], table["y"], strict=True)) == [
        ("y", "x"),
        ("y", "w"),
        ("x", "w"),
    ]
    assert (table["df"] == len(frame) - 2).all()


def test_published_interval():
    # Cohen, Cohen, West and Aiken (2003), chapter 2: r = .657, N = 15 gives .22 to .87
    rng = np.random.default_rng(1)
    x, e = rng.standard_normal((2, 15))
    x = (x - x.mean()) / x.std()
    e = e - e.mean() - x * (x @ e) / (x @ x)
    y = 0.657 * x + np.sqrt(1 - 0.657**2) * e / e.std()
    row = compare_correlations(pd.DataFrame({"x": x, "y": y}), variables=["x", "y"]).iloc[0]
    assert row["r"] == pytest.approx(0.657)
    assert (round(row["ci_lower"], 2), round(row["ci_upper"], 2)) == (0.22, 0.87)


def test_errors(frame):
    with pytest.raises(InputError, match="fewer than two columns"):
        compare_correlations(frame, variables=["x"])
    with pytest.raises(InputError, match="3 rows"):
        compare_correlations(frame.head(3), variables=["x", "y"])
