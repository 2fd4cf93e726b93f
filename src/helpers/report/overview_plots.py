"""Pictures of the collection: constructs by source, themes by study, the state of each number."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle
from matplotlib.patheffects import withStroke

from helpers.report import theme
from helpers.report.text_measure import wrap_text

_LINE = 0.125
_PAD = 0.05
_LABEL = 1.36
_HEADER = 0.24
_KEY = 0.26
_FILLS = {"client": "#d6e4f0", "observer": "#d3e9e2", "described": theme.PAPER}
_EDGES = {"client": theme.BLUE, "observer": theme.GREEN, "described": theme.MUTED}
_SQUARE = 0.145
_STEP = 0.172
_ACROSS = 32


# ---------------------------------------------------------------- constructs


def crosswalk_size(table: pd.DataFrame, *, columns: Mapping[str, str]) -> tuple[float, float]:
    """Width and height in inches at which `plot_crosswalk` keeps its type at 8 points."""
    rows = _lay_out_crosswalk(table, columns)
    return theme.FULL_WIDTH, rows[-1][1] + rows[-1][2] + _PAD + _KEY


def plot_crosswalk(
    table: pd.DataFrame, *, columns: Mapping[str, str], names: Mapping[str, str], ax: Axes
) -> Axes:
    """Draw which source has which construct, how, and with what.

    Parameters
    ----------
    table : DataFrame
        construct, study, how (client, observer or described) and text (what is in the cell);
        constructs in the order wanted.
    columns : mapping of str to str
        From study to the head of its column, in the order wanted.
    names : mapping of str to str
        What the key calls client, observer and described.
    ax : Axes
        Fills its figure of `crosswalk_size`; its limits are set in inches and its frame removed.

    Returns
    -------
    Axes
        Cells have the gid `cell CONSTRUCT STUDY`.
    """
    rows = _lay_out_crosswalk(table, columns)
    width = _column_width(columns)
    for k, head in enumerate(columns.values()):
        x = _LABEL + (k + 0.5) * width
        ax.text(x, _HEADER - 0.08, head, ha="center", fontsize=theme.SMALL, fontweight="bold")
    for construct, top, height, lines in rows:
        _write(ax, 0.0, top + height / 2, wrap_text(construct, _LABEL - _PAD), ha="left")
        for k, study in enumerate(columns):
            left = _LABEL + k * width + 0.02
            if (construct, study) not in lines:
                middle = (left + width / 2 - 0.02, top + height / 2)
                ax.plot(*middle, ".", markersize=2, color=theme.FAINT)
                continue
            how, text = lines[construct, study]
            cell = Rectangle(
                (left, top + 0.02), width - 0.04, height - 0.04, facecolor=_FILLS[how],
                edgecolor=_EDGES[how], linewidth=0.8, linestyle="--" if how == "described" else "-",
            )  # fmt: skip
            cell.set_gid(f"cell {construct} {study}")
            ax.add_patch(cell)
            _write(ax, left + width / 2 - 0.02, top + height / 2, text, ha="center")
    bottom = rows[-1][1] + rows[-1][2] + _PAD
    ax.set(xlim=(0, theme.FULL_WIDTH), ylim=(bottom + _KEY, 0))
    ax.axis("off")
    ax.legend(
        handles=[
            Patch(facecolor=_FILLS[how], edgecolor=_EDGES[how], linewidth=0.8, label=name)
            for how, name in names.items()
        ],
        loc="lower left", bbox_to_anchor=(_LABEL / theme.FULL_WIDTH, 0), ncols=len(names),
        borderpad=0, borderaxespad=0, handlelength=1.2, columnspacing=1.4,
    )  # fmt: skip
    return ax


def _column_width(columns: Mapping[str, str]) -> float:
    return (theme.FULL_WIDTH - _LABEL) / len(columns)


def _lay_out_crosswalk(table, columns):
    """Construct, top, height and the lines of its cells, from above."""
    inside = _column_width(columns) - 0.10
    rows, top = [], _HEADER
    for construct, cells in table.groupby("construct", sort=False):
        lines = {
            (construct, cell.study): (cell.how, wrap_text(cell.text, inside))
            for cell in cells.itertuples()
        }
        longest = max(len(text) for _, text in lines.values())
        longest = max(longest, len(wrap_text(construct, _LABEL - _PAD)))
        height = longest * _LINE + 2 * _PAD + 0.04
        rows.append((construct, top, height, lines))
        top += height
    return rows


def _write(ax: Axes, x: float, middle: float, lines: list[str], *, ha: str) -> None:
    top = middle - len(lines) * _LINE / 2
    for k, line in enumerate(lines):
        ax.text(x, top + (k + 0.78) * _LINE, line, ha=ha, va="baseline", fontsize=theme.SMALL)


# ---------------------------------------------------------------- themes


def plot_themes(table: pd.DataFrame, *, columns: Mapping[str, str], ax: Axes) -> Axes:
    """Draw which theme has a counterpart in which study.

    Parameters
    ----------
    table : DataFrame
        theme, best and one column per study, each direct, partial, opposite or none; in the order
        wanted.
    columns : mapping of str to str
        From study to the head of its column, in the order wanted.
    ax : Axes

    Returns
    -------
    Axes
        Marks of each kind have the gid `themes direct`, and so on; names of themes without a
        counterpart are in the accent color.
    """
    marks = {
        "direct": {"fillstyle": "full", "label": "measured"},
        "partial": {"fillstyle": "left", "label": "in part, or the client's side only"},
        "opposite": {"fillstyle": "none", "label": "its opposite"},
    }
    for kind, style in marks.items():
        x, y = np.nonzero(table[list(columns)].eq(kind).to_numpy().T)
        (line,) = ax.plot(
            x, y, "o", markersize=7, color=theme.BLUE, markerfacecoloralt=theme.PAPER, **style
        )
        line.set_gid(f"themes {kind}")
    ax.set_xticks(range(len(columns)), columns.values())
    ax.set_yticks(range(len(table)), table["theme"])
    for label, best in zip(ax.get_yticklabels(), table["best"], strict=True):
        if best == "none":
            label.set(color=theme.ORANGE, fontweight="bold")
    ax.xaxis.tick_top()
    ax.set_xlim(-0.5, len(columns) - 0.5)
    ax.set_ylim(len(table) - 0.4, -0.6)
    ax.tick_params(length=0)
    ax.grid(axis="y", color=theme.FAINT, linewidth=0.6)
    ax.set_axisbelow(True)
    for side in ax.spines.values():
        side.set_visible(False)
    ax.legend(loc="upper left", bbox_to_anchor=(-0.05, -0.01), ncols=3)
    return ax


# ---------------------------------------------------------------- numbers


def states_size(numbers: pd.DataFrame) -> tuple[float, float]:
    """Width and height in inches at which `plot_states` keeps its type at 8 points."""
    return theme.FULL_WIDTH, _lay_out_states(numbers)[-1][2] + 4 * _STEP + 0.1


def plot_states(
    numbers: pd.DataFrame,
    *,
    states: Mapping[str, str],
    sources: Mapping[str, str],
    tables: Mapping[str, str],
    ax: Axes,
) -> Axes:
    """Draw each printed number as a square in the color of its state.

    Parameters
    ----------
    numbers : DataFrame
        study, table, state and contradicted (bool: marked with a cross), in the order wanted.
    states : mapping of str to str
        What the key calls each of the five, the strongest first.
    sources, tables : mapping of str to str
        Names of the studies and tables.
    ax : Axes
        Fills its figure of `states_size`; its limits are set in inches and its frame removed.

    Returns
    -------
    Axes
        Squares have the gid `number STATE`; the crosses together have the gid `contradicted`.
    """
    colors = dict(
        zip(states, (theme.BLUE, theme.SAND, "#8cc3ae", theme.PAPER, theme.FAINT), strict=True)
    )
    crosses = []
    for study, table, top, cells in (rows := _lay_out_states(numbers)):
        if table is None:
            ax.text(
                0, top + 0.8 * _STEP, sources.get(study, study), fontsize=theme.SMALL + 0.5,
                fontweight="bold", va="baseline",
            )  # fmt: skip
            continue
        ax.text(
            0, top + 0.78 * _STEP, tables.get(table, table), fontsize=theme.SMALL,
            color=theme.MUTED, va="baseline",
        )  # fmt: skip
        for k, (state, contradicted) in enumerate(cells):
            x, y = _LABEL + (k % _ACROSS) * _STEP, top + (k // _ACROSS) * _STEP
            edge = theme.MUTED if colors[state] == theme.PAPER else colors[state]
            square = Rectangle(
                (x, y), _SQUARE, _SQUARE, facecolor=colors[state], edgecolor=edge, linewidth=0.7
            )
            square.set_gid(f"number {state}")
            ax.add_patch(square)
            if contradicted:
                crosses.append((x + _SQUARE / 2, y + _SQUARE / 2))
    cross = {"linestyle": "", "marker": "x", "color": theme.INK, "markeredgewidth": 1.4}
    if crosses:
        (line,) = ax.plot(*zip(*crosses, strict=True), markersize=5.5, zorder=3, **cross)
        line.set(gid="contradicted", path_effects=[withStroke(linewidth=3, foreground="white")])
    width, height = theme.FULL_WIDTH, rows[-1][2] + 4 * _STEP + 0.1
    ax.set(xlim=(0, width), ylim=(height, 0))
    ax.axis("off")
    handles = [
        Patch(
            facecolor=color,
            edgecolor=theme.MUTED if color == theme.PAPER else color,
            linewidth=0.7,
            label=states[state],
        )
        for state, color in colors.items()
    ]
    handles.append(Line2D([], [], markersize=5, label="involved in a contradiction", **cross))
    ax.legend(
        handles=handles, loc="lower left", bbox_to_anchor=(0, 0), ncols=2, borderpad=0,
        borderaxespad=0, handlelength=1.0, handleheight=1.0, columnspacing=2.0,
    )  # fmt: skip
    return ax


def _lay_out_states(numbers: pd.DataFrame) -> list[tuple]:
    """Headings (study, None, top, None), tables (study, name, top, cells), and the end."""
    rows, top = [], 0.02
    for study, of_study in numbers.groupby("study", sort=False):
        rows.append((study, None, top, None))
        top += 1.15 * _STEP
        for table, cells in of_study.groupby("table", sort=False):
            rows.append(
                (study, table, top, list(zip(cells["state"], cells["contradicted"], strict=True)))
            )
            top += -(-len(cells) // _ACROSS) * _STEP + 0.02
        top += 0.35 * _STEP
    return [*rows, ("", None, top, None)]
