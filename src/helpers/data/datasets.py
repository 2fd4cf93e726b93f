"""Load a reader's own CSV against a study's data dictionary.

What cannot be used is refused with one line that says what, where and how to mend it. Such a line
shows at most the one offending value, never a participant's whole row.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd

from helpers.data.cell_checks import check_equal_columns
from helpers.data.column_map import ColumnMap, read_column_map
from helpers.data.layout import match_columns
from helpers.data.notices import Notice, list_notices
from helpers.data.problems import Problems, leave_out_names
from helpers.data.reader_file import open_file
from helpers.data.row_checks import check_missing, check_unique, check_variation, count_missing
from helpers.data.schemas import Column, Schema, load_schema
from helpers.data.scoring import ScoredScale
from helpers.data.values import check_cells
from helpers.errors import InputError, did_you_mean
from helpers.paths import TWIN, data_dir, twin_path

__all__ = ["Dataset", "Examination", "examine_dataset", "load_dataset"]

MISSING = ("error", "listwise", "keep")
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
    cluster : str
        The column that says which rows belong together, or ``""``; it is in `frame` as text.
    scales : tuple of ScoredScale
        What each scale that was scored from its items came out as.
    notes : tuple of str
        What was done with the file, a sentence each, without the names of persons.
    notices : tuple of Notice
        What an expert would notice in it.
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
    cluster: str = ""
    scales: tuple[ScoredScale, ...] = ()
    notes: tuple[str, ...] = ()
    notices: tuple[Notice, ...] = ()


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
    covariates : tuple of str
        Those that can be used.
    mapping : dict of str to dict of str to str
        By entry, the lines of a mapping that would settle problems.
    scales : tuple of ScoredScale
        What each scale that was scored from its items came out as.
    notes : tuple of str
        What was done with the file, a sentence each.
    """

    problems: tuple[str, ...]
    dataset: Dataset | None
    columns: pd.DataFrame
    n_read: int
    absent: tuple[str, ...]
    ignored_columns: tuple[str, ...]
    covariates: tuple[str, ...] = ()
    mapping: dict[str, dict[str, str]] = field(default_factory=dict)
    scales: tuple[ScoredScale, ...] = ()
    notes: tuple[str, ...] = ()


def load_dataset(
    path: str | Path,
    schema: Schema | str,
    *,
    covariates: Sequence[str] | None = None,
    missing: str = "error",
    mapping: str | Path | None = None,
    cluster: str = "",
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
    missing : {"error", "listwise", "keep"}
        Whether a missing value (an empty cell, ``NA``, ``N/A``, ``NaN``, ``null``, ``.`` or
        ``#N/A``) is an error, drops its row, or is kept for an analysis that can deal with it.
        Only columns that are used count.
    mapping : str or pathlib.Path, optional
        A YAML file that renames the file's columns and labels, see
        `helpers.data.column_map.read_column_map`.

    cluster : str
        A further column of the file that says which rows belong together, such as the therapist.

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
    if missing not in MISSING:
        raise InputError(
            f"missing={missing!r} is none of {', '.join(map(repr, MISSING))}."
            f"{did_you_mean(missing, MISSING)}"
        )
    schema = load_schema(schema) if isinstance(schema, str) else schema
    chosen = _chosen_covariates(schema, covariates)
    problems = Problems()
    with problems.gathered():
        found = _examine(path, schema, chosen, missing, mapping, problems, cluster)
    if problems.found:
        raise InputError(problems.found[0].of_its_kind)
    return found.dataset


def examine_dataset(
    path: str | Path, schema: Schema | str, *, mapping: str | Path | None = None
) -> Examination:
    """Check a CSV as `load_dataset` does, and list all that does not fit instead of the first.

    The covariates that the file has are checked, and of free ones those that the mapping describes;
    one that it lacks or that never varies is no problem, nor are missing values, as a reader can
    leave out the former and drop the latter.

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
        if mapping and schema.free_covariates:
            declared = read_column_map(mapping, schema=schema).declared_covariates
            free = [name for name in declared if name not in schema.names]
            chosen += [replace(c, required=False) for c in _chosen_covariates(schema, free)]
        found = _examine(path, schema, chosen, "listwise", mapping, problems, choosing=True)
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
    cluster: str = "",
    *,
    choosing: bool = False,
) -> Examination:
    """Read and check a file; what does not fit is noted in `problems`.

    With `choosing` a covariate that never varies is set aside instead.
    """
    wanted = [*schema.measures, *covariates, *_cluster_column(cluster, schema, covariates)]
    file = open_file(path, schema, mapping, problems)
    wanted = [file.column_map.declare(column) for column in wanted]
    layout = match_columns(file.text, file.column_map, wanted, problems, wide=schema.wide)
    cells = check_cells(file, layout, problems)
    frame, columns, lines = cells.frame, cells.columns, cells.lines
    aside = _never_varying(frame, columns) if choosing else {}
    frame = frame.drop(columns=list(aside))
    columns = {name: column for name, column in columns.items() if name not in aside}
    bad = problems.bad_cells(frame.columns)
    absent = frame.isna().to_numpy(dtype=bool) & ~bad
    with problems.gathered():
        roles = {name: column.role for name, column in columns.items()}
        check_missing(problems, frame, absent, missing, roles)
    examined = _describe(frame, columns, absent, problems)
    kept = np.ones(len(frame), bool) if missing == "keep" else ~(absent | bad).any(axis=1)
    with problems.gathered():
        check_equal_columns(frame, columns, problems)
    checked = {}
    for i, (name, column) in enumerate(columns.items()):
        # where a cell is wrong nothing is returned, and a column is judged by its own good cells
        rows = ~(absent | bad)[:, i] if bad.any() else kept
        with problems.gathered():
            if rows.any():
                values = frame[name] if rows.all() else frame[name][rows]
                checked[name] = check_variation(problems.where(name), column, values)
    with problems.gathered():
        check_unique(problems, schema, frame[kept], lines[kept])
    dropped = lines[~kept]
    used = {*layout.read, *columns}
    ignored = tuple(
        yours
        for yours, name in zip(file.theirs, file.text.names, strict=True)
        if name not in used and name
    )
    sha256 = hashlib.sha256(file.raw).hexdigest()
    dataset = Dataset(
        frame=pd.DataFrame(checked, copy=False).reset_index(drop=True),
        schema=schema,
        path=file.path,
        sha256=sha256,
        synthetic=_is_synthetic(file.path, schema.study, sha256),
        covariates=tuple(column.name for column in wanted if column.role == "covariate"),
        items=layout.groups,
        ignored_columns=ignored,
        n_read=len(lines),
        n_dropped=len(dropped),
        dropped_lines=tuple(dropped.tolist()),
        dropped_reason=count_missing(list(columns), absent) if len(dropped) else "",
        column_map=file.column_map,
        cluster=cluster,
        scales=cells.scales,
        notes=leave_out_names((*file.text.notes, *cells.notes)),
        notices=tuple(
            list_notices(
                frame,
                columns,
                groups=layout.groups,
                scales=cells.scales,
                identifiers=cells.identifiers,
                together=schema.together,
                cluster=cluster,
            )
        ),
    )
    return Examination(
        problems=(),
        dataset=None if problems.found else dataset,
        columns=examined,
        n_read=len(lines),
        absent=tuple(c.name for c in covariates if c.name not in cells.columns),
        covariates=tuple(name for name, c in columns.items() if c.role == "covariate"),
        mapping=problems.proposed,
        ignored_columns=ignored,
        scales=cells.scales,
        notes=(*file.text.notes, *cells.notes, *aside.values()),
    )


def _never_varying(frame: pd.DataFrame, columns: dict[str, Column]) -> dict[str, str]:
    """Covariates with fewer than two values, and what to say of them."""
    return {
        name: f"{name}: {'no value' if not n else 'the same value in every row'}, so it is left "
        "out of covariates"
        for name, n in frame.nunique().items()
        if columns[name].role == "covariate" and n < 2
    }


def _cluster_column(cluster: str, schema: Schema, covariates: Sequence[Column]) -> list[Column]:
    if not cluster:
        return []
    if cluster in schema.names or cluster in (column.name for column in covariates):
        raise InputError(
            f"cluster={cluster!r} is in the model already; name the column that says which rows "
            "belong together, such as the therapist's"
        )
    return [Column(name=cluster, kind="text", role="cluster")]


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


def _is_synthetic(path: Path, study: str, sha256: str) -> bool:
    if path.name == TWIN and path.is_relative_to(data_dir()):
        return True
    twin = twin_path(study)
    return twin.is_file() and hashlib.sha256(twin.read_bytes()).hexdigest() == sha256
