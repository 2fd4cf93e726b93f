"""Show the findings of an audit as a list that reads like prose."""

from __future__ import annotations

import html

import pandas as pd

from helpers.report.numbers import format_number


def list_findings(audit: pd.DataFrame, *, verdict: str) -> str:
    """Findings with one verdict as a Markdown list.

    Parameters
    ----------
    audit : DataFrame
        As `helpers.studies.registry.audit_study` returns it.
    verdict : str
        "impossible", "not decided" or "consistent".

    Returns
    -------
    str
        An item a finding: where, the relation (a formula as code, a sentence in italics), the
        printed numbers, what they imply, and the reading under which the number would be true.
    """
    chosen = audit[audit["verdict"] == verdict]
    return "\n".join(_item(row) for row in chosen.itertuples())


def _item(row) -> str:
    sentence = row.method == "reading"
    relation = f"*{_plain(row.relation)}*" if sentence else f"`{row.relation}`"
    parts = [f"**{_plain(_capital(row.location))}.** {relation}"]
    if row.printed:
        parts.append(f"printed {_plain(row.printed)}")
    if pd.notna(row.implied_lower):
        bounds = (row.implied_lower, row.implied_upper)
        decimals = 0 if all(float(bound).is_integer() for bound in bounds) else 3
        low, high = (format_number(bound, decimals) for bound in bounds)
        parts.append(f"the rest allows {low} to {high}" if low != high else f"the rest gives {low}")
    text = "; ".join(parts) + "."
    if row.reading:
        text += f" Would be true of: {_plain(row.reading)}."
    if row.note:
        text += f" {_plain(_capital(row.note))}."
    return f"- {text}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _plain(text: str) -> str:
    """Keep arrows, comparison signs and underscores from being read as markup."""
    return html.escape(text.replace("->", "→"), quote=False).replace("*", "\\*").replace("_", "\\_")
