"""Plots of codings: agreement by level, saturation over videos, co-occurrence of codes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator, PercentFormatter

from helpers.report import theme
from helpers.report.text_measure import wrap_text

STATISTIC_NAMES = {
    "unanimous": "All coders agree",
    "percent_agreement": "Pairs of coders that agree",
    "fleiss_kappa": "Fleiss' kappa",
    "krippendorff_alpha": "Krippendorff's alpha",
    "gwet_ac1": "Gwet's AC1",
    "cohen_kappa": "Cohen's kappa",
}
_MARKERS = "osD^v"
_HEIGHTS = (2.4, 5.4)


def code_rows_size(n: int) -> tuple[float, float]:
    """Width and height in inches of a figure with a row for each of `n` codes.

    Examples
    --------
    >>> code_rows_size(4), code_rows_size(17)
    ((7.0, 3.0), (7.0, 5.4))
    """
    low, high = _HEIGHTS
    return theme.FULL_WIDTH, min(max(1.0 + 0.5 * n, low), high)


def plot_agreement(
    table: pd.DataFrame,
    *,
    by: str = "level",
    names: Mapping[str, str] | None = None,
    limits: Mapping[str, float] | None = None,
    ax: Axes,
) -> Axes:
    """Draw agreement statistics with their intervals, one row per level or pair of coders.

    Parameters
    ----------
    table : DataFrame
        statistic, est, ci_lower, ci_upper and the column `by`, in the order wanted.
    by : str
        Column that makes the rows, such as level or coders.
    names : mapping, optional
        Names of the rows.
    limits : mapping of str to float, optional
        Conventional limits to mark, such as ``{"reliable": 0.8}``; each named above its line.
    ax : Axes

    Returns
    -------
    Axes
        The containers of each statistic have the gid `agreement STATISTIC`.
    """
    rows = list(dict.fromkeys(table[by]))
    table = table.dropna(subset="est")
    statistics = list(dict.fromkeys(table["statistic"]))
    step = 0.62 / max(len(statistics), 2)
    for k, statistic in enumerate(statistics):
        mine = table[table["statistic"] == statistic]
        y = np.array([rows.index(row) for row in mine[by]])
        y = y + step * (k - (len(statistics) - 1) / 2)
        color = theme.CYCLE[k % len(theme.CYCLE)]
        ax.hlines(y, mine["ci_lower"], mine["ci_upper"], color=color, linewidth=1.6)
        (points,) = ax.plot(
            mine["est"],
            y,
            _MARKERS[k % len(_MARKERS)],
            color=color,
            markersize=5,
            label=STATISTIC_NAMES.get(statistic, statistic),
        )
        points.set_gid(f"agreement {statistic}")
    for name, value in (limits or {}).items():
        ax.axvline(value, color=theme.MUTED, linewidth=0.9, linestyle=(0, (3, 2)), zorder=0)
        ax.annotate(
            name,
            (value, 1),
            xycoords=("data", "axes fraction"),
            xytext=(0, 2),
            textcoords="offset points",
            ha="center",
            fontsize=theme.SMALL,
            color=theme.MUTED,
        )
    ax.set_yticks(range(len(rows)), [(names or {}).get(row, row) for row in rows])
    ax.set_ylim(len(rows) - 0.5, -0.5)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    ax.grid(axis="x", color=theme.FAINT, linewidth=0.6)
    ax.set_axisbelow(True)
    ax.set_xlabel("Agreement")
    ax.legend(loc="upper left", bbox_to_anchor=(0, -0.16), ncols=2)
    return ax


def plot_kept(table: pd.DataFrame, *, overall: float, ax: Axes) -> Axes:
    """Draw which share of its codings each label keeps under a selection.

    Parameters
    ----------
    table : DataFrame
        label, kept (share), n_codings, in the order wanted from above.
    overall : float
        Share of all codings kept, drawn as a line.
    ax : Axes

    Returns
    -------
    Axes
        The points have the gid `kept`.
    """
    y = np.arange(len(table))
    ax.axvline(overall, color=theme.MUTED, linewidth=0.9, linestyle=(0, (3, 2)), zorder=1)
    ax.annotate(
        "all codings",
        (overall, 1),
        xycoords=("data", "axes fraction"),
        xytext=(0, 2),
        textcoords="offset points",
        ha="center",
        fontsize=theme.SMALL,
        color=theme.MUTED,
    )
    ax.hlines(y, overall, table["kept"], color=theme.FAINT, linewidth=2.2, zorder=0)
    colors = np.where(table["kept"] < overall, theme.ORANGE, theme.BLUE)
    ax.scatter(table["kept"], y, s=26, c=colors, zorder=2).set_gid("kept")
    names = [
        "\n".join(wrap_text(f"{label} ({n})", 2.6))
        for label, n in zip(table["label"], table["n_codings"], strict=True)
    ]
    ax.set_yticks(y, names)
    ax.set_ylim(len(table) - 0.5, -0.5)
    ax.set_xlim(0, 1)
    ax.xaxis.set_major_formatter(PercentFormatter(1))
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    ax.grid(axis="x", color=theme.FAINT, linewidth=0.6)
    ax.set_axisbelow(True)
    ax.set_xlabel("Codings kept")
    return ax


def plot_saturation(
    curve: pd.DataFrame,
    *,
    label: str = "coding order",
    color: str = theme.BLUE,
    stops: pd.DataFrame | None = None,
    ax: Axes,
) -> Axes:
    """Draw distinct codes against videos, with the band over random orders of the videos.

    Parameters
    ----------
    curve : DataFrame
        n_videos, cumulative, new_codes, expected, order_lower, order_upper.
    label : str
        Name of the curve, written at its end.
    color : str
    stops : DataFrame, optional
        stop_at and label: where stopping rules stop, marked on the curve and named; rows without a
        stop_at are left out.
    ax : Axes
        Can hold several curves.

    Returns
    -------
    Axes
    """
    x = curve["n_videos"].to_numpy()
    ax.fill_between(
        x, curve["order_lower"], curve["order_upper"], color=color, alpha=0.15, linewidth=0
    )
    ax.plot(x, curve["expected"], color=color, linewidth=1.0, linestyle=(0, (4, 2)))
    (line,) = ax.plot(x, curve["cumulative"], "o-", color=color, markersize=4, label=label)
    line.set_gid(f"saturation {label}")
    end = curve.iloc[-1]
    ax.annotate(
        f"{end['cumulative']} {label}",
        (end["n_videos"], end["cumulative"]),
        xytext=(6, 0),
        textcoords="offset points",
        va="center",
        fontsize=theme.SMALL,
        color=color,
        annotation_clip=False,
    )
    ax.set_xlim(0.5, x.max() + 0.5)
    ax.set_ylim(0, max(ax.get_ylim()[1], curve["order_upper"].max() * 1.05))
    if stops is not None:
        _mark_stops(ax, curve.set_index("n_videos")["cumulative"], stops, color)
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10]))
    if x.max() < 10:
        ax.set_xticks(x)
    ax.grid(axis="y", color=theme.FAINT, linewidth=0.6)
    ax.set_axisbelow(True)
    ax.set_xlabel("Videos coded")
    ax.set_ylabel("Distinct codes")
    return ax


def _mark_stops(ax: Axes, cumulative: pd.Series, stops: pd.DataFrame, color: str) -> None:
    """Circle the curve where rules stop; each rule is named on a row of its own above the axis."""
    reached = stops.dropna(subset=["stop_at"])
    reached = reached.sort_values("stop_at", kind="stable", ignore_index=True)
    middle = cumulative.index.max() / 2
    for at, rules in reached.groupby("stop_at"):
        ax.plot(
            at,
            cumulative.loc[at],
            "o",
            markersize=9,
            markerfacecolor="none",
            markeredgecolor=color,
            zorder=4,
        )
        left = at > middle
        # Earlier stops stand higher, so that no line runs through the label of another stop.
        rows = [len(reached) - 1 - reached.index.get_loc(index) for index in rules.index]
        for name, row in zip(rules["label"], rows, strict=True):
            ax.text(
                at + (-0.12 if left else 0.12),
                _row_height(row),
                name,
                transform=ax.get_xaxis_transform(),
                ha="right" if left else "left",
                va="bottom",
                fontsize=theme.SMALL,
                color=theme.MUTED,
            ).set_gid(f"stop {name}")
        ax.annotate(
            "",
            (at, cumulative.loc[at]),
            xytext=(at, _row_height(min(rows))),
            textcoords=("data", "axes fraction"),
            arrowprops={
                "arrowstyle": "-",
                "color": theme.MUTED,
                "linewidth": 0.7,
                "shrinkA": 0,
                "shrinkB": 5,
            },
        )


def _row_height(row: int) -> float:
    return 0.03 + 0.055 * row


def plot_cooccurrence(
    table: pd.DataFrame,
    *,
    order: Sequence[str],
    measure: str = "jaccard",
    label: str = "Jaccard coefficient",
    ax: Axes,
) -> Axes:
    """Draw how often each two codes occur together, as a triangle of cells.

    Parameters
    ----------
    table : DataFrame
        code_a, code_b and `measure`, each pair once.
    order : sequence of str
        The codes in the order wanted; rows are named and numbered, columns numbered alike. Pairs
        that `table` lacks stay empty.
    measure : str
        Column of `table` that gives the shade.
    label : str
        Name of the measure.
    ax : Axes

    Returns
    -------
    Axes
        With a color bar.
    """
    place = {code: k for k, code in enumerate(order)}
    cells = np.full((len(order), len(order)), np.nan)
    for row in table[["code_a", "code_b", measure]].itertuples(index=False):
        if row[0] in place and row[1] in place:
            low, high = sorted((place[row[0]], place[row[1]]))
            cells[high, low] = row[2]
    # The first row and the last column of the triangle are empty.
    image = ax.imshow(
        cells[1:, :-1],
        cmap=sns.light_palette(theme.BLUE, as_cmap=True),
        vmin=0,
        aspect="auto",
    )
    image.set_gid(f"cooccurrence {measure}")
    numbered = ["\n".join(wrap_text(f"{code}  {k}", 2.3)) for k, code in enumerate(order, start=1)]
    ax.set_yticks(range(len(order) - 1), numbered[1:])
    ax.set_xticks(range(len(order) - 1), range(1, len(order)))
    ax.set_xticks(np.arange(len(order)) - 0.5, minor=True)
    ax.set_yticks(np.arange(len(order)) - 0.5, minor=True)
    ax.grid(which="minor", color=theme.PAPER, linewidth=1.2)
    ax.tick_params(which="both", length=0)
    for side in ax.spines.values():
        side.set_visible(False)
    ax.text(
        0.0,
        -0.62,
        f"1  {order[0]}",
        ha="left",
        va="bottom",
        fontsize=theme.SMALL,
    )
    # few codes leave no empty corner for the color bar
    few = len(order) < 4
    inset = ax.inset_axes([0.62, 1.06 if few else 0.90, 0.36, 0.03])
    place = "top" if few else "bottom"
    bar = ax.figure.colorbar(image, cax=inset, orientation="horizontal", ticklocation=place)
    bar.set_label(label, fontsize=theme.SMALL)
    bar.outline.set_visible(False)
    return ax
