"""What a step depends on is found, and make acts on it."""

import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from helpers.commands.dependencies import (
    cited_studies,
    finish_step,
    is_current,
    notebook_inputs,
    twin_inputs,
)
from helpers.paths import find_notebook
from helpers.sources import find_imports
from helpers.studies.replications import list_replications

MODULES = {
    "__init__": "",
    "errors": "",
    "models/__init__": "",
    "models/deep": "import numpy\nimport helpers.errors\n",
    "models/path": "from helpers.models import deep\n",
    "models/unused": "",
    "models/late": "",
    "report/__init__": "",
    "report/tables": "from . import theme\nfrom ..models.path import fit\n",
    "report/theme": "def use():\n    from helpers.models.late import x\n",
    "studies/__init__": "",
    "studies/sample/__init__": "",
    "studies/sample/model": "from helpers.report.tables import show\n",
    "studies/sample/twin": "from helpers.models import deep\nimport helpers.studies.other.model\n",
    "studies/sample/audit": "from helpers.models import late\n",
    "studies/other/__init__": "",
    "studies/other/model": "",
    "studies/other/audit": "",
    "studies/registry": "def audit(study):\n    import_module(f'helpers.studies.{study}.audit')\n",
}


@pytest.fixture
def project(tmp_path):
    for name, code in MODULES.items():
        path = tmp_path / "src" / "helpers" / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(code)
    (tmp_path / "src" / "helpers" / "report" / "look.mplstyle").write_text("")
    for study in ("sample", "other"):
        folder = tmp_path / "data" / study
        (folder / "printed").mkdir(parents=True)
        (folder / "printed" / "table_1.csv").write_text("a\n")
        (folder / "synthetic.csv").write_text("a\n")
        for name in ("source", "columns"):
            (folder / f"{name}.yml").write_text("")
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "requirements.lock").write_text("")
    return tmp_path


def _notebook(project: Path, name: str, code: str) -> Path:
    path = project / "notebooks" / f"{name}.py"
    path.write_text(f"# %%\n{code}\n")
    return path


def _relative(paths, project) -> set[str]:
    return {str(path.relative_to(project)) for path in paths if path.is_relative_to(project)}


def _modules(paths, project) -> set[str]:
    prefix = "src/helpers/"
    names = {name for name in _relative(paths, project) if name.startswith(prefix)}
    return {name.removeprefix(prefix).removesuffix(".py") for name in names}


def test_imports_are_followed_in_every_form(project):
    source = _notebook(project, "02_a", "from helpers.report import tables")
    assert _modules(find_imports([source], root=project), project) == {
        "__init__",
        "report/__init__",
        "report/tables",
        "report/theme",  # from . import
        "report/look.mplstyle",  # beside a module
        "models/__init__",
        "models/path",  # from ..models.path import a function
        "models/deep",  # from a package import a module
        "models/late",  # inside a function
        "errors",  # import with its full name
    }


@pytest.mark.parametrize("step", [1, -1])
def test_an_import_by_the_name_of_the_study_is_followed_in_any_order(project, step):
    modules = ["studies.registry", "studies.sample.model"][::step]
    code = "\n".join(f"import helpers.{module}" for module in modules)
    found = _modules(find_imports([_notebook(project, "02_a", code)], root=project), project)
    assert {"studies/sample/__init__", "studies/sample/audit", "models/late"} <= found
    assert "studies/other/audit" not in found


def test_a_notebook_depends_on_the_data_of_its_study_and_of_no_other(project):
    source = _notebook(project, "02_a", "from helpers.studies.sample import model")
    inputs = _relative(notebook_inputs(source, root=project), project)
    assert {name for name in inputs if name.startswith(("data", "build"))} == {
        "data/sample/columns.yml",
        "data/sample/printed",
        "data/sample/printed/table_1.csv",
        "data/sample/source.yml",
        "build/data/sample.done",
    }
    assert "notebooks/02_a.py" in inputs


def test_a_notebook_depends_on_the_reports_it_names(project):
    _notebook(project, "02_a", "")
    _notebook(project, "03_b", "")
    overview = _notebook(project, "00_all", "read('02_a')  # not 03_b")
    inputs = _relative(notebook_inputs(overview, root=project), project)
    assert {name for name in inputs if name.startswith("build")} == {"build/notebooks/02_a.done"}


def test_the_overview_depends_on_everything_published(project):
    for folder, name in (
        ("src/helpers/studies/overview", "model.py"),
        ("data/overview", "all.csv"),
    ):
        (project / folder).mkdir()
        (project / folder / name).write_text("")
    source = _notebook(project, "00_all", "from helpers.studies.overview import model")
    inputs = _relative(notebook_inputs(source, root=project), project)
    assert {name for name in inputs if name.startswith("data") and name.endswith(".csv")} == {
        "data/overview/all.csv",
        "data/other/printed/table_1.csv",
        "data/sample/printed/table_1.csv",
    }


def test_a_twin_depends_on_its_modules_and_on_the_data_of_each_study_it_imports(project):
    inputs = _relative(twin_inputs("sample", root=project), project)
    assert {"src/helpers/studies/sample/twin.py", "src/helpers/models/deep.py"} <= inputs
    assert {f"data/{study}/printed/table_1.csv" for study in ("sample", "other")} <= inputs
    assert "src/helpers/models/path.py" not in inputs


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
class TestMake:
    """A stamp and its depfile, as make reads them."""

    @pytest.fixture
    def step(self, project):
        """Return a function that says whether make would run the step again."""
        module = project / "src" / "helpers" / "errors.py"
        output = project / "reports" / "table.csv"
        output.parent.mkdir()
        stamp = project / "build" / "step.done"
        (project / "Makefile").write_text("build/step.done:\n\t@echo runs\n-include build/step.d\n")
        started = time.time_ns()
        output.write_text("1\n")
        inputs = [module, project / "data" / "sample" / "printed"]
        for path in [*inputs, project / "requirements.lock"]:
            os.utime(path, ns=(started - 10**9, started - 10**9))
        finish_step(stamp, inputs=inputs, outputs=[output], started_ns=started, root=project)

        def runs_again() -> bool:
            command = ["make", "--no-print-directory", "build/step.done"]
            done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=True)
            again = "runs" in done.stdout
            assert is_current(stamp, root=project) is not again, "without make it is otherwise"
            return again

        return runs_again

    def test_nothing_changed_nothing_runs(self, step):
        assert not step()

    @pytest.mark.parametrize(
        "name", ["src/helpers/errors.py", "reports/table.csv", "requirements.lock"]
    )
    def test_a_changed_input_or_output_runs_the_step(self, step, project, name):
        (project / name).touch()
        assert step()

    @pytest.mark.parametrize("name", ["src/helpers/errors.py", "reports/table.csv"])
    def test_a_missing_input_or_output_runs_the_step_and_is_no_error(self, step, project, name):
        (project / name).unlink()
        assert step()

    def test_a_file_added_to_a_data_folder_runs_the_step(self, step, project):
        (project / "data" / "sample" / "printed" / "table_2.csv").write_text("a\n")
        assert step()

    def test_an_unrelated_file_does_not(self, step, project):
        (project / "src" / "helpers" / "models" / "unused.py").touch()
        assert not step()


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
def test_an_input_changed_during_the_step_runs_it_again(project):
    module = project / "src" / "helpers" / "errors.py"
    (project / "Makefile").write_text("build/s.done:\n\t@echo runs\n-include build/s.d\n")
    started = time.time_ns() - 10**9
    module.touch()
    finish_step(
        project / "build" / "s.done", inputs=[module], outputs=[], started_ns=started, root=project
    )
    done = subprocess.run(["make"], cwd=project, capture_output=True, text=True, check=True)
    assert "runs" in done.stdout


def test_the_planner_is_about_every_study_that_has_a_design():
    planner = find_notebook("05")
    planned = list_replications()
    assert cited_studies(planner) == planned
    files = notebook_inputs(planner)
    rooms = {file.parent.name for file in files if file.name == "replication.py"}
    assert rooms == {*planned, "power"}
    assert not [file for file in files if file.name == "audit.py"]
