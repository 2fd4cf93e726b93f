"""The simulated coverage and rejections: shortcuts, populations, committed tables."""

from itertools import product
from pathlib import Path

import calibration
import numpy as np
import pandas as pd
import pytest
from calibration import COMPOSITES, MEDIATION, N_BOOT, PATHS, SEED, Cell, draw_sample

from helpers.models.pls.bootstrap import bootstrap_pls
from helpers.models.pls.model import fit_pls_correlation
from helpers.models.sem.bootstrap import bootstrap_path_model
from helpers.models.sem.comparison import compare_models
from helpers.models.sem.model import fit_path_covariance, fit_path_model

FOLDER = Path(calibration.TABLE).parent
TABLE = pd.read_csv(FOLDER / "calibration.csv", keep_default_na=False)
ALL_DISTRIBUTIONS = ("normal", *calibration.TAIL_DF)


def samples(cell, count):
    """The cell's data sets and the cases that its draws take."""
    for k in range(count):
        rng = np.random.default_rng([SEED, *cell.name.encode(), k])
        data = draw_sample(rng, cell.population, cell.n, cell.distribution)
        yield data, rng.integers(0, cell.n, (N_BOOT, cell.n))


def around(table, column="est"):
    half = 1.959963984540054 * table["se"]
    return table[column] - half, table[column] + half


@pytest.mark.parametrize("distribution", ["normal", "heavy tails"])
def test_indirect_effects_are_those_of_the_path_bootstrap(distribution):
    cell = Cell("indirect effect", "0.39 and 0", 50, distribution)
    found = cell.measure(range(10))
    for limits, (data, indices) in zip(found, samples(cell, 10), strict=True):
        boot = bootstrap_path_model(MEDIATION, data, indices=indices)
        rows = {
            kind: boot.table("parameter", kind=kind).set_index("label").loc["indirect"]
            for kind in ("percentile", "bca")
        }
        expected = [rows[t][f"ci_{side}"] for t, side in product(rows, ("lower", "upper"))]
        np.testing.assert_allclose(limits, [*expected, *around(rows["bca"])], rtol=1e-10)


def test_percentile_limits_are_order_statistics_of_least_squares():
    cell = Cell("indirect effect", "0.39 and 0.39", 50, "normal")
    ((data, indices),) = samples(cell, 1)
    draws = []
    for rows in indices:
        x, m, y = (data[name].to_numpy()[rows] for name in "xmy")
        a = np.polyfit(x, m, 1)[0]
        b = np.linalg.lstsq(np.column_stack([m, x, np.ones(50)]), y, rcond=None)[0][0]
        draws.append(a * b)
    np.testing.assert_allclose(cell.measure(range(1))[0, :2], np.sort(draws)[[24, 974]], rtol=1e-10)


@pytest.mark.parametrize("distribution", ["normal", "heavy tails"])
def test_composite_paths_are_those_of_the_composite_bootstrap(distribution):
    cell = Cell("composite path", "", 100, distribution)
    found = cell.measure(range(2)).reshape(2, len(PATHS), 3, 2)
    for limits, (data, indices) in zip(found, samples(cell, 2), strict=True):
        boot = bootstrap_pls(data, model=COMPOSITES, indices=indices)
        for method, kind in enumerate(("percentile", "bca")):
            table = boot.table("path", kind=kind)
            np.testing.assert_allclose(
                limits[:, method], table[["ci_lower", "ci_upper"]], rtol=1e-10
            )
        np.testing.assert_allclose(limits[:, 2], np.transpose(around(table)), rtol=1e-10)


@pytest.mark.parametrize("distribution", ALL_DISTRIBUTIONS)
def test_rejections_are_those_of_compare_models(distribution):
    cell = Cell("difference test", "", 100, distribution)
    found = cell.measure(range(4))
    for pvalues, (data, _) in zip(found, samples(cell, 4), strict=True):
        for estimator, ours in zip(("ML", "MLR"), pvalues, strict=True):
            fits = [
                fit_path_model(calibration.COMPONENTS.format(*labels), data, estimator=estimator)
                for labels in (("b", "b", "b"), ("b1", "b2", "b3"))
            ]
            assert ours == pytest.approx(compare_models(*fits)["pvalue"], rel=1e-8)


def test_the_populations_have_the_effects_they_are_said_to_have():
    paths = fit_path_covariance(
        MEDIATION, calibration.mediation_population(0.39, 0.2), n=100
    ).parameters.set_index("label")["est"]
    assert paths["indirect"] == pytest.approx(0.39 * 0.2, rel=1e-10)
    equal = fit_path_covariance(
        calibration.COMPONENTS.format("b", "b", "b"), calibration.components_population(), n=100
    )
    assert equal.fit_measures["chisq"] == pytest.approx(0, abs=1e-8)
    composites = fit_pls_correlation(
        calibration.composite_population(), n=100, model=COMPOSITES
    ).paths
    np.testing.assert_allclose(composites["est"], list(PATHS.values()), atol=1e-6)


@pytest.mark.parametrize("distribution", ALL_DISTRIBUTIONS)
def test_samples_have_the_covariance_of_their_population(distribution):
    population = calibration.components_population()
    sample = draw_sample(np.random.default_rng(1), population, 200_000, distribution)
    np.testing.assert_allclose(sample.cov(), population, atol=0.06)


def rate(**values):
    rows = TABLE.loc[(TABLE[list(values)] == pd.Series(values)).all(axis=1)]
    assert len(rows)
    return rows["rate"], 3 * rows["mc_error"]


def test_every_cell_is_in_the_table():
    cells = {(c.topic, c.n, c.distribution) for c in calibration.list_cells()}
    assert cells == set(zip(TABLE["topic"], TABLE["n"], TABLE["distribution"], strict=True))
    keys = ["topic", "condition", "n", "distribution", "method"]
    intervals = TABLE[TABLE["measure"] != "rejected"]
    np.testing.assert_allclose(intervals.groupby(keys)["rate"].sum(), 1, atol=1e-4)
    expected = np.sqrt(TABLE["rate"] * (1 - TABLE["rate"]) / TABLE["datasets"])
    np.testing.assert_allclose(TABLE["mc_error"], expected, atol=1e-5)


def test_under_normality_tests_and_percentile_intervals_hold_their_level():
    for method in calibration.TESTS:
        found, error = rate(method=method, distribution="normal")
        assert ((found > 0.03 - error) & (found < 0.07 + error)).all()
    found, error = rate(method="percentile", measure="covered", distribution="normal")
    assert ((found > 0.92 - error) & (found < 0.97 + error)).all()


def test_scaling_helps_where_tails_are_heavy_and_more_so_in_larger_samples():
    for distribution in calibration.TAIL_DF:
        plain, _ = rate(method="plain", distribution=distribution)
        scaled, error = rate(method="Satorra-Bentler", distribution=distribution)
        assert (scaled.to_numpy() < plain.to_numpy()).all()
        assert (scaled.diff().dropna() < error.iloc[1:]).all()
        assert scaled.iloc[-1] < 0.07 + 0.03 * (distribution == "heavy tails") + error.iloc[-1]


def test_the_page_shows_the_tables(tmp_path, monkeypatch):
    audit = pd.read_csv(FOLDER / "audit.csv")
    monkeypatch.setattr(calibration, "TABLE", tmp_path / "calibration.csv")
    calibration.write_shown(TABLE, audit)
    for path in tmp_path.iterdir():
        assert path.read_text() == (FOLDER / path.name).read_text()
    page = (FOLDER.parent / "validation.md").read_text(encoding="utf-8")
    for path in FOLDER.glob("*.csv"):
        data = path.stem in ("calibration", "audit", "moderation", "mediation")
        assert (f":file: validation/{path.name}\n" in page) is not data
    assert audit["false_alarms"].sum() <= 0.001 * audit["checks"].sum()
