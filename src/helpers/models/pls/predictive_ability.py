"""Whether a composite model predicts better than a benchmark or another model: CVPAT."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from helpers.errors import InputError
from helpers.inputs import check_choice
from helpers.models.inference.intervals import check_ci_level
from helpers.models.pls.model import PLSFit
from helpers.models.pls.prediction import plan_prediction, predict_repeats

__all__ = ["compare_benchmarks", "compare_predictions"]

BENCHMARKS = ("average", "linear")
COLUMNS = [
    "construct", "loss", "loss_against", "difference", "se", "t", "pvalue", "ci_lower", "ci_upper",
    "note",
]  # fmt: skip


def compare_predictions(
    fit: PLSFit,
    *,
    against: str | PLSFit = "average",
    n_folds: int = 10,
    n_repeats: int = 10,
    technique: str = "direct",
    ci_level: float = 0.95,
    seed: int = 1,
) -> pd.DataFrame:
    """Test by cross-validation whether a composite model predicts better (CVPAT).

    Parameters
    ----------
    fit : PLSFit
        A fit from data, not consistent PLS and without second-order constructs.
    against : {"average", "linear"} or PLSFit
        The items' means, a linear model of the antecedents' items, or another model of the same
        cases that explains the same items.
    n_folds, n_repeats, technique, seed
        As in `helpers.models.pls.prediction.cross_validate_pls`; the other model has the same
        folds.
    ci_level : float

    Returns
    -------
    DataFrame
        A row for all explained items and one for each explained construct: ``construct loss
        loss_against difference se t pvalue ci_lower ci_upper note``. A loss is the mean squared
        error of the cases held out, each item in its standard deviations; `difference` below zero
        says that the model predicts better. NaN where a comparison does not exist, and `note` says
        why.

    Raises
    ------
    InputError
        As `cross_validate_pls`, and for another model of other cases or items.

    Notes
    -----
    A case's loss is averaged over its items and the repeats; the test is the paired t test of the
    cases' losses, two-sided. Liengaard, B. D., et al. (2021). *Decision Sciences, 52*, 362-392.
    https://doi.org/10.1111/deci.12445; on benchmarks: Sharma, P. N., et al. (2023). *European
    Journal of Marketing, 57*, 1662-1677. https://doi.org/10.1108/EJM-08-2020-0636. Validated:
    losses of seminr's predictions of its survey of mobile phones, 1e-10, with the paired t test of
    scipy (tests/reference/pls).

    Examples
    --------
    >>> from helpers.models.example import ITEMS, PATHS, simulate_sessions
    >>> from helpers.models.pls.model import PLSModel, fit_pls
    >>> fit = fit_pls(simulate_sessions(), model=PLSModel(ITEMS, PATHS))
    >>> compare_predictions(fit).iloc[:, :7].round(3)
      construct   loss  loss_against  difference     se      t  pvalue
    0       all  0.930         1.006      -0.076  0.029 -2.587   0.010
    1  alliance  0.921         1.006      -0.085  0.032 -2.609   0.010
    2   quality  0.958         1.006      -0.048  0.044 -1.093   0.276
    """
    check_ci_level(ci_level)
    options = {"n_folds": n_folds, "n_repeats": n_repeats, "technique": technique, "seed": seed}
    if isinstance(against, str):
        check_choice("against", against, BENCHMARKS)
        loss, loss_against = _losses(fit, of=("model", against), **options)
    else:
        _check_comparable(fit, against)
        (loss,), (loss_against,) = (
            _losses(one, of=("model",), **options) for one in (fit, against)
        )
        loss_against = loss_against[loss.columns]
    owner = {item: name for name in fit.model.endogenous for item in fit.model.constructs[name]}
    chosen = {"all": list(owner)} | {
        name: list(fit.model.constructs[name]) for name in fit.model.endogenous
    }
    rows = [
        (name, *_paired_test(loss[own], loss_against[own], ci_level))
        for name, own in chosen.items()
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def compare_benchmarks(fit: PLSFit, **options: object) -> pd.DataFrame:
    """Test a composite model against both benchmarks.

    Parameters
    ----------
    fit : PLSFit
    options
        As in `compare_predictions`.

    Returns
    -------
    DataFrame
        As `compare_predictions`, and ``against``: "average", then "linear".

    Examples
    --------
    >>> from helpers.models.example import ITEMS, PATHS, simulate_sessions
    >>> from helpers.models.pls.model import PLSModel, fit_pls
    >>> fit = fit_pls(simulate_sessions(), model=PLSModel(ITEMS, PATHS))
    >>> table = compare_benchmarks(fit, n_repeats=2)
    >>> table.loc[table["construct"] == "all", ["against", "difference", "pvalue"]].round(2)
       against  difference  pvalue
    0  average       -0.07    0.01
    3   linear       -0.01    0.13
    """
    tables = [
        compare_predictions(fit, against=name, **options).assign(against=name)
        for name in BENCHMARKS
    ]
    return pd.concat(tables, ignore_index=True)


def _losses(
    fit: PLSFit, *, of: tuple[str, ...], technique: str, **options: int
) -> list[pd.DataFrame]:
    """Squared errors of the items held out, in standard deviations, averaged over the repeats.

    A case that no fold's model predicts in some repeat has none.
    """
    plan = plan_prediction(fit, technique=technique)
    names = [fit.model.items[k] for k in plan.explained]
    sums = {name: np.zeros((fit.n, len(names))) for name in of}
    for held_out in predict_repeats(fit, plan, **options):
        errors = dict(zip(("model", "linear", "average"), held_out.errors, strict=True))
        for name in of:
            squares = np.full((fit.n, len(names)), np.nan)
            squares[held_out.cases] = errors[name] ** 2
            sums[name] += squares
    scale = fit.data[names].var().to_numpy() * options["n_repeats"]
    return [pd.DataFrame(total / scale, columns=names) for total in sums.values()]


def _check_comparable(fit: PLSFit, other: PLSFit) -> None:
    ours, theirs = (
        {item for name in one.model.endogenous for item in one.model.constructs[name]}
        for one in (fit, other)
    )
    if ours != theirs:
        odd = sorted(ours ^ theirs)
        raise InputError(
            f"against: only one of the models explains {', '.join(odd[:5])}; compare models that"
            " explain the same items."
        )
    shared = sorted(ours)
    if other.data is not None and not (
        fit.n == other.n and fit.data[shared].equals(other.data[shared])
    ):
        raise InputError("against: the other model has other cases; fit both to the same.")


def _paired_test(
    loss: pd.DataFrame, loss_against: pd.DataFrame, ci_level: float
) -> tuple[float | str, ...]:
    ours, theirs = loss.mean(axis=1, skipna=False), loss_against.mean(axis=1, skipna=False)
    gap = (ours - theirs).to_numpy()
    known = np.isfinite(gap)
    blank = (np.nan,) * 5
    if not known.all():
        many = f"{(~known).sum()} of {len(gap)} cases have no prediction by one of the two"
        return (ours.mean(), theirs.mean(skipna=False), np.nan, *blank, many)
    mean, se = gap.mean(), gap.std(ddof=1) / np.sqrt(len(gap))
    if se < 1e-12:
        return (ours.mean(), theirs.mean(), mean, *blank, "the two predict alike")
    df = len(gap) - 1
    reach = stats.t.ppf((1 + ci_level) / 2, df) * se
    t = mean / se
    test = (mean, se, t, 2 * stats.t.sf(abs(t), df), mean - reach, mean + reach, "")
    return (ours.mean(), theirs.mean(), *test)
