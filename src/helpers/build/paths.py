"""What the build finds where in the project."""

from pathlib import Path

from helpers.errors import InputError, did_you_mean
from helpers.paths import project_root

__all__ = ["ROOT", "find_notebook", "list_notebooks", "study_files"]

ROOT = project_root()


def list_notebooks(root: Path = ROOT) -> list[str]:
    """Return the names of the notebooks, in reading order."""
    return sorted(path.stem for path in (root / "notebooks").glob("[0-9]*.py"))


def find_notebook(name: str, *, root: Path = ROOT) -> Path:
    """Return the source of the notebook called `name`.

    Parameters
    ----------
    name : str
        The notebook's name, its number alone (``02``), or the path of either half of the pair.

    Raises
    ------
    InputError
        If no notebook, or more than one, answers to that name.
    """
    as_path = Path(name)
    if as_path.suffix in {".py", ".ipynb"}:
        source = as_path.with_suffix(".py")
        if source.is_file():
            return source.resolve()
    names = list_notebooks(root)
    wanted = as_path.stem if as_path.suffix in {".py", ".ipynb"} else as_path.name
    found = [n for n in names if n == wanted] or [n for n in names if n.split("_")[0] == wanted]
    if len(found) != 1:
        known = ", ".join(names) or "none yet"
        hint = did_you_mean(wanted, names)
        raise InputError(f"NOTEBOOK={name!r} is not a notebook of this project ({known}).{hint}")
    return root / "notebooks" / f"{found[0]}.py"


def study_files(study: str, *, root: Path = ROOT) -> list[Path]:
    """Return the written (not generated) data files of a study, and the folder they stand in."""
    published = root / "data" / "published" / study
    files = sorted(path for path in published.rglob("*") if path.is_file())
    schema = root / "data" / "schemas" / f"{study}.yml"
    return [path for path in (published, *files, schema) if path.exists()]
