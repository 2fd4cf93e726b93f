"""Limits of given draws, and how far they move when only the seed changes."""

import numpy as np
import pytest
from scipy import stats

from helpers.models.inference.intervals import (
    bca_interval,
    bca_interval_with_error,
    bootstrap_pvalue,
    expanded_level,
    normal_interval_with_error,
    percentile_interval,
    percentile_interval_with_error,
    percentile_limits,
)

N, R, SEEDS = 60, 1000, 1500


def gamma_bootstraps():
    """Means of resamples of one skewed sample under many seeds: draws (R, seeds), and jackknife."""
    rng = np.random.default_rng(17)
    sample = rng.gamma(1.0, size=N)
    draws = np.empty((R, SEEDS))
    for seed in range(SEEDS):
        draws[:, seed] = rng.multinomial(N, np.full(N, 1 / N), size=R) @ sample / N
    jackknife = (sample.sum() - sample) / (N - 1)
    return draws, sample.mean(), jackknife


@pytest.fixture(scope="module")
def bootstraps():
    return gamma_bootstraps()


@pytest.mark.parametrize("kind", ["percentile", "bca"])
def test_monte_carlo_errors_are_the_scatter_of_limits_over_seeds(bootstraps, kind):
    draws, est, jackknife = bootstraps
    if kind == "percentile":
        lower, upper, error_lower, error_upper = percentile_interval_with_error(draws)
    else:
        given = np.repeat(jackknife[:, None], SEEDS, axis=1)
        lower, upper, error_lower, error_upper = bca_interval_with_error(
            draws, np.full(SEEDS, est), given
        )
    # the scatter of 1500 limits is known to 1.8 %, and the mean of the errors to less
    assert error_lower.mean() == pytest.approx(lower.std(ddof=1), rel=0.06)
    assert error_upper.mean() == pytest.approx(upper.std(ddof=1), rel=0.06)


def test_errors_of_bca_limits_exceed_those_of_percentile_limits(bootstraps):
    draws, est, jackknife = bootstraps
    given = np.repeat(jackknife[:, None], SEEDS, axis=1)
    percentile = percentile_interval_with_error(draws)
    bca = bca_interval_with_error(draws, np.full(SEEDS, est), given)
    assert bca[3].mean() > 1.2 * percentile[3].mean()


def test_a_symmetric_case_has_the_error_of_the_formula():
    # p = 1/2 and no acceleration: variance of the limit over that of the percentile limit
    tail, density = 0.025, stats.norm.pdf(stats.norm.ppf(0.025)) / stats.norm.pdf(0)
    c = 2 * density
    ratio = np.sqrt((tail * (1 - tail) + c**2 / 4 - c * tail) / (tail * (1 - tail)))
    assert ratio == pytest.approx(1.257, abs=5e-4)
    draws = stats.norm.ppf((np.arange(200_000) + 0.5) / 200_000)
    jackknife = np.array([-1.0, 0.0, 1.0])
    bca = bca_interval_with_error(draws, 0.0, jackknife)
    plain = percentile_interval_with_error(draws)
    assert bca[2] / plain[2] == pytest.approx(ratio, rel=1e-3)
    assert bca[3] / plain[3] == pytest.approx(ratio, rel=1e-3)
    assert bca[:2] == pytest.approx(plain[:2], rel=1e-6)


def test_limits_with_and_without_errors_are_the_same(bootstraps):
    draws, est, jackknife = bootstraps
    one = draws[:, 0]
    assert percentile_interval_with_error(one)[:2] == percentile_interval(one)
    assert bca_interval_with_error(one, est, jackknife)[:2] == bca_interval(one, est, jackknife)


def test_no_bca_limits_where_all_draws_lie_on_one_side():
    limits = bca_interval_with_error(np.arange(1.0, 50.0), 0.0, np.array([-1.0, 0.0, 1.5]))
    assert np.isnan(limits).all()


def test_the_expanded_level_approaches_the_level_asked_for():
    levels = [expanded_level(0.95, n) for n in (4, 8, 30, 3000)]
    assert levels == sorted(levels, reverse=True)
    assert levels[-1] == pytest.approx(0.95, abs=1e-3)
    # Hesterberg (2015), Table 4 of adjusted one-tail percentiles: n = 10 gives .0086 for .025
    assert (1 - expanded_level(0.95, 10)) / 2 == pytest.approx(0.0086, abs=5e-5)


def test_limits_of_many_sets_are_those_of_each_set():
    rng = np.random.default_rng(2)
    many = rng.standard_normal((3, 501, 2))
    for ci_level in (0.5, 0.9, 0.95, 0.999):
        found = percentile_limits(many, ci_level, axis=1)
        for k in range(3):
            np.testing.assert_allclose(
                found[:, k], percentile_interval(many[k], ci_level), rtol=1e-12
            )
    np.testing.assert_allclose(percentile_limits(rng.permutation(np.arange(1.0, 40.0))), [1, 39])
    gaps = many.copy()
    gaps[0, ::3, 1] = np.nan
    gaps[2, :, 0] = np.nan
    found = percentile_limits(gaps, axis=1)
    kept = gaps[0, :, 1][~np.isnan(gaps[0, :, 1])]
    np.testing.assert_allclose(found[:, 0, 1], percentile_interval(kept), rtol=1e-12)
    assert np.isnan(found[:, 2, 0]).all()


def test_normal_limits_leave_zero_out_exactly_where_p_says_so():
    rng = np.random.default_rng(4)
    est, se = rng.normal(0, 2, 500), rng.uniform(0.5, 1.5, 500)
    for level in (0.9, 0.95):
        lower, upper, error_lower, error_upper = normal_interval_with_error(est, se, 1000, level)
        np.testing.assert_array_equal(lower * upper > 0, bootstrap_pvalue(est, se) < 1 - level)
        np.testing.assert_allclose((lower + upper) / 2, est, atol=1e-12)
        np.testing.assert_allclose(error_lower, error_upper)


def test_monte_carlo_error_of_normal_limits():
    rng = np.random.default_rng(5)
    limits = []
    for _ in range(400):
        draws = rng.normal(0.3, 0.1, 200)
        lower, _, error, _ = normal_interval_with_error(0.3, draws.std(ddof=1), 200)
        limits.append((lower, error))
    spread, claimed = np.std([a for a, _ in limits], ddof=1), np.mean([b for _, b in limits])
    assert claimed == pytest.approx(spread, rel=4 / np.sqrt(2 * 400))
