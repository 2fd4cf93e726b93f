"""Sum scores with a wanted description, and whole answers that add up to given sums."""

import numpy as np
import pytest
from scipy.stats import shapiro

from helpers.twins.scale_scores import choose_scores, place_rows, round_rows


@pytest.mark.parametrize("groups", [(0.6, -0.56, 1.14, 0.57, 1.14), (0.5, -0.8, 0.9, 0.7, 0.7)])
def test_scores_have_the_wanted_description(groups):
    wanted = {"mean": 35.62, "sd": 8.52, "minimum": 20, "maximum": 57, "shapiro_w": 0.951}
    scores = choose_scores(213, groups=groups, **wanted)
    assert scores.dtype == np.int64
    assert (np.diff(scores) >= 0).all()
    assert (scores[0], scores[-1]) == (20, 57)
    assert scores.mean() == pytest.approx(35.62, abs=0.005)
    assert scores.std(ddof=1) == pytest.approx(8.52, abs=0.005)
    assert shapiro(scores).statistic == pytest.approx(0.951, abs=0.0005)


def test_rows_are_shifted_to_their_totals():
    rng = np.random.default_rng(4)
    logits, totals = rng.standard_normal((20, 5)), rng.uniform(6, 24, 20)
    share = np.array([1.0, 1.0, 0.5, 0.2, 0.0])
    placed = place_rows(logits, totals, share=share, minimum=0.5, maximum=5.5)
    np.testing.assert_allclose((0.5 + 5 / (1 + np.exp(-placed))).sum(axis=1), totals, atol=1e-9)
    shift = (placed - logits)[:, 0]
    np.testing.assert_allclose(placed - logits, shift[:, None] * share, atol=1e-12)


def test_rows_round_to_their_totals():
    rng = np.random.default_rng(5)
    values = rng.uniform(0.5, 5.5, (50, 6))
    totals = np.rint(values.sum(axis=1)).astype(int)
    answers = round_rows(values, totals, minimum=1, maximum=5)
    assert (answers.sum(axis=1) == totals).all()
    assert ((answers >= 1) & (answers <= 5)).all()
    assert np.abs(answers - values).max() < 1.5
    # Totals far from the values: the range holds all the same.
    full = round_rows(values, np.full(50, 30), minimum=1, maximum=5)
    assert (full == 5).all()
    low = round_rows(values, np.full(50, 7), minimum=1, maximum=5)
    assert (low.sum(axis=1) == 7).all()
    assert low.min() == 1
