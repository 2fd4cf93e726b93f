"""A study of one model: its effects are the estimators', and its stand-in data have them."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from helpers.data.schemas import parse_schema
from helpers.errors import InputError
from helpers.models.moderation.model import fit_moderation
from helpers.models.pls.model import fit_pls
from helpers.models.pls.specification import PLSModel, select_items
from helpers.models.sem.bootstrap import bootstrap_path_model
from helpers.report.compared import describe_comparison
from helpers.studies.one_model import audit as one_model_audit
from helpers.studies.one_model import model as one_model
from helpers.studies.one_model import words as one_model_report
from helpers.studies.one_model.model import ModerationStudy, PathStudy, PLSStudy, compare_with_paper
from helpers.studies.one_model.twin import LOADING, simulate_equations

NAMES = ("hope", "alliance", "outcome")
LABELS = {name: name.capitalize() for name in NAMES}
CHAIN = {"alliance": {"hope": 0.4}, "outcome": {"alliance": 0.5, "hope": -0.2}}
MODEL = "alliance ~ a*hope; outcome ~ b*alliance + hope; indirect := a*b"
OPTIONS = {"n_boot": 50, "ci_level": 0.95, "seed": 3}


def schema(**entry):
    entry = {"kind": "numeric"} | entry
    columns = {name: dict(entry) for name in NAMES}
    return parse_schema(
        {"study": "made_up", "title": "t", "rows": "r", "n_twin": 300, "columns": columns},
        where="t",
    )


@pytest.fixture(scope="module")
def data():
    return simulate_equations(CHAIN, schema=schema())


@pytest.fixture(scope="module")
def path(data):
    return PathStudy(labels=LABELS, model=MODEL).fit(data, **OPTIONS)


def test_effects_of_a_path_model_are_the_bootstraps_under_the_models_labels(data, path):
    boot = bootstrap_path_model(MODEL, data, **OPTIONS)
    effects = path.effects.set_index("label")
    assert effects.index.tolist() == [
        "a", "b", "hope -> outcome", "indirect", "r2_alliance", "r2_outcome"
    ]  # fmt: skip
    assert effects["words"].tolist() == [
        "Hope → Alliance", "Alliance → Outcome", "Hope → Outcome", "Indirect",
        "R² of Alliance", "R² of Outcome",
    ]  # fmt: skip
    expected = boot.table("standardized").query("op in ['~', ':=']")
    for ours, theirs in {"est": "est", "se": "se", "p": "pvalue", "statistic": "z"}.items():
        np.testing.assert_array_equal(effects[ours].iloc[:4], expected[theirs])
    explained = boot.table("r_squared").set_index("lhs")["est"]
    assert effects.loc["r2_outcome", "est"] == explained["outcome"]


def test_unstandardized_effects_are_in_the_units_of_the_data(data):
    study = PathStudy(labels=LABELS, model=MODEL, standardized=False)
    boot = bootstrap_path_model(MODEL, data * 10, **OPTIONS)
    assert study.fit(data * 10, **OPTIONS).effects["est"].iloc[0] == boot.parameters["est"].iloc[0]


def test_effects_of_a_composite_model_are_its_paths_and_chains():
    items = simulate_equations(CHAIN, schema=schema(kind="items", minimum=1, maximum=7, items=3))
    paths = [("hope", "alliance"), ("alliance", "outcome"), ("hope", "outcome")]
    study = PLSStudy(labels=LABELS, model="alliance ~ hope; outcome ~ alliance + hope")
    effects = study.fit(items, **OPTIONS).effects
    fit = fit_pls(items, model=PLSModel(select_items(items.columns, NAMES), paths))
    found = effects.set_index("label")["est"]
    for row in fit.paths.itertuples():
        assert found[f"{row.rhs} -> {row.lhs}"] == pytest.approx(row.est, rel=1e-12)
    chain = found["hope -> alliance -> outcome"]
    assert chain == pytest.approx(found["hope -> alliance"] * found["alliance -> outcome"])
    assert {"r2_alliance", "r2_outcome"} <= set(found.index)


@pytest.mark.parametrize("se_type", ["classical", "hc3"])
def test_effects_of_a_moderation_are_its_terms_and_slopes(data, se_type):
    roles = {"outcome": "outcome", "predictor": "hope", "moderator": "alliance"}
    study = ModerationStudy(labels=LABELS, model="outcome ~ hope + alliance + hope:alliance")
    effects = study.fit(data, ci_level=0.95, se_type=se_type).effects.set_index("label")
    fit = fit_moderation(data, **roles)
    terms = fit.table.set_index("term")
    for term in ("hope", "alliance", "hope:alliance"):
        assert effects.loc[term, "est"] == terms.loc[term, "est"]
        assert (
            effects.loc[term, "se"] == terms.loc[term, "se" if se_type == "classical" else "se_hc3"]
        )
    assert effects.loc["slope_mean", "est"] == pytest.approx(terms.loc["hope", "est"])
    rise = effects.loc["slope_high", "est"] - effects.loc["slope_low", "est"]
    assert rise == pytest.approx(2 * data["alliance"].std() * terms.loc["hope:alliance", "est"])


@pytest.mark.parametrize(
    "model", ["outcome ~ hope + alliance", "outcome ~ hope + hope:alliance", "y ~ a + b + c + a:b"]
)
def test_a_moderation_is_one_equation_with_one_product_and_its_parts(data, model):
    with pytest.raises(InputError, match="is not one moderated regression"):
        ModerationStudy(labels=LABELS, model=model).fit(data, ci_level=0.95, se_type="hc3")


# Beside the paper --------------------------------------------------------------------------------


@pytest.fixture
def printed(monkeypatch):
    """Return a function that says what the paper prints."""

    def write(*cells):
        from helpers.printed.numbers import _LONG, _columns_of

        rows = [("table_1", *cell, *_columns_of(cell[-1])) for cell in cells]
        long = pd.DataFrame(rows, columns=_LONG).astype({"decimals": "Int64"})
        monkeypatch.setattr(one_model, "melt_published", lambda study, tables: long)

    return write


def test_printed_effects_stand_beside_the_computed(path, printed):
    a = path.effects.set_index("label").loc["a"]
    printed(("a", "est", f"{a.est:.2f}"), ("a", "p", "< .001"), ("r2_outcome", "est", ".99"))
    compared = compare_with_paper("made_up", path.effects)
    assert compared["verdict"].tolist() == ["agrees to the printed digits"] * 2 + ["differs"]
    assert describe_comparison(compared, "made_up", synthetic=False) == (
        "2 of 3 agree to the printed digits"
    )


def test_without_a_printed_number_the_report_says_where_they_go(path, printed):
    printed()
    compared = compare_with_paper("made_up", path.effects)
    assert compared.empty
    said = describe_comparison(compared, "made_up", synthetic=False)
    assert "no printed number has been entered" in said
    assert "data/made_up/printed/table_1.csv" in said


def test_nothing_is_compared_with_stand_in_data(path, printed):
    printed(("a", "est", ".99"))
    compared = compare_with_paper("made_up", path.effects, synthetic=True)
    assert compared.empty
    said = describe_comparison(compared, "made_up", synthetic=True)
    assert "agreement would be chance" in said
    printed(("indirct", "est", ".2"))
    with pytest.raises(InputError, match="'indirct' is not an effect"):
        compare_with_paper("made_up", path.effects, synthetic=True)


TABLES = {
    "table_1": "effect,est,se,p\na,.34,.06,< .001\nb,.41,.31,< .001\n",
    "table_2": "Step,R²,ΔR²,ΔF,df1,df2\n1,.20,.20,,,\n2,.26,.06,19.0,1,236\n",
    "table_3": ",M,SD,1,2\n1. Hope,3.1,0.5,–,\n2. Alliance,3.4,0.7,.45**,–\n",
    "table_4": "effect,est\n",
}


@pytest.fixture
def study_of_four_tables(tmp_path, monkeypatch):
    for name, text in TABLES.items():
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
    declared = {name: {"title": name, "key": [], "text": []} for name in TABLES}
    declared["table_1"]["audit"] = {"ci": "z"}
    monkeypatch.setattr(one_model_audit, "printed_dir", lambda study: tmp_path)
    monkeypatch.setattr(
        one_model_audit, "load_source", lambda study: {"n": 240, "tables": declared}
    )
    return declared


def test_every_printed_table_of_a_study_is_audited(study_of_four_tables):
    examined = one_model_audit.audit_printed("made_up")
    assert [table.name for table in examined.tables] == ["table_1", "table_2", "table_3"]
    doubted = [
        (f.cells[0].table, f.location) for f in examined.findings if f.verdict != "consistent"
    ]
    assert doubted == [("table_1", "b")]
    said = one_model_report.describe_audit(examined, "made_up")
    assert said == f"{len(examined.findings)} relations checked: 1 impossible"
    frame = one_model_report.arrange_audit(examined)
    assert (
        frame.loc[0, "implied"]
        == f"{frame['implied_lower'][0]:.4g} to {frame['implied_upper'][0]:.4g}"
    )


def test_what_is_doubted_is_graded_by_its_row(study_of_four_tables, monkeypatch):
    said = {"n": 240, "tables": study_of_four_tables}

    def graded(**severity):
        monkeypatch.setattr(
            one_model_audit, "load_source", lambda study: said | {"severity": severity}
        )
        return one_model_report.arrange_audit(one_model_audit.audit_printed("made_up"))

    assert graded()["severity"].tolist()[0] == "not judged yet"
    frame = graded(**{"table_1, b": "a number does"})
    assert frame["severity"].tolist()[0] == "a number does"
    assert set(frame["severity"][1:]) == {""}
    with pytest.raises(InputError, match="there are table_1, b"):
        graded(**{"table_1, a": "a number does"})
    with pytest.raises(InputError, match="graded 'grave', which is none of a conclusion"):
        graded(**{"table_1, b": "grave"})


def test_what_is_said_of_a_table_is_checked(study_of_four_tables):
    study_of_four_tables["table_2"]["audit"] = {"dff": 77}
    with pytest.raises(InputError, match=r"source\.yml, table_2, audit: .*dff"):
        one_model_audit.audit_printed("made_up")


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        (("indirct", "est", ".2"), r"table_1\.csv: 'indirct' is not an effect .* 'indirect'\?"),
        (("a", "std", ".2"), r"'std' is not a statistic; there are est, se, statistic, p"),
    ],
)
def test_a_printed_row_that_no_effect_answers_to_is_refused(path, printed, cell, message):
    printed(cell)
    with pytest.raises(InputError, match=message):
        compare_with_paper("made_up", path.effects)


def test_the_diagram_lifts_a_variable_off_the_line_that_leads_past_it(path):
    _, ax = plt.subplots()
    one_model_report.plot_model(path, labels=LABELS, ci_level=0.95, ax=ax)
    boxes = {a.get_gid(): a for a in ax.findobj() if str(a.get_gid()).startswith("box ")}
    height = {name: boxes[f"box {name}"].get_bbox().y0 for name in NAMES}
    plt.close()
    assert height["hope"] == height["outcome"] < height["alliance"]


# Stand-in data -----------------------------------------------------------------------------------


def test_stand_in_data_have_the_chosen_effects():
    z = simulate_equations(CHAIN, schema=schema(), n=200_000)
    r = z.corr()
    assert r.loc["hope", "alliance"] == pytest.approx(0.4, abs=0.01)
    assert r.loc["alliance", "outcome"] == pytest.approx(0.5 - 0.2 * 0.4, abs=0.01)
    assert z.std().to_numpy() == pytest.approx(1, abs=0.01)
    product = simulate_equations({"outcome": {"hope:alliance": 0.3}}, schema=schema(), n=200_000)
    x, w = product["hope"], product["alliance"]
    assert np.cov(x * w, product["outcome"])[0, 1] / (x * w).var() == pytest.approx(0.3, abs=0.01)


def test_stand_in_data_keep_to_the_scales():
    whole = simulate_equations(CHAIN, schema=schema(kind="integer", minimum=0, maximum=4))
    assert whole.dtypes.eq("int64").all()
    assert (whole.min().min(), whole.max().max()) == (0, 4)
    items = simulate_equations(
        CHAIN, schema=schema(kind="items", minimum=1, maximum=101, items=2), n=20_000
    )
    assert list(items)[:2] == ["hope_1", "hope_2"]
    assert items["hope_1"].corr(items["hope_2"]) == pytest.approx(LOADING**2, abs=0.02)


@pytest.mark.parametrize(
    ("equations", "message"),
    [
        ({"outcme": {"hope": 0.2}}, r"'outcme', which is no number column .* 'outcome'\?"),
        ({"outcome": {"hpoe": 0.2}}, r"'hpoe', which is no number column"),
        ({"outcome": {"alliance": 0.2}, "alliance": {"hope": 0.2}}, "explained after it; reorder"),
        ({"outcome": {"hope": 1.2}}, "more than all of 'outcome'; make them smaller"),
    ],
)
def test_equations_that_cannot_be_are_refused(equations, message):
    with pytest.raises(InputError, match=message):
        simulate_equations(equations, schema=schema())
