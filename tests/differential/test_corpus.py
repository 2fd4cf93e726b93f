"""The engines beside R on the stored corpus of random models.

corpus/ holds what R said (`make differential` says how it was made) and a checksum of each case,
which is drawn anew from its seed here.
"""

from functools import cache

import pandas as pd
import pytest

from differential.compare import Difference, compare_seminr, differences
from differential.run import (
    CORPUS,
    KINDS,
    N_CORPUS,
    TOLERANCE,
    beyond,
    by_case,
    compare_case,
    fingerprint,
    read_table,
)

CASES = [(kind, seed) for kind, count in N_CORPUS.items() for seed in range(count)]


@cache
def stored(kind):
    names = (*KINDS[kind].tables, "cases")
    return by_case({name: read_table(CORPUS / kind / f"{name}.csv.gz") for name in names})


@pytest.mark.parametrize(("kind", "seed"), CASES)
def test_case(kind, seed):
    case = KINDS[kind].draw(seed)
    tables = stored(kind)[case.name]
    assert tables["cases"]["fingerprint"].item() == fingerprint(case), (
        "this numpy draws other data from the seed: make the corpus anew (differential/run.py)"
    )
    rows = pd.DataFrame(compare_case(kind, case, tables))
    assert len(rows)
    apart = beyond(kind, rows)
    assert apart.empty, "\n" + apart.nlargest(10, "apart").to_string(index=False)


@pytest.mark.parametrize("seed", range(N_CORPUS["composites"]))
def test_composites_are_seminrs(seed):
    rows = pd.DataFrame(compare_seminr(KINDS["composites"].draw(seed), n_draws=3))
    apart = beyond("composites", rows)
    assert apart.empty, "\n" + apart.nlargest(10, "apart").to_string(index=False)


def test_the_corpus_is_whole():
    assert sum(N_CORPUS.values()) >= 90
    for kind, count in N_CORPUS.items():
        assert len(stored(kind)) == count


def test_the_comparison_notices_a_difference_and_a_missing_value():
    reference = pd.Series([1.0, 2.0, float("nan")])
    moved = differences("case", "est", reference, [1.0, 2.1, float("nan")], 1.0)
    missing = differences("case", "est", reference, [float("nan"), 2.0, 0.0], 1.0)
    assert [row.apart > 0 for row in moved] == [False, True, False]
    assert [row.apart > 0 for row in missing] == [True, False, True]
    assert beyond("path_models", pd.DataFrame([Difference("c", "est", "a", 1, 1, 2e-8)])).size
    assert set(TOLERANCE) == set(KINDS)
