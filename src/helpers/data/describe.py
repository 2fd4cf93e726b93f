"""Describe a checked data set by its data dictionary, column by column."""

from __future__ import annotations

import pandas as pd

from helpers.data.datasets import Dataset
from helpers.data.schemas import Column


def describe_measures(data: Dataset) -> pd.DataFrame:
    """Moments of the measures and of the covariates that are numbers; of items, of their mean.

    Parameters
    ----------
    data : Dataset

    Returns
    -------
    DataFrame
        `column instrument minimum maximum` (the range allowed), `n mean sd skewness kurtosis`
        (sd with n - 1; skewness and excess kurtosis bias-corrected), `lowest highest`.
    """
    rows = []
    frame = data.frame.assign(
        **{name: data.frame[list(items)].mean(axis=1) for name, items in data.items.items()}
    )
    measures = [column for column in data.schema.measures if column.name in frame]
    numeric = [
        Column(name=name, kind="numeric", role="covariate")
        for name in data.covariates
        if pd.api.types.is_numeric_dtype(data.frame[name])
    ]
    for column in [*measures, *numeric]:
        values = frame[column.name]
        rows.append(
            {
                "column": column.name,
                "instrument": column.instrument,
                "minimum": column.minimum,
                "maximum": column.maximum,
                "n": values.count(),
                "mean": values.mean(),
                "sd": values.std(),
                "skewness": values.skew(),
                "kurtosis": values.kurt(),
                "lowest": values.min(),
                "highest": values.max(),
            }
        )
    return pd.DataFrame(rows)


def describe_categories(data: Dataset, *, smallest_cell: int = 1) -> pd.DataFrame:
    """Counts of the chosen categorical covariates.

    Parameters
    ----------
    data : Dataset
    smallest_cell : int
        Counts below it are withheld; where a single one is, so is the smallest of the others, as
        the number of clients would tell the first.

    Returns
    -------
    DataFrame
        `covariate label reference n share`; `n` and `share` are missing where withheld.
    """
    rows = []
    for covariate in data.covariates:
        values = data.frame[covariate]
        if pd.api.types.is_numeric_dtype(values):
            continue
        counts = values.value_counts().reindex(values.cat.categories)
        withheld = counts < smallest_cell
        if withheld.sum() == 1:
            withheld[counts[~withheld].idxmin()] = True
        for label, count in counts.items():
            shown = None if withheld[label] else count
            share = count / values.count() if shown is not None else None
            rows.append((covariate, label, label == counts.index[0], shown, share))
    table = pd.DataFrame(rows, columns=["covariate", "label", "reference", "n", "share"])
    return table.astype({"n": float, "share": float})
