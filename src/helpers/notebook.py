"""The parameters of a notebook: what they are, what they may be, and what a run gives them.

A notebook declares its parameters once, in the cell tagged ``parameters``, as annotated
literals with a comment::

    n_boot: int = 5000  # [100, inf) bootstrap draws
    estimator: str = "MLR"  # {"ML", "MLR"} how standard errors are computed
    covariates: list[str] = ["gender"]  # {"gender", "age_group"} which of them enter

The comment may begin with the values allowed: a set of literals, or an interval in the usual
notation, a round bracket leaving its limit out. For a list they hold for each element.
"""

import ast
import io
import json
import os
import re
import tokenize
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from helpers.errors import InputError, did_you_mean
from helpers.files import find_projects, write_text_atomic
from helpers.paths import ROOT

__all__ = [
    "NotebookRun",
    "Parameter",
    "check_data_file",
    "check_parameters",
    "known_parameter",
    "quote_value",
    "read_parameters",
    "start_run",
]

OUTPUT_VARIABLE = "HELPERS_OUTPUT_FOLDER"
PUBLISHED = "published"
"""The tag of a cell that is about the paper or its twin."""


RECORD = "run.json"


PLACES = ("data_path", "mapping_path", "output_dir")
"""Parameters that name files of a reader's: empty in every notebook of the project."""


_UNWRITABLE = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")


_TYPES = {"int": int, "float": float, "str": str, "bool": bool, "list": list}


_WORDS = {
    int: "a whole number",
    float: "a number",
    str: "a text",
    bool: "true or false",
    list: "a list such as [a, b]",
}


@dataclass(frozen=True)
class Parameter:
    """One parameter of a notebook.

    Attributes
    ----------
    name : str
    type : type
        ``int``, ``float``, ``str``, ``bool`` or ``list``.
    default : int, float, str, bool or list
    help : str
        The comment, without what it allows.
    item : type or None
        For a list, the type of its elements.
    choices : tuple
        The values allowed; empty where any will do.
    interval : str
        The interval allowed, as written; empty where any number will do.
    """

    name: str
    type: type
    default: object
    help: str = ""
    item: type | None = None
    choices: tuple = ()
    interval: str = ""


def read_parameters(path: str | os.PathLike) -> list[Parameter]:
    r"""Read the parameters that a notebook declares.

    Parameters
    ----------
    path : path-like
        The notebook: percent-format ``.py``, or ``.ipynb``.

    Returns
    -------
    list of Parameter
        In the order in which they are in the cell tagged ``parameters``.

    Raises
    ------
    InputError
        If there is no such cell, or it holds anything but annotated literals.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> source = '# %% tags=["parameters"]\nseed: int = 7  # [0, inf) random seed\n'
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "example.py"
    >>> _ = file.write_text(source)
    >>> [(p.name, p.type.__name__, p.default, p.help) for p in read_parameters(file)]
    [('seed', 'int', 7, 'random seed')]
    """
    path = Path(path)
    code = _parameters_cell(path)
    where = path.name
    try:
        statements = ast.parse(code).body
    except SyntaxError as error:
        raise InputError(f"{where}: the parameters cell is not Python: {error}") from error
    comments = _comments_by_line(code)
    return [_read_statement(node, comments.get(node.end_lineno, ""), where) for node in statements]


def _parameters_cell(path: Path) -> str:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot read the notebook {path}: {error}") from error
    if path.suffix == ".ipynb":
        for cell in json.loads(text)["cells"]:
            if "parameters" in cell["metadata"].get("tags", ()):
                return "".join(cell["source"])
    else:
        for cell in re.split(r"^(?=# %%)", text, flags=re.MULTILINE):
            head, _, code = cell.partition("\n")
            tags = re.search(r"tags=(\[[^\]]*\])", head)
            if tags and "parameters" in json.loads(tags[1]):
                return code
    raise InputError(f"{path.name} has no cell tagged 'parameters'")


def _comments_by_line(code: str) -> dict[int, str]:
    tokens = tokenize.generate_tokens(io.StringIO(code).readline)
    return {
        token.start[0]: token.string.lstrip("# ").rstrip()
        for token in tokens
        if token.type == tokenize.COMMENT
    }


def _read_statement(node: ast.stmt, comment: str, where: str) -> Parameter:
    if not (isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)):
        line = ast.unparse(node).splitlines()[0]
        raise InputError(
            f"{where}: the parameters cell may hold only lines such as "
            f"'seed: int = 1', not '{line}'"
        )
    name, annotation = node.target.id, ast.unparse(node.annotation)
    outer, _, inner = annotation.partition("[")
    kind, item = _TYPES.get(outer), _TYPES.get(inner.rstrip("]"))
    if kind is None or (inner and (kind is not list or item is None)):
        raise InputError(
            f"{where}: parameter {name} has the type {annotation}; "
            "int, float, str, bool, list or list[str] are understood"
        )
    try:
        default = ast.literal_eval(node.value)
    except (ValueError, TypeError) as error:
        raise InputError(f"{where}: the value of parameter {name} is not a literal") from error
    allowed, help_text = _read_comment(comment)
    parameter = Parameter(name, kind, default, help_text, item, **allowed)
    problem = _problem(parameter, default)
    if problem:
        raise InputError(f"{where}: the default {name}={default!r} {problem}")
    return parameter


def _read_comment(comment: str) -> tuple[dict, str]:
    if comment.startswith("{"):
        inside, _, rest = comment[1:].partition("}")
        return {"choices": tuple(ast.literal_eval(f"[{inside}]"))}, rest.strip()
    interval = re.match(r"[\[(]\s*[-+.\w]+\s*,\s*[-+.\w]+\s*[\])]", comment)
    if interval:
        _limits(interval[0])
        return {"interval": interval[0]}, comment[interval.end() :].strip()
    return {}, comment


def _limits(interval: str) -> tuple[float, float]:
    lower, upper = interval[1:-1].split(",")
    return float(lower), float(upper)


def check_parameters(values: Mapping[str, object], parameters: Iterable[Parameter]) -> None:
    """Refuse a value that its parameter does not allow, or a name that is no parameter.

    Parameters
    ----------
    values : mapping
        Parameter names and values of Python types.
    parameters : iterable of Parameter

    Raises
    ------
    InputError
        Names the parameter, the value received, what is allowed.
    """
    by_name = {parameter.name: parameter for parameter in parameters}
    for name, value in values.items():
        problem = _problem(known_parameter(name, by_name), value)
        if problem:
            raise InputError(f"{name}={value!r} {problem}")


def known_parameter(name: str, by_name: Mapping[str, Parameter]) -> Parameter:
    """Return the parameter called `name`, or say which there are."""
    if name not in by_name:
        raise InputError(
            f"{name!r} is not a parameter of this notebook "
            f"({', '.join(by_name)}).{did_you_mean(name, by_name)}"
        )
    return by_name[name]


def quote_value(text: str) -> str:
    """Return a text as it can stand in PARAMS, alone or in a list."""
    if not re.search(r"[\s,=\[\]'\"]", text):
        return text
    return f'"{text}"' if "'" in text else f"'{text}'"


def _has_type(value: object, kind: type) -> bool:
    if isinstance(value, bool):
        return kind is bool
    if kind is float:
        return isinstance(value, int | float) and abs(value) < 1e308
    return isinstance(value, kind)


def _problem(parameter: Parameter, value: object) -> str:
    """Return what is wrong with `value`, or an empty text."""
    if not _has_type(value, parameter.type):
        return f"should be {_WORDS[parameter.type]}"
    if parameter.type is list:
        if parameter.item and not all(_has_type(each, parameter.item) for each in value):
            return f"should be a list of which each element is {_WORDS[parameter.item]}"
        if len({repr(each) for each in value}) < len(value):
            return "names an element twice"
    for each in value if parameter.type is list else [value]:
        if isinstance(each, str) and _UNWRITABLE.search(each):
            return "holds a character that no notebook can; write it anew"
        if parameter.choices and each not in parameter.choices:
            known = ", ".join(str(choice) for choice in parameter.choices)
            hint = did_you_mean(each, parameter.choices)
            return f"may only be {'made of' if parameter.type is list else 'one of'} {known}.{hint}"
        if parameter.interval and not _is_inside(each, parameter.interval):
            return f"is outside of {parameter.interval}"
    return ""


def _is_inside(value: float, interval: str) -> bool:
    lower, upper = _limits(interval)
    above = value > lower or (interval[0] == "[" and value == lower)
    below = value < upper or (interval[-1] == "]" and value == upper)
    return above and below


def check_data_file(path: str | os.PathLike, *, argument: str = "data_path") -> Path:
    """Return the absolute path of a reader's file, or say why it cannot be read.

    A folder counts as a file where it holds projects of a coding program.

    Parameters
    ----------
    path : path-like
        Relative to the working directory.
    argument : str
        What the reader called it, for the message.
    """
    resolved = Path(path).expanduser().absolute()
    shown = f"{argument}={str(path)!r}"
    if resolved.is_dir():
        if find_projects(resolved):
            return resolved
        raise InputError(f"{shown} is a folder; give the file itself")
    if not resolved.exists():
        folder = resolved.parent
        if not folder.is_dir():
            raise InputError(f"{shown} does not exist, nor does its folder {folder}")
        hint = did_you_mean(resolved.name, sorted(entry.name for entry in folder.iterdir()))
        raise InputError(f"{shown} does not exist in {folder}.{hint}")
    try:
        with resolved.open("rb") as stream:
            stream.read(1)
    except OSError as error:
        raise InputError(f"{shown} cannot be read: {error.strerror}") from error
    return resolved


@dataclass(frozen=True)
class NotebookRun:
    """What this run of a notebook reads and where it writes.

    Attributes
    ----------
    notebook : str
    parameters : dict
        Every parameter with the value in force.
    changed : dict
        Those that differ from the default, without ``output_dir``.
    data_path : pathlib.Path or None
        The reader's file; None for the synthetic twin.
    output_folder : pathlib.Path
        Holds ``tables/`` and ``figures/``.
    mapping_path : pathlib.Path or None
        The file that says which of the reader's columns is which; None for none.
    """

    notebook: str
    parameters: dict = field(repr=False)
    changed: dict
    data_path: Path | None
    output_folder: Path = field(repr=False)
    mapping_path: Path | None = None

    @property
    def at_defaults(self) -> bool:
        """Whether this run is the report that the project publishes."""
        return not self.changed

    @property
    def tables(self) -> Path:
        """The folder for tables."""
        return self.output_folder / "tables"

    @property
    def figures(self) -> Path:
        """The folder for figures."""
        return self.output_folder / "figures"


def start_run(
    notebook: str, values: Mapping[str, object], *, root: str | os.PathLike = ROOT
) -> NotebookRun:
    """Check the parameters in force in a notebook and prepare its output folder.

    Parameters
    ----------
    notebook : str
        The notebook's name, such as ``"00_overview"``.
    values : mapping
        Where the values in force are; in a notebook, ``globals()``.
    root : path-like
        The project.

    Returns
    -------
    NotebookRun
        With empty or existing folders ``tables`` and ``figures`` made.

    Raises
    ------
    InputError
        If a value has the wrong type or is not allowed, or the data file cannot be read.
    """
    root = Path(root)
    declared = read_parameters(root / "notebooks" / f"{notebook}.py")
    for parameter in declared:
        if parameter.name not in values:
            raise InputError(f"{parameter.name} has no value; run the parameters cell first")
    for name in _injected_names(values.get("In", ())):
        known_parameter(name, {parameter.name: parameter for parameter in declared})
    in_force = {parameter.name: values[parameter.name] for parameter in declared}
    check_parameters(in_force, declared)
    published = {p.name: "" if p.name in PLACES else p.default for p in declared}
    changed = {
        name: value
        for name, value in in_force.items()
        if name != "output_dir" and value != published[name]
    }
    data_path, mapping_path = in_force.get("data_path"), in_force.get("mapping_path")
    if mapping_path and not data_path:
        raise InputError(f"mapping_path={mapping_path!r} is given without a data_path to map")
    run = NotebookRun(
        notebook=notebook,
        parameters=in_force,
        changed=changed,
        data_path=check_data_file(data_path) if data_path else None,
        output_folder=_output_folder(notebook, in_force.get("output_dir", ""), root),
        mapping_path=check_data_file(mapping_path, argument="mapping_path")
        if mapping_path
        else None,
    )
    run.tables.mkdir(parents=True, exist_ok=True)
    run.figures.mkdir(exist_ok=True)
    _skip_published(root / "notebooks" / f"{notebook}.py", own_data=bool(data_path))
    record = {"notebook": notebook, "parameters": in_force, "changed": changed}
    write_text_atomic(
        run.output_folder / RECORD, json.dumps(record, indent=2, ensure_ascii=False) + "\n"
    )
    return run


class _SkipCells:
    """Lets nothing run in the place of cells with certain code."""

    def __init__(self, skipped: set[str]) -> None:
        self.skipped = skipped

    def __call__(self, lines: list[str]) -> list[str]:
        return ["pass\n"] if "".join(lines).strip() in self.skipped else lines


def _skip_published(source: Path, *, own_data: bool) -> None:
    """Let a kernel leave out the cells about the paper or its twin, if the data are a reader's.

    A run by this project's command has no such cells. In JupyterLab and under plain papermill they
    are known by their code; one that was edited is run. Their text stays, and a line says so.
    """
    if OUTPUT_VARIABLE in os.environ:
        return
    import jupytext
    from IPython import get_ipython
    from IPython.display import Markdown, display

    shell = get_ipython()
    if shell is None:
        return
    steps = shell.input_transformers_cleanup
    steps[:] = [step for step in steps if not isinstance(step, _SkipCells)]
    if not own_data:
        return
    cells = jupytext.read(source, fmt="py:percent").cells
    published = [cell for cell in cells if PUBLISHED in cell.metadata.get("tags", ())]
    steps.append(_SkipCells({c.source.strip() for c in published if c.cell_type == "code"}))
    headings = [h for c in published for h in re.findall(r"^#+ (.+)$", c.source, re.MULTILINE)]
    if headings:
        display(
            Markdown(
                f"These parts are about the paper and stay empty on your data: "
                f"*{'*, *'.join(headings)}*. `make run` leaves them out."
            )
        )


def _injected_names(executed: Iterable[str]) -> list[str]:
    """Return the names that papermill gave values, in the cell that it puts below the parameters.

    Papermill itself only warns of a name that the notebook does not have.
    """
    names = []
    for code in executed:
        if code.startswith("# Parameters\n"):
            statements = ast.parse(code).body
            names += [t.id for s in statements if isinstance(s, ast.Assign) for t in s.targets]
    return names


def _output_folder(notebook: str, output_dir: str, root: Path) -> Path:
    """Return where tables and figures go; only the build writes what the project publishes."""
    assembled_at = os.environ.get(OUTPUT_VARIABLE)
    if assembled_at:
        return Path(assembled_at)
    if output_dir:
        return Path(output_dir).expanduser().absolute()
    return root / "runs" / notebook
