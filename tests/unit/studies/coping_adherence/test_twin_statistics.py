"""Statistics of a composite model with their gradients: against the kernel and exact changes."""

import numpy as np
import pandas as pd
import pytest
from scipy.linalg import svd

from helpers.models.pls.bootstrap import bootstrap_pls, correlate_counts
from helpers.models.pls.kernel import (
    compile_structure,
    compute_statistics,
    solve_pls,
    statistic_columns,
)
from helpers.models.pls.specification import PLSModel
from helpers.studies.coping_adherence.twin_statistics import (
    compute_composite_statistics,
    statistic_sections,
)

N = 120


@pytest.fixture(scope="module")
def structure():
    model = PLSModel(
        {
            "first": ["f1", "f2", "f3"],
            "second": ["s1", "s2"],
            "middle": ["m1", "m2", "m3", "m4"],
            "last": ["l1", "l2", "l3"],
        },
        [
            ("first", "middle"),
            ("second", "middle"),
            ("first", "last"),
            ("second", "last"),
            ("middle", "last"),
        ],
    )
    return compile_structure(model, tolerance=1e-14, max_iter=2000)


@pytest.fixture(scope="module")
def answers(structure):
    rng = np.random.default_rng(5)
    first, second = rng.standard_normal((2, N))
    middle = 0.6 * first + 0.3 * second + 0.6 * rng.standard_normal(N)
    last = 0.2 * first + 0.3 * second + 0.5 * middle + 0.5 * rng.standard_normal(N)
    scores = np.column_stack([first, second, middle, last])[:, structure.owner]
    return np.clip(np.rint(4 + 1.3 * (scores + 0.7 * rng.standard_normal(scores.shape))), 1, 7)


@pytest.fixture(scope="module")
def found(answers, structure):
    return compute_composite_statistics(answers, structure, steadied="second")


@pytest.fixture(scope="module")
def sections(structure):
    return statistic_sections(structure, steadied="second")


def test_the_estimates_are_the_kernels(found, answers, structure, sections):
    correlation = np.corrcoef(answers, rowvar=False)[None]
    values = compute_statistics(correlation, solve_pls(correlation, structure), structure)[0]
    kinds = statistic_columns(structure.model)["quantity"]
    for kind in ("path", "r_squared", "rho_c", "ave", "alpha"):
        np.testing.assert_allclose(found.reached[sections[kind]], values[kinds == kind], rtol=1e-10)


def test_gradients_are_those_of_the_whole_algorithm(found, answers, structure, sections):
    """Central differences in random directions, through standardization and fixed point."""
    rng, step = np.random.default_rng(2), 1e-5
    estimates = slice(0, sections["alpha"].stop)
    for _ in range(3):
        move = rng.standard_normal(answers.shape)
        ahead, behind = (
            compute_composite_statistics(answers + way * move, structure).reached[estimates]
            for way in (step, -step)
        )
        predicted = (found.gradients[estimates] * move).sum(axis=(1, 2))
        np.testing.assert_allclose((ahead - behind) / (2 * step), predicted, rtol=1e-6, atol=1e-8)


def test_standard_errors_are_infinitesimal_jackknifes(found, answers, structure, sections):
    """The root of the summed squares of what a little more weight on each case does to a path.

    The twin's z scores have divisor n - 1, the jackknife's n; hence (n - 1) / n between the two.
    """
    z = (answers - answers.mean(axis=0)) / answers.std(axis=0)
    step = 1e-5

    def paths(counts):
        correlation = correlate_counts(z, counts)
        values = compute_statistics(correlation, solve_pls(correlation, structure), structure)
        return values[:, sections["path"]]

    moves = step * np.eye(N)
    slopes = (paths(1 + moves) - paths(1 - moves)) / (2 * step)
    se = np.sqrt((slopes**2).sum(axis=0))
    np.testing.assert_allclose(found.reached[sections["se"]], (N - 1) / N * se, rtol=1e-6)


def test_standard_errors_are_near_the_bootstraps(found, answers, structure, sections):
    frame = pd.DataFrame(answers, columns=structure.model.items)
    boot = bootstrap_pls(frame, model=structure.model, n_boot=2000, seed=4)
    np.testing.assert_allclose(found.reached[sections["se"]], boot.table("path")["se"], rtol=0.12)


def test_gradients_of_standard_errors_point_the_way(found, answers, structure, sections):
    """Along its own gradient a standard error grows as predicted, other things nearly held."""
    section = sections["se"]
    estimates = found.gradients[sections["path"]].reshape(5, -1)
    for k in range(5):
        slope = found.gradients[section][k].ravel()
        # What the gradient leaves out is what moves with the estimates.
        basis = np.linalg.qr(estimates.T)[0]
        move = slope - basis @ (basis.T @ slope)
        step = 1e-3 / np.linalg.norm(move)
        shape = answers.shape
        grown, shrunk = (
            compute_composite_statistics(answers + way * move.reshape(shape), structure).reached[
                -5:
            ][k]
            for way in (step, -step)
        )
        assert (grown - shrunk) / (2 * step) == pytest.approx(move @ slope, rel=0.2)


def test_steadying_numbers_are_the_covariances_they_are_said_to_be(found, answers, structure):
    z = (answers - answers.mean(axis=0)) / answers.std(axis=0, ddof=1)
    solution = solve_pls(np.corrcoef(z, rowvar=False)[None], structure)
    own = np.flatnonzero(structure.owner == 1)
    consequents = solution.cross_loadings[0][2:, own].T
    left, singular, _ = svd(consequents)
    weights = solution.weights[0][own]
    # The weights are the first singular vector, and the numbers live on the second.
    np.testing.assert_allclose(np.abs(left[:, 0] @ weights), np.linalg.norm(weights), rtol=1e-8)
    number = found.reached[statistic_sections(structure, steadied="second")["steadying"]]
    assert abs(number[0]) == pytest.approx(singular[1] * abs(left[0, 1]), rel=1e-6)


def test_effects_of_swaps_are_predicted_to_second_order(found, answers, structure, sections):
    rng = np.random.default_rng(8)
    k, estimates = 60, slice(0, sections["alpha"].stop)
    cases = rng.integers(0, N, k)
    up = rng.integers(0, answers.shape[1], k)
    down = (up + rng.integers(1, answers.shape[1], k)) % answers.shape[1]
    up[:10], down[10:20] = -1, -1
    predicted = found.swap_effects(cases, up, down)[estimates]
    exact = np.empty_like(predicted)
    linear = np.empty_like(predicted)
    for j in range(k):
        moved = answers.copy()
        slope = np.zeros(len(found.gradients))
        for column, step in ((up[j], 1), (down[j], -1)):
            if column >= 0:
                moved[cases[j], column] += step
                slope += step * found.gradients[:, cases[j], column]
        exact[:, j] = (
            compute_composite_statistics(moved, structure).reached[estimates]
            - found.reached[estimates]
        )
        linear[:, j] = slope[estimates]
    missed = np.abs(predicted - exact).mean()
    assert missed < 0.05 * np.abs(exact).mean()
    assert missed < 0.2 * np.abs(linear - exact).mean()


def test_no_resting_point_is_an_error(answers, structure):
    short = compile_structure(structure.model, tolerance=1e-14, max_iter=1)
    with pytest.raises(ValueError, match="do not settle"):
        compute_composite_statistics(answers, short)
