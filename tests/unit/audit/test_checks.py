"""Single checks against closed forms, published worked examples, and exact enumeration."""

import itertools
import math
import re

import numpy as np
import pytest
from scipy import stats

from helpers.audit.agreement_in_print import check_same_number
from helpers.audit.correlations import (
    CorrelationTable,
    bound_smallest_eigenvalue,
    check_p_of_correlation,
    check_paths_against_correlations,
    check_positive_definite,
    enclose_regression,
)
from helpers.audit.descriptives import (
    check_counts,
    check_mean_of_integers,
    check_percentage,
    check_scale_range,
    check_sd_of_integers,
    check_sd_range,
    check_shapiro_wilk,
    sd_range,
)
from helpers.audit.effects import check_effects, check_se_of_sum, check_sobel
from helpers.audit.fit import (
    check_agfi,
    check_nfi,
    check_p_of_chisq,
    check_rmsea,
    check_tli_against_cfi,
)
from helpers.audit.reliability import check_item_count, composite_reliability_range, item_counts
from helpers.audit.significance import (
    check_interval,
    check_p_of_estimate,
    check_p_of_statistic,
    check_ratio,
    check_significance_mark,
)
from helpers.errors import InputError
from helpers.printed.numbers import parse_printed, reading_as

# Mean and n of the demonstration data `pigs1` of the R package scrutiny, with its verdicts, and the
# example of Brown and Heathers (2017).
GRIM = [
    ("7.22", 32, True),
    ("4.74", 25, False),
    ("5.23", 29, False),
    ("2.57", 24, False),
    ("6.77", 27, False),
    ("2.68", 28, True),
    ("7.01", 29, False),
    ("7.38", 26, True),
    ("3.14", 27, False),
    ("6.89", 31, False),
    ("5.00", 25, True),
    ("0.24", 28, False),
    ("5.19", 28, False),
    ("5.18", 28, True),
    ("20.95", 12, False),
    ("18.25", 4, True),
]
# Mean, SD and n of scrutiny's `pigs5` and rsprite2's tests. scrutiny's verdict on 5.23, 2.55, 35
# rests on its parity test, which its author reports to reject possible values.
GRIMMER = [
    ("7.22", "5.30", 38, False),
    ("4.74", "6.55", 31, True),
    ("2.57", "2.57", 30, True),
    ("6.77", "2.18", 33, False),
    ("2.68", "2.59", 34, True),
    ("7.01", "6.68", 35, False),
    ("7.38", "3.65", 32, True),
    ("3.14", "5.32", 33, False),
    ("6.89", "4.18", 37, True),
    ("5.00", "2.18", 31, True),
    ("0.24", "6.43", 34, True),
    ("5.21", "1.60", 28, True),
    ("3.44", "2.47", 18, False),
]


@pytest.mark.parametrize(("mean", "n", "possible"), GRIM)
def test_grim_gives_the_published_verdicts(mean, n, possible):
    found = check_mean_of_integers(mean, n=n, location="x")
    assert (found.verdict == "consistent") is possible


@pytest.mark.parametrize(("mean", "sd", "n", "possible"), GRIMMER)
def test_grimmer_gives_the_published_verdicts(mean, sd, n, possible):
    found = check_sd_of_integers(mean, sd, n=n, location="x")
    assert (found.verdict == "consistent") is possible


def test_grim_and_grimmer_equal_enumeration():
    """All samples of five values of 1 to 6: what they print as is possible, the rest is not."""
    n, values = 5, range(1, 7)
    printed = set()
    for sample in itertools.combinations_with_replacement(values, n):
        printed.add((f"{np.mean(sample):.2f}", f"{np.std(sample, ddof=1):.2f}"))
    for mean in {m for m, _ in printed}:
        assert check_mean_of_integers(mean, n=n, location="x").verdict == "consistent"
    means = ["2.20", "3.00", "3.40", "4.60"]
    reached = {p for p in printed if p[0] in means}
    for mean in means:
        for hundredths in range(0, 120):
            sd = f"{hundredths / 100:.2f}"
            verdict = check_sd_of_integers(mean, sd, n=n, location="x").verdict
            # within the scale the two agree where the spread is small enough not to meet its ends
            assert (verdict == "consistent") == ((mean, sd) in reached), (mean, sd)


def test_grimmer_of_an_average_of_items():
    assert check_mean_of_integers("5.18", n=14, n_items=2, location="x").verdict == "consistent"
    assert check_sd_of_integers("5.71", "1.42", n=40, n_items=3, location="x").verdict == (
        "consistent"
    )
    assert check_sd_of_integers("5.71", "1.42", n=40, location="x").verdict == "impossible"


def test_percentages_of_the_demonstration_data():
    """scrutiny's `pigs2`, n = 150."""
    for text, possible in {
        "67.4%": False,
        "54.2%": False,
        "54.0%": True,
        "69.8%": False,
        "68.1%": False,
        "55.4%": False,
    }.items():
        verdict = check_percentage(text, n=150, location="x").verdict
        assert (verdict == "consistent") is possible


def test_counts_must_add_up():
    assert check_counts({"a": "33%", "b": "33%", "c": "33%"}, n=3, location="x").verdict == (
        "consistent"
    )
    assert check_counts({"a": "50%", "b": "40%"}, n=10, location="x").verdict == "impossible"
    assert check_counts({"a": "50%", "b": "40%"}, n=10, exhaustive=False, location="x").verdict == (
        "consistent"
    )


def test_sd_range_contains_every_sample_and_is_reached():
    rng = np.random.default_rng(5)
    for _ in range(300):
        n = int(rng.integers(3, 12))
        x = rng.integers(1, 8, n)
        low, high = sd_range(x.mean(), n=n, minimum=x.min(), maximum=x.max())
        assert low - 1e-9 <= x.std(ddof=1) <= high + 1e-9
    assert sd_range(3.0, n=2, minimum=1, maximum=5)[1] == pytest.approx(math.sqrt(8), rel=1e-12)
    assert sd_range(3.0, n=4, minimum=1, maximum=5)[0] == pytest.approx(
        np.std([1, 3, 3, 5], ddof=1), rel=1e-12
    )
    found = check_sd_range("0.50", "0.10", 1, 5, n=30, location="x")
    assert found.note == "the mean lies outside the range"


def test_scale_range_names_the_items_that_fit():
    found = check_scale_range("17", "103", item_minimum=1, item_maximum=7, n_items=12, location="x")
    assert (found.verdict, found.reading) == ("impossible", "15 to 17 items")
    found = check_scale_range("0", "40", item_minimum=0, item_maximum=3, location="x")
    assert (found.verdict, found.reading) == ("consistent", "14 items or more")


@pytest.mark.parametrize(("k", "ave", "least"), [(4, 0.6, 0.5), (7, 0.5, 0.4), (3, 0.9, 0.5)])
def test_composite_reliability_range_equals_a_search(k, ave, least):
    """Random loadings with the wanted mean square stay inside, and corners reach the ends."""
    low, high = composite_reliability_range(k, ave, min_loading=least)
    rng, inside = np.random.default_rng(3), []
    for _ in range(4000):
        squares = rng.dirichlet(np.full(k, rng.uniform(0.1, 20))) * k * ave
        if squares.max() <= 1 and squares.min() >= least**2:
            total = np.sqrt(squares).sum() ** 2
            inside.append(total / (total + k * (1 - ave)))
    assert len(inside) > 100
    assert low - 1e-12 <= min(inside)
    assert max(inside) <= high + 1e-12
    assert high == pytest.approx(k * ave / (k * ave + 1 - ave), rel=1e-12)


def test_item_counts_of_simulated_items_contain_the_true_one():
    rng = np.random.default_rng(8)
    for _ in range(40):
        k = int(rng.integers(3, 12))
        loadings = rng.uniform(0.55, 0.95, k)
        R = np.outer(loadings, loadings)
        np.fill_diagonal(R, 1)
        ave, total = np.mean(loadings**2), loadings.sum() ** 2
        alpha = k / (k - 1) * (1 - k / R.sum())
        counts = item_counts(f"{ave:.3f}", f"{total / (total + k * (1 - ave)):.3f}", f"{alpha:.3f}")
        assert k in counts.by_all


@pytest.mark.parametrize("decimals", [1, 2])
def test_smallest_eigenvalue_bounds_contain_random_matrices(decimals):
    rng = np.random.default_rng(2)
    R = np.corrcoef(rng.normal(size=(8, 5)), rowvar=False)
    half = 0.5 * 10.0**-decimals
    low, high = np.round(R, decimals) - half, np.round(R, decimals) + half
    for ends in (low, high):
        np.fill_diagonal(ends, 1)
    bounds = bound_smallest_eigenvalue(low, high)
    if bounds.lower < 0:  # cutting planes were needed, and close
        assert bounds.upper - bounds.largest < 1e-5
    assert (bounds.lower < 0) == (decimals == 1)
    for _ in range(200):
        X = np.triu(rng.uniform(low, high), 1)
        value = np.linalg.eigvalsh(X + X.T + np.eye(5))[0]
        assert bounds.lower <= value <= bounds.upper


def test_an_impossible_correlation_matrix_is_found_and_a_true_one_is_not():
    impossible = {("x", "y"): "0.90", ("x", "z"): "0.90", ("y", "z"): "0.50"}
    assert (
        check_positive_definite(CorrelationTable.from_pairs(impossible), location="x").verdict
        == "impossible"
    )
    edge = impossible | {("y", "z"): "0.62"}  # cos(2 arccos .9) = .62: singular, not impossible
    assert (
        check_positive_definite(CorrelationTable.from_pairs(edge), location="x").verdict
        == "consistent"
    )


def test_regression_enclosure_contains_every_solution():
    rng = np.random.default_rng(4)
    R = np.corrcoef(rng.normal(size=(60, 4)) @ rng.normal(size=(4, 4)), rowvar=False)
    low, high = np.round(R, 2) - 0.005, np.round(R, 2) + 0.005
    for ends in (low, high):
        np.fill_diagonal(ends, 1)
    box = enclose_regression(low[:3, :3], high[:3, :3], low[:3, 3], high[:3, 3])
    if np.isfinite(box).all():
        for _ in range(300):
            X = np.triu(rng.uniform(low, high), 1)
            X = X + X.T + np.eye(4)
            solution = np.linalg.solve(X[:3, :3], X[:3, 3])
            assert (box[:, 0] <= solution).all()
            assert (solution <= box[:, 1]).all()
    exact = enclose_regression(R[:3, :3], R[:3, :3], R[:3, 3], R[:3, 3])
    np.testing.assert_allclose(exact.mean(axis=1), np.linalg.solve(R[:3, :3], R[:3, 3]), rtol=1e-8)
    singular = np.ones((2, 2))
    assert np.isinf(enclose_regression(singular, singular, np.ones(2), np.ones(2))).all()


def test_coefficients_do_not_depend_on_the_order_of_variables():
    pairs = {("x", "z"): "0.50", ("x", "y"): "0.50", ("z", "y"): "0.40"}
    paths = {"x": "0.40", "z": "0.20"}
    first = check_paths_against_correlations(
        CorrelationTable.from_pairs(pairs), paths, outcome="y", location="t"
    )
    turned = check_paths_against_correlations(
        CorrelationTable.from_pairs(dict(reversed(list(pairs.items())))),
        dict(reversed(list(paths.items()))),
        outcome="y",
        location="t",
    )
    by_place = {f.location: (f.verdict, round(f.implied_lower, 9)) for f in first}
    assert by_place == {f.location: (f.verdict, round(f.implied_lower, 9)) for f in turned}


def test_a_ratio_that_fails_says_which_se_would_do():
    found = check_ratio("0.207", "0.058", "2.847**", location="x")
    assert found.verdict == "impossible"
    assert found.note == "estimate and t imply an SE from 0.07252 to 0.0729"


def test_a_ratio_knows_the_signs_that_can_go_together():
    for estimate, t, verdict in (
        ("-0.071", "0.804", "consistent"),
        ("-0.071", "-0.804", "consistent"),
        ("0.071", "-0.804", "impossible"),
    ):
        found = check_ratio(estimate, "0.088", t, location="x")
        assert found.verdict == verdict, (estimate, t)


def test_one_sided_p_is_read():
    t = 1.80
    p = stats.norm.sf(t)
    found = check_p_of_statistic(f"{t:.2f}", f"{p:.3f}", location="x")
    assert (found.verdict, found.reading) == ("possible only if", "p is one-sided")


def test_p_of_t_uses_its_degrees_of_freedom():
    assert check_p_of_statistic("2.05", ".05", df=28, location="x").nominal is True
    found = check_p_of_statistic("2.05", ".050", location="x")
    assert found.verdict == "possible only if"
    low, high = map(int, re.findall(r"\d+", found.reading))
    for df in (low - 1, low, 28, high, high + 1):
        sure = check_p_of_statistic("2.05", ".050", df=df, location="x").verdict
        assert (sure == "consistent") == (low <= df <= high), df


def test_sobel_names_the_formula_of_the_digits():
    for name, c in (("Sobel", 0), ("Aroian", 1), ("Goodman", -1)):
        a, sa, b, sb = 0.30, 0.10, 0.40, 0.15
        z = a * b / math.sqrt(a**2 * sb**2 + b**2 * sa**2 + c * sa**2 * sb**2)
        row = {"a": "0.30", "se_a": "0.10", "b": "0.40", "se_b": "0.15", "z": f"{z:.4f}"}
        last = check_sobel({"x": row}, location="t")[-1]
        assert last.nominal is (name == "Sobel")
        assert last.reading == ("" if name == "Sobel" else f"{name}'s z, not Sobel's")
    with pytest.raises(InputError, match="claimed='Baron' is not one of Sobel, Aroian, Goodman"):
        check_sobel({}, claimed="Baron", location="t")


def test_intervals():
    wald = check_interval("0.30", "0.10", "0.50", se="0.10", kind="wald", location="x")
    assert wald.verdict == "consistent"
    assert check_interval("0.30", "0.10", "0.70", se="0.10", kind="wald", location="x").verdict == (
        "impossible"
    )
    assert check_interval("0.30", "0.55", "0.50", location="x").verdict == "impossible"
    note = check_interval("0.30", "0.20", "0.40", se="0.15", location="x").note
    assert note == "the interval is 0.34 times as long as 2 x 1.96 SE"
    with pytest.raises(InputError, match="kind='bca' is not one of percentile, wald"):
        check_interval("0.30", "0.10", "0.50", kind="bca", location="x")


def test_se_of_a_sum_obeys_the_triangle():
    parts = {"a": "0.010", "b": "0.030"}
    for se, verdict in {
        "0.017": "impossible",
        "0.018": "possible only if",
        "0.020": "consistent",
        "0.040": "consistent",
        "0.042": "possible only if",
        "0.043": "impossible",
        "-0.030": "impossible",
    }.items():
        assert check_se_of_sum(se, parts, location="x").verdict == verdict, se


def test_marks_of_significance():
    limits = {"*": 1.96, "**": 2.58}
    for t, mark, verdict in (
        ("2.184", "*", "consistent"),
        ("2.184", "", "impossible"),
        ("-2.70", "**", "consistent"),
        ("1.96", "*", "consistent"),
        ("1.90", "*", "impossible"),
    ):
        found = check_significance_mark(t, mark, thresholds=limits, location="x")
        assert found.verdict == verdict, (t, mark)


@pytest.mark.parametrize(
    ("first", "second", "scale", "verdict"),
    [
        (".613", ".629", 1, "impossible"),
        (".613", ".613", 1, "consistent"),
        ("0.82", "0.823", 1, "consistent"),
        ("0.82", "0.826", 1, "possible only if"),
        ("0.82", "0.831", 1, "impossible"),
        ("0.82", "0.825", 1, "consistent"),
        ("76.8%", "0.768", 100, "consistent"),
        ("77%", "0.768", 100, "consistent"),
        ("< .001", "< .01", 1, "consistent"),
        ("< .001", ".002", 1, "impossible"),
        ("> 0.70", "0.70", 1, "consistent"),
        ("> 0.70", "0.69", 1, "impossible"),
    ],
)
def test_two_printings_of_one_number(first, second, scale, verdict):
    assert check_same_number(first, second, scale=scale, location="x").verdict == verdict


def test_correlation_tables_that_cannot_be_used():
    with pytest.raises(InputError, match="pairs lacks the correlation of 'y' and 'z'"):
        CorrelationTable.from_pairs({("x", "y"): "0.1", ("x", "z"): "0.1"})
    table = CorrelationTable.from_pairs({("x", "y"): "0.1"})
    with pytest.raises(InputError, match="'w' is not among x, y"):
        table.of(["x"], ["w"])


def test_a_saturated_or_tiny_model_is_not_decided_and_not_a_crash():
    undecided = [
        check_p_of_chisq("0.000", 0, "1.000", location="x"),
        check_rmsea("0.000", "0.000", 0, n=200, location="x"),
        check_rmsea("0.100", "5.000", 2, n=1, location="x"),
        check_agfi("0.900", "0.950", df=0, n_variables=4, location="x"),
        check_tli_against_cfi("0.900", "0.950", df=0, df_baseline=6, location="x"),
        check_nfi("0.900", "0.950", "0.060", df=0, df_baseline=6, n=200, location="x"),
        check_nfi("0.900", "0.950", "0.060", df=24, df_baseline=36, n=1, location="x"),
        check_p_of_statistic("2.05", ".050", df=0, location="x"),
        check_p_of_correlation("0.50", ".040", n=2, location="x"),
        check_mean_of_integers("2.50", n=0, location="x"),
        check_sd_of_integers("2.00", "0.50", n=1, location="x"),
        check_sd_range("2.00", "0.50", 1, 5, n=1, location="x"),
        check_percentage("50%", n=0, location="x"),
        check_counts({"a": "50%", "b": "50%"}, n=0, location="x"),
    ]
    assert {finding.verdict for finding in undecided} == {"not decided"}
    assert undecided[0].note == "the relation is defined for df of 1 or more"


def test_a_w_of_one_has_the_p_of_one():
    assert check_shapiro_wilk("1.00", ".999", n=50, location="x").verdict == "consistent"
    assert check_shapiro_wilk("1.00", "< .001", n=50, location="x").verdict == "impossible"


def test_an_estimate_of_zero_bounds_the_se_on_one_side():
    found = check_p_of_estimate("0.00", "0.10", ".020", location="x")
    assert found.verdict == "impossible"
    assert found.note == "estimate and p imply an SE of at most 0.002158"
    found = check_p_of_estimate("0.50", "0.01", "1.000", location="x")
    assert found.note == "estimate and p imply an SE of at least 789.9"


def test_an_se_of_zero_is_a_rounded_one():
    interval = ("-0.03", "-0.04", "-0.01")
    assert check_interval(*interval, se="0.00", location="x").verdict == "consistent"
    # at least .02 long, where 2 x 1.96 SE are at most .0196
    found = check_interval(*interval, se="0.00", kind="wald", location="x")
    assert found.reading == "it is of t with 1 to 60 degrees of freedom"
    found = check_interval("-0.03", "-0.03", "-0.02", se="0.00", kind="wald", location="x")
    assert found.verdict == "consistent"


def test_a_total_that_may_be_zero_decides_nothing():
    effects = {"ind": "a*b", "total": "ind + c", "share": "ind / total"}
    printed = {"a": "0.30", "b": "0.40", "c": "-0.12", "ind": "0.12", "total": "0.00"}
    found = check_effects(effects, printed | {"share": "9.00"}, location="x")
    assert "impossible" not in {finding.verdict for finding in found}
    assert found[-2].verdict == "not decided"
    wrong = check_effects(effects, printed | {"ind": "0.20", "share": "9.00"}, location="x")
    assert wrong[-1].verdict == "impossible"


def test_an_nfi_of_either_size_and_of_cut_off_indices():
    n, df, df_b, chisq, chisq_b = 112, 24, 36, 40.7, 407.0
    for m in (n, n - 1):
        rmsea = math.sqrt((chisq - df) / (df * m))
        cfi, nfi = 1 - (chisq - df) / (chisq_b - df_b), 1 - chisq / chisq_b
        shown = [f"{index:.4f}" for index in (nfi, cfi, rmsea)]
        found = check_nfi(*shown, df=df, df_baseline=df_b, n=n, location="x")
        assert found.verdict == "consistent", m
    paper = check_nfi(".957", ".976", ".061", df=51, df_baseline=66, n=213, location="x")
    assert paper.verdict == "impossible"
    assert paper.note == "they agree for samples of 294 to 352"
    for cfi, rmsea in (("1.000", ".000"), (".976", ".000"), ("1.000", ".061")):
        found = check_nfi(".900", cfi, rmsea, df=51, df_baseline=66, n=213, location="x")
        assert found.verdict != "impossible", (cfi, rmsea)


def test_a_tli_beyond_one_belongs_to_a_cfi_of_one():
    for tli, cfi, verdict in (
        ("1.020", "1.000", "not decided"),
        ("1.000", "1.000", "consistent"),
        ("-.150", ".000", "not decided"),
        ("1.020", ".990", "impossible"),
    ):
        found = check_tli_against_cfi(tli, cfi, df=24, df_baseline=36, location="x")
        assert found.verdict == verdict, (tli, cfi)


def test_a_mark_inside_of_the_interval_is_possible():
    limits = {"†": 1.645, "*": 1.96, "**": 2.33}
    for mark, verdict in (("†", "consistent"), ("*", "consistent"), ("**", "consistent")):
        found = check_significance_mark("2", mark, thresholds=limits, location="x")
        assert found.verdict == verdict, mark
    for mark in ("", "†", "**"):
        found = check_significance_mark("2.2", mark, thresholds=limits, location="x")
        assert found.verdict == "impossible", mark


def test_a_percentile_interval_need_not_enclose_the_estimate():
    found = check_interval(".011", ".038", ".394", location="x")
    assert found.verdict == "consistent"
    assert found.note == "the estimate is not inside, as it need not be"
    assert check_interval(".20", ".40", ".10", location="x").verdict == "impossible"


def test_a_minus_sign_of_any_kind_is_a_sign():
    for estimate in ("-0.13", "− 0.13", "–0.13", "(−0.13)"):
        assert check_ratio(estimate, "0.05", "2.6", location="x").verdict == "consistent", estimate


def test_a_size_keeps_the_rounding_it_was_read_with():
    kept = [parse_printed(text, rounding="truncated") for text in ("-0.139", "0.05", "2.5")]
    assert check_ratio(*kept, location="x").verdict == "consistent"
    assert check_ratio("-0.139", "0.050", "2.5", location="x").verdict == "impossible"


def test_an_interval_of_t_accuses_nobody():
    """0.40 -+ t(12) 0.10 is [0.18, 0.62]; a z interval is narrower."""
    interval = {"se": "0.100", "kind": "wald", "location": "x"}
    numbers = ("0.400", "0.182", "0.618")
    assert check_interval(*numbers, df=12, **interval).verdict == "consistent"
    unknown = check_interval(*numbers, **interval)
    assert unknown.verdict == "possible only if"
    low, high = map(int, re.findall(r"\d+", unknown.reading))
    assert low <= 12 <= high
    by_z = check_interval("0.400", "0.204", "0.596", df=12, **interval)
    assert (by_z.verdict, by_z.reading) == ("possible only if", "it is of z, not of t")
    at_90 = check_interval("0.4000", "0.2355", "0.5645", se="0.1000", kind="wald", location="x")
    assert (at_90.verdict, at_90.reading) == ("impossible", "an interval of 90%")


def test_a_p_of_t_accuses_nobody():
    """lm prints 2 P(t > .40 / .20) = .0608 with 18 df; z would give .0455."""
    numbers = ("0.4000", "0.2000", ".0608")
    assert check_p_of_estimate(*numbers, df=18, location="x").verdict == "consistent"
    unknown = check_p_of_estimate(*numbers, location="x")
    assert unknown.reading == "p is that of t with 18 degrees of freedom"
    of_z = check_p_of_estimate("0.4000", "0.2000", ".0455", df=18, location="x")
    assert (of_z.verdict, of_z.reading) == ("possible only if", "p is that of z, not of t")
    half = check_p_of_estimate("0.4000", "0.2000", ".0228", location="x")
    assert half.reading == "p is one-sided"


def test_digits_that_are_cut_off_accuse_nobody():
    """.1990 / .0509 = 3.9096 prints cut off as 3.90; rounding .199 and .050 gives 3.93 or more."""
    numbers = (".199", ".050", "3.90")
    found = check_ratio(*numbers, location="x")
    assert found.reading == "further digits are cut off, not rounded"
    with reading_as("truncated"):
        assert check_ratio(*numbers, location="x").verdict == "consistent"
        rounded = check_ratio(".199", ".050", "4.02", location="x")
    assert rounded.reading == "the digits are rounded, not cut off"


def test_alpha_alone_accuses_nobody():
    """Raw alpha of items with unlike variances is not the alpha that bounds the loadings."""
    for n_items in (None, 18):
        found = check_item_count("0.602", "0.962", "0.951", n_items=n_items, location="x")
        assert found.verdict == "not decided"
        assert found.reading == "alpha is of items that are not standardized"
        assert found.note == "by AVE and CR 17 or 18 items, with alpha no number of items"
    found = check_item_count("0.602", "0.962", "0.951", n_items=12, location="x")
    assert (found.verdict, found.reading) == ("impossible", "17 or 18 items")
    assert check_item_count("0.602", "0.962", location="x").verdict == "consistent"


def test_degrees_of_freedom_that_are_assumed_do_not_stand_under_printed():
    place = {"location": "x", "df_assumed": True}
    found = check_agfi("0.914", "0.994", df=51, n_variables=12, **place)
    assert found.printed == "agfi = 0.914; gfi = 0.994; p = 12"
    assert found.verdict == "possible only if"
    assert found.reading == "the model has 5 degrees of freedom, not 51"
    assert found.note.endswith("assumed, not printed: df = 51")
    for found in (
        check_tli_against_cfi(".969", ".976", df=51, df_baseline=66, **place),
        check_nfi(".957", ".976", ".061", df=51, df_baseline=66, n=213, **place),
    ):
        assert "df" not in found.printed
        assert "assumed, not printed: df = 51; df_b = 66" in found.note


def test_a_share_that_is_printed_as_a_bound_is_read_as_one():
    assert check_percentage("< 5%", n=120, location="x").verdict == "consistent"
    shares = {"a": "43.3%", "b": "25.8%", "c": "< 5%", "d": "27.5%"}
    found = check_counts(shares, n=120, location="x")
    assert (found.verdict, found.nominal) == ("consistent", None)
    # 52 + 31 + 33 = 116 leave 4 of 120; with 19 in place of 31 there are more than 5% left
    assert check_counts(shares | {"b": "15.8%"}, n=120, location="x").verdict == "impossible"
    assert check_mean_of_integers("< 5", n=28, location="x").verdict == "not decided"
    assert check_sd_of_integers("5.18", "> 1", n=28, location="x").verdict == "not decided"
