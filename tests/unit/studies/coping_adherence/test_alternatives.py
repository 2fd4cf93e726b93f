"""Other choices and methods for the coping study, and samples with known paths."""

import pytest

from helpers.errors import InputError
from helpers.models.pls.bootstrap import bootstrap_pls
from helpers.studies.coping_adherence import alternatives, results, structure, words
from helpers.studies.coping_adherence.model import write_model


def test_each_other_choice_is_made_once(study):
    table = alternatives.compare_algorithms(study, n_boot=20, ci_level=0.9, seed=4)
    assert list(dict.fromkeys(table["analysis"])) == [
        "path weighting, mode A",
        "factor weighting",
        "mode B",
        "equal weights",
        "PLSc",
    ]
    own = table[table["analysis"] == "path weighting, mode A"]
    assert own["ci_lower"].to_list() == structure.tabulate_paths(study)["ci_lower"].to_list()
    plsc = bootstrap_pls(
        study.data, model=study.fit.model, consistent=True, n_boot=20, ci_level=0.9, seed=4
    ).table("path")
    assert table[table["analysis"] == "PLSc"]["se"].to_list() == plsc["se"].to_list()


def test_another_choice_of_the_reader_stands_first(data):
    study = results.fit_study(
        data,
        model=write_model(data.columns),
        weighting="factor",
        mode="B",
        n_boot=20,
        ci_level=0.9,
        seed=4,
    )
    table = alternatives.compare_algorithms(study, n_boot=20, ci_level=0.9, seed=4)
    assert list(dict.fromkeys(table["analysis"])) == [
        "factor weighting, mode B",
        "path weighting",
        "mode A",
        "equal weights",
        "PLSc",
    ]


def test_draws_settle(study):
    table = alternatives.compare_draws(study.bootstrap, n_boots=(50, 100, 5000))
    assert table["n_boot"].to_list() == [50, 100, 200]
    assert table["se_change"].iloc[-1] == 0
    assert table["mc_error"].is_monotonic_decreasing


def test_a_method_without_a_solution_is_an_empty_column_with_its_reason(study, monkeypatch):
    def fail(*_, **__):
        raise InputError("Covariance SEM found no solution: it wandered off.")

    monkeypatch.setattr(alternatives, "fit_common_factors", fail)
    methods = alternatives.compare_methods(study)
    assert methods.table["CB-SEM"].isna().all()
    assert methods.reasons == {"CB-SEM": "Covariance SEM found no solution: it wandered off."}
    assert "wandered off" in words.list_reasons(methods.reasons)
    assert methods.table["PLS"].to_list()[:7] == study.fit.paths["est"].to_list()
    # Recomputed from the printed digits of Table 3.
    assert methods.table["Table 3"].round(2).to_list()[:3] == [0.83, -0.75, 0.68]


def test_three_known_truths(study):
    table = alternatives.recover_truths(study.fit, n_replications=30, seed=2)
    assert table.groupby("case", sort=False).size().to_dict() == {
        "composites by PLS": 9,
        "factors by PLS": 9,
        "factors by PLSc": 9,
    }
    wide = words.arrange_recovery(table)
    assert wide["truth"].to_numpy() == pytest.approx(study.fit.paths["est"].to_numpy())
    assert {"mean_factors_plsc", "sd_composites_pls"} <= set(wide.columns)
