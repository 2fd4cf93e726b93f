"""Make the synthetic data of a study: ``python -m helpers.build.make_data STUDY``."""

import argparse
import importlib
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from helpers.build.dependencies import finish_step, twin_inputs
from helpers.build.environment import reproducible_environment
from helpers.build.paths import ROOT
from helpers.build.progress import report_done, report_start
from helpers.errors import InputError

__all__ = ["main", "make_data"]


def make_data(study: str) -> list[Path]:
    """Run ``helpers.twins.<study>.main()`` and note what it depended on.

    Parameters
    ----------
    study : str
        The name of a module of `helpers.twins`.

    Returns
    -------
    list of pathlib.Path
        The files of ``data/synthetic`` whose names begin with the study's.
    """
    started_ns = time.time_ns()
    report_start("data", study)
    with reproducible_environment():
        importlib.import_module(f"helpers.twins.{study}").main()
    outputs = sorted((ROOT / "data" / "synthetic").glob(f"{study}*"))
    if not (ROOT / "data" / "synthetic" / f"{study}.csv").is_file():
        raise RuntimeError(f"helpers.twins.{study} wrote no data/synthetic/{study}.csv")
    finish_step(
        ROOT / "build" / "data" / f"{study}.done",
        inputs=twin_inputs(study),
        outputs=outputs,
        started_ns=started_ns,
    )
    report_done("data", study, started_ns, ", ".join(path.name for path in outputs))
    return outputs


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
