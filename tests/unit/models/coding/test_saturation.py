from itertools import permutations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from helpers.errors import InputError
from helpers.models.coding.saturation import (
    StoppingRule,
    compare_stopping_rules,
    estimate_unseen,
    find_presence,
    fit_cooccurrence,
    fit_saturation,
)

REFERENCE = Path(__file__).parents[3] / "reference" / "saturation"


@pytest.fixture(scope="module")
def meadow():
    return pd.read_csv(REFERENCE / "presence.csv").astype(bool)


@pytest.fixture(scope="module")
def small():
    rng = np.random.default_rng(1)
    return pd.DataFrame(rng.random((5, 8)) < 0.4, columns=list("abcdefgh"))


def codings(*segments):
    """Rows of (video, segment, codes of coders A, B, C as a string)."""
    rows = [
        (video, segment, coder, "none" if code == "." else code)
        for video, segment, codes in segments
        for coder, code in zip("ABC", codes, strict=False)
    ]
    return pd.DataFrame(rows, columns=["video", "segment", "coder", "code"])


def test_expected_curve_is_vegans(meadow):
    curve = fit_saturation(meadow, n_orders=5, seed=1).curve
    reference = pd.read_csv(REFERENCE / "accumulation.csv")  # R: vegan, specaccum(method="exact")
    np.testing.assert_allclose(curve["expected"], reference["expected"], rtol=1e-9)


@pytest.mark.parametrize("kind", ["all", "no_pairs"])
def test_chao2_is_vegans(meadow, kind):
    presence = meadow if kind == "all" else meadow.loc[:, meadow.sum() != 2]
    reference = pd.read_csv(REFERENCE / "richness.csv").set_index("data").loc[kind]
    estimate = estimate_unseen(presence).iloc[0]
    assert estimate["chao2"] == pytest.approx(reference["chao2"], rel=1e-9)  # R: vegan, specpool
    assert estimate["n_codes"] == reference["n_codes"]
    assert estimate["unseen"] == pytest.approx(reference["chao2"] - reference["n_codes"], rel=1e-9)


def test_expected_curve_and_band_are_those_of_all_orders(small):
    found = small.to_numpy()
    curves = np.array(
        [
            np.logical_or.accumulate(found[list(order)]).sum(axis=1)
            for order in permutations(range(5))
        ]
    )
    result = fit_saturation(small, n_orders=4000, level=0.9, seed=1)
    np.testing.assert_allclose(result.curve["expected"], curves.mean(axis=0), rtol=1e-12)
    lower = np.quantile(curves, 0.05, axis=0, method="lower")
    assert (np.abs(result.curve["order_lower"] - lower) <= 1).all()
    assert (result.curve["order_lower"] <= result.curve["expected"] + 1e-9).all()
    assert (result.curve["order_upper"] >= result.curve["expected"] - 1e-9).all()


def test_curve_counts_new_codes_and_closes_at_the_last_video(meadow):
    result = fit_saturation(meadow, n_orders=50, seed=1)
    last = result.curve.iloc[-1]
    assert result.curve["new_codes"].sum() == result.n_codes == meadow.shape[1]
    assert last[["cumulative", "order_lower", "order_upper"]].tolist() == [30, 30, 30]
    assert last["share"] == 1


def test_the_expected_curve_does_not_depend_on_the_order(meadow):
    backwards = fit_saturation(meadow.iloc[::-1], n_orders=5, seed=1).curve
    forwards = fit_saturation(meadow, n_orders=5, seed=1).curve
    np.testing.assert_allclose(backwards["expected"], forwards["expected"], rtol=1e-12)
    assert (backwards["cumulative"] != forwards["cumulative"]).any()


def test_coverage_by_hand():
    # four videos, codes in 4, 2, 1 and 1 of them: Q1 = 2, Q2 = 1, U = 8 (closed form)
    presence = pd.DataFrame(
        {"a": [1, 1, 1, 1], "b": [1, 1, 0, 0], "c": [1, 0, 0, 0], "d": [0, 0, 0, 1]}
    ).astype(bool)
    estimate = estimate_unseen(presence).iloc[0]
    assert estimate["coverage"] == pytest.approx(1 - 2 / 8 * (3 * 2) / (3 * 2 + 2 * 1), rel=1e-12)
    assert estimate["chao2"] == pytest.approx(4 + 3 / 4 * 2**2 / 2, rel=1e-12)
    seen_twice = presence[["a", "b"]]
    assert estimate_unseen(seen_twice).iloc[0][["coverage", "unseen"]].tolist() == [1, 0]


def presence_of(frequencies, n_videos):
    """Codes of which each occurs in that many of the videos, the first ones."""
    return pd.DataFrame(
        {f"c{k}": np.arange(n_videos) < f for k, f in enumerate(frequencies)}, dtype=bool
    )


@pytest.mark.parametrize(
    ("frequencies", "n_videos", "coverage"),
    [
        # iNEXT's closed form: 1 - Q1/U N f0 / (N f0 + Q1), f0 = (N - 1)/N Q1 (Q1 - 1)/2
        ((1, 1, 1, 1, 3, 4), 4, 0.7025),
        ((1, 3, 3), 4, 1.0),
    ],
)
def test_coverage_without_a_code_in_exactly_two_videos(frequencies, n_videos, coverage):
    estimate = estimate_unseen(presence_of(frequencies, n_videos)).iloc[0]
    assert estimate["coverage"] == pytest.approx(coverage, abs=5e-5)
    once = frequencies.count(1)
    unseen = (n_videos - 1) / n_videos * once * (once - 1) / 2
    assert estimate["unseen"] == pytest.approx(unseen, rel=1e-12)
    missed = once / sum(frequencies) * n_videos * unseen / (n_videos * unseen + once)
    assert estimate["coverage"] == pytest.approx(1 - missed, rel=1e-12)


@pytest.mark.parametrize(
    ("n_videos", "n_occurrences", "n_codes", "once", "twice", "coverage"),
    [
        (599, 5976, 227, 49, 23, 0.9918),
        (230, 2943, 241, 71, 34, 0.9760),
        (150, 1730, 122, 28, 16, 0.9839),
        (200, 1170, 56, 13, 4, 0.9889),
        (200, 271, 14, 1, 2, 0.9964),
    ],
)
def test_coverage_of_the_ants_that_come_with_inext(
    n_videos, n_occurrences, n_codes, once, twice, coverage
):
    """As iNEXT prints it, DataInfo(ant, "incidence_freq"): T, U, S.obs, Q1, Q2 and SC."""
    more = n_codes - once - twice
    rest = n_occurrences - once - 2 * twice
    frequencies = [1] * once + [2] * twice + [3] * more
    left, k = rest - 3 * more, once + twice
    while left:
        step = min(left, n_videos - 3)
        frequencies[k] += step
        left, k = left - step, k + 1
    estimate = estimate_unseen(presence_of(frequencies, n_videos)).iloc[0]
    assert estimate[["n_once", "n_twice"]].tolist() == [once, twice]
    assert round(estimate["coverage"], 4) == coverage


def presence_with_new(*new):
    """Videos of which each adds so many codes to those before it."""
    total = np.cumsum(new)
    return pd.DataFrame(np.arange(total[-1]) < total[:, None])


def test_stopping_rules_by_hand():
    # base of four videos: 20 codes. Runs of two: 2 + 1 (15 %), 1 + 0 (5 %), 0 + 0.
    presence = presence_with_new(8, 6, 4, 2, 2, 1, 0, 0, 3)
    rules = [
        StoppingRule("five percent", 4, 2, 0.05),
        StoppingRule("nothing", 4, 2, 0.0),
        StoppingRule("three, nothing", 4, 3, 0.0),
        StoppingRule("too long", 8, 3, 0.0),
    ]
    table = compare_stopping_rules(presence, rules=rules, n_orders=20, seed=1).set_index("rule")
    assert table["stop_at"].tolist()[:2] == [7, 8]
    assert table["saturated_at"].tolist()[:2] == [5, 6]
    assert table["stop_at"].isna().tolist() == [False, False, True, True]
    assert table.loc["nothing", "share_found"] == pytest.approx(23 / 26, rel=1e-12)
    assert table.loc["too long", "share_stopped"] == 0
    assert np.isnan(table.loc["too long", "stop_median"])


def test_a_stricter_rule_never_stops_earlier(meadow):
    rules = [StoppingRule(str(t), 4, 2, t) for t in (0.2, 0.1, 0.05, 0.0)]
    table = compare_stopping_rules(meadow, rules=rules, n_orders=200, seed=1)
    assert table["share_stopped"].is_monotonic_decreasing
    assert table["stop_at"].fillna(99).is_monotonic_increasing


def test_stopping_over_orders_is_seeded(meadow):
    one, again, other = (compare_stopping_rules(meadow, n_orders=40, seed=s) for s in (1, 1, 2))
    pd.testing.assert_frame_equal(one, again)
    assert not one.equals(other)


def test_presence_counts_what_enough_coders_gave_the_same_segment():
    data = codings(("V1", 1, "aab"), ("V1", 2, "bcc"), ("V2", 1, "abc"), ("V3", 1, "..."))
    any_coder = find_presence(data, code="code")
    assert any_coder.loc["V1"].tolist() == [True, True, True]
    assert any_coder.loc["V3"].tolist() == [False, False, False]
    two = find_presence(data, code="code", min_coders=2)
    # b was given twice in V1, but never twice to one segment
    assert two.columns.tolist() == ["a", "c"]
    assert two.index.tolist() == ["V1", "V2", "V3"]
    assert two.loc["V2"].tolist() == [False, False]


def test_cooccurrence_in_videos_by_hand():
    data = codings(
        ("V1", 1, "a"), ("V1", 2, "b"), ("V2", 1, "a"), ("V3", 1, "b"), ("V3", 2, "a"),
        ("V4", 1, "."),
    )  # fmt: skip
    row = fit_cooccurrence(data, code="code").iloc[0]
    assert row[["code_a", "code_b", "n_a", "n_b", "n_both", "n_units"]].tolist() == [
        "a", "b", 3, 2, 2, 4,
    ]  # fmt: skip
    assert row["jaccard"] == pytest.approx(2 / 3, rel=1e-12)
    assert row["expected"] == pytest.approx(1.5, rel=1e-12)
    assert row["lift"] == pytest.approx(4 / 3, rel=1e-12)


def test_cooccurrence_in_windows_stays_within_a_video():
    data = codings(
        ("V1", 1, "a"), ("V1", 2, "."), ("V1", 10, "b"), ("V2", 1, "b"), ("V2", 2, "a"),
    )  # fmt: skip
    two = fit_cooccurrence(data, code="code", window=2).iloc[0]
    assert two[["n_a", "n_b", "n_both", "n_units"]].tolist() == [2, 2, 1, 3]
    three = fit_cooccurrence(data, code="code", window=3).iloc[0]
    assert three[["n_both", "n_units"]].tolist() == [1, 1]
    one = fit_cooccurrence(data, code="code", window=1).iloc[0]
    assert one[["n_both", "n_units"]].tolist() == [0, 5]
    shuffled = data.sample(frac=1, random_state=np.random.default_rng(1))
    again = fit_cooccurrence(shuffled, code="code", window=2).iloc[0]
    pd.testing.assert_series_equal(again, two)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda data: find_presence(data, code="cod"),
            "code='cod' is not a column of data. Did you mean 'code'?",
        ),
        (
            lambda data: find_presence(data, code="code", min_coders=4),
            "min_coders=4 leaves no code in any video: no segment has one code by that many "
            "coders; give a smaller one.",
        ),
        (
            lambda data: fit_cooccurrence(data, code="code", window=9),
            "window=9 is longer than every video: the longest has 2 segments.",
        ),
        (
            lambda data: fit_cooccurrence(data, code="code", window=10**30),
            f"window={10**30} is longer than every video: the longest has 2 segments.",
        ),
        (
            lambda data: fit_cooccurrence(data, code="code", window=1.5),
            "window=1.5 is not a number of segments: give a whole number.",
        ),
        (
            lambda data: fit_saturation(find_presence(data, code="code"), n_orders=0, seed=1),
            "n_orders=0 is not a number of orders: give a whole number.",
        ),
    ],
)
def test_what_cannot_be_used_is_refused_in_one_line(call, message):
    data = codings(("V1", 1, "aab"), ("V1", 2, "bcc"), ("V2", 1, "abc"))
    with pytest.raises(InputError) as error:
        call(data)
    assert str(error.value) == message


def test_one_video_tells_nothing_of_others():
    data = codings(("V1", 1, "aab"), ("V1", 2, "bcc"))
    guess = estimate_unseen(find_presence(data, code="code")).iloc[0]
    assert guess["n_codes"] == 3
    assert guess[["coverage", "chao2", "unseen"]].isna().all()


def test_one_coder_who_gives_a_code_twice_is_one_vote():
    data = codings(("V1", 1, "ab"), ("V1", 2, "bb"))
    twice = pd.concat([data, data.head(1)])
    found = find_presence(twice, code="code", min_coders=2)
    assert found.columns.tolist() == ["b"]
