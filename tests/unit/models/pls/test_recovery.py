"""Known truths for composite models: the population is what it says, and the estimator finds it."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from helpers.errors import InputError
from helpers.models.pls.model import fit_pls, fit_pls_correlation
from helpers.models.pls.recovery import _draw_correlations, design_population, recover_pls
from helpers.models.pls.specification import PLSModel

MODEL = PLSModel(
    {"a": ["a1", "a2", "a3"], "b": ["b1", "b2"], "m": ["m1", "m2", "m3", "m4"], "y": ["y1"]},
    [("a", "m"), ("b", "m"), ("m", "y"), ("a", "y")],
)


@pytest.fixture(scope="module")
def fit():
    rng = np.random.default_rng(3)
    a, b = rng.multivariate_normal([0, 0], [[1, 0.3], [0.3, 1]], size=250).T
    m = 0.5 * a - 0.4 * b + 0.7 * rng.standard_normal(250)
    y = 0.6 * m + 0.2 * a + 0.6 * rng.standard_normal(250)
    scores = {"a": a, "b": b, "m": m, "y": y}
    data = pd.DataFrame(
        {
            item: scores[name] + 0.7 * rng.standard_normal(250)
            for name, items in MODEL.constructs.items()
            for item in items
        }
    )
    return fit_pls(data, model=MODEL)


@pytest.mark.parametrize("mode", ["A", "B", "unit"])
def test_a_population_of_composites_has_the_paths_of_the_fit(fit, mode):
    """A closed form: equal items make every outer mode exact."""
    population = design_population(fit)
    again = fit_pls_correlation(population, n=500, model=MODEL, mode=mode, tolerance=1e-12)
    assert np.allclose(again.paths["est"], fit.paths["est"], rtol=1e-8, atol=1e-10)


def test_in_a_population_of_factors_only_the_consistent_estimator_has_them(fit):
    population = design_population(fit, constructs="factor")
    options = {"n": 500, "model": MODEL, "tolerance": 1e-12}
    plain = fit_pls_correlation(population, **options)
    consistent = fit_pls_correlation(population, consistent=True, **options)
    assert np.allclose(consistent.paths["est"], fit.paths["est"], rtol=1e-8, atol=1e-10)
    strongest = fit.paths["est"].abs().idxmax()
    assert abs(plain.paths["est"][strongest]) < 0.95 * abs(fit.paths["est"][strongest])


def test_blocks_keep_their_mean_correlation(fit):
    population = design_population(fit)
    block = ["m1", "m2", "m3", "m4"]
    observed = fit.correlation.loc[block, block].to_numpy()
    mean = observed[np.triu_indices(4, 1)].mean()
    for constructs in ("composite", "factor"):
        made = design_population(fit, constructs=constructs).loc[block, block].to_numpy()
        assert np.allclose(made[np.triu_indices(4, 1)], mean)
    assert np.linalg.eigvalsh(population)[0] > 0


def test_recovery_is_unbiased_where_it_should_be(fit):
    found = recover_pls(fit, n_replications=400, seed=5).set_index(["lhs", "op", "rhs"])
    paths = found.xs("~", level="op")
    assert (paths["bias"].abs() < 4 * paths["mc_error"] + 0.01).all()
    assert (found["n_failed"] == 0).all()
    assert found.loc[("m", "r2", ""), "truth"] == pytest.approx(fit.r_squared["m"], rel=1e-12)
    factors = recover_pls(fit, constructs="factor", n_replications=400, seed=5)
    attenuated = factors.set_index(["lhs", "op", "rhs"]).loc[("m", "~", "a")]
    assert attenuated["bias"] < -10 * attenuated["mc_error"]
    corrected = recover_pls(
        fit, constructs="factor", consistent=True, n_replications=400, seed=5
    ).set_index(["lhs", "op", "rhs"])
    assert abs(corrected.loc[("m", "~", "a"), "bias"]) < 0.25 * abs(attenuated["bias"])


def test_the_same_seed_gives_the_same_samples(fit):
    first, second, other = (recover_pls(fit, n_replications=20, seed=s) for s in (1, 1, 2))
    pd.testing.assert_frame_equal(first, second)
    assert not np.allclose(first["mean"], other["mean"])


def test_the_fit_is_left_as_it_was(fit):
    before = fit.construct_correlation.copy()
    recover_pls(fit, n_replications=2)
    pd.testing.assert_frame_equal(fit.construct_correlation, before)


def test_errors_name_the_argument(fit):
    with pytest.raises(InputError, match=r"constructs='factr' is not one of composite, factor"):
        design_population(fit, constructs="factr")
    with pytest.raises(InputError, match="n_replications=1"):
        recover_pls(fit, n_replications=1)


def test_a_sample_may_have_fewer_cases_than_items(fit):
    few = replace(fit, n=9)
    assert few.n - 1 < len(few.correlation)
    table = recover_pls(few, n_replications=400, seed=4)
    assert (table["sd"] > 0).all()
    assert table["n_failed"].lt(400).all()


def test_drawn_correlations_have_the_moments_of_their_distribution():
    """To order 1/n: mean rho (1 - (1 - rho^2) / 2n), SD (1 - rho^2) / root n (closed form)."""
    rho, n = 0.6, 400
    drawn = _draw_correlations(np.array([[1, rho], [rho, 1]]), n, 4000, 1)[:, 0, 1]
    sd = (1 - rho**2) / np.sqrt(n - 1)
    assert drawn.std() == pytest.approx(sd, rel=4 / np.sqrt(2 * 4000) + 2 / n)
    mean = rho * (1 - (1 - rho**2) / (2 * (n - 1)))
    assert drawn.mean() == pytest.approx(mean, abs=4 * sd / np.sqrt(4000))
