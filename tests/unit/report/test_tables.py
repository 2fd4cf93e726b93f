"""How numbers are printed, and what a printed table carries."""

import numpy as np
import pandas as pd
import pytest

from helpers.errors import InputError
from helpers.report.numbers import FORMATS, format_number, format_p, format_percent
from helpers.report.tables import Column, fold_tables, print_table


@pytest.mark.parametrize(
    ("value", "options", "shown"),
    [
        (0.4651, {}, "0.465"),
        (-0.0464, {}, "−0.046"),
        (-0.0004, {}, "0.000"),
        (0.588, {"leading_zero": False}, ".588"),
        (-0.588, {"leading_zero": False}, "−.588"),
        (1.0, {"leading_zero": False}, "1.000"),
        (1234.5, {"decimals": 1}, "1,234.5"),
        (np.nan, {}, "–"),
        (np.inf, {}, "∞"),
        (None, {}, "–"),
    ],
)
def test_numbers(value, options, shown):
    assert format_number(value, **options) == shown


@pytest.mark.parametrize(
    ("p", "shown"),
    [(0.0412, ".041"), (0.0005, ".001"), (0.00049, "< .001"), (1.0, "1.000"), (np.nan, "–")],
)
def test_p_values(p, shown):
    assert format_p(p) == shown


def test_percentages():
    assert format_percent(0.6381, 0) == "64%"


@pytest.fixture
def table():
    return pd.DataFrame(
        {"name": ["a < b", "c"], "est": [0.12345, -1.0], "low": [0.1, np.nan], "high": [0.2, 1.0]}
    )


def test_a_table_rounds_and_escapes(table):
    printed = print_table(
        table,
        {"Name": "name: text", "Estimate": "est", "95 % CI": "low, high: two"},
        caption="<b>Table 1</b>",
        note="An <i>n</i>.",
    )
    assert printed.cells.to_numpy().tolist() == [
        ["a < b", "0.123", "[0.10, 0.20]"],
        ["c", "−1.000", "–"],
    ]
    page = printed.to_html()
    assert "a &lt; b" in page
    assert "<i>Note.</i> An <i>n</i>." in page


def test_a_change_of_group_opens_a_heading(table):
    printed = print_table(
        table.assign(g=["first", "second"]), {"Name": "name: text"}, caption="", group="g"
    )
    assert printed.groups == ((0, "first"), (1, "second"))
    assert printed.to_html().count('<th scope="rowgroup" colspan="1">') == 2


def test_unknown_columns_and_formats_are_named(table):
    with pytest.raises(InputError, match="no column 'estimate'"):
        print_table(table, {"E": "estimate"}, caption="")
    with pytest.raises(InputError, match=r"format='tow' is not known\. Did you mean 'two'\?"):
        print_table(table, {"E": "est: tow"}, caption="")


@pytest.mark.parametrize("shape", FORMATS)
def test_every_format_survives_a_missing_value(shape):
    printed = print_table(pd.DataFrame({"v": [np.nan]}), {"V": f"v: {shape}"}, caption="")
    assert printed.cells.iloc[0, 0] in ("–", "")


def test_folded_tables_stand_behind_their_lines():
    table = print_table(pd.DataFrame({"x": [1.5]}), {"X": "x: one"}, caption="")
    folded = fold_tables({"A < B": table, "C": table}, caption="<b>Two</b>", note="why")
    shown = folded.to_html()
    assert shown.count("<details") == shown.count("</details>") == 2
    assert "<summary>A &lt; B</summary>" in shown
    assert "<b>Two</b>" in shown
    for line in ("Two", "A < B", "C", "Note. why"):
        assert line in repr(folded).splitlines()


def test_an_interval_is_open_where_it_does_not_end():
    bounds = pd.DataFrame({"low": [-np.inf, 1.5, 0.0, np.nan], "high": [1.0, np.inf, 1.0, 2.0]})
    table = print_table(bounds, {"Region": "low, high: one"}, caption="")
    assert list(table.cells["Region"]) == ["(−∞, 1.0]", "[1.5, ∞)", "[0.0, 1.0]", "–"]


def test_a_column_is_written_in_short_by_any_name_of_ours_and_given_whole_by_a_readers():
    data = pd.DataFrame({"CB-SEM 1": [1.0], "Rater: 1": [2.0], "a, b": [3.0]})
    columns = {"A": "CB-SEM 1: two", "B": Column("Rater: 1", "two"), "C": Column("a, b")}
    table = print_table(data, columns, caption="")
    assert table.cells.iloc[0].tolist() == ["1.00", "2.00", "3.000"]
    with pytest.raises(InputError, match="give a Column"):
        print_table(data, {"A": "a, b, c: two"}, caption="")
