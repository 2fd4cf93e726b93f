import numpy as np
import pandas as pd
import pytest
from statsmodels.stats import inter_rater

from helpers.errors import InputError
from helpers.models.coding.agreement import (
    compare_codes,
    count_codes,
    count_confusions,
    fit_agreement,
    list_disagreements,
    select_consensus,
)
from helpers.models.coding.chance import (
    cohen_kappa,
    fleiss_kappa,
    gwet_ac1,
    krippendorff_alpha,
)
from helpers.models.coding.codings import Codings, as_codings
from helpers.models.inference.resampling import draw_indices

# Fleiss (1971), Table 1: how many of six psychiatrists gave each of 30 patients each diagnosis.
FLEISS_1971 = np.array(
    [
        [0, 0, 0, 6, 0], [0, 3, 0, 0, 3], [0, 1, 4, 0, 1], [0, 0, 0, 0, 6], [0, 3, 0, 3, 0],
        [2, 0, 4, 0, 0], [0, 0, 4, 0, 2], [2, 0, 3, 1, 0], [2, 0, 0, 4, 0], [0, 0, 0, 0, 6],
        [1, 0, 0, 5, 0], [1, 1, 0, 4, 0], [0, 3, 3, 0, 0], [1, 0, 0, 5, 0], [0, 2, 0, 3, 1],
        [0, 0, 5, 0, 1], [3, 0, 0, 1, 2], [5, 1, 0, 0, 0], [0, 2, 0, 4, 0], [1, 0, 2, 0, 3],
        [0, 0, 0, 0, 6], [0, 1, 0, 5, 0], [0, 2, 0, 1, 3], [2, 0, 0, 4, 0], [1, 0, 0, 4, 1],
        [0, 5, 0, 1, 0], [4, 0, 0, 0, 2], [0, 2, 0, 4, 0], [1, 0, 5, 0, 0], [0, 0, 0, 0, 6],
    ]
)  # fmt: skip


def counts_of(*observers):
    codes = sorted({code for observer in observers for code in observer} - {"."})
    return np.array([[unit.count(code) for code in codes] for unit in zip(*observers, strict=True)])


def long(*observers, videos=1):
    """Codings of observers given as strings, the units spread over videos in turn."""
    rows = [
        (f"V{unit * videos // len(observer):02d}", unit, coder, code)
        for unit, _ in enumerate(observers[0])
        for coder, observer in zip("ABCDEF", observers, strict=False)
        for code in observer[unit]
    ]
    return pd.DataFrame(rows, columns=["video", "segment", "coder", "code"])


@pytest.fixture(scope="module")
def codings():
    rng = np.random.default_rng(3)
    true = rng.integers(0, 6, 120)
    observers = [
        np.where(rng.random(120) < right, true, rng.integers(0, 6, 120)).astype(str)
        for right in (0.8, 0.7, 0.6)
    ]
    data = long(*["".join(o) for o in observers], videos=8)
    return data.assign(half=data["code"].isin(["0", "1", "2"]).map({True: "low", False: "high"}))


def test_fleiss_kappa_is_that_of_the_paper():
    assert FLEISS_1971.sum(axis=1).tolist() == [6] * 30
    assert round(fleiss_kappa(FLEISS_1971), 3) == 0.430  # paper: Fleiss (1971)


def test_krippendorff_alpha_is_that_of_the_paper():
    # paper: Krippendorff (2011), A binary, B nominal, C four observers with missing codes
    assert round(krippendorff_alpha(counts_of("0100000010", "1110010000")), 3) == 0.095
    assert round(krippendorff_alpha(counts_of("aabbdcccedda", "babbbccceddd")), 3) == 0.692
    four = counts_of("123321412...", "1233224125.3", ".3332342251.", "12332441251.")
    assert round(krippendorff_alpha(four), 3) == 0.743


def test_cohen_kappa_is_that_of_the_paper():
    table = np.array([[88, 14, 18], [10, 40, 10], [2, 6, 12]])  # paper: Cohen (1960), Table 1
    assert round(cohen_kappa(table), 3) == 0.492
    assert cohen_kappa(table / table.sum()) == pytest.approx(cohen_kappa(table), rel=1e-12)


def test_kappa_of_a_code_is_fleiss_kappa_of_that_code_against_the_others():
    rows = [
        (1, unit, coder, code)
        for unit, counts in enumerate(FLEISS_1971)
        for coder, code in enumerate(np.repeat(range(5), counts))
    ]
    data = pd.DataFrame(rows, columns=["video", "segment", "coder", "code"])
    table = compare_codes(data, level="code")
    for code, row in table.set_index("code").iterrows():
        one = FLEISS_1971[:, code]
        against = inter_rater.fleiss_kappa(np.column_stack([one, 6 - one]))
        assert row["kappa"] == pytest.approx(against, rel=1e-12)  # closed form
    share = table["n_assigned"] / 180
    pooled = np.average(table["kappa"], weights=share * (1 - share))
    assert pooled == pytest.approx(fleiss_kappa(FLEISS_1971), rel=1e-12)  # closed form
    assert table["n_unanimous"].tolist() == [0, 0, 0, 1, 4]


def test_alpha_is_kappa_and_its_share_of_the_sample():
    n = FLEISS_1971.sum()
    kappa = fleiss_kappa(FLEISS_1971)
    expected = 1 - (1 - kappa) * (n - 1) / n  # closed form, equal numbers of coders
    assert krippendorff_alpha(FLEISS_1971) == pytest.approx(expected, rel=1e-12)


def test_draws_equal_the_libraries_draw_by_draw(codings):
    units = as_codings(codings).units("code")
    videos = units.index.get_level_values(0).unique()
    indices = draw_indices(len(videos), n_boot=20, seed=5, block=0)
    drawn = []
    for row in indices:
        part = pd.concat([units.loc[[videos[k]]] for k in row])
        counts = count_codes(part)
        table = pd.crosstab(part["A"], part["B"]).reindex(
            index=sorted(set(codings["code"])), columns=sorted(set(codings["code"])), fill_value=0
        )
        drawn.append([fleiss_kappa(counts), krippendorff_alpha(counts), cohen_kappa(table)])
    expected = np.array(drawn)
    result = fit_agreement(codings, levels=["code"], n_boot=20, seed=5)
    se = result.table.set_index("statistic")["se"]
    assert se["fleiss_kappa"] == pytest.approx(expected[:, 0].std(ddof=1), rel=1e-10)
    assert se["krippendorff_alpha"] == pytest.approx(expected[:, 1].std(ddof=1), rel=1e-10)
    pair = result.pairs.query("coders == 'A-B' and statistic == 'cohen_kappa'")
    assert pair["se"].item() == pytest.approx(expected[:, 2].std(ddof=1), rel=1e-10)


def test_estimates_of_the_batched_form_are_those_of_the_libraries(codings):
    units = as_codings(codings).units("code")
    result = fit_agreement(codings, levels=["code"], n_boot=10, seed=1)
    est = result.table.set_index("statistic")["est"]
    assert est["fleiss_kappa"] == fleiss_kappa(count_codes(units))
    same = units["A"] == units["B"]
    pairs = result.pairs.set_index(["coders", "statistic"])["est"]
    assert pairs["A-B", "percent_agreement"] == pytest.approx(same.mean(), rel=1e-12)
    mean = pairs.xs("percent_agreement", level="statistic").mean()
    assert est["percent_agreement"] == pytest.approx(mean, rel=1e-12)


def test_nothing_depends_on_names_or_order_of_codes_rows_and_coders(codings):
    before = fit_agreement(codings, levels=["code"], n_boot=50, seed=2).table
    names = {str(k): name for k, name in enumerate(["x", "a", "m", "q", "b", "z"])}
    renamed = codings.assign(
        code=codings["code"].map(names), coder=codings["coder"].map({"A": "Z", "B": "Y", "C": "X"})
    )
    after = fit_agreement(renamed, levels=["code"], n_boot=50, seed=2).table
    np.testing.assert_allclose(
        after[["est", "se", "ci_lower", "ci_upper"]],
        before[["est", "se", "ci_lower", "ci_upper"]],
        rtol=1e-12,
    )
    by_coder = codings.sort_values(["coder", "video", "segment"])
    sorted_table = fit_agreement(by_coder, levels=["code"], n_boot=50, seed=2).table
    pd.testing.assert_frame_equal(sorted_table, before)


def test_a_seed_gives_the_same_table_and_another_another(codings):
    one, again, other = (
        fit_agreement(codings, levels=["code"], n_boot=50, seed=seed).table for seed in (1, 1, 2)
    )
    pd.testing.assert_frame_equal(one, again)
    assert (one["est"] == other["est"]).all()
    assert (one["se"] != other["se"]).all()


def test_coarser_codes_never_agree_less(codings):
    table = fit_agreement(codings, levels=["code", "half"], n_boot=10, seed=1).table
    share = table.set_index(["level", "statistic"])["est"]
    assert share["half", "unanimous"] > share["code", "unanimous"]
    assert share["half", "percent_agreement"] > share["code", "percent_agreement"]


def test_complete_agreement_is_one_and_a_single_code_has_no_kappa():
    coded = long("xyxyxyxy", "xyxyxyxy", videos=4)
    same = fit_agreement(coded, levels=["code"], n_boot=20, seed=1)
    assert same.table["est"].tolist() == [1, 1, 1, 1, 1]
    assert same.table["se"].max() == pytest.approx(0, abs=1e-15)
    one_code = fit_agreement(long("xxxx", "xxxx", videos=2), levels=["code"], n_boot=20, seed=1)
    row = one_code.table.set_index("statistic").loc["krippendorff_alpha"]
    assert np.isnan(row["est"])
    assert np.isnan(row["ci_lower"])
    assert row["n_failed"] == 20


def test_intervals_are_wider_than_percentile_intervals_for_few_videos(codings):
    # Hesterberg (2015): 97.6 % between the limits for eight units, where 95 % are asked for
    result = fit_agreement(codings, levels=["code"], n_boot=4000, seed=1)
    row = result.table.set_index("statistic").loc["percent_agreement"]
    half = (row["ci_upper"] - row["ci_lower"]) / 2 / row["se"]
    assert 2.3 < half < 2.75
    assert result.draws.plan.n_units == 8


def test_disagreements_name_the_level_at_which_coders_agree_again():
    data = long("aabc", "abbc", "aacc")
    data["group"] = data["code"].map({"a": "g", "b": "g", "c": "h"})
    listed = list_disagreements(data, levels=["code", "group"])
    assert listed["segment"].tolist() == [1, 2]
    assert listed["agree_at"].tolist() == ["group", "nowhere"]
    assert listed["n_codes"].tolist() == [2, 2]
    assert listed.loc[0, ["coder A", "coder B", "coder C"]].tolist() == ["a", "b", "a"]


def test_confusions_count_every_disagreeing_pair_once(codings):
    units = as_codings(codings).units("code")
    disagreeing = sum((units[a] != units[b]).sum() for a, b in ("AB", "AC", "BC"))
    confusions = count_confusions(codings, level="code")
    assert confusions["n_pairs"].sum() == disagreeing
    assert confusions["share"].sum() == pytest.approx(1, rel=1e-12)
    assert (confusions["code_a"] < confusions["code_b"]).all()
    assert confusions["n_pairs"].is_monotonic_decreasing
    two = count_confusions(long("aab", "abb", "abb"), level="code")
    assert two.loc[0, ["code_a", "code_b", "n_pairs", "n_segments"]].tolist() == ["a", "b", 2, 1]


def test_keeping_what_all_agree_on_makes_agreement_complete(codings):
    kept = select_consensus(codings, level="code")
    assert 0 < len(kept) < len(codings)
    assert fit_agreement(kept, levels=["code"], n_boot=5, seed=1).table["est"].eq(1).all()
    assert len(kept) / len(codings) == pytest.approx(
        fit_agreement(codings, levels=["code"], n_boot=5, seed=1).table["est"][0]
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda data: data[data["coder"] == "A"],
            "data has 1 coder: agreement needs codings of at least two.",
        ),
        (
            lambda data: data.rename(columns={"code": "codes"}),
            "level='code' is not a column of data. Did you mean 'codes'?",
        ),
    ],
)
def test_what_cannot_be_used_is_refused_in_one_line(codings, change, message):
    with pytest.raises(InputError) as error:
        fit_agreement(change(codings), levels=["code"], n_boot=5, seed=1)
    assert str(error.value) == message


@pytest.mark.parametrize("n_videos", [1, 2, 3])
def test_few_videos_have_agreement_and_no_interval(codings, n_videos):
    few = codings[codings["video"].isin(sorted(codings["video"].unique())[:n_videos])]
    fit = fit_agreement(few, levels=["code"], n_boot=50, seed=1)
    assert fit.table["est"].notna().all()
    assert fit.table[["se", "ci_lower", "ci_upper"]].isna().all(axis=None)
    assert fit.pairs[["se", "ci_lower", "ci_upper"]].isna().all(axis=None)
    counts = count_codes(as_codings(few).units("code"))
    alpha = fit.table.set_index("statistic").loc["krippendorff_alpha", "est"]
    assert alpha == krippendorff_alpha(counts)
    assert "too few for an interval" in str(fit)


@pytest.mark.parametrize(("n_videos", "said"), [(4, True), (5, True), (6, False)])
def test_what_an_interval_of_few_videos_is_worth_is_said(codings, n_videos, said):
    few = codings[codings["video"].isin(sorted(codings["video"].unique())[:n_videos])]
    fit = fit_agreement(few, levels=["code"], n_boot=50, seed=1)
    assert fit.table[["ci_lower", "ci_upper"]].notna().all(axis=None)
    assert ("intervals are too short" in str(fit)) == said


def test_coders_may_have_left_segments_out(codings):
    rng = np.random.default_rng(8)
    part = codings[rng.random(len(codings)) < 0.8]
    fit = fit_agreement(part, levels=["code"], n_boot=100, seed=1)
    table = fit.table.set_index("statistic")
    units = as_codings(part).units("code", complete=False)
    counts = count_codes(units)
    assert table.loc["krippendorff_alpha", "est"] == krippendorff_alpha(counts)
    assert table.loc["gwet_ac1", "est"] == pytest.approx(gwet_ac1(counts), abs=1e-12)
    assert np.isnan(table.loc["fleiss_kappa", "est"])
    assert table.loc["krippendorff_alpha", "n_units"] == (units.count(axis=1) > 1).sum()
    # each draw is the library's value for the segments it holds
    videos = units.index.get_level_values(0)
    names = pd.unique(videos)
    draws = fit.draws.select("agreement").iloc[:, 3]
    for k, weights in enumerate(fit.draws.plan.counts(0)[:10]):
        drawn = np.repeat(counts, weights[pd.Index(names).get_indexer(videos)].astype(int), axis=0)
        assert draws.iloc[k] == pytest.approx(krippendorff_alpha(drawn), abs=1e-12)
    both = units[["A", "B"]].dropna()
    pair = fit.pairs.query("coders == 'A-B' and statistic == 'cohen_kappa'")["est"].iloc[0]
    assert pair == pytest.approx(cohen_kappa(pd.crosstab(both["A"], both["B"]).to_numpy()))
    confusions = count_confusions(part, level="code")
    assert confusions["n_pairs"].sum() < count_confusions(codings, level="code")["n_pairs"].sum()
    assert compare_codes(part, level="code")["specific_agreement"].between(0, 1).all()
    with pytest.raises(InputError, match="which this needs; fit_agreement does without"):
        as_codings(part).units("code")


def test_columns_may_have_names_of_ones_own(codings):
    renamed = codings.rename(columns={"video": "session", "segment": "turn", "coder": "rater"})
    theirs = Codings(renamed, video="session", segment="turn", coder="rater")
    ours = fit_agreement(codings, levels=["code"], n_boot=50).table
    pd.testing.assert_frame_equal(fit_agreement(theirs, levels=["code"], n_boot=50).table, ours)
    kept = select_consensus(theirs, level="code")
    assert len(kept) == len(select_consensus(codings, level="code"))
    with pytest.raises(InputError) as error:
        Codings(renamed)
    assert str(error.value).startswith("video='video' is not a column of data.")


def test_specific_agreement_where_segments_have_several_codes():
    rows = [
        ("v", 1, "A", "a"), ("v", 1, "A", "b"), ("v", 1, "B", "a"),
        ("v", 2, "A", "b"), ("v", 2, "B", "b"), ("w", 1, "A", "a"), ("w", 1, "B", "b"),
    ]  # fmt: skip
    data = pd.DataFrame(rows, columns=["video", "segment", "coder", "code"])
    table = compare_codes(data, level="code").set_index("code")
    # each code against the rest is one of two: a was given 3 times and twice by both, b 4 times
    assert table.loc["a", ["n_assigned", "n_segments", "n_unanimous"]].tolist() == [3, 2, 1]
    assert table["specific_agreement"].tolist() == pytest.approx([2 / 3, 2 / 4])
    shares = [3 / 6, 4 / 6]
    expected = [(s - p) / (1 - p) for s, p in zip([2 / 3, 2 / 4], shares, strict=True)]
    assert table["kappa"].tolist() == pytest.approx(expected)
