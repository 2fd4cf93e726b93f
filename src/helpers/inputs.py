"""Columns of a data set made into regressors, or refused in one line that says why."""

from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Real

import numpy as np
import pandas as pd

from helpers.errors import InputError, did_you_mean

__all__ = [
    "Regressor",
    "as_names",
    "as_numbers",
    "check_choice",
    "check_columns",
    "check_design",
    "check_varying",
    "numeric_column",
    "regressor",
]

ROUNDING = 1e-12
"""The share of a column's size below which its spread is rounding and no variation."""


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
        if used.get(name) == argument:
            raise InputError(f"{argument} names {name!r} twice; name each column once.")
        if name in used:
            raise InputError(
                f"{argument}={name!r} is already the {used[name]}; give each role its own column."
            )
        used[name] = argument


def as_numbers(column: pd.Series, what: str, *, gaps: bool = False) -> np.ndarray:
    """Return a column as floats, or say in one line why it cannot be.

    Parameters
    ----------
    column : pandas.Series
    what : str
        What the message calls the column.
    gaps : bool
        Whether values may be missing; they are NaN.
    """
    if not gaps:
        _refuse_missing(column, what)
    if not _holds_numbers(column):
        text = next((value for value in column if not isinstance(value, Real)), column.iloc[0])
        raise InputError(
            f"{what} holds {text!r}, which is declared as a label and not a number;"
            " recode the column, or convert it with pd.to_numeric if its labels are numbers."
        )
    values = column.to_numpy(dtype=float, na_value=np.nan)
    infinite = np.flatnonzero(np.isinf(values))
    if infinite.size:
        raise InputError(
            f"{what} holds {infinite.size} infinite value(s), in data row(s) {_rows(infinite)};"
            " remove them."
        )
    return values


def check_varying(values: np.ndarray, whats: Sequence[str]) -> None:
    """Refuse a column of an array that holds one value, missing values aside.

    Parameters
    ----------
    values : numpy.ndarray, shape (n, columns)
    whats : sequence of str
        What the message calls each column.
    """
    missing = np.isnan(values)
    lowest = np.where(missing, np.inf, values).min(axis=0, initial=np.inf)
    highest = np.where(missing, -np.inf, values).max(axis=0, initial=-np.inf)
    size = np.maximum(np.abs(lowest), np.abs(highest))
    for k in np.flatnonzero(~(highest - lowest > ROUNDING * size)):
        held = "no value" if lowest[k] > highest[k] else f"{lowest[k]:g} in every row"
        raise InputError(
            f"{whats[k]} is constant ({held}); nothing can be estimated from it, so leave it out."
        )


def numeric_column(data: pd.DataFrame, name: str, argument: str) -> pd.Series:
    """Return a column as finite floats that vary, or say in one line why it cannot be."""
    what = f"{argument}={name!r}"
    values = as_numbers(data[name], what)
    if len(values):
        check_varying(values[:, None], [what])
    return pd.Series(values, index=data.index, name=name)


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
        if r[column] < 1e-9 and np.count_nonzero(X[:, column]) == 1:
            raise InputError(
                f"the term {design.columns[column]!r} differs from zero in one row only, which does"
                " not part it from the terms before it; merge that level with another."
            )
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


def _holds_numbers(column: pd.Series) -> bool:
    """Say whether a column holds numbers: by its type, or by each value where it has none."""
    if column.dtype == object:
        return all(isinstance(value, Real) for value in column.dropna())
    kinds = pd.api.types
    return kinds.is_numeric_dtype(column) and not kinds.is_complex_dtype(column)


def _refuse_missing(column: pd.Series, what: str) -> None:
    missing = np.flatnonzero(column.isna())
    if missing.size:
        raise InputError(
            f"{what} has {missing.size} missing value(s), in data row(s) {_rows(missing)};"
            " drop or fill these rows first."
        )


def _rows(places: np.ndarray) -> str:
    return ", ".join(str(row + 1) for row in places[:5]) + (", …" if places.size > 5 else "")


@dataclass(frozen=True)
class Regressor:
    """A column as it enters a regression.

    Attributes
    ----------
    name : str
    columns : dict of str to pandas.Series
        The numeric column under its own name; or a dummy of zeros and ones for each level but the
        first, named ``name[level]``.
    levels : tuple or None
        The levels of a column of labels; the two values of a column of numbers that has only two.
    codes : tuple of float or None
        What stands for each level in `coded`: its position from 0 for labels; the number itself,
        or 0 and 1 for booleans.
    coded : pandas.Series of float
        Numbers as they are, labels as their codes.
    nominal : bool
        Whether the column holds labels.
    """

    name: str
    columns: dict[str, pd.Series]
    levels: tuple | None
    codes: tuple[float, ...] | None
    coded: pd.Series
    nominal: bool


def regressor(data: pd.DataFrame, name: str, argument: str) -> Regressor:
    """Return a column as regressors, by the type that it declares and never by how its values look.

    Numbers (booleans are 0 and 1) enter as they are. Labels (text, categories, also such as "1" and
    "2") enter as dummies against their first level: the first in the order of the categories, or
    of the sorted text.
    """
    column = data[name]
    _refuse_missing(column, f"{argument}={name!r}")
    if _holds_numbers(column):
        values = numeric_column(data, name, argument)
        distinct = np.unique(values)
        codes = tuple(map(float, distinct)) if len(distinct) == 2 else None
        levels = codes and tuple(_levels(column))
        return Regressor(name, {name: values}, levels, codes, values, nominal=False)
    levels = _levels(column)
    if len(levels) < 2:
        raise InputError(f"{argument}={name!r} has the single level {levels[0]!r}; two are needed.")
    mixed = next((value for value in levels if not isinstance(value, type(levels[-1]))), None)
    if mixed is not None and not isinstance(column.dtype, pd.CategoricalDtype):
        raise InputError(
            f"{argument}={name!r} holds both {levels[-1]!r} and {mixed!r}; make all of it numbers"
            " or all of it labels."
        )
    if 2 * len(levels) > len(column):
        fix = "merge labels, or leave the column out"
        if pd.api.types.is_datetime64_any_dtype(column.dtype):
            fix = "give dates as numbers, such as days from the first one"
        elif pd.to_numeric(pd.Series(levels), errors="coerce").notna().all():
            fix = "if they are numbers, convert the column with pd.to_numeric"
        raise InputError(
            f"{argument}={name!r} holds {len(levels)} labels such as {str(levels[0])!r} in"
            f" {len(column)} rows; {fix}."
        )
    dummies = {f"{name}[{level}]": (column == level).astype(float) for level in levels[1:]}
    codes = tuple(float(position) for position in range(len(levels)))
    values = column.map(dict(zip(levels, codes, strict=True))).astype(float)
    return Regressor(name, dummies, tuple(levels), codes, values, nominal=True)


def _levels(column: pd.Series) -> list:
    if isinstance(column.dtype, pd.CategoricalDtype):
        return [level for level in column.cat.categories if (column == level).any()]
    unique = column.unique()
    try:
        return sorted(unique)
    except TypeError:
        return sorted(unique, key=str)
