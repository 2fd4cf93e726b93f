"""Quirk, Smith and Owen (2018) as the design of a new study, and beside a repetition of it."""

import numpy as np
import pandas as pd
from scipy import stats

from helpers.models.inference.intervals import check_ci_level
from helpers.models.power.moderation import ModerationDesign
from helpers.models.power.replicated import compare_replication, compute_power
from helpers.models.power.replication import Grid, Replication
from helpers.printed.numbers import load_source
from helpers.studies.intersession_alliance.model import STUDY, load_claims

ANALYSIS = "a regression on the two alliances and their product, classical standard errors"
ASSUMPTIONS = (
    "No size is printed. The alliances correlate {r_predictor_moderator}, self-alliance and"
    " ISP-actions {r_predictor_outcome}, other-alliance and ISP-actions {r_moderator_outcome}."
)
ORIGIN = (
    "With a product slope of .27 these are sizes at which a study of"
    f" {load_source(STUDY)['n']} clients would have found what the abstract reports."
)
NAMES = {
    "product": "Self-alliance × other-alliance",
    "slope_high": "Slope of self-alliance at +1 SD of other-alliance",
    "slope_low": "Slope of self-alliance at −1 SD of other-alliance",
    "r_predictor_outcome": "Self-alliance with ISP-actions",
    "r_moderator_outcome": "Other-alliance with ISP-actions",
    "pattern": "The whole pattern: product, upper slope, no lower slope",
}


def load_replication() -> Replication:
    """Return the moderated regression with sizes that the abstract leaves open."""
    n = int(load_source(STUDY)["n"])
    return Replication(
        study=STUDY,
        source="Quirk, Smith and Owen (2018)",
        short="Two alliances",
        method="regression with a product",
        analysis=ANALYSIS,
        criterion="monte_carlo",
        assumptions=ASSUMPTIONS,
        origin=ORIGIN,
        design=ModerationDesign(),
        names=NAMES,
        main_target="product",
        published_effect=0.27,
        published_n=n,
        search_limit=20_000,
        full=Grid(
            sizes=(50, 65, n, 100, 130, 165, 210, 270, 350, 450),
            effects=(0.10, 0.13, 0.16, 0.19, 0.22, 0.25, 0.27, 0.30, 0.33, 0.36),
        ),
        brief=Grid(sizes=(50, 65, n, 110, 150, 210, 300), effects=(0.135, 0.2025, 0.27)),
    )


_TERMS = {"correlation": 1, "product": 3, "simple_slope": 3}
"""Predictors, without covariates, of the regression that a finding's test comes from."""
_ALPHA = 0.05
"""The level of the abstract's tests, assumed: it names none."""


def load_printed_sizes(asked: pd.DataFrame) -> pd.DataFrame:
    """Return between which sizes the abstract leaves its findings, as Fisher's z.

    Parameters
    ----------
    asked : DataFrame
        Findings, with `kind` and `predicate`, as `load_claims` returns them.

    Returns
    -------
    DataFrame
        `kind terms df_published`, then `published lower upper se_published found` as
        `compare_replication` takes them.
    """
    kind = asked["kind"].to_numpy()
    terms = np.array([_TERMS[name] for name in kind])
    df = int(load_source(STUDY)["n"]) - terms - 1
    found = (asked["predicate"] == "positive").to_numpy()
    smallest = np.arctanh(_as_correlation(stats.t.isf(_ALPHA / 2, df), df))
    return pd.DataFrame(
        {
            "kind": kind,
            "terms": terms,
            "df_published": df,
            "published": np.nan,
            "lower": np.where(found, smallest, -smallest),
            "upper": np.where(found, np.inf, smallest),
            "se_published": 1 / np.sqrt(df - 1),
            "found": found,
        },
        index=asked.index,
    )


def find_power(n: int) -> np.ndarray:
    """Return the least power of `n` clients to find each relation that the abstract reports."""
    sizes = load_printed_sizes(load_claims())
    found = sizes[sizes["found"]]
    df = np.maximum(n - found["terms"] - 2, 1)
    return compute_power(found, n_published=found["df_published"] - 1, n=df)


def compare_findings(
    claims: pd.DataFrame,
    asked: pd.DataFrame,
    *,
    sizes: pd.DataFrame,
    n: int,
    n_covariates: int,
    ci_level: float,
) -> pd.DataFrame:
    """Set a study's own findings beside the abstract's, as (partial) correlations.

    The abstract prints no size. A relation that it reports must have been at least so large as to
    be significant with its number of clients, and one that it did not find smaller; so much can be
    compared, whatever the scales. A product or slope is compared as the partial correlation that
    its test comes from.

    Parameters
    ----------
    claims : DataFrame
        As `helpers.studies.intersession_alliance.model.evaluate_claims` returns them.
    asked : DataFrame
        The abstract's findings, as `load_claims` returns them.
    sizes : DataFrame
        The same as `claims` by classical tests of independent rows, whose t is the size of a
        partial correlation; that of another standard error is not.
    n : int
    n_covariates : int
        Columns of the covariates in the study's own regressions.
    ci_level : float

    Returns
    -------
    DataFrame
        `finding kind`, and the columns of
        `helpers.models.power.replicated.compare_replication`, all as correlations but `difference`,
        `z` and the standard errors, which are of Fisher's z.
    """
    limit = stats.norm.isf((1 - check_ci_level(ci_level)) / 2)
    printed = load_printed_sizes(asked.set_index("id").loc[claims.index])
    correlation = (printed["kind"] == "correlation").to_numpy()
    df_published = printed["df_published"].to_numpy()
    df = n - printed["terms"].to_numpy() - 1 - np.where(correlation, 0, n_covariates)
    table = printed.drop(columns=["terms", "df_published"])
    table.insert(0, "finding", claims["claim"])
    table = table.join(_as_fisher_z(claims, sizes, df, correlation=correlation, limit=limit))
    beside = compare_replication(
        table, n_published=df_published - 1, n=np.maximum(df - 1, 1), ci_level=ci_level
    )
    scaled = [name for name in beside if name.endswith(("lower", "upper"))]
    return beside.assign(**{name: np.tanh(beside[name]) for name in ["est", *scaled]})


def _as_fisher_z(
    claims: pd.DataFrame,
    sizes: pd.DataFrame,
    df: np.ndarray,
    *,
    correlation: np.ndarray,
    limit: float,
) -> pd.DataFrame:
    """Return `est se ci_lower ci_upper` of correlations, and of coefficients by their tests.

    The standard error of a coefficient is that of a partial correlation, as much wider as its own
    test is weaker than the classical one.
    """
    tail, own_tail = (table["pvalue"].clip(lower=1e-300) / 2 for table in (sizes, claims))
    t = np.sign(sizes["est"]) * stats.t.isf(tail, df)
    by_test = pd.DataFrame({"est": np.arctanh(_as_correlation(t, df))}, index=claims.index)
    with np.errstate(divide="ignore", invalid="ignore"):
        wider = pd.Series(stats.norm.isf(tail) / stats.norm.isf(own_tail), index=claims.index)
    by_test["se"] = wider.where(np.isfinite(wider), 1.0) / np.sqrt(np.maximum(df - 1, 1))
    by_test["ci_lower"] = by_test["est"] - limit * by_test["se"]
    by_test["ci_upper"] = by_test["est"] + limit * by_test["se"]
    shown = np.arctanh(claims.loc[correlation, ["est", "ci_lower", "ci_upper"]].astype(float))
    shown["se"] = (shown["ci_upper"] - shown["ci_lower"]) / (2 * limit)
    by_test.loc[correlation, shown.columns] = shown
    return by_test


def _as_correlation(t: np.ndarray, df: np.ndarray) -> np.ndarray:
    return t / np.sqrt(t**2 + df)
