"""Plots of simulated power with Monte Carlo bands, the formula beside it."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from helpers.report import theme


def plot_power(
    table: pd.DataFrame,
    *,
    x: str,
    wanted: float,
    xlabel: str,
    by: str | None = None,
    labels: Mapping[object, str] | None = None,
    mark: tuple[float, str] | None = None,
    ax: Axes,
) -> Axes:
    """Draw power curves.

    Parameters
    ----------
    table : DataFrame
        The column `x`, `power power_lower power_upper`, and `analytic_power` (NaN where there is no
        formula).
    x : str
        Sample size or effect size.
    wanted : float
        Drawn as a dashed horizontal.
    xlabel : str
    by : str, optional
        Column that tells the curves apart; one curve where not given.
    labels : mapping, optional
        What the legend says of each value of `by`.
    mark : tuple of float and str, optional
        A place on the x axis, drawn as a vertical, and its name.
    ax : Axes

    Returns
    -------
    Axes
        Solid with dots and a band: simulated; dotted: formula.
    """
    parts = [("simulated", table)] if by is None else list(table.groupby(by, sort=False))
    has_formula = False
    for k, (name, part) in enumerate(parts):
        part = part.sort_values(x)
        color = theme.CYCLE[k % len(theme.CYCLE)]
        shown = "Simulated" if by is None else (labels or {}).get(name, str(name))
        ax.fill_between(
            part[x], part["power_lower"], part["power_upper"], color=color, alpha=0.2, linewidth=0
        )
        marker = "osD^vP"[k % 6]
        ax.plot(
            part[x],
            part["power"],
            marker + "-",
            color=color,
            markersize=3.5,
            label=shown,
            gid=f"power {name}",
        )
        if part["analytic_power"].notna().any():
            has_formula = True
            ax.plot(
                part[x],
                part["analytic_power"],
                ":",
                color=color,
                linewidth=1.4,
                gid=f"formula {name}",
            )
    if has_formula:
        ax.plot([], [], ":", color=theme.INK if by else theme.CYCLE[0], label="Formula")
    ax.axhline(wanted, color=theme.INK, linewidth=0.8, linestyle="--", zorder=1)
    if mark is not None:
        _mark(ax, *mark)
    ax.set_ylim(0, 1.02)
    ax.set_xlabel(xlabel)
    ax.set_ylabel("Power")
    ax.grid(axis="y", color=theme.FAINT, linewidth=0.6)
    ax.set_axisbelow(True)
    if by is None:
        ax.legend(loc="lower right")
    else:
        ax.legend(loc="center left", bbox_to_anchor=(1.01, 0.5))
    return ax


def plot_width(
    table: pd.DataFrame, *, truth: float, mark: tuple[float, str] | None = None, ax: Axes
) -> Axes:
    """Draw the mean width of a target's intervals against the sample size.

    Parameters
    ----------
    table : DataFrame
        `n width`, one target at one effect size.
    truth : float
        The target's value; its size is drawn as a dashed horizontal: intervals wider than it say
        little.
    mark : tuple of float and str, optional
        A sample size, drawn as a vertical, and its name.
    ax : Axes

    Returns
    -------
    Axes
    """
    part = table.sort_values("n")
    ax.plot(part["n"], part["width"], "o-", color=theme.BLUE, markersize=3.5, gid="width")
    ax.axhline(abs(truth), color=theme.INK, linewidth=0.8, linestyle="--", gid="truth")
    if mark is not None:
        _mark(ax, *mark)
    ax.set_ylim(0, None)
    ax.set_xlabel("Clients analyzed")
    ax.set_ylabel("Width of the interval")
    ax.grid(axis="y", color=theme.FAINT, linewidth=0.6)
    ax.set_axisbelow(True)
    return ax


def plot_coverage(table: pd.DataFrame, *, level: float, ax: Axes) -> Axes:
    """Draw how often intervals contain the true value, each target a line over the sample sizes.

    Parameters
    ----------
    table : DataFrame
        `n coverage coverage_lower coverage_upper label`; a target whose Monte Carlo band lies below
        the level at most of the sample sizes is drawn in color and labeled for a legend, which is
        the figure's to draw; the others are gray.
    level : float
        Drawn as a dashed horizontal.
    ax : Axes

    Returns
    -------
    Axes
    """
    below = (table["coverage_upper"] < level).groupby(table["label"], sort=False).mean() > 0.5
    styles = zip(theme.CYCLE[1:] * 4, "osD^vP" * 4, strict=False)
    for label, part in table.groupby("label", sort=False):
        part = part.sort_values("n")
        color, marker = next(styles) if below[label] else (theme.MUTED, "")
        ax.plot(
            part["n"],
            part["coverage"],
            f"{marker}-",
            color=color,
            linewidth=1.6 if below[label] else 0.8,
            alpha=1.0 if below[label] else 0.6,
            markersize=3.5,
            label=label if below[label] else None,
            gid=f"coverage {label}",
        )
    ax.axhline(level, color=theme.INK, linewidth=0.8, linestyle="--", zorder=1)
    ax.set_xlabel("Clients analyzed")
    ax.set_ylabel("Coverage")
    return ax


def share_legend(fig: Figure) -> None:
    """Put one legend of all panels below a figure, where any panel has something to say."""
    labels = [ax.get_legend_handles_labels()[1] for ax in fig.axes]
    if any(labels):
        fig.legend(loc="outside lower left")


def _mark(ax: Axes, place: float, name: str) -> None:
    ax.axvline(place, color=theme.MUTED, linewidth=1.0, linestyle=(0, (1, 2)), gid="mark")
    ax.annotate(
        name,
        (place, 0),
        xycoords=ax.get_xaxis_transform(),
        xytext=(-3, 4),
        textcoords="offset points",
        rotation=90,
        ha="right",
        va="bottom",
        fontsize=theme.SMALL,
        color=theme.MUTED,
    )
