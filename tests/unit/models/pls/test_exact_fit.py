"""Bootstrap test of exact fit: its distances, its level, and when it is withheld."""

import numpy as np
import pytest

from helpers.errors import InputError
from helpers.models.example import ITEMS, PATHS, simulate_sessions
from helpers.models.pls import exact_fit
from helpers.models.pls.assessment import implied_correlation, srmr
from helpers.models.pls.exact_fit import bootstrap_exact_fit, imply_correlations
from helpers.models.pls.kernel import compile_structure
from helpers.models.pls.model import fit_pls
from helpers.models.pls.specification import PLSModel
from helpers.models.pls.stages import StagedModel

CHAIN = PLSModel(ITEMS, [PATHS[0], PATHS[2]])


@pytest.mark.parametrize("structure", ["estimated", "saturated"])
@pytest.mark.parametrize("consistent", [False, True])
def test_implied_correlations_are_those_of_the_fit(structure, consistent):
    fit = fit_pls(simulate_sessions(), model=CHAIN, consistent=consistent)
    within = "factor" if consistent else "composite"
    compiled = compile_structure(CHAIN, consistent=consistent)
    found, failure = imply_correlations(
        fit.correlation.to_numpy()[None], compiled, saturated=structure == "saturated"
    )
    expected = implied_correlation(fit, structure=structure, within=within).to_numpy()
    assert failure[0] == 0
    assert found[0] == pytest.approx(expected, abs=1e-12)
    table = bootstrap_exact_fit(
        simulate_sessions(), model=CHAIN, consistent=consistent, structure=structure, n_boot=20
    ).table.set_index("measure")["value"]
    rows = srmr(fit).set_index(["structure", "within"])["srmr"]
    assert table["srmr"] == pytest.approx(rows[structure, within], abs=1e-12)


def test_a_model_that_lacks_a_path_is_rejected():
    data = simulate_sessions(400)
    data["q1"] = data["q1"] + 1.5 * data["distress"]
    found = bootstrap_exact_fit(data, model=CHAIN, mode="B", n_boot=99)
    assert (found.table["pvalue"] == 0.01).all()
    whole = bootstrap_exact_fit(data, model=PLSModel(ITEMS, PATHS), mode="B", n_boot=99)
    assert (whole.table["pvalue"] > found.table["pvalue"]).all()


def test_the_geodesic_distance_is_withheld_where_draws_lack_it():
    items = {"alliance": [f"i{k}" for k in range(12)], "quality": ["q1"]}
    data = simulate_sessions(18)
    rng = np.random.default_rng(1)
    for item in items["alliance"]:
        data[item] = data["alliance"] + rng.standard_normal(18)
    found = bootstrap_exact_fit(data, model=PLSModel(items, [("alliance", "quality")]), n_boot=60)
    table = found.table.set_index("measure")
    assert np.isnan(table.loc["d_g", "pvalue"])
    assert table.loc["d_g", "n_lost"] > 3
    assert np.isfinite(table.loc["srmr", "pvalue"])
    assert "The test by d_g is withheld" in str(found)


def test_what_has_no_test_is_refused(monkeypatch):
    data = simulate_sessions(100)
    with pytest.raises(InputError, match="7 cases of 7 items"):
        bootstrap_exact_fit(data.iloc[:7], model=CHAIN)
    with pytest.raises(InputError, match="structure='observed'"):
        bootstrap_exact_fit(data, model=CHAIN, structure="observed")
    staged = StagedModel({"a": ["a1"], "b": ["a2"], "q": ["q1"]}, [("c", "q")], {"c": ["a", "b"]})
    with pytest.raises(InputError, match="the test of exact fit is not defined here"):
        bootstrap_exact_fit(data, model=staged)
    run = exact_fit.map_draws

    def fail(function, plan, **options):
        record = run(function, plan, **options)
        return record | {"failure": np.where(np.arange(plan.n_boot) % 10 == 0, 3, 0)}

    monkeypatch.setattr(exact_fit, "map_draws", fail)
    with pytest.raises(InputError, match="2 of 20 draws have no proper solution"):
        bootstrap_exact_fit(data, model=CHAIN, n_boot=20)
