"""Load a reader's own CSV against a study's data dictionary.

What cannot be used is refused with one line that says what, where and how to mend it. Such a line
shows at most the one offending value, never a participant's whole row.
"""

from __future__ import annotations

import hashlib
import io
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from helpers.data.cell_checks import (
    MISSING_MARKS,
    check_few,
    check_labels,
    check_numbers,
    nearly,
    settle_kind,
)
from helpers.data.column_map import ColumnMap, read_column_map
from helpers.data.csv_text import CsvText, find_file, read_bytes
from helpers.data.formats import read_source
from helpers.data.problems import Problems, more_like_it, show, show_label
from helpers.data.schemas import Column, Schema, load_schema
from helpers.errors import InputError, did_you_mean
from helpers.paths import TWIN, data_dir, twin_path

__all__ = ["Dataset", "Examination", "examine_dataset", "load_dataset"]

_EXAMINED = ["column", "group", "yours", "missing", "lowest", "highest", "labels"]


@dataclass(frozen=True, kw_only=True)
class Dataset:
    """A data set that agrees with its data dictionary.

    Attributes
    ----------
    frame : pandas.DataFrame
        One row a complete record. Columns in the order of the dictionary: ``int64`` for integers,
        ``float64`` for other numbers, categorical for labels (the reference category first, then
        the dictionary's order, then the reader's own labels by the alphabet), strings for text.
        A categorical column whose reference does not occur has its most frequent label first.
    schema : Schema
        The dictionary it was checked against.
    path : pathlib.Path
        Where it was read, absolute.
    sha256 : str
        Checksum of the file's bytes.
    synthetic : bool
        Whether it is a synthetic data set of this project: ``data/<study>/synthetic.csv``, or a
        file that equals the study's twin byte by byte.
    covariates : tuple of str
        The covariates that were chosen.
    items : dict of str to tuple of str
        Item columns of each group of the dictionary.
    ignored_columns : tuple of str
        Columns of the file that were not used.
    n_read : int
        Rows read.
    n_dropped : int
        Rows dropped for missing values.
    dropped_lines : tuple of int
        Line numbers in the file of the rows dropped.
    dropped_reason : str
        One sentence on the rows dropped, or ``""``.
    column_map : ColumnMap
        How the file's columns were renamed; an empty one where they were not.
    """

    frame: pd.DataFrame
    schema: Schema
    path: Path
    sha256: str
    synthetic: bool
    covariates: tuple[str, ...]
    items: dict[str, tuple[str, ...]]
    ignored_columns: tuple[str, ...]
    n_read: int
    n_dropped: int
    dropped_lines: tuple[int, ...]
    dropped_reason: str
    column_map: ColumnMap


@dataclass(frozen=True, kw_only=True)
class Examination:
    """What a file holds, and everything in it that does not fit its data dictionary.

    Attributes
    ----------
    problems : tuple of str
        One line each, in the order in which they are met; empty where the file fits.
    dataset : Dataset or None
        None where there are problems.
    columns : pandas.DataFrame
        One row a column that is used: `column`, `group` (its item group, or itself), `yours` (its
        name in the file), `missing`, `lowest`, `highest` (NaN but for numbers) and `labels` (of
        categories, the dictionary's first).
        Empty where the file could not be read as a table.
    n_read : int
        Rows read.
    absent, ignored_columns : tuple of str
        Covariates of the dictionary that the file lacks, and columns that are not used.
    """

    problems: tuple[str, ...]
    dataset: Dataset | None
    columns: pd.DataFrame
    n_read: int
    absent: tuple[str, ...]
    ignored_columns: tuple[str, ...]


def load_dataset(
    path: str | Path,
    schema: Schema | str,
    *,
    covariates: Sequence[str] | None = None,
    missing: str = "error",
    mapping: str | Path | None = None,
) -> Dataset:
    """Read a data file and check it against a data dictionary.

    Parameters
    ----------
    path : str or pathlib.Path
        A CSV in UTF-8 with names in its first line, or any format that `helpers.data.formats`
        reads: a workbook, a file of SPSS or Stata, Parquet. A relative path is looked for in the
        working directory, then in the project's root.
    schema : Schema or str
        The data dictionary, or the slug of its study.
    covariates : sequence of str, optional
        The covariates to read and check; all of the dictionary when not given, none when empty.
        Where the dictionary says ``free_covariates: true`` any other column of the file may be
        named: one of numbers enters as a number, one of words as a category, and one that mixes
        the two is refused. Columns that are not asked for are ignored.
    missing : {"error", "listwise"}
        Whether a missing value (an empty cell, ``NA``, ``N/A``, ``NaN``, ``null``, ``.`` or
        ``#N/A``) is an error, or drops its row. Only columns that are used count.
    mapping : str or pathlib.Path, optional
        A YAML file that renames the file's columns and labels, see
        `helpers.data.column_map.read_column_map`.

    Returns
    -------
    Dataset

    Raises
    ------
    InputError
        When the file cannot be read, is not a UTF-8 CSV with commas, lacks a column, has one
        twice, has rows of unequal length, text in a number column, a value outside the scale, a
        fraction where whole numbers are expected, an infinite value, a missing value (with
        ``missing="error"``), a column that never varies, or a label that differs from a known one
        only by case, spacing or a letter.

    Examples
    --------
    >>> from helpers.paths import list_studies
    >>> study = next(name for name in list_studies() if twin_path(name).is_file())
    >>> twin = load_dataset(twin_path(study), study)
    >>> twin.synthetic, twin.n_read == len(twin.frame) == load_schema(study).n_twin
    (True, True)
    """
    if missing not in ("error", "listwise"):
        raise InputError(
            f"missing={missing!r} is neither 'error' nor 'listwise'."
            f"{did_you_mean(missing, ['error', 'listwise'])}"
        )
    schema = load_schema(schema) if isinstance(schema, str) else schema
    chosen = _chosen_covariates(schema, covariates)
    problems = Problems()
    with problems.gathered():
        found = _examine(path, schema, chosen, missing, mapping, problems)
    if problems.found:
        raise InputError(problems.found[0].of_its_kind)
    return found.dataset


def examine_dataset(
    path: str | Path, schema: Schema | str, *, mapping: str | Path | None = None
) -> Examination:
    """Check a CSV as `load_dataset` does, and list all that does not fit instead of the first.

    The covariates that the file has are checked; one that it lacks is no problem, nor are missing
    values, as a reader can leave out the former and drop the latter.

    Parameters
    ----------
    path, schema, mapping
        As of `load_dataset`.

    Returns
    -------
    Examination
    """
    schema = load_schema(schema) if isinstance(schema, str) else schema
    chosen = [replace(column, required=False) for column in schema.covariates]
    problems = Problems()
    with problems.gathered():
        found = _examine(path, schema, chosen, "listwise", mapping, problems)
        return replace(found, problems=tuple(each.of_its_value for each in problems.found))
    return Examination(
        problems=tuple(each.of_its_value for each in problems.found),
        dataset=None,
        columns=pd.DataFrame(columns=_EXAMINED),
        n_read=0,
        absent=(),
        ignored_columns=(),
    )


def _examine(
    path: str | Path,
    schema: Schema,
    covariates: list[Column],
    missing: str,
    mapping: str | Path | None,
    problems: Problems,
) -> Examination:
    """Read and check a file; what does not fit is noted in `problems`."""
    wanted = [*schema.measures, *covariates]
    column_map = read_column_map(mapping, schema=schema) if mapping else ColumnMap()
    path = find_file(path)
    problems.file = path.name
    raw = read_bytes(path)
    source = read_source(path, raw, sheet=column_map.sheet)
    problems.unit = source.unit
    column_map = replace(
        column_map,
        separator=source.separator or column_map.separator,
        decimal=source.decimal or column_map.decimal,
    )
    text = CsvText(path.name, source.text, column_map.separator, source.offset)
    theirs = text.names
    with problems.gathered():
        text.names = column_map.rename(theirs, file=path.name)
    columns, items = _match_columns(path.name, text, wanted, problems)
    meanings = {
        ours: source.labels[yours]
        for yours, ours in zip(theirs, text.names, strict=True)
        if yours in source.labels
    }
    table = _read_cells(text, columns, column_map, meanings, problems)
    problems.begin_cells(table.lines, dict(zip(text.names, theirs, strict=True)), columns)
    columns = {
        name: settle_kind(name, column, table.cells[name], problems, meanings.get(name, {}))
        for name, column in columns.items()
    }
    values = {}
    for name, column in columns.items():
        cells = table.cells[name]
        with problems.gathered():
            if column.is_number:
                values[name] = check_numbers(name, column, cells, problems, column_map.decimal)
            else:
                values[name] = check_labels(name, column, cells, problems)
    columns = {name: columns[name] for name in values}
    frame = pd.DataFrame(values, index=range(len(table.lines)), copy=False)
    bad = problems.bad_cells(frame.columns)
    absent = frame.isna().to_numpy(dtype=bool) & ~bad
    with problems.gathered():
        _check_missing(problems, frame, absent, missing)
    examined = _describe(frame, columns, absent, problems)
    kept = ~(absent | bad).any(axis=1)
    checked = {}
    for i, (name, column) in enumerate(columns.items()):
        # where a cell is wrong nothing is returned, and a column is judged by its own good cells
        rows = ~(absent | bad)[:, i] if bad.any() else kept
        with problems.gathered():
            if rows.any():
                values = frame[name] if rows.all() else frame[name][rows]
                checked[name] = _check_variation(problems.where(name), column, values)
    with problems.gathered():
        _check_unique(problems, schema, frame[kept], table.lines[kept])
    frame = pd.DataFrame(checked, copy=False).reset_index(drop=True)
    sha256 = hashlib.sha256(raw).hexdigest()
    dropped = table.lines[~kept]
    ignored = tuple(
        yours
        for yours, name in zip(theirs, text.names, strict=True)
        if name not in columns and name
    )
    dataset = Dataset(
        frame=frame,
        schema=schema,
        path=path,
        sha256=sha256,
        synthetic=_is_synthetic(path, schema.study, sha256),
        covariates=tuple(column.name for column in wanted if column.role == "covariate"),
        items=items,
        ignored_columns=ignored,
        n_read=len(table.lines),
        n_dropped=len(dropped),
        dropped_lines=tuple(dropped.tolist()),
        dropped_reason=_count_missing(list(columns), absent) if len(dropped) else "",
        column_map=column_map,
    )
    return Examination(
        problems=(),
        dataset=None if problems.found else dataset,
        columns=examined,
        n_read=len(table.lines),
        absent=tuple(c.name for c in covariates if c.name not in columns),
        ignored_columns=ignored,
    )


def _chosen_covariates(schema: Schema, covariates: Sequence[str] | None) -> list[Column]:
    known = [column.name for column in schema.covariates]
    if covariates is None:
        return list(schema.covariates)
    if isinstance(covariates, str) or not isinstance(covariates, Iterable):
        raise InputError(
            f"covariates={covariates!r} is not a list; write ['{covariates}'], or [] for none"
        )
    chosen = list(covariates)
    for name in chosen:
        if name in known:
            continue
        if not schema.free_covariates:
            raise InputError(
                f"covariates: {name!r} is not a covariate of {schema.study}; there are "
                f"{', '.join(known) or 'none'}.{did_you_mean(name, known)}"
            )
        if not isinstance(name, str) or not name.strip():
            raise InputError(f"covariates: {name!r} is not a column name; give names in quotes")
        if name in schema.names:
            raise InputError(
                f"covariates: {name!r} is a measure of {schema.study} and in its model already; "
                "leave it out of covariates"
            )
    if len(set(chosen)) < len(chosen):
        raise InputError(f"covariates={chosen!r} names one twice; give each once")
    free = [name for name in chosen if name not in known]
    return [
        *(column for column in schema.covariates if column.name in chosen),
        *(Column(name=name, kind="free", role="covariate") for name in free),
    ]


# ---------------------------------------------------------------------------------------------
# the header


def _match_columns(
    file: str, text: CsvText, wanted: list[Column], problems: Problems
) -> tuple[dict[str, Column], dict[str, tuple[str, ...]]]:
    names = text.names
    times = Counter(names)
    repeated = sorted(name for name, n in times.items() if name and n > 1)
    if repeated:
        raise InputError(
            f"{file}: column name {show(repeated[0])} stands {times[repeated[0]]} times in the "
            f"header; rename or delete all but one{more_like_it(len(repeated))}"
        )
    text.check_rectangular()
    columns, items = {}, {}
    for column in wanted:
        with problems.gathered():
            if column.kind == "items":
                group = _match_items(file, names, column)
                items[column.name] = tuple(group)
                columns.update(dict.fromkeys(group, column))
            elif column.name in names:
                columns[column.name] = column
            elif column.required:
                raise InputError(_missing_column(file, names, column, wanted))
    return columns, items


def _missing_column(file: str, names: list[str], column: Column, wanted: list[Column]) -> str:
    if sum(bool(re.fullmatch(r"[-+]?\d*\.?\d+", name)) for name in names) > len(names) / 2:
        return f"{file}: the first line holds numbers, not names; put the column names there"
    taken = {other.name for other in wanted}
    what = f" ({column.instrument})" if column.instrument else ""
    hint = did_you_mean(column.name, [name for name in names if name not in taken])
    if hint:
        return (
            f"{file}: column '{column.name}'{what} is missing.{hint} Then rename that column to "
            f"'{column.name}'"
        )
    fix = ", or leave it out of covariates" if column.role == "covariate" else ""
    return f"{file}: column '{column.name}'{what} is missing; add it, or rename yours{fix}"


def _match_items(file: str, names: list[str], column: Column) -> list[str]:
    group = column.find_items(names)
    for name in names:
        if name in group:
            continue
        tail = re.fullmatch(r"(.*?)[\s_.\-]*(\d+)", name)
        if tail and nearly(tail[1], column.name, folded=True):
            raise InputError(
                f"{file}: column '{name}' looks like an item of '{column.name}'; rename it. Did "
                f"you mean '{column.name}_{int(tail[2])}'?"
            )
    numbers = [int(name.rsplit("_", 1)[1]) for name in group]
    for first, second, number in zip(group, group[1:], numbers[1:], strict=False):
        if int(first.rsplit("_", 1)[1]) == number:
            raise InputError(
                f"{file}: columns '{first}' and '{second}' are the same item; rename or delete one"
            )
    if not group and column.required:
        raise InputError(
            f"{file}: no item column of '{column.name}'; name its items {column.name}_1, "
            f"{column.name}_2 and so on"
        )
    return group


# ---------------------------------------------------------------------------------------------
# the cells


@dataclass(frozen=True)
class _Table:
    cells: dict[str, pd.Series]
    lines: np.ndarray


def _read_cells(
    text: CsvText,
    columns: dict[str, Column],
    column_map: ColumnMap,
    meanings: dict[str, Mapping[str, str]],
    problems: Problems,
) -> _Table:
    """Read the columns as numbers or words; `meanings` says what a column's codes mean."""
    body, lines = text.rows()
    where = {name: i for i, name in enumerate(text.names)}
    positions = [where[name] for name in columns]
    # the first may be row numbers, which many programs write without a name
    nameless = [i for i, name in enumerate(text.names) if i and not name]
    as_text = [n for n, c in columns.items() if not c.is_number or column_map.decimal != "."]
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
                f"{problems.place(lines[filled][0])}: cell {position + 1} stands under no column "
                f"name; name the column or empty it{more_like_it(int(filled.sum()))}"
            )
    cells = {}
    for name, column in columns.items():
        words = frame[where[name]]
        if name in meanings and (not column.is_number) and _all_labelled(words, meanings[name]):
            words = words.map(meanings[name], na_action="ignore")
        cells[name] = column_map.recode(name, words)
    return _Table(cells, lines)


def _all_labelled(words: pd.Series, meanings: Mapping[str, str]) -> bool:
    """Whether every value that occurs has a meaning of its own."""
    return set(words.dropna().unique()) <= set(meanings)


def _describe(
    frame: pd.DataFrame, columns: dict[str, Column], absent: np.ndarray, problems: Problems
) -> pd.DataFrame:
    """Return what each column holds, for `Examination`."""
    rows = []
    for name, n_missing in zip(frame.columns, absent.sum(axis=0), strict=True):
        values, lowest, highest, labels = frame[name].dropna(), np.nan, np.nan, ()
        if isinstance(values.dtype, pd.CategoricalDtype):
            known = columns[name].labels
            given = set(values.unique())
            labels = (*(k for k in known if k in given), *sorted(given.difference(known)))
        elif pd.api.types.is_numeric_dtype(values):
            lowest, highest = values.min(), values.max()
        yours = problems.yours[name]
        rows.append((name, columns[name].name, yours, int(n_missing), lowest, highest, labels))
    return pd.DataFrame(rows, columns=_EXAMINED)


# ---------------------------------------------------------------------------------------------
# the rows


def _count(n: int, thing: str) -> str:
    return f"{n} {thing}" if n == 1 else f"{n} {thing}s"


def _check_missing(
    problems: Problems, frame: pd.DataFrame, absent: np.ndarray, missing: str
) -> None:
    for name, count in zip(frame.columns, absent.sum(axis=0), strict=True):
        if count == len(frame):
            raise InputError(f"{problems.where(name)}: every value is missing; fill the column")
    rows = absent.any(axis=1)
    where = _missing_by_column([problems.yours[name] for name in frame.columns], absent)
    if missing == "error" and rows.any():
        first = ", ".join(str(line) for line in problems.lines[rows][:5])
        raise InputError(
            f"{problems.file}: {_count(absent.sum(), 'missing value')} in {rows.sum()} of "
            f"{_count(len(frame), 'row')} (by column: {where}; first {problems.unit}s: {first}); "
            "fill them, or set missing='listwise' to drop these rows"
        )
    if rows.all():
        raise InputError(f"{problems.file}: no row is complete (missing values by column: {where})")


def _count_missing(names: Sequence[str], absent: np.ndarray) -> str:
    rows = _count(len(absent), "row")
    where = _missing_by_column(names, absent)
    n_dropped = absent.any(axis=1).sum()
    return f"{n_dropped} of {rows} dropped for missing values (by column: {where})"


def _missing_by_column(names: Sequence[str], absent: np.ndarray) -> str:
    counts = zip(names, absent.sum(axis=0), strict=True)
    where = ", ".join(f"{name} {count}" for name, count in counts if count)
    return where if len(where) <= 200 else where[:200].rsplit(",", 1)[0] + ", …"


def _check_variation(where: str, column: Column, values: pd.Series) -> pd.Series:
    if column.is_number:
        first = values.iloc[0]
        judged = column.role in ("measure", "covariate")
        if judged and len(values) > 1 and (values == first).all():
            fix = "check the export"
            if column.role == "covariate":
                fix = "leave it out of covariates"
            raise InputError(
                f"{where}: every value is {first:g}, and a constant column cannot "
                f"be analysed; {fix}"
            )
        return values.astype("int64") if column.kind == "integer" else values
    if column.kind == "text":
        return values
    counts = values.value_counts()
    counts = counts[counts > 0]
    if column.role == "covariate" and len(counts) < 2:
        raise InputError(
            f"{where}: every row has the label {show_label(counts.index[0])}; "
            "leave it out of covariates"
        )
    if column.role == "covariate":
        check_few(where, values)
    present = list(counts.index)
    known = [label for label in column.labels if label in present]
    order = known + sorted(label for label in present if label not in known)
    if column.reference in present:
        first = column.reference
    elif column.role == "covariate":
        first = min(order, key=lambda label: (-counts[label], order.index(label)))
    else:
        first = order[0]
    return values.cat.set_categories([first, *(label for label in order if label != first)])


def _check_unique(
    problems: Problems, schema: Schema, frame: pd.DataFrame, lines: np.ndarray
) -> None:
    key = [name for name in schema.unique if name in frame.columns]
    if not key:
        return
    repeated = frame.duplicated(subset=key).to_numpy()
    if repeated.any():
        at = lines[repeated][0]
        raise InputError(
            f"{problems.place(at)}: {', '.join(key)} repeat those of an earlier {problems.unit}; "
            f"keep one{more_like_it(int(repeated.sum()))}"
        )


def _is_synthetic(path: Path, study: str, sha256: str) -> bool:
    if path.name == TWIN and path.is_relative_to(data_dir()):
        return True
    twin = twin_path(study)
    return twin.is_file() and hashlib.sha256(twin.read_bytes()).hexdigest() == sha256
