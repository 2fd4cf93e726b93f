"""The two halves of a notebook's pair: whether an edit of one would be lost.

The ``.py`` is the source and the ``.ipynb`` what the build makes of it. Who edits the ``.ipynb`` in
an editor that does not know of the pair would lose the edit at the next build, or in JupyterLab,
which takes the cells from the ``.py``.
"""

import helpers.commands.quick_imports  # noqa: F401, I001  (first: it halves what follows)

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

import jupytext
import nbformat
from nbformat import NotebookNode

from helpers.errors import InputError

__all__ = [
    "date_like_source",
    "describe_edit",
    "is_edited",
    "mark_cells",
    "refuse_lost_edit",
]

_BUILT = "built_cells"


def mark_cells(notebook: NotebookNode) -> None:
    """Name each cell by its content, and keep the list of names, in place.

    An unchanged cell keeps its name, and an edit by another program, a cell that was left out
    included, can be told.
    """
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    names = _name_cells(notebook.cells)
    for cell, name in zip(notebook.cells, names, strict=True):
        cell["id"] = name
    notebook.metadata[_BUILT] = names


def _name_cells(cells: Sequence[NotebookNode]) -> list[str]:
    """Return a name for each cell that follows from its content; of twins the second has "-2"."""
    seen: dict[str, int] = {}
    names = []
    for cell in cells:
        digest = hashlib.sha256(f"{cell.cell_type}\n{cell.source}".encode()).hexdigest()[:10]
        count = seen[digest] = seen.get(digest, 0) + 1
        names.append(digest if count == 1 else f"{digest}-{count}")
    return names


def is_edited(executed: Path, source: Path) -> bool:
    """Return whether a notebook holds edits that are not in its source.

    The build names each cell by its content and keeps the list of names. A notebook whose cells are
    those of its source holds no edits, nor does one whose cells have the names that the build gave:
    then the source is what was edited.
    """
    if not executed.is_file() or not source.is_file():
        return False
    notebook = nbformat.read(executed, as_version=4)
    if _texts(notebook) == _texts(jupytext.read(source, fmt="py:percent")):
        return False
    names = [cell.get("id") for cell in notebook.cells]
    return _name_cells(notebook.cells) != names or notebook.metadata.get(_BUILT, names) != names


def _texts(notebook: NotebookNode) -> list[tuple[str, str]]:
    return [(cell.cell_type, cell.source.strip()) for cell in notebook.cells]


def describe_edit(executed: Path, source: Path) -> str:
    """Return what to do about a notebook that holds edits which are not in its source."""
    return (
        f"{executed.name} was edited, and its source {source.name} was not; a build would lose the "
        f"edit. To keep it: python -m jupytext --to py {executed.parent.name}/{executed.name}. To "
        f"drop it: delete {executed.name}"
    )


def refuse_lost_edit(source: Path) -> None:
    """Refuse to overwrite a notebook that holds edits which are not in its source."""
    executed = source.with_suffix(".ipynb")
    if is_edited(executed, source):
        raise InputError(describe_edit(executed, source))


def date_like_source(source: Path) -> None:
    """Date a notebook as its source, so that jupytext does not take it for the newer of the two.

    One that holds edits keeps its date: jupytext then refuses to open the pair and says why.
    """
    executed = source.with_suffix(".ipynb")
    if executed.is_file() and not is_edited(executed, source):
        dated = source.stat().st_mtime_ns
        os.utime(executed, ns=(dated, dated))
