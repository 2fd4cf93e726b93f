"""Make ``.venv`` from the lock.

It runs before any package is installed, so it imports the standard library alone. Two builds that
begin at once do not install into each other's half-made environment: the second waits for the first
and finds nothing to do.
"""

import argparse
import contextlib
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from helpers.commands.environment import REPRODUCIBLE

__all__ = ["install", "run"]

_PIP = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check")


def install(root: Path) -> None:
    """Install the locked packages and this project, unless both are as new as their sources.

    Parameters
    ----------
    root : pathlib.Path
        The project.

    Raises
    ------
    subprocess.CalledProcessError
        When the environment cannot be made or a package cannot be installed.
    """
    folder = root / ".venv"
    folder.mkdir(exist_ok=True)
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    locked, installed = folder / "locked", folder / "installed"
    lock, project = root / "requirements.lock", root / "pyproject.toml"
    with _alone(folder / "lock"):
        if _is_older(locked, lock):
            print("packages  .venv from requirements.lock (about two minutes, once) …", flush=True)
            _call([sys.executable, "-m", "venv", folder], root)
            _call([python, *_PIP, "--no-compile", "--require-hashes", "-r", lock], root)
            compiled = [python, "-m", "compileall", "-qq", "-j", "0", "-x", "/tests?/"]
            subprocess.run([*map(str, compiled), str(folder)], cwd=root, check=False)
            locked.touch()
        if _is_older(installed, locked) or _is_older(installed, project):
            _call([python, *_PIP, "--no-deps", "--no-build-isolation", "-e", "."], root)
            installed.touch()


@contextlib.contextmanager
def _alone(file: Path) -> Iterator[None]:
    """Wait until no other process is here; the system ends the turn of a process that dies.

    An exclusive transaction of SQLite is the one lock of the standard library that every system
    has.
    """
    with contextlib.closing(sqlite3.connect(file, timeout=3600, isolation_level=None)) as turn:
        turn.execute("BEGIN EXCLUSIVE")
        yield


def _call(command: Sequence[object], root: Path) -> None:
    # setuptools writes the path of this folder in the encoding of the locale
    environment = os.environ | {"LC_ALL": REPRODUCIBLE["LC_ALL"]}
    subprocess.run([str(word) for word in command], cwd=root, check=True, env=environment)


def _is_older(stamp: Path, source: Path) -> bool:
    return not stamp.exists() or stamp.stat().st_mtime_ns < source.stat().st_mtime_ns


def run(given: argparse.Namespace) -> int:
    """Install into the project in the working directory."""
    install(Path.cwd())
    return 0
