"""Time the path bootstrap, and lavaan's where R is installed, on the same data in the same run.

    python benchmarks/path_bootstrap.py [--lavaan-draws 200]

lavaan's seconds are scaled from the draws asked for to 5000; ask for 5000 to time them all.
"""

import argparse
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import pandas as pd

from helpers.data.datasets import load_dataset
from helpers.models.sem.bootstrap import bootstrap_path_model
from helpers.paths import twin_path
from helpers.studies.distress_session_quality.model import STUDY, score_sessions, write_model

N_BOOT = 5000
RUNS = 7
HERE = Path(__file__).parent


def seconds(function, runs=RUNS):
    """Median wall-clock seconds after one warm-up."""
    function()
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return median(times)


def time_lavaan(model, frame, draws):
    """Seconds of lavaan's bootstrap for `draws` draws; None without R."""
    if shutil.which("Rscript") is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        data, syntax = Path(folder, "data.csv"), Path(folder, "model.lav")
        frame.to_csv(data, index=False)
        syntax.write_text(model)
        command = ["Rscript", str(HERE / "lavaan_bootstrap.R"), data, syntax, str(draws)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    return float(done.stdout.split()[0])


def main():
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lavaan-draws", type=int, default=200)
    lavaan_draws = parser.parse_args().lavaan_draws
    data = load_dataset(twin_path(STUDY), STUDY)
    scores = score_sessions(data.frame, covariates=data.covariates)
    model = write_model(scores.dummies["name"].tolist())

    def run(n_boot=N_BOOT, frame=scores.frame, **options):
        return bootstrap_path_model(model, frame, n_boot=n_boot, seed=1, **options)

    print(f"{len(scores.frame)} rows, {len(scores.dummies)} dummies, {run(2).draws.shape[1]} rows")
    ours = seconds(run)
    print(f"{N_BOOT} draws, all workers   {ours:8.3f} s")
    print(f"{N_BOOT} draws, one worker    {seconds(lambda: run(n_jobs=1)):8.3f} s")
    for n_boot in (10_000, 20_000, 40_000):
        print(f"{n_boot} draws               {seconds(lambda n=n_boot: run(n), runs=3):8.3f} s")
    for times in (2, 4):
        frame = pd.concat([scores.frame] * times, ignore_index=True)
        took = seconds(lambda f=frame: run(frame=f), runs=3)
        print(f"{times} times the rows         {took:8.3f} s")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory of all of it  {peak:8.0f} MiB")
    lavaan = time_lavaan(model, scores.frame, lavaan_draws)
    if lavaan is None:
        print("lavaan: not timed, Rscript is not installed", file=sys.stderr)
        return
    scaled = lavaan * N_BOOT / lavaan_draws
    print(f"lavaan, {lavaan_draws} draws        {lavaan:8.1f} s, {scaled:.0f} s for {N_BOOT}")
    print(f"ratio                     {scaled / ours:8.0f}")


if __name__ == "__main__":
    main()
