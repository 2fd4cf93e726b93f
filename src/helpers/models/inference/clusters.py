"""Rows that belong together, as clients of one therapist do: which they are, and how alike."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import stats

from helpers.errors import InputError
from helpers.inputs import as_names, check_columns, numeric_column
from helpers.models.inference.intervals import check_ci_level

__all__ = [
    "FEW_CLUSTERS",
    "MIN_CLUSTERS",
    "MIN_DRAWN",
    "MIN_ROBUST",
    "encode_clusters",
    "intraclass_correlations",
    "require_clusters",
]

FEW_CLUSTERS = 30
"""Below it large-sample results for clusters are uncertain, and a warning says so."""

MIN_CLUSTERS = 5
"""The fewest with which CR2 was found to hold its level: docs/validation/clusters.csv."""

MIN_DRAWN = 10
"""The fewest that are drawn in a bootstrap: with 5, expanded percentile limits of what differs
between two groups of clusters covered 82 times in 100, with 10 they covered 92 times (ibid.)."""

MIN_ROBUST = 10
"""The fewest for standard errors by the sandwich without the correction of CR2."""


def encode_clusters(data: pd.DataFrame, cluster: str, *, minimum: int = 2) -> np.ndarray:
    """Number the clusters of a column from 0, in the order of their first rows.

    Parameters
    ----------
    data : pandas.DataFrame
    cluster : str
        A column of any type; equal values are one cluster.
    minimum : int
        The fewest clusters allowed.

    Returns
    -------
    numpy.ndarray of int, shape (n,)

    Raises
    ------
    InputError
        An unknown column, a missing value, or fewer clusters than `minimum`.

    Examples
    --------
    >>> encode_clusters(pd.DataFrame({"therapist": ["b", "a", "b"]}), "therapist").tolist()
    [0, 1, 0]
    """
    check_columns(data, cluster=cluster)
    codes, names = pd.factorize(data[cluster])
    missing = int((codes < 0).sum())
    if missing:
        raise InputError(
            f"cluster={cluster!r} has {missing} missing value(s); a row whose cluster is not known"
            " cannot be placed, so fill them or drop these rows."
        )
    if len(names) < 2:
        raise InputError(f"cluster={cluster!r} names a single cluster; there must be several.")
    if len(names) < minimum:
        raise InputError(
            f"cluster={cluster!r} names {len(names)} clusters, and what rests on differences"
            f" between them needs {minimum} at least. With so few, take these differences out"
            " (subtract each cluster's means, or give the column as a covariate of labels: what is"
            " left are relations within clusters), or analyze one mean a cluster."
        )
    return codes.astype(int)


def require_clusters(data: pd.DataFrame, cluster: str) -> None:
    """Refuse a reader's clusters where they are too few for any report to rest on.

    Raises
    ------
    InputError
        For fewer than `MIN_DRAWN` clusters.

    Examples
    --------
    >>> try:
    ...     require_clusters(pd.DataFrame({"therapist": ["a", "b"]}), "therapist")
    ... except InputError as error:
    ...     print(str(error)[:33])
    cluster='therapist' has 2 values,
    """
    n_clusters = data[cluster].nunique()
    if n_clusters < MIN_DRAWN:
        raise InputError(
            f"cluster={cluster!r} has {n_clusters} values, and standard errors and intervals that "
            f"rest on fewer than {MIN_DRAWN} clusters mislead; leave cluster empty, and say with "
            "the results that rows which belong together were taken for independent"
        )


def intraclass_correlations(
    data: pd.DataFrame, *, variables: Sequence[str], cluster: str, ci_level: float = 0.95
) -> pd.DataFrame:
    """Estimate which share of each variable's variance lies between clusters.

    Parameters
    ----------
    data : pandas.DataFrame
    variables : sequence of str
        Numeric columns; a row in which a variable is missing is left out for that variable.
    cluster : str
        The column that says which rows belong together.
    ci_level : float

    Returns
    -------
    pandas.DataFrame
        One row per variable: ``variable n n_clusters size icc ci_lower ci_upper f df1 df2 pvalue``;
        `size` is the mean cluster size that the formula needs (n₀, the common size where clusters
        are equal); F tests that the clusters do not differ.

    Raises
    ------
    InputError
        An unknown or non-numeric column, a single cluster, or no cluster with two rows.

    Notes
    -----
    One-way analysis of variance: icc = (MSB − MSW) / (MSB + (n₀ − 1) MSW), n₀ = (n − Σ nᵢ² / n) /
    (k − 1). It can be negative, down to −1 / (n₀ − 1), and is then reported so. The interval is
    Searle's, exact for normal variables in equal clusters and approximate, through n₀, in others.

    Validated: tests/reference/inference/clusters.R (psych 2.2.9 ICC1 for equal clusters, lme4
    1.1.31 by REML, stats::aov for unequal), relative difference below 1e-9.

    References
    ----------
    Donner, A. (1986). A review of inference procedures for the intraclass correlation coefficient
    in the one-way random effects model. International Statistical Review, 54(1), 67-82.
    https://doi.org/10.2307/1403259

    Examples
    --------
    >>> frame = pd.DataFrame({"therapist": list("aabbcc"), "bond": [1, 2, 5, 6, 3, 3.5]})
    >>> table = intraclass_correlations(frame, variables=["bond"], cluster="therapist")
    >>> table[["variable", "n", "n_clusters", "icc"]].round(3)
      variable  n  n_clusters    icc
    0     bond  6           3  0.911
    """
    level = check_ci_level(ci_level)
    variables = as_names("variables", variables)
    check_columns(
        data, cluster=cluster, **{f"variables[{i}]": name for i, name in enumerate(variables)}
    )
    rows = []
    for name in variables:
        own = data.loc[data[name].notna(), [name, cluster]]
        values = numeric_column(own, name, "variables").to_numpy()
        codes = encode_clusters(own, cluster)
        sizes = np.bincount(codes)
        n, k = len(values), len(sizes)
        if n == k:
            raise InputError(
                f"cluster={cluster!r} has one row in each cluster where {name!r} is known; likeness"
                " within clusters needs clusters of two rows or more."
            )
        means = np.bincount(codes, values) / sizes
        within = float(((values - means[codes]) ** 2).sum()) / (n - k)
        between = float((sizes * (means - values.mean()) ** 2).sum()) / (k - 1)
        size = (n - (sizes**2).sum() / n) / (k - 1)
        with np.errstate(divide="ignore"):
            f = np.float64(between) / within
        tail = (1 - level) / 2
        lower, upper = (_icc(f / stats.f.isf(p, k - 1, n - k), size) for p in (tail, 1 - tail))
        rows.append(
            {
                "variable": name,
                "n": n,
                "n_clusters": k,
                "size": size,
                "icc": _icc(f, size),
                "ci_lower": lower,
                "ci_upper": upper,
                "f": f,
                "df1": k - 1,
                "df2": n - k,
                "pvalue": float(stats.f.sf(f, k - 1, n - k)),
            }
        )
    return pd.DataFrame(rows)


def _icc(f: float, size: float) -> float:
    return 1.0 if np.isinf(f) else float((f - 1) / (f + size - 1))
