"""Rows that are no participant are left out or asked about, and participants are kept."""

import numpy as np
import pandas as pd
import pytest

from helpers.data.datasets import examine_dataset, load_dataset
from helpers.errors import InputError

STUDY = "intersession_alliance"
NAMES = ["self_alliance", "other_alliance", "isp_thoughts", "isp_actions", "progress"]


@pytest.fixture
def frame():
    rng = np.random.default_rng(3)
    return pd.DataFrame(rng.normal(4, 1, (40, 5)).round(2), columns=NAMES)


@pytest.fixture
def read(tmp_path):
    def read(text, **options):
        text = text if isinstance(text, str) else text.to_csv(index=False)
        (tmp_path / "my.csv").write_text(text)
        return load_dataset(tmp_path / "my.csv", STUDY, covariates=[], **options)

    return read


def test_a_second_header_row_is_skipped_and_that_is_said(frame, read):
    header, _, rest = frame.to_csv(index=False).partition("\n")
    data = read(f"{header}\n{','.join('How strong is it?' for _ in NAMES)}\n{rest}")
    assert data.frame.equals(frame)
    assert data.notes == (
        "line 2 holds words in every column of numbers and was skipped as a further header row",
    )


def test_answers_in_words_are_no_second_header(frame, read):
    words = frame.astype(object)
    words.iloc[:2] = "often"
    with pytest.raises(InputError, match="line 2, column 'self_alliance': 'often' is not"):
        read(words)


def test_rows_without_any_value_are_left_out_by_every_choice(frame, read):
    frame.insert(0, "id", range(40))
    hollow = frame.astype(object)
    hollow.loc[[7, 39], NAMES] = np.nan
    for missing in ("error", "listwise", "keep"):
        data = read(hollow, missing=missing)
        assert (data.n_read, data.n_dropped) == (38, 0)
        assert data.notes == (
            "2 rows have no value in any column that is used and were left out (line 9, 41)",
        )
    hollow.loc[7, "progress"] = 4.0
    assert read(hollow, missing="keep").n_read == 39


@pytest.mark.parametrize("below", [[], ["SD"], ["SD", "Min", "Max"]])
def test_a_summary_below_is_refused_by_its_numbers_and_by_its_name(frame, read, below):
    rows = [frame.mean(), *(getattr(frame, word.lower())() if hasattr(frame, word.lower()) else
                            frame.std() for word in below)]  # fmt: skip
    foot = pd.DataFrame(rows).round(2)
    part = " and what stands below it" if below else ""
    with pytest.raises(InputError) as caught:
        read(pd.concat([frame, foot]))
    assert str(caught.value) == (
        "my.csv, line 42: the numbers are the means of those above, so this is no participant; "
        f"leave the row{part} out"
    )
    frame.insert(0, "id", [str(i) for i in range(40)])
    foot.insert(0, "id", ["Mean", *below])
    with pytest.raises(InputError, match="line 42: 'Mean' in column 'id' says that the row sums"):
        read(pd.concat([frame, foot]))


@pytest.mark.parametrize("name", ["M07", "M", "SD", "Max", "Min Jun", "N12b", "summer", "Sumi"])
def test_an_identifier_that_begins_like_a_summary_is_a_participant(frame, read, name):
    frame.insert(0, "id", [f"c{i}" for i in range(39)] + [name])
    assert read(frame).n_read == 40


def test_a_note_below_is_told_from_a_value(frame, read):
    text = frame.to_csv(index=False)
    with pytest.raises(InputError) as caught:
        read(f"{text}Note: rows 41 to 90 were removed by the clinic,,,,\n")
    assert str(caught.value) == (
        "my.csv, line 42: the row holds nothing but 'Note: rows 41 to 90 were remo…', as a note "
        "does; leave the row out of a copy of the file"
    )


@pytest.mark.parametrize("title", ["Clinic study 2024", "Clinic study 2024,,,,\n,,,,"])
def test_a_title_above_the_names_is_skipped_and_lines_keep_their_numbers(frame, read, title):
    data = read(f"{title}\n{frame.to_csv(index=False)}")
    n = title.count("\n") + 2
    assert data.frame.equals(frame)
    assert data.notes == (f"what stands above the names in line {n} was skipped",)
    bad = frame.astype(object)
    bad.loc[0, "progress"] = "much"
    with pytest.raises(InputError, match=f"my.csv, line {n + 1}, column 'progress'"):
        read(f"{title}\n{bad.to_csv(index=False)}")


def test_a_header_without_separators_is_no_title(tmp_path):
    (tmp_path / "my.csv").write_text("a;b;c\n1,5;2,5;3,5\n2,5;1,5;x,y\n")
    (problem,) = examine_dataset(tmp_path / "my.csv", STUDY).problems
    assert "the columns are separated by semicolons" in problem


@pytest.mark.parametrize(("word", "digits"), [("means", 3), ("sums", 3)])
def test_a_row_of_totals_or_means_is_no_participant(tmp_path, word, digits):
    rng = np.random.default_rng(7)
    names = ["self_alliance", "other_alliance", "isp_thoughts", "isp_actions", "progress"]
    frame = pd.DataFrame(rng.normal(4, 1, (40, 5)).round(2), columns=names)
    foot = getattr(frame, {"means": "mean", "sums": "sum"}[word])().round(digits)
    whole = pd.concat([frame, foot.to_frame().T], ignore_index=True)
    whole.to_csv(tmp_path / "my.csv", index=False)
    (tmp_path / "my.yml").write_text(
        "ranges: {" + ", ".join(f"{name}: [-10, 500]" for name in names) + "}\n"
    )
    options = {"covariates": [], "mapping": tmp_path / "my.yml"}
    with pytest.raises(InputError, match=f"line 42: the numbers are the {word} of those above"):
        load_dataset(tmp_path / "my.csv", "intersession_alliance", **options)
    whole.loc[40, "progress"] += 0.01
    whole.to_csv(tmp_path / "my.csv", index=False)
    assert load_dataset(tmp_path / "my.csv", "intersession_alliance", **options).n_read == 41
