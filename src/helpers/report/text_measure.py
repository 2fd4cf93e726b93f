"""Widths of text in print, and line breaks that respect them, without drawing anything."""

from __future__ import annotations

from functools import lru_cache

from matplotlib.font_manager import FontProperties, findfont, get_font

from helpers.report import theme

_RESOLUTION = 7200
"""Dots an inch at which text is measured, so fine that hinting to whole dots does not matter."""


@lru_cache(maxsize=4096)
def measure_width(text: str, *, size: float = theme.SMALL, weight: str = "normal") -> float:
    """Width of one line of text in inches, in the collection's typeface."""
    font = get_font(findfont(FontProperties(family="DejaVu Sans", weight=weight)))
    font.set_size(size, _RESOLUTION)
    font.set_text(text)
    return font.get_width_height()[0] / 64 / _RESOLUTION


def wrap_text(
    text: str, width: float, *, size: float = theme.SMALL, weight: str = "normal"
) -> list[str]:
    """Break text into lines no wider than `width` inches, at spaces and after slashes.

    A single word that is wider stands alone on its line.

    Parameters
    ----------
    text : str
    width : float
        In inches.
    size : float
        In points.
    weight : str

    Returns
    -------
    list of str

    Examples
    --------
    >>> wrap_text("Action/Interaction Strategies", 0.9)
    ['Action/', 'Interaction', 'Strategies']
    """
    pieces = []
    for word in text.split():
        *parts, last = word.split("/")
        # A slash that stands alone, or opens a word, is no place to break.
        pieces += [(part + "/", "") if part else ("/", "") for part in parts]
        pieces.append((last, " "))
    lines, line, joint = [], "", ""
    for piece, after in pieces:
        longer = line + joint + piece
        if line and measure_width(longer, size=size, weight=weight) > width:
            lines.append(line)
            line = piece
        else:
            line = longer
        joint = after
    return [*lines, line] if line else lines
