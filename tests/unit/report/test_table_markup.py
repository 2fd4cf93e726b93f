"""The forms in which a table is kept: what each must say, and that TeX takes it."""

import re
import shutil
import subprocess

import pandas as pd
import pytest
from bs4 import BeautifulSoup
from IPython.core.formatters import DisplayFormatter

from helpers.report.tables import fold_tables, print_table


@pytest.fixture
def table():
    data = pd.DataFrame(
        {
            "path": ["Distress → Task_1", "a < b | 50 % & more"],
            "est": [-0.195, 1.2],
            "p": [0.00001, 0.0412],
            "low": [-0.25, 0.1],
            "high": [-0.14, 2.3],
            "g": ["First", "Second"],
        }
    )
    return print_table(
        data,
        {"95 % CI": "low, high: two", "Path": "path: text", "β": "est", "<i>p</i>": "p: p"},
        caption="<b>Table 3. Paths of ρ<sub>A</sub></b>, n&nbsp;=&nbsp;2",
        note="<i>p</i> &lt; .05 in <code>paths_all.csv</code>; χ², Δ<i>R</i>².",
        group="g",
    )


def test_a_notebook_keeps_every_form_and_shows_html_first(table):
    for shown in (table, fold_tables({"One": table}, caption="<b>Folded</b>")):
        bundle, _ = DisplayFormatter().format(shown)
        assert set(bundle) == {"text/html", "text/markdown", "text/latex", "text/plain"}
        assert all("−" in form or "$-$" in form for form in bundle.values())


def test_html_names_the_table_its_columns_rows_and_groups(table):
    page = BeautifulSoup(table.to_html(), "html.parser")
    assert page.table["aria-label"] == "Table 3. Paths of ρA, n\u00a0=\u00a02"
    assert [th["scope"] for th in page.thead.find_all("th")] == ["col"] * 4
    assert [th.text for th in page.find_all("th", scope="rowgroup")] == ["First", "Second"]
    assert page.find("div", class_="apa-scroll")["tabindex"] == "0"
    assert not re.search(r"border-(left|right)", table.to_html())
    first = print_table(pd.DataFrame({"x": ["<b>"]}), {"X": "x: text"}, caption="")
    assert BeautifulSoup(first.to_html(), "html.parser").find("th", scope="row").text == "<b>"


def test_latex_keeps_the_meaning_of_marks_and_signs(table):
    latex = table.to_latex()
    assert r"\caption{Paths of $\rho$\textsubscript{A}, n~=~2}" in latex
    assert r"95 \% CI & Path & $\beta$ & \textit{p} \\" in latex
    assert r"{[}$-$0.25, $-$0.14] & Distress $\to$ Task\_1 & $-$0.195 & $<$ .001 \\" in latex
    assert r"a $<$ b \textbar{} 50 \% \& more" in latex
    assert r"\multicolumn{4}{@{}l@{}}{\textit{Second}}" in latex
    assert r"\begin{tabular}{@{}rlrr@{}}" in latex
    assert r"\texttt{paths\_all.csv}; $\chi$\textsuperscript{2}, $\Delta$\textit{R}" in latex
    assert not re.search(r"\\\\\s*\[", latex), "a bracket after a row is read as its option"


def test_markdown_is_a_pipe_table_between_caption_and_note(table):
    caption, grid, note = table.to_markdown().split("\n\n")
    assert caption == "**Table 3. Paths of ρ<sub>A</sub>**, n\u00a0=\u00a02"
    assert note.startswith("*Note.* *p* < .05 in `paths_all.csv`")
    lines = grid.splitlines()
    assert re.fullmatch(r"\|-+:\|:-+\|-+:\|-+:\|", lines[1])
    assert all(len(re.findall(r"(?<!\\)\|", line)) == 5 for line in lines)
    assert r"a < b \| 50 % & more" in grid


def test_plain_text_holds_no_markup(table):
    assert "<i>" not in repr(table)
    assert "Note. p < .05 in paths_all.csv; χ², ΔR²." in repr(table)


def test_words_share_the_line_that_other_columns_leave():
    data = pd.DataFrame({"a": ["long " * 30], "b": ["longer " * 30], "x": [1.0]})
    wide = print_table(data, {"A": "a: words", "B": "b: words", "X": "x"}, caption="Wide")
    widths = [float(w) for w in re.findall(r"p\{([\d.]+)\\linewidth\}", wide.to_latex())]
    assert len(widths) == 2
    assert 0.7 < sum(widths) < 1


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("pdflatex"), reason="pdflatex is not installed")
def test_latex_compiles(table, tmp_path):
    long = print_table(
        pd.DataFrame(
            {"x": [f"[{k}] ≥ {k} × “{k}”…" for k in range(120)], "y": ["word " * 40] * 120}
        ),
        {"X": "x: text", "Y": "y: words"},
        caption="<b>Long</b>",
        note="Ends.",
    )
    packages = r"\usepackage{array,booktabs,longtable}"
    text = "\n\n".join([table.to_latex(), long.to_latex()])
    (tmp_path / "t.tex").write_text(
        rf"\documentclass[a4paper]{{article}}{packages}\begin{{document}}{text}\end{{document}}",
        encoding="utf-8",
    )
    done = subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "t.tex"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:]
    assert "Overfull" not in done.stdout
