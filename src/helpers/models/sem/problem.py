"""A model meets data: what is conditioned on, starts, the solution."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property, lru_cache

import numpy as np

from helpers.errors import InputError
from helpers.inputs import check_varying
from helpers.models.sem.constraints import build_constraints
from helpers.models.sem.estimates import GivenMoments
from helpers.models.sem.fitted import Fitted
from helpers.models.sem.missing import saturated_moments
from helpers.models.sem.optimize import (
    Constraints,
    Solution,
    climb,
    free_space,
    maximize,
    null_space,
)
from helpers.models.sem.patterns import PatternSample, sort_patterns
from helpers.models.sem.reticular import CONSTANT, Reticular, lay_out, stack_moments
from helpers.models.sem.starts import starting_values
from helpers.models.sem.table import ParameterTable


@lru_cache(maxsize=64)
def _layout(table, given) -> Reticular:
    return lay_out(table, given)


class Problem:
    """A table with data: the layout, the sample, the moments that are conditioned on."""

    def __init__(
        self,
        table: ParameterTable,
        values: np.ndarray,
        fixed_x: bool,
        place: Callable[..., Reticular] | None = None,
    ):
        columns = {v: k for k, v in enumerate(table.observed)}
        seen = np.isfinite(values)
        given_x = tuple(v for v in table.exogenous if seen[:, columns[v]].all())
        given = ((CONSTANT,) if table.meanstructure else ()) + given_x
        self.layout = (place or _layout)(table, given)
        self.n = len(values)
        y = values[:, [columns[v] for v in self.layout.modeled]]
        x = values[:, [columns[v] for v in given_x]]
        self.x = x
        self._check(y, x)
        self.given, self.sample = condition(self.layout, y, x, not fixed_x)

    @cached_property
    def free_moments(self) -> tuple[np.ndarray, np.ndarray]:
        """P and V without restrictions."""
        return saturated_moments(self.sample)

    @property
    def n_moments(self) -> int:
        """Number of elements of P and V."""
        return len(stack_moments(*self.free_moments))

    def starts(self) -> Iterator[np.ndarray]:
        """Several starts, the best first."""
        moments = total_moments(*self.free_moments, self.given, self.layout)
        return starting_values(self.layout, *moments)

    def _check(self, y, x):
        p = y.shape[1] + x.shape[1]
        if self.n <= p:
            raise InputError(
                f"data has {self.n} cases for {p} variables; a model needs more cases than "
                "variables."
            )
        names = (*self.layout.modeled, *self.layout.given[len(self.layout.given) - x.shape[1] :])
        check_varying(np.column_stack([y, x]), [f"column '{name}'" for name in names])
        if x.shape[1] > 1:
            spread = (x - x.mean(axis=0)) / x.std(axis=0)
            factor = np.linalg.qr(spread, mode="r")
            low = np.flatnonzero(np.abs(np.diag(factor)) < 1e-5 * np.sqrt(self.n))
            if low.size:
                name = self.layout.given[-x.shape[1] :][int(low[0])]
                raise InputError(
                    f"column '{name}' is an exact linear combination of other exogenous columns; "
                    "remove one of them."
                )


def condition(
    layout: Reticular, y: np.ndarray, x: np.ndarray, random: bool
) -> tuple[GivenMoments, PatternSample]:
    """Moments of the complete exogenous variables `x`, and `y` given them by patterns."""
    means = x.mean(axis=0) if x.size else np.zeros(x.shape[1])
    centered = x - means
    covariance = centered.T @ centered / len(x)
    constant = CONSTANT in layout.given
    names = layout.given[1:] if constant else layout.given
    if constant:
        w = np.column_stack([np.ones(len(x)), x])
    else:
        y, w = y - y.mean(axis=0), centered
    return GivenMoments(names, means, covariance, random, constant), sort_patterns(y, w)


def total_moments(slopes, covariance, given: GivenMoments, layout: Reticular):
    """Means and covariances of the modeled and the given variables from P and V."""
    one = 1 if CONSTANT in layout.given else 0
    b = slopes[:, one:]
    cross = b @ given.covariance
    among = covariance + cross @ b.T
    level = b @ given.means + (slopes[:, 0] if one else 0.0)
    joint = np.block([[among, cross], [cross.T, given.covariance]])
    return np.concatenate([level, given.means]), joint


def solve(problem: Problem) -> tuple[Fitted, Constraints | None, np.ndarray]:
    """The ML solution, the constraints, and which inequalities hold as equalities."""
    layout = problem.layout
    if layout.n_parameters == 0:
        raise InputError("model has no free parameter; free at least one coefficient.")
    constraints = build_constraints(layout)
    df = problem.n_moments - layout.n_parameters + _count_equal(constraints, layout)
    if df < 0:
        raise InputError(
            f"model is not identified: it has {-df} more free parameters than the data have "
            "moments; remove or fix parameters."
        )
    solution = _best(problem, constraints)
    span = free_space(constraints, solution.theta, solution.active)
    bounds = constraints.n_positive if constraints else 0
    held = solution.active.copy()
    held[bounds - _count_bounds(layout) :] = False
    span = free_space(constraints, solution.theta, held)
    n_equal = len(solution.theta) - span.shape[1] if span is not None else 0
    n_equal -= int(held.sum())
    fitted = Fitted(layout, solution.theta, solution.state, span, n_equal)
    _check_identified(fitted)
    return fitted, constraints, solution.active


def _count_bounds(layout: Reticular) -> int:
    rows = layout.table.rows
    return sum(int(np.isfinite(r.lower)) + int(np.isfinite(r.upper)) for r in rows)


def _count_equal(constraints, layout) -> int:
    """Rank of the equality constraints, at a point that is no special one."""
    if constraints is None or not constraints.n_equal:
        return 0
    at = 0.5 + 0.1 * np.sin(np.arange(layout.n_parameters))
    none = np.zeros(constraints.n_positive, dtype=bool)
    return layout.n_parameters - null_space(constraints.jacobian(at, none)).shape[1]


def _best(problem: Problem, constraints) -> Solution:
    """The solution of the first start that leads to one.

    A start gets 100 steps, since most need less than 20; from the highest point that all of them
    reach the search goes on.
    """
    layout, sample = problem.layout, problem.sample
    highest = None
    for start in problem.starts():
        found = maximize(layout, sample, start, constraints=constraints, max_iterations=100)
        if found is not None and found.converged:
            return found
        if found is not None and (highest is None or found.state.value > highest.state.value):
            highest = found
    if highest is None:
        raise InputError(
            "no start has a positive definite covariance matrix: the values that the model fixes, "
            "or starts from, do not go together; free one of them."
        )
    start = highest.theta if constraints else climb(layout, sample, highest.theta)
    found = maximize(layout, sample, start, constraints=constraints)
    if found is not None and found.converged:
        return found
    raise InputError(
        "maximum likelihood did not converge; simplify the model, give starting values, or check "
        "that each factor has enough indicators that belong together."
    )


def _check_identified(fitted: Fitted) -> None:
    matrix = fitted.information("expected")
    if fitted.span is not None:
        matrix = fitted.span.T @ matrix @ fitted.span
    scale = np.sqrt(np.maximum(np.diag(matrix), 0.0))
    if not scale.all() or np.linalg.eigvalsh(matrix / np.outer(scale, scale))[0] < 1e-9:
        raise InputError(
            "model is not identified: the data cannot tell some of its parameters apart; fix or "
            "remove one of them."
        )
