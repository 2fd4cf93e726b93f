"""Path models whose ML solution is equation-wise least squares, for many samples at once.

The likelihood of a recursive model factorizes over groups of outcomes with correlated residuals. A
group of one is a regression, with or without equal or fixed coefficients inside it. A group of
several with all its residual covariances free and the same predictors in every equation is a
seemingly unrelated regression that equals equation-wise least squares (Zellner, 1962,
https://doi.org/10.1080/01621459.1962.10480664). Any other model has no plan here and is solved by
scoring.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from helpers.models.sem.likelihood import collinear_samples
from helpers.models.sem.structure import PathStructure


@dataclass(frozen=True)
class _Equation:
    """One regression: y = z'(fixed + design @ b); `parameters` are the places of b in theta."""

    outcome: int
    fixed: np.ndarray
    design: np.ndarray
    parameters: np.ndarray


@dataclass(frozen=True)
class LeastSquaresPlan:
    """How to solve a model by least squares.

    Attributes
    ----------
    structure : PathStructure
    shared : int array
        Exogenous variables with a free coefficient of its own in every equation; they are
        partialled out once for all equations.
    equations : tuple
        What is left of each equation after that.
    shared_parameters : int array, shape (outcomes, shared)
        Places in theta of the shared variables' coefficients.
    """

    structure: PathStructure
    shared: np.ndarray
    equations: tuple[_Equation, ...]
    shared_parameters: np.ndarray


def plan_least_squares(structure: PathStructure) -> LeastSquaresPlan | None:
    """A plan when ML equals equation-wise least squares, else None."""
    if not _is_least_squares(structure):
        return None
    m, p = len(structure.endogenous), len(structure.variables)
    own = _own_coefficients(structure)
    counts = np.bincount(structure.coefficient_index[own, 1], minlength=p)
    shared = np.flatnonzero((counts == m) & (np.arange(p) >= m))
    shared_parameters = np.empty((m, len(shared)), dtype=int)
    place = {variable: k for k, variable in enumerate(shared.tolist())}
    equations = []
    for outcome in range(m):
        fixed, columns = np.zeros(p), {}
        for k in np.flatnonzero(structure.coefficient_index[:, 0] == outcome):
            variable, parameter = structure.coefficient_index[k, 1], structure.parameter[k]
            if variable in place:
                shared_parameters[outcome, place[variable]] = parameter
            elif parameter < 0:
                fixed[variable] = structure.fixed[k]
            else:
                columns.setdefault(parameter, np.zeros(p))[variable] += structure.factor[k]
        design = np.array(list(columns.values())).reshape(-1, p).T
        equations.append(_Equation(outcome, fixed, design, np.array(list(columns), dtype=int)))
    return LeastSquaresPlan(structure, shared, tuple(equations), shared_parameters)


def _own_coefficients(structure):
    """Free coefficients whose parameter is no other term's."""
    free = structure.coefficient_parameter >= 0
    uses = np.bincount(structure.parameter[structure.parameter >= 0])
    return free & (uses[np.maximum(structure.coefficient_parameter, 0)] == 1)


def _is_least_squares(structure: PathStructure) -> bool:
    residual = structure.covariance_parameter
    if (residual < 0).any() or len(np.unique(residual)) < len(residual):
        return False
    row, parameter = structure.coefficient_index[:, 0], structure.coefficient_parameter
    first = np.full(structure.n_parameters, len(structure.endogenous))
    last = np.full(structure.n_parameters, -1)
    free = parameter >= 0
    np.minimum.at(first, parameter[free], row[free])
    np.maximum.at(last, parameter[free], row[free])
    if (first < last).any():  # a parameter of two equations
        return False
    m = len(structure.endogenous)
    a, b = structure.covariance_index.T
    count, group = connected_components(coo_array((np.ones(len(a)), (a, b)), shape=(m, m)), False)
    own = _own_coefficients(structure)
    for number in range(count):
        members = np.flatnonzero(group == number)
        if len(members) == 1:
            continue
        pairs = np.isin(a, members).sum()
        if pairs != len(members) * (len(members) + 1) // 2:
            return False
        predictors = [set(structure.coefficient_index[row == y, 1]) for y in members]
        if any(found != predictors[0] for found in predictors) or predictors[0] & set(members):
            return False
        if not own[np.isin(row, members)].all():
            return False
    return True


def solve_least_squares(plan: LeastSquaresPlan, moments: np.ndarray) -> np.ndarray:
    """ML estimates of many samples, shape (B, p, p) to (B, free); NaN for singular moments."""
    theta = np.full((len(moments), plan.structure.n_parameters), np.nan)
    usable = ~collinear_samples(moments)
    theta[usable] = _solve_usable(plan, moments[usable])
    return theta


def _solve_usable(plan, moments):
    structure, shared = plan.structure, plan.shared
    m = len(structure.endogenous)
    rest = np.setdiff1d(np.arange(moments.shape[-1]), shared)
    cross = moments[:, shared[:, None], rest]
    slopes = np.linalg.solve(moments[:, shared[:, None], shared], cross)
    partial = moments[:, rest[:, None], rest] - np.swapaxes(cross, -1, -2) @ slopes

    theta = np.zeros((len(moments), structure.n_parameters))
    residual_map = np.zeros((len(moments), m, len(rest)))
    for equation in plan.equations:
        design, target = equation.design[rest], -equation.fixed[rest]
        target[np.flatnonzero(rest == equation.outcome)[0]] += 1.0
        projected = design.T @ partial
        b = np.zeros((len(moments), 0))
        if design.shape[1]:
            b = np.linalg.solve(projected @ design, (projected @ target)[..., None])[..., 0]
        theta[:, equation.parameters] = b
        residual_map[:, equation.outcome] = target - b @ design.T
    theta[:, plan.shared_parameters] = residual_map @ np.swapaxes(slopes, -1, -2)

    residuals = residual_map @ partial @ np.swapaxes(residual_map, -1, -2)
    row, column = structure.covariance_index.T
    theta[:, structure.covariance_parameter] = residuals[:, row, column]
    return theta
