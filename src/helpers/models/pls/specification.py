"""Composite models in the reader's words, and the options of their estimation."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from types import MappingProxyType

import numpy as np

from helpers.errors import InputError, did_you_mean

__all__ = ["PLSModel", "select_items"]

WEIGHTING_SCHEMES = ("path", "factor")
MODES = ("A", "B", "unit")
MISSING = ("listwise", "mean", "error")
TOLERANCE = 1e-7
MAX_ITER = 300


@dataclass(frozen=True)
class PLSModel:
    """A composite model: which items make up which construct, and which construct leads to which.

    Parameters
    ----------
    constructs : mapping of str to sequence of str
        Construct name to the names of its items; a construct may have one item. The order given
        is the order of every table.
    paths : sequence of (str, str)
        Structural paths as (from, to). They may not form a circle, and every construct must take
        part in at least one.

    Raises
    ------
    InputError
        For an empty construct, an item used twice, a path to an unknown construct, a path given
        twice, a circle, or a construct no path touches.

    Examples
    --------
    >>> model = PLSModel(
    ...     constructs={"alliance": ["a1", "a2"], "outcome": ["o1", "o2"]},
    ...     paths=[("alliance", "outcome")],
    ... )
    >>> model.endogenous
    ('outcome',)
    """

    constructs: Mapping[str, Sequence[str]]
    paths: Sequence[tuple[str, str]]

    def __post_init__(self) -> None:
        constructs = {name: _items(name, items) for name, items in self.constructs.items()}
        owner: dict[str, str] = {}
        for name, items in constructs.items():
            for item in items:
                if item in owner:
                    raise InputError(
                        f"constructs: item {item!r} is in {owner[item]!r} and in {name!r}; "
                        "give each item to one construct, once."
                    )
                owner[item] = name
        try:
            paths = tuple((start, end) for start, end in self.paths)
        except (TypeError, ValueError):
            raise InputError(
                f"paths={self.paths!r} is not a list of (from, to) pairs of construct names."
            ) from None
        for path in paths:
            check_names("paths", path, constructs, inside=f" in {path!r}")
            if paths.count(path) > 1:
                raise InputError(f"paths: {path!r} is given more than once.")
        idle = [name for name in constructs if not any(name in path for path in paths)]
        if idle:
            raise InputError(
                f"constructs: no path touches {', '.join(map(repr, idle))}; "
                "add a path or leave the construct out."
            )
        object.__setattr__(self, "constructs", MappingProxyType(constructs))
        object.__setattr__(self, "paths", paths)
        _check_acyclic(paths, constructs)

    def __reduce__(self):
        return PLSModel, (dict(self.constructs), self.paths)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Construct names, in the order given."""
        return tuple(self.constructs)

    @cached_property
    def items(self) -> tuple[str, ...]:
        """All items, construct by construct."""
        return tuple(item for items in self.constructs.values() for item in items)

    @cached_property
    def endogenous(self) -> tuple[str, ...]:
        """Constructs at least one path leads to."""
        ends = {end for _, end in self.paths}
        return tuple(name for name in self.constructs if name in ends)

    def antecedents(self, construct: str) -> tuple[str, ...]:
        """Return the constructs with a path to `construct`, in the order of the paths."""
        return tuple(start for start, end in self.paths if end == construct)

    @cached_property
    def chains(self) -> tuple[tuple[str, ...], ...]:
        """Every directed chain of two or more paths: the specific indirect effects."""
        found: list[tuple[str, ...]] = []

        def extend(chain: tuple[str, ...]) -> None:
            for start, end in self.paths:
                if start == chain[-1]:
                    if len(chain) > 1:
                        found.append((*chain, end))
                    extend((*chain, end))

        for name in self.constructs:
            extend((name,))
        return tuple(found)


def _items(name: str, items: Sequence[str]) -> tuple[str, ...]:
    if isinstance(items, str):
        raise InputError(
            f"constructs: the items of {name!r} are the text {items!r}; give a list of names."
        )
    items = tuple(items)
    if not items:
        raise InputError(f"constructs: {name!r} has no items; give at least one.")
    return items


def _check_acyclic(paths: Sequence[tuple[str, str]], constructs: Mapping[str, object]) -> None:
    waiting = set(constructs)
    while waiting:
        free = {name for name in waiting if not any(b == name and a in waiting for a, b in paths)}
        if not free:
            raise InputError(
                "paths: the paths among "
                f"{', '.join(name for name in constructs if name in waiting)} form a circle; "
                "partial least squares needs a model without feedback."
            )
        waiting -= free


def select_items(columns: Sequence[str], constructs: Sequence[str]) -> dict[str, list[str]]:
    """Items of each construct by column name: ``prefix_1``, ``prefix_2`` and so on, in that order.

    Parameters
    ----------
    columns : sequence of str
        Column names of a data set.
    constructs : sequence of str
        Construct names, which are the prefixes.

    Returns
    -------
    dict of str to list of str
        Items by construct, sorted by their number; gaps in the numbering are allowed.

    Raises
    ------
    InputError
        When a construct has no item among the columns.

    Examples
    --------
    >>> select_items(["alliance_10", "alliance_2", "age"], ["alliance"])
    {'alliance': ['alliance_2', 'alliance_10']}
    """
    found: dict[str, list[str]] = {}
    for name in constructs:
        prefix = f"{name}_"
        numbers = {
            int(tail): column
            for column in map(str, columns)
            if column.startswith(prefix) and (tail := column.removeprefix(prefix)).isdecimal()
        }
        if not numbers:
            raise InputError(
                f"data has no items of {name!r}: columns {prefix}1, {prefix}2 and so on "
                "are expected."
            )
        found[name] = [numbers[number] for number in sorted(numbers)]
    return found


def check_options(weighting: str, missing: str, tolerance: float, max_iter: int) -> None:
    """Raise InputError for an option outside its range."""
    for name, value, allowed in (
        ("weighting", weighting, WEIGHTING_SCHEMES),
        ("missing", missing, MISSING),
    ):
        if value not in allowed:
            raise InputError(
                f"{name}={value!r} is not one of {', '.join(allowed)}."
                f"{did_you_mean(value, allowed)}"
            )
    if not 0 < tolerance < 1:
        raise InputError(f"tolerance={tolerance!r} must lie between 0 and 1, such as 1e-7.")
    if not isinstance(max_iter, int | np.integer) or max_iter < 1:
        raise InputError(f"max_iter={max_iter!r} must be a whole number from 1.")


def check_names(
    argument: str, names: Iterable[str], known: Collection[str], *, inside: str = ""
) -> None:
    """Raise InputError for a name that is no construct."""
    for name in names:
        if name not in known:
            raise InputError(
                f"{argument}: {name!r}{inside} is not one of the constructs {', '.join(known)}."
                f"{did_you_mean(name, known)}"
            )


def check_modes(modes: Mapping[str, str], known: Collection[str]) -> None:
    """Raise InputError for the mode of what is no construct, and for one that does not exist."""
    check_names("mode", modes, known)
    for name, value in modes.items():
        if value not in MODES:
            raise InputError(f"mode={value!r} (for {name!r}) is not one of {', '.join(MODES)}.")


def resolve_mode(model: PLSModel, mode: str | Mapping[str, str]) -> dict[str, str]:
    """Outer mode of every construct, checked."""
    given = dict.fromkeys(model.names, mode) if isinstance(mode, str) else dict(mode)
    check_modes(given, model.names)
    # With one item every mode gives the weight 1.
    return {
        name: given.get(name, "A") if len(items) > 1 else "A"
        for name, items in model.constructs.items()
    }


def chain_label(chain: Sequence[str]) -> str:
    """Write a chain of constructs with arrows."""
    return " → ".join(chain)


def chain_steps(chain: Sequence[str]) -> list[tuple[str, str]]:
    """Return the (from, to) paths a chain is made of."""
    return list(pairwise(chain))
