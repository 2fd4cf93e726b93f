"""The variables of a model as a checked array."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from helpers.errors import InputError, did_you_mean
from helpers.inputs import as_numbers, check_varying
from helpers.models.sem.likelihood import (
    COLLINEAR,
    correlation_pivots,
    sample_moments,
)
from helpers.models.sem.structure import PathStructure
from helpers.models.sem.syntax import Term


def model_values(data: pd.DataFrame, structure: PathStructure) -> np.ndarray:
    """The model's variables as a complete numeric array of shape (n, p), checked.

    Raises
    ------
    InputError
        As `fit_path_model`.
    """
    values = numeric_columns(data, structure.variables)
    check_labels(structure.terms, data)
    n, p = values.shape
    if n <= p:
        raise InputError(
            f"data has {n} cases for {p} variables; a path model needs more cases than variables."
        )
    if n < structure.n_parameters:
        raise InputError(
            f"data has {n} cases for {structure.n_parameters} free parameters; use fewer "
            "covariates or a simpler model."
        )
    _check_variation(values, structure)
    return values


def numeric_columns(
    data: pd.DataFrame, names: Sequence[str], *, missing_allowed: bool = False
) -> np.ndarray:
    """Columns of `data` as a numeric array of shape (n, names), or one line on what is wrong.

    `x:z` is the product of the columns x and z, unless a column has that name. With
    `missing_allowed` a missing value is NaN.
    """
    if not isinstance(data, pd.DataFrame):
        raise InputError(f"data is {type(data).__name__}; give a pandas DataFrame.")
    quick = _plain_columns(data, names)
    if quick is not None and np.isfinite(quick).all():
        return quick
    columns = []
    for name in names:
        if ":" in name and name not in data.columns:
            parts = numeric_columns(data, name.split(":"), missing_allowed=missing_allowed)
            columns.append(parts.prod(axis=1))
            continue
        if name not in data.columns:
            raise InputError(
                f"model variable '{name}' is not a column of data."
                + did_you_mean(name, [str(c) for c in data.columns])
            )
        column = data[name]
        if isinstance(column, pd.DataFrame):
            raise InputError(f"data has {column.shape[1]} columns named '{name}'; keep one.")
        values = as_numbers(column, f"column '{name}'", gaps=missing_allowed)
        columns.append(values)
    return np.column_stack(columns)


def check_labels(terms: Iterable[Term], data: pd.DataFrame) -> None:
    """Refuse a label that is a column: `x*z` looks like a product, and is read as a label."""
    columns = {str(name) for name in data.columns}
    for term in terms:
        if term.label in columns:
            other = term.rhs or "1"
            raise InputError(
                f"'{term.label}*{other}' takes '{term.label}', a column of data, as the label of "
                f"'{other}'; it is no product. Write '{term.label}:{other}' for a product, or "
                "choose another label."
            )


def _plain_columns(data: pd.DataFrame, names: Sequence[str]) -> np.ndarray | None:
    """The columns where all are there once and are plain numbers; None otherwise."""
    if not data.columns.is_unique or any(name not in data.columns for name in names):
        return None
    chosen = [data[name] for name in names]
    if all(isinstance(c.dtype, np.dtype) and c.dtype.kind in "iuf" for c in chosen):
        return np.column_stack([c.to_numpy(dtype=float) for c in chosen])
    return None


def _check_variation(values, structure):
    check_varying(values, [f"column '{name}'" for name in structure.variables])
    m = len(structure.endogenous)
    order = [*range(m, values.shape[1]), *range(m)]
    pivots = correlation_pivots(sample_moments(values[:, order])[None])[0]
    collinear = np.flatnonzero(pivots < COLLINEAR)
    if collinear.size:
        place = int(collinear[0])
        others = _combination(values[:, order], place)
        names = [structure.variables[order[k]] for k in (place, *others)]
        raise InputError(
            f"column '{names[0]}' is an exact linear combination of {', '.join(names[1:])}; "
            "remove one of them."
        )


def _combination(values, place):
    """Which earlier columns column `place` is a linear combination of."""
    scaled = (values - values.mean(axis=0)) / values.std(axis=0)
    weights = np.linalg.lstsq(scaled[:, :place], scaled[:, place], rcond=None)[0]
    return np.flatnonzero(np.abs(weights) > 1e-6)
