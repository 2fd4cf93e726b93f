"""Krippendorff's alpha under any distance of two values, with whole videos drawn again."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
from scipy import stats

from helpers.models.coding.agreement import FEWEST_VIDEOS
from helpers.models.inference.intervals import (
    check_ci_level,
    expanded_level,
    percentile_interval,
)
from helpers.models.inference.resampling import Resampling, plan_resampling

__all__ = ["DistanceAlpha", "rating_distance"]

Distance = Callable[[np.ndarray], np.ndarray]
_LARGEST = 4_000_000
"""Numbers held at once where every draw has distances of its own."""


class DistanceAlpha:
    """Alpha of units under a distance, in the sample and in draws of whole videos.

    Parameters
    ----------
    units : DataFrame
        One row a segment (index: video, segment), one column a coder; missing where a coder left
        it out. Segments that fewer than two coders coded do not enter.
    values : sequence
        The different values in `units`, in the order of the distances.

    Attributes
    ----------
    n_units, n_videos : int
        Segments that two coders coded, and the videos that they are of.
    """

    def __init__(self, units: pd.DataFrame, values: list) -> None:
        place = {value: k for k, value in enumerate(values)}
        given = units.map(place.get, na_action="ignore").fillna(-1).to_numpy(dtype=int)
        paired = (given >= 0).sum(axis=1) > 1
        given = given[paired]
        counts = (given[:, :, None] == np.arange(len(values))).sum(axis=1).astype(float)
        video, names = pd.factorize(units.index.get_level_values(0)[paired])
        self.n_units, self.n_videos = len(counts), len(names)
        self._member = (video == np.arange(len(names))[:, None]).astype(float)
        self._counts, self._others = counts, counts.sum(axis=1) - 1
        self._totals = self._member @ counts

    def estimate(self, distance: Distance) -> float:
        """Alpha in the sample; NaN where no two values are apart."""
        return float(self(np.ones((1, self.n_videos)), distance)[0])

    def limits(
        self, distance: Distance, *, ci_level: float, n_boot: int, seed: int
    ) -> tuple[float, float]:
        """Expanded percentile limits from draws of whole videos; NaN below four videos."""
        check_ci_level(ci_level)
        if self.n_videos < FEWEST_VIDEOS:
            return np.nan, np.nan
        plan = plan_resampling(self.n_videos, n_boot=n_boot, seed=seed)
        found = np.concatenate([self(drawn, distance) for drawn in self._draws(plan)])
        level = expanded_level(ci_level, self.n_videos)
        low, high = percentile_interval(found[np.isfinite(found)], level)
        return float(low), float(high)

    def jackknife_limits(self, distance: Distance, *, ci_level: float) -> tuple[float, float]:
        """Limits of t from leaving out one video at a time; NaN below four videos, and at alpha 1.

        Of `log(1 - alpha)`, the log of a ratio of two distances, whose distribution is closer to
        symmetric and whose bias the jackknife takes away. Percentiles of drawn videos, which serve
        codes well, are too short for ratings that differ between videos.
        """
        check_ci_level(ci_level)
        n = self.n_videos
        if n < FEWEST_VIDEOS:
            return np.nan, np.nan
        found = self(np.vstack([np.ones(n), 1 - np.eye(n)]), distance)
        if not (found < 1).all():
            return np.nan, np.nan
        logs = np.log(1 - found)
        pseudo = n * logs[0] - (n - 1) * logs[1:]
        half = stats.t.isf((1 - ci_level) / 2, n - 1) * pseudo.std(ddof=1) / np.sqrt(n)
        middle = pseudo.mean()
        return float(1 - np.exp(middle + half)), float(1 - np.exp(middle - half))

    def _draws(self, plan: Resampling) -> list[np.ndarray]:
        drawn = np.concatenate([plan.counts(block) for block in range(plan.n_blocks)])
        at_once = max(1, _LARGEST // self._counts.shape[1] ** 2)
        return np.split(drawn, range(at_once, len(drawn), at_once))

    def __call__(self, weights: np.ndarray, distance: Distance) -> np.ndarray:
        """Alpha for weights of shape (draws, videos)."""
        totals = weights @ self._totals
        n = totals.sum(axis=1)
        apart = distance(totals)
        if apart.ndim == 2:
            within = np.einsum("uc,cd,ud->u", self._counts, apart, self._counts, optimize=True)
            observed = weights @ (self._member @ (within / self._others)) / n
            expected = ((totals @ apart) * totals).sum(axis=1)
        else:
            scaled = self._counts / self._others[:, None]
            together = [(scaled * m[:, None]).T @ self._counts for m in self._member]
            observed = np.einsum("bv,vcd,bcd->b", weights, together, apart, optimize=True) / n
            expected = np.einsum("bc,bcd,bd->b", totals, apart, totals, optimize=True)
        expected = expected / (n * (n - 1))
        possible = expected > 0
        return np.where(possible, 1 - observed / np.where(possible, expected, 1), np.nan)


def rating_distance(values: np.ndarray, *, scale: str) -> Distance:
    """Krippendorff's distance of two ratings: of ranks, of differences or of ratios.

    Parameters
    ----------
    values : array
        The different ratings, sorted.
    scale : {"ordinal", "interval", "ratio"}

    Returns
    -------
    callable
        From how often each value was given, of shape (draws, values), to the distances. Those of
        ranks differ between draws; the others are one matrix.

    Examples
    --------
    >>> rating_distance(np.array([1.0, 2.0, 4.0]), scale="interval")(np.ones((1, 3)))
    array([[0., 1., 9.],
           [1., 0., 4.],
           [9., 4., 0.]])
    """
    if scale == "ordinal":
        return lambda totals: _squares((totals.cumsum(axis=1) - totals / 2)[..., None])
    apart = _squares(values[:, None])
    if scale == "ratio":
        total = (values[:, None] + values) ** 2
        apart = np.divide(apart, total, out=np.zeros_like(apart), where=total > 0)
    return lambda totals: apart


def _squares(column: np.ndarray) -> np.ndarray:
    return (column - np.swapaxes(column, -1, -2)) ** 2
