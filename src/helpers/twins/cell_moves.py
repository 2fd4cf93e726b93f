"""Move the cells of a data set until its statistics meet their targets.

First smoothly, by the smallest moves that do it, with every cell kept inside its scale; then, the
cells rounded to the scales' own grid, by single grid steps: each of thousands of possible steps
shifts all statistics by its gradient, and a greedy choice brings dozens of statistics back at once.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

__all__ = ["choose_steps", "move_smoothly", "repair_on_grid", "settle_on_grid"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Evaluate = Callable[[NDArray], tuple[Floats, Floats]]


def move_smoothly(
    cells: Floats,
    evaluate: Evaluate,
    *,
    lower: Floats,
    upper: Floats,
    free: NDArray[np.bool_],
    units: Floats,
    exact: NDArray[np.bool_],
    n_steps: int,
    improvement: float = 0.003,
) -> Floats:
    """Move cells by short Newton steps toward the targets, inside bounds.

    A step is the least one that would bring the exact statistics to their targets and the others
    some of the way: the damping that decides how far goes up when a step does not lower the sum of
    squared deviations, and is taken back, and down when it does. Steps are taken in logits of the
    cells' place between their bounds, so that a cell nears a bound without reaching it.

    Parameters
    ----------
    cells : ndarray, shape (k,)
        Strictly between the bounds.
    evaluate : callable
        Takes cells, returns the statistics' deviations from the targets, shape (m,), and their
        gradients in the cells, shape (m, k).
    lower, upper : ndarray, shape (k,)
    free : ndarray of bool, shape (k,)
        Cells that may move.
    units : ndarray, shape (m,)
        Unit of each deviation; infinite for a statistic that is left alone.
    exact : ndarray of bool, shape (m,)
        Statistics that every step aims to meet.
    n_steps : int
        Evaluations at most.
    improvement : float
        A step that lowers the sum of squares by a smaller share is the last.

    Returns
    -------
    ndarray, shape (k,)
    """
    used = np.isfinite(units)
    yielding = ~exact[used]

    def look(logits):
        cells = lower + (upper - lower) / (1 + np.exp(-logits))
        deviations, gradients = evaluate(cells)
        pace = free * (cells - lower) * (upper - cells) / (upper - lower)
        slopes = gradients[used] * pace / units[used, None]
        scaled = deviations[used] / units[used]
        return cells, scaled, slopes, scaled @ scaled

    logits = np.log((cells - lower) / (upper - cells))
    cells, deviations, slopes, total = look(logits)
    damping = 0.3
    for _ in range(n_steps - 1):
        normal = slopes @ slopes.T
        normal[np.diag_indices_from(normal)] += damping * np.where(
            yielding, np.mean(np.diag(normal)[yielding]), 1e-4 * np.diag(normal)
        )
        step = slopes.T @ np.linalg.solve(normal, deviations)
        tried = logits - step
        found = look(tried)
        if not found[3] < total:
            damping *= 4
            continue
        last = total - found[3] < improvement * total
        logits, (cells, deviations, slopes, total) = tried, found
        damping /= 3
        if last:
            break
    return cells


def choose_steps(
    deviations: Floats, gradients: Floats, *, cells: Integers, top: Integers
) -> Integers:
    """Choose grid steps one after another, each the best by the linear prediction.

    A cell steps once at most. Sums of squares are compared after rounding, so that a tie falls to
    the first cell on any processor.

    Parameters
    ----------
    deviations : ndarray, shape (m,)
        Statistic less target, each in units of its tolerance.
    gradients : ndarray, shape (m, k)
        Change of the deviations when a cell goes one step up.
    cells, top : ndarray of int, shape (k,)
        Present place of each cell on its grid, from 0, and the highest place.

    Returns
    -------
    ndarray of int, shape (k,)
        The cells after the steps.
    """
    cells, deviations = cells.copy(), deviations.copy()
    along, own = deviations @ gradients, (gradients**2).sum(axis=0)
    blocked = _blocked(cells, top)
    while True:
        total = deviations @ deviations
        change = np.concatenate([own + 2 * along, own - 2 * along])
        change[blocked] = np.inf
        best = int(np.argmin(np.round(change / total, 9)))
        if not change[best] < -1e-6 * total:
            return cells
        cell, step = _cell_and_step(best, len(cells))
        cells[cell] += step
        blocked[[cell, cell + len(cells)]] = True
        deviations += step * gradients[:, cell]
        along += step * (gradients[:, cell] @ gradients)


def _blocked(cells, top):
    """Steps up, then steps down, that leave the grid."""
    return np.concatenate([cells >= top, cells <= 0])


def _cell_and_step(position, n_cells):
    return (position, 1) if position < n_cells else (position - n_cells, -1)


def repair_on_grid(
    cells: Integers, evaluate: Evaluate, *, top: Integers, tolerances: Floats
) -> Integers:
    """Step cells until the statistics are as near their targets as steps bring them.

    Statistics that one step shifts by many tolerances are first held in units of that shift, then
    ever more strictly, so that none of them drowns the others.

    Parameters
    ----------
    cells : ndarray of int, shape (k,)
        Places on the grid to begin with.
    evaluate : callable
        Takes cells, returns the deviations from the targets, shape (m,), and their gradients for a
        step up of each cell, shape (m, k).
    top : ndarray of int, shape (k,)
        Highest place of each cell; the lowest is 0.
    tolerances : ndarray, shape (m,)
        Unit of each deviation.

    Returns
    -------
    ndarray of int, shape (k,)
    """
    deviations, gradients = evaluate(cells)
    for strictness in (1.0, 0.3, 0.1, 0.03):
        shift = np.sqrt((gradients**2).mean(axis=1))
        units = np.maximum(tolerances, strictness * shift)
        total = ((deviations / units) ** 2).sum()
        while True:
            stepped = choose_steps(
                deviations / units, gradients / units[:, None], cells=cells, top=top
            )
            found = evaluate(stepped)
            found_total = ((found[0] / units) ** 2).sum()
            if not found_total < 0.98 * total:
                break
            cells, (deviations, gradients), total = stepped, found, found_total
    return cells


def settle_on_grid(
    cells: Integers,
    evaluate: Evaluate,
    evaluate_few: Callable[[Integers], Floats],
    *,
    few: slice,
    within: Floats,
    top: Integers,
    tolerances: Floats,
    n_rounds: int = 20,
    n_tries: int = 100,
) -> Integers:
    """Bring all statistics near enough, the few that the linear prediction misses by exact trials.

    Each round takes the steps that the prediction likes best, evaluates the few statistics exactly
    after each of them, and keeps the best step. No cell is stepped twice.

    Parameters
    ----------
    cells, evaluate, top, tolerances
        As in `repair_on_grid`.
    evaluate_few : callable
        Takes cells, returns the deviations of the few statistics alone.
    few : slice
        Their places among the deviations.
    within : ndarray, shape (m,)
        How near each statistic is to come; infinite for one that need not.
    n_rounds, n_tries : int
        Rounds at most, and trials a round.

    Returns
    -------
    ndarray of int, shape (k,)
        The first found with all statistics near enough, or else the nearest found.
    """
    stepped_before = np.zeros(2 * len(cells), dtype=bool)
    nearest = None
    for _ in range(n_rounds):
        deviations, gradients = evaluate(cells)
        farthest = np.abs(deviations / within).max()
        if nearest is None or farthest < nearest[0]:
            nearest = farthest, cells
        if farthest < 1:
            break
        units = tolerances.copy()
        # What the prediction misses is about a fiftieth of a typical shift.
        units[few] = np.maximum(units[few], np.sqrt((gradients[few] ** 2).mean(axis=1)) / 50)
        deviations, gradients = deviations / units, gradients / units[:, None]
        change = (gradients**2).sum(axis=0)
        along = 2 * deviations @ gradients
        change = np.concatenate([change + along, change - along])
        change[stepped_before | _blocked(cells, top)] = np.inf
        total = deviations @ deviations
        likely = np.argsort(np.round(change / total, 9), kind="stable")[:n_tries]
        best = None
        for position in likely:
            cell, step = _cell_and_step(int(position), len(cells))
            stepped = cells.copy()
            stepped[cell] += step
            predicted = deviations + step * gradients[:, cell]
            predicted[few] = evaluate_few(stepped) / (0.1 * within[few])
            total = float(np.round(predicted @ predicted, 6))
            if best is None or total < best[0]:
                best = total, cell, stepped
        _, cell, cells = best
        stepped_before[[cell, cell + len(cells)]] = True
    return nearest[1]
