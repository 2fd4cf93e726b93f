"""What fit_sem costs by rows, patterns of missing values, items and draws.

    python benchmarks/sem_cost.py             three minutes; writes benchmarks/sem_cost.csv

One BLAS thread; medians of at least three fits with standard errors, test and baseline. The rows
and draws are of the path study's model with 15% missing in its scores, the patterns of a factor
of ten items and 2000 rows, the items of a latent mediation of three factors and 400 complete rows.
"""

import warnings
from pathlib import Path
from time import perf_counter

import numpy as np
import pandas as pd
from sem_speed import ours, path_study
from threadpoolctl import threadpool_limits

from helpers import fit_sem
from helpers.models.sem.refits import bootstrap_sem

OUT = Path(__file__).parent / "sem_cost.csv"


def by_rows():
    """The path study's model on samples of its rows."""
    model, data = path_study()
    for n in (300, 1175, 5000, 20000):
        sample = data.sample(n, replace=True, random_state=n, ignore_index=True)
        patterns = len(sample.isna().drop_duplicates())
        yield "rows", n, patterns, "FIML", ours(model, sample, 3, missing="fiml")


def by_patterns():
    """One factor; each row has one of so many patterns of missing values."""
    rng = np.random.default_rng(11)
    n, items = 2000, 10
    names = [f"i{k}" for k in range(items)]
    answers = rng.standard_normal((n, 1)) + rng.standard_normal((n, items))
    model = "f =~ " + " + ".join(names)
    for count in (1, 10, 50, 200, 800):
        forms = np.unique(rng.random((20 * count, items)) < 0.3, axis=0)
        forms = forms[~forms.all(axis=1)]
        forms = rng.permutation(forms)[:count] if count > 1 else np.zeros((1, items), dtype=bool)
        lost = forms[np.arange(n) % len(forms)]
        data = pd.DataFrame(np.where(lost, np.nan, answers), columns=names)
        yield "patterns", len(forms), len(forms), "FIML", ours(model, data, 3, missing="fiml")


def by_items():
    """A latent mediation with 2 to 20 items a factor."""
    rng = np.random.default_rng(12)
    n = 400
    x = rng.standard_normal(n)
    m = 0.5 * x + rng.standard_normal(n)
    y = 0.4 * m + 0.2 * x + rng.standard_normal(n)
    for each in (3, 4, 8, 12, 20):
        columns = {
            f"{name}{k}": factor + rng.standard_normal(n)
            for name, factor in (("x", x), ("m", m), ("y", y))
            for k in range(each)
        }
        lines = [
            f"{name.upper()} =~ " + " + ".join(f"{name}{k}" for k in range(each)) for name in "xmy"
        ]
        model = "\n".join([*lines, "M ~ a*X", "Y ~ b*M + c*X", "indirect := a*b"])
        data = pd.DataFrame(columns)
        for estimator in ("ML", "MLR"):
            yield "items", 3 * each, 1, estimator, ours(model, data, 5, estimator=estimator)


def by_draws():
    """The case bootstrap of the path study's model, on all cores."""
    model, data = path_study()
    fit = fit_sem(model, data, missing="fiml")
    patterns = len(fit.sample.counts)
    for n_boot in (100, 500):
        start = perf_counter()
        bootstrap_sem(fit, n_boot=n_boot)
        yield "draws", n_boot, patterns, "FIML", perf_counter() - start


def main():
    """Measure everything and write the table."""
    rows = [row for part in (by_rows, by_patterns, by_items, by_draws) for row in part()]
    table = pd.DataFrame(rows, columns=["by", "count", "patterns", "estimator", "seconds"])
    table["seconds"] = table["seconds"].round(4)
    table.to_csv(OUT, index=False)
    print(table.to_string(index=False))


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    with threadpool_limits(1):
        main()
