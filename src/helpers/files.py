"""Files and folders that are whole or not there.

Everything is written under a partial name beside its place and then renamed, so a killed build
leaves no half-written file under a finished name.
"""

import contextlib
import glob
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

__all__ = [
    "locked_folder",
    "partial_folder",
    "read_yaml",
    "replace_folder",
    "restore_folder",
    "write_bytes_atomic",
    "write_text_atomic",
]


def read_yaml(path: Path) -> object:
    """Return the content of a YAML file, of plain types only."""
    import yaml  # here, because most who want this module read no YAML

    # the same safe loader, some twenty times faster where PyYAML was built with libyaml
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(path.read_text(encoding="utf-8"), Loader=loader)


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

    Folders that a killed process left behind are cleared first: the system takes back the lock
    that a living process holds on its own.
    """
    final.parent.mkdir(parents=True, exist_ok=True)
    folder = final.with_name(f".{final.name}.{os.getpid()}.partial")
    with locked_folder(final.parent):
        for left in final.parent.glob(f".{glob.escape(final.name)}.*.partial"):
            with contextlib.suppress(BlockingIOError):
                with locked_folder(left, wait=False):
                    shutil.rmtree(left, ignore_errors=True)
                _lock_file(left).unlink(missing_ok=True)
        folder.mkdir()
        own = contextlib.ExitStack()
        own.callback(_lock_file(folder).unlink, missing_ok=True)
        own.enter_context(locked_folder(folder))
    with own:
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
    with locked_folder(final.parent):
        _settle(final, own)
        if final.exists():
            final.rename(_previous(final))
        new.rename(final)
        _settle(final, own)


def restore_folder(final: Path, *, own: Iterable[str]) -> None:
    """Mend what a process killed inside `replace_folder` left behind."""
    if _previous(final).exists():
        with locked_folder(final.parent):
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
def locked_folder(folder: Path, *, wait: bool = True) -> Iterator[None]:
    """Let one process at a time change `folder`; without `wait`, raise if another does.

    What is locked is a file in the user's temporary folder, named after `folder`: nothing is left
    beside what a build makes, and a folder can be renamed while it is locked.

    Raises
    ------
    BlockingIOError
        Without `wait`, if another process holds the lock.
    """
    from filelock import FileLock, Timeout  # here, because few commands lock anything

    lock = FileLock(_lock_file(folder))
    try:
        lock.acquire(blocking=wait)
    except Timeout:
        raise BlockingIOError(f"{folder} is locked by another process") from None
    try:
        yield
    finally:
        lock.release()


def _lock_file(folder: Path) -> Path:
    user = os.getuid() if hasattr(os, "getuid") else ""  # on Windows the place is the user's own
    place = Path(tempfile.gettempdir()) / f"helpers-locks-{user}"
    place.mkdir(mode=0o700, exist_ok=True)
    return place / hashlib.sha256(os.fsencode(folder.resolve())).hexdigest()[:32]
