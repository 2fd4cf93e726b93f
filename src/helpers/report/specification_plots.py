"""A specification curve: an estimate under every choice, and which choices lead where."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from helpers.report import theme

__all__ = ["plot_specifications"]


def plot_specifications(
    table: pd.DataFrame, choices: pd.DataFrame, *, ylabel: str, fig: Figure
) -> Figure:
    """Draw estimates in the order given, with their intervals, and the choices behind each.

    Parameters
    ----------
    table : DataFrame
        `est ci_lower ci_upper`, one row per specification; limits may be missing.
    choices : DataFrame
        True or False, the same rows; one column per choice, named as it shall be read.
    ylabel : str
    fig : Figure

    Returns
    -------
    Figure
        With two axes, the estimates above the choices.
    """
    rank = np.arange(len(table))
    upper, lower = fig.subplots(2, 1, sharex=True, height_ratios=(1.0, 0.12 * choices.shape[1]))
    upper.vlines(
        rank, table["ci_lower"], table["ci_upper"], color=theme.FAINT, linewidth=0.7, gid="limits"
    )
    upper.plot(rank, table["est"], ".", color=theme.BLUE, markersize=2.5, gid="estimates")
    upper.axhline(0, color=theme.INK, linewidth=0.8)
    upper.set_ylabel(ylabel)
    for row, name in enumerate(choices):
        at = rank[choices[name].to_numpy(dtype=bool)]
        color = theme.BLUE if row % 2 else theme.GREEN
        lower.plot(at, np.full(len(at), row), "|", color=color, markersize=5, mew=0.5, gid=name)
    lower.set_yticks(range(choices.shape[1]), list(choices))
    lower.set_ylim(choices.shape[1] - 0.4, -0.6)
    lower.tick_params(axis="y", length=0)
    lower.spines["left"].set_visible(False)
    lower.set_xlabel("Specification, from the smallest estimate to the largest")
    return fig
