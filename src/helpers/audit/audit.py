"""Run the checks declared for a study on its published tables."""

from collections.abc import Mapping
from importlib import import_module

import pandas as pd

from helpers.audit.findings import VERDICTS, findings_table
from helpers.data.published import load_published, load_source
from helpers.errors import InputError, did_you_mean

__all__ = ["AUDITED_STUDIES", "audit_study", "audit_tables", "summarise_audit"]

AUDITED_STUDIES = ("coping_adherence", "distress_session_quality", "working_alliance_theory")


def audit_study(study: str) -> pd.DataFrame:
    """Audit the printed numbers of a study.

    Parameters
    ----------
    study : str
        Slug of the study; one of `AUDITED_STUDIES`.

    Returns
    -------
    pandas.DataFrame
        One row a check:

        - ``study``, ``location``: where the checked number stands.
        - ``relation``: the relation, a formula where there is one.
        - ``printed``: the printed values that enter.
        - ``recomputed_lower``, ``recomputed_upper``: what the others allow for the checked number;
          NaN where the relation has no single number.
        - ``verdict``: ``consistent`` when unrounded values inside the printed intervals satisfy the
          relation, ``inconsistent`` when none do, ``cannot be checked`` when something needed is
          not printed.
        - ``nominal``: whether the printed digits themselves give the number; NA where the question
          makes no sense.
        - ``reading``: the reading under which the number or sentence is true, where there is one.
        - ``method``: how the bounds were found; see `helpers.audit.findings.Finding`.
        - ``note``: what else a reader should know.

    Raises
    ------
    InputError
        When no checks are declared for `study`.

    Examples
    --------
    >>> table = audit_study("distress_session_quality")
    >>> set(table["verdict"]) <= {"consistent", "inconsistent", "cannot be checked"}
    True
    """
    _require_declared(study)
    tables = {name: load_published(study, name) for name in load_source(study)["tables"]}
    return audit_tables(tables, study=study)


def audit_tables(tables: Mapping[str, pd.DataFrame], *, study: str) -> pd.DataFrame:
    """Audit tables laid out like a study's published ones, such as an altered copy of them.

    Parameters
    ----------
    tables : mapping from str to pandas.DataFrame
        All tables of the study by name, as `helpers.data.published.load_published` returns them:
        strings as printed.
    study : str
        Slug of the study whose checks are run.

    Returns
    -------
    pandas.DataFrame
        As `audit_study`.

    Raises
    ------
    InputError
        When no checks are declared for `study`.
    """
    _require_declared(study)
    module = import_module(f"helpers.audit.studies.{study}")
    return findings_table(module.collect_findings(tables), study=study)


def summarise_audit(table: pd.DataFrame) -> pd.DataFrame:
    """Count the verdicts of an audit by the place where the numbers stand.

    Parameters
    ----------
    table : pandas.DataFrame
        From `audit_study`.

    Returns
    -------
    pandas.DataFrame
        One row a place (the part of ``location`` before the first comma), in the order of
        appearance, a column for each verdict, ``nominal`` (checks in which the printed digits
        themselves give the number) and ``checks`` (their number).

    Examples
    --------
    >>> summary = summarise_audit(audit_study("distress_session_quality"))
    >>> bool((summary[["consistent", "inconsistent", "cannot be checked"]].sum(axis=1)
    ...       == summary["checks"]).all())
    True
    """
    place = table["location"].str.partition(",")[0].rename("place")
    counts = pd.crosstab(place, table["verdict"]).reindex(columns=VERDICTS, fill_value=0)
    counts["nominal"] = table["nominal"].fillna(False).astype(bool).groupby(place).sum()
    counts["checks"] = place.value_counts()
    return counts.reindex(place.unique()).reset_index().rename_axis(columns=None)


def _require_declared(study: str) -> None:
    if study not in AUDITED_STUDIES:
        raise InputError(
            f"study={study!r} has no declared checks; there are {', '.join(AUDITED_STUDIES)}."
            f"{did_you_mean(study, AUDITED_STUDIES)}"
        )
