"""Tests of hypotheses and the reading of model strings against lavaan, value by value."""

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from helpers.models.sem.comparison import compare_models, wald_test
from helpers.models.sem.general import fit_sem
from reference.sem.comparison import (
    ESTIMATORS,
    Reference,
    chain,
    check,
    differences,
    quietly,
)

HERE = Path(__file__).parent
OWN = Reference(HERE)
ROOMS = {
    "path": Reference(HERE.parent, ".csv"),
    **{name: Reference(HERE.parent / name) for name in ("missing", "clusters", "latent")},
}
HYPOTHESES = OWN.table("hypotheses.csv").set_index("hypothesis_id")

NOT_COMPARED = {
    # The model in between has an information matrix that is not positive definite, as lavaan says;
    # its statistic is negative.
    ("latent_bfi", "satorra.bentler.2010"),
    # lavaan stops at a minimum with both coefficients negative, see below.
    ("path_product", "standard"),
}


@cache
def fit(hypothesis, estimator, restricted):
    row = HYPOTHESES.loc[hypothesis]
    room = ROOMS[row["folder"]]
    model = room.model(row["model_id"])
    if restricted:
        model += "\n" + row["constraints"].replace(";", "\n")
    about = room.about(row["model_id"])
    options = {}
    if row["folder"] == "missing":
        options = {"missing": "fiml"}
    if row["folder"] == "clusters":
        options = {"cluster": about["cluster"], "missing": about["missing"] or "error"}
    data = room.data(row["model_id"])
    return quietly(fit_sem, model, data, estimator=estimator, **options)


def wald_differences(hypothesis, estimator):
    reference = OWN.table("wald.csv").set_index(["hypothesis_id", "estimator"])
    reference = reference.loc[(hypothesis, estimator)].astype(float)
    constraints = HYPOTHESES.loc[hypothesis, "constraints"]
    ours = wald_test(fit(hypothesis, estimator, False), constraints)[reference.index]
    scale = np.maximum(reference.abs(), 0.01)
    return differences(
        hypothesis, "wald", reference, ours, scale, estimator=estimator, tolerance=1e-5
    )


def difference_test_differences(hypothesis, estimator):
    table = OWN.table("difference_tests.csv").set_index(["hypothesis_id", "estimator"])
    parts = []
    for row in table.loc[[(hypothesis, estimator)]].itertuples():
        if (hypothesis, row.method) in NOT_COMPARED:
            continue
        method = None if row.method == "standard" else row.method
        ours = compare_models(
            fit(hypothesis, estimator, True), fit(hypothesis, estimator, False), method=method
        )
        names = ["chisq_diff", "df_diff", "pvalue"]
        reference = pd.Series({name: getattr(row, name) for name in names}, dtype=float)
        parts.append(
            differences(
                hypothesis,
                row.method,
                reference,
                ours[names],
                np.maximum(reference.abs(), 0.01),
                estimator=estimator,
                tolerance=1e-5 if row.method == "standard" else 1e-4,
            )
        )
    return chain(parts)


@pytest.mark.parametrize("hypothesis", HYPOTHESES.index)
@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_wald(hypothesis, estimator):
    check(wald_differences(hypothesis, estimator))


@pytest.mark.parametrize("hypothesis", HYPOTHESES.index)
@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_difference(hypothesis, estimator):
    rows = difference_test_differences(hypothesis, estimator)
    if rows:
        check(rows)


def test_the_restricted_product_has_a_better_solution_than_lavaans():
    ours = fit("path_product", "ML", True)
    assert ours.fit_measures["chisq"] < 6  # lavaan: 131.09
    a, b = ours.parameters.set_index("label")["est"][["a", "b"]]
    assert a > 0
    assert a * b == pytest.approx(0.1, abs=1e-9)


def test_lavaan_gives_no_2001_statistic_where_its_factor_is_negative():
    table = OWN.table("difference_tests.csv")
    negative = table[table["said"] == "scaling factor is negative"]
    assert len(negative) >= 2
    for hypothesis, estimator in negative[["hypothesis_id", "estimator"]].itertuples(index=False):
        restricted, full = (fit(hypothesis, estimator, which) for which in (True, False))
        assert np.isnan(compare_models(restricted, full, method="satorra.bentler.2001")["pvalue"])
        with pytest.warns(RuntimeWarning, match="2010"):
            given = compare_models(restricted, full)
        assert given.attrs["method"] == "satorra.bentler.2010"
