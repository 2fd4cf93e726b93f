"""Bootstrap test of whether a composite model fits exactly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import pandas as pd

from helpers.errors import InputError
from helpers.inputs import check_choice
from helpers.models.inference.resampling import Record, map_draws, plan_resampling
from helpers.models.inference.summary import Readable, Section
from helpers.models.pls.kernel import (
    PLSStructure,
    compile_structure,
    compute_statistics,
    imply_structure,
    path_matrix,
    solve_pls,
    statistic_columns,
)
from helpers.models.pls.model import fill_with_means, fit_pls, prepare_items
from helpers.models.pls.samples import correlate_counts, in_stacks
from helpers.models.pls.specification import MAX_ITER, TOLERANCE, PLSModel
from helpers.models.pls.stages import refuse_stages

__all__ = ["ExactFit", "bootstrap_exact_fit"]

MEASURES = ("srmr", "d_uls", "d_g")
STRUCTURES = ("estimated", "saturated")
LARGEST_SHARE_LOST = 0.05
"""Of the draws; with more, those that have a value are no random part of all."""


@dataclass(frozen=True, repr=False)
class ExactFit(Readable):
    """What `bootstrap_exact_fit` finds.

    Attributes
    ----------
    table : DataFrame
        ``measure value hi95 hi99 pvalue n_lost``: a distance of the observed from the implied
        correlations, its quantiles where the model holds, and how many draws lack it. NaN where it
        has no value or more than 5% of the draws lack it.
    structure : {"estimated", "saturated"}
    n, n_boot, n_failed : int
        Cases, draws, and draws without a proper solution, which are left out.
    seed : int or None
    model : PLSModel
    """

    table: pd.DataFrame
    structure: str
    n: int
    n_boot: int
    n_failed: int
    seed: int | None
    model: PLSModel = field(repr=False)

    @property
    def parameters(self) -> pd.DataFrame:
        """The distances."""
        return self.table

    @property
    def notes(self) -> tuple[str, ...]:
        """Which distances are withheld, and why."""
        lost = self.table[self.table["pvalue"].isna()]
        return tuple(
            f"The test by {row.measure} is withheld: {row.n_lost} of {self.n_boot} draws have fewer"
            " different cases than items, and it does not exist."
            for row in lost.itertuples()
        )

    def _head(self) -> str:
        first = (
            f"Exact fit of {self.n} cases, {self.structure} structure; {self.n_boot} draws in which"
            f" the model holds, seed {self.seed}"
        )
        return "\n".join([first, *self.notes])

    def _sections(self) -> list[Section]:
        return [("distances", self.table)]


def bootstrap_exact_fit(
    data: pd.DataFrame,
    *,
    model: PLSModel,
    weighting: str = "path",
    mode: str | Mapping[str, str] = "A",
    consistent: bool = False,
    missing: str = "error",
    structure: str = "estimated",
    n_boot: int = 1000,
    seed: int = 1,
    indices: np.ndarray | None = None,
    n_jobs: int | None = None,
    tolerance: float = TOLERANCE,
    max_iter: int = MAX_ITER,
) -> ExactFit:
    """Test whether the implied correlations are those of the population, by the bootstrap.

    Parameters
    ----------
    data, model, weighting, mode, consistent, tolerance, max_iter
        As in `helpers.models.pls.model.fit_pls`; the model has no stages. A second-order construct
        is tested stage by stage, each stage as a model of its own (Schuberth, F., Rademaker, M. E.,
        & Henseler, J., 2020, *Industrial Management & Data Systems, 120*, 2211-2241,
        https://doi.org/10.1108/IMDS-12-2019-0642); an interaction implies no correlations of items.
    missing : {"error", "listwise", "mean"}
        With "mean" a missing answer takes the item's mean once, before cases are drawn.
    structure : {"estimated", "saturated"}
        Whether the construct correlations are those that the paths imply, or the observed ones,
        which tests the measurement alone.
    n_boot, seed, indices, n_jobs
        As in `helpers.models.pls.bootstrap.bootstrap_pls`.

    Returns
    -------
    ExactFit

    Raises
    ------
    InputError
        As `fit_pls`, for implied correlations that no data can have, and where more than 5% of the
        draws have no solution.

    Notes
    -----
    Items are transformed so that their correlations are the implied ones (Beran, R., &
    Srivastava, M. S., 1985, *Annals of Statistics, 13*, 95-115,
    https://doi.org/10.1214/aos/1176346579); cases are drawn from these, and the distance of each
    draw is what chance alone makes. Of the observed correlations S and the implied C: SRMR as
    `helpers.models.pls.assessment.srmr`, d_ULS half the sum of (S - C)^2 over all cells, d_G half
    the sum of the squared natural logarithms of the eigenvalues of S^-1 C (Dijkstra, T. K., &
    Henseler, J., 2015, *Computational Statistics & Data Analysis, 81*, 10-23,
    https://doi.org/10.1016/j.csda.2014.07.008). A p value is (1 + as large) / (1 + draws).

    Inside a construct a composite leaves the correlations free; with ``consistent=True`` those of
    mode A have the ones that their loadings imply. The estimator has to find a true model: mode B
    and consistent PLS do. Mode A finds the composites only where weights and loadings are
    proportional, as with equal items, and else rejects true models. A test that does not reject
    is no proof of fit. With consistent PLS it rejects a true model too seldom, by d_G above all
    (docs/validation/composite_tests.csv).

    Validated: tests/reference/pls, composite_tests.R (R on cases, draw by draw), 1e-9.

    Examples
    --------
    >>> from helpers.models.example import ITEMS, PATHS, simulate_sessions
    >>> found = bootstrap_exact_fit(
    ...     simulate_sessions(), model=PLSModel(ITEMS, PATHS), mode="B", n_boot=200
    ... )
    >>> found.table.round(3)
      measure  value   hi95   hi99  pvalue  n_lost
    0    srmr  0.022  0.034  0.037   0.463       0
    1   d_uls  0.014  0.032  0.039   0.463       0
    2     d_g  0.046  0.077  0.089   0.373       0
    """
    check_choice("structure", structure, STRUCTURES)
    refuse_stages(model, "the test of exact fit")
    options = {"weighting": weighting, "mode": mode, "consistent": consistent}
    options |= {"tolerance": tolerance, "max_iter": max_iter}
    compiled = compile_structure(model, **options)
    items, _ = prepare_items(data, model, missing)
    filled = pd.DataFrame(fill_with_means(items), columns=items.columns)
    R = fit_pls(filled, model=model, **options).correlation.to_numpy()[None]
    implied, failure = imply_correlations(R, compiled, saturated=structure == "saturated")
    if failure[0] or np.linalg.eigvalsh(implied[0])[0] <= 0:
        raise InputError(
            "The model implies correlations that no data can have, so its fit cannot be tested."
        )
    Z = ((filled - filled.mean()) / filled.std(ddof=0)).to_numpy()
    if len(Z) <= Z.shape[1]:
        raise InputError(
            f"data: {len(Z)} cases of {Z.shape[1]} items; the correlations have no inverse, without"
            " which the test is not defined: more cases than items are needed."
        )
    X = Z @ _power(R[0], -0.5) @ _power(implied[0], 0.5)
    plan = plan_resampling(len(X), n_boot=n_boot, seed=seed, indices=indices)

    def distances(counts: np.ndarray) -> Record:
        drawn = correlate_counts(X, counts)
        again, failed = imply_correlations(drawn, compiled, saturated=structure == "saturated")
        return {"values": measure_distances(drawn, again), "failure": failed}

    record = map_draws(partial(in_stacks, distances), plan, n_jobs=n_jobs)
    n_failed = int((record["failure"] > 0).sum())
    if n_failed > LARGEST_SHARE_LOST * plan.n_boot:
        raise InputError(
            f"{n_failed} of {plan.n_boot} draws have no proper solution; a test by the others would"
            " not keep its level."
        )
    values = record["values"][record["failure"] == 0]
    return ExactFit(
        table=_tabulate(measure_distances(R, implied)[0], values),
        structure=structure,
        n=len(X),
        n_boot=plan.n_boot,
        n_failed=n_failed,
        seed=plan.seed,
        model=model,
    )


def imply_correlations(
    R: np.ndarray, structure: PLSStructure, *, saturated: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Item correlations that a model implies, for each of a stack of correlation matrices.

    Parameters
    ----------
    R : array, shape (B, p, p)
    structure : PLSStructure
    saturated : bool
        Whether constructs correlate as observed.

    Returns
    -------
    implied : array, shape (B, p, p)
    failure : array of int, shape (B,)
        0, or why there is no proper solution: as in `PLSSolution`, 3 also for a reliability or an
        R squared beyond 0 to 1 in consistent PLS.
    """
    solution = solve_pls(R, structure)
    values = compute_statistics(R, solution, structure)
    quantity = statistic_columns(structure.model)["quantity"].to_numpy()
    rho, explained = values[:, quantity == "rho_a"], values[:, quantity == "r_squared"]
    failure = solution.failure.copy()
    V = solution.construct_correlation.copy()
    owner = structure.owner
    free = np.equal.outer(owner, owner)
    if structure.consistent:
        improper = ~((rho > 0) & (rho <= 1)).all(axis=1) | ~(explained <= 1).all(axis=1)
        failure = np.where((failure == 0) & improper, 3, failure)
        with np.errstate(invalid="ignore"):
            root = np.sqrt(rho)
        V /= root[:, :, None] * root[:, None, :]
        free &= np.array([mode != "A" for mode in structure.mode])[owner]
    V[:, np.arange(V.shape[1]), np.arange(V.shape[1])] = 1.0
    if not saturated:
        V = imply_structure(V, path_matrix(values, structure), structure)
    loadings = values[:, quantity == "loading"]
    implied = loadings[:, :, None] * loadings[:, None, :] * V[:, owner[:, None], owner]
    implied = np.where(free | np.eye(len(owner), dtype=bool), R, implied)
    return implied, failure


def measure_distances(S: np.ndarray, C: np.ndarray) -> np.ndarray:
    """SRMR, d_ULS and d_G of a stack of observed and implied matrices, shape (B, 3)."""
    p = S.shape[1]
    squares = ((S - C) ** 2).sum(axis=(1, 2))
    with np.errstate(divide="ignore", invalid="ignore"):
        geodesic = 0.5 * (np.log(_relative(S, C)) ** 2).sum(axis=1)
    # The diagonal of the difference is zero, so that each cell of the triangle counts twice.
    return np.column_stack([np.sqrt(squares / (p * (p + 1))), squares / 2, geodesic])


def _relative(S: np.ndarray, C: np.ndarray) -> np.ndarray:
    """Eigenvalues of S^-1 C; NaN where S has no inverse."""
    found = np.full(S.shape[:2], np.nan)
    whole = np.isfinite(S).all(axis=(1, 2)) & np.isfinite(C).all(axis=(1, 2))
    values, vectors = np.linalg.eigh(S[whole])
    proper = values[:, 0] > 1e-10
    rows = np.flatnonzero(whole)[proper]
    half = vectors[proper] / np.sqrt(values[proper])[:, None, :]
    found[rows] = np.linalg.eigvalsh(half.swapaxes(1, 2) @ C[rows] @ half)
    return found


def _power(matrix: np.ndarray, exponent: float) -> np.ndarray:
    values, vectors = np.linalg.eigh(matrix)
    return (vectors * values**exponent) @ vectors.T


def _tabulate(observed: np.ndarray, drawn: np.ndarray) -> pd.DataFrame:
    rows = []
    for name, value, draws in zip(MEASURES, observed, drawn.T, strict=True):
        known = draws[np.isfinite(draws)]
        n_lost = len(draws) - len(known)
        tested = (np.nan,) * 3
        if n_lost <= LARGEST_SHARE_LOST * len(draws):
            high = np.quantile(known, [0.95, 0.99])
            tested = (*high, (1 + (known >= value).sum()) / (1 + len(known)))
        rows.append((name, value, *tested, n_lost))
    return pd.DataFrame(rows, columns=["measure", "value", "hi95", "hi99", "pvalue", "n_lost"])
