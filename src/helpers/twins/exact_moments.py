"""Columns whose sample moments are exact: the common tool of the synthetic twins.

A random sample only approaches the mean, variance and correlation it is drawn from. The functions
here end with columns whose *sample* moments are the wanted ones to machine precision, whatever
the shape of the noise they began with. All variances have divisor n - 1.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import beta, rankdata

__all__ = [
    "exact_normals",
    "ordinal_scores",
    "project_off",
    "round_to_grid",
    "standardize",
    "with_correlation",
    "with_covariance",
]

Floats = NDArray[np.float64]


def _matrix(columns: ArrayLike) -> Floats:
    columns = np.asarray(columns, dtype=float)
    return columns[:, None] if columns.ndim == 1 else columns


def _symmetric_power(matrix: Floats, power: float) -> Floats:
    values, vectors = np.linalg.eigh(matrix)
    if values[0] <= 1e-12 * values[-1]:
        raise ValueError(
            f"matrix must be positive definite; its smallest eigenvalue is {values[0]:.3g}"
        )
    return (vectors * values**power) @ vectors.T


def standardize(columns: ArrayLike) -> Floats:
    """Return the columns with mean 0 and sample variance 1 (divisor n - 1)."""
    columns = np.asarray(columns, dtype=float)
    centered = columns - columns.mean(axis=0)
    return centered / centered.std(axis=0, ddof=1)


def project_off(columns: ArrayLike, regressors: ArrayLike | None = None) -> Floats:
    """Return the residuals of the columns on a constant and the regressors.

    Parameters
    ----------
    columns : array_like, shape (n, p) or (n,)
    regressors : array_like, shape (n, q), optional
        Columns to become orthogonal to; a constant is always added. They may be collinear.

    Returns
    -------
    ndarray, shape (n, p)
        Mean zero and, in this sample, uncorrelated with every regressor.
    """
    centered = _matrix(columns)
    centered = centered - centered.mean(axis=0)
    if regressors is None:
        return centered
    design = _matrix(regressors)
    left, values, _ = np.linalg.svd(design - design.mean(axis=0), full_matrices=False)
    basis = left[:, values > 1e-10 * values[0]]
    for _ in range(2):  # the second pass removes what rounding left of the first
        centered = centered - basis @ (basis.T @ centered)
    return centered


def with_covariance(
    columns: ArrayLike, covariance: ArrayLike, *, orthogonal_to: ArrayLike | None = None
) -> Floats:
    """Return the nearest columns that have exactly the wanted sample covariance.

    With S the sample covariance of the projected columns E and O the symmetric root of the wanted
    covariance, the result is E A with A = O (O S O)^(-1/2) O: of all linear maps onto the wanted
    covariance the one that moves the columns least (in the optimal-transport sense), so that the
    shape of the noise, skewed or heavy-tailed or varying, is kept as far as moments allow.

    Parameters
    ----------
    columns : array_like, shape (n, p)
        Noise of any shape, not collinear.
    covariance : array_like, shape (p, p)
        Wanted sample covariance, positive definite.
    orthogonal_to : array_like, shape (n, q), optional
        Regressors the result is to be uncorrelated with in the sample.

    Returns
    -------
    ndarray, shape (n, p)
        Mean zero.
    """
    noise = project_off(columns, orthogonal_to)
    root = _symmetric_power(np.atleast_2d(np.asarray(covariance, dtype=float)), 0.5)
    for _ in range(2):
        sample = noise.T @ noise / (len(noise) - 1)
        noise = noise @ (root @ _symmetric_power(root @ sample @ root, -0.5) @ root)
    return noise


def exact_normals(
    rng: np.random.Generator, n: int, p: int, *, orthogonal_to: ArrayLike | None = None
) -> Floats:
    """Draw normal columns with sample mean 0, variance 1 and no correlation, all exact.

    Parameters
    ----------
    rng : numpy.random.Generator
    n, p : int
        Rows and columns; n must exceed p + 1 (and the regressors).
    orthogonal_to : array_like, shape (n, q), optional
        Columns the draws are to be uncorrelated with in the sample.

    Returns
    -------
    ndarray, shape (n, p)

    Examples
    --------
    >>> draws = exact_normals(np.random.default_rng(1), 50, 3)
    >>> bool(np.allclose(np.cov(draws, rowvar=False), np.eye(3)))
    True
    """
    return with_covariance(rng.standard_normal((n, p)), np.eye(p), orthogonal_to=orthogonal_to)


def with_correlation(columns: ArrayLike, correlation: ArrayLike) -> Floats:
    """Turn exactly uncorrelated unit-variance columns into columns of the wanted correlation.

    Multiplies by the Cholesky factor, so that column k is a combination of the first k columns
    given: the first stays as it is, and a later one adds what is new.

    Parameters
    ----------
    columns : array_like, shape (n, p)
        Mean 0, variance 1, uncorrelated in the sample, as from `exact_normals`.
    correlation : array_like, shape (p, p)
        Wanted sample correlation (or covariance), positive definite.

    Returns
    -------
    ndarray, shape (n, p)

    Examples
    --------
    >>> draws = exact_normals(np.random.default_rng(1), 81, 2)
    >>> wanted = [[1.0, 0.5], [0.5, 1.0]]
    >>> float(np.corrcoef(with_correlation(draws, wanted), rowvar=False)[0, 1].round(12))
    0.5
    """
    return _matrix(columns) @ np.linalg.cholesky(np.asarray(correlation, dtype=float)).T


def round_to_grid(
    values: ArrayLike, *, step: float, minimum: float, maximum: float
) -> NDArray[np.int64]:
    """Return, for each value, the index of the nearest point of a scale's own grid.

    Index 0 is the scale's minimum; `minimum + step * index` is the scale value.
    """
    top = round((maximum - minimum) / step)
    index = np.rint((np.asarray(values, dtype=float) - minimum) / step)
    return np.clip(index, 0, top).astype(np.int64)


def ordinal_scores(
    latent: ArrayLike, *, mean: float, sd: float, minimum: int, maximum: int
) -> NDArray[np.int64]:
    """Return whole scores in the order of a latent column, with the wanted mean and SD.

    The latent column's ranks are sent through the beta distribution, stretched over the scale,
    that has the wanted mean and SD, and rounded. What rounding and the open ends shift is then
    taken back by correcting the beta's mean and SD until the scores' own agree.

    Parameters
    ----------
    latent : array_like, shape (n,)
    mean, sd : float
        Wanted sample mean and SD (divisor n - 1) of the scores.
    minimum, maximum : int
        Ends of the scale.

    Returns
    -------
    ndarray of int, shape (n,)
        Mean and SD as near to the wanted ones as whole scores came in 50 corrections.
    """
    ranks = (rankdata(np.round(latent, 9), method="ordinal") - 0.5) / len(latent)
    width = maximum - minimum + 1
    aim_mean, aim_sd = float(mean), float(sd)
    best, best_gap = None, np.inf
    for _ in range(50):
        share = (aim_mean - minimum + 0.5) / width
        concentration = share * (1 - share) / (aim_sd / width) ** 2 - 1
        values = beta.ppf(ranks, share * concentration, (1 - share) * concentration)
        scores = np.clip(np.rint(np.round(minimum - 0.5 + width * values, 9)), minimum, maximum)
        mean_gap, sd_gap = mean - scores.mean(), sd - scores.std(ddof=1)
        if abs(mean_gap) + abs(sd_gap) < best_gap:
            best, best_gap = scores.astype(np.int64), abs(mean_gap) + abs(sd_gap)
        aim_mean, aim_sd = aim_mean + mean_gap, aim_sd + sd_gap
    return best
