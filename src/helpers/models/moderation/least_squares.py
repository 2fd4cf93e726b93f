"""Ordinary least squares by QR, with classical, HC3 and cluster-robust covariances."""

from __future__ import annotations

import numpy as np
import pandas as pd
import statsmodels.api as sm
from statsmodels.regression.linear_model import RegressionResults

from helpers.models.inference.cluster_robust import cluster_inference
from helpers.models.inference.linear import LinearInference, ResidualInference


def least_squares(response: pd.Series, design: pd.DataFrame) -> RegressionResults:
    """Return ordinary least squares by QR.

    statsmodels' default, the pseudo-inverse, keeps no digit of the hardest of NIST's reference data
    sets (Filip), QR seven: tests/reference/nist. The rank is the number of columns, which
    `check_design` has made sure of; statsmodels' own count takes ill-conditioned columns for fewer.
    """
    model = sm.OLS(response.to_numpy(), design)
    n, k = design.shape
    model.df_resid, model.df_model = n - k, k - model.k_constant
    return model.fit(method="qr")


def infer_coefficients(
    design: pd.DataFrame, results: RegressionResults, codes: np.ndarray | None
) -> dict[str, LinearInference]:
    """Return what tests rest on by each kind of standard error; "cr2" with codes of clusters."""
    X, residuals, est = design.to_numpy(), results.resid.to_numpy(), results.params.to_numpy()
    df = float(results.df_resid)
    found = {
        "classical": ResidualInference(est, classical_covariance(X, residuals), df),
        "hc3": ResidualInference(est, hc3_covariance(X, residuals), df),
    }
    if codes is not None:
        found["cr2"] = cluster_inference(X, residuals, est, codes)
    return found


def classical_covariance(X: np.ndarray, residuals: np.ndarray) -> np.ndarray:
    """Return s² (X'X)⁻¹ by QR, which keeps its digits where X'X would lose them."""
    n, k = X.shape
    half = np.linalg.solve(np.linalg.qr(X, mode="r"), np.eye(k))
    return residuals @ residuals / (n - k) * (half @ half.T)


def hc3_covariance(X: np.ndarray, residuals: np.ndarray) -> np.ndarray:
    """Return the HC3 covariance of least-squares estimates, by QR; NaN where a leverage is 1."""
    q, r = np.linalg.qr(X)
    leverage = np.einsum("ij,ij->i", q, q)
    if np.any(1 - leverage < 1e-10):
        return np.full((X.shape[1], X.shape[1]), np.nan)
    bread = np.linalg.solve(r, q.T)
    scaled = bread * (residuals / (1 - leverage))
    return scaled @ scaled.T
