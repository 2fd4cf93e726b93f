"""Make the synthetic data of a study: ``python -m helpers.commands.make_data STUDY``."""

import argparse
import importlib
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from helpers.commands.dependencies import finish_step, twin_inputs
from helpers.commands.environment import reproducible_environment
from helpers.commands.progress import report_done, report_start
from helpers.errors import InputError
from helpers.paths import ROOT, twin_path

__all__ = ["main", "make_data"]


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
    """
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


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status."""
    parser = argparse.ArgumentParser(description="Make the synthetic data of a study.")
    parser.add_argument("study")
    try:
        make_data(parser.parse_args(argv).study)
    except InputError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
