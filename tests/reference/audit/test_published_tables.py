"""Tables of published papers, typed as printed, and what the audit says of them."""

import pytest

from helpers.audit.table.documents import read_document
from helpers.audit.table.examine import examine
from helpers.audit.table.judge import CONSISTENT
from helpers.audit.table.settings import Settings
from helpers.files import read_yaml
from helpers.paths import ROOT

FOLDER = ROOT / "tests" / "reference" / "audit" / "published"
SOURCES = read_yaml(FOLDER / "sources.yml")


@pytest.mark.parametrize("name", SOURCES)
def test_a_published_table_is_read_whole_and_judged(name):
    told = SOURCES[name]
    examined = examine([read_document(FOLDER / name)], Settings(**told["settings"]))
    assert [p for table in examined.tables for p in table.problems] == []
    assert [c.header for table in examined.tables for c in table.columns if not c.roles] == []
    assert len(examined.findings) == told["checks"]
    doubted = [
        [f.location, f.check, f.verdict] for f in examined.findings if f.verdict != CONSISTENT
    ]
    assert doubted == told["findings"]


def test_the_largest_reliability_of_two_items_is_as_its_closed_form():
    """CR = (k l)^2 / ((k l)^2 + k (1 - l^2)) of equal loadings is k AVE / (1 + (k - 1) AVE)."""
    (bi,) = [
        f
        for f in examine([read_document(FOLDER / "jmis_12_3_111_table_2.csv")], Settings()).findings
        if f.location == "BI (2)" and f.check.startswith("CR and AVE")
    ]
    assert bi.implied_upper == pytest.approx(2 * 0.7105 / (1 + 0.7105))


def _found(name, row, check):
    told = SOURCES[name]["settings"]
    findings = examine([read_document(FOLDER / name)], Settings(**told)).findings
    (one,) = [f for f in findings if f.location.startswith(row) and f.check.startswith(check)]
    return one


@pytest.mark.parametrize(
    ("row", "loadings", "ave", "cr"),
    [
        # .858² + .905² + .888² = .736164 + .819025 + .788544 = 2.343733, a third of it .781244;
        # 2.651² = 7.027801, and 7.027801 / (7.027801 + 3 - 2.343733) = .914594
        ("Volume V1", (0.858, 0.905, 0.888), 0.781244, 0.914594),
        # .7225 + .765625 + .724201 = 2.212326; 2.576² = 6.635776; / (6.635776 + .787674)
        ("Uniqueness U1", (0.850, 0.875, 0.851), 0.737442, 0.893894),
        # .664225 + .700569 + .714025 + .7225 = 2.801319; 3.347² = 11.202409;
        # 11.202409 / (11.202409 + 1.198681)
        ("Consistency C1", (0.815, 0.837, 0.845, 0.850), 0.700330, 0.903341),
    ],
)
def test_loadings_of_a_published_factor_model_worked_out_by_hand(row, loadings, ave, cr):
    table = "pmc7385228_table_10.csv"
    for check, by_hand in (("AVE = mean", ave), ("CR of", cr)):
        found = _found(table, row, check)
        half_a_digit = 0.0005 * 2  # what the third digit of a loading leaves of either
        assert found.implied_lower < by_hand < found.implied_upper
        assert found.implied_upper - found.implied_lower < 2 * half_a_digit


def test_a_published_regression_worked_out_by_hand():
    """Alliance: b = 2.04, SE = 0.99, 675 cases, so that a quantile of t is 1.96 to two decimals."""
    table, row = "pmc9278317_table_2.csv", "Components of Therapeutic Alliance Score"
    limits = _found(table, row, "limits = ")
    # 2.035 + 1.96 x .985 = 3.966 and 2.045 + 1.97 x .995 = 4.005; printed is 3.99
    assert limits.implied_lower == pytest.approx(3.966, abs=0.006)
    assert limits.implied_upper == pytest.approx(4.005, abs=0.006)
    # 2.035 / .995 = 2.0452 and 2.045 / .985 = 2.0761: two-sided p of z .0408 and .0379
    p = _found(table, row, "p of b / SE")
    assert p.implied_lower == pytest.approx(0.0379, abs=0.0005)
    assert p.implied_upper == pytest.approx(0.0412, abs=0.0005)


def test_a_published_moderation_worked_out_by_hand():
    """R² = .34 with 5 and 77 df; b = -.92, SE = .47; effects at 31 and at 62 of the moderator."""
    table = "pmc5722801_table_4.md"
    model = _found(table, "PCS at follow-up", "F = ")
    # (.335 / 5) / (.665 / 77) = .067 / .0086364 = 7.758; (.345 / 5) / (.655 / 77) = 8.111
    # and a hundredth more either way, since the df are printed as 5.00 and 77.00
    assert (model.implied_lower, model.implied_upper) == pytest.approx((7.758, 8.111), abs=0.01)
    assert model.implied_lower < 7.758
    assert model.implied_upper > 8.111
    ratio = _found(table, "TAS-20", "t = b / SE")
    # .915 / .475 = 1.9263 and .925 / .465 = 1.9892, both negative
    assert (ratio.implied_lower, ratio.implied_upper) == pytest.approx((-1.9892, -1.9263), abs=1e-4)
    effects = _found(table, "90th percentile: 62", "difference of effects")
    # 62 and 31 are rounded, too, and lie 30 to 32 apart: -2.135 + .195 x 30 = 3.715 and
    # -2.125 + .205 x 32 = 4.435; printed is 3.94
    assert (effects.implied_lower, effects.implied_upper) == pytest.approx((3.715, 4.435))
    # on the line from (31, -2.13) to (62, 3.94), 6.07 / 31 = .1958 a point: at 49 1.39, as printed
    line = _found(table, "50th percentile: 49", "conditional effects lie")
    assert line.implied_lower < -2.13 + 18 * 6.07 / 31 < line.implied_upper
