"""Codes for a missing value stand apart; the values of sound scales do not."""

import numpy as np
import pytest

from helpers.data.missing_codes import find_codes

CODES = [[9], [8], [0], [-1], [66], [90], [96], [998], [-66], [-99], [66, 99], [9, -1], [97, 98]]


def _scores(rng, n=120):
    return np.clip(rng.normal(4.2, 1.1, n), 1, 7).round(2)


@pytest.mark.parametrize("codes", CODES, ids=str)
def test_codes_on_a_scale_of_1_to_7_are_found_however_many(codes):
    rng = np.random.default_rng(3)
    found = 0
    for _ in range(50):
        values = _scores(rng)
        for code in codes:
            values[rng.choice(len(values), 4, replace=False)] = code
        found += set(codes) <= set(find_codes(values))
    assert found >= 48


@pytest.mark.parametrize(
    ("draw", "most"),
    [
        (lambda rng, n: rng.normal(4, 1, n).round(2), 0.01),
        (lambda rng, n: rng.integers(1, 8, n).astype(float), 0.02),
        (lambda rng, n: rng.gamma(2, 3, n).round(1), 0.02),
        (lambda rng, n: _scores(rng, n), 0.05),
        (lambda rng, n: rng.poisson(3, n).astype(float), 0.08),
    ],
    ids=["normal", "item", "skewed", "scale with a ceiling", "counts"],
)
def test_sound_values_are_seldom_asked_about(draw, most):
    """The shares are those of a simulation; a question costs a line of a mapping, no data."""
    rng = np.random.default_rng(4)
    asked = [len(find_codes(draw(rng, n))) > 0 for n in (30, 80, 200, 1000) for _ in range(100)]
    assert np.mean(asked) <= most


def test_a_value_that_most_rows_share_is_no_code():
    assert not len(find_codes(np.array([27.0] * 296 + [1.0, 2.0, 3.0, 4.0])))
    assert not len(find_codes(np.array([1.0, 1.0, 5.0])))
    assert not len(find_codes(np.full(10, np.nan)))


def test_a_score_that_several_rows_share_is_no_code():
    """A score taken once and copied to each session of a client is shared by all of these."""
    scores = np.repeat(np.random.default_rng(4).normal(3.5, 0.4, 60).round(2), 3)
    assert find_codes(np.r_[scores, [1.13] * 3]).tolist() == []
    assert find_codes(np.r_[scores, [9.99] * 3, [9] * 2]).tolist() == [9, 9.99]
