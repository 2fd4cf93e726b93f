"""Show what an audit finds: causes in a table, counts in words, what is open in a list."""

from __future__ import annotations

import pandas as pd

from helpers.report.inline import Inline, plain
from helpers.report.table_markup import PrintedTable
from helpers.report.tables import print_table

_HEADS = {
    "a conclusion depends on it": "Affects a conclusion",
    "a number does": "Affects a number",
    "editorial": "Editorial",
}
_VERDICTS = {"impossible": "impossible", "possible only if": "possible under an assumption"}


def print_causes(causes: pd.DataFrame, *, note: str = "") -> PrintedTable:
    """Lay out the causes of contradiction, grouped by how much depends on them.

    Parameters
    ----------
    causes : DataFrame
        As `helpers.studies.registry.list_causes` returns it.
    note : str, optional
        Follows the note on the verdicts.
    """
    return print_table(
        causes.assign(
            severity=causes["severity"].map(_HEADS), verdict=causes["verdict"].map(_VERDICTS)
        ),
        {
            "Where": "place: words",
            "Verdict": "verdict: words",
            "What is reported": "printed: words",
            "What follows": "follows: words",
            "Our reading": "reading: words",
        },
        group="severity",
        caption=f"<b>What cannot all be true, by cause</b> ({len(causes)})",
        note="One row per cause, however many checks find it. Tables are the paper's. A verdict "
        f"says that not all of the numbers can be right, not which is wrong. {note}".strip(),
    )


def count_causes(causes: pd.DataFrame, audit: pd.DataFrame) -> str:
    """Say how many causes of contradiction there are, and how much depends on them."""
    if causes.empty:
        return f"None of {len(audit)} checks finds a contradiction."
    graded = causes["severity"].value_counts().reindex(_HEADS, fill_value=0)
    grave, of_numbers, editorial = graded
    text = (
        f"{causes['findings'].sum()} of {len(audit)} checks find a contradiction, from "
        f"{_count(len(causes), 'cause')}: {grave} affect{'s' if grave == 1 else ''} a conclusion, "
        f"{of_numbers} a number, and {editorial} {'is' if editorial == 1 else 'are'} editorial."
    )
    conditional = (causes["verdict"] == "possible only if").sum()
    if conditional:
        text += (
            f" An assumption that the paper does not state would resolve {conditional} of the "
            f"{len(causes)}."
        )
    return text


def count_checks(audit: pd.DataFrame) -> str:
    """Say what became of the checks, in a sentence."""
    counts = audit["verdict"].value_counts()
    parts = [
        f"{counts[verdict]} {words}"
        for verdict, words in {
            "consistent": "find no contradiction",
            "impossible": "find numbers or statements that cannot all be true",
            "possible only if": "find some that can be true only under an unstated assumption",
            "excluded": "rule out an explanation that the paper does not give",
            "not decided": "cannot be decided",
        }.items()
        if verdict in counts
    ]
    listed = ", ".join(parts[:-1]) + f" and {parts[-1]}" if len(parts) > 1 else parts[0]
    return f"Of {len(audit)} checks, {listed}. All are in `audit.csv`, the causes in `causes.csv`."


def list_undecided(audit: pd.DataFrame) -> str:
    """List what cannot be decided by the reason why, as Markdown.

    Parameters
    ----------
    audit : DataFrame
        As `helpers.studies.registry.audit_study` returns it.
    """
    open_ = audit[audit["verdict"] == "not decided"]
    items = []
    for (note, reading), mine in open_.groupby(["note", "reading"], sort=False):
        places = _plain("; ".join(map(_capital, mine["location"].unique())))
        # a formula says nothing to whoever asks what is open
        checks = [check for check in mine["check"].unique() if "=" not in check]
        what = "".join(f" {_plain(_capital(check))}." for check in checks)
        reason = "; ".join(filter(None, (note, reading and f"possible if {reading}")))
        items.append(f"- **{places}.**{what} {_plain(_capital(reason))}.")
    return "\n".join(items)


def _count(n: int, thing: str) -> str:
    return f"{n} {thing}" if n == 1 else f"{n} {thing}s"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _plain(text: str) -> Inline:
    """Write what an audit says as words of a sentence, without the underscores of our names."""
    named = text.replace("->", "→").replace("_focused", "-focused")
    return plain(named.replace("_", " "))
