"""One environment, made by one process at a time."""

import os
import subprocess
import sys
import sysconfig
import threading
import time
import venv
from pathlib import Path

import pytest

from helpers.commands import install as module
from helpers.commands.command_line import main
from helpers.paths import ROOT


@pytest.fixture
def project(tmp_path, monkeypatch):
    """Return a project and the commands that were run; none of them is."""
    (tmp_path / "requirements.lock").touch()
    site = sysconfig.get_path("purelib", "venv", {"base": str(tmp_path / ".venv")})
    commands = []

    def run(command, **options):
        commands.append([str(word) for word in command])
        Path(site).mkdir(parents=True, exist_ok=True)
        time.sleep(0.05)
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(module.subprocess, "run", run)
    return tmp_path, commands


def _steps(commands):
    return [
        word
        for command in commands
        for word in command
        if word in ("venv", "--require-hashes", "compileall")
    ]


def test_packages_come_with_hashes_and_once(project):
    root, commands = project
    module.install(root)
    assert _steps(commands) == ["venv", "--require-hashes", "compileall"]
    module.install(root)
    assert len(commands) == 3


def test_every_locked_package_is_given_to_one_pip_with_its_hashes(project, monkeypatch):
    root, _ = project
    pinned = [
        f"p{k}==1 ; python_version > '3' \\\n    --hash=sha256:{k}\n    # via q\n" for k in range(5)
    ]
    pinned.append("setuptools==80 \\\n    --hash=sha256:s\n")
    (root / "requirements.lock").write_text("# made by a tool\n" + "".join(pinned))
    given, working = [], module.subprocess.run

    def run(command, **options):
        if "-r" in command:
            given.append(Path(command[-1]).read_text())
            assert {"--no-deps", "--require-hashes"} <= set(command)
        return working(command, **options)

    monkeypatch.setattr(module.subprocess, "run", run)
    monkeypatch.setattr(module.os, "cpu_count", lambda: 3)
    module.install(root)
    assert given[0].startswith("setuptools==80")  # which others are built with
    assert len(given) == 1 + 3
    assert sorted(block for block in pinned for part in given if block in part) == pinned
    assert not list((root / ".venv").glob("*.txt"))


def test_two_at_once_install_once(project):
    root, commands = project
    both = [threading.Thread(target=module.install, args=(root,)) for _ in range(2)]
    for each in both:
        each.start()
    for each in both:
        each.join()
    assert _steps(commands) == ["venv", "--require-hashes", "compileall"]


def test_the_project_is_found_in_a_folder_whose_name_the_locale_lacks(tmp_path):
    root = tmp_path / "Über uns"
    (root / "src").mkdir(parents=True)
    (root / "src" / "of_this_project.py").write_text("print('found')")
    venv.create(root / ".venv")
    module._link(root / ".venv", root / "src")
    moved = root.rename(tmp_path / "ö")
    python = moved / ".venv" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    for place in (tmp_path, moved):
        run = [python, "-c", "import of_this_project"]
        environment = os.environ | {"LC_ALL": "C", "PYTHONUTF8": "0"}
        said = subprocess.run(run, cwd=place, env=environment, capture_output=True, check=True)
        assert said.stdout.split() == [b"found"]


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
