"""Projects of coding programs in the format of REFI-QDA (.qdpx): one, or one for each coder.

Several projects are read as one: a source is the same where its name and text are, a code where
its name and those above it are.
"""

from __future__ import annotations

import io
import zipfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from xml.etree.ElementTree import Element, ParseError

import pandas as pd
from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from helpers.data.code_system import fold
from helpers.data.coding_programs import Mark, cut_marks, list_left_out
from helpers.data.problems import NamedNote, join_words
from helpers.errors import InputError

__all__ = ["SUFFIX", "is_project", "read_project", "read_project_codes", "read_project_marks"]

SUFFIX = ".qdpx"
LARGEST = 200_000_000
"""Bytes of a project, of its description or of a text, unpacked."""
_NO_CODER = "codings without a known coder or code"

Chain = tuple[str, ...]
"""The name of a code and of those above it, from the top."""


@dataclass
class _Project:
    """A project, or several as one; `codings` pairs marks without a code with the code's chain."""

    file: str
    users: dict[str, str] = field(default_factory=dict)
    codes: dict[str, Chain] = field(default_factory=dict)
    texts: dict[str, str | None] = field(default_factory=dict)
    """By source, its text; None where the project holds none, as of sound and film."""
    codings: list[tuple[Mark, Chain]] = field(default_factory=list)
    left_out: Counter = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)

    @property
    def chains(self) -> list[Chain]:
        """The codes in their order, each once."""
        return list(dict.fromkeys(self.codes.values()))

    @property
    def names(self) -> dict[Chain, str]:
        """What each code is called: with those above it where two codes have one name."""
        same = Counter(chain[-1] for chain in self.chains)
        return {c: c[-1] if same[c[-1]] == 1 else " > ".join(c) for c in self.chains}

    @property
    def marks(self) -> list[Mark]:
        names = self.names
        return [replace(mark, code=names[chain]) for mark, chain in self.codings]


def is_project(raw: bytes) -> bool:
    """Say whether a file is a project of REFI-QDA (.qdpx), or an archive of such."""
    return bool(_list_entries(raw, ".qde") or _list_entries(raw, SUFFIX))


def read_project(file: str, raw: bytes) -> tuple[list[Sequence[object]], list[str]]:
    """Read projects of REFI-QDA as the rows of a table of codings.

    Parameters
    ----------
    file : str
        What it is called, for messages.
    raw : bytes
        A project, or an archive (zip) of several.

    Returns
    -------
    rows : list
        The header, and a row a code of a coder in a segment.
    notes : list of str
        How segments were made, what of several projects was matched, and what was left out.

    Raises
    ------
    InputError
        For a damaged or far too large file, one with a document type, one without a coding of
        text or time, a source that differs between projects, and a coder whose marks do.

    Notes
    -----
    Read are stretches of text (also of a PDF's text), of sound and film, and of their transcripts.
    """
    project = _open(file, raw)
    notes = [*project.notes, *list_left_out(project.left_out)]
    if not project.codings:
        raise InputError(
            f"{file} has no coding of a stretch of text, sound or film by a coder that it names"
            f"{': ' if notes else ''}{'; '.join(notes)}"
        )
    rows, made = cut_marks(project.marks)
    return rows, [made, *notes]


def read_project_codes(raw: bytes, *, file: str) -> pd.DataFrame:
    """Return the codes of a project with the codes above them, one row a code that can be given.

    Returns
    -------
    DataFrame
        code_id, open_code, primary_code, axial_code, element.
    """
    rows = []
    for chain, name in _open(file, raw).names.items():
        above = [*reversed(chain[:-1])] or [chain[-1]]
        rows.append((name, name, above[0], above[min(1, len(above) - 1)], above[-1]))
    columns = ["code_id", "open_code", "primary_code", "axial_code", "element"]
    return pd.DataFrame(rows, columns=columns)


def read_project_marks(raw: bytes, *, file: str) -> pd.DataFrame:
    """Return the marked stretches of a project.

    Returns
    -------
    DataFrame
        video, coder, code, start, end (not part of the stretch), length: of the source, in
        characters; missing where the project holds no text that the stretches lie in.
    """
    project = _open(file, raw)
    rows = [(m.source, m.coder, m.code, m.start, m.end) for m in project.marks]
    marks = pd.DataFrame(rows, columns=["video", "coder", "code", "start", "end"])
    lengths = {name: len(text) for name, text in project.texts.items() if text is not None}
    marks["length"] = marks["video"].map(lengths)
    beyond = marks.groupby("video")["end"].transform("max") > marks["length"]
    return marks.assign(length=marks["length"].mask(beyond))


# ---------------------------------------------------------------------------------------------
# archives


def _list_entries(raw: bytes, suffix: str) -> list[zipfile.ZipInfo]:
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            found = [e for e in archive.infolist() if e.filename.lower().endswith(suffix)]
    except zipfile.BadZipFile:
        return []
    return [e for e in found if not PurePosixPath(e.filename).name.startswith(".")]


def _unpack(file: str, archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    try:
        with archive.open(entry) as stream:
            content = stream.read(LARGEST + 1)
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, OSError, EOFError) as error:
        raise InputError(f"{file}: its {entry.filename} cannot be unpacked ({error})") from None
    if len(content) > LARGEST:
        raise InputError(
            f"{file}: its {entry.filename} is larger than {LARGEST / 1e6:.0f} MB, which no project "
            "needs; export the sources to be compared alone"
        )
    return content


def _open(file: str, raw: bytes) -> _Project:
    """Read a project, or those in an archive as one."""
    if _list_entries(raw, ".qde"):
        return _parse(file, raw)
    entries = _list_entries(raw, SUFFIX)
    names = [PurePosixPath(entry.filename).name for entry in entries]
    if len({*names}) < len(names):
        names = [entry.filename for entry in entries]
    projects = []
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        for name, entry in sorted(zip(names, entries, strict=True), key=lambda pair: pair[0]):
            part = _unpack(file, archive, entry)
            if not _list_entries(part, ".qde"):
                raise InputError(f"{file}: {name} is no project of REFI-QDA; export it anew")
            projects.append(_parse(name, part, coder=name[: -len(SUFFIX)]))
    return _merge(file, projects)


# ---------------------------------------------------------------------------------------------
# one project


def _parse(file: str, raw: bytes, *, coder: str = "") -> _Project:
    """Read one project; a coding by nobody is by `coder`, or left out."""
    entry = _list_entries(raw, ".qde")[0]
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        text = _unpack(file, archive, entry)
        try:
            root = fromstring(text, forbid_dtd=True)
        except DefusedXmlException:
            raise InputError(
                f"{file}: its {entry.filename} declares a document type, which no coding program "
                "writes; export the project anew"
            ) from None
        except (ParseError, ValueError, LookupError) as error:
            raise InputError(f"{file}: its {entry.filename} is no XML ({error})") from None
        project = _Project(file)
        for user in _below(root, "User"):
            name = user.get("name") or user.get("id") or user.get("guid", "")
            project.users[user.get("guid", "").casefold()] = name.strip()
        for codes in _below(root, "Codes"):
            _gather_codes(codes, (), project)
        texts = _Texts(file, archive)
        for sources in _below(root, "Sources"):
            for source in sources:
                _gather_source(source, project, texts, coder)
    return project


class _Texts:
    """The texts that an archive holds beside the project's description."""

    def __init__(self, file: str, archive: zipfile.ZipFile) -> None:
        self.file, self.archive = file, archive
        self.entries = {PurePosixPath(e.filename).name.casefold(): e for e in archive.infolist()}

    def read(self, element: Element) -> str | None:
        """Return the text in which a source's stretches lie; None where there is none."""
        inline = next((e.text for e in element if _tag(e) == "PlainTextContent"), None)
        if inline is not None:
            return inline
        name = element.get("plainTextPath", "").rpartition("/")[2].casefold()
        entry = self.entries.get(name)
        if not name or entry is None:
            return None
        try:
            return _unpack(self.file, self.archive, entry).decode("utf-8-sig")
        except UnicodeDecodeError:
            return None


def _tag(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _below(element: Element, tag: str) -> Iterable[Element]:
    return (each for each in element.iter() if _tag(each) == tag)


def _gather_codes(parent: Element, above: Chain, project: _Project) -> None:
    for code in parent:
        if _tag(code) == "Code":
            chain = (*above, " ".join(code.get("name", "").split()))
            project.codes[code.get("guid", "").casefold()] = chain
            _gather_codes(code, chain, project)


def _gather_source(source: Element, project: _Project, texts: _Texts, coder: str) -> None:
    name = _name_anew(source.get("name") or source.get("guid", ""), project.texts)
    project.texts[name] = texts.read(source)
    for part in source.iter():
        tag = _tag(part)
        if tag in ("Representation", "TextDescription"):
            project.texts[name] = texts.read(part)
        elif tag == "Transcript":
            points = {
                point.get("guid", "").casefold(): point.get("position")
                for point in _below(part, "SyncPoint")
            }
            transcript = _name_anew(f"{name} (transcript)", project.texts)
            project.texts[transcript] = texts.read(part)
            for selection in _below(part, "TranscriptSelection"):
                ends = [
                    points.get(selection.get(end, "").casefold())
                    for end in ("fromSyncPoint", "toSyncPoint")
                ]
                _gather_codings(selection, transcript, ends, part, project, coder)
        elif tag == "PlainTextSelection":
            ends = [part.get("startPosition"), part.get("endPosition")]
            _gather_codings(part, name, ends, source, project, coder)
        elif tag in ("AudioSelection", "VideoSelection"):
            ends = [part.get("begin"), part.get("end")]
            _gather_codings(part, name, ends, source, project, coder)
        elif tag in ("PictureSelection", "PDFSelection"):
            n = sum(_tag(each) == "Coding" for each in part)
            project.left_out["codings of an area of a picture or page"] += n
    n = sum(_tag(each) == "Coding" for each in source)
    project.left_out["codings of a whole source"] += n
    project.left_out = +project.left_out


def _name_anew(name: str, taken: Iterable[str]) -> str:
    """Return a name that no other source has, as those in different folders may."""
    number = 1
    while (new := name if number == 1 else f"{name} ({number})") in taken:
        number += 1
    return new


def _gather_codings(
    selection: Element,
    source: str,
    ends: Sequence[str | None],
    owner: Element,
    project: _Project,
    coder: str,
) -> None:
    for coding in selection:
        if _tag(coding) != "Coding":
            continue
        users = [each.get("creatingUser", "").casefold() for each in (coding, selection, owner)]
        by = next((project.users[user] for user in users if project.users.get(user)), coder)
        codes = [ref.get("targetGUID", "").casefold() for ref in _below(coding, "CodeRef")]
        known = [project.codes[code] for code in codes if code in project.codes]
        if not by or not known:
            project.left_out[_NO_CODER] += 1
            continue
        try:
            start, end = (float(position) for position in ends)
        except (TypeError, ValueError):
            project.left_out["codings without a beginning and an end"] += 1
            continue
        if not start < end:
            project.left_out["codings of no length"] += 1
            continue
        mark = Mark(source, start, end, by, "")
        project.codings += [(mark, chain) for chain in known]


# ---------------------------------------------------------------------------------------------
# several projects


def _merge(file: str, projects: Sequence[_Project]) -> _Project:
    """Put projects together; what they share is theirs in common, and what not is noted."""
    if len(projects) == 1:
        return projects[0]
    merged = _Project(file)
    empty = [project.file for project in projects if not project.codings]
    if empty:
        note = f"{_count(len(empty), 'project')} without a coding of a stretch"
        merged.notes.append(NamedNote(f"{note}: {', '.join(empty)}", note))
    sources = _match_sources(projects, merged)
    codes = _match_codes(projects, merged)
    coders = _match_coders(projects, merged)
    found: dict[tuple[str, str], dict[str, set]] = defaultdict(dict)
    for project in projects:
        merged.left_out += project.left_out
        for mark, chain in project.codings:
            source = sources[project.file, mark.source]
            coder = coders[project.file, mark.coder]
            coding = replace(mark, source=source, coder=coder), codes[chain]
            found[source, coder].setdefault(project.file, set()).add(coding)
    for (source, coder), by_file in found.items():
        first, *others = by_file
        for other in others:
            if by_file[other] != by_file[first]:
                raise InputError(
                    f"{file}: {coder!r} marked {source!r} in {first}, and differently in {other}; "
                    "leave one of these projects out, or give the coders names of their own in them"
                )
        merged.codings += sorted(by_file[first], key=lambda c: (c[0].start, c[0].end, c[1]))
    return merged


def _match_sources(projects: Sequence[_Project], merged: _Project) -> dict[tuple[str, str], str]:
    """Return what each project's sources are called in common."""
    called: dict[tuple[str, str], str] = {}
    holders: dict[str, list[str]] = {}
    for project in projects:
        renamed = []
        for name, text in project.texts.items():
            common = name
            if name not in merged.texts and text:
                alike = [old for old, other in merged.texts.items() if other == text]
                common = next((a for a in alike if a not in project.texts), name)
            if common != name:
                renamed.append(f"{name!r} as {common!r}")
            known = merged.texts.get(common)
            if text is not None and known is not None and text != known:
                raise InputError(
                    f"{merged.file}: {name!r} has another text in {project.file} than in "
                    f"{holders[common][0]}, so that positions in it cannot be compared; give "
                    "each coder a copy of one project, or leave the source out"
                )
            merged.texts[common] = known if text is None else text
            called[project.file, name] = common
            holders.setdefault(common, []).append(project.file)
        if renamed:
            note = f"{_count(len(renamed), 'source')} of a project matched by the text alone"
            merged.notes.append(
                NamedNote(f"{project.file}: {join_words(renamed)}, whose text is the same", note)
            )
    n = len(projects)
    merged.notes.insert(
        0, f"{n} projects read as one: sources matched by name and text, codes by name"
    )
    alone = {source: files[0] for source, files in holders.items() if len(files) == 1}
    if alone:
        note = f"{_count(len(alone), 'source')} in only one of the projects"
        listed = ", ".join(f"{source!r} of {holder}" for source, holder in alone.items())
        merged.notes.append(NamedNote(f"{note}: {listed}", note))
    return called


def _match_codes(projects: Sequence[_Project], merged: _Project) -> dict[Chain, Chain]:
    """Return the common spelling of each code."""
    common: dict[Chain, Chain] = {}
    called: dict[Chain, Chain] = {}
    holders: dict[Chain, set[str]] = defaultdict(set)
    for project in projects:
        for chain in project.chains:
            key = tuple(map(fold, chain))
            called[chain] = common.setdefault(key, chain)
            holders[called[chain]].add(project.file)
    merged.codes = {" > ".join(chain): chain for chain in common.values()}
    names = merged.names
    alone = [names[chain] for chain, files in holders.items() if len(files) == 1]
    if alone:
        merged.notes.append(
            f"{_count(len(alone), 'code')} in only one of the projects: {', '.join(sorted(alone))}"
        )
    return called


def _match_coders(projects: Sequence[_Project], merged: _Project) -> dict[tuple[str, str], str]:
    """Return what each project's coders are called: as their file where all have one name."""
    names = {project.file: sorted({m.coder for m, _ in project.codings}) for project in projects}
    if (
        all(len(own) == 1 for own in names.values())
        and len({own[0] for own in names.values()}) == 1
    ):
        merged.notes.append("the projects call their coders alike, so each project is one coder")
        return {(file, own[0]): file[: -len(SUFFIX)] for file, own in names.items()}
    return {(file, coder): coder for file, own in names.items() for coder in own}


def _count(n: int, thing: str) -> str:
    return f"{n} {thing}{'' if n == 1 else 's'}"
