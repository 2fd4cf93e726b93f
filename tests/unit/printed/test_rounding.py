"""Intervals of printed numbers, and the range of a formula over them."""

import math
from fractions import Fraction

import numpy as np
import pytest
from scipy import special

from helpers.errors import InputError
from helpers.printed.rounding import Formula, as_printed, exact_bounds, parse_formula, prints_as

SOBEL = "a*b / sqrt(a**2*sb**2 + b**2*sa**2)"


def test_an_int_is_exact_and_a_string_is_rounded():
    assert (as_printed(213).lower, as_printed(213).upper) == (213.0, 213.0)
    assert (as_printed("213").lower, as_printed("213").upper) == (212.5, 213.5)
    assert as_printed("0.50").upper == 0.505


@pytest.mark.parametrize("number", [0.5, True, None])
def test_what_has_lost_its_digits_is_refused(number):
    with pytest.raises(InputError, match=r"give the characters as printed, such as '0\.50'"):
        as_printed(number)


def test_exact_bounds_are_fractions_and_a_bound_has_none():
    assert exact_bounds("0.1") == (Fraction(1, 20), Fraction(3, 20))
    with pytest.raises(InputError, match=r"number='< \.001' is a bound"):
        exact_bounds("< .001")


def test_prints_as_accepts_both_ways_of_rounding_a_half():
    assert prints_as(0.5205, "0.520")
    assert prints_as(0.5205, "0.521")
    assert not prints_as(0.5216, "0.521")


@pytest.mark.parametrize(
    ("text", "numbers", "low", "high", "method"),
    [
        ("b / s", {"b": ".207", "s": ".058"}, 0.2065 / 0.0585, 0.2075 / 0.0575, "monotone"),
        ("x*y + z", {"x": "0.0", "y": "0.0", "z": 1}, 1 - 0.0025, 1 + 0.0025, "vertices"),
        ("x**2 - x", {"x": (0.0, 1.0)}, -0.25, 0.0, "enclosure"),
        ("sqrt(x)", {"x": ".657"}, math.sqrt(0.6565), math.sqrt(0.6575), "monotone"),
        ("abs(x)", {"x": "0.0"}, 0.0, 0.05, "enclosure"),
        ("exp(-x / 2)", {"x": "30.5"}, math.exp(-30.55 / 2), math.exp(-30.45 / 2), "monotone"),
    ],
)
def test_bounds_have_their_closed_form(text, numbers, low, high, method):
    bounds = Formula(text).bounds(numbers)
    assert bounds.method == method
    assert bounds.lower == pytest.approx(low, rel=1e-8, abs=1e-8)
    assert bounds.upper == pytest.approx(high, rel=1e-8, abs=1e-8)
    assert bounds.lower <= bounds.reached_lower <= bounds.reached_upper <= bounds.upper


@pytest.mark.parametrize(
    "text",
    [
        SOBEL,
        "a*b / (a*b + sa)",
        "erfc(abs(a / sb) / sqrt(2))",
        "a**2 + 2*a*b*sa - b*sb",
        "log(sa)*a",
    ],
)
def test_no_point_of_the_box_falls_outside_the_bounds(text):
    formula, rng = parse_formula(text), np.random.default_rng(11)
    for _ in range(15):
        centre = rng.uniform([-0.9, 0.1, 0.05, 0.05], [0.9, 0.9, 0.3, 0.3])
        printed = {n: f"{c:.2f}" for n, c in zip(("a", "b", "sa", "sb"), centre, strict=True)}
        bounds = formula.bounds({name: printed[name] for name in formula.names})
        for _ in range(60):
            point = {
                n: rng.uniform(as_printed(t).lower, as_printed(t).upper) for n, t in printed.items()
            }
            value = formula.at(point)
            assert bounds.lower <= value <= bounds.upper


def test_monotone_bounds_are_sharp():
    bounds = Formula(SOBEL).bounds({"a": "0.52", "sa": "0.09", "b": "0.71", "sb": "0.03"})
    assert bounds.method == "monotone"
    assert bounds.upper - bounds.reached_upper < 1e-12


def test_normal_p_equals_scipy():
    formula = parse_formula("erfc(abs(z) / sqrt(2))")
    for z in (0.0, 0.3, 1.959963984540054, -4.0):
        assert formula.at({"z": z}) == pytest.approx(special.erfc(abs(z) / math.sqrt(2)), rel=1e-12)
        bounds = formula.bounds({"z": (z, z)})
        assert bounds.lower <= special.erfc(abs(z) / math.sqrt(2)) <= bounds.upper


def test_a_formula_without_value_is_unbounded_not_an_error():
    bounds = Formula("x / y").bounds({"x": "1", "y": "0"})
    assert (bounds.lower, bounds.upper) == (-math.inf, math.inf)
    assert math.isnan(Formula("x / y").at({"x": 1.0, "y": 0.0}))
    assert math.isnan(Formula("sqrt(x)").at({"x": -1.0}))


def test_an_unreadable_formula_says_so():
    with pytest.raises(InputError, match=r"formula='beta /' cannot be read"):
        Formula("beta /")
