"""Load a reader's own CSV against a study's data dictionary.

What cannot be used is refused with one line that says what, where and how to mend it. Such a line
shows at most the one offending value, never a participant's whole row.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from helpers.data.column_map import ColumnMap, read_column_map
from helpers.data.schemas import Column, Schema, load_schema
from helpers.errors import InputError, did_you_mean
from helpers.paths import data_dir, project_root, twin_path

__all__ = ["Dataset", "Examination", "examine_dataset", "load_dataset"]

MISSING_MARKS = ("", "NA", "N/A", "NaN", "nan", "na", "n/a", "null", "NULL", ".", "#N/A")
_DELIMITERS = {";": "semicolons", "\t": "tabs", "|": "vertical bars", " ": "spaces"}
_SIGNATURES = {
    b"PK\x03\x04": "an Excel or other zipped file; save it as 'CSV UTF-8 (comma delimited)'",
    b"\xd0\xcf\x11\xe0": "an old Excel file; save it as 'CSV UTF-8 (comma delimited)'",
    b"\x1f\x8b": "compressed (gzip, or an R data file); unpack it or write it as CSV",
    b"$FL2": "an SPSS file; save it as CSV",
    b"$FL3": "an SPSS file; save it as CSV",
    b"PAR1": "a Parquet file; write it as CSV",
    b"%PDF": "a PDF; give the data as CSV",
}
_SWAPPED = str.maketrans(",.", ".,")
_MOST_VALUES = 10  # different wrong values of one kind that a column is told of
_EXAMINED = ["column", "group", "yours", "missing", "lowest", "highest", "labels"]
_UTF8_FIX = "save the file as 'CSV UTF-8'"
_CONTROLS = bytes([*range(9), 11, 12, *range(14, 32), 127])
_MONTH = r"(?:jan|feb|m[aä]r|mrz|apr|ma[iy]|jun|jul|aug|sep|o[ck]t|nov|de[cz])[a-z]{0,6}\.?"
_DATE = re.compile(
    rf"\d{{1,2}}[-. /]\s?{_MONTH}(?:[-. /]\d{{2,4}})?|{_MONTH}[-. /]\d{{2,4}}"
    r"|\d{4}-\d\d-\d\d(?:[ T]\d.*)?|\d{1,2}([./-])\d{1,2}\1\d{2,4}(?: \d.*)?",
    re.IGNORECASE,
)
_DATE_FIX = "write it again as text: spreadsheets take 3-4 or 3.4 for a date"
_SPREADSHEET_ERROR = re.compile(r"#[A-Z0-9/]+[!?]?")
_MISSING_CODE = re.compile(r"-?([789])\1+|-[789]")


@dataclass(frozen=True, kw_only=True)
class Dataset:
    """A data set that agrees with its data dictionary.

    Attributes
    ----------
    frame : pandas.DataFrame
        One row a complete record. Columns in the order of the dictionary: ``int64`` for integers,
        ``float64`` for other numbers, categorical for labels (the reference category first, then
        the dictionary's order, then the reader's own labels by the alphabet), strings for text.
        A categorical column whose reference does not occur has its most frequent label first.
    schema : Schema
        The dictionary it was checked against.
    path : pathlib.Path
        Where it was read, absolute.
    sha256 : str
        Checksum of the file's bytes.
    synthetic : bool
        Whether it is a synthetic data set of this project: the file lies in ``data/synthetic`` or
        equals the study's twin byte by byte.
    covariates : tuple of str
        The covariates that were chosen.
    items : dict of str to tuple of str
        Item columns of each group of the dictionary.
    ignored_columns : tuple of str
        Columns of the file that were not used.
    n_read : int
        Rows read.
    n_dropped : int
        Rows dropped for missing values.
    dropped_lines : tuple of int
        Line numbers in the file of the rows dropped.
    dropped_reason : str
        One sentence on the rows dropped, or ``""``.
    column_map : ColumnMap
        How the file's columns were renamed; an empty one where they were not.
    """

    frame: pd.DataFrame
    schema: Schema
    path: Path
    sha256: str
    synthetic: bool
    covariates: tuple[str, ...]
    items: dict[str, tuple[str, ...]]
    ignored_columns: tuple[str, ...]
    n_read: int
    n_dropped: int
    dropped_lines: tuple[int, ...]
    dropped_reason: str
    column_map: ColumnMap


@dataclass(frozen=True, kw_only=True)
class Examination:
    """What a file holds, and everything in it that does not fit its data dictionary.

    Attributes
    ----------
    problems : tuple of str
        One line each, in the order in which they are met; empty where the file fits.
    dataset : Dataset or None
        None where there are problems.
    columns : pandas.DataFrame
        One row a column that is used: `column`, `group` (its item group, or itself), `yours` (its
        name in the file), `missing`, `lowest`, `highest` (NaN but for numbers) and `labels` (of
        categories, the dictionary's first).
        Empty where the file could not be read as a table.
    n_read : int
        Rows read.
    absent, ignored_columns : tuple of str
        Covariates of the dictionary that the file lacks, and columns that are not used.
    """

    problems: tuple[str, ...]
    dataset: Dataset | None
    columns: pd.DataFrame
    n_read: int
    absent: tuple[str, ...]
    ignored_columns: tuple[str, ...]


def load_dataset(
    path: str | Path,
    schema: Schema | str,
    *,
    covariates: Sequence[str] | None = None,
    missing: str = "error",
    mapping: str | Path | None = None,
) -> Dataset:
    """Read a CSV and check it against a data dictionary.

    Parameters
    ----------
    path : str or pathlib.Path
        A comma-separated file in UTF-8, with or without a byte-order mark, with names in its first
        line. A relative path is looked for in the working directory, then in the project's root.
    schema : Schema or str
        The data dictionary, or the slug of its study.
    covariates : sequence of str, optional
        The covariates to read and check; all of the dictionary when not given, none when empty.
        Where the dictionary says ``free_covariates: true`` any other column of the file may be
        named: one of numbers enters as a number, one of words as a category, and one that mixes
        the two is refused. Columns that are not asked for are ignored.
    missing : {"error", "listwise"}
        Whether a missing value (an empty cell, ``NA``, ``N/A``, ``NaN``, ``null``, ``.`` or
        ``#N/A``) is an error, or drops its row. Only columns that are used count.
    mapping : str or pathlib.Path, optional
        A YAML file that renames the file's columns and labels, see
        `helpers.data.column_map.read_column_map`.

    Returns
    -------
    Dataset

    Raises
    ------
    InputError
        When the file cannot be read, is not a UTF-8 CSV with commas, lacks a column, has one
        twice, has rows of unequal length, text in a number column, a value outside the scale, a
        fraction where whole numbers are expected, an infinite value, a missing value (with
        ``missing="error"``), a column that never varies, or a label that differs from a known one
        only by case, spacing or a letter.

    Examples
    --------
    >>> from helpers.paths import twin_path
    >>> twin = load_dataset(twin_path("distress_session_quality"), "distress_session_quality",
    ...                     covariates=["gender"])  # doctest: +SKIP
    >>> twin.synthetic  # doctest: +SKIP
    True
    """
    if missing not in ("error", "listwise"):
        raise InputError(
            f"missing={missing!r} is neither 'error' nor 'listwise'."
            f"{did_you_mean(missing, ['error', 'listwise'])}"
        )
    schema = load_schema(schema) if isinstance(schema, str) else schema
    chosen = _chosen_covariates(schema, covariates)
    problems = _Problems()
    with problems.gathered():
        found = _examine(path, schema, chosen, missing, mapping, problems)
    if problems.found:
        raise InputError(problems.found[0].of_its_kind)
    return found.dataset


def examine_dataset(
    path: str | Path, schema: Schema | str, *, mapping: str | Path | None = None
) -> Examination:
    """Check a CSV as `load_dataset` does, and list all that does not fit instead of the first.

    The covariates that the file has are checked; one that it lacks is no problem, nor are missing
    values, as a reader can leave out the former and drop the latter.

    Parameters
    ----------
    path, schema, mapping
        As of `load_dataset`.

    Returns
    -------
    Examination
    """
    schema = load_schema(schema) if isinstance(schema, str) else schema
    chosen = [replace(column, required=False) for column in schema.covariates]
    problems = _Problems()
    with problems.gathered():
        found = _examine(path, schema, chosen, "listwise", mapping, problems)
        return replace(found, problems=tuple(each.of_its_value for each in problems.found))
    return Examination(
        problems=tuple(each.of_its_value for each in problems.found),
        dataset=None,
        columns=pd.DataFrame(columns=_EXAMINED),
        n_read=0,
        absent=(),
        ignored_columns=(),
    )


def _examine(
    path: str | Path,
    schema: Schema,
    covariates: list[Column],
    missing: str,
    mapping: str | Path | None,
    problems: _Problems,
) -> Examination:
    """Read and check a file; what does not fit is noted in `problems`."""
    wanted = [*schema.measures, *covariates]
    column_map = read_column_map(mapping, schema=schema) if mapping else ColumnMap()
    path = _find_file(path)
    problems.file = path.name
    raw = _read_bytes(path)
    text = _Text(path.name, raw, column_map.separator)
    theirs = text.names
    with problems.gathered():
        text.names = column_map.rename(theirs, file=path.name)
    columns, items = _match_columns(path.name, text, wanted, problems)
    table = _read_cells(text, columns, column_map)
    problems.begin_cells(table.lines, dict(zip(text.names, theirs, strict=True)), columns)
    columns = {
        name: _settle_kind(name, column, table.cells[name], problems)
        for name, column in columns.items()
    }
    values = {
        name: _check_numbers(name, column, table.cells[name], problems, column_map.decimal)
        if column.is_number
        else _check_labels(name, column, table.cells[name], problems)
        for name, column in columns.items()
    }
    frame = pd.DataFrame(values, index=range(len(table.lines)), copy=False)
    bad = problems.bad_cells(frame.columns)
    absent = frame.isna().to_numpy(dtype=bool) & ~bad
    with problems.gathered():
        _check_missing(problems, frame, absent, missing)
    examined = _describe(frame, columns, absent, problems)
    kept = ~(absent | bad).any(axis=1)
    checked = {}
    for i, (name, column) in enumerate(columns.items()):
        # where a cell is wrong nothing is returned, and a column is judged by its own good cells
        rows = ~(absent | bad)[:, i] if bad.any() else kept
        with problems.gathered():
            if rows.any():
                values = frame[name] if rows.all() else frame[name][rows]
                checked[name] = _check_variation(problems.where(name), column, values)
    with problems.gathered():
        _check_unique(path.name, schema, frame[kept], table.lines[kept])
    frame = pd.DataFrame(checked, copy=False).reset_index(drop=True)
    sha256 = hashlib.sha256(raw).hexdigest()
    dropped = table.lines[~kept]
    ignored = tuple(
        yours
        for yours, name in zip(theirs, text.names, strict=True)
        if name not in columns and name
    )
    dataset = Dataset(
        frame=frame,
        schema=schema,
        path=path,
        sha256=sha256,
        synthetic=_is_synthetic(path, schema.study, sha256),
        covariates=tuple(column.name for column in wanted if column.role == "covariate"),
        items=items,
        ignored_columns=ignored,
        n_read=len(table.lines),
        n_dropped=len(dropped),
        dropped_lines=tuple(dropped.tolist()),
        dropped_reason=_count_missing(list(columns), absent) if len(dropped) else "",
        column_map=column_map,
    )
    return Examination(
        problems=(),
        dataset=None if problems.found else dataset,
        columns=examined,
        n_read=len(table.lines),
        absent=tuple(c.name for c in covariates if c.name not in columns),
        ignored_columns=ignored,
    )


def _chosen_covariates(schema: Schema, covariates: Sequence[str] | None) -> list[Column]:
    known = [column.name for column in schema.covariates]
    if covariates is None:
        return list(schema.covariates)
    if isinstance(covariates, str) or not isinstance(covariates, Iterable):
        raise InputError(
            f"covariates={covariates!r} is not a list; write ['{covariates}'], or [] for none"
        )
    chosen = list(covariates)
    for name in chosen:
        if name in known:
            continue
        if not schema.free_covariates:
            raise InputError(
                f"covariates: {name!r} is not a covariate of {schema.study}; there are "
                f"{', '.join(known) or 'none'}.{did_you_mean(name, known)}"
            )
        if not isinstance(name, str) or not name.strip():
            raise InputError(f"covariates: {name!r} is not a column name; give names in quotes")
        if name in schema.names:
            raise InputError(
                f"covariates: {name!r} is a measure of {schema.study} and in its model already; "
                "leave it out of covariates"
            )
    if len(set(chosen)) < len(chosen):
        raise InputError(f"covariates={chosen!r} names one twice; give each once")
    free = [name for name in chosen if name not in known]
    return [
        *(column for column in schema.covariates if column.name in chosen),
        *(Column(name=name, kind="free", role="covariate") for name in free),
    ]


# ---------------------------------------------------------------------------------------------
# the file


def _find_file(path: str | Path) -> Path:
    if not isinstance(path, str | Path) or not str(path).strip():
        raise InputError(f"data path {path!r} is not a path; give the path of a CSV file")
    given = Path(path).expanduser()
    try:
        found = given
        if not given.is_absolute() and not given.exists() and (project_root() / given).exists():
            found = project_root() / given
        if found.is_dir():
            raise InputError(f"{given} is a folder; give the path of a CSV file in it")
        if not found.exists():
            if found.resolve().is_relative_to(data_dir() / "synthetic"):
                raise InputError(f"{found.name} has not been made; run 'make data' first")
            folder = found.parent
            siblings = [p.name for p in folder.iterdir()] if folder.is_dir() else []
            where = "" if folder.is_dir() else f" (there is no folder {folder})"
            raise InputError(f"{given} does not exist{where}.{did_you_mean(given.name, siblings)}")
        if not found.is_file():
            raise InputError(f"{given} is not a regular file; give the path of a CSV file")
    except (OSError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{str(path)[:200]!r} cannot be read: {_reason(error)}") from None
    return found.resolve()


def _read_bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"{path.name} cannot be read: {_reason(error)}") from None


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)


class _Text:
    """The bytes of a CSV as records, each with its line number and known to be rectangular."""

    def __init__(self, file: str, raw: bytes, separator: str = ",") -> None:
        self.file = file
        self.separator = separator
        body = _decode_check(file, raw)
        body = body.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        self._bytes = body if body.endswith(b"\n") else body + b"\n"
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
        self.names = [name.strip() for name in names]

    def _check_delimiter(self) -> None:
        header = io.BytesIO(self._bytes.lstrip(b"\n")).readline().decode().rstrip("\n")
        if header.lower().startswith("sep="):
            raise InputError(
                f"{self.file}: the first line, {_show(header)}, is a note for Excel; delete it and "
                "separate the columns by commas"
            )
        for sign, word in _DELIMITERS.items():
            if self.separator not in header and sign in header.strip():
                asked = "commas" if self.separator == "," else f"{self.separator!r}"
                decimals = " and decimals with a point" if sign == ";" else ""
                raise InputError(
                    f"{self.file}: the columns are separated by {word}; save it with {asked} "
                    f"between the columns{decimals}, or name the separator in a mapping"
                )

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
                f"{self.file}, line {line}: a double quote stands inside a cell or is never closed;"
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
                f"which looks like a row of its own; close the quote{_more(len(alike))}"
            )

    def check_rectangular(self) -> None:
        """Refuse a header without rows, and rows longer or shorter than the header."""
        if len(self._starts) < 2:
            raise InputError(f"{self.file} has a header and no rows; add a row a participant")
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
                f"{n_names}; look for {hint}{_more(len(wrong))}"
            )

    def rows(self) -> tuple[bytes, np.ndarray]:
        """Return the records below the header, without blank ones, and their line numbers."""
        starts, ends = self._starts[1:], self._ends[1:]
        if (starts[1:] == ends[:-1] + 1).all():
            return self._bytes[starts[0] : ends[-1] + 1], self._lines[1:]
        records = [self._bytes[s : e + 1] for s, e in zip(starts, ends, strict=True)]
        return b"".join(records), self._lines[1:]


def _decode_check(file: str, raw: bytes) -> bytes:
    for signature, what in _SIGNATURES.items():
        if raw.startswith(signature):
            raise InputError(f"{file} is {what}")
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


# ---------------------------------------------------------------------------------------------
# the header


def _match_columns(
    file: str, text: _Text, wanted: list[Column], problems: _Problems
) -> tuple[dict[str, Column], dict[str, tuple[str, ...]]]:
    names = text.names
    times = Counter(names)
    repeated = sorted(name for name, n in times.items() if name and n > 1)
    if repeated:
        raise InputError(
            f"{file}: column name {_show(repeated[0])} stands {times[repeated[0]]} times in the "
            f"header; rename or delete all but one{_more(len(repeated))}"
        )
    text.check_rectangular()
    columns, items = {}, {}
    for column in wanted:
        with problems.gathered():
            if column.kind == "items":
                group = _match_items(file, names, column)
                items[column.name] = tuple(group)
                columns.update(dict.fromkeys(group, column))
            elif column.name in names:
                columns[column.name] = column
            elif column.required:
                raise InputError(_missing_column(file, names, column, wanted))
    return columns, items


def _missing_column(file: str, names: list[str], column: Column, wanted: list[Column]) -> str:
    if sum(bool(re.fullmatch(r"[-+]?\d*\.?\d+", name)) for name in names) > len(names) / 2:
        return f"{file}: the first line holds numbers, not names; put the column names there"
    taken = {other.name for other in wanted}
    what = f" ({column.instrument})" if column.instrument else ""
    hint = did_you_mean(column.name, [name for name in names if name not in taken])
    if hint:
        return (
            f"{file}: column '{column.name}'{what} is missing.{hint} Then rename that column to "
            f"'{column.name}'"
        )
    fix = ", or leave it out of covariates" if column.role == "covariate" else ""
    return f"{file}: column '{column.name}'{what} is missing; add it, or rename yours{fix}"


def _match_items(file: str, names: list[str], column: Column) -> list[str]:
    group = column.find_items(names)
    for name in names:
        if name in group:
            continue
        tail = re.fullmatch(r"(.*?)[\s_.\-]*(\d+)", name)
        if tail and _nearly(tail[1], column.name, folded=True):
            raise InputError(
                f"{file}: column '{name}' looks like an item of '{column.name}'; rename it. Did "
                f"you mean '{column.name}_{int(tail[2])}'?"
            )
    numbers = [int(name.rsplit("_", 1)[1]) for name in group]
    for first, second, number in zip(group, group[1:], numbers[1:], strict=False):
        if int(first.rsplit("_", 1)[1]) == number:
            raise InputError(
                f"{file}: columns '{first}' and '{second}' are the same item; rename or delete one"
            )
    if not group and column.required:
        raise InputError(
            f"{file}: no item column of '{column.name}'; name its items {column.name}_1, "
            f"{column.name}_2 and so on"
        )
    return group


# ---------------------------------------------------------------------------------------------
# the cells


@dataclass(frozen=True)
class _Table:
    cells: dict[str, pd.Series]
    lines: np.ndarray


def _read_cells(text: _Text, columns: dict[str, Column], column_map: ColumnMap) -> _Table:
    body, lines = text.rows()
    where = {name: i for i, name in enumerate(text.names)}
    positions = [where[name] for name in columns]
    # the first may be row numbers, which many programs write without a name
    nameless = [i for i, name in enumerate(text.names) if i and not name]
    as_text = [n for n, c in columns.items() if not c.is_number or column_map.decimal != "."]
    frame = pd.read_csv(
        io.BytesIO(body),
        sep=text.separator,
        header=None,
        names=list(range(len(text.names))),
        usecols=[*positions, *nameless],
        dtype=dict.fromkeys([*nameless, *(where[name] for name in as_text)], str),
        na_values={
            where[n]: [*MISSING_MARKS, *column_map.codes(n, c.name)] for n, c in columns.items()
        },
        keep_default_na=False,
        index_col=False,
        skip_blank_lines=False,
        low_memory=False,
        encoding="utf-8",
    )
    for position in nameless:
        filled = frame[position].str.strip().fillna("").ne("").to_numpy()
        if filled.any():
            raise InputError(
                f"{text.file}, line {lines[filled][0]}: cell {position + 1} stands under no column "
                f"name; name the column or empty it{_more(int(filled.sum()))}"
            )
    cells = {name: column_map.recode(name, frame[where[name]]) for name in columns}
    return _Table(cells, lines)


@dataclass(frozen=True)
class _Problem:
    """One line of what is wrong; `of_its_kind` counts every cell like it, `of_its_value` fewer."""

    of_its_kind: str
    of_its_value: str


class _Problems:
    """What is wrong with a file, in the order in which it is met."""

    def __init__(self) -> None:
        self.file = ""
        self.found: list[_Problem] = []

    @contextmanager
    def gathered(self) -> Iterator[None]:
        """Note an `InputError` instead of letting it through."""
        try:
            yield
        except InputError as error:
            problem = _Problem(str(error), str(error))
            self.found += [problem] if problem not in self.found else []

    def begin_cells(self, lines: np.ndarray, yours: dict[str, str], names: Iterable[str]) -> None:
        """Make ready for problems of cells in columns `names`, called `yours` in the file."""
        self.lines, self.yours = lines, yours
        self._bad = {name: np.zeros(len(lines), dtype=bool) for name in names}

    def bad_cells(self, names: Sequence[str]) -> np.ndarray:
        """Return where cells have a problem, shape (rows, columns)."""
        return (
            np.array([self._bad[name] for name in names], dtype=bool)
            .reshape(len(names), len(self.lines))
            .T
        )

    def where(self, name: str) -> str:
        """Return the file and the column as its owner calls it."""
        return f"{self.file}, column '{self.yours[name]}'"

    def note(
        self,
        name: str,
        cells: pd.Series,
        bad: np.ndarray,
        say: Callable[[object], tuple[str, str]],
        hint: str = "",
    ) -> None:
        """Note the cells of column `name` where `bad` holds, in a line for each value.

        `say` returns, for a value, what is wrong with it and how to mend it.
        """
        at = np.flatnonzero(bad)
        if not len(at):
            return
        self._bad[name][at] = True
        kinds, firsts, counts = np.unique(
            cells.iloc[at].astype(str), return_index=True, return_counts=True
        )
        for i in np.argsort(firsts)[:_MOST_VALUES]:
            row = at[firsts[i]]
            what, fix = say(cells.iloc[row])
            line = (
                f"{self.file}, line {self.lines[row]}, column '{self.yours[name]}': {what}; {fix}"
            )
            self.found.append(
                _Problem(f"{line}{_more(len(at))}{hint}", f"{line}{_more(counts[i])}{hint}")
            )
        if len(kinds) > _MOST_VALUES:
            line = f"{self.where(name)}: {len(kinds) - _MOST_VALUES} other values like these"
            self.found.append(_Problem(line, line))


def _describe(
    frame: pd.DataFrame, columns: dict[str, Column], absent: np.ndarray, problems: _Problems
) -> pd.DataFrame:
    """Return what each column holds, for `Examination`."""
    rows = []
    for name, n_missing in zip(frame.columns, absent.sum(axis=0), strict=True):
        values, lowest, highest, labels = frame[name].dropna(), np.nan, np.nan, ()
        if isinstance(values.dtype, pd.CategoricalDtype):
            known = columns[name].labels
            given = set(values.unique())
            labels = (*(k for k in known if k in given), *sorted(given.difference(known)))
        elif pd.api.types.is_numeric_dtype(values):
            lowest, highest = values.min(), values.max()
        yours = problems.yours[name]
        rows.append((name, columns[name].name, yours, int(n_missing), lowest, highest, labels))
    return pd.DataFrame(rows, columns=_EXAMINED)


def _more(n: int) -> str:
    return f" ({n - 1} more like it)" if n > 1 else ""


def _count(n: int, thing: str) -> str:
    return f"{n} {thing}" if n == 1 else f"{n} {thing}s"


def _show(value: object) -> str:
    text = " ".join(str(value).split()) if str(value).strip() else str(value)
    return repr(text if len(text) <= 30 else text[:29] + "…")


def _settle_kind(name: str, column: Column, cells: pd.Series, problems: _Problems) -> Column:
    """Return a free column as numeric where every value is a number, else as categorical."""
    if column.kind != "free":
        return column
    words = cells.str.strip()
    words = words.mask(words.isin(MISSING_MARKS))
    numeric = _check_alike(name, words, problems)
    return replace(column, kind="numeric" if numeric else "categorical")


def _check_alike(name: str, words: pd.Series, problems: _Problems) -> bool:
    """Return whether every word is a number; note those unlike the most."""
    is_number = pd.to_numeric(words, errors="coerce").notna()
    is_word = words.notna() & ~is_number
    if not (is_number.any() and is_word.any()):
        return bool(is_number.any())
    bad, kind = (is_word, "number") if is_number.sum() >= is_word.sum() else (is_number, "word")
    fix = "correct it, empty the cell if the value is missing, or write every value as a word"
    problems.note(
        name,
        words,
        bad.to_numpy(),
        lambda word: (f"{_show(word)} is no {kind} as the other values are", fix),
    )
    return False


def _check_numbers(
    name: str, column: Column, cells: pd.Series, problems: _Problems, decimal: str
) -> np.ndarray:
    if cells.dtype == bool:
        cells = cells.astype(str)
    if cells.dtype.kind in "iuf":
        values = cells.to_numpy(dtype=float)
    else:
        words = cells.astype(str).str.strip().where(cells.notna())
        words = words.mask(words.isin(MISSING_MARKS))
        pointed = words if decimal == "." else words.str.translate(_SWAPPED)
        values = pd.to_numeric(pointed, errors="coerce").to_numpy(dtype=float)
        bad = np.isnan(values) & words.notna().to_numpy()
        every = bad.sum() == len(bad)
        problems.note(
            name, words, bad, lambda word: _not_a_number(word, every=every, decimal=decimal)
        )
    bad = np.isinf(values)
    problems.note(
        name,
        pd.Series(values),
        bad,
        lambda value: ("the value is infinite", "correct it, or empty the cell"),
    )
    # beyond these, whole numbers are not exact and squares overflow
    large = (np.abs(values) > (2.0**53 if column.kind == "integer" else 1e100)) & ~bad
    problems.note(
        name,
        pd.Series(values),
        large,
        lambda value: (
            f"{value:.10g} is too large to compute with",
            "correct it, or empty the cell",
        ),
    )
    bad |= large
    values = np.where(bad, np.nan, values) if bad.any() else values
    _check_range(name, column, values, problems)
    _check_missing_codes(name, column, values, problems)
    return values


def _not_a_number(word: str, *, every: bool, decimal: str) -> tuple[str, str]:
    shown = _show(word)
    if _DATE.fullmatch(word):
        return f"{shown} is a date", _DATE_FIX
    if _SPREADSHEET_ERROR.fullmatch(word):
        return f"{shown} is an error of a spreadsheet", "mend its formula, or empty the cell"
    if decimal == "," and re.fullmatch(r"[+-]?[\d.]+(,\d+)?", word):
        fix = "write decimals with a comma, as the mapping says, thousands without separator"
        return f"{shown} has a point", fix
    if re.fullmatch(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?", word) and len(word.split(",")[0]) < 4:
        if re.fullmatch(r"[+-]?\d,\d{3}", word):
            return (
                f"{shown} has a comma",
                "write decimals with a point, thousands without separator",
            )
        return f"{shown} has a thousands separator", "write the number without it"
    if re.fullmatch(r"[+-]?\d*,\d+", word):
        return f"{shown} has a decimal comma", "write decimals with a point"
    if re.fullmatch(r"[+-]?\d{1,3}([ '.\u00a0\u202f]\d{3})+([.,]\d+)?", word):
        return f"{shown} has a thousands separator", "write the number without it"
    if re.fullmatch(r"[−–]\d*\.?\d+", word):
        return f"{shown} has a dash for its minus sign", "write it with '-'"
    if re.fullmatch(r"[+-]?\d*\.?\d+\s*%", word):
        return f"{shown} has a percent sign", "write the number without it"
    if every:
        return f"{shown} is not a number", "code the answers as numbers"
    return f"{shown} is not a number", "correct it, or empty the cell if the value is missing"


def _check_range(name: str, column: Column, values: np.ndarray, problems: _Problems) -> None:
    low = -np.inf if column.minimum is None else column.minimum
    high = np.inf if column.maximum is None else column.maximum
    scoring = f" ({column.scoring})" if column.scoring else ""
    outside = (values < low) | (values > high)
    problems.note(
        name,
        pd.Series(values),
        outside,
        lambda value: (
            f"{value:.10g} is outside {column.range_words}{scoring}",
            "correct it, or empty the cell if it is a code for a missing value",
        ),
    )
    if column.kind == "integer" or column.whole:
        broken = ~np.isnan(values) & (values != np.floor(values)) & ~outside
        problems.note(
            name,
            pd.Series(values),
            broken,
            lambda value: (
                f"{value:.10g} is not a whole number{scoring}",
                "correct it, or empty the cell if the value is missing",
            ),
        )


def _check_missing_codes(
    name: str, column: Column, values: np.ndarray, problems: _Problems
) -> None:
    """Note codes such as -99 or 999 where no range of the scale refuses them."""
    if None not in (column.minimum, column.maximum) or column.role == "identifier":
        return
    levels = np.unique(values[~np.isnan(values)])
    is_code = np.array([bool(_MISSING_CODE.fullmatch(f"{level:.10g}")) for level in levels])
    if is_code.all() or not is_code.any():
        return
    lowest, highest = levels[~is_code][[0, -1]]
    spread = highest - lowest
    far = ((levels < 0) & (lowest >= 0)) | (levels > highest + spread) | (levels < lowest - spread)
    fix = (
        "empty the cell, name the code under 'missing' in a mapping, or declare the column's "
        "minimum and maximum in the data dictionary"
    )
    problems.note(
        name,
        pd.Series(values),
        np.isin(values, levels[is_code & far]),
        lambda value: (
            f"{value:.10g} is far from the other values ({lowest:.10g} to {highest:.10g}) and "
            "looks like a code for a missing value",
            fix,
        ),
    )


def _check_labels(name: str, column: Column, cells: pd.Series, problems: _Problems) -> pd.Series:
    cells = cells.astype("category")
    blank = [level for level in cells.cat.categories if not str(level).strip()]
    cells = cells.cat.remove_categories(blank)
    if column.kind == "text":
        return cells.astype(str).str.strip().where(cells.notna())
    if column.role == "covariate":
        _check_few(problems.where(name), cells)
        _check_alike(name, cells.astype(str).where(cells.notna()), problems)
    seen: dict[str, str] = {}
    for level in cells.cat.categories:
        if level in column.labels:
            continue
        if problem := _no_label(level):
            problems.note(
                name, cells, (cells == level).to_numpy(), lambda word, problem=problem: problem
            )
            continue
        near = [known for known in column.labels if _nearly(level, known)]
        twin = seen.setdefault(_fold(level), level)
        near += [twin] if twin != level else []
        if near or column.closed:
            hint = f" Did you mean '{near[0]}'?" if near else did_you_mean(level, column.labels)
            allowed = "" if near else f"; there are {', '.join(column.labels)}"
            fix = f"write every label of '{name}' in one way{allowed}"
            problems.note(
                name,
                cells,
                (cells == level).to_numpy(),
                lambda word, fix=fix: (f"label {_show_label(word)} is unknown", fix),
                hint=f".{hint}",
            )
    return cells


def _check_few(where: str, cells: pd.Series) -> None:
    n_labels = cells.nunique()
    if n_labels > max(20, len(cells) / 5):
        raise InputError(
            f"{where}: {n_labels} different labels in {len(cells)} rows; group "
            "them into few categories, or leave it out of covariates"
        )


def _no_label(label: str) -> tuple[str, str] | None:
    """Return what makes a cell no label, and the remedy."""
    shown = _show_label(label)
    if not label.isprintable():
        return f"label {shown} holds an invisible character", "write the label again"
    if _SPREADSHEET_ERROR.fullmatch(label.strip()):
        return f"{shown} is an error of a spreadsheet", "mend its formula, or empty the cell"
    if _DATE.fullmatch(label.strip()):
        return f"{shown} is a date", _DATE_FIX
    if not any(sign.isalnum() for sign in label):
        return f"{shown} is no word", "write one, or empty the cell if the value is missing"
    return None


def _show_label(label: str) -> str:
    return repr(label if len(label) <= 40 else label[:39] + "…")


def _fold(label: str) -> str:
    """Return `label` without case, spaces and punctuation."""
    return re.sub(r"[\W_]+", "", label.casefold())


def _nearly(label: str, known: str, *, folded: bool = False) -> bool:
    """Whether two different words differ only by case, spacing, punctuation or one letter."""
    if label == known:
        return folded
    a, b = _fold(label), _fold(known)
    if a == b:
        return True
    if re.findall(r"\d+", a) != re.findall(r"\d+", b) or min(len(a), len(b)) < 3:
        return False
    short, long = sorted((a, b), key=len)
    if len(long) - len(short) > 1:
        return False
    first = next(
        (i for i, (x, y) in enumerate(zip(short, long, strict=False)) if x != y), len(short)
    )
    if len(short) == len(long):
        swapped = short[:first] + short[first : first + 2][::-1] + short[first + 2 :]
        return short[first + 1 :] == long[first + 1 :] or swapped == long
    return short[first:] == long[first + 1 :]


# ---------------------------------------------------------------------------------------------
# the rows


def _check_missing(
    problems: _Problems, frame: pd.DataFrame, absent: np.ndarray, missing: str
) -> None:
    for name, count in zip(frame.columns, absent.sum(axis=0), strict=True):
        if count == len(frame):
            raise InputError(f"{problems.where(name)}: every value is missing; fill the column")
    rows = absent.any(axis=1)
    where = _missing_by_column([problems.yours[name] for name in frame.columns], absent)
    if missing == "error" and rows.any():
        first = ", ".join(str(line) for line in problems.lines[rows][:5])
        raise InputError(
            f"{problems.file}: {_count(absent.sum(), 'missing value')} in {rows.sum()} of "
            f"{_count(len(frame), 'row')} (by column: {where}; first lines: {first}); fill them, "
            "or set missing='listwise' to drop these rows"
        )
    if rows.all():
        raise InputError(f"{problems.file}: no row is complete (missing values by column: {where})")


def _count_missing(names: Sequence[str], absent: np.ndarray) -> str:
    rows = _count(len(absent), "row")
    where = _missing_by_column(names, absent)
    n_dropped = absent.any(axis=1).sum()
    return f"{n_dropped} of {rows} dropped for missing values (by column: {where})"


def _missing_by_column(names: Sequence[str], absent: np.ndarray) -> str:
    counts = zip(names, absent.sum(axis=0), strict=True)
    where = ", ".join(f"{name} {count}" for name, count in counts if count)
    return where if len(where) <= 200 else where[:200].rsplit(",", 1)[0] + ", …"


def _check_variation(where: str, column: Column, values: pd.Series) -> pd.Series:
    if column.is_number:
        first = values.iloc[0]
        judged = column.role in ("measure", "covariate")
        if judged and len(values) > 1 and (values == first).all():
            fix = "check the export"
            if column.role == "covariate":
                fix = "leave it out of covariates"
            raise InputError(
                f"{where}: every value is {first:g}, and a constant column cannot "
                f"be analysed; {fix}"
            )
        return values.astype("int64") if column.kind == "integer" else values
    if column.kind == "text":
        return values
    counts = values.value_counts()
    counts = counts[counts > 0]
    if column.role == "covariate" and len(counts) < 2:
        raise InputError(
            f"{where}: every row has the label {_show_label(counts.index[0])}; "
            "leave it out of covariates"
        )
    if column.role == "covariate":
        _check_few(where, values)
    present = list(counts.index)
    known = [label for label in column.labels if label in present]
    order = known + sorted(label for label in present if label not in known)
    if column.reference in present:
        first = column.reference
    elif column.role == "covariate":
        first = min(order, key=lambda label: (-counts[label], order.index(label)))
    else:
        first = order[0]
    return values.cat.set_categories([first, *(label for label in order if label != first)])


def _check_unique(file: str, schema: Schema, frame: pd.DataFrame, lines: np.ndarray) -> None:
    key = [name for name in schema.unique if name in frame.columns]
    if not key:
        return
    repeated = frame.duplicated(subset=key).to_numpy()
    if repeated.any():
        at = lines[repeated][0]
        raise InputError(
            f"{file}, line {at}: {', '.join(key)} repeat those of an earlier line; keep one"
            f"{_more(int(repeated.sum()))}"
        )


def _is_synthetic(path: Path, study: str, sha256: str) -> bool:
    if path.is_relative_to(data_dir() / "synthetic"):
        return True
    twin = twin_path(study)
    return twin.is_file() and hashlib.sha256(twin.read_bytes()).hexdigest() == sha256
