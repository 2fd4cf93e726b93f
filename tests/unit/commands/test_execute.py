"""An executed notebook is written alike by every build."""

import html
import json
import os
from pathlib import Path

import nbformat
import pytest
from markupsafe import escape
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from papermill.translators import PythonTranslator

from helpers.commands.environment import SOCKET_PATH, reproducible_environment
from helpers.commands.execute import (
    KERNEL,
    _OwnKernelManager,
    adapt_to_own_data,
    normalize_notebook,
    read_source,
    write_notebook,
)
from helpers.commands.pages import notebook_page
from helpers.report.inline import plain


def _stream(name, text):
    return new_output("stream", name=name, text=text)


def _notebook(*outputs, **metadata):
    cell = new_code_cell("x = 1", outputs=list(outputs), execution_count=1)
    return new_notebook(cells=[cell], metadata=metadata)


def _outputs(notebook, replace=None):
    return normalize_notebook(notebook, replace=replace).cells[0].outputs


def test_metadata_of_the_run_is_dropped_and_that_of_the_notebook_kept():
    notebook = _notebook(
        papermill={"end_time": "now"},
        kernelspec={"display_name": "my kernel", "name": "other", "language": "python"},
        language_info={"name": "python", "version": "3.11.7"},
        jupytext={"formats": "ipynb,py:percent"},
    )
    notebook.cells[0].metadata.update(
        papermill={"duration": 1}, execution={"iopub.execute_input": "now"}, tags=["parameters"]
    )
    normalize_notebook(notebook)
    assert notebook.metadata == {
        "kernelspec": KERNEL,
        "language_info": {"name": "python"},
        "jupytext": {"formats": "ipynb,py:percent"},
        "built_cells": [notebook.cells[0].id],
    }
    assert notebook.cells[0].metadata == {"tags": ["parameters"]}


def test_streams_are_joined_however_they_were_split():
    one = _outputs(_notebook(_stream("stdout", "ab\n"), _stream("stderr", "c\n")))
    other = _outputs(
        _notebook(_stream("stdout", "a"), _stream("stderr", "c\n"), _stream("stdout", "b\n"))
    )
    assert one == other
    assert [(output.name, output.text) for output in one] == [("stdout", "ab\n"), ("stderr", "c\n")]


def test_a_figure_keeps_its_place_between_streams():
    figure = new_output("display_data", data={"text/plain": "figure"})
    outputs = _outputs(_notebook(_stream("stdout", "a"), figure, _stream("stdout", "b")))
    assert [output.output_type for output in outputs] == ["stream", "display_data", "stream"]


def test_addresses_temporary_names_and_paths_of_the_machine_are_scrubbed():
    text = (
        "<object at 0x7f3a> /home/me/project/data/x.csv\n"
        "/tmp/ipykernel_12/345.py:3: UserWarning\n"
        "/home/me/project/.venv/lib/python3.11/site-packages/numpy/core.py:1\n"
    )
    shown = "<object at 0x…> data/x.csv\n<cell>:3: UserWarning\n…/site-packages/numpy/core.py:1\n"
    html = new_output("execute_result", data={"text/html": text, "image/png": text})
    outputs = _outputs(
        _notebook(_stream("stderr", text), html), {"/home/me/project/": "", "/home/me": "~"}
    )
    assert outputs[0].text == shown
    assert outputs[1].data["text/html"] == shown
    assert outputs[1].data["image/png"] == text


def test_cell_ids_depend_on_the_cells_alone_and_stay_unique():
    def ids():
        cells = [new_code_cell("x"), new_markdown_cell("x"), new_code_cell("x")]
        return [cell.id for cell in normalize_notebook(new_notebook(cells=cells)).cells]

    assert ids() == ids()
    assert len(set(ids())) == 3


def test_normalizing_twice_changes_nothing():
    notebook = _notebook(_stream("stdout", "at 0x1f"), _stream("stdout", "b"))
    once = write_notebook(normalize_notebook(notebook))
    assert write_notebook(normalize_notebook(nbformat.reads(once, as_version=4))) == once


def test_a_source_becomes_a_valid_paired_notebook(tmp_path):
    source = tmp_path / "02_a.py"
    source.write_text('# %% [markdown]\n# # Title\n\n# %% tags=["parameters"]\nseed: int = 1\n')
    notebook = read_source(source)
    nbformat.validate(notebook)
    assert [cell.source for cell in notebook.cells] == ["# Title", "seed: int = 1"]
    assert notebook.cells[1].metadata == {"tags": ["parameters"]}
    assert notebook.metadata.jupytext.formats == "ipynb,py:percent"
    assert notebook.metadata.kernelspec == KERNEL


OWN = """\
# %% [markdown]
# # A paper: is it so?
#
# Its text.

# %% [markdown] tags=["published"]
# Each result is put beside the printed one.

# %% tags=["published", "show-input"]
count_digits()

# %% tags=["own-data"]
if not data.synthetic:
    compare()
"""


def test_on_a_readers_data_the_title_names_the_file_and_the_papers_own_cells_are_left_out(tmp_path):
    source = tmp_path / "02_a.py"
    source.write_text(OWN)
    notebook = adapt_to_own_data(read_source(source), "my_clients [1].csv")
    assert [cell.source for cell in notebook.cells] == [
        "# A paper: is it so? – repeated with my_clients &#91;1&#93;.csv\n\nIts text.",
        "if not data.synthetic:\n    compare()",
    ]
    assert notebook.cells[1].metadata == {"tags": []}


def test_the_published_page_has_no_cell_for_a_readers_data(tmp_path):
    source = tmp_path / "02_a.py"
    source.write_text(OWN)
    for adapt, shown in ((lambda n, _: n, False), (adapt_to_own_data, True)):
        path = tmp_path / "02_a.ipynb"
        path.write_text(write_notebook(adapt(read_source(source), "my.csv")))
        assert ("compare()" in notebook_page(path)) is shown


def test_a_kernel_has_room_for_its_sockets_however_long_the_folder_for_temporary_files(
    tmp_path, monkeypatch
):
    long = tmp_path / ("a folder of a cluster's job, " * 4)
    long.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(long))
    with reproducible_environment():
        place = Path(os.environ["JUPYTER_RUNTIME_DIR"])
        assert len(os.fsencode(place / "kernel-ipc-5")) <= SOCKET_PATH
        assert _OwnKernelManager().transport == "ipc"
    assert not place.exists()
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(long))
    assert _OwnKernelManager().transport == "tcp"


@pytest.mark.parametrize("name", ["mine", "ü", "it's", 'say "x"', "a\\b", "山田"])
def test_no_absolute_path_is_left_of_what_was_given_however_it_is_written(name):
    data, codebook = f"/home/{name}/clients {name}.csv", f"/data/{name}/codes.csv"
    given = {"data_path": data, "codebook_path": codebook, "n": 3, "covariates": [name], "at": "sd"}
    cell = new_code_cell(PythonTranslator.codify(given), metadata={"tags": ["injected-parameters"]})
    normalize_notebook(new_notebook(cells=[cell]), replace={data: "clients.csv"})
    values = {}
    exec(cell.source, values)
    assert {key: values[key] for key in given} == given | {
        "data_path": "clients.csv", "codebook_path": "codes.csv"
    }  # fmt: skip
    assert cell.source.startswith("# Parameters\n")


@pytest.mark.parametrize("write", [repr, json.dumps, html.escape, escape, plain])
def test_a_path_is_hidden_in_every_spelling(write):
    path = "/home/ü 'x' \"y\"/mine.csv"
    outputs = _outputs(_notebook(_stream("stdout", f"read {write(path)}")), {path: "mine.csv"})
    assert "home" not in outputs[0].text
    assert "mine.csv" in outputs[0].text


PARTS = """# # A paper
# %% [markdown] tags=["scale=nominal"]
# ## Codes
# %%
codes()
# %% [markdown]
# ### More of codes
# %% [markdown] tags=["scale!=nominal"]
# ## Ratings
# %% tags=["scale!=nominal"]
ratings()
# %%
both()
"""


@pytest.mark.parametrize(
    ("scale", "kept"),
    [
        ("nominal", ["## Codes", "codes()", "### More of codes"]),
        ("ordinal", ["## Ratings", "ratings()", "both()"]),
    ],
)
def test_parts_whose_condition_is_not_met_are_left_out(tmp_path, scale, kept):
    source = tmp_path / "02_a.py"
    source.write_text(f"# %% [markdown]\n{PARTS}")
    notebook = adapt_to_own_data(read_source(source), "my.csv", {"scale": scale})
    assert [cell.source for cell in notebook.cells][1:] == kept
