"""The path study on a reader's rows: values missing, clients who belong together."""

import numpy as np
import pandas as pd
import pytest

from helpers.data.datasets import load_dataset
from helpers.errors import InputError
from helpers.models.sem.general import SemFit
from helpers.models.sem.model import PathFit
from helpers.paths import twin_path
from helpers.studies.distress_session_quality import results
from helpers.studies.distress_session_quality.model import STUDY, score_sessions

OPTIONS = {"estimator": "MLR", "n_boot": 20, "ci_level": 0.95, "seed": 1}


@pytest.fixture(scope="module")
def clients():
    """Two hundred clients of the twin, twenty of each of ten therapists."""
    frame = load_dataset(twin_path(STUDY), STUDY).frame.iloc[:200]
    return frame.assign(therapist=[f"T{k % 10}" for k in range(200)])


@pytest.fixture(scope="module")
def holed(clients):
    frame = clients.copy()
    frame.loc[frame.index[::7], "phq9"] = np.nan
    frame.loc[frame.index[3::9], "wai_task"] = np.nan
    frame.loc[frame.index[5::20], "gender"] = np.nan
    return frame


def test_distress_is_missing_where_either_questionnaire_is(holed):
    scores = score_sessions(holed, covariates=["gender"])
    assert (scores.frame["distress"].isna() == holed["phq9"].isna()).all()
    dummies = scores.frame[scores.dummies["name"]]
    assert (dummies.isna().all(axis=1) == holed["gender"].isna()).all()
    known = scores.frame["task"].dropna()
    assert known.mean() == pytest.approx(0, abs=1e-12)
    assert known.std() == pytest.approx(1)


def test_what_the_rows_ask_for_decides_how_a_model_is_fitted(clients, holed):
    plain = results.fit_study(clients, covariates=["gender"], **OPTIONS)
    nested = results.fit_study(clients, covariates=["gender"], cluster="therapist", **OPTIONS)
    open_ = results.fit_study(holed, covariates=["gender"], **OPTIONS)
    assert isinstance(plain.fits["full"], PathFit)
    assert isinstance(nested.fits["full"], SemFit)
    assert isinstance(open_.fits["full"], SemFit)
    assert nested.bootstrap.plan.n_units == 10
    assert plain.full.n == nested.full.n == open_.full.n == 200
    pd.testing.assert_series_equal(plain.full.r_squared, nested.full.r_squared, rtol=1e-7)


def test_the_full_model_from_moments_is_the_one_from_rows(holed):
    """It is saturated, so the estimated covariance matrix says all that the rows say."""
    study = results.fit_study(holed, covariates=["gender"], **OPTIONS)
    one, two = (
        results.tabulate_paths(fit.parameters)["est"] for fit in (study.full, study.fits["full"])
    )
    np.testing.assert_allclose(one, two, atol=1e-7)


def test_the_standard_errors_of_clusters_stand_beside_the_others(clients, holed):
    for frame in (clients, holed):
        nested = results.fit_study(frame, covariates=[], cluster="therapist", **OPTIONS)
        single = results.fit_study(frame, covariates=[], **OPTIONS)
        with_clusters = results.compare_standard_errors(nested)
        without = results.compare_standard_errors(single)
        assert set(with_clusters) - set(without) == {"se_cluster"}
        columns = ["label", "est", "se_ml", "se_mlr"]
        pd.testing.assert_frame_equal(with_clusters[columns], without[columns], rtol=1e-6)


def test_too_few_clusters_are_refused_with_a_remedy_within_reach(clients):
    few = clients.assign(clinic=["north", "south"] * 100)
    with pytest.raises(InputError, match=r"cluster='clinic' has 2 values.*leave cluster empty"):
        results.fit_study(few, covariates=[], cluster="clinic", **OPTIONS)


def test_a_cluster_column_may_have_the_name_of_a_score(clients):
    named = clients.rename(columns={"therapist": "task"})
    study = results.fit_study(named, covariates=[], cluster="task", **OPTIONS)
    other = results.fit_study(clients, covariates=[], cluster="therapist", **OPTIONS)
    pd.testing.assert_frame_equal(study.bootstrap.parameters, other.bootstrap.parameters)


def test_covariate_sets_and_orders_have_limits_also_where_values_are_missing(holed):
    options = {"n_boot": 20, "ci_level": 0.95, "seed": 1}
    sets = results.compare_covariate_sets(holed, covariates=["gender"], **options)
    orders = results.compare_orders(score_sessions(holed), **options)
    for table in (sets, orders):
        assert (table["ci_lower"] < table["est"]).all()
        assert (table["est"] < table["ci_upper"]).all()
    assert list(sets["analysis"].unique()) == ["none", "all chosen"]


def test_choices_for_missing_values_stand_side_by_side(holed):
    table = results.compare_missing(holed, covariates=["gender"], ci_level=0.95)
    n = dict(zip(table["choice"], table["n"], strict=True))
    assert n == {"listwise": len(holed.dropna()), "fiml": len(holed)}
    whole = results.fit_study(holed, covariates=["gender"], **OPTIONS)
    own = table[table["choice"] == "fiml"].set_index("label")["est"]
    effects = results.tabulate_effects(whole.fits["full"].parameters).set_index("label")["est"]
    pd.testing.assert_series_equal(own, effects[own.index], rtol=1e-7)
