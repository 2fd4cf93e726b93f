"""A reader's own data: ``python -m helpers.commands.own_data template|check STUDY …``.

``template`` writes an empty CSV, its codebook and an example mapping. ``check`` says what a file
holds and everything in it that does not fit, and runs nothing.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from helpers.commands.dependencies import cited_studies
from helpers.errors import InputError, did_you_mean
from helpers.files import write_text_atomic
from helpers.notebook import check_data_file, read_parameters
from helpers.paths import ROOT, list_notebooks

if TYPE_CHECKING:  # imported where they are needed, so that a mistake is answered at once
    import pandas as pd

    from helpers.data.datasets import Dataset, Examination
    from helpers.data.schemas import Schema

__all__ = ["check_data", "find_study_notebook", "main", "write_template"]


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
    there = [_shown(path) for path in contents if path.exists()]
    if there:
        raise InputError(f"{', '.join(there)} would be overwritten; choose another OUT=….csv")
    return [write_text_atomic(path, text) for path, text in contents.items()]


def check_data(study: str, *, data: Path, mapping: Path | None = None) -> tuple[str, bool]:
    """Say what a file holds and what of it does not fit a study.

    Parameters
    ----------
    study : str
        The name of its data dictionary.
    data : pathlib.Path
        A reader's CSV.
    mapping : pathlib.Path, optional
        What its columns are called.

    Returns
    -------
    report : str
        Columns with their missing values, ranges and labels, never a row; then a line a problem,
        or the command that runs the study on this file.
    fits : bool
    """
    from helpers.data.datasets import examine_dataset
    from helpers.data.schemas import load_schema

    found = examine_dataset(data, study, mapping=mapping)
    problems = list(found.problems)
    if found.dataset is not None:
        problems += _study_problems(study, found.dataset)
    lines = [f"{data.name} for {study}"]
    if found.n_read:
        lines[0] += f": {found.n_read} rows, {len(found.columns)} columns used"
    lines += ["", *_list_columns(found.columns, load_schema(study))] if len(found.columns) else []
    lines += [""] if found.ignored_columns or found.absent else []
    if found.ignored_columns:
        lines.append(f"not used: {', '.join(found.ignored_columns)}")
    if found.absent:
        lines.append(f"covariates not in the file: {', '.join(found.absent)}")
        hints = {name: did_you_mean(name, found.ignored_columns) for name in found.absent}
        lines += [f"{name} is not in the file.{hint}" for name, hint in hints.items() if hint]
    lines += _note_labels(found.columns, load_schema(study))
    lines.append("")
    if problems:
        n = len(problems)
        lines += [f"does not fit, {n} problem{'' if n == 1 else 's'}:", *problems]
    else:
        lines += ["fits; to run it:", _run_command(study, found, data, mapping)]
    return "\n".join(lines), not problems


def _study_problems(study: str, dataset: Dataset) -> list[str]:
    """Return what the study itself asks of a file beyond its data dictionary."""
    module = import_module(f"helpers.studies.{study}.model")
    try:
        if hasattr(module, "check_dataset"):
            module.check_dataset(dataset)
    except InputError as error:
        return [str(error)]
    return []


def _list_columns(columns: pd.DataFrame, schema: Schema) -> list[str]:
    """Return the columns as an aligned table, a group of items in one line."""
    rows = [("column", "in your file", "missing", "found", "allowed")]
    known = {column.name: column for column in schema.columns}
    for name, group in columns.groupby("group", sort=False):
        yours = ", ".join(group["yours"][group["yours"] != group["column"]])
        found = ", ".join(group["labels"].iloc[0])
        if group["lowest"].notna().any():
            found = f"{group['lowest'].min():.6g} to {group['highest'].max():.6g}"
        if known[name].kind == "items":
            found = f"{len(group)} items, {found}"
        rows.append(
            (name, _cut(yours), str(group["missing"].sum()), _cut(found), known[name].range_words)
        )
    used = [i for i in range(5) if i != 1 or any(row[1] for row in rows[1:])]
    widths = [max(len(row[i]) for row in rows) for i in used]
    return [
        "  ".join(row[i].ljust(width) for i, width in zip(used, widths, strict=True)).rstrip()
        for row in rows
    ]


def _note_labels(columns: pd.DataFrame, schema: Schema) -> list[str]:
    """Say which categories have none of the dictionary's labels; codes are easily left unmapped."""
    known = {column.name: column.labels for column in schema.columns}
    return [
        f"{row.column}: none of its labels is in the codebook ({', '.join(known[row.column])}); "
        "they are read as they stand unless a mapping says what they mean"
        for row in columns.itertuples(index=False)
        if row.labels and known.get(row.column) and not set(row.labels) & set(known[row.column])
    ]


def _cut(text: str, width: int = 60) -> str:
    return text if len(text) <= width else text[:width].rsplit(",", 1)[0] + ", …"


def _run_command(study: str, found: Examination, data: Path, mapping: Path | None) -> str:
    """Return the command that runs the study's notebook on a file that fits."""
    source = find_study_notebook(study)
    declared = {parameter.name: parameter for parameter in read_parameters(source)}
    parameters = []
    if found.absent and "covariates" in declared:
        kept = [n for n in declared["covariates"].default if n not in found.absent]
        parameters.append(f"covariates=[{', '.join(kept)}]")
    if found.dataset.n_dropped and "missing" in declared:
        parameters.append("missing=listwise")
    words = ["make run", f"NOTEBOOK={source.stem.split('_')[0]}", f"DATA={_quoted(data)}"]
    words += [f"MAP={_quoted(mapping)}"] if mapping else []
    words += [f'PARAMS="{" ".join(parameters)}"'] if parameters else []
    return " ".join([*words, f"OUT=runs/{data.stem.replace(' ', '_')}"])


def _quoted(path: Path) -> str:
    return f'"{path}"' if " " in str(path) else str(path)


def find_study_notebook(study: str, *, root: Path = ROOT) -> Path:
    """Return the source of the notebook that reads a reader's data of `study`."""
    for name in list_notebooks(root):
        source = root / "notebooks" / f"{name}.py"
        names = {parameter.name for parameter in read_parameters(source)}
        if "data_path" in names and cited_studies(source, root=root)[:1] == [study]:
            return source
    raise InputError(f"no notebook reads data of {study!r}")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m helpers.commands.own_data", description="Help with data of your own."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    template = commands.add_parser("template", help="an empty CSV, its codebook, a mapping")
    template.add_argument("study")
    template.add_argument("--out", default="", metavar="CSV", help="default: runs/<study>.csv")
    check = commands.add_parser("check", help="whether a file fits")
    check.add_argument("study")
    check.add_argument("--data", default="", metavar="CSV")
    check.add_argument("--map", default="", metavar="YAML")
    given = parser.parse_args(argv)
    try:
        if not given.study:
            raise InputError("say which study: STUDY=distress_session_quality, for one")
        if given.command == "template":
            out = Path(given.out).expanduser() if given.out else _default_out(given.study)
            print("\n".join(_shown(path) for path in write_template(given.study, out=out)))
            return 0
        if not given.data:
            raise InputError("say which file: DATA=my.csv")
        check_data_file(given.data, argument="DATA")
        mapping = Path(given.map) if given.map else None
        if mapping:
            check_data_file(mapping, argument="MAP")
        report, fits = check_data(given.study, data=Path(given.data), mapping=mapping)
    except InputError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"error: cannot write {error.filename}: {error.strerror}", file=sys.stderr)
        return 1
    print(report)
    return 0 if fits else 1


def _default_out(study: str) -> Path:
    return ROOT / "runs" / f"{study}.csv"


def _shown(path: Path) -> str:
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)


if __name__ == "__main__":
    sys.exit(main())
