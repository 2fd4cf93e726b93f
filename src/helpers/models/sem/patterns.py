"""Data by patterns of missing values: what the likelihood needs of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np


@dataclass(frozen=True)
class PatternSample:
    """Cases sorted into patterns, with the moments of each.

    Attributes
    ----------
    y : array, shape (n, p)
        Modeled variables, 0 where a value is missing.
    w : array, shape (n, q)
        What is conditioned on, complete.
    seen : bool array, shape (n, p)
    pattern : int array, shape (n,)
        The pattern of each case.
    observed : bool array, shape (patterns, p)
    counts : array, shape (patterns,)
    mean_y, mean_w : arrays, shape (patterns, p) and (patterns, q)
    cross_yy, cross_yw, cross_ww : arrays
        Sums of cross products about the means of the pattern.
    """

    y: np.ndarray
    w: np.ndarray
    seen: np.ndarray
    pattern: np.ndarray
    observed: np.ndarray
    counts: np.ndarray
    mean_y: np.ndarray
    mean_w: np.ndarray
    cross_yy: np.ndarray
    cross_yw: np.ndarray
    cross_ww: np.ndarray

    @cached_property
    def n(self) -> int:
        """Number of cases."""
        return int(self.counts.sum())

    @cached_property
    def complete(self) -> bool:
        """Whether no value is missing."""
        return bool(self.observed.all())

    @cached_property
    def sum_ww(self) -> np.ndarray:
        """Sum of w w' over all cases."""
        m = self.mean_w
        return self.cross_ww.sum(axis=0) + (self.counts[:, None] * m).T @ m


def sort_patterns(y: np.ndarray, w: np.ndarray) -> PatternSample:
    """Sort cases by pattern of missing values; `y` (n, p) with NaN, `w` (n, q) complete."""
    seen = np.isfinite(y)
    if seen.all():
        pattern = np.zeros(len(y), dtype=int)
        observed = np.ones((1, y.shape[1]), dtype=bool)
    else:
        packed = np.packbits(seen, axis=1)
        keys = np.ascontiguousarray(packed).view([("", packed.dtype)] * packed.shape[1]).ravel()
        _, first, pattern = np.unique(keys, return_index=True, return_inverse=True)
        observed = seen[first]
    filled = np.where(seen, y, 0.0)
    return _with_moments(filled, w, seen, pattern.ravel(), observed)


def _with_moments(y, w, seen, pattern, observed) -> PatternSample:
    size = len(observed)
    counts = np.bincount(pattern, minlength=size).astype(float)
    both = np.hstack([y, w])
    if size == 1:
        means = both.mean(axis=0, keepdims=True)
        centered = both - means
        cross = (centered.T @ centered)[None]
    else:
        order = np.argsort(pattern, kind="stable")
        starts = np.concatenate([[0], np.cumsum(counts)[:-1]]).astype(int)
        means = np.add.reduceat(both[order], starts, axis=0) / counts[:, None]
        centered = (both - means[pattern])[order]
        cross = np.stack([c.T @ c for c in np.split(centered, starts[1:])])
    p = y.shape[1]
    return PatternSample(
        y=y,
        w=w,
        seen=seen,
        pattern=pattern,
        observed=observed,
        counts=counts,
        mean_y=means[:, :p],
        mean_w=means[:, p:],
        cross_yy=cross[:, :p, :p],
        cross_yw=cross[:, :p, p:],
        cross_ww=cross[:, p:, p:],
    )
