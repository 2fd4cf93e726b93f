"""What an expert would notice in a reader's file before any analysis is run.

Each notice states a fact and why it may matter; none refuses the file. The same list is printed by
``make check`` and is at the top of a report.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from helpers.data.problems import join_words
from helpers.data.schemas import Column
from helpers.data.scoring import (
    ScoredScale,
    compute_alpha,
    find_reversed,
    surely_negative,
)
from helpers.models.inference.clusters import FEW_CLUSTERS

__all__ = ["Notice", "is_identifier", "list_notices"]

CROWDED = 0.4
"""Share of all values at one end of a scale from which on it is called a floor or a ceiling."""
LOW_MAXIMUM = 1 / 3
"""Share of a scale's length; where no value of at least `ENOUGH` lies above, that is said."""
ENOUGH = 30
FEW_REPEATS = 0.05
"""Share of rows up to which a repeated identifier is a slip rather than a design."""
FEW = 5
"""Rows on which alone no estimate should rest."""
LOW_ALPHA = 0.4
"""Cronbach's alpha below which items hardly agree."""
FEW_LEVELS = 10
"""A whole-numbered covariate with no more levels may be a category."""
_IDENTIFIER = re.compile(
    r"(?:.*[\s_.\-])?(?:id|ids|code|no|nr|num|number)|(?:client|patient|participant|person|subject|"
    r"respondent|case|record|response|study|vp|pid|uid|therapist|clinician|counsell?or|clinic|site|"
    r"center|centre|dyad|group|cluster)(?:[\s_.\-]*(?:id|code|no|nr|num|number))?",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Notice:
    """A fact about a file.

    Attributes
    ----------
    kind : str
        ``repeated ids``, ``an id repeats``, ``few clusters``, ``copies``, ``reversed``,
        ``unrelated items``, ``runs against``, ``nearly constant``, ``ceiling``, ``low maximum`` or
        ``category``.
    text : str
        One or two sentences.
    column : str
        The column whose values repeat, of ``repeated ids``; else ``""``.
    n_values : int
        How many values it has.
    """

    kind: str
    text: str
    column: str = ""
    n_values: int = 0


def is_identifier(name: str) -> bool:
    """Whether a column is called like one that says who or where, not how much.

    Examples
    --------
    >>> [name for name in ("therapist_id", "Client ID", "arm", "ResponseId", "wai_1")
    ...  if is_identifier(name)]
    ['therapist_id', 'Client ID', 'ResponseId']
    """
    return bool(_IDENTIFIER.fullmatch(re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name.strip())))


def list_notices(
    frame: pd.DataFrame,
    columns: Mapping[str, Column],
    *,
    groups: Mapping[str, Sequence[str]],
    scales: Sequence[ScoredScale],
    identifiers: pd.DataFrame,
    together: Sequence[Sequence[str]] = (),
    cluster: str = "",
) -> list[Notice]:
    """Return what is worth knowing about a file that fits.

    Parameters
    ----------
    frame : pandas.DataFrame
        The columns that are used, one row per record.
    columns : mapping of str to Column
        What each of them is.
    groups : mapping of str to sequence of str
        Item columns by group.
    scales : sequence of ScoredScale
        Scales that were scored from items.
    identifiers : pandas.DataFrame
        Columns of the file that are called like identifiers, as text, of the same rows.
    together : sequence of sequence of str
        Measures that the published study relates positively.
    cluster : str
        The column that the reader has named as the cluster.

    Returns
    -------
    list of Notice
    """
    return [
        *_repeated_ids(identifiers, cluster),
        *_few_clusters(frame, cluster),
        *_copies(frame),
        *_reversed(groups, [*scales, *_as_scales(frame, groups)]),
        *_against_others(frame, groups, scales, together),
        *_nearly_constant(frame, columns),
        *_crowded(frame, columns),
        *_low_maximum(frame, columns),
        *_maybe_categories(frame, columns),
    ]


def _repeated_ids(identifiers: pd.DataFrame, cluster: str) -> list[Notice]:
    notices = []
    for name in identifiers:
        values = identifiers[name].dropna()
        n_levels = values.nunique()
        if name == cluster or not 1 < n_levels < len(values):
            continue
        again = len(values) - n_levels
        if again <= FEW_REPEATS * len(values):
            rows = "1 row repeats" if again == 1 else f"{again} rows repeat"
            text = (
                f"{name}: {rows} a value of an earlier row. If it says who, look whether somebody "
                "was entered twice or measured again."
            )
            notices.append(Notice("an id repeats", text))
            continue
        notices.append(
            Notice(
                "repeated ids",
                f"{name} has {n_levels} values in {len(values)} rows. If it says who or where, "
                "rows that share one are not independent, and standard errors that treat them so "
                "are too small.",
                name,
                n_levels,
            )
        )
    return notices


def _few_clusters(frame: pd.DataFrame, cluster: str) -> list[Notice]:
    n_clusters = frame[cluster].nunique() if cluster else FEW_CLUSTERS
    if n_clusters >= FEW_CLUSTERS:
        return []
    return [
        Notice(
            "few clusters",
            f"{cluster} has {n_clusters} values. Bootstrap intervals from fewer than "
            f"{FEW_CLUSTERS} clusters have less than their nominal coverage.",
        )
    ]


def _copies(frame: pd.DataFrame) -> list[Notice]:
    n_copies = int(frame.duplicated().sum())
    if not n_copies:
        return []
    # the chance that two rows agree in every column if columns were independent
    chance = 1.0
    for name in frame:
        share = frame[name].value_counts(normalize=True)
        chance *= float((share**2).sum())
    expected = chance * len(frame) * (len(frame) - 1) / 2
    if n_copies < 3 * max(expected, 0.1):
        return []
    rows = "1 row is" if n_copies == 1 else f"{n_copies} rows are"
    return [
        Notice(
            "copies",
            f"{rows} equal to an earlier one in every column that is used; independent answers "
            f"would give about {expected:.1g}. If records were entered or merged twice, leave the "
            "copies out.",
        )
    ]


def _reversed(groups: Mapping[str, Sequence[str]], scales: Sequence[ScoredScale]) -> list[Notice]:
    """Say of each scale which items run against the others, or that they hardly agree."""
    notices = []
    for scale in scales:
        if not scale.against:
            if scale.alpha < LOW_ALPHA:
                notices.append(
                    Notice(
                        "unrelated items",
                        f"{scale.column}: alpha of its {scale.n_items} items is {scale.alpha:.2f}, "
                        "so they hardly agree. Check that they are the items of one scale.",
                    )
                )
            continue
        listed = f"reverse: [{', '.join(scale.against)}]"
        entry = listed if scale.column in groups else f"scores: {{{scale.column}: {{…, {listed}}}}}"
        verb, them = ("correlates", "it") if len(scale.against) == 1 else ("correlate", "them")
        if scale.turned_by_key is False:
            said = "The published key turns no item round, so look for a wrong or recoded column."
        elif 3 * len(scale.against) > scale.n_items:
            said = (
                "One of the two sets runs the other way; by the wording, reverse-score these or "
                f"the others: {entry}."
            )
        else:
            said = f"If the wording runs the other way, reverse-score {them}: {entry}."
        text = (
            f"{join_words(scale.against)} {verb} negatively with the other items of "
            f"{scale.column}. {said}"
        )
        notices.append(Notice("reversed", text))
    return notices


def _as_scales(frame: pd.DataFrame, groups: Mapping[str, Sequence[str]]) -> list[ScoredScale]:
    """Return groups of items as scales, those that enough rows answer in full."""
    scales = []
    for name, items in groups.items():
        answers = frame[list(items)].dropna()
        if len(items) > 2 and len(answers) >= 4:
            against = find_reversed(answers)
            alpha = compute_alpha(answers) if len(answers) >= ENOUGH else np.nan
            mean = float(answers.to_numpy().mean())
            scales.append(
                ScoredScale(
                    column=name,
                    n_items=len(items),
                    how="mean",
                    mean=mean,
                    alpha=alpha,
                    n_prorated=0,
                    against=against,
                )
            )
    return scales


def _against_others(
    frame: pd.DataFrame,
    groups: Mapping[str, Sequence[str]],
    scales: Sequence[ScoredScale],
    together: Sequence[Sequence[str]],
) -> list[Notice]:
    """Name measures that run against those with which the published study has them related.

    Of two it cannot be told which one runs the other way, and both are named.
    """
    own = {name: frame[list(items)].mean(axis=1) for name, items in groups.items() if items}
    own = {**dict(frame.items()), **own}
    scored = {scale.column for scale in scales}
    notices: dict[str, Notice] = {}
    for group in together:
        values = pd.DataFrame(
            {n: own[n] if n in own else frame[n] for n in group if n in own or n in frame}
        )
        values = values.dropna()
        if values.shape[1] < 2 or len(values) < ENOUGH or not (values.std() > 0).all():
            continue
        z = (values - values.mean()) / values.std()
        for name in z:
            others = [other for other in z if other != name]
            r = z[name].corr(z[others].sum(axis=1))
            if name in notices or not surely_negative(r, len(z), z=2.576):
                continue
            fix = f"reverse: [{name}]"
            if name in scored:
                fix = (
                    f"the items to reverse-score in its entry, scores: {{{name}: {{…, reverse: "
                    "[]}}"
                )
            notices[name] = Notice(
                "runs against",
                f"{name} correlates negatively with {join_words(others)} (r = {r:.2f}), and the "
                "published study relates them positively. If yours is scored the other way round, "
                f"write in the mapping {fix}; if it is not, there is nothing to do.",
            )
    return list(notices.values())


def _departures(values: pd.Series) -> int:
    """Rows whose value is not the most frequent one."""
    return len(values) - int(values.value_counts().iloc[0]) if len(values) else 0


def _nearly_constant(frame: pd.DataFrame, columns: Mapping[str, Column]) -> list[Notice]:
    notices = []
    for name, column in columns.items():
        values = frame[name].dropna()
        few = _departures(values)
        if (
            column.is_number
            and column.role == "measure"
            and len(values) >= ENOUGH
            and 0 < few < FEW
        ):
            rows = "1 row" if few == 1 else f"{few} rows"
            notices.append(
                Notice(
                    "nearly constant",
                    f"{name} has the same value in all but {rows} of {len(values)}: what is "
                    f"estimated for it rests on {'that row' if few == 1 else 'these rows'} alone.",
                )
            )
    return notices


def _crowded(frame: pd.DataFrame, columns: Mapping[str, Column]) -> list[Notice]:
    notices = []
    for name, column in columns.items():
        if column.kind not in ("integer", "numeric") or column.role != "measure":
            continue
        values = frame[name].dropna()
        for end, word in ((column.minimum, "lowest"), (column.maximum, "highest")):
            n_end = int((values == end).sum()) if end is not None else 0
            if (
                _departures(values) >= FEW
                and n_end >= CROWDED * len(values)
                and len(values) >= ENOUGH
            ):
                notices.append(
                    Notice(
                        "ceiling",
                        f"{name}: {n_end} of {len(values)} values are the {word} possible one, "
                        f"{end:g}. Associations with so crowded a scale are understated.",
                    )
                )
    return notices


def _low_maximum(frame: pd.DataFrame, columns: Mapping[str, Column]) -> list[Notice]:
    notices = []
    for name, column in columns.items():
        if column.role != "measure" or None in (column.minimum, column.maximum):
            continue
        if column.kind == "items":
            continue
        values = frame[name].dropna()
        highest = values.max()
        limit = column.minimum + LOW_MAXIMUM * (column.maximum - column.minimum)
        if len(values) >= ENOUGH and highest <= limit:
            notices.append(
                Notice(
                    "low maximum",
                    f"{name}: the highest of {len(values)} values is {highest:g}, on a scale of "
                    f"{column.range_words}. It may be a single item, a mean instead of a sum, or "
                    "another version.",
                )
            )
    return notices


def _maybe_categories(frame: pd.DataFrame, columns: Mapping[str, Column]) -> list[Notice]:
    notices = []
    for name, column in columns.items():
        if column.role != "covariate" or column.kind != "numeric":
            continue
        values = frame[name].dropna()
        levels = values.unique()
        whole = bool((values == np.floor(values)).all())
        if whole and (is_identifier(name) or 2 < len(levels) <= FEW_LEVELS):
            shown = ", ".join(f"{level:g}" for level in sorted(levels)[:FEW_LEVELS])
            more = ", …" if len(levels) > FEW_LEVELS else ""
            notices.append(
                Notice(
                    "category",
                    f"{name} has the values {shown}{more} and enters as a number, with one slope. "
                    f"If they are codes, write in the mapping: categorical: [{name}].",
                )
            )
    return notices
