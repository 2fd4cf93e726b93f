"""Multiple imputation by chained equations with predictive mean matching."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy import stats

from helpers.errors import InputError
from helpers.inputs import regressor

__all__ = ["choose_n_imputations", "impute_pmm"]

DONORS = 5
ITERATIONS = 10
RIDGE = 1e-5
FEWEST_IMPUTATIONS = 20


def choose_n_imputations(data: pd.DataFrame) -> int:
    """Return one imputation for each percent of incomplete rows, but 20 at least.

    Parameters
    ----------
    data : pandas.DataFrame
        The columns of the analysis.

    Returns
    -------
    int

    Notes
    -----
    White, Royston, and Wood (2011, section 7.3) ask for 100 times the fraction of missing
    information, so that the Monte Carlo error of an estimate is about a tenth of its standard
    error and that of a p of .05 about .007; the share of incomplete rows is as a rule above that
    fraction. Statistics in Medicine, 30(4), 377-399. https://doi.org/10.1002/sim.4067

    Examples
    --------
    >>> choose_n_imputations(pd.DataFrame({"x": [1, None, 3, None], "y": [1, 2, 3, 4]}))
    50
    """
    incomplete = data.isna().any(axis=1).mean()
    return max(FEWEST_IMPUTATIONS, int(np.ceil(100 * incomplete - 1e-9)))


@dataclass
class _Column:
    """A column as numbers, shape (n, d): labels as a dummy for each level but the first."""

    name: str
    coded: np.ndarray
    missing: np.ndarray
    source: pd.Series = field(repr=False)


def impute_pmm(
    data: pd.DataFrame,
    *,
    n_imputations: int,
    seed: int,
    products: Mapping[str, Sequence[tuple[str, str]]] | None = None,
    n_iterations: int = ITERATIONS,
    n_donors: int = DONORS,
) -> tuple[pd.DataFrame, ...]:
    """Complete a data set several times, each missing value by that of a similar row.

    Parameters
    ----------
    data : pandas.DataFrame
        Numeric columns and columns of labels, all of which take part.
    n_imputations : int
        Completed data sets, 2 or more.
    seed : int
        A seed gives the same values; a further imputation does not change the ones before it.
    products : mapping of str to sequence of (str, str), optional
        For a column the pairs of others whose products enter its imputation model; a pair of one
        and the same numeric column is its square.
    n_iterations : int
        Rounds through the incomplete columns.
    n_donors : int
        Rows among which the one whose value is taken is drawn.

    Returns
    -------
    tuple of pandas.DataFrame
        Copies of `data` in which nothing is missing; what was observed is as it was.

    Raises
    ------
    InputError
        A column with too few observed values for a regression on the others.

    Notes
    -----
    Each incomplete column is regressed on all the others, where it is observed. Coefficients are
    drawn from their posterior under a flat prior. A missing value is taken from one of the
    `n_donors` rows whose prediction by the estimated coefficients is nearest to the missing row's
    prediction by the drawn ones ("type 1 matching", van Buuren, 2018, section 3.4.2). Labels are
    matched in all their dummies at once, in the metric of the residual covariance (Little, 1988).
    Only values that occur are imputed: scores stay within their scale.

    statsmodels' MICEData matches by the drawn coefficients on both sides, under which the
    uncertainty of a single predictor's coefficient has no effect on who is matched; it takes no
    labels, and is slower: ten rounds through three columns of 200 rows, a tenth of each missing,
    took 1.35 s with statsmodels 0.15.0 and 0.027 s here (fastest of three, one core).

    References
    ----------
    Little, R. J. A. (1988). Missing-data adjustments in large surveys. Journal of Business &
    Economic Statistics, 6(3), 287-296. https://doi.org/10.1080/07350015.1988.10509663
    van Buuren, S. (2018). Flexible imputation of missing data (2nd ed.). CRC Press.
    https://doi.org/10.1201/9780429492259

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> frame = pd.DataFrame(rng.standard_normal((60, 2)), columns=["x", "y"])
    >>> frame.loc[:4, "y"] = np.nan
    >>> completed = impute_pmm(frame, n_imputations=2, seed=3)
    >>> bool(completed[0]["y"].isin(frame["y"]).all())
    True
    """
    if n_imputations < 2:
        raise InputError(f"n_imputations={n_imputations!r} is below 2; give 2 or more.")
    columns = [_encode(data, name) for name in data.columns]
    products = dict(products or {})
    streams = np.random.SeedSequence(seed).spawn(n_imputations)
    completed = []
    for stream in streams:
        donors = _run_chain(
            columns, products, np.random.default_rng(stream), n_iterations, n_donors
        )
        frame = data.copy()
        for column in columns:
            if column.missing.any():
                filled = column.source.array.take(donors[column.name])
                frame[column.name] = pd.Series(filled, index=data.index, dtype=column.source.dtype)
        completed.append(frame)
    return tuple(completed)


def _encode(data: pd.DataFrame, name: str) -> _Column:
    missing = data[name].isna().to_numpy()
    if missing.all():
        raise InputError(f"{name!r} has no observed value; leave it out.")
    known = regressor(data.loc[~missing], name, name)
    values = np.full((len(data), len(known.columns)), np.nan)
    values[~missing] = np.column_stack(list(known.columns.values()))
    return _Column(name, values, missing, data[name])


def _run_chain(
    columns: list[_Column],
    products: Mapping[str, Sequence[tuple[str, str]]],
    rng: np.random.Generator,
    n_iterations: int,
    n_donors: int,
) -> dict[str, np.ndarray]:
    """Return, for each incomplete column, the row from which each row's value is taken."""
    donors, state = {}, {}
    for column in columns:
        rows = np.arange(len(column.missing))
        rows[column.missing] = rng.choice(rows[~column.missing], column.missing.sum())
        donors[column.name], state[column.name] = rows, column.coded[rows]
    waiting = sorted((c for c in columns if c.missing.any()), key=lambda c: c.missing.sum())
    for _ in range(n_iterations if len(waiting) > 1 else 1):
        for column in waiting:
            others = [state[c.name] for c in columns if c is not column]
            for pair in products.get(column.name, ()):
                one, two = (state[name] for name in pair)
                others.append((one[:, :, None] * two[:, None, :]).reshape(len(one), -1))
            X = np.column_stack([np.ones(len(column.missing)), *others])
            chosen = _match(column, X, rng, n_donors)
            donors[column.name][column.missing] = chosen
            state[column.name] = column.coded[donors[column.name]]
    return donors


def _match(column: _Column, X: np.ndarray, rng: np.random.Generator, n_donors: int) -> np.ndarray:
    """Draw the row whose value each missing row takes."""
    observed = np.flatnonzero(~column.missing)
    A, T = X[observed], column.coded[observed]
    n, k = A.shape
    if n <= k + 1:
        raise InputError(
            f"{column.name!r} has {n} observed values, too few for a regression on {k - 1} columns;"
            " leave it out or use fewer columns."
        )
    cross = A.T @ A
    inverse = np.linalg.inv(cross + RIDGE * np.diag(np.diag(cross)))
    estimated = inverse @ A.T @ T
    rest = T - A @ estimated
    scatter = rest.T @ rest
    spread = _draw_covariance(scatter, n - k, rng)
    noise = rng.standard_normal(estimated.shape)
    drawn = estimated + np.linalg.cholesky((inverse + inverse.T) / 2) @ noise @ spread.T
    metric = _root(np.linalg.pinv(scatter, hermitian=True))
    near, wanted = A @ estimated @ metric, X[column.missing] @ drawn @ metric
    shuffled = rng.permutation(n)  # so that ties are broken at random
    nearest = _nearest(near[shuffled], wanted, min(n_donors, n))
    chosen = nearest[np.arange(len(wanted)), rng.integers(0, nearest.shape[1], len(wanted))]
    return observed[shuffled[chosen]]


def _nearest(near: np.ndarray, wanted: np.ndarray, count: int) -> np.ndarray:
    """Return the rows of `near` nearest to each of `wanted`, shape (rows of wanted, count)."""
    if near.shape[1] == 1:  # those on either side of its place in the order
        order = np.argsort(near[:, 0], kind="stable")
        place = np.searchsorted(near[order, 0], wanted[:, 0])
        first = np.clip(place - count, 0, max(len(near) - 2 * count, 0))
        window = first[:, None] + np.arange(min(2 * count, len(near)))
        distance = np.abs(near[order, 0][window] - wanted)
        best = np.argsort(distance, axis=1, kind="stable")[:, :count]
        return order[np.take_along_axis(window, best, axis=1)]
    found = np.empty((len(wanted), count), dtype=int)
    for first in range(0, len(wanted), 256):
        part = slice(first, first + 256)
        distance = ((wanted[part, None, :] - near[None, :, :]) ** 2).sum(axis=2)
        found[part] = np.argsort(distance, axis=1, kind="stable")[:, :count]
    return found


def _draw_covariance(scatter: np.ndarray, df: int, rng: np.random.Generator) -> np.ndarray:
    """Return a root of a residual covariance drawn from its posterior."""
    if len(scatter) == 1:
        return np.sqrt(scatter / rng.chisquare(df))
    ridge = scatter + RIDGE * np.diag(np.diag(scatter))
    return np.linalg.cholesky(stats.invwishart.rvs(max(df, len(scatter)), ridge, random_state=rng))


def _root(matrix: np.ndarray) -> np.ndarray:
    values, vectors = np.linalg.eigh(matrix)
    return vectors * np.sqrt(np.maximum(values, 0))
