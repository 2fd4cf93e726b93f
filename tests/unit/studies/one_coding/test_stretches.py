"""Stretches that coders chose: alpha where texts have a length, a line on why where not."""

from types import SimpleNamespace

import pandas as pd
import pytest

from helpers.models.coding.unitizing import fit_unitizing_agreement
from helpers.studies.one_coding import stretches

MARKS = pd.DataFrame(
    [
        ("1", "A", 0, 10, 40.0, "shout", "rupture"),
        ("1", "B", 0, 8, 40.0, "leave", "rupture"),
        ("1", "B", 20, 30, 40.0, "mend", "repair"),
        ("2", "A", 5, 9, 20.0, "mend", "repair"),
        ("3", "A", 0, 9, float("nan"), "mend", "repair"),
        ("3", "B", 0, 9, float("nan"), "mend", "repair"),
    ],
    columns=["video", "coder", "start", "end", "length", "open", "primary"],
)
FRAME = pd.DataFrame({"video": list("112233"), "coder": list("ABABAB")})


def codings(marks=MARKS, frame=FRAME):
    return SimpleNamespace(marks=marks, frame=frame, levels=("open", "primary"))


def test_texts_of_known_length_that_two_coders_saw_are_compared_at_each_level():
    table = stretches.compare_marks(codings())
    seen = FRAME[FRAME["video"] != "3"]
    own = MARKS[MARKS["video"] != "3"]
    lengths = {"1": 40, "2": 20}
    for level in ("open", "primary"):
        fit = fit_unitizing_agreement(own.assign(code=own[level]), lengths=lengths, seen=seen)
        mine = table[table["level"] == level].set_index("what")["alpha"]
        assert mine.to_dict() == pytest.approx(fit.set_index("what")["alpha"][mine.index].to_dict())
    assert table["what"].eq("any code").sum() == 1
    assert set(table["n_videos"]) == {2}


def test_the_table_names_levels_and_says_what_was_left_out():
    table = stretches.compare_marks(codings())
    shown = stretches.print_marks(table, codings(), level="primary")
    text = shown.to_markdown()
    for part in ("Marked or not", "Which open code", "Which primary code", "repair"):
        assert part in text
    assert "mend" not in text
    assert "2 texts of known length that two or more coders marked; 1 of 3 sources left out" in text
    assert "alpha for unitizing, which goes by length, is" in stretches.find_marks(table)


@pytest.mark.parametrize(
    ("marks", "reason"),
    [
        (MARKS.head(0), "does not say where in a text of known length"),
        (MARKS[MARKS["video"] == "3"], "No text that two coders marked is in the project"),
    ],
)
def test_where_there_is_none_a_line_says_why(marks, reason):
    table = stretches.compare_marks(codings(marks))
    assert table.empty
    assert reason in stretches.print_marks(table, codings(marks), level="primary").data
    assert stretches.find_marks(table) == ""
