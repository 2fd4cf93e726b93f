"""The solution does not depend on units, nor on a start that is no proper model: lavaan's values.

The reference is made by `units.R`, in units in which lavaan's own optimiser converges.
"""

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from helpers.errors import InputError
from helpers.models.sem.bootstrap import bootstrap_path_model
from helpers.models.sem.model import fit_path_model

REFERENCE = Path(__file__).parent
UNITS = {
    "growth": [("t4", s) for s in (1, 1e-1, 1e-2, 1e-3, 1e3, 1e6)],
    "births": [("bwt", s) for s in (1, 1e3, 1e-3)],
    "simulated": [("y", 1)],
    "simulated_3": [("y", 1)],
}


@cache
def reference():
    table = pd.read_csv(REFERENCE / "units.csv", keep_default_na=False, na_values={"se": [""]})
    return dict(list(table.groupby("model_id", sort=False)))


@cache
def read_data(dataset):
    name, _, factor = dataset.partition("_")
    return pd.read_csv(REFERENCE / f"data/units_{name}.csv") * float(factor or 1)


def cases():
    return [
        (model_id, variable, scale)
        for model_id, table in reference().items()
        for variable, scale in UNITS[table["dataset"].iloc[0]]
    ]


@pytest.mark.parametrize("estimator", ["ML", "MLR"])
@pytest.mark.parametrize(("model_id", "variable", "scale"), cases())
def test_lavaan_in_any_unit(model_id, variable, scale, estimator):
    expected = reference()[model_id]
    data = read_data(expected["dataset"].iloc[0])
    fit = fit_path_model(
        expected["syntax"].iloc[0],
        data.assign(**{variable: scale * data[variable]}),
        estimator=estimator,
    )
    measures = expected[expected["op"] == "fit"].set_index("lhs")["est"].astype(float)
    rows = expected[expected["op"] != "fit"].set_index(["lhs", "op", "rhs"])
    ours = fit.parameters
    turned = ours.assign(lhs=ours["rhs"], rhs=ours["lhs"])[ours["op"] == "~~"]
    ours = pd.concat([ours, turned]).drop_duplicates(["lhs", "op", "rhs"])
    ours = ours.set_index(["lhs", "op", "rhs"]).loc[rows.index]
    power = np.array(
        [
            (lhs == variable) + (rhs == variable) * (1 if op == "~~" else -1)
            for lhs, op, rhs in rows.index
        ]
    )
    unit = float(scale) ** power
    # a value near zero counts in its own standard errors
    size = np.maximum(rows["est"].abs(), rows["se"].astype(float)) * unit
    assert ((ours["est"] - rows["est"] * unit).abs() / size).max() < 1e-8
    if estimator == "ML":
        np.testing.assert_allclose(ours["se"], rows["se"].astype(float) * unit, rtol=1e-7)
    assert fit.fit_measures["df"] == measures["df"]
    assert fit.fit_measures["chisq"] == pytest.approx(measures["chisq"], rel=1e-8, abs=1e-7)
    logl = measures["logl"] - len(data) * np.log(scale)
    assert fit.fit_measures["logl"] == pytest.approx(logl, rel=1e-9)


@pytest.mark.parametrize(
    ("model", "words"),
    [
        ("y ~ x; y ~~ 0*y", "fixed for 'y ~~ y'; free one of them"),
        ("y ~ x; m ~ x; y ~~ 1*y; m ~~ 1*m; y ~~ 1*m", "'y ~~ y', 'm ~~ m', 'y ~~ m'"),
        ("y ~ x; m ~ x; y ~~ 1*y; m ~~ 1*m; y ~~ -2*m", "no residual covariance matrix"),
        ("y ~ x; m ~ x; y ~~ v*y; m ~~ v*m; y ~~ v*m", "different labels"),
    ],
)
def test_where_lavaan_does_not_converge_there_is_one_line(model, words):
    with pytest.raises(InputError) as caught:
        fit_path_model(model, read_data("simulated"))
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_bootstrap_starts_from_the_fit():
    table = reference()["instrument"]
    data = read_data("growth")
    rng = np.random.default_rng(3)
    indices = rng.integers(0, len(data), (20, len(data)))
    model = table["syntax"].iloc[0]
    boot = bootstrap_path_model(model, data, indices=indices)
    small = bootstrap_path_model(model, data.assign(t4=data["t4"] / 1000), indices=indices)
    refit = [fit_path_model(model, data.iloc[rows]).parameters["est"] for rows in indices]
    draws, small = boot.select("parameter"), small.select("parameter")
    np.testing.assert_allclose(draws, refit, rtol=1e-7)
    np.testing.assert_allclose(small["t4 ~ t2"] * 1000, draws["t4 ~ t2"], rtol=1e-9)
