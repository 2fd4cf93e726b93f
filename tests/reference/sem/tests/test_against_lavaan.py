"""Tests of hypotheses and the reading of model strings against lavaan, value by value."""

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from helpers.errors import InputError
from helpers.models.sem.comparison import compare_models, wald_test
from helpers.models.sem.general import fit_sem
from helpers.models.sem.refits import monte_carlo_ci
from reference.sem.comparison import (
    ESTIMATORS,
    Reference,
    chain,
    check,
    differences,
    keyed,
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

STRINGS = OWN.table("syntax.csv").fillna({"said": ""}).set_index("syntax")

# lavaan fits something else than what is written, or what no data can identify; ours says so.
REFUSED = {
    "y ~ x + x": "appears twice",
    "y ~ a*x + b*x": "appears twice",
    "y ~ 0.5*x + x": "appears twice",
    "y ~ x*z": "a column of data",
    "y ~ x*m": "a column of data",
    "y ~ m*x + z": "a column of data",
    "y | t1": "thresholds",
    r"group: 1\ny ~ x": "blocks",
    "y ~ y": "regressed on itself",
    r"f =~ i1 + i2\nk =~ i3 + i4\nf ~~ 0*k": "not identified",  # lavaan: no standard errors
    'y ~ "x"': "cannot be read",
    'y ~ x + label("a b")*z': "cannot be read",
    'y ~ prior("normal(0,1)")*x': "cannot be read",
    'efa("e")*f =~ i1 + i2 + i3 + i4': "is not a variable name",
}

# lavaan stops; what is meant is plain.
FITTED = {"y ~ x + x:z", "y ~ x:z", "y ~ x ! the predictor"}


@cache
def fit_model(folder, model_id, estimator, constraints=""):
    room = ROOMS[folder]
    about = room.about(model_id)
    options = {}
    if folder == "missing":
        options = {"missing": "fiml"}
    if folder == "clusters":
        options = {"cluster": about["cluster"], "missing": about["missing"] or "error"}
    model = room.model(model_id) + "\n" + constraints.replace(";", "\n")
    return quietly(fit_sem, model, room.data(model_id), estimator=estimator, **options)


def fit(hypothesis, estimator, restricted):
    row = HYPOTHESES.loc[hypothesis]
    constraints = row["constraints"] if restricted else ""
    return fit_model(row["folder"], row["model_id"], estimator, constraints)


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


@cache
def syntax_data():
    return OWN.table("data/syntax.csv.gz")


@pytest.mark.parametrize("syntax", STRINGS.index)
def test_string_has_lavaans_answer_or_one_true_line(syntax):
    row = STRINGS.loc[syntax]
    written = syntax.replace(r"\n", "\n")
    not_identified = row["answer"] == "fit" and row["df"] < 0
    if syntax in REFUSED or not_identified:
        message = REFUSED.get(syntax, "not identified|regressed on itself")
        with pytest.raises(InputError, match=message):
            quietly(fit_sem, written, syntax_data())
    elif syntax in FITTED:
        assert quietly(fit_sem, written, syntax_data()).n == len(syntax_data())
    elif row["answer"] == "fit":
        check(syntax_differences(syntax, quietly(fit_sem, written, syntax_data())))
    else:
        with pytest.raises(InputError) as refusal:
            quietly(fit_sem, written, syntax_data())
        assert "\n" not in str(refusal.value)


def syntax_differences(syntax, found):
    """Estimates in the larger of estimate and SE, the chi-square in units of .01 or its size."""
    row = STRINGS.loc[syntax]
    table = OWN.table("syntax_parameters.csv")
    table = table[(table["string"] == row["string"]) & ~table["op"].isin(["==", "<", ">"])]
    reference = keyed(table)
    ours = keyed(found.parameters)["est"].reindex(reference.index)
    shown = ours.notna() | reference["est"].isna() | (reference["se"] > 0)  # not those of fixed x
    reference, ours = reference[shown], ours[shown]
    size = np.maximum(reference["est"].abs(), reference["se"].fillna(0))
    scale = size.where(size > 1e-9, 1.0)
    facts = row[["chisq", "df"]].astype(float)
    return [
        *differences(syntax, "est", reference["est"], ours, scale, tolerance=2e-5),
        *differences(
            syntax, "fit", facts, found.fit_measures[facts.index], facts.clip(0.01), tolerance=1e-4
        ),
    ]


INTERVALS = OWN.table("monte_carlo.csv").groupby(["folder", "model_id", "estimator"])


def monte_carlo_differences(folder, model_id, estimator):
    """Limits in standard deviations of the draws: 100 000 of ours, a million of semTools'."""
    reference = INTERVALS.get_group((folder, model_id, estimator)).set_index("label")
    reference = reference.drop(index="share", errors="ignore")  # a ratio: its tails are long
    ours = monte_carlo_ci(fit_model(folder, model_id, estimator), n_draws=100_000)
    ours = ours.set_index("label").loc[reference.index]
    return chain(
        differences(
            model_id,
            limit,
            reference[limit],
            ours[limit],
            (reference["ci_upper"] - reference["ci_lower"]) / 3.92,
            estimator=estimator,
            tolerance=0.04,  # four standard errors of the difference of two such quantiles
        )
        for limit in ("ci_lower", "ci_upper")
    )


@pytest.mark.parametrize(("folder", "model_id", "estimator"), list(INTERVALS.groups))
def test_monte_carlo_intervals(folder, model_id, estimator):
    check(monte_carlo_differences(folder, model_id, estimator))


def drawn_inputs():
    table = OWN.table("monte_carlo_input.csv")
    return list(table.groupby(["folder", "model_id", "estimator"]).groups)


@pytest.mark.parametrize(("folder", "model_id", "estimator"), drawn_inputs())
def test_what_monte_carlo_draws_come_from(folder, model_id, estimator):
    """Estimates and standard errors of the labeled parameters."""
    table = OWN.table("monte_carlo_input.csv").set_index(["folder", "model_id", "estimator"])
    rows = table.loc[(folder, model_id, estimator)]
    ours = fit_model(folder, model_id, estimator).parameters
    ours = ours.drop_duplicates("label").set_index("label")
    est = rows[rows["op"] == "est"].set_index("lhs")["value"]
    own = rows[(rows["op"] == "~~") & (rows["lhs"] == rows["rhs"])].set_index("lhs")["value"]
    se = np.sqrt(own)[est.index]
    scale = np.maximum(est.abs(), se)
    check(
        [
            *differences(model_id, "est", est, ours["est"][est.index], scale, tolerance=1e-6),
            *differences(model_id, "se", se, ours["se"][est.index], se, tolerance=1e-5),
        ]
    )
