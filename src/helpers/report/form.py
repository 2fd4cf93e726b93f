"""A form for the parameters of a notebook, shown in JupyterLab: choose, and run.

It stands beside the cells, not in their place: what is chosen goes to ``make run``, whose results
are a folder of their own. A build shows no form, so that no report holds one.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from markupsafe import Markup

from helpers.errors import InputError
from helpers.notebook import (
    OUTPUT_VARIABLE,
    Parameter,
    check_parameters,
    quote_value,
    read_parameters,
)
from helpers.paths import ROOT, find_notebook

if TYPE_CHECKING:
    import ipywidgets

__all__ = ["read_form", "show_form", "write_command"]

OPTIONS = {"data_path": "--data", "mapping_path": "--map", "output_dir": "--out"}
ENDINGS = {
    "data_path": ("csv", "tsv", "xlsx", "sav", "dta", "parquet"),
    "mapping_path": ("yml", "yaml"),
}


def show_form(notebook: str, *, root: Path = ROOT) -> ipywidgets.VBox | None:
    """Return the form of a notebook, or nothing while a report is being built.

    Parameters
    ----------
    notebook : str
        Its name, such as ``"05_replication_planner"``.
    root : pathlib.Path
        The project.
    """
    if OUTPUT_VARIABLE in os.environ:
        return None
    import ipywidgets

    declared = read_parameters(find_notebook(notebook, root=root))
    fields = {each.name: _field(each, notebook, root) for each in declared}
    button = ipywidgets.Button(description="Run", button_style="primary")
    said = ipywidgets.HTML()
    helps = {each.name: ipywidgets.Label(each.help) for each in declared}
    rows = [
        ipywidgets.VBox([field, helps[name]], layout={"margin": "0 0 0.4em"})
        for name, field in fields.items()
    ]

    def run(_: object) -> None:
        try:
            command = write_command(notebook, declared, read_form(fields, declared))
        except InputError as error:
            said.value = Markup("<p><b>{}</b></p>").format(error)
            return
        button.disabled = True
        threading.Thread(target=_run, args=(command, root, said, button)).start()

    button.on_click(run)
    return ipywidgets.VBox([*rows, button, said])


def _field(parameter: Parameter, notebook: str, root: Path) -> ipywidgets.DOMWidget:
    """Return a widget in which a value of the parameter can be chosen or written."""
    import ipywidgets

    about = {"description": parameter.name, "style": {"description_width": "11em"}}
    default = parameter.default
    if parameter.name in ENDINGS:
        files = list_files(root, ENDINGS[parameter.name])
        return ipywidgets.Combobox(options=files, placeholder="path of a file", **about)
    if parameter.name == "output_dir":
        return ipywidgets.Text(value=f"runs/{notebook}", **about)
    if parameter.type is bool:
        return ipywidgets.Checkbox(value=default, **about)
    if parameter.type is list and parameter.choices:
        rows = min(len(parameter.choices), 8)
        return ipywidgets.SelectMultiple(
            options=parameter.choices, value=default, rows=rows, **about
        )
    if parameter.choices:
        return ipywidgets.Dropdown(options=parameter.choices, value=default, **about)
    if parameter.type is int:
        return ipywidgets.IntText(value=default, **about)
    if parameter.type is float:
        return ipywidgets.FloatText(value=default, **about)
    text = ", ".join(map(str, default)) if parameter.type is list else default
    return ipywidgets.Text(value=text, **about)


def list_files(root: Path, endings: Iterable[str]) -> list[str]:
    """Return the files of a reader's that lie in the project or beside it, by their paths."""
    places = (root, root / "runs", root.parent)
    found = {path for place in places for end in endings for path in place.glob(f"*.{end}")}
    known = {"environment.yml"}
    return sorted(str(path) for path in found if path.name not in known)


def read_form(fields: Mapping[str, object], declared: Iterable[Parameter]) -> dict[str, object]:
    """Return what a form says, by parameter, each of its type, checked.

    Parameters
    ----------
    fields : mapping of str to an object with a `value`
    declared : iterable of Parameter
    """
    declared = list(declared)
    values = {each.name: _value(fields[each.name].value, each) for each in declared}
    check_parameters(values, declared)
    return values


def _value(value: object, parameter: Parameter) -> object:
    if parameter.type is not list:
        return value
    if not isinstance(value, str):
        return list(value)
    convert: Callable[[str], object] = parameter.item or str
    parts = [part.strip() for part in value.split(",") if part.strip()]
    try:
        return [convert(part) for part in parts]
    except ValueError as error:
        raise InputError(f"{parameter.name}={value!r} should be a list of numbers") from error


def write_command(
    notebook: str, declared: Iterable[Parameter], values: Mapping[str, object]
) -> list[str]:
    """Return the command that runs a notebook with values: ``run NOTEBOOK --data …``.

    Parameters that have their default are left out.
    """
    command, pairs = ["run", notebook], []
    for parameter in declared:
        value = values[parameter.name]
        if parameter.name in OPTIONS:
            command += [f"{OPTIONS[parameter.name]}={value}"] if value else []
        elif value != parameter.default:
            pairs.append(f"{parameter.name}={_write(value)}")
    return [*command, f"--params={' '.join(pairs)}"] if pairs else command


def _write(value: object) -> str:
    if isinstance(value, list):
        return f"[{', '.join(quote_value(str(each)) for each in value)}]"
    return str(value).lower() if isinstance(value, bool) else quote_value(str(value))


def _run(command: list[str], root: Path, said: ipywidgets.HTML, button: ipywidgets.Button) -> None:
    """Run a command of the project's and show its lines as they come."""
    process = subprocess.Popen(
        [sys.executable, "-m", "helpers", *command],
        cwd=root,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    lines = []
    for line in process.stdout:
        lines.append(line)
        said.value = Markup("<pre>{}</pre>").format("".join(lines))
    process.wait()
    button.disabled = False
