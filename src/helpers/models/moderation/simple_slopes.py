"""The slope of a predictor as a line in the moderator: its value and test at chosen points."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from helpers.errors import InputError
from helpers.inputs import check_choice
from helpers.models.inference.intervals import check_ci_level
from helpers.models.moderation.model import ModerationFit, t_tests

__all__ = [
    "SlopeLine",
    "probe_predictions",
    "probe_simple_slopes",
    "slope_line",
    "slopes_from_published",
]

PERCENTILES = (16, 50, 84)
SIMPLE_SLOPE_COLUMNS = (
    "outcome",
    "se_type",
    "at",
    "moderator_value",
    "est",
    "se",
    "t",
    "pvalue",
    "ci_lower",
    "ci_upper",
)


@dataclass(frozen=True)
class SlopeLine:
    """A conditional slope b1 + b3 u, with u = (moderator - center) / scale, and its covariance.

    Attributes
    ----------
    slope, change : float
        b1, the slope at the centre, and b3, its change for one `scale` of the moderator.
    var_slope, var_change, cov : float
        Variances of b1 and b3, and their covariance.
    df_resid : float
        Degrees of freedom of the t tests; infinity gives normal tests.
    center, scale : float
    outcome, predictor, moderator, se_type : str
    ci_level : float
    moderator_mean, moderator_sd, moderator_min, moderator_max : float
        NaN where not known.
    moderator_levels : tuple or None
        Labels of the values 0 and 1 of a two-level moderator.
    moderator_values : numpy.ndarray or None
        The sample's values, where there is a sample.
    """

    slope: float
    change: float
    var_slope: float
    var_change: float
    cov: float
    df_resid: float
    center: float = 0.0
    scale: float = 1.0
    outcome: str = "outcome"
    predictor: str = "predictor"
    moderator: str = "moderator"
    se_type: str = "published"
    ci_level: float = 0.95
    moderator_mean: float = np.nan
    moderator_sd: float = np.nan
    moderator_min: float = np.nan
    moderator_max: float = np.nan
    moderator_levels: tuple | None = None
    moderator_values: np.ndarray | None = field(default=None, repr=False)

    def evaluate(self, moderator_value: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the slope and its standard error at moderator values on their own scale."""
        u = (np.asarray(moderator_value, dtype=float) - self.center) / self.scale
        variance = self.var_slope + 2 * u * self.cov + u**2 * self.var_change
        return self.slope + u * self.change, np.sqrt(np.maximum(variance, 0))


def slope_line(
    fit: ModerationFit, *, se_type: str = "classical", ci_level: float | None = None
) -> SlopeLine:
    """Return the conditional slope of a fit's predictor as a line in the moderator.

    Parameters
    ----------
    fit : ModerationFit
        With the product term.
    se_type : {"classical", "hc3"}
    ci_level : float, optional
        The fit's own level where not given.

    Returns
    -------
    SlopeLine
    """
    if not fit.interaction:
        raise InputError(
            "the fit has no product term, so its slope is the same at every moderator value;"
            " refit with interaction=True."
        )
    vcov = fit.covariance(se_type)
    if vcov.isna().to_numpy().any():
        raise InputError(
            "se_type='hc3' is undefined here: a row alone determines a coefficient (leverage 1),"
            " often the only case of a covariate level. Drop that covariate or use 'classical'."
        )
    b1, b3 = fit.terms["predictor"], fit.terms["product"]
    est = fit.table.set_index("term")["est"]
    values = fit.moderator_values.to_numpy()
    return SlopeLine(
        slope=est[b1],
        change=est[b3],
        var_slope=vcov.loc[b1, b1],
        var_change=vcov.loc[b3, b3],
        cov=vcov.loc[b1, b3],
        df_resid=fit.df_resid,
        center=fit.moderator_center,
        scale=fit.moderator_scale,
        outcome=fit.outcome,
        predictor=fit.predictor,
        moderator=fit.moderator,
        se_type=se_type,
        ci_level=fit.ci_level if ci_level is None else check_ci_level(ci_level),
        moderator_mean=float(values.mean()),
        moderator_sd=float(values.std(ddof=1)),
        moderator_min=float(values.min()),
        moderator_max=float(values.max()),
        moderator_levels=fit.moderator_levels,
        moderator_values=values,
    )


def slopes_from_published(
    *,
    b_predictor: float,
    b_product: float,
    var_predictor: float,
    var_product: float,
    cov: float,
    df_resid: float,
    moderator_center: float = 0.0,
    moderator_mean: float = np.nan,
    moderator_sd: float = np.nan,
    moderator_min: float = np.nan,
    moderator_max: float = np.nan,
    outcome: str = "outcome",
    predictor: str = "predictor",
    moderator: str = "moderator",
    ci_level: float = 0.95,
) -> SlopeLine:
    """Return the conditional slope that printed coefficients imply, without any data.

    Parameters
    ----------
    b_predictor, b_product : float
        Unstandardized coefficients of the predictor and of the product.
    var_predictor, var_product, cov : float
        Their sampling variances (squared standard errors) and covariance. The covariance cannot
        be left out: simple slopes depend on it.
    df_resid : float
        Residual degrees of freedom, n minus the number of coefficients; infinity for normal tests.
    moderator_center : float
        What was subtracted from the moderator before the product was formed.
    moderator_mean, moderator_sd, moderator_min, moderator_max : float
        On the moderator's own scale; needed for ``at="sd"`` and for the observed range.
    outcome, predictor, moderator : str
        Names for the tables.
    ci_level : float

    Returns
    -------
    SlopeLine
        With ``se_type="published"``; goes wherever a fit goes in `probe_simple_slopes` and
        `probe_johnson_neyman`.

    Raises
    ------
    InputError
        A value that is not finite, a variance that is not positive, a covariance larger than the
        variances allow, degrees of freedom below 1.

    References
    ----------
    Preacher, K. J., Curran, P. J., & Bauer, D. J. (2006). Computational tools for probing
    interactions in multiple linear regression, multilevel modeling, and latent curve analysis.
    Journal of Educational and Behavioral Statistics, 31(4), 437-448.
    https://doi.org/10.3102/10769986031004437

    Examples
    --------
    >>> line = slopes_from_published(b_predictor=0.4, b_product=0.2, var_predictor=0.01,
    ...     var_product=0.0064, cov=0.0, df_resid=77, moderator_mean=0.0, moderator_sd=1.0)
    >>> probe_simple_slopes(line)["est"].round(2).tolist()
    [0.2, 0.4, 0.6]
    """
    given = {
        "b_predictor": b_predictor,
        "b_product": b_product,
        "var_predictor": var_predictor,
        "var_product": var_product,
        "cov": cov,
        "moderator_center": moderator_center,
    }
    for name, value in given.items():
        if not np.isfinite(value):
            raise InputError(f"{name}={value!r} is not a finite number.")
    for name in ("var_predictor", "var_product"):
        if given[name] <= 0:
            raise InputError(f"{name}={given[name]!r} is not positive; square the standard error.")
    if cov**2 > var_predictor * var_product:
        raise InputError(
            f"cov={cov!r} is larger than sqrt(var_predictor var_product) ="
            f" {np.sqrt(var_predictor * var_product):.4g}; no two estimates covary so."
        )
    if not df_resid >= 1:
        raise InputError(f"df_resid={df_resid!r} is below 1; give n minus the coefficients.")
    return SlopeLine(
        slope=float(b_predictor),
        change=float(b_product),
        var_slope=float(var_predictor),
        var_change=float(var_product),
        cov=float(cov),
        df_resid=float(df_resid),
        center=float(moderator_center),
        outcome=outcome,
        predictor=predictor,
        moderator=moderator,
        ci_level=check_ci_level(ci_level),
        moderator_mean=float(moderator_mean),
        moderator_sd=float(moderator_sd),
        moderator_min=float(moderator_min),
        moderator_max=float(moderator_max),
    )


def as_slope_line(
    fit: ModerationFit | SlopeLine, se_type: str | None, ci_level: float | None
) -> SlopeLine:
    """Return a SlopeLine from a fit, or the given one at another level."""
    if isinstance(fit, ModerationFit):
        return slope_line(fit, se_type=se_type or "classical", ci_level=ci_level)
    if not isinstance(fit, SlopeLine):
        raise InputError(
            f"fit is a {type(fit).__name__}; give what fit_moderation or slopes_from_published"
            " returns."
        )
    if se_type not in (None, fit.se_type):
        raise InputError(
            f"se_type={se_type!r} cannot be had from {fit.se_type} coefficients; leave it out."
        )
    return fit if ci_level is None else replace(fit, ci_level=check_ci_level(ci_level))


def probe_simple_slopes(
    fit: ModerationFit | SlopeLine,
    *,
    at: str | Sequence[float] = "sd",
    ci_level: float | None = None,
    se_type: str | None = None,
) -> pd.DataFrame:
    """Test the predictor's slope at chosen values of the moderator.

    Parameters
    ----------
    fit : ModerationFit or SlopeLine
    at : {"sd", "percentiles"} or sequence of float
        The moderator's mean and one standard deviation either side; its 16th, 50th and 84th
        percentiles; or values on the moderator's own scale. A two-level moderator is always
        probed at its two levels.
    ci_level : float, optional
        The fit's own level where not given.
    se_type : {"classical", "hc3"}, optional
        Classical where not given; published coefficients have only their own.

    Returns
    -------
    pandas.DataFrame
        ``outcome se_type at moderator_value est se t pvalue ci_lower ci_upper``; `at` says how
        the value was chosen, `moderator_value` is on the moderator's own scale.

    Raises
    ------
    InputError
        No product term, an unknown `at`, or an `at` that needs numbers that were not published.

    Notes
    -----
    est = b1 + b3 u, se² = var b1 + 2 u cov + u² var b3, with u the moderator from its centre; t
    on the residual degrees of freedom. Tests at several values are not adjusted for their number.

    Validated: tests/reference/moderation/moderation.R (hand formulas, checked there against
    emmeans 1.8.4 with classical and HC3 covariances), max relative difference 2e-13, and 9e-10
    where columns far from zero are not centred.

    References
    ----------
    Aiken, L. S., & West, S. G. (1991). Multiple regression: Testing and interpreting
    interactions. Sage. Chapter 2.

    Examples
    --------
    >>> from helpers.models.moderation.model import fit_moderation
    >>> rng = np.random.default_rng(1)
    >>> frame = pd.DataFrame(rng.standard_normal((81, 3)), columns=["x", "w", "y"])
    >>> fit = fit_moderation(frame, outcome="y", predictor="x", moderator="w")
    >>> probe_simple_slopes(fit, at=[-2, 0, 2])["moderator_value"].tolist()
    [-2.0, 0.0, 2.0]
    """
    line = as_slope_line(fit, se_type, ci_level)
    labels, values = moderator_points(line, at)
    est, se = line.evaluate(values)
    tests = t_tests(est, se, line.df_resid, line.ci_level)
    head = pd.DataFrame(
        {
            "outcome": line.outcome,
            "se_type": line.se_type,
            "at": labels,
            "moderator_value": values,
        }
    )
    return pd.concat([head, tests], axis=1)[list(SIMPLE_SLOPE_COLUMNS)]


def moderator_points(line: SlopeLine, at: str | Sequence[float]) -> tuple[list[str], np.ndarray]:
    """Return the labels and the values at which a moderator is probed."""
    if line.moderator_levels is not None:
        return [str(level) for level in line.moderator_levels], np.array([0.0, 1.0])
    if isinstance(at, str):
        check_choice("at", at, ("sd", "percentiles"))
        if at == "sd":
            if not (np.isfinite(line.moderator_mean) and np.isfinite(line.moderator_sd)):
                raise InputError(
                    "at='sd' needs moderator_mean and moderator_sd; give both or a list of values."
                )
            steps = np.array([-1.0, 0.0, 1.0])
            return ["-1 SD", "mean", "+1 SD"], line.moderator_mean + steps * line.moderator_sd
        if line.moderator_values is None:
            raise InputError("at='percentiles' needs the data; give a list of values instead.")
        return (
            [f"{p}th percentile" for p in PERCENTILES],
            np.percentile(line.moderator_values, PERCENTILES),
        )
    try:
        values = np.array([float(value) for value in at])
    except (TypeError, ValueError):
        values = np.array([np.nan])
    if not (values.size and np.isfinite(values).all()):
        raise InputError(
            f"at={at!r} is not 'sd', 'percentiles' or a list of finite numbers, e.g. at=[2, 3, 4]."
        )
    return [f"{value:g}" for value in values], values


def probe_predictions(
    fit: ModerationFit,
    *,
    at: str | Sequence[float] = "sd",
    n_grid: int = 101,
    ci_level: float | None = None,
    se_type: str = "classical",
) -> pd.DataFrame:
    """Predict the outcome along the predictor, a line for each chosen moderator value.

    Each line covers only the predictor values of the cases whose moderator lies nearest to the
    line's own value, so that a plot of it claims nothing where there are no data.

    Parameters
    ----------
    fit : ModerationFit
    at : {"sd", "percentiles"} or sequence of float
        As in `probe_simple_slopes`.
    n_grid : int
        Points on each line.
    ci_level : float, optional
        The fit's own level where not given.
    se_type : {"classical", "hc3"}

    Returns
    -------
    pandas.DataFrame
        ``outcome se_type at moderator_value predictor_value est se ci_lower ci_upper n_cases``,
        covariates at their means; `n_cases` counts the cases nearest to the line's value. A line
        without cases is left out.
    """
    line = slope_line(fit, se_type=se_type, ci_level=ci_level)
    labels, values = moderator_points(line, at)
    nearest = np.abs(fit.moderator_values.to_numpy()[:, None] - values).argmin(axis=1)
    vcov = fit.covariance(se_type).to_numpy()
    frames = []
    for position, (label, value) in enumerate(zip(labels, values, strict=True)):
        cases = fit.predictor_values.to_numpy()[nearest == position]
        if not cases.size:
            continue
        grid = np.linspace(cases.min(), cases.max(), n_grid)
        rows = np.tile(fit.design.mean().to_numpy(), (n_grid, 1))
        x = (grid - fit.predictor_center) / fit.predictor_scale
        w = (value - fit.moderator_center) / fit.moderator_scale
        for term, column in (("predictor", x), ("moderator", w), ("product", x * w)):
            rows[:, fit.design.columns.get_loc(fit.terms[term])] = column
        est = rows @ fit.table["est"].to_numpy()
        se = np.sqrt(np.einsum("ij,jk,ik->i", rows, vcov, rows))
        tests = t_tests(est, se, fit.df_resid, line.ci_level)
        frame = pd.DataFrame(
            {
                "outcome": fit.outcome,
                "se_type": se_type,
                "at": label,
                "moderator_value": value,
                "predictor_value": grid,
            }
        )
        frames.append(
            pd.concat([frame, tests[["est", "se", "ci_lower", "ci_upper"]]], axis=1).assign(
                n_cases=cases.size
            )
        )
    return pd.concat(frames, ignore_index=True)
