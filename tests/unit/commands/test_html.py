"""Pages: code folded, figures described, nothing fetched."""

import ast
import base64
import json
import re
from dataclasses import replace

import nbformat
import pandas as pd
import pytest
from bs4 import BeautifulSoup
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

import helpers
from helpers.commands.api_pages import api_pages, document_module
from helpers.commands.citations import cite_collection, cite_study, list_citations
from helpers.commands.downloads import ReportFiles, saved_tables
from helpers.commands.html import build_single, own_data_pages
from helpers.commands.pages import notebook_page, read_section
from helpers.paths import ROOT, list_notebooks, source_path
from helpers.report.numbering import number_outputs
from helpers.report.references import load_references
from helpers.report.tables import print_table

PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8"
    "z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="
)


LISTED = "\n".join(
    f'- <a id="ref-{key}"></a>…' for key in ("dijkstra2015", "satorra2001", "zou2007")
)


def _markdown(text):
    return new_output("display_data", data={"text/markdown": text, "text/plain": "text"})


def _figure(text):
    return new_output("display_data", data={"image/png": PIXEL, "text/plain": text})


@pytest.fixture
def executed(tmp_path):
    """Return an executed notebook with maths, a wide table, and a figure with and without text."""
    wide = "<table><tr>" + "<td>0.123456789</td>" * 60 + "</tr></table>"
    table = new_output("execute_result", data={"text/html": wide, "text/plain": "table"})
    cells = [
        new_markdown_cell(
            "# A title\n\n$x^2$\n\n$$\\boldsymbol{y} = 1$$\n\n"
            "[Satorra and Bentler (2001)](#ref-satorra2001), or "
            "([Dijkstra & Henseler, 2015](#ref-dijkstra2015))"
        ),
        new_code_cell("folded = 1"),
        new_code_cell("shown = 1", metadata={"tags": ["show-input"]}),
        new_code_cell("hidden = 1", metadata={"tags": ["remove-input"]}),
        new_code_cell("described", outputs=[_figure("Three dots rise.")]),
        new_code_cell("plain", outputs=[_figure("<Figure size 640x480>")]),
        new_code_cell("wide", outputs=[table]),
        new_code_cell("said", outputs=[_markdown("[Zou (2007)](#ref-zou2007)")]),
        new_code_cell("listed", metadata={"tags": ["references"]}, outputs=[_markdown(LISTED)]),
    ]
    path = tmp_path / "02_a.ipynb"
    language = {"name": "python", "pygments_lexer": "ipython3"}
    nbformat.write(new_notebook(cells=cells, metadata={"language_info": language}), path)
    return path


def test_code_is_folded_unless_tagged(executed):
    cells = json.loads(notebook_page(executed))["cells"][-3:]
    assert [cell["metadata"]["tags"] for cell in cells] == [
        ["hide-input"], ["show-input"], ["remove-input"]
    ]  # fmt: skip


def test_a_figures_text_becomes_its_alternative_but_not_its_repr(executed):
    cells = json.loads(notebook_page(executed))["cells"]
    assert cells[2]["metadata"]["mystnb"] == {"image": {"alt": "Three dots rise."}}
    assert "mystnb" not in cells[3]["metadata"]


def test_the_set_up_stands_last_and_the_verdict_first(tmp_path):
    shown = [_markdown("**What the paper says.** It.")]
    cells = [
        new_markdown_cell("# A title"),
        new_code_cell("seed = 1", metadata={"tags": ["parameters"]}),
        new_code_cell("verdict", metadata={"tags": ["verdict"]}, outputs=shown),
        new_code_cell("later = 1"),
        new_markdown_cell("## A part"),
    ]
    nbformat.write(new_notebook(cells=cells), tmp_path / "02_a.ipynb")
    page = json.loads(notebook_page(tmp_path / "02_a.ipynb", own_data="own.html"))["cells"]
    first = ["".join(cell["source"]).split("\n")[0] for cell in page]
    assert first == [
        "# A title", "verdict", '<nav class="ways-on" aria-label="This report">', "later = 1",
        "## A part", "## Parameters and set-up", "seed = 1",
    ]  # fmt: skip


@pytest.mark.slow
@pytest.mark.filterwarnings("default")  # Sphinx and its extensions warn of one another
def test_what_follows_the_story_folds_and_says_what_it_found(tmp_path):
    found = new_code_cell(
        "found", metadata={"tags": ["finding"]}, outputs=[_markdown("All *is* well.")]
    )
    story, part, last = (new_markdown_cell(f"## {name}") for name in ("Story", "Part", "Last"))
    inner, kept = new_markdown_cell("### Inner"), new_code_cell("kept", outputs=[_markdown("It.")])
    cells = [new_markdown_cell("# A title"), story, kept, part, inner, found, last]
    path, scratch = tmp_path / "02_a.ipynb", tmp_path / "scratch"
    language = {"name": "python", "pygments_lexer": "ipython3"}
    nbformat.write(new_notebook(cells=cells, metadata={"language_info": language}), path)
    scratch.mkdir()
    assert build_single(path, tmp_path / "html", scratch=scratch) == ""
    page = BeautifulSoup((tmp_path / "html" / "index.html").read_text(), "html.parser")
    parts = page.find_all("details", class_="part")
    assert [one.summary.h2.contents[0] for one in parts][:2] == ["Part", "Last"]
    assert parts[0].summary.find(class_="finding").decode_contents() == "All <em>is</em> well."
    assert parts[1].summary.find(class_="finding") is None
    assert parts[0].h3.contents[0] == "Inner"
    assert page.find("section", id="story").find("details", class_="part") is None


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
    foot = BeautifulSoup(page, "html.parser").find(class_="component-footer").get_text()
    assert re.fullmatch(r".+, version [\d.]+, \d{4}-\d\d-\d\d", foot)  # and no license of ours
    assert "<h1>A title" in page
    assert 'alt="Three dots rise."' in page
    assert page.count('<details class="admonition hide') == 5
    for words, key in (
        ("Satorra and Bentler (2001)", "02-satorra2001"),
        ("Dijkstra &amp; Henseler, 2015", "02-dijkstra2015"),
        ("Zou (2007)", "02-zou2007"),
    ):
        assert re.search(rf'<a [^>]*href="#ref-{key}">{re.escape(words)}</a>', page)
        assert page.count(f'id="ref-{key}"') == 1
    listed = re.findall(r'class="citation" id="ref-02-(\w+)"', page)
    assert listed == ["dijkstra2015", "satorra2001", "zou2007"]
    assert 'href="https://doi.org/10.1037/1082-989X.12.4.399"' in page
    assert "hidden" not in re.sub(r"<[^>]*>", "", page)
    fetched = re.findall(r"<(?:script|img|link)[^>]*?(?:src|href)=\"([^\"#?]+)", page)
    assert fetched
    for address in fetched:
        assert "//" not in address
        assert (tmp_path / "html" / address).exists(), address
    styles = [path.read_text(errors="replace") for path in (tmp_path / "html").rglob("*.css")]
    assert not [url for text in styles for url in re.findall(r"url\([\"']?(https?:[^)]*)", text)]


@pytest.fixture
def report(tmp_path):
    """Return a notebook that saves three tables and a figure, and the files it wrote."""
    for name in ("first", "second", "alone"):
        (tmp_path / "tables").mkdir(exist_ok=True)
        (tmp_path / "tables" / f"{name}.csv").write_text("a\n1\n")
    figures = tmp_path / "figures"
    figures.mkdir()
    (figures / "figure_1_dots.png").write_bytes(base64.b64decode(PIXEL))
    (figures / "figure_1_dots.svg").write_text('<svg width="200pt" height="100pt"></svg>')
    (figures / "figure_1_dots.pdf").write_text("pdf")
    caption = new_output("display_data", data={"text/markdown": "**Figure 1.** Dots."})
    table = new_output(
        "execute_result",
        data={
            "text/html": "<style>b{}</style><p><b>In print</b></p><table><td>1</td></table>",
            "text/latex": "\\begin{tabular}",
            "text/markdown": "|a|",
        },
    )
    cells = [
        new_markdown_cell("# A title"),
        new_code_cell(
            'save_table(a, name="first", folder=f)\nsave_table(b, name="second", folder=f)',
            outputs=[table],
        ),
        new_code_cell("show_figure(fig)", outputs=[_figure("Three dots rise."), caption]),
        new_code_cell('save_table(c, name="alone", folder=f)'),
        new_code_cell("print_table(c)", outputs=[table.copy()]),
        new_code_cell("print_table(d)", outputs=[table.copy()]),
    ]
    path = tmp_path / "02_a.ipynb"
    nbformat.write(new_notebook(cells=cells), path)
    return path, ReportFiles(tmp_path, address="../files", printed_address="../files/printed")


def _addresses(cell):
    shown = "".join("".join(o["data"].get("text/html", "")) for o in cell["outputs"])
    return re.findall(r'<a href="([^"]+)" download', shown)


def test_every_file_is_offered_where_its_content_is_shown(report):
    path, files = report
    cells = json.loads(notebook_page(path, files=files))["cells"]
    assert _addresses(cells[2]) == [
        "../files/tables/first.csv",
        "../files/printed/first.tex",
        "../files/printed/first.md",
        "../files/printed/first.html",
        "../files/tables/second.csv",
    ]
    assert _addresses(cells[3]) == [
        f"../files/figures/figure_1_dots.{end}" for end in ("svg", "png", "pdf")
    ]
    assert _addresses(cells[4]) == ["../files/tables/alone.csv"]
    assert _addresses(cells[5]) == [f"../files/printed/in_print.{e}" for e in ("tex", "md", "html")]
    assert "<style>b{}</style></head>" in files.printed["in_print.html"]
    names = {"first", "in_print", "in_print-2"}
    assert set(files.printed) == {f"{n}.{end}" for n in names for end in ("tex", "md", "html")}


def test_a_figure_is_shown_as_its_vector_graphic_with_its_size_and_text(report):
    path, files = report
    shown = json.loads(notebook_page(path, files=files))["cells"][3]["outputs"]
    figure = "".join(shown[0]["data"]["text/html"])
    assert 'src="../files/figures/figure_1_dots.svg" alt="Three dots rise."' in figure
    assert 'width="200" height="100"' in figure
    assert "text/markdown" in shown[1]["data"]
    assert "downloads" in "".join(shown[2]["data"]["text/html"])


def test_a_numbered_table_and_figure_have_an_address_and_a_sign_that_leads_there(report):
    path, files = report
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[2].outputs[1].data["text/markdown"] = "**Dots rise.** n = 3."
    shown = print_table(pd.DataFrame({"a": [1]}), {"A": "a: integer"}, caption="<b>Dots</b>")
    notebook.cells[5].outputs[0].data["text/html"] = shown.to_html()
    number_outputs(notebook.cells)
    nbformat.write(notebook, path)
    cells = json.loads(notebook_page(path, files=files))["cells"]
    figure, caption = cells[3]["outputs"][:2]
    assert 'id="figure-1"' in "".join(figure["data"]["text/html"])
    assert 'href="#figure-1"' in "".join(caption["data"]["text/markdown"])
    table = BeautifulSoup("".join(cells[6]["outputs"][0]["data"]["text/html"]), "html.parser")
    assert table.find(id="table-1").p.a["href"] == "#table-1"
    assert table.find(id="table-1").p.get_text() == "Table 1. Dots #"


def test_the_end_of_a_page_lists_every_file_and_the_references(report):
    path, files = report
    collection = cite_collection(ROOT / "CITATION.cff")
    cells = json.loads(notebook_page(path, files=files, citations=[collection]))["cells"]
    cited, listed = ("".join(cell["source"]) for cell in cells[-2:])
    assert collection.text in cited
    assert cited.count("<button") == 2
    offered = re.findall(r'href="\.\./files/(\S+?)"', listed)
    assert sorted(offered) == [
        "figures/figure_1_dots.pdf", "figures/figure_1_dots.png", "figures/figure_1_dots.svg",
        "tables/alone.csv", "tables/first.csv", "tables/second.csv",
    ]  # fmt: skip


def test_a_figure_and_a_table_name_the_lines_of_the_source_that_made_them(report):
    path, files = report
    source = path.with_suffix(".py")
    source.write_text("# %%\nfirst = 1\n\n# %%\nshow_figure(fig)\n\n# %%\nprint_table(d)\n")
    cells = json.loads(notebook_page(path, files=replace(files, source=source)))["cells"]
    shown = "".join(
        "".join(o["data"].get("text/html", "")) for c in cells for o in c.get("outputs", ())
    )
    named = re.findall(r'href="(\S+)">source, lines (\d+)–(\d+)</a>', shown)
    assert named == [("../files/02_a.py", "5", "5"), ("../files/02_a.py", "8", "8")]


def test_a_report_is_cited_with_author_date_version_and_address(tmp_path):
    cff = tmp_path / "CITATION.cff"
    text = "title: Some notebooks\nversion: 1.2.3\ndate-released: 2026-03-01\nauthors:\n"
    cff.write_text(f"{text}  - name: The makers\nrepository-code: https://example.org/x\n")
    cited = cite_collection(cff, report="A (2020): is it so?")
    assert cited.text == (
        "The makers (2026, March 1). A (2020): is it so? In <i>Some notebooks</i> (Version 1.2.3) "
        '[Computer software]. <a href="https://example.org/x">https://example.org/x</a>'
    )
    assert "date = {2026-03-01}" in cited.bibtex
    cff.write_text(f"{text}  - name: The makers\n")
    cited = cite_collection(cff)
    assert cited.text.endswith("(Version 1.2.3) [Computer software].")
    assert "no published address" in list_citations([cited]).source


def test_a_citation_of_nothing_stays_a_link(executed):
    before = json.loads(notebook_page(executed, references={}))["cells"][0]["source"]
    after = json.loads(notebook_page(executed, references=load_references()))["cells"][0]["source"]
    assert "(#ref-satorra2001)" in "".join(before)
    assert "{cite:t}`02-satorra2001`" in "".join(after)
    assert "({cite:alp}`02-dijkstra2015`)" in "".join(after)


def test_a_report_that_reads_no_data_does_not_offer_to(tmp_path):
    path = tmp_path / "a.ipynb"
    for name, says in (("data_path", "Run it on your data"), ("seed", "Run it yourself")):
        cell = new_code_cell(f"{name} = 1", metadata={"tags": ["parameters"]})
        nbformat.write(new_notebook(cells=[new_markdown_cell("# A"), cell]), path)
        ways = json.loads(notebook_page(path, own_data="own.html"))["cells"][1]
        assert f'<a href="own.html">{says}</a>' in "".join(ways["source"])


def test_a_cell_that_is_not_python_saves_nothing_that_is_known():
    assert saved_tables('%time save_table(a, name="b", folder=c)') == []


def test_a_study_is_cited_as_printed():
    study = cite_study(source_path("distress_session_quality"))
    assert study.text.startswith("Stefana, A. (2026). How recent psychological distress")
    assert "<em>Psychology and Psychotherapy: Theory, Research and Practice, 99</em>" in study.text
    assert 'href="https://doi.org/10.1111/papt.70049"' in study.text
    assert study.bibtex.startswith("@article{stefana2026,\n  author = {Stefana, A.},")
    assert "doi = {10.1111/papt.70049}" in study.bibtex


def test_every_report_says_how_to_run_it_with_what_its_parameters_allow():
    pages = own_data_pages(list_notebooks(), ROOT)
    text = pages["own_data/02_distress_session_quality_path.md"]
    assert "make run NOTEBOOK=02 DATA=my.csv OUT=runs/mine" in text
    assert "make check DATA=my.csv STUDY=distress_session_quality" in text
    assert re.search(r"\| `phq9` .*0 to 27", text)
    assert re.search(r"`gender`.*woman \(reference\)", text)
    assert re.search(r'\| `estimator` +\| `"MLR"` +\| `"ML"`, `"MLR"`', text)
    assert re.search(r"\| `n_boot` +\| `5000` +\| whole number in \[2, 1000000\]", text)
    assert not re.search(r"^\[\w+\]", text, flags=re.MULTILINE)
    assert "DATA=" not in pages["own_data/05_replication_planner.md"]


def test_a_section_that_is_gone_is_missed():
    assert read_section("# a\nb\n## c\nd\n", "a") == "b"
    with pytest.raises(ValueError, match="no heading 'e'"):
        read_section("# a\nb\n", "e")


def test_functions_are_documented_without_being_run():
    source = '''
"""A module."""
__all__ = ["given"]
raise RuntimeError
def given(data: int, *, scale: float = 1.0) -> float:
    """Say |x| ``|y|``, 2*x, *Title, 1*(2)."""
def left_out():
    """Not offered."""
'''
    text = "\n".join(document_module("helpers.models.given", ast.parse(source)))
    assert ".. py:function:: given(data, *, scale=1.0)" in text
    assert r"Say \|x\| ``|y|``, 2\*x, *Title, 1*\ (2)." in text
    assert "left_out" not in text


def test_every_name_of_the_package_is_among_the_functions():
    first = api_pages()["api/index.rst"]
    for name in set(helpers.__all__) - {"__version__"}:
        assert f":py:obj:`{name} <" in first
