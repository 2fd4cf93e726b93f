"""Print how far the engines are from their references.

One row a quantity: the number of values, the largest difference on the scale that the comparison
names, the tolerance of the test, and where the difference is:

    python tests/reference/sem/largest_differences.py [path missing clusters latent groups tests]
"""

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pandas as pd

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parents[1]), str(HERE.parents[2] / "src")]


def comparison_of(folder: str):
    """The test module of a folder."""
    file = (HERE / folder if folder != "path" else HERE) / "test_against_lavaan.py"
    spec = spec_from_file_location(f"against_lavaan_{folder}", file)
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def all_differences(folder: str) -> list:
    """Every comparison of a folder, one row a value."""
    reference = comparison_of(folder)
    if folder == "path":
        return path_differences(reference)
    if folder == "tests":
        return hypothesis_differences(reference)
    models = [(m, e) for m in reference.REFERENCE.model_ids for e in reference.ESTIMATORS]
    parts = [reference.fit_differences(*pair) for pair in models]
    if folder == "missing":
        moments = set(reference.REFERENCE.table("moments.csv")["model_id"])
        parts += [reference.moment_differences(model_id) for model_id in sorted(moments)]
    elif folder == "clusters":
        parts.append(reference.icc_differences())
    elif folder == "groups":
        pairs = [(m, e) for m in reference.SEPARATE for e in reference.ESTIMATORS]
        parts += [reference.residual_differences(*pair) for pair in pairs]
        parts += [reference.modification_differences(model_id) for model_id in reference.MODIFIED]
    else:
        parts += [reference.residual_differences(*pair) for pair in models]
        for table, compare in (
            ("modification_indices.csv", reference.modification_differences),
            ("reliability.csv", reference.reliability_differences),
        ):
            parts += [compare(model_id) for model_id in reference.modelled(table)]
    return [row for part in parts for row in part]


def hypothesis_differences(reference) -> list:
    """Wald and difference tests, Monte Carlo intervals."""
    pairs = [(h, e) for h in reference.HYPOTHESES.index for e in reference.ESTIMATORS]
    parts = [reference.wald_differences(*pair) for pair in pairs]
    parts += [reference.difference_test_differences(*pair) for pair in pairs]
    parts += [reference.monte_carlo_differences(*key) for key in reference.INTERVALS.groups]
    return [row for part in parts for row in part]


def path_differences(reference) -> list:
    """Every comparison of the path engine."""
    parts = []
    for model_id in reference.model_ids():
        for estimator in reference.ESTIMATORS:
            parts += [
                reference.parameter_differences(model_id, estimator),
                reference.fit_measure_differences(model_id, estimator),
                reference.r_squared_differences(model_id, estimator),
            ]
    tests = reference.read_table("difference_tests.csv")
    for row in tests[["restricted", "full", "estimator"]].itertuples(index=False):
        parts.append(reference.difference_test_differences(*row))
    for model_id in reference.BOOTSTRAPPED:
        parts += [
            reference.draw_differences(model_id),
            reference.standardized_draw_differences(model_id),
            reference.bootstrap_table_differences(model_id),
            reference.interval_differences(model_id),
        ]
    parts += [
        reference.norm_inter_differences(),
        reference.bca_differences(),
        reference.bca_bootstrap_differences(),
    ]
    return reference.chain(parts)


def summarize(table: pd.DataFrame) -> pd.DataFrame:
    """The largest difference of each quantity, with the number of values compared."""
    worst = table.loc[table.groupby("quantity", sort=False)["difference"].idxmax()]
    counts = table["quantity"].value_counts()
    return worst.assign(values=worst["quantity"].map(counts))[
        ["quantity", "values", "difference", "tolerance", "model_id", "estimator", "name"]
    ]


if __name__ == "__main__":
    for folder in sys.argv[1:] or ("path", "missing", "clusters", "latent", "groups", "tests"):
        table = summarize(pd.DataFrame(all_differences(folder)))
        print(f"\n{folder}\n{table.to_string(index=False, float_format='%.1e')}")
