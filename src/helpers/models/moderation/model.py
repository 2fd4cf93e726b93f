"""Moderated multiple regression: one outcome, a predictor, a moderator and their product."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import statsmodels.api as sm
from scipy import stats
from statsmodels.regression.linear_model import RegressionResults

from helpers.errors import InputError
from helpers.inputs import (
    as_names,
    check_choice,
    check_columns,
    check_design,
    covariate_columns,
    numeric_column,
    two_level_or_numeric,
)
from helpers.models.inference.intervals import check_ci_level

__all__ = [
    "ModerationFit",
    "fit_moderation",
    "probe_coefficients",
]

CENTERS = ("mean", "none", "zscore")
SE_TYPES = ("classical", "hc3")
REGRESSION_COLUMNS = (
    "outcome",
    "term",
    "est",
    "se",
    "se_hc3",
    "t",
    "pvalue",
    "pvalue_hc3",
    "ci_lower",
    "ci_upper",
)


@dataclass(frozen=True)
class ModerationFit:
    """A fitted moderated regression and what its probes need.

    Attributes
    ----------
    outcome, predictor, moderator : str
    covariates : tuple of str
    interaction : bool
        Whether the product term is in the model.
    center : {"mean", "none", "zscore"}
    ci_level : float
    n, df_resid : int
    table : pandas.DataFrame
        ``outcome term est se se_hc3 t pvalue pvalue_hc3 ci_lower ci_upper``; `t`, `pvalue` and
        the interval are the classical ones, `pvalue_hc3` uses the t distribution with `df_resid`.
    r_squared : pandas.DataFrame
        ``outcome model n df_resid r2 r2_adj r2_change f df1 df2 pvalue f2``, one row for the
        model without the product (its F tests all predictors) and one for the model with it (its
        F tests the change); `f2` is the change (or R2) over the unexplained share.
    effect_sizes : pandas.DataFrame
        ``outcome term est_std partial_r partial_r2 semipartial_r2 f2``. `est_std` multiplies a
        slope by sd(term) / sd(outcome); for the product by sd(predictor) sd(moderator) /
        sd(outcome), the slope of a product of z-scores.
    vcov, vcov_hc3 : pandas.DataFrame
        Covariances of the estimates, rows and columns named by term.
    terms : dict
        Term names of `predictor`, `moderator` and `product`.
    predictor_values, moderator_values : pandas.Series
        As coded in the model, before centring (two levels become 0 and 1).
    predictor_center, predictor_scale, moderator_center, moderator_scale : float
        What was subtracted and divided by.
    predictor_levels, moderator_levels : tuple or None
        The two labels coded 0 and 1, where the column has two values only.
    design : pandas.DataFrame
        The regressors, a column a term.
    response : pandas.Series
    results : statsmodels RegressionResults
    """

    outcome: str
    predictor: str
    moderator: str
    covariates: tuple[str, ...]
    interaction: bool
    center: str
    ci_level: float
    n: int
    df_resid: int
    table: pd.DataFrame
    r_squared: pd.DataFrame
    effect_sizes: pd.DataFrame
    vcov: pd.DataFrame
    vcov_hc3: pd.DataFrame
    terms: dict[str, str]
    predictor_values: pd.Series = field(repr=False)
    moderator_values: pd.Series = field(repr=False)
    predictor_center: float
    predictor_scale: float
    moderator_center: float
    moderator_scale: float
    predictor_levels: tuple | None
    moderator_levels: tuple | None
    design: pd.DataFrame = field(repr=False)
    response: pd.Series = field(repr=False)
    results: object = field(repr=False)

    def covariance(self, se_type: str) -> pd.DataFrame:
        """Return the covariance matrix of the estimates for ``"classical"`` or ``"hc3"``."""
        check_choice("se_type", se_type, SE_TYPES)
        return self.vcov if se_type == "classical" else self.vcov_hc3


def fit_moderation(
    data: pd.DataFrame,
    *,
    outcome: str,
    predictor: str,
    moderator: str,
    covariates: Sequence[str] = (),
    interaction: bool = True,
    center: str = "mean",
    ci_level: float = 0.95,
) -> ModerationFit:
    """Estimate how the slope of a predictor changes with a moderator, by least squares.

    Parameters
    ----------
    data : pandas.DataFrame
        One row a person. The outcome is numeric. The predictor and the moderator are numeric or
        have two values (numbers, labels or booleans), which are coded 0 and 1 in sorted or
        categorical order. A covariate of labels becomes dummies against its first level.
    outcome, predictor, moderator : str
        Columns of `data`.
    covariates : sequence of str
        Further columns, entered without products.
    interaction : bool
        With ``False`` the product term is left out.
    center : {"mean", "none", "zscore"}
        What is done to a predictor and a moderator of more than two values before their product
        is formed. Columns with two values stay 0 and 1. The product's test does not depend on
        it, nor does any simple slope.
    ci_level : float
        Between 0 and 1.

    Returns
    -------
    ModerationFit
        With `table` (``outcome term est se se_hc3 t pvalue pvalue_hc3 ci_lower ci_upper``),
        `r_squared`, `effect_sizes`, both covariance matrices and the design.

    Raises
    ------
    InputError
        An unknown, repeated, constant or non-numeric column, a missing value, an infinite value,
        collinear regressors, or too few rows.

    Notes
    -----
    y = b0 + b1 x + b2 w + b3 x w + covariates + e, ordinary least squares by QR (statsmodels).
    Classical tests assume independent errors with one variance; HC3 divides each squared residual
    by (1 - leverage)^2 and allows the variance to differ by row. A row that alone fixes a
    coefficient (leverage 1) leaves HC3 undefined: its values are then NaN.

    Validated: tests/reference/moderation/moderation.R (R 4.2.2: lm, sandwich 3.0.2), 19 cases,
    max relative difference 2e-13, and 9e-10 where columns far from zero are not centred.

    References
    ----------
    Aiken, L. S., & West, S. G. (1991). Multiple regression: Testing and interpreting
    interactions. Sage.
    Long, J. S., & Ervin, L. H. (2000). Using heteroscedasticity consistent standard errors in the
    linear regression model. The American Statistician, 54(3), 217-224.
    https://doi.org/10.1080/00031305.2000.10474549

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> frame = pd.DataFrame(rng.standard_normal((81, 3)), columns=["x", "w", "y"])
    >>> fit = fit_moderation(frame, outcome="y", predictor="x", moderator="w")
    >>> list(fit.table["term"])
    ['Intercept', 'x', 'w', 'x:w']
    """
    check_choice("center", center, CENTERS)
    ci_level = check_ci_level(ci_level)
    covariates = as_names("covariates", covariates)
    roles = {"outcome": outcome, "predictor": predictor, "moderator": moderator}
    check_columns(data, **roles, covariates=covariates)

    response = numeric_column(data, outcome, "outcome")
    predictor_values, predictor_levels = two_level_or_numeric(data, predictor, "predictor")
    moderator_values, moderator_levels = two_level_or_numeric(data, moderator, "moderator")
    x, x_center, x_scale = _center(predictor_values, predictor_levels, center)
    w, w_center, w_scale = _center(moderator_values, moderator_levels, center)

    terms = {
        "predictor": _term_name(predictor, predictor_levels),
        "moderator": _term_name(moderator, moderator_levels),
    }
    terms["product"] = f"{terms['predictor']}:{terms['moderator']}"
    columns = {"Intercept": np.ones(len(data)), terms["predictor"]: x, terms["moderator"]: w}
    if interaction:
        columns[terms["product"]] = x * w
    for name in covariates:
        added = covariate_columns(data, name)
        for term in added:
            if term in columns:
                raise InputError(f"covariates={name!r} would be a second term {term!r}; rename it.")
        columns.update(added)
    design = pd.DataFrame(columns, index=data.index)
    check_design(design)

    results = least_squares(response, design)
    residuals = results.resid.to_numpy()
    vcov = classical_covariance(design.to_numpy(), residuals)
    vcov_hc3 = hc3_covariance(design.to_numpy(), residuals)
    table = _regression_table(outcome, results, vcov, vcov_hc3, ci_level)
    main_effects = results
    if interaction:
        main_effects = least_squares(response, design.drop(columns=terms["product"]))
    return ModerationFit(
        outcome=outcome,
        predictor=predictor,
        moderator=moderator,
        covariates=covariates,
        interaction=interaction,
        center=center,
        ci_level=ci_level,
        n=len(data),
        df_resid=int(results.df_resid),
        table=table,
        r_squared=_r_squared_table(outcome, main_effects, results if interaction else None, table),
        effect_sizes=_effect_size_table(outcome, results, table, terms, x, w, response),
        vcov=pd.DataFrame(vcov, index=design.columns, columns=design.columns),
        vcov_hc3=pd.DataFrame(vcov_hc3, index=design.columns, columns=design.columns),
        terms=terms,
        predictor_values=predictor_values,
        moderator_values=moderator_values,
        predictor_center=x_center,
        predictor_scale=x_scale,
        moderator_center=w_center,
        moderator_scale=w_scale,
        predictor_levels=predictor_levels,
        moderator_levels=moderator_levels,
        design=design,
        response=response,
        results=results,
    )


def probe_coefficients(
    fit: ModerationFit, *, se_type: str = "hc3", ci_level: float | None = None
) -> pd.DataFrame:
    """Return each coefficient with the test and interval of one kind of standard error.

    Parameters
    ----------
    fit : ModerationFit
    se_type : {"classical", "hc3"}
    ci_level : float, optional
        The fit's own level where not given.

    Returns
    -------
    pandas.DataFrame
        ``outcome se_type term est se t pvalue ci_lower ci_upper``.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> frame = pd.DataFrame(rng.standard_normal((81, 3)), columns=["x", "w", "y"])
    >>> fit = fit_moderation(frame, outcome="y", predictor="x", moderator="w")
    >>> probe_coefficients(fit).shape
    (4, 9)
    """
    level = check_ci_level(fit.ci_level if ci_level is None else ci_level)
    est = fit.table["est"].to_numpy()
    se = np.sqrt(np.diag(fit.covariance(se_type)))
    tests = t_tests(est, se, fit.df_resid, level)
    head = pd.DataFrame({"outcome": fit.outcome, "se_type": se_type, "term": fit.table["term"]})
    return pd.concat([head, tests], axis=1)


def t_tests(est: np.ndarray, se: np.ndarray, df_resid: float, ci_level: float) -> pd.DataFrame:
    """Return ``est se t pvalue ci_lower ci_upper`` of estimates with t-distributed ratios."""
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = est / se
    half = stats.t.ppf((1 + ci_level) / 2, df_resid) * se
    return pd.DataFrame(
        {
            "est": est,
            "se": se,
            "t": ratio,
            "pvalue": 2 * stats.t.sf(np.abs(ratio), df_resid),
            "ci_lower": est - half,
            "ci_upper": est + half,
        }
    )


def least_squares(response: pd.Series, design: pd.DataFrame) -> RegressionResults:
    """Return ordinary least squares by QR.

    statsmodels' default, the pseudo-inverse, keeps no digit of the hardest of NIST's reference data
    sets (Filip), QR seven: tests/reference/nist. The rank is the number of columns, which
    `check_design` has made sure of; statsmodels' own count takes ill-conditioned columns for fewer.
    """
    model = sm.OLS(response.to_numpy(), design)
    n, k = design.shape
    model.df_resid, model.df_model = n - k, k - model.k_constant
    return model.fit(method="qr")


def classical_covariance(X: np.ndarray, residuals: np.ndarray) -> np.ndarray:
    """Return s² (X'X)⁻¹ by QR, which keeps its digits where X'X would lose them."""
    n, k = X.shape
    half = np.linalg.solve(np.linalg.qr(X, mode="r"), np.eye(k))
    return residuals @ residuals / (n - k) * (half @ half.T)


def hc3_covariance(X: np.ndarray, residuals: np.ndarray) -> np.ndarray:
    """Return the HC3 covariance of least-squares estimates, by QR; NaN where a leverage is 1."""
    q, r = np.linalg.qr(X)
    leverage = np.einsum("ij,ij->i", q, q)
    if np.any(1 - leverage < 1e-10):
        return np.full((X.shape[1], X.shape[1]), np.nan)
    bread = np.linalg.solve(r, q.T)
    scaled = bread * (residuals / (1 - leverage))
    return scaled @ scaled.T


def _center(values: pd.Series, levels: tuple | None, center: str) -> tuple[pd.Series, float, float]:
    if levels is not None or center == "none":
        return values, 0.0, 1.0
    mean = float(values.mean())
    scale = float(values.std(ddof=1)) if center == "zscore" else 1.0
    return (values - mean) / scale, mean, scale


def _term_name(name: str, levels: tuple | None) -> str:
    """Name a term; a two-level column of labels says which level is coded 1."""
    if levels is None or all(isinstance(level, int | float | np.number) for level in levels):
        return name
    return f"{name}[{levels[1]}]"


def _regression_table(
    outcome: str, results: object, vcov: np.ndarray, vcov_hc3: np.ndarray, ci_level: float
) -> pd.DataFrame:
    est = results.params.to_numpy()
    tests = t_tests(est, np.sqrt(np.diag(vcov)), results.df_resid, ci_level)
    se_hc3 = np.sqrt(np.diag(vcov_hc3))
    tests["se_hc3"] = se_hc3
    tests["pvalue_hc3"] = t_tests(est, se_hc3, results.df_resid, ci_level)["pvalue"]
    tests.insert(0, "term", results.params.index)
    tests.insert(0, "outcome", outcome)
    return tests[list(REGRESSION_COLUMNS)]


def _r_squared_table(
    outcome: str, main: object, full: object | None, table: pd.DataFrame
) -> pd.DataFrame:
    def row(model: str, results: object, r2_change: float, df1: float) -> dict:
        unexplained = results.ssr / results.centered_tss  # not 1 - R2, which cancels
        with np.errstate(divide="ignore", invalid="ignore"):
            f = np.float64(r2_change) / df1 / (unexplained / results.df_resid)
            f2 = np.float64(r2_change) / unexplained
        return {
            "outcome": outcome,
            "model": model,
            "n": int(results.nobs),
            "df_resid": int(results.df_resid),
            "r2": results.rsquared,
            "r2_adj": results.rsquared_adj,
            "r2_change": r2_change,
            "f": f,
            "df1": int(df1),
            "df2": int(results.df_resid),
            "pvalue": stats.f.sf(f, df1, results.df_resid),
            "f2": f2,
        }

    rows = [row("without product", main, main.rsquared, main.df_model)]
    if full is not None:
        # from the product's t, not from R2 - R2: no cancellation when the change is tiny
        product = full.params.index.get_loc(
            next(term for term in full.params.index if term not in main.params.index)
        )
        f = table["t"].iloc[product] ** 2
        change = f * full.ssr / full.centered_tss / full.df_resid
        rows.append(row("with product", full, change, 1))
    return pd.DataFrame(rows)


def _effect_size_table(
    outcome: str,
    results: object,
    table: pd.DataFrame,
    terms: dict[str, str],
    x: pd.Series,
    w: pd.Series,
    response: pd.Series,
) -> pd.DataFrame:
    sd = results.model.data.orig_exog.std(ddof=1)
    if terms["product"] in sd.index:
        sd[terms["product"]] = x.std(ddof=1) * w.std(ddof=1)
    names = [term for term in results.params.index if term != "Intercept"]
    t = table.set_index("term")["t"][names].to_numpy()
    df = results.df_resid
    partial_r2 = t**2 / (t**2 + df)
    return pd.DataFrame(
        {
            "outcome": outcome,
            "term": names,
            "est_std": (results.params[names] * sd[names] / response.std(ddof=1)).to_numpy(),
            "partial_r": np.sign(t) * np.sqrt(partial_r2),
            "partial_r2": partial_r2,
            "semipartial_r2": t**2 * results.ssr / results.centered_tss / df,
            "f2": t**2 / df,
        }
    )
