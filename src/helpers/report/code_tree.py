"""Draw a codebook as a tree: paradigm element, axial code, primary code, open code."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.patches import Rectangle

from helpers.report import theme
from helpers.report.text_measure import wrap_text

_LINE = 0.116
_GAP_GROUP = 0.04
_GAP_ELEMENT = 0.08
_HEADER = 0.20
_PAD = 0.03
# Left edges of the four levels and of the codes' names, in inches at the full width.
_ELEMENT, _AXIAL, _PRIMARY, _OPEN = 0.0, 0.98, 1.84, 3.14
_ID = 0.36
_BASELINE = 0.80
_TINTS = {"element": 1.0, "axial": 0.30, "primary": 0.12}


@dataclass(frozen=True)
class _Block:
    label: str
    level: str
    color: str
    top: float
    bottom: float


@dataclass(frozen=True)
class _Leaf:
    code_id: str
    lines: list[str]
    top: float


def code_tree_size(codebook: pd.DataFrame) -> tuple[float, float]:
    """Width and height in inches at which `plot_code_tree` keeps its type at 8 points."""
    return theme.FULL_WIDTH, _lay_out(codebook)[2]


def plot_code_tree(codebook: pd.DataFrame, *, ax: Axes) -> Axes:
    """Draw the codebook from left to right, each block as tall as the codes it holds.

    Parameters
    ----------
    codebook : DataFrame
        One row an open code in the order wanted: code_id, element, axial_code, primary_group,
        primary_code, open_code. Rows of a group stand together.
    ax : Axes
        Fills its figure of `code_tree_size`; its limits are set in inches and its frame removed.

    Returns
    -------
    Axes
        Blocks have the gid `element NAME`, `axial NAME` or `primary NAME`, codes the gid
        `open CODE_ID`.
    """
    blocks, leaves, height = _lay_out(codebook)
    lefts = {"element": _ELEMENT, "axial": _AXIAL, "primary": _PRIMARY}
    rights = {"element": _AXIAL - 0.04, "axial": _PRIMARY - 0.04, "primary": _OPEN - 0.06}
    for block in blocks:
        _draw_block(ax, block, lefts[block.level], rights[block.level])
    for leaf in leaves:
        _draw_lines(ax, _OPEN, leaf.top, [leaf.code_id], color=theme.MUTED)
        _draw_lines(ax, _OPEN + _ID, leaf.top, leaf.lines, gid=f"open {leaf.code_id}")
    for name, left in {
        "Element": _ELEMENT,
        "Axial code": _AXIAL,
        "Primary codes": _PRIMARY,
        "Open codes": _OPEN,
    }.items():
        _draw_lines(ax, left, 0.0, [name], color=theme.MUTED)
    ax.set(xlim=(0, theme.FULL_WIDTH), ylim=(height, 0))
    ax.axis("off")
    return ax


def _lay_out(codebook: pd.DataFrame) -> tuple[list[_Block], list[_Leaf], float]:
    blocks, leaves = [], []
    y = _HEADER
    open_width = theme.FULL_WIDTH - _OPEN - _ID - _PAD
    primary_width = _OPEN - 0.06 - _PRIMARY - 2 * _PAD
    for k, (element, of_element) in enumerate(codebook.groupby("element", sort=False)):
        color = theme.CYCLE[k % len(theme.CYCLE)]
        top_element = y
        for axial, of_axial in of_element.groupby("axial_code", sort=False):
            top_axial = y
            for _, group in of_axial.groupby("primary_group", sort=False):
                label = group["primary_code"].iloc[0]
                needed = len(_label_lines(label, primary_width))
                lines = [wrap_text(code, open_width) for code in group["open_code"]]
                top = y
                spare = max(0, needed - sum(map(len, lines))) * _LINE
                y += spare / 2
                for code_id, wrapped in zip(group["code_id"], lines, strict=True):
                    leaves.append(_Leaf(code_id, wrapped, y))
                    y += _LINE * len(wrapped)
                y += spare / 2
                blocks.append(_Block(label, "primary", color, top, y))
                y += _GAP_GROUP
            blocks.append(_Block(axial, "axial", color, top_axial, y - _GAP_GROUP))
        blocks.append(_Block(element, "element", color, top_element, y - _GAP_GROUP))
        y += _GAP_ELEMENT - _GAP_GROUP
    return blocks, leaves, y - _GAP_ELEMENT + 0.02


def _label_lines(label: str, width: float, weight: str = "normal") -> list[str]:
    """Lines of a label; labels that share a group stand on lines of their own."""
    return [line for part in label.split(" / ") for line in wrap_text(part, width, weight=weight)]


def _readable_on(face: tuple[float, float, float]) -> str:
    """White or ink, whichever stands out more (WCAG relative luminance)."""
    red, green, blue = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in face)
    luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return theme.INK if (luminance + 0.05) ** 2 > 1.05 * 0.063 else theme.PAPER


def _draw_block(ax: Axes, block: _Block, left: float, right: float) -> None:
    tint = _TINTS[block.level]
    face = tuple(1 - tint * (1 - channel) for channel in to_rgb(block.color))
    patch = Rectangle(
        (left, block.top), right - left, block.bottom - block.top, facecolor=face, linewidth=0
    )
    patch.set_gid(f"{block.level} {block.label}")
    ax.add_patch(patch)
    weight = "bold" if block.level == "element" else "normal"
    centered = block.level != "primary"
    lines = _label_lines(block.label, right - left - 2 * _PAD, weight)
    _draw_lines(
        ax,
        (left + right) / 2 if centered else left + _PAD,
        (block.top + block.bottom - _LINE * len(lines)) / 2,
        lines,
        ha="center" if centered else "left",
        color=_readable_on(face),
        weight=weight,
        gid=f"label {block.level} {block.label}",
    )


def _draw_lines(
    ax: Axes,
    x: float,
    top: float,
    lines: list[str],
    *,
    ha: str = "left",
    color: str = theme.INK,
    weight: str = "normal",
    gid: str | None = None,
) -> None:
    """Write lines on an even grid; one artist a line, as matplotlib spaces lines by their ink."""
    for k, line in enumerate(lines):
        text = ax.text(
            x,
            top + (k + _BASELINE) * _LINE,
            line,
            ha=ha,
            va="baseline",
            fontsize=theme.SMALL,
            fontweight=weight,
            color=color,
        )
        if gid is not None and k == 0:
            text.set_gid(gid)
