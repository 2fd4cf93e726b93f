"""Agreement of coders who mark stretches of a continuum themselves, without given segments."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd

from helpers.errors import InputError, did_you_mean

__all__ = ["fit_unitizing_agreement"]

ALL_CODES = "all"
_COLUMNS = ("coder", "code", "start", "end")


def fit_unitizing_agreement(data: pd.DataFrame, *, begin: int, end: int) -> pd.DataFrame:
    r"""Krippendorff's alpha for unitizing: where stretches lie, and with which code.

    Parameters
    ----------
    data : DataFrame
        One row a marked stretch of one text or recording: coder, code, start, end, the ends whole
        numbers such as characters or seconds, the end not part of the stretch. A coder's stretches
        of one code must not overlap; those of different codes may.
    begin, end : int
        Ends of the continuum, the second not part of it.

    Returns
    -------
    DataFrame
        One row a code in sorted order, and "all": code, n_stretches, observed and expected
        (disagreement), alpha (NaN where nothing is expected).

    Raises
    ------
    InputError
        For a missing column, ends that are no whole numbers, lie outside the continuum or are not
        in order, overlapping stretches, and fewer than two coders.

    Notes
    -----
    Two overlapping stretches differ by the squares of the distances of their beginnings and of
    their ends; a stretch that meets none of another coder's by the square of its length. Expected
    is what stretches and gaps of these lengths give when they are put together in every possible
    way. Codes are compared one by one; "all" sums the disagreements. With :math:`m` coders, a
    continuum of length :math:`L` and :math:`N` stretches of lengths :math:`l` and gaps of lengths
    :math:`h`, expected is :math:`\frac{2}{L}\sum_l [\frac{N-1}{3}(2l^3-3l^2+l)
    + l^2\sum_{h \ge l}(h-l+1)] / (mL(mL-1)-\sum_l l(l-1))`.

    Every coder who marked anything is taken to have seen the whole continuum.

    Validated: Krippendorff, K. (2004). *Content analysis: An introduction to its methodology* (2nd
    ed., p. 254), Sage: .0144, .0532 and .73 of one code, 0, .0490 and 1 of the other, .859 of both;
    and the observed disagreements of the four pairs in Krippendorff (1995, p. 57).

    References
    ----------
    Krippendorff, K. (1995). On the reliability of unitizing continuous data. *Sociological
    Methodology, 25*, 47-76. https://doi.org/10.2307/271061

    Examples
    --------
    >>> marks = pd.DataFrame({"coder": list("AAB"), "code": "rupture", "start": [2, 14, 4],
    ...                       "end": [10, 20, 8]})
    >>> fit_unitizing_agreement(marks, begin=0, end=24).round(3)
          code  n_stretches  observed  expected  alpha
    0  rupture            3     0.076      0.08  0.042
    1      all            3     0.076      0.08  0.042
    """
    _check(data, begin, end)
    coders = sorted(data["coder"].unique())
    rows = []
    for code, own in data.groupby("code", sort=True):
        marks = [
            own.loc[own["coder"] == coder, ["start", "end"]].sort_values("start").to_numpy(float)
            for coder in coders
        ]
        for stretches in marks:
            if (stretches[1:, 0] < stretches[:-1, 1]).any():
                raise InputError(
                    f"data has overlapping stretches of code {code!r} by one coder; join them."
                )
        rows.append((code, len(own), _observe(marks, end - begin), _expect(marks, begin, end)))
    table = pd.DataFrame(rows, columns=["code", "n_stretches", "observed", "expected"])
    table.loc[len(table)] = [ALL_CODES, *table.drop(columns="code").sum()]
    expected = table["expected"].where(table["expected"] > 0)
    return table.assign(alpha=1 - table["observed"] / expected).astype({"n_stretches": int})


def _check(data: pd.DataFrame, begin: int, end: int) -> None:
    for name in _COLUMNS:
        if name not in data:
            raise InputError(f"data has no column {name!r}.{did_you_mean(name, data.columns)}")
    if data["coder"].nunique() < 2:
        raise InputError(f"data has {data['coder'].nunique()} coder: agreement needs two.")
    ends = data[["start", "end"]].to_numpy(float)
    if not (ends == np.floor(ends)).all():
        raise InputError("start and end are not whole numbers; give characters or seconds.")
    if not ((ends[:, 0] < ends[:, 1]) & (begin <= ends[:, 0]) & (ends[:, 1] <= end)).all():
        raise InputError(
            f"data has a stretch that ends before it begins, or outside begin={begin} and "
            f"end={end}."
        )


def _observe(marks: list[np.ndarray], length: int) -> float:
    total = 0.0
    for one, other in combinations(marks, 2):
        meet = (one[:, None, 0] < other[None, :, 1]) & (other[None, :, 0] < one[:, None, 1])
        apart = ((one[:, None] - other[None]) ** 2).sum(axis=2)
        alone = [
            ((stretches[:, 1] - stretches[:, 0]) ** 2)[~met].sum()
            for stretches, met in ((one, meet.any(axis=1)), (other, meet.any(axis=0)))
        ]
        total += apart[meet].sum() + sum(alone)
    return float(2 * total / (len(marks) * (len(marks) - 1) * length**2))


def _expect(marks: list[np.ndarray], begin: int, end: int) -> float:
    lengths = np.concatenate([stretches[:, 1] - stretches[:, 0] for stretches in marks])
    gaps = np.concatenate([np.append(s[:, 0], end) - np.append(begin, s[:, 1]) for s in marks])
    room = np.clip(gaps[None, :] - lengths[:, None] + 1, 0, None) * (gaps > 0)
    meeting = (len(lengths) - 1) / 3 * (2 * lengths**3 - 3 * lengths**2 + lengths)
    everything = len(marks) * (end - begin)
    ways = everything * (everything - 1) - (lengths * (lengths - 1)).sum()
    return float(2 / (end - begin) * (meeting + lengths**2 * room.sum(axis=1)).sum() / ways)
