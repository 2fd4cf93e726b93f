"""Comparison of two groups: what is asked of the data, and that the tests keep their level."""

import numpy as np
import pandas as pd
import pytest

from helpers.errors import InputError
from helpers.models.example import ITEMS, PATHS, simulate_sessions
from helpers.models.pls import groups
from helpers.models.pls.groups import compare_groups
from helpers.models.pls.several_groups import compare_several_groups
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
        (
            {"group": "therapist"},
            r"'therapist' has 24 values \(1, 2, 3, 4, 5, …\); choose .* compare_several_groups",
        ),
        ({"ci_level": 2}, "ci_level"),
        ({"n_permutations": 1}, "1"),
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
    def lose(comparison, codes):
        record = groups._Comparison.of(comparison, (codes == 0).astype(float))
        return record | {"failure": np.where(np.arange(len(codes)) % 10 == 0, 2, 0)}

    monkeypatch.setattr(groups._Comparison, "__call__", lose)
    with pytest.raises(InputError, match=r"10 of 100 random assignments .* \(no convergence\)"):
        compare_groups(data, model=MODEL, group="arm", n_permutations=100)


def test_a_second_order_construct_is_compared_beside_its_dimensions(data):
    found = compare_groups(data, model=STAGED, group="arm", n_permutations=19)
    assert found.composition["construct"].tolist() == ["task", "bond", "quality", "alliance"]
    # of one item each no composition is tested; of two dimensions it is
    assert found.composition["pvalue"].notna().tolist() == [False, False, False, True]


@pytest.fixture(scope="module")
def three():
    """Three groups, in the last of which the alliance goes with worse sessions."""
    frame = simulate_sessions(150)
    frame["arm"] = np.array(list("abc"))[np.arange(150) % 3]
    frame.loc[frame["arm"] == "c", "q1"] *= -1
    return frame


@pytest.fixture(scope="module")
def several(three):
    return compare_several_groups(three, model=MODEL, group="arm", n_permutations=79)


def test_pairs_are_comparisons_of_two_groups_with_adjusted_p_values(three, several):
    assert several.n == (50, 50, 50)
    alone = compare_groups(
        three[three["arm"] != "b"], model=MODEL, group="arm", n_permutations=79
    ).paths
    ours = several.paths.set_index(["group_1", "group_2"]).loc[("arm a", "arm c")]
    assert ours["difference"].to_numpy() == pytest.approx(alone["difference"], abs=1e-12)
    assert ours["pvalue"].tolist() == alone["pvalue"].tolist()
    for _, pairs in several.paths.groupby(["lhs", "rhs"]):
        ordered = pairs.sort_values("pvalue")
        holm = np.minimum(np.maximum.accumulate(ordered["pvalue"] * [3, 2, 1]), 1)
        assert ordered["pvalue_holm"].to_numpy() == pytest.approx(holm)
    assert several.composition.query("construct == 'quality'")["pvalue_holm"].isna().all()


def test_the_group_that_differs_is_found_among_three(several):
    assert several.overall.set_index("measure").loc["d_uls", "pvalue"] < 0.05
    pairs = several.paths.query("lhs == 'quality' and rhs == 'alliance'")
    assert pairs["pvalue"].iloc[0] > pairs["pvalue"].iloc[1:].max()
    assert pairs["pvalue_holm"].min() < 0.05


def test_what_several_groups_cannot_be_is_refused(three):
    with pytest.raises(InputError, match=r"has 2 value\(s\); for two use compare_groups"):
        compare_several_groups(three[three["arm"] != "b"], model=MODEL, group="arm")
    with pytest.raises(InputError, match="the test of all groups is not defined here"):
        compare_several_groups(three, model=STAGED, group="arm")
