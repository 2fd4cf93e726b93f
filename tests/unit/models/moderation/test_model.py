import re

import numpy as np
import pandas as pd
import pytest

from helpers.errors import InputError
from helpers.models.moderation.bootstrap import bootstrap_moderation
from helpers.models.moderation.diagnostics import (
    probe_assumptions,
    probe_curvature,
    probe_influence,
)
from helpers.models.moderation.fit import probe_coefficients, probe_terms
from helpers.models.moderation.johnson_neyman import probe_johnson_neyman
from helpers.models.moderation.model import fit_moderation, pool_moderation
from helpers.models.moderation.predictions import probe_predictions
from helpers.models.moderation.simple_slopes import SIMPLE_SLOPE_COLUMNS, probe_simple_slopes
from helpers.models.moderation.slope_lines import slope_line
from helpers.models.moderation.tables import REGRESSION_COLUMNS

ROLES = {"outcome": "y", "predictor": "x", "moderator": "w"}


@pytest.fixture(scope="module")
def nested(frame):
    return frame.assign(id=np.arange(len(frame)) % 40)


@pytest.fixture(scope="module")
def gaps(frame):
    rng = np.random.default_rng(8)
    gaps = frame.copy()
    for name in ("x", "w", "y"):
        gaps.loc[rng.random(len(frame)) < 0.15, name] = np.nan
    return gaps


@pytest.fixture(scope="module")
def imputed(gaps):
    return fit_moderation(gaps, **ROLES, covariates=["site"], missing="mi", seed=3)


class TestFit:
    def test_tables_have_their_columns(self, fit):
        assert tuple(fit.table.columns) == REGRESSION_COLUMNS
        assert tuple(probe_simple_slopes(fit).columns) == SIMPLE_SLOPE_COLUMNS
        assert list(probe_johnson_neyman(fit).table.columns) == [
            "outcome",
            "se_type",
            "term",
            "bound",
            "lower",
            "upper",
            "within_observed_range",
        ]

    @pytest.mark.parametrize("center", ["none", "zscore"])
    def test_centering_changes_neither_the_products_test_nor_any_slope(self, frame, fit, center):
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

    def test_recovers_a_known_interaction(self, make_frame):
        big = make_frame(seed=5, n=50_000, product=0.4)
        table = fit_moderation(big, **ROLES, covariates=["c"]).table.set_index("term")
        for term, truth in {"x": 0.3, "w": 0.2, "x:w": 0.4, "c": 0.5}.items():
            assert abs(table.loc[term, "est"] - truth) < 4 * table.loc[term, "se"]

    def test_r2_change_is_the_difference_of_two_fits(self, frame, fit):
        without = fit_moderation(frame, **ROLES, interaction=False)
        assert len(without.r_squared_tests) == 1
        change = fit.r_squared_tests["r2"].iloc[1] - without.r_squared_tests["r2"].iloc[0]
        assert fit.r_squared_tests["r2_change"].iloc[1] == pytest.approx(change, rel=1e-9)
        assert fit.r_squared_tests["f"].iloc[1] == pytest.approx(
            fit.table["t"].iloc[3] ** 2, rel=1e-12
        )

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

    @pytest.mark.parametrize("dtype", ["Float64", "object"])
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
            ({"cluster": "therapists"}, "cluster='therapists' is not a column of data."),
            ({"cluster": "site"}, "cluster='site' names 3 clusters, and what rests on differences"),
            ({"missing": "drop"}, "missing='drop' is not one of 'error', 'listwise', 'mi'."),
            ({"auxiliary": ["c"]}, "auxiliary=['c'] helps to impute: give missing='mi' too."),
            ({"missing": "mi", "cluster": "site"}, "give the data sets to pool_moderation."),
            ({"missing": "mi", "n_imputations": 1}, "n_imputations=1 is below 2; give 2 or more."),
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
            ("w", "high", "moderator='w' holds both 'high' and "),
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


class TestDeclaredTypes:
    """A column is what it declares to be, however its values look."""

    @pytest.fixture
    def arms(self, frame):
        rng = np.random.default_rng(4)
        return frame.assign(
            arm=rng.choice([1, 2, 3], len(frame)), dose=rng.choice([10, 20], len(frame))
        )

    @pytest.mark.parametrize("dtype", ["str", "category"])
    def test_digits_declared_as_labels_are_labels(self, arms, dtype):
        labels = arms.assign(arm=arms["arm"].astype(str).astype(dtype))
        fit = fit_moderation(labels, outcome="y", predictor="x", moderator="arm")
        assert fit.columns["x:arm"] == ("x:arm[2]", "x:arm[3]")
        words = arms.assign(arm=arms["arm"].map({1: "a", 2: "b", 3: "c"}))
        same = fit_moderation(words, outcome="y", predictor="x", moderator="arm")
        np.testing.assert_allclose(fit.table["t"], same.table["t"], rtol=1e-12)
        number = fit_moderation(arms, outcome="y", predictor="x", moderator="arm")
        assert number.columns["x:arm"] == ("x:arm",)

    def test_numbers_declared_as_categories_are_labels(self, arms):
        labels = arms.assign(dose=arms["dose"].astype("category"))
        fit = fit_moderation(labels, outcome="y", predictor="x", moderator="dose")
        assert fit.terms["product"] == "x:dose[20]"
        assert list(probe_simple_slopes(fit)["at"]) == ["10", "20"]

    def test_two_numbers_stay_what_they_are(self, arms):
        fit = fit_moderation(arms, outcome="y", predictor="x", moderator="dose")
        x = arms["x"] - arms["x"].mean()
        design = np.column_stack([np.ones(len(arms)), x, arms["dose"], x * arms["dose"]])
        by_hand = np.linalg.lstsq(design, arms["y"], rcond=None)[0]
        np.testing.assert_allclose(fit.table["est"], by_hand, rtol=1e-9)
        slopes = probe_simple_slopes(fit)
        assert slopes["moderator_value"].tolist() == [10, 20]
        assert list(slopes["at"]) == ["10", "20"]
        for value, est in zip((10, 20), slopes["est"], strict=True):
            own = arms[arms["dose"] == value]
            assert est == pytest.approx(np.polyfit(own["x"], own["y"], 1)[0])

    def test_text_that_is_numbers_is_refused_with_the_remedy(self, frame):
        for role, column in (("moderator", "w"), ("outcome", "y"), ("covariates", "c")):
            with pytest.raises(InputError, match=f"{role}='{column}' .*pd.to_numeric"):
                fit_moderation(
                    frame.assign(**{column: frame[column].astype(str)}), **ROLES, covariates=["c"]
                )

    def test_a_moderator_of_several_levels(self, frame):
        fit = fit_moderation(frame, outcome="y", predictor="x", moderator="site", covariates=["c"])
        assert probe_terms(fit)["df1"].tolist() == [1, 2, 2, 1]
        slopes = probe_simple_slopes(fit)
        assert list(slopes["at"]) == ["a", "b", "c"]
        with pytest.raises(InputError, match="'site' has 3 levels and no values between them"):
            probe_johnson_neyman(fit)
        found = probe_johnson_neyman(fit, of="moderator")
        assert list(dict.fromkeys(found.regions["term"])) == [
            "site[b - a]",
            "site[c - a]",
            "site[c - b]",
        ]
        assert found.note.count("site[c - b]") == 1
        for probe in (probe_influence, probe_curvature, bootstrap_moderation):
            with pytest.raises(InputError, match="probe_terms tests them together"):
                probe(fit)

    def test_changing_places_is_the_same_as_fitting_the_other_way(self, frame):
        one = fit_moderation(frame, outcome="y", predictor="x", moderator="site")
        two = fit_moderation(frame, outcome="y", predictor="site", moderator="x")
        for probe in (probe_simple_slopes, lambda f, of: probe_johnson_neyman(f, of=of).table):
            left, right = probe(one, of="moderator"), probe(two, of="predictor")
            pd.testing.assert_frame_equal(left, right, rtol=1e-8)
        with pytest.raises(InputError, match="several levels, so several slopes"):
            slope_line(two)

    def test_lines_for_each_level(self, frame):
        fit = fit_moderation(frame, outcome="y", predictor="x", moderator="site")
        lines = probe_predictions(fit, n_grid=2)
        slopes = probe_simple_slopes(fit).set_index("at")["est"]
        for level, line in lines.groupby("at"):
            rise = np.diff(line["est"])[0] / np.diff(line["predictor_value"])[0]
            assert rise == pytest.approx(slopes[level])
            assert line["n_cases"].iloc[0] == (frame["site"] == level).sum()
            own = frame.loc[frame["site"] == level, "x"]
            assert line["predictor_value"].tolist() == pytest.approx([own.min(), own.max()])

    @pytest.mark.parametrize("noise", [1e-6, 1e-9, 1e-12, 0])
    def test_bounds_of_an_almost_perfect_fit(self, frame, noise):
        y = 0.5 + frame["x"] * (0.3 + 0.4 * frame["w"]) + noise * frame["c"]
        found = probe_johnson_neyman(fit_moderation(frame.assign(y=y), **ROLES))
        np.testing.assert_allclose(found.table["bound"], -0.75, atol=1e-4)
        signs = found.regions["slope"].tolist()
        assert signs[0] == "negative"
        assert signs[-1] == "positive"


class TestClusters:
    def test_probes_take_cluster_robust_errors_unasked(self, nested):
        fit = fit_moderation(nested, **ROLES, cluster="id")
        assert (fit.n_clusters, fit.se_type) == (40, "cr2")
        for table in (
            probe_coefficients(fit),
            probe_simple_slopes(fit),
            probe_terms(fit),
            probe_johnson_neyman(fit).table,
            probe_predictions(fit),
        ):
            assert (table["se_type"] == "cr2").all()
        plain = fit_moderation(nested, **ROLES)
        pd.testing.assert_frame_equal(
            probe_coefficients(fit, se_type="hc3"), probe_coefficients(plain, se_type="hc3")
        )
        with pytest.raises(InputError, match="se_type='cr2' needs clusters"):
            probe_coefficients(plain, se_type="cr2")

    def test_p_is_alpha_at_every_bound(self, nested):
        fit = fit_moderation(nested, **ROLES, cluster="id")
        found = probe_johnson_neyman(fit)
        assert np.isnan(found.t_critical)
        bounds = found.table["bound"].to_numpy()
        assert len(bounds) == 2
        slopes = probe_simple_slopes(fit, at=bounds)
        np.testing.assert_allclose(slopes["pvalue"], 0.05, rtol=1e-8)
        assert slopes["df"].nunique() == 2

    def test_few_clusters_warn_and_too_few_are_refused(self, nested):
        with pytest.warns(RuntimeWarning, match="names 12 clusters, fewer than 30") as caught:
            fit_moderation(nested.assign(id=nested["id"] % 12), **ROLES, cluster="id")
        assert caught[0].filename == __file__
        with pytest.raises(
            InputError, match=r"needs 5 at least\. With so few, take these differences out"
        ):
            fit_moderation(nested.assign(id=nested["id"] % 4), **ROLES, cluster="id")

    def test_rows_dropped_are_counted_and_their_clusters_go_too(self, nested):
        gaps = nested.copy()
        gaps.loc[gaps["id"] == 3, "w"] = np.nan
        gaps["id"] = gaps["id"].astype(object).where(gaps.index != 0, None)
        fit = fit_moderation(gaps, **ROLES, cluster="id", missing="listwise")
        assert fit.n_clusters == 39
        assert fit.n_dropped == len(gaps) - fit.n == 4

    def test_the_bootstrap_draws_whole_clusters(self, nested):
        uneven = nested.assign(id=np.minimum(nested["id"], 33))
        fit = fit_moderation(uneven, **ROLES, cluster="id")
        indices = np.random.default_rng(5).integers(0, 34, (4, 34))
        found = bootstrap_moderation(fit, indices=indices).select("parameter").to_numpy()
        names = uneven["id"].unique()
        for drawn, values in zip(indices, found, strict=True):
            rows = np.concatenate([np.flatnonzero(uneven["id"] == names[k]) for k in drawn])
            refit = np.linalg.lstsq(fit.design.iloc[rows], fit.response.iloc[rows], rcond=None)[0]
            np.testing.assert_allclose(values, refit, rtol=1e-8, atol=1e-10)
        with pytest.warns(RuntimeWarning, match="9 clusters"):
            few = fit_moderation(uneven.assign(id=uneven["id"] % 9), **ROLES, cluster="id")
        with pytest.raises(InputError, match=r"to draw them takes 10 at least\. Use the CR2"):
            bootstrap_moderation(few)


class TestImputed:
    def test_the_default_number_and_the_seed(self, gaps, imputed):
        share = gaps[["x", "w", "y"]].isna().any(axis=1).mean()
        assert len(imputed.completed) == max(20, np.ceil(100 * share))
        again = fit_moderation(gaps, **ROLES, covariates=["site"], missing="mi", seed=3)
        pd.testing.assert_frame_equal(imputed.table, again.table)
        other = fit_moderation(gaps, **ROLES, covariates=["site"], missing="mi", seed=4)
        product = imputed.table["est"].iloc[3] - other.table["est"].iloc[3]
        assert 0 < abs(product) < 5 * imputed.missing_information["mc_error"].iloc[3]

    def test_the_product_is_formed_after_imputation(self, imputed):
        for one in imputed.completed:
            x, w, product = (one.design[name] for name in ("x", "w", "x:w"))
            np.testing.assert_allclose(product, x * w)

    def test_all_completed_data_sets_have_one_center(self, imputed):
        centers = {one.moderator_center for one in imputed.completed}
        assert centers == {imputed.moderator_center}
        means = [one.moderator_values.mean() for one in imputed.completed]
        assert imputed.moderator_center == pytest.approx(np.mean(means))
        assert np.ptp(means) > 0

    def test_every_probe_is_pooled(self, imputed):
        slopes = probe_simple_slopes(imputed, at=[-1, 1])
        each = [probe_simple_slopes(one, at=[-1, 1]) for one in imputed.completed]
        np.testing.assert_allclose(slopes["est"], np.mean([t["est"] for t in each], axis=0))
        within = np.mean([t["se"] ** 2 for t in each], axis=0)
        between = np.var([t["est"] for t in each], axis=0, ddof=1)
        total = within + (1 + 1 / len(each)) * between
        np.testing.assert_allclose(slopes["se"], np.sqrt(total))
        bounds = probe_johnson_neyman(imputed).table["bound"].dropna().to_list()
        np.testing.assert_allclose(
            probe_simple_slopes(imputed, at=bounds)["pvalue"], 0.05, rtol=1e-8
        )
        assert probe_terms(imputed)["df1"].tolist() == [1, 1, 1, 2]
        assert probe_predictions(imputed).groupby("at")["n_cases"].first().sum() == pytest.approx(
            120
        )
        found = probe_coefficients(imputed, se_type="hc3")
        assert (found["se"] > np.mean([f.table["se_hc3"] for f in imputed.completed], axis=0)).all()

    def test_what_needs_one_data_set_says_so(self, imputed):
        for probe in (probe_influence, probe_assumptions, probe_curvature, bootstrap_moderation):
            with pytest.raises(InputError, match="needs one data set, and this fit pools"):
                probe(imputed)
        probe_assumptions(imputed.completed[0])
        with pytest.raises(InputError, match="nothing was imputed"):
            _ = imputed.completed[0].missing_information

    def test_nothing_missing_gives_the_fit_itself(self, frame, imputed):
        whole = fit_moderation(frame, **ROLES, missing="mi", n_imputations=2)
        plain = fit_moderation(frame, **ROLES)
        np.testing.assert_allclose(whole.table["se"], plain.table["se"], rtol=1e-12)
        assert (whole.missing_information["between"] < 1e-28).all()

    def test_a_label_with_gaps_and_an_auxiliary_column(self, gaps):
        gaps = gaps.assign(site=gaps["site"].where(gaps.index % 9 > 0))
        fit = fit_moderation(
            gaps, **ROLES, covariates=["site"], auxiliary=["c", "g"], missing="mi", n_imputations=5
        )
        assert list(fit.table["term"])[4:] == ["site[b]", "site[c]"]
        alone = fit_moderation(gaps, **ROLES, covariates=["site"], missing="mi", n_imputations=5)
        assert not np.allclose(alone.table["est"], fit.table["est"])

    def test_data_sets_completed_elsewhere(self, frame):
        frames = [frame, frame.assign(y=frame["y"] + 0.1)]
        assert pool_moderation(frames, **ROLES).table["est"].iloc[1] == pytest.approx(
            fit_moderation(frame, **ROLES).table["est"].iloc[1]
        )
        nested = [one.assign(id=np.arange(120) % 40) for one in frames]
        assert pool_moderation(nested, **ROLES, cluster="id").se_type == "cr2"
        with pytest.raises(InputError, match="data sets of 120 and 100 rows"):
            pool_moderation([frame, frame.head(100)], **ROLES)
        with pytest.raises(InputError, match="pooling needs two or more"):
            pool_moderation([frame], **ROLES)


@pytest.mark.parametrize(
    ("column", "said"),
    [
        (["q", *"ab" * 20], "'x:w[q]' differs from zero in one row only"),
        (pd.date_range("2020-01-01", periods=41), "give dates as numbers"),
        ([f"id {k}" for k in range(41)], "merge labels, or leave the column out"),
        ([str(k) for k in range(41)], "convert the column with pd.to_numeric"),
    ],
)
def test_a_moderator_of_labels_that_cannot_be_used_says_what_to_do(column, said):
    rng = np.random.default_rng(2)
    frame = pd.DataFrame(rng.standard_normal((41, 2)), columns=["x", "y"])
    # 'a' comes first, so that each other level has a product of its own
    frame["w"] = pd.Series(column).replace("b", "c")
    with pytest.raises(InputError, match=re.escape(said)):
        fit_moderation(frame, outcome="y", predictor="x", moderator="w")


def test_a_covariate_that_is_named_twice_is_said_to_be():
    frame = pd.DataFrame(np.random.default_rng(2).standard_normal((41, 4)), columns=[*"xywc"])
    with pytest.raises(InputError, match="covariates names 'c' twice"):
        fit_moderation(frame, outcome="y", predictor="x", moderator="w", covariates=["c", "c"])
