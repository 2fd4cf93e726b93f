"""Plots of simulated power with Monte Carlo bands, the formula beside it."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes

from helpers.report import theme


def plot_power(
    table: pd.DataFrame,
    *,
    x: str,
    wanted: float,
    xlabel: str,
    by: str | None = None,
    labels: Mapping[object, str] | None = None,
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
