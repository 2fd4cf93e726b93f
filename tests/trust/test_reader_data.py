"""A reader's data: they stay in the run's folder, no row is told, and the run can be made again.

A run of each notebook that takes data on data with marks in them, without a network, and one of
these runs again from what its provenance says: in another place, time zone, language and hash seed.
Part of ``make trust``.
"""

import html
import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import numpy as np
import pandas as pd
import pytest

from helpers.paths import ROOT, TWIN, twin_path

NAME = "03_intersession_alliance_moderation"
LABEL, IDENTITY = "Zyxwvut", "canary7713"
ROW = {
    "self_alliance": "3.9182736",
    "other_alliance": "3.6473829",
    "isp_thoughts": "3.8374651",
    "isp_actions": "3.7465738",
    "progress": "3.6573821",
}

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not os.environ.get("TRUST"), reason="two runs of a notebook: make trust"),
]


def _ratings() -> pd.DataFrame:
    """Return 60 clients, of whom one has marked values and three a rare label."""
    rng = np.random.default_rng(8)
    frame = pd.DataFrame({name: rng.uniform(1, 6, 60).round(3).astype(str) for name in ROW})
    frame["site"] = np.where(np.arange(60) % 2, "north", "south")
    frame.loc[10:12, "site"] = LABEL
    frame.loc[30, list(ROW)] = list(ROW.values())
    return frame


def _like(study: str) -> pd.DataFrame:
    """Return a study's synthetic data in another order, with three clients of a rare label."""
    frame = pd.read_csv(twin_path(study), dtype=str).sample(frac=1, random_state=8)
    frame = frame.reset_index(drop=True)
    if "gender" in frame:
        frame.loc[10:12, "gender"] = LABEL
    for name in {"video", "coder"} & set(frame):
        frame[name] = f"{IDENTITY} " + frame[name]
    return frame


CASES = {
    "01_coping_adherence_pls": (lambda: _like("coping_adherence"), "n_boot=20"),
    "02_distress_session_quality_path": (
        lambda: _like("distress_session_quality"),
        "n_boot=20 covariates=[gender]",
    ),
    NAME: (_ratings, "n_boot=20 covariates=[site] seed=11 at='percentiles'"),
    "04_working_alliance_grounded_theory": (
        lambda: _like("working_alliance_theory"),
        "n_boot=20 n_orders=20",
    ),
}
"""Data of a reader's for each notebook that takes them, and parameters."""


def _isolated() -> list[str]:
    """Return the command that takes the network away, or nothing where that is not allowed."""
    command = ["unshare", "--map-root-user", "--net"]
    if (
        shutil.which("unshare")
        and not subprocess.run([*command, "true"], capture_output=True).returncode
    ):
        return command
    return []


def _run(
    name: str, root: Path, data: Path, out: Path, params: str, home: Path, **environment: str
) -> None:
    for folder in (home, home / "tmp"):
        folder.mkdir(parents=True, exist_ok=True)
    inherited = {
        k: v for k, v in os.environ.items() if not k.startswith(("JUPYTER", "IPYTHON", "MPL"))
    }
    inherited |= {"HOME": str(home), "TMPDIR": str(home / "tmp"), "PYTHONPATH": str(root / "src")}
    words = [sys.executable, "-m", "helpers", "run", name]
    words += [f"--data={data}", f"--out={out}", f"--params={params}"]
    done = subprocess.run(
        [*_isolated(), *words],
        cwd=root,
        env=inherited | environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


def _texts(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module", params=CASES)
def run(request, tmp_path_factory) -> dict[str, Path | float | str]:
    place = tmp_path_factory.mktemp("reader")
    started = time.time()
    make, params = CASES[request.param]
    frame = make()
    frame["client"] = [f"{IDENTITY}-{i}" for i in range(len(frame))]
    data, out, home = place / "mine.csv", place / "runs" / "mine", place / "home"
    frame.to_csv(data, index=False)
    _run(request.param, ROOT, data, out, params, home)
    return {"name": request.param, "data": data, "out": out, "home": home, "started": started}


def _marks() -> list[bytes]:
    return [mark.encode() for mark in (LABEL, IDENTITY, *ROW.values())]


def test_nothing_of_the_data_is_found_outside_the_run(run):
    elsewhere = [*_texts(run["home"])]
    for folder in ("build", "reports", "notebooks", "data", "docs", "tests", "src"):
        elsewhere += [
            path
            for path in (ROOT / folder).rglob("*")
            if path.is_file()
            and path.stat().st_mtime > run["started"]
            and "trust" not in path.parts
        ]
    found = [path for path in elsewhere for mark in _marks() if mark in path.read_bytes()]
    assert not found
    left = [path.name for path in (run["home"] / "tmp").iterdir()]
    assert not [name for name in left if name.startswith("nb-")], left


def test_no_row_and_no_identity_is_told(run):
    for path, content in _texts(run["out"]).items():
        assert IDENTITY.encode() not in content, path
        told = [value for value in ROW.values() if value.encode() in content]
        assert not told, (path, told)


def test_of_a_rare_label_no_count_and_no_coefficient_is_told(run):
    if run["name"][:2] not in ("02", "03"):
        pytest.skip("takes no covariates")
    named = 0
    for path in (run["out"] / "tables").glob("*.csv"):
        table = pd.read_csv(path)
        rows = table[table.apply(lambda row: LABEL in str(row.tolist()), axis=1)]
        named += len(rows)
        assert rows.select_dtypes("number").isna().all(axis=None), path
    assert named > 2


def test_each_figure_with_a_mark_for_each_client_says_so(run):
    notebook = nbformat.read(run["out"] / f"{run['name']}.ipynb", as_version=4)
    captions = [
        output.data["text/markdown"]
        for cell in notebook.cells
        for output in cell.get("outputs", ())
        if "text/markdown" in output.get("data", {})
    ]
    said = [text for text in captions if "Each mark is one client" in text]
    drawn = [p for p in (run["out"] / "figures").glob("*.svg") if 'id="cases ' in p.read_text()]
    clouds = {"01": 1, "02": 1, "03": 1, "04": 0}[run["name"][:2]]  # of pixels, without ids
    assert len(said) == len(drawn) + clouds
    assert len(drawn) == (5 if run["name"] == NAME else 0)


def test_a_rare_labels_count_is_not_what_is_left_of_the_others(run):
    if run["name"] != NAME:
        pytest.skip("one notebook for all")
    table = pd.read_csv(run["out"] / "tables" / "descriptives.csv")
    shown = table[table.apply(lambda row: "north" in str(row) or "south" in str(row), axis=1)]
    assert shown["n"].isna().any()


def test_no_place_on_the_machine_is_told(run):
    for path, content in _texts(run["out"]).items():
        if path.name != "run.json":
            assert str(run["data"].parent).encode() not in content, path
            assert str(Path.home()).encode() + b"/" not in content, path


def test_the_pages_ask_for_nothing_from_elsewhere(run):
    for page in (run["out"] / "html").rglob("*.html"):
        asked = re.findall(
            r"(?:src|srcset|data|poster)=\"?((?:https?:)?//[^\">\s]+)", page.read_text()
        )
        asked += re.findall(r"<link[^>]+href=\"((?:https?:)?//[^\"]+)", page.read_text())
        assert not asked


def _provenance(run) -> dict[str, str]:
    notebook = nbformat.read(run["out"] / f"{NAME}.ipynb", as_version=4)
    pages = [
        output.data["text/html"]
        for cell in notebook.cells
        for output in cell.get("outputs", ())
        if "Source checksum" in output.get("data", {}).get("text/html", "")
    ]
    (page,) = pages
    pairs = re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>\s*<td[^>]*>(.*?)</td>", page)
    return {html.unescape(item): html.unescape(value) for item, value in pairs}


def test_what_the_provenance_says_makes_the_run_again_elsewhere(run, tmp_path):
    """In another folder, time zone, language and hash seed, under settings of a reader's own."""
    if run["name"] != NAME:
        pytest.skip("one notebook for all")
    said = _provenance(run)
    parameters = {
        k.removeprefix("Parameter "): v for k, v in said.items() if k.startswith("Parameter ")
    }
    assert parameters["seed"] == "11"
    params = " ".join(
        f"{name}={value}" if value.startswith("[") else f'{name}="{value}"'
        for name, value in parameters.items()
        if value
    )
    elsewhere = tmp_path / "an other place {x}"
    unwanted = shutil.ignore_patterns("__pycache__", TWIN)
    for name in ("src", "docs", "notebooks", "data"):
        shutil.copytree(ROOT / name, elsewhere / name, ignore=unwanted)
    for name in ("CITATION.cff", "README.md", "pyproject.toml", "requirements.lock"):
        shutil.copy(ROOT / name, elsewhere / name)
    home = tmp_path / "home"
    (home / ".config" / "matplotlib").mkdir(parents=True)
    (home / ".config" / "matplotlib" / "matplotlibrc").write_text(
        "font.size: 31\nlines.linewidth: 9\n"
    )
    (home / ".ipython" / "profile_default").mkdir(parents=True)
    (home / ".ipython" / "profile_default" / "ipython_config.py").write_text("raise SystemExit\n")
    data = shutil.copy(run["data"], tmp_path / "mine.csv")
    out = tmp_path / "again"
    hostile = {
        "TZ": "Pacific/Kiritimati",
        "LC_ALL": "tr_TR.UTF-8",
        "LANG": "de_DE.UTF-8",
        "COLUMNS": "40",
    }
    _run(
        NAME, elsewhere, data, out, params, home, PYTHONHASHSEED="4242", MPLBACKEND="pdf", **hostile
    )
    for room in ("tables", "figures"):
        again, first = (
            {path.relative_to(place): content for path, content in _texts(place).items()}
            for place in (out / room, run["out"] / room)
        )
        assert again == first
    assert _without_paths(out, data) == _without_paths(run["out"], run["data"])


def _without_paths(out: Path, data: Path) -> list:
    """Return the cells of the executed notebook without where they were executed."""
    notebook = json.loads((out / f"{NAME}.ipynb").read_text())
    cells = [
        cell
        for cell in notebook["cells"]
        if "injected-parameters" not in cell["metadata"].get("tags", ())
    ]
    text = json.dumps([(c["id"], c["source"], c.get("outputs")) for c in cells])
    return text.replace(str(out), "OUT").replace(str(data), "DATA")
