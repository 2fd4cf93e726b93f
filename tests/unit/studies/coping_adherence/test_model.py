"""The coping study's own module: its model, descriptives, and sensitivity tables."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import shapiro

from helpers.errors import InputError
from helpers.models.pls.bootstrap import bootstrap_pls
from helpers.models.pls.counterparts import compare_estimates, fit_sum_scores
from helpers.models.pls.model import fit_pls
from helpers.models.pls.specification import PLSModel
from helpers.studies.coping_adherence.common_factors import fit_common_factors
from helpers.studies.coping_adherence.model import (
    CONSTRUCTS,
    LABELS,
    PATHS,
    compare_n_boot,
    describe_scores,
    fit_construct_correlations,
    write_model,
)

TABLE_3 = {
    ("alliance", "avoidant"): 0.711,
    ("alliance", "problem_focused"): 0.158,
    ("avoidant", "problem_focused"): 0.629,
    ("alliance", "adherence"): 0.626,
    ("avoidant", "adherence"): 0.583,
    ("problem_focused", "adherence"): 0.653,
    ("alliance", "emotion_focused"): 0.680,
    ("avoidant", "emotion_focused"): 0.526,
    ("problem_focused", "emotion_focused"): 0.575,
    ("adherence", "emotion_focused"): 0.743,
}


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(42)
    coping = rng.standard_normal((160, 3))
    alliance = coping @ [0.5, 0.1, 0.4] + 0.6 * rng.standard_normal(160)
    adherence = coping @ [0.2, 0.1, 0.1] + 0.7 * alliance + 0.5 * rng.standard_normal(160)
    scores = np.column_stack([coping, alliance, adherence])
    columns = {
        f"{name}_{i}": np.clip(np.rint(4 + scores[:, k] + 0.8 * rng.standard_normal(160)), 1, 7)
        for k, name in enumerate(CONSTRUCTS)
        for i in range(1, 5)
    }
    return pd.DataFrame(columns).assign(age=30)


@pytest.fixture(scope="module")
def model(data):
    return write_model(data.columns)


def test_the_model_is_the_papers(model):
    assert tuple(model.constructs) == CONSTRUCTS == tuple(LABELS)
    assert len(PATHS) == 7
    assert model.paths == PATHS
    assert model.endogenous == ("alliance", "adherence")
    assert len(model.chains) == 3
    assert all(len(items) == 4 for items in model.constructs.values())


def test_items_can_be_chosen(data):
    chosen = write_model(data.columns, items={"alliance": ["alliance_2", "alliance_4"]})
    assert chosen.constructs["alliance"] == ("alliance_2", "alliance_4")
    assert len(chosen.constructs["adherence"]) == 4
    with pytest.raises(InputError, match="'aliance' is not one of the constructs"):
        write_model(data.columns, items={"aliance": ["alliance_2"]})
    with pytest.raises(InputError, match="'alliance_9' is not an item of 'alliance' in the data"):
        write_model(data.columns, items={"alliance": ["alliance_9"]})


def test_descriptives_are_of_sums_over_complete_answers(data):
    holes = data.copy()
    holes.loc[5, "avoidant_2"] = np.nan
    table = describe_scores(holes).set_index("construct")
    assert table["n"].to_dict() == {name: 159 if name == "avoidant" else 160 for name in CONSTRUCTS}
    sums = data.drop(index=5)[[f"avoidant_{i}" for i in range(1, 5)]].sum(axis=1)
    row = table.loc["avoidant"]
    assert row["mean"] == pytest.approx(sums.mean())
    assert row["sd"] == pytest.approx(np.sqrt(((sums - sums.mean()) ** 2).sum() / 158))
    assert (row["min"], row["max"]) == (sums.min(), sums.max())
    assert row["shapiro_w"] == pytest.approx(shapiro(sums).statistic)


def test_table_3_implies_other_paths_than_table_4():
    """Recomputed from the printed digits: .83, -.75, .68 with R2 .93; -1.4, 1.7, -.76, 1.9."""
    lower = pd.DataFrame(np.nan, index=CONSTRUCTS[::-1], columns=CONSTRUCTS)
    for (a, b), r in TABLE_3.items():
        lower.loc[a, b] = r
    fit = fit_construct_correlations(lower, n=213)
    assert fit.paths["est"].round(2).to_list() == [0.83, -0.75, 0.68, -1.41, 1.68, -0.76, 1.88]
    assert fit.r_squared.iloc[0] == pytest.approx(0.93, abs=0.005)
    with pytest.raises(InputError, match="lacks a row or column for 'alliance'"):
        fit_construct_correlations(lower.drop(index="alliance"), n=213)


def test_estimators_side_by_side(data, model):
    table = compare_estimates(
        {
            "PLS": fit_pls(data, model=model),
            "PLSc": fit_pls(data, consistent=True, model=model),
            "sum scores": fit_sum_scores(data, model=model),
            "CB-SEM": fit_common_factors(fit_pls(data, model=model)),
        }
    )
    assert list(table.columns) == ["lhs", "op", "rhs", "PLS", "PLSc", "sum scores", "CB-SEM"]
    assert len(table) == 9
    rows = table.set_index(["lhs", "op", "rhs"])
    # Both that correct for unreliability find the outcome better explained than both that do not.
    r2 = rows.loc[("adherence", "r2", "")]
    assert min(r2["PLSc"], r2["CB-SEM"]) > max(r2["PLS"], r2["sum scores"])
    fit = fit_pls(data, model=model)
    assert rows.loc[("adherence", "~", "alliance"), "PLS"] == fit.paths["est"].iloc[-1]
    reduced = PLSModel(model.constructs, PATHS[:3] + PATHS[4:])
    less = fit_sum_scores(data, model=reduced)
    with pytest.raises(InputError, match="'less' holds other paths than 'PLS'"):
        compare_estimates({"PLS": fit, "less": less})


def test_limits_settle_with_more_draws(data, model):
    boot = bootstrap_pls(data, model=model, n_boot=1000)
    table = compare_n_boot(boot, n_boots=(100, 1000, 5000))
    assert sorted(set(table["n_boot"])) == [100, 1000]
    errors = table.groupby("n_boot")[["mc_error_lower", "mc_error_upper"]].mean().mean(axis=1)
    assert errors[1000] < 0.6 * errors[100]
    assert table.query("n_boot == 1000")["se"].to_list() == boot.table("path")["se"].to_list()
    with pytest.raises(InputError, match="has only 1000 draws"):
        compare_n_boot(boot, n_boots=(5000,))
