"""Alpha for unitizing beside a count of all pairs of points in R, and beside another package."""

from pathlib import Path

import pandas as pd
import pytest

from helpers.models.coding.unitizing import fit_unitizing_agreement

HERE = Path(__file__).parent
MARKS = pd.read_csv(HERE / "stretches.csv")
COUNTED = pd.read_csv(HERE / "alpha.csv", index_col=["set", "what"])
PACKAGE = pd.read_csv(HERE / "package.csv", index_col=["set", "what"])["alpha"]


@pytest.mark.parametrize("name", MARKS["set"].unique())
def test_alpha_is_that_of_all_pairs_of_points(name):
    own = MARKS[MARKS["set"] == name]
    table = fit_unitizing_agreement(own, lengths=dict.fromkeys(own["video"].unique(), 40))
    counted = COUNTED.loc[name]
    assert list(table["what"]) == [*counted.index[[1, 0]], *counted.index[2:]]
    for column in counted:
        found = table.set_index("what")[column]
        assert found.to_dict() == pytest.approx(counted[column].to_dict(), abs=1e-12)
    if name in PACKAGE.index:
        found = table.set_index("what")["alpha"][["which code", "any code"]]
        assert found.to_dict() == pytest.approx(PACKAGE[name].to_dict(), abs=1e-12)
