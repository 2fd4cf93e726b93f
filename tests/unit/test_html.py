"""Pages: code folded, figures described, nothing fetched."""

import json
import re

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from helpers.build.html import build_single, notebook_page

PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="
)


def _figure(text):
    return new_output("display_data", data={"image/png": PIXEL, "text/plain": text})


@pytest.fixture
def executed(tmp_path):
    """Return an executed notebook with maths, a wide table, and a figure with and without text."""
    wide = "<table><tr>" + "<td>0.123456789</td>" * 60 + "</tr></table>"
    table = new_output("execute_result", data={"text/html": wide, "text/plain": "table"})
    cells = [
        new_markdown_cell("# A title\n\n$x^2$\n\n$$\\boldsymbol{y} = 1$$"),
        new_code_cell("folded = 1"),
        new_code_cell("shown = 1", metadata={"tags": ["show-input"]}),
        new_code_cell("hidden = 1", metadata={"tags": ["remove-input"]}),
        new_code_cell("described", outputs=[_figure("Three dots rise.")]),
        new_code_cell("plain", outputs=[_figure("<Figure size 640x480>")]),
        new_code_cell("wide", outputs=[table]),
    ]
    path = tmp_path / "02_a.ipynb"
    language = {"name": "python", "pygments_lexer": "ipython3"}
    nbformat.write(new_notebook(cells=cells, metadata={"language_info": language}), path)
    return path


def test_code_is_folded_unless_tagged(executed):
    cells = json.loads(notebook_page(executed))["cells"][1:4]
    assert [cell["metadata"]["tags"] for cell in cells] == [
        ["hide-input"], ["show-input"], ["remove-input"]
    ]  # fmt: skip


def test_a_figures_text_becomes_its_alternative_but_not_its_repr(executed):
    cells = json.loads(notebook_page(executed))["cells"]
    assert cells[4]["metadata"]["mystnb"] == {"image": {"alt": "Three dots rise."}}
    assert "mystnb" not in cells[5]["metadata"]


def test_a_link_from_an_output_to_another_notebook_leads_to_its_page(tmp_path):
    text = "[a](02_other.ipynb), [b](https://example.org/02_other.ipynb), [c](data.csv)"
    output = new_output("display_data", data={"text/markdown": text, "text/plain": text})
    path = tmp_path / "00_a.ipynb"
    nbformat.write(new_notebook(cells=[new_code_cell("links", outputs=[output])]), path)
    data = json.loads(notebook_page(path))["cells"][0]["outputs"][0]["data"]
    assert "".join(data["text/markdown"]) == text.replace("(02_other.ipynb", "(02_other.html")


@pytest.mark.slow
@pytest.mark.filterwarnings("default")  # Sphinx and its extensions warn of one another
def test_a_page_is_whole_without_a_network(executed, tmp_path):
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    assert build_single(executed, tmp_path / "html", scratch=scratch) == ""
    page = (tmp_path / "html" / "index.html").read_text(encoding="utf-8")
    assert "<h1>A title" in page
    assert 'alt="Three dots rise."' in page
    assert page.count("<details") == 4
    assert "hidden" not in re.sub(r"<[^>]*>", "", page)
    fetched = re.findall(r"<(?:script|img|link)[^>]*?(?:src|href)=\"([^\"#?]+)", page)
    assert fetched
    for address in fetched:
        assert "//" not in address
        assert (tmp_path / "html" / address).exists(), address
    styles = [path.read_text(errors="replace") for path in (tmp_path / "html").rglob("*.css")]
    assert not [url for text in styles for url in re.findall(r"url\([\"']?(https?:[^)]*)", text)]
