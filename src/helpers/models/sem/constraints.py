"""Constraints of a model as functions of its free parameters."""

from __future__ import annotations

import numpy as np

from helpers.models.sem.estimates import evaluate_definitions
from helpers.models.sem.optimize import Constraints
from helpers.models.sem.reticular import Reticular


def build_constraints(layout: Reticular) -> Constraints | None:
    """What `==`, `<`, `>`, bounds and effect coding ask of the free parameters; None for nothing.

    Inequalities come first among those that must not be negative, then lower and upper bounds.
    """
    table = layout.table
    equal = [c.excess for c in table.constraints if c.op == "=="]
    unequal = [c.excess for c in table.constraints if c.op != "=="]
    rows = range(len(table.rows))
    lower = [k for k in rows if np.isfinite(table.rows[k].lower) and layout.parameter[k] >= 0]
    upper = [k for k in rows if np.isfinite(table.rows[k].upper) and layout.parameter[k] >= 0]
    linear = table.linear
    if not (equal or unequal or lower or upper or len(linear)):
        return None
    low = np.array([table.rows[k].lower for k in lower])
    high = np.array([table.rows[k].upper for k in upper])

    def expressions(found, theta, values):
        lead = values.shape[:-1]
        if not found:
            return np.zeros((*lead, 0), dtype=values.dtype)
        names = evaluate_definitions(table, values)
        return np.stack([np.broadcast_to(e.evaluate(names), lead) for e in found], axis=-1)

    def equal_values(theta):
        values = layout.values(theta)
        by_coding = values @ linear[:, :-1].T + linear[:, -1]
        return np.concatenate([expressions(equal, theta, values), by_coding], axis=-1)

    def positive_values(theta):
        values = layout.values(theta)
        parts = [expressions(unequal, theta, values), values[..., lower] - low]
        return np.concatenate([*parts, high - values[..., upper]], axis=-1)

    return Constraints(
        equal=equal_values,
        positive=positive_values,
        n_equal=len(equal) + len(linear),
        n_positive=len(unequal) + len(lower) + len(upper),
    )
