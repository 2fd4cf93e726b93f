"""Numbers as APA prints them, for tables and sentences."""

from __future__ import annotations

import math
import re
from functools import partial

import numpy as np

_MINUS = "\u2212"


def format_number(value: float, decimals: int = 3, *, leading_zero: bool = True) -> str:
    """Round half away from zero to `decimals`, with a true minus sign.

    Parameters
    ----------
    value : float
        NaN gives an en dash.
    decimals : int
    leading_zero : bool
        False for statistics that cannot exceed one (APA 7, section 6.36).

    Examples
    --------
    >>> format_number(-0.0464), format_number(0.588, leading_zero=False), format_number(-0.0001)
    ('−0.046', '.588', '0.000')
    """
    if value is None or not isinstance(value, int | float | np.number) or math.isnan(value):
        return "–"
    if math.isinf(value):
        return "∞" if value > 0 else f"{_MINUS}∞"
    text = f"{abs(value):,.{decimals}f}"
    if not leading_zero and text.startswith("0."):
        text = text[1:]
    negative = value < 0 and any(digit in text for digit in "123456789")
    return (_MINUS if negative else "") + text


def format_p(value: float) -> str:
    """Print a p value to three decimals, `< .001` below that.

    Examples
    --------
    >>> format_p(0.0412), format_p(3e-9)
    ('.041', '< .001')
    """
    if value is None or math.isnan(value):
        return "–"
    return "< .001" if value < 0.0005 else format_number(value, leading_zero=False)


def format_bounds(lower: float, upper: float) -> str:
    """Print two bounds with as many decimals as tell them apart.

    Examples
    --------
    >>> format_bounds(3.5299, 3.6087), format_bounds(-0.00143, -0.00021), format_bounds(12, 84)
    ('3.53 to 3.61', '−0.0014 to −0.0002', '12 to 84')
    """
    if float(lower).is_integer() and float(upper).is_integer():
        decimals = 0
    elif lower == upper or not math.isfinite(upper - lower):
        decimals = 3
    else:
        decimals = max(0, math.ceil(-math.log10(upper - lower) + 0.2))
    low, high = (format_number(end, decimals) for end in (lower, upper))
    return low if low == high else f"{low} to {high}"


def format_share(lower: float, upper: float) -> str:
    """Print bounds of a share as a percentage: whole where both round to one, else one decimal.

    Examples
    --------
    >>> format_share(0.6382, 0.6398), format_share(0.4915, 0.4988)
    ('64%', '49.2 to 49.9%')
    """
    low, high = (format_number(100 * end, 0) for end in (lower, upper))
    if low == high:
        return f"{low}%"
    low, high = (format_number(100 * end, 1) for end in (lower, upper))
    return f"{low} to {high}%"


def format_percent(value: float, decimals: int = 1) -> str:
    """Print a share between 0 and 1 as a percentage."""
    return "–" if math.isnan(value) else f"{format_number(100 * value, decimals)}%"


def _text(value: object) -> str:
    return "" if value is None or (isinstance(value, float) and math.isnan(value)) else str(value)


def _text_without_zero(value: object) -> str:
    return re.sub(r"(?<![\d.,])0(?=\.\d)", "", _text(value))


def _yes_no(value: object) -> str:
    return {True: "yes", False: "no"}.get(value, "–")


FORMATS = {
    "text": _text,
    "words": _text,
    "number": _text,
    "integer": partial(format_number, decimals=0),
    "one": partial(format_number, decimals=1),
    "two": partial(format_number, decimals=2),
    "three": format_number,
    "four": partial(format_number, decimals=4),
    "six": partial(format_number, decimals=6),
    "bounded": partial(format_number, leading_zero=False),
    "bounded_two": partial(format_number, decimals=2, leading_zero=False),
    "bounded_number": _text_without_zero,
    "p": format_p,
    "percent": format_percent,
    "yes_no": _yes_no,
}
"""How the cells of a table are printed, by name.

text, words (may wrap), number (already printed), integer, one, two, three, four and six decimals,
bounded (three decimals, no leading zero), bounded_two, bounded_number (already printed), p,
percent, yes_no.

A leading zero is left out where a statistic cannot exceed one whatever the data (APA 7, section
6.36): *p*, correlations, loadings of composites, reliabilities and coefficients of agreement, the
average variance extracted, *R*², its changes and *Q*², Shapiro and Wilk's *W*, tolerance, power,
and the standard errors and errors of these. It stays where one can be exceeded, however rarely:
standardized paths and effects, shares of an effect, *f*², differences of correlations.
"""
