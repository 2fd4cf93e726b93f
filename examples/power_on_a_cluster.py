"""Plan a replication on a Dask cluster.

    python examples/power_on_a_cluster.py                          # starts a cluster here
    ALLIANCE_SCHEDULER=tcp://host:8786 python examples/power_on_a_cluster.py   # one that runs

A cluster of your own: `dask scheduler --host ADDRESS --no-dashboard` on one machine and
`dask worker tcp://ADDRESS:8786` on each that is to work, all with this package installed. Without
`--host` the scheduler listens on every network of its machine, and whoever reaches its port can run
code there: give the address of a network of your own, or certificates (`--tls-ca-file`,
`--tls-cert`, `--tls-key`, and `tls://` for `tcp://`). The numbers are the same on any cluster.
"""

import os
from contextlib import nullcontext
from dataclasses import replace

from distributed import LocalCluster

from helpers.models.power.search import find_smallest_n
from helpers.models.power.simulation import PowerStudy, simulate_power
from helpers.studies.replications import load_replication


def plan(
    *, scheduler: str | None, sizes: list[int], effects: list[float], **settings
) -> PowerStudy:
    """Simulate the power of the path study's total indirect effect on the cluster's workers."""
    design = load_replication("distress_session_quality").design
    design = replace(design, targets=("ind_total", "ind_task_total"))
    return simulate_power(
        design, sizes=sizes, effects=effects, scheduler=scheduler, seed=1, **settings
    )


def start_cluster(**options) -> LocalCluster:
    """Start a scheduler and workers on this machine, reachable by tcp from this machine only."""
    return LocalCluster(protocol="tcp://", host="127.0.0.1", dashboard_address=None, **options)


def main() -> None:
    """Run a small grid and print the smallest sample sizes."""
    address = os.environ.get("ALLIANCE_SCHEDULER")
    with nullcontext() if address else start_cluster(threads_per_worker=1) as cluster:
        study = plan(
            scheduler=address or cluster.scheduler_address,
            sizes=[100, 150, 200, 300, 400],
            effects=[0.75, 1.0],
            n_replications=500,
        )
    print(find_smallest_n(study.table).to_string(index=False))


if __name__ == "__main__":
    main()
