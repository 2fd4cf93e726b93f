"""Case bootstrap of a moderated regression, all draws at once through cross-products."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from helpers.errors import InputError
from helpers.models.inference.clusters import MIN_DRAWN
from helpers.models.inference.draws import Bootstrap, bootstrap_counts
from helpers.models.inference.intervals import check_ci_level
from helpers.models.inference.resampling import Record, plan_resampling
from helpers.models.moderation.fit import ModerationFit
from helpers.models.moderation.simple_slopes import moderator_points
from helpers.models.moderation.slope_lines import slope_line

__all__ = ["bootstrap_moderation"]

QUANTITIES = ("parameter", "simple_slope", "r_squared_change")
FAILURES = {1: "collinear regressors, as when a rare level was not drawn"}


def bootstrap_moderation(
    fit: ModerationFit,
    *,
    at: str | Sequence[float] = "sd",
    n_boot: int = 5000,
    ci_level: float | None = None,
    kind: str = "percentile",
    seed: int = 1,
    indices: np.ndarray | None = None,
    n_jobs: int | None = None,
) -> Bootstrap:
    """Bootstrap coefficients, simple slopes and the change in R2.

    Cases are drawn with replacement, whole clusters where the fit has clusters.

    Parameters
    ----------
    fit : ModerationFit
    at : {"sd", "percentiles"} or sequence of float
        Moderator values of the simple slopes; fixed at their values in the sample, as is the
        centering, so that every draw estimates the same quantity.
    n_boot : int
        Number of draws.
    ci_level : float, optional
        The fit's own level where not given.
    kind : {"percentile", "bca", "expanded"}
        How limits are made where `Bootstrap.table` is not asked for others.
    seed : int
        A seed gives the same draws whatever the number of workers.
    indices : array of int, shape (n_boot, cases or clusters), optional
        Resampling indices from 0 to use instead of the seed; of clusters in the order of their
        first cases.
    n_jobs : int, optional
        Threads; by default one a core.

    Returns
    -------
    Bootstrap
        Its quantities are "parameter" (one row per term), "simple_slope" (label: at which moderator
        value) and "r_squared_change". A draw fails when its resampled regressors are collinear.

    Raises
    ------
    InputError
        For options out of range, fewer than 10 clusters, and when fewer than two draws succeed.

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
    >>> boot = bootstrap_moderation(fit, n_boot=1000)
    >>> print(boot)
    Bootstrap of 81 cases, 1000 draws, seed 1; percentile 95% limits
    <BLANKLINE>
    parameter (Monte Carlo error of a limit: at most 0.018)
    lhs  op  rhs            est     se       z  pvalue  ci_lower  ci_upper
    y    ~   Intercept   -0.258  0.104  -2.492    .013    -0.458    -0.053
    y    ~   x           -0.098  0.112  -0.877    .381    -0.333     0.120
    y    ~   w           -0.029  0.116  -0.251    .802    -0.267     0.189
    y    ~   x:w        2.9e-04  0.113   0.003    .998    -0.166     0.286
    >>> boot.table("simple_slope", kind="bca")[["label", "est", "ci_lower", "ci_upper"]].round(3)
       label    est  ci_lower  ci_upper
    0  -1 SD -0.098    -0.545     0.129
    1   mean -0.098    -0.334     0.112
    2  +1 SD -0.098    -0.331     0.225
    """
    fit.one_data_set("bootstrap_moderation")
    if fit.cluster is not None and fit.n_clusters < MIN_DRAWN:
        raise InputError(
            f"cluster={fit.cluster!r} names {fit.n_clusters} clusters; to draw them takes"
            f" {MIN_DRAWN} at least. Use the CR2 intervals of probe_coefficients and"
            " probe_simple_slopes, which hold with fewer."
        )
    level = check_ci_level(fit.ci_level if ci_level is None else ci_level)
    quantities = _Quantities(fit, at)
    return bootstrap_counts(
        quantities,
        plan_resampling(
            fit.n, n_boot=n_boot, seed=seed, indices=indices, cluster=fit.cluster_codes
        ),
        keys=quantities.keys,
        reasons=FAILURES,
        n_jobs=n_jobs,
        ci_level=level,
        kind=kind,
        tested=(quantities.keys["quantity"] != "r_squared_change").to_numpy(),
        quantities=QUANTITIES,
        model=fit,
    )


class _Quantities:
    """Coefficients, simple slopes and change in R2 from case counts, for a block of draws."""

    def __init__(self, fit: ModerationFit, at: str | Sequence[float]) -> None:
        # draws are solved on the sample's orthonormal basis, well conditioned for any centering
        basis, r = np.linalg.qr(fit.design.to_numpy())
        basis *= np.sqrt(fit.n)
        self.k = basis.shape[1]
        self.to_terms = np.linalg.inv(r) * np.sqrt(fit.n)
        response = fit.response.to_numpy()
        self.response_mean = response.mean()
        columns = np.column_stack([basis, response - self.response_mean])
        self.rows, self.cols = np.triu_indices(self.k + 1)
        self.products = columns[:, self.rows] * columns[:, self.cols]
        y, product = fit.outcome, fit.terms.get("product", "")
        keys = [("parameter", y, "~", term, term) for term in fit.design.columns]
        self.product = None
        if fit.interaction:
            self.product = fit.design.columns.get_loc(fit.product_column("bootstrap_moderation"))
            self.predictor = fit.design.columns.get_loc(fit.terms["predictor"])
            line = slope_line(fit)
            points, values = moderator_points(line, at)
            self.steps = (values - line.center) / line.scale
            keys += [("simple_slope", y, ":=", fit.terms["predictor"], point) for point in points]
            keys += [("r_squared_change", y, "r2", product, product)]
        self.keys = pd.DataFrame(keys, columns=["quantity", "lhs", "op", "rhs", "label"])

    def __call__(self, counts: np.ndarray) -> Record:
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
        failure = ~np.isfinite(coefficients).all(axis=1)
        if self.product is None:
            return {"values": coefficients, "failure": failure}
        slopes = coefficients[:, [self.predictor]] + coefficients[:, [self.product]] * self.steps
        row = self.to_terms[self.product]
        variance = np.einsum("i,bij,j->b", row, inverse, row)
        # the first basis column is constant, so its cross-product gives the sum
        total = moments[:, k, k] - cross[:, 0] ** 2 / moments[:, 0, 0]
        with np.errstate(divide="ignore", invalid="ignore"):
            change = coefficients[:, self.product] ** 2 / variance / total
        values = np.column_stack([coefficients, slopes, change])
        return {"values": values, "failure": failure}


def _inverse_or_nan(matrices: np.ndarray) -> np.ndarray:
    """Invert a stack of cross-product matrices; NaN for those that are singular."""
    condition_ok = np.linalg.cond(matrices) < 1e12
    inverse = np.full_like(matrices, np.nan)
    inverse[condition_ok] = np.linalg.inv(matrices[condition_ok])
    return inverse
