"""What the path study's report says of an effect's share, also where there is none."""

import math

import pandas as pd
import pytest

from helpers.models.sem.syntax import parse_model
from helpers.studies.distress_session_quality.model import (
    MODELS,
    PATH_LABELS,
    SHARES,
    write_model,
)
from helpers.studies.distress_session_quality.results import compute_task_share
from helpers.studies.distress_session_quality.words import describe_share, state_share

ROUTES = {"ind_rr": -0.03, "ind_task_total": -0.1, "ind_goal_total": -0.01, "ind_bond_total": -0.06}


def _estimates(direct=-0.05, **routes):
    parts = ROUTES | routes
    indirect = sum(parts.values())
    return pd.Series(parts | {"ind_total": indirect, "total": indirect + direct})


def test_the_share_is_of_what_it_is_said_to_be_of():
    assert compute_task_share(_estimates()) == pytest.approx(0.5)
    assert compute_task_share(_estimates(), of="total") == pytest.approx(0.4)


def test_parts_of_both_signs_make_no_share():
    assert math.isnan(compute_task_share(_estimates(ind_goal_total=0.02)))
    assert math.isnan(compute_task_share(_estimates(direct=0.01), of="total"))
    assert compute_task_share(_estimates(direct=0.01)) == pytest.approx(0.5)


def test_a_share_is_not_claimed_where_there_is_none():
    assert state_share(0.5) == "50%"
    assert describe_share(0.5).startswith("50% of the total indirect association")
    assert "%" not in state_share(math.nan) + describe_share(math.nan)


@pytest.mark.parametrize("variant", MODELS)
def test_covariates_enter_every_equation_of_every_model(variant):
    bare = parse_model(write_model(variant=variant))
    adjusted = parse_model(write_model(["c1", "c2"], variant=variant))
    outcomes = {term.lhs for term in bare.regressions}
    added = set(adjusted.regressions) - set(bare.regressions)
    assert {(t.lhs, t.rhs) for t in added} == {(y, c) for y in outcomes for c in ("c1", "c2")}
    assert adjusted.covariances == bare.covariances
    assert adjusted.definitions == bare.definitions


def test_the_paths_that_are_printed_are_those_of_the_full_model():
    found = {(t.lhs, t.rhs): t.label for t in parse_model(write_model()).regressions}
    assert found == PATH_LABELS
    assert list(SHARES) == [
        "proportion_mediated", "share_task", "share_task_direct", "share_task_serial", "share_rr",
    ]  # fmt: skip
