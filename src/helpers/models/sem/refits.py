"""Bootstrap and Monte Carlo intervals of general structural equation models."""

from __future__ import annotations

import numpy as np
import pandas as pd

from helpers.errors import InputError
from helpers.models.inference.draws import Bootstrap, bootstrap_refits
from helpers.models.inference.intervals import check_ci_level
from helpers.models.inference.resampling import check_n_boot, check_seed, plan_resampling
from helpers.models.sem.constraints import build_constraints
from helpers.models.sem.covariance import drawn_quantities
from helpers.models.sem.estimates import Reporter
from helpers.models.sem.group_tables import GroupedSample
from helpers.models.sem.groups import GroupedFit, GroupedReporter, mean_starts
from helpers.models.sem.missing import saturated_moments
from helpers.models.sem.optimize import maximize
from helpers.models.sem.problem import condition, total_moments
from helpers.models.sem.sem_fit import SemFit
from helpers.models.sem.starts import starting_values

__all__ = ["bootstrap_sem", "monte_carlo_ci"]


def bootstrap_sem(
    fit: SemFit,
    *,
    n_boot: int = 1000,
    ci_level: float = 0.95,
    kind: str = "percentile",
    seed: int = 1,
    indices: np.ndarray | None = None,
    n_jobs: int | None = None,
    scheduler: str | None = None,
) -> Bootstrap:
    """Nonparametric bootstrap of a general model, as `lavaan(se = "bootstrap")`.

    Cases are drawn with all their values, missing ones too, within each group where there are
    several; where the fit has clusters whole clusters are drawn. Every draw is a full refit that
    starts from the fit of the sample.

    Parameters
    ----------
    fit : SemFit
        What `fit_sem` returned; its options hold for every draw.
    n_boot : int
    ci_level : float
    kind : "percentile", "bca" or "expanded"
        See `helpers.models.inference.draws.Bootstrap`.
    seed : int
        The same seed gives the same draws for any number of workers.
    indices : int array, shape (n_boot, units), optional
        Resampling indices from 0, instead of a seed.
    n_jobs : int, optional
        Processes; by default one a core.
    scheduler : str, optional
        Address of a Dask scheduler (``tcp://…``), whose workers do the work instead. Where not
        given, what the environment variable ALLIANCE_SCHEDULER says; "" for this machine.

    Returns
    -------
    Bootstrap
        Its quantities are "parameter", "standardized" and "r_squared" (op ``r2``).

    Notes
    -----
    SEs divide by R for model parameters and by R - 1 for defined effects, as lavaan does. For
    path models of complete observed data `bootstrap_path_model` takes all draws together and is a
    hundred times faster.

    Examples
    --------
    >>> from helpers.models.example import simulate_sessions
    >>> from helpers.models.sem.general import fit_sem
    >>> fit = fit_sem("A =~ a1 + a2 + a3; q1 ~ A", simulate_sessions())
    >>> boot = bootstrap_sem(fit, n_boot=50, n_jobs=1)
    >>> boot.parameters[["lhs", "op", "rhs", "est", "se"]].head(4).round(3)
      lhs  op rhs    est     se
    0   A  =~  a1  1.000  0.000
    1   A  =~  a2  0.999  0.103
    2   A  =~  a3  0.932  0.133
    3  q1   ~   A  0.367  0.120
    """
    check_ci_level(ci_level)
    refit = _Refit(fit)
    plan = plan_resampling(
        fit.n,
        n_boot=n_boot,
        seed=seed,
        indices=indices,
        cluster=None if fit.clusters is None else fit.clusters.codes,
        strata=refit.group if refit.grouped else None,
    )
    return bootstrap_refits(
        refit,
        plan,
        n_jobs=n_jobs,
        scheduler=scheduler,
        ci_level=ci_level,
        kind=kind,
        model=fit.table,
        method="maximum likelihood",
        **drawn_quantities(fit.table.keys[refit.shown], fit.r_squared.index),
    )


class _Refit:
    """From the numbers of the drawn cases to all reported quantities."""

    def __init__(self, fit: SemFit):
        self.layout, self.start, self.shown = fit.layout, fit.theta, fit.shown
        self.grouped = isinstance(fit, GroupedFit)
        parts = fit.parts if self.grouped else (fit,)
        self.parts = [
            (p.layout, np.where(p.sample.seen, p.sample.y, np.nan), p.x, p.given.random)
            for p in parts
        ]
        self.group = np.repeat(np.arange(len(parts)), [p.n for p in parts])

    def __call__(self, cases: np.ndarray) -> np.ndarray:
        given, samples = [], []
        for number, (layout, y, x, random) in enumerate(self.parts):
            own = cases[self.group[cases] == number] - np.searchsorted(self.group, number)
            moments, sample = condition(layout, y[own], x[own], random)
            given.append(moments)
            samples.append(sample)
        reporter = self._reporter(given)
        theta = self._solve(given, samples)
        full = np.concatenate([theta, *(moments.stacked for moments in given)])
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.concatenate(
                [
                    reporter.reported(full)[self.shown],
                    reporter.standardized(full)[self.shown],
                    reporter.r_squared(full),
                ]
            )

    def _reporter(self, given) -> Reporter | GroupedReporter:
        own = [Reporter(layout, g) for (layout, *_), g in zip(self.parts, given, strict=True)]
        return GroupedReporter(self.layout.table, own) if self.grouped else own[0]

    def _solve(self, given, samples) -> np.ndarray:
        constraints = build_constraints(self.layout)
        sample = GroupedSample(tuple(samples)) if self.grouped else samples[0]
        found = maximize(self.layout, sample, self.start, constraints=constraints)
        if found is not None and found.converged:
            return found.theta
        layouts = [layout for layout, *_ in self.parts]
        starts = [
            starting_values(layout, *total_moments(*saturated_moments(own), moments, layout))
            for layout, own, moments in zip(layouts, samples, given, strict=True)
        ]
        for start in mean_starts(layouts, starts):
            found = maximize(self.layout, sample, start, constraints=constraints)
            if found is not None and found.converged:
                return found.theta
        raise InputError("no convergence")


def monte_carlo_ci(
    fit: SemFit, *, n_draws: int = 20_000, ci_level: float = 0.95, seed: int = 1
) -> pd.DataFrame:
    """Monte Carlo intervals of the defined effects, as `semTools::monteCarloCI`.

    Parameters are drawn from the normal distribution with the estimates as means and their
    sampling covariance (robust where the fit is), and each effect is computed from each draw: its
    limits follow its own skewed distribution without a refit.

    Parameters
    ----------
    fit : SemFit
        With definitions (`:=`).
    n_draws : int
    ci_level : float
    seed : int

    Returns
    -------
    DataFrame
        `lhs op rhs label est se ci_lower ci_upper`, one row per definition; `se` is the standard
        deviation of the draws.

    Notes
    -----
    Preacher, K. J., & Selig, J. P. (2012). Advantages of Monte Carlo confidence intervals for
    indirect effects. *Communication Methods and Measures, 6*, 77-98.
    https://doi.org/10.1080/19312458.2012.679848

    Examples
    --------
    >>> from helpers.models.example import simulate_sessions
    >>> from helpers.models.sem.general import fit_sem
    >>> model = "alliance ~ a*distress; quality ~ b*alliance; indirect := a*b"
    >>> fit = fit_sem(model, simulate_sessions())
    >>> monte_carlo_ci(fit)[["label", "est", "ci_lower", "ci_upper"]].round(3)
          label    est  ci_lower  ci_upper
    0  indirect -0.146    -0.217    -0.086
    """
    level = check_ci_level(ci_level)
    if not fit.table.definitions:
        raise InputError("the model defines no effect; add a line such as 'indirect := a*b'.")
    rng = np.random.default_rng(check_seed(seed))
    value, vector = np.linalg.eigh(fit.covariance)
    root = vector * np.sqrt(np.maximum(value, 0.0))
    drawn = fit.full + rng.standard_normal((check_n_boot(n_draws), len(value))) @ root.T
    effects = fit.reporter.definitions(fit.reporter.elements(drawn))
    tails = [(1 - level) / 2, (1 + level) / 2]
    lower, upper = np.nanquantile(effects, tails, axis=0)
    rows = fit.table.keys.iloc[len(fit.table.rows) :].reset_index(drop=True)
    est = fit.reporter.definitions(fit.reporter.elements(fit.full))
    return rows.assign(
        est=est, se=np.nanstd(effects, axis=0, ddof=1), ci_lower=lower, ci_upper=upper
    )
