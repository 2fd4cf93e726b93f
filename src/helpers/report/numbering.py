"""Number the tables and figures of an executed notebook in the order in which they stand.

A notebook writes no number: cells may be moved, and one that is run again in JupyterLab does not
count twice. The build numbers what came out, in every form that an output has.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from nbformat import NotebookNode

__all__ = ["ANCHOR", "number_outputs"]

ANCHOR = re.compile(r"(?:<b>|\*\*)(Table|Figure) (\d+)\. ")
"""How a numbered caption begins, as HTML or as Markdown."""

# a table's caption is the first paragraph of its outermost box
_CAPTIONS = {
    "text/html": re.compile(r'(<div class="apa-box"><p><b>)'),
    "text/markdown": re.compile(r"\A(\*\*)"),
    "text/plain": re.compile(r"\A()"),
}


def number_outputs(cells: Iterable[NotebookNode]) -> None:
    """Write "Table 1. " and "Figure 1. " before the captions of the outputs, in place.

    Parameters
    ----------
    cells : iterable of cells of an executed notebook
        A table is an output of `helpers.report.tables`, a figure one of
        `helpers.report.output.show_figure`: an image followed by its caption. Tables that fold
        together have one number.
    """
    tables = figures = 0
    for cell in cells:
        image = False
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if _CAPTIONS["text/html"].search(data.get("text/html", "")):
                tables += 1
                for mime, caption in _CAPTIONS.items():
                    if mime in data:
                        data[mime] = caption.sub(rf"\g<1>Table {tables}. ", data[mime], count=1)
            elif image and data.get("text/markdown", "").startswith("**"):
                figures += 1
                data["text/markdown"] = f"**Figure {figures}. {data['text/markdown'][2:]}"
            image = "image/png" in data
