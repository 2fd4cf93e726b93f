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


def describe_gaps(data: Dataset, *, smallest_cell: int = 5) -> pd.DataFrame:
    """Which columns are missing together, and in how many rows.

    Parameters
    ----------
    data : Dataset
        Loaded with ``missing="keep"``.
    smallest_cell : int
        Patterns of fewer rows are taken together.

    Returns
    -------
    DataFrame
        One row per pattern, the most frequent first: `pattern` ("complete", the names of what is
        missing, or "other" for those taken together), `n`, and True or False for each column that
        is missing somewhere; a group of items is one column, missing where one of them is.
    """
    missing = data.frame.isna()
    grouped = {item: name for name, items in data.items.items() for item in items}
    missing = missing.T.groupby(lambda name: grouped.get(name, name), sort=False).any().T
    missing = missing.loc[:, missing.any()]
    if missing.empty or not len(missing.columns):
        return pd.DataFrame({"pattern": ["complete"], "n": [len(data.frame)]})
    rows, rest = [], 0
    for absent, n in missing.value_counts().items():
        named = [name for name, is_absent in zip(missing, absent, strict=True) if is_absent]
        if named and n < smallest_cell:
            rest += n
            continue
        flags = dict(zip(missing, absent, strict=True))
        rows.append({"pattern": ", ".join(named) or "complete", "n": n} | flags)
    if rest:
        rows.append({"pattern": "other", "n": rest} | dict.fromkeys(missing.columns, False))
    return pd.DataFrame(rows)


def withhold_rare(
    table: pd.DataFrame, data: Dataset, *, smallest_cell: int, by: str | pd.Series = "term"
) -> pd.DataFrame:
    """Leave out the numbers of categories that few clients have.

    The coefficient of a category with one client is what this client differs from the prediction.

    Parameters
    ----------
    table : DataFrame
    data : Dataset
        Of a synthetic one nothing is left out.
    smallest_cell : int
        Counts below it are few.
    by : str or Series of str
        The column with the terms, or the terms: a dummy is called ``covariate[label]``.

    Returns
    -------
    DataFrame
        `table` with missing numbers in the rows of such terms, and in those of the intercept where
        the reference category is one of them.
    """
    rare: set[str] = set()
    for covariate in () if data.synthetic else data.covariates:
        values = data.frame[covariate]
        if pd.api.types.is_numeric_dtype(values):
            continue
        counts = values.value_counts().reindex(values.cat.categories)
        few = counts.index[(counts > 0) & (counts < smallest_cell)]
        rare |= {f"{covariate}[{label}]" for label in few}
        if counts.index[0] in few:
            rare.add("Intercept")
    hidden = (table[by] if isinstance(by, str) else by).isin(rare)
    numbers = table.select_dtypes("number")
    return table.assign(**{name: column.where(~hidden) for name, column in numbers.items()})
