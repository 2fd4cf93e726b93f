"""Relations between printed numbers, singly and jointly, and what a finding carries."""

import math

import pytest
from scipy.optimize import OptimizeResult

from helpers.audit import systems
from helpers.audit.findings import Finding, findings_table
from helpers.audit.relations import (
    check_relation,
    finding_from_bounds,
    one_digit_changes,
    show_printed,
)
from helpers.audit.systems import System, check_system
from helpers.errors import InputError
from helpers.printed.rounding import Bounds

T = "t = beta / se"


def test_verdicts_of_one_relation():
    rows = {
        ("2.00", "0.10", "0.05"): "consistent",
        ("1.65", "0.10", "0.05"): "impossible",
        ("1.68", "0.10", "0.05"): "possible only if",  # .10 / .06
        ("1.73", "0.10", "0.05"): "consistent",  # .095 / .055
        ("2.33", "0.10", "0.05"): "consistent",  # .105 / .045
        ("2.35", "0.10", "0.05"): "impossible",
    }
    for (t, beta, se), verdict in rows.items():
        found = check_relation(T, {"t": t, "beta": beta, "se": se}, location="x")
        assert found.verdict == verdict, (t, beta, se)


def test_nominal_is_told_from_possible_within_rounding():
    exact = check_relation(T, {"t": "2.00", "beta": "0.10", "se": "0.05"}, location="x")
    possible = check_relation(T, {"t": "1.90", "beta": "0.10", "se": "0.05"}, location="x")
    assert (exact.nominal, possible.nominal) == (True, False)
    assert exact.verdict == possible.verdict == "consistent"


def test_bounds_that_touch_are_consistent():
    # 0.5 prints for [0.45, 0.55], 0.6 for [0.55, 0.65]
    assert check_relation("y = x", {"y": "0.6", "x": "0.5"}, location="x").verdict == "consistent"


def test_printed_inequalities_are_strict():
    for claim, x, verdict in (
        ("< .05", "0.049", "consistent"),
        ("< .05", "0.06", "impossible"),
        ("> .05", "0.04", "impossible"),
    ):
        found = check_relation("p = x", {"p": claim, "x": x}, location="x")
        assert found.verdict == verdict, (claim, x)


def test_what_is_not_printed_cannot_be_checked():
    found = check_relation(T, {"t": "2.0", "beta": None, "se": ""}, location="x")
    assert found.verdict == "not decided"
    assert found.note == "not printed: beta, se"


def test_a_number_outside_its_nature_is_inconsistent_by_itself():
    found = check_relation(
        T, {"t": "2.0", "beta": "0.1", "se": "-0.05"}, within={"se": (0, math.inf)}, location="x"
    )
    assert found.verdict == "impossible"
    assert found.relation == "se from 0 to inf"


def test_a_reading_is_named_and_a_slip_is_found():
    vaf = {"vaf": "0.349", "a": "-0.071", "b": "0.710", "c": "0.094"}
    found = check_relation(
        "vaf = a*b / (a*b + c)",
        vaf,
        location="x",
        readings={"absolute values": "abs(a*b) / (abs(a*b) + abs(c))"},
    )
    assert (found.verdict, found.reading) == ("possible only if", "absolute values")
    slip = check_relation(
        "agfi = 1 - 78/df*(1 - gfi)", {"agfi": ".914", "gfi": ".994", "df": 51}, location="x"
    )
    assert slip.reading == "one slip would explain it: GFI .944, not .994"


def test_relation_texts_that_cannot_be_used():
    with pytest.raises(InputError, match="is not a name, an equals sign and a formula"):
        check_relation("beta / se", {}, location="x")
    with pytest.raises(InputError, match="printed has no entry 'se'"):
        check_relation(T, {"t": "1", "beta": "1"}, location="x")


def test_effects_that_hold_one_by_one_can_contradict_each_other():
    definitions = {"y": "2*x", "z": "4*x"}
    printed = {"x": "1.0", "y": "1.9", "z": "4.2"}
    for name, formula in definitions.items():
        assert check_relation(f"{name} = {formula}", printed, location="x").verdict == "consistent"
    joint = check_system(definitions, printed, location="x")
    assert joint.verdict == "impossible"
    assert joint.note == "the rest holds without y or without z"


def test_a_solution_found_does_satisfy_every_relation():
    printed = {"a": "-0.195", "b": "0.478", "c": "0.465", "abc": "-0.043", "sum": "0.218"}
    system = System({"abc": "a*b*c", "sum": "b*c + abc*0.1"}, printed)
    answer = system.solve()
    assert answer.verdict == "consistent"
    assert answer.half_units <= 1
    x = answer.solution
    assert x["abc"] == pytest.approx(x["a"] * x["b"] * x["c"], rel=1e-12)
    assert -0.0435 <= x["abc"] <= -0.0425


def test_bounds_of_a_number_that_is_not_printed():
    system = System({"ab": "a*b"}, {"a": "0.50", "ab": "0.20"}, free={"b": (-5.0, 5.0)})
    low, high = system.bounds_of("b")
    assert 0.38 < low <= 0.195 / 0.505
    assert 0.205 / 0.495 <= high < 0.42


def test_a_system_without_room_for_its_free_number():
    system = System({"ab": "a*b"}, {"a": "0.50", "ab": "0.20"}, free={"b": (2.0, 5.0)})
    assert system.solve().verdict == "impossible"


def test_systems_that_cannot_be_set_up():
    with pytest.raises(InputError, match="printed and free have no entry 'b'"):
        System({"ab": "a*b"}, {"a": "0.50"})
    with pytest.raises(InputError, match="go round in a circle"):
        System({"x": "y + 1", "y": "x + 1"}, {})


def test_one_digit_changes_are_complete():
    changes = one_digit_changes("12")
    assert len(changes) == 9 + 9 + 1 + 1
    assert "21" in changes
    assert "-12" in changes
    assert one_digit_changes("-1")[-1] == "1"
    assert "12" not in changes


def test_show_printed_keeps_inequalities_readable():
    assert show_printed({"p": "< .001", "n": 213, "r": None}) == "p < .001; n = 213; r not printed"


def test_findings_make_a_table_with_fixed_columns():
    table = findings_table(
        [Finding("a", "b", "c", "consistent", nominal=True, cells=())], study="s"
    )
    assert list(table.columns) == [
        "study",
        "location",
        "check",
        "verdict",
        "printed",
        "implied_lower",
        "implied_upper",
        "reading",
        "cause",
        "severity",
        "relation",
        "nominal",
        "method",
        "note",
        "cells",
    ]
    assert table["nominal"].dtype == "boolean"
    assert len(findings_table([])) == 0
    with pytest.raises(InputError, match="verdict='fine' is not one of"):
        Finding("a", "b", "c", "fine", cells=())
    with pytest.raises(InputError, match="method='guess' is not one of"):
        Finding("a", "b", "c", "consistent", method="guess", cells=())


def test_a_solver_that_fails_decides_nothing(monkeypatch):
    """Only the state "infeasible" proves; scipy's 1, 3 and 4 are limits and numeric trouble."""
    definitions, free = {"ind": "a*b", "total": "ind + c"}, {"c": (-1.0, 1.0)}
    for printed in ({"c": "0.21"}, {}):
        numbers = {"a": "0.52", "b": "0.71", "ind": "0.30", "total": "0.60"} | printed
        assert System(definitions, numbers, free=free).solve().verdict == "impossible"
        for status in (1, 3, 4):
            failed = OptimizeResult(status=status, x=None, fun=None)
            with monkeypatch.context() as patched:
                patched.setattr(systems, "linprog", lambda *_, failed=failed, **__: failed)
                answer = System(definitions, numbers, free=free).solve()
            assert answer.verdict == "not decided"


def test_a_bound_that_is_not_a_number_decides_nothing():
    for bounds in (
        Bounds(math.nan, math.nan, math.nan, math.nan, "monotone"),
        Bounds(math.nan, 1.0, math.nan, 1.0, "monotone"),
        Bounds(0.0, 1.0, math.nan, math.nan, "enclosure"),
    ):
        found = finding_from_bounds("x", "p", {"p": ".5"}, ".5", bounds, nominal=False)
        assert found.verdict == "not decided"
