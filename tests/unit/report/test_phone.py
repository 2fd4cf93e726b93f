"""Figures at the width of a phone: read where they can be, and left as they are where not."""

import matplotlib.pyplot as plt
import pytest

from helpers.report.output import fill_figure, save_figure, save_phone_figure
from helpers.report.phone import PHONE_WIDTH, fit_to_phone
from helpers.report.theme import SMALL, use_theme


@pytest.fixture(autouse=True)
def closed():
    use_theme()
    yield
    plt.close("all")


def _lines():
    fig, ax = plt.subplots(figsize=(7.0, 4.0))
    for k in range(3):
        ax.plot([0, 10_000], [k, k + 1], label=f"a line with a long name, {k}")
    ax.set_yticks([0, 1], ["one name that is long enough to be broken", "two"])
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.15), ncols=3)
    return fig, ax


def test_a_plot_is_as_wide_as_a_phone_and_its_type_keeps_its_size():
    fig, ax = _lines()
    assert fit_to_phone(fig)
    assert fig.get_tightbbox().width <= 1.05 * PHONE_WIDTH
    shown = [*ax.get_xticklabels(), *ax.get_yticklabels(), *fig.legends[0].get_texts()]
    assert min(text.get_size() for text in shown) >= SMALL
    assert "\n" in ax.get_yticklabels()[0].get_text()
    assert [text.get_text()[-1] for text in fig.legends[0].get_texts()] == ["0", "1", "2"]


def test_panels_side_by_side_are_put_below_each_other():
    fig, axes = plt.subplots(1, 3, figsize=(7.0, 3.0), sharey=True)
    for ax in axes:
        ax.plot([0, 1], [0, 1])
    assert fit_to_phone(fig)
    boxes = [ax.get_window_extent() for ax in axes]
    assert boxes[0].y0 > boxes[1].y1 > boxes[2].y1
    assert all(ax.yaxis.get_tick_params()["labelleft"] for ax in axes)


def test_texts_that_would_cover_each_other_are_noticed():
    fig, ax = plt.subplots(figsize=(7.0, 3.0))
    ax.set(xlim=(0, 1), ylim=(0, 1))
    ax.text(0.1, 0.5, "a text of some length, here")
    ax.text(0.55, 0.5, "another one")
    assert not fit_to_phone(fig)


def test_a_drawing_whose_places_are_in_inches_is_left_alone(tmp_path):
    fig, ax = fill_figure((7.0, 3.0))
    ax.text(0.1, 0.5, "a box")
    assert not fit_to_phone(fig)
    assert fig.get_size_inches()[0] == 7
    (tmp_path / "phone").mkdir()
    (tmp_path / "phone" / "a.svg").write_text("of an earlier run")
    save_phone_figure(fig, name="a", folder=tmp_path, stamp="")
    assert not list((tmp_path / "phone").iterdir())


def test_the_picture_for_a_phone_says_what_its_data_are(tmp_path):
    fig, _ = _lines()
    save_figure(fig, name="a", folder=tmp_path, stamp="Synthetic data, no clients")
    save_phone_figure(fig, name="a", folder=tmp_path, stamp="Synthetic data, no clients")
    assert "Synthetic data, no clients" in (tmp_path / "phone" / "a.svg").read_text()
