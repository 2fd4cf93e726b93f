"""A fitted structural equation model: what is asked for is computed when it is asked for."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import pandas as pd

from helpers.errors import InputError
from helpers.models.inference.clusters import intraclass_correlations
from helpers.models.inference.summary import Readable, Section, say_fit
from helpers.models.inference.threads import one_thread
from helpers.models.sem import goodness
from helpers.models.sem.baseline import fit_baseline
from helpers.models.sem.covariance import UNDEFINED, wald_table
from helpers.models.sem.estimates import GivenMoments, Reporter, jacobian
from helpers.models.sem.fit_measures import assemble_measures
from helpers.models.sem.fitted import Clusters, Fitted, Part, outer_products
from helpers.models.sem.gaussian import evaluate
from helpers.models.sem.missing import saturated_moments
from helpers.models.sem.modification import modification_indices
from helpers.models.sem.optimize import Constraints, free_space
from helpers.models.sem.patterns import PatternSample
from helpers.models.sem.problem import total_moments
from helpers.models.sem.residuals import residual_table
from helpers.models.sem.reticular import CONSTANT, Reticular, Saturated, stack_moments
from helpers.models.sem.table import ParameterTable

__all__ = ["SemFit"]


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
        are modeled.
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
        return fit_baseline(self.layout, self.sample, means, covariance)

    def total_moments(self, slopes, covariance) -> tuple[np.ndarray, np.ndarray]:
        """Means and covariances of the modeled and the given variables, from P and V."""
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
        keep = self.shown
        table = wald_table(self.table.keys[keep], est[keep], se[keep], self.ci_level)
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
            self.as_part,
            baseline,
            kind=self.test_information,
            clusters=self.clusters,
            meat=self.meat,
            incomplete=self.missing == "fiml",
        )
        return assemble_measures(facts)

    @cached_property
    def implied(self) -> pd.DataFrame:
        """Model-implied covariances, and means where they are modeled."""
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
        return residual_table([self.as_part], kind=self.information, meat=self.meat)[0]

    @property
    def as_part(self) -> Part:
        """The cases of this fit as all of them, or as one group of several."""
        return Part(self.fitted, self.saturated, self.given, self.x)

    @cached_property
    @one_thread()
    def meat(self) -> np.ndarray | None:
        """Outer products of the unrestricted model's scores, where statistics are robust."""
        if not self.robust:
            return None
        return goodness.saturated_meat([self.as_part], self.clusters)

    @one_thread()
    def modification_indices(self) -> pd.DataFrame:
        """`lhs op rhs mi pvalue epc sepc_all` of parameters that could be added, largest first."""
        return modification_indices([(self.fitted, self.reporter, self.full)])[0]

    def scaled_trace(self, theta: np.ndarray) -> float:
        """Df times the scaling factor at other parameters than the solution."""
        state = evaluate(self.sample, *self.layout.moments(theta))
        span = free_space(self.constraints, theta, self.active)
        kind = self.test_information
        fits = (self.saturated, Fitted(self.layout, theta, state, span))
        parts = ([replace(self.as_part, model=fitted)] for fitted in fits)
        free, own = (goodness.trace(part, self.clusters, kind) for part in parts)
        return free - own

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
        """Intraclass correlation of each modeled variable (one-way analysis of variance)."""
        if self.clusters is None:
            raise InputError("icc needs clusters: fit with cluster='name of the column'.")
        names = [*self.layout.modeled, *self.given.names]
        y = np.where(self.sample.seen, self.sample.y, np.nan)
        frame = pd.DataFrame(np.hstack([y, self.x]), columns=names)
        table = intraclass_correlations(
            frame.assign(**{self.clusters.name: self.clusters.codes}),
            variables=self.table.observed,
            cluster=self.clusters.name,
        )
        return table.set_index("variable")["icc"]

    def improper(self) -> list[str]:
        """Heywood cases and what else no population can have."""
        notes = []
        values = self.reporter.elements(self.full)
        for row, value in zip(self.table.rows, values, strict=True):
            if row.op == "~~" and row.lhs == row.rhs and row.fixed is None and value < 0:
                notes.append(
                    f"the variance of '{row.lhs}' is estimated at {value:.3g}, below zero (a "
                    "Heywood case): the solution is improper."
                )
        if self.table.latent and not notes:
            _, covariance, names = self.reporter.joint(self.full)
            place = [names.index(v) for v in self.table.latent]
            latent = covariance[np.ix_(place, place)]
            if (np.diag(latent) > 0).all():
                sd = np.sqrt(np.diag(latent))
                low = np.linalg.eigvalsh(latent / np.outer(sd, sd))[0]
            else:
                low = -1.0
            composed = any(r.op == "<~" for r in self.table.rows)
            if low < -1e-8 or (low < 1e-8 and not composed and not self._zero_by_design()):
                notes.append(
                    "the covariance matrix of the latent variables is not positive definite: the "
                    "solution is improper."
                )
        return notes + self.undefined()

    def undefined(self) -> list[str]:
        """Definitions that have no value at the estimates."""
        found = self.reporter.definitions(self.reporter.elements(self.full))
        return [
            f"'{definition.name}' {UNDEFINED}"
            for definition, value in zip(self.table.definitions, found, strict=True)
            if not np.isfinite(value)
        ]

    def _zero_by_design(self) -> bool:
        return any(
            r.op == "~~" and r.lhs == r.rhs and r.fixed == 0 and r.lhs in self.table.latent
            for r in self.table.rows
        )

    # ---- text --------------------------------------------------------------------------------

    def _head(self) -> str:
        level = f"{100 * self.ci_level:g}% limits"
        title = f"{self._title()} by {self.estimator}; {level}"
        return "\n".join([title, say_fit(self.fit_measures), *self.notes])

    def _title(self) -> str:
        return f"Structural equation model of {self.n} cases"

    def _outcomes(self) -> pd.DataFrame:
        return self.r_squared.rename_axis("variable").reset_index()

    def _sections(self) -> list[Section]:
        paths = self.parameters
        order = [paths[paths["op"] == op] for op in (":=", "~", "<~", "=~", "~~", "~1")]
        return [("parameters", pd.concat(order)), ("r_squared", self._outcomes())]
