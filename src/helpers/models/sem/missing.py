"""The unrestricted model under any pattern of missing values: EM, then Newton's steps."""

from __future__ import annotations

import numpy as np

from helpers.errors import InputError
from helpers.models.sem.gaussian import evaluate, gradient, information, stack_gradient
from helpers.models.sem.patterns import PatternSample
from helpers.models.sem.reticular import Saturated, stack_moments

_CLOSE = 1e-3
"""Newton decrement of one case below which EM gives way to Newton's steps."""


def saturated_moments(
    sample: PatternSample, *, max_iterations: int = 2000, tolerance: float = 1e-20
) -> tuple[np.ndarray, np.ndarray]:
    """Unrestricted ML estimates of the regression P of y on w and the residual covariance V.

    A step of EM is a step along the gradient, P by V G_p W^-1 and V by 2 V G_v V / n, where G_p
    and G_v are the derivatives of the log-likelihood and W the sum of w w' (Little & Rubin, 2002,
    *Statistical analysis with missing data*, section 11.2). Near the solution Newton's steps end it
    to the last digit.

    Parameters
    ----------
    sample : PatternSample
    max_iterations : int
    tolerance : float
        On the squared length of the step in standard errors of one observation.

    Returns
    -------
    slopes, covariance : arrays, shape (p, q) and (p, p)

    Raises
    ------
    InputError
        Where some pair of variables is never observed together, or there is no solution.
    """
    slopes, covariance = _start(sample)
    if sample.complete:
        return slopes, covariance
    together = sample.observed.T.astype(float) @ (sample.counts[:, None] * sample.observed)
    if (together == 0).any():
        raise InputError(
            "two variables of the model are never observed in the same case; their covariance "
            "cannot be estimated."
        )
    model = Saturated(*slopes.shape)
    state = evaluate(sample, slopes, covariance)
    for _ in range(max_iterations):
        if state is None:
            break
        by_p, by_v = gradient(state)
        length = _em_length(sample, covariance, by_p, by_v)
        if length < _CLOSE:
            found = _newton_step(model, state, stack_moments(slopes, covariance), by_p, by_v)
            if found is not None:
                slopes, covariance, state, decrement = found
                if decrement < tolerance:
                    return slopes, covariance
                continue
        slopes, covariance = _em_step(sample, slopes, covariance, by_p, by_v)
        state = evaluate(sample, slopes, covariance)
    raise InputError(
        "the unrestricted model did not converge: too few cases for the pattern of missing values."
    )


def _start(sample: PatternSample):
    """Complete data: the solution; otherwise each variable by itself, where it is observed."""
    if sample.complete:
        n = sample.counts[0]
        r = sample.cross_yw[0] + n * np.outer(sample.mean_y[0], sample.mean_w[0])
        slopes = np.linalg.lstsq(sample.sum_ww, r.T, rcond=None)[0].T if r.size else r
        state = evaluate(sample, slopes, np.eye(len(slopes)))
        return slopes, state.residuals[0] / n
    p, q = sample.y.shape[1], sample.w.shape[1]
    slopes, variances = np.zeros((p, q)), np.ones(p)
    for k in range(p):
        rows = sample.seen[:, k]
        if rows.sum() < 2:
            raise InputError("a variable of the model is missing in all cases but one at most.")
        y, w = sample.y[rows, k], sample.w[rows]
        if q:
            slopes[k] = np.linalg.lstsq(w, y, rcond=None)[0]
        variances[k] = np.mean((y - w @ slopes[k]) ** 2)
    return slopes, np.diag(variances)


def _em_length(sample, covariance, by_p, by_v) -> float:
    scaled = covariance @ by_v
    length = 2 * np.trace(scaled @ scaled) / sample.n**2
    if by_p.size:
        step = covariance @ np.linalg.solve(sample.sum_ww, by_p.T).T
        length += (step * by_p).sum() / sample.n
    return float(length)


def _em_step(sample, slopes, covariance, by_p, by_v):
    n = sample.n
    new = covariance + 2 * covariance @ by_v @ covariance / n
    if by_p.size:
        step = covariance @ np.linalg.solve(sample.sum_ww, by_p.T).T
        slopes = slopes + step
        new = new - step @ (sample.sum_ww / n) @ step.T
    return slopes, (new + new.T) / 2


def _newton_step(model, state, theta, by_p, by_v):
    """The next moments, their state and the Newton decrement; None where the step does not help."""
    slope = stack_gradient(by_p, by_v)
    matrix = information(state)
    scale = 1 / np.sqrt(np.maximum(np.diag(matrix), 1e-300))
    try:
        factor = np.linalg.cholesky(matrix * np.outer(scale, scale))
    except np.linalg.LinAlgError:
        return None
    half = np.linalg.solve(factor, slope * scale)
    step = scale * np.linalg.solve(factor.T, half)
    decrement = float(half @ half) / state.sample.n
    for _ in range(8):
        slopes, covariance = model.moments(theta + step)
        new = evaluate(state.sample, slopes, covariance)
        if new is not None and new.value >= state.value - 1e-9 * (1 + abs(state.value)):
            return slopes, covariance, new, decrement
        step = step / 4
    return None
