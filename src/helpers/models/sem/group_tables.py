"""Parameter tables of several groups: what is free in each, and what is equal across them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd
from scipy.linalg import block_diag

from helpers.errors import InputError, did_you_mean
from helpers.models.sem.gaussian import MomentModel, State
from helpers.models.sem.patterns import PatternSample
from helpers.models.sem.reticular import Reticular
from helpers.models.sem.syntax import ModelSyntax
from helpers.models.sem.table import ParameterTable, Row, build_table

EQUAL = (
    "loadings",
    "composite.loadings",
    "intercepts",
    "means",
    "regressions",
    "residuals",
    "residual.covariances",
    "lv.variances",
    "lv.covariances",
)
"""What can be equal across groups, in lavaan's words (`group.equal`)."""


@dataclass(frozen=True, eq=False)
class GroupedTable(ParameterTable):
    """The rows of all groups, one group after the other; definitions and constraints are theirs.

    Attributes
    ----------
    parts : tuple of ParameterTable
    names : tuple of str
    """

    parts: tuple[ParameterTable, ...]
    names: tuple[str, ...]

    @cached_property
    def keys(self) -> pd.DataFrame:
        """`group lhs op rhs label` of the rows, then of the definitions, which are of no group."""
        keys = super().keys
        group = np.repeat(self.names, [len(part.rows) for part in self.parts])
        group = np.concatenate([group, np.repeat("", len(self.definitions))])
        return keys.assign(group=group)[["group", *keys.columns]]


def build_groups(
    syntaxes: Sequence[ModelSyntax],
    names: Sequence[str],
    *,
    equal: Sequence[str] = (),
    partial: Sequence[str] = (),
    **options,
) -> GroupedTable:
    """Lay out the parameters of all groups, as `lavaan::sem(group = )`.

    Parameters
    ----------
    syntaxes : sequence of ModelSyntax
        One a group.
    names : sequence of str
    equal : sequence of str
        Kinds of parameters that are equal across groups, see `EQUAL`. Where intercepts are equal,
        factors of all groups but the first have free means (unless "means" are equal too); where
        loadings are equal and factors have variance 1, they have it in the first group only.
    partial : sequence of str
        Parameters that are not equal all the same, written as `f=~x2`, `x3~1`, `x1~~x1`.
    **options
        Of `build_table`.
    """
    _check_kinds(equal)
    parts = [build_table(syntax, **options) for syntax in syntaxes]
    unknown = [p for p in partial if p not in {_written(r) for r in parts[0].rows}]
    if unknown:
        raise InputError(f"group_partial: {unknown[0]!r} is no parameter of the model.")
    later = zip(parts[1:], syntaxes[1:], strict=True)
    freed = [parts[0], *(_free_levels(part, syntax, equal, options) for part, syntax in later)]
    shared = {
        _written(row): row.label or f".{_written(row)}."
        for row in parts[0].rows
        if not row.exogenous
        and row.fixed is None
        and _written(row) not in partial
        and _kind(row, parts[0]) in equal
    }
    tables = tuple(
        replace(
            part,
            rows=tuple(
                row
                if row.label or row.fixed is not None
                else replace(row, label=shared.get(_written(row), ""))
                for row in part.rows
            ),
            definitions=(),
            constraints=(),
        )
        for part in freed
    )
    first = parts[0]
    linear = block_diag(*(t.linear[:, :-1] for t in tables))
    constants = np.concatenate([t.linear[:, -1] for t in tables])
    return GroupedTable(
        rows=tuple(row for table in tables for row in table.rows),
        observed=first.observed,
        latent=first.latent,
        exogenous=first.exogenous,
        auxiliary=first.auxiliary,
        definitions=first.definitions,
        constraints=first.constraints,
        linear=np.column_stack([linear, constants]),
        meanstructure=first.meanstructure,
        parts=tables,
        names=tuple(names),
    )


def _check_kinds(equal: Sequence[str]) -> None:
    if isinstance(equal, str):
        raise InputError(f"group_equal={equal!r} is a text; give a list such as ['loadings'].")
    for word in equal:
        if word not in EQUAL:
            raise InputError(
                f"group_equal: {word!r} is not known: choose of {', '.join(EQUAL)}."
                f"{did_you_mean(word, EQUAL)}"
            )


def _written(row: Row) -> str:
    return f"{row.lhs}{row.op}{row.rhs}"


def _kind(row: Row, table: ParameterTable) -> str:
    """The word of `group.equal` that a row belongs to."""
    latent, own = row.lhs in table.latent, row.lhs == row.rhs
    if row.op == "~~" and latent:
        return "lv.variances" if own else "lv.covariances"
    if row.op == "~1" and latent:
        return "means"
    return {
        "=~": "loadings",
        "<~": "composite.loadings",
        "~": "regressions",
        "~1": "intercepts",
        "~~": "residuals" if own else "residual.covariances",
    }[row.op]


def _free_levels(table: ParameterTable, syntax: ModelSyntax, equal, options) -> ParameterTable:
    """A later group, with the means and variances of its factors that equal parameters free."""
    written = {(t.op, t.lhs) for t in syntax.terms if t.op == "~1" or t.lhs == t.rhs}
    means = "intercepts" in equal and "means" not in equal
    variances = options.get("std_lv") and "loadings" in equal and "lv.variances" not in equal

    def freed(row: Row) -> bool:
        if row.lhs not in table.latent or (row.op, row.lhs) in written:
            return False
        return (means and row.op == "~1") or (
            variances and row.op == "~~" and row.lhs == row.rhs and row.fixed == 1.0
        )

    rows = (replace(row, fixed=None) if freed(row) else row for row in table.rows)
    return replace(table, rows=tuple(rows))


# ---- the model of all groups -------------------------------------------------------------------


@dataclass(frozen=True)
class GroupedSample:
    """The samples of all groups."""

    parts: tuple[PatternSample, ...]

    @cached_property
    def n(self) -> int:
        """Number of cases."""
        return sum(part.n for part in self.parts)

    @cached_property
    def complete(self) -> bool:
        """Whether no value is missing."""
        return all(part.complete for part in self.parts)


@dataclass(frozen=True)
class GroupedState:
    """The likelihoods of all groups; `value` is their sum."""

    sample: GroupedSample
    parts: tuple[State, ...]
    value: float


@dataclass(frozen=True, eq=False)
class GroupedLayout(MomentModel):
    """The layouts of all groups, whose parameters are numbered together."""

    table: GroupedTable
    parts: tuple[Reticular, ...]

    @property
    def n_parameters(self) -> int:
        """Number of free parameters."""
        return self.parts[0].n_parameters

    @cached_property
    def parameter(self) -> np.ndarray:
        """Which free parameter a row of the table is; -1 and -2 as in `Reticular`."""
        return np.concatenate([part.parameter for part in self.parts])

    def values(self, theta: np.ndarray) -> np.ndarray:
        """Values of the rows of the table; (..., free) to (..., rows)."""
        return np.concatenate([part.values(theta) for part in self.parts], axis=-1)

    def state(self, sample: GroupedSample, theta: np.ndarray) -> GroupedState | None:
        """The likelihood at `theta`; None where it does not exist."""
        states = []
        for part, own in zip(self.parts, sample.parts, strict=True):
            states.append(part.state(own, theta))
            if states[-1] is None:
                return None
        return GroupedState(sample, tuple(states), sum(state.value for state in states))

    def derivatives(self, theta, state: GroupedState, *, kind: str):
        """Slope of the log-likelihood and the information about the free parameters."""
        found = [
            part.derivatives(theta, own, kind=kind)
            for part, own in zip(self.parts, state.parts, strict=True)
        ]
        return sum(slope for slope, _ in found), sum(matrix for _, matrix in found)

    def slope(self, theta, state: GroupedState) -> np.ndarray:
        """Slope of the log-likelihood."""
        return sum(p.slope(theta, own) for p, own in zip(self.parts, state.parts, strict=True))

    def scores(self, theta, state: GroupedState) -> np.ndarray:
        """Slopes of each case's log-likelihood, one group after the other."""
        found = zip(self.parts, state.parts, strict=True)
        return np.vstack([part.scores(theta, own) for part, own in found])
