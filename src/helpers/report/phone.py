"""Lay a figure out anew at the width of a phone, where its type keeps its size."""

from __future__ import annotations

import warnings
from itertools import combinations
from textwrap import fill

from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.text import Text
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import Bbox

__all__ = ["PHONE_WIDTH", "fit_to_phone"]

PHONE_WIDTH = 3.6
"""Inches of a figure on a phone: 346 of the 390 pixels that it is wide."""
_LABEL, _TITLE = 32, 34
"""Characters on a line of a tick's label and of a title."""
_ENTRY = 20
"""Characters of an entry of a legend from which entries have one column."""
_TICKS = 4
_LEAST = 1.3
"""Inches of width below which a panel shows nothing."""


def fit_to_phone(fig: Figure) -> bool:
    """Lay a figure out `PHONE_WIDTH` inches wide: panels in a column, legends and labels narrow.

    Parameters
    ----------
    fig : Figure
        Changed in place.

    Returns
    -------
    bool
        Whether it can be read: every text is inside the figure and none covers another that it
        does not cover in the wide one. A drawing whose places are in inches, such as a path
        diagram, is not laid out anew.
    """
    panels = [ax for ax in fig.axes if ax.get_subplotspec() is not None]
    if not isinstance(fig.get_layout_engine(), ConstrainedLayoutEngine) or not panels:
        return False
    if any(not ax.axison for ax in panels):
        return False
    before, heights = len(_find_collisions(fig)), [_measure(ax)[1] for ax in panels]
    _stack(fig, panels)
    for ax in panels:
        _lower_legend(fig, ax)
        _narrow_texts(ax)
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)  # a layout that collapsed
        try:
            collisions = _find_collisions(fig)
        except UserWarning:
            return False
    sizes = [_measure(ax) for ax in panels]
    return (
        fig.get_tightbbox().width <= 1.05 * PHONE_WIDTH
        and len(collisions) <= before
        and max(width for width, _ in sizes) >= _LEAST
        and all(new >= 0.7 * old for (_, new), old in zip(sizes, heights, strict=True))
    )


def _measure(ax: Axes) -> tuple[float, float]:
    """Width and height of a panel in inches."""
    box = ax.get_window_extent()
    return box.width / ax.figure.dpi, box.height / ax.figure.dpi


def _stack(fig: Figure, panels: list[Axes]) -> None:
    """Put panels that are side by side below each other; one or a column keeps its height."""
    _, height = fig.get_size_inches()
    grids = {id(ax.get_subplotspec().get_gridspec()): ax.get_subplotspec() for ax in panels}
    spec = next(iter(grids.values())).get_gridspec()
    if len(grids) == 1 and spec.nrows == 1 and spec.ncols == len(panels) > 1:
        column = fig.add_gridspec(len(panels), 1)
        for k, ax in enumerate(panels):
            ax.set_subplotspec(column[k])
            ax.tick_params(labelleft=True)
        height *= 0.8 * len(panels)
    fig.set_size_inches(PHONE_WIDTH, height)


def _lower_legend(fig: Figure, ax: Axes) -> None:
    """Put a legend that is beside or below its panel under the figure, in columns that fit."""
    legend = ax.get_legend()
    if legend is None:
        return
    inside, box = ax.get_window_extent(), legend.get_window_extent()
    if inside.contains((box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2):
        return
    labels = [text.get_text() for text in legend.get_texts()]
    title = legend.get_title().get_text() or None
    legend.remove()
    fig.legend(
        handles=legend.legend_handles, labels=labels, title=title, loc="outside lower left",
        ncols=1 if max(map(len, labels)) > _ENTRY else 2,
    )  # fmt: skip


def _narrow_texts(ax: Axes) -> None:
    """Break long labels, and set fewer ticks where their places are free."""
    ax.set_title(fill(ax.get_title(loc="left"), _TITLE), loc="left")
    ax.set_xlabel(fill(ax.get_xlabel(), _TITLE))
    if isinstance(ax.xaxis.get_major_locator(), MaxNLocator):
        ax.xaxis.set_major_locator(MaxNLocator(_TICKS))
    if _is_named(ax.xaxis):
        ax.tick_params(axis="x", labelrotation=90)
    if _is_named(ax.yaxis):
        labels = [fill(label.get_text(), _LABEL) for label in ax.get_yticklabels()]
        ax.set_yticks(ax.get_yticks(), labels)


def _is_named(axis: Axis) -> bool:
    """Whether the ticks of an axis have names and no numbers."""
    return any(any(map(str.isalpha, label.get_text())) for label in axis.get_ticklabels())


def _find_collisions(fig: Figure) -> list[tuple[Text, Text]]:
    """Return the pairs of texts that cover each other."""
    fig.draw_without_rendering()
    texts = [
        (text, text.get_window_extent())
        for text in fig.findobj(Text)
        if text.get_visible() and text.get_text().strip() and _is_shown(text)
    ]
    return [
        (one, other)
        for (one, box), (other, its) in combinations(texts, 2)
        if (shared := Bbox.intersection(box, its)) is not None
        and min(shared.width, shared.height) > 1
    ]


def _is_shown(text: Text) -> bool:
    """Whether a text is drawn: ticks outside the limits keep their labels but do not show them."""
    ax = text.axes
    if ax is None:
        return True
    drawn = {id(label) for axis in (ax.xaxis, ax.yaxis) for label in axis.get_ticklabels("both")}
    if id(text) not in drawn:
        return True
    box = ax.get_window_extent().padded(2)
    x, y = text.get_transform().transform(text.get_position())
    inside_x, inside_y = box.x0 <= x <= box.x1, box.y0 <= y <= box.y1
    return inside_x or inside_y
