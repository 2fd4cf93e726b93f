"""Conditional effects: b1 + b3 w at printed or named values of the moderator w."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from helpers.audit.findings import Finding
from helpers.audit.table.judge import Hypothesis, Intervals, Outcome, formula, judge
from helpers.audit.table.parts import Row, Table
from helpers.audit.table.settings import Settings
from helpers.audit.table.values import Value, plain, read_cell

__all__ = ["check_slopes"]

_SPEAKS = re.compile(
    r"(?i)condition|simple slope|slopes? (of|at|for)|effects? (of|at|for)\b.*\bat\b"
)
_EFFECT = re.compile(r"(?i)(conditional |simple )?(effects?|slopes?)( \(.*\))?")
_LEVELS = {
    -1: re.compile(r"(?i)[-−–]\s*1\s*SD|\blow(er)?\b|\b1\s*SD below"),
    0: re.compile(r"(?i)\bmean\b|\baverage\b|\bmedium\b|\bmoderate\b"),
    1: re.compile(r"(?i)\+\s*1\s*SD|\bhigh(er)?\b|\b1\s*SD above"),
}
_PERCENTILE = re.compile(r"(?i)^\d+(?:st|nd|rd|th)? (?:percentile|pctl?|quantile)\s*[:=(]\s*")
_OF_ONE_SD = re.compile(r"(?i)\b1\s*SD\b")
_PRODUCT = re.compile(
    r"^(?P<first>.+?)\s*(?:[×✕∗*:]|\s[xX]\s)\s*(?P<second>[^×*:]*[^\W\d][^×*:]*)$"
)
_ONE_PRODUCT = "the moderator enters in another way than by one product"
_OTHER_MODEL = "they are of another model, or of other units, than the product"


@dataclass(frozen=True)
class _Slope:
    """A conditional effect: its row, and the value or the level of the moderator."""

    row: Row
    at: Value | None
    level: int | None

    @property
    def effect(self) -> Value:
        return self.row.values["b"]


def check_slopes(tables: Sequence[Table], settings: Settings) -> Iterator[Finding]:
    """Check conditional effects against each other, and against the product where there is one.

    Where the moderator's values are printed, effects lie on a line in them and its slope is the
    product's coefficient, however the variables are centered; what the line is at 0 depends on
    centering. Of levels named -1 SD, mean, +1 SD the middle effect is the mean of the others.
    """
    coefficients = [
        (row, match)
        for table in tables
        for row in table.rows
        if "b" in row.values and (match := _PRODUCT.match(row.name))
    ]
    for table in tables:
        for slopes in _families(table):
            yield from _check_line(slopes, settings)
            if len(coefficients) == 1:
                yield from _check_product(table, slopes, *coefficients[0], tables, settings)


def _families(table: Table) -> Iterator[list[_Slope]]:
    """Yield the effects of one panel and group, in the order of the moderator."""
    named = any(
        "b" in c.roles and _EFFECT.fullmatch(plain(c.header)) for c in table.columns
    ) or bool(_SPEAKS.search(table.words))
    for place in dict.fromkeys((row.panel, row.group) for row in table.rows):
        rows = [r for r in table.rows if (r.panel, r.group) == place and "b" in r.values]
        speaks = named or bool(_SPEAKS.search(" ".join(place)))
        found = [slope for row in rows if (slope := _slope(row, speaks=speaks)) is not None]
        by_value = [s for s in found if s.at is not None]
        by_level = [s for s in found if s.level is not None]
        if len(by_value) > 1 and len({s.at.value for s in by_value}) == len(by_value):
            yield sorted(by_value, key=lambda s: s.at.value)
        elif len(by_level) > 1 and len({s.level for s in by_level}) == len(by_level):
            yield sorted(by_level, key=lambda s: s.level)


def _slope(row: Row, *, speaks: bool) -> _Slope | None:
    reading = read_cell(_PERCENTILE.sub("", plain(row.name)).rstrip(")"))
    if speaks and len(reading.outside) == 1 and not reading.rest and not reading.inside:
        at = reading.outside[0]
        return _Slope(row, at, None) if at.number.relation == "=" else None
    if not speaks and not _OF_ONE_SD.search(plain(row.name)):
        return None  # "Low income" and "High income" may be groups
    levels = [level for level, words in _LEVELS.items() if words.search(plain(row.name))]
    return _Slope(row, None, levels[0]) if len(levels) == 1 else None


def _check_line(slopes: Sequence[_Slope], settings: Settings) -> Iterator[Finding]:
    first, last = slopes[0], slopes[-1]
    for slope in slopes[1:-1]:
        used = {"b": slope.effect, "b_first": first.effect, "b_last": last.effect}
        names = {"b": "effect", "b_first": f"effect at {first.row.name}",
                 "b_last": f"effect at {last.row.name}"}  # fmt: skip
        escapes = [_ONE_PRODUCT]
        if slope.at is None:
            text = "(b_first + b_last) / 2"
            if not all(_OF_ONE_SD.search(s.row.name) for s in (first, last)):
                escapes.insert(0, "the moderator's values are not evenly spaced")
        else:
            used |= {"w": slope.at, "w_first": first.at, "w_last": last.at}
            names |= {"w": "moderator", "w_first": "its first value", "w_last": "its last value"}
            # the share is one number: that it is between 0 and 1 is what keeps the bounds narrow
            text = "b_first + (w - w_first) / (w_last - w_first) * (b_last - b_first)"
        yield judge(
            slope.row, "conditional effects lie on a line", used, [formula("", "b", text)],
            settings, escapes=escapes, names=names,
        )  # fmt: skip


def _check_product(
    table: Table,
    slopes: Sequence[_Slope],
    product: Row,
    factors: re.Match,
    tables: Sequence[Table],
    settings: Settings,
) -> Iterator[Finding]:
    first, last = slopes[0], slopes[-1]
    b3 = product.values["b"]
    names = {"b": f"effect at {last.row.name}", "b_first": f"effect at {first.row.name}",
             "product": product.name}  # fmt: skip
    used = {"b": last.effect, "b_first": first.effect, "product": b3}
    if first.at is None:
        yield judge(
            last.row, "effects rise with the moderator where the product is positive", used,
            [Hypothesis("", _same_direction)], settings, names=names,
            escapes=(_OTHER_MODEL,),
        )  # fmt: skip
    else:
        values = {"w": last.at, "w_first": first.at}
        yield judge(
            last.row, "difference of effects = product × difference of the moderator",
            used | values, [formula("", "b", "b_first + product * (w - w_first)")], settings,
            names=names | {"w": "moderator", "w_first": "its first value"},
            escapes=(_OTHER_MODEL,),
        )  # fmt: skip
    focal = _focal(table, slopes, product, factors, tables)
    for slope in slopes:
        if focal is None or not (
            slope.level == 0 or (slope.at is not None and slope.at.value == 0)
        ):
            continue
        yield judge(
            slope.row, "effect at the moderator's zero = coefficient of the focal variable",
            {"b": slope.effect, "focal": focal.values["b"]}, [formula("", "b", "focal")], settings,
            names={"b": "effect", "focal": focal.name},
            escapes=("the coefficients are of a moderator with another zero",)
            if slope.at is None else (_OTHER_MODEL,),
        )  # fmt: skip


def _same_direction(ends: Intervals) -> Outcome:
    rise = ends["b"][0] - ends["b_first"][1], ends["b"][1] - ends["b_first"][0]
    low, high = ends["product"]
    return Outcome(not (rise[1] < 0 < low or rise[0] > 0 > high))


def _focal(
    table: Table,
    slopes: Sequence[_Slope],
    product: Row,
    factors: re.Match,
    tables: Sequence[Table],
) -> Row | None:
    """Return the row of the factor whose effects are shown: the one that is not the moderator."""
    parts = {_stem(factors["first"]), _stem(factors["second"])}
    words = _stem(f"{slopes[0].row.group} {slopes[0].row.name} {table.columns[0].header}")
    heading = _stem(slopes[0].row.group)
    of = [part for part in parts if heading and re.search(rf"of{re.escape(part)}", heading)]
    moderators = [part for part in parts if part in words and part not in of]
    focal = of or [part for part in parts if moderators and part not in moderators]
    rows = [
        row
        for each in tables
        for row in each.rows
        if (row.panel, row.group) == (product.panel, product.group)
        and "b" in row.values
        and _stem(row.name) in focal
    ]
    return rows[0] if len(rows) == 1 and len(focal) == 1 else None


def _stem(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "", plain(text).casefold())
