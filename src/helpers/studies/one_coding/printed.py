"""Agreement as a study of codings printed it, beside what its codings come to."""

from __future__ import annotations

import numpy as np
import pandas as pd

from helpers.data.code_system import LEVEL_COLUMNS, NO_CODE
from helpers.data.codings import Codings
from helpers.models.coding.agreement import Agreement
from helpers.models.coding.sets import compare_code_sets
from helpers.printed.numbers import (
    compare_published,
    load_source,
    melt_published,
    refuse_unknown,
)
from helpers.report.numbers import format_number
from helpers.studies.one_coding.model import CodingStudy
from helpers.studies.one_coding.words import LEVEL_NAMES, name_labels

__all__ = [
    "PRINTABLE",
    "PRINTED_TABLE",
    "arrange_comparison",
    "compare_with_paper",
    "tabulate_agreement",
]

PRINTED_TABLE = "agreement"
STATISTICS = {
    "n_coders": "Coders",
    "n_segments": "Segments",
    "unanimous": "All agree",
    "percent_agreement": "Pairs that agree",
    "cohen_kappa": "Cohen's \u03ba",
    "fleiss_kappa": "Fleiss' \u03ba",
    "krippendorff_alpha": "Krippendorff's \u03b1",
    "gwet_ac1": "Gwet's AC1",
}
PRINTABLE = {PRINTED_TABLE: tuple(STATISTICS)}
"""The table that a study may have beside its codebook, and the columns that it may have."""
_SHARES = ["unanimous", "percent_agreement"]
_COUNTS = ["n_coders", "n_segments"]
_CELL = ["table", "row", "column"]


def tabulate_agreement(codings: Codings, agreement: Agreement) -> pd.DataFrame:
    """What can be printed of agreement: a row a level of the codebook, then a row a code.

    Parameters
    ----------
    codings : Codings
    agreement : Agreement
        Of them, at each of their levels.

    Returns
    -------
    DataFrame
        row (level, or the name of a code) and the columns of `STATISTICS`: `n_segments`
        that two coders coded, or to which any coder gave the code; `unanimous` and
        `percent_agreement` as shares; `cohen_kappa` of two coders, of more the mean of the pairs.
        A code is set against all else.
    """
    all_coders = agreement.table.pivot(index="level", columns="statistic", values="est")  # noqa: PD010 -- a pivot table leaves out what has no value
    kappas = agreement.pairs.query("statistic == 'cohen_kappa'").groupby("level")["est"].mean()
    sizes = agreement.table.groupby("level")["n_units"].first()
    levels = all_coders.assign(
        cohen_kappa=kappas, n_segments=sizes, n_coders=codings.frame["coder"].nunique()
    )
    levels = levels.loc[list(codings.levels)].rename_axis("row").reset_index()
    codes = [
        compare_code_sets(codings.frame, level=level).rename(columns={"code": "row"})
        for level in ("code", *codings.levels)
    ]
    whole = pd.concat([levels, *codes], ignore_index=True).drop_duplicates("row")
    return whole[["row", *STATISTICS]].reset_index(drop=True)


def compare_with_paper(study: CodingStudy, codings: Codings, agreement: Agreement) -> pd.DataFrame:
    """Set the printed agreement beside that of codings.

    Parameters
    ----------
    study : CodingStudy
        Printed are the rows of ``data/<study>/printed/agreement.csv``, keyed by `of`: a level
        of the codebook (open, primary, axial, element) or a code by its code_id or label, with any
        columns of `PRINTABLE`. Shares may be printed as percents or as numbers up to 1.
    codings, agreement
        As of `tabulate_agreement`. With synthetic codings agreement with a printed number would be
        chance: rows and columns are checked, and nothing is compared.

    Returns
    -------
    DataFrame
        As `helpers.printed.numbers.compare_published` returns it; without rows where the study
        prints no agreement.

    Raises
    ------
    InputError
        When a printed row is neither a level nor a code of the study's codebook, or a column no
        statistic.
    """
    printed = PRINTED_TABLE in load_source(study.study)["tables"]
    long = melt_published(study.study, [PRINTED_TABLE] if printed else [])
    table = tabulate_agreement(codings, agreement)
    labels = study.load_codebook()[["code_id", *LEVEL_COLUMNS.values()]]
    refuse_unknown(
        long,
        file=f"data/{study.study}/printed/{PRINTED_TABLE}.csv",
        rows=[*LEVEL_COLUMNS, NO_CODE, *np.unique(labels)],
        columns=list(STATISTICS),
        what=("a level or a code of the codebook", "a statistic of agreement"),
    )
    if codings.dataset.synthetic:
        long = long.iloc[:0]
    cells = table.melt(
        id_vars="row", value_vars=list(STATISTICS), var_name="column", value_name="reproduced"
    ).assign(table=PRINTED_TABLE)
    cells = long[[*_CELL, "value", "printed"]].merge(cells, on=_CELL)
    percent = cells["column"].isin(_SHARES) & (
        (cells["value"] > 1) | cells["printed"].str.contains("%", regex=False)
    )
    reproduced = cells["reproduced"].astype(float) * np.where(percent, 100, 1)
    return compare_published(long, cells[_CELL].assign(reproduced=reproduced))


def arrange_comparison(compared: pd.DataFrame) -> pd.DataFrame:
    """Lay out printed beside computed agreement, with a digit more than is printed.

    Returns
    -------
    DataFrame
        `compared` with words (level or code), statistic, here and apart (computed, and less what
        is printed, as text).
    """
    decimals = compared["printed"].str.extract(r"\.(\d+)")[0].str.len().fillna(0).astype(int) + 1
    decimals = decimals.mask(compared["column"].isin(_COUNTS), 0).to_numpy()
    texts = {
        name: [
            format_number(value, places, leading_zero=False)
            for value, places in zip(compared[column], decimals, strict=True)
        ]
        for name, column in (("here", "reproduced"), ("apart", "difference"))
    }
    return compared.assign(
        words=name_labels(compared["row"]).replace(LEVEL_NAMES),
        statistic=compared["column"].map(STATISTICS),
        **texts,
    )
