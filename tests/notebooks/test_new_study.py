"""A new paper: what `make new` writes runs at once, and the walk-through leads to the end."""

import os
import re
import shutil
import subprocess
import sys

import pytest

from helpers.commands.baselines import accept_baselines
from helpers.commands.command_line import main
from helpers.commands.new_study import METHODS, find_todos, write_study
from helpers.errors import InputError
from helpers.paths import ROOT, TWIN, list_notebooks

COPIED = ("src", "docs", "data", "tests")
FILES = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "CITATION.cff", "Makefile")
FILES += ("pyproject.toml", "requirements.lock", "examples/clinic.csv", "examples/clinic.map.yml")
STUDIES = {
    "path": "smith2027",
    "sem": "koch2031",
    "pls": "abel_2028",
    "moderation": "zhou2029",
    "regression": "yu2030",
    "coding": "xu2031",
}
SECTION = re.search(
    r"^## A new paper\n(.*?)^## ", (ROOT / "CONTRIBUTING.md").read_text(), flags=re.M | re.S
)[1]
FILLED = dict(re.findall(r"`([\w/]+\.\w+)`:\n\n```\w*\n(.*?)^```", SECTION, flags=re.M | re.S))

BUILD = """
import sys
from helpers.commands.make_data import make_data
from helpers.commands.run_notebook import run_report
from helpers.paths import find_notebook

given = sys.argv[1:]
studies, notebooks = given[: len(given) // 2], given[len(given) // 2 :]
for study in studies:
    make_data(study)
for notebook in notebooks:
    run_report(find_notebook(notebook))
"""


def _copy(root):
    """Copy the sources of the project, without what was built."""
    caches = shutil.ignore_patterns("__pycache__", "*.ipynb", TWIN)
    for name in COPIED:
        shutil.copytree(ROOT / name, root / name, ignore=caches)
    for name in [*FILES, *(f"notebooks/{notebook}.py" for notebook in list_notebooks())]:
        (root / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, root / name)
    return root


@pytest.fixture
def project(tmp_path):
    """Return what a new study is checked against and written beside, and nothing else."""
    for name in ("notebooks", "src/helpers/studies/old", "data"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "notebooks" / "07_old.py").touch()
    (tmp_path / "README.md").write_text("| `07_old` | old |\n\nthe end\n")
    return tmp_path


def _tree(root):
    return {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}


@pytest.mark.parametrize("method", METHODS)
def test_a_study_is_written_whole_and_its_todos_are_found(project, method):
    before = _tree(project)
    written = write_study("smith2027", method, root=project)
    notebook = f"08_smith2027_{method}"
    assert _tree(project) - before == {p.relative_to(project).as_posix() for p in written[:-1]}
    rows = (project / "README.md").read_text().splitlines()
    assert rows[1] == f"| `{notebook}` | Smith (2027): TODO: the question |"
    todos = find_todos("smith2027", root=project)
    assert f"README.md:2: {rows[1]}" in todos
    texts = {path: path.read_text() for path in written}
    assert len(todos) == sum(
        "TODO" in line for text in texts.values() for line in text.splitlines()
    )
    lines = {
        path.relative_to(project).as_posix(): len(text.splitlines()) for path, text in texts.items()
    }
    # models of constructs have their measurement beside the effects, codings have three subjects
    longest = {"pls": 240, "sem": 215, "coding": 265}
    assert lines[f"notebooks/{notebook}.py"] <= longest.get(method, 185)
    assert lines["src/helpers/studies/smith2027/model.py"] <= 60
    assert max(map(len, texts[written[2]].splitlines())) <= 100


@pytest.mark.parametrize(
    ("study", "method", "message"),
    [
        ("Smith2027", "path", "write small letters, digits and underscores"),
        ("../smith", "path", "cannot name a study"),
        ("2027smith", "path", "cannot name a study"),
        ("s" * 41, "path", "at most 40"),
        ("old", "path", "STUDY='old' is taken"),
        ("class", "path", "STUDY='class' is taken"),
        (
            "smith2027",
            "pth",
            "METHOD='pth' is none of path, sem, pls, moderation, regression, coding. Did you "
            "mean 'path'?",
        ),
        ("smith2027", "", "METHOD='' is none of path, sem, pls, moderation, regression, coding"),
    ],
)
def test_a_name_that_cannot_be_used_is_refused_and_nothing_written(project, study, method, message):
    before = _tree(project)
    with pytest.raises(InputError, match=re.escape(message)):
        write_study(study, method, root=project)
    assert _tree(project) == before


def test_nothing_is_overwritten(project):
    test = project / "tests" / "unit" / "studies" / "smith2027" / "test_smith2027.py"
    test.parent.mkdir(parents=True)
    test.write_text("mine")
    before = _tree(project)
    with pytest.raises(
        InputError, match=r"tests/unit/studies/smith2027/test_smith2027\.py would be overwritten"
    ):
        write_study("smith2027", "path", root=project)
    assert _tree(project) == before
    assert test.read_text() == "mine"


def test_what_fails_half_way_leaves_nothing_behind(project):
    before, readme = _tree(project), (project / "README.md").read_text()
    (project / "tests").touch()  # a file where a folder should be made
    with pytest.raises(OSError, match="tests"):
        write_study("smith2027", "path", root=project)
    assert _tree(project) == before | {"tests"}
    assert (project / "README.md").read_text() == readme


def test_a_mistake_in_the_command_is_one_line(capsys):
    for arguments, message in [(["", ""], "say which study"), (["smith2027", "x"], "METHOD='x'")]:
        assert main(["new", *arguments]) == 1
        said = capsys.readouterr().err
        assert said.startswith("error: ")
        assert message in said
        assert said.count("\n") == 1


def _run(root, *arguments, **more):
    outside = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=root,
        env=outside | {"PYTHONPATH": str(root / "src"), "PYTHONHASHSEED": "0"} | more,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    return _copy(tmp_path_factory.mktemp("new papers"))


@pytest.mark.slow
def test_the_walk_through_leads_to_a_finished_notebook(tree):
    """Of each method a notebook; that of the walk-through is filled in as it says."""
    command, shown = re.search(r"^\$ (make new .*)\n((?:.*\n)*?)```", SECTION, re.M).groups()
    given = dict(re.findall(r"(\w+)=(\S+)", command))
    assert given == {"STUDY": STUDIES["path"], "METHOD": "path"}
    # the number of the notebook is the next one
    said = _run(tree, "-m", "helpers", "new", given["STUDY"], given["METHOD"], MAKELEVEL="1")
    assert re.sub(r"\d\d_smith", "NN_smith", said) == re.sub(r"\d\d_smith", "NN_smith", shown)
    written = said.splitlines()[:-1]
    assert set(FILLED) < set(written)
    for method in ("sem", "pls", "moderation", "regression", "coding"):
        write_study(STUDIES[method], method, root=tree)
    for name, text in FILLED.items():
        (tree / name).write_text(text)
    left = find_todos(given["STUDY"], root=tree)
    assert {line.split(":")[0] for line in left} == {"README.md", written[0]}
    for name in ("README.md", written[0]):
        text = (tree / name).read_text()
        (tree / name).write_text(re.sub(r"TODO: [^|\n]*", "does hope act through it? ", text))
    source = (tree / written[0]).read_text()
    (tree / written[0]).write_text(re.sub(r" +$", "", source, flags=re.M))

    names = [name for name in list_notebooks(tree) if name not in list_notebooks()]
    assert len(names) == len(METHODS)
    _run(tree, "-c", BUILD, *STUDIES.values(), *names)
    for name in names:
        accept_baselines(name, root=tree)
    tables = tree / "reports" / names[0] / "tables"
    # the data are stand-ins: the print is audited and not compared
    assert len((tables / "published_vs_reproduced.csv").read_text().splitlines()) == 1
    printed = [row.split(",") for row in FILLED[written[6]].splitlines()[1:]]
    with_p = sum(all(row[1:4]) for row in printed)
    assert (tables / "audit.csv").read_text().count("p of b / SE") == with_p > 0
    for study, name in zip(STUDIES.values(), names, strict=True):
        executed = (tree / "notebooks" / f"{name}.ipynb").read_text()
        begun = study not in (given["STUDY"], STUDIES["coding"])
        assert ("no printed number has been entered" in executed) is begun
    rules = [f"tests/{p}.py" for p in ("notebooks/test_pairs", "notebooks/test_tables")]
    rules += [
        f"tests/unit/{p}.py"
        for p in (
            "test_documents",
            "printed/test_numbers",
            "data/test_datasets",
            "data/test_schemas",
        )
    ]
    new = [f"tests/unit/studies/{study}/test_{study}.py" for study in STUDIES.values()]
    chosen = " or ".join([*STUDIES.values(), "lists_every_notebook"])
    finished = f"({chosen}) and not (nothing_is_left and not {given['STUDY']})"
    passed = _run(
        tree, "-m", "pytest", "-q", "-p", "no:cacheprovider", *rules, *new, "-k", finished
    )
    assert re.search(r"^\d+ passed", passed, flags=re.M), passed
    python = [name for name in written if name.endswith(".py")]
    _run(tree, "-m", "ruff", "check", *python)
