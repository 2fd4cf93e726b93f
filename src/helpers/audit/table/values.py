"""Numbers as they are pasted: what is in a cell, and the values that it can stand for."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from helpers.errors import InputError
from helpers.printed.numbers import PrintedNumber, parse_printed

__all__ = [
    "BLANKS",
    "ROUNDINGS",
    "Reading",
    "Value",
    "as_count",
    "decimal_commas",
    "exact_value",
    "plain",
    "read_cell",
    "read_value",
]

ROUNDINGS = ("any", "half", "half-even", "truncated")
"""How digits were cut off. ``any``: rounded to the nearest, ties either way, and truncation is
named as a reading where nothing else holds; the others are taken at their word."""
BLANKS = frozenset(
    ("", "-", "--", "—", "–", "−", "―", "…", "...", ".", "/", "\\", "·", "na", "n/a", "n.a.", "n.a",
     "ref", "ref.", "reference", "(ref.)", "(ref)", "(reference)", "nr", "n.r.", "n/r", "none",
     "nan", "null")
)  # fmt: skip
"""What is in a cell in which nothing is printed."""
_MINUS = dict.fromkeys(map(ord, "−–‐‑﹣－‒―\u2010\u2011"), "-")
_PLAIN = str.maketrans(
    _MINUS
    | {
        0xA0: " ", 0x2009: " ", 0x202F: " ", 0x2002: " ", 0x2003: " ", 0x2005: " ", 0x2006: " ",
        0x2007: " ", 0x2008: " ", 0x200A: " ", 0x3000: " ", 0x200B: None, 0xFEFF: None, 0xAD: None,
        ord("∗"): "*", ord("⁎"): "*", ord("＊"): "*", ord("‚"): ",", ord("，"): ",", ord("＜"): "<",
        ord("＞"): ">", ord("＝"): "=", ord("（"): "(", ord("）"): ")", ord("⩽"): "≤",
        ord("⩾"): "≥",
        ord("’"): "'", ord("˂"): "<", ord("˃"): ">",
    }
)  # fmt: skip
_DIGITS = r"(?:\d+(?:[.,]\d+)*|[.,]\d+)(?:[eE][+-]?\d+)?"
_TOKEN = re.compile(
    rf"""\s*
    (?P<open>[(\[{{])?\s*
    (?P<relation><=|>=|[<>≤≥=~≈])?\s*
    (?P<sign>[+-])?\s*
    (?P<digits>{_DIGITS})\s*%?
    (?P<marks>(?:\s*(?:\*+|†+|‡+|§|¶|\+(?!\s*[\d.])|\#|\^?[a-f](?![a-zA-Z])))*)
    \s*(?P<close>[)\]}}])?
    (?P<after>(?:\s*(?:\*+|†+|‡+))*)
    \s*(?P<between>;|,(?=\s)|\bto\b|\band\b|/|-(?=\s*[\d.])|±|\|)?
    """,
    re.VERBOSE,
)
_NOT_SIGNIFICANT = re.compile(r"n\.?\s?s\.?(\s*sig\w*)?|not\s+significant", re.IGNORECASE)
_P_EQUALS = re.compile(r"^[pP]\s*(?=[<>≤≥=])")


@dataclass(frozen=True)
class Value:
    """One printed number of a cell.

    Attributes
    ----------
    raw : str
        The characters as printed, sign of inequality included, marks not.
    number : PrintedNumber
        Rounded to the nearest, ties either way.
    stars : int or None
        How many stars stand at it; None where its cell cannot have any.
    exact : bool
        Whether it is a count or a setting, which was not rounded.
    """

    raw: str
    number: PrintedNumber
    stars: int | None = None
    exact: bool = False

    @property
    def value(self) -> float:
        """The number that the digits show."""
        return self.number.value

    def ends(self, rounding: str) -> tuple[float, float]:
        """Return the least and the largest value that round to it.

        Parameters
        ----------
        rounding : str
            One of `ROUNDINGS`, or ``"loose"``: rounded or truncated.
        """
        number = self.under(rounding)
        return number.lower, number.upper

    def under(self, rounding: str) -> PrintedNumber:
        """Return the number with the interval of a rounding; see `ends`."""
        number = self.number
        if self.exact or number.relation != "=" or rounding == "any":
            return number
        unit = 10.0**-number.decimals
        negative = math.copysign(1.0, number.value) < 0
        if rounding in ("truncated", "loose"):
            inner = 0.0 if rounding == "truncated" else unit / 2
            low, high = number.value - inner, number.value + unit
            if negative:
                low, high = number.value - unit, number.value + inner
            elif number.value == 0:
                low, high = -unit, unit
            return replace(number, lower=low, upper=high)
        tie_in = rounding == "half-even" and round(abs(number.value) / unit) % 2 == 0
        if tie_in:
            return number
        low, high = number.lower, number.upper
        if rounding == "half-even" or negative:
            low = math.nextafter(low, math.inf)
        if rounding == "half-even" or not negative:
            high = math.nextafter(high, -math.inf)
        return replace(number, lower=low, upper=high)


@dataclass(frozen=True)
class Reading:
    """What a cell holds.

    Attributes
    ----------
    outside : tuple of Value
        The numbers without brackets.
    inside : tuple of Value
        The numbers in brackets.
    blank : bool
        Whether nothing is printed.
    rest : str
        What was not understood; empty where all was.
    """

    outside: tuple[Value, ...] = ()
    inside: tuple[Value, ...] = ()
    blank: bool = False
    rest: str = ""


def plain(text: object) -> str:
    """Return a text with one kind of minus sign, of space and of star.

    Examples
    --------
    >>> plain("− 0.13\u00a0∗")
    '- 0.13 *'
    """
    return " ".join(str(text).translate(_PLAIN).split())


def read_value(text: str, *, comma: str = "", stars: int | None = None) -> Value:
    """Read one number; see `helpers.printed.numbers.parse_printed`.

    Examples
    --------
    >>> read_value("− 0,13", comma="decimal").number.value
    -0.13
    """
    return Value(plain(text), parse_printed(plain(text), comma=comma), stars)


def exact_value(number: float) -> Value:
    """Return a setting, such as a sample size, as a value that was not rounded."""
    shown = f"{number:g}" if number != int(number) else str(int(number))
    exact = PrintedNumber(shown, float(number), 0, "=", float(number), float(number))
    return Value(shown, exact, exact=True)


def as_count(value: Value) -> Value:
    """Return a whole number as a count, which was not rounded; another number as it is."""
    number = value.number
    if number.decimals or number.relation != "=":
        return value
    return replace(
        value, number=replace(number, lower=number.value, upper=number.value), exact=True
    )


def decimal_commas(cells: Iterable[str]) -> str:
    """Say what a comma is in the cells of one table, as `parse_printed` names it.

    A number that can only have a decimal comma, and none with a point, makes all of them decimal;
    a number with a point makes them separators of thousands.

    Examples
    --------
    >>> decimal_commas(["0,45", "1,234"]), decimal_commas(["0.45", "1,234"])
    ('decimal', 'thousands')
    """
    texts = [plain(cell) for cell in cells]
    if any(re.search(r"\d\.\d|(?<![\w.])\.\d", text) for text in texts):
        return "thousands"
    certain = r"(?<![\d,.])(?:0?,\d+|\d+,(?:\d{1,2}|\d{4,}))(?![\d,])"
    return "decimal" if any(re.search(certain, text) for text in texts) else ""


def read_cell(text: str, *, comma: str = "") -> Reading:
    """Read the numbers of a cell as pasted.

    Parameters
    ----------
    text : str
        Such as ``− 0.13``, ``.05†``, ``0.52*** (0.09)``, ``[.03, .09]``, ``< .001``, ``ns``.
    comma : {"", "thousands", "decimal"}
        What a comma within a number is.

    Returns
    -------
    Reading
        ``ns`` is read as a p above .05.

    Examples
    --------
    >>> cell = read_cell("0.52*** (0.09)")
    >>> [v.raw for v in cell.outside], [v.raw for v in cell.inside], cell.outside[0].stars
    (['0.52'], ['0.09'], 3)
    >>> [v.value for v in read_cell("[−0.13; 0.45]").inside]
    [-0.13, 0.45]
    """
    shown = plain(text)
    if shown.casefold() in BLANKS:
        return Reading(blank=True)
    if _NOT_SIGNIFICANT.fullmatch(shown):
        return Reading(outside=(Value("ns", parse_printed("> .05")),))
    shown = _P_EQUALS.sub("", shown)
    if comma != "decimal":  # after the digits of a decimal a comma can only part two numbers
        shown = re.sub(r"(\.\d+),(?=[-+.\d])", r"\1, ", shown)
    shown = re.sub(r"\s*n\.?s\.?$", "", shown, flags=re.IGNORECASE) or shown
    outside, inside = [], []
    depth, place = 0, 0
    shown = re.sub(r"^(\*+|†+)\s*", "", shown) if re.match(r"^(\*+|†+)\s*[-+.\d]", shown) else shown
    while place < len(shown):
        match = _TOKEN.match(shown, place)
        if match is None or match.end() == place:
            return Reading(tuple(outside), tuple(inside), rest=shown[place:].strip())
        depth += match["open"] is not None
        stars = (match["marks"] + match["after"]).count("*")
        raw = f"{match['relation'] or ''} {match['sign'] or ''}{match['digits']}".strip()
        raw = raw.removeprefix("= ")
        try:
            value = read_value(raw, comma=comma, stars=stars)
        except InputError:
            return Reading(tuple(outside), tuple(inside), rest=shown[place:].strip())
        if not match["open"] and not depth and match["close"]:
            return Reading(tuple(outside), tuple(inside), rest=shown[place:].strip())
        (inside if depth else outside).append(value)
        depth -= match["close"] is not None
        place = match.end()
        if depth and place == len(shown):
            return Reading(tuple(outside), tuple(inside), rest=shown)
    return Reading(tuple(outside), tuple(inside))
