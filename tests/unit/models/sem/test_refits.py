"""Bootstrap and Monte Carlo intervals of general models."""

import numpy as np
import pandas as pd
import pytest

from helpers import bootstrap_path_model, bootstrap_sem, fit_sem, monte_carlo_ci
from helpers.errors import InputError

MODEL = "m ~ a*x + z\ny ~ b*m + z\ni := a*b"


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(8)
    z = rng.standard_normal(120)
    x = 0.4 * z + rng.standard_normal(120)
    m = 0.5 * x + rng.standard_normal(120)
    y = 0.5 * m + 0.2 * z + rng.standard_normal(120)
    return pd.DataFrame({"z": z, "x": x, "m": m, "y": y, "g": np.repeat(np.arange(40), 3)})


def test_the_same_draws_give_what_the_path_bootstrap_gives(data):
    indices = np.random.default_rng(3).integers(0, 120, (12, 120))
    path = bootstrap_path_model(MODEL, data, indices=indices)
    general = bootstrap_sem(fit_sem(MODEL, data), indices=indices, n_jobs=1)
    for quantity in ("parameter", "standardized", "r_squared"):
        ours = general.select(quantity)
        shared = [name for name in path.select(quantity) if name in ours]
        assert len(shared) >= 2
        np.testing.assert_allclose(ours[shared], path.select(quantity)[shared], rtol=1e-7)


def test_workers_change_nothing_and_missing_values_are_drawn_too(data):
    holes = data.mask(np.random.default_rng(5).random(data.shape) < 0.1).assign(g=data["g"])
    fit = fit_sem(MODEL, holes, missing="fiml", cluster="g")
    one = bootstrap_sem(fit, n_boot=6, seed=4, n_jobs=1)
    two = bootstrap_sem(fit, n_boot=6, seed=4, n_jobs=2)
    np.testing.assert_array_equal(one.draws, two.draws)
    assert one.plan.n_units == 40


@pytest.mark.usefixtures("_global_generator_of_dask")
def test_the_workers_of_a_cluster_change_nothing(data, monkeypatch):
    distributed = pytest.importorskip("distributed")
    monkeypatch.delenv("ALLIANCE_SCHEDULER", raising=False)
    fit = fit_sem(MODEL, data)
    here = bootstrap_sem(fit, n_boot=25, seed=4, n_jobs=1)
    with distributed.LocalCluster(
        n_workers=1,
        threads_per_worker=1,
        processes=False,
        dashboard_address=":0",
        protocol="tcp://",
        host="127.0.0.1",
        silence_logs=50,
    ) as cluster:
        there = bootstrap_sem(fit, n_boot=25, seed=4, scheduler=cluster.scheduler_address)
    np.testing.assert_array_equal(here.draws, there.draws)
    with pytest.raises(InputError, match="scheduler='nonsense' does not answer"):
        bootstrap_sem(fit, n_boot=25, scheduler="nonsense")


def test_a_linear_effect_has_the_wald_interval(data):
    fit = fit_sem("y ~ a*m + b*x\nd := a - b", data)
    row = fit.parameters.query("op == ':='").iloc[0]
    interval = monte_carlo_ci(fit, n_draws=200_000, seed=2).iloc[0]
    for name in ("est", "se", "ci_lower", "ci_upper"):
        assert interval[name] == pytest.approx(row[name], abs=0.02 * row["se"])


def test_the_interval_of_a_product_is_skewed(data):
    row = monte_carlo_ci(fit_sem(MODEL, data)).iloc[0]
    assert row["ci_upper"] - row["est"] > row["est"] - row["ci_lower"]
    with pytest.raises(InputError, match="defines no effect"):
        monte_carlo_ci(fit_sem("y ~ m", data))
