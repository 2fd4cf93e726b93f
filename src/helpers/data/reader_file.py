"""A reader's file, opened: its cells under our names, as numbers or words."""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from helpers.data.cell_checks import MISSING_MARKS
from helpers.data.column_map import ColumnMap, read_column_map
from helpers.data.csv_text import CsvText, find_file, read_bytes
from helpers.data.formats import read_source
from helpers.data.problems import Problems, more_like_it
from helpers.data.row_checks import count
from helpers.data.schemas import Column, Schema
from helpers.errors import InputError

__all__ = ["CellTable", "ReaderFile", "open_file", "read_cells"]


@dataclass(frozen=True)
class ReaderFile:
    """A reader's file, opened: its text with our names in the header, and what belongs to it."""

    path: Path
    raw: bytes
    text: CsvText
    theirs: list[str]
    column_map: ColumnMap
    meanings: dict[str, Mapping[str, str]]


def open_file(
    path: str | Path, schema: Schema, mapping: str | Path | None, problems: Problems
) -> ReaderFile:
    """Open a file of any format by its mapping, and name its columns as we do."""
    column_map = read_column_map(mapping, schema=schema) if mapping else ColumnMap()
    path = find_file(path)
    problems.file = path.name
    raw = read_bytes(path)
    source = read_source(
        path,
        raw,
        sheet=column_map.sheet,
        separator=column_map.separator,
        codings=any(column.role == "coding" for column in schema.columns),
        mapped=bool(column_map.columns),
    )
    problems.unit = source.unit
    column_map = replace(
        column_map,
        separator=source.separator or column_map.separator,
        decimal=source.decimal or column_map.decimal,
    )
    text = CsvText(path.name, source.text, column_map.separator, source.offset)
    text.notes += source.notes
    theirs = text.names
    with problems.gathered():
        text.names = column_map.rename(theirs, file=path.name)
    meanings = {
        ours: source.labels[yours]
        for yours, ours in zip(theirs, text.names, strict=True)
        if yours in source.labels
    }
    for name, n in source.n_declared_missing.items():
        text.notes.append(f"{name}: {count(n, 'value')} that the file declares missing")
    return ReaderFile(path, raw, text, theirs, column_map, meanings)


@dataclass(frozen=True)
class CellTable:
    """Cells by column, and the line of the file that each row stands in."""

    cells: dict[str, pd.Series]
    lines: np.ndarray

    def take(self, kept: np.ndarray) -> CellTable:
        """Return the rows that are `kept`."""
        if kept.all():
            return self
        cells = {name: each[kept].reset_index(drop=True) for name, each in self.cells.items()}
        return CellTable(cells, self.lines[kept])


def read_cells(file: ReaderFile, columns: dict[str, Column], problems: Problems) -> CellTable:
    """Read the columns as numbers or words."""
    text, column_map = file.text, file.column_map
    body, lines = text.rows()
    where = {name: i for i, name in enumerate(text.names)}
    positions = [where[name] for name in columns]
    # the first may be row numbers, which many programs write without a name
    nameless = [i for i, name in enumerate(text.names) if i and not name]
    as_text = [
        name
        for name, column in columns.items()
        if not column.is_number
        or column.role == "item"
        or column_map.decimal != "."
        or column_map.relabels(name, column.name)
    ]
    frame = pd.read_csv(
        io.BytesIO(body),
        sep=text.separator,
        header=None,
        names=list(range(len(text.names))),
        usecols=[*positions, *nameless],
        dtype=dict.fromkeys([*nameless, *(where[name] for name in as_text)], str),
        na_values={
            where[n]: [*MISSING_MARKS, *column_map.codes(n, c.name)] for n, c in columns.items()
        },
        keep_default_na=False,
        index_col=False,
        skip_blank_lines=False,
        low_memory=False,
        encoding="utf-8",
    )
    for position in nameless:
        filled = frame[position].str.strip().fillna("").ne("").to_numpy()
        if filled.any():
            raise InputError(
                f"{problems.place(lines[filled][0])}: cell {position + 1} is under no column "
                f"name; name the column or empty it{more_like_it(int(filled.sum()))}"
            )
    cells = {}
    for name, column in columns.items():
        words = frame[where[name]]
        meanings = file.meanings.get(name, {})
        if meanings and not column.is_number and set(words.dropna().unique()) <= set(meanings):
            words = words.map(meanings, na_action="ignore")
        if not column.is_number and words.dtype != object and words.dtype != "str":
            words = words.astype(str).where(words.notna())
        if words.dtype.kind not in "iufb" and words.notna().any():
            words = words.map(_tidy, na_action="ignore")
        cells[name] = column_map.recode(words, name, column.name)
    return CellTable(cells, lines)


def _tidy(word: str) -> str:
    """Return a word without space around it, its accents composed."""
    return unicodedata.normalize("NFC", word).strip()
