"""Correlations of resampled cases, and the algorithm on them with constructs that point one way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from helpers.models.inference.resampling import Record
from helpers.models.pls.kernel import CACHED, PLSSolution, PLSStructure, solve_pls

__all__ = ["correlate_counts", "correlate_products", "in_stacks", "own_loadings", "solve_aligned"]

STACK = 50
"""Samples whose matrices of items are held at once."""

ROWS, TOGETHER = 2048, 50
"""Cases whose products are held at once; draws multiplied at once."""


def in_stacks(analyze: Callable[[np.ndarray], Record], draws: np.ndarray) -> Record:
    """Analyze draws, a row each, `STACK` at a time, and put the records together.

    Examples
    --------
    >>> found = in_stacks(lambda rows: {"sums": rows.sum(axis=1)}, np.ones((120, 3)))
    >>> found["sums"].shape
    (120,)
    """
    parts = [analyze(draws[k : k + STACK]) for k in range(0, len(draws), STACK)]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def solve_aligned(
    R: np.ndarray, structure: PLSStructure, reference: np.ndarray | None
) -> tuple[PLSSolution, np.ndarray]:
    """Solve for each draw and turn round the constructs that point away from the sample's.

    Parameters
    ----------
    R : array, shape (B, p, p)
    structure : PLSStructure
    reference : array, shape (p,), or None
        The sample's own loadings (`own_loadings`); where None, nothing is turned.

    Returns
    -------
    PLSSolution
    turned : array of int, shape (B,)
        How many constructs of each draw were turned.

    Examples
    --------
    >>> from helpers.models.pls.kernel import compile_structure
    >>> from helpers.models.pls.specification import PLSModel
    >>> structure = compile_structure(PLSModel({"x": ["x1"], "y": ["y1"]}, [("x", "y")]))
    >>> solve_aligned(np.array([[[1, 0.5], [0.5, 1]]]), structure, np.array([1.0, -1.0]))[1]
    array([1])
    """
    solution = solve_pls(R, structure)
    if reference is None:
        return solution, np.zeros(len(R), dtype=int)
    products = own_loadings(solution, structure) * reference
    away = np.add.reduceat(products, structure.starts[:-1], axis=1) < 0
    if away.any():
        solution = _turn(solution, np.where(away, -1.0, 1.0), structure)
    return solution, away.sum(axis=1)


def own_loadings(solution: PLSSolution, structure: PLSStructure) -> np.ndarray:
    """Correlation of each item with its own construct's score, shape (B, p).

    Examples
    --------
    >>> from helpers.models.pls.kernel import compile_structure
    >>> from helpers.models.pls.specification import PLSModel
    >>> structure = compile_structure(PLSModel({"x": ["x1"], "y": ["y1"]}, [("x", "y")]))
    >>> own_loadings(solve_pls(np.array([[[1, 0.5], [0.5, 1]]]), structure), structure)
    array([[1., 1.]])
    """
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

    Examples
    --------
    >>> X = np.array([[-1.0, 0.0], [0.0, 1.0], [1.0, 2.0]])
    >>> correlate_counts(X, np.array([[1.0, 1.0, 1.0]])).round(6)
    array([[[1., 1.],
            [1., 1.]]])
    """
    gaps = np.isnan(X)
    return _correlate_filled(X, counts, gaps) if gaps.any() else _correlate_whole(X, counts)


def _correlate_whole(X: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Cross-products of many draws by one multiplication, each pair of items once."""
    n, p = X.shape
    one, other = np.triu_indices(p)
    place = np.empty((p, p), dtype=int)
    place[one, other] = place[other, one] = np.arange(len(one))
    own = place.diagonal()
    # Always as many rows: a draw's last digits then do not depend on how many there are.
    n_draws = -(-len(counts) // TOGETHER) * TOGETHER
    padded = np.zeros((n_draws, n))
    padded[: len(counts)] = counts
    batches = [slice(first, first + TOGETHER) for first in range(0, n_draws, TOGETHER)]
    pairs, mean = np.empty((n_draws, len(one))), np.zeros((n_draws, p))
    for first in range(0, n, ROWS):
        rows = slice(first, first + ROWS)
        part = X[rows]
        products = part.take(one, axis=1) * part.take(other, axis=1)
        for batch in batches:
            if first == 0:
                np.matmul(padded[batch, rows], products, out=pairs[batch])
            else:
                pairs[batch] += padded[batch, rows] @ products
            mean[batch] += padded[batch, rows] @ part
    pairs, mean = pairs[: len(counts)], mean[: len(counts)]
    mean /= np.sqrt(counts.sum(axis=1, keepdims=True))
    spread = pairs[:, own] - mean**2
    # What rounding leaves of a variance where every drawn answer is the same.
    spread[(spread < 1e-12 * pairs[:, own]).any(axis=1)] = np.nan
    scale = 1 / np.sqrt(spread)
    R = np.empty((len(counts), p, p))
    for first in range(0, len(R), CACHED):
        some = slice(first, first + CACHED)
        covariance, m, sd = pairs[some], mean[some], scale[some]
        covariance -= m.take(one, axis=1) * m.take(other, axis=1)
        covariance *= sd.take(one, axis=1) * sd.take(other, axis=1)
        np.take(covariance, place, axis=1, out=R[some], mode="clip")
    return R


def _correlate_filled(X: np.ndarray, counts: np.ndarray, gaps: np.ndarray) -> np.ndarray:
    R = np.empty((len(counts), X.shape[1], X.shape[1]))
    for draw, count in enumerate(counts):
        rows = np.flatnonzero(count)
        times = count[rows]
        G = X[rows]
        gap = gaps[rows]
        G[gap] = 0.0
        mean = (times @ G) / np.maximum(times @ ~gap, 1)
        G -= mean
        G[gap] = 0.0
        G *= np.sqrt(times)[:, None]
        squares = np.einsum("ij,ij->j", G, G)
        # Rounding leaves about 1e-30 where every drawn answer is the same.
        if squares.min() < 1e-20:
            R[draw] = np.nan
            continue
        G /= np.sqrt(squares)
        np.matmul(G.T, G, out=R[draw])
    return R


def correlate_products(
    X: np.ndarray, counts: np.ndarray, to_scores: np.ndarray, parts: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Correlate products of scores with the items and with each other, in each of many samples.

    Parameters
    ----------
    X : array, shape (n, p)
        The cases; a missing value takes the item's mean in the sample.
    counts : array, shape (B, n)
        How often each sample takes each case.
    to_scores : array, shape (B, p, K)
        Weights of the sample's standardized items in the scores.
    parts : array of int, shape (m, 2)
        The two scores of each product.

    Returns
    -------
    with_items : array, shape (B, m, p)
    among : array, shape (B, m, m)
    sd : array, shape (B, m)
        Of the products of the standardized scores.

    Examples
    --------
    >>> X = np.array([[-1.0], [0.0], [2.0], [3.0]])
    >>> found = correlate_products(X, np.ones((1, 4)), np.ones((1, 1, 1)), np.array([[0, 0]]))
    >>> z = (X - X.mean()) / X.std(ddof=1)
    >>> bool(np.isclose(found[0][0, 0, 0], np.corrcoef(z[:, 0] ** 2, X[:, 0])[0, 1]))
    True
    """
    m, p = len(parts), X.shape[1]
    with_items, among = np.empty((len(counts), m, p)), np.empty((len(counts), m, m))
    sd = np.empty((len(counts), m))
    with np.errstate(divide="ignore", invalid="ignore"):
        for draw, count in enumerate(counts):
            rows = np.flatnonzero(count)
            times = count[rows]
            Z = _standardize(X[rows], times)
            scores = Z @ to_scores[draw]
            products = scores[:, parts[:, 0]] * scores[:, parts[:, 1]]
            P = _standardize(products, times)
            weighted = (times[:, None] * P).T / (times.sum() - 1)
            with_items[draw], among[draw] = weighted @ Z, weighted @ P
            spread = products - times @ products / times.sum()
            sd[draw] = np.sqrt(times @ spread**2 / (times.sum() - 1))
    return with_items, among, sd


def _standardize(values: np.ndarray, times: np.ndarray) -> np.ndarray:
    """Columns with mean 0 and variance 1 over rows that count `times`; a gap has the mean."""
    gaps = np.isnan(values)
    centered = values - np.nan_to_num(values).T @ times / (times @ ~gaps)
    centered[gaps] = 0.0
    return centered / np.sqrt(times @ centered**2 / (times.sum() - 1))
