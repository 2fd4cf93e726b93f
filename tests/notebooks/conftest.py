"""The notebooks, and what they wrote when they were built."""

from pathlib import Path

import pytest

from helpers.paths import ROOT, list_notebooks


def pytest_generate_tests(metafunc):
    """Run a test that asks for `notebook` once for each of them."""
    if "notebook" in metafunc.fixturenames:
        metafunc.parametrize("notebook", list_notebooks())


@pytest.fixture
def source(notebook) -> Path:
    return ROOT / "notebooks" / f"{notebook}.py"


@pytest.fixture
def executed(source) -> Path:
    path = source.with_suffix(".ipynb")
    assert path.exists(), f"{path.name} is not built: run make notebooks"
    return path


@pytest.fixture
def tables(notebook) -> dict[str, Path]:
    """Return the tables of the notebook's report by name."""
    found = {p.stem: p for p in (ROOT / "reports" / notebook / "tables").glob("*.csv")}
    assert found, f"the tables of {notebook} are not built: run make notebooks"
    return found
