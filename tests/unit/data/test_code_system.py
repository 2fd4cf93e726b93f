"""A codebook of one's own, and the codes of a cell."""

import pandas as pd
import pytest

from helpers.data.code_system import (
    LEVELS,
    code_levels,
    find_levels,
    gather_codes,
    read_code_system,
)
from helpers.errors import InputError


def write(folder, text):
    path = folder / "book.csv"
    path.write_text(text, encoding="utf-8")
    return path


def coded(*codes):
    rows = [("V1", k, "B", code) for k, code in enumerate(codes, 1)]
    return pd.DataFrame(rows, columns=["video", "segment", "coder", "code"])


def test_a_codebook_has_the_levels_that_it_has(tmp_path):
    text = "code_id,open_code,axial_code\nR,rupture,strain\nW,quiet,strain\n"
    book = read_code_system(write(tmp_path, text))
    assert find_levels(book) == ("open", "axial")
    levels = code_levels(coded("w"), book).iloc[0]
    assert levels[["code", *LEVELS]].tolist() == ["W", "quiet", "quiet", "strain", "strain"]


def test_a_spreadsheets_codebook_may_have_semicolons_and_codes_commas(tmp_path):
    text = "code_id;open_code\nK1;Rückzug, still\nK2;Übereinstimmung\n"
    book = read_code_system(write(tmp_path, text))
    given = code_levels(coded("Rückzug, still", "K1; k2", "übereinstimmung"), book)
    assert given["code"].tolist() == ["K1", "K1", "K2", "K2"]
    assert given["segment"].tolist() == [1, 2, 2, 3]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("code_id,open_code\nR,rupture\nW,Rupture\n", "line 3: open_code 'Rupture' stands twice"),
        ("code_id,axial_code\nR,\n", "line 2: no axial_code"),
        ("code,axial_code\nR,strain\n", "lacks the column 'code_id'"),
        ("code_id\n", "has no code"),
    ],
)
def test_a_codebook_that_cannot_be_used_is_refused(tmp_path, text, message):
    with pytest.raises(InputError, match=message):
        read_code_system(write(tmp_path, text))


def test_codes_as_they_stand_are_a_codebook_of_one_level():
    book = gather_codes(["Ruptur, offen", "ruptur,  offen.", "none", "Reparatur"])
    assert book["code_id"].tolist() == ["Reparatur", "Ruptur, offen"]
    assert find_levels(book) == ("open",)


def test_no_code_beside_a_code_is_a_slip():
    rows = pd.concat([coded("a"), coded("none")])
    with pytest.raises(InputError, match="video 'V1', segment 1, coder 'B': 'none' and a; "):
        code_levels(rows, gather_codes(["a"]))
