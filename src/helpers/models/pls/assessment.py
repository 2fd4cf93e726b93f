"""Assessment of a composite model: reliability, validity, collinearity, effect sizes and fit."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from helpers.models.pls.kernel import compile_structure, imply_structure, pls_from_correlation
from helpers.models.pls.model import PLSFit
from helpers.models.pls.specification import PLSModel

__all__ = [
    "compare_fornell_larcker",
    "cross_loadings",
    "f_squared",
    "fornell_larcker",
    "implied_correlation",
    "implied_structure",
    "item_vif",
    "model_quality",
    "reliability",
    "srmr",
    "structural_vif",
]


def reliability(fit: PLSFit) -> pd.DataFrame:
    """Internal consistency and convergent validity of each construct.

    Parameters
    ----------
    fit : PLSFit

    Returns
    -------
    DataFrame
        ``construct alpha rho_a rho_c ave``: standardized Cronbach's alpha (from correlations, so
        it differs from alpha of raw scores where item variances differ); Dijkstra-Henseler rho_A;
        composite reliability; average variance extracted. Of one item none can be estimated: NaN;
        mode B has rho_A 1, by convention. A rho_A beyond 0 to 1, as of two items that hardly
        correlate, is no reliability: NaN.

    Notes
    -----
    alpha = k / (k - 1) (1 - k / sum R); rho_A = (w'w)^2 w'(S - diag S)w / w'(ww' - diag ww')w;
    rho_C = (sum l)^2 / ((sum l)^2 + sum (1 - l^2)); AVE = mean l^2. rho_A, rho_C and AVE presume
    loadings of one sign. Validated: tests/reference/pls, R psych 2.2.9 (alpha) and closed forms.
    Dijkstra & Henseler (2015), https://doi.org/10.25300/MISQ/2015/39.2.02

    Examples
    --------
    >>> from helpers.models.example import ITEMS, PATHS, simulate_sessions
    >>> from helpers.models.pls.model import PLSModel, fit_pls
    >>> fit = fit_pls(simulate_sessions(), model=PLSModel(ITEMS, PATHS))
    >>> reliability(fit).round(3)
      construct  alpha  rho_a  rho_c    ave
    0  distress  0.803  0.813  0.884  0.717
    1  alliance  0.802  0.804  0.884  0.717
    2   quality    NaN    NaN    NaN    NaN
    """
    columns = ["alpha", "rho_a", "rho_c", "ave"]
    several = np.array([len(own) > 1 for own in fit.model.constructs.values()])
    table = pd.DataFrame(
        {"construct": fit.model.names}
        | {column: np.where(several, fit.statistics[column], np.nan) for column in columns}
    )
    return table.assign(rho_a=table["rho_a"].where(is_share(table["rho_a"].to_numpy())))


def is_share(values: np.ndarray) -> np.ndarray:
    """Whether values lie from 0 to 1, as a reliability does.

    Examples
    --------
    >>> is_share(np.array([-0.2, 0.8, 1.0, 6.0]))
    array([False,  True,  True, False])
    """
    return (values >= 0) & (values <= 1 + 1e-9)


def cross_loadings(fit: PLSFit) -> pd.DataFrame:
    """Correlate every item with every construct score.

    Returns
    -------
    DataFrame
        ``item construct`` and one column a construct; an item should correlate most with its own.

    Examples
    --------
    >>> from helpers.models.example import ITEMS, PATHS, simulate_sessions
    >>> from helpers.models.pls.model import PLSModel, fit_pls
    >>> fit = fit_pls(simulate_sessions(), model=PLSModel(ITEMS, PATHS))
    >>> cross_loadings(fit).round(3)
      item construct  distress  alliance  quality
    0   d1  distress     0.804    -0.252   -0.132
    1   d2  distress     0.877    -0.320   -0.135
    2   d3  distress     0.857    -0.331   -0.102
    3   a1  alliance    -0.313     0.836    0.181
    4   a2  alliance    -0.314     0.865    0.241
    5   a3  alliance    -0.284     0.839    0.262
    6   q1   quality    -0.144     0.270    1.000
    """
    weights = fit.weights["est"].to_numpy()
    owner = fit.weights["lhs"].to_numpy()
    table = pd.DataFrame({"item": fit.model.items, "construct": owner})
    for name in fit.model.names:
        table[name] = fit.correlation.to_numpy() @ np.where(owner == name, weights, 0.0)
    return table


def fornell_larcker(fit: PLSFit) -> pd.DataFrame:
    """Root of the AVE on the diagonal, correlations of the construct scores below it.

    Returns
    -------
    DataFrame, constructs by constructs
        NaN above the diagonal.

    Notes
    -----
    Fornell, C., & Larcker, D. F. (1981). *Journal of Marketing Research, 18*, 39-50.
    https://doi.org/10.2307/3151312

    Examples
    --------
    >>> from helpers.models.example import ITEMS, PATHS, simulate_sessions
    >>> from helpers.models.pls.model import PLSModel, fit_pls
    >>> fit = fit_pls(simulate_sessions(), model=PLSModel(ITEMS, PATHS))
    >>> fornell_larcker(fit).round(3)
              distress  alliance  quality
    distress     0.847       NaN      NaN
    alliance    -0.359     0.847      NaN
    quality     -0.144     0.270      1.0
    """
    matrix = fit.construct_correlation.to_numpy().copy()
    matrix[np.triu_indices(len(matrix), 1)] = np.nan
    np.fill_diagonal(matrix, np.sqrt(fit.statistics["ave"]))
    return pd.DataFrame(matrix, index=fit.model.names, columns=fit.model.names)


def compare_fornell_larcker(fit: PLSFit) -> pd.DataFrame:
    """Compare each construct's root AVE with its largest correlation, whole row and column.

    Returns
    -------
    DataFrame
        ``construct root_ave largest_correlation with_construct distinct``.

    Examples
    --------
    >>> from helpers.models.example import ITEMS, PATHS, simulate_sessions
    >>> from helpers.models.pls.model import PLSModel, fit_pls
    >>> fit = fit_pls(simulate_sessions(), model=PLSModel(ITEMS, PATHS))
    >>> compare_fornell_larcker(fit).round(3)
      construct  root_ave  largest_correlation with_construct  distinct
    0  distress     0.847                0.359       alliance      True
    1  alliance     0.847                0.359       distress      True
    2   quality     1.000                0.270       alliance      True
    """
    matrix = fit.construct_correlation.abs().to_numpy().copy()
    np.fill_diagonal(matrix, -np.inf)
    largest = matrix.max(axis=1)
    root = np.sqrt(fit.statistics["ave"].to_numpy())
    return pd.DataFrame(
        {
            "construct": fit.model.names,
            "root_ave": root,
            "largest_correlation": largest,
            "with_construct": [fit.model.names[j] for j in matrix.argmax(axis=1)],
            "distinct": root > largest,
        }
    )


def item_vif(fit: PLSFit) -> pd.DataFrame:
    """Variance inflation of each item given its construct's other items: ``construct item vif``.

    Examples
    --------
    >>> from helpers.models.example import ITEMS, PATHS, simulate_sessions
    >>> from helpers.models.pls.model import PLSModel, fit_pls
    >>> fit = fit_pls(simulate_sessions(), model=PLSModel(ITEMS, PATHS))
    >>> item_vif(fit).round(3)
      construct item    vif
    0  distress   d1  1.614
    1  distress   d2  1.905
    2  distress   d3  1.748
    3  alliance   a1  1.722
    4  alliance   a2  1.821
    5  alliance   a3  1.658
    6   quality   q1  1.000
    """
    rows = [
        (name, item, vif)
        for name, items in fit.model.constructs.items()
        for item, vif in zip(items, _inflation(fit.correlation, items), strict=True)
    ]
    return pd.DataFrame(rows, columns=["construct", "item", "vif"])


def _inflation(correlation: pd.DataFrame, names: Sequence[str]) -> np.ndarray:
    """Variance inflation of each variable given the others: the diagonal of the inverse.

    Infinite where the others give the variable exactly.
    """
    R = correlation.loc[list(names), list(names)].to_numpy()
    values, vectors = np.linalg.eigh(R)
    singular = values < len(names) * np.finfo(float).eps * values.max()
    if not singular.any():
        return np.diag(np.linalg.inv(R))
    involved = (vectors[:, singular] ** 2).sum(axis=1) > np.sqrt(np.finfo(float).eps)
    return np.where(involved, np.inf, np.diag(np.linalg.pinv(R, hermitian=True)))


def structural_vif(fit: PLSFit) -> pd.DataFrame:
    """Variance inflation of each antecedent of a construct: ``lhs op rhs vif``; alone it has 1.

    Examples
    --------
    >>> from helpers.models.example import ITEMS, PATHS, simulate_sessions
    >>> from helpers.models.pls.model import PLSModel, fit_pls
    >>> fit = fit_pls(simulate_sessions(), model=PLSModel(ITEMS, PATHS))
    >>> structural_vif(fit).round(3)
            lhs op       rhs    vif
    0  alliance  ~  distress  1.000
    1   quality  ~  distress  1.148
    2   quality  ~  alliance  1.148
    """
    inflation = {
        (end, start): vif
        for end in fit.model.endogenous
        for start, vif in zip(
            fit.model.antecedents(end),
            _inflation(fit.construct_correlation, fit.model.antecedents(end)),
            strict=True,
        )
    }
    return pd.DataFrame(
        [(end, "~", start, inflation[end, start]) for start, end in fit.model.paths],
        columns=["lhs", "op", "rhs", "vif"],
    )


def f_squared(fit: PLSFit) -> pd.DataFrame:
    """Effect size of each path: what R squared loses without it, by what is unexplained.

    Returns
    -------
    DataFrame
        ``lhs op rhs f2 f2_refit``: with the construct scores held as they are, and with the model
        estimated anew without the path, where the other weights adapt (of a model in stages, the
        last).

    Notes
    -----
    f2 = (R2 - R2 without) / (1 - R2). Cohen, J. (1988). *Statistical power analysis for the
    behavioral sciences* (2nd ed.), p. 410.

    Examples
    --------
    >>> from helpers.models.example import ITEMS, PATHS, simulate_sessions
    >>> from helpers.models.pls.model import PLSModel, fit_pls
    >>> fit = fit_pls(simulate_sessions(), model=PLSModel(ITEMS, PATHS))
    >>> f_squared(fit).round(3)
            lhs op       rhs     f2  f2_refit
    0  alliance  ~  distress  0.148     0.148
    1   quality  ~  distress  0.003     0.003
    2   quality  ~  alliance  0.059     0.059
    """
    R = _structural_correlation(fit)
    rows = []
    for start, end in fit.model.paths:
        antecedents = list(fit.model.antecedents(end))
        full = _explained(R, antecedents, end)
        without = _explained(R, [name for name in antecedents if name != start], end)
        refit = _explained_without(fit, start, end)
        rows.append((end, "~", start, (full - without) / (1 - full), (full - refit) / (1 - full)))
    return pd.DataFrame(rows, columns=["lhs", "op", "rhs", "f2", "f2_refit"])


def _explained_without(fit: PLSFit, start: str, end: str) -> float:
    """R squared of `end` in the model estimated anew without one of its paths."""
    paths = [path for path in fit.model.paths if path != (start, end)]
    if end not in {to for _, to in paths}:
        return 0.0
    touched = {name for path in paths for name in path}
    constructs = {name: own for name, own in fit.model.constructs.items() if name in touched}
    model = PLSModel(constructs, paths)
    structure = compile_structure(
        model,
        weighting=fit.weighting,
        mode={name: fit.mode[name] for name in constructs},
        consistent=fit.consistent,
        tolerance=fit.tolerance,
        max_iter=fit.max_iter,
    )
    R = fit.correlation.loc[list(model.items), list(model.items)].to_numpy()
    statistics, _ = pls_from_correlation(R, structure=structure)
    return float(statistics["r_squared"].droplevel(["rhs", "label"])[end])


def _explained(R: pd.DataFrame, antecedents: list[str], end: str) -> float:
    if not antecedents:
        return 0.0
    r = R.loc[antecedents, end].to_numpy()
    return float(r @ np.linalg.solve(R.loc[antecedents, antecedents].to_numpy(), r))


def _structural_correlation(fit: PLSFit) -> pd.DataFrame:
    """Construct correlations the paths rest on: of the scores, disattenuated in consistent PLS."""
    if not fit.consistent:
        return fit.construct_correlation
    root = np.sqrt(fit.statistics["rho_a"].to_numpy())
    matrix = fit.construct_correlation.to_numpy() / np.outer(root, root)
    np.fill_diagonal(matrix, 1.0)
    return pd.DataFrame(matrix, index=fit.model.names, columns=fit.model.names)


def implied_correlation(
    fit: PLSFit, *, structure: str = "estimated", within: str = "composite"
) -> pd.DataFrame:
    """Item correlations the model implies.

    Parameters
    ----------
    fit : PLSFit
    structure : {"estimated", "saturated"}
        Construct correlations the paths imply (antecedents that are not explained correlate as
        observed, residuals not at all), or the observed ones.
    within : {"composite", "factor"}
        Inside a construct the observed correlations, as a composite leaves them free, or products
        of loadings, as a common factor implies.

    Returns
    -------
    DataFrame, items by items

    Examples
    --------
    >>> from helpers.models.example import ITEMS, PATHS, simulate_sessions
    >>> from helpers.models.pls.model import PLSModel, fit_pls
    >>> fit = fit_pls(simulate_sessions(), model=PLSModel(ITEMS, PATHS))
    >>> implied_correlation(fit).iloc[:3, :4].round(3)
           d1     d2     d3     a1
    d1  1.000  0.579  0.526 -0.241
    d2  0.579  1.000  0.622 -0.263
    d3  0.526  0.622  1.000 -0.257
    """
    R = _structural_correlation(fit)
    if structure == "estimated":
        R = implied_structure(fit)
    owner = [name for name, items in fit.model.constructs.items() for _ in items]
    loadings = fit.loadings["est"].to_numpy()
    implied = np.outer(loadings, loadings) * R.loc[owner, owner].to_numpy()
    if within == "composite":
        same = np.equal.outer(np.array(owner), np.array(owner))
        implied = np.where(same, fit.correlation.to_numpy(), implied)
    np.fill_diagonal(implied, 1.0)
    return pd.DataFrame(implied, index=fit.model.items, columns=fit.model.items)


def implied_structure(fit: PLSFit) -> pd.DataFrame:
    """Construct correlations the paths imply.

    Parameters
    ----------
    fit : PLSFit

    Returns
    -------
    DataFrame, constructs by constructs
        Constructs without antecedents correlate as observed (in consistent PLS disattenuated),
        residuals not at all.

    Examples
    --------
    >>> from helpers.models.example import ITEMS, PATHS, simulate_sessions
    >>> from helpers.models.pls.model import PLSModel, fit_pls
    >>> fit = fit_pls(simulate_sessions(), model=PLSModel(ITEMS, PATHS))
    >>> implied_structure(fit).round(3)
              distress  alliance  quality
    distress     1.000    -0.359   -0.144
    alliance    -0.359     1.000    0.270
    quality     -0.144     0.270    1.000
    """
    names = list(fit.model.names)
    B = pd.DataFrame(0.0, index=names, columns=names)
    for row in fit.paths.itertuples():
        B.loc[row.rhs, row.lhs] = row.est * fit.product_sd.get(row.rhs, 1.0)
    observed = _structural_correlation(fit).to_numpy()[None]
    implied = imply_structure(observed, B.to_numpy()[None], compile_structure(fit.model))
    return pd.DataFrame(implied[0], index=names, columns=names)


def srmr(fit: PLSFit) -> pd.DataFrame:
    """Standardized root mean square residual of the item correlations.

    Returns
    -------
    DataFrame
        ``structure within srmr``, for the four implied matrices of `implied_correlation`. For
        composites read ``composite``; ``factor`` is what programs print that hold the items of a
        construct to be explained by it.

    Notes
    -----
    Root of the mean squared difference over the p (p + 1) / 2 cells of the lower triangle with the
    diagonal. Henseler, J., et al. (2014). Common beliefs and reality about PLS. *Organizational
    Research Methods, 17*, 182-209. https://doi.org/10.1177/1094428114526928

    Examples
    --------
    >>> from helpers.models.example import ITEMS, PATHS, simulate_sessions
    >>> from helpers.models.pls.model import PLSModel, fit_pls
    >>> fit = fit_pls(simulate_sessions(), model=PLSModel(ITEMS, PATHS))
    >>> srmr(fit).round(3)
       structure     within   srmr
    0  saturated  composite  0.023
    1  saturated     factor  0.069
    2  estimated  composite  0.023
    3  estimated     factor  0.069
    """
    observed = fit.correlation.to_numpy()
    cells = np.tril_indices(len(observed))
    rows = []
    for structure in ("saturated", "estimated"):
        for within in ("composite", "factor"):
            implied = implied_correlation(fit, structure=structure, within=within).to_numpy()
            residual = (observed - implied)[cells]
            rows.append((structure, within, float(np.sqrt(np.mean(residual**2)))))
    return pd.DataFrame(rows, columns=["structure", "within", "srmr"])


def model_quality(fit: PLSFit) -> pd.DataFrame:
    """Indices of the whole model.

    Returns
    -------
    DataFrame
        ``measure value definition``. Measures: ``mean_ave``, ``mean_communality``,
        ``mean_r_squared``, ``gof``, ``gof_communality``, and ``srmr_<structure>_<within>``.

    Notes
    -----
    GoF does not test a model and cannot tell a wrong one from a right one (Henseler, J., &
    Sarstedt, M., 2013, *Computational Statistics, 28*, 565-580,
    https://doi.org/10.1007/s00180-012-0317-1); it is here because it is printed. Constructs of one
    item are left out of its first factor.

    Examples
    --------
    >>> from helpers.models.example import ITEMS, PATHS, simulate_sessions
    >>> from helpers.models.pls.model import PLSModel, fit_pls
    >>> fit = fit_pls(simulate_sessions(), model=PLSModel(ITEMS, PATHS))
    >>> model_quality(fit).round(3)
                        measure  ...                                        definition
    0                  mean_ave  ...  mean of the AVE over constructs of several items
    1          mean_communality  ...      mean squared loading over the items of those
    2            mean_r_squared  ...          mean R squared over explained constructs
    3                       gof  ...             root of mean AVE times mean R squared
    4           gof_communality  ...     root of mean communality times mean R squared
    5  srmr_saturated_composite  ...       SRMR, saturated structure, composite blocks
    6     srmr_saturated_factor  ...          SRMR, saturated structure, factor blocks
    7  srmr_estimated_composite  ...       SRMR, estimated structure, composite blocks
    8     srmr_estimated_factor  ...          SRMR, estimated structure, factor blocks
    <BLANKLINE>
    [9 rows x 3 columns]
    """
    several = {name: len(items) for name, items in fit.model.constructs.items() if len(items) > 1}
    ave = pd.Series(fit.statistics["ave"].to_numpy(), index=fit.model.names)
    sizes = pd.Series(several, dtype=float)
    mean_ave = ave[sizes.index].mean() if several else np.nan
    communality = (ave[sizes.index] * sizes).sum() / sizes.sum() if several else np.nan
    mean_r2 = fit.r_squared.mean()
    rows = [
        ("mean_ave", mean_ave, "mean of the AVE over constructs of several items"),
        ("mean_communality", communality, "mean squared loading over the items of those"),
        ("mean_r_squared", mean_r2, "mean R squared over explained constructs"),
        ("gof", np.sqrt(mean_ave * mean_r2), "root of mean AVE times mean R squared"),
        (
            "gof_communality",
            np.sqrt(communality * mean_r2),
            "root of mean communality times mean R squared",
        ),
    ]
    rows += [
        (
            f"srmr_{row.structure}_{row.within}",
            row.srmr,
            f"SRMR, {row.structure} structure, {row.within} blocks",
        )
        for row in srmr(fit).itertuples()
    ]
    return pd.DataFrame(rows, columns=["measure", "value", "definition"])
