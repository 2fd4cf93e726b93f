"""Sample moments that are exact, checked against numpy's own covariance (closed form)."""

import numpy as np
import pytest

from helpers.twins import exact_moments as em

WANTED = np.array([[1.0, 0.8, 0.5], [0.8, 2.0, 0.6], [0.5, 0.6, 1.5]])


@pytest.fixture
def rng():
    return np.random.default_rng(11)


def test_exact_normals_have_the_identity_as_covariance_and_avoid_the_regressors(rng):
    regressors = rng.exponential(size=(90, 4)) + 3
    draws = em.exact_normals(rng, 90, 3, orthogonal_to=regressors)
    np.testing.assert_allclose(np.cov(draws, rowvar=False), np.eye(3), atol=1e-12)
    np.testing.assert_allclose(draws.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(regressors.T @ draws, 0, atol=1e-10)


def test_with_covariance_reaches_it_from_noise_of_any_shape(rng):
    noise = rng.exponential(size=(200, 3)) ** 2
    regressors = rng.standard_normal((200, 5))
    columns = em.with_covariance(noise, WANTED, orthogonal_to=regressors)
    np.testing.assert_allclose(np.cov(columns, rowvar=False), WANTED, atol=1e-12)
    np.testing.assert_allclose(regressors.T @ columns, 0, atol=1e-10)
    assert np.mean(columns[:, 0] ** 3) > 1  # the skew of the noise is still there


def test_with_covariance_leaves_columns_that_are_right_already(rng):
    columns = em.with_covariance(rng.standard_normal((60, 3)), WANTED)
    np.testing.assert_allclose(em.with_covariance(columns, WANTED), columns, atol=1e-12)


def test_with_covariance_refuses_an_impossible_covariance(rng):
    with pytest.raises(ValueError, match="positive definite; its smallest eigenvalue is -1"):
        em.with_covariance(rng.standard_normal((60, 2)), [[1, 2], [2, 1]])


def test_with_correlation_keeps_the_first_column(rng):
    draws = em.exact_normals(rng, 81, 3)
    correlation = [[1, 0.5, 0.4], [0.5, 1, 0.4], [0.4, 0.4, 1]]
    columns = em.with_correlation(draws, correlation)
    np.testing.assert_allclose(np.corrcoef(columns, rowvar=False), correlation, atol=1e-12)
    np.testing.assert_allclose(columns[:, 0], draws[:, 0], rtol=1e-12)


def test_project_off_bears_collinear_regressors(rng):
    regressor = rng.standard_normal((50, 1))
    doubled = np.hstack([regressor, 2 * regressor, np.ones((50, 1))])
    y = rng.standard_normal(50)
    np.testing.assert_allclose(em.project_off(y, doubled), em.project_off(y, regressor), atol=1e-12)
    np.testing.assert_allclose(em.project_off(y)[:, 0], y - y.mean(), rtol=1e-12)


def test_round_to_grid_stays_on_the_scale():
    index = em.round_to_grid([0.2, 3.3, 9.0, 4.9], step=0.125, minimum=1, maximum=5)
    assert index.tolist() == [0, 18, 32, 31]


@pytest.mark.parametrize(("mean", "sd", "top"), [(9.9, 6.2, 27), (8.2, 5.3, 21)])
def test_ordinal_scores_have_the_moments_and_the_order(rng, mean, sd, top):
    latent = rng.standard_normal(1175)
    scores = em.ordinal_scores(latent, mean=mean, sd=sd, minimum=0, maximum=top)
    assert abs(scores.mean() - mean) < 0.005
    assert abs(scores.std(ddof=1) - sd) < 0.005
    assert scores.min() >= 0
    assert scores.max() <= top
    assert np.all(np.diff(scores[np.argsort(latent)]) >= 0)


def test_standardize_has_divisor_n_minus_1():
    np.testing.assert_allclose(em.standardize([1.0, 2.0, 3.0]), [-1, 0, 1], rtol=1e-12)
