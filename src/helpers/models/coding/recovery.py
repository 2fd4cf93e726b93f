"""Does agreement find a known truth? Simulate coders who recognize a code or guess."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np
import pandas as pd

from helpers.errors import InputError
from helpers.models.coding.agreement import FEWEST_VIDEOS, fit_agreement
from helpers.models.coding.chance import ALPHA, FLEISS, PERCENT
from helpers.models.coding.codings import Codings, as_codings

__all__ = ["recover_agreement"]

_STATISTICS = (PERCENT, FLEISS, ALPHA)


def recover_agreement(
    data: Codings | pd.DataFrame,
    *,
    levels: Sequence[str],
    recognition: float = 0.8,
    spread: float = 0.1,
    n_replications: int = 200,
    n_boot: int = 500,
    ci_level: float = 0.95,
    seed: int = 1,
) -> pd.DataFrame:
    r"""Estimate agreement on simulated codings whose agreement is known.

    Parameters
    ----------
    data : Codings or DataFrame
        One row a segment and coder: they give the number of coders, the videos with their
        lengths and mixes of codes, and the overall shares of the codes.
    levels : sequence of str
        Columns of `data` from the finest to the coarsest level.
    recognition : float
        Mean chance that a coder recognizes a segment's code.
    spread : float
        In half of the videos, at random, the chance is higher by this much, in the others lower.
    n_replications : int
        Simulated sets of codings.
    n_boot, ci_level
        As in `helpers.models.coding.agreement.fit_agreement`.
    seed : int

    Returns
    -------
    DataFrame
        One row a level and statistic (percent_agreement, fleiss_kappa, krippendorff_alpha): level,
        statistic, truth, mean over the sets, bias, mc_error (Monte Carlo standard error of the
        bias), sd over the sets, se (mean bootstrap standard error), coverage (share of the
        intervals that contain the truth). With so few videos that there is no interval, the last
        two are missing.

    Raises
    ------
    InputError
        For chances outside 0 to 1, fewer than two replications, and as `Codings.units`.

    Notes
    -----
    A set draws as many videos as `data` has, with replacement; a segment's code from its video's
    mix; and each coder, independently, recognizes the code with chance :math:`a_v` or writes a code
    drawn from the overall shares :math:`p_c`. As a video's mix is :math:`p` on average over
    segments, two coders agree with chance :math:`\bar a^2 + (1 - \bar a^2) \sum_c p_c^2`,
    :math:`\bar a^2 = E(a_v^2)` = `recognition`:math:`^2` + `spread`:math:`^2`, so that kappa and
    alpha are :math:`\bar a^2` at every level, while percent agreement rises as codes are merged.

    Examples
    --------
    >>> from helpers.models.example import simulate_codings
    >>> data = simulate_codings()
    >>> table = recover_agreement(data, levels=["code"], n_replications=20, n_boot=100, seed=1)
    >>> table[["statistic", "truth", "mean", "sd", "se", "coverage"]].round(2)
                statistic  truth  mean    sd    se  coverage
    0   percent_agreement   0.75  0.76  0.06  0.06       0.9
    1        fleiss_kappa   0.65  0.66  0.09  0.09       0.9
    2  krippendorff_alpha   0.65  0.66  0.09  0.09       0.9
    """
    if not 0 <= recognition - abs(spread) <= recognition + abs(spread) <= 1:
        raise InputError(
            f"recognition={recognition!r} with spread={spread!r} leaves the range of chances, "
            "0 to 1."
        )
    if n_replications < 2:
        raise InputError(
            f"n_replications={n_replications!r} gives no spread over sets: give at least 2."
        )
    process = _Process(as_codings(data), levels)
    truth = process.true_agreement(recognition**2 + spread**2)
    rng = np.random.default_rng(seed)
    found = []
    for replication in range(n_replications):
        codings = process.draw(rng, recognition=recognition, spread=spread)
        with warnings.catch_warnings():  # a set whose draws lack a value holds no truth
            warnings.simplefilter("ignore", RuntimeWarning)
            fit = fit_agreement(
                codings, levels=levels, n_boot=n_boot, ci_level=ci_level, seed=seed + replication
            )
        found.append(fit.table[fit.table["statistic"].isin(_STATISTICS)])
    sets = pd.concat(found).merge(truth, on=["level", "statistic"], validate="many_to_one")
    held = (sets["ci_lower"] <= sets["truth"]) & (sets["truth"] <= sets["ci_upper"])
    sets["held"] = held.astype(float) if process.has_intervals else np.nan
    result = (
        sets.groupby(["level", "statistic"], sort=False)
        .agg(
            truth=("truth", "first"),
            mean=("est", "mean"),
            sd=("est", "std"),
            se=("se", "mean"),
            coverage=("held", "mean"),
        )
        .reset_index()
    )
    result.insert(4, "bias", result["mean"] - result["truth"])
    result.insert(5, "mc_error", result["sd"] / np.sqrt(n_replications))
    return result


class _Process:
    """Coders who recognize or guess, on videos with the mixes of codes of given codings.

    Every coder codes every segment, also where one left some out.
    """

    def __init__(self, codings: Codings, levels: Sequence[str]) -> None:
        finest, data = levels[0], codings.data
        units = codings.units(finest, complete=False)
        self._labels = data.drop_duplicates(finest)[list(levels)].reset_index(drop=True)
        counts = pd.crosstab(data[codings.video], data[finest])[self._labels[finest]].to_numpy(
            float
        )
        self._mixes = counts / counts.sum(axis=1, keepdims=True)
        self._n_coders = units.shape[1]
        segments = data.drop_duplicates([codings.video, codings.segment])[codings.video]
        self._n_segments = segments.value_counts().sort_index().to_numpy()
        self._shares = counts.sum(axis=0) / counts.sum()

    @property
    def has_intervals(self) -> bool:
        return len(self._mixes) >= FEWEST_VIDEOS

    def true_agreement(self, beyond_chance: float) -> pd.DataFrame:
        rows = []
        for level in self._labels.columns:
            by_label = pd.Series(self._shares).groupby(self._labels[level].to_numpy()).sum()
            by_chance = (by_label**2).sum()
            for statistic in _STATISTICS:
                agree = beyond_chance + (1 - beyond_chance) * by_chance
                rows.append((level, statistic, agree if statistic == PERCENT else beyond_chance))
        return pd.DataFrame(rows, columns=["level", "statistic", "truth"])

    def draw(self, rng: np.random.Generator, *, recognition: float, spread: float) -> pd.DataFrame:
        n_videos, n_codes = self._mixes.shape
        drawn = rng.integers(n_videos, size=n_videos)
        chance = recognition + spread * rng.choice([-1, 1], size=n_videos)
        sizes = self._n_segments[drawn]
        place = np.repeat(np.arange(n_videos), sizes)
        true = np.concatenate(
            [
                rng.choice(n_codes, size=n, p=self._mixes[v])
                for v, n in zip(drawn, sizes, strict=True)
            ]
        )
        shape = (len(place), self._n_coders)
        recognized = rng.random(shape) < chance[place, None]
        guessed = rng.choice(n_codes, size=shape, p=self._shares)
        codes = np.where(recognized, true[:, None], guessed).ravel()
        frame = pd.DataFrame(
            {
                "video": np.repeat(place, self._n_coders),
                "segment": np.repeat(np.arange(len(place)), self._n_coders),
                "coder": np.tile(np.arange(self._n_coders), len(place)),
            }
        )
        return frame.assign(
            **{level: self._labels[level].to_numpy()[codes] for level in self._labels}
        )
