"""CVPAT: what is compared, and what is not."""

import numpy as np
import pandas as pd
import pytest

from helpers.errors import InputError
from helpers.models.example import ITEMS, PATHS, simulate_sessions
from helpers.models.pls.model import fit_pls
from helpers.models.pls.prediction import cross_validate_pls
from helpers.models.pls.predictive_ability import compare_predictions
from helpers.models.pls.specification import PLSModel
from helpers.models.pls.stages import StagedModel

LAST = PLSModel(ITEMS, [PATHS[0], PATHS[2]])


@pytest.fixture(scope="module")
def fit():
    return fit_pls(simulate_sessions(), model=PLSModel(ITEMS, PATHS))


def test_losses_are_the_mean_squared_errors_of_the_items(fit):
    found = compare_predictions(fit, against="linear", n_repeats=1, seed=3)
    errors = cross_validate_pls(fit, n_repeats=1, seed=3).items.set_index("item")
    variance = fit.data.var()
    for column, name in {"loss": "rmse_pls", "loss_against": "rmse_lm"}.items():
        expected = errors[name] ** 2 / variance[errors.index]
        assert found[column][0] == pytest.approx(expected.mean(), rel=1e-12)
        assert found.set_index("construct").loc["quality", column] == pytest.approx(
            expected["q1"], rel=1e-12
        )


def test_the_average_is_that_of_the_other_cases(fit):
    found = compare_predictions(fit, n_folds=fit.n, n_repeats=1).set_index("construct")
    q1 = fit.data["q1"]
    left_out = (q1 - (q1.sum() - q1) / (fit.n - 1)) ** 2 / q1.var()
    assert found.loc["quality", "loss_against"] == pytest.approx(left_out.mean(), rel=1e-12)


def test_another_model_has_the_same_folds(fit):
    same = compare_predictions(fit, against=fit, n_repeats=2)
    assert (same["difference"] == 0).all()
    assert same["pvalue"].isna().all()
    assert (same["note"] == "the two predict alike").all()
    other = fit_pls(simulate_sessions(), model=LAST)
    one = compare_predictions(fit, against=other, n_repeats=2)
    two = compare_predictions(other, against=fit, n_repeats=2)
    assert one["difference"].to_numpy() == pytest.approx(-two["difference"], abs=1e-14)
    assert one["pvalue"].to_numpy() == pytest.approx(two["pvalue"], rel=1e-9)


def test_a_benchmark_with_more_predictors_than_cases_is_withheld():
    data = simulate_sessions(30)
    rng = np.random.default_rng(1)
    many = [f"i{k}" for k in range(40)]
    for item in many:
        data[item] = data["alliance"] + rng.standard_normal(30)
    model = PLSModel({"alliance": many, "quality": ["q1"]}, [("alliance", "quality")])
    found = compare_predictions(fit_pls(data, model=model), against="linear", n_repeats=1)
    assert found[["difference", "pvalue", "ci_lower"]].isna().all(axis=None)
    assert found["note"].str.startswith("30 of 30 cases have no prediction").all()


def test_what_is_not_comparable_is_refused(fit):
    with pytest.raises(InputError, match="only one of the models explains a1, a2, a3"):
        compare_predictions(
            fit, against=fit_pls(simulate_sessions(), model=PLSModel(ITEMS, PATHS[1:]))
        )
    with pytest.raises(InputError, match="the other model has other cases"):
        compare_predictions(fit, against=fit_pls(simulate_sessions(seed=2), model=LAST))
    with pytest.raises(InputError, match="against='mean'"):
        compare_predictions(fit, against="mean")


def test_an_interaction_is_tested_by_what_it_adds_to_prediction():
    rng = np.random.default_rng(6)
    x, w, y = rng.standard_normal((3, 150))
    y += 0.3 * x + 0.3 * w + 0.7 * x * w
    data = pd.DataFrame(
        {f"{name}{k}": z + 0.5 * rng.standard_normal(150) for name, z in (("x", x), ("w", w))
         for k in (1, 2)} | {"y": y}
    )  # fmt: skip
    constructs = {"x": ["x1", "x2"], "w": ["w1", "w2"], "y": ["y"]}
    main = [("x", "y"), ("w", "y")]
    without = fit_pls(data, model=PLSModel(constructs, main))
    fit = fit_pls(data, model=StagedModel(constructs, [*main, ("x:w", "y")]))
    found = compare_predictions(fit, against=without, n_repeats=2).iloc[0]
    assert found["difference"] < 0
    assert found["pvalue"] < 0.01
