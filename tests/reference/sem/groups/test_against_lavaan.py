"""Models of several groups against lavaan, value by value."""

from functools import cache
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from helpers.models.sem.comparison import compare_models
from helpers.models.sem.general import fit_sem
from reference.sem.comparison import (
    ESTIMATORS,
    Reference,
    check,
    differences,
    keyed,
    quietly,
)


def named(table, column="lhs"):
    """Rows of groups as rows of one model, whose variables have the group before their name."""
    prefix = table["group"].fillna("").astype(str).replace("^(.+)$", r"\1/", regex=True)
    table = table.assign(**{column: prefix + table[column]})
    if "rhs" in table:
        covariance = table["op"] == "~~"
        table["rhs"] = table["rhs"].where(~covariance, prefix + table["rhs"].fillna(""))
    return table


class Groups(Reference):
    """The folder beside this file."""

    def _read(self, name):
        table = super()._read(name)
        if "group" in table and name != "models.csv":
            return named(table, "variable" if "variable" in table else "lhs")
        return table

    def model(self, model_id):
        return (self.folder / "models" / f"{self.about(model_id)['syntax']}.lav").read_text()


REFERENCE = Groups(Path(__file__).parent)


@cache
def fit(model_id, estimator):
    about = REFERENCE.about(model_id)
    options = {about["options"].replace(".", "_"): True} if about["options"] else {}
    return quietly(
        fit_sem,
        REFERENCE.model(model_id),
        REFERENCE.data(model_id),
        estimator=estimator,
        group=about["group"],
        group_equal=about["equal"].split(),
        group_partial=about["partial"].split(),
        missing=about["missing"] or "error",
        cluster=about["cluster"] or None,
        **options,
    )


def shown(model_id, estimator):
    """What the comparison asks of a fit, of one model whose variables name their group."""
    found = fit(model_id, estimator)
    r_squared = found.r_squared.set_axis([f"{g}/{v}" for g, v in found.r_squared.index])
    return SimpleNamespace(
        parameters=named(found.parameters),
        standardized=named(found.standardized),
        fit_measures=found.fit_measures,
        r_squared=r_squared,
    )


def fit_differences(model_id, estimator):
    return REFERENCE.compare(model_id, estimator, shown(model_id, estimator))


@pytest.mark.parametrize("model_id", REFERENCE.model_ids)
@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_fit(model_id, estimator):
    check(fit_differences(model_id, estimator))


# lavaan takes the residuals of a group as if no other group had moved the parameters they share.
SEPARATE = [
    model_id
    for model_id in REFERENCE.model_ids
    if not REFERENCE.about(model_id)["equal"]
    and not REFERENCE.about(model_id)["cluster"]  # lavaan gives none
    and REFERENCE.about(model_id)["syntax"] not in ("labels", "paths")  # paths: a perfect fit
]


def residual_differences(model_id, estimator):
    reference = keyed(REFERENCE.by_fit("residuals.csv")[model_id, estimator])
    ours = keyed(named(fit(model_id, estimator).residuals))
    reference = reference.loc[[key for key in reference.index if key in ours.index]]
    there = ours.loc[reference.index, "residual"].abs() > 1e-5
    z = reference["z"][there]
    return differences(
        model_id,
        "standardized_residual",
        z,
        ours.loc[z.index, "z"],
        np.maximum(z.abs(), 1),
        tolerance=1e-5,
    )


@pytest.mark.parametrize("model_id", SEPARATE)
@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_residuals(model_id, estimator):
    check(residual_differences(model_id, estimator))


MODIFIED = sorted({key[0] for key in REFERENCE.by_fit("modification_indices.csv")})


def modification_differences(model_id):
    reference = keyed(REFERENCE.by_fit("modification_indices.csv")[model_id, "ML"])
    found = fit(model_id, "ML")
    ours = keyed(named(found.modification_indices()))
    exogenous = {f"{name}/{v}" for name in found.names for v in found.table.exogenous}
    reference = reference[~reference["lhs"].isin(exogenous)]  # what could predict a predictor
    return [
        row
        for name in ("mi", "epc")
        for row in differences(
            model_id,
            f"modification_{name}",
            reference[name],
            ours[name].reindex(reference.index),
            np.maximum(reference[name].abs(), 1),
            tolerance=1e-5,
        )
    ]


@pytest.mark.parametrize("model_id", MODIFIED)
def test_modification_indices(model_id):
    check(modification_differences(model_id))


@pytest.mark.parametrize("estimator", ESTIMATORS)
@pytest.mark.parametrize(
    "pair",
    list(REFERENCE.table("pairs.csv").itertuples(index=False)),
    ids=lambda p: p.restricted,
)
def test_differences_of_nested_models(pair, estimator):
    rows = REFERENCE.table("difference_tests.csv").set_index(["restricted", "full", "estimator"])
    expected = rows.loc[(*pair, estimator)]
    ours = compare_models(*(fit(model_id, estimator) for model_id in pair))
    for name in expected.index:
        assert ours[name] == pytest.approx(expected[name], rel=1e-4, abs=1e-6), name


def test_reference_is_converged():
    steps = REFERENCE.table("solutions.csv").set_index("model_id")["newton_step_in_se"]
    incomplete = REFERENCE.table("models.csv").set_index("model_id")["missing"].eq("fiml")
    assert steps[~incomplete[steps.index].to_numpy()].max() < 1e-10
    assert steps[incomplete[steps.index].to_numpy()].max() < 2e-7  # its gradient is numerical
