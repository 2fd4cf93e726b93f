"""What a file may have in the place of a column that it lacks, told without doing harm.

A column of a similar name is proposed only where it can be the same thing. An item is not its
scale, one wave is not another, and one tick box is not a question: each is recognized by what it
is, and the line of a mapping that settles it is given.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from helpers.data.problems import join_words, show
from helpers.data.schemas import Column
from helpers.data.scoring import HOW, load_keys, number_items
from helpers.errors import did_you_mean

__all__ = ["explain_absence", "find_source", "is_part"]

_TICK_BOX = re.compile(r"(?P<question>.+?)___(?P<answer>[A-Za-z0-9]+)")
_ASK_KEY = (
    "; no scoring key of it is carried here: if your manual scores items the other way round, add "
    "reverse: [their names]"
)
_WAVE = (
    r"(?:t|w|wave|time|session|s|v|visit|baseline|pre|post|fu|follow_?up|mid|intake|end)_?\d{0,3}"
)


def explain_absence(column: Column, names: Sequence[str], taken: Sequence[str]) -> str:
    """Return what to do about a column that a file lacks, after the words that it is missing.

    Parameters
    ----------
    column : Column
        The column of the dictionary.
    names : sequence of str
        The file's header, with our names where a mapping gave them.
    taken : sequence of str
        Our columns, which are no candidates for each other.

    Returns
    -------
    str
        One sentence or two, such as ``; phq9_1 to phq9_9 look like its 9 items. To score …``.
    """
    left = ", or leave it out of covariates" if column.role == "covariate" else ""
    found = find_source(column, names, taken)
    return found or f"; name yours in the mapping, columns: {{yours: {column.name}}}{left}"


def find_source(column: Column, names: Sequence[str], taken: Sequence[str]) -> str:
    """Return what a file seems to have in the place of a column, as `explain_absence`; or ""."""
    free = [name for name in names if name and name not in taken]
    if boxes := _tick_boxes(column, free):
        answers = f"{boxes[0]} to {boxes[-1]}" if len(boxes) > 1 else boxes[0]
        left = ", or leave it out of covariates" if column.role == "covariate" else ""
        pairs = ", ".join(f"{_plain(box)}: LABEL" for box in boxes)
        return (
            f"; {answers} look like the tick boxes of one question, a column for each answer. Say "
            "in the mapping what each means, and what several together or none do: tick_boxes: "
            f"{{{column.name}: {{boxes: {{{pairs}}}, several: LABEL, none: LABEL}}}}{left}"
        )
    if waves := _waves(column, free):
        shown = join_words(waves) if len(waves) < 5 else f"{', '.join(waves[:3])} …"
        return (
            f"; {shown} look like it at different times. Say in the mapping which one to take, for "
            f"it and for every other column alike: columns: {{{_plain(waves[0])}: {column.name}}}"
        )
    if column.is_number and (items := _items(column, free)):
        prefix, found = items
        shown = f"{found[0]} to {found[-1]}" if len(found) > 4 else join_words(found)
        return (
            f"; {shown} look like its {len(found)} items. To score them, write in the mapping: "
            f"scores: {{{column.name}: {_score_entry(column, prefix)}}}"
            f"{'' if column.key else _ASK_KEY}"
        )
    whole = [name for name in free if not is_part(name, free)]
    if len(column.name) <= 4:  # one letter makes another word of so short a name
        whole = [name for name in whole if _same(name, column.name)]
    hint = did_you_mean(column.name, whole)
    if not hint:
        return ""
    theirs = hint.split("'")[1]
    return f".{hint} If so, write in the mapping: columns: {{{_plain(theirs)}: {column.name}}}"


def is_part(name: str, names: Sequence[str]) -> bool:
    """Whether a column is a tick box, or one of several numbered or repeated columns."""
    if _TICK_BOX.fullmatch(name):
        return True
    stem = re.sub(rf"[\s_.\-]*(?:\d{{1,3}}|{_WAVE})$", "", name, flags=re.IGNORECASE)
    start = re.sub(rf"^{_WAVE}[\s_.\-]+", "", name, flags=re.IGNORECASE)
    for rest, pattern in (
        (stem, rf"{re.escape(stem)}[\s_.\-]*(?:\d{{1,3}}|{_WAVE})"),
        (start, rf"{_WAVE}[\s_.\-]+{re.escape(start)}"),
    ):
        if rest and rest != name:
            alike = [other for other in names if re.fullmatch(pattern, other, re.IGNORECASE)]
            if len(alike) > 1:
                return True
    return False


def _plain(name: str) -> str:
    """A name as it can stand in YAML."""
    return name if re.fullmatch(r"[A-Za-z_][\w. ]*", name) else show(name)


def _tick_boxes(column: Column, names: Sequence[str]) -> list[str]:
    found = [(name, _TICK_BOX.fullmatch(name)) for name in names]
    return [name for name, match in found if match and _same(match["question"], column.name)]


def _waves(column: Column, names: Sequence[str]) -> list[str]:
    after = rf"{re.escape(column.name)}[\s_.\-]+{_WAVE}"
    before = rf"{_WAVE}[\s_.\-]+{re.escape(column.name)}"
    return [name for name in names if re.fullmatch(rf"{after}|{before}", name, re.IGNORECASE)]


def _items(column: Column, names: Sequence[str]) -> tuple[str, list[str]] | None:
    """The beginning of the names of what look like the items of a scale, and these columns."""
    key = load_keys().get(column.key, {})
    wanted = key.get("items")
    stems = dict.fromkeys(
        [column.name, *re.findall(r"[a-z]+", column.key.casefold())[:1], *_starts(column)]
    )
    for stem in stems:
        by_number = number_items(names, stem)
        numbers = wanted if wanted and set(wanted) <= set(by_number) else sorted(by_number)
        if wanted and numbers is not wanted:
            continue
        if len(numbers) >= 2:
            found = [by_number[number] for number in numbers]
            prefix = re.sub(r"0*\d+$", "", found[0])
            return prefix, found
    return None


def _starts(column: Column) -> list[str]:
    """Short names of the instrument, such as ``PHQ-9``, ``PHQ9`` and ``PHQ``."""
    short = re.search(r"\(([^)]+)\)", column.instrument)
    name = short[1] if short else column.key
    return [name, name.replace("-", ""), re.sub(r"-?\d+$", "", name)] if name else []


def _score_entry(column: Column, prefix: str) -> str:
    items = f"items: {_plain(prefix)}"
    if column.key:
        return f"{{key: {column.key}, {items}}}"
    how = next((how for how in HOW if column.scoring.startswith(how)), " or ".join(HOW))
    answers = ""
    if column.item_minimum is not None and column.item_maximum is not None:
        answers = f", answers: [{column.item_minimum:g}, {column.item_maximum:g}]"
    return f"{{{items}, score: {how}{answers}}}"


def _same(one: str, other: str) -> bool:
    fold = re.compile(r"[\W_]+")
    return fold.sub("", one.casefold()) == fold.sub("", other.casefold())
