"""Draw a grounded theory's paradigm model from its tables of concepts and relations."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch
from matplotlib.path import Path

from helpers.report import theme
from helpers.report.text_measure import wrap_text

PARADIGM_SIZE = (theme.FULL_WIDTH, 4.6)
"""Width and height in inches at which `plot_paradigm_model` keeps its type at 8 points."""

CORE = "core category"
INTEGRATION = "integration"
MAIN_SECTION = "selective coding"

_BOX = np.array([1.19, 0.74])
_LINE = 0.135
_ROUNDING = 0.12
# Where each role stands, in inches from the left and the bottom.
_PLACES = {
    "causal condition": (0.78, 2.36),
    "context": (2.58, 3.66),
    "intervening condition": (2.58, 1.06),
    "action/interaction strategy": (2.58, 2.36),
    "process": (4.38, 2.36),
    "consequence": (6.22, 2.36),
}
# The order of the elements in the coding table, which gives them their colors.
_ELEMENT_ORDER = (
    "causal condition",
    "context",
    "intervening condition",
    "action/interaction strategy",
    "consequence",
)
# Heights at which the two long arrows run, above and below the boxes.
_TOP_LANE, _BOTTOM_LANE = 3.02, 0.40
_KEY = (3.72, 1.52)


def plot_paradigm_model(nodes: pd.DataFrame, edges: pd.DataFrame, *, ax: Axes) -> Axes:
    """Draw the concepts as boxes by their role, the relations as arrows, the core as the frame.

    Parameters
    ----------
    nodes : DataFrame
        node, label, role, in_table (bool). One node at most has the role core category, and one
        each the roles causal condition, context, intervening condition, action/interaction
        strategy, process and consequence.
    edges : DataFrame
        source, target, relation, kind, directed (bool), stated_in. Relations of the kind
        integration are drawn as the frame of the core category around its targets; the others as
        arrows, heavy when stated_in names the section on selective coding, undirected ones
        dashed with two heads.
    ax : Axes
        Of a figure of `PARADIGM_SIZE`; its limits are set in inches and its frame removed.

    Returns
    -------
    Axes
        Boxes have the gid `box NODE`, arrows `edge SOURCE TARGET`, their labels `label SOURCE
        TARGET`, the frame `core NODE`.
    """
    placed = nodes[nodes["role"].isin(_PLACES)].set_index("node")
    roles = placed["role"]
    colors = _colors(placed)
    for edge in edges[edges["kind"] != INTEGRATION].itertuples():
        if edge.source in roles.index and edge.target in roles.index:
            _draw_edge(ax, edge, roles)
    for node, row in placed.iterrows():
        _draw_box(ax, node, row, colors[node])
    for node, row in nodes[nodes["role"] == CORE].set_index("node").iterrows():
        targets = edges.loc[(edges["source"] == node) & (edges["kind"] == INTEGRATION), "target"]
        if targets.isin(roles.index).any():
            _draw_core(ax, node, row["label"])
    _draw_key(ax)
    ax.set(xlim=(0, PARADIGM_SIZE[0]), ylim=(0, PARADIGM_SIZE[1]), aspect="equal")
    ax.axis("off")
    return ax


def _colors(placed: pd.DataFrame) -> dict[str, str]:
    """The colors of the code tree for concepts of the coding table, gray for the others."""
    order = [role for role in _ELEMENT_ORDER if role in set(placed["role"])]
    return {
        node: theme.CYCLE[order.index(row["role"])] if row["in_table"] else theme.MUTED
        for node, row in placed.iterrows()
    }


def _route(source: str, target: str) -> tuple[list[tuple[float, float]], tuple[float, float], str]:
    """Corners of an arrow between two roles, the place of its label, and the label's alignment."""
    a, b = np.array(_PLACES[source]), np.array(_PLACES[target])
    half = _BOX / 2
    pair = (source, target)
    if pair == ("causal condition", "context"):
        corners = [(a[0] - 0.15, a[1] + half[1]), (a[0] - 0.15, b[1]), (b[0] - half[0], b[1])]
        return corners, (a[0] - 0.08, b[1] + 0.12), "left"
    if pair == ("causal condition", "intervening condition"):
        corners = [(a[0] - 0.15, a[1] - half[1]), (a[0] - 0.15, b[1]), (b[0] - half[0], b[1])]
        return corners, (a[0] - 0.08, b[1] + 0.12), "left"
    if pair == ("causal condition", "consequence"):
        corners = [
            (a[0] - 0.40, a[1] - half[1]),
            (a[0] - 0.40, _BOTTOM_LANE),
            (b[0], _BOTTOM_LANE),
            (b[0], b[1] - half[1]),
        ]
        return corners, ((a[0] + b[0]) / 2, _BOTTOM_LANE + 0.12), "center"
    if pair == ("action/interaction strategy", "consequence"):
        corners = [
            (a[0] + 0.42, a[1] + half[1]),
            (a[0] + 0.42, _TOP_LANE),
            (b[0], _TOP_LANE),
            (b[0], b[1] + half[1]),
        ]
        return corners, ((a[0] + b[0]) / 2 + 0.2, _TOP_LANE + 0.12), "center"
    if a[0] == b[0]:
        side = np.sign(b[1] - a[1])
        corners = [(a[0], a[1] + side * half[1]), (b[0], b[1] - side * half[1])]
        return corners, (a[0] - 0.08, (corners[0][1] + corners[1][1]) / 2), "right"
    side = np.sign(b[0] - a[0])
    corners = [(a[0] + side * half[0], a[1]), (b[0] - side * half[0], b[1])]
    return corners, ((corners[0][0] + corners[1][0]) / 2, (a[1] + b[1]) / 2 + 0.14), "center"


def _draw_edge(ax: Axes, edge, roles: pd.Series) -> None:
    corners, (x, y), ha = _route(roles[edge.source], roles[edge.target])
    main = MAIN_SECTION in edge.stated_in
    color = theme.INK if main else theme.MUTED
    arrow = FancyArrowPatch(
        path=_rounded(corners),
        arrowstyle="-|>" if edge.directed else "<|-|>",
        mutation_scale=12 if main else 10,
        linewidth=1.6 if main else 1.0,
        linestyle="-" if edge.directed else (0, (4, 2.5)),
        color=color,
        shrinkA=1.5,
        shrinkB=1.5,
        capstyle="butt",
        joinstyle="miter",
        zorder=2,
    )
    arrow.set_gid(f"edge {edge.source} {edge.target}")
    ax.add_patch(arrow)
    gap = 0.55 if ha == "center" and len(corners) == 2 else 3.0
    lines = wrap_text(edge.relation, gap)
    centered = ha == "right"
    label = ax.text(
        x,
        y,
        "\n".join(lines),
        ha=ha,
        va="center" if centered else "bottom",
        fontsize=theme.SMALL,
        color=color,
        linespacing=1.0,
        zorder=4,
    )
    if not centered:
        label.set_y(y - 0.07)
    label.set_gid(f"label {edge.source} {edge.target}")


def _rounded(corners: list[tuple[float, float]]) -> Path:
    points = [np.asarray(corner, dtype=float) for corner in corners]
    vertices, codes = [points[0]], [Path.MOVETO]
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        into = corner - before
        out = after - corner
        vertices += [
            corner - _ROUNDING * into / np.linalg.norm(into),
            corner,
            corner + _ROUNDING * out / np.linalg.norm(out),
        ]
        codes += [Path.LINETO, Path.CURVE3, Path.CURVE3]
    return Path([*vertices, points[-1]], [*codes, Path.LINETO])


def _draw_box(ax: Axes, node: str, row: pd.Series, color: str) -> None:
    center = np.array(_PLACES[row["role"]])
    low = center - _BOX / 2
    box = FancyBboxPatch(
        low,
        *_BOX,
        boxstyle="round,pad=0,rounding_size=0.06",
        facecolor=theme.PAPER,
        edgecolor=color,
        linewidth=1.8 if row["in_table"] else 1.2,
        linestyle="-" if row["in_table"] else (0, (3, 2)),
        zorder=3,
    )
    box.set_gid(f"box {node}")
    ax.add_patch(box)
    width = _BOX[0] - 0.10
    role = [(line, "normal", theme.MUTED) for line in wrap_text(row["role"], width)]
    name = [(line, "bold", theme.INK) for line in wrap_text(row["label"], width, weight="bold")]
    lines = [*role, *name]
    top = center[1] + _LINE * len(lines) / 2
    for k, (line, weight, ink) in enumerate(lines):
        ax.text(
            center[0],
            top - (k + 0.78) * _LINE,
            line,
            ha="center",
            va="baseline",
            fontsize=theme.SMALL,
            fontweight=weight,
            color=ink,
            zorder=4,
        )


def _draw_core(ax: Axes, node: str, label: str) -> None:
    width, height = PARADIGM_SIZE
    frame = FancyBboxPatch(
        (0.04, 0.18),
        width - 0.08,
        height - 0.36,
        boxstyle="round,pad=0,rounding_size=0.10",
        facecolor="none",
        edgecolor=theme.MUTED,
        linewidth=1.2,
        linestyle=(0, (3, 2)),
        zorder=1,
    )
    frame.set_gid(f"core {node}")
    ax.add_patch(frame)
    ax.text(
        width - 0.16,
        height - 0.32,
        f"{CORE}: ",
        ha="right",
        va="top",
        fontsize=theme.SMALL,
        color=theme.MUTED,
    )
    ax.text(
        width - 0.16,
        height - 0.50,
        label,
        ha="right",
        va="top",
        fontsize=theme.SMALL + 1,
        fontweight="bold",
    )


def _draw_key(ax: Axes) -> None:
    x, y = _KEY
    strong = {"color": theme.INK, "linewidth": 1.6}
    weak = {"color": theme.MUTED, "linewidth": 1.0}
    for row, (name, style) in enumerate(
        {"stated with Figure 1": strong, "stated in other sections only": weak}.items()
    ):
        ax.plot([x, x + 0.3], [y - 0.18 * row] * 2, solid_capstyle="butt", **style)
        _write_key(ax, row, name)
    box = FancyBboxPatch(
        (x, y - 0.42),
        0.3,
        0.12,
        boxstyle="round,pad=0,rounding_size=0.03",
        facecolor=theme.PAPER,
        edgecolor=theme.MUTED,
        linewidth=1.2,
        linestyle=(0, (3, 2)),
    )
    ax.add_patch(box)
    _write_key(ax, 2, "not in the coding table")


def _write_key(ax: Axes, row: int, name: str) -> None:
    x, y = _KEY
    ax.text(x + 0.38, y - 0.18 * row, name, va="center", fontsize=theme.SMALL, color=theme.MUTED)
