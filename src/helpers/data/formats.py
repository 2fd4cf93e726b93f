"""A reader's file of any format as the text of a CSV, so that one set of checks serves them all.

CSV and its relatives pass as they are. Workbooks, files of SPSS and Stata, and Parquet are read by
the libraries that know them and written out as CSV in memory. What such a format knows beyond its
cells comes with it: what the codes of a category mean, and which values its owner declared missing.
"""

from __future__ import annotations

import contextlib
import csv
import datetime
import io
import math
import re
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from defusedxml.ElementTree import fromstring

from helpers.data.coding_programs import read_csv_rows, read_segment_table
from helpers.data.coding_projects import is_project, read_project
from helpers.data.problems import more_like_it, show
from helpers.errors import InputError, did_you_mean

__all__ = ["SUFFIXES", "SourceText", "read_source"]

SUFFIXES = (".csv", ".tsv", ".txt", ".xlsx", ".xls", ".ods", ".sav", ".zsav", ".por", ".dta",
            ".parquet", ".qdpx")  # fmt: skip
"""The formats that can be read, by the usual ending of their names."""

_NO_RESULT = re.compile(
    r'<c r="([A-Z]+\d+)"(?![^>]*t="str")[^>]*><f[^>]*?(?:/>|>[^<]*</f>)(?:<v\s*/>|<v></v>)?</c>'
)
"""A cell with a formula and no result; that of a text may be empty."""
_BOMS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_REFUSED = {
    b"\x1f\x8b": "compressed (gzip, or an R data file); unpack it or write it as CSV",
    b"%PDF": "a PDF; give the data as CSV",
}


@dataclass(frozen=True, kw_only=True)
class SourceText:
    """A file as CSV, and what its format says of the columns.

    Attributes
    ----------
    text : bytes
        The CSV; as it is in the file where that is text.
    unit : str
        What messages call a record: ``"line"`` of a text, ``"row"`` of a table.
    offset : int
        Added to the line of `text` to get the number that the reader sees.
    separator : str or None
        What stands between the columns of `text`; None where the reader's mapping says.
    decimal : str or None
        Likewise for the decimal sign.
    labels : mapping of str to mapping of str to str
        By column, what each code means.
    n_declared_missing : mapping of str to int
        By column, the cells that the file itself declares missing.
    what : str
        The format in words.
    notes : tuple of str
        What was done with the file, a sentence each.
    """

    text: bytes
    unit: str = "line"
    offset: int = 0
    separator: str | None = None
    decimal: str | None = None
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    n_declared_missing: Mapping[str, int] = field(default_factory=dict)
    what: str = "text"
    notes: tuple[str, ...] = ()


def read_source(
    path: Path,
    raw: bytes,
    *,
    sheet: str = "",
    separator: str = ",",
    codings: bool = False,
    mapped: bool = False,
) -> SourceText:
    """Read a file by what it is, whatever it is called.

    Parameters
    ----------
    path : pathlib.Path
        The file; the libraries read it from there.
    raw : bytes
        What it holds.
    sheet : str
        Of a workbook with several sheets, the one to read.
    separator : str
        What stands between the columns of a text.
    codings : bool
        Whether codings are wanted: only then projects and tables of coding programs are read.
    mapped : bool
        Whether the reader says which column is which: such a table is read as it stands.

    Returns
    -------
    SourceText

    Raises
    ------
    InputError
        For a format that is not read, a damaged file, or a workbook of several sheets with none
        named.

    Notes
    -----
    Numbers are written with 15 significant digits, whole ones without a point; dates in ISO 8601,
    so that a scale that a spreadsheet took for dates is recognized. Values that an SPSS or Stata
    file declares missing become empty cells.
    """
    kind = _recognize(path, raw)
    if sheet and kind != "workbook":
        raise InputError(
            f"sheet {sheet!r} is given, but {path.name} is not a workbook; leave it out"
        )
    readers: Mapping[str, Callable[[], SourceText]] = {
        "text": lambda: _read_text(raw, separator, codings and not mapped),
        "workbook": lambda: _read_workbook(path, raw, sheet, codings and not mapped),
        "spss": lambda: _read_statistics(path, "read_sav", "an SPSS file"),
        "portable": lambda: _read_statistics(path, "read_por", "an SPSS portable file"),
        "stata": lambda: _read_statistics(path, "read_dta", "a Stata file"),
        "parquet": lambda: _read_parquet(path, raw),
        "project": lambda: _read_project(path, raw, codings),
    }
    return readers[kind]()


def _read_project(path: Path, raw: bytes, codings: bool) -> SourceText:
    if not codings:
        raise InputError(f"{path.name} is a project of a coding program, which holds no such data")
    return _as_codings(read_project(path.name, raw))


def _as_codings(found: tuple[list, list[str]]) -> SourceText:
    rows, notes = found
    return SourceText(
        text=_as_csv(rows),
        unit="row",
        separator=",",
        decimal=".",
        what="a table of coded segments",
        notes=tuple(notes),
    )


def _recognize(path: Path, raw: bytes) -> str:
    for signature, what in _REFUSED.items():
        if raw.startswith(signature):
            raise InputError(f"{path.name} is {what}")
    if raw.startswith(b"PK\x03\x04"):
        if _is_workbook(raw):
            return "workbook"
        if is_project(raw):
            return "project"
        raise InputError(f"{path.name} is a zipped file; unpack it and give the table in it")
    if raw.startswith(b"\xd0\xcf\x11\xe0"):
        return "workbook"
    if raw.startswith((b"$FL2", b"$FL3")):
        return "spss"
    if b"SPSS PORT FILE" in raw[:600].replace(b"\r", b"").replace(b"\n", b""):
        return "portable"
    old_stata = path.suffix.lower() == ".dta" and raw[:1] and 102 <= raw[0] <= 119
    if raw.startswith(b"<stata_dta>") or old_stata:
        return "stata"
    if raw.startswith(b"PAR1"):
        return "parquet"
    return "text"


def _is_workbook(raw: bytes) -> bool:
    try:
        names = zipfile.ZipFile(io.BytesIO(raw)).namelist()
    except zipfile.BadZipFile:
        return False
    return any(name.startswith("xl/") or name == "content.xml" for name in names)


def _read_text(raw: bytes, separator: str, codings: bool) -> SourceText:
    """Return text as UTF-8 where its byte-order mark says that it is UTF-16.

    That is the "Unicode text" of spreadsheets, which puts tabs between the columns. A table of
    coded segments is returned as codings.
    """
    source = _decode(raw)
    if codings:
        rows = read_csv_rows(source.text, source.separator or separator)
        if found := read_segment_table(rows):
            return _as_codings(found)
    return source


def _decode(raw: bytes) -> SourceText:
    encoding = _BOMS.get(raw[:2])
    if encoding:
        with contextlib.suppress(UnicodeError):
            text = raw.decode(encoding).encode("utf-8")
            header = text.partition(b"\n")[0]
            tabs = b"\t" in header and b"," not in header
            return SourceText(text=text, separator="\t" if tabs else None)
    return SourceText(text=raw)


# ---------------------------------------------------------------------------------------------
# workbooks


def _read_workbook(path: Path, raw: bytes, sheet: str, codings: bool) -> SourceText:
    from python_calamine import CalamineWorkbook

    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(raw))
        names = list(book.sheet_names)
        filled = [name for name in names if book.get_sheet_by_name(name).height]
    except Exception as error:
        raise InputError(
            f"{path.name} cannot be read as a workbook ({_reason(error)}); it may be protected by "
            "a password or damaged: open it, and save it again without a password"
        ) from None
    if sheet and sheet not in names:
        raise InputError(
            f"{path.name} has no sheet {sheet!r}; there are {', '.join(names)}."
            f"{did_you_mean(sheet, names)}"
        )
    if not sheet and len(filled) > 1:
        shown = ", ".join(repr(name) for name in filled)
        raise InputError(
            f"{path.name} has {len(filled)} sheets with cells ({shown}); name the one to read in "
            f'the mapping, such as: sheet: "{filled[0]}"'
        )
    if not filled:
        raise InputError(f"{path.name} is empty; give a table with names in its first row")
    rows = book.get_sheet_by_name(sheet or filled[0]).to_python(skip_empty_area=False)
    _check_formulas(path, raw, sheet or filled[0])
    if codings and (found := read_segment_table(rows)):
        return _as_codings(found)
    return SourceText(text=_as_csv(rows), unit="row", separator=",", decimal=".", what="a workbook")


def _check_formulas(path: Path, raw: bytes, sheet: str) -> None:
    """Refuse formulas without the result that a spreadsheet program stores beside them.

    Programs that only write workbooks leave it out, and the cell would read as a missing value.
    """
    if not raw.startswith(b"PK"):
        return
    book = zipfile.ZipFile(io.BytesIO(raw))
    if "xl/workbook.xml" not in book.namelist():
        return
    relation = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
    sheets = fromstring(book.read("xl/workbook.xml")).iterfind(".//{*}sheet")
    wanted = next((each.get(relation) for each in sheets if each.get("name") == sheet), None)
    targets = fromstring(book.read("xl/_rels/workbook.xml.rels"))
    target = next((each.get("Target") for each in targets if each.get("Id") == wanted), "")
    part = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    if part not in book.namelist():
        return
    found = _NO_RESULT.findall(book.read(part).decode("utf-8", errors="replace"))
    if found:
        raise InputError(
            f"{path.name}, cell {found[0]}: a formula without its result; open the workbook in a "
            f"spreadsheet program, save it, and give it again{more_like_it(len(found))}"
        )


# ---------------------------------------------------------------------------------------------
# files of statistics programs, and Parquet


def _read_statistics(path: Path, reader: str, what: str) -> SourceText:
    import pyreadstat

    read = getattr(pyreadstat, reader)
    try:
        frame, meta = read(str(path))
        declared = _count_declared(path, read, reader, frame)
    except Exception as error:
        raise InputError(
            f"{path.name} cannot be read as {what} ({_reason(error)}); save it again, or write it "
            "as CSV"
        ) from None
    names = list(frame.columns)
    labels = {
        name: {_write(code): str(label) for code, label in pairs.items()}
        for name, pairs in meta.variable_value_labels.items()
    }
    if reader == "read_por":  # this format knows capitals only
        names = [name.lower() for name in names]
        labels = {name.lower(): pairs for name, pairs in labels.items()}
        declared = {name.lower(): n for name, n in declared.items()}
    columns = [frame.iloc[:, k].astype(object).where(frame.iloc[:, k].notna(), None)
               for k in range(frame.shape[1])]  # fmt: skip
    rows = [names, *zip(*columns, strict=True)]
    return SourceText(
        text=_as_csv(rows),
        unit="row",
        offset=-1,
        separator=",",
        decimal=".",
        labels=labels,
        n_declared_missing=declared,
        what=what,
    )


def _count_declared(path: Path, read: Callable, reader: str, frame) -> dict[str, int]:
    """By column, the cells with a value that the file declares missing."""
    if reader == "read_por":
        return {}
    whole = read(str(path), user_missing=True)[0]
    counts = {name: int((whole[name].notna() & frame[name].isna()).sum()) for name in frame.columns}
    return {name: n for name, n in counts.items() if n}


def _read_parquet(path: Path, raw: bytes) -> SourceText:
    import pyarrow
    from pyarrow import parquet

    try:
        table = parquet.read_table(io.BytesIO(raw))
    except (pyarrow.ArrowException, OSError) as error:
        raise InputError(
            f"{path.name} cannot be read as a Parquet file ({_reason(error)}); write it anew"
        ) from None
    names = [name for name in table.column_names if not name.startswith("__index_level_")]
    columns = [table.column(name).to_pylist() for name in names]
    return SourceText(
        text=_as_csv([names, *zip(*columns, strict=True)]),
        unit="row",
        offset=-1,
        separator=",",
        decimal=".",
        what="a Parquet file",
    )


def _reason(error: Exception) -> str:
    return show(str(error) or type(error).__name__)


# ---------------------------------------------------------------------------------------------
# cells as text


def _as_csv(rows: Iterable[Sequence[object]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    for row in rows:
        cells = [_write(value) for value in row]
        # a single empty cell would read as a blank line, which is no record
        out.write('""\n') if cells == [""] else writer.writerow(cells)
    return out.getvalue().encode("utf-8", errors="replace")


def _write(value: object) -> str:
    """Return a cell as it would stand in a CSV, on one line."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, int | float):
        if math.isnan(value):
            return ""
        return (
            str(int(value)) if float(value).is_integer() and abs(value) < 1e15 else f"{value:.15g}"
        )
    if isinstance(value, datetime.datetime) and not any((value.hour, value.minute, value.second)):
        return value.date().isoformat()
    if isinstance(value, datetime.datetime | datetime.date | datetime.time):
        return value.isoformat(*[" "] if isinstance(value, datetime.datetime) else [])
    return " ".join(str(value).split("\n")).replace("\r", "")
