"""Tables of variance; the numbers are of R's `aov(weight ~ group, PlantGrowth)`."""

import pytest

from helpers.audit.table.documents import Document, Grid
from helpers.audit.table.examine import examine
from helpers.audit.table.judge import CONSISTENT, IMPOSSIBLE, POSSIBLE
from helpers.audit.table.settings import Settings

HEAD = ["Source", "SS", "df", "MS", "F", "p", "η²"]
BETWEEN = ["Between", "3.766", "2", "1.883", "4.846", ".016", ".264"]
REST = [["Within", "10.492", "27", "0.389", "", "", ""], ["Total", "14.258", "29", "", "", "", ""]]


def _findings(between):
    grid = Grid("t", [HEAD, between, *REST])
    findings = examine([Document("t.csv", [grid])], Settings()).findings
    return {f.check: f for f in findings if f.location == "Between"}


def test_mean_squares_f_and_eta_squared_follow_from_the_sums():
    found = _findings(BETWEEN)
    assert {f.verdict for f in found.values()} == {CONSISTENT}
    assert len(found) == 3


@pytest.mark.parametrize(
    ("column", "wrong", "check", "verdict"),
    [
        (3, "1.338", "MS = SS / df", IMPOSSIBLE),
        (4, "8.446", "F = MS / MS of the error", POSSIBLE),
        (6, ".624", "partial η² = SS / (SS + SS of the error)", POSSIBLE),
    ],
)
def test_one_wrong_number_is_found(column, wrong, check, verdict):
    row = [*BETWEEN]
    row[column] = wrong
    assert _findings(row)[check].verdict == verdict


def test_eta_squared_of_one_effect_is_partial_and_of_several_may_be_of_the_total():
    two = [
        ["A", "3.766", "1", "3.766", "9.68", "", ".200"],
        ["B", "4.574", "1", "4.574", "", "", ""],
    ]
    rows = [
        ["Error", "10.492", "27", "0.389", "", "", ""],
        ["Total", "18.832", "29", "", "", "", ""],
    ]
    findings = examine([Document("t.csv", [Grid("t", [HEAD, *two, *rows])])], Settings()).findings
    readings = {f.check: f.reading for f in findings if f.check.startswith("partial")}
    assert readings == {"partial η² = SS / (SS + SS of the error)": "η² is of the total"}
