"""Case bootstrap of a moderated regression, all draws at once through cross-products."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from helpers.errors import InputError
from helpers.inputs import check_choice
from helpers.models.inference.intervals import bca_interval, check_ci_level, percentile_interval
from helpers.models.inference.resampling import check_n_boot, map_draws
from helpers.models.moderation.model import ModerationFit
from helpers.models.moderation.simple_slopes import moderator_points, slope_line

__all__ = ["ModerationBootstrap", "bootstrap_moderation"]


@dataclass(frozen=True)
class ModerationBootstrap:
    """Bootstrap results of a moderated regression.

    Attributes
    ----------
    table : pandas.DataFrame
        ``outcome quantity term est se bias ci_lower ci_upper ci_type``. `quantity` is
        "coefficient", "simple slope" (`term` says at which moderator value) or "change in R2".
    draws : numpy.ndarray, shape (n_boot, rows of table)
        NaN rows are failed draws.
    n_boot, n_failed : int
        A draw fails when its resampled regressors are collinear.
    """

    table: pd.DataFrame
    draws: np.ndarray = field(repr=False)
    n_boot: int
    n_failed: int


def bootstrap_moderation(
    fit: ModerationFit,
    *,
    n_boot: int = 5000,
    ci_level: float | None = None,
    ci_type: str = "percentile",
    at: str | Sequence[float] = "sd",
    seed: int = 0,
    indices: np.ndarray | None = None,
) -> ModerationBootstrap:
    """Bootstrap coefficients, simple slopes and the change in R2 by resampling cases.

    Parameters
    ----------
    fit : ModerationFit
    n_boot : int
        Number of draws.
    ci_level : float, optional
        The fit's own level where not given.
    ci_type : {"percentile", "bca"}
    at : {"sd", "percentiles"} or sequence of float
        Moderator values of the simple slopes; fixed at their values in the sample, as is the
        centring, so that every draw estimates the same quantity.
    seed : int
        A seed gives the same draws whatever the number of cores.
    indices : array of int, shape (n_boot, n), optional
        Resampling indices to use instead of the seed.

    Returns
    -------
    ModerationBootstrap

    Notes
    -----
    A draw's cross-products are its case counts times the products of the sample's columns: one
    matrix product for a block of draws, then batched Cholesky solves. Percentile limits
    interpolate on the normal-quantile scale as R's boot does. The change in R2 cannot be negative,
    so its percentile interval never contains 0 and is no test.

    Validated: tests/reference/moderation/moderation.R (lm refitted on stored resampling indices),
    relative difference of each draw below 1e-8.

    References
    ----------
    Davison, A. C., & Hinkley, D. V. (1997). Bootstrap methods and their application. Cambridge
    University Press. https://doi.org/10.1017/CBO9780511802843

    Examples
    --------
    >>> from helpers.models.moderation.model import fit_moderation
    >>> rng = np.random.default_rng(1)
    >>> frame = pd.DataFrame(rng.standard_normal((81, 3)), columns=["x", "w", "y"])
    >>> fit = fit_moderation(frame, outcome="y", predictor="x", moderator="w")
    >>> bootstrap_moderation(fit, n_boot=200, seed=1).draws.shape
    (200, 8)
    """
    check_choice("ci_type", ci_type, ("percentile", "bca"))
    fit.one_data_set("bootstrap_moderation")
    n_boot = check_n_boot(n_boot)
    level = check_ci_level(fit.ci_level if ci_level is None else ci_level)
    quantities = _Quantities(fit, at)
    if indices is not None and np.shape(indices) != (n_boot, fit.n):
        raise InputError(
            f"indices has shape {np.shape(indices)}; it must be (n_boot, n) = ({n_boot}, {fit.n})."
        )
    draws = map_draws(quantities, fit.n, n_boot=n_boot, seed=seed, indices=indices)
    estimate = quantities(np.ones((1, fit.n)))[0]
    kept = draws[np.isfinite(draws).all(axis=1)]
    if len(kept) < 2:
        raise InputError("fewer than 2 draws succeeded; the resampled regressors are collinear.")
    if ci_type == "bca":
        jackknife = quantities(np.ones((fit.n, fit.n)) - np.eye(fit.n))
        jackknife = jackknife[np.isfinite(jackknife).all(axis=1)]
        lower, upper = bca_interval(kept, estimate, jackknife, level)
    else:
        lower, upper = percentile_interval(kept, level)
    table = quantities.labels.assign(
        est=estimate,
        se=kept.std(axis=0, ddof=1),
        bias=kept.mean(axis=0) - estimate,
        ci_lower=lower,
        ci_upper=upper,
        ci_type=ci_type,
    )
    return ModerationBootstrap(
        table=table, draws=draws, n_boot=n_boot, n_failed=int(n_boot - len(kept))
    )


class _Quantities:
    """Coefficients, simple slopes and change in R2 from case counts, for a block of draws."""

    def __init__(self, fit: ModerationFit, at: str | Sequence[float]) -> None:
        # draws are solved on the sample's orthonormal basis, well conditioned for any centring
        basis, r = np.linalg.qr(fit.design.to_numpy())
        basis *= np.sqrt(fit.n)
        self.k = basis.shape[1]
        self.to_terms = np.linalg.inv(r) * np.sqrt(fit.n)
        response = fit.response.to_numpy()
        self.response_mean = response.mean()
        columns = np.column_stack([basis, response - self.response_mean])
        self.rows, self.cols = np.triu_indices(self.k + 1)
        self.products = columns[:, self.rows] * columns[:, self.cols]
        labels = [("coefficient", term) for term in fit.design.columns]
        self.product = None
        if fit.interaction:
            self.product = fit.design.columns.get_loc(fit.product_column("bootstrap_moderation"))
            self.predictor = fit.design.columns.get_loc(fit.terms["predictor"])
            line = slope_line(fit)
            points, values = moderator_points(line, at)
            self.steps = (values - line.center) / line.scale
            labels += [("simple slope", point) for point in points]
            labels += [("change in R2", fit.terms["product"])]
        self.labels = pd.DataFrame(labels, columns=["quantity", "term"])
        self.labels.insert(0, "outcome", fit.outcome)

    def __call__(self, counts: np.ndarray) -> np.ndarray:
        k = self.k
        n_draws = len(counts)
        moments = np.empty((n_draws, k + 1, k + 1))
        packed = counts @ self.products
        moments[:, self.rows, self.cols] = packed
        moments[:, self.cols, self.rows] = packed
        inverse = _inverse_or_nan(moments[:, :k, :k])
        cross = moments[:, :k, k]
        coefficients = np.einsum("bij,bj->bi", inverse, cross) @ self.to_terms.T
        coefficients[:, 0] += self.response_mean
        if self.product is None:
            return coefficients
        slopes = coefficients[:, [self.predictor]] + coefficients[:, [self.product]] * self.steps
        row = self.to_terms[self.product]
        variance = np.einsum("i,bij,j->b", row, inverse, row)
        # the first basis column is constant, so its cross-product gives the sum
        total = moments[:, k, k] - cross[:, 0] ** 2 / moments[:, 0, 0]
        with np.errstate(divide="ignore", invalid="ignore"):
            change = coefficients[:, self.product] ** 2 / variance / total
        return np.column_stack([coefficients, slopes, change])


def _inverse_or_nan(matrices: np.ndarray) -> np.ndarray:
    """Invert a stack of cross-product matrices; NaN for those that are singular."""
    condition_ok = np.linalg.cond(matrices) < 1e12
    inverse = np.full_like(matrices, np.nan)
    inverse[condition_ok] = np.linalg.inv(matrices[condition_ok])
    return inverse
