"""The audits of the collection's studies, found by their folders."""

from collections.abc import Mapping
from importlib import import_module

import pandas as pd

from helpers.audit.causes import Cause
from helpers.audit.findings import DOUBTFUL, IMPOSSIBLE, POSSIBLE_ONLY_IF, findings_table
from helpers.errors import InputError, did_you_mean
from helpers.paths import studies_with
from helpers.printed.cells import address_table
from helpers.printed.ledger import CELL
from helpers.printed.numbers import load_published, load_source, melt_published
from helpers.report.numbers import format_bounds, format_share

__all__ = ["audit_study", "audit_tables", "describe_twin", "list_causes"]


def audit_study(study: str) -> pd.DataFrame:
    """Audit the printed numbers of a study.

    Parameters
    ----------
    study : str
        Slug of the study; one that has an ``audit`` module.

    Returns
    -------
    pandas.DataFrame
        One row a check:

        - ``study``, ``location``: where the checked number stands.
        - ``check``: what was checked, in ordinary words.
        - ``relation``: the relation, a formula where there is one.
        - ``printed``: the printed values that enter.
        - ``implied_lower``, ``implied_upper``: what the others allow for the checked number;
          NaN where the relation has no single number.
        - ``verdict``: ``impossible``, ``possible only if``, ``not decided``, ``consistent`` or
          ``excluded``; see `helpers.audit.findings.Finding`.
        - ``nominal``: whether the printed digits themselves give the number; NA where the question
          makes no sense.
        - ``reading``: what the number is possible only if, or what would explain it.
        - ``cause``, ``severity``: what findings with one reason have in common, and how grave it
          is; "" where nobody has said.
        - ``method``: how the bounds were found; see `helpers.audit.findings.Finding`.
        - ``note``: what else a reader should know.
        - ``cells``: where the printed numbers stand that entered, ``table/row/column``, separated
          by ``"; "``, the checked one first.

    Raises
    ------
    InputError
        When no checks are declared for `study`.

    Examples
    --------
    >>> from helpers.audit.findings import VERDICTS
    >>> table = audit_study("distress_session_quality")
    >>> set(table["verdict"]) <= set(VERDICTS)
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
        All tables of the study by name, as `helpers.printed.numbers.load_published` returns them:
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
    module = import_module(f"helpers.studies.{study}.audit")
    declared = load_source(study)["tables"]
    addressed = {
        name: address_table(table, table=name, text=declared[name]["text"])
        for name, table in tables.items()
    }
    return findings_table(module.collect_findings(addressed), study=study)


def list_causes(study: str, audit: pd.DataFrame) -> pd.DataFrame:
    """Group the findings that doubt something by their causes.

    Parameters
    ----------
    study : str
        Slug of the study.
    audit : DataFrame
        Its findings, as `audit_study` returns them.

    Returns
    -------
    pandas.DataFrame
        One row a cause that has findings, in the study's order, the headline claim first:
        ``cause``, ``place``, ``printed``, ``follows``, ``severity``, ``reading`` (in words, with
        their numbers), ``verdict`` (``impossible`` where any of its findings is) and ``findings``,
        how many they are.

    Raises
    ------
    InputError
        When a finding that doubts something has no cause that the study explains.

    Examples
    --------
    >>> table = list_causes("distress_session_quality", audit_study("distress_session_quality"))
    >>> table["cause"].iloc[0]
    'headline'
    """
    causes = import_module(f"helpers.studies.{study}.causes").CAUSES
    doubted = audit[audit["verdict"].isin(DOUBTFUL)]
    known = {cause.key for cause in causes}
    for finding in doubted[~doubted["cause"].isin(known)].itertuples():
        raise InputError(
            f"the finding at {finding.location!r} of {study} has no cause; declare one"
        )
    printed = melt_published(study).set_index(CELL)["printed"]
    rows = []
    for cause in causes:
        mine = doubted[doubted["cause"] == cause.key]
        if mine.empty:
            continue
        words = _fill_in(cause, pd.concat([mine, audit]), printed)
        verdict = IMPOSSIBLE if (mine["verdict"] == IMPOSSIBLE).any() else POSSIBLE_ONLY_IF
        rows.append(
            {"cause": cause.key, "place": cause.place, **words, "severity": cause.severity}
            | {"verdict": verdict, "findings": len(mine)}
        )
    columns = ["cause", "place", "printed", "follows", "severity", "reading", "verdict", "findings"]
    return pd.DataFrame(rows, columns=columns)


def _fill_in(cause: Cause, findings: pd.DataFrame, printed: pd.Series) -> dict[str, str]:
    """Write the numbers into the words of a cause."""
    first = findings.drop_duplicates("location").set_index("location")
    bounded = first[first["implied_lower"].notna()]
    ends = list(zip(bounded["implied_lower"], bounded["implied_upper"], strict=True))
    texts = printed.str.rstrip("*").str.replace("-", "\u2212")
    known = {
        "p": {"/".join(cell): text for cell, text in texts.items()},
        "b": dict(zip(bounded.index, (format_bounds(*pair) for pair in ends), strict=True)),
        "s": dict(zip(bounded.index, (format_share(*pair) for pair in ends), strict=True)),
        "r": first["reading"].to_dict(),
        "n": first["note"].str.split("; ").to_dict(),
    }
    return {
        part: getattr(cause, part).format(**known) for part in ("printed", "follows", "reading")
    }


def describe_twin(study: str) -> pd.DataFrame:
    """Say number by number why the twin of a study has what is printed.

    Returns
    -------
    pandas.DataFrame
        ``table row column status how``; ``status`` is ``computed`` where nothing was done for it.
        Without rows when the study does not say it.

    Examples
    --------
    >>> describe_twin("coping_adherence").columns.tolist()
    ['table', 'row', 'column', 'status', 'how']
    """
    if study not in studies_with("twin_provenance"):
        return pd.DataFrame(columns=[*CELL, "status", "how"])
    return import_module(f"helpers.studies.{study}.twin_provenance").describe_provenance()


def _require_declared(study: str) -> None:
    audited = studies_with("audit")
    if study not in audited:
        raise InputError(
            f"study={study!r} has no declared checks; there are {', '.join(audited)}."
            f"{did_you_mean(study, audited)}"
        )
