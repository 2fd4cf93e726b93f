"""Comparisons of groups and tests of exact fit, assignment by assignment and draw by draw.

Source of every value: composite_tests.R, the algorithm written out on cases.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from helpers.models.pls import exact_fit, groups
from helpers.models.pls.exact_fit import bootstrap_exact_fit
from helpers.models.pls.groups import compare_groups
from helpers.models.pls.specification import PLSModel

HERE = Path(__file__).parent
ITEMS = [f"x{i}" for i in range(1, 10)]
MODEL = PLSModel(
    {"visual": ITEMS[:3], "textual": ITEMS[3:6], "speed": ITEMS[6:]},
    [("visual", "textual"), ("textual", "speed")],
)
EXACT = {"rel": 0, "abs": 1e-9}
TIGHT = {"tolerance": 1e-12, "max_iter": 2000}
KINDS = {"mode A": {}, "mode B": {"mode": "B"}, "factors": {"consistent": True}}


@pytest.fixture(scope="module")
def data():
    return pd.read_csv(HERE / "holzinger.csv")


def watch(monkeypatch, module):
    """Return what `map_draws` gives a module, after it was called."""
    seen, run = [], module.map_draws

    def map_draws(function, plan, **options):
        seen.append(run(function, plan, **options))
        return seen[-1]

    monkeypatch.setattr(module, "map_draws", map_draws)
    return seen


def test_assignments_to_two_groups_are_those_of_r(data, monkeypatch):
    members = np.loadtxt(HERE / "groups_members.csv", delimiter=",")
    expected = pd.read_csv(HERE / "groups_reference.csv").pivot_table(
        index="assignment", columns="statistic", values="value"
    )
    monkeypatch.setattr(groups.Regrouping, "counts", lambda plan, block: members[1:])
    seen = watch(monkeypatch, groups)
    data["school"] = np.where(members[0] == 1, "a", "b")
    found = compare_groups(data, model=MODEL, group="school", n_permutations=5, **TIGHT)
    assert found.groups == ("school a", "school b")
    assert seen[0]["values"] == pytest.approx(expected.to_numpy()[1:], **EXACT)
    observed = expected.loc[0].to_numpy()
    assert found.composition["c"].to_numpy() == pytest.approx(observed[:3], **EXACT)
    assert found.means["difference"].to_numpy() == pytest.approx(observed[3:6], **EXACT)
    assert found.variances["difference"].to_numpy() == pytest.approx(observed[6:9], **EXACT)
    both = found.paths[["first", "second"]].to_numpy().T.ravel()
    assert both == pytest.approx(observed[9:], **EXACT)


@pytest.mark.parametrize("kind", KINDS)
def test_distances_are_those_of_r(data, monkeypatch, kind):
    indices = np.loadtxt(HERE / "fit_indices.csv", delimiter=",", dtype=int)
    reference = pd.read_csv(HERE / "fit_reference.csv").query("kind == @kind")
    expected = reference.pivot_table(index="draw", columns="measure", values="value")
    expected = expected[list(exact_fit.MEASURES)]
    seen = watch(monkeypatch, exact_fit)
    # a draw of the factors has a reliability above 1; its distances exist all the same
    monkeypatch.setattr(exact_fit, "LARGEST_SHARE_LOST", 1.0)
    found = bootstrap_exact_fit(data, model=MODEL, indices=indices, **KINDS[kind], **TIGHT)
    assert found.table["value"].to_numpy() == pytest.approx(expected.loc[-1].to_numpy(), **EXACT)
    assert seen[0]["values"] == pytest.approx(expected.to_numpy()[1:], **EXACT)
