"""What a finding needs to hold."""

import numpy as np
import pandas as pd
import pytest

from helpers.errors import InputError
from helpers.paths import ROOT
from helpers.printed.claims import ABSENT, CLAIM_COLUMNS, judge_sign

ROW = pd.Series({"est": 0.3, "pvalue": 0.04, "ci_lower": -0.1, "ci_upper": 0.6})


def test_every_study_of_numbers_has_the_same_columns():
    files = sorted((ROOT / "tests" / "baselines").glob("0[123]*/claims.csv"))
    assert len(files) == 3
    assert {tuple(pd.read_csv(file).columns) for file in files} == {CLAIM_COLUMNS}


@pytest.mark.parametrize(
    ("asked", "by", "holds"),
    [
        ("positive", "p", True),
        ("negative", "p", False),
        (ABSENT, "p", False),
        ("positive", "interval", False),
        (ABSENT, "interval", True),
    ],
)
def test_a_finding_holds_by_what_it_rests_on(asked, by, holds):
    assert judge_sign(asked, ROW, ci_level=0.95, by=by)["holds"] is holds


def test_a_finding_of_unknown_kind_is_refused():
    with pytest.raises(InputError, match="asked='postive' is not one of"):
        judge_sign("postive", ROW, ci_level=0.95)


@pytest.mark.parametrize("asked", ["positive", "negative", ABSENT])
@pytest.mark.parametrize("by", ["p", "interval"])
def test_what_is_withheld_decides_nothing(asked, by):
    withheld = pd.Series({"est": 0.8, "pvalue": np.nan, "ci_lower": np.nan, "ci_upper": np.nan})
    assert judge_sign(asked, withheld, ci_level=0.95, by=by)["holds"] is None
