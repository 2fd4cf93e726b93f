"""pyproject.toml, the lock and the conda environment say the same."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from importlib.util import find_spec

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from helpers.commands.lock import list_pins
from helpers.paths import ROOT

LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = [text for extra in PROJECT["optional-dependencies"].values() for text in extra]
DECLARED = [Requirement(text) for text in [*PROJECT["dependencies"], *EXTRAS]]


def _entries() -> dict[str, list[Requirement]]:
    entries: dict[str, list[Requirement]] = {}
    for text in re.findall(r"^[a-zA-Z][^\\\n]*", LOCK, flags=re.MULTILINE):
        requirement = Requirement(text)
        entries.setdefault(canonicalize_name(requirement.name), []).append(requirement)
    return entries


@pytest.mark.parametrize("declared", DECLARED, ids=lambda r: r.name)
def test_every_declared_package_is_locked_at_a_version_it_allows(declared):
    pinned = _entries().get(canonicalize_name(declared.name), [])
    assert pinned, f"{declared.name} is in pyproject.toml but not in the lock: run make lock"
    for entry in pinned:
        (pin,) = entry.specifier
        assert pin.operator == "=="
        assert declared.specifier.contains(pin.version)


def test_every_locked_package_is_declared_or_needed_by_another():
    blocks = re.split(r"^(?=[a-zA-Z])", LOCK, flags=re.MULTILINE)[1:]
    names = {canonicalize_name(requirement.name) for requirement in DECLARED}
    own = PROJECT["name"]
    for block in blocks:
        name = canonicalize_name(re.match(r"[\w.-]+", block)[0])
        needed_by = set(re.findall(r"^    #(?: via|  ) +([\w.-]+)", block, flags=re.MULTILINE))
        assert needed_by, f"the lock does not say why it holds {name}"
        if own in needed_by:
            assert name in names, f"{name} was taken out of pyproject.toml: run make lock"


def test_every_pin_has_hashes_and_the_lock_names_no_place():
    blocks = re.split(r"^(?=[a-zA-Z])", LOCK, flags=re.MULTILINE)[1:]
    assert all("--hash=sha256:" in block for block in blocks)
    assert not re.search(r"://|--index|--find-links|^-e|^/", LOCK, flags=re.MULTILINE)


def test_conda_takes_the_same_pins_and_the_project():
    conda = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    *from_conda, pip_packages = conda["dependencies"]
    assert pip_packages == {"pip": ["-r requirements.conda.txt", "-e ."]}
    assert {text.split("=")[0] for text in from_conda} == {"python", "make", "pip"}
    (python,) = (text for text in from_conda if text.startswith("python="))
    assert SpecifierSet(PROJECT["requires-python"]).contains(python.split("=")[1] + ".0")
    assert conda["name"] == PROJECT["name"]
    pins = (ROOT / "requirements.conda.txt").read_text(encoding="utf-8")
    assert pins == list_pins(LOCK)
    assert "--hash" not in pins
    pinned = [line for line in pins.splitlines() if not line.startswith("#")]
    assert len(pinned) == sum(map(len, _entries().values()))


@pytest.mark.skipif(find_spec("pip") is None, reason="an environment of uv's has no pip")
def test_what_conda_installs_is_imported_from_any_folder(tmp_path):
    """The last line of environment.yml, followed by pip alone, without a network."""
    conda = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    line = conda["dependencies"][-1]["pip"][-1].split()
    project = tmp_path / "project"
    project.mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE", "src"):
        (shutil.copytree if (ROOT / name).is_dir() else shutil.copy)(ROOT / name, project / name)
    study = project / "data" / "a_study"
    study.mkdir(parents=True)
    (study / "source.yml").touch()
    offline = ["--no-deps", "--no-build-isolation", "--no-index", "--prefix", str(tmp_path / "env")]
    pip = [sys.executable, "-m", "pip", "install", "--quiet", *offline, *line]
    subprocess.run(pip, cwd=project, check=True, env=os.environ | {"PYTHONPATH": ""})
    (packages,) = (tmp_path / "env").rglob("site-packages")
    code = f"import site; site.addsitedir({str(packages)!r}); from helpers.paths import ROOT as r"
    # -S leaves out the packages of this Python, the project in them included
    said = subprocess.run(
        [sys.executable, "-I", "-S", "-c", f"{code}; print(r)"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert said.stdout.strip() == str(project), said.stderr
