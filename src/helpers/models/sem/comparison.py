"""Tests of hypotheses: nested models by their chi-squares, parameters by Wald's statistic."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
from scipy.stats import chi2

from helpers.errors import InputError
from helpers.models.sem.constraints import build_constraints
from helpers.models.sem.estimates import evaluate_definitions, jacobian
from helpers.models.sem.estimation import estimate_path_model
from helpers.models.sem.fit_measures import scaling_traces
from helpers.models.sem.gaussian import evaluate
from helpers.models.sem.group_tables import GroupedSample
from helpers.models.sem.groups import GroupedFit, mean_starts
from helpers.models.sem.likelihood import casewise_scores, discrepancy, implied_moments
from helpers.models.sem.model import PathFit
from helpers.models.sem.optimize import maximize
from helpers.models.sem.patterns import PatternSample
from helpers.models.sem.sem_fit import SemFit
from helpers.models.sem.starts import starting_values
from helpers.models.sem.syntax import parse_hypotheses

_COMPARED = (
    "cfi",
    "rmsea",
    "srmr",
    "cfi.scaled",
    "rmsea.scaled",
    "cfi.robust",
    "rmsea.robust",
)
_METHODS = ("satorra.bentler.2001", "satorra.bentler.2010")
_REACHED = 1e-7
"""Discrepancy of one case below which the full model reproduces the restricted model's moments."""


def compare_models(
    restricted: PathFit | SemFit, full: PathFit | SemFit, *, method: str | None = None
) -> pd.Series:
    """Chi-square difference test of two nested models, as `lavaan::lavTestLRT`.

    Parameters
    ----------
    restricted, full : PathFit or SemFit
        Fits of nested models to the same data, in the same way.
    method : "satorra.bentler.2001" or "satorra.bentler.2010", optional
        How the difference of robust statistics is scaled; by default the first, and the second
        where the first does not exist because its scaling factor is negative.

    Returns
    -------
    Series
        `chisq_diff`, `df_diff`, `pvalue`: the scaled difference where the fits are robust, the
        plain one otherwise; and restricted minus full for the fit indices, `cfi_diff rmsea_diff
        srmr_diff` and, of robust fits, `cfi_scaled_diff rmsea_scaled_diff cfi_robust_diff
        rmsea_robust_diff`. `attrs["method"]` names the test.

    Raises
    ------
    InputError
        When the fits are not of the same data, variables and estimator, the first is not the more
        restricted, or the second does not contain it.

    Warns
    -----
    RuntimeWarning
        Where the 2001 statistic does not exist and the 2010 one is given.

    Notes
    -----
    The full model contains the restricted one if it reproduces the moments that the restricted one
    implies (Bentler & Satorra, 2010, https://doi.org/10.1037/a0019625); at those parameters the
    2010 statistic takes the full model's scaling factor (Satorra & Bentler, 2010,
    https://doi.org/10.1007/s11336-009-9135-y), which keeps the factor of the difference positive.
    The 2001 statistic takes it at the full model's own solution
    (https://doi.org/10.1007/BF02296192).
    Validated: tests/reference/sem/difference_tests.csv and tests/reference/sem/tests, lavaan
    0.6-14.

    Examples
    --------
    >>> from helpers.models.example import simulate_sessions
    >>> from helpers.models.sem.model import fit_path_model
    >>> data = simulate_sessions()
    >>> full = fit_path_model("alliance ~ a*distress; quality ~ b*alliance + c*distress", data)
    >>> less = fit_path_model("alliance ~ a*distress; quality ~ b*alliance + 0*distress", data)
    >>> print(compare_models(less, full)[["chisq_diff", "df_diff", "pvalue"]].round(3).to_string())
    chisq_diff    2.317
    df_diff       1.000
    pvalue        0.128
    """
    if method is not None and method not in _METHODS:
        raise InputError(f"method={method!r} is not known: choose {' or '.join(_METHODS)}.")
    _check_same_data(restricted, full)
    low, high = restricted.fit_measures, full.fit_measures
    df_diff = int(low["df"] - high["df"])
    if df_diff <= 0:
        raise InputError(
            f"compare_models: the first model has df {int(low['df'])}, the second "
            f"{int(high['df'])}; give the more restricted model first."
        )
    at_restricted = _reproduce(restricted, full)
    if at_restricted is None:
        raise InputError(
            "compare_models: the second model does not contain the first, so their chi-squares "
            "cannot be compared; compare AIC or BIC instead."
        )
    difference, used = low["chisq"] - high["chisq"], "standard"
    if "chisq.scaling.factor" in low:
        traces = [m["chisq.scaling.factor"] * m["df"] if m["df"] > 0 else 0.0 for m in (low, high)]
        used = method or _METHODS[0]
        factor = (traces[0] - traces[1]) / df_diff
        if method is None and factor <= 0:
            used = _METHODS[1]
            warnings.warn(
                "the scaling factor of the 2001 difference test is negative; the test of Satorra "
                "and Bentler (2010) is given instead.",
                RuntimeWarning,
                stacklevel=2,
            )
        if used == _METHODS[1] and high["df"] > 0:
            factor = (traces[0] - _trace_at(full, at_restricted)) / df_diff
        difference = difference / factor if factor > 0 else np.nan
    out = {"chisq_diff": difference, "df_diff": df_diff, "pvalue": chi2.sf(difference, df_diff)}
    for index in _COMPARED:
        if index in low and index in high:
            out[f"{index.replace('.', '_')}_diff"] = low[index] - high[index]
    table = pd.Series(out, dtype=float)
    table.attrs["method"] = used
    return table


def _check_same_data(restricted, full) -> None:
    if type(restricted) is not type(full):
        raise InputError("compare_models: fit both models by the same function.")
    if restricted.estimator != full.estimator or restricted.n != full.n:
        raise InputError("compare_models: the two models need the same data and estimator.")
    if isinstance(restricted, GroupedFit) and restricted.names != full.names:
        raise InputError("compare_models: the two models need the same groups.")
    for low, high in zip(_parts(restricted), _parts(full), strict=True):
        _check_same_variables(_variables(low), _variables(high))


def _parts(fit) -> tuple:
    return fit.parts if isinstance(fit, GroupedFit) else (fit,)


def _check_same_variables(one, two) -> None:
    if set(one[0]) != set(two[0]):
        only = sorted(set(one[0]) ^ set(two[0]))
        raise InputError(
            f"compare_models: only one of the models has {', '.join(only)}; nested models are of "
            "the same variables (fix a coefficient at zero to leave a variable out)."
        )
    if set(one[1]) != set(two[1]):
        raise InputError(
            "compare_models: the models differ in which variables are exogenous, so their "
            "likelihoods are of different things."
        )
    order = [two[0].index(v) for v in one[0]]
    same = np.allclose(one[2], two[2][np.ix_(order, order)], rtol=1e-6, atol=0, equal_nan=True)
    if not same:
        raise InputError("compare_models: the two models were fitted to different data.")


def _variables(fit):
    """All observed variables, the exogenous ones, and the moments of the data."""
    if isinstance(fit, PathFit):
        return list(fit.structure.variables), fit.structure.exogenous, fit.moments
    values = np.hstack([np.where(fit.sample.seen, fit.sample.y, 0.0), fit.x])
    names = [*fit.layout.modeled, *fit.given.names]
    given = (*fit.given.names, *(v for v in fit.table.exogenous if v in fit.layout.modeled))
    return names, given, values.T @ values / fit.n


def _reproduce(restricted, full) -> np.ndarray | None:
    """Parameters of the full model that give the restricted model's moments; None without any."""
    if isinstance(full, PathFit):
        return _reproduce_path(restricted, full)
    samples, perfect, starts = [], 0.0, []
    for low, high in zip(_parts(restricted), _parts(full), strict=True):
        slopes, covariance = low.layout.moments(low.theta)
        order = [low.layout.modeled.index(v) for v in high.layout.modeled]
        columns = [low.layout.given.index(v) for v in high.layout.given]
        slopes, covariance = slopes[np.ix_(order, columns)], covariance[np.ix_(order, order)]
        samples.append(_as_sample(slopes, covariance, high.sample))
        perfect += evaluate(samples[-1], slopes, covariance).value
        starts.append(starting_values(high.layout, *high.total_moments(slopes, covariance)))
    sample, begin = samples[0], starts[0]
    if isinstance(full, GroupedFit):
        sample = GroupedSample(tuple(samples))
        begin = mean_starts([part.layout for part in full.parts], starts)
    constraints = build_constraints(full.layout)
    for start in (_by_name(restricted, full), *begin):
        found = maximize(full.layout, sample, start, constraints=constraints)
        if found is None or not found.converged:
            continue
        if perfect - found.state.value < _REACHED * sample.n:
            return found.theta
    return None


def _as_sample(slopes, covariance, like: PatternSample) -> PatternSample:
    """Complete data whose moments are P and V, with the given variables of a sample."""
    n, ww = like.n, like.sum_ww
    yw = slopes @ ww
    empty = np.zeros((0, len(slopes)))
    return PatternSample(
        y=empty,
        w=np.zeros((0, len(ww))),
        seen=empty > 0,
        pattern=np.zeros(0, dtype=int),
        observed=np.ones((1, len(slopes)), dtype=bool),
        counts=np.array([float(n)]),
        mean_y=np.zeros((1, len(slopes))),
        mean_w=np.zeros((1, len(ww))),
        cross_yy=(n * covariance + yw @ slopes.T)[None],
        cross_yw=yw[None],
        cross_ww=ww[None],
    )


def _by_name(restricted: SemFit, full: SemFit) -> np.ndarray:
    """The full model's parameters at the values that the restricted one has for the same rows."""
    theta = np.zeros(full.layout.n_parameters)
    for low, high in zip(_parts(restricted), _parts(full), strict=True):
        known = {}
        for row, value in zip(low.table.rows, low.layout.values(low.theta), strict=True):
            known[row.lhs, row.op, row.rhs] = known[row.rhs, row.op, row.lhs] = value
        for row, number in zip(high.table.rows, high.layout.parameter, strict=True):
            if number >= 0:
                theta[number] = known.get((row.lhs, row.op, row.rhs), 0.0)
    return theta


def _reproduce_path(restricted: PathFit, full: PathFit) -> np.ndarray | None:
    moments = implied_moments(restricted.structure, restricted.theta, restricted.moments)
    names = list(restricted.structure.variables)
    order = [names.index(v) for v in full.structure.variables]
    moments = moments[np.ix_(order, order)]
    try:
        theta = estimate_path_model(full.structure, moments)
    except InputError:
        return None
    return theta if discrepancy(full.structure, theta, moments) < 2 * _REACHED else None


def _trace_at(full, theta: np.ndarray) -> float:
    """Df times the scaling factor of the full model at other parameters than its solution."""
    if isinstance(full, PathFit):
        scores = casewise_scores(full.structure, theta, full.values)
        traces = scaling_traces(full.structure, theta, full.moments, full.values, scores)
        return traces[0] - traces[1]
    return full.scaled_trace(theta)


def wald_test(fit: SemFit, hypotheses: str) -> pd.Series:
    """Wald's test that all of some hypotheses hold, as `lavaan::lavTestWald`.

    Parameters
    ----------
    fit : SemFit
    hypotheses : str
        Lines (or `;` between them) such as `a == b`, `a*b == 0`, in terms of the model's labels.

    Returns
    -------
    Series
        `stat`, `df`, `pvalue`.

    Notes
    -----
    With h the hypotheses' left less right sides and H their derivatives, the statistic is
    h' (H V H')^-1 h, V the sampling covariance of the parameters.
    Validated: tests/reference/sem/tests/wald.csv, lavaan 0.6-14.

    Examples
    --------
    >>> from helpers.models.example import simulate_sessions
    >>> from helpers.models.sem.general import fit_sem
    >>> fit = fit_sem("alliance ~ a*distress; quality ~ b*alliance", simulate_sessions())
    >>> print(wald_test(fit, "a == -b").round(3).to_string())
    stat      0.206
    df        1.000
    pvalue    0.650
    """
    labels = [r.label for r in fit.table.rows if r.label] + [d.name for d in fit.table.definitions]
    excesses = [c.excess for c in parse_hypotheses(hypotheses, labels)]

    def values(full):
        names = evaluate_definitions(fit.table, fit.reporter.elements(full))
        lead = full.shape[:-1]
        return np.stack([np.broadcast_to(e.evaluate(names), lead) for e in excesses], axis=-1)

    at, slope = values(fit.full), jacobian(values, fit.full)
    variance = slope @ fit.covariance @ slope.T
    scale = np.sqrt(np.maximum(np.diag(variance), 1e-300))
    if np.linalg.eigvalsh(variance / np.outer(scale, scale))[0] < 1e-10:
        raise InputError(
            "the hypotheses say the same thing twice, or a parameter that is fixed; leave one out."
        )
    stat = float(at @ np.linalg.solve(variance, at))
    return pd.Series(
        {"stat": stat, "df": len(excesses), "pvalue": chi2.sf(stat, len(excesses))}, dtype=float
    )
