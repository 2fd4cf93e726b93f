"""Rows of descriptives: M, SD, range, whole numbers, counts, percentages, two groups."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from helpers.audit.descriptives import (
    check_mean_of_integers,
    check_sd_of_integers,
    check_sd_range,
)
from helpers.audit.findings import CONSISTENT as HOLDS
from helpers.audit.findings import Finding
from helpers.audit.table.coefficients import magnitude
from helpers.audit.table.judge import (
    Hypothesis,
    Intervals,
    Outcome,
    as_number,
    compare,
    count_of,
    formula,
    judge,
)
from helpers.audit.table.parts import Row
from helpers.audit.table.settings import Settings
from helpers.audit.table.values import Value, exact_value

__all__ = ["check_scores"]

_POSITIVE = (0.0, math.inf)


def check_scores(rows: Sequence[Row], settings: Settings) -> Iterator[Finding]:
    """Check the descriptives of a table."""
    for row in rows:
        values = row.values
        n = count_of(row, "n", settings)
        if {"mean", "min", "max"} <= values.keys():
            yield judge(
                row, "minimum <= M <= maximum", _pick(values, "mean", "min", "max"),
                [Hypothesis("", lambda e: compare(e["mean"], e["min"][0], e["max"][1]))],
                settings,
            )  # fmt: skip
        if {"mean", "sd", "min", "max"} <= values.keys() and n is not None:
            yield judge(
                row, "SD within what M and range allow",
                _pick(values, "sd", "mean", "min", "max") | {"n": n},
                [Hypothesis("", _sd_in_range)], settings,
            )  # fmt: skip
        if {"mean", "sd", "se"} <= values.keys() and n is not None and "b" not in values:
            yield judge(
                row, "SE = SD / √N", _pick(values, "se", "sd") | {"n": n},
                [formula("", "se", "sd / sqrt(n)", within={"sd": _POSITIVE})], settings,
                escapes=("the SE is not that of a mean of independent cases",),
            )  # fmt: skip
        yield from _check_whole_numbers(row, n, settings)
        of_one_group = bool(row.panel) and "mean" in values
        if ("d" in values or "g" in values) and not of_one_group:
            yield from _check_effect_size(row, settings)
    yield from _check_percentages(rows, settings)
    yield from _check_two_groups(rows, settings)


def _pick(values: dict[str, Value], *roles: str) -> dict[str, Value]:
    return {role: values[role] for role in roles if role in values}


def _sd_in_range(ends: Intervals) -> Outcome:
    numbers = {role: as_number(interval) for role, interval in ends.items()}
    n = int(ends["n"][0])
    if n < 2:
        return Outcome(None)
    found = check_sd_range(
        numbers["mean"], numbers["sd"], numbers["min"], numbers["max"], n=n, location="",
        attained=False,
    )  # fmt: skip
    return Outcome(found.verdict == HOLDS, found.implied_lower, found.implied_upper)


def _check_whole_numbers(row: Row, n: Value | None, settings: Settings) -> Iterator[Finding]:
    """Apply GRIM and GRIMMER where the scores are known to be whole numbers, or means of some."""
    values = row.values
    stated = values.get("items")
    items = int(stated.value) if stated is not None else settings.items.get(row.name)
    if settings.integer is False or (items is None and not settings.integer):
        return
    if any(values[role].number.relation != "=" for role in ("mean", "sd") if role in values):
        return
    if n is None or "mean" not in values or n.value != int(n.value) or n.value < 2:
        return
    k, size = items or 1, int(n.value)
    if size * k > 100_000 or k < 1:
        return

    def grim(ends: Intervals) -> Outcome:
        found = check_mean_of_integers(
            _exact(values["mean"], ends["mean"]), n=size, n_items=k, location=""
        )
        return Outcome(found.verdict == HOLDS, found.implied_lower, found.implied_upper)

    def grimmer(ends: Intervals) -> Outcome:
        found = check_sd_of_integers(
            _exact(values["mean"], ends["mean"]), _exact(values["sd"], ends["sd"]),
            n=size, n_items=k, location="",
        )  # fmt: skip
        return Outcome(found.verdict == HOLDS, found.implied_lower, found.implied_upper)

    fewer = () if "n" in values else (f"fewer than all {size} answered",)
    counted = {"n": n} | ({"items": stated or exact_value(k)} if items else {})
    yield judge(row, "M of whole numbers (GRIM)", _pick(values, "mean") | counted,
                [Hypothesis("", grim)], settings, escapes=fewer)  # fmt: skip
    width = 10.0 ** -values["mean"].number.decimals
    if "sd" in values and width * size * k < 2000:
        divisor = ("the SD has the divisor N",)
        yield judge(row, "SD of whole numbers (GRIMMER)", _pick(values, "sd", "mean") | counted,
                    [Hypothesis("", grimmer)], settings, escapes=fewer or divisor)  # fmt: skip


def _exact(value: Value, interval: tuple[float, float]):
    """Return the printed number with other ends; its digits say how many places it has."""
    return replace(value.number, lower=interval[0], upper=interval[1])


def _check_effect_size(row: Row, settings: Settings) -> Iterator[Finding]:
    values = row.values
    role = "d" if "d" in values else "g"
    if "t" not in values:
        return
    used = _pick(values, role, "t", "n1", "n2", "df", "n")
    texts: list[tuple[str, str]] = []
    if {"n1", "n2"} <= values.keys():
        texts.append(("", "abs(t) * sqrt(1 / n1 + 1 / n2)"))
    if "df" not in values and settings.df is not None:
        used["df"] = exact_value(settings.df)
    if "df" in used:
        texts += [
            ("it is 2 t / √df", "2 * abs(t) / sqrt(df)"),
            ("the groups have one size and it is 2 t / √N", "2 * abs(t) / sqrt(df + 2)"),
            ("the test is a paired one", "abs(t) / sqrt(df + 1)"),
        ]
    elif n := count_of(row, "n", settings):
        used["n"] = n
        texts += [
            ("the groups have one size", "2 * abs(t) / sqrt(n)"),
            ("the test is a paired one", "abs(t) / sqrt(n)"),
        ]
    if not texts:
        return
    bias = "(1 - 3 / (4 * df - 1))"
    if role == "g" or "df" in used:
        texts += [
            (f"{name}{' and ' if name else ''}it is corrected for bias", f"{text} * {bias}")
            for name, text in texts[:1]
            if "df" in used
        ]
    hypotheses = [
        _of_size(role, "" if k == 0 else name, text) for k, (name, text) in enumerate(texts)
    ]
    yield judge(row, f"{role} of t", used, hypotheses, settings,
                escapes=("the groups differ in size, or d has another SD",)
                if "n1" not in values else ("d has another SD than the pooled one",))  # fmt: skip


def _of_size(role: str, name: str, text: str) -> Hypothesis:
    made = formula(name, role, text)

    def test(ends: Intervals) -> Outcome:
        return made.test({**ends, role: magnitude(ends[role])})

    return Hypothesis(name, test)


def _check_percentages(rows: Sequence[Row], settings: Settings) -> Iterator[Finding]:
    """Check counts against percentages: of N, or of what the rows of a heading add up to."""
    counted = [row for row in rows if {"count", "percent"} <= row.values.keys()]
    bounded = [
        r for r in counted if any(_is_bound(r.values[role]) for role in ("count", "percent"))
    ]
    for row in counted:
        if row in bounded:
            continue
        members = [r for r in counted if (r.panel, r.group) == (row.panel, row.group)]
        n = count_of(row, "n", settings)
        # where a count is withheld, the others do not add up to all cases
        whole = not any(r in bounded for r in members)
        total = sum(r.values["count"].value for r in members) if whole else math.inf
        used = _pick(row.values, "percent", "count")
        share = row.values["percent"].value <= 1 and row.values["percent"].number.decimals >= 2
        scale = 1.0 if share else 100.0

        def of(m: float, scale: float = scale) -> Callable[[Intervals], Outcome]:
            def test(ends: Intervals) -> Outcome:
                k = ends["count"]
                return compare(ends["percent"], scale * k[0] / m, scale * k[1] / m)

            return test

        k = row.values["count"].value
        low, high = row.values["percent"].ends("loose")
        if k <= 0 or high <= 0:
            continue
        first = math.ceil(scale * k / high - 1e-9)
        last = math.floor(scale * k / low + 1e-9) if low > 0 else 10**6
        last = min(last, int(n.value)) if n is not None else last
        first = max(first, int(k))
        hypotheses = []
        if n is not None:
            used["n"] = n
            hypotheses.append(Hypothesis("", of(n.value)))
            if len(members) > 1 and total < n.value:
                hypotheses.append(Hypothesis(f"the percentages are of {total:g}", of(total)))
        elif len(members) > 1 and whole:
            hypotheses.append(Hypothesis("", of(total)))
        fits = f"{first}" if first == last else f"{first} to {last}"
        some = Hypothesis(
            f"the percentage is of {fits} cases",
            lambda ends, first=first, last=last: Outcome(first <= last),
        )
        yield judge(row, "percentage = count / N", used,
                    [*hypotheses, some] if hypotheses else [Hypothesis("", some.test)],
                    settings)  # fmt: skip


def _is_bound(value: Value) -> bool:
    return value.number.relation != "="


def _check_two_groups(rows: Sequence[Row], settings: Settings) -> Iterator[Finding]:
    """Check t and d of two groups whose M, SD and n stand in two panels of one row."""
    by_name: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        if {"mean", "sd"} <= row.values.keys() and row.panel:
            by_name.setdefault((row.group, row.name), []).append(row)
    for pair in by_name.values():
        if len(pair) != 2 or not all("n" in row.values for row in pair):
            continue
        first, second = pair
        used: dict[str, Value] = {}
        for suffix, row in (("1", first), ("2", second)):
            used |= {f"{role}{suffix}": row.values[role] for role in ("mean", "sd", "n")}
        names = {f"{role}{s}": f"{shown} of {row.panel}" for s, row in (("1", first), ("2", second))
                 for role, shown in (("mean", "M"), ("sd", "SD"), ("n", "n"))}  # fmt: skip
        names = {**names, "n1": f"n of {first.panel}", "n2": f"n of {second.panel}"}
        pooled = "sqrt(((n1 - 1)*sd1**2 + (n2 - 1)*sd2**2) / (n1 + n2 - 2))"
        of_n = "sqrt(((n1 - 1)*sd1**2 + (n2 - 1)*sd2**2) / (n1 + n2))"
        difference = "abs(mean1 - mean2)"
        within = {"sd1": _POSITIVE, "sd2": _POSITIVE}
        whole = Row(first.table, first.name, first.group, "", {})
        if "t" in first.values:
            of_one = f"{difference} / ({pooled} * sqrt(1/n1 + 1/n2))"
            of_two = f"{difference} / sqrt(sd1**2/n1 + sd2**2/n2)"
            texts = {"": of_one, "it is Welch's t": of_two}
            if settings.welch:
                texts = {"": of_two, "its variance is pooled": of_one}
            yield judge(
                whole, "t of the two groups", {"t": first.values["t"]} | used,
                [_sized(name, "t", text, within) for name, text in texts.items()],
                settings, escapes=("it is adjusted, paired, or of fewer cases",), names=names,
            )  # fmt: skip
        for role in ("d", "g"):
            if role in first.values:
                other = f"{difference} / sqrt((sd1**2 + sd2**2) / 2)"
                texts = {
                    "": f"{difference} / {pooled}",
                    "its pooled variance has the divisor N": f"{difference} / {of_n}",
                    "its SD is the root of the mean variance": other,
                    "it is corrected for bias":
                        f"{difference} / {pooled} * (1 - 3 / (4 * (n1 + n2) - 9))",
                    "its SD is that of the first group": f"{difference} / sd1",
                    "its SD is that of the second group": f"{difference} / sd2",
                }  # fmt: skip
                hypotheses = [_sized(name, role, text, within) for name, text in texts.items()]
                yield judge(
                    whole, f"{role} of the two groups", {role: first.values[role]} | used,
                    [_either(*hypotheses[:2]), *hypotheses[2:]],
                    settings, escapes=("it is of adjusted means or fewer cases",), names=names,
                )  # fmt: skip


def _either(first: Hypothesis, second: Hypothesis) -> Hypothesis:
    """Return the hypothesis that one of two definitions holds, neither of which is said."""

    def test(ends: Intervals) -> Outcome:
        outcome = first.test(ends)
        return outcome if outcome.holds or not second.test(ends).holds else second.test(ends)

    return Hypothesis(first.name, test)


def _sized(name: str, role: str, text: str, within: dict) -> Hypothesis:
    made = formula(name, role, text, within=within)
    return Hypothesis(name, lambda ends: made.test({**ends, role: magnitude(ends[role])}))
