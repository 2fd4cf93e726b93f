"""Abbasi et al. (2021): how its results are laid out and put into words. Nothing is estimated."""

from __future__ import annotations

import pandas as pd

from helpers.data.codings import Codings
from helpers.printed.numbers import load_published
from helpers.report.table_markup import PrintedTable
from helpers.report.tables import print_table
from helpers.report.wording import state_verdict
from helpers.studies.one_coding.words import count_codings, state_choices
from helpers.studies.registry import list_causes
from helpers.studies.working_alliance_theory.model import STUDY, ParadigmModel

_KINDS = {"slip": "Slips", "label": "Two names for one thing"}


def give_verdict(audit: pd.DataFrame, *, n_open: int) -> str:
    """The paper's claim, whether its own print supports it, and what to take from it.

    Parameters
    ----------
    audit : DataFrame
        As `helpers.studies.registry.audit_study` returns it.
    n_open : int
        Open codes of the codebook.
    """
    reasons = list_causes(STUDY, audit)
    return state_verdict(
        says="Reflective functioning, in rapport and against resistance, engages client and "
        "therapist in learning, which activates attachment and so forms or disrupts the alliance.",
        support="No number is reported that could show it. In our reading none of the "
        f"{n_open} open codes describes attachment or an alliance that has formed, and the text "
        f"contradicts itself on {len(reasons)} points.",
        take="A vocabulary: codes for resistance and for leading away from the work that can be "
        "observed in a session. Not shown: that what they describe forms an alliance, or that "
        "other coders would see it.",
    )


def state_codings(codings: Codings) -> str:
    """Return the banner of the report: whether the codings are synthetic, and what follows."""
    if codings.dataset.synthetic:
        return (
            "**These codings are synthetic.** No codings and no videos were published. The "
            "demonstration codings have the study's shape and its codebook; how often their coders "
            "agree is a choice of ours. What is said about the paper's text is about the study. "
            "What is computed from codings shows the method and says nothing about the study's "
            "coders or sessions."
        )
    return (
        f"**These are your codings** ({count_codings(codings)}). What is said about the "
        "paper's text is about the study; what is computed from codings is about yours."
        f"{state_choices(codings)}"
    )


# ---------------------------------------------------------------- the print


def fold_codebook(codebook: pd.DataFrame) -> dict[str, PrintedTable]:
    """The coding table as printed, a table an element, by a line that counts it."""
    return {
        f"{element}: {axial}, {len(part)} open codes": print_table(
            part,
            {
                "Code": "code_id: text",
                "Primary code": "primary_code: words",
                "Open code, as printed": "as_printed: words",
                "Remark": "note: words",
            },
            caption="",
        )
        for (element, axial), part in codebook.groupby(["element", "axial_code"], sort=False)
    }


def arrange_relations(model: ParadigmModel) -> pd.DataFrame:
    """The paradigm model's relations with the names of its concepts.

    Returns
    -------
    DataFrame
        group (stated with Figure 1 or elsewhere), relation (source, verb and target in words),
        stated_in, note; without those of the core category, which has one with every concept.
    """
    names = model.nodes.set_index("node")["label"]
    edges = model.edges[model.edges["kind"] != "integration"]
    with_figure = edges["stated_in"].str.contains("selective coding")
    return pd.DataFrame(
        {
            "group": with_figure.map(
                {True: "Stated with Figure 1", False: "Stated in other sections only"}
            ),
            "relation": edges["source"].map(names)
            + " "
            + edges["relation"]
            + " "
            + edges["target"].map(names).map(_lower_first),
            "stated_in": edges["stated_in"],
            "note": edges["note"],
        }
    ).sort_values("group", ascending=False, kind="stable", ignore_index=True)


def describe_model(model: ParadigmModel) -> str:
    """The paradigm model as an alternative to its drawing."""
    relations = arrange_relations(model)["relation"]
    core = model.nodes.loc[model.nodes["role"] == "core category", "label"].iloc[0]
    return f"{'. '.join(relations)}. Around all: {core.lower()}, the core category."


def note_levels(codebook: pd.DataFrame) -> str:
    """Say where axial codes and elements divide the codes alike, as the printed ones do."""
    pairs = codebook[["axial_code", "element"]].drop_duplicates()
    if (pairs["axial_code"] == pairs["element"]).all() or any(
        pairs[level].duplicated().any() for level in pairs
    ):
        return ""
    return "Axial codes and elements divide the codes alike, so their agreement is the same. "


def arrange_wording() -> pd.DataFrame:
    """Slips and double names of the print: kind, location, printed, compare, note."""
    table = load_published(STUDY, "wording").reset_index()
    table = table[table["kind"].isin(_KINDS)]
    return table.assign(kind=table["kind"].map(_KINDS))


def list_unprinted() -> pd.DataFrame:
    """What the paper does not print of its sample and procedure: quantity, location, note."""
    sample = load_published(STUDY, "sample").reset_index()
    return sample.loc[sample["printed"] == "", ["quantity", "location", "note"]]


def _lower_first(text: str) -> str:
    return text[:1].lower() + text[1:]
