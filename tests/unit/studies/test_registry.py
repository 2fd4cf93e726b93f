"""What the audit must find in the published tables, and where it must find nothing."""

import numpy as np
import pytest

from helpers.audit.findings import DOUBTFUL, METHODS, SEVERITIES
from helpers.errors import InputError
from helpers.paths import studies_with
from helpers.printed.numbers import load_published, load_source
from helpers.studies.registry import audit_study, audit_tables, list_causes


@pytest.fixture(scope="module")
def audits():
    return {name: audit_study(name) for name in ("coping_adherence", "distress_session_quality")}


def _one(table, location, relation=""):
    chosen = table[
        table["location"].str.contains(location, regex=False)
        & table["relation"].str.contains(relation, regex=False)
    ]
    assert len(chosen) == 1, f"{location} / {relation}: {chosen[['location', 'relation']]}"
    return chosen.iloc[0]


OTHER_SCORES = (
    "the paper's Table 3 is of other scores than the composites, such as sums of all items"
)
MOST = "the link is the indirect effect, or the total effect is that of the Task-only model"

OTHER_SE = "the text's p rests on another SE of the same coefficient than the table's"
VAF = "absolute values, which make no share of a total"
KEPT = "the model keeps 17 or 18 of the 36 items"
VALID = "it is of 113 to 141 (an odd number) valid answers and not of all"
LARGEST = "the greatest is the one with the largest share of its own total effect (VAF)"
CONDITIONS = {
    OTHER_SCORES,
    MOST,
    OTHER_SE,
    VAF,
    KEPT,
    VALID,
    LARGEST,
    "the model has 5 degrees of freedom, not 51",
    "the model has 7 to 9 degrees of freedom, not 51",
}
"""Readings that a number is possible only under."""
# location, part of the relation, recomputed bounds (to the digits given), reading
COPING = [
    ("Table 4, avoidant -> adherence", "t = beta / se", 3.530, 3.609, ""),
    ("Table 4, alliance -> adherence", "t = beta / se", 21.179, 21.862, ""),
    (
        "Table 5, problem_focused, VAF",
        "vaf",
        -1.190,
        -1.125,
        VAF,
    ),
    ("findings, GoF", "gof", 0.6596, 0.6606, ""),
    ("Tables 3 and 4, avoidant -> alliance", "R^-1", 0.824, 0.832, OTHER_SCORES),
    ("Tables 3 and 4, problem_focused -> alliance", "R^-1", -0.756, -0.748, OTHER_SCORES),
    ("Tables 3 and 4, emotion_focused -> alliance", "R^-1", 0.673, 0.680, OTHER_SCORES),
    ("Tables 3 and 4, avoidant -> adherence", "R^-1", -1.526, -1.299, OTHER_SCORES),
    ("Tables 3 and 4, alliance -> adherence", "R^-1", 1.751, 2.012, OTHER_SCORES),
    ("R2 of alliance from paths and r of predictors", "R2", 0.506, 0.510, OTHER_SCORES),
    ("R2 of adherence by paths", "R2", 0.994, 1.002, OTHER_SCORES),
    (
        "Table 3, emotion_focused",
        "root of the AVE",
        0.7425,
        0.7435,
        "true of each column of the printed lower triangle, not of all correlations",
    ),
    ("claim of p < .01, problem_focused with alliance", "p =", 0.02065, 0.02146, ""),
    ("Table 2, adherence, the scale described", "12 items", 0.9544, 0.9584, "15 or 16 items"),
    ("Table 2, alliance, the scale described", "36 items", 0.980, 0.982, KEPT),
    ("Table 2, problem_focused", "any number", np.nan, np.nan, "no number of items"),
    ("Table 1, adherence, range of the scale", "12 items", 12, 84, "15 to 17 items"),
    ("Table 1, emotion_focused, range", "any number", np.nan, np.nan, ""),
    ("Table 1, problem_focused, range of the scale", "23 items", 23, 92, "23 items scored 0 to 3"),
    ("sample, age_30_39", "percentage", 50.23, 50.70, VALID),
    (
        "fit of the adherence scale",
        "agfi",
        0.990,
        0.992,
        "the model has 5 degrees of freedom, not 51",
    ),
    (
        "fit of the adherence scale, N = 213",
        "nfi",
        0.946,
        0.949,
        "the model has 7 to 9 degrees of freedom, not 51",
    ),
    ("methods against Table 2, adherence (alpha)", "methods", 0.9585, 0.9595, ""),
    ("greatest effect through alliance", "largest", 0.243, 0.244, LARGEST),
]
DISTRESS = [
    ("text against Table 1, distress -> goal (p)", "text = table", 0.6285, 0.6295, ""),
    ("text against Table 1, distress -> bond (p)", "text = table", 0.2285, 0.2295, ""),
    ("text against Table 1, goal -> ses (p)", "text = table", 0.0335, 0.0345, ""),
    ("text against Table 1, distress -> ses (p)", "text = table", 0.0405, 0.0415, ""),
    ("text, p of distress -> ses", "p =", 0.0388, 0.0528, OTHER_SE),
    (
        "most of the distress-quality link through task",
        "ind_task_total / total",
        0.4915,
        0.4988,
        MOST,
    ),
    ("text, Task-only model", "remaining 23.2%", np.nan, np.nan, "RR-only alone"),
    ("text, Task-only model", "in Table 3", np.nan, np.nan, "Table 4"),
]


@pytest.mark.parametrize(
    ("study", "location", "relation", "lower", "upper", "reading"),
    [("coping_adherence", *row) for row in COPING]
    + [("distress_session_quality", *row) for row in DISTRESS],
)
def test_a_known_finding_comes_out(audits, study, location, relation, lower, upper, reading):
    table = audits[study]
    if relation in {"any number", "t = beta / se", "R^-1", "agfi"}:
        table = table[table["location"].str.endswith(location)]
    row = _one(table, location, relation)
    assert row["verdict"] == ("possible only if" if reading in CONDITIONS else "impossible")
    assert row["implied_lower"] == pytest.approx(lower, rel=2e-3, nan_ok=True)
    assert row["implied_upper"] == pytest.approx(upper, rel=2e-3, nan_ok=True)
    assert row["reading"] == reading


def test_the_sobel_column_is_aroian_s(audits):
    row = _one(audits["coping_adherence"], "Table 5, all rows")
    assert row["reading"] == "Aroian's z, not Sobel's"
    assert row["note"].endswith("Sobel 0 of 3, Aroian 3 of 3, Goodman 0 of 3")
    by_t = audits["coping_adherence"]
    by_t = by_t[by_t["relation"].str.startswith("z = t_a")]
    assert by_t["verdict"].tolist() == ["possible only if"] * 3
    assert by_t["reading"].str.startswith("Aroian's z of the printed, already rounded").all()


def test_table_3_is_positive_definite(audits):
    row = _one(audits["coping_adherence"], "Table 3", "smallest eigenvalue")
    assert row["verdict"] == "consistent"
    assert 0.005 < row["implied_lower"] < 0.008 < row["implied_upper"] < 0.011


def test_what_holds_in_the_coping_study_is_not_flagged(audits):
    table = audits["coping_adherence"]
    for part in ("text against", "abstract against", "findings against", "Table 3, root of AVE"):
        chosen = table[table["location"].str.startswith(part)]
        assert len(chosen) >= 2
        assert (chosen["verdict"] == "consistent").all(), part
    table_1 = table[
        table["location"].str.startswith("Table 1,") & ~table["location"].str.contains("range")
    ]
    assert len(table_1) == 25
    assert (table_1["verdict"] == "consistent").all()
    fits = _one(table, "Table 2, avoidant", "any number")
    assert (fits["verdict"], fits["reading"]) == ("consistent", "6 items")


def test_nothing_is_flagged_in_the_tables_of_the_path_study(audits):
    table = audits["distress_session_quality"]
    own = table[table["location"].str.match(r"(Tables? \d|sample|measures|discussion)")]
    assert len(own) > 100
    assert not (own["verdict"] == "impossible").any()
    doubted = table[table["verdict"] == "impossible"]
    assert doubted["location"].str.match("text|conclusion|first page").all()
    assert doubted["cause"].nunique() == 6


def test_an_explanation_that_is_ruled_out_accuses_nobody(audits):
    row = _one(audits["distress_session_quality"], "distress -> goal, bond and ses together")
    assert row["verdict"] == "excluded"
    assert row["implied_lower"] == pytest.approx(0.870, rel=2e-3)
    assert row["implied_upper"] == pytest.approx(0.925, rel=2e-3)


def test_the_text_s_p_values_need_smaller_errors(audits):
    table = audits["distress_session_quality"]
    for path, ratio in (
        ("goal", "1.044 to 1.050"),
        ("bond", "1.049 to 1.054"),
        ("ses", "1.131 to 1.146"),
    ):
        assert ratio in _one(table, f"text, p of distress -> {path}")["note"]


def test_the_shares_imply_the_paths_of_the_task_only_model(audits):
    table = audits["distress_session_quality"]
    for words, low, high in (
        ("from task", 0.5965, 0.6021),
        ("from real relationship", 0.2027, 0.2049),
    ):
        row = _one(table, f"Task-only path {words}")
        assert row["verdict"] == "not decided"
        assert low - 0.002 < row["implied_lower"] <= low
        assert high <= row["implied_upper"] < high + 0.002


def test_a_changed_digit_in_a_published_table_is_found():
    study = "distress_session_quality"
    tables = {name: load_published(study, name) for name in load_source(study)["tables"]}
    for name, key, column, altered in (
        ("table_2", "ind_task_serial", "beta", "-0.048"),
        ("table_3", "task_minus_bond", "estimate", "-0.048"),
        ("table_5", "task_only", "delta_rmsea", "0.101"),
    ):
        changed = tables[name].copy()
        changed.loc[key, column] = altered
        found = audit_tables(tables | {name: changed}, study=study)
        new = found[
            (found["verdict"] == "impossible") & found["location"].str.contains(r"^Tables? \d")
        ]
        assert len(new) >= 1, (name, key)


def test_every_audit_keeps_its_vocabulary(audits):
    for study, table in audits.items():
        assert set(table["method"]) <= set(METHODS)
        assert (table["study"] == study).all()
        assert table["location"].ne("").all()
        asked = table[table["verdict"] == "not decided"]
        assert asked["note"].ne("").all()
        assert (table["implied_lower"].isna() == table["implied_upper"].isna()).all()
        low, high = table["implied_lower"], table["implied_upper"]
        assert ((low <= high) | low.isna()).all()


def test_a_study_without_checks_is_refused():
    assert {"coping_adherence", "distress_session_quality"} <= set(studies_with("audit"))
    with pytest.raises(InputError, match=r"Did you mean 'coping_adherence'\?"):
        audit_study("coping_adherance")


def test_what_only_a_standardized_alpha_rules_out_is_not_decided(audits):
    table = audits["coping_adherence"]
    row = table[table["location"] == "Table 2, alliance"].iloc[0]
    assert row["verdict"] == "not decided"
    assert row["reading"] == "alpha is of items that are not standardized"


@pytest.mark.parametrize("study", studies_with("audit"))
def test_what_is_doubted_has_a_cause_in_words(study):
    audit = audit_study(study)
    causes = list_causes(study, audit)
    doubted = audit[audit["verdict"].isin(DOUBTFUL)]
    assert causes["findings"].sum() == len(doubted)
    assert set(doubted["severity"]) <= set(SEVERITIES)
    assert audit.loc[~audit["verdict"].isin(DOUBTFUL), ["cause", "severity"]].eq("").all(axis=None)
    assert causes["severity"].map(SEVERITIES.index).is_monotonic_increasing
    words = causes[["place", "printed", "follows", "reading"]]
    assert words.ne("").all(axis=None)
    # places whose internal names a reader does not know
    for name in ("_focused", "->", "nfi", "rri", "ses ", "{", " nan"):
        assert not words.map(lambda text, name=name: name in text).any(axis=None), name


def test_the_headline_claim_is_the_first_finding(audits):
    qualitative = audit_study("working_alliance_theory").iloc[0]
    assert (qualitative["location"], qualitative["verdict"]) == (
        "abstract, conclusion",
        "not decided",
    )
    for study, table in audits.items():
        assert table["cause"].iloc[0] == "headline", study
        assert table["verdict"].iloc[0] == "possible only if"
        assert list_causes(study, table)["cause"].iloc[0] == "headline"


def test_the_share_of_the_route_through_task_under_each_reading(audits):
    """Division of the ends of the intervals by hand: .1015/.2065, .1025/.2055; .8315 x .7675, …"""
    table = audits["distress_session_quality"]
    most = table[table["location"].str.startswith("abstract, most of")].set_index("location")
    ends = most[["implied_lower", "implied_upper"]]
    name = "abstract, most of the distress-quality link through task"
    assert ends.loc[name].tolist() == pytest.approx([0.1015 / 0.2065, 0.1025 / 0.2055], rel=1e-9)
    low, high = ends.loc[f"{name}, of the indirect effect"]
    assert 0.1015 / 0.1605 < low < 0.102 / 0.160 < high < 0.1025 / 0.1595
    low, high = ends.loc[f"{name}, of the total effect in the Task-only model"]
    assert (low, high) == pytest.approx((0.8315 * 0.7675, 0.8325 * 0.7685), rel=1e-9)
    assert most["verdict"].tolist() == ["possible only if", "consistent", "consistent"]


def test_what_was_missed_before_is_found(audits):
    coping, distress = audits["coping_adherence"], audits["distress_session_quality"]
    assert _one(coping, "discussion, coping")["verdict"] == "impossible"
    one_df = _one(coping, "fit of the adherence scale, all indices")
    assert one_df["verdict"] == "impossible"
    assert _one(distress, "conclusion, real relationship and task")["verdict"] == "impossible"
    goal = _one(distress, "discussion, reliable pathway through goal")
    assert goal["verdict"] == "possible only if"
    assert _one(distress, "correction note")["verdict"] == "impossible"
    assert _one(distress, "adults and observations")["verdict"] == "not decided"


def test_a_discussion_that_fits_its_table_is_not_doubted():
    study = "coping_adherence"
    tables = {name: load_published(study, name) for name in load_source(study)["tables"]}
    paths = tables["table_4"].copy()
    paths.loc[("problem_focused", "alliance"), ["beta", "t"]] = ["0.521", "5.967**"]
    paths.loc[("avoidant", "alliance"), ["beta", "t"]] = ["-0.071", "0.804"]
    found = audit_tables(tables | {"table_4": paths}, study=study)
    assert _one(found, "discussion, coping")["verdict"] == "consistent"
    assert (
        found["verdict"].iloc[0] == "impossible"
    )  # avoidant coping no longer reaches the alliance


def test_a_finding_without_a_cause_is_refused(audits):
    table = audits["coping_adherence"].assign(cause="")
    with pytest.raises(InputError, match="of coping_adherence has no cause"):
        list_causes("coping_adherence", table)
