import pytest

from helpers.errors import InputError, did_you_mean


def test_an_input_error_is_one_line_and_a_value_error():
    error = InputError("first\n  second\tthird")
    assert str(error) == "first second third"
    assert isinstance(error, ValueError)


@pytest.mark.parametrize(
    ("word", "candidates", "hint"),
    [
        ("wai_totl", ["wai_total", "ses"], " Did you mean 'wai_total'?"),
        ("PHQ9", ["gad7", "phq9"], " Did you mean 'phq9'?"),
        (" ses ", ["ses"], " Did you mean 'ses'?"),
        ("color", ["wai_total", "ses"], ""),
        ("anything", [], ""),
        (12, [10, 121], " Did you mean '121'?"),
    ],
)
def test_did_you_mean(word, candidates, hint):
    assert did_you_mean(word, candidates) == hint


def test_hidden_characters_are_written_out_and_a_long_value_is_shortened():
    assert str(InputError("a\u200bb \x1b[31m")) == r"a\u200bb \x1b[31m"
    line = str(InputError(f"x={'9' * 5000!r} is not allowed; give a number"))
    assert len(line) < 1000
    assert line.startswith("x='999")
    assert line.endswith("is not allowed; give a number")
