"""Make the synthetic data of a study."""

import argparse
import importlib
import time
from pathlib import Path

from helpers.commands.dependencies import finish_step, twin_inputs
from helpers.commands.environment import reproducible_environment
from helpers.commands.progress import report_done, report_start
from helpers.errors import InputError, did_you_mean
from helpers.paths import ROOT, twin_path
from helpers.studies.registry import studies_with

__all__ = ["add_arguments", "make_data", "run"]


def make_data(study: str) -> Path:
    """Run ``helpers.studies.<study>.twin.main()`` and note what it depended on.

    Parameters
    ----------
    study : str
        The name of a package of `helpers.studies` that has a module `twin`.

    Returns
    -------
    pathlib.Path
        ``data/<study>/synthetic.csv``.

    Raises
    ------
    InputError
        For a study that has no such module.
    """
    made = studies_with("twin")
    if study not in made:
        raise InputError(
            f"{study!r} is not a study with a twin ({', '.join(made)}).{did_you_mean(study, made)}"
        )
    started_ns = time.time_ns()
    report_start("data", study)
    with reproducible_environment():
        importlib.import_module(f"helpers.studies.{study}.twin").main()
    output = twin_path(study)
    if not output.is_file():
        raise RuntimeError(f"helpers.studies.{study}.twin wrote no {output.relative_to(ROOT)}")
    finish_step(
        ROOT / "build" / "data" / f"{study}.done",
        inputs=twin_inputs(study),
        outputs=[output],
        started_ns=started_ns,
    )
    report_done("data", study, started_ns, str(output.relative_to(ROOT)))
    return output


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument("study", help="such as distress_session_quality")


def run(given: argparse.Namespace) -> int:
    """Make the data of the study."""
    make_data(given.study)
    return 0
