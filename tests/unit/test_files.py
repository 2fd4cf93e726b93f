"""Whole files or none."""

import os
import subprocess
import sys
import tempfile

import pytest

from helpers.files import (
    files_below,
    locked_folder,
    partial_folder,
    replace_folder,
    restore_folder,
    write_bytes_atomic,
    write_text_atomic,
)

MADE = files_below("tables", "run.json")


def _make(folder, **files):
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_dot_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def _names(folder):
    return sorted(path.name for path in folder.iterdir())


def _content(folder):
    return {str(p.relative_to(folder)): p.read_text() for p in folder.rglob("*") if p.is_file()}


def test_a_text_is_written_as_utf8_with_unix_line_ends_in_a_new_folder(tmp_path):
    path = write_text_atomic(tmp_path / "new" / "note.txt", "α\nβ\n")
    assert path.read_bytes() == "α\nβ\n".encode()
    assert _names(path.parent) == ["note.txt"]


def test_a_failed_write_leaves_the_former_file_and_nothing_else(tmp_path, monkeypatch):
    path = tmp_path / "table.csv"
    path.write_bytes(b"former")

    def no_space(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", no_space)
    with pytest.raises(OSError, match="No space left"):
        write_bytes_atomic(path, b"new")
    assert path.read_bytes() == b"former"
    assert _names(tmp_path) == ["table.csv"]


def test_a_partial_folder_is_removed_when_its_work_fails(tmp_path):
    def work():
        with partial_folder(tmp_path / "mine") as partial:
            _make(partial, a="1")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        work()
    assert _names(tmp_path) == []


def test_what_a_dead_process_left_is_cleared_and_a_living_ones_is_kept(tmp_path):
    dead = tmp_path / ".mine.1.partial"
    dead.mkdir()
    works = (
        "import sys, time; from pathlib import Path; from helpers.files import *\n"
        "with partial_folder(Path(sys.argv[1])): print('there', flush=True); time.sleep(60)"
    )
    command = [sys.executable, "-c", works, str(tmp_path / "mine")]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as other:
        assert other.stdout.readline() == b"there\n"
        living = tmp_path / f".mine.{other.pid}.partial"
        with partial_folder(tmp_path / "mine") as own:
            assert _names(tmp_path) == sorted([living.name, own.name])
        other.kill()
        os.waitid(os.P_PID, other.pid, os.WEXITED | os.WNOWAIT)  # dead, but not yet buried
        with partial_folder(tmp_path / "mine") as own:
            assert _names(tmp_path) == [own.name]


def test_replacing_a_folder_drops_what_a_build_made_and_carries_over_the_rest(tmp_path):
    final = _make(tmp_path / "mine", tables__old_dot_csv="old", notes_dot_txt="keep me")
    new = _make(tmp_path / "partial", tables__new_dot_csv="new", run_dot_json="{}")
    replace_folder(new, final, made=MADE)
    assert _content(final) == {"tables/new.csv": "new", "run.json": "{}", "notes.txt": "keep me"}
    assert _names(tmp_path) == ["mine"]


def test_a_replacement_killed_between_its_two_renames_is_undone(tmp_path):
    _make(tmp_path / ".mine.previous", tables__old_dot_csv="old", notes_dot_txt="keep me")
    restore_folder(tmp_path / "mine", made=MADE)
    assert _content(tmp_path / "mine") == {"tables/old.csv": "old", "notes.txt": "keep me"}
    assert _names(tmp_path) == ["mine"]


def test_a_replacement_killed_after_its_renames_is_completed(tmp_path):
    _make(tmp_path / ".mine.previous", tables__old_dot_csv="old", notes_dot_txt="keep me")
    _make(tmp_path / "mine", tables__new_dot_csv="new")
    restore_folder(tmp_path / "mine", made=MADE)
    assert _content(tmp_path / "mine") == {"tables/new.csv": "new", "notes.txt": "keep me"}


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="the temporary folder is the user's own")
def test_what_another_user_put_in_the_place_of_the_locks_is_not_used(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "gettempdir", lambda: str(tmp_path))
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (tmp_path / f"helpers-locks-{os.getuid()}").symlink_to(elsewhere)
    (tmp_path / f"helpers-locks-{os.getuid()}-1").touch()
    with locked_folder(tmp_path / "a"):
        with pytest.raises(BlockingIOError), locked_folder(tmp_path / "a", wait=False):
            pass
        assert len(list((tmp_path / f"helpers-locks-{os.getuid()}-2").iterdir())) == 1
    assert not list(elsewhere.iterdir())
