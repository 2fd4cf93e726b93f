"""The slope of a predictor as a line in the moderator, from a fit or from printed coefficients."""

from dataclasses import dataclass, field, replace

import numpy as np
from scipy import stats

from helpers.errors import InputError
from helpers.models.inference.intervals import check_ci_level
from helpers.models.inference.linear import LinearInference, ResidualInference
from helpers.models.moderation.fit import ModerationFit
from helpers.models.moderation.sides import Side, defined_inference, slope_row

__all__ = ["SlopeLine", "slope_line", "slope_lines", "slopes_from_published"]


@dataclass(frozen=True)
class SlopeLine:
    """A conditional slope b1 + b3 u, with u = (moderator - center) / scale, and its covariance.

    Attributes
    ----------
    slope, change : float
        b1, the slope at the center, and b3, its change for one `scale` of the moderator.
    var_slope, var_change, cov : float
        Variances of b1 and b3, and their covariance.
    df_resid : float
        Degrees of freedom of the t tests; infinity gives normal tests, NaN says that they differ
        along the moderator (see `df`).
    center, scale : float
    outcome, predictor, moderator, se_type : str
        `predictor` names what has the slope, a contrast such as ``arm[B - A]`` included.
    ci_level : float
    moderator_mean, moderator_sd, moderator_min, moderator_max : float
        NaN where not known.
    moderator_levels, moderator_codes : tuple or None
        Labels of a moderator with two values, and these values.
    moderator_values : numpy.ndarray or None
        The sample's values, where there is a sample.
    n_copies : int
        How often `moderator_values` holds each row: once, or once for each imputation.
    inference : LinearInference or None
        Where degrees of freedom differ along the moderator, what gives them.
    rows : tuple of two arrays or None
        The combinations of coefficients that are b1 and b3.
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
    moderator_codes: tuple | None = None
    moderator_values: np.ndarray | None = field(default=None, repr=False)
    n_copies: int = 1
    inference: LinearInference | None = field(default=None, repr=False)
    rows: tuple[np.ndarray, np.ndarray] | None = field(default=None, repr=False)

    def evaluate(self, moderator_value: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the slope and its standard error at moderator values on their own scale."""
        u = (np.asarray(moderator_value, dtype=float) - self.center) / self.scale
        variance = self.var_slope + 2 * u * self.cov + u**2 * self.var_change
        return self.slope + u * self.change, np.sqrt(np.maximum(variance, 0))

    def df(self, moderator_value: np.ndarray) -> np.ndarray:
        """Return the degrees of freedom of the test at moderator values on their own scale."""
        value = np.asarray(moderator_value, dtype=float)
        if self.inference is None:
            return np.full(value.shape, self.df_resid)
        u = (value.reshape(-1, 1) - self.center) / self.scale
        return self.inference.df(self.rows[0] + u * self.rows[1]).reshape(value.shape)

    def critical_t(self, moderator_value: np.ndarray, alpha: float) -> np.ndarray:
        """Return the |t| that is significant at alpha, at moderator values on their own scale."""
        return stats.t.isf(alpha / 2, self.df(moderator_value))


def slope_lines(
    fit: ModerationFit,
    *,
    of: str = "predictor",
    se_type: str | None = None,
    ci_level: float | None = None,
) -> list[SlopeLine]:
    """Return the conditional slopes of a fit as lines in the variable that they change with.

    Parameters
    ----------
    fit : ModerationFit
        With the product term.
    of : {"predictor", "moderator"}
        Whose slope; the other one is what it changes with. A product does not say which of its two
        variables is the moderator.
    se_type : {"classical", "hc3", "cr2"}, optional
        The fit's own where not given.
    ci_level : float, optional
        The fit's own level where not given.

    Returns
    -------
    list of SlopeLine
        One; or, of a column with several levels, one for each pair of them: the difference between
        the two.

    Raises
    ------
    InputError
        No product term, or a slope that changes with a column of several levels, along which there
        is no line.

    Examples
    --------
    >>> from helpers.models.example import simulate_sessions
    >>> from helpers.models.moderation.model import fit_moderation
    >>> fit = fit_moderation(simulate_sessions(), outcome="quality", predictor="alliance",
    ...                      moderator="experience")
    >>> slope_lines(fit)[0].predictor
    'alliance'
    """
    own = Side(fit, of)
    other = own.other
    if other.several:
        raise InputError(
            f"{other.name!r} has {len(other.levels)} levels and no values between them;"
            f" probe_simple_slopes gives the slope at each, and of={other.role!r} where along"
            f" {own.name!r} the levels differ."
        )
    found = defined_inference(fit, se_type)
    values = other.data.to_numpy()
    lines = []
    for label, weights in own.contrasts().items():
        start, end = (slope_row(own, weights, u) for u in (0.0, 1.0))
        rows = np.stack([start, end - start])
        est, vcov = rows @ found.est, rows @ found.vcov @ rows.T
        constant = isinstance(found, ResidualInference)
        lines.append(
            SlopeLine(
                slope=float(est[0]),
                change=float(est[1]),
                var_slope=float(vcov[0, 0]),
                var_change=float(vcov[1, 1]),
                cov=float(vcov[0, 1]),
                df_resid=found.df_resid if constant else np.nan,
                center=other.center,
                scale=other.scale,
                outcome=fit.outcome,
                predictor=label,
                moderator=other.name,
                se_type=se_type or fit.se_type,
                ci_level=fit.ci_level if ci_level is None else check_ci_level(ci_level),
                moderator_mean=float(values.mean()),
                moderator_sd=float(values.std(ddof=1)),
                moderator_min=float(values.min()),
                moderator_max=float(values.max()),
                moderator_levels=other.levels,
                moderator_codes=other.codes,
                moderator_values=values,
                n_copies=max(len(fit.completed), 1),
                inference=None if constant else found,
                rows=None if constant else tuple(rows),
            )
        )
    return lines


def slope_line(
    fit: ModerationFit, *, se_type: str | None = None, ci_level: float | None = None
) -> SlopeLine:
    """Return the one conditional slope of a fit's predictor as a line in the moderator.

    Parameters
    ----------
    fit : ModerationFit
        With the product term.
    se_type : {"classical", "hc3", "cr2"}, optional
        The fit's own where not given.
    ci_level : float, optional
        The fit's own level where not given.

    Returns
    -------
    SlopeLine

    Raises
    ------
    InputError
        A predictor or moderator of several levels: `slope_lines` has a line for each pair.

    Examples
    --------
    >>> from helpers.models.example import simulate_sessions
    >>> from helpers.models.moderation.model import fit_moderation
    >>> fit = fit_moderation(simulate_sessions(), outcome="quality", predictor="alliance",
    ...                      moderator="experience")
    >>> est, se = slope_line(fit).evaluate(np.array([5.0, 15.0]))
    >>> est.round(3), se.round(3)
    (array([0.114, 0.528]), array([0.089, 0.077]))
    """
    lines = slope_lines(fit, se_type=se_type, ci_level=ci_level)
    if len(lines) > 1:
        raise InputError(
            f"predictor={fit.predictor!r} has several levels, so several slopes: use slope_lines."
        )
    return lines[0]


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
    >>> from helpers.models.moderation.simple_slopes import probe_simple_slopes
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


def as_slope_lines(
    fit: ModerationFit | SlopeLine, se_type: str | None, ci_level: float | None, of: str
) -> list[SlopeLine]:
    """Return the lines of a fit, or the given one at another level."""
    if isinstance(fit, ModerationFit):
        return slope_lines(fit, of=of, se_type=se_type, ci_level=ci_level)
    if not isinstance(fit, SlopeLine):
        raise InputError(
            f"fit is a {type(fit).__name__}; give what fit_moderation or slopes_from_published"
            " returns."
        )
    if se_type not in (None, fit.se_type):
        raise InputError(
            f"se_type={se_type!r} cannot be had from {fit.se_type} coefficients; leave it out."
        )
    if of != "predictor":
        raise InputError(
            f"of={of!r} needs a fit; published coefficients have the predictor's slope."
        )
    return [fit if ci_level is None else replace(fit, ci_level=check_ci_level(ci_level))]
