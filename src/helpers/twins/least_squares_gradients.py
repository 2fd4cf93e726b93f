"""Least-squares statistics of one equation, with their gradients in the cells of the data.

A twin is tuned by small changes of its cells, so each statistic is wanted together with its
derivative in every cell of the response and of the regressors. With W the centered design,
C = (W'W)^-1, A = W C, H = A W', M = I - H, b the coefficients and e the residuals, a change dw of
regressor m moves them by

    db = C (u_m dw'e - W'dw b_m),   de = -b_m M dw - a_m dw'e,   dA = M dw C_m. - a_m dw'A,

from which every gradient below follows. A gradient has one row per outcome column, a place a case:
shape (p, n).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

__all__ = ["Regression", "block_score_trace"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Regression:
    """Least squares of a centered response on centered regressors.

    Attributes
    ----------
    design : ndarray, shape (n, q)
    outcomes : ndarray, shape (n, p)
        Columns that can be changed.
    response : int
        Outcome column that is explained.
    movable : mapping of int to tuple of int
        Position of a regressor in the design -> outcome columns that it is the sum of. The other
        regressors are fixed.
    basis, weights : ndarray, shape (q, n)
        Orthonormal basis of the regressors; the coefficients are weights times response.
    bread : ndarray, shape (q, q)
    coefficients : ndarray, shape (q,)
    residuals, leverage : ndarray, shape (n,)
        The leverage lacks the constant's share.
    """

    design: Floats
    outcomes: Floats
    response: int
    movable: Mapping[int, tuple[int, ...]]
    basis: Floats = field(init=False, repr=False)
    weights: Floats = field(init=False, repr=False)
    bread: Floats = field(init=False, repr=False)
    coefficients: Floats = field(init=False, repr=False)
    residuals: Floats = field(init=False, repr=False)
    leverage: Floats = field(init=False, repr=False)

    def __post_init__(self) -> None:
        orthonormal, upper = np.linalg.qr(self.design)
        inverse = np.linalg.inv(upper)
        basis = np.ascontiguousarray(orthonormal.T)
        y = self.outcomes[:, self.response]
        coefficients = inverse @ (basis @ y)
        solved = {
            "basis": basis,
            "weights": inverse @ basis,
            "bread": inverse @ inverse.T,
            "coefficients": coefficients,
            "residuals": y - self.design @ coefficients,
            "leverage": (basis**2).sum(axis=0),
        }
        for name, value in solved.items():
            object.__setattr__(self, name, value)

    def project(self, rows: Floats) -> Floats:
        """Return what the regressors leave of each row, shape (..., n)."""
        return rows - (rows @ self.basis.T) @ self.basis

    def _gather(self, of_response: Floats, of_regressor: Callable[[int], Floats]) -> Floats:
        """Put the pieces of a gradient, shape (..., n), in their outcome columns."""
        *batch, n = of_response.shape
        gradient = np.zeros((*batch, self.outcomes.shape[1], n))
        gradient[..., self.response, :] = of_response
        for position, columns in self.movable.items():
            piece = of_regressor(position)
            for column in columns:
                gradient[..., column, :] += piece
        return gradient

    def coefficient(self, j: int) -> tuple[float, Floats]:
        """Return coefficient j and its gradient."""
        a, b, e = self.weights, self.coefficients, self.residuals
        return b[j], self._gather(a[j], lambda m: self.bread[j, m] * e - b[m] * a[j])

    def residual_sum(self) -> tuple[float, Floats]:
        """Return the residual sum of squares and its gradient."""
        b, e = self.coefficients, self.residuals
        return e @ e, self._gather(2 * e, lambda m: -2 * b[m] * e)

    def influence(self, contrasts: Floats) -> Floats:
        """Return what each case adds to contrasts of the coefficients, shape (k, q) to (k, n).

        Their sums of squares are the HC0 variances.
        """
        return (contrasts @ self.weights) * self.residuals

    def influence_sum_gradients(self, contrasts: Floats, case_weights: Floats) -> Floats:
        """Return the gradients of weighted sums of influences, the weights held fixed.

        Parameters
        ----------
        contrasts : ndarray, shape (k, q)
            Contrasts of the coefficients.
        case_weights : ndarray, shape (k, n)

        Returns
        -------
        ndarray, shape (k, p, n)
            Gradient of sum_i weight_i influence_i for each contrast.
        """
        b, e = self.coefficients, self.residuals
        contrasted, bread = contrasts @ self.weights, contrasts @ self.bread
        by_e, by_a = case_weights * e, case_weights * contrasted
        off_e, off_a = self.project(by_e), self.project(by_a)
        e_on, a_on = by_e @ self.weights.T, by_a @ self.weights.T
        return self._gather(
            off_a,
            lambda m: (
                bread[:, [m]] * off_e - contrasted * e_on[:, [m]] - b[m] * off_a - e * a_on[:, [m]]
            ),
        )

    def score_trace(self) -> tuple[float, Floats]:
        """Return the trace of casewise meat times inverse information, and its gradient.

        The Yuan-Bentler factor is made of it: sum_i h_i e_i^2 / s^2 for the coefficients and
        (kurtosis - 1) / 2 for the residual variance, s^2 = sum e^2 / n, h the leverage.
        """
        a, b, e, h = self.weights, self.coefficients, self.residuals, self.leverage
        n, rss, fourth, spread = len(e), e @ e, (e**4).sum(), h @ e**2
        off_he, off_cubed = self.project(h * e), self.project(e**3)
        gradient_spread = self._gather(
            2 * off_he,
            lambda m: 2 * (self.project(e**2 * a[m]) - b[m] * off_he - e * (a[m] @ (h * e))),
        )
        gradient_fourth = self._gather(
            4 * off_cubed, lambda m: -4 * (b[m] * off_cubed + e * (a[m] @ e**3))
        )
        _, gradient_rss = self.residual_sum()
        gradient = (
            n / rss * gradient_spread
            + n / (2 * rss**2) * gradient_fourth
            - (n * spread / rss**2 + n * fourth / rss**3) * gradient_rss
        )
        return self.trace_value(), gradient

    def trace_value(self) -> float:
        """Return the value of `score_trace` alone."""
        squares = self.residuals**2
        variance = squares.mean()
        return self.leverage @ squares / variance + ((squares**2).mean() / variance**2 - 1) / 2


def block_score_trace(block: list[Regression]) -> tuple[float, Floats]:
    """Return the score trace of equations with the same regressors and free residual covariances.

    With d_i = e_i' P e_i, P the inverse of the residual covariance (divisor n), it is
    sum_i h_i d_i + (mean d_i^2 - p) / 2; `Regression.score_trace` is the case p = 1.
    """
    first = block[0]
    e = np.array([equation.residuals for equation in block])
    p, n = e.shape
    scaled = np.linalg.solve(e @ e.T / n, e)
    distance = (e * scaled).sum(axis=0)
    weight = first.leverage + distance / n
    by_residual = 2 * weight * scaled - 2 / n * ((scaled * weight) @ scaled.T) @ e
    off = first.project(by_residual)
    gradient = np.zeros(first.outcomes.T.shape)
    for row, equation in zip(off, block, strict=True):
        gradient[equation.response] += row
    for position, columns in first.movable.items():
        a = first.weights[position]
        slopes = np.array([equation.coefficients[position] for equation in block])
        piece = 2 * first.project(distance * a) - slopes @ off - (by_residual @ a) @ e
        for column in columns:
            gradient[column] += piece
    return first.leverage @ distance + ((distance**2).mean() - p) / 2, gradient
