"""Codings of any study: how what was computed is laid out and put into words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import pandas as pd

from helpers.data.code_system import LEVELS, NO_CODE
from helpers.data.codings import Codings
from helpers.models.coding.agreement import (
    FEWEST_VIDEOS,
    KRIPPENDORFF_LIMITS,
    NOWHERE,
    Agreement,
)
from helpers.models.coding.ratings import RatingAgreement
from helpers.models.coding.saturation import Saturation
from helpers.report.inline import plain
from helpers.report.numbers import format_number, format_percent
from helpers.report.table_markup import PrintedTable
from helpers.report.tables import Column, print_table
from helpers.report.wording import format_level

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
DISTANCES = {"jaccard": "Jaccard", "masi": "MASI"}
RATING_STATISTICS = {
    "alpha": ("Krippendorff's α", "all coders"),
    "icc1": ("ICC(1,1)", "one coder, others for each segment"),
    "icc2": ("ICC(2,1)", "one coder of many, agreement"),
    "icc3": ("ICC(3,1)", "one of these coders, consistency"),
    "icc1k": ("ICC(1,k)", "mean of coders, others for each segment"),
    "icc2k": ("ICC(2,k)", "mean of coders of many, agreement"),
    "icc3k": ("ICC(3,k)", "mean of these coders, consistency"),
}
SCALES = {
    "ordinal": "the ranks of two ratings",
    "interval": "the difference of two ratings",
    "ratio": "the difference of two ratings, by their sum",
}
NO_CODE_NAME = "no code"
FEW_CODERS = 8
"""Up to so many coders have a column each."""
MOST_CODES = 24
"""So many codes fit in a figure with a row for each."""


def name_codings(codings: Codings) -> str:
    """Return what the codings are, for captions and provenance."""
    return "synthetic demonstration codings" if codings.dataset.synthetic else "your codings"


def state_origin(codings: Codings) -> str:
    """Return the banner of a begun study's report: whose codings these are."""
    if codings.dataset.synthetic:
        return (
            "**These codings are synthetic**, drawn with the codebook. What is computed from them "
            "shows the method and says nothing about the study."
        )
    return f"**These are your codings** ({count_codings(codings)}).{state_choices(codings)}"


def state_choices(codings: Codings) -> str:
    """Say of a reader's codings what is missing, has several codes, or was left out; or nothing."""
    data, parts = codings.dataset, [*codings.dataset.notes]
    if data.n_dropped:
        parts.append(
            f"{data.n_dropped} of {data.n_read} rows have no value; the coder is taken not to have "
            "coded the segment"
        )
    if codings.n_several:
        n = len(codings.frame.drop_duplicates(["video", "segment", "coder"]))
        parts.append(
            f"{codings.n_several} of {n} times a coder gave a segment several codes; where that is "
            "a slip, correct it"
        )
    if codings.n_left_out:
        parts.append(
            f"{count(codings.n_left_out, 'segment')} to which no coder gave a code left out"
        )
    return "".join(f" {part[0].upper()}{part[1:]}." for part in parts)


def count_codings(codings: Codings) -> str:
    """Return videos, segments and coders in words."""
    frame = codings.frame
    segments = len(frame[["video", "segment"]].drop_duplicates())
    numbers = {"video": frame["video"].nunique(), "segment": segments}
    numbers["coder"] = frame["coder"].nunique()
    return ", ".join(count(n, thing) for thing, n in numbers.items())


def state_basis(codings: Codings, *, ci_level: float | None = None, n_boot: int = 0) -> str:
    """Return what a result rests on: size, interval, draws, status of the codings."""
    interval = ""
    if ci_level is not None and codings.frame["video"].nunique() >= FEWEST_VIDEOS:
        interval = (
            f"{format_level(ci_level)} expanded percentile intervals, {n_boot} draws of whole "
            "videos, "
        )
    return f"{count_codings(codings)}, {interval}{name_codings(codings)}."


def grade_alpha(alpha: float) -> str:
    """Return on which side of the conventional limits an alpha lies.

    Examples
    --------
    >>> grade_alpha(0.85), grade_alpha(0.7), grade_alpha(0.5)
    ('reliable', 'tentative', 'not reliable')
    """
    if pd.isna(alpha):
        return "not defined"
    if alpha >= KRIPPENDORFF_LIMITS["reliable"]:
        return "reliable"
    return "tentative" if alpha >= KRIPPENDORFF_LIMITS["tentative"] else "not reliable"


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
    table, pairs = agreement.table, agreement.pairs
    notes = [*agreement.notes_on("agreement")]
    if failed := pairs.loc[pairs["n_failed"] > 0, "coders"].nunique():
        notes.append(
            f"For {count(failed, 'pair')} of coders some draws of videos have nothing to compare, "
            "so that no interval is given."
        )
    if table.query("statistic == 'fleiss_kappa'")["est"].isna().all():
        notes.append(
            "Coders left segments out: a segment counts with the coders it has, and Fleiss' κ, "
            "which needs the same number everywhere, is not given."
        )
    return "".join(f"{note} " for note in notes)


def arrange_pairs(pairs: pd.DataFrame) -> pd.DataFrame:
    """Cohen's kappa of pairs of coders: coders, and one column per level."""
    kappas = pairs[pairs["statistic"] == "cohen_kappa"]
    # a pivot table leaves out what has no value
    wide = kappas.pivot(index="coders", columns="level", values="est")  # noqa: PD010
    return wide.loc[kappas["coders"].unique(), kappas["level"].unique()].reset_index()


def describe_agreement(table: pd.DataFrame) -> str:
    """The agreement figure in words."""
    alpha = table[table["statistic"] == "krippendorff_alpha"]
    return "Krippendorff's alpha: " + "; ".join(
        f"{LEVEL_NAMES[row.level].lower()} {bounded(row.est)}"
        + ("" if pd.isna(row.ci_lower) else f" [{bounded(row.ci_lower)}, {bounded(row.ci_upper)}]")
        for row in alpha.itertuples()
    )


def find_coarse(levels: Sequence[str]) -> str:
    """The level that is set beside the open codes: axial, or the coarsest that there is."""
    return levels[min(2, len(levels) - 1)]


def grade_levels(est: Mapping[str, float]) -> str:
    """How reliable the codes are at the finest and at a coarser level.

    Examples
    --------
    >>> grade_levels({"open": 0.7})
    'Agreement is tentative for open codes.'
    >>> grade_levels({"open": 0.7, "primary": 0.75, "axial": 0.9})
    'Agreement is tentative for open codes and reliable for axial codes.'
    """
    return f"Agreement is {_by_level(est, grade_alpha)}."


def find_alpha(est: Mapping[str, float]) -> str:
    """Krippendorff's alpha at the finest and at a coarser level, in a sentence.

    Examples
    --------
    >>> find_alpha({"open": 0.7})
    "Krippendorff's alpha is .70 for open codes."
    """
    return f"Krippendorff's alpha is {_by_level(est, bounded)}."


def _by_level(est: Mapping[str, float], say: Callable[[float], str]) -> str:
    levels = list(est.keys())
    finest, coarse = levels[0], find_coarse(levels)
    words = f"{say(est[finest])} for {LEVEL_NAMES[finest].lower()}"
    if coarse == finest:
        return words
    return f"{words} and {say(est[coarse])} for {LEVEL_NAMES[coarse].lower()}"


def show_shares(usage: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, Column | str]]:
    """How the coders use the labels, and its columns: each coder, or of many the extremes."""
    named = usage.assign(name=name_labels(usage["label"]))
    coders = usage.columns[1:-1]
    if len(coders) <= FEW_CODERS:
        return named, head_coders(coders, "percent")
    named = named.assign(lowest=usage[coders].min(axis=1), highest=usage[coders].max(axis=1))
    return named, {"Least": "lowest: percent", "Most": "highest: percent"}


def list_pairs(pairs: pd.DataFrame) -> tuple[pd.DataFrame, str]:
    """The pairs of coders to print, of many the ten that agree least, and a note that says so."""
    if len(pairs) <= FEW_CODERS * (FEW_CODERS - 1) // 2:
        return pairs, ""
    least = pairs.nsmallest(10, pairs.columns[1])
    return least, f"The ten of {len(pairs)} pairs that agree least on the finest level. "


def arrange_sets(sets: pd.DataFrame) -> pd.DataFrame:
    """Alpha of sets of codes with the names of levels and distances: adds name, what."""
    return sets.assign(name=sets["level"].map(LEVEL_NAMES), what=sets["distance"].map(DISTANCES))


def arrange_ratings(rated: RatingAgreement) -> pd.DataFrame:
    """Agreement of ratings with what each statistic is about: adds name, of."""
    named = rated.table["statistic"].map(RATING_STATISTICS)
    return rated.table.assign(name=named.str[0], of=named.str[1])


def note_ratings(rated: RatingAgreement, *, scale: str) -> str:
    """Say what alpha compares, how its interval was made, and what is missing and why."""
    notes = [*rated.notes]
    if rated.table["ci_lower"].notna().iloc[0]:
        notes.insert(0, "Its interval leaves out one video at a time.")
    return "".join(f"{note} " for note in (f"Alpha goes by {SCALES[scale]}.", *notes))


def find_ratings(rated: RatingAgreement) -> str:
    """What the ratings come to, in a sentence."""
    est = rated.table.set_index("statistic")["est"]
    found = f"Krippendorff's alpha of the ratings is {bounded(est['alpha'])}"
    if "icc2" in est:
        found += f", the intraclass correlation of one coder {bounded(est['icc2'])}"
    return f"{found}."


def name_recovery(recovery: pd.DataFrame) -> pd.DataFrame:
    """Name levels and statistics of simulated codings: adds name, what."""
    return recovery.assign(
        name=recovery["level"].map(LEVEL_NAMES), what=recovery["statistic"].map(STATISTICS)
    )


def fold_code_agreement(by_code: pd.DataFrame, codebook: pd.DataFrame) -> dict[str, PrintedTable]:
    """Agreement on each open code, a table an element."""
    named = codebook[codebook["same_as"] == ""].merge(by_code, left_on="code_id", right_on="code")
    if not (codebook["element"] != codebook["open_code"]).any():
        named["element"] = "All"
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
        f"{_name_return(level)}: {count(len(part), 'segment')}": print_table(
            part, columns, caption=""
        )
        for level in (*LEVELS[1:], NOWHERE)
        if len(part := shown[shown["agree_at"] == level])
    }


def read_levels(table: pd.DataFrame, listed: pd.DataFrame) -> str:
    """What it means that agreement rises, or does not, from open to axial codes."""
    alpha = table[table["statistic"] == "krippendorff_alpha"].set_index("level")["est"]
    coarse = find_coarse(list(alpha.index))
    if coarse == "open":
        return f"The coders differ on {count(len(listed), 'segment')}."
    n_again = int((listed["agree_at"] != NOWHERE).sum())
    shown = (
        f"from {bounded(alpha['open'])} for open to {bounded(alpha[coarse])} for "
        f"{LEVEL_NAMES[coarse].lower()}"
    )
    meaning = (
        f"Alpha rises {shown}: coders who differ mostly choose neighboring codes."
        if alpha[coarse] - alpha["open"] > 0.02
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


def state_unlisted(listed: pd.DataFrame) -> str:
    """What is said of segments on which coders differ where they are not listed."""
    if listed.empty:
        return "The coders differ on no segment."
    again = ""
    if (listed["agree_at"] != NOWHERE).any():
        again = f"; of these they agree again: {count_returns(listed)}"
    return (
        f"The coders differ on {count(len(listed), 'segment')}{again}. Which segments these are is "
        "not told here, since who knows the "
        "sessions could tell the clients; `list_segments=true` lists them, without the coders' "
        "names unless `coder_names=true`."
    )


def _name_return(level: str) -> str:
    if level == NOWHERE:
        return "Agree at no level"
    return f"Agree on the {LEVEL_NAMES[level].lower().removesuffix('s')}"


def name_labels(labels: pd.Series) -> pd.Series:
    """Labels for print: no code named so."""
    return labels.replace({NO_CODE: NO_CODE_NAME})


def mark_stops(rules: pd.DataFrame) -> pd.DataFrame:
    """Stopping rules with a short `label`, for a table or as marks on a saturation curve."""
    return rules.assign(label=rules["rule"].str.replace(r" et al\.| \d{4}", "", regex=True))


def describe_saturation(found: Mapping[str, Saturation]) -> str:
    """Saturation curves in words: what each found in the first, middle and last video."""
    parts = []
    for label, saturation in found.items():
        codes = saturation.curve["cumulative"].tolist()
        if len(codes) < 3:
            parts.append(f"{label}: {codes[-1]} in {count(len(codes), 'video')}")
            continue
        middle = (len(codes) - 1) // 2
        parts.append(
            f"{label}: {codes[0]} after the first video, {codes[middle]} after {middle + 1}, "
            f"{codes[-1]} after {len(codes)}"
        )
    return "; ".join(parts)


def state_last(saturation: Saturation) -> str:
    """What the last three videos added, in a sentence."""
    new, found = saturation.curve["new_codes"], f"{saturation.n_codes} open codes"
    if len(new) < 4:
        return f"{found} in {count(len(new), 'video')}."
    return f"The last three videos add {new.iloc[-3:].sum()} of {found}."


def describe_unseen(unseen: pd.DataFrame, codebook: pd.DataFrame) -> str:
    """How much of the codes such videos hold was seen, in a few sentences."""
    guess = unseen.iloc[0]
    if guess.n_videos < 2:
        return (
            f"{guess.n_codes:.0f} codes were found in the one video. What others would add cannot "
            "be estimated from it."
        )
    return (
        f"{guess.n_once:.0f} of the {guess.n_codes:.0f} open codes were found in one video only. "
        f"From these and the {guess.n_twice:.0f} found in two, the coverage of the sample is "
        f"estimated at {format_percent(guess.coverage, 0)} and the number of codes in such "
        f"videos at {format_number(guess.chao2, 0)} or more (Chao2; "
        f"[Chao, 1987](#ref-chao1987)); the codebook has {(codebook['same_as'] == '').sum()}. Both "
        "estimates assume that the videos are a random sample; under theoretical sampling they are "
        "not."
    )


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


def keep_frequent(labels: pd.DataFrame) -> pd.DataFrame:
    """As many labels as a figure can hold, those with the most codings, in their order."""
    return labels.loc[labels["n_codings"].nlargest(MOST_CODES).index.sort_values()]


def note_limits(table: pd.DataFrame, level: str) -> str:
    """Say what bars and dashed lines of a figure of agreement are."""
    bars = f"Bars are {level} intervals; dashed" if table["ci_lower"].notna().any() else "Dashed"
    return f"{bars} lines are Krippendorff's limits for alpha."


def read_results(
    agreement: pd.DataFrame, selection: pd.DataFrame, sensitivity: pd.DataFrame
) -> str:
    """What the agreement section comes to, in a sentence or two."""
    alpha = agreement[agreement["statistic"] == "krippendorff_alpha"].set_index("level")["est"]
    kept = selection.set_index("what")["kept"]["segments"]
    moved = sensitivity.set_index("analysis")["open"]
    graded = [
        f"{bounded(alpha[level])} for {LEVEL_NAMES[level].lower()} ({grade_alpha(alpha[level])}"
        + (" by the usual limits)" if level == "open" else ")")
        for level in alpha.index[:3]
    ]
    each = " and ".join(filter(None, [", ".join(graded[:-1]), graded[-1]]))
    return (
        f"Alpha is {each}. All coders agree on {format_percent(kept, 0)} of the segments. With "
        f"segments, videos or coders left out, alpha is {bounded(moved.min())} to "
        f"{bounded(moved.max())} for open codes."
    )


def count(n: int, thing: str) -> str:
    """Return a number of things.

    Examples
    --------
    >>> count(1, "text"), count(2, "text")
    ('1 text', '2 texts')
    """
    return f"{n} {thing}" if n == 1 else f"{n} {thing}s"


def bounded(value: float) -> str:
    """Return a coefficient without its leading zero."""
    return format_number(value, leading_zero=False)
