"""Save tables and figures, and show a figure once, with its caption and its text alternative."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import pandas as pd
from IPython import display as shown
from IPython.display import display
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox

from helpers.files import write_bytes_atomic, write_text_atomic
from helpers.paths import PHONE_FOLDER
from helpers.report.inline import disarm_markdown
from helpers.report.phone import fit_to_phone
from helpers.report.theme import CASES, DPI, MARGIN, MUTED, SMALL

FORMATS = ("svg", "png", "pdf")
# what a spreadsheet would compute, at the start of a cell or of what it may split off from one
_FORMULA = re.compile(r"(^|[;\t\r\n])(?=\s*[=+\-@])")
_NO_FORMULA = re.compile(r"=~|[+-](inf|(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?)( \w+)?")
SYNTHETIC_STAMP = "Synthetic data, no clients"
_OF_CLIENTS = (
    " Each mark is one client of yours: leave the figure out of what you pass on where that could "
    "tell who it is."
)
_UNDATED = {
    "svg": {"Date": None, "Creator": None},
    "png": {"Software": None},
    "pdf": {"CreationDate": None, "ModDate": None, "Creator": None, "Producer": None},
}
# where each format says what an image is of
_ABOUT = {"svg": "Description", "png": "Description", "pdf": "Subject"}


class Markdown(shown.Markdown):
    """Prose of a report in Markdown, in which nothing is active (`disarm_markdown`)."""

    def __init__(self, text: str) -> None:
        super().__init__(disarm_markdown(text))


def save_table(table: pd.DataFrame, *, name: str, folder: str | Path) -> None:
    """Write a tidy table unrounded as `name`.csv into `folder`.

    A text that a spreadsheet would take for a formula, such as a reader's label `=1+1`, is written
    with an apostrophe before it; numbers and terms such as `-1 SD` stand as they are.
    """
    texts = table.select_dtypes(exclude="number").map(_neutralize)
    safe = table.assign(**texts).rename(columns=_neutralize)
    write_text_atomic(Path(folder) / f"{name}.csv", safe.to_csv(index=False, lineterminator="\n"))


def _neutralize(value: object) -> object:
    if not isinstance(value, str) or _NO_FORMULA.fullmatch(value):
        return value
    return _FORMULA.sub(r"\1'", value)


def save_figure(fig: Figure, *, name: str, folder: str | Path, stamp: str = "") -> dict[str, bytes]:
    """Write `name`.svg, .png and .pdf into `folder`, without dates, and return their bytes.

    `stamp` is written below the drawing and into each file's metadata, so that it goes wherever
    the picture goes.
    """
    if stamp:
        fig.text(0.99, 0, stamp, ha="right", va="top", fontsize=SMALL, color=MUTED)
    contents = {}
    with _laid_out(fig) as box:
        for suffix in FORMATS:
            contents[suffix] = _print(fig, suffix, stamp, box)
            write_bytes_atomic(Path(folder) / f"{name}.{suffix}", contents[suffix])
    return contents


@contextmanager
def _laid_out(fig: Figure) -> Iterator[Bbox]:
    """Lay a figure out once, for every format; give what its drawing takes, in inches."""
    engine, dpi = fig.get_layout_engine(), fig.dpi
    fig.dpi = DPI
    fig.draw_without_rendering()
    box = fig.get_tightbbox().padded(MARGIN)
    fig.dpi = dpi
    with mpl.rc_context({"figure.constrained_layout.use": False}):
        fig.set_layout_engine(None)
        yield box
    fig.set_layout_engine(engine)


def _print(fig: Figure, suffix: str, stamp: str, box: Bbox) -> bytes:
    buffer = io.BytesIO()
    about = {_ABOUT[suffix]: stamp} if stamp else {}
    fig.savefig(buffer, format=suffix, metadata={**_UNDATED[suffix], **about}, bbox_inches=box)
    return buffer.getvalue()


def save_phone_figure(fig: Figure, *, name: str, folder: str | Path, stamp: str) -> None:
    """Write phone/`name`.svg into `folder`, where the figure can be read at the width of a phone.

    Called after `save_figure`, whose stamp the figure then has.
    """
    place = Path(folder) / PHONE_FOLDER / f"{name}.svg"
    place.unlink(missing_ok=True)
    if not fit_to_phone(fig):
        return
    place.parent.mkdir(exist_ok=True)
    with _laid_out(fig) as box:
        write_bytes_atomic(place, _print(fig, "svg", stamp, box))


def fill_figure(size: tuple[float, float]) -> tuple[Figure, Axes]:
    """Return a figure of `size` in inches and axes that fill it, for drawings laid out in it."""
    fig = plt.figure(figsize=size)
    # Set afterwards: a figure made without an engine takes that of the theme once it is saved.
    fig.set_layout_engine("none")
    return fig, fig.add_axes([0, 0, 1, 1])


def show_figure(
    fig: Figure, *, name: str, caption: str, alt: str, folder: str | Path, stamp: str
) -> None:
    """Save a figure and show it with its caption in a notebook.

    Parameters
    ----------
    fig : Figure
        Closed afterwards.
    name : str
        File name without ending.
    caption : str
        Markdown; a bold claim first, then n, interval type and data status. That the claim is
        about demonstration data is said by the stamp, and what to mind where each mark is a client
        of a reader's by the marks themselves (`helpers.report.theme.CASES`).
    alt : str
        What a reader who does not see the figure should know; kept with the output as its plain
        text.
    folder : path
    stamp : str
        What a picture says of its own data, such as that they are synthetic
        (`helpers.report.wording.stamp_data`); "" for one that shows no such data.
    """
    png = save_figure(fig, name=name, folder=folder, stamp=stamp)["png"]
    width, _ = fig.get_size_inches()
    save_phone_figure(fig, name=name, folder=folder, stamp=stamp)
    of_clients = fig.findobj(lambda artist: (artist.get_gid() or "").startswith(CASES))
    plt.close(fig)
    display(
        {"image/png": base64.b64encode(png).decode("ascii"), "text/plain": alt},
        metadata={"image/png": {"width": round(width * 110)}},
        raw=True,
    )
    if stamp == SYNTHETIC_STAMP:
        caption = caption.replace("**", "**In the demonstration data: ", 1)
    elif of_clients:
        caption += _OF_CLIENTS
    display(Markdown(caption))
