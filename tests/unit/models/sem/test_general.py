"""General structural equation models: recovery, equivalences, constraints, what is refused."""

import numpy as np
import pandas as pd
import pytest

from helpers import fit_path_model, fit_sem
from helpers.errors import InputError


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(20)
    n = 500
    z = rng.standard_normal(n)
    x = 0.5 * z + rng.standard_normal(n)
    m = 0.5 * x + 0.2 * z + rng.standard_normal(n)
    y = 0.4 * m + rng.standard_normal(n)
    frame = {"z": z, "x": x, "m": m, "y": y}
    for name, factor in (("a", x), ("b", m), ("c", y)):
        for k, loading in enumerate((1.0, 0.8, 1.2), start=1):
            frame[f"{name}{k}"] = loading * factor + 0.7 * rng.standard_normal(n)
    frame["therapist"] = np.repeat(np.arange(50), 10)
    return pd.DataFrame(frame)


def lose(data, columns, share=0.15, seed=3):
    rng = np.random.default_rng(seed)
    out = data.copy()
    for column in columns:
        out.loc[rng.random(len(out)) < share, column] = np.nan
    return out


LATENT = (
    "X =~ a1 + a2 + a3\nM =~ b1 + b2 + b3\nY =~ c1 + c2 + c3\nM ~ a*X + z\nY ~ b*M + z\ni := a*b"
)
PATH = "m ~ a*x + z\ny ~ b*m + z\ni := a*b"


@pytest.mark.parametrize("estimator", ["ML", "MLR"])
def test_a_path_model_is_the_special_case(data, estimator):
    path = fit_path_model(PATH, data, estimator=estimator)
    general = fit_sem(PATH, data, estimator=estimator)
    for table in ("parameters", "standardized"):
        left, right = getattr(path, table), getattr(general, table)
        both = left.merge(right, on=["lhs", "op", "rhs"], suffixes=("_path", "_sem"))
        assert len(both) == len(left)
        for column in ("est", "se"):
            np.testing.assert_allclose(both[f"{column}_path"], both[f"{column}_sem"], rtol=1e-8)
    shared = path.fit_measures.index.intersection(general.fit_measures.index)
    assert len(shared) > 15
    np.testing.assert_allclose(
        path.fit_measures[shared], general.fit_measures[shared], rtol=1e-6, atol=1e-10
    )


def test_known_paths_between_factors_are_found(data):
    table = fit_sem(LATENT, data).parameters.set_index("label")
    assert abs(table.loc["a", "est"] - 0.5) < 3 * table.loc["a", "se"]
    assert abs(table.loc["b", "est"] - 0.4) < 3 * table.loc["b", "se"]


def test_metrics_of_a_factor_fit_alike(data):
    marker, unit, coded = (
        fit_sem(LATENT, data),
        fit_sem(LATENT, data, std_lv=True),
        fit_sem(LATENT, data, effect_coding=True),
    )
    for fit in (unit, coded):
        assert fit.fit_measures["chisq"] == pytest.approx(marker.fit_measures["chisq"], rel=1e-9)
        both = marker.standardized.merge(fit.standardized, on=["lhs", "op", "rhs"])
        np.testing.assert_allclose(both["est_x"], both["est_y"], rtol=1e-7)
        np.testing.assert_allclose(both["se_x"], both["se_y"], rtol=1e-6, atol=1e-9)
    loadings = coded.parameters.query("op == '=~'").groupby("lhs")["est"].mean()
    np.testing.assert_allclose(loadings, 1.0, rtol=1e-9)


def test_units_of_the_data_decide_nothing(data):
    scaled = data.assign(a1=data["a1"] * 1000, c2=data["c2"] / 1000, z=data["z"] * 100 + 5000)
    one, two = fit_sem(LATENT, data, estimator="MLR"), fit_sem(LATENT, scaled, estimator="MLR")
    np.testing.assert_allclose(one.standardized["est"], two.standardized["est"], rtol=1e-7)
    np.testing.assert_allclose(
        one.fit_measures["chisq.scaled"], two.fit_measures["chisq.scaled"], rtol=1e-7
    )


def test_full_information_equals_complete_data_where_nothing_is_missing(data):
    complete = fit_sem(LATENT, data, estimator="MLR", meanstructure=True, fixed_x=False)
    full = fit_sem(LATENT, data, estimator="MLR", missing="fiml")
    np.testing.assert_allclose(
        complete.parameters["est"], full.parameters["est"], rtol=1e-8, atol=1e-10
    )
    np.testing.assert_allclose(complete.parameters["se"], full.parameters["se"], rtol=1e-7)


def test_missing_values_in_exogenous_variables_change_no_meaning(data):
    """One missing value moves x from the given to the modeled variables; rows stay comparable."""
    one = data.copy()
    one.loc[0, "x"] = np.nan
    before = fit_sem(PATH, data.iloc[1:], missing="fiml").parameters
    after = fit_sem(PATH, one, missing="fiml")
    assert "2 patterns" in after.notes[0]
    both = before.merge(after.parameters, on=["lhs", "op", "rhs"])
    assert len(both) == len(before)
    assert (abs(both["est_x"] - both["est_y"]) < 0.2 * both["se_x"]).all()
    np.testing.assert_allclose(both["se_x"], both["se_y"], rtol=0.02)


def test_every_number_of_fiml_is_the_same_in_another_order(data):
    holes = lose(data, ["x", "m", "y"])
    one = fit_sem(PATH, holes, missing="fiml", estimator="MLR")
    rng = np.random.default_rng(1)
    two = fit_sem(PATH, holes.iloc[rng.permutation(len(holes))], missing="fiml", estimator="MLR")
    np.testing.assert_allclose(one.parameters["est"], two.parameters["est"], rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(one.parameters["se"], two.parameters["se"], rtol=1e-6)


def test_an_auxiliary_variable_leaves_the_degrees_of_freedom(data):
    holes = lose(data, ["y", "m"])
    plain = fit_sem("m ~ x\ny ~ m", holes, missing="fiml")
    helped = fit_sem("m ~ x\ny ~ m", holes, missing="fiml", auxiliary=["z", "c1"])
    assert plain.fit_measures["df"] == helped.fit_measures["df"] == 1
    se = [f.parameters.query("lhs == 'y' and rhs == 'm'")["se"].item() for f in (plain, helped)]
    assert se[1] < se[0]


def test_clusters_of_one_case_are_the_sandwich(data):
    alone = data.assign(own=np.arange(len(data)))
    robust = fit_sem(PATH, alone, estimator="MLR", meanstructure=True)
    clustered = fit_sem(PATH, alone, estimator="MLR", cluster="own")
    factor = np.sqrt(len(data) / (len(data) - 1))
    np.testing.assert_allclose(
        clustered.parameters["se"], factor * robust.parameters["se"], rtol=1e-9
    )


def test_cases_written_twice_carry_no_information_more(data):
    twice = pd.concat([data, data]).assign(own=np.tile(np.arange(len(data)), 2))
    once = fit_sem(PATH, data.assign(own=np.arange(len(data))), cluster="own")
    again = fit_sem(PATH, twice, cluster="own")
    np.testing.assert_allclose(once.parameters["se"], again.parameters["se"], rtol=1e-8)


def test_intraclass_correlations(data):
    rng = np.random.default_rng(2)
    shift = np.repeat(rng.standard_normal(50), 10)
    fit = fit_sem("m ~ x", data.assign(m=data["m"] + 2 * shift), cluster="therapist")
    assert 0.5 < fit.icc["m"] < 0.9
    assert abs(fit.icc["x"]) < 0.1


def test_constraints_hold_and_cost_a_degree_of_freedom(data):
    free = fit_sem("y ~ a*m + b*x + c*z", data)
    tied = fit_sem("y ~ a*m + b*x + c*z\na == 2*b + 0.1\nb*c == 0.02", data)
    a, b, c = (tied.parameters.set_index("label").loc[name, "est"] for name in "abc")
    assert a == pytest.approx(2 * b + 0.1, abs=1e-9)
    assert b * c == pytest.approx(0.02, abs=1e-9)
    assert tied.fit_measures["df"] == free.fit_measures["df"] + 2
    equal = fit_sem("y ~ s*m + s*x", data)
    stated = fit_sem("y ~ a*m + b*x\na == b", data)
    np.testing.assert_allclose(equal.parameters["est"], stated.parameters["est"], rtol=1e-9)
    np.testing.assert_allclose(equal.parameters["se"], stated.parameters["se"], rtol=1e-8)


def test_an_inequality_matters_only_where_it_binds(data):
    free = fit_sem("y ~ a*m + b*x", data)
    loose = fit_sem("y ~ a*m + b*x\na > -1", data)
    np.testing.assert_allclose(free.parameters["est"], loose.parameters["est"], rtol=1e-9)
    tight = fit_sem("y ~ a*m + b*x\na < 0.1", data).parameters.set_index("label")
    assert tight.loc["a", "est"] == pytest.approx(0.1, abs=1e-9)
    assert tight.loc["a", "se"] == 0


def test_a_modification_index_is_about_what_freeing_gains(data):
    shared = 0.4 * np.random.default_rng(7).standard_normal(len(data))
    tied = data.assign(a1=data["a1"] + shared, b1=data["b1"] + shared)
    fit = fit_sem(LATENT, tied)
    freed = fit_sem(LATENT + "\na1 ~~ b1", tied)
    gain = fit.fit_measures["chisq"] - freed.fit_measures["chisq"]
    top = fit.modification_indices().query("lhs == 'a1' and rhs == 'b1'")
    change = freed.parameters.query("lhs == 'a1' and rhs == 'b1'")["est"].item()
    assert gain > 6
    assert top["mi"].item() == pytest.approx(gain, rel=0.15)
    assert top["epc"].item() == pytest.approx(change, rel=0.2)


def test_a_heywood_case_is_named():
    r = np.array([[1.0, 0.84, 0.6], [0.84, 1.0, 0.35], [0.6, 0.35, 1.0]])
    scores = np.linalg.qr(np.random.default_rng(11).standard_normal((80, 4)))[0][:, :3]
    scores = np.linalg.qr(scores - scores.mean(axis=0))[0] @ np.linalg.cholesky(r).T
    wide = pd.DataFrame(scores * np.sqrt(80), columns=["p", "q", "r"])
    with pytest.warns(RuntimeWarning, match="variance of 'p' is estimated at -0.44"):
        fit = fit_sem("f =~ p + q + r", wide)
    assert any("improper" in note for note in fit.notes)


@pytest.mark.parametrize(
    ("model", "options", "message"),
    [
        ("f =~ a1 + a2", {}, "not identified"),
        ("m ~ x", {"missing": "fmil"}, "Did you mean 'fiml'"),
        ("m ~ x", {"estimator": "WLS"}, "choose 'ML' or 'MLR'"),
        ("m ~ x", {"cluster": "threapist"}, "Did you mean 'therapist'"),
        ("y ~ m*x", {}, "'m*x' takes 'm', a column of data"),
        ("m ~ xx", {}, "'xx' is not a column"),
        ("f =~ a1 + a2 + a3", {"auxiliary": ["a1"]}, "is part of the model"),
        ("m ~ x\ny ~~ 0*y\ny ~ m", {}, "no start has a positive definite"),
    ],
)
def test_what_cannot_be_fitted_is_said_in_one_line(data, model, options, message):
    with pytest.raises(InputError) as caught:
        fit_sem(model, data, **options)
    assert message in str(caught.value)


def test_few_clusters_are_warned_of_and_fewer_refused(data):
    with pytest.warns(RuntimeWarning, match="25 clusters"):
        fit_sem("m ~ x", data.assign(g=data["therapist"] // 2), cluster="g")
    with pytest.raises(InputError, match="5 clusters"):
        fit_sem("m ~ x", data.assign(g=data["therapist"] // 10), cluster="g")


def test_a_fit_shows_its_estimates(data):
    fit = fit_sem(LATENT, data)
    assert "chisq" in repr(fit)
    assert repr(fit).index(":=") < repr(fit).index("=~")
    assert "r_squared" in fit.summary()
    assert "<table" in fit._repr_html_()
    assert fit.reliability.loc["X", "omega"] > 0.7
    assert set(fit.residuals.columns) >= {"observed", "implied", "residual", "z"}
