"""Set executed notebooks in print.

The command makes ``reports/pdf/<notebook>.pdf`` of a published report, or with ``--out`` the PDF of
a run of the reader's own, in its folder, and a Word document of the same name beside each. Code is
left out; text and formulas go through pandoc, tables and figures directly, into one Typst document.
"""

import helpers.commands.quick_imports  # noqa: F401, I001  (first: it halves what follows)

import argparse
import base64
import re
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from helpers.files import partial_folder, read_yaml, write_bytes_atomic
from helpers.sources import find_imports
from helpers.commands.dependencies import finish_step
from helpers.commands.environment import REPRODUCIBLE, reproducible_environment
from helpers.commands.pages import (
    ANCHOR,
    NOTEBOOK_LINK,
    drop_own_data,
    lead_with_findings,
)
from helpers.paths import ROOT, find_notebook
from helpers.commands.progress import report_done, report_start
from helpers.errors import InputError
from helpers.report.references import CITATION
from helpers.commands.word import write_word
from helpers.report.inline import convert_inline

__all__ = [
    "add_arguments",
    "link_references",
    "print_notebook",
    "print_report",
    "print_run",
    "run",
    "typst_table",
]

TEMPLATE = "report.typ"
# pandoc keeps raw HTML out of print
INLINE_MARKS = {"i": "*", "b": "**"}


def print_notebook(path: Path, *, figures: Path, scratch: Path, root: Path = ROOT) -> bytes:
    """Set an executed notebook in print.

    Parameters
    ----------
    path : pathlib.Path
        The executed notebook.
    figures : pathlib.Path
        The folder of its figures, which are printed from their PDF.
    scratch : pathlib.Path
        A folder for what Typst reads.
    root : pathlib.Path
        The project, for ``docs/report.typ``.

    Returns
    -------
    bytes
        A tagged PDF; the same bytes from the same notebook.
    """
    # imported here: reading this module's needs is cheap, starting these is not
    import pypandoc
    import typst

    notebook = nbformat.read(path, as_version=4)
    drawn = {png.read_bytes(): png.with_suffix(".pdf") for png in sorted(figures.glob("*.png"))}
    text = link_references("\n\n".join(_blocks(notebook, drawn, scratch)))
    heading = re.search(r"^# +(.+)$", text, flags=re.MULTILINE)
    title = heading[1].replace("*", "") if heading else path.stem
    document = pypandoc.convert_text(
        text,
        "typst",
        format="gfm+tex_math_dollars+raw_attribute-autolink_bare_uris",
        extra_args=[
            "--standalone",
            "--wrap=preserve",
            "--shift-heading-level-by=-1",
            f"--template={root / 'docs' / TEMPLATE}",
            f"--variable=title-text:{_string(title)}",
            f"--variable=foot-text:{_string(_foot(notebook, root))}",
        ],
    )
    (scratch / "report.typ").write_text(document, encoding="utf-8")
    return typst.compile(
        str(scratch / "report.typ"),
        root=str(scratch),
        ignore_system_fonts=True,
        timestamp=int(REPRODUCIBLE["SOURCE_DATE_EPOCH"]),
    )


def _foot(notebook: NotebookNode, root: Path) -> str:
    """Return the version, its date, and what the data are, for the foot of each page."""
    collection = read_yaml(root / "CITATION.cff")
    about = [f"Version {collection['version']}", str(collection["date-released"])]
    made = [cell for cell in notebook.cells if "provenance" in cell.metadata.get("tags", ())]
    shown = "\n".join(o.data["text/plain"] for cell in made for o in cell.outputs)
    data = re.search(r"^Data +(.*?),", shown, flags=re.MULTILINE)
    return ", ".join([*about, data[1]] if data else about)


def _blocks(notebook: NotebookNode, drawn: Mapping[bytes, Path], scratch: Path) -> Iterator[str]:
    """Markdown of every cell and output; what is set directly is in raw blocks."""
    for cell in lead_with_findings(drop_own_data(notebook.cells)):
        if cell.cell_type == "markdown":
            yield _markdown(cell.source)
        outputs = [o.get("data", {"text/plain": o.get("text")}) for o in cell.get("outputs", [])]
        while outputs:
            data = outputs.pop(0)
            if 'class="apa' in data.get("text/html", ""):
                yield _raw(typst_table(data["text/html"]))
            elif "image/png" in data:
                captioned = outputs and set(outputs[0]) == {"text/markdown", "text/plain"}
                yield _raw(f"#report-figure({_figure(data, drawn, scratch)})[")
                yield _markdown(outputs.pop(0)["text/markdown"]) if captioned else ""
                yield _raw("]")
            elif "text/markdown" in data:
                yield _markdown(data["text/markdown"])
            elif data.get("text/plain"):
                yield f"``````\n{data['text/plain']}\n``````"


def link_references(text: str) -> str:
    """Turn the anchors of the references into labels, and citations without one into words."""
    listed = set(ANCHOR.findall(text))
    text = CITATION.sub(lambda found: found[0] if found["key"] in listed else found["text"], text)
    return ANCHOR.sub(r"`#metadata(none)<ref-\1>`{=typst}", text)


def _markdown(text: str) -> str:
    for element, mark in INLINE_MARKS.items():
        text = re.sub(rf"</?{element}>", mark, text)
    return NOTEBOOK_LINK.sub(r"](\1.pdf)", text)


def _raw(text: str) -> str:
    return f"``````{{=typst}}\n{text}\n``````"


def _string(text: str) -> str:
    quoted = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{quoted}"'


def _figure(data: Mapping[str, str], drawn: Mapping[bytes, Path], scratch: Path) -> str:
    png = base64.b64decode(data["image/png"])
    source = drawn.get(png)
    name = source.name if source else f"figure_{len(list(scratch.iterdir()))}.png"
    (scratch / name).write_bytes(source.read_bytes() if source else png)
    return f"{_string(name)}, {_string(data.get('text/plain', ''))}"


def typst_table(fragment: str) -> str:
    """Return Typst calls for the tables of an HTML fragment of `helpers.report.table_markup`."""
    from bs4 import BeautifulSoup

    page = BeautifulSoup(fragment, "html.parser")
    for hint in page.find_all(class_="apa-hint"):
        hint.decompose()
    box = page.find("div", class_="apa-box")
    if box.find("details") is None:
        return _typst_box(box)
    parts = [_typst_paragraph(box.find("p", recursive=False), "folded-caption")]
    for fold in box.find_all("details"):
        line = f"[{convert_inline(fold.summary.decode_contents(), 'typst')}]"
        parts.append(_typst_box(fold.find("div", class_="apa-box"), caption=line))
    parts.append(_typst_paragraph(box.find("p", class_="apa-note", recursive=False), "folded-note"))
    return "\n".join(filter(None, parts))


def _typst_paragraph(paragraph, function: str) -> str:
    if paragraph is None:
        return ""
    return f"#{function}[{convert_inline(paragraph.decode_contents(), 'typst')}]"


def _typst_box(box, caption: str = "none") -> str:
    first, note = box.find("p", recursive=False), box.find("p", class_="apa-note")
    if first is not None and first is not note:
        caption = f"[{convert_inline(first.decode_contents(), 'typst')}]"
    heads = box.thead.find_all("th")
    rows = [row for row in box.find_all("tr") if row.parent.name == "tbody"]
    cells, lengths = [], [len(head.get_text()) for head in heads]
    for row in rows:
        values = [cell.get_text() for cell in row.find_all(["th", "td"])]
        if "g" in row.get("class", []):
            cells.append(f"group-row({len(heads)}, {_string(values[0])})")
        else:
            cells += map(_string, values)
            lengths = [max(n, len(value)) for n, value in zip(lengths, values, strict=True)]
    columns = []
    for head, length in zip(heads, lengths, strict=True):
        classes = head.get("class", [])
        align, words = ("left" if "t" in classes else "right"), str("w" in classes).lower()
        text = str("t" in classes).lower()
        columns.append(f"(align: {align}, words: {words}, text: {text}, length: {length})")
    shown = [f"[{convert_inline(head.decode_contents(), 'typst')}]" for head in heads]
    about = f"[{convert_inline(note.decode_contents(), 'typst')}]" if note else "none"
    return (
        f"#report-table(caption: {caption}, note: {about},\n  columns: ({', '.join(columns)},),\n"
        f"  head: ({', '.join(shown)},),\n  cells: ({', '.join(cells)},))"
    )


def print_report(name: str, *, root: Path = ROOT) -> Path:
    """Set the published report of a notebook in print: ``reports/pdf/<notebook>.pdf``."""
    started_ns = time.time_ns()
    report_start("pdf", name)
    out = root / "reports" / "pdf" / f"{name}.pdf"
    executed = root / "notebooks" / f"{name}.ipynb"
    _print(executed, out, figures=root / "reports" / name / "figures", root=root)
    finish_step(
        root / "build" / "pdf" / f"{name}.done",
        inputs=[
            root / "docs" / TEMPLATE,
            executed,
            root / "build" / "notebooks" / f"{name}.done",
            Path(__file__),
            *find_imports([Path(__file__)], root=root),
        ],
        outputs=[out, out.with_suffix(".docx")],
        started_ns=started_ns,
        root=root,
    )
    report_done("pdf", name, started_ns, f"reports/pdf/{name}.pdf")
    return out


def print_run(folder: Path, *, root: Path = ROOT) -> list[Path]:
    """Set a run of the reader's own in print, beside its notebook."""
    notebooks = sorted(folder.glob("*.ipynb"))
    if not notebooks:
        raise InputError(
            f"OUT={str(folder)!r} holds no executed notebook; make run … OUT= makes one"
        )
    made = []
    for path in notebooks:
        started_ns = time.time_ns()
        report_start("pdf", path.stem)
        made.append(path.with_suffix(".pdf"))
        _print(path, made[-1], figures=folder / "figures", root=root)
        report_done("pdf", path.stem, started_ns, str(made[-1]))
    return made


def _print(path: Path, out: Path, *, figures: Path, root: Path) -> None:
    with partial_folder(out) as scratch, reproducible_environment():
        content = print_notebook(path, figures=figures, scratch=scratch, root=root)
    write_bytes_atomic(out, content)
    word = out.with_suffix(".docx")
    with partial_folder(word) as scratch, reproducible_environment():
        content = write_word(path, scratch=scratch)
    write_bytes_atomic(word, content)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument("notebook", nargs="?", default="", help="a report: its name or number")
    parser.add_argument("--out", default="", metavar="DIR", help="a run of yours: its folder")


def run(given: argparse.Namespace) -> int:
    """Print the report, or the run."""
    if given.out:
        print_run(Path(given.out).expanduser())
    else:
        print_report(find_notebook(given.notebook).stem)
    return 0
