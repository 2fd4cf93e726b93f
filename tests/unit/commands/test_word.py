"""A report as a Word document: its text, formulas, tables and figures, and none of its code."""

import base64
import io
import re
import zipfile

import nbformat
import pandas as pd
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from helpers.commands.word import write_word
from helpers.report.tables import print_table

PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8"
    "z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="
)


def test_a_report_becomes_a_document_of_word(tmp_path):
    table = print_table(
        pd.DataFrame({"a": ["x_1 | *y*"], "b": [0.25]}), {"A": "a: text", "<i>R</i>²": "b"},
        caption="<b>One</b>", note="By <sup>2</sup>.",
    )  # fmt: skip
    shown = new_output("execute_result", data=table._repr_mimebundle_())
    image = new_output("display_data", data={"image/png": PIXEL, "text/plain": "A [dot] rises."})
    listed = new_output(
        "display_data", data={"text/markdown": '- <a id="ref-zou2007"></a>Zou, G. Y. (2007).'}
    )
    cells = [
        new_markdown_cell("# A title\n\n$x^2$; [Zou (2007)](#ref-zou2007)"),
        new_code_cell("secret_code = 1", outputs=[shown, image, listed]),
    ]
    path, scratch = tmp_path / "02_a.ipynb", tmp_path / "scratch"
    scratch.mkdir()
    nbformat.write(new_notebook(cells=cells), path)
    document = zipfile.ZipFile(io.BytesIO(write_word(path, scratch=scratch)))
    text = document.read("word/document.xml").decode()
    words = re.sub(r"<[^>]*>", "", text)
    for said in ("A title", "x_1 | *y*", "0.250", "One", "Zou, G. Y. (2007)."):
        assert said in words
    assert "secret_code" not in words
    assert text.count("<w:tbl>") == 1
    assert "<m:oMath>" in text
    assert 'w:val="superscript"' in text
    assert 'descr="A [dot] rises."' in text
    assert 'w:name="ref-zou2007"' in text
    assert any(name.startswith("word/media/") for name in document.namelist())
    assert base64.b64decode(PIXEL) in [document.read(n) for n in document.namelist()]
