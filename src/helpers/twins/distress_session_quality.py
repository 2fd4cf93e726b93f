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
4. Smallest smooth moves of the cells, inside the scales, that bring the robust chi-squares, the
   standard errors and the interval limits; a bootstrap of the twin calibrates the closed forms.
5. Rounding to the instruments' own grid (means of 8, 4 and 5 items), repaired by single steps of
   about one cell in thirty.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from helpers.build.atomic import write_text_atomic
from helpers.data.published import load_published
from helpers.data.schemas import Schema, load_schema
from helpers.paths import twin_path
from helpers.twins.cell_moves import move_smoothly, repair_on_grid, settle_on_grid
from helpers.twins.exact_moments import (
    exact_normals,
    ordinal_scores,
    round_to_grid,
    standardize,
    with_correlation,
    with_covariance,
)
from helpers.twins.path_twin_statistics import (
    OUTCOMES,
    PATHS,
    SECTIONS,
    compute_twin_statistics,
    scaled_chisquares,
)
from helpers.twins.path_twin_targets import (
    calibrate_bootstrap,
    choose_estimates,
    first_calibration,
    read_printed_study,
    score_outcomes,
    set_targets,
    target_tolerances,
)

__all__ = ["simulate_distress_session_quality"]

STUDY = "distress_session_quality"
SEED = 1175

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

N_CALIBRATION = 10_000
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

    def values(self, places: NDArray) -> Floats:
        return self.minimum + self.step * places


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
        When the search ends without meeting the robust chi-squares.
    """
    printed = read_printed_study()
    schema = load_schema(STUDY)
    scales = _Scales.of(schema)
    rng = np.random.default_rng(seed)
    covariates = _shuffle_covariates(schema, rng)
    dummies, distress_index, relationship_index = _covariate_indices(schema, covariates)
    phq9, gad7 = _symptoms(schema, dummies, distress_index, rng)
    regressors = np.column_stack([dummies, standardize(phq9 + gad7)])
    paths, task_path = choose_estimates(printed)
    z = _first_outcomes(printed, paths, task_path, regressors, relationship_index, rng)

    marginals = np.array([MARGINALS[name] for name in COLUMNS])
    search = _Search(printed, paths, task_path, regressors, scales)
    values = search.fit_smoothly(marginals[:, 0] + marginals[:, 1] * z, rng)
    places = search.fit_on_grid(values)
    outcomes = pd.DataFrame(np.round(scales.values(places), 6), columns=list(COLUMNS))
    return pd.concat(
        [pd.DataFrame({"phq9": phq9, "gad7": gad7}), outcomes, pd.DataFrame(covariates)], axis=1
    )


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
    correlation = _residual_correlation(slopes, task_path, root)
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


def _residual_correlation(slopes, task_path, root):
    """Residual correlations of task, goal and bond; task and goal's from the Task-only task path.

    Without goal and bond the task path takes over what of theirs goes with task: it grows by
    b_goal psi_goal,task / psi_task + b_bond psi_bond,task / psi_task.
    """
    task_bond, goal_bond = RESIDUAL_CORRELATIONS.values()
    by_bond = slopes["ses", "bond"] * task_bond * root[2] / root[0]
    taken_over = task_path - slopes["ses", "task"] - by_bond
    task_goal = taken_over / slopes["ses", "goal"] * root[0] / root[1]
    return np.array(
        [[1, task_goal, task_bond], [task_goal, 1, goal_bond], [task_bond, goal_bond, 1]]
    )


class _Search:
    """Moves of the outcome cells toward the targets; cells column by column."""

    def __init__(self, printed, paths, task_path, regressors, scales):
        self.printed, self.paths, self.task_path = printed, paths, task_path
        self.regressors, self.scales = regressors, scales
        self.tolerances = target_tolerances(printed)
        self.calibration = first_calibration()
        self.n = len(regressors)

    def _shape(self, cells):
        return cells.reshape(len(COLUMNS), self.n).T

    def _spread(self, per_column):
        """One value a column to one a cell."""
        return np.repeat(per_column, self.n)

    def deviations(self, values: Floats) -> tuple[Floats, Floats]:
        """Statistics less targets, and their gradients in the cells."""
        found = compute_twin_statistics(self._shape(values), self.regressors)
        targets = set_targets(
            self.printed,
            self.paths,
            self.task_path,
            self.calibration,
            baseline_chisq=found.baseline_chisq,
            n_regressors=self.regressors.shape[1],
        )
        return found.reached - targets, found.gradients

    def fit_smoothly(self, outcomes: Floats, rng: np.random.Generator) -> Floats:
        """Bring moments, robust tests and spread to their targets, each cell inside its scale."""
        scales = self.scales
        half, inset = scales.step / 2, scales.step / 100
        lowest, highest = scales.minimum - half, scales.values(scales.top) + half
        cells = np.clip(outcomes, lowest + half, highest - half).T.ravel()
        bounds = {"lower": self._spread(lowest + inset), "upper": self._spread(highest - inset)}

        tolerances = self.tolerances.copy()
        for name in ("effects", "shares", "baseline_factor", "limits"):
            tolerances[SECTIONS[name]] = np.inf
        tolerances[SECTIONS["se"]][len(PATHS) :] = np.inf
        slack = np.zeros_like(tolerances)
        cells = move_smoothly(
            cells, self.deviations, tolerances=tolerances, slack=slack, n_steps=8, **bounds
        )
        for name in ("baseline_factor", "se", "limits"):
            tolerances[SECTIONS[name]] = self.tolerances[SECTIONS[name]]
            slack[SECTIONS[name]] = 1.0
        for _ in range(2):
            self._calibrate(cells, rng)
            cells = move_smoothly(
                cells, self.deviations, tolerances=tolerances, slack=slack, n_steps=10, **bounds
            )
        return self._shape(cells)

    def _calibrate(self, cells, rng):
        outcomes = self._shape(cells)
        dummies = [f"dummy_{k}" for k in range(self.regressors.shape[1] - 1)]
        self.calibration = calibrate_bootstrap(
            score_outcomes(outcomes, self.regressors, dummies),
            compute_twin_statistics(outcomes, self.regressors),
            n_boot=N_CALIBRATION,
            rng=rng,
        )

    def fit_on_grid(self, outcomes: Floats) -> NDArray[np.int64]:
        """Round to the grid and repair; return places on the grid, shape (n, 5)."""
        scales, few = self.scales, SECTIONS["chisq"]
        places = np.column_stack(
            [
                round_to_grid(column, step=step, minimum=low, maximum=low + step * top)
                for column, step, low, top in zip(
                    outcomes.T, scales.step, scales.minimum, scales.top, strict=True
                )
            ]
        )
        step, low = self._spread(scales.step), self._spread(scales.minimum)
        aims = np.array([number.value for number in self.printed.chisq])

        def evaluate(cells):
            deviations, gradients = self.deviations(low + step * cells)
            return deviations, gradients * step

        def evaluate_few(cells):
            return scaled_chisquares(self._shape(low + step * cells), self.regressors) - aims

        grid = {"top": self._spread(scales.top), "tolerances": self.tolerances}
        cells = repair_on_grid(places.T.ravel(), evaluate, **grid)
        cells = settle_on_grid(cells, evaluate, evaluate_few, few=few, **grid)
        if np.abs(evaluate_few(cells)).max() > 5e-4:
            raise ValueError("the search ended without meeting the robust chi-squares")
        return self._shape(cells)


def main() -> None:
    """Write ``data/synthetic/distress_session_quality.csv``."""
    table = simulate_distress_session_quality()
    write_text_atomic(twin_path(STUDY), table.to_csv(index=False, lineterminator="\n"))


if __name__ == "__main__":
    main()
