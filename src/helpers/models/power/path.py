"""Planned path-model studies: paths, indirect effects and contrasts."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations
from typing import ClassVar

import numpy as np
from scipy import stats

from helpers.errors import InputError
from helpers.models.inference.clusters import MIN_DRAWN
from helpers.models.inference.draws import LARGEST_SHARE_FAILED
from helpers.models.inference.intervals import percentile_limits
from helpers.models.inference.resampling import count_cases
from helpers.models.power.analytic import power_normal
from helpers.models.power.checks import check_keys, check_pairs
from helpers.models.power.design import Analysis, Replications
from helpers.models.sem.least_squares import (
    LeastSquaresPlan,
    plan_least_squares,
    solve_least_squares,
)
from helpers.models.sem.likelihood import information
from helpers.models.sem.structure import PathStructure, build_structure
from helpers.models.sem.syntax import Definition, parse_model

__all__ = ["PathDesign", "PathPopulation", "sample_covariances"]

CHUNK = 50
"""Replications whose Monte Carlo draws are held at once."""

SHARED = 25
"""Samples that share the numbers of the drawn cases: drawing these costs more than their use, and
which cases of independent samples go together is chance in any case."""


@dataclass(frozen=True)
class PathPopulation:
    """Population of a path design.

    Attributes
    ----------
    correlation : array, shape (p, p)
        Of the observed scores, variables in the order of the structure.
    theta : array, shape (free,)
        What the estimator ends with in this population.
    item_correlation : array or None
        Of the items, for a composite design.
    """

    correlation: np.ndarray
    theta: np.ndarray
    item_correlation: np.ndarray | None = None


@dataclass(frozen=True, kw_only=True)
class PathDesign:
    """A recursive path model of observed scores, estimated by maximum likelihood.

    The effect size multiplies the scaled paths: 1 is the study the paths come from, 0 is no
    effect. Exogenous correlations and residual correlations stay.

    Parameters
    ----------
    model : str
        lavaan syntax. Every path has a label; `:=` defines effects as functions of the paths.
        Residual covariances may be named (`a ~~ b`), not fixed.
    paths : mapping of str to float
        Standardized population value of each labeled path.
    exogenous_correlation : mapping of (str, str) to float
        Zero where not given.
    residual_correlation : mapping of (str, str) to float
        Of residuals whose covariance is in the model; zero where not given.
    targets : sequence of str
        Labels of the paths and effects to plan for; all defined effects where not given.
    scaled : sequence of str
        Labels of the paths that the effect size multiplies; all where not given.
    caseload : int
        Clients of one therapist (cases of one cluster); 1 where cases are independent.
    icc : float
        Intraclass correlation of every variable: the share of its variance between clusters.

    Notes
    -----
    Variables are multivariate normal with variance 1 in the population; the model is fitted to
    the covariance matrix in these units. By the bootstrap, a path is judged by z, its estimate over
    the standard deviation of the draws, and an effect by its percentile interval, as the notebooks
    judge theirs. By the Monte Carlo method, a path gets its z interval from the expected
    information, and an effect is drawn from the joint normal of the paths. Clusters are of one
    size, alike within and between, and drawn as wholes by the bootstrap.
    """

    model: str
    paths: Mapping[str, float]
    exogenous_correlation: Mapping[tuple[str, str], float] = field(default_factory=dict)
    residual_correlation: Mapping[tuple[str, str], float] = field(default_factory=dict)
    targets: tuple[str, ...] = ()
    scaled: tuple[str, ...] = ()
    caseload: int = 1
    icc: float = 0.0

    name: ClassVar[str] = "path model"
    effect_name: ClassVar[str] = "multiple of the given paths"

    def __post_init__(self) -> None:
        for name in ("paths", "exogenous_correlation", "residual_correlation"):
            object.__setattr__(self, name, dict(getattr(self, name)))
        structure = self.structure
        if self.plan is None:
            raise InputError(
                "model is not equation-wise least squares (fixed residual covariances or equal"
                " paths across equations), which the planner needs."
            )
        labels = self.path_labels
        if not all(labels) or len(set(labels)) < len(labels):
            raise InputError(
                "model: give every path a label of its own, as in 'ses ~ b1*task + b2*goal'."
            )
        if any(term.label for term in structure.covariances):
            raise InputError("model: residual covariances carry no label in a plan; remove it.")
        check_keys("paths", self.paths, labels, all_needed=True)
        effects = [definition.name for definition in structure.definitions]
        known = [*labels, *effects]
        targets = tuple(self.targets) or tuple(effects) or tuple(labels)
        scaled = tuple(self.scaled) or tuple(labels)
        check_keys("targets", targets, known)
        check_keys("scaled", scaled, labels)
        object.__setattr__(self, "targets", targets)
        object.__setattr__(self, "scaled", scaled)
        pairs = [tuple(sorted(pair)) for pair in combinations(structure.exogenous, 2)]
        check_pairs("exogenous_correlation", self.exogenous_correlation, pairs)
        pairs = [
            tuple(sorted((term.lhs, term.rhs)))
            for term in structure.covariances
            if term.lhs != term.rhs
        ]
        check_pairs("residual_correlation", self.residual_correlation, pairs)
        if (
            isinstance(self.caseload, bool)
            or int(self.caseload) != self.caseload
            or self.caseload < 1
        ):
            raise InputError(f"caseload={self.caseload!r} is not a number of cases from 1 up.")
        if not 0 <= self.icc < 1:
            raise InputError(f"icc={self.icc!r} is not a share from 0 up to, not with, 1.")
        self.population(1.0, dict.fromkeys(self.measures, 1.0))

    @cached_property
    def structure(self) -> PathStructure:
        """The model's parameters and their places."""
        return build_structure(parse_model(self.model))

    @cached_property
    def plan(self) -> LeastSquaresPlan | None:
        """How the model is solved by least squares."""
        return plan_least_squares(self.structure)

    @property
    def path_labels(self) -> tuple[str, ...]:
        """Label of every path."""
        return tuple(term.label for term in self.structure.coefficients)

    @property
    def measures(self) -> tuple[str, ...]:
        """The variables, which may be measured with error."""
        return self.structure.variables

    @property
    def smallest_n(self) -> int:
        """Fewest cases that can be analyzed."""
        fewest = len(self.measures) + 2
        return fewest if self.caseload == 1 else max(fewest, MIN_DRAWN * self.caseload)

    @property
    def only_by_bootstrap(self) -> str:
        """What the formula and the Monte Carlo method cannot do; "" where both can."""
        return "takes cases for independent" if self.caseload > 1 else ""

    def describe(self) -> dict:
        """Return the design's content as plain values."""
        return {
            "design": self.name,
            "model": self.model,
            "paths": sorted(self.paths.items()),
            "exogenous_correlation": sorted(
                (*sorted(pair), value) for pair, value in self.exogenous_correlation.items()
            ),
            "residual_correlation": sorted(
                (*sorted(pair), value) for pair, value in self.residual_correlation.items()
            ),
            "targets": list(self.targets),
            "scaled": sorted(self.scaled),
            "clusters": [self.caseload, self.icc],
        }

    def population(self, effect: float, reliability: Mapping[str, float]) -> PathPopulation:
        """Return the population at a multiple of the paths; InputError where R2 would reach 1."""
        correlation = self._true_correlation(effect)
        seen = np.sqrt([reliability[name] for name in self.measures])
        correlation = correlation * np.outer(seen, seen)
        np.fill_diagonal(correlation, 1.0)
        theta = solve_least_squares(self.plan, correlation[None])[0]
        return PathPopulation(correlation, theta)

    def truth(self, effect: float) -> np.ndarray:
        """Return the targets' values without measurement error."""
        return self._targets_of(
            np.array([self._value(label, effect) for label in self.path_labels])
        )

    def estimand(self, population: PathPopulation) -> np.ndarray:
        """Return what the estimator aims at."""
        return self._targets_of(population.theta[self.structure.coefficient_parameter])

    def analytic(
        self, population: PathPopulation, n: int, ci_level: float
    ) -> tuple[np.ndarray, tuple[str, ...]]:
        """Return power by the normal approximation, with the delta method for effects.

        NaN where `only_by_bootstrap` says why.
        """
        if self.only_by_bootstrap:
            return np.full(len(self.targets), np.nan), ("",) * len(self.targets)
        paths = population.theta[self.structure.coefficient_parameter]
        covariance = self._path_covariance(population.theta[None], population.correlation[None], n)
        steps = 1e-5 * np.diag(np.maximum(np.abs(paths), 1e-2))
        slope = (self._targets_of(paths + steps) - self._targets_of(paths - steps)).T / (
            2 * np.diag(steps)
        )
        variance = np.einsum("ti,ij,tj->t", slope, covariance[0], slope)
        power = power_normal(self._targets_of(paths), se=np.sqrt(variance), ci_level=ci_level)
        names = tuple(
            "Wald z" if target in self.path_labels else "Sobel-type normal (delta method)"
            for target in self.targets
        )
        return power, names

    def replicate(
        self,
        population: PathPopulation,
        n: int,
        n_replications: int,
        rng: np.random.Generator,
        analysis: Analysis,
    ) -> Replications:
        """Draw and analyze a block of samples of `n` cases."""
        if n < self.smallest_n:
            raise InputError(
                f"n={n!r} analyzed cases are too few for {len(self.measures)} variables"
                + (f" in clusters of {self.caseload}" if self.caseload > 1 else "")
                + f"; use {self.smallest_n} or more."
            )
        if analysis.interval == "bootstrap":
            return self._bootstrap(population, n, n_replications, rng, analysis)
        if self.only_by_bootstrap:
            raise InputError(
                f"interval={analysis.interval!r} {self.only_by_bootstrap}; give 'bootstrap'."
            )
        moments = self._sample_moments(population, n, n_replications, rng)
        theta = self._solve(moments)
        return self._monte_carlo(theta, moments, n, rng, analysis)

    # --- what a composite design does otherwise ------------------------------------------------

    def _sample_moments(
        self, population: PathPopulation, n: int, n_replications: int, rng: np.random.Generator
    ) -> np.ndarray:
        return sample_covariances(population.correlation, n, n_replications, rng)

    def _path_covariance(self, theta: np.ndarray, moments: np.ndarray, n: int) -> np.ndarray:
        """Sampling covariance of the paths from the expected information, shape (B, k, k)."""
        inverse = np.linalg.inv(information(self.structure, theta, moments, kind="expected"))
        place = self.structure.coefficient_parameter
        return inverse[:, place[:, None], place] / n

    def _bootstrap_moments(self, samples: np.ndarray, counts: np.ndarray) -> np.ndarray:
        """Moments of each draw of each sample, shape (S, B, p, p)."""
        row, column = np.triu_indices(samples.shape[2])
        share = counts / counts.sum(axis=1, keepdims=True)
        moments = np.empty((len(samples), len(counts), *samples.shape[2:], samples.shape[2]))
        for sample, out in zip(samples, moments, strict=True):
            mean = share @ sample
            packed = share @ (sample[:, row] * sample[:, column])
            packed -= mean[:, row] * mean[:, column]
            out[:, row, column] = out[:, column, row] = packed
        return moments

    def _observed(self, population: PathPopulation) -> np.ndarray:
        return population.correlation

    # --- shared --------------------------------------------------------------------------------

    def _value(self, label: str, effect: float) -> float:
        return self.paths[label] * (effect if label in self.scaled else 1.0)

    def _true_correlation(self, effect: float) -> np.ndarray:
        """Correlations of unit-variance variables that the paths imply, in causal order."""
        structure = self.structure
        position = {name: k for k, name in enumerate(structure.variables)}
        p, m = len(structure.variables), len(structure.endogenous)
        correlation = np.eye(p)
        for (one, two), value in self.exogenous_correlation.items():
            i, j = position[one], position[two]
            correlation[i, j] = correlation[j, i] = value
        if len(structure.exogenous) and np.linalg.eigvalsh(correlation[m:, m:])[0] <= 0:
            raise InputError("exogenous_correlation is not positive definite; no data have it.")
        paths = np.zeros((m, p))
        for term, (row, column) in zip(
            structure.coefficients, structure.coefficient_index, strict=True
        ):
            paths[row, column] = self._value(term.label, effect)
        between = {
            frozenset((position[one], position[two])): value
            for (one, two), value in self.residual_correlation.items()
        }
        # residual-to-variable covariances of what is done so far
        residual_sd = np.zeros(m)
        residual_with = np.zeros((m, p))
        done = list(range(m, p))
        for y in range(m):
            explained = paths[y] @ correlation @ paths[y]
            if explained >= 1:
                raise InputError(
                    f"effect={effect:g}: the paths explain {100 * explained:.0f}% of the variance"
                    f" of {structure.endogenous[y]}, which must stay below 100%. Use smaller paths"
                    " or correlations."
                )
            residual_sd[y] = np.sqrt(1 - explained)
            for other in range(y):
                rho = between.get(frozenset((y, other)), 0.0)
                own = rho * residual_sd[y] * residual_sd[other]
                residual_with[y, other] = own
            # what the residual of y shares with earlier variables, through their residuals
            total = np.linalg.inv(np.eye(y) - paths[:y, :y]) if y else np.zeros((0, 0))
            shared = total @ residual_with[y, :y]
            for k in done:
                value = paths[y] @ correlation[:, k] + (shared[k] if k < y else 0.0)
                correlation[y, k] = correlation[k, y] = value
            done.append(y)
        if np.linalg.eigvalsh(correlation)[0] <= 1e-10:
            raise InputError(
                "the paths and residual correlations leave no positive definite population; make"
                " the residual correlations smaller."
            )
        return correlation

    @cached_property
    def _needed(self) -> tuple[Definition, ...]:
        """The definitions that the targets rest on, in order."""
        wanted = set(self.targets)
        kept = []
        for definition in reversed(self.structure.definitions):
            if definition.name in wanted:
                wanted |= definition.names()
                kept.append(definition)
        return tuple(reversed(kept))

    def _effects(self, paths: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Paths by label and the effects defined by them."""
        values = dict(paths)
        for definition in self._needed:
            values[definition.name] = definition.evaluate(values)
        return values

    def _targets_of(self, paths: np.ndarray) -> np.ndarray:
        """Values of the targets at path values (..., k), shape (..., T)."""
        by_label = {label: paths[..., k] for k, label in enumerate(self.path_labels)}
        values = self._effects(by_label)
        shape = paths.shape[:-1]
        return np.stack([np.broadcast_to(values[t], shape) for t in self.targets], axis=-1)

    def _solve(self, moments: np.ndarray) -> np.ndarray:
        theta = np.full((len(moments), self.structure.n_parameters), np.nan)
        usable = np.isfinite(moments).all(axis=(1, 2))
        if usable.any():
            theta[usable] = solve_least_squares(self.plan, moments[usable])
        return theta

    def _monte_carlo(
        self,
        theta: np.ndarray,
        moments: np.ndarray,
        n: int,
        rng: np.random.Generator,
        analysis: Analysis,
    ) -> Replications:
        paths = theta[:, self.structure.coefficient_parameter]
        est = self._targets_of(paths)
        lower, upper = np.full((2, *est.shape), np.nan)
        usable = np.flatnonzero(np.isfinite(paths).all(axis=1))
        single = np.array([target in self.path_labels for target in self.targets])
        places = [self.path_labels.index(t) for t in self.targets if t in self.path_labels]
        z = stats.norm.isf((1 - analysis.ci_level) / 2)
        for first in range(0, usable.size, CHUNK):
            rows = usable[first : first + CHUNK]
            covariance = self._path_covariance(theta[rows], moments[rows], n)
            half = z * np.sqrt(np.einsum("bii->bi", covariance))[:, places]
            lower[np.ix_(rows, single)] = est[np.ix_(rows, single)] - half
            upper[np.ix_(rows, single)] = est[np.ix_(rows, single)] + half
            if single.all():
                continue
            # one row per path, so that every step below runs through memory in order
            noise = rng.standard_normal((rows.size, paths.shape[1], analysis.n_draws))
            drawn = _lower_root(covariance) @ noise + paths[rows][:, :, None]
            values = self._effects({label: drawn[:, k] for k, label in enumerate(self.path_labels)})
            for k in np.flatnonzero(~single):
                effect = np.broadcast_to(values[self.targets[k]], (rows.size, analysis.n_draws))
                lower[rows, k], upper[rows, k] = percentile_limits(
                    effect, analysis.ci_level, axis=1
                )
        return Replications(est, lower, upper)

    def _bootstrap(
        self,
        population: PathPopulation,
        n: int,
        n_replications: int,
        rng: np.random.Generator,
        analysis: Analysis,
    ) -> Replications:
        est = np.full((n_replications, len(self.targets)), np.nan)
        lower, upper = est.copy(), est.copy()
        single = np.array([target in self.path_labels for target in self.targets])
        root = np.linalg.cholesky(self._observed(population))
        for first in range(0, n_replications, SHARED):
            size = min(SHARED, n_replications - first)
            resampled = self._resample(root, n, size, rng, analysis.n_boot)
            for position, own in enumerate(resampled, first):
                solved = np.isfinite(own).all(axis=1)
                if not solved[0] or solved.mean() <= 1 - LARGEST_SHARE_FAILED:
                    continue
                est[position], drawn = own[0], own[1:][solved[1:]]
                limits = np.stack(percentile_limits(drawn, analysis.ci_level, axis=0))
                half = stats.norm.isf((1 - analysis.ci_level) / 2) * drawn.std(axis=0, ddof=1)
                limits[:, single] = (est[position] + np.outer([-1, 1], half))[:, single]
                lower[position], upper[position] = limits
        return Replications(est, lower, upper)

    def _resample(
        self, root: np.ndarray, n: int, size: int, rng: np.random.Generator, n_boot: int
    ) -> Iterable[np.ndarray]:
        """Targets in each of the samples: in the sample itself, then in its draws, (1 + B, T)."""
        cluster = np.arange(n) // self.caseload
        counts = self._count_drawn(cluster, rng, n_boot)
        samples = np.stack([self._draw_sample(root, cluster, rng) for _ in range(size)])
        moments = self._bootstrap_moments(samples, counts)
        values = self._estimate(self._solve(moments.reshape(-1, *moments.shape[2:])))
        return values.reshape(size, len(counts), -1)

    def _estimate(self, theta: np.ndarray) -> np.ndarray:
        return self._targets_of(theta[:, self.structure.coefficient_parameter])

    def _count_drawn(
        self, cluster: np.ndarray, rng: np.random.Generator, n_boot: int
    ) -> np.ndarray:
        """How often each draw takes each case, by clusters; before the draws, once each."""
        n_clusters = cluster[-1] + 1
        counts = np.ones((1 + n_boot, len(cluster)))
        drawn = rng.integers(0, n_clusters, (n_boot, n_clusters))
        counts[1:] = count_cases(drawn, n_clusters)[:, cluster]
        return counts

    def _draw_sample(
        self, root: np.ndarray, cluster: np.ndarray, rng: np.random.Generator
    ) -> np.ndarray:
        """Values of one sample's cases, shape (n, p)."""
        sample = rng.standard_normal((len(cluster), len(root)))
        if self.caseload > 1:
            shared = rng.standard_normal((cluster[-1] + 1, len(root)))[cluster]
            sample = np.sqrt(1 - self.icc) * sample + np.sqrt(self.icc) * shared
        return sample @ root.T


def sample_covariances(
    correlation: np.ndarray, n: int, size: int, rng: np.random.Generator
) -> np.ndarray:
    """Draw sample covariance matrices (divisor n) of normal data, shape (size, p, p).

    Examples
    --------
    >>> drawn = sample_covariances(np.eye(2), 50, 1000, np.random.default_rng(1))
    >>> drawn.mean(axis=0).round(1)
    array([[ 1., -0.],
           [-0.,  1.]])
    """
    p = len(correlation)
    if n - 1 >= p:
        drawn = stats.wishart.rvs(n - 1, correlation, size=size, random_state=rng)
        return np.reshape(drawn, (size, p, p)) / n
    root = np.linalg.cholesky(correlation)
    sample = rng.standard_normal((size, n, p)) @ root.T
    sample -= sample.mean(axis=1, keepdims=True)
    return sample.swapaxes(1, 2) @ sample / n


def _lower_root(covariance: np.ndarray) -> np.ndarray:
    """A matrix square root of each covariance; singular ones are lifted by rounding error."""
    scale = np.sqrt(np.einsum("bii->bi", covariance))
    correlation = covariance / (scale[:, :, None] * scale[:, None, :])
    return scale[:, :, None] * np.linalg.cholesky(correlation + 1e-10 * np.eye(covariance.shape[1]))
