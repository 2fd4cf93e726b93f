"""Draws of all cases of a moderated regression."""

import numpy as np
import pytest

from helpers.errors import InputError
from helpers.models.moderation.bootstrap import QUANTITIES, bootstrap_moderation
from helpers.models.moderation.model import fit_moderation


def test_a_seed_gives_the_same_draws_whatever_their_number(fit):
    long, short = (bootstrap_moderation(fit, n_boot=n, seed=4) for n in (700, 300))
    # the last, shorter block may differ in the last bit of a matrix product
    np.testing.assert_array_equal(long.draws[:250], short.draws[:250])
    np.testing.assert_allclose(long.draws[:300], short.draws, rtol=1e-11)


@pytest.mark.parametrize("kind", ["percentile", "bca"])
def test_standard_errors_lie_near_hc3(fit, kind):
    result = bootstrap_moderation(fit, n_boot=3000, seed=1)
    table = result.table("parameter", kind=kind)
    np.testing.assert_allclose(table["se"], fit.table["se_hc3"], rtol=0.12)
    np.testing.assert_allclose(table["est"], fit.table["est"], rtol=1e-9)
    for quantity in QUANTITIES:
        table = result.table(quantity, kind=kind)
        assert (table["ci_lower"] < table["est"]).all()
        assert (table["ci_upper"] > table["est"]).all()
    assert result.n_failed == 0


def test_collinear_draws_are_counted_not_kept(make_frame):
    frame = make_frame(seed=8, n=12).assign(
        g=["a", "b", "b", "b", "b", "b", "b", "b", "b", "b", "b", "b"]
    )
    fit = fit_moderation(frame, outcome="y", predictor="x", moderator="w", covariates=["g"])
    with pytest.warns(RuntimeWarning, match="collinear regressors"):
        result = bootstrap_moderation(fit, n_boot=500, seed=1)
    missing_level = np.isnan(result.draws).all(axis=1)
    assert result.n_failed == missing_level.sum() > 100  # (11/12)^12 of them lack the level
    assert np.isfinite(result.parameters[["se", "ci_lower", "ci_upper"]]).all(axis=None)


def test_bad_arguments(fit):
    with pytest.raises(InputError, match="n_boot="):
        bootstrap_moderation(fit, n_boot=0)
    with pytest.raises(InputError, match="kind='bias' is not one of"):
        bootstrap_moderation(fit, n_boot=10).confint("bias")
    with pytest.raises(InputError, match="indices has shape"):
        bootstrap_moderation(fit, indices=np.zeros((2, 2), dtype=int))
