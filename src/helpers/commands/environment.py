"""What a process needs so that two builds give the same bytes."""

import contextlib
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

__all__ = ["REPRODUCIBLE", "SOCKET_PATH", "reproducible_environment"]

# One moment for every build, since the date of a commit cannot be known inside that commit.
REPRODUCIBLE = {
    "SOURCE_DATE_EPOCH": "1767225600",  # 2026-01-01
    "PYTHONHASHSEED": "0",
    "PYTHONUTF8": "1",
    "TZ": "UTC",
    # pandoc reads what it is given, titles and names of files, in the encoding of the locale
    "LC_ALL": "en_US.UTF-8" if sys.platform == "darwin" else "C.UTF-8",
    "LANGUAGE": "C",
    "COLUMNS": "100",
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "VECLIB_MAXIMUM_THREADS": "1",
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",
}


SOCKET_PATH = 103
"""Bytes that the path of a socket has at most: 103 on macOS, 107 on Linux."""


def _make_scratch() -> str:
    """Make a folder of the user's own whose path leaves room for the sockets of a kernel."""
    room = len(os.fsencode(tempfile.gettempdir())) + len("/nb-12345678/kernel-ipc-5")
    short = Path("/tmp") if room > SOCKET_PATH else None
    return tempfile.mkdtemp(
        prefix="nb-", dir=short if short and os.access(short, os.W_OK) else None
    )


@contextlib.contextmanager
def reproducible_environment(**more: str) -> Iterator[None]:
    """Set what the processes started meanwhile inherit, and put it back afterwards.

    Hash randomization is decided when an interpreter starts: it concerns the children, not the
    running process.

    Parameters
    ----------
    **more : str
        Further variables.
    """
    scratch = _make_scratch()
    # neither read a reader's own settings nor leave files in the home folder
    folders = {"IPYTHONDIR": f"{scratch}/ipython", "JUPYTER_RUNTIME_DIR": scratch}
    wanted = {**REPRODUCIBLE, **folders, **more}
    # a kernel starts in another folder, and is to import this very package
    package = str(Path(__file__).resolve().parents[2])
    wanted["PYTHONPATH"] = os.pathsep.join(filter(None, [package, os.environ.get("PYTHONPATH")]))
    matplotlib = find_spec("matplotlib")
    if matplotlib and matplotlib.origin:
        # the packaged defaults, not a reader's own matplotlibrc
        wanted["MATPLOTLIBRC"] = str(Path(matplotlib.origin).parent / "mpl-data" / "matplotlibrc")
    before = {name: os.environ.get(name) for name in (*wanted, "MPLBACKEND")}
    os.environ.pop("MPLBACKEND", None)
    os.environ.update(wanted)
    try:
        yield
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
