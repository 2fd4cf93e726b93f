"""The normal likelihood of y given w under any pattern of missing values.

Cases with the same variables observed share a pattern g with n_g cases, residual cross products E_g
and cross products R_g of residuals and w. With M_g the inverse of the observed part of V, zero
elsewhere, the log-likelihood is

    -1/2 sum_g [n_g (p_g ln 2 pi + ln|V_g|) + tr(M_g E_g)] ,

its derivatives are sum_g M_g R_g by P and 1/2 sum_g (M_g E_g M_g - n_g M_g) by V (Rosseel, 2012;
Savalei & Bentler, 2009, https://doi.org/10.1080/10705510903008238). Complete data are one pattern.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from helpers.models.sem.patterns import PatternSample

LOG_2PI = np.log(2 * np.pi)


@dataclass(frozen=True)
class State:
    """What the likelihood and its derivatives share at given P and V.

    `precision` is M_g, `residuals` E_g, `with_given` R_g; `value` is the log-likelihood, minus
    infinity where V is not positive definite.
    """

    sample: PatternSample
    precision: np.ndarray
    residuals: np.ndarray
    with_given: np.ndarray
    value: float


class MomentModel:
    """A model of one sample by its moments P and V, which `moments(theta)` gives.

    Beside it a model has `jacobian(theta)`, the derivatives of P row by row and of the lower
    triangle of V, and `curvature(theta, by_p, by_v)`, the second derivatives of
    tr(by_p' P) + tr(by_v V).
    """

    def state(self, sample: PatternSample, theta: np.ndarray) -> State | None:
        """The likelihood at `theta`; None where it does not exist."""
        return evaluate(sample, *self.moments(theta))

    def derivatives(self, theta, state: State, *, kind: str) -> tuple[np.ndarray, np.ndarray]:
        """Slope of the log-likelihood and the information about the free parameters.

        `kind` "observed" is minus the second derivative, J' I J minus the curvature of the moments;
        "h1" leaves the curvature out; "expected" takes I in expectation for complete data.
        """
        own = self.jacobian(theta)
        by_p, by_v = gradient(state)
        of_moments = "expected" if kind == "expected" else "observed"
        matrix = projected_information(state, own, kind=of_moments)
        if kind == "observed":
            matrix = matrix - self.curvature(theta, by_p, by_v)
        return own.T @ stack_gradient(by_p, by_v), matrix

    def slope(self, theta, state: State) -> np.ndarray:
        """Slope of the log-likelihood."""
        return self.jacobian(theta).T @ stack_gradient(*gradient(state))

    def scores(self, theta, state: State) -> np.ndarray:
        """Slopes of each case's log-likelihood, shape (n, free)."""
        return scores(state, self.moments(theta)[0]) @ self.jacobian(theta)


@cache
def _triangle(p: int) -> tuple[np.ndarray, np.ndarray]:
    return np.tril_indices(p)


def evaluate(sample: PatternSample, slopes: np.ndarray, covariance: np.ndarray) -> State | None:
    """The likelihood at P and V; None where V is not positive definite."""
    if sample.complete:
        each = covariance[None]
    else:
        pairs = sample.observed[:, :, None] & sample.observed[:, None, :]
        each = np.where(pairs, covariance, np.eye(len(covariance)))
    try:
        factor = np.linalg.cholesky(each)
    except np.linalg.LinAlgError:
        return None
    diagonal = np.diagonal(factor, axis1=1, axis2=2)
    if not np.isfinite(diagonal).all() or (diagonal <= 0).any():
        return None
    inverse = np.linalg.inv(factor)
    precision = np.swapaxes(inverse, 1, 2) @ inverse
    if not sample.complete:
        precision = np.where(pairs, precision, 0.0)
    n = sample.counts[:, None, None]
    shift = np.where(sample.observed, sample.mean_y - sample.mean_w @ slopes.T, 0.0)
    on_w = sample.cross_yw - slopes @ sample.cross_ww
    residuals = (
        sample.cross_yy
        - on_w @ slopes.T
        - slopes @ np.swapaxes(sample.cross_yw, 1, 2)
        + n * shift[:, :, None] * shift[:, None, :]
    )
    with_given = on_w + n * shift[:, :, None] * sample.mean_w[:, None, :]
    if not sample.complete:
        residuals = np.where(pairs, residuals, 0.0)
        with_given = np.where(sample.observed[:, :, None], with_given, 0.0)
    logdet = 2 * np.log(diagonal).sum(axis=1)
    constants = sample.counts * (sample.observed.sum(axis=1) * LOG_2PI + logdet)
    value = -0.5 * (constants.sum() + (precision * residuals).sum())
    return State(sample, precision, residuals, with_given, float(value))


def gradient(state: State) -> tuple[np.ndarray, np.ndarray]:
    """Derivatives of the log-likelihood by P, shape (p, q), and by V, a symmetric matrix."""
    k = state.precision
    by_v = k @ state.residuals @ k - state.sample.counts[:, None, None] * k
    return (k @ state.with_given).sum(axis=0), 0.5 * by_v.sum(axis=0)


def stack_gradient(by_p: np.ndarray, by_v: np.ndarray) -> np.ndarray:
    """The gradient by the vector of moments; off-diagonal elements of V stand for two."""
    row, column = _triangle(len(by_v))
    return np.concatenate([by_p.ravel(), np.where(row == column, 1.0, 2.0) * by_v[row, column]])


def information(state: State, *, kind: str = "observed") -> np.ndarray:
    """Information about the vector of moments, shape (p q + p (p + 1) / 2,) twice.

    For symmetric X and Y, minus the second derivative by V is tr(X M Y U) with
    U = M E M - n M / 2, summed over patterns; `kind` "expected" puts n V for E and zero for R,
    which is the information in expectation where data are complete.
    """
    sample, k = state.sample, state.precision
    p, q = k.shape[1], sample.cross_ww.shape[1]
    n = sample.counts[:, None, None]
    row, column = _triangle(p)
    u = k @ state.residuals @ k - 0.5 * n * k if kind == "observed" else 0.5 * n * k
    i, j, r, s = row[:, None], column[:, None], row, column
    flat = k.reshape(len(k), -1)
    if len(k) == 1:
        one, two = k[0], u[0]
        a, b, c, d = one[j, r], one[i, r], one[j, s], one[i, s]
        by_v = a * two[s, i] + b * two[s, j] + c * two[r, i] + d * two[r, j]
    else:
        t = (flat.T @ u.reshape(len(u), -1)).reshape(p, p, p, p)  # t[b, c, d, a] = M_bc U_da
        by_v = t[j, r, s, i] + t[i, r, s, j] + t[j, s, r, i] + t[i, s, r, j]
    half = np.where(row == column, 0.5, 1.0)
    by_v *= half[:, None] * half
    out = np.zeros((p * q + len(row),) * 2)
    out[p * q :, p * q :] = 0.5 * (by_v + by_v.T)
    if q:
        w = sample.cross_ww + n * sample.mean_w[:, :, None] * sample.mean_w[:, None, :]
        by_p = (flat.T @ w.reshape(len(w), -1)).reshape(p, p, q, q)
        out[: p * q, : p * q] = by_p.transpose(0, 2, 1, 3).reshape(p * q, p * q)
        if kind == "observed":
            kr = k @ state.with_given
            t = (flat.T @ kr.reshape(len(kr), -1)).reshape(p, p, p, q)  # M_ak (M R)_li
            mixed = t[:, row, column, :] + t[:, column, row, :]  # (p, pairs, q)
            mixed = (mixed * half[None, :, None]).transpose(0, 2, 1).reshape(p * q, -1)
            out[: p * q, p * q :] = mixed
            out[p * q :, : p * q] = mixed.T
    return out


def projected_information(state: State, jacobian: np.ndarray, *, kind: str) -> np.ndarray:
    """J' I J, with I as in `information`; complete data do without I itself.

    With dP and dV the columns of J as matrices, an element is tr(dV M dV U) for two changes of V,
    tr(dP' M dP W) for two of P, W the cross products of w, and tr(dP' M dV M R) for one of each.
    """
    if len(state.precision) > 1:
        return jacobian.T @ (information(state, kind=kind) @ jacobian)
    sample, m = state.sample, state.precision[0]
    p, q, size = len(m), sample.cross_ww.shape[1], jacobian.shape[1]
    n = sample.counts[0]
    u = m @ state.residuals[0] @ m - 0.5 * n * m if kind == "observed" else 0.5 * n * m
    by_v = jacobian[p * q :][_square(p)].reshape(p, p * size)
    left = (m @ by_v).reshape(p, p, size)
    right = (u @ by_v).reshape(p, p, size).transpose(1, 0, 2)
    out = right.reshape(p * p, size).T @ left.reshape(p * p, size)
    out = 0.5 * (out + out.T)
    if q:
        mean = sample.mean_w[0]
        w = sample.cross_ww[0] + n * np.outer(mean, mean)
        by_p = jacobian[: p * q]
        weighted = (m @ by_p.reshape(p, q * size)).reshape(p, q, size)
        onto = np.matmul(w, weighted).reshape(p * q, size)
        out += by_p.T @ onto
        if kind == "observed":
            mr = m @ state.with_given[0]
            mixed = by_p.T @ np.matmul(mr.T, left).reshape(p * q, size)
            out += mixed + mixed.T
    return out


@cache
def _square(p: int) -> np.ndarray:
    """Place in the lower triangle of each element of a symmetric matrix, row by row."""
    place = np.zeros((p, p), dtype=int)
    row, column = _triangle(p)
    place[row, column] = place[column, row] = np.arange(len(row))
    return place.ravel()


def scores(state: State, slopes: np.ndarray) -> np.ndarray:
    """Derivative of each case's log-likelihood by the vector of moments, shape (n, moments)."""
    sample = state.sample
    p, q = slopes.shape
    row, column = _triangle(p)
    residuals = np.where(sample.seen, sample.y - sample.w @ slopes.T, 0.0)
    k = state.precision[sample.pattern]
    u = np.einsum("nab,nb->na", k, residuals)
    by_v = u[:, row] * u[:, column] - k[:, row, column]
    by_v *= np.where(row == column, 0.5, 1.0)
    by_p = u[:, :, None] * sample.w[:, None, :]
    return np.concatenate([by_p.reshape(len(u), p * q), by_v], axis=1)
