"""Plans of the quantitative studies: grids simulated, sizes read off, checks beside."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path

import numpy as np
import pandas as pd

from helpers.errors import InputError, did_you_mean
from helpers.models.power.design import Design
from helpers.models.power.path import PathDesign
from helpers.models.power.replication import Replication
from helpers.models.power.search import (
    continue_search,
    find_smallest_n,
    search_sizes,
)
from helpers.models.power.simulation import PowerStudy, simulate_power
from helpers.paths import project_root
from helpers.sources import find_imports
from helpers.studies.replication_planner.model import (
    change_design,
    list_values,
    raise_correlations,
    recruit,
    tabulate_plan,
)
from helpers.studies.replications import list_replications, load_replication

REPLICATIONS = {"short": 500, "full": 1000}
"""Samples a cell of the two grids."""

SIMULATED_BY = ("composite", "moderation", "path", "simulation")
"""Modules of ``helpers.models.power`` that the numbers of a cell come from."""


@dataclass(frozen=True)
class Plan:
    """One study's simulated grid and what is planned from it.

    Attributes
    ----------
    replication : Replication
        The study.
    power : PowerStudy
    beyond : DataFrame
        Rows of `PowerStudy.table` outside the grid, at the effect size planned for: where the
        search for the other targets went.
    target : str
        What the sample size is chosen for.
    effect : float
        The effect size planned for, in the design's unit.
    wanted : float
        The power wanted.
    largest : int
        Sample size at which every search ends.
    settings : mapping
        What was given to `simulate_power` beside the grid.
    attrition : float
        Share of the recruited who are lost.
    own_values : mapping of str to float
        Values of the reader's own in place of published or assumed ones.
    """

    replication: Replication
    power: PowerStudy
    beyond: pd.DataFrame
    target: str
    effect: float
    wanted: float
    largest: int
    settings: Mapping[str, object]
    attrition: float = 0.0
    own_values: Mapping[str, float] = field(default_factory=dict)

    @property
    def search_limit(self) -> int:
        """Sample size at which the search for other targets than the planned one ends."""
        return min(self.largest, self.replication.search_limit)

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
    """The sample sizes, effect sizes and samples per cell of one study.

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


def find_store(*, root: Path | None = None) -> Path:
    """Where finished cells are kept, so that a run can continue and a report be made again.

    A folder of ``build/planner``, another one where the code is another that the numbers of a cell
    come from: the designs, the simulation, and what these import. What a design holds, such as
    printed estimates, is told apart by the cells themselves.
    """
    root = project_root() if root is None else root
    sources = [
        root / "src" / "helpers" / "models" / "power" / f"{name}.py" for name in SIMULATED_BY
    ]
    digest = hashlib.sha256()
    for path in [*sources, *find_imports(sources, root=root)]:
        digest.update(path.read_bytes())
    return root / "build" / "planner" / digest.hexdigest()[:12]


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
    interval: str,
    attrition: float,
    largest: int,
    **settings: object,
) -> dict[str, Plan]:
    """Simulate the grid of each study, and for what is planned beyond its ends.

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
    interval : {"as_judged", "bootstrap", "monte_carlo"}
        How each sample is judged; the first, as each study's notebook does.
    attrition : float
        Share of the recruited who are lost: grids are of cases analyzed.
    largest : int
        Sample size at which the search ends.
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
        target = chosen.get(study, replication.main_target)
        given = {
            "n_replications": samples,
            "reliability": reliability,
            "interval": replication.criterion if interval == "as_judged" else interval,
            **settings,
        }
        power = search_sizes(
            change_design(replication.design, values[study]),
            **cells,
            target=target,
            power=wanted,
            largest=largest,
            **given,
        )
        effect = round(replication.published_effect * planned, 10)
        limit = min(largest, replication.search_limit)
        beyond = _search_others(power, target, effect, power=wanted, largest=limit, **given)
        plans[study] = Plan(
            replication,
            power,
            beyond,
            target,
            effect,
            wanted,
            largest,
            given,
            attrition,
            values[study],
        )
    return plans


def _search_others(grid: PowerStudy, main: str, effect: float, **given: object) -> pd.DataFrame:
    """Rows beyond the grid of the targets that do not reach the power on it, but the main one."""
    effect = min(grid.table["effect"].unique(), key=lambda own: abs(own - effect))
    own = grid.table[grid.table["effect"] == effect]
    found = find_smallest_n(own, power=given["power"]).set_index("target")
    missed = found.index[found["status"] == "not reached on the grid"].drop(main, errors="ignore")
    study = grid
    for target in missed:
        study = continue_search(study, target=target, effects=[effect], **given)
    rows = study.table.query("effect == @effect and target in @missed")
    return rows[~rows["n"].isin(own["n"])]


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
        `study label main planned published_n power_published`, then the columns of `read_sizes`,
        `has_formula grid_lowest grid_highest n_recruit`: whether there is a formula, and between
        which sizes the target was simulated. `power_published` is the simulated power at the
        published number of cases analyzed, NaN where that is not on the grid. Where the intervals
        cover too little, `n_smallest` and what follows from it are NaN.
    """
    tables = []
    for study, plan in plans.items():
        table = read_sizes(plan)
        n = plan.replication.published_n
        at_n = plan.power.table[plan.power.table["n"] == n]
        at_n = at_n.rename(columns={"power": "power_published"})
        keys = ["effect", "target"]
        table = table.merge(at_n[[*keys, "power_published"]], on=keys, how="left")
        sizes = pd.concat([plan.power.table, plan.beyond]).groupby(keys)["n"].agg(["min", "max"])
        sizes = table[keys].merge(sizes, left_on=keys, right_index=True, how="left")
        formulas = plan.power.table.dropna(subset="analytic_power")["target"]
        has_formula = table["target"].isin(formulas)
        tables.append(
            table.assign(
                study=study,
                label=table["target"].map(plan.replication.names),
                main=table["target"] == plan.target,
                planned=np.isclose(table["effect"], plan.effect),
                published_n=n,
                has_formula=has_formula,
                grid_lowest=sizes["min"].to_numpy(),
                grid_highest=sizes["max"].to_numpy(),
                n_recruit=[recruit(size, plan.attrition) for size in table["n_smallest"]],
            )
        )
    result = pd.concat(tables, ignore_index=True)
    first = ["study", "label", "main", "planned", "published_n", "power_published"]
    return result[[*first, *result.columns.drop(first)]]


def read_sizes(plan: Plan, table: pd.DataFrame | None = None) -> pd.DataFrame:
    """Read smallest sizes off a grid, by default all that was simulated for the plan.

    Returns
    -------
    DataFrame
        As of `find_smallest_n`, but `n_smallest` is the size to rely on and `n_power` the one that
        has the power; where they differ, `raised`, the Monte Carlo band is NaN. `undercovers` is
        left where the intervals cover too little at every size.
    """
    if table is None:
        table = pd.concat([plan.power.table, plan.beyond])
    found = find_smallest_n(table, power=plan.wanted, ci_level=plan.power.settings["ci_level"])
    short = found["undercovers"]
    found[["n_lower", "n_upper"]] = found[["n_lower", "n_upper"]].mask(short)
    found = found.rename(columns={"n_smallest": "n_power"})
    return found.assign(
        n_smallest=found["n_covered"],
        raised=short & found["n_covered"].notna(),
        undercovers=short & found["n_covered"].isna(),
    ).drop(columns="n_covered")


def tabulate_plans(plans: Mapping[str, Plan]) -> pd.DataFrame:
    """The rows of a preregistration, one column per study: `item` and the studies' slugs.

    Numbers are to six digits, for a column that holds words as well is compared as text.
    """
    columns = []
    for study, plan in plans.items():
        table = tabulate_plan(
            plan.power,
            effect=plan.effect,
            target=plan.target,
            power=plan.wanted,
            attrition=plan.attrition,
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
    """How often the intervals contain the true value, by target.

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
        design = _aim_at(plan.power.design, plan.target)
        whole = read_sizes(plan, plan.planned).query("target == @plan.target")
        known = whole["n_smallest"].fillna(plan.replication.published_n).iloc[0]
        for share in reliabilities:
            table = plan.planned
            if share != 1:
                own = {**plan.settings, "reliability": plan.settings["reliability"] * share}
                table = search_sizes(
                    design,
                    sizes=[int(np.ceil(known / share))],
                    effects=[plan.effect],
                    target=plan.target,
                    power=plan.wanted,
                    **own,
                ).table
            sizes = table["n"]
            tables.append(
                read_sizes(plan, table)
                .query("target == @plan.target")
                .assign(
                    study=study,
                    reliability=share,
                    grid_lowest=sizes.min(),
                    grid_highest=sizes.max(),
                )
            )
    result = pd.concat(tables, ignore_index=True)
    return result[["study", "reliability", *result.columns.drop(["study", "reliability"])]]


def vary_correlations(plans: Mapping[str, Plan], *, floors: Sequence[float]) -> pd.DataFrame:
    """Power at the published number of cases under other correlations of the exogenous variables.

    Parameters
    ----------
    plans : mapping of str to Plan
        Those of designs with assumed exogenous correlations are varied.
    floors : sequence of float
        What the correlations are at least; 0 leaves them as assumed.

    Returns
    -------
    DataFrame
        `study target label n floor power coverage`, of the effect planned for.
    """
    tables = []
    for study, plan in plans.items():
        design, n = plan.power.design, plan.replication.published_n
        if not isinstance(design, PathDesign) or not design.exogenous_correlation:
            continue
        for floor in floors:
            table = simulate_power(
                raise_correlations(design, floor), sizes=[n], effects=[plan.effect], **plan.settings
            ).table
            labels = table["target"].map(plan.replication.names)
            tables.append(table.assign(study=study, label=labels, floor=floor))
    columns = ["study", "target", "label", "n", "floor", "power", "coverage"]
    return (
        pd.concat(tables, ignore_index=True)[columns] if tables else pd.DataFrame(columns=columns)
    )


def _aim_at(design: Design, target: str) -> Design:
    """Leave out all other targets where a design lets them be chosen: less to compute."""
    if any(field.name == "targets" for field in fields(design)):
        return replace(design, targets=(target,))
    return design
