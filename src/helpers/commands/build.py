"""Make everything, for whoever has no make: ``python -m helpers all``.

Make does the same by the rules of the Makefile. Both run a step again where a file that its depfile
names was changed since.
"""

import argparse
import os
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from helpers.commands.dependencies import is_current
from helpers.commands.progress import StepFailedError
from helpers.errors import InputError
from helpers.paths import ROOT, list_notebooks

__all__ = ["add_arguments", "list_steps", "run"]

Step = tuple[Path, tuple[str, ...]]
"""The stamp of a step, and the command that makes it."""


def list_steps(*, root: Path = ROOT) -> list[list[Step]]:
    """Return the steps of the build, in stages; those of a stage do not need each other."""
    from helpers.studies.registry import studies_with

    build, names = root / "build", list_notebooks(root)
    reports = {
        name: (build / "notebooks" / f"{name}.done", ("run", "--report", name)) for name in names
    }
    # the overview reads the other reports; the longest of those come last, and begin first
    overview = [step for name, step in reports.items() if name.startswith("00_")]
    others = [step for name, step in reversed(reports.items()) if not name.startswith("00_")]
    data = [(build / "data" / f"{study}.done", ("data", study)) for study in studies_with("twin")]
    prints = [(build / "pdf" / f"{name}.done", ("pdf", name)) for name in names]
    return [data, others, overview, prints, [(build / "site.done", ("html",))]]


def run(given: argparse.Namespace) -> int:
    """Make what is missing or out of date, as many steps at once as were allowed."""
    if given.jobs is not None and given.jobs < 1:
        raise InputError(f"--jobs={given.jobs}: at least one step at a time")
    for stage in list_steps():
        due = [command for stamp, command in stage if not is_current(stamp)]
        if any(_run_stage(due, given.jobs)):
            raise StepFailedError("the build stops here; what was made stays")
    return 0


def _run_stage(commands: Sequence[Sequence[str]], jobs: int) -> list[int]:
    """Run steps side by side; whoever stops the build stops those that run, and begins no other."""
    with ThreadPoolExecutor(jobs) as pool:
        try:
            return list(pool.map(_run_step, commands))
        except KeyboardInterrupt:
            pool.shutdown(wait=False, cancel_futures=True)
            for process in _running:
                process.terminate()
            raise


_running: set[subprocess.Popen] = set()


def _run_step(command: Sequence[str]) -> int:
    with subprocess.Popen([sys.executable, "-m", "helpers", *command]) as process:
        _running.add(process)
        try:
            return process.wait()
        finally:
            _running.discard(process)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument(
        "--jobs", type=int, default=os.cpu_count(), metavar="N", help="default: as many as cores"
    )
