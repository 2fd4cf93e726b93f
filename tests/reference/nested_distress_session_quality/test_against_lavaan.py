"""Thirty therapists and missing values: the notebook's results beside lavaan's cluster= and FIML.

Source: R (make_reference.R, versions.txt), which makes the data too.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from helpers.data.datasets import load_dataset
from helpers.studies.distress_session_quality import results
from helpers.studies.distress_session_quality.model import STUDY

HERE = Path(__file__).parent
COVARIATES = ["age_group", "gender"]


@pytest.fixture(scope="module", params=["therapists", "incomplete"])
def case(request):
    data = load_dataset(
        HERE / f"{request.param}.csv",
        STUDY,
        covariates=COVARIATES,
        missing="keep",
        cluster="therapist",
    )
    study = results.fit_study(
        data.frame,
        covariates=COVARIATES,
        estimator="MLR",
        n_boot=20,
        ci_level=0.95,
        seed=1,
        cluster="therapist",
    )
    return request.param, study


def of_case(name, case):
    table = pd.read_csv(HERE / f"{name}.csv")
    return table[table["case"] == case]


def test_estimates_and_every_kind_of_standard_error_are_lavaans(case):
    name, study = case
    ours = results.compare_standard_errors(study).set_index("label")
    lavaan = of_case("parameters", name).set_index("label")
    ours = ours.loc[lavaan.index]
    for column in ("se_ml", "se_mlr", "se_cluster"):
        np.testing.assert_allclose(ours[column], lavaan[column], rtol=5e-7)
    assert ((ours["est"] - lavaan["est"]).abs() / lavaan["se_ml"]).max() < 2e-6


def test_the_restricted_models_are_tested_as_by_lavaan(case):
    name, study = case
    ours = results.tabulate_comparisons(study.fits).set_index("model")
    lavaan = of_case("tests", name).set_index("model")
    found = ours.loc[lavaan.index, "chisq_diff"].astype(float)
    np.testing.assert_allclose(found, lavaan["chisq_diff"], rtol=5e-5)


def test_about_a_seventh_of_the_scores_is_missing():
    frame = pd.read_csv(HERE / "incomplete.csv")
    scores = frame[["rri", "wai_task", "wai_goal", "wai_bond", "ses"]]
    assert 0.12 < scores.isna().mean().mean() < 0.18


def test_whole_therapists_are_drawn(case):
    _, study = case
    assert study.bootstrap.plan.n_units == study.task_only_bootstrap.plan.n_units == 30
