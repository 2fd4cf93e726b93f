"""Composite models as a study writes them, and the tables by which they are assessed."""

import re

import numpy as np
import pandas as pd
import pytest

from helpers.data.schemas import Column, Schema
from helpers.errors import InputError
from helpers.models.example import simulate_sessions
from helpers.models.pls.assessment import reliability
from helpers.models.pls.bootstrap import bootstrap_pls
from helpers.models.pls.model import fit_pls
from helpers.models.pls.specification import PLSModel
from helpers.models.pls.stages import StagedModel
from helpers.paths import ROOT
from helpers.studies.one_model import model as one_model
from helpers.studies.one_model import words
from helpers.studies.one_model.composites import ASSESSED, read_composites, tabulate_assessment
from helpers.studies.one_model.model import PLSStudy, compare_with_paper
from helpers.studies.one_model.twin import read_measurement, simulate_equations

COLUMNS = ["t1", "t2", "b1", "b2", "hope_1", "hope_2", "hope_10", "age", "outcome"]
MEASURED = "task =~ t1 + t2\nbond =~ b1 + b2\n"
LABELS = {"distress": "Distress", "alliance": "Alliance", "quality": "Quality"}
STAGED = """
    task =~ a1 + a2
    bond =~ a3
    distress <~ d1 + d2
    quality =~ q1
    alliance <~ task + bond
    alliance ~ distress
    quality ~ alliance + distress + distress:alliance
"""


def test_names_without_items_are_groups_or_columns():
    model, modes = read_composites("outcome ~ hope + age", COLUMNS)
    assert model == PLSModel(
        {"hope": ["hope_1", "hope_2", "hope_10"], "outcome": ["outcome"], "age": ["age"]},
        [("hope", "outcome"), ("age", "outcome")],
    )
    assert modes == {}


def test_a_second_order_construct_is_made_of_constructs():
    model, modes = read_composites(
        MEASURED + "alliance <~ task + bond + hope\noutcome ~ a*alliance + age + alliance:age",
        COLUMNS,
    )
    assert model == StagedModel(
        {
            "task": ["t1", "t2"],
            "bond": ["b1", "b2"],
            "hope": ["hope_1", "hope_2", "hope_10"],
            "age": ["age"],
            "outcome": ["outcome"],
        },
        [("alliance", "outcome"), ("age", "outcome"), ("alliance:age", "outcome")],
        {"alliance": ["task", "bond", "hope"]},
    )
    assert modes == {"task": "A", "bond": "A", "alliance": "B"}


@pytest.mark.parametrize(
    ("model", "message"),
    [
        ("outcome ~ hop", "'hop' is no column"),
        ("task =~ t1 + t3\noutcome ~ task", "'t3' is no column of the data"),
        ("alliance =~ t1\noutcome ~ aliance", r"'aliance' is no column .* 'alliance'\?"),
        (MEASURED + "x =~ task + age\noutcome ~ x", "'x' is made of task, age, of which some"),
        ("task =~ t1\ntask <~ t2\noutcome ~ task", "'task' has both '=~' and '<~'"),
        ("outcome ~ 0*hope", "'outcome ~ hope' is no free path"),
        ("outcome ~ hope\nage ~~ hope", "'age ~~ hope' is no free path"),
        ("age ~ a*hope\noutcome ~ b*age\ni := a*b", "'i := …' is not computed"),
        ("task =~ t1 + t2", "model has no path"),
    ],
)
def test_what_no_composite_model_has_is_refused(model, message):
    with pytest.raises(InputError, match=message):
        read_composites(model, COLUMNS)


@pytest.fixture(scope="module")
def results():
    study = PLSStudy(labels=LABELS, model=STAGED)
    return study.fit(simulate_sessions(200), n_boot=100, ci_level=0.95, seed=1)


def test_the_measurement_of_both_stages_is_tabulated(results):
    items, constructs = results.tables["items"], results.tables["constructs"]
    assert items["label"].tolist() == ["d1", "d2", "q1", "task", "bond", "a1", "a2", "a3"]
    assert constructs["label"].tolist() == ["distress", "quality", "alliance", "task", "bond"]
    model, modes = read_composites(STAGED, simulate_sessions(9).columns)
    fit = fit_pls(simulate_sessions(200), model=model, mode=modes)
    first = reliability(fit.first_stage).set_index("construct")
    assert constructs.set_index("label").loc["task", "alpha"] == pytest.approx(
        first.loc["task", "alpha"], abs=1e-12
    )
    assert np.isnan(constructs.set_index("label").loc["bond", "rho_c_lower"])
    assert results.tables["paths"]["label"].tolist() == [
        "distress -> alliance", "alliance -> quality", "distress -> quality",
        "distress:alliance -> quality",
    ]  # fmt: skip
    assert "no way to predict held-out cases" in results.withheld["prediction"]
    assert "no way to predict held-out cases" in words.describe_prediction(results)
    assert "Distress × Alliance → Quality" in results.effects["words"].tolist()
    named = words.name_rows(results, "pairs", LABELS)["words"]
    assert "Distress – Quality" in named.tolist()
    assert not any("×" in pair for pair in named)
    paths = words.name_rows(results, "paths", LABELS)["words"]
    assert "Distress × Alliance → Quality" in paths.tolist()
    measured = constructs.set_index("label")
    assert measured.loc[["distress", "alliance"]].isna().all(axis=None)


def test_prediction_says_how_often_it_beats_what():
    data = simulate_sessions(60)
    model = PLSModel({"alliance": ["a1", "a2"], "quality": ["q1"]}, [("alliance", "quality")])
    fit = fit_pls(data, model=model)
    boot = bootstrap_pls(data, model=model, n_boot=20)
    tables, withheld = tabulate_assessment(fit, boot, seed=1)
    assert withheld == {}
    results = one_model.StudyResults(effects=pd.DataFrame(), n=60, basis="", tables=tables)
    said = words.describe_prediction(results)
    better = int(tables["prediction"]["q2_predict"].gt(0).sum())
    assert said.startswith(f"{better} of 1 items are predicted better than by their mean")
    tables["prediction"]["rmse_lm"] = np.nan
    assert "more predictors than the cases can tell apart" in words.describe_prediction(results)


def test_printed_measurement_stands_beside_the_computed(results, monkeypatch):
    from helpers.printed.numbers import _LONG, _columns_of

    alpha = results.tables["constructs"].set_index("label").loc["task", "alpha"]
    cells = [("constructs", "task", "alpha", f"{alpha:.3f}"), ("items", "a1", "loading", ".01")]
    rows = [(*cell, *_columns_of(cell[-1])) for cell in cells]
    long = pd.DataFrame(rows, columns=_LONG).astype({"decimals": "Int64"})
    monkeypatch.setattr(one_model, "melt_published", lambda study, tables: long)
    declared = {"tables": dict.fromkeys(["table_1", "constructs", "items"])}
    monkeypatch.setattr(one_model, "load_source", lambda study: declared)
    compared = compare_with_paper("made_up", results.effects, tables=results.tables)
    assert compared["verdict"].tolist() == ["agrees to the printed digits", "differs"]
    assert words.arrange_comparison(compared, results.effects)["words"].tolist() == ["task", "a1"]
    long.loc[1, "row"] = "a9"
    with pytest.raises(InputError, match=r"items\.csv: 'a9' is not a row of this table"):
        compare_with_paper("made_up", results.effects, tables=results.tables)


def test_a_printed_table_has_the_columns_that_are_computed(results):
    for name, columns in ASSESSED.items():
        assert set(columns) <= set(results.tables[name]), name


SECTION = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").split("## A new paper")[1]
SHOWN = re.search(r"^```\n(task =~ .*?)^```", SECTION, flags=re.M | re.S)[1]
"""The composite model of the walk-through."""
SCALES = SHOWN.split("alliance =~")[0]
KINDS = {
    "own constructs": (
        SCALES + "change ~ task + goal + bond + hope",
        {"change": {"task": 0.25, "goal": 0.2, "bond": 0.3, "hope": 0.0}},
    ),
    "second order": (
        SCALES + "alliance =~ task + goal + bond\nalliance ~ hope\noutcome ~ alliance + hope",
        {"alliance": {"hope": 0.4}, "outcome": {"alliance": 0.5, "hope": -0.2}},
    ),
    "interaction": (
        "outcome ~ wai + hope + wai:hope",
        {"outcome": {"wai": 0.4, "hope": 0.2, "wai:hope": 0.25}},
    ),
    "single item": ("rated <~ change\nrated ~ wai + hope", {"rated": {"wai": -0.4, "hope": 0.3}}),
    "all of it": (
        SHOWN,
        {"change": {"alliance": 0.4, "hope": 0.2, "hope:alliance": 0.3, "age": 0.2}},
    ),
}


def dictionary():
    scale = {"role": "measure", "minimum": 1, "maximum": 7}
    groups = {"wai": 12, "hope": 4, "outcome": 3}
    columns = [Column(name=name, kind="items", items=k, **scale) for name, k in groups.items()]
    return Schema(
        study="made_up",
        title="Alliance, hope and outcome",
        rows="one client",
        columns=[*columns, *(Column(name=k, kind="integer", **scale) for k in ("change", "age"))],
    )


@pytest.mark.parametrize("kind", KINDS)
def test_simulated_effects_of_any_model_are_found(kind):
    model, effects = KINDS[kind]
    measured = read_measurement(model)
    data = simulate_equations(effects, schema=dictionary(), measured=measured, n=1500)
    assert list(data) == [
        *(f"{name}_{i}" for name, k in (("wai", 12), ("hope", 4), ("outcome", 3))
          for i in range(1, k + 1)),
        "change", "age",
    ]  # fmt: skip
    labels = dict.fromkeys([*data, *measured], "x")
    found = PLSStudy(labels=labels, model=model).fit(data, n_boot=40, ci_level=0.99, seed=1)
    paths = found.effects[found.effects["op"] == "~"].set_index(["lhs", "rhs"])
    assert len(paths) == sum(map(len, effects.values()))
    for outcome, slopes in effects.items():
        for term, slope in slopes.items():
            est, low, high = paths.loc[(outcome, term), ["est", "ci_lower", "ci_upper"]]
            assert abs(est) < 0.1 if slope == 0 else min(low * slope, high * slope) > 0, term


@pytest.mark.parametrize(
    ("equations", "model", "message"),
    [
        ({"outcome": {"task": 0.3}}, KINDS["second order"][0], "'task', a part of 'alliance'"),
        ({"outcome": {"wai": 0.3}}, KINDS["second order"][0], "'wai', which is no number column"),
        ({"outcome": {"hope": 0.3}}, "a =~ b\nb =~ a\noutcome ~ a", "'b' is measured by what it"),
    ],
)
def test_effects_of_what_is_no_variable_are_refused(equations, model, message):
    with pytest.raises(InputError, match=message):
        simulate_equations(equations, schema=dictionary(), measured=read_measurement(model))


def test_the_weighting_scheme_stands_beside_the_model():
    data = simulate_sessions(60)
    text = "distress <~ d1 + d2\nalliance =~ a1 + a2\nalliance ~ q1 + distress"
    model, modes = read_composites(text, data.columns)
    seen = set()
    for weighting in ("path", "factor"):
        study = PLSStudy(labels={}, model=text, weighting=weighting)
        found = study.fit(data, n_boot=20, ci_level=0.9, seed=1).effects
        expected = fit_pls(data, model=model, mode=modes, weighting=weighting).paths["est"]
        assert found.loc[found["op"] == "~", "est"].to_numpy() == pytest.approx(expected, abs=1e-12)
        seen.add(round(expected[0], 6))
    assert len(seen) == 2
