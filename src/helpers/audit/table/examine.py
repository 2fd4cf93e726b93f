"""All checks of a document: findings with their causes, and the sentences that say them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from helpers.audit.findings import Finding
from helpers.audit.table.anova import check_anova
from helpers.audit.table.coefficients import check_coefficients
from helpers.audit.table.documents import Document
from helpers.audit.table.fit import check_fit
from helpers.audit.table.judge import CONSISTENT, IMPOSSIBLE, NAMES, NOT_DECIDED, POSSIBLE
from helpers.audit.table.layout import lay_out
from helpers.audit.table.manuscript import PLACE, read_statements
from helpers.audit.table.matrices import check_correlations
from helpers.audit.table.measurement import check_measurement
from helpers.audit.table.mediation import check_mediation
from helpers.audit.table.models import check_models
from helpers.audit.table.parts import Row, Table
from helpers.audit.table.scores import check_scores
from helpers.audit.table.settings import Settings, size_in
from helpers.audit.table.slopes import check_slopes
from helpers.audit.table.ties import check_ties, share_columns

__all__ = [
    "COLUMNS",
    "VERDICTS",
    "Examined",
    "examine",
    "findings_frame",
    "join_examined",
    "roles_of",
    "say",
    "table_of",
]

COLUMNS = [
    "row", "check", "verdict", "printed", "implied_lower", "implied_upper", "reading", "cause",
    "table",
]  # fmt: skip
VERDICTS = (IMPOSSIBLE, POSSIBLE, NOT_DECIDED, CONSISTENT)
_WEAK = ("lower limit <= upper limit", "-1 <= r <= 1", "minimum <= M <= maximum")
"""Checks that vouch for no number."""


@dataclass(frozen=True)
class Examined:
    """What was read of a document, and what the checks say.

    Attributes
    ----------
    tables : list of Table
        The results in running text stand in one of their own, without columns.
    findings : list of Finding
        Impossible ones first, grouped by cause.
    """

    tables: list[Table]
    findings: list[Finding]

    def count(self, verdict: str) -> int:
        """Return how many findings have a verdict."""
        return sum(finding.verdict == verdict for finding in self.findings)


def examine(documents: Sequence[Document], settings: Settings) -> Examined:
    """Check every table and the running text of some documents.

    Parameters
    ----------
    documents : sequence of Document
    settings : Settings

    Returns
    -------
    Examined

    Examples
    --------
    >>> from helpers.audit.table.documents import Grid
    >>> grid = Grid("Table 1", [["", "b", "SE", "t"], ["Hope", "0.52", "0.24", "2.00"]])
    >>> print(say(examine([Document("t.csv", [grid])], Settings()).findings[0]))
    Hope: t = 2.00, but b = 0.52 and SE = 0.24 leave 2.102 to 2.234 (t = b / SE)
    """
    tables, findings, sizes = [], [], []
    grids = [grid for document in documents for grid in document.grids]
    around = [" ".join(document.paragraphs) for document in documents for _ in document.grids]
    shared = share_columns(grids, settings)
    for grid, columns, text in zip(grids, shared, around, strict=True):
        table = lay_out(grid, columns=columns)
        told = settings.told(table.words, around=text)
        said = size_in(f"{grid.name} {grid.note}")
        if settings.n is not None and said not in (None, settings.n):
            table.problems.append(f"N = {settings.n} is given, and the table says N = {said}")
        tables.append(table)
        sizes.append(told.n)
        findings += _name_causes(list(_check(table, told)))
    findings += check_ties(tables, sizes, settings)
    findings += _name_causes(list(check_slopes(tables, settings)))
    for document in documents:
        statements = list(read_statements(document.paragraphs))
        if statements:
            tables.append(Table(PLACE, [], statements, None, [], ""))
        told = settings.told("", around=" ".join(document.paragraphs))
        findings += _name_causes(list(_check_text(statements, told)))
    return Examined(tables, _in_order(findings))


def join_examined(parts: Iterable[Examined]) -> Examined:
    """Return several documents, each examined under its own settings, as one."""
    parts = list(parts)
    findings = [finding for part in parts for finding in part.findings]
    return Examined([table for part in parts for table in part.tables], _in_order(findings))


def table_of(finding: Finding) -> str:
    """Return the table of the number that a finding judges."""
    return finding.cells[0].table


def roles_of(finding: Finding) -> tuple[str, ...]:
    """Return the roles of the numbers that entered, the judged one first."""
    return tuple(cell.column for cell in finding.cells)


def _check_text(rows: Sequence[Row], settings: Settings) -> Iterator[Finding]:
    """Check the results of running text, each by itself and with its own df."""
    for row in rows:
        said = replace(settings, df=None, adjusted=settings.adjusted)
        yield from _check(Table(PLACE, [], [row], None, [], ""), said)


def _check(table: Table, settings: Settings) -> Iterator[Finding]:
    yield from check_coefficients(table.rows, settings)
    yield from check_models(table.rows, settings)
    yield from check_anova(table.rows, settings)
    yield from check_correlations(table, settings)
    yield from check_scores(table.rows, settings)
    yield from check_measurement(table, settings)
    yield from check_fit(table.rows, settings)
    yield from check_mediation(table.rows, settings)


def _name_causes(findings: Sequence[Finding]) -> list[Finding]:
    """Say what findings have in common: a number of a row, or a reading."""
    named = []
    for place in dict.fromkeys(finding.location for finding in findings):
        members = [finding for finding in findings if finding.location == place]
        suspects = _suspects(members)
        for finding in members:
            cause = ""
            if finding.verdict in (IMPOSSIBLE, POSSIBLE):
                cause = finding.reading
                if suspects and (
                    finding.verdict == IMPOSSIBLE or suspects & set(roles_of(finding))
                ):
                    shown = " or ".join(NAMES.get(role, role) for role in sorted(suspects))
                    cause = f"{place}: {shown}"
            named.append(replace(finding, cause=cause))
    return named


def _suspects(findings: Sequence[Finding]) -> set[str]:
    """Return the numbers of a row of which one must be wrong, as far as its checks tell."""
    failed = [set(roles_of(f)) for f in findings if f.verdict == IMPOSSIBLE]
    if not failed:
        return set()
    doubtful = [set(roles_of(f)) for f in findings if f.verdict == POSSIBLE]
    shared = set.intersection(*failed) or set.union(*failed)
    narrower = shared.intersection(*(d for d in doubtful if d & shared))
    shared = narrower or shared
    vouched = {
        role
        for f in findings
        if f.verdict == CONSISTENT and f.check not in _WEAK and "stars" not in roles_of(f)
        for role in roles_of(f)
    }
    return (shared - vouched) or shared


def _in_order(findings: Iterable[Finding]) -> list[Finding]:
    findings = list(findings)
    first: dict[str, int] = {}
    for finding in findings:
        if finding.cause:
            rank = VERDICTS.index(finding.verdict)
            first[finding.cause] = min(first.get(finding.cause, rank), rank)
    order = {cause: k for k, cause in enumerate(first)}

    def key(finding: Finding) -> tuple[int, int, int]:
        rank = VERDICTS.index(finding.verdict)
        return (first.get(finding.cause, rank), order.get(finding.cause, 0), rank)

    return sorted(findings, key=key)


def findings_frame(findings: Iterable[Finding]) -> pd.DataFrame:
    """Return findings as a table, one a row."""
    rows = [
        (
            f.location,
            f.check,
            f.verdict,
            f.printed,
            f.implied_lower,
            f.implied_upper,
            f.reading,
            f.cause,
            table_of(f),
        )
        for f in findings
    ]
    return pd.DataFrame(rows, columns=COLUMNS).astype(
        {"implied_lower": float, "implied_upper": float}
    )


def say(finding: Finding) -> str:
    """Return a finding as one sentence with the row's name and the numbers."""
    target, *others = finding.printed.split("; ")
    beside = " and ".join([", ".join(others[:-1]), others[-1]] if len(others) > 1 else others)
    left = _range_words(finding.implied_lower, finding.implied_upper)
    if finding.verdict == IMPOSSIBLE:
        if not others and left:
            return f"{finding.location}: {target}, which must be {left} ({finding.check})"
        if left and others:
            verb = "leaves" if len(others) == 1 else "leave"
            return f"{finding.location}: {target}, but {beside} {verb} {left} ({finding.check})"
        return f"{finding.location}: {target} cannot stand beside {beside} ({finding.check})"
    if finding.verdict == POSSIBLE:
        allowed = f", which leave {left}," if left and len(others) > 1 else ""
        allowed = f", which leaves {left}," if left and len(others) == 1 else allowed
        beside = f" beside {beside}" if beside else ""
        return (
            f"{finding.location}: {target}{beside}{allowed} is possible only if {finding.reading} "
            f"({finding.check})"
        )
    if finding.verdict == NOT_DECIDED:
        return f"{finding.location}: {finding.printed}: not decided ({finding.check})"
    more = f", {finding.reading}" if finding.reading else ""
    return f"{finding.location}: {finding.printed}: consistent{more} ({finding.check})"


def _range_words(low: float, high: float) -> str:
    if math.isnan(low) or math.isnan(high) or (math.isinf(low) and math.isinf(high)):
        return ""
    if math.isinf(high):
        return f"{low:.4g} or more"
    if math.isinf(low):
        return f"{high:.4g} or less"
    shown = f"{low:.4g}", f"{high:.4g}"
    return shown[0] if shown[0] == shown[1] else f"{shown[0]} to {shown[1]}"
