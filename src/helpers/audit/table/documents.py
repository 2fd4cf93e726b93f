"""The tables and the running text of a file, whatever program wrote it."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from helpers.audit.table.aligned import part_aligned
from helpers.audit.table.latex import plain_columns
from helpers.errors import InputError, did_you_mean

__all__ = ["SUFFIXES", "Document", "Grid", "read_document"]

_PANDOC = {
    ".md": "markdown",
    ".markdown": "markdown",
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
    ".docx": "docx",
    ".odt": "odt",
    ".xml": "jats",
    ".jats": "jats",
    ".nxml": "jats",
    ".tex": "latex",
}
_SEPARATED = (".csv", ".tsv", ".txt")
_BOOKS = (".xlsx", ".xlsm", ".xls", ".ods")
SUFFIXES = (*_SEPARATED, *_BOOKS, *_PANDOC)
"""The formats that can be read, by the ending of their names."""
_LARGEST = 30_000_000
_TEX = {
    r"\chi": "χ", r"\beta": "β", r"\alpha": "α", r"\omega": "ω", r"\eta": "η", r"\Delta": "Δ",
    r"\gamma": "γ", r"\lambda": "λ", r"\rho": "ρ", r"\leq": "≤", r"\le": "≤", r"\geq": "≥",
    r"\ge": "≥", r"\lt": "<", r"\gt": ">", r"\times": "×", r"\pm": "±", r"\,": " ", r"\;": " ",
    r"\ ": " ", r"\%": "%", r"\ast": "*", r"\dagger": "†", r"\mathit": "", r"\mathrm": "",
    r"\text": "", r"\textit": "", r"\emph": "",
}  # fmt: skip


@dataclass(frozen=True)
class Grid:
    """A table as a rectangle of texts.

    Attributes
    ----------
    name : str
        Its caption, or where it stands.
    rows : list of list of str
        A merged cell is in every place that it covers.
    n_head : int or None
        How many rows the format itself calls the head; None where it does not say.
    note : str
        What is under it.
    """

    name: str
    rows: list[list[str]]
    n_head: int | None = None
    note: str = ""


@dataclass(frozen=True)
class Document:
    """What a file holds.

    Attributes
    ----------
    name : str
        Of the file.
    grids : list of Grid
    paragraphs : list of str
        The running text; empty for a file of one table.
    """

    name: str
    grids: list[Grid]
    paragraphs: list[str] = field(default_factory=list)


def read_document(path: Path) -> Document:
    """Read the tables and the text of a file.

    Parameters
    ----------
    path : pathlib.Path
        CSV and its relatives, workbooks, and what pandoc reads: Word, HTML, JATS, Markdown.

    Raises
    ------
    InputError
        When there is no such file, or it cannot be read as what its name says.
    """
    if not path.is_file():
        raise InputError(f"TABLE={str(path)!r} is no file; give the table as {_known()}")
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        hint = did_you_mean(suffix, SUFFIXES)
        raise InputError(
            f"TABLE={str(path)!r}: {suffix or 'no ending'} is none of {_known()}.{hint}"
        )
    if path.stat().st_size > _LARGEST:
        raise InputError(f"TABLE={str(path)!r} has more than 30 MB; give the tables alone")
    if suffix in _BOOKS:
        document = _read_book(path, suffix)
    elif suffix in _PANDOC:
        document = _read_pandoc(path, suffix)
    elif suffix == ".txt" and not _is_table(_read_text(path)):
        tables, left = part_aligned(_read_text(path))
        grids = [
            Grid(title or f"table {n}", rows, n_head=1) for n, (title, rows) in enumerate(tables, 1)
        ]
        document = Document(path.name, grids, _paragraphs(left))
    else:
        rows = _split_rows(_read_text(path), path)
        document = Document(path.name, [_with_title(path.stem, rows)] if rows else [])
    if not document.grids and not document.paragraphs:
        raise InputError(f"TABLE={str(path)!r} holds no table and no text")
    return document


def _known() -> str:
    return ", ".join(SUFFIXES)


# ---------------------------------------------------------------------------------------------
# text with separators


def _read_text(path: Path) -> str:
    raw = path.read_bytes()
    for mark, encoding in ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"", "utf-8-sig")):
        if raw.startswith(mark):
            try:
                return raw.decode(encoding)
            except UnicodeError:
                break
    return raw.decode("cp1252", errors="replace")


def _paragraphs(text: str) -> list[str]:
    return [part for part in (" ".join(p.split()) for p in re.split(r"\n\s*\n", text)) if part]


def _is_table(text: str) -> bool:
    lines = [line for line in text.splitlines() if line.strip()]
    counts = [line.count("\t") for line in lines] if lines else [0]
    if min(counts) > 0:
        return True
    with_comma = [line.count(",") for line in lines]
    return len(lines) > 1 and min(with_comma, default=0) > 0 and len(set(with_comma)) == 1


def _split_rows(text: str, path: Path) -> list[list[str]]:
    lines = [line for line in text.splitlines() if line.strip()]
    if not lines:
        return []
    separator = _separator(lines)
    try:
        rows = [row for row in csv.reader(io.StringIO(text), delimiter=separator) if any(row)]
    except csv.Error as error:
        raise InputError(f"TABLE={str(path)!r} is no table of one line a row: {error}") from None
    width = max(map(len, rows))
    if width == 1:
        raise InputError(
            f"TABLE={str(path)!r} has one column; separate columns by commas, semicolons or tabs"
        )
    return [[cell.strip() for cell in row] + [""] * (width - len(row)) for row in rows]


def _separator(lines: Sequence[str]) -> str:
    """Return what separates the columns: what the first line has, tabs before the others."""
    head = re.sub(r'"[^"]*"', "", lines[0])
    for sign in "\t;|":
        elsewhere = sum(sign in line for line in lines[1:])
        if sign in head and elsewhere and (sign == "\t" or head.count(sign) >= head.count(",")):
            return sign
    return ","


def _with_title(name: str, rows: list[list[str]]) -> Grid:
    """Return a table without the lines above and below it that have one cell: title and note."""

    def alone(row: list[str]) -> bool:
        return bool(row[0]) and not any(row[1:])

    title, note = [], []
    while len(rows) > 2 and alone(rows[0]) and (re.match(_TITLE, rows[0][0]) or alone(rows[1])):
        title.append(rows.pop(0)[0])
    while len(rows) > 2 and alone(rows[-1]) and _NOTE.match(rows[-1][0]):
        note.insert(0, rows.pop()[0])
    return Grid(" ".join(title) or name, rows, note=" ".join(note))


_TITLE = re.compile(r"(?i)tab(le|elle|\.)|.*\b[Nn]\s*=\s*\d")


# ---------------------------------------------------------------------------------------------
# workbooks


def _read_book(path: Path, suffix: str) -> Document:
    try:
        sheets = _sheets_as_shown(path) if suffix in (".xlsx", ".xlsm") else _sheets(path)
    except Exception as error:  # what a damaged file raises is not declared
        reason = " ".join(str(error).split())[:120]
        raise InputError(f"TABLE={str(path)!r} cannot be read as a workbook: {reason}") from None
    grids = []
    for title, rows in sheets:
        for number, block in enumerate(_blocks(rows), 1):
            name = title if number == 1 else f"{title}, table {number}"
            grids.append(_with_title(name, block))
    return Document(path.name, grids)


def _sheets(path: Path) -> list[tuple[str, list[list[str]]]]:
    from python_calamine import CalamineWorkbook

    book = CalamineWorkbook.from_path(path)
    return [
        (
            name,
            [[_as_typed(cell) for cell in row] for row in book.get_sheet_by_name(name).to_python()],
        )
        for name in book.sheet_names
    ]


def _sheets_as_shown(path: Path) -> list[tuple[str, list[list[str]]]]:
    """Return the cells as the workbook shows them: 0.5 in a cell of two decimals is 0.50."""
    from openpyxl import load_workbook

    sheets = []
    for sheet in load_workbook(path, data_only=True).worksheets:
        rows = [[_as_shown(cell.value, cell.number_format) for cell in row] for row in sheet.rows]
        for merged in sheet.merged_cells.ranges:
            text = rows[merged.min_row - 1][merged.min_col - 1]
            for i in range(merged.min_row - 1, merged.max_row):
                for j in range(merged.min_col - 1, merged.max_col):
                    if i < len(rows) and j < len(rows[i]):
                        rows[i][j] = text
        sheets.append((sheet.title, rows))
    return sheets


def _as_typed(value: object) -> str:
    if isinstance(value, float):
        return str(int(value)) if value == int(value) else f"{value:.15g}"
    return "" if value is None else str(value).strip()


def _as_shown(value: object, number_format: str) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return "" if value is None else str(value).strip()
    decimals = re.search(r"\.(0+)", number_format)
    if "0" not in number_format:
        return _as_typed(value)
    places = len(decimals[1]) if decimals else 0
    if "%" in number_format:
        return f"{100 * value:.{places}f}%"
    return f"{value:.{places}f}"


def _blocks(rows: list[list[str]]) -> Iterator[list[list[str]]]:
    """Yield the tables of a sheet, which empty rows part, when a part has at least two columns."""
    block: list[list[str]] = []
    for row in [*rows, []]:
        if any(row):
            block.append(list(row))
            continue
        used = [j for j in range(max(map(len, block), default=0)) if any(r[j] for r in block)]
        if len(block) > 1 and len(used) > 1:
            yield [[r[j] for j in used] for r in block]
        block = []


# ---------------------------------------------------------------------------------------------
# what pandoc reads


def _read_pandoc(path: Path, suffix: str) -> Document:
    import pypandoc

    source = path.read_bytes()
    if suffix == ".tex":
        source = plain_columns(_read_text(path)).encode()
    elif suffix in (".html", ".htm", ".xhtml"):
        source = _HEADLESS.sub(r"\1<thead>\2</thead>", _read_text(path)).encode()
    try:
        # not by its name, which pandoc cannot read in every locale
        text = pypandoc.convert_text(
            source, "json", format=_PANDOC[suffix], extra_args=["--sandbox"]
        )
    except (RuntimeError, OSError) as error:
        reason = " ".join(str(error).split())[:160]
        raise InputError(f"TABLE={str(path)!r} cannot be read as {suffix}: {reason}") from None
    reader = _Reader()
    reader.blocks(json.loads(text)["blocks"])
    grids = reader.grids
    if suffix == ".tex":  # its first row is called the head, whatever it holds
        grids = [replace(grid, n_head=None) for grid in grids]
    return Document(path.name, grids, [p for p in reader.paragraphs if p])


_HEADLESS = re.compile(
    r"(<table\b[^>]*>(?:\s*<caption\b.*?</caption>)?)((?:\s*<tr\b[^>]*>(?:(?!</tr>|<td\b).)*</tr>)+)",
    re.IGNORECASE | re.DOTALL,
)
"""The rows of head cells that begin a table without saying that they are its head.

Of these pandoc takes the first, and loses what a cell of it covers in the next.
"""


class _Reader:
    """Walks pandoc's tree of a document."""

    def __init__(self) -> None:
        self.grids: list[Grid] = []
        self.paragraphs: list[str] = []
        self._waiting: int | None = None

    def blocks(self, blocks: Sequence[dict]) -> None:
        for block in blocks:
            kind, content = block["t"], block.get("c")
            if kind == "Table":
                self._table(content)
            elif kind in ("Para", "Plain"):
                self._paragraph(_inlines(content))
            elif kind == "Header":
                self._paragraph(_inlines(content[2]))
            elif kind in ("BlockQuote",):
                self.blocks(content)
            elif kind in ("Div", "Figure"):
                self.blocks(content[-1])
            elif kind == "LineBlock":
                self._paragraph(" ".join(_inlines(line) for line in content))
            elif kind == "BulletList":
                for item in content:
                    self.blocks(item)
            elif kind == "OrderedList":
                for item in content[1]:
                    self.blocks(item)
            elif kind == "DefinitionList":
                for term, definitions in content:
                    self._paragraph(_inlines(term))
                    for item in definitions:
                        self.blocks(item)

    def _paragraph(self, text: str) -> None:
        text = " ".join(text.split())
        if self.grids and self._waiting is not None and _NOTE.match(text):
            grid = self.grids[-1]
            self.grids[-1] = Grid(grid.name, grid.rows, grid.n_head, f"{grid.note} {text}".strip())
        else:
            self._waiting = None
        self.paragraphs.append(text)

    def _table(self, content: list) -> None:
        _, caption, _, head, bodies, foot = content
        name = " ".join(_block_text(block) for block in caption[1]).strip()
        if not name and self.paragraphs:
            last = self.paragraphs[-1]
            name = last if re.match(r"(?i)tab(le|elle|\.)", last) and len(last) < 300 else ""
            if not name and len(self.paragraphs) > 1:
                before = self.paragraphs[-2]
                is_name = re.fullmatch(r"(?i)table\s*\w+\.?:?", before) and len(last) < 300
                name = f"{before} {last}" if is_name else ""
        head_rows = _spread(head[1])
        rows = list(head_rows)
        for body in bodies:
            rows += _spread(body[2]) + _spread(body[3])
        rows += _spread(foot[1])
        width = max(map(len, rows), default=0)
        rows = [row + [""] * (width - len(row)) for row in rows]
        note = [
            row[0] for row in rows[1:] if width > 1 and len(set(row)) == 1 and _NOTE.match(row[0])
        ]
        rows = [
            row for row in rows if not (len(set(row)) == 1 and (_NOTE.match(row[0]) or not row[0]))
        ]
        if width > 1 and len(rows) > 1:
            name = name or f"table {len(self.grids) + 1}"
            self.grids.append(Grid(name, rows, len(head_rows) or None, " ".join(note)))
            self._waiting = len(self.grids)


_NOTE = re.compile(r"(?i)(note|notes|anmerkung|\*|†|n\s*=|standard errors|ᵃ|[a-c]\s+[A-Z])")


def _spread(rows: Sequence) -> list[list[str]]:
    """Return rows of texts, a merged cell in every place that it covers."""
    grid: list[dict[int, str]] = [{} for _ in rows]
    for i, (_, cells) in enumerate(rows):
        j = 0
        for _, _, n_rows, n_columns, blocks in cells:
            while j in grid[i]:
                j += 1
            text = " ".join(_block_text(block) for block in blocks).strip()
            for down in range(min(n_rows, len(rows) - i)):
                for right in range(n_columns):
                    grid[i + down][j + right] = text
            j += n_columns
    return [[row.get(j, "") for j in range(max(row, default=-1) + 1)] for row in grid]


def _block_text(block: dict) -> str:
    kind, content = block["t"], block.get("c")
    if kind in ("Para", "Plain"):
        return _inlines(content)
    if kind in ("Div", "BlockQuote", "Figure"):
        inner = content if kind == "BlockQuote" else content[-1]
        return " ".join(_block_text(part) for part in inner)
    if kind in ("BulletList", "OrderedList"):
        items = content if kind == "BulletList" else content[1]
        return " ".join(_block_text(part) for item in items for part in item)
    if kind == "LineBlock":
        return " ".join(_inlines(line) for line in content)
    return _inlines(content[2]) if kind == "Header" else ""


def _inlines(inlines: Sequence[dict]) -> str:
    return "".join(_inline(inline) for inline in inlines)


def _inline(inline: dict) -> str:
    kind, content = inline["t"], inline.get("c")
    if kind == "Str":
        return content
    if kind in ("Space", "SoftBreak", "LineBreak"):
        return " "
    if kind == "Superscript":
        text = _inlines(content)
        # letters that point to a note say nothing of the number before them
        return "" if re.fullmatch(r"[a-z](,\s*[a-z])*", text) else text
    if kind in ("Emph", "Strong", "Underline", "Strikeout", "Subscript", "SmallCaps"):
        return _inlines(content)
    if kind in ("Quoted", "Span", "Link", "Cite"):
        if kind == "Span" and "math" in content[0][1]:
            return _from_tex(_inlines(content[1]))
        return _inlines(content[1])
    if kind == "Math":
        return _from_tex(content[1])
    return content[1] if kind == "Code" else ""


def _from_tex(text: str) -> str:
    for command, sign in sorted(_TEX.items(), key=lambda item: -len(item[0])):
        text = re.sub(
            re.escape(command) + (r"(?![A-Za-z])" if command[-1].isalpha() else ""), sign, text
        )
    return (
        re.sub(r"[{}$]|\\[A-Za-z]+", "", text).replace("^2", "2").replace("^", "").replace("_", "")
    )
