"""Bootstrap a path model: one set of draws for every path, effect, ratio and R2."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import pandas as pd

from helpers.errors import InputError
from helpers.models.inference.intervals import (
    bca_interval,
    check_ci_level,
    normal_pvalue,
    percentile_interval_with_error,
)
from helpers.models.inference.resampling import BLOCK, check_n_boot, map_draws
from helpers.models.sem.covariance import r_squared, reported_rows, row_keys, standardized_rows
from helpers.models.sem.estimation import (
    check_identified,
    estimate_path_model,
    to_correlation_metric,
)
from helpers.models.sem.least_squares import plan_least_squares, solve_least_squares
from helpers.models.sem.likelihood import collinear_samples, sample_moments, solve_scoring
from helpers.models.sem.sample import model_values
from helpers.models.sem.structure import build_structure
from helpers.models.sem.syntax import parse_model

_CI_TYPES = ("percentile", "bca")
_UNSTABLE_CV = 0.25


@dataclass(frozen=True)
class PathBootstrap:
    """Bootstrap of a path model.

    Attributes
    ----------
    parameters : DataFrame
        The rows of `PathFit.parameters`, columns `lhs op rhs label est se z pvalue ci_lower
        ci_upper mc_error_lower mc_error_upper`: bootstrap SE, p value of est / SE on the normal
        distribution, interval limits and their Monte Carlo standard errors.
    standardized : DataFrame
        The same for the completely standardized solution.
    r_squared : DataFrame
        `outcome est se ci_lower ci_upper mc_error_lower mc_error_upper`.
    draws : DataFrame, shape (successful draws, rows)
        A column a row of `parameters`: its label, or `lhs op rhs` where it has none.
    n_boot, n_failed : int
        Draws asked for, and those among them without a solution, which are left out.
    method : "least squares" or "scoring"
    notes : tuple of str
        What was warned of: failed draws, unstable ratios.
    """

    parameters: pd.DataFrame
    standardized: pd.DataFrame
    r_squared: pd.DataFrame
    draws: pd.DataFrame = field(repr=False)
    n_boot: int
    n_failed: int
    ci_level: float
    ci_type: str
    seed: int | None
    method: str
    notes: tuple[str, ...]


def bootstrap_path_model(
    model: str,
    data: pd.DataFrame,
    *,
    n_boot: int = 5000,
    ci_level: float = 0.95,
    ci_type: str = "percentile",
    seed: int = 1,
    indices: np.ndarray | None = None,
    n_workers: int | None = None,
    method: str | None = None,
) -> PathBootstrap:
    """Nonparametric bootstrap of a path model, as `lavaan(se = "bootstrap")`.

    Cases are drawn with their covariates and every draw is a full refit, without standardizing
    anew. Where ML is equation-wise least squares all draws of a block are solved together from
    their moment matrices; other models are refitted by scoring.

    Parameters
    ----------
    model : str
        lavaan syntax; see `helpers.models.sem.syntax.parse_model`.
    data : DataFrame, shape (n, columns)
    n_boot : int
        Number of draws.
    ci_level : float
    ci_type : "percentile" or "bca"
        Percentile limits in the convention of `boot::norm.inter`; BCa takes its acceleration from
        the jackknife.
    seed : int
        The same seed gives the same draws for any number of workers.
    indices : int array, shape (n_boot, n), optional
        Resampling indices from 0, instead of a seed.
    n_workers : int, optional
        Threads; by default one a core.
    method : "least squares" or "scoring", optional
        By default least squares where it is exact. Given for checks.

    Returns
    -------
    PathBootstrap

    Raises
    ------
    InputError
        As `fit_path_model`, and when no draw has a solution.

    Warns
    -----
    RuntimeWarning
        When draws failed, or when the denominator of a defined ratio comes near zero.

    Notes
    -----
    SEs divide by R for model parameters and by R - 1 for defined effects, as lavaan does.
    Validated: tests/reference/sem/test_against_lavaan.py, lavaan 0.6-14, draw by draw.
    """
    n_boot = check_n_boot(n_boot if indices is None else len(indices))
    check_ci_level(ci_level)
    if ci_type not in _CI_TYPES:
        raise InputError(f"ci_type={ci_type!r} is not known: choose 'percentile' or 'bca'.")
    structure = build_structure(parse_model(model))
    values = model_values(data, structure)
    moments = sample_moments(values)[None]
    method, solve = _choose_solver(structure, moments[0], method)
    estimate = _quantities(structure, solve(moments), moments)[0]
    refit = _Refit(values, structure, solve)
    drawn = map_draws(
        refit, len(values), n_boot=n_boot, seed=seed, indices=indices, n_workers=n_workers
    )
    failed = ~np.isfinite(drawn[:, 0])
    if failed.all():
        raise InputError("no bootstrap draw has a solution; check for rare covariate levels.")
    notes = []
    if failed.any():
        drawn = np.asfortranarray(drawn[~failed])
        notes.append(
            f"{failed.sum()} of {n_boot} bootstrap draws have no solution and are left out."
        )
    notes += _note_ratios(structure, drawn)
    for note in notes:
        warnings.warn(note, RuntimeWarning, stacklevel=2)

    jackknife = _jackknife(refit, len(values)) if ci_type == "bca" else None
    keys = row_keys(structure)
    written = keys["lhs"] + " " + keys["op"] + " " + keys["rhs"]
    labels = keys["label"].where(keys["label"] != "", written)
    parts = _summarize(structure, estimate, drawn, jackknife, ci_level)
    outcomes = pd.DataFrame({"outcome": list(structure.endogenous)})
    columns = ["outcome", "est", "se", "ci_lower", "ci_upper", "mc_error_lower", "mc_error_upper"]
    return PathBootstrap(
        parameters=keys.join(parts[0]),
        standardized=keys.join(parts[1]),
        r_squared=outcomes.join(parts[2])[columns],
        draws=pd.DataFrame(drawn[:, : len(keys)], columns=_unique(labels), copy=False),
        n_boot=n_boot,
        n_failed=int(failed.sum()),
        ci_level=ci_level,
        ci_type=ci_type,
        seed=seed if indices is None else None,
        method=method,
        notes=tuple(notes),
    )


def _choose_solver(structure, moments, method):
    """The name of the method and the function from moments to estimates."""
    check_identified(structure, moments)
    plan = plan_least_squares(structure)
    method = method or ("least squares" if plan else "scoring")
    if method == "least squares" and plan:
        return method, lambda drawn: solve_least_squares(plan, drawn)
    if method != "scoring":
        raise InputError(f"method={method!r} does not solve this model; use 'scoring'.")
    metric = to_correlation_metric(structure, moments)
    start = estimate_path_model(structure, moments) * metric.scale

    def solve(drawn):
        theta = np.full((len(drawn), structure.n_parameters), np.nan)
        usable = np.flatnonzero(~collinear_samples(drawn))
        scaled = metric.scale_moments(drawn[usable])
        found, converged = solve_scoring(metric.structure, scaled, start)
        theta[usable[converged]] = found[converged] / metric.scale
        return theta

    return method, solve


class _Refit:
    """From case counts to all reported quantities of every draw."""

    def __init__(self, values, structure, solve):
        self.structure, self.solve = structure, solve
        centred = values - values.mean(axis=0)
        p = centred.shape[1]
        row, column = np.tril_indices(p)
        self.features = np.hstack([centred, centred[:, row] * centred[:, column]])
        self.place = np.zeros((p, p), dtype=int)
        self.place[row, column] = self.place[column, row] = np.arange(len(row))

    def __call__(self, counts):
        sums = counts @ self.features / counts.sum(axis=1, keepdims=True)
        p = len(self.place)
        means = sums[:, :p]
        moments = sums[:, p:][:, self.place] - means[:, :, None] * means[:, None, :]
        with np.errstate(invalid="ignore", divide="ignore"):  # of draws that failed
            return _quantities(self.structure, self.solve(moments), moments)


def _quantities(structure, theta, moments):
    """Unstandardized rows, standardized rows and R2, shape (B, columns)."""
    return np.hstack(
        [
            reported_rows(structure, theta),
            standardized_rows(structure, theta, moments),
            r_squared(structure, theta, moments),
        ]
    )


def _jackknife(refit, n):
    blocks = []
    for first in range(0, n, BLOCK):
        rows = np.arange(first, min(first + BLOCK, n))
        counts = np.ones((len(rows), n))
        counts[np.arange(len(rows)), rows] = 0.0
        blocks.append(refit(counts))
    return np.vstack(blocks)


def _summarize(structure, estimate, drawn, jackknife, ci_level):
    """Tables of the unstandardized rows, the standardized rows and R2."""
    terms, rows = len(structure.terms), len(structure.terms) + len(structure.definitions)
    lower, upper, error_lower, error_upper = percentile_interval_with_error(drawn, ci_level)
    if jackknife is not None:
        lower, upper = bca_interval(drawn, estimate, jackknife, ci_level)
    # lavaan divides by R for parameters and by R - 1 for defined effects.
    se = drawn.std(axis=0)
    defined = np.arange(len(se)) % rows >= terms
    se = np.where(defined, se * np.sqrt(len(drawn) / max(len(drawn) - 1, 1)), se)
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.where(se > 0, estimate / se, np.nan)
    table = pd.DataFrame(
        {
            "est": estimate,
            "se": se,
            "z": z,
            "pvalue": normal_pvalue(z),
            "ci_lower": lower,
            "ci_upper": upper,
            "mc_error_lower": error_lower,
            "mc_error_upper": error_upper,
        }
    )
    cuts = (0, rows, 2 * rows, len(table))
    return [table.iloc[a:b].reset_index(drop=True) for a, b in pairwise(cuts)]


def _unique(labels):
    """Column names for the draws; a label shared by several terms gets a running number."""
    seen: dict[str, int] = {}
    names = []
    for label in labels:
        seen[label] = seen.get(label, 0) + 1
        names.append(label if seen[label] == 1 else f"{label} ({seen[label]})")
    return names


def _note_ratios(structure, drawn):
    """Definitions that divide by something near zero, in one note for each such divisor."""
    unstable: dict[tuple[str, str], list[str]] = {}
    values = {t.label: drawn[:, k] for k, t in enumerate(structure.terms) if t.label}
    for k, definition in enumerate(structure.definitions, start=len(structure.terms)):
        for denominator in definition.denominators():
            draws = denominator.evaluate(values)
            spread = draws.std() / max(abs(draws.mean()), 1e-300)
            if spread > _UNSTABLE_CV:
                found = unstable.setdefault((denominator.expression, f"{spread:.2f}"), [])
                found.append(f"'{definition.name}'")
        values[definition.name] = drawn[:, k]
    return [
        f"{', '.join(names)}: divided by {divisor}, which is near zero (SD {spread} times its mean "
        "over the draws); do not trust the interval."
        for (divisor, spread), names in unstable.items()
    ]
