"""Codings of the segments of videos by several coders, and which columns say so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from helpers.errors import InputError, did_you_mean
from helpers.models.inference.summary import Readable, Section

__all__ = ["Codings", "as_codings"]


@dataclass(frozen=True, repr=False, eq=False)
class Codings(Readable):
    """Who gave which segment of which video which code.

    The functions of this room take a `Codings`, or a DataFrame whose columns have its names.

    Attributes
    ----------
    data : DataFrame
        One row a segment and coder, with a column for the code at each level of a codebook.
    video, segment, coder : str
        Columns of `data`. A segment is one unit of coding within a video; the videos are what is
        drawn again where uncertainty is asked for.

    Raises
    ------
    InputError
        For a column that is not in `data`.

    Examples
    --------
    >>> frame = pd.DataFrame({"session": [1, 1, 2, 2], "turn": [1, 1, 1, 1],
    ...                       "rater": list("ABAB"), "code": ["goal", "goal", "bond", "task"]})
    >>> codings = Codings(frame, video="session", segment="turn", coder="rater")
    >>> print(codings)
    Codings of 2 segments in 2 videos by 2 coders
    <BLANKLINE>
    level  n_codes
    code         3
    >>> codings.units("code")
    rater            A     B
    session turn
    1       1     goal  goal
    2       1     bond  task
    """

    data: pd.DataFrame = field(repr=False)
    video: str = "video"
    segment: str = "segment"
    coder: str = "coder"

    def __post_init__(self) -> None:
        self.check(video=self.video, segment=self.segment, coder=self.coder)

    def check(self, **columns: str) -> None:
        """Refuse names that are not columns of the data, by what they were given as."""
        for name, value in columns.items():
            if value not in self.data.columns:
                raise InputError(
                    f"{name}={value!r} is not a column of data."
                    f"{did_you_mean(value, self.data.columns)}"
                )

    def units(self, level: str, *, complete: bool = True) -> pd.DataFrame:
        """Codes of one level, one row per segment and one column per coder.

        Several codes that a coder gave a segment are one label here, joined in sorted order:
        `bond + goal`. Two coders agree where they gave the same ones.

        Parameters
        ----------
        level : str
            Column of `data` with the code at the level wanted.
        complete : bool
            Whether every coder has to have coded every segment; else a cell is missing where a
            coder did not.

        Returns
        -------
        DataFrame
            Index (video, segment) in order of first appearance, columns the coders in sorted order.

        Raises
        ------
        InputError
            For a column that is not in `data`, fewer than two coders, and, where all are asked for,
            a segment that a coder left out.
        """
        self.check(level=level)
        video, segment, coder = self.video, self.segment, self.coder
        keys = [video, segment, coder]
        if self.data.duplicated(keys).any():
            units = self.data.groupby(keys, sort=False)[level].agg(_join)
        else:
            units = self.data.set_index(keys)[level]
        units = units.unstack(coder, sort=False)  # noqa: PD010 -- a pivot table would sort them
        units = units[sorted(units.columns)]
        if units.shape[1] < 2:
            raise InputError(
                f"data has {units.shape[1]} {coder}: agreement needs codings of at least two."
            )
        gaps = units.isna()
        if complete and gaps.any(axis=None):
            at = gaps.any(axis=1).idxmax()
            raise InputError(
                f"data has no code by {coder} {gaps.loc[at].idxmax()} for {video} {at[0]},"
                f" {segment} {at[1]} ({int(gaps.sum(axis=None))} missing in all), which this needs;"
                " fit_agreement does without."
            )
        return units

    def all_units(self, levels: Sequence[str], *, complete: bool = True) -> dict[str, pd.DataFrame]:
        """`units` of several levels, by level."""
        return {level: self.units(level, complete=complete) for level in levels}

    def _head(self) -> str:
        n_videos = self.data[self.video].nunique()
        n_segments = len(self.data[[self.video, self.segment]].drop_duplicates())
        n_coders = self.data[self.coder].nunique()
        return f"Codings of {n_segments} segments in {n_videos} videos by {n_coders} coders"

    def _sections(self) -> list[Section]:
        levels = [c for c in self.data if c not in (self.video, self.segment, self.coder)]
        rows = [(level, self.data[level].nunique()) for level in levels]
        return [("", pd.DataFrame(rows, columns=["level", "n_codes"]))]


def _join(codes: pd.Series) -> object:
    """The only code as it is, several as one label."""
    given = codes.dropna().unique()
    if len(given) > 1:
        return " + ".join(sorted(map(str, given)))
    return given[0] if len(given) else np.nan


def as_codings(data: Codings | pd.DataFrame) -> Codings:
    """Return codings as they are, or a DataFrame with the usual column names as codings.

    Examples
    --------
    >>> from helpers.models.example import simulate_codings
    >>> as_codings(simulate_codings())
    Codings of 36 segments in 6 videos by 3 coders
    <BLANKLINE>
    level    n_codes
    code           4
    element        2
    """
    return data if isinstance(data, Codings) else Codings(data)
