"""FIML of many draws at once by EM, beside the general engine's Newton steps."""

import numpy as np
import pandas as pd
import pytest

from helpers.models.sem.expectation import solve_incomplete, sum_patterns
from helpers.models.sem.general import fit_sem
from helpers.models.sem.least_squares import plan_least_squares, solve_least_squares
from helpers.models.sem.likelihood import sample_moments
from helpers.models.sem.refits import bootstrap_sem
from helpers.models.sem.structure import build_structure
from helpers.models.sem.syntax import parse_model

JUST = "m ~ a*x\ny ~ b*m + c*x"
RESTRICTED = "m1 ~ a1*x\nm2 ~ a2*x\nm1 ~~ m2\ny ~ b1*m1 + b2*m2"


def draw(model, n=120, *, seed=3):
    structure = build_structure(parse_model(model))
    rng = np.random.default_rng(seed)
    names = structure.variables
    values = rng.standard_normal((n, len(names))) @ (np.eye(len(names)) + 0.3)
    gone = rng.random(values.shape) < 0.15
    gone[: n // 3] = False
    values[gone & ~gone.all(axis=1, keepdims=True)] = np.nan
    return structure, values


def solve(structure, values, counts, **settings):
    plan = plan_least_squares(structure)
    start = np.eye(len(structure.variables))
    return solve_incomplete(plan, *sum_patterns(values, counts), start, **settings)


def paths_of(table, structure):
    rows = table.set_index(["lhs", "op", "rhs"])["est"]
    return [rows[term.lhs, "~", term.rhs] for term in structure.coefficients]


@pytest.mark.parametrize("model", [JUST, RESTRICTED])
def test_estimates_are_those_of_the_general_engine(model):
    structure, values = draw(model)
    fit = fit_sem(model, pd.DataFrame(values, columns=structure.variables), missing="fiml")
    expected = paths_of(fit.parameters, structure)
    theta = solve(structure, values, np.ones((1, len(values))), tolerance=1e-10)
    ours = theta[0, structure.coefficient_parameter]
    np.testing.assert_allclose(ours, expected, atol=1e-7)
    quick = solve(structure, values, np.ones((1, len(values))))
    # what is left at the tolerance of a plan is below a hundredth of a standard error
    np.testing.assert_allclose(quick[0, structure.coefficient_parameter], expected, atol=1e-3)


def test_draws_are_those_of_the_bootstrap_of_the_general_engine():
    structure, values = draw(JUST, seed=5)
    drawn = np.random.default_rng(1).integers(0, len(values), (12, len(values)))
    fit = fit_sem(JUST, pd.DataFrame(values, columns=structure.variables), missing="fiml")
    boot = bootstrap_sem(fit, n_boot=len(drawn), indices=drawn, n_jobs=1)
    counts = np.stack([np.bincount(one, minlength=len(values)) for one in drawn]).astype(float)
    ours = solve(structure, values, counts, tolerance=1e-10)[:, structure.coefficient_parameter]
    se = boot.table("parameter").set_index(["lhs", "op", "rhs"])["se"]
    theirs = [se[term.lhs, "~", term.rhs] for term in structure.coefficients]
    np.testing.assert_allclose(ours.std(axis=0), theirs, rtol=1e-6)


@pytest.mark.parametrize("model", [JUST, RESTRICTED])
def test_complete_values_are_solved_by_least_squares(model):
    structure, values = draw(model)
    values = values[np.isfinite(values).all(axis=1)]
    ours = solve(structure, values, np.ones((1, len(values))))
    expected = solve_least_squares(plan_least_squares(structure), sample_moments(values)[None])
    np.testing.assert_allclose(ours, expected, atol=1e-12)


def test_draws_without_a_solution_are_nan_and_leave_the_others_alone():
    structure, values = draw(JUST)
    counts = np.ones((3, len(values)))
    counts[1] = 0
    counts[1, :2] = 60  # two cases, however often they are drawn
    theta = solve(structure, values, counts)
    assert np.isnan(theta[1]).all()
    np.testing.assert_array_equal(theta[0], theta[2])
