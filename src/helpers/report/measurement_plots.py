"""Plots of a measurement model: loadings, and how far constructs can be told apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from helpers.report import theme

_ROW = 0.165


def loadings_height(loadings: pd.DataFrame, *, columns: int = 3) -> float:
    """Height in inches that `plot_loadings` needs."""
    return 0.75 + _ROW * max(_rows_of(part) for part in _split(loadings, columns))


def plot_loadings(
    loadings: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    criterion: float | None = None,
    fig: Figure,
    columns: int = 3,
) -> list[Axes]:
    """Draw loadings with intervals, construct by construct, in columns of about equal length.

    Parameters
    ----------
    loadings : DataFrame
        `lhs rhs est ci_lower ci_upper`: construct, item, loading and its limits.
    labels : mapping
        Printed name of each construct.
    criterion : float, optional
        A size of loading to mark by a line; items below it are drawn in another color.
    fig : Figure
        Empty; of a height of `loadings_height`.
    columns : int

    Returns
    -------
    list of Axes
    """
    parts = _split(loadings, columns)
    lowest = min(loadings["ci_lower"].min(), loadings["est"].min(), 0.0)
    deepest = max(_rows_of(part) for part in parts)
    grid = fig.add_gridspec(1, columns)
    axes = []
    for k, part in enumerate(parts):
        # A short column ends where its items end.
        rest = max(deepest - _rows_of(part), 1e-6)
        ax = fig.add_subplot(grid[k].subgridspec(2, 1, height_ratios=[deepest - rest, rest])[0])
        _draw_column(ax, part, labels, criterion)
        ax.set_ylim(_rows_of(part) - 0.7, -0.8)
        ax.set_xlim(lowest - (0.02 if lowest else 0.0), 1.02)
        ax.set_xlabel("Loading")
        axes.append(ax)
    return axes


def _split(loadings: pd.DataFrame, columns: int) -> list[pd.DataFrame]:
    """Constructs in their order, cut where the columns come out most equal."""
    blocks = [block for _, block in loadings.groupby("lhs", sort=False)]
    columns = min(columns, len(blocks))
    best, cuts = np.inf, (len(blocks),)
    for ends in _cuts(len(blocks), columns):
        longest = max(
            sum(len(b) + 1.5 for b in blocks[a:e])
            for a, e in zip((0, *ends[:-1]), ends, strict=True)
        )
        if longest < best:
            best, cuts = longest, ends
    return [pd.concat(blocks[a:e]) for a, e in zip((0, *cuts[:-1]), cuts, strict=True)]


def _cuts(count: int, columns: int, first: int = 1) -> list[tuple[int, ...]]:
    if columns == 1:
        return [(count,)]
    return [
        (end, *rest)
        for end in range(first, count - columns + 2)
        for rest in _cuts(count, columns - 1, end + 1)
    ]


def _rows_of(part: pd.DataFrame) -> float:
    return len(part) + 1.5 * part["lhs"].nunique()


def _draw_column(ax, part, labels, criterion):
    ticks, names = [], []
    y = 0.0
    for construct, block in part.groupby("lhs", sort=False):
        ax.text(
            0.0,
            y,
            labels.get(construct, construct),
            transform=ax.get_yaxis_transform(),
            va="center",
            fontsize=theme.SMALL,
            fontweight="bold",
            bbox={"facecolor": theme.PAPER, "edgecolor": "none", "pad": 1.0},
            zorder=3,
        )
        y += 1.0
        for row in block.itertuples():
            weak = criterion is not None and abs(row.est) < criterion
            color = theme.ORANGE if weak else theme.BLUE
            ax.plot([row.ci_lower, row.ci_upper], [y, y], color=color, linewidth=1.2)
            ax.plot(row.est, y, "o", color=color, markersize=3.2, gid=f"loading {row.rhs}")
            ticks.append(y)
            names.append(row.rhs.removeprefix(f"{construct}_"))
            y += 1.0
        y += 0.5
    ax.set_yticks(ticks, names)
    ax.tick_params(axis="y", length=0)
    if criterion is not None:
        ax.axvline(criterion, color=theme.MUTED, linewidth=0.8, linestyle=(0, (4, 3)))
    ax.spines["left"].set_visible(False)
    ax.grid(axis="x", color=theme.FAINT, linewidth=0.6)
    ax.set_axisbelow(True)


def plot_ratios(table: pd.DataFrame, *, limits: Sequence[float], xlabel: str, ax: Axes) -> Axes:
    """Draw ratios with intervals beside limits they should stay below.

    Parameters
    ----------
    table : DataFrame
        `label est ci_lower ci_upper`, in the order of the rows.
    limits : sequence of float
        Drawn as lines; a ratio whose interval reaches the largest of them is drawn in another
        color.
    xlabel : str
    ax : Axes

    Returns
    -------
    Axes
    """
    for y, row in enumerate(table.itertuples()):
        color = theme.ORANGE if row.ci_upper >= max(limits) else theme.BLUE
        ax.plot([row.ci_lower, row.ci_upper], [y, y], color=color, linewidth=1.6)
        ax.plot(row.est, y, "o", color=color, markersize=4.5, gid=f"ratio {row.label}")
    for limit in limits:
        ax.axvline(limit, color=theme.MUTED, linewidth=0.8, linestyle=(0, (4, 3)))
    ax.set_yticks(range(len(table)), table["label"])
    ax.set_ylim(len(table) - 0.4, -0.6)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    ax.grid(axis="x", color=theme.FAINT, linewidth=0.6)
    ax.set_axisbelow(True)
    ax.set_xlim(left=min(0.0, table["ci_lower"].min()))
    ax.set_xlabel(xlabel)
    return ax
