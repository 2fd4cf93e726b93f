"""The audit of all that a study prints, whatever its tables: no model, and no code of its own."""

from __future__ import annotations

import csv

from helpers.audit.table.documents import Document, Grid
from helpers.audit.table.examine import Examined, examine, join_examined
from helpers.audit.table.settings import Settings
from helpers.errors import InputError
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
        ``{df: 77, ci: t}``.

    Returns
    -------
    helpers.audit.table.examine.Examined

    Raises
    ------
    InputError
        When `audit` says something that no table can have.

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
        grid = Grid(declared["title"], rows, n_head=1)
        audited.append(examine([Document(path.name, [grid])], settings))
    return join_examined(audited)
