"""Synthetic twin of the path study: 1175 rows on which the paper's analysis gives its numbers.

No raw data were published. The twin shows that the printed numbers can be true together, under
the assumptions named here; nothing about the real data follows from it.

How it is made:

1. Covariates with the counts of the data dictionary, shuffled. PHQ-9 and GAD-7 as whole scores of
   the printed mean and SD, their mean related to the covariates.
2. Unrounded paths, effects and shares inside all printed rounding intervals at once
   (`choose_estimates`).
3. Outcomes, equation by equation: what the paths give, plus a covariate index whose size makes the
   printed R2, plus left-skewed noise that spreads more where the real relationship is weak,
   orthogonal in the sample to every regressor.
4. Short smooth moves of the cells, inside the scales, that bring the robust chi-squares, the
   standard errors and the interval limits to their targets; the closed forms are calibrated by
   bootstraps of the twin.
5. The instruments' own grid (means of 8, 4 and 5 items), cell by cell: those nearest a grid point
   are rounded and held while the others, ever fewer, make up for it. Single grid steps settle the
   rest.

Nothing is tuned to the bootstrap draws of a seed: what is steered is the SE and the limits that
bootstraps have on average.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from helpers.data.schemas import Schema, load_schema
from helpers.files import write_text_atomic
from helpers.paths import twin_path
from helpers.printed.numbers import load_published
from helpers.studies.distress_session_quality.twin_statistics import (
    OUTCOMES,
    PATHS,
    SECTIONS,
    compute_twin_statistics,
    scaled_chisquares,
)
from helpers.studies.distress_session_quality.twin_targets import (
    PrintedStudy,
    calibrate_bootstrap,
    choose_estimates,
    first_calibration,
    read_printed_study,
    rounding_margins,
    score_outcomes,
    set_targets,
    target_tolerances,
)
from helpers.twins.cell_moves import move_smoothly, repair_on_grid, settle_on_grid
from helpers.twins.exact_moments import (
    exact_normals,
    ordinal_scores,
    standardize,
    with_correlation,
    with_covariance,
)

__all__ = ["residual_correlation", "simulate_distress_session_quality"]

STUDY = "distress_session_quality"
SEED = 13

COLUMNS = ("rri", "wai_task", "wai_goal", "wai_bond", "ses")
"""The outcomes' columns, in the order of `OUTCOMES`."""

MARGINALS = {
    "rri": (4.2, 0.65),
    "wai_task": (3.6, 1.0),
    "wai_goal": (3.6, 1.0),
    "wai_bond": (3.75, 1.0),
    "ses": (4.2, 0.68),
}
"""Assumed means and SDs of the outcomes, before they are fitted into their scales."""

RESIDUAL_CORRELATIONS = {"task_bond": 0.525, "goal_bond": 0.575}
"""Assumed; that of task and goal follows from the Task-only shares."""

DISTRESS_R2 = 0.22
"""Assumed share of the distress latent that the covariates account for."""

SYMPTOM_CONTRAST = 0.38
"""Assumed weight of what sets PHQ-9 and GAD-7 apart; their correlation is about .75."""

SKEWNESS_SHAPE = 4.0
"""Shape of the gamma noise, skewness -1."""

SPREAD_BY_RELATIONSHIP = 0.8
"""Noise of alliance and session quality is multiplied by exp(-0.4 tanh u), u the residual of the
real relationship in SD: assumed start, later moved to the printed standard errors."""

COVARIATE_WEIGHTS = {
    "age_group": ([0, -0.15, -0.35, -0.75], [0, 0.1, 0.2, 0.35]),
    "gender": ([0, -0.2, 0.6, 0.4], [0, -0.15, 0.05, -0.1]),
    "ethnicity": ([0, 0.05, 0.1, -0.1, 0.2, 0.1], [0, -0.1, -0.1, -0.2, 0, -0.1]),
    "diagnosis": ([0, 0.9], [0, 0.1]),
    "treatment_length": ([0, -0.1, -0.15, -0.2, -0.25], [0, 0.25, 0.4, 0.55, 0.75]),
    "treatment_frequency": ([0, -0.2, 0.45, -0.4], [0, -0.25, 0.25, -0.55]),
    "treatment_setting": ([0, 0.1, 0.2], [0, -0.1, -0.3]),
}
"""Assumed weights of each label in the index of distress and in that of the relationship."""

N_BOOT = (2000, 3000, 5000)
"""Draws of the successive calibrations."""

N_FREE = {3000: 5000, 1500: 10_000, 750: 0, 400: 0, 200: 0}
"""Cells still free while the others are held on the grid, and draws of a calibration then."""

SMOOTH_UNITS = {"paths": 1e-3, "r2": 1e-3, "shares": 5e-3, "chisq": 0.3}
"""Statistics that every smooth move aims to meet, and how near is near enough before the grid,
whose rounding disturbs them anyway."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class _Scales:
    """The outcomes' grids: lowest value, step and highest place of each column."""

    minimum: Floats
    step: Floats
    top: NDArray[np.int64]

    @classmethod
    def of(cls, schema: Schema) -> "_Scales":
        columns = [schema.column(name) for name in COLUMNS]
        minimum = np.array([column.minimum for column in columns])
        step = np.array([1 / column.items for column in columns])
        span = np.array([column.maximum for column in columns]) - minimum
        return cls(minimum, step, np.rint(span / step).astype(np.int64))


def simulate_distress_session_quality(*, seed: int = SEED) -> pd.DataFrame:
    """Return a data set on which the paper's analysis gives the printed numbers.

    Parameters
    ----------
    seed : int
        Another seed gives another twin that meets the same targets.

    Returns
    -------
    DataFrame, shape (1175, 14)
        `phq9 gad7` (whole scores), `rri wai_task wai_goal wai_bond ses` (scale means on their
        items' grid) and the seven covariates (labels).

    Raises
    ------
    ValueError
        When the search ends outside a rounding interval that it is to meet.
    """
    with threadpool_limits(1):  # the same sums, in the same order, on any number of cores
        return _simulate(np.random.default_rng(seed))


def _simulate(rng):
    printed = read_printed_study()
    schema = load_schema(STUDY)
    scales = _Scales.of(schema)
    covariates = _shuffle_covariates(schema, rng)
    dummies, distress_index, relationship_index = _covariate_indices(schema, covariates)
    phq9, gad7 = _symptoms(schema, dummies, distress_index, rng)
    regressors = np.column_stack([dummies, standardize(phq9 + gad7)])
    paths, task_path = choose_estimates(printed)
    z = _first_outcomes(printed, paths, task_path, regressors, relationship_index, rng)
    mean, sd = np.array([MARGINALS[name] for name in COLUMNS]).T
    places = _Search(printed, paths, task_path, regressors, scales, rng).fit(mean + sd * z)
    outcomes = np.round(scales.minimum + scales.step * places, 6)
    columns = {"phq9": phq9, "gad7": gad7, **dict(zip(COLUMNS, outcomes.T, strict=True))}
    return pd.DataFrame(columns | covariates)


def _shuffle_covariates(schema, rng):
    return {
        column.name: rng.permutation(np.repeat(column.labels, column.counts))
        for column in schema.covariates
    }


def _covariate_indices(schema, covariates):
    """Dummies, and the indices of distress and relationship as z scores."""
    dummies, indices = [], np.zeros((2, schema.n_twin))
    for column in schema.covariates:
        labels = covariates[column.name]
        weights = np.array(COVARIATE_WEIGHTS[column.name], dtype=float)
        for label, pair in zip(column.labels, weights.T, strict=True):
            indices += np.outer(pair, labels == label)
            if label != column.reference:
                dummies.append((labels == label).astype(float))
    return np.column_stack(dummies), *standardize(indices.T).T


def _symptoms(schema, dummies, distress_index, rng):
    """PHQ-9 and GAD-7 with the printed means and SDs, their mean related to the covariates."""
    noise = exact_normals(rng, len(dummies), 2, orthogonal_to=dummies)
    common = np.sqrt(DISTRESS_R2) * distress_index + np.sqrt(1 - DISTRESS_R2) * noise[:, 0]
    sample = load_published(STUDY, "sample")["printed"].astype(str)
    scores = []
    for name, side in (("phq9", 1), ("gad7", -1)):
        column = schema.column(name)
        scores.append(
            ordinal_scores(
                common + side * SYMPTOM_CONTRAST * noise[:, 1],
                mean=float(sample[f"{name}_mean"]),
                sd=float(sample[f"{name}_sd"]),
                minimum=int(column.minimum),
                maximum=int(column.maximum),
            )
        )
    return scores


def _first_outcomes(printed, paths, task_path, regressors, relationship_index, rng):
    """Draw z scores with exact paths, R2 and Task-only task path; spread still as it falls."""
    r2 = np.array([number.value for number in printed.r2])
    distress = regressors[:, -1]
    slopes = {(to, source): path for (source, to), path in zip(PATHS, paths, strict=True)}
    noise = -standardize(rng.gamma(SKEWNESS_SHAPE, size=(len(distress), len(OUTCOMES))))
    z = np.empty_like(noise)

    def explained(k, predictors):
        known = sum(slopes[OUTCOMES[k], name] * column for name, column in predictors.items())
        return known + _index_size(known, relationship_index, r2[k]) * relationship_index

    z[:, :1] = with_covariance(noise[:, 0], [[1 - r2[0]]], orthogonal_to=regressors)
    spread = np.exp(-SPREAD_BY_RELATIONSHIP / 2 * np.tanh(standardize(z[:, [0]])))
    z[:, 0] += explained(0, {"distress": distress})

    known = {"distress": distress, "rri": z[:, 0]}
    root = np.sqrt(1 - r2[1:4])
    correlation = residual_correlation(printed, paths, task_path)
    uncorrelated = with_covariance(noise[:, 1:4], np.eye(3))
    z[:, 1:4] = with_covariance(
        with_correlation(uncorrelated, correlation) * spread,
        correlation * np.outer(root, root),
        orthogonal_to=np.column_stack([regressors, z[:, 0]]),
    )
    for k in (1, 2, 3):
        z[:, k] += explained(k, known)

    z[:, 4:] = with_covariance(
        noise[:, 4:] * spread,
        [[1 - r2[4]]],
        orthogonal_to=np.column_stack([regressors, z[:, :4]]),
    )
    known |= dict(zip(OUTCOMES[1:4], z[:, 1:4].T, strict=True))
    z[:, 4] += explained(4, known)
    return z


def _index_size(known, index, r2):
    """Multiple of the covariate index that brings the explained variance to R2."""
    n = len(known) - 1
    variance, shared = known @ known / n, known @ index / n
    return np.sqrt(shared**2 + r2 - variance) - shared


def residual_correlation(printed: PrintedStudy, paths: Floats, task_path: float) -> Floats:
    """Residual correlations that the twin assumes; those of bond are printed nowhere.

    Task and goal's follows from the Task-only task path. Without goal and bond the task path takes
    over what of theirs goes with task: it grows by
    b_goal psi_goal,task / psi_task + b_bond psi_bond,task / psi_task.

    Parameters
    ----------
    printed : PrintedStudy
        The printed numbers.
    paths : array
        Standardized paths, in the order of `PATHS`.
    task_path : float
        The path from task to session quality in the model without goal and bond.

    Returns
    -------
    array, shape (3, 3)
        Of task, goal and bond.
    """
    slopes = {(to, source): path for (source, to), path in zip(PATHS, paths, strict=True)}
    root = np.sqrt([1 - number.value for number in printed.r2[1:4]])
    task_bond, goal_bond = RESIDUAL_CORRELATIONS.values()
    by_bond = slopes["ses", "bond"] * task_bond * root[2] / root[0]
    taken_over = task_path - slopes["ses", "task"] - by_bond
    task_goal = taken_over / slopes["ses", "goal"] * root[0] / root[1]
    return np.array(
        [[1, task_goal, task_bond], [task_goal, 1, goal_bond], [task_bond, goal_bond, 1]]
    )


class _Search:
    """Moves of the outcome cells toward the targets; cells column by column."""

    def __init__(self, printed, paths, task_path, regressors, scales, rng):
        self.printed, self.paths, self.task_path = printed, paths, task_path
        self.regressors, self.n, self.rng = regressors, len(regressors), rng
        self.minimum, self.step, self.top = (
            np.repeat(per_column, self.n)
            for per_column in (scales.minimum, scales.step, scales.top)
        )
        self.calibration = first_calibration()
        self.margins = rounding_margins(printed, self._targets(1.0))
        self.tolerances = target_tolerances(printed, self.margins)

    def fit(self, outcomes: Floats) -> NDArray[np.int64]:
        """Return places on the scales' grids, shape (n, 5), that meet the targets."""
        cells = self._fit_smoothly(outcomes.T.ravel())
        return self._columns(self._fit_on_grid(cells))

    def _columns(self, cells):
        return cells.reshape(len(COLUMNS), self.n).T

    def _deviations(self, cells):
        """Statistics less targets, and their gradients in the cells."""
        found = compute_twin_statistics(self._columns(cells), self.regressors)
        return found.reached - self._targets(found.baseline_chisq), found.gradients

    def _targets(self, baseline_chisq):
        return set_targets(
            self.printed,
            self.paths,
            self.task_path,
            self.calibration,
            baseline_chisq=baseline_chisq,
            n_regressors=self.regressors.shape[1],
        )

    def _calibrate(self, cells, n_boot):
        outcomes = self._columns(cells)
        dummies = [f"dummy_{k}" for k in range(self.regressors.shape[1] - 1)]
        self.calibration = calibrate_bootstrap(
            score_outcomes(outcomes, self.regressors, dummies),
            compute_twin_statistics(outcomes, self.regressors),
            n_boot=n_boot,
            rng=self.rng,
        )

    def _move(self, cells, *, free=None, left_alone=(), n_steps):
        """Smooth moves of the free cells; a cell may go half a grid step beyond its scale."""
        units = self.tolerances.copy()
        exact = np.zeros(len(units), dtype=bool)
        for name, unit in SMOOTH_UNITS.items():
            units[SECTIONS[name]], exact[SECTIONS[name]] = unit, True
        for name in ("effects", "task_path", *left_alone):
            units[SECTIONS[name]] = np.inf
        reach = 0.49 * self.step
        return move_smoothly(
            cells,
            self._deviations,
            lower=self.minimum - reach,
            upper=self.minimum + self.step * self.top + reach,
            free=np.ones(cells.shape, dtype=bool) if free is None else free,
            units=units,
            exact=exact,
            n_steps=n_steps,
        )

    def _fit_smoothly(self, cells):
        """Bring moments, robust tests and spread to their targets, each cell inside its scale."""
        cells = np.clip(cells, self.minimum, self.minimum + self.step * self.top)
        cells = self._move(cells, left_alone=("limits", "baseline_factor"), n_steps=10)
        for n_boot in N_BOOT:
            self._calibrate(cells, n_boot)
            cells = self._move(cells, n_steps=50)
        return cells

    def _fit_on_grid(self, cells):
        """Take the cells to the grid, return their places."""
        free = np.ones(cells.shape, dtype=bool)
        for n_free, n_boot in N_FREE.items():
            on_grid = self.minimum + self.step * self._places(cells)
            distance = np.round(np.abs(cells - on_grid) / self.step, 9)
            distance[~free] = -1
            free = np.zeros(cells.shape, dtype=bool)
            free[np.argsort(-distance, kind="stable")[:n_free]] = True
            cells = np.where(free, cells, on_grid)
            if n_boot:
                self._calibrate(cells, n_boot)
            cells = self._move(cells, free=free, n_steps=8)

        def evaluate(places):
            deviations, gradients = self._deviations(self.minimum + self.step * places)
            return deviations, gradients * self.step

        def evaluate_chisq(places):
            outcomes = self._columns(self.minimum + self.step * places)
            aims = [number.value for number in self.printed.chisq]
            return scaled_chisquares(outcomes, self.regressors) - aims

        grid = {"top": self.top, "tolerances": self.tolerances}
        places = repair_on_grid(self._places(cells), evaluate, **grid)
        places = settle_on_grid(
            places,
            evaluate,
            evaluate_chisq,
            few=SECTIONS["chisq"],
            within=0.95 * self.margins,
            **grid,
        )
        deviations, _ = evaluate(places)
        if not (np.abs(deviations) < self.margins).all():
            raise ValueError("the search ended outside a rounding interval; try another seed")
        return places

    def _places(self, cells):
        return np.clip(np.rint((cells - self.minimum) / self.step), 0, self.top).astype(np.int64)


def main() -> None:
    """Write ``data/distress_session_quality/synthetic.csv``."""
    table = simulate_distress_session_quality()
    write_text_atomic(twin_path(STUDY), table.to_csv(index=False, lineterminator="\n"))


if __name__ == "__main__":
    main()
