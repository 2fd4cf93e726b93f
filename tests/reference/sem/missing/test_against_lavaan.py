"""Full-information maximum likelihood against lavaan, value by value."""

from functools import cache
from pathlib import Path

import numpy as np
import pytest

from helpers.models.sem.general import fit_sem
from reference.sem.comparison import (
    ESTIMATORS,
    Reference,
    check,
    differences,
    keyed,
    quietly,
    undirected,
)

REFERENCE = Reference(Path(__file__).parent)


@cache
def fit(model_id, estimator):
    return quietly(
        fit_sem,
        REFERENCE.model(model_id),
        REFERENCE.data(model_id),
        estimator=estimator,
        missing="fiml",
        auxiliary=tuple(REFERENCE.about(model_id)["auxiliary"].split()),
    )


def fit_differences(model_id, estimator):
    found = fit(model_id, estimator)
    skip = ""
    if REFERENCE.about(model_id)["auxiliary"]:
        # lavaan's robust measures compare with full independence; sem.auxiliary() compares with
        # uncorrelated predictors, where lavaan itself leaves them as they are.
        several = len(found.table.exogenous) > 1
        skip = r"(cfi|tli)\.robust" + (r"|baseline\..*|(cfi|tli)(\.scaled)?" if several else "")
    return REFERENCE.compare(model_id, estimator, found, skip=skip)


def moment_differences(model_id):
    """Saturated means in standard deviations, covariances as correlations."""
    rows = REFERENCE.table("moments.csv")
    rows = keyed(rows[rows["model_id"] == model_id])
    table = fit(model_id, "ML").residuals
    given = fit(model_id, "ML").given
    ours = keyed(table)["observed"].to_dict()
    ours |= {f"{name}~1": mean for name, mean in zip(given.names, given.means, strict=True)}
    for i, a in enumerate(given.names):
        for j, b in enumerate(given.names):
            ours[undirected(f"{a}~~{b}")] = given.covariance[i, j]
    spread = {name: np.sqrt(rows.loc[f"{name}~~{name}", "est"]) for name in set(rows["lhs"])}
    scale = [
        spread[lhs] * (spread[rhs] if op == "~~" else 1.0)
        for lhs, op, rhs in zip(rows["lhs"], rows["op"], rows["rhs"], strict=True)
    ]
    return differences(
        model_id, "moment", rows["est"], [ours[key] for key in rows.index], scale, tolerance=1e-6
    )


@pytest.mark.parametrize("model_id", REFERENCE.model_ids)
@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_fit(model_id, estimator):
    check(fit_differences(model_id, estimator))


@pytest.mark.parametrize("model_id", sorted(set(REFERENCE.table("moments.csv")["model_id"])))
def test_saturated_moments(model_id):
    check(moment_differences(model_id))


@pytest.mark.parametrize("model_id", REFERENCE.model_ids)
def test_cases_and_patterns(model_id):
    rows = REFERENCE.table("solutions.csv").set_index(["model_id", "estimator"])
    expected = rows.loc[(model_id, "ML")]
    found = fit(model_id, "ML")
    assert found.n == expected["n_used"]
    assert len(found.sample.counts) == expected["n_patterns"]
    assert f"{found.n} cases" in found.notes[0]


def test_robust_measures_of_complete_data_need_no_correction():
    measures = fit("complete", "ML").fit_measures
    for name in ("cfi", "tli", "rmsea"):
        assert measures[f"{name}.robust"] == pytest.approx(measures[name], rel=1e-9)


def test_complete_data_give_what_they_give_without_full_information():
    model, data = REFERENCE.model("complete"), REFERENCE.data("complete")
    complete = fit_sem(model, data, fixed_x=False, meanstructure=True)
    ours = fit("complete", "ML").parameters
    assert ours["est"].to_numpy() == pytest.approx(complete.parameters["est"].to_numpy(), rel=1e-8)


def test_reference_is_converged():
    assert REFERENCE.table("solutions.csv")["newton_step_in_se"].max() < 1e-10
