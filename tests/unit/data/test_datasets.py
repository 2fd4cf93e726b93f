"""A reader's CSV: what is accepted, and the one line that meets everything else."""

import hashlib
import re
import time
import unicodedata
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers import paths
from helpers.data.cell_checks import MISSING_MARKS, _no_label, nearly
from helpers.data.datasets import examine_dataset, load_dataset
from helpers.data.describe import describe_categories, describe_measures, withhold_rare
from helpers.data.schemas import load_schema, parse_schema
from helpers.errors import InputError

STUDY = "distress_session_quality"
SCHEMA = load_schema(STUDY)
HEADER = "phq9,gad7,rri,wai_task,wai_goal,wai_bond,ses,gender"
ROWS = (
    "9,8,4.25,3.5,3.25,4,4.2,woman",
    "12,3,3.5,2.5,2.25,3,3.2,man",
    "0,0,1,0,0,0.25,1,woman",
    "27,21,5,5,5,5,5,man",
)
COLUMNS = HEADER.split(",")


def text(header=HEADER, rows=ROWS, newline="\n"):
    return newline.join([header, *rows]) + newline


def cell(row, column, value):
    """Return the example with one cell replaced; row 1 is the first below the header."""
    table = [line.split(",") for line in ROWS]
    table[row - 1][COLUMNS.index(column)] = value
    return text(rows=[",".join(line) for line in table])


def whole_column(column, *values):
    table = [line.split(",") for line in ROWS]
    for line, value in zip(table, values * len(table), strict=False):
        line[COLUMNS.index(column)] = value
    return text(rows=[",".join(line) for line in table])


def load(tmp_path, content, covariates=("gender",), schema=SCHEMA, **options):
    path = tmp_path / "my.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return load_dataset(path, schema, covariates=covariates, **options)


# Accepted --------------------------------------------------------------------------------------


def test_a_proper_file(tmp_path):
    dataset = load(tmp_path, text())
    assert dataset.frame.columns.tolist() == COLUMNS
    assert dataset.frame["phq9"].tolist() == [9, 12, 0, 27]
    assert dataset.frame["phq9"].dtype == dataset.frame["gad7"].dtype == np.int64
    assert (dataset.frame.dtypes[COLUMNS[2:7]] == np.float64).all()
    assert dataset.frame["gender"].tolist() == ["woman", "man", "woman", "man"]
    assert (dataset.n_read, dataset.n_dropped, dataset.dropped_lines) == (4, 0, ())
    assert dataset.dropped_reason == ""
    assert dataset.sha256 == hashlib.sha256(text().encode()).hexdigest()
    assert dataset.path == (tmp_path / "my.csv").resolve()
    assert dataset.covariates == ("gender",)
    assert not dataset.synthetic


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"\xef\xbb\xbf" + text().encode(), id="byte-order mark"),
        pytest.param(text(newline="\r\n"), id="CRLF"),
        pytest.param(text(newline="\r"), id="CR"),
        pytest.param(text()[:-1], id="no newline at the end"),
        pytest.param("\n\n" + text(), id="blank lines first"),
        pytest.param(text() + "\n\r\n  \n", id="blank lines last"),
        pytest.param(text() + ",,,,,,,\n , ,,,,,,\n", id="lines of commas last"),
        pytest.param(text(rows=[ROWS[0], "", " \t", *ROWS[1:]]), id="blank lines between"),
        pytest.param(text(header=HEADER.replace(",", " , ")), id="spaces in the header"),
        pytest.param(text(rows=[r.replace(",", " , ", 5) for r in ROWS]), id="spaces at numbers"),
        pytest.param(
            "\n".join(",".join(f'"{c}"' for c in line.split(",")) for line in (HEADER, *ROWS)),
            id="all quoted",
        ),
        pytest.param(text(rows=[r.replace("9,8,", "9.0,8e0,") for r in ROWS]), id="9.0 for 9"),
    ],
)
def test_spellings_of_one_file_give_one_frame(tmp_path, content):
    pd.testing.assert_frame_equal(load(tmp_path, content).frame, load(tmp_path, text()).frame)


def test_columns_in_another_order_and_further_columns_change_nothing(tmp_path):
    plain = load(tmp_path, text()).frame
    shuffled = [",".join(["", *reversed(line.split(",")), "a secret"]) for line in ROWS]
    header = ",".join(["", *reversed(COLUMNS), "remarks"])
    dataset = load(tmp_path, text(header, shuffled))
    pd.testing.assert_frame_equal(dataset.frame, plain)
    assert dataset.ignored_columns == ("remarks",)
    assert "secret" not in repr(dataset)


def test_covariates_any_subset_or_none(tmp_path):
    schema = SCHEMA
    for covariates in ([], ["gender"], ["treatment_setting", "age_group"], None):
        names = [c.name for c in schema.covariates] if covariates is None else covariates
        header = ",".join([*COLUMNS[:7], *names])
        labels = [schema.column(name).labels[:2] for name in names]
        rows = [
            ",".join([*line.split(",")[:7], *(pair[i % 2] for pair in labels)])
            for i, line in enumerate(ROWS)
        ]
        dataset = load(tmp_path, text(header, rows), covariates)
        in_order = [c.name for c in schema.covariates if c.name in names]
        assert dataset.frame.columns.tolist() == [*COLUMNS[:7], *in_order]
        assert dataset.covariates == tuple(in_order)


def test_a_covariate_that_was_not_chosen_is_not_looked_at(tmp_path):
    dataset = load(tmp_path, whole_column("gender", "Woman", "woman", "", "x"), [])
    assert "gender" not in dataset.frame
    assert dataset.ignored_columns == ("gender",)


def test_the_reference_category_comes_first(tmp_path):
    def levels(*values):
        return load(tmp_path, whole_column("gender", *values)).frame["gender"].cat.categories

    assert levels("man", "woman").tolist() == ["woman", "man"]
    assert levels("zeta", "man", "woman", "alpha").tolist() == ["woman", "man", "alpha", "zeta"]
    # without the reference the most frequent label takes its place
    assert levels("m", "f", "f", "f").tolist() == ["f", "m"]
    assert levels("m", "f").tolist() == ["f", "m"]


def test_numbers_are_read_to_the_last_bit(tmp_path):
    rng = np.random.default_rng(7)
    frame = pd.DataFrame({name: rng.uniform(1, 5, 200) for name in COLUMNS[2:7]})
    frame.insert(0, "phq9", rng.integers(0, 28, 200))
    frame.insert(1, "gad7", rng.integers(0, 22, 200))
    loaded = load(tmp_path, frame.to_csv(index=False), []).frame
    pd.testing.assert_frame_equal(loaded, frame, check_exact=True)


def _is_word(label: str) -> bool:
    """Whether `label` could be one, and is no number, date or error of a spreadsheet."""
    numeric = not np.isnan(pd.to_numeric(label, errors="coerce"))
    return not (label in MISSING_MARKS or numeric or _no_label(label, "a"))


@settings(max_examples=60, deadline=None)
@given(
    labels=st.lists(
        st.text(
            st.characters(
                codec="utf-8", exclude_categories=("Cs", "Cc"), exclude_characters="\ufeff"
            )
        ).filter(_is_word),
        min_size=2,
        max_size=6,
        unique_by=lambda label: "".join(c for c in label.casefold() if c.isalnum()),
    )
)
def test_any_label_survives_with_its_commas_quotes_and_signs(tmp_path_factory, labels):
    labels = [unicodedata.normalize("NFC", label).strip() for label in labels]
    if any(nearly(one, other) for one in labels for other in labels if one != other):
        return
    path = tmp_path_factory.mktemp("labels") / "my.csv"
    frame = pd.DataFrame([line.split(",") for line in ROWS[:2]], columns=COLUMNS)
    frame = pd.concat([frame] * 6, ignore_index=True)
    frame["gender"] = (labels * 12)[:12]
    frame.to_csv(path, index=False)
    loaded = load_dataset(path, SCHEMA, covariates=["gender"]).frame["gender"]
    assert loaded.tolist() == frame["gender"].tolist()


# Missing values --------------------------------------------------------------------------------


@pytest.mark.parametrize("mark", MISSING_MARKS)
def test_missing_values_are_refused_or_dropped(tmp_path, mark):
    content = cell(2, "rri", mark).replace("0,0,1", f"{mark},0,{mark}")
    with pytest.raises(InputError) as caught:
        load(tmp_path, content)
    assert str(caught.value) == (
        "my.csv: 3 missing values in 2 of 4 rows (by column: phq9 1, rri 2; first lines: 3, 4); "
        "fill them, or set missing='listwise' to drop these rows"
    )
    dataset = load(tmp_path, content, missing="listwise")
    assert dataset.frame["phq9"].tolist() == [9, 27]
    assert dataset.frame["phq9"].dtype == np.int64
    assert dataset.frame.index.tolist() == [0, 1]
    assert (dataset.n_read, dataset.n_dropped, dataset.dropped_lines) == (4, 2, (3, 4))
    assert dataset.dropped_reason == (
        "2 of 4 rows dropped for missing values (by column: phq9 1, rri 2)"
    )


def test_a_missing_label_counts(tmp_path):
    content = cell(1, "gender", "  ")
    with pytest.raises(InputError, match=r"1 missing value in 1 of 4 rows \(by column: gender 1"):
        load(tmp_path, content)
    assert load(tmp_path, content, []).n_read == 4


def test_lines_are_counted_through_blank_lines_and_quoted_line_breaks(tmp_path):
    rows = [ROWS[0], "", '1,1,1,1,1,1,1,"two\nlines"', ROWS[1], "x" + ROWS[2]]
    with pytest.raises(InputError, match=r"my\.csv, line 7, column 'phq9': 'x0' is not a number"):
        load(tmp_path, text(rows=rows))


def test_checks_run_on_what_is_left_after_dropping(tmp_path):
    rows = [ROWS[0], ROWS[2], ROWS[1].replace("12,", ",")]
    with pytest.raises(InputError, match="every row has the label 'woman'"):
        load(tmp_path, text(rows=rows), missing="listwise")
    with pytest.raises(InputError, match="no row is complete"):
        load(
            tmp_path,
            text(rows=[ROWS[0].replace("8,", ",", 1), ROWS[1].replace("12,", ",")]),
            missing="listwise",
        )


# Refused ---------------------------------------------------------------------------------------

WAI = "Working Alliance Inventory-Short Revised (WAI-SR), Task"
REFUSED = {
    "missing column": (
        text(HEADER.replace("wai_task", "x")),
        "my.csv: column 'wai_task' (Working Alliance Inventory-Short Revised (WAI-SR), Task) "
        "is missing; name yours in the mapping, columns: {yours: wai_task}",
    ),
    "misspelt column": (
        text(HEADER.replace("wai_task", "wai_taks")),
        "my.csv: column 'wai_task' (Working Alliance Inventory-Short Revised (WAI-SR), Task) "
        "is missing. Did you mean 'wai_taks'? If so, write in the mapping: columns: {wai_taks:"
        " wai_task}",
    ),
    "column in capitals": (
        text(HEADER.replace("phq9", "PHQ9")),
        "my.csv: column 'phq9' (Patient Health Questionnaire-9 (PHQ-9)) is missing. Did you "
        "mean 'PHQ9'? If so, write in the mapping: columns: {PHQ9: phq9}",
    ),
    "missing covariate": (
        text(HEADER.replace("gender", "sex")),
        "my.csv: column 'gender' is missing; name yours in the mapping, columns: {yours: "
        "gender}, or leave it out of covariates",
    ),
    "no header": (
        text(header="9,8,4.25,3.5,3.25,4,4.2,man"),
        "my.csv: the first line holds numbers, not names; put the column names there",
    ),
    "column twice": (
        text(HEADER.replace("wai_goal", "rri")),
        "my.csv: column name 'rri' stands 2 times in the header; rename or delete all but one",
    ),
    "text": (
        cell(2, "phq9", "twelve"),
        "my.csv, line 3, column 'phq9': 'twelve' is not a number; correct it; if it stands for"
        " a missing value, write in the mapping: missing: ['twelve']",
    ),
    "text throughout": (
        whole_column("ses", "good", "bad"),
        "my.csv, line 2, column 'ses': 'good' is not a number; say what each answer counts, in"
        " the mapping: labels: {ses: {'good': …, 'bad': …}} (3 more like it)",
    ),
    "true and false": (
        whole_column("ses", "True", "False"),
        "my.csv, line 2, column 'ses': 'True' is not a number; say what each answer counts, in"
        " the mapping: labels: {ses: {'True': …, 'False': …}} (3 more like it)",
    ),
    "above the scale": (
        cell(2, "phq9", "28"),
        "my.csv, line 3, column 'phq9': 28 is outside 0 to 27 (sum of 9 items rated 0 to 3); "
        "correct it; if it stands for a missing value, write in the mapping: missing: {phq9: "
        "[28]}; if your version of the scale has other ends, write in the "
        "mapping: ranges: {phq9: [lowest, highest]}",
    ),
    "below the scale": (
        cell(1, "rri", "0.99").replace("12,3,3.5", "12,3,-99"),
        "my.csv, line 2, column 'rri': 0.99 is outside 1 to 5 (mean of 8 items rated 1 to 5); "
        "correct it; if it stands for a missing value, write in the mapping: missing: {rri: "
        "[0.99]}; if your version of the scale has other ends, write in the "
        "mapping: ranges: {rri: [lowest, highest]} (1 more like it)",
    ),
    "infinite": (
        cell(3, "rri", "inf"),
        "my.csv, line 4, column 'rri': the value is infinite; correct it",
    ),
    "too large for a double": (
        cell(3, "rri", "1e999"),
        "my.csv, line 4, column 'rri': the value is infinite; correct it",
    ),
    "decimal comma": (
        cell(2, "rri", '"3,5"'),
        "my.csv, line 3, column 'rri': '3,5' has a decimal comma; write decimals with a point",
    ),
    "decimal comma or thousands": (
        cell(2, "rri", '"1,175"'),
        "my.csv, line 3, column 'rri': '1,175' has a comma; write decimals with a point, thousands "
        "without separator",
    ),
    "thousands": (
        cell(2, "phq9", '"12,345,678"'),
        "my.csv, line 3, column 'phq9': '12,345,678' has a thousands separator; write the number "
        "without it",
    ),
    "thousands with a space": (
        cell(2, "phq9", "1\u00a0175"),
        "my.csv, line 3, column 'phq9': '1 175' has a thousands separator; write the number "
        "without it",
    ),
    "percent": (
        cell(2, "rri", "50%"),
        "my.csv, line 3, column 'rri': '50%' has a percent sign; write the number without it",
    ),
    "dash for minus": (
        cell(2, "rri", "−3"),
        "my.csv, line 3, column 'rri': '−3' has a dash for its minus sign; write it with '-'",
    ),
    "constant": (
        whole_column("phq9", "5"),
        "my.csv, column 'phq9': every value is 5, and a constant column cannot be analyzed; check "
        "the export",
    ),
    "one level": (
        whole_column("gender", "man"),
        "my.csv, column 'gender': every row has the label 'man'; leave it out of covariates",
    ),
    "nothing in a column": (
        whole_column("wai_bond", ""),
        "my.csv, column 'wai_bond': every value is missing; fill the column",
    ),
    "label in capitals": (
        cell(2, "gender", "Man"),
        "my.csv, line 3, column 'gender': label 'Man' looks like another spelling of 'man'; if"
        " they are the same, write in the mapping: labels: {gender: {Man: man}}; if not, name "
        "both as they are: labels: {gender: {Man: Man, man: man}}",
    ),
    "label with another letter": (
        cell(1, "gender", "women"),
        "my.csv, line 2, column 'gender': label 'women' looks like another spelling of "
        "'woman'; if they are the same, write in the mapping: labels: {gender: {women: "
        "woman}}; if not, name both as they are: labels: {gender: {women: women, woman: "
        "woman}}",
    ),
    "own labels in two spellings": (
        whole_column("gender", "female", "Female"),
        "my.csv, line 3, column 'gender': label 'Female' looks like another spelling of "
        "'female'; if they are the same, write in the mapping: labels: {gender: {Female: "
        "female}}; if not, name both as they are: labels: {gender: {Female: Female, female: "
        "female}} (1 more like it)",
    ),
    "quote after a quoted cell": (
        cell(2, "rri", '"3"5'),
        "my.csv, line 3: a double quote is inside a cell or is never closed; delete it, or "
        "write it twice inside a quoted cell",
    ),
    "rows swallowed by two stray quotes": (
        text(
            HEADER + ",notes",
            [f"{r},{n}" for r, n in zip(ROWS, ('"a', "b", '"', "d"), strict=True)],
        ),
        "my.csv, line 3: a quoted cell that began above runs on over this line, which looks like a "
        "row of its own; close the quote (1 more like it)",
    ),
    "decimal commas under a nameless column": (
        text(HEADER + ",", [row.replace(".", ",", 1) if "." in row else row + "," for row in ROWS]),
        "my.csv, line 2: cell 9 is under no column name; name the column or empty it (2 "
        "more like it)",
    ),
    "a date": (
        cell(2, "rri", "3-Apr"),
        "my.csv, line 3, column 'rri': '3-Apr' is a date; write it again as text: spreadsheets "
        "take 3-4 or 3.4 for a date",
    ),
    "a label that became a date": (
        cell(2, "gender", "2026-04-03 00:00"),
        "my.csv, line 3, column 'gender': '2026-04-03 00:00' is a date; write it again as text: "
        "spreadsheets take 3-4 or 3.4 for a date",
    ),
    "a spreadsheet's error": (
        cell(2, "gender", "#DIV/0!"),
        "my.csv, line 3, column 'gender': '#DIV/0!' is an error of a spreadsheet; mend its "
        "formula, or empty the cell",
    ),
    "a code among labels": (
        cell(2, "gender", "-99"),
        "my.csv, line 3, column 'gender': '-99' is no word as the other values are; correct "
        "it; if it stands for a missing value, write in the mapping: missing: {gender: "
        "['-99']}",
    ),
    "a label without a word": (
        cell(2, "gender", "?"),
        "my.csv, line 3, column 'gender': '?' is no word; write one; if it stands for a missing "
        "value, write in the mapping: missing: {gender: ['?']}",
    ),
    "a label over two lines": (
        cell(2, "gender", '"man\nwoman"'),
        "my.csv, line 3, column 'gender': label 'man\\nwoman' holds an invisible character; write "
        "the label again",
    ),
    "a control character": (
        cell(2, "gender", "\x1b[31mman"),
        "my.csv, line 3: a control character, b'\\x1b'; delete it",
    ),
    "a name too long": (
        text(HEADER + "," + "x" * 200_000, [row + ",1" for row in ROWS]),
        "my.csv: the first line holds a cell too long to be a name; put the column names there",
    ),
    "empty": (b"", "my.csv is empty; give a CSV with names in its first line"),
    "blank": (" \n\n", "my.csv is empty; give a CSV with names in its first line"),
    "commas": (",,,\n,,,\n", "my.csv is empty; give a CSV with names in its first line"),
    "header only": (HEADER, "my.csv has a header and no rows; add one row per participant"),
    "semicolons": (
        text().replace(",", ";"),
        "my.csv: the columns are separated by semicolons; write in the mapping "
        'separator: ";", and where decimals have a comma, decimal: ","',
    ),
    "quoted names, semicolons, decimal commas": (
        text().replace(",", '";"').replace(".", ",").replace("phq9", '"phq9', 1),
        "my.csv: the columns are separated by semicolons; write in the mapping "
        'separator: ";", and where decimals have a comma, decimal: ","',
    ),
    "tabs": (
        text().replace(",", "\t"),
        'my.csv: the columns are separated by tabs; write in the mapping separator: "tab"',
    ),
    "Excel's note": (
        "sep=,\n" + text(),
        "my.csv: the first line, 'sep=,', is a note for Excel; delete it and separate the columns "
        "by commas",
    ),
    "UTF-16 without a mark": (
        text().encode("utf-16-be"),
        "my.csv is encoded in UTF-16 ('Unicode text'); save the file as 'CSV UTF-8'",
    ),
    "Latin-1": (
        cell(2, "gender", "männlich").encode("latin-1"),
        "my.csv, line 3: the bytes are not UTF-8 (perhaps Latin-1 or Windows-1252); save the file "
        "as 'CSV UTF-8'",
    ),
    "NUL": (
        cell(3, "rri", "1\0"),
        "my.csv, line 4: a NUL byte; the file is damaged or no CSV, write it anew",
    ),
    "long row": (
        cell(2, "rri", "3,5"),
        "my.csv, line 3: 9 cells where the header has 8; look for a comma inside a cell (put the "
        "cell in quotes, write decimals with a point)",
    ),
    "short row": (
        text(rows=[*ROWS[:3], "27,21"]),
        "my.csv, line 5: 2 cells where the header has 8; look for a missing comma or a line cut "
        "short",
    ),
    "row names": (
        text(rows=[f"{i},{row}" for i, row in enumerate(ROWS)]),
        "my.csv, line 2: 9 cells where the header has 8; look for a row name or number that the "
        "header has no name for; write without them (3 more like it)",
    ),
    "quote inside": (
        cell(2, "gender", 'a 5" man'),
        "my.csv, line 3: a double quote is inside a cell or is never closed; delete it, or "
        "write it twice inside a quoted cell",
    ),
    "quote never closed": (
        cell(4, "gender", '"man'),
        "my.csv, line 5: a double quote is inside a cell or is never closed; delete it, or "
        "write it twice inside a quoted cell",
    ),
    "zipped": (
        b"PK\x03\x04rest",
        "my.csv is a zipped file; unpack it and give the table in it",
    ),
    "compressed": (
        b"\x1f\x8brest",
        "my.csv is compressed (gzip, or an R data file); unpack it or write it as CSV",
    ),
    "web page": (
        "<!DOCTYPE html>\n" + text(),
        "my.csv is a web page or XML; give the data as CSV",
    ),
}


@pytest.mark.parametrize(("content", "message"), REFUSED.values(), ids=REFUSED)
def test_refused_with_one_line(tmp_path, content, message):
    with pytest.raises(InputError) as caught:
        load(tmp_path, content)
    assert str(caught.value) == message


def test_too_many_labels(tmp_path):
    rows = [",".join([*ROWS[i % 2].split(",")[:7], f"person {i:03d}"]) for i in range(60)]
    with pytest.raises(InputError) as caught:
        load(tmp_path, text(rows=rows))
    assert str(caught.value) == (
        "my.csv, column 'gender': 60 different labels in 60 rows; group them into few categories, "
        "or leave it out of covariates"
    )


@pytest.mark.parametrize("content", [content for content, _ in REFUSED.values()])
def test_no_row_is_ever_shown(tmp_path, content):
    """At most one value of a participant is in the message."""
    marked = content.encode() if isinstance(content, str) else content
    marked = (
        marked.replace(b"3.25", b"3.7777").replace(b"2.25", b"2.8888").replace(b"0.25", b"0.6666")
    )
    with pytest.raises(InputError) as caught:
        load(tmp_path, marked)
    assert not [mark for mark in ("7777", "8888", "6666") if mark in str(caught.value)]


def test_a_long_value_is_shortened(tmp_path):
    with pytest.raises(InputError, match=r"'I would rather not say how I …' is not a number"):
        load(tmp_path, cell(1, "phq9", "I would rather not say how I felt that week"))


@pytest.mark.parametrize(
    ("label", "known", "near"),
    [
        ("Woman", "woman", True),
        ("in-person", "in person", True),
        ("18–29", "18-29", True),
        ("wooman", "woman", True),
        ("wman", "woman", True),
        ("wmoan", "woman", True),
        ("18-24", "18-29", False),
        ("30-39", "40-49", False),
        ("0-3 months", "4-6 months", False),
        ("man", "woman", False),
        ("m", "f", False),
        ("female", "woman", False),
        ("videos", "video", True),
        ("woman", "woman", False),
    ],
)
def test_what_counts_as_nearly_a_label(label, known, near):
    assert nearly(label, known) is near
    assert nearly(known, label) is near


def test_known_labels_are_never_taken_for_each_other():
    for column in SCHEMA.covariates:
        for label in column.labels:
            assert not [other for other in column.labels if nearly(label, other)]


# Arguments and paths ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"covariates": "gender"},
            "covariates='gender' is not a list; write ['gender'], or [] for none",
        ),
        (
            {"covariates": ["gendr"]},
            "covariates: 'gendr' is not a covariate of distress_session_quality; there are "
            "age_group, gender, ethnicity, diagnosis, treatment_length, treatment_frequency, "
            "treatment_setting. Did you mean 'gender'?",
        ),
        (
            {"covariates": ["gender", "gender"]},
            "covariates=['gender', 'gender'] names one twice; give each once",
        ),
        (
            {"missing": "listwize"},
            "missing='listwize' is none of 'error', 'listwise', 'keep'. Did you mean 'listwise'?",
        ),
    ],
)
def test_arguments_are_checked(tmp_path, options, message):
    with pytest.raises(InputError) as caught:
        load(tmp_path, text(), **options)
    assert str(caught.value) == message


def test_paths_that_lead_nowhere(tmp_path):
    (tmp_path / "mine.csv").write_text(text())

    def message(path):
        with pytest.raises(InputError) as caught:
            load_dataset(path, STUDY, covariates=[])
        assert "\n" not in str(caught.value)
        return str(caught.value)

    assert message(tmp_path / "mien.csv") == (
        f"{tmp_path}/mien.csv does not exist. Did you mean 'mine.csv'?"
    )
    assert message(tmp_path / "no" / "x.csv") == (
        f"{tmp_path}/no/x.csv does not exist (there is no folder {tmp_path}/no)."
    )
    assert message(tmp_path) == f"{tmp_path} is a folder; give the path of a data file in it"
    assert message("") == "data path '' is not a path; give the path of a data file"
    assert message(None) == "data path None is not a path; give the path of a data file"
    assert message("x" * 5000).endswith("cannot be read: File name too long")
    assert "is not a regular file" in message("/dev/null")
    assert message(paths.twin_path("unmade")) == (
        "the synthetic data of unmade have not been made; run 'make data' first"
    )


def test_a_relative_path_is_found_from_the_root_too(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("mine.csv").write_text(text())
    assert load_dataset("mine.csv", STUDY, covariates=[]).path == tmp_path.resolve() / "mine.csv"
    with pytest.raises(InputError, match="column 'phq9'"):
        load_dataset(f"data/{STUDY}/printed/table_1.csv", STUDY)


def test_the_twin_is_recognized_wherever_it_lies(tmp_path, monkeypatch):
    from helpers.data import datasets

    monkeypatch.setattr(datasets, "twin_path", lambda study: tmp_path / f"{study}_twin.csv")
    monkeypatch.setattr(datasets, "data_dir", lambda: tmp_path / "data")
    assert not load(tmp_path, text()).synthetic
    (tmp_path / f"{STUDY}_twin.csv").write_text(text())
    assert load(tmp_path, text()).synthetic
    assert not load(tmp_path, text(newline="\r\n")).synthetic
    folder = tmp_path / "data" / "another"
    folder.mkdir(parents=True)
    (folder / "synthetic.csv").write_text(text(newline="\r\n"))
    assert load_dataset(folder / "synthetic.csv", STUDY, covariates=["gender"]).synthetic


@pytest.mark.parametrize(
    "study", [s for s in paths.list_studies() if paths.schema_path(s).is_file()]
)
def test_every_twin_meets_its_dictionary(study):
    if not paths.twin_path(study).is_file():
        pytest.skip("the twin has not been made")
    dataset = load_dataset(paths.twin_path(study), study)
    assert dataset.synthetic
    assert dataset.ignored_columns == ()
    schema = dataset.schema
    assert schema.n_twin in (None, len(dataset.frame))
    for column in schema.covariates:
        counts = dataset.frame[column.name].value_counts()
        assert counts[list(column.labels)].tolist() == list(column.counts), column.name


# Item columns and codings ----------------------------------------------------------------------

ITEMS = parse_schema(
    {
        "study": "items",
        "title": "Items",
        "rows": "one client",
        "columns": {
            "avoidant": {"kind": "items", "minimum": 1, "maximum": 5, "whole": True},
            "alliance": {"kind": "items", "minimum": 1, "maximum": 7},
        },
    },
    where="items.yml",
)


def items(tmp_path, header, *rows, **options):
    return load(tmp_path, text(header, rows), None, ITEMS, **options)


def test_any_number_of_items_in_any_order(tmp_path):
    header = "alliance_2,avoidant_10,avoidant_2,id,alliance_1,avoidant_1"
    dataset = items(tmp_path, header, "7,1,2,a,6.5,4", "1,5,3,b,2,2")
    assert dataset.items == {
        "avoidant": ("avoidant_1", "avoidant_2", "avoidant_10"),
        "alliance": ("alliance_1", "alliance_2"),
    }
    assert dataset.frame.columns.tolist() == [
        *("avoidant_1", "avoidant_2", "avoidant_10", "alliance_1", "alliance_2")
    ]
    assert dataset.frame["alliance_1"].tolist() == [6.5, 2.0]
    assert dataset.ignored_columns == ("id",)


@pytest.mark.parametrize(
    ("header", "rows", "message"),
    [
        (
            "avoidant_1,aliance_1",
            ("1,2", "2,3"),
            "my.csv: column 'aliance_1' looks like an item of 'alliance'; if so, write in the "
            "mapping how their names begin: columns: {aliance: alliance}",
        ),
        (
            "avoidant_1,Avoidant 02,alliance_1",
            ("1,2,3", "2,3,4"),
            "my.csv: column 'Avoidant 02' looks like an item of 'avoidant'; if so, write in the "
            "mapping how their names begin: columns: {Avoidant: avoidant}",
        ),
        (
            "avoidant_1,avoidant_01,alliance_1",
            ("1,2,3", "2,3,4"),
            "my.csv: columns 'avoidant_01' and 'avoidant_1' are the same item; rename or delete "
            "one",
        ),
        (
            "avoidant_1,other",
            ("1,2", "2,3"),
            "my.csv: no item column of 'alliance'; say in the mapping how the names of its items "
            "begin: columns: {BEGINNING: alliance}, or name them one by one: columns: {YOURS: "
            "alliance_1}",
        ),
        (
            "avoidant_1,alliance_1",
            ("1,2", "6,3"),
            "my.csv, line 3, column 'avoidant_1': 6 is outside 1 to 5; if your version of the "
            "scale has other ends, write in the mapping: ranges: {avoidant: [lowest, highest]}; "
            "if it stands for a missing value, write in the mapping: missing: {avoidant: [6]}; if "
            "neither, correct it",
        ),
        (
            "avoidant_1,alliance_1",
            ("1,2", "2.5,3"),
            "my.csv, line 3, column 'avoidant_1': 2.5 is not a whole number; correct it",
        ),
        (
            "avoidant_1,alliance_1,alliance_2",
            ("1,4,1", "2,4,5"),
            "my.csv, column 'alliance_1': every value is 4, and a constant column cannot be "
            "analyzed; check the export",
        ),
    ],
)
def test_item_columns_refused(tmp_path, header, rows, message):
    with pytest.raises(InputError) as caught:
        items(tmp_path, header, *rows)
    assert str(caught.value) == message


CODING = parse_schema(
    {
        "study": "coding",
        "title": "Codings",
        "rows": "one code of one coder for one segment",
        "unique": ["video", "segment", "coder"],
        "columns": {
            "video": {"kind": "text", "role": "identifier"},
            "segment": {"kind": "integer", "role": "identifier", "minimum": 1},
            "coder": {"kind": "text", "role": "identifier"},
            "code": {
                "kind": "categorical",
                "role": "coding",
                "labels": ["seeking help", "directing"],
                "closed": True,
            },
        },
    },
    where="coding.yml",
)


def test_a_long_coding_file(tmp_path):
    header = "video,segment,coder,code"
    rows = ["7,1, A ,directing", "7,1,B,directing"]
    dataset = load(tmp_path, text(header, rows), None, CODING)
    assert dataset.frame["video"].tolist() == ["7", "7"]
    assert dataset.frame["coder"].tolist() == ["A", "B"]
    assert dataset.frame["code"].tolist() == ["directing", "directing"]
    with pytest.raises(InputError) as caught:
        load(tmp_path, text(header, [*rows, "7,1,A,seeking help"]), None, CODING)
    assert str(caught.value).startswith(
        "my.csv, line 4: the video, segment and coder of an earlier line with another code. Only"
    )
    assert "keep one" not in str(caught.value)
    with pytest.raises(InputError) as caught:
        load(tmp_path, text(header, [*rows, rows[1]]), None, CODING)
    assert str(caught.value) == (
        "my.csv, line 4: equals an earlier line in every column; leave the copy out"
    )
    with pytest.raises(InputError) as caught:
        load(tmp_path, text(header, [*rows, "7,2,A,comforting"]), None, CODING)
    assert str(caught.value) == (
        "my.csv, line 4, column 'code': label 'comforting' is unknown; there are seeking help, "
        "directing."
    )


# Size ------------------------------------------------------------------------------------------


def test_a_wide_file_is_read_quickly(tmp_path):
    rng = np.random.default_rng(3)
    names = [f"avoidant_{i}" for i in range(1, 1001)] + [f"alliance_{i}" for i in range(1, 1001)]
    frame = pd.DataFrame(rng.integers(1, 6, (300, 2000)), columns=names)
    start = time.process_time()  # whatever else the machine does
    dataset = load(tmp_path, frame.to_csv(index=False), None, ITEMS)
    assert time.process_time() - start < 10
    assert (dataset.frame.to_numpy() == frame.to_numpy()).all()


def test_a_damaged_file_is_read_whole_or_refused_in_one_line(tmp_path):
    rng = np.random.default_rng(11)
    whole = [text().encode(), cell(2, "gender", '"man, or ""so"""').encode()]
    pieces = [b",", b'"', b"\n", b"\r", b" ", b"\0", b"\xff", b"-", b"1", b"NA", b"inf", b"", b"x"]
    accepted = 0
    for _ in range(300):
        damaged = bytearray(whole[rng.integers(2)])
        for _ in range(rng.integers(1, 4)):
            at = int(rng.integers(len(damaged)))
            damaged[at : at + int(rng.integers(3))] = pieces[rng.integers(len(pieces))]
        try:
            dataset = load(tmp_path, bytes(damaged), missing="listwise")
        except InputError as error:
            one_line = "\n" not in str(error)
            assert one_line, str(error)  # noqa: PT017
        else:
            accepted += 1
            assert not dataset.frame.isna().to_numpy().any()
            assert len(dataset.frame) + dataset.n_dropped == dataset.n_read
    assert accepted > 5


# Covariates that no dictionary names ------------------------------------------------------------

OPEN = load_schema("intersession_alliance")
OPEN_HEADER = ",".join([*OPEN.names, "age", "setting", "site"])
OPEN_ROWS = ("1,2,3,4,5,31,video,1", "2,1,4,3,6,44,in person,2", "3,5,1,2,2,27,video,x")


def load_open(tmp_path, covariates, rows=OPEN_ROWS):
    return load(tmp_path, text(OPEN_HEADER, rows), covariates, OPEN)


def test_a_free_covariate_is_a_number_or_a_category_by_what_it_holds(tmp_path):
    dataset = load_open(tmp_path, ["setting", "age"])
    assert dataset.covariates == ("setting", "age")
    assert dataset.frame["age"].tolist() == [31.0, 44.0, 27.0]
    assert dataset.frame["setting"].cat.categories.tolist() == ["video", "in person"]
    assert dataset.ignored_columns == ("site",)
    described = describe_measures(dataset).set_index("column")
    assert described.loc["age", "mean"] == 34
    assert describe_categories(dataset)["label"].tolist() == ["video", "in person"]


@pytest.mark.parametrize(
    ("covariates", "rows", "message"),
    [
        (
            ["site"],
            OPEN_ROWS,
            "my.csv, line 4, column 'site': 'x' is no number as the other values are; correct it; "
            "if it stands for a missing value, write in the mapping: missing: {site: ['x']}; if "
            "the column is nominal: categorical: [site]",
        ),
        (
            ["setting"],
            [OPEN_ROWS[0].replace("video", "9"), *OPEN_ROWS[1:]],
            "my.csv, line 2, column 'setting': '9' is no word as the other values are; correct it; "
            "if it stands for a missing value, write in the mapping: missing: {setting: ['9']}; if "
            "the column is nominal: categorical: [setting]",
        ),
        (
            ["age"],
            [re.sub(r",\d\d,", ",30,", row) for row in OPEN_ROWS],
            "my.csv, column 'age': every value is 30, and a constant column cannot be analyzed; "
            "leave it out of covariates",
        ),
        (
            ["age"],
            [re.sub(r",\d\d,", ",NA,", row) for row in OPEN_ROWS],
            "my.csv, column 'age': every value is missing; leave it out of covariates",
        ),
        (
            ["sitting"],
            OPEN_ROWS,
            "my.csv: column 'sitting' is missing. Did you mean 'setting'? If so, write in the "
            "mapping: columns: {setting: sitting}",
        ),
        (
            ["progress"],
            OPEN_ROWS,
            "covariates: 'progress' is a measure of intersession_alliance and in its model "
            "already; leave it out of covariates",
        ),
        ([3], OPEN_ROWS, "covariates: 3 is not a column name; give names in quotes"),
    ],
)
def test_a_free_covariate_that_cannot_be_used_is_refused(tmp_path, covariates, rows, message):
    with pytest.raises(InputError) as caught:
        load_open(tmp_path, covariates, rows)
    assert str(caught.value) == message


def test_a_missing_value_of_a_free_covariate_is_missing(tmp_path):
    rows = [OPEN_ROWS[0].replace("31", "n/a"), *OPEN_ROWS[1:]]
    with pytest.raises(InputError, match="1 missing value in 1 of 3 rows"):
        load_open(tmp_path, ["age"], rows)


@pytest.mark.parametrize("code", ["999", "-99", "99", "-9", "888"])
def test_a_code_for_a_missing_value_is_no_value_where_no_range_refuses_it(tmp_path, code):
    rows = [OPEN_ROWS[0].replace("31", code), *OPEN_ROWS[1:], *OPEN_ROWS[1:]]
    with pytest.raises(InputError) as caught:
        load_open(tmp_path, ["age"], rows)
    assert str(caught.value) == (
        f"my.csv, line 2, column 'age': {code} stands apart from the other values (27 to 44); if "
        f"it stands for a missing value, write in the mapping: missing: {{age: [{code}]}}; if it "
        f"is a value, give the range: ranges: {{age: [{min(27, int(code))}, {max(44, int(code))}]}}"
    )


@pytest.mark.parametrize("age", ["77", "99.5", "1", "-30"])
def test_a_value_that_may_be_real_is_read(tmp_path, age):
    rows = [row.replace("31", age).replace("27", "-20").replace("44", "60") for row in OPEN_ROWS]
    assert load_open(tmp_path, ["age"], rows).frame["age"][0] == float(age)


def test_a_value_too_large_to_square_is_refused(tmp_path):
    rows = [OPEN_ROWS[0].replace("31", "1e200"), *OPEN_ROWS[1:]]
    with pytest.raises(InputError, match=r"1e\+200 is too large to compute with; correct it"):
        load_open(tmp_path, ["age"], rows)


def test_hidden_characters_of_a_name_are_written_out(tmp_path):
    with pytest.raises(InputError, match=r"Did you mean 'phq\\u200b9'\? If so, write"):
        load(tmp_path, text(HEADER.replace("phq9", "phq\u200b9")))


def test_a_count_that_is_withheld_cannot_be_had_by_subtraction(tmp_path):
    rows = [
        f"{1 + i % 4},2,{3 + i % 3},{4 - i % 2},{i % 5},31,{'abbccc'[i % 6]},1" for i in range(12)
    ]
    rows = [row.replace(",2,", f",{i % 7},") for i, row in enumerate(rows)]
    dataset = load_open(tmp_path, ["setting"], rows)

    def counts(smallest_cell):
        table = describe_categories(dataset, smallest_cell=smallest_cell)
        return dict(zip(table["label"], table["n"].fillna(-1), strict=True))

    assert counts(1) == {"c": 6, "a": 2, "b": 4}
    assert counts(3) == {"c": 6, "a": -1, "b": -1}
    assert counts(5) == {"c": 6, "a": -1, "b": -1}
    assert counts(7) == {"c": -1, "a": -1, "b": -1}

    terms = pd.DataFrame({"term": ["Intercept", "setting[a]", "setting[b]"], "est": [1.0, 2, 3]})

    def told(smallest_cell):
        table = withhold_rare(terms, dataset, smallest_cell=smallest_cell)
        return table["term"][table["est"].notna()].tolist()

    assert told(2) == ["Intercept", "setting[a]", "setting[b]"]
    assert told(3) == ["Intercept", "setting[b]"]
    assert told(5) == ["Intercept"]
    assert told(7) == []


WIDE = parse_schema(
    {
        "study": "coding",
        "title": "Codings",
        "rows": "one segment as one coder coded it",
        "unique": ["video", "segment", "coder"],
        "wide": ["coder", "code"],
        "columns": {
            "video": {"kind": "text", "role": "identifier"},
            "segment": {"kind": "integer", "role": "identifier", "minimum": 1},
            "coder": {"kind": "text", "role": "identifier"},
            "code": {"kind": "text", "role": "coding"},
        },
    },
    where="coding.yml",
)


def test_a_column_a_coder_is_read_as_a_row_a_coder(tmp_path):
    """Minutes and remarks share no word with another column, and are no coders."""
    wide = text(
        "video,segment,minute,Anna,Ben,remark",
        ["V1,1,3,goal,goal,calm", "V1,2,5,bond,task,", "V1,3,9,task,bond,tense"],
    )
    dataset = load(tmp_path, wide, None, WIDE)
    long = text(
        "video,segment,coder,code",
        [f"V1,{k},{who},{code}" for k, pair in enumerate(("goal goal", "bond task", "task bond"), 1)
         for who, code in zip(("Anna", "Ben"), pair.split(), strict=True)],
    )  # fmt: skip
    pd.testing.assert_frame_equal(dataset.frame, load(tmp_path, long, None, WIDE).frame)
    assert dataset.n_read == 6
    assert dataset.notes == ("2 columns read as one per coder",)


def test_coders_who_share_no_code_are_asked_for_and_can_be_named(tmp_path):
    wide = text("video,segment,Anna,Ben", ["V1,1,goal,bond", "V1,2,task,"])
    with pytest.raises(
        InputError, match=r"no columns look like one coder.*coders: \[first, second\]"
    ):
        load(tmp_path, wide, None, WIDE)
    mapping = tmp_path / "my.map.yml"
    mapping.write_text("coders: [Anna, Ben]")
    path = tmp_path / "my.csv"
    path.write_text(wide)
    dataset = load_dataset(path, WIDE, missing="listwise", mapping=mapping)
    assert dataset.frame["code"].tolist() == ["goal", "bond", "task"]
    # an empty cell is a gap of that coder alone, on its own line of the file
    assert dataset.dropped_lines == (3,)
    mapping.write_text("coders: [Anna, Bne]")
    with pytest.raises(InputError, match=r"coders: 'Bne' is not a column of my.csv. Did you mean"):
        load_dataset(path, WIDE, mapping=mapping)


@pytest.mark.parametrize("code", ["9", "99", "-1", "-9"])
def test_a_code_beside_two_categories_is_asked_about(tmp_path, code):
    codes = ["1", "2"] * 20 if not code.startswith("-") else ["3", "4"] * 20
    rows = [f"{i % 7},{c}" for i, c in enumerate([*codes, code, code])]
    path = tmp_path / "my.csv"
    path.write_text("\n".join(["score,setting", *rows]))
    schema = parse_schema(
        {"study": "s", "title": "t", "rows": "r", "columns": {
            "score": {"kind": "numeric"},
            "setting": {"kind": "categorical", "role": "covariate"}}},
        where="s",
    )  # fmt: skip
    with pytest.raises(InputError, match=rf"missing: \{{setting: \[{code}\]\}}; if it is a"):
        load_dataset(path, schema)
    path.write_text(path.read_text().replace(f",{code}", ",3" if code[0] != "-" else ",5"))
    assert load_dataset(path, schema).frame["setting"].nunique() == 3


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ("{}%", "has a percent sign; write the number without it (3 more like it)"),
        ("'{}", "has an apostrophe in front; delete it (3 more like it)"),
    ],
)
def test_numbers_written_in_one_odd_form_are_one_line(tmp_path, form, said):
    rows = [f"{k},8,4.25,3.5,3.25,4,{form.format(k)}" for k in (1, 2, 3, 4)]
    path = tmp_path / "my.csv"
    path.write_text("\n".join(["phq9,gad7,rri,wai_task,wai_goal,wai_bond,ses", *rows]) + "\n")
    (problem,) = [p for p in examine_dataset(path, STUDY).problems if "ses" in p]
    assert problem.endswith(said)
