"""One object for every bootstrap: what is missing is missing by column, and is said."""

import numpy as np
import pandas as pd
import pytest

from helpers.errors import InputError
from helpers.models.inference.draws import bootstrap_counts, bootstrap_refits
from helpers.models.inference.resampling import plan_resampling

X = np.array([1.3, 2.9, 0.6, 1.8, 3.2, 2.1, 0.1, 1.5, 2.4, 1.2, 1.9, 0.9])
KEYS = pd.DataFrame(
    {
        "quantity": ["parameter", "parameter", "other"],
        "lhs": ["fixed", "mean", "root"],
        "op": ["~", "~", ":="],
        "rhs": ["x", "x", "sqrt(mean)"],
        "label": ["", "m", "root"],
    }
)
PLAN = plan_resampling(len(X), n_boot=2000, seed=5)


def statistics(counts, x=X):
    """A fixed number, the mean of the drawn cases, and its root, which it need not have."""
    mean = counts @ x / counts.sum(axis=1)
    with np.errstate(invalid="ignore"):
        return {"values": np.column_stack([np.full(len(mean), 0.5), mean, np.sqrt(mean)])}


def failing(counts):
    """The same, without a solution where the first case is missing; the fixed number stays."""
    record = statistics(counts)
    return record | {"failure": np.where(counts[:, 0] == 0, 7, 0)}


def make(function=statistics, plan=PLAN, **options):
    return bootstrap_counts(function, plan, keys=KEYS, reasons={7: "no first case"}, **options)


def test_rows_are_summaries_of_their_own_draws():
    boot = make(ddof=np.array([0, 0, 1]))
    mean = np.concatenate([statistics(PLAN.counts(b))["values"] for b in range(8)])[:, 1]
    row = boot.parameters.iloc[1]
    assert row["est"] == pytest.approx(X.mean())
    assert row["se"] == pytest.approx(mean.std())
    assert row["z"] == pytest.approx(X.mean() / mean.std())
    assert boot.bias("parameter")[1] == pytest.approx(mean.mean() - X.mean())
    assert boot.parameters.loc[0, "se"] == 0
    assert np.isnan(boot.parameters.loc[0, "z"])
    assert boot.table("other").loc[0, "se"] == pytest.approx(np.sqrt(mean).std(ddof=1))
    assert boot.notes == ()


def test_draws_that_fail_are_left_out_of_every_row_and_counted_by_reason():
    with pytest.warns(RuntimeWarning, match=r"left out \(no first case: \d+\)"):
        boot = make(failing)
    without = np.concatenate([PLAN.counts(b) for b in range(8)])[:, 0] == 0
    assert boot.n_failed == without.sum() == boot.failed["draws"].item() > 500
    assert np.isnan(boot.draws[without]).all()  # the fixed number, first, too
    kept = boot.draws[~without, 1]
    assert boot.parameters.loc[1, "se"] == pytest.approx(kept.std(ddof=1))


def test_a_value_that_does_not_exist_in_few_draws_is_left_out_of_its_row_alone():
    shifted = X - 1.13  # a mean below 0 in some draws

    def function(counts):
        return statistics(counts, shifted)

    with pytest.warns(RuntimeWarning, match="'root' has no value in"):
        boot = make(function)
    missing = np.isnan(boot.draws[:, 2])
    assert 0 < missing.mean() < 0.05
    assert boot.undefined["draws"].item() == missing.sum()
    assert boot.undefined["share"].item() == pytest.approx(missing.mean())
    assert boot.table("other").loc[0, "se"] == pytest.approx(boot.draws[~missing, 2].std(ddof=1))
    assert boot.parameters.loc[1, "se"] == pytest.approx(boot.draws[:, 1].std(ddof=1))
    assert boot.n_failed == 0


def test_a_row_is_withheld_when_more_draws_lack_it_than_lie_outside_its_interval():
    shifted = X - 1.4

    def function(counts):
        return statistics(counts, shifted)

    with pytest.warns(RuntimeWarning, match="its standard error and limits are withheld"):
        boot = make(function)
    row = boot.table("other").iloc[0]
    assert 0.05 < boot.undefined["share"].item() < 0.2
    assert row["est"] == pytest.approx(np.sqrt(shifted.mean()))
    assert row[["se", "z", "pvalue", "ci_lower", "ci_upper", "mc_error_lower"]].isna().all()
    # an interval of 80 % leaves a fifth outside
    assert np.isfinite(boot.table("other", ci_level=0.8).loc[0, "ci_lower"])
    assert np.isfinite(boot.parameters.loc[1, "ci_lower"])


def test_nothing_is_read_from_fewer_than_half_of_the_draws():
    def rare(counts):
        return statistics(counts) | {"failure": np.where(counts[:, :2].min(axis=1) == 0, 7, 0)}

    with pytest.warns(RuntimeWarning):
        boot = make(rare)
    assert 0.5 < boot.n_failed / boot.n_boot < 0.7
    assert boot.parameters["se"].isna().all()
    assert any("more than half" in note for note in boot.notes)


def test_without_two_solutions_there_is_no_bootstrap():
    def never(counts):
        return statistics(counts) | {"failure": np.full(len(counts), 7)}

    with pytest.raises(InputError, match=r"fewer than two of 2000 .* \(no first case: 2000\)"):
        make(never, estimates=np.zeros(3))


def test_bca_limits_are_withheld_where_leaving_out_a_case_leaves_no_value():
    rare = np.zeros(len(X))
    rare[3] = 1

    def function(counts):
        record = statistics(counts)
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = counts @ X / (counts @ rare > 0)
        record["values"][:, 2] = np.where(np.isfinite(ratio), ratio, np.nan)
        return record

    with pytest.warns(RuntimeWarning):
        boot = make(function, ci_level=0.5)
    bca = boot.table("other", kind="bca").iloc[0]
    assert np.isnan(bca["ci_lower"])
    assert np.isfinite(bca["se"])
    assert np.isfinite(boot.table("other").loc[0, "ci_lower"])
    assert np.isfinite(boot.table("parameter", kind="bca").loc[1, "ci_lower"])
    assert "No BCa limits, for without some case they do not exist: 'root'." in boot.notes


def test_a_refit_a_draw_gives_what_counts_give():
    plan = plan_resampling(len(X), n_boot=40, seed=6, cluster=np.arange(len(X)) // 3)
    batched = bootstrap_counts(statistics, plan, keys=KEYS)

    def refit(cases):
        mean = X[cases].mean()
        return np.array([0.5, mean, np.sqrt(mean)])

    alone = bootstrap_refits(refit, plan, keys=KEYS, n_jobs=1)
    many = bootstrap_refits(refit, plan, keys=KEYS, n_jobs=2)
    np.testing.assert_array_equal(alone.draws, many.draws)
    np.testing.assert_allclose(alone.draws, batched.draws, rtol=1e-12)
    np.testing.assert_allclose(alone.jackknife, batched.jackknife, rtol=1e-12)
    assert alone.jackknife.shape == (4, 3)
    assert "4 clusters (12 cases)" in str(alone)


def test_a_refit_that_is_refused_is_a_failed_draw():
    def refit(cases):
        if 0 not in cases:
            raise InputError("no first case")
        return np.array([0.5, X[cases].mean(), 1.0])

    with pytest.warns(RuntimeWarning):
        boot = bootstrap_refits(refit, PLAN, keys=KEYS, n_jobs=1)
    with pytest.warns(RuntimeWarning):
        batched = make(failing)
    np.testing.assert_array_equal(boot.failure, batched.failure)
    np.testing.assert_allclose(boot.draws[:, 1], batched.draws[:, 1], rtol=1e-12)


def test_the_first_draws_make_a_bootstrap_of_their_own():
    fewer = make(plan=plan_resampling(len(X), n_boot=500, seed=5))
    pd.testing.assert_frame_equal(make().first(500).parameters, fewer.parameters)


def test_it_reads():
    boot = make()
    lines = str(boot).splitlines()
    assert lines[0] == "Bootstrap of 12 cases, 2000 draws, seed 5; percentile 95% limits"
    assert lines[2].startswith("parameter (Monte Carlo error of a limit: at most 0.")
    assert lines[3].split() == [
        *("lhs", "op", "rhs", "label", "est", "se", "z", "pvalue", "ci_lower", "ci_upper")
    ]
    assert max(map(len, boot.summary().splitlines())) <= 100
    assert "other" in boot.summary()
    assert "<td" in boot._repr_html_()


def test_unknown_names_are_answered():
    boot = make()
    with pytest.raises(
        InputError, match=r"quantity='others' is not one of .* Did you mean 'other'"
    ):
        boot.table("others")
    with pytest.raises(
        InputError, match="kind='bc' is not one of percentile, normal, bca, expanded"
    ):
        boot.confint("bc")
    with pytest.raises(InputError, match="ci_level=95"):
        boot.confint(ci_level=95)
