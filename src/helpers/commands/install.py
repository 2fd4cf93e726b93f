"""Make ``.venv`` from the lock: ``python -m helpers.commands.install``.

It runs before any package is installed, so it imports the standard library alone. Two builds that
begin at once do not install into each other's half-made environment: the second waits for the first
and finds nothing to do.
"""

import argparse
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from helpers.files import locked_folder

__all__ = ["install", "main"]

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
    python, locked, installed = folder / "bin" / "python", folder / "locked", folder / "installed"
    lock, project = root / "requirements.lock", root / "pyproject.toml"
    with locked_folder(folder):
        if _is_older(locked, lock):
            print("packages  .venv from requirements.lock (about two minutes, once) …", flush=True)
            _run([sys.executable, "-m", "venv", folder], root)
            _run([python, *_PIP, "--no-compile", "--require-hashes", "-r", lock], root)
            compiled = [python, "-m", "compileall", "-qq", "-j", "0", "-x", "/tests?/"]
            subprocess.run([*compiled, folder / "lib"], cwd=root, check=False)
            locked.touch()
        if _is_older(installed, locked) or _is_older(installed, project):
            _run([python, *_PIP, "--no-deps", "--no-build-isolation", "-e", "."], root)
            installed.touch()


def _run(command: Sequence[object], root: Path) -> None:
    subprocess.run([str(word) for word in command], cwd=root, check=True)


def _is_older(stamp: Path, source: Path) -> bool:
    return not stamp.exists() or stamp.stat().st_mtime_ns < source.stat().st_mtime_ns


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status."""
    parser = argparse.ArgumentParser(description="Make .venv from requirements.lock.")
    parser.parse_args(argv)
    try:
        install(Path.cwd())
    except subprocess.CalledProcessError as error:
        step = " ".join(str(word) for word in error.cmd[1:4])
        print(f"error: '{step}' failed with status {error.returncode}; see above", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
