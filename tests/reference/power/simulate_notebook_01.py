"""Direct simulation of notebook 01's own analysis, to hold the planner against.

Samples are drawn from the population of the planner's design, and each is analysed by what notebook
01 calls, `bootstrap_pls`, on cases: nothing of the planner's own draws or intervals is used. Run
from the repository's root (a quarter of an hour on one core):

    python tests/reference/power/simulate_notebook_01.py
"""

import warnings
from pathlib import Path

import numpy as np
import pandas as pd

from helpers.errors import InputError
from helpers.models.pls.bootstrap import bootstrap_pls
from helpers.studies.replications import load_replication

SAMPLES, DRAWS, SIZES = 500, 400, (60, 80, 124, 190, 320)


def analyse(sample: pd.DataFrame, model: object, seed: int) -> pd.DataFrame:
    """Whether each path and indirect effect is found: by p, and by its percentile interval."""
    try:
        boot = bootstrap_pls(sample, model=model, n_boot=DRAWS, seed=seed, n_jobs=1)
    except InputError:  # no solution in the sample itself: nothing is found
        return pd.DataFrame(columns=["target", "by_p", "by_interval"])
    tables = []
    for quantity in ("path", "indirect"):
        table = boot.table(quantity, kind="percentile")
        by_path = quantity == "path"
        names = table["lhs"] + "_on_" + table["rhs"] if by_path else "ind_" + table["rhs"]
        found = table["ci_lower"] * table["ci_upper"] > 0
        by_p = table["pvalue"] < 0.05
        tables.append(pd.DataFrame({"target": names, "by_p": by_p, "by_interval": found}))
    return pd.concat(tables)


def main() -> None:
    """Simulate every size and write the shares of samples in which each target is found."""
    design = load_replication("coping_adherence").design
    population = design.population(1.0, dict.fromkeys(design.measures, 1.0))
    model, root = design.pls_structure.model, np.linalg.cholesky(population.item_correlation)
    tables = []
    for n in SIZES:
        samples = []
        for k in range(SAMPLES):
            drawn = np.random.default_rng([n, k, 777]).standard_normal((n, len(root))) @ root.T
            samples.append(analyse(pd.DataFrame(drawn, columns=list(model.items)), model, seed=k))
        table = pd.concat(samples).groupby("target")[["by_p", "by_interval"]].sum() / SAMPLES
        tables.append(table.reset_index().assign(n=n, samples=SAMPLES))
    result = pd.concat(tables)[["n", "target", "samples", "by_p", "by_interval"]]
    path = Path(__file__).with_name("notebook_01.csv")
    result.to_csv(path, index=False, float_format="%.3f", lineterminator="\n")


if __name__ == "__main__":
    warnings.simplefilter("ignore", RuntimeWarning)
    main()
