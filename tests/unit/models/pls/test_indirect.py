"""Indirect effects: Sobel's family, shares, and why a share is withheld."""

import numpy as np
import pandas as pd
import pytest

from helpers.errors import InputError
from helpers.models.pls.bootstrap import bootstrap_pls
from helpers.models.pls.indirect import indirect_effects, product_tests
from helpers.models.pls.model import fit_pls
from helpers.models.pls.specification import PLSModel

ONE = {name: [name] for name in ("x", "m", "w", "y")}
MEDIATION = PLSModel({k: ONE[k] for k in "xmy"}, [("x", "m"), ("x", "y"), ("m", "y")])


def analyze(data, model, **options):
    fit = fit_pls(data, model=model)
    boot = bootstrap_pls(data, model=model, n_boot=200, **options)
    return fit, boot, indirect_effects(fit, boot)


def mediation_data(a, b, direct, n=120, seed=1):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal(n)
    m = a * x + rng.standard_normal(n)
    y = b * m + direct * x + rng.standard_normal(n)
    return pd.DataFrame({"x": x, "m": m, "y": y})


@pytest.mark.parametrize(
    ("a", "se_a", "printed"),
    [
        (0.521, 0.087, {"sobel_z": 5.769, "aroian_z": 5.763, "goodman_z": 5.775}),
        (-0.071, 0.088, {"sobel_z": -0.806, "aroian_z": -0.805, "goodman_z": -0.807}),
        (0.343, 0.058, {"sobel_z": 5.702, "aroian_z": 5.697, "goodman_z": 5.708}),
    ],
)
def test_the_family_on_the_printed_paths(a, se_a, printed):
    tests = product_tests(a, se_a, 0.710, 0.033)
    assert {name: round(tests[name], 3) for name in printed} == printed


def test_the_family_in_t_values():
    # z = t_a t_b / sqrt(t_a^2 + t_b^2 + c), whatever the scale of the coefficients.
    for scale in (1.0, 1e-3, 40.0):
        tests = product_tests(0.4 * scale, 0.1 * scale, -0.3, 0.05)
        for name, c in (("sobel", 0), ("aroian", 1), ("goodman", -1)):
            assert tests[f"{name}_z"] == pytest.approx(-24 / np.sqrt(16 + 36 + c), rel=1e-12)
    assert tests["sobel_p"] == pytest.approx(8.74e-4, rel=1e-2)


def test_goodman_without_a_positive_variance():
    tests = product_tests(0.02, 0.1, 0.03, 0.1)
    assert np.isnan(tests["goodman_z"])
    assert np.isnan(tests["goodman_p"])
    assert np.isfinite(tests["aroian_z"])


def test_effect_share_and_limits_of_a_plain_mediation():
    data = mediation_data(0.7, 0.6, 0.3)
    fit, boot, table = analyze(data, MEDIATION)
    row = table.iloc[0]
    paths = fit.paths.set_index(["rhs", "lhs"])["est"]
    assert row["label"] == "x → m → y"
    assert row["est"] == pytest.approx(paths["x", "m"] * paths["m", "y"], rel=1e-12)
    # Total effect of x on y is their correlation, whichever way it is split.
    assert row["total"] == pytest.approx(np.corrcoef(data["x"], data["y"])[0, 1], rel=1e-9)
    assert row["vaf"] == pytest.approx(row["est"] / row["total"], rel=1e-12)
    assert row["note"] == ""
    draws = boot.select("indirect")["x → m → y"]
    assert row["se"] == pytest.approx(draws.std(), rel=1e-12)
    assert row["ci_lower"] < row["est"] < row["ci_upper"]
    assert row["bca_lower"] < row["est"] < row["bca_upper"]
    assert row["bca_lower"] != row["ci_lower"]
    se = boot.table("path").set_index(["rhs", "lhs"])["se"]
    expected = product_tests(paths["x", "m"], se["x", "m"], paths["m", "y"], se["m", "y"])
    assert row["sobel_z"] == pytest.approx(expected["sobel_z"], rel=1e-12)


def test_no_share_where_signs_conflict():
    _, boot, table = analyze(mediation_data(0.7, 0.6, -0.5), MEDIATION)
    row = table.iloc[0]
    assert np.isnan(row["vaf"])
    assert row["note"].startswith("no share: indirect (+0.")
    assert row["note"].endswith("have opposite signs")
    assert np.isfinite(row[["est", "se", "ci_lower", "sobel_z"]].astype(float)).all()
    bca = boot.confint("bca", quantity="indirect").iloc[0]
    assert row[["bca_lower", "bca_upper"]].to_list() == bca[["ci_lower", "ci_upper"]].to_list()


def test_no_share_where_two_routes_pull_apart():
    rng = np.random.default_rng(2)
    x = rng.standard_normal(150)
    m = 0.7 * x + rng.standard_normal(150)
    w = -0.7 * x + rng.standard_normal(150)
    y = 0.6 * m + 0.4 * w + rng.standard_normal(150)
    model = PLSModel(ONE, [("x", "m"), ("x", "w"), ("m", "y"), ("w", "y")])
    _, _, table = analyze(pd.DataFrame({"x": x, "m": m, "w": w, "y": y}), model)
    notes = table.set_index("label")["note"]
    assert notes["x → m → y"] == "no share: the indirect effect x → w → y has the opposite sign"
    assert notes["x → w → y"] == "no share: the indirect effect x → m → y has the opposite sign"
    assert table["direct"].eq(0).all()
    assert table["total"].to_numpy() == pytest.approx(table["est"].sum())


def test_longer_chains_have_no_sobel_test_but_a_bootstrap():
    rng = np.random.default_rng(3)
    x = rng.standard_normal(150)
    m = 0.7 * x + rng.standard_normal(150)
    w = 0.7 * m + rng.standard_normal(150)
    y = 0.6 * w + rng.standard_normal(150)
    model = PLSModel(ONE, [("x", "m"), ("m", "w"), ("w", "y")])
    fit, _, table = analyze(pd.DataFrame({"x": x, "m": m, "w": w, "y": y}), model)
    row = table.set_index("label").loc["x → m → w → y"]
    assert row["est"] == pytest.approx(fit.paths["est"].prod(), rel=1e-12)
    assert np.isnan(row["sobel_z"])
    assert row["note"] == "Sobel's family is for chains of two paths"
    assert row["vaf"] == pytest.approx(1.0)
    assert np.isfinite(row["se"])


def test_refusals():
    data = mediation_data(0.5, 0.5, 0.2)
    fit, boot, _ = analyze(data, MEDIATION)
    short = PLSModel({k: ONE[k] for k in "xy"}, [("x", "y")])
    other = bootstrap_pls(data, model=short, n_boot=5)
    with pytest.raises(InputError, match="fit and boot are of different models"):
        indirect_effects(fit, other)
    with pytest.raises(InputError, match="The model has no indirect effect"):
        indirect_effects(fit_pls(data, model=short), other)
    assert boot.n_failed == 0
