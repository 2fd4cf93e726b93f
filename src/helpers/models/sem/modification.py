"""What would let a general model fit better: modification indices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations_with_replacement

import numpy as np
import pandas as pd
from scipy.stats import chi2

from helpers.models.sem.estimates import Reporter
from helpers.models.sem.fitted import Fitted, invert
from helpers.models.sem.gaussian import gradient as moment_gradient
from helpers.models.sem.gaussian import information, stack_gradient
from helpers.models.sem.reticular import Reticular, lay_out
from helpers.models.sem.table import ParameterTable, Row


def modification_indices(
    parts: Sequence[tuple[Fitted, Reporter, np.ndarray]],
) -> list[pd.DataFrame]:
    """Score tests of parameters that are fixed or that the model does not have, one at a time.

    A part is the model at its solution, its reporter and all parameters of that. Paths into
    exogenous variables are not tested, for these are taken as given.
    With s the score by an added parameter and v its information less what the model's own
    parameters take of it, the index is n s^2 / v and the expected change s / v (Sörbom, 1989,
    https://doi.org/10.1007/BF02294623).
    """
    k = parts[0][0].model.n_parameters
    added = [_added(model.model) for model, _, _ in parts]
    ends = k + np.cumsum([len(extra) for _, extra, _ in added])
    theta = np.concatenate([parts[0][0].theta, *(values for _, _, values in added)])
    slope, matrix = np.zeros(ends[-1]), np.zeros((ends[-1],) * 2)
    for (model, _, _), (kept, extra, _), end in zip(parts, added, ends, strict=True):
        layout = model.model
        table = replace(layout.table, rows=(*(layout.table.rows[i] for i in kept), *extra))
        numbers = np.concatenate([layout.parameter[kept], np.arange(end - len(extra), end)])
        wider = replace(
            lay_out(table, layout.given), parameter=numbers, n_parameters=len(theta), _last=[]
        )
        own = wider.jacobian(theta)
        slope += own.T @ stack_gradient(*moment_gradient(model.state))
        matrix += own.T @ information(model.state, kind="expected") @ own
    n = sum(model.state.sample.n for model, _, _ in parts)
    slope, matrix = slope / n, matrix / n
    mine = invert(matrix[:k, :k], parts[0][0].span)
    taken = np.einsum("ij,jk,ki->i", matrix[k:, :k], mine, matrix[:k, k:])
    left = np.diag(matrix)[k:] - taken
    with np.errstate(divide="ignore", invalid="ignore"):
        usable = left > 1e-6 * np.diag(matrix)[k:]
        mi = np.where(usable, n * slope[k:] ** 2 / left, np.nan)
        epc = np.where(usable, slope[k:] / left, np.nan)
    tables = []
    for (model, reporter, full), (_, extra, _), end in zip(parts, added, ends, strict=True):
        place = slice(end - len(extra) - k, end - k)
        factors = _standardizing(extra, model.model.table, reporter, full)
        tables.append(
            pd.DataFrame([(r.lhs, r.op, r.rhs) for r in extra], columns=["lhs", "op", "rhs"])
            .assign(mi=mi[place], pvalue=chi2.sf(mi[place], 1), epc=epc[place])
            .assign(sepc_all=epc[place] * factors)
            .dropna(subset="mi")
            .sort_values("mi", ascending=False, kind="stable", ignore_index=True)
        )
    return tables


def _added(layout: Reticular):
    """Rows that are kept, by number; rows that are freed or new, and their values."""
    rows = layout.table.rows
    held = np.flatnonzero(layout.parameter == -1)
    kept = np.flatnonzero(layout.parameter != -1)
    new = [Row(*key) for key in _candidates(layout.table)]
    extra = [*(replace(rows[i], fixed=None, label="") for i in held), *new]
    return kept, extra, np.array([*(rows[i].fixed for i in held), *(0.0 for _ in new)], dtype=float)


def _standardizing(rows, table: ParameterTable, reporter: Reporter, full) -> np.ndarray:
    """By what a value of each row is multiplied to be completely standardized."""
    _, covariance, names = reporter.joint(full)
    sd = dict(zip(names, np.sqrt(np.abs(np.diag(covariance))), strict=True))
    own_sd = _residual_sd(table, reporter, full, sd)
    factors = []
    for row in rows:
        if row.op == "=~":
            factors.append(sd[row.lhs] / sd[row.rhs])
        elif row.op in ("~", "<~"):
            factors.append(sd[row.rhs] / sd[row.lhs])
        elif row.op == "~1":
            factors.append(1 / sd[row.lhs])
        elif row.lhs == row.rhs:
            factors.append(1 / sd[row.lhs] ** 2)
        else:
            factors.append(1 / (own_sd[row.lhs] * own_sd[row.rhs]))
    return np.array(factors)


def _residual_sd(table, reporter, full, sd):
    elements = reporter.elements(full)
    own = dict(sd)
    for k, row in enumerate(table.rows):
        if row.op == "~~" and row.lhs == row.rhs:
            own[row.lhs] = np.sqrt(abs(elements[k])) or np.nan
    return own


def _candidates(table: ParameterTable):
    """Loadings, (residual) covariances and paths that could be added, as lavaan lists them."""
    present = {(r.lhs, r.op, r.rhs) for r in table.rows}
    present |= {(r.rhs, r.op, r.lhs) for r in table.rows if r.op == "~~"}
    measured = {r.rhs for r in table.rows if r.op == "=~"}
    indicators = [v for v in table.observed if v in measured]
    in_paths = [r for r in table.rows if r.op == "~"]
    paths = list(dict.fromkeys([*(r.lhs for r in in_paths), *(r.rhs for r in in_paths)]))
    others = [v for v in table.observed if v not in (*table.exogenous, *table.auxiliary)]
    for factor in table.latent:
        for v in others:
            if v not in paths and (factor, "=~", v) not in present:
                yield (factor, "=~", v)
    for group in (indicators, table.latent):
        for a, b in combinations_with_replacement(group, 2):
            if (a, "~~", b) not in present:
                yield (a, "~~", b)
    outcomes = [v for v in paths if v not in table.exogenous]
    for y in outcomes:
        for x in paths:
            known = (y, "~", x) in present or (x, "=~", y) in present
            if y != x and not known and not (y in indicators and x in table.latent):
                yield (y, "~", x)
