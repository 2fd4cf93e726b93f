"""Alpha under a distance: against the library, draw by draw, and where there is none."""

import krippendorff
import numpy as np
import pandas as pd
import pytest

from helpers.models.coding.codings import as_codings
from helpers.models.coding.distances import DistanceAlpha, rating_distance


@pytest.fixture(scope="module")
def units():
    """Ratings from 1 to 7 in eight videos of five segments by three coders, with gaps."""
    rng = np.random.default_rng(4)
    truth = np.repeat(rng.normal(4, 1, 8), 5) + rng.normal(0, 1, 40)
    ratings = np.clip(np.round(truth[:, None] + rng.normal(0, 0.7, (40, 3))), 1, 7)
    ratings[rng.random((40, 3)) < 0.15] = np.nan
    index = pd.MultiIndex.from_product([range(8), range(5)], names=["video", "segment"])
    return pd.DataFrame(ratings, index=index, columns=list("ABC"))


@pytest.mark.parametrize("scale", ["ordinal", "interval", "ratio"])
def test_every_draw_is_the_librarys_alpha_of_the_videos_drawn(units, scale):
    values = np.unique(units.to_numpy()[units.notna().to_numpy()])
    weights = np.random.default_rng(1).multinomial(8, np.full(8, 1 / 8), size=6)
    found = DistanceAlpha(units, list(values))(weights, rating_distance(values, scale=scale))
    for drawn, alpha in zip(weights, found, strict=True):
        sample = pd.concat([units.loc[[v]] for v in np.repeat(range(8), drawn)])
        expected = krippendorff.alpha(sample.to_numpy().T, level_of_measurement=scale)
        assert alpha == pytest.approx(expected, abs=1e-12)


def test_draws_taken_in_parts_are_those_taken_at_once(units, monkeypatch):
    values = np.unique(units.to_numpy()[units.notna().to_numpy()])
    alpha, distance = DistanceAlpha(units, list(values)), rating_distance(values, scale="ordinal")
    options = {"ci_level": 0.95, "n_boot": 200, "seed": 3}
    at_once = alpha.limits(distance, **options)
    monkeypatch.setattr("helpers.models.coding.distances._LARGEST", 500)
    assert alpha.limits(distance, **options) == pytest.approx(at_once, abs=1e-12)


def test_there_is_no_interval_below_four_videos_and_no_alpha_of_one_value(units):
    values = np.unique(units.to_numpy()[units.notna().to_numpy()])
    distance = rating_distance(values, scale="interval")
    few = DistanceAlpha(units.loc[:2], list(values))
    assert np.isnan(few.limits(distance, ci_level=0.95, n_boot=50, seed=1)).all()
    assert np.isfinite(few.estimate(distance))
    equal = units.where(units.isna(), 3.0)
    assert np.isnan(
        DistanceAlpha(equal, [3.0]).estimate(rating_distance(np.array([3.0]), scale="interval"))
    )


def test_several_codes_of_a_coder_are_one_combination():
    rows = [
        (1, 1, "A", "b"),
        (1, 1, "A", "a"),
        (1, 1, "B", "a"),
        (1, 2, "A", "a"),
        (1, 2, "B", "a"),
    ]
    data = pd.DataFrame(rows, columns=["video", "segment", "coder", "code"])
    assert as_codings(data).units("code").to_numpy().tolist() == [["a + b", "a"], ["a", "a"]]


def test_intervals_of_ratings_hold_the_value_of_the_process():
    """Videos, segments and coders with normal effects, of which alpha is a ratio of variances."""
    rng, n_videos, held = np.random.default_rng(9), 15, []
    index = pd.MultiIndex.from_product([range(n_videos), range(6)])
    truth = (0.5**2 + 0.8**2) / (0.5**2 + 0.8**2 + 0.6**2)
    for _ in range(200):
        effects = np.repeat(rng.normal(0, 0.5, n_videos), 6) + rng.normal(0, 0.8, len(index))
        ratings = np.round(effects[:, None] + rng.normal(0, 0.6, (len(index), 3)), 1)
        values = np.unique(ratings)
        alpha = DistanceAlpha(pd.DataFrame(ratings, index=index), list(values))
        distance = rating_distance(values, scale="interval")
        low, high = alpha.jackknife_limits(distance, ci_level=0.95)
        held.append(low <= truth <= high)
    assert 0.90 <= np.mean(held) <= 0.985


def test_complete_agreement_has_no_interval():
    index = pd.MultiIndex.from_product([range(5), [1]])
    units = pd.DataFrame({"A": [1.0, 2, 3, 4, 5], "B": [1.0, 2, 3, 4, 5]}, index=index)
    values = np.arange(1.0, 6)
    alpha, distance = DistanceAlpha(units, list(values)), rating_distance(values, scale="interval")
    assert alpha.estimate(distance) == 1
    assert np.isnan(alpha.jackknife_limits(distance, ci_level=0.95)).all()
