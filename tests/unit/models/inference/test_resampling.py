"""Which cases a draw takes: checked in one place, the same for any number of workers."""

import numpy as np
import pytest

from helpers.errors import InputError
from helpers.models.inference.resampling import (
    check_n_jobs,
    draw_indices,
    map_draws,
    plan_resampling,
)


def test_counts_are_of_the_drawn_cases():
    plan = plan_resampling(7, n_boot=300, seed=4)
    rows = draw_indices(7, n_boot=300, seed=4, block=1)
    assert len(rows) == 50
    expected = [[(row == case).sum() for case in range(7)] for row in rows]
    np.testing.assert_array_equal(plan.counts(1), expected)


def test_whole_clusters_are_drawn_whatever_their_size():
    cluster = ["b", "a", "b", "c", "b", "c"]
    plan = plan_resampling(6, n_boot=400, seed=2, cluster=cluster)
    counts = np.vstack([plan.counts(block) for block in range(plan.n_blocks)])
    for name in "abc":
        own = counts[:, [k for k, c in enumerate(cluster) if c == name]]
        assert (own == own[:, :1]).all()
    first = counts[:, [1, 0, 3]]  # a case of each cluster
    assert (first.sum(axis=1) == 3).all()
    assert set(counts.sum(axis=1)) == {3, 4, 5, 6, 7, 8, 9}
    without = plan.counts_without(0, 3)
    np.testing.assert_array_equal(without[0], [0, 1, 0, 1, 0, 1])
    np.testing.assert_array_equal(without.sum(axis=1), [3, 5, 4])


def test_given_clusters_are_numbered_in_order_of_appearance():
    plan = plan_resampling(4, indices=[[1, 1], [0, 1]], cluster=["z", "a", "a", "z"])
    np.testing.assert_array_equal(plan.counts(0), [[0, 2, 2, 0], [1, 1, 1, 1]])
    assert plan.seed is None


def test_records_of_several_arrays_are_stacked_in_order():
    plan = plan_resampling(5, n_boot=1100, seed=3)

    def function(counts):
        return {"first": counts[:, 0].astype(int), "all": counts}

    for n_jobs in (1, 3):
        found = map_draws(function, plan, n_jobs=n_jobs)
        expected = np.vstack([plan.counts(block) for block in range(5)])
        np.testing.assert_array_equal(found["all"], expected)
        np.testing.assert_array_equal(found["first"], expected[:, 0])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n_boot": 1}, "n_boot=1 is not a number of draws: give a whole number from 2."),
        ({"seed": -1}, "seed=-1 is not a seed: give a whole number from 0."),
        ({"seed": None}, "seed=None is not a seed: give a whole number from 0."),
        (
            {"indices": [[1, 2, 3], [1, 1, 1]]},
            "indices must hold whole numbers from 0 to 2; these count from 1, so subtract 1.",
        ),
        ({"indices": [[0, 2, 3], [1, 1, 1]]}, "indices must hold whole numbers from 0 to 2."),
        ({"indices": [[-1, 2, 2], [1, 1, 1]]}, "indices must hold whole numbers from 0 to 2."),
        ({"indices": [[0.0, 2, 1], [1, 1, 1]]}, "indices must hold whole numbers from 0 to 2."),
        (
            {"indices": [[0, 1, 1, 2], [1, 1, 1, 1]]},
            "indices has shape (2, 4); give one row a draw (at least 2) and 3 columns.",
        ),
        ({"cluster": ["a", "a"]}, "cluster has 2 entries for 3 cases."),
        ({"cluster": ["a", None, "b"]}, "cluster is missing for 1 case(s); name it."),
        ({"cluster": ["a"] * 3}, "cluster names 1 cluster; to draw clusters takes two."),
    ],
)
def test_what_cannot_be_drawn_is_refused(options, message):
    with pytest.raises(InputError) as error:
        plan_resampling(3, **options)
    assert str(error.value) == message


def test_workers_are_counted_or_one_a_core():
    assert check_n_jobs(3) == 3
    assert check_n_jobs(None) == check_n_jobs(-1) >= 1
    for wrong in (0, -2, True, 1.5):
        with pytest.raises(InputError, match="is not a number of workers"):
            check_n_jobs(wrong)
