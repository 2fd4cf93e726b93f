"""Bootstrap a path model: one set of draws for every path, effect, ratio and R2."""

from __future__ import annotations

import numpy as np
import pandas as pd

from helpers.errors import InputError
from helpers.inputs import check_columns
from helpers.models.inference.draws import Bootstrap, bootstrap_counts
from helpers.models.inference.intervals import check_ci_level
from helpers.models.inference.resampling import Record, plan_resampling
from helpers.models.sem.covariance import (
    drawn_quantities,
    r_squared,
    reported_rows,
    row_keys,
    standardized_rows,
)
from helpers.models.sem.estimation import (
    check_identified,
    estimate_path_model,
    to_correlation_metric,
)
from helpers.models.sem.least_squares import plan_least_squares, solve_least_squares
from helpers.models.sem.likelihood import collinear_samples, sample_moments, solve_scoring
from helpers.models.sem.sample import model_values
from helpers.models.sem.structure import PathStructure, build_structure
from helpers.models.sem.syntax import parse_model

__all__ = ["bootstrap_path_model"]

FAILURES = {
    1: "collinear variables, as when a rare level was not drawn",
    2: "no convergence",
}
_UNSTABLE_CV = 0.25


def bootstrap_path_model(
    model: str,
    data: pd.DataFrame,
    *,
    n_boot: int = 5000,
    ci_level: float = 0.95,
    kind: str = "percentile",
    seed: int = 1,
    indices: np.ndarray | None = None,
    cluster: str | None = None,
    n_jobs: int | None = None,
    method: str | None = None,
) -> Bootstrap:
    """Nonparametric bootstrap of a path model, as `lavaan(se = "bootstrap")`.

    Cases are drawn with their covariates and every draw is a full refit, without standardizing
    anew. Where ML is equation-wise least squares all draws of a block are solved together from
    their moment matrices; other models are refitted by scoring, from the fit of the sample.

    Parameters
    ----------
    model : str
        lavaan syntax; see `helpers.models.sem.syntax.parse_model`.
    data : DataFrame, shape (n, columns)
    n_boot : int
        Number of draws.
    ci_level : float
    kind : {"percentile", "bca", "expanded"}
        How limits are made where `Bootstrap.table` is not asked for others.
    seed : int
        The same seed gives the same draws for any number of workers.
    indices : int array, shape (n_boot, n), optional
        Resampling indices from 0, instead of a seed.
    cluster : str, optional
        A column of `data` that names the cluster of each case, such as its therapist. Whole
        clusters are then drawn.
    n_jobs : int, optional
        Threads; by default one a core.
    method : "least squares" or "scoring", optional
        By default least squares where it is exact. Given for checks.

    Returns
    -------
    Bootstrap
        Its quantities are "parameter" (the rows of `PathFit.parameters`), "standardized" (the
        completely standardized solution) and "r_squared" (op ``r2``).

    Raises
    ------
    InputError
        As `fit_path_model`, for options out of range, and when fewer than two draws have a
        solution.

    Warns
    -----
    RuntimeWarning
        When draws failed or have no value for a row, or when the denominator of a defined ratio
        comes near zero.

    Notes
    -----
    SEs divide by R for model parameters and by R - 1 for defined effects, as lavaan does.
    Validated: tests/reference/sem/test_against_lavaan.py, lavaan 0.6-14, draw by draw.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> alliance = rng.standard_normal(200)
    >>> quality = 0.5 * alliance + rng.standard_normal(200)
    >>> data = pd.DataFrame({"alliance": alliance, "quality": quality})
    >>> boot = bootstrap_path_model("quality ~ b*alliance", data, n_boot=1000)
    >>> print(boot)
    Bootstrap of 200 cases, 1000 draws, seed 1; percentile 95% limits
    <BLANKLINE>
    parameter (Monte Carlo error of a limit: at most 0.009)
    lhs      op  rhs       label    est     se      z  pvalue  ci_lower  ci_upper
    quality  ~   alliance  b      0.540  0.067  8.114   <.001     0.411     0.676
    quality  ~~  quality          0.800  0.083  9.650   <.001     0.648     0.969
    >>> boot.confint("bca")[["lhs", "op", "rhs", "ci_lower", "ci_upper"]].round(3)
           lhs  op       rhs  ci_lower  ci_upper
    0  quality   ~  alliance     0.399     0.669
    1  quality  ~~   quality     0.660     0.998
    """
    check_ci_level(ci_level)
    structure = build_structure(parse_model(model))
    values = model_values(data, structure)
    if cluster is not None:
        check_columns(data, cluster=cluster)
        cluster = data[cluster]
    plan = plan_resampling(len(values), n_boot=n_boot, seed=seed, indices=indices, cluster=cluster)
    method, solve = _choose_solver(structure, sample_moments(values), method)
    rows = row_keys(structure)
    return bootstrap_counts(
        _Refit(values, structure, solve),
        plan,
        reasons=FAILURES,
        **drawn_quantities(rows, pd.Index(structure.endogenous)),
        n_jobs=n_jobs,
        remarks=lambda draws: [
            *_note_undefined(structure, draws[:, : len(rows)]),
            *_note_ratios(structure, draws[:, : len(rows)]),
        ],
        ci_level=ci_level,
        kind=kind,
        model=model,
        method=method,
    )


def _choose_solver(structure, moments, method):
    """The name of the method and the function from moments to estimates."""
    check_identified(structure, moments)
    equations = plan_least_squares(structure)
    method = method or ("least squares" if equations else "scoring")
    if method == "least squares" and equations:
        return method, lambda drawn: solve_least_squares(equations, drawn)
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

    def __init__(self, values, structure: PathStructure, solve):
        self.structure, self.solve = structure, solve
        centered = values - values.mean(axis=0)
        p = centered.shape[1]
        row, column = np.tril_indices(p)
        self.features = np.hstack([centered, centered[:, row] * centered[:, column]])
        self.place = np.zeros((p, p), dtype=int)
        self.place[row, column] = self.place[column, row] = np.arange(len(row))

    def __call__(self, counts: np.ndarray) -> Record:
        sums = counts @ self.features / counts.sum(axis=1, keepdims=True)
        p = len(self.place)
        means = sums[:, :p]
        moments = sums[:, p:][:, self.place] - means[:, :, None] * means[:, None, :]
        theta = self.solve(moments)
        failure = (~np.isfinite(theta).all(axis=1)).astype(int)
        if failure.any():
            failure[(failure > 0) & ~collinear_samples(moments)] = 2
        with np.errstate(invalid="ignore", divide="ignore"):  # of draws that failed
            values = np.hstack(
                [
                    reported_rows(self.structure, theta),
                    standardized_rows(self.structure, theta, moments),
                    r_squared(self.structure, theta, moments),
                ]
            )
        return {"values": values, "failure": failure}


def _note_undefined(structure: PathStructure, drawn: np.ndarray) -> list[str]:
    """Definitions that have no value in any draw."""
    effects = drawn[:, len(structure.terms) :]
    return [
        f"'{definition.name}' is not defined in any draw."
        for definition, values in zip(structure.definitions, effects.T, strict=True)
        if not np.isfinite(values).any()
    ]


def _note_ratios(structure: PathStructure, drawn: np.ndarray) -> list[str]:
    """Definitions that divide by something near zero, in one note for each such divisor."""
    drawn = drawn[np.isfinite(drawn[:, : len(structure.terms)]).all(axis=1)]
    unstable: dict[tuple[str, str], list[str]] = {}
    values = {t.label: drawn[:, k] for k, t in enumerate(structure.terms) if t.label}
    for k, definition in enumerate(structure.definitions, start=len(structure.terms)):
        for denominator in definition.denominators():
            draws = denominator.evaluate(values)
            draws = draws[np.isfinite(draws)]
            if not draws.size:
                continue
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
