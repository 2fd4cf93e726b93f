"""Point estimates of composite models by partial least squares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from helpers.errors import InputError, did_you_mean
from helpers.inputs import as_numbers, check_varying
from helpers.models.inference.summary import Readable, Section
from helpers.models.pls.kernel import (
    PLSStructure,
    compile_structure,
    is_regular,
    pls_from_correlation,
    statistic_columns,
)
from helpers.models.pls.specification import MAX_ITER, TOLERANCE, PLSModel, check_options
from helpers.models.pls.stages import (
    StagedModel,
    StagedStructure,
    compile_stages,
    refuse_stages,
    split_product,
    starts_at,
)

__all__ = ["PLSFit", "PLSModel", "fit_pls", "fit_pls_correlation"]


@dataclass(frozen=True, repr=False)
class PLSFit(Readable):
    """Point estimates of a composite model.

    Attributes
    ----------
    model : PLSModel
    n : int
        Cases the estimates rest on.
    n_dropped : int
        Cases left out because an item was missing (``missing="listwise"``).
    paths : DataFrame
        ``lhs op rhs est``: standardized path coefficients, `lhs` regressed on `rhs`.
    r_squared, r_squared_adj : Series
        Variance accounted for, plain and adjusted, by explained construct.
    weights : DataFrame
        ``lhs op rhs est``: outer weights, scaled so that the construct's score has variance 1.
    loadings : DataFrame
        ``lhs op rhs est``: correlation of item and score; with ``consistent=True`` the
        disattenuated loading.
    correlation : DataFrame, items by items
        The correlation matrix everything else follows from.
    construct_correlation : DataFrame, constructs by constructs
        Correlations of the scores (never disattenuated).
    scores : DataFrame or None
        Standardized construct scores, one row per case; None in a fit from a correlation matrix.
    iterations : int
    weighting, mode, consistent, missing, tolerance, max_iter
        The options of the fit; `mode` by construct.
    data : DataFrame or None
        The cases the fit used; None in a fit from a correlation matrix.
    statistics : Series
        All that follows from the correlations, indexed by ``quantity, lhs, rhs, label`` as
        `helpers.models.pls.kernel.statistic_columns` names it.
    first_stage : PLSFit or None
        Of a `StagedModel` the fit that its scores come from, with what was measured of
        dimensions; all else is of the last stage, in which dimensions and products are items.
    product_sd : mapping of str to float
        Standard deviation of each product of two standardized scores. Its path is of that product
        as it is: how far a slope moves with a standard deviation of the moderator.
    """

    model: PLSModel
    n: int
    n_dropped: int
    paths: pd.DataFrame
    r_squared: pd.Series
    r_squared_adj: pd.Series
    weights: pd.DataFrame
    loadings: pd.DataFrame
    correlation: pd.DataFrame
    construct_correlation: pd.DataFrame
    scores: pd.DataFrame | None = field(repr=False)
    iterations: int
    weighting: str
    mode: Mapping[str, str]
    consistent: bool
    missing: str
    tolerance: float
    max_iter: int
    data: pd.DataFrame | None = field(repr=False)
    statistics: pd.Series = field(repr=False)
    first_stage: PLSFit | None = field(default=None, repr=False)
    product_sd: Mapping[str, float] = field(default_factory=dict)

    @property
    def parameters(self) -> pd.DataFrame:
        """The paths; standard errors come from `bootstrap_pls`."""
        return self.paths

    def _head(self) -> str:
        modes = ", ".join(sorted(set(self.mode.values())))
        kind = "Consistent composite model" if self.consistent else "Composite model"
        return (
            f"{kind} of {self.n} cases; {self.weighting} weighting, mode {modes}; for standard "
            "errors: bootstrap_pls"
        )

    def _sections(self) -> list[Section]:
        return [
            ("paths", self.paths),
            ("R squared", pd.concat([self.r_squared, self.r_squared_adj], axis=1).reset_index()),
            ("loadings", self.loadings),
            ("weights", self.weights),
            ("correlations of the scores", self.construct_correlation.reset_index(names="")),
            *([("loadings, first stage", self.first_stage.loadings)] if self.first_stage else []),
        ]


def fit_pls(
    data: pd.DataFrame,
    *,
    model: PLSModel | StagedModel,
    weighting: str = "path",
    mode: str | Mapping[str, str] = "A",
    consistent: bool = False,
    missing: str = "error",
    tolerance: float = TOLERANCE,
    max_iter: int = MAX_ITER,
) -> PLSFit:
    """Estimate a composite model by partial least squares path modeling.

    Parameters
    ----------
    data : DataFrame
        One row a case; the model's items as numeric columns, other columns are ignored. Scales
        are free, since every item is standardized.
    model : PLSModel or StagedModel
        A `StagedModel` has second-order constructs or interactions.
    weighting : {"path", "factor"}
        Inner weighting scheme. "path": regression weights for a construct's antecedents,
        correlations for its consequents; "factor": correlations for both.
    mode : {"A", "B", "unit"} or mapping of construct to one of them
        Outer weights: "A" correlation weights, "B" regression weights, "unit" equal weights. A
        mapping may leave constructs out; these are "A".
    consistent : bool
        Disattenuate the constructs of mode A by rho_A (PLSc), which treats them as common factors.
        Not of a `StagedModel`: second-order constructs need a third stage (van Riel, A. C. R., et
        al., 2017, *Industrial Management & Data Systems, 117*, 459-477,
        https://doi.org/10.1108/IMDS-07-2016-0286), and products other moments than correlations.
    missing : {"error", "listwise", "mean"}
        Missing items are refused; or cases with one are left out and counted; or missing cells are
        replaced by the item's mean (seminr's own default).
    tolerance : float
        Iteration ends when the sum of absolute changes of all outer weights falls below it.
    max_iter : int

    Returns
    -------
    PLSFit

    Raises
    ------
    InputError
        For unknown columns or options, items that are no numbers or do not vary, missing values
        when they are refused, too few cases, or no convergence.

    Notes
    -----
    The estimates follow from the correlations of the items (`helpers.models.pls.kernel.solve_pls`).
    Validated: tests/reference/pls, seminr 0.2.1, 1e-9 on its two data sets. Weights start at one,
    so a construct's orientation is that of the sum of its items. Lohmoeller, J.-B. (1989). *Latent
    variable path modeling with partial least squares*. https://doi.org/10.1007/978-3-642-52512-4;
    consistent PLS: Dijkstra, T. K., & Henseler, J. (2015). *MIS Quarterly, 39*, 297-316.
    https://doi.org/10.25300/MISQ/2015/39.2.02

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> rng = np.random.default_rng(1)
    >>> f = rng.standard_normal(200)
    >>> data = pd.DataFrame({c: f + rng.standard_normal(200) for c in ("a1", "a2", "o1", "o2")})
    >>> model = PLSModel({"alliance": ["a1", "a2"], "outcome": ["o1", "o2"]},
    ...                  [("alliance", "outcome")])
    >>> fit_pls(data, model=model).paths.round(3)
           lhs op       rhs    est
    0  outcome  ~  alliance  0.662
    """
    check_options(weighting, missing, tolerance, max_iter)
    structure = compile_stages(
        model,
        weighting=weighting,
        mode=mode,
        consistent=consistent,
        tolerance=tolerance,
        max_iter=max_iter,
    )
    items, kept = prepare_items(data, model, missing)
    n_dropped = int((~kept).sum())
    if isinstance(model, PLSModel):
        return _fit_cases(items, structure.last, missing, n_dropped)
    return _fit_stages(items, structure, missing, n_dropped)


def _fit_cases(
    items: pd.DataFrame, structure: PLSStructure, missing: str, n_dropped: int
) -> PLSFit:
    R = np.atleast_2d(np.corrcoef(fill_with_means(items), rowvar=False))
    return _fit(R, len(items), structure, missing, n_dropped, items)


def _fit_stages(
    items: pd.DataFrame, structure: StagedStructure, missing: str, n_dropped: int
) -> PLSFit:
    """Fit stage after stage; the scores of each, and their products, are items of the next."""
    known = pd.DataFrame(fill_with_means(items), columns=items.columns)
    first = None
    for stage in structure.stages:
        fit = _fit_cases(known[list(stage.model.items)], stage, missing, n_dropped)
        first = first or fit
        if stage is structure.last:
            break
        made = fit.scores[[name for name in structure.dimensions if name in fit.scores]]
        if structure.stages[-2:] == (stage, structure.last):
            parts = {name: split_product(name) for name in structure.products}
            made = made.assign(
                **{name: fit.scores[one] * fit.scores[two] for name, (one, two) in parts.items()}
            )
        known = pd.concat([known.drop(columns=made.columns, errors="ignore"), made], axis=1)
    sd = {name: float(known[name].std()) for name in structure.products}
    statistics = fit.statistics.copy()
    for name in structure.products:
        statistics[starts_at(statistic_columns(fit.model), name)] /= sd[name]
    return replace(
        fit,
        paths=_table(statistics, "path", "~"),
        statistics=statistics,
        first_stage=first,
        product_sd=sd,
    )


def fit_pls_correlation(
    correlation: pd.DataFrame,
    *,
    n: int,
    model: PLSModel,
    weighting: str = "path",
    mode: str | Mapping[str, str] = "A",
    consistent: bool = False,
    tolerance: float = TOLERANCE,
    max_iter: int = MAX_ITER,
) -> PLSFit:
    """Estimate a composite model from a correlation matrix and the number of cases.

    Parameters
    ----------
    correlation : DataFrame, items by items
        Correlation matrix labeled by item; rows and columns of other items are ignored. A
        published matrix of construct correlations serves a model of one-item constructs.
    n : int
        Number of cases; enters the adjusted R squared only, but must exceed the number of items.
    model, weighting, mode, consistent, tolerance, max_iter
        As in `fit_pls`.

    Returns
    -------
    PLSFit
        With `scores` and `data` None.

    Raises
    ------
    InputError
        When the matrix is no correlation matrix: unlabeled, asymmetric, a diagonal other than 1,
        or a negative eigenvalue.

    Examples
    --------
    >>> import pandas as pd
    >>> R = pd.DataFrame([[1, .6], [.6, 1]], ["a", "o"], ["a", "o"])
    >>> model = PLSModel({"alliance": ["a"], "outcome": ["o"]}, [("alliance", "outcome")])
    >>> fit_pls_correlation(R, n=100, model=model).r_squared.round(3)
    construct
    outcome    0.36
    Name: r_squared, dtype: float64
    """
    refuse_stages(model, "the fit of a correlation matrix")
    structure = compile_structure(
        model,
        weighting=weighting,
        mode=mode,
        consistent=consistent,
        tolerance=tolerance,
        max_iter=max_iter,
    )
    R = _check_correlation(correlation, model)
    if not isinstance(n, int | np.integer) or n <= len(R):
        raise InputError(f"n={n!r} must be a whole number above the number of items, {len(R)}.")
    return _fit(R, int(n), structure, "error")


def prepare_items(
    data: pd.DataFrame, model: PLSModel | StagedModel, missing: str
) -> tuple[pd.DataFrame, np.ndarray]:
    """Return the model's items as floats, and which cases of the data they are of."""
    if not isinstance(data, pd.DataFrame):
        raise InputError(f"data is a {type(data).__name__}; give a pandas DataFrame.")
    absent = [item for item in model.items if item not in data.columns]
    if absent:
        raise InputError(
            f"data lacks the item {absent[0]!r}"
            + (f" and {len(absent) - 1} more" if len(absent) > 1 else "")
            + f".{did_you_mean(absent[0], data.columns)}"
        )
    repeated = data.columns[data.columns.duplicated()].intersection(model.items)
    if len(repeated):
        raise InputError(f"data has several columns named {repeated[0]!r}; keep one.")
    items = pd.DataFrame(
        {item: as_numbers(data[item], f"item {item!r}", gaps=True) for item in model.items},
        index=data.index,
    )
    gaps = items.isna()
    kept = np.ones(len(items), dtype=bool)
    if gaps.to_numpy().any():
        rows = gaps.any(axis=1)
        if missing == "error":
            raise InputError(
                f"data: {int(rows.sum())} of {len(items)} cases lack an answer, and "
                "missing='error'; use 'listwise' or 'mean', or complete the data."
            )
        if missing == "listwise":
            kept = ~rows.to_numpy()
            items = items[kept]
    smallest = max(len(model.antecedents(name)) for name in model.endogenous) + 2
    if len(items) < smallest:
        raise InputError(f"data: {len(items)} complete cases; the model needs at least {smallest}.")
    check_varying(items.to_numpy(), [f"item {item!r}" for item in model.items])
    return items.reset_index(drop=True), kept


def _check_correlation(correlation: pd.DataFrame, model: PLSModel) -> np.ndarray:
    names = list(model.items)
    if not isinstance(correlation, pd.DataFrame):
        raise InputError("correlation must be a DataFrame labeled by item on both axes.")
    for item in names:
        if item not in correlation.index or item not in correlation.columns:
            raise InputError(
                f"correlation lacks a row or column for {item!r}."
                f"{did_you_mean(item, correlation.columns)}"
            )
    R = correlation.loc[names, names].to_numpy(dtype=float)
    if not np.isfinite(R).all():
        raise InputError("correlation holds missing values; fill both triangles.")
    if np.abs(R - R.T).max() > 1e-12:
        raise InputError("correlation is not symmetric; fill both triangles with the same values.")
    if np.abs(np.diag(R) - 1).max() > 1e-12:
        raise InputError("correlation needs ones on its diagonal.")
    smallest = np.linalg.eigvalsh(R)[0]
    if smallest < -1e-10:
        raise InputError(
            f"correlation has the negative eigenvalue {smallest:.4f}: no data can have these "
            "correlations."
        )
    return R


def refuse_improper(rho_a: pd.Series, r_squared: pd.Series) -> None:
    """Refuse consistent PLS where a reliability or an R2 lies beyond 1: nothing has such a value.

    Examples
    --------
    >>> refuse_improper(pd.Series([0.8, 1.0]), pd.Series([0.4]))
    >>> refuse_improper(pd.Series([0.8, 1.3]), pd.Series([0.4]))
    Traceback (most recent call last):
        ...
    helpers.errors.InputError: Consistent PLS has no proper solution here: rho_A is 1.300, above 1.
    """
    for name, values in (("rho_A", rho_a), ("an R2", r_squared)):
        if values.max() > 1 + 1e-9:
            raise InputError(
                f"Consistent PLS has no proper solution here: {name} is {values.max():.3f}, above"
                " 1."
            )


def _fit(
    R: np.ndarray,
    n: int,
    structure: PLSStructure,
    missing: str,
    n_dropped: int = 0,
    items: pd.DataFrame | None = None,
) -> PLSFit:
    model = structure.model
    statistics, solution = pls_from_correlation(R, structure=structure)
    failure = int(solution.failure[0])
    if failure == 2:
        raise InputError(
            f"The outer weights did not settle in max_iter={structure.max_iter} iterations "
            f"(tolerance={structure.tolerance:.0e}); raise max_iter, or look for a construct that "
            "is unrelated to its neighbors."
        )
    if structure.consistent and not failure and (statistics["rho_a"] < 0).any():
        raise InputError(
            "The model cannot be estimated from these data: a construct's rho_A is below zero, so "
            "consistent=True has nothing to divide by."
        )
    if structure.consistent and not failure:
        refuse_improper(statistics["rho_a"], statistics["r_squared"])
    for k, name in enumerate(model.names):
        own = np.flatnonzero(structure.owner == k)
        if structure.mode[k] == "B" and not is_regular(R[None, own[:, None], own])[0]:
            raise InputError(
                f"mode B regresses on the items of {name!r}, and at least one of them follows from"
                f" the others ({len(own)} items, {n} cases); use fewer of them, or mode A."
            )
    if failure or not np.isfinite(statistics["path"]).all():
        raise InputError(
            "The model cannot be estimated from these data: its correlations are singular; look "
            "for an item that follows from others."
        )
    names = list(model.names)
    weights = _table(statistics, "weight", "<~")
    r_squared = _table(statistics, "r_squared", "r2")
    antecedents = r_squared["lhs"].map(lambda name: len(model.antecedents(name)))
    unexplained = 1 - r_squared["est"]
    return PLSFit(
        model=model,
        n=n,
        n_dropped=n_dropped,
        paths=_table(statistics, "path", "~"),
        r_squared=by_construct(r_squared["lhs"], r_squared["est"]),
        r_squared_adj=by_construct(
            r_squared["lhs"], 1 - unexplained * (n - 1) / (n - antecedents - 1)
        ).rename("r_squared_adj"),
        weights=weights,
        loadings=_table(statistics, "loading", "=~"),
        correlation=pd.DataFrame(R, index=model.items, columns=model.items),
        construct_correlation=pd.DataFrame(
            solution.construct_correlation[0], index=names, columns=names
        ),
        scores=None if items is None else _score(items, weights["est"].to_numpy(), structure),
        iterations=int(solution.iterations[0]),
        weighting=structure.weighting,
        mode=dict(zip(names, structure.mode, strict=True)),
        consistent=structure.consistent,
        missing=missing,
        tolerance=structure.tolerance,
        max_iter=structure.max_iter,
        data=items,
        statistics=statistics,
    )


def _table(statistics: pd.Series, quantity: str, op: str) -> pd.DataFrame:
    table = statistics[quantity].reset_index()
    return table.assign(op=op)[["lhs", "op", "rhs", "est"]]


def fill_with_means(items: pd.DataFrame) -> np.ndarray:
    """The items' values, a missing one replaced by its item's mean."""
    values = items.to_numpy()
    # In one order, because the last digit of a correlation depends on it.
    return np.where(np.isnan(values), items.mean().to_numpy(), values).copy(order="C")


def _score(items: pd.DataFrame, weights: np.ndarray, structure: PLSStructure) -> pd.DataFrame:
    filled = fill_with_means(items)
    standardized = (filled - filled.mean(axis=0)) / filled.std(axis=0, ddof=1)
    scores = np.add.reduceat(standardized * weights, structure.starts[:-1], axis=1)
    return pd.DataFrame(scores, columns=list(structure.model.names))


def refuse_staged_fit(fit: PLSFit, what: str) -> None:
    """Raise InputError for the fit of a model in stages, of which `fit.model` is the last alone."""
    if fit.first_stage is not None:
        raise InputError(
            f"fit has second-order constructs or products, for which {what} is not defined here;"
            " fit a model without them."
        )


def by_construct(names: Sequence[str], values: Sequence[float]) -> pd.Series:
    """R squared by explained construct, as every fit gives it."""
    index = pd.Index(names, name="construct")
    return pd.Series(np.asarray(values, dtype=float), index=index, name="r_squared")
