"""What a moderated regression came to: its tables, and the tests of its coefficients and terms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from helpers.errors import InputError
from helpers.inputs import check_choice
from helpers.models.inference.intervals import check_ci_level
from helpers.models.inference.linear import LinearInference
from helpers.models.inference.pooling import PooledInference
from helpers.models.inference.summary import Readable, Section

__all__ = ["ModerationFit", "probe_coefficients", "probe_terms"]


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
        The levels as they are in `predictor_values` and `moderator_values`.
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
            f"standard errors, {100 * self.ci_level:g}% limits"
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
    >>> from helpers.models.moderation.model import fit_moderation
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
    >>> from helpers.models.moderation.model import fit_moderation
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
        test = found.wald(unit_rows(names, columns))
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


def unit_rows(names: Sequence[str], chosen: Sequence[str]) -> np.ndarray:
    """Rows that pick the coefficients named, shape (q, k)."""
    return np.eye(len(names))[[list(names).index(name) for name in chosen]]
