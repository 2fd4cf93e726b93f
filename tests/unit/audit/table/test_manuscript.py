"""Results in running text: what is read, what belongs together, and beside statcheck."""

import csv

import pytest

from helpers.audit.table.documents import Document
from helpers.audit.table.examine import examine
from helpers.audit.table.judge import CONSISTENT
from helpers.audit.table.manuscript import read_statements
from helpers.audit.table.settings import Settings
from helpers.paths import ROOT

with (ROOT / "tests/reference/audit/statements/statements.csv").open(encoding="utf-8") as stream:
    STATEMENTS = list(csv.DictReader(stream))


def _verdicts(text):
    findings = examine([Document("t.md", [], [text])], Settings()).findings
    return {f.verdict for f in findings if f.check.startswith("p of")}


@pytest.mark.parametrize("row", STATEMENTS, ids=lambda row: row["text"])
def test_every_form_is_read_and_judged(row):
    verdicts = _verdicts(f"It was found, {row['text']}.")
    assert verdicts
    assert (verdicts == {CONSISTENT}) is (row["true"] == "TRUE")


def test_forms_that_statcheck_reads_are_fewer():
    """The stored answers are statcheck's own; of the true forms it reads, it accuses one."""
    assert sum(row["statcheck_reads"] == "TRUE" for row in STATEMENTS) < len(STATEMENTS) / 2
    accused = [r["text"] for r in STATEMENTS if r["true"] == r["statcheck_errs"] == "TRUE"]
    assert accused == ["T(77) = 2.31, p = .024"]


def _rows(text):
    return [
        {role: number.raw for role, number in statement.values.items()}
        for statement in read_statements([text])
    ]


def test_numbers_of_two_results_are_kept_apart():
    assert _rows("(t(77) = 1.98, p = .05) and (t(76) = 2.2, p = .03)") == [
        {"df": "77", "t": "1.98", "p": ".05"},
        {"df": "76", "t": "2.2", "p": ".03"},
    ]
    assert _rows("b = 0.3, SE = 0.1. Later in another sentence of some length p = .03") == [
        {"b": "0.3", "se": "0.1"}
    ]


@pytest.mark.parametrize(
    ("text", "read"),
    [
        (
            "β = .52, SE = .09, p < .001, 95% CI [.34, .70]",
            {"beta": ".52", "se": ".09", "p": "< .001", "ci_lower": ".34", "ci_upper": ".70"},
        ),
        (
            "B = −0.13, 95% CI: −0.23 to −0.03",
            {"b": "-0.13", "ci_lower": "-0.23", "ci_upper": "-0.03"},
        ),
        ("OR = 1.50, 95% CI 1.10–2.05", {"or": "1.50", "ci_lower": "1.10", "ci_upper": "2.05"}),
        ("t(77) = 1,98, p = 0,051", {"df": "77", "t": "1,98", "p": "0,051"}),
        ("t(60) = 4.50, p = 3.2 × 10−5", {"df": "60", "t": "4.50", "p": "3.2e-5"}),
        ("45 of the 83 clients (54.2%)", {"count": "45", "n": "83", "percent": "54.2"}),
        ("R² = .18, F(3, 293) = 21.2", {"r2": ".18", "df1": "3", "df2": "293", "f": "21.2"}),
        ("F(1,1173)=12.01,MSE=3.2", {"df1": "1", "df2": "1173", "f": "12.01"}),
    ],
)
def test_what_is_written_is_read(text, read):
    assert _rows(text) == [read]


@pytest.mark.parametrize(
    "text",
    [
        "The b path was tested in 2019 (see p. 31).",
        "Mean age was 34 (SD = 5).",
        "U = 123, p = .04",
        "rs(78) = .30, p = .007",
        "We used R 4.2 and t tests; N = 80.",
        "χ2/df = 2.1",
    ],
)
def test_what_is_no_result_or_another_test_is_left_alone(text):
    assert _verdicts(text) == set()


def test_a_one_tailed_test_that_says_so_is_consistent():
    assert _verdicts("z = 2.31, p = .010 (one-tailed)") == {CONSISTENT}
    assert _verdicts("z = 2.31, p = .010") == {"possible only if"}


def test_an_interval_before_a_semicolon_is_of_what_stands_before_it():
    *_, row = read_statements(
        ["ICC(2, 1) = .81, 95% CI [.72, .88]; OR = 1.52, 95% CI [1.10, 2.10]."]
    )
    assert row.values["or"].value == 1.52
    assert row.values["ci_lower"].value == 1.1
