"""Moderated regressions against R: lm, sandwich, lmtest, car, emmeans and hand formulas.

The values stand in reference.csv, written by moderation.R; versions.txt names the versions.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from helpers.models.moderation.bootstrap import bootstrap_moderation
from helpers.models.moderation.correlations import compare_correlations
from helpers.models.moderation.diagnostics import (
    probe_assumptions,
    probe_curvature,
    probe_influence,
)
from helpers.models.moderation.johnson_neyman import probe_johnson_neyman
from helpers.models.moderation.model import fit_moderation
from helpers.models.moderation.simple_slopes import probe_simple_slopes
from helpers.models.moderation.slope_lines import slopes_from_published

HERE = Path(__file__).parent
CASES = pd.read_csv(HERE / "cases.csv", dtype=str, keep_default_na=False).set_index("case")
REFERENCE = pd.read_csv(HERE / "reference.csv", keep_default_na=False)
REFERENCE["value"] = pd.to_numeric(REFERENCE["value"])
RTOL = 1e-8


@pytest.fixture(scope="module")
def frames():
    return {name: pd.read_csv(HERE / f"data_{name}.csv") for name in sorted(set(CASES["data"]))}


@pytest.fixture(scope="module")
def fits(frames):
    return {
        case: fit_moderation(
            frames[row["data"]],
            outcome=row["outcome"],
            predictor=row["predictor"],
            moderator=row["moderator"],
            covariates=[name for name in row["covariates"].split(";") if name],
            center=row["center"],
        )
        for case, row in CASES.iterrows()
    }


VALUES = {
    key: rows.set_index("key")["value"] for key, rows in REFERENCE.groupby(["case", "quantity"])
}
NONE = pd.Series(dtype=float, index=pd.Index([], dtype=str))


def expected(case, quantity):
    return VALUES.get((case, quantity), NONE)


def our_terms(fit, r_names):
    """Translate R's term names: x, w, x:w and factor levels."""
    names = {"(Intercept)": "Intercept", "x": fit.terms["predictor"], "w": fit.terms["moderator"]}
    names["x:w"] = fit.terms["product"]
    for name in r_names:
        for covariate in fit.covariates:
            if name.startswith(covariate) and name != covariate:
                names[name] = f"{covariate}[{name.removeprefix(covariate)}]"
    return [names.get(name, name) for name in r_names]


def test_there_are_enough_cases():
    assert len(CASES) >= 19
    assert {expected(case, "jn_count").size for case in CASES.index} == {0, 4}


@pytest.mark.parametrize("case", CASES.index)
def test_coefficients(fits, case):
    fit, se = fits[case], expected(case, "se")
    table = fit.table.set_index("term").loc[our_terms(fit, se.index)]
    assert len(se) == len(fit.table)
    for column in ("est", "se", "se_hc3", "t", "pvalue", "pvalue_hc3", "ci_lower", "ci_upper"):
        values = expected(case, column)[se.index].to_numpy()
        # an estimate or limit near zero is measured in its standard error, all else as it is
        scale = se.to_numpy() if column in ("est", "ci_lower", "ci_upper") else 0
        gap = np.abs(table[column].to_numpy() - values) / (np.abs(values) + scale)
        assert gap.max() < RTOL, column


@pytest.mark.parametrize("case", CASES.index)
def test_r_squared_and_effect_sizes(fits, case):
    fit = fits[case]
    without, full = fit.r_squared_tests.iloc[0], fit.r_squared_tests.iloc[1]
    pairs = [
        (without["r2"], "r2_main"),
        (full["r2"], "r2"),
        (full["r2_adj"], "r2_adj"),
        (full["f"], "f_change"),
        (full["pvalue"], "p_change"),
    ]
    for ours, quantity in pairs:
        assert ours == pytest.approx(expected(case, quantity).iloc[0], rel=RTOL), quantity
    # R's value is a difference of two R2, so its digits end at eps / change
    assert full["f2"] == pytest.approx(expected(case, "f2_change").iloc[0], rel=RTOL, abs=1e-14)
    sizes = fit.effect_sizes.set_index("term")
    for quantity in ("partial_r2", "semipartial_r2"):
        values = expected(case, quantity)
        ours = sizes[quantity][our_terms(fit, values.index)].to_numpy()
        np.testing.assert_allclose(ours, values.to_numpy(), rtol=RTOL, atol=1e-13)
    assert sizes["est_std"][fit.terms["product"]] == pytest.approx(
        expected(case, "est_std").iloc[0], rel=RTOL
    )


@pytest.mark.parametrize("case", CASES.index)
def test_simple_slopes(fits, case):
    for se_type in ("classical", "hc3"):
        slopes = probe_simple_slopes(fits[case], se_type=se_type)
        for column, quantity in {
            "moderator_value": "slope_at",
            "est": "slope_est",
            "se": "slope_se",
            "t": "slope_t",
            "pvalue": "slope_p",
            "ci_lower": "slope_lower",
            "ci_upper": "slope_upper",
        }.items():
            values = expected(case, quantity)
            values = values[values.index.str.startswith(se_type)].to_numpy()
            if quantity == "slope_at" and not values.size:
                continue  # two levels
            np.testing.assert_allclose(slopes[column], values, rtol=RTOL, err_msg=column)


@pytest.mark.parametrize("case", CASES.index)
def test_johnson_neyman(fits, case):
    for se_type in ("classical", "hc3"):
        for fdr in (False, True):
            check_johnson_neyman(fits, case, se_type, fdr)


def check_johnson_neyman(fits, case, se_type, fdr):
    found = probe_johnson_neyman(fits[case], se_type=se_type, fdr=fdr)
    if fits[case].moderator_levels is not None:
        assert found.table.empty
        return
    kind = f"{se_type}/{'fdr' if fdr else 'plain'}"
    assert found.table["bound"].notna().sum() == expected(case, "jn_count")[kind]
    values = expected(case, "jn_bound")
    values = values[values.index.str.startswith(f"{kind}/")]
    # a bound is measured in SDs of the moderator where it lies near zero
    np.testing.assert_allclose(
        found.table["bound"].dropna(),
        values,
        rtol=RTOL,
        atol=RTOL * fits[case].moderator_values.std(),
    )
    if fdr:
        assert found.t_critical == pytest.approx(expected(case, "jn_t_fdr")[se_type], rel=RTOL)


@pytest.mark.parametrize("case", CASES.index)
def test_influence_assumptions_and_curvature(fits, case):
    fit = fits[case]
    influence = probe_influence(fit).cases
    for column, quantity in {
        "cooks_distance": "max_cook",
        "leverage": "max_hat",
        "residual_deleted": "max_rstudent",
        "residual_std": "max_rstandard",
        "dffits": "max_dffits",
        "dfbetas_product": "max_dfbetas",
    }.items():
        value = expected(case, quantity).iloc[0]
        assert influence[column].abs().max() == pytest.approx(value, rel=RTOL), quantity
    for ours, quantity in (
        (influence["pvalue_without"].min(), "min_p_without"),
        (influence["pvalue_without"].max(), "max_p_without"),
        (influence["est_without"].min(), "min_est_without"),
    ):
        assert ours == pytest.approx(expected(case, quantity).iloc[0], rel=RTOL), quantity
    checks = probe_assumptions(fit).set_index("check")
    for check, column, quantity in (
        ("Breusch-Pagan", "statistic", "bp"),
        ("Breusch-Pagan", "pvalue", "bp_p"),
        ("RESET", "statistic", "reset"),
        ("RESET", "pvalue", "reset_p"),
        ("largest VIF", "statistic", "max_vif"),
    ):
        for value in expected(case, quantity):
            assert checks.loc[check, column] == pytest.approx(value, rel=RTOL), quantity
    # Shapiro-Wilk rests on Royston's approximations, which R and scipy evaluate alike to 1e-6
    for column, quantity in (("statistic", "shapiro_w"), ("pvalue", "shapiro_p")):
        value = expected(case, quantity).iloc[0]
        assert checks.loc["Shapiro-Wilk", column] == pytest.approx(value, rel=1e-5)
    for value in expected(case, "curvature_p"):
        product = probe_curvature(fit).query("model == 'with squares'").iloc[0]
        assert product["pvalue"] == pytest.approx(value, rel=RTOL)


@pytest.mark.parametrize("case", [case for case in CASES.index if len(expected(case, "r"))])
def test_correlations(frames, case):
    row = CASES.loc[case]
    names = {"x": row["predictor"], "w": row["moderator"], "y": row["outcome"]}
    for key, value in expected(case, "r").items():
        pair = [names[letter] for letter in key.split("/")]
        ours = compare_correlations(frames[row["data"]], variables=pair).iloc[0]
        assert ours["r"] == pytest.approx(value, rel=RTOL)
        for column, quantity in (
            ("pvalue", "r_p"),
            ("ci_lower", "r_lower"),
            ("ci_upper", "r_upper"),
        ):
            assert ours[column] == pytest.approx(expected(case, quantity)[key], rel=RTOL)


@pytest.mark.parametrize("case", ["twin_like", "offset_raw", "mtcars_cov", "two_level"])
def test_bootstrap_draws(fits, case):
    indices = pd.read_csv(HERE / f"draws_{case}.csv", header=None).to_numpy()
    result = bootstrap_moderation(fits[case], indices=indices)
    keys = result.keys
    for key, value in expected(case, "draw_est").items():
        term, draw = key.split("/")
        name = our_terms(fits[case], [term])[0]
        column = keys.index[(keys["quantity"] == "parameter") & (keys["label"] == name)][0]
        assert result.draws[int(draw) - 1, column] == pytest.approx(value, rel=RTOL)
    for draw, value in expected(case, "draw_change").items():
        assert result.draws[int(draw) - 1, -1] == pytest.approx(value, rel=1e-7)


@pytest.mark.parametrize("case", ["twin_like", "mtcars_hp", "swiss", "heavy"])
def test_published_coefficients_give_what_the_data_give(fits, case):
    fit = fits[case]
    est = fit.table.set_index("term")["est"]
    b1, b3 = fit.terms["predictor"], fit.terms["product"]
    line = slopes_from_published(
        b_predictor=est[b1],
        b_product=est[b3],
        var_predictor=fit.vcov.loc[b1, b1],
        var_product=fit.vcov.loc[b3, b3],
        cov=fit.vcov.loc[b1, b3],
        df_resid=fit.df_resid,
        moderator_center=fit.moderator_center,
        moderator_mean=fit.moderator_values.mean(),
        moderator_sd=fit.moderator_values.std(),
        moderator_min=fit.moderator_values.min(),
        moderator_max=fit.moderator_values.max(),
    )
    values = expected(case, "slope_p")
    ours = probe_simple_slopes(line)["pvalue"]
    np.testing.assert_allclose(ours, values[values.index.str.startswith("classical")], rtol=RTOL)
    bounds = expected(case, "jn_bound")
    bounds = bounds[bounds.index.str.startswith("classical/fdr")]
    found = probe_johnson_neyman(line, fdr=True).table["bound"].dropna()
    np.testing.assert_allclose(found, bounds, rtol=RTOL)
