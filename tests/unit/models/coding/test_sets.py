"""Several codes a segment: distances of sets, alpha by them, and agreement code by code."""

import numpy as np
import pandas as pd
import pytest

from helpers.errors import InputError
from helpers.models.coding.agreement import fit_agreement
from helpers.models.coding.sets import compare_code_sets, fit_set_agreement, set_distance
from helpers.models.example import simulate_codings


def as_rows(*segments, video="v"):
    """One dict a segment, from coder to the codes that they gave, as rows."""
    rows = [
        (f"{video}{k // 2}", k, coder, code)
        for k, segment in enumerate(segments)
        for coder, codes in segment.items()
        for code in codes.split()
    ]
    return pd.DataFrame(rows, columns=["video", "segment", "coder", "code"])


@pytest.mark.parametrize(
    ("one", "other", "jaccard", "masi"),
    [
        ("a b", "a b", 0, 0),
        ("", "", 0, 0),
        ("a", "a b c", 2 / 3, 1 - 1 / 3 * 2 / 3),
        ("a b", "b c", 2 / 3, 1 - 1 / 3 * 1 / 3),
        ("a", "b", 1, 1),
        ("", "b", 1, 1),
    ],
)
def test_distances_are_those_of_passonneau(one, other, jaccard, masi):
    sets = frozenset(one.split()), frozenset(other.split())
    assert set_distance(*sets, distance="jaccard") == pytest.approx(jaccard)
    assert set_distance(*sets, distance="masi") == pytest.approx(masi)
    assert set_distance(*sets[::-1]) == pytest.approx(masi)


def test_with_one_code_a_segment_both_are_the_nominal_alpha():
    data = simulate_codings()
    sets = fit_set_agreement(data, level="code", n_boot=300, seed=5)
    nominal = fit_agreement(data, levels=["code"], n_boot=300, seed=5).table.set_index("statistic")
    expected = nominal.loc["krippendorff_alpha"]
    for row in sets.itertuples():
        assert row.est == pytest.approx(expected["est"], abs=1e-12)
        assert row.ci_lower == pytest.approx(expected["ci_lower"], abs=1e-12)
        assert row.ci_upper == pytest.approx(expected["ci_upper"], abs=1e-12)


def test_alpha_of_two_segments_by_hand():
    # sets: {a} {a,b} | {c} {c}; distances between the four: Jaccard .5 within, 1 across, 0
    data = as_rows({"A": "a", "B": "a b"}, {"A": "c", "B": "c"})
    table = fit_set_agreement(data, level="code", n_boot=20).set_index("distance")
    observed = (0.5 + 0.5) / 4
    expected = 2 * (0.5 + 4 * 1.0) / (4 * 3)
    assert table.loc["jaccard", "est"] == pytest.approx(1 - observed / expected)
    assert np.isnan(table.loc["jaccard", "ci_lower"])
    assert set(table["n_units"]) == {2}


def test_no_code_is_the_empty_set_and_agreeing_on_it_is_agreement():
    data = as_rows({"A": "a b", "B": "b a"}, {"A": "none", "B": "none"}, {"A": "a", "B": "a"})
    assert (fit_set_agreement(data, level="code", n_boot=20)["est"] == 1).all()
    with pytest.raises(InputError, match="'none' and a; 'none' says that no code applied"):
        fit_set_agreement(as_rows({"A": "a none", "B": "a"}), level="code", n_boot=20)


def test_code_by_code():
    data = as_rows(
        {"A": "a b", "B": "a"},
        {"A": "b", "B": "b"},
        {"A": "none", "B": "a"},
        {"A": "b", "B": "none"},
    )
    table = compare_code_sets(data, level="code").set_index("code")
    assert table.loc["a", ["n_assigned", "n_segments"]].tolist() == [3, 2]
    assert table.loc["a", "percent_agreement"] == 0.75
    assert table.loc["b", "percent_agreement"] == 0.5
    with pytest.raises(InputError, match="codings of at least two"):
        compare_code_sets(data[data["coder"] == "A"], level="code")
