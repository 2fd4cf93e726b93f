"""Tables and figures are numbered by the build, in every form and in their order."""

import pandas as pd
from nbformat.v4 import new_code_cell, new_output

from helpers.report.numbering import number_outputs
from helpers.report.tables import fold_tables, print_table


def _shown(table):
    return new_output("execute_result", data=table._repr_mimebundle_())


def _table(caption):
    return print_table(pd.DataFrame({"a": [1.0]}), {"A": "a"}, caption=caption)


def test_each_table_has_the_next_number_in_every_form():
    folded = fold_tables({"A line": _table("")}, caption="<b>Many</b>")
    outputs = [_shown(_table("<b>First</b>, here")), _shown(folded), _shown(_table("<b>Last</b>"))]
    number_outputs([new_code_cell(outputs=outputs[:2]), new_code_cell(outputs=outputs[2:])])
    for number, name, output in zip((1, 2, 3), ("First", "Many", "Last"), outputs, strict=True):
        assert output.data["text/html"].count("Table ") == 1
        assert f"<b>Table {number}. {name}</b>" in output.data["text/html"]
        assert output.data["text/markdown"].startswith(f"**Table {number}. {name}**")
        assert output.data["text/plain"].startswith(f"Table {number}. {name}")
        assert "Table" not in output.data["text/latex"].replace("table", "")


def test_a_figure_is_an_image_with_a_caption_and_counts_by_itself():
    image = new_output("display_data", data={"image/png": "", "text/plain": "What is seen."})
    caption = new_output("display_data", data={"text/markdown": "**A claim.** More."})
    sentence = new_output("execute_result", data={"text/markdown": "**No caption.**"})
    number_outputs([new_code_cell(outputs=[sentence, image, caption, _shown(_table("<b>T</b>"))])])
    assert caption.data["text/markdown"] == "**Figure 1. A claim.** More."
    assert sentence.data["text/markdown"] == "**No caption.**"
    assert image.data["text/plain"] == "What is seen."
