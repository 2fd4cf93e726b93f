"""Print how far the path engine is from its references.

One row a quantity: the number of values, the largest difference on the scale that the comparison
names, the tolerance of the test, and where the difference is:

    python tests/reference/largest_differences.py
"""

import pandas as pd
import test_against_lavaan as reference


def all_differences() -> pd.DataFrame:
    """Every comparison of `sem/test_against_lavaan.py`, one row a value."""
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
    return pd.DataFrame(reference.chain(parts))


def summarize(table: pd.DataFrame) -> pd.DataFrame:
    """The largest difference of each quantity, with the number of values compared."""
    worst = table.loc[table.groupby("quantity", sort=False)["difference"].idxmax()]
    counts = table["quantity"].value_counts()
    return worst.assign(values=worst["quantity"].map(counts))[
        ["quantity", "values", "difference", "tolerance", "model_id", "estimator", "name"]
    ]


if __name__ == "__main__":
    print(summarize(all_differences()).to_string(index=False, float_format="%.1e"))
