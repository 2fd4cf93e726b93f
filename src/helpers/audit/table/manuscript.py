"""Statistics in running text, in the many ways in which they are written, as rows of numbers."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence

from helpers.audit.table.parts import Row
from helpers.audit.table.roles import COUNTS
from helpers.audit.table.values import Value, as_count, plain, read_value
from helpers.errors import InputError

__all__ = ["PLACE", "read_statements"]

PLACE = "running text"
_NAMES = {
    "t": r"t(?:[-\s]?(?:value|statistic|test))?|T(?=\s*[(\[]\s*\d)",
    "z": r"[zZ](?:[-\s]?(?:value|score|statistic))?|wald\s+z",
    "f": r"F(?:[-\s]?(?:value|statistic|ratio))?|f(?=\s*[(\[]\s*\d)",
    "d_f": r"(?:Δ|delta\s*)F|F[-\s]?change|F\s*inc",
    "chisq": r"(?:χ|Χ|𝜒|𝝌|ꭓ)\s*\^?\s*[2²]?(?:-?\s*diff)?|chi\s*-?\s*(?:squared?|sq|2|²)|"
    r"[Xx]\s*\^?[2²]|"
    r"Q(?:[_\s]?(?:b|w|between|within|M|E|total))?|H(?=\s*[(\[])|LR\s*χ\s*2",
    "r": r"r",
    "ranked": r"r\s*_?s|ρ|rho|τ|tau|U|W|V|BF\w*",
    "beta": r"β|𝛽|𝜷|ß|beta|std\.?\s*β",
    "b": r"b|B|γ|coef(?:ficient|f)?\.?|est(?:imate)?\.?|unstandardized\s+b",
    "or": r"OR|odds\s+ratio|exp\s*\(\s*B\s*\)",
    "se": r"SE(?:s|\s*[_(]?\s*[bBβ]\s*\)?)?|S\.\s?E\.|s\.e\.|se|std\.?\s*err(?:or)?|"
    r"standard\s+error",
    "p": r"p(?:[-\s]?(?:value|val))?s?|P(?:[-\s]?value)?|sig\.?",
    "df": r"df|d\.f\.|degrees\s+of\s+freedom",
    "n": r"N|n",
    "d_r2": r"(?:Δ|delta\s*)R\s*\^?\s*[2²]",
    "adj_r2": r"(?:adj(?:usted|\.)?\s*R\s*\^?\s*[2²]|R\s*\^?\s*[2²]\s*_?\(?adj\.?\)?)",
    "r2": r"R\s*\^?\s*[2²]",
    "d": r"(?:Cohen['’]?s\s*)?d(?:_?s|_?av)?",
    "g": r"(?:Hedges['’]?\s*)?g",
    "eta2": r"(?:partial\s*)?η\s*_?p?\s*\^?[2²]\s*_?p?|partial\s+eta\s*-?\s*squared|η",
    "f2": r"f\s*\^?[2²]",
    "rmsea": r"RMSEA", "cfi": r"CFI", "tli": r"TLI|NNFI", "nfi": r"NFI",
    "mean": r"M(?:ean)?|mean", "sd": r"SD|S\.D\.",
    "other": r"MSE|MS_?e|M\s*_?diff|SRMR|power",
}  # fmt: skip
_NUMBER = (
    r"[-+]?\s*(?:\d+(?:[.,·]\d+)*|[.,·]\d+)(?:\s*[eE]\s*[-+]?\d+|\s*[×x*]\s*10\s*\^?\s*[-+]?\d+)?"
)
_RELATION = r"(?:=+|<=|>=|<|>|≤|≥|≈|~|:|was|is|of|equals)"
_ITEM = re.compile(
    r"(?<![A-Za-zΑ-ω\d.])(?:"
    + "|".join(f"(?P<{role}>{words})" for role, words in sorted(
        _NAMES.items(), key=lambda item: -max(map(len, item[1].split("|")))))
    + rf""")
    (?:\s*_?\s*[(\[{{]\s*(?:dfs?\s*=\s*|(?P<n_first>[nN]\s*=\s*))?(?P<df1>\d+(?:\.\d+)?)
        (?:\s*[,;/]\s*(?:(?P<is_n>[nN]\s*=\s*)|df\s*=\s*)?(?P<df2>\d[\d,]*(?:\.\d+)?))?\s*[)\]}}]
     |\s*_?(?P<sub1>\d+(?:\.\d+)?)(?:\s*[,;]\s*(?P<sub2>\d+(?:\.\d+)?))?(?=\s*(?:=|<|>))
     |\s*\((?:1|one|2|two)[-\s](?:tailed|sided)\))?
    \s*[,]?\s*(?P<relation>{_RELATION})\s*(?P<number>{_NUMBER}|n\.?\s?s\.?)
    (?P<marks>\s*\*{{1,4}})?""",
    re.VERBOSE,
)  # fmt: skip
_INTERVAL = re.compile(
    rf"""(?:(?P<level>\d{{2}}(?:\.\d+)?)\s*-?\s*%\s*)?-?\s*(?P<kind>(?:BCa?|bootstrap(?:ped)?|percentile|
    bias[-\s]corrected(?:\s+and\s+accelerated)?)?\s*)
    (?:CIs?|C\.I\.|confidence\s+intervals?)\s*(?:_?\s*(?P<after>\d{{2}})\s*%?)?(?:\s*\(?for\s+\w+\)?)?
    \s*(?:=|:|of|was|from|between)?\s*(?P<open>[\[({{])?\s*(?:LL\s*=\s*)?
    (?P<low>{_NUMBER})\s*(?:,(?=\s|[-+.])|;|\bto\b|\band\b|/|-(?=\s*[-+.\d])|–)\s*(?:UL\s*=\s*)?
    (?P<high>{_NUMBER})\s*[\])}}]?""",
    re.VERBOSE | re.IGNORECASE,
)
_SHARE = re.compile(
    r"(?P<count>\d+)\s+(?:out\s+)?of\s+(?:the\s+)?(?P<n>\d+)\b[^().;]{0,40}\(\s*(?P<percent>\d+(?:\.\d+)?)\s*%"
)
_GLUE = re.compile(
    r"^[\s,;:()\[\]{}*_]*(?:(?:and|with|at|the|a|an|as|was|were|is|which|that|the\s+associated|two|one|"
    r"tailed|sided|two-tailed|one-tailed|two-sided|one-sided|unstandardized|standardized|bootstrapped|all|"
    r"both|not|significant|non-significant|test|effect|size|adjusted|corrected|Bonferroni|exact)"
    r"[\s,;:()\[\]*_-]*){0,4}$",
    re.IGNORECASE,
)
_ONE_TAILED = re.compile(r"(?i)\b(?:one|1)[-\s](?:tailed|sided)")


def read_statements(paragraphs: Sequence[str]) -> Iterator[Row]:
    """Yield the results of running text, the numbers of one test a row.

    Parameters
    ----------
    paragraphs : sequence of str

    Yields
    ------
    Row
        Named by its own characters. Numbers belong together as long as nothing but signs and a few
        words stands between them, and no statistic comes twice.

    Examples
    --------
    >>> (row,) = read_statements(["It was so, t[77] = −1.98; P=.051, d = 0.44."])
    >>> {role: value.raw for role, value in row.values.items()}
    {'df': '77', 't': '-1.98', 'p': '.051', 'd': '0.44'}
    """
    for number, paragraph in enumerate(paragraphs, 1):
        text = _joined(paragraph)
        items = sorted([*_items(text), *_intervals(text)], key=lambda item: item[0])
        chain: list[tuple[int, int, dict, dict]] = []
        for item in _without_overlaps(items):
            if chain and not _belongs(chain, item, text):
                yield from _row(chain, text, number)
                chain = []
            chain.append(item)
        yield from _row(chain, text, number)
        for match in _SHARE.finditer(text):
            values = {role: as_count(read_value(match[role])) for role in ("count", "n")}
            values["percent"] = read_value(match["percent"])
            yield Row(PLACE, match[0] + "%)", "", "", values)


def _joined(paragraph: str) -> str:
    """Return a text with one kind of each sign, and without marks of italics."""
    paragraph = html.unescape(paragraph)
    text = re.sub(r"</?(?:i|em|b|strong|sub|sup|span)\b[^>]*>", "", paragraph)
    text = re.sub(r"(?<![*\w])\*{1,2}([A-Za-zχβηΔ]{1,3}2?)\*{1,2}", r"\1", plain(text))
    text = re.sub(r"(?<!\w)_([A-Za-zχβηΔ]{1,3}2?)_(?!\w)", r"\1", text)
    return text.replace("\\", "").replace("·", ".")


_Item = tuple[int, int, dict[str, Value], dict[str, float]]


def _items(text: str) -> Iterator[_Item]:
    for match in _ITEM.finditer(text):
        role = next(name for name in _NAMES if match[name])
        said_in_words = match["relation"] in ("is", "was", "of", "equals", ":")
        if said_in_words and not match["df1"] and role not in ("rmsea", "cfi", "tli", "se", "df"):
            continue
        values, stated = {}, {}
        first, second = match["df1"] or match["sub1"], match["df2"] or match["sub2"]
        if first:
            first_value = _number(first, decimal=True)
            second_value = second and _number(second.replace(",", ""), decimal=True)
            if role in ("f", "d_f"):
                if not second:
                    continue
                values |= {"df1": first_value, "df2": second_value}
            elif match["n_first"]:
                values["n"] = first_value
            elif role in ("t", "chisq", "r"):
                values["df"] = first_value
                if second and match["is_n"]:
                    values["n"] = second_value
                elif second:  # the comma is decimal
                    values["df"] = _number(f"{first}.{second}", decimal=True)
            elif role in ("z", "beta", "b", "d", "g"):
                pass
            elif match["sub1"] and role not in ("se",):
                continue
        if _ONE_TAILED.search(match[0]):
            stated["tails"] = 1
        if re.fullmatch(r"n\.?\s?s\.?", match["number"]):
            if role != "p":
                continue
            yield match.start(), match.end(), {}, stated
            continue
        sign = {"==": "=", "~": "=", "≈": "="}.get(match["relation"], match["relation"])
        sign = "" if sign in ("=", ":", "is", "was", "of", "equals") else sign
        try:
            value = _number(match["number"], decimal=role not in COUNTS, sign=sign)
        except InputError:
            continue
        stars = len((match["marks"] or "").strip())
        if stars:
            value = Value(value.raw, value.number, stars)
        if role == "r" and abs(value.value) > 1:
            continue
        values[role] = value
        yield match.start(), match.end(), values, stated


def _intervals(text: str) -> Iterator[_Item]:
    for match in _INTERVAL.finditer(text):
        try:
            low, high = (_number(match[end], decimal=True) for end in ("low", "high"))
        except InputError:
            continue
        stated: dict[str, float] = {}
        level = match["level"] or match["after"]
        if level and 50 <= float(level) < 100:
            stated["level"] = float(level) / 100
        if match["kind"].strip():
            stated["bootstrap"] = 1
        yield match.start(), match.end(), {"ci_lower": low, "ci_upper": high}, stated


def _number(text: str, *, decimal: bool, sign: str = "") -> Value:
    """Read a number; a comma in it is decimal, or of a count the separator of thousands."""
    text = re.sub(r"\s+", "", text)
    if power := re.fullmatch(r"(.+?)[×x*]10\^?([-+]?\d+)", text):
        text = f"{power[1]}e{power[2]}"
    comma = "decimal" if decimal and "." not in text else "thousands"
    return read_value(f"{sign} {text}".strip(), comma=comma)


def _without_overlaps(items: Sequence[_Item]) -> Iterator[_Item]:
    end = -1
    for item in items:
        if item[0] >= end:
            yield item
            end = item[1]


def _belongs(chain: Sequence[_Item], item: _Item, text: str) -> bool:
    """Whether a number is of the same result as those before it."""
    between = text[chain[-1][1] : item[0]]
    if ";" in between and set(chain[0][2]) == {"ci_lower", "ci_upper"}:
        return False  # an interval of what stands before it, which is not read
    known = {role for _, _, values, _ in chain for role in values}
    new = set(item[2])
    if new & known - {"df", "n"} or (
        new & {"t", "z", "f", "chisq"} and known - {"p"} and "p" in known
    ):
        return False
    if new & known and any(chain[-1][2].get(r) != item[2][r] for r in new & known):
        return False
    return len(between) <= 60 and bool(_GLUE.match(between))


def _row(chain: Sequence[_Item], text: str, paragraph: int) -> Iterator[Row]:
    if not chain:
        return
    values: dict[str, Value] = {}
    stated: dict[str, float] = {}
    for _, _, own, said in chain:
        values |= own
        stated |= said
    values.pop("other", None)
    if "ranked" in values:
        return
    values = {r: as_count(v) if r in COUNTS | {"df1", "df2"} else v for r, v in values.items()}
    start, end = chain[0][0], chain[-1][1]
    around = text[max(0, start - 40) : end + 60]
    if _ONE_TAILED.search(around):
        stated["tails"] = 1
    bootstrap = bool(stated.pop("bootstrap", 0))
    if "f" in values and values.get("df1") is not None:
        values.pop("df", None)
    if len(values) > 1:
        words = text[start:end]
        name = words if len(words) <= 90 else f"{words[:60]} … {words[-25:]}"
        yield Row(PLACE, name, "", "", values, stated, bootstrap)
