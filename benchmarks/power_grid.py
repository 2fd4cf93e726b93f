"""Time the planner's default grids: ten sample sizes, ten effect sizes, 1000 replications a cell.

Run from the repository's root:

    python benchmarks/power_grid.py [processes]

Prints wall-clock and processor seconds of each study's grid, and of one cell at three sizes.
"""

import os
import resource
import sys
import time

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from helpers.models.power import simulate_power
from helpers.studies.replication_planner import GRIDS, STUDIES, load_design


def processor_seconds() -> float:
    """Processor time of this process and of the ones it has ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(part.ru_utime + part.ru_stime for part in used)


def main() -> None:
    """Time every study's grid."""
    from joblib.externals.loky import get_reusable_executor

    n_jobs = int(sys.argv[1]) if len(sys.argv) > 1 else -1
    print(f"processes: {n_jobs} (-1: one a core, here {os.cpu_count()})")
    for study in STUDIES:
        design, grid = load_design(study), GRIDS[study]
        wall, cpu = time.perf_counter(), processor_seconds()
        simulate_power(design, **grid, n_replications=1000, seed=1, n_jobs=n_jobs)
        get_reusable_executor().shutdown(wait=True)  # so that its processes' time is counted
        wall, cpu = time.perf_counter() - wall, processor_seconds() - cpu
        print(f"{study}: grid {wall:.1f} s wall, {cpu:.1f} s processor")
        for n in (grid["sizes"][0], grid["sizes"][5], grid["sizes"][-1]):
            cpu = time.process_time()
            simulate_power(
                design, sizes=[n], effects=grid["effects"][-1:], n_replications=1000, n_jobs=1
            )
            print(f"    one cell, n = {n}: {time.process_time() - cpu:.2f} s processor")


if __name__ == "__main__":
    main()
