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


def test_an_id_that_repeats_once_is_a_slip_and_no_cluster(frame, notices):
    said = notices(frame.assign(client_id=[0, *range(N - 1)]))
    assert list(said) == ["an id repeats"]
    assert said["an id repeats"].startswith("client_id: 1 row repeats a value of an earlier row.")


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
    _items(np.random.default_rng(5), ["alliance_3"]).to_csv(tmp_path / "my.csv", index=False)
    (text,) = [each.text for each in load_dataset(tmp_path / "my.csv", "coping_adherence").notices]
    assert text.startswith("alliance_3 correlates negatively with the other items of alliance.")
    assert text.endswith("reverse-score it: reverse: [alliance_3].")
    (tmp_path / "my.yml").write_text("reverse: [alliance_3]\n")
    options = {"mapping": tmp_path / "my.yml"}
    assert load_dataset(tmp_path / "my.csv", "coping_adherence", **options).notices == ()


def test_a_score_that_a_few_rows_alone_vary_in_is_said(frame, notices):
    said = notices(frame.assign(ses=np.where(np.arange(N) < N - 1, 5.0, 4.8)))
    assert list(said) == ["nearly constant"]
    assert said["nearly constant"].startswith("ses has the same value in all but 1 row of 80: ")
    assert "nearly constant" not in notices(frame.assign(ses=np.where(np.arange(N) < 75, 5.0, 4)))


def _items(rng, reversed_items=()):
    factor = rng.normal(size=N)
    names = ["avoidant", "problem_focused", "emotion_focused", "alliance", "adherence"]
    items = {
        f"{name}_{k}": np.clip(np.round(3 + factor + rng.normal(size=N)), 1, 5).astype(int)
        for name in names
        for k in (1, 2, 3, 4)
    }
    return pd.DataFrame(
        {name: 6 - each if name in reversed_items else each for name, each in items.items()}
    )


def test_a_scale_half_of_whose_items_run_the_other_way_names_one_half(tmp_path):
    turned = ["alliance_1", "alliance_4"]
    _items(np.random.default_rng(5), turned).to_csv(tmp_path / "my.csv", index=False)
    (notice,) = load_dataset(tmp_path / "my.csv", "coping_adherence").notices
    assert notice.kind == "reversed"
    assert "reverse-score these or the others: reverse: [" in notice.text
    named = notice.text.partition(" correlate negatively")[0]
    assert named in ("alliance_1 and alliance_4", "alliance_2 and alliance_3")


def test_items_that_have_nothing_in_common_are_said_and_none_is_to_be_turned(tmp_path):
    rng = np.random.default_rng(8)
    frame = _items(rng)
    for k in (1, 2, 3, 4):
        frame[f"adherence_{k}"] = rng.permutation(frame[f"adherence_{k}"])
    frame.to_csv(tmp_path / "my.csv", index=False)
    notices = load_dataset(tmp_path / "my.csv", "coping_adherence").notices
    assert [each.kind for each in notices] == ["unrelated items"]
    assert "adherence: alpha of its 4 items is " in notices[0].text


def test_a_score_that_runs_against_its_fellows_is_named_and_can_be_turned(frame, notices, tmp_path):
    upside_down = frame.assign(rri=6 - frame["rri"])
    said = notices(upside_down)
    assert list(said) == ["runs against"]
    assert said["runs against"].startswith(
        "rri correlates negatively with wai_task, wai_goal, wai_bond and ses (r = -0."
    )
    (tmp_path / "my.yml").write_text("reverse: [rri]\n")
    assert notices(upside_down, mapping=tmp_path / "my.yml") == {}
    data = load_dataset(tmp_path / "my.csv", STUDY, covariates=[], mapping=tmp_path / "my.yml")
    assert np.allclose(data.frame["rri"], frame["rri"])
    assert "rri: reversed, as the mapping says" in data.notes


def test_a_weak_negative_correlation_is_no_reason_to_doubt(frame, notices):
    rng = np.random.default_rng(12)
    assert "runs against" not in notices(frame.assign(ses=rng.permutation(frame["ses"])))


def test_what_cannot_be_turned_round_is_refused_in_one_line(tmp_path, frame):
    frame.to_csv(tmp_path / "my.csv", index=False)
    for text, message in (
        ("reverse: [gender]", "'gender' is not a measure of distress_session_quality"),
        ("reverse: [phq9_1]", "'phq9_1' is not a measure"),
        ("reverse: rri", "write a list of columns"),
        (
            "scores: {rri: {items: rri_, score: mean}}\nreverse: [rri]",
            "'rri' is scored from items; name those to turn round in its entry",
        ),
    ):
        (tmp_path / "my.yml").write_text(text)
        with pytest.raises(InputError, match="reverse: ") as caught:
            load_dataset(tmp_path / "my.csv", STUDY, covariates=[], mapping=tmp_path / "my.yml")
        assert message in str(caught.value)
    names = ["self_alliance", "other_alliance", "isp_thoughts", "isp_actions", "progress"]
    rng = np.random.default_rng(1)
    pd.DataFrame(rng.normal(4, 1, (30, 5)), columns=names).to_csv(tmp_path / "my.csv", index=False)
    (tmp_path / "my.yml").write_text("reverse: [progress]")
    with pytest.raises(InputError, match=r"write ranges: \{progress: \[lowest, highest\]\}"):
        load_dataset(
            tmp_path / "my.csv", "intersession_alliance", covariates=[], mapping=tmp_path / "my.yml"
        )


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
