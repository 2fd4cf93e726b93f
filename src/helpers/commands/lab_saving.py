"""What JupyterLab may write into ``notebooks/``: sources, and no outputs but the build's.

A reader who runs a notebook on data of their own and saves it, by hand or because JupyterLab does
so every two minutes, would write what those data say into a file that is committed. So whatever is
saved in ``notebooks/`` keeps neither the outputs of the session nor the places of the reader's
files. What the browser shows stays as it is, and tables and figures go to ``runs/`` anyway.
"""

import ast
import re
from pathlib import Path

import jupytext
import nbformat
from tornado.web import HTTPError

from helpers.commands.pairs import mark_cells
from helpers.notebook import PLACES
from helpers.paths import ROOT

__all__ = ["drop_places", "keep_reports"]

_ASSIGNED = re.compile(rf"^(?P<name>{'|'.join(PLACES)})\b.*$", re.MULTILINE)


def keep_reports(
    *, model: dict, path: str, contents_manager: object, root: Path = ROOT, **_: object
) -> None:
    """Change in place what JupyterLab is about to save; for its setting `pre_save_hook`.

    A notebook in ``notebooks/`` whose source is as on the disk is saved as it is on the disk, with
    the outputs of the build. One that was edited is saved without outputs; `make notebooks`
    executes it again. In both, and in a source saved there as text, the parameters that name a
    reader's files are empty.

    Parameters
    ----------
    model : dict
        As Jupyter's contents manager passes it: ``type`` and ``content``.
    path : str
        Relative to the folder that the server serves.
    contents_manager : jupyter_server.services.contents.manager.ContentsManager
        Says in ``root_dir`` which folder that is.
    root : pathlib.Path
        The project.

    Raises
    ------
    tornado.web.HTTPError
        If anything went wrong here: better nothing is saved than data of a reader's.
    """
    file = (Path(contents_manager.root_dir) / path.strip("/")).resolve()
    if not file.is_relative_to((root / "notebooks").resolve()):
        return
    try:
        if model["type"] == "notebook":
            model["content"] = _keep_report(nbformat.from_dict(model["content"]), file)
        elif file.suffix == ".py":
            cells = re.split(r"^(?=# %%)", model["content"], flags=re.MULTILINE)
            model["content"] = "".join(drop_places(cell) for cell in cells)
    except Exception as error:
        raise HTTPError(500, f"{path} was not saved: {error}") from error


def _keep_report(notebook: nbformat.NotebookNode, file: Path) -> nbformat.NotebookNode:
    notebook.metadata.pop("widgets", None)  # what a form holds, such as the path of a file
    for cell in notebook.cells:
        cell.metadata.pop("jupyter", None)
        if cell.cell_type == "code":
            cell.source = drop_places(cell.source)
    if file.exists():
        on_disk = nbformat.read(file, as_version=4)
        if _source(on_disk) == _source(notebook):
            return on_disk
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    mark_cells(notebook)
    return notebook


def _source(notebook: nbformat.NotebookNode) -> str:
    """Return what the two halves of a pair share, without what heads the file."""
    bare = notebook.copy()
    bare.metadata = {"jupytext": {"notebook_metadata_filter": "-all"}}
    return jupytext.writes(bare, fmt="py:percent")


def drop_places(code: str) -> str:
    """Return a cell's code with the parameters that name a reader's files emptied.

    Examples
    --------
    >>> drop_places('data_path: str = "clients.csv"  # your CSV')
    'data_path: str = ""  # your CSV'
    """
    try:
        statements = ast.parse(code).body
    except SyntaxError:  # saved while it was being typed
        return _ASSIGNED.sub(r'\g<name>: str = ""', code)
    for statement in statements:
        targets = getattr(statement, "targets", [getattr(statement, "target", None)])
        value = getattr(statement, "value", None)
        if value and any(isinstance(t, ast.Name) and t.id in PLACES for t in targets):
            written = ast.get_source_segment(code, statement)
            head, _, tail = written.rpartition(ast.get_source_segment(code, value))
            code = code.replace(written, f'{head}""{tail}', 1)
    return code
