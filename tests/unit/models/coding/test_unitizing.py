"""Alpha for unitizing, beside the examples that Krippendorff printed."""

import pandas as pd
import pytest

from helpers.errors import InputError
from helpers.models.coding.unitizing import fit_unitizing_agreement


def as_marks(code, **stretches):
    """Stretches of each coder as (start, length)."""
    rows = [
        (coder, code, start, start + length)
        for coder, own in stretches.items()
        for start, length in own
    ]
    return pd.DataFrame(rows, columns=["coder", "code", "start", "end"])


def test_the_printed_example_of_two_codes():
    # Krippendorff (2004, p. 254): a continuum from 150 to 450, two observers, codes c and k
    marks = pd.concat(
        [
            as_marks("c", i=[(225, 70), (370, 30)], j=[(220, 80), (355, 20), (400, 20)]),
            as_marks("k", i=[(180, 60), (300, 50)], j=[(180, 60), (300, 50)]),
        ]
    )
    table = fit_unitizing_agreement(marks, begin=150, end=450).set_index("code")
    assert table["observed"][["c", "k"]].round(4).tolist() == [0.0144, 0]
    assert table["expected"][["c", "k"]].round(4).tolist() == [0.0532, 0.0490]
    assert table.loc["c", "alpha"] == pytest.approx(0.7286, abs=5e-4)
    assert table.loc["k", "alpha"] == 1
    assert table.loc["all", "alpha"] == pytest.approx(0.8591, abs=5e-4)


PAIRS = {
    "A": (([(2, 8), (14, 6)], [(4, 4), (15, 2)]), 0.03125),
    "B": (
        ([(0, 18)], [(0, 2), (2, 1), (3, 1), (4, 1), (5, 1), (6, 3), (9, 1)]),
        2.26736,
    ),
    "C": (
        (
            [(2, 6), (10, 2), (14, 4), (20, 2)],
            [(0, 2), (4, 4), (10, 4), (16, 2), (20, 2)],
        ),
        0.02777,
    ),
    "D": (
        (
            [(0, 2), (2, 8), (10, 4), (14, 6), (20, 4)],
            [(0, 4), (4, 4), (8, 7), (15, 2), (17, 7)],
        ),
        0.38715,
    ),
}


@pytest.mark.parametrize("pair", PAIRS)
def test_the_printed_disagreements_of_four_pairs(pair):
    # Krippendorff (1995, p. 57): a continuum of 24
    (one, other), printed = PAIRS[pair]
    table = fit_unitizing_agreement(as_marks(pair, one=one, other=other), begin=0, end=24)
    assert table["observed"][0] == pytest.approx(printed, abs=1e-5)


def test_expected_disagreement_is_that_of_all_ways_to_put_two_stretches():
    """One stretch each: every place of one beside every place of the other, counted out."""
    marks = as_marks("x", A=[(3, 4)], B=[(1, 2)])
    table = fit_unitizing_agreement(marks, begin=0, end=10)
    lengths, gaps = [4, 2], [3, 3, 1, 7]
    total = 0
    for length in lengths:
        # beside the other stretch of its own length: offsets from -(l-1) to l-1, twice squared
        total += sum(2 * k * k for k in range(-length + 1, length)) / 2
        # within every gap that holds it, once a place
        total += sum(length**2 for gap in gaps for _ in range(max(0, gap - length + 1)))
    ways = 20 * 19 - sum(length * (length - 1) for length in lengths)
    assert table["expected"][0] == pytest.approx(2 / 10 * total / ways)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda m: m[m["coder"] == "A"], "data has 1 coder: agreement needs two."),
        (lambda m: m.assign(start=m["start"] + 0.5), "not whole numbers"),
        (lambda m: m.assign(end=m["start"]), "ends before it begins"),
        (lambda m: m.assign(end=99), "outside begin=0 and end=10"),
        (lambda m: m.rename(columns={"start": "strat"}), "no column 'start'. Did you mean 'strat'"),
        (lambda m: pd.concat([m, m]), "overlapping stretches of code 'x'"),
    ],
)
def test_what_cannot_be_used_is_refused(change, message):
    with pytest.raises(InputError, match=message):
        fit_unitizing_agreement(change(as_marks("x", A=[(3, 4)], B=[(1, 2)])), begin=0, end=10)
