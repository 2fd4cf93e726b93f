"""Correlations with tests and Fisher z intervals, as one tidy table."""

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import pandas as pd
from scipy import stats

from helpers.errors import InputError
from helpers.inputs import check_columns, numeric_column
from helpers.models.inference.intervals import check_ci_level

__all__ = ["compare_correlations", "compare_dependent_correlations"]


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


def compare_dependent_correlations(
    data: pd.DataFrame, *, variable: str, others: Sequence[str], ci_level: float = 0.95
) -> pd.DataFrame:
    """Test whether a variable correlates more with one of two variables than with the other.

    Parameters
    ----------
    data : pandas.DataFrame
    variable : str
        The column that both correlations share.
    others : sequence of str
        Two columns.
    ci_level : float

    Returns
    -------
    pandas.DataFrame
        One row: ``variable first second n r_first r_second r_others difference t df pvalue
        ci_lower ci_upper``; `difference` is r_first - r_second, `t` Williams' on n - 3 degrees of
        freedom, the interval Zou's.

    Raises
    ------
    InputError
        A column that is unknown, repeated, constant, not numeric or incomplete; other than two
        `others`; fewer than 5 rows.

    Notes
    -----
    One correlation that is significant and one that is not need not differ; this asks whether they
    do. Test and interval allow for the correlation of the two others; both assume a normal
    population. The interval joins the two Fisher z intervals by the asymptotic covariance of the
    correlations (Zou, 2007) and may disagree with the test at the edge of significance.

    Validated: tests/reference/moderation/dependent_correlations.R (psych 2.2.9, r.test; Zou's
    interval by hand), relative difference below 1e-10.

    References
    ----------
    Steiger, J. H. (1980). Tests for comparing elements of a correlation matrix. Psychological
    Bulletin, 87(2), 245-251. https://doi.org/10.1037/0033-2909.87.2.245
    Zou, G. Y. (2007). Toward using confidence intervals to compare correlations. Psychological
    Methods, 12(4), 399-413. https://doi.org/10.1037/1082-989X.12.4.399

    Examples
    --------
    >>> frame = pd.DataFrame({"a": [1, 2, 3, 4, 5], "b": [2, 1, 4, 3, 5], "c": [5, 1, 4, 2, 3]})
    >>> table = compare_dependent_correlations(frame, variable="a", others=["b", "c"])
    >>> float(table["difference"].iloc[0].round(3))
    1.1
    """
    if isinstance(others, str) or len(others) != 2:
        raise InputError(f"others={others!r} is not two columns; give two.")
    table = compare_correlations(data, variables=[variable, *others], ci_level=ci_level)
    n = len(data)
    if n < 5:
        raise InputError(f"data has {n} rows; this comparison needs at least 5.")
    first, second, between = table["r"]
    determinant = 1 - first**2 - second**2 - between**2 + 2 * first * second * between
    spread = 2 * (n - 1) / (n - 3) * determinant
    spread += ((first + second) / 2) ** 2 * (1 - between) ** 3
    t = (first - second) * np.sqrt((n - 1) * (1 + between) / spread)
    # correlation of the two estimates (Pearson & Filon), which share a variable
    shared = (between - first * second / 2) * (1 - first**2 - second**2 - between**2) + between**3
    shared /= (1 - first**2) * (1 - second**2)
    low, high = table["ci_lower"].to_numpy(), table["ci_upper"].to_numpy()
    below, above = (first - low[0], high[1] - second), (high[0] - first, second - low[1])
    reach = [np.sqrt(a**2 + b**2 - 2 * shared * a * b) for a, b in (below, above)]
    return pd.DataFrame(
        [
            {
                "variable": variable,
                "first": others[0],
                "second": others[1],
                "n": n,
                "r_first": first,
                "r_second": second,
                "r_others": between,
                "difference": first - second,
                "t": t,
                "df": n - 3,
                "pvalue": 2 * stats.t.sf(abs(t), n - 3),
                "ci_lower": first - second - reach[0],
                "ci_upper": first - second + reach[1],
            }
        ]
    )
