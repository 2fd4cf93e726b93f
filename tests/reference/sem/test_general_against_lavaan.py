"""fit_sem beside lavaan on every stored model of latent variables, missing values and clusters."""

import warnings
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from helpers import fit_sem

HERE = Path(__file__).parent
PARTS = ("latent", "missing", "clusters")
ESTIMATORS = ("ML", "MLR")

ANOTHER_MODEL = {
    # equal() of a coefficient that has a label of its own: lavaan drops the equality in silence
    "holzinger_labels",
}
SE_OF_A_CONSTANT = {
    # what a constraint holds at one value has SE 0; lavaan takes the root of minus a rounding error
    ("holzinger_no_indirect", "indirect"),
    ("holzinger_bound_active", "x2"),
    ("heywood_bounded", "h1"),
}
TOLERANCE = {"est": 1e-6, "se": 1e-5, "std_all": 1e-5, "std_all_se": 1e-4}


def read(name, **options):
    return pd.read_csv(HERE / name, keep_default_na=False, na_values=[""], **options)


@cache
def models(part):
    name = "models.csv" if part == "path" else f"{part}/models.csv"
    return pd.read_csv(HERE / name, dtype=str, keep_default_na=False).set_index("model_id")


@cache
def reference(part, table):
    keys = dict.fromkeys(("label", "rhs"), str)
    found = pd.read_csv(HERE / part / f"{table}.csv", dtype=keys, na_values=[""],
                        keep_default_na=False)  # fmt: skip
    return dict(list(found.groupby(["model_id", "estimator"])))


@cache
def data(part, name):
    folder = HERE / "data" if part == "path" else HERE / part / "data"
    suffix = ".csv" if part == "path" else ".csv.gz"
    return pd.read_csv(folder / f"{name}{suffix}")


@cache
def fit(part, model_id, estimator, constraints=""):
    row = models(part).loc[model_id]
    folder = HERE if part == "path" else HERE / part
    text = (folder / "models" / f"{model_id}.lav").read_text() + "\n" + constraints
    options = {}
    if part == "missing":
        options = {"missing": "fiml", "auxiliary": tuple(row["auxiliary"].split())}
    elif part == "clusters":
        options = {"cluster": row["cluster"], "missing": row["missing"] or "listwise"}
    elif part == "latent":
        options = {name.replace(".", "_"): True for name in row["options"].split()}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        return fit_sem(text, data(part, row["dataset"]), estimator=estimator, **options)


CASES = [(part, m, e) for part in PARTS for m in models(part).index for e in ESTIMATORS]


def test_the_corpus_is_there():
    assert all(len(models(part)) >= 60 for part in PARTS)
    assert {key for part in PARTS for key in reference(part, "parameters")} == {
        (m, e) for _, m, e in CASES
    }


def parameter_differences(part, model_id, estimator):
    """Ours and lavaan's parameters side by side, a row a parameter of lavaan's."""
    found = fit(part, model_id, estimator)
    ours = found.parameters.assign(
        std_all=found.standardized["est"], std_all_se=found.standardized["se"]
    )
    ours.loc[ours["op"] == ":=", "rhs"] = ""
    turned = ours[ours["op"] == "~~"].rename(columns={"lhs": "rhs", "rhs": "lhs"})
    both = pd.concat([ours, turned]).drop_duplicates(["lhs", "op", "rhs"])
    rows = reference(part, "parameters")[model_id, estimator].fillna({"rhs": ""})
    rows.loc[rows["op"] == ":=", "rhs"] = ""
    exogenous = {*found.table.exogenous} if not found.given.random else set()
    among = rows["op"].isin(["~~", "~1"]) & rows["lhs"].isin(exogenous)
    rows = rows[~among & ~rows["op"].isin(["==", "<", ">"])]
    return rows.merge(both, on=["lhs", "op", "rhs"], how="left", suffixes=("_lavaan", ""))


@pytest.mark.parametrize(("part", "model_id", "estimator"), CASES)
def test_parameters(part, model_id, estimator):
    if model_id in ANOTHER_MODEL:
        pytest.skip("lavaan fits another model than the one written")
    rows = parameter_differences(part, model_id, estimator)
    assert rows["est"].notna().all()
    se = rows["se_lavaan"].fillna(0)
    scale = np.maximum(rows["est_lavaan"].abs(), np.maximum(se, 1e-8))
    assert (abs(rows["est"] - rows["est_lavaan"]) / scale).max() < TOLERANCE["est"]
    known = rows[[(model_id, v) not in SE_OF_A_CONSTANT for v in rows["rhs"].where(
        rows["rhs"] != "", rows["lhs"])]]  # fmt: skip
    for name in ("se", "std_all", "std_all_se"):
        theirs, mine = known[f"{name}_lavaan"], known[name]
        both = theirs.abs() > (1e-4 if name != "se" else 0)
        off = abs(mine - theirs)[both] / np.maximum(theirs.abs()[both], 0.01 * (name == "std_all"))
        assert off.max() < TOLERANCE[name] or not both.any(), name
    assert (known["se"][known["se_lavaan"] == 0] < 1e-8).all()


@pytest.mark.parametrize(("part", "model_id", "estimator"), CASES)
def test_fit_measures(part, model_id, estimator):
    if model_id in ANOTHER_MODEL:
        pytest.skip("lavaan fits another model than the one written")
    measures = fit(part, model_id, estimator).fit_measures
    rows = reference(part, "fit_measures")[model_id, estimator]
    compared = 0
    for name, theirs in zip(rows["measure"], rows["value"], strict=True):
        if name not in measures.index or not is_comparable(part, model_id, name, measures):
            continue
        mine = measures[name]
        if np.isnan(theirs):
            assert np.isnan(mine), name
            continue
        loose = "scal" in name or "robust" in name
        tolerance = 2e-3 if ".ci." in name else 1e-4 if loose else 1e-5
        floor = 0.02 if ".pvalue" in name and loose else 0.01
        assert abs(mine - theirs) < tolerance * max(abs(theirs), floor), name
        compared += 1
    assert compared >= 15


def is_comparable(part, model_id, name, measures):
    """Not where lavaan leaves a saturated model's robust measures out, or is known to be wrong."""
    if measures["df"] == 0 and ("robust" in name or "scaled" in name):
        return False
    incomplete = part == "missing" or models(part).loc[model_id].get("missing") == "fiml"
    if incomplete and "robust" in name:
        return False  # missing/robust.R says why, and has the values
    # lavaan prints the baseline without, and computes CFI with, correlated auxiliary variables
    return not (part == "missing" and models(part).loc[model_id, "auxiliary"] and "base" in name)


@pytest.mark.parametrize(("part", "model_id", "estimator"), CASES)
def test_r_squared(part, model_id, estimator):
    if model_id in ANOTHER_MODEL:
        pytest.skip("lavaan fits another model than the one written")
    rows = reference(part, "r_squared").get((model_id, estimator))
    if rows is None:
        return
    ours = fit(part, model_id, estimator).r_squared
    for variable, theirs in zip(rows["variable"], rows["r_squared"], strict=True):
        if np.isfinite(theirs):
            assert ours[variable] == pytest.approx(theirs, rel=1e-6, abs=1e-7)


ROBUST = reference("missing", "robust")


@pytest.mark.parametrize(("model_id", "estimator"), list(ROBUST))
def test_robust_measures_under_missing_values(model_id, estimator):
    measures = fit("missing", model_id, estimator).fit_measures
    rows = ROBUST[model_id, estimator]
    for name, theirs in zip(rows["measure"], rows["value"], strict=True):
        if name in measures.index and np.isfinite(theirs):
            tolerance = 2e-3 if ".ci." in name else 1e-4
            assert abs(measures[name] - theirs) < tolerance * max(abs(theirs), 0.05), name


def test_enough_robust_measures_are_compared():
    assert len(ROBUST) > 80


@pytest.mark.parametrize(("model_id", "estimator"), list(reference("latent", "residuals")))
def test_standardized_residuals(model_id, estimator):
    if model_id in ANOTHER_MODEL:
        pytest.skip("lavaan fits another model than the one written")
    ours = fit("latent", model_id, estimator).residuals.query("op == '~~'")
    place = {frozenset((r.lhs, r.rhs)): r.z for r in ours.itertuples()}
    for row in reference("latent", "residuals")[model_id, estimator].itertuples():
        mine = place.get(frozenset((row.lhs, row.rhs)), np.nan)
        if np.isfinite(row.z) and np.isfinite(mine):
            assert abs(mine - row.z) < 1e-3 * max(1, abs(row.z))


@pytest.mark.parametrize(
    ("model_id", "estimator"), list(reference("latent", "modification_indices"))
)
def test_modification_indices(model_id, estimator):
    if model_id in ANOTHER_MODEL:
        pytest.skip("lavaan fits another model than the one written")
    found = fit("latent", model_id, estimator)
    ours = {(r.lhs, r.op, r.rhs): r for r in found.modification_indices().itertuples()}
    ours |= {(r.rhs, r.op, r.lhs): r for r in ours.values() if r.op == "~~"}
    rows = reference("latent", "modification_indices")[model_id, estimator].fillna({"rhs": ""})
    into_exogenous = (rows["op"] == "~") & rows["lhs"].isin(found.table.exogenous)
    for row in rows[~into_exogenous & (rows["mi"] > 1e-6)].itertuples():
        mine = ours[row.lhs, row.op, row.rhs]
        assert abs(mine.mi - row.mi) < 1e-4 * max(0.1, row.mi)
        assert abs(mine.epc - row.epc) < 1e-4 * max(0.01, abs(row.epc))
        # of a variance lavaan standardizes the estimate, not the expected change
        if row.lhs != row.rhs and np.isfinite(row.sepc_all):
            assert abs(mine.sepc_all - row.sepc_all) < 1e-3 * max(0.01, abs(row.sepc_all))


def test_reliability():
    rows = read("latent/reliability.csv")
    simple = rows[~rows["model_id"].isin([*ANOTHER_MODEL, "holzinger_mimic_direct"])]
    simple = simple[~simple["model_id"].str.startswith("growth")]  # a factor with cross-loadings
    compared = 0
    for row in simple.itertuples():
        ours = fit("latent", row.model_id, row.estimator).reliability
        if row.factor in ours.index and np.isfinite(row.omega_implied):
            assert ours.loc[row.factor, "omega"] == pytest.approx(row.omega_implied, abs=1e-6)
        if row.factor in ours.index and np.isfinite(row.ave_implied):
            assert ours.loc[row.factor, "ave"] == pytest.approx(row.ave_implied, abs=1e-6)
            compared += 1
    assert compared > 100
