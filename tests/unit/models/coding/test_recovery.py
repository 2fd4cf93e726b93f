"""Coders of known agreement: the truth is a closed form, and estimates scatter around it."""

import numpy as np
import pandas as pd
import pytest

from helpers.errors import InputError
from helpers.models.coding.recovery import recover_agreement


def codings(n_videos=6, n_segments=20, seed=3):
    """Two coders, four codes of which a and b, c and d belong together."""
    rng = np.random.default_rng(seed)
    rows = [
        (v, s, coder, rng.choice(list("abcd"), p=[0.4, 0.3, 0.2, 0.1]))
        for v in range(n_videos)
        for s in range(n_segments)
        for coder in "AB"
    ]
    data = pd.DataFrame(rows, columns=["video", "segment", "coder", "code"])
    return data.assign(group=data["code"].map({"a": "x", "b": "x", "c": "y", "d": "y"}))


@pytest.fixture(scope="module")
def recovered():
    return recover_agreement(
        codings(), levels=("code", "group"), recognition=0.7, spread=0.2, n_replications=30,
        n_boot=100, seed=11,
    ).set_index(["level", "statistic"])  # fmt: skip


def test_truth_is_the_mean_square_of_the_chance_to_recognize(recovered):
    data = codings()
    beyond = 0.7**2 + 0.2**2
    for level in ("code", "group"):
        chance = (data[level].value_counts(normalize=True) ** 2).sum()
        truth = recovered.loc[level, "truth"]
        assert truth["krippendorff_alpha"] == truth["fleiss_kappa"] == pytest.approx(beyond)
        assert truth["percent_agreement"] == pytest.approx(beyond + (1 - beyond) * chance)


def test_estimates_scatter_around_the_truth(recovered):
    assert (recovered["bias"].abs() < 4 * recovered["mc_error"]).all()
    assert recovered["coverage"].between(0.8, 1).all()


def test_coders_who_always_recognize_agree_and_the_seed_decides():
    kept = {"levels": ("code",), "n_replications": 3, "n_boot": 20}
    perfect = recover_agreement(codings(), recognition=1.0, spread=0.0, seed=1, **kept)
    assert perfect["mean"].to_numpy() == pytest.approx(1)
    one, same, other = (recover_agreement(codings(), seed=s, **kept)["mean"] for s in (1, 1, 2))
    assert one.equals(same)
    assert not one.equals(other)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"recognition": 0.95, "spread": 0.1}, "leaves the range of chances, 0 to 1"),
        ({"n_replications": 1}, "give at least 2"),
        ({"levels": ("kode",)}, "'kode' is not a column of data. Did you mean 'code'"),
    ],
)
def test_refusals(options, message):
    with pytest.raises(InputError, match=message):
        recover_agreement(codings(), **{"levels": ("code",), "seed": 1} | options)
