"""What steers the path twin: against the engine, finite differences and the printed intervals."""

import numpy as np
import pytest

from helpers.models.sem.comparison import compare_models
from helpers.models.sem.model import fit_path_model
from helpers.studies.distress_session_quality import twin_statistics as twin
from helpers.studies.distress_session_quality.model import SHARES, write_model
from helpers.studies.distress_session_quality.results import tabulate_effects
from helpers.studies.distress_session_quality.twin_targets import (
    choose_estimates,
    first_calibration,
    read_printed_study,
    rounding_margins,
    score_outcomes,
    set_targets,
)

N, DUMMIES = 160, ["first", "second"]
SECTIONS = twin.SECTIONS


@pytest.fixture(scope="module")
def regressors():
    rng = np.random.default_rng(17)
    distress = rng.standard_normal(N)
    return np.column_stack([rng.random((N, 2)) < [0.4, 0.2], (distress - distress.mean())])


@pytest.fixture(scope="module")
def outcomes(regressors):
    rng = np.random.default_rng(18)
    noise = rng.standard_t(6, (N, 5)) * (1 + regressors[:, [0]])
    rri = noise[:, 0] - 0.3 * regressors[:, 2]
    alliance = 0.5 * rri[:, None] + noise[:, 1:4] + 0.5 * noise[:, [1]] - 0.2 * regressors[:, [2]]
    ses = alliance @ [0.5, 0.2, 0.2] + 0.2 * rri + noise[:, 4]
    return 3 + np.column_stack([rri, alliance, ses])


@pytest.fixture(scope="module")
def found(outcomes, regressors):
    return twin.compute_twin_statistics(outcomes, regressors)


@pytest.fixture(scope="module")
def fits(outcomes, regressors):
    frame = score_outcomes(outcomes, regressors, DUMMIES)
    return {
        name: fit_path_model(write_model(DUMMIES, variant=name), frame, estimator="MLR")
        for name in ("full", "task_only", "equal_alliance")
    }


def test_paths_effects_and_their_robust_standard_errors_are_the_engines(found, fits):
    table = fits["full"].parameters
    paths = table[table["op"] == "~"].set_index(["rhs", "lhs"]).loc[list(twin.PATHS)]
    effects = tabulate_effects(table, twin.EFFECTS)
    estimates = np.concatenate([found.reached[SECTIONS[kind]] for kind in ("paths", "effects")])
    np.testing.assert_allclose(estimates, [*paths["est"], *effects["est"]], rtol=1e-8)
    np.testing.assert_allclose(
        found.reached[SECTIONS["se"]], [*paths["se"], *effects["se"]], rtol=1e-8
    )
    r_squared = fits["full"].r_squared[list(twin.OUTCOMES)]
    np.testing.assert_allclose(found.reached[SECTIONS["r2"]], r_squared, rtol=1e-8)


def test_shares_and_robust_tests_are_the_engines(found, fits, outcomes, regressors):
    shares = tabulate_effects(fits["task_only"].parameters, tuple(SHARES))["est"]
    np.testing.assert_allclose(found.reached[SECTIONS["shares"]], shares, rtol=1e-8)
    chisq = [
        compare_models(fits[name], fits["full"])["chisq_diff"]
        for name in ("task_only", "equal_alliance")
    ]
    np.testing.assert_allclose(found.reached[SECTIONS["chisq"]], chisq, rtol=1e-6)
    np.testing.assert_allclose(
        twin.scaled_chisquares(outcomes, regressors), found.reached[SECTIONS["chisq"]], rtol=1e-10
    )
    measures = fits["full"].fit_measures
    assert found.baseline_chisq == pytest.approx(measures["baseline.chisq"], rel=1e-8)
    assert twin.baseline_df(regressors.shape[1]) == measures["baseline.df"]
    factor = measures["baseline.chisq"] / measures["baseline.chisq.scaled"]
    assert found.reached[SECTIONS["baseline_factor"]][0] == pytest.approx(factor, rel=1e-8)


def test_gradients_are_finite_differences(found, outcomes, regressors):
    """Those of effects' standard errors and limits hold the estimates fixed, and are left out."""
    exact = np.r_[0 : SECTIONS["se"].start + len(twin.PATHS)]
    rng, step = np.random.default_rng(19), 1e-5
    for _ in range(3):
        move = rng.standard_normal(outcomes.shape)
        ahead, behind = (
            twin.compute_twin_statistics(outcomes + way * move, regressors).reached
            for way in (step, -step)
        )
        predicted = found.gradients @ move.T.ravel()
        slopes = (ahead - behind) / (2 * step)
        np.testing.assert_allclose(slopes[exact], predicted[exact], rtol=1e-5, atol=1e-7)


def test_influences_add_up_to_the_standard_errors_and_the_limits_lie_about_the_effects(found):
    se = np.sqrt((found.influences**2).sum(axis=1))
    np.testing.assert_allclose(found.reached[SECTIONS["se"]], se, rtol=1e-10)
    lower, upper = found.reached[SECTIONS["limits"]].reshape(2, -1)
    limited = slice(len(twin.PATHS), len(twin.PATHS) + twin.N_LIMITED)
    np.testing.assert_allclose(upper - lower, 2 * twin.Z95 * se[limited], rtol=1e-10)


def test_the_chosen_estimates_lie_inside_all_printed_intervals():
    printed = read_printed_study()
    paths, task_path = choose_estimates(printed)
    values = np.concatenate([paths, twin.evaluate_effects(paths)])
    shares = twin.task_only_shares(paths, task_path)
    for value, number in zip(
        [*values, *shares], [*printed.estimates, *printed.shares], strict=True
    ):
        assert number.lower < value < number.upper
    options = {"baseline_chisq": 3000.0, "n_regressors": 22}
    targets = set_targets(printed, paths, task_path, first_calibration(), **options)
    np.testing.assert_array_equal(targets[SECTIONS["paths"]], paths)
    margins = rounding_margins(printed, targets)
    for kind in ("paths", "effects", "shares", "r2", "chisq"):
        assert (margins[SECTIONS[kind]] > 0).all()
        assert (margins[SECTIONS[kind]] <= 0.0005 + 1e-12).all()
    assert np.isinf(margins[SECTIONS["se"]]).all()
