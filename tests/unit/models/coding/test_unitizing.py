"""Alpha for unitizing: what it comes to by hand, where it is another alpha, what is refused."""

import pandas as pd
import pytest

from helpers.errors import InputError
from helpers.models.coding.agreement import fit_agreement
from helpers.models.coding.unitizing import fit_unitizing_agreement
from helpers.models.example import simulate_codings


def as_marks(code, video="v", **stretches):
    """Stretches of each coder as (start, end)."""
    rows = [
        (video, coder, code, start, end) for coder, own in stretches.items() for start, end in own
    ]
    return pd.DataFrame(rows, columns=["video", "coder", "code", "start", "end"])


def fit(data, length=10, **options):
    lengths = dict.fromkeys(data["video"].unique(), length)
    return fit_unitizing_agreement(data, lengths=lengths, **options).set_index("what")


def test_stretches_of_length_one_have_the_nominal_alpha_of_points():
    """Each segment of the example is a point of its video; one coder left a video out."""
    data = simulate_codings()
    data = data[~((data["coder"] == "A") & (data["video"] == data["video"].iloc[0]))]
    start = data.groupby("video")["segment"].rank("dense").astype(int) - 1
    lengths = data.groupby("video")["segment"].nunique()
    table = fit_unitizing_agreement(data.assign(start=start, end=start + 1), lengths=lengths)
    alpha = fit_agreement(data, levels=["code"], n_boot=2).table.set_index("statistic")["est"]
    found = table.set_index("what").loc["which code", "alpha"]
    assert found == pytest.approx(alpha["krippendorff_alpha"], abs=1e-12)


def test_two_stretches_by_hand():
    # A marks 0-4, B 2-4 of 10 points: they differ on 2; of 20 x 20 pairs of points 400 - 16 - 4
    # - 14 are counted, 6 x 6 - 20 + 14 x 14 - 14 of them alike
    row = fit(as_marks("x", A=[(0, 4)], B=[(2, 4)])).loc["x"]
    assert row["observed"] == pytest.approx(0.2)
    assert row["expected"] == pytest.approx(1 - (16 + 182) / 366)


def test_overlapping_stretches_of_one_code_are_one_and_touching_ones_are_two():
    one = fit(as_marks("x", A=[(0, 4), (2, 6)], B=[(0, 6)]))
    two = fit(as_marks("x", A=[(0, 4), (4, 6)], B=[(0, 6)]))
    assert one["n_stretches"].tolist() == [2, 2, 2]
    assert two["n_stretches"].tolist() == [3, 3, 3]
    assert (one["alpha"] == 1).all()
    assert (two["observed"] == 0).all()


def test_where_codes_overlap_both_are_one_label():
    data = pd.concat([as_marks("x", A=[(0, 6)], B=[(0, 6)]), as_marks("y", A=[(4, 6)], B=[])])
    table = fit(data)
    assert table.loc["any code", "observed"] == 0
    assert table.loc["x", "observed"] == 0
    assert table.loc[["which code", "y"], "observed"].to_list() == pytest.approx([0.2, 0.2])


def test_who_saw_a_video_without_a_mark_is_told():
    data = pd.concat([as_marks("x", A=[(0, 6)], B=[(0, 6)]), as_marks("x", "w", A=[(0, 6)])])
    seen = pd.DataFrame({"video": list("vvww"), "coder": list("ABAB")})
    assert fit(data).loc["x", "alpha"] == 1
    assert fit(data, seen=seen).loc["x", "observed"] == pytest.approx(6 / 20)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda m: m[m["coder"] == "A"], "no video that two coders saw"),
        (lambda m: m.assign(start=m["start"] + 0.5), "not whole numbers"),
        (lambda m: m.assign(end=m["start"]), "a stretch from 3 to 3 of video 'v'"),
        (lambda m: m.assign(end=99), "no part of 0 to 10"),
        (lambda m: m.rename(columns={"start": "strat"}), "no column 'start'. Did you mean 'strat'"),
    ],
)
def test_what_cannot_be_used_is_refused(change, message):
    with pytest.raises(InputError, match=message):
        fit(change(as_marks("x", A=[(3, 4)], B=[(1, 2)])))


def test_a_video_without_a_length_is_refused():
    with pytest.raises(InputError, match="lengths has no video 'v'"):
        fit_unitizing_agreement(as_marks("x", A=[(3, 4)], B=[(1, 2)]), lengths={})
