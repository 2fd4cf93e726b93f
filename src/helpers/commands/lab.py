"""Start JupyterLab, on this machine only, with the project's settings."""

import argparse
import hashlib
import os
from pathlib import Path

from helpers.paths import ROOT, built_checksum

__all__ = ["add_arguments", "built_notebooks", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.epilog = "Anything else goes to JupyterLab, such as --no-browser."
    parser.set_defaults(others=[])


def built_notebooks(root: Path = ROOT) -> list[Path]:
    """Return the executed notebooks that are byte by byte what the build wrote here.

    Any other, such as one that was downloaded, JupyterLab shows without its styles and scripts
    until its reader runs or trusts it.
    """
    return [
        path
        for path in sorted((root / "notebooks").glob("*.ipynb"))
        if (known := built_checksum(path.stem, root)).is_file()
        and known.read_text().strip() == hashlib.sha256(path.read_bytes()).hexdigest()
    ]


def run(given: argparse.Namespace) -> int:
    """Trust the reports that were built here, and serve until the server is stopped."""
    import nbformat
    from jupyterlab.labapp import LabApp
    from nbformat.sign import NotebookNotary

    from helpers.commands.pairs import date_like_source, describe_edit, is_edited

    # which notebooks may be shown with their styles; apart from what the reader trusts elsewhere
    build = ROOT / "build"
    build.mkdir(exist_ok=True)
    places = {"db_file": str(build / "trusted.db"), "secret_file": str(build / "trusted.key")}
    notary = NotebookNotary(**places)
    for path in built_notebooks():
        notary.sign(nbformat.read(path, as_version=4))
        source = path.with_suffix(".py")
        date_like_source(source)
        if is_edited(path, source):
            print(describe_edit(path, source))
    notary.store.close()
    os.environ["JUPYTER_CONFIG_PATH"] = str(ROOT / ".jupyter")
    os.environ["JUPYTER_PREFER_ENV_PATH"] = "1"
    LabApp.launch_instance(
        [
            "--ServerApp.ip=127.0.0.1",
            f"--ServerApp.root_dir={ROOT}",
            "--LabApp.default_url=/lab/tree/notebooks",
            "--ServerApp.contents_manager_class=helpers.commands.lab_contents.ReportContents",
            *(f"--NotebookNotary.{name}={place}" for name, place in places.items()),
            *given.others,
        ]
    )
    return 0
