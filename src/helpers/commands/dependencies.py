"""What a build step depends on, found by reading imports, and written down for make.

After a step, `write_depfile` writes ``build/…/<step>.d`` with everything the step read: the
project's modules that its sources import, directly or through each other, in functions too; the
data files beside those modules; the files of the studies among them. Of the imports made by name
at run time, one form is understood, a study's module of a package:
``import_module(f"helpers.studies.{study}.audit")``.

The files a step wrote are listed as well: make runs a step again if one of them is missing or
was changed since.
"""

import ast
import os
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from helpers.files import write_text_atomic
from helpers.paths import ROOT, list_notebooks, list_studies, study_files
from helpers.sources import (
    OVERVIEW,
    PACKAGE,
    find_imports,
    imported_files,
    state_of,
    studies_among,
)

__all__ = ["cited_studies", "finish_step", "is_current", "notebook_inputs", "twin_inputs"]


def _build_modules(*names: str) -> list[Path]:
    return [Path(__file__).with_name(name) for name in names]


def _with_imports(sources: list[Path], root: Path) -> list[Path]:
    return [*sources, *find_imports(sources, root=root)]


def notebook_inputs(source: Path, *, root: Path = ROOT) -> list[Path]:
    """Return what a notebook's report depends on.

    Beside the modules: the data of every study imported from ``helpers.studies``, and those of
    all studies for ``helpers.studies.overview``; the synthetic data sets of those studies; and,
    for each text in the notebook that is the name of another notebook, the report of that one; and
    what it may cite.
    """
    modules = _with_imports([source, *_build_modules("execute.py", "environment.py")], root)
    files = [*modules, *(path for path in (root / "docs").glob("*.bib"))]
    for study in studies_among(modules, root):
        files += study_files(study, root=root)
        if study == OVERVIEW:
            files += [
                file for name in list_studies(root=root) for file in study_files(name, root=root)
            ]
        if (root / "src" / PACKAGE / "studies" / study / "twin.py").exists():
            files.append(root / "build" / "data" / f"{study}.done")
    others = set(list_notebooks(root)) - {source.stem}
    named = _texts([source]) | _words(path for path in files if path.suffix == ".csv")
    files += [root / "build" / "notebooks" / f"{name}.done" for name in sorted(others & named)]
    return files


def cited_studies(source: Path, *, root: Path = ROOT) -> list[str]:
    """Return the published studies that a notebook is about; the overview is about all.

    A study counts when a package of ``helpers.studies`` that the notebook imports from is called
    like it, or when a module imported from there or the notebook holds its name as a text; where
    none does, when one of its modules is imported by its name.
    """
    room = root / "src" / PACKAGE / "studies"
    modules = [path for path in imported_files(source, root=root) if path.parent.parent == room]
    published = set(list_studies(root=root))
    named = {path.parent.name for path in modules}
    if OVERVIEW in named:
        return sorted(published)
    found = published & (named | _texts([source, *modules]))
    return sorted(found) or studies_among(find_imports([source], root=root), root)


def _texts(sources: Iterable[Path]) -> set[str]:
    """Return the texts in the code of `sources`."""
    return set().union(*(_read_texts(path, state_of(path)) for path in sources))


@cache
def _read_texts(source: Path, _state: tuple[int, int]) -> frozenset[str]:
    return frozenset(
        node.value
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


def _words(tables: Iterable[Path]) -> set[str]:
    """Return the words in the cells of `tables`, such as the names of notebooks."""
    return {word for path in tables for word in re.findall(r"\w+", path.read_text("utf-8"))}


def twin_inputs(study: str, *, root: Path = ROOT) -> list[Path]:
    """Return what the synthetic data of a study depend on."""
    source = root / "src" / PACKAGE / "studies" / study / "twin.py"
    modules = _with_imports([source, *_build_modules("environment.py")], root)
    studies = {study, *studies_among(modules, root)}
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


def is_current(stamp: Path, *, root: Path = ROOT) -> bool:
    """Return whether nothing that the depfile of a step names was changed since, as make would."""
    depfile = stamp.with_suffix(".d")
    if not stamp.exists() or not depfile.exists():
        return False
    # the rule is the first paragraph: one name per line, indented, with a backslash at its end
    lines = depfile.read_text(encoding="utf-8").splitlines()
    named = [root / line.strip().removesuffix("\\").rstrip() for line in lines if line[:1] == " "]
    dated = stamp.stat().st_mtime_ns
    return all(path.exists() and path.stat().st_mtime_ns <= dated for path in named)
