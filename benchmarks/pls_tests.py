"""Count how often the tests of composite models reject what is true, and what is not.

Usage: python benchmarks/pls_tests.py [--samples 300] [--out docs/validation/composite_tests.csv]

Samples come from normal populations in which a hypothesis holds (or fails, for power): two or three
groups from one population or from two, a chain of three constructs that is true or lacks a path,
and two predictors of an outcome that predict equally well.
"""

import argparse
import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import pandas as pd

from helpers.models.pls.exact_fit import bootstrap_exact_fit
from helpers.models.pls.groups import compare_groups
from helpers.models.pls.model import fit_pls
from helpers.models.pls.predictive_ability import compare_predictions
from helpers.models.pls.several_groups import compare_several_groups
from helpers.models.pls.specification import PLSModel

NAMES = ("x", "m", "y")
ITEMS = {name: [f"{name}{k}" for k in (1, 2, 3)] for name in NAMES}
CHAIN = PLSModel(ITEMS, [("x", "m"), ("m", "y")])
DRAWS = 199
LEVEL = 0.05


def population(kind: str, a: float, b: float, direct: float = 0.0) -> np.ndarray:
    """Item correlations of x -> m -> y with three items each.

    Of factors items load .8, .7, .6; of composites items correlate .3 within, and their weights
    differ, so that mode B alone finds them.
    """
    V = np.eye(3)
    V[0, 1] = V[1, 0] = a
    V[0, 2] = V[2, 0] = a * b + direct
    V[1, 2] = V[2, 1] = b + a * direct
    if kind == "factor":
        within, loadings = np.outer([0.8, 0.7, 0.6], [0.8, 0.7, 0.6]), np.array([0.8, 0.7, 0.6])
    else:
        within = np.full((3, 3), 0.3)
        np.fill_diagonal(within, 1.0)
        weights = np.array([0.8, 0.5, 0.2])
        loadings = within @ weights / np.sqrt(weights @ within @ weights)
    R = np.kron(V, np.outer(loadings, loadings))
    for k in range(3):
        R[3 * k : 3 * k + 3, 3 * k : 3 * k + 3] = within
    np.fill_diagonal(R, 1.0)
    return R


def draw(R: np.ndarray, n: int, rng: np.random.Generator) -> pd.DataFrame:
    """Normal cases with these correlations."""
    columns = [item for own in ITEMS.values() for item in own]
    values = rng.standard_normal((n, len(R))) @ np.linalg.cholesky(R).T
    return pd.DataFrame(values, columns=columns)


def try_groups(rng: np.random.Generator, seed: int, *, other: float) -> dict[str, float]:
    """p values of two groups of 100, whose path from m to y is .4 and `other`."""
    parts = [draw(population("composite", 0.5, b), 100, rng) for b in (0.4, other)]
    data = pd.concat(parts, ignore_index=True).assign(group=np.repeat(["a", "b"], 100))
    found = compare_groups(
        data, model=CHAIN, group="group", mode="B", n_permutations=DRAWS, seed=seed
    )
    tables = {"composition": found.composition, "means": found.means}
    tables |= {"variances": found.variances}
    said = {f"{k} of m": t.set_index("construct").loc["m", "pvalue"] for k, t in tables.items()}
    return said | {"path m -> y": found.paths.set_index("lhs").loc["y", "pvalue"]}


def try_several(rng: np.random.Generator, seed: int, *, third: float) -> dict[str, float]:
    """p values of three groups of 70, whose path from m to y is .4, .4 and `third`."""
    parts = [draw(population("composite", 0.5, b), 70, rng) for b in (0.4, 0.4, third)]
    data = pd.concat(parts, ignore_index=True).assign(group=np.repeat(["a", "b", "c"], 70))
    found = compare_several_groups(
        data, model=CHAIN, group="group", mode="B", n_permutations=DRAWS, seed=seed
    )
    overall = dict(zip(found.overall["measure"], found.overall["pvalue"], strict=True))
    pairs = found.paths.loc[found.paths["lhs"] == "y", "pvalue_holm"]
    return overall | {"path m -> y, any pair by Holm": pairs.min()}


def try_fit(
    rng: np.random.Generator, seed: int, *, kind: str, direct: float, n: int = 300
) -> dict[str, float]:
    """p values of exact fit of the chain, where x may have a path to y besides."""
    data = draw(population(kind, 0.4, 0.4, direct), n, rng)
    options = {"mode": "B"} if kind == "composite" else {"consistent": True}
    found = bootstrap_exact_fit(data, model=CHAIN, n_boot=DRAWS, seed=seed, **options)
    return dict(zip(found.table["measure"], found.table["pvalue"], strict=True))


def try_predictions(rng: np.random.Generator, seed: int, *, second: float) -> dict[str, float]:
    """The p value of x and m as predictors of y with .4 and `second`, by 100 cases."""
    data = draw(np.eye(9), 100, rng)
    x, m = (data[ITEMS[name]].sum(axis=1) / np.sqrt(3) for name in ("x", "m"))
    y = 0.4 * x + second * m
    for item in ITEMS["y"]:
        data[item] = y + rng.standard_normal(100)
    fits = [
        fit_pls(data, model=PLSModel({k: ITEMS[k] for k in (name, "y")}, [(name, "y")]))
        for name in ("x", "m")
    ]
    found = compare_predictions(fits[0], against=fits[1], n_repeats=1, seed=seed)
    return {"difference": found["pvalue"][0]}


CASES = {
    ("groups", "one population"): (try_groups, {"other": 0.4}),
    ("groups", "paths .4 and .8"): (try_groups, {"other": 0.8}),
    ("three groups", "one population"): (try_several, {"third": 0.4}),
    ("three groups", "paths .4, .4 and .8"): (try_several, {"third": 0.8}),
    ("exact fit, mode B", "the model holds"): (try_fit, {"kind": "composite", "direct": 0.0}),
    ("exact fit, mode B", "a path of .3 is left out"): (
        try_fit,
        {"kind": "composite", "direct": 0.3},
    ),
    ("exact fit, PLSc", "the model holds"): (try_fit, {"kind": "factor", "direct": 0.0}),
    ("exact fit, PLSc", "a path of .3 is left out"): (try_fit, {"kind": "factor", "direct": 0.3}),
    ("CVPAT", "equal predictors"): (try_predictions, {"second": 0.4}),
    ("CVPAT", "paths .4 and .1"): (try_predictions, {"second": 0.1}),
}


def count(samples: int) -> pd.DataFrame:
    """Share of the samples in which each test rejects, with its Monte Carlo error."""
    rows = []
    for (test, truth), (attempt, options) in CASES.items():
        found, refused = [], 0
        rng = np.random.default_rng(1)
        for seed in range(samples):
            try:
                found.append(attempt(rng, seed, **options))
            except ValueError:
                refused += 1
        p = pd.DataFrame(found)
        for name in p:
            share = (p[name] <= LEVEL).mean()
            error = np.sqrt(max(share * (1 - share), 1e-4) / len(p))
            said = f"{100 * share:.1f} ({100 * error:.1f})"
            rows.append((test, truth, name, said, len(p), refused))
        print(pd.DataFrame(rows[-len(p.columns) :]).to_string(index=False, header=False))
    columns = ["test", "in the population", "statistic", "rejected (%)", "samples", "refused"]
    return pd.DataFrame(rows, columns=columns)


def main() -> None:
    """Count and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--samples", type=int, default=300)
    parser.add_argument("--out", default="docs/validation/composite_tests.csv")
    args = parser.parse_args()
    table = count(args.samples)
    table.to_csv(args.out, index=False, lineterminator="\n")


if __name__ == "__main__":
    main()
