"""The simulated coverage of indirect effects: populations, shortcuts, committed tables."""

from pathlib import Path

import mediation_calibration as calibration
import numpy as np
import pandas as pd
import pytest
from mediation_calibration import CLUSTER_METHODS, EFFECT, MISSING_METHODS, PATH_A, PATH_B, Cell

from helpers.models.inference.clusters import intraclass_correlations

FOLDER = Path(calibration.TABLE).parent
TABLE = pd.read_csv(FOLDER / "mediation.csv")


@pytest.mark.parametrize("level", ["therapist", "client"])
def test_the_population_has_the_effects_it_is_said_to_have(level):
    data = calibration.draw_clusters(np.random.default_rng(1), 3000, level)
    a = np.polyfit(data["x"], data["m"], 1)[0]
    design = np.column_stack([data["m"], data["x"], np.ones(len(data))])
    b, direct, _ = np.linalg.lstsq(design, data["y"], rcond=None)[0]
    np.testing.assert_allclose([a, b, direct], [PATH_A, PATH_B, 0.2], atol=0.03)
    residual = data.assign(e=data["m"] - PATH_A * data["x"])
    icc = intraclass_correlations(residual, variables=["e", "x"], cluster="id")["icc"]
    assert icc[0] == pytest.approx(0.1, abs=0.02)
    assert icc[1] == pytest.approx(1 if level == "therapist" else 0.1, abs=0.02)


@pytest.mark.parametrize("condition", ["mediator", "outcome"])
def test_what_is_missing_depends_on_what_is_observed(condition):
    whole, gaps = calibration.draw_gaps(np.random.default_rng(1), 20_000, condition)
    target, cause = {"mediator": ("m", "y"), "outcome": ("y", "m")}[condition]
    missing = gaps[target].isna()
    assert gaps.drop(columns=target).equals(whole.drop(columns=target))
    assert missing.mean() == pytest.approx(0.28, abs=0.04)
    assert whole.loc[missing, cause].mean() < whole.loc[~missing, cause].mean() - 0.5


def test_a_place_gives_the_same_sample_whatever_comes_before():
    cell = Cell("clusters", "therapist", 10)
    with pytest.warns(RuntimeWarning, match="10 clusters"):
        np.testing.assert_array_equal(cell.measure(range(2))[1], cell.measure(range(1, 2))[0])


def _value(topic, condition, n, method, measure):
    rows = TABLE.set_index(["topic", "condition", "n", "method", "measure"])
    return rows.loc[(topic, condition, n, method, measure), "value"]


def test_the_table_has_all_cells_and_the_page_says_what_it_shows():
    assert {(c.topic, c.condition, c.n) for c in calibration.list_cells()} == set(
        TABLE[["topic", "condition", "n"]].itertuples(index=False, name=None)
    )
    assert TABLE.groupby("topic")["datasets"].min().min() >= 300
    for n in (10, 20, 30, 60):
        independent = _value("clusters", "therapist", n, CLUSTER_METHODS[0], "covered")
        assert independent == pytest.approx(0.9, abs=0.03)
        for level in ("therapist", "client"):
            assert _value("clusters", level, n, CLUSTER_METHODS[-1], "covered") > 0.91
    assert _value("clusters", "therapist", 30, "cluster-robust", "covered") < 0.925
    assert _value("clusters", "therapist", 60, "cluster-robust", "covered") > 0.92
    for condition in ("mediator", "outcome"):
        for n in (100, 300):
            means = {m: _value("missing", condition, n, m, "estimate") for m in MISSING_METHODS}
            assert means["listwise"] == pytest.approx(0.8 * EFFECT, abs=0.06 * EFFECT)
            assert means["FIML"] == pytest.approx(EFFECT, abs=0.06 * EFFECT)
            assert _value("missing", condition, n, "FIML", "covered") > 0.92
        assert _value("missing", condition, 300, "listwise", "covered") < 0.9
