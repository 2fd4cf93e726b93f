"""Maximum likelihood for recursive path models, for one covariance matrix or for many at once.

With z = (y, x), W = (I, 0) - C and E = W S W', the discrepancy of a recursive model with exogenous
x fixed at the sample moments is

    F = ln|Psi| + tr(Psi^-1 E) - ln|S_y.x| - m ,

because the determinant of I - B is 1. All functions broadcast over leading dimensions of `moments`
and `theta`, so 5000 bootstrap draws are one call.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from helpers.models.sem.structure import PathStructure


def sample_moments(values: np.ndarray) -> np.ndarray:
    """Covariance matrix with divisor n; `values` of shape (n, p)."""
    centered = values - values.mean(axis=0)
    return centered.T @ centered / len(values)


COLLINEAR = 1e-5
"""A pivot of the correlation matrix below this is an exact linear combination."""


def correlation_pivots(moments: np.ndarray) -> np.ndarray:
    """What each variable adds to those before it: root of 1 - R2; shapes (B, p, p) to (B, p)."""
    # A variable that does not vary may have a variance of minus a rounding error.
    sd = np.sqrt(np.maximum(np.diagonal(moments, axis1=-2, axis2=-1), 0.0))
    sd = np.where(sd > 1e-8 * np.median(sd, axis=0), sd, np.inf)
    correlations = moments / (sd[:, :, None] * sd[:, None, :])
    # The ridge keeps the factorization alive, so that one singular sample does not stop the others.
    factor = np.linalg.cholesky(correlations + 1e-12 * np.eye(moments.shape[-1]))
    return np.diagonal(factor, axis1=-2, axis2=-1)


def collinear_samples(moments: np.ndarray) -> np.ndarray:
    """Which covariance matrices of shape (B, p, p) are singular, as when a level was not drawn."""
    return correlation_pivots(moments).min(axis=-1) < COLLINEAR


@dataclass(frozen=True)
class _State:
    """Matrices of the model at one theta that the derivatives share."""

    residual_map: np.ndarray
    precision: np.ndarray
    residual_moments: np.ndarray
    cross: np.ndarray


def _state(structure: PathStructure, theta, moments) -> _State:
    coefficients, psi = structure.matrices(theta)
    m = len(structure.endogenous)
    residual_map = np.eye(m, moments.shape[-1]) - coefficients
    cross = residual_map @ moments
    precision = _inverse(psi)
    return _State(
        residual_map, precision, cross @ np.swapaxes(residual_map, -1, -2), precision @ cross
    )


def _inverse(matrices: np.ndarray) -> np.ndarray:
    """Inverse of each matrix, NaN where it is singular."""
    try:
        return np.linalg.inv(matrices)
    except np.linalg.LinAlgError:
        singular = (np.linalg.slogdet(matrices)[0] == 0)[..., None, None]
        usable = np.where(singular, np.eye(matrices.shape[-1]), matrices)
        return np.where(singular, np.nan, np.linalg.inv(usable))


def discrepancy(structure: PathStructure, theta: np.ndarray, moments: np.ndarray) -> np.ndarray:
    """ML discrepancy F, zero for a perfect fit; infinite where Psi is not positive definite."""
    state = _state(structure, theta, moments)
    _, psi = structure.matrices(theta)
    m = len(structure.endogenous)
    sign, logdet = np.linalg.slogdet(psi)
    positive = (sign > 0) & (np.linalg.eigvalsh(psi)[..., 0] > 0)
    trace = np.einsum("...ij,...ji->...", state.precision, state.residual_moments)
    free = np.linalg.slogdet(moments)[1] - np.linalg.slogdet(moments[..., m:, m:])[1]
    return np.where(positive, logdet + trace - free - m, np.inf)


def gradient(structure: PathStructure, theta: np.ndarray, moments: np.ndarray) -> np.ndarray:
    """Derivative of F / 2 by the free parameters, shape (..., free)."""
    state = _state(structure, theta, moments)
    return _sum_elements(structure, _element_gradient(structure, state))


def _element_gradient(structure, state):
    row, column = structure.coefficient_index.T
    a, b = structure.covariance_index.T
    by_psi = state.precision - state.precision @ state.residual_moments @ state.precision
    weight = np.where(a == b, 0.5, 1.0)
    return np.concatenate([-state.cross[..., row, column], weight * by_psi[..., a, b]], axis=-1)


def information(
    structure: PathStructure, theta: np.ndarray, moments: np.ndarray, *, kind: str
) -> np.ndarray:
    """Information matrix of one observation, shape (..., free, free).

    Parameters
    ----------
    structure : PathStructure
    theta : array, shape (..., free)
    moments : array, shape (..., p, p)
    kind : "expected" or "observed"
        Second derivative of F / 2 at the implied or at the sample moments.
    """
    if kind == "expected":
        moments = implied_moments(structure, theta, moments)
    state = _state(structure, theta, moments)
    k, cross = state.precision, state.cross
    pek = k @ state.residual_moments @ k
    i, j = structure.coefficient_index.T
    a, b = structure.covariance_index.T
    weight = np.where(a == b, 0.5, 1.0)

    paths = k[..., i[:, None], i] * moments[..., j[:, None], j]
    mixed = (
        k[..., i[:, None], a] * cross[..., b[None, :], j[:, None]]
        + k[..., i[:, None], b] * cross[..., a[None, :], j[:, None]]
    ) * weight

    def pair(first, second):
        return (
            first[..., b[:, None], a] * second[..., a[:, None], b]
            + first[..., b[:, None], b] * second[..., a[:, None], a]
            + first[..., a[:, None], a] * second[..., b[:, None], b]
            + first[..., a[:, None], b] * second[..., b[:, None], a]
        )

    residuals = (pair(k, pek) - 0.5 * pair(k, k)) * weight[:, None] * weight
    top = np.concatenate([paths, mixed], axis=-1)
    bottom = np.concatenate([np.swapaxes(mixed, -1, -2), residuals], axis=-1)
    return _sum_elements_twice(structure, np.concatenate([top, bottom], axis=-2))


def casewise_scores(structure: PathStructure, theta: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Derivative of each case's log-likelihood by the free parameters, shape (n, free).

    Parameters
    ----------
    structure : PathStructure
    theta : array, shape (free,)
    values : array, shape (n, p)
        Data in the order of `structure.variables`.
    """
    centered = values - values.mean(axis=0)
    coefficients, psi = structure.matrices(theta)
    m = len(structure.endogenous)
    precision = np.linalg.inv(psi)
    scaled = (centered[:, :m] - centered @ coefficients.T) @ precision
    row, column = structure.coefficient_index.T
    a, b = structure.covariance_index.T
    paths = len(row)
    # Rows of one contiguous array, each written once: this is most of the work of a robust fit.
    both = np.ascontiguousarray(np.hstack([scaled, centered]).T)
    by_element = np.take(both, np.append(row, a), axis=0)
    by_element[:paths] *= both[m + column]
    by_element[paths:] *= both[b]
    by_element[paths:] -= precision[a, b][:, None]
    by_element[paths:][a == b] /= 2
    order, first, factor = structure.shares
    return np.add.reduceat(by_element[order] * factor[:, None], first).T


def implied_moments(structure: PathStructure, theta, moments) -> np.ndarray:
    """Model-implied covariance matrix, exogenous moments as in the sample; shape (..., p, p)."""
    coefficients, psi = structure.matrices(theta)
    m = len(structure.endogenous)
    total = np.linalg.inv(np.eye(m) - coefficients[..., :m])
    lead = coefficients.shape[:-2]
    exogenous = np.broadcast_to(moments[..., m:, m:], (*lead, *moments[..., m:, m:].shape[-2:]))
    reduced = total @ coefficients[..., m:]
    upper = reduced @ exogenous
    among = upper @ np.swapaxes(reduced, -1, -2) + total @ psi @ np.swapaxes(total, -1, -2)
    top = np.concatenate([among, upper], axis=-1)
    bottom = np.concatenate([np.swapaxes(upper, -1, -2), exogenous], axis=-1)
    return np.concatenate([top, bottom], axis=-2)


def _sum_elements(structure, by_element):
    """Sum over the elements that share a parameter, along the last axis."""
    order, first, factor = structure.shares
    return np.add.reduceat(by_element[..., order] * factor, first, axis=-1)


def _sum_elements_twice(structure, by_element):
    once = np.swapaxes(_sum_elements(structure, by_element), -1, -2)
    return np.swapaxes(_sum_elements(structure, once), -1, -2)


def least_squares_start(structure: PathStructure, moments: np.ndarray) -> np.ndarray:
    """Starting values: each equation by least squares, then averaged over shared labels."""
    m, p = len(structure.endogenous), len(structure.variables)
    coefficients = np.zeros((m, p))
    for outcome in range(m):
        mine = structure.coefficient_index[:, 0] == outcome
        x = structure.coefficient_index[mine, 1]
        coefficients[outcome, x] = np.linalg.lstsq(
            moments[np.ix_(x, x)], moments[x, outcome], rcond=None
        )[0]
    row, column = structure.coefficient_index.T
    residual_map = np.eye(m, p) - coefficients
    a, b = structure.covariance_index.T
    # Halved covariances keep Psi positive definite when only some of them are in the model.
    psi = residual_map @ moments @ residual_map.T * np.where(np.eye(m) > 0, 1.0, 0.5)
    values = np.concatenate([coefficients[row, column], psi[a, b]]) / structure.factor
    free = structure.parameter >= 0
    sums = np.bincount(structure.parameter[free], values[free], structure.n_parameters)
    return sums / np.bincount(structure.parameter[free], minlength=structure.n_parameters)


def solve_scoring(
    structure: PathStructure,
    moments: np.ndarray,
    start: np.ndarray,
    *,
    max_iterations: int = 100,
    tolerance: float = 1e-11,
) -> tuple[np.ndarray, np.ndarray]:
    """ML estimates by Fisher scoring, ending on Newton steps.

    Parameters
    ----------
    structure : PathStructure
    moments : array, shape (..., p, p)
    start : array, shape (..., free)
        With a positive definite Psi; where it has none, nothing converges.
    max_iterations : int
    tolerance : float
        Converged when the Newton decrement, the squared length of the step in standard errors of
        one observation, is below it squared.

    Returns
    -------
    theta : array, shape (..., free)
    converged : bool array, shape (...)
    """
    lead = moments.shape[:-2]
    moments = moments.reshape(-1, *moments.shape[-2:])
    theta = np.array(np.broadcast_to(start, (len(moments), structure.n_parameters)))
    converged = np.zeros(len(moments), dtype=bool)
    value = discrepancy(structure, theta, moments)
    active = np.flatnonzero(np.isfinite(value))
    for iteration in range(max_iterations):
        at, s = theta[active], moments[active]
        slope = gradient(structure, at, s)
        kind = "expected" if iteration < 3 else "observed"
        step = _newton_step(structure, at, s, slope, kind)
        decrement = np.abs(np.einsum("...i,...i->...", step, slope))
        proposal, reached = _shorten(structure, at, step, s, value[active])
        theta[active], value[active] = proposal, reached
        done = decrement < tolerance**2
        converged[active[done]] = True
        active = active[~done & np.isfinite(reached)]
        if active.size == 0:
            break
    return theta.reshape(*lead, -1), converged.reshape(lead)


def _newton_step(structure, theta, moments, slope, kind):
    matrix = information(structure, theta, moments, kind=kind)
    if kind == "observed":
        indefinite = np.linalg.eigvalsh(matrix)[..., 0] <= 0
        if indefinite.any():
            matrix[indefinite] = information(
                structure, theta[indefinite], moments[indefinite], kind="expected"
            )
    try:
        return -np.linalg.solve(matrix, slope[..., None])[..., 0]
    except np.linalg.LinAlgError:
        return -_solve_in_span(matrix, slope)


def _solve_in_span(matrix, slope):
    """Solve with the directions left out in which a matrix of the stack is singular."""
    values, vectors = np.linalg.eigh(matrix)
    kept = values > 1e-12 * values[..., -1:]
    weights = np.where(kept, 1 / np.where(kept, values, 1.0), 0.0)
    return np.einsum("...ij,...j,...kj,...k->...i", vectors, weights, vectors, slope)


def _shorten(structure, theta, step, moments, value):
    """Halve steps that raise the discrepancy by more than rounding error."""
    length = np.ones(len(theta))
    proposal = theta + step
    reached = discrepancy(structure, proposal, moments)
    for _ in range(30):
        worse = ~(reached <= value + 1e-12 * (1 + np.abs(value)))
        if not worse.any():
            break
        length[worse] /= 2
        proposal[worse] = theta[worse] + length[worse, None] * step[worse]
        reached[worse] = discrepancy(structure, proposal[worse], moments[worse])
    return proposal, reached
