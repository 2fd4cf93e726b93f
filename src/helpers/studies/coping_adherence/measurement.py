"""Mohebbi Sheikhlari et al. (2026): scales, loadings, reliabilities, distinct constructs."""

from __future__ import annotations

import pandas as pd

from helpers.data.schemas import Schema
from helpers.models.inference.clusters import intraclass_correlations
from helpers.models.pls.assessment import (
    cross_loadings,
    item_vif,
)
from helpers.models.pls.specification import select_items
from helpers.studies.coping_adherence.model import (
    CONSTRUCTS,
    describe_scores,
)
from helpers.studies.coping_adherence.results import BCA, CRITERIA, KEYS, LIMITS, StudyFit, with_bca


def tabulate_scales(study: StudyFit, schema: Schema) -> pd.DataFrame:
    """Items, answers and sums of each construct, with the test of normality of Table 1.

    Returns
    -------
    DataFrame
        `construct instrument items items_in_model lowest highest` (answers) and the columns of
        `helpers.studies.coping_adherence.model.describe_scores`; with clusters also `icc icc_lower
        icc_upper`, the share of the sum's variance that lies between them.
    """
    instruments = {column.name: column.instrument for column in schema.measures}
    own = study.fit.model.constructs
    rows = [
        (
            name,
            instruments[name],
            len(items),
            len(own[name]),
            study.data[items].min(axis=None),
            study.data[items].max(axis=None),
        )
        for name, items in select_items(study.data, CONSTRUCTS).items()
    ]
    columns = ["construct", "instrument", "items", "items_in_model", "lowest", "highest"]
    table = pd.DataFrame(rows, columns=columns).merge(describe_scores(study.data), on="construct")
    if not study.cluster:
        return table
    likeness = intraclass_correlations(
        study.scores.assign(**{study.cluster: study.observed[study.cluster]}),
        variables=list(study.scores),
        cluster=study.cluster,
        ci_level=study.bootstrap.ci_level,
    ).rename(columns={"variable": "construct", "ci_lower": "icc_lower", "ci_upper": "icc_upper"})
    return table.merge(likeness[["construct", "icc", "icc_lower", "icc_upper"]], on="construct")


def tabulate_loadings(study: StudyFit) -> pd.DataFrame:
    """Loadings: `lhs op rhs est se t pvalue ci_lower ci_upper bca_lower bca_upper weight vif`."""
    table = with_bca(study.bootstrap, "loading").rename(columns={"z": "t"})
    columns = [*KEYS, "est", "se", "t", "pvalue", *LIMITS, *BCA.values()]
    return table[columns].assign(
        weight=study.fit.weights["est"].to_numpy(), vif=item_vif(study.fit)["vif"].to_numpy()
    )


def summarize_loadings(study: StudyFit, loadings: pd.DataFrame) -> pd.DataFrame:
    """By construct: `construct items smallest largest below mean_vif largest_cross`.

    `below` counts loadings under the paper's criterion; `largest_cross` is the largest size of an
    item's correlation with another construct, less that with its own: above zero, some item
    belongs elsewhere.
    """
    crossed = cross_loadings(study.fit)
    rows = []
    for name, mine in loadings.groupby("lhs", sort=False):
        own = crossed[crossed["construct"] == name]
        others = own.drop(columns=["item", "construct", name]).abs().max(axis=1)
        rows.append(
            (
                name,
                len(mine),
                mine["est"].min(),
                mine["est"].max(),
                int((mine["est"].abs() < CRITERIA["loading"]).sum()),
                mine["vif"].max(),
                (others - own[name].abs()).max(),
            )
        )
    columns = ["construct", "items", "smallest", "largest", "below", "largest_vif", "largest_cross"]
    return pd.DataFrame(rows, columns=columns)


def tabulate_reliability_intervals(study: StudyFit) -> pd.DataFrame:
    """Limits of Table 2: `construct statistic est se ci_lower ci_upper bca_lower bca_upper`."""
    kinds = ("alpha", "rho_a", "rho_c", "ave")
    tables = [with_bca(study.bootstrap, kind).assign(statistic=kind) for kind in kinds]
    table = pd.concat(tables, ignore_index=True).rename(columns={"lhs": "construct"})
    return table[["construct", "statistic", "est", "se", *LIMITS, *BCA.values()]]


def tabulate_htmt(study: StudyFit) -> pd.DataFrame:
    """HTMT of each pair: `lhs op rhs est se ci_lower ci_upper bca_lower bca_upper`."""
    return with_bca(study.bootstrap, "htmt")[[*KEYS, "est", "se", *LIMITS, *BCA.values()]]


def tabulate_pairs(study: StudyFit, htmt: pd.DataFrame) -> pd.DataFrame:
    """Correlations of each pair of constructs by three roads.

    Returns
    -------
    DataFrame
        `lhs op rhs`, `scores` (composites, with `ci_lower` and `ci_upper`), `sums` (of all items
        of a construct), `htmt`.
    """
    table = study.bootstrap.table("correlation", kind="percentile")
    sums = study.scores.corr()
    return table[[*KEYS, "est", *LIMITS]].assign(
        sums=[sums.loc[row.lhs, row.rhs] for row in table.itertuples()],
        htmt=htmt["est"].to_numpy(),
    )
