"""Tables of coded segments, as coding programs write them, and the segments that marks make.

Such a file says which stretch of which source a coder marked with which code; it has no segments.
Each source is cut wherever a mark begins or ends; a piece that anybody marked is a segment. A coder
who marked something in a source has seen it: what that coder left unmarked there is ``none``. A
coder without a mark in a source did not code it.
"""

from __future__ import annotations

import csv
import io
import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from helpers.data.code_system import NO_CODE
from helpers.data.reshape import read_seconds

__all__ = ["Mark", "cut_marks", "list_left_out", "read_csv_rows", "read_segment_table"]

HEADER = ("video", "segment", "coder", "code")

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
class Mark:
    """One code that a coder gave one stretch of a source; the end is not part of it."""

    source: str
    start: float
    end: float
    coder: str
    code: str


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
    rows : list
        The header, and a row a code of a coder in a segment; None for a table with other columns.
    notes : list of str
        How segments were made, and what was left out.

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
    several = _words(rows[0][place["code"]]).casefold() == "codes"
    marks, left_out = [], Counter()
    texts: dict[tuple[str, str], int] = {}
    for row in rows[1:]:
        cell = {name: _words(row[k]) if k < len(row) else "" for name, k in place.items()}
        if not any(cell.values()):
            continue
        ends = _find_ends(cell, texts)
        codes = [
            code for part in _split_codes(cell["code"], several=several) if (code := part.strip())
        ]
        if not (cell["source"] and cell["coder"] and codes and ends):
            left_out["rows without a source, coder, code or place"] += 1
            continue
        marks += [Mark(cell["source"], *ends, cell["coder"], code) for code in codes]
    if not marks:
        return None
    made, note = cut_marks(marks)
    if texts:
        note += "; places are not given, so the same words of a source are taken for one segment"
    return made, [note, *list_left_out(left_out)]


def list_left_out(left_out: Counter) -> list[str]:
    """Say what of a file was left out, and how often."""
    return [f"left out: {what} ({n})" for what, n in sorted(left_out.items())]


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


def _split_codes(cell: str, *, several: bool) -> list[str]:
    """Return the codes of a cell; semicolons are part of a name where a row has one code."""
    return re.split(r"[\r\n;]+" if several else r"[\r\n]+", cell)


def _find_ends(cell: Mapping[str, str], texts: dict) -> tuple[float, float] | None:
    """Return where a segment begins and ends; by its words where no place is given."""
    if "start" in cell and "end" in cell:
        found = [*re.findall(_POSITION, cell["start"])[:1], *re.findall(_POSITION, cell["end"])[:1]]
    else:
        found = re.findall(_POSITION, cell.get("reference", ""))
        found = found * 2 if len(found) == 1 else found
    if len(found) == 2:
        start, end = map(read_seconds, found)
        # numbers name the first and the last paragraph, times are moments
        return (start, end if ":" in found[1] else end + 1) if start <= end else None
    if cell.get("text") and "start" not in cell and "reference" not in cell:
        key = cell["source"], " ".join(cell["text"].split())
        number = texts.setdefault(key, len(texts))
        return float(number), number + 1.0
    return None


def read_csv_rows(text: bytes, separator: str) -> list[list[str]]:
    """Return the records of a CSV; empty where it is no text in UTF-8."""
    try:
        return list(csv.reader(io.StringIO(text.decode("utf-8-sig")), delimiter=separator))
    except (UnicodeError, csv.Error):
        return []


# ---------------------------------------------------------------------------------------------
# segments


def cut_marks(marks: Sequence[Mark]) -> tuple[list[Sequence[object]], str]:
    """Cut each source where marks begin and end; rows with a header, and a sentence on it."""
    by_source: dict[str, list[Mark]] = defaultdict(list)
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
