"""Files and folders that are whole or not there.

Everything is written under a partial name beside its place and then renamed, so a killed build
leaves no half-written file under a finished name.
"""

import contextlib
import glob
import hashlib
import itertools
import os
import shutil
import stat
import tempfile
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

__all__ = [
    "Made",
    "files_below",
    "find_projects",
    "list_files",
    "locked_folder",
    "partial_folder",
    "read_yaml",
    "replace_folder",
    "restore_folder",
    "write_bytes_atomic",
    "write_text_atomic",
]


def find_projects(folder: Path) -> list[Path]:
    """Return the projects of coding programs in a folder, which are read as one file."""
    return sorted(path for path in folder.glob("*.[qQ][dD][pP][xX]") if path.name[0] != ".")


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


Made = Callable[[Path, Path], Collection[str]]
"""Says, of a former folder and the one in its place, which files of the former were made by a
build and are let go, as relative paths with ``/``."""


def files_below(*names: str) -> Made:
    """Say that all files with these names, or in folders with these names, were made."""

    def find(former: Path, _: Path) -> Collection[str]:
        return [name for name in list_files(former) if name.split("/")[0] in names]

    return find


def list_files(folder: Path) -> list[str]:
    """Return the files in a folder and in those below it, as relative paths with ``/``."""
    found = (path for path in folder.rglob("*") if path.is_symlink() or not path.is_dir())
    return sorted(path.relative_to(folder).as_posix() for path in found)


def replace_folder(new: Path, final: Path, *, made: Made) -> list[Path]:
    """Put the folder `new` in the place of `final`.

    The former folder stays whole until the new one is in place. Of its files only those are let go
    that a build made; any other is carried over, under another name where its own is taken.

    Parameters
    ----------
    new : pathlib.Path
        A finished folder on the same file system.
    final : pathlib.Path
        Where it is to stand.
    made : function
        See `Made`.

    Returns
    -------
    list of pathlib.Path
        What was carried over under another name.
    """
    with locked_folder(final.parent):
        _settle(final, made)
        if final.exists():
            final.rename(_previous(final))
        new.rename(final)
        return _settle(final, made)


def restore_folder(final: Path, *, made: Made) -> None:
    """Mend what a process killed inside `replace_folder` left behind."""
    if _previous(final).exists():
        with locked_folder(final.parent):
            _settle(final, made)


def _previous(final: Path) -> Path:
    return final.with_name(f".{final.name}.previous")


def _settle(final: Path, made: Made) -> list[Path]:
    previous, moved = _previous(final), []
    if not previous.exists():
        return moved
    if not final.exists():
        previous.rename(final)
        return moved
    let_go = set(made(previous, final))
    for name in list_files(previous):
        if name in let_go:
            continue
        place = _free_name(final / name)
        place.parent.mkdir(parents=True, exist_ok=True)
        (previous / name).rename(place)
        if place != final / name:
            moved.append(place)
    shutil.rmtree(previous)
    return moved


def _free_name(path: Path) -> Path:
    """Return `path`, or where that is taken the first of ``name.kept.csv``, ``name.kept2.csv``."""
    number = 0
    free = path
    while os.path.lexists(free):
        number += 1
        free = path.with_name(f"{path.stem}.kept{number if number > 1 else ''}{path.suffix}")
    return free


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
    named = Path(tempfile.gettempdir()) / f"helpers-locks-{user}"
    place, numbers = named, itertools.count(1)
    while not _is_own_folder(place):
        place = named.with_name(f"{named.name}-{next(numbers)}")
    return place / hashlib.sha256(os.fsencode(folder.resolve())).hexdigest()[:32]


def _is_own_folder(place: Path) -> bool:
    """Make `place`, and say whether it is the user's: in a folder for all it may be another's."""
    with contextlib.suppress(FileExistsError):
        place.mkdir(mode=0o700)
    found = place.lstat()
    return stat.S_ISDIR(found.st_mode) and (
        not hasattr(os, "getuid") or found.st_uid == os.getuid()
    )
