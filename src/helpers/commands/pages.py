"""What the pages are made of: an executed notebook as page source, and the cover.

A page shows the notebook with its code folded, its figures as vector graphics, and the files that
hold what it shows; it begins with the verdict and the ways on, and ends with its set-up and how to
cite it.
"""

import copy
import re
from collections.abc import Mapping, Sequence
from itertools import pairwise, starmap, takewhile
from pathlib import Path

import nbformat
from markupsafe import Markup
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell, new_notebook
from pybtex.database import Entry

from helpers.commands.citations import Citation, list_citations
from helpers.commands.downloads import ReportFiles, add_downloads, list_files
from helpers.report.references import CITATION, cite, cite_in_brackets

__all__ = [
    "cite_by_roles",
    "cover_page",
    "drop_own_data",
    "lead_with_findings",
    "notebook_page",
    "read_section",
    "read_title",
]

COVER_TAG = "cover"
VERDICT_TAG, FINDING_TAG = "verdict", "finding"
SWITCHES = (("open-parts", "Open all parts"), ("show-code", "Show all code"))
SET_UP_HEADING = "Parameters and set-up"
# a link in Markdown to a notebook in the same folder; Sphinx resolves those in cells of text only
NOTEBOOK_LINK = re.compile(r"\]\((\d\d_\w+)\.ipynb\)")
# in the list of references that a notebook shows
ANCHOR = re.compile(r'<a id="ref-(\w+)"></a>')
REFERENCES_TAG = "references"
# cells that show something with a reader's own data only; a run on such data takes the tag away
OWN_DATA_TAG = "own-data"
# where a numbered table and the caption of a numbered figure begin
TABLE_CAPTION = re.compile(r'<div class="apa-box"><p>(<b>Table (\d+)\. .*?)</p>', flags=re.DOTALL)
FIGURE_CAPTION = re.compile(r"\A\*\*Figure (\d+)\. ")
FIGURE = '<div class="figure-scroll"'
LINK = Markup('<a class="anchor" href="#{0}-{1}" aria-label="Link to {0} {1}">#</a>')
TABLE = re.compile(r"<table\b.*?</table>", flags=re.DOTALL)
SCROLL = '<div class="apa-scroll" role="group" tabindex="0" aria-label="Table">'


def notebook_page(
    path: Path,
    *,
    files: ReportFiles | None = None,
    citations: Sequence[Citation] = (),
    references: Mapping[str, Entry] | None = None,
    own_data: str = "",
    prints: Mapping[str, str] | None = None,
) -> str:
    """Return an executed notebook as page source.

    Code cells are folded unless their tags say otherwise; an image's plain text, where somebody
    wrote one, becomes its text alternative; a link from an output to another notebook leads to
    its page.

    Parameters
    ----------
    path : pathlib.Path
        The executed notebook.
    files : ReportFiles, optional
        The files to offer.
    citations : sequence of Citation
        How to cite the report, with buttons to copy each.
    references : mapping of str to pybtex.database.Entry
        What can be cited in the text, by key.
    own_data : str
        Address of the page that says how to run the notebook on other data.
    prints : mapping of str to str
        Addresses of the whole report in print, by what they are called.
    """
    notebook = nbformat.read(path, as_version=4)
    notebook.cells = drop_own_data(notebook.cells)
    set_up = _take_set_up(notebook.cells)
    _prepare_cells([*notebook.cells, *set_up], files)
    _cite_cells(notebook.cells, references or {}, prefix=f"{path.stem.split('_')[0]}-")
    declared = [cell.source for cell in (*notebook.cells, *set_up) if _has_parameters(cell)]
    reads = any("data_path" in source for source in declared)
    ways = [(own_data, "Run it on your data" if reads else "Run it yourself")] if own_data else []
    ways += [(address, name) for name, address in (prints or {}).items()]
    if set_up:
        notebook.cells += [new_markdown_cell(f"## {SET_UP_HEADING}"), *set_up]
    if citations:
        notebook.cells.append(list_citations(citations))
        ways.append(("#how-to-cite", "How to cite"))
    if files:
        notebook.cells.append(list_files(files))
        ways.append(("#files-of-this-report", "Tables and figures as files"))
    notebook.cells.insert(_after_verdict(notebook.cells), _ways_on(ways))
    return nbformat.writes(notebook, version=4)


def _take_set_up(cells: list[NotebookNode]) -> list[NotebookNode]:
    """Take out the code that stands before the first output, in place, and return it."""
    code = [cell for cell in cells if cell.cell_type == "code"]
    set_up = list(takewhile(lambda cell: not cell.outputs, code))
    for cell in set_up:
        cells.remove(cell)
    return set_up


def _after_verdict(cells: Sequence[NotebookNode]) -> int:
    """Return the place behind the verdict, which follows the title; behind the title without."""
    tagged = (k for k, cell in enumerate(cells) if VERDICT_TAG in cell.metadata.get("tags", ()))
    return next(tagged, 0) + 1


def _prepare_cells(
    cells: Sequence[NotebookNode], files: ReportFiles | None, *, notebooks: str = ""
) -> None:
    """Fold code, and describe, link and box the outputs, in place.

    `notebooks` is the folder of the reports' pages as seen from this page.
    """
    target = rf"]({notebooks}\1.html)"
    code = [cell for cell in cells if cell.cell_type == "code"]
    if files:
        add_downloads(code, files)
    for cell in code:
        tags = cell.metadata.setdefault("tags", [])
        if not {"show-input", "hide-input", "remove-input", "remove-cell"} & set(tags):
            tags.append("hide-input")
        shown = [output.data for output in cell.outputs if "data" in output]
        texts = [data.get("text/plain", "") for data in shown if "image/png" in data]
        written = [text for text in texts if not text.startswith("<")]
        if written:
            cell.metadata["mystnb"] = {"image": {"alt": " ".join(written)}}
        for data in shown:
            if "text/markdown" in data:
                data["text/markdown"] = NOTEBOOK_LINK.sub(target, data["text/markdown"])
            if "<table" in data.get("text/html", "") and "apa-scroll" not in data["text/html"]:
                data["text/html"] = TABLE.sub(rf"{SCROLL}\g<0></div>", data["text/html"])
        _link_numbers(shown)


def _link_numbers(shown: Sequence[dict]) -> None:
    """Give each numbered table and figure an address, and a sign that leads to it, in place."""
    for before, data in pairwise([{}, *shown]):
        if "text/html" in data:
            link = LINK.format("table", r"\2")
            box = Markup(r'<div class="apa-box" id="table-\2"><p>\1 {}</p>').format(link)
            data["text/html"] = TABLE_CAPTION.sub(box, data["text/html"])
        number = FIGURE_CAPTION.match(data.get("text/markdown", ""))
        if number and FIGURE in before.get("text/html", ""):
            before["text/html"] = before["text/html"].replace(
                FIGURE, f'{FIGURE} id="figure-{number[1]}"', 1
            )
            data["text/markdown"] += f" {LINK.format('figure', number[1])}"


def drop_own_data(cells: Sequence[NotebookNode]) -> list[NotebookNode]:
    """Leave out the cells that show something with a reader's data only."""
    return [cell for cell in cells if OWN_DATA_TAG not in cell.metadata.get("tags", ())]


def lead_with_findings(cells: Sequence[NotebookNode]) -> list[NotebookNode]:
    """Put what a part found behind its heading, wherever in the part it was computed."""
    parts: list[list[NotebookNode]] = [[]]
    for cell in cells:
        if cell.cell_type == "markdown" and cell.source.startswith("## "):
            parts.append([])
        at = 1 if FINDING_TAG in cell.metadata.get("tags", ()) else len(parts[-1])
        parts[-1].insert(at, cell)
    return [cell for part in parts for cell in part]


def _cite_cells(
    cells: Sequence[NotebookNode], references: Mapping[str, Entry], *, prefix: str
) -> None:
    """Turn the citations of a notebook into Sphinx's, and its list into a bibliography, in place.

    `prefix` tells the references of this page from those of others.
    """
    for cell in cells:
        if cell.cell_type == "markdown":
            cell["source"] = cite_by_roles(cell.source, references, prefix=prefix)
            continue
        shown = [
            output.data for output in cell.outputs if "text/markdown" in output.get("data", {})
        ]
        if REFERENCES_TAG in cell.metadata.get("tags", ()) and references:
            keys = [key for data in shown for key in ANCHOR.findall(data["text/markdown"])]
            cell["cell_type"], cell["source"] = "markdown", _bibliography(keys, prefix)
            del cell["outputs"], cell["execution_count"]
            continue
        for data in shown:
            data["text/markdown"] = CITATION.sub(
                rf"[\g<text>](#ref-{prefix}\g<key>)", data["text/markdown"]
            )


def cite_by_roles(text: str, references: Mapping[str, Entry], *, prefix: str) -> str:
    """Turn citations in Markdown into roles of Sphinx; a link that is none of ours stays.

    Examples
    --------
    >>> from helpers.report.references import load_references
    >>> cite_by_roles("[Zou (2007)](#ref-zou2007)", load_references(), prefix="03-")
    '{cite:t}`03-zou2007`'
    """

    def role(found: re.Match) -> str:
        if found["key"] not in references:
            return found[0]
        entry = references[found["key"]]
        name = {cite(entry): "t", cite_in_brackets(entry): "alp"}.get(found["text"])
        return f"{{cite:{name}}}`{prefix}{found['key']}`" if name else found[0]

    return CITATION.sub(role, text)


def _bibliography(keys: Sequence[str], prefix: str) -> str:
    return "\n".join(
        ["```{bibliography}", ":filter: False", f":keyprefix: {prefix}", "", *keys, "```"]
    )


def _has_parameters(cell: NotebookNode) -> bool:
    return "parameters" in cell.metadata.get("tags", ())


def _ways_on(ways: Sequence[tuple[str, str]]) -> NotebookNode:
    link = Markup('<a href="{}">{}</a>')
    switch = Markup('<button type="button" class="{}" aria-pressed="false" hidden>{}</button>')
    lines = Markup("\n").join([*starmap(link.format, ways), *starmap(switch.format, SWITCHES)])
    nav = Markup('<nav class="ways-on" aria-label="This report">\n{}\n</nav>')
    return new_markdown_cell(str(nav.format(lines)))


def read_title(path: Path) -> str:
    """Return the title of a notebook, either half of its pair."""
    if path.suffix == ".py":
        title = re.search(r"^# # (.+)$", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
        return title[1] if title else path.stem
    for cell in nbformat.read(path, as_version=4).cells:
        title = re.search(r"^# (.+)$", cell.source, flags=re.MULTILINE)
        if cell.cell_type == "markdown" and title:
            return title[1]
    return path.stem


def read_section(text: str, heading: str) -> str:
    r"""Return what is under a heading of a Markdown text, up to the next heading.

    Examples
    --------
    >>> read_section("# a\n\nb\n\n## c\n\nd\n\n## e\n", "c")
    'd'
    """
    found = re.search(
        rf"^#+ {re.escape(heading)}\n(.*?)(?=^#+ |\Z)", text, flags=re.MULTILINE | re.DOTALL
    )
    if found is None:
        raise ValueError(f"there is no heading {heading!r}")
    return found[1].strip()


def cover_page(template: str, *, overview: Path, files: ReportFiles, texts: dict[str, str]) -> str:
    """Return the cover as page source.

    Parameters
    ----------
    template : str
        Markdown; ``[verdict]`` and ``[overview]``, each alone on a line, stand for the verdict and
        for the other cells of the overview that are tagged ``cover``, without their code, and
        ``[name]`` for a text.
    overview : pathlib.Path
        The executed overview.
    files : ReportFiles
        The overview's files as seen from the cover.
    texts : dict of str to str
        Markdown by name.
    """
    for name, text in texts.items():
        template = template.replace(f"[{name}]", text)
    shown = copy.deepcopy(nbformat.read(overview, as_version=4))
    places: dict[str, list[NotebookNode]] = {"verdict": [], "overview": []}
    for cell in shown.cells:
        tags = set(cell.metadata.get("tags", ()))
        if COVER_TAG in tags:
            kept = {VERDICT_TAG} & tags
            cell.metadata["tags"] = ["remove-input", *kept]
            places["verdict" if kept else "overview"].append(cell)
    _prepare_cells([*places["verdict"], *places["overview"]], files, notebooks="notebooks/")
    cells = []
    for number, part in enumerate(re.split(r"^\[(verdict|overview)\]$", template, flags=re.M)):
        cells += places[part] if number % 2 else [new_markdown_cell(part)]
    page = new_notebook(cells=cells, metadata=shown.metadata)
    for number, cell in enumerate(page.cells):
        cell["id"] = f"cover-{number}"
    return nbformat.writes(page, version=4)
