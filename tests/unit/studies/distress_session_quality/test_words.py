"""What the paper reports is set beside what the demonstration data were given."""

import pandas as pd
import pytest

from helpers.printed.numbers import load_published
from helpers.studies.distress_session_quality.model import STUDY
from helpers.studies.distress_session_quality.words import CHOSEN, set_beside_printed


def test_a_category_or_measure_that_is_not_reported_is_marked():
    categories = pd.DataFrame(
        {"covariate": ["gender", "gender", "treatment_setting"], "label": ["woman", "man", "video"]}
    )
    assert set_beside_printed(categories, by=["covariate", "label"])["paper_share"].tolist() == [
        "74%",
        CHOSEN,
        CHOSEN,
    ]
    measures = set_beside_printed(pd.DataFrame({"column": ["phq9", "rri"]}), by=["column"])
    assert measures[["paper_mean", "paper_sd"]].to_numpy().tolist() == [
        ["9.9", "6.2"],
        [CHOSEN, CHOSEN],
    ]


def test_every_reported_share_of_a_category_has_its_place():
    sample = load_published(STUDY, "sample")
    shares = sample[(sample["quantity"] == "share") & (sample["category"] != "")]
    shown = set_beside_printed(
        shares.rename(columns={"printed": "was"}), by=["variable", "category"]
    )
    assert shown["paper_share"].tolist() == shares["printed"].tolist()
    assert CHOSEN not in shown["paper_share"].tolist()
    with pytest.raises(KeyError):
        set_beside_printed(shares, by=["covariate", "label"])
