"""What is said of codings of few coders or many, of one level or several, listed or not."""

import numpy as np
import pandas as pd
import pytest

from helpers.models.coding.agreement import fit_agreement, list_disagreements
from helpers.models.coding.ratings import fit_rating_agreement
from helpers.models.coding.saturation import find_presence, fit_saturation
from helpers.models.example import simulate_codings
from helpers.studies.one_coding import results, words


@pytest.fixture(scope="module")
def frame():
    codings = simulate_codings()
    return codings.assign(open=codings["code"])


def test_one_level_is_not_set_beside_another(frame):
    table = fit_agreement(frame, levels=["open"], n_boot=10).table
    listed = list_disagreements(frame, levels=["open"])
    assert words.read_levels(table, listed) == f"The coders differ on {len(listed)} segments."
    alpha = table.set_index("statistic")["est"]["krippendorff_alpha"]
    assert words.find_alpha({"open": alpha}).endswith(" for open codes.")
    assert words.grade_alpha(np.nan) == "not defined"


def test_segments_that_are_not_listed_are_counted_only(frame):
    listed = list_disagreements(frame, levels=["open", "element"])
    said = words.state_unlisted(listed)
    assert said.startswith(f"The coders differ on {len(listed)} segments")
    assert not any(video in said for video in frame["video"].unique())
    assert words.state_unlisted(listed.head(0)) == "The coders differ on no segment."


def test_many_coders_have_no_column_each(frame):
    many = pd.concat([frame.assign(coder=f"{frame['coder'].iloc[0]}{k}") for k in range(12)])
    many = many.drop_duplicates(["video", "segment", "coder"])
    shares = results.share_by_coder(many, level="open", order=sorted(frame["open"].unique()))
    shown, columns = words.show_shares(shares)
    assert set(columns) == {"Least", "Most"}
    assert (shown["highest"] >= shown["lowest"]).all()
    pairs = words.arrange_pairs(fit_agreement(many, levels=["open"], n_boot=5).pairs)
    least, note = words.list_pairs(pairs)
    assert (len(pairs), len(least)) == (66, 10)
    assert "ten of 66 pairs" in note


def test_few_videos_are_not_called_the_last_three(frame):
    found = find_presence(frame[frame["video"] == "v1"], code="open")
    assert words.state_last(fit_saturation(found, n_orders=5)) == "4 open codes in 1 video."
    assert words.state_last(fit_saturation(find_presence(frame, code="open"), n_orders=5)) == (
        "The last three videos add 0 of 4 open codes."
    )


def test_ratings_are_named_and_their_gaps_explained():
    rows = [("S1", 1, "A", 3), ("S1", 1, "B", 4), ("S2", 1, "A", 6), ("S2", 1, "B", 6)]
    data = pd.DataFrame(rows, columns=["video", "segment", "coder", "rating"])
    rated = fit_rating_agreement(data, level="rating")
    table = words.arrange_ratings(rated)
    assert table["name"].tolist()[:3] == ["Krippendorff's α", "ICC(1,1)", "ICC(2,1)"]
    assert rated.table[["ci_lower", "ci_upper"]].isna().all(axis=None)
    assert "2 videos are too few for an interval" in words.note_ratings(rated, scale="interval")
    raters = results.describe_raters(data).set_index("coder")
    assert raters["mean"].to_dict() == {"A": 4.5, "B": 5.0}


def test_pairs_with_nothing_to_compare_in_some_draws_are_counted_in_one_sentence(frame):
    """The third coder coded one video, which some draws lack."""
    coder, video = frame["coder"].iloc[-1], frame["video"].iloc[0]
    few = frame[(frame["coder"] != coder) | (frame["video"] == video)]
    with pytest.warns(RuntimeWarning, match="has no value in"):
        agreement = fit_agreement(few, levels=["open"], n_boot=50)
    assert (agreement.pairs["n_failed"] > 0).any()
    said = words.note_agreement(agreement)
    assert said.count("nothing to compare") == 1
    assert "For 2 pairs of coders some draws" in said
    assert "cohen_kappa" not in said
