"""Damaged data files: each gives the right frame or one clear line, and no other thing.

A mutant is a valid file under one to three changes. A change either leaves the meaning (another
line end, quoted cells, 4e0 for 4) or empties a cell or breaks the file. What breaks must be
refused; the frame of any other must equal the clean file's, less the rows with emptied cells.
"""

import csv
import gzip
import io
import re
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pandas.api.types import is_numeric_dtype

from helpers.data.cell_checks import MISSING_MARKS
from helpers.data.datasets import load_dataset
from helpers.data.schemas import load_schema
from helpers.errors import InputError
from helpers.studies.working_alliance_theory.model import load_codings

pytestmark = pytest.mark.slow

STUDIES = (
    "coping_adherence",
    "distress_session_quality",
    "intersession_alliance",
    "working_alliance_theory",
)
FREE = {"intersession_alliance": ["age", "setting"]}
N_ROWS = 18
CODINGS = "working_alliance_theory"


@dataclass
class File:
    """A data file before it is written: cells, and how they are written."""

    study: str
    header: list[str]
    rows: list[list[str]]
    separator: str = ","
    newline: str = "\n"
    quoted: bool = False
    before: str = ""
    after: str = ""
    mark: bytes = b""
    encoding: str = "utf-8"
    emptied: set[int] = field(default_factory=set)
    broken: list[str] = field(default_factory=list)
    raw: bytes | None = None

    def write(self) -> bytes:
        if self.raw is not None:
            return self.raw
        lines = [self.separator.join(map(self._cell, row)) for row in [self.header, *self.rows]]
        text = self.before + self.newline.join(lines) + self.newline + self.after
        return self.mark + text.encode(self.encoding)

    def _cell(self, text: str) -> str:
        if text.startswith("\0raw"):
            return text[4:]
        special = set(text) & {'"', "\n", "\r", self.separator}
        if self.quoted or special:
            return '"' + text.replace('"', '""') + '"'
        return text

    def number_columns(self) -> list[int]:
        schema = load_schema(self.study)
        return [
            i
            for i, name in enumerate(self.header)
            if name in ("age", "segment")
            or any(
                c.is_number and (c.name == name or re.fullmatch(rf"{c.name}_\d+", name))
                for c in schema.columns
            )
        ]

    def label_columns(self) -> list[int]:
        known = {c.name for c in load_schema(self.study).covariates} | {"setting"}
        return [i for i, name in enumerate(self.header) if name in known]


def clean_file(study: str) -> File:
    """Return a small valid file of a study, the same each time."""
    rng = np.random.default_rng(STUDIES.index(study))
    if study == CODINGS:
        rows = [
            [f"V{v}", str(s), coder, f"OC{rng.integers(10, 40)}"]
            for v in (1, 2)
            for s in (1, 2, 3)
            for coder in "ABC"
        ]
        return File(study, ["video", "segment", "coder", "code"], rows)
    columns = {}
    for column in load_schema(study).columns:
        low = 1 if column.minimum is None else column.minimum
        high = 5 if column.maximum is None else column.maximum
        if column.kind == "items":
            for number in range(1, 4):
                columns[f"{column.name}_{number}"] = _spread(rng, low, high, whole=True)
        elif column.is_number:
            columns[column.name] = _spread(rng, low, high, whole=column.kind == "integer")
        else:
            columns[column.name] = [column.labels[i % 3 == 0] for i in range(N_ROWS)]
    if study in FREE:
        columns["age"] = _spread(rng, 18, 80, whole=True)
        columns["setting"] = ["video" if i % 3 else "in person" for i in range(N_ROWS)]
    return File(study, list(columns), [list(row) for row in zip(*columns.values(), strict=True)])


def _spread(rng, low, high, *, whole) -> list[str]:
    values = np.linspace(low, high, N_ROWS)[rng.permutation(N_ROWS)]
    return [f"{v:.0f}" if whole else f"{v:.3f}" for v in values]


CLEAN = {study: clean_file(study) for study in STUDIES}


def load(path, study: str):
    """Load as a notebook does; for codings through the codebook as well."""
    if study == CODINGS:
        return load_codings(path, coder_names=True).frame
    return load_dataset(path, study, covariates=FREE.get(study), missing="listwise").frame


# Changes that leave the meaning ------------------------------------------------------------------


def _byte_order_mark(file, draw):
    file.mark = b"\xef\xbb\xbf"


def _line_ends(file, draw):
    file.newline = draw(st.sampled_from(["\r\n", "\r", "\n\n", "\r\n\r\n"]))


def _quotes_around_all(file, draw):
    file.quoted = True


def _blank_lines(file, draw):
    file.after = draw(st.sampled_from(["\n\n\n", "\r\n \r\n", "  \n", "\t\n\n"]))


def _lines_of_separators(file, draw):
    file.after += file.separator * (len(file.header) - 1) + "\n"


def _blank_lines_before(file, draw):
    file.before = "\n" * draw(st.integers(1, 3)) + file.before


def _spaces_around_numbers(file, draw):
    form = draw(st.sampled_from([" {} ", "{} ", "  {}", "\t{}"]))
    for column in file.number_columns():
        for row in file.rows:
            row[column] = form.format(row[column])


def _other_spelling_of_numbers(file, draw):
    spell = draw(
        st.sampled_from(
            [
                lambda v: f"{float(v):.6e}",
                lambda v: f"{float(v):.5f}",
                lambda v: f"+{v}" if not v.startswith(("-", "+")) else v,
                lambda v: f"00{v}" if v[0].isdigit() else v,
                lambda v: f"{float(v):.3E}",
            ]
        )
    )
    for column in file.number_columns():
        for row in file.rows:
            if re.fullmatch(r"-?\d+(\.\d{1,3})?", row[column]):
                row[column] = spell(row[column])


def _other_order_of_columns(file, draw):
    named = [i for i, name in enumerate(file.header) if name]
    order = draw(st.permutations(named))
    order = [i for i, name in enumerate(file.header) if not name and i == 0] + order
    order += [i for i, name in enumerate(file.header) if not name and i]
    file.header = [file.header[i] for i in order]
    file.rows = [[row[i] for i in order] for row in file.rows]


def _row_numbers_without_a_name(file, draw):
    file.header = ["", *file.header]
    file.rows = [[str(i), *row] for i, row in enumerate(file.rows, 1)]


def _further_columns(file, draw):
    texts = st.sampled_from(
        ["", "x", "3,4", 'she said "no"', "two\nlines", "=1+1", "-99", "männlich", "\u2028", "a;b"]
    )
    for k in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0 if file.header[0] else 1, len(file.header)))
        file.header.insert(at, f"remark{k}{len(file.header)}")
        chosen = draw(st.lists(texts, min_size=3, max_size=3))
        for i, row in enumerate(file.rows):
            row.insert(at, chosen[i % 3])


def _nameless_empty_columns_at_the_end(file, draw):
    n = draw(st.integers(1, 3))
    file.header = [*file.header, *[""] * n]
    file.rows = [[*row, *[""] * n] for row in file.rows]


def _spaces_around_names(file, draw):
    file.header = [f"  {name} " if name else "" for name in file.header]


KEEPING = [
    _byte_order_mark,
    _line_ends,
    _quotes_around_all,
    _blank_lines,
    _lines_of_separators,
    _blank_lines_before,
    _spaces_around_numbers,
    _other_spelling_of_numbers,
    _other_order_of_columns,
    _row_numbers_without_a_name,
    _further_columns,
    _nameless_empty_columns_at_the_end,
]


def _emptied_cell(file, draw):
    names = [name.strip() for name in CLEAN[file.study].header]
    at = draw(st.sampled_from([i for i, n in enumerate(file.header) if n.strip() in names]))
    row = draw(st.integers(0, 1))
    file.rows[row][at] = draw(st.sampled_from(sorted(MISSING_MARKS)))
    file.emptied.add(row)
    if file.study == CODINGS and file.header[at].strip() != "code":  # an empty code is a gap
        file.broken.append("")


# Changes that break ------------------------------------------------------------------------------

NUMBERS_BROKEN = [
    *("3,4", "1.234,5", "1,234.5", "12 345", "3-Apr", "Apr-03", "03.04.2026", "2026-01-02 00:00"),
    *("inf", "-Infinity", "1e999", "TRUE", "3.4.5", "0x1A", "1_0", "３", "−3", "3%", "½", "1/2"),
    *("#DIV/0!", "#VALUE!", "=1+1", "@SUM(1)", '=HYPERLINK("http://x","y")', "9" * 400, "1e200"),
    *("-99", "999", "-999", "9999", "3 (see note)", "three", "~3", "<1", ">5", "3-4", "$3", "3€"),
    *("\x1b[31m3", "3\u200b", "\u202e3", "nan%", "()", "[3]", "'3", "0b1", "1e", "--1"),
    *('\0raw"3"4', '\0raw"3" 4', '\0raw3"4', '\0raw"3', "\0raw3,4", "\0raw3;4;", "3\n4", "True"),
]
LABELS_BROKEN = [
    *("3-Apr", "Apr-03", "2026-04-03", "2026-01-02 00:00", "03.04.2026", "4/3/2026", "#DIV/0!"),
    *(
        "#NAME?",
        "-99",
        "999",
        "7",
        "two\nlines",
        "\x1b[31mred",
        '\0raw"a" b',
        '\0rawa"b',
        "?",
        "--",
    ),
]


def _broken_number(file, draw):
    columns = file.number_columns()
    at, row = draw(st.sampled_from(columns)), draw(st.integers(2, len(file.rows) - 1))
    value = draw(st.sampled_from(NUMBERS_BROKEN))
    if file.study == CODINGS and value in ("999", "9999"):
        value = "-999"  # a long recording may well have that many segments
    file.rows[row][at] = value
    file.broken.append("cell" if not value.startswith("\0raw") and "\n" not in value else "")
    file.broken_at = (row, file.header[at].strip())
    file.note = value


def _broken_label(file, draw):
    columns = file.label_columns()
    if not columns:
        _broken_number(file, draw)
        return
    at, row = draw(st.sampled_from(columns)), draw(st.integers(2, len(file.rows) - 1))
    file.note = file.rows[row][at] = draw(st.sampled_from(LABELS_BROKEN))
    file.broken.append("")


def _other_separator(file, draw):
    file.separator = draw(st.sampled_from([";", "\t", "|"]))
    if draw(st.booleans()):
        for column in file.number_columns():
            for row in file.rows:
                row[column] = row[column].replace(".", ",")
    file.broken.append("")


def _other_encoding(file, draw):
    file.encoding = draw(st.sampled_from(["utf-16", "utf-16-le", "utf-16-be", "utf-32"]))
    if file.encoding != "utf-16":  # the only one with a mark that says what it is
        file.broken.append("")


def _broken_bytes(file, draw):
    raw = file.write()
    at = draw(st.integers(1, len(raw) - 1))
    bad = draw(st.sampled_from([b"\xff", b"\xe4", b"\0", b"\xc3(", b"\xed\xa0\x80"]))
    file.raw = raw[:at] + bad + raw[at:]
    file.broken.append("")


def _other_format(file, draw):
    raw = file.write()
    file.raw = draw(
        st.sampled_from(
            [
                gzip.compress(raw, mtime=0),
                b"PK\x03\x04" + raw,
                b"",
                b"\n\n",
                b"<html>" + raw,
                b"sep=,\n" + raw,
                raw[: raw.index(b"\n") + 1] if b"\n" in raw else raw.split(b"\r")[0],
            ]
        )
    )
    file.broken.append("")


def _lost_cell(file, draw):
    row = draw(st.integers(0, len(file.rows) - 1))
    del file.rows[row][draw(st.integers(0, len(file.rows[row]) - 1))]
    file.broken.append("")


def _further_cell(file, draw):
    row = draw(st.integers(0, len(file.rows) - 1))
    file.rows[row].insert(draw(st.integers(0, len(file.rows[row]))), "3")
    file.broken.append("")


def _name_twice(file, draw):
    names = [n for n in file.header if n]
    name = draw(st.sampled_from(names))
    file.header.append(name)
    file.rows = [[*row, row[file.header.index(name)]] for row in file.rows]
    file.broken.append("")


def _no_header(file, draw):
    file.header, *file.rows = file.rows
    file.broken.append("")


def _header_again_in_the_middle(file, draw):
    file.rows.insert(draw(st.integers(1, len(file.rows))), list(file.header))
    file.broken.append("")


def _name_in_capitals(file, draw):
    names = CLEAN[file.study].header
    at = draw(st.sampled_from([i for i, n in enumerate(file.header) if n.strip() in names]))
    file.header[at] = file.header[at].title() if draw(st.booleans()) else file.header[at].upper()
    file.broken.append("")


def _decimal_commas_that_fill_nameless_columns(file, draw):
    """A file whose header ends in commas, as after a deleted column, and whose decimals shift."""
    column = draw(st.sampled_from(file.number_columns()))
    for i, row in enumerate(file.rows):
        row[column] = "\0raw" + (row[column].split(".")[0].strip() or "1") + f",{i % 4 + 1}"
    file.header = [*file.header, ""]
    file.broken.append("")


def _rows_swallowed_by_quotes(file, draw):
    """A quote opened in a remark and closed rows later hides the rows between."""
    file.header.append("notes")
    first = draw(st.integers(0, len(file.rows) - 4))
    for k, row in enumerate(file.rows):
        row.append({first: '\0raw"oh', first + 2: '\0raw"'}.get(k, "no"))
    file.broken.append("")


BREAKING = [
    _broken_number,
    _broken_number,
    _broken_number,
    _broken_label,
    _broken_label,
    _other_separator,
    _other_encoding,
    _lost_cell,
    _further_cell,
    _name_twice,
    _no_header,
    _header_again_in_the_middle,
    _name_in_capitals,
    _decimal_commas_that_fill_nameless_columns,
    _rows_swallowed_by_quotes,
]
BREAKING_LAST = [_broken_bytes, _other_format]


@st.composite
def mutants_of_a_file(draw) -> tuple[File, list[str]]:
    study = draw(st.sampled_from(STUDIES))
    file = clean_file(study)
    changes = draw(st.lists(st.sampled_from(KEEPING), max_size=2, unique=True))
    if draw(st.integers(0, 3)) == 0:
        changes.append(_emptied_cell)
    fate = draw(st.integers(0, 9))
    if fate >= 4:
        changes.append(draw(st.sampled_from(BREAKING if fate < 9 else BREAKING_LAST)))
    elif fate == 3:
        changes.append(_spaces_around_names)
    for change in changes:
        change(file, draw)
    return file, [change.__name__.strip("_") for change in changes]


def _expected(file: File) -> pd.DataFrame:
    return READ_CLEAN[file.study].drop(index=list(file.emptied)).reset_index(drop=True)


READ_CLEAN: dict[str, pd.DataFrame] = {}


@pytest.fixture(scope="module", autouse=True)
def _clean_frames(tmp_path_factory):
    folder = tmp_path_factory.mktemp("clean")
    for study in STUDIES:
        path = folder / f"{study}.csv"
        path.write_bytes(clean_file(study).write())
        READ_CLEAN[study] = load(path, study)
        assert len(READ_CLEAN[study]) == N_ROWS


def _one_clear_line(error: InputError, name: str) -> str:
    message = str(error)
    assert message.isprintable(), message
    assert name in message or "video '" in message, message
    assert 20 < len(message) < 1000, message
    assert not re.search(r"Traceback|Error\b|0x[0-9a-f]{6}|<class|object at", message), message
    return message


def test_a_mutant_gives_the_right_frame_or_one_line(tmp_path, in_time, mutants):
    path = tmp_path / "my.csv"
    counts = {"refused": 0, "read": 0}

    @mutants(200)
    @given(mutants_of_a_file())
    def check(mutant):
        file, changes = mutant
        path.write_bytes(file.write())
        try:
            with in_time():
                frame = load(path, file.study)
        except InputError as error:
            message = _one_clear_line(error, "my.csv")
            assert file.broken, f"{changes} was refused: {message}"
            if file.broken == ["cell"] and not file.emptied:
                assert re.search(rf"line \d+, column '{file.broken_at[1]}'", message), message
            counts["refused"] += 1
            return
        assert not file.broken, f"{changes} was read"
        expected = _expected(file)
        assert frame.columns.tolist() == sorted(frame.columns, key=expected.columns.tolist().index)
        pd.testing.assert_frame_equal(frame, expected, check_categorical=True)
        counts["read"] += 1

    check()
    print(f"data files: {counts['read']} read, {counts['refused']} refused")
    assert min(counts.values()) > 20


# Bytes changed anywhere, judged by another reader ------------------------------------------------

DIGITS = [b"1", b"2", b"3", b"0", b".", b" ", b""]
PIECES = [
    *(b"1", b"2", b"3", b"4", b"0", b" ", b"\t", b"\n", b"\r", b",", b'"', b'""', b";", b"-", b"+"),
    *(
        b".",
        b"e",
        b"e0",
        b"E+0",
        b"NA",
        b"inf",
        b"",
        b"x",
        b"_",
        b"%",
        b"'",
        b"=",
        b"@",
        b"#",
        b"\\",
    ),
    *(
        b"\xc2\xa0",
        b"\xe2\x88\x92",
        b"\xef\xbb\xbf",
        b"\x0b",
        b"\x1c",
        b"\xc2\x85",
        b"\xe2\x80\xa8",
    ),
]


def _read_by_hand(raw: bytes) -> pd.DataFrame:
    """Read cells as text with the standard library alone."""
    text = raw.removeprefix(b"\xef\xbb\xbf").decode()
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    records = [
        r for r in csv.reader(io.StringIO(text, newline=""), strict=True) if any(map(str.strip, r))
    ]
    header = [name.strip() for name in records[0]]
    return pd.DataFrame(records[1:], columns=header)


def damaged_bytes(number: int) -> tuple[str, bytes]:
    """Return mutant `number`: a study, and its file with one or two places overwritten."""
    rng = np.random.default_rng(number)
    study = STUDIES[number % len(STUDIES)]
    file = clean_file(study)
    file.quoted = number % 3 == 0
    raw = bytearray(file.write())
    for _ in range(rng.integers(1, 3)):
        at = rng.integers(len(raw) + 1)
        pieces = [DIGITS, PIECES][rng.integers(2)]
        raw[at : at + rng.integers(2)] = pieces[rng.integers(len(pieces))]
    return study, bytes(raw)


def _cells_by_hand(raw: bytes, frame: pd.DataFrame, study: str) -> dict[str, list]:
    """Return what the standard library reads in the columns and complete rows of `frame`."""
    names = frame.columns.tolist()
    cells = _read_by_hand(raw)[[*names, "code"] if study == CODINGS else names].map(str.strip)
    complete = ~cells.isin(MISSING_MARKS).any(axis=1)
    return {
        name: [float(c) for c in column] if is_numeric_dtype(frame[name]) else column.tolist()
        for name, column in cells.loc[complete, names].items()
    }


def test_damaged_bytes_are_read_as_another_reader_reads_them(tmp_path, in_time, n_mutants):
    path = tmp_path / "my.csv"
    n_read, n_tried = 0, n_mutants(150)
    for number in range(n_tried):
        study, raw = damaged_bytes(number)
        path.write_bytes(raw)
        try:
            with in_time():
                frame = load(path, study)
        except InputError as error:
            _one_clear_line(error, "my.csv")
            continue
        n_read += 1
        if study == CODINGS:
            frame = frame[["video", "segment", "coder"]]
        read = {name: column.tolist() for name, column in frame.items()}
        cells = _cells_by_hand(raw, frame, study)
        if study == CODINGS:  # videos are numbered
            for each in (read, cells):
                each["video"] = pd.factorize(np.array(each["video"]))[0].tolist()
        assert read == cells, f"mutant {number}"
    print(f"damaged bytes: {n_read} read, {n_tried - n_read} refused")
    assert n_read > n_tried / 20
