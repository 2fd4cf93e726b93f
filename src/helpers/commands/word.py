"""An executed notebook as a Word document: text, formulas, figures and tables to edit."""

import base64
import re
from collections.abc import Iterator
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from helpers.commands.pages import (
    ANCHOR,
    NOTEBOOK_LINK,
    drop_own_data,
    lead_with_findings,
)
from helpers.report.references import CITATION

__all__ = ["write_word"]

READ = (
    "markdown-citations-raw_tex-auto_identifiers-implicit_figures-example_lists-fancy_lists"
    "-smart-yaml_metadata_block"
)
# marks of HTML that pandoc would leave out, as its own Markdown writes them
INLINE_MARKS = {"i": "*", "b": "**", "sup": "^", "sub": "~"}
TEXT_WIDTH = 6.3
"""Inches between the margins of the document."""


def write_word(path: Path, *, scratch: Path) -> bytes:
    """Return an executed notebook as a Word document, without its code.

    Parameters
    ----------
    path : pathlib.Path
        The executed notebook.
    scratch : pathlib.Path
        A folder for the figures that pandoc reads.
    """
    # imported here: reading this module's needs is cheap, starting pandoc is not
    import pypandoc

    notebook = nbformat.read(path, as_version=4)
    text = "\n\n".join(_blocks(notebook, scratch))
    listed = set(ANCHOR.findall(text))
    text = CITATION.sub(lambda found: found[0] if found["key"] in listed else found["text"], text)
    text = ANCHOR.sub(r"[]{#ref-\1}", text)
    out = scratch / "report.docx"
    pypandoc.convert_text(text, "docx", format=READ, outputfile=str(out))
    return out.read_bytes()


def _blocks(notebook: NotebookNode, scratch: Path) -> Iterator[str]:
    """Markdown of every cell and output; of a table the form that pandoc reads."""
    for cell in lead_with_findings(drop_own_data(notebook.cells)):
        if cell.cell_type == "markdown":
            yield _markdown(cell.source)
        for output in cell.get("outputs", []):
            data = output.get("data", {"text/plain": output.get("text")})
            if "image/png" in data:
                yield _figure(data, scratch)
            elif "text/markdown" in data:
                yield _markdown(data["text/markdown"])
            elif data.get("text/plain"):
                yield f"``````\n{data['text/plain']}\n``````"


def _markdown(text: str) -> str:
    for element, mark in INLINE_MARKS.items():
        text = re.sub(rf"</?{element}>", mark, text)
    return NOTEBOOK_LINK.sub(r"](\1.docx)", text)


def _figure(data: NotebookNode, scratch: Path) -> str:
    image = scratch / f"figure_{len(list(scratch.iterdir()))}.png"
    image.write_bytes(base64.b64decode(data["image/png"]))
    said = re.sub(r"([\[\]\\*_`])", r"\\\1", " ".join(data.get("text/plain", "").split()))
    return f"![{said}]({image}){{width={TEXT_WIDTH}in}}"
