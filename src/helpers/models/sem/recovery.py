"""Does the estimator find a known truth? Simulate from a fitted path model and fit again."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import wishart

from helpers.models.sem.covariance import reported_rows, row_keys
from helpers.models.sem.least_squares import plan_least_squares, solve_least_squares
from helpers.models.sem.likelihood import implied_moments, solve_scoring
from helpers.models.sem.model import PathFit, normal_theory_parameters


def recover_path_model(fit: PathFit, *, n_replications: int = 500, seed: int = 1) -> pd.DataFrame:
    """Refit samples of normal data whose true parameters are those of `fit`.

    Parameters
    ----------
    fit : PathFit
        Its estimates are the truth; its n is the size of each sample.
    n_replications : int
    seed : int

    Returns
    -------
    DataFrame
        One row per parameter or defined effect: `lhs op rhs label`, `truth`, `mean` of the samples,
        `bias`, `mc_error` (Monte Carlo standard error of the bias), `sd` over the samples and
        `se` (expected information at the truth), which should agree.

    Notes
    -----
    The covariance matrix of a normal sample is drawn from its Wishart distribution, so no cases
    are simulated.
    """
    structure = fit.structure
    truth = implied_moments(structure, fit.theta, fit.moments)
    samples = wishart.rvs(df=fit.n - 1, scale=truth / fit.n, size=n_replications, random_state=seed)
    plan = plan_least_squares(structure)
    if plan:
        theta = solve_least_squares(plan, samples)
    else:
        theta, _ = solve_scoring(structure, samples, fit.theta)
    found = reported_rows(structure, theta)
    expected = reported_rows(structure, fit.theta)
    sd = found.std(axis=0, ddof=1)
    return row_keys(structure).assign(
        truth=expected,
        mean=found.mean(axis=0),
        bias=found.mean(axis=0) - expected,
        mc_error=sd / np.sqrt(n_replications),
        sd=sd,
        se=normal_theory_parameters(fit)["se"].to_numpy(),
    )
