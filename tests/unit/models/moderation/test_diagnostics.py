"""What a moderated regression rests on."""

import numpy as np
import pandas as pd
import pytest

from helpers.models.moderation.diagnostics import (
    probe_assumptions,
    probe_curvature,
    probe_influence,
)
from helpers.models.moderation.model import fit_moderation


def test_one_planted_row_is_found_and_flips_the_verdict(make_frame, regress):
    frame = make_frame(seed=3, n=60, product=0.0)
    frame.loc[0, ["x", "w", "y"]] = [3.0, 3.0, 14.0]
    fit = regress(frame)
    found = probe_influence(fit)
    assert found.cases["flagged"].iloc[0]
    assert found.cases["dfbetas_product"].abs().idxmax() == 0
    summary = found.summary.set_index("check")
    assert fit.table["pvalue"].iloc[3] < 0.05
    assert summary.loc["pvalue_without", "n_beyond"] == 1
    without = regress(frame.drop(index=0)).table.iloc[3]
    assert found.cases["est_without"].iloc[0] == pytest.approx(without["est"], rel=1e-9)
    assert found.cases["pvalue_without"].iloc[0] == pytest.approx(without["pvalue"], rel=1e-9)


def test_unequal_variance_is_found(make_frame, regress):
    frame = make_frame(seed=4, n=400)
    frame["y"] += np.exp(frame["x"]) * np.random.default_rng(5).standard_normal(400)
    checks = probe_assumptions(regress(frame)).set_index("check")
    assert checks.loc["Breusch-Pagan", "pvalue"] < 0.001
    assert checks.loc["Shapiro-Wilk", "pvalue"] < 0.001


def test_curvature_in_disguise_is_unmasked(regress):
    rng = np.random.default_rng(6)
    x = rng.standard_normal(400)
    w = 0.8 * x + 0.6 * rng.standard_normal(400)
    frame = pd.DataFrame({"x": x, "w": w, "y": 0.5 * x**2 + rng.standard_normal(400)})
    table = probe_curvature(regress(frame))
    assert table.loc[0, "pvalue"] < 0.001  # the product alone passes for an interaction
    enlarged = table[table["model"] == "with squares"].set_index("term")
    assert enlarged.loc["x:w", "pvalue"] > 0.05
    assert enlarged.loc["x^2", "pvalue"] < 0.001


def test_two_level_columns_have_no_square(frame):
    fit = fit_moderation(frame, outcome="y", predictor="x", moderator="g")
    assert list(probe_curvature(fit)["term"])[1:] == ["x:g[waiting list]", "x^2"]
