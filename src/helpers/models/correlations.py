"""Correlations with tests and Fisher z intervals, as one tidy table."""

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import pandas as pd
from scipy import stats

from helpers.errors import InputError
from helpers.models.columns import check_columns, numeric_column
from helpers.models.intervals import check_ci_level

__all__ = ["compare_correlations"]


def compare_correlations(
    data: pd.DataFrame, *, variables: Sequence[str], ci_level: float = 0.95
) -> pd.DataFrame:
    """Estimate the Pearson correlation of every pair of columns.

    Parameters
    ----------
    data : pandas.DataFrame
    variables : sequence of str
        Two columns or more; pairs come in this order.
    ci_level : float

    Returns
    -------
    pandas.DataFrame
        ``x y n r t df pvalue ci_lower ci_upper``: t test of r = 0 on n - 2 degrees of freedom,
        interval by Fisher's z.

    Raises
    ------
    InputError
        A column that is unknown, repeated, constant, not numeric or incomplete; fewer than 4 rows.

    Notes
    -----
    Test and interval assume a bivariate normal population. The interval is not the inverse of the
    t test; the two can disagree in a narrow band at the edge of significance.

    Validated: tests/reference/moderation/moderation.R (stats::cor.test), relative difference
    below 1e-8.

    Examples
    --------
    >>> frame = pd.DataFrame({"a": [1, 2, 3, 4, 5], "b": [2, 1, 4, 3, 5]})
    >>> float(compare_correlations(frame, variables=["a", "b"])["r"].iloc[0].round(3))
    0.8
    """
    ci_level = check_ci_level(ci_level)
    if isinstance(variables, str) or len(variables) < 2:
        raise InputError(f"variables={variables!r} names fewer than two columns; give two or more.")
    check_columns(data, **{f"variables[{i}]": name for i, name in enumerate(variables)})
    n = len(data)
    if n < 4:
        raise InputError(f"data has {n} rows; a correlation with an interval needs at least 4.")
    columns = {name: numeric_column(data, name, "variables") for name in variables}
    rows = []
    for x, y in combinations(variables, 2):
        test = stats.pearsonr(columns[x], columns[y])
        r = float(test.statistic)
        interval = test.confidence_interval(ci_level)
        with np.errstate(divide="ignore"):
            t = r * np.sqrt((n - 2) / np.float64(1 - r * r))
        rows.append(
            {
                "x": x,
                "y": y,
                "n": n,
                "r": r,
                "t": t,
                "df": n - 2,
                "pvalue": float(test.pvalue),
                "ci_lower": float(interval.low),
                "ci_upper": float(interval.high),
            }
        )
    return pd.DataFrame(rows)
