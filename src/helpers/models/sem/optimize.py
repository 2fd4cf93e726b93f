"""Maximum likelihood by scoring and Newton's steps, with constraints on the parameters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from helpers.models.sem.gaussian import MomentModel, State
from helpers.models.sem.patterns import PatternSample

_NEWTON = 1e-2
"""Newton decrement of one case below which the observed information takes over."""
_IMAGINARY = 1e-100


@dataclass(frozen=True)
class Constraints:
    """What must be zero, and what must not be negative, as functions of the free parameters."""

    equal: Callable[[np.ndarray], np.ndarray]
    positive: Callable[[np.ndarray], np.ndarray]
    n_equal: int
    n_positive: int

    def values(self, theta: np.ndarray, active: np.ndarray) -> np.ndarray:
        """Equalities, then the inequalities that are `active`; (..., free) to (..., kept)."""
        return np.concatenate([self.equal(theta), self.positive(theta)[..., active]], axis=-1)

    def jacobian(self, theta: np.ndarray, active: np.ndarray) -> np.ndarray:
        """Derivatives of `values`, shape (kept, free), by an imaginary step."""
        shifted = theta + 1j * _IMAGINARY * np.eye(len(theta))
        return self.values(shifted, active).imag.T / _IMAGINARY

    def curvature(self, theta: np.ndarray, active: np.ndarray, multipliers) -> np.ndarray:
        """Second derivatives of multipliers' values, from differences of exact first ones."""
        step = 1e-6 * np.maximum(np.abs(theta), 1e-2)
        columns = []
        for k, h in enumerate(step):
            shift = np.zeros(len(theta))
            shift[k] = h
            up, down = self.jacobian(theta + shift, active), self.jacobian(theta - shift, active)
            columns.append(multipliers @ (up - down) / (2 * h))
        out = np.array(columns)
        return (out + out.T) / 2


@dataclass(frozen=True)
class Solution:
    """Where the search ended.

    `active` marks the inequalities that hold as equalities, `decrement` is the squared length of
    the last step in standard errors of one observation.
    """

    theta: np.ndarray
    state: State
    converged: bool
    decrement: float
    active: np.ndarray


def free_space(constraints: Constraints | None, theta, active) -> np.ndarray | None:
    """Columns that span the directions which the constraints leave free; None without any."""
    if constraints is None:
        return None
    jacobian = constraints.jacobian(theta, active)
    if not len(jacobian):
        return None
    return null_space(jacobian)


def null_space(jacobian: np.ndarray) -> np.ndarray:
    """Orthonormal columns that a matrix sends to zero."""
    _, size, right = np.linalg.svd(jacobian)
    rank = int((size > 1e-10 * size.max(initial=1.0)).sum())
    return right[rank:].T


def model_information(model: MomentModel, theta, state: State, *, kind: str) -> np.ndarray:
    """Information of one case about the free parameters, shape (free, free)."""
    return model.derivatives(theta, state, kind=kind)[1] / state.sample.n


def maximize(
    model: MomentModel,
    sample: PatternSample,
    start: np.ndarray,
    *,
    constraints: Constraints | None = None,
    max_iterations: int = 200,
    tolerance: float = 1e-20,
) -> Solution | None:
    """ML estimates of a model of moments.

    Parameters
    ----------
    model : MomentModel
    sample : PatternSample
    start : array, shape (free,)
    constraints : Constraints, optional
        Inequalities are taken in where they are violated and let go where their multiplier says so.
    max_iterations : int
    tolerance : float
        On the squared length of the step in standard errors of one observation.

    Returns
    -------
    Solution or None
        None where the likelihood does not exist at the start.
    """
    active = np.zeros(constraints.n_positive if constraints else 0, dtype=bool)
    theta = start
    for _ in range(2 * len(active) + 1):
        solution = _search(model, sample, theta, constraints, active, max_iterations, tolerance)
        if solution is None or not solution.converged or not len(active):
            return solution
        slack = constraints.positive(solution.theta)
        violated = (slack < -1e-9) & ~active
        loose = np.zeros_like(active)
        if active.any():
            pull = _multipliers(model, solution, constraints, active)
            loose[np.flatnonzero(active)[pull < -1e-8]] = True
        if not violated.any() and not loose.any():
            return solution
        active = (active | violated) & ~loose
        theta = solution.theta
    return solution


def climb(model: MomentModel, sample: PatternSample, start: np.ndarray) -> np.ndarray:
    """Where a quasi-Newton search ends, for the few samples where scoring finds no way."""
    at_start = model.state(sample, start)
    if at_start is None:
        return start
    matrix = model_information(model, start, at_start, kind="expected")
    scale = 1 / np.sqrt(np.maximum(np.diag(matrix), 1e-12))

    def height(scaled):
        theta = scaled * scale
        state = model.state(sample, theta)
        if state is None:
            return 1e10, np.zeros(len(theta))
        return -state.value / sample.n, -model.slope(theta, state) / sample.n * scale

    found = minimize(
        height, start / scale, jac=True, method="BFGS", options={"gtol": 1e-7, "maxiter": 300}
    )
    return found.x * scale


def _multipliers(model, solution, constraints, active):
    """How the likelihood would rise with each active inequality; negative: it is not needed."""
    state = solution.state
    slope = model.slope(solution.theta, state) / state.sample.n
    jacobian = constraints.jacobian(solution.theta, active)
    return -np.linalg.lstsq(jacobian.T, slope, rcond=None)[0][constraints.n_equal :]


def _search(model, sample, start, constraints, active, max_iterations, tolerance):
    theta = np.array(start, dtype=float)
    state = model.state(sample, theta)
    if state is None:
        return None
    held = constraints is not None and (constraints.n_equal or active.any())
    decrement, damping, newton, multipliers = np.inf, 0.0, False, None
    for _ in range(max_iterations):
        kind = "observed" if newton else "expected"
        slope, matrix = (d / sample.n for d in model.derivatives(theta, state, kind=kind))
        if held:
            gap = constraints.values(theta, active)
            normal = constraints.jacobian(theta, active)
            if multipliers is not None and decrement < 1.0:
                matrix = matrix + constraints.curvature(theta, active, multipliers)
            found = _constrained_step(matrix, slope, normal, gap, damping)
        else:
            found = _free_step(matrix, slope, damping)
        if found is None:
            if newton:
                newton, damping = False, max(damping, 1e-6)
                continue
            damping = max(10 * damping, 1e-6)
            if damping > 1e3:
                break
            continue
        step, decrement, multipliers = found
        penalty = 0.0 if not held else 2 * np.abs(multipliers).max(initial=0.0) + 1.0
        new_theta, new_state, fell = _shorten(
            model, sample, theta, step, state, constraints, active, penalty if held else 0.0
        )
        if new_state is None:
            damping = max(10 * damping, 1e-4)
            newton = False
            if damping > 1e6:
                break
            continue
        theta, state = new_theta, new_state
        if fell < 0.2:  # a bent valley: shorter steps, turned toward the gradient
            damping = max(4 * damping, 1e-3)
        else:
            damping = damping / 10 if damping > 1e-5 else 0.0
        closed = not held or np.abs(constraints.values(theta, active)).max(initial=0.0) < 1e-10
        if decrement < tolerance and damping == 0.0 and closed:
            return Solution(theta, state, True, decrement, active)
        newton = decrement < _NEWTON
    return Solution(theta, state, decrement < 1e-14, decrement, active)


def _scaled_factor(matrix, damping):
    scale = 1 / np.sqrt(np.maximum(np.diag(matrix), 1e-300))
    scaled = matrix * np.outer(scale, scale)
    if damping:
        scaled[np.diag_indices_from(scaled)] += damping
    try:
        factor = np.linalg.cholesky(scaled)
    except np.linalg.LinAlgError:
        return None
    if np.diag(factor).min(initial=1.0) < 1e-9:
        return None
    return scale, factor


def _free_step(matrix, slope, damping):
    found = _scaled_factor(matrix, damping)
    if found is None:
        return None
    scale, factor = found
    half = np.linalg.solve(factor, slope * scale)
    return scale * np.linalg.solve(factor.T, half), float(half @ half), None


def _constrained_step(matrix, slope, normal, gap, damping):
    """Newton's step onto the linearized constraints: a particular one, then along them.

    The multipliers solve slope = normal' multipliers where the search ends.
    """
    span = null_space(normal)
    onto = np.linalg.lstsq(normal, -gap, rcond=None)[0]
    step, decrement = onto, 0.0
    if span.shape[1]:
        found = _free_step(span.T @ matrix @ span, span.T @ (slope - matrix @ onto), damping)
        if found is None:
            return None
        step = onto + span @ found[0]
        decrement = found[1]
    multipliers = np.linalg.lstsq(normal.T, slope - matrix @ step, rcond=None)[0]
    scale = np.abs(onto) @ np.sqrt(np.maximum(np.diag(matrix), 0))
    return step, decrement + float(scale) ** 2, multipliers


def _shorten(model, sample, theta, step, state, constraints, active, penalty):
    """Shorten a step until the likelihood, less the penalty for open constraints, does not fall."""
    n = sample.n

    def merit(at, value):
        if not penalty:
            return value / n
        return value / n - penalty * np.abs(constraints.values(at, active)).sum()

    base, length = merit(theta, state.value), 1.0
    slack = 1e-12 * (1 + abs(base))
    for _ in range(12):
        proposal = theta + length * step
        new = model.state(sample, proposal)
        if new is not None and merit(proposal, new.value) >= base - slack:
            return proposal, new, length
        length /= 2
    return theta, None, 0.0
