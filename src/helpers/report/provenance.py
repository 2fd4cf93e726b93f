"""Where a report comes from: data, parameters, sources, versions."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

import pandas as pd

from helpers.data.datasets import Dataset
from helpers.notebook import PLACES
from helpers.paths import find_notebook
from helpers.report.wording import name_data
from helpers.sources import find_imports

PACKAGES = ("numpy", "scipy", "pandas", "semopy", "statsmodels", "matplotlib", "seaborn")


def describe_provenance(
    notebook: str,
    *,
    data: Dataset | None,
    parameters: Mapping[str, object],
    packages: Sequence[str] = PACKAGES,
    status: str = "",
) -> pd.DataFrame:
    """Everything needed to rebuild a report.

    Parameters
    ----------
    notebook : str
        Name of the notebook.
    data : Dataset or None
        None for a notebook that reads no data set.
    parameters : mapping
        Every parameter with the value in force.
    packages : sequence of str
    status : str
        What the data are; by default "synthetic twin" or "your data".

    Returns
    -------
    DataFrame
        `item`, `value`. The source checksum is over the notebook's text and every module it
        imports, in the order of their names.
    """
    source = find_notebook(notebook)
    read = {}
    if data is not None:
        mapping = data.column_map
        by = {"Columns read by": mapping.file, "Checksum of that (SHA-256)": mapping.sha256}
        read = {
            "Data": f"{status or name_data(data)}, {data.path.name}",
            "Data checksum (SHA-256)": data.sha256,
            **(by if mapping.file else {}),
            "Cases": f"{len(data.frame)} of {data.n_read} read",
        }
    items = read | {
        "Source checksum (SHA-256)": _checksum([source, *find_imports([source])]),
        "Python": platform.python_version(),
        **{name: version(name) for name in packages},
    }
    shown = {k: v for k, v in parameters.items() if k not in PLACES}
    items |= {f"Parameter {name}": str(value) for name, value in shown.items()}
    return pd.DataFrame({"item": list(items), "value": list(items.values())})


def _checksum(paths: list[Path]) -> str:
    digest = hashlib.sha256()
    for path in sorted(paths, key=lambda p: p.name):
        digest.update(path.read_bytes())
    return digest.hexdigest()
