"""Figures of the data before any model, by their artists."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgb

from helpers.report import output, theme
from helpers.report.data_plots import (
    gaps_height,
    plot_correlations,
    plot_gaps,
    plot_rainclouds,
    rainclouds_height,
)
from helpers.report.output import SYNTHETIC_STAMP
from helpers.report.specification_plots import plot_specifications

PATTERNS = pd.DataFrame(
    {
        "pattern": ["complete", "x, y", "other"],
        "n": [80, 15, 5],
        "x": [False, True, False],
        "y": [False, True, False],
        "z": [False, False, False],
    }
)


def _marks(fig):
    return {line.get_gid(): line for ax in fig.axes for line in ax.lines if line.get_gid()}


def test_what_is_missing_is_marked_and_counted():
    fig = plot_gaps(PATTERNS, labels={"x": "Hope"}, fig=plt.figure())
    marks = _marks(fig)
    missing = {g for g, m in marks.items() if to_rgb(m.get_color()) == to_rgb(theme.ORANGE)}
    assert missing == {"x, y x", "x, y y"}
    assert all(m.get_marker() == "_" for g, m in marks.items() if g.startswith("other"))
    left, right = fig.axes
    assert [tick.get_text() for tick in left.get_xticklabels()] == ["Hope", "y", "z"]
    assert [bar.get_width() for bar in right.patches] == [80, 15, 5]
    assert gaps_height(PATTERNS) > 0


def test_every_value_is_in_its_raincloud_and_none_is_shaken_at_random():
    values = pd.DataFrame({"a": [1.0, 2, 2, 4, np.nan], "b": [0.0, 5, 5, 3, 1]})
    labels = {"a": "Hope", "b": "Trust"}
    drawn = []
    for _ in range(2):
        fig = plot_rainclouds(
            values,
            labels=labels,
            limits={"b": (0, 10)},
            fig=plt.figure(figsize=(7, rainclouds_height(2))),
        )
        marks = _marks(fig)
        assert sorted(marks["cases a"].get_xdata()) == [1, 2, 2, 4]
        assert (marks["cases a"].get_ydata() < 0).all()
        assert fig.axes[1].get_xlim()[1] > 10
        assert [ax.get_ylabel() for ax in fig.axes] == ["Hope", "Trust"]
        drawn.append(marks["cases b"].get_ydata())
    np.testing.assert_array_equal(*drawn)


@pytest.mark.parametrize(
    ("values", "stamp", "told"),
    [({"a": [1.0, 2, 4]}, "", 1), ({"a": [1.0, 2, 4]}, SYNTHETIC_STAMP, 0), (None, "", 0)],
)
def test_where_each_mark_is_a_readers_client_the_caption_says_so(
    values, stamp, told, tmp_path, monkeypatch
):
    shown = []
    monkeypatch.setattr(output, "display", lambda content, **_: shown.append(content))
    fig = plt.figure()
    if values:
        plot_rainclouds(pd.DataFrame(values), labels={"a": "Hope"}, limits={}, fig=fig)
    output.show_figure(fig, name="f", caption="**Claim.**", alt="", folder=tmp_path, stamp=stamp)
    assert shown[-1].data.count("Each mark is one client of yours") == told


def test_correlations_stand_below_the_diagonal_once():
    table = pd.DataFrame(
        [("A", "B", 0.5), ("C", "A", -0.25), ("B", "C", 0.1)], columns=["x", "y", "r"]
    )
    _, ax = plt.subplots()
    plot_correlations(table, order=["A", "B", "C"], ax=ax)
    texts = {(text.get_position(), text.get_text()) for text in ax.texts}
    assert texts == {((0.5, 0.5), ".50"), ((0.5, 1.5), "\u2212.25"), ((1.5, 1.5), ".10")}
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["A", "B"]
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["B", "C"]


def test_each_choice_marks_the_specifications_that_make_it():
    table = pd.DataFrame({"est": [-0.2, -0.1, 0.1]})
    table = table.assign(ci_lower=table["est"] - 0.1, ci_upper=table["est"] + 0.1)
    choices = pd.DataFrame({"Gender": [True, False, True], "Robust": [False, True, True]})
    fig = plot_specifications(table, choices, ylabel="Route", fig=plt.figure())
    marks = _marks(fig)
    assert list(marks["estimates"].get_ydata()) == [-0.2, -0.1, 0.1]
    assert list(marks["Gender"].get_xdata()) == [0, 2]
    assert list(marks["Robust"].get_xdata()) == [1, 2]
    (limits,) = (c for c in fig.axes[0].collections if c.get_gid() == "limits")
    assert len(limits.get_segments()) == len(table)


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")
