"""Whole answers moved one at a time, the sum of a person's answers to a scale held.

One answer goes up by a point and another of the same person and scale goes down; where some items
of a scale stay out of the model, one of those goes down instead, and the model sees a single move.
A set of swaps is chosen by its predicted effects on all statistics, tried, and kept when it helps.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Swaps", "apply_swaps", "choose_swaps", "propose_swaps", "settle_by_swaps"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Swaps:
    """Single swaps: rows, and columns of the answers that go up and down (-1 for none)."""

    cases: Integers
    up: Integers
    down: Integers

    def select(self, chosen: Integers | NDArray[np.bool_]) -> "Swaps":
        """Return some of the swaps."""
        return Swaps(self.cases[chosen], self.up[chosen], self.down[chosen])


def propose_swaps(
    answers: Integers,
    rng: np.random.Generator,
    *,
    scale: Integers,
    closed: Sequence[int],
    minimum: Integers,
    maximum: Integers,
    n_swaps: int,
) -> Swaps:
    """Draw swaps at random, those that would leave the range of the answers left out.

    Parameters
    ----------
    answers : ndarray of int, shape (n, p)
    rng : numpy.random.Generator
    scale : ndarray of int, shape (p,)
        Number of the scale that each item belongs to, ascending.
    closed : sequence of int
        Scales all of whose items are here; the others have further items that take up a move.
    minimum, maximum : ndarray of int, shape (p,)
        Range of each item.
    n_swaps : int
        Number drawn.
    """
    n, p = answers.shape
    cases, item = rng.integers(0, n, n_swaps), rng.integers(0, p, n_swaps)
    size, first = np.bincount(scale), np.searchsorted(scale, np.unique(scale))
    own = scale[item]
    other = first[own] + (item - first[own] + rng.integers(1, size[own])) % size[own]
    other = np.where(np.isin(own, closed), other, -1)
    rising = rng.random(n_swaps) < 0.5
    up, down = np.where(rising, item, other), np.where(rising, other, item)
    possible = ((up < 0) | (answers[cases, up] < maximum[up])) & (
        (down < 0) | (answers[cases, down] > minimum[down])
    )
    return Swaps(cases, up, down).select(possible)


def apply_swaps(answers: Integers, swaps: Swaps) -> Integers:
    """Return the answers after the swaps."""
    answers = answers.copy()
    for columns, step in ((swaps.up, 1), (swaps.down, -1)):
        moved = columns >= 0
        np.add.at(answers, (swaps.cases[moved], columns[moved]), step)
    return answers


def choose_swaps(
    deviations: Floats, effects: Floats, *, exclusive: Integers, most: int
) -> list[int]:
    """Choose a set of swaps whose effects together cancel the deviations best.

    A swap is added, dropped or exchanged for another, whichever lowers the sum of squares most,
    until nothing lowers it by a thousandth. Sums are compared after rounding, so that a tie falls
    to the first swap on any processor.

    Parameters
    ----------
    deviations : ndarray, shape (m,)
    effects : ndarray, shape (m, k)
        What each swap adds to the deviations.
    exclusive : ndarray of int, shape (k,)
        Of swaps with the same number only one is chosen.
    most : int
        Size of the set at most.

    Returns
    -------
    list of int
    """
    own = (effects**2).sum(axis=0)
    chosen: list[int] = []
    left = deviations.copy()
    while True:
        total = left @ left
        # Rows: nothing dropped, or one of the chosen. Columns: one added, or, last, nothing.
        starts = left - np.vstack([np.zeros_like(left), effects[:, chosen].T])
        added = 2 * starts @ effects + own
        if chosen:
            added[:, np.isin(exclusive, exclusive[chosen])] = np.inf
        for row, swap in enumerate(chosen, start=1):
            same = exclusive == exclusive[swap]
            added[row, same] = 2 * starts[row] @ effects[:, same] + own[same]
        if len(chosen) >= most:
            added[0] = np.inf
        results = np.column_stack([added, np.zeros(len(starts))])
        results += (starts**2).sum(axis=1)[:, None]
        row, column = divmod(int(np.argmin(np.round(results / total, 9))), results.shape[1])
        if not results[row, column] < 0.999 * total:
            return chosen
        left = starts[row]
        if row:
            del chosen[row - 1]
        if column < effects.shape[1]:
            left = left + effects[:, column]
            chosen.append(column)


def settle_by_swaps(
    answers: Integers,
    measure: Callable[[Integers], tuple[Floats, Callable[[Swaps], Floats]]],
    propose: Callable[[Integers], Swaps],
    *,
    tolerances: Floats,
    strictness: Sequence[float],
    scale: Integers,
    most: int = 40,
) -> Integers:
    """Bring statistics of whole answers to their targets by sets of swaps.

    Deviations are measured against how much single swaps move the statistics together (the
    covariance of the effects), loosely first and ever more strictly, so that statistics that one
    swap moves a lot do not hold up the others.

    Parameters
    ----------
    answers : ndarray of int, shape (n, p)
    measure : callable
        Takes answers; returns the deviations from the targets, shape (m,), and a function from k
        swaps to their effects on them, shape (m, k). ValueError where there are no statistics.
    propose : callable
        Takes answers, returns the swaps to choose from.
    tolerances : ndarray, shape (m,)
        How near is near enough.
    strictness : sequence of float
        One round each: the share of a typical effect that counts as a unit, beside the tolerance.
    scale : ndarray of int, shape (p,)
        Number of each item's scale; of one person and scale one swap is made at a time.
    most : int
        Swaps a round at most, as their effects are predicted one by one.

    Returns
    -------
    ndarray of int, shape (n, p)
    """
    n_scales = scale.max() + 1
    deviations, predict = measure(answers)
    for strict in strictness:
        swaps = propose(answers)
        effects = predict(swaps)
        spread = strict**2 * effects @ effects.T / effects.shape[1] + np.diag(tolerances**2)
        whiten = np.linalg.inv(np.linalg.cholesky(spread))
        exclusive = swaps.cases * n_scales + scale[np.maximum(swaps.up, swaps.down)]
        chosen = choose_swaps(whiten @ deviations, whiten @ effects, exclusive=exclusive, most=most)
        tried = apply_swaps(answers, swaps.select(np.array(chosen, dtype=np.int64)))
        try:
            found = measure(tried)
        except ValueError:
            continue
        if np.sum((whiten @ found[0]) ** 2) < np.sum((whiten @ deviations) ** 2):
            answers, (deviations, predict) = tried, found
    return answers
