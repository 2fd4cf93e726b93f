"""A reader's coding file: codes or ratings, complete or with gaps, whole or in part."""

import re

import pytest

from helpers.commands.check import find_study_notebook
from helpers.data.code_system import gather_codes
from helpers.data.codings import choose_parameters, load_codings
from helpers.data.datasets import load_dataset
from helpers.errors import InputError
from helpers.paths import ROOT
from helpers.studies.one_coding.results import describe_coders
from helpers.studies.one_coding.words import count_codings, state_choices
from helpers.studies.working_alliance_theory.model import STUDY

PRINTED = gather_codes(["goal", "task", "bond"])


def write(folder, rows, header="video,segment,coder,code"):
    path = folder / "my.csv"
    path.write_text("\n".join([header, *rows, ""]), encoding="utf-8")
    return path


def load(path, **options):
    return load_codings(path, STUDY, printed=PRINTED, coder_names=True, video_names=True, **options)


ROWS = [
    "V1,1,A,goal", "V1,1,B,goal", "V1,2,A,task", "V1,2,B,bond", "V1,3,A,none", "V1,3,B,none",
    "V2,1,A,bond", "V2,1,B,bond", "V2,1,C,none",
]  # fmt: skip


def test_several_codes_are_rows_and_are_counted(tmp_path):
    codings = load(write(tmp_path, [*ROWS, "V1,1,B,task"]))
    assert codings.n_several == 1
    assert codings.levels == ("open",)
    first = codings.frame.query("video == 'V1' and segment == 1 and coder == 'B'")
    assert first["code"].tolist() == ["goal", "task"]


def test_one_column_a_coder_with_several_codes_in_a_cell(tmp_path):
    path = write(tmp_path, ["V1,1,goal; task,goal", "V1,2,task,bond"], "video,segment,A,B")
    codings = load(path)
    assert codings.n_several == 1
    assert codings.frame["code"].tolist() == ["goal", "task", "goal", "task", "bond"]


def test_coders_videos_and_codes_can_be_chosen(tmp_path):
    path = write(tmp_path, ROWS)
    assert set(load(path, coders=["A", "B"]).frame["coder"]) == {"A", "B"}
    assert set(load(path, videos=["V1"]).frame["video"]) == {"V1"}
    chosen = load(path, codes=["Goal"]).frame
    assert chosen["code"].value_counts().to_dict() == {"none": 7, "goal": 2}
    both = load(write(tmp_path, [*ROWS, "V1,1,B,task"]), codes=["goal"]).frame
    assert len(both) == len(ROWS)
    without = load(write(tmp_path, ROWS), coders=["A", "B"], uncoded="leave out")
    assert without.n_left_out == 1
    assert len(without.frame) == 6


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"coders": ["Z"]}, "coders: 'Z' is no coder of my.csv."),
        ({"videos": ["V3"]}, "videos: 'V3' is no video of my.csv."),
        (
            {"codes": ["gaol"]},
            "codes: no coding of my.csv is 'gaol', at any level.",
        ),
        ({"coders": ["A"]}, "my.csv: one coder only ('A'); agreement needs at least two"),
        ({"coders": ["B", "C"], "videos": ["V1"]}, "my.csv: one coder only ('B')"),
        ({"scale": "interval"}, "'goal' is no rating, which scale asks for"),
    ],
)
def test_what_leaves_nothing_to_compare_is_refused(tmp_path, options, message):
    with pytest.raises(InputError) as error:
        load(write(tmp_path, ROWS), **options)
    assert message in str(error.value)


def test_coders_who_share_no_segment_are_not_compared(tmp_path):
    path = write(tmp_path, ["V1,1,A,goal", "V1,2,A,task", "V2,1,B,goal"])
    with pytest.raises(InputError, match="no segment was coded by two coders") as error:
        load(path)
    assert "none" not in str(error.value)


def test_ratings_are_numbers_on_a_scale(tmp_path):
    rows = ["V1;1;A;5,5", "V1;1;B;6", "V2;1;A;2", "V2;1;B;"]
    path = write(tmp_path, rows, "video;segment;coder;code")
    mapping = tmp_path / "my.map.yml"
    mapping.write_text("separator: ';'\ndecimal: ','\n")
    codings = load(path, scale="interval", mapping=mapping)
    assert codings.frame["rating"].tolist() == [5.5, 6.0, 2.0]
    assert codings.levels == ()
    with pytest.raises(InputError, match="coder 'A' has two ratings"):
        load(write(tmp_path, ["V1,1,A,5", "V1,1,A,4", "V1,1,B,4"]), scale="ordinal")


@pytest.mark.parametrize(
    ("rows", "given", "chosen"),
    [
        (ROWS, {}, {}),
        (["V1,1,A,5", "V1,1,B,4"], {}, {"scale": "ordinal"}),
        (["V1,1,A,5.25", "V1,1,B,4"], {}, {"scale": "interval"}),
        (["V1,1,A,5", "V1,1,B,4", "V1,2,A,4"], {"codebook_path": "file"}, {"min_coders": 1}),
        (["V1,1,A,goal", "V1,1,B,task"], {}, {"min_coders": 1}),
        (["V1,1,A,rupture", "V1,1,B,rupture", "V1,2,A,x"], {}, {"codebook_path": "file"}),
        (["V1,1,A,rupture; x", "V1,1,B,rupture; x", "V1,2,A,x"], {}, {"codebook_path": "file"}),
        (["V1,1,A,rupture; goal", "V1,1,B,goal"], {"codebook_path": "file"}, {}),
    ],
)
def test_a_check_says_with_which_parameters_a_file_fits(tmp_path, rows, given, chosen):
    dataset = load_dataset(write(tmp_path, rows), STUDY, missing="listwise")
    assert choose_parameters(dataset, printed=PRINTED, given=given) == chosen


def test_coders_are_numbered_after_the_choice(tmp_path):
    codings = load_codings(write(tmp_path, ROWS), STUDY, printed=PRINTED, coders=["B", "C"])
    assert sorted(codings.frame["coder"].unique()) == ["1", "2"]


MARK = "canary"


@pytest.mark.parametrize("wide", [False, True], ids=["a row a coder", "a column a coder"])
def test_no_name_of_a_coder_or_video_reaches_a_report_unless_asked_for(tmp_path, wide):
    """All that notebook 04 and studies of codings know of a file is in what is loaded."""
    rows = [f"{MARK} V{v},{s},{MARK} {c},{code}" for v in range(12) for s, code in
            enumerate(["goal", "task", "bond"], 1) for c in "AB"]  # fmt: skip
    path = write(tmp_path, rows)
    if wide:
        rows = [f"{MARK} V{v},{s},{code},{code}" for v in range(12) for s, code in
                enumerate(["goal", "task", "bond"], 1)]  # fmt: skip
        path = write(tmp_path, rows, f"video,segment,{MARK} A,{MARK} B")
    codings = load_codings(path, STUDY, printed=PRINTED)
    assert codings.frame["video"].unique().tolist()[:2] == ["01", "02"]
    said = f"{codings.frame.to_csv()} {codings.marks.to_csv()} {state_choices(codings)}"
    assert MARK not in said
    assert MARK not in f"{count_codings(codings)} {describe_coders(codings.frame).to_csv()}"
    named = load(path).frame
    assert named[["video", "coder"]].map(lambda name: name.startswith(MARK)).all(axis=None)


def test_a_study_of_codings_asks_for_no_name_of_a_video():
    """Its notebook loads codings once, as notebook 04 does, and names coders only if asked to."""
    templates = find_study_notebook(STUDY), ROOT / "src/helpers/commands/templates"
    begun = (templates[1] / "coding_notebook.py.jinja").read_text(encoding="utf-8")
    own = templates[0].read_text(encoding="utf-8")
    for text, names in ((begun, None), (own, "video_names=list_segments")):
        assert text.count("load_codings(") == 1
        assert "coder_names=coder_names" in text
        assert "coder_names: bool = False" in text
        assert re.findall(r"video_names=\w+", text) == ([names] if names else [])
