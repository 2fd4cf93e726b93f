"""Tick boxes become one column of categories; nothing is guessed."""

import pandas as pd
import pytest

from helpers.data.datasets import load_dataset
from helpers.data.reshape import TickBoxes
from helpers.errors import InputError

BOXES = {"dx___1": "anxiety", "dx___2": "psychosis"}
CELLS = {
    "dx___1": pd.Series(["1", "0", "1", "0", None]),
    "dx___2": pd.Series(["0", "Checked", "1", "Unchecked", "0"]),
}


def test_one_box_several_and_none():
    combined = TickBoxes(boxes=BOXES, several="both", none="neither").combine(CELLS)
    assert combined.tolist() == ["anxiety", "psychosis", "both", "neither", "neither"]


def test_without_a_word_for_it_several_boxes_are_refused_and_none_is_missing():
    with pytest.raises(InputError, match="1 rows have several boxes ticked; say what they are"):
        TickBoxes(boxes=BOXES).combine(CELLS)
    combined = TickBoxes(boxes=BOXES, several="both").combine(CELLS)
    assert combined.isna().tolist() == [False, False, False, True, True]


def test_a_cell_that_is_neither_is_named():
    cells = CELLS | {"dx___2": pd.Series(["0", "maybe", "1", "2", "0"])}
    with pytest.raises(
        InputError, match=r"'dx___2' holds 'maybe', which is neither ticked.*1 more"
    ):
        TickBoxes(boxes=BOXES, several="both").combine(cells)


def test_a_file_with_tick_boxes_and_its_mapping(tmp_path):
    rows = ["8,7,3,3,3,3,4,1,0", "9,5,4,2,3,4,4,0,1", "3,8,2,3,4,2,3,1,1", "7,2,5,4,2,3,2,0,1"]
    data, mapping = tmp_path / "my.csv", tmp_path / "my.map.yml"
    header = "phq9,gad7,rri,wai_task,wai_goal,wai_bond,ses,dx___1,dx___2"
    data.write_text("\n".join([header, *rows]))
    entry = "tick_boxes: {diagnosis: {boxes: {dx___1: anxiety, dx___2: psychosis}, several: both}}"
    mapping.write_text(entry)
    study = "distress_session_quality"
    frame = load_dataset(data, study, covariates=["diagnosis"], mapping=mapping).frame
    assert frame["diagnosis"].tolist() == ["anxiety", "psychosis", "both", "psychosis"]
    for given, message in (
        (entry.replace("dx___2:", "dx___3:"), "'dx___3' is not a column of my.csv. Did you mean"),
        (entry.replace("diagnosis:", "phq9:"), "phq9 is not a column of categories; there are"),
        (entry.replace("several", "severl"), "'severl' is not an entry; there are boxes, several"),
        ("tick_boxes: {diagnosis: [dx___1]}", "write boxes: {yours: label}, one pair a box"),
    ):
        mapping.write_text(given)
        with pytest.raises(InputError) as caught:
            load_dataset(data, study, covariates=["diagnosis"], mapping=mapping)
        assert message in str(caught.value)
