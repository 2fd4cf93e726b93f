"""Comparisons of groups and tests of exact fit, assignment by assignment and draw by draw.

Source of every value: composite_tests.R and, of models in stages, staged_groups.R, the algorithm
written out on cases.
"""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from helpers.models.pls import exact_fit, groups, several_groups
from helpers.models.pls.exact_fit import bootstrap_exact_fit
from helpers.models.pls.groups import compare_groups
from helpers.models.pls.several_groups import compare_several_groups
from helpers.models.pls.specification import PLSModel
from helpers.models.pls.stages import StagedModel

HERE = Path(__file__).parent
ITEMS = [f"x{i}" for i in range(1, 10)]
MODEL = PLSModel(
    {"visual": ITEMS[:3], "textual": ITEMS[3:6], "speed": ITEMS[6:]},
    [("visual", "textual"), ("textual", "speed")],
)
EXACT = {"rel": 0, "abs": 1e-9}
TIGHT = {"tolerance": 1e-12, "max_iter": 2000}
NO_PATHS = pd.DataFrame({"lhs": ["y"], "rhs": ["x"], "pvalue": [0.5]})
NO_COMPOSITION = pd.DataFrame({"construct": ["x"], "pvalue": [0.5]})
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


STAGED = StagedModel(
    {"visual": ITEMS[:3], "textual": ITEMS[3:6], "count": ["x7"], "speed": ITEMS[7:]},
    [("ability", "speed"), ("count", "speed"), ("ability:count", "speed")],
    {"ability": ["visual", "textual"]},
)


@pytest.mark.parametrize(
    ("model", "file", "n_composites"),
    [(MODEL, "groups_reference.csv", 3), (STAGED, "staged_groups.csv", 5)],
    ids=["plain", "staged"],
)
def test_assignments_to_two_groups_are_those_of_r(data, monkeypatch, model, file, n_composites):
    members = np.loadtxt(HERE / "groups_members.csv", delimiter=",")
    expected = pd.read_csv(HERE / file).pivot_table(
        index="assignment", columns="statistic", values="value"
    )
    monkeypatch.setattr(groups.Regrouping, "counts", lambda plan, block: 1 - members[1:])
    seen = watch(monkeypatch, groups)
    frame = data.assign(school=np.where(members[0] == 1, "a", "b"))
    found = compare_groups(frame, model=model, group="school", n_permutations=5, **TIGHT)
    assert found.groups == ("school a", "school b")
    assert seen[0]["values"] == pytest.approx(expected.to_numpy()[1:], **EXACT)
    observed = expected.loc[0].to_numpy()
    c, means, variances = np.split(observed[: 3 * n_composites], 3)
    assert found.composition["c"].to_numpy() == pytest.approx(c, **EXACT)
    assert found.means["difference"].to_numpy() == pytest.approx(means, **EXACT)
    assert found.variances["difference"].to_numpy() == pytest.approx(variances, **EXACT)
    both = found.paths[["first", "second"]].to_numpy().T.ravel()
    assert both == pytest.approx(observed[3 * n_composites :], **EXACT)


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


def test_distances_of_three_groups_are_those_of_r(data, monkeypatch):
    codes = np.loadtxt(HERE / "several_members.csv", delimiter=",", dtype=int)
    expected = pd.read_csv(HERE / "several_groups.csv").pivot_table(
        index="assignment", columns="measure", values="value"
    )[list(several_groups.DISTANCES)]
    monkeypatch.setattr(several_groups.Regrouping, "counts", lambda plan, block: codes[1:])
    seen = watch(monkeypatch, several_groups)
    # pairs are compare_groups, which the test of two groups sets beside R
    pair = SimpleNamespace(groups=("a", "b"), paths=NO_PATHS, composition=NO_COMPOSITION)
    monkeypatch.setattr(several_groups, "compare_groups", lambda *args, **options: pair)
    found = compare_several_groups(
        data.assign(age=codes[0]), model=MODEL, group="age", n_permutations=5, **TIGHT
    )
    assert seen[0]["values"] == pytest.approx(expected.to_numpy()[1:], **EXACT)
    assert found.overall["value"].to_numpy() == pytest.approx(expected.loc[0], **EXACT)
    larger = (expected.to_numpy()[1:] >= expected.loc[0].to_numpy()).sum(axis=0)
    assert found.overall["pvalue"].to_numpy() == pytest.approx((1 + larger) / 6)
