"""Plan a study of your own: how many clients it takes, or which effect so many find.

The study is in a YAML file: a model in lavaan's syntax with population values or correlations,
and what is to be found; `examples/plan.yml` is one. Nothing is read but this file, and nothing
written but what ``--out`` names.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

from helpers.commands.progress import print_line
from helpers.errors import InputError
from helpers.files import write_text_atomic
from helpers.models.power.own import OwnPlan, read_plan
from helpers.models.power.path import PathDesign
from helpers.models.power.search import (
    covers_too_little,
    find_smallest_effect,
    find_smallest_n,
    search_sizes,
)
from helpers.models.power.simulation import PowerStudy, name_joint
from helpers.notebook import check_data_file

__all__ = ["add_arguments", "plan_study", "run"]

START = (50, 200)
"""Sizes at which the search begins."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument("file", help="a YAML file, such as examples/plan.yml")
    parser.add_argument("--out", default="", metavar="CSV", help="where the grid goes")
    parser.add_argument("--samples", type=int, default=500, help="samples a size; default 500")
    parser.add_argument("--draws", type=int, default=399, help="bootstrap draws; default 399")
    parser.add_argument("--seed", type=int, default=1, help="default 1")
    parser.add_argument("--largest", type=int, default=20_000, help="where the search ends")
    parser.add_argument("--jobs", type=int, default=-1, help="processes; default one a core")


def run(given: argparse.Namespace) -> int:
    """Plan the study of the file and print the plan."""
    plan = read_plan(_load(check_data_file(given.file, argument="FILE")))
    settings = {"n_replications": given.samples, "n_boot": given.draws, "seed": given.seed}
    study, said = plan_study(plan, largest=given.largest, n_jobs=given.jobs, **settings)
    if given.out:
        text = study.table.to_csv(index=False, lineterminator="\n")
        write_text_atomic(Path(given.out).expanduser(), text)
    print_line(said)
    return 0


def _load(path: Path) -> dict:
    try:
        given = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InputError(f"{path.name}: {' '.join(str(error).split())}") from None
    if not isinstance(given, dict):
        raise InputError(f"{path.name} holds no 'name: value' lines; see examples/plan.yml.")
    return given


def plan_study(
    plan: OwnPlan, *, largest: int = 20_000, progress: bool | None = None, **settings: object
) -> tuple[PowerStudy, str]:
    """Simulate a plan and say what came of it.

    Parameters
    ----------
    plan : OwnPlan
    largest : int
        Sample size at which the search ends.
    progress : bool, optional
        Whether to show progress; where not given, on a terminal.
    **settings
        For `helpers.models.power.simulation.simulate_power`.

    Returns
    -------
    PowerStudy
    str
        The plan in print, with a text for a preregistration.
    """
    names = [name_joint(plan.targets)] if plan.joint else list(plan.targets)
    settings |= {
        "interval": "bootstrap",
        "reliability": plan.reliability,
        "joint": [plan.targets] if plan.joint else [],
        "progress": progress,
    }
    if plan.n is not None:
        return _plan_effects(plan, names, settings)
    start = sorted({max(size, plan.design.smallest_n) for size in START})
    studies = [
        search_sizes(
            plan.design,
            sizes=start,
            effects=[1.0],
            target=name,
            power=plan.power,
            largest=largest,
            **settings,
        )
        for name in names
    ]
    table = pd.concat([study.table for study in studies]).drop_duplicates(["n", "target"])
    study = PowerStudy(
        table.sort_values("n", kind="stable", ignore_index=True),
        plan.design,
        studies[0].settings,
        n_resumed=0,
    )
    level = study.settings["ci_level"]
    found = find_smallest_n(study.table, power=plan.power, ci_level=level).set_index("target")
    if plan.joint:
        _check_together(found, study.table, plan.targets, level)
    lines, sizes = [f"{'target':<32}{'N':>8}{'band':>16}{'coverage':>10}"], []
    for name in [*plan.targets, *(names if plan.joint else [])]:
        row = found.loc[name]
        sizes.append(row["n_smallest"] if name in names else np.nan)
        lines.append(
            f"{name:<32}{_size(row, largest):>8}{_band(row):>16}{_share(row['coverage']):>10}"
        )
    return study, "\n".join([*lines, "", _write(plan, study, names, found, largest)])


def _check_together(
    found: pd.DataFrame, table: pd.DataFrame, targets: tuple[str, ...], level: float
) -> None:
    """Hold the size for all at once against the worst coverage of each at that size."""
    joint = name_joint(targets)
    at = table[table["target"].isin(targets) & (table["n"] == found.loc[joint, "n_coverage"])]
    worst = at.loc[at["coverage"].idxmin()]
    found.loc[joint, "coverage"] = worst["coverage"]
    found.loc[joint, "undercovers"] = covers_too_little(
        worst["coverage"], worst["n_replications"], level
    )


def _size(row: pd.Series, largest: int) -> str:
    if row["undercovers"]:
        return "none"
    if np.isnan(row["n_smallest"]):
        return f"> {largest}" if row["n_coverage"] >= largest else f"> {row['n_coverage']:.0f}"
    return f"{'≤ ' if row['status'] == 'below the grid' else ''}{row['n_smallest']:.0f}"


def _band(row: pd.Series) -> str:
    low, high = row["n_lower"], row["n_upper"]
    if row["undercovers"] or np.isnan(low):
        return "–"
    return f"{low:.0f} to {'…' if np.isnan(high) else f'{high:.0f}'}"


def _share(value: float) -> str:
    return "–" if np.isnan(value) else f"{100 * value:.1f}%"


def _write(
    plan: OwnPlan, study: PowerStudy, names: list[str], found: pd.DataFrame, largest: int
) -> str:
    """A text for a preregistration, with everything that the plan rests on."""
    rows = found.loc[names]
    for name, row in rows.iterrows():
        if row["undercovers"]:
            return (
                f"No size is given: for {name} the intervals contain the true value in "
                f"{_share(row['coverage'])} of samples at {row['n_coverage']:.0f} clients."
            )
        if np.isnan(row["n_smallest"]):
            return f"No size up to {largest} finds {name} with a power of {_share(plan.power)}."
    n = rows["n_smallest"].max()
    if plan.design.caseload > 1:
        n = np.ceil(n / plan.design.caseload) * plan.design.caseload
    recruit = np.ceil(n / plan.kept - 1e-9)
    lost = f" ({_share(plan.attrition)} lost, {_share(plan.missing)} of the rest with an answer"
    lost += " missing and excluded)"
    leaves = lost if plan.kept < 1 else ""
    settings = study.settings
    what = _join(plan.targets)
    if plan.joint:
        what = f"{'both' if len(plan.targets) == 2 else 'all of'} {what} in the same sample"
    elif len(names) > 1:
        what = f"each of {what}"
    return (
        f"We plan to recruit {recruit:.0f} clients{leaves} and to analyze {n:.0f}, which gives a "
        f"power of {_share(plan.power)} to find {what}. {_state_analysis(plan)} A path counts as "
        "found when p of its estimate over the bootstrap standard error is below "
        f"{1 - settings['ci_level']:.2g}, an effect defined by paths when its "
        f"{100 * settings['ci_level']:g}% percentile bootstrap interval excludes zero. The size "
        f"was read off {settings['n_replications']} simulated samples a size "
        f"({settings['n_boot']} bootstrap draws, seed {settings['seed']}) in which the "
        f"standardized paths are {_list_values(plan.design)}{_state_reliability(study)}."
    )


def _join(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1])] * (len(names) > 1) + [names[-1]])


def _state_reliability(study: PowerStudy) -> str:
    """Say with which reliabilities the variables are measured; empty where without error."""
    less = [f"{name} {value:g}" for name, value in study.settings["reliability"] if value < 1]
    return f", the variables being measured with reliabilities of {_join(less)}" if less else ""


def _state_analysis(plan: OwnPlan) -> str:
    design = plan.design
    kind = "maximum likelihood" if type(design) is PathDesign else "partial least squares (mode A)"
    text = f"The model is fitted by {kind}"
    if design.caseload > 1:
        text += (
            f", whole therapists of {design.caseload} clients each (ICC {design.icc:g}) being drawn"
            " by the bootstrap"
        )
    return f"{text}."


def _list_values(design: PathDesign) -> str:
    pairs = {**design.exogenous_correlation, **design.residual_correlation}
    values = [f"{name} = {value:g}" for name, value in design.paths.items()]
    values += [f"{one}~~{other} = {value:g}" for (one, other), value in pairs.items()]
    return ", ".join(values)


def _plan_effects(plan: OwnPlan, names: list[str], settings: dict) -> tuple[PowerStudy, str]:
    """The smallest multiple of the paths that a given number of clients finds."""
    lines = [f"{'target':<32}{'multiple':>10}{'value':>10}"]
    studies = []
    for name in names:
        study = find_smallest_effect(
            plan.design, n=plan.n, target=name, power=plan.power, **settings
        )
        multiple = study.settings["smallest_effect"]
        shown = f"{multiple:.2f}" if np.isfinite(multiple) else "none"
        # of several at once, the values that each has there
        own = dict(zip(plan.design.targets, plan.design.truth(multiple), strict=True))
        values = {target: own[target] for target in (plan.targets if plan.joint else [name])}
        told = [f"{value:.3f}" if np.isfinite(multiple) else "–" for value in values.values()]
        first = told[0] if len(told) == 1 else ""
        lines.append(f"{name:<32}{shown:>10}{first:>10}")
        if len(told) > 1:
            lines += [f"  {t:<30}{v:>20}" for t, v in zip(values, told, strict=True)]
        studies.append(study)
    table = pd.concat([one.table for one in studies]).drop_duplicates(["effect", "target"])
    lines += [
        "",
        f"The smallest effects that {plan.n} clients in the analysis find with a power of "
        f"{_share(plan.power)}, as multiples of the paths in the file, all of which shrink or grow "
        "together.",
    ]
    return PowerStudy(table, plan.design, studies[0].settings, n_resumed=0), "\n".join(lines)
