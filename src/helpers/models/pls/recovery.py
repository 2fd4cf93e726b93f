"""Does a composite model's estimator find a known truth? Two populations that differ in one thing.

A construct can be thought of as the sum of its items, or as a common factor behind them. Partial
least squares estimates the first; of the second it gives paths that are too weak, which consistent
partial least squares corrects.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from helpers.errors import InputError, did_you_mean
from helpers.models.pls.assessment import implied_structure
from helpers.models.pls.kernel import (
    compile_structure,
    compute_statistics,
    solve_pls,
    statistic_columns,
)
from helpers.models.pls.model import PLSFit, refuse_staged_fit

__all__ = ["design_population", "recover_pls"]

POPULATIONS = ("composite", "factor")
LEAST = 0.05
"""The weakest correlation within a block that a population is given, so that it has a construct."""


def design_population(fit: PLSFit, *, constructs: str = "composite") -> pd.DataFrame:
    """Item correlations of a population whose structural paths are exactly those of `fit`.

    Parameters
    ----------
    fit : PLSFit
        Its paths, the correlations of its exogenous constructs, and the mean absolute correlation
        within each of its blocks are taken over.
    constructs : {"composite", "factor"}
        Whether a construct is the sum of its items or a common factor with equal loadings.

    Returns
    -------
    DataFrame, items by items

    Raises
    ------
    InputError
        For an unknown kind of construct.

    Notes
    -----
    Within a block all items correlate r. Across two blocks of constructs that correlate p, items
    correlate p l l' with l = sqrt((1 + (k - 1) r) / k) for the sum of k items, and l = sqrt(r) for
    a factor. Equal items make weights of mode A and of mode B equal, so that both schemes have the
    same truth: with composites the paths of `fit`, with factors consistent PLS has them (checked to
    1e-8 in tests/unit/test_pls_recovery.py).

    Examples
    --------
    >>> from helpers.models.example import ITEMS, PATHS, simulate_sessions
    >>> from helpers.models.pls.model import PLSModel, fit_pls
    >>> fit = fit_pls(simulate_sessions(), model=PLSModel(ITEMS, PATHS))
    >>> design_population(fit).iloc[:3, :4].round(3)
           d1     d2     d3     a1
    d1  1.000  0.576  0.576 -0.257
    d2  0.576  1.000  0.576 -0.257
    d3  0.576  0.576  1.000 -0.257
    """
    if constructs not in POPULATIONS:
        raise InputError(
            f"constructs={constructs!r} is not one of {', '.join(POPULATIONS)}."
            f"{did_you_mean(constructs, POPULATIONS)}"
        )
    refuse_staged_fit(fit, "a population")
    names = fit.model.names
    sizes = np.array([len(items) for items in fit.model.constructs.values()])
    owner = np.repeat(np.arange(len(sizes)), sizes)
    observed = fit.correlation.abs().to_numpy()
    within = np.ones(len(sizes))
    for k in np.flatnonzero(sizes > 1):
        block = observed[np.ix_(owner == k, owner == k)]
        within[k] = max((block.sum() - sizes[k]) / (sizes[k] * (sizes[k] - 1)), LEAST)
    loading = np.sqrt(within)
    if constructs == "composite":
        loading = np.sqrt((1 + (sizes - 1) * within) / sizes)
    structure = implied_structure(fit).loc[list(names), list(names)].to_numpy()
    R = (structure * np.outer(loading, loading))[np.ix_(owner, owner)]
    same = owner[:, None] == owner
    R[same] = within[np.broadcast_to(owner, R.shape)[same]]
    np.fill_diagonal(R, 1.0)
    return pd.DataFrame(R, index=fit.model.items, columns=fit.model.items)


def recover_pls(
    fit: PLSFit,
    *,
    constructs: str = "composite",
    consistent: bool = False,
    n_replications: int = 500,
    seed: int = 1,
) -> pd.DataFrame:
    """Estimate samples of normal data whose true paths are those of `fit`.

    Parameters
    ----------
    fit : PLSFit
        Its paths are the truth, its n the size of each sample, its weighting and modes those of
        the estimator.
    constructs : {"composite", "factor"}
        Of which kind the constructs of the population are; see `design_population`.
    consistent : bool
        Estimate by consistent PLS.
    n_replications : int
    seed : int
        The same seed gives the same samples to every estimator.

    Returns
    -------
    DataFrame
        One row per path and an explained construct (op ``r2``): ``lhs op rhs``, ``truth``, ``mean``
        over the samples, ``bias``, ``mc_error`` (Monte Carlo standard error of the bias), ``sd``
        over the samples and ``n_failed``, samples without a solution, which are left out.

    Raises
    ------
    InputError
        For an unknown kind of construct, or fewer than two replications.

    Notes
    -----
    The correlations of a sample come from n - 1 normal deviations, of which a Wishart matrix is
    made, also where there are more items than cases. R squared is biased upwards by about the
    number of predictors by n.

    Examples
    --------
    >>> import pandas as pd
    >>> from helpers.models.pls.model import fit_pls_correlation
    >>> from helpers.models.pls.specification import PLSModel
    >>> R = pd.DataFrame([[1, .6], [.6, 1]], ["a", "o"], ["a", "o"])
    >>> model = PLSModel({"alliance": ["a"], "outcome": ["o"]}, [("alliance", "outcome")])
    >>> fit = fit_pls_correlation(R, n=100, model=model)
    >>> float(recover_pls(fit, n_replications=50)["truth"][0].round(3))
    0.6
    """
    if n_replications < 2:
        raise InputError(f"n_replications={n_replications!r} must be a whole number from 2.")
    population = design_population(fit, constructs=constructs)
    samples = _draw_correlations(population.to_numpy(), fit.n, n_replications, seed)
    structure = compile_structure(
        fit.model,
        weighting=fit.weighting,
        mode=fit.mode,
        consistent=consistent,
        tolerance=fit.tolerance,
        max_iter=fit.max_iter,
    )
    found = compute_statistics(samples, solve_pls(samples, structure), structure)
    columns = statistic_columns(fit.model)
    wanted = columns["quantity"].isin(["path", "r_squared"]).to_numpy()
    found = found[:, wanted]
    found = found[np.isfinite(found).all(axis=1)]
    if len(found) < 2:
        raise InputError("Fewer than two samples have a solution; nothing can be reported.")
    truth = np.concatenate([fit.paths["est"], _explained(fit)])
    spread = found.std(axis=0, ddof=1)
    return (
        columns.loc[wanted, ["lhs", "op", "rhs"]]
        .reset_index(drop=True)
        .assign(
            truth=truth,
            mean=found.mean(axis=0),
            bias=found.mean(axis=0) - truth,
            mc_error=spread / np.sqrt(len(found)),
            sd=spread,
            n_failed=n_replications - len(found),
        )
    )


def _draw_correlations(population, n, n_replications, seed):
    """Return correlation matrices of normal samples of n, shape (replications, items, items)."""
    variances, directions = np.linalg.eigh(population)
    root = directions * np.sqrt(np.clip(variances, 0.0, None)) @ directions.T
    rng = np.random.default_rng(seed)
    samples = np.empty((n_replications, *population.shape))
    for sample in samples:
        deviations = rng.standard_normal((n - 1, len(population))) @ root
        deviations /= np.sqrt(np.square(deviations).sum(axis=0))
        sample[:] = deviations.T @ deviations
    return samples


def _explained(fit: PLSFit) -> list[float]:
    """R squared of each explained construct when nothing but the paths makes it correlate."""
    R = implied_structure(fit)
    shares = []
    for name in fit.model.endogenous:
        b = fit.paths[fit.paths["lhs"] == name].set_index("rhs")["est"]
        shares.append(float(b @ R.loc[b.index, b.index] @ b))
    return shares
