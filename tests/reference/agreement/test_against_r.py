"""Agreement against irrCAC, ratings against psych, and published values (see agreement.R)."""

from pathlib import Path

import pandas as pd
import pytest

from helpers.models.coding.agreement import count_codes, fit_agreement
from helpers.models.coding.chance import gwet_ac1
from helpers.models.coding.ratings import fit_rating_agreement

HERE = Path(__file__).parent
NOMINAL = pd.read_csv(HERE / "nominal.csv").set_index("set")


def as_long(units, column="code"):
    frame = units.rename_axis("segment").reset_index().melt("segment", var_name="coder")
    frame = frame.dropna().rename(columns={"value": column})
    return frame.assign(video=frame["segment"] % 5)


@pytest.mark.parametrize("name", NOMINAL.index)
def test_nominal_agreement_with_and_without_gaps(name):
    units = pd.read_csv(HERE / f"{name}.csv", dtype=str).drop(columns="unit", errors="ignore")
    expected = NOMINAL.loc[name]
    assert gwet_ac1(count_codes(units)) == pytest.approx(expected["gwet_ac1"], abs=6e-6)
    found = fit_agreement(as_long(units), levels=["code"], n_boot=50).table
    found = found.set_index("statistic")["est"]
    for statistic, value in expected.items():
        # irrCAC rounds its coefficients to five decimals
        assert found[statistic] == pytest.approx(value, abs=6e-6), statistic


def test_intraclass_correlations_are_those_of_psych_and_of_print():
    ratings = pd.DataFrame(
        [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]],
        columns=list("ABCD"),
    )
    own_videos = as_long(ratings, "rating").assign(video=lambda rows: rows["segment"])
    found = fit_rating_agreement(own_videos, level="rating").table
    found = found.set_index("statistic")
    for row in pd.read_csv(HERE / "icc.csv").itertuples():
        own = found.loc[row.type.lower()]
        for name in ("est", "ci_lower", "ci_upper"):
            assert own[name] == pytest.approx(getattr(row, name), abs=1e-9), (row.type, name)
    # Shrout & Fleiss (1979), Table 4
    printed = {
        "icc1": 0.17,
        "icc2": 0.29,
        "icc3": 0.71,
        "icc1k": 0.44,
        "icc2k": 0.62,
        "icc3k": 0.91,
    }
    for name, value in printed.items():
        assert round(found.loc[name, "est"], 2) == value
    expected = pd.read_csv(HERE / "rating_alpha.csv")["alpha_interval"].iloc[0]
    assert found.loc["alpha", "est"] == pytest.approx(expected, abs=6e-6)


@pytest.mark.parametrize(
    ("scale", "printed"), [("ordinal", 0.815), ("interval", 0.849), ("ratio", 0.797)]
)
def test_alpha_of_ratings_with_gaps_is_that_of_print(scale, printed):
    # Krippendorff (2011), example C
    units = pd.read_csv(HERE / "four_raters.csv").drop(columns="unit")
    fit = fit_rating_agreement(as_long(units, "rating"), level="rating", scale=scale)
    assert round(fit.table["est"].iloc[0], 3) == printed
    assert "a coder left out a segment" in fit.notes[-1]
    assert len(fit.table) == 1
