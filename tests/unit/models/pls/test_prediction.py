"""Out-of-sample prediction of composite models."""

import numpy as np
import pandas as pd
import pytest

from helpers.errors import InputError
from helpers.models.example import ITEMS, PATHS, simulate_sessions
from helpers.models.pls.model import fit_pls, fit_pls_correlation
from helpers.models.pls.prediction import cross_validate_pls
from helpers.models.pls.specification import PLSModel

MODEL = PLSModel(ITEMS, PATHS)
SINGLE = PLSModel({"x": ["x"], "y": ["y"]}, [("x", "y")])


@pytest.fixture(scope="module")
def fit():
    rng = np.random.default_rng(14)
    x = rng.standard_normal(60)
    data = pd.DataFrame({"x": 5 + 2 * x, "y": 10 + x + rng.standard_normal(60)})
    return fit_pls(data, model=SINGLE)


def test_one_item_each_is_leave_one_out_regression(fit):
    prediction = cross_validate_pls(fit, n_folds=fit.n, n_repeats=1).items.iloc[0]
    x, y = fit.data["x"].to_numpy(), fit.data["y"].to_numpy()
    design = np.column_stack([np.ones_like(x), x])
    leverage = np.einsum("ij,jk,ik->i", design, np.linalg.inv(design.T @ design), design)
    errors = (y - design @ np.linalg.lstsq(design, y, rcond=None)[0]) / (1 - leverage)
    n = len(y)
    null = (y - y.mean()) * n / (n - 1)
    assert prediction["rmse_pls"] == pytest.approx(np.sqrt(np.mean(errors**2)), rel=1e-9)
    assert prediction["rmse_lm"] == pytest.approx(prediction["rmse_pls"], rel=1e-9)
    assert prediction["mae_pls"] == pytest.approx(np.mean(np.abs(errors)), rel=1e-9)
    assert prediction["q2_predict"] == pytest.approx(
        1 - np.sum(errors**2) / np.sum(null**2), rel=1e-9
    )


def test_the_seed_decides_and_repeats_average(fit):
    ours = cross_validate_pls(fit, n_folds=5, n_repeats=3, seed=4)
    again = cross_validate_pls(fit, n_folds=5, n_repeats=3, seed=4)
    other = cross_validate_pls(fit, n_folds=5, n_repeats=3, seed=5)
    assert ours.items.equals(again.items)
    assert not ours.items.equals(other.items)


def test_noise_is_not_predicted():
    rng = np.random.default_rng(15)
    data = pd.DataFrame(rng.standard_normal((80, 4)), columns=["x1", "x2", "y1", "y2"])
    model = PLSModel({"x": ["x1", "x2"], "y": ["y1", "y2"]}, [("x", "y")])
    prediction = cross_validate_pls(fit_pls(data, model=model), n_repeats=2)
    assert (prediction.items["q2_predict"] < 0.05).all()
    assert (prediction.constructs["overfit"] > 0).all()


def test_through_the_model_or_from_the_direct_antecedents():
    rng = np.random.default_rng(16)
    x = rng.standard_normal(100)
    m = 0.7 * x + 0.7 * rng.standard_normal(100)
    y = 0.7 * m + 0.7 * rng.standard_normal(100)
    model = PLSModel({"x": ["x"], "m": ["m"], "y": ["y"]}, [("x", "m"), ("m", "y")])
    fit = fit_pls(pd.DataFrame({"x": x, "m": m, "y": y}), model=model)
    direct = cross_validate_pls(fit, n_repeats=1).items.set_index("item")["q2_predict"]
    earliest = cross_validate_pls(fit, n_repeats=1, technique="earliest").items.set_index("item")
    assert direct["m"] == pytest.approx(earliest.loc["m", "q2_predict"], rel=1e-12)
    assert direct["y"] > earliest.loc["y", "q2_predict"]


def test_replaced_answers_are_predicted_as_replaced(fit):
    holes = fit.data.copy()
    holes.loc[[2, 9], "y"] = np.nan
    ours = cross_validate_pls(fit_pls(holes, model=SINGLE, missing="mean"), n_repeats=1)
    filled = cross_validate_pls(fit_pls(holes.fillna(holes.mean()), model=SINGLE), n_repeats=1)
    columns = ["q2_predict", "rmse_pls", "rmse_lm"]
    assert ours.items[columns].to_numpy() == pytest.approx(filled.items[columns].to_numpy())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n_folds": 1}, "n_folds=1 must be a whole number from 2 to 60."),
        ({"n_folds": 61}, "n_folds=61 must be a whole number from 2 to 60."),
        ({"n_repeats": 0}, "n_repeats=0 must be a whole number from 1"),
        ({"technique": "earlyest"}, "Did you mean 'earliest'?"),
    ],
)
def test_refusals(fit, options, message):
    with pytest.raises(InputError) as error:
        cross_validate_pls(fit, **options)
    assert message in str(error.value)


def test_prediction_needs_cases_and_scores(fit):
    with pytest.raises(InputError, match="comes from a correlation matrix"):
        cross_validate_pls(fit_pls_correlation(fit.correlation, n=60, model=SINGLE))
    with pytest.raises(InputError, match="fit with consistent=False"):
        cross_validate_pls(fit_pls(fit.data, model=SINGLE, consistent=True))


def test_more_items_than_cases_leave_no_linear_model_and_the_rest_stands():
    few = cross_validate_pls(fit_pls(simulate_sessions().head(9), model=MODEL), n_folds=3)
    assert few.items["rmse_lm"].isna().any()
    assert few.items[["q2_predict", "rmse_pls"]].notna().all(axis=None)


def test_a_fold_without_a_solution_leaves_its_cases_out():
    """One case alone differs in an item: where it is held out the item has no variance."""
    data = simulate_sessions().head(60).assign(a1=3.0)
    data.loc[data.index[7], "a1"] = 4.0
    errors = cross_validate_pls(fit_pls(data, model=MODEL), n_folds=5, n_repeats=2)
    assert errors.items[["q2_predict", "rmse_pls", "rmse_lm"]].notna().all(axis=None)
    assert errors.constructs.drop(columns="construct").notna().all(axis=None)
