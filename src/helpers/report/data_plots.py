"""What the data look like before any model: gaps, distributions, correlations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from helpers.report import theme

__all__ = ["gaps_height", "plot_correlations", "plot_gaps", "plot_rainclouds", "rainclouds_height"]

_GOLDEN = 0.6180339887498949
_SIGNED = LinearSegmentedColormap.from_list("signed", [theme.NEGATIVE, theme.PAPER, theme.POSITIVE])


def gaps_height(patterns: pd.DataFrame) -> float:
    """Height in inches at which every pattern has a row that can be read."""
    return 1.4 + 0.26 * len(patterns)


def plot_gaps(patterns: pd.DataFrame, *, labels: Mapping[str, str], fig: Figure) -> Figure:
    """Draw which columns are missing together, and in how many rows.

    Parameters
    ----------
    patterns : DataFrame
        As `helpers.data.describe.describe_gaps` returns them.
    labels : mapping of str to str
        How a column shall be read; its own name where there is none.
    fig : Figure

    Returns
    -------
    Figure
        With two axes, the patterns left of their numbers of rows.
    """
    columns = [name for name in patterns if name not in ("pattern", "n")]
    left, right = fig.subplots(1, 2, sharey=True, width_ratios=(len(columns), 3))
    for row, pattern in enumerate(patterns["pattern"]):
        for column, name in enumerate(columns):
            marker, color = "s", theme.ORANGE if patterns[name].iloc[row] else theme.FAINT
            if pattern == "other":
                marker, color = "_", theme.MUTED
            left.plot(column, row, marker, color=color, markersize=9, gid=f"{pattern} {name}")
    left.set_xticks(range(len(columns)), [labels.get(name, name) for name in columns], rotation=35)
    for tick in left.get_xticklabels():
        tick.set_horizontalalignment("right")
        tick.set_rotation_mode("anchor")
    left.set_xlim(-0.6, len(columns) - 0.4)
    left.set_yticks(range(len(patterns)), [_name_pattern(p) for p in patterns["pattern"]])
    left.set_ylim(len(patterns) - 0.4, -0.6)
    left.tick_params(length=0)
    right.barh(range(len(patterns)), patterns["n"], color=theme.BLUE, height=0.55)
    for row, n in enumerate(patterns["n"]):
        right.annotate(
            f"{n}", (n, row), (3, 0), textcoords="offset points", va="center", fontsize=theme.SMALL
        )
    right.margins(x=0.2)
    right.set_xlabel("Rows")
    right.tick_params(axis="y", length=0)
    for ax in (left, right):
        ax.spines[["left", "bottom"]].set_visible(False)
    return fig


def _name_pattern(pattern: str) -> str:
    return {"complete": "Complete", "other": "Other patterns"}.get(pattern, "")


def rainclouds_height(n_scales: int) -> float:
    """Height in inches of the rainclouds of so many scales."""
    return 0.4 + 0.72 * n_scales


def plot_rainclouds(
    data: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    limits: Mapping[str, tuple[float | None, float | None]],
    fig: Figure,
) -> Figure:
    """Draw each scale's distribution: density, quartiles, and every value.

    Parameters
    ----------
    data : DataFrame
        The scales; missing values are left out.
    labels : mapping of str to str
        The columns to draw, in order, and how they shall be read.
    limits : mapping of str to (float, float)
        The possible range of a scale; that of the values where it is None.
    fig : Figure

    Returns
    -------
    Figure
        With an axes for each scale.
    """
    axes = fig.subplots(len(labels), 1, squeeze=False)[:, 0]
    for ax, (name, label) in zip(axes, labels.items(), strict=True):
        values = data[name].dropna().to_numpy(dtype=float)
        low, high = limits.get(name, (None, None))
        low, high = (values.min() if low is None else low, values.max() if high is None else high)
        sns.kdeplot(x=values, ax=ax, fill=True, color=theme.BLUE, alpha=0.35, linewidth=1, cut=0)
        # a filled density is a polygon
        top = max(a.vertices[:, 1].max() for c in ax.collections for a in c.get_paths())
        # spread evenly, not at random: the same picture each time
        spread = (np.arange(len(values)) * _GOLDEN) % 1
        ax.plot(
            values,
            top * (-0.28 - 0.34 * spread),
            ".",
            color=theme.BLUE,
            alpha=0.35,
            markersize=2.5,
            rasterized=True,
            gid=theme.CASES + name,
        )
        quartiles = np.percentile(values, (25, 50, 75))
        ax.hlines(-0.14 * top, quartiles[0], quartiles[2], color=theme.INK, linewidth=3)
        ax.plot(quartiles[1], -0.14 * top, "o", color=theme.PAPER, mec=theme.INK, markersize=5)
        ax.set_xlim(low - 0.02 * (high - low), high + 0.02 * (high - low))
        ax.set_yticks([])
        ax.set_ylabel(label, rotation=0, ha="right", va="center")
        ax.set_xlabel("")
        ax.spines["left"].set_visible(False)
    return fig


def plot_correlations(table: pd.DataFrame, *, order: Sequence[str], ax: Axes) -> Axes:
    """Draw correlations below the diagonal, the number in each cell.

    Parameters
    ----------
    table : DataFrame
        `x y r`, one row per pair, variables named as they shall be read.
    order : sequence of str
    ax : Axes

    Returns
    -------
    Axes
    """
    half = table.pivot_table("r", index="y", columns="x")
    square = half.combine_first(half.T).reindex(index=list(order), columns=list(order))
    rows, columns = square.index[1:], square.columns[:-1]
    shown = square.loc[rows, columns]
    hidden = np.triu(np.ones(shown.shape, dtype=bool), k=1)
    texts = shown.map(lambda r: f"{r:.2f}".replace("0.", ".").replace("-", "\u2212"))
    sns.heatmap(
        shown,
        mask=hidden,
        annot=texts,
        fmt="",
        cmap=_SIGNED,
        vmin=-1,
        vmax=1,
        linewidths=1,
        linecolor=theme.PAPER,
        cbar_kws={"label": "Correlation", "shrink": 0.8},
        annot_kws={"size": theme.SMALL},
        ax=ax,
    )
    ax.set(xlabel="", ylabel="")
    ax.tick_params(length=0)
    ax.set_xticklabels(ax.get_xticklabels(), rotation=30, ha="right", rotation_mode="anchor")
    ax.set_yticklabels(ax.get_yticklabels(), rotation=0)
    return ax
