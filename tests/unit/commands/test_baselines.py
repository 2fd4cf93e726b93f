"""The comparison with baselines can fail, and says what moved."""

import numpy as np
import pandas as pd
import pytest

from helpers.commands.baselines import (
    PICTURE,
    Tolerance,
    accept_baselines,
    accept_picture,
    allowed_difference,
    compare_tables,
    find_tolerance,
    read_tolerances,
)
from helpers.errors import InputError

RULES = {
    "default": {"rtol": "1e-8"},
    "columns": {"ci_lower": {"rtol": 1e-4, "scale": 0.1}},
    "tables": {"fit": {"ci_lower": {"rtol": 0.5}}},
}


def _table(**columns):
    return pd.DataFrame(columns).astype(str)


BASELINE = _table(lhs=["a", "b"], est=["0.25", "-1e-3"], ci_lower=["0.0", ""], printed=[".250", ""])


def _changed(column, value, row=0):
    table = BASELINE.copy()
    table.loc[row, column] = value
    return table


def _moved(table, baseline=BASELINE, name="paths"):
    return [str(d) for d in compare_tables(table, baseline, name=name, tolerances=RULES)]


def test_the_rule_of_the_table_goes_before_the_columns_and_that_before_the_default():
    assert find_tolerance(RULES, "fit", "ci_lower") == Tolerance(0.5)
    assert find_tolerance(RULES, "paths", "ci_lower") == Tolerance(1e-4, 0.1)
    assert find_tolerance(RULES, "paths", "est") == Tolerance(1e-8)
    assert find_tolerance({}, "paths", "est") == Tolerance(1e-8)


def test_the_same_table_does_not_differ():
    assert _moved(BASELINE.copy()) == []


@pytest.mark.parametrize(
    ("column", "value", "moved"),
    [
        ("est", "0.2500000001", False),
        ("est", "0.25000001", True),
        ("ci_lower", "0.000009", False),
        ("ci_lower", "0.00002", True),
        ("ci_lower", "", True),
        ("ci_lower", "nan", True),
        ("est", "word", True),
        ("lhs", "A", True),
        ("printed", ".2500", False),
        ("printed", ".251", True),
    ],
)
def test_a_value_may_move_as_far_as_declared(column, value, moved):
    assert bool(_moved(_changed(column, value))) is moved


def test_a_difference_says_where_and_what():
    assert _moved(_changed("est", "0.5", row=1)) == ["b est: -1e-3 -> 0.5"]


def test_a_value_in_an_empty_cell_is_a_difference():
    assert _moved(_changed("ci_lower", "0.1", row=1)) == ["b ci_lower:  -> 0.1"]


def test_an_infinite_baseline_lets_nothing_but_itself_pass():
    infinite = _table(est=["inf", "-inf"])
    assert _moved(infinite, infinite) == []
    assert len(_moved(_table(est=["1", "inf"]), infinite)) == 2


def test_other_rows_and_columns_are_differences():
    assert "rows" in _moved(BASELINE.iloc[:1])[0]
    assert "columns" in _moved(BASELINE.drop(columns="est"))[0]


def test_a_table_without_rows_is_as_it_was_and_one_with_rows_is_not():
    empty = _table(name=[], est=[])
    assert _moved(empty, empty) == []
    assert _moved(_table(name=["a"], est=["1.0"]), empty)


def test_a_zero_without_a_scale_is_refused():
    zero = _table(est=["0.0"])
    with pytest.raises(InputError, match="column 'est' of the baseline paths holds a zero"):
        _moved(zero, zero)
    with pytest.raises(InputError, match="declare a scale"):
        allowed_difference(np.array([0.0, 1.0]), Tolerance())


@pytest.mark.parametrize(
    "text", ["colums: {}", "default: {rtoll: 1}", "tables: {fit: {est: {abs: 1}}}"]
)
def test_a_misspelt_rule_is_refused(tmp_path, text):
    (tmp_path / "tolerances.yml").write_text(text)
    with pytest.raises(InputError, match="is not one of"):
        read_tolerances(tmp_path)


def test_accepting_writes_what_moved_and_leaves_what_did_not(tmp_path):
    tables = tmp_path / "reports" / "02_a" / "tables"
    kept = tmp_path / "tests" / "baselines" / "02_a"
    for folder in (tables, kept):
        folder.mkdir(parents=True)
    (kept / "same.csv").write_text("x\n1.0\n")
    (tables / "same.csv").write_text("x\n1.00000000001\n")
    (kept / "moved.csv").write_text("x\n1.0\n")
    (tables / "moved.csv").write_text("x\n1.1\n")
    (kept / "gone.csv").write_text("x\n1.0\n")
    (tables / "new.csv").write_text("x\n1.0\n")
    assert accept_baselines("02_a", root=tmp_path) == [
        "02_a/gone: gone",
        "02_a/moved: row 1 x: 1.0 -> 1.1",
        "02_a/new: new",
    ]
    assert {path.name: path.read_text() for path in kept.iterdir()} == {
        "same.csv": "x\n1.0\n",
        "moved.csv": "x\n1.1\n",
        "new.csv": "x\n1.0\n",
    }
    assert accept_baselines("02_a", root=tmp_path) == []


def test_the_picture_of_the_readme_is_taken_where_it_differs(tmp_path):
    kept, drawn = (tmp_path / path for path in PICTURE)
    drawn.parent.mkdir(parents=True)
    drawn.write_bytes(b"drawn")
    assert accept_picture(tmp_path)
    assert kept.read_bytes() == b"drawn"
    assert not accept_picture(tmp_path)
