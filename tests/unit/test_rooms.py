"""Data flow one way through the rooms: the contracts hold, and fail where one is broken."""

import ast
import os
import shutil
import subprocess
import sys

import pytest

from helpers.paths import ROOT, list_studies

PACKAGE = ROOT / "src" / "helpers"
MACHINERY = ("models", "printed", "audit", "data", "twins", "report")
BY_NAME = {"import_module", "__import__", "find_spec", "resolve_name"}
MAY_IMPORT_BY_NAME = ("__init__.py", "studies/registry.py", "studies/replications.py", "commands/")
LINT = "from importlinter.cli import lint_imports_command as lint; lint()"

# contract, the module that breaks it, what it imports
BREAKS = [
    ("rooms", "files", "helpers.printed.rounding"),
    ("rooms", "inputs", "helpers.models.inference.intervals"),
    ("rooms", "models.sem.sample", "helpers.printed.rounding"),
    ("rooms", "printed.rounding", "helpers.data.schemas"),
    ("rooms", "audit.fit", "helpers.data.schemas"),
    ("rooms", "twins.short_steps", "helpers.audit.findings"),
    ("rooms", "data.describe", "helpers.report.numbers"),
    ("rooms", "report.theme", "helpers.studies.registry"),
    ("rooms", "studies.registry", "helpers.commands.progress"),
    ("rooms", "errors", "helpers.commands.progress"),
    ("families", "models.pls.kernel", "helpers.models.sem.syntax"),
    ("families", "models.coding.agreement", "helpers.models.moderation.model"),
    ("families", "models.inference.intervals", "helpers.models.sem.syntax"),
    ("families", "models.moderation.model", "helpers.models.power.design"),
    ("report", "report.theme", "helpers.models.sem.syntax"),
    ("report", "report.theme", "helpers.audit.findings"),
    ("report", "report.theme", "helpers.twins.short_steps"),
    ("studies", "studies.coping_adherence.words", "helpers.studies.distress_session_quality.words"),
    ("studies", "studies.registry", "helpers.studies.coping_adherence.audit"),
    ("studies", "studies.one_model.model", "helpers.studies.coping_adherence.model"),
    ("studies", "studies.one_coding.model", "helpers.studies.coping_adherence.model"),
    ("studies", "studies.overview.model", "helpers.studies.replication_planner.model"),
    ("studies", "studies.replication_planner.model", "helpers.studies.coping_adherence.model"),
    ("study", "studies.coping_adherence.audit", "helpers.studies.coping_adherence.results"),
    ("study", "studies.coping_adherence.audit", "helpers.studies.coping_adherence.twin"),
    ("study", "studies.distress_session_quality.model",
     "helpers.studies.distress_session_quality.twin_targets"),
    ("circles", "report.theme", "helpers.report.path_diagram"),
    ("circles", "errors", "helpers.paths"),
]  # fmt: skip


def _lint(root, *contracts):
    """Return whether the contracts hold in a copy of the project, and what was said."""
    chosen = [word for contract in contracts for word in ("--contract", contract)]
    done = subprocess.run(
        [sys.executable, "-c", LINT, "--no-cache", *chosen],
        cwd=root,
        env=os.environ | {"PYTHONPATH": str(root / "src"), "COLUMNS": "300"},
        capture_output=True,
        text=True,
    )
    said = done.stdout + done.stderr
    assert "Analyzed" in said, said
    return done.returncode == 0, said


@pytest.fixture(scope="module")
def copied(tmp_path_factory):
    root = tmp_path_factory.mktemp("rooms")
    shutil.copytree(PACKAGE, root / "src" / "helpers", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", root)
    return root


@pytest.fixture
def planted(copied):
    """Return a function that adds an import to a module of the copy; it is taken out after."""
    before = {}

    def plant(module, imported):
        path = copied / "src" / "helpers" / f"{module.replace('.', '/')}.py"
        text = path.read_text(encoding="utf-8") if path.exists() else None
        before.setdefault(path, text)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{text or ''}\n\nimport {imported}\n", encoding="utf-8")
        return copied

    yield plant
    for path, text in before.items():
        path.unlink() if text is None else path.write_text(text, encoding="utf-8")


def test_every_contract_holds(copied):
    kept, said = _lint(copied)
    assert kept, said


def test_every_contract_is_broken_below():
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    declared = {line.split('"')[1] for line in text.splitlines() if line.startswith("id = ")}
    assert declared == {contract for contract, *_ in BREAKS}


@pytest.mark.parametrize("contract", sorted({contract for contract, *_ in BREAKS} - {"circles"}))
def test_each_arrow_that_runs_up_breaks_its_contract(planted, contract):
    arrows = [(module, imported) for name, module, imported in BREAKS if name == contract]
    roots = [planted(module, imported) for module, imported in arrows]
    kept, said = _lint(roots[0], contract)
    assert not kept
    missed = [arrow for arrow in arrows if " -> ".join(arrow) not in said]
    assert not missed, said


@pytest.mark.parametrize(
    ("module", "imported"), [arrow for contract, *arrow in BREAKS if contract == "circles"]
)
def test_an_arrow_that_closes_a_circle_breaks_its_contract(planted, module, imported):
    kept, said = _lint(planted(module, imported), "circles")
    assert not kept
    assert "No cycles are allowed in" in said


def test_an_import_in_a_function_is_seen(planted):
    root = planted("report.theme", "helpers.errors")
    path = root / "src" / "helpers" / "report" / "theme.py"
    path.write_text(f"{path.read_text()}\n\ndef late():\n    import helpers.studies.registry\n")
    assert not _lint(root, "rooms")[0]


def test_a_new_study_is_held_to_the_contracts_without_being_listed(planted):
    planted("studies.smith2027.__init__", "helpers.errors")
    assert _lint(planted("studies.smith2027.model", "helpers.studies.one_model.model"))[0]
    planted("studies.smith2027.audit", "helpers.studies.smith2027.results")
    root = planted("studies.smith2027.results", "helpers.studies.coping_adherence.results")
    assert not _lint(root, "study")[0]
    assert not _lint(root, "studies")[0]


def test_a_new_room_must_take_its_place(planted):
    assert not _lint(planted("attic.__init__", "helpers.errors"), "rooms")[0]
    assert not _lint(planted("models.attic.__init__", "helpers.errors"), "families")[0]


def _imported_by_name(source):
    calls = [node.func for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    return {ast.unparse(called) for called in calls if _last(called) in BY_NAME}


def _last(called):
    return called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")


@pytest.mark.parametrize(
    "call", ["import_module(n)", "importlib.import_module(n)", "__import__(n)"]
)
def test_an_import_by_name_is_seen(call):
    assert _imported_by_name(f"module = {call}")


def test_only_the_registry_and_the_commands_import_by_name():
    for path in sorted(PACKAGE.rglob("*.py")):
        if not path.relative_to(PACKAGE).as_posix().startswith(MAY_IMPORT_BY_NAME):
            assert not _imported_by_name(path.read_text(encoding="utf-8")), path


@pytest.mark.parametrize("room", MACHINERY)
def test_no_study_is_named_below_the_studies(room):
    for path in sorted((PACKAGE / room).rglob("*.*")):
        if path.suffix != ".pyc":
            text = path.read_text(encoding="utf-8")
            assert not [study for study in list_studies() if study in text], path


def test_nobody_outside_imports_the_commands():
    outside = [ROOT / "notebooks", ROOT / "examples", ROOT / "benchmarks"]
    for path in (path for folder in outside for path in sorted(folder.rglob("*.py"))):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not any(name.startswith("helpers.commands") for name in names), path
