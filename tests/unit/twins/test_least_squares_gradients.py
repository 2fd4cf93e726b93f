"""Gradients of least-squares statistics, against finite differences of the same statistics."""

import numpy as np
import pytest

from helpers.twins.least_squares_gradients import Regression, block_score_trace

N = 60


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(3)
    fixed = rng.standard_normal((N, 3))
    outcomes = rng.standard_t(5, (N, 4))
    outcomes[:, 3] += outcomes[:, :3].sum(axis=1) + fixed[:, 0]
    return fixed - fixed.mean(axis=0), outcomes, rng.standard_normal((1, N))


def _last(fixed, outcomes):
    """The last outcome on fixed columns, the first outcome and the sum of the middle two."""
    centered = outcomes - outcomes.mean(axis=0)
    design = np.column_stack([fixed, centered[:, 0], centered[:, 1] + centered[:, 2]])
    return Regression(design, centered, 3, {3: (0,), 4: (1, 2)})


def _block(fixed, outcomes):
    centered = outcomes - outcomes.mean(axis=0)
    design = np.column_stack([fixed, centered[:, 0]])
    return [Regression(design, centered, k, {3: (0,)}) for k in (1, 2, 3)]


CONTRAST = np.array([[0.0, 0.2, 0.0, 1.0, -0.5]])
STATISTICS = {
    "fixed coefficient": lambda f, y, w: _last(f, y).coefficient(0),
    "movable coefficient": lambda f, y, w: _last(f, y).coefficient(3),
    "coefficient of a sum": lambda f, y, w: _last(f, y).coefficient(4),
    "residual sum": lambda f, y, w: _last(f, y).residual_sum(),
    "score trace": lambda f, y, w: _last(f, y).score_trace(),
    "block score trace": lambda f, y, w: block_score_trace(_block(f, y)),
    "influence sum": lambda f, y, w: (
        (_last(f, y).influence(CONTRAST) * w).sum(),
        _last(f, y).influence_sum_gradients(CONTRAST, w)[0],
    ),
}


@pytest.mark.parametrize("name", STATISTICS)
def test_gradient_is_the_finite_difference(name, data):
    fixed, outcomes, weights = data
    statistic = STATISTICS[name]
    gradient = statistic(fixed, outcomes, weights)[1]
    gradient = gradient - gradient.mean(axis=1, keepdims=True)  # the data are centered inside
    for row, column in [(0, 0), (7, 1), (21, 2), (40, 3)]:
        move = np.zeros_like(outcomes)
        move[row, column] = 1e-5
        ahead = statistic(fixed, outcomes + move, weights)[0]
        behind = statistic(fixed, outcomes - move, weights)[0]
        assert gradient[column, row] == pytest.approx((ahead - behind) / 2e-5, rel=1e-5, abs=1e-7)


def test_coefficients_and_influences_are_those_of_least_squares(data):
    fixed, outcomes, _ = data
    equation = _last(fixed, outcomes)
    y = equation.outcomes[:, 3]
    expected, *_ = np.linalg.lstsq(equation.design, y, rcond=None)
    np.testing.assert_allclose(equation.coefficients, expected, rtol=1e-10)
    bread = np.linalg.inv(equation.design.T @ equation.design)
    scores = equation.design * (y - equation.design @ expected)[:, None]
    sandwich = bread @ scores.T @ scores @ bread
    influences = equation.influence(np.eye(5))
    np.testing.assert_allclose(influences @ influences.T, sandwich, rtol=1e-9)


def test_block_of_one_is_the_single_trace(data):
    fixed, outcomes, _ = data
    equation = _block(fixed, outcomes)[2]
    value, gradient = block_score_trace([equation])
    assert value == pytest.approx(equation.trace_value(), rel=1e-12)
    np.testing.assert_allclose(gradient, equation.score_trace()[1], atol=1e-10)
