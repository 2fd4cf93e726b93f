"""The moderation notebook's tables, sentences and figures, on the twin and on other data."""

from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgb

from helpers.errors import InputError
from helpers.models.moderation.model import fit_moderation
from helpers.models.moderation.predictions import probe_predictions
from helpers.models.moderation.slope_lines import slope_line
from helpers.report import theme
from helpers.report.inline import convert_inline
from helpers.report.moderation_plots import (
    plot_coefficients,
    plot_influence,
    plot_interaction,
    plot_johnson_neyman,
)
from helpers.studies.intersession_alliance import conclusion, results, simulation, words
from helpers.studies.intersession_alliance import model as study
from helpers.studies.intersession_alliance.twin import simulate_intersession_alliance

FOCAL = "isp_actions"
OPTIONS = {
    "covariates": [],
    "at": "sd",
    "se_type": "classical",
    "fdr": False,
    "n_boot": 300,
    "ci_level": 0.95,
    "seed": 1,
}


@pytest.fixture(scope="module")
def twin():
    return simulate_intersession_alliance()


@pytest.fixture(scope="module")
def fitted(twin):
    return results.fit_study(twin, **OPTIONS)


@pytest.fixture(scope="module")
def slopes(fitted):
    return results.tabulate_slopes(fitted)


# Tables -----------------------------------------------------------------------------------------


def test_tables_have_the_columns_that_were_promised(fitted, slopes):
    assert " ".join(results.tabulate_regressions(fitted.full)) == (
        "outcome term est se se_hc3 t pvalue pvalue_hc3 ci_lower ci_upper"
    )
    assert " ".join(slopes) == (
        "outcome se_type at moderator_value est se t pvalue ci_lower ci_upper"
    )
    assert " ".join(results.tabulate_bounds(fitted)) == (
        "outcome se_type bound lower upper within_observed_range"
    )
    assert len(slopes) == 3 * 2 * 3


@pytest.mark.parametrize(
    ("at", "points"),
    [("sd", "sd"), ("percentiles", "percentiles"), ("4, 3,4", [3.0, 4.0]), ("-1.5", [-1.5])],
)
def test_where_slopes_are_probed(at, points):
    assert results.read_points(at) == points


@pytest.mark.parametrize("at", ["SD", "", "3; 4", "3, inf", "nan", "1e300"])
def test_where_slopes_cannot_be_probed(at):
    with pytest.raises(InputError, match="is neither 'sd' nor 'percentiles' nor numbers"):
        results.read_points(at)


def test_standardized_coefficients_are_those_of_z_scores(fitted, twin):
    table = results.standardize_coefficients(fitted)
    z = (twin - twin.mean()) / twin.std()
    fit = fit_moderation(
        z, outcome=FOCAL, predictor="self_alliance", moderator="other_alliance"
    ).table.set_index("term")
    mine = table[(table["outcome"] == FOCAL) & (table["interval"] == "Classical")]
    for row in mine.itertuples():
        assert row.est == pytest.approx(fit.loc[row.term, "est"], rel=1e-10)
        assert row.ci_upper == pytest.approx(fit.loc[row.term, "ci_upper"], rel=1e-10)


def test_the_traced_band_touches_zero_at_the_bounds(fitted):
    jn = fitted.johnson_neyman[FOCAL, "classical"]
    curve = results.trace_slopes(fitted.full[FOCAL], jn, se_type="classical", n_grid=4001)
    inside = jn.table.loc[jn.table["within_observed_range"], "bound"].iloc[0]
    nearest = curve.iloc[(curve["ci_lower"].abs()).argmin()]
    assert nearest["moderator_value"] == pytest.approx(inside, abs=0.005)


def test_every_client_belongs_to_the_nearest_level(fitted, slopes, twin):
    own = slopes[(slopes["outcome"] == FOCAL) & (slopes["se_type"] == "classical")]
    points = results.assign_points(fitted.full[FOCAL], own)
    assert len(points) == len(twin)
    low, high = own["moderator_value"].iloc[[0, 1]]
    expected = (points["moderator_value"] < (low + high) / 2).sum()
    assert (points["at"] == "-1 SD").sum() == expected


def test_five_coefficients_give_the_bounds_of_the_data(fitted):
    for fit in fitted.full.values():
        assert results.repeat_from_coefficients(fit) < 1e-10


def test_true_slopes_are_those_of_a_large_sample():
    truth = simulation._true_slopes()
    mean, sd = simulation.SCALES["other_alliance"][:2]
    big = simulate_intersession_alliance(rounded=False, exact=False, n=200_000, seed=5)
    fit = fit_moderation(big, outcome=FOCAL, predictor="self_alliance", moderator="other_alliance")
    found = np.append(
        fit.table.set_index("term").loc[fit.terms["product"], "est"],
        slope_line(fit).evaluate([mean - sd, mean, mean + sd])[0],
    )
    np.testing.assert_allclose(found, truth, atol=0.01)


def test_recovery_is_unbiased_and_its_intervals_hold():
    table = simulation.recover_moderation(n=81, n_replications=60, ci_level=0.95, seed=3)
    assert (table["bias"].abs() < 4 * table["mc_error"]).all()
    assert (table["coverage"] > 0.85).all()


def test_power_rises_with_the_effect_and_the_formula_is_above_it(fitted):
    table = simulation.study_power(
        fitted.full[FOCAL], n_replications=500, ci_level=0.95, seed=1, se_type="classical"
    )
    assert table["power"].is_monotonic_increasing
    assert (table["analytic_power"] > table["power"]).all()
    found = simulation.find_detectable(table)
    assert 0.06 < found < 0.12
    assert np.isnan(simulation.find_detectable(table, wanted=0.999))


def test_a_relation_that_explains_all_leaves_no_room_for_an_effect():
    rng = np.random.default_rng(1)
    frame = pd.DataFrame(rng.standard_normal((60, 2)), columns=["self_alliance", "other_alliance"])
    frame[FOCAL] = frame.sum(axis=1) + 0.3 * rng.standard_normal(60)
    fit = fit_moderation(
        frame, outcome=FOCAL, predictor="self_alliance", moderator="other_alliance"
    )
    table = simulation.study_power(
        fit, n_replications=50, ci_level=0.95, seed=1, se_type="classical"
    )
    assert 0 < len(table) < len(simulation.R2_CHANGES)


def test_analyses_agree_on_the_estimate_and_name_what_they_drop(fitted, twin):
    table = conclusion.compare_analyses(fitted).set_index("analysis")
    assert table.loc["classical", "est"] == pytest.approx(table.loc["bca", "est"], rel=1e-10)
    flagged = fitted.influence[FOCAL].cases["flagged"].sum()
    assert table.loc["without flagged", "n"] == len(twin) - flagged
    assert "without covariates" not in table.index


def test_the_product_is_the_same_whichever_alliance_moderates(fitted, twin):
    table = conclusion.compare_roles(fitted)
    change = table.groupby("predictor")["est"].agg(lambda e: e.iloc[2] - e.iloc[0])
    width = table.groupby("predictor")["moderator_value"].agg(lambda v: v.iloc[2] - v.iloc[0])
    slope = change / width
    assert slope.iloc[0] == pytest.approx(slope.iloc[1], rel=1e-10)


def test_what_is_excluded_lies_beyond_what_was_found(fitted):
    claims = study.load_claims()
    table = conclusion.judge_absence(claims, fitted.rows, ci_level=0.95)
    texts = claims.set_index("id")["claim"]
    assert table["claim"].tolist() == texts[["self_thoughts", "other_thoughts"]].tolist()
    assert (table["excluded"] > table["r"].abs()).all()
    # the upper limit of a 90 % Fisher interval
    limit = np.tanh(np.arctanh(table["r"]) + 1.6448536269514722 / np.sqrt(78))
    np.testing.assert_allclose(table["excluded"], limit, rtol=1e-12)


def test_each_claim_is_read_in_the_ways_that_apply(fitted, twin):
    claims = study.load_claims()
    readings = conclusion.compare_readings(fitted, claims, covariates=[])
    texts = claims.set_index("id")["claim"]
    counts = readings.groupby("claim")["reading"].agg(set)[texts].set_axis(texts.index)
    assert counts["self_thoughts"] == {"as read", "rank", "coefficient"}
    assert counts["slope_high"] == {"as read", "other se", "bootstrap", "percentiles", "holm"}
    judged = study.evaluate_claims(twin, claims).set_index("claim")["holds"]
    as_read = readings[readings["reading"] == "as read"].set_index("claim")["holds"]
    assert as_read.astype("boolean").equals(judged)
    assert set(readings["reading"]) == set(conclusion.READINGS) == set(words.READING_HEADS)


def test_holm_never_helps_and_the_weakest_claim_pays_nothing_more(fitted, twin):
    readings = conclusion.compare_readings(fitted, study.load_claims(), covariates=[])
    p = readings.pivot_table("pvalue", index="claim", columns="reading", aggfunc="first")
    both = p.dropna(subset=["holm"])
    assert (both["holm"] >= both["as read"]).all()
    assert both["holm"].idxmax() == both["as read"].idxmax()


# Words ------------------------------------------------------------------------------------------

REGIONS = ["lower", "upper", "slope", "n_cases"]


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        (
            [(1, 3, "not significant", 30), (3, 5, "positive", 51)],
            "Self-alliance is positively related to ISP-actions where other-alliance is above 3.00 "
            "(51 of 81 clients)",
        ),
        (
            [
                (1, 2, "negative", 9),
                (2, 4, "not significant", 60),
                (4, 5, "positive", 12),
            ],
            "Self-alliance is negatively related to ISP-actions where other-alliance is below 2.00 "
            "(9 of 81 clients) and positively related to ISP-actions where other-alliance is above "
            "4.00 (12 of 81 clients)",
        ),
        (
            [
                (1, 2, "not significant", 9),
                (2, 4, "positive", 60),
                (4, 5, "not significant", 12),
            ],
            "Self-alliance is positively related to ISP-actions where other-alliance is between "
            "2.00 and 4.00 (60 of 81 clients)",
        ),
        (
            [(1, 5, "not significant", 81)],
            "At no observed level of other-alliance is self-alliance significantly related to "
            "ISP-actions",
        ),
        (
            [(1, 5, "positive", 81)],
            "Self-alliance is positively related to ISP-actions at every observed level of "
            "other-alliance (81 of 81 clients)",
        ),
        ([], "Other-alliance has two levels, so there is no region to be found"),
    ],
)
def test_regions_in_words(rows, sentence):
    assert words.describe_regions(pd.DataFrame(rows, columns=REGIONS), FOCAL) == sentence


def test_points_and_lines_are_named_for_print(fitted, slopes):
    own = slopes[(slopes["outcome"] == FOCAL) & (slopes["se_type"] == "classical")]
    points = results.assign_points(fitted.full[FOCAL], own)
    labels = words.label_lines(own, points)
    assert list(labels) == ["-1 SD", "mean", "+1 SD"]
    assert labels["-1 SD"].startswith("−1 SD (3.55), ")
    given = own.assign(at=["3", "4.5", "1.0"], moderator_value=[3.0, 4.5, 1.0])
    assert words.name_points(given).tolist() == ["3", "4.5", "1"]
    assert words.label_lines(given, points)["4.5"] == "4.5, 0 clients"


def test_readings_in_words():
    rows = [("self_actions", "as read", 0.4, 0.01, True), ("self_actions", "rank", 0.1, 0.3, False)]
    table = pd.DataFrame(rows, columns=["claim", "reading", "est", "pvalue", "holds"])
    assert "self_actions: as read, but not with rank correlation." in words.describe_readings(table)
    assert words.describe_readings(table[:1]).startswith("Every finding appears")
    failed = words.describe_readings(table.assign(holds=False))
    assert "self_actions: under no reading" in failed


def test_a_bound_that_does_not_exist_is_neither_inside_nor_outside(fitted):
    bounds, regions = results.tabulate_bounds(fitted), results.tabulate_regions(fitted)
    shown = words.arrange_bounds(bounds, regions).set_index(["outcome", "se_type"])
    assert shown.loc[("isp_thoughts", "hc3"), "within_observed_range"] is None
    actions = shown.loc[(FOCAL, "classical")]
    share = regions[(regions["outcome"] == FOCAL) & (regions["se_type"] == "classical")]
    assert actions["share"].iloc[0] == share["share_of_cases"].iloc[-1]
    assert np.isnan(actions["share"].iloc[1])


# Figures ----------------------------------------------------------------------------------------


def _by_gid(ax, start):
    found = [*ax.lines, *ax.collections]
    return [a for a in found if (a.get_gid() or "").startswith(start)]


def test_lines_end_where_their_clients_end(fitted, slopes):
    own = slopes[(slopes["outcome"] == FOCAL) & (slopes["se_type"] == "classical")]
    points = results.assign_points(fitted.full[FOCAL], own)
    lines = probe_predictions(fitted.full[FOCAL])
    _, ax = plt.subplots()
    plot_interaction(
        lines,
        points,
        labels=words.label_lines(own, points),
        title="Other-alliance",
        xlabel="x",
        ylabel="y",
        ax=ax,
    )
    assert len(_by_gid(ax, "line")) == len(_by_gid(ax, "band")) == 3
    shown = sum(len(a.get_xdata()) for a in _by_gid(ax, "cases"))
    assert shown == len(points)
    for line in _by_gid(ax, "line"):
        mine = points[points["at"] == line.get_gid().removeprefix("line ")]
        x = mine["predictor_value"]
        assert (line.get_xdata().min(), line.get_xdata().max()) == (x.min(), x.max())
    assert [t.get_text() for t in ax.get_legend().get_texts()] == list(
        words.label_lines(own, points).values()
    )


def test_the_slope_has_the_color_of_its_region_and_bounds_their_value(fitted):
    jn = fitted.johnson_neyman[FOCAL, "classical"]
    curve = results.trace_slopes(fitted.full[FOCAL], jn, se_type="classical")
    _, ax = plt.subplots()
    values = fitted.full[FOCAL].moderator_values
    plot_johnson_neyman(curve, jn.regions, values=values, xlabel="w", ylabel="b", ax=ax)
    colors = {a.get_gid(): a.get_color() for a in _by_gid(ax, "slope")}
    assert to_rgb(colors["slope positive"]) == to_rgb(theme.POSITIVE)
    assert to_rgb(colors["slope not significant"]) == to_rgb(theme.MUTED)
    (bound,) = _by_gid(ax, "bound")
    assert ax.texts[0].get_text() == f"{bound.get_xdata()[0]:.2f}"
    (rug,) = _by_gid(ax, "cases")
    assert len(rug.get_xdata()) == len(values)


def test_a_two_level_moderator_is_drawn_as_two_points(twin):
    data = twin.assign(other_alliance=(twin["other_alliance"] > 4.5).astype(int))
    fitted = results.fit_study(data, **OPTIONS)
    jn = fitted.johnson_neyman[FOCAL, "classical"]
    curve = results.trace_slopes(fitted.full[FOCAL], jn, se_type="classical")
    assert curve["moderator_value"].tolist() == [0, 1]
    _, ax = plt.subplots()
    plot_johnson_neyman(
        curve, jn.regions, values=data["other_alliance"], xlabel="w", ylabel="b", ax=ax
    )
    assert len(ax.containers) == 1
    assert not _by_gid(ax, "bound")


def test_open_marks_are_intervals_that_hold_zero(fitted):
    table = words.arrange_coefficients(results.standardize_coefficients(fitted))
    _, ax = plt.subplots()
    plot_coefficients(table, xlabel="SD", ax=ax)
    marks = {a.get_gid(): a for a in ax.lines if a.get_gid()}
    assert len(marks) == len(table)
    for row in table.itertuples():
        mark = marks[f"{row.outcome} {row.term} {row.interval}"]
        filled = to_rgb(mark.get_markerfacecolor()) != to_rgb(theme.PAPER)
        assert filled == (row.ci_lower * row.ci_upper > 0)


def test_flagged_clients_carry_their_number(fitted):
    cases = fitted.influence[FOCAL].cases
    _, ax = plt.subplots()
    plot_influence(cases, leverage_limit=0.15, residual_limit=3.5, ax=ax)
    shown = {int(t.get_text()) for t in ax.texts}
    assert shown == set(cases.index[cases["flagged"]] + 1)
    assert sum(len(a.get_offsets()) for a in ax.collections) == len(cases)


@pytest.mark.parametrize(
    ("gap", "expected"),
    [(0.0, "10⁻¹⁰"), (3e-16, "10⁻¹⁰"), (1e-10, "10⁻¹⁰"), (3e-7, "10⁻⁶"), (0.02, "10⁻¹")],
)
def test_a_gap_is_stated_as_a_power_of_ten_that_holds_it(gap, expected):
    assert words.describe_gap(gap) == f"within {expected} SD"
    raised = expected.removeprefix("10").translate(str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789"))
    assert gap <= 10.0 ** int(raised)


def test_a_cluster_is_called_as_the_reader_calls_it():
    name = "therapist_id *a* <b>c</b>"
    rows = SimpleNamespace(imputed=False, frames=[], cluster=name)
    for said in (words.describe_rows(rows), words.describe_difference(rows)):
        assert f"likeness within {name}" in convert_inline(said, "text")


def test_of_a_moderator_with_two_values_the_slopes_are_said_at_these():
    row = {"est": 0.3, "ci_lower": 0.1, "ci_upper": 0.5, "pvalue": 0.01}
    claims = pd.DataFrame([row] * 3, index=["product_actions", "slope_high", "slope_low"])
    said = words.describe_product(claims, pd.Series([1, 2, 2, 1]))
    assert "where other-alliance is 2, and with" in said
    assert said.endswith("where it is 1")
    assert "SD" not in said
    assert "one SD above its mean" in words.describe_product(claims, pd.Series([1, 2, 3]))
