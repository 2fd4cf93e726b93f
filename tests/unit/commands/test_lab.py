"""Only what the build wrote is trusted."""

import hashlib
import subprocess

import pytest

from helpers.commands.lab import built_notebooks
from helpers.files import write_text_atomic
from helpers.paths import ROOT, built_checksum


def test_a_downloaded_or_changed_notebook_is_not_signed(tmp_path):
    for name, text in {"01_built": "{}", "02_changed": "{}", "03_downloaded": "{}"}.items():
        path = write_text_atomic(tmp_path / "notebooks" / f"{name}.ipynb", text)
        if name != "03_downloaded":
            checksum = hashlib.sha256(path.read_bytes()).hexdigest()
            write_text_atomic(built_checksum(name, tmp_path), f"{checksum}\n")
    (tmp_path / "notebooks" / "02_changed.ipynb").write_text('{"cells": []}')
    assert [path.stem for path in built_notebooks(tmp_path)] == ["01_built"]


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="no clone of the project")
def test_git_ignores_what_a_reader_saves_or_puts_where_jupyterlab_offers_it():
    saved = ["Untitled.ipynb", "mine.ipynb", "notebooks/mine.ipynb", "clients.csv", "clients.xlsx"]
    saved += [
        "notebooks/02_distress_session_quality_path-Copy1.ipynb",
        "my.map.yml",
        "runs/a/b.csv",
    ]
    saved += ["mine.failed.ipynb", "export.html", "study.sav", "docs/x.ipynb"]
    done = subprocess.run(
        ["git", "check-ignore", "--no-index", *saved],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stdout.split() == saved
    tracked = ["git", "ls-files", "--cached", "--ignored", "--exclude-standard"]
    done = subprocess.run(tracked, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == ""
