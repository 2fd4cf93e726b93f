"""Stretches that coders chose themselves: whether they marked the same, and with the same code."""

from __future__ import annotations

import pandas as pd

from helpers.data.codings import Codings
from helpers.models.coding.unitizing import ANY_CODE, WHICH_CODE, fit_unitizing_agreement
from helpers.report.numbers import format_number
from helpers.report.output import Markdown
from helpers.report.table_markup import PrintedTable
from helpers.report.tables import print_table
from helpers.studies.one_coding.words import LEVEL_NAMES, count, name_labels

NO_POSITIONS = (
    "The file does not say where in a text of known length each code was given, as a project "
    "(`.qdpx`) with its texts does, so there is no alpha for unitizing."
)
NO_LENGTHS = (
    "No text that two coders marked is in the project, so the length of what they left unmarked is "
    "not known, and there is no alpha for unitizing. Sound and film alone tell none."
)


def compare_marks(codings: Codings) -> pd.DataFrame:
    """Alpha for unitizing of the stretches that coders marked, at each level.

    Parameters
    ----------
    codings : Codings
        From `helpers.data.codings.load_codings`.

    Returns
    -------
    DataFrame
        level, n_videos, and what `fit_unitizing_agreement` returns: of each level which code, and
        each code; of the finest also whether anything was marked. Empty where no source of known
        length was marked by two coders.
    """
    marks = codings.marks.dropna(subset="length")
    seen = codings.frame[["video", "coder"]].drop_duplicates()
    seen = seen[seen["video"].isin(marks["video"])]
    seen = seen[seen.groupby("video")["coder"].transform("size") > 1]
    marks = marks[marks["video"].isin(seen["video"])]
    if marks.empty:
        return pd.DataFrame(columns=["level", "n_videos", "what", "n_stretches", "alpha"])
    lengths = marks.groupby("video")["length"].first()
    tables = [
        fit_unitizing_agreement(marks.assign(code=marks[level]), lengths=lengths, seen=seen).assign(
            level=level, n_videos=len(lengths)
        )
        for level in codings.levels
    ]
    whole = pd.concat(tables, ignore_index=True)
    again = (whole["what"] == ANY_CODE) & (whole["level"] != codings.levels[0])
    return whole[~again].reset_index(drop=True)


def find_marks(marked: pd.DataFrame) -> str:
    """What the stretches come to beside the segments that are cut from them, in a sentence."""
    if marked.empty:
        return ""
    which = marked.loc[marked["what"] == WHICH_CODE, "alpha"].iloc[0]
    return (
        " It counts every piece between two boundaries alike, however short; alpha for unitizing, "
        "which goes by length, is "
        f"{format_number(which, leading_zero=False)}."
    )


def print_marks(marked: pd.DataFrame, codings: Codings, *, level: str) -> PrintedTable | Markdown:
    """Return alpha for unitizing as a table, or a line on why there is none.

    Parameters
    ----------
    marked : DataFrame
        From `compare_marks`.
    codings : Codings
    level : str
        The level whose codes are listed.
    """
    if marked.empty:
        return Markdown(NO_LENGTHS if len(codings.marks) else NO_POSITIONS)
    levels = marked["level"].map(LEVEL_NAMES).str.lower().str.removesuffix("s")
    whole = marked["what"].isin([ANY_CODE, WHICH_CODE])
    named = name_labels(marked["what"]).where(~whole, "Which " + levels)
    named = named.mask(marked["what"] == ANY_CODE, "Marked or not")
    group = whole.map({True: "All codes", False: "Each code, given or not"})
    shown = marked.assign(name=named, group=group)[whole | (marked["level"] == level)]
    n_videos, n_all = marked["n_videos"].iloc[0], codings.frame["video"].nunique()
    without = n_all - n_videos
    return print_table(
        shown.sort_values("group", kind="stable"),
        {
            "": "name: words",
            "Stretches": "n_stretches: integer",
            "Pairs that differ": "observed: percent",
            "By chance": "expected: percent",
            "α for unitizing": "alpha: bounded",
        },
        group="group",
        caption="<b>Agreement on stretches, whatever the segments</b>",
        note=f"{count(n_videos, 'text')} of known length that two or more coders marked"
        + (f"; {without} of {n_all} sources left out. " if without else ". ")
        + "Pairs that differ: the share of the text on which two coders differ; by chance: what is "
        "expected of it. Where codes overlap, both count as one label. No interval is given.",
    )
