"""The cells of a finding are the printed numbers that it depends on, and all of them."""

import random

import pytest

from helpers.paths import studies_with
from helpers.printed.cells import NUMBER_WORDS, Cell, name_row, read_cells
from helpers.printed.numbers import load_published, load_source, melt_published
from helpers.studies.registry import audit_tables

pytestmark = pytest.mark.slow

ANSWER = ["verdict", "implied_lower", "implied_upper", "nominal"]
WORDS = {word: "two" if number == 3 else "three" for word, number in NUMBER_WORDS.items()}
GROUP = 8
"""Cells that are altered at once."""


def load_tables(study):
    return {name: load_published(study, name) for name in load_source(study)["tables"]}


def alter(printed):
    """Another number of the same form."""
    if printed.casefold() in WORDS:
        return WORDS[printed.casefold()]
    last = max(k for k, character in enumerate(printed) if character.isdigit())
    other = "12345678"[(int(printed[last]) + 3) % 8]
    return printed[:last] + other + printed[last + 1 :]


def alter_cells(tables, cells):
    altered = {name: table.copy() for name, table in tables.items()}
    for table, row, column in cells:
        frame = altered[table]
        place = [*map(name_row, frame.index)].index(row), frame.columns.get_loc(column)
        frame.iloc[place] = alter(frame.iloc[place])
    return altered


def same(one, other):
    return (one == other) | (one.isna() & other.isna())


@pytest.mark.parametrize("study", studies_with("audit"))
def test_a_finding_that_changes_with_a_number_names_its_cell(study):
    tables = load_tables(study)
    before = audit_tables(tables, study=study)
    named = [set(read_cells(text)) for text in before["cells"]]
    long = melt_published(study)
    cells = [
        Cell(*cell)
        for *cell, printed in long[["table", "row", "column", "printed"]].itertuples(index=False)
        if any(character.isdigit() for character in printed) or printed.casefold() in WORDS
    ]
    random.Random(7).shuffle(cells)
    felt = set()
    for k in range(0, len(cells), GROUP):
        group = cells[k : k + GROUP]
        after = audit_tables(alter_cells(tables, group), study=study)
        assert len(after) == len(before)
        moved = ~same(before[ANSWER], after[ANSWER]).all(axis=1)
        for i in before.index[moved]:
            assert named[i] & set(group), (before.loc[i, ["location", "relation"]].tolist(), group)
            felt |= named[i] & set(group)
    assert felt


@pytest.mark.parametrize("study", studies_with("audit"))
def test_the_cells_of_a_finding_are_printed(study):
    long = melt_published(study)
    printed = set(map(Cell._make, long[["table", "row", "column"]].itertuples(index=False)))
    for cells in audit_tables(load_tables(study), study=study)["cells"]:
        assert set(read_cells(cells)) <= printed
