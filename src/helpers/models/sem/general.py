"""Fit structural equation models: latent variables, missing values, clusters, constraints."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from helpers.errors import InputError, did_you_mean
from helpers.inputs import check_columns
from helpers.models.inference.clusters import FEW_CLUSTERS, MIN_ROBUST
from helpers.models.inference.intervals import check_ci_level
from helpers.models.inference.threads import one_thread
from helpers.models.sem.fitted import Clusters
from helpers.models.sem.group_tables import build_groups
from helpers.models.sem.groups import fit_groups
from helpers.models.sem.problem import Problem, solve
from helpers.models.sem.sample import check_labels, numeric_columns
from helpers.models.sem.sem_fit import SemFit
from helpers.models.sem.syntax import parse_groups, parse_sem
from helpers.models.sem.table import ParameterTable, build_table

if TYPE_CHECKING:
    import semopy

__all__ = ["SemFit", "fit_sem"]

_ESTIMATORS = ("ML", "MLR")
_MISSING = ("error", "listwise", "fiml")


@one_thread()
def fit_sem(
    model: str | semopy.Model,
    data: pd.DataFrame,
    *,
    estimator: str = "ML",
    missing: str = "error",
    cluster: str | None = None,
    group: str | None = None,
    group_equal: Sequence[str] = (),
    group_partial: Sequence[str] = (),
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
        within clusters. With `group`, a cluster may have cases in several groups, and its
        dependence across them counts too (lavaan takes the groups as independent).
    group : str, optional
        Column that names the group of each case. Every group has parameters of its own but where
        `group_equal` or a shared label says otherwise: `a*x` is equal in all groups, `c(a, b)*x` is
        not. Groups come in the order of their first case, or of the categories of the column; the
        first is the one that others are compared with. Means are then modeled.
    group_equal : sequence of str
        What is equal across groups: "loadings", "intercepts", "means", "residuals",
        "residual.covariances", "lv.variances", "lv.covariances", "regressions",
        "composite.loadings". With equal intercepts the factors' means are free in all groups but
        the first.
    group_partial : sequence of str
        Parameters that are not equal all the same: `f=~x2`, `x3~1`.
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
        Whether means are modeled; by default under "fiml", with clusters and where the model has
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
    Validated: tests/reference/sem/latent, missing, clusters and groups, models of lavaan 0.6-14
    under ML and MLR: estimates within 1e-9 of the larger of estimate and SE, SEs within 1e-7, fit
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
        meanstructure = missing == "fiml" or cluster is not None or group is not None
    elif not meanstructure and (missing == "fiml" or cluster is not None):
        raise InputError("meanstructure=False is not possible with missing values or clusters.")
    text = model if isinstance(model, str) else getattr(model, "description", model)
    if group is not None:
        options = {
            "std_lv": std_lv,
            "effect_coding": effect_coding,
            "meanstructure": meanstructure,
            "auxiliary": tuple(auxiliary),
        }
        equal = {"equal": group_equal, "partial": group_partial}
        fitting = {"estimator": estimator, "missing": missing, "ci_level": ci_level}
        return _fit_in_groups(text, data, group, cluster, options | equal, fixed_x, fitting)
    if len(group_equal) or len(group_partial):
        raise InputError("group_equal needs group='name of the column'.")
    table = _table(text, std_lv, effect_coding, meanstructure, tuple(auxiliary))
    values, keep, notes = _read(table, data, missing, fixed_x)
    clusters = None
    if cluster is not None:
        clusters = Clusters.of(cluster, _cluster_column(data, cluster, keep))
        notes += _check_count(clusters)
    problem = Problem(table, values, fixed_x)
    fitted, constraints, active = solve(problem)
    if missing == "fiml":
        notes.insert(0, note_patterns(problem.n, len(problem.sample.counts)))
    fit = SemFit(
        table=table,
        layout=problem.layout,
        theta=fitted.theta,
        fitted=fitted,
        given=problem.given,
        x=problem.x,
        clusters=clusters,
        constraints=constraints,
        active=active,
        estimator=estimator,
        missing=missing,
        ci_level=ci_level,
        n=problem.n,
        notes=tuple(notes),
        free_moments=problem.free_moments,
    )
    return with_warnings(fit)


def _fit_in_groups(text, data, group, cluster, options, fixed_x, fitting) -> SemFit:
    codes, names = read_groups(data, group)
    table = build_groups(parse_groups(text, len(names)), names, **options)
    missing = fitting["missing"]
    values, keep, notes = _read(table, data, missing, fixed_x)
    rows = [codes[keep] == k for k in range(len(names))]
    clusters, of_parts = None, ()
    if cluster is not None:
        column = _cluster_column(data, cluster, keep)
        of_parts = [Clusters.of(cluster, column[own]) for own in rows]
        for part, name in zip(of_parts, names, strict=True):
            notes += _check_count(part, f" in group '{name}'")
        clusters = Clusters.of_groups(of_parts, np.concatenate([column[own] for own in rows]))
    fit = fit_groups(
        table,
        [values[own] for own in rows],
        fixed_x=fixed_x,
        group=group,
        clusters=clusters,
        of_parts=of_parts,
        notes=tuple(notes),
        **fitting,
    )
    if missing == "fiml":
        count = sum(len(part.sample.counts) for part in fit.parts)
        fit = replace(fit, notes=(note_patterns(fit.n, count), *fit.notes))
    return with_warnings(fit)


def read_groups(data: pd.DataFrame, group: str) -> tuple[np.ndarray, tuple[str, ...]]:
    """The number of each case's group, and the groups' names."""
    check_columns(data, group=group)
    column = data[group]
    missing = int(column.isna().sum())
    if missing:
        raise InputError(
            f"group column '{group}' has {missing} missing values; give each case its group or "
            "drop it."
        )
    codes, found = pd.factorize(column)
    if isinstance(column.dtype, pd.CategoricalDtype):
        order = np.argsort([column.cat.categories.get_loc(v) for v in found])
        codes, found = np.argsort(order)[codes], [found[k] for k in order]
    if len(found) < 2:
        raise InputError(f"group='{group}' names a single group; there must be several.")
    return codes, tuple(str(v) for v in found)


@lru_cache(maxsize=64)
def _table(text, std_lv, effect_coding, meanstructure, auxiliary) -> ParameterTable:
    return build_table(
        parse_sem(text),
        std_lv=std_lv,
        effect_coding=effect_coding,
        meanstructure=meanstructure,
        auxiliary=auxiliary,
    )


def _check_choice(name, value, allowed):
    if value not in allowed:
        written = " or ".join(repr(a) for a in allowed)
        raise InputError(
            f"{name}={value!r} is not known: choose {written}.{did_you_mean(value, allowed)}"
        )


def _read(table: ParameterTable, data, missing, fixed_x):
    """The observed variables of the cases that enter, which these are, and a note where not all."""
    values = numeric_columns(data, table.observed, missing_allowed=missing != "error")
    for name in table.latent:
        if name in data.columns:
            raise InputError(
                f"latent variable '{name}' has the name of a column; give it another name."
            )
    check_labels(table.rows, data)
    seen = np.isfinite(values)
    keep = np.ones(len(values), dtype=bool)
    if missing == "listwise":
        keep = seen.all(axis=1)
    elif missing == "fiml":
        keep = seen.any(axis=1)
        if fixed_x and table.exogenous:
            keep &= seen[:, [table.observed.index(v) for v in table.exogenous]].all(axis=1)
    notes = []
    if not keep.all():
        notes.append(f"{int(keep.sum())} of {len(values)} cases entered.")
    return values[keep], keep, notes


def _cluster_column(data, cluster, keep) -> np.ndarray:
    """The names of the clusters of the cases that enter."""
    if not isinstance(data, pd.DataFrame) or cluster not in data.columns:
        columns = [str(c) for c in data.columns]
        raise InputError(
            f"cluster='{cluster}' is not a column of data.{did_you_mean(cluster, columns)}"
        )
    column = data.loc[keep, cluster]
    empty = int(column.isna().sum())
    if empty:
        raise InputError(
            f"cluster column '{cluster}' has {empty} missing values; give each case its cluster or "
            "drop it."
        )
    return column.to_numpy()


def _check_count(clusters: Clusters, where: str = "") -> list[str]:
    """Refuse too few clusters; a note, and a warning, of few."""
    count = clusters.count
    if count < MIN_ROBUST:
        raise InputError(
            f"cluster='{clusters.name}' has {count} clusters{where}; below {MIN_ROBUST} "
            "cluster-robust standard errors mislead. Fit without cluster and add 0/1 columns for "
            "the clusters as covariates."
        )
    if count >= FEW_CLUSTERS:
        return []
    note = (
        f"{count} clusters{where}: cluster-robust standard errors are too small with fewer than "
        f"{FEW_CLUSTERS}; trust the whole-cluster bootstrap more."
    )
    warnings.warn(note, RuntimeWarning, stacklevel=4)
    return [note]


def note_patterns(n: int, count: int) -> str:
    """How much entered under full-information maximum likelihood."""
    return f"{n} cases with {count} patterns of missing values entered."


def with_warnings(fit: SemFit) -> SemFit:
    """The fit with a note, and a warning, of whatever is improper about it."""
    found = tuple(fit.improper())
    for note in found:
        warnings.warn(note, RuntimeWarning, stacklevel=4)
    return replace(fit, notes=(*fit.notes, *found))
