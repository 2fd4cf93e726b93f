"""Correlations of the composites in many resamples of many samples, and nothing else.

`helpers.models.pls.kernel` solves for all that the tables need, from the items' correlations in
each draw. Whoever asks only how the composites correlate, as the planner does for millions of
draws, gets there sooner by the scores: all draws of a sample have its cases, so that one
multiplication gives the scores of all. The few that settle late are left to the kernel, together.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from helpers.models.pls.kernel import PLSStructure, inner_weights, solve_pls
from helpers.models.pls.samples import own_loadings

__all__ = ["correlate_scores"]

LATE = 0.06
"""Share of the draws of a sample that are left to the kernel."""


def correlate_scores(
    samples: np.ndarray, counts: np.ndarray, structure: PLSStructure
) -> np.ndarray:
    """Correlations of the composites in each resample of each sample.

    Parameters
    ----------
    samples : array, shape (S, n, p)
        Items, in the order of ``structure.model.items``.
    counts : array of float, shape (B, n)
        How often each draw takes each case, of every sample. The constructs of all draws are
        turned to match those of the first.
    structure : PLSStructure
        Of mode A, without the correction of consistent PLS.

    Returns
    -------
    array, shape (S, B, K, K)
        NaN where an item does not vary, or the algorithm does not settle.

    Notes
    -----
    The rounds are those of `helpers.models.pls.kernel.solve_pls`, with its start and its stopping
    rule, beside which tests/unit/models/pls/test_scores.py sets the result.

    Examples
    --------
    >>> from helpers.models.pls.kernel import compile_structure
    >>> from helpers.models.pls.specification import PLSModel
    >>> model = PLSModel({"x": ["x1", "x2"], "y": ["y"]}, [("x", "y")])
    >>> X = np.array([[1, 1, 1], [1, -1, 0.5], [-1, 1, -0.5], [-1, -1, -2.0]])
    >>> correlate_scores(X[None], np.ones((1, 4)), compile_structure(model))[0, 0].round(3)
    array([[1.   , 0.976],
           [0.976, 1.   ]])
    """
    s = structure
    share = np.ascontiguousarray((counts / counts.sum(axis=1, keepdims=True)).T)
    V = np.empty((len(samples), len(counts), len(s.mode), len(s.mode)))
    loadings = np.empty((len(samples), len(counts), len(s.owner)))
    late, used, matrices, starts = [], [], [], []
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        for number, sample in enumerate(samples):
            X = (sample - sample.mean(axis=0)) / sample.std(axis=0)
            V[number], loadings[number], rounds, rows, weights, R = _iterate(X, share, s)
            late += [(number, row) for row in rows]
            used += [rounds] * len(rows)
            starts.append(weights)
            matrices.append(R)
    if late:
        place = tuple(np.array(late).T)
        solution = solve_pls(np.concatenate(matrices), s, start=np.concatenate(starts))
        V[place] = solution.construct_correlation
        too_many = np.array(used) + solution.iterations > s.max_iter
        V[tuple(np.array(late)[too_many].T)] = np.nan
        loadings[place] = own_loadings(solution, s)
    away = np.add.reduceat(loadings * loadings[:, :1], s.starts[:-1], axis=2) < 0
    signs = np.where(away, -1.0, 1.0)
    return V * signs[..., :, None] * signs[..., None, :]


def _iterate(X: np.ndarray, share: np.ndarray, s: PLSStructure) -> tuple[np.ndarray, ...]:
    """Go on until few draws are unsettled; draws stand last, so that all steps run along them.

    Returns the correlations of the scores and, but for its size, each item's loading; the rounds
    taken; of the draws that are left, their numbers, their weights and their items' correlations.
    """
    n_draws, K, sizes = share.shape[1], len(s.mode), np.diff(s.starts)
    mean = X.T @ share
    spread = (X**2).T @ share - mean**2
    # What rounding leaves of a variance where every drawn answer is the same.
    alive = np.flatnonzero((spread > 1e-6).all(axis=0))
    # take, unlike an index, keeps the draws last in memory
    share, mean, sd = (np.take(part, alive, axis=1) for part in (share, mean, np.sqrt(spread)))
    correlations = np.full((n_draws, K, K), np.nan)
    loadings = np.full((n_draws, len(sd)), np.nan)

    w = scaled = np.ones_like(sd)
    for rounds in range(s.max_iter + 2):  # noqa: B007  (returned)
        scores = _by_construct(X, w / sd, s)
        scores -= np.add.reduceat(mean * w / sd, s.starts[:-1], axis=0)[:, None]
        weighted = scores * share
        V = np.einsum("knb,jnb->kjb", weighted, scores).transpose(2, 0, 1)
        size = np.sqrt(np.einsum("bkk->bk", V))
        V = V / (size[:, :, None] * size[:, None, :])
        previous, scaled = scaled, w / np.repeat(size.T, sizes, axis=0)
        change = np.abs(scaled - previous).sum(axis=0)
        left = change >= s.tolerance  # not where it is NaN, which will never settle
        if not left.all():
            done = np.flatnonzero(change < s.tolerance)
            correlations[alive[done]] = V[done]
            loadings[alive[done]] = (
                _by_item(X, np.take(weighted, done, axis=-1), s) / sd[:, done]
            ).T
            left = np.flatnonzero(left)
            alive, V, size = alive[left], V[left], size[left]
            scaled, share, mean, sd, weighted = (
                np.take(part, left, axis=-1) for part in (scaled, share, mean, sd, weighted)
            )
        if len(alive) <= LATE * n_draws:
            break
        E = np.ascontiguousarray((inner_weights(V, s) / size[:, :, None]).transpose(1, 2, 0))
        w = _by_item(X, np.einsum("jkb,jnb->knb", E, weighted), s) / sd
    part = (X - mean.T[:, None]) / sd.T[:, None] * np.sqrt(share.T)[:, :, None]
    return correlations, loadings, rounds, alive, scaled.T, part.swapaxes(1, 2) @ part


def _by_construct(X: np.ndarray, weights: np.ndarray, s: PLSStructure) -> np.ndarray:
    """Sum each construct's items by their weights, (p, B) to (K, n, B)."""
    scores = np.empty((len(s.mode), len(X), weights.shape[1]), X.dtype)
    for k, (first, end) in enumerate(pairwise(s.starts)):
        np.matmul(X[:, first:end], weights[first:end], out=scores[k])
    return scores


def _by_item(X: np.ndarray, scores: np.ndarray, s: PLSStructure) -> np.ndarray:
    """Sum of the products of each item with its construct's scores, (K, n, B) to (p, B)."""
    products = np.empty((X.shape[1], scores.shape[2]), X.dtype)
    for k, (first, end) in enumerate(pairwise(s.starts)):
        np.matmul(X[:, first:end].T, scores[k], out=products[first:end])
    return products
