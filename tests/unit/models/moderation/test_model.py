import numpy as np
import pandas as pd
import pytest

from helpers.errors import InputError
from helpers.models.moderation.bootstrap import bootstrap_moderation
from helpers.models.moderation.correlations import compare_correlations
from helpers.models.moderation.diagnostics import (
    probe_assumptions,
    probe_curvature,
    probe_influence,
)
from helpers.models.moderation.johnson_neyman import critical_t_fdr, probe_johnson_neyman
from helpers.models.moderation.model import REGRESSION_COLUMNS, fit_moderation, probe_coefficients
from helpers.models.moderation.simple_slopes import (
    SIMPLE_SLOPE_COLUMNS,
    probe_predictions,
    probe_simple_slopes,
    slopes_from_published,
)

ROLES = {"outcome": "y", "predictor": "x", "moderator": "w"}


def make_frame(seed=1, n=120, product=0.4):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(rng.standard_normal((n, 4)), columns=["x", "w", "c", "e"])
    frame["y"] = 0.3 * frame["x"] + 0.2 * frame["w"] + product * frame["x"] * frame["w"]
    frame["y"] += frame["c"] * 0.5 + frame.pop("e")
    frame["g"] = np.where(rng.random(n) < 0.4, "group", "waiting list")
    frame["site"] = rng.choice(["a", "b", "c"], n)
    return frame


@pytest.fixture(scope="module")
def frame():
    return make_frame()


@pytest.fixture(scope="module")
def fit(frame):
    return fit_moderation(frame, **ROLES)


class TestFit:
    def test_tables_have_their_columns(self, fit):
        assert tuple(fit.table.columns) == REGRESSION_COLUMNS
        assert tuple(probe_simple_slopes(fit).columns) == SIMPLE_SLOPE_COLUMNS
        assert list(probe_johnson_neyman(fit).table.columns) == [
            "outcome",
            "se_type",
            "bound",
            "lower",
            "upper",
            "within_observed_range",
        ]

    @pytest.mark.parametrize("center", ["none", "zscore"])
    def test_centring_changes_neither_the_products_test_nor_any_slope(self, frame, fit, center):
        other = fit_moderation(frame, **ROLES, center=center)
        for column in ("t", "pvalue", "pvalue_hc3"):
            one, two = (f.table.set_index("term").loc["x:w", column] for f in (fit, other))
            assert one == pytest.approx(two, rel=1e-9)
        per_x = frame["x"].std() if center == "zscore" else 1
        for se_type in ("classical", "hc3"):
            one, two = (
                probe_simple_slopes(f, at=[-1, 0, 2], se_type=se_type) for f in (fit, other)
            )
            np.testing.assert_allclose(one["t"], two["t"], rtol=1e-9)
            np.testing.assert_allclose(one["est"] * per_x, two["est"], rtol=1e-9)
            one, two = (probe_johnson_neyman(f, se_type=se_type).table for f in (fit, other))
            np.testing.assert_allclose(one["bound"], two["bound"], rtol=1e-9)

    def test_row_order_changes_nothing(self, frame, fit):
        shuffled = frame.sample(frac=1, random_state=np.random.default_rng(3))
        other = fit_moderation(shuffled, **ROLES)
        pd.testing.assert_frame_equal(fit.table, other.table, rtol=1e-9)

    def test_swapping_predictor_and_moderator_keeps_the_product(self, frame, fit):
        other = fit_moderation(frame, outcome="y", predictor="w", moderator="x")
        assert other.table["t"].iloc[3] == pytest.approx(fit.table["t"].iloc[3], rel=1e-9)

    def test_recovers_a_known_interaction(self):
        big = make_frame(seed=5, n=50_000, product=0.4)
        table = fit_moderation(big, **ROLES, covariates=["c"]).table.set_index("term")
        for term, truth in {"x": 0.3, "w": 0.2, "x:w": 0.4, "c": 0.5}.items():
            assert abs(table.loc[term, "est"] - truth) < 4 * table.loc[term, "se"]

    def test_r2_change_is_the_difference_of_two_fits(self, frame, fit):
        without = fit_moderation(frame, **ROLES, interaction=False)
        assert len(without.r_squared) == 1
        change = fit.r_squared["r2"].iloc[1] - without.r_squared["r2"].iloc[0]
        assert fit.r_squared["r2_change"].iloc[1] == pytest.approx(change, rel=1e-9)
        assert fit.r_squared["f"].iloc[1] == pytest.approx(fit.table["t"].iloc[3] ** 2, rel=1e-12)

    def test_two_levels_are_coded_in_order_and_named(self, frame):
        fit = fit_moderation(frame, outcome="y", predictor="x", moderator="g")
        assert fit.moderator_levels == ("group", "waiting list")
        assert list(fit.table["term"]) == [
            "Intercept",
            "x",
            "g[waiting list]",
            "x:g[waiting list]",
        ]
        slopes = probe_simple_slopes(fit, at="percentiles")
        assert list(slopes["at"]) == ["group", "waiting list"]
        alone = frame[frame["g"] == "waiting list"]
        assert slopes["est"].iloc[1] == pytest.approx(np.polyfit(alone["x"], alone["y"], 1)[0])

    def test_declared_category_order_decides_which_level_is_zero(self, frame):
        frame = frame.assign(
            g=pd.Categorical(frame["g"], categories=["waiting list", "never", "group"])
        )
        fit = fit_moderation(frame, outcome="y", predictor="x", moderator="g")
        assert fit.moderator_levels == ("waiting list", "group")

    def test_label_covariates_become_dummies(self, frame):
        fit = fit_moderation(frame, **ROLES, covariates=["site", "c"])
        assert list(fit.table["term"])[4:] == ["site[b]", "site[c]", "c"]

    @pytest.mark.parametrize("dtype", ["Int64", "bool", "boolean", "str", "category", "object"])
    def test_column_types_of_a_two_level_moderator(self, frame, dtype):
        zero_one = (frame["g"] == "waiting list").astype(int)
        plain = fit_moderation(frame.assign(g=zero_one), outcome="y", predictor="x", moderator="g")
        column = zero_one.astype("bool") if dtype == "boolean" else zero_one
        other = fit_moderation(
            frame.assign(g=column.astype(dtype)), outcome="y", predictor="x", moderator="g"
        )
        np.testing.assert_allclose(plain.table["t"], other.table["t"])

    @pytest.mark.parametrize("dtype", ["Float64", "object", "str"])
    def test_column_types_of_numbers(self, frame, fit, dtype):
        other = fit_moderation(frame.assign(w=frame["w"].astype(dtype)), **ROLES)
        np.testing.assert_allclose(fit.table["t"], other.table["t"])

    def test_a_row_of_leverage_one_leaves_hc3_undefined_not_wrong(self, frame):
        lone = frame.assign(site=["only"] + ["all others"] * (len(frame) - 1))
        fit = fit_moderation(lone, **ROLES, covariates=["site"])
        assert fit.table["se_hc3"].isna().all()
        assert fit.table["se"].notna().all()
        with pytest.raises(InputError, match="leverage 1"):
            probe_simple_slopes(fit, se_type="hc3")

    def test_coefficients_of_both_kinds(self, fit):
        table = probe_coefficients(fit, se_type="hc3", ci_level=0.9)
        np.testing.assert_allclose(table["se"], fit.table["se_hc3"])
        np.testing.assert_allclose(table["pvalue"], fit.table["pvalue_hc3"])
        classical = probe_coefficients(fit, se_type="classical")
        np.testing.assert_allclose(classical["ci_lower"], fit.table["ci_lower"])


class TestBadInput:
    @pytest.mark.parametrize(
        ("change", "message"),
        [
            ({"moderator": "ww"}, "moderator='ww' is not a column of data. Did you mean 'w'?"),
            ({"covariates": "c"}, "covariates='c' is one string; give a list, e.g. ['c']."),
            ({"covariates": ["x"]}, "covariates='x' is already the predictor"),
            ({"outcome": "site"}, "outcome='site' holds "),
            ({"moderator": "site"}, "moderator='site' has 3 levels that are not numbers"),
            ({"center": "man"}, "center='man' is not one of 'mean', 'none', 'zscore'."),
            ({"ci_level": 95}, "ci_level=95 is not a confidence level"),
        ],
    )
    def test_arguments(self, frame, change, message):
        with pytest.raises(InputError) as error:
            fit_moderation(frame, **(ROLES | change))
        assert message in str(error.value)
        assert "\n" not in str(error.value)

    @pytest.mark.parametrize(
        ("column", "value", "message"),
        [
            ("x", np.nan, "predictor='x' has 1 missing value(s), in data row(s) 3;"),
            ("y", np.inf, "outcome='y' holds 1 infinite value(s)"),
            ("w", "high", "moderator='w' has 120 levels that are not numbers"),
        ],
    )
    def test_cells(self, frame, column, value, message):
        bad = frame.copy()
        bad[column] = bad[column].astype(object)
        bad.loc[2, column] = value
        with pytest.raises(InputError) as error:
            fit_moderation(bad, **ROLES)
        assert message in str(error.value)

    def test_constant_collinear_and_short(self, frame):
        with pytest.raises(InputError, match="'w' is constant"):
            fit_moderation(frame.assign(w=2.0), **ROLES)
        with pytest.raises(InputError, match="'w' is a linear combination of the terms before it"):
            fit_moderation(frame.assign(w=3 * frame["x"] + 1), **ROLES)
        with pytest.raises(InputError, match="4 rows for 4 coefficients; at least 5"):
            fit_moderation(frame.head(4), **ROLES)
        twice = pd.concat([frame, frame["x"]], axis=1)
        with pytest.raises(InputError, match="names several columns"):
            fit_moderation(twice, **ROLES)

    def test_a_covariate_cannot_take_a_terms_name(self, frame):
        with pytest.raises(InputError, match="second term 'x:w'"):
            fit_moderation(frame.assign(**{"x:w": 1.0 * frame["c"]}), **ROLES, covariates=["x:w"])

    def test_probes_need_a_product(self, frame):
        fit = fit_moderation(frame, **ROLES, interaction=False)
        for probe in (probe_simple_slopes, probe_johnson_neyman, probe_influence, probe_curvature):
            with pytest.raises(InputError, match="no product term"):
                probe(fit)


class TestSlopes:
    def test_at_values_percentiles_and_levels(self, frame, fit):
        slopes = probe_simple_slopes(fit, at="percentiles")
        np.testing.assert_allclose(
            slopes["moderator_value"], frame["w"].quantile([0.16, 0.5, 0.84]), rtol=1e-12
        )
        assert list(probe_simple_slopes(fit, at=[0, 1.5])["at"]) == ["0", "1.5"]

    @pytest.mark.parametrize("at", ["sds", [], [np.nan], ["a"], 3])
    def test_bad_at(self, fit, at):
        with pytest.raises(InputError, match=r"^at="):
            probe_simple_slopes(fit, at=at)

    def test_slope_is_the_derivative_of_the_prediction(self, fit):
        lines = probe_predictions(fit, at=[-1, 1], n_grid=2)
        for value, part in lines.groupby("moderator_value"):
            rise = np.diff(part["est"])[0] / np.diff(part["predictor_value"])[0]
            assert rise == pytest.approx(probe_simple_slopes(fit, at=[value])["est"].iloc[0])

    def test_lines_stay_where_the_cases_are(self, frame, fit):
        lines = probe_predictions(fit, at="sd")
        assert lines.groupby("at")["n_cases"].first().sum() == len(frame)
        points = lines.groupby("moderator_value")["predictor_value"].agg(["min", "max"])
        nearest = np.abs(frame["w"].to_numpy()[:, None] - points.index.to_numpy()).argmin(axis=1)
        for position, (_, ends) in enumerate(points.iterrows()):
            cases = frame["x"][nearest == position]
            assert tuple(ends) == pytest.approx((cases.min(), cases.max()))

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            ({"var_product": 0.0}, "var_product=0.0 is not positive"),
            ({"cov": 0.5}, "no two estimates covary so"),
            ({"df_resid": 0}, "df_resid=0 is below 1"),
            ({"b_product": np.inf}, "b_product=inf is not a finite number"),
        ],
    )
    def test_published_coefficients_are_checked(self, change, message):
        good = {
            "b_predictor": 0.4,
            "b_product": 0.2,
            "var_predictor": 0.01,
            "var_product": 0.01,
            "cov": 0.0,
            "df_resid": 77,
        }
        with pytest.raises(InputError) as error:
            slopes_from_published(**(good | change))
        assert message in str(error.value)
        line = slopes_from_published(**good)
        with pytest.raises(InputError, match="at='sd' needs moderator_mean"):
            probe_simple_slopes(line)
        with pytest.raises(InputError, match="se_type='hc3' cannot be had"):
            probe_simple_slopes(line, at=[0], se_type="hc3")
        with pytest.raises(InputError, match="fdr=True needs"):
            probe_johnson_neyman(line, fdr=True)


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


class TestJohnsonNeyman:
    def test_a_significant_product_has_two_bounds_and_is_significant_outside(self):
        found = probe_johnson_neyman(published(0.2, 0.4)).table
        assert len(found) == 2
        low, high = found["bound"]
        assert found["lower"].tolist() == [-np.inf, high]
        assert found["upper"].tolist() == [low, np.inf]

    def test_other_products_are_significant_between_two_bounds_or_nowhere(self):
        found = probe_johnson_neyman(published(0.5, 0.05)).table
        low, high = found["bound"]
        assert found["lower"].tolist() == [low, low]
        assert found["upper"].tolist() == [high, high]
        nowhere = probe_johnson_neyman(published(0.1, 0.05))
        assert nowhere.table[["bound", "lower", "upper"]].isna().all(axis=None)
        assert not nowhere.table["within_observed_range"].any()
        assert "at no value" in nowhere.note

    def test_one_bound_where_the_product_sits_exactly_on_the_limit(self):
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
    def test_p_is_alpha_at_every_bound_and_regions_are_right(self, seed):
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

    def test_bounds_outside_the_data_say_so_and_regions_cover_the_data(self, frame):
        fit = fit_moderation(frame.assign(y=frame["y"] + 5 * frame["x"]), **ROLES)
        found = probe_johnson_neyman(fit)
        assert not found.table["within_observed_range"].any()
        assert found.regions["slope"].tolist() == ["positive"]
        assert found.regions["share_of_cases"].tolist() == [1.0]
        assert "at every observed value" in found.note

    def test_regions_cut_the_observed_range_and_count_every_case(self, frame, fit):
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

    def test_false_discovery_control_only_narrows(self, fit):
        plain, fdr = probe_johnson_neyman(fit), probe_johnson_neyman(fit, fdr=True)
        assert fdr.t_critical >= plain.t_critical
        assert fdr.table["bound"].iloc[0] <= plain.table["bound"].iloc[0]
        assert fdr.table["bound"].iloc[1] >= plain.table["bound"].iloc[1]

    def test_critical_t_is_the_plain_one_when_all_is_significant(self):
        t = critical_t_fdr(np.full(50, 9.0), np.ones(50), df_resid=np.inf, alpha=0.05)
        assert t == pytest.approx(1.959963984540054)
        nothing = critical_t_fdr(np.zeros(50), np.ones(50), df_resid=np.inf, alpha=0.05)
        assert nothing == pytest.approx(3.2905267314918945)  # the quantile at .001 / 2

    def test_two_levels_have_no_bounds(self, frame):
        found = probe_johnson_neyman(
            fit_moderation(frame, outcome="y", predictor="x", moderator="g")
        )
        assert found.table.empty
        assert found.regions.empty
        assert "two levels" in found.note


class TestDiagnostics:
    def test_one_planted_row_is_found_and_flips_the_verdict(self):
        frame = make_frame(seed=3, n=60, product=0.0)
        frame.loc[0, ["x", "w", "y"]] = [3.0, 3.0, 14.0]
        fit = fit_moderation(frame, **ROLES)
        found = probe_influence(fit)
        assert found.cases["flagged"].iloc[0]
        assert found.cases["dfbetas_product"].abs().idxmax() == 0
        summary = found.summary.set_index("check")
        assert fit.table["pvalue"].iloc[3] < 0.05
        assert summary.loc["pvalue_without", "n_beyond"] == 1
        without = fit_moderation(frame.drop(index=0), **ROLES).table.iloc[3]
        assert found.cases["est_without"].iloc[0] == pytest.approx(without["est"], rel=1e-9)
        assert found.cases["pvalue_without"].iloc[0] == pytest.approx(without["pvalue"], rel=1e-9)

    def test_unequal_variance_is_found(self):
        frame = make_frame(seed=4, n=400)
        frame["y"] += np.exp(frame["x"]) * np.random.default_rng(5).standard_normal(400)
        checks = probe_assumptions(fit_moderation(frame, **ROLES)).set_index("check")
        assert checks.loc["Breusch-Pagan", "pvalue"] < 0.001
        assert checks.loc["Shapiro-Wilk", "pvalue"] < 0.001

    def test_curvature_in_disguise_is_unmasked(self):
        rng = np.random.default_rng(6)
        x = rng.standard_normal(400)
        w = 0.8 * x + 0.6 * rng.standard_normal(400)
        frame = pd.DataFrame({"x": x, "w": w, "y": 0.5 * x**2 + rng.standard_normal(400)})
        table = probe_curvature(fit_moderation(frame, **ROLES))
        assert table.loc[0, "pvalue"] < 0.001  # the product alone passes for an interaction
        enlarged = table[table["model"] == "with squares"].set_index("term")
        assert enlarged.loc["x:w", "pvalue"] > 0.05
        assert enlarged.loc["x^2", "pvalue"] < 0.001

    def test_two_level_columns_have_no_square(self, frame):
        fit = fit_moderation(frame, outcome="y", predictor="x", moderator="g")
        assert list(probe_curvature(fit)["term"])[1:] == ["x:g[waiting list]", "x^2"]


class TestBootstrap:
    def test_a_seed_gives_the_same_draws_whatever_their_number(self, fit):
        long, short = (bootstrap_moderation(fit, n_boot=n, seed=4) for n in (700, 300))
        # the last, shorter block may differ in the last bit of a matrix product
        np.testing.assert_array_equal(long.draws[:250], short.draws[:250])
        np.testing.assert_allclose(long.draws[:300], short.draws, rtol=1e-11)

    @pytest.mark.parametrize("ci_type", ["percentile", "bca"])
    def test_standard_errors_lie_near_hc3(self, fit, ci_type):
        result = bootstrap_moderation(fit, n_boot=3000, seed=1, ci_type=ci_type)
        table = result.table[result.table["quantity"] == "coefficient"]
        np.testing.assert_allclose(table["se"], fit.table["se_hc3"], rtol=0.12)
        np.testing.assert_allclose(table["est"], fit.table["est"], rtol=1e-9)
        assert (result.table["ci_lower"] < result.table["est"]).all()
        assert (result.table["ci_upper"] > result.table["est"]).all()
        assert result.n_failed == 0

    def test_collinear_draws_are_counted_not_kept(self):
        frame = make_frame(seed=8, n=12).assign(
            g=["a", "b", "b", "b", "b", "b", "b", "b", "b", "b", "b", "b"]
        )
        fit = fit_moderation(frame, outcome="y", predictor="x", moderator="w", covariates=["g"])
        result = bootstrap_moderation(fit, n_boot=500, seed=1)
        missing_level = np.isnan(result.draws).all(axis=1)
        assert result.n_failed == missing_level.sum() > 100  # (11/12)^12 of them lack the level
        assert np.isfinite(result.table[["se", "ci_lower", "ci_upper"]]).all(axis=None)

    def test_bad_arguments(self, fit):
        with pytest.raises(InputError, match="n_boot="):
            bootstrap_moderation(fit, n_boot=0)
        with pytest.raises(InputError, match="ci_type="):
            bootstrap_moderation(fit, ci_type="bias")
        with pytest.raises(InputError, match="indices has shape"):
            bootstrap_moderation(fit, n_boot=3, indices=np.zeros((2, 2), dtype=int))


class TestCorrelations:
    def test_pairs_in_order(self, frame):
        table = compare_correlations(frame, variables=["y", "x", "w"])
        assert list(zip(table["x"], table["y"], strict=True)) == [
            ("y", "x"),
            ("y", "w"),
            ("x", "w"),
        ]
        assert (table["df"] == len(frame) - 2).all()

    def test_published_interval(self):
        # Cohen, Cohen, West and Aiken (2003), chapter 2: r = .657, N = 15 gives .22 to .87
        rng = np.random.default_rng(1)
        x, e = rng.standard_normal((2, 15))
        x = (x - x.mean()) / x.std()
        e = e - e.mean() - x * (x @ e) / (x @ x)
        y = 0.657 * x + np.sqrt(1 - 0.657**2) * e / e.std()
        row = compare_correlations(pd.DataFrame({"x": x, "y": y}), variables=["x", "y"]).iloc[0]
        assert row["r"] == pytest.approx(0.657)
        assert (round(row["ci_lower"], 2), round(row["ci_upper"], 2)) == (0.22, 0.87)

    def test_errors(self, frame):
        with pytest.raises(InputError, match="fewer than two columns"):
            compare_correlations(frame, variables=["x"])
        with pytest.raises(InputError, match="3 rows"):
            compare_correlations(frame.head(3), variables=["x", "y"])
