"""One command line: every command is there, quick to answer, and a mistake is one line."""

import contextlib
import io
import os
import re
import shutil
import signal
import subprocess
import sys
from importlib import import_module

import pytest

from helpers.commands import command_line
from helpers.commands.command_line import COMMANDS, main
from helpers.commands.progress import StepFailedError, report_start, spell_command
from helpers.errors import InputError
from helpers.paths import ROOT

MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_its_help(name, capsys):
    with pytest.raises(SystemExit) as ended:
        main([name, "--help"])
    assert ended.value.code == 0
    said = capsys.readouterr().out
    assert said.startswith(f"usage: python -m helpers {name} [-h]")
    assert COMMANDS[name][1][1:].split()[0] in said


def test_the_help_lists_every_command(capsys):
    with pytest.raises(SystemExit):
        main(["--help"])
    said = capsys.readouterr().out
    assert re.findall(r"^    ([a-z-]+)", said, flags=re.M) == list(COMMANDS)


def test_make_calls_nothing_but_commands_and_the_scripts_outside_of_the_package():
    called = set(re.findall(r"-m helpers ([a-z-]+)", MAKEFILE))
    assert called <= set(COMMANDS)
    assert set(COMMANDS) - called == {"all"}  # make has its own rules for that
    others = set(re.findall(r"\$\(RUN\) (?!-m helpers )(\S+)", MAKEFILE))
    assert others
    assert all(re.fullmatch(r"(tests|benchmarks)/[\w/]+\.py", script) for script in others)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "the following arguments are required: COMMAND"),
        (["chek"], "'chek' is not a command (all, run, template, check, "),
        (["chek"], "Did you mean 'check'?"),
        (["check"], "the following arguments are required: study; see 'python -m helpers check"),
        (["check", "x", "--dat"], "argument --data: expected one argument"),
        (
            ["html", "--foo", "bar"],
            "unrecognized arguments: --foo bar; see 'python -m helpers html",
        ),
        (["run", ""], "say which notebook, such as: "),
        (["data", "unknown"], "'unknown' is not a study with a twin (coping_adherence, "),
    ],
)
def test_a_mistake_is_one_line(words, message, capsys):
    assert main(words) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("error: ")
    assert message in said.err
    assert said.err.count("\n") == 1


@pytest.mark.parametrize(
    ("raised", "status", "line"),
    [
        (InputError("a is not b"), 1, "error: a is not b"),
        (StepFailedError("02: cell [3] raised"), 1, "error: 02: cell [3] raised"),
        (
            PermissionError(13, "Permission denied", f"{ROOT}/reports/.02_a.17.partial/tables"),
            1,
            "error: cannot write reports/02_a/tables: Permission denied",
        ),
        (
            FileNotFoundError(2, "No such file or directory", f"{ROOT}/docs/x.md"),
            1,
            "error: cannot find docs/x.md: No such file or directory",
        ),
        (OSError(28, "No space left on device"), 1, "error: cannot write: No space left on device"),
        (
            OSError(28, "No space left on device", "docs/a.js", None, "runs/.mine.7.partial/a.js"),
            1,
            "error: cannot write runs/mine/a.js: No space left on device",
        ),
        (
            shutil.Error([("docs/a", "runs/.mine.7.partial/a", "[Errno 28] No space left: 'a'")]),
            1,
            "error: cannot write runs/mine/a: No space left",
        ),
        (
            subprocess.CalledProcessError(7, ["python", "-m", "venv", ".venv"]),
            1,
            "error: '-m venv .venv' failed with status 7; see above",
        ),
        (KeyboardInterrupt(), 130, "stopped; no file is half written"),
    ],
)
def test_there_is_one_ending(raised, status, line, monkeypatch, capsys):
    def fail(words):
        raise raised

    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(command_line, "_run", fail)
    assert main(["html"]) == status
    assert capsys.readouterr().err == f"{line}\n"


def test_what_a_started_program_is_to_get_comes_to_it_as_it_was_given(monkeypatch):
    module, commands = import_module("helpers.commands.run_tests"), []
    variables = ("MUTANTS", "TRUST", "MUTANTS_SEED")

    def start(command, *, env, **options):
        commands.append(
            (command[3:], {k: env.get(k) for k in ("MUTANTS", "TRUST", "MUTANTS_SEED")})
        )
        return subprocess.CompletedProcess(command, 5)

    monkeypatch.setattr(module.subprocess, "run", start)
    for name in variables:
        monkeypatch.delenv(name, raising=False)
    assert main(["test", "-k", "a or b", "--lf"]) == 5
    assert main(["test", "--trust", "3"]) == 5
    assert main(["test", "--mutants", "9", "--seed", "7"]) == 5
    assert main(["test", "--seed", "7"]) == 1
    workers = str((os.cpu_count() or 1) + 1)
    spread = ["-n", workers, "--dist", "loadfile", "--no-loadscope-reorder"]
    none = dict.fromkeys(variables)
    assert commands == [
        ([*spread, "-k", "a or b", "--lf"], none),
        (["-q", "-s", "tests/trust"], none | {"TRUST": "3"}),
        (
            ["-q", "-s", "tests/mutants", "--hypothesis-seed=7"],
            none | {"MUTANTS": "9", "MUTANTS_SEED": "7"},
        ),
    ]


def test_a_command_is_spelled_as_the_reader_gives_commands(monkeypatch):
    given = {"data": "my file.csv", "map": "", "out": "runs/mine"}
    monkeypatch.delenv("MAKELEVEL", raising=False)
    said = spell_command("run", "NOTEBOOK=02", **given)
    assert said == 'python -m helpers run 02 --data="my file.csv" --out=runs/mine'
    monkeypatch.setenv("MAKELEVEL", "1")
    said = spell_command("run", "NOTEBOOK=02", **given)
    assert said == 'make run NOTEBOOK=02 DATA="my file.csv" OUT=runs/mine'


def test_help_imports_no_engine_and_no_reader_of_notebooks():
    heavy = ("numpy", "pandas", "papermill", "nbformat", "sphinx", "yaml", "filelock")
    code = (
        "import sys, contextlib\n"
        "from helpers.commands.command_line import main\n"
        "for command in ('', 'run', 'check', 'template', 'test'):\n"
        "    with contextlib.suppress(SystemExit):\n"
        "        main([*command.split(), '--help'])\n"
        f"sys.exit(' '.join(set(sys.modules) & set({heavy})) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.strip()) == (0, "")


def test_every_module_can_be_imported_where_fcntl_is_missing():
    """As on Windows."""
    code = (
        "import sys, importlib, pkgutil, helpers\n"
        "sys.modules['fcntl'] = None\n"
        "names = [m.name for m in pkgutil.walk_packages(helpers.__path__, 'helpers.')]\n"
        "[importlib.import_module(name) for name in names if name != 'helpers.__main__']\n"
        "print(len(names))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 100


def test_a_line_is_written_in_one_piece_so_that_steps_side_by_side_do_not_mix():
    """Also where the output is not buffered."""
    pieces = []

    class Raw(io.RawIOBase):
        def writable(self):
            return True

        def write(self, content):
            pieces.append(bytes(content))
            return len(content)

    unbuffered = io.TextIOWrapper(Raw(), encoding="utf-8", write_through=True)
    with contextlib.redirect_stdout(unbuffered):
        report_start("data", "a study")
    assert pieces == ["data      a study …\n".encode()]


@pytest.fixture
def signals():
    """Put back what happens when each signal comes."""
    before = {stop: signal.getsignal(stop) for stop in command_line.STOPS}
    yield
    for stop, handler in before.items():
        signal.signal(stop, handler)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
@pytest.mark.parametrize("before", [signal.SIG_DFL, signal.SIG_IGN], ids=["heeded", "ignored"])
def test_a_signal_ends_a_command_in_order_but_a_closed_terminal_not_one_under_nohup(
    name, before, signals, monkeypatch, capsys
):
    stop = getattr(signal, name)
    signal.signal(stop, before)
    monkeypatch.setattr(command_line, "_run", lambda words: os.kill(os.getpid(), stop) or 0)
    goes_on = name == "SIGHUP" and before is signal.SIG_IGN
    assert main(["html"]) == (0 if goes_on else 130)
    said = capsys.readouterr().err
    assert said == ("" if goes_on else "stopped; no file is half written\n")
