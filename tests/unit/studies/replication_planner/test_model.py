from dataclasses import replace

import numpy as np
import pytest

from helpers.errors import InputError
from helpers.models.power.simulation import simulate_power
from helpers.models.sem.covariance import r_squared
from helpers.studies.replication_planner.model import tabulate_plan
from helpers.studies.replications import list_replications, load_replication

# loaded here, for semopy draws from the global generator when it is imported
REPLICATIONS = {study: load_replication(study) for study in list_replications()}


@pytest.mark.parametrize("study", REPLICATIONS)
def test_every_cell_of_the_default_grid_has_a_population(study):
    replication = REPLICATIONS[study]
    design, full = replication.design, replication.full
    ones = dict.fromkeys(design.measures, 1.0)
    for effect in full.effects:
        design.population(effect, ones)
    assert replication.study == study
    assert len(full.sizes) == len(full.effects) == 10
    assert replication.published_n in full.sizes
    assert set(design.targets) <= set(replication.names)
    assert replication.assumptions


def test_coping_design_is_the_printed_study():
    design = load_replication("coping_adherence").design
    population = design.population(1.0, dict.fromkeys(design.measures, 1.0))
    explained = dict(
        zip(
            design.structure.endogenous,
            r_squared(design.structure, population.theta, population.correlation),
            strict=True,
        )
    )
    assert explained["alliance"] == pytest.approx(0.563, abs=5e-4)
    assert explained["adherence"] == pytest.approx(0.899, abs=5e-4)
    assert design.paths["adherence_on_alliance"] == 0.710
    assert len(design.targets) == 10
    assert sum(design.items.values()) == 61


def test_distress_design_has_the_printed_effects():
    design = load_replication("distress_session_quality").design
    truth = dict(zip(design.targets, design.truth(1.0), strict=True))
    for target, printed in {
        "ind_total": -0.160,
        "total": -0.206,
        "task_minus_goal": -0.093,
    }.items():
        assert truth[target] == pytest.approx(printed, abs=1e-3)


def test_targets_and_studies_are_checked():
    with pytest.raises(InputError, match="Did you mean 'coping_adherence'"):
        load_replication("coping_adherance")
    with pytest.raises(InputError, match="cannot be planned; there are coping_adherence, "):
        load_replication("working_alliance_theory")
    with pytest.raises(InputError, match="targets"):
        replace(load_replication("distress_session_quality").design, targets=("ind_totl",))


def test_plan_reads_the_grid():
    grid = simulate_power(
        load_replication("intersession_alliance").design,
        sizes=[60, 90, 120, 160],
        effects=[0.2, 0.27],
        n_replications=400,
        seed=1,
        n_jobs=1,
    )
    plan = tabulate_plan(grid, effect=0.27, target="product", attrition=0.1)
    plan = plan.set_index("item")["value"]
    n = plan["smallest n to analyze"]
    assert 80 < n < 112
    assert plan["smallest n by formula"] < n
    assert plan["smallest n to recruit"] == np.ceil(n / 0.9)
    assert plan["alpha, two-sided"] == 0.05
    far = tabulate_plan(grid, effect=0.2, target="product", power=0.99).set_index("item")["value"]
    assert far["status"] == "not reached on the grid"
    with pytest.raises(InputError, match=r"effect=0.25 is not in the grid; there are 0.2, 0.27"):
        tabulate_plan(grid, effect=0.25, target="product")
