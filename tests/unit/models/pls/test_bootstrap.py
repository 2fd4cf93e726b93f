"""Bootstrap of composite models: reproducible, aligned in sign, honest about failures."""

import numpy as np
import pandas as pd
import pytest

from helpers.errors import InputError
from helpers.models.example import simulate_sessions
from helpers.models.inference.intervals import bca_interval, percentile_interval
from helpers.models.pls.assessment import reliability
from helpers.models.pls.bootstrap import bootstrap_pls
from helpers.models.pls.model import fit_pls
from helpers.models.pls.specification import PLSModel

MODEL = PLSModel(
    {"coping": ["c1", "c2", "c3"], "alliance": ["a1", "a2"], "outcome": ["o1", "o2"]},
    [("coping", "alliance"), ("coping", "outcome"), ("alliance", "outcome")],
)
SINGLE = PLSModel({"x": ["c1"], "y": ["a1"]}, [("x", "y")])


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(4)
    coping = rng.standard_normal(90)
    alliance = 0.6 * coping + 0.8 * rng.standard_normal(90)
    outcome = 0.3 * coping + 0.5 * alliance + 0.7 * rng.standard_normal(90)
    scores = {"c": coping, "a": alliance, "o": outcome}
    return pd.DataFrame(
        {item: scores[item[0]] + rng.standard_normal(90) for item in MODEL.items}
    ).round(1)


@pytest.fixture(scope="module")
def boot(data):
    return bootstrap_pls(data, model=MODEL, n_boot=600, seed=11)


def test_the_seed_alone_decides(data, boot):
    for workers in (1, 3):
        again = bootstrap_pls(data, model=MODEL, n_boot=600, seed=11, n_jobs=workers)
        assert (again.draws == boot.draws).all()
    other = bootstrap_pls(data, model=MODEL, n_boot=600, seed=12)
    assert not (other.draws == boot.draws).all(axis=1).any()


def test_more_draws_leave_the_first_ones_alone(data, boot):
    fewer = bootstrap_pls(data, model=MODEL, n_boot=300, seed=11)
    assert (boot.first(300).draws == fewer.draws).all()
    assert boot.first(300).table("path", kind="percentile").equals(fewer.table("path"))
    with pytest.raises(InputError, match="n_boot=601 exceeds the 600 draws there are"):
        boot.first(601)


def test_order_of_rows_and_scale_of_items_change_no_distribution(data):
    indices = np.random.default_rng(2).integers(0, 90, size=(40, 90))
    ours = bootstrap_pls(data, model=MODEL, indices=indices)
    order = np.random.default_rng(3).permutation(90)
    moved = (data.iloc[order] * 5 + 2).reset_index(drop=True)
    theirs = bootstrap_pls(moved, model=MODEL, indices=np.argsort(order)[indices])
    assert theirs.draws == pytest.approx(ours.draws, abs=1e-10)


def test_one_item_each_bootstraps_pearsons_r(data):
    indices = np.random.default_rng(5).integers(0, 90, size=(200, 90))
    boot = bootstrap_pls(data, model=SINGLE, indices=indices)
    x, y = data["c1"].to_numpy(), data["a1"].to_numpy()
    r = np.array([np.corrcoef(x[i], y[i])[0, 1] for i in indices])
    left_out = np.array(
        [np.corrcoef(np.delete(x, i), np.delete(y, i))[0, 1] for i in range(len(x))]
    )
    assert boot.select("path")["x → y"].to_numpy() == pytest.approx(r, abs=1e-12)
    percentile = boot.table("path", kind="percentile").iloc[0]
    assert percentile["se"] == pytest.approx(r.std(ddof=1), rel=1e-10)
    assert boot.bias("path")[0] == pytest.approx(r.mean() - percentile["est"], abs=1e-12)
    expected = percentile_interval(r, 0.95)
    assert percentile[["ci_lower", "ci_upper"]].to_list() == pytest.approx(expected, rel=1e-9)
    bca = boot.table("path", kind="bca").iloc[0]
    expected = bca_interval(r, np.corrcoef(x, y)[0, 1], left_out, 0.95)
    assert bca[["ci_lower", "ci_upper"]].to_list() == pytest.approx(expected, rel=1e-9)


def test_jackknife_rows_are_refits_without_a_case(data, boot):
    for case in (0, 41, 89):
        refit = fit_pls(data.drop(index=case), model=MODEL)
        ours = boot.jackknife[case][boot.keys["quantity"] == "path"]
        assert ours == pytest.approx(refit.paths["est"].to_numpy(), abs=1e-12)


def test_estimates_are_those_of_the_fit(data, boot):
    fit = fit_pls(data, model=MODEL)
    assert boot.table("path")["est"].to_numpy() == pytest.approx(fit.paths["est"], abs=1e-12)
    table = boot.table("path")
    assert table[["lhs", "op", "rhs"]].equals(fit.paths[["lhs", "op", "rhs"]])
    r2 = boot.table("r_squared")
    assert r2["est"].to_numpy() == pytest.approx(fit.r_squared, abs=1e-12)
    assert r2[["z", "pvalue"]].isna().all(axis=None)


def test_indirect_and_total_draws_follow_from_the_paths(boot):
    paths = boot.select("path")
    product = paths["coping → alliance"] * paths["alliance → outcome"]
    indirect = boot.select("indirect")["coping → alliance → outcome"]
    assert indirect.to_numpy() == pytest.approx(product.to_numpy(), abs=1e-14)
    total_indirect = boot.select("total_indirect")["coping → outcome"]
    assert total_indirect.to_numpy() == pytest.approx(indirect.to_numpy(), abs=1e-14)
    total = boot.select("total")["coping → outcome"]
    assert total.to_numpy() == pytest.approx(
        (paths["coping → outcome"] + product).to_numpy(), abs=1e-14
    )


def test_a_higher_level_gives_wider_limits(boot):
    narrow, wide = boot.table("path", ci_level=0.8), boot.table("path", ci_level=0.99)
    assert (wide["ci_lower"] < narrow["ci_lower"]).all()
    assert (wide["ci_upper"] > narrow["ci_upper"]).all()
    assert (narrow["se"] == wide["se"]).all()


def test_limits_move_with_the_seed_as_far_as_their_monte_carlo_error_says(data):
    tables = [
        bootstrap_pls(data, model=SINGLE, n_boot=250, seed=seed).table("path") for seed in range(25)
    ]
    lower = np.array([table["ci_lower"][0] for table in tables])
    claimed = np.mean([table["mc_error_lower"][0] for table in tables])
    assert 0.6 < claimed / lower.std(ddof=1) < 1.6


# --- signs -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def turning():
    """Make data in which one construct's orientation hangs by a thread: its items point apart."""
    rng = np.random.default_rng(9)
    f = rng.standard_normal(80)
    noise = rng.standard_normal((80, 6))
    columns = {"c1": f, "c2": -f, "c3": 0.1 * f, "a1": f, "a2": f, "o1": f}
    frame = pd.DataFrame(columns) + 0.9 * noise
    model = PLSModel(
        {"coping": ["c1", "c2", "c3"], "alliance": ["a1", "a2"], "outcome": ["o1"]},
        [("coping", "alliance"), ("alliance", "outcome")],
    )
    indices = rng.integers(0, 80, size=(150, 80))
    return frame, model, indices


def test_alignment_turns_whole_constructs_and_looks_at_no_path(turning):
    data, model, indices = turning
    plain = bootstrap_pls(data, model=model, indices=indices, sign="none")
    aligned = bootstrap_pls(data, model=model, indices=indices, sign="align")
    assert not plain.by_draw["turned"].any()
    assert 10 < (aligned.by_draw["turned"] > 0).sum() < 140
    own = aligned.keys.query("quantity == 'loading'").groupby("lhs", sort=False).indices
    reference = aligned.estimates[aligned.keys["quantity"] == "loading"]
    loadings = aligned.select("loading").to_numpy()
    for positions in own.values():
        assert (loadings[:, positions] @ reference[positions] > 0).all()
    # A draw either stays or has its coping loadings and its path from coping turned together.
    ratio = loadings[:, 0] / plain.select("loading").to_numpy()[:, 0]
    path = "coping → alliance"
    assert set(np.rint(ratio)) == {-1.0, 1.0}
    assert aligned.select("path")[path].to_numpy() == pytest.approx(
        ratio * plain.select("path")[path].to_numpy(), abs=1e-12
    )
    untouched = ["r_squared", "f2", "alpha", "rho_a", "rho_c", "ave", "htmt"]
    for kind in untouched:
        ours, theirs = aligned.select(kind).to_numpy(), plain.select(kind).to_numpy()
        assert ours == pytest.approx(theirs, rel=1e-12), kind


@pytest.mark.filterwarnings("ignore:.*have no solution:RuntimeWarning")
def test_alignment_does_not_make_a_null_path_significant():
    rng = np.random.default_rng(31)
    model = PLSModel({"a": ["a1", "a2"], "b": ["b1", "b2"]}, [("a", "b")])
    crossing = 0
    for _ in range(20):
        scores = rng.standard_normal((120, 2))
        data = pd.DataFrame(
            {f"{name}{i}": scores[:, j] + 0.6 * rng.standard_normal(120)
             for j, name in enumerate("ab") for i in (1, 2)}
        )  # fmt: skip
        limits = bootstrap_pls(data, model=model, n_boot=250, seed=1).table("path").iloc[0]
        crossing += limits["ci_lower"] < 0 < limits["ci_upper"]
    assert crossing >= 12


# --- failures ------------------------------------------------------------------------------------


def test_failed_draws_are_counted_by_reason_and_left_out(data):
    rare = data.assign(a1=(np.arange(90) < 2).astype(float))
    with pytest.warns(RuntimeWarning, match="draws have no solution and are left out"):
        boot = bootstrap_pls(rare, model=MODEL, n_boot=400, seed=1)
    reasons = boot.failed.set_index("reason")["draws"]
    # Without variance are the draws with none of the two cases: (88 / 90) ** 90 of them.
    assert reasons["an item without variance"] / 400 == pytest.approx((88 / 90) ** 90, abs=0.06)
    assert boot.n_failed == reasons.sum()
    lost = boot.failure != ""
    assert np.isnan(boot.draws[lost]).all()
    reliability = (boot.keys["quantity"] == "rho_a").to_numpy()
    assert np.isfinite(boot.draws[~lost][:, ~reliability]).all()
    kept = boot.select("path").to_numpy()[~lost]
    assert boot.table("path")["se"].to_numpy() == pytest.approx(kept.std(axis=0, ddof=1))


@pytest.mark.filterwarnings("ignore:.*have no solution:RuntimeWarning")
def test_draws_that_do_not_settle_are_counted(data):
    settled = bootstrap_pls(data, model=MODEL, n_boot=300, seed=2)
    limit = int(np.median(settled.by_draw["iterations"]))
    strict = bootstrap_pls(
        data, model=MODEL, n_boot=300, seed=2, max_iter=max(limit, settled_in(data))
    )
    slow = settled.by_draw["iterations"] > strict.by_draw["iterations"].max()
    reasons = strict.failed.set_index("reason")["draws"]
    assert reasons["no convergence"] == slow.sum() > 0


def settled_in(data):
    return fit_pls(data, model=MODEL).iterations


def test_too_few_solutions_are_no_result(data):
    rare = data.assign(a1=(np.arange(90) == 2).astype(float))
    without = np.random.default_rng(1).integers(3, 90, size=(5, 90))
    with pytest.raises(InputError) as error:
        bootstrap_pls(rare, model=MODEL, indices=without)
    assert str(error.value).startswith(
        "fewer than two of 5 bootstrap draws have a solution (an item without variance: 5)"
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"sign": "flip"}, "sign='flip' is not one of 'align', 'none'."),
        ({"ci_level": 95}, "ci_level=95 is not a confidence level"),
        ({"n_boot": 1}, "n_boot=1 is not a number of draws"),
        ({"seed": -1}, "seed=-1 is not a seed"),
        ({"seed": None}, "seed=None is not a seed"),
        ({"indices": np.zeros((4, 7), dtype=int)}, "indices has shape (4, 7); give one row"),
        ({"indices": np.full((4, 90), 90)}, "indices must hold whole numbers from 0 to 89"),
        ({"indices": np.zeros((4, 90))}, "indices must hold whole numbers"),
    ],
)
def test_refusals(data, options, message):
    with pytest.raises(InputError) as error:
        bootstrap_pls(data, model=MODEL, **{"n_boot": 10, **options})
    assert message in str(error.value)


def test_tables_refuse_what_they_lack(data):
    boot = bootstrap_pls(data, model=MODEL, n_boot=10)
    with pytest.raises(InputError, match="kind='BCA' is not one of percentile, normal, bca"):
        boot.table("path", kind="BCA")
    with pytest.raises(InputError, match="Did you mean 'loading'"):
        boot.table("loadings")


def test_a_block_whose_items_follow_from_each_other_has_no_mode_b():
    data = simulate_sessions(60)
    data["a4"] = data["a1"] + data["a2"] - data["a3"]
    items = {"alliance": ["a1", "a2", "a3", "a4"], "quality": ["q1"]}
    model = PLSModel(items, [("alliance", "quality")])
    assert np.isfinite(fit_pls(data, model=model).paths["est"]).all()
    with pytest.raises(InputError, match=r"'alliance', and at least one .*4 items, 60"):
        fit_pls(data, model=model, mode="B")


@pytest.mark.filterwarnings("ignore:.*have no solution:RuntimeWarning")
@pytest.mark.filterwarnings("ignore:That is more than half:RuntimeWarning")
def test_draws_with_fewer_different_cases_than_items_have_no_mode_b():
    rng = np.random.default_rng(1)
    items = [f"i{k}" for k in range(14)]
    data = pd.DataFrame(rng.standard_normal((22, 15)), columns=[*items, "q"])
    model = PLSModel({"x": items, "q": ["q"]}, [("x", "q")])
    indices = np.random.default_rng(2).integers(0, 22, size=(60, 22))
    few = np.array([len(set(draw)) for draw in indices]) <= 14
    assert 10 < few.sum() < 50
    boot = bootstrap_pls(data, model=model, mode="B", indices=indices)
    singular = np.char.startswith(boot.failure.astype(str), "no solution: singular")
    assert singular[few].all()
    assert not singular[~few].any()


@pytest.mark.filterwarnings("ignore:.*have no solution:RuntimeWarning")
@pytest.mark.filterwarnings("ignore:That is more than half:RuntimeWarning")
def test_improper_draws_of_consistent_pls_are_left_out():
    data = simulate_sessions(40, seed=3)
    model = PLSModel({"alliance": ["a1", "a2"], "quality": ["q1"]}, [("alliance", "quality")])
    boot = bootstrap_pls(data, model=model, consistent=True, n_boot=400)
    assert boot.failed["reason"].str.startswith("an improper solution").any()
    kept = boot.failure == ""
    assert (boot.select("rho_a").to_numpy()[kept] <= 1 + 1e-9).all()
    assert (boot.select("r_squared").to_numpy()[kept] <= 1 + 1e-9).all()
    assert np.isnan(boot.select("path").to_numpy()[~kept]).all()


def test_a_rho_a_beyond_0_to_1_has_no_value():
    # two items that do not correlate: rho_A = (w'w)^2 (1 - w'w) / ((w'w)^2 - sum w^4)
    rng = np.random.default_rng(1)
    x = np.linalg.qr(rng.standard_normal((40, 4)) - 0.0)[0][:, :3]
    x -= x.mean(axis=0)
    data = pd.DataFrame(x, columns=["x1", "x2", "q"])
    data["x2"] -= 0.05 * data["x1"]
    data["q"] += 0.5 * data["x1"] + 0.1 * data["x2"]
    model = PLSModel({"x": ["x1", "x2"], "q": ["q"]}, [("x", "q")])
    fit = fit_pls(data, model=model)
    assert not 0 <= fit.statistics["rho_a"].iloc[0] <= 1
    assert np.isnan(reliability(fit)["rho_a"][0])
    table = bootstrap_pls(data, model=model, n_boot=50).table("rho_a")
    assert table[["est", "se", "ci_lower", "ci_upper"]].isna().all(axis=None)
