"""The variables of a model as a checked array."""

from __future__ import annotations

import numpy as np
import pandas as pd

from helpers.errors import InputError, did_you_mean
from helpers.models.sem.likelihood import (
    COLLINEAR,
    correlation_pivots,
    sample_moments,
)
from helpers.models.sem.structure import PathStructure


def model_values(data: pd.DataFrame, structure: PathStructure) -> np.ndarray:
    """The model's variables as a complete numeric array of shape (n, p), checked.

    Raises
    ------
    InputError
        As `fit_path_model`.
    """
    if not isinstance(data, pd.DataFrame):
        raise InputError(f"data is {type(data).__name__}; give a pandas DataFrame.")
    for name in structure.variables:
        if name not in data.columns:
            raise InputError(
                f"model variable '{name}' is not a column of data."
                + did_you_mean(name, [str(c) for c in data.columns])
            )
        column = data[name]
        if isinstance(column, pd.DataFrame):
            raise InputError(f"data has {column.shape[1]} columns named '{name}'; keep one.")
        if not pd.api.types.is_numeric_dtype(column):
            raise InputError(
                f"column '{name}' is not numeric ({column.dtype}); code categories as 0/1 columns."
            )
        bad = ~np.isfinite(column.to_numpy(dtype=float, na_value=np.nan))
        if bad.any():
            raise InputError(
                f"column '{name}' has {bad.sum()} missing or infinite values, the first in row "
                f"{int(np.flatnonzero(bad)[0]) + 1}; drop or impute these cases."
            )
    values = data[list(structure.variables)].to_numpy(dtype=float)
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


def _check_variation(values, structure):
    spread = values.std(axis=0)
    constant = spread <= 1e-12 * np.maximum(np.abs(values).max(axis=0), 1e-300)
    if constant.any():
        name = structure.variables[int(np.flatnonzero(constant)[0])]
        raise InputError(f"column '{name}' is constant; remove it from the model.")
    m = len(structure.endogenous)
    order = [*range(m, len(spread)), *range(m)]
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
