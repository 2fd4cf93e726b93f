"""Models with latent variables against lavaan and semTools, value by value."""

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from helpers.models.sem.general import fit_sem
from reference.sem.comparison import (
    ESTIMATORS,
    Reference,
    chain,
    check,
    differences,
    keyed,
    quietly,
)

REFERENCE = Reference(Path(__file__).parent)

STORED_DIGITS = 1e-6  # the tables of residuals and modification indices have 7 digits

# Estimates of these are held on a bound, or by an equation that is not linear: measures are of
# lavaan's own fit, which stops this far from the solution.
LAVAAN_STOPS_SHORT = REFERENCE.table("solutions.csv").set_index("model_id")["lavaans_step_in_se"]

# Omega by compRelSEM() loses an item with an equation of its own.
OMEGA_WITHOUT_AN_ITEM = {"holzinger_mimic_direct"}


@cache
def fit(model_id, estimator):
    option = REFERENCE.about(model_id)["options"].replace(".", "_")
    options = {option: True} if option else {}
    model, data = REFERENCE.model(model_id), REFERENCE.data(model_id)
    return quietly(fit_sem, model, data, estimator=estimator, **options)


def fit_differences(model_id, estimator):
    return REFERENCE.compare(model_id, estimator, fit(model_id, estimator))


def residual_differences(model_id, estimator):
    """Residual correlations as they are, standardized residuals relative where above 1."""
    reference = REFERENCE.by_fit("residuals.csv")[model_id, estimator].assign(op="~~")
    reference = keyed(reference)
    ours = fit(model_id, estimator).residuals
    ours = keyed(ours[ours["op"] == "~~"])
    missing = reference.loc[[key for key in reference.index if key not in ours.index]]
    assert (missing["correlation"].abs() < 1e-9).all()  # among exogenous variables
    reference = reference.loc[[key for key in reference.index if key in ours.index]]
    ours = ours.loc[reference.index]
    observed = reference["lhs"].map(lambda name: _variance(model_id, name))
    spread = np.sqrt(observed * reference["rhs"].map(lambda name: _variance(model_id, name)))
    there = reference["correlation"].abs() > 1e-6
    z = reference["z"][there]
    return [
        *differences(
            model_id,
            "residual",
            reference["correlation"],
            ours["residual"] / spread,
            1.0,
            estimator=estimator,
            tolerance=STORED_DIGITS,
        ),
        *differences(
            model_id,
            "standardized_residual",
            z,
            ours["z"][there],
            np.maximum(z.abs(), 1),
            estimator=estimator,
            tolerance=1e-5,
        ),
    ]


def _variance(model_id, name):
    return REFERENCE.data(model_id)[name].var(ddof=0)


def modification_differences(model_id):
    """Relative where above 1."""
    reference = keyed(REFERENCE.by_fit("modification_indices.csv")[model_id, "ML"])
    exogenous = set(fit(model_id, "ML").table.exogenous)
    reference = reference[~reference["lhs"].isin(exogenous)]  # what could predict a predictor
    ours = keyed(fit(model_id, "ML").modification_indices()).reindex(reference.index)
    # Of a variance lavaan standardizes the estimate, not the expected change.
    reference.loc[reference["lhs"] == reference["rhs"], "sepc_all"] = np.nan
    return chain(
        differences(
            model_id,
            f"modification_{name}",
            reference[name],
            ours[name],
            np.maximum(reference[name].abs(), 1),
            tolerance=1e-5 if name == "mi" else STORED_DIGITS,
        )
        for name in ("mi", "epc", "sepc_all")
    )


def reliability_differences(model_id):
    reference = REFERENCE.by_fit("reliability.csv")[model_id, "ML"].set_index("factor")
    ours = fit(model_id, "ML").reliability
    reference = reference.loc[[name for name in reference.index if name in ours.index]]
    pairs = [("ave_implied", "ave")]
    if model_id not in OMEGA_WITHOUT_AN_ITEM:
        pairs.append(("omega_implied", "omega"))
    return chain(
        differences(
            model_id,
            name,
            reference[theirs],
            ours[name].reindex(reference.index),
            1.0,
            tolerance=1e-6,
        )
        for theirs, name in pairs
    )


def modelled(table):
    return sorted({key[0] for key in REFERENCE.by_fit(table)})


@pytest.mark.parametrize("model_id", REFERENCE.model_ids)
@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_fit(model_id, estimator):
    check(fit_differences(model_id, estimator))


@pytest.mark.parametrize("model_id", REFERENCE.model_ids)
@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_residuals(model_id, estimator):
    check(residual_differences(model_id, estimator))


@pytest.mark.parametrize("model_id", modelled("modification_indices.csv"))
def test_modification_indices(model_id):
    check(modification_differences(model_id))


@pytest.mark.parametrize("model_id", modelled("reliability.csv"))
def test_reliability(model_id):
    rows = reliability_differences(model_id)
    if rows:
        check(rows)


@pytest.mark.parametrize(
    "model_id", ["holzinger_two_items", "heywood_negative", "heywood_two_factors"]
)
def test_improper_solutions_are_named(model_id):
    with pytest.warns(RuntimeWarning, match="below zero"):
        fit_sem(REFERENCE.model(model_id), REFERENCE.data(model_id))
    assert any("improper" in note for note in fit(model_id, "ML").notes)


def test_omega_counts_an_item_that_has_an_equation():
    """The variance of the factor that omega uses is that of two items without an equation."""
    model = REFERENCE.model("holzinger_mimic_direct")
    ours = fit_sem(model, REFERENCE.data("holzinger_mimic_direct"))
    loading = ours.parameters.query("op == '=~'").set_index("rhs")["est"]
    variance = ours.implied.loc[loading.index, loading.index].to_numpy().sum()
    factor = ours.reliability.loc["visual", "omega"] * variance / loading.sum() ** 2
    assert factor == pytest.approx(_variance_of_factor(ours, loading), rel=1e-8)


def _variance_of_factor(found, loading):
    return found.implied.loc["x1", "x3"] / (loading["x1"] * loading["x3"])


def test_lavaan_stops_short_where_it_is_said():
    assert LAVAAN_STOPS_SHORT.max() < 1e-4


def test_reference_is_converged():
    rows = REFERENCE.table("solutions.csv")
    assert rows["newton_step_in_se"].max() < 1e-10
    assert pd.api.types.is_float_dtype(rows["newton_step_in_se"])
