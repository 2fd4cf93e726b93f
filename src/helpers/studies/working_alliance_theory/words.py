"""Abbasi et al. (2021): how its results are laid out and put into words. Nothing is estimated."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pandas as pd

from helpers.data.datasets import Dataset
from helpers.models.coding.agreement import KRIPPENDORFF_LIMITS, NOWHERE, Agreement
from helpers.models.coding.saturation import Saturation
from helpers.printed.numbers import load_published
from helpers.report.inline import plain
from helpers.report.numbers import format_number, format_percent
from helpers.report.table_markup import PrintedTable
from helpers.report.tables import Column, print_table
from helpers.report.wording import format_level, state_verdict
from helpers.studies.registry import list_causes
from helpers.studies.working_alliance_theory.model import (
    LEVELS,
    NO_CODE,
    STUDY,
    Codings,
    ParadigmModel,
)

LEVEL_NAMES = {
    "open": "Open codes",
    "primary": "Primary codes",
    "axial": "Axial codes",
    "element": "Elements",
}
STATISTICS = {
    "percent_agreement": "Percent agreement",
    "fleiss_kappa": "Fleiss' κ",
    "krippendorff_alpha": "Krippendorff's α",
}
NO_CODE_NAME = "no code"
_KINDS = {"slip": "Slips", "label": "Two names for one thing"}


def name_codings(codings: Codings) -> str:
    """Return what the codings are, for captions and provenance."""
    return "synthetic demonstration codings" if codings.dataset.synthetic else "your codings"


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
        f"{_state_gaps(codings.dataset)}"
    )


def _state_gaps(dataset: Dataset) -> str:
    if not dataset.n_dropped:
        return ""
    return (
        f" {dataset.n_dropped} of {dataset.n_read} rows have no code; the coder is taken not to "
        "have coded the segment."
    )


def count_codings(codings: Codings) -> str:
    """Return videos, segments and coders in words."""
    frame = codings.frame
    segments = len(frame[["video", "segment"]].drop_duplicates())
    return (
        f"{frame['video'].nunique()} videos, {segments} segments, {frame['coder'].nunique()} coders"
    )


def state_basis(codings: Codings, *, ci_level: float | None = None, n_boot: int = 0) -> str:
    """Return what a result rests on: size, interval, draws, status of the codings."""
    interval = (
        f"{format_level(ci_level)} expanded percentile intervals, {n_boot} draws of whole videos, "
        if ci_level is not None
        else ""
    )
    return f"{count_codings(codings)}, {interval}{name_codings(codings)}."


def grade_alpha(alpha: float) -> str:
    """Return on which side of the conventional limits an alpha lies.

    Examples
    --------
    >>> grade_alpha(0.85), grade_alpha(0.7), grade_alpha(0.5)
    ('reliable', 'tentative', 'not reliable')
    """
    if alpha >= KRIPPENDORFF_LIMITS["reliable"]:
        return "reliable"
    return "tentative" if alpha >= KRIPPENDORFF_LIMITS["tentative"] else "not reliable"


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


def arrange_wording() -> pd.DataFrame:
    """Slips and double names of the print: kind, location, printed, compare, note."""
    table = load_published(STUDY, "wording").reset_index()
    table = table[table["kind"].isin(_KINDS)]
    return table.assign(kind=table["kind"].map(_KINDS))


def list_unprinted() -> pd.DataFrame:
    """What the paper does not print of its sample and procedure: quantity, location, note."""
    sample = load_published(STUDY, "sample").reset_index()
    return sample.loc[sample["printed"] == "", ["quantity", "location", "note"]]


# ---------------------------------------------------------------- agreement


def arrange_agreement(table: pd.DataFrame) -> pd.DataFrame:
    """Agreement of all coders, a level a row.

    Returns
    -------
    DataFrame
        name, n_categories, one column per statistic, ci_lower and ci_upper of Krippendorff's alpha.
    """
    # a pivot table leaves out what has no value
    wide = table.pivot(index="level", columns="statistic", values="est")  # noqa: PD010
    wide = wide.loc[table["level"].unique()]
    alpha = table[table["statistic"] == "krippendorff_alpha"].set_index("level")
    wide = wide.join(alpha[["ci_lower", "ci_upper", "n_categories"]]).reset_index()
    return wide.assign(name=wide["level"].map(LEVEL_NAMES))


def note_agreement(agreement: Agreement) -> str:
    """Say what intervals of few videos are worth, and what coders left out."""
    table = agreement.table
    notes = [*agreement.notes]
    if table.query("statistic == 'fleiss_kappa'")["est"].isna().all():
        notes.append(
            "Coders left segments out: a segment counts with the coders it has, and Fleiss' κ, "
            "which needs the same number everywhere, is not given."
        )
    return "".join(f"{note} " for note in notes)


def arrange_pairs(pairs: pd.DataFrame) -> pd.DataFrame:
    """Cohen's kappa of pairs of coders: coders, and one column per level."""
    kappas = pairs[pairs["statistic"] == "cohen_kappa"]
    return kappas.pivot_table(
        index="coders", columns="level", values="est", sort=False
    ).reset_index()


def describe_agreement(table: pd.DataFrame) -> str:
    """The agreement figure in words."""
    alpha = table[table["statistic"] == "krippendorff_alpha"]
    return "Krippendorff's alpha: " + "; ".join(
        f"{LEVEL_NAMES[row.level].lower()} {_bounded(row.est)} "
        f"[{_bounded(row.ci_lower)}, {_bounded(row.ci_upper)}]"
        for row in alpha.itertuples()
    )


def name_recovery(recovery: pd.DataFrame) -> pd.DataFrame:
    """Name levels and statistics of simulated codings: adds name, what."""
    return recovery.assign(
        name=recovery["level"].map(LEVEL_NAMES), what=recovery["statistic"].map(STATISTICS)
    )


def fold_code_agreement(by_code: pd.DataFrame, codebook: pd.DataFrame) -> dict[str, PrintedTable]:
    """Agreement on each open code, a table an element."""
    named = codebook[codebook["same_as"] == ""].merge(by_code, left_on="code_id", right_on="code")
    return {
        f"{element}, {len(part)} open codes used": print_table(
            part,
            {
                "Code": "code_id: text",
                "Open code": "open_code: words",
                "Segments": "n_segments: integer",
                "By all coders": "n_unanimous: integer",
                "Specific agreement": "specific_agreement: percent",
            },
            caption="",
        )
        for element, part in named.groupby("element", sort=False)
    }


def head_coders(columns: Iterable[str], shape: str) -> dict[str, Column]:
    """Columns of a printed table for those named `coder <name>`, by their heads."""
    return {plain(name[0].upper() + name[1:]): Column(name, shape) for name in columns}


def fold_disagreements(listed: pd.DataFrame) -> dict[str, PrintedTable]:
    """The segments on which coders differ, a table for each level at which they agree again."""
    coders = listed.columns[2:-2]
    columns = {"Video": "video: text", "Segment": "segment: integer"} | head_coders(coders, "words")
    shown = listed.replace({coder: {NO_CODE: NO_CODE_NAME} for coder in coders})
    return {
        f"{_name_return(level)}: {_count(len(part), 'segment')}": print_table(
            part, columns, caption=""
        )
        for level in (*LEVELS[1:], NOWHERE)
        if len(part := shown[shown["agree_at"] == level])
    }


def read_levels(table: pd.DataFrame, listed: pd.DataFrame) -> str:
    """What it means that agreement rises, or does not, from open to axial codes."""
    alpha = table[table["statistic"] == "krippendorff_alpha"].set_index("level")["est"]
    n_again = int((listed["agree_at"] != NOWHERE).sum())
    shown = f"from {_bounded(alpha['open'])} for open to {_bounded(alpha['axial'])} for axial codes"
    meaning = (
        f"Alpha rises {shown}: coders who differ mostly choose neighboring codes."
        if alpha["axial"] - alpha["open"] > 0.02
        else f"Alpha goes {shown}: coders who differ do not choose neighboring codes."
    )
    return (
        "If coders only recognized or guessed, alpha would be the same at every level, as in the "
        f"simulation above. {meaning} On {n_again} of the {len(listed)} segments with different "
        "open codes all agree again at a higher level."
    )


def count_returns(listed: pd.DataFrame) -> str:
    """At which level the coders agree again, in a sentence."""
    counts = listed["agree_at"].value_counts()
    parts = [
        f"{counts[level]} on the {LEVEL_NAMES[level].lower().removesuffix('s')}"
        for level in LEVELS[1:]
        if level in counts
    ]
    parts += [f"{counts[NOWHERE]} at no level"] if NOWHERE in counts else []
    return ", ".join(parts)


def _name_return(level: str) -> str:
    if level == NOWHERE:
        return "Agree at no level"
    return f"Agree on the {LEVEL_NAMES[level].lower().removesuffix('s')}"


def name_labels(labels: pd.Series) -> pd.Series:
    """Labels for print: no code named so, labels that share a group joined by commas."""
    return labels.replace({NO_CODE: NO_CODE_NAME}).str.replace(" / ", ", ", regex=False)


# ---------------------------------------------------------------- saturation


def mark_stops(rules: pd.DataFrame) -> pd.DataFrame:
    """Stopping rules with a short `label`, for a table or as marks on a saturation curve."""
    return rules.assign(label=rules["rule"].str.replace(r" et al\.| \d{4}", "", regex=True))


def describe_saturation(found: Mapping[str, Saturation]) -> str:
    """Saturation curves in words: what each found in the first, middle and last video."""
    parts = []
    for label, saturation in found.items():
        codes = saturation.curve["cumulative"].tolist()
        middle = (len(codes) - 1) // 2
        parts.append(
            f"{label}: {codes[0]} after the first video, {codes[middle]} after {middle + 1}, "
            f"{codes[-1]} after {len(codes)}"
        )
    return "; ".join(parts)


def describe_stops(rules: pd.DataFrame) -> str:
    """When the stopping rules stop, in a sentence."""
    reached = rules["stop_at"].dropna()
    if reached.empty:
        return f"None of the {len(rules)} stopping rules would have stopped."
    first, last = reached.min(), reached.max()
    at = f"{first}" if first == last else f"{first} to {last}"
    never = len(rules) - len(reached)
    rest = f"; {never} would not have stopped" if never else ""
    stopped = f"{len(reached)} of {len(rules)} stopping rules would have stopped"
    return f"{stopped}, after {at} videos{rest}."


def describe_pairs(pairs: pd.DataFrame, *, n: int = 3, measure: str = "jaccard") -> str:
    """The pairs of codes that meet most, in words."""
    top = pairs.nlargest(n, measure)
    return "; ".join(
        f"{a} and {b} {_bounded(value)}"
        for a, b, value in zip(
            name_labels(top["code_a"]), name_labels(top["code_b"]), top[measure], strict=True
        )
    )


def name_pair(pairs: pd.DataFrame, *, measure: str = "jaccard") -> str:
    """The two codes that meet most, in words."""
    top = pairs.nlargest(1, measure)
    a, b = name_labels(top["code_a"]).iloc[0], name_labels(top["code_b"]).iloc[0]
    return f"\u201c{a}\u201d and \u201c{b}\u201d"


def read_results(
    agreement: pd.DataFrame, selection: pd.DataFrame, sensitivity: pd.DataFrame
) -> str:
    """What the agreement section comes to, in a sentence or two."""
    alpha = agreement[agreement["statistic"] == "krippendorff_alpha"].set_index("level")["est"]
    kept = selection.set_index("what")["kept"]["segments"]
    moved = sensitivity.set_index("analysis")["open"]
    return (
        f"Alpha is {_bounded(alpha['open'])} for open codes ({grade_alpha(alpha['open'])} by the "
        f"usual limits), {_bounded(alpha['primary'])} for primary codes "
        f"({grade_alpha(alpha['primary'])}) and {_bounded(alpha['axial'])} for axial codes "
        f"({grade_alpha(alpha['axial'])}). All coders agree on {format_percent(kept, 0)} of the "
        f"segments. With segments, videos or coders left out, alpha is {_bounded(moved.min())} to "
        f"{_bounded(moved.max())} for open codes."
    )


def _count(n: int, thing: str) -> str:
    return f"{n} {thing}" if n == 1 else f"{n} {thing}s"


def _bounded(value: float) -> str:
    return format_number(value, leading_zero=False)


def _lower_first(text: str) -> str:
    return text[:1].lower() + text[1:]
