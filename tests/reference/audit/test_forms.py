"""True tables of R in the forms in which papers print them: nothing in them is impossible.

`forms/expected.yml` says of which a convention is named that the table does not state, and that is
how it was made (forms/make_forms.R, make_outputs.R), and which columns are listed as not
understood.
"""

import pytest

from helpers.audit.table.documents import read_document
from helpers.audit.table.examine import examine
from helpers.audit.table.judge import IMPOSSIBLE, POSSIBLE
from helpers.audit.table.settings import Settings
from helpers.files import read_yaml
from helpers.paths import ROOT

FOLDER = ROOT / "tests" / "reference" / "audit" / "forms"
EXPECTED = read_yaml(FOLDER / "expected.yml")
FORMS = sorted(
    path
    for path in FOLDER.iterdir()
    if path.suffix in (".csv", ".md", ".txt", ".html", ".tex") and path.name != "versions.txt"
)


@pytest.mark.parametrize("path", FORMS, ids=[path.stem for path in FORMS])
def test_a_true_table_is_read_in_any_form(path):
    examined = examine([read_document(path)], Settings())
    told = EXPECTED.get(path.name, {})
    assert examined.count(IMPOSSIBLE) == 0
    doubts = {f"{f.check}: {f.reading}" for f in examined.findings if f.verdict == POSSIBLE}
    assert sorted(doubts) == told.get("doubts", [])
    unknown = [c.header for table in examined.tables for c in table.columns if not c.roles]
    assert unknown == told.get("unknown", [])
    problems = [problem for table in examined.tables for problem in table.problems]
    assert problems == told.get("problems", [])


def test_the_output_of_programs_is_checked_and_not_passed_over():
    checks = {
        path.stem: len(examine([read_document(path)], Settings()).findings)
        for path in FORMS
        if path.stem.startswith("output_")
    }
    assert len(checks) == 6
    assert min(checks.values()) >= 8
    # a limit, t and p in each row, a p of F in each summary
    assert checks["output_process"] >= 3 * 5 + 2


def test_there_are_forms_of_every_kind():
    kinds = {path.stem.split("_")[0] for path in FORMS}
    assert len(FORMS) > 100
    assert {"regression", "hierarchical", "econ", "mediation", "correlations", "fit"} <= kinds
    assert {"cfa", "anova", "logistic", "multilevel", "counts", "text"} <= kinds


@pytest.mark.parametrize(
    ("form", "right", "wrong"),
    [
        ("regression_apa.csv", "-5.79", "-7.59"),
        ("t_tests_student.csv", "-4.11", "-1.41"),
        ("fit_amos.csv", "3.554", "5.354"),
        ("hierarchical_summary.csv", ".822", ".882"),
        ("counts_n_percent.csv", "39.3", "33.9"),
        ("output_lavaan.txt", "1.636", "1.363"),
        ("regression_siunitx.tex", "0.75", "0.57"),
    ],
)
def test_one_wrong_number_in_it_is_found(form, right, wrong, tmp_path):
    text = (FOLDER / form).read_text(encoding="utf-8")
    assert text.count(right) == 1
    (tmp_path / form).write_text(text.replace(right, wrong), encoding="utf-8")
    findings = examine([read_document(tmp_path / form)], Settings()).findings
    assert {f.verdict for f in findings} & {IMPOSSIBLE, POSSIBLE}
