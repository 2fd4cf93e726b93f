"""What make would run again after a change; asked of make itself, in a tree that is built."""

import os
import re
import subprocess
import sys

import pytest

from helpers.paths import ROOT, list_notebooks
from helpers.sources import find_imports

pytestmark = pytest.mark.skipif(
    "MAKELEVEL" not in os.environ, reason="asks of a tree that is built: run make test"
)


def _steps_after(*changed: str) -> set[str]:
    """Return the steps that make would run if the files `changed` were newer."""
    outside = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    what_if = [word for name in changed for word in ("-W", name)]
    command = ["make", "--dry-run", f"PYTHON={sys.executable}", *what_if, "all"]
    done = subprocess.run(
        command, cwd=ROOT, env=outside, capture_output=True, text=True, check=True
    )
    named = re.findall(r"-m helpers (\w+)(?: --report)? ?(\w*)", done.stdout)
    return {f"{step} {name}".strip() for step, name in named}


def _reports(names) -> set[str]:
    return {f"run {name}" for name in names}


def test_in_a_built_tree_there_is_nothing_to_do():
    assert _steps_after() == set()


def test_a_change_of_the_pages_style_builds_the_pages_alone():
    assert _steps_after("docs/_static/report.css") == {"html"}


def test_a_changed_notebook_builds_its_report_and_those_that_read_it(notebook):
    steps = _steps_after(f"notebooks/{notebook}.py")
    source = {name: (ROOT / "notebooks" / f"{name}.py").read_text() for name in list_notebooks()}
    readers = {name for name, text in source.items() if f'"{notebook}"' in text}
    if notebook in (ROOT / "data" / "overview" / "sources.csv").read_text():
        readers.add("00_overview")
    made = {notebook} | readers
    assert steps == _reports(made) | {f"pdf {name}" for name in made} | {"html"}


@pytest.mark.parametrize(
    "name", ["report/theme.py", "models/sem/model.py", "models/power/simulation.py"]
)
def test_a_changed_helper_builds_what_imports_it(name):
    module = ROOT / "src" / "helpers" / name
    sources = [ROOT / "notebooks" / f"{name}.py" for name in list_notebooks()]
    users = {source.stem for source in sources if module in find_imports([source])}
    assert users
    steps = _steps_after(f"src/helpers/{name}")
    assert _reports(users) <= steps
    assert ("html" in steps) is bool(steps)


def test_a_changed_printed_number_builds_its_study_alone():
    steps = _steps_after("data/distress_session_quality/printed/table_1.csv")
    assert "data distress_session_quality" in steps
    assert "run 02_distress_session_quality_path" in steps
    assert not [step for step in steps if "coping" in step or "intersession" in step]
