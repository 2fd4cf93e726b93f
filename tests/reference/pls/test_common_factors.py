"""Common factors in place of composites against lavaan.

Source of every value: lavaan 0.6-14 (common_factors.R).
"""

from pathlib import Path

import pandas as pd
import pytest

from helpers.models.pls.counterparts import compare_estimates
from helpers.models.pls.model import fit_pls
from helpers.models.pls.specification import PLSModel
from helpers.paths import ROOT
from helpers.studies.coping_adherence.common_factors import fit_common_factors
from helpers.studies.coping_adherence.model import PATHS

HERE = Path(__file__).parent
REFERENCE = pd.read_csv(HERE / "common_factors.csv", keep_default_na=False)
BLOCKS = {name: [f"x{3 * k + i}" for i in (1, 2, 3)] for k, name in enumerate(("V", "T", "S"))}


def _three(blocks):
    names = dict(zip(("V", "T", "S"), ("visual", "textual", "speed"), strict=True))
    paths = [("visual", "textual"), ("visual", "speed"), ("textual", "speed")]
    return PLSModel({names[k]: items for k, items in blocks.items()}, paths)


def _case(name):
    if name == "coping":
        counts = pd.read_csv(HERE / "common_factors_items.csv")
        items = {
            r.construct: [f"{r.construct}_{k + 1}" for k in range(r.n)] for r in counts.itertuples()
        }
        return pd.read_csv(ROOT / "data/coping_adherence/synthetic.csv"), PLSModel(items, PATHS)
    if name == "heywood":
        return pd.read_csv(HERE / "common_factors_heywood.csv"), _three(BLOCKS)
    data = pd.read_csv(HERE / "holzinger.csv")
    if name == "reversed":
        data["x1"] = -data["x1"]
    return data, _three(BLOCKS if name != "single" else BLOCKS | {"T": ["x4"]})


def _expected(name, op):
    rows = REFERENCE[(REFERENCE["model"] == name) & (REFERENCE["op"] == op)]
    return rows.set_index(["lhs", "rhs"])[["est", "z"]].apply(pd.to_numeric)


@pytest.mark.parametrize("name", sorted(set(REFERENCE["model"])))
def test_paths_tests_and_r_squared_are_lavaans(name):
    data, model = _case(name)
    ours = fit_common_factors(fit_pls(data, model=model))
    expected = _expected(name, "~")
    paths = ours.paths.set_index(["lhs", "rhs"]).loc[expected.index]
    assert paths["est"].to_list() == pytest.approx(expected["est"].to_list(), abs=1e-8)
    assert paths["z"].to_list() == pytest.approx(expected["z"].to_list(), rel=1e-6)
    explained = _expected(name, "r2")["est"].droplevel("rhs")
    assert ours.r_squared[explained.index].to_list() == pytest.approx(explained.to_list(), abs=1e-8)
    negative = _expected(name, "negative variance")["est"].droplevel("rhs")
    assert len(ours.notes) == len(negative)
    for (variable, value), note in zip(negative.items(), ours.notes, strict=True):
        assert f"variance of '{variable}' is estimated at {value:.3g}" in note


def test_a_reversed_first_item_turns_no_path_beside_composites():
    data, model = _case("reversed")
    fit = fit_pls(data, model=model)
    table = compare_estimates({"PLS": fit, "CB-SEM": fit_common_factors(fit)})
    assert (_expected("reversed", "~")["est"] < 0).sum() == 2  # lavaan's factor is its first item
    plain = _expected("holzinger", "~")["est"]
    beside = table[table["op"] == "~"].set_index(["lhs", "rhs"])["CB-SEM"]
    assert beside[plain.index].to_list() == pytest.approx(plain.to_list(), abs=1e-8)
