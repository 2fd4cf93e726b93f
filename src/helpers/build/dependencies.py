"""What a build step depends on, found by reading imports, and written down for make.

After a step, `write_depfile` writes ``build/…/<step>.d`` with everything the step read: the
project's modules that its sources import, directly or through each other, in functions too; the
data files beside those modules; the files of the studies among them. Of the imports made by name
at run time, one form is understood, a study's module of a package:
``import_module(f"helpers.audit.studies.{study}")``.

The files a step wrote are listed as well: make runs a step again if one of them is missing or
was changed since.
"""

import ast
import os
from collections.abc import Iterable
from pathlib import Path

from helpers.build.atomic import write_text_atomic
from helpers.build.paths import ROOT, list_notebooks, study_files

__all__ = ["cited_studies", "find_imports", "finish_step", "notebook_inputs", "twin_inputs"]

PACKAGE = "helpers"
STUDY_ROOMS = ("studies", "twins")
OVERVIEW = "overview"


def find_imports(sources: Iterable[Path], *, root: Path = ROOT) -> list[Path]:
    """Return the project's files that `sources` need to run, without the sources themselves.

    Parameters
    ----------
    sources : iterable of pathlib.Path
        Python files: modules, or notebooks in percent format.
    root : pathlib.Path
        The project.

    Returns
    -------
    list of pathlib.Path
        Modules of ``src/helpers`` imported directly or through others, the ``__init__`` of
        their packages, and other files in the same folders; sorted.
    """
    package_root = root / "src"
    pending, seen, by_study = list(sources), set(), set()
    while pending:
        source = pending.pop()
        tree = ast.parse(source.read_text(encoding="utf-8"), str(source))
        by_study |= _packages_by_study(tree)
        names = _imported_names(tree, source, package_root)
        studies = _studies([*sources, *seen], root)
        names += [f"{package}.{study}" for package in by_study for study in studies]
        new = {path for name in names for path in _module_files(name, package_root)} - seen
        seen |= new
        pending += new
    beside = {
        file
        for folder in {path.parent for path in seen}
        for file in folder.iterdir()
        if file.is_file() and file.suffix not in {".py", ".pyc"} and not file.name.startswith(".")
    }
    return sorted(seen | beside)


def _packages_by_study(tree: ast.AST) -> set[str]:
    """Return the packages of which a module is imported by the name of a study."""
    starts = {
        node.values[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant)
    }
    return {s.rstrip(".") for s in starts if s.startswith(f"{PACKAGE}.") and s.endswith(".")}


def _imported_names(tree: ast.AST, source: Path, package_root: Path) -> list[str]:
    names = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                package = source.parent
                for _ in range(node.level - 1):
                    package = package.parent
                base = ".".join([*package.relative_to(package_root).parts, *filter(None, [base])])
            names += [base, *(f"{base}.{alias.name}" for alias in node.names)]
    return [name for name in names if name.split(".")[0] == PACKAGE]


def _module_files(module: str, package_root: Path) -> list[Path]:
    """Return the file of `module`, if it is one, and the packages it stands in."""
    parts = module.split(".")
    files = [package_root.joinpath(*parts[:n], "__init__.py") for n in range(1, len(parts) + 1)]
    files.append(package_root.joinpath(*parts).with_suffix(".py"))
    return [file for file in files if file.is_file()]


def _studies(paths: Iterable[Path], root: Path) -> list[str]:
    """Return the studies among `paths`; other modules of their rooms serve several or a part."""
    rooms = {root / "src" / PACKAGE / room for room in STUDY_ROOMS}
    named = {p.stem for p in paths if p.parent in rooms and p.suffix == ".py"}
    published = root / "data" / "published"
    return sorted(name for name in named if name == OVERVIEW or (published / name).is_dir())


def _build_modules(*names: str) -> list[Path]:
    return [Path(__file__).with_name(name) for name in names]


def _with_imports(sources: list[Path], root: Path) -> list[Path]:
    return [*sources, *find_imports(sources, root=root)]


def notebook_inputs(source: Path, *, root: Path = ROOT) -> list[Path]:
    """Return what a notebook's report depends on.

    Beside the modules: the published numbers and data dictionaries of every study imported from
    ``helpers.studies`` or ``helpers.twins``, and all published numbers for
    ``helpers.studies.overview``; the synthetic data sets of those studies; and, for each text in
    the notebook that is the name of another notebook, the report of that one.
    """
    modules = _with_imports([source, *_build_modules("execute.py", "environment.py")], root)
    files = list(modules)
    for study in _studies(modules, root):
        files += study_files(study, root=root)
        if study == OVERVIEW:
            files += sorted(p for p in (root / "data" / "published").rglob("*") if p.is_file())
        if (root / "src" / PACKAGE / "twins" / f"{study}.py").exists():
            files.append(root / "build" / "data" / f"{study}.done")
    others = set(list_notebooks(root)) - {source.stem}
    files += [
        root / "build" / "notebooks" / f"{name}.done" for name in sorted(others & _texts([source]))
    ]
    return files


def cited_studies(source: Path, *, root: Path = ROOT) -> list[str]:
    """Return the published studies that a notebook is about; the overview is about all.

    A study counts when a module of ``helpers.studies`` that the notebook imports is called like
    it, or when that module or the notebook holds its name as a text.
    """
    room = root / "src" / PACKAGE / "studies"
    tree = ast.parse(source.read_text(encoding="utf-8"))
    imported = _imported_names(tree, source, root / "src")
    files = {path for name in imported for path in _module_files(name, root / "src")}
    modules = sorted(path for path in files if path.parent == room)
    published = {path.name for path in (root / "data" / "published").glob("*") if path.is_dir()}
    named = {path.stem for path in modules}
    if OVERVIEW in named:
        return sorted(published)
    return sorted(published & (named | _texts([source, *modules])))


def _texts(sources: Iterable[Path]) -> set[str]:
    """Return the texts in the code of `sources`."""
    return {
        node.value
        for source in sources
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def twin_inputs(study: str, *, root: Path = ROOT) -> list[Path]:
    """Return what the synthetic data of a study depend on."""
    source = root / "src" / PACKAGE / "twins" / f"{study}.py"
    modules = _with_imports([source, *_build_modules("environment.py")], root)
    studies = {study, *_studies(modules, root)}
    data = [file for name in sorted(studies) for file in study_files(name, root=root)]
    return [*modules, *data]


def finish_step(
    stamp: Path,
    *,
    inputs: Iterable[Path],
    outputs: Iterable[Path],
    started_ns: int,
    root: Path = ROOT,
) -> None:
    """Write the depfile of a step, then its stamp.

    The outputs and the stamp are dated at the step's start, so that an input changed while it
    ran is newer than they are.

    Parameters
    ----------
    stamp : pathlib.Path
        The file make looks at, such as ``build/notebooks/<notebook>.done``.
    inputs, outputs : iterable of pathlib.Path
        What the step read, and wrote.
    started_ns : int
        When it began, by `time.time_ns`.
    root : pathlib.Path
        The project; the paths are written relative to it.
    """
    inputs, outputs = sorted(set(inputs)), sorted(set(outputs))
    for output in outputs:
        os.utime(output, ns=(started_ns, started_ns))
    files = (*inputs, *outputs, root / "requirements.lock")
    # a folder is named with a dot, for make has targets of the same names
    names = [os.path.relpath(path, root) + ("/." if path.is_dir() else "") for path in files]
    lines = [f"{os.path.relpath(stamp, root)}: \\", *(f"  {name} \\" for name in names), ""]
    # an empty rule each: a file that is gone means "run again", not "no rule to make it"
    lines += [f"{name}:" for name in names]
    write_text_atomic(stamp.with_suffix(".d"), "\n".join(lines) + "\n")
    write_text_atomic(stamp, "")
    os.utime(stamp, ns=(started_ns, started_ns))
