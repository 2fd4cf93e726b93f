"""What a planned study is: a population, its targets, and how one of its samples is analyzed.

A design draws all replications of a cell at once and returns an estimate and an interval for each
target. `helpers.models.power.simulation` puts designs on a grid of sample sizes and effect sizes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from helpers.errors import InputError, did_you_mean
from helpers.inputs import check_choice
from helpers.models.inference.intervals import check_ci_level
from helpers.models.inference.resampling import check_n_boot

__all__ = ["Analysis", "Design", "Replications", "check_reliability"]


@dataclass(frozen=True)
class Analysis:
    """How each replication is tested.

    Attributes
    ----------
    ci_level : float
        A target is significant where its interval of this level excludes zero.
    interval : {"monte_carlo", "bootstrap"}
        The Monte Carlo method draws the paths from their joint normal distribution and takes the
        percentiles of the effect; single coefficients get their usual t or z interval. The
        bootstrap resamples cases; of a path model it gives single paths the interval of z, the
        estimate by the standard deviation of the draws, and effects their percentiles.
    n_draws : int
        Draws of the Monte Carlo method.
    n_boot : int
        Draws of the bootstrap.
    """

    ci_level: float = 0.95
    interval: str = "monte_carlo"
    n_draws: int = 1000
    n_boot: int = 1000

    def __post_init__(self) -> None:
        object.__setattr__(self, "ci_level", check_ci_level(self.ci_level))
        check_choice("interval", self.interval, ("monte_carlo", "bootstrap"))
        for name in ("n_draws", "n_boot"):
            try:
                object.__setattr__(self, name, check_n_boot(getattr(self, name)))
            except InputError as error:
                raise InputError(str(error).replace("n_boot=", f"{name}=", 1)) from None


@dataclass(frozen=True)
class Replications:
    """Results of a block of replications, columns in the order of the design's targets.

    Attributes
    ----------
    est, lower, upper : array, shape (R, T)
        NaN in the rows of failed replications, and in the columns of targets without an interval.
    significant : array of bool, shape (R, T)
        False in failed replications.
    failed : array of bool, shape (R,)
    """

    est: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    significant: np.ndarray = field(default=None)
    failed: np.ndarray = field(default=None)

    def __post_init__(self) -> None:
        if self.failed is None:
            object.__setattr__(self, "failed", ~np.isfinite(self.est).all(axis=1))
        if self.significant is None:
            with np.errstate(invalid="ignore"):
                object.__setattr__(self, "significant", (self.lower > 0) | (self.upper < 0))


class Design(Protocol):
    """What `helpers.models.power.simulation.simulate_power` needs of a design.

    A design is a frozen dataclass of plain values, so that it can be sent to other processes and
    be told apart from every other design by its content.
    """

    name: str
    effect_name: str
    targets: tuple[str, ...]
    measures: tuple[str, ...]
    smallest_n: int

    def describe(self) -> dict:
        """Return the design's content as plain values, for the fingerprint of saved results."""

    def population(self, effect: float, reliability: Mapping[str, float]) -> object:
        """Return the population at an effect size; InputError where there is none."""

    def truth(self, effect: float) -> np.ndarray:
        """Return the targets' values without measurement error, shape (T,)."""

    def estimand(self, population: object) -> np.ndarray:
        """Return what the estimator aims at in this population, shape (T,)."""

    def analytic(
        self, population: object, n: int, ci_level: float
    ) -> tuple[np.ndarray, tuple[str, ...]]:
        """Return the power by formula, shape (T,) with NaN where there is none, and its names."""

    def replicate(
        self,
        population: object,
        n: int,
        n_replications: int,
        rng: np.random.Generator,
        analysis: Analysis,
    ) -> Replications:
        """Draw and analyze a block of samples of `n` analyzed cases."""


def check_reliability(
    reliability: float | Mapping[str, float] | None, measures: tuple[str, ...]
) -> dict[str, float]:
    """Return the reliability of every measure, 1 where not given.

    Parameters
    ----------
    reliability : float, mapping of str to float, or None
        One number for all measures, or by measure.
    measures : tuple of str

    Returns
    -------
    dict

    Raises
    ------
    InputError
        An unknown measure, or a reliability outside (0, 1].

    Examples
    --------
    >>> check_reliability(0.8, ("alliance", "quality"))
    {'alliance': 0.8, 'quality': 0.8}
    """
    if reliability is None:
        reliability = {}
    elif not isinstance(reliability, Mapping):
        reliability = dict.fromkeys(measures, reliability)
    for name, value in reliability.items():
        if name not in measures:
            raise InputError(
                f"reliability: {name!r} is not a measure of this design; there are"
                f" {', '.join(measures)}.{did_you_mean(name, measures)}"
            )
        try:
            inside = 0 < float(value) <= 1
        except (TypeError, ValueError):
            inside = False
        if not inside:
            raise InputError(
                f"reliability={value!r} of {name} is not above 0 and at most 1; give e.g. 0.85."
            )
    return {name: float(reliability.get(name, 1.0)) for name in measures}
