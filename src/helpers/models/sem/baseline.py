"""The baseline of a general model: variables without relations, at their own solution."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np

from helpers.models.sem.fitted import Fitted
from helpers.models.sem.optimize import maximize
from helpers.models.sem.patterns import PatternSample
from helpers.models.sem.reticular import Reticular, lay_out
from helpers.models.sem.starts import starting_values
from helpers.models.sem.table import ParameterTable, Row


def baseline_table(table: ParameterTable) -> ParameterTable:
    """The model of no relations; exogenous and auxiliary variables stay as they are.

    Auxiliary variables keep all their covariances, as in semTools' `auxiliary()`.
    """
    rows = []
    for row in table.rows:
        special = row.lhs in table.auxiliary or row.rhs in table.auxiliary
        if row.exogenous or (row.op == "~~" and special):
            rows.append(replace(row, fixed=None, label=""))
    present = {(r.lhs, r.op, r.rhs) for r in rows}
    for v in table.observed:
        if (v, "~~", v) not in present:
            rows.append(Row(v, "~~", v))
        if table.meanstructure and (v, "~1", "") not in present:
            rows.append(Row(v, "~1", ""))
    return ParameterTable(
        rows=tuple(rows),
        observed=table.observed,
        latent=(),
        exogenous=table.exogenous,
        auxiliary=table.auxiliary,
        definitions=(),
        constraints=(),
        linear=np.zeros((0, len(rows) + 1)),
        meanstructure=table.meanstructure,
    )


def fit_baseline(layout: Reticular, sample: PatternSample, means, covariance) -> Fitted | None:
    """The baseline at its solution; `means` and `covariance` are the unrestricted ones."""
    model = _baseline_layout(layout)
    if sample.complete and not layout.table.auxiliary:
        return _closed_baseline(model, sample, means, covariance)
    for start in starting_values(model, means, covariance):
        solution = maximize(model, sample, start)
        if solution is not None and solution.converged:
            return Fitted(model, solution.theta, solution.state)
    return None


@lru_cache(maxsize=64)
def _baseline_layout(layout: Reticular) -> Reticular:
    return lay_out(baseline_table(layout.table), layout.given)


def _closed_baseline(model: Reticular, sample: PatternSample, means, covariance) -> Fitted:
    """Complete data: each modeled variable has its own mean and variance."""
    theta = np.zeros(model.n_parameters)
    place = {v: k for k, v in enumerate(model.modeled)}
    for row, number in zip(model.table.rows, model.parameter, strict=True):
        if number >= 0:
            k, j = place[row.lhs], place.get(row.rhs)
            theta[number] = means[k] if row.op == "~1" else covariance[k, j]
    return Fitted(model, theta, model.state(sample, theta))
