"""Pairs of codes that met: few of a reader's are withheld and said, and the closest is named."""

from types import SimpleNamespace

import pandas as pd
import pytest

from helpers.studies.one_coding import pairs

TABLE = pd.DataFrame(
    {
        "code_a": ["a", "a", "b"],
        "code_b": ["b", "none", "none"],
        "n_both": [4, 0, 9],
        "jaccard": [0.9, 0.0, 0.4],
    }
)
OWN = SimpleNamespace(dataset=SimpleNamespace(synthetic=False))


def test_pairs_in_few_places_are_withheld_and_those_in_none_are_not():
    shown = pairs.withhold_few(TABLE, OWN, smallest_cell=5, of="n_both")
    assert shown["n_both"].tolist() == [0, 9]
    synthetic = SimpleNamespace(dataset=SimpleNamespace(synthetic=True))
    assert len(pairs.withhold_few(TABLE, synthetic, smallest_cell=5, of="n_both")) == 3
    assert (
        pairs.state_pair(shown)
        == "\u201cb\u201d and \u201cno code\u201d occur together most often."
    )


@pytest.mark.parametrize(
    ("n", "said"),
    [
        (0, ""),
        (1, "Withheld: 1 pair in fewer than 5 windows. "),
        (3, "Withheld: 3 pairs in fewer than 5 windows. "),
    ],
)
def test_what_is_withheld_is_counted(n, said):
    assert pairs.note_withheld(n, smallest_cell=5, places="windows") == said


def test_where_no_two_codes_meet_none_is_named():
    none = TABLE.assign(jaccard=0.0)
    assert pairs.state_pair(none) == "No two codes occur together often enough to be shown."
    assert pairs.state_pair(TABLE.head(0)) == pairs.state_pair(none)
