"""Moderated multiple regression: one outcome, a predictor, a moderator and their product."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
import statsmodels.api as sm
from scipy import stats
from statsmodels.regression.linear_model import RegressionResults

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
from helpers.models.inference.cluster_robust import cluster_inference
from helpers.models.inference.clusters import FEW_CLUSTERS, MIN_CLUSTERS, encode_clusters
from helpers.models.inference.imputation import choose_n_imputations, impute_pmm
from helpers.models.inference.intervals import check_ci_level
from helpers.models.inference.linear import LinearInference, ResidualInference, WaldTest
from helpers.models.inference.pooling import PooledInference, pool_inference, pool_r_squared
from helpers.models.inference.summary import Readable, Section

__all__ = [
    "ModerationFit",
    "fit_moderation",
    "pool_moderation",
    "probe_coefficients",
    "probe_terms",
]

CENTERS = ("mean", "none", "zscore")
SE_TYPES = ("classical", "hc3")
MISSING = ("error", "listwise", "mi")

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


@dataclass(frozen=True, repr=False)
class ModerationFit(Readable):
    """A fitted moderated regression and what its probes need.

    Attributes
    ----------
    outcome, predictor, moderator : str
    covariates : tuple of str
    interaction : bool
        Whether the product term is in the model.
    center : {"mean", "none", "zscore"}
    ci_level : float
    cluster : str or None
    missing : {"error", "listwise", "mi"}
    se_type : {"classical", "cr2"}
        The standard errors that probes take where none are asked for: CR2 where there are clusters.
    n, n_dropped, df_resid : int
        Rows in the analysis, rows left out for a missing value, residual degrees of freedom.
    table : pandas.DataFrame
        ``outcome term est se se_hc3 t pvalue pvalue_hc3 ci_lower ci_upper``; `t`, `pvalue` and
        the interval are the classical ones, `pvalue_hc3` uses the t distribution with `df_resid`.
        Both take the rows for independent: with clusters, `probe_coefficients` gives the tests.
    r_squared_tests : pandas.DataFrame
        ``outcome model n df_resid r2 r2_adj r2_change f df1 df2 pvalue f2``, one row for the
        model without the product (its F tests all predictors) and one for the model with it (its
        F tests the change); `f2` is the change (or R2) over the unexplained share. With clusters F
        is the HTZ test. With imputations R2 is pooled by Fisher's z and F is D1.
    effect_sizes : pandas.DataFrame
        ``outcome term est_std partial_r partial_r2 semipartial_r2 f2``. `est_std` multiplies a
        slope by sd(term) / sd(outcome); for the product by sd(predictor) sd(moderator) /
        sd(outcome), the slope of a product of z-scores. Means over imputations where there are any.
    inferences : dict of str to LinearInference
        Estimates, covariance and degrees of freedom by `se_type`.
    terms : dict
        Term names of `predictor`, `moderator` and `product`.
    columns : dict
        Design columns of each term; several where a column of labels has more than two levels.
    predictor_values, moderator_values : pandas.Series
        As coded in the model, before centering; labels by their position from 0. With imputations
        those of all completed data sets, one below the other.
    predictor_center, predictor_scale, moderator_center, moderator_scale : float
        What was subtracted and divided by.
    predictor_levels, moderator_levels : tuple or None
        The labels, or the two values of a column of numbers with only two.
    predictor_codes, moderator_codes : tuple of float or None
        The levels as they stand in `predictor_values` and `moderator_values`.
    cluster_codes : numpy.ndarray or None
        The cluster of each row, numbered from 0.
    design : pandas.DataFrame or None
        The regressors, one column per term; None with imputations, as `response` and `results`.
    response : pandas.Series or None
    results : statsmodels RegressionResults or None
    completed : tuple of ModerationFit
        The fits to the completed data sets, where values were imputed.
    """

    outcome: str
    predictor: str
    moderator: str
    covariates: tuple[str, ...]
    interaction: bool
    center: str
    ci_level: float
    cluster: str | None
    missing: str
    se_type: str
    n: int
    n_dropped: int
    df_resid: int
    table: pd.DataFrame
    r_squared_tests: pd.DataFrame
    effect_sizes: pd.DataFrame
    inferences: dict[str, LinearInference] = field(repr=False)
    terms: dict[str, str]
    columns: dict[str, tuple[str, ...]]
    predictor_values: pd.Series = field(repr=False)
    moderator_values: pd.Series = field(repr=False)
    predictor_center: float
    predictor_scale: float
    moderator_center: float
    moderator_scale: float
    predictor_levels: tuple | None
    moderator_levels: tuple | None
    predictor_codes: tuple | None
    moderator_codes: tuple | None
    cluster_codes: np.ndarray | None = field(repr=False)
    design: pd.DataFrame | None = field(repr=False)
    response: pd.Series | None = field(repr=False)
    results: object = field(repr=False)
    completed: tuple[ModerationFit, ...] = field(default=(), repr=False)

    @property
    def parameters(self) -> pd.DataFrame:
        """Coefficients with the fit's own kind of standard error.

        ``lhs op rhs est se df t pvalue ci_lower ci_upper``; see `probe_coefficients`.
        """
        table = probe_coefficients(self).rename(columns={"outcome": "lhs", "term": "rhs"})
        table.insert(1, "op", "~")
        return table.drop(columns="se_type")

    @property
    def r_squared(self) -> pd.Series:
        """R2 of the whole model, by outcome; `r_squared_tests` has what the product adds."""
        full = self.r_squared_tests["r2"].iloc[-1]
        return pd.Series({self.outcome: full}, name="r_squared").rename_axis("outcome")

    def _head(self) -> str:
        size = f"{self.n} cases"
        if self.cluster is not None:
            size += f" in {self.n_clusters} clusters of {self.cluster!r}"
        return (
            f"Regression of {size}, {self.predictor!r} by {self.moderator!r}; {self.se_type} "
            f"standard errors, {100 * self.ci_level:g} % limits"
        )

    def _sections(self) -> list[Section]:
        return [
            ("parameters", self.parameters),
            ("R squared", self.r_squared_tests.drop(columns="outcome")),
            ("effect sizes", self.effect_sizes.drop(columns="outcome")),
        ]

    def inference(self, se_type: str | None = None) -> LinearInference:
        """Return estimates, covariance and degrees of freedom by one kind of standard error.

        Parameters
        ----------
        se_type : {"classical", "hc3", "cr2"}, optional
            The fit's own where not given; "cr2" needs a fit with clusters.
        """
        se_type = self.se_type if se_type is None else se_type
        if se_type == "cr2" and "cr2" not in self.inferences:
            raise InputError("se_type='cr2' needs clusters; refit with cluster= and their column.")
        check_choice("se_type", se_type, tuple(self.inferences))
        return self.inferences[se_type]

    def covariance(self, se_type: str | None = None) -> pd.DataFrame:
        """Return the covariance matrix of the estimates, rows and columns named by term."""
        names = self.table["term"].to_list()
        return pd.DataFrame(self.inference(se_type).vcov, index=names, columns=names)

    @property
    def vcov(self) -> pd.DataFrame:
        """Classical covariance of the estimates."""
        return self.covariance("classical")

    @property
    def n_clusters(self) -> int | None:
        """Number of clusters."""
        found = self.inferences.get("cr2")
        if isinstance(found, PooledInference):
            found = found.fits[0]
        return found and found.n_clusters

    @property
    def missing_information(self) -> pd.DataFrame:
        """What missing values cost each coefficient, where they were imputed.

        Returns
        -------
        pandas.DataFrame
            ``outcome term est within between total df riv fmi mc_error``; see
            `helpers.models.inference.pooling.PooledInference.describe`.
        """
        if not self.completed:
            raise InputError("nothing was imputed in this fit; refit with missing='mi'.")
        found = self.inference()
        head = self.table[["outcome", "term", "est"]]
        return pd.concat([head, found.describe(np.eye(len(head)))], axis=1)

    def one_data_set(self, purpose: str) -> ModerationFit:
        """Return the fit itself, or say that `purpose` needs a fit to one data set."""
        if self.completed:
            raise InputError(
                f"{purpose} needs one data set, and this fit pools {len(self.completed)}; take one"
                " of fit.completed."
            )
        return self

    def product_column(self, purpose: str) -> str:
        """Return the name of the one product, or say that `purpose` needs a single one."""
        if not self.interaction:
            raise InputError(
                f"the fit has no product term for {purpose}; refit with interaction=True."
            )
        names = self.columns[self.terms["product"]]
        if len(names) > 1:
            raise InputError(
                f"{purpose} looks at one product and {self.terms['product']!r} has {len(names)},"
                " one for each level; probe_terms tests them together."
            )
        return names[0]


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
    inferences = _infer(design, results, codes)
    table = _regression_table(model.outcome, design.columns, inferences, model.ci_level)
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
        effect_sizes=_effect_size_table(model.outcome, results, table, products, response),
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
    return replace(fit, r_squared_tests=_r_squared_table(fit))


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


def _infer(
    design: pd.DataFrame, results: RegressionResults, codes: np.ndarray | None
) -> dict[str, LinearInference]:
    X, residuals, est = design.to_numpy(), results.resid.to_numpy(), results.params.to_numpy()
    df = float(results.df_resid)
    found = {
        "classical": ResidualInference(est, classical_covariance(X, residuals), df),
        "hc3": ResidualInference(est, hc3_covariance(X, residuals), df),
    }
    if codes is not None:
        found["cr2"] = cluster_inference(X, residuals, est, codes)
    return found


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
    table = _regression_table(model.outcome, first.design.columns, inferences, model.ci_level)
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
    return replace(fit, r_squared_tests=_pooled_r_squared_table(fit))


def probe_coefficients(
    fit: ModerationFit, *, se_type: str | None = None, ci_level: float | None = None
) -> pd.DataFrame:
    """Return each coefficient with the test and interval of one kind of standard error.

    Parameters
    ----------
    fit : ModerationFit
    se_type : {"classical", "hc3", "cr2"}, optional
        The fit's own where not given: "cr2" with clusters, else "classical".
    ci_level : float, optional
        The fit's own level where not given.

    Returns
    -------
    pandas.DataFrame
        ``outcome se_type term est se df t pvalue ci_lower ci_upper``.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> frame = pd.DataFrame(rng.standard_normal((81, 3)), columns=["x", "w", "y"])
    >>> fit = fit_moderation(frame, outcome="y", predictor="x", moderator="w")
    >>> probe_coefficients(fit).shape
    (4, 10)
    """
    level = check_ci_level(fit.ci_level if ci_level is None else ci_level)
    found = fit.inference(se_type)
    head = pd.DataFrame(
        {"outcome": fit.outcome, "se_type": se_type or fit.se_type, "term": fit.table["term"]}
    )
    return pd.concat([head, found.test(np.eye(len(found.est)), level)], axis=1)


def probe_terms(fit: ModerationFit, *, se_type: str | None = None) -> pd.DataFrame:
    """Test each term as a whole: all the coefficients of a column of labels at once.

    Parameters
    ----------
    fit : ModerationFit
    se_type : {"classical", "hc3", "cr2"}, optional
        The fit's own where not given.

    Returns
    -------
    pandas.DataFrame
        ``outcome se_type term f df1 df2 pvalue``; a row for predictor, moderator, product and each
        covariate. Beside a product, the row of the predictor is about its slope where the
        moderator is at its center or first level, and the other way round.

    Notes
    -----
    F of the coefficients' Wald test: with classical standard errors the F of the sum of squares
    that the term adds to all the others; with clusters the HTZ test; with imputations D1.

    Validated: tests/reference/moderation/labels.R (car 3.1.1, Anova type III, and its
    white.adjust="hc3"; mitml 0.4.4) and cluster_robust.R (clubSandwich 0.5.8, Wald_test), relative
    difference below 1e-8.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> frame = pd.DataFrame(rng.standard_normal((90, 2)), columns=["x", "y"])
    >>> frame["arm"] = ["A", "B", "C"] * 30
    >>> fit = fit_moderation(frame, outcome="y", predictor="x", moderator="arm")
    >>> probe_terms(fit)[["term", "df1", "df2"]]
        term  df1   df2
    0      x  1.0  84.0
    1    arm  2.0  84.0
    2  x:arm  2.0  84.0
    """
    found = fit.inference(se_type)
    names = fit.table["term"].to_list()
    rows = []
    for term, columns in fit.columns.items():
        test = found.wald(_unit_rows(names, columns))
        rows.append(
            {
                "outcome": fit.outcome,
                "se_type": se_type or fit.se_type,
                "term": term,
                "f": test.f,
                "df1": float(test.df1),
                "df2": float(test.df2),
                "pvalue": test.pvalue,
            }
        )
    return pd.DataFrame(rows)


def _unit_rows(names: Sequence[str], chosen: Sequence[str]) -> np.ndarray:
    """Rows that pick the coefficients named, shape (q, k)."""
    return np.eye(len(names))[[list(names).index(name) for name in chosen]]


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


def _regression_table(
    outcome: str,
    names: Sequence[str],
    inferences: Mapping[str, LinearInference],
    ci_level: float,
) -> pd.DataFrame:
    each = np.eye(len(names))
    tests = inferences["classical"].test(each, ci_level)
    robust = inferences["hc3"].test(each, ci_level)
    tests = tests.assign(
        outcome=outcome, term=list(names), se_hc3=robust["se"], pvalue_hc3=robust["pvalue"]
    )
    return tests[list(REGRESSION_COLUMNS)]


def _without_product(fit: ModerationFit) -> tuple[RegressionResults, dict[str, LinearInference]]:
    """Return the model of the main effects alone, beside the fit to one data set."""
    if not fit.interaction:
        return fit.results, fit.inferences
    design = fit.design.drop(columns=list(fit.columns[fit.terms["product"]]))
    results = least_squares(fit.response, design)
    return results, _infer(design, results, fit.cluster_codes)


def _r_squared_table(fit: ModerationFit) -> pd.DataFrame:
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
        chosen = _unit_rows(list(fit.design), product)
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


def _pooled_r_squared_table(fit: ModerationFit) -> pd.DataFrame:
    """R² pooled on the scale of Fisher's z, its change as their difference, F by D1."""
    main = pool_inference([_without_product(one)[1][fit.se_type] for one in fit.completed])
    tests = {"without product": main.wald(np.eye(len(main.est))[1:])}
    if fit.interaction:
        chosen = _unit_rows(fit.table["term"].to_list(), fit.columns[fit.terms["product"]])
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


def _effect_size_table(
    outcome: str,
    results: RegressionResults,
    table: pd.DataFrame,
    products: Mapping[str, tuple[str, str]],
    response: pd.Series,
) -> pd.DataFrame:
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
