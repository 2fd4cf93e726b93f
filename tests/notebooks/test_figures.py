"""The figures of the reports, as printed: width, type, fonts, and what is said of them."""

import re
import zlib
from difflib import SequenceMatcher
from itertools import pairwise
from pathlib import Path

import nbformat
import numpy as np
import pytest
from matplotlib.image import imread

from helpers.commands.baselines import PICTURE
from helpers.paths import ROOT
from helpers.report import theme
from helpers.report.numbering import ANCHOR
from helpers.report.output import FORMATS

POINTS = 72
WIDEST = theme.FULL_WIDTH + 2 * theme.MARGIN


@pytest.fixture
def figures(notebook) -> list[Path]:
    """Return the figures of the notebook's report, without their endings."""
    folder = ROOT / "reports" / notebook / "figures"
    found = sorted({path.with_suffix("") for path in folder.iterdir() if path.is_file()})
    assert found, f"the figures of {notebook} are not built: run make figures"
    return found


def _content(pdf: Path) -> tuple[bytes, str]:
    """Return the bytes of a PDF, and what its streams draw."""
    raw = pdf.read_bytes()
    streams = re.findall(rb"stream\r?\n(.*?)endstream", raw, flags=re.DOTALL)
    drawn = []
    for stream in streams:
        try:
            drawn.append(zlib.decompress(stream).decode("latin-1"))
        except zlib.error:  # a stream that is not compressed
            continue
    return raw, "\n".join(drawn)


def test_every_figure_stands_in_every_format(figures):
    for figure in figures:
        for suffix in FORMATS:
            assert figure.with_suffix(f".{suffix}").stat().st_size > 0


def test_type_is_no_smaller_than_eight_points_at_the_width_of_print(figures):
    for figure in figures:
        raw, drawn = _content(figure.with_suffix(".pdf"))
        left, _, right, _ = map(float, re.search(rb"/MediaBox \[([^]]*)\]", raw)[1].split())
        shrunk = min(1.0, WIDEST * POINTS / (right - left))
        sizes = [float(size) for size in re.findall(r"/\S+ ([\d.]+) Tf", drawn)]
        assert sizes, f"{figure.name} holds no text"
        assert min(sizes) * shrunk >= theme.SMALL - 0.01, f"{figure.name}: {min(sizes)} pt"


def test_fonts_are_embedded_in_pdf_and_outlined_in_svg(figures):
    for figure in figures:
        raw, _ = _content(figure.with_suffix(".pdf"))
        described = len(re.findall(rb"/Type /FontDescriptor", raw))
        assert described
        assert len(re.findall(rb"/FontFile[23]? ", raw)) == described
        assert b"/Subtype /Type3" not in raw
        assert "<text" not in figure.with_suffix(".svg").read_text(encoding="utf-8")


def test_a_figure_says_in_words_what_it_shows_and_not_what_its_caption_says(executed, figures):
    described = 0
    for cell in nbformat.read(executed, as_version=4).cells:
        outputs = cell.get("outputs", [])
        for output, following in pairwise(outputs):
            if "image/png" not in output.get("data", {}):
                continue
            described += 1
            alt = output["data"]["text/plain"]
            caption = re.sub(r"[*]|</?\w+>", "", following["data"]["text/markdown"])
            assert len(alt.split()) >= 8, f"{alt!r} says too little"
            alike = SequenceMatcher(None, alt, caption, autojunk=False)
            longest = alike.find_longest_match()
            assert longest.size < 0.6 * len(alt), f"{alt!r} repeats its caption"
    assert described == len(figures)


UNSTAMPED = {"code_tree", "paradigm_model", "crosswalk", "themes", "tables_3_and_4"}
"""Figures of what is printed or described, which show no synthetic data."""


def test_each_format_of_a_figure_says_in_itself_that_its_data_are_synthetic(figures):
    for figure in figures:
        for suffix in FORMATS:
            content = figure.with_suffix(f".{suffix}").read_bytes()
            said = re.search(rb"([Ss]ynthetic data|Simulated samples), no clients", content)
            assert bool(said) == (figure.name not in UNSTAMPED), f"{figure.name}.{suffix}"


def test_tables_and_figures_are_numbered_in_their_order(executed):
    numbers = {"Table": [], "Figure": []}
    for cell in nbformat.read(executed, as_version=4).cells:
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            table = data.get("text/html", "")
            found = ANCHOR.search(table) or ANCHOR.match(data.get("text/markdown", ""))
            assert found or 'class="apa-box"' not in table
            if found:
                numbers[found[1]].append(int(found[2]))
    for kind, found in numbers.items():
        assert found == list(range(1, len(found) + 1)), kind


def test_the_picture_of_the_readme_is_the_figure_as_it_is_now():
    picture, figure = (imread(ROOT / path) for path in PICTURE)
    assert picture.shape == figure.shape, "run make baseline"
    assert np.abs(picture - figure).mean() < 0.001, "run make baseline"
