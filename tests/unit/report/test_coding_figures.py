from itertools import combinations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch

from helpers.data.code_system import LEVELS
from helpers.models.coding.agreement import fit_agreement
from helpers.models.coding.saturation import (
    compare_stopping_rules,
    find_presence,
    fit_cooccurrence,
    fit_saturation,
)
from helpers.report import theme
from helpers.report.code_tree import code_tree_size, plot_code_tree
from helpers.report.coding_plots import (
    plot_agreement,
    plot_cooccurrence,
    plot_kept,
    plot_saturation,
)
from helpers.report.output import fill_figure, save_figure
from helpers.report.paradigm_diagram import PARADIGM_SIZE, plot_paradigm_model
from helpers.report.text_measure import measure_width, wrap_text
from helpers.studies.working_alliance_theory.model import (
    load_codebook,
    load_codings,
    load_paradigm_model,
)


@pytest.fixture(scope="module")
def codebook():
    return load_codebook()


@pytest.fixture(scope="module")
def frame():
    return load_codings().frame


@pytest.fixture(scope="module")
def tree(codebook):
    return plot_code_tree(codebook, ax=axes(code_tree_size(codebook)))


@pytest.fixture(scope="module")
def paradigm():
    model = load_paradigm_model()
    return plot_paradigm_model(model.nodes, model.edges, ax=axes(PARADIGM_SIZE))


def axes(size):
    fig = Figure(figsize=size, dpi=200)
    fig.set_layout_engine("none")
    FigureCanvasAgg(fig)
    return fig.add_axes([0, 0, 1, 1])


@pytest.fixture
def _theme():
    with plt.rc_context():
        theme.use_theme()
        yield


def boxes_of(artists, ax):
    ax.figure.draw_without_rendering()
    return [artist.get_window_extent() for artist in artists]


def shown(ax):
    return [text for text in ax.texts if text.get_text().strip()]


def overlaps(boxes, *, slack=4.0):
    """Pairs of boxes that share more than `slack` pixels in both directions."""
    return [
        (i, j)
        for (i, a), (j, b) in combinations(enumerate(boxes), 2)
        if min(a.x1, b.x1) - max(a.x0, b.x0) > slack and min(a.y1, b.y1) - max(a.y0, b.y0) > slack
    ]


def by_gid(artists, start):
    return [artist for artist in artists if (artist.get_gid() or "").startswith(start)]


def test_the_code_tree_has_every_code_and_every_label(codebook, tree):
    leaves = by_gid(tree.texts, "open ")
    assert [leaf.get_gid() for leaf in leaves] == [f"open {c}" for c in codebook["code_id"]]
    for level, n in {"element": 5, "axial": 5, "primary": 17}.items():
        assert len(by_gid(tree.patches, f"{level} ")) == n
    words = " ".join(text.get_text() for text in tree.texts).split()
    for label in [*codebook["open_code"], *codebook["primary_code"], *codebook["axial_code"]]:
        assert set(label.replace(" / ", " ").split()) <= set(words) | {"/"}


def test_the_code_tree_is_readable_in_print(codebook, tree):
    width, height = code_tree_size(codebook)
    assert width <= 7.0
    assert height <= 10.7  # an A4 page with narrow margins
    texts = shown(tree)
    assert min(text.get_fontsize() for text in texts) >= 8
    extents = boxes_of(texts, tree)
    assert overlaps(extents) == []
    page = tree.figure.bbox
    assert all(box.x0 >= page.x0 - 1 and box.x1 <= page.x1 + 1 for box in extents)


def test_a_label_of_the_code_tree_lies_in_its_block(tree):
    blocks = {patch.get_gid(): patch for patch in tree.patches if patch.get_gid()}
    labels = by_gid(tree.texts, "label ")
    around = [blocks[label.get_gid().removeprefix("label ")] for label in labels]
    for outer, inner in zip(boxes_of(around, tree), boxes_of(labels, tree), strict=True):
        assert outer.x0 <= inner.x0 + 1
        assert inner.x1 <= outer.x1 + 1
        assert outer.y0 - 5 <= inner.y0
        assert inner.y1 <= outer.y1 + 5


def test_blocks_of_the_code_tree_hold_their_codes(codebook, tree):
    leaves = {text.get_gid(): text.get_position()[1] for text in by_gid(tree.texts, "open ")}
    for patch in by_gid(tree.patches, "primary "):
        group = codebook[codebook["primary_code"] == patch.get_gid().removeprefix("primary ")]
        heights = [leaves[f"open {code}"] for code in group["code_id"]]
        assert patch.get_y() <= min(heights)
        assert max(heights) <= patch.get_y() + patch.get_height()


def test_the_paradigm_model_draws_each_relation_once(paradigm):
    model = load_paradigm_model()
    drawn = model.edges[model.edges["kind"] != "integration"]
    arrows = [patch for patch in paradigm.patches if isinstance(patch, FancyArrowPatch)]
    assert sorted(arrow.get_gid() for arrow in arrows) == sorted(
        f"edge {edge.source} {edge.target}" for edge in drawn.itertuples()
    )
    labels = {text.get_gid(): text.get_text().replace("\n", " ") for text in paradigm.texts}
    for edge in drawn.itertuples():
        assert labels[f"label {edge.source} {edge.target}"] == edge.relation
    assert len(by_gid(paradigm.patches, "box ")) == 6
    assert len(by_gid(paradigm.patches, "core ")) == 1


def test_nothing_overlaps_in_the_paradigm_model(paradigm):
    texts = shown(paradigm)
    assert min(text.get_fontsize() for text in texts) >= 8
    extents = boxes_of(texts, paradigm)
    assert overlaps(extents, slack=1) == []
    boxes = boxes_of(by_gid(paradigm.patches, "box "), paradigm)
    assert overlaps(boxes, slack=0) == []
    labels = boxes_of(by_gid(paradigm.texts, "label "), paradigm)
    assert overlaps([*labels, *boxes], slack=1) == []


def test_the_frame_of_the_core_category_holds_the_model(paradigm):
    core, *inside = boxes_of(
        [*by_gid(paradigm.patches, "core "), *by_gid(paradigm.patches, "box ")], paradigm
    )
    assert all(core.x0 < b.x0 and b.x1 < core.x1 and core.y0 < b.y0 < core.y1 for b in inside)


def test_the_paradigm_model_is_drawn_from_its_tables():
    model = load_paradigm_model()
    edges = model.edges[model.edges["kind"] != "interaction"]
    nodes = model.nodes[model.nodes["node"] != "attachment_patterns"]
    ax = plot_paradigm_model(nodes, edges, ax=axes(PARADIGM_SIZE))
    gids = {patch.get_gid() for patch in ax.patches}
    assert "box attachment_patterns" not in gids
    assert not any("attachment_patterns" in (gid or "") for gid in gids)
    assert sum((gid or "").startswith("edge") for gid in gids) == 5


def test_agreement_is_drawn_where_the_table_says(frame):
    table = fit_agreement(frame, levels=LEVELS, n_boot=50, seed=1).table
    ax = plot_agreement(table, limits={"reliable": 0.8}, ax=plt.figure().add_subplot())
    for line in by_gid(ax.lines, "agreement "):
        mine = table[table["statistic"] == line.get_gid().removeprefix("agreement ")]
        np.testing.assert_array_equal(line.get_xdata(), mine["est"])
    assert len(by_gid(ax.lines, "agreement ")) == table["statistic"].nunique() > 1
    assert [tick.get_text() for tick in ax.get_yticklabels()] == list(LEVELS)
    assert "reliable" in [text.get_text() for text in ax.texts]


def test_saturation_is_drawn_where_the_table_says(frame):
    presence = find_presence(frame, code="code")
    curve = fit_saturation(presence, n_orders=50, seed=1).curve
    stops = compare_stopping_rules(presence, n_orders=50, seed=1)
    stops["label"] = stops["rule"].str.extract(r"(\d+ \+ \d+, .*)")[0]
    ax = plot_saturation(curve, stops=stops, ax=plt.figure(figsize=(7, 4)).add_subplot())
    (line,) = by_gid(ax.lines, "saturation ")
    np.testing.assert_array_equal(line.get_ydata(), curve["cumulative"])
    labels = by_gid(ax.texts, "stop ")
    assert len(labels) == stops["stop_at"].notna().sum() > 0
    assert overlaps(boxes_of(labels, ax), slack=0) == []


def test_cooccurrence_is_a_triangle_in_the_order_given(frame, codebook):
    order = list(dict.fromkeys(codebook["primary_code"]))
    table = fit_cooccurrence(frame, code="primary", window=3)
    ax = plot_cooccurrence(table, order=order, ax=plt.figure(figsize=(7, 5)).add_subplot())
    cells = ax.images[0].get_array()
    assert cells.shape == (16, 16)
    assert np.ma.getmaskarray(cells)[np.triu_indices(16, 1)].all()
    row = table.set_index(["code_a", "code_b"]).loc[("Empathy", "Mindfulness")]
    assert cells[order.index("Empathy") - 1, order.index("Mindfulness")] == row["jaccard"]
    ticks = [tick.get_text() for tick in ax.get_yticklabels()]
    assert ticks[0] == "Mindfulness 2"
    assert ticks[-1] == "Directing / Misleading 17"


def test_plots_leave_their_tables_alone(frame):
    table = fit_agreement(frame, levels=LEVELS, n_boot=20, seed=1).table
    before = table.copy()
    plot_agreement(table, ax=plt.figure().add_subplot())
    pd.testing.assert_frame_equal(table, before)


def test_lines_are_no_wider_than_asked_and_lose_nothing():
    text = "Change the discussion to another disturbing topic following a distress experience"
    lines = wrap_text(text, 1.5)
    assert " ".join(lines) == text
    assert max(measure_width(line) for line in lines) <= 1.5
    assert wrap_text("", 1.0) == []
    assert wrap_text("incomprehensibilities", 0.1) == ["incomprehensibilities"]
    assert measure_width("wider", size=16) == pytest.approx(
        2 * measure_width("wider", size=8), rel=1e-3
    )
    assert theme.SMALL >= 8


def test_kept_shares_stand_where_they_are_and_on_the_side_of_the_whole():
    table = pd.DataFrame(
        {"label": ["a", "b", "c"], "kept": [0.2, 0.5, 0.9], "n_codings": [10, 4, 20]}
    )
    ax = plot_kept(table, overall=0.6, ax=plt.figure().add_subplot())
    (points,) = [c for c in ax.collections if c.get_gid() == "kept"]
    assert points.get_offsets().data.tolist() == [[0.2, 0], [0.5, 1], [0.9, 2]]
    colors = points.get_facecolors()
    assert (colors[0] == colors[1]).all()
    assert (colors[0] != colors[2]).any()
    assert [label.get_text() for label in ax.get_yticklabels()] == ["a (10)", "b (4)", "c (20)"]


@pytest.mark.filterwarnings("error")
@pytest.mark.usefixtures("_theme")
def test_a_filled_figure_is_saved_without_another_layout(tmp_path):
    fig, ax = fill_figure((3, 2))
    save_figure(fig, name="drawing", folder=tmp_path)
    assert ax.get_position().bounds == (0, 0, 1, 1)
