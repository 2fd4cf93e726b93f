"""The text of a reader's CSV: found, decoded, and cut into records of equal length."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from pathlib import Path

import numpy as np

from helpers.data.problems import more_like_it, show
from helpers.errors import InputError, did_you_mean
from helpers.files import find_projects
from helpers.paths import TWIN, data_dir, project_root

__all__ = ["CsvText", "find_file", "read_bytes"]

_DELIMITERS = {";": "semicolons", "\t": "tabs", "|": "vertical bars", " ": "spaces"}
_UTF8_FIX = "save the file as 'CSV UTF-8'"
_TITLE_LINES = 10
"""Lines in which a title and the names below it are looked for."""
_CONTROLS = bytes([*range(9), 11, 12, *range(14, 32), 127])


def find_file(path: str | Path) -> Path:
    """Return the absolute path of a data file, looked for here and then in the project's root.

    A folder is one where it holds projects of a coding program.
    """
    if not isinstance(path, str | Path) or not str(path).strip():
        raise InputError(f"data path {path!r} is not a path; give the path of a data file")
    given = Path(path).expanduser()
    try:
        found = given
        if not given.is_absolute() and not given.exists() and (project_root() / given).exists():
            found = project_root() / given
        if found.is_dir():
            if find_projects(found):
                return found.resolve()
            raise InputError(f"{given} is a folder; give the path of a data file in it")
        if not found.exists():
            if found.name == TWIN and found.resolve().is_relative_to(data_dir()):
                twin = f"the synthetic data of {found.parent.name}"
                raise InputError(f"{twin} have not been made; run 'make data' first")
            folder = found.parent
            siblings = [p.name for p in folder.iterdir()] if folder.is_dir() else []
            where = "" if folder.is_dir() else f" (there is no folder {folder})"
            raise InputError(f"{given} does not exist{where}.{did_you_mean(given.name, siblings)}")
        if not found.is_file():
            raise InputError(f"{given} is not a regular file; give the path of a data file")
    except (OSError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{str(path)[:200]!r} cannot be read: {_reason(error)}") from None
    return found.resolve()


def read_bytes(path: Path) -> bytes:
    """Return what a file holds; of a folder, an archive of the projects in it, always the same."""
    try:
        if not path.is_dir():
            return path.read_bytes()
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            for project in find_projects(path):
                archive.writestr(zipfile.ZipInfo(project.name), project.read_bytes())
        return packed.getvalue()
    except OSError as error:
        raise InputError(f"{path.name} cannot be read: {_reason(error)}") from None


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)


class CsvText:
    """The bytes of a CSV as records, each with its line number and known to be rectangular.

    Parameters
    ----------
    file : str
        Its name, for messages.
    raw : bytes
    separator : str
    offset : int
        Added to a line's number to get the record's as the reader counts it.

    Attributes
    ----------
    names : list of str
        The header.
    notes : list of str
        What was skipped, a sentence each.
    """

    def __init__(self, file: str, raw: bytes, separator: str = ",", offset: int = 0) -> None:
        self.file = file
        self.separator = separator
        self.notes: list[str] = []
        body = _decode_check(file, raw)
        body = body.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        self._bytes = body if body.endswith(b"\n") else body + b"\n"
        n_skipped = self._skip_title()
        self._check_delimiter()
        self._split_records()
        first = self._bytes[self._starts[0] : self._ends[0]].decode()
        try:
            names = next(csv.reader([first], delimiter=separator))
        except csv.Error:
            raise InputError(
                f"{file}: the first line holds a cell too long to be a name; put the column names "
                "there"
            ) from None
        self.names = [" ".join(name.split()) for name in names]
        self._skip_export_headers()
        self._lines += offset + n_skipped
        self._check_second_names()

    def _skip_title(self) -> int:
        """Leave out a title above the names, and return how many lines that takes.

        A title is one filled cell a row; below it comes a row of three or more different names.
        """
        head = self._bytes.split(b"\n", _TITLE_LINES)[:_TITLE_LINES]
        for n, line in enumerate(head):
            try:
                cells = next(csv.reader([line.decode()], delimiter=self.separator), [])
            except csv.Error:
                return 0
            filled = [cell.strip() for cell in cells if cell.strip()]
            if len(filled) > 2:
                if n and any(head[:n]) and not any(cell[0].isdigit() for cell in filled):
                    self._bytes = self._bytes.split(b"\n", n)[n]
                    self.notes.append(f"what stands above the names in line {n + 1} was skipped")
                    return n
                return 0
            if len(filled) > 1 or line.lower().startswith(b"sep=") or set(b";\t|") & set(line):
                return 0
        return 0

    def _skip_export_headers(self) -> None:
        """Leave out the further header rows of Qualtrics: the question's text, and its import id.

        The row of ids is recognized by what it is, cells such as ``{"ImportId":"QID1"}``; what
        stands between it and the names are the texts of the questions.
        """
        for extra in (1, 2):
            if extra < len(self._starts):
                record = self._bytes[self._starts[extra] : self._ends[extra]].decode()
                cells = [
                    cell.strip() for cell in next(csv.reader([record], delimiter=self.separator))
                ]
                filled = [cell for cell in cells if cell]
                if filled and all(cell.startswith('{"ImportId"') for cell in filled):
                    keep = np.r_[0, extra + 1 : len(self._starts)]
                    for part in ("_starts", "_ends", "_lines", "_n_fields"):
                        setattr(self, part, getattr(self, part)[keep])
                    rows = "a further header row" if extra == 1 else f"{extra} further header rows"
                    self.notes.append(f"{rows} of a Qualtrics export skipped")
                    return

    def _check_second_names(self) -> None:
        """Refuse names that go on in the next row, as those under merged cells do."""
        if len(self._starts) < 2:
            return
        record = self._bytes[self._starts[1] : self._ends[1]].decode()
        below = [cell.strip() for cell in next(csv.reader([record], delimiter=self.separator))]
        pairs = list(zip(self.names, below, strict=False))[1:]
        under_none = [cell for name, cell in pairs if cell and not name]
        if len(under_none) > 1 and not any(re.search(r"^\W*\d", cell) for cell in below):
            raise InputError(
                f"{self.file}: the names stand in two rows, {show(under_none[0])} of the lower one "
                "under none of the upper; write the whole name of each column in one row, such as "
                "T1_phq9, and delete the other"
            )

    def _check_delimiter(self) -> None:
        header = io.BytesIO(self._bytes.lstrip(b"\n")).readline().decode().rstrip("\n")
        if header.lower().startswith("sep="):
            raise InputError(
                f"{self.file}: the first line, {show(header)}, is a note for Excel; delete it and "
                "separate the columns by commas"
            )
        for sign, word in _DELIMITERS.items():
            if self.separator not in header and sign in header.strip():
                name = sign.replace("\t", "tab")
                fix = f'write in the mapping separator: "{name}"'
                if sign == ";":
                    fix += ', and where decimals have a comma, decimal: ","'
                elif sign == " ":
                    fix = "save it with commas between the columns"
                raise InputError(f"{self.file}: the columns are separated by {word}; {fix}")

    def _split_records(self) -> None:
        data = np.frombuffer(self._bytes, dtype=np.uint8)
        breaks = np.flatnonzero(data == ord("\n"))
        commas = np.flatnonzero(data == ord(self.separator))
        ends = breaks
        if b'"' in self._bytes:
            quotes = np.flatnonzero(data == ord('"'))
            self._check_quotes(data, quotes, breaks)
            ends = breaks[np.searchsorted(quotes, breaks) % 2 == 0]
            every_comma, commas = commas, commas[np.searchsorted(quotes, commas) % 2 == 0]
        starts = np.concatenate([[0], ends[:-1] + 1])
        lines = np.searchsorted(breaks, starts) + 1
        n_commas = np.diff(np.searchsorted(commas, ends), prepend=0)
        # a blank line is no record, nor is a last line of commas alone, which Excel likes to add
        hollow = starts == ends
        blank = b" \t" + self.separator.encode()
        for i in np.flatnonzero(np.isin(data[starts], list(blank))):
            hollow[i] = not self._bytes[starts[i] : ends[i]].strip(blank)
        last = np.logical_and.accumulate(hollow[::-1])[::-1]
        keep = ~(last | (hollow & (n_commas == 0)))
        if not keep.any():
            raise InputError(f"{self.file} is empty; give a CSV with names in its first line")
        self._starts, self._ends = starts[keep], ends[keep]
        self._lines, self._n_fields = lines[keep], n_commas[keep] + 1
        if len(ends) < len(breaks):
            self._check_quoted_breaks(quotes, breaks, every_comma)

    def _check_quotes(self, data: np.ndarray, quotes: np.ndarray, breaks: np.ndarray) -> None:
        opening, closing = quotes[0::2], quotes[1::2]
        beside = list(b'\n"' + self.separator.encode())
        proper = (opening == 0) | np.isin(data[opening - 1], beside)
        stray = np.concatenate([opening[~proper], closing[~np.isin(data[closing + 1], beside)]])
        if len(stray) or len(closing) < len(opening):
            at = stray.min() if len(stray) else opening[-1]
            line = int(np.searchsorted(breaks, at)) + 1
            raise InputError(
                f"{self.file}, line {line}: a double quote is inside a cell or is never closed;"
                " delete it, or write it twice inside a quoted cell"
            )

    def _check_quoted_breaks(
        self, quotes: np.ndarray, breaks: np.ndarray, commas: np.ndarray
    ) -> None:
        """Refuse a quoted cell that runs on over what looks like rows of their own.

        Such a cell comes of two stray quotes, and would make rows vanish into one cell.
        """
        n_names = self._n_fields[0]
        within = np.flatnonzero(np.searchsorted(quotes, breaks[:-1]) % 2 == 1)
        start, end = breaks[within], breaks[within + 1]
        # where in that line the cell ends, if it does
        quote = np.append(quotes, len(self._bytes))[np.searchsorted(quotes, start)]
        before = np.searchsorted(commas, start)
        n_commas = np.searchsorted(commas, end) - before
        n_inside = np.searchsorted(commas, np.minimum(quote, end)) - before
        alike = np.flatnonzero((n_commas == n_names - 1) & (n_inside >= min(2, n_names - 1)))
        if n_names > 1 and len(alike):
            line = int(within[alike[0]]) + 2
            raise InputError(
                f"{self.file}, line {line}: a quoted cell that began above runs on over this line, "
                f"which looks like a row of its own; close the quote{more_like_it(len(alike))}"
            )

    def check_rectangular(self) -> None:
        """Refuse a header without rows, and rows longer or shorter than the header."""
        if len(self._starts) < 2:
            raise InputError(f"{self.file} has a header and no rows; add one row per participant")
        wrong = np.flatnonzero(self._n_fields != self._n_fields[0])
        if len(wrong):
            n_fields, n_names = self._n_fields[wrong[0]], self._n_fields[0]
            hint = "a missing comma or a line cut short"
            if n_fields > n_names:
                hint = "a comma inside a cell (put the cell in quotes, write decimals with a point)"
            if (self._n_fields[1:] == n_names + 1).all():
                hint = "a row name or number that the header has no name for; write without them"
            raise InputError(
                f"{self.file}, line {self._lines[wrong[0]]}: {n_fields} cells where the header has "
                f"{n_names}; look for {hint}{more_like_it(len(wrong))}"
            )

    def rows(self) -> tuple[bytes, np.ndarray]:
        """Return the records below the header, without blank ones, and their line numbers."""
        starts, ends = self._starts[1:], self._ends[1:]
        if not len(starts):
            return b"", self._lines[1:]
        if (starts[1:] == ends[:-1] + 1).all():
            return self._bytes[starts[0] : ends[-1] + 1], self._lines[1:]
        records = [self._bytes[s : e + 1] for s, e in zip(starts, ends, strict=True)]
        return b"".join(records), self._lines[1:]


def _decode_check(file: str, raw: bytes) -> bytes:
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise InputError(f"{file} is encoded in UTF-16 ('Unicode text'); {_UTF8_FIX}")
    body = raw.removeprefix(b"\xef\xbb\xbf")
    if b"\0" in body:
        sample = body[:2000]
        if max(sample[0::2].count(0), sample[1::2].count(0)) > len(sample) // 4:
            raise InputError(f"{file} is encoded in UTF-16 ('Unicode text'); {_UTF8_FIX}")
        raise InputError(
            f"{file}, line {_line_of(body, body.index(0))}: a NUL byte; the file is damaged or no "
            "CSV, write it anew"
        )
    if len(body.translate(None, _CONTROLS)) < len(body):
        at = next(i for i, byte in enumerate(body) if byte in _CONTROLS)
        raise InputError(
            f"{file}, line {_line_of(body, at)}: a control character, {body[at : at + 1]!r}; "
            "delete it"
        )
    try:
        body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError(
            f"{file}, line {_line_of(body, error.start)}: the bytes are not UTF-8 (perhaps "
            f"Latin-1 or Windows-1252); {_UTF8_FIX}"
        ) from None
    if body[:100].lstrip().lower().startswith((b"<!doctype", b"<html", b"<?xml")):
        raise InputError(f"{file} is a web page or XML; give the data as CSV")
    return body


def _line_of(body: bytes, at: int) -> int:
    return len(re.findall(rb"\r\n|\r|\n", body[:at])) + 1
