"""What a reader needs to bring data of their own: a header, its codebook, an example mapping."""

from __future__ import annotations

import csv
import io

import pandas as pd

from helpers.data.cell_checks import MISSING_MARKS
from helpers.data.schemas import Column, Schema
from helpers.errors import InputError
from helpers.printed.numbers import load_published, load_source

__all__ = ["write_codebook", "write_header", "write_map_example"]

_IN_PRINT = ("mean", "standard deviation", "share", "Cronbach's alpha", "McDonald's omega")
"""What the codebook quotes of the printed sample."""


def write_header(schema: Schema) -> str:
    """Return the first line of a CSV with all columns of the dictionary.

    A group of items stands with as many columns as its instrument has items or, where the print
    does not say, as the synthetic data have.
    """
    stream = io.StringIO()
    names = [name for column in schema.columns for name in _column_names(column)]
    csv.writer(stream, lineterminator="\n").writerow(names)
    return stream.getvalue()


def write_codebook(schema: Schema) -> str:
    """Return, in Markdown, what each column of the dictionary holds and may hold."""
    printed = _load_printed(schema.study)
    parts = [
        f"# Codebook: {schema.title}",
        f"Each row is {schema.rows}. The first line of the file names the columns. They can be in "
        "any order, and columns that are not listed here are ignored.",
        "## Measures",
        _table(
            ["column", "description", "values", "how it is scored", "instrument"],
            [
                [_name(c), c.description, _values(c), _scoring(c), c.instrument]
                for c in schema.measures
            ],
        ),
    ]
    parts += ["\n".join(lines)] if (lines := _print_lines(schema.measures, printed)) else []
    parts += _covariates(schema, printed)
    marks = ", ".join(f"`{mark}`" for mark in MISSING_MARKS if mark)
    parts += [
        "## How to write the file",
        "\n".join(
            [
                "- CSV in UTF-8 (Excel: *CSV UTF-8*), commas between columns, points before "
                "decimals.",
                f"- A missing value is an empty cell, or one of {marks}. A code such as -99 is a "
                "number like any other unless a mapping names it.",
                "- Columns of other names, other labels, codes for missing values, semicolons and "
                "decimal commas can stay as they are: say so in a mapping file, of which an "
                "example is beside this one.",
                "- No name, address or free text of a participant is needed, and none should be "
                "in it.",
            ]
        ),
    ]
    return "\n\n".join(parts) + "\n"


def write_map_example(schema: Schema) -> str:
    """Return a mapping file that maps nothing yet, with an example of each entry."""
    first = schema.measures[0]
    ours = _column_names(first)[0]
    labeled = next((c for c in schema.columns if c.labels), None)
    lines = [
        f"# How your file differs from the codebook of {schema.study}. Take away the # in front of",
        "# what you need; what you leave out stays as it is.",
        "",
        "columns: # yours: ours",
        f"#  My column: {ours}",
        "",
        "labels: # of a category, by our column name; yours: ours",
    ]
    if labeled:
        pairs = ", ".join(f"{i}: {label}" for i, label in enumerate(labeled.labels[:2], 1))
        lines.append(f"#  {labeled.name}: {{{pairs}}}")
    elif coded := next((c for c in schema.columns if c.role == "coding"), None):
        lines.append(f"#  {coded.name}: {{yours: ours}}")
    lines += [
        "",
        "# Codes that stand for a missing value: in every column, or in some.",
        "# missing: [-99, 999]",
        f"# missing: {{{first.name}: [-99]}}",
        "",
        '# separator: ";"  # between the columns',
        '# decimal: ","    # before decimals',
    ]
    return "\n".join(lines) + "\n"


def _column_names(column: Column) -> list[str]:
    if column.kind != "items":
        return [column.name]
    return [f"{column.name}_{i}" for i in range(1, (column.items or column.twin_items or 1) + 1)]


def _name(column: Column) -> str:
    if column.kind != "items":
        return f"`{column.name}`"
    return f"`{column.name}_1`, `{column.name}_2`, … any number of items"


def _values(column: Column) -> str:
    kind = {"integer": "whole number", "numeric": "number", "text": "text", "categorical": "label"}
    whole = column.whole or column.kind == "integer"
    words = "whole number" if whole else kind.get(column.kind, "number")
    step = ""
    if column.items and column.scoring.startswith("mean of"):
        step = f"in steps of 1/{column.items} where all items are answered"
    return ", ".join(filter(None, [words, column.range_words, step]))


def _scoring(column: Column) -> str:
    if column.kind == "items" and column.items:
        return f"{column.scoring}; {column.items} items in the instrument"
    return column.scoring


def _covariates(schema: Schema, printed: pd.DataFrame) -> list[str]:
    if not schema.covariates and not schema.free_covariates:
        return []
    parts = [
        "## Covariates",
        "Each may be left out; then leave it out of the parameter `covariates`, too.",
    ]
    for column in schema.covariates:
        labels = [
            f"{label} (reference)" if label == column.reference else label
            for label in column.labels
        ]
        also = "" if column.closed else " Labels of your own are read as they are."
        parts.append(
            f"**`{column.name}`**: {column.description} Labels: {'; '.join(labels)}.{also}"
        )
        parts += ["\n".join(lines)] if (lines := _print_lines([column], printed)) else []
    if schema.free_covariates:
        parts.append(
            "Any further column may be named in `covariates`: one of numbers enters as a number, "
            "one of words as a category, the most frequent being the reference."
        )
    return parts


def _load_printed(study: str) -> pd.DataFrame:
    """Return what the paper prints of its sample, by variable; empty where it prints nothing."""
    try:
        has_sample = "sample" in load_source(study)["tables"]
    except InputError:
        has_sample = False
    if not has_sample:
        return pd.DataFrame(columns=["variable", "category", "quantity", "printed"])
    sample = load_published(study, "sample").reset_index()
    return sample[sample["quantity"].isin(_IN_PRINT) & (sample["printed"] != "")]


def _print_lines(columns: tuple[Column, ...] | list[Column], printed: pd.DataFrame) -> list[str]:
    lines = []
    for column in columns:
        mine = printed[printed["variable"] == column.name]
        entries = [
            f"{row.category or row.quantity} {row.printed}" for row in mine.itertuples(index=False)
        ]
        if entries:
            lines.append(f"- `{column.name}` in the paper: {', '.join(entries)}.")
    return lines


def _table(heads: list[str], rows: list[list[str]]) -> str:
    used = [i for i in range(len(heads)) if any(row[i] for row in rows)]
    lines = [[heads[i] for i in used], ["---"] * len(used)]
    lines += [[" ".join(row[i].split()).replace("|", "\\|") for i in used] for row in rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
