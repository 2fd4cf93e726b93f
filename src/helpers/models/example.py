"""Simulated sessions, for the examples of these functions."""

import numpy as np
import pandas as pd

__all__ = ["ITEMS", "PATHS", "simulate_codings", "simulate_sessions"]

ITEMS = {"distress": ["d1", "d2", "d3"], "alliance": ["a1", "a2", "a3"], "quality": ["q1"]}
PATHS = [("distress", "alliance"), ("distress", "quality"), ("alliance", "quality")]
"""A composite model of `simulate_sessions`: which items per construct has, and what leads where."""


def simulate_sessions(n: int = 200, *, seed: int = 1) -> pd.DataFrame:
    """Draw clients with their distress, alliance and session quality, of no real study.

    Parameters
    ----------
    n : int
        Clients; five to a therapist.
    seed : int

    Returns
    -------
    DataFrame, shape (n, 12)
        ``therapist``, ``experience`` of the therapist in years, ``distress``, ``alliance``,
        ``quality`` (with standard deviations near 1), and items ``d1 d2 d3``, ``a1 a2 a3``,
        ``q1``. In the population the alliance falls by .4 a unit of distress, and quality rises
        by .5 a unit of alliance, more so with experience.

    Examples
    --------
    >>> simulate_sessions().iloc[:3, :5].round(2)
       therapist  experience  distress  alliance  quality
    0          1          10      0.01     -0.27    -0.24
    1          1          10     -0.28      0.79     0.45
    2          1          10      1.29     -0.81    -0.68
    """
    rng = np.random.default_rng(seed)
    therapist = np.arange(n) // 5
    experience = rng.integers(1, 21, therapist[-1] + 1)[therapist]
    distress, *noise = rng.standard_normal((3, n))
    alliance = -0.4 * distress + 0.9 * noise[0]
    skill = (experience - 10.5) / 6
    quality = 0.5 * alliance + 0.2 * alliance * skill - 0.1 * distress + 0.8 * noise[1]
    columns = {
        "therapist": therapist + 1,
        "experience": experience,
        "distress": distress,
        "alliance": alliance,
        "quality": quality,
    }
    scores = {"d": distress, "a": alliance, "q": quality}
    columns |= {
        f"{name}{k}": 0.8 * score + 0.6 * rng.standard_normal(n)
        for name, score in scores.items()
        for k in (1, 2, 3)
    }
    return pd.DataFrame(columns).drop(columns=["q2", "q3"])


def simulate_codings(n_videos: int = 6, *, seed: int = 1) -> pd.DataFrame:
    """Draw codings of six segments per video by three coders, of no real study.

    Parameters
    ----------
    n_videos : int
    seed : int

    Returns
    -------
    DataFrame
        ``video segment coder code element``, one row per segment and coder; each code belongs to
        one of two elements. A coder sees a segment's own code four times in five.

    Examples
    --------
    >>> simulate_codings().head(3)
      video  segment coder  code    element
    0    v1        1     A  task  agreement
    1    v1        1     B  task  agreement
    2    v1        1     C  task  agreement
    """
    rng = np.random.default_rng(seed)
    codes = np.array(["goal", "task", "bond", "repair"])
    element = {"goal": "agreement", "task": "agreement", "bond": "relation", "repair": "relation"}
    true = rng.integers(0, 4, n_videos * 6)
    rows = [
        (f"v{unit // 6 + 1}", unit % 6 + 1, coder, codes[seen])
        for unit, code in enumerate(true)
        for coder in "ABC"
        for seen in [code if rng.random() < 0.8 else rng.integers(0, 4)]
    ]
    frame = pd.DataFrame(rows, columns=["video", "segment", "coder", "code"])
    return frame.assign(element=frame["code"].map(element))
