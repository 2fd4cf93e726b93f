"""Planning a replication: a study's design with a reader's own values, and the plan it comes to."""

from collections.abc import Mapping
from dataclasses import asdict, replace

import numpy as np
import pandas as pd

from helpers.errors import InputError, did_you_mean
from helpers.models.power.design import Design
from helpers.models.power.moderation import ModerationDesign
from helpers.models.power.search import find_smallest_n
from helpers.models.power.simulation import PowerStudy

__all__ = ["change_design", "list_values", "raise_correlations", "recruit", "tabulate_plan"]


def change_design(design: Design, values: Mapping[str, float]) -> Design:
    """Put a reader's own estimates in place of printed or assumed ones.

    Parameters
    ----------
    design : Design
        Of a `helpers.models.power.replication.Replication`.
    values : mapping of str to float
        By the names of `list_values`: paths by label, correlations as ``one~~other``; of the
        moderation design its correlations by name.

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
    changed = {}
    for field in ("paths", *CORRELATIONS):
        own = getattr(design, field)
        changed[field] = {key: values.get(_spell(key), value) for key, value in own.items()}
    return replace(design, **changed)


CORRELATIONS = ("exogenous_correlation", "residual_correlation")


def list_values(design: Design) -> dict[str, float]:
    """Return the values of a design that `change_design` can change, by name.

    Paths go by their labels, correlations by ``one~~other``.
    """
    if isinstance(design, ModerationDesign):
        values = asdict(design)
        del values["se_type"]
        return values
    fields = ("paths", *CORRELATIONS)
    return {_spell(k): v for field in fields for k, v in getattr(design, field).items()}


def _spell(key: str | tuple[str, str]) -> str:
    return key if isinstance(key, str) else "~~".join(key)


def raise_correlations(design: Design, floor: float) -> Design:
    """Return the design with exogenous correlations of at least `floor`.

    How well the weights of a composite are determined depends on them, and they are assumed.
    """
    own = design.exogenous_correlation
    raised = {pair: value if abs(value) >= floor else floor for pair, value in own.items()}
    return replace(design, exogenous_correlation=raised)


def tabulate_plan(
    study: PowerStudy, *, effect: float, target: str, power: float = 0.8, attrition: float = 0.0
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
    attrition : float
        Share of the recruited who are lost, at random.

    Returns
    -------
    pandas.DataFrame
        ``item value``, unrounded. The sample size is NaN where the grid does not reach the power or
        the intervals cover too little at that size, and `status` says so. Width and coverage are
        those of the first grid size from the smallest n up.

    Raises
    ------
    InputError
        For an effect size or target that is not in the grid.
    """
    effects = sorted(study.table["effect"].unique())
    if not np.isclose(effects, effect, rtol=1e-12, atol=1e-12).any():
        listed = ", ".join(f"{value:g}" for value in effects)
        raise InputError(f"effect={effect!r} is not in the grid; there are {listed}.")
    settings = study.settings
    smallest = find_smallest_n(
        study.table, power=power, target=target, ci_level=settings["ci_level"]
    )
    plan = smallest[np.isclose(smallest["effect"], effect)].iloc[0]
    rows = study.table[
        (study.table["target"] == target) & np.isclose(study.table["effect"], effect)
    ].sort_values("n")
    reached = rows[rows["n"] >= plan["n_covered"]]
    near = reached.iloc[0] if len(reached) else rows.iloc[-1]
    n = plan["n_covered"]
    items = {
        "design": study.design.name,
        "target": target,
        f"effect size ({study.design.effect_name})": effect,
        "value of the target": near["truth"],
        "value with the planned reliability": near["estimand"],
        "alpha, two-sided": round(1 - settings["ci_level"], 12),
        "intervals": settings["interval"].replace("_", " "),
        "power wanted": power,
        "status": "intervals cover too little"
        if plan["undercovers"] and np.isnan(n)
        else plan["status"],
        "smallest n to analyze": n,
        "attrition": attrition,
        "smallest n to recruit": recruit(n, attrition),
        "lower edge of the Monte Carlo band": plan["n_lower"],
        "upper edge of the Monte Carlo band": plan["n_upper"],
        "smallest n by formula": plan["n_analytic"],
        "formula": near["analytic_method"],
        "reliability": "; ".join(f"{name} {value:g}" for name, value in settings["reliability"]),
        "mean width of the interval": near["width"],
        "coverage": near["coverage"],
        "width and coverage at n": near["n"],
        "replications a cell": settings["n_replications"],
        "seed": settings["seed"],
    }
    return pd.DataFrame({"item": list(items), "value": list(items.values())}, dtype=object)


def recruit(n: float, attrition: float) -> float:
    """Return how many to recruit so that `n` are left; NaN for NaN.

    Examples
    --------
    >>> recruit(88, 0.2)
    110.0
    """
    return float(np.ceil(n / (1 - attrition) - 1e-9))
