"""Whole clusters drawn and missing answers replaced, beside the algorithm on cases in R.

The values stand in clusters_reference.csv, written by clusters.R.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from helpers.errors import InputError
from helpers.models.pls.bootstrap import bootstrap_pls
from helpers.models.pls.specification import PLSModel

HERE = Path(__file__).parent
DATA = pd.read_csv(HERE / "clusters_data.csv")
INDICES = np.loadtxt(HERE / "clusters_indices.csv", delimiter=",", dtype=int)
REFERENCE = dict(iter(pd.read_csv(HERE / "clusters_reference.csv").groupby("missing")))
MODEL = PLSModel(
    {
        name: [f"x{k}" for k in range(first, first + 3)]
        for name, first in (("visual", 1), ("textual", 4), ("speed", 7))
    },
    [("visual", "textual"), ("visual", "speed"), ("textual", "speed")],
)


@pytest.mark.parametrize("missing", ["mean", "listwise"])
def test_draws_of_clusters_of_any_size(missing):
    values = REFERENCE[missing].pivot_table("value", "draw", "statistic").to_numpy()
    assert values.shape == (len(INDICES), 3 + 9)
    assert REFERENCE[missing].groupby("draw")["n"].first().nunique() > 5
    boot = bootstrap_pls(
        DATA, model=MODEL, missing=missing, cluster="id", indices=INDICES, sign="none",
        tolerance=1e-12, max_iter=2000,
    )  # fmt: skip
    ours = np.column_stack([boot.select("path"), boot.select("weight")])
    np.testing.assert_allclose(ours, values, rtol=0, atol=1e-9)
    assert boot.plan.n_units == DATA["id"].nunique()


def test_a_cluster_of_one_case_each_is_the_case_bootstrap():
    whole = DATA.dropna().reset_index(drop=True)
    indices = np.random.default_rng(1).integers(0, len(whole), (5, len(whole)))
    one = bootstrap_pls(whole, model=MODEL, indices=indices)
    two = bootstrap_pls(
        whole.assign(id=range(len(whole))), model=MODEL, cluster="id", indices=indices
    )
    np.testing.assert_array_equal(one.draws, two.draws)


def test_few_clusters_warn_and_too_few_are_refused():
    whole = DATA.dropna().reset_index(drop=True)
    with pytest.warns(RuntimeWarning, match="names 10 clusters, fewer than 30"):
        boot = bootstrap_pls(
            whole.assign(id=whole.index % 10), model=MODEL, cluster="id", n_boot=99
        )
    plain = boot.table("path")
    wide = boot.table("path", kind="expanded")
    assert (wide["ci_upper"] - wide["ci_lower"] > plain["ci_upper"] - plain["ci_lower"]).all()
    with pytest.raises(InputError, match=r"names 9 clusters, .* needs 10 at least"):
        bootstrap_pls(whole.assign(id=whole.index % 9), model=MODEL, cluster="id")
    with pytest.raises(InputError, match="cluster='therapist' is not a column"):
        bootstrap_pls(whole, model=MODEL, cluster="therapist")
    with pytest.raises(InputError, match="missing value"):
        bootstrap_pls(
            whole.assign(id=whole.index.where(whole.index > 2)), model=MODEL, cluster="id"
        )
