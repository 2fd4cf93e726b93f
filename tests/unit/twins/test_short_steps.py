"""Newton steps of limited length, against closed forms."""

import numpy as np

from helpers.twins.short_steps import step_to_targets


def _linear(matrix, target):
    return lambda cells: (matrix @ cells - target, matrix)


def test_one_step_of_a_linear_system_is_the_least_one():
    rng = np.random.default_rng(6)
    matrix, target, start = rng.standard_normal((3, 8)), rng.standard_normal(3), rng.random(8)
    moved = step_to_targets(start, _linear(matrix, target), longest=10, near=0, n_steps=1)
    np.testing.assert_allclose(moved, start + np.linalg.pinv(matrix) @ (target - matrix @ start))


def test_steps_are_cut_to_the_longest_and_keep_their_direction():
    rng = np.random.default_rng(7)
    matrix, target = rng.standard_normal((2, 5)), np.array([30.0, -40.0])
    whole = np.linalg.pinv(matrix) @ target
    for n_steps in (1, 3):
        moved = step_to_targets(
            np.zeros(5), _linear(matrix, target), longest=0.1, near=0, n_steps=n_steps
        )
        rms = np.sqrt(np.mean(whole**2))
        np.testing.assert_allclose(moved, n_steps * 0.1 / rms * whole, rtol=1e-9)


def test_the_search_stops_when_near_and_leaves_the_start_as_it_was():
    looked = []

    def square_root_of_two(cells):
        looked.append(cells[0])
        return cells**2 - 2, np.diag(2 * cells)

    start = np.ones(1)
    moved = step_to_targets(start, square_root_of_two, longest=1.0, near=1e-10, n_steps=50)
    np.testing.assert_allclose(moved, np.sqrt(2), rtol=1e-10)
    assert len(looked) < 10
    assert start[0] == 1
