"""Advisories are findings; silence of the service is not a clean bill."""

import json
import re
import subprocess

import pytest

from helpers.commands import audit_dependencies as module
from helpers.commands.command_line import main
from helpers.paths import ROOT

KNOWN = {"name": "a", "version": "1.0", "vulns": []}
VULNERABLE = {
    "name": "b",
    "version": "2.0",
    "vulns": [{"id": "PYSEC-1", "fix_versions": ["2.1"]}, {"id": "GHSA-2", "fix_versions": []}],
}
UNKNOWN = {"name": "c", "skip_reason": "not found"}


@pytest.fixture
def answers(monkeypatch):
    """Return the list from which pip-audit's answers are taken, one a service."""
    given = []

    def run(command, **options):
        assert command[0] == "pip-audit"
        return subprocess.CompletedProcess(command, 0, given.pop(0), "could not connect\n")

    monkeypatch.setattr(module.shutil, "which", lambda name: name == "pip-audit" or None)
    monkeypatch.setattr(module.subprocess, "run", run)
    return given


def _json(*packages):
    return json.dumps({"dependencies": packages})


def test_findings_fail_and_are_named(answers, capsys):
    answers.append(_json(KNOWN, VULNERABLE, UNKNOWN))
    assert main(["audit-dependencies"]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "b 2.0: PYSEC-1, mended in 2.1",
        "b 2.0: GHSA-2, mended in no version yet",
        "2 packages looked up, 2 advisories",
        "not known to the service, 1 packages: c",
    ]


def test_no_finding_passes_with_the_number_looked_up(answers, capsys):
    answers += [_json(UNKNOWN), _json(KNOWN)]
    assert main(["audit-dependencies"]) == 0
    assert capsys.readouterr().out == "1 packages looked up, 0 advisories\n"


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (
            (_json(UNKNOWN), _json(UNKNOWN)),
            "the service osv knows none of the 1 packages from here",
        ),
        (("", ""), "the service osv did not answer (could not connect)"),
    ],
)
def test_silence_is_skipped_with_its_reason(answers, capsys, given, reason):
    answers += given
    assert main(["audit-dependencies"]) == 0
    printed = capsys.readouterr()
    asked = module.locked_packages(ROOT / "requirements.lock")
    assert printed.err == f"skipped: {reason}; not looked up, {len(asked)} packages:\n"
    assert printed.out.splitlines() == asked
    assert all(re.fullmatch(r"[a-z0-9._-]+==[\w.+!-]+", package) for package in asked)
    named = {re.sub(r"[-_.]+", "-", package.split("==")[0]) for package in asked}
    assert {"numpy", "pandas", "semopy", "jupyterlab"} <= named


def test_without_pip_audit_it_is_skipped(monkeypatch, capsys):
    monkeypatch.setattr(module.shutil, "which", lambda name: None)
    assert main(["audit-dependencies"]) == 0
    assert "skipped: pip-audit is not on the PATH" in capsys.readouterr().err
