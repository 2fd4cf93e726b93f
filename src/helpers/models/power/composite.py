"""Planned studies of composites (PLS): paths between them, indirect effects and contrasts."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from helpers.errors import InputError
from helpers.models.pls.kernel import PLSStructure, compile_structure, solve_pls
from helpers.models.pls.scores import correlate_scores
from helpers.models.pls.specification import PLSModel
from helpers.models.power.checks import check_keys
from helpers.models.power.path import PathDesign, PathPopulation, sample_covariances
from helpers.models.sem.least_squares import solve_least_squares

__all__ = ["CompositeDesign"]

TOLERANCE = 1e-4
"""Largest sum of the changes of all weights in the last round."""

COLLINEAR = 1e-5
"""Smallest eigenvalue of composites' correlations below which single precision tells nothing."""


@dataclass(frozen=True, kw_only=True)
class CompositeDesign(PathDesign):
    """A path model of composites, each measured by items and estimated by partial least squares.

    Parameters
    ----------
    items : mapping of str to int
        Number of items of each construct.
    loadings : mapping of str to float
        Population loading of a construct's items on their composite, above 1 / sqrt(items) and
        below 1; the root of the average variance extracted.
    model, paths, exogenous_correlation, residual_correlation, targets, scaled
        As in `PathDesign`; the paths are those between the composites.

    Notes
    -----
    In the population the items of a construct are equally good and their errors cancel in the
    sum, so that the composite is the construct, and mode A weights are equal: the algorithm finds
    the given paths there exactly. In samples the weights are estimated (mode A, path weighting)
    and pay for it, which the bootstrap shows: constructs of a draw are turned to match the sample,
    as `helpers.models.pls.bootstrap.bootstrap_pls` does, here in single precision. For the Monte
    Carlo method the joint normal of the standardized paths comes from the normal-theory covariance
    of the composites' correlations by the delta method, weights taken as known; it promises too
    much where a construct is hardly related to its neighbors, whose `coverage` shows it. A
    reliability below 1 attenuates the composite's correlations with all others. Weights are
    iterated to TOLERANCE, which moves a correlation of composites by less than 1e-4.

    References
    ----------
    Dijkstra, T. K. (2017). A perfect match between a model and a mode. In Partial least squares
    path modeling (pp. 55-80). Springer. https://doi.org/10.1007/978-3-319-64069-3_4
    """

    items: Mapping[str, int]
    loadings: Mapping[str, float]

    name: ClassVar[str] = "composite model"

    def __post_init__(self) -> None:
        object.__setattr__(self, "items", dict(self.items))
        object.__setattr__(self, "loadings", dict(self.loadings))
        names = self.structure.variables
        check_keys("items", self.items, names, all_needed=True)
        check_keys("loadings", self.loadings, names, all_needed=True)
        for name in names:
            count, loading = self.items[name], self.loadings[name]
            if isinstance(count, bool) or not isinstance(count, int) or count < 1:
                raise InputError(f"items[{name!r}]={count!r} is not a number of items from 1 up.")
            if not (count == 1 or 1 / np.sqrt(count) < loading < 1):
                raise InputError(
                    f"loadings[{name!r}]={loading!r} is not between 1 / sqrt({count}) ="
                    f" {1 / np.sqrt(count):.3f} and 1, as {count} items need."
                )
        super().__post_init__()

    def describe(self) -> dict:
        """Return the design's content as plain values."""
        return {
            **super().describe(),
            "items": sorted(self.items.items()),
            "loadings": sorted(self.loadings.items()),
        }

    @cached_property
    def pls_structure(self) -> PLSStructure:
        """The composite model for the PLS algorithm, constructs in the path model's order."""
        names = self.structure.variables
        items = {name: [f"{name}_{k + 1}" for k in range(self.items[name])] for name in names}
        paths = [(term.rhs, term.lhs) for term in self.structure.coefficients]
        return compile_structure(PLSModel(constructs=items, paths=paths), tolerance=TOLERANCE)

    def population(self, effect: float, reliability: Mapping[str, float]) -> PathPopulation:
        """Return the population of composites and of their items."""
        composites = super().population(effect, reliability)
        owner = self.pls_structure.owner
        names = self.structure.variables
        counts = np.array([self.items[name] for name in names])
        loading = np.array(
            [self.loadings[n] if c > 1 else 1.0 for n, c in zip(names, counts, strict=True)]
        )
        item = composites.correlation[np.ix_(owner, owner)] * np.outer(
            loading[owner], loading[owner]
        )
        with np.errstate(divide="ignore", invalid="ignore"):
            within = loading**2 - (1 - loading**2) / (counts - 1)
        same = owner[:, None] == owner
        item = np.where(same, within[owner][:, None], item)
        np.fill_diagonal(item, 1.0)
        return PathPopulation(composites.correlation, composites.theta, item)

    def _sample_moments(
        self, population: PathPopulation, n: int, n_replications: int, rng: np.random.Generator
    ) -> np.ndarray:
        items = sample_covariances(population.item_correlation, n, n_replications, rng)
        sd = np.sqrt(np.einsum("bii->bi", items))
        items /= sd[:, :, None] * sd[:, None, :]
        return solve_pls(items, self.pls_structure).construct_correlation

    def _path_covariance(self, theta: np.ndarray, moments: np.ndarray, n: int) -> np.ndarray:
        """Covariance of standardized paths: normal theory of correlations and delta method."""
        place = self.structure.coefficient_parameter
        row, column = np.triu_indices(moments.shape[1], 1)
        step = 1e-5
        slope = np.empty((len(moments), len(place), row.size))
        for k, (i, j) in enumerate(zip(row, column, strict=True)):
            shifted = np.repeat(moments[None], 2, axis=0)
            for side, sign in enumerate((1, -1)):
                shifted[side, :, i, j] += sign * step
                shifted[side, :, j, i] += sign * step
            up, down = (solve_least_squares(self.plan, side)[:, place] for side in shifted)
            slope[:, :, k] = (up - down) / (2 * step)
        return slope @ _correlation_covariance(moments) @ slope.swapaxes(1, 2) / n

    def _bootstrap_moments(self, samples: np.ndarray, counts: np.ndarray) -> np.ndarray:
        half = (part.astype(np.float32) for part in (samples, counts))
        return correlate_scores(*half, self.pls_structure)

    def _solve(self, moments: np.ndarray) -> np.ndarray:
        """Estimates of each draw; NaN where composites are collinear, as in very small samples."""
        finite = np.isfinite(moments).all(axis=(1, 2), keepdims=True)
        smallest = np.linalg.eigvalsh(np.where(finite, moments, 0.0))[:, :1, None]
        return super()._solve(np.where(smallest > COLLINEAR, moments, np.nan))

    def _observed(self, population: PathPopulation) -> np.ndarray:
        return population.item_correlation


def _correlation_covariance(r: np.ndarray) -> np.ndarray:
    """Asymptotic covariance (times n) of the correlations above the diagonal, normal data.

    Olkin, I., & Siotani, M. (1976); shape (B, p, p) to (B, q, q) with q = p (p - 1) / 2.
    """
    row, column = np.triu_indices(r.shape[1], 1)
    i, j, k, m = row[:, None], column[:, None], row[None, :], column[None, :]
    ij, km = r[:, i, j], r[:, k, m]
    ik, im, jk, jm = r[:, i, k], r[:, i, m], r[:, j, k], r[:, j, m]
    return (
        0.5 * ij * km * (ik**2 + im**2 + jk**2 + jm**2)
        + ik * jm
        + im * jk
        - ij * (ik * im + jk * jm)
        - km * (ik * jk + im * jm)
    )
