"""The batched bootstrap: draw by draw, seed by seed, and what it says when draws fail."""

import numpy as np
import pandas as pd
import pytest

from helpers.errors import InputError
from helpers.models.sem.bootstrap import FAILURES, bootstrap_path_model
from helpers.models.sem.model import fit_path_model

MODELS = {
    "mediation": "m ~ a*x + w\ny ~ b*m + c*x + w\nind := a*b\nshare := ind/(ind + c)",
    "fixed": "m ~ a*x + 0.5*w\ny ~ b*m + 0*x\nind := a*b",
    "equal": "m ~ a*x + a*w\ny ~ b*m + c*x\nind := a*b",
    "correlated": "m ~ a*x + w\nk ~ x + w\nm ~~ k\ny ~ m + k + x",
}


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(21)
    n = 150
    x, w = rng.standard_normal(n), rng.integers(0, 2, n).astype(float)
    m = 0.5 * x + 0.4 * w + rng.standard_normal(n)
    k = 0.3 * x + 0.5 * m + rng.standard_normal(n)
    y = 0.6 * m + 0.3 * x + rng.standard_normal(n)
    return pd.DataFrame({"x": x, "w": w, "m": m, "k": k, "y": y})


@pytest.mark.parametrize("name", MODELS)
def test_least_squares_and_scoring_agree_draw_by_draw(data, name):
    fast = bootstrap_path_model(MODELS[name], data, n_boot=60, seed=4)
    slow = bootstrap_path_model(MODELS[name], data, n_boot=60, seed=4, method="scoring")
    assert (fast.method, slow.method) == ("least squares", "scoring")
    np.testing.assert_allclose(fast.draws, slow.draws, rtol=1e-7, atol=1e-9)


def test_a_draw_is_a_refit(data):
    indices = np.random.default_rng(9).integers(0, len(data), size=(3, len(data)))
    boot = bootstrap_path_model(MODELS["mediation"], data, indices=indices)
    for draw, rows in zip(boot.select("parameter").to_numpy(), indices, strict=True):
        refit = fit_path_model(MODELS["mediation"], data.iloc[rows].reset_index(drop=True))
        np.testing.assert_allclose(draw, refit.parameters["est"], rtol=1e-8, atol=1e-10)


def test_models_that_need_iteration_are_scored(data):
    boot = bootstrap_path_model("m ~ x + w\nk ~ x\nm ~~ k", data, n_boot=40, seed=1)
    assert boot.method == "scoring"
    assert boot.n_failed == 0


def test_a_seed_does_not_depend_on_jobs_or_on_the_number_of_draws(data):
    one = bootstrap_path_model(MODELS["mediation"], data, n_boot=600, seed=8, n_jobs=1)
    many = bootstrap_path_model(MODELS["mediation"], data, n_boot=600, seed=8, n_jobs=5)
    np.testing.assert_array_equal(one.draws, many.draws)
    fewer = bootstrap_path_model(MODELS["mediation"], data, n_boot=300, seed=8)
    np.testing.assert_allclose(fewer.draws, one.draws[:300], rtol=1e-11)
    other = bootstrap_path_model(MODELS["mediation"], data, n_boot=300, seed=9)
    assert not np.allclose(other.draws, fewer.draws)


def test_estimates_are_those_of_the_fit_and_errors_near_the_sandwich(data):
    boot = bootstrap_path_model(MODELS["mediation"], data, n_boot=2000, seed=2)
    fit = fit_path_model(MODELS["mediation"], data, estimator="MLR")
    np.testing.assert_allclose(boot.parameters["est"], fit.parameters["est"], rtol=1e-9)
    standardized = boot.table("standardized")["est"]
    np.testing.assert_allclose(standardized, fit.standardized["est"], rtol=1e-9)
    slopes = boot.parameters["op"] == "~"
    np.testing.assert_allclose(
        boot.parameters["se"][slopes], fit.parameters["se"][slopes], rtol=0.15
    )
    inside = (boot.parameters["ci_lower"] < boot.parameters["est"]) & (
        boot.parameters["est"] < boot.parameters["ci_upper"]
    )
    assert inside.all()


def test_bca_limits_differ_from_percentile_limits_in_the_known_direction(data):
    boot = bootstrap_path_model(MODELS["mediation"], data, n_boot=2000, seed=2)
    p, b = (boot.confint(kind).set_index("label").loc["ind"] for kind in ("percentile", "bca"))
    # The product of two positive paths is skewed to the right, so BCa moves both limits up.
    assert b["ci_lower"] > p["ci_lower"]
    assert b["ci_upper"] > p["ci_upper"]


def test_failed_draws_are_counted(data):
    rare = data.assign(w=(np.arange(len(data)) < 2).astype(float))
    with pytest.warns(RuntimeWarning, match="bootstrap draws have no solution"):
        boot = bootstrap_path_model(
            "m ~ a*x + w\ny ~ b*m + w\nind := a*b", rare, n_boot=400, seed=1
        )
    # A level of two cases is missing from a draw with probability (1 - 2/n)^n, about .134.
    assert 20 < boot.n_failed < 100
    assert (boot.failed["reason"] == FAILURES[1]).all()
    assert np.isnan(boot.draws[boot.failure != ""]).all()
    assert np.isfinite(boot.draws[boot.failure == ""]).all()


def test_a_ratio_with_a_denominator_near_zero_is_called_unstable(data):
    noise = data.assign(y=np.random.default_rng(5).standard_normal(len(data)))
    with pytest.warns(RuntimeWarning, match="'share': divided by ind \\+ c, which is near zero"):
        bootstrap_path_model(MODELS["mediation"], noise, n_boot=200, seed=1)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"n_boot": 1}, "n_boot=1 is not a number of draws"),
        ({"n_boot": 2.5}, "n_boot=2.5 is not a number of draws"),
        ({"ci_level": 1.2}, "between 0 and 1"),
        ({"method": "magic"}, "use 'scoring'"),
    ],
)
def test_wrong_arguments_are_named(data, arguments, message):
    with pytest.raises(InputError, match=message):
        bootstrap_path_model("y ~ x", data, **{"n_boot": 10, **arguments})
