"""Models in stages: what is asked of them, and that all that follows a fit works on them."""

import pickle

import numpy as np
import pytest

from helpers.errors import InputError
from helpers.models.example import simulate_sessions
from helpers.models.pls.assessment import f_squared, implied_structure, model_quality, reliability
from helpers.models.pls.bootstrap import bootstrap_pls
from helpers.models.pls.counterparts import estimate_with_seminr
from helpers.models.pls.indirect import indirect_effects
from helpers.models.pls.model import fit_pls, fit_pls_correlation
from helpers.models.pls.prediction import cross_validate_pls
from helpers.models.pls.recovery import recover_pls
from helpers.models.pls.stages import StagedModel

CONSTRUCTS = {"task": ["a1"], "bond": ["a2", "a3"], "distress": ["d1", "d2"], "quality": ["q1"]}
SECOND = {"alliance": ["task", "bond"]}
PATHS = [
    ("distress", "alliance"),
    ("alliance", "quality"),
    ("distress", "quality"),
    ("distress:alliance", "quality"),
]


def staged(constructs=CONSTRUCTS, paths=PATHS, second_order=SECOND):
    return StagedModel(constructs, paths, second_order)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"second_order": {"alliance": ["task", "bnd"]}}, "'bnd' is not one .* 'bond'?"),
        ({"second_order": {"alliance": ["task"]}}, "'alliance' needs at least two dimensions"),
        ({"second_order": {"quality": ["task", "bond"]}}, "'quality' has items too"),
        (
            {"second_order": SECOND | {"other": ["bond", "distress"]}},
            "'bond' is in 'alliance' and in 'other'",
        ),
        ({"paths": [*PATHS, ("task", "quality")]}, "'task' in .* is a dimension of 'alliance'"),
        ({"paths": [*PATHS, ("distress", "distress:alliance")]}, "cannot be explained"),
        ({"paths": [PATHS[0], PATHS[1], PATHS[3]]}, "add the path from 'distress'"),
        ({"paths": [*PATHS, ("distres:alliance", "quality")]}, "'distres' in .* 'distress'?"),
        ({"constructs": CONSTRUCTS | {"x": ["task"]}}, "'task' is an item too; rename the item"),
        ({"paths": [*PATHS, ("quality", "distress")]}, "form a circle"),
    ],
)
def test_a_model_that_cannot_be_is_refused(change, message):
    with pytest.raises(InputError, match=message):
        staged(**change)


def test_a_model_survives_a_process():
    assert pickle.loads(pickle.dumps(staged())).stages == staged().stages


def test_a_model_in_stages_has_every_table():
    data = simulate_sessions(300)
    fit = fit_pls(data, model=staged(), mode={"alliance": "B"})
    assert fit.mode == {"distress": "A", "quality": "A", "alliance": "B", "distress:alliance": "A"}
    assert set(f_squared(fit)["rhs"]) == {"distress", "alliance", "distress:alliance"}
    assert np.isfinite(model_quality(fit)["value"]).all()
    of = reliability(fit.first_stage).set_index("construct")
    assert of.loc["bond", "alpha"] > 0.5
    assert np.isnan(of.loc["task", "alpha"])
    boot = bootstrap_pls(data, model=staged(), mode={"alliance": "B"}, n_boot=60)
    effects = indirect_effects(fit, boot)
    assert effects["label"].tolist() == ["distress → alliance → quality"]
    assert {"task", "bond"} <= set(boot.table("rho_a")["lhs"])
    assert "loadings, first stage" in str(fit.summary())


def test_implied_correlations_of_a_saturated_model_are_the_observed():
    paths = [("distress", "quality"), ("alliance", "quality"), ("distress:alliance", "quality")]
    fit = fit_pls(simulate_sessions(300), model=staged(paths=paths))
    implied = implied_structure(fit).to_numpy()
    assert implied == pytest.approx(fit.construct_correlation.to_numpy(), abs=1e-12)


def test_what_stages_do_not_have_is_refused():
    data = simulate_sessions(100)
    with pytest.raises(InputError, match="consistent=True is for models without"):
        fit_pls(data, model=staged(), consistent=True)
    with pytest.raises(InputError, match=r"mode: 'aliance' is not one .* 'alliance'?"):
        fit_pls(data, model=staged(), mode={"aliance": "B"})
    with pytest.raises(InputError, match="a population is not defined here"):
        recover_pls(fit_pls(data, model=staged()), n_replications=2)
    with pytest.raises(InputError, match="the comparison with seminr is not defined here"):
        estimate_with_seminr(fit_pls(data, model=staged()))
    R = data[list(staged().items)].corr()
    with pytest.raises(InputError, match="the fit of a correlation matrix is not defined here"):
        fit_pls_correlation(R, n=100, model=staged())
    with pytest.raises(InputError, match="second-order constructs, for which no way to predict"):
        cross_validate_pls(fit_pls(data, model=staged()))
    paths = [("distress", "quality"), ("task", "quality"), ("task:distress", "quality")]
    paths.append(("distress", "task"))
    mediated = fit_pls(
        data,
        model=staged(
            {name: CONSTRUCTS[name] for name in ("task", "distress", "quality")}, paths, {}
        ),
    )
    with pytest.raises(InputError, match="'earliest' predicts 'task'"):
        cross_validate_pls(mediated, technique="earliest")
