"""Sets of codes beside NLTK, and alpha of sets beside DKPro Statistics' tested example."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from helpers.models.coding.distances import DistanceAlpha
from helpers.models.coding.sets import fit_set_agreement, set_distance

HERE = Path(__file__).parent
ALPHA = pd.read_csv(HERE / "set_alpha.csv", index_col=["set", "distance"])["alpha"]
DISTANCES = pd.read_csv(HERE / "set_distances.csv")


@pytest.mark.parametrize("row", [*DISTANCES.itertuples(index=False)], ids=str)
def test_distances_are_those_of_nltk(row):
    sets = frozenset(row.one.split()), frozenset(row.other.split())
    for distance in ("jaccard", "masi"):
        found = set_distance(*sets, distance=distance)
        assert found == pytest.approx(getattr(row, distance), abs=1e-12)


@pytest.mark.parametrize("name", ALPHA.index.unique(level="set"))
def test_alpha_is_that_of_nltk(name):
    sets = pd.read_csv(HERE / "sets.csv").query("set == @name")
    data = sets.assign(code=sets["codes"].str.split(), video="v").explode("code")
    table = fit_set_agreement(data, level="code", n_boot=2).set_index("distance")
    assert table["est"].to_dict() == pytest.approx(ALPHA[name].to_dict(), abs=1e-12)


def test_alpha_of_sets_is_that_of_dkpro():
    """DKPro Statistics, SetAnnotationsTest: nine items, the distance of Passonneau (2004).

    That is 1/3 where one set holds the other, 2/3 where they overlap: .333 observed, .409 expected,
    .186. (What its tests call MASI multiplies the Jaccard distance, and is not Passonneau's.)
    """
    items = [("", ""), ("A", ""), ("A", "A"), ("A", "B"), ("AB", "A"), ("AB", "AC"),
             ("ABC", "ABC"), ("C", "AC"), ("C", "AC")]  # fmt: skip
    index = pd.MultiIndex.from_tuples([("v", k) for k in range(9)])
    units = pd.DataFrame(items, columns=["x", "y"], index=index).map(frozenset)
    sets = sorted({*units["x"], *units["y"]}, key=sorted)

    def apart(one, other):
        if one == other:
            return 0
        nested = one <= other or other <= one
        return 1 / 3 if nested else 2 / 3 if one & other else 1

    distances = np.array([[apart(a, b) for b in sets] for a in sets])
    alpha = DistanceAlpha(units, sets)
    assert alpha.estimate(lambda _: distances) == pytest.approx(0.186, abs=0.0005)
