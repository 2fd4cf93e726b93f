"""Moves of cells toward targets: they arrive, and stay on the scale and the grid."""

import numpy as np
import pytest

from helpers.twins.cell_moves import choose_steps, move_smoothly, repair_on_grid, settle_on_grid

N = 400


def _moments(cells):
    """Mean, mean square and mean cube, with gradients."""
    value = np.array([np.mean(cells**k) for k in (1, 2, 3)])
    return value, np.array([k * cells ** (k - 1) / N for k in (1, 2, 3)])


@pytest.fixture
def cells():
    return np.random.default_rng(5).uniform(1, 4, N)


def _toward(target):
    def evaluate(cells):
        value, gradient = _moments(cells)
        return value - target, gradient

    return evaluate


def test_smooth_moves_meet_the_targets_within_bounds_and_leave_held_cells(cells):
    evaluate = _toward(_moments(cells)[0] * [1.05, 1.12, 1.20])
    free = np.arange(N) % 3 > 0
    moved = move_smoothly(
        cells,
        evaluate,
        lower=np.full(N, 0.5),
        upper=np.full(N, 4.5),
        free=free,
        units=np.full(3, 1e-3),
        exact=np.array([True, True, False]),
        n_steps=40,
        improvement=0.0,
    )
    assert np.abs(evaluate(cells)[0]).max() > 1
    assert np.abs(evaluate(moved)[0]).max() < 1e-4
    assert moved.min() > 0.5
    assert moved.max() < 4.5
    np.testing.assert_allclose(moved[~free], cells[~free], rtol=1e-12)


def test_a_statistic_without_unit_is_left_alone(cells):
    evaluate = _toward(_moments(cells)[0] * [1.05, 1.12, 3.0])
    moved = move_smoothly(
        cells,
        evaluate,
        lower=np.full(N, 0.5),
        upper=np.full(N, 4.5),
        free=np.ones(N, dtype=bool),
        units=np.array([1e-3, 1e-3, np.inf]),
        exact=np.array([True, False, False]),
        n_steps=40,
        improvement=0.0,
    )
    reached = np.abs(evaluate(moved)[0])
    assert reached[:2].max() < 1e-4
    assert reached[2] > 0.1


def test_a_step_that_makes_things_worse_is_taken_back(cells):
    """With gradients of the wrong sign every step does."""

    def misled(cells):
        deviations, gradients = _toward(target)(cells)
        return deviations, -gradients

    target = _moments(cells)[0] * 1.1
    moved = move_smoothly(
        cells,
        misled,
        lower=np.full(N, 0.5),
        upper=np.full(N, 4.5),
        free=np.ones(N, dtype=bool),
        units=np.full(3, 1e-3),
        exact=np.array([True, False, False]),
        n_steps=6,
    )
    np.testing.assert_allclose(moved, cells, rtol=1e-12)


def test_grid_steps_bring_rounded_cells_back(cells):
    step = 0.25
    target = _moments(cells)[0] * [1.01, 1.02, 1.03]

    def evaluate(places):
        deviations, gradient = _toward(target)(step * places)
        return deviations, step * gradient

    rounded = np.floor(cells / step).astype(np.int64)
    top = np.full(N, 16)
    repaired = repair_on_grid(rounded, evaluate, top=top, tolerances=np.full(3, 1e-3))
    assert repaired.dtype == rounded.dtype
    assert repaired.min() >= 0
    assert repaired.max() <= 16
    before, after = (np.abs(evaluate(places)[0]) for places in (rounded, repaired))
    assert (after < before / 20).all()


def test_steps_stop_where_no_step_helps_and_ties_fall_to_the_first_cell():
    places, top = np.zeros(4, dtype=np.int64), np.full(4, 1)
    gradients = np.array([[1.0, 1.0, 1.0, 1.0]])
    chosen = choose_steps(np.array([-2.1]), gradients, cells=places, top=top)
    assert chosen.tolist() == [1, 1, 0, 0]
    assert choose_steps(np.array([2.1]), gradients, cells=places, top=top).tolist() == [0] * 4
    assert places.tolist() == [0] * 4


def test_no_step_left_would_help_by_the_prediction():
    """All steps of cells that have not moved, by brute force."""
    rng = np.random.default_rng(8)
    deviations, gradients = 5 * rng.standard_normal(3), rng.standard_normal((3, 30))
    places, top = rng.integers(0, 3, 30), np.full(30, 2)
    chosen = choose_steps(deviations, gradients, cells=places, top=top)
    steps = chosen - places
    assert np.abs(steps).max() == 1
    assert chosen.min() >= 0
    assert chosen.max() <= 2
    left = deviations + gradients @ steps
    assert left @ left < 0.01 * (deviations @ deviations)
    for cell in np.flatnonzero(steps == 0):
        for step in (1, -1):
            if 0 <= chosen[cell] + step <= 2:
                moved = left + step * gradients[:, cell]
                assert moved @ moved >= (1 - 2e-6) * (left @ left)


def test_settling_uses_exact_trials_where_the_prediction_errs(cells):
    """The prediction knows nothing of the cube, so that only trials can find the way."""
    step, top = 0.25, np.full(N, 16)
    places = np.rint(cells / step).astype(np.int64)
    target = _moments(step * places)[0] + [0.0, 0.0, 0.05]

    def evaluate(places):
        deviations, gradient = _toward(target)(step * places)
        return deviations, step * gradient * [[1.0], [1.0], [0.0]]

    within = np.array([0.01, 0.05, 0.004])
    settled = settle_on_grid(
        places,
        evaluate,
        lambda places: _moments(step * places)[0][2:] - target[2:],
        few=slice(2, 3),
        within=within,
        top=top,
        tolerances=within / 4,
        n_tries=2 * N,
    )
    assert np.abs(evaluate(places)[0][2]) > 10 * within[2]
    assert (np.abs(evaluate(settled)[0]) < within).all()
