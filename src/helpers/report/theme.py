"""One look for every figure: colours that survive colour blindness and grey print, type, sizes."""

from __future__ import annotations

import matplotlib as mpl
import seaborn as sns

INK = "#1f2933"
MUTED = "#66717e"
FAINT = "#d5dae0"
PAPER = "#ffffff"
BLUE = "#0b62a4"
ORANGE = "#c8500a"
GREEN = "#00795a"
PURPLE = "#8a4b8c"
SAND = "#b58900"
CYCLE = (BLUE, ORANGE, GREEN, PURPLE, SAND, MUTED)
POSITIVE, NEGATIVE = BLUE, ORANGE

FULL_WIDTH = 7.0
"""Width of a full-width figure in inches; type is never smaller than 8 pt at this size."""
SMALL = 8.0
"""The smallest type in a figure, in points."""


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
            "savefig.dpi": 200,
            "savefig.facecolor": PAPER,
            "svg.hashsalt": "helpers",
            "svg.fonttype": "path",
            "pdf.fonttype": 42,
            "figure.constrained_layout.use": True,
        },
    )
    # A figure is shown once, by show_figure, and not a second time by the notebook.
    mpl.rcParams["figure.max_open_warning"] = 0
