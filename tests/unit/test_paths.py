import shutil
import sys
from importlib import util
from pathlib import Path

import pytest

from helpers import paths
from helpers.errors import InputError


def test_the_root_is_the_repository_from_any_working_directory(tmp_path, monkeypatch):
    here = paths.project_root()
    monkeypatch.chdir(tmp_path)
    assert paths.project_root() == here
    assert here.is_absolute()
    assert (here / "pyproject.toml").is_file()
    assert paths.data_dir() == here / "data"
    assert paths.twin_path("some_study") == here / "data" / "some_study" / "synthetic.csv"


@pytest.fixture
def installed_elsewhere(tmp_path):
    """Return the module as a copy outside the repository would see itself."""
    home = tmp_path / "site-packages" / "helpers"
    home.mkdir(parents=True)
    shutil.copy(paths.__file__, home / "paths.py")
    spec = util.spec_from_file_location("paths_elsewhere", home / "paths.py")
    module = util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module
    sys.modules.pop("paths_elsewhere", None)


def test_a_copy_installed_elsewhere_looks_above_the_working_directory(
    installed_elsewhere, tmp_path, monkeypatch
):
    root = paths.project_root()
    monkeypatch.chdir(root / "notebooks")
    assert installed_elsewhere.project_root() == root
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=r"neither beside the package .*'pip install -e \.'"):
        installed_elsewhere.project_root()


def test_nothing_in_the_package_depends_on_the_working_directory_being_the_root(
    tmp_path, monkeypatch
):
    from helpers.printed.numbers import load_published

    monkeypatch.chdir(tmp_path)
    assert len(load_published("distress_session_quality", "table_1"))
    assert Path.cwd() == tmp_path
