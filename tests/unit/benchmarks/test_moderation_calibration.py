"""The simulated coverage of moderated regressions: shortcuts, populations, committed tables."""

from pathlib import Path

import moderation_calibration as calibration
import numpy as np
import pandas as pd
import pytest
from moderation_calibration import CLUSTER_METHODS, MISSING_METHODS, PRODUCT, Cell

from helpers.models.inference.clusters import intraclass_correlations

FOLDER = Path(calibration.TABLE).parent
TABLE = pd.read_csv(FOLDER / "moderation.csv")
MICE = pd.read_csv(
    Path(__file__).parents[2] / "reference" / "moderation" / "imputation_reference.csv"
)


@pytest.mark.parametrize("level", ["therapist", "arm", "client"])
def test_the_population_has_the_effects_it_is_said_to_have(level):
    data = calibration.draw_clusters(np.random.default_rng(1), 3000, level)
    x, w = data["x"], data["w"]
    design = np.column_stack([np.ones(len(data)), x, w, x * w])
    found = np.linalg.lstsq(design, data["y"], rcond=None)[0]
    np.testing.assert_allclose(found, [0, 0.3, 0.3, PRODUCT], atol=0.06)
    icc = intraclass_correlations(data, variables=["x", "w"], cluster="id")["icc"]
    assert icc[0] == pytest.approx(0.1, abs=0.02)
    assert icc[1] == pytest.approx(0 if level == "client" else 1, abs=0.02)
    sizes = data.groupby("id").size()
    assert (sizes.min(), sizes.max()) == (5, 15)


@pytest.mark.parametrize("condition", ["moderator", "outcome"])
def test_what_is_missing_depends_on_what_is_observed(condition):
    whole, gaps = calibration.draw_gaps(np.random.default_rng(1), 20_000, condition)
    target = "w" if condition == "moderator" else "y"
    missing = gaps[target].isna()
    assert gaps.drop(columns=target).equals(whole.drop(columns=target))
    assert missing.mean() == pytest.approx(0.28, abs=0.04)
    cause = whole["y"] if condition == "moderator" else whole["x"] + whole["w"]
    assert cause[missing].mean() < cause[~missing].mean() - 0.5


def test_draws_of_the_product_are_refits():
    data = calibration.draw_clusters(np.random.default_rng(2), 12, "client")
    rows = np.random.default_rng(3).integers(0, len(data), (5, len(data)))
    counts = np.stack([np.bincount(row, minlength=len(data)) for row in rows])
    for row, found in zip(rows, calibration.product_draws(data, counts), strict=True):
        own = data.iloc[row]
        design = np.column_stack([np.ones(len(own)), own["x"], own["w"], own["x"] * own["w"]])
        refit = np.linalg.lstsq(design, own["y"], rcond=None)[0][3]
        assert found == pytest.approx(refit, rel=1e-8)


def test_a_place_gives_the_same_sample_whatever_comes_before():
    cell = Cell("clusters", "therapist", 10)
    with pytest.warns(RuntimeWarning, match="10 clusters"):
        np.testing.assert_array_equal(cell.measure(range(2))[1], cell.measure(range(1, 2))[0])


def test_the_committed_table_is_whole():
    cells = {(c.topic, c.condition, c.n) for c in calibration.list_cells()}
    assert set(TABLE[["topic", "condition", "n"]].itertuples(index=False, name=None)) == cells
    for topic, methods in (("clusters", CLUSTER_METHODS), ("missing", MISSING_METHODS)):
        own = TABLE[TABLE["topic"] == topic]
        assert set(own["method"]) == set(methods)
        assert (own["datasets"] == calibration.DATASETS[topic]).all()
    rates = TABLE[TABLE["measure"] == "covered"]
    expected = np.sqrt(rates["value"] * (1 - rates["value"]) / rates["datasets"])
    np.testing.assert_allclose(rates["mc_error"], expected, rtol=1e-3, atol=1e-6)


def test_what_the_page_says_of_clusters():
    rates = TABLE[(TABLE["topic"] == "clusters") & (TABLE["measure"] == "covered")]
    rate = rates.pivot_table("value", ["condition", "n"], "method")
    error = np.sqrt(0.95 * 0.05 / calibration.DATASETS["clusters"])
    assert (rate["CR2"] > 0.95 - 3 * error).all()
    of_therapists = rate.loc[["therapist", "arm"]]
    assert (of_therapists[["classical", "HC3", "case bootstrap"]] < 0.95 - 3 * error).all(axis=None)
    few = rate[rate.index.get_level_values("n") <= 10]
    assert (few["cluster bootstrap"] < few["CR2"]).all()


def test_imputation_fares_as_that_of_mice():
    own = TABLE[TABLE["topic"] == "missing"]
    keys = ["condition", "n", "method", "measure"]
    both = own.merge(MICE, on=keys)
    assert len(both) == 24
    gap = (both["value_x"] - both["value_y"]).abs()
    assert (gap < 4 * np.hypot(both["mc_error_x"], both["mc_error_y"]) + 1e-9).all()
