"""Audit the numbers of any table, or of a manuscript, as they are in print.

The status is 1 if any numbers are impossible together, 0 if none are, 2 if the table cannot be
read.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from helpers.commands.progress import print_line, shown
from helpers.errors import InputError
from helpers.files import write_text_atomic
from helpers.paths import ROOT

if TYPE_CHECKING:  # imported where they are needed, so that a mistake is answered at once
    from helpers.audit.table.examine import Examined
    from helpers.audit.table.parts import Column
    from helpers.audit.table.settings import Settings

__all__ = ["add_arguments", "audit_files", "run"]

SOUND, FOUND, UNREADABLE = 0, 1, 2
FINDINGS, PAGE = "findings.csv", "audit.html"
_MAP_SUFFIX = ".audit.yml"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument("table", nargs="*", help="CSV, workbook, Word, HTML, JATS or Markdown")
    parser.add_argument("--map", default="", help="YAML: what the headers do not say")
    parser.add_argument("--n", default="", help="sample size")
    parser.add_argument("--df", default="", help="degrees of freedom of the t tests")
    parser.add_argument("--ci", default="", help="t, z or percentile")
    parser.add_argument("--round", default="", help="any, half, half-even or truncated")
    parser.add_argument("--tails", default="", help="1 or 2")
    parser.add_argument("--alpha", default="", help="raw or std")
    parser.add_argument("--out", default="", help="a folder; runs/audit/<name of the table>")


def run(given: argparse.Namespace) -> int:
    """Audit, print one sentence per finding, and write the findings and a page."""
    try:
        return audit_files(
            [Path(name) for name in given.table],
            mapping=Path(given.map) if given.map else None,
            out=Path(given.out) if given.out else None,
            n=_number(given.n, "N"),
            df=_number(given.df, "DF"),
            ci=given.ci or None,
            rounding=given.round or None,
            tails=_number(given.tails, "TAILS"),
            alpha=given.alpha or None,
        )
    except InputError as error:
        print_line(f"error: {error}", file=sys.stderr)
        return UNREADABLE


def _number(text: str, name: str) -> int | float | None:
    if not text:
        return None
    try:
        number = float(text)
    except ValueError:
        raise InputError(f"{name}={text!r} is no number") from None
    return int(number) if number == int(number) else number


def audit_files(
    paths: list[Path], *, mapping: Path | None = None, out: Path | None = None, **said: object
) -> int:
    """Audit the tables of some files; see `run`.

    Parameters
    ----------
    paths : list of pathlib.Path
    mapping : pathlib.Path, optional
        What the headers do not say; ``NAME.audit.yml`` beside a single table, if it is there.
    out : pathlib.Path, optional
        Where the findings and the page go.
    **said
        Settings, as `helpers.audit.table.settings.Settings` names them.

    Returns
    -------
    int
        The exit status.
    """
    if not paths:
        raise InputError('say which table: TABLE=table.csv, or TABLES="t1.csv t2.csv"')
    from helpers.audit.table.documents import read_document
    from helpers.audit.table.examine import examine, findings_frame
    from helpers.audit.table.settings import read_settings
    from helpers.commands.audit_page import audit_page

    beside = paths[0].with_name(paths[0].stem + _MAP_SUFFIX)
    if mapping is None and beside.is_file():
        mapping = beside
    settings = read_settings(mapping, **said)
    documents = [read_document(path) for path in paths]
    examined = examine(documents, settings)
    for line in _report(examined, settings):
        print_line(line)
    if not examined.findings:
        fix = (
            "the columns are listed above, and MAP=file.yml with 'columns: {header: role}' says "
            "what they are"
            if any(table.columns for table in examined.tables)
            else "no table and no test was found in it; give the table as CSV, one line a row"
        )
        raise InputError(
            f"{', '.join(path.name for path in paths)}: nothing could be checked; {fix}"
        )
    folder = out or ROOT / "runs" / "audit" / paths[0].stem
    frame = findings_frame(examined.findings)
    write_text_atomic(folder / FINDINGS, frame.to_csv(index=False, lineterminator="\n"))
    title = ", ".join(path.name for path in paths)
    write_text_atomic(folder / PAGE, audit_page(title, examined, _said(settings)))
    print_line(f"written: {shown(folder / FINDINGS)}, {shown(folder / PAGE)}")
    from helpers.audit.table.judge import IMPOSSIBLE

    return FOUND if examined.count(IMPOSSIBLE) else SOUND


def _report(examined: Examined, settings: Settings) -> list[str]:
    """Return what is printed: the tables as read, the counts, the findings by cause."""
    from helpers.audit.table.examine import VERDICTS, say
    from helpers.audit.table.judge import CONSISTENT, IMPOSSIBLE, POSSIBLE

    lines = []
    for table in examined.tables:
        if not table.columns:
            lines.append(f"{table.name}: {len(table.rows)} results")
            continue
        lines.append(f"{table.name}: {len(table.rows)} rows; {_columns(table.columns)}")
        unknown = [c.header for c in table.columns if not c.roles]
        if unknown:
            lines.append(f"  not understood: {', '.join(repr(name) for name in unknown)}")
        lines += [f"  {problem}" for problem in table.problems]
    lines.append(_said(settings))
    counts = ", ".join(f"{examined.count(v)} {v}{' …' if v == POSSIBLE else ''}" for v in VERDICTS)
    causes = {f.cause for f in examined.findings if f.cause}
    lines += [f"{len(examined.findings)} checks: {counts}; causes: {len(causes)}", ""]
    cause = None
    for finding in examined.findings:
        if finding.verdict == CONSISTENT:
            continue
        if finding.cause != cause:
            cause = finding.cause
            head = "impossible" if finding.verdict == IMPOSSIBLE else POSSIBLE
            if cause:
                lines.append(f"{head}: {cause}" if head == "impossible" else f"{head} {cause}")
        lines.append(f"  {say(finding)}")
    return [*lines, ""] if lines[-1] else lines


def _columns(columns: list[Column]) -> str:
    from helpers.audit.table.judge import NAMES

    parts = []
    for column in columns:
        if column.roles:
            roles = " and ".join(NAMES.get(role, role) for role in column.roles)
            where = f"{column.panel}: " if column.panel else ""
            parts.append(f"{where}{column.header} = {roles}")
    return ", ".join(parts)


def _said(settings: Settings) -> str:
    """Return what the audit takes for granted."""
    parts = [
        f"N = {settings.n}" if settings.n is not None else "N as printed",
        f"df = {settings.df:g}" if settings.df is not None else "df as printed",
        {"": "intervals of t, z or percentiles"}.get(settings.ci, f"intervals of {settings.ci}"),
        f"rounding: {settings.rounding}",
        f"tails: {settings.tails or 'two, or one where said'}",
        f"alpha: {settings.alpha or 'raw or standardized'}",
    ]
    return f"settings: {'; '.join(parts)}"
