"""A model of moments at its ML solution, and what of a fit is computed of all cases or by group."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from helpers.models.sem.estimates import GivenMoments
from helpers.models.sem.gaussian import State
from helpers.models.sem.optimize import model_information
from helpers.models.sem.reticular import Reticular, Saturated


@dataclass(frozen=True)
class Fitted:
    """A model of moments at its ML solution.

    `span` holds the directions that constraints leave free, None without constraints.
    """

    model: Reticular | Saturated
    theta: np.ndarray
    state: State
    span: np.ndarray | None = None
    n_equal: int = 0

    @property
    def n_parameters(self) -> int:
        """Free parameters less equality constraints."""
        return self.model.n_parameters - self.n_equal

    @cached_property
    def _information(self) -> dict[str, np.ndarray]:
        return {}

    def information(self, kind: str) -> np.ndarray:
        """Information of one case about the free parameters."""
        if kind not in self._information:
            found = model_information(self.model, self.theta, self.state, kind=kind)
            self._information[kind] = found
        return self._information[kind]

    def bread(self, kind: str) -> np.ndarray:
        """Inverse information of one case, in the directions that are free."""
        return invert(self.information(kind), self.span)

    def scores(self) -> np.ndarray:
        """Casewise scores by the free parameters, shape (n, free)."""
        return self.model.scores(self.theta, self.state)


@dataclass(frozen=True)
class Part:
    """All cases, or those of one group: the model at the solution, the unrestricted model, given x.

    Parts of several groups share the free parameters of `model`, and its `span`.
    """

    model: Fitted
    saturated: Fitted
    given: GivenMoments
    x: np.ndarray

    @property
    def n(self) -> int:
        """Number of cases."""
        return self.model.state.sample.n


@dataclass(frozen=True)
class Clusters:
    """Which cluster each case belongs to, how many there are, and the factor G / (G - 1).

    Of several groups the factor is a column, of each case the one of its group.
    """

    name: str
    codes: np.ndarray
    count: int
    factor: float | np.ndarray

    @classmethod
    def of(cls, name: str, column: np.ndarray | pd.Series) -> Clusters:
        """Clusters by a column of their names."""
        codes, found = pd.factorize(column)
        return cls(name, codes, len(found), len(found) / max(len(found) - 1, 1))

    @classmethod
    def of_groups(cls, parts: Sequence[Clusters], column: np.ndarray | pd.Series) -> Clusters:
        """Clusters of several groups, whose cases follow each other; some may lie in several."""
        joint = cls.of(parts[0].name, column)
        factor = np.repeat([part.factor for part in parts], [len(part.codes) for part in parts])
        return replace(joint, factor=factor[:, None])


def invert(matrix: np.ndarray, span: np.ndarray | None) -> np.ndarray:
    """Inverse of a symmetric matrix, within the columns of `span`."""
    if span is not None:
        return span @ invert(span.T @ matrix @ span, None) @ span.T
    scale = 1 / np.sqrt(np.maximum(np.abs(np.diag(matrix)), 1e-300))
    inverse = np.linalg.inv(matrix * np.outer(scale, scale)) * np.outer(scale, scale)
    return (inverse + inverse.T) / 2


def outer_products(contributions: np.ndarray, clusters: Clusters | None) -> np.ndarray:
    """Mean outer product of casewise scores; summed by cluster, with its factor."""
    n = len(contributions)
    if clusters is None:
        return contributions.T @ contributions / n
    sums = np.zeros((clusters.count, contributions.shape[1]))
    np.add.at(sums, clusters.codes, contributions * np.sqrt(clusters.factor))
    return sums.T @ sums / n
