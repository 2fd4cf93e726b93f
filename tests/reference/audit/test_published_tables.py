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
