"""Projects of REFI-QDA, made here after the published format: one, or one for each coder."""

import io
import zipfile

import pytest

from helpers.data.code_system import gather_codes
from helpers.data.coding_projects import read_project, read_project_codes, read_project_marks
from helpers.data.codings import load_codings
from helpers.data.csv_text import read_bytes
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


def pack(**files):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def project(sources, head=HEAD, codes=CODES, users=USERS, words="w" * 40):
    text = (
        f'{head}<Project name="p" xmlns="urn:QDA-XML:project:1.0">{users}{codes}'
        f"<Sources>{sources}</Sources></Project>"
    )
    return pack(**{"project.qde": text, "sources/a.txt": words})


TEXT = '<TextSource guid="s1" name="Session 1" plainTextPath="internal://a.txt">{}</TextSource>'


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
    monkeypatch.setattr("helpers.data.coding_projects.LARGEST", 1000)
    with pytest.raises(InputError, match="larger than"):
        read_project("p.qdpx", project(TEXT.format(" " * 5000)))


def test_marks_have_the_length_of_their_text_in_characters_where_the_project_holds_it():
    marks = stretch(0, 3, coding("c2", "u1")) + stretch(2, 5, coding("c4", "u2"))
    raw = project(TEXT.format(marks) + FILM, words="\ufeffÄußer")
    found = read_project_marks(raw, file="p.qdpx")
    assert found["length"].fillna(-1).tolist() == [5, 5, -1]
    assert found["code"].tolist() == ["withdrawal", "repair", "repair"]
    beyond = read_project_marks(project(TEXT.format(marks), words="Äuß"), file="p.qdpx")
    assert beyond["length"].isna().all()


FILM = '<VideoSource name="Film">' + stretch(0, 9, coding("c4", "u1"), tag="VideoSelection")
FILM += "</VideoSource>"
ME = '<Users><User guid="me" name="{}"/></Users>'


def of_coder(name, *stretches, source=TEXT, codes=CODES, **options):
    marks = "".join(stretch(*ends, coding(code, "me")) for *ends, code in stretches)
    return project(source.format(marks), users=ME.format(name), codes=codes, **options)


TWO = {
    "ann.qdpx": of_coder("Ann", (0, 10, "c2"), (20, 30, "c4")),
    "bo.qdpx": of_coder("Bo", (0, 10, "c2"), (20, 30, "c2")),
}


def test_projects_of_one_coder_each_are_one(tmp_path):
    both = pack(**TWO)
    rows, notes = read_project("team.zip", both)
    assert rows[1:] == [
        ("Session 1", 1, "Ann", "withdrawal"),
        ("Session 1", 1, "Bo", "withdrawal"),
        ("Session 1", 2, "Ann", "repair"),
        ("Session 1", 2, "Bo", "withdrawal"),
    ]
    assert notes[1:] == ["2 projects read as one: sources matched by name and text, codes by name"]
    folder = tmp_path / "team"
    folder.mkdir()
    for name, content in TWO.items():
        (folder / name).write_bytes(content)
    assert read_project("team", read_bytes(folder)) == (rows, notes)
    assert read_bytes(folder) == read_bytes(folder)
    codings = load_codings(folder, STUDY, printed=PRINTED)
    assert set(codings.frame["coder"]) == {"1", "2"}
    assert codings.marks["length"].tolist() == [40] * 4


def test_a_project_of_one_coder_is_refused_with_what_to_do(tmp_path):
    path = tmp_path / "ann.qdpx"
    path.write_bytes(TWO["ann.qdpx"])
    with pytest.raises(InputError, match=r"one coder only .* a project for each coder is read as"):
        load_codings(path, STUDY, printed=PRINTED)


def test_coders_of_one_name_are_told_apart_by_their_files():
    rows, notes = read_project("team.zip", pack(**{
        "x/ann.qdpx": of_coder("User", (0, 10, "c2")), "x/.hidden.qdpx": b"",
        "x/bo.qdpx": of_coder("User", (0, 10, "c4")),
    }))  # fmt: skip
    assert {row[2] for row in rows[1:]} == {"ann", "bo"}
    assert "the projects call their coders alike, so each project is one coder" in notes
    rows, _ = read_project("team.zip", pack(**{
        "ann.qdpx": project(TEXT.format(stretch(0, 9, coding("c2"))), users=""),
        "bo.qdpx": of_coder("Bo", (0, 9, "c4")),
    }))  # fmt: skip
    assert {row[2] for row in rows[1:]} == {"ann", "Bo"}


def test_what_only_one_project_has_is_said_and_names_stay_out_of_reports():
    own = CODES.replace("</Codes>", '<Code guid="c9" name="Own"/></Codes>')
    own = own.replace('"repair"', '"Repair "')
    other = TEXT.replace("Session 1", "Renamed")
    raw = pack(**{
        "ann.qdpx": of_coder("Ann", (0, 10, "c4"), source=TEXT + FILM.replace("u1", "me")),
        "bo.qdpx": of_coder("Bo", (0, 10, "c4"), source=other, codes=own),
        "cy.qdpx": of_coder("Cy"),
    })  # fmt: skip
    rows, notes = read_project("team.zip", raw)
    assert ("Session 1", 1, "Bo", "repair") in rows
    assert notes[2:] == [
        "1 project without a coding of a stretch: cy.qdpx",
        "bo.qdpx: 'Renamed' as 'Session 1', whose text is the same",
        "1 source in only one of the projects: 'Film' of ann.qdpx",
        "1 code in only one of the projects: Own",
    ]
    assert [getattr(note, "unnamed", note) for note in notes[2:]] == [
        "1 project without a coding of a stretch",
        "1 source of a project matched by the text alone",
        "1 source in only one of the projects",
        "1 code in only one of the projects: Own",
    ]


def test_a_code_under_another_one_elsewhere_is_another_code():
    flat = CODES.replace('<Code guid="c2" name="withdrawal"/>', "")
    flat = flat.replace("</Codes>", '<Code guid="c2" name="withdrawal"/></Codes>')
    raw = pack(**TWO | {"bo.qdpx": of_coder("Bo", (0, 10, "c2"), codes=flat)})
    rows, notes = read_project("team.zip", raw)
    assert {row[3] for row in rows[1:3]} == {"rupture > withdrawal", "withdrawal"}
    assert notes[-1].startswith("2 codes in only one of the projects: rupture > withdrawal, with")


@pytest.mark.parametrize(
    ("bo", "message"),
    [
        (
            of_coder("Bo", (0, 10, "c2"), words="v" * 40),
            "team.zip: 'Session 1' has another text in bo.qdpx than in ann.qdpx",
        ),
        (
            project(TEXT.format(stretch(0, 10, coding("c2", "u1"), coding("c2", "u2")))),
            "team.zip: 'Ann' marked 'Session 1' in ann.qdpx, and differently in bo.qdpx",
        ),
        (b"PK", "team.zip: bo.qdpx is no project of REFI-QDA"),
    ],
)
def test_projects_that_contradict_each_other_are_refused(bo, message):
    with pytest.raises(InputError, match=message) as error:
        read_project("team.zip", pack(**TWO | {"bo.qdpx": bo}))
    assert "\n" not in str(error.value)


def test_the_same_marks_of_a_coder_in_two_projects_count_once():
    again = pack(**TWO | {"copy.qdpx": TWO["ann.qdpx"]})
    assert read_project("team.zip", again)[0] == read_project("team.zip", pack(**TWO))[0]


def test_sources_of_one_name_in_a_project_stay_apart():
    twice = TEXT.format(stretch(0, 5, coding("c2", "u1"))) * 2
    rows, _ = read_project("p.qdpx", project(twice))
    assert {row[0] for row in rows[1:]} == {"Session 1", "Session 1 (2)"}


def test_a_folder_without_projects_is_no_file(tmp_path):
    with pytest.raises(InputError, match="is a folder; give the path of a data file in it"):
        load_codings(tmp_path, STUDY, printed=PRINTED)
