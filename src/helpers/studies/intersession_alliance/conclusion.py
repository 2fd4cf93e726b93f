"""What the conclusions of the moderation study rest on: other analyses, readings, roles."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import stats
from statsmodels.stats.multitest import multipletests

from helpers.errors import InputError
from helpers.models.inference.draws import Bootstrap
from helpers.models.moderation.bootstrap import bootstrap_moderation
from helpers.models.moderation.diagnostics import (
    probe_curvature,
)
from helpers.models.moderation.fit import ModerationFit, probe_coefficients
from helpers.models.moderation.simple_slopes import probe_simple_slopes
from helpers.studies.intersession_alliance.model import (
    FOCAL,
    MODERATOR,
    PREDICTOR,
    RELATED,
    UNRELATED,
    Rows,
    evaluate_claims,
    fit_outcomes,
    prepare_rows,
)
from helpers.studies.intersession_alliance.results import (
    StudyFits,
    scale_terms,
    stack_probes,
)

ANALYSES = {
    "classical": "Classical standard error",
    "hc3": "HC3 standard error",
    "percentile": "Bootstrap (percentile)",
    "bca": "Bootstrap (BCa)",
    "with squares": "With the squares of both alliances",
    "without flagged": "Without flagged clients",
    "ranks": "Ranks in place of scores",
    "without covariates": "Without covariates",
    "cr2": "CR2 standard error (clusters)",
    "complete rows": "Complete rows only",
}
READINGS = {
    "as read": "As read",
    "other se": "Other standard error",
    "bootstrap": "Bootstrap",
    "rank": "Rank correlation",
    "coefficient": "Regression coefficient",
    "percentiles": "16th and 84th percentile",
    "holm": "Corrected for several tests",
}


def compare_analyses(study: StudyFits, *, outcome: str = FOCAL) -> pd.DataFrame:
    """The product under the analyses that could have been chosen.

    Returns
    -------
    DataFrame
        `analysis n est se pvalue ci_lower ci_upper`, the estimate in SD as `est_std`; bootstrap
        rows have no p. Ranks are standardized ranks of outcome and alliances. Where values were
        imputed, the complete rows stand in the place of what needs one data set.
    """
    fit, data = study.full[outcome], study.rows.complete
    rows = []

    def add(analysis: str, one: ModerationFit, numbers: pd.Series) -> None:
        scale = scale_terms(one)[one.terms["product"]]
        row = {"analysis": analysis, "n": one.n, "pvalue": numbers.get("pvalue", np.nan)}
        row |= {name: numbers[name] * scale for name in ("est", "se", "ci_lower", "ci_upper")}
        rows.append(row)

    def product_of(one: ModerationFit, kind: str) -> pd.Series:
        table = probe_coefficients(one, se_type=kind)
        return table[table["term"] == one.terms["product"]].iloc[0]

    for kind in study.se_types:
        add(kind, fit, product_of(fit, kind))
    others = {"complete rows": (study.rows.complete, fit.covariates)} if study.rows.imputed else {}
    for kind in ("percentile", "bca") if study.bootstraps else ():
        table = study.bootstraps[outcome].table("parameter", kind=kind).drop(columns="pvalue")
        add(kind, fit, table.set_index("label").loc[fit.terms["product"]])
    if not study.rows.imputed:
        curved = probe_curvature(fit)
        curved = curved[
            (curved["model"] == "with squares") & (curved["term"] == fit.terms["product"])
        ]
        if len(curved):
            add("with squares", fit, curved.iloc[0])
        flagged = study.influence[outcome].cases["flagged"]
        if flagged.any():
            others["without flagged"] = (data[~flagged], fit.covariates)
        if fit.predictor_levels is None and fit.moderator_levels is None:
            names = (outcome, PREDICTOR, MODERATOR)
            ranked = data.assign(**{name: _normalize_ranks(data[name]) for name in names})
            others["ranks"] = (ranked, fit.covariates)
    if fit.covariates:
        others["without covariates"] = (data, ())
    for analysis, (frame, covariates) in others.items():
        try:
            one = Rows((frame,), frame, study.rows.cluster).fit(
                outcome=outcome,
                predictor=PREDICTOR,
                moderator=MODERATOR,
                covariates=covariates,
                ci_level=study.ci_level,
            )
        except InputError:  # what is left after dropping rows cannot be fitted
            continue
        add(analysis, one, product_of(one, study.se_type))
    columns = ["analysis", "n", "est", "se", "pvalue", "ci_lower", "ci_upper"]
    return pd.DataFrame(rows)[columns]


def _normalize_ranks(values: pd.Series) -> pd.Series:
    """Ranks, ties shared, as z-scores."""
    ranks = values.rank()
    return (ranks - ranks.mean()) / ranks.std()


def compare_missing(
    data: pd.DataFrame, *, covariates: Sequence[str], ci_level: float, seed: int, cluster: str = ""
) -> pd.DataFrame:
    """Product and slopes for the focal outcome by complete rows and by imputation.

    Parameters
    ----------
    data : DataFrame
        Incomplete rows included.
    covariates : sequence of str
    ci_level : float
    seed : int
    cluster : str
        With clusters there is no imputation.

    Returns
    -------
    DataFrame
        `choice n label est se pvalue ci_lower ci_upper`: the product, and the slope of
        self-alliance one SD below and above the mean of other-alliance.
    """
    complete = data.dropna()
    choices = {"listwise": Rows((complete,), complete, cluster or None)}
    if not cluster:
        choices["mi"] = prepare_rows(data, covariates=covariates, seed=seed)
    tables = []
    for choice, rows in choices.items():
        fit = fit_outcomes(rows, outcomes=[FOCAL], covariates=covariates, ci_level=ci_level)[FOCAL]
        coefficients = probe_coefficients(fit)
        product = coefficients[coefficients["term"] == fit.terms["product"]].assign(label="product")
        slopes = probe_simple_slopes(fit).rename(columns={"at": "label"})
        table = pd.concat([product, slopes], ignore_index=True).assign(choice=choice, n=fit.n)
        tables.append(table)
    columns = ["choice", "n", "label", "est", "se", "pvalue", "ci_lower", "ci_upper"]
    return pd.concat(tables, ignore_index=True)[columns]


def compare_roles(study: StudyFits, *, outcome: str = FOCAL) -> pd.DataFrame:
    """The same model read both ways: either alliance as the one whose slope depends on the other.

    Returns
    -------
    DataFrame
        `predictor moderator` and the columns of `probe_simple_slopes`, one SD below and above.
    """
    fit = study.full[outcome]
    swapped = study.rows.fit(
        outcome=outcome,
        predictor=MODERATOR,
        moderator=PREDICTOR,
        covariates=fit.covariates,
        ci_level=study.ci_level,
    )
    tables = []
    for one in (fit, swapped):
        slopes = probe_simple_slopes(one, se_type=study.se_type)
        slopes.insert(0, "moderator", one.moderator)
        slopes.insert(0, "predictor", one.predictor)
        tables.append(slopes)
    return stack_probes(tables)


def judge_absence(claims: pd.DataFrame, rows: Rows, *, ci_level: float) -> pd.DataFrame:
    """What a claim of no relation leaves open: correlations of what size the data exclude.

    Parameters
    ----------
    claims : DataFrame
        As `load_claims` returns them.
    rows : Rows
    ci_level : float
        One minus the two-sided alpha of the tests.

    Returns
    -------
    DataFrame
        `claim x y n r excluded detectable`: correlations at or beyond `excluded` in size are
        rejected by an equivalence test (two one-sided tests by Fisher's z, each at alpha), those
        of `detectable` would be found with 80% power.
    """
    alpha = 1 - ci_level
    found = []
    absent = claims[(claims["kind"] == "correlation") & (claims["predicate"] == "not_significant")]
    for claim in absent.itertuples():
        row = rows.correlate(claim.x, claim.y, ci_level=ci_level).iloc[0]
        # Fisher's z is normal, but for clusters and imputations
        df = row["df"] if rows.imputed or rows.cluster else np.inf
        low, high = np.arctanh([row["ci_lower"], row["ci_upper"]])
        spread = (high - low) / 2 / stats.t.isf(alpha / 2, df)
        size = np.arctanh(abs(row["r"]))
        found.append(
            {
                "claim": claim.claim,
                "x": claim.x,
                "y": claim.y,
                "n": int(row["n"]),
                "r": row["r"],
                "excluded": np.tanh(size + stats.t.isf(alpha, df) * spread),
                "detectable": np.tanh((stats.t.isf(alpha / 2, df) + stats.norm.ppf(0.8)) * spread),
            }
        )
    columns = ["claim", "x", "y", "n", "r", "excluded", "detectable"]
    return pd.DataFrame(found, columns=columns)


def compare_readings(
    study: StudyFits, claims: pd.DataFrame, *, covariates: Sequence[str]
) -> pd.DataFrame:
    """Each claim under other readings of the same sentence.

    Parameters
    ----------
    study : StudyFits
    claims : DataFrame
        As `load_claims` returns them.
    covariates : sequence of str

    Returns
    -------
    DataFrame
        `claim reading est pvalue holds`, the readings of `READINGS` that apply: the other kind
        of standard error, bootstrap percentile intervals (no p), Spearman's in place of Pearson's
        correlation, a coefficient beside the other alliance (for progress: beside the other three
        variables), slopes at the 16th and 84th percentile, and Holm's correction over all claims
        of a relation. Ranks are tried on complete and independent rows only, bootstrap intervals
        on complete ones.
    """
    alpha, data = 1 - study.ci_level, study.rows
    options = {"covariates": covariates, "ci_level": study.ci_level}
    read = evaluate_claims(data, claims, se_type=study.se_type, **options)
    other = next(kind for kind in study.se_types if kind != study.se_type)
    by_other = evaluate_claims(data, claims, se_type=other, **options)
    related = claims.loc[claims["predicate"] == "positive", "id"]
    holm = multipletests(read.loc[related, "pvalue"], method="holm")[1]
    adjusted = dict(zip(related, holm, strict=True))
    at_sd: dict[str, Bootstrap] = {}
    rows = []

    def add(claim: tuple, reading: str, est: float, pvalue: float) -> None:
        found = pvalue < alpha
        holds = bool(found and est > 0) if claim.predicate == "positive" else not found
        rows.append((claim.claim, reading, est, pvalue, holds))

    for claim in claims.itertuples():
        add(claim, "as read", *read.loc[claim.id, ["est", "pvalue"]])
        if claim.kind == "correlation":
            if not data.imputed and not data.cluster:
                rank = stats.spearmanr(data.complete[claim.x], data.complete[claim.y])
                add(claim, "rank", rank.statistic, rank.pvalue)
            add(claim, "coefficient", *_coefficient_reading(study, claim, covariates))
        else:
            add(claim, "other se", *by_other.loc[claim.id, ["est", "pvalue"]])
            if study.bootstraps and claim.y not in at_sd:
                at_sd[claim.y] = bootstrap_moderation(
                    study.full[claim.y], n_boot=study.n_boot, seed=study.seed
                )
            if study.bootstraps:
                rows.append(_bootstrap_reading(study.full[claim.y], at_sd[claim.y], claim))
        if claim.kind == "simple_slope" and study.full[claim.y].moderator_levels is None:
            slopes = probe_simple_slopes(
                study.full[claim.y], at="percentiles", se_type=study.se_type
            )
            row = slopes.iloc[0 if float(claim.at) < 0 else -1]
            add(claim, "percentiles", row["est"], row["pvalue"])
        if claim.id in adjusted:
            add(claim, "holm", read.loc[claim.id, "est"], adjusted[claim.id])
    return pd.DataFrame(rows, columns=["claim", "reading", "est", "pvalue", "holds"])


def _coefficient_reading(study, claim, covariates):
    """Value and p of a relation as a coefficient in a regression."""
    if claim.x != "progress":
        fit = study.main_effects[claim.y]
        term = fit.terms["predictor" if claim.x == PREDICTOR else "moderator"]
    else:
        fit = study.rows.fit(
            outcome=claim.x,
            predictor=PREDICTOR,
            moderator=MODERATOR,
            covariates=(RELATED, UNRELATED, *covariates),
            interaction=False,
        )
        places = {PREDICTOR: fit.terms["predictor"], MODERATOR: fit.terms["moderator"]}
        term = places.get(claim.y, claim.y)
    row = probe_coefficients(fit, se_type=study.se_type).set_index("term").loc[term]
    return row["est"], row["pvalue"]


def _bootstrap_reading(fit, boot, claim):
    """Whether a percentile interval of the claim's quantity excludes zero, on the right side."""
    if claim.kind == "product":
        row = boot.parameters.set_index("label").loc[fit.terms["product"]]
    else:
        row = boot.table("simple_slope").iloc[0 if float(claim.at) < 0 else -1]
    est, low, high = row[["est", "ci_lower", "ci_upper"]]
    found = low > 0 or (high < 0 and claim.predicate != "positive")
    holds = found if claim.predicate == "positive" else not found
    return claim.claim, "bootstrap", est, np.nan, bool(holds)
