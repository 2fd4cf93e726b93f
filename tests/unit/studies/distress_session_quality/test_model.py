"""What the path study's report says of an effect's share, also where there is none."""

import math

import pandas as pd
import pytest

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
    assert state_share(0.5) == "50\u00a0%"
    assert describe_share(0.5).startswith("50\u00a0% of the total indirect association")
    assert "%" not in state_share(math.nan) + describe_share(math.nan)
