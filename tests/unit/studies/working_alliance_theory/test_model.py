from dataclasses import replace

import pandas as pd
import pytest

from helpers.data.code_system import LEVELS, code_levels
from helpers.errors import InputError
from helpers.models.coding.agreement import fit_agreement
from helpers.models.coding.codings import as_codings
from helpers.paths import twin_path
from helpers.printed.numbers import load_published, load_source
from helpers.studies.working_alliance_theory.model import (
    STUDY,
    count_codebook,
    load_codebook,
    load_codings,
    load_paradigm_model,
)
from helpers.studies.working_alliance_theory.twin import DEMONSTRATION, SEED, simulate_codings


@pytest.fixture(scope="module")
def codebook():
    return load_codebook()


@pytest.fixture(scope="module")
def demonstration(codebook):
    return simulate_codings(codebook)


def coded(code):
    return pd.DataFrame({"video": ["V1"], "segment": [3], "coder": ["B"], "code": [code]})


def test_the_codebook_counts_are_those_of_the_printed_table(codebook):
    counts = count_codebook(codebook)
    assert counts["element"].tolist() == [
        "Causal Conditions",
        "Context",
        "Intervening Conditions",
        "Action/Interaction Strategies",
        "Consequences",
    ]
    assert counts["n_primary"].tolist() == [6, 7, 4, 1, 2]
    assert counts["n_open"].tolist() == [19, 21, 21, 6, 8]
    assert counts["n_groups"].tolist() == [4, 7, 4, 1, 1]
    assert counts["n_distinct"].tolist() == [18, 21, 21, 6, 8]
    assert len(codebook) == 75
    assert codebook["axial_code"].nunique() == 5


def test_slips_of_the_print_are_carried_and_noted(codebook):
    row = codebook.set_index("code_id")
    assert "Emtion Reflection" in row.loc["OC01", "primary_code"]
    assert row.loc["OC04", "same_as"] == "OC03"
    assert row.loc["OC04", "open_code"] == row.loc["OC03", "open_code"]
    assert "without a bullet" in row.loc["OC19", "note"]
    assert row["note"].str.contains("no line between the rows").sum() == 10
    assert row["note"].str.contains("split between them is not printed").sum() == 8
    assert row.loc["OC20", "open_code"] == row.loc["OC21", "primary_code"] == "Seeking help"
    assert "also a primary label" in row.loc["OC20", "note"]
    printed = load_published(STUDY, "wording")["printed"]
    assert {"Aliance", "pre-recoded", "three four coders", "Emtion Reflection"} <= set(printed)


def test_labels_differ_from_print_by_quotation_marks_and_final_stops_only(codebook):
    plain = codebook["as_printed"].str.translate(str.maketrans("’“”", '\'""')).str.rstrip(".")
    assert (plain == codebook["open_code"]).all()
    assert (codebook["as_printed"] != codebook["open_code"]).sum() > 0


def test_primary_labels_are_those_of_the_groups(codebook):
    labels = load_published(STUDY, "primary_codes").reset_index()
    assert len(labels) == 20
    joined = labels.groupby("primary_group", sort=False)["primary_code"].agg(" / ".join)
    groups = codebook.drop_duplicates("primary_group").set_index("primary_group")["primary_code"]
    assert joined.to_dict() == groups.to_dict()


def test_the_paradigm_model_stands_on_the_codebook(codebook):
    model = load_paradigm_model()
    names = set(model.nodes["node"])
    assert set(model.edges["source"]) | set(model.edges["target"]) <= names
    in_table = model.nodes[model.nodes["in_table"]]
    assert set(in_table["axial_code"]) == set(codebook["axial_code"])
    outside = set(model.nodes.loc[~model.nodes["in_table"], "node"])
    assert outside == {"attachment_patterns", "attachment_capacity"}
    assert (model.edges["stated_in"] != "").all()


def test_every_disagreement_points_at_a_printed_cell():
    for disagreement in load_source(STUDY)["disagreements"]:
        for place in disagreement["places"]:
            table = load_published(STUDY, place["table"])
            assert table.loc[place["row"], "printed"] == place["printed"]


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ("OC23", "OC23"),
        ("oc23 ", "OC23"),
        ("Seeking therapist’s opinion", "OC23"),
        ("seeking  therapist's opinion.", "OC23"),
        ("Give yourself advice on how to “solve” the problem.", "OC51"),
        ("OC04", "OC03"),
        ("The capacity to reflect on your emotions", "OC03"),
        ("Seeking help", "OC20"),
        ("None", "none"),
    ],
)
def test_a_code_is_found_by_number_or_wording(codebook, given, code):
    assert code_levels(coded(given), codebook)["code"].item() == code


def test_levels_are_those_of_the_codebook(codebook):
    levels = code_levels(coded("OC41"), codebook)[list(LEVELS)].iloc[0].tolist()
    assert levels == [
        "Failure to explore the distress",
        "Direct avoidance",
        "Resistance",
        "Intervening Conditions",
    ]
    assert set(code_levels(coded("none"), codebook)[list(LEVELS)].iloc[0]) == {"none"}


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (
            "Seeking advise",
            "video 'V1', segment 3, coder 'B': code 'Seeking advise' is not in the codebook; give "
            "a code_id such as OC01, an open code's wording, or 'none'. Did you mean 'Seeking "
            "advice'?",
        ),
        (
            "OC76",
            "video 'V1', segment 3, coder 'B': code 'OC76' is not in the codebook; codes run from "
            "OC01 to OC75",
        ),
        (
            "mindfulness",
            "video 'V1', segment 3, coder 'B': 'mindfulness' is a primary code; give one of its "
            "open codes, OC11 to OC14",
        ),
        (
            "Misleading",
            "video 'V1', segment 3, coder 'B': 'Misleading' is a primary code; give one of its "
            "open codes, OC68 to OC75",
        ),
        (
            "Autonomous Reflection",
            "video 'V1', segment 3, coder 'B': 'Autonomous Reflection' is a primary code; give one "
            "of its open codes, OC40",
        ),
        (
            "Resistance",
            "video 'V1', segment 3, coder 'B': 'Resistance' is an axial code; give one of its open "
            "codes, OC41 to OC61",
        ),
    ],
)
def test_a_code_that_is_not_in_the_codebook_is_refused(codebook, code, message):
    with pytest.raises(InputError) as error:
        code_levels(coded(code), codebook)
    assert str(error.value) == message


def refusal(data, folder):
    path = folder / "codings.csv"
    data.to_csv(path, index=False)
    with pytest.raises(InputError) as error:
        load_codings(path)
    assert "\n" not in str(error.value)
    return str(error.value)


def test_a_segment_that_a_coder_left_out_is_a_gap(demonstration, tmp_path):
    path = tmp_path / "codings.csv"
    demonstration.drop(index=[4]).to_csv(path, index=False)
    codings = load_codings(path, coder_names=True, video_names=True)
    assert len(codings.frame) == len(demonstration) - 1
    units = as_codings(codings.frame).units("code", complete=False)
    assert units.isna().sum().to_dict() == {"A": 0, "B": 1, "C": 0}


def test_coders_of_a_readers_file_are_numbered_unless_asked_for(demonstration, tmp_path):
    path = tmp_path / "codings.csv"
    named = demonstration.replace({"coder": {"A": "Zoe", "B": "Ann", "C": "Mia"}})
    named.to_csv(path, index=False)
    numbered = load_codings(path).frame
    assert sorted(numbered["coder"].unique()) == ["1", "2", "3"]
    shown = load_codings(path, coder_names=True).frame
    assert shown.loc[numbered["coder"] == "1", "coder"].unique().tolist() == ["Ann"]
    assert set(load_codings().frame["coder"]) == {"A", "B", "C"}


def test_the_data_dictionary_refuses_what_breaks_it(demonstration, tmp_path):
    twice = pd.concat([demonstration, demonstration.iloc[[3]]])
    assert f"line {len(twice) + 1}" in refusal(twice, tmp_path)
    assert "'codr'" in refusal(demonstration.rename(columns={"coder": "codr"}), tmp_path)
    from_zero = demonstration.assign(segment=demonstration["segment"] - 1)
    assert "column 'segment'" in refusal(from_zero, tmp_path)
    nobody = demonstration.assign(coder=demonstration["coder"].where(demonstration.index != 4, ""))
    assert refusal(nobody, tmp_path).startswith(
        "codings.csv, line 6: no video, segment or coder (1 of"
    )


def test_an_empty_code_is_a_segment_that_the_coder_did_not_code(demonstration, tmp_path):
    path = tmp_path / "codings.csv"
    demonstration.assign(code=demonstration["code"].where(demonstration.index != 4, "")).to_csv(
        path, index=False
    )
    given = load_codings(path).frame
    demonstration.drop(index=[4]).to_csv(path, index=False)
    pd.testing.assert_frame_equal(given, load_codings(path).frame)
    assert len(given) == len(demonstration) - 1


def test_a_readers_file_takes_the_place_of_the_demonstration(demonstration, codebook, tmp_path):
    wording = codebook.set_index("code_id")["open_code"].to_dict()
    path = tmp_path / "mine.csv"
    mine = demonstration.assign(code=demonstration["code"].replace(wording), memo="seen twice")
    mine.sample(frac=1, random_state=1).to_csv(path, index=False)
    codings = load_codings(path, coder_names=True, video_names=True)
    assert not codings.dataset.synthetic
    assert codings.dataset.ignored_columns == ("memo",)
    keys = ["video", "segment", "coder"]
    published = load_codings().frame.sort_values(keys, ignore_index=True)
    pd.testing.assert_frame_equal(codings.frame.sort_values(keys, ignore_index=True), published)


def test_the_demonstration_file_is_what_its_seed_gives(demonstration):
    written = pd.read_csv(twin_path(STUDY), dtype={"code": str}, keep_default_na=False)
    pd.testing.assert_frame_equal(written, demonstration)
    assert load_codings().dataset.synthetic


def test_the_demonstration_has_the_shape_of_the_study(demonstration, codebook):
    assert demonstration["video"].nunique() == 15
    assert demonstration["coder"].nunique() == 3
    segments = demonstration.groupby("video")["segment"].max()
    assert segments.between(DEMONSTRATION.min_segments, DEMONSTRATION.max_segments).all()
    assert len(demonstration) == 3 * segments.sum()
    assert set(demonstration["code"]) <= {*codebook["code_id"], "none"} - {"OC04"}


def test_better_coders_agree_more(codebook):
    alphas = []
    for accuracy in (0.4, 0.7, 0.95):
        process = replace(DEMONSTRATION, accuracy=dict.fromkeys("ABC", accuracy))
        data = code_levels(simulate_codings(codebook, process=process, seed=SEED), codebook)
        table = fit_agreement(data, levels=["open"], n_boot=2, seed=1).table
        alphas.append(table.set_index("statistic").loc["krippendorff_alpha", "est"])
    assert alphas[0] < 0.35 < alphas[1] < 0.75 < alphas[2]


def test_axial_codes_and_elements_divide_the_codings_alike():
    table = fit_agreement(load_codings().frame, levels=LEVELS, n_boot=50, seed=1).table
    numbers = table.set_index(["level", "statistic"])[["est", "se", "ci_lower", "ci_upper"]]
    pd.testing.assert_frame_equal(numbers.loc["axial"], numbers.loc["element"])
