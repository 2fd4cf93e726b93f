"""Faults found beside lavaan, each asked of path models, of fit_sem and of the bootstrap."""

import numpy as np
import pandas as pd
import pytest

from helpers import bootstrap_path_model, compare_models, fit_path_model, fit_sem
from helpers.errors import InputError

FITS = (fit_path_model, fit_sem)
ALL = (*FITS, lambda model, data: bootstrap_path_model(model, data, n_boot=30))


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(1)
    return pd.DataFrame(rng.standard_normal((100, 4)), columns=list("xzym"))


@pytest.mark.parametrize("function", ALL)
def test_a_label_that_is_a_column_is_no_product(function, data):
    with pytest.raises(InputError, match=r"'x\*z' takes 'x'.*'x:z' for a product"):
        function("y ~ m + x*z", data)
    with pytest.raises(InputError, match=r"'z\*x' takes 'z'"):
        function("y ~ z*x", data)


@pytest.mark.parametrize("function", FITS)
def test_a_product_of_columns_is_what_is_computed_by_hand(function, data):
    written = function("y ~ x + z + x:z", data).parameters["est"].to_numpy()
    by_hand = function("y ~ x + z + p", data.assign(p=data["x"] * data["z"])).parameters["est"]
    np.testing.assert_allclose(written, by_hand, rtol=1e-8)


@pytest.mark.parametrize("word", ["TRUE", "NULL", "Inf", "if"])
def test_a_word_of_r_is_no_label(word, data):
    for function in FITS:
        with pytest.raises(InputError, match=f"'{word}' is a word of R"):
            function(f"y ~ {word}*x", data)
        assert len(function("y ~ NaN*x", data).parameters)


@pytest.mark.parametrize("effect", ["a/0", "log(-1)", "sqrt(a - 10)"])
def test_an_effect_without_a_value_is_said(effect, data):
    model = f"y ~ a*x\nd := {effect}\nok := 2*a"
    for function in ALL:
        with pytest.warns(RuntimeWarning, match="'d' is not defined"):
            fit = function(model, data)
        assert [note[:18] for note in fit.notes] == ["'d' is not defined"]
        rows = fit.parameters.set_index("lhs").loc[["d", "ok"]]
        assert rows["se"].isna().to_list() == [True, False]
        assert "'d' is not defined" in str(fit)


@pytest.mark.parametrize(
    "model",
    ["y ~ x\ny ~~ 0*y", "y ~ x\nm ~ x\ny ~~ 1*y\nm ~~ 1*m\ny ~~ 1*m"],
)
def test_variances_that_leave_no_matrix_are_refused_in_one_line(model, data):
    for function in ALL:
        with pytest.raises(InputError, match="positive definite") as refusal:
            function(model, data)
        assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("model", ["y ~ x\nm ~ x\ny ~~ 1.3*m", "y ~ x\nm ~ x\ny ~~ m\ny ~~ 1*y"])
def test_a_fixed_value_outside_the_start_is_fitted(model, data):
    fast, general = (function(model, 3 * data) for function in FITS)
    for name in ("est", "se"):
        np.testing.assert_allclose(
            fast.parameters[name], general.parameters[name], rtol=1e-5, atol=1e-9
        )


def test_models_of_other_variables_or_data_are_not_compared(data):
    other = data + 1e-3 * np.arange(100)[:, None]
    for function in FITS:
        full, less = function("y ~ x + z", data), function("y ~ x + 0*z", data)
        assert compare_models(less, full)["df_diff"] == 1
        with pytest.raises(InputError, match="different data"):
            compare_models(function("y ~ x + 0*z", other), full)
        with pytest.raises(InputError, match="only one of the models has"):
            compare_models(function("y ~ x + 0*m", data), full)
        with pytest.raises(InputError, match=r"exogenous|only one"):
            compare_models(function("m ~ x + 0*z", data), full)
