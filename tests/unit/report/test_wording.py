"""What a report says of its data before its results."""

import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup
from markdown_it import MarkdownIt

from helpers.data.datasets import load_dataset
from helpers.paths import twin_path
from helpers.report.wording import count_findings, state_data, state_notices

STUDY = "intersession_alliance"


@pytest.fixture
def data(tmp_path):
    """Return a function that loads the twin with other columns as a reader's own file."""
    twin = pd.read_csv(twin_path(STUDY))

    def load(**columns):
        twin.assign(**columns).to_csv(tmp_path / "my.csv", index=False)
        return load_dataset(tmp_path / "my.csv", STUDY, covariates=[])

    return load


def test_what_is_noticed_stands_above_the_first_sentence(data):
    found = data(therapist_id=np.arange(81) // 9)
    said = state_data(found)
    first, rest = said.split("**These are your data** (81 cases).")
    assert first.startswith("**Before you read on**\n\n- therapist_id has 9 values in 81 rows.")
    assert first.endswith("\n\n")
    assert "Before" not in rest


def test_what_is_in_a_file_is_no_markup(data):
    name = "*<b>$x$ [a](b)_id"
    said = state_notices(data(**{name: np.arange(81) // 9}))
    page = BeautifulSoup(MarkdownIt("gfm-like", {"linkify": False}).render(said), "html.parser")
    assert f"{name} has 9 values" in page.li.text
    assert page.li.find() is None


def test_nothing_is_said_of_sound_data_nor_of_a_twin(data):
    assert state_notices(data()) == ""
    assert state_notices(load_dataset(twin_path(STUDY), STUDY, covariates=[])) == ""


def test_the_first_lines_say_which_rows_are_analyzed(tmp_path):
    twin = pd.read_csv(twin_path(STUDY)).assign(clinic_id=np.arange(81) % 20)
    twin.loc[[3, 7], "progress"] = np.nan
    twin.to_csv(tmp_path / "my.csv", index=False)
    options = {"covariates": [], "cluster": "clinic_id"}
    dropped = load_dataset(tmp_path / "my.csv", STUDY, missing="listwise", **options)
    kept = load_dataset(tmp_path / "my.csv", STUDY, missing="keep", **options)
    said = state_data(dropped, missing="listwise")
    assert "(79 cases)" in said
    assert said.startswith("**Before you read on**\n\n- clinic_id has 20 values. Bootstrap")
    assert "Of 81 rows read, 2 lack a value and were left out." in said
    assert "20 clusters by clinic_id." in said
    said = state_data(kept, missing="mean")
    assert "(81 cases)" in said
    assert "All rows are kept: 2 lack a value, and each missing answer takes" in said


def test_what_appears_in_data_that_were_built_to_show_it_is_no_support():
    claims = pd.DataFrame({"holds": [True, False, True]})
    assert count_findings(claims, synthetic=False) == (
        "2 of the paper's 3 findings appear in your data."
    )
    assert "that is not support for them" in count_findings(claims, synthetic=True)
    assert count_findings(claims, synthetic=False, others=True) == (
        "2 of the paper's 3 other findings appear in your data."
    )


def test_a_finding_that_cannot_be_tested_is_counted_as_neither():
    claims = pd.DataFrame({"holds": pd.array([True, False, None], dtype="boolean")})
    assert count_findings(claims, synthetic=False) == (
        "1 of the paper's 3 findings appear in your data; 1 cannot be tested with them."
    )
