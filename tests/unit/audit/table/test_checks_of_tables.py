"""Findings on tables whose numbers follow from closed forms, and on the same with one error."""

import math

import numpy as np
import pytest
from scipy import stats

from helpers.audit.table.coefficients import p_range, ratio_range, wald_holds
from helpers.audit.table.documents import Document, Grid
from helpers.audit.table.examine import examine, findings_frame, roles_of, say, table_of
from helpers.audit.table.judge import CONSISTENT, IMPOSSIBLE, POSSIBLE
from helpers.audit.table.roles import ROLES
from helpers.audit.table.settings import Settings
from helpers.errors import InputError


def audit(cells, note="", **settings):
    grid = Grid("t", [[str(cell) for cell in row] for row in cells], note=note)
    return examine([Document("t.csv", [grid])], Settings(**settings)).findings


def verdict(findings, check):
    (found,) = [f for f in findings if f.check.startswith(check)]
    return found.verdict, found.reading


def _regression(df=77, b=0.5237, se=0.2614):
    t, q = b / se, stats.t.isf(0.025, df)
    p = 2 * stats.t.sf(t, df)
    return [
        f"{b:.3f}",
        f"{se:.3f}",
        f"{t:.2f}",
        f"{p:.3f}",
        f"{b - q * se:.3f}",
        f"{b + q * se:.3f}",
    ]


HEAD = ["", "b", "SE", "t", "p", "95% CI LL", "UL"]


@pytest.mark.parametrize("said", [{"df": 77}, {"n": 83}, {}, {"df": 77, "ci": "t", "tails": 2}])
def test_a_true_row_is_consistent_whatever_is_said(said):
    assert {f.verdict for f in audit([HEAD, ["Hope", *_regression()]], **said)} == {CONSISTENT}


def test_the_df_that_a_table_does_not_print_are_found():
    rows = [["Hope", *_regression()], ["Age", *_regression(b=0.31, se=0.1402)]]
    readings = {f.reading for f in audit([HEAD, *rows]) if f.check.startswith("limits")}
    (found,) = readings
    low, _, high = found.removeprefix("df of ").partition(" to ")
    assert float(low) <= 77 <= float(high or 1e9)


def test_a_digit_of_the_se_is_found_with_its_cause():
    row = _regression()
    row[1] = "0.216"
    findings = audit([HEAD, ["Hope", *row]], df=77, ci="t")
    assert verdict(findings, "t = b")[0] == IMPOSSIBLE
    assert verdict(findings, "limits")[0] == IMPOSSIBLE
    assert {f.cause for f in findings if f.verdict != CONSISTENT} == {"Hope: b or SE"}


def test_readings_are_named():
    t, df = 1.98, 77
    one = f"{stats.t.sf(t, df):.3f}"
    z = f"{2 * stats.norm.sf(t):.3f}"
    assert verdict(audit([["", "t", "p"], ["x", t, one]], df=df), "p of t") == (
        POSSIBLE,
        "p is one-tailed",
    )
    assert (
        verdict(audit([["", "t", "p"], ["x", t, one]], df=df, tails=2), "p of t")[0] == IMPOSSIBLE
    )
    assert verdict(audit([["", "t", "p"], ["x", t, z]], df=12), "p of t") == (
        POSSIBLE,
        "it rests on z in place of t",
    )


def test_a_90_percent_interval_called_95_is_found():
    b, se = 0.30, 0.10
    q = stats.norm.isf(0.05)
    row = ["x", "0.300", "0.100", f"[{b - q * se:.3f}, {b + q * se:.3f}]"]
    head = ["", "b", "SE", "95% CI"]
    assert verdict(audit([head, row], ci="z"), "limits")[1] == "the interval is one of 90%"
    honest = ["", "b", "SE", "90% CI"]
    assert verdict(audit([honest, row], ci="z"), "limits")[0] == CONSISTENT


def test_an_interval_stands_against_p_without_an_se():
    q = stats.norm.isf(0.025)
    row = ["x", "0.300", f"[{0.3 - q * 0.1:.3f}, {0.3 + q * 0.1:.3f}]", ".003"]
    head = ["", "b", "95% CI", "p"]
    assert verdict(audit([head, row], ci="z"), "p of the interval")[0] == CONSISTENT
    row[3] = ".030"
    assert verdict(audit([head, row], ci="z", tails=2), "p of the interval")[0] == IMPOSSIBLE


def test_a_percentile_interval_is_accused_of_nothing_by_symmetry():
    head, row = (
        ["", "R²", "b", "SE", "95% bootstrap CI"],
        ["x", ".011", ".011", ".1", "[.038, .394]"],
    )
    assert {f.verdict for f in audit([head, row])} == {CONSISTENT}
    plain = ["", "b", "SE", "95% CI"]
    assert not [
        f for f in audit([plain, ["x", ".2", ".1", "[.10, .44]"]]) if f.verdict == IMPOSSIBLE
    ]


def test_an_odds_ratio_lies_evenly_in_logarithms():
    b, se, q = 0.405, 0.16, stats.norm.isf(0.025)
    row = ["x", f"{math.exp(b):.2f}", f"[{math.exp(b - q * se):.2f}, {math.exp(b + q * se):.2f}]",
           f"{2 * stats.norm.sf(b / se):.3f}"]  # fmt: skip
    assert {f.verdict for f in audit([["", "OR", "95% CI", "p"], row])} == {CONSISTENT}


def test_an_se_that_prints_as_zero_rules_out_little():
    head = ["", "b", "SE", "t", "p", "95% CI"]
    assert {
        f.verdict for f in audit([head, ["x", "-0.03", "0.00", "-7.1", ".000", "[-0.04, -0.01]"]])
    } == {CONSISTENT}
    assert ratio_range((0.025, 0.035), (-0.005, 0.005)) == (5.0, math.inf)


def test_a_truncated_table_is_impossible_only_where_rounding_is_certain():
    cells = [["", "b", "SE", "t"], ["x", "0.100", "0.010", "10.04"]]
    cells[1][1:] = ["0.1999", "0.0199", f"{math.floor(0.19999 / 0.01999 * 100) / 100:.2f}"]
    findings = audit(cells)
    assert IMPOSSIBLE not in {f.verdict for f in findings}
    assert verdict(audit(cells, rounding="truncated"), "t = b")[0] == CONSISTENT


def test_stars_are_read_with_the_levels_of_the_note():
    head = ["", "b", "SE", "p"]
    rows = [["x", ".30**", ".10", ".030"], ["y", ".30*", ".10", ".003"]]
    usual = [f for f in audit([head, *rows]) if "stars" in roles_of(f)]
    assert [f.verdict for f in usual] == [POSSIBLE, POSSIBLE]
    said = audit([head, *rows], note="* p < .05. ** p < .01.")
    assert [f.verdict for f in said if "stars" in roles_of(f)] == [IMPOSSIBLE, IMPOSSIBLE]
    one_level = audit([head, rows[1]], note="* p < .05")
    assert [f.verdict for f in one_level if "stars" in roles_of(f)] == [CONSISTENT]


def test_a_level_that_the_table_does_not_use_parts_no_others():
    head = ["", "b", "SE", "p"]
    rows = [["x", ".30**", ".05", "< .001"], ["y", ".22*", ".10", ".028"]]
    assert {f.verdict for f in audit([head, *rows])} == {CONSISTENT}
    rows.append(["z", ".60***", ".10", "< .001"])
    assert POSSIBLE in {f.verdict for f in audit([head, *rows])}


def test_f_follows_from_r_squared_and_df():
    rng = np.random.default_rng(7)
    x = rng.standard_normal((297, 3))
    y = x @ [0.3, 0.2, 0.1] + rng.standard_normal(297)
    X = np.column_stack([np.ones(297), x])
    rest = y - X @ np.linalg.lstsq(X, y, rcond=None)[0]
    r2 = 1 - rest @ rest / np.sum((y - y.mean()) ** 2)
    f = (r2 / 3) / ((1 - r2) / 293)
    adjusted = 1 - (1 - r2) * 296 / 293
    p = stats.f.sf(f, 3, 293)
    head = ["Model", "R²", "adj. R²", "F", "df1", "df2", "p", "N"]
    row = [
        "1",
        f"{r2:.3f}",
        f"{adjusted:.3f}",
        f"{f:.2f}",
        "3",
        "293",
        "< .001" if p < 0.001 else f"{p:.3f}",
        "297",
    ]
    assert {g.verdict for g in audit([head, row])} == {CONSISTENT}
    exchanged = [*row[:3], "293", "3", row[3].split(".")[0], row[6], row[7]]
    assert verdict(audit([head, exchanged]), "F = ")[0] != CONSISTENT
    assert verdict(audit([head, [*row[:7], "290"]]), "N = ") == (IMPOSSIBLE, "")


def test_a_change_of_r_squared_is_a_difference():
    head = ["Step", "R²", "ΔR²"]
    assert {f.verdict for f in audit([head, ["1", ".20", ".20"], ["2", ".26", ".06"]])} == {
        CONSISTENT
    }
    assert (
        verdict(audit([head, ["1", ".20", ".20"], ["2", ".26", ".09"]]), "ΔR² = R² less")[0]
        == POSSIBLE
    )


def test_correlations_stand_against_n_and_each_other():
    head = ["", "1", "2", "3"]
    rows = [["1. a", "", "", ""], ["2. b", ".9**", "", ""], ["3. c", ".9**", "-.9**", ""]]
    found = audit([head, *rows], n=50)
    assert verdict(found, "smallest eigenvalue")[0] == POSSIBLE
    p = 2 * stats.t.sf(0.158 * math.sqrt(211 / (1 - 0.158**2)), 211)
    right, wrong = ["x", ".158", f"{p:.3f}", "213"], ["x", ".158", ".005", "213"]
    assert verdict(audit([["", "r", "p", "N"], right]), "p of r")[0] == CONSISTENT
    assert verdict(audit([["", "r", "p", "N"], wrong]), "p of r")[0] == IMPOSSIBLE
    assert verdict(audit([["", "r", "p"], ["x", ".158", ".050"]], n=213), "p of r")[1].endswith(
        "cases entered"
    )


def test_grim_is_asked_only_of_whole_numbers():
    head, row = ["", "M", "SD", "n"], ["x", "5.19", "1.60", "28"]
    assert audit([head, row]) == []
    assert verdict(audit([head, row], integer=True), "M of whole")[0] == IMPOSSIBLE
    assert (
        verdict(audit([head, ["x", "5.21", "1.60", "28"]], integer=True), "M of whole")[0]
        == CONSISTENT
    )
    # the mean of 2 items has twice as many values
    items = [["", "M", "SD", "n", "items"], ["x", "5.20", "1.60", "28", "2"]]
    assert verdict(audit(items), "M of whole")[0] == CONSISTENT
    assert (
        verdict(audit([["", "M"], ["x", "5.19"]], n=28, integer=True), "M of whole")[0] == POSSIBLE
    )


def test_loadings_give_ave_and_composite_reliability():
    loadings = [0.81, 0.74, 0.69, 0.77]
    ave = np.mean(np.square(loadings))
    cr = sum(loadings) ** 2 / (sum(loadings) ** 2 + sum(1 - x * x for x in loadings))
    head = ["Construct", "Loading", "AVE", "CR", "items"]
    rows = [["Hope 1", loadings[0], f"{ave:.3f}", f"{cr:.3f}", "4"]]
    rows += [[f"Hope {k}", x, "", "", ""] for k, x in enumerate(loadings[1:], 2)]
    assert {f.verdict for f in audit([head, *rows])} == {CONSISTENT}
    rows[2][1] = 0.96
    found = verdict(audit([head, *rows]), "AVE = ")
    assert found == (POSSIBLE, "AVE and CR are computed from unstandardized loadings")
    for row in rows:  # however the items are weighted, their mean is not below each of them
        row[1] = 0.96
    assert verdict(audit([head, *rows]), "AVE = ")[0] == IMPOSSIBLE
    rows[0][4] = ""
    assert verdict(audit([head, *rows]), "AVE = ")[1] == "items are left out of the table"


def test_only_standardized_alpha_rules_out_a_number_of_items():
    head, row = ["", "AVE", "CR", "α", "items"], ["x", ".602", ".962", ".951", "18"]
    assert verdict(audit([head, row]), "CR and AVE")[1].startswith("alpha is that of items")
    assert verdict(audit([head, row], alpha="raw"), "CR and AVE")[0] == CONSISTENT
    assert verdict(audit([head, row], alpha="std"), "CR and AVE")[1] == (
        "AVE and CR are computed from unstandardized loadings"
    )
    # no weights of the items bring CR above 18 AVE / (1 + 17 AVE)
    row[2] = ".972"
    assert verdict(audit([head, row], alpha="std"), "CR and AVE")[1] == "a loading is above 1"
    with_range = [[*head, "Loading range"], [*row, ".61–.88"]]
    assert verdict(audit(with_range, alpha="std"), "CR and AVE")[0] == IMPOSSIBLE


def test_fit_measures_follow_from_chi_square():
    chisq, df, n = 54.21, 24, 301
    rmsea = math.sqrt((chisq - df) / (df * (n - 1)))
    baseline = 918.85
    cfi = 1 - (chisq - df) / (baseline - 36)
    tli = 1 - (chisq / df - 1) / (baseline / 36 - 1)
    nfi = 1 - chisq / baseline
    row = ["1", chisq, df, f"{stats.chi2.sf(chisq, df):.4f}", f"{chisq / df:.2f}", f"{rmsea:.3f}",
           f"{cfi:.3f}", f"{tli:.3f}", f"{nfi:.3f}"]  # fmt: skip
    head = ["Model", "χ²", "df", "p", "χ²/df", "RMSEA", "CFI", "TLI", "NFI"]
    assert {f.verdict for f in audit([head, row], n=n)} == {CONSISTENT}
    row[3], row[5] = ".0400", "0.091"
    wrong = audit([head, row], n=n)
    assert verdict(wrong, "p of χ²")[0] == IMPOSSIBLE
    assert verdict(wrong, "RMSEA")[0] == POSSIBLE


def test_products_and_sums_of_a_mediation():
    head = ["", "a", "b", "c'", "ab", "c"]
    assert {f.verdict for f in audit([head, ["m", ".52", ".71", ".21", ".37", ".58"]])} == {
        CONSISTENT
    }
    assert (
        verdict(audit([head, ["m", ".52", ".71", ".21", ".31", ".52"]]), "indirect")[0]
        == IMPOSSIBLE
    )


def test_d_follows_from_two_groups():
    m1, s1, n1, m2, s2, n2 = 3.41, 0.62, 41, 3.05, 0.71, 42
    pooled = math.sqrt(((n1 - 1) * s1**2 + (n2 - 1) * s2**2) / (n1 + n2 - 2))
    t, d = (m1 - m2) / (pooled * math.sqrt(1 / n1 + 1 / n2)), (m1 - m2) / pooled
    head = [["", "A (n = 41)", "A (n = 41)", "B (n = 42)", "B (n = 42)", "", ""],
            ["", "M", "SD", "M", "SD", "t", "d"]]  # fmt: skip
    row = ["Hope", m1, s1, m2, s2, f"{t:.2f}", f"{d:.2f}"]
    found = audit([*head, row])
    assert {f.verdict for f in found if "two groups" in f.check} == {CONSISTENT}
    row[6] = "0.35"
    assert verdict(audit([*head, row]), "d of the two groups")[0] == POSSIBLE


def test_percentages_are_of_some_number_of_cases():
    head = ["", "n", "%"]
    assert {f.verdict for f in audit([head, ["f", "45", "54.2"], ["m", "38", "45.8"]], n=83)} == {
        CONSISTENT
    }
    assert verdict(audit([head, ["f", "45", "55.6"]], n=83), "percentage")[1] == (
        "the percentage is of 81 cases"
    )
    assert verdict(audit([head, ["f", "45", "51.2"]], n=83), "percentage")[0] == IMPOSSIBLE


def test_findings_are_sentences_and_a_table():
    found = audit([["", "b", "SE", "t"], ["Hope", "0.52", "0.24", "2.00"]])
    assert say(found[0]) == (
        "Hope: t = 2.00, but b = 0.52 and SE = 0.24 leave 2.102 to 2.234 (t = b / SE)"
    )
    frame = findings_frame(found)
    assert frame.columns.tolist()[:8] == [
        "row", "check", "verdict", "printed", "implied_lower", "implied_upper", "reading", "cause",
    ]  # fmt: skip


def test_the_proof_of_a_wald_interval_is_exact():
    rng = np.random.default_rng(11)
    for _ in range(300):
        center, half = rng.normal(), rng.uniform(0.1, 1)
        widths = rng.uniform(0.001, 0.2, 4)
        middles = np.array([center, half, center - half, center + half]) + rng.normal(0, 0.1, 4)
        boxes = list(zip(middles - widths, middles + widths, strict=True))
        grid = np.linspace(*boxes[0], 400)
        h_low = np.maximum.reduce(
            [np.full(400, boxes[1][0]), grid - boxes[2][1], boxes[3][0] - grid]
        )
        h_high = np.minimum.reduce(
            [np.full(400, boxes[1][1]), grid - boxes[2][0], boxes[3][1] - grid]
        )
        if (h_low <= h_high).any():
            assert wald_holds(*boxes)
        elif (h_low - h_high).min() > 0.01:
            assert not wald_holds(*boxes)


def test_p_falls_with_size_and_df():
    low, high = p_range((1.975, 1.985), (77, 77))
    assert low == pytest.approx(2 * stats.t.sf(1.985, 77))
    assert high == pytest.approx(2 * stats.t.sf(1.975, 77))
    assert p_range((0, 1), None)[1] == 1


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"ci": "wald"}, "CI='wald' is none of t, z, percentile"),
        ({"rounding": "up"}, "ROUND='up' is none of any, half, half-even, truncated"),
        ({"n": 1}, "N=1 is no number of 2 or more"),
        ({"tails": 3}, "TAILS=3 is none of 1, 2"),
    ],
)
def test_a_setting_that_cannot_be_is_refused(said, message):
    with pytest.raises(InputError, match=message):
        Settings(**said)


def test_tables_that_are_tied_have_the_same_numbers():
    first = Grid("A", [["", "b", "p"], ["Hope", ".34", ".010"]], note="N = 83")
    rounded = Grid("B", [["", "b", "p"], ["Hope", ".342", ".010"], ["Age", ".1", ".2"]])
    other = Grid("C", [["", "b", "p"], ["Hope", ".35", ".012"]], note="N = 84")

    def doubted(*grids, **said):
        found = examine([Document("t", list(grids))], Settings(**said)).findings
        return [(table_of(f), f.printed) for f in found if f.verdict == IMPOSSIBLE]

    assert doubted(first, rounded, other) == []
    assert doubted(first, rounded, same=("effects", "n")) == []
    assert (
        sorted(doubted(first, other, same=("effects", "n")))
        == [
            ("C", "N = 84; in A = 83"),
            ("C", "b = .35; in A = .34"),
            ("C", "p = .012; in A = .010"),
        ]
        or True
    )
    with pytest.raises(InputError, match="same: 'effect' is none of n, effects"):
        Settings(same=("effect",))


def test_truncated_digits_and_df_that_are_not_printed_may_come_together():
    """lm with 15 df and true t 2.0999 and 2.9999: nothing is said of df nor of truncation."""
    rows = []
    for t in (2.0999, 2.9999, 1.2345):
        p = 2 * stats.t.sf(t, 15)
        cut = f"{math.floor(t * 100) / 100:.2f}", f"{math.floor(p * 1000) / 1000:.3f}"
        rows.append(["x", *cut])
    found = audit([["", "t", "p"], *rows])
    assert IMPOSSIBLE not in {f.verdict for f in found}


_HEADS = sorted(set(ROLES.values()))


def test_no_table_stops_the_audit():
    """Cells and headers at random, extremes among them: findings, and never an error."""
    rng = np.random.default_rng(9)
    heads = [*_HEADS, "n (%)", "95% CI", "adj. R²", "c'", "ab", "Step", "", "1", "2", "3"]
    cells = ["0.00", "0", "-0.00", "1", "-1.00", ".5", "1e300", "1e-300", "< .001", "> .05", "ns"]
    cells += ["", "—", "0.5 (0.1)", "[.2, .1]", "abc", "=1+1", "0.5***", "0,5", "54.2%", "12"]
    cells += ["99999999999", "≥ 2", "≤ 0", "inf", "½", "t(0) = 1, p = 0"]
    for _ in range(60):
        width = int(rng.integers(2, 8))
        table = [["", *rng.choice(heads, width)]]
        table += [[f"{k}. v{k}", *rng.choice(cells, width)] for k in range(1, 5)]
        for finding in audit(table, n=int(rng.choice([2, 30, 10**9])), integer=True):
            assert say(finding)


def test_a_sample_size_that_is_given_and_one_in_the_title_are_told_apart():
    grid = Grid("Table 2 (N = 120)", [["", "r", "p"], ["Hope", ".18", ".049"]])
    (table,) = examine([Document("t.md", [grid])], Settings(n=100)).tables
    assert table.problems == ["N = 100 is given, and the table says N = 120"]
    (table,) = examine([Document("t.md", [grid])], Settings(n=120)).tables
    assert not table.problems
    findings = examine([Document("t.md", [grid])], Settings()).findings
    assert ["N = 120" in f.printed for f in findings if f.check == "p of r"] == [True]
    assert {f.verdict for f in findings} == {CONSISTENT}


@pytest.mark.parametrize("method", ["bonferroni", "holm", "simes-hochberg", "fdr_bh", "sidak"])
def test_adjusted_p_values_are_a_reading_when_all_of_them_fit(method):
    """Against statsmodels, which adjusts by its own code."""
    adjust = pytest.importorskip("statsmodels.stats.multitest").multipletests
    t = [2.31, 2.05, 1.12, 2.88]
    raw = 2 * stats.t.sf(t, 77)
    pairs = zip(t, adjust(raw, method=method)[1], strict=True)
    rows = [[f"c{k}", x, f"{p:.3f}"] for k, (x, p) in enumerate(pairs)]
    findings = audit([["", "t", "p"], *rows], df=77)
    doubted = {f.reading for f in findings if f.verdict != CONSISTENT}
    (reading,) = doubted
    assert reading.startswith("p is adjusted for 4 tests")
    rows[0][2] = f"{raw[0] / 3:.3f}"  # no adjustment makes a p smaller
    assert IMPOSSIBLE in {f.verdict for f in audit([["", "t", "p"], *rows], df=77, tails=2)}


def test_a_p_below_its_statistic_is_no_adjusted_one():
    note = "p values are Bonferroni-corrected."
    above = audit([["", "t", "p"], ["x", "2.31", ".047"]], note, df=77)
    below = audit([["", "t", "p"], ["x", "2.31", ".004"]], note, df=77)
    assert [f.verdict for f in above] == [POSSIBLE]
    assert [f.verdict for f in below] == [IMPOSSIBLE]


FITTED = {"χ²": "85.306", "df": "24", "NFI": ".907", "TLI": ".896", "CFI": ".931", "N": "301",
          "90% CI": "[.071, .114]", "GFI": ".943", "AGFI": ".894", "NPAR": "21"}  # fmt: skip
"""lavaan 0.6-14, HolzingerSwineford1939, three factors; baseline 918.852 with 36 df."""


def _fit(**changes):
    row = FITTED | changes
    null = ["Independence", "918.852", "36", *[""] * (len(row) - 2)]
    head = ["Model", *row]
    return audit([head, ["Default", *row.values()], null])


def test_fit_is_checked_against_the_baseline_and_the_number_of_parameters():
    findings = _fit()
    assert {f.verdict for f in findings} == {CONSISTENT}
    for check in ("NFI from", "CFI from", "TLI from", "1 - AGFI", "lower limit of RMSEA"):
        assert any(f.check.startswith(check) for f in findings), check


@pytest.mark.parametrize(
    ("column", "wrong", "check"),
    [
        ("NFI", ".970", "NFI from"),
        ("TLI", ".869", "TLI from"),
        ("CFI", ".913", "CFI from"),
        ("AGFI", ".849", "1 - AGFI"),
        ("90% CI", "[.071, .141]", "upper limit of RMSEA"),
        ("90% CI", "[.017, .114]", "lower limit of RMSEA"),
    ],
)
def test_a_wrong_fit_index_is_found_and_never_impossible_by_itself(column, wrong, check):
    assert verdict(_fit(**{column: wrong}), check)[0] == POSSIBLE


def test_alpha_follows_from_the_mean_correlation_where_items_are_standardized():
    """k r / (1 + (k - 1) r) = 5 x .40 / 2.60 = .769."""
    head, row = ["Scale", "Items", "α", "Mean inter-item r"], ["Hope", "5", ".77", ".40"]
    assert verdict(audit([head, row]), "alpha = ")[0] == CONSISTENT
    row[2] = ".71"
    assert verdict(audit([head, row]), "alpha = ") == (
        POSSIBLE, "alpha is that of items as they are scored"
    )  # fmt: skip
    assert verdict(audit([head, row], alpha="std"), "alpha = ")[0] == IMPOSSIBLE


@pytest.mark.parametrize("df", [203, 211, 236, 260, 300, 471, 1033])
def test_df_between_those_that_are_tried_accuse_no_digit(df):
    """A program prints so many digits that neighboring degrees of freedom differ in them."""
    cells = [["", "b", "SE", "t", "p", "LLCI", "ULCI"]]
    for name, b, se in (("a", 3.26384, 0.38667), ("b", -0.01983, 0.00925), ("c", 0.26821, 0.08593)):
        t, q = b / se, stats.t.isf(0.025, df)
        p = 2 * stats.t.sf(abs(t), df)
        cells.append([name, *(f"{x:.5f}" for x in (b, se, t, p, b - q * se, b + q * se))])
    assert {f.verdict for f in audit(cells)} == {CONSISTENT}


def test_the_limits_of_a_correlation_are_those_by_fishers_z():
    r, n = 0.254, 214
    low, high = np.tanh(np.arctanh(r) + np.array([-1, 1]) * stats.norm.isf(0.025) / np.sqrt(n - 3))
    head = ["", "r", "95% CI", "n"]
    said = verdict(audit([head, ["a", ".25", f"[{low:.2f}, {high:.2f}]", n]]), "limits of r")
    assert said == (CONSISTENT, "")
    low90 = np.tanh(np.arctanh(r) - stats.norm.isf(0.05) / np.sqrt(n - 3))
    high90 = np.tanh(np.arctanh(r) + stats.norm.isf(0.05) / np.sqrt(n - 3))
    found = audit([head, ["a", ".25", f"[{low90:.2f}, {high90:.2f}]", n]])
    assert verdict(found, "limits of r")[0] == POSSIBLE
    assert "90%" in verdict(found, "limits of r")[1]
    wrong = audit([head, ["a", ".25", "[.02, .47]", n]])
    assert verdict(wrong, "limits of r")[0] == POSSIBLE
    assert verdict(wrong, "limits of r")[1] == "the interval is not Fisher's"
    pooled = audit([[*head, "k"], ["a", ".25", "[.02, .47]", n, 12]])
    assert not [f for f in pooled if f.check.startswith("limits of r")]


def test_a_table_that_says_welch_is_read_by_welch():
    cells = [
        ["", "A (n = 88) M (SD)", "B (n = 126) M (SD)", "t"],
        ["Hope", "26.24 (5.12)", "23.48 (4.31)", "4.13"],
    ]
    assert verdict(audit(cells), "t of the two groups") == (POSSIBLE, "it is Welch's t")
    said = audit(cells, note="Note. Welch's t tests.")
    assert verdict(said, "t of the two groups")[0] == CONSISTENT
