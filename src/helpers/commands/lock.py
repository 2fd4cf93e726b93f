"""Pin the packages anew after a change of ``pyproject.toml``; needs uv."""

import argparse
import shutil
import subprocess

from helpers.errors import InputError
from helpers.files import write_text_atomic
from helpers.paths import ROOT

__all__ = ["run"]

_HEAD = """\
# Every package of the environment, pinned with hashes, for Python 3.11 and later on Linux,
# macOS and Windows. Made from pyproject.toml by `make lock`; do not edit by hand.
"""
_UV = ("uv", "pip", "compile", "--quiet", "--universal", "--python-version", "3.11")
_UV += ("--fork-strategy", "fewest", "--generate-hashes", "--all-extras", "--no-header")


def run(given: argparse.Namespace) -> int:
    """Write ``requirements.lock``."""
    if shutil.which(_UV[0]) is None:
        raise InputError("uv, which pins the packages, is not on the PATH; install it")
    command = [*_UV, "pyproject.toml"]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, encoding="utf-8", check=True)
    write_text_atomic(ROOT / "requirements.lock", _HEAD + done.stdout)
    return 0
