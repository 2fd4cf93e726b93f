"""Begin the notebook of a new paper.

What is written runs at once, on simulated data and without printed numbers, and marks with TODO
what only a person who has read the paper can fill in.
"""

from __future__ import annotations

import argparse
import keyword
import re
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from helpers.commands.progress import spell_command
from helpers.errors import InputError, did_you_mean
from helpers.files import write_text_atomic
from helpers.paths import ROOT, list_notebooks
from helpers.report.references import reference_key

__all__ = ["METHODS", "add_arguments", "find_todos", "run", "write_study"]

METHODS = {
    "path": ("predictor", "mediator", "outcome"),
    "sem": ("predictor", "mediator", "outcome"),
    "pls": ("predictor", "mediator", "outcome"),
    "moderation": ("predictor", "moderator", "outcome"),
    "regression": ("covariate", "predictor", "outcome"),
    "coding": (),
}
"""Each method, and what its variables are called until they have names."""
_PRINTED = {
    "sem": {
        "loadings": ("item", "Standardized loadings"),
        "reliability": ("construct", "Reliability of the constructs"),
        "fit": ("model", "Fit of the model"),
    },
    "pls": {
        "items": ("item", "Items of the constructs"),
        "constructs": ("construct", "Reliability of the constructs"),
        "pairs": ("pair", "Pairs of constructs, one ~~ other"),
        "paths": ("path", "Paths, from -> to"),
        "prediction": ("item", "Prediction of the items"),
    },
    "coding": {"agreement": ("of", "Agreement of the coders")},
}
"""Tables for what a method computes beside effects or codes: the key of a row, and a title."""
LONGEST = 40
TODO = "TODO"
_FILES = {
    "notebook.py": "notebooks/{notebook}.py",
    "package.py": "src/helpers/studies/{study}/__init__.py",
    "study.py": "src/helpers/studies/{study}/model.py",
    "twin.py": "src/helpers/studies/{study}/twin.py",
    "columns.yml": "data/{study}/columns.yml",
    "source.yml": "data/{study}/source.yml",
    "table_1.csv": "data/{study}/printed/table_1.csv",
    "tolerances.yml": "tests/baselines/{notebook}/tolerances.yml",
    "test.py": "tests/unit/studies/{study}/test_{study}.py",
}
_CODED = {
    name: ("codebook.csv", place.replace("table_1", "codebook")) if name == "table_1.csv"
    else (name if name == "package.py" else f"coding_{name}", place)
    for name, place in _FILES.items()
}  # fmt: skip
"""Templates and places of a study of codings, in place of those above."""
_ROW = re.compile(r"^\| `\d\d_\w+` \|.*\n", flags=re.MULTILINE)


def write_study(study: str, method: str, *, root: Path = ROOT) -> list[Path]:
    """Write a notebook and everything that it needs, all or nothing.

    Parameters
    ----------
    study : str
        The study's slug, such as ``smith2027``: small letters, digits and underscores.
    method : {"path", "sem", "pls", "moderation", "regression", "coding"}
    root : pathlib.Path
        The project.

    Returns
    -------
    list of pathlib.Path
        The files written, and README.md, which lists the notebook.

    Raises
    ------
    InputError
        For a slug or a method that cannot be used, or when a file exists.
    """
    _check_names(study, method, root)
    numbers = [int(name.split("_")[0]) for name in list_notebooks(root)]
    slug = study if study.endswith(f"_{method}") else f"{study}_{method}"
    notebook = f"{max(numbers, default=0) + 1:02d}_{slug}"
    cited = re.match(r"([a-z_]+?)_?((?:19|20)\d\d)(?!\d)", study)
    author = (cited[1] if cited else study).replace("_", " ").title()
    year = cited[2] if cited else TODO
    names = {"study": study, "notebook": notebook}
    fields = {**names, "method": method, "author": author, "year": year, "names": METHODS[method]}
    title = f"{author} ({year})"
    more = _describe_printed(method)
    fields |= {"title": title, "key": reference_key(author, year), "more": more}
    files = _CODED.values() if method == "coding" else _FILES.items()
    contents = {
        root / place.format(**names): _render(template, **fields) for template, place in files
    }
    contents |= {
        root / "data" / study / "printed" / f"{name}.csv": _render("printed.csv", columns=columns)
        for name, (_, columns) in more.items()
    }
    there = [str(path.relative_to(root)) for path in contents if path.exists()]
    if there:
        raise InputError(f"{', '.join(there)} would be overwritten; choose another STUDY")
    readme = root / "README.md"
    row = f"| `{notebook}` | {title}: {TODO}: the question |\n"
    before = readme.read_text(encoding="utf-8")
    contents[readme] = _add_row(before, row)
    written = []
    try:
        for path, text in contents.items():
            written.append(path)
            write_text_atomic(path, text)
    except BaseException:
        for path in written:
            if path == readme:
                write_text_atomic(path, before)
            else:
                path.unlink(missing_ok=True)
        raise
    return list(contents)


def _describe_printed(method: str) -> dict[str, tuple[str, list[str]]]:
    """Title and columns of the printed tables that a method has beside effects or codes."""
    if method not in _PRINTED:
        return {}
    # The estimators take long to import.
    from helpers.studies.one_coding.printed import PRINTABLE as AGREEMENT
    from helpers.studies.one_model.model import PRINTABLE

    columns = PRINTABLE | AGREEMENT
    return {name: (title, [key, *columns[name]]) for name, (key, title) in _PRINTED[method].items()}


def find_todos(study: str, *, root: Path = ROOT) -> list[str]:
    """Return what is left to fill in for a study: ``file:line: text``, one each."""
    own = re.compile(rf"\d\d_{study}(_({'|'.join(METHODS)}))?")
    notebooks = [name for name in list_notebooks(root) if own.fullmatch(name)]
    files = [root / "README.md", *(root / "notebooks" / f"{name}.py" for name in notebooks)]
    places = {*_FILES.values(), *(place for _, place in _CODED.values())}
    named = [root / place.format(study=study) for place in sorted(places) if "{n" not in place]
    files += [path for path in named if path.exists()]
    return [
        f"{path.relative_to(root)}:{number}: {line.strip()}"
        for path in files
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if TODO in line
        and (path.name != "README.md" or any(f"`{name}`" in line for name in notebooks))
    ]


def _check_names(study: str, method: str, root: Path) -> None:
    if method not in METHODS:
        known = ", ".join(METHODS)
        raise InputError(f"METHOD={method!r} is none of {known}.{did_you_mean(method, METHODS)}")
    if not re.fullmatch(r"[a-z][a-z0-9_]*", study) or len(study) > LONGEST:
        raise InputError(
            f"STUDY={study!r} cannot name a study: write small letters, digits and underscores, "
            f"at most {LONGEST}, such as smith2027"
        )
    rooms = (root / "src" / "helpers" / "studies", root / "data")
    taken = {path.stem for room in rooms for path in room.iterdir()}
    if study in taken or keyword.iskeyword(study):
        raise InputError(f"STUDY={study!r} is taken; choose another name, such as {study}_2")


def _render(template: str, **fields: object) -> str:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).with_name("templates")),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        autoescape=False,  # Python, YAML and CSV are written, no HTML
    )
    return environment.get_template(f"{template}.jinja").render(fields)


def _add_row(readme: str, row: str) -> str:
    rows = list(_ROW.finditer(readme))
    if not rows:
        raise InputError("README.md has no table of notebooks to add a row to")
    return readme[: rows[-1].end()] + row + readme[rows[-1].end() :]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument("study", help="a name for it, such as smith2027")
    parser.add_argument("method", help=", ".join(METHODS))


def run(given: argparse.Namespace) -> int:
    """Write the files, print their names and what comes next."""
    if not given.study:
        raise InputError("say which study and method: STUDY=smith2027 METHOD=path")
    written = write_study(given.study, given.method)
    print("\n".join(path.relative_to(ROOT).as_posix() for path in written))
    build, test = spell_command("all"), spell_command("test")
    print(f"'{build}' builds it; it is complete when '{test}' finds no TODO")
    return 0
