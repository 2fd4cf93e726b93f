"""Which column of a reader's file is which of the dictionary's."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

from helpers.data.cell_checks import nearly
from helpers.data.column_map import ColumnMap
from helpers.data.csv_text import CsvText
from helpers.data.header import explain_absence, find_items_elsewhere
from helpers.data.problems import Problems, more_like_it, show
from helpers.data.reshape import TickBoxes
from helpers.data.schemas import Column
from helpers.errors import InputError

__all__ = ["Layout", "match_columns"]


@dataclass(frozen=True)
class Layout:
    """Which column of the file is which.

    `columns` are those read as they are, `items` those that only enter a score, `scored` the items
    of each score and those to turn round, `groups` the item columns of each group, `boxes` the tick
    boxes that make a column, `stacked` the columns that may be one coder each and `into` the two
    that are made of them, `order` our columns in the order of the dictionary.
    """

    columns: dict[str, Column] = field(default_factory=dict)
    items: dict[str, Column] = field(default_factory=dict)
    wanted_scores: dict[str, Column] = field(default_factory=dict)
    scored: dict[str, tuple[list[str], list[str]]] = field(default_factory=dict)
    groups: dict[str, tuple[str, ...]] = field(default_factory=dict)
    boxes: dict[str, TickBoxes] = field(default_factory=dict)
    stacked: tuple[str, ...] = ()
    into: tuple[str, ...] = ()
    order: list[str] = field(default_factory=list)

    @property
    def read(self) -> dict[str, Column]:
        """The columns of the file that are read as they are, to be checked or put together."""
        made = {*self.boxes, *self.into}
        parts = [*(box for each in self.boxes.values() for box in each.boxes), *self.stacked]
        whole = {name: column for name, column in self.columns.items() if name not in made}
        words = {name: Column(name=name, kind="text", role="part") for name in parts}
        return {**whole, **self.items, **words}


def match_columns(
    text: CsvText,
    column_map: ColumnMap,
    wanted: list[Column],
    problems: Problems,
    *,
    wide: tuple[str, ...] = (),
) -> Layout:
    """Find each column that is wanted; what is not to be found is noted in `problems`.

    Where a file lacks both columns that `wide` names, the one that says whose a value is and the
    one that holds it, its further columns may each be one of the former.
    """
    names, where = text.names, problems.file
    times = Counter(names)
    repeated = sorted(name for name, n in times.items() if name and n > 1)
    if repeated:
        raise InputError(
            f"{where}: column name {show(repeated[0])} stands {times[repeated[0]]} times in the "
            f"header; rename or delete all but one{more_like_it(len(repeated))}"
        )
    text.check_rectangular()
    layout = Layout()
    if wide and not set(wide) & set(names):
        known = {column.name for column in wanted}
        others = tuple(name for name in names if name and name not in known)
        layout = Layout(stacked=column_map.find_coders(names, file=where) or others, into=wide)
    for column in wanted:
        with problems.gathered():
            if column.name in column_map.scores:
                score = column_map.scores[column.name]
                entry = f"{column_map.file}: scores: {column.name}"
                found, turned = score.find_items(names, where=entry)
                layout.scored[column.name] = found, turned
                layout.wanted_scores[column.name] = score.scored_column(column, len(found))
                layout.items.update(dict.fromkeys(found, score.item_column))
                layout.order.append(column.name)
            elif column.name in column_map.tick_boxes:
                boxes = column_map.tick_boxes[column.name]
                boxes.check(names, file=where)
                layout.boxes[column.name] = boxes
                layout.columns[column.name] = column
                layout.order.append(column.name)
            elif column.kind == "items":
                group = _match_items(where, names, column, wanted, problems)
                layout.groups[column.name] = tuple(group)
                layout.columns.update(dict.fromkeys(group, column))
                layout.order.extend(group)
            elif column.name in (*names, *layout.into):
                layout.columns[column.name] = column
                layout.order.append(column.name)
            elif column.required:
                raise InputError(_missing_column(where, names, column, wanted, problems))
    return layout


def _missing_column(
    file: str, names: list[str], column: Column, wanted: list[Column], problems: Problems
) -> str:
    if sum(bool(re.fullmatch(r"[-+]?\d*\.?\d+", name)) for name in names) > len(names) / 2:
        return f"{file}: the first line holds numbers, not names; put the column names there"
    what = f" ({column.instrument})" if column.instrument else ""
    taken = [other.name for other in wanted]
    source = explain_absence(column, names, taken)
    problems.propose(source.entries)
    return f"{file}: column '{column.name}'{what} is missing{source.text}"


def _match_items(
    file: str, names: list[str], column: Column, wanted: list[Column], problems: Problems
) -> list[str]:
    group = column.find_items(names)
    for name in names:
        if name in group:
            continue
        tail = re.fullmatch(r"(.*?)[\s_.\-]*(\d+)", name)
        if tail and nearly(tail[1], column.name, folded=True):
            problems.propose({"columns": {tail[1]: column.name}})
            raise InputError(
                f"{file}: column '{name}' looks like an item of '{column.name}'; if so, write in "
                f"the mapping how their names begin: columns: {{{tail[1]}: {column.name}}}"
            )
    numbers = [int(name.rsplit("_", 1)[1]) for name in group]
    for first, second, number in zip(group, group[1:], numbers[1:], strict=False):
        if int(first.rsplit("_", 1)[1]) == number:
            raise InputError(
                f"{file}: columns '{first}' and '{second}' are the same item; rename or delete one"
            )
    if not group and column.required and column.name in names:
        problems.propose({"columns": {column.name: f"{column.name}_1"}})
        raise InputError(
            f"{file}: no item column of '{column.name}'. The model is made for items; to let the "
            f"score '{column.name}' stand for its construct as one item, as if measured without "
            f"error, write in the mapping: columns: {{{column.name}: {column.name}_1}}"
        )
    if not group and column.required:
        taken = [other.name for other in wanted]
        source = find_items_elsewhere(column, names, taken)
        problems.propose(source.entries)
        raise InputError(f"{file}: no item column of '{column.name}'{source.text}")
    return group
