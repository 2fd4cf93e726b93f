"""How the coping study's results are laid out and said."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from helpers.audit.correlations import R2_BY_PREDICTORS
from helpers.studies.coping_adherence import (
    measurement,
    structure,
    words,
)
from helpers.studies.coping_adherence.model import LABELS


def test_the_matrix_holds_correlations_below_and_htmt_above(study):
    from helpers.models.pls.assessment import fornell_larcker

    htmt = measurement.tabulate_htmt(study)
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
    explained = structure.tabulate_r_squared(study)
    assert words.find_printed_r_squared(compared, explained) == ["0.563", "0.899"]
    paths = words.arrange_paths(structure.tabulate_paths(study), compared)
    assert paths["paper_beta"].to_list()[1] == "\u22120.071"
    assert paths["paper_t"].to_list()[0] == "5.967"
    reliabilities = words.arrange_reliability(
        measurement.tabulate_reliability_intervals(study), compared
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
    folded = words.fold_loadings(measurement.tabulate_loadings(study), "90 %")
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
    paths = structure.tabulate_paths(study).assign(**limits, pvalue=0.01)
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


def test_few_failed_draws_are_told_once_and_many_under_every_table(study):
    for count, everywhere in ((2, False), (3, True)):
        failed = replace(study.bootstrap, failure=np.array(["x"] * count + [""] * (200 - count)))
        assert words.state_failures(failed).endswith(f"left out: {count}.")
        assert bool(words.state_many_failures(failed)) is everywhere
