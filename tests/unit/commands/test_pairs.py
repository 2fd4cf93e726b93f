"""An edit of the executed half of a pair is never lost in silence."""

import os

import jupytext
import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from helpers.commands.lab_saving import _keep_report
from helpers.commands.pairs import date_like_source, is_edited, mark_cells, refuse_lost_edit
from helpers.errors import InputError

CELLS = ("# A study", "a = 1", "b = 2")


def _notebook(texts=CELLS):
    title, *code = texts
    return new_notebook(cells=[new_markdown_cell(title), *map(new_code_cell, code)])


@pytest.fixture
def pair(tmp_path):
    """Return a source and what the build made of it."""
    source = tmp_path / "02_a.py"
    source.write_text(jupytext.writes(_notebook(), fmt="py:percent"))
    built = _notebook()
    mark_cells(built)
    nbformat.write(built, source.with_suffix(".ipynb"))
    return source


def _edit(source, change):
    executed = source.with_suffix(".ipynb")
    notebook = nbformat.read(executed, as_version=4)
    change(notebook.cells)
    nbformat.write(notebook, executed)


EDITS = {
    "a cell changed": lambda cells: cells[1].update(source="a = 100"),
    "a cell added": lambda cells: cells.append(new_code_cell("c = 3")),
    "a cell left out": lambda cells: cells.pop(2),
    "cells moved": lambda cells: cells.reverse(),
}


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
def test_an_edit_elsewhere_stops_the_build_and_is_left_as_it_is(pair, edit):
    _edit(pair, edit)
    executed = pair.with_suffix(".ipynb")
    before = executed.read_bytes()
    with pytest.raises(InputError) as caught:
        refuse_lost_edit(pair)
    assert str(caught.value).startswith("02_a.ipynb was edited, and its source 02_a.py was not")
    assert "python -m jupytext --to py" in str(caught.value)
    assert executed.read_bytes() == before


def test_its_remedy_takes_the_edit_into_the_source(pair):
    _edit(pair, EDITS["a cell changed"])
    jupytext.write(jupytext.read(pair.with_suffix(".ipynb")), pair, fmt="py:percent")
    refuse_lost_edit(pair)
    assert "a = 100" in pair.read_text()


def test_an_edited_source_is_built(pair):
    pair.write_text(pair.read_text().replace("a = 1", "a = 5") + "\n# %%\nc = 3\n")
    assert not is_edited(pair.with_suffix(".ipynb"), pair)
    refuse_lost_edit(pair)


def test_what_jupyterlab_saved_in_both_halves_can_be_built_after_an_edit_of_the_source(pair):
    """JupyterLab keeps the names of cells that it edits; what is saved has their true names."""
    executed = pair.with_suffix(".ipynb")
    session = nbformat.read(executed, as_version=4)
    session.cells[1].source = "a = 7"
    saved = _keep_report(session, executed)
    nbformat.write(saved, executed)
    jupytext.write(saved, pair, fmt="py:percent")
    pair.write_text(pair.read_text().replace("b = 2", "b = 8"))
    assert not is_edited(executed, pair)


def test_a_new_source_and_a_report_without_one_are_no_edits(tmp_path, pair):
    assert not is_edited(tmp_path / "03_b.ipynb", tmp_path / "03_b.py")
    refuse_lost_edit(tmp_path / "03_b.py")
    pair.unlink()
    assert not is_edited(pair.with_suffix(".ipynb"), pair)


def test_an_unedited_report_is_as_old_as_its_source_and_an_edited_one_is_not(pair):
    """Jupytext refuses to open a pair whose .ipynb is the newer of the two."""
    executed = pair.with_suffix(".ipynb")
    os.utime(pair, (1e9, 1e9))
    date_like_source(pair)
    assert executed.stat().st_mtime == 1e9
    _edit(pair, EDITS["a cell changed"])
    date_like_source(pair)
    assert executed.stat().st_mtime > 1e9


def test_jupytext_itself_refuses_the_edited_pair_and_opens_the_other(pair):
    """Its own guard: what JupyterLab does when a notebook is opened."""
    from jupytext import TextFileContentsManager

    (pair.parent / "jupytext.toml").write_text('formats = "ipynb,py:percent"\n')
    manager = TextFileContentsManager()
    manager.root_dir = str(pair.parent)
    os.utime(pair, (1e9, 1e9))
    date_like_source(pair)
    assert manager.get("02_a.ipynb")["content"]["cells"][1]["source"] == "a = 1"
    _edit(pair, EDITS["a cell changed"])
    with pytest.raises(Exception, match="more recent"):
        manager.get("02_a.ipynb")
