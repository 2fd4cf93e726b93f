"""A regression in steps beside R's lm, anova and sandwich."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from helpers.studies.one_model.model import RegressionStudy

HERE = Path(__file__).parent
STUDY = RegressionStudy(
    labels={name: name for name in ("mpg", "wt", "hp", "qsec")},
    outcome="mpg",
    steps=[["wt"], ["hp", "qsec"]],
)


@pytest.mark.parametrize("se_type", ["classical", "hc3"])
def test_every_number_is_that_of_r(se_type):
    expected = pd.read_csv(HERE / "steps.csv").query("se_type == @se_type").set_index("label")
    fit = STUDY.fit(pd.read_csv(HERE / "mtcars.csv"), ci_level=0.95, se_type=se_type)
    found = fit.effects.set_index("label").loc[expected.index, expected.columns[1:]]
    np.testing.assert_allclose(
        found.to_numpy(dtype=float), expected.iloc[:, 1:].to_numpy(dtype=float), rtol=1e-9
    )


def test_the_equations_are_those_of_the_steps():
    assert STUDY.model == "mpg ~ wt\nmpg ~ wt + hp + qsec"
