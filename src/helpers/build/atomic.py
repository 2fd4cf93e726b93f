"""Files and folders that are whole or not there.

Everything is written under a partial name beside its place and then renamed, so a killed build
leaves no half-written file under a finished name.
"""

import contextlib
import fcntl
import os
import re
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

__all__ = [
    "partial_folder",
    "replace_folder",
    "restore_folder",
    "write_bytes_atomic",
    "write_text_atomic",
]


def write_bytes_atomic(path: str | os.PathLike, content: bytes) -> Path:
    """Write `content` to `path` under a partial name, then rename it into place.

    Parameters
    ----------
    path : path-like
        The file to write; its folder is made if it is missing.
    content : bytes
        What it is to hold.

    Returns
    -------
    pathlib.Path
        The file written.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        with partial.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    return path


def write_text_atomic(path: str | os.PathLike, text: str) -> Path:
    r"""Write `text` to `path` as UTF-8 with ``\n`` line ends; see `write_bytes_atomic`."""
    return write_bytes_atomic(path, text.encode("utf-8"))


@contextlib.contextmanager
def partial_folder(final: Path) -> Iterator[Path]:
    """Give an empty folder beside `final` to assemble it in; removed at the end if still there.

    Folders that a killed process left behind are cleared first.
    """
    final.parent.mkdir(parents=True, exist_ok=True)
    for left in final.parent.glob(f".{final.name}.*.partial"):
        owner = re.fullmatch(rf"\.{re.escape(final.name)}\.(\d+)\.partial", left.name)
        if owner and not _is_alive(int(owner[1])):
            shutil.rmtree(left, ignore_errors=True)
    folder = final.with_name(f".{final.name}.{os.getpid()}.partial")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def replace_folder(new: Path, final: Path, *, own: Iterable[str]) -> None:
    """Put the folder `new` in the place of `final`.

    The former folder stays whole until the new one is in place. Of its entries only those named
    in `own` are let go; anything else that stands in it is carried over.

    Parameters
    ----------
    new : pathlib.Path
        A finished folder on the same file system.
    final : pathlib.Path
        Where it is to stand.
    own : iterable of str
        Names of the entries that an earlier build made and this one replaces.
    """
    with _locked(final):
        _settle(final, own)
        if final.exists():
            final.rename(_previous(final))
        new.rename(final)
        _settle(final, own)


def restore_folder(final: Path, *, own: Iterable[str]) -> None:
    """Mend what a process killed inside `replace_folder` left behind."""
    if _previous(final).exists():
        with _locked(final):
            _settle(final, own)


def _previous(final: Path) -> Path:
    return final.with_name(f".{final.name}.previous")


def _settle(final: Path, own: Iterable[str]) -> None:
    previous = _previous(final)
    if not previous.exists():
        return
    if not final.exists():
        previous.rename(final)
        return
    for entry in previous.iterdir():
        if entry.name not in set(own) and not (final / entry.name).exists():
            entry.rename(final / entry.name)
    shutil.rmtree(previous)


@contextlib.contextmanager
def _locked(final: Path) -> Iterator[None]:
    """Let one process at a time change `final`."""
    descriptor = os.open(final.parent, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _is_alive(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
