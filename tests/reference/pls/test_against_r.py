"""Composite models against R: psych, semTools, svd, cancor, lm, lavaan, and PLS written on cases.

Source of every value: R (make_reference.R; versions in versions.txt), on the Holzinger-Swineford
items that ship with lavaan.
"""

from pathlib import Path

import pandas as pd
import pytest

from helpers.models.pls.assessment import reliability
from helpers.models.pls.counterparts import fit_sum_scores
from helpers.models.pls.kernel import compile_structure, pls_from_correlation
from helpers.models.pls.model import fit_pls
from helpers.models.pls.specification import PLSModel

HERE = Path(__file__).parent
BLOCKS = {
    "visual": ["x1", "x2", "x3"],
    "textual": ["x4", "x5", "x6"],
    "speed": ["x7", "x8", "x9"],
}
PATHS = [("visual", "textual"), ("visual", "speed"), ("textual", "speed")]
MODEL = PLSModel(BLOCKS, PATHS)
TIGHT = 1e-14


@pytest.fixture(scope="module")
def data():
    return pd.read_csv(HERE / "holzinger.csv")


@pytest.fixture(scope="module")
def reference():
    table = pd.read_csv(HERE / "reference.csv")
    return table.set_index(["quantity", "name"])["value"]


def by_pair(table, column="est"):
    return {f"{row.lhs} {row.rhs}": getattr(row, column) for row in table.itertuples()}


@pytest.mark.parametrize("weighting", ["path", "factor"])
@pytest.mark.parametrize("mode", ["A", "B"])
def test_estimates_equal_the_algorithm_on_cases(data, reference, weighting, mode):
    fit = fit_pls(data, model=MODEL, weighting=weighting, mode=mode, tolerance=TIGHT)
    label = f"{weighting} {mode}"
    for quantity, ours in {
        "path": by_pair(fit.paths),
        "weight": fit.weights.set_index("rhs")["est"].to_dict(),
        "loading": fit.loadings.set_index("rhs")["est"].to_dict(),
        "r2": fit.r_squared.to_dict(),
        "r2_adj": fit.r_squared_adj.to_dict(),
    }.items():
        expected = reference[f"{label} {quantity}"].to_dict()
        assert ours == pytest.approx(expected, rel=0, abs=1e-10), quantity


def test_standardized_alpha_equals_psych(data, reference):
    ours = reliability(fit_pls(data, model=MODEL)).set_index("construct")["alpha"]
    assert ours.to_dict() == pytest.approx(reference["alpha"].to_dict(), rel=1e-12)


def test_htmt_equals_semtools(data, reference):
    correlation = fit_pls(data, model=MODEL).correlation.to_numpy()
    found, _ = pls_from_correlation(correlation, structure=compile_structure(MODEL))
    ours = {f"{rhs} {lhs}": est for (lhs, rhs, _), est in found["htmt"].items()}
    assert ours == pytest.approx(reference["htmt"].to_dict(), rel=1e-8)


@pytest.mark.parametrize("mode", ["A", "B"])
def test_two_blocks_are_singular_vectors_or_canonical_variates(data, reference, mode):
    model = PLSModel({k: BLOCKS[k] for k in ("visual", "textual")}, [("visual", "textual")])
    fit = fit_pls(data, model=model, mode=mode, tolerance=TIGHT)
    assert fit.paths["est"][0] == pytest.approx(
        reference[f"two_block_{mode}", "visual textual"], rel=1e-10
    )
    weights = fit.weights.set_index("rhs")["est"]
    expected = reference[f"two_block_{mode}_weight"]
    # R's canonical vectors come in either orientation.
    expected = expected if expected.sum() > 0 else -expected
    assert weights[expected.index].to_dict() == pytest.approx(expected.to_dict(), abs=1e-9)


def test_sum_scores_equal_lm(data, reference):
    ours = fit_sum_scores(data, model=MODEL)
    for column, quantity in (("est", "sum_path"), ("z", "sum_t"), ("pvalue", "sum_p")):
        expected = reference[quantity].to_dict()
        assert by_pair(ours.paths, column) == pytest.approx(expected, rel=1e-9), quantity
    assert ours.r_squared.to_dict() == pytest.approx(reference["sum_r2"].to_dict(), rel=1e-9)
