"""Lay a figure out anew at the width of a phone, where its type keeps its size."""

from __future__ import annotations

import warnings
from itertools import combinations
from textwrap import fill

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.text import Text
from matplotlib.ticker import FixedFormatter, FixedLocator, MaxNLocator
from matplotlib.transforms import Bbox

__all__ = ["PHONE_WIDTH", "fit_to_phone"]

PHONE_WIDTH = 3.6
"""Inches of a figure on a phone: 346 of the 390 pixels that it is wide."""
_LABEL, _TITLE = 20, 34
"""Characters on a line of a tick's label and of a title."""
_TICKS = 4
_LEAST = 1.3
"""Inches of a panel, in either direction, below which it shows nothing."""


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
    before = len(_find_collisions(fig))
    _stack(fig, panels)
    for legend in [*fig.legends, *filter(None, (ax.get_legend() for ax in panels))]:
        legend.set_ncols(1 if max(len(t.get_text()) for t in legend.get_texts()) > _LABEL else 2)
    for ax in panels:
        _narrow_texts(ax)
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)  # a layout that collapsed
        try:
            collisions = _find_collisions(fig)
        except UserWarning:
            return False
    wide = fig.get_tightbbox().width > 1.05 * PHONE_WIDTH
    sizes = [ax.get_window_extent().transformed(fig.dpi_scale_trans.inverted()) for ax in panels]
    return (
        not wide
        and len(collisions) <= before
        and min(min(box.width, box.height) for box in sizes) >= _LEAST
    )


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


def _narrow_texts(ax: Axes) -> None:
    """Break long labels, and set fewer ticks where their places are free."""
    ax.set_title(fill(ax.get_title(loc="left"), _TITLE), loc="left")
    ax.set_xlabel(fill(ax.get_xlabel(), _TITLE))
    if isinstance(ax.xaxis.get_major_locator(), MaxNLocator):
        ax.xaxis.set_major_locator(MaxNLocator(_TICKS))
    named = isinstance(ax.yaxis.get_major_formatter(), FixedFormatter)
    if named and isinstance(ax.yaxis.get_major_locator(), FixedLocator):
        for label in (labels := ax.get_yticklabels()):
            label.set_text(fill(label.get_text(), _LABEL))
        ax.set_yticks(ax.get_yticks(), [label.get_text() for label in labels])


def _find_collisions(fig: Figure) -> list[tuple[Text, Text]]:
    """Return the pairs of texts that cover each other."""
    fig.canvas.draw()
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
