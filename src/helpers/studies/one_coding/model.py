"""A study of codings: its printed codebook, and codings with it or with one of a reader's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from helpers.data import codings
from helpers.data.code_system import complete_levels
from helpers.data.codings import Codings
from helpers.data.datasets import Dataset
from helpers.paths import twin_path
from helpers.printed.numbers import load_published

__all__ = ["CodingStudy"]


@dataclass(frozen=True)
class CodingStudy:
    """What is read for a study of codings.

    Attributes
    ----------
    study : str
        The name of its folder in ``data/``, whose ``printed/codebook.csv`` is the codebook.
    """

    study: str

    def load_codebook(self) -> pd.DataFrame:
        """Return the printed codebook, one row a code in printed order.

        Returns
        -------
        DataFrame
            code_id, open_code, primary_code, axial_code, element (a level that is not printed
            repeats the one before it), primary_group, as_printed, same_as (code_id of an earlier
            row with the same wording, or ""), note, and whatever else is printed.
        """
        table = load_published(self.study, "codebook").reset_index()
        whole = complete_levels(table)
        return table.assign(**{name: whole[name] for name in whole if name not in table})

    def load_codings(self, path: str | Path | None = None, **options: object) -> Codings:
        """Read codings; the synthetic ones when no path is given.

        Parameters
        ----------
        path : str or Path, optional
        **options
            As of `helpers.data.codings.load_codings`, which says what is refused.

        Returns
        -------
        Codings
        """
        path = twin_path(self.study) if path is None else path
        printed = self.load_codebook()
        return codings.load_codings(path, self.study, printed=printed, **options)

    def check_dataset(self, dataset: Dataset, given: Mapping[str, object]) -> None:
        """Refuse codings that a run with the parameters `given` would refuse."""
        taken = {name: given[name] for name in codings.READING if name in given}
        codings.read_codings(dataset, printed=self.load_codebook(), **taken)

    def choose_parameters(self, dataset: Dataset, given: Mapping[str, object]) -> dict[str, object]:
        """What a notebook's parameters have to be for a file, beyond those `given`."""
        return codings.choose_parameters(dataset, printed=self.load_codebook(), given=given)
