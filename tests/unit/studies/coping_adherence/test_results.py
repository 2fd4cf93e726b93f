"""The coping study's tables, comparisons with the print, claims and sensitivity."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from helpers.audit.correlations import R2_BY_PREDICTORS
from helpers.data.schemas import load_schema
from helpers.errors import InputError
from helpers.models.inference.intervals import percentile_interval
from helpers.models.pls.bootstrap import bootstrap_pls
from helpers.printed.ledger import compare_quantities, load_ledger, name_kinds, name_places
from helpers.printed.numbers import melt_published
from helpers.report.compared import find_basis
from helpers.studies.coping_adherence import results, words
from helpers.studies.coping_adherence.model import CONSTRUCTS, LABELS, STUDY, write_model
from helpers.studies.coping_adherence.twin_provenance import describe_provenance

NO_AUDIT = pd.DataFrame(columns=["location", "verdict", "cells"], dtype=str)


def _simulate(n=150, sizes=(4, 4, 4, 4, 4), seed=11):
    rng = np.random.default_rng(seed)
    coping = rng.standard_normal((n, 3))
    alliance = coping @ [0.6, 0.0, 0.4] + 0.6 * rng.standard_normal(n)
    adherence = coping @ [0.2, -0.4, 0.1] + 0.7 * alliance + 0.4 * rng.standard_normal(n)
    scores = np.column_stack([coping, alliance, adherence])
    return pd.DataFrame(
        {
            f"{name}_{i + 1}": np.clip(np.rint(3 + scores[:, k] + rng.standard_normal(n)), 1, 5)
            for k, name in enumerate(CONSTRUCTS)
            for i in range(sizes[k])
        }
    )


@pytest.fixture(scope="module")
def data():
    return _simulate()


@pytest.fixture(scope="module")
def study(data):
    return results.fit_study(
        data,
        model=write_model(data.columns),
        weighting="path",
        mode="A",
        n_boot=200,
        ci_level=0.9,
        seed=4,
    )


@pytest.fixture(scope="module")
def compared(study):
    return results.compare_with_paper(study, NO_AUDIT)


def _dataset(frame, *, synthetic):
    return SimpleNamespace(frame=frame, synthetic=synthetic, schema=load_schema(STUDY))


def test_of_the_twin_the_first_items_enter_and_of_other_data_all():
    frame = _simulate(sizes=(16, 16, 16, 36, 15))
    sizes = {name: len(items) for name, items in _enter(frame, synthetic=True).items()}
    schema = load_schema(STUDY)
    assert sizes == {name: schema.column(name).twin_items for name in CONSTRUCTS}
    assert _enter(frame, synthetic=True)["avoidant"][-1] == f"avoidant_{sizes['avoidant']}"
    assert [len(items) for items in _enter(frame, synthetic=False).values()] == [16, 16, 16, 36, 15]


def _enter(frame, *, synthetic, **options):
    return results.choose_model(_dataset(frame, synthetic=synthetic), **options).constructs


def test_items_left_out_stay_out_but_count_in_the_sums(data):
    for synthetic in (True, False):
        own = _enter(data, synthetic=synthetic, left_out=["alliance_2"])
        assert own["alliance"] == ("alliance_1", "alliance_3", "alliance_4")
        assert len(own["avoidant"]) == 4
    study = _fit(data, left_out=["alliance_2"])
    scales = results.tabulate_scales(study, load_schema(STUDY)).set_index("construct")
    assert scales.loc["alliance", ["items", "items_in_model"]].tolist() == [4, 3]
    assert scales.loc["alliance", "mean"] == pytest.approx(
        data.filter(like="alliance_").sum(axis=1).mean()
    )
    with pytest.raises(InputError, match="left_out: 'aliance_2' is not an item of the data"):
        _enter(data, synthetic=False, left_out=["aliance_2"])
    with pytest.raises(InputError, match="left_out leaves no item of 'alliance'"):
        _enter(data, synthetic=False, left_out=[f"alliance_{i}" for i in range(1, 5)])


def _fit(data, left_out=(), **options):
    model = results.choose_model(_dataset(data, synthetic=False), left_out=left_out)
    settings = {"weighting": "path", "mode": "A", "n_boot": 20, "ci_level": 0.9, "seed": 4}
    return results.fit_study(data, model=model, **(settings | options))


def test_the_paths_have_the_columns_promised_and_one_test(study):
    paths = results.tabulate_paths(study)
    assert list(paths.columns[:9]) == [
        *("lhs", "op", "rhs", "est", "se", "t", "pvalue", "ci_lower", "ci_upper")
    ]
    assert paths["t"].to_numpy() == pytest.approx((paths["est"] / paths["se"]).to_numpy())
    assert (paths["bca_lower"] < paths["est"]).all()
    assert (paths["bca_upper"] > paths["est"]).all()


def test_loadings_are_summarized_by_construct(study):
    loadings = results.tabulate_loadings(study)
    blocks = results.summarize_loadings(study, loadings).set_index("construct")
    mine = loadings[loadings["lhs"] == "alliance"]
    assert blocks.loc["alliance", "smallest"] == mine["est"].min()
    assert blocks["below"].sum() == (loadings["est"] < 0.5).sum()
    scores, items = study.fit.scores, study.fit.data
    gaps = [
        items[i].corr(scores[other]) - items[i].corr(scores["avoidant"])
        for i in study.fit.model.constructs["avoidant"]
        for other in CONSTRUCTS[1:]
    ]
    assert blocks.loc["avoidant", "largest_cross"] == pytest.approx(max(gaps), abs=1e-9)


def test_pairs_stand_by_scores_and_by_sums(study, data):
    pairs = results.tabulate_pairs(study, results.tabulate_htmt(study))
    row = pairs[(pairs["lhs"] == "adherence") & (pairs["rhs"] == "avoidant")].iloc[0]
    sums = [data.filter(like=f"{name}_").sum(axis=1) for name in ("adherence", "avoidant")]
    assert row["sums"] == pytest.approx(sums[0].corr(sums[1]))
    assert row["est"] == pytest.approx(study.fit.construct_correlation.loc["adherence", "avoidant"])


# ---------------------------------------------------------------------------------------------
# printed beside computed


def test_every_printed_result_has_a_computed_one(compared):
    long = melt_published(STUDY, ["table_1", "table_2", "table_3", "table_4", "table_5"])
    assert (compared["table"] != "text").sum() == len(long)
    assert compared["row"].str.startswith("abstract_").sum() == 7
    withheld = compared[compared["verdict"] == "not reproduced"]
    assert set(withheld["column"]) == {"vaf"}
    assert withheld["reason"].str.startswith("no share: ").all()
    assert not any(kind != kind for kind in name_kinds(compared, STUDY))
    assert len(set(name_kinds(compared, STUDY))) == 12
    assert not any(group != group for group in name_places(compared, STUDY))


def test_every_printed_result_has_its_reason_on_the_twin(compared):
    basis = find_basis(compared, describe_provenance(), what=name_kinds(compared, STUDY))
    assert all(basis.values())
    assert basis["Correlations (Table 3)"] == "contradicted by other printed numbers"


def test_t_is_compared_by_size_and_r_squared_once(compared, study):
    paths = results.tabulate_paths(study).set_index(["rhs", "lhs"])
    cells = compared[compared["table"] == "table_4"].set_index(["row", "column"])["reproduced"]
    for (start, end), row in paths.iterrows():
        assert cells[f"{start} -> {end}", "t"] == pytest.approx(abs(row["t"]))
        assert cells[f"{start} -> {end}", "beta"] == row["est"]
    explained = study.fit.r_squared
    assert cells["avoidant -> adherence", "r_squared"] == explained["adherence"]


def test_reasons_come_from_the_audit(study):
    cells = ["table_4/avoidant -> adherence/t", "text/findings_gof/printed"]
    cells.append("table_3/avoidant/alliance; table_3/avoidant/avoidant; table_4/x/beta")
    audit = pd.DataFrame({"location": list("abc"), "cells": cells})
    audit["verdict"] = ["impossible", "impossible", "consistent"]
    reasons = results.compare_with_paper(study, audit).set_index(["row", "column"])["reason"]
    assert "standard error" in reasons["avoidant -> adherence", "t"]
    assert reasons["avoidant -> alliance", "t"] == ""
    assert "AVE" in reasons["findings_gof", "printed"]
    assert reasons["avoidant", "alliance"] == ""
    both = audit.assign(verdict="impossible")
    reasons = results.compare_with_paper(study, both).set_index(["row", "column"])["reason"]
    assert "Table 3" in reasons["avoidant", "alliance"]
    assert reasons["emotion_focused", "adherence"] == ""
    assert reasons["avoidant", "avoidant"] == ""


def test_the_ledger_names_quantities_that_are_computed_and_all_of_them_are_named(study):
    ledger = load_ledger(STUDY)
    computed = results.compute_quantities(study)["quantity"]
    named = set(ledger["quantity"]) - {""}
    assert named <= set(computed)
    # each correlation is computed both ways round and printed one way
    unnamed = set(computed) - named
    assert len(unnamed) == 10
    assert all(name.startswith("r(") for name in unnamed)
    with pytest.raises(InputError, match=r"names 'gog', which is not computed\. Did you mean"):
        compare_quantities(
            STUDY, ledger.replace({"quantity": {"gof": "gog"}}), results.compute_quantities(study)
        )


def test_given_items_are_held_against_paths_r_squared_and_reliabilities(data):
    compared = results.compare_exact_items(data)
    assert compared.groupby("table").size().to_dict() == {"table_2": 15, "table_4": 9}
    assert compared["reproduced"].notna().all()


# ---------------------------------------------------------------------------------------------
# claims


def test_claims_are_judged_by_what_they_rest_on(study):
    claims = results.judge_claims(study).set_index("claim")
    paths = results.tabulate_paths(study).set_index(["rhs", "lhs"])
    row = claims.loc["Problem-focused coping is associated with more client adherence"]
    assert row["est"] == paths.loc[("problem_focused", "adherence"), "est"] < 0
    assert not row["holds"]
    assert claims.loc["Avoidant coping is associated with more therapeutic alliance", "holds"]
    zero = claims.loc["Problem-focused coping is not related to therapeutic alliance"]
    assert zero["pvalue"] == paths.loc[("problem_focused", "alliance"), "pvalue"]
    assert zero["holds"] == (zero["pvalue"] >= 0.1)
    assert zero["rule"] == "p not below .1"
    clear = paths["ci_lower"] * paths["ci_upper"] > 0
    assert (clear == (paths["pvalue"] < 0.1)).all()
    for (start, end), label in {
        ("avoidant", "alliance"): "Avoidant coping is associated with more therapeutic alliance",
        ("problem_focused", "alliance"): zero.name,
    }.items():
        shown = claims.loc[label, ["ci_lower", "ci_upper"]].tolist()
        assert shown == paths.loc[(start, end), ["ci_lower", "ci_upper"]].tolist()
    effect = claims.loc["Therapeutic alliance mediates avoidant coping"]
    limits = results.tabulate_effects(study).set_index("rhs").loc["avoidant"]
    assert np.isnan(effect["pvalue"])
    assert effect["rule"] == "positive, interval without 0"
    assert effect["ci_lower"] == limits["ci_lower"]
    assert effect["holds"] == (limits["ci_lower"] > 0)
    smallest = claims.loc["All loadings exceed .50"]
    assert smallest["est"] == results.tabulate_loadings(study)["est"].min()
    assert smallest["holds"] == (smallest["est"] > 0.5)


def test_the_greatest_effect_is_a_contrast_within_draws(study):
    claims = results.judge_claims(study).set_index("claim")
    row = claims.loc["Emotion-focused coping has the greatest effect through therapeutic alliance"]
    draws = study.bootstrap.select("indirect")
    columns = {c: next(d for d in draws if d.startswith(c)) for c in CONSTRUCTS[:3]}
    gap = draws[columns["emotion_focused"]] - np.maximum(
        draws[columns["avoidant"]], draws[columns["problem_focused"]]
    )
    low, high = percentile_interval(gap.to_numpy(), 0.9)
    assert (row["ci_lower"], row["ci_upper"]) == (pytest.approx(low), pytest.approx(high))
    assert row["est"] < 0
    assert not row["holds"]


def test_distinct_constructs_have_a_positive_margin(study):
    claims = results.judge_claims(study).set_index("claim")
    row = claims.loc["√AVE exceeds every correlation of its construct"]
    R = study.fit.construct_correlation.abs().to_numpy()
    root = np.sqrt(
        study.fit.loadings.groupby("lhs", sort=False)["est"].apply(lambda x: (x**2).mean())
    )
    gaps = root.loc[list(CONSTRUCTS)].to_numpy()[:, None] - R
    np.fill_diagonal(gaps, np.inf)
    assert row["est"] == pytest.approx(gaps.min(), abs=1e-9)
    assert row["ci_lower"] < row["est"] + 0.05
    assert row["holds"] == (gaps.min() > 0)


# ---------------------------------------------------------------------------------------------
# other choices


def test_each_other_choice_is_made_once(study):
    table = results.compare_algorithms(study, n_boot=20, ci_level=0.9, seed=4)
    assert list(dict.fromkeys(table["analysis"])) == [
        "path weighting, mode A",
        "factor weighting",
        "mode B",
        "equal weights",
        "PLSc",
    ]
    own = table[table["analysis"] == "path weighting, mode A"]
    assert own["ci_lower"].to_list() == results.tabulate_paths(study)["ci_lower"].to_list()
    plsc = bootstrap_pls(
        study.data, model=study.fit.model, consistent=True, n_boot=20, ci_level=0.9, seed=4
    ).table("path")
    assert table[table["analysis"] == "PLSc"]["se"].to_list() == plsc["se"].to_list()


def test_another_choice_of_the_reader_stands_first(data):
    study = _fit(data, mode="B", weighting="factor")
    table = results.compare_algorithms(study, n_boot=20, ci_level=0.9, seed=4)
    assert list(dict.fromkeys(table["analysis"])) == [
        "factor weighting, mode B",
        "path weighting",
        "mode A",
        "equal weights",
        "PLSc",
    ]


def test_a_method_without_a_solution_is_an_empty_column_with_its_reason(study, monkeypatch):
    def fail(*_, **__):
        raise InputError("Covariance SEM found no solution: it wandered off.")

    monkeypatch.setattr(results, "fit_common_factors", fail)
    methods = results.compare_methods(study)
    assert methods.table["CB-SEM"].isna().all()
    assert methods.reasons == {"CB-SEM": "Covariance SEM found no solution: it wandered off."}
    assert "wandered off" in words.list_reasons(methods.reasons)
    assert methods.table["PLS"].to_list()[:7] == study.fit.paths["est"].to_list()
    # Recomputed from the printed digits of Table 3.
    assert methods.table["Table 3"].round(2).to_list()[:3] == [0.83, -0.75, 0.68]


def test_draws_settle(study):
    table = results.compare_draws(study.bootstrap, n_boots=(50, 100, 5000))
    assert table["n_boot"].to_list() == [50, 100, 200]
    assert table["se_change"].iloc[-1] == 0
    assert table["mc_error"].is_monotonic_decreasing


def test_three_known_truths(study):
    table = results.recover_truths(study.fit, n_replications=30, seed=2)
    assert table.groupby("case", sort=False).size().to_dict() == {
        "composites by PLS": 9,
        "factors by PLS": 9,
        "factors by PLSc": 9,
    }
    wide = words.arrange_recovery(table)
    assert wide["truth"].to_numpy() == pytest.approx(study.fit.paths["est"].to_numpy())
    assert {"mean_factors_plsc", "sd_composites_pls"} <= set(wide.columns)


# ---------------------------------------------------------------------------------------------
# words


def test_the_matrix_holds_correlations_below_and_htmt_above(study):
    from helpers.models.pls.assessment import fornell_larcker

    htmt = results.tabulate_htmt(study)
    matrix = words.arrange_fornell_larcker(fornell_larcker(study.fit), htmt).set_index("construct")
    values = matrix.to_numpy(dtype=float)
    R = study.fit.construct_correlation.to_numpy()
    lower = np.tril_indices(5, -1)
    assert values[lower] == pytest.approx(R[lower])
    assert sorted(values.T[lower]) == pytest.approx(sorted(htmt["est"]))
    assert matrix.loc["Avoidant", "adherence"] == pytest.approx(
        htmt.query("lhs == 'adherence' and rhs == 'avoidant'")["est"].item()
    )


def test_printed_numbers_are_found_whichever_way_a_table_runs(compared, study):
    pairs = pd.DataFrame({"lhs": ["adherence", "alliance"], "rhs": ["emotion_focused", "avoidant"]})
    assert words.find_printed_correlations(compared, pairs) == ["0.743", "0.711"]
    explained = results.tabulate_r_squared(study)
    assert words.find_printed_r_squared(compared, explained) == ["0.563", "0.899"]
    paths = words.arrange_paths(results.tabulate_paths(study), compared)
    assert paths["paper_beta"].to_list()[1] == "\u22120.071"
    assert paths["paper_t"].to_list()[0] == "5.967"
    reliabilities = words.arrange_reliability(
        results.tabulate_reliability_intervals(study), compared
    )
    assert reliabilities["name"].iloc[0] == LABELS["adherence"]
    assert reliabilities["paper"].to_list()[:4] == ["0.959", "–", "0.965", "0.657"]


def test_weak_items_are_explained_by_the_audit():
    audit = pd.DataFrame(
        {
            "location": ["Table 2, alliance", "Table 2, avoidant", "Table 2, adherence, x"],
            "verdict": ["impossible", "consistent", "impossible"],
        }
    )
    assert "reliabilities of therapeutic alliance (see" in words.explain_weak_items(audit)
    assert words.explain_weak_items(audit.iloc[1:]) == ""


def test_every_loading_is_in_a_folded_table(study):
    folded = words.fold_loadings(results.tabulate_loadings(study), "90 %")
    assert [line.split(",")[0] for line in folded] == list(LABELS.values())
    assert [len(table.cells) for table in folded.values()] == [4] * 5


def test_what_cannot_be_given_is_listed_by_reason(compared):
    text = words.list_unreachable(compared)
    assert text.count("\n") + 1 == compared.loc[compared["reason"] != "", "reason"].nunique()
    assert "(here withheld)" in text
    assert "(-" not in text
    agreeing = compared.assign(verdict="agrees to the printed digits")
    assert words.list_unreachable(agreeing) == "None."


def test_the_contradiction_is_told_in_words_a_reader_knows():
    both = "table_4/problem_focused -> adherence/beta; table_3/adherence/alliance"
    audit = pd.DataFrame(
        {
            "location": ["a", "b", "c", "Table 1, emotion_focused, range", "sample, age_30_39"],
            "relation": ["f", "f", R2_BY_PREDICTORS, "f", "f"],
            "printed": ["beta", "r", "R2", "min = 18", "50.4%"],
            "implied_lower": [-0.756, 0.837, 0.5, np.nan, 50.2],
            "implied_upper": [-0.748, 0.841, 0.6, np.nan, 50.7],
            "verdict": "impossible",
            "reading": "",
            "note": "",
            "method": "monotone",
            "cells": [
                f"table_4/problem_focused -> alliance/beta; {both}",
                f"table_3/adherence/avoidant; {both}",
                f"table_4/avoidant -> adherence/r_squared; {both}",
                "table_1/emotion_focused/minimum",
                "sample/age_30_39/printed; sample/n/printed",
            ],
        }
    )
    table = words.tabulate_contradiction(audit)
    assert table["what"].to_list() == [
        "β of problem-focused → alliance, from the correlations",
        "r of avoidant with adherence, from the paths and the other r",
        "R² of adherence from paths and r of predictors",
    ]
    assert table["printed"].to_list() == ["\u22120.071", "0.583", "0.899"]
    assert words.tabulate_contradiction(audit.assign(verdict="consistent")).empty


def test_only_a_changed_conclusion_is_reported():
    table = pd.DataFrame(
        {
            "analysis": ["own", "own", "other", "other"],
            "label": ["avoidant → alliance", "alliance → adherence"] * 2,
            "lhs": ["alliance", "adherence"] * 2,
            "rhs": ["avoidant", "alliance"] * 2,
            "ci_lower": [0.1, 0.2, -0.1, 0.1],
            "ci_upper": [0.5, 0.6, 0.4, 0.5],
            "n_failed": [0, 0, 3, 3],
        }
    )
    said = words.read_algorithms(table)
    assert said == "Under other, the interval of Avoidant → Alliance comes to include zero."
    assert words.count_failures(table) == "Draws without a solution, left out: other 3."
    same = table.assign(ci_lower=0.1)
    assert words.read_algorithms(same).startswith("No other choice")
    assert words.count_failures(same.assign(n_failed=0)) == ""


def test_a_withheld_interval_decides_nothing():
    table = pd.DataFrame(
        {
            "analysis": ["own", "mode B"],
            "label": ["avoidant → alliance"] * 2,
            "ci_lower": [0.1, np.nan],
            "ci_upper": [0.3, np.nan],
        }
    )
    said = words.read_algorithms(table)
    assert said.startswith("No other choice makes an interval include zero")
    assert said.endswith("Too few draws have a solution for an interval under mode B.")


def test_a_dispute_between_test_and_interval_is_named(study):
    limits = {"percentile_lower": 0.1, "percentile_upper": 0.2}
    paths = results.tabulate_paths(study).assign(**limits, pvalue=0.01)
    assert words.note_disputes(paths, 0.05) == ""
    paths.loc[0, "percentile_lower"] = -0.1
    paths.loc[3, "pvalue"] = 0.06
    assert words.note_disputes(paths, 0.05) == (
        "The percentile interval and <i>t</i> disagree on Avoidant → Alliance, Avoidant → "
        "Adherence. "
    )


def test_failed_draws_are_told_and_their_absence_is_not(study):
    assert words.state_failures(study.bootstrap) == ""
    failed = replace(study.bootstrap, failure=np.ones(200, dtype=int))
    assert words.state_failures(failed).endswith("left out: 200.")


# ---------------------------------------------------------------------------------------------
# a reader's data: answers that are missing, clients who share a therapist

OPTIONS = {"weighting": "path", "mode": "A", "n_boot": 200, "ci_level": 0.9, "seed": 4}


def test_a_missing_answer_takes_the_mean_of_its_item_in_every_result(data):
    gaps = np.random.default_rng(1).random(data.shape) < 0.03
    holed = data.mask(gaps)
    study = results.fit_study(holed, model=write_model(data.columns), missing="mean", **OPTIONS)
    filled = holed.fillna(holed.mean())
    again = results.fit_study(filled, model=write_model(data.columns), **OPTIONS)
    assert study.fit.n == len(data)
    assert study.fit.paths["est"].tolist() == pytest.approx(again.fit.paths["est"].tolist())
    assert study.scores.equals(again.scores)
    methods = results.compare_methods(study)
    assert methods.table.equals(results.compare_methods(again).table)
    direct = bootstrap_pls(
        holed, model=study.fit.model, missing="mean", n_boot=200, ci_level=0.9, seed=4
    )
    assert study.bootstrap.table("path").equals(direct.table("path"))
    # each draw takes its own means, so that the draws differ from those of the filled data
    assert not study.bootstrap.table("path").equals(again.bootstrap.table("path"))


def test_whole_clusters_are_drawn_in_every_bootstrap(data):
    """Every client five times, under one therapist: as if each client had been drawn alone."""
    five = pd.concat([data] * 5, ignore_index=True).assign(
        therapist=np.tile(np.arange(len(data)), 5).astype(str)
    )
    options = OPTIONS | {"model": write_model(data.columns)}
    single = results.fit_study(data, **options)
    clustered = results.fit_study(five, cluster="therapist", **options)
    naive = results.fit_study(five, **options)
    se = [study.bootstrap.table("path")["se"].to_numpy() for study in (single, clustered, naive)]
    assert se[1] == pytest.approx(se[0], rel=1e-6)
    assert (se[2] < 0.6 * se[0]).all()
    icc = [results.tabulate_scales(s, load_schema(STUDY)).get("icc") for s in (single, clustered)]
    assert icc[0] is None
    assert icc[1].to_numpy() == pytest.approx(1.0)
    again = {"n_boot": 100, "ci_level": 0.9, "seed": 2}
    one, many = (results.compare_algorithms(study, **again) for study in (single, clustered))
    assert many["se"].tolist() == pytest.approx(one["se"].tolist(), rel=1e-6)
    p = [
        results.judge_claims(study).set_index("statistic")["pvalue"] for study in (clustered, naive)
    ]
    name = "largest p of a correlation"
    assert p[0][name] == clustered.bootstrap.table("correlation")["pvalue"].max()
    assert p[0][name] != p[1][name]
