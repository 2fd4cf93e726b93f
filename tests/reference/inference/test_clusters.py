"""Intraclass correlations against R: psych, lme4 and aov.

The values stand in clusters_reference.csv, written by clusters.R.
"""

from pathlib import Path

import pandas as pd
import pytest

from helpers.models.inference.clusters import intraclass_correlations

HERE = Path(__file__).parent
DATA = dict(iter(pd.read_csv(HERE / "clusters_data.csv", keep_default_na=False).groupby("data")))
REFERENCE = dict(
    iter(pd.read_csv(HERE / "clusters_reference.csv", keep_default_na=False).groupby("data"))
)


@pytest.mark.parametrize("name", DATA)
def test_intraclass_correlation(name):
    row = intraclass_correlations(DATA[name], variables=["y"], cluster="id").iloc[0]
    values = REFERENCE[name].set_index("quantity")["value"]
    assert len(values) == 8
    for quantity, value in values.items():
        assert row[quantity] == pytest.approx(value, rel=1e-9, abs=1e-11), quantity
