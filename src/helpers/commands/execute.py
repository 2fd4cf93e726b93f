"""Execute a notebook source and give back a notebook that two builds write alike."""

import helpers.commands.quick_imports  # noqa: F401, I001  (first: it halves what follows)

import ast
import html
import json
import logging
import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

import jupytext
import nbformat
import papermill
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from jupyter_core.paths import jupyter_runtime_dir
from markupsafe import escape
from nbclient.exceptions import DeadKernelError
from papermill.exceptions import PapermillExecutionError
from traitlets import default

from helpers.commands.environment import SOCKET_PATH
from helpers.commands.pairs import mark_cells
from helpers.commands.progress import StepFailedError
from helpers.errors import InputError
from helpers.notebook import PUBLISHED, read_parameters
from helpers.report.inline import plain

# what they would log is either raised or of no concern to the reader
for _name in ("papermill", "traitlets", "asyncio"):
    logging.getLogger(_name).setLevel(logging.CRITICAL)

__all__ = [
    "adapt_to_own_data",
    "execute_notebook",
    "normalize_notebook",
    "read_source",
    "write_notebook",
]

KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
OWN_DATA = "own-data"
"""Tags of cells that are only for the published report, and only for a reader's own data."""
INJECTED = "injected-parameters"
"""Papermill's tag of the cell with what was given."""
TEXT_MIMES = ("text/plain", "text/html", "text/markdown", "text/latex", "image/svg+xml")


class _OwnKernelManager(AsyncKernelManager):
    """Start kernels of the running interpreter, whatever kernels are installed elsewhere.

    They are spoken to through files of the user's own, not through the machine's network, but on
    Windows, which has no such files, and where the path of one would be too long.
    """

    @default("transport")
    def _transport(self) -> str:
        path = os.fsencode(f"{jupyter_runtime_dir()}/kernel-ipc-5")
        return "tcp" if os.name == "nt" or len(path) > SOCKET_PATH else "ipc"

    @default("connection_file")
    def _connection_file(self) -> str:
        return str(Path(jupyter_runtime_dir()) / "kernel.json")  # short: socket paths are limited

    async def _async_launch_kernel(self, kernel_cmd: list[str], **options: object) -> None:
        """Keep what the kernel itself says, such as when interrupted, off the terminal."""
        with _kernel_log().open("wb") as log:
            await super()._async_launch_kernel(kernel_cmd, stderr=log, **options)

    @property
    def kernel_spec(self) -> KernelSpec:
        argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        return KernelSpec(argv=argv, **{k: v for k, v in KERNEL.items() if k != "name"})


def _kernel_log() -> Path:
    return Path(jupyter_runtime_dir()) / "kernel.log"


def read_source(source: Path) -> nbformat.NotebookNode:
    """Read a percent-format source as a notebook with the metadata that pairs the two."""
    notebook = jupytext.read(source, fmt="py:percent")
    notebook.metadata = nbformat.from_dict(
        {
            "jupytext": {"formats": "ipynb,py:percent"},
            "kernelspec": KERNEL,
            "language_info": {"name": "python", "file_extension": ".py"},
        }
    )
    mark_cells(notebook)
    return notebook


def adapt_to_own_data(
    notebook: nbformat.NotebookNode, file: str, values: Mapping[str, object] = MappingProxyType({})
) -> nbformat.NotebookNode:
    """Make of a source, in place, what is executed on a reader's file called `file`.

    Cells tagged ``published`` are about the paper or the synthetic twin and are left out; those
    tagged ``own-data`` are shown like any other; of those tagged ``NAME=VALUE`` or ``NAME!=VALUE``
    only those whose condition the parameters' `values` meet. A heading is left out with the part
    below it. The title names the file.
    """
    notebook.cells = list(_fitting_cells(notebook.cells, values))
    for cell in notebook.cells:
        cell.metadata["tags"] = [tag for tag in cell.metadata.get("tags", ()) if tag != OWN_DATA]
    named = plain(file)
    title = notebook.cells[0]
    title["source"] = re.sub(
        r"^# .*$",
        lambda heading: f"{heading[0]} – repeated with {named}",
        title.source,
        count=1,
        flags=re.MULTILINE,
    )
    return notebook


def _fitting_cells(
    cells: Iterable[nbformat.NotebookNode], values: Mapping[str, object]
) -> Iterator[nbformat.NotebookNode]:
    left_out = 0  # the level of the heading whose part is left out
    for cell in cells:
        heading = re.match(r"#+(?= )", cell.source) if cell.cell_type == "markdown" else None
        depth = len(heading[0]) if heading else 0
        if left_out and not 0 < depth <= left_out:
            continue
        left_out = 0
        tags = cell.metadata.get("tags", ())
        if PUBLISHED in tags or not all(_is_met(tag, values) for tag in tags):
            left_out = depth
        else:
            yield cell


def _is_met(tag: str, values: Mapping[str, object]) -> bool:
    """Say whether a tag's condition is met; a tag without one always is."""
    condition = re.fullmatch(r"(\w+)(!?=)(.*)", tag)
    if not condition:
        return True
    name, sign, value = condition.groups()
    return (str(values[name]) == value) == (sign == "=")


def execute_notebook(
    source: Path, partial: Path, *, parameters: Mapping[str, object], working_folder: Path
) -> nbformat.NotebookNode:
    """Run a notebook source from top to bottom.

    Parameters
    ----------
    source : pathlib.Path
        Percent-format ``.py``.
    partial : pathlib.Path
        Where to keep the notebook while it runs, and when it fails.
    parameters : mapping
        Values to inject after the parameters cell; empty to run as written.
    working_folder : pathlib.Path
        The kernel's working directory.

    Returns
    -------
    nbformat.NotebookNode
        As executed; not yet normalized.

    Raises
    ------
    InputError
        If a cell raised one: the same message.
    StepFailedError
        If a cell raised anything else, or the kernel died.
    """
    unexecuted = partial.with_suffix(".source.ipynb")
    notebook = read_source(source)
    if parameters.get("data_path"):
        values = {each.name: each.default for each in read_parameters(source)} | dict(parameters)
        adapt_to_own_data(notebook, Path(str(parameters["data_path"])).name, values)
    nbformat.write(notebook, unexecuted)
    try:
        papermill.execute_notebook(
            _literal(unexecuted),
            _literal(partial),
            parameters=dict(parameters),
            kernel_name="python3",
            language="python",
            kernel_manager_class=_OwnKernelManager,
            progress_bar=False,
            cwd=str(working_folder),
        )
    except PapermillExecutionError as error:
        if error.ename == "InputError":
            raise InputError(error.evalue) from error
        said = f"{error.ename}: {error.evalue}".strip(": ").splitlines()[0]
        raise StepFailedError(f"cell [{error.exec_count}] raised {said}") from error
    except DeadKernelError as error:
        last_words = _kernel_log().read_text(errors="replace").strip().splitlines()[-1:]
        because = f": {last_words[0]}" if last_words else " (out of memory?)"
        raise StepFailedError(f"the kernel died{because}") from error
    finally:
        unexecuted.unlink(missing_ok=True)
    return nbformat.read(partial, as_version=4)


def _literal(path: Path) -> str:
    """Protect braces in a path: papermill fills parameters into it."""
    return str(path).replace("{", "{{").replace("}", "}}")


def normalize_notebook(
    notebook: nbformat.NotebookNode, *, replace: Mapping[str, str] | None = None
) -> nbformat.NotebookNode:
    """Drop from an executed notebook, in place, whatever differs from one build to the next.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
    replace : mapping of str to str, optional
        Paths of this machine, the innermost first, and what to show in their place: in outputs,
        and where the parameters of the run stand.

    Returns
    -------
    nbformat.NotebookNode
        The same object.
    """
    pairs = [(form, shown) for path, shown in (replace or {}).items() for form in _spellings(path)]
    notebook.metadata.pop("papermill", None)
    notebook.metadata["kernelspec"] = nbformat.from_dict(KERNEL)
    notebook.metadata.get("language_info", {}).pop("version", None)
    for cell in notebook.cells:
        for name in ("papermill", "execution"):
            cell.metadata.pop(name, None)
        if not cell.metadata.get("tags", True):
            del cell.metadata["tags"]
        if cell.cell_type == "code":
            cell.outputs = _merge_streams(cell.outputs)
            for output in cell.outputs:
                _scrub_output(output, pairs)
            if INJECTED in cell.metadata.get("tags", ()):
                cell.source = _hide_places(cell.source, replace or {})
    mark_cells(notebook)
    return notebook


def _spellings(path: str) -> list[str]:
    """Return a path as it may stand in text, in code and in markup."""
    coded = [repr(path)[1:-1], json.dumps(path)[1:-1], json.dumps(path, ensure_ascii=False)[1:-1]]
    return list(
        dict.fromkeys([path, *coded, html.escape(path), str(escape(path)), str(plain(path))])
    )


def _hide_places(code: str, replace: Mapping[str, str]) -> str:
    """Return the cell of what was given with no absolute path in it, however it was written."""
    lines = []
    for statement in ast.parse(code).body:
        value = getattr(getattr(statement, "value", None), "value", None)
        line = ast.get_source_segment(code, statement)
        if isinstance(value, str) and Path(value).is_absolute():
            shown = replace.get(value, Path(value).name)
            line = f"{statement.targets[0].id} = {json.dumps(shown, ensure_ascii=False)}"
        lines.append(line)
    return "\n".join([code.partition("\n")[0], *lines])


def _merge_streams(outputs: list) -> list:
    """Join neighboring streams: how text is split and interleaved is a matter of timing."""
    merged: list = []
    block: dict[str, nbformat.NotebookNode] = {}
    for output in outputs:
        if output.output_type != "stream":
            merged += [block.pop(name) for name in sorted(block, reverse=True)]
            merged.append(output)
        elif output.name in block:
            block[output.name].text += output.text
        else:
            block[output.name] = output
    return merged + [block.pop(name) for name in sorted(block, reverse=True)]


def _scrub_output(output: nbformat.NotebookNode, replace: list[tuple[str, str]]) -> None:
    output.pop("transient", None)
    if output.output_type == "stream":
        output.text = _scrub(output.text, replace)
    elif output.output_type == "error":
        output.evalue = _scrub(output.evalue, replace)
        output.traceback = [_scrub(line, replace) for line in output.traceback]
    else:
        for mime in TEXT_MIMES:
            if mime in output.data:
                output.data[mime] = _scrub(output.data[mime], replace)


def _hide_paths(text: str, replace: list[tuple[str, str]]) -> str:
    for path, shown in replace:
        end = r"(?![\w-])" if path[-1:].isalnum() else ""
        text = re.sub(rf"(?<![\w.-]){re.escape(path)}{end}", lambda _, new=shown: new, text)
    return text


def _scrub(text: str, replace: list[tuple[str, str]]) -> str:
    text = _hide_paths(text, replace)
    text = re.sub(r"[^\s\"'<>]*ipykernel_\d+/\d+\.py", "<cell>", text)
    text = re.sub(r"[^\s\"'<>]*/(site-packages|lib/python3\.\d+)/", r"…/\1/", text)
    return re.sub(r"\bat 0x[0-9a-fA-F]+", "at 0x…", text)


def write_notebook(notebook: nbformat.NotebookNode) -> str:
    """Return the text of a notebook file."""
    return nbformat.writes(notebook, version=4) + "\n"
