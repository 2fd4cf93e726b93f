"""Differences of dependent correlations against psych's r.test and Zou's interval in R."""

from pathlib import Path

import pandas as pd
import pytest

from helpers.errors import InputError
from helpers.models.moderation.correlations import compare_dependent_correlations

HERE = Path(__file__).parent
REFERENCE = pd.read_csv(HERE / "dependent_correlations.csv")


@pytest.mark.parametrize(
    "row", list(REFERENCE.itertuples()), ids=lambda row: f"{row.data}-{row.variable}"
)
def test_the_difference_agrees_with_r(row):
    data = pd.read_csv(HERE / f"data_{row.data}.csv")
    ours = compare_dependent_correlations(
        data, variable=row.variable, others=[row.first, row.second]
    ).iloc[0]
    for name in ("difference", "t", "pvalue", "ci_lower", "ci_upper"):
        assert ours[name] == pytest.approx(getattr(row, name), rel=1e-10), name


def test_the_order_of_the_two_only_changes_the_sign():
    data = pd.read_csv(HERE / "data_swiss.csv")
    one, other = (
        compare_dependent_correlations(data, variable="Fertility", others=pair).iloc[0]
        for pair in (["Education", "Catholic"], ["Catholic", "Education"])
    )
    assert one["t"] == pytest.approx(-other["t"], rel=1e-12)
    assert one["ci_lower"] == pytest.approx(-other["ci_upper"], rel=1e-12)


@pytest.mark.parametrize("others", [["x"], "xw", ["x", "w", "y"]])
def test_other_than_two_columns_are_refused(others):
    data = pd.read_csv(HERE / "data_twin_like.csv")
    with pytest.raises(InputError, match="is not two columns; give two"):
        compare_dependent_correlations(data, variable="y", others=others)
