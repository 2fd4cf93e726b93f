"""Fit structural equation models: latent variables, missing values, clusters, constraints."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.stats import norm

from helpers.errors import InputError, did_you_mean
from helpers.inputs import check_varying
from helpers.models.inference.clusters import FEW_CLUSTERS, MIN_ROBUST, intraclass_correlations
from helpers.models.inference.intervals import check_ci_level
from helpers.models.inference.summary import Readable, Section, say_fit
from helpers.models.inference.threads import one_thread
from helpers.models.sem import goodness
from helpers.models.sem.constraints import build_constraints
from helpers.models.sem.estimates import GivenMoments, Reporter, jacobian
from helpers.models.sem.fit_measures import assemble_measures
from helpers.models.sem.gaussian import evaluate
from helpers.models.sem.goodness import Clusters, Fitted, outer_products, wald_table
from helpers.models.sem.missing import saturated_moments
from helpers.models.sem.optimize import Constraints, climb, free_space, maximize, null_space
from helpers.models.sem.patterns import PatternSample, sort_patterns
from helpers.models.sem.reticular import CONSTANT, Reticular, Saturated, lay_out, stack_moments
from helpers.models.sem.sample import numeric_columns
from helpers.models.sem.starts import starting_values
from helpers.models.sem.syntax import parse_sem
from helpers.models.sem.table import ParameterTable, build_table

if TYPE_CHECKING:
    import semopy

_ESTIMATORS = ("ML", "MLR")
_MISSING = ("error", "listwise", "fiml")


@dataclass(frozen=True, repr=False, eq=False)
class SemFit(Readable):
    """A fitted structural equation model. What is asked for is computed when it is asked for.

    Attributes
    ----------
    parameters, standardized : DataFrame
        `lhs op rhs label est se z pvalue ci_lower ci_upper`: loadings, paths, (co)variances,
        intercepts, defined effects; in the units of the data, and completely standardized
        (`std.all`). Exogenous variables have rows where they are random. Fixed values have SE 0.
    r_squared : Series
    fit_measures : Series
        By lavaan's names; `.scaled` and `.robust` where the statistics are robust, `.robust` also
        under missing values.
    implied : DataFrame
        Covariance matrix of the observed variables, their means in the column "mean" where means
        are modelled.
    residuals : DataFrame
        `lhs op rhs observed implied residual se z`, z as lavaan's `standardized`.
    reliability : DataFrame
        By factor: McDonald's `omega` and average variance extracted, `ave`.
    icc : Series
        Share of each observed variable's variance that lies between clusters.
    estimator, ci_level, n
    notes : tuple of str
        How many cases and patterns entered, and whatever is not as it should be.
    """

    table: ParameterTable = field(repr=False)
    layout: Reticular = field(repr=False)
    theta: np.ndarray = field(repr=False)
    fitted: Fitted = field(repr=False)
    given: GivenMoments = field(repr=False)
    x: np.ndarray = field(repr=False)
    clusters: Clusters | None = field(repr=False)
    constraints: Constraints | None = field(repr=False)
    active: np.ndarray = field(repr=False)
    estimator: str
    missing: str
    ci_level: float
    n: int
    converged: bool
    notes: tuple[str, ...]
    free_moments: tuple[np.ndarray, np.ndarray] | None = field(repr=False, default=None)

    # ---- pieces ------------------------------------------------------------------------------

    @property
    def robust(self) -> bool:
        """Whether SEs and tests are robust: "MLR", or clusters."""
        return self.estimator == "MLR" or self.clusters is not None

    @property
    def information(self) -> str:
        """Which information SEs rest on."""
        if self.robust or not self.sample.complete or self.missing == "fiml":
            return "observed"
        return "expected"

    @property
    def test_information(self) -> str:
        """Which information the scaling of robust tests rests on, as lavaan chooses it."""
        return "h1" if self.estimator == "ML" else "observed"

    @property
    def sample(self) -> PatternSample:
        """The data by patterns of missing values."""
        return self.fitted.state.sample

    @cached_property
    def reporter(self) -> Reporter:
        """From the estimates to what is reported."""
        return Reporter(self.layout, self.given)

    @cached_property
    def full(self) -> np.ndarray:
        """Free parameters, then the moments of complete exogenous variables that are random."""
        return np.concatenate([self.theta, self.given.stacked])

    @cached_property
    @one_thread()
    def saturated(self) -> Fitted:
        """The unrestricted model."""
        slopes, covariance = self.free_moments or saturated_moments(self.sample)
        model = Saturated(*slopes.shape)
        state = evaluate(self.sample, slopes, covariance)
        if state is None:
            raise InputError("the covariance matrix of the data is not positive definite.")
        return Fitted(model, stack_moments(slopes, covariance), state)

    @cached_property
    @one_thread()
    def baseline(self) -> Fitted | None:
        """The model of no relations."""
        means, covariance = self.total_moments(*self.saturated.model.moments(self.saturated.theta))
        return goodness.fit_baseline(self.layout, self.sample, means, covariance)

    def total_moments(self, slopes, covariance) -> tuple[np.ndarray, np.ndarray]:
        """Means and covariances of the modelled and the given variables, from P and V."""
        return total_moments(slopes, covariance, self.given, self.layout)

    @cached_property
    @one_thread()
    def covariance(self) -> np.ndarray:
        """Sampling covariance matrix of the free parameters (and of random given moments)."""
        bread = self.fitted.bread(self.information)
        xi = self.given.stacked
        if not self.robust:
            block = self.given.sampling_covariance() if len(xi) else np.zeros((0, 0))
            out = np.zeros((len(bread) + len(xi),) * 2)
            out[: len(bread), : len(bread)] = bread
            out[len(bread) :, len(bread) :] = block
            return out / self.n
        influence = self.fitted.scores() @ bread
        if len(xi):
            influence = np.hstack([influence, self.given.influence(self.x)])
        return outer_products(influence, self.clusters) / self.n

    # ---- tables ------------------------------------------------------------------------------

    @cached_property
    @one_thread()
    def parameters(self) -> pd.DataFrame:
        """Estimates in the units of the data."""
        reporter, layout = self.reporter, self.layout
        est = reporter.reported(self.full)
        rows = len(self.table.rows)
        variance = np.zeros(len(est))
        free = layout.parameter >= 0
        variance[:rows][free] = np.diag(self.covariance)[layout.parameter[free]]
        if len(est) > rows or not reporter.plain.all():
            slope = jacobian(reporter.reported, self.full)
            odd = np.append(~reporter.plain, np.ones(len(est) - rows, dtype=bool))
            variance[odd] = self._variance(slope[odd])
        return self._wald(est, variance)

    @cached_property
    @one_thread()
    def standardized(self) -> pd.DataFrame:
        """The completely standardized solution."""
        est = self.reporter.standardized(self.full)
        slope = jacobian(self.reporter.standardized, self.full)
        return self._wald(est, self._variance(slope))

    def _variance(self, slope):
        """Of quantities with these slopes; NaN of one that is not defined at the estimates."""
        with np.errstate(invalid="ignore"):
            return np.einsum("ij,jk,ik->i", slope, self.covariance, slope, optimize=True)

    def _wald(self, est, variance):
        with np.errstate(invalid="ignore"):
            se = np.sqrt(np.maximum(variance, 0.0))
        se = np.where(se < 1e-10 * np.maximum(np.abs(est), 1e-3), 0.0, se)
        se = np.where(np.isfinite(est), se, np.nan)
        quantile = norm.ppf(0.5 + self.ci_level / 2)
        keep = self.shown
        table = wald_table(self.table.keys[keep], est[keep], se[keep], quantile)
        return table.reset_index(drop=True)

    @cached_property
    def shown(self) -> np.ndarray:
        """Rows that are reported: moments of fixed exogenous variables are not."""
        rows = np.ones(len(self.table.keys), dtype=bool)
        if not self.given.random:
            rows[: len(self.table.rows)] = self.layout.parameter != -2
        return rows

    @cached_property
    def r_squared(self) -> pd.Series:
        """Explained share of each endogenous variable's variance."""
        return pd.Series(
            self.reporter.r_squared(self.full), index=self.table.endogenous, name="r_squared"
        )

    @cached_property
    @one_thread()
    def fit_measures(self) -> pd.Series:
        """Test statistics, fit indices and information criteria by lavaan's names."""
        baseline = self.baseline
        if baseline is None:
            raise InputError("the baseline model did not converge, so there are no fit measures.")
        facts = goodness.fit_facts(
            self.fitted,
            self.saturated,
            baseline,
            self.given,
            x=self.x,
            kind=self.test_information,
            clusters=self.clusters,
            meat=self._meat,
            incomplete=self.missing == "fiml",
        )
        return assemble_measures(facts)

    @cached_property
    def implied(self) -> pd.DataFrame:
        """Model-implied covariances, and means where they are modelled."""
        means, covariance, names = self.reporter.joint(self.full)
        place = [names.index(v) for v in self.table.observed]
        table = pd.DataFrame(
            covariance[np.ix_(place, place)],
            index=self.table.observed,
            columns=self.table.observed,
        )
        if CONSTANT in self.layout.given:
            table.insert(0, "mean", means[place])
        return table

    @cached_property
    @one_thread()
    def residuals(self) -> pd.DataFrame:
        """Observed less implied moments, with standardized values."""
        return goodness.residual_table(
            self.fitted,
            self.saturated,
            self.given,
            kind=self.information,
            meat=self._meat,
        )

    @cached_property
    @one_thread()
    def _meat(self) -> np.ndarray | None:
        """Outer products of the unrestricted model's scores, where statistics are robust."""
        if not self.robust:
            return None
        return goodness.saturated_meat(self.saturated, self.given, self.x, self.clusters)

    @one_thread()
    def modification_indices(self) -> pd.DataFrame:
        """`lhs op rhs mi pvalue epc sepc_all` of parameters that could be added, largest first."""
        return goodness.modification_indices(self.fitted, self.reporter, self.full)

    @cached_property
    def reliability(self) -> pd.DataFrame:
        """McDonald's omega and the average variance extracted of each factor.

        omega is the variance of the indicators' sum that the factor accounts for, over all of its
        implied variance; AVE the mean share of its indicators' variances (Fornell & Larcker, 1981,
        https://doi.org/10.2307/3151312; Raykov, 2001,
        https://doi.org/10.1348/000711001159582).
        """
        _, covariance, names = self.reporter.joint(self.full)
        values = self.reporter.elements(self.full)
        rows = {}
        for factor in self.table.latent:
            own = [
                (r.rhs, v)
                for r, v in zip(self.table.rows, values, strict=True)
                if r.op == "=~" and r.lhs == factor and v and r.rhs not in self.table.latent
            ]
            if len(own) < 2:
                continue
            place = [names.index(v) for v, _ in own]
            weight = np.array([w for _, w in own])
            variance = covariance[names.index(factor), names.index(factor)]
            among = covariance[np.ix_(place, place)]
            rows[factor] = {
                "omega": weight.sum() ** 2 * variance / among.sum(),
                "ave": (weight**2).sum() * variance / np.trace(among),
            }
        return pd.DataFrame.from_dict(rows, orient="index", columns=["omega", "ave"])

    @cached_property
    def icc(self) -> pd.Series:
        """Intraclass correlation of each modelled variable (one-way analysis of variance)."""
        if self.clusters is None:
            raise InputError("icc needs clusters: fit with cluster='name of the column'.")
        names = [*self.layout.modelled, *self.given.names]
        y = np.where(self.sample.seen, self.sample.y, np.nan)
        frame = pd.DataFrame(np.hstack([y, self.x]), columns=names)
        table = intraclass_correlations(
            frame.assign(**{self.clusters.name: self.clusters.codes}),
            variables=self.table.observed,
            cluster=self.clusters.name,
        )
        return table.set_index("variable")["icc"]

    # ---- text --------------------------------------------------------------------------------

    def _head(self) -> str:
        level = f"{100 * self.ci_level:g} % limits"
        title = f"Structural equation model of {self.n} cases by {self.estimator}; {level}"
        return "\n".join([title, say_fit(self.fit_measures), *self.notes])

    def _sections(self) -> list[Section]:
        paths = self.parameters
        order = [paths[paths["op"] == op] for op in (":=", "~", "<~", "=~", "~~", "~1")]
        outcomes = self.r_squared.rename_axis("variable").reset_index()
        return [("parameters", pd.concat(order)), ("r_squared", outcomes)]


@one_thread()
def fit_sem(
    model: str | semopy.Model,
    data: pd.DataFrame,
    *,
    estimator: str = "ML",
    missing: str = "error",
    cluster: str | None = None,
    auxiliary: Sequence[str] = (),
    std_lv: bool = False,
    effect_coding: bool = False,
    fixed_x: bool | None = None,
    meanstructure: bool | None = None,
    ci_level: float = 0.95,
) -> SemFit:
    """Estimate a structural equation model by maximum likelihood, as `lavaan::sem`.

    Parameters
    ----------
    model : str or semopy.Model
        lavaan syntax; see `helpers.models.sem.syntax.parse_sem`.
    data : DataFrame, shape (n, columns)
        Numeric columns for every observed variable of the model; others are ignored.
    estimator : "ML" or "MLR"
        The estimates are the same. "ML" gives SEs from the expected information (under missing
        values the observed), "MLR" sandwich SEs and Yuan-Bentler scaled statistics.
    missing : "error", "listwise" or "fiml"
        Whether cases with missing values are refused, left out, or enter with what they have
        (full-information maximum likelihood; exogenous variables are then random).
    cluster : str, optional
        Column that names the cluster of each case. SEs and tests are then robust to dependence
        within clusters.
    auxiliary : sequence of str
        Columns that inform about missing values only (saturated correlates).
    std_lv : bool
        Factors have variance 1, instead of a first loading of 1.
    effect_coding : bool
        Loadings of a factor have mean 1, and with means its intercepts mean 0.
    fixed_x : bool, optional
        Whether exogenous observed variables are fixed at their sample moments; by default yes,
        but not under "fiml".
    meanstructure : bool, optional
        Whether means are modelled; by default under "fiml", with clusters and where the model has
        an intercept.
    ci_level : float

    Returns
    -------
    SemFit

    Raises
    ------
    InputError
        One line: a slip in the model, data that cannot be used, parameters that the data do not
        identify, a search that did not converge, or fewer than 10 clusters.

    Warns
    -----
    RuntimeWarning
        Improper solutions, fewer than 30 clusters.

    Notes
    -----
    Rosseel, Y. (2012). lavaan. *Journal of Statistical Software, 48*(2).
    https://doi.org/10.18637/jss.v048.i02
    Validated: tests/reference/sem/latent, missing and clusters, 228 models of lavaan 0.6-14 under
    ML and MLR: estimates within 1e-9 of the larger of estimate and SE, SEs within 1e-7, fit
    measures within 1e-5, scaled ones within 1e-4 (where lavaan's derivatives are numerical). The
    robust CFI, TLI and RMSEA of incomplete data are those that lavaan gives once its complete-data
    model takes exogenous variables as random too.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> rng = np.random.default_rng(1)
    >>> f = rng.standard_normal(400)
    >>> data = pd.DataFrame({f"x{k}": f + rng.standard_normal(400) for k in (1, 2, 3, 4)})
    >>> fit = fit_sem("f =~ x1 + x2 + x3 + x4", data)
    >>> fit.parameters.query("op == '=~'").loc[:, ["lhs", "op", "rhs", "est", "se"]].round(3)
      lhs  op rhs    est     se
    0   f  =~  x1  1.000  0.000
    1   f  =~  x2  0.934  0.093
    2   f  =~  x3  0.890  0.092
    3   f  =~  x4  1.019  0.098
    """
    _check_choice("estimator", estimator, _ESTIMATORS)
    _check_choice("missing", missing, _MISSING)
    check_ci_level(ci_level)
    if fixed_x is None:
        fixed_x = missing != "fiml"
    if meanstructure is None:
        meanstructure = missing == "fiml" or cluster is not None
    elif not meanstructure and (missing == "fiml" or cluster is not None):
        raise InputError("meanstructure=False is not possible with missing values or clusters.")
    text = model if isinstance(model, str) else getattr(model, "description", model)
    table = _table(text, std_lv, effect_coding, meanstructure, tuple(auxiliary))
    values, codes, notes = _read(table, data, missing, cluster, fixed_x)
    clusters = _clusters(cluster, codes, notes)
    problem = _Problem(table, values, fixed_x)
    return _fit(problem, estimator, missing, ci_level, clusters, notes)


@lru_cache(maxsize=64)
def _table(text, std_lv, effect_coding, meanstructure, auxiliary) -> ParameterTable:
    return build_table(
        parse_sem(text),
        std_lv=std_lv,
        effect_coding=effect_coding,
        meanstructure=meanstructure,
        auxiliary=auxiliary,
    )


@lru_cache(maxsize=64)
def _layout(table, given) -> Reticular:
    return lay_out(table, given)


def _check_choice(name, value, allowed):
    if value not in allowed:
        written = " or ".join(repr(a) for a in allowed)
        raise InputError(
            f"{name}={value!r} is not known: choose {written}.{did_you_mean(value, allowed)}"
        )


def _read(table: ParameterTable, data, missing, cluster, fixed_x):
    """The observed variables as an array, cluster codes, and a note on what entered."""
    values = numeric_columns(data, table.observed, missing_allowed=missing != "error")
    for name in table.latent:
        if name in data.columns:
            raise InputError(
                f"latent variable '{name}' has the name of a column; give it another name."
            )
    labels = {r.label for r in table.rows if r.label}
    for name in sorted(labels & {str(c) for c in data.columns}):
        raise InputError(
            f"label '{name}' is the name of a column: '{name}*x' does not multiply two variables. "
            "Write 'x:z' for a product, or choose another label."
        )
    seen = np.isfinite(values)
    keep = np.ones(len(values), dtype=bool)
    if missing == "listwise":
        keep = seen.all(axis=1)
    elif missing == "fiml":
        keep = seen.any(axis=1)
        if fixed_x and table.exogenous:
            keep &= seen[:, [table.observed.index(v) for v in table.exogenous]].all(axis=1)
    codes = None
    if cluster is not None:
        if not isinstance(data, pd.DataFrame) or cluster not in data.columns:
            columns = [str(c) for c in data.columns]
            raise InputError(
                f"cluster='{cluster}' is not a column of data.{did_you_mean(cluster, columns)}"
            )
        column = data[cluster]
        empty = column.isna().to_numpy()
        if (empty & keep).any():
            raise InputError(
                f"cluster column '{cluster}' has {int((empty & keep).sum())} missing values; give "
                "each case its cluster or drop it."
            )
        codes = pd.factorize(column[keep])[0]
    notes = []
    if not keep.all():
        notes.append(f"{int(keep.sum())} of {len(values)} cases entered.")
    return values[keep], codes, notes


def _clusters(name, codes, notes) -> Clusters | None:
    if name is None:
        return None
    count = int(codes.max(initial=-1)) + 1
    if count < MIN_ROBUST:
        raise InputError(
            f"cluster='{name}' has {count} clusters; below {MIN_ROBUST} cluster-robust "
            "standard errors mislead. Fit without cluster and add 0/1 columns for the clusters as "
            "covariates."
        )
    if count < FEW_CLUSTERS:
        note = (
            f"{count} clusters: cluster-robust standard errors are too small with fewer than "
            f"{FEW_CLUSTERS}; trust the whole-cluster bootstrap more."
        )
        notes.append(note)
        warnings.warn(note, RuntimeWarning, stacklevel=4)
    return Clusters(name, codes, count)


class _Problem:
    """A table with data: the layout, the sample, the moments that are conditioned on."""

    def __init__(self, table: ParameterTable, values: np.ndarray, fixed_x: bool):
        self.table = table
        columns = {v: k for k, v in enumerate(table.observed)}
        seen = np.isfinite(values)
        given_x = tuple(v for v in table.exogenous if seen[:, columns[v]].all())
        given = ((CONSTANT,) if table.meanstructure else ()) + given_x
        self.layout = _layout(table, given)
        self.n = len(values)
        y = values[:, [columns[v] for v in self.layout.modelled]]
        x = values[:, [columns[v] for v in given_x]]
        self.x = x
        self._check(y, x)
        self.given, self.sample = condition(self.layout, y, x, not fixed_x)

    def _check(self, y, x):
        p = y.shape[1] + x.shape[1]
        if self.n <= p:
            raise InputError(
                f"data has {self.n} cases for {p} variables; a model needs more cases than "
                "variables."
            )
        names = (*self.layout.modelled, *self.layout.given[len(self.layout.given) - x.shape[1] :])
        check_varying(np.column_stack([y, x]), [f"column '{name}'" for name in names])
        if x.shape[1] > 1:
            spread = (x - x.mean(axis=0)) / x.std(axis=0)
            factor = np.linalg.qr(spread, mode="r")
            low = np.flatnonzero(np.abs(np.diag(factor)) < 1e-5 * np.sqrt(self.n))
            if low.size:
                name = self.layout.given[-x.shape[1] :][int(low[0])]
                raise InputError(
                    f"column '{name}' is an exact linear combination of other exogenous columns; "
                    "remove one of them."
                )


def condition(
    layout: Reticular, y: np.ndarray, x: np.ndarray, random: bool
) -> tuple[GivenMoments, PatternSample]:
    """Moments of the complete exogenous variables `x`, and `y` given them by patterns."""
    means = x.mean(axis=0) if x.size else np.zeros(x.shape[1])
    centred = x - means
    covariance = centred.T @ centred / len(x)
    constant = CONSTANT in layout.given
    names = layout.given[1:] if constant else layout.given
    if constant:
        w = np.column_stack([np.ones(len(x)), x])
    else:
        y, w = y - y.mean(axis=0), centred
    return GivenMoments(names, means, covariance, random, constant), sort_patterns(y, w)


def total_moments(slopes, covariance, given: GivenMoments, layout: Reticular):
    """Means and covariances of the modelled and the given variables from P and V."""
    one = 1 if CONSTANT in layout.given else 0
    b = slopes[:, one:]
    cross = b @ given.covariance
    among = covariance + cross @ b.T
    level = b @ given.means + (slopes[:, 0] if one else 0.0)
    joint = np.block([[among, cross], [cross.T, given.covariance]])
    return np.concatenate([level, given.means]), joint


def _fit(problem: _Problem, estimator, missing, ci_level, clusters, notes) -> SemFit:
    table, layout, sample = problem.table, problem.layout, problem.sample
    if layout.n_parameters == 0:
        raise InputError("model has no free parameter; free at least one coefficient.")
    constraints = build_constraints(layout)
    free_moments = saturated_moments(sample)
    n_equal = _count_equal(constraints, layout)
    df = len(stack_moments(*free_moments)) - layout.n_parameters + n_equal
    if df < 0:
        raise InputError(
            f"model is not identified: it has {-df} more free parameters than the data have "
            "moments; remove or fix parameters."
        )
    means, covariance = total_moments(*free_moments, problem.given, layout)
    solution = _best(layout, sample, constraints, means, covariance)
    span = free_space(constraints, solution.theta, solution.active)
    bounds = constraints.n_positive if constraints else 0
    held = solution.active.copy()
    held[bounds - _count_bounds(layout) :] = False
    span = free_space(constraints, solution.theta, held)
    n_equal = len(solution.theta) - span.shape[1] if span is not None else 0
    n_equal -= int(held.sum())
    fitted = Fitted(layout, solution.theta, solution.state, span, n_equal)
    _check_identified(fitted, notes)
    if missing == "fiml":
        notes.insert(
            0, f"{problem.n} cases with {len(sample.counts)} patterns of missing values entered."
        )
    fit = SemFit(
        table=table,
        layout=layout,
        theta=solution.theta,
        fitted=fitted,
        given=problem.given,
        x=problem.x,
        clusters=clusters,
        constraints=constraints,
        active=solution.active,
        estimator=estimator,
        missing=missing,
        ci_level=ci_level,
        n=problem.n,
        converged=solution.converged,
        notes=(),
        free_moments=free_moments,
    )
    improper = _improper(fit)
    for note in improper:
        warnings.warn(note, RuntimeWarning, stacklevel=4)
    object.__setattr__(fit, "notes", (*notes, *improper))
    return fit


def _count_bounds(layout: Reticular) -> int:
    rows = layout.table.rows
    return sum(int(np.isfinite(r.lower)) + int(np.isfinite(r.upper)) for r in rows)


def _count_equal(constraints, layout) -> int:
    """Rank of the equality constraints, at a point that is no special one."""
    if constraints is None or not constraints.n_equal:
        return 0
    at = 0.5 + 0.1 * np.sin(np.arange(layout.n_parameters))
    none = np.zeros(constraints.n_positive, dtype=bool)
    return layout.n_parameters - null_space(constraints.jacobian(at, none)).shape[1]


def _best(layout, sample, constraints, means, covariance):
    """The solution of the first start that leads to one."""
    for start in starting_values(layout, means, covariance):
        found = maximize(layout, sample, start, constraints=constraints)
        if found is not None and found.converged:
            return found
    if constraints is None:
        first = next(starting_values(layout, means, covariance))
        found = maximize(layout, sample, climb(layout, sample, first))
        if found is not None and found.converged:
            return found
    raise InputError(
        "maximum likelihood did not converge; simplify the model, give starting values, or check "
        "that each factor has enough indicators that belong together."
    )


def _check_identified(fitted: Fitted, notes) -> None:
    matrix = goodness.model_information(fitted.model, fitted.theta, fitted.state, kind="expected")
    if fitted.span is not None:
        matrix = fitted.span.T @ matrix @ fitted.span
    scale = np.sqrt(np.maximum(np.diag(matrix), 0.0))
    if not scale.all() or np.linalg.eigvalsh(matrix / np.outer(scale, scale))[0] < 1e-9:
        raise InputError(
            "model is not identified: the data cannot tell some of its parameters apart; fix or "
            "remove one of them."
        )


def _improper(fit: SemFit) -> list[str]:
    """Heywood cases and what else no population can have."""
    notes = []
    values = fit.reporter.elements(fit.full)
    for row, value in zip(fit.table.rows, values, strict=True):
        if row.op == "~~" and row.lhs == row.rhs and row.fixed is None and value < 0:
            notes.append(
                f"the variance of '{row.lhs}' is estimated at {value:.3g}, below zero (a Heywood "
                "case): the solution is improper."
            )
    if fit.table.latent and not notes:
        _, covariance, names = fit.reporter.joint(fit.full)
        place = [names.index(v) for v in fit.table.latent]
        latent = covariance[np.ix_(place, place)]
        if (np.diag(latent) > 0).all():
            sd = np.sqrt(np.diag(latent))
            low = np.linalg.eigvalsh(latent / np.outer(sd, sd))[0]
        else:
            low = -1.0
        composed = any(r.op == "<~" for r in fit.table.rows)
        if low < -1e-8 or (low < 1e-8 and not composed and not _zero_by_design(fit)):
            notes.append(
                "the covariance matrix of the latent variables is not positive definite: the "
                "solution is improper."
            )
    for definition, value in zip(
        fit.table.definitions, fit.reporter.definitions(values), strict=True
    ):
        if not np.isfinite(value):
            notes.append(f"'{definition.name}' is not defined at the estimates.")
    return notes


def _zero_by_design(fit: SemFit) -> bool:
    return any(
        r.op == "~~" and r.lhs == r.rhs and r.fixed == 0 and r.lhs in fit.table.latent
        for r in fit.table.rows
    )
