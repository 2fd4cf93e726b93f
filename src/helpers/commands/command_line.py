"""The command line, ``python -m helpers COMMAND …``, which make calls too.

A command is a module of this package with a function ``run(given)``, which does it and returns the
exit status; if it takes anything, ``add_arguments(parser)`` declares what. To add one, name it in
`COMMANDS`. Only the module of the command that was given is imported. Whatever goes wrong ends
here, in one line and a status other than zero.
"""

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import NoReturn

from helpers.commands.progress import StepFailedError, print_line, shown
from helpers.errors import InputError, did_you_mean

__all__ = ["COMMANDS", "main"]

COMMANDS = {
    "all": ("build", "make everything: data, executed notebooks, tables, figures, pages"),
    "run": ("run_notebook", "run a notebook with other data or parameters"),
    "template": ("template", "write an empty data file for a study, and its codebook"),
    "check": ("check", "say whether your file fits a study; nothing is run"),
    "audit": ("audit", "check the numbers of any table, or of a manuscript, as printed"),
    "plan": ("plan", "say how many clients a study of your own takes"),
    "new": ("new_study", "begin the notebook of a paper"),
    "data": ("make_data", "make the synthetic data of a study"),
    "html": ("html", "make the pages, reports/site/"),
    "pdf": ("pdf", "set a report, or a run of yours, in print"),
    "lab": ("lab", "start JupyterLab, on this machine only"),
    "test": ("run_tests", "run the tests"),
    "lint": ("lint", "check the style of the code and the order of the rooms"),
    "baseline": ("baselines", "accept the tables as the new baselines, and print what moved"),
    "lock": ("lock", "pin the packages anew after a change of pyproject.toml"),
    "audit-dependencies": ("audit_dependencies", "look for known advisories on the packages"),
    "install": ("install", "make .venv from the lock"),
}
"""Each command, the module that does it, and what it does."""
STOPS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
"""What stops a command: Ctrl-C, whoever ends a process, a terminal that is closed."""


class _Parser(argparse.ArgumentParser):
    """Answers a mistake like every other one: in one line."""

    def error(self, message: str) -> NoReturn:
        raise InputError(f"{message}; see '{self.prog} --help'")


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and return its exit status.

    Parameters
    ----------
    argv : sequence of str, optional
        The command and its arguments; what the process was given if left out.

    Returns
    -------
    int
        What the command returned; 1 after ``error: …``, 130 for one that was interrupted.
    """
    before = {stop: signal.signal(stop, _interrupt) for stop in STOPS if not _outlives(stop)}
    try:
        status = _answer(sys.argv[1:] if argv is None else argv)
    except KeyboardInterrupt as error:
        print_line("; ".join(["stopped", "no file is half written", *error.args]), file=sys.stderr)
        return 130
    for stop, handler in before.items():
        signal.signal(stop, handler)
    return status


def _answer(words: Sequence[str]) -> int:
    """Run a command; whatever goes wrong is one line and status 1."""
    try:
        return _run(words)
    except (InputError, StepFailedError) as error:
        said = str(error)
    except subprocess.CalledProcessError as error:
        step = " ".join(str(word) for word in error.cmd[1:4])
        said = f"'{step}' failed with status {error.returncode}; see above"
    except OSError as error:
        said = _file_error(error)
    print_line(f"error: {said}", file=sys.stderr)
    return 1


def _file_error(error: OSError) -> str:
    if isinstance(error, shutil.Error) and isinstance(error.args[0], list):
        # of a folder that was copied, where all that went wrong is listed
        _, place, why = error.args[0][0]
        reason = re.sub(r"^\[Errno \d+\] |: '.*", "", why, flags=re.DOTALL)
        return f"cannot write {_final(place)}: {reason}"
    missing = isinstance(error, FileNotFoundError)
    what, name = "find" if missing else "write", error.filename if missing else error.filename2
    name = name or error.filename
    if name is None:
        return f"cannot {what}: {error.strerror or error}"
    return f"cannot {what} {_final(name)}: {error.strerror}"


def _final(name: str | bytes) -> str:
    """Return how a file is shown; what is assembled beside its place is named by its place."""
    parts = Path(os.fsdecode(name)).parts
    return shown(Path(*(re.sub(r"^\.(.+)\.\d+\.partial$", r"\1", part) for part in parts)))


def _run(words: Sequence[str]) -> int:
    parser = _Parser(prog="python -m helpers", description="The collection, by commands.")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    chosen = next((word for word in words if not word.startswith("-")), None)
    if chosen is not None and chosen not in COMMANDS:
        hint = did_you_mean(chosen, COMMANDS)
        raise InputError(f"{chosen!r} is not a command ({', '.join(COMMANDS)}).{hint}")
    for name, (home, what) in COMMANDS.items():
        command = commands.add_parser(name, help=what, description=f"{what[0].upper()}{what[1:]}.")
        if name == chosen:
            module, chosen_parser = import_module(f"helpers.commands.{home}"), command
            if hasattr(module, "add_arguments"):
                module.add_arguments(command)
    given, others = parser.parse_known_args(words)
    if hasattr(given, "others"):  # what the program gets that the command starts
        given.others = others
    elif others:
        chosen_parser.error(f"unrecognized arguments: {' '.join(others)}")
    return module.run(given)


def _outlives(stop: signal.Signals) -> bool:
    """Whether a command was started, as by nohup, to go on when its terminal is closed."""
    return stop.name == "SIGHUP" and signal.getsignal(stop) is signal.SIG_IGN


def _interrupt(signal_number: int, frame: object) -> NoReturn:
    """Stop once: who asks again while things are put in order need not wait for less."""
    for stop in STOPS:
        signal.signal(stop, signal.SIG_IGN)
    raise KeyboardInterrupt
