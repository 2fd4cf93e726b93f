"""Sum scores of rating scales, and whole answers that add up to them."""

from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, ndtr
from scipy.stats import shapiro

from helpers.twins.cell_moves import repair_on_grid

__all__ = ["choose_scores", "place_rows", "round_rows"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

TOLERANCES = np.array([1e-3, 1e-3, 1e-4])
"""How near mean, SD and W are sought; print has two digits of the first two, three of W."""


def choose_scores(
    n: int,
    *,
    mean: float,
    sd: float,
    minimum: int,
    maximum: int,
    shapiro_w: float,
    groups: ArrayLike,
) -> Integers:
    """Return whole scores with a given mean, SD, range and Shapiro-Wilk W, as near as they come.

    The scores begin as quantiles of two overlapping groups of persons, normal and cut off at the
    range, and move by single points.

    Parameters
    ----------
    n : int
    mean, sd : float
        Sample mean and SD (divisor n - 1).
    minimum, maximum : int
        The lowest and the highest score; one person has each.
    shapiro_w : float
    groups : array_like, shape (5,)
        Share of the first group, means of the two, SDs of the two, in SD from the mean.

    Returns
    -------
    ndarray of int, shape (n,)
        Ascending.
    """
    share, low, high, low_sd, high_sd = np.asarray(groups, dtype=float)
    grid = np.linspace(minimum, maximum, 2001)
    z = (grid - mean) / sd
    below = share * ndtr((z - low) / low_sd) + (1 - share) * ndtr((z - high) / high_sd)
    below = (below - below[0]) / (below[-1] - below[0])
    quantiles = np.interp((np.arange(n) + 0.5) / n, below, grid)[1:-1]
    inner = np.clip(np.rint(np.round(quantiles, 6)), minimum + 1, maximum - 1).astype(np.int64)
    wanted, weights = np.array([mean, sd, shapiro_w]), _shapiro_weights(n)

    def evaluate(places):
        scores = np.concatenate([[minimum], places + minimum + 1, [maximum]]).astype(float)
        found, gradients = _describe(scores, weights)
        return found - wanted, gradients[:, 1:-1]

    places = repair_on_grid(
        inner - minimum - 1,
        evaluate,
        top=np.full(n - 2, maximum - minimum - 2),
        tolerances=TOLERANCES,
    )
    return np.sort(np.concatenate([[minimum], places + minimum + 1, [maximum]]))


def _describe(scores, weights):
    """Mean, SD and W of scores, and their gradients in the scores."""
    n = len(scores)
    ranked = np.empty(n)
    ranked[np.argsort(scores, kind="stable")] = weights
    deviations = scores - scores.mean()
    squares, along = deviations @ deviations, ranked @ scores
    sd, w = np.sqrt(squares / (n - 1)), along**2 / squares
    gradients = [
        np.full(n, 1 / n),
        deviations / ((n - 1) * sd),
        2 * along * ranked / squares - 2 * w / squares * deviations,
    ]
    return np.array([scores.mean(), sd, w]), np.array(gradients)


@cache
def _shapiro_weights(n):
    """Return the weights a of W = (a'x)^2 / sum of squares, for ascending x.

    The root of W times the sum of squares is linear in ascending scores; its slopes are the
    weights.
    """

    def along(scores):
        return np.sqrt(shapiro(scores).statistic * scores.var() * n)

    ladder, step = np.arange(n, dtype=float), 0.25 * np.eye(n)
    slopes = [2 * (along(ladder + move) - along(ladder - move)) for move in step]
    return np.round(slopes, 6)


def place_rows(
    logits: Floats, totals: ArrayLike, *, share: ArrayLike, minimum: float, maximum: float
) -> Floats:
    """Shift each row of logits until the answers it stands for add up to the row's total.

    Parameters
    ----------
    logits : ndarray, shape (n, k)
        Places between the ends of the scale: minimum + (maximum - minimum) / (1 + exp(-logit)).
    totals : array_like, shape (n,)
        Strictly between k times the ends.
    share : array_like, shape (k,)
        How much of a row's shift each item takes part in.
    minimum, maximum : float

    Returns
    -------
    ndarray, shape (n, k)
        The shifted logits.
    """
    share, totals = np.asarray(share, dtype=float), np.asarray(totals, dtype=float)
    low, high = np.full(len(logits), -30.0), np.full(len(logits), 30.0)
    for _ in range(60):
        middle = (low + high) / 2
        placed = minimum + (maximum - minimum) * expit(logits + middle[:, None] * share)
        short = placed.sum(axis=1) < totals
        low, high = np.where(short, middle, low), np.where(short, high, middle)
    return logits + (low + high)[:, None] / 2 * share


def round_rows(values: Floats, totals: ArrayLike, *, minimum: int, maximum: int) -> Integers:
    """Return whole answers near the values that add up to the total of each row.

    By largest remainder: each row rounds down, and the answers that lost most go up; values are
    rounded to 8 digits first, so that a tie falls to the first item on any processor.

    Parameters
    ----------
    values : ndarray, shape (n, k)
    totals : array_like of int, shape (n,)
        Between k times the ends of the scale.
    minimum, maximum : int

    Returns
    -------
    ndarray of int, shape (n, k)

    Examples
    --------
    >>> round_rows(np.array([[1.2, 2.6, 4.1]]), [9], minimum=1, maximum=5)
    array([[2, 3, 4]])
    """
    values, totals = np.round(values, 8), np.asarray(totals)
    answers = np.clip(np.floor(values), minimum, maximum).astype(np.int64)
    while True:
        gap = totals - answers.sum(axis=1)
        if not gap.any():
            return answers
        rising = (gap > 0)[:, None]
        lost = np.where(rising, values - answers, answers - values)
        stuck = np.where(rising, answers >= maximum, answers <= minimum)
        order = np.argsort(np.where(stuck, np.inf, -lost), axis=1, kind="stable")
        rank = np.argsort(order, axis=1, kind="stable")
        moving = (rank < np.abs(gap)[:, None]) & ~stuck
        answers += np.where(rising, 1, -1) * moving
