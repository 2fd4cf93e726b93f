"""Cluster-robust tests of least squares that hold with few clusters: CR2 and Satterthwaite."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from scipy import stats

from helpers.models.inference.linear import LinearInference, WaldTest, quadratic_form

__all__ = ["ClusterInference", "cluster_inference"]

ROWS = 256
"""Combinations whose degrees of freedom are found at once."""


@dataclass(frozen=True)
class ClusterInference(LinearInference):
    """Coefficients with their CR2 covariance, Satterthwaite t tests and HTZ Wald tests.

    Attributes
    ----------
    bread : numpy.ndarray, shape (k, k)
        (X'X)⁻¹.
    spread, reach : numpy.ndarray, shape (clusters, k, k)
        E'E and X'E of each cluster, E = A X (X'X)⁻¹ with A = (I − H)^(−1/2) of the cluster.
    """

    bread: np.ndarray = field(repr=False, default=None)
    spread: np.ndarray = field(repr=False, default=None)
    reach: np.ndarray = field(repr=False, default=None)

    @property
    def n_clusters(self) -> int:
        """Number of clusters."""
        return len(self.spread)

    def df(self, rows: np.ndarray) -> np.ndarray:
        """Satterthwaite's degrees of freedom of each combination, shape (m, k) to (m,)."""
        parts = [self._df(rows[first : first + ROWS]) for first in range(0, len(rows), ROWS)]
        return np.concatenate(parts)

    def _df(self, rows: np.ndarray) -> np.ndarray:
        # the matrix P of a combination has entries p_g'p_h = [g = h] c'S_g c − u_g' M u_h
        own = np.einsum("mi,gij,mj->mg", rows, self.spread, rows)
        u = np.einsum("gij,mj->mgi", self.reach, rows)
        mu = u @ self.bread
        shared = np.einsum("mgi,mgi->mg", mu, u)
        trace = (own - shared).sum(axis=1)
        moment = np.einsum("mgi,mgj->mij", u, mu)
        square = (
            (own**2).sum(axis=1)
            - 2 * (own * shared).sum(axis=1)
            + np.einsum("mij,mji->m", moment, moment)
        )
        with np.errstate(divide="ignore", invalid="ignore"):
            return trace**2 / square

    def wald(self, rows: np.ndarray) -> WaldTest:
        """Test all rows at once by the approximate Hotelling test (HTZ)."""
        q = len(rows)
        own = np.einsum("si,gij,tj->gst", rows, self.spread, rows)
        half = np.linalg.cholesky(self.bread)
        z = np.einsum("ji,gjk,sk->gis", half, self.reach, rows)
        omega = (own - np.einsum("gis,git->gst", z, z)).sum(axis=0)
        values, vectors = np.linalg.eigh(omega)
        root = vectors / np.sqrt(values) @ vectors.T
        own, z = root @ own @ root, z @ root
        total = 0.0
        for g in range(self.n_clusters):
            block = -np.einsum("is,hit->hst", z[g], z)
            block[g] += own[g]
            total += (np.einsum("hss->h", block) ** 2).sum()
            total += np.einsum("hst,hts->", block, block)
        eta = q * (q + 1) / total
        df2 = eta - q + 1
        statistic = quadratic_form(rows @ self.est, rows @ self.vcov @ rows.T)
        if df2 <= 0:  # too few clusters for so many combinations at once
            return WaldTest(np.nan, q, np.nan, np.nan)
        f = statistic * df2 / (eta * q)
        return WaldTest(f, q, float(df2), float(stats.f.sf(f, q, df2)))


def cluster_inference(
    X: np.ndarray, residuals: np.ndarray, est: np.ndarray, codes: np.ndarray
) -> ClusterInference:
    """Return the bias-reduced cluster-robust inference (CR2) of a least-squares fit.

    Parameters
    ----------
    X : array, shape (n, k)
        Regressors of full column rank.
    residuals : array, shape (n,)
    est : array, shape (k,)
    codes : array of int, shape (n,)
        The cluster of each row, numbered from 0.

    Returns
    -------
    ClusterInference

    Notes
    -----
    Bell and McCaffrey's correction: the residuals of a cluster are multiplied by (I − H)^(−1/2) of
    its own block of the hat matrix, which makes the variance unbiased where errors are independent
    with one variance, and nearly so elsewhere. Degrees of freedom match the variance of the
    estimated variance under the same working model (Satterthwaite), by combination of
    coefficients; a test of several combinations uses Hotelling's T² with the degrees of freedom
    HTZ of Pustejovsky and Tipton, whose F is NaN where they are below 1. Where a cluster alone
    fixes a coefficient, I − H is singular and its Moore-Penrose inverse root is taken.

    No matrix of rows by rows is formed: with the thin Q of X, the root acts on the singular
    vectors of a cluster's part of Q alone.

    Validated: tests/reference/moderation/cluster_robust.R (clubSandwich 0.5.8: vcovCR, coef_test,
    Wald_test), see its README for the largest differences.

    References
    ----------
    Bell, R. M., & McCaffrey, D. F. (2002). Bias reduction in standard errors for linear regression
    with multi-stage samples. Survey Methodology, 28(2), 169-181.
    Pustejovsky, J. E., & Tipton, E. (2018). Small-sample methods for cluster-robust variance
    estimation and hypothesis testing in fixed effects models. Journal of Business & Economic
    Statistics, 36(4), 672-683. https://doi.org/10.1080/07350015.2016.1247004

    Examples
    --------
    Four therapists with two clients each: the mean has G − 1 = 3 degrees of freedom.

    >>> y = np.array([1.0, 2, 4, 5, 3, 3, 7, 6])
    >>> found = cluster_inference(np.ones((8, 1)), y - y.mean(), np.array([y.mean()]),
    ...                           np.repeat([0, 1, 2, 3], 2))
    >>> found.df(np.ones((1, 1))).round(6).tolist()
    [3.0]
    """
    k = X.shape[1]
    q, r = np.linalg.qr(X)
    back = np.linalg.solve(r, np.eye(k))
    n_clusters = int(codes.max()) + 1
    spread, reach = np.empty((2, n_clusters, k, k))
    scores = np.empty((n_clusters, k))
    order = np.argsort(codes, kind="stable")
    for g, rows in enumerate(np.split(order, np.cumsum(np.bincount(codes))[:-1])):
        u, s, vt = np.linalg.svd(q[rows], full_matrices=False)
        room = 1 - s**2
        stretch = np.where(room > 1e-12, 1 / np.sqrt(np.maximum(room, 1e-12)), 0)
        adjusted = (u * (stretch * s)) @ vt  # A Q of the cluster
        e = adjusted @ back.T
        spread[g] = e.T @ e
        reach[g] = X[rows].T @ e
        scores[g] = residuals[rows] @ e
    return ClusterInference(
        est=est, vcov=scores.T @ scores, bread=back @ back.T, spread=spread, reach=reach
    )
