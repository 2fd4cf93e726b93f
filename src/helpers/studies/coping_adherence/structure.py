"""Mohebbi Sheikhlari et al. (2026): paths, explained variance, indirect and total effects."""

from __future__ import annotations

import pandas as pd

from helpers.models.pls.assessment import (
    f_squared,
    structural_vif,
)
from helpers.models.pls.indirect import indirect_effects
from helpers.studies.coping_adherence.results import BCA, KEYS, LIMITS, StudyFit, with_bca

_PERCENTILE = {"ci_lower": "percentile_lower", "ci_upper": "percentile_upper"}


def tabulate_paths(study: StudyFit) -> pd.DataFrame:
    """Paths with the limits by which they are judged, and two others.

    Returns
    -------
    DataFrame
        `lhs op rhs est se t pvalue ci_lower ci_upper percentile_lower percentile_upper bca_lower
        bca_upper f2 f2_refit vif`; `ci_lower` and `ci_upper` are those of t, as `pvalue` is.
    """
    table = with_bca(study.bootstrap, "path").rename(columns={"z": "t"} | _PERCENTILE)
    table = table.assign(**study.bootstrap.table("path", kind="normal")[LIMITS])
    columns = [*KEYS, "est", "se", "t", "pvalue", *LIMITS, *_PERCENTILE.values(), *BCA.values()]
    return (
        table[columns]
        .merge(f_squared(study.fit), on=KEYS)
        .merge(structural_vif(study.fit), on=KEYS)
    )


def tabulate_r_squared(study: StudyFit) -> pd.DataFrame:
    """`construct r_squared r_squared_adj se ci_lower ci_upper bca_lower bca_upper`."""
    table = with_bca(study.bootstrap, "r_squared").rename(columns={"lhs": "construct"})
    explained = pd.concat([study.fit.r_squared, study.fit.r_squared_adj], axis=1).reset_index()
    return explained.merge(table[["construct", "se", *LIMITS, *BCA.values()]], on="construct")


def tabulate_effects(study: StudyFit) -> pd.DataFrame:
    """Indirect effects through the alliance, as `indirect_effects` returns them, `t` for its z."""
    return indirect_effects(study.fit, study.bootstrap).rename(columns={"z": "t"})


def tabulate_totals(study: StudyFit) -> pd.DataFrame:
    """Total effects: `lhs op rhs label est se t pvalue ci_lower ci_upper bca_lower bca_upper`."""
    table = with_bca(study.bootstrap, "total").rename(columns={"z": "t"})
    return table[[*KEYS, "label", "est", "se", "t", "pvalue", *LIMITS, *BCA.values()]]
