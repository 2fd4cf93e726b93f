"""The batched kernel: columns that mean what they say, and failures that stay where they are."""

import numpy as np
import pandas as pd
import pytest

from helpers.models.pls.kernel import (
    compile_structure,
    compute_statistics,
    pls_from_correlation,
    safe_inverse,
    safe_solve,
    solve_pls,
    statistic_columns,
)
from helpers.models.pls.specification import PLSModel

MODEL = PLSModel({"x": ["x"], "m": ["m"], "y": ["y"]}, [("x", "m"), ("x", "y"), ("m", "y")])
STRUCTURE = compile_structure(MODEL)


def correlations(r_xm, r_xy, r_my):
    return np.array([[1, r_xm, r_xy], [r_xm, 1, r_my], [r_xy, r_my, 1]])


def test_statistics_of_one_item_constructs_are_regressions():
    statistics, solution = pls_from_correlation(correlations(0.3, 0.2, 0.4), structure=STRUCTURE)
    direct, second = np.linalg.solve([[1, 0.3], [0.3, 1]], [0.2, 0.4])
    assert statistics["path"].to_list() == pytest.approx([0.3, direct, second], rel=1e-12)
    assert statistics["indirect"].item() == pytest.approx(0.3 * second, rel=1e-12)
    assert statistics["total"].xs("y", level="lhs").to_list() == pytest.approx(
        [direct + 0.3 * second, second], rel=1e-12
    )
    assert statistics["r_squared"]["y"].item() == pytest.approx(
        direct * 0.2 + second * 0.4, rel=1e-12
    )
    assert solution.iterations[0] == 0


def test_columns_name_every_statistic_once():
    columns = statistic_columns(MODEL)
    R = correlations(0.3, 0.2, 0.4)[None]
    assert compute_statistics(R, solve_pls(R, STRUCTURE), STRUCTURE).shape == (1, len(columns))
    assert not columns[["quantity", "lhs", "rhs", "label"]].duplicated().any()
    labels = columns.groupby("quantity")["label"].agg(list)
    assert labels["indirect"] == ["x → m → y"]
    assert labels["total_indirect"] == ["x → y"]
    assert labels["htmt"] == ["x, m", "x, y", "m, y"]


def test_a_failure_is_named_and_leaves_its_neighbors_alone():
    good = correlations(0.3, 0.2, 0.4)
    singular = correlations(1.0, 0.4, 0.4)
    missing = np.full((3, 3), np.nan)
    R = np.stack([good, singular, missing, good])
    solution = solve_pls(R, STRUCTURE)
    assert solution.failure.tolist() == [0, 3, 1, 0]
    statistics = compute_statistics(R, solution, STRUCTURE)
    assert np.isnan(statistics[[1, 2]]).all()
    alone = compute_statistics(R[:1], solve_pls(R[:1], STRUCTURE), STRUCTURE)
    assert (statistics[[0, 3]] == alone).all()


def test_the_limit_of_iterations_is_a_failure():
    rng = np.random.default_rng(2)
    data = pd.DataFrame(rng.standard_normal((60, 6)) + rng.standard_normal((60, 1)))
    model = PLSModel({"a": list("abc"), "b": list("def")}, [("a", "b")])
    R = data.corr().to_numpy()[None]
    enough = solve_pls(R, compile_structure(model, tolerance=1e-10))
    assert enough.failure[0] == 0
    needed = int(enough.iterations[0])
    short = compile_structure(model, tolerance=1e-10, max_iter=needed - 1)
    assert needed > 2
    assert solve_pls(R, short).failure[0] == 2
    just = compile_structure(model, tolerance=1e-10, max_iter=needed)
    assert solve_pls(R, just).failure[0] == 0


def test_many_matrices_finish_at_their_own_pace():
    # Matrices that settle early leave the stack; the late ones must not notice.
    rng = np.random.default_rng(3)
    model = PLSModel(
        {"a": list("abc"), "b": list("def"), "c": list("ghi")}, [("a", "b"), ("b", "c")]
    )
    structure = compile_structure(model)
    R = np.stack(
        [
            np.corrcoef(
                strength * rng.standard_normal((50, 1)) + rng.standard_normal((50, 9)),
                rowvar=False,
            )
            for strength in rng.uniform(0.1, 2, 60)
        ]
    )
    together = solve_pls(R, structure)
    assert np.ptp(together.iterations) > 10
    for i in range(len(R)):
        alone = solve_pls(R[i : i + 1], structure)
        assert alone.iterations[0] == together.iterations[i]
        assert (alone.weights[0] == together.weights[i]).all()
        weights, crossed = together.weights[i], together.cross_loadings[i]
        # Scores have variance 1, and cross-loadings are what the weights make of R.
        for k, own in enumerate((slice(0, 3), slice(3, 6), slice(6, 9))):
            assert crossed[k] == pytest.approx(R[i][:, own] @ weights[own], abs=1e-12)
            assert weights[own] @ R[i][own, own] @ weights[own] == pytest.approx(1, rel=1e-12)


def test_singular_systems_give_nan_in_their_own_place():
    A = np.stack([np.eye(2), np.ones((2, 2)), 2 * np.eye(2)])
    b = np.ones((3, 2))
    solved, inverse = safe_solve(A, b), safe_inverse(A)
    assert np.isnan(solved[1]).all()
    assert np.isnan(inverse[1]).all()
    assert solved[[0, 2]].tolist() == [[1, 1], [0.5, 0.5]]
    assert inverse[2].tolist() == [[0.5, 0], [0, 0.5]]
