"""Each row of docs/files.md is tried: the check says so of such a file, and this settles it."""

import io
import re
import zipfile

import numpy as np
import pandas as pd
import pytest
from openpyxl import Workbook

from helpers.data.datasets import examine_dataset
from helpers.paths import ROOT

PATH, ITEMS, OPEN, CODES = (
    "distress_session_quality", "coping_adherence", "intersession_alliance",
    "working_alliance_theory",
)  # fmt: skip
N = 60
ROWS = [
    [cell.strip() for cell in line.strip("| \n").split(" | ")]
    for line in (ROOT / "docs" / "files.md").read_text(encoding="utf-8").splitlines()
    if line.startswith("| ") and not line.startswith(("| In the file", "| ---"))
]


def _scores():
    rng = np.random.default_rng(4)
    good = rng.normal(size=N)
    scores = {
        "phq9": np.clip(np.round(12 + 5 * rng.normal(size=N)), 0, 27).astype(int),
        "gad7": np.clip(np.round(9 + 4 * rng.normal(size=N)), 0, 21).astype(int),
    }
    for name in ("rri", "wai_task", "wai_goal", "wai_bond", "ses"):
        scores[name] = np.clip(3.4 + 0.6 * (good + rng.normal(size=N)), 1, 5).round(2)
    return pd.DataFrame(scores)


def _items():
    rng = np.random.default_rng(5)
    factor = rng.normal(size=N)
    names = ("avoidant", "problem_focused", "emotion_focused", "alliance", "adherence")
    return pd.DataFrame(
        {
            f"{name}_{k}": np.clip(np.round(3 + factor + rng.normal(size=N)), 1, 5).astype(int)
            for name in names
            for k in (1, 2, 3, 4)
        }
    )


def _open():
    rng = np.random.default_rng(6)
    names = ("self_alliance", "other_alliance", "isp_thoughts", "isp_actions", "progress")
    return pd.DataFrame({name: np.clip(np.round(rng.normal(4, 1, N)), 1, 7) for name in names})


def _answers(prefix, numbers, low, high):
    rng = np.random.default_rng(7)
    factor = rng.normal(size=N)
    middle = (low + high) / 2
    return pd.DataFrame(
        {
            f"{prefix}{k}": np.clip(np.round(middle + factor + rng.normal(size=N)), low, high)
            for k in numbers
        }
    ).astype(int)


def _without(name, *others):
    return pd.concat([_scores().drop(columns=name), *others], axis=1)


def _changed(frame, values, column, rows):
    frame = frame.astype(object)
    frame.loc[rows, column] = values
    return frame


def _headed(*rows):
    header, _, rest = _scores().to_csv(index=False).partition("\n")
    n = header.count(",") + 1
    return "".join([header + "\n", *(",".join([row] * n) + "\n" for row in rows), rest])


def _workbook(path):
    book = Workbook()
    book.active.title = "Data"
    for row in [list(_scores()), *_scores().to_numpy().tolist()]:
        book.active.append(row)
    book.create_sheet("Codes").append(["a", "b"])
    book.save(path)


def _spss(path):
    import pyreadstat

    frame = _scores().astype(float)
    frame.loc[:2, "phq9"] = 999
    pyreadstat.write_sav(frame, str(path), missing_ranges={"phq9": [{"lo": 900, "hi": 999}]})


def _formulas(path):
    book = Workbook()
    book.active.append(list(_scores()))
    for k, row in enumerate(_scores().drop(columns="ses").itertuples(index=False), start=2):
        book.active.append([*map(float, row), f"=D{k}+E{k}"])
    book.save(path)


def _codings():
    rng = np.random.default_rng(8)
    codes = rng.choice(["OC01", "OC02"], (16, 2))
    return pd.DataFrame(
        {"video": "V1", "segment": range(1, 17), "A": codes[:, 0], "B": codes[:, 1]}
    )


def _projects(path):
    """Two coders who marked one text in a project each."""
    marks = "".join(
        f'<PlainTextSelection startPosition="{k}" endPosition="{k + 2}"><Coding creatingUser="u">'
        f'<CodeRef targetGUID="c{k % 3 > 0:d}"/></Coding></PlainTextSelection>'
        for k in range(0, 32, 2)
    )
    with zipfile.ZipFile(path, "w") as both:
        for name in ("Ann", "Bo"):
            project = io.BytesIO()
            with zipfile.ZipFile(project, "w") as archive:
                archive.writestr(
                    "project.qde",
                    f'<Project><Users><User guid="u" name="{name}"/></Users><Codes><Code guid="c0" '
                    'name="rupture"/><Code guid="c1" name="repair"/></Codes><Sources><TextSource '
                    f'name="Session">{marks}</TextSource></Sources></Project>',
                )
            both.writestr(f"{name}.qdpx", project.getvalue())


WORDS = {1: "never", 2: "rarely", 3: "sometimes", 4: "often", 5: "always"}
WAI = _answers("wai_", range(1, 13), 1, 5)
FILES = {
    "the items of a scale, no score": (
        PATH, lambda: _without("phq9", _answers("phq9_", range(1, 10), 0, 3))),
    "items of a questionnaire with subscales": (PATH, lambda: _without("wai_bond", WAI)),
    "names of the instrument or of LimeSurvey": (
        PATH, lambda: _scores().rename(columns={"phq9": "PHQ[SQ001]"})),
    "tick boxes of REDCap": (
        PATH, lambda: _scores().assign(gender___1=np.arange(N) % 2, gender___2=np.arange(N) % 3 > 0)
        .astype({"gender___2": int})),
    "two or three header rows of Qualtrics": (
        PATH, lambda: _headed("How is it?", '"{""ImportId"":""QID1""}"')),
    "question texts below the names": (PATH, lambda: _headed("How is it?")),
    "a title above the names": (PATH, lambda: f"Our clinic\n\n{_scores().to_csv(index=False)}"),
    "two waves side by side": (
        PATH, lambda: _without("phq9", _scores()[["phq9"]].add_suffix("_t1"),
                               _scores()[["phq9"]].add_suffix("_t2"))),
    "two waves by number": (
        PATH, lambda: pd.concat([_scores().rename(columns={"rri": "rri.1", "ses": "ses.1"}),
                                 _scores()[["rri", "ses"]].add_suffix(".2"), _scores()[["ses"]]],
                                axis=1)),
    "items at several times": (
        PATH, lambda: _without("wai_bond", WAI.rename(columns=lambda name: f"t1_{name}"),
                               WAI.rename(columns=lambda name: f"t2_{name}"))),
    "names in two rows, as under merged cells": (
        PATH, lambda: f"T1,,,T2,,,\n{_scores().to_csv(index=False)}"),
    "formulas without their results": (PATH, _formulas),
    "several sessions of a client": (PATH, lambda: _scores().assign(client_id=np.arange(N) // 3)),
    "every row twice": (PATH, lambda: pd.concat([_scores()] * 2)),
    "a row of means at the foot": (
        PATH, lambda: pd.concat([_scores(), _scores().mean().round(2).to_frame().T])),
    "a note at the foot": (
        PATH, lambda: f"{_scores().to_csv(index=False)}Note: the rest was removed,,,,,,\n"),
    "a row without any value": (
        PATH, lambda: _changed(_scores(), np.nan, list(_scores()), [7]).assign(id=range(N))),
    "answers in words": (
        PATH, lambda: _scores().assign(ses=_scores()["ses"].round().astype(int).map(WORDS))),
    "a code for a missing value outside the scale": (
        PATH, lambda: _changed(_scores(), 99, "rri", [3, 9])),
    "codes in scales of unknown ends": (
        OPEN, lambda: _changed(_changed(_open(), 77, "self_alliance", [3, 9]), 88,
                               "self_alliance", [4, 5])),
    "`#NULL!` of SPSS": (PATH, lambda: _changed(_scores(), "#NULL!", "ses", [3, 9])),
    "values that an SPSS file declares missing": (PATH, _spss),
    "semicolons and decimal commas": (
        PATH, lambda: _scores().to_csv(index=False, sep=";", decimal=",")),
    "a workbook with several sheets": (PATH, _workbook),
    "items rated from 0": (
        ITEMS, lambda: _items().assign(**{f"alliance_{k}": _items()[f"alliance_{k}"] - 1
                                          for k in (1, 2, 3, 4)})),
    "sums where the study has means": (
        PATH, lambda: _scores().assign(wai_task=(4 * _scores()["wai_task"]).round())),
    "an item whose wording runs the other way": (
        ITEMS, lambda: _items().assign(alliance_3=8 - _items()["alliance_3"])),
    "a score that runs the other way": (PATH, lambda: _scores().assign(rri=6 - _scores()["rri"])),
    "a prorated sum": (PATH, lambda: _changed(_scores(), 14.62, "phq9", [4])),
    "two spellings of a label": (
        PATH, lambda: _scores().assign(gender=["woman", "man", "Woman"] * (N // 3))),
    "a covariate that never varies": (PATH, lambda: _scores().assign(gender="woman")),
    "an item exported twice": (
        ITEMS, lambda: _items().assign(alliance_3=_items()["alliance_2"])),
    "items under another beginning": (
        ITEMS, lambda: _items().rename(columns=lambda name: name.replace("alliance_", "WAI"))),
    "scores for a study of items": (
        ITEMS, lambda: _items().drop(columns=[f"alliance_{k}" for k in (2, 3, 4)])
        .rename(columns={"alliance_1": "alliance"})),
    "a column for each coder": (CODES, _codings),
    "a folder or a zip of projects (`.qdpx`), one for each coder": (CODES, _projects),
    "segments named by their turn or time": (
        CODES, lambda: _codings().assign(segment=[f"T{k}" for k in range(1, 17)])),
}  # fmt: skip
ENDINGS = {_workbook: ".xlsx", _formulas: ".xlsx", _spss: ".sav", _projects: ".zip"}


def _examine(path, study, mapping=None):
    found = examine_dataset(path, study, mapping=mapping)
    notices = [each.text for each in found.dataset.notices] if found.dataset is not None else []
    return found, "\n".join([*found.problems, *found.notes, *notices, _absent(found, study)])


def _absent(found, study):
    from helpers.commands.check import _explain_absent
    from helpers.data.schemas import load_schema

    return "\n".join(_explain_absent(found, load_schema(study)))


def test_every_kind_has_a_row_and_every_row_is_tried():
    assert [kind for kind, *_ in ROWS] == list(FILES)


@pytest.mark.parametrize(("kind", "says", "settles"), ROWS, ids=[row[0] for row in ROWS])
def test_the_check_says_so_and_this_settles_it(tmp_path, kind, says, settles):
    study, make = FILES[kind]
    path = tmp_path / f"my{ENDINGS.get(make, '.csv')}"
    if make in ENDINGS:
        make(path)
    else:
        made = make()
        path.write_text(made if isinstance(made, str) else made.to_csv(index=False))
    said_in_print = says.strip("`")
    found, said = _examine(path, study)
    assert said_in_print in said
    if settles == "nothing":
        assert found.problems == ()
    elif settles.startswith("`") and not settles.startswith("`make"):
        mapping = tmp_path / "my.yml"
        mapping.write_text("\n".join(re.findall(r"`([^`]+)`", settles)))
        settled, said = _examine(path, study, mapping)
        assert settled.problems == ()
        assert said_in_print not in said
