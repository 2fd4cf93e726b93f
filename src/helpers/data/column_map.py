"""A reader's mapping: which of their columns, labels and codes are which of ours."""

from __future__ import annotations

import hashlib
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

from helpers.data.cell_checks import nearly
from helpers.data.reshape import TickBoxes, read_tick_boxes
from helpers.data.schemas import Column, Schema
from helpers.data.scoring import Score, number_items, read_scores
from helpers.errors import InputError, did_you_mean

__all__ = ["ColumnMap", "read_column_map"]

_ENTRIES = (
    "columns",
    "labels",
    "categorical",
    "missing",
    "scores",
    "reverse",
    "ranges",
    "tick_boxes",
    "coders",
    "sheet",
    "separator",
    "decimal",
)
_SEPARATORS = (",", ";", "\t", "|")
_DECIMALS = (".", ",")
_LISTS = ("missing", "categorical", "reverse")
"""Entries whose lists are put together where they stand twice."""
LARGEST = 100_000
"""The most bytes that a mapping file has."""


@dataclass(frozen=True, kw_only=True)
class ColumnMap:
    """How a reader's file is written, where that differs from what the dictionary expects.

    Attributes
    ----------
    columns : mapping of str to str
        Their column name to ours, or the beginning of their items' names to a group of ours.
    groups : tuple of str
        Our groups of items among these.
    labels : mapping of str to mapping
        By our column name or group, their label to ours; of a column of numbers, what each answer
        in words counts. A free covariate with labels is a category.
    categorical : tuple of str
        Free covariates that hold categories, whatever they look like.
    missing : mapping of str to tuple of str
        By our column or group of items, and under ``""`` for every column, what stands for a
        missing value.
    scores : mapping of str to Score
        By our column name, how it is made of items of the file.
    reverse : tuple of str
        Our columns, items or groups of items that run the other way: each value becomes the lowest
        plus the highest possible one, less itself.
    ranges : mapping of str to tuple of float
        By our column or group of items, the lowest and the highest value of the reader's version.
    tick_boxes : mapping of str to TickBoxes
        By our column of categories, the tick boxes of the file that it is made of.
    coders : tuple of str
        Columns of the file that hold the codes of one coder each, where it also has others.
    sheet : str
        Of a workbook, the sheet to read; ``""`` where there is only one.
    separator, decimal : str
        What stands between the columns of a text file, and in front of its decimals.
    file, sha256 : str
        Name of the mapping file and checksum of its bytes; ``""`` where there is none.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    groups: tuple[str, ...] = ()
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    categorical: tuple[str, ...] = ()
    missing: Mapping[str, Sequence[str]] = field(default_factory=dict)
    scores: Mapping[str, Score] = field(default_factory=dict)
    reverse: tuple[str, ...] = ()
    ranges: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    tick_boxes: Mapping[str, TickBoxes] = field(default_factory=dict)
    coders: tuple[str, ...] = ()
    sheet: str = ""
    separator: str = ","
    decimal: str = "."
    file: str = ""
    sha256: str = ""

    def rename(self, names: Sequence[str], *, file: str) -> list[str]:
        """Return the header `names` of `file` with ours in the place of theirs.

        A name of theirs that stands for a group of ours is the beginning of its items' names.
        """
        given = {}
        for theirs, ours in self.columns.items():
            where = f"{self.file}: columns: '{theirs}'"
            if ours in self.groups:
                found = number_items(names, theirs)
                if not found:
                    raise InputError(
                        f"{where}: {file} has no columns that begin so and end in a number"
                    )
                given |= {name: f"{ours}_{number}" for number, name in found.items()}
                continue
            given[theirs] = ours
            if theirs not in names:
                raise InputError(f"{where} is not a column of {file}.{did_you_mean(theirs, names)}")
            if ours in names and ours not in self.columns:
                raise InputError(
                    f"{where} is to become '{ours}', but {file} has a column of that name; "
                    "rename or delete one of the two"
                )
        return [given.get(name, name) for name in names]

    def declare(self, column: Column) -> Column:
        """Return our `column` with the range that the reader declares for it."""
        if column.name not in self.ranges:
            return column
        low, high = self.ranges[column.name]
        return replace(column, minimum=low, maximum=high, scoring="")

    def turn(self, name: str, column: Column, values: np.ndarray) -> np.ndarray:
        """Return the values of column or item `name`, reversed where the reader says so."""
        if not {name, column.name} & set(self.reverse):
            return values
        if None in (column.minimum, column.maximum):
            raise InputError(
                f"{self.file}: reverse: to turn '{name}' round, its lowest and highest value are "
                f"needed; write ranges: {{{column.name}: [lowest, highest]}}"
            )
        return column.minimum + column.maximum - values

    def find_coders(self, names: Sequence[str], *, file: str) -> tuple[str, ...]:
        """Return the columns of coders that the reader names; refuse one that `names` lacks."""
        for name in self.coders:
            if name not in names:
                raise InputError(
                    f"{self.file}: coders: '{name}' is not a column of {file}."
                    f"{did_you_mean(name, names)}"
                )
        return self.coders

    def codes(self, *names: str) -> list[str]:
        """Return what stands for a missing value in a column of any of these names of ours."""
        return [code for name in ("", *names) for code in self.missing.get(name, ())]

    def is_nominal(self, column: str) -> bool:
        """Whether the reader says that our `column` holds categories."""
        return column in self.categorical or column in self.labels

    def relabels(self, *names: str) -> bool:
        """Whether a column of any of these names of ours has labels of the reader's."""
        return any(name in self.labels for name in names)

    @property
    def declared_covariates(self) -> tuple[str, ...]:
        """Columns whose categories the reader describes."""
        return tuple(dict.fromkeys((*self.categorical, *self.labels)))

    def settled(self, column: str) -> tuple[str, ...]:
        """Return the labels of our `column` that the reader has written down."""
        pairs = self.labels.get(column, {})
        return (*pairs.keys(), *pairs.values())

    def recode(self, cells: pd.Series, *names: str) -> pd.Series:
        """Return the cells of a column of any of these names of ours with our labels."""
        column = next((name for name in names if name in self.labels), "")
        labels = self.labels.get(column)
        if labels:
            given = set(cells.dropna().str.strip())
            for label in labels.keys() - given:
                hint = did_you_mean(label, given - labels.keys() - set(labels.values()))
                if hint:
                    raise InputError(
                        f"{self.file}: labels: '{label}' does not occur in column '{column}'.{hint}"
                    )
            return cells.map(lambda word: labels.get(word.strip(), word), na_action="ignore")
        return cells


def read_column_map(path: str | Path, *, schema: Schema) -> ColumnMap:
    """Read a mapping file.

    The file is YAML, and every entry may be left out::

        columns:                 # yours: ours
          PHQ_sum: phq9
        labels:                  # of a category, by our column name; yours: ours
          gender: {F: woman, M: man}
        categorical: [therapist]  # covariates that hold categories, though they look like numbers
        missing: [-99, 999]      # codes for a missing value in every column …
        # missing: {rri: [9]}    # … or in some
        scores:                  # of columns of ours that are made of items of yours
          phq9: {items: phq9_, score: sum, answers: [0, 3]}
        reverse: [rri]           # scores or items of ours that run the other way in your file
        tick_boxes:              # a column made of tick boxes, a column of yours each
          diagnosis: {boxes: {dx___1: anxiety, dx___2: psychosis}, several: more than one}
        coders: [Anna, Ben]      # columns of yours that hold the codes of one coder each
        ranges: {ses: [1, 7]}    # lowest and highest value, where your version has others
        sheet: Data              # of a workbook with several sheets, the one to read
        separator: ";"           # what stands between columns, if no comma
        decimal: ","             # before decimals, if no point

    Parameters
    ----------
    path : str or pathlib.Path
        A relative path is looked for in the working directory.
    schema : Schema
        The data dictionary that names our columns.

    Returns
    -------
    ColumnMap

    Raises
    ------
    InputError
        When the file cannot be read, is no YAML, has an unknown entry, column or label, names one
        twice, or takes a value within a column's range for a missing one.
    """
    path = Path(path).expanduser()
    where = path.name
    content = _read(path)
    _check_known(content, _ENTRIES, where, "an entry of a mapping")
    columns = _pairs(content.get("columns"), f"{where}: columns")
    groups = tuple(column.name for column in schema.columns if column.kind == "items")
    for theirs, ours in columns.items():
        if ours not in groups and not _is_column(ours, schema):
            raise InputError(
                f"{where}: columns: '{theirs}' is to become '{ours}', which is not a column of "
                f"{schema.study}; there are {', '.join(schema.names)}."
                f"{did_you_mean(ours, schema.names)}"
            )
    for ours, n in Counter(columns.values()).items():
        if n > 1:
            raise InputError(f"{where}: columns: {n} columns are to become '{ours}'; keep one")
    ranges = _ranges(content.get("ranges"), schema, f"{where}: ranges")
    scores = read_scores(
        content.get("scores"),
        [c.name for c in schema.columns if c.kind in ("integer", "numeric")],
        f"{where}: scores",
    )
    return ColumnMap(
        columns=columns,
        groups=tuple(name for name in groups if name in columns.values()),
        labels=_labels(content.get("labels"), schema, f"{where}: labels"),
        categorical=_categorical(content.get("categorical"), schema, f"{where}: categorical"),
        missing=_missing(content.get("missing"), schema, ranges, scores, f"{where}: missing"),
        scores=scores,
        reverse=_reverse(content.get("reverse"), schema, scores, f"{where}: reverse"),
        ranges=ranges,
        tick_boxes=read_tick_boxes(
            content.get("tick_boxes"),
            [c.name for c in schema.columns if c.kind == "categorical"],
            f"{where}: tick_boxes",
        ),
        coders=_names(content.get("coders"), f"{where}: coders"),
        sheet=_sheet(content, where),
        separator=_sign(content, "separator", _SEPARATORS, where),
        decimal=_sign(content, "decimal", _DECIMALS, where),
        file=where,
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
    )


class _TextLoader(yaml.BaseLoader):
    """Every scalar is text: ``no`` is a label and ``1`` a code, not a truth value or a number.

    An entry that stands twice is one, if what stands in it differs; so remedies can be pasted.

    What stands once is written once: an alias, which can make a short file endless, is refused.
    """

    def compose_node(self, parent: yaml.Node | None, index: object) -> yaml.Node:
        """Compose a node that is written out."""
        if self.check_event(yaml.AliasEvent):
            event = self.peek_event()
            raise InputError(
                f"line {event.start_mark.line + 1}: '*{event.anchor}' stands for what is written"
                " elsewhere; write it out, or put a text that begins with * in quotes"
            )
        return super().compose_node(parent, index)


def _construct_mapping(loader: _TextLoader, node: yaml.MappingNode) -> dict:
    pairs: dict[str, object] = {}
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise InputError(
                f"line {key.start_mark.line + 1}: what stands before a colon is a list or a"
                " mapping; write a name there, in quotes if it has brackets or braces"
            )
        found = loader.construct_object(value, True)
        if key.value in pairs:
            found = _join(pairs.pop(key.value), found, lists=key.value in _LISTS)
        if found is None:
            n = sum(isinstance(k, yaml.ScalarNode) and k.value == key.value for k, _ in node.value)
            raise InputError(f"'{key.value}' stands {n} times; keep one")
        pairs[key.value] = found
    return pairs


def _join(one: object, other: object, *, lists: bool) -> object:
    """Return two entries as one, as where a remedy was pasted below the last.

    None where that is not without a doubt: something is said twice. Lists are put together where
    `lists`; one for every column and some by column are what stands under ``""`` and the rest.
    """
    if lists and isinstance(one, list) and isinstance(other, list):
        return [*one, *(each for each in other if each not in one)]
    if lists and {type(one), type(other)} == {list, dict}:
        one, other = ({"": each} if isinstance(each, list) else each for each in (one, other))
    if not (isinstance(one, dict) and isinstance(other, dict)):
        return None
    both = {key: _join(one[key], other[key], lists=lists) for key in one.keys() & other.keys()}
    return None if None in both.values() else {**one, **other, **both}


_TextLoader.add_constructor("tag:yaml.org,2002:map", _construct_mapping)


def _read(path: Path) -> dict:
    try:
        if path.stat().st_size > LARGEST:
            raise InputError(
                f"larger than {LARGEST // 1000} kB, which no mapping is; give the YAML"
            )
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=_TextLoader)
    except OSError as error:
        siblings = [p.name for p in path.parent.iterdir()] if path.parent.is_dir() else []
        hint = did_you_mean(path.name, siblings) if not path.exists() else ""
        raise InputError(f"mapping {path} cannot be read: {error.strerror}.{hint}") from None
    except UnicodeDecodeError:
        raise InputError(f"{path.name} is not in UTF-8; save it as plain text in UTF-8") from None
    except yaml.MarkedYAMLError as error:
        line = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise InputError(
            f"{path.name}{line}: not YAML ({error.problem}); write 'name: value' a line, and names "
            "with signs in quotes"
        ) from None
    except RecursionError:
        raise InputError(f"{path.name}: nested too deeply; write 'name: value' a line") from None
    except yaml.YAMLError as error:
        raise InputError(f"{path.name}: not YAML ({error})") from None
    except InputError as error:
        raise InputError(f"{path.name}: {error}") from None
    if content in (None, ""):
        return {}
    if not isinstance(content, dict):
        raise InputError(f"{path.name}: no mapping; write entries such as 'columns: {{a: phq9}}'")
    return content


def _check_known(given: Mapping, known: Sequence[str], where: str, what: str) -> None:
    for name in given:
        if name not in known:
            raise InputError(
                f"{where}: '{name}' is not {what}; there are {', '.join(known)}."
                f"{did_you_mean(name, known)}"
            )


def _pairs(content: object, where: str) -> dict[str, str]:
    if content in (None, ""):
        return {}
    if not isinstance(content, dict) or not all(isinstance(v, str) for v in content.values()):
        raise InputError(f"{where}: write pairs, yours: ours, one a line")
    return content


def _labels(content: object, schema: Schema, where: str) -> dict[str, dict[str, str]]:
    if content in (None, ""):
        return {}
    if not isinstance(content, dict):
        raise InputError(f"{where}: write, by column, pairs of labels: yours: ours")
    known_columns = {column.name: column for column in schema.columns}
    if not schema.free_covariates:
        _check_known(content, list(known_columns), where, f"a column of {schema.study}")
    labels = {name: _pairs(pairs, f"{where}: {name}") for name, pairs in content.items()}
    for name, pairs in labels.items():
        column = known_columns.get(name)
        if column is not None and column.is_number:
            _check_numbers_of(pairs, f"{where}: {name}")
        known = column.labels if column is not None else ()
        for theirs, ours in pairs.items():
            near = next((label for label in known if nearly(ours, label)), "")
            if ours not in known and (near or (column is not None and column.closed)):
                hint = f" Did you mean '{near}'?" if near else did_you_mean(ours, known)
                raise InputError(
                    f"{where}: {name}: '{theirs}' is to become '{ours}', which is not a label; "
                    f"there are {', '.join(known)}.{hint}"
                )
    return labels


def _names(content: object, where: str) -> tuple[str, ...]:
    if content in (None, ""):
        return ()
    if not isinstance(content, list) or not all(isinstance(name, str) for name in content):
        raise InputError(f"{where}: write a list of columns, such as [Anna, Ben]")
    return tuple(content)


def _categorical(content: object, schema: Schema, where: str) -> tuple[str, ...]:
    names = _names(content, where)
    for name in names:
        if name in schema.names:
            raise InputError(
                f"{where}: '{name}' is a column of {schema.study}, and what it holds is known; "
                "only a free covariate can be declared"
            )
    return names


def _reverse(
    content: object, schema: Schema, scores: Mapping[str, Score], where: str
) -> tuple[str, ...]:
    names = _names(content, where)
    measures = [c for c in schema.measures if c.is_number]
    for name in names:
        if name in scores:
            raise InputError(
                f"{where}: '{name}' is scored from items; name those to turn round in its entry: "
                f"scores: {{{name}: {{reverse: [item]}}}}"
            )
        if not any(
            name == c.name or (c.kind == "items" and c.find_items([name])) for c in measures
        ):
            known = [c.name for c in measures]
            raise InputError(
                f"{where}: '{name}' is not a measure of {schema.study} or one of its items; there "
                f"are {', '.join(known)}.{did_you_mean(name, known)}"
            )
    return names


def _ranges(content: object, schema: Schema, where: str) -> dict[str, tuple[float, float]]:
    if content in (None, ""):
        return {}
    numbers = [column.name for column in schema.columns if column.is_number]
    if not isinstance(content, dict):
        raise InputError(f"{where}: write, by column, lowest and highest value: {{ses: [1, 7]}}")
    if not schema.free_covariates:
        _check_known(content, numbers, where, f"a column of numbers of {schema.study}")
    ranges = {}
    for name, ends in content.items():
        numbers = pd.to_numeric(pd.Series(ends if isinstance(ends, list) else []), errors="coerce")
        if len(numbers) != 2 or not numbers.is_monotonic_increasing or numbers.nunique() != 2:
            raise InputError(f"{where}: {name}: write the lowest and the highest value: [1, 7]")
        ranges[name] = float(numbers[0]), float(numbers[1])
    return ranges


def _check_numbers_of(pairs: Mapping[str, str], where: str) -> None:
    """Refuse a label of a column of numbers that does not become a number."""
    for theirs, ours in pairs.items():
        if np.isnan(pd.to_numeric(ours, errors="coerce")):
            raise InputError(
                f"{where}: '{theirs}' is to become '{ours}', which is not a number; write what the "
                f"answer counts, such as {{{theirs}: 1}}"
            )


def _missing(
    content: object,
    schema: Schema,
    ranges: Mapping[str, tuple[float, float]],
    scores: Mapping[str, Score],
    where: str,
) -> dict[str, tuple[str, ...]]:
    if content in (None, ""):
        return {}
    by_column = content if isinstance(content, dict) else {"": content}
    for name, codes in by_column.items():
        scored = any(score.takes(name) for score in scores.values())
        if name and name not in schema.names and not scored and not _is_column(name, schema):
            raise InputError(
                f"{where}: '{name}' is not a column of {schema.study}; there are "
                f"{', '.join(schema.names)}.{did_you_mean(name, schema.names)}"
            )
        if not isinstance(codes, list) or not all(isinstance(code, str) for code in codes):
            raise InputError(f"{where}: write a list of codes, such as [-99, 999]")
        for column in schema.columns:
            if name in ("", column.name) or (column.kind == "items" and column.find_items([name])):
                low, high = ranges.get(column.name, (column.minimum, column.maximum))
                if column.name in scores:  # the codes stand among its items' answers
                    low, high = scores[column.name].minimum, scores[column.name].maximum
                _refuse_possible(codes, replace(column, minimum=low, maximum=high), where)
        if not name:
            _refuse_labels(codes, schema, where)
    return {name: tuple(codes) for name, codes in by_column.items()}


def _refuse_possible(codes: Sequence[str], column: Column, where: str) -> None:
    """Refuse a code that a column may hold as a value."""
    if None in (column.minimum, column.maximum):
        return
    for code in codes:
        # ５ is read as 5 by whoever looks at the file
        number = pd.to_numeric(unicodedata.normalize("NFKC", code), errors="coerce")
        if column.minimum <= number <= column.maximum:
            raise InputError(
                f"{where}: {code} is a possible value of '{column.name}' ({column.minimum:g} to "
                f"{column.maximum:g}); give codes by column, such as {{other: [{code}]}}"
            )


def _refuse_labels(codes: Sequence[str], schema: Schema, where: str) -> None:
    """Refuse a code for every column that is a label of one."""
    for column in schema.columns:
        for code in codes:
            if code.strip().casefold() in {label.casefold() for label in column.labels}:
                raise InputError(
                    f"{where}: {code} is a label of '{column.name}'; if it stands for a missing"
                    f" value there, say so of this column: {{{column.name}: [{code}]}}"
                )


def _sheet(content: Mapping, where: str) -> str:
    sheet = content.get("sheet", "")
    if not isinstance(sheet, str):
        raise InputError(f"{where}: sheet: write the name of one sheet, such as sheet: Data")
    return sheet


def _sign(content: Mapping, name: str, allowed: Sequence[str], where: str) -> str:
    sign = content.get(name, allowed[0])
    if isinstance(sign, str):
        sign = {"\\t": "\t", "tab": "\t"}.get(sign, sign)
    if sign not in allowed:
        shown = ", ".join(repr(each) for each in allowed)
        raise InputError(f"{where}: {name} {sign!r} is none of {shown}; write it in quotes")
    return sign


def _is_column(name: str, schema: Schema) -> bool:
    """Whether `name` is a column of the dictionary, or an item of one of its groups."""
    return (
        name in (column.name for column in schema.columns if column.kind != "items")
        or any(c.find_items([name]) for c in schema.columns if c.kind == "items")
        or (schema.free_covariates and bool(name.strip()))
    )
