"""Which columns are missing together."""

import numpy as np
import pandas as pd

from helpers.data.datasets import load_dataset
from helpers.data.describe import describe_gaps
from helpers.paths import twin_path

STUDY = "intersession_alliance"


def _load(tmp_path, frame, study=STUDY):
    path = tmp_path / "my.csv"
    frame.to_csv(path, index=False)
    return load_dataset(path, study, missing="keep")


def test_patterns_count_every_row_once_and_rare_ones_are_taken_together(tmp_path):
    frame = pd.read_csv(twin_path(STUDY)).astype(float)
    frame.loc[:9, "progress"] = np.nan
    frame.loc[5:9, "isp_actions"] = np.nan
    frame.loc[[20, 21], "self_alliance"] = np.nan
    gaps = describe_gaps(_load(tmp_path, frame), smallest_cell=5)
    assert gaps["n"].sum() == len(frame)
    assert dict(zip(gaps["pattern"], gaps["n"], strict=True)) == {
        "complete": len(frame) - 12,
        "progress": 5,
        "isp_actions, progress": 5,
        "other": 2,
    }
    assert "other_alliance" not in gaps
    both = gaps.set_index("pattern").loc["isp_actions, progress"]
    assert both["isp_actions"]
    assert both["progress"]
    assert not both["self_alliance"]


def test_items_of_a_scale_are_one_column(tmp_path):
    frame = pd.read_csv(twin_path("coping_adherence")).astype(float)
    frame.loc[:9, "avoidant_1"] = np.nan
    frame.loc[5:14, "avoidant_2"] = np.nan
    gaps = describe_gaps(_load(tmp_path, frame, "coping_adherence"))
    assert list(gaps) == ["pattern", "n", "avoidant"]
    assert gaps.set_index("pattern")["n"]["avoidant"] == 15


def test_complete_data_have_one_pattern():
    gaps = describe_gaps(load_dataset(twin_path(STUDY), STUDY, missing="keep"))
    assert gaps["pattern"].tolist() == ["complete"]
