"""Printed numbers keep the address of the cell they come from."""

import pandas as pd
import pytest

from helpers.errors import InputError
from helpers.printed.cells import (
    Cell,
    PrintedCount,
    PrintedText,
    address_table,
    cells_of,
    count,
    read_cells,
    rows_of,
    write_cells,
)
from helpers.printed.numbers import load_published, parse_printed
from helpers.printed.rounding import as_printed

A, B = Cell("table_4", "avoidant -> adherence", "t"), Cell("sample", "n", "printed")


def test_what_is_left_of_a_text_and_the_number_read_from_it_keep_the_cell():
    text = PrintedText(" -2.847** ", [A])
    for part in (text.strip(), text.strip().rstrip("*"), text.lstrip(), text.replace("-", "")):
        assert cells_of(part) == (A,)
    number = parse_printed(text)
    assert number.value == -2.847
    assert number.cells == as_printed(number).cells == cells_of({"t": [number]}) == (A,)
    assert cells_of("2.847", 3, None, 0.5) == ()


def test_counts_keep_the_cells_of_all_that_they_are_made_of():
    first, second = count(PrintedText("15", [A])), count(PrintedText("Three", [B]))
    assert (first, second) == (15, 3)
    assert cells_of(first + second) == cells_of(first * second) == (A, B)
    assert cells_of(sum([first, second])) == cells_of(2 * first + second) == (A, B)
    assert first * 0.5 == 7.5
    assert as_printed(first).cells == (A,)
    assert isinstance(first + 1, PrintedCount)
    with pytest.raises(InputError, match="'three four' is no whole number"):
        count("three four")


def test_a_table_is_addressed_cell_by_cell_and_its_rows_keep_the_addresses():
    table = load_published("coping_adherence", "table_4")
    addressed = address_table(table, table="table_4", text=["number", "result"])
    pd.testing.assert_frame_equal(addressed.astype(table.dtypes), table)
    for key, row in rows_of(addressed):
        assert cells_of(row["t"]) == (Cell("table_4", " -> ".join(key), "t"),)
        assert cells_of(row["number"]) == cells_of(row["result"]) == ()
        assert bool(cells_of(row["r_squared"])) == bool(row["r_squared"])


def test_cells_are_written_and_read():
    assert read_cells(write_cells([A, B])) == [A, B]
    assert write_cells([]) == ""
    assert read_cells("") == []
    with pytest.raises(InputError, match="has '/' or ';'"):
        write_cells([Cell("t", "a/b", "c")])
