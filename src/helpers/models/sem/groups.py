"""Models of several groups that share parameters: `fit_sem(group=)`, as `lavaan::sem(group = )`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import pandas as pd
from scipy.linalg import block_diag

from helpers.errors import InputError
from helpers.models.inference.threads import one_thread
from helpers.models.sem import goodness
from helpers.models.sem.estimates import Reporter, evaluate_definitions
from helpers.models.sem.fit_measures import FitFacts, assemble_measures
from helpers.models.sem.fitted import Clusters, Fitted, Part, outer_products
from helpers.models.sem.group_tables import GroupedLayout, GroupedSample, GroupedTable
from helpers.models.sem.joint_moments import given_log_likelihood
from helpers.models.sem.modification import modification_indices
from helpers.models.sem.optimize import free_space
from helpers.models.sem.problem import Problem, solve
from helpers.models.sem.residuals import residual_table
from helpers.models.sem.reticular import lay_out
from helpers.models.sem.sem_fit import SemFit


class GroupedReporter:
    """What `Reporter` does, for the rows of all groups: (theta, xi of each group) to values."""

    def __init__(self, table: GroupedTable, parts: Sequence[Reporter]):
        self.table, self.parts = table, parts
        self.plain = np.concatenate([part.plain for part in parts])

    def split(self, full: np.ndarray) -> list[np.ndarray]:
        """(theta, xi) of each group."""
        k = self.parts[0].layout.n_parameters
        ends = k + np.cumsum([len(part.given.stacked) for part in self.parts])
        starts = [k, *ends[:-1]]
        return [
            np.concatenate([full[..., :k], full[..., a:b]], axis=-1)
            for a, b in zip(starts, ends, strict=True)
        ]

    def _each(self, what: Callable, full: np.ndarray) -> np.ndarray:
        found = zip(self.parts, self.split(full), strict=True)
        return np.concatenate([what(part, own) for part, own in found], axis=-1)

    def elements(self, full: np.ndarray) -> np.ndarray:
        """Values of the rows."""
        return self._each(Reporter.elements, full)

    def definitions(self, elements: np.ndarray) -> np.ndarray:
        """Defined effects at values of the rows."""
        found, shape = evaluate_definitions(self.table, elements), elements.shape[:-1]
        columns = [np.broadcast_to(found[d.name], shape) for d in self.table.definitions]
        return np.stack(columns, axis=-1) if columns else np.empty((*shape, 0))

    def reported(self, full: np.ndarray) -> np.ndarray:
        """Rows and definitions."""
        elements = self.elements(full)
        return np.concatenate([elements, self.definitions(elements)], axis=-1)

    def r_squared(self, full: np.ndarray) -> np.ndarray:
        """Explained shares of variance, one group after the other."""
        return self._each(Reporter.r_squared, full)

    def standardized(self, full: np.ndarray) -> np.ndarray:
        """Rows and definitions, each group by its own standard deviations."""
        elements = self._each(Reporter.standardized, full)
        return np.concatenate([elements, self.definitions(elements)], axis=-1)


@dataclass(frozen=True, repr=False, eq=False)
class GroupedFit(SemFit):
    """A fit of several groups: tables have a column `group`, or it is the first of two indices.

    `parts` are the groups as if each were fitted by itself, at the solution of all.
    """

    parts: tuple[SemFit, ...] = field(repr=False, default=())
    group: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the groups; the first is the one that others are compared with."""
        return self.table.names

    @cached_property
    def reporter(self) -> GroupedReporter:
        """From the estimates to what is reported."""
        return GroupedReporter(self.table, [part.reporter for part in self.parts])

    @cached_property
    def full(self) -> np.ndarray:
        """Free parameters, then the moments of random exogenous variables by group."""
        return np.concatenate([self.theta, *(part.given.stacked for part in self.parts)])

    @cached_property
    @one_thread()
    def covariance(self) -> np.ndarray:
        """Sampling covariance matrix of the free parameters (and of random given moments)."""
        bread = self.fitted.bread(self.information)
        xi = [len(part.given.stacked) for part in self.parts]
        if not self.robust:
            blocks = [part.given.sampling_covariance() / part.n for part in self.parts if sum(xi)]
            return block_diag(bread / self.n, *blocks)
        of_xi = [
            part.given.influence(part.x) * self.n / part.n if size else np.zeros((part.n, 0))
            for part, size in zip(self.parts, xi, strict=True)
        ]
        influence = np.hstack([self.fitted.scores() @ bread, block_diag(*of_xi)])
        return outer_products(influence, self.clusters) / self.n

    def _by_group(self, what: Callable[[SemFit], pd.DataFrame | pd.Series]):
        found = {name: what(part) for name, part in zip(self.names, self.parts, strict=True)}
        return pd.concat(found, names=["group", "variable"])

    @cached_property
    def r_squared(self) -> pd.Series:
        """Explained share of each endogenous variable's variance, by group."""
        return self._by_group(lambda part: part.r_squared)

    @cached_property
    def implied(self) -> pd.DataFrame:
        """Model-implied covariances, and means where they are modeled, by group."""
        return self._by_group(lambda part: part.implied)

    @cached_property
    def icc(self) -> pd.Series:
        """Intraclass correlation of each modeled variable, by group."""
        return self._by_group(lambda part: part.icc)

    @cached_property
    def reliability(self) -> pd.DataFrame:
        """McDonald's omega and the average variance extracted of each factor, by group."""
        return self._by_group(lambda part: part.reliability)

    @cached_property
    @one_thread()
    def fit_measures(self) -> pd.Series:
        """Test statistics, fit indices and information criteria by lavaan's names."""
        facts = [_facts(part) for part in self.parts]
        saturated, baseline = ([fact[k] for fact in facts] for k in range(2))
        df = sum(m.n_parameters for m in saturated) - self.fitted.n_parameters
        free = sum(m.state.value for m in saturated)
        chisq = max(2 * (free - self.fitted.state.value), 0.0)
        if df == 0 and chisq < 1e-6:
            chisq = 0.0
        base_df = sum(m.n_parameters for m in saturated) - sum(m.n_parameters for m in baseline)
        base_chisq = max(2 * (free - sum(m.state.value for m in baseline)), 0.0)
        corrected = traces = None
        if self.robust:
            traces = self._traces(saturated, baseline)
        if self.missing == "fiml":
            base = [
                goodness.corrected_statistic([replace(p.as_part, model=b)], 1, p.meat)
                for b, p in zip(baseline, self.parts, strict=True)
            ]
            corrected = (
                *goodness.corrected_statistic(self._fit_parts, df, self.meat),
                sum(statistic for statistic, _ in base),
                sum(factor for _, factor in base) / base_df,
            )
        n_given = sum(len(part.given.stacked) for part in self.parts)
        with_residuals = df or chisq
        return assemble_measures(
            FitFacts(
                chisq=chisq,
                df=df,
                base_chisq=base_chisq,
                base_df=base_df,
                npar=self.fitted.n_parameters + n_given,
                unrestricted=free + sum(given_log_likelihood(p.given, p.n) for p in self.parts),
                srmr=sum(p.n * goodness.srmr(p.fitted, p.saturated, p.given) for p in self.parts)
                / self.n
                if with_residuals
                else 0.0,
                n=self.n,
                traces=traces,
                n_moments=sum(m.n_parameters for m in saturated) + n_given,
                n_free_rows=int((self.layout.parameter >= 0).sum()) + n_given,
                corrected=corrected,
                n_groups=len(self.parts),
            )
        )

    def _traces(self, saturated, baseline) -> tuple[float, float, float]:
        free, base = (self._separate_trace(models) for models in (saturated, baseline))
        return free, goodness.trace(self._fit_parts, self.clusters, self.test_information), base

    def _separate_trace(self, models: Sequence[Fitted]) -> float:
        """Of models without parameters that groups share."""
        return sum(
            goodness.trace([replace(p.as_part, model=m)], p.clusters, self.test_information)
            for m, p in zip(models, self.parts, strict=True)
        )

    def scaled_trace(self, theta: np.ndarray) -> float:
        """Df times the scaling factor at other parameters than the solution."""
        state = self.layout.state(self.sample, theta)
        span = free_space(self.constraints, theta, self.active)
        parts = [
            replace(p.as_part, model=Fitted(p.layout, theta, own, span))
            for p, own in zip(self.parts, state.parts, strict=True)
        ]
        own = goodness.trace(parts, self.clusters, self.test_information)
        return self._separate_trace([p.saturated for p in self.parts]) - own

    @property
    def _fit_parts(self) -> list[Part]:
        return [part.as_part for part in self.parts]

    @cached_property
    @one_thread()
    def meat(self) -> np.ndarray | None:
        """Outer products of the unrestricted models' scores, where statistics are robust."""
        if not self.robust:
            return None
        return goodness.saturated_meat(self._fit_parts, self.clusters)

    @cached_property
    @one_thread()
    def residuals(self) -> pd.DataFrame:
        """Observed less implied moments of each group, with standardized values."""
        tables = residual_table(self._fit_parts, kind=self.information, meat=self.meat)
        return self._with_group(tables)

    @one_thread()
    def modification_indices(self) -> pd.DataFrame:
        """`group lhs op rhs mi pvalue epc sepc_all` of what could be added, largest first."""
        tables = modification_indices([(p.fitted, p.reporter, p.full) for p in self.parts])
        table = self._with_group(tables)
        return table.sort_values("mi", ascending=False, kind="stable", ignore_index=True)

    def _with_group(self, tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
        named = [t.assign(group=name) for name, t in zip(self.names, tables, strict=True)]
        table = pd.concat(named, ignore_index=True)
        return table[["group", *table.columns.drop("group")]]

    def improper(self) -> list[str]:
        """Heywood cases and what else no population can have, by group."""
        notes = [
            f"group '{name}': {note}"
            for name, part in zip(self.names, self.parts, strict=True)
            for note in part.improper()
        ]
        return notes + self.undefined()

    def _outcomes(self) -> pd.DataFrame:
        return self.r_squared.reset_index()

    def _title(self) -> str:
        named = zip(self.names, self.parts, strict=True)
        sizes = ", ".join(f"{part.n} of {name}" for name, part in named)
        return f"Structural equation model of {self.n} cases in {len(self.parts)} groups ({sizes})"


def _facts(part: SemFit) -> tuple[Fitted, Fitted]:
    if part.baseline is None:
        raise InputError("the baseline model did not converge, so there are no fit measures.")
    return part.saturated, part.baseline


class GroupedProblem:
    """The groups of a model with their data, and starts for the parameters of all."""

    def __init__(self, table: GroupedTable, values: Sequence[np.ndarray], fixed_x: bool):
        by_label: dict[str, int] = {}
        count, parts = 0, []
        for own, data, name in zip(table.parts, values, table.names, strict=True):

            def place(table, given, first=count):
                return lay_out(table, given, by_label=by_label, first=first)

            try:
                parts.append(Problem(own, data, fixed_x, place))
            except InputError as error:
                raise InputError(f"group '{name}': {error}") from None
            count = parts[-1].layout.n_parameters
        for part in parts:
            part.layout = replace(part.layout, n_parameters=count, _last=[])
        self.parts, self.table = parts, table
        self.layout = GroupedLayout(table, tuple(part.layout for part in parts))
        self.sample = GroupedSample(tuple(part.sample for part in parts))
        self.n = self.sample.n

    @property
    def n_moments(self) -> int:
        """Number of moments of all groups."""
        return sum(part.n_moments for part in self.parts)

    def starts(self) -> Iterator[np.ndarray]:
        """Several starts; a shared parameter starts at the mean over its groups."""
        layouts = [part.layout for part in self.parts]
        yield from mean_starts(layouts, [part.starts() for part in self.parts])


def mean_starts(layouts, starts) -> Iterator[np.ndarray]:
    """Starts of several groups as one each, a shared parameter at the mean over its groups."""
    size = layouts[0].n_parameters
    has = np.zeros((len(layouts), size))
    for k, layout in enumerate(layouts):
        has[k, layout.parameter[layout.parameter >= 0]] = 1.0
    for found in zip(*starts, strict=True):
        yield (has * np.array(found)).sum(axis=0) / has.sum(axis=0)


def fit_groups(
    table: GroupedTable,
    values: Sequence[np.ndarray],
    *,
    fixed_x: bool,
    group: str,
    clusters: Clusters | None = None,
    of_parts: Sequence[Clusters | None] = (),
    **options,
) -> GroupedFit:
    """Estimate a model of several groups; `options` are fields of the fit.

    `clusters` are those of all groups, one group after the other, `of_parts` those of each.
    """
    problem = GroupedProblem(table, values, fixed_x)
    fitted, constraints, active = solve(problem)
    shared = {"theta": fitted.theta, "active": active, **options}
    of_parts = of_parts or [None] * len(problem.parts)
    parts = []
    for own, part, state, nested in zip(
        table.parts, problem.parts, fitted.state.parts, of_parts, strict=True
    ):
        model = Fitted(part.layout, fitted.theta, state, fitted.span, fitted.n_equal)
        parts.append(
            SemFit(
                table=own,
                layout=part.layout,
                fitted=model,
                given=part.given,
                x=part.x,
                constraints=None,
                n=part.n,
                free_moments=part.free_moments,
                clusters=nested,
                **(shared | {"notes": ()}),
            )
        )
    return GroupedFit(
        table=table,
        layout=problem.layout,
        fitted=fitted,
        given=parts[0].given,
        x=np.empty((problem.n, 0)),
        constraints=constraints,
        n=problem.n,
        parts=tuple(parts),
        group=group,
        clusters=clusters,
        **shared,
    )
