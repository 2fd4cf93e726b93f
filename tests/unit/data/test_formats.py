"""The same data in every format give the same frame, and the same faults the same messages."""

import datetime
import re
import subprocess
import sys
import zipfile

import numpy as np
import openpyxl
import pandas as pd
import pyarrow as pa
import pyreadstat
import pytest
from pyarrow import parquet

from helpers.data.datasets import examine_dataset, load_dataset
from helpers.errors import InputError

STUDY = "distress_session_quality"
N = 40
LABELS = {"gender": {1: "woman", 2: "man"}}


def _frame() -> pd.DataFrame:
    rng = np.random.default_rng(5)
    return pd.DataFrame(
        {
            "phq9": rng.integers(0, 28, N),
            "gad7": rng.integers(0, 22, N),
            "rri": rng.integers(8, 41, N) / 8,
            "wai_task": rng.integers(4, 21, N) / 4,
            "wai_goal": rng.integers(4, 21, N) / 4,
            "wai_bond": rng.integers(4, 21, N) / 4,
            "ses": rng.integers(5, 26, N) / 5,
            "gender": rng.integers(1, 3, N),
        }
    )


def _in_words(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(gender=frame["gender"].map(LABELS["gender"]))


def _workbook(frame: pd.DataFrame, path, sheets=("Data",)) -> None:
    """Write a workbook whose last sheet holds the data, and each other a note."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name in sheets:
        book.create_sheet(name)
    for name in sheets[:-1]:
        book[name].append(["a note"])
    book[sheets[-1]].append(list(frame.columns))
    for row in frame.astype(object).itertuples(index=False):
        book[sheets[-1]].append(list(row))
    book.save(path)


def _write(frame: pd.DataFrame, path) -> None:
    labels = {"variable_value_labels": LABELS}
    if path.suffix == ".xlsx":
        _workbook(_in_words(frame), path)
    elif path.suffix in (".sav", ".zsav"):
        pyreadstat.write_sav(frame, str(path), compress=path.suffix == ".zsav", **labels)
    elif path.suffix == ".por":
        pyreadstat.write_por(_in_words(frame).rename(columns=str.upper), str(path))
    elif path.suffix == ".dta":
        pyreadstat.write_dta(frame, str(path), **labels)
    elif path.suffix == ".parquet":
        parquet.write_table(pa.Table.from_pandas(_in_words(frame)), path)
    elif path.suffix == ".txt":
        path.write_text(_in_words(frame).to_csv(index=False), encoding="utf-16")
    else:
        path.write_text(_in_words(frame).to_csv(index=False))


FORMATS = ("csv", "txt", "xlsx", "sav", "zsav", "por", "dta", "parquet")


@pytest.fixture(scope="module")
def expected(tmp_path_factory):
    path = tmp_path_factory.mktemp("csv") / "my.csv"
    _write(_frame(), path)
    return load_dataset(path, STUDY, covariates=["gender"]).frame


@pytest.mark.parametrize("suffix", FORMATS)
def test_every_format_gives_the_same_frame(tmp_path, suffix, expected):
    path = tmp_path / f"my.{suffix}"
    _write(_frame(), path)
    read = load_dataset(path, STUDY, covariates=["gender"])
    pd.testing.assert_frame_equal(read.frame, expected)
    assert read.n_read == N


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_value_out_of_range_is_named_where_its_owner_looks_for_it(tmp_path, suffix):
    path = tmp_path / f"my.{suffix}"
    frame = _frame()
    frame.loc[3, "phq9"] = 28
    _write(frame, path)
    with pytest.raises(InputError) as caught:
        load_dataset(path, STUDY, covariates=[])
    # a sheet and a text number their header; a program's cases are counted from one
    place = {"csv": "line 5", "txt": "line 5", "xlsx": "row 5"}.get(suffix, "row 4")
    assert str(caught.value).startswith(
        f"my.{suffix}, {place}, column 'phq9': 28 is outside 0 to 27"
    )


@pytest.mark.parametrize("suffix", ["sav", "dta"])
def test_what_the_file_declares_missing_is_missing(tmp_path, suffix):
    frame, path = _frame(), tmp_path / f"my.{suffix}"
    frame.loc[[2, 7], "phq9"] = -99
    if suffix == "sav":
        pyreadstat.write_sav(frame, str(path), missing_ranges={"phq9": [-99]})
    else:
        frame["phq9"] = frame["phq9"].astype(object)
        frame.loc[[2, 7], "phq9"] = "b"
        pyreadstat.write_dta(frame, str(path), missing_user_values={"phq9": ["b"]})
    read = load_dataset(path, STUDY, covariates=[], missing="listwise")
    assert (read.n_dropped, read.dropped_lines) == (2, (3, 8))


def test_of_several_sheets_one_is_named(tmp_path, expected):
    path, mapping = tmp_path / "my.xlsx", tmp_path / "my.yml"
    _workbook(_in_words(_frame()), path, sheets=("Notes", "Clients"))
    with pytest.raises(
        InputError, match=r"2 sheets with cells \('Notes', 'Clients'\); name the one"
    ):
        load_dataset(path, STUDY)
    mapping.write_text("sheet: Clients\n")
    read = load_dataset(path, STUDY, covariates=["gender"], mapping=mapping)
    pd.testing.assert_frame_equal(read.frame, expected)
    mapping.write_text("sheet: Client\n")
    with pytest.raises(InputError, match=r"no sheet 'Client'.*Did you mean 'Clients'"):
        load_dataset(path, STUDY, mapping=mapping)


def test_a_code_without_a_meaning_leaves_all_of_its_column_as_codes(tmp_path):
    frame, path = _frame(), tmp_path / "my.sav"
    frame.loc[0, "gender"] = 3
    pyreadstat.write_sav(frame, str(path), variable_value_labels=LABELS)
    read = load_dataset(path, STUDY, covariates=["gender"]).frame
    assert set(read["gender"].cat.categories) == {"1", "2", "3"}


def test_a_free_covariate_whose_codes_have_meanings_is_nominal(tmp_path):
    rng = np.random.default_rng(2)
    names = ["self_alliance", "other_alliance", "isp_thoughts", "isp_actions", "progress"]
    frame = pd.DataFrame(rng.normal(4, 1, (N, 5)).round(3), columns=names)
    frame["arm"] = rng.integers(1, 4, N)
    path = tmp_path / "my.sav"
    pyreadstat.write_sav(frame, str(path), variable_value_labels={"arm": {1: "a", 2: "b", 3: "c"}})
    arm = load_dataset(path, "intersession_alliance", covariates=["arm"]).frame["arm"]
    assert set(arm.cat.categories) == {"a", "b", "c"}


def test_a_scale_that_a_spreadsheet_took_for_dates_is_recognized(tmp_path):
    frame = _in_words(_frame()).astype({"ses": object})
    frame["ses"] = datetime.date(2026, 4, 3)
    path = tmp_path / "my.parquet"
    parquet.write_table(pa.Table.from_pandas(frame), path)
    with pytest.raises(InputError, match=r"row 1, column 'ses': '2026-04-03' is a date"):
        load_dataset(path, STUDY, covariates=[])


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("my.xlsx", b"PK\x03\x04rest", "my.xlsx is a zipped file; unpack it"),
        ("my.xls", b"\xd0\xcf\x11\xe0rest", "my.xls cannot be read as a workbook"),
        ("my.sav", b"$FL2rest", "my.sav cannot be read as an SPSS file"),
        ("my.dta", b"<stata_dta>rest", "my.dta cannot be read as a Stata file"),
        ("my.parquet", b"PAR1rest", "my.parquet cannot be read as a Parquet file"),
    ],
)
def test_a_damaged_file_is_one_line(tmp_path, name, content, message):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError) as caught:
        load_dataset(tmp_path / name, STUDY)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize("extra", [1, 2])
def test_the_further_header_rows_of_qualtrics_are_skipped(tmp_path, extra, expected):
    frame = _in_words(_frame())
    header, *rows = frame.to_csv(index=False).splitlines()
    texts = ",".join('"A question, in ""words"""' for _ in frame)
    ids = ",".join(f'"{{""ImportId"":""QID{k}""}}"' for k in range(frame.shape[1]))
    path = tmp_path / "my.csv"
    path.write_text("\n".join([header, *[texts, ids][2 - extra :], *rows]) + "\n")
    read = load_dataset(path, STUDY, covariates=["gender"])
    pd.testing.assert_frame_equal(read.frame, expected)


@pytest.mark.parametrize(
    ("cell", "refused"),
    [
        ("<f>A2</f><v></v>", True),
        ("<f>A2</f>", True),
        ('<f t="shared" si="0"/>', True),
        ("<f>A2</f><v>4</v>", False),
    ],
)
def test_a_formula_counts_by_its_stored_result(tmp_path, cell, refused):
    path = tmp_path / "my.xlsx"
    _workbook(_in_words(_frame()).assign(ses=4.0, extra=1), path)
    with zipfile.ZipFile(path) as book:
        parts = {name: book.read(name).decode() for name in book.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    parts[sheet] = re.sub(r'(<c r="I3"[^>]*>)<v>1</v>', rf"\1{cell}", parts[sheet])
    assert cell in parts[sheet]
    with zipfile.ZipFile(path, "w") as book:
        for name, part in parts.items():
            book.writestr(name, part)
    problems = examine_dataset(path, STUDY).problems
    assert any("cell I3: a formula without its result" in each for each in problems) is refused


def test_a_csv_is_read_without_the_libraries_of_other_formats():
    code = (
        "import sys\nfrom helpers.data.datasets import load_dataset\n"
        f"load_dataset('data/{STUDY}/synthetic.csv', {STUDY!r})\n"
        "sys.exit(any(name in sys.modules for name in ('pyreadstat', 'python_calamine')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
