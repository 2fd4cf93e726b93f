"""The path engine against closed forms, against itself under changes that must not matter."""

import warnings

import numpy as np
import pandas as pd
import pytest
import semopy
import statsmodels.api as sm

from helpers.errors import InputError
from helpers.models.sem.comparison import compare_models
from helpers.models.sem.model import fit_path_covariance, fit_path_model
from helpers.models.sem.recovery import recover_path_model

MEDIATION = "m ~ a*x + w\ny ~ b*m + c*x + w\nindirect := a*b\ntotal := indirect + c"


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(11)
    n = 240
    x, w = rng.standard_normal(n), rng.integers(0, 2, n).astype(float)
    m = 0.5 * x + 0.3 * w + rng.standard_normal(n)
    y = 0.4 * m - 0.2 * x + rng.standard_t(5, n)
    return pd.DataFrame({"x": x, "w": w, "m": m, "y": y})


def test_a_regression_is_least_squares(data):
    fit = fit_path_model("y ~ m + x + w", data)
    ols = sm.OLS(data["y"], sm.add_constant(data[["m", "x", "w"]])).fit()
    slopes = fit.parameters[fit.parameters["op"] == "~"]
    np.testing.assert_allclose(slopes["est"], ols.params[1:], rtol=1e-9)
    # ML divides the residual sum of squares by n, OLS by n - 4.
    np.testing.assert_allclose(slopes["se"], ols.bse[1:] * np.sqrt(236 / 240), rtol=1e-9)
    assert fit.r_squared["y"] == pytest.approx(ols.rsquared, rel=1e-10)


def test_robust_errors_are_the_hc0_sandwich(data):
    fit = fit_path_model("y ~ m + x + w", data, estimator="MLR")
    robust = sm.OLS(data["y"], sm.add_constant(data[["m", "x", "w"]])).fit(cov_type="HC0")
    slopes = fit.parameters[fit.parameters["op"] == "~"]
    np.testing.assert_allclose(slopes["se"], robust.bse[1:], rtol=1e-8)


def test_the_delta_method_of_a_product_is_sobel(data):
    table = fit_path_model(MEDIATION, data).parameters.set_index("label")
    a, b = table.loc["a"], table.loc["b"]
    sobel = np.sqrt(a["est"] ** 2 * b["se"] ** 2 + b["est"] ** 2 * a["se"] ** 2)
    assert table.loc["indirect", "se"] == pytest.approx(sobel, rel=1e-7)


def test_the_total_effect_is_that_of_a_second_model(data):
    table = fit_path_model(MEDIATION, data).parameters.set_index("label")
    alone = fit_path_model("y ~ total*x + w", data).parameters.set_index("label")
    assert table.loc["total", "est"] == pytest.approx(alone.loc["total", "est"], rel=1e-9)


def test_a_saturated_model_fits_perfectly(data):
    measures = fit_path_model(MEDIATION, data, estimator="MLR").fit_measures
    assert measures["df"] == 0
    assert measures["chisq"] == measures["srmr"] == measures["rmsea"] == 0
    assert measures["cfi"] == measures["tli"] == 1
    assert np.isnan(measures["pvalue"])


def test_order_of_rows_and_columns_changes_nothing(data):
    fit = fit_path_model(MEDIATION, data, estimator="MLR")
    shuffled = data.sample(frac=1, random_state=np.random.default_rng(3))[["y", "w", "x", "m"]]
    again = fit_path_model(MEDIATION, shuffled, estimator="MLR")
    numbers = ["est", "se", "ci_lower", "ci_upper"]
    np.testing.assert_allclose(again.parameters[numbers], fit.parameters[numbers], rtol=1e-9)
    np.testing.assert_allclose(again.fit_measures, fit.fit_measures, rtol=1e-9)


def test_units_change_estimates_but_not_the_standardized_solution(data):
    fit = fit_path_model(MEDIATION, data)
    scaled = fit_path_model(MEDIATION, data.assign(x=1000 * data["x"], y=data["y"] / 100 + 7))
    assert scaled.parameters["est"][0] == pytest.approx(fit.parameters["est"][0] / 1000, rel=1e-9)
    np.testing.assert_allclose(
        scaled.standardized[["est", "se"]], fit.standardized[["est", "se"]], rtol=1e-6
    )


def test_data_and_their_covariance_matrix_give_the_same_fit(data):
    model = "m ~ x\ny ~ m"
    fit = fit_path_model(model, data)
    covariance = data.cov() * (len(data) - 1) / len(data)
    again = fit_path_covariance(model, covariance, n=len(data))
    np.testing.assert_allclose(again.parameters["se"], fit.parameters["se"], rtol=1e-10)
    np.testing.assert_allclose(again.fit_measures, fit.fit_measures, rtol=1e-9)


def test_the_difference_test_against_a_saturated_model_is_the_scaled_chi_square(data):
    full = fit_path_model("m ~ x + w\ny ~ m + x + w", data, estimator="MLR")
    small = fit_path_model("m ~ x + w\ny ~ m", data, estimator="MLR")
    difference = compare_models(small, full)
    assert difference["df_diff"] == 2
    assert difference["chisq_diff"] == pytest.approx(small.fit_measures["chisq.scaled"], rel=1e-12)
    with pytest.raises(InputError, match="give the more restricted model first"):
        compare_models(full, small)


def test_known_parameters_are_recovered(data):
    fit = fit_path_model(MEDIATION, data)
    table = recover_path_model(fit, n_replications=400, seed=5)
    slopes = table[table["op"].isin(["~", ":="])]
    assert (slopes["bias"].abs() < 4 * slopes["mc_error"]).all()
    np.testing.assert_allclose(slopes["sd"], slopes["se"], rtol=0.15)


@pytest.mark.parametrize(
    ("model", "change", "message"),
    [
        ("y ~ xx", lambda d: d, "'xx' is not a column of data. Did you mean 'x'?"),
        ("y ~ x", lambda d: d.assign(x="a"), "column 'x' holds 'a', which is declared as a"),
        (
            "y ~ x",
            lambda d: d.assign(x=d["x"].where(d.index != 4)),
            "column 'x' has 1 missing value(s), in data row(s) 5;",
        ),
        ("y ~ x", lambda d: d.assign(x=1.0), "column 'x' is constant"),
        (
            "y ~ x + w",
            lambda d: d.assign(w=2 * d["x"] + 1),
            "'w' is an exact linear combination of x;",
        ),
        ("y ~ x + w", lambda d: d.head(3), "3 cases for 3 variables"),
        ("m ~ x + w\ny ~ m + x + w", lambda d: d.head(6), "6 cases for 7 free parameters"),
        ("m ~ x\ny ~ m\nm ~~ y", lambda d: d, None),
        ("m ~ x\ny ~ m + x\nm ~~ y", lambda d: d, "not identified"),
    ],
)
def test_unusable_data_and_models_are_named(data, model, change, message):
    if message is None:
        assert fit_path_model(model, change(data)).fit_measures["df"] == 0
        return
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(InputError) as caught:
            fit_path_model(model, change(data))
    assert message in str(caught.value)


def test_unknown_estimators_and_levels_are_refused(data):
    with pytest.raises(InputError, match="Did you mean 'MLR'"):
        fit_path_model("y ~ x", data, estimator="mlr")
    with pytest.raises(InputError, match="between 0 and 1"):
        fit_path_model("y ~ x", data, ci_level=95)
    with pytest.raises(InputError, match="columns named 'x'"):
        fit_path_model("y ~ x", pd.concat([data, data[["x"]]], axis=1))
    with pytest.raises(InputError, match="give a pandas DataFrame"):
        fit_path_model("y ~ x", data.to_numpy())


def test_a_semopy_model_is_read_by_its_description(data):
    text = "m ~ a*x + w\ny ~ b*m + c*x"
    fit = fit_path_model(semopy.Model(text), data)
    pd.testing.assert_frame_equal(fit.parameters, fit_path_model(text, data).parameters)
    with pytest.raises(InputError, match="model is int; give lavaan syntax"):
        fit_path_model(3, data)


def test_an_impossible_matrix_is_refused():
    names = ["x", "m", "y"]
    impossible = pd.DataFrame([[1, 0.9, -0.9], [0.9, 1, 0.9], [-0.9, 0.9, 1]], names, names)
    with pytest.raises(InputError, match="no data can have these values together"):
        fit_path_covariance("m ~ x\ny ~ m", impossible, n=100)


@pytest.mark.parametrize(
    ("expression", "slope"),
    [
        ("b^4", lambda b: 4 * b**3),
        ("log(b^2 + 1)^2", lambda b: 4 * b * np.log1p(b**2) / (b**2 + 1)),
        ("abs(b)", lambda b: 1.0),
        ("exp(b)/(1 + b)", lambda b: b * np.exp(b) / (1 + b) ** 2),
        ("sqrt(b^2 + 4)", lambda b: b / np.sqrt(b**2 + 4)),
    ],
)
def test_a_defined_effect_has_its_slope_where_the_coefficient_is_near_zero(expression, slope):
    x = np.linspace(-1, 1, 50)
    noise = np.cos(np.arange(50.0))
    noise -= noise.mean() + x * (x @ noise) / (x @ x)  # so that the coefficient is -0.001
    frame = pd.DataFrame({"x": x, "y": -0.001 * x + noise})
    table = fit_path_model(f"y ~ b*x; effect := {expression}", frame).parameters.set_index("lhs")
    b, se = table.loc["y", ["est", "se"]].iloc[0]
    assert table.loc["effect", "se"] == pytest.approx(abs(slope(b)) * se, rel=1e-9)
