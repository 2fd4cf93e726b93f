"""A reader's mapping: which of their columns, labels and codes are which of ours."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
import yaml

from helpers.data.schemas import Column, Schema
from helpers.errors import InputError, did_you_mean

__all__ = ["ColumnMap", "read_column_map"]

_ENTRIES = ("columns", "labels", "missing", "sheet", "separator", "decimal")
_SEPARATORS = (",", ";", "\t", "|")
_DECIMALS = (".", ",")


@dataclass(frozen=True, kw_only=True)
class ColumnMap:
    """How a reader's file is written, where that differs from what the dictionary expects.

    Attributes
    ----------
    columns : mapping of str to str
        Their column name to ours.
    labels : mapping of str to mapping
        By our column name, their label to ours.
    missing : mapping of str to tuple of str
        By our column or group of items, and under ``""`` for every column, what stands for a
        missing value.
    sheet : str
        Of a workbook, the sheet to read; ``""`` where there is only one.
    separator, decimal : str
        What stands between the columns of a text file, and in front of its decimals.
    file, sha256 : str
        Name of the mapping file and checksum of its bytes; ``""`` where there is none.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    missing: Mapping[str, Sequence[str]] = field(default_factory=dict)
    sheet: str = ""
    separator: str = ","
    decimal: str = "."
    file: str = ""
    sha256: str = ""

    def rename(self, names: Sequence[str], *, file: str) -> list[str]:
        """Return the header `names` of `file` with ours in the place of theirs."""
        for theirs, ours in self.columns.items():
            where = f"{self.file}: columns: '{theirs}'"
            if theirs not in names:
                raise InputError(f"{where} is not a column of {file}.{did_you_mean(theirs, names)}")
            if ours in names and ours not in self.columns:
                raise InputError(
                    f"{where} is to become '{ours}', but {file} has a column of that name; "
                    "rename or delete one of the two"
                )
        return [self.columns.get(name, name) for name in names]

    def codes(self, *names: str) -> list[str]:
        """Return what stands for a missing value in a column of any of these names of ours."""
        return [code for name in ("", *names) for code in self.missing.get(name, ())]

    def recode(self, column: str, cells: pd.Series) -> pd.Series:
        """Return the cells of our `column` with our labels."""
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
        missing: [-99, 999]      # codes for a missing value in every column …
        # missing: {rri: [9]}    # … or in some
        sheet: Data              # of a workbook with several sheets, the one to read
        separator: ";"           # what stands between columns, if no comma
        decimal: ","             # what stands before decimals, if no point

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
    for theirs, ours in columns.items():
        if not _is_column(ours, schema):
            raise InputError(
                f"{where}: columns: '{theirs}' is to become '{ours}', which is not a column of "
                f"{schema.study}; there are {', '.join(schema.names)}."
                f"{did_you_mean(ours, schema.names)}"
            )
    for ours, n in Counter(columns.values()).items():
        if n > 1:
            raise InputError(f"{where}: columns: {n} columns are to become '{ours}'; keep one")
    return ColumnMap(
        columns=columns,
        labels=_labels(content.get("labels"), schema, f"{where}: labels"),
        missing=_missing(content.get("missing"), schema, f"{where}: missing"),
        sheet=_sheet(content, where),
        separator=_sign(content, "separator", _SEPARATORS, where),
        decimal=_sign(content, "decimal", _DECIMALS, where),
        file=where,
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
    )


class _TextLoader(yaml.BaseLoader):
    """Every scalar is text: ``no`` is a label and ``1`` a code, not a truth value or a number."""


def _construct_mapping(loader: _TextLoader, node: yaml.MappingNode) -> dict:
    pairs = [(loader.construct_object(k), loader.construct_object(v, True)) for k, v in node.value]
    for key, n in Counter(str(key) for key, _ in pairs).items():
        if n > 1:
            raise InputError(f"'{key}' stands {n} times; keep one")
    return {str(key): value for key, value in pairs}


_TextLoader.add_constructor("tag:yaml.org,2002:map", _construct_mapping)


def _read(path: Path) -> dict:
    try:
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
    worded = {column.name: column for column in schema.columns if not column.is_number}
    if not isinstance(content, dict):
        raise InputError(f"{where}: write, by column, pairs of labels: yours: ours")
    _check_known(content, list(worded), where, f"a category of {schema.study}")
    labels = {name: _pairs(pairs, f"{where}: {name}") for name, pairs in content.items()}
    for name, pairs in labels.items():
        known = worded[name].labels
        for theirs, ours in pairs.items() if known else ():
            if ours not in known:
                raise InputError(
                    f"{where}: {name}: '{theirs}' is to become '{ours}', which is not a label; "
                    f"there are {', '.join(known)}.{did_you_mean(ours, known)}"
                )
    return labels


def _missing(content: object, schema: Schema, where: str) -> dict[str, tuple[str, ...]]:
    if content in (None, ""):
        return {}
    by_column = content if isinstance(content, dict) else {"": content}
    for name, codes in by_column.items():
        if name and name not in schema.names and not _is_column(name, schema):
            raise InputError(
                f"{where}: '{name}' is not a column of {schema.study}; there are "
                f"{', '.join(schema.names)}.{did_you_mean(name, schema.names)}"
            )
        if not isinstance(codes, list) or not all(isinstance(code, str) for code in codes):
            raise InputError(f"{where}: write a list of codes, such as [-99, 999]")
        for column in schema.columns:
            if name in ("", column.name) or (column.kind == "items" and column.find_items([name])):
                _refuse_possible(codes, column, where)
    return {name: tuple(codes) for name, codes in by_column.items()}


def _refuse_possible(codes: Sequence[str], column: Column, where: str) -> None:
    """Refuse a code that a column may hold as a value."""
    if None in (column.minimum, column.maximum):
        return
    for code in codes:
        number = pd.to_numeric(code, errors="coerce")
        if column.minimum <= number <= column.maximum:
            raise InputError(
                f"{where}: {code} is a possible value of '{column.name}' ({column.minimum:g} to "
                f"{column.maximum:g}); give codes by column, such as {{other: [{code}]}}"
            )


def _sheet(content: Mapping, where: str) -> str:
    sheet = content.get("sheet", "")
    if not isinstance(sheet, str):
        raise InputError(f"{where}: sheet: write the name of one sheet, such as sheet: Data")
    return sheet


def _sign(content: Mapping, name: str, allowed: Sequence[str], where: str) -> str:
    sign = content.get(name, allowed[0])
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
