"""Whether the p values of a table are those of an adjustment for several tests."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

__all__ = ["explain_adjusted"]

_MOST_TESTS = 60
_SLACK = 1e-11


def _stepwise(p: np.ndarray, factors: np.ndarray, *, down: bool) -> np.ndarray:
    order = np.argsort(p)
    scaled = p[order] * factors
    run = np.maximum.accumulate(scaled) if down else np.minimum.accumulate(scaled[::-1])[::-1]
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(1.0, run)
    return adjusted


_ADJUSTMENTS: Mapping[str, Callable[[np.ndarray, int], np.ndarray]] = {
    "Bonferroni": lambda p, m: np.minimum(1.0, m * p),
    "Šidák": lambda p, m: 1.0 - (1.0 - p) ** m,
    "Holm": lambda p, m: _stepwise(p, np.arange(m, 0, -1), down=True),
    "Hochberg": lambda p, m: _stepwise(p, np.arange(m, 0, -1), down=False),
    "Benjamini and Hochberg": lambda p, m: _stepwise(p, m / np.arange(1, m + 1), down=False),
}
"""Adjusted p values of a family of m tests; none falls when a p rises."""
_OF_ANY_FAMILY = ("Bonferroni", "Šidák")
"""Those that tests outside the table may belong to."""


def explain_adjusted(
    implied: Sequence[tuple[float, float]],
    printed: Sequence[tuple[float, float]],
    of_effects: Sequence[bool],
) -> str:
    """Say which adjustment explains every p of a family; empty where none does, or none needs to.

    Parameters
    ----------
    implied, printed : sequence of (float, float)
        The range of each p as its statistic has it, and as it is printed.
    of_effects : sequence of bool
        Whether a p is that of an effect; one of a constant may be left out of the family.

    Notes
    -----
    An adjusted p rises with each p of its family, so its range is that of the ends. Two or more p
    that are too large, and none that is too small, may be of an adjustment that is not computed
    here, such as Tukey's or Dunnett's.

    Examples
    --------
    >>> implied, printed = [(0.011, 0.012), (0.20, 0.21)], [(0.0335, 0.0345), (0.6, 0.61)]
    >>> explain_adjusted(implied, printed, [True, True])
    'p is adjusted for 3 tests (Bonferroni)'
    """
    raw, shown = np.array(implied, dtype=float), np.array(printed, dtype=float)
    if len(raw) < 2 or np.isnan(raw).any():
        return ""
    raw = np.clip(raw, 0.0, 1.0)
    if _overlap(raw[:, 0], raw[:, 1], shown):
        return ""
    chosen = np.array(of_effects, dtype=bool)
    for family in dict.fromkeys([(True,) * len(raw), tuple(chosen.tolist())]):
        inside = np.array(family)
        size = int(inside.sum())
        if size < 2 or not _overlap(raw[~inside, 0], raw[~inside, 1], shown[~inside]):
            continue
        fits: dict[int, list[str]] = {}
        for name, adjust in _ADJUSTMENTS.items():
            for m in range(2, _MOST_TESTS + 1) if name in _OF_ANY_FAMILY else (size,):
                if _overlap(adjust(raw[inside, 0], m), adjust(raw[inside, 1], m), shown[inside]):
                    fits.setdefault(m, []).append(name)
                    break
        if fits:
            m, names = next(iter(fits.items()))
            return f"p is adjusted for {m} tests ({' or '.join(names)})"
    too_large, too_small = shown[:, 0] > raw[:, 1], shown[:, 1] < raw[:, 0]
    many = too_large.sum() > 1 and not too_small.any()
    return "p is adjusted for several tests" if many else ""


def _overlap(low: np.ndarray, high: np.ndarray, printed: np.ndarray) -> bool:
    return bool(((low <= printed[:, 1] + _SLACK) & (high >= printed[:, 0] - _SLACK)).all())
