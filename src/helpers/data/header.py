"""What a file may have in the place of a column that it lacks, told without doing harm.

A column of a similar name is proposed only where it can be the same thing. An item is not its
scale, one wave is not another, and one tick box is not a question: each is recognized by what it
is, and the line of a mapping that settles it is given.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from helpers.data.problems import join_words, show
from helpers.data.schemas import Column
from helpers.data.scoring import BETWEEN, HOW, load_keys, number_items
from helpers.errors import did_you_mean

__all__ = [
    "Source",
    "explain_absence",
    "find_families",
    "find_items_elsewhere",
    "find_source",
    "is_part",
    "write_mapping",
]

_TICK_BOX = re.compile(r"(?P<question>.+?)___(?P<answer>[A-Za-z0-9]+)")
_SCORING = re.compile(
    r"\[SQ\d+\]|Ø|(?<![a-z])(?:total|tot|sum|score|scale|mean|average|avg|raw|summe|summenwert"
    r"|gesamt|gesamtwert|mittelwert|mw|media|total|puntaje|puntuación|moyenne)(?![a-zäöüß])",
    re.IGNORECASE,
)
MOST_WAVES = 6
"""Times at which a study measures, at most; more columns of a number are items."""
_ASK_KEY = (
    "; no scoring key of it is carried here: if your manual scores items the other way round, add "
    "reverse: [their names]"
)
_WAVE = (
    r"(?:t|w|wave|time|session|s|v|visit|baseline|pre|post|fu|follow_?up|mid|intake|end)_?\d{0,3}"
)
_ITEM_WAVE = (
    r"(?:(?:t|w|wave|time|session|s|v|visit)_?\d{1,3}|(?:baseline|pre|post|fu|follow_?up|mid|intake"
    r"|end)_?\d{0,3})"
)
"""As `_WAVE`, but a letter alone, as in ``WAI_S_1``, may be the version of a questionnaire."""


@dataclass(frozen=True)
class Source:
    """What a file may have in the place of a column.

    Attributes
    ----------
    text : str
        To follow the words that the column is missing; ``""`` where nothing was found.
    entries : mapping of str to mapping of str to str
        By entry of a mapping file, the lines that settle it, where nothing is left to choose.
    """

    text: str = ""
    entries: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def write_mapping(entries: Mapping[str, Mapping[str, str]]) -> list[str]:
    """Return the lines of a mapping file.

    Examples
    --------
    >>> write_mapping({"columns": {"PHQ 9": "phq9"}})
    ['columns:', '  PHQ 9: phq9']
    """
    return [
        line
        for entry, pairs in entries.items()
        for line in (f"{entry}:", *(f"  {_plain(key)}: {value}" for key, value in pairs.items()))
    ]


def explain_absence(column: Column, names: Sequence[str], taken: Sequence[str]) -> Source:
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
    Source
        Its text is one sentence or two, such as ``; phq9_1 to phq9_9 look like its 9 items. To …``.
    """
    left = ", or leave it out of covariates" if column.role == "covariate" else ""
    found = find_source(column, names, taken)
    if found.text:
        return found
    if column.items and (families := _families_of(column, names, taken)):
        return Source(families)
    return Source(f"; name yours in the mapping, columns: {{yours: {column.name}}}{left}")


def find_source(column: Column, names: Sequence[str], taken: Sequence[str]) -> Source:
    """Return what a file seems to have in the place of a column, as `explain_absence`."""
    free = [name for name in names if name and name not in taken]
    if boxes := _tick_boxes(column, free):
        answers = f"{boxes[0]} to {boxes[-1]}" if len(boxes) > 1 else boxes[0]
        left = ", or leave it out of covariates" if column.role == "covariate" else ""
        pairs = ", ".join(f"{_plain(box)}: LABEL" for box in boxes)
        return Source(
            f"; {answers} look like the tick boxes of one question, a column for each answer. Say "
            "in the mapping what each means, and what several together or none do: tick_boxes: "
            f"{{{column.name}: {{boxes: {{{pairs}}}, several: LABEL, none: LABEL}}}}{left}"
        )
    if waves := _waves(column, free, taken):
        shown = join_words(waves) if len(waves) < 5 else f"{', '.join(waves[:3])} …"
        return Source(
            f"; {shown} look like it at different times. Say in the mapping which one to take, for "
            f"it and for every other column alike: columns: {{{_plain(waves[0])}: {column.name}}}"
        )
    if column.is_number and (items := _items(column, free)):
        return _offer_scoring(column, *items, times=_numbered_alike(column, free, taken))
    if column.is_number and (by_wave := _items_by_wave(column, free)):
        return _offer_waves(column, by_wave)
    whole = [name for name in free if not is_part(name, free) and not _is_total_of(name, column)]
    near = whole
    if len(column.name) <= 4:  # one letter makes another word of so short a name
        near = [name for name in whole if _same(name, column.name)]
    hint = did_you_mean(column.name, near)
    theirs = hint.split("'")[1] if hint else _called_after(column, whole)
    if not theirs:
        return Source()
    said = f".{hint} If so," if hint else f"; {show(theirs)} looks like it. If so,"
    return Source(
        f"{said} write in the mapping: columns: {{{_plain(theirs)}: {column.name}}}",
        {"columns": {theirs: column.name}},
    )


def _offer_scoring(column: Column, prefix: str, found: list[str], *, times: bool) -> Source:
    shown = _list_found(found)
    entry = _score_entry(column, prefix)
    score = f"scores: {{{column.name}: {entry}}}"
    key = "" if column.key else _ASK_KEY
    if times:
        return Source(
            f"; {shown} look like its {len(found)} items, or like it at {len(found)} times. For "
            f"items, write in the mapping: {score}{key}; for times, the one to take: columns: "
            f"{{{_plain(found[0])}: {column.name}}}"
        )
    settled = {"scores": {column.name: entry}} if " or " not in entry else {}
    return Source(
        f"; {shown} look like its {len(found)} items. To score them, write in the mapping: "
        f"{score}{key}",
        settled,
    )


def _list_found(found: Sequence[str]) -> str:
    return f"{found[0]} to {found[-1]}" if len(found) > 4 else join_words(found)


def find_families(names: Sequence[str]) -> dict[str, list[str]]:
    """Return columns that are numbered under one beginning, three of them or more, by it.

    Examples
    --------
    >>> find_families(["id", "WAI1", "WAI2", "WAI3", "age"])
    {'WAI': ['WAI1', 'WAI2', 'WAI3']}
    """
    families: dict[str, list[str]] = {}
    for name in names:
        if match := re.fullmatch(r"(.*?[^\W\d_].*?)[\s_.\-]*\d{1,3}", name):
            families.setdefault(match[1], []).append(name)
    return {stem: found for stem, found in families.items() if len(found) >= 3}


def find_items_elsewhere(column: Column, names: Sequence[str], taken: Sequence[str]) -> Source:
    """Return which numbered columns may be the items of a group that a file lacks."""
    families = find_families([n for n in names if not any(_begins(n, own) for own in taken)])
    initials = "".join(re.findall(r"\b([A-Z])[a-z]", column.instrument)).casefold()
    for stem, found in families.items():
        if len(initials) > 1 and _same(stem, initials):
            return Source(
                f"; {found[0]} to {found[-1]} look like them. If so, write in the mapping: columns:"
                f" {{{_plain(stem)}: {column.name}}}",
                {"columns": {stem: column.name}},
            )
    if by_wave := _items_by_wave(column, [*names]):
        first = next(iter(by_wave.values()))
        pairs = ", ".join(f"{_plain(n)}: {column.name}_{k}" for k, n in enumerate(first[:2], 1))
        shown = ", or ".join(_list_found(found) for found in by_wave.values())
        return Source(
            f"; {shown} look like them, at {len(by_wave)} times. Say in the mapping which to take, "
            f"one by one, for these and for every other item alike: columns: {{{pairs}, …}}"
        )
    listed = ", ".join(f"{found[0]} to {found[-1]}" for found in families.values())
    there = f" (the file has {listed})" if listed else ""
    return Source(
        f"; say in the mapping how the names of its items begin{there}: columns: {{BEGINNING: "
        f"{column.name}}}, or name them one by one: columns: {{YOURS: {column.name}_1}}"
    )


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


def _begins(name: str, start: str) -> bool:
    return bool(re.fullmatch(rf"{re.escape(start)}_\d+", name))


def _called_after(column: Column, names: Sequence[str]) -> str:
    """The one column that is called like the measure or its instrument, but for words of scoring.

    Such as ``PHQ-9 total``, ``RRI_sum`` or LimeSurvey's ``PHQ[SQ001]``.
    """
    stems = {column.name, column.key, *_starts(column)} - {""}
    bare = {
        name: _SCORING.sub("", re.sub(r"^(sum|total|mean)(?=[A-Z])", "", name)) for name in names
    }
    found = [name for name in names if any(_same(bare[name], stem) for stem in stems)]
    return found[0] if len(found) == 1 else ""


def _numbered_alike(column: Column, names: Sequence[str], taken: Sequence[str]) -> bool:
    """Whether other measures have columns of just the same few numbers, as waves have."""
    own = set(number_items(names, column.name))
    alike = [set(number_items(names, other)) == own for other in taken if other != column.name]
    return 2 <= len(own) <= MOST_WAVES and len(own) != column.items and any(alike)


def _waves(column: Column, names: Sequence[str], taken: Sequence[str]) -> list[str]:
    if column.items and _numbered_alike(column, names, taken):
        return list(number_items(names, column.name).values())
    after = rf"{re.escape(column.name)}[\s_.\-]+{_WAVE}"
    before = rf"{_WAVE}[\s_.\-]+{re.escape(column.name)}"
    return [name for name in names if re.fullmatch(rf"{after}|{before}", name, re.IGNORECASE)]


def _items(column: Column, names: Sequence[str]) -> tuple[str, list[str]] | None:
    """The beginning of the names of what look like the items of a scale, and these columns."""
    for stem in _stems(column):
        by_number = number_items(names, stem)
        if numbers := _own_numbers(column, by_number):
            found = [by_number[number] for number in numbers]
            prefix = re.sub(r"(\[(?:SQ)?|(?<=[._])SQ)?0*\d+[\]._]?$", "", found[0])
            return prefix, found
    return None


def _stems(column: Column) -> list[str]:
    """How the names of the items of a scale may begin."""
    first = re.findall(r"[a-z]+", column.key.casefold())[:1]
    return list(dict.fromkeys([column.name, *first, *_starts(column)]))


def _own_numbers(column: Column, numbers: Collection[int]) -> list[int]:
    """Which of the items of a questionnaire are those of a scale; none where it is another one.

    That is one with more items than the questionnaire of the published key; one more may ask how
    difficult the problems make life, as the PHQ-9 does.
    """
    key = load_keys().get(column.key)
    if key is None:
        return sorted(numbers) if len(numbers) >= 2 else []
    whole = column.key.removesuffix(f" {column.name.split('_')[-1]}")
    n_items = sum(len(k["items"]) for name, k in load_keys().items() if name.startswith(whole))
    known = set(key["items"]) <= set(numbers) and max(numbers) <= n_items + 1
    return key["items"] if known else []


def _items_by_wave(column: Column, names: Sequence[str]) -> dict[str, list[str]]:
    """The items of a scale at each of several times, by the time as the names say it."""
    for stem in _stems(column):
        words = BETWEEN.join(map(re.escape, re.split(r"[\s_.\-]+", stem)))
        for pattern in (
            rf"(?P<wave>{_ITEM_WAVE})[\s_.\-]*{words}[\s_.\-]*0*(?P<item>\d{{1,3}})",
            rf"{words}[\s_.\-]*(?P<wave>{_ITEM_WAVE}|\d)[\s_.\-]+0*(?P<item>\d{{1,3}})",
            rf"{words}[\s_.\-]*0*(?P<item>\d{{1,3}})[\s_.\-]+(?P<wave>{_ITEM_WAVE}|\d)",
        ):
            waves: dict[str, dict[int, str]] = {}
            for name in names:
                if match := re.fullmatch(pattern, name, re.IGNORECASE):
                    waves.setdefault(match["wave"], {}).setdefault(int(match["item"]), name)
            own = {wave: _own_numbers(column, items) for wave, items in waves.items()}
            if own and len(own) <= MOST_WAVES and all(len(each) > 1 for each in own.values()):
                return {w: [waves[w][k] for k in numbers] for w, numbers in own.items()}
    return {}


def _offer_waves(column: Column, by_wave: Mapping[str, list[str]]) -> Source:
    first = next(iter(by_wave.values()))
    shown = ", or ".join(_list_found(found) for found in by_wave.values())
    listed = f"[{', '.join(map(_plain, first))}]"
    entry = f"{{{column.name}: {_score_entry(column, listed)}}}"
    times = f", at {len(by_wave)} times" if len(by_wave) > 1 else f" at the time {show(*by_wave)}"
    which = ", for it and for every other column alike" if len(by_wave) > 1 else ""
    key = "" if column.key else _ASK_KEY
    return Source(
        f"; {shown} look like its {len(first)} items{times}. Say in the mapping which to take"
        f"{which}: scores: {entry}{key}"
    )


def _is_total_of(name: str, column: Column) -> bool:
    """Whether a column is the total of a questionnaire of which our column is a part."""
    whole = {start.casefold() for start in (*_starts(column), *_stems(column)[1:2])}
    is_part_of = "_" in column.name
    return is_part_of and any(_same(_SCORING.sub("", name), start) for start in whole)


def _families_of(column: Column, names: Sequence[str], taken: Sequence[str]) -> str:
    """What to say where items may stand under a name that says nothing, such as ``Q12_1``."""
    families = find_families([name for name in names if name not in taken])
    if not families:
        return ""
    listed = ", ".join(f"{found[0]} to {found[-1]}" for found in families.values())
    entry = _score_entry(column, "[YOURS, YOURS, …]")
    return (
        f"; name yours in the mapping, columns: {{yours: {column.name}}}, or, if its "
        f"{column.items} items are among {listed}, name these: scores: {{{column.name}: {entry}}}"
    )


def _starts(column: Column) -> list[str]:
    """Short names of the instrument, such as ``PHQ-9``, ``PHQ9`` and ``PHQ``."""
    short = re.search(r"\(([^)]+)\)", column.instrument)
    name = short[1] if short else column.key
    return [name, name.replace("-", ""), re.sub(r"-?\d+$", "", name)] if name else []


def _score_entry(column: Column, prefix: str) -> str:
    items = f"items: {prefix if prefix.startswith('[') else _plain(prefix)}"
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
