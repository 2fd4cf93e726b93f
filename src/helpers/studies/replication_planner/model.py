"""Planning a replication: a study's design with a reader's own values, and the plan it comes to."""

from collections.abc import Mapping
from dataclasses import asdict, replace

import numpy as np
import pandas as pd

from helpers.errors import InputError, did_you_mean
from helpers.models.power.design import Design
from helpers.models.power.moderation import ModerationDesign
from helpers.models.power.simulation import PowerStudy, find_smallest_n

__all__ = ["change_design", "list_values", "tabulate_plan"]


def change_design(design: Design, values: Mapping[str, float]) -> Design:
    """Put a reader's own estimates in place of printed or assumed ones.

    Parameters
    ----------
    design : Design
        Of a `helpers.models.power.replication.Replication`.
    values : mapping of str to float
        Paths by label; of the moderation design its correlations by name.

    Returns
    -------
    Design

    Raises
    ------
    InputError
        For a name that the design does not have.

    Examples
    --------
    >>> change_design(ModerationDesign(), {"r_predictor_outcome": 0.3}).r_predictor_outcome
    0.3
    """
    known = list_values(design)
    for name in values:
        if name not in known:
            raise InputError(
                f"{name!r} is no value of the {design.name} design; there are {', '.join(known)}."
                f"{did_you_mean(name, known)}"
            )
    if isinstance(design, ModerationDesign):
        return replace(design, **values)
    return replace(design, paths={**design.paths, **values})


def list_values(design: Design) -> dict[str, float]:
    """Return the values of a design that `change_design` can change, by name."""
    if isinstance(design, ModerationDesign):
        values = asdict(design)
        del values["se_type"]
        return values
    return dict(design.paths)


def tabulate_plan(
    study: PowerStudy, *, effect: float, target: str, power: float = 0.8
) -> pd.DataFrame:
    """Put a plan into the rows that a preregistration asks for.

    Parameters
    ----------
    study : PowerStudy
        A simulated grid.
    effect : float
        One of its effect sizes.
    target : str
        One of its targets.
    power : float

    Returns
    -------
    pandas.DataFrame
        ``item value``, unrounded; where the grid does not reach the power, the sample size is NaN
        and `status` says so. Width and coverage are those of the first grid size from the
        smallest n up.

    Raises
    ------
    InputError
        For an effect size or target that is not in the grid.
    """
    effects = sorted(study.table["effect"].unique())
    if not np.isclose(effects, effect, rtol=1e-12, atol=1e-12).any():
        listed = ", ".join(f"{value:g}" for value in effects)
        raise InputError(f"effect={effect!r} is not in the grid; there are {listed}.")
    smallest = find_smallest_n(study.table, power=power, target=target)
    plan = smallest[np.isclose(smallest["effect"], effect)].iloc[0]
    rows = study.table[
        (study.table["target"] == target) & np.isclose(study.table["effect"], effect)
    ].sort_values("n")
    reached = rows[rows["n"] >= plan["n_smallest"]]
    near = reached.iloc[0] if len(reached) else rows.iloc[-1]
    settings = study.settings
    n = plan["n_smallest"]
    items = {
        "design": study.design.name,
        "target": target,
        f"effect size ({study.design.effect_name})": effect,
        "value of the target": near["truth"],
        "value with the planned reliability": near["estimand"],
        "alpha, two-sided": round(1 - settings["ci_level"], 12),
        "intervals": settings["interval"].replace("_", " "),
        "power wanted": power,
        "status": plan["status"],
        "smallest n to recruit": n,
        "lower edge of the Monte Carlo band": plan["n_lower"],
        "upper edge of the Monte Carlo band": plan["n_upper"],
        "smallest n by formula": plan["n_analytic"],
        "formula": near["analytic_method"],
        "attrition": settings["attrition"],
        "n analysed": np.floor(n * (1 - settings["attrition"]) + 1e-9),
        "reliability": "; ".join(f"{name} {value:g}" for name, value in settings["reliability"]),
        "mean width of the interval": near["width"],
        "coverage": near["coverage"],
        "width and coverage at n": near["n"],
        "replications a cell": settings["n_replications"],
        "seed": settings["seed"],
    }
    return pd.DataFrame({"item": list(items), "value": list(items.values())}, dtype=object)
