"""What JupyterLab may write into notebooks/."""

import json
from types import SimpleNamespace

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from tornado.web import HTTPError

from helpers.commands.lab_saving import drop_places, keep_reports
from helpers.commands.run_notebook import run_report
from helpers.errors import InputError
from helpers.notebook import PLACES, start_run
from helpers.paths import ROOT

PARAMETERS = 'data_path: str = ""  # yours\nn_boot: int = 50  # draws\noutput_dir: str = ""  # out'


def _notebook(code=PARAMETERS, said="of the build", count=1):
    output = new_output("stream", text=said)
    cells = [
        new_markdown_cell("# A study"),
        new_code_cell(code, metadata={"tags": ["parameters"]}),
        new_code_cell("run()", outputs=[output], execution_count=count),
    ]
    for number, cell in enumerate(cells):
        cell["id"] = str(number)
    return new_notebook(cells=cells)


@pytest.fixture
def save(tmp_path):
    """Return a function that gives what would be written to a path of a small project."""
    (tmp_path / "notebooks").mkdir()
    nbformat.write(_notebook(), tmp_path / "notebooks" / "09_a.ipynb")

    def call(content, path="notebooks/09_a.ipynb", kind="notebook"):
        model = {"type": kind, "content": content}
        manager = SimpleNamespace(root_dir=str(tmp_path))
        keep_reports(model=model, path=path, contents_manager=manager, root=tmp_path)
        return model["content"]

    return call


def test_what_was_run_but_not_edited_is_saved_as_it_was(save):
    assert save(_notebook(said="of the session", count=7)) == _notebook()


@pytest.mark.parametrize("path", ["notebooks/09_a.ipynb", "/notebooks/new.ipynb"])
def test_what_was_edited_is_saved_without_outputs(save, path):
    saved = save(_notebook(PARAMETERS.replace("50", "60"), said="secret"), path)
    assert saved.cells[1].source == PARAMETERS.replace("50", "60")
    assert saved.cells[2].outputs == []
    assert "secret" not in json.dumps(saved)


def test_the_notebook_in_the_session_is_left_alone(save):
    session = _notebook(PARAMETERS.replace('""', '"mine.csv"', 1), said="secret")
    before = json.dumps(session)
    save(session)
    assert json.dumps(session) == before


def test_a_readers_file_is_saved_in_neither_half(save):
    mine = PARAMETERS.replace('""', '"mine.csv"', 1)
    assert save(_notebook(mine, said="secret")) == _notebook()
    text = '# ---\n# ---\n\n# %% [markdown]\n# Text\n\n# %% tags=["parameters"]\n'
    saved = save(f"{text}{mine}\n\n# %%\nrun()\n", "notebooks/09_a.py", "file")
    assert saved == f"{text}{PARAMETERS}\n\n# %%\nrun()\n"


@pytest.mark.parametrize("path", ["runs/09_a.ipynb", "notebooks/../runs/mine.ipynb"])
def test_elsewhere_everything_is_saved(save, path):
    mine = _notebook(PARAMETERS.replace('""', '"mine.csv"', 1), said="my result")
    assert save(mine, path) == mine


def test_what_cannot_be_kept_clean_is_not_saved(save):
    with pytest.raises(HTTPError, match=r"09_a\.ipynb was not saved"):
        save({"no": "notebook"})


@pytest.mark.parametrize(
    ("typed", "saved"),
    [
        ('data_path: str = "a.csv"  # yours, "a.csv"', 'data_path: str = ""  # yours, "a.csv"'),
        ('data_path = (\n    "Zoë.csv"\n)\nx = 1', 'data_path = (\n    ""\n)\nx = 1'),
        ("output_dir = r'C:\\mine'", 'output_dir = ""'),
        ("y = data_path = 'a.csv'", 'y = data_path = ""'),
        ('mapping_path: str = "a.y', 'mapping_path: str = ""'),
        ("data_path: str", "data_path: str"),
        ("load(data_path)", "load(data_path)"),
        ("%matplotlib inline", "%matplotlib inline"),
    ],
)
def test_places_are_dropped_however_they_are_written(typed, saved):
    assert drop_places(typed) == saved


def test_the_setting_names_this_hook():
    settings = json.loads((ROOT / ".jupyter" / "jupyter_server_config.json").read_text())
    hook = f"{keep_reports.__module__}.{keep_reports.__name__}"
    assert settings["FileContentsManager"]["pre_save_hook"] == hook


# ---------------------------------------------------------------- saved by another editor


@pytest.fixture
def edited(tmp_path):
    """Return a project whose source names a reader's file."""
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "mine.csv").write_text("a\n1\n")
    source = tmp_path / "notebooks" / "09_a.py"
    parameters = PARAMETERS.replace('""', f'"{tmp_path / "mine.csv"}"', 1)
    source.write_text(f'# %% tags=["parameters"]\n{parameters}\n')
    return source


def test_a_readers_file_in_the_source_makes_no_report(edited, tmp_path):
    with pytest.raises(InputError, match=r"09_a\.py: data_path='.*mine\.csv' is in the source"):
        run_report(edited, root=tmp_path)
    values = {"data_path": str(tmp_path / "mine.csv"), "n_boot": 50, "output_dir": ""}
    run = start_run("09_a", values, root=tmp_path)
    assert not run.at_defaults
    assert run.output_folder == tmp_path / "runs" / "09_a"


def test_places_are_the_parameters_that_name_files():
    sources = [path.read_text(encoding="utf-8") for path in (ROOT / "notebooks").glob("*.py")]
    for name in PLACES:
        assert any(f'{name}: str = ""' in text for text in sources)
