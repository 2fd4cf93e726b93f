"""What a moderated regression rests on: single rows, residuals, and curvature in disguise."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import statsmodels.api as sm
from scipy import stats
from statsmodels.stats.diagnostic import het_breuschpagan
from statsmodels.stats.outliers_influence import variance_inflation_factor

from helpers.models.inference.linear import t_tests
from helpers.models.moderation.fit import ModerationFit

__all__ = ["Influence", "probe_assumptions", "probe_curvature", "probe_influence"]


@dataclass(frozen=True)
class Influence:
    """How much single rows move a moderated regression.

    Attributes
    ----------
    cases : pandas.DataFrame
        Index as in the data; ``residual residual_std residual_deleted leverage cooks_distance
        dffits dfbetas_product est_without se_without pvalue_without flagged``: the internally and
        externally studentized residuals, and the product term when the row is left out. `flagged`
        marks Cook's distance above 4 / n, leverage above 3 k / n, an externally studentized
        residual beyond the Bonferroni limit, or |dfbetas| above 1.
    summary : pandas.DataFrame
        ``outcome check value limit n_beyond``, one row a check.
    """

    cases: pd.DataFrame
    summary: pd.DataFrame


def probe_influence(fit: ModerationFit, *, ci_level: float | None = None) -> Influence:
    """Measure the influence of each row, above all on the product term.

    Parameters
    ----------
    fit : ModerationFit
        With one product, to one data set.
    ci_level : float, optional
        One minus the alpha at which the product is called significant; the fit's own where not
        given.

    Returns
    -------
    Influence

    Notes
    -----
    Everything in closed form from the one fit: b without row i is b - (X'X)⁻¹ x_i e_i / (1 - h_i).
    The last row of `summary` counts the rows whose removal alone carries the product's p across
    alpha.

    Validated: tests/reference/moderation/moderation.R (influence.measures, rstudent, refits
    without each row), relative difference below 1e-8.

    References
    ----------
    Belsley, D. A., Kuh, E., & Welsch, R. E. (1980). Regression diagnostics. Wiley.
    https://doi.org/10.1002/0471725153

    Examples
    --------
    >>> from helpers.models.example import simulate_sessions
    >>> from helpers.models.moderation.model import fit_moderation
    >>> fit = fit_moderation(simulate_sessions(), outcome="quality", predictor="alliance",
    ...                      moderator="experience")
    >>> probe_influence(fit).summary.round(3)
       outcome             check  value  limit  n_beyond
    0  quality    cooks_distance  0.073  0.020        13
    1  quality          leverage  0.127  0.060         8
    2  quality  residual_deleted  3.027  3.731         0
    3  quality   dfbetas_product  0.398  1.000         0
    4  quality    pvalue_without  0.001  0.050         0
    """
    fit.one_data_set("probe_influence")
    product = fit.design.columns.get_loc(fit.product_column("probe_influence"))
    alpha = 1 - (fit.ci_level if ci_level is None else ci_level)
    X = fit.design.to_numpy()
    n, k = X.shape
    residual = fit.results.resid.to_numpy()
    q, r = np.linalg.qr(X)
    leverage = np.einsum("ij,ij->i", q, q)
    room = 1 - leverage
    alone = room < 1e-10
    room[alone] = np.nan  # nothing can be said of a row that alone fixes a coefficient
    est = fit.table["est"].to_numpy()[product]
    unscaled = np.linalg.solve(r, np.eye(k))[product]
    shift = (q @ unscaled) * residual / room
    rss = residual @ residual
    variance = rss / fit.df_resid
    variance_without = (rss - residual**2 / room) / (fit.df_resid - 1)
    std = residual / np.sqrt(variance * room)
    deleted = residual / np.sqrt(variance_without * room)
    var_product = unscaled @ unscaled
    # (X'X without row i)⁻¹ by Sherman-Morrison
    var_without = var_product + (q @ unscaled) ** 2 / room
    est_without = est - shift
    se_without = np.sqrt(variance_without * var_without)
    cook = std**2 * leverage / room / k
    dfbetas = shift / np.sqrt(variance_without * var_product)
    limits = {
        "cooks_distance": 4 / n,
        "leverage": 3 * k / n,
        "residual_deleted": float(stats.t.isf(0.05 / (2 * n), fit.df_resid - 1)),
        "dfbetas_product": 1.0,
    }
    cases = pd.DataFrame(
        {
            "residual": residual,
            "residual_std": std,
            "residual_deleted": deleted,
            "leverage": leverage,
            "cooks_distance": cook,
            "dffits": deleted * np.sqrt(leverage / room),
            "dfbetas_product": dfbetas,
            "est_without": est_without,
            "se_without": se_without,
            "pvalue_without": 2 * stats.t.sf(np.abs(est_without / se_without), fit.df_resid - 1),
        },
        index=fit.design.index,
    )
    beyond = {name: cases[name].abs() > limit for name, limit in limits.items()}
    cases["flagged"] = pd.DataFrame(beyond).any(axis=1)
    pvalue = fit.table["pvalue"].to_numpy()[product]
    flips = (cases["pvalue_without"] < alpha) != (pvalue < alpha)
    flips &= cases["pvalue_without"].notna()
    rows = [
        {
            "outcome": fit.outcome,
            "check": name,
            "value": float(cases[name].abs().max()),
            "limit": limit,
            "n_beyond": int(beyond[name].sum()),
        }
        for name, limit in limits.items()
    ]
    farthest = cases["pvalue_without"].max() if pvalue < alpha else cases["pvalue_without"].min()
    rows.append(
        {
            "outcome": fit.outcome,
            "check": "pvalue_without",
            "value": float(farthest),
            "limit": alpha,
            "n_beyond": int(flips.sum()),
        }
    )
    return Influence(cases=cases, summary=pd.DataFrame(rows))


def probe_assumptions(fit: ModerationFit) -> pd.DataFrame:
    """Test what the classical t tests assume, and measure collinearity.

    Parameters
    ----------
    fit : ModerationFit

    Returns
    -------
    pandas.DataFrame
        ``outcome check statistic df pvalue asks``: Shapiro-Wilk on the residuals (skipped beyond
        5000 rows), skewness and excess kurtosis of the residuals (no test), Breusch-Pagan
        studentized by Koenker on all regressors, RESET with the squared fitted values, and the
        largest variance inflation factor. `asks` says in words what the row asks.

    Notes
    -----
    With some 80 rows these tests find only gross violations: a large p is no certificate. HC3
    intervals and the bootstrap beside the classical ones show what hangs on the assumptions.

    Validated: tests/reference/moderation/moderation.R (shapiro.test, lmtest::bptest,
    lmtest::resettest, car::vif), relative difference below 1e-8.

    References
    ----------
    Koenker, R. (1981). A note on studentizing a test for heteroscedasticity. Journal of
    Econometrics, 17(1), 107-112. https://doi.org/10.1016/0304-4076(81)90062-2
    Ramsey, J. B. (1969). Tests for specification errors in classical linear least-squares
    regression analysis. Journal of the Royal Statistical Society B, 31(2), 350-371.
    https://doi.org/10.1111/j.2517-6161.1969.tb00796.x

    Examples
    --------
    >>> from helpers.models.example import simulate_sessions
    >>> from helpers.models.moderation.model import fit_moderation
    >>> fit = fit_moderation(simulate_sessions(), outcome="quality", predictor="alliance",
    ...                      moderator="experience")
    >>> probe_assumptions(fit)[["check", "statistic", "pvalue"]].round(3)
                 check  statistic  pvalue
    0     Shapiro-Wilk      0.994   0.636
    1         skewness     -0.154     NaN
    2  excess kurtosis     -0.256     NaN
    3    Breusch-Pagan      0.829   0.842
    4            RESET      1.085   0.299
    5      largest VIF      1.021     NaN
    """
    fit.one_data_set("probe_assumptions")
    X = fit.design.to_numpy()
    k = X.shape[1]
    residual = fit.results.resid.to_numpy()
    rows = []

    def add(check: str, statistic: float, df: float, pvalue: float, asks: str) -> None:
        rows.append((fit.outcome, check, float(statistic), float(df), float(pvalue), asks))

    if len(residual) <= 5000:
        shapiro = stats.shapiro(residual)
        add(
            "Shapiro-Wilk",
            shapiro.statistic,
            np.nan,
            shapiro.pvalue,
            "Are the residuals normal?",
        )
    nothing = np.nan
    add(
        "skewness",
        stats.skew(residual),
        nothing,
        nothing,
        "Do the residuals lean to one side (0: no)?",
    )
    add(
        "excess kurtosis",
        stats.kurtosis(residual),
        nothing,
        nothing,
        "Are their tails heavier than normal (0: no)?",
    )
    statistic, pvalue, _, _ = het_breuschpagan(residual, X)
    add("Breusch-Pagan", statistic, k - 1, pvalue, "Does the error variance follow the regressors?")
    fitted = fit.results.fittedvalues.to_numpy()
    squared = (fitted - fitted.mean()) ** 2
    basis = np.linalg.qr(X)[0]
    left = squared - basis @ (basis.T @ squared)
    left -= basis @ (basis.T @ left)
    if fit.df_resid > 1 and left @ left > 1e-16 * (squared @ squared):
        explained = (left @ residual) ** 2 / (left @ left)
        statistic = explained / (residual @ residual - explained) * (fit.df_resid - 1)
        add(
            "RESET",
            statistic,
            1,
            stats.f.sf(statistic, 1, fit.df_resid - 1),
            "Is there curvature that the model leaves out?",
        )
    vif = [variance_inflation_factor(X, column) for column in range(1, k)]
    add("largest VIF", max(vif), nothing, nothing, "How far does collinearity inflate a variance?")
    return pd.DataFrame(rows, columns=["outcome", "check", "statistic", "df", "pvalue", "asks"])


def probe_curvature(fit: ModerationFit, *, ci_level: float | None = None) -> pd.DataFrame:
    """Test whether the product term survives beside the squares of its two factors.

    When predictor and moderator correlate, a curved effect of either one passes for an
    interaction; the product is believable when it stays with both squares in the model.

    Parameters
    ----------
    fit : ModerationFit
        With one product, to one data set.
    ci_level : float, optional

    Returns
    -------
    pandas.DataFrame
        ``outcome model term est se t pvalue ci_lower ci_upper`` of the product in the fitted
        model and of the product and the squares in the enlarged one. A two-level column has no
        square; with two of them there is nothing to add and one row is returned.

    References
    ----------
    Ganzach, Y. (1997). Misleading interaction and curvilinear terms. Psychological Methods, 2(3),
    235-247. https://doi.org/10.1037/1082-989X.2.3.235

    Examples
    --------
    >>> from helpers.models.example import simulate_sessions
    >>> from helpers.models.moderation.model import fit_moderation
    >>> fit = fit_moderation(simulate_sessions(), outcome="quality", predictor="alliance",
    ...                      moderator="experience")
    >>> probe_curvature(fit)[["model", "term", "est", "se", "pvalue"]].round(3)
              model                 term    est     se  pvalue
    0     as fitted  alliance:experience  0.041  0.011   0.000
    1  with squares  alliance:experience  0.043  0.011   0.000
    2  with squares           alliance^2  0.029  0.053   0.579
    3  with squares         experience^2  0.002  0.002   0.254
    """
    fit.one_data_set("probe_curvature")
    product = fit.product_column("probe_curvature")
    level = fit.ci_level if ci_level is None else ci_level
    # the product's test is the same for any centering once both squares are in; means keep digits
    x = (fit.predictor_values - fit.predictor_values.mean()) / fit.predictor_scale
    w = (fit.moderator_values - fit.moderator_values.mean()) / fit.moderator_scale
    centered = fit.design.assign(
        **{fit.terms["predictor"]: x, fit.terms["moderator"]: w, product: x * w}
    )
    squares = {}
    if fit.predictor_levels is None:
        squares[f"{fit.terms['predictor']}^2"] = x**2
    if fit.moderator_levels is None:
        squares[f"{fit.terms['moderator']}^2"] = w**2
    frames = []
    for model, added in (("as fitted", {}), ("with squares", squares)):
        if model == "with squares" and not added:
            break
        design = centered.assign(**added)
        if len(design) <= design.shape[1]:
            break
        results = sm.OLS(fit.response.to_numpy(), design).fit(method="qr")
        terms = [product, *added]
        tests = t_tests(
            results.params[terms].to_numpy(),
            results.bse[terms].to_numpy(),
            results.df_resid,
            level,
        )
        head = pd.DataFrame({"outcome": fit.outcome, "model": model, "term": terms})
        frames.append(pd.concat([head, tests.drop(columns="df")], axis=1))
    return pd.concat(frames, ignore_index=True)
