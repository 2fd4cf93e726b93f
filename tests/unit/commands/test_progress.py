"""What a kernel says of its progress reaches the terminal of the command that started it."""

import io
import os
import subprocess
import sys

import pytest

from helpers.commands.progress import copy_to_terminal
from helpers.models.inference.backends import PROGRESS_VARIABLE, count_cells


class Terminal(io.StringIO):
    def isatty(self):
        return True


def count_to_two():
    with count_cells("a model", total=2, done=0, progress=None) as bar:
        bar.update()
        bar.update()


def test_a_bar_in_another_process_is_seen_on_the_terminal(monkeypatch):
    monkeypatch.setattr(sys, "stderr", Terminal())
    with copy_to_terminal("A_VARIABLE"):
        write = "import os; open(os.environ['A_VARIABLE'], 'a').write('half\\rwhole\\n')"
        subprocess.run([sys.executable, "-c", write], check=True)
    assert sys.stderr.getvalue() == "half\rwhole\n"
    assert "A_VARIABLE" not in os.environ


def test_cells_are_counted_into_the_file(monkeypatch, tmp_path, capfd):
    monkeypatch.setenv(PROGRESS_VARIABLE, str(tmp_path / "progress"))
    count_to_two()
    assert "a model: 100%" in (tmp_path / "progress").read_text("utf-8")
    assert capfd.readouterr() == ("", "")


def test_nothing_is_said_where_nobody_looks(monkeypatch, capfd):
    monkeypatch.delenv(PROGRESS_VARIABLE, raising=False)
    with copy_to_terminal(PROGRESS_VARIABLE):
        count_to_two()
        assert PROGRESS_VARIABLE not in os.environ
    assert capfd.readouterr() == ("", "")


def test_a_failure_leaves_the_environment_as_it_was(monkeypatch):
    monkeypatch.setattr(sys, "stderr", Terminal())
    with pytest.raises(ZeroDivisionError), copy_to_terminal("A_VARIABLE"):
        1 / 0  # noqa: B018
    assert "A_VARIABLE" not in os.environ
