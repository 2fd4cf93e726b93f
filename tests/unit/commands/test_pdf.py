"""Reports in print: maths set, tables whole, figures as vectors, code left out."""

import base64
import re

import matplotlib.pyplot as plt
import nbformat
import pandas as pd
import pytest
import typst
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from helpers.commands.command_line import main
from helpers.commands.environment import reproducible_environment
from helpers.commands.pages import drop_own_data, lead_with_findings
from helpers.commands.pdf import link_references, print_notebook, print_run, typst_table
from helpers.errors import InputError
from helpers.report.output import save_figure
from helpers.report.tables import fold_tables, print_table


@pytest.fixture
def table():
    data = pd.DataFrame({"path": ['a "b" #c', "d"], "est": [-0.1, 2.0], "g": ["One", "Two"]})
    return print_table(
        data,
        {"Path": "path: words", "<i>β</i>": "est"},
        caption="<b>Paths</b>, $5",
        note="In <code>paths.csv</code>.",
        group="g",
    )


def test_a_table_keeps_its_texts_heads_groups_and_note(table):
    call = typst_table(table.to_html())
    assert 'caption: [#strong[#"Paths"]#", $5"]' in call
    assert r'"a \"b\" #c", "−0.100", group-row(2, "Two"), "d", "2.000"' in call
    assert 'head: [#"Path"], [#emph[#"β"]]' in call.replace("(", "")
    assert 'note: [#emph[#"Note."]#" In "#code[#"paths.csv"]#"."]' in call
    assert "(align: left, words: true, text: true, length: 8)" in call


def test_what_a_part_found_leads_it():
    tagged = {"tags": ["finding"]}
    cells = [
        new_markdown_cell("# T"), new_code_cell("story"), new_markdown_cell("## A"),
        new_code_cell("a"), new_markdown_cell("### Inner"), new_code_cell("found", metadata=tagged),
        new_markdown_cell("## B"), new_code_cell("b"),
    ]  # fmt: skip
    order = [cell.source for cell in lead_with_findings(cells)]
    assert order == ["# T", "story", "## A", "found", "a", "### Inner", "## B", "b"]


def test_what_is_for_a_readers_data_alone_is_not_in_print():
    cells = [
        new_markdown_cell("## Sensitivity"),
        new_markdown_cell("### Missing values", metadata={"tags": ["own-data"]}),
    ]
    assert [cell.source for cell in drop_own_data(cells)] == ["## Sensitivity"]


def test_folded_tables_stand_open_each_under_its_line(table):
    folded = fold_tables({"A": table, "B": table}, caption="<b>All</b>", note="Why.")
    printed = typst_table(folded.to_html())
    assert printed.count("#report-table(") == 2
    assert '#folded-caption[#strong[#"All"]]' in printed
    assert "opens" not in printed
    assert printed.endswith('#folded-note[#emph[#"Note."]#" Why."]')


@pytest.fixture
def run(tmp_path, table):
    """A folder such as `make run` leaves, with a table of each kind and a figure."""
    folder = tmp_path / "a ü 'b' [1]"
    figures = folder / "figures"
    fig, _ = plt.subplots(figsize=(2, 1))
    drawn = save_figure(fig, name="figure_1", folder=figures)
    plt.close(fig)
    picture = {"image/png": base64.b64encode(drawn["png"]).decode(), "text/plain": "A frame."}
    long = print_table(
        pd.DataFrame({"k": range(40), "w": ["many words " * 40] * 40, "x": 0.5}),
        {"K": "k: integer", "W": "w: words", "X": "x"} | {f"X{k}": "x" for k in range(9)},
        caption="<b>Long and wide</b>",
    )
    outputs = [
        new_output("display_data", data=picture),
        new_output("display_data", data={"text/markdown": "**Figure 1.** <i>n</i> = 3"}),
        *(new_output("display_data", data=t._repr_mimebundle_()) for t in (table, long)),
        new_output("stream", text="said `once`"),
    ]
    outputs[1].data["text/plain"] = "Figure 1"
    cells = [
        new_markdown_cell(
            '# A *new* "title" – ü\n\nSee [two](02_other.ipynb).\n\n## Part\n\n$$a_b^2$$'
        ),
        new_code_cell("secret = 1", outputs=outputs),
    ]
    nbformat.write(new_notebook(cells=cells), folder / "01_mine.ipynb")
    return folder


@pytest.mark.slow
def test_a_report_is_set_whole_and_twice_alike_in_any_locale(run, monkeypatch):
    monkeypatch.setenv("LC_ALL", "C")

    def printed(name):
        scratch = run / name
        scratch.mkdir()
        with reproducible_environment():
            content = print_notebook(
                run / "01_mine.ipynb", figures=run / "figures", scratch=scratch
            )
        return content, (scratch / "report.typ").read_text(encoding="utf-8")

    content, document = printed("first")
    assert content.startswith(b"%PDF")
    assert content == printed("second")[0]
    assert "secret" not in document
    assert "$ a_b^2 $" in document
    assert '#report-figure("figure_1.pdf", "A frame.")[' in document
    assert re.search(r"#strong\[Figure 1\.\] #emph\[n\] = 3", document)
    assert '#link("02_other.pdf")[two]' in document
    assert "said `once`" in document
    assert '#set document(title: "A new \\"title\\" – ü", date: none)' in document
    pages = typst.compile(str(run / "first" / "report.typ"), format="png", ppi=10)
    assert len(pages) > 3, "a long table is cut at the end of its page"


@pytest.mark.slow
def test_a_run_of_ones_own_is_printed_beside_its_notebook(run):
    assert print_run(run) == [run / "01_mine.pdf"]
    assert (run / "01_mine.pdf").read_bytes().startswith(b"%PDF")


def test_what_cannot_be_printed_is_said_in_a_line(tmp_path, capsys):
    with pytest.raises(InputError, match="holds no executed notebook"):
        print_run(tmp_path)
    assert main(["pdf", "09"]) == 1
    assert "is not a notebook of this project" in capsys.readouterr().err


def test_a_citation_leads_to_its_reference_and_without_one_is_words():
    linked = link_references(
        '[A (2001)](#ref-a2001), [B (2002)](#ref-b2002)\n\n<a id="ref-a2001"></a>A'
    )
    assert linked.startswith("[A (2001)](#ref-a2001), B (2002)\n")
    assert linked.endswith("`#metadata(none)<ref-a2001>`{=typst}A")
