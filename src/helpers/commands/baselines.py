"""Tables that must not move unnoticed, and the command that accepts new ones.

``tests/baselines/<notebook>/<table>.csv`` holds the accepted values. ``tolerances.yml`` beside
them declares how near a value must be::

    default: {rtol: 1e-8}            # closed forms
    columns:                         # by column name, in every table
      ci_lower: {rtol: 1e-4, scale: 0.1}
    tables:                          # in one table, before `columns`
      fit_measures:
        value: {rtol: 1e-6, scale: 1}

The picture of the README is the overview's, and is accepted with the tables.

A value v may differ by ``rtol * max(abs(v), scale)``. Without a scale the tolerance is purely
relative, and a baseline of zero is refused: nobody can say how near to zero is near enough but
who knows the column. Text must agree exactly.
"""

import argparse
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

from helpers.errors import InputError, did_you_mean
from helpers.files import write_bytes_atomic
from helpers.paths import ROOT, list_notebooks

__all__ = [
    "PICTURE",
    "Difference",
    "Tolerance",
    "accept_baselines",
    "accept_picture",
    "allowed_difference",
    "compare_tables",
    "find_tolerance",
    "read_table",
    "read_tolerances",
    "run",
]


PICTURE = ("docs/numbers.png", "reports/00_overview/figures/numbers.png")
"""The picture that the README shows, and the figure that it is."""


@dataclass(frozen=True)
class Tolerance:
    """How far a column may move: ``rtol * max(abs(value), scale)``."""

    rtol: float = 1e-8
    scale: float = 0.0


@dataclass(frozen=True)
class Difference:
    """One cell that moved further than it may."""

    row: str
    column: str
    baseline: str
    value: str

    def __str__(self) -> str:
        return f"{self.row} {self.column}: {self.baseline} -> {self.value}"


def read_table(path: Path) -> pd.DataFrame:
    """Read a table as text, so that nothing is rounded or guessed on the way."""
    return pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8")


def read_tolerances(folder: Path) -> dict:
    """Read ``tolerances.yml`` of a notebook's baselines; empty if there is none.

    Raises
    ------
    InputError
        For anything but ``default``, ``columns``, ``tables`` and, in them, ``rtol``, ``scale``.
    """
    path = folder / "tolerances.yml"
    if not path.exists():
        return {}
    declared = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    _refuse_unknown(declared, ("default", "columns", "tables"), path)
    rules = [declared.get("default", {}), *declared.get("columns", {}).values()]
    rules += [rule for table in declared.get("tables", {}).values() for rule in table.values()]
    for rule in rules:
        _refuse_unknown(rule, ("rtol", "scale"), path)
    return declared


def _refuse_unknown(mapping: Mapping, known: Sequence[str], path: Path) -> None:
    for key in mapping:
        if key not in known:
            hint = did_you_mean(key, known)
            raise InputError(f"{path}: {key!r} is not one of {', '.join(known)}.{hint}")


def find_tolerance(declared: Mapping, table: str, column: str) -> Tolerance:
    """Return what `declared` says of a column: by table, else by column, else the default."""
    by_table = declared.get("tables", {}).get(table, {})
    by_column = declared.get("columns", {})
    rule = by_table.get(column) or by_column.get(column) or declared.get("default", {})
    return Tolerance(**{name: float(value) for name, value in rule.items()})


def allowed_difference(baseline: np.ndarray, tolerance: Tolerance) -> np.ndarray:
    """Return how far each value of a column may move.

    Raises
    ------
    InputError
        If a value is zero and the column declares no scale.
    """
    allowed = tolerance.rtol * np.maximum(np.abs(baseline), tolerance.scale)
    if np.any(allowed[np.isfinite(baseline)] <= 0):
        raise InputError("holds a zero; declare a scale for it in tolerances.yml")
    return allowed


def _as_numbers(column: pd.Series) -> np.ndarray | None:
    """Return a column as floats, or None if it holds text; an empty cell is missing."""
    if (column == "").all():
        return None
    numbers = pd.to_numeric(column.where(column != "", "nan"), errors="coerce").to_numpy(float)
    missing = column.isin(["", "nan", "NaN"]).to_numpy()
    return numbers if np.array_equal(np.isnan(numbers), missing) else None


def compare_tables(
    table: pd.DataFrame, baseline: pd.DataFrame, *, name: str, tolerances: Mapping
) -> list[Difference]:
    """List the cells of `table` that moved further from `baseline` than they may.

    Parameters
    ----------
    table, baseline : pandas.DataFrame
        As `read_table` reads them. Rows are compared in their order.
    name : str
        The table's name, for its tolerances.
    tolerances : mapping
        As `read_tolerances` reads them.

    Returns
    -------
    list of Difference
        Empty if the table is as it was.
    """
    if list(table.columns) != list(baseline.columns):
        return [Difference("", "columns", str([*baseline.columns]), str([*table.columns]))]
    if len(table) != len(baseline):
        return [Difference("", "rows", str(len(baseline)), str(len(table)))]
    differences = []
    labels = _row_labels(baseline)
    for column in baseline.columns:
        moved = (table[column] != baseline[column]).to_numpy()
        old, new = _as_numbers(baseline[column]), _as_numbers(table[column])
        if old is not None and new is not None:
            try:
                allowed = allowed_difference(old, find_tolerance(tolerances, name, column))
            except InputError as error:
                raise InputError(f"the column {column!r} of the baseline {name} {error}") from None
            with np.errstate(invalid="ignore"):
                near = np.isfinite(old) & (np.abs(new - old) <= allowed)
            moved = ~(near | (new == old) | (np.isnan(new) & np.isnan(old)))
        differences += [
            Difference(labels[row], column, baseline[column].iloc[row], table[column].iloc[row])
            for row in np.flatnonzero(moved)
        ]
    return differences


def _row_labels(table: pd.DataFrame) -> list[str]:
    """Name each row by its leading text columns, or by its number."""
    text = [column for column in table.columns if _as_numbers(table[column]) is None][:3]
    if not text or table.empty:
        return [f"row {number}" for number in range(1, len(table) + 1)]
    return table[text].agg(" ".join, axis=1).tolist()


def accept_baselines(notebook: str, *, root: Path = ROOT) -> list[str]:
    """Take a notebook's tables as its baselines, and say what moved.

    A table within its tolerances keeps its baseline.

    Returns
    -------
    list of str
        A line for each table that is new, gone or changed, and for each value that moved.
    """
    folder = root / "tests" / "baselines" / notebook
    tolerances = read_tolerances(folder)
    tables = {path.stem: path for path in (root / "reports" / notebook / "tables").glob("*.csv")}
    baselines = {path.stem: path for path in folder.glob("*.csv")}
    lines = []
    for name in sorted(tables.keys() | baselines.keys()):
        if name not in tables:
            baselines[name].unlink()
            lines.append(f"{notebook}/{name}: gone")
            continue
        target = folder / f"{name}.csv"
        if name in baselines:
            old, new = read_table(target), read_table(tables[name])
            moved = compare_tables(new, old, name=name, tolerances=tolerances)
            if not moved:
                continue
            lines += [f"{notebook}/{name}: {difference}" for difference in moved]
        else:
            lines.append(f"{notebook}/{name}: new")
        write_bytes_atomic(target, tables[name].read_bytes())
    return lines


def accept_picture(root: Path = ROOT) -> bool:
    """Take the overview's figure as the picture of the README; False where it is that already."""
    picture, figure = (root / path for path in PICTURE)
    content = figure.read_bytes()
    if picture.exists() and picture.read_bytes() == content:
        return False
    write_bytes_atomic(picture, content)
    return True


def run(given: argparse.Namespace) -> int:
    """Accept the tables of all notebooks, and print what moved."""
    names = list_notebooks(ROOT)
    lines = [line for name in names for line in accept_baselines(name)]
    for folder in (ROOT / "tests" / "baselines").glob("[0-9]*"):
        if folder.name not in names:
            shutil.rmtree(folder)
            lines.append(f"{folder.name}: gone")
    lines += [f"{PICTURE[0]}: drawn anew"] if accept_picture() else []
    print("\n".join(lines) or "nothing moved")
    if any(" -> " in line for line in lines):
        print("say in CHANGELOG.md why these moved")
    return 0
