"""A table as printed: forms of numbers, headers, panels, groups, formats."""

import math
import re

import openpyxl
import pytest

from helpers.audit.table.documents import Grid, read_document
from helpers.audit.table.layout import lay_out
from helpers.audit.table.roles import read_header
from helpers.audit.table.values import decimal_commas, read_cell, read_value
from helpers.errors import InputError


@pytest.mark.parametrize(
    ("text", "outside", "inside", "stars"),
    [
        ("− 0.13", [-0.13], [], 0),
        ("–.13", [-0.13], [], 0),
        (".05†", [0.05], [], 0),
        ("(0.03)", [], [0.03], None),
        ("0.52 (0.09)", [0.52], [0.09], 0),
        ("0.52***(0.09)", [0.52], [0.09], 3),
        ("0.52 ∗∗", [0.52], [], 2),
        ("[.03, .09]", [], [0.03, 0.09], None),
        ("[.03,.09]", [], [0.03, 0.09], None),
        ("[−.13; −.09]", [], [-0.13, -0.09], None),
        ("-0.13 to 0.45", [-0.13, 0.45], [], 0),
        ("0.13–0.45", [0.13, 0.45], [], 0),
        ("p < .001", [0.001], [], 0),
        ("<.001***", [0.001], [], 3),
        ("45 (54.2%)", [45], [54.2], 0),
        ("3.1 ± 0.5", [3.1, 0.5], [], 0),
        ("0.52a", [0.52], [], 0),
        ("1.2e-05", [1.2e-05], [], 0),
    ],
)
def test_a_pasted_cell_is_read(text, outside, inside, stars):
    cell = read_cell(text)
    assert cell.rest == ""
    assert [v.value for v in cell.outside] == outside
    assert [v.value for v in cell.inside] == inside
    if stars is not None:
        assert cell.outside[0].stars == stars


@pytest.mark.parametrize("text", ["", "—", "–", "-", "n/a", "Ref.", " "])
def test_a_cell_without_a_number_is_blank(text):
    assert read_cell(text).blank


@pytest.mark.parametrize("text", ["ns", "n.s.", "N. S."])
def test_not_significant_is_a_p_above_05(text):
    (value,) = read_cell(text).outside
    assert value.ends("any") == (0.05, math.inf)


@pytest.mark.parametrize("text", ["hello", "0.5 of them", "[.03", "12:30"])
def test_what_is_no_number_is_said(text):
    assert read_cell(text).rest


def test_a_comma_is_settled_by_the_table():
    assert decimal_commas(["0,45", "1,234"]) == "decimal"
    assert decimal_commas(["0.45", "1,234"]) == "thousands"
    assert read_cell("0,45 (0,09)", comma="decimal").inside[0].value == 0.09
    assert read_cell("1,234", comma="thousands").outside[0].value == 1234
    assert read_cell("1,234").rest  # neither is certain


def test_each_rounding_has_its_interval():
    value = read_value("0.52")
    assert value.ends("any") == pytest.approx((0.515, 0.525))
    assert value.ends("truncated") == pytest.approx((0.52, 0.53))
    assert value.ends("loose") == pytest.approx((0.515, 0.53))
    assert read_value("-0.52").ends("truncated") == pytest.approx((-0.53, -0.52))
    assert read_value("0.00").ends("truncated") == pytest.approx((-0.01, 0.01))


def test_ties_belong_to_the_side_the_setting_says():
    odd, even = read_value("0.53"), read_value("0.52")
    assert odd.ends("half")[1] < 0.535 <= odd.ends("any")[1]
    assert odd.ends("half")[0] == odd.ends("any")[0]
    assert even.ends("half-even") == even.ends("any")
    assert odd.ends("half-even")[0] > odd.ends("any")[0]
    assert odd.ends("half-even")[1] < odd.ends("any")[1]


@pytest.mark.parametrize(
    ("header", "roles"),
    [
        ("b (SE)", ("b", "se")),
        ("Coeff.", ("b",)),
        ("S.E.", ("se",)),
        ("Std. Error", ("se",)),
        ("β", ("beta",)),
        ("95% CI", ("ci",)),
        ("95% CI LL", ("ci_lower",)),
        ("LLCI", ("ci_lower",)),
        ("BootULCI", ("ci_upper",)),
        ("2.5 %", ("ci_lower",)),
        ("95% Confidence Interval for B Lower Bound", ("ci_lower",)),
        ("M (SD)", ("mean", "sd")),
        ("Mean ± SD", ("mean", "sd")),
        ("χ²/df", ("chisq_df",)),
        ("ΔR²", ("d_r2",)),
        ("*p*", ("p",)),
        ("Pr(>|t|)", ("p",)),
        ("Sig. (2-tailed)", ("p",)),
        ("T statistics (|O/STDEV|)", ("t",)),
        ("Est./S.E.", ("z",)),
        ("Cronbach's α", ("alpha",)),
        ("√AVE", ("root_ave",)),
        ("No. of items", ("items",)),
        ("Hope", ()),
    ],
)
def test_a_header_has_its_roles(header, roles):
    assert read_header(header).roles == roles


def test_a_header_says_more_than_a_role():
    assert read_header("t(77)").stated == {"df": 77}
    assert read_header("F(3, 79)").stated == {"df1": 3, "df2": 79}
    assert read_header("χ2(24, N = 300)").stated == {"df": 24, "n": 300}
    assert read_header("90% CI").stated == {"level": 0.9}
    assert read_header("2.5 %").stated == {"level": 0.95}
    assert read_header("95% bootstrap CI").bootstrap


def _rows(cells, **more):
    table = lay_out(Grid("t", cells), **more)
    return table, [{role: v.raw for role, v in row.values.items()} for row in table.rows]


def test_groups_models_and_the_rows_under_them_are_told_apart():
    table, rows = _rows(
        [
            ["", "b (SE)", "p"],
            ["Step 1", "", ""],
            ["Hope", "0.52 (0.09)", "< .001"],
            ["R²", ".34", ""],
            ["F(3, 79)", "12.1", ""],
        ]
    )
    assert table.rows[0].place == "Step 1, Hope"
    assert rows[0] == {"b": "0.52", "se": "0.09", "p": "< .001"}
    assert rows[1] == {"r2": ".34", "f": "12.1", "df1": "3", "df2": "79"}


def test_panels_of_a_merged_head_are_rows_of_their_own():
    table, rows = _rows(
        [
            ["", "Model 1", "", "", "Model 2", "", ""],
            ["Predictor", "b", "SE", "p", "b", "SE", "p"],
            ["Hope", ".5", ".1", ".01", ".4", ".2", ".05"],
        ]
    )
    assert [row.place for row in table.rows] == ["Model 1, Hope", "Model 2, Hope"]
    assert rows[1] == {"b": ".4", "se": ".2", "p": ".05"}


def test_limits_under_one_head_are_one_interval():
    table, rows = _rows(
        [["", "95% CI", "", "p"], ["", "LL", "UL", ""], ["Hope", ".1", ".3", ".01"]]
    )
    assert rows == [{"ci_lower": ".1", "ci_upper": ".3", "p": ".01"}]
    assert table.rows[0].stated == {"level": 0.95}


def test_a_triangle_is_read_with_its_descriptives():
    table, rows = _rows(
        [
            ["Variable", "M", "SD", "1", "2", "3"],
            ["1. Hope", "3.1", "0.5", "–", "", ""],
            ["2. Alliance", "3.4", "0.7", ".45**", "—", ""],
            ["3. Outcome", "2.0", "1.1", ".30", ".20", "(.87)"],
        ]
    )
    assert table.matrix.names == ("Hope", "Alliance", "Outcome")
    assert {pair: v.raw for pair, v in table.matrix.lower.items()} == {
        (1, 0): ".45",
        (2, 0): ".30",
        (2, 1): ".20",
    }
    assert table.matrix.diagonal[2].raw == ".87"
    assert rows[0] == {"mean": "3.1", "sd": "0.5"}


def test_statistics_in_rows_are_turned():
    _, rows = _rows([["", "Model 1", "Model 2"], ["χ²", "54.2", "40.1"], ["df", "24", "23"]])
    assert rows == [{"chisq": "54.2", "df": "24"}, {"chisq": "40.1", "df": "23"}]


def test_a_panel_says_its_sample_size():
    table, rows = _rows(
        [
            ["", "Intervention (n = 41)", "", "Control (n = 42)", ""],
            ["", "M", "SD", "M", "SD"],
            ["Hope", "3,1", "0,5", "3,3", "0,6"],
        ]
    )
    assert [row["n"] for row in rows] == ["41", "42"]
    assert table.rows[0].values["mean"].value == 3.1


def test_what_is_not_understood_is_listed():
    table, _ = _rows([["", "b", "SE", "blurb"], ["Hope", ".5", "n of .1", "x"]])
    assert [c.header for c in table.columns if not c.roles] == ["blurb"]
    assert table.problems == ["row 'Hope', column 'SE': 'n of .1' was not read"]


def test_a_mapping_says_what_a_header_does_not():
    _, rows = _rows([["", "wert", "fehler"], ["Hope", ".5", ".1"]], columns={"wert": "b"})
    assert rows == [{"b": ".5"}]
    with pytest.raises(InputError, match=r"'wret' is no column.*Did you mean 'wert'"):
        _rows([["", "wert"], ["Hope", ".5"]], columns={"wret": "b"})
    with pytest.raises(InputError, match=r"'estimat', which is none of"):
        _rows([["", "wert"], ["Hope", ".5"]], columns={"wert": "estimat"})


HTML = """<p>Before, t(77) = 1.98, <i>p</i> = .05.</p>
<table><caption>Table 1. Effects</caption><thead>
<tr><th rowspan="2">Predictor</th><th colspan="2">Model 1</th></tr><tr><th>b</th><th>SE</th></tr>
</thead><tbody><tr><td>Hope</td><td>.50<sup>**</sup></td><td>.10<sup>a</sup></td></tr></tbody></table>
<p><i>Note.</i> ** <i>p</i> &lt; .01.</p>"""
JATS = """<?xml version="1.0"?><article><body><sec><title>R</title><table-wrap id="t1">
<label>Table 1</label><caption><title>Effects</title></caption><table><thead><tr><th>Predictor</th>
<th>b</th><th>SE</th></tr></thead><tbody><tr><td>Hope</td><td>.50**</td><td>.10</td></tr></tbody>
</table></table-wrap></sec></body></article>"""
MARKDOWN = "| Predictor | b | SE |\n|---|---|---|\n| Hope | .50** | .10 |\n"


@pytest.mark.parametrize(
    ("name", "text"), [("t.html", HTML), ("t.xml", JATS), ("t.md", MARKDOWN), ("t.tsv", None)]
)
def test_the_same_table_is_read_from_every_format(tmp_path, name, text):
    path = tmp_path / name
    path.write_text(text or "Predictor\tb\tSE\nHope\t.50**\t.10\n", encoding="utf-8")
    (grid,) = read_document(path).grids
    (row,) = lay_out(grid).rows
    assert {role: (v.raw, v.stars) for role, v in row.values.items()} == {
        "b": (".50", 2),
        "se": (".10", 0),
    }


def test_a_word_document_is_read_whatever_it_is_called_in_any_locale(tmp_path, monkeypatch):
    pypandoc = pytest.importorskip("pypandoc")
    path = tmp_path / "t.docx"
    pypandoc.convert_text(HTML, "docx", format="html", outputfile=str(path))
    monkeypatch.setenv("LC_ALL", "C")
    document = read_document(path.rename(tmp_path / "tables [1] ü.docx"))
    (grid,) = document.grids
    assert [row.place for row in lay_out(grid).rows] == ["Model 1, Hope"]
    assert any("t(77) = 1.98" in paragraph for paragraph in document.paragraphs)


def test_the_note_under_a_table_belongs_to_it(tmp_path):
    (tmp_path / "t.html").write_text(HTML, encoding="utf-8")
    (grid,) = read_document(tmp_path / "t.html").grids
    assert "** p < .01" in grid.note


def test_a_workbook_is_read_as_it_shows_its_numbers(tmp_path):
    book = openpyxl.Workbook()
    sheet = book.active
    for row in (["Predictor", "b", "SE", "share"], ["Hope", 0.5, 0.1, 0.542]):
        sheet.append(row)
    sheet["B2"].number_format = "0.00"
    sheet["D2"].number_format = "0.0%"
    book.save(tmp_path / "t.xlsx")
    (grid,) = read_document(tmp_path / "t.xlsx").grids
    assert grid.rows[1] == ["Hope", "0.50", "0.1", "54.2%"]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("t.pdf", b"%PDF", "is none of .csv"),
        ("t.xlsx", b"nothing", "cannot be read as a workbook"),
        ("t.docx", b"nothing", "cannot be read as .docx"),
        ("t.csv", b"", "holds no table"),
        ("t.csv", b"a\nb\n", "has one column"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(tmp_path, name, content, said):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=said):
        read_document(tmp_path / name)


def test_standard_errors_in_brackets_are_read_where_the_note_says_so():
    rows = [["", "Model 1", "Model 2"], ["Hope", "0.52**", "0.48*"], ["", "(0.17)", "(0.19)"],
            ["Age", "0.10", ""], ["", "(0.20)", ""], ["R²", ".14", ".17"]]  # fmt: skip
    silent = lay_out(Grid("t", rows))
    assert [c.header for c in silent.columns if not c.roles] == ["Model 1", "Model 2"]
    read = lay_out(Grid("t", rows, note="Standard errors in parentheses. * p < .05. ** p < .01."))
    assert not read.problems
    shown = {row.place: {r: v.raw for r, v in row.values.items()} for row in read.rows}
    assert shown == {
        "Model 1, Hope": {"b": "0.52", "se": "0.17"},
        "Model 2, Hope": {"b": "0.48", "se": "0.19"},
        "Model 1, Age": {"b": "0.10", "se": "0.20"},
        "Model 1, the whole model": {"r2": ".14"},
        "Model 2, the whole model": {"r2": ".17"},
    }


def test_a_variable_that_is_called_like_a_statistic_is_a_variable():
    rows = [["", "b", "SE", "p"], ["X1", "0.52", "0.17", ".002"], ["X2", "0.48", "0.19", ".012"],
            ["R2", "0.17", "", ""]]  # fmt: skip
    read = {row.place: set(row.values) for row in lay_out(Grid("t", rows)).rows}
    assert read == {"X1": {"b", "se", "p"}, "X2": {"b", "se", "p"}, "the whole model": {"r2"}}


TEXT = """
Table 2
Predictors of outcome (N = 214)

Variable              B       SE      β       t        p
{rule}
Distress            –.13     .12     –.07   –1.03     .302
Hope                 .40     .15      .18    2.63     .009
Working alliance    3.52    1.17      3.02   .003
{rule}
The end.
"""


@pytest.mark.parametrize("gap", ["  ", " "], ids=["aligned", "one space"])
def test_a_table_whose_columns_spaces_part_is_read(tmp_path, gap):
    path = tmp_path / "t.txt"
    path.write_text(re.sub("  +", gap, TEXT.format(rule="-" * 40)), encoding="utf-8")
    document = read_document(path)
    (grid,) = document.grids
    assert grid.name == "Predictors of outcome (N = 214)"
    assert document.paragraphs[-1] == "The end."
    table = lay_out(grid)
    assert [row.name for row in table.rows] == ["Distress", "Hope"]
    assert table.rows[0].values["b"].value == -0.13
    (said,) = table.problems
    assert "row 'Working alliance'" in said
    assert "was not read" in said


def test_latex_is_read_with_columns_of_siunitx_and_partial_rules(tmp_path):
    path = tmp_path / "t.tex"
    path.write_text(
        r"""\begin{table}\caption{Outcome ($N = 214$)}
        \begin{tabularx}{\textwidth}{lS[table-format=2.2]D{.}{.}{3}} \toprule
        & \multicolumn{2}{c}{Outcome} \\ \cmidrule(lr){2-3}
        Predictor & {$b$} & {$SE$} \\ \midrule
        Hope & $-$0.40 & 0.15 \\ \bottomrule \end{tabularx}\end{table}"""
    )
    (row,) = lay_out(read_document(path).grids[0]).rows
    assert (row.name, row.panel, row.values["b"].value) == ("Hope", "Outcome", -0.4)


def test_a_test_after_the_coefficients_of_several_panels_is_of_none_of_them():
    table, _ = _rows(
        [["Path", "Women b (SE)", "Men b (SE)", "p"], ["a", "0.24 (0.11)", "0.38 (0.12)", ".39"]]
    )
    assert [sorted(row.values) for row in table.rows] == [["b", "se"], ["b", "se"]]
    assert table.problems == ["column 'p' compares the panels before it, and was not checked"]


def test_what_a_bootstrap_of_spss_and_smartpls_prints_is_read_as_such():
    spss = [["", "B", "Bias", "Std. Error", "p"], ["Hope", "0.40", "0.01", "0.15", ".009"]]
    assert "boot_se" in _rows(spss)[0].rows[0].values
    pls = [
        [
            "",
            "Original Sample (O)",
            "Sample Mean (M)",
            "Standard Deviation (STDEV)",
            "2.5%",
            "97.5%",
        ],
        ["Hope", "0.40", "0.41", "0.15", "0.08", "0.66"],
    ]
    (row,) = _rows(pls)[0].rows
    assert sorted(row.values) == ["b", "boot_se", "ci_lower", "ci_upper"]
    assert row.bootstrap


def test_results_in_a_row_of_one_merged_cell_are_read():
    merged = "R² = .19, F(4, 209) = 12.06, p < .001"
    table, _ = _rows([["", "b", "SE"], ["Hope", "0.40", "0.15"], [merged, "", ""]])
    _, model = table.rows
    assert model.values["f"].value == 12.06


def test_beta_beside_b_under_heads_of_kinds_is_of_the_same_row():
    head = ["", "Unstandardized Coefficients", "Unstandardized Coefficients",
            "Standardized Coefficients", "t", "Collinearity Statistics"]  # fmt: skip
    names = ["", "B", "Std. Error", "Beta", "t", "VIF"]
    table, _ = _rows([head, names, ["Hope", "0.40", "0.15", ".18", "2.63", "1.11"]])
    assert [sorted(row.values) for row in table.rows] == [["b", "beta", "se", "t", "vif"]]
    assert table.problems == []


def test_a_panel_is_known_by_the_columns_beside_it():
    table, _ = _rows([["", "Hope b (SE)", "Hope p", "Age b (SE)", "Age p"],
                      ["x", "0.40 (0.15)", ".009", "0.10 (0.05)", ".048"]])  # fmt: skip
    assert [(row.panel, row.values["p"].value) for row in table.rows] == [
        ("Hope", 0.009), ("Age", 0.048)
    ]  # fmt: skip


def test_a_second_row_of_the_head_is_head_where_a_format_knows_one(tmp_path):
    path = tmp_path / "t.md"
    path.write_text(
        "| | Model 1 | | Model 2 | |\n|--|--|--|--|--|\n| | β | p | β | p |\n"
        "| Hope | .20 | .003 | .18 | .009 |\n"
    )
    table = lay_out(read_document(path).grids[0])
    assert [row.panel for row in table.rows] == ["Model 1", "Model 2"]


def test_rows_of_head_cells_are_the_head_of_an_html_table(tmp_path):
    path = tmp_path / "t.html"
    path.write_text(
        "<table><tr><th rowspan='2'>x</th><th colspan='2'>Model 1</th></tr><tr><th>b</th>"
        "<th>SE</th></tr><tr><td>Hope</td><td>0.40</td><td>0.15</td></tr></table>"
    )
    (row,) = lay_out(read_document(path).grids[0]).rows
    assert (row.name, row.values["b"].value, row.values["se"].value) == ("Hope", 0.4, 0.15)


def test_a_heading_within_a_table_says_the_size_of_what_is_under_it():
    cells = [["", "n (%)"], ["Education (n = 209)", ""], ["Primary", "41 (19.6%)"]]
    (row,) = _rows(cells)[0].rows
    assert row.values["n"].value == 209


def test_latex_of_pandoc_loses_no_digit_and_no_row_twice(tmp_path):
    path = tmp_path / "t.tex"
    column = r">{\raggedright\arraybackslash}p{(\linewidth - 4\tabcolsep) * \real{0.33}}"
    head = r"\multicolumn{1}{l}{} & {b} & {SE} \\ \midrule\noalign{} "
    path.write_text(
        r"\begin{longtable}[]{@{}" + 3 * column + r"@{}} \toprule\noalign{} " + head
        + r"\endfirsthead \toprule\noalign{} " + head
        + r"\endhead \bottomrule\noalign{} \endlastfoot "
        + "\n1. Hope & 0.40 & 0.15 \\\\\n2. Age & 0.10 & 0.05 \\\\\n\\end{longtable}"
    )  # fmt: skip
    (grid,) = read_document(path).grids
    assert grid.rows[1:] == [["1. Hope", "0.40", "0.15"], ["2. Age", "0.10", "0.05"]]
