"""Run the tests.

``--mutants`` and ``--trust`` run the long forms of those that damage files and kill builds.
"""

import argparse
import os
import subprocess
import sys

from helpers.errors import InputError
from helpers.paths import ROOT

__all__ = ["add_arguments", "run"]

_LONG = {"mutants": "MUTANTS", "trust": "TRUST"}
"""Folders of tests, and the variable that says how much they try."""

# One more worker than cores, because browsers, kernels and builds are mostly waited for. Files with
# slow tests first, as tests/conftest.py has them: by itself xdist would leave files of few tests,
# which are the longest, to the last.
_WORKERS = (os.cpu_count() or 1) + 1
_SPREAD = ("-n", str(_WORKERS), "--dist", "loadfile", "--no-loadscope-reorder")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    long = parser.add_mutually_exclusive_group()
    long.add_argument("--mutants", type=int, metavar="N", help="damage N inputs of each kind")
    long.add_argument("--trust", type=int, metavar="N", help="kill N builds, and more")
    parser.add_argument(
        "--seed", type=int, metavar="S", help="other mutants, or other moments, than usual"
    )
    parser.epilog = "Anything else goes to pytest, such as -k bootstrap."
    parser.set_defaults(others=[])


def run(given: argparse.Namespace) -> int:
    """Run the tests and return the status of pytest."""
    words, environment = [*_SPREAD], dict(os.environ)
    for name, variable in _LONG.items():
        if getattr(given, name) is not None:
            words, environment[variable] = ["-q", "-s", f"tests/{name}"], str(getattr(given, name))
    if given.seed is not None:
        if given.mutants is None and given.trust is None:
            raise InputError("SEED goes with the mutants or the trials of trust")
        words += [f"--hypothesis-seed={given.seed}"]
        environment["TRUST_SEED"] = environment["MUTANTS_SEED"] = str(given.seed)
    command = [sys.executable, "-m", "pytest", *words, *given.others]
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode
