"""Without make the same is made: the same steps, in an order in which each finds what it reads."""

import os
import re
import shlex
import shutil
import subprocess
import sys
import time

import psutil
import pytest

from helpers.commands import build
from helpers.commands.command_line import main
from helpers.paths import ROOT


def _commands(stage):
    return [" ".join(command) for _, command in stage]


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
def test_the_steps_are_those_of_make():
    outside = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    command = ["make", "--dry-run", "--always-make", f"PYTHON={sys.executable}", "all"]
    said = subprocess.run(
        command, cwd=ROOT, env=outside, capture_output=True, text=True, check=True
    ).stdout
    theirs = re.findall(r"-m helpers (.+)", said)
    ours = [command for stage in build.list_steps() for command in _commands(stage)]
    assert sorted(theirs) == sorted(ours)


def test_data_come_first_then_reports_then_the_overview_then_print_then_the_pages():
    data, reports, overview, prints, pages = map(_commands, build.list_steps())
    assert all(command.startswith("data ") for command in data)
    assert reports[0] > reports[-1], "the last first, as in make"
    assert overview == ["run --report 00_overview"]
    assert all(command.startswith("pdf ") for command in prints)
    assert pages == ["html"]


@pytest.fixture
def made(tmp_path, monkeypatch):
    """Return the stages of a small build, and the list of what was run."""
    stages = [[(tmp_path / f"{n}{i}.done", (f"{n}{i}",)) for i in "12"] for n in "ab"]
    done = []

    def step(command):
        done.append(*command)
        return int(command == ("a2",) and (tmp_path / "fails").exists())

    monkeypatch.setattr(build, "list_steps", lambda: stages)
    monkeypatch.setattr(build, "_run_step", step)
    monkeypatch.setattr(build, "is_current", lambda stamp: stamp.exists())
    return tmp_path, done


def test_only_what_is_due_is_made(made):
    folder, done = made
    (folder / "a1.done").touch()
    assert main(["all", "--jobs=1"]) == 0
    assert done == ["a2", "b1", "b2"]


def test_what_needs_a_step_that_failed_is_not_made(made, capsys):
    folder, done = made
    (folder / "fails").touch()
    assert main(["all"]) == 1
    assert sorted(done) == ["a1", "a2"]
    assert capsys.readouterr().err == "error: the build stops here; what was made stays\n"


@pytest.mark.parametrize("jobs", ["0", "-1"])
def test_a_number_of_jobs_is_positive(made, capsys, jobs):
    assert main(["all", f"--jobs={jobs}"]) == 1
    assert capsys.readouterr().err == f"error: --jobs={jobs}: at least one step at a time\n"
    assert made[1] == []


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")
def test_who_stops_the_build_stops_its_steps_and_begins_no_other(tmp_path):
    step = "import pathlib, sys, time; pathlib.Path(sys.argv[-1]).touch(); time.sleep(60)"
    whole = f"""
import sys
from pathlib import Path
from helpers.commands import build, command_line
sys.executable = {str(tmp_path / "python")!r}
build.list_steps = lambda: [[(Path("x"), (name,)) for name in "abc"]]
build.is_current = lambda stamp: False
sys.exit(command_line.main(["all", "--jobs=2"]))
"""
    stub = tmp_path / "python"
    stub.write_text(f'#!/bin/sh\nshift 2\nexec {shlex.join([sys.executable, "-c", step])} "$@"\n')
    stub.chmod(0o755)
    environment = os.environ | {"PYTHONPATH": str(ROOT / "src")}
    with subprocess.Popen(
        [sys.executable, "-c", whole], cwd=tmp_path, env=environment, stderr=subprocess.PIPE
    ) as running:
        while not {"a", "b"} <= {path.name for path in tmp_path.iterdir()}:
            assert running.poll() is None
            time.sleep(0.02)
        steps = psutil.Process(running.pid).children()
        running.terminate()
        assert running.wait(timeout=20) == 130
        assert running.stderr.read() == b"stopped; no file is half written\n"
    assert len(steps) == 2
    assert not any(process.is_running() for process in steps)
    assert not (tmp_path / "c").exists()
