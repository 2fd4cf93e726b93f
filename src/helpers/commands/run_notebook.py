"""Run a notebook.

With ``--report`` this makes the published report: ``notebooks/<notebook>.ipynb`` and
``reports/<notebook>/``. Otherwise it makes a run of the reader's own: a folder with the executed
notebook, its page, ``tables/`` and ``figures/``. Everything is assembled beside its place and
moved there once whole; a run that fails or is killed leaves an earlier one as it was.
"""

import argparse
import contextlib
import hashlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from helpers.commands.environment import reproducible_environment
from helpers.commands.parameters import ARGUMENTS, parse_assignments
from helpers.commands.progress import (
    StepFailedError,
    copy_to_terminal,
    print_line,
    report_done,
    report_start,
    shown,
    spell_command,
)
from helpers.errors import InputError
from helpers.files import (
    files_below,
    list_files,
    locked_folder,
    partial_folder,
    replace_folder,
    restore_folder,
    write_text_atomic,
)
from helpers.notebook import OUTPUT_VARIABLE, PLACES, RECORD, check_data_file, read_parameters
from helpers.paths import ROOT, built_checksum, find_notebook

__all__ = ["add_arguments", "run", "run_notebook", "run_report"]

ROOMS = ("build", "data", "docs", "notebooks", "reports", "src", "tests", ".git", ".venv")
"""Folders of the project in which no run of a reader's goes."""
SPACE = 50_000_000
"""Bytes that a run takes at most, in its folder and among the temporary files."""


def run_report(source: Path, *, root: Path = ROOT) -> Path:
    """Execute a notebook at its defaults and put the report in place.

    Parameters
    ----------
    source : pathlib.Path
        ``notebooks/<notebook>.py``.
    root : pathlib.Path
        The project.

    Returns
    -------
    pathlib.Path
        ``notebooks/<notebook>.ipynb``, executed.
    """
    from helpers.commands.dependencies import finish_step, notebook_inputs
    from helpers.commands.pairs import date_like_source, refuse_lost_edit

    started_ns = time.time_ns()
    name = source.stem
    refuse_lost_edit(source)
    for parameter in read_parameters(source):
        if parameter.name in PLACES and parameter.default:
            raise InputError(
                f"{source.name}: {parameter.name}={parameter.default!r} is in the source; "
                "leave it empty there, and give your file with make run DATA=…"
            )
    report_start("notebook", name)
    report = root / "reports" / name
    failed = root / "build" / "notebooks" / f"{name}.failed.ipynb"
    failed.parent.mkdir(parents=True, exist_ok=True)
    with _named_errors(report), partial_folder(report) as partial:
        text = _execute(source, partial, {}, final=report, failed=failed, root=root)
        made = _check_outputs(partial, name)
        replace_folder(partial, report, made=files_below(RECORD, "tables", "figures"))
        executed = write_text_atomic(source.with_suffix(".ipynb"), text)
        write_text_atomic(built_checksum(name, root), f"{_checksum(executed)}\n")
    finish_step(
        root / "build" / "notebooks" / f"{name}.done",
        inputs=notebook_inputs(source, root=root),
        outputs=[executed, *(report / path for path in made)],
        started_ns=started_ns,
        root=root,
    )
    date_like_source(source)
    report_done("notebook", name, started_ns, _count(made))
    return executed


def run_notebook(
    source: Path,
    *,
    out: Path,
    parameters: Mapping[str, object],
    root: Path = ROOT,
) -> Path:
    """Execute a notebook with other parameters or data into a folder of its own.

    Parameters
    ----------
    source : pathlib.Path
        ``notebooks/<notebook>.py``.
    out : pathlib.Path
        The folder to make. One that an earlier run made is replaced once this one is whole;
        files of any other origin in it stay.
    parameters : mapping
        Checked values of the parameters to change.
    root : pathlib.Path
        The project.

    Returns
    -------
    pathlib.Path
        The executed notebook in `out`.
    """
    from helpers.models.inference.backends import PROGRESS_VARIABLE

    started_ns = time.time_ns()
    name, out = source.stem, out.resolve()
    _refuse_place(out, root)
    with _alone(out):
        restore_folder(out, made=_made_by_run)
        _refuse_foreign(out, name)
        failed = out.with_name(f"{out.name}.failed.ipynb")
        parameters = {**parameters, "output_dir": str(out)}
        with _named_errors(out), partial_folder(out) as partial:
            report_start("run", name)
            with copy_to_terminal(PROGRESS_VARIABLE):
                text = _execute(source, partial, parameters, final=out, failed=failed, root=root)
            made = _check_outputs(partial, name)
            write_text_atomic(partial / f"{name}.ipynb", text)
            _render(partial / f"{name}.ipynb", partial / "html", root=root)
            _record_files(partial)
            kept = replace_folder(partial, out, made=_made_by_run)
    report_done("run", name, started_ns, f"{_count(made)}, {shown(out)}/html/index.html")
    for path in kept:
        print_line(f"{shown(path)} is a file of yours whose name the run has too")
    return out / f"{name}.ipynb"


@contextlib.contextmanager
def _alone(out: Path) -> Iterator[None]:
    """Refuse a second run into the same folder at the same time."""
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(locked_folder(out, wait=False))
        except BlockingIOError:
            raise InputError(
                f"OUT={str(out)!r}: another run writes there now; wait for it, or choose another"
                " folder"
            ) from None
        yield


@contextlib.contextmanager
def _named_errors(folder: Path) -> Iterator[None]:
    """Give the name of `folder` to an error that says of no file that it cannot be written."""
    try:
        yield
    except OSError as error:
        if error.filename is None and error.errno is not None:
            error.filename = str(folder)
        raise


def _record_files(folder: Path) -> None:
    """Add to a run's record which files it made, with their checksums."""
    record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
    made = [name for name in list_files(folder) if name != RECORD]
    record["files"] = {name: _checksum(folder / name) for name in made}
    text = json.dumps(record, indent=2, ensure_ascii=False)
    write_text_atomic(folder / RECORD, f"{text}\n")


def _made_by_run(former: Path, new: Path) -> set[str]:
    """Say which files of a folder an earlier run made and nobody changed since.

    A session of JupyterLab keeps no list; what it made has the names of the outputs.
    """
    record = _read_record(former)
    name = record.get("notebook", "")
    made = {RECORD, f"{name}.ipynb", f"{name}.pdf", f"{name}.docx"}
    if "files" not in record:
        return made | {path for path in list_files(former) if (new / path).exists()}
    unchanged = (
        path
        for path, checksum in record["files"].items()
        if (former / path).is_file() and _checksum(former / path) == checksum
    )
    return made | set(unchanged)


def _read_record(folder: Path) -> dict:
    try:
        record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return record if isinstance(record, dict) else {}


def _checksum(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _execute(
    source: Path,
    partial: Path,
    parameters: Mapping[str, object],
    *,
    final: Path,
    failed: Path,
    root: Path,
) -> str:
    """Execute `source`, its outputs going to `partial`; return the normalized notebook."""
    # imported here, so that a mistake in the command line is answered at once
    from helpers.commands.execute import execute_notebook, normalize_notebook, write_notebook
    from helpers.report.numbering import number_outputs

    scratch = partial / "scratch"
    scratch.mkdir()
    running = scratch / source.with_suffix(".ipynb").name
    place = os.path.relpath(final, root) if final.is_relative_to(root) else final.name
    shown_as = {str(partial): place}
    given = [value for value in parameters.values() if isinstance(value, str)]
    shown_as |= {path: Path(path).name for path in given if Path(path).is_absolute()}
    shown_as |= {str(final): place, f"{root}/": "", str(root): ".", str(Path.home()): "~"}
    try:
        with reproducible_environment(**{OUTPUT_VARIABLE: str(partial)}):
            notebook = execute_notebook(
                source, running, parameters=parameters, working_folder=source.parent
            )
    except StepFailedError as error:
        shutil.copy(running, failed)
        raise StepFailedError(f"{source.stem}: {error}; see {shown(failed)}") from error
    except KeyboardInterrupt:
        if not running.exists():
            raise
        shutil.copy(running, failed)
        raise KeyboardInterrupt(f"how far it came is in {shown(failed)}") from None
    except BaseException:
        if running.exists():
            shutil.copy(running, failed)
        raise
    failed.unlink(missing_ok=True)
    shutil.rmtree(scratch)
    number_outputs(notebook.cells)
    return write_notebook(normalize_notebook(notebook, replace=shown_as))


def _render(notebook: Path, out: Path, *, root: Path) -> None:
    from helpers.commands.html import build_single

    scratch = out.with_name("scratch")
    scratch.mkdir()
    with reproducible_environment():
        build_single(notebook, out, scratch=scratch, root=root)
    shutil.rmtree(scratch)


def _check_outputs(folder: Path, name: str) -> list[Path]:
    """Return the files a notebook wrote, relative to `folder`; refuse none, and empty ones."""
    made = sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    if not any(path.parts[0] == "tables" for path in made):
        raise StepFailedError(f"{name} wrote no table; a notebook saves each table it shows")
    for path in made:
        if not (folder / path).stat().st_size:
            raise StepFailedError(f"{name} wrote an empty file, {path}")
    return made


def _refuse_place(out: Path, root: Path) -> None:
    """Refuse a folder that cannot be one of a run, before any work."""
    given = f"OUT={str(out)!r}"
    if out.exists() and not out.is_dir():
        raise InputError(f"{given} is a file; give a folder")
    if any(place.is_relative_to(out) for place in (root, Path.home(), Path.cwd())):
        raise InputError(f"{given} holds more than a run; give a folder of its own")
    for room in ROOMS:
        if out.is_relative_to(root / room):
            raise InputError(f"{given} is in {room}/, which is the project's; give runs/mine")
    if os.path.ismount(out):
        raise InputError(f"{given} is where a disk is mounted; give a folder in it")
    there = next(place for place in (out.parent, *out.parent.parents) if place.exists())
    for place in (there, out):
        if place.exists() and not (place.is_dir() and os.access(place, os.W_OK | os.X_OK)):
            raise InputError(f"{given}: nothing can be written in {place}; choose another folder")
    _refuse_little_space(there, given)
    try:
        _refuse_little_space(Path(tempfile.gettempdir()), "TMPDIR")
    except FileNotFoundError:
        raise InputError("TMPDIR: no folder for temporary files can be written") from None


def _refuse_little_space(place: Path, given: str) -> None:
    free = shutil.disk_usage(place).free
    if free < SPACE:
        raise InputError(
            f"{given}: {place} has {free / 1e6:.0f} MB free, and a run takes up to"
            f" {SPACE / 1e6:.0f} MB; make room, or choose another folder"
        )


def _refuse_foreign(out: Path, name: str) -> None:
    """Refuse to replace files that no run made, and a run of another notebook."""
    record = _read_record(out)
    if record.get("notebook", name) != name:
        raise InputError(
            f"OUT={str(out)!r} holds a run of {record['notebook']}; choose another folder"
        )
    if out.is_dir() and not record:
        own = (RECORD, f"{name}.ipynb", "tables", "figures", "html")
        foreign = sorted(entry.name for entry in out.iterdir() if entry.name in own)
        if foreign:
            raise InputError(
                f"OUT={str(out)!r} holds {', '.join(foreign)}, which no run made; "
                "choose a new folder"
            )


def _count(made: Sequence[Path]) -> str:
    tables = sum(path.parts[0] == "tables" for path in made)
    figures = len({path.stem for path in made if path.parts[0] == "figures"})
    return ", ".join(
        f"{count} {noun}{'' if count == 1 else 's'}"
        for count, noun in ((tables, "table"), (figures, "figure"))
    )


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument("notebook", help="its name, or its number alone")
    parser.add_argument("--data", default="", metavar="CSV", help="your data instead of the twin's")
    parser.add_argument("--map", default="", metavar="YAML", help="what your columns are called")
    parser.add_argument("--out", default="", metavar="DIR", help="default: runs/<notebook>")
    parser.add_argument(
        "--params", default="", metavar="'NAME=VALUE …'", help="see its second cell"
    )
    parser.add_argument("--report", action="store_true", help="make the published report instead")
    parser.add_argument("--project", type=Path, default=ROOT, help=argparse.SUPPRESS)


def run(given: argparse.Namespace) -> int:
    """Make the report, or the run that was asked for."""
    root = given.project.absolute()
    if not given.notebook:
        example = spell_command("run", "NOTEBOOK=02", data="my.csv")
        raise InputError(f"say which notebook, such as: {example}")
    source = find_notebook(given.notebook, root=root)
    if given.report:
        if given.data or given.map or given.out or given.params:
            raise InputError("the report is made from the defaults: no DATA, MAP, OUT or PARAMS")
        run_report(source, root=root)
        return 0
    declared = read_parameters(source)
    values = parse_assignments(given.params, declared)
    for name, argument in ARGUMENTS.items():
        if name in values:
            raise InputError(f"PARAMS: give {argument}=… instead of {name}")
    if given.map and not given.data:
        raise InputError("MAP is given without DATA; it says how your data are to be read")
    for name, path in (("data_path", given.data), ("mapping_path", given.map)):
        if path:
            if name not in {parameter.name for parameter in declared}:
                raise InputError(f"{source.stem} reads no data of yours: it has no {name}")
            values[name] = str(check_data_file(path, argument=ARGUMENTS[name]))
    out = Path(given.out).expanduser() if given.out else root / "runs" / source.stem
    run_notebook(source, out=out, parameters=values, root=root)
    return 0
