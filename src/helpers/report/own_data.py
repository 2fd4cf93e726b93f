"""What a report shows of a reader's data alone: their study beside the published one, and gaps."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd

from helpers.report.data_plots import gaps_height, plot_gaps
from helpers.report.effect_plots import plot_forest
from helpers.report.output import show_figure
from helpers.report.replicated import (
    REPLICATION_NOTE,
    arrange_own,
    arrange_published,
    arrange_replication,
    describe_replication,
    replication_columns,
    summarize_replication,
)
from helpers.report.tables import print_table
from helpers.report.wording import list_gaps, name_choices, summarize_gaps

__all__ = ["print_choices", "print_replication", "show_gaps", "show_replication"]


def print_replication(
    beside: pd.DataFrame, *, ci_level: float, note: str, bounded: bool = False
) -> object:
    """Return the table of a reader's study beside the published one.

    Parameters
    ----------
    beside : DataFrame
        As a study's ``compare_findings`` returns it.
    ci_level : float
    note : str
        What the notebook adds below the table.
    bounded : bool
        Whether all numbers are correlations, which go without the zero before the point.
    """
    return print_table(
        arrange_replication(beside, leading_zero=not bounded),
        replication_columns(ci_level, shape="bounded" if bounded else "three"),
        caption="<b>Your study beside the published one</b>",
        note=f"{REPLICATION_NOTE} {note}",
    )


def show_replication(
    beside: pd.DataFrame, *, xlabel: str, basis: str, folder: Path, stamp: str
) -> None:
    """Show a reader's estimates and the published ones with their intervals.

    Parameters
    ----------
    beside : DataFrame
        As a study's ``compare_findings`` returns it.
    xlabel : str
        What the estimates are.
    basis : str
        Rows, draws and data, for the caption.
    folder, stamp
        As of `show_figure`.
    """
    shown = arrange_own(beside)
    fig, ax = plt.subplots(figsize=(7.0, 1.0 + 0.3 * len(shown)))
    plot_forest(shown, published=arrange_published(beside), xlabel=xlabel, ax=ax)
    show_figure(
        fig,
        name="replication",
        folder=folder,
        stamp=stamp,
        alt=describe_replication(beside),
        caption=f"**{summarize_replication(beside)}** Dots and bars: yours; thin lines below: "
        f"published, with an open diamond where the estimate itself is. {basis}",
    )


def show_gaps(
    gaps: pd.DataFrame, *, labels: Mapping[str, str], status: str, folder: Path, stamp: str
) -> None:
    """Show which values are missing together; nothing where none is.

    Parameters
    ----------
    gaps : DataFrame
        As `helpers.data.describe.describe_gaps` returns them.
    labels : mapping of str to str
        How columns shall be read.
    status : str
        Whose data they are.
    folder, stamp
        As of `show_figure`.
    """
    if len(gaps) < 2:
        return
    show_figure(
        plot_gaps(gaps, labels=labels, fig=plt.figure(figsize=(7.0, gaps_height(gaps)))),
        name="missing_values",
        folder=folder,
        stamp=stamp,
        alt=list_gaps(gaps, labels=labels),
        caption=f"**{summarize_gaps(gaps, labels=labels)}.** Orange: missing; patterns of few rows "
        f"are taken together; {status}.",
    )


def print_choices(
    choices: pd.DataFrame, *, subject: str, head: str, level: str, note: str
) -> object:
    """Return the table of main results by what is done with missing values.

    Parameters
    ----------
    choices : DataFrame
        `choice n name est se ci_lower ci_upper`, and `pvalue` where that is shown.
    subject, head : str
        What the results are: in the caption, and over their names.
    level : str
        Of the intervals, in words.
    note : str
    """
    pvalue = {"<i>p</i>": "pvalue: p"} if "pvalue" in choices else {}
    return print_table(
        choices.assign(group=name_choices(choices)),
        {
            head: "name: text",
            "Estimate": "est",
            "<i>SE</i>": "se",
            **pvalue,
            f"{level} CI": "ci_lower, ci_upper",
        },
        group="group",
        caption=f"<b>{subject} by what is done with missing values</b>",
        note=note,
    )
