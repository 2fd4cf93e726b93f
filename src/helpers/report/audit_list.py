"""Show what an audit finds: causes in a table, counts in words, what is open in a list."""

from __future__ import annotations

import pandas as pd

from helpers.report.inline import Inline, plain
from helpers.report.table_markup import PrintedTable
from helpers.report.tables import print_table

_HEADS = {
    "a conclusion depends on it": "A conclusion depends on it",
    "a number does": "A number depends on it",
    "editorial": "Editorial",
}
_VERDICTS = {"impossible": "impossible", "possible only if": "possible only if read so"}


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
        caption=f"<b>What cannot be true together, by cause</b> ({len(causes)})",
        note="One row for each cause, however many checks find it. A verdict says that the numbers "
        f"cannot all be right, not which of them is wrong. {note}".strip(),
    )


def count_causes(causes: pd.DataFrame, audit: pd.DataFrame) -> str:
    """Say how many causes of contradiction there are, and how much depends on them."""
    if causes.empty:
        return f"None of {len(audit)} checks finds anything amiss."
    graded = causes["severity"].value_counts()
    editorial = graded.get("editorial", 0)
    text = (
        f"What {causes['findings'].sum()} of {len(audit)} checks find comes down to "
        f"{_count(len(causes), 'cause')}: a conclusion depends on "
        f"{graded.get('a conclusion depends on it', 0)}, a number on "
        f"{graded.get('a number does', 0)}, and {editorial} {_are(editorial)} editorial."
    )
    conditional = (causes["verdict"] == "possible only if").sum()
    if conditional:
        text += (
            f" {conditional} of the {len(causes)} {_are(conditional)} resolved by an assumption "
            "that the paper does not state."
        )
    return text


def count_checks(audit: pd.DataFrame) -> str:
    """Say what became of the checks, in a sentence."""
    counts = audit["verdict"].value_counts()
    parts = [
        f"{counts[verdict]} {words}"
        for verdict, words in {
            "consistent": "find nothing amiss",
            "impossible": "find numbers or statements that cannot be true together",
            "possible only if": "find some that can be only under an assumption that is not stated",
            "excluded": "of an explanation that the paper does not give exclude it",
            "not decided": "cannot be decided",
        }.items()
        if verdict in counts
    ]
    listed = ", ".join(parts[:-1]) + f" and {parts[-1]}" if len(parts) > 1 else parts[0]
    return f"Of {len(audit)} checks {listed}. All are in `audit.csv`, the causes in `causes.csv`."


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


def _are(n: int) -> str:
    return "is" if n == 1 else "are"


def _count(n: int, thing: str) -> str:
    return f"{n} {thing}" if n == 1 else f"{n} {thing}s"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _plain(text: str) -> Inline:
    """Write what an audit says as words of a sentence, without the underscores of our names."""
    named = text.replace("->", "→").replace("_focused", "-focused")
    return plain(named.replace("_", " "))
