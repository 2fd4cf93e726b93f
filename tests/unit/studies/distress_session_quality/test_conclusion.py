"""What the conclusion of the path study rests on, beside models that say it in another way."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from helpers.data.datasets import load_dataset
from helpers.models.sem.general import fit_sem
from helpers.models.sem.model import fit_path_covariance
from helpers.paths import twin_path
from helpers.studies.distress_session_quality import conclusion, results, words
from helpers.studies.distress_session_quality.model import ALLIANCE, STUDY, write_model

COVARIATES = ["gender", "age_group"]
OPTIONS = {"covariates": COVARIATES, "estimator": "MLR", "n_boot": 20, "ci_level": 0.95, "seed": 1}


@pytest.fixture(scope="module")
def data():
    return load_dataset(twin_path(STUDY), STUDY).frame.iloc[:300]


@pytest.fixture(scope="module")
def study(data):
    return results.fit_study(data, **OPTIONS)


@pytest.fixture(scope="module")
def specified(study):
    return conclusion.trace_specifications(study, ci_level=0.95)


def test_every_combination_of_choices_is_there_once(specified):
    assert len(specified) == 2 ** len(COVARIATES) * 3 * 2
    assert not specified.duplicated([*COVARIATES, "order", "errors"]).any()


def test_a_specification_is_the_least_squares_of_its_covariates(study, specified):
    """The total effect by statsmodels; no structural model enters."""
    frame = study.scores.frame
    dummies = study.scores.dummies
    own = dummies.loc[dummies["covariate"] == "gender", "name"]
    fit = sm.OLS(frame["ses"], sm.add_constant(frame[["distress", *own]])).fit()
    rows = specified[specified["gender"] & ~specified["age_group"]]
    np.testing.assert_allclose(rows["total"], fit.params["distress"], rtol=1e-9)


def test_with_missing_values_there_are_estimates_without_limits(data):
    holed = data.copy()
    holed.loc[holed.index[::10], "ses"] = np.nan
    study = results.fit_study(holed, **OPTIONS)
    table = conclusion.trace_specifications(study, ci_level=0.95)
    assert len(table) == 4 * 3
    assert table["ci_lower"].isna().all()
    whole = results.tabulate_effects(study.bootstrap.parameters).set_index("label")["est"]
    full = table[table["gender"] & table["age_group"]].set_index("order")["est"]
    assert full["RR before alliance"] == pytest.approx(whole["ind_task_total"], abs=1e-7)
    assert "interval" not in words.describe_specifications(table)


def test_with_that_correlation_of_residuals_the_path_is_zero(study):
    """The model with the correlation in it, fitted: what is unique to task has a latent twin."""
    row = conclusion.find_confounding(study.full, ci_level=0.95).set_index("mediator").loc["task"]
    frame, own = study.scores.frame, study.scores.dummies["name"].tolist()
    others = ["distress", "rri", "goal", "bond", *own]
    unique = sm.OLS(frame["task"], sm.add_constant(frame[others])).fit().resid
    rest = sm.OLS(frame["ses"], sm.add_constant(frame[others])).fit().resid
    # with no path from task, quality's residual is what the others leave of it
    covariance = row["rho"] * unique.std(ddof=0) * rest.std(ddof=0)
    model = f"""
        ses ~ b*task + {" + ".join(others)}
        task ~ {" + ".join(others)}
        ses ~~ {covariance:.15g}*task
    """
    fit = fit_sem(model, frame)
    b = fit.parameters.set_index("label").loc["b", "est"]
    assert abs(b) < 1e-7


def test_the_nearer_limit_of_an_interval_needs_less_confounding(study):
    table = conclusion.find_confounding(study.full, ci_level=0.95)
    assert (table["rho_limit"].abs() <= table["rho"].abs()).all()
    assert (table["rho_limit"] * table["rho"] >= 0).all()
    assert list(table["mediator"]) == ["rri", *ALLIANCE]


def test_error_free_paths_are_those_of_the_disattenuated_covariance_matrix(study, data):
    """A closed form: the error variances are taken off the diagonal."""
    reliability = conclusion.load_reliabilities(data)
    table = conclusion.remove_measurement_error(study, reliability, ci_level=0.95)
    names = list(study.full.structure.variables)
    moments = pd.DataFrame(study.full.moments, index=names, columns=names)
    for name, value in reliability.items():
        moments.loc[name, name] *= value
    model = write_model(study.scores.dummies["name"].tolist())
    free = fit_path_covariance(model, moments, n=study.full.n).standardized
    expected = free.drop_duplicates("label").set_index("label")["est"][table["label"]]
    np.testing.assert_allclose(table["est"], expected, atol=1e-9)
    assert (table["se"] > 0).all()


def test_perfect_reliabilities_change_nothing_and_impossible_ones_give_no_solution(study):
    names = ["distress", "rri", "task", "goal", "bond", "ses"]
    same = conclusion.remove_measurement_error(
        study, dict.fromkeys(names, 0.999999999), ci_level=0.95
    )
    np.testing.assert_allclose(same["est"], same["observed"], atol=1e-6)
    none = conclusion.remove_measurement_error(study, dict.fromkeys(names, 0.3), ci_level=0.95)
    assert none["est"].isna().all()
    assert "no proper solution" in words.read_measurement_error(none, synthetic=False)


def test_the_reliability_of_distress_is_that_of_a_sum(data):
    """Two parallel totals of equal variance: Spearman and Brown."""
    omegas = conclusion.load_reliabilities(data)
    assert 0.92 < omegas["distress"] < 1
    z = (data[["phq9", "gad7"]] - data[["phq9", "gad7"]].mean()) / data[["phq9", "gad7"]].std()
    r = z.corr().iloc[0, 1]
    mean_error = ((1 - 0.90) + (1 - 0.92)) / 2
    assert conclusion.load_reliabilities(z)["distress"] == pytest.approx(1 - mean_error / (1 + r))


def test_what_is_said_of_the_specifications_counts_them(specified):
    table, choices = words.arrange_specifications(specified)
    assert table["est"].round(9).is_monotonic_increasing
    assert set(choices) == {
        "Gender", "Age group", "RR before alliance", "Alliance before RR", "Side by side",
        "Normal theory", "Robust",
    }  # fmt: skip
    assert choices["Gender"].sum() == len(specified) / 2
    assert f"{len(specified)} specifications" in words.describe_specifications(specified)
