"""The engines beside R on the stored corpus of random models.

corpus/ holds what R said (`make differential` says how it was made) and a checksum of each case,
which is drawn anew from its seed here.
"""

from functools import cache

import pandas as pd
import pytest

from differential.compare import Difference, compare_seminr, differences
from differential.run import (
    KINDS,
    N_CORPUS,
    OTHERWISE,
    SUMMARY,
    TOLERANCE,
    beyond,
    compare_case,
    fingerprint,
    shown_name,
    stored,
)
from helpers.errors import InputError

# What the engines refuse, and why they are right to.
REFUSED = {
    "path_0012": "not identified",  # so says lavaan, whose solution has no standard errors
    "path_0021": "did not converge",  # nor does lavaan's optimizer
    "path_0062": "not identified",  # a residual covariance of 0.49981 and of -0.49981 fit equally
    "clustered_0010": "8 clusters",  # nor has lavaan a solution
}
N_QUICK = {
    "path_models": 40,
    "composites": 50,
    "moderations": 40,
    "missing_models": 50,
    "clustered_models": 50,
    "latent_models": 50,
}


reference = cache(stored)


def cases():
    for kind, count in N_CORPUS.items():
        for seed in range(count):
            quick = seed < N_QUICK[kind] and f"path_{seed:04d}" not in REFUSED
            yield pytest.param(kind, seed, marks=() if quick else pytest.mark.slow)


@pytest.mark.parametrize(("kind", "seed"), list(cases()))
def test_case(kind, seed):
    case = KINDS[kind].draw(seed)
    tables = reference(kind)[case.name]
    assert tables["cases"]["fingerprint"].item() == fingerprint(case), (
        "this numpy draws other data from the seed: make the corpus anew (differential/run.py)"
    )
    if case.name in REFUSED:
        with pytest.raises(InputError, match=REFUSED[case.name]):
            compare_case(kind, case, tables)
        return
    rows = pd.DataFrame(compare_case(kind, case, tables))
    if not len(rows):
        assert tables["status"]["said"].item(), "lavaan has no solution and does not say why"
        return
    apart = beyond(kind, rows)
    assert apart.empty, "\n" + apart.nlargest(10, "apart").to_string(index=False)


@pytest.mark.parametrize("seed", range(20))
def test_composites_are_seminrs(seed):
    rows = pd.DataFrame(compare_seminr(KINDS["composites"].draw(seed), n_draws=3))
    apart = beyond("composites", rows)
    assert apart.empty, "\n" + apart.nlargest(10, "apart").to_string(index=False)


def test_the_corpus_is_whole():
    assert sum(N_CORPUS.values()) >= 200
    for kind, count in N_CORPUS.items():
        assert len(reference(kind)) == count


def test_the_page_names_the_tolerances_and_differences_within_them():
    shown = pd.read_csv(SUMMARY)
    kinds = [models.split(",")[0].replace(" ", "_") for models in shown["models"]]
    assert set(kinds) == set(KINDS)
    for kind, row in zip(kinds, shown.itertuples(), strict=True):
        known = TOLERANCE[kind]
        allowed = {shown_name(name): value for name, value in known.items()}
        assert row.tolerance == allowed.get(row.quantity, OTHERWISE)
        assert row[4] <= row.tolerance


def test_the_page_says_how_many_digits_agree():
    largest = pd.read_csv(SUMMARY).groupby("quantity")["largest difference"].max()
    said = " ".join((SUMMARY.parents[1] / "validation.md").read_text(encoding="utf-8").split())
    assert "to ten digits or more, standard errors to seven" in said
    assert largest["estimates"] < 1e-10
    assert largest["standard errors"] < 1e-7
    assert largest.idxmax() in ("limits of RMSEA", "robust standard errors")


def test_the_comparison_notices_a_difference_and_a_missing_value():
    values = pd.Series([1.0, 2.0, float("nan")])
    moved = differences("case", "est", values, [1.0, 2.1, float("nan")], 1.0)
    missing = differences("case", "est", values, [float("nan"), 2.0, 0.0], 1.0)
    assert [row.apart > 0 for row in moved] == [False, True, False]
    assert [row.apart > 0 for row in missing] == [True, False, True]
    assert beyond("path_models", pd.DataFrame([Difference("c", "est", "a", 1, 1, 2e-8)])).size
    assert set(TOLERANCE) == set(KINDS)
