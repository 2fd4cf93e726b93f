"""Figures of a measurement model by their artists: every item once, nothing on anything else."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgb

from helpers.report import theme
from helpers.report.measurement_diagram import plot_measurement_diagram
from helpers.report.measurement_plots import loadings_height, plot_loadings, plot_ratios
from helpers.studies.coping_adherence import words
from helpers.studies.coping_adherence.model import CONSTRUCTS, LABELS, PATHS


@pytest.fixture(autouse=True)
def _theme():
    theme.use_theme()


def _loadings(sizes):
    rng = np.random.default_rng(1)
    rows = [(n, f"{n}_{i + 1}") for n, k in zip(CONSTRUCTS, sizes, strict=True) for i in range(k)]
    table = pd.DataFrame(rows, columns=["lhs", "rhs"])
    table["est"] = rng.uniform(0.55, 0.9, len(table))
    return table.assign(ci_lower=table["est"] - 0.1, ci_upper=table["est"] + 0.05)


@pytest.fixture(params=[(6, 4, 16, 20, 15), (1, 2, 60, 1, 3)], ids=["twin", "uneven"])
def diagram(request):
    loadings = _loadings(request.param)
    loadings.loc[0, "est"] = 0.3
    paths = pd.DataFrame(
        [(end, "~", start, 0.4, end != "alliance") for start, end in PATHS],
        columns=["lhs", "op", "rhs", "est", "significant"],
    )
    fig, ax = plt.subplots(figsize=(7.2, 5.6))
    plot_measurement_diagram(
        paths,
        loadings,
        positions=words.LAYOUT,
        sides=words.SIDES,
        labels=words.BOX_LABELS,
        notes={"alliance": "R² = .563"},
        criterion=0.5,
        ax=ax,
    )
    fig.canvas.draw()
    return fig, ax, loadings


def _starting(artists, start):
    return {a.get_gid(): a for a in artists if (a.get_gid() or "").startswith(start)}


def test_every_item_has_a_bar_as_long_as_its_loading(diagram):
    _, ax, loadings = diagram
    bars = _starting(ax.patches, "bar")
    assert list(bars) == [f"bar {item}" for item in loadings["rhs"]]
    for name, side in words.SIDES.items():
        mine = loadings[loadings["lhs"] == name]
        lengths = [
            bars[f"bar {i}"].get_height() if side == "top" else bars[f"bar {i}"].get_width()
            for i in mine["rhs"]
        ]
        assert np.allclose(np.array(lengths) / mine["est"], lengths[0] / mine["est"].iloc[0])
    assert bars["bar avoidant_1"].get_facecolor()[:3] == to_rgb(theme.ORANGE)
    assert bars["bar adherence_1"].get_facecolor()[:3] == to_rgb(theme.MUTED)


def test_nothing_lies_on_anything_else(diagram):
    fig, ax, _ = diagram
    renderer = fig.canvas.get_renderer()
    texts = [t.get_window_extent(renderer) for t in ax.texts if t.get_gid()]
    boxes = [p.get_window_extent(renderer) for p in _starting(ax.patches, "box").values()]
    bars = [p.get_window_extent(renderer) for p in _starting(ax.patches, "bar").values()]
    assert len(texts) == len(PATHS) + len(CONSTRUCTS)
    for k, text in enumerate(texts):
        assert not any(text.overlaps(other) for other in texts[k + 1 :])
        assert not any(text.overlaps(other) for other in (*boxes, *bars))
    for box in boxes:
        assert not any(box.overlaps(bar) for bar in bars)


def test_the_words_in_a_box_fit_into_it(diagram):
    fig, ax, _ = diagram
    renderer = fig.canvas.get_renderer()
    boxes = _starting(ax.patches, "box")
    for name, label in words.BOX_LABELS.items():
        box = boxes[f"box {name}"].get_window_extent(renderer)
        text = next(t for t in ax.texts if t.get_text() == label).get_window_extent(renderer)
        assert box.x0 < text.x0
        assert text.x1 < box.x1
        assert box.y0 < text.y0
        assert text.y1 < box.y1


@pytest.mark.parametrize("sizes", [(6, 4, 16, 20, 15), (1, 1, 1, 1, 1), (40, 2, 3, 4, 5)])
def test_loadings_stand_once_each_in_columns_of_even_length(sizes):
    loadings = _loadings(sizes)
    fig = plt.figure(figsize=(7, loadings_height(loadings)))
    axes = plot_loadings(loadings, labels=LABELS, criterion=0.5, fig=fig)
    drawn = [line.get_gid() for ax in axes for line in ax.lines if line.get_gid()]
    assert drawn == [f"loading {item}" for item in loadings["rhs"]]
    headings = [t.get_text() for ax in axes for t in ax.texts]
    assert headings == list(LABELS.values())
    assert loadings_height(loadings) < 0.75 + 0.165 * (max(max(sizes), sum(sizes) / 2) + 8)


def test_a_ratio_that_may_reach_the_limit_has_another_color():
    table = pd.DataFrame(
        {"label": ["a", "b"], "est": [0.5, 0.8], "ci_lower": [0.4, 0.7], "ci_upper": [0.6, 0.95]}
    )
    _, ax = plt.subplots()
    plot_ratios(table, limits=(0.85, 0.9), xlabel="HTMT", ax=ax)
    dots = _starting(ax.lines, "ratio")
    assert dots["ratio a"].get_color() == theme.BLUE
    assert dots["ratio b"].get_color() == theme.ORANGE
