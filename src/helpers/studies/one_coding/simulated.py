"""Codings that stand in for a new study's own: its codebook, and an agreement that was chosen."""

from __future__ import annotations

import numpy as np
import pandas as pd

from helpers.data.code_system import NO_CODE
from helpers.files import write_text_atomic
from helpers.paths import twin_path
from helpers.studies.one_coding.model import CodingStudy

__all__ = ["RECOGNITION", "simulate_codings", "write_simulated"]

RECOGNITION = 0.85
"""Chosen chance that a coder sees a segment's own code; else any code is given."""


def simulate_codings(
    codebook: pd.DataFrame,
    *,
    n_videos: int = 12,
    n_segments: int = 20,
    coders: str = "ABC",
    recognition: float = RECOGNITION,
    seed: int = 1,
) -> pd.DataFrame:
    """Draw codings of every segment by every coder.

    Parameters
    ----------
    codebook : DataFrame
        With code_id.
    n_videos, n_segments : int
        Segments of each video.
    coders : str
        A letter a coder.
    recognition : float
        Chance that a coder sees a segment's own code. With equally frequent codes Krippendorff's
        alpha is its square.
    seed : int

    Returns
    -------
    DataFrame
        video, segment, coder, code: one row a segment and coder. One segment in ten has no code.

    Examples
    --------
    >>> simulate_codings(pd.DataFrame({"code_id": ["C1", "C2"]}), n_videos=1).head(3)
      video  segment coder code
    0   V01        1     A   C1
    1   V01        1     B   C1
    2   V01        1     C   C2
    """
    rng = np.random.default_rng(seed)
    names = np.array([*codebook["code_id"], NO_CODE], dtype=object)
    shares = np.full(len(names), 0.9 / (len(names) - 1))
    shares[-1] = 0.1
    true = rng.choice(len(names), size=n_videos * n_segments, p=shares)
    shape = (len(true), len(coders))
    seen = rng.random(shape) < recognition
    given = np.where(seen, true[:, None], rng.choice(len(names), size=shape, p=shares))
    unit = np.repeat(np.arange(len(true)), len(coders))
    return pd.DataFrame(
        {
            "video": [f"V{video:02d}" for video in unit // n_segments + 1],
            "segment": unit % n_segments + 1,
            "coder": list(coders) * len(true),
            "code": names[given.ravel()],
        }
    )


def write_simulated(study: CodingStudy) -> None:
    """Write codings with a study's codebook to ``data/<study>/synthetic.csv``."""
    text = simulate_codings(study.load_codebook()).to_csv(index=False, lineterminator="\n")
    write_text_atomic(twin_path(study.study), text)
