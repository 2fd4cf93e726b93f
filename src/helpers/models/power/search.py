"""Sample sizes read off a simulated grid, and the search beyond its ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from scipy import optimize, stats

from helpers.errors import InputError
from helpers.models.power.design import Design, check_reliability
from helpers.models.power.simulation import PowerStudy, simulate_power

__all__ = [
    "continue_search",
    "covers_too_little",
    "find_smallest_effect",
    "find_smallest_n",
    "search_coverage",
    "search_sizes",
]

LARGEST = 20_000
"""Where the search ends."""

CERTAIN = 0.99
"""Confidence with which coverage must be below its level to be called so."""

STEPS = 12
"""Cells simulated for one effect size before a search is given up."""


def find_smallest_n(
    table: pd.DataFrame,
    *,
    power: float = 0.8,
    target: str | None = None,
    ci_level: float = 0.95,
) -> pd.DataFrame:
    """Read off the smallest sample size that reaches the wanted power.

    Parameters
    ----------
    table : pandas.DataFrame
        `PowerStudy.table`.
    power : float
    target : str, optional
        One target; all where not given.
    ci_level : float
        Level of the intervals, with which their coverage is compared.

    Returns
    -------
    pandas.DataFrame
        ``design effect target power n_smallest n_lower n_upper n_analytic status coverage
        n_coverage undercovers n_covered``. `n_smallest` is read off the simulated curve,
        `n_lower` and `n_upper` off the upper and lower edge of
        its Monte Carlo band, `n_analytic` off the curve of the formula; NaN where the grid does not
        reach. `status` is "found", "below the grid" (the smallest n has the power already; that n
        is returned) or "not reached on the grid". `coverage` is that of the first size of the grid
        from the smallest n up, `n_coverage`, and `undercovers` says whether it is below the level
        of the intervals by more than its Monte Carlo error: such a size should not be relied on,
        for what the intervals leave out makes effects look found. `n_covered` is the size to rely
        on: `n_smallest`, or where that undercovers the first size of the grid beyond it that does
        not, NaN where none is. All sizes are cases analyzed.

    Notes
    -----
    Each curve is made monotone in n (pooled adjacent violators) and interpolated between grid
    points on the scale of z(power) against the root of n, on which the power of a normal test is
    a straight line.

    Examples
    --------
    >>> frame = pd.DataFrame({"design": "d", "n": [50, 100], "effect": 1.0, "target": "t",
    ...     "power": [0.6, 0.9], "power_lower": [0.5, 0.85], "power_upper": [0.7, 0.95],
    ...     "analytic_power": [0.62, 0.91], "coverage": [0.94, 0.95], "n_replications": 500})
    >>> find_smallest_n(frame)[["n_lower", "n_smallest", "n_upper", "status"]].to_numpy().tolist()
    [[63.0, 77.0, 90.0, 'found']]
    """
    if not 0 < power < 1:
        raise InputError(f"power={power!r} is not between 0 and 1; give e.g. 0.8.")
    if target is not None:
        known = sorted(table["target"].unique())
        if target not in known:
            raise InputError(
                f"target={target!r} is not in the table; there are {', '.join(known)}."
            )
        table = table[table["target"] == target]
    rows = []
    for (name, effect, which), part in table.groupby(["design", "effect", "target"], sort=False):
        part = part.sort_values("n")
        part = part.assign(
            short=[
                covers_too_little(coverage, samples, ci_level)
                for coverage, samples in zip(part["coverage"], part["n_replications"], strict=True)
            ]
        )
        found, status = _crossing(part["n"], part["power"], power)
        reached = part[part["n"] >= found]
        near = reached.iloc[0] if len(reached) else part.iloc[-1]
        rows.append(
            {
                "design": name,
                "effect": effect,
                "target": which,
                "power": power,
                "n_smallest": found,
                "n_lower": _crossing(part["n"], part["power_upper"], power)[0],
                "n_upper": _crossing(part["n"], part["power_lower"], power)[0],
                "n_analytic": _crossing(part["n"], part["analytic_power"], power)[0],
                "status": status,
                "coverage": near["coverage"],
                "n_coverage": near["n"],
                "undercovers": near["short"],
                "n_covered": reached.loc[~reached["short"], "n"].min() if near["short"] else found,
            }
        )
    return pd.DataFrame(rows)


def _crossing(n: pd.Series, curve: pd.Series, power: float) -> tuple[float, str]:
    n, curve = n.to_numpy(float), curve.to_numpy(float)
    if np.isnan(curve).any():
        return np.nan, "no curve"
    curve = optimize.isotonic_regression(curve).x
    reached = np.flatnonzero(curve >= power)
    if not reached.size:
        return np.nan, "not reached on the grid"
    first = reached[0]
    if first == 0:
        return n[0], "below the grid"
    z = stats.norm.ppf(np.clip(curve[first - 1 : first + 1], 1e-6, 1 - 1e-6))
    root = np.sqrt(n[first - 1 : first + 1])
    share = (stats.norm.ppf(power) - z[0]) / (z[1] - z[0])
    return float(np.ceil((root[0] + share * (root[1] - root[0])) ** 2 - 1e-9)), "found"


def covers_too_little(coverage: float, n_replications: int, level: float) -> bool:
    """Whether coverage is below its level by more than its Monte Carlo error.

    Examples
    --------
    >>> covers_too_little(0.90, 500, 0.95), covers_too_little(0.94, 500, 0.95)
    (True, False)
    """
    error = np.sqrt(level * (1 - level) / n_replications)
    return bool(coverage < level - stats.norm.ppf(CERTAIN) * error)


def search_sizes(
    design: Design,
    *,
    sizes: Sequence[int],
    effects: Sequence[float],
    target: str,
    power: float = 0.8,
    largest: int = LARGEST,
    **settings: object,
) -> PowerStudy:
    """Simulate a grid, and beyond it until the wanted power is bracketed at every effect size.

    Parameters
    ----------
    design, sizes, effects
        As in `helpers.models.power.simulation.simulate_power`.
    target : str
        What the search is for: a target of the design, or a joint one by its name.
    power : float
        Power wanted.
    largest : int
        Sample size at which the search ends.
    **settings
        The others of `simulate_power`.

    Returns
    -------
    PowerStudy
        With the cells that were added; an effect size may have more sizes than another.

    Notes
    -----
    Where the largest size has too little power, the next one is where the line through the last
    two sizes, on the scale of z(power) against the root of n, reaches the wanted power, between
    1.25 and 4 times the last; where the smallest size has the power already, the next is smaller by
    the same rule. A cell's numbers depend on its size and effect alone, so the search changes
    nothing that is there and gives the same numbers wherever it runs.

    Examples
    --------
    >>> from helpers.models.power.moderation import ModerationDesign
    >>> study = search_sizes(ModerationDesign(), sizes=[60, 80], effects=[0.15],
    ...     target="product", n_replications=200, n_jobs=1)
    >>> found = find_smallest_n(study.table, target="product")
    >>> found["status"].tolist(), bool(250 < found["n_smallest"].iloc[0] < 420)
    (['found'], True)
    """
    study = simulate_power(design, sizes=sizes, effects=effects, **settings)
    return continue_search(study, target=target, power=power, largest=largest, **settings)


def continue_search(
    study: PowerStudy,
    *,
    target: str,
    effects: Sequence[float] = (),
    power: float = 0.8,
    largest: int = LARGEST,
    **settings: object,
) -> PowerStudy:
    """Go on from what was simulated until the wanted power of a target is bracketed.

    Parameters
    ----------
    study : PowerStudy
    target, power, largest
        As in `search_sizes`.
    effects : sequence of float
        Effect sizes of the study; all where not given.
    **settings
        Those of `study`, as `simulate_power` takes them.

    Returns
    -------
    PowerStudy
        With the cells that were added.

    Examples
    --------
    >>> from helpers.models.power.moderation import ModerationDesign
    >>> given = {"n_replications": 200, "n_jobs": 1}
    >>> study = simulate_power(ModerationDesign(), sizes=[60, 80], effects=[0.15], **given)
    >>> study = continue_search(study, target="product", **given)
    >>> find_smallest_n(study.table, target="product")["status"].tolist()
    ['found']
    """
    design = study.design
    for effect in study.table["effect"].unique() if not len(effects) else effects:
        for _ in range(STEPS):
            rows = study.table.query("effect == @effect and target == @target").sort_values("n")
            n = _next_size(rows, power, largest, design)
            if n is None:
                break
            more = simulate_power(design, sizes=[n], effects=[effect], **settings)
            study = replace(
                study,
                table=pd.concat([study.table, more.table], ignore_index=True),
                n_resumed=study.n_resumed + more.n_resumed,
            )
    table = study.table.sort_values(["effect", "n"], kind="stable", ignore_index=True)
    return replace(study, table=table)


def search_coverage(
    study: PowerStudy,
    *,
    target: str,
    covering: Sequence[str],
    power: float = 0.8,
    largest: int = LARGEST,
    **settings: object,
) -> tuple[PowerStudy, float]:
    """Go on from the size that reaches the power to one at which the intervals cover as well.

    Parameters
    ----------
    study : PowerStudy
        Of one effect size, as `search_sizes` gives it.
    target : str
        What is to be found, a target or a joint one by its name.
    covering : sequence of str
        The targets whose intervals have to cover.
    power, largest
        As in `search_sizes`.
    **settings
        Those of `study`.

    Returns
    -------
    PowerStudy
        With the cells that were added.
    float
        The first size, of the one with the power and each 1.25 times the last, at which no
        target's coverage is below its level by more than its Monte Carlo error; NaN where none is.

    Examples
    --------
    >>> from helpers.models.power.moderation import ModerationDesign
    >>> given = {"target": "product", "n_replications": 200, "n_jobs": 1}
    >>> study = search_sizes(ModerationDesign(), sizes=[60, 100], effects=[0.27], **given)
    >>> study, n = search_coverage(study, covering=["product"], **given)
    >>> n
    100.0
    """
    level = study.settings["ci_level"]
    found = find_smallest_n(study.table, power=power, target=target, ci_level=level).iloc[0]
    if np.isnan(found["n_smallest"]):
        return study, np.nan
    n = int(found["n_coverage"])
    for _ in range(STEPS):
        if n not in study.table["n"].to_numpy():
            more = simulate_power(study.design, sizes=[n], effects=[found["effect"]], **settings)
            study = replace(study, table=pd.concat([study.table, more.table], ignore_index=True))
        rows = study.table.query("n == @n and target in @covering")
        if not any(
            covers_too_little(row.coverage, row.n_replications, level) for row in rows.itertuples()
        ):
            return study, float(n)
        n = int(np.ceil(1.25 * n))
        if n > largest:
            break
    return study, np.nan


def _next_size(rows: pd.DataFrame, power: float, largest: int, design: Design) -> int | None:
    """Where to simulate next; None where the power is bracketed or the search ends."""
    n = rows["n"].to_numpy(float)
    curve = optimize.isotonic_regression(rows["power"].to_numpy(float)).x
    if curve[0] >= power:
        place, limit, step = 0, design.smallest_n, (1 / 4, 1 / 1.25)
    elif curve[-1] < power:
        place, limit, step = -1, largest, (1.25, 4)
    else:
        first = int(np.argmax(curve >= power))
        if n[first] <= 1.6 * n[first - 1]:
            return None
        middle = round(float(np.sqrt(n[first - 1] * n[first])))
        return middle if n[first - 1] < middle < n[first] else None
    if n[place] == limit:
        return None
    z = stats.norm.ppf(np.clip(curve, 0.001, 0.999))
    root, slope = np.sqrt(n), 0.0
    if len(n) > 1:
        a, b = (0, 1) if place == 0 else (-2, -1)
        slope = (z[b] - z[a]) / (root[b] - root[a])
    wanted = stats.norm.ppf(power)
    # through the last point alone, and the origin of power 2.5%, where the line is no guide
    slope = max(slope, (z[place] + 1.96) / root[place], 1e-3)
    aim = max(root[place] + (wanted - z[place]) / slope, 1.0) ** 2
    aim *= 1.1 if place else 0.9
    aim = np.clip(aim, step[0] * n[place], step[1] * n[place])
    aim = int(min(aim, limit) if place else max(aim, limit))
    return None if aim in n else aim


def find_smallest_effect(
    design: Design,
    *,
    n: int,
    target: str,
    power: float = 0.8,
    between: tuple[float, float] = (0.05, 2.0),
    **settings: object,
) -> PowerStudy:
    """Search for the smallest effect size that a given number of cases finds.

    Parameters
    ----------
    design : Design
    n : int
        Cases analyzed.
    target : str
        A target of the design, or a joint one by its name.
    power : float
        Power wanted.
    between : (float, float)
        Effect sizes between which to search, in the design's unit. The upper one is lowered to
        the largest that has a population.
    **settings
        The others of `simulate_power`.

    Returns
    -------
    PowerStudy
        The cells that were simulated. Its `settings` hold `smallest_effect`, read off the line of
        z(power) against the effect between the two cells around it; NaN where even the largest
        effect is not found with this power, and the lower end of `between` where that is.

    Examples
    --------
    >>> from helpers.models.power.moderation import ModerationDesign
    >>> study = find_smallest_effect(ModerationDesign(), n=81, target="product",
    ...     n_replications=500, n_jobs=1)
    >>> bool(0.26 < study.settings["smallest_effect"] < 0.34)
    True
    """
    reliability = settings.get("reliability")
    low, high = between[0], _largest_effect(design, between, reliability)
    study = simulate_power(design, sizes=[n], effects=[low, high], **settings)
    found = np.nan
    for _ in range(STEPS):
        rows = study.table.query("target == @target").sort_values("effect")
        effects = rows["effect"].to_numpy()
        curve = optimize.isotonic_regression(rows["power"].to_numpy(float)).x
        reached = np.flatnonzero(curve >= power)
        if not reached.size or reached[0] == 0:
            found = effects[0] if reached.size else np.nan
            break
        above = reached[0]
        z = stats.norm.ppf(np.clip(curve[above - 1 : above + 1], 0.001, 0.999))
        left, right = effects[above - 1], effects[above]
        found = left + (stats.norm.ppf(power) - z[0]) / (z[1] - z[0]) * (right - left)
        if right - left < 0.05 * right:
            break
        # Between the two, and never so near to one that the next step gains nothing.
        aim = np.clip(found, left + 0.15 * (right - left), right - 0.15 * (right - left))
        more = simulate_power(design, sizes=[n], effects=[round(float(aim), 4)], **settings)
        study = replace(study, table=pd.concat([study.table, more.table], ignore_index=True))
    return replace(study, settings={**study.settings, "smallest_effect": float(found)})


def _largest_effect(design: Design, between: tuple[float, float], reliability: object) -> float:
    reliabilities = check_reliability(reliability, design.measures)
    low, high = between
    for effect in np.linspace(high, low, 40):
        try:
            design.population(float(effect), reliabilities)
        except InputError:
            continue
        if effect > low:
            return round(float(effect), 4)
    raise InputError(
        f"between={between!r}: no effect size above {low:g} has a population in this design."
    )
