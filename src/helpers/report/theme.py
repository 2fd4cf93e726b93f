"""One look for every figure: colors that survive color blindness and gray print, type, sizes."""

from __future__ import annotations

import matplotlib as mpl
import seaborn as sns

INK = "#1f2933"
MUTED = "#4d5661"
FAINT = "#d5dae0"
PAPER = "#ffffff"
# A ladder of lightness, so that they also differ in gray: CIELAB L* 29, 49, 43, 22, 61, 36.
BLUE = "#00458a"
ORANGE = "#cd4a10"
GREEN = "#007459"
PURPLE = "#571760"
SAND = "#ba8d00"
CYCLE = (BLUE, ORANGE, GREEN, PURPLE, SAND, MUTED)
POSITIVE, NEGATIVE = BLUE, ORANGE

FULL_WIDTH = 7.0
"""Width of a full-width figure in inches; type is never smaller than 8 pt at this size."""
MARGIN = 0.02
"""What is kept around a saved figure, in inches, so that no stroke at its edge is cut."""
DPI = 200
"""Dots per inch of a saved figure, at which it is laid out."""
SMALL = 8.0
"""The smallest type in a figure, in points."""

CASES = "cases "
"""How the gid begins of what has a mark for each client; its figure tells a reader so."""


def use_theme() -> None:
    """Set matplotlib's and seaborn's defaults for the collection; the same bytes on every build."""
    sns.set_theme(
        context="paper",
        style="ticks",
        palette=CYCLE,
        rc={
            "font.family": "DejaVu Sans",
            "font.size": 9.0,
            "axes.titlesize": 10.0,
            "axes.titleweight": "bold",
            "axes.titlelocation": "left",
            "axes.labelsize": 9.0,
            "xtick.labelsize": SMALL,
            "ytick.labelsize": SMALL,
            "legend.fontsize": SMALL,
            "legend.frameon": False,
            "text.color": INK,
            "axes.labelcolor": INK,
            "axes.edgecolor": MUTED,
            "xtick.color": INK,
            "ytick.color": INK,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.linewidth": 0.8,
            "xtick.major.width": 0.8,
            "ytick.major.width": 0.8,
            "lines.linewidth": 1.5,
            "figure.facecolor": PAPER,
            "figure.dpi": 110,
            "savefig.dpi": DPI,
            "savefig.facecolor": PAPER,
            "savefig.pad_inches": MARGIN,
            "text.parse_math": False,  # a reader's $ is a dollar
            "svg.hashsalt": "helpers",
            "svg.fonttype": "path",
            "pdf.fonttype": 42,
            "figure.constrained_layout.use": True,
        },
    )
    # A figure is shown once, by show_figure, and not a second time by the notebook.
    mpl.rcParams["figure.max_open_warning"] = 0
