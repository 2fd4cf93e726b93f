"""Projects of REFI-QDA and tables of coded segments, made here after their published formats."""

import io
import zipfile

import pytest

from helpers.data.code_system import gather_codes
from helpers.data.coding_programs import read_project, read_project_codes, read_segment_table
from helpers.data.codings import load_codings
from helpers.errors import InputError
from helpers.studies.working_alliance_theory.model import STUDY

PRINTED = gather_codes(["goal"])
HEAD = '<?xml version="1.0" encoding="utf-8"?>\n'
USERS = """<Users><User guid="U1" name="Ann"/><User guid="u2" name="Bo"/></Users>"""
CODES = """<CodeBook><Codes>
  <Code guid="c1" name="rupture" isCodable="true"><Code guid="c2" name="withdrawal"/>
  <Code guid="c3" name="other" isCodable="true"/></Code>
  <Code guid="c4" name="repair" isCodable="true"><Code guid="c5" name="other"/></Code>
</Codes></CodeBook>"""


def coding(code, user=""):
    by = f' creatingUser="{user}"' if user else ""
    return f'<Coding guid="x"{by}><CodeRef targetGUID="{code}"/></Coding>'


def stretch(start, end, *codings, user="", tag="PlainTextSelection"):
    names = {"PlainTextSelection": ("startPosition", "endPosition")}.get(tag, ("begin", "end"))
    by = f' creatingUser="{user}"' if user else ""
    return f'<{tag} {names[0]}="{start}" {names[1]}="{end}"{by}>{"".join(codings)}</{tag}>'


def project(sources, head=HEAD, codes=CODES):
    text = (
        f'{head}<Project name="p" xmlns="urn:QDA-XML:project:1.0">{USERS}{codes}'
        f"<Sources>{sources}</Sources></Project>"
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("project.qde", text)
        archive.writestr("sources/a.txt", "words")
    return out.getvalue()


TEXT = '<TextSource guid="s1" name="Session 1">{}</TextSource>'


def test_marks_are_cut_where_they_begin_and_end_and_the_unmarked_is_none():
    raw = project(
        TEXT.format(
            stretch(0, 10, coding("c2", "u1"), user="u2")
            + stretch(0, 10, coding("C2"), user="u2")
            + stretch(20, 30, coding("c4", "u1"))
            + stretch(25, 30, coding("c2"), user="u2")
        )
    )
    rows, notes = read_project("p.qdpx", raw)
    assert rows[1:] == [
        ("Session 1", 1, "Ann", "withdrawal"),
        ("Session 1", 1, "Bo", "withdrawal"),
        ("Session 1", 2, "Ann", "repair"),
        ("Session 1", 2, "Bo", "none"),
        ("Session 1", 3, "Ann", "repair"),
        ("Session 1", 3, "Bo", "withdrawal"),
    ]
    assert notes[0].startswith("4 marked stretches, 2 of them marked alike by two coders")


def test_sound_film_pages_and_transcripts_are_read_and_the_rest_is_counted():
    film = (
        '<VideoSource guid="s2" name="Film"><Transcript guid="t">'
        '<SyncPoint guid="p1" position="0" timeStamp="0"/>'
        '<SyncPoint guid="p2" position="40" timeStamp="9000"/>'
        f'<TranscriptSelection fromSyncPoint="p1" toSyncPoint="P2" creatingUser="u1">{coding("c4")}'
        f"</TranscriptSelection></Transcript>"
        + stretch(0, 5000, coding("c4", "u1"), coding("c2", "u1"), tag="VideoSelection")
        + coding("c2", "u1")
        + "</VideoSource>"
    )
    pages = (
        '<PDFSource name="Notes"><Representation guid="r">'
        + stretch(1, 5, coding("c5", "u2"))
        + stretch(5, 5, coding("c5", "u2"))
        + stretch(5, 6, coding("gone", "u2"))
        + f'</Representation><PDFSelection page="1">{coding("c4", "u2")}</PDFSelection></PDFSource>'
    )
    rows, notes = read_project("p.qdpx", project(film + pages))
    assert rows[1:] == [
        ("Film (transcript)", 1, "Ann", "repair"),
        ("Film", 1, "Ann", "repair"),
        ("Film", 1, "Ann", "withdrawal"),
        ("Notes", 1, "Bo", "repair > other"),
    ]
    assert notes[1:] == [
        "left out: codings of a whole source (1)",
        "left out: codings of an area of a picture or page (1)",
        "left out: codings of no length (1)",
        "left out: codings without a known coder or code (1)",
    ]


def test_codes_come_with_those_above_them():
    codes = read_project_codes(project(""), file="p.qdpx").set_index("code_id")
    assert codes["primary_code"].to_dict() == {
        "rupture": "rupture",
        "withdrawal": "rupture",
        "rupture > other": "rupture",
        "repair": "repair",
        "repair > other": "repair",
    }


def test_a_project_is_read_as_any_file_of_codings(tmp_path):
    both = "".join(stretch(10 * k, 10 * k + 9, coding("c2", "u1"), coding(c, "u2"))
                   for k, c in enumerate(["c2", "c4", "c2"]))  # fmt: skip
    path = tmp_path / "team.qdpx"
    path.write_bytes(project(TEXT.format(both)))
    codings = load_codings(path, STUDY, printed=PRINTED, coder_names=True)
    assert codings.levels == ("open", "primary")
    assert codings.frame["open"].tolist()[:4] == ["withdrawal"] * 3 + ["repair"]
    assert any("6 of them marked alike" in note for note in codings.dataset.notes)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: project("", head=HEAD + '<!DOCTYPE Project [<!ENTITY a "b">]>'), "document type"),
        (
            lambda: project("", head=HEAD + '<!DOCTYPE P SYSTEM "file:///etc/passwd">'),
            "document type",
        ),
        (lambda: project("<TextSource"), "is no XML"),
        (lambda: project(TEXT.format("")), "has no coding of a stretch"),
        (lambda: project(TEXT.format(""))[:-30], "zipped file"),
    ],
)
def test_a_harmful_or_damaged_project_is_refused_in_one_line(tmp_path, make, message):
    path = tmp_path / "team.qdpx"
    path.write_bytes(make())
    with pytest.raises(InputError, match=message) as error:
        load_codings(path, STUDY, printed=PRINTED)
    assert "\n" not in str(error.value)
    assert "passwd" not in str(error.value)


def test_an_archive_that_unpacks_without_end_is_refused(monkeypatch):
    monkeypatch.setattr("helpers.data.coding_programs.LARGEST", 1000)
    with pytest.raises(InputError, match="larger than"):
        read_project("p.qdpx", project(TEXT.format(" " * 5000)))


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
    options = {"codebook_path": "file", "coder_names": True}
    frame = load_codings(path, STUDY, printed=PRINTED, **options).frame
    found = frame[["video", "segment", "coder", "code"]].itertuples(index=False, name=None)
    assert list(found) == expected


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
