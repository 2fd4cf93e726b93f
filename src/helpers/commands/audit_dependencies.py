"""Look the locked packages up in a database of advisories.

`pip-audit` asks the service of PyPI, then that of OSV. Where neither answers for any package, as
without a network or behind a mirror, nothing is known: that is said instead of "no findings", with
the packages and versions that would have been asked about, to be looked up elsewhere.
"""

import argparse
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from helpers.paths import ROOT

__all__ = ["audit_dependencies", "locked_packages", "run"]

_SERVICES = ("pypi", "osv")
_RUNNERS = (("pip-audit",), ("uvx", "pip-audit"), ("pipx", "run", "pip-audit"))


def audit_dependencies(lock: Path) -> tuple[list[str], list[str], list[str], str]:
    """Ask for advisories on the packages of a lock.

    Parameters
    ----------
    lock : pathlib.Path
        With hashes.

    Returns
    -------
    findings : list of str
        One line each: package, version, advisory, versions that mend it.
    known, unknown : list of str
        Packages that the service that answered knew, and did not.
    reason : str
        Why no package could be looked up, or ``""``.
    """
    runner = next((each for each in _RUNNERS if shutil.which(each[0])), None)
    if runner is None:
        return [], [], [], "pip-audit is not on the PATH; install it, or uv or pipx, which fetch it"
    reason = ""
    for service in _SERVICES:
        command = [*runner, "--requirement", str(lock), "--disable-pip", "--require-hashes"]
        command += ["--progress-spinner", "off", "--format", "json", "--vulnerability-service"]
        done = subprocess.run([*command, service], capture_output=True, text=True, check=False)
        try:
            packages = json.loads(done.stdout)["dependencies"]
        except (ValueError, KeyError, TypeError):
            said = done.stderr.strip().splitlines() or ["it said nothing"]
            reason = f"the service {service} did not answer ({said[-1][:200]})"
            continue
        known = [package for package in packages if "skip_reason" not in package]
        if known:
            unknown = [package["name"] for package in packages if "skip_reason" in package]
            return _list_findings(known), [package["name"] for package in known], unknown, ""
        reason = f"the service {service} knows none of the {len(packages)} packages from here"
    return [], [], [], reason


def locked_packages(lock: Path) -> list[str]:
    """Return the packages of a lock, ``name==version``, without what says where they are for."""
    lines = lock.read_text(encoding="utf-8").splitlines()
    return [line.split()[0].rstrip(";") for line in lines if re.match(r"[A-Za-z0-9].*==", line)]


def _list_findings(packages: Sequence[dict]) -> list[str]:
    return [
        f"{package['name']} {package['version']}: {found['id']}, "
        f"mended in {', '.join(found['fix_versions']) or 'no version yet'}"
        for package in packages
        for found in package["vulns"]
    ]


def run(given: argparse.Namespace) -> int:
    """Print what is known; the exit status is 1 for findings only."""
    findings, known, unknown, reason = audit_dependencies(ROOT / "requirements.lock")
    if reason:
        asked = locked_packages(ROOT / "requirements.lock")
        print(f"skipped: {reason}; not looked up, {len(asked)} packages:", file=sys.stderr)
        print("\n".join(asked))
        return 0
    print("\n".join([*findings, f"{len(known)} packages looked up, {len(findings)} advisories"]))
    if unknown:
        print(f"not known to the service, {len(unknown)} packages: {', '.join(unknown)}")
    return 1 if findings else 0
