"""Tests of linear combinations of coefficients, whatever gave their covariance."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy import stats

__all__ = ["LinearInference", "ResidualInference", "WaldTest", "t_tests"]


@dataclass(frozen=True)
class WaldTest:
    """A test that several linear combinations of coefficients are all zero.

    Attributes
    ----------
    f : float
        Distributed as F with `df1` and `df2` degrees of freedom where they are.
    df1, df2, pvalue : float
    """

    f: float
    df1: float
    df2: float
    pvalue: float


@dataclass(frozen=True)
class LinearInference(ABC):
    """Coefficients, their covariance, and the degrees of freedom that tests of them have.

    Attributes
    ----------
    est : numpy.ndarray, shape (k,)
    vcov : numpy.ndarray, shape (k, k)
    """

    est: np.ndarray = field(repr=False)
    vcov: np.ndarray = field(repr=False)

    @abstractmethod
    def df(self, rows: np.ndarray) -> np.ndarray:
        """Return the degrees of freedom of each combination, shape (m, k) to (m,)."""

    @abstractmethod
    def wald(self, rows: np.ndarray) -> WaldTest:
        """Test that all combinations of `rows`, shape (q, k), are zero."""

    def test(self, rows: np.ndarray, ci_level: float) -> pd.DataFrame:
        """Test each of `rows`, shape (m, k): ``est se df t pvalue ci_lower ci_upper``."""
        rows = np.atleast_2d(rows)
        variance = np.einsum("mi,ij,mj->m", rows, self.vcov, rows)
        return t_tests(rows @ self.est, np.sqrt(np.maximum(variance, 0)), self.df(rows), ci_level)


@dataclass(frozen=True)
class ResidualInference(LinearInference):
    """Every test on the residual degrees of freedom.

    Attributes
    ----------
    df_resid : float
        Infinity gives normal and chi-square tests.
    """

    df_resid: float = np.inf

    def df(self, rows: np.ndarray) -> np.ndarray:
        """Return the residual degrees of freedom, once for each row."""
        return np.full(len(rows), float(self.df_resid))

    def wald(self, rows: np.ndarray) -> WaldTest:
        """Test all rows at once: F = (Cb)' (C V C')⁻¹ (Cb) / q on q and the residual df."""
        q = len(rows)
        f = quadratic_form(rows @ self.est, rows @ self.vcov @ rows.T) / q
        return WaldTest(f, q, self.df_resid, float(stats.f.sf(f, q, self.df_resid)))


def quadratic_form(values: np.ndarray, covariance: np.ndarray) -> float:
    """Return v' S⁻¹ v; NaN where S is not positive definite."""
    try:
        half = np.linalg.solve(np.linalg.cholesky(covariance), values)
    except np.linalg.LinAlgError:
        return np.nan
    return float(half @ half)


def t_tests(
    est: np.ndarray, se: np.ndarray, df: float | np.ndarray, ci_level: float
) -> pd.DataFrame:
    """Return ``est se df t pvalue ci_lower ci_upper`` of estimates with t-distributed ratios.

    Examples
    --------
    >>> t_tests(np.array([0.5]), np.array([0.2]), df=80, ci_level=0.95).round(3)
       est   se    df    t  pvalue  ci_lower  ci_upper
    0  0.5  0.2  80.0  2.5   0.014     0.102     0.898
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = est / se
    half = stats.t.ppf((1 + ci_level) / 2, df) * se
    return pd.DataFrame(
        {
            "est": est,
            "se": se,
            "df": np.broadcast_to(np.asarray(df, dtype=float), np.shape(est)),
            "t": ratio,
            "pvalue": 2 * stats.t.sf(np.abs(ratio), df),
            "ci_lower": est - half,
            "ci_upper": est + half,
        }
    )
