"""The coping study's claims, each judged by what it rests on."""

import numpy as np
import pytest

from helpers.models.inference.intervals import percentile_interval
from helpers.studies.coping_adherence import (
    measurement,
    structure,
)
from helpers.studies.coping_adherence.claims import judge_claims
from helpers.studies.coping_adherence.model import CONSTRUCTS


def test_claims_are_judged_by_what_they_rest_on(study):
    claims = judge_claims(study).set_index("claim")
    paths = structure.tabulate_paths(study).set_index(["rhs", "lhs"])
    row = claims.loc["Problem-focused coping is associated with more client adherence"]
    assert row["est"] == paths.loc[("problem_focused", "adherence"), "est"] < 0
    assert not row["holds"]
    assert claims.loc["Avoidant coping is associated with more therapeutic alliance", "holds"]
    zero = claims.loc["Problem-focused coping is not related to therapeutic alliance"]
    assert zero["pvalue"] == paths.loc[("problem_focused", "alliance"), "pvalue"]
    assert zero["holds"] == (zero["pvalue"] >= 0.1)
    assert zero["rule"] == "p not below .1"
    clear = paths["ci_lower"] * paths["ci_upper"] > 0
    assert (clear == (paths["pvalue"] < 0.1)).all()
    for (start, end), label in {
        ("avoidant", "alliance"): "Avoidant coping is associated with more therapeutic alliance",
        ("problem_focused", "alliance"): zero.name,
    }.items():
        shown = claims.loc[label, ["ci_lower", "ci_upper"]].tolist()
        assert shown == paths.loc[(start, end), ["ci_lower", "ci_upper"]].tolist()
    effect = claims.loc["Therapeutic alliance mediates avoidant coping"]
    limits = structure.tabulate_effects(study).set_index("rhs").loc["avoidant"]
    assert np.isnan(effect["pvalue"])
    assert effect["rule"] == "positive, interval without 0"
    assert effect["ci_lower"] == limits["ci_lower"]
    assert effect["holds"] == (limits["ci_lower"] > 0)
    smallest = claims.loc["All loadings exceed .50"]
    assert smallest["est"] == measurement.tabulate_loadings(study)["est"].min()
    assert smallest["holds"] == (smallest["est"] > 0.5)


def test_the_greatest_effect_is_a_contrast_within_draws(study):
    claims = judge_claims(study).set_index("claim")
    row = claims.loc["Emotion-focused coping has the greatest effect through therapeutic alliance"]
    draws = study.bootstrap.select("indirect")
    columns = {c: next(d for d in draws if d.startswith(c)) for c in CONSTRUCTS[:3]}
    gap = draws[columns["emotion_focused"]] - np.maximum(
        draws[columns["avoidant"]], draws[columns["problem_focused"]]
    )
    low, high = percentile_interval(gap.to_numpy(), 0.9)
    assert (row["ci_lower"], row["ci_upper"]) == (pytest.approx(low), pytest.approx(high))
    assert row["est"] < 0
    assert not row["holds"]


def test_distinct_constructs_have_a_positive_margin(study):
    claims = judge_claims(study).set_index("claim")
    row = claims.loc["√AVE exceeds every correlation of its construct"]
    R = study.fit.construct_correlation.abs().to_numpy()
    root = np.sqrt(
        study.fit.loadings.groupby("lhs", sort=False)["est"].apply(lambda x: (x**2).mean())
    )
    gaps = root.loc[list(CONSTRUCTS)].to_numpy()[:, None] - R
    np.fill_diagonal(gaps, np.inf)
    assert row["est"] == pytest.approx(gaps.min(), abs=1e-9)
    assert row["ci_lower"] < row["est"] + 0.05
    assert row["holds"] == (gaps.min() > 0)
