"""Loadings and reliabilities: AVE, composite reliability, alpha, and their roots in a matrix."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

from helpers.audit.findings import Finding
from helpers.audit.reliability import composite_reliability_range, item_counts
from helpers.audit.table.coefficients import magnitude
from helpers.audit.table.judge import (
    Hypothesis,
    Intervals,
    Outcome,
    as_number,
    compare,
    formula,
    judge,
)
from helpers.audit.table.parts import Row, Table
from helpers.audit.table.settings import Settings
from helpers.audit.table.values import Value, exact_value

__all__ = ["check_measurement"]

_LEFT_OUT = "items are left out of the table"
_UNSTANDARDIZED = "AVE and CR are computed from unstandardized loadings"


def check_measurement(table: Table, settings: Settings) -> Iterator[Finding]:
    """Check loadings against AVE and CR, these against each other, and √AVE against AVE."""
    improper = set()
    for head, items in _constructs(table.rows):
        yield from _check_loadings(head, items, settings)
        if any(_is_improper(row.values["loading"]) for row in items):
            improper.add(id(head))
    for row in table.rows:
        if {"ave", "cr"} <= row.values.keys() and id(row) not in improper:
            yield from _check_reliabilities(row, settings)
        if {"alpha", "mean_r"} <= row.values.keys():
            yield from _check_alpha(row, settings)
        if {"ave", "loading_min", "loading_max"} <= row.values.keys():
            yield judge(
                row, "AVE between the squares of the least and the largest loading",
                {r: row.values[r] for r in ("ave", "loading_min", "loading_max")},
                [Hypothesis("", _between_squares)], settings,
            )  # fmt: skip
        if {"root_ave", "ave"} <= row.values.keys():
            yield judge(
                row, "√AVE = root of the AVE", {r: row.values[r] for r in ("root_ave", "ave")},
                [formula("", "root_ave", "sqrt(ave)", within={"ave": (0.0, 1.0)}),
                 formula("it is the AVE itself", "root_ave", "ave")],
                settings,
            )  # fmt: skip
    if table.matrix is not None:
        rows = {row.name: row for row in table.rows if "ave" in row.values}
        for k, root in table.matrix.diagonal.items():
            name = table.matrix.names[k]
            if name in rows and root.raw not in ("1", "1.0", "1.00", "1.000"):
                used = {"root_ave": root, "ave": rows[name].values["ave"]}
                yield judge(
                    rows[name], "diagonal = root of the AVE", used,
                    [formula("", "root_ave", "sqrt(ave)", within={"ave": (0.0, 1.0)}),
                     formula("the diagonal is the AVE itself", "root_ave", "ave")],
                    settings, escapes=("the diagonal is not that of the AVE",),
                    names={"root_ave": "diagonal"},
                )  # fmt: skip


def _constructs(rows: Sequence[Row]) -> Iterator[tuple[Row, list[Row]]]:
    """Yield a row with AVE or CR and the rows of the loadings that follow it."""
    head: Row | None = None
    items: list[Row] = []
    for row in rows:
        printed = {r: row.values[r].raw for r in ("ave", "cr") if r in row.values}
        if printed and head is not None and row.group == head.group:
            same = {r: head.values[r].raw for r in ("ave", "cr") if r in head.values}
            printed = {} if same == printed and "loading" in row.values else printed
        new_group = head is not None and row.group != head.group
        if printed or new_group:
            if head is not None and len(items) > 1:
                yield head, items
            head, items = (row if printed else None), []
        if head is not None and "loading" in row.values:
            items.append(row)
    if head is not None and len(items) > 1:
        yield head, items


def _check_loadings(head: Row, items: Sequence[Row], settings: Settings) -> Iterator[Finding]:
    loadings = {f"loading {k}": row.values["loading"] for k, row in enumerate(items, 1)}
    stated = head.values.get("items")
    k = stated.value if stated is not None else settings.items.get(head.name)
    escapes = () if k == len(items) else (_LEFT_OUT,)

    def sizes(ends: Intervals) -> tuple[list[float], list[float]]:
        pairs = [magnitude(ends[name]) for name in loadings]
        return [low for low, _ in pairs], [high for _, high in pairs]

    improper = any(map(_is_improper, loadings.values()))

    def mean_square(ends: Intervals) -> Outcome:
        low, high = sizes(ends)
        n = len(low)
        return decided(
            compare(ends["ave"], sum(x * x for x in low) / n, sum(x * x for x in high) / n)
        )

    def composite(ends: Intervals) -> Outcome:
        low, high = sizes(ends)
        of_sizes = compare(ends["cr"], _composite(low), _composite(high))
        if of_sizes.holds or {ends[name][0] < 0 for name in loadings} != {True, False}:
            return decided(of_sizes)
        # items that are not reversed take from the sum
        total = magnitude(tuple(sum(ends[name][end] for name in loadings) for end in (0, 1)))
        noise = sum(1 - x * x for x in high), sum(1 - x * x for x in low)
        if noise[0] <= 0:
            return Outcome(None)
        least, most = (t * t / (t * t + e) for t, e in zip(total, reversed(noise), strict=True))
        signed = compare(ends["cr"], least, most)
        return signed if signed.holds else decided(of_sizes)

    def weighted_mean(ends: Intervals) -> Outcome:
        low, high = sizes(ends)
        if improper:
            return Outcome(None)
        return compare(ends["ave"], min(low) ** 2, max(high) ** 2)

    def weighted_composite(ends: Intervals) -> Outcome:
        low, high = sizes(ends)
        if max(high) >= 1:
            return Outcome(None)
        odds = sum(x * x / (1 - x * x) for x in high)
        return compare(ends["cr"], min(low) ** 2, odds / (1 + odds))

    def decided(outcome: Outcome) -> Outcome:
        return Outcome(None) if improper and not outcome.holds else outcome

    # of unstandardized loadings both weigh the items by their SDs, which are not in the table
    for role, check, test, weighted in (
        ("ave", "AVE = mean squared loading", mean_square, weighted_mean),
        ("cr", "CR of the loadings", composite, weighted_composite),
    ):
        if role in head.values:
            used = {role: head.values[role]} | loadings
            hypotheses = [Hypothesis("", test), Hypothesis(_UNSTANDARDIZED, weighted)]
            yield judge(head, check, used, hypotheses, settings, escapes=escapes)


def _check_alpha(row: Row, settings: Settings) -> Iterator[Finding]:
    """Check alpha against the mean correlation of k items: k r / (1 + (k - 1) r), standardized."""
    stated = row.values.get("items")
    k = stated.value if stated is not None else settings.items.get(row.name)
    if k is None or k < 2:
        return
    used = {"alpha": row.values["alpha"], "items": stated or exact_value(k),
            "mean_r": row.values["mean_r"]}  # fmt: skip
    yield judge(
        row, "alpha = k r / (1 + (k - 1) r), r the mean correlation of the items", used,
        [formula("", "alpha", f"1 / (1 + (1 - mean_r) / ({k:g} * mean_r))",
                 within={"mean_r": (0.0, 1.0)})],
        settings,
        escapes=() if settings.alpha == "std" else ("alpha is that of items as they are scored",),
    )  # fmt: skip


def _between_squares(ends: Intervals) -> Outcome:
    least, most = magnitude(ends["loading_min"])[0], magnitude(ends["loading_max"])[1]
    return compare(ends["ave"], least * least, most * most)


def _is_improper(loading: Value) -> bool:
    """Whether a loading is above 1: of such a solution the usual formulas need not hold."""
    return magnitude(loading.ends("any"))[0] > 1


def _composite(loadings: Sequence[float]) -> float:
    """Composite reliability, which rises with each loading."""
    total = sum(loadings) * sum(loadings)
    noise = sum(1 - x * x for x in loadings)
    return total / (total + noise) if total + noise else math.nan


def _check_reliabilities(row: Row, settings: Settings) -> Iterator[Finding]:
    stated = row.values.get("items")
    k = int(stated.value) if stated is not None else settings.items.get(row.name)
    used: dict[str, Value] = {"cr": row.values["cr"], "ave": row.values["ave"]}
    if k is not None:
        used["items"] = stated or exact_value(k)
    largest = row.values.get("loading_max")
    proper = largest is not None and largest.ends("any")[1] <= 1
    if proper:
        used["loading_max"] = largest
    alpha = row.values.get("alpha")
    if alpha is not None:
        used["alpha"] = alpha

    def test(with_alpha: bool):
        def holds(ends: Intervals) -> Outcome:
            low, high = max(ends["ave"][0], 0.0), min(ends["ave"][1], 1.0)
            if low > high or ends["cr"][1] <= 0 or ends["cr"][0] >= 1:
                return Outcome(False)
            cr = max(ends["cr"][0], 0.0), min(ends["cr"][1], 1.0 - 1e-12)
            counts = item_counts(
                as_number((low, high)),
                as_number(cr),
                as_number(ends["alpha"]) if with_alpha else None,
                min_loading=0.0,
            )
            fits = counts.by_all if with_alpha else counts.by_reliability
            if k is None:
                return Outcome(bool(fits) or None)
            ends_of = composite_reliability_range(k, high, min_loading=0.0)
            least = composite_reliability_range(k, low, min_loading=0.0)[0]
            return Outcome(k in fits, least, ends_of[1])

        return holds

    if alpha is None or settings.alpha == "raw":
        hypotheses = [Hypothesis("", test(False))]
    elif settings.alpha == "std":
        hypotheses = [Hypothesis("", test(True))]
    else:
        hypotheses = [
            Hypothesis("", test(True)),
            Hypothesis("alpha is that of items that are not standardized", test(False)),
        ]
    hypotheses.append(Hypothesis(_UNSTANDARDIZED, _of_unstandardized(k)))
    yield judge(
        row, f"CR and AVE of {k} items" if k else "CR and AVE of some number of items", used,
        hypotheses, settings, escapes=() if proper else ("a loading is above 1",),
    )  # fmt: skip


def _of_unstandardized(k: int | None) -> Callable[[Intervals], Outcome]:
    """Return the test of CR / (1 - CR) = c AVE / (1 - AVE), c = (sum l)² / sum l² from 1 to k."""

    def test(ends: Intervals) -> Outcome:
        low, high = max(ends["ave"][0], 0.0), min(ends["ave"][1], 1.0)
        if low > high:
            return Outcome(False)
        most = 1.0 if k is None else k * high / (1 + (k - 1) * high)
        return compare(ends["cr"], low, most)

    return test
