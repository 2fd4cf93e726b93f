"""A reader's own data: the template, the check that runs nothing, and the mapping."""

import csv
import hashlib
import io

import numpy as np
import pandas as pd
import pytest
import yaml

from helpers.commands.check import check_data, find_study_notebook
from helpers.commands.command_line import main
from helpers.commands.template import write_template
from helpers.data.codebook import write_codebook, write_header, write_map_example
from helpers.data.column_map import _ENTRIES, read_column_map
from helpers.data.datasets import examine_dataset, load_dataset
from helpers.data.schemas import load_schema
from helpers.errors import InputError
from helpers.paths import list_studies, schema_path, twin_path

STUDIES = [name for name in list_studies() if schema_path(name).is_file()]
STUDY = "distress_session_quality"
SCHEMA = load_schema(STUDY)

# Another clinic's export: their names, semicolons, decimal commas, codes for missing values.
THEIRS = """\
id;PHQ_sum;GAD_sum;RRI;Task;Goal;Bond;SES;sex;Age group
101;9;8;4,25;3,5;3,25;4;4,2;F;18-29
102;12;3;3,5;2,5;2,25;3;3,2;M;30-39
103;-99;2;2,5;1,5;2,25;3;3,2;M;30-39
104;0;0;1;0;0;0,25;1;F;18-29
105;27;21;5;5;5;5;5;M;40-49
"""
MAP = """\
columns:
  PHQ_sum: phq9
  GAD_sum: gad7
  RRI: rri
  Task: wai_task
  Goal: wai_goal
  Bond: wai_bond
  SES: ses
  sex: gender
  Age group: age_group
labels:
  gender: {F: woman, M: man}
missing: [-99]
separator: ";"
decimal: ","
"""
OURS = """\
phq9,gad7,rri,wai_task,wai_goal,wai_bond,ses,gender,age_group
9,8,4.25,3.5,3.25,4,4.2,woman,18-29
12,3,3.5,2.5,2.25,3,3.2,man,30-39
,2,2.5,1.5,2.25,3,3.2,man,30-39
0,0,1,0,0,0.25,1,woman,18-29
27,21,5,5,5,5,5,man,40-49
"""


@pytest.fixture
def files(tmp_path, monkeypatch):
    """Return a function that writes my.csv and my.map.yml, in the working directory."""
    monkeypatch.chdir(tmp_path)

    def write(data=THEIRS, mapping=MAP):
        (tmp_path / "my.csv").write_text(data, encoding="utf-8")
        (tmp_path / "my.map.yml").write_text(mapping, encoding="utf-8")
        return tmp_path / "my.csv", tmp_path / "my.map.yml"

    return write


# The template ------------------------------------------------------------------------------------


@pytest.mark.parametrize("study", STUDIES)
def test_the_template_has_every_column_and_the_codebook_says_what_each_holds(study):
    schema = load_schema(study)
    header = next(csv.reader(io.StringIO(write_header(schema))))
    assert len(set(header)) == len(header)
    for column in schema.columns:
        assert column.find_items(header) if column.kind == "items" else column.name in header
    book = write_codebook(schema)
    for column in schema.columns:
        assert f"`{column.name}" in book
        assert " ".join(column.description.split()) in book
        assert all(f" {label}" in book for label in column.labels)
        assert column.range_words in book
        assert column.reference is None or f"{column.reference} (reference)" in book


@pytest.mark.parametrize("study", STUDIES)
def test_the_template_filled_with_the_synthetic_data_fits(tmp_path, study):
    """The header is the one under which those data are read."""
    header = next(csv.reader(io.StringIO(write_header(load_schema(study)))))
    with twin_path(study).open(encoding="utf-8", newline="") as twin:
        rows = list(csv.DictReader(twin))
    shared = [name for name in header if name in rows[0]]
    with (tmp_path / "my.csv").open("w", encoding="utf-8", newline="") as mine:
        writer = csv.DictWriter(mine, shared, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    report, fits = check_data(study, data=tmp_path / "my.csv")
    assert fits, report


@pytest.mark.parametrize("study", STUDIES)
def test_the_example_mapping_changes_nothing_and_its_examples_can_be_taken(tmp_path, study):
    path = tmp_path / "my.map.yml"
    path.write_text(write_map_example(load_schema(study)))
    unchanged = read_column_map(path, schema=load_schema(study))
    assert (unchanged.columns, unchanged.labels, unchanged.missing) == ({}, {}, {})
    lines = [
        line.replace("#  ", "  ", 1) if line.startswith("#  ") else line.removeprefix("# ")
        for line in path.read_text().splitlines()
        if not line.startswith(("# How", "# what", "# Codes", "# missing: ["))
    ]
    path.write_text("\n".join(lines))
    taken = read_column_map(path, schema=load_schema(study))
    assert taken.columns
    assert taken.missing
    assert (taken.separator, taken.decimal) == (";", ",")


def test_the_template_overwrites_nothing(tmp_path):
    written = write_template(STUDY, out=tmp_path / "my.csv")
    assert [path.name for path in written] == ["my.csv", "my.codebook.md", "my.map.yml"]
    (tmp_path / "my.csv").unlink()
    (tmp_path / "my.map.yml").write_text("mine")
    with pytest.raises(InputError, match=r"my\.codebook\.md, .*my\.map\.yml would be overwritten"):
        write_template(STUDY, out=tmp_path / "my.csv")
    assert not (tmp_path / "my.csv").exists()
    assert (tmp_path / "my.map.yml").read_text() == "mine"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["template", ""], "say which study: STUDY=distress_session_quality, for one"),
        (["template", "distress_session_qualty"], "Did you mean 'distress_session_quality'?"),
        (["template", "../data"], "has no data dictionary"),
        (["template", STUDY, "--out=mine"], "is not the name of a CSV; write OUT=mine.csv"),
        (["check", STUDY], "say which file: DATA=my.csv"),
        (["check", STUDY, "--data=mine.csv"], "DATA='mine.csv' does not exist"),
        (["check", STUDY, "--data=my.csv", "--map=my.map.yaml"], "Did you mean 'my.map.yml'?"),
    ],
)
def test_a_mistake_in_the_command_is_one_line(files, capsys, arguments, message):
    files()
    assert main(arguments) == 1
    said = capsys.readouterr()
    assert message in said.err
    assert said.err.startswith("error: ")
    assert (said.err.count("\n"), said.out) == (1, "")


# The check ---------------------------------------------------------------------------------------

WRONG = OURS.replace("12,3,", "28,3.5,").replace("27,21", "99,x").replace(",woman", ",Woman", 1)


def test_every_problem_is_listed_with_its_place_and_remedy(files):
    data, _ = files(WRONG.replace("4.2,Woman", ",Woman"))
    found = examine_dataset(data, STUDY)
    assert found.dataset is None
    assert found.problems == (
        "my.csv, line 3, column 'phq9': 28 is outside 0 to 27 (sum of 9 items rated 0 to 3); "
        "correct it; if it stands for a missing value, write in the mapping: missing: {phq9: "
        "[28]}; if your version of the scale has other ends, write in the "
        "mapping: ranges: {phq9: [lowest, highest]}",
        "my.csv, line 6, column 'phq9': 99 is outside 0 to 27 (sum of 9 items rated 0 to 3); "
        "correct it; if it stands for a missing value, write in the mapping: missing: {phq9: "
        "[99]}; if your version of the scale has other ends, write in the "
        "mapping: ranges: {phq9: [lowest, highest]}",
        "my.csv, line 6, column 'gad7': 'x' is not a number; correct it; if it stands for a "
        "missing value, write in the mapping: missing: ['x']",
        "my.csv, line 2, column 'gender': label 'Woman' looks like another spelling of 'woman'; if "
        "they are the same, write in the mapping: labels: {gender: {Woman: woman}}; if not, name "
        "both as they are: labels: {gender: {Woman: Woman, woman: woman}}",
    )
    with pytest.raises(InputError) as first:
        load_dataset(data, STUDY, covariates=["gender"])
    assert str(first.value) == found.problems[0] + " (1 more like it)"
    assert found.columns.set_index("column")["missing"].to_dict() == {
        **dict.fromkeys(found.columns["column"], 0), "phq9": 1, "ses": 1
    }  # fmt: skip


def test_columns_that_are_missing_are_all_named_and_the_rest_is_still_checked(files):
    data, _ = files(WRONG.replace("phq9,", "x,").replace("rri", "y"))
    problems = "\n".join(examine_dataset(data, STUDY).problems)
    for part in ("'phq9' (Patient", "'rri' (Real", "line 6, column 'gad7'", "label 'Woman'"):
        assert part in problems


def test_many_wrong_values_of_a_kind_are_cut_short(files):
    rows = [f"{5 + i % 3},2,3,3,3,3,3,woman,18-29" for i in range(30)]
    rows += [f"about {i},2,3,3,3,3,3,woman,18-29" for i in range(30)]
    data, _ = files("\n".join([OURS.splitlines()[0], *rows]))
    problems = examine_dataset(data, STUDY).problems
    assert "my.csv, column 'phq9': 20 other values like these" in problems
    assert sum("column 'phq9': " in line for line in problems) == 11


def test_the_report_gives_columns_and_the_command_but_no_row(files, capsys, monkeypatch):
    files(THEIRS.splitlines()[0] + "\n" + "\n".join(_clinic_rows()) + "\n")
    monkeypatch.setenv("MAKELEVEL", "1")
    assert main(["check", STUDY, "--data=my.csv", "--map=my.map.yml"]) == 0
    said = capsys.readouterr()
    assert said.err == ""
    assert said.out == (
        "my.csv for distress_session_quality: 40 rows, 9 columns used\n"
        "\n"
        "column     in your file  missing  found                allowed\n"
        "phq9       PHQ_sum       1        1 to 26              0 to 27\n"
        "gad7       GAD_sum       0        0 to 21              0 to 21\n"
        "rri        RRI           0        1 to 5               1 to 5\n"
        "wai_task   Task          0        1 to 5               0 to 5\n"
        "wai_goal   Goal          0        1 to 5               0 to 5\n"
        "wai_bond   Bond          0        1 to 5               0 to 5\n"
        "ses        SES           0        1 to 5               1 to 5\n"
        "age_group  Age group     0        18-29, 30-39, 40-49\n"
        "gender     sex           0        woman, man\n"
        "\n"
        "not used: id\n"
        "covariates not in the file: ethnicity, diagnosis, treatment_length, "
        "treatment_frequency, treatment_setting\n"
        "\n"
        "missing values, in 1 of 40 rows:\n"
        "missing=fiml keeps all 40 rows: estimates are unbiased where what is missing depends on "
        "what is observed\n"
        "missing=listwise keeps 39 of 40 rows: estimates are unbiased where what is missing does "
        "not depend on the outcome\n"
        "recommended: missing=fiml, which loses no row and asks less of the reasons for the gaps "
        "than complete rows do (Schoemann et al., 2025, https://doi.org/10.1002/ijop.13257)\n"
        "\n"
        "40 rows have a power of 6% to 65% to find the effects that the paper found, at their "
        "published sizes or, where none is printed, the least that it could have found; it is "
        "below 80% for 21 of 21\n"
        "\n"
        "fits; to run it:\n"
        "make run NOTEBOOK=02 DATA=my.csv MAP=my.map.yml "
        'PARAMS="covariates=[age_group, gender] missing=fiml" OUT=runs/my\n'
    )


def _clinic_rows(n=40):
    """Rows of another clinic's export: enough of them for the model, one without its PHQ-9."""
    rng = np.random.default_rng(7)
    for i in range(n):
        phq = -99 if i == 2 else rng.integers(0, 28)
        means = [f"{v / 4:g}".replace(".", ",") for v in rng.integers(4, 21, 4)]
        quality = f"{rng.integers(5, 26) / 5:g}".replace(".", ",")
        age = SCHEMA.column("age_group").labels[i % 3]
        numbers = ";".join([str(phq), str(rng.integers(0, 22)), *means, quality])
        yield f"{101 + i};{numbers};{'FM'[i % 2]};{age}"


def test_a_covariate_under_another_name_is_pointed_out(files):
    data, _ = files(OURS.replace("gender", "Gender"))
    assert "gender is not in the file. Did you mean 'Gender'?" in check_data(STUDY, data=data)[0]


def test_codes_that_were_not_mapped_are_pointed_out(files):
    rows = [line.replace(",", ".").split(";")[1:] for line in _clinic_rows()]
    rows = [[*row[:7], "12"[row[7] == "F"], row[8]] for row in rows if row[0] != "-99"]
    data, _ = files("\n".join([OURS.splitlines()[0], *map(",".join, rows)]))
    report, fits = check_data(STUDY, data=data)
    assert "gender: none of its labels is in the codebook (woman, man, " in report
    assert "age_group: none" not in report
    assert fits


def test_the_choices_for_missing_values_are_weighed_and_repeated_ids_are_left_to_the_reader(files):
    twin = pd.read_csv(twin_path("coping_adherence"))
    twin = twin.mask(np.random.default_rng(1).random(twin.shape) < 0.01)
    data, _ = files(twin.assign(therapist_id=np.arange(len(twin)) // 8).to_csv(index=False))
    kept, n = len(twin.dropna()), len(twin)
    lines = check_data("coping_adherence", data=data)[0].splitlines()
    assert f"missing values, in {n - kept} of {n} rows:" in lines
    assert f"missing=listwise keeps {kept} of {n} rows: estimates are unbiased where" in "\n".join(
        lines
    )
    assert f"missing=mean keeps all {n} rows: a missing answer takes" in "\n".join(lines)
    assert "recommended: missing=mean, which loses no row" in "\n".join(lines)
    assert "missing=mean" in lines[-2]
    assert "cluster" not in lines[-2]
    assert lines[-1] == (
        "# if rows that share therapist_id belong together, add to the parameters: "
        "cluster=therapist_id"
    )


def test_a_file_that_does_not_fit_ends_in_its_problems_and_a_status(files, capsys):
    files(WRONG)
    assert main(["check", STUDY, "--data=my.csv"]) == 1
    said = capsys.readouterr()
    assert "does not fit, 4 problems:\nmy.csv, line 3, column 'phq9'" in said.out
    assert "to run it" not in said.out
    assert not [row for row in WRONG.splitlines()[1:] if row in said.out]


def test_what_a_study_asks_beyond_its_dictionary_is_asked_too(files, capsys):
    files("video,segment,coder,code\nV1,1,A,OC01\nV1,1,B,OC99\nV2,1,A,OC01\nV2,1,B,OC02\n")
    assert main(["check", "working_alliance_theory", "--data=my.csv"]) == 1
    assert "code 'OC99' is not in the codebook" in capsys.readouterr().out


@pytest.mark.parametrize("study", STUDIES)
def test_every_study_has_its_notebook(study):
    text = find_study_notebook(study).read_text(encoding="utf-8")
    assert "mapping_path: str" in text


# The mapping -------------------------------------------------------------------------------------


def test_a_mapped_file_is_read_as_ours(files, tmp_path):
    data, mapping = files()
    (tmp_path / "ours.csv").write_text(OURS)
    options = {"covariates": ["gender", "age_group"], "missing": "listwise"}
    mapped = load_dataset(data, STUDY, mapping=mapping, **options)
    ours = load_dataset(tmp_path / "ours.csv", STUDY, **options)
    assert mapped.frame.equals(ours.frame)
    assert mapped.ignored_columns == ("id",)
    assert mapped.column_map.file == "my.map.yml"
    assert mapped.column_map.sha256 == hashlib.sha256(mapping.read_bytes()).hexdigest()


def test_a_problem_names_the_readers_column(files):
    data, mapping = files(THEIRS.replace("102;12", "102;28"))
    with pytest.raises(InputError, match=r"line 3, column 'PHQ_sum': 28 is outside 0 to 27"):
        load_dataset(data, STUDY, covariates=[], mapping=mapping)


def test_codes_are_text_and_neither_truth_values_nor_numbers(files):
    """In YAML, no and off are false, and 08 is no number."""
    data, mapping = files(
        THEIRS.replace(";F;", ";no;").replace(";M;", ";08;"),
        MAP.replace("{F: woman, M: man}", "{no: woman, 08: man}"),
    )
    frame = load_dataset(
        data, STUDY, covariates=["gender"], mapping=mapping, missing="listwise"
    ).frame
    assert frame["gender"].tolist() == ["woman", "man", "woman", "man"]


def test_a_code_can_be_missing_in_one_column_and_a_value_in_another(files):
    data, mapping = files(
        THEIRS.replace("4,25", "9"),
        MAP.replace("missing: [-99]", "missing: {rri: [9], phq9: [-99]}"),
    )
    found = examine_dataset(data, STUDY, mapping=mapping)
    assert found.problems == ()
    assert found.columns.set_index("column").loc[["phq9", "rri"], "missing"].tolist() == [1, 1]


def test_items_are_mapped_one_by_one(files, tmp_path):
    path = tmp_path / "items.map.yml"
    path.write_text("columns: {WAI01: alliance_1, WAI02: alliance_2}\nmissing: {alliance: [99]}\n")
    found = read_column_map(path, schema=load_schema("coping_adherence"))
    assert found.codes("alliance_2", "alliance") == ["99"]


BAD_MAPS = {
    "unknown entry": ("colums: {a: phq9}", "'colums' is not an entry of a mapping; there are "
                      "columns, labels, categorical, missing, scores, reverse, ranges, "
                      "tick_boxes, coders, sheet, separator, decimal. Did you mean 'columns'?"),
    "not ours": (MAP.replace("PHQ_sum: phq9", "PHQ_sum: phq8"), "columns: 'PHQ_sum' is to become "
                 "'phq8', which is not a column of distress_session_quality; there are phq9,"),
    "not ours, hint": (MAP.replace("PHQ_sum: phq9", "PHQ_sum: phq8"), "Did you mean 'phq9'?"),
    "not theirs": (MAP.replace("PHQ_sum", "PHQ_sm"),
                   "columns: 'PHQ_sm' is not a column of my.csv. Did you mean 'PHQ_sum'?"),
    "two become one": (MAP.replace("GAD_sum: gad7", "GAD_sum: phq9"),
                       "columns: 2 columns are to become 'phq9'; keep one"),
    "one twice": (MAP.replace("GAD_sum:", "PHQ_sum:"), "'PHQ_sum' stands 2 times; keep one"),
    "not a label": (MAP.replace("F: woman", "F: women"), "labels: gender: 'F' is to become "
                    "'women', which is not a label; there are woman, man, non-binary, another "
                    "gender. Did you mean 'woman'?"),
    "labels of numbers": (MAP.replace("gender: {", "phq9: {"),
                          "labels: phq9: 'F' is to become 'woman', which is not a number"),
    "a possible value": (MAP.replace("[-99]", "[9]"), "missing: 9 is a possible value of 'phq9' "
                         "(0 to 27); give codes by column, such as {other: [9]}"),
    "missing of nothing": (MAP.replace("[-99]", "{phq: [-99]}"), "Did you mean 'phq9'?"),
    "codes no list": (MAP.replace("[-99]", "-99"), "write a list of codes, such as [-99, 999]"),
    "separator": (MAP.replace('";"', '":"'), "separator ':' is none of ',', ';'"),
    "columns a list": ("columns: [phq9]", "columns: write pairs, yours: ours, one a line"),
    "a list": ("- phq9", "no mapping; write entries such as 'columns: {a: phq9}'"),
    "not YAML": ("columns: {a: phq9", "not YAML ("),
    "a sign": ("columns:\n  @id: phq9\n", "line 2: not YAML ("),
}  # fmt: skip


@pytest.mark.parametrize(("mapping", "message"), BAD_MAPS.values(), ids=BAD_MAPS)
def test_a_bad_mapping_is_one_line_that_names_it(files, mapping, message):
    data, path = files(mapping=mapping)
    with pytest.raises(InputError) as caught:
        load_dataset(data, STUDY, covariates=["gender"], missing="listwise", mapping=path)
    assert message in str(caught.value)
    assert "my.map.yml" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert message in "\n".join(examine_dataset(data, STUDY, mapping=path).problems)


def test_a_label_that_is_almost_one_of_the_files_is_refused_and_an_absent_one_is_not(files):
    data, path = files(
        THEIRS.replace(";M;", ";Male;"), MAP.replace("M: man", "Mael: man, X: non-binary")
    )
    with pytest.raises(InputError, match=r"'Mael' does not occur in column 'gender'.*'Male'\?"):
        load_dataset(data, STUDY, covariates=["gender"], missing="listwise", mapping=path)


def test_a_point_in_a_file_of_decimal_commas_is_refused(files):
    data, path = files(THEIRS.replace("4,25", "4.25"))
    with pytest.raises(InputError, match=r"'4\.25' has a point; write decimals with a comma"):
        load_dataset(data, STUDY, covariates=[], missing="listwise", mapping=path)


def test_the_example_in_the_docstring_is_a_mapping(tmp_path):
    text = read_column_map.__doc__.split("::", 1)[1].split("Parameters")[0]
    assert set(yaml.safe_load(text)) == set(_ENTRIES)


# What fits can be run ----------------------------------------------------------------------------

MEASURES = ["phq9", "gad7", "rri", "wai_task", "wai_goal", "wai_bond", "ses"]


def _report(tmp_path, study, frame):
    frame.to_csv(tmp_path / "my.csv", index=False)
    return check_data(study, data=tmp_path / "my.csv")


def _check(tmp_path, study, frame):
    report, fits = _report(tmp_path, study, frame)
    return report.splitlines()[-1], fits


def _twin(study, n):
    return pd.read_csv(twin_path(study)).head(n)


AWKWARD = {
    "fewer rows than parameters": (
        STUDY, lambda: _twin(STUDY, 12)[MEASURES], "data has 12 cases for 20 free parameters"),
    "one scale the mean of two": (
        STUDY,
        lambda: _twin(STUDY, 60)[MEASURES].assign(wai_task=lambda t: (t.wai_goal + t.wai_bond) / 2),
        "is an exact linear combination of"),
    "a column exported twice": (
        STUDY, lambda: _twin(STUDY, 60)[MEASURES].assign(wai_goal=lambda t: t.wai_task),
        "columns 'wai_task' and 'wai_goal' are equal in every row"),
    "five rows for a product": (
        "intersession_alliance", lambda: _twin("intersession_alliance", 5),
        "n=5 analyzed cases are too few"),
    "both alliances one column": (
        "intersession_alliance",
        lambda: _twin("intersession_alliance", 40).assign(other_alliance=lambda t: t.self_alliance),
        "are equal in every row"),
    "codings all of one code": (
        "working_alliance_theory", lambda: _twin("working_alliance_theory", 60).assign(code="none"),
        "every coding is 'none'; agreement beyond chance needs at least two different codes"),
    "fewer clients than folds": (
        "coping_adherence", lambda: _twin("coping_adherence", 8),
        "8 rows can be used; clients are held out in 10 parts"),
}  # fmt: skip


@pytest.mark.parametrize(("study", "make", "message"), AWKWARD.values(), ids=AWKWARD)
def test_what_a_run_would_refuse_does_not_fit(tmp_path, study, make, message):
    last, fits = _check(tmp_path, study, make())
    assert not fits
    assert message in last
    assert last.startswith("my.csv")


def test_few_equal_items_of_few_rows_are_chance(tmp_path):
    few = _twin(STUDY, 10)[MEASURES].assign(wai_goal=lambda t: t.wai_task)
    assert "equal in every row" not in _check(tmp_path, STUDY, few)[0]


def _proposed(report):
    """The mapping that a report ends with, to be pasted."""
    return report.partition("give it with MAP=:\n")[2]


def test_the_mapping_that_a_report_ends_with_settles_it(tmp_path):
    theirs = {"phq9": "PHQ-9 total", "gad7": "GAD7", "rri": "RRI_sum", "wai_task": "WAI[task]",
              "wai_goal": "WAI Goal", "wai_bond": "WAI-SR Bond", "ses": "SES mean"}  # fmt: skip
    _twin(STUDY, 60)[MEASURES].rename(columns=theirs).to_csv(tmp_path / "my.csv", index=False)
    report, fits = check_data(STUDY, data=tmp_path / "my.csv")
    assert not fits
    (tmp_path / "my.map.yml").write_text(_proposed(report))
    report, fits = check_data(STUDY, data=tmp_path / "my.csv", mapping=tmp_path / "my.map.yml")
    assert fits, report


@pytest.mark.parametrize(
    ("study", "n", "line"),
    [  # a correlation of .22 (p = .05 with 81 rows) is found by 81 rows one time in two
        ("intersession_alliance", 81, "81 rows have a power of 50% to find"),
        ("coping_adherence", 40, "it is below 80% for 7 of 8"),
    ],
)
def test_the_power_of_so_few_rows_is_said_before_anything_is_run(tmp_path, study, n, line):
    report, fits = _report(tmp_path, study, _twin(study, n))
    assert fits
    assert line in report


@pytest.mark.parametrize("value", ["woman", ""])
def test_a_covariate_that_never_varies_is_left_out_of_the_command(tmp_path, value):
    same = _twin(STUDY, 60)[[*MEASURES, "age_group"]].assign(gender=value)
    report, fits = _report(tmp_path, STUDY, same)
    assert fits, report
    assert "so it is left out of covariates" in report
    assert 'params="covariates=[age_group]"' in report.replace("PARAMS=", "params=")


def test_a_free_covariate_that_the_mapping_describes_is_in_the_command(tmp_path):
    study = "intersession_alliance"
    frame = _twin(study, 80).assign(arm=np.arange(80) % 3)
    frame.to_csv(tmp_path / "my.csv", index=False)
    (tmp_path / "my.yml").write_text("categorical: [arm]\n")
    report, fits = check_data(study, data=tmp_path / "my.csv", mapping=tmp_path / "my.yml")
    assert fits, report
    assert "covariates=[arm]" in report


def test_missing_values_to_be_imputed_are_no_reason_to_call_a_file_unfit(tmp_path):
    study = "intersession_alliance"
    frame = _twin(study, 60)
    frame.loc[[3, 8], "progress"] = np.nan
    report, fits = _report(tmp_path, study, frame)
    assert fits, report
    assert "missing=mi" in report.splitlines()[-1]


def test_scales_without_a_known_range_are_named_until_the_mapping_gives_it(tmp_path):
    study = "intersession_alliance"
    report, _ = _report(tmp_path, study, _twin(study, 60))
    assert "no range is known for self_alliance, other_alliance" in report
    (tmp_path / "my.yml").write_text(
        "ranges: {" + ", ".join(f"{name}: [-9, 20]" for name in load_schema(study).names) + "}\n"
    )
    report, _ = check_data(study, data=tmp_path / "my.csv", mapping=tmp_path / "my.yml")
    assert "no range is known" not in report


def test_the_same_in_every_item_is_one_line_that_proposes_the_range_first(tmp_path):
    study = "coping_adherence"
    items = _twin(study, 60) - 1
    report, fits = _report(tmp_path, study, items)
    assert not fits
    (line,) = [line for line in report.splitlines() if "column 'alliance_" in line]
    assert "0 is outside 1 to 7" in line
    assert "in 20 columns)" in line
    assert line.index("ranges: {alliance: ") < line.index("missing: {alliance: [0]}")


def test_scores_of_another_scoring_are_one_line_a_column(tmp_path):
    sums = _twin(STUDY, 60)[MEASURES]
    sums["wai_task"] = (4 * sums["wai_task"]).round()
    report, fits = _report(tmp_path, STUDY, sums)
    assert not fits
    (line,) = [line for line in report.splitlines() if "'wai_task'" in line]
    assert "values are outside 0 to 5" in line
    assert "missing:" not in line


def test_scale_scores_can_stand_for_their_constructs(tmp_path):
    """The remedy that the check gives for a file of scale scores is one that fits."""
    study = "coping_adherence"
    items = _twin(study, 60)
    names = load_schema(study).names
    scores = pd.DataFrame({n: items.filter(regex=rf"^{n}_\d+$").mean(axis=1) for n in names})
    scores.to_csv(tmp_path / "my.csv", index=False)
    report, fits = check_data(study, data=tmp_path / "my.csv")
    assert not fits
    mapping = tmp_path / "my.map.yml"
    mapping.write_text(_proposed(report))
    report, fits = check_data(study, data=tmp_path / "my.csv", mapping=mapping)
    assert fits, report


def test_a_check_takes_parameters_and_says_those_that_a_file_needs(files, capsys):
    study = "working_alliance_theory"
    files("video,segment,coder,code\nV1,1,A,5\nV1,1,B,6\nV2,1,A,2\nV2,1,B,2\n")
    assert main(["check", study, "--data=my.csv"]) == 0
    assert "scale=ordinal" in capsys.readouterr().out
    assert main(["check", study, "--data=my.csv", "--params=codebook_path=file"]) == 0
    last = capsys.readouterr().out.splitlines()[-1]
    assert "codebook_path=file" in last
    assert "scale" not in last
    assert main(["check", study, "--data=my.csv", "--params=scale=ratio coders=[A]"]) == 1
    assert "one coder only ('A')" in capsys.readouterr().out
