"""Assessment of composite models against closed forms."""

import numpy as np
import pandas as pd
import pytest

from helpers.models.example import ITEMS, PATHS, simulate_sessions
from helpers.models.pls.assessment import (
    compare_fornell_larcker,
    cross_loadings,
    f_squared,
    fornell_larcker,
    implied_correlation,
    item_vif,
    model_quality,
    reliability,
    srmr,
    structural_vif,
)
from helpers.models.pls.bootstrap import bootstrap_pls
from helpers.models.pls.kernel import compile_structure, pls_from_correlation
from helpers.models.pls.model import fit_pls, fit_pls_correlation
from helpers.models.pls.specification import PLSModel

CLOSED = {"rel": 1e-8}
PAIR = PLSModel({"a": ["a1", "a2"], "b": ["b1", "b2"]}, [("a", "b")])
CHAIN = PLSModel({"x": ["x"], "m": ["m"], "y": ["y"]}, [("x", "m"), ("m", "y")])
FULL = PLSModel({"x": ["x"], "m": ["m"], "y": ["y"]}, [("x", "m"), ("x", "y"), ("m", "y")])


def labeled(R, names):
    return pd.DataFrame(R, index=names, columns=names, dtype=float)


@pytest.fixture(scope="module")
def pair():
    """Two blocks of two items, all of equal standing: every quantity has a closed form."""
    R = np.array([[1, 0.6, 0.3, 0.3], [0.6, 1, 0.3, 0.3], [0.3, 0.3, 1, 0.4], [0.3, 0.3, 0.4, 1]])
    return fit_pls_correlation(labeled(R, list(PAIR.items)), n=50, model=PAIR)


def three(r_xm, r_xy, r_my, model):
    R = [[1, r_xm, r_xy], [r_xm, 1, r_my], [r_xy, r_my, 1]]
    return fit_pls_correlation(labeled(R, ["x", "m", "y"]), n=60, model=model)


def test_reliability_of_equal_items(pair):
    table = reliability(pair).set_index("construct")
    assert list(table.columns) == ["alpha", "rho_a", "rho_c", "ave"]
    for name, r in (("a", 0.6), ("b", 0.4)):
        # Two items of equal weight: alpha = rho_A = 2r / (1 + r), loading^2 = (1 + r) / 2.
        loading = np.sqrt((1 + r) / 2)
        expected = [
            2 * r / (1 + r),
            2 * r / (1 + r),
            4 * loading**2 / (4 * loading**2 + 2 * (1 - loading**2)),
            loading**2,
        ]
        assert table.loc[name].to_list() == pytest.approx(expected, **CLOSED)


def test_of_one_item_no_reliability_is_estimated():
    table = reliability(three(0.3, 0.2, 0.4, FULL))
    assert table.drop(columns="construct").isna().all(axis=None)


def test_path_htmt_and_cross_loadings_of_equal_items(pair):
    assert pair.paths["est"][0] == pytest.approx(4 * 0.3 / np.sqrt(3.2 * 2.8), **CLOSED)
    found, _ = pls_from_correlation(
        pair.correlation.to_numpy(), structure=compile_structure(pair.model)
    )
    assert found["htmt"].item() == pytest.approx(0.3 / np.sqrt(0.6 * 0.4), **CLOSED)
    crossed = cross_loadings(pair).set_index("item")
    assert crossed.loc["a1", "b"] == pytest.approx(0.6 / np.sqrt(2.8), **CLOSED)
    assert crossed.loc["b2", "b"] == pytest.approx(np.sqrt(0.7), **CLOSED)
    assert crossed.loc["b2", "construct"] == "b"


def test_variance_inflation():
    fit = three(0.3, 0.2, 0.4, FULL)
    table = structural_vif(fit).set_index(["lhs", "rhs"])["vif"]
    assert table["m", "x"] == 1.0
    assert table["y"].to_list() == pytest.approx([1 / (1 - 0.09)] * 2, **CLOSED)


def test_item_variance_inflation(pair):
    table = item_vif(pair).set_index("item")["vif"]
    assert table[["a1", "b1"]].to_list() == pytest.approx(
        [1 / (1 - 0.36), 1 / (1 - 0.16)], **CLOSED
    )


def test_effect_size_of_a_path():
    fit = three(0.3, 0.2, 0.4, FULL)
    table = f_squared(fit).set_index(["lhs", "rhs"])
    r2 = (0.2**2 + 0.4**2 - 2 * 0.3 * 0.2 * 0.4) / (1 - 0.3**2)
    assert table.loc[("m", "x"), "f2"] == pytest.approx(0.09 / 0.91, **CLOSED)
    assert table.loc[("y", "x"), "f2"] == pytest.approx((r2 - 0.16) / (1 - r2), **CLOSED)
    assert table.loc[("y", "m"), "f2"] == pytest.approx((r2 - 0.04) / (1 - r2), **CLOSED)
    # With one item a construct no weight can adapt, so refitting changes nothing.
    assert table["f2_refit"].to_list() == pytest.approx(table["f2"].to_list(), **CLOSED)


def test_fornell_larcker_looks_at_the_whole_row():
    # The column of x holds nothing above its root AVE; the row of y does.
    R = np.eye(5)
    R[:2, :2] += 0.2 * (1 - np.eye(2))
    R[2:4, 2:4] += 0.2 * (1 - np.eye(2))
    R[:2, 4] = R[4, :2] = 0.65
    R[2:4, 4] = R[4, 2:4] = 0.2
    model = PLSModel({"x": ["x1", "x2"], "m": ["m1", "m2"], "y": ["y"]}, [("x", "y"), ("m", "y")])
    fit = fit_pls_correlation(labeled(R, list(model.items)), n=60, model=model)
    matrix = fornell_larcker(fit)
    assert np.isnan(matrix.loc["x", "y"])
    assert matrix.loc["y", "x"] == pytest.approx(1.3 / np.sqrt(2.4), **CLOSED)
    assert matrix.loc["x", "x"] == pytest.approx(np.sqrt(0.6), **CLOSED)
    verdict = compare_fornell_larcker(fit).set_index("construct")
    assert verdict["distinct"].to_dict() == {"x": False, "m": True, "y": True}
    assert verdict.loc["x", "with_construct"] == "y"


def test_srmr_of_a_chain_is_its_one_residual():
    fit = three(0.5, 0.45, 0.4, CHAIN)
    table = srmr(fit).set_index(["structure", "within"])["srmr"]
    assert table["estimated", "composite"] == pytest.approx((0.45 - 0.2) / np.sqrt(6), **CLOSED)
    assert table["saturated", "composite"] == pytest.approx(0, abs=1e-12)
    assert implied_correlation(fit).loc["x", "y"] == pytest.approx(0.2, **CLOSED)


def test_srmr_inside_a_factor(pair):
    table = srmr(pair).set_index(["structure", "within"])["srmr"]
    # Loadings^2 are .8 and .7, so a factor would imply within-correlations of .8 and .7.
    between = 0.3 - np.sqrt(0.8 * 0.7) * 1.2 / np.sqrt(3.2 * 2.8)
    assert table["saturated", "composite"] == pytest.approx(
        np.sqrt(4 * between**2 / 10), rel=1e-6, abs=1e-12
    )
    within = (0.6 - 0.8) ** 2 + (0.4 - 0.7) ** 2
    assert table["saturated", "factor"] == pytest.approx(
        np.sqrt((within + 4 * between**2) / 10), **CLOSED
    )


def test_consistent_pls_fits_a_factor_population_without_residual():
    l = np.array([0.8, 0.7, 0.6, 0.9, 0.75, 0.5])  # noqa: E741
    structure = np.array([[1, 0.5], [0.5, 1]])
    owner = np.repeat([0, 1], 3)
    R = np.outer(l, l) * structure[np.ix_(owner, owner)]
    np.fill_diagonal(R, 1)
    model = PLSModel({"a": ["a1", "a2", "a3"], "b": ["b1", "b2", "b3"]}, [("a", "b")])
    fit = fit_pls_correlation(
        labeled(R, list(model.items)), n=50, model=model, consistent=True, tolerance=1e-14
    )
    table = srmr(fit).set_index(["structure", "within"])["srmr"]
    assert table["estimated", "factor"] == pytest.approx(0, abs=1e-9)
    expected = 0.25 / 0.75
    assert f_squared(fit)["f2"][0] == pytest.approx(expected, **CLOSED)


def test_quality_indices(pair):
    values = model_quality(pair).set_index("measure")["value"]
    r2 = (4 * 0.3) ** 2 / (3.2 * 2.8)
    assert values["mean_ave"] == pytest.approx(0.75, **CLOSED)
    assert values["gof"] == pytest.approx(np.sqrt(0.75 * r2), **CLOSED)
    assert values["gof_communality"] == pytest.approx(values["gof"], **CLOSED)


def test_communality_weighs_constructs_by_their_items():
    R = np.eye(5)
    R[:3, :3] += 0.5 * (1 - np.eye(3))
    R[3:, 3:] += 0.2 * (1 - np.eye(2))
    R[:3, 3:] = R[3:, :3] = 0.3
    model = PLSModel({"a": ["a1", "a2", "a3"], "b": ["b1", "b2"]}, [("a", "b")])
    values = model_quality(fit_pls_correlation(labeled(R, list(model.items)), n=40, model=model))
    values = values.set_index("measure")["value"]
    assert values["mean_ave"] == pytest.approx((2 / 3 + 0.6) / 2, **CLOSED)
    assert values["mean_communality"] == pytest.approx((3 * 2 / 3 + 2 * 0.6) / 5, **CLOSED)


def test_tables_and_bootstrap_estimates_are_the_same_numbers():
    rng = np.random.default_rng(6)
    f = rng.standard_normal((100, 1)) + 0.9 * rng.standard_normal((100, 4))
    data = pd.DataFrame(f, columns=list(PAIR.items))
    for consistent in (False, True):
        fit = fit_pls(data, model=PAIR, consistent=consistent)
        indices = np.stack([np.arange(100), np.arange(100)[::-1]])
        boot = bootstrap_pls(data, model=PAIR, consistent=consistent, indices=indices)
        table = reliability(fit)
        for kind in ("alpha", "rho_a", "rho_c", "ave"):
            assert boot.table(kind)["est"].to_list() == pytest.approx(table[kind], abs=1e-12)
        for kind, frame, column in (
            ("f2", f_squared(fit), "f2"),
            ("loading", fit.loadings, "est"),
        ):
            ours = boot.table(kind)
            assert ours["est"].to_list() == pytest.approx(frame[column], abs=1e-11), kind
            assert ours[["lhs", "op", "rhs"]].equals(frame[["lhs", "op", "rhs"]]), kind


def test_an_item_that_stands_twice_has_an_infinite_vif_and_the_others_a_finite_one():
    data = simulate_sessions().assign(a4=lambda table: table["a1"])
    items = ITEMS | {"alliance": ["a1", "a2", "a3", "a4"]}
    vif = item_vif(fit_pls(data, model=PLSModel(items, PATHS))).set_index("item")["vif"]
    assert np.isinf(vif[["a1", "a4"]]).all()
    alone = item_vif(fit_pls(data, model=PLSModel(ITEMS, PATHS))).set_index("item")["vif"]
    np.testing.assert_allclose(vif[["a2", "a3", "d1"]], alone[["a2", "a3", "d1"]], rtol=1e-8)
