"""Which of the project's files a source needs, found by reading its imports."""

import ast
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from helpers.paths import ROOT, list_studies

__all__ = ["find_imports", "imported_files", "state_of", "studies_among"]


PACKAGE = "helpers"
OVERVIEW = "overview"
_BY_STUDY = re.compile(rf"{PACKAGE}\.studies\.\{{\}}\.(\w+)")


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
        imported, parts = _read_imports(source, package_root, state_of(source))
        by_study |= parts
        names = list(imported)
        if not pending:
            # what is about no study in particular imports those of all
            studies = studies_among([*sources, *seen], root) or list_studies(root=root)
            names += [
                f"{PACKAGE}.studies.{study}.{part}"
                for part in by_study
                for study in studies
                if (package_root / PACKAGE / "studies" / study / f"{part}.py").is_file()
            ]
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


def imported_files(source: Path, *, root: Path = ROOT) -> list[Path]:
    """Return the modules of the project that `source` itself imports, and their packages."""
    names, _ = _read_imports(source, root / "src", state_of(source))
    return sorted({path for name in names for path in _module_files(name, root / "src")})


def studies_among(paths: Iterable[Path], root: Path) -> list[str]:
    """Return the studies that `paths` belong to; other packages of their room serve several."""
    room = root / "src" / PACKAGE / "studies"
    named = {path.parent.name for path in paths if path.parent.parent == room}
    return sorted(named & {OVERVIEW, *list_studies(root=root)})


def state_of(file: Path) -> tuple[int, int]:
    """When a file was last changed, and its size: a mark that what was read of it still holds."""
    state = file.stat()
    return state.st_mtime_ns, state.st_size


@cache
def _read_imports(
    source: Path, package_root: Path, _state: tuple[int, int]
) -> tuple[tuple[str, ...], frozenset[str]]:
    """Return the modules that a source imports, and which of any study's it imports by name.

    A file is read once, unless it was changed since: a command asks about the same ones often.
    """
    tree = ast.parse(source.read_text(encoding="utf-8"), str(source))
    names = _imported_names(tree, source, package_root)
    return tuple(names), frozenset(_modules_by_study(tree))


def _modules_by_study(tree: ast.AST) -> set[str]:
    """Return which modules of a study are imported by the study's name."""
    texts = {
        "".join(part.value if isinstance(part, ast.Constant) else "{}" for part in node.values)
        for node in ast.walk(tree)
        if isinstance(node, ast.JoinedStr)
    }
    return {found[1] for found in map(_BY_STUDY.fullmatch, texts) if found}


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
    """Return the file of `module`, if it is one, and the packages it is in."""
    parts = module.split(".")
    files = [package_root.joinpath(*parts[:n], "__init__.py") for n in range(1, len(parts) + 1)]
    files.append(package_root.joinpath(*parts).with_suffix(".py"))
    return [file for file in files if file.is_file()]
