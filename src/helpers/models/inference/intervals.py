"""Confidence intervals and p values from bootstrap draws, for any model of the collection."""

from __future__ import annotations

import numpy as np
from scipy.stats import norm, t

from helpers.errors import InputError


def check_ci_level(ci_level: float) -> float:
    """Return `ci_level` as a float, or raise InputError when it is not between 0 and 1."""
    try:
        level = float(ci_level)
    except (TypeError, ValueError):
        level = np.nan
    if not 0 < level < 1:
        raise InputError(
            f"ci_level={ci_level!r} is not a confidence level: give a number between 0 and 1, "
            "such as 0.95."
        )
    return level


def quantile_normal_scale(draws: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """Quantiles of bootstrap draws, interpolated between order statistics on the normal scale.

    The convention of `boot::norm.inter`, which lavaan uses: the quantile of rank
    (R + 1) p lies between the order statistics around that rank, at the share of the distance that
    the normal quantiles give. Ranks outside 1 to R give the smallest or the largest draw.

    Parameters
    ----------
    draws : array, shape (R,) or (R, k)
        Bootstrap draws without missing values, one column per quantity.
    probabilities : array, shape (m,) or (m, k)
        Probabilities strictly between 0 and 1; one row a quantile, the same for all columns or a
        column of its own for each.

    Returns
    -------
    array, shape (m,) or (m, k)

    Notes
    -----
    Davison, A. C., & Hinkley, D. V. (1997). *Bootstrap methods and their application*, equation
    5.8. Validated: tests/reference/sem/norm_inter.csv, R package boot.
    """
    draws = np.asarray(draws, dtype=float)
    flat = draws.ndim == 1
    ordered = np.sort(np.asfortranarray(draws[:, None] if flat else draws), axis=0)
    n_draws, n_columns = ordered.shape
    if n_draws == 0:
        raise InputError("No bootstrap draw succeeded, so there is no quantile to report.")
    probabilities = np.asarray(probabilities, dtype=float)
    if probabilities.ndim == 1:
        probabilities = np.repeat(probabilities[:, None], n_columns, axis=1)
    rank = (n_draws + 1) * probabilities
    # A rank such as 0.025 * 40 that is whole up to rounding error is that order statistic.
    rank = np.where(np.abs(rank - np.rint(rank)) < 1e-9, np.rint(rank), rank)
    below = np.clip(np.floor(rank), 1, n_draws).astype(int)
    above = np.clip(np.floor(rank) + 1, 1, n_draws).astype(int)
    columns = np.arange(n_columns)
    low, high = ordered[below - 1, columns], ordered[above - 1, columns]
    z_low, z_high = norm.ppf(below / (n_draws + 1)), norm.ppf(above / (n_draws + 1))
    inside = (rank >= 1) & (rank < n_draws) & (rank != np.floor(rank))
    width = np.where(above > below, z_high - z_low, 1.0)
    share = np.where(inside, (norm.ppf(probabilities) - z_low) / width, 0.0)
    quantiles = low + share * (high - low)
    return quantiles[:, 0] if flat else quantiles


def percentile_interval(draws: np.ndarray, ci_level: float = 0.95) -> tuple[np.ndarray, np.ndarray]:
    """Percentile bootstrap limits, by column, in the convention of lavaan.

    Parameters
    ----------
    draws : array, shape (R,) or (R, k)
    ci_level : float, between 0 and 1

    Returns
    -------
    lower, upper : arrays, shape () or (k,)
    """
    alpha = 1 - check_ci_level(ci_level)
    lower, upper = quantile_normal_scale(draws, np.array([alpha / 2, 1 - alpha / 2]))
    return lower, upper


def percentile_limits(draws: np.ndarray, ci_level: float = 0.95, *, axis: int = 0) -> np.ndarray:
    """The same limits for many sets of draws at once, without sorting them whole.

    Parameters
    ----------
    draws : array
        NaN is left out.
    ci_level : float, between 0 and 1
    axis : int
        The axis of the draws.

    Returns
    -------
    array, shape (2, ...)
        Lower and upper limits; NaN where there is no draw.

    Examples
    --------
    >>> percentile_limits(np.arange(1.0, 40.0))
    array([ 1., 39.])
    """
    tails = np.array([(1 - check_ci_level(ci_level)) / 2, (1 + ci_level) / 2])
    ordered = np.moveaxis(np.asarray(draws, dtype=float), axis, -1)
    if np.isnan(ordered).any():
        flat = ordered.reshape(-1, ordered.shape[-1])
        found = np.full((2, len(flat)), np.nan)
        for k, row in enumerate(flat):
            kept = row[~np.isnan(row)]
            if len(kept):
                found[:, k] = percentile_limits(kept, ci_level)
        return found.reshape(2, *ordered.shape[:-1])
    count = ordered.shape[-1]
    rank = np.clip((count + 1) * tails, 1, count)
    rank = np.where(np.abs(rank - np.rint(rank)) < 1e-9, np.rint(rank), rank)
    below = np.floor(rank).astype(int)
    above = np.minimum(below + 1, count)
    z_below, z_above = norm.ppf(below / (count + 1)), norm.ppf(above / (count + 1))
    between = (rank > below) & (above > below)
    share = np.where(
        between, (norm.ppf(tails) - z_below) / np.where(between, z_above - z_below, 1.0), 0.0
    )
    ordered = np.partition(ordered, np.unique([*(below - 1), *(above - 1)]), axis=-1)
    low, high = ordered[..., below - 1], ordered[..., above - 1]
    return np.moveaxis(low + share * (high - low), -1, 0)


def bca_interval(
    draws: np.ndarray, estimate: np.ndarray, jackknife: np.ndarray, ci_level: float = 0.95
) -> tuple[np.ndarray, np.ndarray]:
    """Bias-corrected and accelerated bootstrap limits, by column.

    Parameters
    ----------
    draws : array, shape (R,) or (R, k)
    estimate : float or array, shape (k,)
        The estimate in the original sample.
    jackknife : array, shape (n,) or (n, k)
        The leave-one-out estimates, from which the acceleration is taken.
    ci_level : float, between 0 and 1

    Returns
    -------
    lower, upper : arrays, shape () or (k,)
        NaN where every draw lies on one side of the estimate, so that no bias correction exists.

    Notes
    -----
    Efron, B. (1987). Better bootstrap confidence intervals. *JASA, 82*, 171-185,
    https://doi.org/10.1080/01621459.1987.10478410. The bias correction counts draws below the
    estimate, a tie as half.
    """
    lower, upper, _, _ = bca_interval_with_error(draws, estimate, jackknife, ci_level)
    return lower, upper


def bca_interval_with_error(
    draws: np.ndarray, estimate: np.ndarray, jackknife: np.ndarray, ci_level: float = 0.95
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    r"""BCa limits, by column, with the Monte Carlo standard error of each.

    Parameters
    ----------
    draws, estimate, jackknife, ci_level
        As in `bca_interval`.

    Returns
    -------
    lower, upper, error_lower, error_upper : arrays, shape () or (k,)
        The errors say how far a limit moves when only the seed changes.

    Notes
    -----
    A BCa limit is the quantile of the draws at :math:`\alpha(\hat p)`, where :math:`\hat p` is the
    share of draws below the estimate; both the quantile and :math:`\hat p` move with the seed. With
    G the distribution of the draws, g its density and L the limit, the limit solves
    :math:`\hat G(L) = \alpha(\hat p)`, so that to first order its variance is

    .. math::
        \frac{\alpha(1-\alpha) + c^2 p(1-p) - 2c\,(\min(\alpha, p) - \alpha p)}{R\,g(L)^2},
        \quad c = \frac{d\alpha}{dp} = \frac{\varphi(u)}{\varphi(b)}
        \left(1 + \frac{1}{(1 - a(b + z))^2}\right),

    with a the acceleration, which has no Monte Carlo error, :math:`b = \Phi^{-1}(p)` and
    :math:`u = \Phi^{-1}(\alpha)`. For p = 1/2 and a = 0 at 95% this is 1.26 times the error of the
    percentile limit. Validated by simulation: tests/unit/models/inference/test_intervals.py.
    """
    alpha = 1 - check_ci_level(ci_level)
    draws = np.asarray(draws, dtype=float)
    flat = draws.ndim == 1
    columns = draws[:, None] if flat else draws
    estimate = np.atleast_1d(np.asarray(estimate, dtype=float))
    jackknife = np.asarray(jackknife, dtype=float).reshape(-1, columns.shape[1])

    below = (columns < estimate).mean(axis=0) + 0.5 * (columns == estimate).mean(axis=0)
    influence = jackknife.mean(axis=0) - jackknife
    spread = (influence**2).sum(axis=0)
    skew = (influence**3).sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        acceleration = np.where(spread > 0, skew / (6 * spread**1.5), 0.0)
        bias = norm.ppf(below)
        z = norm.ppf(np.array([alpha / 2, 1 - alpha / 2]))[:, None]
        shrink = 1 - acceleration * (bias + z)
        u = bias + (bias + z) / shrink
        tail = norm.cdf(u)
        moves = norm.pdf(u) / norm.pdf(bias) * (1 + 1 / shrink**2)
        usable = np.isfinite(bias) & np.all((tail > 0) & (tail < 1), axis=0)
        variance = (
            tail * (1 - tail)
            + moves**2 * below * (1 - below)
            - 2 * moves * (np.minimum(tail, below) - tail * below)
        )
    tail = np.where(usable, tail, 0.5)
    step = np.sqrt(np.where(usable, np.maximum(variance, 0), 0) / len(columns))
    around = np.concatenate([tail - step, tail, tail + step])
    q = quantile_normal_scale(columns, np.clip(around, 1e-12, 1 - 1e-12))
    q = np.where(usable, q, np.nan)
    limits = (q[2], q[3], (q[4] - q[0]) / 2, (q[5] - q[1]) / 2)
    return tuple(limit[0] for limit in limits) if flat else limits


def expanded_level(ci_level: float, n: int) -> float:
    r"""Level at which a percentile interval of n units covers about `ci_level`.

    With few units a percentile interval is too short; its tail probability is lowered to
    :math:`\Phi(-\sqrt{n/(n-1)}\,t_{\alpha/2,n-1})`.

    Parameters
    ----------
    ci_level : float, between 0 and 1
    n : int
        Units that are drawn.

    Returns
    -------
    float

    Notes
    -----
    Hesterberg, T. C. (2015). What teachers should know about the bootstrap. *The American
    Statistician, 69*(4), 371-386. https://doi.org/10.1080/00031305.2015.1089789

    Examples
    --------
    >>> round(expanded_level(0.95, 8), 3)
    np.float64(0.989)
    """
    quantile = t.ppf((1 + check_ci_level(ci_level)) / 2, n - 1)
    return min(2 * norm.cdf(np.sqrt(n / (n - 1)) * quantile) - 1, 1 - 1e-12)


def percentile_interval_with_error(
    draws: np.ndarray, ci_level: float = 0.95
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Percentile limits, by column, with the Monte Carlo standard error of each.

    The error of a limit is half the distance between the quantiles one binomial standard error
    either side of its tail probability: how far the limit moves when only the seed changes.

    Parameters
    ----------
    draws : array, shape (R,) or (R, k)
    ci_level : float, between 0 and 1

    Returns
    -------
    lower, upper, error_lower, error_upper : arrays, shape () or (k,)

    Notes
    -----
    The variance of an empirical quantile is p (1 - p) / (R f^2); the distance of two quantiles
    estimates 1 / f (Serfling, 1980, *Approximation theorems*, section 2.3.3).
    """
    alpha = 1 - check_ci_level(ci_level)
    tail = alpha / 2
    step = np.sqrt(tail * (1 - tail) / len(draws))
    around = np.array([tail - step, tail, tail + step])
    probabilities = np.clip(np.concatenate([around, 1 - around]), 1e-12, 1 - 1e-12)
    q = quantile_normal_scale(draws, probabilities)
    return q[1], q[4], (q[2] - q[0]) / 2, (q[3] - q[5]) / 2


def normal_interval_with_error(
    estimate: np.ndarray, se: np.ndarray, n_draws: int, ci_level: float = 0.95
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Limits of estimate / bootstrap SE, with the Monte Carlo standard error of each.

    They exclude zero exactly where `bootstrap_pvalue` is below one minus the level. R's
    `boot.ci(type = "norm")` and lavaan's ``boot.ci.type = "norm"`` move them by the draws' mean
    less the estimate besides, and so can disagree with the p value that lavaan prints.

    Parameters
    ----------
    estimate, se : arrays, shape () or (k,)
    n_draws : int
        Draws that the standard error is of.
    ci_level : float, between 0 and 1

    Returns
    -------
    lower, upper, error_lower, error_upper : arrays, shape () or (k,)
        The error of the standard error of normal draws is se / sqrt(2 n_draws).
    """
    half = norm.isf((1 - check_ci_level(ci_level)) / 2) * np.asarray(se)
    error = half / np.sqrt(2 * n_draws)
    return estimate - half, estimate + half, error, error


def normal_pvalue(z: np.ndarray) -> np.ndarray:
    """Two-sided p value of a standard normal statistic, accurate in the far tail."""
    return 2 * norm.sf(np.abs(z))


def bootstrap_pvalue(estimate: np.ndarray, se: np.ndarray) -> np.ndarray:
    """Two-sided p value of estimate / bootstrap SE on the normal distribution, as lavaan prints."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return normal_pvalue(np.asarray(estimate) / np.asarray(se))
