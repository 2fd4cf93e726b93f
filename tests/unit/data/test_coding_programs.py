"""Tables of coded segments, made here as coding programs write them."""

import pytest

from helpers.data.code_system import gather_codes
from helpers.data.coding_programs import read_segment_table
from helpers.data.codings import load_codings
from helpers.studies.working_alliance_theory.model import STUDY

PRINTED = gather_codes(["goal"])
TABLES = {
    "MAXQDA": (
        "Color,Document group,Document name,Code,Beginning,End,Segment,Created by",
        [",G,S1,rupture,3,3,we,Ann", ",G,S1,rupture,3,4,we all,Bo"],
        [("S1", 1, "Ann", "rupture"), ("S1", 1, "Bo", "rupture"),
         ("S1", 2, "Ann", "none"), ("S1", 2, "Bo", "rupture")],
    ),
    "MAXQDA, film": (
        "Dokumentname,Code,Anfang,Ende,Autor",
        ['S1,rupture,0:00:05,"0:01:00,5",Ann', "S1,repair,0:00:05,0:01:00.5,Bo"],
        [("S1", 1, "Ann", "rupture"), ("S1", 1, "Bo", "repair")],
    ),
    "ATLAS.ti": (
        "ID,Document,Quotation Content,Codes,Reference,Created by",
        ['1:1,S1,we,"rupture\nrepair",¶ 12 - 13,Ann', "1:2,S1,we,rupture,12 - 13,Bo"],
        [("S1", 1, "Ann", "repair"), ("S1", 1, "Ann", "rupture"), ("S1", 1, "Bo", "rupture")],
    ),
    "QualCoder": (
        "File,Coder,Coded,Id,Codename,Coded_Memo,Category",
        ["S1,Ann,we  all,ctid:1,rupture,,", "S1,Bo,we all,ctid:2,repair,,", "S1,Bo,,x,repair,,"],
        [("S1", 1, "Ann", "rupture"), ("S1", 1, "Bo", "repair")],
    ),
}  # fmt: skip


@pytest.mark.parametrize("program", TABLES)
def test_tables_of_coded_segments(tmp_path, program):
    header, lines, expected = TABLES[program]
    path = tmp_path / "segments.csv"
    path.write_text("\n".join([header, *lines, ""]), encoding="utf-8-sig")
    options = {"codebook_path": "file", "coder_names": True, "video_names": True}
    frame = load_codings(path, STUDY, printed=PRINTED, **options).frame
    found = frame[["video", "segment", "coder", "code"]].itertuples(index=False, name=None)
    assert list(found) == expected


def test_a_semicolon_is_part_of_a_code_where_a_row_has_one():
    header, row = ("Document name", "Code", "Beginning", "End", "Created by"), (1, 2, "Ann")
    rows, _ = read_segment_table([header, ("S1", "repair; explicit", *row)])
    assert rows[1:] == [("S1", 1, "Ann", "repair; explicit")]


def test_a_table_with_our_names_is_no_table_of_coded_segments():
    assert read_segment_table([("video", "segment", "coder", "code"), ("V", 1, "A", "x")]) is None


def test_codes_on_lines_of_a_workbooks_cell_are_several(tmp_path):
    from openpyxl import Workbook

    book = Workbook()
    header, _, _ = TABLES["ATLAS.ti"]
    for row in (
        header.split(","),
        ["1:1", "S1", "we", "rupture\nrepair", "12 - 13", "Ann"],
        ["1:2", "S1", "we", "rupture", "12 - 13", "Bo"],
    ):
        book.active.append(row)
    path = tmp_path / "quotations.xlsx"
    book.save(path)
    codings = load_codings(path, STUDY, printed=PRINTED, codebook_path="file")
    assert codings.n_several == 1
    assert codings.frame["code"].tolist() == ["repair", "rupture", "rupture"]


def test_numbered_segments_and_columns_that_are_mapped_are_read_as_they_stand(tmp_path):
    rows = [("File", "Segment", "Coder", "Code"), ("S1", 4, "Ann", "x"), ("S1", 4, "Bo", "y"),
            ("S1", 5, "Ann", "x")]  # fmt: skip
    assert read_segment_table(rows) is None
    path, mapping = tmp_path / "my.csv", tmp_path / "my.map.yml"
    path.write_text("File,Segment,Start,End,Coder,Code\n" + "".join(
        f"S1,{segment},{segment},{segment},{coder},{code}\n" for _, segment, coder, code in rows[1:]
    ))  # fmt: skip
    mapping.write_text("columns: {File: video, Segment: segment, Coder: coder, Code: code}\n")
    options = {"codebook_path": "file", "coder_names": True, "mapping": mapping}
    frame = load_codings(path, STUDY, printed=PRINTED, **options).frame
    assert frame["segment"].tolist() == [4, 4, 5]
