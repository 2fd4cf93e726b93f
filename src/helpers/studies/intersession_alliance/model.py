"""The moderation study: its columns, its claims, and whether they hold on given data."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from helpers.errors import InputError
from helpers.inputs import check_choice
from helpers.models.inference.clusters import require_clusters
from helpers.models.inference.imputation import choose_n_imputations, impute_pmm
from helpers.models.inference.intervals import check_ci_level
from helpers.models.moderation.correlations import compare_correlations, pool_correlations
from helpers.models.moderation.fit import ModerationFit, probe_coefficients
from helpers.models.moderation.model import fit_moderation, pool_moderation
from helpers.models.moderation.simple_slopes import probe_simple_slopes
from helpers.models.moderation.slope_lines import slope_line
from helpers.models.sem.syntax import parse_model
from helpers.printed.claims import ABSENT, CLAIM_COLUMNS, judge_sign
from helpers.printed.numbers import load_published

__all__ = [
    "COLUMNS",
    "FOCAL",
    "LABELS",
    "MODEL",
    "MODERATOR",
    "OUTCOMES",
    "PREDICTOR",
    "PRODUCT",
    "RELATED",
    "UNRELATED",
    "Rows",
    "evaluate_claims",
    "fit_outcomes",
    "load_claims",
    "prepare_rows",
    "write_model",
]

STUDY = "intersession_alliance"
MODEL = """
    isp_actions  ~ self_alliance + other_alliance + self_by_other {covariates}
    isp_thoughts ~ self_alliance + other_alliance + self_by_other {covariates}
    progress     ~ self_alliance + other_alliance + self_by_other {covariates}
"""
"""In lavaan's syntax; `self_by_other` is the product of the alliances, each less its mean."""


def write_model(covariates: Sequence[str] = ()) -> str:
    """Fill the columns of the covariates into the model."""
    return MODEL.format(covariates="".join(f"+ {name} " for name in covariates))


_TERMS = parse_model(write_model()).regressions
OUTCOMES = tuple(dict.fromkeys(term.lhs for term in _TERMS))
FOCAL = OUTCOMES[0]
"""The outcome on which the abstract finds the interplay."""

RELATED, UNRELATED = "isp_actions", "isp_thoughts"
PREDICTOR, MODERATOR, PRODUCT = (term.rhs for term in _TERMS[:3])
COLUMNS = ("self_alliance", "other_alliance", "isp_thoughts", "isp_actions", "progress")
LABELS = {
    "self_alliance": "Self-alliance",
    "other_alliance": "Other-alliance",
    "isp_thoughts": "ISP-thoughts",
    "isp_actions": "ISP-actions",
    "progress": "Progress",
    "self_alliance:other_alliance": "Self-alliance × other-alliance",
}
KINDS = ("correlation", "product", "simple_slope")
PREDICATES = {"positive": "positive", "not_significant": ABSENT}


def load_claims() -> pd.DataFrame:
    """Return the abstract's findings as predicates: ``claims.csv`` with `id` as a column."""
    return load_published(STUDY, "claims").reset_index()


@dataclass(frozen=True)
class Rows:
    """Clients as they are analyzed.

    Attributes
    ----------
    frames : tuple of DataFrame
        One; or, where values were imputed, each completed data set.
    observed : DataFrame
        What was there, incomplete rows included.
    cluster : str or None
        The column that says which rows belong together.
    """

    frames: tuple[pd.DataFrame, ...]
    observed: pd.DataFrame
    cluster: str | None = None

    @property
    def imputed(self) -> bool:
        """Whether values were missing and imputed."""
        return len(self.frames) > 1

    @property
    def complete(self) -> pd.DataFrame:
        """The rows in which nothing is missing, for what needs one data set."""
        return self.observed.dropna()

    def fit(self, **roles: object) -> ModerationFit:
        """Fit a moderated regression, pooled where values were imputed."""
        if self.imputed:
            return pool_moderation(self.frames, **roles)
        with warnings.catch_warnings():  # the report says that clusters are few
            warnings.simplefilter("ignore", RuntimeWarning)
            return fit_moderation(self.frames[0], cluster=self.cluster, **roles)

    def fit_complete(self, **roles: object) -> ModerationFit:
        """Fit a moderated regression to the complete rows, as they are to what needs one data set.

        The fit of all rows where nothing was missing.
        """
        return fit_moderation(self.complete, **roles) if self.imputed else self.fit(**roles)

    def correlate(self, *variables: str, ci_level: float) -> pd.DataFrame:
        """Correlate columns, pooled where values were imputed."""
        if self.imputed:
            return pool_correlations(self.frames, variables=variables, ci_level=ci_level)
        return compare_correlations(
            self.frames[0], variables=variables, cluster=self.cluster, ci_level=ci_level
        )


def prepare_rows(
    data: pd.DataFrame, *, covariates: Sequence[str] = (), cluster: str = "", seed: int = 1
) -> Rows:
    """Complete the rows where values are missing, once for all that is analyzed.

    Parameters
    ----------
    data : DataFrame
        The five columns, covariates and the cluster.
    covariates : sequence of str
    cluster : str
        The column that says which rows belong together; "" for none.
    seed : int
        Of the imputation.

    Returns
    -------
    Rows

    Raises
    ------
    InputError
        Missing values together with clusters, or fewer than 10 clusters.

    Notes
    -----
    Imputed by `helpers.models.inference.imputation.impute_pmm` from the five columns and the
    covariates, one data set for each percent of incomplete rows and 20 at least. What has the
    alliances as predictors is imputed with their product, either alliance with the products of the
    other and each outcome and with the square of the other, so that an interaction survives.
    """
    if cluster:
        require_clusters(data, cluster)
    if not data.isna().any(axis=None):
        return Rows((data,), data, cluster or None)
    if cluster:
        raise InputError(
            f"missing='mi' takes rows for independent and would thin out what is alike within "
            f"cluster={cluster!r}; set missing='listwise'"
        )
    known = data[[*COLUMNS, *covariates]]
    products = dict.fromkeys((*OUTCOMES, *covariates), ((PREDICTOR, MODERATOR),))
    for own, other in ((PREDICTOR, MODERATOR), (MODERATOR, PREDICTOR)):
        square = ((other, other),) if data[other].nunique() > 2 else ()
        products[own] = (*((outcome, other) for outcome in OUTCOMES), *square)
    completed = impute_pmm(
        known, n_imputations=choose_n_imputations(known), seed=seed, products=products
    )
    return Rows(completed, known)


def fit_outcomes(
    data: pd.DataFrame | Rows,
    *,
    outcomes: Sequence[str] = OUTCOMES,
    predictor: str = PREDICTOR,
    moderator: str = MODERATOR,
    covariates: Sequence[str] = (),
    center: str = "mean",
    interaction: bool = True,
    ci_level: float = 0.95,
) -> dict[str, ModerationFit]:
    """Fit the moderated regression of each outcome; the result is keyed by outcome."""
    rows = _as_rows(data)
    return {
        outcome: rows.fit(
            outcome=outcome,
            predictor=predictor,
            moderator=moderator,
            covariates=covariates,
            center=center,
            interaction=interaction,
            ci_level=ci_level,
        )
        for outcome in outcomes
    }


def _as_rows(data: pd.DataFrame | Rows) -> Rows:
    return data if isinstance(data, Rows) else Rows((data,), data)


def evaluate_claims(
    data: pd.DataFrame | Rows,
    claims: pd.DataFrame,
    *,
    covariates: Sequence[str] = (),
    ci_level: float = 0.95,
    se_type: str = "classical",
) -> pd.DataFrame:
    """Ask of each claim of the abstract whether it holds on given data.

    Parameters
    ----------
    data : pandas.DataFrame or Rows
        With the columns that the claims name.
    claims : pandas.DataFrame
        ``id claim statistic kind x y moderator at predicate``, as `load_claims` returns them.
    covariates : sequence of str
        Entered in the regressions; the correlations stay zero-order.
    ci_level : float
        Significance is a two-sided p below one minus this level.
    se_type : {"classical", "hc3", "cr2"}
        Of the regressions.

    Returns
    -------
    pandas.DataFrame
        `CLAIM_COLUMNS`, one row per claim by its id. "positive" holds when the estimate is above
        zero and significant, "not_significant" when it is not significant, whatever its size.

    Raises
    ------
    InputError
        A claim of unknown kind or predicate, or columns of `data` that cannot be used.

    Examples
    --------
    >>> from helpers.studies.intersession_alliance.twin import simulate_intersession_alliance
    >>> twin = simulate_intersession_alliance()
    >>> bool(evaluate_claims(twin, load_claims())["holds"].all())
    True
    """
    ci_level = check_ci_level(ci_level)
    clients = _as_rows(data)
    fits: dict[tuple, ModerationFit] = {}
    rows = []
    for claim in claims.itertuples(index=False):
        check_choice(f"kind of claim {claim.id}", claim.kind, KINDS)
        check_choice(f"predicate of claim {claim.id}", claim.predicate, tuple(PREDICATES))
        if claim.kind == "correlation":
            row = clients.correlate(claim.x, claim.y, ci_level=ci_level)
            row = row.rename(columns={"r": "est"}).iloc[0]
        else:
            roles = (claim.y, claim.x, claim.moderator)
            if roles not in fits:
                fits[roles] = clients.fit(
                    outcome=claim.y,
                    predictor=claim.x,
                    moderator=claim.moderator,
                    covariates=covariates,
                    ci_level=ci_level,
                )
            row = _regression_row(fits[roles], claim, se_type)
        judged = judge_sign(PREDICATES[claim.predicate], row, ci_level=ci_level)
        rows.append({"claim": claim.claim, "statistic": claim.statistic} | judged)
    table = pd.DataFrame(rows, columns=list(CLAIM_COLUMNS), index=pd.Index(claims["id"]))
    return table.astype({"holds": "boolean"})


def _regression_row(fit: ModerationFit, claim: tuple, se_type: str) -> pd.Series:
    """Return the product, or the simple slope at the claim's distance from the mean."""
    if claim.kind == "product":
        table = probe_coefficients(fit, se_type=se_type)
        return table[table["term"] == fit.terms["product"]].iloc[0]
    try:
        distance = float(claim.at)
    except ValueError:
        distance = np.nan
    if not np.isfinite(distance):
        raise InputError(
            f"at={claim.at!r} of claim {claim.id} is not a number of SDs; write e.g. 1 or -1."
        )
    line = slope_line(fit, se_type=se_type)
    if line.moderator_levels is not None:
        # of two levels the lower stands for low and the upper for high
        return probe_simple_slopes(line).iloc[0 if distance < 0 else 1]
    value = line.moderator_mean + distance * line.moderator_sd
    return probe_simple_slopes(line, at=[value]).iloc[0]
