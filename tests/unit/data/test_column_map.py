"""A mapping file is what it says, in a second, or one line says what is wrong."""

import time

import pytest

from helpers.data.column_map import LARGEST, read_column_map
from helpers.data.schemas import load_schema
from helpers.errors import InputError

STUDY = "distress_session_quality"
BOMB = "\n".join(
    ["a0: &a0 [x, x]", *(f"a{k}: &a{k} {{? [*a{k - 1}, *a{k - 1}] : x}}" for k in range(1, 30))]
)


@pytest.fixture
def read(tmp_path):
    def write_and_read(text):
        path = tmp_path / "my.map.yml"
        path.write_text(text, encoding="utf-8")
        return read_column_map(path, schema=load_schema(STUDY))

    return write_and_read


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (BOMB, "line 2: '*a0' stands for what is written elsewhere; write it out"),
        ("columns: &a {PHQ: phq9}\nlabels: *a", "line 2: '*a' stands for"),
        ("x: &a [*a]", "line 1: '*a' stands for"),
        ("columns: {[a, b]: phq9}", "line 1: what stands before a colon is a list or a mapping"),
        ("columns: {? {a: b} : phq9}", "line 1: what stands before a colon is a list"),
        ("columns:\n  PHQ: phq9\n  PHQ: gad7\n  PHQ: rri", "'PHQ' stands 3 times; keep one"),
        ("separator: [a]", "separator ['a'] is none of"),
        ("decimal: {a: b}", "decimal {'a': 'b'} is none of"),
        ("sheet: [a]", "sheet: write the name of one sheet"),
        ("missing: ['５']", "５ is a possible value of"),
        ("missing: ['-99', ' Woman ']", "Woman is a label of 'gender'"),
        ("[" * 90_000, "nested too deeply"),
        ("{" * 90_000, "nested too deeply"),
        ("- " * 45_000, "nested too deeply"),
        ("a: " * 30_000, "not YAML"),
        ("# much\n" * LARGEST, "larger than 100 kB"),
    ],
)
def test_a_mapping_that_is_not_plain_is_one_line_within_a_second(read, text, message):
    started = time.process_time()
    with pytest.raises(InputError) as error:
        read(text)
    assert time.process_time() - started < 1
    assert str(error.value).startswith("my.map.yml")
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_a_label_may_stand_for_a_missing_value_where_that_is_said_of_its_column(read):
    assert read("missing: {gender: [woman]}").missing == {"gender": ("woman",)}


def test_a_text_that_begins_with_a_star_is_a_text_in_quotes(read):
    assert read("missing: ['*', '&a']").missing == {"": ("*", "&a")}


def test_remedies_pasted_one_below_the_other_are_one_entry(tmp_path):
    path = tmp_path / "my.map.yml"
    path.write_text(
        "missing: {phq9: [-99]}\nlabels: {gender: {MAN: man}}\nreverse: [rri]\n"
        "missing: {rri: [99]}\nlabels: {gender: {WOMAN: woman}}\nmissing: ['?']\n"
        "missing: {rri: [98]}\nmissing: ['-']\nreverse: [ses]\n"
    )
    found = read_column_map(path, schema=load_schema("distress_session_quality"))
    assert found.missing == {"phq9": ("-99",), "rri": ("99", "98"), "": ("?", "-")}
    assert found.labels == {"gender": {"MAN": "man", "WOMAN": "woman"}}
    assert found.reverse == ("rri", "ses")


@pytest.mark.parametrize(
    "twice", ["labels: {gender: {M: man}}\nlabels: {gender: {M: woman}}", "sheet: A\nsheet: B",
              "ranges: {ses: [1, 7]}\nranges: {ses: [1, 5]}", "columns: {a: rri}\ncolumns: x"],
)  # fmt: skip
def test_what_is_said_twice_is_refused(tmp_path, twice):
    path = tmp_path / "my.map.yml"
    path.write_text(twice)
    with pytest.raises(InputError, match="stands 2 times; keep one"):
        read_column_map(path, schema=load_schema("distress_session_quality"))


def test_a_code_for_a_missing_answer_can_be_that_of_one_item_of_a_score(tmp_path):
    path = tmp_path / "my.map.yml"
    scores = "scores: {phq9: {key: PHQ-9, items: phq9_}}\n"
    path.write_text(scores + "missing: {phq9_4: [9]}\n")
    schema = load_schema("distress_session_quality")
    assert read_column_map(path, schema=schema).codes("phq9_4") == ["9"]
    path.write_text(scores + "missing: {phq8_4: [9]}\n")
    with pytest.raises(InputError, match="'phq8_4' is not a column"):
        read_column_map(path, schema=schema)
