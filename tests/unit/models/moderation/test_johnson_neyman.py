"""The bounds beyond which a slope is significant."""

import numpy as np
import pytest

from helpers.models.moderation.johnson_neyman import critical_p_fdr, probe_johnson_neyman
from helpers.models.moderation.model import fit_moderation
from helpers.models.moderation.simple_slopes import probe_simple_slopes
from helpers.models.moderation.slope_lines import slopes_from_published


def published(b1, b3, v1=0.01, v3=0.01, cov=0.0, **more):
    return slopes_from_published(
        b_predictor=b1,
        b_product=b3,
        var_predictor=v1,
        var_product=v3,
        cov=cov,
        df_resid=np.inf,
        **more,
    )


def test_a_significant_product_has_two_bounds_and_is_significant_outside():
    found = probe_johnson_neyman(published(0.2, 0.4)).table
    assert len(found) == 2
    low, high = found["bound"]
    assert found["lower"].tolist() == [-np.inf, high]
    assert found["upper"].tolist() == [low, np.inf]


def test_other_products_are_significant_between_two_bounds_or_nowhere():
    found = probe_johnson_neyman(published(0.5, 0.05)).table
    low, high = found["bound"]
    assert found["lower"].tolist() == [low, low]
    assert found["upper"].tolist() == [high, high]
    nowhere = probe_johnson_neyman(published(0.1, 0.05))
    assert nowhere.table[["bound", "lower", "upper"]].isna().all(axis=None)
    assert not nowhere.table["within_observed_range"].any()
    assert "at no value" in nowhere.note


def test_one_bound_where_the_product_sits_exactly_on_the_limit():
    t = probe_johnson_neyman(published(0.5, 0.05)).t_critical
    b3 = t * 0.125  # exact in binary: b3² − t² var b3 is zero to the last bit
    line = published(0.5, b3, v3=0.125**2)
    found = probe_johnson_neyman(line).table
    assert len(found) == 1
    bound = found["bound"].iloc[0]
    est, se = line.evaluate(bound)
    assert abs(est / se) == pytest.approx(t, rel=1e-12)
    beyond, se_beyond = line.evaluate(bound + 1)
    assert (abs(beyond) > t * se_beyond) == (found["upper"].iloc[0] == np.inf)


@pytest.mark.parametrize("seed", range(30))
def test_p_is_alpha_at_every_bound_and_regions_are_right(seed):
    rng = np.random.default_rng(seed)
    b1, b3 = rng.normal(0, 0.4, 2)
    v1, v3 = rng.uniform(0.005, 0.05, 2)
    line = published(
        b1, b3, v1, v3, rng.uniform(-0.9, 0.9) * np.sqrt(v1 * v3), moderator_center=3.0
    )
    found = probe_johnson_neyman(line, ci_level=0.9)
    bounds = found.table["bound"].dropna()
    for bound in bounds:
        assert probe_simple_slopes(line, at=[bound], ci_level=0.9)["pvalue"].iloc[
            0
        ] == pytest.approx(0.1, rel=1e-7)
    # a dense scan finds the same regions
    grid = np.linspace(-60, 60, 4001)
    est, se = line.evaluate(grid)
    significant = np.abs(est / se) > found.t_critical
    within = np.zeros(grid.size, dtype=bool)
    for row in found.table.itertuples():
        within |= (grid > row.lower) & (grid < row.upper)
    near = np.zeros(grid.size, dtype=bool)
    for bound in bounds:
        near |= np.abs(grid - bound) < 0.05
    assert (significant == within)[~near].all()


def test_bounds_outside_the_data_say_so_and_regions_cover_the_data(frame, regress):
    fit = regress(frame.assign(y=frame["y"] + 5 * frame["x"]))
    found = probe_johnson_neyman(fit)
    assert not found.table["within_observed_range"].any()
    assert found.regions["slope"].tolist() == ["positive"]
    assert found.regions["share_of_cases"].tolist() == [1.0]
    assert "at every observed value" in found.note


def test_regions_cut_the_observed_range_and_count_every_case(frame, fit):
    found = probe_johnson_neyman(fit)
    regions = found.regions
    assert regions["lower"].iloc[0] == frame["w"].min()
    assert regions["upper"].iloc[-1] == frame["w"].max()
    assert (regions["lower"].iloc[1:].to_numpy() == regions["upper"].iloc[:-1]).all()
    assert regions["n_cases"].sum() == len(frame)
    for row in regions.itertuples():
        slopes = probe_simple_slopes(fit, at=np.linspace(row.lower, row.upper, 9)[1:-1])
        significant = slopes["pvalue"] < 0.05
        assert significant.all() if row.slope != "not significant" else not significant.any()


def test_false_discovery_control_only_narrows(fit):
    plain, fdr = probe_johnson_neyman(fit), probe_johnson_neyman(fit, fdr=True)
    assert fdr.t_critical >= plain.t_critical
    assert fdr.table["bound"].iloc[0] <= plain.table["bound"].iloc[0]
    assert fdr.table["bound"].iloc[1] >= plain.table["bound"].iloc[1]


def test_critical_p_is_the_plain_one_when_all_is_significant():
    p = critical_p_fdr(np.full(50, 9.0), np.ones(50), df=np.inf, alpha=0.05)
    assert p == pytest.approx(0.05)
    nothing = critical_p_fdr(np.zeros(50), np.ones(50), df=np.inf, alpha=0.05)
    assert nothing == pytest.approx(0.001)


def test_two_levels_have_no_bounds(frame):
    found = probe_johnson_neyman(fit_moderation(frame, outcome="y", predictor="x", moderator="g"))
    assert found.table.empty
    assert found.regions.empty
    assert "two levels" in found.note
