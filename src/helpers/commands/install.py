"""Make ``.venv`` from the lock.

It runs before any package is installed, so it imports the standard library alone. Two builds that
begin at once do not install into each other's half-made environment: the second waits for the first
and finds nothing to do.
"""

import argparse
import contextlib
import os
import re
import sqlite3
import subprocess
import sys
import sysconfig
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

__all__ = ["install", "run"]

_PIPS = 4
_PIP = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check")


def install(root: Path) -> None:
    """Install the locked packages, and lead to this project, unless that was done since the lock.

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
    installed, lock = folder / "installed", root / "requirements.lock"
    with _alone(folder / "lock"):
        if installed.exists() and installed.stat().st_mtime_ns >= lock.stat().st_mtime_ns:
            return
        print("packages  .venv from requirements.lock (about two minutes, once) …", flush=True)
        _call([sys.executable, "-m", "venv", folder], root)
        _install_locked(lock, folder, python)
        compiled = [python, "-m", "compileall", "-qq", "-j", "0", "-x", "/tests?/"]
        subprocess.run([*map(str, compiled), str(folder)], cwd=root, check=False)
        _link(folder, root / "src")
        installed.touch()


def _install_locked(lock: Path, folder: Path, python: Path) -> None:
    """Install what the lock names, by several pips at once: one alone unpacks on one core.

    As the lock names every package, none of them asks what a package needs. setuptools comes first:
    it builds a package that has no wheel, and must not be replaced meanwhile.
    """
    pinned = re.split(r"\n(?=\w)", lock.read_text(encoding="utf-8"))
    tools = [block for block in pinned if block.startswith("setuptools==")]
    others = [block for block in pinned if block not in tools]
    count = min(os.cpu_count() or 1, _PIPS, len(others))
    options = (*_PIP, "--no-compile", "--no-deps", "--require-hashes", "-r")

    def give(part: int, blocks: Sequence[str]) -> None:
        named = folder / f"locked_{part}.txt"
        named.write_text("\n".join(blocks) + "\n", encoding="utf-8")
        _call([python, *options, named], lock.parent)
        named.unlink()

    if tools:
        give(0, tools)
    with ThreadPoolExecutor(count) as pips:
        list(pips.map(lambda part: give(part, others[part::count]), range(count)))


def _link(folder: Path, source: Path) -> None:
    """Let the environment import what is in `source`.

    The path is written from there: the name of a folder above need not exist in the encoding of
    the locale, in which Python reads it.
    """
    site = sysconfig.get_path("purelib", "venv", {"base": str(folder)})
    link = Path(site, "therapeutic_alliance_notebooks.pth")
    link.write_text(os.path.relpath(source, site) + "\n", encoding="ascii")


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
    subprocess.run([str(word) for word in command], cwd=root, check=True)


def run(given: argparse.Namespace) -> int:
    """Install into the project in the working directory."""
    install(Path.cwd())
    return 0
