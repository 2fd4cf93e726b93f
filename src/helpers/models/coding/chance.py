"""Chance-corrected agreement as functions of how often each video is drawn."""

from __future__ import annotations

from itertools import combinations

import krippendorff
import numpy as np
import pandas as pd
from statsmodels.stats import inter_rater

__all__ = ["AgreementStatistics", "cohen_kappa", "fleiss_kappa", "gwet_ac1", "krippendorff_alpha"]

ALL_CODERS = "all"
UNANIMOUS = "unanimous"
PERCENT = "percent_agreement"
FLEISS = "fleiss_kappa"
ALPHA = "krippendorff_alpha"
AC1 = "gwet_ac1"
COHEN = "cohen_kappa"


def fleiss_kappa(counts: np.ndarray) -> float:
    """Fleiss' kappa of a table of counts (statsmodels); NaN when only one code was used.

    Parameters
    ----------
    counts : array of int, shape (units, codes)
        How many coders gave each unit each code; the same number of coders for each unit.

    Returns
    -------
    float

    Notes
    -----
    Validated: Fleiss, J. L. (1971). Measuring nominal scale agreement among many raters.
    *Psychological Bulletin, 76*, 378-382, https://doi.org/10.1037/h0031619: the printed .430 of
    his Table 1.

    Examples
    --------
    >>> round(fleiss_kappa([[3, 0], [2, 1], [0, 3], [1, 2]]), 3)
    0.333
    """
    counts = np.asarray(counts)
    if (counts.sum(axis=0) > 0).sum() < 2:
        return np.nan
    return float(inter_rater.fleiss_kappa(counts, method="fleiss"))


def krippendorff_alpha(counts: np.ndarray) -> float:
    """Krippendorff's alpha for nominal codes (krippendorff library); NaN when one code was used.

    Parameters
    ----------
    counts : array of int, shape (units, codes)
        How many coders gave each unit each code; units may have different numbers of coders.

    Returns
    -------
    float

    Notes
    -----
    Validated: Krippendorff, K. (2011). *Computing Krippendorff's alpha-reliability*,
    https://repository.upenn.edu/asc_papers/43: the printed .095, .692 and .743 of his examples
    A, B and C.

    Examples
    --------
    >>> round(krippendorff_alpha([[3, 0], [2, 1], [0, 3], [1, 2]]), 3)
    0.389
    """
    counts = np.asarray(counts)
    counts = counts[counts.sum(axis=1) > 1]
    if (counts.sum(axis=0) > 0).sum() < 2:
        return np.nan
    return float(krippendorff.alpha(value_counts=counts, level_of_measurement="nominal"))


def cohen_kappa(table: np.ndarray) -> float:
    """Cohen's kappa of a square table of two coders (statsmodels); NaN when one code was used.

    Parameters
    ----------
    table : array, shape (codes, codes)
        Rows the codes of one coder, columns those of the other; counts or shares.

    Returns
    -------
    float

    Notes
    -----
    Validated: Cohen, J. (1960). A coefficient of agreement for nominal scales. *Educational and
    Psychological Measurement, 20*, 37-46, https://doi.org/10.1177/001316446002000104: the printed
    .492 of his Table 1.

    Examples
    --------
    >>> round(cohen_kappa([[20, 5], [10, 15]]), 3)
    0.4
    """
    table = np.asarray(table, dtype=float)
    if ((table.sum(axis=0) + table.sum(axis=1)) > 0).sum() < 2:
        return np.nan
    return float(inter_rater.cohens_kappa(table, return_results=False))


def gwet_ac1(counts: np.ndarray) -> float:
    r"""Gwet's AC1 of a table of counts; NaN when only one code was used.

    Parameters
    ----------
    counts : array of int, shape (units, codes)
        How many coders gave each unit each code; units may have different numbers of coders.

    Returns
    -------
    float

    Notes
    -----
    Agreement by chance is :math:`\sum_c \pi_c (1 - \pi_c) / (q - 1)` for q codes with mean shares
    :math:`\pi_c` over units; it is small where one code is frequent, where that of kappa and alpha
    is large.

    Validated: tests/reference/agreement (irrCAC, `gwet.ac1.raw`), complete and incomplete, 1e-9.

    References
    ----------
    Gwet, K. L. (2008). Computing inter-rater reliability and its variance in the presence of high
    agreement. *British Journal of Mathematical and Statistical Psychology, 61*, 29-48.
    https://doi.org/10.1348/000711006X126600

    Examples
    --------
    >>> round(gwet_ac1([[3, 0], [2, 1], [0, 3], [1, 2]]), 3)
    0.333
    """
    counts = np.asarray(counts, dtype=float)
    n_codes = (counts.sum(axis=0) > 0).sum()
    if n_codes < 2:
        return np.nan
    coders = counts.sum(axis=1)
    paired = counts[coders > 1]
    m = coders[coders > 1]
    observed = ((paired * (paired - 1)).sum(axis=1) / (m * (m - 1))).mean()
    shares = (counts[coders > 0] / coders[coders > 0, None]).mean(axis=0)
    expected = (shares * (1 - shares)).sum() / (n_codes - 1)
    return float((observed - expected) / (1 - expected))


class AgreementStatistics:
    """All statistics of one level as a function of how often each video is drawn.

    Parameters
    ----------
    units : DataFrame
        Codes, one row per segment and one column per coder; missing where a coder did not code it.
    """

    def __init__(self, units: pd.DataFrame) -> None:
        codes, categories = factorize(units)
        given = codes[:, :, None] == np.arange(len(categories))
        video, names = pd.factorize(units.index.get_level_values(0))
        self.n_videos = len(names)
        member = (video == np.arange(len(names))[:, None]).astype(float)
        counts = given.sum(axis=1)
        coders = counts.sum(axis=1)
        paired = coders > 1
        self.n_categories, self.n_units = len(categories), int(paired.sum())
        self.complete = bool((coders == units.shape[1]).all())
        self.pairs = list(combinations(range(units.shape[1]), 2))
        self._codes, self._counts = codes, counts
        pairs_of = np.where(paired, coders * (coders - 1), 1)
        agreeing = (counts * (counts - 1)).sum(axis=1)
        together = np.column_stack(
            [
                paired,
                paired & (counts == coders[:, None]).any(axis=1),
                agreeing / pairs_of,
                agreeing / np.maximum(coders - 1, 1),
                paired * coders,
                coders > 0,
            ]
        )
        self._sums = member @ together
        self._totals = member @ (counts * paired[:, None])
        self._shares = member @ (counts / np.maximum(coders, 1)[:, None])
        self._pairs = [self._count_pair(given[:, a], given[:, b], member) for a, b in self.pairs]
        names = [str(name) for name in units.columns]
        self.rows = [
            {"quantity": "agreement", "statistic": statistic, "coders": ALL_CODERS}
            for statistic in (UNANIMOUS, PERCENT, FLEISS, ALPHA, AC1)
        ] + [
            {"quantity": "pair", "statistic": statistic, "coders": f"{names[a]}-{names[b]}"}
            for a, b in self.pairs
            for statistic in (PERCENT, COHEN)
        ]

    @staticmethod
    def _count_pair(one: np.ndarray, other: np.ndarray, member: np.ndarray) -> tuple:
        """Segments that both coded, those with the same code, and each coder's codes of them."""
        both = (one.any(axis=1) & other.any(axis=1)).astype(float)
        same = (one & other).any(axis=1).astype(float)
        by_coder = [member @ (codes * both[:, None]) for codes in (one, other)]
        return member @ both, member @ same, *by_coder

    def estimates(self) -> list[float]:
        """Estimates in the sample, those of kappa and alpha from the libraries."""
        shares = self(np.ones((1, self.n_videos)))[0]
        if self.complete:
            shares[2] = fleiss_kappa(self._counts)
        shares[3] = krippendorff_alpha(self._counts)
        for k, (a, b) in enumerate(self.pairs):
            both = (self._codes[:, [a, b]] >= 0).all(axis=1)
            table = np.zeros((self.n_categories, self.n_categories))
            np.add.at(table, (self._codes[both, a], self._codes[both, b]), 1)
            shares[6 + 2 * k] = cohen_kappa(table)
        return list(shares)

    def __call__(self, weights: np.ndarray) -> np.ndarray:
        """Statistics for weights of shape (draws, videos): array of shape (draws, statistics)."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return self._compute(weights)

    def _compute(self, weights: np.ndarray) -> np.ndarray:
        size, unanimous, agreeing, coincident, n, coded = (weights @ self._sums).T
        totals = weights @ self._totals
        agreement = agreeing / size
        drawn_twice = ((totals / n[:, None]) ** 2).sum(axis=1)
        without_return = (totals * (totals - 1)).sum(axis=1) / (n * (n - 1))
        shares = weights @ self._shares / coded[:, None]
        n_codes = (shares > 0).sum(axis=1)
        by_gwet = (shares * (1 - shares)).sum(axis=1) / np.where(n_codes > 1, n_codes - 1, np.nan)
        kappa = _beyond_chance(agreement, drawn_twice)
        columns = [
            unanimous / size,
            agreement,
            kappa if self.complete else np.full(len(weights), np.nan),
            _beyond_chance(coincident / n, without_return),
            _beyond_chance(agreement, by_gwet),
        ]
        for both, same, one, other in self._pairs:
            shared = weights @ both
            agreed = weights @ same / shared
            expected = ((weights @ one) * (weights @ other)).sum(axis=1) / shared**2
            columns += [agreed, _beyond_chance(agreed, expected)]
        return np.column_stack(columns)


def _beyond_chance(observed: np.ndarray, expected: np.ndarray) -> np.ndarray:
    room = 1 - expected
    possible = room > 1e-12
    return np.where(possible, (observed - expected) / np.where(possible, room, 1), np.nan)


def factorize(units: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Number the codes in sorted order: array of int, -1 where there is none; and the codes.

    Examples
    --------
    >>> factorize(pd.DataFrame({"A": ["b", "a"], "B": ["b", None]}))[0]
    array([[ 1,  1],
           [ 0, -1]])
    """
    codes, categories = pd.factorize(units.to_numpy().ravel(), sort=True)
    return codes.reshape(units.shape), categories
