"""Planned path-model studies in which answers are missing."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
from scipy import stats

from helpers.errors import InputError
from helpers.inputs import check_choice
from helpers.models.power.checks import check_keys
from helpers.models.power.path import PathDesign
from helpers.models.sem.expectation import solve_incomplete, sum_patterns

__all__ = ["IncompleteDesign"]

DEPENDENCE = 0.5
"""Correlation of the tendency to leave an answer out with the variable that it depends on."""


@dataclass(frozen=True, kw_only=True)
class IncompleteDesign(PathDesign):
    """A path model of observed scores some of which are missing.

    Sample sizes are those of the clients measured, complete or not.

    Parameters
    ----------
    missing : mapping of str to float
        Share of each variable's values that is missing; none where not given.
    missing_depends_on : mapping of str to str
        The complete variable on which it depends whether another one is missing (missing at
        random); completely at random where not given.
    analysis : {"fiml", "listwise"}
        Full-information maximum likelihood, with whatever each client answered, or complete
        clients only; as the parameter `missing` of the notebooks.
    model, paths, exogenous_correlation, residual_correlation, targets, scaled, caseload, icc
        As in `PathDesign`.

    Notes
    -----
    A value is missing where a standard normal tendency is above its quantile for the share. It
    correlates 0.5 with the variable that it depends on, and not with the tendency of another
    variable but through these. Effects are judged by the bootstrap, as in `PathDesign`: clients are
    drawn with their gaps, and each draw is fitted anew.

    Validated: tests/reference/power/test_incomplete.py, simulations with lavaan 0.6-14 and base R,
    within three Monte Carlo standard errors.
    """

    missing: Mapping[str, float]
    analysis: str
    missing_depends_on: Mapping[str, str] = field(default_factory=dict)

    name: ClassVar[str] = "path model with missing values"

    def __post_init__(self) -> None:
        object.__setattr__(self, "missing", dict(self.missing))
        object.__setattr__(self, "missing_depends_on", dict(self.missing_depends_on))
        check_choice("analysis", self.analysis, ("fiml", "listwise"))
        names = self.structure.variables
        check_keys("missing", self.missing, names)
        for name, share in self.missing.items():
            if not 0 <= share < 1:
                raise InputError(f"missing: {share!r} of {name} is not a share from 0 up to 1.")
        if self.share_complete < 0.05:
            raise InputError(
                f"missing: {100 * self.share_complete:.1f}% of the clients would have a value of"
                " every variable; 5% is the least with which a study can be planned."
            )
        check_keys("missing_depends_on", tuple(self.missing_depends_on), names)
        for name, other in self.missing_depends_on.items():
            if not self.missing.get(name):
                raise InputError(f"missing_depends_on: {name} has no share in missing.")
            check_keys("missing_depends_on", (other,), names)
            if self.missing.get(other) or other == name:
                raise InputError(
                    f"missing_depends_on: {name} is missing depending on {other}, which has to be"
                    " another variable without missing values."
                )
        super().__post_init__()

    @property
    def share_complete(self) -> float:
        """Share of clients with a value of every variable, completely at random."""
        return float(np.prod([1 - share for share in self.missing.values()]))

    @property
    def smallest_n(self) -> int:
        """Fewest cases that can be analyzed."""
        return int(np.ceil(super().smallest_n / self.share_complete))

    @property
    def only_by_bootstrap(self) -> str:
        """What the formula and the Monte Carlo method cannot do."""
        return "takes no missing values"

    def describe(self) -> dict:
        """Return the design's content as plain values."""
        return {
            **super().describe(),
            "missing": sorted(self.missing.items()),
            "missing_depends_on": sorted(self.missing_depends_on.items()),
            "analysis": self.analysis,
        }

    def missing_at(self, variable: str, z: float) -> float:
        """Share of clients who leave a variable out, `z` SDs from the mean of what it depends on.

        Examples
        --------
        >>> design = IncompleteDesign(model="y ~ a*x", paths={"a": 0.3}, missing={"y": 0.2},
        ...     missing_depends_on={"y": "x"}, analysis="fiml")
        >>> round(design.missing_at("y", -1), 2), round(design.missing_at("y", 1), 2)
        (0.06, 0.35)
        """
        weight = DEPENDENCE if variable in self.missing_depends_on else 0.0
        limit = stats.norm.isf(self.missing[variable])
        return float(stats.norm.sf((limit - weight * z) / np.sqrt(1 - weight**2)))

    def _resample(
        self, root: np.ndarray, n: int, size: int, rng: np.random.Generator, n_boot: int
    ) -> Iterable[np.ndarray]:
        everyone = np.arange(n) // self.caseload
        for _ in range(size):
            sample = self._leave_out(self._draw_sample(root, everyone, rng), rng)
            seen = np.isfinite(sample)
            kept = seen.all(axis=1) if self.analysis == "listwise" else seen.any(axis=1)
            cluster = np.unique(everyone[kept], return_inverse=True)[1]
            if len(cluster) < len(self.measures) + 2:
                yield np.full((1 + n_boot, len(self.targets)), np.nan)
                continue
            counts = self._count_drawn(cluster, rng, n_boot)
            if self.analysis == "listwise":
                theta = self._solve(self._bootstrap_moments(sample[None, kept], counts)[0])
            else:
                gaps = sum_patterns(sample[kept], counts)
                theta = solve_incomplete(self.plan, *gaps, root @ root.T)
            yield self._estimate(theta)

    def _leave_out(self, sample: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """The sample with NaN for what is missing."""
        place = {name: k for k, name in enumerate(self.measures)}
        incomplete = sample.copy()
        for name, share in self.missing.items():
            tendency = rng.standard_normal(len(sample))
            if name in self.missing_depends_on:
                cause = sample[:, place[self.missing_depends_on[name]]]
                tendency = DEPENDENCE * cause + np.sqrt(1 - DEPENDENCE**2) * tendency
            incomplete[tendency > stats.norm.isf(share), place[name]] = np.nan
        return incomplete
