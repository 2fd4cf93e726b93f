"""Where the project's files are, whatever the working directory.

A notebook runs in ``notebooks/`` under JupyterLab and in the root under papermill, so no path is
resolved from the working directory.
"""

from pathlib import Path

from helpers.errors import InputError

__all__ = ["data_dir", "project_root", "twin_path"]

_MARKER = Path("data") / "published"


def project_root() -> Path:
    """Return the absolute path of the repository's root.

    The root is the folder that holds ``src/helpers`` and ``data/published``; for a copy of the
    package installed elsewhere, the nearest folder above the working directory that holds
    ``data/published``.

    Raises
    ------
    InputError
        When no such folder is found.

    Examples
    --------
    >>> (project_root() / "data" / "published").is_dir()
    True
    """
    home = Path(__file__).resolve().parents[2]
    here = Path.cwd()
    for candidate in (home, here, *here.parents):
        if (candidate / _MARKER).is_dir():
            return candidate
    raise InputError(
        f"the project's data are neither beside the package ({home}) nor above the working "
        f"directory ({here}); install the package from its repository with 'pip install -e .'"
    )


def data_dir() -> Path:
    """Return the absolute path of ``data/``."""
    return project_root() / "data"


def twin_path(study: str) -> Path:
    """Return where the synthetic twin of `study` stands once ``make data`` has been run."""
    return data_dir() / "synthetic" / f"{study}.csv"
