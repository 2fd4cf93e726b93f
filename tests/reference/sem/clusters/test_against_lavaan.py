"""Cluster-robust inference against lavaan, intraclass correlations against R, value by value."""

from functools import cache
from pathlib import Path

import numpy as np
import pytest

from helpers.models.inference.clusters import intraclass_correlations
from helpers.models.sem.general import fit_sem
from reference.sem.comparison import ESTIMATORS, Reference, check, differences, quietly

REFERENCE = Reference(Path(__file__).parent)


@cache
def fit(model_id, estimator):
    about = REFERENCE.about(model_id)
    return quietly(
        fit_sem,
        REFERENCE.model(model_id),
        REFERENCE.data(model_id),
        estimator=estimator,
        cluster=about["cluster"],
        missing=about["missing"] or "error",
    )


def fit_differences(model_id, estimator):
    return REFERENCE.compare(model_id, estimator, fit(model_id, estimator))


def icc_differences():
    """Shares of variance, and the cluster size that unequal clusters need, as they are."""
    parts = []
    for (dataset, cluster), rows in REFERENCE.table("icc.csv").groupby(["dataset", "cluster"]):
        rows = rows.set_index("variable")
        data = REFERENCE.table(f"data/{dataset}.csv.gz")
        ours = intraclass_correlations(data, variables=list(rows.index), cluster=cluster)
        ours = ours.set_index("variable").loc[rows.index]
        for theirs, own in (("anova", "icc"), ("mean_size", "size"), ("n_clusters", "n_clusters")):
            scale = np.maximum(rows[theirs], 1)
            parts += differences(dataset, own, rows[theirs], ours[own], scale, tolerance=1e-8)
    return parts


@pytest.mark.parametrize("model_id", REFERENCE.model_ids)
@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_fit(model_id, estimator):
    check(fit_differences(model_id, estimator))


def test_intraclass_correlations():
    check(icc_differences())


def test_intraclass_correlations_of_a_fit():
    table = REFERENCE.table("icc.csv")
    expected = table[table["dataset"] == "two_level"].set_index("variable")["anova"]
    found = fit("two_level_serial", "MLR").icc
    assert set(found.index) == {"y1", "y2", "y3", "x1"}
    assert found.to_dict() == pytest.approx(expected[found.index].to_dict(), abs=1e-8)


@pytest.mark.parametrize("model_id", ["therapists_30", "clients_missing_restricted"])
def test_the_order_of_the_rows_and_the_names_of_the_clusters_change_nothing(model_id):
    about, data = REFERENCE.about(model_id), REFERENCE.data(model_id)
    name = about["cluster"]
    other = data.sample(frac=1, random_state=1).assign(
        **{name: lambda d: "T" + d[name].astype(str)}
    )
    again = quietly(
        fit_sem,
        REFERENCE.model(model_id),
        other,
        estimator="MLR",
        cluster=name,
        missing=about["missing"] or "error",
    )
    first = fit(model_id, "MLR")
    for column in ("est", "se"):
        expected = first.parameters[column].to_numpy()
        assert again.parameters[column].to_numpy() == pytest.approx(expected, rel=1e-7, abs=1e-9)


def test_reference_is_converged():
    assert REFERENCE.table("solutions.csv")["newton_step_in_se"].max() < 1e-10
