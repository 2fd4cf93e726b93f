"""The five sources side by side: constructs, instruments, themes, and the state of each number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from helpers.audit.findings import (
    CONCLUSION,
    CONSISTENT,
    IMPOSSIBLE,
    NOT_DECIDED,
    POSSIBLE_ONLY_IF,
    list_marks,
)
from helpers.errors import InputError
from helpers.paths import data_dir
from helpers.printed.cells import Cell, write_cells
from helpers.printed.ledger import CELL
from helpers.printed.numbers import AGREES, load_published, load_source, melt_published
from helpers.report.compared import count_built_in
from helpers.studies.registry import describe_twin

ESSAY = "clinical_essay"

MATCHES = ("direct", "partial", "opposite", "none")
"""From the closest counterpart a theme can have to none; ``clinical_essay/source.yml`` defines."""

DESCRIBED = "described"
"""How a source has a construct that it neither measures nor codes."""

REPRODUCED, COMPUTED, FITTING, UNVERIFIABLE, CARRIED = STATES = (
    "reproduced",
    "other_digits",
    "fits",
    "unverifiable",
    "carried",
)
"""States of a printed number, the strongest first; a contradiction is marked besides.

reproduced: computed, to the printed digits; other_digits: computed, to others; fits: not computed,
but in accord with other printed numbers; unverifiable: what it needs is not printed; carried:
nothing else in the paper bears on it.
"""

REPORT_TABLES = ("published_vs_reproduced", "audit", "causes", "claims")
BETWEEN = " | "
"""What stands between the findings that mark one number."""
_ANSWERS = (CONSISTENT, POSSIBLE_ONLY_IF, IMPOSSIBLE)
_NOT_COMPUTED = ("not reproduced", "")


def load_sources() -> pd.DataFrame:
    """Return the five sources.

    Returns
    -------
    DataFrame
        study, notebook ("" where it has none), source (authors and year), short (a name for
        figures), design, question, claim (in our words), doi (or ""), url (or ""), and title,
        from each study's ``source.yml``.
    """
    table = pd.read_csv(data_dir() / "overview" / "sources.csv", dtype=str, keep_default_na=False)
    cited = [load_source(study)["citation"] for study in table["study"]]
    for part in ("title", "doi", "url"):
        table[part] = [citation.get(part) or "" for citation in cited]
    return table


def name_notebooks(sources: pd.DataFrame) -> dict[str, str]:
    """Return the notebook of each source that has one, by study, in reading order.

    Examples
    --------
    >>> name_notebooks(load_sources())["coping_adherence"]
    '01_coping_adherence_pls'
    """
    own = sources[sources["notebook"] != ""]
    return dict(zip(own["study"], own["notebook"], strict=True))


def load_crosswalk() -> pd.DataFrame:
    """Return which source measures, codes or only describes which construct, and with what.

    Returns
    -------
    DataFrame
        One row a source and variable: construct (our name, shared by the sources), study,
        variable (the source's name), instrument, items, scale_minimum, scale_maximum, reported_by
        (client, observer, or missing for what is only described), n, n_unit, note. Missing where
        the source prints nothing.

    Examples
    --------
    >>> load_crosswalk()["study"].nunique()
    5
    """
    whole = dict.fromkeys(("items", "scale_minimum", "scale_maximum", "n"), "Int64")
    table = pd.read_csv(data_dir() / "overview" / "crosswalk.csv", dtype={"note": str} | whole)
    return table.assign(note=table["note"].fillna(""))


def load_themes() -> pd.DataFrame:
    """Return the essay's themes and their counterparts, one row a pair, none a row of its own.

    Returns
    -------
    DataFrame
        theme_id, study, construct, theme, section, description, match, instrument, note.
    """
    return load_published(ESSAY, "themes").reset_index()


def match_themes(themes: pd.DataFrame, *, studies: tuple[str, ...]) -> pd.DataFrame:
    """Give the closest match of each theme in each study and in all.

    Parameters
    ----------
    themes : DataFrame
        From `load_themes`.
    studies : tuple of str
        Study slugs, in the order wanted.

    Returns
    -------
    DataFrame
        One row a theme in the essay's order: theme_id, theme, section, one column a study and
        best, each direct, partial, opposite or none.
    """
    rank = {match: k for k, match in enumerate(MATCHES)}
    ranked = themes.assign(rank=themes["match"].map(rank))
    named = ranked.drop_duplicates("theme_id").set_index("theme_id")[["theme", "section"]]
    closest = ranked.groupby(["theme_id", "study"])["rank"].min().reset_index()
    for study in studies:
        mine = closest[closest["study"] == study].set_index("theme_id")["rank"]
        worst = len(MATCHES) - 1
        named[study] = mine.reindex(named.index, fill_value=worst).map(dict(enumerate(MATCHES)))
    named["best"] = ranked.groupby("theme_id")["rank"].min().map(dict(enumerate(MATCHES)))
    return named.reset_index()


def match_constructs(crosswalk: pd.DataFrame, *, studies: Sequence[str]) -> pd.DataFrame:
    """How each source has each construct.

    Parameters
    ----------
    crosswalk : DataFrame
        From `load_crosswalk`. What stands before a colon in `construct` is the construct, what
        follows a part of it.
    studies : sequence of str
        Study slugs, in the order wanted.

    Returns
    -------
    DataFrame
        One row a construct and source that has it: construct, study, how (client, observer,
        described), instrument (different ones joined by "; ", "" where none is printed), parts
        (joined by ", "). Constructs that most sources share come first.
    """
    table = crosswalk[crosswalk["study"].isin(studies)].copy()
    split = table["construct"].str.partition(": ")
    table["construct"], table["part"] = split[0], split[2]
    table["how"] = table["reported_by"].fillna(DESCRIBED)
    joined = (
        table.groupby(["construct", "study"], sort=False)
        .agg(
            how=("how", "first"),
            instrument=("instrument", lambda names: "; ".join(names.dropna().unique())),
            parts=("part", lambda parts: ", ".join(filter(None, parts))),
        )
        .reset_index()
    )
    spread = joined.groupby("construct")["study"].transform("size")
    place = joined["study"].map({study: k for k, study in enumerate(studies)})
    first = place.groupby(joined["construct"]).transform("min")
    order = pd.DataFrame({"spread": -spread, "first": first, "name": joined["construct"]})
    order["place"] = place
    return joined.loc[order.sort_values(["spread", "first", "name", "place"]).index].reset_index(
        drop=True
    )


# ---------------------------------------------------------------- the other reports


def load_reports(
    folder: str | Path, notebooks: Mapping[str, str]
) -> dict[str, dict[str, pd.DataFrame]]:
    """Read what the notebooks on single studies saved.

    Parameters
    ----------
    folder : path
        Holds ``<notebook>/tables/<table>.csv``.
    notebooks : mapping of str to str
        From study to notebook.

    Returns
    -------
    dict
        For each study that has a report, its tables among claims, published_vs_reproduced and
        audit, as text. A study without a report is left out.

    Raises
    ------
    InputError
        When `folder` is not a folder.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise InputError(f"reports={str(folder)!r} is not a folder; run 'make notebooks' first")
    reports = {}
    for study, notebook in notebooks.items():
        tables = folder / notebook / "tables"
        if tables.is_dir():
            reports[study] = {
                name: pd.read_csv(tables / f"{name}.csv", dtype=str, keep_default_na=False)
                for name in REPORT_TABLES
                if (tables / f"{name}.csv").is_file()
            }
    return reports


def trace_numbers(
    studies: Sequence[str], reports: Mapping[str, Mapping[str, pd.DataFrame]]
) -> pd.DataFrame:
    """Follow every printed number through the reports.

    Parameters
    ----------
    studies : sequence of str
    reports : mapping
        From `load_reports`.

    Returns
    -------
    DataFrame
        One row a printed number: study, table, row, column, printed, state (one of `STATES`),
        contradicted (whether it enters a check that finds numbers that cannot be true together;
        such a check does not say which of them is wrong), conditional (whether it enters one that
        finds them possible only under an assumption), checked (whether any check of it came to an
        answer), state_by (where the checks stand that the state fits or unverifiable rests on),
        contradicted_by and conditional_by (where those stand), several separated by `BETWEEN`, ""
        where there is none.

    Notes
    -----
    A number is reproduced or computed where published_vs_reproduced says so. Else it fits where it
    enters a check of the audit that finds nothing amiss; cannot be verified where a check that it
    enters lacks something, or no value could be computed for it; and is carried where nothing
    speaks of it. Which numbers enter a check, the check itself says (`Finding.cells`).
    """
    return pd.concat([_trace(study, reports.get(study, {})) for study in studies]).reset_index(
        drop=True
    )


def _trace(study: str, tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    numbers = melt_published(study)[[*CELL, "printed"]]
    numbers.insert(0, "study", study)
    compared = tables.get("published_vs_reproduced", pd.DataFrame(columns=[*CELL, "verdict"]))
    verdicts = numbers.merge(compared[[*CELL, "verdict"]], on=CELL, how="left", validate="1:1")
    marks = list_marks(tables.get("audit", pd.DataFrame(columns=["location", "verdict", "cells"])))
    cells = [Cell(*key) for key in numbers[CELL].itertuples(index=False)]
    unknown = set().union(*marks.values()) - set(cells)
    if unknown:
        raise InputError(
            f"audit.csv of {study} has a check of {write_cells(unknown)}, which is not printed; "
            "build its report again"
        )
    states = []
    for cell, outcome in zip(cells, verdicts["verdict"].fillna(""), strict=True):
        fitting = marks[CONSISTENT].get(cell, [])
        lacking = [*marks[POSSIBLE_ONLY_IF].get(cell, []), *marks[NOT_DECIDED].get(cell, [])]
        if outcome == AGREES:
            states.append((REPRODUCED, []))
        elif outcome not in _NOT_COMPUTED:
            states.append((COMPUTED, []))
        elif fitting:
            states.append((FITTING, fitting))
        elif outcome or lacking:
            states.append((UNVERIFIABLE, lacking))
        else:
            states.append((CARRIED, []))
    against = [marks[IMPOSSIBLE].get(cell, []) for cell in cells]
    only_if = [marks[POSSIBLE_ONLY_IF].get(cell, []) for cell in cells]
    answered = set().union(*(marks[verdict] for verdict in _ANSWERS))
    return numbers.assign(
        state=[state for state, _ in states],
        contradicted=[bool(places) for places in against],
        conditional=[bool(places) for places in only_if],
        checked=[cell in answered for cell in cells],
        state_by=[BETWEEN.join(places) for _, places in states],
        contradicted_by=[BETWEEN.join(places) for places in against],
        conditional_by=[BETWEEN.join(places) for places in only_if],
    )


def count_states(numbers: pd.DataFrame) -> pd.DataFrame:
    """Count the states of the printed numbers by study.

    Returns
    -------
    DataFrame
        One row a study: study, n, a column for each of `STATES`, contradicted, conditional,
        checked.
    """
    counts = pd.crosstab(numbers["study"], numbers["state"])
    counts = counts.reindex(index=numbers["study"].unique(), columns=STATES, fill_value=0)
    counts.insert(0, "n", counts.sum(axis=1))
    for mark in ("contradicted", "conditional", "checked"):
        counts[mark] = numbers.groupby("study")[mark].sum()
    return counts.rename_axis(columns=None).reset_index()


def summarize_sources(
    sources: pd.DataFrame,
    crosswalk: pd.DataFrame,
    reports: Mapping[str, Mapping[str, pd.DataFrame]],
) -> pd.DataFrame:
    """Set the sources side by side.

    Returns
    -------
    DataFrame
        study, source, design, n, n_unit (missing for the essay), instruments (joined by "; "),
        constructs (joined by "; "), claim; of the report whether there is one (built), n_checks
        and n_causes of contradiction, n_grave (causes that a conclusion depends on), and headline,
        headline_reading and headline_note (what the audit says of the paper's main claim, its first
        finding); n_compared and n_agree (printed numbers computed again, and those with the printed
        digits) and n_built_in (of the latter those that the data were built or tuned to give).
        Missing where there is no report or it has no such table.
    """
    of_study = crosswalk.groupby("study")
    table = sources[["study", "source", "design", "claim"]].copy()
    table["n"] = table["study"].map(of_study["n"].first()).astype("Int64")
    table["n_unit"] = table["study"].map(of_study["n_unit"].first())
    for name, column in (("instruments", "instrument"), ("constructs", "variable")):
        joined = of_study[column].agg(lambda names: "; ".join(names.dropna().unique()))
        table[name] = table["study"].map(joined)
    found = [_read_report(study, reports.get(study)) for study in table["study"]]
    return table.join(pd.DataFrame(found, index=table.index).astype(_REPORTED))


_REPORTED = {
    "built": bool,
    **dict.fromkeys(
        ("n_checks", "n_causes", "n_grave", "n_compared", "n_agree", "n_built_in"), "Int64"
    ),
    **dict.fromkeys(("headline", "headline_reading", "headline_note"), object),
}


def _read_report(study: str, tables: Mapping[str, pd.DataFrame] | None) -> dict[str, object]:
    read = dict.fromkeys(_REPORTED, pd.NA) | {"built": tables is not None}
    tables = tables or {}
    if "audit" in tables:
        first = tables["audit"].iloc[0]
        read |= {"n_checks": len(tables["audit"]), "headline": first["verdict"]}
        read |= {"headline_reading": first["reading"], "headline_note": first["note"]}
    if "causes" in tables:
        severity = tables["causes"]["severity"]
        read |= {"n_causes": len(severity), "n_grave": int((severity == CONCLUSION).sum())}
    if "published_vs_reproduced" in tables:
        compared = tables["published_vs_reproduced"]
        computed = ~compared["verdict"].isin(_NOT_COMPUTED)
        read |= {
            "n_compared": int(computed.sum()),
            "n_agree": int((compared["verdict"] == AGREES).sum()),
        }
        read["n_built_in"] = count_built_in(compared, describe_twin(study))
    return read
