"""Stefana (2026) as the design of a new study, and its printed sizes beside a repetition's."""

import numpy as np
import pandas as pd

from helpers.models.inference.draws import Bootstrap
from helpers.models.power.path import PathDesign
from helpers.models.power.replicated import compare_replication, compute_power
from helpers.models.power.replication import Grid, Replication
from helpers.printed.numbers import load_published, load_source, parse_printed
from helpers.studies.distress_session_quality.model import (
    EFFECTS,
    PATH_LABELS,
    QUANTITIES,
    STUDY,
    write_model,
)

ANALYSIS = "the full path model by maximum likelihood, 5000 bootstrap draws of clients"
ASSUMPTIONS = (
    "The residuals of task, goal and bond correlate {task~~goal} (task, goal), {task~~bond} (task,"
    " bond) and {goal~~bond} (goal, bond). Covariates are left out, so R² is lower than printed."
)
ORIGIN = (
    "The residual correlations are not printed; these are what the printed model comparisons leave."
)
RESIDUALS = {("task", "goal"): 0.796, ("task", "bond"): 0.525, ("goal", "bond"): 0.575}


def load_replication() -> Replication:
    """Return the full model without covariates, with the printed paths."""
    n = int(load_source(STUDY)["n"])
    beta = load_published(STUDY, "table_1")["beta"]
    return Replication(
        study=STUDY,
        source="Stefana (2026)",
        short="Distress",
        method="path model with indirect effects and contrasts",
        analysis=ANALYSIS,
        criterion="bootstrap",
        assumptions=ASSUMPTIONS,
        origin=ORIGIN,
        design=PathDesign(
            model=write_model(),
            paths={
                label: parse_printed(beta[start, end]).value
                for (end, start), label in PATH_LABELS.items()
            },
            residual_correlation=RESIDUALS,
            targets=tuple(EFFECTS),
        ),
        names=QUANTITIES,
        main_target="ind_task_total",
        published_effect=1.0,
        published_n=n,
        search_limit=20_000,
        full=Grid(
            sizes=(100, 150, 200, 300, 400, 550, 750, 950, n, 1500),
            effects=(0.35, 0.45, 0.55, 0.65, 0.75, 0.85, 0.95, 1.0, 1.1, 1.2),
        ),
        brief=Grid(
            sizes=(100, 150, 200, 300, 450, 700, n),
            effects=(0.5, 0.75, 1.0),
        ),
    )


def load_printed_sizes() -> pd.DataFrame:
    """Return the printed paths, effects and contrasts, by label.

    Returns
    -------
    DataFrame
        `published lower upper se_published found`, as `compare_replication` takes them; an effect
        is found where its printed p is below .05.
    """
    paths = load_published(STUDY, "table_1")
    paths.index = [PATH_LABELS[end, start] for start, end in paths.index]
    contrasts = load_published(STUDY, "table_3").rename(columns={"estimate": "beta"})
    printed = pd.concat([paths, load_published(STUDY, "table_2"), contrasts])
    beta, p = printed["beta"].map(parse_printed), printed["p"].map(parse_printed)
    return pd.DataFrame(
        {
            "published": [number.value for number in beta],
            "lower": [number.lower for number in beta],
            "upper": [number.upper for number in beta],
            "se_published": [parse_printed(text).value for text in printed["se"]],
            "found": [number.value < 0.05 or number.relation == "<" for number in p],
        },
        index=printed.index.rename("label"),
    )


def compare_findings(boot: Bootstrap) -> pd.DataFrame:
    """Set a study's own paths and effects beside the printed ones.

    Parameters
    ----------
    boot : Bootstrap
        Of the full model on the study's data.

    Returns
    -------
    DataFrame
        `label finding`, and the columns of `helpers.models.power.replicated.compare_replication`.
    """
    own = boot.parameters.drop_duplicates("label").set_index("label")
    table = load_printed_sizes().join(own[["est", "se", "ci_lower", "ci_upper"]]).reset_index()
    table.insert(1, "finding", table["label"].map(QUANTITIES))
    n_published = int(load_source(STUDY)["n"])
    return compare_replication(table, n_published=n_published, n=boot.n, ci_level=boot.ci_level)


def find_power(n: int) -> np.ndarray:
    """Return the power of `n` rows to find each effect that the paper found."""
    sizes = load_printed_sizes()
    found = sizes[sizes["found"].eq(True)]
    return compute_power(found, n_published=int(load_source(STUDY)["n"]), n=n)
