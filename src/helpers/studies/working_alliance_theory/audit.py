"""Abbasi et al. (2021): what the text says against its coding table, its model and itself."""

from collections.abc import Mapping

import pandas as pd

from helpers.audit.agreement_in_print import record_reading
from helpers.audit.causes import under
from helpers.audit.findings import NOT_DECIDED, Finding
from helpers.errors import InputError
from helpers.printed.cells import PrintedCount, count, rows_of
from helpers.studies.working_alliance_theory import causes

# What the paper says and nothing printed could bear out: the row of the sample that is empty.
UNSUPPORTED = {
    "agreement": "the three coders had consensus regarding the open codes",
    "stopping": "coding went on to theoretical saturation",
    "sampling": "the videos were chosen by theoretical sampling",
    "approach": "the elements are involved whatever the approach of the psychotherapy",
}
# Where two places say different things: the statement that one of them makes.
CLAIMS = {
    "claim_influence": "the influence on the working alliance is direct",
    "claim_consequence": "the consequence is the formation or disruption of the alliance",
    "claim_cause": "patterns of attachment come before the consequence",
}

CLAIM_CAUSES = {
    "claim_influence": causes.INFLUENCE,
    "claim_consequence": causes.CONSEQUENCE,
    "claim_cause": causes.ATTACHMENT,
}

Tables = Mapping[str, pd.DataFrame]


def collect_findings(tables: Tables) -> list[Finding]:
    """Return all findings of the study.

    Parameters
    ----------
    tables : mapping from str to pandas.DataFrame
        The study's tables as printed, each number with its address, as
        `helpers.printed.cells.address_table` returns them.
    """
    return [
        _judge_headline(),
        *_check_repeated_numbers(tables),
        *under(causes.ELEMENTS, _check_elements(tables)),
        *under(causes.REPEATED, _check_codebook(tables)),
        *_check_claims(tables),
        *_list_unsupported(tables),
    ]


def _judge_headline() -> Finding:
    """The claim of the abstract, of which no printed number could be a test."""
    return Finding(
        location="abstract, conclusion",
        relation="the elements of the model form or disrupt the working alliance",
        printed="",
        verdict=NOT_DECIDED,
        method="reading",
        note="no number is reported that could show it",
        cells=(),
    )


def _check_repeated_numbers(tables: Tables) -> list[Finding]:
    """Numbers that the text gives twice, mostly as words."""
    text, sample = tables["text"], tables["sample"]
    findings = []
    for key, row in rows_of(text[text["same_as"].str.match(r"(sample|text): ")]):
        if key == "discussion_elements":
            continue  # the number agrees and what it counts does not: see _check_elements
        table, other = row["same_as"].split(": ")
        second = {"sample": sample, "text": text}[table].loc[other]
        findings.append(
            record_reading(
                f"as many {row['quantity']}",
                holds=_number(row["printed"]) == _number(second["printed"]),
                location=f"text, {row['location']}, against {table}, {other}",
                entered=(row["printed"], second["printed"]),
                printed=f"{row['printed']}, {second['printed']}",
            )
        )
    consensus, coders = text.loc["open_coders_consensus"], sample.loc["coders"]
    findings += under(
        causes.CONSENSUS,
        [
            record_reading(
                f"as many {consensus['quantity']} as {coders['quantity']}",
                holds=_number(consensus["printed"]) == _number(coders["printed"]),
                location=f"text, {consensus['location']}, against sample, coders",
                entered=(consensus["printed"], coders["printed"]),
                printed=f"\u201c{consensus['printed']}\u201d, \u201c{coders['printed']}\u201d",
                note="three everywhere else",
            )
        ],
    )
    return findings


def _check_elements(tables: Tables) -> list[Finding]:
    text, codebook, nodes = tables["text"], tables["codebook"], tables["paradigm_nodes"]
    outside = nodes.loc[nodes["in_table"] == "no", "label"]
    n_elements = codebook["element"].nunique()
    return [
        record_reading(
            "the model has as many elements as the coding table",
            holds=_number(text.loc["abstract_elements", "printed"]) == n_elements,
            location="text, abstract",
            entered=(text.loc["abstract_elements", "printed"],),
            printed=f"{text.loc['abstract_elements', 'printed']}; {n_elements} in Table 1",
        ),
        record_reading(
            "the five elements of the discussion are those of the coding table",
            holds=False,
            location="text, discussion",
            entered=(text.loc["discussion_elements", "printed"],),
            printed=f"\u201c{text.loc['discussion_elements', 'printed']}\u201d",
            note="the discussion counts attachment and leaves out the consequences; in the model "
            f"and not in the table: {'; '.join(outside)}",
        ),
    ]


def _check_codebook(tables: Tables) -> list[Finding]:
    codebook = tables["codebook"]
    repeated = codebook[codebook["same_as"] != ""]
    labels = codebook["primary_code"].drop_duplicates()
    shared = labels[labels.str.contains(" / ", regex=False)]
    return [
        record_reading(
            "each open code stands once",
            holds=repeated.empty,
            location="Table 1, open codes",
            entered=(),
            printed="; ".join(f"\u201c{code}\u201d twice" for code in repeated["open_code"]),
            note=f"{len(codebook)} rows, {len(codebook) - len(repeated)} wordings",
        ),
        *(
            Finding(
                location="Table 1, primary codes",
                relation="which open codes belong to which of the primary codes",
                printed=label.replace(" / ", "; "),
                verdict=NOT_DECIDED,
                method="reading",
                note="no line between the rows is printed",
                cells=(),
            )
            for label in shared
        ),
    ]


def _check_claims(tables: Tables) -> list[Finding]:
    wording = tables["wording"]
    claims = {
        CLAIM_CAUSES[key]: record_reading(
            claim,
            holds=wording.loc[key, "printed"] == wording.loc[key, "compare"],
            location=f"text, {wording.loc[key, 'location']}",
            entered=(),
            printed=f"\u201c{wording.loc[key, 'printed']}\u201d, "
            f"\u201c{wording.loc[key, 'compare']}\u201d",
            note=wording.loc[key, "note"],
        )
        for key, claim in CLAIMS.items()
    }
    return [finding for cause, one in claims.items() for finding in under(cause, [one])]


def _list_unsupported(tables: Tables) -> list[Finding]:
    sample, nodes = tables["sample"], tables["paradigm_nodes"]
    missing = [
        Finding(
            location=f"text, {sample.loc[key, 'location']}",
            relation=claim,
            printed="",
            verdict=NOT_DECIDED,
            method="reading",
            note=f"{sample.loc[key, 'quantity']}: {sample.loc[key, 'note']}",
            cells=(),
        )
        for key, claim in UNSUPPORTED.items()
        if not sample.loc[key, "printed"]
    ]
    not_coded = nodes[nodes["in_table"] == "no"]
    return [
        *missing,
        Finding(
            location="text, results: selective coding",
            relation="the core category integrates all categories",
            printed="",
            verdict=NOT_DECIDED,
            method="reading",
            note=f"without an open code: {'; '.join(not_coded['label'])}",
            cells=(),
        ),
    ]


def _number(printed: str) -> PrintedCount | None:
    """The number that a word or digits give; None where they give none."""
    try:
        return count(printed)
    except InputError:
        return None
