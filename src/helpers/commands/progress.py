"""What a command prints: what it does, and which command to give next."""

import os
import re
import shlex
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

__all__ = [
    "StepFailedError",
    "copy_to_terminal",
    "print_line",
    "quote_word",
    "report_done",
    "report_start",
    "shown",
    "spell_command",
]


class StepFailedError(RuntimeError):
    """A step of the build failed for no fault of its input; the message is one line."""


def report_start(step: str, name: str) -> None:
    """Say that a step begins."""
    print_line(f"{step:<9} {name} …")


def report_done(step: str, name: str, started_ns: int, made: str) -> None:
    """Say what a step made and how long it took."""
    seconds = (time.time_ns() - started_ns) / 1e9
    print_line(f"{step:<9} {name}: {made} ({seconds:.1f} s)")


def print_line(line: str, *, file: TextIO | None = None) -> None:
    """Print a line with its end in one piece, so that those of steps side by side do not mix."""
    stream = file or sys.stdout
    stream.write(f"{line}\n")  # print writes the end of a line by itself
    stream.flush()


@contextmanager
def copy_to_terminal(variable: str) -> Iterator[None]:
    """Copy to stderr, where that is a terminal, what others write meanwhile into a file.

    Parameters
    ----------
    variable : str
        The environment variable that names the file to them; where stderr is no terminal, none.
    """
    if not sys.stderr.isatty() or variable in os.environ:
        yield
        return
    over = threading.Event()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "progress"
        file.touch()

        def copy() -> None:
            with file.open(encoding="utf-8", newline="") as stream:
                while True:
                    last = over.wait(0.2)
                    sys.stderr.write(stream.read())
                    sys.stderr.flush()
                    if last:
                        return

        thread = threading.Thread(target=copy, daemon=True)
        os.environ[variable] = str(file)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()
            del os.environ[variable]


def shown(path: Path) -> str:
    """Return how a path is shown: from the working directory on, if it is below it."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


def quote_word(text: str) -> str:
    """Return text as one word of a shell, whatever it holds.

    Examples
    --------
    >>> print(*map(quote_word, ["my.csv", "my data.csv", "$(rm).csv"]))
    my.csv "my data.csv" '$(rm).csv'
    """
    if re.search(r"[^\w@%+=:,./ \[\]()-]", text):
        return shlex.quote(text)
    return f'"{text}"' if re.search(r"[ \[\]()]", text) else text


def spell_command(command: str, *names: str, **options: str) -> str:
    """Return a command the way the reader gives commands: to make, if make started this one.

    Parameters
    ----------
    command : str
        Such as ``"run"``.
    *names : str
        What stands without a name, as ``NAME=value`` is given to make: ``"NOTEBOOK=02"``.
    **options : str
        The others; an empty one is left out.
    """
    given = {name: quote_word(value) for name, value in options.items() if value}
    if "MAKELEVEL" in os.environ:
        words = ["make", command, *names]
        words += [f"{name.upper()}={value}" for name, value in given.items()]
    else:
        words = ["python -m helpers", command, *(name.partition("=")[2] for name in names)]
        words += [f"--{name}={value}" for name, value in given.items()]
    return " ".join(words)
