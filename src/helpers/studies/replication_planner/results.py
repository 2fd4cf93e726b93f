"""Plans of the quantitative studies: grids simulated, sizes read off, checks beside."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path

import numpy as np
import pandas as pd

from helpers.errors import InputError, did_you_mean
from helpers.models.power.design import Design
from helpers.models.power.replication import Replication
from helpers.models.power.simulation import PowerStudy, find_smallest_n, simulate_power
from helpers.notebook import NotebookRun
from helpers.paths import project_root
from helpers.sources import find_imports
from helpers.studies.replication_planner.model import change_design, list_values, tabulate_plan
from helpers.studies.replications import list_replications, load_replication

REPLICATIONS = {"short": 500, "full": 1000}
"""Samples a cell of the two grids."""


@dataclass(frozen=True)
class Plan:
    """One study's simulated grid and what is planned from it.

    Attributes
    ----------
    replication : Replication
        The study.
    power : PowerStudy
    target : str
        What the sample size is chosen for.
    effect : float
        The effect size planned for, in the design's unit.
    wanted : float
        The power wanted.
    settings : mapping
        What was given to `simulate_power` beside the grid.
    """

    replication: Replication
    power: PowerStudy
    target: str
    effect: float
    wanted: float
    settings: Mapping[str, object]

    @property
    def label(self) -> str:
        """The words for what is planned for."""
        return self.replication.names[self.target]

    @property
    def planned(self) -> pd.DataFrame:
        """Rows of the grid at the effect size planned for."""
        table = self.power.table
        return table[np.isclose(table["effect"], self.effect)]


def read_values(texts: Sequence[str]) -> dict[str, float]:
    """Read `name=value` texts.

    Examples
    --------
    >>> read_values(["task_on_rri=0.4", "r_predictor_outcome = .3"])
    {'task_on_rri': 0.4, 'r_predictor_outcome': 0.3}
    """
    values = {}
    for text in texts:
        name, _, number = (part.strip() for part in text.partition("="))
        try:
            values[name] = float(number)
        except ValueError:
            values[name] = np.nan
        if not name or not np.isfinite(values[name]):
            raise InputError(f"own_values: {text!r} is not of the form name=0.4")
    return values


def choose_grid(
    replication: Replication,
    *,
    grid: str,
    sizes: Sequence[int],
    effects: Sequence[float],
    planned: float,
    n_replications: int,
) -> tuple[dict[str, tuple], int]:
    """The sample sizes, effect sizes and samples a cell of one study.

    Parameters
    ----------
    replication : Replication
    grid : {"short", "full"}
    sizes, effects : sequence
        In place of the grid's where not empty; effects as multiples of the published one.
    planned : float
        Multiple of the published effect; always among the effects.
    n_replications : int
        In place of the grid's where not 0.

    Returns
    -------
    tuple
        `sizes` and `effects` for `simulate_power`, and the number of samples.
    """
    chosen = {"short": replication.brief, "full": replication.full}[grid]
    unit = replication.published_effect
    own = [round(unit * effect, 10) for effect in effects] or chosen.effects
    wanted = round(unit * planned, 10)
    return {
        "sizes": tuple(sorted(set(sizes) or set(chosen.sizes))),
        "effects": tuple(sorted({*own, wanted})),
    }, n_replications or REPLICATIONS[grid]


def find_store(run: NotebookRun) -> Path | None:
    """Where finished cells of a run with other parameters are kept, so that it can continue.

    Parameters
    ----------
    run : NotebookRun

    Returns
    -------
    pathlib.Path or None
        A folder of ``build/planner``, another one for other source code; None at the defaults,
        which take seconds and are always simulated anew.
    """
    if run.at_defaults:
        return None
    here = Path(__file__)
    digest = hashlib.sha256()
    for path in [here, *find_imports([here])]:
        digest.update(path.read_bytes())
    return project_root() / "build" / "planner" / digest.hexdigest()[:12]


def plan_studies(
    studies: Sequence[str],
    *,
    targets: Sequence[str],
    own_values: Sequence[str],
    grid: str,
    sizes: Sequence[int],
    effects: Sequence[float],
    planned: float,
    wanted: float,
    n_replications: int,
    reliability: float,
    **settings: object,
) -> dict[str, Plan]:
    """Simulate the grid of each study.

    Parameters
    ----------
    studies : sequence of str
        All that can be planned where none is given.
    targets : sequence of str
        What to plan for, by label, at most one a study; its main target where none is given.
    own_values : sequence of str
        `name=value` in place of printed paths or assumed correlations.
    grid, sizes, effects, planned, n_replications
        As in `choose_grid`.
    wanted : float
        Power.
    reliability : float
        Of all measures, relative to the published ones.
    **settings
        For `simulate_power`.

    Returns
    -------
    dict of str to Plan

    Raises
    ------
    InputError
        A study that cannot be planned; a target or a value that none of the studies has, or two
        targets of one study.
    """
    wished = {study: load_replication(study) for study in studies or list_replications()}
    designs = {study: replication.design for study, replication in wished.items()}
    chosen = _choose_targets(designs, targets)
    values = _share_values(designs, read_values(own_values))
    plans = {}
    for study, replication in wished.items():
        cells, samples = choose_grid(
            replication,
            grid=grid,
            sizes=sizes,
            effects=effects,
            planned=planned,
            n_replications=n_replications,
        )
        given = {"n_replications": samples, "reliability": reliability, **settings}
        power = simulate_power(change_design(replication.design, values[study]), **cells, **given)
        effect = round(replication.published_effect * planned, 10)
        target = chosen.get(study, replication.main_target)
        plans[study] = Plan(replication, power, target, effect, wanted, given)
    return plans


def _choose_targets(designs: Mapping[str, Design], targets: Sequence[str]) -> dict[str, str]:
    chosen = {}
    for target in targets:
        owners = [study for study, design in designs.items() if target in design.targets]
        if not owners:
            known = [name for design in designs.values() for name in design.targets]
            raise InputError(
                f"targets: {target!r} is no target of {', '.join(designs)}; there are "
                f"{', '.join(known)}.{did_you_mean(target, known)}"
            )
        for study in owners:
            if study in chosen:
                raise InputError(f"targets={list(targets)!r} names two of {study}; give one.")
            chosen[study] = target
    return chosen


def _share_values(
    designs: Mapping[str, Design], values: Mapping[str, float]
) -> dict[str, dict[str, float]]:
    known = {study: list_values(design) for study, design in designs.items()}
    everything = [name for names in known.values() for name in names]
    for name in values:
        if name not in everything:
            raise InputError(
                f"own_values: {name!r} is no value of {', '.join(designs)}; there are "
                f"{', '.join(everything)}.{did_you_mean(name, everything)}"
            )
    return {
        study: {name: value for name, value in values.items() if name in names}
        for study, names in known.items()
    }


def tabulate_power(plans: Mapping[str, Plan]) -> pd.DataFrame:
    """Every cell of every study: `study`, then the columns of `PowerStudy.table`."""
    tables = [plan.power.table.assign(study=study) for study, plan in plans.items()]
    table = pd.concat(tables, ignore_index=True)
    return table[["study", *table.columns.drop("study")]]


def tabulate_designs(plans: Mapping[str, Plan]) -> pd.DataFrame:
    """What each design aims at, at the effect size planned for.

    Returns
    -------
    DataFrame
        `study target label main truth estimand`: with the published reliability and with the
        planned one.
    """
    rows = []
    for study, plan in plans.items():
        labels = plan.replication.names
        for row in plan.planned.drop_duplicates("target").itertuples():
            main = row.target == plan.target
            rows.append((study, row.target, labels[row.target], main, row.truth, row.estimand))
    names = ["study", "target", "label", "main", "truth", "estimand"]
    return pd.DataFrame(rows, columns=names)


def tabulate_smallest(plans: Mapping[str, Plan]) -> pd.DataFrame:
    """Smallest sample sizes of every target and effect size.

    Returns
    -------
    DataFrame
        `study label main planned published_n power_published`, then the columns of
        `find_smallest_n`, `has_formula grid_lowest grid_highest`. `power_published` is the
        simulated power at the published sample size, NaN where that is not on the grid.
    """
    tables = []
    for study, plan in plans.items():
        table = find_smallest_n(plan.power.table, power=plan.wanted)
        n = plan.replication.published_n
        at_n = plan.power.table[plan.power.table["n"] == n]
        at_n = at_n.rename(columns={"power": "power_published"})
        keys = ["effect", "target"]
        table = table.merge(at_n[[*keys, "power_published"]], on=keys, how="left")
        sizes = plan.power.table["n"]
        formulas = plan.power.table.dropna(subset="analytic_power")["target"]
        tables.append(
            table.assign(
                study=study,
                label=table["target"].map(plan.replication.names),
                main=table["target"] == plan.target,
                planned=np.isclose(table["effect"], plan.effect),
                published_n=n,
                has_formula=table["target"].isin(formulas),
                grid_lowest=sizes.min(),
                grid_highest=sizes.max(),
            )
        )
    result = pd.concat(tables, ignore_index=True)
    first = ["study", "label", "main", "planned", "published_n", "power_published"]
    return result[[*first, *result.columns.drop(first)]]


def tabulate_plans(plans: Mapping[str, Plan]) -> pd.DataFrame:
    """The rows of a preregistration, a column a study: `item` and the studies' slugs.

    Numbers are to six digits, for a column that holds words as well is compared as text.
    """
    columns = []
    for study, plan in plans.items():
        table = tabulate_plan(
            plan.power, effect=plan.effect, target=plan.target, power=plan.wanted
        ).set_index("item")["value"]
        unit = plan.power.design.effect_name
        table = table.rename({f"effect size ({unit})": "effect size"})
        place = table.index.get_loc("effect size") + 1
        added = pd.Series({"unit of the effect size": unit}, dtype=object)
        table = pd.concat([table[:place], added, table[place:]])
        columns.append(table.map(_to_six_digits).rename(study))
    return pd.concat(columns, axis=1, sort=False).rename_axis("item").reset_index()


def _to_six_digits(value: object) -> object:
    return float(f"{value:.6g}") if isinstance(value, float) else value


def check_formulas(plans: Mapping[str, Plan]) -> pd.DataFrame:
    """Simulated beside analytic power, by study and formula.

    Returns
    -------
    DataFrame
        `study analytic_method cells mean_difference largest_difference`: simulated less analytic
        power over the cells of all targets that have a formula.
    """
    table = tabulate_power(plans).dropna(subset="analytic_power")
    table = table.assign(difference=table["power"] - table["analytic_power"])
    rows = []
    for (study, method), part in table.groupby(["study", "analytic_method"], sort=False):
        gap = part["difference"]
        rows.append((study, method, len(part), gap.mean(), gap[gap.abs().idxmax()]))
    names = ["study", "analytic_method", "cells", "mean_difference", "largest_difference"]
    return pd.DataFrame(rows, columns=names)


def check_coverage(plans: Mapping[str, Plan]) -> pd.DataFrame:
    """How often the intervals hold what they aim at, by target.

    Returns
    -------
    DataFrame
        `study target label cells coverage lowest highest n_lowest`: the mean over all cells, the
        extremes, and the sample size of the lowest.
    """
    table = tabulate_power(plans).dropna(subset="coverage")
    rows = []
    for (study, target), part in table.groupby(["study", "target"], sort=False):
        worst = part.loc[part["coverage"].idxmin()]
        rows.append(
            {
                "study": study,
                "target": target,
                "label": plans[study].replication.names[target],
                "cells": len(part),
                "coverage": part["coverage"].mean(),
                "lowest": worst["coverage"],
                "highest": part["coverage"].max(),
                "n_lowest": worst["n"],
            }
        )
    return pd.DataFrame(rows)


def compare_reliability(
    plans: Mapping[str, Plan], *, reliabilities: Sequence[float]
) -> pd.DataFrame:
    """Smallest sample size of the main target when the measures are less reliable.

    Parameters
    ----------
    plans : mapping of str to Plan
    reliabilities : sequence of float
        Relative to the plan's own, each in (0, 1]; 1 is read off the plan itself.

    Returns
    -------
    DataFrame
        `study reliability`, then the columns of `find_smallest_n`, `grid_lowest grid_highest`.
    """
    tables = []
    for study, plan in plans.items():
        sizes = sorted(plan.power.table["n"].unique().tolist())
        for share in reliabilities:
            table = plan.planned
            if share != 1:
                own = {**plan.settings, "reliability": plan.settings["reliability"] * share}
                design = _aim_at(plan.power.design, plan.target)
                table = simulate_power(design, sizes=sizes, effects=[plan.effect], **own).table
            smallest = find_smallest_n(table, power=plan.wanted, target=plan.target)
            tables.append(
                smallest.assign(
                    study=study, reliability=share, grid_lowest=sizes[0], grid_highest=sizes[-1]
                )
            )
    result = pd.concat(tables, ignore_index=True)
    return result[["study", "reliability", *result.columns.drop(["study", "reliability"])]]


def _aim_at(design: Design, target: str) -> Design:
    """Leave out all other targets where a design lets them be chosen: less to compute."""
    if any(field.name == "targets" for field in fields(design)):
        return replace(design, targets=(target,))
    return design
