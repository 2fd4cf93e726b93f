"""Moderated multiple regression: one outcome, a predictor, a moderator and their product."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from helpers.errors import InputError
from helpers.inputs import (
    Regressor,
    as_names,
    check_choice,
    check_columns,
    check_design,
    numeric_column,
    regressor,
)
from helpers.models.inference.clusters import FEW_CLUSTERS, MIN_CLUSTERS, encode_clusters
from helpers.models.inference.imputation import choose_n_imputations, impute_pmm
from helpers.models.inference.intervals import check_ci_level
from helpers.models.inference.pooling import pool_inference
from helpers.models.moderation.fit import ModerationFit
from helpers.models.moderation.least_squares import infer_coefficients, least_squares
from helpers.models.moderation.tables import (
    effect_size_table,
    pooled_r_squared_table,
    r_squared_table,
    regression_table,
)

__all__ = ["fit_moderation", "pool_moderation"]

CENTERS = ("mean", "none", "zscore")
SE_TYPES = ("classical", "hc3")
MISSING = ("error", "listwise", "mi")


def fit_moderation(
    data: pd.DataFrame,
    *,
    outcome: str,
    predictor: str,
    moderator: str,
    covariates: Sequence[str] = (),
    interaction: bool = True,
    center: str = "mean",
    cluster: str | None = None,
    missing: str = "error",
    n_imputations: int | None = None,
    auxiliary: Sequence[str] = (),
    seed: int = 1,
    ci_level: float = 0.95,
) -> ModerationFit:
    """Estimate how the slope of a predictor changes with a moderator, by least squares.

    Parameters
    ----------
    data : pandas.DataFrame
        One row a person. The outcome is numeric. Predictor, moderator and covariates are what they
        declare to be: numbers enter as they are, also where there are two values only (10 and 20);
        labels (text or categories, also "1" and "2") become dummies against their first level, one
        product for each.
    outcome, predictor, moderator : str
        Columns of `data`.
    covariates : sequence of str
        Further columns, entered without products.
    interaction : bool
        With ``False`` the product term is left out.
    center : {"mean", "none", "zscore"}
        What is done to a numeric predictor and moderator of more than two values before their
        product is formed. The product's test does not depend on it, nor does any simple slope.
    cluster : str, optional
        A column that says which rows belong together (clients of one therapist, sessions of one
        client). Probes then use CR2 standard errors with Satterthwaite's degrees of freedom.
    missing : {"error", "listwise", "mi"}
        Rows with a missing value are refused; or left out and counted; or completed several times
        by predictive mean matching, the product formed afterwards, and pooled by Rubin's rules.
    n_imputations : int, optional
        With ``missing="mi"``: by default one for each percent of incomplete rows, at least 20.
    auxiliary : sequence of str
        With ``missing="mi"``: columns that help to impute and are not in the model.
    seed : int
        With ``missing="mi"``: a seed gives the same values.
    ci_level : float
        Between 0 and 1.

    Returns
    -------
    ModerationFit
        With `table` (``outcome term est se se_hc3 t pvalue pvalue_hc3 ci_lower ci_upper``),
        `r_squared_tests`, `effect_sizes`, the covariance matrices and the design.

    Raises
    ------
    InputError
        An unknown, repeated, constant or non-numeric column, a missing value, an infinite value,
        collinear regressors, too few rows, or fewer than 5 clusters; clusters together with "mi".

    Warns
    -----
    RuntimeWarning
        Fewer than 30 clusters.

    Notes
    -----
    y = b0 + b1 x + b2 w + b3 x w + covariates + e, ordinary least squares by QR (statsmodels).
    Classical tests assume independent errors with one variance; HC3 divides each squared residual
    by (1 - leverage)^2 and allows the variance to differ by row. A row that alone fixes a
    coefficient (leverage 1) leaves HC3 undefined: its values are then NaN. CR2 lets the errors of
    a cluster depend on each other in any way; see
    `helpers.models.inference.cluster_robust.cluster_inference`.

    Imputation is by `helpers.models.inference.imputation.impute_pmm` from all columns of the model
    and `auxiliary`. Imputation models that left the product out would hold no interaction: those
    of the outcome, covariates and auxiliary columns have x w, that of w has x y and x², that of x
    has w y and w², which is what the regression implies to the first order. Some bias toward zero
    remains where many values of x or w are missing because of y (docs/validation.md). The rows are
    taken for independent, so that imputation is refused together with clusters. The means and
    standard deviations of `center` are those over all completed data sets. Missing values of the
    outcome are imputed as well.

    Validated: tests/reference/moderation/moderation.R (R 4.2.2: lm, sandwich 3.0.2), 19 cases,
    max relative difference 2e-13, and 9e-10 where columns far from zero are not centered; with
    clusters, labels and imputations: README.md beside it.

    References
    ----------
    Aiken, L. S., & West, S. G. (1991). Multiple regression: Testing and interpreting
    interactions. Sage.
    Long, J. S., & Ervin, L. H. (2000). Using heteroscedasticity consistent standard errors in the
    linear regression model. The American Statistician, 54(3), 217-224.
    https://doi.org/10.1080/00031305.2000.10474549
    Seaman, S. R., Bartlett, J. W., & White, I. R. (2012). Multiple imputation of missing covariates
    with non-linear effects and interactions. BMC Medical Research Methodology, 12, 46.
    https://doi.org/10.1186/1471-2288-12-46

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> frame = pd.DataFrame(rng.standard_normal((81, 3)), columns=["x", "w", "y"])
    >>> fit = fit_moderation(frame, outcome="y", predictor="x", moderator="w")
    >>> list(fit.table["term"])
    ['Intercept', 'x', 'w', 'x:w']
    """
    model = _Model(
        outcome=outcome,
        predictor=predictor,
        moderator=moderator,
        covariates=as_names("covariates", covariates),
        interaction=interaction,
        center=center,
        ci_level=ci_level,
        cluster=cluster,
    )
    check_choice("missing", missing, MISSING)
    auxiliary = as_names("auxiliary", auxiliary)
    if missing != "mi":
        if auxiliary:
            raise InputError(
                f"auxiliary={list(auxiliary)!r} helps to impute: give missing='mi' too."
            )
        model.check(data)
        kept = data.dropna(subset=model.names) if missing == "listwise" else data
        fit = replace(_fit_complete(kept, model), missing=missing, n_dropped=len(data) - len(kept))
        return _warn_of_clusters(fit)
    if cluster is not None:
        raise InputError(
            "missing='mi' takes rows for independent and would thin out what is alike within"
            f" cluster={cluster!r}; give missing='listwise', or complete the data by a multilevel"
            " imputation and give the data sets to pool_moderation."
        )
    model.check(data, auxiliary)
    known = data[[*model.names, *auxiliary]].dropna(how="all", subset=model.names)
    completed = impute_pmm(
        known,
        n_imputations=n_imputations or choose_n_imputations(known[model.names]),
        seed=seed,
        products=model.imputed_products(known, auxiliary),
    )
    return replace(_fit_pooled(completed, model), n_dropped=len(data) - len(known))


def pool_moderation(
    completed: Sequence[pd.DataFrame],
    *,
    outcome: str,
    predictor: str,
    moderator: str,
    covariates: Sequence[str] = (),
    interaction: bool = True,
    center: str = "mean",
    cluster: str | None = None,
    ci_level: float = 0.95,
) -> ModerationFit:
    """Pool a moderated regression over data sets whose missing values were imputed elsewhere.

    Parameters
    ----------
    completed : sequence of pandas.DataFrame
        Two or more, with the same rows.
    outcome, predictor, moderator, covariates, interaction, center, cluster, ci_level
        As in `fit_moderation`.

    Returns
    -------
    ModerationFit
        Estimates are means over the data sets, tests by Rubin's rules; `missing_information` says
        what the missing values cost. With clusters the degrees of freedom of complete data are
        Satterthwaite's.

    Notes
    -----
    Validated: tests/reference/moderation/pooling.R (mice 3.15.0: pool; mitml 0.4.4: D1), relative
    difference below 1e-8.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> frame = pd.DataFrame(rng.standard_normal((81, 3)), columns=["x", "w", "y"])
    >>> frames = [frame.assign(y=frame["y"] + 0.1 * rng.standard_normal(81)) for _ in range(5)]
    >>> fit = pool_moderation(frames, outcome="y", predictor="x", moderator="w")
    >>> len(fit.completed)
    5
    """
    model = _Model(
        outcome=outcome,
        predictor=predictor,
        moderator=moderator,
        covariates=as_names("covariates", covariates),
        interaction=interaction,
        center=center,
        ci_level=ci_level,
        cluster=cluster,
    )
    completed = tuple(completed)
    if len(completed) < 2:
        raise InputError(
            f"completed holds {len(completed)} data set(s); pooling needs two or more."
        )
    for frame in completed:
        model.check(frame)
        if len(frame) != len(completed[0]):
            raise InputError(
                f"completed holds data sets of {len(completed[0])} and {len(frame)} rows; they must"
                " be the same rows."
            )
    return _warn_of_clusters(_fit_pooled(completed, model))


@dataclass(frozen=True)
class _Model:
    """What is fitted, checked."""

    outcome: str
    predictor: str
    moderator: str
    covariates: tuple[str, ...]
    interaction: bool
    center: str
    ci_level: float
    cluster: str | None

    def __post_init__(self) -> None:
        check_choice("center", self.center, CENTERS)
        object.__setattr__(self, "ci_level", check_ci_level(self.ci_level))

    @property
    def names(self) -> list[str]:
        """Columns of the data that take part."""
        clusters = [] if self.cluster is None else [self.cluster]
        return [self.outcome, self.predictor, self.moderator, *self.covariates, *clusters]

    def check(self, data: pd.DataFrame, auxiliary: Sequence[str] = ()) -> None:
        roles = {"outcome": self.outcome, "predictor": self.predictor, "moderator": self.moderator}
        if self.cluster is not None:
            roles["cluster"] = self.cluster
        check_columns(data, **roles, covariates=(*self.covariates, *auxiliary))

    def imputed_products(
        self, data: pd.DataFrame, auxiliary: Sequence[str]
    ) -> dict[str, tuple[tuple[str, str], ...]]:
        """For each column the products that its imputation model holds.

        Where y = b0 + b1 x + b2 w + b3 x w, w goes with y, x, x y and x²; and x with y, w, w y, w².
        """
        if not self.interaction:
            return {}
        y, x, w = self.outcome, self.predictor, self.moderator
        products = dict.fromkeys((y, *self.covariates, *auxiliary), ((x, w),))
        for own, role, other in ((x, "moderator", w), (w, "predictor", x)):
            two_values = regressor(data[data[other].notna()], other, role).levels is not None
            products[own] = ((y, other),) if two_values else ((y, other), (other, other))
        return products


@dataclass(frozen=True)
class _Factor:
    """Predictor or moderator as it enters: its regressor, and how it was centered."""

    regressor: Regressor
    center: float
    scale: float

    @property
    def columns(self) -> dict[str, pd.Series]:
        """Design columns by name."""
        return {
            name: (values - self.center) / self.scale
            for name, values in self.regressor.columns.items()
        }

    @property
    def term(self) -> str:
        """Name of the term; a column of two labels says which one is coded 1."""
        names = list(self.regressor.columns)
        return names[0] if len(names) == 1 else self.regressor.name


def _factor(
    data: pd.DataFrame, name: str, role: str, center: str, moments: tuple[float, float] | None
) -> _Factor:
    found = regressor(data, name, role)
    if found.levels is not None or center == "none":
        return _Factor(found, 0.0, 1.0)
    mean, sd = moments or (float(found.coded.mean()), float(found.coded.std(ddof=1)))
    return _Factor(found, mean, sd if center == "zscore" else 1.0)


def _fit_complete(
    data: pd.DataFrame, model: _Model, moments: Mapping[str, tuple[float, float]] | None = None
) -> ModerationFit:
    """Fit one data set without missing values; `moments` replaces its own means and SDs."""
    moments = moments or {}
    response = numeric_column(data, model.outcome, "outcome")
    x = _factor(data, model.predictor, "predictor", model.center, moments.get("predictor"))
    w = _factor(data, model.moderator, "moderator", model.center, moments.get("moderator"))
    terms = {"predictor": x.term, "moderator": w.term, "product": f"{x.term}:{w.term}"}
    products = {f"{a}:{b}": (a, b) for a in x.columns for b in w.columns}
    groups = {terms["predictor"]: x.columns, terms["moderator"]: w.columns}
    if model.interaction:
        groups[terms["product"]] = {
            name: x.columns[a] * w.columns[b] for name, (a, b) in products.items()
        }
    design = {"Intercept": np.ones(len(data))}
    for group in groups.values():
        design.update(group)
    for name in model.covariates:
        groups[name] = regressor(data, name, "covariates").columns
        for term in groups[name]:
            if term in design:
                raise InputError(f"covariates={name!r} would be a second term {term!r}; rename it.")
        design.update(groups[name])
    design = pd.DataFrame(design, index=data.index)
    check_design(design)
    codes = None
    if model.cluster is not None:
        codes = encode_clusters(data, model.cluster, minimum=MIN_CLUSTERS)

    results = least_squares(response, design)
    inferences = infer_coefficients(design, results, codes)
    table = regression_table(model.outcome, design.columns, inferences, model.ci_level)
    columns = {term: tuple(group) for term, group in groups.items()}
    se_type = "classical" if codes is None else "cr2"
    fit = ModerationFit(
        outcome=model.outcome,
        predictor=model.predictor,
        moderator=model.moderator,
        covariates=model.covariates,
        interaction=model.interaction,
        center=model.center,
        ci_level=model.ci_level,
        cluster=model.cluster,
        missing="error",
        se_type=se_type,
        n=len(data),
        n_dropped=0,
        df_resid=int(results.df_resid),
        table=table,
        r_squared_tests=pd.DataFrame(),
        effect_sizes=effect_size_table(model.outcome, results, table, products, response),
        inferences=inferences,
        terms=terms,
        columns=columns,
        predictor_values=x.regressor.coded,
        moderator_values=w.regressor.coded,
        predictor_center=x.center,
        predictor_scale=x.scale,
        moderator_center=w.center,
        moderator_scale=w.scale,
        predictor_levels=x.regressor.levels,
        moderator_levels=w.regressor.levels,
        predictor_codes=x.regressor.codes,
        moderator_codes=w.regressor.codes,
        cluster_codes=codes,
        design=design,
        response=response,
        results=results,
    )
    return replace(fit, r_squared_tests=r_squared_table(fit))


def _warn_of_clusters(fit: ModerationFit) -> ModerationFit:
    if fit.cluster is not None and fit.n_clusters < FEW_CLUSTERS:
        smallest = float(fit.inference().df(np.eye(len(fit.table))).min())
        warnings.warn(
            f"cluster={fit.cluster!r} names {fit.n_clusters} clusters, fewer than {FEW_CLUSTERS}."
            " CR2 with Satterthwaite's degrees of freedom allows for it; the fewest of a"
            f" coefficient here are {smallest:.1f}, and below 4 a p value is not to be relied on.",
            RuntimeWarning,
            stacklevel=3,
        )
    return fit


def _fit_pooled(completed: Sequence[pd.DataFrame], model: _Model) -> ModerationFit:
    """Fit each completed data set around the same center, and pool."""
    moments = {}
    for role in ("predictor", "moderator"):
        values = [regressor(frame, getattr(model, role), role).coded for frame in completed]
        mean = float(np.mean([one.mean() for one in values]))
        variance = float(np.mean([one.var(ddof=1) for one in values]))
        moments[role] = (mean, float(np.sqrt(variance)))
    fits = tuple(_fit_complete(frame, model, moments) for frame in completed)
    first = fits[0]
    for fit in fits:
        if list(fit.design) != list(first.design):
            raise InputError("the completed data sets differ in their levels, so in their terms.")
    inferences = {
        se_type: pool_inference([fit.inferences[se_type] for fit in fits])
        for se_type in first.inferences
    }
    table = regression_table(model.outcome, first.design.columns, inferences, model.ci_level)
    sizes = first.effect_sizes.copy()
    numbers = sizes.columns[2:]
    sizes[numbers] = np.mean([fit.effect_sizes[numbers].to_numpy() for fit in fits], axis=0)
    fit = replace(
        first,
        missing="mi",
        table=table,
        effect_sizes=sizes,
        inferences=inferences,
        predictor_values=pd.concat([fit.predictor_values for fit in fits]),
        moderator_values=pd.concat([fit.moderator_values for fit in fits]),
        cluster_codes=None,
        design=None,
        response=None,
        results=None,
        completed=fits,
    )
    return replace(fit, r_squared_tests=pooled_r_squared_table(fit))
