"""Figures by their artists: what is drawn, where, and that nothing lies on anything else."""

from itertools import combinations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgb
from matplotlib.image import imread

from helpers.report import theme
from helpers.report.effect_plots import plot_digit_differences, plot_forest, plot_interval_series
from helpers.report.output import save_figure, save_table
from helpers.report.path_diagram import plot_path_diagram
from helpers.studies.distress_session_quality import model as study


@pytest.fixture(autouse=True)
def _theme():
    theme.use_theme()


@pytest.fixture
def diagram():
    rows = [(y, "~", x, 0.3 if x != "distress" else -0.2) for y, x in study.PATH_LABELS]
    rows += [("task", "~~", "goal", 0.7), ("task", "~~", "bond", 0.5), ("goal", "~~", "bond", 0.6)]
    rows += [("ses", "~~", "ses", 0.4), ("ses", "~", "gender_man", 0.1)]
    paths = pd.DataFrame(rows, columns=["lhs", "op", "rhs", "est"])
    paths["significant"] = paths["lhs"] != "bond"
    fig, ax = plt.subplots(figsize=(7.0, 4.4))
    plot_path_diagram(
        paths,
        positions=study.LAYOUT,
        bends=study.BENDS,
        labels=study.LABELS,
        notes={"ses": "R² = .588"},
        ax=ax,
    )
    fig.canvas.draw()
    return fig, ax


def _by_gid(artists, start):
    return {a.get_gid(): a for a in artists if (a.get_gid() or "").startswith(start)}


def test_the_diagram_has_every_arrow_once_and_no_covariate(diagram):
    _, ax = diagram
    arrows = [a.get_gid() for a in ax.patches if not a.get_gid().startswith("box")]
    assert sorted(arrows) == sorted(
        [f"{y} ~ {x}" for y, x in study.PATH_LABELS]
        + ["task ~~ goal", "task ~~ bond", "goal ~~ bond"]
    )


def test_what_is_not_significant_is_dashed_and_sign_has_a_color(diagram):
    _, ax = diagram
    arrows = {a.get_gid(): a for a in ax.patches}
    assert arrows["bond ~ rri"].get_linestyle() != arrows["goal ~ rri"].get_linestyle()
    assert arrows["task ~ rri"].get_edgecolor()[:3] == to_rgb(theme.POSITIVE)
    assert arrows["task ~ distress"].get_edgecolor()[:3] == to_rgb(theme.NEGATIVE)


def test_no_label_lies_on_a_box_or_on_another_label(diagram):
    fig, ax = diagram
    renderer = fig.canvas.get_renderer()
    labels = [t.get_window_extent(renderer) for t in _by_gid(ax.texts, "label").values()]
    boxes = [p.get_window_extent(renderer) for p in _by_gid(ax.patches, "box").values()]
    assert len(labels) == 15
    for k, label in enumerate(labels):
        assert not any(label.overlaps(other) for other in labels[k + 1 :])
        assert not any(label.overlaps(box) for box in boxes)


def test_no_type_is_smaller_than_eight_points(diagram):
    _, ax = diagram
    assert min(t.get_fontsize() for t in ax.texts) >= theme.SMALL


@pytest.fixture
def large_diagram():
    """Twelve variables in four layers, most paths between neighboring ones, and a long one."""
    names = [f"v{k}" for k in range(12)]
    x, y = (0.0, 1.95, 3.9, 5.8), (1.7, 0.0, -1.7)
    positions = {n: (x[k // 3], y[k % 3] + (0.25, -0.1)[k // 3 % 2]) for k, n in enumerate(names)}
    pairs = [(a, b) for a in range(12) for b in range(12) if b // 3 == a // 3 + 1 and (a + b) % 5]
    rows = [(names[b], "~", names[a], (-1) ** a * 0.1 * (b % 7), a % 4 > 0) for a, b in pairs]
    rows += [("v9", "~", "v0", 0.15, True), ("v0", "~~", "v1", 0.3, True)]
    rows += [("v1", "~~", "v2", 0.2, True), ("v10", "~~", "v11", 0.3, True)]
    bends = {("v9", "v0"): -0.25, ("v0", "v1"): 0.5, ("v1", "v2"): 0.5, ("v10", "v11"): -0.5}
    fig, ax = plt.subplots(figsize=(theme.FULL_WIDTH, 5.2))
    plot_path_diagram(
        pd.DataFrame(rows, columns=["lhs", "op", "rhs", "est", "significant"]),
        positions=positions,
        labels={name: f"Construct\nnumber {k}" for k, name in enumerate(names)},
        bends=bends,
        ax=ax,
    )
    fig.canvas.draw()
    return fig, ax, len(rows)


def test_twelve_variables_leave_every_label_and_box_free(large_diagram):
    fig, ax, n_rows = large_diagram
    renderer = fig.canvas.get_renderer()
    labels = {k: t.get_window_extent(renderer) for k, t in _by_gid(ax.texts, "label").items()}
    boxes = {k: p.get_window_extent(renderer) for k, p in _by_gid(ax.patches, "box").items()}
    assert len(labels) == n_rows >= 24
    assert len(boxes) == 12
    assert not [(a, b) for a, b in combinations(labels, 2) if labels[a].overlaps(labels[b])]
    assert not [(a, b) for a in labels for b in boxes if labels[a].overlaps(boxes[b])]


@pytest.mark.parametrize("drawn", ["diagram", "large_diagram"])
def test_every_name_stays_inside_its_box(drawn, request):
    fig, ax, *_ = request.getfixturevalue(drawn)
    renderer = fig.canvas.get_renderer()
    boxes = [p.get_window_extent(renderer) for p in _by_gid(ax.patches, "box").values()]
    names = [t for t in ax.texts if not (t.get_gid() or "").startswith("label")]
    for name in names:
        (x0, y0), (x1, y1) = name.get_window_extent(renderer).get_points()
        assert any(b.x0 + 2 < x0 and x1 < b.x1 - 2 and b.y0 < y0 and y1 < b.y1 for b in boxes), (
            f"{name.get_text()!r} does not fit its box"
        )


def test_no_arrow_among_twelve_variables_runs_through_a_box(large_diagram):
    _, ax, _ = large_diagram
    boxes = _by_gid(ax.patches, "box")
    arrows = [p for p in ax.patches if not p.get_gid().startswith("box")]
    for arrow in arrows:
        between = arrow._path_original.vertices[1:-1]  # its ends touch the boxes they belong to
        for name, box in boxes.items():
            inside = box.get_path().contains_points(between)
            assert not inside.any(), f"{arrow.get_gid()} runs through {name}"


def test_a_forest_marks_what_leaves_zero_out():
    table = pd.DataFrame(
        {
            "label": ["clear", "unclear"],
            "est": [-0.2, 0.1],
            "ci_lower": [-0.3, -0.1],
            "ci_upper": [-0.1, 0.3],
            "group": ["one", "two"],
        }
    )
    _, ax = plt.subplots()
    plot_forest(table, published=table.drop(columns="group"), xlabel="effect", ax=ax)
    names = [t.get_text() for t in ax.get_yticklabels()]
    assert names == ["one", "clear", "two", "unclear"]
    colors = [line.get_color() for line in ax.lines if line.get_marker() == "o"]
    assert colors == [theme.NEGATIVE, theme.MUTED]
    printed = [line for line in ax.lines if line.get_marker() == "D"]
    assert [float(line.get_xdata()[0]) for line in printed] == [-0.2, 0.1]


def test_a_series_draws_each_analysis_once():
    table = pd.DataFrame(
        {
            "label": ["a", "b"] * 3,
            "analysis": np.repeat(["x", "y", "z"], 2),
            "est": 0.1,
            "ci_lower": 0.0,
            "ci_upper": 0.2,
        }
    )
    _, ax = plt.subplots()
    plot_interval_series(table, by="analysis", xlabel="effect", ax=ax)
    assert [t.get_text() for t in ax.get_legend().get_texts()] == ["x", "y", "z"]
    heights = [tuple(line.get_ydata()) for line in ax.lines if line.get_marker() in "osD"]
    assert len(set(heights)) == 3


def test_far_differences_stand_at_the_edge():
    table = pd.DataFrame(
        {
            "group": "g",
            "units": [0.2, 3.0, 40.0, np.nan],
            "verdict": [
                "agrees to the printed digits",
                "differs",
                "differs",
                "agrees to the printed digits",
            ],
        }
    )
    _, ax = plt.subplots()
    plot_digit_differences(table, limit=5, ax=ax)
    drawn = {
        line.get_marker(): list(line.get_xdata()) for line in ax.lines if len(line.get_xdata())
    }
    assert drawn["o"] == [0.2]
    assert drawn["D"] == [3.0]
    assert drawn[">"] == [5.0]


def test_saved_figures_and_tables_are_the_same_bytes_again(tmp_path):
    def draw():
        fig, ax = plt.subplots()
        ax.plot([0, 1], label="line")
        ax.legend()
        return save_figure(fig, name="f", folder=tmp_path)

    assert draw() == draw()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["f.pdf", "f.png", "f.svg"]
    save_table(pd.DataFrame({"v": [1 / 3]}), name="t", folder=tmp_path)
    assert (tmp_path / "t.csv").read_bytes() == b"v\n0.3333333333333333\n"


def test_a_stamp_stands_below_the_drawing_and_in_the_metadata_of_each_format(tmp_path):
    fig, ax = plt.subplots(figsize=(3, 2))
    ax.set_xlabel("x")
    said = "Synthetic data, no clients"
    contents = save_figure(fig, name="f", folder=tmp_path, stamp=said)
    plain = save_figure(plt.figure(figsize=(3, 2)), name="g", folder=tmp_path)
    for content in contents.values():
        assert said.encode() in content
    for content in plain.values():
        assert b"Synthetic" not in content
    (drawn,) = [text for text in fig.texts if text.get_text() == said]
    renderer = fig.canvas.get_renderer()
    label = ax.xaxis.label.get_window_extent(renderer)
    extent = drawn.get_window_extent(renderer)
    assert extent.y1 <= label.y0
    assert drawn.get_fontsize() == theme.SMALL
    height = imread(tmp_path / "f.png").shape[0]
    assert height > imread(tmp_path / "g.png").shape[0]  # the page grew by the stamp


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ('=HYPERLINK("http://x","y")', '\'=HYPERLINK("http://x","y")'),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("+1+cmd|' /C calc'!A0", "'+1+cmd|' /C calc'!A0"),
        ("-2+3", "'-2+3"),
        (" =1+1", "' =1+1"),
        ("\t=1+1", "'\t'=1+1"),
        ("a;=1+1", "a;'=1+1"),
        ("-1 SD", "-1 SD"),
        ("-0.5", "-0.5"),
        ("-inf", "-inf"),
        ("=~", "=~"),
        ("a = b - c", "a = b - c"),
        ("−0.5", "−0.5"),
        (-0.5, -0.5),
    ],
)
def test_no_cell_of_a_saved_table_is_a_formula(tmp_path, cell, written):
    table = pd.DataFrame({"v": [-1.5], "label": [cell], "=name": pd.Categorical([cell])})
    save_table(table, name="t", folder=tmp_path)
    saved = pd.read_csv(tmp_path / "t.csv", dtype=object, keep_default_na=False)
    assert saved.columns.tolist() == ["v", "label", "'=name"]
    assert saved.iloc[0].tolist() == ["-1.5", str(written), str(written)]
