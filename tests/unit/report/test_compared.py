"""Tables and figures of printed numbers beside computed ones."""

import pandas as pd
import pytest

from helpers.printed.numbers import AGREES
from helpers.report.compared import (
    arrange_differences,
    count_built_in,
    count_verdicts,
    find_basis,
    find_printed,
)

COMPARED = pd.DataFrame(
    {
        "table": ["t", "t", "t", "u"],
        "row": ["a", "b", "c", "a"],
        "column": ["x", "x", "x", "x"],
        "printed": ["-0.10", "2.5**", "< .001", "7"],
        "difference": [0.004, -0.2, float("nan"), 3.0],
        "verdict": [
            "agrees to the printed digits",
            "differs",
            "agrees to the printed digits",
            "not reproduced",
        ],
    }
)


def test_printed_numbers_are_found_by_row():
    assert find_printed(COMPARED, "t", ["b", "z", "a"], "x") == ["2.5", "–", "\u22120.10"]


def test_verdicts_are_counted_by_kind_in_the_order_they_occur():
    counted = count_verdicts(COMPARED, what=["q", "p", "q", "p"], basis={"p": "built in"})
    assert counted["what"].to_list() == ["q", "p"]
    assert counted["agree"].to_list() == [2, 0]
    assert counted["differ"].to_list() == [0, 1]
    assert counted["withheld"].to_list() == [0, 1]
    assert counted["basis"].to_list() == ["", "built in"]


def test_a_kind_has_the_statuses_of_its_numbers():
    keys = COMPARED[["table", "row", "column"]]
    provenance = keys.assign(
        status=["by calibration", "by construction", "by construction", "computed"]
    ).iloc[::-1]
    basis = find_basis(COMPARED, provenance, what=["q", "q", "q", "p"])
    assert basis == {"q": "built in, tuned", "p": "computed"}
    assert find_basis(COMPARED, provenance.iloc[:0], what=list("qqqp")) == {"q": "", "p": ""}


def test_differences_are_in_units_of_the_last_digit():
    units = arrange_differences(COMPARED, groups=list("abcd"))["units"]
    assert units.to_list()[:2] == [pytest.approx(0.4), pytest.approx(-2.0)]
    assert units.isna().to_list() == [False, False, True, False]
    assert units.iloc[3] == 3


def test_what_was_built_in_is_counted_among_what_agrees():
    cells = pd.DataFrame({"table": "table_1", "row": list("abc"), "column": "beta"})
    compared = cells.assign(verdict=[AGREES, AGREES, "differs"])
    made = cells.assign(status=["by construction", "computed", "by construction"])
    assert count_built_in(compared, made) == 1
    assert count_built_in(compared, made.iloc[:0]) == 0
