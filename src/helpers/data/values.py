"""From the cells of a reader's file to values: stacked, checked, and scored from items."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from helpers.data.cell_checks import check_labels, check_numbers, settle_kind
from helpers.data.column_map import ColumnMap
from helpers.data.layout import Layout
from helpers.data.notices import is_identifier
from helpers.data.odd_rows import mark_participants
from helpers.data.problems import NamedNote, Problems, join_words
from helpers.data.reader_file import CellTable, ReaderFile, read_cells
from helpers.data.reshape import read_ordinals, stack_columns
from helpers.data.row_checks import count
from helpers.data.schemas import Column
from helpers.data.scoring import ScoredScale, compute_score
from helpers.errors import InputError

__all__ = ["CheckedCells", "check_cells"]


@dataclass(frozen=True)
class CheckedCells:
    """The cells that are used, as values, NaN or no category where something is wrong."""

    frame: pd.DataFrame
    columns: dict[str, Column]
    lines: np.ndarray
    scales: tuple[ScoredScale, ...]
    notes: tuple[str, ...]
    identifiers: pd.DataFrame


def check_cells(file: ReaderFile, layout: Layout, problems: Problems) -> CheckedCells:
    """Read the columns of a layout and turn their cells into values; what is wrong is noted."""
    read = layout.read
    who = {
        name: Column(name=name, kind="text", role="identifier")
        for name in file.text.names
        if name and name not in read and is_identifier(name)
    }
    table = read_cells(file, read | who, problems)
    notes = []
    if not layout.into:
        kept, notes = mark_participants(
            table.cells,
            read,
            identifiers=list(who),
            problems=problems,
            lines=table.lines,
            decimal=file.column_map.decimal,
        )
        table = table.take(kept)
    if layout.into:
        table, coders = _stack(file, layout, table)
        notes.append(
            NamedNote(
                f"{join_words(coders)}: read as one column per coder",
                f"{len(coders)} columns read as one per coder",
            )
        )
    yours = dict(zip(file.text.names, file.theirs, strict=True))
    yours |= {name: name for name in (*layout.scored, *layout.boxes, *layout.into)}
    problems.begin_cells(table.lines, yours, [*layout.columns, *layout.items, *layout.scored])
    for name, boxes in layout.boxes.items():
        table.cells[name] = boxes.combine(table.cells)
    values, columns, scales = {}, {}, []
    for name, column in {**layout.columns, **layout.wanted_scores}.items():
        with problems.gathered():
            if name in layout.scored:
                values[name], scale = _score(file, layout, name, table, problems)
                scales.append(scale)
            else:
                cells, meanings = table.cells[name], file.meanings.get(name, {})
                if column.role == "identifier" and column.is_number:
                    cells, note = read_ordinals(name, cells)
                    notes += [note] if note else []
                column = settle_kind(
                    name,
                    column,
                    cells,
                    problems,
                    meanings,
                    nominal=file.column_map.is_nominal(name),
                )
                if column.is_number:
                    decimal = file.column_map.decimal
                    found = check_numbers(name, column, cells, problems, decimal)
                    values[name] = file.column_map.turn(name, column, found)
                else:
                    settled = file.column_map.settled(name)
                    values[name] = check_labels(name, column, cells, problems, settled)
            columns[name] = column
    order = [name for name in layout.order if name in values]
    frame = pd.DataFrame(values, index=range(len(table.lines)), copy=False)[order]
    return CheckedCells(
        frame=frame,
        columns={name: columns[name] for name in order},
        lines=table.lines,
        scales=tuple(scales),
        notes=(
            *notes,
            *_note_turned(file.column_map),
            *_note_scores(layout, scales),
            *_note_fractions(frame, columns),
        ),
        identifiers=pd.DataFrame({name: table.cells[name] for name in who}),
    )


def _stack(file: ReaderFile, layout: Layout, table: CellTable) -> tuple[CellTable, list[str]]:
    """Put the columns of the coders below each other.

    Where the reader does not name them, they are the columns of words that share some.
    """
    coders = list(layout.stacked)
    if not file.column_map.coders:
        cells = {name: table.cells[name].dropna().astype(str) for name in coders}
        words = {name: set(own.str.split(r"\s*[;|]\s*").explode()) for name, own in cells.items()}
        coders = [
            name
            for name, own in words.items()
            if any(own & words[other] for other in coders if other != name)
            and pd.to_numeric(pd.Series(sorted(own)), errors="coerce").isna().any()
        ]
    if len(coders) < 2:
        who, what = layout.into
        raise InputError(
            f"{file.path.name}: column '{who}' is missing, and no columns look like one {who} "
            f"each; name yours in the mapping, columns: {{yours: {who}, yours: {what}}}, or, where "
            f"each {who} has a column, coders: [first, second]"
        )
    cells, lines = stack_columns(table.cells, table.lines, names=coders, into=layout.into)
    return CellTable(cells, lines), coders


def _score(
    file: ReaderFile, layout: Layout, name: str, table: CellTable, problems: Problems
) -> tuple[np.ndarray, ScoredScale]:
    """Score a scale from its items; a row with a bad answer gets no score and is no missing one."""
    found, turned = layout.scored[name]
    score = file.column_map.scores[name]
    answers = pd.DataFrame(
        {
            item: check_numbers(
                item,
                layout.items[item],
                score.to_numbers(table.cells[item]),
                problems,
                file.column_map.decimal,
            )
            for item in found
        }
    )
    values, scale = compute_score(answers, score, turned)
    bad = problems.bad_cells(found).any(axis=1)
    problems.mark(name, bad)
    values = values.mask(bad)
    limits = layout.wanted_scores[name]
    return check_numbers(name, limits, values, problems), scale


def _note_turned(column_map: ColumnMap) -> list[str]:
    return [f"{name}: reversed, as the mapping says" for name in column_map.reverse]


def _note_scores(layout: Layout, scales: list[ScoredScale]) -> list[str]:
    notes = [
        f"{scale.column}: in {count(scale.n_prorated, 'row')} the items that are there stand for "
        "those that are missing"
        for scale in scales
        if scale.n_prorated
    ]
    for name, column in layout.wanted_scores.items():
        if column.scoring:
            notes.append(f"{name}: {column.scoring}")
    return notes


def _note_fractions(frame: pd.DataFrame, columns: dict[str, Column]) -> list[str]:
    """Say where a sum is no whole number, as a prorated one is."""
    notes = []
    for name in frame.columns:
        if columns[name].kind == "integer" and columns[name].role == "measure":
            values = frame[name].dropna()
            n = int((values != np.floor(values)).sum())
            if n:
                notes.append(
                    f"{name}: {count(n, 'value')} not whole, as a sum prorated for missing items"
                )
    return notes
