"""The likelihood under missing values: its derivatives against differences of its values."""

import numpy as np
import pytest

from helpers.models.sem.gaussian import (
    evaluate,
    gradient,
    information,
    projected_information,
    scores,
    stack_gradient,
)
from helpers.models.sem.missing import saturated_moments
from helpers.models.sem.patterns import sort_patterns
from helpers.models.sem.reticular import Saturated, stack_moments


@pytest.fixture(params=[False, True], ids=["complete", "missing"])
def point(request):
    rng = np.random.default_rng(9)
    w = np.column_stack([np.ones(60), rng.standard_normal((60, 2)) + 3])
    y = w @ rng.standard_normal((3, 3)) + rng.standard_normal((60, 3)) @ rng.random((3, 3))
    if request.param:
        y[rng.random(y.shape) < 0.2] = np.nan
    sample = sort_patterns(y, w)
    model = Saturated(3, 3)
    theta = stack_moments(*saturated_moments(sample)) * 1.05
    return sample, model, theta


def differences(function, at, step=1e-5):
    shifts = step * np.eye(len(at))
    return np.array([(function(at + h) - function(at - h)) / (2 * step) for h in shifts])


def test_gradient_and_information_are_the_derivatives(point):
    sample, model, theta = point

    def slope(at):
        return stack_gradient(*gradient(evaluate(sample, *model.moments(at))))

    state = evaluate(sample, *model.moments(theta))
    value = differences(lambda at: evaluate(sample, *model.moments(at)).value, theta)
    np.testing.assert_allclose(slope(theta), value, rtol=1e-6, atol=1e-5)
    second = -differences(slope, theta)
    np.testing.assert_allclose(information(state), second, rtol=1e-6, atol=1e-4)


def test_scores_sum_to_the_gradient(point):
    sample, model, theta = point
    slopes, covariance = model.moments(theta)
    state = evaluate(sample, slopes, covariance)
    total = scores(state, slopes).sum(axis=0)
    np.testing.assert_allclose(total, stack_gradient(*gradient(state)), rtol=1e-9, atol=1e-8)


@pytest.mark.parametrize("kind", ["expected", "observed"])
def test_projected_information_is_the_product(point, kind):
    sample, model, theta = point
    state = evaluate(sample, *model.moments(theta))
    columns = np.random.default_rng(1).standard_normal((len(theta), 4))
    np.testing.assert_allclose(
        projected_information(state, columns, kind=kind),
        columns.T @ information(state, kind=kind) @ columns,
        rtol=1e-9,
    )


def test_the_saturated_solution_has_no_gradient(point):
    sample, _, _ = point
    state = evaluate(sample, *saturated_moments(sample))
    assert abs(stack_gradient(*gradient(state))).max() < 1e-6
