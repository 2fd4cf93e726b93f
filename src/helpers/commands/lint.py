"""Check the style of the code, by ruff, and the order of the rooms, by import-linter."""

import argparse
import os
import subprocess
import sys

from helpers.paths import ROOT

__all__ = ["run"]

_ROOMS = "from importlinter.cli import lint_imports_command as lint; lint()"
_CHECKS = (
    ("-m", "ruff", "check", "."),
    ("-m", "ruff", "format", "--check", "src", "tests", "benchmarks", "examples", "docs"),
    ("-c", _ROOMS, "--no-cache"),
)


def run(given: argparse.Namespace) -> int:
    """Run the checks up to the first that fails, and return its status."""
    environment = os.environ | {"PYTHONPATH": str(ROOT / "src")}
    for words in _CHECKS:
        done = subprocess.run([sys.executable, *words], cwd=ROOT, env=environment, check=False)
        if done.returncode:
            return done.returncode
    return 0
