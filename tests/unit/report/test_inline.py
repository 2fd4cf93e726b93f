"""What a reader gave is text in every form, and nothing in it is active."""

import html
import re
import xml.etree.ElementTree as ET

import matplotlib.pyplot as plt
import pandas as pd
import pytest
from bs4 import BeautifulSoup
from markdown_it import MarkdownIt

from awkward import HOSTILE, ORDINARY, all_strings
from helpers.report.inline import ELEMENTS, clean_text, convert_inline, disarm_markdown, plain
from helpers.report.output import save_figure, save_table
from helpers.report.tables import Column, fold_tables, print_table
from helpers.report.theme import use_theme

STRINGS = all_strings()
MARKDOWN = MarkdownIt("gfm-like", {"linkify": False, "html": True})


def _seen(text: str) -> str:
    return " ".join(clean_text(text).split())


def _table(given: str):
    return print_table(
        pd.DataFrame({given: [given, "b"], "est": [1.0, 2.0], "group": [given, "h"]}),
        {f"Coder {plain(given)}": Column(given, "text"), "Estimate": "est"},
        caption=f"<b>Of {plain(given)}</b> and more",
        note=f"By {plain(given)}; <i>n</i> = 2.",
        group="group",
    )


@pytest.mark.parametrize("form", ["html", "markdown"])
def test_a_readers_words_are_shown_as_they_are_wherever_a_table_takes_them(form):
    for given in STRINGS:
        rendered = getattr(_table(given), f"to_{form}")()
        page = BeautifulSoup(
            rendered if form == "html" else MARKDOWN.render(rendered), "html.parser"
        )
        heads = [head.get_text() for head in page.find_all("th") if head.parent.name == "tr"]
        assert any(_seen(h) == _seen(f"Coder {_seen(given)}") for h in heads), given
        cells = [_seen(cell.get_text()) for cell in page.find_all(["th", "td"])]
        assert cells.count(_seen(given)) >= 2, given  # the cell and the heading of the group
        assert _seen(f"Of {_seen(given)} and more") in _seen(page.get_text()), given
        assert _seen(f"By {_seen(given)}; n = 2.") in _seen(page.get_text()), given
        known = {*ELEMENTS, "style", "div", "p", "table", "thead", "tbody", "tr", "th", "td"}
        known |= {"em", "strong"}
        assert {tag.name for tag in page.find_all()} <= known, given
        assert not [a for tag in page.find_all() for a in tag.attrs if a.startswith("on")], given
        assert len(page.find_all("table")) == 1


def test_words_that_nobody_quoted_are_text_all_the_same():
    for given in STRINGS:
        for rendered in (
            print_table(
                pd.DataFrame({"x": [1.0]}), {given: "x"}, caption=given, note=given
            ).to_html(),
            fold_tables({given: _table(given)}, caption=given, note=given).to_html(),
        ):
            page = BeautifulSoup(rendered, "html.parser")
            for tag in page.find_all(ELEMENTS):
                assert not tag.attrs, given
            assert not page.find_all(["script", "img", "svg", "a", "iframe"]), given
            assert len(page.find_all("style")) == 1, given


def test_prose_holds_a_readers_words_as_they_are():
    for given in STRINGS:
        text = disarm_markdown(f"Of **{plain(given)}** it is said.\n\n- {plain(given)}\n- b")
        page = BeautifulSoup(MARKDOWN.render(text), "html.parser")
        assert _seen(page.li.get_text()) == _seen(given), given
        assert page.strong is None or _seen(page.strong.get_text()) == _seen(given), given
        assert {tag.name for tag in page.find_all()} <= {"p", "ul", "li", "strong"}, given


def test_nothing_in_prose_is_active_quoted_or_not():
    for given in STRINGS:
        page = BeautifulSoup(MARKDOWN.render(disarm_markdown(f"a {given} b")), "html.parser")
        assert not page.find_all(["script", "img", "svg", "iframe", "style", "input"]), given
        assert not [a for tag in page.find_all(ELEMENTS) for a in tag.attrs], given
        links = [a.get("href", "") for a in page.find_all("a")]
        assert not [a for a in links if re.match(r"\s*(javascript|data|vbscript):", a, re.I)], given


def test_latex_and_typst_have_no_command_of_a_readers():
    for given in STRINGS:
        latex = convert_inline(plain(given), "latex").replace(r"\textbackslash{}", "")
        commands = set(re.findall(r"\\([A-Za-z]+|.)", latex))
        known = {
            "textbar",
            "textasciitilde",
            "textasciicircum",
            "dots",
            "textsuperscript",
            *"&%$#_{}",
        }
        assert commands <= known, given
        typst = convert_inline(plain(given), "typst")
        assert re.fullmatch(r'(#"(?:[^"\\]|\\.)*")?', typst, re.S), given


@pytest.mark.filterwarnings("ignore:Glyph:UserWarning")  # the typeface has no Chinese
def test_figures_and_files_hold_them_as_text(tmp_path):
    use_theme()
    fig = plt.figure(figsize=(4, 4))
    listed = (*ORDINARY, *HOSTILE)
    for k, given in enumerate(listed):
        fig.text(0.1, k / len(listed), clean_text(given)[:99], gid=clean_text(given), fontsize=2)
    save_figure(fig, name="figure", folder=tmp_path)
    plt.close(fig)
    elements = list(ET.parse(tmp_path / "figure.svg").iter())
    names = {element.tag.split("}")[-1] for element in elements}
    assert not names & {"script", "a", "foreignObject", "image", "p", "b", "img"}
    assert not [a for element in elements for a in element.attrib if a.startswith("on")]
    save_table(pd.DataFrame({"x": STRINGS}), name="strings", folder=tmp_path)
    text = (tmp_path / "strings.csv").read_text(encoding="utf-8")
    assert not re.search(r"(^|\n)\"?\s*[=@]", text)


def test_words_survive_both_ways():
    for given in STRINGS:
        assert html.unescape(plain(given)) == clean_text(given)
        assert convert_inline(plain(given), "text") == clean_text(given)
