"""Plots of estimates with intervals: forest plots, comparisons of methods, digit differences."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from helpers.report import theme


def plot_forest(
    table: pd.DataFrame, *, published: pd.DataFrame | None = None, xlabel: str, ax: Axes
) -> Axes:
    """Draw estimates with intervals, a row each, grouped.

    Parameters
    ----------
    table : DataFrame
        `label est ci_lower ci_upper`, optionally `group` (rows of a group stand together under
        its name) and `strong` (bool: drawn heavier, such as totals).
    published : DataFrame, optional
        `label est ci_lower ci_upper` as printed, drawn as open diamonds below the computed ones.
    xlabel : str
    ax : Axes

    Returns
    -------
    Axes
    """
    rows = table.reset_index(drop=True)
    groups = rows["group"] if "group" in rows else pd.Series([""] * len(rows))
    places, place, previous = [], 0.0, None
    headings = []
    for name in groups:
        if name != previous and name:
            place += 0.35 if previous is not None else 0.0
            headings.append((place, name))
            place += 0.9
        places.append(place)
        place += 1.0
        previous = name
    offset = 0.16 if published is not None else 0.0
    for row, y in zip(rows.itertuples(), places, strict=True):
        strong = bool(getattr(row, "strong", False))
        clear = row.ci_lower * row.ci_upper > 0
        color = theme.MUTED if not clear else (theme.POSITIVE if row.est > 0 else theme.NEGATIVE)
        ax.plot(
            [row.ci_lower, row.ci_upper],
            [y - offset] * 2,
            color=color,
            linewidth=3.0 if strong else 1.6,
            solid_capstyle="butt",
            zorder=2,
        )
        ax.plot(row.est, y - offset, "o", color=color, markersize=6 if strong else 4.5, zorder=3)
    if published is not None:
        printed = published.set_index("label")
        for row, y in zip(rows.itertuples(), places, strict=True):
            if row.label in printed.index:
                p = printed.loc[row.label]
                ax.plot(
                    [p["ci_lower"], p["ci_upper"]],
                    [y + offset] * 2,
                    color=theme.MUTED,
                    linewidth=0.9,
                    zorder=2,
                )
                ax.plot(
                    p["est"],
                    y + offset,
                    "D",
                    markersize=4,
                    markerfacecolor=theme.PAPER,
                    markeredgecolor=theme.MUTED,
                    zorder=3,
                )
    ax.axvline(0, color=theme.INK, linewidth=0.8, zorder=1)
    ticks = [*places, *(y for y, _ in headings)]
    names = [*rows["label"], *(name for _, name in headings)]
    order = np.argsort(ticks)
    ax.set_yticks(np.array(ticks)[order], np.array(names, dtype=object)[order])
    for tick, k in zip(ax.get_yticklabels(), order, strict=True):
        heading = k >= len(places)
        tick.set_fontweight("bold" if heading else "normal")
    ax.tick_params(axis="y", length=0)
    ax.set_ylim(max(places) + 0.7, -0.7)
    ax.spines["left"].set_visible(False)
    ax.grid(axis="x", color=theme.FAINT, linewidth=0.6)
    ax.set_axisbelow(True)
    ax.set_xlabel(xlabel)
    return ax


def plot_interval_series(
    table: pd.DataFrame, *, by: str, xlabel: str, spread: float = 0.16, ax: Axes
) -> Axes:
    """Draw the same estimates under several analyses side by side.

    Parameters
    ----------
    table : DataFrame
        `label est ci_lower ci_upper` and the column `by` that names the analysis.
    by : str
    xlabel : str
    spread : float
        Vertical distance between the analyses of one estimate.
    ax : Axes

    Returns
    -------
    Axes
    """
    labels = list(dict.fromkeys(table["label"]))
    analyses = list(dict.fromkeys(table[by]))
    markers = "osD^vP*X"
    for k, analysis in enumerate(analyses):
        mine = table[table[by] == analysis]
        y = np.array([labels.index(label) for label in mine["label"]]) + spread * (
            k - (len(analyses) - 1) / 2
        )
        color = theme.CYCLE[k % len(theme.CYCLE)]
        ax.hlines(y, mine["ci_lower"], mine["ci_upper"], color=color, linewidth=1.4)
        ax.plot(
            mine["est"], y, markers[k % len(markers)], color=color, markersize=4.5, label=analysis
        )
    ax.axvline(0, color=theme.INK, linewidth=0.8, zorder=1)
    ax.set_yticks(range(len(labels)), labels)
    ax.set_ylim(len(labels) - 0.4, -0.6)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    ax.grid(axis="x", color=theme.FAINT, linewidth=0.6)
    ax.set_axisbelow(True)
    ax.set_xlabel(xlabel)
    ax.legend(loc="upper left", bbox_to_anchor=(0, -0.16), ncols=min(len(analyses), 3))
    return ax


def plot_digit_differences(table: pd.DataFrame, *, limit: float = 5.0, ax: Axes) -> Axes:
    """Draw reproduced less printed numbers in units of the printed last digit.

    Parameters
    ----------
    table : DataFrame
        `group` (a row of the plot), `units` (difference in units of the last printed digit; NaN
        where nothing was printed or reproduced) and `verdict`.
    limit : float
        Differences beyond it stand at the edge as arrow heads.
    ax : Axes

    Returns
    -------
    Axes
        The band marks half a unit, what rounding allows.
    """
    groups = list(dict.fromkeys(table["group"]))
    ax.axvspan(-0.5, 0.5, color=theme.FAINT, alpha=0.6, linewidth=0)
    for k, name in enumerate(groups):
        mine = table[(table["group"] == name) & table["units"].notna()]
        y = k + (np.linspace(-0.3, 0.3, len(mine)) if len(mine) > 1 else np.zeros(len(mine)))
        x = mine["units"].to_numpy()
        agrees = mine["verdict"].eq("agrees to the printed digits").to_numpy()
        far = np.abs(x) > limit
        for chosen, marker, color, size in (
            (agrees & ~far, "o", theme.BLUE, 3.5),
            (~agrees & ~far, "D", theme.ORANGE, 4),
            (far & (x > 0), ">", theme.ORANGE, 5),
            (far & (x < 0), "<", theme.ORANGE, 5),
        ):
            shown = np.clip(x[chosen], -limit, limit)
            ax.plot(shown, y[chosen], marker, color=color, markersize=size, clip_on=False)
    ax.axvline(0, color=theme.MUTED, linewidth=0.8)
    ax.set_xlim(-limit * 1.02, limit * 1.02)
    ax.set_yticks(range(len(groups)), groups)
    ax.set_ylim(len(groups) - 0.5, -0.5)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    ax.set_xlabel("Reproduced − printed, in units of the last printed digit")
    return ax
