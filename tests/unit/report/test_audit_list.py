"""How findings are shown: by cause, counted, and what is open by its reason."""

import pandas as pd

from helpers.report.audit_list import count_causes, count_checks, list_undecided, print_causes

CAUSES = pd.DataFrame(
    {
        "cause": ["headline", "typo"],
        "place": ["Abstract", "Table 4"],
        "printed": ["Most of it.", "t = 2.847."],
        "follows": ["49.2 to 49.9%.", "3.53 to 3.61."],
        "severity": ["a conclusion depends on it", "editorial"],
        "reading": ["Possible only if so.", "A slip."],
        "verdict": ["possible only if", "impossible"],
        "findings": [1, 3],
    }
)


def findings(*rows):
    columns = ["location", "check", "verdict", "reading", "note"]
    return pd.DataFrame(rows, columns=columns)


AUDIT = findings(
    ("Table 1, rri -> ses", "p", "consistent", "", ""),
    ("Table 2", "CFI = 1 - x", "not decided", "", "not printed: chi-square"),
    ("table 3, a_focused", "CFI = 1 - x", "not decided", "", "not printed: chi-square"),
    ("Table 4", "items", "not decided", "alpha is raw", "17 or 18 items"),
)


def test_counts_are_of_causes():
    text = count_causes(CAUSES, AUDIT)
    assert "4 of 4 checks find a contradiction, from 2 causes" in text
    assert "1 affects a conclusion, 0 a number, and 1 is editorial" in text
    assert "does not state would resolve 1 of the 2" in text
    assert count_causes(CAUSES.iloc[:0], AUDIT) == "None of 4 checks finds a contradiction."
    assert "assumption" not in count_causes(CAUSES.iloc[1:], AUDIT)


def test_checks_are_counted_by_verdict():
    assert count_checks(AUDIT).startswith(
        "Of 4 checks, 1 find no contradiction and 3 cannot be decided."
    )


def test_causes_are_grouped_by_how_much_depends_on_them():
    table = print_causes(CAUSES)
    assert list(table.cells.columns) == [
        "Where",
        "Verdict",
        "What is reported",
        "What follows",
        "Our reading",
    ]
    assert table.cells["Verdict"].tolist() == ["possible under an assumption", "impossible"]


def test_what_is_open_is_listed_once_for_each_reason():
    lines = list_undecided(AUDIT).splitlines()
    assert lines == [
        "- **Table 2; Table 3, a-focused.** Not printed: chi-square.",
        "- **Table 4.** Items. 17 or 18 items; possible if alpha is raw.",
    ]
