"""Models of several groups: what is shared, what is refused, and residuals with unit variance."""

import numpy as np
import pandas as pd
import pytest

from helpers.errors import InputError
from helpers.models.sem.comparison import compare_models, wald_test
from helpers.models.sem.general import fit_sem
from helpers.models.sem.invariance import LEVELS, measurement_invariance
from helpers.models.sem.refits import bootstrap_sem, monte_carlo_ci

FACTOR = "f =~ x1 + x2 + x3 + x4"
LOADINGS = np.array([1.0, 0.8, 1.2, 0.9])


def draw(rng, n=300, means=(0.0, 0.5), loadings=(LOADINGS, LOADINGS)):
    rows = []
    for name, mean, weights in zip(("room", "online"), means, loadings, strict=True):
        f = mean + rng.standard_normal(n)
        items = f[:, None] * weights + 0.7 * rng.standard_normal((n, 4)) + [0, 1, 2, 3]
        rows.append(pd.DataFrame(items, columns=["x1", "x2", "x3", "x4"]).assign(arm=name))
    return pd.concat(rows, ignore_index=True)


@pytest.fixture(scope="module")
def data():
    return draw(np.random.default_rng(1))


def test_without_equal_parameters_each_group_is_fitted_by_itself(data):
    together = fit_sem(FACTOR, data, group="arm", estimator="MLR")
    for own in together.names:
        alone = fit_sem(
            FACTOR, data[data["arm"] == own], estimator="MLR", meanstructure=True
        ).parameters
        rows = together.parameters.query("group == @own").reset_index(drop=True)
        pd.testing.assert_frame_equal(
            rows[["lhs", "op", "rhs", "est", "se"]],
            alone[["lhs", "op", "rhs", "est", "se"]],
            rtol=1e-7,
            atol=1e-9,
        )


def test_equal_intercepts_free_the_factor_mean_of_later_groups(data):
    fit = fit_sem(FACTOR, data, group="arm", group_equal=["loadings", "intercepts"])
    means = fit.parameters.query("lhs == 'f' and op == '~1'").set_index("group")
    assert means.loc["room", ["est", "se"]].to_list() == [0.0, 0.0]
    assert abs(means.loc["online", "est"] - 0.5) < 3 * means.loc["online", "se"]


def test_categories_decide_the_order_of_groups_and_rows_do_not(data):
    shuffled = data.sample(frac=1, random_state=2)
    ordered = shuffled.assign(arm=pd.Categorical(shuffled["arm"], ["online", "room"]))
    assert fit_sem(FACTOR, ordered, group="arm").names == ("online", "room")
    first = fit_sem(FACTOR, data, group="arm", group_equal=["loadings"])
    other = fit_sem(FACTOR, ordered, group="arm", group_equal=["loadings"])
    assert other.fit_measures["chisq"] == pytest.approx(first.fit_measures["chisq"], rel=1e-8)


def test_a_label_is_shared_and_a_list_of_labels_is_not(data):
    shared = fit_sem("f =~ x1 + a*x2 + x3 + x4", data, group="arm")
    own = fit_sem("f =~ x1 + c(a, b)*x2 + x3 + x4\nd := a - b", data, group="arm")
    assert np.ptp(shared.parameters.query("label == 'a'")["est"]) == 0
    assert own.fit_measures["df"] == shared.fit_measures["df"] - 1
    difference = own.parameters.set_index("label")["est"]
    assert difference["d"] == pytest.approx(difference["a"] - difference["b"])
    wald, ratio = wald_test(own, "a == b"), compare_models(shared, own)
    assert wald["df"] == ratio["df_diff"] == 1
    assert wald["stat"] == pytest.approx(ratio["chisq_diff"], rel=0.1)  # the same in large samples
    assert monte_carlo_ci(own)["label"].to_list() == ["d"]


def test_a_fixed_number_by_group(data):
    fit = fit_sem("f =~ x1 + c(0.8, NA)*x2 + x3 + x4", data, group="arm")
    rows = fit.parameters.query("rhs == 'x2' and op == '=~'").set_index("group")
    assert rows.loc["room", ["est", "se"]].to_list() == [0.8, 0.0]
    assert rows.loc["online", "se"] > 0


def test_the_ladder_finds_the_level_that_does_not_hold():
    rng = np.random.default_rng(5)
    other = LOADINGS + np.array([0, 0.4, 0, 0])
    same = measurement_invariance(FACTOR, draw(rng, 400), group="arm").table
    apart = measurement_invariance(FACTOR, draw(rng, 400, loadings=(LOADINGS, other)), group="arm")
    assert same["level"].to_list() == list(LEVELS)
    assert same["df_diff"].to_list()[1:] == [3, 3, 4]
    assert (same["pvalue_diff"][1:] > 0.01).all()
    assert apart.table.set_index("level").loc["metric", "pvalue_diff"] < 1e-4
    assert same["chisq"].diff()[1:].to_list() == pytest.approx(same["chisq_diff"][1:].to_list())


def test_standardized_residuals_of_groups_that_share_parameters_have_unit_variance():
    rng = np.random.default_rng(11)
    found = []
    for _ in range(40):
        sample = draw(rng, 150, means=(0, 0))
        equal = ["loadings", "intercepts", "residuals"]
        table = fit_sem(FACTOR, sample, group="arm", group_equal=equal).residuals
        found.append(table.query("op == '~~' and lhs != rhs")["z"].to_numpy())
    assert np.var(found) == pytest.approx(1.0, abs=0.15)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"group": "are"}, "are"),
        ({"group": "arm", "group_equal": ["loading"]}, "'loading' is not known.*loadings"),
        ({"group": "arm", "group_equal": "loadings"}, "is a text"),
        ({"group": "arm", "group_partial": ["f=~x9"]}, "'f=~x9' is no parameter"),
        ({"group": "one"}, "names a single group"),
        ({"group": "gaps"}, "has 3 missing values"),
        ({"group": "tiny"}, "group 'b': data has 4 cases"),
        ({"group": "arm", "cluster": "arm"}, "1 clusters in group 'room'"),
        ({"group_equal": ["loadings"]}, "needs group="),
    ],
)
def test_what_cannot_be_fitted_is_said_in_one_line(data, options, message):
    data = data.assign(one=1, gaps=data["arm"].mask(data.index < 3), tiny="a")
    data.loc[:3, "tiny"] = "b"
    with pytest.raises(InputError, match=message) as refusal:
        fit_sem(FACTOR, data, **options)
    assert "\n" not in str(refusal.value)


def test_labels_for_another_number_of_groups_are_refused(data):
    with pytest.raises(InputError, match="names 3 groups; the data have 2"):
        fit_sem("f =~ x1 + c(a, b, c)*x2 + x3", data, group="arm")
    with pytest.raises(InputError, match="names 2 groups; there is one"):
        fit_sem("f =~ x1 + c(a, b)*x2 + x3", data)


def test_an_improper_group_is_named():
    sample = draw(np.random.default_rng(3), 100)
    with pytest.warns(RuntimeWarning, match="group 'online': the variance of 'x1'.*below zero"):
        fit = fit_sem(f"{FACTOR}\nx1 ~~ c(u, v)*x1\nv == -0.05", sample, group="arm")
    assert [note[:14] for note in fit.notes] == ["group 'online'"]


def test_clusters_of_one_case_are_the_sandwich_of_each_group(data):
    robust = fit_sem(FACTOR, data, group="arm", estimator="MLR")
    alone = fit_sem(FACTOR, data.assign(own=range(len(data))), group="arm", cluster="own")
    n = data.groupby("arm").size()
    rows = robust.parameters["se"] > 0
    factor = robust.parameters["group"].map(n / (n - 1))[rows] ** 0.5
    ours = (alone.parameters["se"] / robust.parameters["se"])[rows]
    assert ours.to_numpy() == pytest.approx(factor.to_numpy(), rel=1e-9)


def test_a_therapist_of_both_groups_ties_them():
    """Of the difference of two means, with each therapist once in both groups: a paired test."""
    rng = np.random.default_rng(2)
    both = rng.standard_normal(200)
    columns = [both + rng.standard_normal(200) for _ in range(2)]
    stacked = pd.DataFrame(
        {
            "y": np.concatenate(columns),
            "arm": np.repeat(["a", "b"], 200),
            "therapist": np.tile(np.arange(200), 2),
        }
    )
    fit = fit_sem("y ~ c(u, v)*1\ny ~~ y\nd := u - v", stacked, group="arm", cluster="therapist")
    row = fit.parameters.set_index("label").loc["d"]
    paired = columns[0] - columns[1]
    assert row["est"] == pytest.approx(paired.mean())
    assert row["se"] == pytest.approx(paired.std(ddof=1) / np.sqrt(200), rel=1e-9)


def test_a_bootstrap_of_groups_draws_within_each(data):
    fit = fit_sem("x2 ~ c(u, v)*x1\nd := u - v", data, group="arm")
    boot = bootstrap_sem(fit, n_boot=6, seed=2, n_jobs=1)
    sizes = fit.parts[0].n, fit.parts[1].n
    order = np.concatenate([np.flatnonzero(data["arm"] == name) for name in fit.names])
    counts = boot.plan.counts(0)
    assert (counts[:, : sizes[0]].sum(axis=1) == sizes[0]).all()
    assert counts[0].sum() == len(data)
    again = fit_sem(
        "x2 ~ c(u, v)*x1\nd := u - v",
        data.iloc[order[np.repeat(np.arange(len(data)), counts[0].astype(int))]],
        group="arm",
    )
    assert boot.select("parameter")["d"].iloc[0] == pytest.approx(
        again.parameters.set_index("label").loc["d", "est"], abs=1e-10
    )
    assert set(boot.parameters["group"]) == {*fit.names, ""}
    assert boot.table("r_squared")["est"].to_list() == pytest.approx(fit.r_squared.to_list())


def test_a_bootstrap_of_clusters_draws_them_within_groups(data):
    own = data.assign(therapist=data["arm"] + (data.groupby("arm").cumcount() % 40).astype(str))
    fit = fit_sem("x2 ~ x1", own, group="arm", cluster="therapist")
    boot = bootstrap_sem(fit, n_boot=4, seed=2, n_jobs=1)
    assert boot.plan.n_units == 80
    drawn = boot.plan.draw(0)
    assert (boot.plan.strata[drawn] == 0).sum(axis=1).tolist() == [40] * 4
    across = data.assign(therapist=data.groupby("arm").cumcount() % 40)
    with pytest.raises(InputError, match="40 of 40 clusters have cases in several groups"):
        bootstrap_sem(fit_sem("x2 ~ x1", across, group="arm", cluster="therapist"), n_boot=4)


def test_a_ladder_needs_a_factor_and_levels_in_order(data):
    with pytest.raises(InputError, match="no factor"):
        measurement_invariance("x1 ~ x2", data, group="arm")
    with pytest.raises(InputError, match="in the order"):
        measurement_invariance(FACTOR, data, group="arm", levels=["scalar", "metric"])
    with pytest.raises(InputError, match="'metrik' is not known"):
        measurement_invariance(FACTOR, data, group="arm", levels=["metrik"])
