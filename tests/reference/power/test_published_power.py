"""Power against base R's distributions and against published sample sizes (see README.md)."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from helpers.models.power.analytic import (
    power_correlation,
    power_f2,
    power_t,
)
from helpers.models.power.own import read_plan
from helpers.models.power.path import PathDesign
from helpers.models.power.simulation import simulate_power
from helpers.studies.replications import load_replication

HERE = Path(__file__).parent
REFERENCE = pd.read_csv(HERE / "power.csv")
MEDIATION = pd.read_csv(HERE / "mediation_80.csv")
PERCENTILE = pd.read_csv(HERE / "percentile_80.csv")
OWN_DESIGN = pd.read_csv(HERE / "own_design.csv")
NOTEBOOK_01 = pd.read_csv(HERE / "notebook_01.csv")


def rows(what):
    return REFERENCE[REFERENCE["what"] == what]


@pytest.mark.parametrize("alpha", [0.05, 0.01])
def test_formulas(alpha):
    part = rows("f2").query("alpha == @alpha")
    for k, some in part.groupby("k"):
        ours = power_f2(some["effect"], n=some["n"], n_predictors=int(k), ci_level=1 - alpha)
        # one minus the distribution function: digits end at 1e-9 of the whole
        np.testing.assert_allclose(ours, some["value"], rtol=1e-8, atol=1e-9)
    part = rows("correlation").query("alpha == @alpha")
    ours = power_correlation(part["effect"], n=part["n"], ci_level=1 - alpha)
    np.testing.assert_allclose(ours, part["value"], rtol=1e-8)
    part = rows("t").query("alpha == @alpha")
    ours = power_t(part["effect"], df=part["n"], ci_level=1 - alpha)
    np.testing.assert_allclose(ours, part["value"], rtol=1e-8)


def test_what_r_finds_by_search_has_the_power_that_it_searched_for():
    for row in rows("f2_for_power").itertuples():
        found = power_f2(row.value, n=int(row.n), n_predictors=int(row.k))
        assert found == pytest.approx(row.effect, rel=1e-8)
    for row in rows("n_for_f2").itertuples():
        at = power_f2(row.effect, n=np.array([row.value - 1, row.value]), n_predictors=int(row.k))
        assert at[0] < 0.8 <= at[1]


def test_sensitivity_of_the_moderation_study():
    # a value worked out beforehand for the product of three terms at N = 81
    assert power_f2(0.0994, n=81, n_predictors=3) == pytest.approx(0.8, abs=5e-4)


def simulate_mediation(row, **settings):
    sd_m = np.sqrt(row.a**2 + 1)
    sd_y = np.sqrt(row.b**2 * sd_m**2 + 1)
    design = PathDesign(
        model="m ~ a*x\ny ~ b*m + c*x\nind := a*b",
        paths={"a": row.a / sd_m, "b": row.b * sd_m / sd_y, "c": 0.0},
    )
    study = simulate_power(
        design, sizes=[row.n], effects=[1.0], n_replications=2000, seed=7, n_jobs=1, **settings
    )
    return study.table["power"].iloc[0]


@pytest.mark.parametrize("row", list(MEDIATION.itertuples()), ids=lambda row: f"{row.a}-{row.b}")
def test_indirect_effects_have_80_percent_power_where_published(row):
    power = simulate_mediation(row, interval="monte_carlo", n_draws=600)
    # four Monte Carlo standard errors, and .01 for z intervals on variances with divisor n
    assert abs(power - 0.8) < 4 * np.sqrt(0.8 * 0.2 / 2000) + 0.01


@pytest.mark.slow
@pytest.mark.parametrize("row", list(PERCENTILE.itertuples()), ids=lambda row: f"{row.a}-{row.b}")
def test_percentile_bootstrap_has_80_percent_power_where_published(row):
    power = simulate_mediation(row, interval="bootstrap", n_boot=399)
    # the published sizes were found with 1000 samples each and a margin of half a point
    spread = np.sqrt(0.8 * 0.2 * (1 / 2000 + 1 / 1000))
    assert abs(power - 0.8) < 3 * spread + 0.005


@pytest.mark.slow
@pytest.mark.parametrize("n", [80, 190, 320])
def test_power_of_the_composite_study_is_that_of_its_notebooks_analysis(n):
    design = load_replication("coping_adherence").design
    study = simulate_power(
        design,
        sizes=[n],
        effects=[1.0],
        n_replications=500,
        seed=11,
        n_jobs=1,
        interval="bootstrap",
        n_boot=199,
    )
    direct = NOTEBOOK_01[NOTEBOOK_01["n"] == n].set_index("target")
    for row in study.table.itertuples():
        criterion = "by_p" if row.target in design.path_labels else "by_interval"
        expected = direct.loc[row.target, criterion]
        both = (expected + row.power) / 2
        spread = np.sqrt(both * (1 - both) * 2 / 500)
        # thirty comparisons; a share of a thousand less than all is allowed for one sample
        assert abs(row.power - expected) < 3.3 * spread + 0.005, row.target


@pytest.mark.parametrize("caseload", [1, 6])
def test_power_of_a_study_of_ones_own_is_what_r_finds(caseload):
    theirs = OWN_DESIGN[OWN_DESIGN["caseload"] == caseload].set_index("target")
    n, icc = theirs["n"].iloc[0], theirs["icc"].iloc[0]
    plan = read_plan(
        {
            "model": "alliance ~ a*distress\noutcome ~ b*alliance + c*distress\nindirect := a*b",
            "values": {"a": -0.30, "b": 0.35, "c": -0.15},
            "targets": ["a", "b", "c", "indirect"],
            "caseload": caseload,
            "icc": float(icc),
        }
    )
    study = simulate_power(
        plan.design,
        sizes=[n],
        effects=[1.0],
        n_replications=1000,
        n_boot=199,
        interval="bootstrap",
        seed=3,
        n_jobs=1,
    )
    for row in study.table.itertuples():
        both = (theirs.loc[row.target, "power"] + row.power) / 2
        assert abs(row.power - theirs.loc[row.target, "power"]) < 3 * np.sqrt(
            both * (1 - both) * 2 / 1000
        ), row.target
