"""The files of a report, offered where its page shows what they hold, and listed at its end."""

import ast
import base64
import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from markupsafe import Markup
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell, new_output

from helpers.paths import PHONE_FOLDER

__all__ = ["ReportFiles", "add_downloads", "list_files", "saved_tables"]

FILES_HEADING = "Files of this report"
FORMATS = {".svg": "SVG", ".png": "PNG", ".pdf": "PDF"}
SIDES = ("width", "height")
PIXELS_PER_POINT = 4 / 3
LINE = Markup('<p class="downloads">')
PRINTING = ("print_table", "fold_tables")
PRINTED = {"text/latex": ("tex", "LaTeX"), "text/markdown": ("md", "Markdown")}
STYLE = re.compile(r"<style>.*?</style>", flags=re.DOTALL)
WORD_PAGE = Markup(
    '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>\n'
    "{style}</head>\n<body>{body}</body></html>\n"
)


@dataclass(frozen=True)
class ReportFiles:
    """Where the files of a report are, and how its page names them.

    Attributes
    ----------
    folder : pathlib.Path
        Holds ``tables/*.csv`` and ``figures/*.svg|png|pdf``.
    address : str
        That folder, or its copy, as seen from the page.
    printed_address : str
        The folder of the tables in print, as seen from the page.
    printed : dict of str to str
        The tables in print, by file name; filled by `add_downloads`, to be written by the caller.
    source : pathlib.Path or None
        The notebook's source, which is at `address`; each figure and table then names the
        lines that made it.
    """

    folder: Path
    address: str
    printed_address: str
    printed: dict[str, str] = field(default_factory=dict)
    source: Path | None = None

    def tables(self) -> list[str]:
        """Return the names of the tables."""
        return sorted(path.stem for path in (self.folder / "tables").glob("*.csv"))

    def figures(self) -> list[str]:
        """Return the names of the figures."""
        return sorted(path.stem for path in (self.folder / "figures").glob("*.svg"))

    def link_source(self, code: str) -> Markup:
        """Return a link that names the lines of the source which are the code of a cell."""
        text = self.source.read_text(encoding="utf-8") if self.source else ""
        before, found, _ = text.partition(code)
        if not found:
            return Markup("")
        first = before.count("\n") + 1
        lines = f"lines {first}\u2013{first + code.count(chr(10))}"
        link = Markup('<a href="{}/{}">source, {}</a>')
        return link.format(self.address, self.source.name, lines)

    def find_figure(self, png: str) -> str | None:
        """Return the name of the figure that an output shows, known by its very bytes."""
        wanted = hashlib.sha256(base64.b64decode(png)).digest()
        for name in self.figures():
            path = self.folder / "figures" / f"{name}.png"
            if path.is_file() and hashlib.sha256(path.read_bytes()).digest() == wanted:
                return name
        return None


def saved_tables(source: str) -> list[str]:
    r"""Return the names under which the code of a cell saves tables.

    The one that the cell prints comes first: the one whose variable it prints, or else the first.

    Examples
    --------
    >>> saved_tables(
    ...     'save_table(found, name="claims", folder=f)\n'
    ...     'save_table(n, name="counts", folder=f)\n'
    ...     'print_table(n.assign(a=1), {})'
    ... )
    ['counts', 'claims']
    """
    try:
        tree = ast.parse(source)
    except SyntaxError:  # a reader's own cell may hold magics
        return []
    saved, shown = {}, ""
    for node in ast.walk(tree):
        called = getattr(node.func, "id", "") if isinstance(node, ast.Call) and node.args else ""
        if called == "save_table":
            named = {keyword.arg: keyword.value for keyword in node.keywords}.get("name")
            if isinstance(named, ast.Constant):
                saved[named.value] = ast.unparse(node.args[0])
        elif called in PRINTING:
            shown += f" {ast.unparse(node.args[0])}"
    return sorted(
        saved,
        key=lambda name: not re.search(rf"(?<![\w.]){re.escape(saved[name])}(?!\w)", shown),
    )


def add_downloads(cells: Iterable[NotebookNode], files: ReportFiles) -> None:
    """Show figures as vector graphics, and put the links to files under what they hold.

    Parameters
    ----------
    cells : iterable of cells of an executed notebook
        Their outputs are changed in place.
    files : ReportFiles
        Its `printed` is filled with the tables that an output brings in other forms.
    """
    for cell in cells:
        if cell.cell_type != "code":
            continue
        tables = [name for name in saved_tables(cell.source) if name in files.tables()]
        names = list(tables)
        outputs, pending = [], []
        for output in cell.outputs:
            data = output.get("data", {})
            if pending and "text/markdown" not in data:
                outputs.append(_links(pending.pop()))
            name = files.find_figure(data["image/png"]) if "image/png" in data else None
            if name:
                output = _figure(name, output, files)
                pending = [_figure_links(name, files)]
            outputs.append(output)
            if set(PRINTED) <= set(data):
                name = names.pop(0) if names else _slug(data["text/html"])
                unrounded = _table_links([tables.pop(0)] if tables else [], files)
                outputs.append(_links(unrounded, _print_links(name, data, files)))
        if pending or tables:
            outputs.append(_links(*pending, _table_links(tables, files)))
        lines = [
            output for output in outputs if LINE in output.get("data", {}).get("text/html", "")
        ]
        if lines:
            data, source = lines[-1]["data"], files.link_source(cell.source)
            data["text/html"] = data["text/html"].replace("</p>", Markup(" {}</p>").format(source))
        cell.outputs = outputs


def _figure(name: str, output: NotebookNode, files: ReportFiles) -> NotebookNode:
    """Return an output that shows the vector graphic, and leads to it."""
    address = f"{files.address}/figures/{name}.svg"
    width, height = _size(files.folder / "figures" / f"{name}.svg")
    shown = output.metadata.get("image/png", {}).get("width", round(width))
    scaled = Markup(
        '<div class="figure-scroll" style="--natural: {natural}px">'
        '<a class="figure-link" href="{address}" data-title="{title}" title="Enlarge"><picture>'
        '{phone}<img class="dark-light" src="{address}" alt="{alt}" width="{width}" '
        'height="{height}" loading="lazy"></picture></a></div>'
    )
    return _html(
        scaled.format(
            natural=round(width * PIXELS_PER_POINT),
            address=address,
            phone=_phone_source(name, files),
            title=name.replace("_", " ").capitalize(),
            alt=output.data.get("text/plain", ""),
            width=shown,
            height=round(shown * height / width),
        )
    )


def _phone_source(name: str, files: ReportFiles) -> Markup:
    """Name the figure laid out for a phone, where there is one."""
    path = files.folder / "figures" / PHONE_FOLDER / f"{name}.svg"
    if not path.is_file():
        return Markup("")
    width, height = (round(side * PIXELS_PER_POINT) for side in _size(path))
    source = Markup(
        '<source media="(max-width: 600px)" srcset="{}/figures/{}/{}.svg" width="{}" height="{}">'
    )
    return source.format(files.address, PHONE_FOLDER, name, width, height)


def _size(svg: Path) -> tuple[float, float]:
    with svg.open(encoding="utf-8") as stream:
        head = stream.read(2000)
    width, height = (re.search(rf'<svg[^>]*\s{side}="([\d.]+)', head)[1] for side in SIDES)
    return float(width), float(height)


def _html(shown: Markup) -> NotebookNode:
    return new_output("display_data", data={"text/html": str(shown), "text/plain": ""})


def _links(*links: Markup) -> NotebookNode:
    return _html(LINE + _beside(links) + Markup("</p>"))


def _beside(links: Iterable[Markup]) -> Markup:
    return Markup(" ").join(link for link in links if link)


def _link(address: str, text: str, label: str = "") -> Markup:
    said = Markup(' aria-label="{}"').format(label) if label else ""
    return Markup('<a href="{}" download{}>{}</a>').format(address, said, text)


def _figure_links(name: str, files: ReportFiles) -> Markup:
    there = [end for end in FORMATS if (files.folder / "figures" / f"{name}{end}").is_file()]
    return _beside(
        _link(f"{files.address}/figures/{name}{end}", FORMATS[end], f"{FORMATS[end]} of {name}")
        for end in there
    )


def _table_links(names: Iterable[str], files: ReportFiles) -> Markup:
    return _beside(_link(f"{files.address}/tables/{name}.csv", f"{name}.csv") for name in names)


def _print_links(name: str, data: Mapping[str, str], files: ReportFiles) -> Markup:
    """Keep a table in print under a name of its own, and return the links to it."""
    given, number = name, 1
    while f"{name}.tex" in files.printed:
        number += 1
        name = f"{given}-{number}"
    forms = {end: (title, data[mime]) for mime, (end, title) in PRINTED.items()}
    # a word processor heeds the style of a head, not of a body
    page = WORD_PAGE.format(
        title=name,
        style=Markup("".join(dict.fromkeys(STYLE.findall(data["text/html"])))),  # noqa: S704
        body=Markup(STYLE.sub("", data["text/html"])),  # noqa: S704  (a table's, escaped)
    )
    forms["html"] = ("Word", str(page))
    files.printed.update({f"{name}.{end}": text for end, (_, text) in forms.items()})
    return _beside(
        _link(f"{files.printed_address}/{name}.{end}", title, f"{title} of {name}")
        for end, (title, _) in forms.items()
    )


def _slug(fragment: str) -> str:
    """Return a file name from the caption of a table in print."""
    caption = re.search(r"<p>(.*?)</p>", fragment, flags=re.DOTALL)
    words = re.findall(r"[a-z0-9]+", re.sub(r"<[^>]*>", "", caption[1] if caption else "").lower())
    return "_".join(words[:6]) or "table"


def list_files(files: ReportFiles) -> NotebookNode:
    """Return the cell that lists every file of the report."""
    tables = [Markup("<li>{}</li>").format(_table_links([name], files)) for name in files.tables()]
    figure = Markup("<li>{} {}</li>")
    figures = [figure.format(name, _figure_links(name, files)) for name in files.figures()]
    parts = [f"## {FILES_HEADING}"]
    for title, entries in (("Tables, unrounded", tables), ("Figures", figures)):
        if entries:
            listed = Markup('<ul class="files">{}</ul>').format(Markup("").join(entries))
            parts.append(f"{title}:\n\n{listed}")
    return new_markdown_cell("\n\n".join(parts))
