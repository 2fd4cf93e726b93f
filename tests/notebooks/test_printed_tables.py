"""The tables of the reports keep to APA style: decimals, leading zeros, p values."""

import re

import nbformat
import pytest
from bs4 import BeautifulSoup

# heads of statistics that cannot exceed one
BOUNDED = re.compile(
    r"(Printed )?(p|r|r (with|of) \w+.*|r\(.*\)|R²|ΔR²|Median Q²|W|κ|Fleiss' κ|Krippendorff's α"
    r"|Tolerance|Loading|Smallest loading)( HC3| of W)?"
)
NUMBER = re.compile(r"−?[\d,]*\.?(\d*)")


@pytest.fixture
def printed(executed) -> list:
    """Return every table that the notebook shows."""
    outputs = [o for c in nbformat.read(executed, as_version=4).cells for o in c.get("outputs", [])]
    pages = [o["data"]["text/html"] for o in outputs if "text/html" in o.get("data", {})]
    found = [table for page in pages for table in BeautifulSoup(page, "html.parser")("table")]
    assert found
    return found


def _columns(table):
    """Columns of a table by their heads; none of a table whose rows are of different kinds."""
    heads = [th.get_text() for th in table.thead("th")]
    if heads[0] in ("Statistic", "Item", "Where"):
        return {}
    rows = [row(["th", "td"]) for row in table("tr") if row.parent.name == "tbody"]
    cells = [[cell.get_text() for cell in row] for row in rows if len(row) == len(heads)]
    return dict(zip(heads, zip(*cells, strict=True), strict=True))


def test_the_numbers_of_a_column_have_as_many_decimals(printed):
    for table in printed:
        for head, values in _columns(table).items():
            matches = [NUMBER.fullmatch(value) for value in values]
            decimals = {len(m[1]) for m in matches if m and re.search(r"\d", m[0])}
            assert len(decimals) <= 1, (head, values)


def test_what_cannot_exceed_one_has_no_leading_zero_and_nothing_else_lacks_it(printed):
    for table in printed:
        for head, values in _columns(table).items():
            numbers = [value for value in values if NUMBER.fullmatch(value)]
            with_zero = {bool(re.match(r"−?0\.", v)) for v in numbers if re.match(r"−?0?\.", v)}
            assert len(with_zero) <= 1, (head, values)
            if BOUNDED.fullmatch(head):
                assert True not in with_zero, (head, values)


def test_a_p_value_is_never_zero(printed):
    for table in printed:
        for head, values in _columns(table).items():
            if re.fullmatch(r"p( HC3| of W)?", head):
                assert all(re.fullmatch(r"–|< \.001|\.\d{3}|1\.000", v) for v in values), values
                assert ".000" not in values


def test_a_table_has_a_name_and_every_column_a_scope(printed):
    for table in printed:
        assert table["aria-label"].strip()
        assert all(th["scope"] == "col" for th in table.thead("th"))


def test_every_table_comes_in_every_form(executed):
    for cell in nbformat.read(executed, as_version=4).cells:
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if "<table" in data.get("text/html", ""):
                assert {"text/markdown", "text/latex", "text/plain"} <= set(data)
                assert data["text/latex"].count(r"\begin{") == data["text/latex"].count(r"\end{")


def test_a_note_fits_on_three_lines(executed):
    outputs = [o for c in nbformat.read(executed, as_version=4).cells for o in c.get("outputs", [])]
    pages = [o["data"]["text/html"] for o in outputs if "text/html" in o.get("data", {})]
    notes = [
        note for page in pages for note in BeautifulSoup(page, "html.parser")(class_="apa-note")
    ]
    assert notes
    # a line of the page holds a little more than 105 characters of a note
    assert [note.get_text() for note in notes if len(note.get_text()) > 320] == []
