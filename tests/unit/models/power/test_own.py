"""A reader's own study: read from values or correlations, with clusters, and what is refused."""

from dataclasses import replace

import numpy as np
import pytest

from helpers.commands.plan import plan_study
from helpers.commands.plan_words import PlannedSize, write_sizes
from helpers.errors import InputError
from helpers.models.power.composite import CompositeDesign
from helpers.models.power.design import Analysis
from helpers.models.power.own import read_plan
from helpers.models.power.path import PathDesign
from helpers.models.power.search import find_smallest_n, search_sizes
from helpers.models.power.simulation import simulate_power

MODEL = "m1 ~ a1*x + a2*z\nm2 ~ a3*x + a4*z\nm1 ~~ m2\ny ~ b1*m1 + b2*m2 + c*x\nind := a1*b1"
VALUES = {"a1": 0.3, "a2": 0.2, "a3": -0.2, "a4": 0.15, "b1": 0.4, "b2": 0.1, "c": 0.1}
PAIRS = {"x~~z": 0.3, "m1~~m2": 0.25}


def test_values_and_the_correlations_they_imply_give_the_same_population():
    by_values = read_plan({"model": MODEL, "values": VALUES, "correlations": PAIRS}).design
    ones = dict.fromkeys(by_values.measures, 1.0)
    R = by_values.population(1.0, ones).correlation
    names = by_values.structure.variables
    pairs = {
        f"{one}~~{other}": float(R[i, j])
        for i, one in enumerate(names)
        for j, other in enumerate(names)
        if j < i
    }
    by_correlations = read_plan({"model": MODEL, "correlations": pairs}).design
    for label, value in VALUES.items():
        assert by_correlations.paths[label] == pytest.approx(value, abs=1e-12)
    again = by_correlations.population(1.0, ones).correlation
    np.testing.assert_allclose(again, R, atol=1e-12)


def test_items_make_it_a_study_of_composites():
    given = {"model": "y ~ a*x", "values": {"a": 0.3}, "items": {"x": 4, "y": 3}}
    design = read_plan({**given, "loadings": {"x": 0.7, "y": 0.8}}).design
    assert isinstance(design, CompositeDesign)
    assert design.items == {"x": 4, "y": 3}


def test_clusters_cost_what_the_design_effect_says():
    # the slope's errors are products of two variables of the same ICC: 1 + (m - 1) icc^2
    grid = {"sizes": [100, 200], "effects": [1.0], "target": "a", "n_replications": 1000}
    grid |= {"interval": "bootstrap", "n_boot": 199, "seed": 4, "n_jobs": 1}
    model = {"model": "y ~ a*x", "paths": {"a": 0.25}, "targets": ("a",)}
    sizes = []
    for more in ({}, {"caseload": 8, "icc": 0.4}):
        study = search_sizes(PathDesign(**model, **more), **grid)
        sizes.append(find_smallest_n(study.table)["n_smallest"].iloc[0])
    alone = 2.801585**2 * (1 - 0.25**2) / 0.25**2
    assert sizes[0] == pytest.approx(alone, rel=0.1)
    assert sizes[1] / sizes[0] == pytest.approx(1 + 7 * 0.4**2, rel=0.15)


def test_clustered_samples_are_as_alike_as_said():
    design = PathDesign(model="y ~ a*x", paths={"a": 0.5}, targets=("a",), caseload=4, icc=0.3)
    population = design.population(1.0, {"x": 1.0, "y": 1.0})
    analysis = Analysis(interval="bootstrap", n_boot=50)
    found = design.replicate(population, 400, 40, np.random.default_rng(1), analysis)
    assert found.est[:, 0].mean() == pytest.approx(0.5, abs=0.03)
    with pytest.raises(InputError, match="takes cases for independent"):
        design.replicate(population, 400, 2, np.random.default_rng(1), Analysis())
    with pytest.raises(InputError, match="in clusters of 4; use 40 or more"):
        design.replicate(population, 20, 2, np.random.default_rng(1), analysis)


SETTINGS = {"n_replications": 200, "n_boot": 199, "seed": 3, "n_jobs": 1}
MEDIATION = {
    "model": "m ~ a*x\ny ~ b*m + c*x\nind := a*b",
    "values": {"a": 0.5, "b": 0.5, "c": 0.1},
    "targets": ["b", "ind"],
}


def tell(given, **settings):
    """What the command prints, on one line."""
    study, said = plan_study(read_plan(given), **{**SETTINGS, **settings})
    return study, " ".join(said.split())


def test_a_plan_in_words():
    study, said = tell({**MEDIATION, "joint": True, "attrition": 0.2})
    found = find_smallest_n(study.table).set_index("target")["n_smallest"]
    n = found["b and ind"]
    assert n >= found[["b", "ind"]].max() - 1
    assert f"recruit {np.ceil(n / 0.8 - 1e-9):.0f} clients, of whom we expect that 20% are" in said
    assert "both b (m → y) and ind (a*b) in the same sample" in said
    assert "reliabilities" not in said
    assert "The model (m ~ a*x; y ~ b*m + c*x; ind := a*b) is fitted by maximum likelihood" in said
    assert "a = 0.5, b = 0.5, c = 0.1" in said


def test_the_smallest_effect_of_a_given_number_of_clients_in_words():
    _, said = plan_study(read_plan({**MEDIATION, "n": 80}), **SETTINGS)
    multiple = float(said.splitlines()[1].split()[-1])
    assert 0.3 < multiple < 1
    assert "80 clients in the analysis" in said
    few = {**SETTINGS, "n_replications": 100, "n_boot": 99}
    reliable = {**MEDIATION, "joint": True, "n": 80, "reliability": {"m": 0.8}}
    _, said = plan_study(read_plan(reliable), **few)
    joint, *each = said.splitlines()[1:4]
    multiple = float(joint.split()[-1])
    for line, power in zip(each, (1, 2), strict=True):
        given, smallest = map(float, line.split()[-2:])
        assert given == pytest.approx(0.5**power)
        assert smallest == pytest.approx(given * multiple**power, abs=0.02)


RAISED = PlannedSize(
    n=100, lower=70, upper=90, n_power=80, at_least=False, coverage=0.94,
    n_short=80, coverage_short=0.9, power_at_largest=0.9, largest=100,
)  # fmt: skip


def put_into_words(given, size):
    plan = read_plan({**MEDIATION, "targets": ["b"], **given})
    settings = {"n_replications": 4, "interval": "bootstrap", "n_boot": 20, "n_jobs": 1}
    study = simulate_power(plan.design, sizes=[80, 100], effects=[1.0], **settings)
    return " ".join(write_sizes(plan, study, {"b": size}, 500).split())


def test_a_plan_with_gaps_says_them_and_the_analysis():
    gaps = {"missing": {"y": 0.2}, "missing_depends_on": {"y": "x"}}
    said = put_into_words({**gaps, "analysis": "fiml"}, RAISED)
    assert "full-information maximum likelihood, to every client with the answers that" in said
    assert "20% of y (depending on x: 6% at one standard deviation below its mean, 35% at" in said
    said = put_into_words({**gaps, "analysis": "listwise"}, RAISED)
    assert "to the clients without a missing answer (listwise deletion)" in said
    assert "clients measured, of whom those with a gap are then left out" in said


def test_where_intervals_cover_too_little_the_size_is_raised_or_none_is_given():
    said = put_into_words({}, RAISED)
    assert "at 80 the intervals contain the value in only 90.0% of samples" in said
    assert "recruit 100 clients and to analyze 100" in said
    said = put_into_words({}, replace(RAISED, n=np.nan))
    assert "No size is given for b: 80 clients have the power, but" in said
    assert "recruit" not in said


def test_a_plan_says_the_reliabilities_that_it_rests_on():
    given = {"model": "y ~ a*x", "values": {"a": 0.4}, "reliability": {"x": 0.8, "y": 0.9}}
    settings = {"n_replications": 100, "n_boot": 99, "seed": 3, "n_jobs": 1}
    _, said = tell(given, **settings)
    assert said.endswith("standardized values of a = 0.4; reliabilities of x 0.8 and y 0.9.")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"modle": "y ~ x"}, "'modle' is not one of .*Did you mean 'model'"),
        ({"model": 3}, "model: give the paths"),
        ({"values": {"a": "high"}}, "values: a='high' is not a number"),
        ({"values": [0.3]}, "values: give a value by name"),
        ({"correlations": {"x-y": 0.3}}, "is not of the form one~~other"),
        ({"correlations": {"x~~q": 0.3}}, "'q' is no variable of the model"),
        ({"targets": "a"}, "targets: give a list"),
        ({"targets": ["b"]}, "targets: 'b' is not one of a"),
        ({"joint": "yes"}, "joint='yes' is neither true nor false"),
        ({"attrition": 1.2}, "attrition=1.2 is not a share below 1"),
        ({"power": 0}, "power=0 is not a share below 1"),
        ({"n": 2.5}, "n=2.5 is not a number of cases"),
        ({"caseload": 5, "icc": 1.0}, "icc=1.0 is not a share"),
        ({"caseload": 2.5, "icc": 0.1}, "caseload=2.5 is not a number of cases"),
        ({"caseload": 5}, "caseload=5 needs icc beside it"),
        ({"icc": 0.1}, "icc=0.1 needs caseload beside it"),
        ({"model": "f =~ x + y"}, "'=~' makes a latent variable, and a plan takes scores"),
        ({"model": "y ~ a*x + b*z + i*x:z"}, "'x:z' is a product, which is not normal"),
        (
            {"values": {"a": 0, "3": None}},
            "3=None is not a number; one looks like 0.3, with a point",
        ),
        ({"values": {"a": 1.2}}, "the paths explain 144% of the variance of y"),
    ],
)
def test_what_cannot_be_planned_is_refused_in_one_line(change, message):
    given = {"model": "y ~ a*x", "values": {"a": 0.3}}
    with pytest.raises(InputError, match=message) as error:
        read_plan({**given, **change})
    assert "\n" not in str(error.value)


def test_correlations_are_needed_of_every_pair_and_of_data():
    model = {"model": "y ~ a*x + b*z"}
    with pytest.raises(InputError, match="is missing; give that of every pair"):
        read_plan({**model, "correlations": {"x~~y": 0.3, "z~~y": 0.2}})
    impossible = {"x~~y": 0.9, "z~~y": -0.9, "x~~z": 0.9}
    with pytest.raises(InputError, match="no data have them"):
        read_plan({**model, "correlations": impossible})
    possible = impossible | {"x~~z": -0.9}
    assert len(read_plan({**model, "correlations": possible}).design.paths) == 2
