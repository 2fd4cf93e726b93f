"""Measure by simulation how indirect effects fare with clusters and with missing values.

    make calibration

The indirect effect of x on y by way of m is estimated in samples whose true effect is known, 0.16:
clients within therapists, and samples with values missing at random; each way to an interval should
cover it in 95 of 100 samples. Writes docs/validation/: mediation.csv, and from it
mediation_clusters.csv and mediation_missing.csv, which docs/validation.md shows. What is simulated
so far stays in build/calibration/ until all is there.
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import warnings
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import ClassVar

import numpy as np
import pandas as pd
from calibration import MEDIATION, indirect_effects
from moderation_calibration import TableCell, run_cells, write_tables
from threadpoolctl import threadpool_limits

from helpers.models.inference.imputation import impute_pmm
from helpers.models.inference.intervals import expanded_level, percentile_interval
from helpers.models.inference.resampling import count_cases
from helpers.models.sem.general import fit_sem
from helpers.models.sem.model import fit_path_model
from helpers.models.sem.refits import monte_carlo_ci

ROOT = Path(__file__).parents[1]
TABLE = ROOT / "docs" / "validation" / "mediation.csv"
PARTIAL = ROOT / "build" / "calibration" / "mediation"
DATASETS = {"clusters": 400, "missing": 300}  # a cell
N_BOOT = 499
N_DRAWS = 2000
N_IMPUTATIONS = 10
SEED = 20260403
PATH_A = PATH_B = 0.4
EFFECT = PATH_A * PATH_B
CLUSTER_METHODS = (
    "cases independent",
    "cluster-robust",
    "case bootstrap",
    "cluster bootstrap",
    "expanded cluster bootstrap",
)
MISSING_METHODS = ("complete", "listwise", "FIML", "imputed")


def draw_clusters(rng: np.random.Generator, n_clusters: int, level: str) -> pd.DataFrame:
    """Draw clients of therapists: 5 to 15 each, a tenth of the residuals' variance between them.

    x is the therapist's own, or each client's, a tenth of its variance between therapists.
    """
    codes = np.repeat(np.arange(n_clusters), rng.integers(5, 16, n_clusters))
    n = len(codes)

    def noise() -> np.ndarray:
        between, within = rng.standard_normal(n_clusters), rng.standard_normal(n)
        return np.sqrt(0.1) * between[codes] + np.sqrt(0.9) * within

    x = rng.standard_normal(n_clusters)[codes] if level == "therapist" else noise()
    m = PATH_A * x + noise()
    y = PATH_B * m + 0.2 * x + noise()
    return pd.DataFrame({"x": x, "m": m, "y": y, "id": codes})


def draw_gaps(
    rng: np.random.Generator, n: int, condition: str
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Draw a sample, whole and with values missing at random given what is observed.

    The outcome is missing more often where the mediator is low, or the mediator where the outcome
    is.
    """
    x = rng.standard_normal(n)
    m = PATH_A * x + rng.standard_normal(n)
    y = PATH_B * m + 0.2 * x + rng.standard_normal(n)
    whole = pd.DataFrame({"x": x, "m": m, "y": y})
    cause, target = {"mediator": (y, "m"), "outcome": (m, "y")}[condition]
    odds = np.exp(-1.2 - 1.5 * (cause - cause.mean()) / cause.std())
    gaps = whole.copy()
    gaps.loc[rng.random(n) < odds / (1 + odds), target] = np.nan
    return whole, gaps


def monte_carlo_row(fit, seed: int) -> np.ndarray:
    """Estimate and Monte Carlo limits of the indirect effect."""
    row = monte_carlo_ci(fit, n_draws=N_DRAWS, seed=seed).iloc[0]
    return row[["est", "ci_lower", "ci_upper"]].to_numpy(float)


def imputed_row(gaps: pd.DataFrame, seed: int) -> np.ndarray:
    """The same of imputed data: a and b pooled by Rubin's rules, then drawn."""
    fits = [
        fit_path_model(MEDIATION, data)
        for data in impute_pmm(gaps, n_imputations=N_IMPUTATIONS, seed=seed)
    ]
    estimates = np.array([fit.theta[:2] for fit in fits])
    within = np.mean([fit.covariance[:2, :2] for fit in fits], axis=0)
    total = within + (1 + 1 / len(fits)) * np.cov(estimates.T)
    mean = estimates.mean(axis=0)
    drawn = np.random.default_rng(seed).multivariate_normal(mean, total, N_DRAWS).prod(axis=1)
    return np.array([mean.prod(), *np.quantile(drawn, [0.025, 0.975])])


def cluster_limits(rng: np.random.Generator, data: pd.DataFrame) -> np.ndarray:
    """Limits of the indirect effect by method, shape (2 methods,)."""
    seed = int(rng.integers(2**31))
    fits = (fit_sem(MEDIATION, data), fit_sem(MEDIATION, data, cluster="id"))
    limits = [limit for fit in fits for limit in monte_carlo_row(fit, seed)[1:]]
    values, n, codes = data[["m", "y", "x"]].to_numpy(), len(data), data["id"].to_numpy()
    n_clusters = codes[-1] + 1
    cases = count_cases(rng.integers(0, n, (N_BOOT, n)), n)
    clusters = count_cases(rng.integers(0, n_clusters, (N_BOOT, n_clusters)), n_clusters)
    drawn = indirect_effects(values, clusters[:, codes])[:, 0]
    limits += percentile_interval(indirect_effects(values, cases)[:, 0])
    limits += percentile_interval(drawn)
    limits += percentile_interval(drawn, expanded_level(0.95, n_clusters))
    return np.array(limits)


def missing_estimates(whole: pd.DataFrame, gaps: pd.DataFrame, seed: int) -> np.ndarray:
    """Estimate and limits of the indirect effect by method, shape (3 methods,)."""
    fits = (
        fit_sem(MEDIATION, whole),
        fit_sem(MEDIATION, gaps, missing="listwise"),
        fit_sem(MEDIATION, gaps, missing="fiml"),
    )
    rows = [monte_carlo_row(fit, seed) for fit in fits]
    return np.concatenate([*rows, imputed_row(gaps, seed)])


@dataclass(frozen=True)
class Cell(TableCell):
    """One population at one sample size (of clusters, or of cases)."""

    truth = EFFECT
    seed = SEED
    ways: ClassVar = {"clusters": CLUSTER_METHODS, "missing": MISSING_METHODS}

    def measure_one(self, rng: np.random.Generator, place: int) -> np.ndarray:
        if self.topic == "clusters":
            return cluster_limits(rng, draw_clusters(rng, self.n, self.condition))
        return missing_estimates(*draw_gaps(rng, self.n, self.condition), seed=place)


def list_cells() -> list[Cell]:
    """All cells."""
    levels, sizes = ("therapist", "client"), (10, 20, 30, 60)
    return [
        *(Cell("clusters", level, n) for level in levels for n in sizes),
        *(Cell("missing", missed, n) for missed in ("mediator", "outcome") for n in (100, 300)),
    ]


if __name__ == "__main__":
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # few clusters are what is studied
        write_shown = partial(
            write_tables,
            prefix="mediation_",
            head="x belongs to the",
            cluster_methods=CLUSTER_METHODS,
            missing_methods=MISSING_METHODS,
        )
        run_cells(list_cells(), DATASETS, TABLE, PARTIAL, write_shown, description=__doc__)
