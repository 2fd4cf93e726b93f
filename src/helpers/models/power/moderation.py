"""The planned moderation study: an interaction in a regression with three terms."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import ClassVar

import numpy as np
from scipy import stats

from helpers.errors import InputError
from helpers.inputs import check_choice
from helpers.models.inference.intervals import percentile_limits
from helpers.models.inference.resampling import count_cases
from helpers.models.moderation.fit import ModerationFit
from helpers.models.power.analytic import power_correlation, power_f2, power_t
from helpers.models.power.design import Analysis, Replications

__all__ = ["ModerationDesign", "ModerationPopulation", "design_from_fit"]


@dataclass(frozen=True)
class ModerationPopulation:
    """Observed scores of unit variance, with their measurement error.

    Attributes
    ----------
    r : float
        Observed correlation of predictor and moderator.
    slopes : tuple of float
        Of predictor, moderator and their product, on observed z-scores.
    r_outcome : tuple of float
        Observed correlations of predictor and moderator with the outcome.
    r_squared : float
        Of the regression with the product.
    f2 : float
        Of the product.
    true_r, true_slopes, residual_sd : the same before measurement error.
    reliability : tuple of float
        Of predictor, moderator and outcome.
    """

    r: float
    slopes: tuple[float, float, float]
    r_outcome: tuple[float, float]
    r_squared: float
    f2: float
    true_r: float
    true_slopes: tuple[float, float, float]
    residual_sd: float
    reliability: tuple[float, float, float]


@dataclass(frozen=True)
class ModerationDesign:
    """A regression of an outcome on a predictor, a moderator and their product.

    The effect size is the slope, in SD, of the outcome on the part of the product that predictor
    and moderator do not explain, in SD: the root of the change in R2. All else stays.

    Parameters
    ----------
    r_predictor_moderator, r_predictor_outcome, r_moderator_outcome : float
        Correlations of the true scores.
    se_type : {"classical", "hc3"}
        Of the regression's tests.

    Notes
    -----
    Predictor and moderator are bivariate normal, the residual normal with one variance.
    Targets: `product` (its coefficient on z-scores); `slope_high` and `slope_low`, the
    predictor's slope one sample SD above and below the moderator's mean; the two correlations
    with the outcome, by Fisher's z; and `pattern`: product and upper slope positive and
    significant, lower slope not significant, all in the same sample. `pattern` has no estimate.
    """

    r_predictor_moderator: float = 0.5
    r_predictor_outcome: float = 0.4
    r_moderator_outcome: float = 0.4
    se_type: str = "classical"

    name: ClassVar[str] = "moderation"
    effect_name: ClassVar[str] = "product slope"
    targets: ClassVar[tuple[str, ...]] = (
        "product",
        "slope_high",
        "slope_low",
        "r_predictor_outcome",
        "r_moderator_outcome",
        "pattern",
    )
    measures: ClassVar[tuple[str, ...]] = ("predictor", "moderator", "outcome")
    smallest_n: ClassVar[int] = 6

    def __post_init__(self) -> None:
        for name in ("r_predictor_moderator", "r_predictor_outcome", "r_moderator_outcome"):
            if not -1 < getattr(self, name) < 1:
                raise InputError(f"{name}={getattr(self, name)!r} is not between -1 and 1.")
        check_choice("se_type", self.se_type, ("classical", "hc3"))

    def describe(self) -> dict:
        """Return the design's content as plain values."""
        return {"design": self.name, **asdict(self)}

    def population(self, effect: float, reliability: Mapping[str, float]) -> ModerationPopulation:
        """Return the population at a product slope; InputError where R2 would reach 1."""
        r = self.r_predictor_moderator
        r_outcome = np.array([self.r_predictor_outcome, self.r_moderator_outcome])
        main = np.linalg.solve([[1, r], [r, 1]], r_outcome)
        explained = main @ r_outcome + effect**2
        if explained >= 1:
            raise InputError(
                f"effect={effect!r} with these correlations explains {explained:.3g} of the"
                " outcome's variance; it must stay below 1."
            )
        spread = np.sqrt(1 + r**2)  # sd of the product of two standard normals
        rx, rw, ry = (reliability[name] for name in self.measures)
        seen = np.sqrt([rx, rw])
        seen_r = float(r * seen.prod())
        seen_outcome = r_outcome * seen * np.sqrt(ry)
        seen_main = np.linalg.solve([[1, seen_r], [seen_r, 1]], seen_outcome)
        # E[xwy] of normals is the product slope times its variance; error only shrinks it
        product = effect * spread * seen.prod() * np.sqrt(ry) / (1 + seen_r**2)
        share = product**2 * (1 + seen_r**2)
        r_squared = float(seen_main @ seen_outcome + share)
        return ModerationPopulation(
            r=seen_r,
            slopes=(*map(float, seen_main), float(product)),
            r_outcome=tuple(map(float, seen_outcome)),
            r_squared=r_squared,
            f2=float(share / (1 - r_squared)),
            true_r=r,
            true_slopes=(*map(float, main), float(effect / spread)),
            residual_sd=float(np.sqrt(1 - explained)),
            reliability=(rx, rw, ry),
        )

    def truth(self, effect: float) -> np.ndarray:
        """Return the targets' values without measurement error."""
        return self.estimand(self.population(effect, dict.fromkeys(self.measures, 1.0)))

    def estimand(self, population: ModerationPopulation) -> np.ndarray:
        """Return what the regression on observed scores aims at."""
        x, _, product = population.slopes
        return np.array([product, x + product, x - product, *population.r_outcome, np.nan])

    def analytic(
        self, population: ModerationPopulation, n: int, ci_level: float
    ) -> tuple[np.ndarray, tuple[str, ...]]:
        """Return power by formula; predictors are taken as fixed at their population moments."""
        p = population
        power = np.full(len(self.targets), np.nan)
        if n > 4:
            power[0] = power_f2(p.f2, n=n, n_predictors=3, ci_level=ci_level)
            variance = (1 - p.r_squared) / n * (1 / (1 - p.r**2) + 1 / (1 + p.r**2))
            slopes = self.estimand(p)[1:3]
            power[1:3] = power_t(slopes / np.sqrt(variance), df=n - 4, ci_level=ci_level)
        power[3:5] = power_correlation(p.r_outcome, n=n, ci_level=ci_level)
        names = (
            "noncentral F, fixed predictors",
            "noncentral t, fixed predictors",
            "noncentral t, fixed predictors",
            "Fisher z",
            "Fisher z",
            "",
        )
        return power, names

    def replicate(
        self,
        population: ModerationPopulation,
        n: int,
        n_replications: int,
        rng: np.random.Generator,
        analysis: Analysis,
    ) -> Replications:
        """Draw and analyze a block of samples of `n` cases."""
        if n < self.smallest_n:
            raise InputError(f"n={n!r} analyzed cases are too few for this regression; use 6 up.")
        x, w, y = self._draw(population, n, n_replications, rng)
        x -= x.mean(axis=1, keepdims=True)
        w -= w.mean(axis=1, keepdims=True)
        design = np.stack([np.ones_like(x), x, w, x * w], axis=-1)
        if analysis.interval == "bootstrap":
            result = self._bootstrap(design, y, rng, analysis)
        else:
            result = self._t_intervals(design, y, analysis.ci_level)
        est, lower, upper = result
        significant = (lower > 0) | (upper < 0)
        positive = lower > 0
        significant[:, 5] = positive[:, 0] & positive[:, 1] & ~significant[:, 2]
        failed = ~np.isfinite(est[:, :5]).all(axis=1)
        significant[failed] = False
        return Replications(est, lower, upper, significant, failed)

    @staticmethod
    def _draw(
        p: ModerationPopulation, n: int, n_replications: int, rng: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        x, w, e = rng.standard_normal((3, n_replications, n))
        w = p.true_r * x + np.sqrt(1 - p.true_r**2) * w
        bx, bw, bp = p.true_slopes
        y = bx * x + bw * w + bp * (x * w - p.true_r) + p.residual_sd * e
        seen = []
        for score, reliability in zip((x, w, y), p.reliability, strict=True):
            if reliability < 1:
                error = rng.standard_normal((n_replications, n))
                score = np.sqrt(reliability) * score + np.sqrt(1 - reliability) * error
            seen.append(score)
        return tuple(seen)

    def _t_intervals(
        self, design: np.ndarray, y: np.ndarray, ci_level: float
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        n = y.shape[1]
        gram_inverse = np.linalg.inv(design.swapaxes(1, 2) @ design)
        b = (gram_inverse @ (design.swapaxes(1, 2) @ y[:, :, None]))[:, :, 0]
        residual = y - (design @ b[:, :, None])[:, :, 0]
        if self.se_type == "hc3":
            half = design @ gram_inverse
            leverage = np.einsum("rni,rni->rn", half, design)
            half *= (residual / (1 - leverage))[:, :, None]
            cov = half.swapaxes(1, 2) @ half
        else:
            cov = gram_inverse * ((residual**2).sum(axis=1) / (n - 4))[:, None, None]
        sd = design[:, :, 2].std(axis=1, ddof=1)
        steps = np.stack([sd, -sd])
        slope = b[:, 1] + steps * b[:, 3]
        variance = cov[:, 1, 1] + 2 * steps * cov[:, 1, 3] + steps**2 * cov[:, 3, 3]
        est = np.vstack([b[:, 3], slope]).T
        half_width = stats.t.isf((1 - ci_level) / 2, n - 4) * np.sqrt(
            np.vstack([cov[:, 3, 3], variance]).T
        )
        r = _correlations(design, y)
        z_half = stats.norm.isf((1 - ci_level) / 2) / np.sqrt(n - 3)
        z = np.arctanh(r)
        gap = np.full((len(y), 1), np.nan)
        return (
            np.hstack([est, r, gap]),
            np.hstack([est - half_width, np.tanh(z - z_half), gap]),
            np.hstack([est + half_width, np.tanh(z + z_half), gap]),
        )

    def _bootstrap(
        self, design: np.ndarray, y: np.ndarray, rng: np.random.Generator, analysis: Analysis
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        n_replications, n = y.shape
        est = np.full((n_replications, len(self.targets)), np.nan)
        limits = np.full((2, *est.shape), np.nan)
        row, column = np.triu_indices(5)
        for position in range(n_replications):
            columns = np.column_stack([design[position], y[position]])
            counts = count_cases(rng.integers(0, n, (analysis.n_boot, n)), n)
            counts = np.vstack([np.ones((1, n)), counts])
            moments = np.empty((len(counts), 5, 5))
            moments[:, row, column] = counts @ (columns[:, row] * columns[:, column])
            moments[:, column, row] = moments[:, row, column]
            draws = _from_moments(moments, n, columns[:, 2].std(ddof=1))
            est[position, :5] = draws[0]
            limits[:, position, :5] = percentile_limits(draws[1:], analysis.ci_level, axis=0)
        return est, limits[0], limits[1]


def design_from_fit(fit: ModerationFit, *, se_type: str = "classical") -> ModerationDesign:
    """Return the design whose correlations are those of a fitted sample.

    For the question how large an interaction *this* study could have found: put the design on a
    grid of effect sizes at the sample's own n. The sample's own product slope, the root of its
    `semipartial_r2`, is one of them, but power at the observed effect only restates its p value.

    Parameters
    ----------
    fit : ModerationFit
        With one product, to one data set. Covariates are left out; a two-level column is treated
        as if it were normal.
    se_type : {"classical", "hc3"}

    Returns
    -------
    ModerationDesign

    Examples
    --------
    >>> import pandas as pd
    >>> from helpers.models.moderation.model import fit_moderation
    >>> x, w, noise = np.random.default_rng(1).standard_normal((3, 200))
    >>> data = pd.DataFrame({"x": x, "w": w, "y": 0.3 * x + 0.2 * x * w + noise})
    >>> fit = fit_moderation(data, outcome="y", predictor="x", moderator="w")
    >>> bool(np.isclose(design_from_fit(fit).r_predictor_outcome, data["x"].corr(data["y"])))
    True
    """
    fit.one_data_set("design_from_fit")
    fit.product_column("design_from_fit")
    r = np.corrcoef(np.vstack([fit.predictor_values, fit.moderator_values, fit.response]))
    return ModerationDesign(float(r[0, 1]), float(r[0, 2]), float(r[1, 2]), se_type)


def _correlations(design: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Correlations of predictor and moderator (already centered) with the outcome."""
    y = y - y.mean(axis=1, keepdims=True)
    both = design[:, :, 1:3]
    cross = np.einsum("rni,rn->ri", both, y)
    return cross / np.sqrt((both**2).sum(axis=1) * (y**2).sum(axis=1)[:, None])


def _from_moments(moments: np.ndarray, n: int, sd: float) -> np.ndarray:
    """Targets but the pattern from cross-products of (1, x, w, xw, y); `sd` of the moderator."""
    gram, cross = moments[:, :4, :4], moments[:, :4, 4]
    usable = np.linalg.cond(gram) < 1e12
    b = np.full(cross.shape, np.nan)
    b[usable] = np.linalg.solve(gram[usable], cross[usable][:, :, None])[:, :, 0]
    mean = moments[:, 0, :] / n
    covariance = moments / n - mean[:, :, None] * mean[:, None, :]
    sds = np.sqrt(np.einsum("bii->bi", covariance))
    with np.errstate(divide="ignore", invalid="ignore"):
        r = covariance[:, 1:3, 4] / (sds[:, 1:3] * sds[:, 4:])
    return np.column_stack([b[:, 3], b[:, 1] + sd * b[:, 3], b[:, 1] - sd * b[:, 3], r])
