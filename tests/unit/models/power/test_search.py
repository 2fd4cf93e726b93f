"""The search for sample sizes beyond a grid, and for the smallest effect at a given size."""

import numpy as np
import pandas as pd
import pytest

from helpers.errors import InputError
from helpers.models.power.analytic import power_f2
from helpers.models.power.moderation import ModerationDesign
from helpers.models.power.path import PathDesign
from helpers.models.power.search import (
    find_smallest_effect,
    find_smallest_n,
    search_sizes,
)

SETTINGS = {"n_replications": 1000, "seed": 3, "n_jobs": 1}
CORRELATION = PathDesign(model="y ~ a*x", paths={"a": 0.3}, targets=("a",))


def smallest_of_a_correlation(r, power=0.8):
    """Cases for the z test of a standardized slope, its variance (1 - r2) / n."""
    return (2.801585 if power == 0.8 else np.nan) ** 2 * (1 - r**2) / r**2


@pytest.mark.parametrize("sizes", [[10, 15], [1000, 2000], [60], [20, 5000]])
def test_wherever_the_search_begins_it_ends_at_the_closed_form(sizes):
    study = search_sizes(CORRELATION, sizes=sizes, effects=[1.0], target="a", **SETTINGS)
    found = find_smallest_n(study.table).iloc[0]
    assert found["status"] == "found"
    # power has a standard error of .0126 there, and a slope of about .0055 a case
    assert found["n_smallest"] == pytest.approx(smallest_of_a_correlation(0.3), abs=9)
    sizes = study.table["n"].to_numpy()
    assert (np.diff(sizes) > 0).all()


def test_half_the_effect_is_searched_for_beyond_the_grid():
    study = search_sizes(
        ModerationDesign(), sizes=[50, 300], effects=[0.135, 0.27], target="product", **SETTINGS
    )
    found = find_smallest_n(study.table, target="product").set_index("effect")
    assert (found["status"] == "found").all()
    f2 = 0.135**2 / (1 - 0.32 / 1.5 - 0.135**2)
    by_formula = next(n for n in range(300, 600) if power_f2(f2, n=n, n_predictors=3) >= 0.8)
    assert found.loc[0.135, "n_smallest"] == pytest.approx(by_formula, rel=0.1)


def test_the_search_ends_at_the_largest_size():
    study = search_sizes(
        CORRELATION, sizes=[20], effects=[0.02], target="a", largest=300, **SETTINGS
    )
    assert study.table["n"].max() == 300
    assert find_smallest_n(study.table)["status"].iloc[0] == "not reached on the grid"


def test_the_search_adds_cells_and_changes_none():
    given = {"sizes": [20, 30], "effects": [1.0], "target": "a", **SETTINGS}
    wide = search_sizes(CORRELATION, **given).table
    alone = search_sizes(CORRELATION, **{**given, "power": 0.2}).table
    both = wide.merge(alone, on="n", suffixes=("", "_alone"))
    assert len(both) >= 2
    pd.testing.assert_series_equal(both["power"], both["power_alone"], check_names=False)


@pytest.mark.parametrize("n", [50, 200])
def test_smallest_effect_at_a_given_size_is_that_of_the_closed_form(n):
    study = find_smallest_effect(CORRELATION, n=n, target="a", **SETTINGS)
    found = 0.3 * study.settings["smallest_effect"]
    # r with sqrt(n) r / sqrt(1 - r2) = z of power and of the level
    z2 = 2.801585**2
    assert found == pytest.approx(np.sqrt(z2 / (n + z2)), rel=0.05)


def test_effects_that_are_never_or_always_found():
    never = find_smallest_effect(CORRELATION, n=10, target="a", between=(0.1, 0.5), **SETTINGS)
    assert np.isnan(never.settings["smallest_effect"])
    always = find_smallest_effect(CORRELATION, n=2000, target="a", between=(0.5, 2), **SETTINGS)
    assert always.settings["smallest_effect"] == 0.5
    with pytest.raises(InputError, match="no effect size above 4 has a population"):
        find_smallest_effect(CORRELATION, n=50, target="a", between=(4, 5), **SETTINGS)
