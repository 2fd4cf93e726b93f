"""Arithmetic on rounding intervals: all that a formula can give when its inputs are printed.

A printed ``0.521`` stands for every number in [0.5205, 0.5215]; both ends belong to it, since
programs round a half either way. `Formula.bounds` gives the range of a formula over such
intervals. Every operation is rounded outward (mpmath's interval context), so a value that lies
outside the range is impossible, not merely unlikely.
"""

import heapq
import itertools
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

import sympy
from mpmath import iv, mp
from mpmath.libmp import to_float

from helpers.errors import InputError
from helpers.printed.cells import PrintedText, cells_of
from helpers.printed.numbers import PrintedNumber, parse_printed

__all__ = [
    "Bounds",
    "Formula",
    "as_printed",
    "exact_bounds",
    "interval_ends",
    "parse_formula",
    "prints_as",
]

_MAX_SPLITS = 200
_MAX_VERTEX_VARIABLES = 8


def as_printed(number: str | int | PrintedNumber) -> PrintedNumber:
    """Read what stands for a printed number.

    Parameters
    ----------
    number : str, int or PrintedNumber
        A string is read as print and gets its rounding interval. An ``int`` is an exact count. A
        ``float`` is refused: it has lost its trailing zeros.

    Raises
    ------
    InputError
        When `number` is none of these.

    Examples
    --------
    >>> as_printed("0.50").upper, as_printed(213).upper
    (0.505, 213.0)
    """
    if isinstance(number, PrintedNumber):
        return number
    if isinstance(number, str):
        return parse_printed(number)
    if isinstance(number, int) and not isinstance(number, bool):
        text = PrintedText(str(number), cells_of(number))
        return PrintedNumber(text, float(number), 0, "=", float(number), float(number))
    raise InputError(
        f"number={number!r} is of type {type(number).__name__}; give the characters as printed, "
        "such as '0.50', or an int for an exact count"
    )


def exact_bounds(number: str | int | PrintedNumber) -> tuple[Fraction, Fraction]:
    """Return the ends of the rounding interval as fractions, for counting arguments.

    Examples
    --------
    >>> exact_bounds("5.19")
    (Fraction(1037, 200), Fraction(1039, 200))
    """
    printed = as_printed(number)
    if not (math.isfinite(printed.lower) and math.isfinite(printed.upper)):
        raise InputError(
            f"number={printed.text!r} is a bound; what is needed is a number with its own digits"
        )
    return Fraction(repr(printed.lower)), Fraction(repr(printed.upper))


def prints_as(value: float, number: str | int | PrintedNumber) -> bool:
    """Whether `value` rounds to the printed digits, or lies within the printed bound."""
    return as_printed(number).agrees(value)


@dataclass(frozen=True)
class Bounds:
    """The range of a formula.

    Attributes
    ----------
    lower, upper : float
        No value of the formula lies outside.
    reached_lower, reached_upper : float
        Values that the formula does take; equal to the bounds but for the last few digits, unless
        `method` is ``"enclosure"``.
    method : str
        ``"monotone"``, ``"vertices"`` or ``"enclosure"``; see `helpers.audit.findings.Finding`.
    """

    lower: float
    upper: float
    reached_lower: float
    reached_upper: float
    method: str


class Formula:
    """A formula in named numbers, evaluated over intervals.

    Parameters
    ----------
    text : str
        Such as ``"a*b / sqrt(a**2*sb**2 + b**2*sa**2)"``; ``sqrt``, ``exp``, ``log``, ``abs`` and
        ``erfc`` are known.

    Notes
    -----
    The range over a box is found in this order. An input in which the partial derivative, bounded
    over the whole box, is finite and does not change sign is set to the end where the formula is
    extreme; when that settles all inputs the bounds are sharp (monotone). When the formula is
    linear in each of the rest, its extremes lie at the corners (vertices). Otherwise the box is
    split until the bounds are sharp to 1e-7 or 200 splits are used up (enclosure, branch and
    bound). See Moore, Kearfott and Cloud (2009), Introduction to Interval Analysis,
    doi:10.1137/1.9780898717716.

    Examples
    --------
    >>> bounds = Formula("beta / se").bounds({"beta": ".207", "se": ".058"})
    >>> round(bounds.lower, 3), round(bounds.upper, 3), bounds.method
    (3.53, 3.609, 'monotone')
    """

    def __init__(self, text: str) -> None:
        self.text = text
        words = set(re.findall(r"[A-Za-z_]\w*", text)) - _FUNCTIONS.keys() - {"abs"}
        self.names = tuple(sorted(words))
        symbols = {name: sympy.Symbol(name, real=True) for name in self.names}
        try:
            expression = sympy.parse_expr(text, local_dict=symbols)
        except (SyntaxError, TypeError, ValueError) as error:
            raise InputError(f"formula={text!r} cannot be read: {error}") from error
        ordered = [symbols[name] for name in self.names]
        gradient = [
            sympy.diff(expression, symbol).replace(sympy.sign, sympy.Function("sgn"))
            for symbol in ordered
        ]
        self.linear = frozenset(
            name
            for name, slope in zip(self.names, gradient, strict=True)
            if symbols[name] not in slope.free_symbols
        )
        self._at = sympy.lambdify(ordered, expression, modules="math", cse=True)
        self._evaluate = sympy.lambdify(ordered, expression, modules=[_FUNCTIONS], cse=True)
        self._gradient = sympy.lambdify(ordered, gradient, modules=[_FUNCTIONS], cse=True)

    def at(self, numbers: Mapping[str, float]) -> float:
        """Return the formula's value in floating point; NaN where it has none."""
        try:
            return float(self._at(*(float(numbers[name]) for name in self.names)))
        except (ValueError, ZeroDivisionError, OverflowError, TypeError):
            return math.nan

    def at_printed(self, numbers: Mapping[str, str | int | PrintedNumber]) -> float:
        """Return the formula's value at the printed digits."""
        return self.at({name: as_printed(numbers[name]).value for name in self.names})

    def bounds(self, numbers: Mapping[str, str | int | PrintedNumber | tuple]) -> Bounds:
        """Return the range of the formula over the intervals of its inputs.

        Parameters
        ----------
        numbers : mapping from str to printed number
            An entry for each name in the formula: as for `as_printed`, or a pair (lower, upper)
            for a number that is not printed but known to lie between two bounds.
        """
        box = {name: _as_interval(numbers[name]) for name in self.names}
        slopes = self._slopes(box)
        lower, reached_lower, method_lower = self._extreme(box, slopes, lowest=True)
        upper, reached_upper, method_upper = self._extreme(box, slopes, lowest=False)
        method = max(method_lower, method_upper, key=("monotone", "vertices", "enclosure").index)
        return Bounds(lower, upper, reached_lower, reached_upper, method)

    def gradient_over(self, box: Mapping[str, tuple[float, float]]) -> list[tuple[float, float]]:
        """Return bounds of each partial derivative over a box, in the order of `names`."""
        return self._slopes({name: _as_interval(box[name]) for name in self.names})

    def _slopes(self, box: dict) -> list[tuple[float, float]]:
        slopes = self._gradient(*(box[name] for name in self.names))
        return [interval_ends(slope) for slope in slopes]

    def _extreme(
        self, box: dict, slopes: list[tuple[float, float]], *, lowest: bool
    ) -> tuple[float, float, str]:
        """Return a proven bound, a value reached, and the method."""
        box = self._settle(box, slopes, lowest=lowest)
        free = [name for name in self.names if not _is_point(box[name])]
        if not free:
            lower, upper = interval_ends(self._value(box))
            return (lower, upper, "monotone") if lowest else (upper, lower, "monotone")
        if self.linear.issuperset(free) and len(free) <= _MAX_VERTEX_VARIABLES:
            corners = [
                interval_ends(self._value(box | dict(zip(free, corner, strict=True))))
                for corner in itertools.product(*(_end_points(box[name]) for name in free))
            ]
            if lowest:
                return min(low for low, _ in corners), min(high for _, high in corners), "vertices"
            return max(high for _, high in corners), max(low for low, _ in corners), "vertices"
        return (*self._branch_and_bound(box, lowest=lowest), "enclosure")

    def _settle(
        self, box: dict, slopes: list[tuple[float, float]] | None = None, *, lowest: bool
    ) -> dict:
        """Fix every input in which the formula is monotone at its extreme end."""
        box = dict(box)
        free = [name for name in self.names if not _is_point(box[name])]
        while free:
            slopes = self._slopes(box) if slopes is None else slopes
            left = []
            for name, (low, high) in zip(self.names, slopes, strict=True):
                if name not in free:
                    continue
                if (low >= 0 or high <= 0) and math.isfinite(low) and math.isfinite(high):
                    first, last = _end_points(box[name])
                    box[name] = first if (low >= 0) == lowest else last
                else:
                    left.append(name)
            if len(left) == len(free):
                break
            free, slopes = left, None
        return box

    def _branch_and_bound(self, box: dict, *, lowest: bool) -> tuple[float, float]:
        sign = 1.0 if lowest else -1.0
        counter = itertools.count()

        def lower_end(part: dict) -> float:
            low, high = interval_ends(self._value(part))
            return low if lowest else -high

        def middle(part: dict) -> float:
            low, high = interval_ends(self._value({name: _middle(x) for name, x in part.items()}))
            return high if lowest else -low

        best = middle(box)
        heap = [(lower_end(box), next(counter), box)]
        for _ in range(_MAX_SPLITS):
            bound, _, part = heap[0]
            if best - bound <= 1e-7 * max(abs(best), 1e-3):
                break
            heapq.heappop(heap)
            widths = {name: _relative_width(part[name], box[name]) for name in part}
            name = max(widths, key=widths.__getitem__)
            if widths[name] == 0:
                heapq.heappush(heap, (bound, next(counter), part))
                break
            for half in _halves(part[name]):
                child = self._settle(part | {name: half}, lowest=lowest)
                value = middle(child)
                best = value if math.isnan(best) else min(best, value)
                heapq.heappush(heap, (lower_end(child), next(counter), child))
        return sign * heap[0][0], sign * best

    def _value(self, box: Mapping) -> "iv.mpf":
        return self._evaluate(*(box[name] for name in self.names))


@lru_cache(maxsize=512)
def parse_formula(text: str) -> Formula:
    """Return the `Formula` of a text, made once."""
    return Formula(text)


def _as_interval(number: str | int | PrintedNumber | tuple) -> "iv.mpf":
    if isinstance(number, tuple):
        lower, upper = number
    else:
        printed = as_printed(number)
        lower, upper = printed.lower, printed.upper
    return iv.mpf([repr(float(lower)), repr(float(upper))])


def interval_ends(interval: "iv.mpf") -> tuple[float, float]:
    """Return the ends of an mpmath interval; infinite where it is undefined."""
    if isinstance(interval, int | float):
        return float(interval), float(interval)
    if not hasattr(interval, "_mpi_"):  # a fractional power of a negative number
        return -math.inf, math.inf
    low, high = (to_float(end) for end in interval._mpi_)
    return (-math.inf if math.isnan(low) else low), (math.inf if math.isnan(high) else high)


def _end_points(interval: "iv.mpf") -> tuple["iv.mpf", "iv.mpf"]:
    low, high = interval._mpi_
    return iv.make_mpf((low, low)), iv.make_mpf((high, high))


def _is_point(interval: "iv.mpf") -> bool:
    low, high = interval._mpi_
    return low == high


def _middle(interval: "iv.mpf") -> "iv.mpf":
    low, high = interval_ends(interval)
    return iv.mpf((low + high) / 2)


def _halves(interval: "iv.mpf") -> tuple["iv.mpf", "iv.mpf"]:
    low, high = interval_ends(interval)
    centre = (low + high) / 2
    return iv.mpf([low, centre]), iv.mpf([centre, high])


def _relative_width(part: "iv.mpf", whole: "iv.mpf") -> float:
    low, high = interval_ends(part)
    start, end = interval_ends(whole)
    return 0.0 if end == start else (high - low) / (end - start)


def _sqrt(x: "iv.mpf") -> "iv.mpf":
    """Root over the part of the interval where there is one."""
    low, high = interval_ends(iv.mpf(x))
    if high < 0:
        return iv.mpf(["nan", "nan"])
    return iv.sqrt(iv.mpf([max(low, 0.0), high]))


def _sign(x: "iv.mpf") -> "iv.mpf":
    low, high = interval_ends(iv.mpf(x))
    return iv.mpf([(low > 0) - (low < 0), (high > 0) - (high < 0)])


def _erfc(x: "iv.mpf") -> "iv.mpf":
    """Complementary error function, which falls throughout."""
    low, high = interval_ends(iv.mpf(x))
    outward = iv.mpf([1 - 1e-14, 1 + 1e-14])
    return outward * iv.mpf(sorted((mp.erfc(high), mp.erfc(low))))


_FUNCTIONS = {
    "sqrt": _sqrt,
    "exp": lambda x: iv.exp(iv.mpf(x)),
    "log": lambda x: iv.log(iv.mpf(x)),
    "Abs": abs,
    "sgn": _sign,
    "erfc": _erfc,
    "pi": iv.pi + 0,
}
