"""The moderation study on a reader's rows: values missing, clients who belong together."""

import numpy as np
import pandas as pd
import pytest

from helpers.errors import InputError
from helpers.models.moderation.correlations import compare_correlations
from helpers.models.moderation.fit import probe_coefficients
from helpers.studies.intersession_alliance import conclusion, results, words
from helpers.studies.intersession_alliance import model as study
from helpers.studies.intersession_alliance.twin import simulate_intersession_alliance

FOCAL = "isp_actions"
OPTIONS = {
    "covariates": [],
    "at": "sd",
    "se_type": "classical",
    "fdr": False,
    "n_boot": 100,
    "ci_level": 0.95,
    "seed": 1,
}
ASKED = study.load_claims()


@pytest.fixture(scope="module")
def nested():
    """The twin's clients, each with a colleague who answered alike; twelve therapists."""
    twin = simulate_intersession_alliance()
    alike = twin + np.random.default_rng(3).normal(0, 0.05, twin.shape)
    frame = pd.concat([twin, alike], ignore_index=True)
    return frame.assign(therapist=[f"T{k % 12}" for k in range(len(twin))] * 2)


@pytest.fixture(scope="module")
def clustered(nested):
    return results.fit_study(nested, cluster="therapist", **OPTIONS)


@pytest.fixture(scope="module")
def holed(nested):
    frame = nested[list(study.COLUMNS)].iloc[:81].copy()
    frame.loc[frame.index[::11], "self_alliance"] = np.nan
    frame.loc[frame.index[4::9], FOCAL] = np.nan
    return frame


@pytest.fixture(scope="module")
def imputed(holed):
    return results.fit_study(holed, **OPTIONS)


# Clusters ---------------------------------------------------------------------------------------


def test_with_clusters_every_test_is_robust_and_whole_clusters_are_drawn(clustered, nested):
    assert clustered.se_type == "cr2"
    assert {fit.n_clusters for fit in clustered.full.values()} == {12}
    assert {boot.plan.n_units for boot in clustered.bootstraps.values()} == {12}
    regression = results.tabulate_regressions(clustered.full)
    assert " ".join(regression) == ("outcome term est se se_cr2 df t pvalue ci_lower ci_upper")
    own = regression[regression["outcome"] == FOCAL].reset_index(drop=True)
    fit = clustered.full[FOCAL]
    np.testing.assert_array_equal(own["pvalue"], probe_coefficients(fit, se_type="cr2")["pvalue"])
    assert set(results.tabulate_slopes(clustered)["se_type"]) == {"classical", "cr2"}
    assert set(results.tabulate_bounds(clustered)["se_type"]) == {"classical", "cr2"}


def test_findings_correlations_and_their_differences_allow_for_clusters(clustered, nested):
    claims = study.evaluate_claims(clustered.rows, ASKED, se_type="cr2")
    pairs = ASKED[ASKED["kind"] == "correlation"].set_index("id")
    for name, pair in pairs.iterrows():
        row = compare_correlations(nested, variables=[pair.x, pair.y], cluster="therapist").iloc[0]
        assert claims.loc[name, "pvalue"] == row["pvalue"]
    assert (results.compare_relations(clustered)["df"] == 11).all()
    readings = conclusion.compare_readings(clustered, ASKED, covariates=[])
    assert "rank" not in set(readings["reading"])
    assert {"other se", "bootstrap", "coefficient"} <= set(readings["reading"])


def test_a_pair_of_alike_clients_is_not_two(clustered, nested):
    """Every client has a colleague, so robust standard errors exceed those of independent rows."""
    naive = results.fit_study(nested, **OPTIONS)
    alike = conclusion.judge_absence(ASKED, clustered.rows, ci_level=0.95)
    single = conclusion.judge_absence(ASKED, naive.rows, ci_level=0.95)
    assert (alike["r"] == single["r"]).all()
    assert alike["excluded"].mean() > single["excluded"].mean()


def test_what_is_asked_of_clusters_is_said_in_one_line(nested, holed):
    few = nested.assign(clinic=["north", "south"] * 81)
    with pytest.raises(InputError, match=r"cluster='clinic' has 2 values.*leave cluster empty"):
        results.fit_study(few, cluster="clinic", **OPTIONS)
    both = holed.assign(therapist=nested["therapist"])
    with pytest.raises(InputError, match=r"missing='mi' takes rows for independent.*'listwise'"):
        results.fit_study(both, cluster="therapist", **OPTIONS)


# Missing values ---------------------------------------------------------------------------------


def test_values_are_imputed_once_for_all_that_is_analyzed(imputed, holed):
    frames = imputed.rows.frames
    assert len(frames) == max(20, np.ceil(100 * holed.isna().any(axis=1).mean()))
    for frame in frames:
        assert not frame.isna().any(axis=None)
        kept = holed.notna()
        pd.testing.assert_frame_equal(frame.where(kept), holed)
    fit = imputed.full[FOCAL]
    product = fit.terms["product"]
    estimates = [one.table.set_index("term").loc[product, "est"] for one in fit.completed]
    pooled = fit.table.set_index("term").loc[product, "est"]
    assert pooled == pytest.approx(np.mean(estimates), rel=1e-12)


def test_what_needs_one_data_set_has_the_complete_rows(imputed, holed):
    assert imputed.complete[FOCAL].n == len(holed.dropna())
    assert imputed.bootstraps == {}
    assert results.tabulate_bootstraps(imputed).empty
    assert set(results.compare_relations(imputed)["n"]) == {len(holed.dropna())}
    analyses = conclusion.compare_analyses(imputed)
    assert list(analyses["analysis"]) == ["classical", "hc3", "complete rows"]
    readings = conclusion.compare_readings(imputed, ASKED, covariates=[])
    assert not {"rank", "bootstrap"} & set(readings["reading"])


def test_tables_say_what_they_rest_on(imputed, clustered):
    assert words.describe_rows(imputed.rows).endswith("imputations")
    assert "complete rows" in words.describe_difference(imputed.rows)
    assert "therapist" in words.describe_rows(clustered.rows)
    slopes = results.tabulate_slopes(imputed)
    shown = words.arrange_slopes(slopes, results.tabulate_bootstraps(imputed), "classical")
    assert "boot_lower" not in shown
    assert "NaN" not in words.describe_search(imputed.johnson_neyman[FOCAL, "classical"])


def test_choices_for_missing_values_stand_side_by_side(imputed, holed, nested):
    table = conclusion.compare_missing(holed, covariates=[], ci_level=0.95, seed=1)
    assert list(table["choice"].unique()) == ["listwise", "mi"]
    own = table[table["choice"] == "mi"].set_index("label")["est"]
    fit = imputed.full[FOCAL]
    assert own["product"] == fit.table.set_index("term").loc[fit.terms["product"], "est"]
    shown = words.arrange_choices(table)
    assert shown["name"].tolist()[:2] == ["Product", "Slope of self-alliance at \u22121 SD"]
    both = holed.assign(therapist=nested["therapist"])
    alone = conclusion.compare_missing(
        both, covariates=[], ci_level=0.95, seed=1, cluster="therapist"
    )
    assert set(alone["choice"]) == {"listwise"}


# The surface ------------------------------------------------------------------------------------


def test_the_surface_is_the_regression_where_there_are_clients():
    twin = simulate_intersession_alliance()
    fit = study.fit_outcomes(twin)[FOCAL]
    surface = results.predict_surface(fit, n_grid=21)
    assert len(surface) == 21**2
    x, w = twin["self_alliance"], twin["other_alliance"]
    for own, values in ((surface["predictor_value"], x), (surface["moderator_value"], w)):
        assert (own.min(), own.max()) == (values.min(), values.max())
    corner = surface.set_index(["predictor_value", "moderator_value"])["est"]
    assert np.isnan(corner[x.min(), w.max()])  # nobody is there
    inside = surface.dropna()
    b = fit.table["est"].to_numpy()
    u, v = inside["predictor_value"] - x.mean(), inside["moderator_value"] - w.mean()
    np.testing.assert_allclose(inside["est"], b[0] + b[1] * u + b[2] * v + b[3] * u * v)
    assert "ISP-actions" in words.claim_surface(surface, FOCAL)
    assert len(words.describe_surface(surface, FOCAL).split()) > 8


def test_two_levels_make_no_surface():
    twin = simulate_intersession_alliance()
    split = twin.assign(other_alliance=(twin["other_alliance"] > 4.5).astype(int))
    assert results.predict_surface(study.fit_outcomes(split)[FOCAL]).empty
