"""Where the project's files are, whatever the working directory.

A notebook runs in ``notebooks/`` under JupyterLab and in the root under papermill, so no path is
resolved from the working directory.
"""

from pathlib import Path

from helpers.errors import InputError, did_you_mean

__all__ = [
    "ROOT",
    "TWIN",
    "built_checksum",
    "data_dir",
    "find_notebook",
    "list_notebooks",
    "list_studies",
    "printed_dir",
    "project_root",
    "schema_path",
    "source_path",
    "studies_with",
    "study_files",
    "twin_path",
]

_SOURCE = "source.yml"
_SCHEMA = "columns.yml"
_PRINTED = "printed"
_LEDGER = "ledger.csv"
TWIN = "synthetic.csv"
PHONE_FOLDER = "phone"
"""In the folder of the figures: those that are laid out for a phone."""
"""The name of every synthetic twin, in the folder of its study."""


def project_root() -> Path:
    """Return the absolute path of the repository's root.

    The root is the folder that holds ``src/helpers`` and the studies' data; for a copy of the
    package installed elsewhere, the nearest folder above the working directory that holds
    ``data/<study>/source.yml``.

    Raises
    ------
    InputError
        When no such folder is found.

    Examples
    --------
    >>> (project_root() / "data").is_dir()
    True
    """
    home = Path(__file__).resolve().parents[2]
    here = Path.cwd()
    for candidate in (home, here, *here.parents):
        if any((candidate / "data").glob(f"*/{_SOURCE}")):
            return candidate
    raise InputError(
        f"the project's data are neither beside the package ({home}) nor above the working "
        f"directory ({here}); install the package from its repository with 'pip install -e .'"
    )


ROOT = project_root()


def data_dir(*, root: Path | None = None) -> Path:
    """Return the absolute path of ``data/``."""
    return (root or project_root()) / "data"


def list_studies(*, root: Path | None = None) -> list[str]:
    """Return the studies of the collection: the folders of ``data/`` with a ``source.yml``."""
    return sorted(path.parent.name for path in data_dir(root=root).glob(f"*/{_SOURCE}"))


def studies_with(part: str) -> list[str]:
    """Return the published studies that have a module `part`, such as ``"audit"`` or ``"twin"``.

    Examples
    --------
    >>> studies_with("audit")
    ['coping_adherence', 'distress_session_quality', 'working_alliance_theory']
    """
    room = Path(__file__).parent / "studies"
    return [study for study in list_studies() if (room / study / f"{part}.py").is_file()]


def source_path(study: str, *, root: Path | None = None) -> Path:
    """Return where the citation and the remarks of `study` stand."""
    return data_dir(root=root) / study / _SOURCE


def schema_path(study: str, *, root: Path | None = None) -> Path:
    """Return where the data dictionary of `study` stands, if it has one."""
    return data_dir(root=root) / study / _SCHEMA


def printed_dir(study: str, *, root: Path | None = None) -> Path:
    """Return the folder of the tables that `study` prints."""
    return data_dir(root=root) / study / _PRINTED


def ledger_path(study: str, *, root: Path | None = None) -> Path:
    """Return where it is written what is known of each number that `study` prints."""
    return data_dir(root=root) / study / _LEDGER


def twin_path(study: str, *, root: Path | None = None) -> Path:
    """Return where the synthetic twin of `study` stands once ``make data`` has been run."""
    return data_dir(root=root) / study / TWIN


def study_files(study: str, *, root: Path | None = None) -> list[Path]:
    """Return the written (not generated) data files of a study, and the folder of its tables.

    The folder of the study itself is not among them: it changes whenever its twin is made.
    """
    home = data_dir(root=root) / study
    return sorted(path for path in home.rglob("*") if path != twin_path(study, root=root))


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


def built_checksum(name: str, root: Path = ROOT) -> Path:
    """Return where the build keeps the SHA-256 of the executed notebook `name` that it wrote."""
    return root / "build" / "notebooks" / f"{name}.sha256"
