"""Moments of all observed variables, the given ones among them, and their derivatives.

A model has the moments P and V of what it explains given x; xi are the moments of x.
"""

from __future__ import annotations

import numpy as np

from helpers.models.sem.estimates import GivenMoments, jacobian
from helpers.models.sem.fitted import Fitted, Part, invert
from helpers.models.sem.gaussian import LOG_2PI
from helpers.models.sem.gaussian import gradient as moment_gradient
from helpers.models.sem.reticular import stack_moments


def joint_moments(slopes, residual, given_vector, given: GivenMoments, constant: bool):
    """Means of y, covariances of y with x and among y, then the moments of x where random.

    From P and V: mean a + b m, covariances b S and b S b' + V, as one vector; leading dimensions
    are kept.
    """
    means, covariance = given.moments_at(given_vector)
    at = 1 if constant else 0
    b = slopes[..., at:]
    cross = b @ covariance
    among = residual + cross @ np.swapaxes(b, -1, -2)
    lead = among.shape[:-2]
    row, column = np.tril_indices(among.shape[-1])
    parts = [cross.reshape(*lead, -1), among[..., row, column]]
    if constant:
        parts.insert(0, slopes[..., 0] + (b @ np.asarray(means)[..., None])[..., 0])
    if given.random:
        parts.append(np.broadcast_to(given_vector, (*lead, given_vector.shape[-1])))
    return np.concatenate(parts, axis=-1)


def joint_jacobian(slopes, residual, given: GivenMoments, constant: bool) -> np.ndarray:
    """Derivatives of `joint_moments` by (P, V, xi), a square matrix."""
    p, q = slopes.shape
    row, column = np.tril_indices(p)
    cut = p * q, p * q + len(row)

    def function(vector):
        lead = vector.shape[:-1]
        covariance = np.zeros((*lead, p, p), dtype=vector.dtype)
        triangle = vector[..., cut[0] : cut[1]]
        covariance[..., row, column] = covariance[..., column, row] = triangle
        return joint_moments(
            vector[..., : cut[0]].reshape(*lead, p, q),
            covariance,
            vector[..., cut[1] :],
            given,
            constant,
        )

    at = np.concatenate([stack_moments(slopes, residual), given.stacked])
    return jacobian(function, at)


def joint_curvature(fitted: Fitted, given: GivenMoments) -> np.ndarray:
    """Second derivatives by (P, V, xi) of the means and covariances of all variables.

    They are weighted with the derivatives of the log-likelihood of one case. With P = (a, b) these
    moments are a + b m, b S and V + b S b'; with g and G the derivatives by P and by V, the second
    derivative by b_ij and b_kl is 2 G_ik S_jl, by b_ij and m_j it is g_i of the constant, by b_ij
    and S_jk it is M_ik, where M S = g_b - g_a m'.
    """
    sample = fitted.state.sample
    by_p, by_v = (part / sample.n for part in moment_gradient(fitted.state))
    p, q = by_p.shape
    n_moments = p * q + p * (p + 1) // 2
    out = np.zeros((n_moments + len(given.stacked),) * 2)
    constant = q - len(given.names)
    s = np.zeros((q, q))
    s[constant:, constant:] = given.covariance
    out[: p * q, : p * q] = 2 * np.kron(by_v, s)
    if not len(given.stacked):
        return out
    q_x = len(given.names)
    level = by_p[:, 0] if constant else np.zeros(p)
    m = np.linalg.solve(
        s[constant:, constant:], (by_p[:, constant:] - np.outer(level, given.means)).T
    ).T
    mixed = np.zeros((p, q, len(given.stacked)))
    start = n_means = q_x if given.with_means else 0
    for j in range(n_means):
        mixed[:, constant + j, j] = level
    for column, (j, k) in enumerate(zip(*np.tril_indices(q_x), strict=True), start=start):
        half = 0.5 if j == k else 1.0
        mixed[:, constant + j, column] += half * m[:, k]
        mixed[:, constant + k, column] += half * m[:, j]
    out[: p * q, n_moments:] = mixed.reshape(p * q, -1)
    out[n_moments:, : p * q] = out[: p * q, n_moments:].T
    return out


def slopes_with_given(fitted: Fitted, n_moments: int) -> np.ndarray:
    """Slopes of all moments by the free parameters, then by the moments of given variables.

    Of `n_moments` the first are the model's, the rest those of the given variables themselves.
    """
    own = fitted.model.jacobian(fitted.theta)
    if fitted.span is not None:
        own = own @ fitted.span
    n_given = n_moments - len(own)
    slopes = np.zeros((n_moments, own.shape[1] + n_given))
    slopes[: len(own), : own.shape[1]] = own
    slopes[len(own) :, own.shape[1] :] = np.eye(n_given)
    return slopes


def given_covariance(given: GivenMoments) -> np.ndarray:
    """Sampling covariance of the moments of given variables, of one case; empty where fixed."""
    return given.sampling_covariance() if len(given.stacked) else np.zeros((0, 0))


def given_information(given: GivenMoments) -> np.ndarray:
    """Information of one case about the moments of given variables; empty where they are fixed."""
    return invert(given_covariance(given), None)


def scores_of_given(part: Part) -> np.ndarray:
    """Casewise scores by the moments of given variables; no columns where they are fixed."""
    if not len(part.given.stacked):
        return np.zeros((part.n, 0))
    return part.given.influence(part.x) @ given_information(part.given)


def given_log_likelihood(given: GivenMoments, n: int) -> float:
    """Log-likelihood of the given variables where they are random, 0 where they are fixed."""
    if not given.random or not given.names:
        return 0.0
    q = len(given.names)
    return -n / 2 * (q * LOG_2PI + np.linalg.slogdet(given.covariance)[1] + q)
