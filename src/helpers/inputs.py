"""Columns of a data set made into regressors, or refused in one line that says why."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from helpers.errors import InputError, did_you_mean

__all__ = [
    "as_names",
    "check_choice",
    "check_columns",
    "check_design",
    "covariate_columns",
    "numeric_column",
    "two_level_or_numeric",
]


def check_choice(argument: str, value: object, allowed: Sequence[str]) -> None:
    """Refuse a value that is not one of `allowed`."""
    if value not in allowed:
        listed = ", ".join(repr(item) for item in allowed)
        raise InputError(
            f"{argument}={value!r} is not one of {listed}.{did_you_mean(value, allowed)}"
        )


def check_columns(data: pd.DataFrame, *, covariates: Sequence[str] = (), **roles: str) -> None:
    """Refuse names that are not columns, that repeat, or that serve two roles."""
    if not isinstance(data, pd.DataFrame):
        raise InputError(f"data is a {type(data).__name__}; give a pandas DataFrame.")
    names = [*roles.items(), *(("covariates", name) for name in covariates)]
    for argument, name in names:
        if not isinstance(name, str) or name not in data.columns:
            raise InputError(
                f"{argument}={name!r} is not a column of data.{did_you_mean(name, data.columns)}"
            )
        if (data.columns == name).sum() > 1:
            raise InputError(f"{argument}={name!r} names several columns of data; rename them.")
    used: dict[str, str] = {}
    for argument, name in names:
        if name in used:
            raise InputError(
                f"{argument}={name!r} is already the {used[name]}; give each role its own column."
            )
        used[name] = argument


def numeric_column(data: pd.DataFrame, name: str, argument: str) -> pd.Series:
    """Return a column as finite floats that vary, or say in one line why it cannot be."""
    column = data[name]
    _refuse_missing(column, name, argument)
    try:
        values = pd.to_numeric(column).astype(float)
    except (ValueError, TypeError):
        text = next(value for value in column if not _is_number(value))
        raise InputError(
            f"{argument}={name!r} holds {text!r}, which is not a number; recode the column."
        ) from None
    infinite = int(np.isinf(values).sum())
    if infinite:
        raise InputError(f"{argument}={name!r} holds {infinite} infinite value(s); remove them.")
    if len(values) and np.ptp(values) == 0:
        raise InputError(
            f"{argument}={name!r} is constant ({values.iloc[0]:g} in every row); nothing can be"
            " estimated from it."
        )
    return values


def check_design(design: pd.DataFrame) -> None:
    """Refuse a design with too few rows or with collinear columns, naming the column."""
    n, k = design.shape
    if n <= k:
        raise InputError(
            f"data has {n} rows for {k} coefficients; at least {k + 1} are needed. Use fewer"
            " covariates or more rows."
        )
    X = design.to_numpy(float)
    spread = X - X.mean(axis=0) * (np.ptp(X, axis=0) > 0)
    scale = np.linalg.norm(spread, axis=0)
    r = np.abs(np.diag(np.linalg.qr(spread / np.where(scale > 0, scale, 1), mode="r")))
    for column in range(k):
        if r[column] < 1e-9:
            raise InputError(
                f"the term {design.columns[column]!r} is a linear combination of the terms before"
                " it; remove one of them."
            )


def as_names(argument: str, names: Sequence[str]) -> tuple[str, ...]:
    """Return a list of names as a tuple, refusing a bare string."""
    if isinstance(names, str):
        raise InputError(f"{argument}={names!r} is one string; give a list, e.g. [{names!r}].")
    return tuple(names)


def _is_number(value: object) -> bool:
    try:
        float(value)
    except (TypeError, ValueError):
        return False
    return True


def _refuse_missing(column: pd.Series, name: str, argument: str) -> None:
    missing = np.flatnonzero(column.isna())
    if missing.size:
        rows = ", ".join(str(row + 1) for row in missing[:5]) + (", …" if missing.size > 5 else "")
        raise InputError(
            f"{argument}={name!r} has {missing.size} missing value(s), in data row(s) {rows};"
            " drop or fill these rows first."
        )


def two_level_or_numeric(
    data: pd.DataFrame, name: str, argument: str
) -> tuple[pd.Series, tuple | None]:
    """Return the column as floats, with its two labels when it has two values only."""
    column = data[name]
    _refuse_missing(column, name, argument)
    levels = _levels(column)
    if len(levels) == 2:
        return (column == levels[1]).astype(float), tuple(levels)
    if isinstance(column.dtype, pd.CategoricalDtype) or not pd.api.types.is_numeric_dtype(column):
        try:
            return numeric_column(data, name, argument), None
        except InputError:
            if len(levels) == 1:
                raise InputError(
                    f"{argument}={name!r} has the single level {levels[0]!r}; two are needed."
                ) from None
            raise InputError(
                f"{argument}={name!r} has {len(levels)} levels that are not numbers; give a"
                " numeric column or one with two levels."
            ) from None
    return numeric_column(data, name, argument), None


def _levels(column: pd.Series) -> list:
    if isinstance(column.dtype, pd.CategoricalDtype):
        return [level for level in column.cat.categories if (column == level).any()]
    unique = column.unique()
    try:
        return sorted(unique)
    except TypeError:
        return sorted(unique, key=str)


def covariate_columns(data: pd.DataFrame, name: str) -> dict[str, pd.Series]:
    """Return a covariate as one numeric column, or its labels as dummies without the first."""
    column = data[name]
    _refuse_missing(column, name, "covariates")
    if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):
        return {name: numeric_column(data, name, "covariates")}
    levels = _levels(column)
    if len(levels) < 2:
        raise InputError(f"covariates={name!r} has one level only; leave it out.")
    return {f"{name}[{level}]": (column == level).astype(float) for level in levels[1:]}
