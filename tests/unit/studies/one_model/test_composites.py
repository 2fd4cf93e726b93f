"""Composite models as a study writes them, and the tables by which they are assessed."""

import numpy as np
import pandas as pd
import pytest

from helpers.errors import InputError
from helpers.models.example import simulate_sessions
from helpers.models.pls.assessment import reliability
from helpers.models.pls.bootstrap import bootstrap_pls
from helpers.models.pls.model import fit_pls
from helpers.models.pls.specification import PLSModel
from helpers.models.pls.stages import StagedModel
from helpers.studies.one_model import model as one_model
from helpers.studies.one_model import words
from helpers.studies.one_model.composites import ASSESSED, read_composites, tabulate_assessment
from helpers.studies.one_model.model import PLSStudy, compare_with_paper

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
    assert "whose scores come from all" in results.withheld["prediction"]
    assert "whose scores come from all" in words.describe_prediction(results)
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
