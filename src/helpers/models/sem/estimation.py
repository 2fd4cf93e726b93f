"""Find the maximum-likelihood solution of a path model, whatever the units of the data.

Where ML is equation-wise least squares the solution is a closed form. Any other model is solved
with every variable divided by its standard deviation, from several starts, and of the minima found
the lowest is taken: where two outcomes are linked by a path and by a residual covariance, the
likelihood can have more than one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from helpers.errors import InputError
from helpers.models.sem.least_squares import plan_least_squares, solve_least_squares
from helpers.models.sem.likelihood import (
    discrepancy,
    information,
    least_squares_start,
    solve_scoring,
)
from helpers.models.sem.structure import PathStructure

_DETERMINED = 1e-10
"""Smallest eigenvalue of an information matrix in correlation form that counts as not zero."""
_ROOM = 0.05
"""Smallest eigenvalue of the residual correlations that a start is widened to."""
_SAME = 1e-9
"""Discrepancies closer than this belong to the same minimum."""
_PATIENCE = 1000
"""Iterations allowed to the best start, where all others are given the usual hundred."""


@dataclass(frozen=True)
class CorrelationMetric:
    """A model for variables divided by their standard deviations.

    A coefficient is then c sd(x) / sd(y) and a residual covariance psi / (sd(a) sd(b)). Elements
    that share a parameter in the units of the data keep sharing it, each with a factor of its own
    (`PathStructure.factor`); the parameter itself is scaled by the geometric mean of theirs.

    Attributes
    ----------
    structure : PathStructure
        Takes parameters in this metric, and covariance matrices that `scale_moments` returns.
    sd : array, shape (p,)
    scale : array, shape (free,)
        Parameters in this metric over those in the units of the data.
    """

    structure: PathStructure
    sd: np.ndarray
    scale: np.ndarray

    def scale_moments(self, moments: np.ndarray) -> np.ndarray:
        """Covariance matrices, shape (..., p, p), in this metric."""
        return moments / np.outer(self.sd, self.sd)


def to_correlation_metric(structure: PathStructure, moments: np.ndarray) -> CorrelationMetric:
    """The model in the metric of one covariance matrix of shape (p, p)."""
    sd = np.sqrt(np.diag(moments))
    row, column = structure.coefficient_index.T
    a, b = structure.covariance_index.T
    factor = np.concatenate([sd[column] / sd[row], 1 / (sd[a] * sd[b])]) * structure.factor
    free = structure.parameter >= 0
    uses = np.bincount(structure.parameter[free], minlength=structure.n_parameters)
    logs = np.bincount(structure.parameter[free], np.log(factor[free]), structure.n_parameters)
    scale = np.exp(logs / uses)
    relative = factor.copy()
    relative[free] /= scale[structure.parameter[free]]
    terms = [
        term if term.fixed is None else replace(term, fixed=term.fixed * f)
        for term, f in zip(structure.terms, factor, strict=True)
    ]
    count = len(structure.coefficients)
    scaled = replace(
        structure,
        coefficients=tuple(terms[:count]),
        covariances=tuple(terms[count:]),
        factor=np.where(free, relative, 1.0),
    )
    return CorrelationMetric(scaled, sd, scale)


def estimate_path_model(structure: PathStructure, moments: np.ndarray) -> np.ndarray:
    """ML estimates of one sample.

    Parameters
    ----------
    structure : PathStructure
    moments : array, shape (p, p)
        Positive definite covariance matrix, divisor n, in the order of `structure.variables`.

    Returns
    -------
    array, shape (free,)
        In the units of the data.

    Raises
    ------
    InputError
        When the moments do not identify the parameters, fixed values leave no proper residual
        covariance matrix, or no start leads to a minimum.
    """
    _check_counts(structure)
    metric = to_correlation_metric(structure, moments)
    model, scaled = metric.structure, metric.scale_moments(moments)
    plan = plan_least_squares(model)
    if plan:
        theta = solve_least_squares(plan, scaled[None])[0]
        _check_determined(model, theta, scaled)
    else:
        start = _find_start(model, scaled)
        starts = np.array([start, *_further_starts(model, start)])
        theta = _lowest_minimum(model, scaled, starts)
    return theta / metric.scale


def check_identified(structure: PathStructure, moments: np.ndarray) -> None:
    """Raise InputError unless the moments, shape (p, p), identify every parameter.

    The expected information is judged where the residual covariance matrix is positive definite:
    at the least-squares solution, with its residual (co)variances widened where need be.
    """
    _check_counts(structure)
    metric = to_correlation_metric(structure, moments)
    _find_start(metric.structure, metric.scale_moments(moments))


def _check_counts(structure):
    if structure.n_parameters == 0:
        raise InputError("model has no free parameter; free at least one coefficient.")
    if structure.n_parameters > structure.n_moments:
        raise InputError(
            f"model is not identified: it has {structure.n_parameters} free parameters for "
            f"{structure.n_moments} sample moments; remove or fix parameters."
        )


def _find_start(structure, moments):
    """A start inside the parameter space, at which every parameter is identified."""
    start = _widen(structure, least_squares_start(structure, moments))
    if start is None:
        fixed = [t for t in structure.covariances if t.fixed is not None]
        shown = ", ".join(f"'{t.lhs} ~~ {t.rhs}'" for t in fixed)
        raise InputError(
            f"no residual covariance matrix is positive definite with the values fixed for "
            f"{shown}; free one of them."
            if fixed
            else "no residual covariance matrix of this model is positive definite; give "
            "variances and covariances different labels."
        )
    _check_determined(structure, start, moments)
    return start


def _check_determined(structure, theta, moments):
    if not _is_determined(information(structure, theta, moments, kind="expected")):
        raise InputError(
            "model is not identified: the data cannot tell some of its parameters apart; remove a "
            "residual covariance or a path between the same variables."
        )


def _is_determined(matrix: np.ndarray) -> bool:
    diagonal = np.diag(matrix)
    if not (np.isfinite(matrix).all() and (diagonal > 0).all()):
        return False
    scale = np.sqrt(diagonal)
    return bool(np.linalg.eigvalsh(matrix / np.outer(scale, scale))[0] > _DETERMINED)


def _residual_room(structure, theta) -> float:
    """Smallest eigenvalue of the residual correlation matrix; below 0 where there is none."""
    _, psi = structure.matrices(theta)
    variances = np.diag(psi)
    if not (variances > 0).all():
        return -1.0
    sd = np.sqrt(variances)
    return float(np.linalg.eigvalsh(psi / np.outer(sd, sd))[0])


def _widen(structure: PathStructure, theta: np.ndarray) -> np.ndarray | None:
    """`theta` with a positive definite Psi: free variances grow, free covariances shrink."""
    if _residual_room(structure, theta) > 1e-6:
        return theta
    a, b = structure.covariance_index.T
    free = structure.covariance_parameter >= 0
    variances = np.unique(structure.covariance_parameter[free & (a == b)])
    covariances = np.setdiff1d(structure.covariance_parameter[free], variances)
    theta = theta.copy()
    for _ in range(60):
        theta[variances] *= 1.5
        theta[covariances] *= 0.7
        if _residual_room(structure, theta) > _ROOM:
            return theta
    return theta if _residual_room(structure, theta) > 1e-8 else None


def _further_starts(structure: PathStructure, start: np.ndarray) -> Iterator[np.ndarray]:
    """Uncorrelated residuals; those outcomes unlinked that also covary; nothing related at all."""
    a, b = structure.covariance_index.T
    row, column = structure.coefficient_index.T
    linked = set(zip(a, b, strict=True)) | set(zip(b, a, strict=True))
    both = np.array([pair in linked for pair in zip(row, column, strict=True)], dtype=bool)
    covariances = structure.covariance_parameter[a != b]
    for emptied in (
        covariances,
        structure.coefficient_parameter[both],
        np.concatenate([covariances, structure.coefficient_parameter]),
    ):
        theta = start.copy()
        theta[emptied[emptied >= 0]] = 0.0
        widened = _widen(structure, theta)
        if widened is not None:
            yield widened


def _lowest_minimum(structure, moments, starts):
    many = np.broadcast_to(moments, (len(starts), *moments.shape))
    found, converged = solve_scoring(structure, many, starts)
    value = np.round(discrepancy(structure, found, many) / _SAME)
    best = int(np.argmin(value))
    if not converged[best]:  # a long flat valley
        found[best], converged[best] = solve_scoring(
            structure, moments, found[best], max_iterations=_PATIENCE
        )
    for k in np.argsort(value, kind="stable"):
        observed = information(structure, found[k], moments, kind="observed")
        if converged[k] and _is_determined(observed):
            return found[k]
    raise InputError(
        "maximum likelihood did not converge: no start leads to a minimum of the discrepancy; "
        "simplify the model."
    )
