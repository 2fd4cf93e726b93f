"""The coping study fitted: which items enter, missing answers, clients of one therapist."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from helpers.data.schemas import load_schema
from helpers.errors import InputError
from helpers.models.pls.bootstrap import bootstrap_pls
from helpers.studies.coping_adherence import (
    alternatives,
    measurement,
    results,
)
from helpers.studies.coping_adherence.claims import judge_claims
from helpers.studies.coping_adherence.model import CONSTRUCTS, STUDY, write_model

OPTIONS = {"weighting": "path", "mode": "A", "n_boot": 200, "ci_level": 0.9, "seed": 4}


def _dataset(frame, *, synthetic):
    return SimpleNamespace(frame=frame, synthetic=synthetic, schema=load_schema(STUDY))


def _enter(frame, *, synthetic, **options):
    return results.choose_model(_dataset(frame, synthetic=synthetic), **options).constructs


def _fit(data, left_out=(), **options):
    model = results.choose_model(_dataset(data, synthetic=False), left_out=left_out)
    settings = {"weighting": "path", "mode": "A", "n_boot": 20, "ci_level": 0.9, "seed": 4}
    return results.fit_study(data, model=model, **(settings | options))


def test_of_the_twin_the_first_items_enter_and_of_other_data_all(simulate):
    frame = simulate(sizes=(16, 16, 16, 36, 15))
    sizes = {name: len(items) for name, items in _enter(frame, synthetic=True).items()}
    schema = load_schema(STUDY)
    assert sizes == {name: schema.column(name).twin_items for name in CONSTRUCTS}
    assert _enter(frame, synthetic=True)["avoidant"][-1] == f"avoidant_{sizes['avoidant']}"
    assert [len(items) for items in _enter(frame, synthetic=False).values()] == [16, 16, 16, 36, 15]


def test_items_left_out_stay_out_but_count_in_the_sums(data):
    for synthetic in (True, False):
        own = _enter(data, synthetic=synthetic, left_out=["alliance_2"])
        assert own["alliance"] == ("alliance_1", "alliance_3", "alliance_4")
        assert len(own["avoidant"]) == 4
    study = _fit(data, left_out=["alliance_2"])
    scales = measurement.tabulate_scales(study, load_schema(STUDY)).set_index("construct")
    assert scales.loc["alliance", ["items", "items_in_model"]].tolist() == [4, 3]
    assert scales.loc["alliance", "mean"] == pytest.approx(
        data.filter(like="alliance_").sum(axis=1).mean()
    )
    with pytest.raises(InputError, match="left_out: 'aliance_2' is not an item of the data"):
        _enter(data, synthetic=False, left_out=["aliance_2"])
    with pytest.raises(InputError, match="left_out leaves no item of 'alliance'"):
        _enter(data, synthetic=False, left_out=[f"alliance_{i}" for i in range(1, 5)])


def test_a_missing_answer_takes_the_mean_of_its_item_in_every_result(data):
    gaps = np.random.default_rng(1).random(data.shape) < 0.03
    holed = data.mask(gaps)
    study = results.fit_study(holed, model=write_model(data.columns), missing="mean", **OPTIONS)
    filled = holed.fillna(holed.mean())
    again = results.fit_study(filled, model=write_model(data.columns), **OPTIONS)
    assert study.fit.n == len(data)
    assert study.fit.paths["est"].tolist() == pytest.approx(again.fit.paths["est"].tolist())
    assert study.scores.equals(again.scores)
    methods = alternatives.compare_methods(study)
    assert methods.table.equals(alternatives.compare_methods(again).table)
    direct = bootstrap_pls(
        holed, model=study.fit.model, missing="mean", n_boot=200, ci_level=0.9, seed=4
    )
    assert study.bootstrap.table("path").equals(direct.table("path"))
    # each draw takes its own means, so that the draws differ from those of the filled data
    assert not study.bootstrap.table("path").equals(again.bootstrap.table("path"))


def test_whole_clusters_are_drawn_in_every_bootstrap(data):
    """Every client five times, under one therapist: as if each client had been drawn alone."""
    five = pd.concat([data] * 5, ignore_index=True).assign(
        therapist=np.tile(np.arange(len(data)), 5).astype(str)
    )
    options = OPTIONS | {"model": write_model(data.columns)}
    single = results.fit_study(data, **options)
    clustered = results.fit_study(five, cluster="therapist", **options)
    naive = results.fit_study(five, **options)
    se = [study.bootstrap.table("path")["se"].to_numpy() for study in (single, clustered, naive)]
    assert se[1] == pytest.approx(se[0], rel=1e-6)
    assert (se[2] < 0.6 * se[0]).all()
    icc = [
        measurement.tabulate_scales(s, load_schema(STUDY)).get("icc") for s in (single, clustered)
    ]
    assert icc[0] is None
    assert icc[1].to_numpy() == pytest.approx(1.0)
    again = {"n_boot": 100, "ci_level": 0.9, "seed": 2}
    one, many = (alternatives.compare_algorithms(study, **again) for study in (single, clustered))
    assert many["se"].tolist() == pytest.approx(one["se"].tolist(), rel=1e-6)
    p = [judge_claims(study).set_index("statistic")["pvalue"] for study in (clustered, naive)]
    name = "largest p of a correlation"
    assert p[0][name] == clustered.bootstrap.table("correlation")["pvalue"].max()
    assert p[0][name] != p[1][name]
