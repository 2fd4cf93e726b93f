"""The coping study's loadings and correlations of constructs."""

import pytest

from helpers.studies.coping_adherence import (
    measurement,
)
from helpers.studies.coping_adherence.model import CONSTRUCTS


def test_loadings_are_summarized_by_construct(study):
    loadings = measurement.tabulate_loadings(study)
    blocks = measurement.summarize_loadings(study, loadings).set_index("construct")
    mine = loadings[loadings["lhs"] == "alliance"]
    assert blocks.loc["alliance", "smallest"] == mine["est"].min()
    assert blocks["below"].sum() == (loadings["est"] < 0.5).sum()
    scores, items = study.fit.scores, study.fit.data
    gaps = [
        items[i].corr(scores[other]) - items[i].corr(scores["avoidant"])
        for i in study.fit.model.constructs["avoidant"]
        for other in CONSTRUCTS[1:]
    ]
    assert blocks.loc["avoidant", "largest_cross"] == pytest.approx(max(gaps), abs=1e-9)


def test_pairs_stand_by_scores_and_by_sums(study, data):
    pairs = measurement.tabulate_pairs(study, measurement.tabulate_htmt(study))
    row = pairs[(pairs["lhs"] == "adherence") & (pairs["rhs"] == "avoidant")].iloc[0]
    sums = [data.filter(like=f"{name}_").sum(axis=1) for name in ("adherence", "avoidant")]
    assert row["sums"] == pytest.approx(sums[0].corr(sums[1]))
    assert row["est"] == pytest.approx(study.fit.construct_correlation.loc["adherence", "avoidant"])
