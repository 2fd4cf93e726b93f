"""What coding programs write: projects of REFI-QDA, and tables of coded segments.

Such a file says which stretch of which source a coder marked with which code; it has no segments.
Each source is cut wherever a mark begins or ends; a piece that anybody marked is a segment. A coder
who marked something in a source has seen it: what that coder left unmarked there is ``none``. A
coder without a mark in a source did not code it.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element, ParseError

import pandas as pd
from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from helpers.data.code_system import NO_CODE
from helpers.errors import InputError

__all__ = ["HEADER", "is_project", "read_project", "read_project_codes", "read_segment_table"]

HEADER = ("video", "segment", "coder", "code")
LARGEST = 200_000_000
"""Bytes of a project's description, unpacked."""

_COLUMNS = {
    "source": ("document name", "document", "dokumentname", "dokument", "file", "filename",
               "file name", "datei"),
    "coder": ("coder", "author", "created by", "creating user", "coded by", "coded by initials",
              "autor", "erstellt von"),
    "code": ("code", "codes", "codename", "code name"),
    "start": ("beginning", "begin", "start", "start position", "anfang", "beginn"),
    "end": ("end", "end position", "ende"),
    "reference": ("reference", "referenz"),
    "text": ("segment", "coded", "quotation content", "coded text"),
}  # fmt: skip
"""What MAXQDA, ATLAS.ti, NVivo and QualCoder call the columns of their tables."""
_POSITION = r"\d+(?::\d+)+(?:[.,]\d+)?|\d+"


@dataclass(frozen=True)
class _Mark:
    """One code that a coder gave one stretch of a source; the end is not part of it."""

    source: str
    start: float
    end: float
    coder: str
    code: str


@dataclass
class _Project:
    marks: list[_Mark] = field(default_factory=list)
    left_out: Counter = field(default_factory=Counter)
    users: dict[str, str] = field(default_factory=dict)
    codes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """By identifier, the name of a code and of those above it, from the top."""

    def name(self, identifier: str) -> str:
        """Return a code's name, with those above it where two codes have one name."""
        chain = self.codes[identifier]
        same = {other for other in self.codes.values() if other[-1] == chain[-1]}
        return chain[-1] if len(same) == 1 else " > ".join(chain)


def is_project(raw: bytes) -> bool:
    """Say whether a file is a project of REFI-QDA (.qdpx)."""
    return _find_description(raw) is not None


def read_project(file: str, raw: bytes) -> tuple[list[Sequence[object]], list[str]]:
    """Read a project of REFI-QDA as the rows of a table of codings.

    Parameters
    ----------
    file : str
        What it is called, for messages.
    raw : bytes

    Returns
    -------
    rows : list
        The header, and a row a code of a coder in a segment.
    notes : list of str
        How segments were made, and what was left out.

    Raises
    ------
    InputError
        For a damaged or far too large file, one with a document type, and one without a coding of
        text or time.

    Notes
    -----
    Read are stretches of text (also of a PDF's text), of sound and film, and of their transcripts.
    """
    project = _parse_project(file, raw)
    notes = _list_left_out(project.left_out)
    if not project.marks:
        raise InputError(
            f"{file} has no coding of a stretch of text, sound or film by a coder that it names"
            f"{': ' if notes else ''}{'; '.join(notes)}"
        )
    rows, made = _cut(project.marks)
    return rows, [made, *notes]


def read_project_codes(raw: bytes, *, file: str) -> pd.DataFrame:
    """Return the codes of a project with the codes above them, one row a code that can be given.

    Returns
    -------
    DataFrame
        code_id, open_code, primary_code, axial_code, element.
    """
    project = _parse_project(file, raw)
    rows = {}
    for identifier, chain in project.codes.items():
        above = [*reversed(chain[:-1])] or [chain[-1]]
        name = project.name(identifier)
        rows[name] = (name, name, above[0], above[min(1, len(above) - 1)], above[-1])
    columns = ["code_id", "open_code", "primary_code", "axial_code", "element"]
    return pd.DataFrame([rows[name] for name in rows], columns=columns)


def read_segment_table(
    rows: Sequence[Sequence[object]],
) -> tuple[list[Sequence[object]], list[str]] | None:
    """Read a table of coded segments as the rows of a table of codings; None if it is no such.

    Parameters
    ----------
    rows : sequence of sequences
        With the header: source, coder, code, and where a segment begins and ends (numbers, both
        included, or times), a reference to both, or, without these, its text.

    Returns
    -------
    rows, notes
        As of `read_project`; None for a table with other columns.

    Examples
    --------
    >>> rows, notes = read_segment_table([
    ...     ("Document name", "Code", "Beginning", "End", "Created by"),
    ...     ("S1", "rupture", 1, 2, "Ann"), ("S1", "rupture", 2, 2, "Bo"),
    ... ])
    >>> rows[1:]
    [('S1', 1, 'Ann', 'rupture'), ('S1', 1, 'Bo', 'none'), ('S1', 2, 'Ann', 'rupture'), \
('S1', 2, 'Bo', 'rupture')]
    """
    place = _find_columns(rows[0]) if len(rows) > 1 else {}
    if not place or _are_numbered(rows[1:], place):
        return None
    marks, left_out = [], Counter()
    texts: dict[tuple[str, str], int] = {}
    for row in rows[1:]:
        cell = {name: _words(row[k]) if k < len(row) else "" for name, k in place.items()}
        if not any(cell.values()):
            continue
        ends = _find_ends(cell, texts)
        codes = [code for part in _split_codes(cell["code"]) if (code := part.strip())]
        if not (cell["source"] and cell["coder"] and codes and ends):
            left_out["rows without a source, coder, code or place"] += 1
            continue
        marks += [_Mark(cell["source"], *ends, cell["coder"], code) for code in codes]
    if not marks:
        return None
    made, note = _cut(marks)
    if texts:
        note += "; places are not given, so the same words of a source are taken for one segment"
    return made, [note, *_list_left_out(left_out)]


def _list_left_out(left_out: Counter) -> list[str]:
    return [f"left out: {what} ({n})" for what, n in sorted(left_out.items())]


# ---------------------------------------------------------------------------------------------
# a project


def _find_description(raw: bytes) -> zipfile.ZipInfo | None:
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            entries = [e for e in archive.infolist() if e.filename.lower().endswith(".qde")]
    except zipfile.BadZipFile:
        return None
    return entries[0] if entries else None


def _parse_project(file: str, raw: bytes) -> _Project:
    entry = _find_description(raw)
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive, archive.open(entry) as stream:
            text = stream.read(LARGEST + 1)
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, OSError, EOFError) as error:
        raise InputError(f"{file}: its {entry.filename} cannot be unpacked ({error})") from None
    if len(text) > LARGEST:
        raise InputError(
            f"{file}: its {entry.filename} is larger than {LARGEST / 1e6:.0f} MB, which no project "
            "needs; export the sources to be compared alone"
        )
    try:
        root = fromstring(text, forbid_dtd=True)
    except DefusedXmlException:
        raise InputError(
            f"{file}: its {entry.filename} declares a document type, which no coding program "
            "writes; export the project anew"
        ) from None
    except (ParseError, ValueError, LookupError) as error:
        raise InputError(f"{file}: its {entry.filename} is no XML ({error})") from None
    project = _Project()
    for user in _below(root, "User"):
        name = user.get("name") or user.get("id") or user.get("guid", "")
        project.users[user.get("guid", "").casefold()] = name.strip()
    for codes in _below(root, "Codes"):
        _gather_codes(codes, (), project)
    for sources in _below(root, "Sources"):
        for source in sources:
            _gather_source(source, project)
    return project


def _tag(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _below(element: Element, tag: str) -> Iterable[Element]:
    return (each for each in element.iter() if _tag(each) == tag)


def _gather_codes(parent: Element, above: tuple[str, ...], project: _Project) -> None:
    for code in parent:
        if _tag(code) == "Code":
            chain = (*above, " ".join(code.get("name", "").split()))
            project.codes[code.get("guid", "").casefold()] = chain
            _gather_codes(code, chain, project)


def _gather_source(source: Element, project: _Project) -> None:
    name = source.get("name") or source.get("guid", "")
    for part in source.iter():
        tag = _tag(part)
        if tag == "Transcript":
            points = {
                point.get("guid", "").casefold(): point.get("position")
                for point in _below(part, "SyncPoint")
            }
            for selection in _below(part, "TranscriptSelection"):
                ends = [
                    points.get(selection.get(end, "").casefold())
                    for end in ("fromSyncPoint", "toSyncPoint")
                ]
                _gather_codings(selection, f"{name} (transcript)", ends, part, project)
        elif tag == "PlainTextSelection":
            ends = [part.get("startPosition"), part.get("endPosition")]
            _gather_codings(part, name, ends, source, project)
        elif tag in ("AudioSelection", "VideoSelection"):
            _gather_codings(part, name, [part.get("begin"), part.get("end")], source, project)
        elif tag in ("PictureSelection", "PDFSelection"):
            n = sum(_tag(each) == "Coding" for each in part)
            project.left_out["codings of an area of a picture or page"] += n
    n = sum(_tag(each) == "Coding" for each in source)
    project.left_out["codings of a whole source"] += n
    project.left_out = +project.left_out


def _gather_codings(
    selection: Element,
    source: str,
    ends: Sequence[str | None],
    owner: Element,
    project: _Project,
) -> None:
    for coding in selection:
        if _tag(coding) != "Coding":
            continue
        users = [each.get("creatingUser", "").casefold() for each in (coding, selection, owner)]
        coder = next((project.users[user] for user in users if user in project.users), "")
        codes = [ref.get("targetGUID", "").casefold() for ref in _below(coding, "CodeRef")]
        known = [project.name(code) for code in codes if code in project.codes]
        if not coder or not known:
            project.left_out["codings without a known coder or code"] += 1
            continue
        try:
            start, end = (float(position) for position in ends)
        except (TypeError, ValueError):
            project.left_out["codings without a beginning and an end"] += 1
            continue
        if not start < end:
            project.left_out["codings of no length"] += 1
            continue
        project.marks += [_Mark(source, start, end, coder, code) for code in known]


# ---------------------------------------------------------------------------------------------
# a table


def _find_columns(header: Sequence[object]) -> dict[str, int]:
    """Return where a table of coded segments has what; empty for a table of another kind."""
    names = [_words(cell).casefold() for cell in header]
    place = {
        what: names.index(name)
        for what, known in _COLUMNS.items()
        for name in reversed(known)
        if name in names
    }
    stretch = {"start", "end"} <= set(place) or "reference" in place or "text" in place
    return place if stretch and {"source", "coder", "code"} <= set(place) else {}


def _are_numbered(rows: Sequence[Sequence[object]], place: Mapping[str, int]) -> bool:
    """Say whether what could be a segment's words are numbers: of segments, which need no cut."""
    if "text" not in place or "start" in place or "reference" in place:
        return False
    words = [_words(row[place["text"]]) for row in rows if place["text"] < len(row)]
    return all(word.isdigit() for word in words if word)


def _words(cell: object) -> str:
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return "" if cell is None else str(cell).strip()


def _split_codes(cell: str) -> list[str]:
    return re.split(r"[\r\n;]+", cell)


def _find_ends(cell: Mapping[str, str], texts: dict) -> tuple[float, float] | None:
    """Return where a segment begins and ends; by its words where no place is given."""
    if "start" in cell and "end" in cell:
        found = [*re.findall(_POSITION, cell["start"])[:1], *re.findall(_POSITION, cell["end"])[:1]]
    else:
        found = re.findall(_POSITION, cell.get("reference", ""))
        found = found * 2 if len(found) == 1 else found
    if len(found) == 2:
        start, end = map(_read_position, found)
        # numbers name the first and the last paragraph, times are moments
        return (start, end if ":" in found[1] else end + 1) if start <= end else None
    if cell.get("text") and "start" not in cell and "reference" not in cell:
        key = cell["source"], " ".join(cell["text"].split())
        number = texts.setdefault(key, len(texts))
        return float(number), number + 1.0
    return None


def _read_position(text: str) -> float:
    seconds = 0.0
    for part in text.replace(",", ".").split(":"):
        seconds = 60 * seconds + float(part)
    return seconds


def read_csv_rows(text: bytes, separator: str) -> list[list[str]]:
    """Return the records of a CSV; empty where it is no text in UTF-8."""
    try:
        return list(csv.reader(io.StringIO(text.decode("utf-8-sig")), delimiter=separator))
    except (UnicodeError, csv.Error):
        return []


# ---------------------------------------------------------------------------------------------
# segments


def _cut(marks: Sequence[_Mark]) -> tuple[list[Sequence[object]], str]:
    """Cut each source where marks begin and end; rows with a header, and a sentence on it."""
    by_source: dict[str, list[_Mark]] = defaultdict(list)
    for mark in marks:
        by_source[mark.source].append(mark)
    rows: list[Sequence[object]] = [HEADER]
    n_segments = 0
    for source, own in by_source.items():
        ends = sorted({end for mark in own for end in (mark.start, mark.end)})
        pieces: list[dict[str, set[str]]] = [defaultdict(set) for _ in ends[1:]]
        for mark in own:
            for k in range(bisect_left(ends, mark.start), bisect_left(ends, mark.end)):
                pieces[k][mark.coder].add(mark.code)
        coders = sorted({mark.coder for mark in own})
        for number, piece in enumerate(filter(None, pieces), 1):
            for coder in coders:
                codes = sorted(piece[coder]) if coder in piece else [NO_CODE]
                rows += [(source, number, coder, code) for code in codes]
            n_segments += 1
    stretches = {(mark.source, mark.start, mark.end, mark.coder) for mark in marks}
    shared = Counter(stretch[:3] for stretch in stretches)
    alike = sum(n for n in shared.values() if n > 1)
    return rows, (
        f"{len(stretches)} marked stretches, {alike} of them marked alike by two coders: each of "
        f"{len(by_source)} sources was cut where a mark begins or ends, into {n_segments} marked "
        "segments, which count alike whatever their length; what a coder left unmarked in a source "
        f"with marks of that coder counts as {NO_CODE!r}"
    )
