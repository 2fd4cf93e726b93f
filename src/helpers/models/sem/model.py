"""Fit a recursive path model of observed variables and report it as lavaan does."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from helpers.errors import InputError, did_you_mean
from helpers.models.inference.intervals import check_ci_level
from helpers.models.inference.summary import Readable, Section, say_fit
from helpers.models.inference.threads import one_thread
from helpers.models.sem.covariance import (
    UNDEFINED,
    parameter_table,
    r_squared,
    sampling_covariance,
)
from helpers.models.sem.estimation import estimate_path_model
from helpers.models.sem.fit_measures import compute_fit_measures
from helpers.models.sem.likelihood import casewise_scores, sample_moments
from helpers.models.sem.sample import model_values
from helpers.models.sem.structure import PathStructure, build_structure
from helpers.models.sem.syntax import parse_model

if TYPE_CHECKING:
    import semopy

_ESTIMATORS = ("ML", "MLR")


@dataclass(frozen=True, repr=False)
class PathFit(Readable):
    """A fitted path model.

    Attributes
    ----------
    parameters : DataFrame
        One row a coefficient (`~`), residual (co)variance (`~~`) or defined effect (`:=`), columns
        `lhs op rhs label est se z pvalue ci_lower ci_upper` in the units of the data. Fixed values
        have SE 0 and no z.
    standardized : DataFrame
        The same rows and columns for the completely standardized solution (lavaan's `std.all` with
        fixed x), SEs by the delta method.
    r_squared : Series
        Share of each outcome's variance that its equation accounts for, by variable.
    fit_measures : Series
        By lavaan's names; the `.scaled` and `.robust` ones exist for `estimator="MLR"`.
    estimator : str
    ci_level : float
    n : int
        Number of cases.
    """

    estimator: str
    ci_level: float
    n: int
    structure: PathStructure = field(repr=False)
    theta: np.ndarray = field(repr=False)
    covariance: np.ndarray = field(repr=False)
    moments: np.ndarray = field(repr=False)
    values: np.ndarray | None = field(repr=False, default=None)
    scores: np.ndarray | None = field(repr=False, default=None)

    @cached_property
    @one_thread()
    def parameters(self) -> pd.DataFrame:
        """Coefficients, residual (co)variances and defined effects in the units of the data."""
        return self._table()

    @cached_property
    @one_thread()
    def standardized(self) -> pd.DataFrame:
        """The same rows for the completely standardized solution."""
        return self._table(standardize=True)

    def _table(self, **options) -> pd.DataFrame:
        return parameter_table(
            self.structure, self.theta, self.covariance, self.moments, self.ci_level, **options
        )

    @cached_property
    @one_thread()
    def r_squared(self) -> pd.Series:
        """Explained share of each outcome's variance."""
        share = r_squared(self.structure, self.theta, self.moments)
        return pd.Series(share, index=self.structure.endogenous, name="r_squared")

    @cached_property
    @one_thread()
    def fit_measures(self) -> pd.Series:
        """Test statistics, fit indices, information criteria by lavaan's names."""
        return compute_fit_measures(
            self.structure,
            self.theta,
            self.moments,
            self.n,
            values=self.values,
            scores=self.scores,
        )

    def _head(self) -> str:
        first = f"Path model of {self.n} cases by {self.estimator}; {100 * self.ci_level:g}% limits"
        return "\n".join([first, say_fit(self.fit_measures), *self.notes])

    @property
    def notes(self) -> tuple[str, ...]:
        """Defined effects that have no value at the estimates, such as a ratio to zero."""
        effects = self.parameters[self.parameters["op"] == ":="]
        return tuple(
            f"'{name}' {UNDEFINED}" for name in effects["lhs"][~np.isfinite(effects["est"])]
        )

    def _sections(self) -> list[Section]:
        return [
            ("parameters", self.parameters),
            ("standardized", self.standardized),
            ("R squared", self.r_squared.rename_axis("outcome").reset_index()),
            ("fit measures", self.fit_measures.rename_axis("measure").reset_index(name="value")),
        ]


def fit_path_model(
    model: str | semopy.Model, data: pd.DataFrame, *, estimator: str = "ML", ci_level: float = 0.95
) -> PathFit:
    """Estimate a recursive path model by maximum likelihood.

    The solution is searched from least squares, and from further starts where ML is not least
    squares, until the gradient is zero, with every variable in its own standard deviation: whether
    it is found does not depend on units. Degrees of freedom, fit measures, robust statistics,
    standardized and defined effects follow lavaan's definitions.

    Parameters
    ----------
    model : str or semopy.Model
        lavaan syntax, or a `semopy.Model`, whose description is read; see
        `helpers.models.sem.syntax.parse_model`.
    data : DataFrame, shape (n, columns)
        Complete numeric columns for every variable in the model; others are ignored.
    estimator : "ML" or "MLR"
        The estimates are the same. "ML" gives SEs from the expected information, "MLR" sandwich
        SEs (observed information, Huber-White) and Yuan-Bentler scaled statistics.
    ci_level : float
        Confidence level of the normal-theory intervals.

    Returns
    -------
    PathFit

    Raises
    ------
    InputError
        For a slip in the model, a column that is missing, not numeric, incomplete or constant,
        fewer cases than variables, collinear predictors, or parameters that the data do not
        identify.

    Notes
    -----
    Assumes independent cases. Exogenous variables are fixed at their sample moments
    (`fixed.x = TRUE`); covariances have divisor n.

    Validated: tests/reference/sem/test_against_lavaan.py against lavaan 0.6-14, and 130 random
    models in tests/differential: estimates within 1e-11, standard errors within 1e-9 (robust:
    1e-5, where lavaan takes numerical derivatives).

    Rosseel, Y. (2012). lavaan: An R package for structural equation modeling. *Journal of
    Statistical Software, 48*(2), 1-36. https://doi.org/10.18637/jss.v048.i02

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> rng = np.random.default_rng(1)
    >>> x = rng.standard_normal(200)
    >>> m = 0.5 * x + rng.standard_normal(200)
    >>> y = 0.4 * m + rng.standard_normal(200)
    >>> fit = fit_path_model("m ~ a*x; y ~ b*m + x; indirect := a*b",
    ...                      pd.DataFrame({"x": x, "m": m, "y": y}))
    >>> list(fit.parameters["label"][:2])
    ['a', 'b']
    """
    if estimator not in _ESTIMATORS:
        raise InputError(
            f"estimator={estimator!r} is not known: choose 'ML' or 'MLR'."
            + did_you_mean(estimator, _ESTIMATORS)
        )
    check_ci_level(ci_level)
    structure = build_structure(parse_model(model))
    values = model_values(data, structure)
    with one_thread():
        moments, casewise = sample_moments(values), values if estimator == "MLR" else None
        return _fit(structure, moments, len(values), casewise, estimator, ci_level)


def fit_path_covariance(
    model: str, covariance: pd.DataFrame, *, n: int, ci_level: float = 0.95
) -> PathFit:
    """Estimate a recursive path model from a covariance or correlation matrix alone.

    Parameters
    ----------
    model : str
        lavaan syntax, as for `fit_path_model`.
    covariance : DataFrame, shape (p, p)
        Symmetric, variables as row and column names, divisor n. A correlation matrix gives
        standardized coefficients; their SEs then neglect that the variances are estimated.
    n : int
        Number of cases behind the matrix.
    ci_level : float

    Returns
    -------
    PathFit
        With `estimator="ML"`; robust statistics need the data.

    Raises
    ------
    InputError
        As `fit_path_model`, and for a matrix that is not symmetric or not positive definite.

    Examples
    --------
    >>> names = ["distress", "alliance", "quality"]
    >>> printed = pd.DataFrame([[1, -0.4, -0.2], [-0.4, 1, 0.5], [-0.2, 0.5, 1]], names, names)
    >>> print(fit_path_covariance("alliance ~ distress; quality ~ alliance", printed, n=120))
    Path model of 120 cases by ML; 95% limits
    chisq(1) 0.000, p 1.000; CFI 1.000, RMSEA 0.000, SRMR 0.000
    <BLANKLINE>
    parameters
    lhs       op  rhs          est     se       z  pvalue  ci_lower  ci_upper
    alliance  ~   distress  -0.400  0.084  -4.781   <.001    -0.564    -0.236
    quality   ~   alliance   0.500  0.079   6.325   <.001     0.345     0.655
    alliance  ~~  alliance   0.840  0.108   7.746   <.001     0.627     1.053
    quality   ~~  quality    0.750  0.097   7.746   <.001     0.560     0.940
    """
    check_ci_level(ci_level)
    structure = build_structure(parse_model(model))
    for name in structure.variables:
        if name not in covariance.index or name not in covariance.columns:
            raise InputError(
                f"model variable '{name}' is not in the covariance matrix."
                + did_you_mean(name, [str(c) for c in covariance.columns])
            )
    names = list(structure.variables)
    moments = covariance.loc[names, names].to_numpy(dtype=float)
    if not np.allclose(moments, moments.T, rtol=1e-8, atol=1e-12):
        raise InputError("covariance is not symmetric; give the full matrix, both triangles.")
    if not np.isfinite(moments).all() or np.linalg.eigvalsh(moments)[0] <= 0:
        raise InputError(
            "covariance is not positive definite: no data can have these values together."
        )
    if n <= len(names):
        raise InputError(f"n={n} is too small for {len(names)} variables.")
    with one_thread():
        return _fit(structure, moments, n, None, "ML", ci_level)


def _fit(structure, moments, n, values, estimator, ci_level):
    theta = estimate_path_model(structure, moments)
    scores = None if values is None else casewise_scores(structure, theta, values)
    covariance = sampling_covariance(structure, theta, moments, n, scores)
    fit = PathFit(
        estimator=estimator,
        ci_level=ci_level,
        n=n,
        structure=structure,
        theta=theta,
        covariance=covariance,
        moments=moments,
        values=values,
        scores=scores,
    )
    for note in fit.notes:
        warnings.warn(note, RuntimeWarning, stacklevel=3)
    return fit


def normal_theory_parameters(fit: PathFit) -> pd.DataFrame:
    """The table `parameters` of a fit with SEs from the expected information, as under "ML"."""
    covariance = sampling_covariance(fit.structure, fit.theta, fit.moments, fit.n, None)
    return parameter_table(fit.structure, fit.theta, covariance, fit.moments, fit.ci_level)
