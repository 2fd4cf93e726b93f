"""Each notebook is a pair: the source under review, and the report that came out of it."""

import ast
import os
import re
import subprocess
from pathlib import Path

import jupytext
import nbformat
import pytest

from helpers.commands.execute import normalize_notebook, read_source, write_notebook
from helpers.notebook import read_parameters
from helpers.paths import ROOT

MACHINE_PATH = re.compile(r"(?<![\w.])(/home/|/Users/|/root/|/tmp/|/var/folders/|[A-Z]:\\Users)\S*")
NUMBER = re.compile(r"-?\d*\.?\d+(?:[eE][-+]?\d+)?")


def _content(notebook):
    return [(c.cell_type, c.source, sorted(c.metadata.get("tags", []))) for c in notebook.cells]


def _text_outputs(notebook) -> list[str]:
    """Return what a notebook says, but for the versions it was made with."""
    texts = []
    for cell in notebook.cells:
        if "provenance" in cell.metadata.get("tags", ()):
            continue
        for output in cell.get("outputs", ()):
            data = output.get("data", {})
            texts += [output.text] if "text" in output else []
            texts += [data[mime] for mime in sorted(data) if mime.startswith("text/")]
    return texts


def test_the_two_halves_hold_the_same_cells(source, executed):
    assert _content(nbformat.read(executed, as_version=4)) == _content(read_source(source))


HEADER = """\
# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#     text_representation:
#       extension: .py
#       format_name: percent
#       format_version: '1.3'
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

"""


def test_the_source_is_as_jupyterlab_saves_it(source):
    """Else opening and saving a notebook would change lines that nobody edited."""
    text = source.read_text(encoding="utf-8")
    assert text.startswith(HEADER)
    notebook = read_source(source)
    notebook.metadata = {"jupytext": {"notebook_metadata_filter": "-all"}}
    assert jupytext.writes(notebook, fmt="py:percent") == text.removeprefix(HEADER)


def test_the_report_is_whole_and_free_of_errors(executed):
    notebook = nbformat.read(executed, as_version=4)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    assert not [o for cell in code for o in cell.outputs if o.output_type == "error"]
    assert not [o.text for cell in code for o in cell.outputs if o.get("name") == "stderr"]


def test_the_report_is_made_at_the_defaults(source, executed):
    assert read_parameters(executed) == read_parameters(source)
    names = [parameter.name for parameter in read_parameters(source)]
    reads_data = re.search(r"\bload_(dataset|codings)\b", source.read_text(encoding="utf-8"))
    assert ("data_path" in names) == bool(reads_data)
    assert names[-1] == "output_dir"
    cells = nbformat.read(executed, as_version=4).cells
    assert not [cell for cell in cells if "injected-parameters" in cell.metadata.get("tags", ())]


def test_the_report_tells_nothing_of_the_machine(executed):
    text = executed.read_text(encoding="utf-8")
    assert not MACHINE_PATH.search(text)
    assert str(ROOT) not in text
    assert os.fspath(Path.home()) not in text


def test_the_report_is_as_the_build_writes_it(executed):
    notebook = nbformat.read(executed, as_version=4)
    assert write_notebook(normalize_notebook(notebook)) == executed.read_text(encoding="utf-8")


def test_a_notebook_defines_nothing_and_its_cells_are_short(source):
    notebook = read_source(source)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    tree = ast.parse(source.read_text(encoding="utf-8"))
    defined = [n.name for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.ClassDef)]
    assert not defined
    long = [cell for cell in code if len(cell.source.splitlines()) > 15]
    assert [
        cell.source.split("\n")[0]
        for cell in long
        if "parameters" not in cell.metadata.get("tags", ()) and not _only_imports(cell.source)
    ] == []


def _only_imports(cell: str) -> bool:
    return all(isinstance(n, ast.Import | ast.ImportFrom) for n in ast.parse(cell).body)


def _committed(path: Path) -> str:
    """Return a file as it was committed; skip where that says nothing."""

    def git(*arguments):
        return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, encoding="utf-8")

    changed = git("status", "--porcelain", "--", "src", "data", "notebooks/*.py")
    if changed.returncode:
        pytest.skip("this is no git checkout: there is nothing committed to compare with")
    if changed.stdout.strip():
        pytest.skip("the sources are changed: commit them together with the new report")
    shown = git("show", f"HEAD:{path.relative_to(ROOT).as_posix()}")
    assert not shown.returncode, f"{path.name} is built but not committed"
    return shown.stdout


def _same_but_for_the_last_digit(one: str, other: str) -> bool:
    """Compare texts; a printed number may differ by one in its last place."""
    if NUMBER.sub("#", one) != NUMBER.sub("#", other):
        return False
    for a, b in zip(NUMBER.findall(one), NUMBER.findall(other), strict=True):
        if a == b:
            continue
        mantissa, _, exponent = a.lower().partition("e")
        decimals = len(mantissa.partition(".")[2]) - int(exponent or 0)
        if abs(float(a) - float(b)) > 1.01 * 10.0**-decimals:
            return False
    return True


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("b = 0.123", "b = 0.124", True),
        ("b = 0.123", "b = 0.125", False),
        ("b = 0.123, p = 1e-09", "b = 0.123, p = 3e-09", False),
        ("b = 0.123", "c = 0.123", False),
        ("n = 12", "n = 14", False),
        ("sha 12e3456, b = 0.123", "sha 12e3456, b = 0.124", True),
    ],
)
def test_the_comparison_of_reports_can_fail(one, other, same):
    assert _same_but_for_the_last_digit(one, other) is same


def test_the_committed_report_is_the_one_these_sources_give(executed):
    committed = nbformat.reads(_committed(executed), as_version=4)
    built = nbformat.read(executed, as_version=4)
    assert _content(committed) == _content(built)
    before, now = _text_outputs(committed), _text_outputs(built)
    assert len(before) == len(now)
    for one, other in zip(before, now, strict=True):
        assert _same_but_for_the_last_digit(one, other)
