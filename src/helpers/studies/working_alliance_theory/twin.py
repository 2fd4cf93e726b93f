"""Demonstration codings for the grounded-theory study: synthetic, and of no session.

The published study prints a codebook and no codings. It kept only codes on which all coders
agreed, so its agreement is complete by selection and cannot be estimated. These codings show the
method on data of the right shape: three coders, fifteen videos, codes of the published codebook.
How often their coders agree is a choice made below and says nothing about the published coders.

A video has its own mix of codes, a segment tends to stay with the axial code of the one before it,
and a coder who misses the segment's code mostly picks a neighbor in the codebook. Codes and
segments differ in difficulty, the same for all coders.

Run ``python -m helpers.studies.working_alliance_theory.twin`` to write the file.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from helpers.data.code_system import NO_CODE
from helpers.files import write_text_atomic
from helpers.paths import twin_path
from helpers.studies.working_alliance_theory.model import STUDY, load_codebook

SEED = 20210101


@dataclass(frozen=True, kw_only=True)
class CodingProcess:
    """How the demonstration codings come about; every value is a choice, none is an estimate.

    Attributes
    ----------
    accuracy : dict of str to float
        For each coder, the chance of giving an average segment its code.
    n_videos : int
    min_segments, max_segments : int
        Segments of a video, drawn evenly between the two.
    axial_shares : dict of str to float
        Average share of each axial code.
    code_spread, code_shape : float
        How unequal the codes are overall (standard deviation of the log weight) and how much
        videos differ in them (shape of a gamma; small is more).
    stay : float
        Chance that a segment keeps the axial code of the one before it.
    empty : float
        Share of segments to which no code applies.
    code_difficulty, segment_difficulty : float
        Standard deviations of the two effects on the log odds of giving the right code.
    slips : tuple of float
        Where a wrong code comes from: the same printed group, the same axial code, anywhere, none.
    """

    accuracy: dict[str, float]
    n_videos: int = 15
    min_segments: int = 16
    max_segments: int = 28
    axial_shares: dict[str, float]
    code_spread: float = 0.9
    code_shape: float = 0.8
    stay: float = 0.45
    empty: float = 0.04
    code_difficulty: float = 0.6
    segment_difficulty: float = 0.7
    slips: tuple[float, float, float, float] = (0.50, 0.22, 0.16, 0.12)


DEMONSTRATION = CodingProcess(
    accuracy={"A": 0.86, "B": 0.82, "C": 0.78},
    axial_shares={
        "Reflective Functioning": 0.26,
        "Building Rapport and Goal Setting": 0.28,
        "Resistance": 0.28,
        "Engagement in Learning": 0.09,
        "Working alliance": 0.09,
    },
)


def simulate_codings(
    codebook: pd.DataFrame, *, process: CodingProcess = DEMONSTRATION, seed: int = SEED
) -> pd.DataFrame:
    """Draw codings of every segment by every coder.

    Parameters
    ----------
    codebook : DataFrame
        From `helpers.studies.working_alliance_theory.model.load_codebook`.
    process : CodingProcess
    seed : int

    Returns
    -------
    DataFrame
        One row a segment and coder, in that order: video (V01 …), segment (1 …), coder, code (a
        code_id, or none).

    Examples
    --------
    >>> simulate_codings(load_codebook()).columns.tolist()
    ['video', 'segment', 'coder', 'code']
    """
    codes = codebook[codebook["same_as"] == ""]
    rng_video, rng_segment, rng_coder = map(
        np.random.default_rng, np.random.SeedSequence(seed).spawn(3)
    )
    axial = codes["axial_code"].to_numpy()
    group = codes["primary_group"].to_numpy()
    log_weight = rng_video.normal(0, process.code_spread, len(codes))
    code_effect = np.append(rng_video.normal(0, process.code_difficulty, len(codes)), 0.0)
    share = pd.Series(process.axial_shares).reindex(pd.unique(axial))
    near = _neighbor_weights(np.exp(log_weight), group, axial, process.slips)

    rows = []
    for video in range(1, process.n_videos + 1):
        weight = np.exp(log_weight) * rng_video.gamma(process.code_shape, size=len(codes))
        mix = rng_video.dirichlet(10 * share.to_numpy())
        n_segments = rng_video.integers(process.min_segments, process.max_segments + 1)
        theme = None
        for segment in range(1, n_segments + 1):
            if theme is None or rng_segment.random() >= process.stay:
                theme = share.index[rng_segment.choice(len(share), p=mix)]
            within = np.where(axial == theme, weight, 0)
            true = (
                len(codes)
                if rng_segment.random() < process.empty
                else rng_segment.choice(len(codes), p=within / within.sum())
            )
            effect = code_effect[true] + rng_segment.normal(0, process.segment_difficulty)
            for coder, accuracy in process.accuracy.items():
                log_odds = np.log(accuracy / (1 - accuracy)) + effect
                right = rng_coder.random() < 1 / (1 + np.exp(-log_odds))
                given = true if right else rng_coder.choice(len(codes) + 1, p=near[true])
                rows.append((f"V{video:02d}", segment, coder, given))
    names = np.append(codes["code_id"].to_numpy(dtype=object), NO_CODE)
    data = pd.DataFrame(rows, columns=["video", "segment", "coder", "code"])
    return data.assign(code=names[data["code"].to_numpy()])


def _neighbor_weights(
    weight: np.ndarray, group: np.ndarray, axial: np.ndarray, slips: tuple[float, ...]
) -> np.ndarray:
    """Chances of each wrong code (columns, no code last) given each true code (rows, likewise)."""
    n = len(weight)
    other = ~np.eye(n, dtype=bool)
    pools = [
        other & (group[:, None] == group),
        other & (axial[:, None] == axial),
        other,
    ]
    chances = np.zeros((n + 1, n + 1))
    for pool, slip in zip(pools, slips, strict=False):
        total = (pool * weight).sum(axis=1, keepdims=True)
        chances[:n, :n] += slip * np.divide(
            pool * weight, total, out=np.zeros((n, n)), where=total > 0
        )
    chances[:n, n] = slips[3]
    chances[n, :n] = weight
    return chances / chances.sum(axis=1, keepdims=True)


def main() -> None:
    """Write the demonstration codings where the notebooks look for them."""
    text = simulate_codings(load_codebook()).to_csv(index=False, lineterminator="\n")
    write_text_atomic(twin_path(STUDY), text)


if __name__ == "__main__":
    main()
