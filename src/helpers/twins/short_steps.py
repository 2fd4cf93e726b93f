"""Newton steps of limited length, for targets a long way off."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

__all__ = ["step_to_targets"]

Floats = NDArray[np.float64]


def step_to_targets(
    cells: Floats,
    evaluate: Callable[[Floats], tuple[Floats, Floats]],
    *,
    longest: float,
    near: float,
    n_steps: int,
) -> Floats:
    """Move cells by Newton steps of least length, each cut to a longest length.

    A step is taken even where it does not lower the deviations at once: estimates that come from
    an algorithm's resting point can worsen on the way to the target.

    Parameters
    ----------
    cells : ndarray, shape (k,)
    evaluate : callable
        Takes cells, returns the statistics' deviations from the targets, shape (m,), and their
        gradients in the cells, shape (m, k).
    longest : float
        Root mean square of a step at most.
    near : float
        The search ends when no deviation is larger.
    n_steps : int
        Steps at most.

    Returns
    -------
    ndarray, shape (k,)
    """
    for _ in range(n_steps):
        deviations, gradients = evaluate(cells)
        if np.abs(deviations).max() <= near:
            break
        step = gradients.T @ np.linalg.solve(gradients @ gradients.T, deviations)
        cells = cells - step * min(1.0, longest / np.sqrt(np.mean(step**2)))
    return cells
