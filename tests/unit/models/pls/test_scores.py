"""Composites of many resamples by their scores, beside the kernel on the items' correlations."""

import numpy as np
import pytest

from helpers.models.inference.resampling import count_cases
from helpers.models.pls.kernel import compile_structure, solve_pls
from helpers.models.pls.samples import correlate_counts, own_loadings, solve_aligned
from helpers.models.pls.scores import correlate_scores
from helpers.models.pls.specification import PLSModel

ITEMS = {"x": 5, "v": 3, "m": 4, "y": 1}
MODEL = PLSModel(
    {name: [f"{name}{k}" for k in range(size)] for name, size in ITEMS.items()},
    [("x", "m"), ("v", "m"), ("x", "y"), ("m", "y")],
)


def draw(n, n_samples, n_draws, seed=1):
    rng = np.random.default_rng(seed)
    factors = rng.standard_normal((n_samples, n, 4))
    factors[:, :, 2] += 0.6 * factors[:, :, 0]
    # v is related to nothing, so that its weights settle late or never
    own = np.repeat(np.arange(4), list(ITEMS.values()))
    samples = factors[:, :, own] + rng.standard_normal((n_samples, n, len(own)))
    counts = np.vstack([np.ones((1, n)), count_cases(rng.integers(0, n, (n_draws, n)), n)])
    return samples, counts


def by_the_kernel(sample, counts, structure):
    standardized = (sample - sample.mean(axis=0)) / sample.std(axis=0)
    R = correlate_counts(standardized, counts)
    reference = own_loadings(solve_pls(R[:1], structure), structure)[0]
    return solve_aligned(R, structure, reference)[0].construct_correlation


@pytest.mark.parametrize("weighting", ["path", "factor"])
@pytest.mark.parametrize("n", [30, 90])
def test_each_draw_ends_where_the_kernel_ends(n, weighting):
    structure = compile_structure(MODEL, weighting=weighting)
    samples, counts = draw(n, 4, 120)
    ours = correlate_scores(samples, counts, structure)
    assert ours.shape == (4, 121, 4, 4)
    for sample, own in zip(samples, ours, strict=True):
        np.testing.assert_allclose(own, by_the_kernel(sample, counts, structure), atol=1e-9)


def test_single_precision_is_within_the_tolerance_of_the_rounds():
    structure = compile_structure(MODEL, tolerance=1e-4)
    samples, counts = draw(60, 4, 120)
    double = correlate_scores(samples, counts, structure)
    single = correlate_scores(samples.astype(np.float32), counts.astype(np.float32), structure)
    assert np.nanmax(np.abs(single - double)) < 1e-4
    assert np.nanmedian(np.abs(single - double)) < 1e-6


def test_a_draw_without_variance_of_an_item_has_no_solution_and_the_others_keep_theirs():
    structure = compile_structure(MODEL)
    samples, counts = draw(30, 2, 40)
    counts[5] = 0
    counts[5, 3] = 30.0
    ours = correlate_scores(samples, counts, structure)
    assert np.isnan(ours[:, 5]).all()
    rest = np.delete(np.arange(41), 5)
    for sample, own in zip(samples, ours, strict=True):
        expected = by_the_kernel(sample, counts[rest], structure)
        np.testing.assert_allclose(own[rest], expected, atol=1e-9)


def test_a_draw_that_does_not_settle_has_no_solution():
    structure = compile_structure(MODEL, tolerance=1e-15, max_iter=3)
    assert np.isnan(correlate_scores(*draw(30, 1, 20), structure)).all()
