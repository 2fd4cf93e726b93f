"""The overview: how it is laid out and put into words. Nothing is counted or estimated here."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from helpers.audit.findings import CONSISTENT, IMPOSSIBLE, NOT_DECIDED, POSSIBLE_ONLY_IF
from helpers.report.numbers import format_number
from helpers.report.table_markup import PrintedTable
from helpers.report.tables import print_table
from helpers.report.wording import state_verdict
from helpers.studies.overview.model import (
    BETWEEN,
    CARRIED,
    COMPUTED,
    DESCRIBED,
    FITTING,
    REPRODUCED,
    UNVERIFIABLE,
)

STAMP = "Recomputed on synthetic data, no clients"
HOW = {"client": "clients asked", "observer": "sessions coded", DESCRIBED: "described only"}
STATE_NAMES = {
    REPRODUCED: "recomputed, same digits",
    COMPUTED: "recomputed, different digits",
    FITTING: "not recomputed, consistent with the other numbers",
    UNVERIFIABLE: "cannot be checked: something needed is not reported",
    CARRIED: "recorded; nothing else in the paper bears on it",
}
STATE_HEADS = {
    REPRODUCED: "Same digits",
    COMPUTED: "Different digits",
    FITTING: "Consistent",
    UNVERIFIABLE: "Not checkable",
    CARRIED: "Recorded only",
}
NUMERALS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
TABLE_NAMES = {"text": "running text", "sample": "sample, measures"}


def list_sources(summary: pd.DataFrame, sources: pd.DataFrame, notebooks: Mapping[str, str]) -> str:
    """The sources as a list: what was asked, claimed and found, with a link to the notebook."""
    merged = summary.merge(sources[["study", "title", "question", "doi", "url"]], on="study")
    items = []
    for row in merged.itertuples():
        place = f"https://doi.org/{row.doi}" if row.doi else row.url
        title = f"[{row.title}]({place})" if place else row.title
        by = f" ({row.instruments})" if row.instruments else ""
        notebook = notebooks.get(row.study)
        more = f" [Read the report]({notebook}.ipynb)." if notebook else ""
        items += [
            f"- **{row.source}. {row.question}** *{title}.*",
            f"  - *Design:* {_lower_first(row.design)}{_size(row, '; ')}.",
            f"  - *Variables:* {row.constructs}{by}.",
            f"  - *Claimed:* {_lower_first(row.claim)}.",
            f"  - *Found here:* {describe_report(row)}.{more}",
        ]
    return "\n".join(items)


def describe_report(row) -> str:
    """What a source's report found, from a row of `summarize_sources`."""
    if not row.built:
        return "no report, because it gives no numbers" if pd.isna(row.n) else "not built yet"
    parts = [f"reported numbers: {_consistent(row)}", f"main claim: {_follows(row)}"]
    if pd.notna(row.n_compared):
        parts.append(
            f"recomputed: {row.n_agree} of {row.n_compared} results have the printed digits, "
            f"{row.n_built_in} of them because the data were built that way"
        )
    return "; ".join(parts)


def arrange_side_by_side(summary: pd.DataFrame, counts: pd.DataFrame) -> pd.DataFrame:
    """Sources for a table: adds size, consistent, follows and checkable, in words."""
    rows = list(summary.itertuples())
    by_study = counts.set_index("study")
    return summary.assign(
        size=[_size(row) or "–" for row in rows],
        consistent=[_consistent(row) for row in rows],
        follows=[_follows(row) for row in rows],
        checkable=[
            _of(by_study.loc[row.study, "checked"], by_study.loc[row.study, "n"])
            if row.study in by_study.index
            else "no numbers"
            for row in rows
        ],
    )


def _consistent(row) -> str:
    """Whether a source's reported numbers can be true together, from its row of the summary."""
    if not row.built:
        return "–"
    if pd.isna(row.n_causes):
        return "cannot be checked"
    if not row.n_causes:
        return "yes"
    causes = _count(row.n_causes, "cause") + " of contradiction"
    return f"{causes}, {row.n_grave} affecting a conclusion"


def _follows(row) -> str:
    """Whether a source's main claim follows from what it reports, from its row of the summary."""
    if not row.built:
        return "–"
    if pd.isna(row.headline):
        return "cannot be checked"
    return {
        CONSISTENT: "yes",
        POSSIBLE_ONLY_IF: f"only if {row.headline_reading}",
        IMPOSSIBLE: "no",
        NOT_DECIDED: f"cannot be checked: {row.headline_note}",
    }[row.headline]


def describe_reporters(crosswalk: pd.DataFrame) -> str:
    """Who was asked or watched in how many studies, in a sentence."""
    counts = crosswalk.groupby("reported_by")["study"].nunique()
    asked = f"{counts.get('client', 0)} of the studies asked clients"
    watched = f"{counts.get('observer', 0)} watched sessions"
    rest = "" if "therapist" in counts else "; none asked therapists"
    return f"{asked}, {watched}{rest}."


def name_missing(notebooks: Mapping[str, str], reports: Mapping[str, object]) -> str:
    """A sentence on the reports that are not there, or ""."""
    missing = [name for study, name in notebooks.items() if study not in reports]
    if not missing:
        return ""
    listed = ", ".join(f"`{name}`" for name in missing)
    return (
        f"**Not built yet:** {listed}. Of these studies only what was printed is shown; "
        "`make notebooks` builds them, and then this page again."
    )


def write_cells(constructs: pd.DataFrame) -> pd.DataFrame:
    """Constructs for the crosswalk figure: adds text, what is in a cell."""
    instrument = (
        constructs["instrument"]
        .mask(constructs["how"] == DESCRIBED, "described")
        .replace("", "instrument not named")
    )
    parts = constructs["parts"].map(lambda text: f" ({text})" if text else "")
    named = constructs["construct"].map(_upper_first)
    return constructs.assign(construct=named, text=instrument + parts)


def describe_constructs(constructs: pd.DataFrame) -> str:
    """The crosswalk in words: how many sources have each construct."""
    counts = constructs.groupby("construct", sort=False)["study"].nunique()
    return "; ".join(f"{name}: {n} of the sources" for name, n in counts.items())


def fold_crosswalk(crosswalk: pd.DataFrame, sources: pd.DataFrame) -> dict[str, PrintedTable]:
    """What each source measures, codes or describes, one table per source."""
    names = sources.set_index("study")["source"]
    table = crosswalk.assign(
        how=crosswalk["reported_by"].fillna(DESCRIBED).map(HOW),
        instrument=crosswalk["instrument"].fillna("–"),
        items=crosswalk["items"].astype(float),
        low=crosswalk["scale_minimum"].astype(float),
        high=crosswalk["scale_maximum"].astype(float),
    )
    return {
        f"{names[study]}, {len(part)} variables": print_table(
            part,
            {
                "Variable": "variable: words",
                "Construct": "construct: text",
                "How": "how: text",
                "Instrument": "instrument: words",
                "Items": "items: integer",
                "Points": "low, high: integer",
                "Remark": "note: words",
            },
            caption="",
        )
        for study, part in crosswalk_order(table, sources)
    }


def crosswalk_order(table: pd.DataFrame, sources: pd.DataFrame):
    """The rows of each source, in the order of the sources."""
    for study in sources["study"]:
        part = table[table["study"] == study]
        if len(part):
            yield study, part


def fold_themes(themes: pd.DataFrame, sources: pd.DataFrame) -> dict[str, PrintedTable]:
    """The essay's themes with their counterparts, one table per section."""
    names = sources.set_index("study")["source"]
    table = themes.assign(source=themes["study"].map(names).fillna("–"))
    main = table["section"].str.partition(";")[0]
    return {
        f"{section}, {_count(part['theme_id'].nunique(), 'theme')}": print_table(
            part,
            {
                "Theme": "theme: words",
                "What the essay means": "description: words",
                "Counterpart": "match: text",
                "In": "source: words",
                "Construct": "construct: text",
                "Remark": "note: words",
            },
            caption="",
        )
        for section, part in table.groupby(main, sort=False)
    }


def describe_themes(matched: pd.DataFrame) -> str:
    """How many themes have a counterpart, and which have none, in a sentence."""
    best = matched["best"].value_counts()
    without = matched.loc[matched["best"] == "none", "theme"].map(_lower_first)
    return (
        f"Of the essay's {len(matched)} themes, {best.get('direct', 0)} are measured in at least "
        f"one study, {best.get('partial', 0)} in part, {best.get('opposite', 0)} only as its "
        f"opposite, and {best.get('none', 0)} in none: {'; '.join(without)}."
    )


def name_tables(numbers: pd.DataFrame) -> dict[str, str]:
    """Names of the printed tables for the picture of the numbers."""
    return {
        name: TABLE_NAMES.get(name, name.replace("_", " ").capitalize())
        for name in numbers["table"].unique()
    }


def fold_contradicted(numbers: pd.DataFrame, sources: Mapping[str, str]) -> dict[str, PrintedTable]:
    """Each crossed number with the findings that cross it, one table per source."""
    crossed = numbers[numbers["contradicted"]]
    names = name_tables(numbers)
    return {
        f"{sources[study]}, {_count(len(part), 'number')}": print_table(
            part.assign(
                place=part["table"].map(names),
                of=_name_cells(part),
                by=part["contradicted_by"].str.replace(BETWEEN, "; ", regex=False),
            ),
            {
                "Where": "place: text",
                "Which": "of: words",
                "Printed": "printed: number",
                "Contradicted in": "by: words",
            },
            caption="",
        )
        for study, part in crossed.groupby("study", sort=False)
    }


def _name_cells(numbers: pd.DataFrame) -> list[str]:
    """Row and column of each number; the row alone where a row is one number."""
    named = [
        row.row if row.column == "printed" else f"{row.row}, {row.column}"
        for row in numbers.itertuples()
    ]
    return [name.replace("->", "→").replace("_", " ") for name in named]


def give_verdict(
    notebooks: Mapping[str, str],
    sources: pd.DataFrame,
    summary: pd.DataFrame,
    counts: pd.DataFrame,
) -> str:
    """What the sources say, whether their numbers support it, and what to take from them."""
    sizes = [
        f"{format_number(n, 0)} {unit}"
        for unit, n in summary.groupby("n_unit", sort=False)["n"].sum().items()
    ]
    total = counts.drop(columns="study").sum()
    recomputed = total[REPRODUCED] + total[COMPUTED]
    return state_verdict(
        who="sources",
        says=f"{_count_in_words(len(notebooks), 'study', 'studies').capitalize()} "
        f"({' and '.join(sizes)}) and {_count_in_words(len(sources) - len(notebooks), 'essay')} "
        "link the alliance with coping, distress, action between sessions and learning.",
        support=f"{_count_claims(summary)} Of {total['n']} printed numbers, "
        f"{total['contradicted']} are involved in a contradiction. Of {recomputed} results "
        f"recomputed on synthetic data, {total[REPRODUCED]} have the printed digits, "
        f"{summary['n_built_in'].sum()} of them because the data were built that way; that is not "
        "support.",
        take="Each report says what a clinician may take from its study. None shows that a better "
        "alliance causes what is associated with it: no study tested what comes first.",
    )


def _count_claims(summary: pd.DataFrame) -> str:
    """How many main claims follow from what is reported, in a sentence."""
    built = summary[summary["built"]]
    counts = built["headline"].fillna(NOT_DECIDED).value_counts()
    parts = [
        f"{counts[verdict]} {words}"
        for verdict, words in {
            CONSISTENT: "follow from what is reported",
            POSSIBLE_ONLY_IF: "follow only under an unstated assumption",
            IMPOSSIBLE: "contradict what is reported",
            NOT_DECIDED: "cannot be checked",
        }.items()
        if verdict in counts
    ]
    claims = _count_in_words(len(built), "main claim")
    return f"Of the {claims}, {' and '.join(parts)}."


def describe_states(counts: pd.DataFrame) -> str:
    """The states of all printed numbers, in a sentence."""
    total = counts.drop(columns="study").sum()
    recomputed = total[REPRODUCED] + total[COMPUTED]
    return (
        f"Of {total['n']} printed numbers, {recomputed} were recomputed, {total[REPRODUCED]} of "
        f"them with the same digits; {total[FITTING]} are consistent with other numbers in the "
        f"paper, {total[UNVERIFIABLE]} cannot be checked, and {total[CARRIED]} are recorded with "
        f"nothing to check them against. {total['contradicted']} are involved in a contradiction, "
        f"and {total['conditional']} in one that an unstated assumption would resolve."
    )


def _lower_first(text: str) -> str:
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]


def _upper_first(text: str) -> str:
    return text[:1].upper() + text[1:]


def _count_in_words(n: int, thing: str, things: str = "") -> str:
    word = NUMERALS[n] if n < len(NUMERALS) else str(n)
    return f"{word} {thing if n == 1 else things or f'{thing}s'}"


def _count(n: int, thing: str) -> str:
    return f"{n} {thing}" if n == 1 else f"{n} {thing}s"


def _size(row, before: str = "") -> str:
    return f"{before}{format_number(row.n, 0)} {row.n_unit}" if pd.notna(row.n) else ""


def _of(part: object, whole: object) -> str:
    return f"{part} of {whole}" if pd.notna(whole) else "–"
