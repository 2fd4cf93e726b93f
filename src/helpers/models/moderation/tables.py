"""The tables of a moderated regression: coefficients, explained variance, effect sizes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from scipy import stats
from statsmodels.regression.linear_model import RegressionResults

from helpers.models.inference.linear import LinearInference, WaldTest
from helpers.models.inference.pooling import pool_inference, pool_r_squared
from helpers.models.moderation.fit import ModerationFit, unit_rows
from helpers.models.moderation.least_squares import infer_coefficients, least_squares

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


def regression_table(
    outcome: str,
    names: Sequence[str],
    inferences: Mapping[str, LinearInference],
    ci_level: float,
) -> pd.DataFrame:
    """Coefficients with classical tests and limits, HC3 beside them."""
    each = np.eye(len(names))
    tests = inferences["classical"].test(each, ci_level)
    robust = inferences["hc3"].test(each, ci_level)
    tests = tests.assign(
        outcome=outcome, term=list(names), se_hc3=robust["se"], pvalue_hc3=robust["pvalue"]
    )
    return tests[list(REGRESSION_COLUMNS)]


def r_squared_table(fit: ModerationFit) -> pd.DataFrame:
    """R² without and with the product; F by the fit's own standard errors."""
    main, inferences = _without_product(fit)
    if fit.se_type == "classical":
        df1, df2 = main.df_model, main.df_resid
        with np.errstate(divide="ignore"):
            f = np.float64(main.ess) / df1 / (main.ssr / df2)
        test = WaldTest(f, df1, df2, stats.f.sf(f, df1, df2))
    else:
        test = inferences[fit.se_type].wald(np.eye(len(main.params))[1:])
    unexplained = main.ssr / main.centered_tss  # not 1 - R2, which cancels
    rows = [
        _r_squared_row(
            fit, "without product", main.df_resid, main.rsquared, main.rsquared_adj,
            main.rsquared, unexplained, test,
        )
    ]  # fmt: skip
    if fit.interaction:
        full, product = fit.results, fit.columns[fit.terms["product"]]
        unexplained = full.ssr / full.centered_tss
        chosen = unit_rows(list(fit.design), product)
        # from the product's F, not from R2 - R2: no cancellation when the change is tiny
        f = fit.inferences["classical"].wald(chosen).f
        change = f * len(product) * unexplained / full.df_resid
        rows.append(
            _r_squared_row(
                fit, "with product", full.df_resid, full.rsquared, full.rsquared_adj,
                change, unexplained, fit.inferences[fit.se_type].wald(chosen),
            )
        )  # fmt: skip
    return pd.DataFrame(rows)


def pooled_r_squared_table(fit: ModerationFit) -> pd.DataFrame:
    """R² pooled on the scale of Fisher's z, its change as their difference, F by D1."""
    main = pool_inference([_without_product(one)[1][fit.se_type] for one in fit.completed])
    tests = {"without product": main.wald(np.eye(len(main.est))[1:])}
    if fit.interaction:
        chosen = unit_rows(fit.table["term"].to_list(), fit.columns[fit.terms["product"]])
        tests["with product"] = fit.inference().wald(chosen)
    rows, before = [], 0.0
    for position, (name, test) in enumerate(tests.items()):
        own = [one.r_squared_tests.iloc[position] for one in fit.completed]
        r2, adjusted = (
            pool_r_squared([row[column] for row in own], n=fit.n).est for column in ("r2", "r2_adj")
        )
        df_resid = own[0]["df_resid"]
        rows.append(_r_squared_row(fit, name, df_resid, r2, adjusted, r2 - before, 1 - r2, test))
        before = r2
    return pd.DataFrame(rows)


def _r_squared_row(
    fit: ModerationFit,
    name: str,
    df_resid: float,
    r2: float,
    r2_adj: float,
    change: float,
    unexplained: float,
    test: WaldTest,
) -> dict:
    with np.errstate(divide="ignore", invalid="ignore"):
        f2 = np.float64(change) / unexplained
    exact = fit.se_type == "classical" and not fit.completed
    return {
        "outcome": fit.outcome,
        "model": name,
        "n": fit.n,
        "df_resid": int(df_resid),
        "r2": r2,
        "r2_adj": r2_adj,
        "r2_change": change,
        "f": test.f,
        "df1": int(test.df1),
        "df2": int(test.df2) if exact else float(test.df2),
        "pvalue": test.pvalue,
        "f2": f2,
    }


def _without_product(fit: ModerationFit) -> tuple[RegressionResults, dict[str, LinearInference]]:
    """Return the model of the main effects alone, beside the fit to one data set."""
    if not fit.interaction:
        return fit.results, fit.inferences
    design = fit.design.drop(columns=list(fit.columns[fit.terms["product"]]))
    results = least_squares(fit.response, design)
    return results, infer_coefficients(design, results, fit.cluster_codes)


def effect_size_table(
    outcome: str,
    results: RegressionResults,
    table: pd.DataFrame,
    products: Mapping[str, tuple[str, str]],
    response: pd.Series,
) -> pd.DataFrame:
    """Standardized slopes, partial and semipartial correlations, f²."""
    sd = results.model.data.orig_exog.std(ddof=1)
    for product, (left, right) in products.items():
        if product in sd.index:
            sd[product] = sd[left] * sd[right]
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
