"""Draw a path model with its coefficients, labels kept clear of boxes, arrows and each other."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch
from matplotlib.path import Path

from helpers.report import theme
from helpers.report.numbers import format_number

BOX = (1.30, 0.42)
_LABEL = (0.42, 0.17)
_NEAR = 0.35
"""How close another arrow may pass by a label, in the units of positions."""
_STEPS = 41


def plot_path_diagram(
    paths: pd.DataFrame,
    *,
    positions: Mapping[str, tuple[float, float]],
    labels: Mapping[str, str],
    bends: Mapping[tuple[str, str], float] | None = None,
    notes: Mapping[str, str] | None = None,
    box: tuple[float, float] = BOX,
    ax: Axes,
) -> Axes:
    """Draw observed variables as boxes, paths as arrows, residual covariances as double arrows.

    Parameters
    ----------
    paths : DataFrame
        `lhs op rhs est significant`, optionally `text` (the label instead of the rounded
        estimate); `~` rows are arrows from rhs to lhs, `~~` rows between two variables double
        arrows. Rows of variables without a position are left out. Not significant: dashed.
    positions : mapping
        Center of each box, in units of about one inch.
    labels : mapping
        Printed name of each variable; may have several lines.
    bends : mapping of (lhs, rhs) to float, optional
        Curvature of an arrow; positive bends to the left of its direction.
    notes : mapping, optional
        A last line in a box, such as its R2.
    box : (float, float)
        Width and height of a box, in the units of `positions`.
    ax : Axes
        Its limits and aspect are set.

    Returns
    -------
    Axes
        Arrows have the gid `lhs op rhs`, labels `label lhs op rhs`, boxes `box name`.
    """
    bends = bends or {}
    shown = paths[paths["lhs"].isin(positions) & paths["rhs"].isin(positions)]
    shown = shown[shown["lhs"] != shown["rhs"]]
    curves = {}
    for row in shown.itertuples():
        covariance = row.op == "~~"
        bend = bends.get((row.lhs, row.rhs), 0.35 if covariance else 0.0)
        curves[row.Index] = _curve(positions[row.rhs], positions[row.lhs], bend, box)
    for row in shown.itertuples():
        _draw_arrow(ax, row, curves[row.Index])
    for name, center in positions.items():
        _draw_box(ax, name, center, labels.get(name, name), (notes or {}).get(name, ""), box)
    _place_labels(ax, shown, curves, positions, box)
    _frame(ax, curves, positions, box)
    return ax


def _curve(start, end, bend, box) -> np.ndarray:
    """Points of a quadratic curve between the edges of two boxes, shape (steps, 2)."""
    start, end = np.asarray(start, float), np.asarray(end, float)
    chord = end - start
    middle = (start + end) / 2 + bend * np.array([-chord[1], chord[0]])
    t = np.linspace(0, 1, 400)[:, None]
    points = (1 - t) ** 2 * start + 2 * t * (1 - t) * middle + t**2 * end
    outside = ~(_inside(points, start, box) | _inside(points, end, box))
    points = points[outside]
    return points[np.linspace(0, len(points) - 1, _STEPS).astype(int)]


def _inside(points, center, size, margin=0.0):
    half = np.asarray(size) / 2 + margin
    return (np.abs(points - np.asarray(center)) <= half).all(axis=-1)


def _style(row):
    if row.op == "~~":
        return {"color": theme.MUTED, "linewidth": 0.9, "arrowstyle": "<|-|>"}
    if not row.significant:
        return {"color": theme.MUTED, "linewidth": 1.0, "arrowstyle": "-|>"}
    color = theme.POSITIVE if row.est > 0 else theme.NEGATIVE
    return {"color": color, "linewidth": 1.0 + 3.0 * min(abs(row.est), 0.8), "arrowstyle": "-|>"}


def _draw_arrow(ax, row, points):
    arrow = FancyArrowPatch(
        path=Path(points),
        mutation_scale=9 if row.op == "~~" else 12,
        linestyle="-" if row.significant else (0, (4, 3)),
        shrinkA=0,
        shrinkB=0,
        capstyle="butt",
        joinstyle="round",
        zorder=1,
        **_style(row),
    )
    arrow.set_gid(f"{row.lhs} {row.op} {row.rhs}")
    ax.add_patch(arrow)


def _draw_box(ax, name, center, label, note, size):
    width, height = size
    box = FancyBboxPatch(
        (center[0] - width / 2, center[1] - height / 2),
        width,
        height,
        boxstyle="round,pad=0,rounding_size=0.06",
        facecolor=theme.PAPER,
        edgecolor=theme.INK,
        linewidth=1.2,
        zorder=3,
    )
    box.set_gid(f"box {name}")
    ax.add_patch(box)
    offset = 0.085 if note else 0.0
    ax.text(
        *(center + np.array([0, offset])),
        label,
        ha="center",
        va="center",
        zorder=4,
        fontsize=theme.SMALL,
        fontweight="bold",
    )
    if note:
        ax.text(
            *(center - np.array([0, 0.1 + 0.07 * label.count("\n")])),
            note,
            ha="center",
            va="center",
            zorder=4,
            fontsize=theme.SMALL,
            color=theme.MUTED,
        )


def _place_labels(ax, shown, curves, positions, box):
    """Put each label on its own arrow where it lies farthest from everything else."""
    placed: list[np.ndarray] = []
    half = np.asarray(_LABEL) / 2
    crowded = sorted(shown.itertuples(), key=lambda row: np.ptp(curves[row.Index], axis=0).max())
    for row in crowded:
        candidates = curves[row.Index][6:-8]
        others = [curve for index, curve in curves.items() if index != row.Index]
        costs = [
            _clutter(center, half, others, placed, positions, box)
            + 0.02 * abs(k / len(candidates) - 0.5)
            for k, center in enumerate(candidates)
        ]
        center = candidates[int(np.argmin(np.round(costs, 9)))]
        placed.append(center)
        text = getattr(row, "text", None) or format_number(row.est)
        label = ax.text(
            *center,
            text,
            ha="center",
            va="center",
            fontsize=theme.SMALL,
            color=theme.INK if row.significant else theme.MUTED,
            zorder=5,
            bbox={"facecolor": theme.PAPER, "edgecolor": "none", "pad": 1.2},
        )
        label.set_gid(f"label {row.lhs} {row.op} {row.rhs}")


def _clutter(center, half, curves, placed, positions, size):
    """How much a label at `center` covers: arrows, other labels (worse), boxes (worst).

    An arrow that only passes by counts too, for the label could be read as its own.
    """
    cost = 0.0
    for curve in curves:
        cost += _inside(curve, center, 2 * half, margin=0.03).sum() / 10
        cost += max(0.0, 1 - np.hypot(*(curve - center).T).min() / _NEAR)
    for other in placed:
        gap = np.abs(other - center) / (2 * half + 0.05)
        cost += 10.0 * max(0.0, 1 - gap.max())
    for box in positions.values():
        gap = np.abs(np.asarray(box) - center) / (np.asarray(size) / 2 + half + 0.05)
        cost += 20.0 * max(0.0, 1 - gap.max())
    return cost


def _frame(ax, curves, positions, box):
    corners = np.vstack(
        [np.asarray(c) + np.asarray(box) * s / 2 for c in positions.values() for s in (-1, 1)]
    )
    points = np.vstack([corners, *curves.values()])
    low, high = points.min(axis=0) - 0.12, points.max(axis=0) + 0.12
    ax.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]), aspect="equal")
    ax.axis("off")
