"""The slope of a predictor as a line in the moderator: its value and test at chosen points."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations

import numpy as np
import pandas as pd
from scipy import stats

from helpers.errors import InputError
from helpers.inputs import check_choice
from helpers.models.inference.intervals import check_ci_level
from helpers.models.inference.linear import LinearInference, ResidualInference, t_tests
from helpers.models.moderation.fit import ModerationFit

__all__ = [
    "SlopeLine",
    "probe_predictions",
    "probe_simple_slopes",
    "slope_line",
    "slope_lines",
    "slopes_from_published",
]

PERCENTILES = (16, 50, 84)
ROLES = ("predictor", "moderator")
SIMPLE_SLOPE_COLUMNS = (
    "outcome",
    "se_type",
    "term",
    "at",
    "moderator_value",
    "est",
    "se",
    "df",
    "t",
    "pvalue",
    "ci_lower",
    "ci_upper",
)
PREDICTION_COLUMNS = (
    "outcome",
    "se_type",
    "at",
    "moderator_value",
    "predictor_value",
    "est",
    "se",
    "ci_lower",
    "ci_upper",
    "n_cases",
)


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
    own, other = _Side(fit, of), _Side(fit, _other(of))
    if other.several:
        raise InputError(
            f"{other.name!r} has {len(other.levels)} levels and no values between them;"
            f" probe_simple_slopes gives the slope at each, and of={_other(of)!r} where along"
            f" {own.name!r} the levels differ."
        )
    found = _defined(fit, se_type)
    values = other.data.to_numpy()
    lines = []
    for label, weights in own.contrasts().items():
        start, end = (_slope_row(fit, own, other, weights, u) for u in (0.0, 1.0))
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


@dataclass(frozen=True)
class _Side:
    """Predictor or moderator of a fit, whichever has the slope or changes it."""

    fit: ModerationFit
    role: str

    def __post_init__(self) -> None:
        check_choice("of", self.role, ROLES)
        if not self.fit.interaction:
            raise InputError(
                "the fit has no product term, so its slope is the same at every moderator value;"
                " refit with interaction=True."
            )

    def _own(self, attribute: str) -> object:
        return getattr(self.fit, f"{self.role}_{attribute}")

    @property
    def name(self) -> str:
        return getattr(self.fit, self.role)

    @property
    def columns(self) -> tuple[str, ...]:
        return self.fit.columns[self.fit.terms[self.role]]

    @property
    def levels(self) -> tuple | None:
        return self._own("levels")

    @property
    def codes(self) -> tuple | None:
        return self._own("codes")

    @property
    def data(self) -> pd.Series:
        return self._own("values")

    @property
    def center(self) -> float:
        return self._own("center")

    @property
    def scale(self) -> float:
        return self._own("scale")

    @property
    def several(self) -> bool:
        """Whether it has several dummies, and no line can be drawn along it."""
        return len(self.columns) > 1

    def contrasts(self) -> dict[str, np.ndarray]:
        """Weights of the columns by name: the column itself, or each level less an earlier one."""
        if not self.several:
            return {self.columns[0]: np.ones(1)}
        dummies = np.vstack([np.zeros(len(self.columns)), np.eye(len(self.columns))])
        return {
            f"{self.name}[{self.levels[high]} - {self.levels[low]}]": dummies[high] - dummies[low]
            for low, high in combinations(range(len(self.levels)), 2)
        }

    def weights(self, u: float) -> np.ndarray:
        """Values of the columns at a centered value, or at a level's position."""
        if not self.several:
            return np.array([u])
        return np.eye(len(self.columns) + 1)[int(u)][1:]


def _other(role: str) -> str:
    return "moderator" if role == "predictor" else "predictor"


def _slope_row(
    fit: ModerationFit, own: _Side, other: _Side, weights: np.ndarray, u: float
) -> np.ndarray:
    """Return the combination of coefficients that is the slope of `own` where `other` is at u."""
    names = fit.table["term"].to_list()
    row = np.zeros(len(names))
    for column, weight in zip(own.columns, weights, strict=True):
        row[names.index(column)] += weight
        for along, value in zip(other.columns, other.weights(u), strict=True):
            pair = (column, along) if own.role == "predictor" else (along, column)
            row[names.index(":".join(pair))] += weight * value
    return row


def _defined(fit: ModerationFit, se_type: str | None) -> LinearInference:
    found = fit.inference(se_type)
    if np.isnan(found.vcov).any():
        raise InputError(
            "se_type='hc3' is undefined here: a row alone determines a coefficient (leverage 1),"
            " often the only case of a covariate level. Drop that covariate or use 'classical'."
        )
    return found


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


def probe_simple_slopes(
    fit: ModerationFit | SlopeLine,
    *,
    at: str | Sequence[float] = "sd",
    of: str = "predictor",
    ci_level: float | None = None,
    se_type: str | None = None,
) -> pd.DataFrame:
    """Test the predictor's slope at chosen values of the moderator.

    Parameters
    ----------
    fit : ModerationFit or SlopeLine
    at : {"sd", "percentiles"} or sequence of float
        The moderator's mean and one standard deviation either side; its 16th, 50th and 84th
        percentiles; or values on the moderator's own scale. A moderator of labels, or of two
        values, is always probed at each of them.
    of : {"predictor", "moderator"}
        Whose slope; with "moderator" the two change places.
    ci_level : float, optional
        The fit's own level where not given.
    se_type : {"classical", "hc3", "cr2"}, optional
        The fit's own where not given: "cr2" with clusters, else "classical"; published coefficients
        have only their own.

    Returns
    -------
    pandas.DataFrame
        ``outcome se_type term at moderator_value est se df t pvalue ci_lower ci_upper``; `term`
        names the slope, which of a column of labels is the difference of two levels
        (``arm[B - A]``); `at` says how the value was chosen, `moderator_value` is on the
        moderator's own scale, and the position of a level from 0 where it has labels.

    Raises
    ------
    InputError
        No product term, an unknown `at`, or an `at` that needs numbers that were not published.

    Notes
    -----
    est = b1 + b3 u, se² = var b1 + 2 u cov + u² var b3, with u the moderator from its center; t
    on the residual degrees of freedom; with clusters on Satterthwaite's, with imputations on
    Barnard and Rubin's, both found for each slope. Tests at several values are not adjusted for
    their number.

    Validated: tests/reference/moderation/moderation.R (hand formulas, checked there against
    emmeans 1.8.4 with classical and HC3 covariances), max relative difference 2e-13, and 9e-10
    where columns far from zero are not centered; cluster_robust.R (clubSandwich 0.5.8,
    linear_contrast), labels.R (emmeans) and pooling.R (mice) beside it.

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
    if isinstance(fit, ModerationFit) and _Side(fit, _other(of)).several:
        return _slopes_at_levels(fit, of, se_type, ci_level)
    tables = []
    for line in as_slope_lines(fit, se_type, ci_level, of):
        labels, values = moderator_points(line, at)
        est, se = line.evaluate(values)
        tests = t_tests(est, se, line.df(values), line.ci_level)
        tables.append(
            _label_slopes(tests, line.outcome, line.se_type, line.predictor, labels, values)
        )
    return pd.concat(tables, ignore_index=True)


def _slopes_at_levels(
    fit: ModerationFit, of: str, se_type: str | None, ci_level: float | None
) -> pd.DataFrame:
    own, other = _Side(fit, of), _Side(fit, _other(of))
    level = fit.ci_level if ci_level is None else check_ci_level(ci_level)
    found = _defined(fit, se_type)
    labels = [str(label) for label in other.levels]
    tables = []
    for label, weights in own.contrasts().items():
        rows = np.stack([_slope_row(fit, own, other, weights, code) for code in other.codes])
        tests = found.test(rows, level)
        kind = se_type or fit.se_type
        tables.append(_label_slopes(tests, fit.outcome, kind, label, labels, other.codes))
    return pd.concat(tables, ignore_index=True)


def _label_slopes(
    tests: pd.DataFrame,
    outcome: str,
    se_type: str,
    term: str,
    labels: Sequence[str],
    values: Sequence[float],
) -> pd.DataFrame:
    labeled = tests.assign(
        outcome=outcome, se_type=se_type, term=term, at=labels, moderator_value=values
    )
    return labeled[list(SIMPLE_SLOPE_COLUMNS)]


def moderator_points(line: SlopeLine, at: str | Sequence[float]) -> tuple[list[str], np.ndarray]:
    """Return the labels and the values at which a moderator is probed."""
    if line.moderator_levels is not None:
        return [str(level) for level in line.moderator_levels], np.array(line.moderator_codes)
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
    se_type: str | None = None,
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
    se_type : {"classical", "hc3", "cr2"}, optional
        The fit's own where not given.

    Returns
    -------
    pandas.DataFrame
        ``outcome se_type at moderator_value predictor_value est se ci_lower ci_upper n_cases``,
        covariates at their means; `n_cases` counts the cases nearest to the line's value (a mean
        over imputations where there are any). A line without cases is left out.

    Examples
    --------
    >>> from helpers.models.example import simulate_sessions
    >>> from helpers.models.moderation.model import fit_moderation
    >>> fit = fit_moderation(simulate_sessions(), outcome="quality", predictor="alliance",
    ...                      moderator="experience")
    >>> probe_predictions(fit, n_grid=2)[["at", "predictor_value", "est", "se", "n_cases"]].round(2)
          at  predictor_value   est    se  n_cases
    0  -1 SD            -1.55 -0.06  0.17       75
    1  -1 SD             1.94  0.28  0.19       75
    2   mean            -2.25 -0.71  0.15       60
    3   mean             2.18  0.79  0.15       60
    4  +1 SD            -2.63 -1.51  0.23       65
    5  +1 SD             2.49  1.46  0.24       65
    """
    own, other = _Side(fit, "predictor"), _Side(fit, "moderator")
    if own.several:
        raise InputError(
            f"predictor={own.name!r} has {len(own.levels)} levels, along which there is no line;"
            " let it and the moderator change places."
        )
    if other.several:
        labels, values = [str(label) for label in other.levels], np.array(other.codes)
    else:
        labels, values = moderator_points(slope_line(fit, se_type=se_type), at)
    level = fit.ci_level if ci_level is None else check_ci_level(ci_level)
    nearest = np.abs(fit.moderator_values.to_numpy()[:, None] - values).argmin(axis=1)
    found = _defined(fit, se_type)
    fits = fit.completed or (fit,)
    means = np.mean([one.design.mean().to_numpy() for one in fits], axis=0)
    names = fit.table["term"].to_list()
    frames = []
    for position, (label, value) in enumerate(zip(labels, values, strict=True)):
        cases = fit.predictor_values.to_numpy()[nearest == position]
        if not cases.size:
            continue
        grid = np.linspace(cases.min(), cases.max(), n_grid)
        rows = np.tile(means, (n_grid, 1))
        x = (grid - own.center) / own.scale
        rows[:, names.index(own.columns[0])] = x
        weights = other.weights(value if other.several else (value - other.center) / other.scale)
        for column, weight in zip(other.columns, weights, strict=True):
            rows[:, names.index(column)] = weight
            rows[:, names.index(f"{own.columns[0]}:{column}")] = x * weight
        frames.append(
            found.test(rows, level).assign(
                outcome=fit.outcome,
                se_type=se_type or fit.se_type,
                at=label,
                moderator_value=value,
                predictor_value=grid,
                n_cases=cases.size if len(fits) == 1 else cases.size / len(fits),
            )[list(PREDICTION_COLUMNS)]
        )
    return pd.concat(frames, ignore_index=True)
