"""What the path twin is to show: unrounded targets chosen inside the printed rounding intervals.

A printed number stands for an interval. Many numbers of the paper are functions of the same few
(an effect is a product of paths), so the unrounded values must meet all intervals at once; they
are placed as far inside all of them as can be. Spread (SEs, limits) came from a bootstrap with an
unprinted seed: its targets are centers, translated from bootstrap to closed form by calibration.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import least_squares
from scipy.stats import kurtosis, norm, skew

from helpers.models.inference.resampling import count_cases
from helpers.models.sem.bootstrap import bootstrap_path_model
from helpers.printed.numbers import PrintedNumber, load_published, parse_printed
from helpers.studies.distress_session_quality.model import EFFECTS as STUDY_EFFECTS
from helpers.studies.distress_session_quality.model import PATH_LABELS, write_model
from helpers.studies.distress_session_quality.twin_statistics import (
    EFFECTS,
    N_LIMITED,
    OUTCOMES,
    PATHS,
    SECTIONS,
    TwinStatistics,
    baseline_df,
    evaluate_effects,
    task_only_shares,
)
from helpers.twins.exact_moments import standardize

__all__ = [
    "Calibration",
    "PrintedStudy",
    "calibrate_bootstrap",
    "choose_estimates",
    "first_calibration",
    "read_printed_study",
    "rounding_margins",
    "score_outcomes",
    "set_targets",
    "target_tolerances",
]

STUDY = "distress_session_quality"
Floats = NDArray[np.float64]
Numbers = tuple[PrintedNumber, ...]


@dataclass(frozen=True)
class PrintedStudy:
    """The printed numbers the twin is made from, in the order of `SECTIONS`.

    Attributes
    ----------
    estimates, se, p : tuple of PrintedNumber
        Of 12 paths, then 15 effects.
    limits : tuple of PrintedNumber
        Lower limits of 12 effects, then upper limits.
    shares, r2, chisq, delta_cfi : tuple of PrintedNumber
        Of the Task-only model; of the outcomes; of the Task-only and Equal-alliance models.
    chisq_df : tuple of int
    """

    estimates: Numbers
    se: Numbers
    p: Numbers
    limits: Numbers
    shares: Numbers
    r2: Numbers
    chisq: Numbers
    delta_cfi: Numbers
    chisq_df: tuple[int, ...]


def read_printed_study() -> PrintedStudy:
    """Return the printed numbers of Tables 1 to 5 and the R2 of the text."""
    paths, effects, contrasts, shares, models = (
        load_published(STUDY, f"table_{number}") for number in range(1, 6)
    )
    text = load_published(STUDY, "text")["printed"]
    paths, models = paths.loc[list(PATHS)], models.loc[["task_only", "equal_alliance"]]
    contrasts = contrasts.rename(columns={"estimate": "beta"})
    effects = pd.concat([effects, contrasts]).loc[list(EFFECTS)]
    rows = pd.concat([paths, effects])
    limited = effects.iloc[:N_LIMITED]

    def numbers(printed) -> Numbers:
        return tuple(parse_printed(value) for value in printed)

    return PrintedStudy(
        estimates=numbers(rows["beta"]),
        se=numbers(rows["se"]),
        p=numbers(rows["p"]),
        limits=numbers([*limited["ci_lower"], *limited["ci_upper"]]),
        shares=numbers(shares["value"]),
        r2=numbers(text[f"results_r2_{outcome}"] for outcome in OUTCOMES),
        chisq=numbers(models["chisq_diff"]),
        delta_cfi=numbers(models["delta_cfi"]),
        chisq_df=tuple(int(df) for df in models["df_diff"]),
    )


def _values(numbers: Numbers) -> Floats:
    return np.array([number.value for number in numbers])


def _ends(numbers: Numbers) -> tuple[Floats, Floats]:
    return np.array([n.lower for n in numbers]), np.array([n.upper for n in numbers])


def choose_estimates(printed: PrintedStudy) -> tuple[Floats, float]:
    """Return unrounded paths and the Task-only task path, inside all rounding intervals at once.

    The intervals are those of the paths, effects and Task-only shares, narrowed where a printed p
    value says more: |estimate| / SE must lie in p's interval for some SE in the SE's. Minimizes
    the sum of sixth powers of the distances from the centers, in half-widths, which pushes the
    largest down.

    Returns
    -------
    paths : ndarray, shape (12,)
    task_path : float
        Path from task to session quality in the Task-only model.
    """
    lower, upper = _ends(printed.estimates)
    for k, (se, p) in enumerate(zip(printed.se, printed.p, strict=True)):
        if p.relation == "=":
            reach = np.array([se.lower * norm.isf(p.upper / 2), se.upper * norm.isf(p.lower / 2)])
            low, high = reach if lower[k] > 0 else -reach[::-1]
            lower[k], upper[k] = max(lower[k], low), min(upper[k], high)
    lower = np.concatenate([lower, _ends(printed.shares)[0]])
    upper = np.concatenate([upper, _ends(printed.shares)[1]])
    center, half = (lower + upper) / 2, (upper - lower) / 2
    n_paths = len(PATHS)
    unit = np.append(half[:n_paths], half[-1])
    start = np.append(center[:n_paths], _task_path_from_shares(printed))

    def place(moves):
        free = start + moves * unit
        return free[:-1], free[-1]

    def distances(moves):
        paths, task_path = place(moves)
        reached = [paths, evaluate_effects(paths), task_only_shares(paths, task_path)]
        return ((np.concatenate(reached) - center) / half) ** 3

    found = least_squares(
        distances, np.zeros(n_paths + 1), xtol=1e-13, ftol=1e-13, gtol=1e-13, max_nfev=500
    )
    if np.abs(distances(found.x)).max() >= 1:
        raise ValueError("no paths lie inside all printed rounding intervals at once")
    return place(found.x)


def _task_path_from_shares(printed):
    """Task path of the Task-only model as its share, times the indirect effect, implies."""
    value = dict(zip((*PATHS, *EFFECTS), _values(printed.estimates), strict=True))
    mediated, _, direct, *_ = _values(printed.shares)
    return direct * mediated * value["total"] / value["distress", "task"]


@dataclass(frozen=True)
class Calibration:
    """How the bootstrap differs from the closed forms on a given twin.

    Attributes
    ----------
    se_ratio : ndarray, shape (27,)
        Bootstrap SE over delta-method SE.
    limit_shift : ndarray, shape (24,)
        Percentile limit less the closed-form limit.
    """

    se_ratio: Floats
    limit_shift: Floats


def first_calibration() -> Calibration:
    """Return what is assumed before there is a twin to bootstrap: SEs 1% above HC0."""
    return Calibration(np.full(len(PATHS) + len(EFFECTS), 1.01), np.zeros(2 * N_LIMITED))


def calibrate_bootstrap(
    frame: pd.DataFrame, statistics: TwinStatistics, *, n_boot: int, rng: np.random.Generator
) -> Calibration:
    """Compare the bootstrap of the full model with the closed forms, draw by draw.

    Each draw is also evaluated to first order, from the influences, for which the closed forms
    hold; the difference between the two bootstraps of the same draws is nearly free of Monte Carlo
    error.

    Parameters
    ----------
    frame : DataFrame, shape (n, 6 + dummies)
        Scored data: `distress rri task goal bond ses`, then dummies.
    statistics : TwinStatistics
        Of the same data.
    n_boot : int
    rng : numpy.random.Generator
    """
    n = len(frame)
    indices = rng.integers(0, n, size=(n_boot, n), dtype=np.int32)
    dummies = [name for name in frame.columns if name not in ("distress", *OUTCOMES)]
    labels = [PATH_LABELS[to, source] for source, to in PATHS] + list(STUDY_EFFECTS)
    refitted = bootstrap_path_model(write_model(dummies), frame, indices=indices)
    drawn = refitted.select("parameter")[labels].to_numpy()
    first_order = np.vstack(
        [count_cases(rows, n) @ statistics.influences.T for rows in np.array_split(indices, 20)]
    )
    estimates = np.concatenate([statistics.reached[SECTIONS[k]] for k in ("paths", "effects")])
    shape, linear = _shape(drawn - estimates), _shape(first_order)
    # The first-order bootstrap's own shape is known without draws.
    shape[[0, 2, 3]] += (_linear_shape(statistics.influences) - linear)[[0, 2, 3]]
    ratio = shape[1] / linear[1]
    shape[1] = ratio * statistics.reached[SECTIONS["se"]]
    limited = slice(len(PATHS), len(PATHS) + N_LIMITED)
    limits = estimates[limited] + _tails(shape[:, limited])
    return Calibration(ratio, limits.ravel() - statistics.reached[SECTIONS["limits"]])


def _shape(draws):
    """Mean, SD, skewness and excess kurtosis of each column."""
    return np.array(
        [draws.mean(axis=0), draws.std(axis=0), skew(draws, axis=0), kurtosis(draws, axis=0)]
    )


def _linear_shape(influences):
    """The same of the bootstrap of a sum of influences: multinomial counts times influences."""
    variance = (influences**2).sum(axis=1)
    third, fourth = (influences**3).sum(axis=1), (influences**4).sum(axis=1)
    return np.array(
        [
            np.zeros_like(variance),
            np.sqrt(variance),
            third / variance**1.5,
            fourth / variance**2 - 3 / influences.shape[1],
        ]
    )


def _tails(shape):
    """2.5 and 97.5% points by Cornish-Fisher to the fourth cumulant, shape (2, k)."""
    mean, sd, bend, peak = shape
    z = norm.isf(0.025) * np.array([[-1.0], [1.0]])
    skewed = (z**2 - 1) / 6 * bend - (2 * z**3 - 5 * z) / 36 * bend**2
    return mean + sd * (z + skewed + (z**3 - 3 * z) / 24 * peak)


def set_targets(
    printed: PrintedStudy,
    paths: Floats,
    task_path: float,
    calibration: Calibration,
    *,
    baseline_chisq: float,
    n_regressors: int,
) -> Floats:
    """Return a target for each of `TwinStatistics.reached`.

    The SE targets lie where the printed SE and the printed p agree, at least a quarter of the
    rounding interval from its ends. The baseline factor is the one that puts both CFI changes (by
    the scaled definition) at what is printed.
    """
    effects = evaluate_effects(paths)
    se = []
    for estimate, printed_se, p in zip(
        np.concatenate([paths, effects]), printed.se, printed.p, strict=True
    ):
        low, high = printed_se.lower, printed_se.upper
        aim, inset = (low + high) / 2, (high - low) / 4
        if p.relation == "=":
            aim = np.clip(abs(estimate) / norm.isf(p.value / 2), low + inset, high - inset)
        se.append(aim)
    chisq = _values(printed.chisq)
    excess = np.mean((chisq - np.array(printed.chisq_df)) / _values(printed.delta_cfi))
    return np.concatenate(
        [
            paths,
            effects,
            task_only_shares(paths, task_path),
            _values(printed.r2),
            chisq,
            [baseline_chisq / (baseline_df(n_regressors) + excess)],
            [task_path],
            np.array(se) / calibration.se_ratio,
            _values(printed.limits) - calibration.limit_shift,
        ]
    )


def rounding_margins(printed: PrintedStudy, targets: Floats) -> Floats:
    """Return how far each statistic may lie from its target within the printed rounding interval.

    Infinite for those that are not to hold exactly: SEs, limits, and what is not printed.
    """
    margins = np.full(len(targets), np.inf)
    n_paths = len(PATHS)
    for name, numbers in {
        "paths": printed.estimates[:n_paths],
        "effects": printed.estimates[n_paths:],
        "shares": printed.shares,
        "r2": printed.r2,
        "chisq": printed.chisq,
    }.items():
        lower, upper = _ends(numbers)
        target = targets[SECTIONS[name]]
        margins[SECTIONS[name]] = np.minimum(target - lower, upper - target)
    return margins


def target_tolerances(printed: PrintedStudy, margins: Floats) -> Floats:
    """Return the scale on which each statistic's deviation from its target counts.

    A quarter of the margin for what is to hold exactly; for SEs and limits about half their Monte
    Carlo error in 5000 draws, and not less than about a third of half the rounding interval.
    """
    tolerances = 0.25 * margins
    tolerances[SECTIONS["baseline_factor"]] = 0.01
    tolerances[SECTIONS["task_path"]] = 1e-3
    se = _values(printed.se)
    limited_se = np.tile(se[len(PATHS) : len(PATHS) + N_LIMITED], 2)
    for name, numbers, error, floor in (
        ("se", printed.se, 0.003 * se, 0.3),
        ("limits", printed.limits, 0.02 * limited_se, 0.4),
    ):
        half = np.subtract(*_ends(numbers)[::-1]) / 2
        tolerances[SECTIONS[name]] = np.hypot(floor * half, error)
    return tolerances


def score_outcomes(outcomes: Floats, regressors: Floats, dummies: list[str]) -> pd.DataFrame:
    """Return the scored frame of a twin in the making: distress, z scores, dummies."""
    columns = np.column_stack([regressors[:, -1], standardize(outcomes), regressors[:, :-1]])
    return pd.DataFrame(columns, columns=["distress", *OUTCOMES, *dummies])
