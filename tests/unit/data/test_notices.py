"""What an expert would notice is noticed, and sound data are left in peace."""

import numpy as np
import pandas as pd
import pytest

from helpers.data.datasets import load_dataset
from helpers.data.notices import is_identifier
from helpers.errors import InputError

STUDY = "distress_session_quality"
N = 80


@pytest.fixture
def frame():
    rng = np.random.default_rng(11)
    good = rng.normal(size=N)
    return pd.DataFrame(
        {
            "phq9": np.clip(np.round(12 + 5 * rng.normal(size=N)), 0, 27).astype(int),
            "gad7": np.clip(np.round(9 + 4 * rng.normal(size=N)), 0, 21).astype(int),
            **{
                name: np.clip(3.4 + 0.6 * (good + rng.normal(size=N)), 1, 5).round(3)
                for name in ("rri", "wai_task", "wai_goal", "wai_bond", "ses")
            },
        }
    )


@pytest.fixture
def notices(tmp_path):
    def notices(frame, **options):
        frame.to_csv(tmp_path / "my.csv", index=False)
        data = load_dataset(tmp_path / "my.csv", STUDY, covariates=[], **options)
        return {each.kind: each.text for each in data.notices}

    return notices


def test_sound_data_are_left_in_peace(frame, notices):
    assert notices(frame) == {}
    assert notices(frame.assign(client_id=range(N))) == {}


def test_ids_that_repeat_are_named_until_they_are_the_cluster(frame, notices):
    frame["client_id"] = np.arange(N) // 4
    said = notices(frame)
    assert said["repeated ids"].startswith("client_id has 20 values in 80 rows.")
    assert notices(frame, cluster="client_id").keys() == {"few clusters"}
    frame["client_id"] = np.arange(N) // 2
    assert notices(frame, cluster="client_id") == {}


def test_copies_of_rows_are_counted(frame, notices):
    twice = pd.concat([frame, frame.head(7)])
    assert notices(twice)["copies"].startswith("7 rows are equal to an earlier one")


def test_rows_that_are_alike_by_chance_are_no_copies(tmp_path):
    rng = np.random.default_rng(2)
    names = ["self_alliance", "other_alliance", "isp_thoughts", "isp_actions", "progress"]
    coarse = pd.DataFrame(rng.integers(1, 4, (150, 5)), columns=names)
    assert coarse.duplicated().sum() > 20
    coarse.to_csv(tmp_path / "my.csv", index=False)
    data = load_dataset(tmp_path / "my.csv", "intersession_alliance", covariates=[])
    assert "copies" not in {each.kind for each in data.notices}


def test_a_ceiling_and_a_maximum_far_below_the_scale_are_said(frame, notices):
    said = notices(frame.assign(ses=np.where(np.arange(N) < 60, 5.0, frame["ses"])))
    assert said["ceiling"].startswith("ses: 6") or said["ceiling"].startswith("ses: 7")
    said = notices(frame.assign(phq9=frame["phq9"] // 3))
    assert "the highest of 80 values is 8, on a scale of 0 to 27" in said["low maximum"]


def test_an_item_against_its_scale_is_named(tmp_path):
    rng = np.random.default_rng(5)
    factor = rng.normal(size=N)
    names = ["avoidant", "problem_focused", "emotion_focused", "alliance", "adherence"]
    items = {
        f"{name}_{k}": np.clip(np.round(3 + factor + rng.normal(size=N)), 1, 5).astype(int)
        for name in names
        for k in (1, 2, 3, 4)
    }
    items["alliance_3"] = 6 - items["alliance_3"]
    pd.DataFrame(items).to_csv(tmp_path / "my.csv", index=False)
    data = load_dataset(tmp_path / "my.csv", "coping_adherence")
    (text,) = [each.text for each in data.notices]
    assert text.startswith("alliance_3 correlates negatively with the other items of alliance.")
    assert "reverse: [alliance_3]" in text


def test_a_covariate_of_codes_is_asked_about_unless_it_is_declared(tmp_path):
    rng = np.random.default_rng(6)
    names = ["self_alliance", "other_alliance", "isp_thoughts", "isp_actions", "progress"]
    frame = pd.DataFrame(rng.normal(4, 1, (N, 5)).round(3), columns=names)
    frame["arm"] = rng.integers(1, 4, N)
    frame["age"] = rng.integers(18, 70, N)
    frame.to_csv(tmp_path / "my.csv", index=False)
    (tmp_path / "my.yml").write_text("categorical: [arm]\n")
    options = {"covariates": ["arm", "age"]}
    data = load_dataset(tmp_path / "my.csv", "intersession_alliance", **options)
    (text,) = [each.text for each in data.notices]
    assert text.startswith("arm has the values 1, 2, 3 and enters as a number")
    data = load_dataset(
        tmp_path / "my.csv", "intersession_alliance", mapping=tmp_path / "my.yml", **options
    )
    assert data.notices == ()
    assert set(data.frame["arm"].cat.categories) == {"1", "2", "3"}


@pytest.mark.parametrize(("word", "digits"), [("means", 3), ("sums", 3)])
def test_a_row_of_totals_or_means_is_no_participant(tmp_path, word, digits):
    rng = np.random.default_rng(7)
    names = ["self_alliance", "other_alliance", "isp_thoughts", "isp_actions", "progress"]
    frame = pd.DataFrame(rng.normal(4, 1, (40, 5)).round(2), columns=names)
    foot = getattr(frame, {"means": "mean", "sums": "sum"}[word])().round(digits)
    whole = pd.concat([frame, foot.to_frame().T], ignore_index=True)
    whole.to_csv(tmp_path / "my.csv", index=False)
    (tmp_path / "my.yml").write_text(
        "ranges: {" + ", ".join(f"{name}: [-10, 500]" for name in names) + "}\n"
    )
    options = {"covariates": [], "mapping": tmp_path / "my.yml"}
    with pytest.raises(InputError, match=f"line 42: the numbers are the {word} of those above"):
        load_dataset(tmp_path / "my.csv", "intersession_alliance", **options)
    whole.loc[40, "progress"] += 0.01
    whole.to_csv(tmp_path / "my.csv", index=False)
    assert load_dataset(tmp_path / "my.csv", "intersession_alliance", **options).n_read == 41


def test_incomplete_rows_are_kept_where_that_is_asked_for(frame, tmp_path):
    frame.loc[3, ["phq9", "ses"]] = np.nan
    frame["therapist"] = np.arange(N) % 9
    frame.to_csv(tmp_path / "my.csv", index=False)
    options = {"covariates": [], "missing": "keep", "cluster": "therapist"}
    data = load_dataset(tmp_path / "my.csv", STUDY, **options)
    assert (len(data.frame), data.n_dropped) == (N, 0)
    assert data.frame.loc[3, "ses"] != data.frame.loc[3, "ses"]
    assert data.frame["therapist"].tolist() == frame["therapist"].astype(str).tolist()
    frame.loc[5, "therapist"] = np.nan
    frame.to_csv(tmp_path / "my.csv", index=False)
    with pytest.raises(InputError, match="1 row without a value of 'therapist'"):
        load_dataset(tmp_path / "my.csv", STUDY, **options)


@pytest.mark.parametrize(
    ("name", "yes"),
    [("client_id", True), ("ID", True), ("record_id", True), ("therapist", True), ("siteID", True),
     ("arm", False), ("age", False), ("wai_1", False), ("valid", False), ("score", False)],
)  # fmt: skip
def test_what_is_called_like_an_identifier(name, yes):
    assert is_identifier(name) is yes
