"""Comparison of two groups: what is asked of the data, and that the tests keep their level."""

import numpy as np
import pandas as pd
import pytest

from helpers.errors import InputError
from helpers.models.example import ITEMS, PATHS, simulate_sessions
from helpers.models.pls import groups
from helpers.models.pls.groups import compare_groups
from helpers.models.pls.specification import PLSModel
from helpers.models.pls.stages import StagedModel

MODEL = PLSModel(ITEMS, PATHS)
STAGED = StagedModel(
    {"task": ["a1"], "bond": ["a2"], "quality": ["q1"]},
    [("alliance", "quality")],
    {"alliance": ["task", "bond"]},
)


@pytest.fixture
def data():
    frame = simulate_sessions(120)
    return frame.assign(arm=np.where(np.arange(120) % 3, "b", "a"))


def test_the_number_of_workers_changes_nothing(data):
    one, two = (
        compare_groups(data, model=MODEL, group="arm", n_permutations=300, n_jobs=k) for k in (1, 2)
    )
    assert one.n == (40, 80)
    for name in ("composition", "means", "variances", "paths"):
        pd.testing.assert_frame_equal(getattr(one, name), getattr(two, name))
    assert one.composition.set_index("construct").loc["quality"].isna()["pvalue"]


def test_names_of_the_groups_change_signs_alone(data):
    found = compare_groups(data, model=MODEL, group="arm", n_permutations=50)
    turned = data.sort_values("arm", ascending=False, kind="stable")
    other = compare_groups(turned, model=MODEL, group="arm", n_permutations=50)
    assert found.groups == other.groups[::-1]
    for name in ("means", "variances", "paths"):
        ours, theirs = (getattr(x, name)["difference"].to_numpy() for x in (found, other))
        assert ours == pytest.approx(-theirs, abs=1e-12)
    assert found.composition["c"].to_numpy() == pytest.approx(other.composition["c"], abs=1e-12)


def test_a_difference_of_means_alone_is_found_as_one(data):
    items = [item for own in ITEMS.values() for item in own]
    data.loc[data["arm"] == "a", items] += 1.0
    found = compare_groups(data, model=MODEL, group="arm", n_permutations=199)
    assert (found.means["pvalue"] == 1 / 200).all()
    assert (found.means["difference"] > 0).all()
    plain = compare_groups(
        simulate_sessions(120).assign(arm=data["arm"]), model=MODEL, group="arm", n_permutations=9
    )
    assert found.paths["first"].to_numpy() == pytest.approx(plain.paths["first"], abs=1e-12)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"group": "amr"}, r"no column 'amr'\. Did you mean 'arm'"),
        ({"group": "therapist"}, r"'therapist' has 24 values \(1, 2, 3, 4, 5, …\); choose"),
        ({"ci_level": 2}, "ci_level"),
        ({"n_permutations": 1}, "1"),
        ({"model": STAGED}, "a comparison of groups is not defined here"),
    ],
)
def test_what_cannot_be_compared_is_refused(data, change, message):
    with pytest.raises(InputError, match=message):
        compare_groups(data, **{"model": MODEL, "group": "arm"} | change)


def test_a_group_that_has_no_solution_is_named(data):
    data.loc[data["arm"] == "a", "q1"] = 1.0
    with pytest.raises(InputError, match="group arm a: item 'q1'"):
        compare_groups(data, model=MODEL, group="arm", n_permutations=9)
    data.loc[5, "arm"] = None
    with pytest.raises(InputError, match="'arm' is missing for 1 case"):
        compare_groups(data, model=MODEL, group="arm", n_permutations=9)


def test_no_test_rests_on_the_assignments_that_happen_to_have_a_solution(data, monkeypatch):
    def lose(comparison, members):
        record = groups._Comparison.of(comparison, members)
        return record | {"failure": np.where(np.arange(len(members)) % 10 == 0, 2, 0)}

    monkeypatch.setattr(groups._Comparison, "__call__", lose)
    with pytest.raises(InputError, match=r"10 of 100 random assignments .* \(no convergence\)"):
        compare_groups(data, model=MODEL, group="arm", n_permutations=100)
