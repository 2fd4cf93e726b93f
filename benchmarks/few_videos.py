"""How often intervals of alpha contain the true value when there are few videos.

Run from the repository's root:

    python benchmarks/few_videos.py

Sets of codings are simulated from the demonstration codings of notebook 04 (`recover_agreement`),
of which only so many videos, chosen at random for each block of sets, are known. Writes
benchmarks/few_videos.csv, which the notes of `fit_agreement` rest on.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from helpers.models.coding.agreement import FEWEST_VIDEOS
from helpers.models.coding.recovery import recover_agreement
from helpers.studies.working_alliance_theory.model import load_codings

LEVELS, BLOCKS, SETS, DRAWS = ("axial",), 20, 20, 300


def main() -> None:
    """Simulate each number of videos and print the coverage of 95% intervals."""
    codings = load_codings().frame
    videos = codings["video"].unique()
    rows = []
    for n_videos in range(FEWEST_VIDEOS, 8):
        held = []
        for block in range(BLOCKS):
            rng = np.random.default_rng([n_videos, block])
            chosen = rng.choice(videos, n_videos, replace=False)
            table = recover_agreement(
                codings[codings["video"].isin(chosen)],
                levels=LEVELS,
                n_replications=SETS,
                n_boot=DRAWS,
                seed=1000 * block,
            )
            held.append(table[table["statistic"] == "krippendorff_alpha"])
        coverage = pd.concat(held).groupby("level", sort=False)["coverage"].mean()
        for level, value in coverage.items():
            rows.append((n_videos, level, BLOCKS * SETS, value))
    table = pd.DataFrame(rows, columns=["n_videos", "level", "n_sets", "coverage"])
    print(table.to_string(index=False))
    table.to_csv(Path(__file__).with_suffix(".csv"), index=False, lineterminator="\n")


if __name__ == "__main__":
    main()
