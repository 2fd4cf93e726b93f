"""A reader's own data: whether a file fits a study.

The command says what the file holds and everything in it that does not fit, and runs nothing.
"""

from __future__ import annotations

import argparse
import re
import warnings
from collections.abc import Mapping
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from helpers.commands.dependencies import cited_studies
from helpers.commands.parameters import parse_assignments, quote_value
from helpers.commands.progress import spell_command
from helpers.errors import InputError
from helpers.notebook import Parameter, check_data_file, read_parameters
from helpers.paths import ROOT, list_notebooks, studies_with

if TYPE_CHECKING:  # imported where they are needed, so that a mistake is answered at once
    import pandas as pd

    from helpers.data.datasets import Examination
    from helpers.data.schemas import Schema

__all__ = ["add_arguments", "check_data", "find_study_notebook", "run"]

ENOUGH_POWER = 0.8
CHOICES = {
    "fiml": "estimates are unbiased where what is missing depends on what is observed",
    "mi": "estimates are unbiased where what is missing depends on what is observed",
    "mean": "a missing answer takes the mean of its item, which weakens associations",
    "listwise": "estimates are unbiased where what is missing does not depend on the outcome",
}
"""What to know of each choice of a notebook's ``missing``, the one to recommend first.

Of the first two and the last: Schoemann, A. M., Moore, E. W. G., & Yagiz, G. (2025). How and why to
follow best practices for testing mediation models with missing data. International Journal of
Psychology, 60(1), e13257. https://doi.org/10.1002/ijop.13257
"""
_ALL_ROWS = (
    "which loses no row and asks less of the reasons for the gaps than complete rows do (Schoemann "
    "et al., 2025, https://doi.org/10.1002/ijop.13257)"
)
REASONS = {
    "fiml": _ALL_ROWS,
    "mi": _ALL_ROWS,
    "mean": "which loses no row, and which seminr and SmartPLS do unless asked otherwise; where an "
    "item lacks many answers, compare both",
}


def check_data(
    study: str,
    *,
    data: Path,
    mapping: Path | None = None,
    given: Mapping[str, object] = MappingProxyType({}),
) -> tuple[str, bool]:
    """Say what a file holds and what of it does not fit a study.

    Parameters
    ----------
    study : str
        The name of its data dictionary.
    data : pathlib.Path
        A reader's CSV.
    mapping : pathlib.Path, optional
        What its columns are called.
    given : mapping
        Parameters of the notebook with which the study is to be run.

    Returns
    -------
    report : str
        Columns with their missing values, ranges and labels, but no row; then a line per problem,
        or the command that runs the study on this file.
    fits : bool
    """
    from helpers.data.datasets import examine_dataset
    from helpers.data.schemas import load_schema

    found = examine_dataset(data, study, mapping=mapping)
    problems = list(found.problems)
    if found.dataset is not None:
        problems += _study_problems(study, found, data, mapping, given)
    lines = [f"{data.name} for {study}"]
    if found.n_read:
        rows = "1 row" if found.n_read == 1 else f"{found.n_read} rows"
        lines[0] += f": {rows}, {len(found.columns)} columns used"
    schema = load_schema(study)
    lines += ["", *_list_columns(found.columns, schema)] if len(found.columns) else []
    lines += [""] if found.ignored_columns or found.absent else []
    if found.ignored_columns:
        lines.append(f"not used: {', '.join(found.ignored_columns)}")
    if found.absent:
        lines.append(f"covariates not in the file: {', '.join(found.absent)}")
        lines += _explain_absent(found, schema)
    lines += _note_labels(found.columns, schema)
    lines += _list_scales(found)
    lines += _ask_ranges(found, schema, mapping)
    lines += found.notes
    if found.dataset is not None and found.dataset.notices:
        lines += ["", "before you read on:", *(each.text for each in found.dataset.notices)]
    lines.append("")
    if problems:
        n = len(problems)
        lines += [f"does not fit, {n} problem{'' if n == 1 else 's'}:", *problems]
        lines += _propose_mapping(found, mapping)
    else:
        lines += [*_weigh_choices(study, found), *_state_power(study, found)]
        lines.append("fits; to run it:")
        lines.append(_run_command(study, found, data, mapping, given))
        lines += _mention_clusters(study, found)
    return "\n".join(lines), not problems


def _propose_mapping(found: Examination, mapping: Path | None) -> list[str]:
    """Return the lines of a mapping that settle several problems, to be pasted at once."""
    from helpers.data.header import write_mapping

    if sum(len(pairs) for pairs in found.mapping.values()) < 2:
        return []
    where = f"to {mapping.name}" if mapping else "as a file my.map.yml, and give it with MAP="
    return ["", f"what of this is right, together {where}:", *write_mapping(found.mapping)]


def _explain_absent(found: Examination, schema: Schema) -> list[str]:
    """Say what the file may have in the place of the covariates that it lacks."""
    from helpers.data.header import find_source

    sources = {
        name: find_source(schema.column(name), found.ignored_columns, schema.names)
        for name in found.absent
    }
    return [
        f"{name} is not in the file{source.text}" for name, source in sources.items() if source.text
    ]


def _list_scales(found: Examination) -> list[str]:
    """Return what each scale that was scored from its items came out as."""
    ends = found.columns.set_index("column")[["lowest", "highest"]]
    lines = []
    for scale in found.scales:
        low, high = ends.loc[scale.column]
        lines.append(
            f"{scale.column}: {scale.how} of {scale.n_items} items, {low:.6g} to {high:.6g}, "
            f"mean {scale.mean:.2f}, alpha {scale.alpha:.2f}"
        )
    return lines


def _ask_ranges(found: Examination, schema: Schema, mapping: Path | None) -> list[str]:
    """Say for which scales a code beside the answers cannot be told from an answer."""
    from helpers.data.column_map import read_column_map

    if found.dataset is None:
        return []
    declared = read_column_map(mapping, schema=schema).ranges if mapping else {}
    open_ended = [
        column.name
        for column in schema.measures
        if column.is_number and column.minimum is column.maximum is None
    ]
    names = [name for name in open_ended if name not in declared]
    if not names:
        return []
    return [
        f"no range is known for {', '.join(names)}: a code for a missing value next to the answers,"
        " such as 9 on a scale of 1 to 7, is found only if the mapping gives the ends: "
        f"ranges: {{{names[0]}: [lowest, highest]}}"
    ]


def _study_problems(
    study: str,
    found: Examination,
    data: Path,
    mapping: Path | None,
    given: Mapping[str, object],
) -> list[str]:
    """Return what the study itself asks of a file beyond its data dictionary.

    A study whose results have a function ``try_study`` is fitted once with the parameters of the
    command that the check ends with, and next to no draws: what the run would refuse is told here.
    """
    from helpers.data.datasets import load_dataset

    model = import_module(f"helpers.studies.{study}.model")
    has_results = find_spec(f"helpers.studies.{study}.results")
    results = import_module(f"helpers.studies.{study}.results") if has_results else None
    values = {name: parameter.default for name, parameter in _declared(study).items()}
    try:
        values |= _choose_parameters(study, found, given)
        keep = values.get("missing", "error") in ("fiml", "mi", "mean")
        if hasattr(model, "check_dataset"):
            model.check_dataset(found.dataset, values)
        if hasattr(results, "try_study"):
            covariates = values.get("covariates", [])
            kept = "keep" if keep else values.get("missing", "error")
            dataset = load_dataset(
                data, study, covariates=covariates, missing=kept, mapping=mapping
            )
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                results.try_study(dataset, values)
    except InputError as error:
        return [str(error) if data.name in str(error) else f"{data.name}: {error}"]
    except (ArithmeticError, ValueError) as error:  # what no estimator expected of any file
        return [f"{data.name}: the study's models cannot be fitted to these columns ({error})"]
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
        column = known.get(name)  # None of a free covariate
        if column is not None and column.kind == "items":
            n = len(group)
            found = f"{n} item{'' if n == 1 else 's'}, {found}"
        allowed = column.range_words if column is not None else ""
        rows.append((name, _cut(yours), str(group["missing"].sum()), _cut(found), allowed))
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
        "they are read as they are unless a mapping says what they mean"
        for row in columns.itertuples(index=False)
        if row.labels and known.get(row.column) and not set(row.labels) & set(known[row.column])
    ]


def _cut(text: str, width: int = 60) -> str:
    return text if len(text) <= width else text[:width].rsplit(",", 1)[0] + ", …"


def _declared(study: str) -> dict[str, Parameter]:
    """Return the parameters of the study's notebook by name."""
    return {each.name: each for each in read_parameters(find_study_notebook(study))}


def _choose_missing(study: str, found: Examination) -> tuple[str, list[str]]:
    """Return which choice of ``missing`` to recommend, and all; "" where nothing is missing."""
    declared = _declared(study)
    if not found.dataset.n_dropped or "missing" not in declared:
        return "", []
    offered = [each for each in CHOICES if each in declared["missing"].choices]
    return offered[0], offered


def _weigh_choices(study: str, found: Examination) -> list[str]:
    """Say how many rows each choice of ``missing`` keeps, and which is recommended and why."""
    recommended, offered = _choose_missing(study, found)
    if not offered:
        return []
    n, kept = found.n_read, len(found.dataset.frame)
    lines = [f"missing values, in {n - kept} of {n} rows:"]
    for choice in offered:
        rows = f"{kept} of {n}" if choice == "listwise" else f"all {n}"
        lines.append(f"missing={choice} keeps {rows} rows: {CHOICES[choice]}")
    if len(offered) > 1:
        lines.append(f"recommended: missing={recommended}, {REASONS[recommended]}")
    return [*lines, ""]


def _state_power(study: str, found: Examination) -> list[str]:
    """Say what a study of so many rows could find, if effects have the published sizes."""
    if study not in studies_with("replication"):
        return []
    listwise = _choose_missing(study, found)[0] == "listwise"
    n = len(found.dataset.frame) if listwise else found.n_read
    power = import_module(f"helpers.studies.{study}.replication").find_power(n)
    low, high = power.min(), power.max()
    span = f"{low:.0%}" if f"{low:.0%}" == f"{high:.0%}" else f"{low:.0%} to {high:.0%}"
    weak = int((power < ENOUGH_POWER).sum())
    return [
        f"{n} rows have a power of {span} to find the effects that the paper found, at their "
        "published sizes or, where none is printed, the least that it could have found; it is "
        f"below {ENOUGH_POWER:.0%} for {weak} of {len(power)}",
        "",
    ]


def _mention_clusters(study: str, found: Examination) -> list[str]:
    """Say how to take rows that share an identifier into account; the reader decides.

    Fewer than `MIN_DRAWN` clusters can neither be drawn nor make standard errors robust.
    """
    from helpers.models.inference.clusters import MIN_DRAWN

    if "cluster" not in _declared(study):
        return []
    return [
        f"# if rows that share {notice.column} belong together, add to the parameters: "
        f"cluster={quote_value(notice.column)}"
        for notice in found.dataset.notices
        if notice.kind == "repeated ids" and notice.n_values >= MIN_DRAWN
    ]


def _choose_parameters(
    study: str, found: Examination, given: Mapping[str, object]
) -> dict[str, object]:
    """Return the parameters with which a file that fits is run, where they are not the defaults.

    What is `given` stands. A model with a function ``choose_parameters`` says what it needs more.
    """
    declared = _declared(study)
    model = import_module(f"helpers.studies.{study}.model")
    chosen: dict[str, object] = {}
    if "covariates" in declared and list(found.covariates) != declared["covariates"].default:
        chosen["covariates"] = list(found.covariates)
    if recommended := _choose_missing(study, found)[0]:
        chosen["missing"] = recommended
    if hasattr(model, "choose_parameters"):
        chosen |= model.choose_parameters(found.dataset, given)
    return chosen | dict(given)


def _run_command(
    study: str,
    found: Examination,
    data: Path,
    mapping: Path | None,
    given: Mapping[str, object],
) -> str:
    """Return the command that runs the study's notebook on a file that fits."""
    assigned = [
        f"{name}={_spell_value(value)}"
        for name, value in _choose_parameters(study, found, given).items()
    ]
    return spell_command(
        "run",
        f"NOTEBOOK={find_study_notebook(study).stem.split('_')[0]}",
        data=str(data),
        map=str(mapping or ""),
        params=" ".join(assigned),
        out=f"runs/{re.sub(r'[^0-9A-Za-z_.-]+', '_', data.stem)}",
    )


def _spell_value(value: object) -> str:
    """Return a value as an assignment takes it, in quotes where it is more than a word."""
    if isinstance(value, list):
        return f"[{', '.join(map(_spell_value, value))}]"
    return quote_value(value) if isinstance(value, str) else str(value)


def find_study_notebook(study: str, *, root: Path = ROOT) -> Path:
    """Return the source of the notebook that reads a reader's data of `study`."""
    for name in list_notebooks(root):
        source = root / "notebooks" / f"{name}.py"
        names = {parameter.name for parameter in read_parameters(source)}
        if "data_path" in names and cited_studies(source, root=root)[:1] == [study]:
            return source
    raise InputError(f"no notebook reads data of {study!r}")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument("study", help="such as distress_session_quality")
    parser.add_argument("--data", default="", metavar="CSV", help="your file")
    parser.add_argument("--map", default="", metavar="YAML", help="what your columns are called")
    parser.add_argument(
        "--params", default="", metavar="'NAME=VALUE …'", help="parameters of the notebook"
    )


def run(given: argparse.Namespace) -> int:
    """Check a file, print what it holds, and return whether it fits."""
    if not given.study:
        raise InputError("say which study: STUDY=distress_session_quality, for one")
    if not given.data:
        raise InputError("say which file: DATA=my.csv")
    check_data_file(given.data, argument="DATA")
    if given.map:
        check_data_file(given.map, argument="MAP")
    mapping = Path(given.map) if given.map else None
    values = parse_assignments(given.params, list(_declared(given.study).values()))
    report, fits = check_data(given.study, data=Path(given.data), mapping=mapping, given=values)
    print(report)
    return 0 if fits else 1
