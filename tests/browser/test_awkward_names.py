"""Names and labels of a reader's in a browser: shown as they are, nothing of them runs."""

import os
import re
import shutil
from pathlib import Path

import nbformat
import numpy as np
import pandas as pd
import pytest
import yaml
from bs4 import BeautifulSoup
from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin

from awkward import HOSTILE, ORDINARY, all_strings
from helpers.commands.run_notebook import run_notebook
from helpers.paths import ROOT, find_notebook, twin_path
from helpers.report.inline import clean_text, plain
from helpers.report.tables import Column, print_table

pytestmark = pytest.mark.slow
longer = pytest.mark.skipif(not os.environ.get("TRUST"), reason="runs of notebooks: make trust")
LISTENING = "window.ran = []; window.boom = () => window.ran.push(document.title)"
NAMES = [text for text in (*ORDINARY, *HOSTILE) if text.isprintable() and len(text) < 99]


def _shown(text: str) -> str:
    return " ".join(clean_text(text).split())


def _visit(browser, file: Path):
    page = browser.new_page()
    page.add_init_script(LISTENING)
    page.goto(file.as_uri())
    page.mouse.move(200, 200)
    for _ in range(30):
        page.keyboard.press("Tab")
    return page


def test_tables_of_every_string_run_nothing_and_keep_their_shape(browser, tmp_path):
    given = all_strings()
    tables = [
        print_table(
            pd.DataFrame({"name": [text, "b"], text: [1.0, 2.0], "group": [text, "h"]}),
            {plain(text): Column("name", "text"), "Estimate": Column(text)},
            caption=f"<b>Of {plain(text)}</b>",
            note=f"By {plain(text)}.",
            group="group",
        )
        for text in given
        if text not in ("name", "group")
    ]
    page = tmp_path / "page.html"
    body = "".join(table.to_html() for table in tables)
    page.write_text(f"<!doctype html><meta charset=utf-8>{body}", encoding="utf-8")
    visit = _visit(browser, page)
    assert visit.evaluate("window.ran") == []
    assert visit.locator("table").count() == len(tables)
    assert visit.locator("table tr").count() == 5 * len(tables)
    heads = visit.locator("thead th:first-child").all_inner_texts()
    shown = [_shown(text) for text in given if text not in ("name", "group")]
    assert [" ".join(head.split()) for head in heads] == shown
    visit.close()


HOSTILE_COLUMNS = [text for text in HOSTILE if text.isprintable() and len(text) < 99]


def _marked(k: int) -> str:
    """Return a name that begins as no other does, of which markup would make something else."""
    return f"zq{k} *a* _b_ <b>c</b> `d` [e](#f) $g$ & h"


def _items() -> tuple[pd.DataFrame, dict, dict]:
    frame = pd.read_csv(twin_path("coping_adherence"), dtype=str)
    theirs = dict(zip(frame.columns, [_marked(k) for k in range(10, 14)] + NAMES, strict=False))
    frame[_marked(1)] = [_marked(20 + k % 30) for k in range(len(frame))]
    mapping = {"columns": {name: ours for ours, name in theirs.items()}}
    return frame.rename(columns=theirs), {"n_boot": 20, "cluster": _marked(1)}, mapping


def _sessions() -> tuple[pd.DataFrame, dict, dict]:
    frame = pd.read_csv(twin_path("distress_session_quality"), dtype=str)
    rng = np.random.default_rng(8)
    frame["gender"] = rng.choice([*HOSTILE_COLUMNS[:7], _marked(2)], size=len(frame))
    frame[_marked(1)] = [_marked(20 + k % 30) for k in range(len(frame))]
    frame.loc[:3, "rri"] = ""
    parameters = {"covariates": ["gender"], "cluster": _marked(1), "missing": "listwise"}
    return frame.rename(columns={"ses": _marked(3)}), parameters, {"columns": {_marked(3): "ses"}}


def _ratings() -> tuple[pd.DataFrame, dict, dict]:
    rng = np.random.default_rng(8)
    rows = ("self_alliance", "other_alliance", "isp_thoughts", "isp_actions", "progress")
    frame = pd.DataFrame({name: rng.uniform(1, 6, 120).round(2) for name in rows})
    numbers = [*[name for name in NAMES if name not in rows][::3], _marked(2)]
    for name in numbers:
        frame[name] = rng.normal(size=120).round(3)
    frame[_marked(3)] = rng.choice([*HOSTILE_COLUMNS[:5], _marked(4)], size=120)
    frame[_marked(1)] = [_marked(20 + k % 30) for k in range(len(frame))]
    return frame, {"covariates": [*numbers, _marked(3)], "cluster": _marked(1)}, {}


def _codings() -> tuple[pd.DataFrame, dict, dict]:
    frame = pd.read_csv(twin_path("working_alliance_theory"), dtype=str)
    names = [NAMES[0], _marked(1), HOSTILE_COLUMNS[0]]
    frame["coder"] = frame["coder"].map(dict(zip("ABC", names, strict=True)))
    videos = dict(zip(frame["video"].unique(), [_marked(2), *NAMES], strict=False))
    frame["video"] = frame["video"].map(lambda name: videos.get(name, name))
    shown = {"coder_names": True, "list_segments": True}
    return frame, {"n_orders": 20, **shown}, {}


CASES = {"01": _items, "02": _sessions, "03": _ratings, "04": _codings}
SMALL_PLAN = {"sizes": [40], "effects": [1.0], "n_replications": 4, "largest": 40, "n_jobs": 1}


@pytest.fixture
def place(tmp_path, monkeypatch) -> Path:
    """Return a folder as nobody should call one, which has the temporary files too."""
    place = tmp_path / """a $(b) <i>'ü' "c" & #d%20"""
    (place / "tmp").mkdir(parents=True)
    monkeypatch.setenv("TMPDIR", str(place / "tmp"))
    monkeypatch.setattr("tempfile.tempdir", None)
    return place


@longer
@pytest.mark.filterwarnings("ignore::sphinx.deprecation.RemovedInSphinx11Warning")
@pytest.mark.parametrize("number", ["00", *CASES, "05"])
def test_reports_show_them_as_text_and_run_nothing(browser, place, number):
    source, out = find_notebook(number), place / "runs" / "mine"
    if number in CASES:
        frame, parameters, mapping = CASES[number]()
        data = place / f"{_marked(0).replace('/', ':')}.csv"
        frame.to_csv(data, index=False)
        parameters = {"n_boot": 20, **parameters, "data_path": str(data)}
        if mapping:
            parameters["mapping_path"] = str(place / "my map.yml")
            Path(parameters["mapping_path"]).write_text(yaml.safe_dump(mapping))
    elif number == "00":
        frame, parameters = pd.DataFrame(), {"reports": str(place / "reports")}
        shutil.copytree(ROOT / "reports", place / "reports")
    else:
        frame, parameters = pd.DataFrame(), SMALL_PLAN
    run_notebook(source, out=out, parameters=parameters)
    shown = _shown_texts(nbformat.read(out / f"{source.stem}.ipynb", as_version=4))
    visit = _visit(browser, out / "html" / "index.html")
    assert visit.evaluate("window.ran") == []
    body = " ".join(visit.locator("body").text_content().split())
    alternatives = visit.locator("img").evaluate_all("all => all.map(one => one.alt)")
    texts = [" ".join(text.split()) for text in [*shown, body, *alternatives]]
    assert [found for text in texts for found in _broken(text)] == []
    asked = parameters.get("covariates", list(frame.get("coder", pd.Series()).unique()))
    assert [name for name in asked if _shown(name) not in body and name != "gender"] == []
    for path in (out / f"{source.stem}.ipynb", out / "html" / "index.html"):
        assert str(place.parent) not in path.read_text(encoding="utf-8")
    visit.close()
    shutil.rmtree(out)


def _broken(text: str) -> list[str]:
    """Return where a marked name begins and does not go on as it was given."""
    begins = [(text[found.start() :], found[1]) for found in re.finditer(r"zq(\d+)", text)]
    # a file is called so with another sign for the slash
    return [
        rest[:90]
        for rest, k in begins
        if not rest.replace(":b>", "/b>").startswith(_marked(int(k)))
    ]


def _shown_texts(notebook: nbformat.NotebookNode) -> list[str]:
    """Return what each output says where it is shown; none holds anything active."""
    markdown = MarkdownIt("gfm-like", {"linkify": False, "html": True}).use(dollarmath_plugin)
    texts = []
    for cell in notebook.cells:
        sources = [cell.source] if cell.cell_type == "markdown" else []
        for data in [output.get("data", {}) for output in cell.get("outputs", ())]:
            sources += [data["text/markdown"]] if "text/markdown" in data else []
            texts += [data["text/plain"]] if "text/html" in data or "image/png" in data else []
            page = BeautifulSoup(data.get("text/html", ""), "html.parser")
            assert not page.find_all(["script", "img", "svg", "iframe"])
            assert not [a for tag in page.find_all() for a in tag.attrs if a.startswith("on")]
            texts.append(page.get_text())
        for text in sources:
            texts.append(BeautifulSoup(markdown.render(text), "html.parser").get_text())
    return texts
