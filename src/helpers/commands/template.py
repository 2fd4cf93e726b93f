"""A reader's own data: an empty file for a study, its codebook and an example mapping."""

import argparse
from pathlib import Path

from helpers.commands.progress import shown
from helpers.errors import InputError
from helpers.files import write_text_atomic
from helpers.paths import ROOT

__all__ = ["add_arguments", "run", "write_template"]


def write_template(study: str, *, out: Path) -> list[Path]:
    """Write an empty CSV with its codebook and an example mapping beside it.

    Parameters
    ----------
    study : str
        The name of its data dictionary.
    out : pathlib.Path
        The CSV to write, ``my.csv``; beside it come ``my.codebook.md`` and ``my.map.yml``.

    Returns
    -------
    list of pathlib.Path
        The files written.

    Raises
    ------
    InputError
        For an unknown study, or when one of the files exists.
    """
    from helpers.data.codebook import write_codebook, write_header, write_map_example
    from helpers.data.schemas import load_schema

    schema = load_schema(study)
    if out.suffix.lower() != ".csv":
        raise InputError(f"OUT={str(out)!r} is not the name of a CSV; write OUT={out}.csv")
    contents = {
        out: write_header(schema),
        out.with_suffix(".codebook.md"): write_codebook(schema),
        out.with_suffix(".map.yml"): write_map_example(schema),
    }
    there = [shown(path) for path in contents if path.exists()]
    if there:
        raise InputError(f"{', '.join(there)} would be overwritten; choose another OUT=….csv")
    return [write_text_atomic(path, text) for path, text in contents.items()]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument("study", help="such as distress_session_quality")
    parser.add_argument("--out", default="", metavar="CSV", help="default: runs/<study>.csv")


def run(given: argparse.Namespace) -> int:
    """Write the files and print their names."""
    if not given.study:
        raise InputError("say which study: STUDY=distress_session_quality, for one")
    out = Path(given.out).expanduser() if given.out else ROOT / "runs" / f"{given.study}.csv"
    print("\n".join(shown(path) for path in write_template(given.study, out=out)))
    return 0
