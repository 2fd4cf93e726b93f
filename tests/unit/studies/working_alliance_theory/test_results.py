"""The grounded-theory notebook's computations and words, on codings small enough to count."""

import pandas as pd
import pytest

from helpers.data.code_system import LEVELS, code_levels
from helpers.models.coding.agreement import fit_agreement, list_disagreements
from helpers.printed.numbers import load_published, load_source
from helpers.studies.one_coding import results as coded
from helpers.studies.one_coding import words as said
from helpers.studies.registry import audit_study, audit_tables
from helpers.studies.working_alliance_theory import model as study
from helpers.studies.working_alliance_theory import results, words


@pytest.fixture(scope="module")
def codebook():
    return study.load_codebook()


@pytest.fixture(scope="module")
def frame(codebook):
    """Two videos, four segments; coders differ within a group, within an element, and at all."""
    given = {
        ("V1", 1): ("OC11", "OC11", "OC11"),
        ("V1", 2): ("OC11", "OC12", "OC11"),
        ("V1", 3): ("OC11", "OC15", "none"),
        ("V2", 1): ("OC62", "OC62", "OC62"),
        ("V2", 2): ("none", "none", "none"),
        ("V2", 3): ("OC41", "OC46", "OC41"),
    }
    rows = [
        (video, segment, coder, code)
        for (video, segment), codes in given.items()
        for coder, code in zip("ABC", codes, strict=True)
    ]
    data = pd.DataFrame(rows, columns=["video", "segment", "coder", "code"])
    return code_levels(data, codebook)


def test_selection_counts_segments_and_codes(frame):
    counted = coded.count_selection(frame).set_index("what")
    assert counted.loc["segments", ["before", "after"]].tolist() == [6, 3]
    assert counted.loc["codes", ["before", "after"]].tolist() == [6, 2]
    assert counted.loc["segments", "kept"] == 0.5


def test_selection_by_label_adds_up(frame):
    table = coded.compare_selection(frame, by="axial").set_index("label")
    assert table["n_codings"].sum() == len(frame)
    assert table["n_kept"].sum() == 9
    assert table[["share_before", "share_after"]].sum().tolist() == pytest.approx([1, 1])
    assert table.index[0] == "Resistance"
    assert table.loc["Reflective Functioning", ["n_codings", "n_kept"]].tolist() == [8, 3]
    assert table.loc["none", "kept"] == 0.75


def test_coders_are_described_without_segments_they_left_uncoded(frame):
    table = coded.describe_coders(frame).set_index("coder")
    assert table["n_segments"].tolist() == [6, 6, 6]
    assert table["n_codes"].tolist() == [3, 5, 3]
    assert table["share_none"].tolist() == pytest.approx([1 / 6, 1 / 6, 2 / 6])


def test_shares_by_coder_sum_to_one_and_keep_the_order(frame, codebook):
    order = codebook["axial_code"].unique()
    table = coded.share_by_coder(frame, level="axial", order=order)
    assert table["label"].tolist() == [*order, "none"]
    assert table[["coder A", "coder B", "coder C"]].sum().tolist() == pytest.approx([1, 1, 1])
    assert table.set_index("label").loc["none", "spread"] == pytest.approx(1 / 6)


def test_alpha_without_a_coder_is_that_of_the_others(frame):
    table = coded.vary_agreement(frame, levels=("open", "axial")).set_index("analysis")
    others = frame[frame["coder"] != "B"]
    fit = fit_agreement(others, levels=["open"], n_boot=10, seed=1).table.set_index("statistic")
    assert table.loc["Without coder B", "open"] == fit.loc["krippendorff_alpha", "est"]
    assert table.loc["Segments to which every coder gave a code", "n_units"] == 4
    assert table.loc["One video left out, smallest", "n_units"] == 3
    two = coded.vary_agreement(others, levels=("open",))["analysis"]
    assert not two.str.startswith("Without coder").any()
    assert table.loc["Without segments to which no coder gave a code", "n_units"] == 5


def test_more_coders_find_fewer_codes(frame):
    table = coded.vary_min_coders(frame, level="open", n_orders=10, seed=1)
    assert table["min_coders"].tolist() == [1, 2, 3]
    assert table["n_codes"].tolist() == [6, 3, 2]
    assert table["n_stopped"].tolist() == [0, 0, 0]
    assert table["first_stop"].isna().all()


def test_claims_rest_on_the_print(codebook):
    audit = audit_study(study.STUDY)
    claims = results.judge_claims(codebook, audit)
    assert claims["holds"].isna().sum() == (claims["verdict"] == "not decided").sum() == 5
    # A printed agreement statistic would make the claim of consensus one that can be checked.
    consensus = "the three coders had consensus regarding the open codes"
    open_still = audit[audit["relation"] != consensus]
    assert len(results.judge_claims(codebook, open_still)) == len(claims) - 1


# ---------------------------------------------------------------- the print against itself


@pytest.fixture
def tables():
    return {t: load_published(study.STUDY, t) for t in load_source(study.STUDY)["tables"]}


def verdict_of(tables, relation):
    audit = audit_tables(tables, study=study.STUDY).set_index("relation")
    return audit.loc[relation, "verdict"] if relation in audit.index else "gone"


def test_the_print_contradicts_itself_where_it_was_seen_to():
    audit = audit_study(study.STUDY)
    wrong = audit.loc[audit["verdict"] == "impossible", "relation"].tolist()
    assert wrong == [
        "as many coders with consensus on the open codes as coders",
        "the five elements of the discussion are those of the coding table",
        "each open code stands once",
        "the influence on the working alliance is direct",
        "the consequence is the formation or disruption of the alliance",
        "patterns of attachment come before the consequence",
    ]


@pytest.mark.parametrize(
    ("table", "row", "column", "printed", "relation", "before", "after"),
    [
        (
            "text", "abstract_videos", "printed", "two",
            "as many recorded psychotherapy sessions",
            "consistent", "impossible",
        ),
        (
            "text", "open_coders_consensus", "printed", "three",
            "as many coders with consensus on the open codes as coders",
            "impossible", "consistent",
        ),
        (
            "text", "abstract_elements", "printed", "three",
            "the model has as many elements as the coding table", "consistent", "impossible",
        ),
        (
            "codebook", "OC04", "same_as", "",
            "each open code stands once", "impossible", "consistent",
        ),
        (
            "wording", "claim_influence", "compare", "direct influence",
            "the influence on the working alliance is direct", "impossible", "consistent",
        ),
        (
            "sample", "approach", "printed", "psychodynamic",
            "the elements are involved whatever the approach of the psychotherapy",
            "not decided", "gone",
        ),
    ],
)  # fmt: skip
def test_another_print_gets_another_verdict(
    tables, table, row, column, printed, relation, before, after
):
    assert verdict_of(tables, relation) == before
    changed = tables[table].copy()
    changed.loc[row, column] = printed
    assert verdict_of({**tables, table: changed}, relation) == after


# ---------------------------------------------------------------- words


def test_every_relation_of_the_model_is_put_into_words():
    model = study.load_paradigm_model()
    relations = words.arrange_relations(model)
    assert len(relations) == (model.edges["kind"] != "integration").sum()
    first = relations["relation"].iloc[0]
    assert first == "Reflective functioning initiates engagement in learning"
    with_figure = relations["group"] == "Stated with Figure 1"
    assert relations.loc[with_figure, "stated_in"].str.contains("selective coding").all()
    assert not relations.loc[~with_figure, "stated_in"].str.contains("selective coding").any()
    assert "core category" in words.describe_model(model)


def test_the_folded_codebook_holds_every_row_as_printed(codebook):
    folds = words.fold_codebook(codebook)
    assert sum(len(table.cells) for table in folds.values()) == len(codebook)
    assert next(iter(folds)) == "Causal Conditions: Reflective Functioning, 19 open codes"


def test_disagreements_fold_by_the_level_of_return(frame):
    listed = list_disagreements(frame, levels=LEVELS)
    folds = said.fold_disagreements(listed)
    assert [line.split(":")[0] for line in folds] == [
        "Agree on the primary code", "Agree on the axial code", "Agree at no level",
    ]  # fmt: skip
    assert said.count_returns(listed) == (
        "1 on the primary code, 1 on the axial code, 1 at no level"
    )
    assert "no code" in folds["Agree at no level: 1 segment"].cells.to_numpy()


@pytest.mark.filterwarnings("ignore:.*has no value in:RuntimeWarning")
def test_agreement_that_does_not_rise_is_not_said_to(frame):
    fit = fit_agreement(frame, levels=LEVELS, n_boot=10, seed=1)
    listed = list_disagreements(frame, levels=LEVELS)
    assert "Alpha rises from" in said.read_levels(fit.table, listed)
    flat = fit.table.assign(est=0.7)
    assert "do not choose neighboring codes" in said.read_levels(flat, listed)


@pytest.mark.parametrize(
    ("stops", "sentence"),
    [
        ([None, None], "None of the 2 stopping rules would have stopped."),
        ([6, None], "1 of 2 stopping rules would have stopped, after 6 videos; 1 would not have "
         "stopped."),
        ([6, 9], "2 of 2 stopping rules would have stopped, after 6 to 9 videos."),
    ],
)  # fmt: skip
def test_stops_in_words(stops, sentence):
    rules = pd.DataFrame({"stop_at": pd.array(stops, dtype="Int64")})
    assert said.describe_stops(rules) == sentence


@pytest.mark.parametrize(
    ("alpha", "grade"),
    [(0.80, "reliable"), (0.799, "tentative"), (0.667, "tentative"), (0.666, "not reliable")],
)
def test_grades_change_at_the_limits(alpha, grade):
    assert said.grade_alpha(alpha) == grade


def test_the_banner_says_whether_codings_are_synthetic(tmp_path):
    demonstration = study.load_codings()
    assert words.state_codings(demonstration).startswith("**These codings are synthetic.**")
    own = tmp_path / "own.csv"
    demonstration.dataset.frame.query("video in ['V01', 'V02']").to_csv(own, index=False)
    codings = study.load_codings(own)
    assert said.name_codings(codings) == "your codings"
    assert words.state_codings(codings).startswith("**These are your codings** (2 videos, ")


def test_a_statistic_that_no_level_has_keeps_its_column(frame):
    """Where coders left segments out there is no Fleiss kappa; the table says so with a dash."""
    gaps = frame.drop(index=frame.index[1])
    table = fit_agreement(gaps, levels=["open", "primary"], n_boot=20).table
    table.loc[table["statistic"] == "fleiss_kappa", "est"] = float("nan")
    arranged = said.arrange_agreement(table)
    assert arranged["fleiss_kappa"].isna().all()
    assert arranged["level"].tolist() == ["open", "primary"]
