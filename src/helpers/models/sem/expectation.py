"""FIML of path models whose complete-data ML is least squares, for many draws of a sample at once.

A step of EM completes the sums and cross products of each pattern of missing values by the
regression of what is missing on what is observed, and solves the model from them (Little & Rubin,
2002, *Statistical analysis with missing data*, section 11.3). With a constant in front of the
variables, means are moments like the others.
"""

from __future__ import annotations

import numpy as np

from helpers.models.sem.least_squares import LeastSquaresPlan, solve_least_squares
from helpers.models.sem.likelihood import implied_moments

__all__ = ["solve_incomplete", "sum_patterns"]


def sum_patterns(values: np.ndarray, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Sums and cross products of each pattern of missing values in each draw.

    Parameters
    ----------
    values : array, shape (n, p)
        NaN where missing.
    counts : array, shape (B, n)
        How often each draw takes each case.

    Returns
    -------
    seen : bool array, shape (G, 1 + p)
        What each pattern observes, the constant first.
    sums : array, shape (B, G, 1 + p, 1 + p)
        Of the products of the constant and the variables, 0 where one is missing.

    Examples
    --------
    >>> seen, sums = sum_patterns(np.array([[1.0, 2.0], [3.0, np.nan]]), np.ones((1, 2)))
    >>> seen
    array([[ True,  True, False],
           [ True,  True,  True]])
    >>> sums[0, 1]
    array([[1., 1., 2.],
           [1., 1., 2.],
           [2., 2., 4.]])
    """
    rows = np.column_stack([np.ones(len(values)), values])
    seen, pattern = np.unique(np.isfinite(rows), axis=0, return_inverse=True)
    rows = np.where(np.isfinite(rows), rows, 0.0)
    products = (rows[:, :, None] * rows[:, None, :]).reshape(len(rows), -1)
    own = [np.flatnonzero(pattern.ravel() == g) for g in range(len(seen))]
    sums = np.stack([counts[:, cases] @ products[cases] for cases in own], axis=1)
    return seen, sums.reshape(*sums.shape[:2], rows.shape[1], rows.shape[1])


def solve_incomplete(
    plan: LeastSquaresPlan,
    seen: np.ndarray,
    sums: np.ndarray,
    start: np.ndarray,
    *,
    tolerance: float = 1e-4,
    max_iterations: int = 500,
) -> np.ndarray:
    """FIML estimates of many draws, exogenous variables random and all means free.

    Parameters
    ----------
    plan : LeastSquaresPlan
    seen, sums
        As `sum_patterns` gives them.
    start : array, shape (p, p)
        Covariance matrix to begin with, its means being zero.
    tolerance : float
        Largest change of a mean or a mean product in the last step, the variables' variances
        being about 1.
    max_iterations : int

    Returns
    -------
    array, shape (B, free)
        NaN where there is no solution or it was not reached.

    Notes
    -----
    Validated: tests/reference/power/test_incomplete.py, lavaan 0.6-14, and
    tests/unit/models/sem/test_expectation.py, `fit_sem` and `bootstrap_sem`.

    Examples
    --------
    >>> from helpers.models.sem.least_squares import plan_least_squares
    >>> from helpers.models.sem.structure import build_structure
    >>> from helpers.models.sem.syntax import parse_model
    >>> plan = plan_least_squares(build_structure(parse_model("y ~ b*x")))
    >>> rng = np.random.default_rng(1)
    >>> values = rng.standard_normal((500, 2)) @ np.array([[1.0, 0.0], [0.6, 1.0]])
    >>> values[:100, 0] = np.nan
    >>> solve_incomplete(plan, *sum_patterns(values, np.ones((1, 500))), np.eye(2)).round(2)
    array([[0.57, 0.95]])
    """
    structure = plan.structure
    p, fixed = len(structure.variables), len(structure.exogenous)
    free = structure.n_parameters + fixed * (fixed + 1) // 2
    restricts = free < p * (p + 1) // 2
    whole = seen.all(axis=1)
    complete, parts = sums[:, whole].sum(axis=1), sums[:, ~whole]
    pairs = seen[~whole, :, None] & seen[~whole, None, :]
    moments = np.zeros_like(complete)
    moments[:, 0, 0], moments[:, 1:, 1:] = 1.0, start
    moving = np.arange(len(sums))
    for _ in range(max_iterations):
        before = moments[moving]
        at = _complete(before, complete[moving], parts[moving], pairs)
        if restricts:
            at = _implied(plan, at)
        moments[moving] = at
        # a draw without a solution, NaN, moves no more
        moving = moving[np.abs(at - before).max(axis=(1, 2)) >= tolerance]
        if not moving.size:
            break
    theta = np.full((len(sums), structure.n_parameters), np.nan)
    usable = np.isfinite(moments).all(axis=(1, 2))
    usable[moving] = False
    theta[usable] = solve_least_squares(plan, _covariances(moments[usable]))
    return theta


def _covariances(moments: np.ndarray) -> np.ndarray:
    mean = moments[:, 0, 1:]
    return moments[:, 1:, 1:] - mean[:, :, None] * mean[:, None, :]


def _implied(plan: LeastSquaresPlan, moments: np.ndarray) -> np.ndarray:
    """The moments with the covariance matrix that the model fitted to them implies."""
    covariance = _covariances(moments)
    found = solve_least_squares(plan, covariance)
    implied = moments.copy()
    implied[:, 1:, 1:] += implied_moments(plan.structure, found, covariance) - covariance
    return implied


def _complete(
    moments: np.ndarray, complete: np.ndarray, parts: np.ndarray, pairs: np.ndarray
) -> np.ndarray:
    """Expected mean products of all variables, given what is observed; shape (B, q, q)."""
    each = np.where(pairs, moments[:, None], np.eye(moments.shape[-1]))
    precision = np.where(pairs, np.linalg.inv(each), 0.0)
    slopes = moments[:, None] @ precision
    left = moments[:, None] - slopes @ moments[:, None]
    filled = slopes @ parts @ np.swapaxes(slopes, -1, -2) + parts[..., :1, :1] * left
    total = complete + filled.sum(axis=1)
    return total / total[:, :1, :1]
