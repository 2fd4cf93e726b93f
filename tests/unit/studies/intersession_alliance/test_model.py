import numpy as np
import pandas as pd
import pytest

from helpers.data.schemas import load_schema
from helpers.errors import InputError
from helpers.models.moderation.diagnostics import probe_influence
from helpers.models.moderation.model import fit_moderation
from helpers.paths import twin_path
from helpers.studies.intersession_alliance.model import (
    COLUMNS,
    evaluate_claims,
    fit_outcomes,
    load_claims,
)
from helpers.studies.intersession_alliance.twin import (
    CORRELATIONS,
    PRODUCT_SLOPE,
    simulate_intersession_alliance,
)


@pytest.fixture(scope="module")
def twin():
    return simulate_intersession_alliance()


@pytest.fixture(scope="module")
def claims():
    return load_claims()


def test_the_twin_on_disk_is_the_one_that_is_simulated(twin):
    pd.testing.assert_frame_equal(pd.read_csv(twin_path("intersession_alliance")), twin)


def test_twin_has_the_columns_and_rows_of_the_dictionary(twin):
    schema = load_schema("intersession_alliance")
    assert tuple(twin.columns) == schema.names == COLUMNS
    assert len(twin) == schema.n_twin == 81


@pytest.mark.parametrize("se_type", ["classical", "hc3"])
def test_every_claim_holds_on_the_twin(twin, claims, se_type):
    result = evaluate_claims(twin, claims, se_type=se_type)
    assert len(result) == 11
    assert result["holds"].all()


def test_no_claim_of_the_twin_hangs_on_one_row(twin):
    fit = fit_outcomes(twin)["isp_actions"]
    assert probe_influence(fit).summary.set_index("check").loc["pvalue_without", "n_beyond"] == 0


def test_moments_are_exact_before_rounding_to_the_scales():
    exact = simulate_intersession_alliance(rounded=False)
    np.testing.assert_allclose(exact.corr(), CORRELATIONS, atol=1e-12)
    fit = fit_moderation(
        exact, outcome="isp_actions", predictor="self_alliance", moderator="other_alliance"
    )
    residual_product = fit.effect_sizes.set_index("term").loc[fit.terms["product"]]
    assert residual_product["semipartial_r2"] == pytest.approx(PRODUCT_SLOPE**2, rel=1e-9)


def test_the_population_version_only_approaches_them():
    big = simulate_intersession_alliance(n=100_000, seed=3, exact=False, rounded=False)
    np.testing.assert_allclose(big.corr(), CORRELATIONS, atol=0.015)
    fit = fit_moderation(
        big, outcome="isp_actions", predictor="self_alliance", moderator="other_alliance"
    )
    size = fit.effect_sizes.set_index("term").loc[fit.terms["product"], "semipartial_r2"]
    assert size == pytest.approx(PRODUCT_SLOPE**2, abs=0.006)


def test_last_bit_noise_does_not_change_the_twin(monkeypatch, twin):
    from helpers.studies.intersession_alliance import twin as module

    exact = module.with_correlation
    monkeypatch.setattr(
        module, "with_correlation", lambda *given: exact(*given) * (1 + 4e-16) + 1e-16
    )
    pd.testing.assert_frame_equal(simulate_intersession_alliance(), twin)


def test_claims_fail_where_they_should(twin, claims):
    flipped = twin.assign(isp_actions=-twin["isp_actions"])
    holds = evaluate_claims(flipped, claims)["holds"]
    assert not holds[["self_actions", "other_actions", "product_actions", "slope_high"]].any()
    assert holds[["self_thoughts", "other_thoughts", "slope_low", "progress_self"]].all()
    thoughtful = twin.assign(isp_thoughts=twin["self_alliance"] + twin["other_alliance"])
    holds = evaluate_claims(thoughtful, claims)["holds"]
    assert not holds[["self_thoughts", "other_thoughts"]].any()


def test_significance_follows_the_level(twin, claims):
    strict = evaluate_claims(twin, claims, ci_level=0.9999)
    assert not strict.loc["product_actions", "holds"]
    assert strict.loc["product_actions", "ci_lower"] < 0


def test_a_two_level_moderator_is_low_and_high(twin, claims):
    split = twin.assign(
        other_alliance=(twin["other_alliance"] > twin["other_alliance"].median()) * 1
    )
    result = evaluate_claims(split, claims)
    high = split[split["other_alliance"] == 1]
    slope = np.polyfit(high["self_alliance"], high["isp_actions"], 1)[0]
    assert result.loc["slope_high", "est"] == pytest.approx(slope)


def test_claims_are_checked(twin, claims):
    odd = claims.assign(predicate=claims["predicate"].replace("positive", "postive"))
    with pytest.raises(InputError, match="Did you mean 'positive'"):
        evaluate_claims(twin, odd)
    with pytest.raises(InputError, match="is not a column of data"):
        evaluate_claims(twin.drop(columns="progress"), claims)
    with pytest.raises(InputError, match="not a number of SDs"):
        evaluate_claims(twin, claims.assign(at="high"))


def test_impossible_relations_are_refused():
    with pytest.raises(InputError, match="explain more than all of isp_actions"):
        simulate_intersession_alliance(product_slope=0.95)
    with pytest.raises(InputError, match="too few rows"):
        simulate_intersession_alliance(n=5)
