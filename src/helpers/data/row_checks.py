"""Whether the rows and columns of a reader's file, once read, can be analyzed together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from helpers.data.cell_checks import check_few
from helpers.data.problems import Problems, join_words, more_like_it, show_label
from helpers.data.schemas import Column, Schema
from helpers.errors import InputError

__all__ = ["check_missing", "check_unique", "check_variation", "count", "count_missing"]


def count(n: int, thing: str) -> str:
    """Return a number with what it counts."""
    return f"{n} {thing}" if n == 1 else f"{n} {thing}s"


def check_missing(
    problems: Problems,
    frame: pd.DataFrame,
    absent: np.ndarray,
    missing: str,
    roles: Mapping[str, str],
) -> None:
    """Refuse a column without values and, with ``missing="error"``, any missing value."""
    for name, n_missing in zip(frame.columns, absent.sum(axis=0), strict=True):
        if n_missing == len(frame):
            fix = "fill the column"
            if roles.get(name) == "covariate":
                fix = "leave it out of covariates"
            raise InputError(f"{problems.where(name)}: every value is missing; {fix}")
    rows = absent.any(axis=1)
    for i, name in enumerate(frame.columns):
        if roles.get(name) == "cluster" and missing == "keep" and absent[:, i].any():
            raise InputError(
                f"{problems.file}: {count(absent[:, i].sum(), 'row')} without a value of "
                f"'{name}', which says what rows belong together; fill it in, or leave these rows "
                "out"
            )
    where = _missing_by_column([problems.yours[name] for name in frame.columns], absent)
    if missing == "error" and rows.any():
        first = ", ".join(str(line) for line in problems.lines[rows][:5])
        raise InputError(
            f"{problems.file}: {count(absent.sum(), 'missing value')} in {rows.sum()} of "
            f"{count(len(frame), 'row')} (by column: {where}; first {problems.unit}s: {first}); "
            "fill them, or set missing='listwise' to drop these rows"
        )
    if rows.all() and missing != "keep":
        raise InputError(f"{problems.file}: no row is complete (missing values by column: {where})")


def count_missing(names: Sequence[str], absent: np.ndarray) -> str:
    """Say how many rows are dropped for missing values, and in which columns they miss."""
    rows = count(len(absent), "row")
    where = _missing_by_column(names, absent)
    n_dropped = absent.any(axis=1).sum()
    return f"{n_dropped} of {rows} dropped for missing values (by column: {where})"


def _missing_by_column(names: Sequence[str], absent: np.ndarray) -> str:
    counts = zip(names, absent.sum(axis=0), strict=True)
    where = ", ".join(f"{name} {count}" for name, count in counts if count)
    return where if len(where) <= 200 else where[:200].rsplit(",", 1)[0] + ", …"


def check_variation(where: str, column: Column, values: pd.Series) -> pd.Series:
    """Return a column as the models take it; refuse one that never varies."""
    if column.is_number:
        given = values.dropna()
        first = given.iloc[0]
        judged = column.role in ("measure", "covariate")
        if judged and len(given) > 1 and (given == first).all():
            fix = "check the export"
            if column.role == "covariate":
                fix = "leave it out of covariates"
            raise InputError(
                f"{where}: every value is {first:g}, and a constant column cannot "
                f"be analyzed; {fix}"
            )
        whole = column.kind == "integer" and len(given) == len(values)
        whole = whole and (given == np.floor(given)).all()
        return values.astype("int64") if whole else values
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


def check_unique(
    problems: Problems, schema: Schema, frame: pd.DataFrame, lines: np.ndarray
) -> None:
    """Refuse rows that the dictionary wants to be one."""
    key = [name for name in schema.unique if name in frame.columns]
    if not key:
        return
    copies = frame.duplicated().to_numpy()
    if copies.any():
        raise InputError(
            f"{problems.place(lines[copies][0])}: equals an earlier {problems.unit} in every "
            f"column; leave the copy out{more_like_it(int(copies.sum()))}"
        )
    repeated = frame.duplicated(subset=key).to_numpy()
    if repeated.any():
        rest = join_words([name for name in frame.columns if name not in key])
        raise InputError(
            f"{problems.place(lines[repeated][0])}: the {join_words(key)} of an earlier "
            f"{problems.unit} with another {rest}{more_like_it(int(repeated.sum()))}. Only "
            f"one {rest} for each can be analyzed. If one is a slip, correct it"
        )
