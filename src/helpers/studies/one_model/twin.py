"""Data that stand in for a new study's own: its columns, and effects that were chosen."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from helpers.data.schemas import Column, Schema, load_schema
from helpers.errors import InputError, did_you_mean
from helpers.files import write_text_atomic
from helpers.paths import twin_path

__all__ = ["simulate_equations", "write_simulated"]

N = 200
CORRELATION = 0.3
"""Chosen correlation of the variables that no equation explains."""
LOADING = 0.75
"""Chosen correlation of an item with what it measures."""
ITEMS = 4
"""Items of a group of which the dictionary does not say how many it has."""


def simulate_equations(
    equations: Mapping[str, Mapping[str, float]],
    *,
    schema: Schema,
    n: int | None = None,
    seed: int = 1,
) -> pd.DataFrame:
    """Draw normal variables by linear equations and put them on the scales of a dictionary.

    Parameters
    ----------
    equations : mapping of str to mapping
        For each variable that is explained, the slopes of those that explain it, all in standard
        deviations, in an order in which none comes before those that explain it. ``"a:b"`` is
        the product of two.
    schema : Schema
        Its numeric columns and groups of items are the variables.
    n : int, optional
        Rows; those that the dictionary names, else 200.
    seed : int

    Returns
    -------
    DataFrame
        The columns of the dictionary. Values are rounded to the column's step and cut at the ends
        of its range, which weakens the effects a little.

    Raises
    ------
    InputError
        For a variable that is no column, that is used before it is explained, or of which more
        than all is explained.

    Examples
    --------
    >>> schema = load_schema("intersession_alliance")
    >>> simulate_equations({"progress": {"self_alliance": 0.5}}, schema=schema, n=50).shape
    (50, 5)
    """
    n = n or schema.n_twin or N
    rng = np.random.default_rng(seed)
    names = [column.name for column in schema.measures if column.is_number]
    for name in [*equations, *(term for e in equations.values() for term in _parts(e))]:
        if name not in names:
            raise InputError(
                f"equations name '{name}', which is no number column of {schema.study}; there are "
                f"{', '.join(names)}.{did_you_mean(name, names)}"
            )
    free = [name for name in names if name not in equations]
    shared = rng.standard_normal(n)
    z = {
        name: np.sqrt(CORRELATION) * shared + np.sqrt(1 - CORRELATION) * rng.standard_normal(n)
        for name in free
    }
    for name, slopes in equations.items():
        later = [part for part in _parts(slopes) if part not in z]
        if later:
            raise InputError(f"'{later[0]}' explains '{name}' and is explained after it; reorder")
        explained = sum(
            slope * np.prod([z[part] for part in term.split(":")], axis=0)
            for term, slope in slopes.items()
        )
        left = 1 - np.var(explained)
        if left <= 0:
            raise InputError(f"the slopes explain more than all of '{name}'; make them smaller")
        z[name] = explained + np.sqrt(left) * rng.standard_normal(n)
    frames = [
        _measure(column, z[column.name], rng) for column in schema.measures if column.name in z
    ]
    return pd.concat(frames, axis=1)


def _parts(slopes: Mapping[str, float]) -> list[str]:
    return [part for term in slopes for part in term.split(":")]


def _measure(column: Column, z: np.ndarray, rng: np.random.Generator) -> pd.DataFrame:
    if column.kind != "items":
        return pd.DataFrame({column.name: _to_scale(column, z, whole=column.kind == "integer")})
    k = column.twin_items or column.items or ITEMS
    noise = rng.standard_normal((k, len(z)))
    answers = LOADING * z + np.sqrt(1 - LOADING**2) * noise
    return pd.DataFrame(
        {
            f"{column.name}_{i}": _to_scale(column, row, whole=True)
            for i, row in enumerate(answers, 1)
        }
    )


def _to_scale(column: Column, z: np.ndarray, *, whole: bool) -> np.ndarray:
    if None in (column.minimum, column.maximum):
        return np.round(z, 0 if whole else 2)
    middle, spread = (column.minimum + column.maximum) / 2, (column.maximum - column.minimum) / 5
    # nine digits first: a last-bit difference between machines must not change a rounding
    values = np.round(np.round(middle + spread * z, 9), 0 if whole else 2)
    values = np.clip(values, column.minimum, column.maximum)
    return values.astype(int) if whole else values


def write_simulated(study: str, equations: Mapping[str, Mapping[str, float]]) -> None:
    """Write the stand-in data of `study` to ``data/<study>/synthetic.csv``."""
    frame = simulate_equations(equations, schema=load_schema(study))
    write_text_atomic(twin_path(study), frame.to_csv(index=False, lineterminator="\n"))
