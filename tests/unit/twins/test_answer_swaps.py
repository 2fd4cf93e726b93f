"""Single answers moved, sums held; the choice of a set of moves that cancels deviations."""

import numpy as np
import pytest

from helpers.twins.answer_swaps import (
    Swaps,
    apply_swaps,
    choose_swaps,
    propose_swaps,
    settle_by_swaps,
)

SCALE = np.array([0, 0, 0, 1, 1, 1, 1])
RANGE = {"minimum": np.ones(7, int), "maximum": np.repeat([5, 7], [3, 4])}


@pytest.fixture
def answers():
    rng = np.random.default_rng(1)
    return np.column_stack([rng.integers(1, 6, (60, 3)), rng.integers(1, 8, (60, 4))])


def test_swaps_hold_sums_of_closed_scales_and_the_range(answers):
    rng = np.random.default_rng(2)
    swaps = propose_swaps(answers, rng, scale=SCALE, closed=[1], n_swaps=500, **RANGE)
    in_closed = SCALE[np.maximum(swaps.up, swaps.down)] == 1
    assert 0 < in_closed.sum() < len(in_closed)
    assert (SCALE[swaps.up[in_closed]] == 1).all()
    assert (SCALE[swaps.down[in_closed]] == 1).all()
    assert (np.minimum(swaps.up, swaps.down)[~in_closed] == -1).all()
    assert (swaps.up != swaps.down).all()
    for j in range(len(in_closed)):
        moved = apply_swaps(answers, swaps.select(np.array([j])))
        assert ((moved >= RANGE["minimum"]) & (moved <= RANGE["maximum"])).all()
        assert (moved[:, 3:].sum(axis=1) == answers[:, 3:].sum(axis=1)).all()
        assert np.abs(moved - answers).sum() == 1 + in_closed[j]


def test_swaps_that_cancel_each_others_harm_are_chosen_together():
    """Two that cancel each other's harm: the better first, and neither where both cost too much."""
    deviations = np.array([1.0, 0.0])
    effects = np.array([[-0.5, -0.4, 0.1], [3.0, -3.0, 0.0]])
    assert choose_swaps(deviations, effects, exclusive=np.arange(3), most=3) == []
    nearer = np.array([[-0.5, -0.4, -0.02], [0.6, -0.6, 0.0]])
    chosen = choose_swaps(deviations, nearer, exclusive=np.arange(3), most=3)
    assert sorted(chosen)[:2] == [0, 1]
    assert len(choose_swaps(deviations, nearer, exclusive=np.zeros(3, int), most=3)) == 1
    assert len(choose_swaps(deviations, nearer, exclusive=np.arange(3), most=1)) == 1


def test_a_choice_that_was_best_first_is_given_up_for_a_better_set():
    deviations = np.array([2.0, 0.0])
    effects = np.array([[-1.2, -1.0, -0.95], [0.0, 0.5, -0.5]])
    assert choose_swaps(deviations, effects, exclusive=np.arange(3), most=1) == [0]
    assert sorted(choose_swaps(deviations, effects, exclusive=np.arange(3), most=2)) == [1, 2]


def test_no_swap_added_dropped_or_exchanged_would_help_any_more():
    """All neighbors of the chosen set, by brute force."""
    rng = np.random.default_rng(9)
    deviations, effects = 5 * rng.standard_normal(4), rng.standard_normal((4, 12))
    exclusive = np.arange(12) // 2
    chosen = choose_swaps(deviations, effects, exclusive=exclusive, most=4)

    def total(swaps):
        left = deviations + effects[:, sorted(swaps)].sum(axis=1)
        return left @ left

    rest = set(range(12)) - set(chosen)
    dropped = [set(chosen) - {swap} for swap in chosen]
    neighbors = dropped + [kept | {swap} for kept in [set(chosen), *dropped] for swap in rest]
    allowed = [
        swaps
        for swaps in neighbors
        if len(swaps) <= 4 and len(set(exclusive[sorted(swaps)])) == len(swaps)
    ]
    assert 0 < len(chosen) <= 4
    assert len(set(exclusive[chosen])) == len(chosen)
    assert total(chosen) < total(set()) / 2
    assert min(map(total, allowed)) >= 0.999 * total(chosen)


def test_covariances_are_settled_by_swaps(answers):
    """A statistic with known effects: cross products of items, centered at the middle."""
    center = np.repeat([3.0, 4.0], [3, 4])
    wanted = np.array([10.3, -20.2, 35.3])  # a third off what whole answers can reach
    pairs = [(0, 3), (1, 4), (2, 6)]

    def measure(present):
        z = present - center
        deviations = np.array([z[:, a] @ z[:, b] for a, b in pairs]) - wanted

        def predict(swaps):
            slopes = np.zeros((3, *present.shape))
            for k, (a, b) in enumerate(pairs):
                slopes[k][:, a], slopes[k][:, b] = z[:, b], z[:, a]
            slopes = np.pad(slopes, ((0, 0), (0, 0), (0, 1)))
            return slopes[:, swaps.cases, swaps.up] - slopes[:, swaps.cases, swaps.down]

        return deviations, predict

    rng = np.random.default_rng(3)

    def propose(present):
        return propose_swaps(present, rng, scale=SCALE, closed=[1], n_swaps=200, **RANGE)

    settled = settle_by_swaps(
        answers,
        measure,
        propose,
        tolerances=np.full(3, 0.1),
        strictness=[1.0] * 5 + [0.1] * 5,
        scale=SCALE,
    )
    assert np.abs(measure(answers)[0]).max() > 5
    assert np.abs(measure(settled)[0]).max() < 0.5
    assert (settled[:, 3:].sum(axis=1) == answers[:, 3:].sum(axis=1)).all()


def test_a_step_into_the_undefined_is_not_taken(answers):
    def measure(present):
        if (present != answers).any():
            raise ValueError("nothing to be had here")
        return np.array([1.5]), lambda swaps: np.full((1, len(swaps.cases)), -1.0)

    def propose(present):
        return Swaps(np.array([0]), np.array([0]), np.array([-1]))

    settled = settle_by_swaps(
        answers, measure, propose, tolerances=np.ones(1), strictness=[1.0], scale=SCALE
    )
    np.testing.assert_array_equal(settled, answers)
