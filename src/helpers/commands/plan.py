"""Plan a study of your own: how many clients it takes, or which effect so many find.

The study is in a YAML file: a model in lavaan's syntax with population values or correlations,
and what is to be found; `examples/plan.yml` is one. Nothing is read but this file, and nothing
written but what ``--out`` names.
"""

import argparse
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import yaml

from helpers.commands.plan_words import PlannedSize, write_effects, write_sizes
from helpers.commands.progress import print_line
from helpers.errors import InputError
from helpers.files import write_text_atomic
from helpers.models.power.own import OwnPlan, read_plan
from helpers.models.power.search import (
    find_smallest_effect,
    find_smallest_n,
    search_coverage,
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
    path = check_data_file(given.file, argument="FILE")
    settings = {"n_replications": given.samples, "n_boot": given.draws, "seed": given.seed}
    try:
        plan = read_plan(_load(path))
    except InputError as error:
        message = str(error)
        named = message.startswith(path.name)
        raise InputError(message if named else f"{path.name}: {message}") from None
    study, said = plan_study(plan, largest=given.largest, n_jobs=given.jobs, **settings)
    if given.out:
        text = study.table.to_csv(index=False, lineterminator="\n")
        write_text_atomic(Path(given.out).expanduser(), text)
    print_line(said)
    return 0


def _load(path: Path) -> dict:
    try:
        given = yaml.safe_load(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError:
        raise InputError(f"{path.name} is not saved as UTF-8; save it so in an editor.") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        what = getattr(error, "problem", None) or "it is not YAML"
        raise InputError(
            f"{path.name}{where}: {what}; indent with spaces, as in examples/plan.yml."
        ) from None
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
    settings |= {
        "interval": "bootstrap",
        "reliability": plan.reliability,
        "joint": [plan.targets] if plan.joint else [],
        "progress": progress,
    }
    names = [name_joint(plan.targets)] if plan.joint else list(plan.targets)
    with TemporaryDirectory() as store:  # so that no cell is simulated for two targets
        settings["store"] = store
        if plan.n is not None:
            study, multiples = _search_effects(plan, names, settings)
            return study, write_effects(plan, study, multiples)
        study, sizes = _search_sizes(plan, names, settings, largest)
        return study, write_sizes(plan, study, sizes, largest)


def _search_sizes(
    plan: OwnPlan, names: list[str], settings: dict, largest: int
) -> tuple[PowerStudy, dict[str, PlannedSize]]:
    """The size for each of `names`, and what was simulated for all of them."""
    given = {"power": plan.power, "largest": largest, **settings}
    start = sorted({max(size, plan.design.smallest_n) for size in START})
    sizes, tables = {}, []
    for name in names:
        study = search_sizes(plan.design, sizes=start, effects=[1.0], target=name, **given)
        covering = plan.targets if plan.joint else (name,)
        study, covered = search_coverage(study, target=name, covering=covering, **given)
        sizes[name] = _read_size(plan, study.table, name, covering, covered)
        tables.append(study.table)
    table = pd.concat(tables).drop_duplicates(["n", "target"]).sort_values("n", kind="stable")
    if plan.joint:
        for name in plan.targets:
            sizes[name] = _read_size(plan, table, name, (name,))
    whole = PowerStudy(table.reset_index(drop=True), plan.design, study.settings, n_resumed=0)
    return whole, sizes


def _read_size(
    plan: OwnPlan,
    table: pd.DataFrame,
    name: str,
    covering: tuple[str, ...],
    covered: float | None = None,
) -> PlannedSize:
    """Read a size off the table; `covered`: the first at which intervals cover, if that counts."""
    found = find_smallest_n(table, power=plan.power, target=name).iloc[0]
    coverage = table[table["target"].isin(covering)].groupby("n")["coverage"].min()
    near = found["n_coverage"]
    n = found["n_smallest"] if covered in (None, near) else covered
    shown = covered if covered and np.isfinite(covered) else near
    return PlannedSize(
        n=n,
        lower=found["n_lower"],
        upper=found["n_upper"],
        n_power=found["n_smallest"],
        at_least=found["status"] == "below the grid",
        coverage=coverage[shown],
        n_short=near,
        coverage_short=coverage[near],
        power_at_largest=table.loc[table[table["target"] == name]["n"].idxmax(), "power"],
        largest=table["n"].max(),
    )


def _search_effects(
    plan: OwnPlan, names: list[str], settings: dict
) -> tuple[PowerStudy, dict[str, float]]:
    """The smallest multiple of the paths that a given number of clients finds, by name."""
    studies = {
        name: find_smallest_effect(plan.design, n=plan.n, target=name, power=plan.power, **settings)
        for name in names
    }
    table = pd.concat([study.table for study in studies.values()])
    table = table.drop_duplicates(["effect", "target"]).reset_index(drop=True)
    multiples = {name: study.settings["smallest_effect"] for name, study in studies.items()}
    return PowerStudy(table, plan.design, studies[names[0]].settings, n_resumed=0), multiples
