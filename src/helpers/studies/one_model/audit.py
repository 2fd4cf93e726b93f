"""The audit of all that a study prints, whatever its tables: no model, and no code of its own."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import replace

from helpers.audit.findings import DOUBTFUL, SEVERITIES
from helpers.audit.table.documents import Document, Grid
from helpers.audit.table.examine import Examined, examine, join_examined
from helpers.audit.table.settings import Settings
from helpers.errors import InputError, did_you_mean
from helpers.paths import printed_dir
from helpers.printed.numbers import load_source

__all__ = ["audit_printed"]


def audit_printed(study: str) -> Examined:
    """Audit every printed table of a study.

    Parameters
    ----------
    study : str
        Slug. Each table that ``data/<study>/source.yml`` names is read as ``make audit`` reads it,
        with the sample size that stands there, and with what its entry `audit` says of it, such as
        ``{df: 77, ci: t}``. ``severity: {table_2, Hope: a conclusion depends on it}`` there grades
        what is doubted of a row.

    Returns
    -------
    helpers.audit.table.examine.Examined

    Raises
    ------
    InputError
        When `audit` says something that no table can have, or `severity` names no doubted row or no
        grade.

    Examples
    --------
    >>> from helpers.paths import list_studies
    >>> len(audit_printed(list_studies()[0]).findings) > 0
    True
    """
    source = load_source(study)
    audited = []
    for name, declared in source["tables"].items():
        path = printed_dir(study) / f"{name}.csv"
        with path.open(encoding="utf-8", newline="") as stream:
            rows = [row for row in csv.reader(stream) if any(row)]
        if len(rows) < 2:
            continue
        said = {"n": source.get("n")} | (declared.get("audit") or {})
        try:
            settings = Settings(**said)
        except TypeError as error:
            raise InputError(f"data/{study}/source.yml, {name}, audit: {error}") from None
        grid = Grid(name, rows, n_head=1, note=declared["title"])
        audited.append(examine([Document(path.name, [grid])], settings))
    return _graded(join_examined(audited), source.get("severity") or {}, study)


def _graded(examined: Examined, grades: Mapping[str, str], study: str) -> Examined:
    """Return the findings with the grades that somebody gave to what is doubted of a row."""
    doubted = {
        f"{f.cells[0].table}, {f.location}" for f in examined.findings if f.verdict in DOUBTFUL
    }
    for place, grade in grades.items():
        where = f"data/{study}/source.yml, severity: '{place}'"
        if place not in doubted:
            raise InputError(
                f"{where} is no row of which anything is doubted; there are "
                f"{'; '.join(sorted(doubted)) or 'none'}.{did_you_mean(place, doubted)}"
            )
        if grade not in SEVERITIES:
            raise InputError(
                f"{where} is graded {grade!r}, which is none of {', '.join(SEVERITIES)}."
                f"{did_you_mean(grade, SEVERITIES)}"
            )
    findings = [
        replace(f, severity=grades.get(f"{f.cells[0].table}, {f.location}", ""))
        if f.verdict in DOUBTFUL
        else f
        for f in examined.findings
    ]
    return replace(examined, findings=findings)
