"""Numbers that stand apart from a column's other values and may be codes for a missing value."""

from __future__ import annotations

import re

import numpy as np

__all__ = ["find_codes"]

MOST = 4
"""Codes looked for at each end."""
FEWEST = 10
"""Other values from which on it counts that a level is shared; among fewer that is chance."""
LARGEST_SHARE = 0.4
"""Of all values; more than this are no codes but a group of their own."""
_USUAL = re.compile(r"-?([6-9])\1+|-[1-9]|-?9[0-8]|-?99[0-8]|-?88[0-7]")

_MAY_BE_CODE = re.compile(r"-?(\d+|(\d)\2*\.\2+)")
"""Whole numbers, and such as 9.99; other decimals are scores, though several rows may share one."""


def find_codes(values: np.ndarray) -> np.ndarray:
    """Return the levels of a column that stand apart at one of its ends.

    Parameters
    ----------
    values : array of float, shape (n,)
        NaN where nothing stands.

    Returns
    -------
    array of float
        Levels in rising order; empty where none stands apart.

    Notes
    -----
    The `k` outermost levels of an end stand apart when the step to the next level is more than half
    as long again as any step between the levels of the middle 95% of the others and more than 0.4
    of their interquartile range, when they lie beyond the others' quartiles by more than that
    range, and when each of them is a whole number (or such as 9.99) that several rows share (of at
    least ten others), or a number that is often used as a code, such as -99 or 998. All of this is
    computed without them, so that one code does not hide another; the largest `k` up to four is
    taken.

    Examples
    --------
    >>> scores = [3.2, 4.1, 3.7, 5.5, 2.9, 4.4, 3.3, 4.0, 5.1, 4.6, 3.8, 4.3]
    >>> find_codes(np.array([*scores, 9, 9, 8, 8])).tolist()
    [8.0, 9.0]
    >>> find_codes(np.array([1, 2, 2, 3, 3, 3, 4, 5, 6, 7])).tolist()
    []
    """
    values = values[np.isfinite(values)]
    levels, counts = np.unique(values, return_counts=True)
    above = _outermost(levels, counts)
    below = _outermost(-levels[::-1], counts[::-1], mirrored=True)
    return np.sort(np.concatenate([above, -below]))


def _outermost(levels: np.ndarray, counts: np.ndarray, *, mirrored: bool = False) -> np.ndarray:
    """Return the highest levels that stand apart from the rest."""
    for k in range(min(MOST, len(levels) - 2), 0, -1):
        outer, inner = levels[-k:], levels[:-k]
        n_outer, n_inner = counts[-k:], counts[:-k]
        if n_outer.sum() > LARGEST_SHARE * counts.sum():
            continue
        shared = (n_outer >= 2) & (n_inner.sum() >= FEWEST)
        written = [f"{-v if mirrored else v:.10g}" for v in outer]
        shared &= [bool(_MAY_BE_CODE.fullmatch(v)) for v in written]
        usual = [bool(_USUAL.fullmatch(v)) for v in written]
        if not (shared | usual).all():
            continue
        position = (np.cumsum(n_inner) - n_inner / 2) / n_inner.sum()
        low, high = np.interp([0.25, 0.75], position, inner)
        middle = inner[(position >= 0.025) & (position <= 0.975)]
        step = np.diff(middle).max() if len(middle) > 1 else 0.0
        spread = max(high - low, step)
        if outer[0] - inner[-1] > max(1.5 * step, 0.4 * spread) and outer[0] - high > spread:
            return outer
    return np.array([])
