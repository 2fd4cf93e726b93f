"""Draw a path diagram in which every construct carries the block of items that measure it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.patches import Rectangle

from helpers.report import theme
from helpers.report.numbers import format_number
from helpers.report.path_diagram import plot_path_diagram

BOX = (1.3, 0.56)
_AWAY = {"left": (-1.0, 0.0), "right": (1.0, 0.0), "top": (0.0, 1.0), "bottom": (0.0, -1.0)}
_GAP, _BAR, _PITCH, _SPAN = 0.24, 0.6, 0.12, 1.2
_LINE = 0.15


def plot_measurement_diagram(
    paths: pd.DataFrame,
    loadings: pd.DataFrame,
    *,
    positions: Mapping[str, tuple[float, float]],
    sides: Mapping[str, str],
    labels: Mapping[str, str],
    notes: Mapping[str, str] | None = None,
    criterion: float | None = None,
    ax: Axes,
) -> Axes:
    """Draw constructs with their paths, and beside each one bar per item, as long as its loading.

    Parameters
    ----------
    paths : DataFrame
        As for `helpers.report.path_diagram.plot_path_diagram`.
    loadings : DataFrame
        `lhs rhs est`: construct, item, loading.
    positions : mapping
        Center of each construct, in units of about one inch.
    sides : mapping of str to {"left", "right", "top", "bottom"}
        Where a construct's block stands.
    labels, notes : mapping
        As for `plot_path_diagram`.
    criterion : float, optional
        Loadings of a size below it are drawn in another color.
    ax : Axes
        Its limits and aspect are set.

    Returns
    -------
    Axes
        Bars have the gid `bar item`, the text under a block `block construct`.
    """
    plot_path_diagram(paths, positions=positions, labels=labels, notes=notes, box=BOX, ax=ax)
    low = np.array([ax.get_xlim()[0], ax.get_ylim()[0]])
    high = np.array([ax.get_xlim()[1], ax.get_ylim()[1]])
    for name, items in loadings.groupby("lhs", sort=False):
        corners = _draw_block(ax, name, items, positions[name], sides[name], criterion)
        low, high = np.minimum(low, corners.min(axis=0)), np.maximum(high, corners.max(axis=0))
    ax.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]))
    return ax


def _draw_block(ax, name, items, center, side, criterion) -> np.ndarray:
    """Draw one block and return the corners of what it covers, shape (corners, 2)."""
    away = np.array(_AWAY[side])
    along = np.array([away[1], -away[0]])
    edge = np.asarray(center) + away * np.array(BOX) / 2
    pitch = min(_PITCH, _SPAN / len(items))
    starts = np.linspace(-0.5, 0.5, 2 * len(items) + 1)[1::2] * pitch * len(items)
    # From the top down, and from left to right.
    order = along if along @ np.array([1.0, -1.0]) > 0 else -along
    bases = edge + away * _GAP + starts[:, None] * order
    fan = LineCollection(
        [[edge, base] for base in bases], colors=theme.FAINT, linewidths=0.6, zorder=0
    )
    ax.add_collection(fan)
    for row, base in zip(items.itertuples(), bases, strict=True):
        weak = criterion is not None and abs(row.est) < criterion
        tip = base + away * _BAR * min(abs(row.est), 1.0)
        half = np.abs(order) * 0.38 * pitch
        low, high = np.minimum(base, tip) - half, np.maximum(base, tip) + half
        bar = Rectangle(
            low,
            *(high - low),
            facecolor=theme.ORANGE if weak else theme.MUTED,
            edgecolor="none",
            zorder=2,
        )
        bar.set_gid(f"bar {row.rhs}")
        ax.add_patch(bar)
    return _label_block(ax, name, items, bases, away, pitch)


def _label_block(ax, name, items, bases, away, pitch):
    sizes = items["est"].abs()
    low, high = (format_number(v, 2, leading_zero=False) for v in (sizes.min(), sizes.max()))
    count = f"{len(items)} items" if len(items) > 1 else "1 item"
    span = f"{low} to {high}" if len(items) > 1 else low
    corners = np.vstack([bases - pitch / 2, bases + pitch / 2, bases + away * _BAR])
    middle = (corners.min(axis=0) + corners.max(axis=0)) / 2
    if away[1]:
        # Beside an upright block, to its right.
        place = np.array([corners[:, 0].max() + 0.08, middle[1]])
        align = {"ha": "left", "va": "center"}
        reach = np.array([[0.0, 0.0], [0.75, 0.0]])
    else:
        place = np.array([middle[0], corners[:, 1].min() - 0.05])
        align = {"ha": "center", "va": "top"}
        reach = np.array([[-0.35, 0.0], [0.35, -2 * _LINE]])
    text = ax.text(*place, f"{count}\n{span}", fontsize=theme.SMALL, color=theme.MUTED, **align)
    text.set_gid(f"block {name}")
    return np.vstack([corners, place + reach])
