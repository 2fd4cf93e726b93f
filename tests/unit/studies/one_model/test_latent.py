"""Models of latent variables as a study, and products that are not centered."""

import numpy as np
import pandas as pd
import pytest

from helpers.models.sem.general import fit_sem
from helpers.studies.one_model.latent import ESTIMATED, tabulate_factors
from helpers.studies.one_model.model import ModerationStudy, SEMStudy

MODEL = """
    task =~ t_1 + t_2 + t_3
    outcome =~ o_1 + o_2 + o_3
    outcome ~ a*task
    twice := 2*a
"""


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(7)
    task = rng.standard_normal(300)
    outcome = 0.5 * task + rng.standard_normal(300)
    items = {f"t_{k}": task + rng.standard_normal(300) for k in (1, 2, 3)}
    items |= {f"o_{k}": outcome + rng.standard_normal(300) for k in (1, 2, 3)}
    return pd.DataFrame(items)


def test_effects_are_the_paths_and_what_is_defined_of_them(data):
    study = SEMStudy(labels={"task": "Task", "outcome": "Outcome"}, model=MODEL)
    results = study.fit(data, ci_level=0.95, estimator="ML")
    assert results.effects["label"].tolist() == ["a", "twice", "r2_outcome"]
    assert results.effects["words"].tolist() == ["Task → Outcome", "Twice", "R² of Outcome"]
    path, twice, explained = results.effects["est"]
    assert twice == pytest.approx(2 * path)
    # one predictor: its standardized path squared
    assert explained == pytest.approx(path**2)
    for name, columns in ESTIMATED.items():
        assert tuple(results.tables[name].columns[-len(columns) :]) == columns


def test_robust_fit_is_the_scaled_one(data):
    kinds = ("ML", "MLR")
    tables = {kind: tabulate_factors(fit_sem(MODEL, data, estimator=kind)) for kind in kinds}
    robust = fit_sem(MODEL, data, estimator="MLR").fit_measures
    assert tables["MLR"]["fit"]["chisq"][0] == robust["chisq.scaled"]
    assert tables["ML"]["fit"]["chisq"][0] == robust["chisq"]


def test_residual_correlations_are_observed_less_implied_ones(data):
    fit = fit_sem(MODEL, data)
    residuals = tabulate_factors(fit)["residuals"].set_index("label")["residual"]
    scale = np.sqrt(np.diag(fit.implied))
    implied = fit.implied / np.outer(scale, scale)
    observed = data[list(fit.implied)].corr()
    for pair, residual in residuals.items():
        first, second = pair.split(" ~~ ")
        expected = observed.loc[first, second] - implied.loc[first, second]
        assert residual == pytest.approx(expected, abs=1e-6)


def test_a_product_of_variables_that_are_not_centered(data):
    model = "o_1 ~ t_1 + t_2 + t_1:t_2"
    labels = {"o_1": "Outcome", "t_1": "Task", "t_2": "Goal"}
    shifted = data + 3.0
    results = {
        center: ModerationStudy(labels=labels, model=model, center=center)
        .fit(shifted, ci_level=0.95, se_type="classical")
        .effects.set_index("label")
        for center in ("mean", "none")
    }
    x, w = shifted["t_1"], shifted["t_2"]
    design = np.column_stack([np.ones(len(x)), x, w, x * w])
    least_squares = np.linalg.lstsq(design, shifted["o_1"], rcond=None)[0]
    found = results["none"].loc[["t_1", "t_2", "t_1:t_2"], "est"]
    np.testing.assert_allclose(found, least_squares[1:], rtol=1e-8)
    assert abs(results["none"].loc["t_1", "est"] - results["mean"].loc["t_1", "est"]) > 0.01
    for same in ("t_1:t_2", "slope_low", "slope_high"):
        assert results["none"].loc[same, "statistic"] == pytest.approx(
            results["mean"].loc[same, "statistic"]
        )
