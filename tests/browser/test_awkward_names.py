"""Names and labels of a reader's in a browser: shown as they are, nothing of them runs."""

import os
import shutil
from pathlib import Path

import nbformat
import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup

from awkward import HOSTILE, ORDINARY, all_strings
from helpers.commands.run_notebook import run_notebook
from helpers.paths import find_notebook, twin_path
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


def _codings() -> tuple[pd.DataFrame, dict]:
    frame = pd.read_csv(twin_path("working_alliance_theory"), dtype=str)
    names = NAMES[:2] + HOSTILE_COLUMNS[:1]
    frame["coder"] = frame["coder"].map(dict(zip("ABC", names, strict=True)))
    videos = dict(zip(frame["video"].unique(), NAMES, strict=False))
    frame["video"] = frame["video"].map(lambda name: videos.get(name, name))
    return frame, {"n_boot": 20, "n_orders": 20}


HOSTILE_COLUMNS = [text for text in HOSTILE if text.isprintable() and len(text) < 99]


def _ratings() -> tuple[pd.DataFrame, dict]:
    rng = np.random.default_rng(8)
    rows = ("self_alliance", "other_alliance", "isp_thoughts", "isp_actions", "progress")
    frame = pd.DataFrame({name: rng.uniform(1, 6, 120).round(2) for name in rows})
    numbers = [name for name in NAMES if name not in rows][::3]
    for name in numbers:
        frame[name] = rng.normal(size=120).round(3)
    frame["arm"] = rng.choice(HOSTILE_COLUMNS[:6], size=120)
    return frame, {"n_boot": 20, "covariates": [*numbers, "arm"]}


def _sessions() -> tuple[pd.DataFrame, dict]:
    frame = pd.read_csv(twin_path("distress_session_quality"), dtype=str)
    rng = np.random.default_rng(8)
    frame["gender"] = rng.choice(HOSTILE_COLUMNS[:8], size=len(frame))
    return frame, {"n_boot": 20, "covariates": ["gender"]}


CASES = {"02": _sessions, "03": _ratings, "04": _codings}


@longer
@pytest.mark.parametrize("number", CASES)
def test_reports_show_them_as_text_and_run_nothing(browser, tmp_path, number):
    frame, parameters = CASES[number]()
    data, out = tmp_path / "a $(b) <i>'c'.csv", tmp_path / "runs" / "mine"
    frame.to_csv(data, index=False)
    source = find_notebook(number)
    run_notebook(source, out=out, parameters={**parameters, "data_path": str(data)})
    notebook = nbformat.read(out / f"{source.stem}.ipynb", as_version=4)
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            page = BeautifulSoup(output.get("data", {}).get("text/html", ""), "html.parser")
            assert not page.find_all(["script", "img", "svg", "iframe"])
            assert not [a for tag in page.find_all() for a in tag.attrs if a.startswith("on")]
    visit = _visit(browser, out / "html" / "index.html")
    assert visit.evaluate("window.ran") == []
    text = " ".join(visit.locator("body").inner_text().split())
    text += " ".join(" ".join(visit.locator("th, td").all_text_contents()).split())
    asked = parameters.get("covariates", list(frame.get("coder", pd.Series()).unique()))
    missing = [name for name in asked if _shown(name) not in text and name != "gender"]
    assert missing == []
    visit.close()
    shutil.rmtree(out)
