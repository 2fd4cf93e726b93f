"""True tables of R, printed in four ways of rounding, are accused of nothing.

All of them are tried by `benchmarks/table_audit.py`, which writes the table of the validation page;
here a part of each kind, with another way of rounding for each table.
"""

import itertools

import pytest
import table_audit

from helpers.audit.table.judge import CONSISTENT, IMPOSSIBLE, NOT_DECIDED, POSSIBLE


@pytest.mark.parametrize("kind", table_audit.KINDS)
def test_a_true_table_is_accused_of_nothing(kind):
    made = {r: table_audit.KINDS[kind](table_audit.Printer(r, 7)) for r in table_audit.ROUNDINGS}
    tables = zip(*made.values(), strict=True)
    checks = 0
    for number, row in enumerate(itertools.islice(tables, 40)):
        rounding = list(made)[number % len(made)]
        rows, settings = row[number % len(made)]
        for finding in table_audit.audit(rows, rounding=rounding, **settings):
            assert finding.verdict in (CONSISTENT, NOT_DECIDED), (rows, finding)
            checks += 1
    assert checks >= 40


def test_a_truncated_table_is_told_apart_from_an_error():
    """Where nothing is said of rounding, truncation is a reading, and never an impossibility."""
    printer = table_audit.Printer("truncated", 7)
    verdicts = {
        finding.verdict
        for rows, settings in itertools.islice(table_audit.regression_rows(printer), 40)
        for finding in table_audit.audit(rows, **settings)
    }
    assert POSSIBLE in verdicts
    assert IMPOSSIBLE not in verdicts


@pytest.mark.parametrize(
    ("kind", "error"),
    [("loadings", "digits of a loading swapped"), ("whole model", "F and df2 exchanged")],
)
def test_gross_errors_are_found(kind, error):
    plant = table_audit.ERRORS[kind][error]
    printer = table_audit.Printer("half", 7)
    found = tried = 0
    for rows, settings in itertools.islice(table_audit.KINDS[kind](printer), 40):
        wrong = plant(rows, len(rows) - 1)
        if wrong != rows:
            verdicts = {f.verdict for f in table_audit.audit(wrong, rounding="half", **settings)}
            tried, found = tried + 1, found + (verdicts != {CONSISTENT})
    assert found > 0.85 * tried
