"""Load a reader's own CSV against a study's data dictionary.

What cannot be used is refused with one line that says what, where and how to mend it. Such a line
shows at most the one offending value, never a participant's whole row.
"""

import csv
import hashlib
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from helpers.data.schemas import Column, Schema, load_schema
from helpers.errors import InputError, did_you_mean
from helpers.paths import data_dir, project_root, twin_path

__all__ = ["Dataset", "load_dataset"]

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
_UTF8_FIX = "save the file as 'CSV UTF-8'"


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


def load_dataset(
    path: str | Path,
    schema: Schema | str,
    *,
    covariates: Sequence[str] | None = None,
    missing: str = "error",
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
    wanted = [*schema.measures, *_chosen_covariates(schema, covariates)]
    path = _find_file(path)
    raw = _read_bytes(path)
    text = _Text(path.name, raw)
    names = text.names
    columns, items = _match_columns(path.name, text, wanted)
    table = _read_cells(text, columns)
    located = partial(_problem, path.name, table.lines)
    columns = {
        name: _settle_kind(name, column, table.cells[name], located)
        for name, column in columns.items()
    }
    values = {
        name: _check_numbers(name, column, table.cells[name], located)
        if column.is_number
        else _check_labels(name, column, table.cells[name], located)
        for name, column in columns.items()
    }
    frame = pd.DataFrame(values, copy=False)
    kept, dropped_reason = _check_missing(path.name, frame, table.lines, missing)
    frame = frame[kept].reset_index(drop=True) if dropped_reason else frame
    for name, column in columns.items():
        frame[name] = _check_variation(path.name, name, column, frame[name])
    _check_unique(path.name, schema, frame, table.lines[kept])
    sha256 = hashlib.sha256(raw).hexdigest()
    dropped = table.lines[~kept]
    return Dataset(
        frame=frame,
        schema=schema,
        path=path,
        sha256=sha256,
        synthetic=_is_synthetic(path, schema.study, sha256),
        covariates=tuple(column.name for column in wanted if column.role == "covariate"),
        items=items,
        ignored_columns=tuple(name for name in names if name not in columns and name),
        n_read=len(table.lines),
        n_dropped=len(dropped),
        dropped_lines=tuple(dropped.tolist()),
        dropped_reason=dropped_reason,
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

    def __init__(self, file: str, raw: bytes) -> None:
        self.file = file
        body = _decode_check(file, raw)
        body = body.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        self._bytes = body if body.endswith(b"\n") else body + b"\n"
        self._check_delimiter()
        self._split_records()
        first = self._bytes[self._starts[0] : self._ends[0]].decode()
        self.names = [name.strip() for name in next(csv.reader([first]))]

    def _check_delimiter(self) -> None:
        header = io.BytesIO(self._bytes.lstrip(b"\n")).readline().decode().rstrip("\n")
        if header.lower().startswith("sep="):
            raise InputError(
                f"{self.file}: the first line, {_show(header)}, is a note for Excel; delete it and "
                "separate the columns by commas"
            )
        for sign, word in _DELIMITERS.items():
            if "," not in header and sign in header.strip():
                decimals = " and decimals with a point" if sign == ";" else ""
                raise InputError(
                    f"{self.file}: the columns are separated by {word}; save it with commas "
                    f"between the columns{decimals}"
                )

    def _split_records(self) -> None:
        data = np.frombuffer(self._bytes, dtype=np.uint8)
        breaks = np.flatnonzero(data == ord("\n"))
        commas = np.flatnonzero(data == ord(","))
        ends = breaks
        if b'"' in self._bytes:
            quotes = np.flatnonzero(data == ord('"'))
            self._check_quotes(data, quotes, breaks)
            ends = breaks[np.searchsorted(quotes, breaks) % 2 == 0]
            commas = commas[np.searchsorted(quotes, commas) % 2 == 0]
        starts = np.concatenate([[0], ends[:-1] + 1])
        lines = np.searchsorted(breaks, starts) + 1
        n_commas = np.diff(np.searchsorted(commas, ends), prepend=0)
        # a blank line is no record, nor is a last line of commas alone, which Excel likes to add
        hollow = np.zeros(len(starts), dtype=bool)
        for i in np.flatnonzero(np.isin(data[starts], list(b" \t,\n"))):
            hollow[i] = not self._bytes[starts[i] : ends[i]].strip(b" \t,")
        last = np.logical_and.accumulate(hollow[::-1])[::-1]
        keep = ~(last | (hollow & (n_commas == 0)))
        if not keep.any():
            raise InputError(f"{self.file} is empty; give a CSV with names in its first line")
        self._starts, self._ends = starts[keep], ends[keep]
        self._lines, self._n_fields = lines[keep], n_commas[keep] + 1

    def _check_quotes(self, data: np.ndarray, quotes: np.ndarray, breaks: np.ndarray) -> None:
        opening, closing = quotes[0::2], quotes[1::2]
        before = data[opening - 1]
        proper = (opening == 0) | np.isin(before, list(b',\n"'))
        if not proper.all() or len(closing) < len(opening):
            at = opening[~proper][0] if not proper.all() else opening[-1]
            line = int(np.searchsorted(breaks, at)) + 1
            raise InputError(
                f"{self.file}, line {line}: a double quote stands inside a cell or is never closed;"
                " delete it, or write it twice inside a quoted cell"
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
        line = body[: body.index(b"\0")].count(b"\n") + 1
        raise InputError(
            f"{file}, line {line}: a NUL byte; the file is damaged or no CSV, write it anew"
        )
    try:
        body.decode("utf-8")
    except UnicodeDecodeError as error:
        line = body[: error.start].count(b"\n") + 1
        raise InputError(
            f"{file}, line {line}: the bytes are not UTF-8 (perhaps Latin-1 or Windows-1252); "
            f"{_UTF8_FIX}"
        ) from None
    if body[:100].lstrip().lower().startswith((b"<!doctype", b"<html", b"<?xml")):
        raise InputError(f"{file} is a web page or XML; give the data as CSV")
    return body


# ---------------------------------------------------------------------------------------------
# the header


def _match_columns(
    file: str, text: _Text, wanted: list[Column]
) -> tuple[dict[str, Column], dict[str, tuple[str, ...]]]:
    names = text.names
    repeated = (
        sorted({name for name in names if name and names.count(name) > 1})
        if len(set(names)) < len(names)
        else []
    )
    if repeated:
        raise InputError(
            f"{file}: column name '{repeated[0]}' stands {names.count(repeated[0])} times in the "
            f"header; rename or delete all but one{_more(len(repeated))}"
        )
    text.check_rectangular()
    columns, items = {}, {}
    for column in wanted:
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


def _read_cells(text: _Text, columns: dict[str, Column]) -> _Table:
    body, lines = text.rows()
    where = {name: i for i, name in enumerate(text.names)}
    positions = [where[name] for name in columns]
    frame = pd.read_csv(
        io.BytesIO(body),
        header=None,
        names=list(range(len(text.names))),
        usecols=positions,
        dtype={where[n]: str for n, c in columns.items() if not c.is_number},
        na_values=list(MISSING_MARKS),
        keep_default_na=False,
        index_col=False,
        skip_blank_lines=False,
        low_memory=False,
        encoding="utf-8",
    )
    return _Table({name: frame[where[name]] for name in columns}, lines)


def _problem(
    file: str, lines: np.ndarray, name: str, bad: np.ndarray, what: str, fix: str
) -> InputError:
    """Compose the error for the cells of column `name` where `bad` holds."""
    at = np.flatnonzero(bad)
    more = _more(len(at))
    return InputError(f"{file}, line {lines[at[0]]}, column '{name}': {what}; {fix}{more}")


def _more(n: int) -> str:
    return f" ({n - 1} more like it)" if n > 1 else ""


def _count(n: int, thing: str) -> str:
    return f"{n} {thing}" if n == 1 else f"{n} {thing}s"


def _show(value: object) -> str:
    text = " ".join(str(value).split()) if str(value).strip() else str(value)
    return repr(text if len(text) <= 30 else text[:29] + "…")


def _settle_kind(name: str, column: Column, cells: pd.Series, located) -> Column:
    """Return a free column as numeric where every value is a number, else as categorical."""
    if column.kind != "free":
        return column
    words = cells.str.strip()
    words = words.mask(words.isin(MISSING_MARKS))
    is_number = pd.to_numeric(words, errors="coerce").notna()
    is_word = words.notna() & ~is_number
    if is_number.any() and is_word.any():
        bad, kind = (is_word, "number") if is_number.sum() >= is_word.sum() else (is_number, "word")
        raise located(
            name,
            bad.to_numpy(),
            f"{_show(words[bad].iloc[0])} is no {kind} as the other values are",
            "correct it, empty the cell if the value is missing, or write every value as a word",
        )
    return replace(column, kind="numeric" if is_number.any() else "categorical")


def _check_numbers(name: str, column: Column, cells: pd.Series, located) -> np.ndarray:
    if cells.dtype == bool:
        bad = np.ones(len(cells), dtype=bool)
        raise located(
            name, bad, f"{_show(cells.iloc[0])} is not a number", "code the answers as numbers"
        )
    if cells.dtype.kind in "iuf":
        values = cells.to_numpy(dtype=float)
    else:
        words = cells.astype(str).str.strip().where(cells.notna())
        words = words.mask(words.isin(MISSING_MARKS))
        values = pd.to_numeric(words, errors="coerce").to_numpy(dtype=float)
        bad = np.isnan(values) & words.notna().to_numpy()
        if bad.any():
            raise located(name, bad, *_not_a_number(str(words[bad].iloc[0]), bad.sum(), len(bad)))
    bad = np.isinf(values)
    if bad.any():
        raise located(name, bad, "the value is infinite", "correct it, or empty the cell")
    _check_range(name, column, values, located)
    return values


def _not_a_number(word: str, n_bad: int, n_rows: int) -> tuple[str, str]:
    shown = _show(word)
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
    if n_bad == n_rows:
        return f"{shown} is not a number", "code the answers as numbers"
    return f"{shown} is not a number", "correct it, or empty the cell if the value is missing"


def _check_range(name: str, column: Column, values: np.ndarray, located) -> None:
    low = -np.inf if column.minimum is None else column.minimum
    high = np.inf if column.maximum is None else column.maximum
    bad = (values < low) | (values > high)
    if bad.any():
        bounds = {
            (False, False): f"{low:g} to {high:g}",
            (True, False): f"up to {high:g}",
            (False, True): f"{low:g} or more",
        }[bool(np.isinf(low)), bool(np.isinf(high))]
        scoring = f" ({column.scoring})" if column.scoring else ""
        raise located(
            name,
            bad,
            f"{values[bad][0]:.10g} is outside {bounds}{scoring}",
            "correct it, or empty the cell if it is a code for a missing value",
        )
    if column.kind == "integer" or column.whole:
        bad = ~np.isnan(values) & (values != np.floor(values))
        if bad.any():
            scoring = f" ({column.scoring})" if column.scoring else ""
            raise located(
                name,
                bad,
                f"{values[bad][0]:.10g} is not a whole number{scoring}",
                "correct it, or empty the cell if the value is missing",
            )


def _check_labels(name: str, column: Column, cells: pd.Series, located) -> pd.Series:
    cells = cells.astype("category")
    blank = [level for level in cells.cat.categories if not str(level).strip()]
    cells = cells.cat.remove_categories(blank)
    if column.kind == "text":
        return cells.astype(str).str.strip().where(cells.notna())
    seen: dict[str, str] = {}
    for level in cells.cat.categories:
        if level in column.labels:
            continue
        near = [known for known in column.labels if _nearly(level, known)]
        twin = seen.setdefault(_fold(level), level)
        near += [twin] if twin != level else []
        if near or column.closed:
            hint = f" Did you mean '{near[0]}'?" if near else did_you_mean(level, column.labels)
            allowed = "" if near else f"; there are {', '.join(column.labels)}"
            bad = (cells == level).to_numpy()
            fix = f"write every label of '{name}' in one way{allowed}"
            raise _with_hint(
                located(name, bad, f"label {_show_label(level)} is unknown", fix), hint
            )
    return cells


def _with_hint(error: InputError, hint: str) -> InputError:
    return InputError(f"{error}.{hint}")


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
    file: str, frame: pd.DataFrame, lines: np.ndarray, missing: str
) -> tuple[np.ndarray, str]:
    absent = frame.isna().to_numpy()
    kept = ~absent.any(axis=1)
    n_dropped = int((~kept).sum())
    if not n_dropped:
        return kept, ""
    by_column = absent.sum(axis=0)
    for name, count in zip(frame.columns, by_column, strict=True):
        if count == len(frame):
            raise InputError(f"{file}, column '{name}': every value is missing; fill the column")
    where = ", ".join(
        f"{name} {count}" for name, count in zip(frame.columns, by_column, strict=True) if count
    )
    where = where if len(where) <= 200 else where[:200].rsplit(",", 1)[0] + ", …"
    if missing == "error":
        first = ", ".join(str(line) for line in lines[~kept][:5])
        raise InputError(
            f"{file}: {_count(absent.sum(), 'missing value')} in {n_dropped} of "
            f"{_count(len(frame), 'row')} (by column: {where}; first lines: {first}); fill them, "
            "or set missing='listwise' to drop these rows"
        )
    if not kept.any():
        raise InputError(f"{file}: no row is complete (missing values by column: {where})")
    rows = _count(len(frame), "row")
    return kept, f"{n_dropped} of {rows} dropped for missing values (by column: {where})"


def _check_variation(file: str, name: str, column: Column, values: pd.Series) -> pd.Series:
    if column.is_number:
        first = values.iloc[0]
        judged = column.role in ("measure", "covariate")
        if judged and len(values) > 1 and (values == first).all():
            fix = "check the export"
            if column.role == "covariate":
                fix = "leave it out of covariates"
            raise InputError(
                f"{file}, column '{name}': every value is {first:g}, and a constant column cannot "
                f"be analysed; {fix}"
            )
        return values.astype("int64") if column.kind == "integer" else values
    if column.kind == "text":
        return values
    counts = values.value_counts()
    counts = counts[counts > 0]
    if column.role == "covariate" and len(counts) < 2:
        raise InputError(
            f"{file}, column '{name}': every row has the label {_show_label(counts.index[0])}; "
            "leave it out of covariates"
        )
    if column.role == "covariate" and len(counts) > max(20, len(values) / 5):
        raise InputError(
            f"{file}, column '{name}': {len(counts)} different labels in {len(values)} rows; group "
            "them into few categories, or leave it out of covariates"
        )
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
