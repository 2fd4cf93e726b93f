"""`helpers audit`: what it prints and writes, its status, and texts that mean harm."""

import time

import pandas as pd
import pytest

from helpers.commands.command_line import main
from helpers.paths import ROOT

TRUE = "Predictor,b,SE,t\nHope,0.42,0.12,3.55\n"
FALSE = "Predictor,b,SE,t\nHope,0.42,0.31,3.55\n"


def _audit(tmp_path, text, *words, name="t.csv"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return main(["audit", str(path), *words, f"--out={tmp_path / 'out'}"])


@pytest.mark.parametrize(("text", "status"), [(TRUE, 0), (FALSE, 1), ("a,b\nx,y\n", 2), ("a\n", 2)])
def test_the_status_says_whether_anything_is_impossible(tmp_path, capsys, text, status):
    assert _audit(tmp_path, text) == status
    assert (tmp_path / "out" / "findings.csv").exists() is (status < 2)
    assert capsys.readouterr().err.startswith("error: ") is (status == 2)


@pytest.mark.parametrize("words", [["--n=many"], ["--ci=wald"], ["--map=none.yml"]])
def test_a_wrong_setting_is_one_line_and_status_2(tmp_path, capsys, words):
    assert _audit(tmp_path, TRUE, *words) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_findings_have_the_columns_that_are_promised(tmp_path):
    _audit(tmp_path, FALSE)
    frame = pd.read_csv(tmp_path / "out" / "findings.csv")
    assert frame.columns.tolist()[:8] == [
        "row", "check", "verdict", "printed", "implied_lower", "implied_upper", "reading", "cause",
    ]  # fmt: skip
    assert frame.loc[0, "verdict"] == "impossible"
    assert frame.loc[0, "implied_lower"] == pytest.approx(0.415 / 0.315)


def test_texts_of_a_table_cannot_act_on_the_page(tmp_path):
    bad = '<script>alert(1)</script>"&'
    text = FALSE.replace("Hope", '"' + bad.replace('"', '""') + '"').replace(
        "Predictor", "<b onx=1>"
    )
    _audit(tmp_path, text)
    page = (tmp_path / "out" / "audit.html").read_text(encoding="utf-8")
    assert "<script" not in page
    assert "<b onx" not in page
    assert "&lt;script&gt;" in page


def test_a_mapping_beside_the_table_is_found(tmp_path, capsys):
    (tmp_path / "t.audit.yml").write_text("n: 83\ncolumns: {wert: b}\n", encoding="utf-8")
    assert _audit(tmp_path, FALSE.replace(",b,", ",wert,")) == 1
    assert "N = 83" in capsys.readouterr().out


def test_several_tables_are_audited_at_once(tmp_path, capsys):
    (tmp_path / "u.csv").write_text(TRUE, encoding="utf-8")
    assert _audit(tmp_path, TRUE, str(tmp_path / "u.csv")) == 0
    assert "t: 1 rows" in capsys.readouterr().out


def test_an_answer_takes_less_than_ten_seconds(tmp_path):
    started = time.monotonic()
    _audit(tmp_path, (ROOT / "examples" / "printed_table.csv").read_text(encoding="utf-8"))
    assert time.monotonic() - started < 10
