"""The tables of the reports have not moved, and a move would be seen."""

import numpy as np
import pandas as pd
import pytest

from helpers.commands.baselines import (
    allowed_difference,
    compare_tables,
    find_tolerance,
    read_table,
    read_tolerances,
)
from helpers.paths import ROOT, list_notebooks

pytestmark = pytest.mark.slow


def _baselines(notebook):
    folder = ROOT / "tests" / "baselines" / notebook
    tables = {path.stem: read_table(path) for path in sorted(folder.glob("*.csv"))}
    return tables, read_tolerances(folder)


def test_every_table_has_a_baseline_and_every_baseline_a_table(notebook, tables):
    assert sorted(_baselines(notebook)[0]) == sorted(tables), "run make baseline, and read it"


def test_no_value_moved(notebook, tables):
    baselines, tolerances = _baselines(notebook)
    moved = [
        f"{name}: {difference}"
        for name in baselines.keys() & tables.keys()
        for difference in compare_tables(
            read_table(tables[name]), baselines[name], name=name, tolerances=tolerances
        )
    ]
    assert not moved, "\n" + "\n".join(moved)


def test_a_move_of_ten_tolerances_is_seen_in_every_value(notebook):
    baselines, tolerances = _baselines(notebook)
    for name, baseline in baselines.items():
        for column in baseline.columns:
            alone = baseline[[column]]
            tolerance = find_tolerance(tolerances, name, column)
            moved = pd.DataFrame({column: _perturbed(baseline[column], tolerance)})
            seen = compare_tables(moved, alone, name=name, tolerances=tolerances)
            assert len(seen) == len(baseline), f"{name}.{column} can move unnoticed"


def _perturbed(column: pd.Series, tolerance) -> list[str]:
    """Move each number by ten times its tolerance, and change each text."""
    numbers = pd.to_numeric(column, errors="coerce").to_numpy(float)
    if not np.isfinite(numbers).any() or ((column != "") & np.isnan(numbers)).any():
        return [f"{text}x" for text in column]
    allowed = allowed_difference(numbers, tolerance)
    return [
        repr(float(number + 10 * step)) if np.isfinite(number) else "1"
        for number, step in zip(numbers, allowed, strict=True)
    ]


def test_every_tolerance_is_of_a_column_that_exists(notebook):
    baselines, tolerances = _baselines(notebook)
    columns = {column for table in baselines.values() for column in table.columns}
    assert set(tolerances.get("columns", {})) <= columns
    for name, rules in tolerances.get("tables", {}).items():
        assert set(rules) <= set(baselines[name].columns), name


def test_no_baseline_is_left_of_a_notebook_that_is_gone():
    folders = {path.name for path in (ROOT / "tests" / "baselines").glob("*") if path.is_dir()}
    assert folders <= set(list_notebooks())


def test_figures_are_there_in_every_format(notebook, tables):
    by_name = {}
    for path in (ROOT / "reports" / notebook / "figures").glob("*.*"):
        by_name.setdefault(path.stem, set()).add(path.suffix)
        assert path.stat().st_size > 0
    assert all(formats == {".svg", ".png", ".pdf"} for formats in by_name.values()), by_name
