"""What a design is given, checked: names of its model, their values, and correlations by pair."""

from collections.abc import Collection, Mapping

import numpy as np

from helpers.errors import InputError, did_you_mean

__all__ = ["check_keys", "check_pairs"]


def check_keys(
    argument: str,
    given: Collection[str] | Mapping[str, float],
    known: Collection[str],
    *,
    all_needed: bool = False,
) -> None:
    """Refuse names that are not known, values that are no numbers, and names without a value.

    Examples
    --------
    >>> check_keys("paths", {"a": 0.3}, ["a", "b"])
    >>> check_keys("paths", {"a": 0.3}, ["a", "b"], all_needed=True)
    Traceback (most recent call last):
        ...
    helpers.errors.InputError: paths: 'b' has no value; give one.
    """
    for name in given:
        if name not in known:
            raise InputError(
                f"{argument}: {name!r} is not one of {', '.join(known)}.{did_you_mean(name, known)}"
            )
    if isinstance(given, Mapping):
        for name, value in given.items():
            if isinstance(value, bool) or not np.isfinite(value):
                raise InputError(f"{argument}[{name!r}]={value!r} is not a finite number.")
    if all_needed:
        for name in known:
            if name not in given:
                raise InputError(f"{argument}: {name!r} has no value; give one.")


def check_pairs(
    argument: str, given: Mapping[tuple[str, str], float], known: Collection[tuple[str, str]]
) -> None:
    """Refuse pairs that are not known or stand twice, and values that are no correlations.

    Examples
    --------
    >>> check_pairs("exogenous_correlation", {("x", "w"): 1.3}, [("w", "x")])
    Traceback (most recent call last):
        ...
    helpers.errors.InputError: exogenous_correlation: 1.3 of x and w is not within (-1, 1).
    """
    seen = set()
    for pair, value in given.items():
        key = tuple(sorted(pair))
        if key not in known:
            listed = ", ".join(f"{a} and {b}" for a, b in known) or "no pair"
            raise InputError(
                f"{argument}: {' and '.join(pair)} is not a pair here; there is {listed}."
            )
        if key in seen:
            raise InputError(f"{argument}: {' and '.join(pair)} is given twice.")
        seen.add(key)
        if not -1 < value < 1:
            raise InputError(
                f"{argument}: {value!r} of {' and '.join(pair)} is not within (-1, 1)."
            )
