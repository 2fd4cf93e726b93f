"""Scales scored from items: by hand, by published keys, and never silently wrong."""

import numpy as np
import pandas as pd
import pytest

from helpers.data.datasets import examine_dataset, load_dataset
from helpers.data.scoring import load_keys, number_items
from helpers.errors import InputError

STUDY = "distress_session_quality"
N = 60
MAP = """
scores:
  phq9: {key: PHQ-9, items: phq9_, missing: 1}
  gad7: {key: GAD-7, items: GAD7_}
  rri: {items: rri_, score: mean, answers: [1, 5], reverse: [rri_2]}
  wai_task: {key: WAI-SR task, items: wai_}
  wai_goal: {key: WAI-SR goal, items: wai_}
  wai_bond: {key: WAI-SR bond, items: wai_}
"""


def _items(rng, n_items, low, high, prefix) -> pd.DataFrame:
    """Items with one factor, so that alpha is far from zero."""
    factor = rng.normal(size=(N, 1)) + rng.normal(size=(N, n_items))
    values = np.clip(np.round((low + high) / 2 + factor * (high - low) / 5), low, high)
    return pd.DataFrame(values, columns=[f"{prefix}{k}" for k in range(1, n_items + 1)])


@pytest.fixture
def frame():
    rng = np.random.default_rng(8)
    parts = [
        _items(rng, 9, 0, 3, "phq9_"),
        _items(rng, 7, 0, 3, "gad7_"),
        _items(rng, 8, 1, 5, "rri_"),
        _items(rng, 12, 1, 5, "wai_"),
        pd.DataFrame({"ses": rng.integers(5, 26, N) / 5}),
    ]
    return pd.concat(parts, axis=1)


@pytest.fixture
def read(tmp_path):
    def read(frame, mapping=MAP, **options):
        frame.to_csv(tmp_path / "my.csv", index=False)
        (tmp_path / "my.yml").write_text(mapping)
        options = {"covariates": [], **options}
        return load_dataset(tmp_path / "my.csv", STUDY, mapping=tmp_path / "my.yml", **options)

    return read


def test_scores_are_those_computed_by_hand(frame, read):
    scored = read(frame).frame
    assert scored["phq9"].tolist() == frame.filter(regex="^phq9_").sum(axis=1).tolist()
    assert scored["phq9"].dtype == "int64"
    turned = frame.filter(regex="^rri_").assign(rri_2=6 - frame["rri_2"])
    np.testing.assert_allclose(scored["rri"], turned.mean(axis=1), rtol=1e-15)
    for scale, numbers in {
        "task": (1, 2, 10, 12),
        "goal": (4, 6, 8, 11),
        "bond": (3, 5, 7, 9),
    }.items():
        by_hand = frame[[f"wai_{k}" for k in numbers]].mean(axis=1)
        np.testing.assert_allclose(scored[f"wai_{scale}"], by_hand, rtol=1e-15)


def test_each_item_of_the_wai_sr_is_in_one_subscale():
    numbers = [n for name, key in load_keys().items() if "WAI" in name for n in key["items"]]
    assert sorted(numbers) == list(range(1, 13))


def test_as_many_items_may_be_missing_as_the_mapping_says(frame, read):
    frame.loc[0, "phq9_3"] = np.nan
    frame.loc[1, ["phq9_3", "phq9_4"]] = np.nan
    frame.loc[2, "gad7_1"] = np.nan
    data = read(frame, missing="listwise")
    assert (data.n_read, data.n_dropped) == (N, 2)
    rest = frame.loc[0].filter(like="phq9_").dropna()
    assert data.frame.loc[0, "phq9"] == pytest.approx(rest.mean() * 9)
    assert data.dropped_lines == (3, 4)


def test_the_examination_says_what_the_scales_came_out_as(frame, tmp_path):
    frame["rri_2"] = 6 - frame["rri_2"]
    frame.to_csv(tmp_path / "my.csv", index=False)
    (tmp_path / "my.yml").write_text(MAP)
    found = examine_dataset(tmp_path / "my.csv", STUDY, mapping=tmp_path / "my.yml")
    scales = {scale.column: scale for scale in found.scales}
    items = frame.filter(like="phq9_")
    # alpha as the share of inter-item covariance: k/(k-1) times off-diagonal sum over total
    covariance = items.cov().to_numpy()
    alpha = 9 / 8 * (covariance.sum() - np.trace(covariance)) / covariance.sum()
    assert scales["phq9"].alpha == pytest.approx(alpha, rel=1e-12)
    assert scales["phq9"].n_items == 9
    assert scales["rri"].against == ()
    unturned = MAP.replace(", reverse: [rri_2]", "")
    (tmp_path / "my.yml").write_text(unturned)
    frame["rri_2"] = 6 - frame["rri_2"]
    frame.to_csv(tmp_path / "my.csv", index=False)
    found = examine_dataset(tmp_path / "my.csv", STUDY, mapping=tmp_path / "my.yml")
    assert {scale.column: scale.against for scale in found.scales}["rri"] in ((), ("rri_2",))


def test_answers_in_words_count_what_the_mapping_says(frame, read):
    words = {1: "never", 2: "rarely", 3: "sometimes", 4: "often", 5: "always"}
    spoken = frame.copy()
    for name in spoken.filter(like="rri_"):
        spoken[name] = spoken[name].map(words)
    pairs = ", ".join(f"{word}: {number}" for number, word in words.items())
    asked = MAP.replace("answers: [1, 5], reverse", f"answers: {{{pairs}}}, reverse")
    np.testing.assert_array_equal(read(spoken, asked).frame["rri"], read(frame).frame["rri"])
    spoken.loc[4, "rri_3"] = "oftne"
    with pytest.raises(InputError, match=r"line 6, column 'rri_3': 'oftne' is not a number"):
        read(spoken, asked)


def test_a_column_of_numbers_may_hold_words(frame, read):
    spoken = frame.assign(ses=frame["ses"].round().map(lambda v: f"{v:.0f} - word"))
    pairs = ", ".join(f'"{k} - word": {k}' for k in range(1, 6))
    data = read(spoken, f"{MAP}labels:\n  ses: {{{pairs}}}\n")
    assert data.frame["ses"].tolist() == frame["ses"].round().tolist()


def test_other_answers_than_ours_make_another_range_which_is_said(frame, tmp_path):
    frame = frame.assign(**{name: frame[name] + 1 for name in frame.filter(like="phq9_")})
    frame.to_csv(tmp_path / "my.csv", index=False)
    asked = MAP.replace("items: phq9_,", "items: phq9_, answers: [1, 4],")
    (tmp_path / "my.yml").write_text(asked)
    found = examine_dataset(tmp_path / "my.csv", STUDY, mapping=tmp_path / "my.yml")
    assert not found.problems
    assert (
        "phq9: scored 9 to 36 (sum of 9 items rated 1 to 4), where the paper has 0 to 27"
        in found.notes
    )
    (tmp_path / "my.yml").write_text(MAP)
    found = examine_dataset(tmp_path / "my.csv", STUDY, mapping=tmp_path / "my.yml")
    assert any("column 'phq9_1': 4 is outside 0 to 3" in problem for problem in found.problems)


BAD = {
    "no items": ("phq9: {items: phqq_, score: sum}", "no numbered item found among columns that"),
    "item of a key": ("phq9: {key: PHQ-9, items: rri_}", "items 9 of PHQ-9 found among"),
    "no such item": ("rri: {items: [rri_1, rri_9], score: mean}", "Did you mean 'rri_"),
    "no score": ("rri: {items: rri_}", "score: write sum or mean"),
    "no such key": ("phq9: {key: PHQ9, items: phq9_}", "Did you mean 'PHQ-9'?"),
    "one item": ("ses: {items: [ses], score: mean}", "one column is no scale"),
    "reverse without answers": (
        "rri: {items: rri_, score: mean, reverse: [rri_2]}",
        "lowest and highest answers are needed",
    ),
    "reverse elsewhere": (
        "rri: {items: rri_, score: mean, answers: [1, 5], reverse: [wai_2]}",
        "reverse names 'wai_2', which is not one of the items",
    ),
    "misspelt entry": ("rri: {itms: rri_, score: mean}", "Did you mean 'items'?"),
    "not a measure": ("gender: {items: rri_, score: mean}", "not a column that can be scored"),
    "answers upside down": ("rri: {items: rri_, score: mean, answers: [5, 1]}", "[1, 5]"),
    "missing in words": ("rri: {items: rri_, score: mean, missing: few}", "a whole number such"),
}


@pytest.mark.parametrize(("entry", "message"), BAD.values(), ids=BAD)
def test_a_bad_entry_is_one_line_that_names_it(frame, read, entry, message):
    name = entry.partition(":")[0]
    lines = [line for line in MAP.splitlines() if not line.startswith(f"  {name}:")]
    with pytest.raises(InputError) as caught:
        read(frame, "\n".join([*lines, f"  {entry}"]))
    assert message in str(caught.value)
    assert str(caught.value).startswith(("my.yml: scores: ", "my.csv, "))
    assert name in str(caught.value)


def test_the_beginning_of_a_name_finds_its_items_and_nothing_else():
    names = ["PHQ9_1", "phq9-02", "phq9 3", "phq9", "phq9_1_t2", "phq99_1", "xphq9_4", "phq9_total"]
    assert number_items(names, "phq9_") == {1: "PHQ9_1", 2: "phq9-02", 3: "phq9 3"}


def test_items_of_a_group_of_ours_may_begin_otherwise(tmp_path):
    rng = np.random.default_rng(1)
    names = ["avoidant", "problem_focused", "emotion_focused"]
    columns = {f"{name}_{k}": rng.integers(1, 6, N) for name in names for k in (1, 2, 3)}
    columns |= {f"{name}{k:02d}": rng.integers(1, 8, N) for name in ("WAI", "CAS") for k in (1, 2)}
    pd.DataFrame(columns).to_csv(tmp_path / "my.csv", index=False)
    (tmp_path / "my.yml").write_text("columns: {WAI: alliance, CAS: adherence}\n")
    data = load_dataset(tmp_path / "my.csv", "coping_adherence", mapping=tmp_path / "my.yml")
    assert data.items["alliance"] == ("alliance_1", "alliance_2")
    assert data.frame["adherence_2"].tolist() == columns["CAS02"].tolist()


@pytest.mark.parametrize(
    ("spoil", "remedy", "entries"),
    [
        (
            lambda items: items.replace(
                {1: "never", 2: "rarely", 3: "so so", 4: "often", 5: "yes"}
            ),
            "labels: {rri: {",
            "labels: {rri: {never: 1, rarely: 2, so so: 3, often: 4, yes: 5}}",
        ),
        (lambda items: items.replace({1: 99}), "missing: {rri: [99]}", "missing: {rri: [99]}"),
        (
            lambda items: items - 1,
            "scores: {rri: {…, answers: [lowest, highest]}}",
            "scores: {rri: {items: rri_, score: mean, answers: [0, 4]}}",
        ),
        (
            lambda items: items * 20,
            "scores: {rri: {…, answers: [lowest, highest]}}",
            "scores: {rri: {items: rri_, score: mean, answers: [0, 100]}}",
        ),
    ],
    ids=["words", "code", "from 0", "percent"],
)
def test_what_is_said_of_the_items_of_a_score_is_one_line_and_settles_it(
    frame, tmp_path, spoil, remedy, entries
):
    own = frame[[name for name in frame if name.startswith("rri")]]
    frame = pd.DataFrame(_scores_but_rri()).join(spoil(own.astype(int).astype(object)))
    frame.to_csv(tmp_path / "my.csv", index=False)
    mapping = tmp_path / "my.yml"
    mapping.write_text("scores: {rri: {items: rri_, score: mean, answers: [1, 5]}}")
    (problem,) = examine_dataset(tmp_path / "my.csv", STUDY, mapping=mapping).problems
    assert remedy in problem
    text = entries if "scores" in entries else f"{mapping.read_text()}\n{entries}"
    mapping.write_text(text)
    assert examine_dataset(tmp_path / "my.csv", STUDY, mapping=mapping).problems == ()


def _scores_but_rri():
    rng = np.random.default_rng(3)
    whole = {"phq9": rng.integers(0, 28, N), "gad7": rng.integers(0, 22, N)}
    means = {f"wai_{k}": rng.integers(4, 21, N) / 4 for k in ("task", "goal", "bond")}
    return {**whole, **means, "ses": rng.integers(5, 26, N) / 5}
