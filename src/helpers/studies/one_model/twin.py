"""Data that stand in for a new study's own: its columns, and effects that were chosen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from helpers.data.schemas import Column, Schema, load_schema
from helpers.errors import InputError, did_you_mean
from helpers.files import write_text_atomic
from helpers.models.sem.syntax import parse_sem
from helpers.paths import twin_path

__all__ = ["read_measurement", "simulate_equations", "write_simulated"]

N = 200
CORRELATION = 0.3
"""Chosen correlation of the variables that no equation explains."""
LOADING = 0.75
"""Chosen correlation of an item with what it measures."""
ITEMS = 4
"""Items of a group of which the dictionary does not say how many it has."""


def read_measurement(model: str) -> dict[str, list[str]]:
    """What each construct of a model in lavaan's syntax is made of, as ``=~`` and ``<~`` say.

    Examples
    --------
    >>> read_measurement("task =~ t1 + t2; alliance <~ task + bond; quality ~ alliance")
    {'task': ['t1', 't2'], 'alliance': ['task', 'bond']}
    """
    measured: dict[str, list[str]] = {}
    for term in parse_sem(model).of("=~", "<~"):
        measured.setdefault(term.lhs, []).append(term.rhs)
    return measured


def simulate_equations(
    equations: Mapping[str, Mapping[str, float]],
    *,
    schema: Schema,
    measured: Mapping[str, Sequence[str]] | None = None,
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
    measured : mapping of str to sequence of str, optional
        What the constructs that are no column are made of (`read_measurement`): columns, groups of
        items, items of a group, or constructs.
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
    columns = [column.name for column in schema.measures if column.is_number]
    above = {
        part: name
        for name, parts in (measured or {}).items()
        if name not in columns
        for part in parts
    }
    # items that constructs divide among themselves, and no longer the group, say what is answered
    whole = [name for name in columns if not any(_is_item(part, name) for part in above)]
    names = [*whole, *dict.fromkeys(above.values())]
    for name in [*equations, *(term for e in equations.values() for term in _parts(e))]:
        if name not in names:
            raise InputError(
                f"equations name '{name}', which is no number column of {schema.study}; there are "
                f"{', '.join(names)}.{did_you_mean(name, names)}"
            )
        if name in above:
            raise InputError(
                f"equations name '{name}', a part of '{above[name]}'; name that in its place"
            )
    free = [name for name in names if name not in equations and name not in above]
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
    waiting = {part: name for part, name in above.items() if part in names}
    while waiting:
        ready = [part for part, name in waiting.items() if name in z]
        if not ready:
            raise InputError(f"'{next(iter(waiting))}' is measured by what it measures itself")
        for part in ready:
            z[part] = _reflect(z[waiting.pop(part)], rng)
    frames = [
        _measure(column, z, above, rng) for column in schema.measures if column.name in columns
    ]
    return pd.concat(frames, axis=1)


def _is_item(name: str, group: str) -> bool:
    return name.startswith(f"{group}_") and name.removeprefix(f"{group}_").isdecimal()


def _reflect(z: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return LOADING * z + np.sqrt(1 - LOADING**2) * rng.standard_normal(len(z))


def _parts(slopes: Mapping[str, float]) -> list[str]:
    return [part for term in slopes for part in term.split(":")]


def _measure(
    column: Column,
    z: Mapping[str, np.ndarray],
    above: Mapping[str, str],
    rng: np.random.Generator,
) -> pd.DataFrame:
    """A column, or the items of a group, each by its construct or else by the group."""
    name = column.name
    if column.kind != "items":
        return pd.DataFrame({name: _to_scale(column, z[name], whole=column.kind == "integer")})
    items = [f"{name}_{i}" for i in range(1, (column.twin_items or column.items or ITEMS) + 1)]
    n = len(next(iter(z.values())))
    # what no construct takes of a divided group is answered at random
    sources = [z.get(above.get(item, name), np.zeros(n)) for item in items]
    return pd.DataFrame(
        {
            item: _to_scale(column, _reflect(source, rng), whole=True)
            for item, source in zip(items, sources, strict=True)
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


def write_simulated(
    study: str,
    equations: Mapping[str, Mapping[str, float]],
    *,
    measured: Mapping[str, Sequence[str]] | None = None,
) -> None:
    """Write the stand-in data of `study` to ``data/<study>/synthetic.csv``."""
    frame = simulate_equations(equations, schema=load_schema(study), measured=measured)
    write_text_atomic(twin_path(study), frame.to_csv(index=False, lineterminator="\n"))
