"""Pin the packages anew after a change of ``pyproject.toml``; needs uv."""

import argparse
import re
import shutil
import subprocess

from helpers.errors import InputError
from helpers.files import write_text_atomic
from helpers.paths import ROOT

__all__ = ["list_pins", "run"]

_HEAD = """\
# Every package of the environment, pinned with hashes, for Python 3.11 and later on Linux,
# macOS and Windows. Made from pyproject.toml by `make lock`; do not edit by hand.
"""
_PINS_HEAD = """\
# The pins of requirements.lock without their hashes, for environment.yml: pip that checks hashes
# installs no project from its folder. Made by `make lock`; do not edit by hand.
"""
_UV = ("uv", "pip", "compile", "--quiet", "--universal", "--python-version", "3.11")
_UV += ("--fork-strategy", "fewest", "--generate-hashes", "--all-extras", "--no-header")


def list_pins(lock: str) -> str:
    """Return the pins of a lock without hashes and remarks."""
    pins = re.findall(r"^[a-zA-Z][^\\\n]*", lock, flags=re.MULTILINE)
    return _PINS_HEAD + "".join(f"{pin.strip()}\n" for pin in pins)


def run(given: argparse.Namespace) -> int:
    """Write ``requirements.lock`` and ``requirements.conda.txt``."""
    if shutil.which(_UV[0]) is None:
        raise InputError("uv, which pins the packages, is not on the PATH; install it")
    command = [*_UV, "pyproject.toml"]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, encoding="utf-8", check=True)
    write_text_atomic(ROOT / "requirements.lock", _HEAD + done.stdout)
    write_text_atomic(ROOT / "requirements.conda.txt", list_pins(done.stdout))
    return 0
