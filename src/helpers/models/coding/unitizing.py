"""Agreement of coders who mark stretches of a continuum themselves, without given segments."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Mapping
from itertools import pairwise

import numpy as np
import pandas as pd

from helpers.errors import InputError, did_you_mean

__all__ = ["ANY_CODE", "WHICH_CODE", "fit_unitizing_agreement"]

ANY_CODE = "any code"
WHICH_CODE = "which code"
_COLUMNS = ("video", "coder", "code", "start", "end")
_GAP = ""
Stretch = tuple[float, float, str]
"""Where it begins and ends, and its code."""


def fit_unitizing_agreement(
    data: pd.DataFrame, *, lengths: Mapping[str, float], seen: pd.DataFrame | None = None
) -> pd.DataFrame:
    r"""Krippendorff's alpha for unitizing: what is marked, and with which code.

    Parameters
    ----------
    data : DataFrame
        One row a marked stretch: video (or text), coder, code, start, end, the ends whole numbers
        such as characters or milliseconds, the end not part of the stretch.
    lengths : mapping of str to number
        The length of each video, from 0.
    seen : DataFrame, optional
        video, coder: who saw which video, marks or none; by default who marked something in it.

    Returns
    -------
    DataFrame
        One row "any code" (marked or not), one "which code", then one a code in sorted order (with
        this code or not): what, n_stretches, observed and expected (share of pairs of coders that
        differ), alpha (NaN where nothing is expected). Videos that fewer than two saw do not enter.

    Raises
    ------
    InputError
        For a missing column, ends that are no whole numbers, are not in order or lie outside the
        video, a video of unknown length, and where no video was seen by two coders.

    Notes
    -----
    Each coder's stretches and the gaps between them cover the videos. With :math:`\ell_{ck}` the
    length on which one coder gave *c* where another gave *k* (pairs weighted by
    :math:`1/(m-1)` of the video's *m* coders), :math:`\ell_c` and :math:`\ell` its sums, and
    :math:`L` the length of a stretch,
    :math:`\alpha = 1 - (\ell-\sum_c\ell_{cc}) / (\ell-\sum_c\varepsilon_{cc})`, where
    :math:`\varepsilon_{cc} = \ell(\ell_c^2-\sum_{s\in c}L_s^2) / (\ell^2-\sum_s L_s^2)`: what two
    points have in common by chance, two points of one stretch not counting as chance; in a gap,
    which has no parts, the sum is of :math:`L` instead of :math:`L^2`.

    A coder's overlapping stretches are one stretch where it matters only whether something, or
    one code, is marked; for "which code" the part that they share has both codes as one label.

    Validated: to 1e-12 beside a count of all pairs of points in R, and beside
    krippendorff-unitized-alpha 0.1.0 where all coders saw one video (tests/reference/unitizing);
    with stretches of length 1 it is the nominal alpha of points.

    References
    ----------
    Krippendorff, K., Mathet, Y., Bouvry, S., & Widlöcher, A. (2016). On the reliability of
    unitizing textual continua: Further developments. *Quality & Quantity, 50*(6), 2347-2364.
    https://doi.org/10.1007/s11135-015-0266-1

    Examples
    --------
    >>> marks = pd.DataFrame({"video": "v", "coder": list("AAB"), "start": [2, 14, 4],
    ...                       "end": [10, 20, 10], "code": ["rupture", "repair", "rupture"]})
    >>> fit_unitizing_agreement(marks, lengths={"v": 24}).round(3)
             what  n_stretches  observed  expected  alpha
    0    any code            3     0.333     0.523  0.363
    1  which code            3     0.333     0.602  0.446
    2      repair            1     0.250     0.226 -0.104
    3     rupture            2     0.083     0.439  0.810
    """
    data = _check(data, lengths)
    who = (data if seen is None else seen).groupby("video")["coder"].unique()
    who = who[who.map(len) > 1]
    data = data[data["video"].isin(who.index)]
    if data.empty:
        raise InputError("data has no video that two coders saw: agreement needs two.")
    rows = [
        (ANY_CODE, *_compare(data.assign(code=ANY_CODE), who, lengths)),
        (WHICH_CODE, *_compare(data, who, lengths)),
        *((code, *_compare(own, who, lengths)) for code, own in data.groupby("code", sort=True)),
    ]
    table = pd.DataFrame(rows, columns=["what", "n_stretches", "observed", "expected"])
    expected = table["expected"].where(table["expected"] > 0)
    return table.assign(alpha=1 - table["observed"] / expected)


def _check(data: pd.DataFrame, lengths: Mapping[str, float]) -> pd.DataFrame:
    for name in _COLUMNS:
        if name not in data:
            raise InputError(f"data has no column {name!r}.{did_you_mean(name, data.columns)}")
    unknown = [video for video in data["video"].unique() if video not in lengths]
    if unknown:
        raise InputError(f"lengths has no video {unknown[0]!r}.{did_you_mean(unknown[0], lengths)}")
    start, end = data["start"].to_numpy(float), data["end"].to_numpy(float)
    if not ((start == np.floor(start)) & (end == np.floor(end))).all():
        raise InputError("start and end are not whole numbers; give characters or milliseconds.")
    outside = (start < 0) | (end > data["video"].map(lengths).to_numpy(float))
    if (outside | (start >= end)).any():
        video, first, last = data.loc[outside | (start >= end), ["video", "start", "end"]].iloc[0]
        raise InputError(
            f"data has a stretch from {first} to {last} of video {video!r}, which is no part of "
            f"0 to {lengths[video]}."
        )
    return data[list(_COLUMNS)]


def _compare(
    data: pd.DataFrame, who: pd.Series, lengths: Mapping[str, float]
) -> tuple[int, float, float]:
    """Return the number of stretches, and the shares of pairs that differ and of those expected."""
    marks = _join(data)
    given: Counter = Counter()
    squares: Counter = Counter()
    alike = 0.0
    for video, coders in who.items():
        units = [_cut(marks.get((video, coder), [])) for coder in coders]
        ends = np.unique([0, lengths[video], *(end for own in units for u in own for end in u[:2])])
        labels = sorted({label for own in units for _, _, label in own})
        grid = np.full((len(ends) - 1, len(coders)), len(labels))
        for k, own in enumerate(units):
            for start, end, label in own:
                place = slice(*np.searchsorted(ends, (start, end)))
                grid[place, k] = labels.index(label)
                squares[label] += (end - start) ** 2
        counts = (grid[:, :, None] == np.arange(len(labels) + 1)).sum(axis=1)
        covered = np.diff(ends) @ counts
        given.update(dict(zip(labels, covered[:-1], strict=True)))
        given[_GAP] += covered[-1]
        squares[_GAP] += covered[-1]
        alike += np.diff(ends) @ (counts * (counts - 1)).sum(axis=1) / (len(coders) - 1)
    total, within = sum(given.values()), sum(squares.values())
    agreeing = sum(given[label] ** 2 - squares[label] for label in given)
    n_stretches = sum(map(len, marks.values()))
    return n_stretches, float(1 - alike / total), float(1 - agreeing / (total**2 - within))


def _join(data: pd.DataFrame) -> dict[tuple[str, str], list[Stretch]]:
    """Return each coder's stretches of each video, those of one code that overlap as one."""
    joined: dict[tuple[str, str], list[Stretch]] = defaultdict(list)
    rows = data.sort_values(["video", "coder", "code", "start", "end"])[list(_COLUMNS)]
    for video, coder, code, start, end in rows.itertuples(index=False):
        own = joined[video, coder]
        if own and own[-1][2] == code and start < own[-1][1]:
            own[-1] = (own[-1][0], max(end, own[-1][1]), code)
        else:
            own.append((start, end, code))
    return joined


def _cut(stretches: list[Stretch]) -> list[Stretch]:
    """Cut a coder's stretches where they overlap; a piece with several codes has all as label."""
    ends = sorted({end for stretch in stretches for end in stretch[:2]})
    codes: list[list[str]] = [[] for _ in ends[1:]]
    for start, end, code in stretches:
        for k in range(bisect_left(ends, start), bisect_left(ends, end)):
            codes[k].append(code)
    return [
        (start, end, " + ".join(sorted(own)))
        for (start, end), own in zip(pairwise(ends), codes, strict=True)
        if own
    ]
