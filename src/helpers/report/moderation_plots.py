"""Plots of moderated regressions: lines over raw points, the slope's band, coefficients, rows."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap

from helpers.report import theme
from helpers.report.numbers import format_number

_SLOPE_COLORS = {
    "positive": theme.POSITIVE,
    "negative": theme.NEGATIVE,
    "not significant": theme.MUTED,
}
_LINE_STYLES = ("-", "--", "-.", ":")


def _pick_colors(names: list[str]) -> dict[str, str]:
    """Colors of lines from low to high; the middle one of three is gray."""
    if len(names) == 3:
        return dict(zip(names, (theme.ORANGE, theme.MUTED, theme.BLUE), strict=True))
    return {name: theme.CYCLE[k % len(theme.CYCLE)] for k, name in enumerate(names)}


def plot_interaction(
    predictions: pd.DataFrame,
    points: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    title: str,
    xlabel: str,
    ylabel: str,
    ax: Axes,
) -> Axes:
    """Draw predicted lines with bands over the cases they stand for.

    Parameters
    ----------
    predictions : DataFrame
        `at predictor_value est ci_lower ci_upper`, a line for each `at`, as long as its data.
    points : DataFrame
        `predictor_value response at`, one row per case; each has the color and sign of its line.
    labels : mapping of str to str
        What the legend says of each `at`.
    title : str
        Of the legend: what the lines are levels of.
    xlabel, ylabel : str
    ax : Axes

    Returns
    -------
    Axes
    """
    names = list(dict.fromkeys(predictions["at"]))
    colors, markers = _pick_colors(names), "osD^vPX*"
    for k, name in enumerate(names):
        line = predictions[predictions["at"] == name]
        cases = points[points["at"] == name]
        ax.fill_between(
            line["predictor_value"],
            line["ci_lower"],
            line["ci_upper"],
            color=colors[name],
            alpha=0.14,
            linewidth=0,
            gid=f"band {name}",
        )
        ax.plot(
            line["predictor_value"],
            line["est"],
            _LINE_STYLES[k % len(_LINE_STYLES)],
            color=colors[name],
            linewidth=2.0,
            marker=markers[k % len(markers)],
            markevery=[-1],
            markersize=5,
            label=labels[name],
            gid=f"line {name}",
        )
        ax.plot(
            cases["predictor_value"],
            cases["response"],
            markers[k % len(markers)],
            color=colors[name],
            markersize=4,
            markerfacecolor="none",
            markeredgewidth=0.8,
            alpha=0.75,
            gid=theme.CASES + name,
        )
    ax.set_xlabel(xlabel)
    ax.set_ylabel(ylabel)
    ax.legend(
        loc="upper center", bbox_to_anchor=(0.5, -0.15), ncols=min(len(names), 3), title=title
    )
    return ax


def plot_surface(
    surface: pd.DataFrame,
    points: pd.DataFrame,
    *,
    xlabel: str,
    ylabel: str,
    zlabel: str,
    ax: Axes,
) -> Axes:
    """Draw predicted values over two variables as a colored surface, cases on it.

    Parameters
    ----------
    surface : DataFrame
        `predictor_value moderator_value est` on a grid; NaN where there are no cases around.
    points : DataFrame
        `predictor_value moderator_value`, one row per case.
    xlabel, ylabel, zlabel : str
    ax : Axes

    Returns
    -------
    Axes
    """
    grid = surface.pivot_table(
        "est", index="moderator_value", columns="predictor_value", dropna=False
    )
    colors = LinearSegmentedColormap.from_list("amount", [theme.PAPER, theme.BLUE])
    drawn = ax.contourf(grid.columns, grid.index, grid.to_numpy(), levels=10, cmap=colors)
    lines = ax.contour(
        grid.columns, grid.index, grid.to_numpy(), levels=drawn.levels, colors=theme.INK,
        linewidths=0.4,
    )  # fmt: skip
    ax.clabel(lines, fontsize=theme.SMALL)
    ax.plot(
        points["predictor_value"],
        points["moderator_value"],
        "o",
        color=theme.ORANGE,
        markeredgecolor=theme.PAPER,
        markersize=4,
        clip_on=False,
        gid=theme.CASES,
    )
    ax.figure.colorbar(drawn, ax=ax, label=zlabel)
    ax.set(xlabel=xlabel, ylabel=ylabel)
    return ax


def plot_johnson_neyman(
    curve: pd.DataFrame,
    regions: pd.DataFrame,
    *,
    values: pd.Series,
    xlabel: str,
    ylabel: str,
    ax: Axes,
) -> Axes:
    """Draw a conditional slope with its band along the observed moderator.

    Parameters
    ----------
    curve : DataFrame
        `moderator_value est ci_lower ci_upper` in ascending order; two rows are drawn as points.
    regions : DataFrame
        `lower upper slope`, the observed range cut where significance changes; may be empty.
    values : Series
        The observed moderator values, marked at the foot.
    xlabel, ylabel : str
    ax : Axes

    Returns
    -------
    Axes
        The line has the color of its sign where it is significant and is gray elsewhere; dashed
        verticals mark the bounds with their values.
    """
    x = curve["moderator_value"].to_numpy()
    ax.axhline(0, color=theme.INK, linewidth=0.8, zorder=1)
    if len(curve) == 2:
        half = [curve["est"] - curve["ci_lower"], curve["ci_upper"] - curve["est"]]
        ax.errorbar(x, curve["est"], yerr=half, fmt="o", color=theme.BLUE, capsize=3)
        ax.set_xticks(x)
        ax.set_xlim(x[0] - 0.5, x[1] + 0.5)
    for region in regions.itertuples():
        inside = np.linspace(region.lower, region.upper, 101)
        est, low, high = (np.interp(inside, x, curve[c]) for c in ("est", "ci_lower", "ci_upper"))
        color = _SLOPE_COLORS[region.slope]
        ax.fill_between(inside, low, high, color=color, alpha=0.18, linewidth=0)
        ax.plot(inside, est, color=color, linewidth=2.2, gid=f"slope {region.slope}")
    # heights as shares of the axes, so that panels may share their limits
    across = ax.get_xaxis_transform()
    for bound in regions["upper"].iloc[:-1]:
        ax.axvline(bound, color=theme.INK, linewidth=1.0, linestyle=(0, (4, 3)), gid="bound")
        ax.annotate(
            format_number(bound, 2),
            (bound, 1),
            xycoords=across,
            xytext=(4, -2),
            textcoords="offset points",
            va="top",
            fontsize=theme.SMALL,
        )
    ax.plot(
        values,
        np.full(len(values), 0.035),
        "|",
        transform=across,
        color=theme.INK,
        markersize=7,
        alpha=0.5,
        gid=theme.CASES,
    )
    ax.margins(y=0.12)
    ax.set_xlabel(xlabel)
    ax.set_ylabel(ylabel)
    return ax


def plot_coefficients(table: pd.DataFrame, *, xlabel: str, spread: float = 0.22, ax: Axes) -> Axes:
    """Draw coefficients by outcome, with the intervals of several methods side by side.

    Parameters
    ----------
    table : DataFrame
        `outcome term interval est ci_lower ci_upper`, names as they are shown; outcomes and terms
        in the order in which they occur.
    xlabel : str
    spread : float
        Vertical distance between the methods.
    ax : Axes

    Returns
    -------
    Axes
        Intervals that include zero are drawn with an open marker.
    """
    methods = list(dict.fromkeys(table["interval"]))
    markers = "osD^v"
    ticks, names, place = [], [], 0.0
    for outcome, part in table.groupby("outcome", sort=False):
        ticks.append(place)
        names.append((outcome, True))
        place += 0.8
        for term, rows in part.groupby("term", sort=False):
            ticks.append(place)
            names.append((term, False))
            for row in rows.itertuples():
                k = methods.index(row.interval)
                y = place + spread * (k - (len(methods) - 1) / 2)
                color = theme.CYCLE[k % len(theme.CYCLE)]
                clear = row.ci_lower * row.ci_upper > 0
                ax.plot([row.ci_lower, row.ci_upper], [y, y], color=color, linewidth=1.4)
                ax.plot(
                    row.est,
                    y,
                    markers[k % len(markers)],
                    color=color,
                    markerfacecolor=color if clear else theme.PAPER,
                    markersize=4.5,
                    gid=f"{outcome} {term} {row.interval}",
                )
            place += 1.0
        place += 0.2
    for k, method in enumerate(methods):
        color = theme.CYCLE[k % len(theme.CYCLE)]
        ax.plot([], [], markers[k % len(markers)] + "-", color=color, markersize=4.5, label=method)
    ax.axvline(0, color=theme.INK, linewidth=0.8, zorder=1)
    ax.set_yticks(ticks, [name for name, _ in names])
    for tick, (_, heading) in zip(ax.get_yticklabels(), names, strict=True):
        tick.set_fontweight("bold" if heading else "normal")
    ax.set_ylim(place - 0.4, -0.6)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    ax.grid(axis="x", color=theme.FAINT, linewidth=0.6)
    ax.set_axisbelow(True)
    ax.set_xlabel(xlabel)
    ax.legend(loc="upper center", bbox_to_anchor=(0.4, -0.1), ncols=len(methods))
    return ax


def plot_influence(
    cases: pd.DataFrame, *, leverage_limit: float, residual_limit: float, ax: Axes
) -> Axes:
    """Draw each case by its leverage and its residual, as large as its pull on the product.

    Parameters
    ----------
    cases : DataFrame
        `leverage residual_deleted dfbetas_product flagged`, indexed by row number from 0.
    leverage_limit, residual_limit : float
        Drawn as dashed lines.
    ax : Axes

    Returns
    -------
    Axes
        Flagged cases are filled and carry their row number, counted from 1.
    """
    for flagged, color in ((False, theme.MUTED), (True, theme.ORANGE)):
        mine = cases[cases["flagged"] == flagged]
        ax.scatter(
            mine["leverage"],
            mine["residual_deleted"],
            s=10 + 160 * mine["dfbetas_product"].abs(),
            facecolor=color if flagged else "none",
            edgecolor=color,
            alpha=0.8,
            linewidth=0.9,
            gid=theme.CASES + ("flagged" if flagged else "others"),
        )
        if flagged:
            for row in mine.itertuples():
                ax.annotate(
                    str(row.Index + 1),
                    (row.leverage, row.residual_deleted),
                    xytext=(7, 3),
                    textcoords="offset points",
                    fontsize=theme.SMALL,
                )
    ax.axhline(0, color=theme.INK, linewidth=0.8, zorder=0)
    for limit in (-residual_limit, residual_limit):
        ax.axhline(limit, color=theme.MUTED, linewidth=0.8, linestyle="--", zorder=0)
    ax.axvline(leverage_limit, color=theme.MUTED, linewidth=0.8, linestyle="--", zorder=0)
    ax.set_xlabel("Leverage")
    ax.set_ylabel("Studentized residual")
    return ax
