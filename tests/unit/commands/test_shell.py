"""What a reader gives passes the shell and make unchanged, and what is printed can be pasted."""

import re
import shlex
import shutil
import subprocess

import pytest

from awkward import HOSTILE, ORDINARY
from helpers.commands.parameters import parse_assignments, quote_value
from helpers.commands.progress import quote_word, spell_command
from helpers.notebook import Parameter
from helpers.paths import ROOT

GIVEN = [text for text in (*ORDINARY, *HOSTILE) if "\0" not in text]
GIVEN += ["$HOME", "${HOME}", "$$", "a$b.csv", "a;touch x", "$(touch x)", "a&b", "!!", "a\\", "*"]
GIVEN += ["(a).csv", "[a]", "%PATH%", "~", "a\nb", "C:\\my files\\a.csv", "--out=x", "a ", "#a"]
PRINT = r"printf '%s\0'"


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """Return a folder with the Makefile and, for Python, a program that prints what it is given."""
    folder = tmp_path_factory.mktemp("make") / """it's "odd" $HOME; ü"""
    folder.mkdir()
    shutil.copy(ROOT / "Makefile", folder)
    (folder / "notebooks").mkdir()
    (folder / "notebooks" / "0_none.py").touch()
    stub = folder / "stub"
    stub.write_text(f'#!/bin/sh\n{PRINT} "$@"\n')
    stub.chmod(0o755)
    return folder


@pytest.mark.skipif(not shutil.which("make"), reason="make is not installed")
@pytest.mark.parametrize("place", ["command line", "environment"])
def test_make_passes_on_what_it_is_given(project, monkeypatch, place):
    for name in ("MAKELEVEL", "MAKEFLAGS"):
        monkeypatch.delenv(name, raising=False)
    for k in range(0, len(GIVEN) - 3, 4):
        values = dict(zip(("DATA", "MAP", "OUT", "PARAMS"), GIVEN[k : k + 4], strict=True))
        words = ["make", "-s", "run", "NOTEBOOK=02", f"PYTHON={project / 'stub'}"]
        if place == "command line":
            words += [f"{name}={value}" for name, value in values.items()]
        else:
            for name, value in values.items():
                monkeypatch.setenv(name, value)
        done = subprocess.run(words, cwd=project, capture_output=True, text=True, check=False)
        assert done.returncode == 0, (values, done.stderr)
        got = done.stdout.split("\0")[:-1]
        assert got[3:] == ["02", *(f"--{name.lower()}={value}" for name, value in values.items())]


@pytest.mark.skipif(not shutil.which("make"), reason="make is not installed")
def test_settings_are_taken_from_the_command_line_alone(project, monkeypatch):
    for name in ("MAKELEVEL", "MAKEFLAGS"):
        monkeypatch.delenv(name, raising=False)
    for name in ("N", "CI", "ALPHA"):
        monkeypatch.setenv(name, "true")
    words = ["make", "-s", "audit", "TABLE=a.csv", "CI=t", f"PYTHON={project / 'stub'}"]
    done = subprocess.run(words, cwd=project, capture_output=True, text=True, check=True)
    got = done.stdout.split("\0")
    assert {"--ci=t", "--n=", "--alpha="} <= set(got)


def test_a_printed_command_can_be_pasted(monkeypatch):
    monkeypatch.delenv("MAKELEVEL", raising=False)
    spelled = [
        spell_command("run", "NOTEBOOK=02", data=given, params=f"cluster={given}")
        for given in GIVEN
    ]
    script = "\n".join(line.replace("python -m helpers", PRINT, 1) for line in spelled)
    done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split("\0")[:-1] == [
        word
        for given in GIVEN
        for word in ("run", "02", f"--data={given}", f"--params=cluster={given}")
    ]
    assert [shlex.split(quote_word(given)) for given in GIVEN] == [[given] for given in GIVEN]


def test_any_name_can_be_given_as_a_parameter():
    declared = [Parameter("cluster", str, ""), Parameter("covariates", list, [], item=str)]
    for given in GIVEN:
        if {"'", '"'} <= set(given) or not given.isprintable():  # these are refused
            continue
        quoted = quote_value(given)
        text = f"covariates=[{quoted}, b] cluster={quoted}"
        read = parse_assignments(text, declared)
        assert read == {"covariates": [given, "b"], "cluster": given}, text


def test_who_ends_make_ends_what_make_runs():
    """Make ends the shell of a recipe, and not what that shell waits for."""
    lines = (ROOT / "Makefile").read_text(encoding="utf-8").splitlines()
    started = [
        line for line in lines if line[:1] == "\t" and re.search(r"\$\(RUN\) |-m helpers", line)
    ]
    assert len(started) > 15
    assert [line for line in started if not re.search(r"exec \$(\(RUN\)|\$base) ", line)] == []
