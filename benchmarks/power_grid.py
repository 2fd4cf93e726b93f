"""Time the planner: full grids of ten sizes by ten effects, and single cells of either interval.

Run from the repository's root:

    python benchmarks/power_grid.py [processes]

Prints what it measures; with one process, the default, also writes it to benchmarks/power_grid.csv,
which the planner's notebook shows.
"""

import os
import resource
import sys
import time
from datetime import date
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import pandas as pd

from helpers.models.power.simulation import simulate_power
from helpers.studies.replications import list_replications, load_replication

REPLICATIONS = {"monte_carlo": 1000, "bootstrap": 20}


def processor_seconds() -> float:
    """Processor time of this process and of the ones it has ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(part.ru_utime + part.ru_stime for part in used)


def measure(study: str, n_jobs: int, *, interval: str = "monte_carlo", **grid) -> dict:
    """Simulate a grid and say what it cost."""
    from joblib.externals.loky import get_reusable_executor

    design = load_replication(study).design
    wall, cpu = time.perf_counter(), processor_seconds()
    simulate_power(
        design,
        **grid,
        interval=interval,
        n_replications=REPLICATIONS[interval],
        seed=1,
        n_jobs=n_jobs,
    )
    if n_jobs != 1:
        get_reusable_executor().shutdown(wait=True)  # so that its processes' time is counted
    return {
        "study": study,
        "interval": interval,
        "n_lowest": min(grid["sizes"]),
        "n_highest": max(grid["sizes"]),
        "cells": len(grid["sizes"]) * len(grid["effects"]),
        "n_replications": REPLICATIONS[interval],
        "wall_seconds": round(time.perf_counter() - wall, 2),
        "processor_seconds": round(processor_seconds() - cpu, 2),
        "measured": f"{date.today():%Y-%m-%d}",
    }


def main() -> None:
    """Time every study."""
    n_jobs = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    rows = []
    for study in list_replications():
        replication = load_replication(study)
        sizes, effect = replication.full.sizes, replication.published_effect
        # what is imported and compiled on the first call is not the grid's cost
        measure(study, n_jobs, sizes=sizes[:1], effects=[effect])
        rows.append(measure(study, n_jobs, sizes=sizes, effects=replication.full.effects))
        if n_jobs == 1:
            for n in (sizes[1], sizes[-1]):
                for interval in REPLICATIONS:
                    cell = {"sizes": [n], "effects": [effect], "interval": interval}
                    rows.append(measure(study, n_jobs, **cell))
    table = pd.DataFrame(rows)
    print(table.to_string(index=False))
    if n_jobs == 1:
        table.to_csv(Path(__file__).with_suffix(".csv"), index=False, lineterminator="\n")


if __name__ == "__main__":
    main()
