"""One environment, made by one process at a time."""

import os
import subprocess
import sys
import threading
import time

import pytest

from helpers.commands import install as module
from helpers.commands.command_line import main
from helpers.paths import ROOT


@pytest.fixture
def project(tmp_path, monkeypatch):
    """Return a project and the commands that were run; none of them is."""
    for name in ("requirements.lock", "pyproject.toml"):
        (tmp_path / name).touch()
    commands = []

    def run(command, **options):
        commands.append([str(word) for word in command])
        time.sleep(0.05)
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(module.subprocess, "run", run)
    return tmp_path, commands


def _steps(commands):
    return [
        word
        for command in commands
        for word in command
        if word in ("venv", "--require-hashes", "compileall", "-e")
    ]


def test_packages_come_with_hashes_and_once(project):
    root, commands = project
    module.install(root)
    assert _steps(commands) == ["venv", "--require-hashes", "compileall", "-e"]
    module.install(root)
    assert len(commands) == 4


def test_a_changed_project_alone_does_not_install_the_packages_again(project):
    root, commands = project
    module.install(root)
    del commands[:]
    later = time.time() + 5
    os.utime(root / "pyproject.toml", (later, later))
    module.install(root)
    assert _steps(commands) == ["-e"]


def test_two_at_once_install_once(project):
    root, commands = project
    both = [threading.Thread(target=module.install, args=(root,)) for _ in range(2)]
    for each in both:
        each.start()
    for each in both:
        each.join()
    assert _steps(commands) == ["venv", "--require-hashes", "compileall", "-e"]


def test_paths_are_written_as_utf_8_whatever_the_locale(tmp_path, monkeypatch):
    monkeypatch.setenv("LC_ALL", "C")
    wanted = "import locale, pathlib; pathlib.Path('seen').write_text(locale.getencoding())"
    module._call([sys.executable, "-c", wanted], tmp_path)
    assert (tmp_path / "seen").read_text().lower() == "utf-8"


def test_a_failed_installation_is_one_line_and_taken_up_again(project, monkeypatch, capsys):
    root, _ = project

    def fail(command, **options):
        raise subprocess.CalledProcessError(7, [str(word) for word in command])

    working = module.subprocess.run
    monkeypatch.setattr(module.subprocess, "run", fail)
    monkeypatch.chdir(root)
    assert main(["install"]) == 1
    said = capsys.readouterr().err
    assert said == "error: '-m venv " + str(root / ".venv") + "' failed with status 7; see above\n"
    monkeypatch.setattr(module.subprocess, "run", working)
    assert main(["install"]) == 0
    assert (root / ".venv" / "installed").exists()


def test_it_needs_the_standard_library_alone():
    """And so does the command line that starts it: no installed package can be seen here."""
    code = (
        f"import sys; sys.path.insert(0, {str(ROOT / 'src')!r})\n"
        "import helpers.commands.install\n"
        "from helpers.commands.command_line import main\n"
        "main(['install', '--help'])"
    )
    run = [sys.executable, "-I", "-S", "-c", code]
    assert "Make .venv" in subprocess.run(run, capture_output=True, text=True, check=True).stdout
