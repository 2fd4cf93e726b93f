"""A column that is missing: what is proposed is never an item, a wave or a tick box."""

import pytest

from helpers.data.header import explain_absence, find_items_elsewhere, is_part
from helpers.data.schemas import load_schema
from helpers.data.scoring import number_items

STUDY = load_schema("distress_session_quality")


def _said(name, names):
    return explain_absence(STUDY.column(name), names, STUDY.names).text


@pytest.mark.parametrize(
    ("column", "names", "line"),
    [
        ("phq9", [f"phq9_{k}" for k in range(1, 10)], "{phq9: {key: PHQ-9, items: phq9_}}"),
        ("phq9", [f"PHQ{k:02d}" for k in range(1, 10)], "{phq9: {key: PHQ-9, items: PHQ}}"),
        ("wai_bond", [f"WAI_{k}" for k in range(1, 13)], "{key: WAI-SR bond, items: WAI_}"),
        (
            "ses",
            [f"ses_{k}" for k in range(1, 6)],
            "{ses: {items: ses_, score: mean, answers: [1, 5]}}",
        ),
    ],
)
def test_items_are_offered_to_be_scored(column, names, line):
    said = _said(column, names)
    assert line in said
    assert "look like its" in said
    assert "Did you mean" not in said


@pytest.mark.parametrize(
    "names", [["phq9_t1", "phq9_t2"], ["phq9_pre", "phq9_post"], ["T1_phq9", "T2_phq9"]]
)
def test_of_several_waves_one_is_asked_for(names):
    said = _said("phq9", names)
    assert f"{names[0]} and {names[1]} look like it at different times" in said
    assert f"columns: {{{names[0]}: phq9}}" in said


TWELVE = range(1, 13)


@pytest.mark.parametrize(
    ("names", "items"),
    [
        ([f"wai_{k}_t{w}" for w in (1, 2) for k in TWELVE], "wai_1_t1, wai_2_t1, wai_10_t1"),
        ([f"t{w}_wai{k:02d}" for w in (1, 2) for k in TWELVE], "t1_wai01, t1_wai02, t1_wai10"),
        ([f"WAI{w}.{k}" for w in (1, 2) for k in TWELVE], "WAI1.1, WAI1.2, WAI1.10"),
        ([f"wai_{w}_{k}" for w in ("pre", "post") for k in TWELVE], "wai_pre_1, wai_pre_2"),
    ],
)
def test_items_of_several_waves_are_offered_by_wave(names, items):
    said = _said("wai_task", names)
    assert "look like its 4 items, at 2 times" in said
    assert f"{{key: WAI-SR task, items: [{items}" in said


@pytest.mark.parametrize(
    ("column", "names", "prefix"),
    [
        ("wai_task", [f"WAI_SR_{k:02d}" for k in TWELVE], "WAI_SR_"),
        ("wai_task", [f"WAISR[SQ{k:03d}]" for k in TWELVE], "WAISR"),
        ("phq9", [f"PHQ[SQ{k:03d}]" for k in range(1, 10)], "PHQ"),
        ("phq9", [f"PHQ9.SQ{k:03d}." for k in range(1, 10)], "PHQ9."),
    ],
)
def test_items_are_known_by_any_spelling_of_the_instrument(column, names, prefix):
    said = _said(column, names)
    assert f"items: {prefix}}}}}" in said
    assert len(number_items(names, prefix)) == len(names)


def test_a_key_is_not_offered_for_a_longer_questionnaire():
    """Items 1, 2, 10 and 12 of the 36 of the first version are not the task items of the WAI-SR."""
    for names in ([f"wai{k}" for k in range(1, 37)], [f"WAI_S_{k}" for k in TWELVE]):
        assert "look like" not in _said("wai_task", names)


def test_the_question_of_difficulty_after_the_items_is_no_other_questionnaire():
    said = _said("phq9", [f"phq9_{k}" for k in range(1, 11)])
    assert "phq9_1 to phq9_9 look like its 9 items" in said


def test_a_total_is_not_proposed_for_a_part_of_it():
    for total in ("wai_total", "WAI-SR total", "WAI mean"):
        assert "total" not in _said("wai_task", [total, "age"])


def test_items_under_names_that_say_nothing_are_listed():
    names = [f"Q12_{k}" for k in range(1, 10)] + [f"Q13_{k}" for k in range(1, 8)]
    said = _said("phq9", names)
    assert "if its 9 items are among Q12_1 to Q12_9, Q13_1 to Q13_7, name these: scores:" in said


def test_the_same_few_numbers_behind_several_measures_are_waves_and_no_items():
    names = [f"{name}.{k}" for name in ("phq9", "rri", "ses") for k in (1, 2)]
    said = _said("rri", names)
    assert "rri.1 and rri.2 look like it at different times" in said
    assert "scores" not in said
    own = load_schema("intersession_alliance")
    names = [f"{name}_{k}" for name in own.names for k in (1, 2)]
    said = explain_absence(own.column("progress"), names, own.names).text
    assert "look like its 2 items, or like it at 2 times" in said


@pytest.mark.parametrize(
    ("column", "name"),
    [
        ("phq9", "PHQ-9 total"),
        ("phq9", "PHQ[SQ001]"),
        ("rri", "RRI_sum"),
        ("ses", "SES Ø"),
        ("gad7", "GAD-7 Gesamtwert"),
        ("gad7", "sumGAD7"),
    ],
)
def test_what_is_called_after_the_instrument_is_proposed(column, name):
    source = explain_absence(STUDY.column(column), ["id", name, "sex"], STUDY.names)
    assert "looks like it. If so, write in the mapping" in source.text
    assert source.entries == {"columns": {name: column}}


def test_items_under_the_initials_of_the_instrument_are_proposed():
    study = load_schema("coping_adherence")
    names = [f"WAI{k}" for k in range(1, 13)] + [f"Q{k}" for k in range(1, 5)]
    found = find_items_elsewhere(study.column("alliance"), names, study.names)
    assert found.entries == {"columns": {"WAI": "alliance"}}
    found = find_items_elsewhere(study.column("avoidant"), names, study.names)
    assert "(the file has WAI1 to WAI12, Q1 to Q4)" in found.text
    assert found.entries == {}


def test_tick_boxes_are_no_category():
    said = _said("diagnosis", ["diagnosis___1", "diagnosis___2", "diagnosis___3"])
    assert "look like the tick boxes of one question" in said
    pairs = "diagnosis___1: LABEL, diagnosis___2: LABEL, diagnosis___3: LABEL"
    assert f"{{diagnosis: {{boxes: {{{pairs}}}, several: LABEL, none: LABEL}}}}" in said
    assert "leave it out of covariates" in said
    assert "Did you mean" not in said


def test_a_slip_is_still_mended():
    assert "columns: {wai_taks: wai_task}" in _said("wai_task", ["wai_taks"])
    assert "Did you mean" not in _said("ses", ["sex"])


@pytest.mark.parametrize(
    ("name", "names", "part"),
    [
        ("phq9_9", ["phq9_8", "phq9_9"], True),
        ("q___1", ["q___1"], True),
        ("rri_t1", ["rri_t1", "rri_t2"], True),
        ("phq9", ["phq9", "gad7"], False),
        ("PHQ9", ["PHQ9"], False),
    ],
)
def test_what_is_a_part_of_something(name, names, part):
    assert is_part(name, names) is part


def test_where_no_key_is_carried_the_reader_is_asked_for_it():
    assert "add reverse: [their names]" in _said("rri", [f"rri_{k}" for k in range(1, 9)])
    assert "reverse" not in _said("phq9", [f"phq9_{k}" for k in range(1, 10)])


def test_items_of_a_group_at_several_times_are_named_one_by_one():
    study = load_schema("coping_adherence")
    names = [f"alliance_{k}_t{w}" for w in (1, 2) for k in range(1, 37)]
    said = find_items_elsewhere(study.column("alliance"), names, study.names).text
    assert "alliance_1_t1 to alliance_36_t1, or alliance_1_t2 to alliance_36_t2" in said
    assert "columns: {alliance_1_t1: alliance_1, alliance_2_t1: alliance_2, …}" in said
